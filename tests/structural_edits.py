"""What fillers do to the rows and columns of a form, for the tests: edits of a table of cells, played on a real copy.

A table is the form's sheet from row 1 as lists of contents. Every input cell is filled in first, each with a content
that tells whose it is, so that a value read under another row or heading is seen at once.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kttt_xl.layout import HEADING_ROW, Copy
from kttt_xl.model import STATES, Value
from kttt_xl.selfcheck import line_rows

Content = object
Table = list[list[Content]]
Key = tuple[str, str]
Edit = Callable[[Table], None]


def typed_values(copy: Copy) -> dict[Key, tuple[int, int, Value]]:
    """Return what is typed into each input cell, by row and field: its row and column from 0, and the value."""
    found: dict[Key, tuple[int, int, Value]] = {}
    rows = line_rows(copy)
    for line in copy.keyed:
        for at, column in enumerate(copy.columns):
            rule = copy.rule(column, line)
            if rule:
                number = len(found)
                found[line.key, column.field] = (rows[line.key] - 1, at, _unique(rule, line.key, column.field, number))
    return found


def _unique(rule: str, key: str, field: str, number: int) -> Value:
    match rule:
        case "choice":
            return STATES[number % len(STATES)]
        case "text":
            return f"{key} / {field}"
        case "date":
            return date(2024, 1, 13) + timedelta(days=number)
        case "completion":
            return Decimal(number % 99 + 1)
        case "percent":
            return Decimal(number) / 4 + 2
        case _:
            return Decimal(1000 + number)


def play(copy: Copy, edits: Sequence[Edit]) -> Callable[[Workbook], None]:
    """Return what fills in the form of a workbook and then does the edits to its table, one after another."""

    def edit(book: Workbook) -> None:
        sheet = book[copy.sheet]
        table = read_table(sheet)
        for row, at, value in typed_values(copy).values():
            table[row][at] = value
        for each in edits:
            each(table)
        write_table(sheet, table)

    return edit


def read_table(sheet: Worksheet) -> Table:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def write_table(sheet: Worksheet, table: Table) -> None:
    """Put a table into a sheet; merged titles are taken apart first, as moving rows or columns does."""
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))
    for row in sheet.iter_rows():
        for cell in row:
            cell.value = None
    for row, contents in enumerate(table, start=1):
        for at, content in enumerate(contents, start=1):
            if content is not None:
                cell = sheet.cell(row, at)
                cell.value = content  # type: ignore[assignment]
                cell.number_format = "dd/mm/yyyy" if isinstance(content, date) else "General"


# --- edits; rows are numbered from 0 below the headings, columns from 0, both as they stand when the edit is done


def width(table: Table) -> int:
    return max(map(len, table))


def top(table: Table) -> int:
    """Return how many rows there are down to the first headings, they included."""
    return next((at for at, row in enumerate(table, start=1) if {"Mã", "STT"} & set(row)), HEADING_ROW)


def height(table: Table) -> int:
    return len(table) - top(table)


def sort(first: int, last: int, left: int, order: Sequence[int], locked: int = 0) -> Edit:
    """Put the rows from first to last into another order, but only their cells from column left on.

    locked is how many columns from left are ours. Nothing is done where fewer than two of their cells would hold
    another row's text afterwards: that selection cannot be told from typing.
    """

    def edit(table: Table) -> None:
        rows = [top(table) + row for row in range(first, min(last, height(table) - 1) + 1)]
        moved = [table[row][left:] for row in rows]
        nobodys = {None, *table[top(table) - 1]}
        turned = [moved[turn] for turn in order if turn < len(moved)]
        changed = [
            old
            for before, after in zip(moved, turned, strict=True)
            for old, new in zip(before[:locked], after[:locked], strict=True)
            if old != new and nobodys.isdisjoint({old, new})
        ]
        if len(changed) >= 2 or not locked:
            for row, cells in zip(rows, turned, strict=True):
                table[row][left:] = cells

    return edit


def insert_rows(row: int, number: int = 1) -> Edit:
    def edit(table: Table) -> None:
        at = top(table) + min(row, height(table))
        table[at:at] = [[None] * width(table) for _ in range(number)]

    return edit


def insert_rows_above(number: int) -> Edit:
    """Insert rows above the headings."""
    return lambda table: table.__setitem__(slice(2, 2), [[None] * width(table) for _ in range(number)])


def delete_row(row: int) -> Edit:
    def edit(table: Table) -> None:
        if row < height(table):
            del table[top(table) + row]

    return edit


def insert_column(at: int) -> Edit:
    def edit(table: Table) -> None:
        for row in table:
            row.insert(min(at, len(row)), None)

    return edit


def delete_column(at: int) -> Edit:
    def edit(table: Table) -> None:
        for row in table:
            del row[at]

    return edit


def move_column(source: int, target: int) -> Edit:
    """Cut a column and insert it elsewhere."""

    def edit(table: Table) -> None:
        for row in table:
            row.insert(target, row.pop(source))

    return edit


def repeat_row(row: int, target: int) -> Edit:
    """Copy a row and insert it elsewhere."""

    def edit(table: Table) -> None:
        if row < height(table):
            table.insert(top(table) + min(target, height(table)), list(table[top(table) + row]))

    return edit


def repeat_headings(row: int) -> Edit:
    def edit(table: Table) -> None:
        table.insert(top(table) + min(row, height(table)), list(table[top(table) - 1]))

    return edit


def insert_cell(row: int, at: int) -> Edit:
    """Insert a cell and shift the rest of its row to the right; row -1 is that of the headings."""

    def edit(table: Table) -> None:
        if row < height(table):
            table[top(table) + row].insert(at, None)
            for other in table:
                other.extend([None] * (len(table[top(table) + row]) - len(other)))

    return edit


def delete_cell(row: int, at: int) -> Edit:
    """Delete a cell and shift the rest of its row to the left."""

    def edit(table: Table) -> None:
        if row < height(table) and at < len(table[top(table) + row]):
            del table[top(table) + row][at]
            table[top(table) + row].append(None)

    return edit


def fill_down(first: int, last: int, left: int, right: int) -> Edit:
    """Copy the cells of one row over those of the rows below it."""

    def edit(table: Table) -> None:
        for row in range(first + 1, min(last, height(table) - 1) + 1):
            table[top(table) + row][left : right + 1] = table[top(table) + first][left : right + 1]

    return edit


def clear(row: int, at: int) -> Edit:
    def edit(table: Table) -> None:
        if row < height(table) and at < len(table[top(table) + row]):
            table[top(table) + row][at] = None

    return edit


def write(row: int, at: int, content: Content) -> Edit:
    def edit(table: Table) -> None:
        if row < height(table) and at < len(table[top(table) + row]):
            table[top(table) + row][at] = content

    return edit


def split(row: int) -> Edit:
    """Move the rows from one on further down, under headings of their own: one table becomes two."""

    def edit(table: Table) -> None:
        at = top(table) + min(row, height(table))
        table[at:at] = [[None] * width(table), [None] * width(table), list(table[top(table) - 1])]

    return edit


def rearrange_below(row: int, source: int, target: int) -> Edit:
    """Give the rows from one on headings of their own, in which a column stands elsewhere."""

    def edit(table: Table) -> None:
        at = top(table) + min(row, height(table))
        table.insert(at, list(table[top(table) - 1]))
        for moved in table[at:]:
            moved.insert(target, moved.pop(source))

    return edit
