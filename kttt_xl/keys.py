"""The campaign folder, and the key in it that a plan's copies are signed with. The key never goes into a copy."""

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kttt_xl.errors import OutputError
from kttt_xl.user_data import user_data
from kttt_xl.writer import create_private, make_folder

KeyFinder = Callable[[str], bytes | None]  # a plan's id -> its key, when we have it

_KEY_FILE = "khoa.key"


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Where campaign folders are: one folder for whatever plan, or one of this name for each plan."""

    folder: Path
    each: bool = False

    def of(self, plan_id: str) -> Path:
        """Return the campaign folder of a plan; the id may come from a stranger's file.

        One that is not a plain id gives a folder that does not exist.
        """
        safe = plan_id if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", plan_id) else "-"
        return self.folder / safe if self.each else self.folder

    def key(self, plan_id: str) -> bytes | None:
        """Return a plan's key, or None when we do not have it."""
        return load_key(self.of(plan_id))

    def fingerprint(self) -> str:
        """Return a hash that changes when a key is added or replaced, and gives none away."""
        try:
            folders = sorted(self.folder.iterdir()) if self.each else [self.folder]
        except OSError:
            folders = []
        named = {folder.name if self.each else "": load_key(folder) for folder in folders}
        told = "".join(f"{name}/{key.hex()}\n" for name, key in named.items() if key)
        return hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()


def campaigns(given: Path | None) -> Campaigns:
    """Return where campaign folders are: as given, else KTTT_CAMPAIGN, else in the user's data folder."""
    if given is not None:
        return Campaigns(given)
    if os.environ.get("KTTT_CAMPAIGN"):
        return Campaigns(Path(os.environ["KTTT_CAMPAIGN"]))
    return Campaigns(user_data(), each=True)


def campaign_folder(given: Path | None, plan_id: str) -> Path:
    """Return the folder that keeps a plan's key and ledger: as given, else KTTT_CAMPAIGN, else the user's data folder.

    plan_id may come from a stranger's file: one that is not a plain id gives a folder that does not exist.
    """
    return campaigns(given).of(plan_id)


def load_key(folder: Path) -> bytes | None:
    """Return the key in a campaign folder, or None when there is none."""
    try:
        text = (folder / _KEY_FILE).read_text(encoding="ascii").strip()
        return bytes.fromhex(text) if len(text) >= 32 else None
    except (OSError, ValueError):
        return None


def ensure_key(folder: Path) -> bytes:
    """Return the key in a campaign folder, made on first use and never replaced: copies signed with it are out.

    OutputError when it can be neither read nor made. Of two builds started at once both get the same key.
    """
    key = load_key(folder)
    if key is not None:
        return key
    make_folder(folder)
    fresh = secrets.token_bytes(32)
    if create_private(folder / _KEY_FILE, f"{fresh.hex()}\n".encode("ascii")):
        return fresh
    key = load_key(folder)
    if key is None:
        raise OutputError(f"Khóa «{folder / _KEY_FILE}» bị hỏng hoặc không đọc được; khôi phục từ bản lưu.")
    return key
