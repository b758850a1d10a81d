"""Earlier consolidated workbooks, read back whole or not at all."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from kttt_xl.errors import MisuseError
from kttt_xl.history import (
    FIGURE_HEADINGS,
    NO_HISTORY,
    TASK_HEADINGS,
    History,
    State,
    read_history,
)
from kttt_xl.model import STATES, Figure
from kttt_xl.period import Period, parse_period

Content = object
Row = tuple[Content, ...]
Sheets = dict[str, list[Row]]

PLAN = "yen-bai-209-2023"
DONE, DOING = "Hoàn thành", "Đang thực hiện"
FACTS: list[Row] = [("TỆP NGUỒN",), (), ("Mã kế hoạch", PLAN), ("Kế hoạch", "…"), ("Kỳ báo cáo", "Năm 2023 (2023)")]
FIGURES: list[Row] = [
    ("THT-MOI", "UBND xã Âu Lâu", "2023", 5, "a.xlsx", "Số liệu", "F8"),
    ("THT-MOI", "UBND phường Hồng Hà", "2023-H1", 0, "b.xlsx", "Số liệu", "F8"),
    ("TL", "UBND xã Âu Lâu", "2023", 12.5, "a.xlsx", "Số liệu", "F20"),
    ("CN", "UBND xã Âu Lâu", "2023", None, "a.xlsx", "Số liệu", "F30"),  # a text, in a column that is not read back
    ("CN", "UBND xã Âu Lâu", None, None, "a.xlsx", "Số liệu", "G30"),  # a note
]
TASKS: list[Row] = [
    ("1", "Sở Nội vụ", "2023", DONE, datetime(2023, 11, 15)),  # noqa: DTZ001  # a cell has no time zone
    ("1", "Sở Tài chính", "2023", DOING, None),
    ("III.1a", "Sở Nội vụ", "2023", None, None),
]


def book(**changes: list[Row]) -> Sheets:
    """The sheets of a consolidated workbook; changes by "facts", "figures", "tasks"."""
    given = {"facts": FACTS, "figures": FIGURES, "tasks": TASKS} | changes
    return {
        "Tổng quan": [("Mã kế hoạch", "khác")],
        "Nhiệm vụ": [("KẾT QUẢ",), (), TASK_HEADINGS, *given["tasks"]],
        "Số liệu": [("SỐ LIỆU",), FIGURE_HEADINGS, *given["figures"]],
        # Its table has the same heading again, above the plans that stray copies were of: the first is the fact.
        "Nguồn": [*given["facts"], (), ("Tệp", "Mã kế hoạch", "Mã kỳ"), ("x.xlsx", PLAN, "2022")],
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(sheets: Sheets, name: str = "2023.xlsx") -> Path:
        path = tmp_path / name
        with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as made:
            for title, rows in sheets.items():
                sheet = made.add_worksheet(title)
                for at, row in enumerate(rows):
                    for column, content in enumerate(row):
                        if content is not None:
                            sheet.write(at, column, content)
        return path

    return make


def figure(code: str, agency: str, period: str, value: str, file: str, cell: str) -> Figure:
    return Figure(code, agency, parse_period(period), Decimal(value), file, "Số liệu", cell)


YEAR, LATER = parse_period("2023"), parse_period("2024")


def test_what_is_read_back(write: Callable[..., Path]) -> None:
    assert read_history([write(book())], PLAN) == History(
        (
            figure("THT-MOI", "UBND xã Âu Lâu", "2023", "5", "a.xlsx", "F8"),
            figure("THT-MOI", "UBND phường Hồng Hà", "2023-H1", "0", "b.xlsx", "F8"),
            figure("TL", "UBND xã Âu Lâu", "2023", "12.5", "a.xlsx", "F20"),
        ),
        {
            ("1", "Sở Nội vụ"): ((YEAR, DONE, date(2023, 11, 15)),),
            ("1", "Sở Tài chính"): ((YEAR, DOING, None),),
            ("III.1a", "Sở Nội vụ"): ((YEAR, None, None),),
        },
    )
    assert read_history([], PLAN) == NO_HISTORY


def test_columns_are_found_by_heading(write: Callable[..., Path]) -> None:
    """Moved, between others, in capitals; numbers where codes are; a remark below the table."""
    sheets = book(tasks=[], figures=[])
    sheets["Nhiệm vụ"] = [
        ("NGÀY HOÀN THÀNH", "Khác", "đơn vị", "Mã", "Trạng  thái", "Mã kỳ"),
        (None, "x", "Sở Nội vụ", 7, DOING, 2023),
        (),
        (None, None, None, "(hết)"),
    ]
    sheets["Số liệu"] += [("(không có)",)]
    assert read_history([write(sheets)], PLAN) == History((), {("7", "Sở Nội vụ"): ((YEAR, DOING, None),)})


def test_later_workbooks_add_and_correct(write: Callable[..., Path]) -> None:
    later = book(
        facts=[*FACTS[:4], ("Kỳ báo cáo", "Năm 2024 (2024)")],
        figures=[
            ("THT-MOI", "UBND xã Âu Lâu", "2024", 7, "c.xlsx", "Số liệu", "G8"),
            ("THT-MOI", "UBND xã Âu Lâu", "2023", 6, "c.xlsx", "Số liệu", "F8"),  # asked again a year later
        ],
        tasks=[("1", "Sở Nội vụ", "2024", None, None)],
    )
    paths = [write(book()), write(later, "2024.xlsx")]
    history = read_history(paths, PLAN)
    assert history == read_history(reversed(paths), PLAN)
    assert [(item.code, item.period.code, item.value) for item in history.figures] == [
        ("THT-MOI", "2023", 6), ("THT-MOI", "2023-H1", 0), ("TL", "2023", Decimal("12.5")), ("THT-MOI", "2024", 7),
    ]  # fmt: skip
    assert history.states["1", "Sở Nội vụ"] == ((YEAR, DONE, date(2023, 11, 15)), (LATER, None, None))


# --- what was completed

MORE = parse_period("2025")


@pytest.mark.parametrize(
    ("states", "before", "expected"),
    [
        ([(YEAR, DONE, None)], None, True),
        ([(YEAR, DOING, None)], None, False),
        ([(YEAR, None, None)], None, False),
        ([(YEAR, DONE, None), (LATER, None, None)], None, True),  # nothing said since
        ([(YEAR, DONE, None), (LATER, DOING, None)], None, False),  # a later copy says otherwise
        ([(LATER, DOING, None), (YEAR, DONE, None)], None, False),  # whatever the order
        ([(LATER, DONE, None), (YEAR, DOING, None)], None, True),
        ([(LATER, DONE, None)], LATER, False),  # said in that period itself
        ([(YEAR, DONE, None), (LATER, DOING, None)], LATER, True),
        ([(YEAR, DONE, None), (LATER, DOING, None)], MORE, False),
    ],
)
def test_completed(states: list[State], before: Period | None, expected: bool) -> None:
    history = History(states={("1", "A"): tuple(states), ("2", "A"): ((YEAR, DONE, None),)})
    assert history.completed(before=before) == {("2", "A")} | ({("1", "A")} if expected else set())
    assert history.completed(["2", "3"], before) == ({("1", "A")} if expected else set())


# --- what is not ours


@pytest.mark.parametrize(
    ("sheets", "expected"),
    [
        pytest.param({"Nhiệm vụ": [], "Số liệu": []}, "«{path}» không phải là bản tổng hợp của kttt-xl.", id="copy"),
        pytest.param(
            book(facts=[("Mã kế hoạch", "khac"), *FACTS[3:]]),
            f"«{{path}}» là bản tổng hợp của kế hoạch «khac», không phải «{PLAN}».",
            id="another plan",
        ),
        pytest.param(
            book(facts=[]),  # the table below has the words, the plan's id stands nowhere beside them
            f"«{{path}}» là bản tổng hợp của kế hoạch «Mã kỳ», không phải «{PLAN}».",
            id="no facts",
        ),
        pytest.param(
            book(facts=[*FACTS[:4], ("Kỳ báo cáo", "Năm 2023")]),
            "«{path}», trang «Nguồn»: không rõ kỳ báo cáo của bản tổng hợp.",
            id="no period",
        ),
        pytest.param(
            book() | {"Số liệu": [FIGURE_HEADINGS[:6]]},
            "«{path}», trang «Số liệu»: thiếu các cột Mã, Đơn vị, Mã kỳ, Giá trị, Tệp nguồn, Trang nguồn, Ô nguồn.",
            id="no column of cells",
        ),
        pytest.param(
            book() | {"Nhiệm vụ": [TASK_HEADINGS[1:]]},
            "«{path}», trang «Nhiệm vụ»: thiếu các cột Mã, Đơn vị, Mã kỳ, Trạng thái, Ngày hoàn thành.",
            id="no column of codes",
        ),
        *(
            pytest.param(book(figures=[FIGURES[0], row]), f"«{{path}}», trang «Số liệu», dòng 4: {said}", id=said)
            for row, said in [
                (("X", "A", "2023", "12 HTX", "a", "b", "c"), "cột «Giá trị» ghi «12 HTX»; cần một số."),
                (("X", "A", "2023", True, "a", "b", "c"), "cột «Giá trị» ghi «True»; cần một số."),
                (("X", "A", None, 5, "a", "b", "c"), "cột «Mã kỳ» để trống; cần mã kỳ, ví dụ 2024."),
                (("X", "A", "năm ngoái", 5, "a", "b", "c"), "cột «Mã kỳ» ghi «năm ngoái»; cần mã kỳ, ví dụ 2024."),
                (("X", None, "2023", 5, "a", "b", "c"), "cột «Đơn vị» để trống; cần không để trống."),
                ((None, "A", "2023", 5, "a", "b", "c"), "cột «Mã» để trống; cần không để trống."),
                (("X", "A", "2023", 5, "a", "b"), "cột «Ô nguồn» để trống; cần không để trống."),
                (FIGURES[0], "trùng với một dòng ở trên."),
            ]
        ),
        *(
            pytest.param(book(tasks=[TASKS[0], row]), f"«{{path}}», trang «Nhiệm vụ», dòng 5: {said}", id=said)
            for row, said in [
                (
                    ("2", "A", "2023", "Xong", None),
                    f"cột «Trạng thái» ghi «Xong»; cần một trong: {'; '.join(STATES)}.",
                ),
                (("2", "A", "2023", DONE, "15/11/2023"), "cột «Ngày hoàn thành» ghi «15/11/2023»; cần một ngày."),
                (("2", "A", "2023", DONE, 45000), "cột «Ngày hoàn thành» ghi «45000»; cần một ngày."),
                (("2", "A", "?", None, None), "cột «Mã kỳ» ghi «?»; cần mã kỳ, ví dụ 2024."),
                (("2", None, "2023", None, None), "cột «Đơn vị» để trống; cần không để trống."),
                (("1", "Sở Nội vụ", "2023", None, None), "trùng với một dòng ở trên."),
            ]
        ),
    ],
)
def test_a_workbook_that_cannot_be_relied_on(write: Callable[..., Path], sheets: Sheets, expected: str) -> None:
    path = write(sheets)
    with pytest.raises(MisuseError) as caught:
        read_history([path], PLAN)
    assert str(caught.value) == expected.format(path=path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "Không đọc được tệp: {reason}."),
        (b"", "Tệp không phải là sổ tính Excel: {reason}."),
        (b"PK\x03\x04", "Tệp bị hỏng, không đọc được trọn vẹn: {reason}."),
        (b"a,b", "Tệp không phải là sổ tính Excel: {reason}."),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, expected: str) -> None:
    """The gate's own sentence, with the path before it."""
    path = tmp_path / "2023.xlsx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MisuseError) as caught:
        read_history([path], PLAN)
    before, after = expected.split("{reason}")
    assert str(caught.value).startswith(f"Không đọc được bản tổng hợp «{path}»: {before}")
    assert str(caught.value).endswith(after)


def test_two_workbooks_of_one_period(write: Callable[..., Path]) -> None:
    """Which of them holds is not for us to guess."""
    paths = [write(book()), write(book(), "2023 (2).xlsx")]
    with pytest.raises(MisuseError) as caught:
        read_history(paths, PLAN)
    assert str(caught.value) == f"«{paths[0]}» và «{paths[1]}» cùng là bản tổng hợp Năm 2023; chỉ dùng một."


def test_more_rows_than_a_copy_may_have(write: Callable[..., Path]) -> None:
    """300 agencies with 70 indicators are more rows than the gate lets into a copy."""
    history = read_history([write(book(figures=[*[()] * 21_000, FIGURES[0]]))], PLAN)
    assert [item.value for item in history.figures] == [5]
