"""Where the form stands in a returned workbook: its sheet, its headings, and the rows that are each key's.

Columns are found by heading, rows by the hidden key column, never by address: sorted, filtered, moved and inserted
rows are read. A key counts only while the row still says whose it is: after a sort that left the hidden column out,
every key stands beside another task, and reading on would give each task's figures to its neighbour.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kttt_xl.cells import Cell, fold
from kttt_xl.choosing import column_of, slot_of
from kttt_xl.identity import Manifest, ManifestColumn, digest
from kttt_xl.layout import NAME_FIELDS, NUMBER_FIELD
from kttt_xl.workbook import Sheet

KEY_FIELD = "key"


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
    heading_row = find_headings(sheet, manifest)
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
    rows: dict[str, tuple[int, ...]] = {}
    strangers: dict[int, str] = {}
    for row, key, doubt in _key_rows(sheet, heading_row, columns, manifest):
        if doubt:
            strangers[row] = doubt
        else:
            rows[key] = (*rows.get(key, ()), row)
    return Grid(sheet, heading_row, columns, rows, strangers, tuple(column for _, column in lost))


def find_headings(sheet: Sheet, manifest: Manifest) -> int:
    """Return the row that holds most of the headings, the upper of two; 0 when none holds more than half."""
    wanted = {fold(column.heading) for column in manifest.columns}
    longest = 3 * max(map(len, wanted), default=0)  # with room for blanks and invisible characters
    found: dict[int, set[str]] = {}
    for (row, _), cell in sheet.cells.items():
        if cell.kind == "text" and len(cell.text) <= longest and (text := fold(_heading(cell, manifest))) in wanted:
            found.setdefault(row, set()).add(text)
    rows = [(len(texts), -row) for row, texts in found.items() if len(texts) * 2 > len(wanted)]
    return -max(rows)[1] if rows else 0


def _heading(cell: Cell, manifest: Manifest) -> str:
    """Return what a cell heads, if it heads a column.

    Period columns of a blank copy are headed by a formula: what it showed when it was saved decides nothing.
    """
    number = column_of(cell.formula) if manifest.offer else 0
    figures = [column.heading for column in manifest.columns if column.rule == "figure"] if number else []
    return figures[number - 1] if 0 < number <= len(figures) else cell.text


def slot_key(cell: Cell, manifest: Manifest) -> str | None:
    """Return the key of the row that a formula of a blank copy shows: "" for none, None when it is no such formula."""
    slot = slot_of(cell.formula) if manifest.offer else 0
    if not slot:
        return None
    return manifest.slots[slot - 1] if slot <= len(manifest.slots) else ""


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


def _key_rows(
    sheet: Sheet, heading_row: int, columns: Mapping[int, ManifestColumn], manifest: Manifest
) -> Iterator[tuple[int, str, str]]:
    """Yield each row with a known key: its number, its key, and what it says instead when the key is not its own."""
    at = {column.field: number for number, column in columns.items()}
    if KEY_FIELD not in at:
        return
    known = {row.key for row in manifest.rows}
    names = _Names(manifest)
    for (row, number), cell in sorted(sheet.cells.items()):
        if number != at[KEY_FIELD] or row <= heading_row:
            continue
        shown = slot_key(cell, manifest)
        key = cell.text.strip() if shown is None else shown
        if key in known:
            seen = {field: sheet.cells.get((row, at[field])) for field in names.fields if field in at}
            yield row, key, names.doubt(key, seen)


class _Names:
    """Whose row it is by what an officer sees: its number (STT) and its name."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.number, self.name = self.fields = (NUMBER_FIELD, NAME_FIELDS[manifest.kind])
        self.issued = {row.key: row.digests for row in manifest.rows}
        self.count = Counter(row.digests.get(self.name, "") for row in manifest.rows)
        self.owner = {row.digests.get(self.name, ""): row.key for row in manifest.rows}

    def doubt(self, key: str, seen: Mapping[str, Cell | None]) -> str:
        """Return why a row with this key is not the key's: "" when it is.

        Its own name is enough, or its own number beside a reworded name. Another row's name never is: that name is
        what the officer read when filling the row in.
        """
        marks = {field: self.mark(field, cell) for field, cell in seen.items()}
        if len(marks) < len(self.fields):  # a column is lost: the copy is refused as a whole
            return ""
        own = self.issued[key]
        named = marks[self.name] == own.get(self.name)
        numbered = marks[self.number] == own.get(self.number)
        others = marks[self.name] in self.count and not named
        if (named and (numbered or self.count[marks[self.name]] == 1)) or (numbered and not others):
            return ""
        return (
            f"nội dung dòng là của mã {self.owner[marks[self.name]]}"
            if others
            else "nội dung dòng không phải của mã này"
        )

    def mark(self, field: str, cell: Cell | None) -> str:
        """Return the digest of what an officer saw; of what a formula shows when the file does not tell."""
        shown = slot_key(cell, self.manifest) if cell and not cell.text else None
        return self.issued[shown].get(field, "") if shown else digest(cell.text if cell else "")
