"""The identity of a copy: what the very hidden sheet _kttt says, under an HMAC, so that a copy can be checked
without its plan.

The HMAC proves which template a copy is, not who filled it in or sent it.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from kttt_xl import strict_json
from kttt_xl.cells import Cell, fold, show_date, show_number
from kttt_xl.errors import CopyRefused
from kttt_xl.layout import CHOICES, FIGURE_HELP, LAYOUT_VERSION, SHEET_NAMES, Copy, Line, plausible_dates
from kttt_xl.layout_versions import VERSIONS, LayoutVersion, Shape
from kttt_xl.model import Plan, Value
from kttt_xl.offer import Offer
from kttt_xl.period import Period
from kttt_xl.signed_offer import SignedOffer, is_period, is_sound, read_offer, signed_offer
from kttt_xl.sums import Sum, is_sum

_CHUNK = 30_000  # a cell holds at most 32,767 characters
_MARK = "kttt-xl"
_FIGURE = ("figure", "", False)  # rule, list and formula of a column of figures; its field is a period's code
_KEY_ID = re.compile("[0-9a-f]{12}")


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
    sums: tuple[Sum, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy is: identity, columns, rows, lists, the plausible dates, and digests of every fixed text.

    fixed maps addresses of the form's other template texts (title block, headings, sections) to digests, cover
    those of the cover sheet; made_from is the sha256 of the file a returned copy was made from. A blank copy has an
    offer and no agency; its rows are all rows that any choice shows, and choice.addressed gives those of one. slots is
    filled in then: the key of each place for a row, from the top; empty for a section. key_id tells which key signed
    it, "" where the layout version does not say.
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
    offer: SignedOffer | None = None
    slots: tuple[str, ...] = ()
    key_id: str = ""


def normal(text: str) -> str:
    """Return text as locked contents are compared: NFC, white space runs folded (programs re-wrap lines)."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=1 << 16)  # copies of one plan hold the same texts
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


def describe(
    copy: Copy,
    fixed: Mapping[str, str],
    cover: Mapping[str, str],
    offer: Offer | None = None,
    extent: tuple[int, int] = (0, 0),
) -> Manifest:
    """Return the manifest of a copy; fixed and cover map the addresses of its other texts to the texts.

    A blank copy gives its offer, and how many rows and columns of Danh mục it uses.
    """
    plan, period = copy.plan, copy.period
    earliest, latest = plausible_dates(plan, period)
    unsigned = {"key", "previous"} if offer else {"key"}  # what was last said depends on the choice
    locked = [
        column.field
        for column in copy.columns
        if not column.rule and not column.formula and column.field not in unsigned
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
            settled=_settled(copy, line),
            previous=shown(line.texts.get("previous")),
            digests={field: digest(shown(line.texts.get(field))) for field in (*locked, *_settled(copy, line))},
            sums=line.sums,
        )
        for line in (offer.lines if offer else copy.lines)
        if line.key
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
        earliest=earliest,
        latest=latest,
        span=(period.start, period.end),
        fixed={address: digest(text) for address, text in fixed.items()},
        cover={address: digest(text) for address, text in cover.items()},
        offer=signed_offer(offer, extent, _issues(copy, offer), shown, digest) if offer else None,
    )


def _issues(blank: Copy, offer: Offer) -> tuple[str, ...]:
    """Return the issue id of each period of a blank copy: documents may have changed the plan from one to the next."""
    return tuple(issue_id(copy.plan, copy.period, blank.kind, blank.agency) for copy in offer.copies)


def _settled(copy: Copy, line: Line) -> tuple[str, ...]:
    """Return the periods whose figures were accepted before: shown, locked, and compared like any locked text."""
    return tuple(column.field for column in copy.columns if column.rule == "figure" and column.field in line.texts)


def encode(manifest: Manifest, key: bytes) -> tuple[tuple[str, str], ...]:
    """Return the rows of the sheet _kttt: mark and layout, signature, then the manifest in chunks, all of it ASCII.

    ASCII, so that no program that puts accents into another Unicode form breaks the signature. A manifest of an older
    layout is written as that version has it.
    """
    said = asdict(replace(manifest, key_id=key_id(key)))
    for name in VERSIONS[manifest.layout].unsaid:
        del said[name]
    body = json.dumps(said, default=str, sort_keys=True, separators=(",", ":"))
    chunks = [body[at : at + _CHUNK] for at in range(0, len(body), _CHUNK)]
    return ((_MARK, manifest.layout), ("hmac", _sign(body, key)), *(("manifest", chunk) for chunk in chunks))


def is_marked(cells: Mapping[tuple[int, int], Cell]) -> bool:
    """Tell whether a sheet begins as encode has it, whatever the sheet is called."""
    first = cells.get((1, 1))
    return first is not None and first.value == _MARK


def decode(cells: Mapping[tuple[int, int], Cell]) -> tuple[Manifest, str, str]:
    """Return (manifest, its text, its signature) from the cells of _kttt.

    CopyRefused, and nothing else, where they are not such as encode wrote. The signature is not checked here: the
    key is found by the plan that the manifest names.
    """
    pairs = [
        (cell.value, str(value.value))
        for (row, column), cell in sorted(cells.items())
        if column == 1 and (value := cells.get((row, 2))) is not None
    ]
    versions = [value for name, value in pairs if name == _MARK]
    if not versions:
        raise CopyRefused("no-manifest", "trang _kttt không phải do kttt-xl ghi")
    version = VERSIONS.get(versions[0])
    if version is None:
        raise CopyRefused("unknown-version", versions[0], ", ".join(VERSIONS))
    body = "".join(value for name, value in pairs if name == "manifest")
    signature = "".join(value for name, value in pairs if name == "hmac")
    try:
        manifest = read_manifest(_completed(json.loads(body), version))
    except (ValueError, TypeError, RecursionError) as error:
        raise CopyRefused("no-manifest", "nội dung trang _kttt không đọc được") from error
    if manifest.layout != versions[0] or not _as_issued(manifest, version):
        raise CopyRefused("no-manifest", "nội dung trang _kttt không khớp biểu mẫu")
    return manifest, body, signature


def _completed(data: object, version: LayoutVersion) -> dict[str, object]:
    """Return what a manifest of this version says, and what the version leaves unsaid."""
    said = strict_json.table(data)
    if not said.keys().isdisjoint(version.unsaid):
        raise ValueError("not the fields of this version")
    return {**said, **version.unsaid}


def _as_issued(manifest: Manifest, version: LayoutVersion) -> bool:
    """Tell whether columns, rows and lists are such as this version issues: readers rely on it, signed or not."""
    if manifest.sheet != SHEET_NAMES.get(manifest.kind) or dict(manifest.choices) != version.choices or manifest.slots:
        return False
    tasks = manifest.kind == "tasks"
    keys = [row.key for row in manifest.rows]
    columns = [_shape(column) for column in manifest.columns]
    fixed = [shape for shape in columns if tasks or shape[2:] != _FIGURE or not is_period(shape[0])]
    return (
        sorted(fixed) == sorted(version.columns[manifest.kind])
        and len(columns) == len({shape[0] for shape in columns}) == len({fold(shape[1]) for shape in columns})
        and (_is_blank(manifest, keys) if manifest.offer else len(keys) == len(set(keys)))
        and "" not in keys
        and {row.rule for row in manifest.rows} <= ({""} if tasks else {"", *FIGURE_HELP})
        and all(is_sum(rule) for row in manifest.rows for rule in row.sums)
        and ("key_id" in version.unsaid or _KEY_ID.fullmatch(manifest.key_id) is not None)
    )


def _is_blank(manifest: Manifest, keys: Sequence[str]) -> bool:
    """Tell whether this is the manifest of a blank copy: it is nobody's, and what it offers holds together."""
    windows = sum(column.rule == "figure" for column in manifest.columns)
    return not manifest.agency and manifest.offer is not None and is_sound(manifest.offer, keys, windows)


def _shape(column: ManifestColumn) -> Shape:
    return column.field, column.heading, column.rule, column.choices, column.formula


# --- JSON of unknown origin -> a manifest: every value of the type it must have; ValueError or TypeError otherwise


def read_manifest(data: object) -> Manifest:
    """Return the manifest that JSON of unknown origin says; ValueError or TypeError when it is none."""
    found = strict_json.record(data, Manifest)
    start, end = strict_json.items(found["span"])
    return Manifest(
        plan=strict_json.text(found["plan"]),
        period=strict_json.text(found["period"]),
        kind=strict_json.text(found["kind"]),
        agency=strict_json.text(found["agency"]),
        issue=strict_json.text(found["issue"]),
        layout=strict_json.text(found["layout"]),
        sheet=strict_json.text(found["sheet"]),
        columns=tuple(map(_column, strict_json.items(found["columns"]))),
        rows=tuple(map(_row, strict_json.items(found["rows"]))),
        choices={
            strict_json.text(name): tuple(map(strict_json.text, strict_json.items(listed)))
            for name, listed in strict_json.table(found["choices"]).items()
        },
        earliest=strict_json.day(found["earliest"]),
        latest=strict_json.day(found["latest"]),
        span=(strict_json.day(start), strict_json.day(end)),
        fixed=strict_json.texts(found["fixed"]),
        cover=strict_json.texts(found["cover"]),
        made_from=strict_json.text(found["made_from"]),
        offer=None if found["offer"] is None else read_offer(found["offer"]),
        slots=tuple(map(strict_json.text, strict_json.items(found["slots"]))),
        key_id=strict_json.text(found["key_id"]),
    )


def _column(data: object) -> ManifestColumn:
    found = strict_json.record(data, ManifestColumn)
    return ManifestColumn(
        field=strict_json.text(found["field"]),
        heading=strict_json.text(found["heading"]),
        rule=strict_json.text(found["rule"]),
        choices=strict_json.text(found["choices"]),
        formula=strict_json.flag(found["formula"]),
    )


def _row(data: object) -> ManifestRow:
    found = strict_json.record(data, ManifestRow)
    ratio = None
    if found["ratio"] is not None:
        numerator, denominator = map(strict_json.text, strict_json.items(found["ratio"]))
        ratio = (numerator, denominator)
    return ManifestRow(
        key=strict_json.text(found["key"]),
        label=strict_json.text(found["label"]),
        rule=strict_json.text(found["rule"]),
        ratio=ratio,
        required=strict_json.flag(found["required"]),
        conditional=strict_json.flag(found["conditional"]),
        parent=strict_json.text(found["parent"]),
        settled=tuple(map(strict_json.text, strict_json.items(found["settled"]))),
        previous=strict_json.text(found["previous"]),
        digests=strict_json.texts(found["digests"]),
        sums=tuple(tuple(map(strict_json.text, strict_json.items(rule))) for rule in strict_json.items(found["sums"])),
    )


# --- signatures


def _sign(body: str, key: bytes) -> str:
    return hmac.new(key, body.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def key_id(key: bytes) -> str:
    """Return a short fingerprint of a key, to tell a copy signed with another key from an altered one; no secret."""
    return hashlib.sha256(b"kttt-xl key id\n" + key).hexdigest()[:12]


def genuine(body: str, signature: str, key: bytes) -> bool:
    """Tell whether the signature is the key's over this manifest text; both may be a stranger's."""
    return hmac.compare_digest(_sign(body, key).encode(), signature.encode("utf-8", "surrogatepass"))
