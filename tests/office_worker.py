"""Runs under the system's Python with UNO: does to a workbook in LibreOffice what a filling officer does.

usage: python3 office_worker.py PORT < job.json     where job = {"open": path, "save": path, "steps": [...]}
       and "filter": the name of the import filter, for a file whose kind LibreOffice does not tell by itself
steps: ["type", sheet, address, text]   as typed at the keyboard in a Vietnamese locale cell (text, number or date)
       ["text", sheet, address, text]   exactly this text
       ["unprotect", sheet] | ["insert_row", sheet, row] | ["sort", sheet, range, column index]
       ["filter", sheet, range, column index, value] | ["rename", sheet, new name] | ["hide_row", sheet, row]
       ["delete_column", sheet, letter] | ["recalculate"]
       ["drag", sheet, range, address]  moves cells there | ["insert_cells", sheet, range, "DOWN" or "RIGHT"]
       ["copy_sheet", sheet, new name] | ["merge", sheet, range] | ["into_new_book", sheet, path]
       ["read", sheet, address]         its shown text goes into the answer
       ["values", sheet, range]         the contents of its cells, row by row, go into the answer
       ["contents", sheet, range]       the same, numbers as numbers, an error as null
       ["number", sheet, address, number]
       ["array", sheet, range, formula] | ["formula", sheet, address] is answered with the formula as an officer sees it
       ["wizard", prefix]               the function wizard's names, texts and arguments of the functions so called
"visible": true opens it as a window would, so that what an extension does at opening is done too.
"""

import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.sheet.FilterOperator import EQUAL
from com.sun.star.table import TableSortField

PUT = {"type": "setFormula", "text": "setString", "number": "setValue", "array": "setArrayFormula"}
TOLD = {
    "read": lambda cell: [cell.String],
    "formula": lambda cell: [cell.FormulaLocal],
    "values": lambda cells: [str(value) for row in cells.DataArray for value in row],
    "contents": lambda cells: [value for row in cells.DataArray for value in row],
}
EDITED = {
    "unprotect": lambda sheet: sheet.unprotect(""),
    "rename": lambda sheet, name: setattr(sheet, "Name", name),
    "insert_row": lambda sheet, row: sheet.Rows.insertByIndex(row - 1, 1),
    "hide_row": lambda sheet, row: setattr(sheet.Rows.getByIndex(row - 1), "IsVisible", False),
    "drag": lambda sheet, cells, target: sheet.moveRange(
        sheet.getCellRangeByName(target).CellAddress, sheet.getCellRangeByName(cells).RangeAddress
    ),
    "insert_cells": lambda sheet, cells, how: sheet.insertCells(
        sheet.getCellRangeByName(cells).RangeAddress, uno.Enum("com.sun.star.sheet.CellInsertMode", how)
    ),
    "merge": lambda sheet, cells: sheet.getCellRangeByName(cells).merge(True),
}
FILTERS = {
    "xlsx": "Calc MS Excel 2007 XML",
    "xlsm": "Calc MS Excel 2007 VBA XML",
    "xls": "MS Excel 97",
    "ods": "calc8",
    "fods": "OpenDocument Spreadsheet Flat XML",
    "csv": "Text - txt - csv (StarCalc)",
    "pdf": "calc_pdf_Export",
}


def prop(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def connect(port):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(240):
        try:
            return resolver.resolve(f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.25)
    raise SystemExit("LibreOffice does not answer")


def wizard(context, prefix):
    for function in context.ServiceManager.createInstanceWithContext(
        "com.sun.star.sheet.FunctionDescriptions", context
    ):
        known = {told.Name: told.Value for told in function}
        if known["Name"].startswith(prefix):
            yield [known["Name"], known["Description"], [[each.Name, each.Description] for each in known["Arguments"]]]


def do(book, step, said):
    verb, *rest = step
    if verb == "recalculate":
        book.calculateAll()
        return
    if verb == "copy_sheet":
        book.Sheets.copyByName(*rest, book.Sheets.Count)
        return
    sheet = book.Sheets.getByName(rest[0])
    if verb in EDITED:
        EDITED[verb](sheet, *rest[1:])
    elif verb in PUT:
        getattr(sheet.getCellRangeByName(rest[1]), PUT[verb])(rest[2])
    elif verb in TOLD:
        said.extend(TOLD[verb](sheet.getCellRangeByName(rest[1])))
    elif verb == "delete_column":
        column = sheet.getCellRangeByName(rest[1] + "1").CellAddress.Column
        sheet.Columns.removeByIndex(column, 1)
    elif verb == "sort":
        field = TableSortField()
        field.Field, field.IsAscending = rest[2], False
        fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
        cells = sheet.getCellRangeByName(rest[1])
        uno.invoke(cells, "sort", ((prop("SortFields", fields), prop("ContainsHeader", False)),))
    elif verb == "filter":
        cells = sheet.getCellRangeByName(rest[1])
        descriptor = cells.createFilterDescriptor(True)
        wanted = uno.createUnoStruct("com.sun.star.sheet.TableFilterField")
        wanted.Field, wanted.Operator, wanted.IsNumeric, wanted.StringValue = rest[2], EQUAL, False, rest[3]
        descriptor.ContainsHeader = True
        descriptor.setFilterFields((wanted,))
        cells.filter(descriptor)
    else:
        raise SystemExit(f"unknown step {verb}")


def main():
    context = connect(int(sys.argv[1]))
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    answers = []
    for job in json.load(sys.stdin):
        how = [prop("Hidden", not job.get("visible"))]
        how += [prop("FilterName", job["filter"])] if "filter" in job else []
        book = desktop.loadComponentFromURL(uno.systemPathToFileUrl(job["open"]), "_blank", 0, tuple(how))
        said = []
        for step in job["steps"]:
            if step[0] == "wizard":
                said.extend(wizard(context, step[1]))
            elif step[0] == "into_new_book":
                new = desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, (prop("Hidden", True),))
                new.Sheets.importSheet(book, step[1], 0)
                new.storeToURL(uno.systemPathToFileUrl(step[2]), (prop("FilterName", FILTERS["xlsx"]),))
                new.close(True)
            else:
                do(book, step, said)
        if job.get("save"):
            target = uno.systemPathToFileUrl(job["save"])
            kind = FILTERS[job["save"].rpartition(".")[2]]
            book.storeToURL(target, (prop("FilterName", kind), prop("Overwrite", True)))
        book.close(True)
        answers.append(said)
    json.dump(answers, sys.stdout)


main()
