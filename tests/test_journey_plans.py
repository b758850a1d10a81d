"""Each of the five real plans goes the whole way: check, build, fill every copy, consolidate; nothing is lost on it."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from test_journey import run

from kttt_xl.campaign import plan_issues
from kttt_xl.filling import Content, fill
from kttt_xl.layout import Copy
from kttt_xl.model import LEAD
from kttt_xl.period import parse_period
from kttt_xl.plans import load_plan
from kttt_xl.selfcheck import letters, line_rows

DONE_ON = {"2014": date(2014, 9, 3), "2018": date(2018, 9, 3), "2021": date(2021, 10, 19), "2024": date(2024, 9, 3)}
JOURNEYS = (
    ("ha-noi-231-2021", "2021", "2021-10-31"),
    ("ha-noi-ctr24-2013", "2014", "2015-01-15"),
    ("hai-phong-135-2018", "2018", "2019-01-15"),
    ("yen-bai-209-2023", "2024", "2025-01-15"),
    ("gia-lai-655-2023", "2024", "2024-12-20"),
)


def answers(copy: Copy, number: int) -> dict[tuple[str, str], Content]:
    """What the number-th agency types, by row and field: leads report done; figures are 100 times the number.

    A part is less than its whole by being the number alone.
    """
    if copy.kind == "tasks":
        leading = [line.key for line in copy.keyed if line.texts["role"] == LEAD]
        said: dict[str, Content] = {"state": "Hoàn thành", "percent": 100, "done_on": DONE_ON[copy.period.code]}
        return {(key, field): content for key in leading for field, content in said.items()}
    parts = {line.ratio[0] for line in copy.keyed if line.ratio} | {line.key for line in copy.keyed if line.parent}
    return {
        (line.key, column.field): "Đã thực hiện" if rule == "text" else number if line.key in parts else number * 100
        for line in copy.keyed
        for column in copy.columns
        if column.rule == "figure" and (rule := copy.rule(column, line))
    }


def typed(copy: Copy, said: dict[tuple[str, str], Content]) -> dict[str, Content]:
    at, rows = letters(copy), line_rows(copy)
    return {f"{at[field]}{rows[key]}": content for (key, field), content in said.items()}


@pytest.mark.parametrize(("plan_id", "code", "as_of"), JOURNEYS, ids=[plan_id for plan_id, _, _ in JOURNEYS])
def test_a_plan_goes_the_whole_way(plan_id: str, code: str, as_of: str, campaign: Path, tmp_path: Path) -> None:
    plan, period = load_plan(plan_id), parse_period(code)
    assert run("plan", "check", plan_id, "--json")[0] == 0
    status, built, _ = run("build", plan_id, "--period", code, "-o", tmp_path / "gui", "--json")
    issues = plan_issues(plan, period)
    assert (status, [copy["file"] for copy in built["copies"]]) == (0, [issue.file for issue in issues])

    back = tmp_path / "nhan"
    back.mkdir()
    sums: Counter[tuple[str, str]] = Counter()
    reported: dict[tuple[str, str], str] = {}
    cells = 0
    for number, issue in enumerate(issues, start=1):
        said = answers(issue.copy, number)
        cells += len(said)
        sums.update(
            {place: content for place, content in said.items() if type(content) is int and issue.copy.kind == "stats"}
        )
        reported |= {(key, issue.copy.agency): str(text) for (key, field), text in said.items() if field == "state"}
        filled = fill((tmp_path / "gui" / issue.file).read_bytes(), issue.copy.sheet, typed(issue.copy, said))
        (back / issue.file).write_bytes(filled)

    status, summary, _ = run(
        "consolidate", back, "--plan", plan_id, "--period", code, "-o", tmp_path / "th.xlsx", "--as-of", as_of, "--json"
    )
    assert [found for found in summary["findings"] if found["severity"] == "error"] == []
    assert (status, summary["copies"]["found"], summary["copies"]["accepted"]) == (0, len(issues), len(issues))
    assert summary["cells"] == {"filled": cells, "accepted": cells, "refused": 0, "in_other_copies": 0}
    assert summary["agencies"]["missing"] == []
    rows = {(row["id"], row["agency"]): row["state"] for row in summary["task_rows"] if row["state"]}
    assert rows == reported
    assert sum(summary["tasks"]["by_status"].values()) == summary["tasks"]["total"] == len(plan.tasks)
    adding = {indicator.code for indicator in plan.indicators if indicator.aggregation == "sum"}
    totals = {
        (item["code"], item["period"]): Decimal(str(item["value"]))
        for item in summary["indicators"]
        if item["code"] in adding and item["value"] is not None
    }
    assert totals == {place: total for place, total in sums.items() if place[0] in adding}
    assert len(summary["targets"]) == len(plan.targets)
