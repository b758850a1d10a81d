"""Tables written into an open workbook through what all engines of xlwings share: COM, xlwings Server, JSON.

Excel understands what is put into a cell as if it were typed: "=1+1" is a formula, "1/2" a day, "007" seven. So every
text goes in behind an apostrophe, which Excel takes for "this is text" and does not show (Range.Value, Range.values).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlwings as xw

Shown = str | int | float | Decimal | None

_LONGEST = 8000  # characters of a text in a block: Excel refuses a block with one of more than 8,203
_POINTS = 5.4  # Office.js measures the width of a column in points, COM in characters
_HEADING, _ALERT = "#DDEBF7", "#FFE3E3"


def inert(value: Shown) -> Any:
    """Return a value so that the cell shows it and Excel never makes anything else of it."""
    if isinstance(value, str):
        text = value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
        return "'" + text.encode("utf-8", "replace").decode() if text else None
    if isinstance(value, Decimal):
        return float(value)
    return value


def write_block(sheet: xw.Sheet, row: int, rows: Iterable[Sequence[Shown]]) -> xw.Range | None:
    """Write rows of cells from column A on, in one go; the shorter ones are filled up. None when there are none."""
    lines = [[inert(value) for value in line] for line in rows]
    if not lines:
        return None
    width = max(map(len, lines))
    block = sheet.range((row, 1), (row + len(lines) - 1, width))
    block.value = [line + [None] * (width - len(line)) for line in lines]
    return block


def write_table(
    sheet: xw.Sheet,
    title: str,
    facts: Iterable[tuple[str, Shown]],
    widths: Mapping[str, int],
    rows: Iterable[Sequence[Shown]],
    remark: str = "",
) -> None:
    """Write a title, a remark that stands out, facts by label, then a table; widths has its headings, in characters."""
    write_block(sheet, 1, [(title,)])
    sheet["A1"].font.bold = True
    sheet["A1"].font.size = 14
    at = 2
    if remark:
        write_block(sheet, at, [(remark,)])
        sheet.range((at, 1), (at, len(widths))).color = _ALERT
        at += 1
    told = list(facts)
    write_block(sheet, at, told)
    at += len(told) + 1
    body = list(rows)
    write_block(sheet, at, [tuple(widths), *body])
    heading = sheet.range((at, 1), (at, len(widths)))
    heading.font.bold = True
    heading.color = _HEADING
    for column, width in enumerate(widths.values(), start=1):
        set_width(sheet.range((1, column)), width)
    table = sheet.range((at, 1), (at + len(body), len(widths)))
    table.wrap_text = True
    table.vertical_alignment = "top"


def set_width(cell: xw.Range, characters: int) -> None:
    """Set the width of a cell's column."""
    remote = cell.sheet.book.app.engine.type == "remote"
    cell.column_width = characters * _POINTS if remote else characters
