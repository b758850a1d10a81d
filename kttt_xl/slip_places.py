"""Where a slip (phiếu) belongs: the cell of an agency's form that its agency, code and column name, as typed."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

from kttt_xl import layout
from kttt_xl.agencies import match, nearest
from kttt_xl.assignments import Assignment, stats_forms, task_assignments
from kttt_xl.cells import Rule, fold
from kttt_xl.errors import MisuseError
from kttt_xl.identity import issue_id
from kttt_xl.layout import SHEET_NAMES, TASK_COLUMNS, Copy, Line
from kttt_xl.model import Indicator, Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.source_places import AGENCY, COLUMN, KEY

REMARK = "note"  # the field of Ghi chú in the statistics form
_LISTED = 12  # codes that a sentence names


class Place(NamedTuple):
    """A cell of a form: whose, which form, its row's key and its column's field."""

    agency: str
    kind: str
    key: str
    field: str


class Named(Protocol):
    """What names a cell: agency, code of the row and column, as typed."""

    @property
    def agency(self) -> str:
        """Return whose form."""

    @property
    def key(self) -> str:
        """Return the row."""

    @property
    def column(self) -> str:
        """Return the column."""


class NoPlace(Exception):  # noqa: N818  # named for what it says; slips turns it into one Finding
    """A field of a slip cannot be understood: its heading, what was typed, and what is needed, in words."""

    def __init__(self, heading: str, found: str, expected: str) -> None:
        """Keep what the finding will say."""
        super().__init__(heading)
        self.heading, self.found, self.expected = heading, found, expected


@dataclass(frozen=True)
class Forms:
    """The forms that a build of the period issues, as slips may fill them in.

    issued is the plan in force at the period's end, now the one measured by: a task that it has no more takes no slip.
    settled holds agency, code and period of figures that were accepted in an earlier period: they are locked.
    """

    issued: Plan
    now: Plan
    period: Period
    settled: Collection[tuple[str, str, str]] = ()

    @cached_property
    def _tasks(self) -> dict[str, tuple[Assignment, ...]]:
        return task_assignments(self.issued, self.period)

    @cached_property
    def _stats(self) -> dict[str, tuple[Indicator, ...]]:
        return stats_forms(self.issued)

    @cached_property
    def _window(self) -> tuple[Period, ...]:
        return layout.window(self.issued, self.period)

    @cached_property
    def _copies(self) -> dict[tuple[str, str], Copy]:
        return {}

    def copy(self, agency: str, kind: str) -> Copy | None:
        """Return an agency's form, None when it has none of this kind."""
        held = self._tasks if kind == "tasks" else self._stats
        if agency not in held:
            return None
        if (agency, kind) not in self._copies:
            made = (
                layout.task_copy(self.issued, self.period, agency, self._tasks[agency])
                if kind == "tasks"
                else layout.stats_copy(self.issued, self.period, agency, asked_for=self._stats[agency])
            )
            self._copies[agency, kind] = made
        return self._copies[agency, kind]

    def issue(self, place: Place) -> str:
        """Return the issue of the form that a place is in."""
        return issue_id(self.issued, self.period, place.kind, place.agency)

    def place(self, slip: Named) -> Place:
        """Return the cell that a slip names; NoPlace for what is no cell that an agency fills in."""
        agency = self._agency(slip.agency)
        kind, field = self._column(slip.column)
        copy = self.copy(agency, kind)
        if copy is None:
            raise NoPlace(AGENCY, slip.agency, f"đơn vị được giao biểu «{SHEET_NAMES[kind]}» trong kỳ này")
        line = _line(copy, slip.key)
        known = {task.id for task in self.now.tasks} if kind == "tasks" else {each.code for each in self.now.indicators}
        if line.key not in known:
            raise NoPlace(KEY, slip.key, "dòng còn trong kế hoạch (dòng này đã được rút)")
        place = Place(agency, kind, line.key, field)
        if line.ratio and field != REMARK:
            raise NoPlace(KEY, slip.key, f"mã của hai số thành phần ({' và '.join(line.ratio)}): tỷ lệ được tự tính")
        if (agency, line.key, field) in self.settled:
            raise NoPlace(COLUMN, slip.column, "kỳ chưa được tổng hợp (số liệu kỳ trước sửa ở sổ tổng hợp của kỳ đó)")
        return place

    def rule(self, place: Place) -> Rule:
        """Return how the cell at a place is read: as in the agency's own copy."""
        copy = self.copy(place.agency, place.kind)
        if copy is None:
            raise KeyError(place)
        column = next(each for each in copy.columns if each.field == place.field)
        line = next(each for each in copy.keyed if each.key == place.key)
        earliest, latest = layout.plausible_dates(self.issued, self.period)
        return Rule(
            copy.rule(column, line),
            choices=layout.CHOICES.get(column.choices, ()),
            max_length=layout.MAX_TEXT,
            earliest=earliest,
            latest=latest,
            period=(self.period.start, self.period.end),
        )

    def _agency(self, typed: str) -> str:
        found = match(self.issued, typed)
        if found.name and not self.issued.agency(found.name).group:
            return found.name
        if found.name:
            raise NoPlace(AGENCY, typed, "một đơn vị, không phải một nhóm đơn vị")
        if found.rivals:
            raise NoPlace(AGENCY, typed, f"tên đầy đủ: đây là cách viết của {'; '.join(found.rivals)}")
        alike = nearest((each for each in self.issued.agencies if not each.group), typed) if typed else ()
        near = f", gần nhất: {'; '.join(alike)}" if alike else ""
        raise NoPlace(AGENCY, typed, f"tên một đơn vị trong kế hoạch{near}")

    def _column(self, typed: str) -> tuple[str, str]:
        """Return the form and field of a column: a heading of Nhiệm vụ or its beginning, a period, or Ghi chú."""
        folded = fold(typed)
        headings = {fold(each.heading): each.field for each in TASK_COLUMNS if each.rule} if self.now.tasks else {}
        starting = {field for heading, field in headings.items() if folded and heading.startswith(folded)}
        if folded in headings or len(starting) == 1:
            return "tasks", headings.get(folded) or starting.pop()
        if folded == fold("Ghi chú"):
            return "stats", REMARK
        try:
            period = parse_period(typed)
        except MisuseError:
            period = None
        if period in self._window and self.now.indicators:
            return "stats", period.code
        words = [each.heading for each in TASK_COLUMNS if each.rule] if self.now.tasks else []
        words += [*(each.name for each in self._window), "Ghi chú"] if self.now.indicators else []
        raise NoPlace(COLUMN, typed, f"một cột của biểu: {'; '.join(words)}")


def _line(copy: Copy, typed: str) -> Line:
    """Return the row that a code names, or the whole name of an indicator that only one row has."""
    folded = fold(typed)
    found = [line for line in copy.keyed if fold(line.key) == folded]
    named = found or [line for line in copy.keyed if folded and fold(str(line.texts.get("name", ""))) == folded]
    if len(named) == 1:
        return named[0]
    keys = [line.key for line in copy.keyed]
    more = ", …" if len(keys) > _LISTED else ""
    raise NoPlace(KEY, typed, f"mã một dòng trong biểu của đơn vị: {', '.join(keys[:_LISTED])}{more}")
