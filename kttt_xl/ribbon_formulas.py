"""The formulas of our functions in a workbook just opened, entered into their cells once more, as typed by hand.

A file says of a function's name nothing but the name, and Excel looks names up when a formula is entered: of a file
that a program wrote it may show #NAME? as soon as it computes, however often it is told to compute. Source: Microsoft
KB 945828, whose cure is to replace every = by =; OfficeDev/office-js, issue 6611.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import xlwings as xw

_OURS = "KTTT_"
# What Sheet.Protect takes after its first five arguments, in its order, by the names that Sheet.Protection has for it.
_ALLOWED = (
    "AllowFormattingCells", "AllowFormattingColumns", "AllowFormattingRows", "AllowInsertingColumns",
    "AllowInsertingRows", "AllowInsertingHyperlinks", "AllowDeletingColumns", "AllowDeletingRows", "AllowSorting",
    "AllowFiltering", "AllowUsingPivotTables",
)  # fmt: skip

Blocks = Mapping[str, tuple[str, ...]]  # formulas from the top down, by the address of their cells, all in one column


def enter_again(book: xw.Book, file: Path) -> None:
    """Enter the formulas of our functions into an opened consolidated workbook, as its file has them.

    Sheets are protected again as they were; a workbook without changes stays one. MisuseError when the file is no
    consolidated workbook; what Excel refuses is raised as it comes.
    """
    unchanged = getattr(book.api, "Saved", False) is True
    for name, blocks in formulas(file).items():
        sheet = book.sheets[name]
        with _unprotected(sheet):
            for address, texts in blocks.items():
                sheet[address].formula = [[text] for text in texts]
    if unchanged:
        book.api.Saved = True  # nobody is asked to save what the file holds already


def formulas(file: Path) -> dict[str, Blocks]:
    """Return the formulas of a consolidated workbook's file that call our functions, by sheet."""
    from kttt_xl.cells import column_letter  # noqa: PLC0415  # a button's first click must be quick
    from kttt_xl.history import report_sheets  # noqa: PLC0415

    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, sheet in report_sheets(file).items():
        ours = sorted((cell.column, cell.row, cell.formula) for cell in sheet.cells.values() if _OURS in cell.formula)
        for (column, _), run in groupby(enumerate(ours), _column_and_distance):
            cells = [cell for _, cell in run]
            letter, texts = column_letter(column), tuple(f"={formula}" for _, _, formula in cells)
            found.setdefault(name, {})[f"{letter}{cells[0][1]}:{letter}{cells[-1][1]}"] = texts
    return dict(found)


def _column_and_distance(numbered: tuple[int, tuple[int, int, str]]) -> tuple[int, int]:
    """Return what cells one below the other have in common: their column, and how far rows are from the count."""
    number, (column, row, _) = numbered
    return column, row - number


@contextmanager
def _unprotected(sheet: xw.Sheet) -> Iterator[None]:
    """Take a sheet's protection away meanwhile, which has no password; where Excel is not there, there is none."""
    api = sheet.api
    if not getattr(api, "ProtectContents", False):
        yield
        return
    allowed = [bool(getattr(api.Protection, name)) for name in _ALLOWED]
    # By position: Excel is called without its type library, so arguments have no names.
    drawings, contents, scenarios, macros_too = api.ProtectDrawingObjects, True, api.ProtectScenarios, False
    api.Unprotect("")  # without an argument Excel would ask for the password of a sheet that has one
    try:
        yield
    finally:
        api.Protect("", drawings, contents, scenarios, macros_too, *allowed)
