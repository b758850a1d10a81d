"""rows: every cell of the form is read, ours, or refused at its address. What the letters are: returned_copies."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl.workbook import Workbook
from returned_copies import (
    AGENCY,
    Told,
    Trial,
    altered,
    codes,
    counts,
    outside,
    overwritten,
    stats_trial,
    task_trial,
    told,
    unknown,
    values,
)

from kttt_xl.assignments import stats_recipients
from kttt_xl.cells import address
from kttt_xl.filling import Content, Typed
from kttt_xl.layout import stats_copy
from kttt_xl.model import Plan, Value
from kttt_xl.period import Period


@pytest.fixture(scope="module")
def tasks(gia_lai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return task_trial(gia_lai, year, tmp_path_factory.mktemp("tasks"))


@pytest.fixture(scope="module")
def stats(yen_bai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return stats_trial(yen_bai, year, tmp_path_factory.mktemp("stats"))


def test_an_untouched_copy_says_nothing(tasks: Trial, stats: Trial) -> None:
    for sent in (tasks, stats):
        reading = sent.read(sent.content)
        assert (told(reading), values(reading), counts(reading)) == ([], {}, (0, 0, 0))
        assert reading.submission is not None
        assert (reading.submission.resubmission, reading.submission.nothing_to_report) == ("", False)
        assert dict(reading.submission.rows) == {
            line.key: row for row, line in enumerate(sent.copy.lines, start=8) if line.key
        }


def test_a_well_filled_task_is_read_as_typed(tasks: Trial) -> None:
    reading = tasks.read(
        {
            "L9": "Hoàn thành",
            "M9": 100,
            "N9": date(2024, 11, 15),
            "O9": "Báo cáo số 12/BC-LMHTX ngày 15/11/2024",
            "P9": "  Đã tổ chức 2 hội nghị\n(120 người) ",
            "L12": "Chờ văn bản cấp trên",
        }
    )
    assert told(reading) == []
    assert values(reading) == {
        ("1", "state"): "Hoàn thành",
        ("1", "percent"): Decimal(100),
        ("1", "done_on"): date(2024, 11, 15),
        ("1", "issued"): "Báo cáo số 12/BC-LMHTX ngày 15/11/2024",
        ("1", "result"): "Đã tổ chức 2 hội nghị\n(120 người)",
        ("4", "state"): "Chờ văn bản cấp trên",
    }
    assert counts(reading) == (6, 6, 0)
    submission = reading.submission
    assert submission is not None
    assert [(entry.sheet, entry.cell) for entry in submission.entries][:2] == [("Nhiệm vụ", "L9"), ("Nhiệm vụ", "M9")]
    assert (submission.plan, submission.period, submission.kind, submission.agency) == (
        "gia-lai-655-2023",
        "2024",
        "tasks",
        AGENCY,
    )


# What stands in one cell: (contents, findings, accepted values).
CELLS: list[tuple[dict[str, Content], list[Told], dict[tuple[str, str], Value]]] = [
    ({"L9": "   ", "M9": "\u200b", "P9": "\n"}, [], {}),  # nothing can be seen: nothing was typed
    ({"P9": "-", "N9": "…"}, [], {("1", "done_on"): None, ("1", "result"): None}),
    (
        {"L9": "x"},
        [
            (
                "not-in-list",
                "L9",
                "x",
                "Ô «Trạng thái» ghi «x», không có trong danh sách.",
            )
        ],
        {},
    ),
    (
        {"L9": "đang  THỰC hiện"},
        [("list-spelling", "L9", "đang  THỰC hiện", "«đang  THỰC hiện» đã được hiểu là «Đang thực hiện».")],
        {("1", "state"): "Đang thực hiện"},
    ),
    (
        {"M9": "95"},  # a number stored as text
        [("number-as-text", "M9", "95", "Số gõ dạng chữ «95» đã được hiểu là 95.")],
        {("1", "percent"): Decimal(95)},
    ),
    (
        {"M9": Typed(percent=Decimal("0.95"))},
        [("percent-format", "M9", "95%", "Ô định dạng phần trăm «95%» đã được hiểu là 95 %.")],
        {("1", "percent"): Decimal(95)},
    ),
    (
        {"M9": "x"},
        [("bad-number", "M9", "x", "Ô «Tỷ lệ hoàn thành (%)» ghi «x», không đọc được thành số.")],
        {},
    ),
    (
        {"M9": True},
        [("bad-number", "M9", "TRUE", "Ô «Tỷ lệ hoàn thành (%)» ghi «TRUE», không đọc được thành số.")],
        {},
    ),
    (
        {"M9": Typed(formula="50+45", result="95")},
        [("formula-in-input", "M9", "=50+45", "Ô «Tỷ lệ hoàn thành (%)» chứa công thức (=50+45).")],
        {},
    ),
    (
        {"L9": Typed(error="#REF!")},
        [("error-value", "L9", "#REF!", "Ô «Trạng thái» đang báo lỗi Excel «#REF!».")],
        {},
    ),
    ({"P9": date(2024, 8, 3)}, [], {("1", "result"): "3/8/2024"}),  # a date pasted into a text column
    ({"P9": datetime.fromisoformat("2024-08-03T14:30")}, [], {("1", "result"): "3/8/2024 14:30"}),
    ({"P9": 1500}, [], {("1", "result"): "1500"}),
    ({"P9": True}, [], {("1", "result"): "TRUE"}),
    (
        {"N9": "tháng 11"},
        [("bad-date", "N9", "tháng 11", "Ô «Ngày hoàn thành» ghi «tháng 11», không đọc được thành ngày.")],
        {},
    ),
    (
        {"P9": "a" * 5001},
        [("text-too-long", "P9", "5001", "Ô «Kết quả thực hiện» dài 5001 ký tự; giới hạn là 5000.")],
        {},
    ),
]


@pytest.mark.parametrize(("contents", "findings", "accepted"), CELLS)
def test_what_stands_in_an_input_cell(
    tasks: Trial, contents: dict[str, Content], findings: list[Told], accepted: dict[tuple[str, str], Value]
) -> None:
    reading = tasks.read(contents)
    assert (told(reading), values(reading)) == (findings, accepted)


# Beside, above and below the input cells: (contents, findings, filled cells that are refused).
BESIDE: list[tuple[dict[str, Content], list[Told], int]] = [
    ({"T9": "ghi thêm", "W9": 7}, [outside("T9", "ghi thêm"), outside("W9", "7")], 2),  # right of the form
    ({"C54": "Đề nghị bổ sung kinh phí"}, [outside("C54", "Đề nghị bổ sung kinh phí")], 1),  # below it
    ({"A54": "ghi chú"}, [outside("A54", "ghi chú")], 1),  # the key column, shown again
    ({"B54": 5, "D54": "Chủ trì"}, [outside("B54", "5"), outside("D54", "Chủ trì")], 2),  # as in a row of ours, alone
    ({"F54": Typed(formula="SUM(M9:M52)", result="0")}, [outside("F54", "=SUM(M9:M52)")], 1),
    ({"S54": Typed(formula="1+1", result="2")}, [outside("S54", "=1+1")], 1),
    ({"F6": "Số: 12/BC"}, [outside("F6", "Số: 12/BC")], 1),  # in the title block
    ({"T7": "Cột thêm"}, [outside("T7", "Cột thêm")], 1),  # a heading of one's own
    ({"L54": "Hoàn thành"}, [unknown("L54", "Trạng thái", "Hoàn thành", "trống")], 1),
    (
        {"A54": "99", "P54": "việc khác"},
        [outside("A54", "99"), unknown("P54", "Kết quả thực hiện", "việc khác", "99")],
        2,
    ),
    # values pasted over a section row; its heading typed over; both gone
    ({"L18": "Hoàn thành"}, [unknown("L18", "Trạng thái", "Hoàn thành", "trống")], 1),
    ({"F18": "x"}, [outside("F18", "x")], 1),
    ({"B18": "II. Mục khác"}, [altered("B18", "STT", "II. Mục khác")], 0),
    ({"B18": None}, [altered("B18", "B18", "(trống)")], 0),
    # locked cells and formulas
    ({"C9": "Tên khác"}, [altered("C9", "Nhiệm vụ, đề án", "Tên khác")], 0),
    ({"C9": None}, [altered("C9", "Nhiệm vụ, đề án", "(trống)")], 0),
    ({"K9": "Hoàn thành"}, [altered("K9", "Kỳ trước", "Hoàn thành")], 0),  # issued empty
    ({"B9": 1}, [], 0),  # Excel's offer to turn the text "1" into a number, taken
    ({"J9": date(2025, 1, 1)}, [altered("J9", "Hạn", "1/1/2025")], 0),
    ({"E9": Typed(formula="E10", result="x")}, [altered("E9", "Cơ quan chủ trì", "=E10")], 0),
    ({"B2": "(Kèm theo kế hoạch khác)"}, [altered("B2", "B2", "(Kèm theo kế hoạch khác)")], 0),
    ({"S9": "Đã xem"}, [overwritten("S9", "Đã xem")], 0),
    ({"S9": None}, [overwritten("S9", "(trống)")], 0),
]


@pytest.mark.parametrize(("contents", "findings", "refused"), BESIDE)
def test_what_stands_beside_the_input_cells(
    tasks: Trial, contents: dict[str, Content], findings: list[Told], refused: int
) -> None:
    reading = tasks.read(contents)
    assert (told(reading), counts(reading)) == (findings, (refused, 0, refused))
    assert {found.fix for found in reading.findings if found.code == "outside-value"} <= {
        "Chuyển nội dung vào cột nhập của đúng dòng (ví dụ «Kiến nghị»), rồi xóa ô này."
    }


def test_a_block_pasted_beside_the_form_is_listed_up_to_200_cells(tasks: Trial) -> None:
    """The rest is one finding that names its range, on the form as on a sheet of the filler's own."""
    block: dict[str, Content] = {address(row, column): row for row in range(60, 81) for column in range(21, 31)}

    def own_sheet(book: Workbook) -> None:
        sheet = book.create_sheet("Phụ lục")
        for row in range(1, 206):
            sheet.cell(row, 1, row)

    for returned, last in ((block, "U80:AD80"), (tasks.edited(own_sheet), "A201:A205")):
        reading = tasks.read(returned)
        more = 10 if returned is block else 5
        assert [code for code, _ in codes(reading)] == ["outside-value"] * 201
        assert told(reading)[-1] == outside(last, f"{more} ô nữa")
        assert counts(reading) == (200 + more, 0, 200 + more)


def test_a_settled_figure_that_was_typed_over_is_said(yen_bai: Plan, year: Period, tmp_path: Path) -> None:
    """A figure accepted for an earlier period is shown locked; a filler who lifts the protection changes nothing."""
    plan = replace(yen_bai, settings=replace(yen_bai.settings, stats=replace(yen_bai.settings.stats, window=(-1, 0))))
    agency = stats_recipients(plan)[0]
    trial = Trial(stats_copy(plan, year, agency, settled={("THT-MOI", "2023"): Decimal(7)}), tmp_path)
    at = trial.at("THT-MOI", "2023")
    found = [(f.code, f.cell, f.found) for f in trial.read({at: 9}).findings]
    assert (found, trial.read({}).findings) == ([("altered-locked-cell", at, "9")], ())
