"""The files as they came (bản gốc), kept in the campaign folder under the names of their contents, never changed."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kttt_xl import gate
from kttt_xl.errors import CopyRefused
from kttt_xl.writer import create_new, make_folder, write_file

ORIGINALS = "ban-goc"
_READ_ONLY = 0o400


@dataclass(frozen=True, slots=True)
class Originals:
    """The originals of a campaign: ban-goc/ab/ab….xlsx, named by their sha256."""

    campaign: Path

    @property
    def folder(self) -> Path:
        """Return the folder that holds them."""
        return self.campaign / ORIGINALS

    def path(self, sha256: str) -> Path:
        """Return where the original of this sha256 is, or would be."""
        return self.folder / sha256[:2] / f"{sha256}.xlsx"

    def keep(self, content: bytes) -> str:
        """Keep an original, unless it is there, and return its sha256; one that rotted on disk is put right.

        OutputError when it cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.path(sha256)
        if path.parent.is_dir() and _says(path, content):
            return sha256
        if not path.parent.is_dir():
            make_folder(path.parent)
        if not create_new(path, content, _READ_ONLY):
            with suppress(OSError):  # Windows puts nothing over a read-only file
                path.chmod(0o600)
            write_file(path, content)
            path.chmod(_READ_ONLY)
        return sha256

    def holds(self, sha256: str) -> bool:
        """Tell whether the original of this sha256 is there."""
        return self.path(sha256).is_file()


def _says(path: Path, content: bytes) -> bool:
    """Tell whether a file is there and holds exactly this."""
    try:
        return os.path.lexists(path) and gate.read_file(path) == content
    except CopyRefused:
        return False
