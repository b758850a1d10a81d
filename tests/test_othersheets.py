"""othersheets: the cover, our lists, and sheets of the filler's own; and how the form is found among them."""

from collections.abc import Callable
from datetime import date

import pytest
from openpyxl.cell.cell import MergedCell
from openpyxl.workbook import Workbook
from returned_copies import (
    AGENCY,
    Told,
    Trial,
    altered,
    codes,
    counts,
    fill_in,
    outside,
    task_trial,
    told,
)

from kttt_xl.filling import Content, Typed
from kttt_xl.model import Plan
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading


@pytest.fixture(scope="module")
def tasks(gia_lai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return task_trial(gia_lai, year, tmp_path_factory.mktemp("tasks"))


def rename_form(book: Workbook) -> None:
    fill_in(book["Nhiệm vụ"])
    book["Nhiệm vụ"].title = "Nhiem vu 2024"


def copy_form_and_fill_the_copy(book: Workbook) -> None:
    copied = book.copy_worksheet(book["Nhiệm vụ"])
    copied.title = "Nhiệm vụ (2)"
    fill_in(copied)


def copy_form_and_rename_both(book: Workbook) -> None:
    copy_form_and_fill_the_copy(book)
    book["Nhiệm vụ"].title = "Bản nháp"


def delete_form(book: Workbook) -> None:
    fill_in(book["Nhiệm vụ"])
    del book["Nhiệm vụ"]


def rename_cover(book: Workbook) -> None:
    book["Hướng dẫn"]["C16"] = "Người điền"
    book["Hướng dẫn"].title = "Huong dan"


def delete_cover(book: Workbook) -> None:
    del book["Hướng dẫn"]


def copy_cover(book: Workbook) -> None:
    copied = book.copy_worksheet(book["Hướng dẫn"])
    copied.title = "Hướng dẫn (2)"
    copied["C16"] = "Người điền"


def show_hidden_sheets(book: Workbook) -> None:
    for sheet in book.worksheets:
        sheet.sheet_state = "visible"


def edit_lists(book: Workbook) -> None:
    book["Danh mục"]["A4"] = "Xong"
    book["Danh mục"]["D9"] = "ghi chú"


COPIED = [
    outside("L9", "Hoàn thành"),
    outside("P9", "Đã xong"),
    outside("L10", "Đang thực hiện"),
    outside("L11", "Tạm dừng"),
]
# What was done to sheets: (edit, findings with the sheet of each, (filled, accepted, refused)).
SHEETS: list[tuple[Callable[[Workbook], object], list[tuple[str, Told]], tuple[int, int, int]]] = [
    (
        rename_form,
        [
            (
                "Nhiem vu 2024",
                (
                    "renamed-sheet",
                    "",
                    "Nhiem vu 2024",
                    "Trang tính «Nhiệm vụ» đã bị đổi tên thành «Nhiem vu 2024»; vẫn đọc được.",
                ),
            )
        ],
        (4, 4, 0),
    ),
    # Two forms: the issued one is read, what was typed into the other is refused at its cells.
    (copy_form_and_fill_the_copy, [("Nhiệm vụ (2)", found) for found in COPIED], (4, 0, 4)),
    (
        copy_form_and_rename_both,
        [
            (
                "",
                (
                    "missing-sheet",
                    "",
                    "«Hướng dẫn», «Bản nháp», «Danh mục», «Nhiệm vụ (2)»",
                    "Thiếu trang tính «Nhiệm vụ»; tệp chỉ có: «Hướng dẫn», «Bản nháp», «Danh mục», «Nhiệm vụ (2)».",
                ),
            ),
            *[("Nhiệm vụ (2)", found) for found in COPIED],
        ],
        (4, 0, 4),
    ),
    (
        delete_form,
        [
            (
                "",
                (
                    "missing-sheet",
                    "",
                    "«Hướng dẫn», «Danh mục»",
                    "Thiếu trang tính «Nhiệm vụ»; tệp chỉ có: «Hướng dẫn», «Danh mục».",
                ),
            )
        ],
        (0, 0, 0),
    ),
    (
        rename_cover,
        [
            (
                "Huong dan",
                (
                    "renamed-sheet",
                    "",
                    "Huong dan",
                    "Trang tính «Hướng dẫn» đã bị đổi tên thành «Huong dan»; vẫn đọc được.",
                ),
            )
        ],
        (0, 0, 0),
    ),
    (delete_cover, [("Hướng dẫn", altered("", "Hướng dẫn", "(đã xóa)"))], (0, 0, 0)),
    (copy_cover, [("Hướng dẫn (2)", outside("C16", "Người điền"))], (1, 0, 1)),
    (show_hidden_sheets, [], (0, 0, 0)),
    (
        edit_lists,
        [("Danh mục", altered("A4", "Danh mục", "Xong")), ("Danh mục", outside("D9", "ghi chú"))],
        (1, 0, 1),
    ),
]


@pytest.mark.parametrize(("edit", "findings", "counted"), SHEETS, ids=lambda item: getattr(item, "__name__", None))
def test_what_was_done_to_the_sheets(
    tasks: Trial, edit: Callable[[Workbook], object], findings: list[tuple[str, Told]], counted: tuple[int, int, int]
) -> None:
    reading = tasks.read(tasks.edited(edit))
    assert [(found.sheet, *line) for found, line in zip(reading.findings, told(reading), strict=True)] == [
        (sheet, *line) for sheet, line in findings
    ]
    assert counts(reading) == counted
    assert reading.refused == any(code == "missing-sheet" for code, _ in codes(reading))


# --- the cover


def cover_value(reading: CopyReading) -> tuple[str, bool, dict[str, str]]:
    submission = reading.submission
    assert submission is not None
    return submission.resubmission, submission.nothing_to_report, dict(submission.cover)


# Typed on the cover: (contents, findings, (Lý do nộp lại, Không phát sinh, every field)).
COVER: list[tuple[dict[str, Content], list[Told], tuple[str, bool, dict[str, str]]]] = [
    (
        {
            "C16": " Người điền ",
            "C17": 912345678,
            "C18": " noivu@vidu.vn",
            "C19": "12/BC",
            "C20": date(2024, 12, 10),
        },
        [],
        (
            "",
            False,
            {
                "filler": "Người điền",
                "phone": "912345678",
                "email": "noivu@vidu.vn",
                "letter": "12/BC",
                "letter_date": "10/12/2024",
            },
        ),
    ),
    ({"C21": "Sửa số liệu"}, [], ("Sửa số liệu", False, {"resubmission": "Sửa số liệu"})),
    ({"C21": "-"}, [], ("", False, {"resubmission": ""})),  # neither is a reason
    ({"C21": "Không."}, [], ("", False, {"resubmission": ""})),
    ({"C22": "X"}, [], ("", True, {"nothing": "X"})),
    (
        {"C22": "không"},
        [("not-in-list", "C22", "không", "Ô «Không phát sinh toàn bộ» ghi «không», không có trong danh sách.")],
        ("", False, {"nothing": ""}),
    ),
    (
        {"C16": Typed(formula="1+1", result="2")},
        [("formula-in-input", "C16", "=1+1", "Ô «Họ và tên người lập biểu» chứa công thức (=1+1).")],
        ("", False, {"filler": ""}),
    ),
    ({"B32": "Hướng dẫn khác"}, [altered("B32", "B32", "Hướng dẫn khác")], ("", False, {})),
    ({"B32": None}, [altered("B32", "B32", "(trống)")], ("", False, {})),
    ({"B43": "Nguyễn Văn Mẫu"}, [outside("B43", "Nguyễn Văn Mẫu")], ("", False, {})),
    (
        {"C12": 0},
        [
            (
                "overwritten-formula",
                "C12",
                "0",
                "Công thức ở ô «Số ô còn phải nhập» đã bị thay bằng «0»; kết quả không dùng ô này.",
            )
        ],
        ("", False, {}),
    ),
    ({"C5": f"  {AGENCY.upper()} "}, [], ("", False, {})),
    ({"C5": None}, [altered("C5", "Đơn vị báo cáo", "(trống)")], ("", False, {})),
]


@pytest.mark.parametrize(("contents", "findings", "fields"), COVER)
def test_what_was_typed_on_the_cover(
    tasks: Trial, contents: dict[str, Content], findings: list[Told], fields: tuple[str, bool, dict[str, str]]
) -> None:
    reading = tasks.read(tasks.filled(contents, "Hướng dẫn"))
    assert (told(reading), cover_value(reading), reading.disputed) == (findings, fields, False)


def test_a_cover_that_lost_its_instructions_is_still_the_cover(tasks: Trial) -> None:
    """It is known by its name first: what was filled in there counts, each text that is gone is said."""

    def strip(book: Workbook) -> None:
        cover = book["Hướng dẫn"]
        for row in (*range(1, 5), *range(6, 10), *range(22, 44)):
            for column in (2, 3):
                if not isinstance(cover.cell(row, column), MergedCell):
                    cover.cell(row, column).value = None
        cover["C16"] = "Người điền"

    reading = tasks.read(tasks.edited(strip))
    assert cover_value(reading) == ("", False, {"filler": "Người điền"})
    assert {found.code for found in reading.findings} == {"altered-locked-cell"}
    assert (counts(reading), reading.disputed) == ((0, 0, 0), False)
