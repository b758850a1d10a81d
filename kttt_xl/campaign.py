"""Issue the copies of a plan and period, and check what came back for itself; collecting takes in a whole period."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kttt_xl import builder, intake, layout
from kttt_xl.adjustments import in_force, inherited
from kttt_xl.assignments import stats_forms, task_assignments
from kttt_xl.errors import MisuseError
from kttt_xl.history import NO_HISTORY, History
from kttt_xl.holidays import built_in_calendar
from kttt_xl.layout import Copy
from kttt_xl.model import KINDS, Figure, Plan, Value
from kttt_xl.offer import Offer, blank_copy, offered_periods
from kttt_xl.period import Period
from kttt_xl.progress import recurs
from kttt_xl.reader import CopyReading
from kttt_xl.sending import counts_working_days
from kttt_xl.workers import on_day, read_many
from kttt_xl.writer import write_file


@dataclass(frozen=True, slots=True)
class Issue:
    """A copy to be issued, with its file name; a blank copy with what it offers and who cannot use it."""

    file: str
    copy: Copy
    offer: Offer | None = None
    left_out: tuple[str, ...] = ()


def plan_issues(
    plan: Plan,
    period: Period,
    kinds: Iterable[str] = KINDS,
    agencies: Iterable[str] = (),
    history: History = NO_HISTORY,
) -> tuple[Issue, ...]:
    """Return the copies of a period, one per agency and kind; only the agencies named, when any are.

    File names do not depend on which agencies are named. MisuseError when there is nothing to issue.
    """
    wanted = set(agencies)
    issues: list[Issue] = []
    for kind in kinds:
        names: list[str] = []
        for copy in _copies(plan, period, kind, history):
            names.append(builder.file_name(plan, period, kind, copy.agency, names))
            if not wanted or copy.agency in wanted:
                issues.append(Issue(names[-1], copy))
    if not issues:
        what = f" cho {', '.join(sorted(wanted))}" if wanted else ""
        raise MisuseError(f"Kế hoạch {plan.id}, kỳ {period.name}: không có biểu nào để phát hành{what}.")
    return tuple(issues)


def plan_blanks(
    plan: Plan,
    period: Period,
    kinds: Iterable[str] = KINDS,
    agencies: Iterable[str] = (),
    history: History = NO_HISTORY,
) -> tuple[Issue, ...]:
    """Return one blank copy of each kind, for every agency and for this period and the plan's following ones.

    Only the agencies named are offered, when any are. What was settled in earlier periods is asked again: a cell that
    one agency fills in cannot be locked for another. MisuseError when there is nothing to issue.
    """
    wanted = set(agencies)
    periods = offered_periods(period, plan.end.year if plan.end else None)
    issues = []
    for kind in kinds:
        found = {
            when: [
                copy for copy in _copies(plan, when, kind, history, settle=False) if not wanted or copy.agency in wanted
            ]
            for when in periods
        }
        if found[period]:
            blank = blank_copy(found)
            name = builder.file_name(plan, period, kind, "")
            issues.append(Issue(name, blank.copy, blank.offer, blank.left_out))
    if not issues:
        raise MisuseError(f"Kế hoạch {plan.id}, kỳ {period.name}: không có biểu nào để phát hành.")
    return tuple(issues)


def _copies(plan: Plan, period: Period, kind: str, history: History, *, settle: bool = True) -> Iterator[Copy]:
    """Yield the copies of one kind, a copy an agency; settle locks figures of earlier periods that were accepted."""
    of_kind = (
        _task_copies(plan, period, history) if kind == "tasks" else _stats_copies(plan, period, history, settle=settle)
    )
    calendar = built_in_calendar() if counts_working_days(plan) else None
    return (replace(copy, calendar=calendar) for copy in of_kind)


def _task_copies(plan: Plan, period: Period, history: History) -> Iterator[Copy]:
    history = replace(history, states=inherited(plan, period.end, history.states))
    plan = in_force(plan, period.end)
    again = (task.id for task in plan.tasks if recurs(task.deadline.recurrence))
    last = {
        pair: state
        for pair, states in history.states.items()
        if (before := [item for item in states if item[0] < period])
        and (state := max(before, key=lambda item: item[0])[1])
    }
    for agency, assigned in task_assignments(plan, period, history.completed(again, before=period)).items():
        yield layout.task_copy(plan, period, agency, assigned, last)


def _stats_copies(plan: Plan, period: Period, history: History, *, settle: bool) -> Iterator[Copy]:
    plan = in_force(plan, period.end)
    window = {item.code for item in layout.window(plan, period)}
    before = period.previous().code
    known: dict[str, list[Figure]] = {}
    for figure in history.figures:
        known.setdefault(figure.agency, []).append(figure)
    for agency, rows in stats_forms(plan).items():
        own = known.get(agency, [])
        last: dict[str, Value] = {figure.code: figure.value for figure in own if figure.period.code == before}
        settled: dict[tuple[str, str], Value] = {
            (figure.code, figure.period.code): figure.value
            for figure in own
            if settle and figure.period.code in window and figure.period < period
        }
        yield layout.stats_copy(plan, period, agency, last, settled, rows)


def issue_copies(
    issues: Iterable[Issue], folder: Path, key: bytes, progress: Callable[[str], None] = lambda _name: None
) -> None:
    """Write the copies into a folder; each file is complete or not there."""
    for issue in issues:
        write_file(folder / issue.file, builder.build_copy(issue.copy, key, issue.offer))
        progress(issue.file)


def read_places(
    places: Iterable[Path],
    as_of: date,
    campaign: Path | None,
    progress: Callable[[str, int], None] = lambda _name, _of: None,
) -> tuple[list[CopyReading], list[intake.JudgedCopy]]:
    """Read and check every candidate copy in the places; return the readings, and the files passed over."""
    files = list(intake.find_files(places))
    candidates = [(name, path) for name, path, candidate in files if candidate]
    readings = (on_day(reading, as_of) for reading in read_many(candidates, campaign))
    return intake.read_all(files, lambda _path, _name: next(readings), lambda name: progress(name, len(files)))


def as_checked(reading: CopyReading, plan: str, period: str) -> intake.JudgedCopy:
    """Return the verdict of one copy on its own (`check`), against a plan and period when they are named."""
    manifest = reading.manifest
    notes = []
    if manifest and plan and manifest.plan != plan:
        notes.append(intake.mismatch("wrong-plan", reading, manifest.plan, plan))
    elif manifest and period and manifest.period != period:
        notes.append(intake.mismatch("wrong-period", reading, manifest.period, period))
    reading = replace(reading, findings=(*notes, *reading.findings))
    refused = reading.refused or reading.submission is None
    verdict = "refused" if refused else "conflicting" if reading.disputed else "accepted"
    return intake.JudgedCopy(reading.file, verdict, reading.findings, reading)
