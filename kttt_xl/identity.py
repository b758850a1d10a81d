"""The identity of a copy: what the very hidden sheet _kttt says, under an HMAC, so that a copy can be checked
without its plan; and the campaign folder that keeps each plan's key.

The key never goes into a copy. Anyone who holds an agency's copy can send it: the HMAC proves which template a
copy is, not who filled it in.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from kttt_xl.cells import Cell, show_date, show_number
from kttt_xl.errors import CopyRefused, OutputError
from kttt_xl.layout import ACCEPTED_VERSIONS, CHOICES, LAYOUT_VERSION, Copy
from kttt_xl.model import Plan, Value
from kttt_xl.period import Period

KeyFinder = Callable[[str], bytes | None]  # a plan's id -> its key, when we have it

_CHUNK = 30_000  # a cell holds at most 32,767 characters
_KEY_FILE = "khoa.key"
_MARK = "kttt-xl"


@dataclass(frozen=True, slots=True)
class ManifestColumn:
    """A column as issued: how it is read (figure: see the row), from which list; locked when rule is empty."""

    field: str
    heading: str
    rule: str
    choices: str
    formula: bool


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A row as issued: its rule for figures, what it must hold, and the digests of its locked texts by field."""

    key: str
    label: str
    rule: str
    ratio: tuple[str, str] | None
    required: bool
    conditional: bool
    parent: str
    settled: tuple[str, ...]
    previous: str
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy is: identity, columns, rows, lists, the plausible dates, and digests of every fixed text.

    fixed maps addresses of the form's other template texts (title block, headings, sections) to digests, cover
    those of the cover sheet; made_from is the sha256 of the file a returned copy was made from.
    """

    plan: str
    period: str
    kind: str
    agency: str
    issue: str
    layout: str
    sheet: str
    columns: tuple[ManifestColumn, ...]
    rows: tuple[ManifestRow, ...]
    choices: Mapping[str, tuple[str, ...]]
    earliest: date
    latest: date
    span: tuple[date, date]
    fixed: Mapping[str, str]
    cover: Mapping[str, str]
    made_from: str = ""


def normal(text: str) -> str:
    """Return text as locked contents are compared: NFC, white space runs folded (programs re-wrap lines)."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def digest(text: str) -> str:
    """Return a short digest of a locked text; 48 bits tell an edit from the original, nothing more is asked."""
    return hashlib.sha256(normal(text).encode()).hexdigest()[:12]


def shown(value: Value) -> str:
    """Return a locked value as an officer sees it, the way Cell.text shows it when it is read back."""
    if isinstance(value, Decimal):
        return show_number(value)
    if isinstance(value, date):
        return show_date(value)
    return value or ""


def issue_id(plan: Plan, period: Period, kind: str, agency: str) -> str:
    """Return the issue id: a hash of plan content, period, kind, agency and layout version; no clock in it."""
    parts = "\n".join((_plan_digest(plan), period.code, kind, agency, LAYOUT_VERSION))
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


@lru_cache(maxsize=8)  # a build asks once a copy, for thousands of copies of one plan
def _plan_digest(plan: Plan) -> str:
    content = json.dumps(asdict(plan), default=str, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def describe(copy: Copy, fixed: Mapping[str, str], cover: Mapping[str, str]) -> Manifest:
    """Return the manifest of a copy; fixed and cover map the addresses of its other texts to the texts."""
    plan, period = copy.plan, copy.period
    locked = [
        column.field
        for column in copy.columns
        if not column.rule and not column.formula and column.field != "key"
    ]
    rows = tuple(
        ManifestRow(
            key=line.key,
            label=normal(str(line.texts["name"])) if copy.kind == "stats" else f"nhiệm vụ {line.key}",
            rule=line.rule,
            ratio=line.ratio,
            required=line.required,
            conditional=line.conditional,
            parent=line.parent,
            settled=tuple(c.field for c in copy.columns if c.rule == "figure" and c.field in line.texts),
            previous=shown(line.texts.get("previous")),
            digests={field: digest(shown(line.texts.get(field))) for field in locked},
        )
        for line in copy.keyed
    )
    return Manifest(
        plan=plan.id,
        period=period.code,
        kind=copy.kind,
        agency=copy.agency,
        issue=issue_id(plan, period, copy.kind, copy.agency),
        layout=LAYOUT_VERSION,
        sheet=copy.sheet,
        columns=tuple(ManifestColumn(c.field, c.heading, c.rule, c.choices, c.formula) for c in copy.columns),
        rows=rows,
        choices=dict(CHOICES),
        earliest=date(plan.start.year if plan.start else 2000, 1, 1),
        latest=date(period.end.year + 1, 12, 31),
        span=(period.start, period.end),
        fixed={address: digest(text) for address, text in fixed.items()},
        cover={address: digest(text) for address, text in cover.items()},
    )


def encode(manifest: Manifest, key: bytes) -> tuple[tuple[str, str], ...]:
    """Return the rows of the sheet _kttt: mark and layout, signature, then the manifest in chunks."""
    body = json.dumps(
        asdict(manifest), default=str, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    chunks = [body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK)]
    return ((_MARK, manifest.layout), ("hmac", _sign(body, key)), *(("manifest", chunk) for chunk in chunks))


def decode(cells: Mapping[tuple[int, int], Cell]) -> tuple[Manifest, str, str]:
    """Return (manifest, its text, its signature) from the cells of _kttt; CopyRefused when there is none.

    The signature is not checked here: the key is found by the plan that the manifest names.
    """
    pairs = [
        (cell.value, value.value)
        for (row, column), cell in sorted(cells.items())
        if column == 1 and (value := cells.get((row, 2))) is not None
    ]
    versions = [str(value) for name, value in pairs if name == _MARK]
    if not versions:
        raise CopyRefused("no-manifest")
    if versions[0] not in ACCEPTED_VERSIONS:
        raise CopyRefused("unknown-version", versions[0], ", ".join(ACCEPTED_VERSIONS))
    body = "".join(str(value) for name, value in pairs if name == "manifest")
    signature = "".join(str(value) for name, value in pairs if name == "hmac")
    try:
        return _manifest(json.loads(body)), body, signature
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CopyRefused("no-manifest", "nội dung trang _kttt không đọc được") from error


def _manifest(data: Mapping[str, Any]) -> Manifest:
    values = dict(data)
    values["columns"] = tuple(ManifestColumn(**column) for column in values["columns"])
    values["rows"] = tuple(
        ManifestRow(
            **{
                **row,
                "ratio": (str(row["ratio"][0]), str(row["ratio"][1])) if row["ratio"] else None,
                "settled": tuple(row["settled"]),
            }
        )
        for row in values["rows"]
    )
    values["choices"] = {name: tuple(map(str, items)) for name, items in values["choices"].items()}
    values["earliest"] = date.fromisoformat(values["earliest"])
    values["latest"] = date.fromisoformat(values["latest"])
    start, end = values["span"]
    values["span"] = (date.fromisoformat(start), date.fromisoformat(end))
    manifest = Manifest(**values)
    texts = (manifest.plan, manifest.period, manifest.kind, manifest.agency, manifest.sheet)
    if not all(isinstance(text, str) for text in texts) or manifest.kind not in ("tasks", "stats"):
        raise ValueError("identity fields are not text")
    mappings = (manifest.fixed, manifest.cover, *(row.digests for row in manifest.rows))
    if not all(isinstance(mapping, dict) for mapping in mappings):
        raise ValueError("digests are not a mapping")
    return manifest


def _sign(body: str, key: bytes) -> str:
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()


def genuine(body: str, signature: str, key: bytes) -> bool:
    """Tell whether the signature is the key's over this manifest text."""
    return hmac.compare_digest(_sign(body, key).encode(), signature.encode())


# --- the campaign folder


def campaign_folder(given: Path | None, plan_id: str) -> Path:
    """Return the folder that keeps a plan's key and ledger: as given, else KTTT_CAMPAIGN, else the user's data folder.

    plan_id may come from a stranger's file: one that is not a plain id gives a folder that does not exist.
    """
    if given is not None:
        return given
    if os.environ.get("KTTT_CAMPAIGN"):
        return Path(os.environ["KTTT_CAMPAIGN"])
    from platformdirs import user_data_path  # noqa: PLC0415  # only when no folder is named

    safe = plan_id if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", plan_id) else "-"
    return user_data_path("kttt-xl", appauthor=False) / safe


def load_key(folder: Path) -> bytes | None:
    """Return the key in a campaign folder, or None when there is none."""
    try:
        text = (folder / _KEY_FILE).read_text(encoding="ascii").strip()
        return bytes.fromhex(text) if len(text) >= 32 else None
    except (OSError, ValueError):
        return None


def ensure_key(folder: Path) -> bytes:
    """Return the key in a campaign folder, made on first use; OutputError when the folder cannot be written."""
    key = load_key(folder)
    if key is not None:
        return key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # O_EXCL: two builds started at once must end with one key, not each with its own.
        handle = os.open(folder / _KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = load_key(folder)
        if key is None:
            raise OutputError(
                f"Khóa của đợt phát hành ở {folder / _KEY_FILE} bị hỏng; khôi phục từ bản lưu."
            ) from None
        return key
    except OSError as error:
        raise OutputError(f"Không ghi được khóa vào thư mục {folder}: {error.strerror}.") from error
    key = secrets.token_bytes(32)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(key.hex() + "\n")
    return key
