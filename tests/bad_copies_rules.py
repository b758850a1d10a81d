"""Copies whose cells are each in order and contradict each other or the last period: taken as typed, with a warning."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial

from bad_copies import PERIOD, BadCopy, Base, Bases, Values, one

from kttt_xl.filling import Content
from kttt_xl.layout import stats_copy

_WAITING, _DAY = "Chờ văn bản cấp trên", date(2024, 6, 30)
Place = tuple[str, str]


def rules(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """Contradictions in the form of tasks, in that of figures, and with what was reported last."""
    task, base = bases.task(seed), bases.tasks
    asked = next(line.key for line in base.copy.keyed if not line.required)  # coordinates only: nothing need be said
    tasks: dict[str, tuple[dict[Place, Content], str]] = {
        "done, at 90 %": ({("1", "percent"): 90}, "done-not-100"),
        "a date, and not done": ({(task, "done_on"): _DAY}, "date-without-done"),
        "waits for nothing": ({(task, "state"): _WAITING}, "waiting-not-conditional"),
        "a result without a state": ({(asked, "result"): "Đã phối hợp"}, "missing-required"),
        "done after the day of the run": ({("1", "done_on"): date(2024, 12, 21)}, "future-date"),
        "done, at 0": ({("1", "percent"): 0}, "done-not-100"),
        "all at once": (
            {("1", "percent"): 50, (task, "done_on"): _DAY, (asked, "result"): "Đã họp"},
            "done-not-100 date-without-done missing-required",
        ),
    }
    for name, (answers, codes) in tasks.items():
        yield _case(name, base, answers, codes)
    figures: dict[str, tuple[dict[str, int], str]] = {
        "a part more than its whole": ({"TC-TOT-KHA": 5000}, "parts-exceed-whole"),
        "a part of a part more than that": ({"TC-HQ-LK": 401}, "parts-exceed-whole"),
        "more people at work than there are": ({"DS-LD-TG": 9000}, "parts-exceed-whole"),
        "a share over 100 %": ({"GRDP": 101}, "ratio-out-of-range"),
    }
    for name, (counts, codes) in figures.items():
        yield _case(name, bases.stats, {(key, PERIOD.code): count for key, count in counts.items()}, codes)
    row, period = bases.figure(seed)
    before = _after(bases, {row: Decimal(100_000)})
    yield _case("a thousandth of last year's", before, {(row, period): 100}, "unit-outlier")
    yield _case("a hundredth of last year's", before, {(row, period): 1000}, "")
    same = {key: said for (key, name), said in bases.stats.values.items() if name == period}
    yield _case(
        "all as last year", _after(bases, {k: v for k, v in same.items() if k != "CN-TT"}), {}, "copied-last-period"
    )


def _after(bases: Bases, previous: Mapping[str, object]) -> Base:
    """Return the copy as it is issued when last period's figures are known."""
    base = bases.stats
    shown = {key: value for key, value in previous.items() if isinstance(value, Decimal)}
    copy = stats_copy(bases.plan, PERIOD, base.copy.agency, previous=shown)
    return Base(replace(base.issue, copy=copy), base.answers)


def _case(name: str, base: Base, answers: Mapping[Place, Content], codes: str) -> BadCopy:
    make = partial(base.typed, {base.at(*place): said for place, said in answers.items()})
    read: Values = {place: Decimal(said) if isinstance(said, int) else said for place, said in answers.items()}  # type: ignore[misc]
    return one("rules", name, base, make, "accepted", codes, base.but(read))


GROUPS = {"rules": rules}
