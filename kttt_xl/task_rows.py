"""What agencies report on the plan's tasks: a row for every task and lead, and where each task then stands."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kttt_xl.assignments import coordinates, due, leads
from kttt_xl.history import State
from kttt_xl.model import COORDINATING, FORMER_LEAD, LEAD, Plan, Submission, Task, Value
from kttt_xl.period import Period
from kttt_xl.progress import TaskProgress, state_in_force, task_status, worst


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as one agency reported it, with its status and where it stands; file is None when no copy came.

    carried marks a state taken from an earlier period, since this copy says nothing of a task completed before. slips
    names those of officers that the row holds values of; they stand for the file when no copy has the row.
    """

    task: Task
    agency: str
    role: str
    state: str | None
    percent: Decimal | None
    done_on: date | None
    texts: Mapping[str, str]
    status: str
    due: date | None
    reported: bool
    carried: bool
    file: str | None
    sheet: str | None
    row: int | None
    slips: tuple[str, ...] = ()


def task_rows(
    plan: Plan,
    period: Period,
    as_of: date,
    submissions: Iterable[Submission],
    states: Mapping[tuple[str, str], tuple[State, ...]],
) -> Iterator[TaskRow]:
    """Yield a row for every task and lead, whether or not a copy came, then for other agencies that typed something.

    submissions are the accepted ones of the period, officers' slips among them (slips.overlaid), states those of
    earlier periods by (task id, agency). What an agency says of a task that it leads no more has its row, and counts
    for nothing. Source: contract section 6.
    """
    reports = _Reports(plan, period, as_of, submissions, states)
    for task in plan.tasks:
        leading = leads(plan, task)
        for agency in leading:
            yield reports.row(task, agency, LEAD)
        for agency in reports.touched.get(task.id, ()):
            if agency not in leading:
                former = agency in task.former_leads and not coordinates(plan, task, agency)
                yield reports.row(task, agency, FORMER_LEAD if former else COORDINATING)


def plan_tasks(plan: Plan, rows: Iterable[TaskRow]) -> Iterator[TaskProgress]:
    """Yield where each plan task stands: where its lead does, or the worst of its leads, with that lead's due date.

    Of leads that stand alike the earliest due date counts. Source: contract section 6.
    """
    leading: dict[str, list[TaskRow]] = {}
    for row in rows:
        if row.role == LEAD:
            leading.setdefault(row.task.id, []).append(row)
    for task in plan.tasks:
        status = worst(row.status for row in leading[task.id])
        days = [row.due for row in leading[task.id] if row.status == status and row.due]
        yield TaskProgress(task.id, status, min(days, default=None), task.deadline.recurrence)


class _Reports:
    """What agencies say of tasks in a period, and what they said before."""

    def __init__(
        self,
        plan: Plan,
        period: Period,
        as_of: date,
        submissions: Iterable[Submission],
        states: Mapping[tuple[str, str], tuple[State, ...]],
    ) -> None:
        self.plan, self.period, self.as_of, self.states = plan, period, as_of, states
        told: dict[str, list[Submission]] = {}
        for submission in submissions:
            if submission.kind == "tasks":
                told.setdefault(submission.agency, []).append(submission)
        # By (agency, task id) the copy and row that hold it, and the slips; a slip has no sha256.
        self.places: dict[tuple[str, str], tuple[str, str, int]] = {}
        self.slips: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
        self.typed: dict[tuple[str, str], dict[str, Value]] = {}
        # A cell that was refused says as well that the agency has something to report on the task.
        self.touched: dict[str, list[str]] = {}
        for agency in (agency.name for agency in plan.agencies if agency.name in told):
            for copy in told[agency]:
                for key, place in copy.rows:
                    if copy.sha256:
                        self.places[agency, key] = copy.file, copy.sheet, place
                    else:
                        self.slips.setdefault((agency, key), []).append((copy.file, copy.sheet, place))
                for entry in copy.entries:
                    self.typed.setdefault((entry.key, agency), {})[entry.field] = entry.value
            keys = (*(entry.key for copy in told[agency] for entry in copy.entries),
                    *(key for copy in told[agency] for key, _ in copy.refused_cells))  # fmt: skip
            for key in dict.fromkeys(keys):
                self.touched.setdefault(key, []).append(agency)

    def row(self, task: Task, agency: str, role: str) -> TaskRow:
        """Return what an agency says of a task now, or said when it completed it; and where it says so."""
        settings, deadline = self.plan.settings, task.deadline
        typed = self.typed.get((task.id, agency), {})
        state, done_on, percent = typed.get("state"), typed.get("done_on"), typed.get("percent")
        now = (state if isinstance(state, str) else None, done_on if isinstance(done_on, date) else None)
        states = sorted(self.states.get((task.id, agency), ()), key=lambda item: item[0])
        before = [(said, day) for period, said, day in states if period < self.period]
        in_force = state_in_force([*before, now], deadline.recurrence)
        carried = now[0] is None and in_force[0] is not None
        state_now, day = in_force if carried else now
        day_due = due(self.plan, task, agency, self.period)
        slips = self.slips.get((agency, task.id), [])
        place = self.places.get((agency, task.id)) or next(iter(slips), None)
        return TaskRow(
            task=task,
            agency=agency,
            role=role,
            state=state_now,
            percent=percent if isinstance(percent, Decimal) else None,
            done_on=day,
            texts={name: value for name, value in typed.items() if isinstance(value, str) and name != "state"},
            status=task_status(
                state_now,
                day,
                due=day_due,
                start=deadline.start,
                recurrence=deadline.recurrence,
                conditional=deadline.conditional,
                condition_met_on=task.condition_met_on,
                as_of=self.as_of,
                soon_days=settings.due_soon_days,
            ),
            due=day_due,
            reported=bool(typed),
            carried=carried,
            file=place[0] if place else None,
            sheet=place[1] if place else None,
            row=place[2] if place else None,
            slips=tuple(file for file, _, _ in slips),
        )
