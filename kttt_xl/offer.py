"""What a blank copy (biểu mẫu trống) lets an office choose from: the copies of every agency and period in one.

A blank copy is made of the copies it stands for, so choosing an agency and period shows what that agency would have
been sent. Source: contract, section 4.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from operator import attrgetter

from kttt_xl.errors import MisuseError
from kttt_xl.gate import DEFAULT_LIMITS
from kttt_xl.layout import Copy, Line
from kttt_xl.model import Value
from kttt_xl.period import Period
from kttt_xl.sums import opening_period

MOST_PERIODS = 12  # in the dropdown; a longer list only makes wrong choices likelier
MOST_ROWS = DEFAULT_LIMITS.row - 1  # below the names in Danh mục: a longer copy would be refused when it comes back
_WITHOUT_END = 4  # periods of a plan that states no end
_line_fields = attrgetter(*(item.name for item in fields(Line) if item.name != "texts"))


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen in a blank copy, and what each choice shows.

    copies holds one copy of each period, for what is said of a period; lines the different rows of all copies. lists
    holds the different runs of rows, as indices in lines, and last the different runs of what such rows said in the
    period before; table and last_table give, for each agency, the index of its run in each period.
    """

    agencies: tuple[str, ...]
    copies: tuple[Copy, ...]
    lines: tuple[Line, ...]
    lists: tuple[tuple[int, ...], ...]
    last: tuple[tuple[Value, ...], ...]
    table: tuple[tuple[int, ...], ...]
    last_table: tuple[tuple[int, ...], ...]

    @property
    def periods(self) -> tuple[Period, ...]:
        """Return the periods to choose from."""
        return tuple(copy.period for copy in self.copies)


def offered_periods(period: Period, plan_end_year: int | None) -> tuple[Period, ...]:
    """Return a period and the following ones of its kind, to the plan's last year, at most twelve."""
    found = [period]
    while len(found) < (MOST_PERIODS if plan_end_year else _WITHOUT_END):
        try:
            following = found[-1].next()
        except MisuseError:  # the last year there is
            break
        if plan_end_year and following.end.year > plan_end_year:
            break
        found.append(following)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Blank:
    """A blank copy: copy is its form before anything is chosen, left_out the agencies that cannot use it."""

    copy: Copy
    offer: Offer
    left_out: tuple[str, ...] = ()


_Shown = tuple[tuple[int, ...], tuple[Value, ...]]  # the numbers of a copy's lines, and what each last said
_NOT_ISSUED: _Shown = ((), ())


def blank_copy(copies: Mapping[Period, Iterable[Copy]]) -> Blank:
    """Return the blank copy that stands for the addressed copies of each period; the first is the one it is issued for.

    Its statistics form has the same rows for everybody: an agency that is asked for other ones (the coordinator) is
    left out and needs its own copy, and so does a period whose form is another. ValueError when the first period has
    no copies, MisuseError when there are more rows than a returned copy may hold.
    """
    known: dict[object, tuple[int, Line]] = {}
    shown: dict[str, dict[Period, _Shown]] = {}
    said: dict[Period, Copy] = {}
    for period, issued in copies.items():
        for copy in issued:
            shown.setdefault(copy.agency, {})[period] = _shown(copy, known)
            said.setdefault(period, copy)
    first, periods, inside = next(iter(copies), None), tuple(copies), shown
    if first is None or first not in said:
        raise ValueError("no copies of the first period")
    model, order = said[first], tuple(range(len(known)))
    if model.kind == "stats":
        order = Counter(own[first][0] for own in shown.values() if first in own).most_common(1)[0][0]
        inside = {agency: own for agency, own in shown.items() if own.get(first, _NOT_ISSUED)[0] == order}
        same = {at: all(own.get(at, _NOT_ISSUED)[0] == order for own in inside.values()) for at in periods}
        periods = tuple(at for at in periods if same[at] and _shape(said[at]) == _shape(model))
    lines = [line for _, line in known.values()]
    stated = tuple(said.get(period, replace(model, period=period)) for period in periods)
    offer = _offer(inside, stated, tuple(lines[number] for number in order), order)
    # A task form has as many places for rows as the longest list needs, each named by its number.
    slots = tuple(Line(str(number), {}) for number in range(1, max(map(len, offer.lists)) + 1))
    form = replace(model, agency="", lines=offer.lines if model.kind == "stats" else slots)
    return Blank(form, offer, tuple(agency for agency in shown if agency not in inside))


def _shown(copy: Copy, known: dict[object, tuple[int, Line]]) -> _Shown:
    """Return what a copy shows; lines that are not known yet get the next numbers."""
    run = []
    for line in copy.lines:
        identity = _identity(line)
        if identity not in known:
            known[identity] = len(known), _plain(line)
        run.append(known[identity][0])
    return tuple(run), tuple(line.texts.get("previous") for line in copy.lines)


def _shape(copy: Copy) -> object:
    """Return how a form's periods follow one another: the formulas of Kiểm tra lead from a period to the one before."""
    codes = [column.field for column in copy.columns if column.rule == "figure"]
    before = map(opening_period, codes)
    return [codes.index(code) if code in codes else -1 for code in before], [code == copy.period.code for code in codes]


def _offer(
    shown: Mapping[str, Mapping[Period, _Shown]],
    stated: tuple[Copy, ...],
    lines: tuple[Line, ...],
    order: Iterable[int],
) -> Offer:
    """Return the offer of lines, which are those of these numbers."""
    index = {number: at for at, number in enumerate(order)}
    lists: dict[tuple[int, ...], int] = {}
    last: dict[tuple[Value, ...], int] = {}
    table, last_table = [], []
    for own in shown.values():
        found = [own.get(copy.period, _NOT_ISSUED) for copy in stated]
        table.append(tuple(lists.setdefault(tuple(index[number] for number in run), len(lists)) for run, _ in found))
        last_table.append(tuple(last.setdefault(said, len(last)) for _, said in found))
    rows = max(len(shown), len(lists), len(last), len(lines), sum(map(len, lists)), sum(map(len, last)))
    if rows > MOST_ROWS:
        raise MisuseError(
            f"Biểu mẫu trống cho {len(shown)} đơn vị, {len(stated)} kỳ cần {rows} dòng danh mục, quá {MOST_ROWS} dòng: "
            "phát hành nhiều biểu mẫu, mỗi biểu cho một nhóm đơn vị (--agency)."
        )
    return Offer(tuple(shown), stated, lines, tuple(lists), tuple(last), tuple(table), tuple(last_table))


def _plain(line: Line) -> Line:
    """Return a line without what was reported last: that differs from agency to agency."""
    return replace(line, texts={field: text for field, text in line.texts.items() if field != "previous"})


def _identity(line: Line) -> object:
    """Return what tells lines apart: two agencies' rows that show the same are one line."""
    texts = tuple([item for item in line.texts.items() if item[0] != "previous"])
    return _line_fields(line), texts
