"""Figures that only the collecting agency has: who is asked for what, and the loop that gives them a verdict."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from test_consolidation import copy
from test_consolidation import run as consolidated
from test_journey import run

from kttt_xl import plans
from kttt_xl.assignments import asked_for, stats_recipients, stats_rows
from kttt_xl.campaign import plan_issues
from kttt_xl.filling import fill
from kttt_xl.model import Agency, Form, Indicator, Member, Plan, Settings, Target, Value
from kttt_xl.period import parse_period
from kttt_xl.selfcheck import letters, line_rows

YEAR = parse_period("2024")
A, B, OFFICE, OTHER = "Xã A", "Xã B", "Sở", "Liên minh"

ROWS = (
    Indicator("N", "Số HTX", "HTX", "stock", "sum"),
    Indicator("G", "Tăng trưởng", "%/năm", "growth", "none", value_type="percent"),
    Indicator("E", "Thu nhập", "triệu đồng", "ratio", "none", value_type="decimal"),
    Indicator("T", "Mô tả", "", "stock", "none", value_type="text"),
)


def target(code: str, each: str = "") -> Target:
    return Target("x", code, "", ">=", Decimal(1), None, "", None, "at", "", each, None, "")


def plan_of(*recipients: str, coordinator: str = OFFICE, collector: str = "", targets: Iterable[Target] = ()) -> Plan:
    return Plan(
        id="thu", title="", number="", issued_on=None, issuer="", coordinator=coordinator, start=None, end=None,
        settings=Settings(stats=Form(recipients=recipients, coordinator=collector)),
        agencies=(
            Agency(OFFICE), Agency(A), Agency(B), Agency(OTHER),
            Agency("Các xã", group=True, members=(Member(A, "named"), Member(B, "named"))),
        ),
        tasks=(), indicators=ROWS, targets=tuple(targets),
    )  # fmt: skip


# Plan, who gets N, G, E, T; every agency that gets a copy.
ASKED: list[tuple[str, Plan, list[tuple[str, ...]], tuple[str, ...]]] = [
    ("the coordinator gives what does not add up, and nothing else", plan_of("Các xã"),
     [(A, B), (OFFICE,), (OFFICE,), (A, B)], (OFFICE, A, B)),
    ("a coordinator that fills in the form gives all", plan_of("Các xã", OFFICE),
     [(OFFICE, A, B), (OFFICE,), (OFFICE,), (OFFICE, A, B)], (OFFICE, A, B)),
    ("a sole recipient gives all", plan_of(A), [(A,)] * 4, (A,)),
    ("who collects this form, where that is another", plan_of("Các xã", collector=OTHER),
     [(A, B), (OTHER,), (OTHER,), (A, B)], (A, B, OTHER)),
    ("what is judged for each stays with each", plan_of("Các xã", targets=[target("E", "Các xã"), target("G")]),
     [(A, B), (OFFICE,), (A, B), (A, B)], (OFFICE, A, B)),
    ("a coordinator nobody registered cannot be asked", plan_of("Các xã", coordinator="?"), [(A, B)] * 4, (A, B)),
    ("nor can a group", plan_of(A, OTHER, coordinator="Các xã"), [(A, OTHER)] * 4, (A, OTHER)),
    ("nobody fills in the form", plan_of(), [(), (OFFICE,), (OFFICE,), ()], (OFFICE,)),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "asked", "copies"), [pytest.param(*case, id=name) for name, *case in ASKED])
def test_who_is_asked_for_what(plan: Plan, asked: list[tuple[str, ...]], copies: tuple[str, ...]) -> None:
    assert asked_for(plan) == dict(zip("NGET", asked, strict=True))
    assert stats_recipients(plan) == copies
    for agency in copies:
        rows = tuple(row for row in plan.indicators if agency in asked_for(plan)[row.code])
        assert stats_rows(plan, agency) == rows
        lines = {issue.copy.agency: issue.copy.keyed for issue in plan_issues(plan, YEAR, ("stats",))}[agency]
        numbered = [(str(number), row.code) for number, row in enumerate(rows, start=1)]
        assert [(line.texts["stt"], line.key) for line in lines] == numbered


def test_a_plan_without_indicators_asks_nobody() -> None:
    plan = replace(plan_of("Các xã"), indicators=())
    assert (asked_for(plan), stats_recipients(plan), stats_rows(plan, OFFICE)) == ({}, (), ())


# The plans that ship: how many agencies get how many rows, who gives the single figures, and which they are.
SHIPPED = {
    "gia-lai-655-2023": ({}, "", []),
    "ha-noi-231-2021": ({34: 30, 1: 1}, "Liên minh Hợp tác xã Thành phố", ["TN-LD"]),
    "ha-noi-ctr24-2013": ({16: 30, 3: 1}, "Liên minh HTX Thành phố", ["TT-KTTT", "TT-CN", "TT-NN"]),
    "hai-phong-135-2018": ({16: 15, 1: 1}, "Sở Kế hoạch và Đầu tư", ["GRDP"]),
    "yen-bai-209-2023": ({22: 15}, "", []),
}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_copies_of_the_plans_that_ship(name: str) -> None:
    plan = plans.load_plan(name)
    sizes, collector, codes = SHIPPED[name]
    rows = {agency: stats_rows(plan, agency) for agency in stats_recipients(plan)}
    assert Counter(map(len, rows.values())) == sizes
    assert [row.code for row in rows.get(collector, ())] == codes
    assert {row.code for own in rows.values() for row in own} == {row.code for row in plan.indicators}


# --- the loop: growth of 2014 and 2015 of 24-CTr/TU

CTR24 = "ha-noi-ctr24-2013"
LEAGUE, DISTRICT = "Liên minh HTX Thành phố", "UBND huyện Mê Linh"
GROWTH = {
    "2014": {"TT-KTTT": "6", "TT-CN": "-2.5", "TT-NN": "2"},
    "2015": {"TT-KTTT": "8", "TT-CN": "30", "TT-NN": "1"},
}


def test_growth_typed_by_the_collector_gets_a_verdict(campaign: Path, tmp_path: Path) -> None:
    """Its copies of two years, the second consolidated with the first as history: (1,06 · 1,08)^½ − 1 is 6,995 %."""
    plan = plans.load_plan(CTR24)
    report = tmp_path / "2014.xlsx"
    document: dict[str, object] = {}
    for year, typed in GROWTH.items():
        out, back = tmp_path / year, tmp_path / f"{year}-nhan"
        back.mkdir()
        history = ["--history", report] if year == "2015" else []
        code, built, _ = run(
            "build", CTR24, "--period", year, "-o", out, "--kind", "stats", "--agency", LEAGUE,
            "--agency", DISTRICT, *history, "--json",
        )  # fmt: skip
        assert (code, [copy["inputs"] for copy in built["copies"]]) == (0, [6, 27])  # 3 figures, 3 notes; 11 and 16
        for issue in plan_issues(plan, parse_period(year), ("stats",), (LEAGUE, DISTRICT)):
            at, rows = letters(issue.copy)[year], line_rows(issue.copy)
            values = typed if issue.copy.agency == LEAGUE else {"HTX": "4", "HTX-KHA": "3", "HTX-YEU": "1"}
            cells = {f"{at}{rows[key]}": Decimal(text) for key, text in values.items()}
            (back / issue.file).write_bytes(fill((out / issue.file).read_bytes(), issue.copy.sheet, cells))
        code, document, _ = run(
            "consolidate", back, "--plan", CTR24, "--period", year, "-o", tmp_path / f"{year}.xlsx",
            "--as-of", f"{int(year) + 1}-01-10", *history, "--json",
        )  # fmt: skip
        assert code == 0
    found = {item["code"]: item for item in json.loads(json.dumps(document["targets"]))}
    verdicts = {key: (found[key]["verdict"], round(found[key]["actual"], 3)) for key in GROWTH["2014"]}
    assert verdicts == {
        "TT-KTTT": ("Đạt", 6.995),  # from 6,5
        "TT-CN": ("Đạt", 12.583),  # from 10; a year below zero counts as it is
        "TT-NN": ("Chưa đạt", 1.499),  # from 2; due at the end of the plan
    }
    totals = {
        (item["code"], item["period"]): (item["value"], item["agencies_reporting"], item["agencies_expected"])
        for item in json.loads(json.dumps(document["indicators"]))
    }
    assert [totals["TT-CN", year] for year in GROWTH] == [(-2.5, 1, 1), (30, 1, 1)]
    assert totals["HTX", "2015"] == (4, 1, 30)
    codes = {found["code"] for found in json.loads(json.dumps(document["findings"]))}
    assert "unknown-row" not in codes
    assert "growth-gap" not in codes


def test_who_gets_a_copy_is_expected_to_send_one(campaign: Path, tmp_path: Path) -> None:
    (tmp_path / "rong").mkdir()
    _, document, _ = run(
        "consolidate", tmp_path / "rong", "--plan", "hai-phong-135-2018", "--period", "2019",
        "-o", tmp_path / "th.xlsx", "--as-of", "2020-01-10", "--json",
    )  # fmt: skip
    plan = plans.load_plan("hai-phong-135-2018")
    assert set(stats_recipients(plan)) <= set(json.loads(json.dumps(document["agencies"]))["missing"])


def test_a_figure_of_an_agency_that_is_no_longer_asked_goes_nowhere_and_is_said() -> None:
    """A copy of Xã A that was issued before the growth rate became the coordinator's alone."""
    typed: dict[tuple[str, str], Value] = {("N", "2024"): Decimal(5), ("G", "2024"): Decimal("3.5")}
    result = consolidated(copy("Xã A", "stats", typed))
    totals = {total.indicator.code: (total.value, total.reporting, total.expected) for total in result.totals}
    assert (totals["N"], totals["G"]) == ((5, 1, 3), (None, 0, 1))
    assert [(found.code, found.severity, found.agency, found.cell, found.found) for found in result.findings] == [
        ("unknown-row", "warning", "Xã A", "2024:12", "3,5")
    ]
