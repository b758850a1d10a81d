"""Workbooks as Excel sends them to Python and takes them back: xlwings' JSON, over real .xlsx files (addin.md 5)."""

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import xlwings as xw
from openpyxl.worksheet.worksheet import Worksheet


def open_book(file: Path, name: str = "") -> xw.Book:
    """Return a workbook on disk as xlwings' JSON engine has it; its name is its path unless another is given."""
    sheets = {sheet.title: _values(sheet) for sheet in openpyxl.load_workbook(file, data_only=True).worksheets}
    return new_book(sheets, name or str(file))


def new_book(sheets: dict[str, list[list[Any]]] | None = None, name: str = "Book1") -> xw.Book:
    """Return a workbook with these sheets, an empty one when none are given."""
    told = [
        {
            "name": title, "values": _whole(values), "visibility": "Visible", "show_gridlines": True,
            "print_area": None, "notes": [], "notes_supported": True, "pictures": [], "shapes": [], "charts": [],
            "tables": [], "pivot_tables": [], "used_range_address": None, "used_range_row_count": 0,
            "used_range_column_count": 0,
        }
        for title, values in (sheets or {"Sheet1": [[]]}).items()
    ]  # fmt: skip
    book = {"name": name, "active_sheet_index": 0, "selection": "A1", "calculation": "Automatic"}
    whole = {"client": "Office.js", "version": xw.__version__, "book": book, "names": [], "sheets": told}
    return xw.Book(json=whole)


def _whole(rows: list[list[Any]]) -> list[list[Any]]:
    """Return rows of one length, as Excel sends them."""
    width = max(map(len, rows))
    return [row + [""] * (width - len(row)) for row in rows]


def _values(sheet: Worksheet) -> list[list[Any]]:
    return [[_sent(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def _sent(value: Any) -> Any:
    return f"{value.isoformat()}.000Z" if isinstance(value, datetime) else "" if value is None else value


def actions(book: xw.Book, name: str) -> list[dict[str, Any]]:
    """Return the actions of one kind that Excel is to do."""
    return [action for action in book.json()["actions"] if action["func"] == name]


def alerts(book: xw.Book) -> list[str]:
    """Return the messages that Excel is to show."""
    return [action["args"][0] for action in actions(book, "alert")]


def as_typed(value: Any) -> Any:
    """Return what a cell holds after Excel is given a value: a text counts as typed at the keyboard.

    AssertionError for a text that Excel would try to understand, since it is not behind an apostrophe.
    """
    if not isinstance(value, str) or value == "":
        return value or None
    assert value.startswith("'"), value
    return value[1:]


def after(book: xw.Book, file: Path) -> Path:
    """Do what Excel is to do on a copy of the workbook, save it to a file, and return that."""
    done = openpyxl.Workbook()
    done.remove(done.worksheets[0])
    added = {action["args"][1] for action in actions(book, "addSheet")}
    for sheet in book.impl.api["sheets"]:
        if sheet["name"] not in added:
            page = done.create_sheet(sheet["name"])
            for row in sheet["values"]:
                page.append(row)
    for action in book.json()["actions"]:
        if action["func"] == "addSheet":
            done.create_sheet(action["args"][1], action["args"][0])
        elif action["func"] == "setValues":
            page = done.worksheets[action["sheet_position"]]
            for down, row in enumerate(action["values"], start=action["start_row"] + 1):
                for right, value in enumerate(row, start=action["start_column"] + 1):
                    cell = page.cell(down, right, as_typed(value))
                    cell.data_type = "s" if isinstance(value, str) and value else cell.data_type
    done.save(file)
    return file
