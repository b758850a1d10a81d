"""Submissions -> the province's figures: a row for every task and lead, totals of indicators, targets measured.

Numbers are summed as Decimal and every one keeps the cell it came from. Blank is blank: what was not reported is
not zero, and a total says how many reported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kttt_xl.assignments import expected_agencies, leads, stats_recipients
from kttt_xl.cells import address
from kttt_xl.history import NO_HISTORY, History
from kttt_xl.intake import VERDICTS, JudgedCopy, count_cells
from kttt_xl.messages import finding
from kttt_xl.model import COORDINATING, LEAD, Entry, Figure, Finding, Indicator, Plan, Submission, Task, Value
from kttt_xl.period import Period, due_in, parse_period
from kttt_xl.progress import (
    Measure,
    Rate,
    TaskProgress,
    completed_of_all,
    completed_of_due,
    count_by_status,
    measure,
    state_in_force,
    task_status,
    waiting_past_due,
    worst,
)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as one agency reported it, with its status and where it stands; file is None when no copy came.

    carried marks a state taken from an earlier period, since this copy says nothing of a task completed before.
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


@dataclass(frozen=True, slots=True)
class Total:
    """An indicator's value in a period: None when nobody reported it; how many of the expected agencies did."""

    indicator: Indicator
    period: Period
    value: Decimal | None
    reporting: int
    expected: int
    sources: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Narrative:
    """A text reported for an indicator or beside a figure (Ghi chú), with its cell."""

    code: str
    field: str
    agency: str
    text: str
    file: str
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class Consolidated:
    """Everything a consolidation found: what the consolidated workbook and its JSON are written from."""

    plan: Plan
    period: Period
    as_of: date
    copies: tuple[JudgedCopy, ...]
    expected: tuple[str, ...]
    received: tuple[str, ...]
    tasks: tuple[TaskProgress, ...]
    task_rows: tuple[TaskRow, ...]
    figures: tuple[Figure, ...]
    narratives: tuple[Narrative, ...]
    totals: tuple[Total, ...]
    measures: tuple[Measure, ...]
    findings: tuple[Finding, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the expected agencies without an accepted copy."""
        return tuple(name for name in self.expected if name not in self.received)

    @property
    def submissions(self) -> tuple[Submission, ...]:
        """Return the accepted submissions."""
        return accepted(self.copies)

    @property
    def copy_counts(self) -> dict[str, int]:
        """Return how many files were found and how many got each verdict."""
        counts = {verdict: sum(copy.verdict == verdict for copy in self.copies) for verdict in VERDICTS}
        return {"found": len(self.copies), **counts}

    @property
    def cell_counts(self) -> dict[str, int]:
        """Return filled, accepted and refused cells of accepted copies, and filled cells of the other readable ones."""
        return count_cells(self.copies)

    @property
    def by_status(self) -> dict[str, int]:
        """Return how many plan tasks have each status."""
        return count_by_status(self.tasks)

    @property
    def rates(self) -> tuple[Rate, Rate]:
        """Return completed of due and completed of all (contract, section 6)."""
        return completed_of_due(self.tasks, self.as_of), completed_of_all(self.tasks)

    @property
    def waiting_past_due(self) -> int:
        """Return how many waiting tasks are past their due date, which the overview counts apart."""
        return waiting_past_due(self.tasks, self.as_of)


def accepted(copies: Iterable[JudgedCopy]) -> tuple[Submission, ...]:
    """Return the submissions of accepted copies."""
    return tuple(
        copy.reading.submission
        for copy in copies
        if copy.verdict == "accepted" and copy.reading and copy.reading.submission
    )


def consolidate(
    plan: Plan, period: Period, as_of: date, copies: tuple[JudgedCopy, ...], history: History = NO_HISTORY
) -> Consolidated:
    """Consolidate what was accepted; whatever was not stays accounted for in copies and findings.

    AssertionError when a cell or copy is not accounted for: the run must stop rather than give wrong sums.
    """
    submissions = accepted(copies)
    figures = tuple(_figures(plan, submissions))
    task_rows = tuple(_task_rows(plan, period, as_of, submissions, history))
    past = tuple(figure for figure in history.figures if figure.period not in {now.period for now in figures})
    totals = tuple(_totals(plan, (*past, *figures)))
    narratives = tuple(_narratives(plan, submissions))
    measures = tuple(_measures(plan, period, as_of, totals, (*past, *figures), narratives))
    got = {submission.agency for submission in submissions}
    expected = expected_agencies(plan, period)
    known = (agency.name for agency in plan.agencies)
    # Findings of a duplicate or superseded copy would say everything twice, or what no longer counts.
    told = [found for copy in copies if copy.verdict not in ("duplicate", "superseded") for found in copy.findings]
    result = Consolidated(
        plan=plan,
        period=period,
        as_of=as_of,
        copies=copies,
        expected=expected,
        received=tuple(name for name in known if name in got),
        tasks=tuple(_plan_tasks(plan, period, task_rows)),
        task_rows=task_rows,
        figures=figures,
        narratives=narratives,
        totals=totals,
        measures=measures,
        findings=(*told, *_gaps(measures)),
    )
    _conserve(result)
    return result


def _conserve(result: Consolidated) -> None:
    """Hold the two sums of the contract on every run."""
    cells, counts = result.cell_counts, result.copy_counts
    if cells["filled"] != cells["accepted"] + cells["refused"]:
        raise AssertionError(f"cells not conserved: {cells}")
    if counts["found"] != sum(counts[verdict] for verdict in VERDICTS):
        raise AssertionError(f"copies not conserved: {counts}")


# --- tasks


def _task_rows(
    plan: Plan, period: Period, as_of: date, submissions: Iterable[Submission], history: History
) -> Iterable[TaskRow]:
    copies = {submission.agency: submission for submission in submissions if submission.kind == "tasks"}
    entries = {
        agency: _by_key(submission.entries) for agency, submission in copies.items()
    }
    for task in plan.tasks:
        leading = leads(plan, task)
        others = [name for name in copies if name not in leading and entries[name].get(task.id)]
        order = {agency.name: at for at, agency in enumerate(plan.agencies)}
        for agency in (*leading, *sorted(others, key=lambda name: order.get(name, len(order)))):
            role = LEAD if agency in leading else COORDINATING
            typed = entries.get(agency, {}).get(task.id, {})
            past = history.states.get((task.id, agency), ())
            yield _task_row(plan, period, as_of, task, agency, role, typed, copies.get(agency), past)


def _by_key(entries: Iterable[Entry]) -> dict[str, dict[str, Value]]:
    found: dict[str, dict[str, Value]] = {}
    for entry in entries:
        found.setdefault(entry.key, {})[entry.field] = entry.value
    return found


def _task_row(
    plan: Plan,
    period: Period,
    as_of: date,
    task: Task,
    agency: str,
    role: str,
    typed: Mapping[str, Value],
    submission: Submission | None,
    past: tuple[tuple[Period, str | None, date | None], ...],
) -> TaskRow:
    settings, deadline = plan.settings, task.deadline
    state, done_on, percent = typed.get("state"), typed.get("done_on"), typed.get("percent")
    now = (state if isinstance(state, str) else None, done_on if isinstance(done_on, date) else None)
    earlier = [(state, done) for when, state, done in sorted(past, key=lambda item: item[0]) if when < period]
    in_force = state_in_force([*earlier, now], deadline.recurrence)
    due = due_in(deadline, period, before_includes_day=settings.before_includes_day)
    row = dict(submission.rows).get(task.id) if submission else None
    return TaskRow(
        task=task,
        agency=agency,
        role=role,
        state=in_force[0],
        percent=percent if isinstance(percent, Decimal) else None,
        done_on=in_force[1],
        texts={name: value for name, value in typed.items() if isinstance(value, str) and name != "state"},
        status=task_status(
            *in_force,
            due=due,
            start=deadline.start,
            recurrence=deadline.recurrence,
            conditional=deadline.conditional,
            condition_met_on=task.condition_met_on,
            as_of=as_of,
            soon_days=settings.due_soon_days,
        ),
        due=due,
        reported=bool(typed),
        carried=in_force != now,
        file=submission.file if submission and row else None,
        sheet=submission.sheet if submission and row else None,
        row=row,
    )


def _plan_tasks(plan: Plan, period: Period, rows: Iterable[TaskRow]) -> Iterable[TaskProgress]:
    statuses: dict[str, list[str]] = {}
    for row in rows:
        if row.role == LEAD:
            statuses.setdefault(row.task.id, []).append(row.status)
    includes = plan.settings.before_includes_day
    for task in plan.tasks:
        due = due_in(task.deadline, period, before_includes_day=includes)
        yield TaskProgress(task.id, worst(statuses[task.id]), due, task.deadline.recurrence)


# --- statistics


def _figures(plan: Plan, submissions: Iterable[Submission]) -> Iterable[Figure]:
    codes = {indicator.code for indicator in plan.indicators}
    for submission in submissions:
        if submission.kind != "stats":
            continue
        for entry in submission.entries:
            if entry.key in codes and isinstance(entry.value, Decimal):
                yield Figure(
                    entry.key,
                    submission.agency,
                    parse_period(entry.field),
                    entry.value,
                    submission.file,
                    entry.sheet,
                    entry.cell,
                )


def _narratives(plan: Plan, submissions: Iterable[Submission]) -> Iterable[Narrative]:
    codes = {indicator.code for indicator in plan.indicators}
    for submission in submissions:
        if submission.kind == "stats":
            for entry in submission.entries:
                if entry.key in codes and isinstance(entry.value, str):
                    yield Narrative(
                        entry.key, entry.field, submission.agency, entry.value, submission.file, entry.sheet, entry.cell
                    )


def _totals(plan: Plan, figures: Iterable[Figure]) -> Iterable[Total]:
    by_cell: dict[tuple[str, Period], dict[str, Figure]] = {}
    periods: set[Period] = set()
    for figure in figures:
        by_cell.setdefault((figure.code, figure.period), {})[figure.agency] = figure
        periods.add(figure.period)
    expected = len(stats_recipients(plan))
    for indicator in plan.indicators:
        for period in sorted(periods):
            yield _total(indicator, period, by_cell, expected)


def _total(
    indicator: Indicator, period: Period, by_cell: Mapping[tuple[str, Period], Mapping[str, Figure]], expected: int
) -> Total:
    own = by_cell.get((indicator.code, period), {})
    parts = by_cell.get((indicator.numerator, period), {})
    wholes = by_cell.get((indicator.denominator, period), {})
    value: Decimal | None = None
    sources: tuple[Figure, ...] = tuple(own.values())
    reporting = len(own)
    if indicator.aggregation == "sum":
        value = sum((figure.value for figure in own.values()), Decimal(0)) if own else None
    elif indicator.aggregation == "ratio":
        both = [name for name in parts if name in wholes]
        whole = sum((wholes[name].value for name in both), Decimal(0))
        value = sum((parts[name].value for name in both), Decimal(0)) * 100 / whole if whole else None
        sources, reporting = tuple(f for name in both for f in (parts[name], wholes[name])), len(both)
    elif indicator.aggregation == "weighted":
        both = [name for name in own if name in wholes]
        weight = sum((wholes[name].value for name in both), Decimal(0))
        value = sum((own[name].value * wholes[name].value for name in both), Decimal(0)) / weight if weight else None
        sources, reporting = tuple(f for name in both for f in (own[name], wholes[name])), len(both)
    return Total(indicator, period, value, reporting, expected, sources)


def _measures(
    plan: Plan,
    period: Period,
    as_of: date,
    totals: Iterable[Total],
    figures: Iterable[Figure],
    narratives: Iterable[Narrative],
) -> Iterable[Measure]:
    values: dict[str, dict[Period, Decimal]] = {}
    for total in totals:
        if total.value is not None:
            values.setdefault(total.indicator.code, {})[total.period] = total.value
    by_member: dict[tuple[str, str], dict[Period, Decimal]] = {}
    for figure in figures:
        by_member.setdefault((figure.code, figure.agency), {})[figure.period] = figure.value
    told = {narrative.code for narrative in narratives if narrative.field != "note"}
    natures = {indicator.code: indicator.nature for indicator in plan.indicators}
    for target in plan.targets:
        members = plan.members(target.each) if target.each else ()
        yield measure(
            target,
            natures[target.code],
            values.get(target.code, {}),
            plan_start=plan.start,
            plan_end=plan.end,
            period=period,
            as_of=as_of,
            about_share=plan.settings.about_share,
            text_given=target.code in told,
            member_values={name: by_member.get((target.code, name), {}) for name in members},
        )


def _gaps(measures: Iterable[Measure]) -> Iterable[Finding]:
    for item in measures:
        years = (*item.gap_years, *item.sum_gap_years)
        if years:
            yield finding("growth-gap", header=item.target.indicator, found=", ".join(map(str, years)))


def cell_of(row: TaskRow) -> str:
    """Return the address of the first cell of a task row in its copy, for links home."""
    return address(row.row, 1) if row.row else ""
