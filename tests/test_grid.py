"""grid: rows by their key and name, columns by their heading, whatever was moved; nothing from a guessed place."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet
from returned_copies import (
    FILLED,
    Told,
    Trial,
    altered,
    codes,
    counts,
    edit_form,
    fill_in,
    put_rows,
    rows_of,
    task_trial,
    told,
    unknown,
    values,
)

from kttt_xl.assignments import stats_recipients
from kttt_xl.layout import stats_copy
from kttt_xl.model import Plan, Value
from kttt_xl.period import Period
from kttt_xl.selfcheck import last_row


@pytest.fixture(scope="module")
def tasks(gia_lai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return task_trial(gia_lai, year, tmp_path_factory.mktemp("tasks"))


def reverse_rows(sheet: Worksheet) -> None:
    fill_in(sheet)
    put_rows(sheet, rows_of(sheet, 8, 52)[::-1], 8)


def insert_blank_rows(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet.insert_rows(10, 2)
    sheet.insert_rows(3)


def delete_one_row(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet.delete_rows(15)


def delete_nine_rows(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet.delete_rows(30, 9)


def delete_section_row(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet.delete_rows(18)


def move_column(sheet: Worksheet) -> None:
    """Cut the column Kết quả thực hiện and put it before Trạng thái."""
    fill_in(sheet)
    for row in range(7, 53):
        texts = [sheet.cell(row, column).value for column in range(12, 17)]
        put_rows(sheet, [[texts[-1], *texts[:-1]]], row, 12)


def insert_column(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet.insert_cols(5)


def repeat_row(sheet: Worksheet) -> None:
    fill_in(sheet)
    put_rows(sheet, rows_of(sheet, 9, 9), 53)


def repeat_row_and_change_it(sheet: Worksheet) -> None:
    repeat_row(sheet)
    sheet["L53"] = "Đang thực hiện"


def repeat_headings(sheet: Worksheet) -> None:
    """Put the headings again before the second section, for a nicer print."""
    fill_in(sheet)
    sheet.insert_rows(18)
    put_rows(sheet, rows_of(sheet, 7, 7), 18)


def empty_a_key(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet["A10"] = None


def write_over_a_key(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet["A10"] = "2a"


def renumber_and_reword(sheet: Worksheet) -> None:
    """Another task typed over an issued one: only the hidden key still says task 2."""
    fill_in(sheet)
    sheet["B10"], sheet["C10"] = "9a", "Nhiệm vụ phát sinh"


def renumber(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet["B10"] = "3"


def reword(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet["C10"] = "Mở chuyên mục"


def swap_two_keys(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet["A10"], sheet["A11"] = "3", "2"


MOVED = "Kết quả thực hiện, Trạng thái, Tỷ lệ hoàn thành (%), Ngày hoàn thành, Sản phẩm đã ban hành"
FIRST_ROWS = {key: value for key, value in FILLED.items() if key[0] != "2"}
MISSING_7 = ("missing-row", "", "", "Thiếu dòng mã «7» của biểu mẫu; coi như chưa báo cáo.")


def missing(key: str, place: str) -> Told:
    return ("missing-row", place, "", f"Thiếu dòng mã «{key}» của biểu mẫu; coi như chưa báo cáo.")


# What was done to the form: (edit, findings, accepted values, (filled, accepted, refused), refused as a whole).
EDITS: list[
    tuple[Callable[[Worksheet], object], list[Told], dict[tuple[str, str], Value], tuple[int, int, int], bool]
] = [
    (fill_in, [], FILLED, (4, 4, 0), False),
    (
        reverse_rows,
        [("moved-row", "", "", "Các dòng đã bị sắp xếp lại; đọc theo mã dòng.")],
        FILLED,
        (4, 4, 0),
        False,
    ),
    (
        insert_blank_rows,
        [("inserted-row", "A11", "2", "Có 2 dòng trống được chèn thêm; bỏ qua.")],
        FILLED,
        (4, 4, 0),
        False,
    ),
    (delete_one_row, [MISSING_7], FILLED, (4, 4, 0), False),
    (
        delete_nine_rows,
        [("missing-rows", "", "9/40", "Thiếu 9/40 dòng của biểu mẫu (quá 20 %).")],
        FILLED,
        (4, 4, 0),
        True,
    ),
    (delete_section_row, [], FILLED, (4, 4, 0), False),
    (
        move_column,
        [
            ("moved-column", "", MOVED, f"Các cột đã bị đổi chỗ; đọc theo tên cột: {MOVED}."),
        ],
        FILLED,
        (4, 4, 0),
        False,
    ),
    (insert_column, [], FILLED, (4, 4, 0), False),
    (repeat_headings, [], FILLED, (4, 4, 0), False),
    (
        repeat_row,
        [("repeated-row", "A53", "1", "Dòng mã «1» có hai bản giống nhau; chỉ tính một lần.")],
        FILLED,
        (6, 6, 0),
        False,
    ),
    (
        repeat_row_and_change_it,
        [
            (
                "duplicate-row",
                "A53",
                "1",
                "Dòng mã «1» có hai bản với nội dung khác nhau (dòng 9, dòng 53).",
            )
        ],
        {},
        (6, 6, 0),
        True,
    ),
    # The hidden key is what a row is found by; where what is seen says otherwise, nothing is read.
    (
        empty_a_key,
        [unknown("L10", "Trạng thái", "Đang thực hiện", "trống"), missing("2", "A10")],
        FIRST_ROWS,
        (4, 3, 1),
        False,
    ),
    (
        write_over_a_key,
        [altered("A10", "Mã", "2a"), unknown("L10", "Trạng thái", "Đang thực hiện", "2a"), missing("2", "A10")],
        FIRST_ROWS,
        (4, 3, 1),
        False,
    ),
    (
        renumber_and_reword,
        [
            altered("B10", "STT", "9a"),
            altered("C10", "Nhiệm vụ, đề án", "Nhiệm vụ phát sinh"),
            unknown("L10", "Trạng thái", "Đang thực hiện", "2, nội dung dòng không phải của mã này"),
            missing("2", ""),
        ],
        FIRST_ROWS,
        (4, 3, 1),
        False,
    ),
    (renumber, [altered("B10", "STT", "3")], FILLED, (4, 4, 0), False),
    (reword, [altered("C10", "Nhiệm vụ, đề án", "Mở chuyên mục")], FILLED, (4, 4, 0), False),
    (
        swap_two_keys,
        [
            unknown("L10", "Trạng thái", "Đang thực hiện", "3, nội dung dòng là của mã 2"),
            unknown("L11", "Trạng thái", "Tạm dừng", "2, nội dung dòng là của mã 3"),
            missing("2", "A10"),
            missing("3", "A11"),
        ],
        {key: value for key, value in FILLED.items() if key[0] == "1"},
        (4, 2, 2),
        False,
    ),
]


@pytest.mark.parametrize(
    ("edit", "findings", "accepted", "counted", "refused"), EDITS, ids=lambda item: getattr(item, "__name__", None)
)
def test_what_was_done_to_the_form(
    tasks: Trial,
    edit: Callable[[Worksheet], object],
    findings: list[Told],
    accepted: dict[tuple[str, str], Value],
    counted: tuple[int, int, int],
    refused: bool,
) -> None:
    reading = tasks.read(tasks.edited(edit_form(edit)))
    assert (told(reading), counts(reading), reading.refused) == (findings, counted, refused)
    if not any(code == "duplicate-row" for code, _ in codes(reading)):
        assert values(reading) == accepted


def sort_without(columns: int) -> Callable[[Worksheet], object]:
    """Sort the rows upside down, as a selection does that leaves out the first columns: the hidden key, or STT too."""

    def sort(sheet: Worksheet) -> None:
        fill_in(sheet)
        put_rows(sheet, rows_of(sheet, 8, 52, columns + 1)[::-1], 8, columns + 1)

    return sort


@pytest.mark.parametrize(("left_out", "gone"), [(1, "39/40"), (2, "34/40")])
def test_a_sort_that_left_the_hidden_key_out_gives_no_value_to_a_neighbour(
    tasks: Trial, left_out: int, gone: str
) -> None:
    """Every key then stands beside another task: what was typed is refused at its cell, and the copy as a whole.

    One task stays, in the middle of the rows; without STT, the five rows that got the nameless cells of a section
    still have their number.
    """
    reading = tasks.read(tasks.edited(edit_form(sort_without(left_out))))
    refused = [found for found in told(reading) if found[0] in {"unknown-row", "missing-rows"}]
    assert refused == [
        unknown("L49", "Trạng thái", "Tạm dừng", "trống"),
        unknown("L50", "Trạng thái", "Đang thực hiện", "39, nội dung dòng là của mã 2"),
        unknown("L51", "Trạng thái", "Hoàn thành", "40, nội dung dòng là của mã 1"),
        unknown("P51", "Kết quả thực hiện", "Đã xong", "40, nội dung dòng là của mã 1"),
        ("missing-rows", "A9", gone, f"Thiếu {gone} dòng của biểu mẫu (quá 20 %)."),
    ]
    assert (values(reading), counts(reading), reading.refused) == ({}, (4, 0, 4), True)


def test_rows_of_one_name_are_told_apart_by_their_number(yen_bai: Plan, year: Period, tmp_path: Path) -> None:
    """Two rows "Trong đó: nữ" whose keys were swapped say so by STT only."""
    first, second, *others = yen_bai.indicators
    twins = (replace(first, name="Trong đó: nữ"), replace(second, name="Trong đó: nữ"), *others)
    plan = replace(yen_bai, indicators=twins)
    sent = Trial(stats_copy(plan, year, stats_recipients(plan)[0]), tmp_path)
    assert values(sent.read({"F8": 1, "F9": 2})) == {(first.code, "2024"): 1, (second.code, "2024"): 2}
    reading = sent.read({"F8": 1, "F9": 2, "A8": second.code, "A9": first.code})
    assert values(reading) == {}
    assert [code for code, _ in codes(reading)] == ["unknown-row", "unknown-row", "missing-row", "missing-row"]


def delete_column(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet.delete_cols(14)


def delete_key_column(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet.delete_cols(1)


def rename_column(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet["L7"] = "Tình trạng"


def double_column(sheet: Worksheet) -> None:
    fill_in(sheet)
    put_rows(sheet, rows_of(sheet, 7, 52, 12), 7, 21)


def delete_headings(sheet: Worksheet) -> None:
    fill_in(sheet)
    sheet.delete_rows(7)


# A column lost: (edit, findings of the copy, filled cells, none of which is read).
LOST_COLUMNS: list[tuple[Callable[[Worksheet], object], list[Told], int]] = [
    (delete_column, [("missing-column", "", "", "Thiếu cột «Ngày hoàn thành» trong bảng.")], 4),
    (delete_key_column, [("missing-column", "", "", "Thiếu cột «Mã» trong bảng.")], 4),
    (rename_column, [("missing-column", "L7", "Tình trạng", "Thiếu cột «Trạng thái» trong bảng.")], 4),
    (
        double_column,
        [
            ("missing-column", place, heading, f"Thiếu cột «{heading} (có 2 cột cùng tên)» trong bảng.")
            for place, heading in [
                ("U7", "Trạng thái"),
                ("V7", "Tỷ lệ hoàn thành (%)"),
                ("W7", "Ngày hoàn thành"),
                ("X7", "Sản phẩm đã ban hành"),
                ("Y7", "Kết quả thực hiện"),
                ("Z7", "Khó khăn, vướng mắc"),
                ("AA7", "Kiến nghị"),
                ("AB7", "Kiểm tra"),
            ]
        ],
        8,
    ),
    (
        delete_headings,
        [
            (
                "missing-column",
                "",
                "",
                "Thiếu cột «toàn bộ dòng tiêu đề: STT, Nhiệm vụ, đề án, Vai trò, …» trong bảng.",
            )
        ],
        4,
    ),
]


@pytest.mark.parametrize(("edit", "findings", "filled"), LOST_COLUMNS, ids=lambda item: getattr(item, "__name__", None))
def test_a_lost_column_refuses_the_copy_and_its_cells_are_counted(
    tasks: Trial, edit: Callable[[Worksheet], object], findings: list[Told], filled: int
) -> None:
    reading = tasks.read(tasks.edited(edit_form(edit)))
    assert (told(reading), reading.refused) == (findings, True)
    assert (values(reading), counts(reading)) == ({}, (filled, 0, filled))


def test_libreoffice_sorts_without_the_hidden_column(
    office: Callable[[list[dict[str, object]]], list[list[str]]], tasks: Trial, tmp_path: Path
) -> None:
    """The same through an office program: select what is seen, sort by Nhiệm vụ, save."""
    issued, returned = tmp_path / "phat-hanh.xlsx", tmp_path / "nhan-ve.xlsx"
    issued.write_bytes(tasks.filled({"L9": "Hoàn thành", "L12": "Đang thực hiện"}))
    steps = [["unprotect", "Nhiệm vụ"], ["sort", "Nhiệm vụ", f"B8:S{last_row(tasks.copy)}", 1]]
    office([{"open": str(issued), "save": str(returned), "steps": steps}])
    reading = tasks.read(returned.read_bytes())
    assert (values(reading), counts(reading), reading.refused) == ({}, (2, 0, 2), True)
    assert [found.code for found in reading.findings if found.severity == "error"] == [
        "unknown-row",
        "unknown-row",
        "missing-rows",
    ]
