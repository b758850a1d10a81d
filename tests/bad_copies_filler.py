"""Bad copies as fillers make them who lifted the protection: rows, columns and sheets moved, deleted, written over."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from unicodedata import normalize

from bad_copies import BadCopy, Base, Bases, Values, below, changed, one, substituting
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kttt_xl.cells import column_letter
from kttt_xl.filling import Content
from kttt_xl.layout import COVER, HEADING_ROW, LISTS, MANIFEST

WORKBOOK = "xl/workbook.xml"
Edit = Callable[[Workbook, Worksheet], object]
_FIRST, _LAST = 8, 32  # rows of the statistics form: THT-MOI to TT-KTTT
_FIGURE, _NOTE, _CHECK = 6, 7, 8  # its columns: the year's, Ghi chú, Kiểm tra


def filler(bases: Bases, _seed: int) -> Iterator[BadCopy]:
    """What is done to the statistics form, and to the form of tasks where sections make a difference."""
    base = bases.stats
    rows = {key: base.row(key) for key in (line.key for line in base.copy.keyed)}
    period = base.copy.period.code
    for name, (edit, codes, gone) in _EDITS.items():
        without = [(key, period) for key, row in rows.items() if row in gone]
        yield one("filler", name, base, partial(base.edited, edit), "accepted", codes, base.but(without=without))
    for name, (edit, code) in _REFUSED.items():
        yield one("filler", name, base, partial(base.edited, edit), "refused", code)
    for name, (contents, codes, changes) in _typed(base).items():
        yield one("filler", name, base, partial(base.typed, contents), "accepted", codes, base.but(changes))
    nothing = {base.at(*place): None for place in base.values}
    yield one("filler", "nothing filled in", base, partial(base.typed, nothing), "accepted", "missing-required", {})
    yield one("filler", "calculated by hand", base, partial(changed, base.content, WORKBOOK, _BY_HAND), "accepted")
    for sheet, code in ((base.copy.sheet, "wrong-agency"), (COVER, "wrong-agency")):
        make = partial(base.edited, partial(_other_agency, sheet=sheet))
        yield one("filler", f"another agency on {sheet}", base, make, "conflicting", code)
    yield from _tasks(bases.tasks)


def _tasks(base: Base) -> Iterator[BadCopy]:
    """Sections stand between the rows of the form of tasks."""
    for name, (edit, codes, gone) in _TASK_EDITS.items():
        without = [place for place in base.values if place[0] in gone]
        make = partial(base.edited, edit)
        yield one("filler", f"tasks: {name}", base, make, "accepted", codes, base.but(without=without))
    for name, (edit, codes) in _TASK_REFUSED.items():
        yield one("filler", f"tasks: {name}", base, partial(base.edited, edit), "refused", codes)


# --- what a filler does


def rows_of(sheet: Worksheet, first: int, last: int, start: int = 1) -> list[list[object]]:
    return [[cell.value for cell in row[start - 1 :]] for row in sheet.iter_rows(first, last)]


def put_rows(sheet: Worksheet, rows: list[list[object]], first: int, start: int = 1) -> None:
    for row, values in enumerate(rows, start=first):
        for column, value in enumerate(values, start=start):
            sheet.cell(row, column).value = value  # type: ignore[assignment]


def _sorted(sheet: Worksheet, first: int, last: int, start: int = 1) -> None:
    """Sort the rows from a column on, the other way round, as a filler does who looks for the largest."""
    put_rows(sheet, rows_of(sheet, first, last, start)[::-1], first, start)


def _new_row(_book: Workbook, sheet: Worksheet) -> None:
    sheet.insert_rows(15)
    put_rows(sheet, [["MOI-1", "99", "Số hợp tác xã tự thêm", "hợp tác xã", None, 5, "tự thêm"]], 15)


def _again(change: Content = None) -> Edit:
    """Return the edit that puts a copy of the first row below the form, with another figure when one is given."""

    def edit(_book: Workbook, sheet: Worksheet) -> None:
        put_rows(sheet, rows_of(sheet, _FIRST, _FIRST), _LAST + 1)
        if change is not None:
            sheet.cell(_LAST + 1, _FIGURE).value = change  # type: ignore[assignment]

    return edit


def _swapped_columns(_book: Workbook, sheet: Worksheet) -> None:
    for row in range(HEADING_ROW, _LAST + 1):
        note, figure = sheet.cell(row, _NOTE), sheet.cell(row, _FIGURE)
        note.value, figure.value = figure.value, note.value


def _decomposed(_book: Workbook, sheet: Worksheet) -> None:
    for cell in sheet[HEADING_ROW]:
        cell.value = normalize("NFD", str(cell.value))


def _filtered(_book: Workbook, sheet: Worksheet) -> None:
    sheet.auto_filter.ref = f"A{HEADING_ROW}:H{_LAST}"
    sheet.auto_filter.add_filter_column(3, ["hợp tác xã"])
    _hide(sheet, range(_FIRST, _FIRST + 4))


def _hide(sheet: Worksheet, rows: range) -> None:
    for row in rows:
        sheet.row_dimensions[row].hidden = True


def _elsewhere(_book: Workbook, sheet: Worksheet) -> None:
    for row in range(_FIRST, _LAST + 1):
        typed = sheet.cell(row, _FIGURE)
        if not str(typed.value).startswith("="):
            sheet.cell(row, 12).value, typed.value = typed.value, None


def _emptied(rows: range) -> Edit:
    def edit(_book: Workbook, sheet: Worksheet) -> None:
        for row in rows:
            if not str(sheet.cell(row, _FIGURE).value).startswith("="):
                sheet.cell(row, _FIGURE).value = None

    return edit


def _set(row: int, column: int, value: object) -> Edit:
    return lambda _book, sheet: setattr(sheet.cell(row, column), "value", value)


def _form(edit: Callable[[Worksheet], object]) -> Edit:
    return lambda _book, sheet: edit(sheet)


def _book(edit: Callable[[Workbook], object]) -> Edit:
    return lambda book, _sheet: edit(book)


def _hidden_form(book: Workbook, sheet: Worksheet) -> None:
    book.active = 0
    sheet.sheet_state = "hidden"


def _visible_identity(book: Workbook) -> None:
    book[MANIFEST].sheet_state = "visible"


def _other_agency(book: Workbook, _sheet: Worksheet, sheet: str) -> None:
    cell = next(cell for row in book[sheet].iter_rows() for cell in row if "phường Đồng Tâm" in str(cell.value))
    cell.value = str(cell.value).replace("phường Đồng Tâm", "xã Tuy Lộc")


def _forged(book: Workbook) -> None:
    sheet = book[MANIFEST]
    cell = next(cell for row in sheet.iter_rows() for cell in row if "period" in str(cell.value))
    cell.value = str(cell.value).replace('"period":"2024"', '"period":"2023"')


def _pasted_into_new(book: Workbook, sheet: Worksheet) -> None:
    for other in book.worksheets:
        if other is not sheet:
            book.remove(other)


def _note_in_front(book: Workbook) -> None:
    book.create_sheet("Nháp", 0).append(["ghi chú"])


def _other_list(book: Workbook) -> None:
    book[LISTS]["A2"] = "Xong"


def _below_a_list(book: Workbook) -> None:
    book[LISTS]["B4"] = "ghi chú"


def _unlabelled(book: Workbook) -> None:
    book[COVER]["B12"] = None


def _unnamed(_book: Workbook, sheet: Worksheet) -> None:
    put_rows(sheet, [["x", "y"]], _FIRST, 2)


def _note_below(base: Base, content: Content) -> dict[str, Content]:
    return {below(base, 2): content}


_BY_HAND = substituting(rb"<calcPr[^>]*/>", b'<calcPr calcMode="manual" fullCalcOnLoad="0"/>')
_DELETED = range(_FIRST + 2, _FIRST + 3)
_EDITS: Mapping[str, tuple[Edit, str, range]] = {
    "merged over inputs": (_form(lambda sheet: sheet.merge_cells("F8:F10")), "missing-required", range(9, 11)),
    "merged keys": (_form(lambda sheet: sheet.merge_cells("A8:A10")), "missing-row unknown-row", range(9, 11)),
    "a row above the headings": (_form(lambda sheet: sheet.insert_rows(3)), "", range(0)),
    "a blank row in between": (_form(lambda sheet: sheet.insert_rows(15)), "inserted-row", range(0)),
    "a row of one's own": (_new_row, "unknown-row outside-value", range(0)),
    "a row deleted": (_form(lambda sheet: sheet.delete_rows(10)), "missing-row", _DELETED),
    "rows sorted": (_form(lambda sheet: _sorted(sheet, _FIRST, _LAST)), "moved-row", range(0)),
    "a row twice, alike": (_again(), "repeated-row", range(0)),
    "a key written over by another's": (_set(10, 1, "THT-MOI"), "missing-row unknown-row", range(10, 11)),
    "a key in small letters": (_set(10, 1, "tht-hq"), "", range(0)),
    "a key with blanks": (_set(10, 1, " THT-HQ "), "", range(0)),
    "rows hidden": (_form(lambda sheet: _hide(sheet, range(10, 20))), "", range(0)),
    "a filter left on": (_filtered, "", range(0)),
    "a column inserted": (_form(lambda sheet: sheet.insert_cols(4)), "", range(0)),
    "columns changed places": (_swapped_columns, "moved-column", range(0)),
    "a column hidden": (_form(lambda sheet: setattr(sheet.column_dimensions["F"], "hidden", True)), "", range(0)),
    "headings decomposed": (_decomposed, "", range(0)),
    "the table moved": (_form(lambda sheet: sheet.move_range(f"A{HEADING_ROW}:H{_LAST}", 10, 2)), "", range(0)),
    "the sheet renamed": (_form(lambda sheet: setattr(sheet, "title", "Biểu 01 (sửa)")), "renamed-sheet", range(0)),
    "the sheet twice": (lambda book, sheet: book.copy_worksheet(sheet), "outside-value", range(0)),
    "identity visible": (_book(_visible_identity), "", range(0)),
    "the form hidden": (_hidden_form, "", range(0)),
    "sheets in another order": (_book(lambda book: book.move_sheet(MANIFEST, -3)), "", range(0)),
    "an empty sheet in front": (_book(lambda book: book.create_sheet("Nháp", 0)), "", range(0)),
    "a note on a new sheet": (_book(_note_in_front), "outside-value", range(0)),
    "figures beside the table": (_elsewhere, "outside-value missing-required", range(_FIRST, _LAST + 1)),
    "ten of them filled in": (_emptied(range(18, _LAST + 1)), "missing-required", range(18, _LAST + 1)),
    "dates from 1904": (_book(lambda book: setattr(book, "epoch", CALENDAR_MAC_1904)), "", range(0)),
    "a comment": (_form(lambda sheet: setattr(sheet["F8"], "comment", Comment("xem lại", "A"))), "", range(0)),
    "a locked text edited": (_set(8, 4, "tổ"), "altered-locked-cell", range(0)),
    "a locked text emptied": (_set(8, 4, None), "altered-locked-cell", range(0)),
    "a name and number edited": (_unnamed, "missing-row unknown-row altered-locked-cell", range(8, 9)),
    "Kiểm tra written over": (_set(8, _CHECK, "đã xem"), "overwritten-formula", range(0)),
    "a ratio written over": (_set(19, _FIGURE, 55), "overwritten-formula", range(0)),
    "the title edited": (_set(1, 2, "BIỂU KHÁC"), "altered-locked-cell", range(0)),
    "the lists edited": (_book(_other_list), "altered-locked-cell", range(0)),
    "a note below a list": (_book(_below_a_list), "outside-value", range(0)),
    "a label of a count emptied": (_book(_unlabelled), "altered-locked-cell", range(0)),
    "the cover deleted": (_book(lambda book: book.remove(book[COVER])), "altered-locked-cell", range(0)),
    "the lists deleted": (_book(lambda book: book.remove(book[LISTS])), "", range(0)),
}  # fmt: skip
_REFUSED: Mapping[str, tuple[Edit, str]] = {
    "a column deleted": (_form(lambda sheet: sheet.delete_cols(_FIGURE)), "missing-column"),
    "a heading reworded": (_set(HEADING_ROW, _FIGURE, "Kết quả"), "missing-column"),
    "a heading twice": (_set(HEADING_ROW, _NOTE, "Năm 2024"), "missing-column"),
    "the headings deleted": (_form(lambda sheet: sheet.delete_rows(HEADING_ROW)), "missing-column"),
    "a row twice, with other figures": (_again(4321), "duplicate-row"),
    "six rows deleted": (_form(lambda sheet: sheet.delete_rows(10, 6)), "missing-rows"),
    "sorted without the keys": (_form(lambda sheet: _sorted(sheet, _FIRST, _LAST, 2)), "missing-rows unknown-row"),
    "the form deleted": (lambda book, sheet: book.remove(sheet), "missing-sheet"),
    "identity deleted": (_book(lambda book: book.remove(book[MANIFEST])), "no-manifest"),
    "the sheet pasted into a new book": (_pasted_into_new, "no-manifest"),
    "identity edited": (_book(_forged), "forged-manifest"),
}  # fmt: skip
_TASK_EDITS: Mapping[str, tuple[Edit, str, tuple[str, ...]]] = {
    "rows sorted, sections and all": (_form(lambda sheet: _sorted(sheet, 8, 63)), "moved-row", ()),
    "a section deleted": (_form(lambda sheet: sheet.delete_rows(18)), "", ()),
    "a section reworded": (_set(18, 2, "PHẦN KHÁC"), "altered-locked-cell", ()),
}
_TASK_REFUSED: Mapping[str, tuple[Edit, str]] = {
    "sorted without the hidden keys": (_form(lambda sheet: _sorted(sheet, 9, 63, 2)), "missing-rows unknown-row"),
}


def _typed(base: Base) -> Mapping[str, tuple[dict[str, Content], str, Values]]:
    period = base.copy.period.code
    place = lambda key: base.at(key, period)  # noqa: E731
    return {
        "a figure swapped with its neighbour": (
            {place("THT-MOI"): 4, place("TV-THT-MOI"): 3},
            "",
            {("THT-MOI", period): Decimal(4), ("TV-THT-MOI", period): Decimal(3)},
        ),
        "a remark below the form": (_note_below(base, "Đề nghị tỉnh bổ sung kinh phí"), "outside-value", {}),
        "a figure below the form": (_note_below(base, 12), "outside-value", {}),
        "a remark beside the form": ({f"{column_letter(base.width + 3)}12": "x"}, "outside-value", {}),
        "a remark in its column": ({f"G{_FIRST}": "số liệu sơ bộ"}, "", {("THT-MOI", "note"): "số liệu sơ bộ"}),
        "a remark in the title block": ({"F3": "gấp"}, "outside-value", {}),
    }


GROUPS = {"filler": filler}
