"""Where the form stands in a returned workbook: its sheet, its headings, and the rows that are each key's.

Columns are found by heading, rows by the hidden key column, never by address: sorted, filtered, moved and inserted
rows are read. A key counts only while the row still says whose it is (row_doubts).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kttt_xl.cells import Cell, fold
from kttt_xl.choosing import column_of
from kttt_xl.identity import Manifest, ManifestColumn
from kttt_xl.row_doubts import RowDoubts, slot_key
from kttt_xl.workbook import Sheet

KEY_FIELD = "key"
_OTHERWISE = "dòng nằm dưới một dòng tiêu đề xếp cột khác"


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet laid out as the form.

    heading_row is 0 when no row has the headings. columns maps column numbers to the issued columns found there;
    rows each key to its rows, more than one when it is repeated; strangers the rows whose key is not theirs to
    why. lost holds the issued columns that were not found once: then the copy is refused, columns also holds the
    places where they most likely are, and cells are counted only.
    """

    sheet: Sheet
    heading_row: int
    columns: Mapping[int, ManifestColumn]
    rows: Mapping[str, tuple[int, ...]]
    strangers: Mapping[int, str]
    lost: tuple[ManifestColumn, ...]

    def at(self, field: str) -> int:
        """Return the number of the column of a field; 0 when it is lost."""
        return next((at for at, column in self.columns.items() if column.field == field), 0)

    @property
    def keys(self) -> dict[int, str]:
        """Return the key of each row that has its own."""
        return {row: key for key, rows in self.rows.items() for row in rows}


def find_grid(sheet: Sheet, manifest: Manifest) -> Grid:
    """Return where headings and keys stand on a sheet."""
    heading_rows = _heading_rows(sheet, manifest)
    heading_row = heading_rows[0] if heading_rows else 0
    places: dict[str, list[int]] = {}
    for (row, at), cell in sorted(sheet.cells.items()):
        if row == heading_row and not cell.blank:
            places.setdefault(fold(_heading(cell, manifest)), []).append(at)
    columns: dict[int, ManifestColumn] = {}
    lost: list[tuple[int, ManifestColumn]] = []
    for number, column in enumerate(manifest.columns, start=1):
        found = places.get(fold(column.heading), [])
        columns |= dict.fromkeys(found, column)
        if len(found) != 1:
            lost.append((number, column))
    for number, column in lost:
        if not heading_row or (heading_row, number) in sheet.cells:  # renamed: it has its issued place
            columns.setdefault(number, column)
    known, strangers = _own_rows(sheet, heading_rows, columns, manifest)
    rows: dict[str, tuple[int, ...]] = {}
    for row, key in known.items():
        rows[key] = (*rows.get(key, ()), row)
    return Grid(sheet, heading_row, columns, rows, strangers, tuple(column for _, column in lost))


def _own_rows(
    sheet: Sheet, heading_rows: list[int], columns: Mapping[int, ManifestColumn], manifest: Manifest
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the rows that are their key's, with it, and those that have a known key but are not, with why."""
    at = {column.field: number for number, column in columns.items()}
    doubts = RowDoubts(sheet, at, manifest)
    otherwise = _otherwise_headed(sheet, heading_rows, columns, manifest)
    found: dict[int, str] = {}
    strangers: dict[int, str] = {}
    for row, key in _key_rows(sheet, heading_rows[0] if heading_rows else 0, at, manifest):
        if doubt := doubts.other_owner(row, key):
            strangers[row] = doubt
        else:
            found[row] = key
    torn = doubts.torn(found)
    known: dict[int, str] = {}
    for row, key in found.items():
        headed = max((above for above in heading_rows if above < row), default=0)
        if doubt := torn or doubts.disorder(row, key) or (_OTHERWISE if headed in otherwise else ""):
            strangers[row] = doubt
        else:
            known[row] = key
    return known, strangers


def find_headings(sheet: Sheet, manifest: Manifest) -> int:
    """Return the row that holds most of the headings, the upper of two; 0 when none holds more than half."""
    return next(iter(_heading_rows(sheet, manifest)), 0)


def _heading(cell: Cell, manifest: Manifest) -> str:
    """Return what a cell heads, if it heads a column.

    Period columns of a blank copy are headed by a formula: what it showed when it was saved decides nothing.
    """
    number = column_of(cell.formula) if manifest.offer else 0
    figures = [column.heading for column in manifest.columns if column.rule == "figure"] if number else []
    return figures[number - 1] if 0 < number <= len(figures) else cell.text


def find_form(sheets: Iterable[Sheet], manifest: Manifest) -> Grid | None:
    """Find the form: by its name, else the one sheet that has its headings and keys; None when there is none, or two.

    A sheet of the right name that lost its headings is still returned, unless another one has them.
    """
    named: Grid | None = None
    others = []
    for sheet in sorted(sheets, key=lambda sheet: sheet.name != manifest.sheet):  # the exact name first
        grid = find_grid(sheet, manifest)
        if named is None and fold(sheet.name) == fold(manifest.sheet):
            if grid.rows or grid.strangers:
                return grid
            named = grid
        elif grid.heading_row and grid.rows:
            others.append(grid)
    return others[0] if len(others) == 1 else named


def _heading_rows(sheet: Sheet, manifest: Manifest) -> list[int]:
    """Return the rows that hold more than half of the headings: the one with the most first, the upper of two."""
    wanted = {fold(column.heading) for column in manifest.columns}
    longest = 3 * max(map(len, wanted), default=0)  # with room for blanks and invisible characters
    found: dict[int, set[str]] = {}
    for (row, _), cell in sheet.cells.items():
        if cell.kind == "text" and len(cell.text) <= longest and (text := fold(_heading(cell, manifest))) in wanted:
            found.setdefault(row, set()).add(text)
    return sorted((row for row in found if len(found[row]) * 2 > len(wanted)), key=lambda row: (-len(found[row]), row))


def _otherwise_headed(
    sheet: Sheet, heading_rows: list[int], columns: Mapping[int, ManifestColumn], manifest: Manifest
) -> set[int]:
    """Return the heading rows but the first that have a heading above another column than the first has it."""
    at = {fold(column.heading): number for number, column in columns.items()}
    again = set(heading_rows[1:])
    return {
        row
        for (row, number), cell in sheet.cells.items()
        if row in again and cell.kind == "text" and at.get(fold(_heading(cell, manifest)), number) != number
    }


def _key_rows(sheet: Sheet, heading_row: int, at: Mapping[str, int], manifest: Manifest) -> Iterator[tuple[int, str]]:
    """Yield each row below the headings that has a known key, with its key."""
    known = {row.key for row in manifest.rows}
    alike = {fold(key): key for key in known}  # blanks and what nobody sees may have come in by copying
    for (row, number), cell in sorted(sheet.cells.items()):
        if number != at.get(KEY_FIELD) or row <= heading_row:
            continue
        shown = slot_key(cell, manifest)
        key = shown if shown is not None else cell.text if cell.text in known else alike.get(fold(cell.text), "")
        if key in known:
            yield row, key
