"""Where the tasks and targets of a plan stand on a day: the status of each task, the value of each target.

"Today" is always the argument as_of (A in the contract), D is a due date. Which value a target is judged by, and how
the two compare, is in attainment.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kttt_xl.attainment import (
    ABOUT_SHARE,
    MET,
    Case,
    Reading,
    attainment,
    choose_value,
    forecast,
    remark,
    satisfied,
    verdict,
)
from kttt_xl.model import STATES, Target
from kttt_xl.period import Period

# --- tasks (contract, sections 6 and 7)

OVERDUE, DUE_SOON, IN_TIME, NOT_STARTED = "Quá hạn", "Sắp đến hạn", "Trong hạn", "Chưa đến kỳ"
WAITING, PAUSED = "Chờ văn bản cấp trên", "Tạm dừng"
NO_DUE_DATE, STANDING = "Không có thời hạn", "Thường xuyên"
DONE_LATE, DONE_UNDATED = "Hoàn thành quá hạn", "Hoàn thành (thiếu ngày)"
DONE_IN_TIME, DONE = "Hoàn thành đúng hạn", "Hoàn thành"

# Worst first: a task led by several agencies stands where the worst of them does.
STATUSES = (
    OVERDUE,
    DUE_SOON,
    IN_TIME,
    NOT_STARTED,
    WAITING,
    PAUSED,
    NO_DUE_DATE,
    STANDING,
    DONE_LATE,
    DONE_UNDATED,
    DONE_IN_TIME,
    DONE,
)

_COMPLETED = frozenset({DONE_LATE, DONE_UNDATED, DONE_IN_TIME, DONE})
ENDLESS = frozenset({"standing", "open"})  # recurrences without a day that a task could be overdue after


def waits(state: str | None, *, conditional: bool, condition_met_on: date | None, as_of: date) -> bool:
    """Say whether a task still waits for an outside act: the act is not there, and no work is reported.

    `Chờ văn bản cấp trên` reported where this is false is the finding waiting-not-conditional. Source: contract
    section 7, rule 2.
    """
    unmet = conditional and (condition_met_on is None or condition_met_on > as_of)
    return unmet and state in {None, "Chưa thực hiện", WAITING}


def task_status(
    state: str | None,
    done_on: date | None,
    *,
    due: date | None,
    start: date | None,
    recurrence: str,
    conditional: bool,
    condition_met_on: date | None,
    as_of: date,
    soon_days: int = 30,
) -> str:
    """Return the status (Tình trạng, one of STATUSES) of a task for one lead: the first rule that fits.

    state is one of model.STATES as reported, None when it was not reported; due is D in the period reported on
    (period.due_in). ValueError for another state. Source: contract section 7.
    """
    if state is not None and state not in STATES:
        raise ValueError(f"unknown state {state!r}")
    if state == DONE:
        if done_on is None:
            return DONE_UNDATED
        if due is None:
            return DONE
        return DONE_IN_TIME if done_on <= due else DONE_LATE
    if state == PAUSED:
        return PAUSED
    if waits(state, conditional=conditional, condition_met_on=condition_met_on, as_of=as_of):
        return WAITING
    if conditional and condition_met_on is not None and condition_met_on <= as_of:
        start = condition_met_on
    if recurrence in ENDLESS:
        return STANDING
    if due is None:
        return NO_DUE_DATE
    if start is not None and as_of < start:
        return NOT_STARTED
    if as_of > due:
        return OVERDUE
    return DUE_SOON if (due - as_of).days <= soon_days else IN_TIME


def recurs(recurrence: str) -> bool:
    """Say whether a task is reported anew each period, so that one completed report does not settle it.

    True for the cycles and for standing and open tasks. Source: contract sections 4 and 7.
    """
    return recurrence not in {"once", "none"}


def state_in_force(
    reports: Sequence[tuple[str | None, date | None]], recurrence: str
) -> tuple[str | None, date | None]:
    """Return the state and done date that count now, of one task and lead; reports has one pair per period.

    Oldest first, the period reported on last, (None, None) where nothing was reported. A non-recurring task
    accepted as completed stays so until a later report says otherwise. Source: contract section 7.
    """
    if not reports:
        return None, None
    if reports[-1][0] is None and not recurs(recurrence):
        for state, done_on in reversed(reports):
            if state is not None:
                return (state, done_on) if state == DONE else (None, None)
    return reports[-1]


def worst(statuses: Iterable[str]) -> str:
    """Return the worst of the statuses of a task's leads; ValueError when there are none. Contract section 6."""
    return min(statuses, key=STATUSES.index)


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """A plan task as it is counted: the status of its lead or worst of its leads, D, and its recurrence."""

    id: str
    status: str
    due: date | None
    recurrence: str


@dataclass(frozen=True, slots=True)
class Rate:
    """So many done of so many."""

    done: int
    of: int

    @property
    def rate(self) -> Decimal | None:
        """The share done, 0 to 1; None of none."""
        return Decimal(self.done) / self.of if self.of else None


def count_by_status(tasks: Iterable[TaskProgress]) -> dict[str, int]:
    """Return how many tasks have each status, worst first, zeros included: they add up to the tasks."""
    counts = dict.fromkeys(STATUSES, 0)
    for task in tasks:
        counts[task.status] += 1
    return counts


def completed_of_due(tasks: Iterable[TaskProgress], as_of: date) -> Rate:
    """Return how many tasks are completed of those with D ≤ A that do not wait and are not paused.

    Source: contract section 6; the rate that Báo cáo 1270/BC-TCTTTg gives (domain section 4).
    """
    return _completed(
        task for task in tasks if task.due is not None and task.due <= as_of and task.status not in {WAITING, PAUSED}
    )


def completed_of_all(tasks: Iterable[TaskProgress]) -> Rate:
    """Return how many tasks are completed of all but the standing and open ones. Source: contract section 6."""
    return _completed(task for task in tasks if task.recurrence not in ENDLESS)


def waiting_past_due(tasks: Iterable[TaskProgress], as_of: date) -> int:
    """Return how many tasks wait although D < A, a line of its own on `Tổng quan`. Source: contract section 7."""
    return sum(task.status == WAITING and task.due is not None and task.due < as_of for task in tasks)


def _completed(tasks: Iterable[TaskProgress]) -> Rate:
    counted = [task.status in _COMPLETED for task in tasks]
    return Rate(sum(counted), len(counted))


# --- targets (contract, section 8)

ON_PACE, BEHIND = "Đúng tiến độ", "Chậm tiến độ"
PACE_TOLERANCE = Decimal("0.05")
# Days: 323 of 1,460 plus 0.05 is exactly 99 of 365 days, and no division says so, decimal or binary.
PACE_SLACK = Decimal("0.000000001")

_NO_PACE = frozenset({"=0", "<", "<=", "qualitative"})


def has_pace(target: Target) -> bool:
    """Say whether a target is one to keep pace with. Source: contract section 8."""
    return target.basis == "at" and target.operator not in _NO_PACE


def pace(attained: Decimal | None, judged: str, start: date | None, due: date | None, as_of: date) -> str | None:
    """Say whether a target keeps up with the time gone by between start and due; None when that cannot be told.

    It does when it is met, or its attainment is at most 0.05 below the elapsed share of the time, which is
    1 from the due date on. Source: contract section 8.
    """
    if attained is None or start is None or due is None or due <= start:
        return None
    if judged == MET:
        return ON_PACE
    whole = (due - start).days
    elapsed = min(max((as_of - start).days, 0), whole)
    return ON_PACE if (attained + PACE_TOLERANCE) * whole + PACE_SLACK >= elapsed else BEHIND


@dataclass(frozen=True, slots=True)
class Measure:
    """One target measured.

    actual is v with the code of its period (None: nothing to judge by); earlier is a value, with its period's
    code, that is shown but not judged by. cumulative says lũy kế: part of a year for a yearly target, the sum from
    the plan's start for a flow. due_derived: the text has no due date, due is the plan's end. gap_years are the
    years that leave an average growth untold (growth-gap), sum_gap_years those that a sum of a flow lacks, whole
    or in part; unsatisfied the members that a target set for each of a group does not find satisfied. part_year: not
    reaching the target is not final, since actual is of part of the year.
    """

    target: Target
    actual: Decimal | None
    actual_period: str | None
    attainment: Decimal | None
    verdict: str
    remark: str
    pace: str | None
    forecast: Decimal | None
    cumulative: bool
    earlier: tuple[str, Decimal] | None
    due: date | None
    due_derived: bool
    gap_years: tuple[int, ...] = ()
    unsatisfied: tuple[str, ...] = ()
    sum_gap_years: tuple[int, ...] = ()
    part_year: bool = False


def measure(
    target: Target,
    nature: str,
    values: Mapping[Period, Decimal],
    *,
    plan_start: date | None,
    plan_end: date | None,
    period: Period,
    as_of: date,
    about_share: Decimal = ABOUT_SHARE,
    text_given: bool = False,
    member_values: Mapping[str, Mapping[Period, Decimal]] | None = None,
) -> Measure:
    """Measure a target by the values of its indicator, all periods up to the one reported on, percents as percent.

    nature is the indicator's. text_given: a qualitative target has had its text. member_values: for a target set
    for each member of a group, every member's own values, empty for one without. Source: contract section 8.
    """
    yearly = target.basis == "yearly"
    due = date(period.year, 12, 31) if yearly else target.due or plan_end
    case = Case(target, nature, plan_start, due, period, as_of, about_share)
    operator, low, high, base = target.operator, target.low, target.high, target.base
    unsatisfied: tuple[str, ...] = ()
    if operator == "qualitative":
        reading = Reading()
        note = "" if text_given else "(chưa có nội dung báo cáo)"
    elif target.each:
        reading, unsatisfied = _count_members(case, member_values or {})
        operator, low, high, base = ">=", Decimal(len(member_values or {})), None, None
        note = ""
    else:
        reading = choose_value(case, values)
        note = remark(reading.value, operator, low, high, about_share)
    attained = attainment(reading.value, operator, low, high, base)
    judged = verdict(
        reading.value,
        operator,
        low,
        high,
        due=due,
        as_of=as_of,
        about_share=about_share,
        part_year=reading.part_year,
    )
    return Measure(
        target=target,
        actual=reading.value,
        actual_period=reading.period.code if reading.period else None,
        attainment=attained,
        verdict=judged,
        remark=note,
        pace=pace(attained, judged, plan_start, due, as_of) if has_pace(target) else None,
        forecast=forecast(reading.trend, due) if due else None,
        cumulative=reading.cumulative,
        earlier=reading.earlier,
        due=due,
        due_derived=not yearly and target.due is None and due is not None,
        gap_years=reading.gap_years,
        unsatisfied=unsatisfied,
        sum_gap_years=reading.sum_gap_years,
        part_year=reading.part_year,
    )


def _count_members(
    case: Case, member_values: Mapping[str, Mapping[Period, Decimal]]
) -> tuple[Reading, tuple[str, ...]]:
    """Count the members that satisfy the target by their own values; return those that do not as well.

    Without a value from any of them there is nothing to count. The count is open while all that fail have but
    part of a year.
    """
    target = case.target
    readings = {name: choose_value(case, values) for name, values in member_values.items()}
    unsatisfied = tuple(
        name
        for name, reading in readings.items()
        if not satisfied(reading.value, target.operator, target.low, target.high, case.about_share)
    )
    periods = [reading.period for reading in readings.values() if reading.period]
    if not periods:
        return Reading(), unsatisfied
    return Reading(
        Decimal(len(readings) - len(unsatisfied)),
        max(periods),
        part_year=all(readings[name].part_year for name in unsatisfied),
    ), unsatisfied
