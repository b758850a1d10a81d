"""The consolidated workbook with another day typed in: LibreOffice shows what a consolidation on that day would say."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import test_report as base
from test_report import COMMUNES, YEAR, copy, target, task

from kttt_xl import commands, report
from kttt_xl.consolidation import Consolidated, consolidate
from kttt_xl.history import History
from kttt_xl.model import EXTENSION, TASK, Adjustment, Figure, Indicator
from kttt_xl.period import parse_period
from kttt_xl.twins import AGAIN, NONE

Office = Callable[[list[dict[str, object]]], list[list[Any]]]
D = Decimal

AS_OF = date(2024, 12, 20)
DAY_CELL = "C9"
GROWTH = Indicator("TT", "Tăng trưởng", "%", "growth", "none")
BEFORE_2024, END = date(2023, 12, 31), date(2024, 12, 31)


def about(code: str, operator: str, low: str, due: date, **more: object) -> Any:
    return target(code, operator, low, due=due, **more)


TASKS = (
    task("1", "Hội nghị", "Sở Kế hoạch", "trước ngày 30/6/2024"),
    replace(task("2", "Đề án", "Sở Kế hoạch", "trước ngày 15/11/2024"), lead=("Sở Kế hoạch", "Xã An")),
    replace(
        task("3", "Hướng dẫn sau khi Luật được ban hành", "Sở Kế hoạch", "trước ngày 01/12/2024"),
        condition_met_on=date(2024, 12, 24),
    ),
    task("4", "Quy chế sau khi có Nghị định", "Xã An", "trước ngày 01/12/2024"),
    task("5", "Tuyên truyền", "Xã An", "thường xuyên"),
    task("6", "Báo cáo", COMMUNES, "trước ngày 15/12 hằng năm"),
    task("7", "Khảo sát", "Sở Kế hoạch", ""),
    task("8", "Tổng kết", "Xã Bình", "Quý I/2025"),
)
PLAN = replace(
    base.PLAN,
    tasks=TASKS,
    indicators=(*base.INDICATORS, GROWTH),
    targets=(
        *base.PLAN.targets,
        about("HTX", ">=", "22", END),  # reached
        about("HTX", "about", "24", END),  # by nine tenths
        about("HTX", ">", "22", END),
        about("HTX", "about", "40", END, base=D(4)),
        about("HTX", ">=", "30", BEFORE_2024),  # only a value of an earlier period, not judged by
        about("KHA", ">=", "4", BEFORE_2024),  # the value of the due date's own period
        target("HTX", "<=", due=END, high=D(20), low=None),
        about("MOI", ">=", "20", END),  # a sum of a flow
        about("MOI", ">=", "9", date(2025, 6, 30), base=D(1)),
        about("HTX", ">=", "11", END, each=COMMUNES),
        replace(about("HTX", ">=", "7", END), basis="average", code="TT", indicator="Tăng trưởng"),
        target("HTX", "complete", due=END),
    ),
)
COPIES = (
    copy(
        "ke",
        "Sở Kế hoạch",
        "tasks",
        {
            ("1", "state"): "Hoàn thành",
            ("1", "done_on"): date(2024, 7, 1),
            ("2", "state"): "Hoàn thành",
            ("2", "done_on"): date(2024, 11, 1),
            ("3", "state"): "Chưa thực hiện",
        },
    ),
    copy("an", "Xã An", "tasks", {("2", "state"): "Đang thực hiện", ("6", "state"): "Tạm dừng"}),
    copy("binh", "Xã Bình", "tasks", {("6", "state"): "Hoàn thành", ("8", "state"): "Đang thực hiện"}),
    *(item for item in base.COPIES if item.file in {"an.xlsx", "cao.xlsx"}),
)
FIGURES = (
    Figure("MOI", "Xã An", parse_period("2023"), D(3), "cũ.xlsx", "Số liệu", "F9"),
    Figure("KHA", "Xã An", parse_period("2023"), D(5), "cũ.xlsx", "Số liệu", "F9"),
    Figure("HTX", "Xã An", parse_period("2022"), D(8), "cũ.xlsx", "Số liệu", "F8"),
    Figure("HTX", "Xã Cao", parse_period("2022"), D(2), "cũ.xlsx", "Số liệu", "F8"),
)
DAYS = (
    date(2024, 1, 1), date(2024, 7, 1), date(2024, 11, 15), date(2024, 11, 16), date(2024, 12, 1), AS_OF,
    date(2024, 12, 24), date(2024, 12, 31), date(2025, 1, 1), date(2025, 3, 1), date(2025, 4, 1), date(2026, 1, 1),
)  # fmt: skip


def found(as_of: date, plan: Any = PLAN) -> Consolidated:
    return consolidate(plan, YEAR, as_of, COPIES, History(FIGURES))


def excel(day: date) -> int:
    return (day - date(1899, 12, 30)).days


def on_days(office: Office, file: Path, days: Iterable[float], targets: int, tasks: int) -> list[list[Any]]:
    """Type each day in turn; return each time targets, tasks, and the lines of Tổng quan, row by row."""
    wanted = (
        ("Chỉ tiêu", f"I5:K{targets + 4}"), ("Nhiệm vụ", f"L5:L{tasks + 4}"), ("Tổng quan", "B1:D60"),
    )  # fmt: skip
    steps = [
        step
        for day in days
        for step in (["number", "Tổng quan", DAY_CELL, day], *(["contents", *place] for place in wanted))
    ]
    [said] = office([{"open": str(file), "steps": steps}])
    size = 3 * targets + tasks + 180
    return [said[at : at + size] for at in range(0, len(said), size)]


def threes(cells: list[Any]) -> list[tuple[Any, ...]]:
    return list(zip(*[iter(cells)] * 3, strict=True))


def section(lines: list[tuple[Any, ...]], title: str) -> list[tuple[Any, ...]]:
    """Return the lines of a section of Tổng quan, the one below it included, up to the next empty row or heading."""
    [start] = [at for at, line in enumerate(lines, start=1) if str(line[0]).startswith(title)]
    return list(takewhile(lambda line: line[0] != "" and line[1] != "", lines[start:]))


def counts(lines: list[tuple[Any, ...]], labels: set[str]) -> Counter[str]:
    """Return what the lines count by label, those in "Khác" as well."""
    told: Counter[str] = Counter()
    for label, value, note in lines:
        if label in labels:
            told[label] += int(value)
        if label == "Khác":
            parts = dict(part.rsplit(" ", 1) for part in note.split("; "))
            assert sum(map(int, parts.values())) == value
            told.update({name: int(number) for name, number in parts.items()})
    return +told


def test_another_day_shows_what_a_consolidation_on_it_says(office: Office, tmp_path: Path) -> None:
    first = found(AS_OF)
    file = tmp_path / "tong-hop.xlsx"
    file.write_bytes(report.write_report(first))
    shown = on_days(office, file, map(excel, DAYS), len(first.measures), len(first.task_rows))
    again = []
    for day, cells in zip(DAYS, shown, strict=True):
        then = found(day)
        rows, statuses = threes(cells[: 3 * len(first.measures)]), cells[3 * len(first.measures) : -180]
        assert statuses == [row.status for row in then.task_rows], day
        for item, was, told in zip(then.measures, first.measures, rows, strict=True):
            if told[1] == AGAIN:
                again.append((day, item.target.code, item.target.operator, item.target.due))
                assert told == (NONE, AGAIN, NONE)
                continue
            share = NONE if item.attainment is None else pytest.approx(float(100 * item.attainment))
            assert told == (share, f"{item.verdict} {item.remark}".strip(), item.pace or NONE), (day, item.target)
            assert was.actual == item.actual
        lines = threes(cells[-180:])
        told_tasks, expected = section(lines, "Nhiệm vụ ("), report.overview(then)[f"Nhiệm vụ ({len(TASKS)})"]
        assert counts(told_tasks, set(then.by_status)) == +Counter(then.by_status), day
        others = [line for line in expected if line[0] not in then.by_status]
        assert [line for line in told_tasks if line[0] in {line[0] for line in others}] == others, day
        told_targets = section(lines, "Chỉ tiêu (")
        verdicts = Counter(re.sub(r" \(.*", "", told[1]) for told in rows)
        assert counts(told_targets, set(verdicts)) == verdicts, day
        assert [line[1] for line in told_targets if line[0] == "Chậm tiến độ"] == [
            sum(told[2] == "Chậm tiến độ" for told in rows)
        ]
    assert len({day for day, *_ in again}) >= 2


EXTENDED = replace(
    PLAN,
    adjustments=(
        Adjustment(TASK, "1", "", "", EXTENSION, date(2024, 9, 30), "CV 1", date(2024, 8, 1)),
        Adjustment(TASK, "8", "", "", EXTENSION, date(2025, 6, 30), "CV 2", date(2025, 2, 1)),
    ),
)


def test_a_day_on_which_the_plan_is_another_is_refused(office: Office, tmp_path: Path) -> None:
    """Also what no cell's validation stops when it is pasted: a year, half a day, nothing."""
    first = found(AS_OF, EXTENDED)
    file = tmp_path / "tong-hop.xlsx"
    file.write_bytes(report.write_report(first))
    good = (date(2024, 8, 1), date(2025, 1, 31))
    days = (*map(excel, (*good, date(2024, 7, 31), date(2025, 2, 1))), 2024, 0)
    *shown, _ = on_days(office, file, (*days, 0), len(first.measures), len(first.task_rows))
    for day, cells in zip(good, shown, strict=False):
        then = found(day, EXTENDED)
        assert cells[3 * len(first.measures) : -180] == [row.status for row in then.task_rows]
    refused = (
        "CHÚ Ý: không tính được đến ngày này (kế hoạch có điều chỉnh; sổ này dùng được từ 1/8/2024 đến 31/1/2025). "
        "Ghi ngày khác hoặc tổng hợp lại."
    )
    for cells in shown[len(good) :]:
        lines = threes(cells[-180:])
        assert set(cells[:-180]) == {None}
        assert [line[2] for line in lines if line[0] == "Tính đến ngày"] == [refused]
        told = [line for title in ("Nhiệm vụ (", "Chỉ tiêu (") for line in section(lines, title)]
        assert {line[1] for line in told if not str(line[0]).startswith("Tính khi")} == {None}


def test_the_command_writes_either_kind_and_says_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "nhan-ve").mkdir()
    told, formulas = [], []
    for number, options in enumerate(([], ["--functions", "native"], ["--functions", "udf"])):
        out = tmp_path / f"tong-hop-{number}.xlsx"
        line = ["consolidate", str(tmp_path / "nhan-ve"), "--plan", "gia-lai-655-2023", "--period", "2024"]
        assert commands.run([*line, "--as-of", "2024-12-20", "--json", "-o", str(out), *options]) == 0
        told.append(json.loads(capsys.readouterr().out))
        cell = openpyxl.load_workbook(out)["Nhiệm vụ"]["L5"].value
        formulas.append("KTTT_TINH_TRANG(" in cell)
    assert (formulas, told) == ([False, False, True], [told[0]] * 3)


def test_no_other_kind_of_functions(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    line = ["consolidate", str(tmp_path), "--plan", "gia-lai-655-2023", "--period", "2024", "-o", "x.xlsx"]
    assert commands.run([*line, "--functions", "vba"]) == 2
    assert "--functions" in capsys.readouterr().err
