"""Conservation: whatever a filler does to a copy, every cell that was filled in has exactly one outcome.

What was filled in is counted here from the spoiled sheet itself, with another library and without the product's own
tally (contract, section 5): starred columns of the form's rows, starred columns of rows that are not the form's, and
cells that were empty when the copy was issued. Not counted: the cover's fields, keys, locked cells.
"""

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
from bad_copies import KEY, Base, bases
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import MergedCell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kttt_xl.cells import column_letter
from kttt_xl.layout import COVER, COVER_FIELDS, HEADING_ROW, LISTS, MANIFEST, NAME_FIELDS
from kttt_xl.messages import ERROR, MESSAGES
from kttt_xl.reader import read_copy

Place = tuple[str, str]  # sheet and address
_KEPT = ("IFERROR(", "IF(AND(ISNUMBER(")  # how our own formulas begin
_OURS = tuple(f"={beginning}" for beginning in _KEPT)

# --- what a filler does: (verb, row, column, content), places as they are counted on the sheet at that moment

Edit = tuple[str, int, int, object]
TYPED = st.sampled_from(
    (
        None, "", "  ", "-", "…", "0", "05", "1.234", "12,5", "khoảng 5", "95%", "Hoàn thành", "đang thực  hiện",
        "5/3/2024", "31/02/2024", "=1+1", "=NOW()", "#N/A", "x", "\u200b", "\u00a0", "sơ bộ", "ChØ tiªu ®¹t",
        "a" * 6000, 0, 7, -3, 12.5, 1e300, 0.95, True, False, datetime(2024, 3, 5), datetime(1999, 1, 1),  # noqa: DTZ001
    )
)  # fmt: skip
_ROWS = ("delete", "insert", "hide", "sort")
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.integers(1, 70), st.integers(1, 24), TYPED),
        st.tuples(st.sampled_from(("cover", "lists", "new")), st.integers(1, 45), st.integers(1, 9), TYPED),
        st.tuples(
            st.sampled_from(("delete", "insert", "hide", "sort")), st.integers(8, 60), st.integers(1, 4), st.none()
        ),
    ),
    min_size=1,
    max_size=12,
)


def spoiled(base: Base, edits: list[Edit]) -> bytes:
    """Return the filled copy after the edits."""
    book = openpyxl.load_workbook(io.BytesIO(base.content))
    sheet = book[base.copy.sheet]
    for verb, row, column, content in edits:
        if verb == "delete":
            sheet.delete_rows(row, column)
        elif verb == "insert":
            sheet.insert_rows(row, column)
        elif verb == "hide":
            sheet.row_dimensions[row].hidden = True
        elif verb == "sort":
            _sort(sheet, row, column)
        else:
            _type(_sheet(book, sheet, verb), row, column, content)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _sheet(book: Workbook, form: Worksheet, verb: str) -> Worksheet:
    if verb == "new":
        return book["Nháp"] if "Nháp" in book.sheetnames else book.create_sheet("Nháp")
    return {"cover": book[COVER], "lists": book[LISTS]}.get(verb, form)


def _sort(sheet: Worksheet, row: int, reach: int) -> None:
    """Turn a run of whole rows round, as sorting does."""
    rows = [[cell.value for cell in line] for line in sheet.iter_rows(row, row + 2 * reach)]
    for at, values in enumerate(reversed(rows), start=row):
        for column, value in enumerate(values, start=1):
            sheet.cell(at, column).value = value


def _type(sheet: Worksheet, row: int, column: int, content: object) -> None:
    """Type a content; not into what says whose copy it is or heads a column, and not into a heading of a section."""
    cell = sheet.cell(row, column)
    said = str(cell.value or "")
    section = sheet.title not in {COVER, LISTS, "Nháp"} and column == 2 and row > HEADING_ROW
    if not isinstance(cell, MergedCell) and row != HEADING_ROW and "Đơn vị" not in said and not (section and said):
        cell.value = content  # type: ignore[assignment]


# --- what was filled in, counted apart


@dataclass(frozen=True)
class Issued:
    """The copy as issued: its cells by sheet and address, its rows' names by key, its starred headings."""

    cells: Mapping[Place, str]
    names: Mapping[str, str]
    numbers: Mapping[str, str]
    headings: tuple[str, ...]
    starred: frozenset[str]
    name_heading: str
    computed: frozenset[tuple[str, str]]  # key and heading of the shares

    def said(self, sheet: str) -> set[str]:
        """Return the words that stand somewhere on a sheet: put again, they are not the filler's."""
        return {text for (name, _), text in self.cells.items() if name == sheet and not _is_number(text)}


@cache
def issued(kind: str) -> Issued:
    base = {"tasks": bases().tasks, "stats": bases().stats}[kind]
    cells = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(base.issued)).worksheets:
        cells |= {(sheet.title, cell.coordinate): _text(cell.value) for row in sheet.iter_rows() for cell in row}
    name = NAME_FIELDS[kind]
    return Issued(
        {place: text for place, text in cells.items() if text},
        {line.key: _text(line.texts[name]) for line in base.copy.keyed},
        {line.key: _text(line.texts["stt"]) for line in base.copy.keyed},
        tuple(column.heading for column in base.copy.columns),
        frozenset(column.heading for column in base.copy.columns if column.rule),
        next(column.heading for column in base.copy.columns if column.field == name),
        frozenset(
            (line.key, column.heading)
            for line in base.copy.keyed
            for column in base.copy.columns
            if column.rule == "figure" and not base.copy.rule(column, line)
        ),
    )


def _text(value: object) -> str:
    """Return what stands in a cell, "" for what cannot be seen."""
    if value is None:
        return ""
    text = " ".join(str(value).replace("\u200b", "").split())
    return text.removesuffix(".0") if isinstance(value, float) else text


def filled_cells(base: Base, content: bytes) -> set[Place]:
    """Return where something was filled in, by the contract's words."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    known = issued(base.copy.kind)
    found = set(_in_form(book[base.copy.sheet], known))
    labels = {item.label for item in COVER_FIELDS}
    for sheet in book.worksheets:
        if sheet.title in {MANIFEST, base.copy.sheet}:
            continue
        for row in sheet.iter_rows():
            for cell in row:
                before = _text(sheet.cell(cell.row, cell.column - 1).value) if cell.column > 1 else ""
                field = sheet.title == COVER and before in labels
                place = sheet.title, cell.coordinate
                text = _text(cell.value)
                if text and not field and place not in known.cells and text not in known.said(sheet.title):
                    found.add(place)
    return found


def _in_form(sheet: Worksheet, known: Issued) -> Iterator[Place]:
    table = {row: {cell.column: _text(cell.value) for cell in cells} for row, cells in enumerate(sheet.rows, start=1)}
    headings = {column: text for column, text in table[HEADING_ROW].items() if text in known.headings}
    name_at = next(column for column, text in headings.items() if text == known.name_heading)
    fixed = known.said(sheet.title)
    for row, cells in table.items():
        key, name = cells.get(1, ""), cells.get(name_at, "")
        own = _is_own(key, cells.get(2, ""), name, known)
        ours = own or key in known.names or name in known.names.values()
        for column, text in cells.items():
            place, heading = (sheet.title, f"{column_letter(column)}{row}"), headings.get(column, "")
            starred = heading in known.starred
            if not text:
                continue
            if row <= HEADING_ROW:
                filled = place not in known.cells
            elif own:
                filled = not heading or (starred and (key, heading) not in known.computed)
            elif starred:
                filled = not text.removeprefix("=").startswith(_KEPT)  # a share's formula, in a row that lost its key
            else:
                filled = not (ours and heading) and text not in fixed and not text.startswith(_OURS)
            if filled:
                yield place


def _is_own(key: str, number: str, name: str, known: Issued) -> bool:
    """Tell whether a row is its key's: it has its name, or its number and no other row's name."""
    if key not in known.names:
        return False
    named, numbered = name == known.names[key], number == known.numbers[key]
    same = Counter(known.names.values())[name]
    return (named and (numbered or same == 1)) or (numbered and not (same and not named))


def _is_number(text: str) -> bool:
    return text.replace(".", "").isdigit()


# --- what became of it


def lost(base: Base, edits: list[Edit]) -> str:
    """Return what a reading of the spoiled copy loses or counts twice, "" for nothing; a refused copy is not read."""
    content = spoiled(base, edits)
    with TemporaryDirectory() as folder:
        path = Path(folder) / base.issue.file
        path.write_bytes(content)
        reading = read_copy(path, path.name, lambda _plan: KEY)
    submission = reading.submission
    if submission is None:
        return ""
    if submission.filled != submission.accepted + submission.refused:
        return f"{submission.filled} != {submission.accepted} + {submission.refused}"
    if reading.refused:
        return ""
    expected = filled_cells(base, content)
    outcomes = Counter((entry.sheet, entry.cell) for entry in submission.entries)
    fields = {
        (COVER, found.cell) for found in reading.findings if found.header in {item.label for item in COVER_FIELDS}
    }
    outcomes += Counter(
        place
        for found in reading.findings
        if found.severity == ERROR and MESSAGES[found.code].scope in {"cell", "form"}
        if (place := (found.sheet, found.cell)) not in fields
    )
    twice = {place: count for place, count in outcomes.items() if count > 1}
    told = {"twice": twice, "not said": expected - outcomes.keys(), "not filled in": outcomes.keys() - expected}
    if submission.filled != len(expected):
        told["counted"] = {(str(submission.filled), str(len(expected)))}
    return "; ".join(f"{what}: {sorted(places)}" for what, places in told.items() if places)


def conserved(examples: int, *, known: bool = False) -> None:
    """Raise AssertionError for edits that lose a cell, after so many examples of each form; known: always the same."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=known,
        database=None,
        phases=(Phase.explicit, Phase.generate),  # to make an example smaller takes minutes
    )
    @given(EDITS)
    def holds(edits: list[Edit]) -> None:
        for base in (bases().stats, bases().tasks):
            assert lost(base, edits) == "", lost(base, edits)

    holds()


def test_every_filled_cell_has_exactly_one_outcome() -> None:
    """On the same edits every time; the soak takes thousands of others."""
    conserved(15, known=True)
