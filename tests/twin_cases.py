"""Targets and tasks by the thousand, with the formulas of both kinds and what Python says of each, in one workbook.

`write_cases(path)` writes it: sheets Chỉ tiêu and Nhiệm vụ, one row a case, the inputs first, then for each kind of
functions the formulas, then what they must show. Whatever computes worksheets can be held to it:

    targets, tasks = write_cases(path)
    # let a spreadsheet program with our functions compute path anew, then read EXPECTED and the columns of each kind
"""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path

import openpyxl
from openpyxl.workbook.defined_name import DefinedName

from kttt_xl import attainment, progress, twins
from kttt_xl.model import OPERATOR_WORDS, STATES
from kttt_xl.twins import FUNCTIONS, NATIVE, UDF, TargetCells, TaskCells

DAY = date(2024, 12, 20)
NINE_TENTHS, FOUR_FIFTHS = Decimal("0.9"), Decimal("0.8")

TARGET_SHEET, TASK_SHEET, DAY_SHEET = "Chỉ tiêu", "Nhiệm vụ", "Ngày"
# Columns: of the inputs A to I; then attainment, verdict and pace of each kind; then the three that are expected.
TARGET_COLUMNS: Mapping[str, tuple[str, ...]] = {
    NATIVE: ("J", "K", "L"),
    UDF: ("M", "N", "O"),
    "python": ("P", "Q", "R"),
}
TASK_COLUMNS: Mapping[str, str] = {NATIVE: "G", UDF: "H", "python": "I"}


@dataclass(frozen=True, slots=True)
class TargetCase:
    """A target, the value it is judged by, and the days on which that value is the one."""

    value: Decimal | None
    operator: str
    low: Decimal | None
    high: Decimal | None = None
    base: Decimal | None = None
    due: date | None = None
    start: date | None = None
    share: Decimal = NINE_TENTHS
    part_year: bool = False
    since: date | None = None
    until: date | None = None

    @property
    def expected(self) -> tuple[float | str, str, str]:
        """Return attainment in percent, verdict with its remark, and pace, as the sheet shows them."""
        if (self.since and self.since > DAY) or (self.until and self.until < DAY):
            return twins.NONE, twins.AGAIN, twins.NONE
        bounds = (self.operator, self.low, self.high)
        found = attainment.attainment(self.value, *bounds, self.base)
        judged = attainment.verdict(
            self.value, *bounds, due=self.due, as_of=DAY, about_share=self.share, part_year=self.part_year
        )
        remark = attainment.remark(self.value, *bounds, self.share)
        pace = progress.pace(found, judged, self.start, self.due, DAY)
        return twins.NONE if found is None else float(100 * found), f"{judged} {remark}".strip(), pace or twins.NONE

    @property
    def inputs(self) -> tuple[object, ...]:
        """Return what stands in the cells of the row, in the order of TargetCells."""
        level = attainment.bound(self.operator, self.low, self.high)
        about = self.operator == "about" and level is not None
        paced = self.start and self.due and self.start < self.due
        return (
            twins.NONE if self.value is None else self.value,
            OPERATOR_WORDS[self.operator],
            level,
            twins.enough(self.share, level) if about and level is not None else level,
            self.base,
            None if self.part_year else self.due,
            self.start if paced else None,
            self.since,
            self.until,
        )


@dataclass(frozen=True, slots=True)
class TaskCase:
    """A task as one lead reports it."""

    state: str | None
    due: date | None
    done_on: date | None
    start: date | None
    recurrence: str
    conditional: bool
    met_on: date | None
    soon_days: int = 30

    @property
    def expected(self) -> str:
        """Return the status."""
        return progress.task_status(
            self.state,
            self.done_on,
            due=self.due,
            start=self.start,
            recurrence=self.recurrence,
            conditional=self.conditional,
            condition_met_on=self.met_on,
            as_of=DAY,
            soon_days=self.soon_days,
        )

    @property
    def inputs(self) -> tuple[object, ...]:
        """Return what stands in the cells of the row, in the order of TaskCells."""
        awaits = (self.met_on or twins.NOT_MET) if self.conditional else None
        endless = "x" if self.recurrence in progress.ENDLESS else None
        return self.state, self.due, self.done_on, self.start, endless, awaits


def later(days: int) -> date:
    """Return a day so many days after the one computed for."""
    return DAY + timedelta(days=days)


# --- targets

D = Decimal
# Three tenths as a sum, a bound of which nine tenths miss in binary, counts, money, zero, below zero.
_LEVELS = tuple(map(D, ("0.3", "0.7", "30", "1234567.89", "0", "-2")))
_STEPS = (D(0), D("0.000001"), D("-0.000001"))
_SPANS = ((0, 0), (1, 9), (-9, -1), (-9, None), (None, -1), (1, None), (None, 9))


def bounded(operator: str, level: Decimal) -> dict[str, Decimal]:
    """Return the bounds of a target that a level decides."""
    if operator == "range":
        return {"low": level, "high": level + 1}
    return {"high": level, "low": D(0)} if operator in {"<", "<="} else {"low": level}


def boundary_targets() -> Iterator[TargetCase]:
    """Yield every operator at, just below and above each bound, with bases on either side, before and after due."""
    for operator, level in product(OPERATOR_WORDS, _LEVELS):
        decides = {"complete": D(100), "=0": D(0)}.get(operator, level)
        plain = TargetCase(
            decides,
            operator,
            **{"low": None, **bounded(operator, level)},
            due=DAY,
            share=FOUR_FIFTHS if level == 30 else NINE_TENTHS,
        )
        near = [decides + step for step in _STEPS]
        others = [mark + step for mark in (plain.share * decides, D(0), D("0.1") + D("0.2")) for step in _STEPS]
        yield from (replace(plain, value=value) for value in (None, *near, *others))
        for value, base in product((*near, D(0)), (D(0), decides, decides - 10, decides + 10)):
            yield replace(plain, value=value, base=base)
        for value, days, part_year in product((None, *near), (-1, 1), (False, True)):
            yield replace(plain, value=value, due=later(days), part_year=part_year)
        yield from (replace(plain, value=value, due=None) for value in (None, *near))
        yield replace(plain, low=None, high=None)
        for since, until in _SPANS if level == 30 else ():
            days = {"since": since, "until": until}
            yield replace(plain, **{name: None if at is None else later(at) for name, at in days.items()})


def pace_targets() -> Iterator[TargetCase]:
    """Yield targets of which just enough is attained for the days gone by, just too little, and just more."""
    for whole, gone in product((100, 365, 1095, 7305), (0, 10, 37, 99, 120)):
        start, due = later(-gone), later(whole - gone)
        share = D(min(gone, whole)) / whole - D("0.05")
        for step in (D(0), D("0.000001"), D("-0.000001")):
            for level in (D(30), D("0.7"), D(100_000)):
                yield TargetCase(level * (share + step), ">=", level, due=due, start=start)
                yield TargetCase(level * (share + step), ">=", level, base=level - 1, due=due, start=start)
    yield TargetCase(D(29), ">=", D(30), due=DAY, start=DAY)  # no time between
    yield TargetCase(None, ">=", D(30), due=later(9), start=DAY)


def random_targets(count: int, seed: int) -> Iterator[TargetCase]:
    """Yield targets with figures such as agencies give: typed numbers, ratios of counts, values near the bound."""
    chance = random.Random(seed)  # noqa: S311  # made-up figures

    def figure() -> Decimal:
        kind = chance.randrange(4)
        if kind == 0:
            return D(chance.randrange(-3, 5000))
        if kind == 1:
            return D(chance.randrange(1, 10**6)).scaleb(-chance.randrange(1, 5))
        if kind == 2:
            return D(100 * chance.randrange(0, 500)) / chance.randrange(1, 500)
        return sum((D(chance.randrange(1, 100)) / 10 for _ in range(chance.randrange(1, 9))), D(0))

    for _ in range(count):
        operator, level = chance.choice(tuple(OPERATOR_WORDS)), round(figure(), 4)
        value = chance.choice((figure(), level * NINE_TENTHS, level + figure() / 1000, level, None))
        yield TargetCase(
            value,
            operator,
            **bounded(operator, level),
            base=chance.choice((None, None, round(figure(), 3), level)),
            due=chance.choice((None, later(chance.randrange(-400, 400)))),
            start=chance.choice((None, later(-chance.randrange(0, 900))))
            if operator not in {"=0", "<", "<="}
            else None,
            part_year=chance.random() < 0.1,
        )


def target_cases(count: int = 1500, seed: int = 655) -> tuple[TargetCase, ...]:
    """Return all the targets: those at the boundaries, those at the edge of the pace, and so many at random."""
    return (*boundary_targets(), *pace_targets(), *random_targets(count, seed))


# --- tasks


def task_cases() -> tuple[TaskCase, ...]:
    """Return a task for every state, day and kind of deadline that rules tell apart, each side of each day."""
    dues = (None, *map(later, (-1, 0, 30, 31)))
    done = (None, *map(later, (-2, -1, 0)))
    starts = (None, DAY, later(1))
    conditions = ((False, None), (True, None), (True, DAY), (True, later(1)))
    rows = product((None, *STATES), dues, done, starts, ("once", "standing"), conditions)
    return tuple(TaskCase(state, due, day, start, kind, *met) for state, due, day, start, kind, met in rows)


# --- the workbook


def write_cases(
    path: Path, targets: Iterable[TargetCase] | None = None, tasks: Iterable[TaskCase] | None = None
) -> tuple[tuple[TargetCase, ...], tuple[TaskCase, ...]]:
    """Write cases, all of them unless others are given, from row 1 of their sheets; return them.

    No formula has a value beside it: whoever reads them has to compute them.
    """
    told = tuple(target_cases() if targets is None else targets), tuple(task_cases() if tasks is None else tasks)
    book = openpyxl.Workbook(write_only=True)
    book.create_sheet(DAY_SHEET).append([None, DAY])
    for name in (twins.TYPED_DAY, twins.DAY):
        book.defined_names[name] = DefinedName(name, attr_text=f"'{DAY_SHEET}'!$B$1")
    sheet = book.create_sheet(TARGET_SHEET)
    for number, target in enumerate(told[0], start=1):
        sheet.append([*target.inputs, *_target_formulas(target, number), *target.expected])
    sheet = book.create_sheet(TASK_SHEET)
    for number, task in enumerate(told[1], start=1):
        cells = TaskCells(*(f"{letter}{number}" for letter in "ABCDEF"))
        formulas = (twins.status(cells, functions, task.soon_days) for functions in FUNCTIONS)
        sheet.append([*task.inputs, *formulas, task.expected])
    book.save(path)
    return told


def _target_formulas(target: TargetCase, number: int) -> Iterator[str]:
    for functions in FUNCTIONS:
        attained, verdict, _ = TARGET_COLUMNS[functions]
        cells = TargetCells(*(f"{letter}{number}" for letter in (*"ABCDEFGHI", attained, verdict)))
        yield twins.attainment(cells, functions)
        yield twins.verdict(cells, functions, target.share)
        yield twins.pace(cells)
