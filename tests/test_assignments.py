"""Who reports what: asserted against the plan itself, worked out here from the rows of its files."""

import csv
import re
from pathlib import Path

import pytest

from kttt_xl import resources
from kttt_xl.assignments import (
    Assignment,
    expected_forms,
    leads,
    stats_recipients,
    task_assignments,
)
from kttt_xl.model import COORDINATING, LEAD, Agency, Form, Indicator, Member, Plan, Settings, Task
from kttt_xl.period import parse_deadline, parse_period

# --- the built-in plans, from their files


def table(plan: str, name: str) -> list[dict[str, str]]:
    with Path(resources.folder("workbooks") / plan / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def worked_out(plan: str, year: int) -> dict[str, dict[str, str]]:
    """Agency -> task id -> role, straight from tasks.csv and agencies.csv: no code of ours."""
    agencies = table(plan, "agencies")
    members = {
        row["name"]: [
            re.sub(r" \((named|sourced|to-confirm)\)$", "", text) for text in row["members"].split(" | ") if text
        ]
        for row in agencies
        if row["group"]
    }
    roles: dict[str, dict[str, str]] = {}
    for task in table(plan, "tasks"):
        first_year = re.match(r"(?:Từ )?(\d{4})", task["deadline_text"])
        if first_year and int(first_year[1]) > year:
            continue
        for column, role in (("coordinating", "Phối hợp"), ("lead", "Chủ trì")):
            for name in filter(None, task[column].split(" | ")):
                for agency in members.get(name, [name]):
                    roles.setdefault(agency, {})[task["id"]] = role
    return roles


@pytest.mark.parametrize("plan_name", ["gia_lai", "yen_bai"])
@pytest.mark.parametrize("year", [2023, 2024, 2030])
def test_every_agency_gets_exactly_its_tasks(plan_name: str, year: int, request: pytest.FixtureRequest) -> None:
    plan: Plan = request.getfixturevalue(plan_name)
    found = task_assignments(plan, parse_period(str(year)))
    expected = worked_out(plan.id, year)
    assert {name: {item.task.id: item.role for item in items} for name, items in found.items()} == expected
    order = [task.id for task in plan.tasks]
    assert all([item.task.id for item in items] == [key for key in order if key in expected[name]]
               for name, items in found.items())  # fmt: skip
    assert list(found) == [agency.name for agency in plan.agencies if agency.name in expected]


def test_task_17_starts_in_2024(gia_lai: Plan) -> None:
    issued = {
        code: {item.task.id for items in task_assignments(gia_lai, parse_period(code)).values() for item in items}
        for code in ("2023", "2024-Q1")
    }
    assert issued["2024-Q1"] - issued["2023"] == {"17"}
    body = {key for key in issued["2023"] if key.startswith("B.")}
    # B.II.3.b.3 is led by a group that the plan does not list.
    assert (len(issued["2023"] - body), len(body)) == (41 - 1, 15 - 1)


def test_statistics_go_to_the_fifteen_wards(yen_bai: Plan, gia_lai: Plan) -> None:
    wards = [row["name"] for row in table(yen_bai.id, "agencies") if row["category"] == "UBND cấp xã"]
    assert (list(stats_recipients(yen_bai)), len(wards)) == (wards, 15)
    assert stats_recipients(gia_lai) == ()


# --- a small plan


def task(key: str, lead: str, coordinating: str = "", deadline: str = "") -> Task:
    names = [tuple(text.split(" | ")) if text else () for text in (lead, coordinating)]
    return Task(key, "", f"Việc {key}", names[0], "", names[1], "", "", "", deadline, parse_deadline(deadline))


PLAN = Plan(
    id="thu",
    title="",
    number="",
    issued_on=None,
    issuer="",
    coordinator="A",
    start=None,
    end=None,
    settings=Settings(stats=Form(recipients=("B", "Các xã"))),
    agencies=(
        Agency("Các xã", group=True, members=(Member("C", "named"), Member("B", "to-confirm"))),
        Agency("C"),
        Agency("A"),
        Agency("B"),
        Agency("D"),
        Agency("Chưa rõ", group=True),
    ),
    tasks=(
        task("1", "A | B", "Các xã", "2023 - 2025"),  # B leads and is a member: once, as lead
        task("2", "Các xã", "A | Các xã", "2024 - 2026"),
        task("3", "Chưa rõ", "D | Chưa rõ", "Từ 2025"),
        task("4", "Các xã | B | Chưa rõ", "", "trước ngày 30/6/2020"),  # due long ago: still there
    ),
    indicators=(Indicator("X", "X", "", "stock", "sum"),),
    targets=(),
)


@pytest.mark.parametrize(
    ("period", "completed", "expected"),
    [
        pytest.param("2023", set(), {"C": "1p 4c", "A": "1c", "B": "1c 4c"}, id="tasks that start later are not there"),
        pytest.param(
            "2024", set(), {"C": "1p 2c 4c", "A": "1c 2p", "B": "1c 2c 4c"}, id="those that start in the period are"
        ),
        pytest.param(
            "2023/2025", set(), {"C": "1p 2c 4c", "A": "1c 2p", "B": "1c 2c 4c", "D": "3p"}, id="of several years"
        ),
        pytest.param(
            "2024",
            {("1", "B"), ("4", "C"), ("2", "C"), ("1", "C"), ("2", "D")},
            {"A": "1c 2p", "B": "2c 4c"},
            id="what an agency completed is left out, of that agency only",
        ),
    ],
)
def test_small_plan(period: str, completed: set[tuple[str, str]], expected: dict[str, str]) -> None:
    roles = {"c": LEAD, "p": COORDINATING}
    tasks = {item.id: item for item in PLAN.tasks}
    assert task_assignments(PLAN, parse_period(period), completed) == {
        name: tuple(Assignment(tasks[text[0]], roles[text[1]]) for text in line.split())
        for name, line in expected.items()
    }


def test_leads() -> None:
    """Groups are resolved, nobody twice; an unresolved group stands for itself."""
    assert [leads(PLAN, item) for item in PLAN.tasks] == [("A", "B"), ("C", "B"), ("Chưa rõ",), ("C", "B", "Chưa rõ")]


def test_expected_forms() -> None:
    every = (("C", "tasks"), ("C", "stats"), ("A", "tasks"), ("B", "tasks"), ("B", "stats"))
    assert expected_forms(PLAN, parse_period("2024")) == every
    done = {(key, "C") for key in "124"} | {(key, "A") for key in "12"}
    assert expected_forms(PLAN, parse_period("2024"), done) == (("C", "stats"), ("B", "tasks"), ("B", "stats"))
