"""Who has what to report in a period: the tasks of each agency with its role, and who gets the statistics form."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date

from kttt_xl.model import COORDINATING, KINDS, LEAD, Indicator, Plan, Task
from kttt_xl.period import Period, due_in


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task that an agency reports on, as lead (Chủ trì) or coordinating agency (Phối hợp)."""

    task: Task
    role: str


def leads(plan: Plan, task: Task) -> tuple[str, ...]:
    """Return the agencies that lead a task, groups resolved; an unresolved group stands for itself."""
    return tuple(dict.fromkeys(name for lead in task.lead for name in plan.members(lead) or (lead,)))


def coordinates(plan: Plan, task: Task, agency: str) -> bool:
    """Tell whether an agency coordinates a task, by its own name or as a member of a group."""
    return any(agency in plan.members(name) for name in task.coordinating)


def due(plan: Plan, task: Task, agency: str, period: Period) -> date | None:
    """Return the day a task is due for one of its agencies in a period (D): the plan's, or what a document set instead.

    None where nothing is due. Source: contract section 7.
    """
    day = due_in(task.deadline, period, before_includes_day=plan.settings.before_includes_day)
    fits = [item.due for item in task.extensions if item.agency in {"", agency} and item.was in {None, day}]
    return fits[-1] if fits else day


def deadline_words(task: Task) -> str:
    """Return a task's deadline as printed, with what documents changed: "2023 - 2025 (gia hạn đến … theo …)"."""
    return f"{task.deadline_text} ({task.change})".strip() if task.change else task.deadline_text


def task_assignments(
    plan: Plan, period: Period, completed: Container[tuple[str, str]] = ()
) -> dict[str, tuple[Assignment, ...]]:
    """Return each agency's tasks of a period, in plan order; agencies in register order (contract, section 4).

    A task belongs to the period when it starts by the period's end, even if it was due earlier; completed holds the
    (task id, agency) pairs accepted as completed before. An agency that leads and also belongs to a coordinating
    group has the task once, as lead.
    """
    found: dict[str, list[Assignment]] = {agency.name: [] for agency in plan.agencies if not agency.group}
    for task in plan.tasks:
        if task.deadline.start is not None and task.deadline.start > period.end:
            continue
        roles = dict.fromkeys((name for group in task.coordinating for name in plan.members(group)), COORDINATING)
        roles |= dict.fromkeys((name for group in task.lead for name in plan.members(group)), LEAD)
        for name, role in roles.items():
            if (task.id, name) not in completed:
                found[name].append(Assignment(task, role))
    return {name: tuple(assigned) for name, assigned in found.items() if assigned}


def asked_for(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return, by code in plan order, the agencies asked for each indicator, in register order.

    They are the recipients of the form; but a number that neither adds up nor is judged for each agency is one number
    of the whole province, which only the agency that collects the form can give. A sole recipient is asked for all.
    """
    wanted = {name for group in plan.settings.stats.recipients for name in plan.members(group)}
    recipients = tuple(agency.name for agency in plan.agencies if agency.name in wanted)
    collector = plan.collector(plan.settings.stats)
    registered = any(agency.name == collector and not agency.group for agency in plan.agencies)
    alone = (collector,) if registered and len(recipients) != 1 else recipients
    each = {target.code for target in plan.targets if target.each}
    return {item.code: alone if is_single(item) and item.code not in each else recipients for item in plan.indicators}


def is_single(indicator: Indicator) -> bool:
    """Tell whether an indicator is one number that no numbers of agencies make up: a growth rate, a share of GRDP."""
    return indicator.aggregation == "none" and indicator.value_type != "text"


def stats_forms(plan: Plan) -> dict[str, tuple[Indicator, ...]]:
    """Return the rows of each agency's statistics form in plan order, agencies in register order."""
    asked, rows = asked_for(plan), dict[str, list[Indicator]]()
    for indicator in plan.indicators:
        for name in asked[indicator.code]:
            rows.setdefault(name, []).append(indicator)
    return {agency.name: tuple(rows[agency.name]) for agency in plan.agencies if agency.name in rows}


def stats_rows(plan: Plan, agency: str) -> tuple[Indicator, ...]:
    """Return the rows of the statistics form that an agency is asked for, in plan order."""
    return stats_forms(plan).get(agency, ())


def stats_recipients(plan: Plan) -> tuple[str, ...]:
    """Return the agencies that get the statistics form, in register order; none when the plan has no indicators."""
    return tuple(stats_forms(plan))


def expected_forms(
    plan: Plan, period: Period, completed: Container[tuple[str, str]] = ()
) -> tuple[tuple[str, str], ...]:
    """Return the (agency, kind) of every copy that a build of a period issues: agencies in register order."""
    holders = {"tasks": task_assignments(plan, period, completed), "stats": stats_recipients(plan)}
    return tuple((agency.name, kind) for agency in plan.agencies for kind in KINDS if agency.name in holders[kind])
