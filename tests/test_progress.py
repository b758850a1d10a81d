"""Sections 6 (tasks), 7 and 8 (targets as a whole) of the contract, worked by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl.model import OPERATOR_WORDS, STATES, Target
from kttt_xl.period import Period, parse_period
from kttt_xl.progress import (
    STATUSES,
    Measure,
    Rate,
    TaskProgress,
    completed_of_all,
    completed_of_due,
    count_by_status,
    measure,
    pace,
    recurs,
    state_in_force,
    task_status,
    waiting_past_due,
    waits,
    worst,
)

A = date(2024, 6, 15)
LAST_MONTH, NEXT_MONTH = date(2024, 5, 15), date(2024, 7, 15)  # 30 days after A
TODO, DOING, DONE, WAITING, PAUSED = STATES


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# --- one task (section 7)


def status(
    state: str | None,
    done_on: str | None = None,
    *,
    due: str | None = None,
    start: str | None = None,
    recurrence: str = "once",
    conditional: bool = False,
    met: str | None = None,
) -> str:
    return task_status(
        state,
        day(done_on),
        due=day(due),
        start=day(start),
        recurrence=recurrence,
        conditional=conditional,
        condition_met_on=day(met),
        as_of=A,
    )


@pytest.mark.parametrize(
    ("state", "done_on", "due", "expected"),
    [
        # rule 1
        (DONE, None, "2024-05-01", "Hoàn thành (thiếu ngày)"),
        (DONE, None, None, "Hoàn thành (thiếu ngày)"),
        (DONE, "2024-05-01", None, "Hoàn thành"),
        (DONE, "2024-04-30", "2024-05-01", "Hoàn thành đúng hạn"),
        (DONE, "2024-05-01", "2024-05-01", "Hoàn thành đúng hạn"),
        (DONE, "2024-05-02", "2024-05-01", "Hoàn thành quá hạn"),
        (DONE, "2024-05-02", "2025-05-01", "Hoàn thành đúng hạn"),
        # rule 2, paused
        (PAUSED, None, "2024-05-01", "Tạm dừng"),
        (PAUSED, "2024-05-01", None, "Tạm dừng"),
        # rule 4; a done date without the state does not complete a task
        (None, None, None, "Không có thời hạn"),
        (DOING, "2024-05-01", None, "Không có thời hạn"),
        (DOING, "2024-05-01", "2024-06-14", "Quá hạn"),
        (None, None, "2024-06-14", "Quá hạn"),
        (TODO, None, "2024-06-15", "Sắp đến hạn"),  # on the day itself
        (DOING, None, "2024-07-15", "Sắp đến hạn"),  # 30 days
        (DOING, None, "2024-07-16", "Trong hạn"),  # 31 days
        # waiting reported by a task that does not wait goes on to rule 4
        (WAITING, None, "2024-06-14", "Quá hạn"),
        (WAITING, None, "2024-12-31", "Trong hạn"),
        (WAITING, None, None, "Không có thời hạn"),
    ],
)
def test_status(state: str | None, done_on: str | None, due: str | None, expected: str) -> None:
    assert status(state, done_on, due=due) == expected


@pytest.mark.parametrize(
    ("start", "due", "expected"),
    [
        ("2024-06-16", "2024-06-20", "Chưa đến kỳ"),  # before "Sắp đến hạn"
        ("2024-06-15", "2024-06-20", "Sắp đến hạn"),  # A = start is not before it
        ("2024-06-16", None, "Không có thời hạn"),  # before "Chưa đến kỳ"
        ("2025-01-01", "2024-01-01", "Chưa đến kỳ"),
        (None, "2024-01-01", "Quá hạn"),
    ],
)
def test_status_before_the_start(start: str | None, due: str | None, expected: str) -> None:
    assert status(None, start=start, due=due) == expected


@pytest.mark.parametrize(
    ("recurrence", "state", "done_on", "expected"),
    [
        ("standing", None, None, "Thường xuyên"),
        ("open", DOING, None, "Thường xuyên"),
        ("standing", WAITING, None, "Thường xuyên"),
        ("standing", PAUSED, None, "Tạm dừng"),  # rule 2 comes first
        ("open", DONE, "2024-05-01", "Hoàn thành quá hạn"),  # so does rule 1
        ("yearly", None, None, "Quá hạn"),
        ("none", None, None, "Quá hạn"),
    ],
)
def test_status_of_standing_and_open_tasks(
    recurrence: str, state: str | None, done_on: str | None, expected: str
) -> None:
    """Given a due date and a start they do not ask for: never overdue, never too early."""
    assert status(state, done_on, due="2024-04-30", recurrence=recurrence) == expected
    if expected == "Thường xuyên":
        assert status(state, done_on, start="2024-12-31", recurrence=recurrence) == expected


@pytest.mark.parametrize(
    ("state", "met", "expected_waits", "expected"),
    [
        # no act yet, or only after A: waits unless work is reported
        (None, None, True, "Chờ văn bản cấp trên"),
        (TODO, None, True, "Chờ văn bản cấp trên"),
        (WAITING, None, True, "Chờ văn bản cấp trên"),
        (WAITING, "2024-06-16", True, "Chờ văn bản cấp trên"),
        (DOING, None, False, "Quá hạn"),
        (DOING, "2024-06-16", False, "Quá hạn"),  # an act of tomorrow does not move the start
        (PAUSED, None, False, "Tạm dừng"),
        (DONE, None, False, "Hoàn thành (thiếu ngày)"),
        # issued by A: starts then
        (None, "2024-06-15", False, "Quá hạn"),
        (WAITING, "2024-03-01", False, "Quá hạn"),
    ],
)
def test_status_of_a_conditional_task(state: str | None, met: str | None, expected_waits: bool, expected: str) -> None:
    assert waits(state, conditional=True, condition_met_on=day(met), as_of=A) is expected_waits
    assert status(state, due="2024-05-31", conditional=True, met=met) == expected
    assert not waits(state, conditional=False, condition_met_on=day(met), as_of=A)


def test_a_met_condition_is_the_start() -> None:
    later = {"due": "2024-12-31", "start": "2024-07-01"}
    assert status(None, **later) == "Chưa đến kỳ"
    assert status(None, **later, conditional=True) == "Chờ văn bản cấp trên"
    assert status(None, **later, conditional=True, met="2024-06-01") == "Trong hạn"
    assert status(DOING, **later, conditional=True) == "Chưa đến kỳ"
    assert status(None, **later, met="2024-06-01") == "Chưa đến kỳ"  # no condition, no other start
    assert status(None, due=None, conditional=True) == "Chờ văn bản cấp trên"
    assert status(None, recurrence="standing", conditional=True) == "Chờ văn bản cấp trên"


@pytest.mark.parametrize(
    ("soon_days", "due", "expected"),
    [(3, "2024-06-18", "Sắp đến hạn"), (3, "2024-06-19", "Trong hạn"), (0, "2024-06-15", "Sắp đến hạn")],
)
def test_soon_is_a_setting(soon_days: int, due: str, expected: str) -> None:
    found = task_status(
        None,
        None,
        due=day(due),
        start=None,
        recurrence="once",
        conditional=False,
        condition_met_on=None,
        as_of=A,
        soon_days=soon_days,
    )
    assert found == expected


@pytest.mark.parametrize("state", ["", "Xong", "hoàn thành"])
def test_an_unknown_state_is_refused(state: str) -> None:
    with pytest.raises(ValueError, match=f"unknown state '{state}'"):
        status(state)


dates = st.none() | st.dates(date(2023, 1, 1), date(2025, 12, 31))


@settings(deadline=None)
@given(
    state=st.sampled_from([None, *STATES]),
    done_on=dates,
    due=dates,
    start=dates,
    recurrence=st.sampled_from(["once", "monthly", "yearly", "two-yearly", "standing", "open", "none"]),
    conditional=st.booleans(),
    met=dates,
)
def test_status_is_always_one_of_the_statuses(
    *,
    state: str | None,
    done_on: date | None,
    due: date | None,
    start: date | None,
    recurrence: str,
    conditional: bool,
    met: date | None,
) -> None:
    found = task_status(
        state,
        done_on,
        due=due,
        start=start,
        recurrence=recurrence,
        conditional=conditional,
        condition_met_on=met,
        as_of=A,
    )
    assert found in STATUSES
    assert found.startswith("Hoàn thành") is (state == DONE)
    assert (found == "Tạm dừng") is (state == PAUSED)
    if found == "Quá hạn":
        assert due is not None
        assert due < A
        assert recurrence not in {"standing", "open"}


@pytest.mark.parametrize(
    ("recurrence", "expected"),
    [
        ("once", False),
        ("none", False),
        ("monthly", True),
        ("quarterly", True),
        ("half-yearly", True),
        ("yearly", True),
        ("two-yearly", True),
        ("standing", True),
        ("open", True),
    ],
)
def test_recurs(recurrence: str, expected: bool) -> None:
    assert recurs(recurrence) is expected


MAY = date(2023, 5, 1)


@pytest.mark.parametrize(
    ("reports", "recurrence", "expected"),
    [
        ([], "once", (None, None)),
        ([(None, None)], "once", (None, None)),
        ([(DOING, None)], "once", (DOING, None)),
        # completed before stays completed
        ([(DONE, MAY), (None, None)], "once", (DONE, MAY)),
        ([(DONE, MAY), (None, None), (None, None)], "none", (DONE, MAY)),
        ([(DONE, None), (None, None)], "once", (DONE, None)),
        # until a later copy says otherwise, this period's or one between
        ([(DONE, MAY), (DOING, None)], "once", (DOING, None)),
        ([(DONE, MAY), (DOING, None), (None, None)], "once", (None, None)),
        ([(DOING, None), (DONE, MAY), (None, None)], "once", (DONE, MAY)),
        # any other state is of its own period
        ([(DOING, None), (None, None)], "once", (None, None)),
        ([(PAUSED, None), (None, None)], "once", (None, None)),
        # a recurring task starts anew
        ([(DONE, MAY), (None, None)], "yearly", (None, None)),
        ([(DONE, MAY), (None, None)], "standing", (None, None)),
        ([(DONE, MAY), (DONE, A)], "yearly", (DONE, A)),
    ],
)
def test_state_in_force(
    reports: list[tuple[str | None, date | None]],
    recurrence: str,
    expected: tuple[str | None, date | None],
) -> None:
    assert state_in_force(reports, recurrence) == expected


# --- all tasks (section 6)


def test_statuses_worst_first() -> None:
    assert STATUSES == (
        "Quá hạn",
        "Sắp đến hạn",
        "Trong hạn",
        "Chưa đến kỳ",
        "Chờ văn bản cấp trên",
        "Tạm dừng",
        "Không có thời hạn",
        "Thường xuyên",
        "Hoàn thành quá hạn",
        "Hoàn thành (thiếu ngày)",
        "Hoàn thành đúng hạn",
        "Hoàn thành",
    )


def test_worst_of_the_leads() -> None:
    for index, better in enumerate(STATUSES):
        for worse in STATUSES[: index + 1]:
            assert worst([better, worse, better]) == worse
    assert worst(iter(["Hoàn thành", "Trong hạn"])) == "Trong hạn"
    with pytest.raises(ValueError, match="empty"):
        worst([])


PAST, TODAY, FUTURE = date(2024, 6, 14), A, date(2024, 6, 16)

TASKS = (
    TaskProgress("1", "Hoàn thành đúng hạn", PAST, "once"),
    TaskProgress("2", "Hoàn thành quá hạn", TODAY, "yearly"),
    TaskProgress("3", "Hoàn thành (thiếu ngày)", FUTURE, "once"),
    TaskProgress("4", "Hoàn thành", None, "none"),
    TaskProgress("5", "Quá hạn", PAST, "once"),
    TaskProgress("6", "Sắp đến hạn", TODAY, "once"),
    TaskProgress("7", "Trong hạn", date(2024, 12, 31), "once"),
    TaskProgress("8", "Chưa đến kỳ", PAST, "once"),
    TaskProgress("9", "Chờ văn bản cấp trên", PAST, "once"),
    TaskProgress("10", "Chờ văn bản cấp trên", TODAY, "once"),
    TaskProgress("11", "Chờ văn bản cấp trên", None, "none"),
    TaskProgress("12", "Tạm dừng", PAST, "once"),
    TaskProgress("13", "Không có thời hạn", None, "none"),
    TaskProgress("14", "Thường xuyên", None, "standing"),
    TaskProgress("15", "Hoàn thành", None, "open"),
)


def test_rates() -> None:
    # due: 1, 2, 5, 6, 8; completed of them: 1, 2
    assert completed_of_due(TASKS, A) == Rate(2, 5)
    # the day before, 2 and 6 are not due yet
    assert completed_of_due(TASKS, PAST) == Rate(1, 3)
    # all but 14 and 15; completed of them: 1, 2, 3, 4
    assert completed_of_all(TASKS) == Rate(4, 13)
    # 9; 10 is due on A, 11 has no D
    assert waiting_past_due(TASKS, A) == 1
    assert completed_of_due(iter(TASKS), A) == Rate(2, 5)


def test_count_by_status() -> None:
    assert count_by_status(iter(TASKS)) == {
        "Quá hạn": 1,
        "Sắp đến hạn": 1,
        "Trong hạn": 1,
        "Chưa đến kỳ": 1,
        "Chờ văn bản cấp trên": 3,
        "Tạm dừng": 1,
        "Không có thời hạn": 1,
        "Thường xuyên": 1,
        "Hoàn thành quá hạn": 1,
        "Hoàn thành (thiếu ngày)": 1,
        "Hoàn thành đúng hạn": 1,
        "Hoàn thành": 2,
    }
    assert list(count_by_status([])) == list(STATUSES)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (Rate(0, 0), None),  # of none: null, not 0
        (Rate(0, 4), Decimal(0)),
        (Rate(1, 4), Decimal("0.25")),
        (Rate(2, 3), Decimal("0.6666666666666666666666666667")),
        (Rate(4, 4), Decimal(1)),
    ],
)
def test_rate(rate: Rate, expected: Decimal | None) -> None:
    assert rate.rate == expected


# --- targets (section 8)

# A year of 365 days, 73 of them a fifth: 15/3/2023 is 73 days after 1/1/2023.
START, DUE = date(2023, 1, 1), date(2024, 1, 1)


@pytest.mark.parametrize(
    ("attained", "judged", "start", "due", "as_of", "expected"),
    [
        ("0.15", "Chưa đạt", START, DUE, date(2023, 3, 15), "Đúng tiến độ"),  # 0.2 - 0.05
        ("0.1499", "Chưa đạt", START, DUE, date(2023, 3, 15), "Chậm tiến độ"),
        ("0.15", "Chưa đạt", START, DUE, date(2023, 3, 16), "Chậm tiến độ"),
        ("0.2212328767123287671232876712", "Chưa đạt", START, DUE, date(2023, 4, 10), "Đúng tiến độ"),  # 323 of 1,460
        ("0.95", "Chưa đạt", START, DUE, DUE, "Đúng tiến độ"),
        ("0.94", "Chưa đạt", START, DUE, DUE, "Chậm tiến độ"),
        ("0", "Chưa đạt", START, DUE, START, "Đúng tiến độ"),
        ("-0.05", "Chưa đạt", START, DUE, date(2022, 6, 1), "Đúng tiến độ"),  # nothing elapsed yet
        ("-0.06", "Chưa đạt", START, DUE, date(2022, 6, 1), "Chậm tiến độ"),
        # met, whatever the attainment ("khoảng": 0.9)
        ("0.9", "Đạt", START, DUE, DUE, "Đúng tiến độ"),
        ("0.9", "Đạt", START, DUE, date(2026, 1, 1), "Đúng tiến độ"),
        # missed: the whole time has gone by, and still only the attainment decides
        ("0.94", "Không đạt", START, DUE, date(2026, 1, 2), "Chậm tiến độ"),
        ("0.95", "Không đạt", START, DUE, date(2026, 1, 2), "Đúng tiến độ"),
        ("1", "Không đạt", START, DUE, date(2026, 1, 2), "Đúng tiến độ"),  # "trên", at the bound
        # nothing to tell it by
        (None, "Chưa đạt", START, DUE, START, None),
        (None, "Đạt", START, DUE, START, None),
        ("0.5", "Chưa đạt", None, DUE, START, None),
        ("0.5", "Chưa đạt", START, None, START, None),
        ("0.5", "Chưa đạt", START, START, START, None),
        ("0.5", "Chưa đạt", DUE, START, START, None),
    ],
)
def test_pace(
    *,
    attained: str | None,
    judged: str,
    start: date | None,
    due: date | None,
    as_of: date,
    expected: str | None,
) -> None:
    assert pace(Decimal(attained) if attained else None, judged, start, due, as_of) == expected


FLOOR = Target(
    indicator="Số hợp tác xã hoạt động hiệu quả",
    code="HTX-HQ",
    unit="hợp tác xã",
    operator=">=",
    low=Decimal(80),
    high=None,
    period_text="Đến năm 2025",
    due=date(2025, 12, 31),
    basis="at",
    scope="toàn thành phố",
    each="",
    base=None,
    quote="",
)
PLAN_START, PLAN_END = date(2021, 1, 1), date(2030, 12, 31)
NOTHING = {
    "actual": None,
    "actual_period": None,
    "attainment": None,
    "remark": "",
    "pace": None,
    "forecast": None,
    "cumulative": False,
    "earlier": None,
}


def reported(**by_code: str) -> dict[Period, Decimal]:
    """Read keyword names as period codes: y2024, y2024_H1."""
    return {parse_period(name[1:].replace("_", "-")): Decimal(value) for name, value in by_code.items()}


def measured(
    target: Target,
    nature: str = "stock",
    values: dict[Period, Decimal] | None = None,
    *,
    period: str = "2023",
    as_of: date = date(2024, 1, 5),
    **options: object,
) -> Measure:
    settings_ = {"plan_start": PLAN_START, "plan_end": PLAN_END} | options
    return measure(target, nature, values or {}, period=parse_period(period), as_of=as_of, **settings_)


def test_measure_on_the_way() -> None:
    found = measured(replace(FLOOR, base=Decimal(40)), values=reported(y2022="50", y2023="60"))
    assert found == Measure(
        target=replace(FLOOR, base=Decimal(40)),
        actual=Decimal(60),
        actual_period="2023",
        attainment=Decimal("0.5"),  # (60 - 40) / (80 - 40)
        verdict="Chưa đạt",
        remark="",
        # 1099 of 1825 days since 1/1/2021 have gone: 0.602 - 0.05 > 0.5
        pace="Chậm tiến độ",
        # 10 in the 365 days to 31/12/2023, 731 days more: 60 + 10 × 731/365
        forecast=Decimal("80.02739726027397260273972603"),
        cumulative=False,
        earlier=None,
        due=date(2025, 12, 31),
        due_derived=False,
    )


def test_measure_without_a_value() -> None:
    assert measured(FLOOR) == Measure(
        **NOTHING, target=FLOOR, verdict="Chưa có số liệu", due=date(2025, 12, 31), due_derived=False
    )


def test_measure_after_the_due_date_without_its_value() -> None:
    found = measured(FLOOR, values=reported(y2023="60", y2024="90"), period="2026", as_of=date(2026, 1, 5))
    assert found == Measure(
        **NOTHING
        | {
            "earlier": ("2024", Decimal(90)),  # it would satisfy, but it is not of 2025
            "forecast": Decimal("119.9180327868852459016393443"),  # 90 + 30 × 365/366
        },
        target=FLOOR,
        verdict="Chưa có số liệu",
        due=date(2025, 12, 31),
        due_derived=False,
    )


def test_measure_missed_and_met_after_the_due_date() -> None:
    missed = measured(FLOOR, values=reported(y2025="79"), period="2025", as_of=date(2026, 1, 5))
    assert missed == Measure(
        **NOTHING
        | {
            "actual": Decimal(79),
            "actual_period": "2025",
            "attainment": Decimal("0.9875"),
            "pace": "Đúng tiến độ",
        },
        target=FLOOR,
        verdict="Không đạt",
        due=date(2025, 12, 31),
        due_derived=False,
    )
    met = measured(FLOOR, values=reported(y2025="80"), period="2025", as_of=date(2026, 1, 5))
    assert met == replace(missed, actual=Decimal(80), attainment=Decimal(1), verdict="Đạt", pace="Đúng tiến độ")


@pytest.mark.parametrize(
    ("due", "plan_end", "expected", "derived", "judged"),
    [
        (date(2022, 12, 31), PLAN_END, date(2022, 12, 31), False, "Không đạt"),
        (None, date(2022, 12, 31), date(2022, 12, 31), True, "Không đạt"),
        (None, PLAN_END, PLAN_END, True, "Chưa đạt"),
        (None, None, None, False, "Chưa đạt"),  # never "Không đạt"
    ],
)
def test_due_is_the_plans_end_when_the_text_has_none(
    due: date | None, plan_end: date | None, expected: date | None, *, derived: bool, judged: str
) -> None:
    found = measured(replace(FLOOR, due=due), values=reported(y2022="70"), plan_end=plan_end)
    assert (found.due, found.due_derived, found.verdict) == (expected, derived, judged)


@pytest.mark.parametrize(
    ("operator", "low", "high", "value", "attained", "judged", "note", "expected_pace"),
    [
        (">", "60", None, "60", "1", "Chưa đạt", "(phải vượt)", "Đúng tiến độ"),
        ("about", "60", "60", "54", "0.9", "Đạt", "(khoảng, chấp nhận từ 90 %)", "Đúng tiến độ"),
        ("range", "60", "70", "30", "0.5", "Chưa đạt", "", "Chậm tiến độ"),
        ("=", "60", "60", "90", "1.5", "Đạt", "", "Đúng tiến độ"),
        ("complete", None, None, "100", "1", "Đạt", "", "Đúng tiến độ"),
        ("complete", None, None, "50", "0.5", "Chưa đạt", "", "Chậm tiến độ"),
        # no pace for these
        ("<", None, "10", "9", "1", "Đạt", "", None),
        ("<", None, "10", "10", "1", "Chưa đạt", "(phải dưới)", None),
        ("<=", None, "10", "20", "0.5", "Chưa đạt", "", None),
        ("=0", None, None, "0", "1", "Đạt", "", None),
        ("=0", None, None, "3", None, "Chưa đạt", "", None),
    ],
)
def test_measure_by_operator(
    *,
    operator: str,
    low: str | None,
    high: str | None,
    value: str,
    attained: str | None,
    judged: str,
    note: str,
    expected_pace: str | None,
) -> None:
    target = replace(
        FLOOR,
        operator=operator,
        low=Decimal(low) if low else None,
        high=Decimal(high) if high else None,
    )
    assert measured(target, values=reported(y2023=value)) == Measure(
        **NOTHING
        | {
            "actual": Decimal(value),
            "actual_period": "2023",
            "attainment": Decimal(attained) if attained else None,
            "remark": note,
            "pace": expected_pace,
        },
        target=target,
        verdict=judged,
        due=date(2025, 12, 31),
        due_derived=False,
    )


def test_about_share_reaches_verdict_and_remark() -> None:
    target = replace(FLOOR, operator="about")
    found = measured(target, values=reported(y2023="64"), about_share=Decimal("0.8"))
    assert (found.verdict, found.remark) == ("Đạt", "(khoảng, chấp nhận từ 80 %)")
    members = {"Phường A": reported(y2023="64"), "Phường B": reported(y2023="63")}
    each = replace(target, each="Các phường")
    assert measured(each, about_share=Decimal("0.8"), member_values=members).unsatisfied == ("Phường B",)


@pytest.mark.parametrize(("text_given", "note"), [(True, ""), (False, "(chưa có nội dung báo cáo)")])
def test_measure_of_a_qualitative_target(text_given: bool, note: str) -> None:
    target = replace(FLOOR, operator="qualitative", low=None)
    expected = Measure(
        **NOTHING | {"remark": note},
        target=target,
        verdict="Định tính",
        due=date(2025, 12, 31),
        due_derived=False,
    )
    # numbers there may be by mistake are not judged
    for values in ({}, reported(y2022="5", y2023="6")):
        assert measured(target, values=values, text_given=text_given, as_of=date(2027, 1, 1)) == expected


def test_measure_of_a_flow() -> None:
    found = measured(FLOOR, "flow", reported(y2021="20", y2022="15", y2022_Q1="4", y2023="25"))
    assert found == Measure(
        target=FLOOR,
        actual=Decimal(60),  # 20 + 15 + 25
        actual_period="2023",
        attainment=Decimal("0.75"),
        verdict="Chưa đạt",
        remark="",
        pace="Đúng tiến độ",
        # sums 20, 35, 60 on days -365, 0, 365: mean 115/3, slope (60 - 20)/730 a day, read at day 1096
        forecast=Decimal("98.38812785388127853881278539"),
        cumulative=True,
        earlier=None,
        due=date(2025, 12, 31),
        due_derived=False,
    )


def test_measure_of_a_flow_with_a_gap() -> None:
    short = measured(FLOOR, "flow", reported(y2021="20", y2023="25"))
    assert short == Measure(
        **NOTHING | {"earlier": ("2023", Decimal(45))},
        target=FLOOR,
        verdict="Chưa có số liệu",
        due=date(2025, 12, 31),
        due_derived=False,
        sum_gap_years=(2022,),
    )
    enough = measured(FLOOR, "flow", reported(y2021="20", y2023="60"))
    assert enough == Measure(
        **NOTHING
        | {
            "actual": Decimal(80),
            "actual_period": "2023",
            "attainment": Decimal(1),
            "pace": "Đúng tiến độ",
            "cumulative": True,
        },
        target=FLOOR,
        verdict="Đạt",
        due=date(2025, 12, 31),
        due_derived=False,
        sum_gap_years=(2022,),
    )


YEARLY = replace(FLOOR, basis="yearly", due=None, low=Decimal(30), period_text="Hằng năm")


@pytest.mark.parametrize(
    ("values", "period", "as_of", "expected"),
    [
        (
            reported(y2023="24"),
            "2023",
            date(2023, 12, 20),
            {"actual": Decimal(24), "actual_period": "2023", "attainment": Decimal("0.8"), "verdict": "Chưa đạt"},
        ),
        (
            reported(y2023="24"),
            "2023",
            date(2024, 1, 1),
            {"actual": Decimal(24), "actual_period": "2023", "attainment": Decimal("0.8"), "verdict": "Không đạt"},
        ),
        (
            reported(y2023="30"),
            "2023",
            date(2024, 1, 1),
            {"actual": Decimal(30), "actual_period": "2023", "attainment": Decimal(1), "verdict": "Đạt"},
        ),
        # part of the year: not final, even after it
        (
            reported(y2023_H1="24"),
            "2023",
            date(2024, 1, 1),
            {
                "actual": Decimal(24),
                "actual_period": "2023-H1",
                "attainment": Decimal("0.8"),
                "verdict": "Chưa đạt",
                "cumulative": True,
                "part_year": True,
            },
        ),
        (
            reported(y2023_H1="33"),
            "2023-H1",
            date(2023, 7, 1),
            {
                "actual": Decimal(33),
                "actual_period": "2023-H1",
                "attainment": Decimal("1.1"),
                "verdict": "Đạt",
                "cumulative": True,
                "part_year": True,
            },
        ),
        # the year before has no say in the verdict; two years before make a line: 20 + 10 × 365/365
        (
            reported(y2021="10", y2022="20"),
            "2023",
            date(2024, 1, 1),
            {"verdict": "Chưa có số liệu", "forecast": Decimal(30)},
        ),
    ],
)
def test_measure_of_a_yearly_target(
    values: dict[Period, Decimal], period: str, as_of: date, expected: dict[str, object]
) -> None:
    found = measured(YEARLY, "flow", values, period=period, as_of=as_of)
    due = {"due": date(2023, 12, 31), "due_derived": False}  # 31/12 of the period's year, no plan's end
    assert found == Measure(**NOTHING | due | expected, target=YEARLY)  # and no pace


def test_a_yearly_target_is_due_in_the_year_reported_on() -> None:
    for period, year in (("2022-Q2", 2022), ("2024-12", 2024), ("2021/2025", 2025)):
        assert measured(replace(YEARLY, due=date(2030, 12, 31)), period=period).due == date(year, 12, 31)


AVERAGE = replace(FLOOR, basis="average", due=None, operator="range", low=Decimal("6.5"), high=Decimal(7))


def test_measure_of_an_average() -> None:
    found = measured(AVERAGE, "growth", reported(y2021="0", y2022="21"), period="2022")
    assert found == Measure(
        **NOTHING
        | {
            "actual": Decimal(10),  # √1.21 = 1.1
            "actual_period": "2021/2022",
            "attainment": Decimal("1.538461538461538461538461538"),  # 10 / 6.5
        },
        target=AVERAGE,
        verdict="Đạt",
        due=PLAN_END,
        due_derived=True,
    )
    gap = measured(AVERAGE, "growth", reported(y2021="0", y2023="21"))
    assert gap == Measure(
        **NOTHING,
        target=AVERAGE,
        verdict="Chưa có số liệu",
        due=PLAN_END,
        due_derived=True,
        gap_years=(2022,),
    )


EACH = replace(FLOOR, each="Các xã, phường", operator="range", low=Decimal(1), high=Decimal(2))
MEMBERS = {
    "Phường A": reported(y2022="0", y2023="1"),
    "Phường B": reported(y2022="2"),  # its latest
    "Phường C": reported(y2023="0"),
    "Xã D": {},
}


def test_measure_for_each_member() -> None:
    # an own value of the whole is not asked for
    found = measured(EACH, values=reported(y2022="9", y2023="9"), member_values=MEMBERS)
    assert found == Measure(
        **NOTHING
        | {
            "actual": Decimal(2),
            "actual_period": "2023",
            "attainment": Decimal("0.5"),  # 2 of 4
            "pace": "Chậm tiến độ",
        },
        target=EACH,
        verdict="Chưa đạt",
        due=date(2025, 12, 31),
        due_derived=False,
        unsatisfied=("Phường C", "Xã D"),
    )


def test_measure_for_each_member_all_and_none() -> None:
    both = {name: MEMBERS[name] for name in ("Phường A", "Phường B")}
    found = measured(EACH, member_values=both)
    assert (found.actual, found.attainment, found.verdict, found.unsatisfied) == (2, 1, "Đạt", ())
    failed = {"Phường C": MEMBERS["Phường C"], "Phường A": MEMBERS["Phường C"]}
    found = measured(EACH, member_values=failed)
    assert (found.actual, found.attainment, found.verdict) == (0, 0, "Chưa đạt")
    # nothing from anybody; no members known
    for nobody in ({"Xã D": {}, "Xã E": {}}, {}, None):
        found = measured(EACH, member_values=nobody)
        assert (found.actual, found.attainment, found.verdict) == (None, None, "Chưa có số liệu")
        assert found.unsatisfied == tuple(nobody or ())


def test_measure_for_each_member_after_the_due_date() -> None:
    target = replace(EACH, due=date(2023, 12, 31))
    found = measured(target, member_values=MEMBERS)
    # B's value is not of 2023
    assert (found.actual, found.verdict, found.pace) == (1, "Không đạt", "Chậm tiến độ")
    assert found.unsatisfied == ("Phường B", "Phường C", "Xã D")


def test_the_base_of_a_target_is_not_a_count_of_members() -> None:
    assert measured(replace(EACH, base=Decimal("0.5")), member_values=MEMBERS).attainment == Decimal("0.5")


def test_a_ceiling_for_each_member_has_no_pace() -> None:
    target = replace(EACH, operator="<=", low=None, high=Decimal(1))
    found = measured(target, member_values=MEMBERS)
    assert (found.actual, found.attainment, found.verdict, found.pace) == (2, Decimal("0.5"), "Chưa đạt", None)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        # all that fail have but half a year
        ({"A": reported(y2023="30"), "B": reported(y2023_H1="24")}, "Chưa đạt"),
        # one failed the whole year, or sent nothing: it is over
        ({"A": reported(y2023="29"), "B": reported(y2023_H1="24")}, "Không đạt"),
        ({"A": {}, "B": reported(y2023_H1="24")}, "Không đạt"),
        ({"A": reported(y2023="30"), "B": reported(y2023_H1="31")}, "Đạt"),
    ],
)
def test_a_yearly_target_for_each_member(members: dict[str, dict[Period, Decimal]], expected: str) -> None:
    target = replace(YEARLY, each="Các xã, phường")
    assert measured(target, "flow", member_values=members).verdict == expected


@settings(deadline=None, max_examples=60)
@given(
    operator=st.sampled_from(sorted(OPERATOR_WORDS)),
    basis=st.sampled_from(["at", "yearly", "average"]),
    nature=st.sampled_from(["stock", "flow", "ratio", "growth"]),
    values=st.dictionaries(
        st.sampled_from([f"{year}{part}" for year in (2020, 2021, 2022, 2023) for part in ("", "-H1", "-Q4", "-9M")]),
        st.decimals(min_value=-200, max_value=200, places=1),
    ),
    as_of=st.dates(date(2021, 1, 1), date(2024, 12, 31)),
)
def test_measure_holds_together(
    *, operator: str, basis: str, nature: str, values: dict[str, Decimal], as_of: date
) -> None:
    """A value and its period come together, without them there is no attainment, and what is judged has a value."""
    target = replace(FLOOR, operator=operator, basis=basis, low=Decimal(5), high=Decimal(5), due=date(2023, 12, 31))
    by_period = {parse_period(code): value for code, value in values.items()}
    found = measured(target, nature, by_period, as_of=as_of)
    assert (found.actual is None) is (found.actual_period is None)
    assert (found.actual is None) is (found.verdict in {"Chưa có số liệu", "Định tính"})
    assert found.actual is not None or (found.attainment, found.pace, found.cumulative) == (None, None, False)
