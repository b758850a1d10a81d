"""Who bears today what a plan's agencies bore: the consolidation "as it is now" beside the one "as it was then".

Nothing here feeds totals, targets or statuses: the province's sums are those of what was reported. Both views hold
the same task rows and the same counts, and what has no certain heir stays listed as undecided (domain 5).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from kttt_xl.cells import show_number
from kttt_xl.model import Figure, Plan
from kttt_xl.succession import UNVERIFIED, Edge, Heir, View, as_of_now, heirs, task_heirs
from kttt_xl.task_rows import TaskRow

UNDECIDED = "Chưa xác định"  # in place of an heir

_NO_FIGURES = View()
_EXACT = 1000  # digits; as many as shares are multiplied in


@dataclass(frozen=True, slots=True)
class Standing:
    """An agency, and who bears today all that it bore, or one task of it."""

    agency: str
    heirs: tuple[Heir, ...]

    @property
    def changed(self) -> bool:
        """Return whether anybody else bears it, or nobody known."""
        return [heir.name for heir in self.heirs] != [self.agency]

    @property
    def undecided(self) -> bool:
        """Return whether nobody can say who bears all or a share of it."""
        return not all(heir.name for heir in self.heirs)

    @property
    def verified(self) -> bool:
        """Return whether all that is known of it was read in a source."""
        return all(heir.verified for heir in self.heirs)

    @property
    def reason(self) -> str:
        """Return why it is undecided, "" when it is not."""
        return " ".join(dict.fromkeys(heir.reason for heir in self.heirs if heir.reason))

    @property
    def path(self) -> tuple[Edge, ...]:
        """Return the edges that led here, in order of days."""
        return tuple(dict.fromkeys(edge for heir in self.heirs for edge in heir.path))


@dataclass(frozen=True, slots=True)
class Now:
    """A consolidation as it is on a day: every agency of the plan, every task row in its order, and the figures."""

    agencies: tuple[Standing, ...] = ()
    tasks: tuple[Standing, ...] = ()
    figures: View = _NO_FIGURES

    @property
    def changed(self) -> tuple[Standing, ...]:
        """Return the agencies that are not what they were."""
        return tuple(item for item in self.agencies if item.changed)

    @property
    def figures_changed(self) -> bool:
        """Return whether any figure stands under another name than it was reported under, or under none."""
        view = self.figures
        return bool(view.undecided) or any(item.figure.agency != item.was for item in view.figures)

    @property
    def tasks_changed(self) -> bool:
        """Return whether any task row stands with another agency."""
        return any(item.changed for item in self.tasks)

    @property
    def affected(self) -> tuple[Standing, ...]:
        """Return the agencies that changed, kept their name but not their extent, or gave a task away."""
        gave = {item.agency for item in self.tasks if item.changed}
        return tuple(item for item in self.agencies if item.path or item.agency in gave)


NOTHING_CHANGED = Now()


def as_it_is(plan: Plan, on: date, rows: Sequence[TaskRow], figures: Sequence[Figure], edges: Sequence[Edge]) -> Now:
    """Return who stands on the day for the agencies of a plan, its task rows and reported figures.

    edges are those of the plan (succession_file.plan_edges). The plan's names are those of the day it was issued or
    began; a figure is of who bore its agency's name when its period ended. KtttError when edges contradict each other;
    AssertionError when a figure or a task row got lost on the way: the run must stop rather than give wrong sums.
    """
    if not any(edge.on <= on for edge in edges):
        return NOTHING_CHANGED
    added = {indicator.code for indicator in plan.indicators if indicator.aggregation == "sum"}
    names = [agency.name for agency in plan.agencies if not agency.group]
    given = plan.issued_on or plan.start
    passed: dict[tuple[str, str], Standing] = {}  # an agency leads many tasks, most of them without a function named
    moved = {task for edge in edges for task in edge.tasks}

    def standing(row: TaskRow) -> Standing:
        task = row.task.id if row.task.id in moved else ""
        key = row.agency, task
        if key not in passed:
            passed[key] = Standing(row.agency, task_heirs(row.agency, task, on, edges, at=given))
        return passed[key]

    now = Now(
        tuple(Standing(name, heirs(name, on, edges, at=given)) for name in names),
        tuple(standing(row) for row in rows),
        as_of_now(figures, edges, on, added.__contains__),
    )
    _conserve(now, rows, figures)
    return now


def _conserve(now: Now, rows: Sequence[TaskRow], figures: Iterable[Figure]) -> None:
    """Hold both views to the same task rows and, for every indicator and period, the same sum to the last digit."""
    if [item.agency for item in now.tasks] != [row.agency for row in rows]:
        raise AssertionError("task rows not conserved")
    view = now.figures
    placed, undecided = [item.figure for item in view.figures], [item.figure for item in view.undecided]
    then, today = _sums(figures), _sums((*placed, *undecided))
    if then != today:
        lost = sorted(key for key in {*then, *today} if then.get(key) != today.get(key))
        raise AssertionError(f"figures not conserved: {lost}")


def _sums(figures: Iterable[Figure]) -> dict[tuple[str, str], Decimal]:
    found: dict[tuple[str, str], Decimal] = {}
    with localcontext(prec=_EXACT):
        for figure in figures:
            key = figure.code, figure.period.code
            found[key] = found.get(key, Decimal(0)) + figure.value
    return found


def in_words(item: Standing) -> str:
    """Return who bears it today, in words: shares where there are several, candidates where nobody can say who."""
    parts = []
    for heir in item.heirs:
        share = f" ({show_number(heir.share)})" if len(item.heirs) > 1 else ""
        candidates = f": {', '.join(heir.candidates)}" if heir.candidates else ""
        parts.append(f"{heir.name or UNDECIDED}{candidates}{share}")
    return "; ".join(parts) + (f" {UNVERIFIED}" if item.changed and not item.verified else "")
