"""Succession of agencies and territories over time: who bears, on a given day, what others reported before.

"As it was then" is the figures untouched; "as it is now" gives each figure to the heir in force. Nothing is divided
without a stated share and nothing is lost: what has no certain heir stays listed as undecided (domain 5).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from graphlib import CycleError, TopologicalSorter

from kttt_xl.cells import show_date
from kttt_xl.errors import KtttError
from kttt_xl.model import Figure
from kttt_xl.period import Period

KINDS = RENAME, MERGE, SPLIT, TRANSFER = ("rename", "merge", "split", "transfer")
UNVERIFIED = "(chưa kiểm chứng)"  # beside whatever rests on an edge that was not read in a source

_DAY = timedelta(days=1)
_WHOLE = Decimal(1)
_EXACT = 1000  # digits; a product of shares and counts never has as many, so parts are never rounded


@dataclass(frozen=True, slots=True)
class Edge:
    """One step of succession: from the day on, what was old's is new's.

    All of it (rename, merge), a share of it (split; None when no share is stated), or one function (transfer), with
    the ids of its tasks in plan. new is "" when the heir is not known, and old itself when a body keeps its name but
    not its extent. plan is "" for an edge of every plan; verified is false for what was not read in a source.
    """

    kind: str
    old: str
    new: str
    on: date
    share: Decimal | None
    function: str
    source: str
    verified: bool
    plan: str = ""
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heir:
    """Who a share of a body has passed to, and by which edges; the shares of its heirs sum to 1.

    name is "" while nobody can say who, candidates and reason (a Vietnamese sentence) telling what is known.
    """

    name: str
    share: Decimal
    candidates: tuple[str, ...] = ()
    reason: str = ""
    path: tuple[Edge, ...] = ()

    @property
    def verified(self) -> bool:
        """Return whether every edge that leads here was read in a source.

        That a body kept its name while others joined it leads nowhere: cautions tells it, with its own mark.
        """
        return all(edge.verified for edge in self.path if edge.new != edge.old or edge.share is not None)


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure, or a share of one, under the name of its heir; was is the agency that reported it."""

    figure: Figure
    was: str
    share: Decimal = _WHOLE
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Undecided:
    """A figure, or a part of one, without a certain heir: heirs are the candidates, reason a Vietnamese sentence."""

    figure: Figure
    heirs: tuple[str, ...]
    reason: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class View:
    """Figures as of a day: those with an heir, under its name; the others; and sentences on what to be careful with."""

    figures: tuple[Placed, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    notes: tuple[str, ...] = ()


# What befell each name, day by day: the edges of one day together.
_Steps = Mapping[str, Mapping[date, list[Edge]]]


def of_plan(edges: Iterable[Edge], plan: str) -> tuple[Edge, ...]:
    """Return the edges that hold for a plan, given by id: its own and those of every plan."""
    return tuple(edge for edge in edges if edge.plan in {"", plan})


def heirs(name: str, on: date, edges: Sequence[Edge], *, at: date | None = None) -> tuple[Heir, ...]:
    """Return who bears on the day on what name bore on the day at; at its first known day when at is None.

    A name without edges is its own heir. edges are those of one plan; KtttError when they contradict each other.
    """
    _refuse(edges)
    return tuple(_pass_on(name, _since(name, at, edges) if at else date.min, _steps(edges, on)))


def task_heirs(
    agency: str, task_id: str, on: date, edges: Sequence[Edge], *, at: date | None = None
) -> tuple[Heir, ...]:
    """Return who answers on the day on for a task given to the agency: the heir of its function before any other.

    Sở LĐTBXH had four heirs: Gia Lai's tasks 6, 7, 21 (đào tạo nghề) and 24 (giảm nghèo) go to different ones
    (domain 5.2). A task whose function nobody named has an heir without a name. Otherwise as in heirs.
    """
    _refuse(edges)
    return tuple(_pass_on(agency, _since(agency, at, edges) if at else date.min, _steps(edges, on, task_id)))


def validity(name: str, edges: Sequence[Edge]) -> tuple[date | None, date | None]:
    """Return the first and the last day of the body that bears a name; None: not known, or not ended."""
    own = [edge for edge in edges if edge.kind != TRANSFER]
    kept = {edge.on for edge in own if edge.old == edge.new == name}
    made = {edge.on for edge in own if edge.new == name and edge.kind in {RENAME, MERGE}} - kept
    ended = max((edge.on for edge in own if edge.old == name), default=date.min)
    last = ended - _DAY if ended > max(kept | made, default=date.min) else None
    return max(made, default=None), last


def as_of_now(figures: Sequence[Figure], edges: Sequence[Edge], on: date, additive: Callable[[str], bool]) -> View:
    """Return the figures as of the day on, each under the heir of the agency that reported it.

    Merged counts stay apart, each with its cell; split counts are divided by stated shares, to the last digit.
    additive tells of an indicator's code whether its figures may be added: others are neither divided nor merged.
    The values of figures and undecided sum to those given. KtttError when edges (of one plan) contradict each other.
    """
    _refuse(edges)
    steps = _steps(edges, on)
    passed: dict[tuple[str, Period], list[Heir]] = {}  # an agency reports many figures a period
    used: dict[Edge, None] = {}  # in order of use
    placed: list[Placed] = []
    undecided: list[Undecided] = []
    for figure in figures:
        whose = figure.agency, figure.period
        if whose not in passed:
            passed[whose] = _pass_on(figure.agency, _since(figure.agency, figure.period.end, edges), steps)
        found = passed[whose]
        used |= dict.fromkeys(edge for heir in found for edge in heir.path)
        if len(found) > 1 and not additive(figure.code):
            undecided.append(_indivisible(figure, found))
            continue
        for heir, value in zip(found, _divided(figure.value, [heir.share for heir in found]), strict=True):
            part = replace(figure, value=value)
            if heir.name:
                part = replace(part, agency=heir.name)
                placed.append(Placed(part, figure.agency, heir.share, heir.verified))
            else:
                undecided.append(Undecided(part, heir.candidates, heir.reason, heir.verified))
    mixed = _mixed(placed, additive)
    undecided += [
        Undecided(replace(item.figure, agency=item.was), (item.figure.agency,), mixed[key], item.verified)
        for item in placed
        if (key := _key(item.figure)) in mixed
    ]
    kept = tuple(item for item in placed if _key(item.figure) not in mixed)
    return View(kept, tuple(undecided), cautions(used))


def _key(figure: Figure) -> tuple[str, str, Period]:
    return figure.agency, figure.code, figure.period


def _mixed(placed: Iterable[Placed], additive: Callable[[str], bool]) -> dict[tuple[str, str, Period], str]:
    """Return where an average or ratio of one heir and period has come from several agencies, with the reason."""
    sources: dict[tuple[str, str, Period], dict[str, None]] = {}
    for item in placed:
        if not additive(item.figure.code):
            sources.setdefault(_key(item.figure), {})[item.was] = None
    return {
        key: f"{_names(reporters)} nay là «{key[0]}»: số bình quân, tỷ lệ của nhiều đơn vị không cộng được."
        for key, reporters in sources.items()
        if len(reporters) > 1
    }


def _indivisible(figure: Figure, found: Sequence[Heir]) -> Undecided:
    names = tuple(dict.fromkeys(name for heir in found for name in (heir.name, *heir.candidates) if name))
    reason = f"«{figure.agency}» nay là {_names(names)}: số bình quân, tỷ lệ không chia được."
    return Undecided(figure, names, reason, all(heir.verified for heir in found))


def _divided(value: Decimal, shares: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Return the parts of a value; the last takes the rest, so that they sum to it exactly."""
    with localcontext(prec=_EXACT):
        parts = [value * share for share in shares[:-1]]
        return (*parts, value - sum(parts, Decimal(0)))


def cautions(edges: Iterable[Edge]) -> tuple[str, ...]:
    """Return what to be careful with where these edges are followed, each as a Vietnamese sentence."""
    return tuple(dict.fromkeys(note for edge in edges for note in _notes(edge)))


def _notes(edge: Edge) -> Iterator[str]:
    unverified = "" if edge.verified else f" {UNVERIFIED}"
    if edge.new == edge.old:
        yield (
            f"«{edge.old}» giữ tên nhưng thay đổi phạm vi từ ngày {show_date(edge.on)}{unverified}: "
            "trước và sau không so sánh được."
        )
    elif unverified:
        heir = f"«{edge.new}»" if edge.new else "chưa xác định"
        yield f"«{edge.old}» → {heir} từ ngày {show_date(edge.on)}{unverified}."


def _names(names: Iterable[str]) -> str:
    return "; ".join(f"«{name}»" for name in names)


# --- following the edges


def _steps(edges: Iterable[Edge], on: date, task: str = "") -> _Steps:
    """Return what befell each name up to the day on; a transfer only for a task it names, and then nothing else."""
    found: dict[str, dict[date, list[Edge]]] = {}
    for edge in sorted(edges, key=lambda edge: edge.on):
        if edge.on <= on and (edge.kind != TRANSFER or task in edge.tasks):
            found.setdefault(edge.old, {}).setdefault(edge.on, []).append(edge)
    for days in found.values():
        for day, group in days.items():
            days[day] = [edge for edge in group if edge.kind == TRANSFER] or group
    return found


def _since(name: str, at: date, edges: Iterable[Edge]) -> date:
    """Return the day from which what befalls the name concerns the body that bore it on the day at.

    A body that reports under a name that had already ended, and was not taken up again, is still the one that ended.
    """
    past = [edge for edge in edges if edge.on <= at and edge.kind != TRANSFER]
    ended = max((edge.on for edge in past if edge.old == name), default=None)
    alive = ended is None or any(
        edge.new == name and (edge.on > ended or (edge.on == ended and edge.old == name)) for edge in past
    )
    return at + _DAY if ended is None or alive else ended


def _pass_on(name: str, since: date, steps: _Steps) -> list[Heir]:
    """Return the heirs of a name that is borne from the day since on."""
    day = next((day for day in steps.get(name, {}) if day >= since), None)
    if day is None:
        return [Heir(name, _WHOLE)]
    edges = steps[name][day]
    below = [_follow(edge, steps) for edge in edges]
    if len(edges) == 1:
        return below[0]
    if any(edge.share is None for edge in edges):
        return [_together(name, day, [heir for found in below for heir in found])]
    found: dict[tuple[str, str], Heir] = {}
    for edge, parts in zip(edges, below, strict=True):
        for part in parts:
            key = part.name, part.reason
            earlier = found.get(key, Heir(part.name, Decimal(0)))
            share = earlier.share + part.share * (edge.share or _WHOLE)
            found[key] = replace(part, share=share, path=(*earlier.path, *part.path))
    return list(found.values())


def _follow(edge: Edge, steps: _Steps) -> list[Heir]:
    if not edge.new:
        reason = f"«{edge.old}» không còn từ ngày {show_date(edge.on)}; chưa xác định đơn vị kế thừa."
        return [Heir("", _WHOLE, (), reason, (edge,))]
    since = edge.on + _DAY if edge.new == edge.old else edge.on
    return [replace(heir, path=(edge, *heir.path)) for heir in _pass_on(edge.new, since, steps)]


def _together(name: str, day: date, found: Sequence[Heir]) -> Heir:
    """Return the one heir of parts whose shares are not stated: certain only when all have come to the same."""
    path = tuple(edge for heir in found for edge in heir.path)
    names = tuple(dict.fromkeys(known for heir in found for known in (heir.name, *heir.candidates) if known))
    if len(names) == 1 and all(heir.name for heir in found):
        return Heir(names[0], _WHOLE, path=path)
    reason = f"«{name}» tách từ ngày {show_date(day)} cho {_names(names)} mà không có tỷ lệ chia."
    return Heir("", _WHOLE, names, reason, path)


# --- edges that contradict each other


def problems(edges: Iterable[Edge]) -> tuple[str, ...]:
    """Return what contradicts itself in the edges of one plan, each as a Vietnamese sentence."""
    found: list[str] = []
    days: dict[date, list[Edge]] = {}
    for edge in sorted(edges, key=lambda edge: edge.on):
        days.setdefault(edge.on, []).append(edge)
    for day, group in days.items():
        whole = [edge for edge in group if edge.kind != TRANSFER]
        for old in dict.fromkeys(edge.old for edge in whole):
            found += _at_odds([edge for edge in whole if edge.old == old])
        found += _cycle(day, group)
    return tuple(found)


def _at_odds(edges: Sequence[Edge]) -> Iterator[str]:
    """Yield what is wrong with the edges by which one name ends on one day."""
    at = f"«{edges[0].old}» ngày {show_date(edges[0].on)}"
    shares = [edge.share for edge in edges]
    stated = [share for share in shares if share is not None]
    if len({edge.new for edge in edges}) < len(edges):
        yield f"{at}: một đơn vị kế thừa được ghi hai lần."
    if len(edges) > 1 and any(edge.kind != SPLIT for edge in edges):
        yield f"{at}: có {len(edges)} đơn vị kế thừa mà không phải đều là tách (split)."
    if stated and (len(stated) < len(shares) or min(stated) <= 0 or sum(stated) != 1):
        told = "; ".join("trống" if share is None else str(share) for share in shares)
        yield f"{at}: các tỷ lệ chia ({told}) phải ghi đủ, lớn hơn 0 và cộng lại bằng 1."


def _cycle(day: date, edges: Iterable[Edge]) -> Iterator[str]:
    """Yield the cycle of one day; over several days a body may well take an old name again."""
    graph: TopologicalSorter[str] = TopologicalSorter()
    for edge in edges:
        if edge.new not in {"", edge.old} and (edge.kind != TRANSFER or edge.tasks):
            graph.add(edge.old)  # first, so that a cycle is told from the first edge on
            graph.add(edge.new, edge.old)
    try:
        graph.prepare()
    except CycleError as error:
        yield f"Vòng kế thừa ngày {show_date(day)}: {' → '.join(f'«{name}»' for name in error.args[1])}."


def _refuse(edges: Iterable[Edge]) -> None:
    found = problems(edges)
    if found:
        raise KtttError("\n".join((f"Dữ liệu kế thừa có {len(found)} lỗi:", *found)))
