"""inspection: each thing a copy must be, taken away from one: what is said then."""

from collections.abc import Callable
from copy import copy as copied
from pathlib import Path

import pytest
from openpyxl.packaging.relationship import Relationship
from openpyxl.styles import Font, Protection
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.external_link import ExternalLink
from openpyxl.workbook.external_link.external import ExternalBook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from returned_copies import Trial, few_tasks, stats_trial

from kttt_xl.errors import CopyRefused
from kttt_xl.inspection import inspect_copy
from kttt_xl.model import Plan
from kttt_xl.period import Period


@pytest.fixture(scope="module")
def tasks(gia_lai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return Trial(few_tasks(gia_lai, year), tmp_path_factory.mktemp("tasks"))


@pytest.fixture(scope="module")
def stats(yen_bai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return stats_trial(yen_bai, year, tmp_path_factory.mktemp("stats"))


def inspected(sent: Trial, content: bytes) -> tuple[str, ...]:
    path = sent.folder / "xem.xlsx"
    path.write_bytes(content)
    return inspect_copy(path, sent.copy)


def test_a_copy_as_built_has_no_problem(tasks: Trial, stats: Trial) -> None:
    assert [inspected(sent, sent.content) for sent in (tasks, stats)] == [(), ()]


def validation(form: Worksheet, place: str) -> DataValidation:
    return next(rule for rule in form.data_validations.dataValidation if place in rule.sqref)


def lock(book: Workbook, sheet: str, place: str, *, locked: bool) -> None:
    book[sheet][place].protection = Protection(locked=locked)


def font(book: Workbook, sheet: str, place: str) -> None:
    changed = copied(book[sheet][place].font)
    book[sheet][place].font = Font(name="Arial", size=changed.size)


def set_validation(name: str, value: object) -> Callable[[Workbook], object]:
    return lambda book: setattr(validation(book["Nhiệm vụ"], "L9"), name, value)


def set_on(sheet: str, part: str, name: str, value: object) -> Callable[[Workbook], object]:
    return lambda book: setattr(getattr(book[sheet], part), name, value)


def put(sheet: str, place: str, value: object) -> Callable[[Workbook], object]:
    def change(book: Workbook) -> None:
        book[sheet][place].value = value

    return change


def list_elsewhere(book: Workbook) -> None:
    book.defined_names["DM_TrangThai"] = DefinedName("DM_TrangThai", attr_text="'Danh mục'!$A$2:$A$5")


FORM, COVER = "Nhiệm vụ", "Hướng dẫn"
STATES = "('Hướng dẫn', 'visible'), ('Nhiệm vụ', 'visible'), ('Danh mục', 'hidden')"
MARGINS = "'right': 0.6, 'top': 0.79, 'bottom': 0.79"
# What is taken away: (edit, what is said).
EDITS: list[tuple[Callable[[Workbook], object], tuple[str, ...]]] = [
    (
        lambda book: setattr(book["_kttt"], "sheet_state", "hidden"),
        (f"Các trang là [{STATES}, ('_kttt', 'hidden')]; cần [{STATES}, ('_kttt', 'veryHidden')].",),
    ),
    (
        list_elsewhere,
        ("Tên DM_TrangThai trỏ đến 'Danh mục'!$A$2:$A$5; cần 'Danh mục'!$A$2:$A$6.",),
    ),
    (
        put("Danh mục", "B2", "X"),
        ("Danh sách DM_Co là ['X', None]; cần ['x'].",),
    ),
    (put("Danh mục", "B3", "y"), ("Danh sách DM_Co là ['x', 'y']; cần ['x'].",)),
    (lambda book: setattr(book[FORM].column_dimensions["A"], "hidden", False), ("Cột mã không ẩn.",)),
    (lambda book: setattr(book[FORM], "freeze_panes", "A8"), ("Dòng tiêu đề không cố định ở D8.",)),
    (put(FORM, "L9", "Hoàn thành"), ("Nhiệm vụ!L9: ô nhập đã có «Hoàn thành».",)),
    (put(FORM, "S9", "Đủ"), ("Nhiệm vụ!S9: thiếu hoặc thừa công thức.",)),
    (put(FORM, "K9", "=1+1"), ("Nhiệm vụ!K9: thiếu hoặc thừa công thức.",)),
    (put(FORM, "A9", "2"), ("Nhiệm vụ!A9: mã dòng là «2»; cần «1».",)),
    (lambda book: lock(book, FORM, "L9", locked=True), ("Nhiệm vụ!L9: ô nhập bị khóa.",)),
    (
        lambda book: lock(book, FORM, "C9", locked=False),
        ("Nhiệm vụ!C9: ô không phải ô nhập mà không khóa.",),
    ),
    (
        lambda book: lock(book, COVER, "C16", locked=True),
        ("Hướng dẫn!C16: ô nhập bị khóa.", "Hướng dẫn!D16: ô nhập bị khóa."),
    ),
    (
        lambda book: lock(book, COVER, "B16", locked=False),
        ("Hướng dẫn!B16: ô không phải ô nhập mà không khóa.",),
    ),
    (put(COVER, "C12", 4), ("Hướng dẫn: thiếu công thức của «Số ô còn phải nhập».",)),
    (
        put(COVER, "B21", "Lý do"),
        (
            "Hướng dẫn: thiếu trường «Lý do nộp lại».",
            "Hướng dẫn!C21: ô không phải ô nhập mà không khóa.",
            "Hướng dẫn!D21: ô không phải ô nhập mà không khóa.",
        ),
    ),
    (
        lambda book: book[FORM].add_data_validation(DataValidation(type="whole", sqref="C9")),
        ("Nhiệm vụ!C9: ô khóa có kiểm tra nhập.",),
    ),
    (
        lambda book: validation(book[FORM], "N9").sqref.remove("N9:N10"),
        ("Nhiệm vụ!N9: có 0 kiểm tra nhập; cần 1.", "Nhiệm vụ!N10: có 0 kiểm tra nhập; cần 1."),
    ),
    (lambda book: font(book, FORM, "C14"), ("Nhiệm vụ!C14: phông chữ Arial.",)),
    (lambda book: font(book, "Danh mục", "A2"), ("Danh mục!A2: phông chữ Arial.",)),
    (
        set_on(FORM, "page_setup", "orientation", "portrait"),
        ("Nhiệm vụ: khổ giấy, hướng, số trang là (9, 'portrait', None, 0); cần A4 (9), landscape, (1, 0).",),
    ),
    (
        set_on(FORM, "page_setup", "paperSize", 8),
        ("Nhiệm vụ: khổ giấy, hướng, số trang là (8, 'landscape', None, 0); cần A4 (9), landscape, (1, 0).",),
    ),
    (
        set_on(FORM, "page_margins", "left", 0.5),
        (f"Nhiệm vụ: lề trang là {{'left': 0.5, {MARGINS}}}; cần {{'left': 1.18, {MARGINS}}} (inch).",),
    ),
    (lambda book: setattr(book[FORM], "print_title_rows", "1:1"), ("Nhiệm vụ: dòng lặp lại khi in là $1:$1.",)),
    (
        lambda book: setattr(book[FORM], "print_area", "A1:R14"),
        ("Nhiệm vụ: vùng in 'Nhiệm vụ'!$A$1:$R$14 không đủ các cột, các dòng.",),
    ),
    (lambda book: setattr(book[FORM].auto_filter, "ref", "A7:S12"), ("Nhiệm vụ: bộ lọc ở A7:S12.",)),
    (set_on(FORM, "protection", "sheet", False), ("Nhiệm vụ: trang không được bảo vệ, hoặc có mật khẩu.",)),
    (set_on(FORM, "protection", "password", "x"), ("Nhiệm vụ: trang không được bảo vệ, hoặc có mật khẩu.",)),
    (set_on(FORM, "protection", "autoFilter", True), ("Nhiệm vụ: bảo vệ không cho phép autoFilter.",)),
    (set_on(FORM, "protection", "deleteRows", False), ("Nhiệm vụ: bảo vệ cho phép deleteRows.",)),
]


@pytest.mark.parametrize(("edit", "said"), EDITS)
def test_what_is_wrong_with_a_copy(tasks: Trial, edit: Callable[[Workbook], object], said: tuple[str, ...]) -> None:
    assert inspected(tasks, tasks.edited(edit)) == said


# The validation of Trạng thái changed: (name, value, what is said of each of its cells).
VALIDATIONS: list[tuple[str, object, str]] = [
    ("type", "decimal", "kiểm tra nhập kiểu decimal; cần list."),
    ("formula1", '"a,b"', 'danh sách lấy từ "a,b"; cần DM_TrangThai.'),
    ("promptTitle", None, "lời hướng dẫn thiếu, hoặc dài quá 32/255 ký tự."),
    ("promptTitle", "a" * 33, "lời hướng dẫn thiếu, hoặc dài quá 32/255 ký tự."),
    ("prompt", "a" * 256, "lời hướng dẫn thiếu, hoặc dài quá 32/255 ký tự."),
    ("showInputMessage", False, "lời hướng dẫn thiếu, hoặc dài quá 32/255 ký tự."),
    ("error", None, "lời báo lỗi thiếu, hoặc dài quá 32/255 ký tự."),
    ("error", "a" * 256, "lời báo lỗi thiếu, hoặc dài quá 32/255 ký tự."),
    ("showErrorMessage", False, "lời báo lỗi thiếu, hoặc dài quá 32/255 ký tự."),
    ("errorStyle", "warning", "giá trị sai không bị chặn."),
]


@pytest.mark.parametrize(("name", "value", "said"), VALIDATIONS)
def test_what_is_wrong_with_a_dropdown(tasks: Trial, name: str, value: object, said: str) -> None:
    assert inspected(tasks, tasks.edited(set_validation(name, value))) == tuple(
        f"Nhiệm vụ!L{row}: {said}" for row in (9, 10, 12, 14)
    )


def test_headings_in_order(tasks: Trial) -> None:
    def swap(book: Workbook) -> None:
        form = book[FORM]
        form["Q7"].value, form["R7"].value = form["R7"].value, form["Q7"].value

    (said,) = inspected(tasks, tasks.edited(swap))
    assert said.startswith("Tiêu đề cột là ['Mã', 'STT', ")


def test_a_link_to_another_file_is_seen(tasks: Trial) -> None:
    """Made by openpyxl from a workbook that has one."""

    def link(book: Workbook) -> None:
        outside = ExternalLink(externalBook=ExternalBook(id="rId1"))
        outside.file_link = Relationship(type="externalLinkPath", Target="khac.xlsx", TargetMode="External", Id="rId1")
        book._external_links.append(outside)

    assert inspected(tasks, tasks.edited(link)) == ("Sổ tính liên kết đến tệp khác.",)


def test_another_agencys_copy_is_not_this_one(tasks: Trial, stats: Trial) -> None:
    (said,) = inspected(tasks, stats.content)
    assert said.startswith("Các trang là [('Hướng dẫn', 'visible'), ('Số liệu', 'visible')")


def test_what_is_no_workbook_is_refused(tasks: Trial, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(tasks.content[:1000])
    with pytest.raises(CopyRefused):
        inspect_copy(path, tasks.copy)
