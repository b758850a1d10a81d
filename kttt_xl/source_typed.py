"""What an officer typed on the sheet Nguồn of a consolidated workbook, as it stands there.

Rows are known by their SHA-256 and by their number, never by their place: an officer sorts and filters. Nothing is
judged here, and no typed row is passed over.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

from kttt_xl.cells import Cell, fold
from kttt_xl.decisions import choice_of, slip_kind_of
from kttt_xl.errors import MisuseError
from kttt_xl.history import PERIOD_LABEL, PLAN_LABEL
from kttt_xl.paper import writable
from kttt_xl.source_places import (
    AGENCY,
    BY,
    CHOICE,
    CLOSED_LABEL,
    CLOSED_NOTE_LABEL,
    COLUMN,
    DIGEST_LABEL,
    FILE,
    KEY,
    KIND,
    NOTE,
    NUMBER,
    REASON,
    SHA256,
    SLIP_HEADINGS,
    TYPED_HEADINGS,
    VALUE,
)
from kttt_xl.workbook import Sheet

_SHA256 = re.compile("[0-9a-f]{64}")
_NUMBER = re.compile("[1-9][0-9]{0,8}")
_Row = Mapping[int, Cell]


@dataclass(frozen=True, slots=True)
class TypedFile:
    """A row of the table of files: sha256 ("" for a file that nothing can be decided about), choice and note."""

    name: str
    sha256: str
    choice: str
    note: str


@dataclass(frozen=True, slots=True)
class TypedSlip:
    """A row of the table of slips with anything typed in it, or a number; typed compares with Slip.typed."""

    number: int | None
    kind: str
    agency: str
    key: str
    column: str
    value: Cell | None
    reason: str
    by: str

    @property
    def typed(self) -> tuple[object, ...]:
        """Return what was typed."""
        return self.kind, self.agency, self.key, self.column, self.value, self.reason, self.by

    @property
    def blank(self) -> bool:
        """Tell whether the row was cleared."""
        return not any(self.typed)


@dataclass(frozen=True, slots=True)
class Typed:
    """The sheet: whose it is, the digest it was written from, its rows, and the words on the closing of the period.

    period is as shown, "Năm 2024 (2024)".
    """

    plan: str
    period: str
    digest: str
    files: tuple[TypedFile, ...]
    slips: tuple[TypedSlip, ...]
    closed: str
    closed_note: str


def read_typed(path: Path, sheet: Sheet) -> Typed | None:
    """Return what was typed on Nguồn, None when the workbook is of a kttt-xl that had nothing to type into.

    MisuseError when a table or a label is gone: what was typed there would be lost.
    """
    rows: dict[int, dict[int, Cell]] = {}
    for (row, column), cell in sorted(sheet.cells.items()):
        rows.setdefault(row, {})[column] = cell
    labels = (DIGEST_LABEL, CLOSED_LABEL, CLOSED_NOTE_LABEL)
    facts = [_beside(rows, label) for label in labels]
    if facts[0] is None:
        return None
    files_at, files = _headings(rows, (FILE, CHOICE, NOTE, SHA256))
    slips_at, slips = _headings(rows, SLIP_HEADINGS)
    if None in facts or not 0 < files_at < slips_at:
        raise MisuseError(
            f"«{path}», trang «{sheet.name}»: đã mất bảng hoặc cột nơi cán bộ ghi quyết định, phiếu, nên không đọc lại "
            "được và không ghi đè. Đổi tên hoặc chuyển tệp này đi nơi khác rồi tổng hợp lại."
        )
    digest, closed, note = (fact or "" for fact in facts)
    plan, period = (_beside(rows, label) or "" for label in (PLAN_LABEL, PERIOD_LABEL))
    return Typed(
        plan,
        period,
        digest,
        tuple(_files((cells for row, cells in rows.items() if files_at < row < slips_at), files)),
        tuple(_slips((cells for row, cells in rows.items() if row > slips_at), slips)),
        closed,
        note,
    )


def _beside(rows: Mapping[int, _Row], label: str) -> str | None:
    """Return the text to the right of a label, None when the label is not there."""
    folded = fold(label)
    for cells in rows.values():
        for column, cell in cells.items():
            if fold(cell.text) == folded:
                return text_of(cells.get(column + 1))
    return None


def _headings(rows: Mapping[int, _Row], wanted: Iterable[str]) -> tuple[int, dict[str, int]]:
    """Return the row that has all these headings, 0 for none, and the column of each."""
    folded = {fold(heading): heading for heading in wanted}
    for row, cells in rows.items():
        found = {folded[text]: column for column, cell in cells.items() if (text := fold(cell.text)) in folded}
        if len(found) == len(folded):
            return row, found
    return 0, {}


def _files(rows: Iterable[_Row], places: Mapping[str, int]) -> Iterator[TypedFile]:
    for cells in rows:
        name, choice, note, sha256 = (text_of(cells.get(places[heading])) for heading in (FILE, CHOICE, NOTE, SHA256))
        known = sha256 if _SHA256.fullmatch(sha256) else ""
        if known or choice or note:
            yield TypedFile(name, known, choice_of(choice), note)


def _slips(rows: Iterable[_Row], places: Mapping[str, int]) -> Iterator[TypedSlip]:
    for cells in rows:
        number = _NUMBER.search(text_of(cells.get(places[NUMBER])))
        texts = {heading: text_of(cells.get(places[heading])) for heading in TYPED_HEADINGS}
        slip = TypedSlip(
            number=int(number[0]) if number else None,
            kind=slip_kind_of(texts[KIND]),
            agency=texts[AGENCY],
            key=texts[KEY],
            column=texts[COLUMN],
            value=value_of(cells.get(places[VALUE])),
            reason=texts[REASON],
            by=texts[BY],
        )
        if not slip.blank:
            yield slip


def text_of(cell: Cell | None) -> str:
    """Return what a cell says as a text that a cell can hold: trimmed, and a formula as it was typed."""
    if cell is None:
        return ""
    return writable(f"={cell.formula}" if cell.formula else cell.text).strip()


def value_of(cell: Cell | None) -> Cell | None:
    """Return the value of a slip as it is kept: a number, a day or a text, at no place; None for a blank cell."""
    if cell and not cell.formula and isinstance(cell.value, datetime):
        return Cell(1, 1, "date", datetime.combine(cell.value.date(), time()))
    if cell and not cell.formula and isinstance(cell.value, Decimal) and cell.value.is_finite():
        return Cell(1, 1, "number", cell.value, percent=cell.percent)
    text = text_of(cell)
    return Cell(1, 1, "text", text) if text else None
