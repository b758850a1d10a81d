"""Submissions -> the province's figures: a row for every task and lead, totals of indicators, targets measured.

Numbers are summed as Decimal and every one keeps the cell it came from. Blank is blank: what was not reported is
not zero, and a total says how many reported.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from kttt_xl.adjustments import in_force, inherited, withdrawals
from kttt_xl.assignments import asked_for, expected_forms, is_single
from kttt_xl.decisions import NOTHING_DECIDED, Standing
from kttt_xl.history import NO_HISTORY, History
from kttt_xl.intake import VERDICTS, JudgedCopy, count_cells
from kttt_xl.messages import finding
from kttt_xl.model import TASK, Adjustment, Figure, Finding, Indicator, Plan, Submission
from kttt_xl.outdated import outdated_entries, unplaced
from kttt_xl.period import Period, parse_period
from kttt_xl.progress import (
    Measure,
    Rate,
    TaskProgress,
    completed_of_all,
    completed_of_due,
    count_by_status,
    measure,
    recurs,
    waiting_past_due,
)
from kttt_xl.slip_places import Forms
from kttt_xl.slips import Outcome, answered, overlaid, settle
from kttt_xl.source_places import slip_row, without_file
from kttt_xl.succession import Edge
from kttt_xl.successors import NOTHING_CHANGED, Now, as_it_is
from kttt_xl.task_rows import TaskRow, plan_tasks, task_rows


@dataclass(frozen=True, slots=True)
class Total:
    """An indicator's value in a period: None when nobody reported it; how many of the agencies asked for it did."""

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
    """Everything a consolidation found: what the consolidated workbook and its JSON are written from.

    plan is the one in force on as_of, withdrawn what is no longer in it. forms holds the (agency, kind) of every copy
    that was to come; now, who bears today what was reported; plan_since, the day of the last adjustment in force.
    standing is what officers decided, slips what became of each of their slips, gone the names of files that an earlier
    run accepted and that are not in the folder any more.
    """

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
    forms: tuple[tuple[str, str], ...] = ()
    now: Now = NOTHING_CHANGED
    withdrawn: tuple[Adjustment, ...] = ()
    plan_since: date | None = None
    standing: Standing = NOTHING_DECIDED
    slips: tuple[Outcome, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the expected agencies without an accepted copy."""
        return tuple(name for name in self.expected if name not in self.received)

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


def consolidate(
    plan: Plan,
    period: Period,
    as_of: date,
    copies: tuple[JudgedCopy, ...],
    history: History = NO_HISTORY,
    edges: Sequence[Edge] = (),
    standing: Standing = NOTHING_DECIDED,
    gone: Sequence[str] = (),
    said: Iterable[Finding] = (),
) -> Consolidated:
    """Consolidate what was accepted; whatever was not stays accounted for in copies and findings.

    plan is the one issued: its adjustments count as they are in force on as_of, and copies were to come by those in
    force when the period ended. edges are those of the plan: who took over from which agency, shown beside the result
    and never part of it. standing is what officers decided: their slips count as values with that provenance, and never
    as cells or copies. gone and said are to be shown: files that were accepted before, findings of the run itself.
    AssertionError when a cell, copy or slip is not accounted for: the run must stop rather than give wrong sums.
    """
    accepted = tuple(
        copy.reading.submission
        for copy in copies
        if copy.verdict == "accepted" and copy.reading and copy.reading.submission
    )
    withdrawn, issued = withdrawals(plan, as_of), in_force(plan, period.end)
    since = max((item.valid_from for item in plan.adjustments if item.valid_from <= as_of), default=None)
    history = replace(history, states=inherited(plan, max(as_of, period.end), history.states))
    plan = in_force(plan, as_of)
    before = {(figure.agency, figure.code, figure.period.code) for figure in history.figures if figure.period < period}
    forms_of = Forms(issued, plan, period, before)
    sources = len(copies) + len(without_file(standing, {copy.reading.sha256 for copy in copies if copy.reading}))
    slips = settle(standing, forms_of, copies, slip_row(sources, 0))
    submissions = overlaid(accepted, slips, forms_of)
    rows = tuple(task_rows(plan, period, as_of, submissions, history.states))
    figures = tuple(_figures(plan, submissions))
    # What an agency says now of an earlier period counts, else what it said then; other agencies' figures stay.
    now = {(figure.code, figure.agency, figure.period) for figure in figures}
    past = tuple(f for f in history.figures if f.period < period and (f.code, f.agency, f.period) not in now)
    narratives = tuple(_narratives(plan, submissions))
    by_period = _by_period((*past, *figures))
    totals = tuple(_totals(plan, by_period))
    measures = tuple(_measures(plan, period, as_of, totals, by_period=by_period, narratives=narratives))
    again = (task.id for task in issued.tasks if recurs(task.deadline.recurrence))
    forms = expected_forms(issued, period, history.completed(again, before=period))
    expected, got = {agency for agency, _ in forms}, {submission.agency for submission in accepted}
    # Findings of a duplicate or superseded copy would say everything twice, or what no longer counts.
    told = [found for copy in copies if copy.verdict not in ("duplicate", "superseded") for found in copy.findings]
    result = Consolidated(
        plan=plan,
        period=period,
        as_of=as_of,
        copies=copies,
        expected=tuple(agency.name for agency in plan.agencies if agency.name in expected),
        received=tuple(agency.name for agency in plan.agencies if agency.name in got),
        tasks=tuple(plan_tasks(plan, rows)),
        task_rows=rows,
        figures=figures,
        narratives=narratives,
        totals=totals,
        measures=measures,
        findings=(
            *said,
            *answered(told, slips),
            *(found for outcome in slips for found in outcome.findings),
            *_unplaced(plan, submissions, {item.key for item in withdrawn if item.subject == TASK}),
            *outdated_entries(plan, issued, period, withdrawn, submissions),
            *_gaps(measures),
        ),
        forms=forms,
        withdrawn=withdrawn,
        plan_since=since,
        now=as_it_is(plan, as_of, rows, figures, edges),
        standing=standing,
        slips=slips,
        gone=tuple(gone),
    )
    _conserve(result)
    return result


def _conserve(result: Consolidated) -> None:
    """Hold the two sums of the contract on every run, and that every slip has one outcome."""
    cells, counts = result.cell_counts, result.copy_counts
    if cells["filled"] != cells["accepted"] + cells["refused"]:
        raise AssertionError(f"cells not conserved: {cells}")
    if counts["found"] != sum(counts[verdict] for verdict in VERDICTS):
        raise AssertionError(f"copies not conserved: {counts}")
    if [outcome.slip for outcome in result.slips] != list(result.standing.slips):
        raise AssertionError("slips not conserved")


def _unplaced(plan: Plan, submissions: Iterable[Submission], withdrawn: set[str]) -> Iterator[Finding]:
    """Say which accepted cells go nowhere: their row is no longer in the plan, or is now another agency's alone.

    Of withdrawn tasks, by id, it is said elsewhere by which document (outdated).
    """
    tasks, asked = {task.id for task in plan.tasks} | withdrawn, asked_for(plan)
    singles = {item.code for item in plan.indicators if is_single(item) and len(asked[item.code]) == 1}
    for submission in submissions:
        figures = {code for code, names in asked.items() if code not in singles or submission.agency in names}
        known = tasks if submission.kind == "tasks" else figures
        for entry in submission.entries:
            if entry.key not in known:
                yield unplaced(submission, entry)


# --- statistics

_Cells = dict[str, dict[str, Figure]]  # of one period: code -> agency -> figure

_read_period = lru_cache(maxsize=256)(parse_period)  # a few periods stand in thousands of cells


def _figures(plan: Plan, submissions: Iterable[Submission]) -> Iterator[Figure]:
    codes = {indicator.code for indicator in plan.indicators}
    for submission in submissions:
        for entry in submission.entries if submission.kind == "stats" else ():
            if entry.key in codes and isinstance(entry.value, Decimal):
                period, where = _read_period(entry.field), (submission.file, entry.sheet, entry.cell)
                yield Figure(entry.key, submission.agency, period, entry.value, *where)


def _narratives(plan: Plan, submissions: Iterable[Submission]) -> Iterator[Narrative]:
    codes = {indicator.code for indicator in plan.indicators}
    for submission in submissions:
        for entry in submission.entries if submission.kind == "stats" else ():
            if entry.key in codes and isinstance(entry.value, str):
                where = (submission.file, entry.sheet, entry.cell)
                yield Narrative(entry.key, entry.field, submission.agency, entry.value, *where)


def _by_period(figures: Iterable[Figure]) -> dict[Period, _Cells]:
    found: dict[Period, _Cells] = {}
    for figure in figures:
        found.setdefault(figure.period, {}).setdefault(figure.code, {})[figure.agency] = figure
    return dict(sorted(found.items()))


def _totals(plan: Plan, by_period: Mapping[Period, _Cells]) -> Iterator[Total]:
    asked = asked_for(plan)
    for indicator in plan.indicators:
        for period, cells in by_period.items():
            yield _total(indicator, period, cells, asked[indicator.code])


def _total(indicator: Indicator, period: Period, cells: _Cells, asked: tuple[str, ...]) -> Total:
    """Total an indicator over the agencies by its aggregation (contract, section 8, last paragraph).

    What does not add up is the figure of the one agency asked for it; of several, there is none.
    """
    own, wholes, expected = cells.get(indicator.code, {}), cells.get(indicator.denominator, {}), len(asked)
    if is_single(indicator) and expected == 1:
        known = tuple(figure for agency, figure in own.items() if agency in asked)
        return Total(indicator, period, known[0].value if known else None, len(known), 1, known)
    if indicator.aggregation not in ("ratio", "weighted"):
        adds = indicator.aggregation == "sum" and own
        value = sum((figure.value for figure in own.values()), Decimal(0)) if adds else None
        return Total(indicator, period, value, len(own), expected, tuple(own.values()))
    ratio = indicator.aggregation == "ratio"
    parts = cells.get(indicator.numerator, {}) if ratio else own
    both = [(part, wholes[agency]) for agency, part in parts.items() if agency in wholes]
    weight = sum((whole.value for _, whole in both), Decimal(0))
    share = sum((part.value * (100 if ratio else whole.value) for part, whole in both), Decimal(0))
    sources = tuple(figure for pair in both for figure in pair)
    return Total(indicator, period, share / weight if weight else None, len(both), expected, sources)


def _alone(indicator: Indicator, period: Period, cells: _Cells, agency: str) -> Decimal | None:
    """Return an indicator's value for one agency: what it reported, a ratio from its own two counts."""
    if indicator.aggregation == "ratio":
        mine = {code: {agency: figures[agency]} for code, figures in cells.items() if agency in figures}
        return _total(indicator, period, mine, (agency,)).value
    figure = cells.get(indicator.code, {}).get(agency)
    return figure.value if figure else None


def _measures(
    plan: Plan,
    period: Period,
    as_of: date,
    totals: Iterable[Total],
    *,
    by_period: Mapping[Period, _Cells],
    narratives: Iterable[Narrative],
) -> Iterator[Measure]:
    values: dict[str, dict[Period, Decimal]] = {}
    for total in totals:
        if total.value is not None:
            values.setdefault(total.indicator.code, {})[total.period] = total.value
    told = {narrative.code for narrative in narratives if narrative.field != "note"}
    indicators = {indicator.code: indicator for indicator in plan.indicators}
    for target in plan.targets:
        indicator = indicators[target.code]
        members = {
            name: {
                when: value
                for when, cells in by_period.items()
                if (value := _alone(indicator, when, cells, name)) is not None
            }
            for name in (plan.members(target.each) if target.each else ())
        }
        yield measure(
            target,
            indicator.nature,
            values.get(target.code, {}),
            plan_start=plan.start,
            plan_end=plan.end,
            period=period,
            as_of=as_of,
            about_share=plan.settings.about_share,
            text_given=target.code in told,
            member_values=members,
        )


def _gaps(measures: Iterable[Measure]) -> Iterator[Finding]:
    for item in measures:
        years = (*item.gap_years, *item.sum_gap_years)
        if years:
            yield finding("growth-gap", header=item.target.indicator, found=", ".join(map(str, years)))
