"""Who has what to report in a period: the tasks of each agency with its role, and who gets the statistics form."""

from collections.abc import Container
from dataclasses import dataclass

from kttt_xl.model import COORDINATING, KINDS, LEAD, Plan, Task
from kttt_xl.period import Period


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task that an agency reports on, as lead (Chủ trì) or coordinating agency (Phối hợp)."""

    task: Task
    role: str


def leads(plan: Plan, task: Task) -> tuple[str, ...]:
    """Return the agencies that lead a task, groups resolved; an unresolved group stands for itself."""
    return tuple(dict.fromkeys(name for lead in task.lead for name in plan.members(lead) or (lead,)))


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


def stats_recipients(plan: Plan) -> tuple[str, ...]:
    """Return the agencies that get the statistics form, in register order; none when the plan has no indicators."""
    if not plan.indicators:
        return ()
    wanted = {name for group in plan.settings.stats.recipients for name in plan.members(group)}
    return tuple(agency.name for agency in plan.agencies if agency.name in wanted)


def expected_forms(
    plan: Plan, period: Period, completed: Container[tuple[str, str]] = ()
) -> tuple[tuple[str, str], ...]:
    """Return the (agency, kind) of every copy that a build of a period issues: agencies in register order."""
    holders = {"tasks": task_assignments(plan, period, completed), "stats": stats_recipients(plan)}
    return tuple((agency.name, kind) for agency in plan.agencies for kind in KINDS if agency.name in holders[kind])
