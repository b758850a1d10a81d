"""Small plans worked by hand: what was reported becomes rows, totals and measures, and nothing else does."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl.consolidation import Consolidated, Narrative, Total, consolidate
from kttt_xl.history import NO_HISTORY, History, State
from kttt_xl.intake import JudgedCopy
from kttt_xl.messages import finding
from kttt_xl.model import (
    COORDINATING,
    LEAD,
    Agency,
    Entry,
    Figure,
    Form,
    Indicator,
    Member,
    Plan,
    Settings,
    Submission,
    Target,
    Task,
    Value,
)
from kttt_xl.period import parse_deadline, parse_period
from kttt_xl.progress import Rate
from kttt_xl.reader import CopyReading
from kttt_xl.task_rows import TaskRow

YEAR, LAST, AS_OF = parse_period("2024"), parse_period("2023"), date(2024, 12, 20)
DONE, DOING, WAITING, PAUSED = "Hoàn thành", "Đang thực hiện", "Chờ văn bản cấp trên", "Tạm dừng"
SHEETS = {"tasks": "Nhiệm vụ", "stats": "Số liệu"}


def task(key: str, lead: str, deadline: str = "", coordinating: str = "", title: str = "Việc") -> Task:
    names = [tuple(text.split(" | ")) if text else () for text in (lead, coordinating)]
    read = parse_deadline(deadline, title)
    return Task(key, "I", title, names[0], lead, names[1], coordinating, "", "", deadline, read)


WARDS = ("Xã A", "Xã B", "Xã C")
PLAN = Plan(
    id="thu",
    title="Kế hoạch thử",
    number="1/KH",
    issued_on=None,
    issuer="UBND",
    coordinator="Sở",
    start=date(2023, 1, 1),
    end=date(2025, 12, 31),
    settings=Settings(stats=Form(recipients=("Các xã",))),
    agencies=(
        Agency("Sở"),
        *(Agency(name) for name in WARDS),
        Agency("Các xã", group=True, members=tuple(Member(name, "named") for name in WARDS)),
        Agency("Chưa rõ", group=True),
    ),
    tasks=(
        task("1", "Sở", "trước ngày 30/6/2024"),
        task("2", "Xã A | Xã B", "trước ngày 30/12/2024", "Các xã"),
        task("3", "Chưa rõ", "trước ngày 30/6/2024"),
        task("4", "Sở", "Thường xuyên"),
        task("5", "Xã C", "Hằng năm", title="Việc sau khi Luật ban hành"),
    ),
    indicators=(
        Indicator("N", "Số HTX", "HTX", "stock", "sum"),
        Indicator("M", "Số HTX khá", "HTX", "stock", "sum"),
        Indicator("R", "Tỷ lệ khá", "%", "ratio", "ratio", "M", "N"),
        Indicator("W", "Thu nhập bình quân", "triệu đồng", "stock", "weighted", denominator="N"),
        Indicator("G", "Tăng trưởng", "%", "growth", "none"),
        Indicator("T", "Công nghệ", "", "stock", "none", value_type="text"),
    ),
    targets=(),
)


def copy(
    agency: str, kind: str, typed: dict[tuple[str, str], Value], verdict: str = "accepted", **more: object
) -> JudgedCopy:
    """A copy in a file called like its agency and form; its rows stand one below the other from row 8."""
    file = f"{agency} {kind}"
    keys = [task.id for task in PLAN.tasks] if kind == "tasks" else [indicator.code for indicator in PLAN.indicators]
    rows = {key: at for at, key in enumerate(keys, start=8)}
    entries = tuple(
        Entry(key, field, value, SHEETS[kind], f"{field}:{rows.get(key, 99)}") for (key, field), value in typed.items()
    )
    plain = Submission(
        plan="thu", period="2024", kind=kind, agency=agency, issue="i", file=file, sha256=file, entries=entries,
        filled=len(entries), accepted=len(entries), refused=0, sheet=SHEETS[kind], rows=tuple(rows.items()),
    )  # fmt: skip
    submission = replace(plain, **more)  # type: ignore[arg-type]  # fields of the submission, by name
    return JudgedCopy(file, verdict, (), CopyReading(file, file, (), None, submission))


def run(*copies: JudgedCopy, history: History = NO_HISTORY, plan: Plan = PLAN, as_of: date = AS_OF) -> Consolidated:
    return consolidate(plan, YEAR, as_of, copies, history)


def rows(result: Consolidated, key: str) -> dict[str, TaskRow]:
    return {row.agency: row for row in result.task_rows if row.task.id == key}


# --- tasks


def test_without_a_copy_every_task_and_lead_has_its_row() -> None:
    result = run()
    assert [(row.task.id, row.agency, row.role, row.status, row.due) for row in result.task_rows] == [
        ("1", "Sở", LEAD, "Quá hạn", date(2024, 6, 30)),
        ("2", "Xã A", LEAD, "Sắp đến hạn", date(2024, 12, 30)),
        ("2", "Xã B", LEAD, "Sắp đến hạn", date(2024, 12, 30)),
        ("3", "Chưa rõ", LEAD, "Quá hạn", date(2024, 6, 30)),  # an unresolved group
        ("4", "Sở", LEAD, "Thường xuyên", None),
        ("5", "Xã C", LEAD, "Chờ văn bản cấp trên", date(2024, 12, 31)),
    ]
    nothing = {(row.state, row.percent, row.done_on, row.reported, row.carried) for row in result.task_rows}
    assert nothing == {(None, None, None, False, False)}
    assert {(row.file, row.sheet, row.row) for row in result.task_rows} == {(None, None, None)}
    assert sum(result.by_status.values()) == len(PLAN.tasks)


def test_a_row_is_what_its_agency_typed() -> None:
    typed: dict[tuple[str, str], Value] = {
        ("1", "state"): DONE,
        ("1", "percent"): Decimal(100),
        ("1", "done_on"): date(2024, 6, 1),
        ("1", "result"): "Xong",
        ("1", "proposal"): None,  # "-"
        ("4", "difficulty"): "Thiếu kinh phí",
    }
    result = run(copy("Sở", "tasks", typed))
    assert rows(result, "1")["Sở"] == TaskRow(
        task=PLAN.tasks[0], agency="Sở", role=LEAD, state=DONE, percent=Decimal(100), done_on=date(2024, 6, 1),
        texts={"result": "Xong"}, status="Hoàn thành đúng hạn", due=date(2024, 6, 30), reported=True, carried=False,
        file="Sở tasks", sheet="Nhiệm vụ", row=8,
    )  # fmt: skip
    standing = rows(result, "4")["Sở"]
    assert (standing.state, standing.texts, standing.reported, standing.row) == (
        None, {"difficulty": "Thiếu kinh phí"}, True, 11,
    )  # fmt: skip


def test_a_date_without_a_state_is_kept() -> None:
    row = rows(run(copy("Sở", "tasks", {("1", "done_on"): date(2024, 6, 1)})), "1")["Sở"]
    assert (row.state, row.done_on, row.carried, row.status) == (None, date(2024, 6, 1), False, "Quá hạn")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (None, None, None)),
        ({"rows": (("1", 8), ("2", 9))}, ("Xã C tasks", "Nhiệm vụ", 9)),
        ({"rows": (("5", 12),)}, (None, None, None)),  # a copy came, without this row
    ],
)
def test_where_a_row_stands(more: dict[str, object], expected: tuple[object, ...]) -> None:
    plan = replace(PLAN, tasks=(task("2", "Xã C"),))
    copies = (copy("Xã C", "tasks", {}, **more),) if more else ()
    row = rows(run(*copies, plan=plan), "2")["Xã C"]
    assert (row.file, row.sheet, row.row) == expected


def test_coordinators_have_a_row_only_where_they_typed() -> None:
    result = run(
        copy("Xã C", "tasks", {("2", "state"): DOING}),
        copy("Sở", "tasks", {}, refused_cells=(("2", "percent"),), filled=1, refused=1),  # refused, but typed
        copy("Xã B", "tasks", {("2", "result"): None}),  # "-" from a lead: it is one row, as lead
    )
    assert [(row.agency, row.role, row.state, row.reported) for row in rows(result, "2").values()] == [
        ("Xã A", LEAD, None, False),
        ("Xã B", LEAD, None, True),
        ("Sở", COORDINATING, None, False),
        ("Xã C", COORDINATING, DOING, True),
    ]
    assert [row.row for row in rows(result, "2").values()] == [None, 9, 9, 9]


LEADS_OF_2 = {
    (DONE, DONE): "Hoàn thành (thiếu ngày)",
    (DONE, DOING): "Sắp đến hạn",
    (DOING, DONE): "Sắp đến hạn",
    (DONE, PAUSED): "Tạm dừng",
    (PAUSED, DOING): "Sắp đến hạn",
    (DONE, None): "Sắp đến hạn",
}


@pytest.mark.parametrize(("states", "expected"), LEADS_OF_2.items())
def test_a_task_stands_where_the_worst_of_its_leads_does(states: tuple[str | None, ...], expected: str) -> None:
    """A coordinating agency's word does not count."""
    copies = [
        copy(agency, "tasks", {("2", "state"): state} if state else {})
        for agency, state in zip(("Xã A", "Xã B"), states, strict=True)
    ]
    result = run(*copies, copy("Xã C", "tasks", {("2", "state"): DOING}))
    assert [item.status for item in result.tasks if item.id == "2"] == [expected]
    assert result.by_status[expected] >= 1
    assert sum(result.by_status.values()) == len(PLAN.tasks)


def test_completed_rates() -> None:
    """Of what was due (1 and 3; 5 waits) one is done; of all but the standing one (1, 2, 3, 5) two are."""
    result = run(
        copy("Sở", "tasks", {("1", "state"): DONE, ("1", "done_on"): date(2024, 7, 1), ("4", "state"): DONE}),
        copy("Xã A", "tasks", {("2", "state"): DONE}),
        copy("Xã B", "tasks", {("2", "state"): DONE}),
    )
    assert result.rates == (Rate(1, 2), Rate(2, 4))
    assert {status: count for status, count in result.by_status.items() if count} == {
        "Quá hạn": 1, "Chờ văn bản cấp trên": 1, "Hoàn thành quá hạn": 1, "Hoàn thành (thiếu ngày)": 2,
    }  # fmt: skip
    assert (result.waiting_past_due, run(as_of=date(2025, 1, 1)).waiting_past_due) == (0, 1)
    assert run(plan=replace(PLAN, tasks=())).rates == (Rate(0, 0), Rate(0, 0))


# --- what was said before


def past(*states: State, key: tuple[str, str] = ("1", "Sở")) -> History:
    return History(states={key: states})


SINCE = (LAST, DONE, date(2023, 9, 1))


@pytest.mark.parametrize(
    ("history", "typed", "expected"),
    [
        pytest.param(past(SINCE), None, (DONE, date(2023, 9, 1), True), id="no copy: it stays done"),
        pytest.param(
            past(SINCE), {("1", "result"): "x"}, (DONE, date(2023, 9, 1), True), id="a copy that does not say"
        ),
        pytest.param(past(SINCE), {("1", "state"): DOING}, (DOING, None, False), id="a copy that says otherwise"),
        pytest.param(past(SINCE), {("1", "state"): DONE}, (DONE, None, False), id="said again"),
        pytest.param(past((LAST, DOING, None)), None, (None, None, False), id="not done before"),
        pytest.param(
            past((parse_period("2022"), DONE, None), (LAST, DOING, None)), None, (None, None, False), id="taken back"
        ),
        pytest.param(
            past((LAST, None, None), (parse_period("2022"), DONE, None)),
            None,
            (DONE, None, True),
            id="whatever the order",
        ),
        pytest.param(past((YEAR, DONE, None)), None, (None, None, False), id="of this very period: the copies decide"),
        pytest.param(past((parse_period("2025"), DONE, None)), None, (None, None, False), id="of a later period"),
        pytest.param(past(SINCE, key=("1", "Xã A")), None, (None, None, False), id="of another agency"),
        pytest.param(past((LAST, DONE, None), SINCE), None, (DONE, date(2023, 9, 1), True), id="told twice"),
        pytest.param(
            past((LAST, DOING, None), (parse_period("2022"), DONE, None)),
            None,
            (None, None, False),
            id="the last counts",
        ),
        pytest.param(
            past((LAST, DOING, None)), {("1", "done_on"): AS_OF}, (None, AS_OF, False), id="a date that nobody explains"
        ),
    ],
)
def test_a_completed_task_stays_so(
    history: History, typed: dict[tuple[str, str], Value] | None, expected: tuple[object, ...]
) -> None:
    copies = [] if typed is None else [copy("Sở", "tasks", typed)]
    row = rows(run(*copies, history=history), "1")["Sở"]
    assert (row.state, row.done_on, row.carried) == expected


@pytest.mark.parametrize("key", ["4", "5"])
def test_a_recurring_task_is_done_anew_each_period(key: str) -> None:
    lead = {"4": "Sở", "5": "Xã C"}[key]
    row = rows(run(history=past(SINCE, key=(key, lead))), key)[lead]
    assert (row.state, row.carried) == (None, False)


def test_an_agency_that_completed_everything_is_not_missed() -> None:
    plan = replace(PLAN, indicators=())
    everyone = run(plan=plan)
    assert everyone.forms == (("Sở", "tasks"), ("Xã A", "tasks"), ("Xã B", "tasks"), ("Xã C", "tasks"))
    result = run(plan=plan, history=past(SINCE, key=("2", "Xã A")))
    assert (result.expected, result.missing) == (("Sở", "Xã B", "Xã C"), ("Sở", "Xã B", "Xã C"))
    assert run(plan=plan, history=past((YEAR, DONE, None), key=("2", "Xã A"))).expected == everyone.expected


def test_who_was_to_report_and_who_did() -> None:
    copies = (
        copy("Xã B", "stats", {}),
        copy("Xã A", "tasks", {}, verdict="conflicting"),
        copy("Xã A", "stats", {}, verdict="refused"),
        copy("Sở", "tasks", {}),
        JudgedCopy("x.zip", "skipped"),
    )
    result = run(*copies)
    both = tuple((name, kind) for name in WARDS for kind in ("tasks", "stats"))
    assert result.forms == (("Sở", "tasks"), ("Sở", "stats"), *both)
    assert (result.expected, result.received, result.missing) == (("Sở", *WARDS), ("Sở", "Xã B"), ("Xã A", "Xã C"))
    backwards = run(*copies, plan=replace(PLAN, agencies=PLAN.agencies[::-1]))
    assert (backwards.received, backwards.missing) == (("Xã B", "Sở"), ("Xã C", "Xã A"))


# --- totals


def stats(agency: str, period: str = "2024", **values: str | None) -> JudgedCopy:
    """A statistics copy: N="5", or N=None for "-"."""
    return copy(
        agency, "stats", {(code, period): None if text is None else Decimal(text) for code, text in values.items()}
    )


def totals(result: Consolidated, period: str = "2024") -> dict[str, tuple[object, int, int]]:
    return {
        total.indicator.code: (total.value, total.reporting, total.expected)
        for total in result.totals
        if total.period.code == period
    }


@pytest.mark.parametrize(
    ("copies", "expected"),
    [
        pytest.param([], {}, id="nobody"),
        pytest.param(
            [stats("Xã A", N="10", M="5", W="20", G="3.5"), stats("Xã B", N="30", M="9", W="40.5", G="7")],
            # 100 × 14 / 40; (10 × 20 + 30 × 40.5) / 40; growth is asked of who collects the form, and of nobody else
            {"N": (40, 2), "M": (14, 2), "R": (35, 2), "W": (Decimal("35.375"), 2), "G": (None, 0)},
            id="two of three",
        ),
        pytest.param(
            [stats("Xã A", G="3.5"), stats("Sở", G="-1.5")],
            {"N": (None, 0), "M": (None, 0), "R": (None, 0), "W": (None, 0), "G": (Decimal("-1.5"), 1)},
            id="what does not add up is the one figure of the one asked",
        ),
        pytest.param(
            [stats("Xã A", N="0", M=None), stats("Xã B", N=None, M="3")],
            {"N": (0, 1), "M": (3, 1), "R": (None, 0), "W": (None, 0), "G": (None, 0)},
            id="blank is not zero, zero is not blank",
        ),
        pytest.param(
            [stats("Xã A", N="10", M="5"), stats("Xã B", N="100"), stats("Xã C", M="100")],
            {"N": (110, 2), "M": (105, 2), "R": (50, 1), "W": (None, 0), "G": (None, 0)},
            id="a ratio is of those who gave both counts",
        ),
        pytest.param(
            [stats("Xã A", N="0", M="0"), stats("Xã B", N="4", M="1")],
            {"N": (4, 2), "M": (1, 2), "R": (25, 2), "W": (None, 0), "G": (None, 0)},
            id="a ratio is never an average of ratios",
        ),
        pytest.param(
            [stats("Xã A", N="0", M="0", W="7")],
            {"N": (0, 1), "M": (0, 1), "R": (None, 1), "W": (None, 1), "G": (None, 0)},
            id="of nothing there is no share",
        ),
        pytest.param(
            [stats("Xã A", N="1", W="6"), stats("Xã B", W="100"), stats("Xã C", N="5")],
            {"N": (6, 2), "M": (None, 0), "R": (None, 0), "W": (6, 1), "G": (None, 0)},
            id="an average is of those whose weight is known",
        ),
        pytest.param(
            [stats("Xã A", N="0.1"), stats("Xã B", N="0.2"), stats("Xã C", N="999999999999999")],
            {"N": (Decimal("999999999999999.3"), 3), "M": (None, 0), "R": (None, 0), "W": (None, 0), "G": (None, 0)},
            id="decimals add up as written",
        ),
    ],
)
def test_totals(copies: list[JudgedCopy], expected: dict[str, tuple[object, int]]) -> None:
    found = totals(run(*copies))
    assert {code: (value, reporting) for code, (value, reporting, _) in found.items() if code != "T"} == expected
    assert {code: number for code, (*_, number) in found.items()} == (
        {"N": 3, "M": 3, "R": 3, "W": 3, "G": 1, "T": 3} if found else {}
    )


def test_a_total_leads_home() -> None:
    result = run(stats("Xã B", N="30", M="9", W="2"), stats("Xã A", N="10", M="5"))
    cells = {
        total.indicator.code: [(item.agency, item.cell, item.file) for item in total.sources] for total in result.totals
    }
    b, a = "Xã B stats", "Xã A stats"
    assert cells == {
        "N": [("Xã B", "2024:8", b), ("Xã A", "2024:8", a)],
        "M": [("Xã B", "2024:9", b), ("Xã A", "2024:9", a)],
        "R": [("Xã B", "2024:9", b), ("Xã B", "2024:8", b), ("Xã A", "2024:9", a), ("Xã A", "2024:8", a)],
        "W": [("Xã B", "2024:11", b), ("Xã B", "2024:8", b)],
        "G": [],
        "T": [],
    }
    assert result.figures[0] == Figure("N", "Xã B", YEAR, Decimal(30), b, "Số liệu", "2024:8")
    assert result.totals[0] == Total(
        PLAN.indicators[0], YEAR, Decimal(40), 2, 3, (result.figures[0], result.figures[3])
    )


def test_only_accepted_copies_count() -> None:
    others = [
        replace(stats("Xã B", N="1000"), verdict=verdict)
        for verdict in ("refused", "duplicate", "superseded", "conflicting")
    ]
    result = run(stats("Xã A", N="10"), *others)
    assert totals(result)["N"] == (10, 1, 3)
    assert result.received == ("Xã A",)
    assert result.copy_counts == {
        "found": 5, "accepted": 1, "refused": 1, "duplicate": 1, "superseded": 1, "conflicting": 1, "skipped": 0,
    }  # fmt: skip
    assert result.cell_counts == {"filled": 1, "accepted": 1, "refused": 0, "in_other_copies": 4}


def figures(period: str, **values: str) -> tuple[Figure, ...]:
    """Earlier figures: N_A="5" is indicator N of Xã A."""
    return tuple(
        Figure(name[0], f"Xã {name[2]}", parse_period(period), Decimal(text), "cũ.xlsx", "Số liệu", "F8")
        for name, text in values.items()
    )


@pytest.mark.parametrize(
    ("history", "copies", "expected"),
    [
        pytest.param(
            figures("2023", N_A="5", N_B="6"), [stats("Xã A", N="7")], {"2023": (11, 2, 3), "2024": (7, 1, 3)},
            id="earlier periods beside this one",
        ),
        pytest.param(
            figures("2023", N_A="5", N_B="6"), [stats("Xã C", "2023", N="1")], {"2023": (12, 3, 3)},
            id="one agency gives last year's figure now: the others' stay",
        ),
        pytest.param(
            figures("2023", N_A="5", N_B="6"), [stats("Xã A", "2023", N="50")], {"2023": (56, 2, 3)},
            id="an agency corrects last year's figure",
        ),
        pytest.param(
            figures("2024", N_A="5"), [stats("Xã B", N="1")], {"2024": (1, 1, 3)},
            id="of this very period only the copies count",
        ),
        pytest.param(figures("2025", N_A="5"), [], {}, id="of a later period nothing counts"),
    ],
)  # fmt: skip
def test_earlier_figures(
    history: tuple[Figure, ...], copies: list[JudgedCopy], expected: dict[str, tuple[object, ...]]
) -> None:
    result = run(*copies, history=History(history))
    found = {total.period.code: total for total in result.totals if total.indicator.code == "N"}
    assert {code: (total.value, total.reporting, total.expected) for code, total in found.items()} == expected
    assert {figure.file for figure in result.figures} <= {copied.file for copied in copies}


# --- texts


def test_texts_are_kept_with_their_cells() -> None:
    typed: dict[tuple[str, str], Value] = {
        ("T", "2024"): "Phần mềm kế toán",
        ("N", "note"): "Theo sổ đăng ký",
        ("M", "note"): None,
    }
    assert run(copy("Xã A", "stats", typed)).narratives == (
        Narrative("T", "2024", "Xã A", "Phần mềm kế toán", "Xã A stats", "Số liệu", "2024:13"),
        Narrative("N", "note", "Xã A", "Theo sổ đăng ký", "Xã A stats", "Số liệu", "note:8"),
    )


def test_what_is_no_longer_in_the_plan_is_said() -> None:
    """A cell that was accepted and goes nowhere: the plan lost its row after the copies went out."""
    result = run(
        copy("Sở", "tasks", {("9", "state"): DONE, ("1", "state"): DOING}),
        copy("Xã A", "stats", {("X", "2024"): Decimal("12.5"), ("X", "note"): None}),
    )
    assert result.findings == (
        finding(
            "unknown-row", severity="warning", agency="Sở", file="Sở tasks", sheet="Nhiệm vụ", cell="state:99",
            header="Trạng thái", found=DONE, expected="9",
        ),
        finding(
            "unknown-row", severity="warning", agency="Xã A", file="Xã A stats", sheet="Số liệu", cell="2024:99",
            header="2024", found="12,5", expected="X",
        ),
        finding(
            "unknown-row", severity="warning", agency="Xã A", file="Xã A stats", sheet="Số liệu", cell="note:99",
            header="Ghi chú", found="", expected="X",
        ),
    )  # fmt: skip
    assert (result.figures, result.narratives) == ((), ())


def test_findings_of_copies_that_count_no_more_are_left_out() -> None:
    said = {verdict: (finding("moved-row", file=verdict),) for verdict in
            ("accepted", "refused", "conflicting", "duplicate", "superseded", "skipped")}  # fmt: skip
    copies = (JudgedCopy(verdict, verdict, notes) for verdict, notes in said.items())
    assert [found.file for found in run(*copies).findings] == ["accepted", "refused", "conflicting", "skipped"]


# --- targets


def target(code: str, operator: str = ">=", low: str | None = None, **more: object) -> Target:
    bound = Decimal(low) if low else None
    plain = Target("Chỉ tiêu", code, "", operator, bound, None, "", date(2024, 12, 31), "at", "", "", None, "")
    return replace(plain, **more)  # type: ignore[arg-type]  # fields of the target, by name


GIVEN = (
    stats("Xã A", N="10", M="5"),
    stats("Xã B", N="30", M="9"),
    copy("Xã C", "stats", {("T", "2024"): "Có", ("N", "note"): "chưa có"}),
)


@pytest.mark.parametrize(
    ("aimed", "expected"),
    [
        (target("N", ">=", "40"), (40, "2024", 1, "Đạt", ())),
        (target("N", ">", "40"), (40, "2024", 1, "Chưa đạt", ())),
        (target("R", ">=", "70"), (35, "2024", Decimal("0.5"), "Chưa đạt", ())),
        (target("G", ">=", "5"), (None, None, None, "Chưa có số liệu", ())),
        (target("T", "qualitative"), (None, None, None, "Định tính", ())),
        # of each: A has 10, B 30, C none; A has 50 %, B 30 %, C none
        (target("N", ">=", "10", each="Các xã"), (2, "2024", Decimal(2) / 3, "Chưa đạt", ("Xã C",))),
        (target("R", ">=", "40", each="Các xã"), (1, "2024", Decimal(1) / 3, "Chưa đạt", ("Xã B", "Xã C"))),
        (target("N", ">=", "10", each="Xã A"), (1, "2024", 1, "Đạt", ())),
        (target("N", ">=", "10", each="Chưa rõ"), (None, None, None, "Chưa có số liệu", ())),
    ],
)
def test_targets(aimed: Target, expected: tuple[object, ...]) -> None:
    [found] = run(*GIVEN, plan=replace(PLAN, targets=(aimed,))).measures
    assert (found.actual, found.actual_period, found.attainment, found.verdict, found.unsatisfied) == expected


def test_a_text_answers_a_qualitative_target_and_a_note_does_not() -> None:
    plan = replace(PLAN, targets=(target("T", "qualitative"), target("N", "qualitative")))
    assert [item.remark for item in run(*GIVEN, plan=plan).measures] == ["", "(chưa có nội dung báo cáo)"]


def test_a_missing_year_of_growth_is_a_finding() -> None:
    aimed = target("W", ">=", "5", basis="average", indicator="Tăng bình quân")
    growth = Indicator("W", "Tăng trưởng", "%", "growth", "weighted", denominator="N")
    plan = replace(PLAN, start=date(2022, 1, 1), indicators=(PLAN.indicators[0], growth), targets=(aimed,))
    result = run(
        stats("Xã A", N="10", W="6"), history=History(figures("2022", N_A="10", W_A="5")), plan=plan
    )  # fmt: skip
    assert result.measures[0].gap_years == (2023,)
    assert result.findings == (finding("growth-gap", header="Tăng bình quân", found="2023"),)


# --- conservation


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (copy("Sở", "tasks", {}, filled=3, accepted=1, refused=1), "cells not conserved"),
        (JudgedCopy("x", "lost"), "copies not conserved"),
    ],
)
def test_a_run_stops_when_something_is_not_accounted_for(broken: JudgedCopy, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        run(broken)


NUMBERS = st.none() | st.decimals(0, 10**6, places=2)
REPORTS = st.dictionaries(
    st.sampled_from(WARDS), st.fixed_dictionaries(dict.fromkeys(("N", "M", "W"), NUMBERS)), max_size=3
)


@given(reports=REPORTS, order=st.permutations(WARDS))
@settings(deadline=None, max_examples=80)
def test_every_number_is_counted_once(reports: dict[str, dict[str, Decimal | None]], order: Iterable[str]) -> None:
    """Whatever is reported: sums of what was given, averages within what was given, in any order of files."""
    copies = {
        name: copy(name, "stats", {(code, "2024"): value for code, value in given.items()})
        for name, given in reports.items()
    }
    result = run(*copies.values())
    again = run(*(copies[name] for name in order if name in copies))
    assert totals(result) == totals(again)
    given = list(reports.values())
    for code in ("N", "M"):
        numbers = [values[code] for values in given if values[code] is not None]
        assert totals(result).get(code, (None, 0, 3)) == (sum(numbers) if numbers else None, len(numbers), 3)
    average = totals(result).get("W", (None, 0, 3))[0]
    weighed = [values["W"] for values in given if values["W"] is not None and values["N"]]
    assert average is None if not weighed else min(weighed) <= average <= max(weighed)
