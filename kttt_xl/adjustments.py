"""A plan as documents have changed it by a day (điều chỉnh): who measures or issues asks for the plan of that day.

The rows of the plan stay as they were issued, so that a copy sent before a change is still one of this plan. Source:
contract section 7, last paragraph, and section 8.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from kttt_xl.assignments import leads
from kttt_xl.cells import fold, show_date, show_number
from kttt_xl.errors import PlanError
from kttt_xl.model import (
    AMENDMENT,
    EXTENSION,
    REASSIGNMENT,
    TARGET,
    TASK,
    WITHDRAWAL,
    Adjustment,
    Extension,
    Plan,
    Target,
    Task,
)
from kttt_xl.period import FIRST_YEAR, LAST_YEAR, Period, due_in, parse_period

# Which kinds there are for a task and for a target.
KINDS_OF = MappingProxyType({TASK: (EXTENSION, WITHDRAWAL, REASSIGNMENT), TARGET: (EXTENSION, WITHDRAWAL, AMENDMENT)})

_ENDLESS = frozenset({"standing", "open"})
_NO_NUMBER = frozenset({"=0", "complete", "qualitative"})
# How the period that a day lies in is coded, by how often a task recurs.
_CYCLES = MappingProxyType(
    {
        "monthly": "{year}-{month:02}",
        "quarterly": "{year}-Q{quarter}",
        "half-yearly": "{year}-H{half}",
        "yearly": "{year}",
        "two-yearly": "{year}",
    }
)
_State = TypeVar("_State", bound=tuple[Period, str | None, date | None])


class Obstacle(NamedTuple):
    """Why an adjustment does not fit the plan of its day: which of its fields, and what is expected there."""

    field: str
    expected: str


class _Step(NamedTuple):
    item: Adjustment
    before: Plan
    after: Plan


def in_force(plan: Plan, on: date) -> Plan:
    """Return the plan as the adjustments valid on the day leave it; those valid later stay with it.

    They apply in the order of their days, those of one day in the order of their rows, so that the last one counts.
    PlanError for one that does not fit the plan of its day; loading a plan refuses it.
    """
    if not plan.adjustments:
        return plan
    now = plan
    for step in _steps(plan, on):
        now = step.after
    return replace(now, adjustments=tuple(item for item in plan.adjustments if item.valid_from > on))


def withdrawals(plan: Plan, on: date) -> tuple[Adjustment, ...]:
    """Return the adjustments by which a whole task or target is out of the plan on the day, in the order they apply."""
    return tuple(
        item
        for item, before, after in _steps(plan, on)
        if len(after.tasks) < len(before.tasks) or len(after.targets) < len(before.targets)
    )


def inherited(
    plan: Plan, on: date, states: Mapping[tuple[str, str], tuple[_State, ...]]
) -> dict[tuple[str, str], tuple[_State, ...]]:
    """Return what was reported of tasks, by (task id, agency), a new lead having what the one it replaced reported.

    That is of periods that had ended when the change came into force; what the new lead itself said of a period comes
    first. So a task completed before it was given to another agency stays completed (contract, section 7). Who replaces
    several leads, or leads already, has nothing of theirs: what one of them completed is not all of it.
    """
    found = dict(states)
    for item, before, after in _steps(plan, on):
        if item.kind != REASSIGNMENT:
            continue
        was, now = (leads(each, _task(each, item.key)) for each in (before, after))
        gone = [name for name in was if name not in now]
        if len(gone) != 1:
            continue
        old = [state for state in found.get((item.key, gone[0]), ()) if state[0].end < item.valid_from]
        for name in (name for name in now if name not in was):
            own = found.get((item.key, name), ())
            said = {period for period, state, _ in own if state is not None}
            passed = tuple(state for state in old if state[0] not in said)
            if passed:
                periods = {state[0] for state in passed}
                found[item.key, name] = (*(state for state in own if state[0] not in periods), *passed)
    return found


def words(item: Adjustment, was: str = "") -> str:
    """Return what an adjustment does, and by which document; was is the due date or bound it replaces, if it is told.

    "gia hạn cho Xã B đến 30/9/2024 theo CV 1"; its task or target is not named.
    """
    told: Mapping[str, tuple[tuple[str, str], ...]] = {
        EXTENSION: ((" cho ", item.agency), (" kỳ hạn ", was), (" đến ", _shown(item.value))),
        WITHDRAWAL: ((" phần của ", item.agency),),
        REASSIGNMENT: ((" từ ", item.agency), (" cho ", _shown(item.value))),
        AMENDMENT: ((" từ ", was), (" thành ", _shown(item.value))),
    }
    parts = "".join(f"{word}{text}" for word, text in told[item.kind] if text)
    return f"{item.kind}{parts} theo {item.document}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " – ".join(map(show_number, value))
    if isinstance(value, Decimal):
        return show_number(value)
    return show_date(value) if isinstance(value, date) else str(value)


# --- one adjustment after another


def in_order(items: Iterable[Adjustment]) -> list[Adjustment]:
    """Return adjustments in the order they apply: by day, then by row."""
    return sorted(items, key=lambda item: item.valid_from)


def _steps(plan: Plan, on: date) -> Iterator[_Step]:
    now = plan
    for item in in_order(plan.adjustments):
        if item.valid_from > on:
            return
        found = obstacle(now, item)
        if found:
            raise PlanError(f"Điều chỉnh {item.subject} «{item.key}» ({words(item)}): cần {found.expected}.")
        before, now = now, applied(now, item)
        yield _Step(item, before, now)


def obstacle(plan: Plan, item: Adjustment) -> Obstacle | None:
    """Return why an adjustment does not fit the plan as it stands, if it does not: a guess would be a wrong number."""
    if item.kind not in KINDS_OF[item.subject]:
        return Obstacle("kind", "; ".join(KINDS_OF[item.subject]))
    if item.subject == TARGET:
        return _target_obstacle(plan, item)
    task = next((task for task in plan.tasks if task.id == item.key), None)
    if task is None:
        return Obstacle("key", "nhiệm vụ của kế hoạch, chưa rút")
    leading = leads(plan, task)
    if item.agency and not _those(plan, item.agency) <= set(leading):
        return Obstacle("agency", f"cơ quan chủ trì nhiệm vụ {task.id}: {'; '.join(leading)}")
    if item.kind == EXTENSION and task.deadline.recurrence in _ENDLESS:
        return Obstacle("kind", "rút hoặc giao lại, vì nhiệm vụ thường xuyên không có thời hạn")
    if item.kind == EXTENSION and task.deadline.recurrence in _CYCLES and not _cycle_of(plan, task, item):
        return Obstacle("value", "ngày sau một kỳ hạn đã đến hoặc kỳ hạn sắp tới, không quá kỳ hạn kế tiếp")
    if item.kind == REASSIGNMENT and set(leads(plan, _reassigned(plan, task, item))) == set(leading):
        return Obstacle("value", f"cơ quan khác cơ quan đang chủ trì: {'; '.join(leading)}")
    return None


def _target_obstacle(plan: Plan, item: Adjustment) -> Obstacle | None:
    meant = [target for target in plan.targets if _is_meant(item, target)]
    if item.agency:
        return Obstacle("agency", "để trống, vì chỉ tiêu không có cơ quan chủ trì")
    if not meant:
        return Obstacle("key", "chỉ tiêu của kế hoạch, chưa rút")
    if len(meant) > 1:
        return Obstacle("period_text", f"một trong: {'; '.join(target.period_text for target in meant)}")
    [target] = meant
    if item.kind == EXTENSION and target.basis == "yearly":
        return Obstacle("kind", "rút hoặc sửa chỉ tiêu, vì chỉ tiêu hằng năm không có ngày phải đạt")
    if item.kind == AMENDMENT and target.operator in _NO_NUMBER:
        return Obstacle("kind", "gia hạn hoặc rút, vì chỉ tiêu này không so sánh với một con số")
    if item.kind == AMENDMENT and (target.operator == "range") != isinstance(item.value, tuple):
        return Obstacle("value", "hai số cách nhau bằng dấu |" if target.operator == "range" else "một số")
    return None


def applied(plan: Plan, item: Adjustment) -> Plan:
    """Return the plan with one adjustment that nothing stands in the way of (see obstacle)."""
    if item.subject == TARGET:
        targets = ((target, _changed_target(target, item) if _is_meant(item, target) else target)
                   for target in plan.targets)  # fmt: skip
        return replace(plan, targets=tuple(after for _, after in targets if after))
    tasks = (_changed_task(plan, task, item) if task.id == item.key else task for task in plan.tasks)
    return replace(plan, tasks=tuple(task for task in tasks if task))


# --- tasks


def _task(plan: Plan, key: str) -> Task:
    return next(task for task in plan.tasks if task.id == key)


def _those(plan: Plan, name: str) -> set[str]:
    """Return the agencies that a name stands for; an unresolved group stands for itself (see assignments.leads)."""
    return set(plan.members(name) or (name,))


def _changed_task(plan: Plan, task: Task, item: Adjustment) -> Task | None:
    """Return a task after an adjustment; None when it is withdrawn."""
    if item.kind == EXTENSION:
        cycle = _cycle_of(plan, task, item)
        changed = words(item, show_date(cycle) if cycle else "")
        return replace(_extended(plan, task, item, cycle), change=_and(task.change, changed))
    if item.kind == REASSIGNMENT:
        return replace(_reassigned(plan, task, item), change=_and(task.change, words(item)))
    left = _leads_without(plan, task, _those(plan, item.agency)) if item.agency else ()
    return replace(_led_by(plan, task, left), change=_and(task.change, words(item))) if left else None


def _led_by(plan: Plan, task: Task, lead: tuple[str, ...]) -> Task:
    """Return a task with other leads, remembering which agencies do not lead it any more."""
    after = replace(task, lead=lead, lead_text="; ".join(lead))
    now = leads(plan, after)
    were = dict.fromkeys((*task.former_leads, *leads(plan, task)))
    return replace(after, former_leads=tuple(name for name in were if name not in now))


def _and(change: str, more: str) -> str:
    return f"{change}; {more}" if change else more


def _extended(plan: Plan, task: Task, item: Adjustment, cycle: date | None) -> Task:
    """Return a task with its due date set: for all leads in its deadline, else among its extensions."""
    if not isinstance(item.value, date):
        raise TypeError("an extension needs a date")
    if cycle is None and not item.agency:
        # What was set before for a single lead is superseded with it.
        return replace(task, deadline=replace(task.deadline, due=item.value), extensions=())
    whose = [name for name in leads(plan, task) if name in _those(plan, item.agency)] if item.agency else [""]
    more = (Extension(name, cycle, item.value) for name in whose)
    return replace(task, extensions=(*task.extensions, *more))


def _cycle_of(plan: Plan, task: Task, item: Adjustment) -> date | None:
    """Return the due date of a recurring task that an extension replaces: the last one before the new date.

    It is that of the cycle running when the document came into force, or of one that had ended; a new date so far
    ahead that it would replace a later one gives None, and so does a task that does not recur.
    """
    if task.deadline.recurrence not in _CYCLES or not isinstance(item.value, date):
        return None
    due = _due_before(plan, task, item.value)
    earlier = _due_before(plan, task, due) if due else None
    return due if earlier is None or earlier < item.valid_from else None


def _due_before(plan: Plan, task: Task, day: date) -> date | None:
    """Return the last due date of a recurring task before a day, as the plan words it; None when there is none."""
    if not FIRST_YEAR + 4 <= day.year <= LAST_YEAR:
        return None
    parts = {"year": day.year, "month": day.month, "quarter": (day.month + 2) // 3, "half": (day.month + 5) // 6}
    period = parse_period(_CYCLES[task.deadline.recurrence].format_map(parts))
    for _ in range(4):  # a cycle of two years is met in two years
        due = due_in(task.deadline, period, before_includes_day=plan.settings.before_includes_day)
        if due is None or due < day:
            return due
        period = period.previous()
    return None


def _reassigned(plan: Plan, task: Task, item: Adjustment) -> Task:
    """Return a task with one lead, or all of them, replaced; the new lead has the due date set for the old one alone.

    An agency that coordinates already leads from then on (assignments.task_assignments has it once, as lead).
    """
    leading = leads(plan, task)
    gone = _those(plan, item.agency) if item.agency else set(leading)
    new = str(item.value)
    lead = _leads_without(plan, task, gone, new)
    own = [tuple((each.was, each.due) for each in task.extensions if each.agency == name) for name in sorted(gone)]
    alike = own[0] if len(set(own)) == 1 else ()
    fresh = [name for name in leads(plan, replace(task, lead=lead)) if name not in leading]
    extensions = (
        *(each for each in task.extensions if each.agency not in gone),
        *(Extension(name, was, due) for name in fresh for was, due in alike),
    )
    return replace(_led_by(plan, task, lead), extensions=extensions)


def _leads_without(plan: Plan, task: Task, gone: set[str], new: str = "") -> tuple[str, ...]:
    """Return a task's leads with new instead of those gone; a group that loses some of its members is the others."""
    found: list[str] = []
    for name in task.lead:
        members = plan.members(name) or (name,)
        if gone.isdisjoint(members):
            found.append(name)
            continue
        found += [new] * bool(new)
        found += (member for member in members if member not in gone)
    return tuple(dict.fromkeys(found))


# --- targets


def _is_meant(item: Adjustment, target: Target) -> bool:
    return target.code == item.key and fold(item.period_text) in {"", fold(target.period_text)}


def _changed_target(target: Target, item: Adjustment) -> Target | None:
    """Return a target after an adjustment; None when it is withdrawn."""
    was = ""
    if item.kind == WITHDRAWAL:
        return None
    if isinstance(item.value, date):
        target = replace(target, due=item.value)
    elif isinstance(item.value, tuple):
        was = " – ".join(show_number(bound) for bound in (target.low, target.high) if bound is not None)
        target = replace(target, low=item.value[0], high=item.value[1])
    elif isinstance(item.value, Decimal):
        # A bare number may stand in both bounds ("=", "about"); the operator's own one is there always.
        was = show_number(next(bound for bound in (target.low, target.high) if bound is not None))
        low, high = (item.value if bound is not None else None for bound in (target.low, target.high))
        target = replace(target, low=low, high=high)
    return replace(target, change=_and(target.change, words(item, was)))
