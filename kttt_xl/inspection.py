"""A built copy, opened again by a second program (openpyxl): every way in which it is not what the layout asks for.

Builder and inspection share the layout and nothing else: what one forgets the other sees. An empty answer means that
the copy may go out.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kttt_xl import gate, layout, workbook
from kttt_xl.cells import address, column_letter
from kttt_xl.cover import FONT, MARGINS
from kttt_xl.layout import COVER, COVER_FIELDS, HEADING_ROW, LISTS, MANIFEST, Column, Copy, Line

_TITLE, _TEXT = 32, 255  # characters of an input message or error alert, Excel's limits
_STATES = ((COVER, "visible"), ("", "visible"), (LISTS, "hidden"), (MANIFEST, "veryHidden"))  # "": the form
_KINDS = {
    "choice": "list",
    "completion": "decimal",
    "percent": "decimal",
    "decimal": "decimal",
    "count": "whole",
    "date": "date",
    "text": "textLength",
}
# What a filler may do on a protected sheet, and some of what not (openpyxl: True is forbidden).
_ALLOWED = ("selectLockedCells", "selectUnlockedCells", "autoFilter", "formatRows", "formatColumns")
_FORBIDDEN = ("insertRows", "insertColumns", "deleteRows", "deleteColumns", "sort", "formatCells")
_MM = 0.04  # inches; margins are written in hundredths of an inch


def inspect_copy(path: Path, copy: Copy) -> tuple[str, ...]:
    """Return what is wrong with the file of a copy, a Vietnamese sentence each; CopyRefused when it is no workbook.

    Contract, section 4: sheets and their states, headings, locks, dropdowns over defined names, validations with
    input message and alert, protection without a password, print set-up, Times New Roman, no link, no macro.
    """
    package = gate.open_package(path)  # refuses macros, and everything else that a copy sent back may not have
    book = openpyxl.load_workbook(path)
    return tuple(_problems(book, copy, links=workbook.read_workbook(package).external_links))


def _problems(book: Workbook, copy: Copy, *, links: bool) -> Iterator[str]:
    if links:
        yield "Sổ tính liên kết đến tệp khác."
    states = [(name or copy.sheet, state) for name, state in _STATES]
    found = [(sheet.title, sheet.sheet_state) for sheet in book.worksheets]
    if found != states:
        yield f"Các trang là {found}; cần {states}."
        return
    form, cover = book[copy.sheet], book[COVER]
    yield from _names(book)
    yield from _headings(form, copy)
    yield from _cells(form, copy)
    yield from _fields(cover)
    yield from _fonts(book)
    yield from _page(form, "landscape", (1, 0))
    yield from _page(cover, "portrait", (1, 1))
    yield from _printed(form, copy)
    for sheet in book.worksheets:
        yield from _protection(sheet, fillable=sheet in {form, cover})


def _names(book: Workbook) -> Iterator[str]:
    """Every list of the dropdowns stands under its name on the sheet of lists."""
    for number, (name, items) in enumerate(layout.CHOICES.items(), start=1):
        letter = column_letter(number)
        wanted = f"'{LISTS}'!${letter}$2:${letter}${len(items) + 1}"
        refers = book.defined_names[name].attr_text if name in book.defined_names else None
        listed = [book[LISTS].cell(row, number).value for row in range(2, len(items) + 3)]
        if refers != wanted:
            yield f"Tên {name} trỏ đến {refers}; cần {wanted}."
        if listed != [*items, None]:
            yield f"Danh sách {name} là {listed}; cần {list(items)}."


def _headings(form: Worksheet, copy: Copy) -> Iterator[str]:
    headings = [cell.value for cell in form[HEADING_ROW]]
    wanted = [column.heading for column in copy.columns]
    if headings != wanted:
        yield f"Tiêu đề cột là {headings}; cần {wanted}."
    if not form.column_dimensions["A"].hidden:
        yield "Cột mã không ẩn."
    if form.freeze_panes != f"D{HEADING_ROW + 1}":
        yield f"Dòng tiêu đề không cố định ở D{HEADING_ROW + 1}."


def _cells(form: Worksheet, copy: Copy) -> Iterator[str]:
    """Every cell of the form is what its column and row say: an empty unlocked input, a formula, a key, a text."""
    validations = _by_cell(form)
    inputs = set()
    for row, line in enumerate(copy.lines, start=HEADING_ROW + 1):
        for number, column in enumerate(copy.columns, start=1):
            cell, rule = form.cell(row, number), copy.rule(column, line)
            if rule:
                inputs.add(cell.coordinate)
                if cell.value is not None:
                    yield f"{form.title}!{cell.coordinate}: ô nhập đã có «{cell.value}»."
                yield from _validation(form, cell.coordinate, column, rule, validations.get(cell.coordinate, []))
            elif line.key and _has_formula(column, line) != (cell.data_type == "f"):
                yield f"{form.title}!{cell.coordinate}: thiếu hoặc thừa công thức."
            elif line.key and column.field == "key" and cell.value != line.key:
                yield f"{form.title}!{cell.coordinate}: mã dòng là «{cell.value}»; cần «{line.key}»."
    yield from _locks(form, inputs)
    for place in sorted(validations.keys() - inputs):
        yield f"{form.title}!{place}: ô khóa có kiểm tra nhập."


def _has_formula(column: Column, line: Line) -> bool:
    return column.formula or (column.rule == "figure" and line.ratio is not None and column.field not in line.texts)


def _fields(cover: Worksheet) -> Iterator[str]:
    """The fields of the cover stand beside their labels, unlocked, with help; a field is merged over two columns."""
    validations = _by_cell(cover)
    labels = {cell.value: cell.row for cell in cover["B"] if cell.value is not None}
    inputs = set()
    for field in COVER_FIELDS:
        row = labels.get(field.label)
        if row is None:
            yield f"{cover.title}: thiếu trường «{field.label}»."
            continue
        inputs |= {address(row, 3), address(row, 4)}
        column = Column(field.field, field.label, 0, choices=field.choices)
        rule = "choice" if field.choices else "text"
        yield from _validation(cover, address(row, 3), column, rule, validations.get(address(row, 3), []))
    yield from _locks(cover, inputs)
    for label in layout.LIVE_LABELS:
        if any(cover.cell(labels.get(label, 1), number).data_type != "f" for number in (3, 4)):
            yield f"{cover.title}: thiếu công thức của «{label}»."


def _by_cell(sheet: Worksheet) -> dict[str, list[DataValidation]]:
    found: dict[str, list[DataValidation]] = {}
    for validation in sheet.data_validations.dataValidation:
        for ranged in validation.sqref.ranges:
            for row, column in ranged.cells:
                found.setdefault(address(row, column), []).append(validation)
    return found


def _validation(sheet: Worksheet, place: str, column: Column, rule: str, found: list[DataValidation]) -> Iterator[str]:
    at = f"{sheet.title}!{place}"
    if len(found) != 1:
        yield f"{at}: có {len(found)} kiểm tra nhập; cần 1."
        return
    validation = found[0]
    if validation.type != _KINDS[rule]:
        yield f"{at}: kiểm tra nhập kiểu {validation.type}; cần {_KINDS[rule]}."
    if rule == "choice" and validation.formula1 != column.choices:
        yield f"{at}: danh sách lấy từ {validation.formula1}; cần {column.choices}."
    texts = (
        ("hướng dẫn", validation.showInputMessage, validation.promptTitle, validation.prompt),
        ("báo lỗi", validation.showErrorMessage, validation.errorTitle, validation.error),
    )
    for what, shown, title, text in texts:
        if not (shown and title and text and len(title) <= _TITLE and len(text) <= _TEXT):
            yield f"{at}: lời {what} thiếu, hoặc dài quá {_TITLE}/{_TEXT} ký tự."
    if validation.errorStyle not in {None, "stop"}:
        yield f"{at}: giá trị sai không bị chặn."


def _locks(sheet: Worksheet, inputs: set[str]) -> Iterator[str]:
    """Exactly the input cells are unlocked."""
    unlocked = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    for place in sorted(inputs - unlocked):
        yield f"{sheet.title}!{place}: ô nhập bị khóa."
    for place in sorted(unlocked - inputs):
        yield f"{sheet.title}!{place}: ô không phải ô nhập mà không khóa."


def _protection(sheet: Worksheet, *, fillable: bool) -> Iterator[str]:
    protection: Any = sheet.protection
    if not protection.sheet or protection.password:
        yield f"{sheet.title}: trang không được bảo vệ, hoặc có mật khẩu."
        return
    for name in _ALLOWED if fillable else ():
        if getattr(protection, name):
            yield f"{sheet.title}: bảo vệ không cho phép {name}."
    for name in _FORBIDDEN:
        if not getattr(protection, name):
            yield f"{sheet.title}: bảo vệ cho phép {name}."


def _fonts(book: Workbook) -> Iterator[str]:
    for sheet in book.worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row]
        beyond = sheet.cell(sheet.max_row + 1, sheet.max_column + 1)  # the default style
        for cell in (*cells, beyond):
            if cell.font.name != FONT["font_name"]:
                yield f"{sheet.title}!{cell.coordinate}: phông chữ {cell.font.name}."
                break


def _page(sheet: Worksheet, orientation: str, pages: tuple[int, int]) -> Iterator[str]:
    setup = sheet.page_setup
    found = (int(setup.paperSize or 0), setup.orientation, setup.fitToWidth, setup.fitToHeight)
    # Excel leaves out what is its default: 1 page wide, 1 page tall.
    shown = tuple(1 if value is None else value for value in found)
    fits = sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage
    if not fits or shown != (9, orientation, *pages):
        yield f"{sheet.title}: khổ giấy, hướng, số trang là {found}; cần A4 (9), {orientation}, {pages}."
    margins = {side: getattr(sheet.page_margins, side) for side in MARGINS}
    if any(abs(margins[side] - wanted) > _MM for side, wanted in MARGINS.items()):
        yield f"{sheet.title}: lề trang là {margins}; cần {dict(MARGINS)} (inch)."


def _printed(form: Worksheet, copy: Copy) -> Iterator[str]:
    last = f"{column_letter(len(copy.columns))}${HEADING_ROW + len(copy.lines)}"
    if form.print_title_rows != f"${HEADING_ROW}:${HEADING_ROW}":
        yield f"{form.title}: dòng lặp lại khi in là {form.print_title_rows}."
    if not str(form.print_area).endswith(f"$A$1:${last}"):
        yield f"{form.title}: vùng in {form.print_area} không đủ các cột, các dòng."
    if copy.lines and form.auto_filter.ref != f"A{HEADING_ROW}:{last.replace('$', '')}":
        yield f"{form.title}: bộ lọc ở {form.auto_filter.ref}."
