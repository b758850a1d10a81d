"""Attainment of a target: the value it is judged by, whether that reaches it, how far it has come.

Everything is decimal arithmetic on the values as typed, without tolerance. "Today" is always the argument as_of (A
in the contract), D is the target's due date. Source of every rule: contract section 8.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from itertools import accumulate

from kttt_xl.model import OPERATOR_WORDS, Target
from kttt_xl.period import Period, parse_period

QUALITATIVE = "Định tính"
NO_VALUE = "Chưa có số liệu"
MET = "Đạt"
NOT_YET = "Chưa đạt"
MISSED = "Không đạt"
VERDICTS = (MET, NOT_YET, MISSED, NO_VALUE, QUALITATIVE)

ABOUT_SHARE = Decimal("0.9")  # what "khoảng" accepts unless the plan says otherwise

# Once reached, these stay reached: what a sum of counts still lacks can only add to it.
_FLOORS = frozenset({">=", ">", "=", "range", "about", "complete"})

_DAY = timedelta(days=1)

_WORKING_DIGITS = 60  # a root of full precision is rounded back to 28 digits, so that 5, 5, 5 average exactly 5


# --- one value against one bound


def bound(operator: str, low: Decimal | None, high: Decimal | None) -> Decimal | None:
    """Return the number b that decides: high for `<` `<=`, 100 for `complete`, 0 for `=0`, else low.

    None for a qualitative target or when the deciding number is not there; ValueError for an unknown operator.
    Source: contract section 8.
    """
    if operator not in OPERATOR_WORDS:
        raise ValueError(f"unknown operator {operator!r}")
    match operator:
        case "qualitative":
            return None
        case "<" | "<=":
            return high
        case "complete":
            return Decimal(100)
        case "=0":
            return Decimal(0)
    return low


def satisfied(
    value: Decimal | None,
    operator: str,
    low: Decimal | None,
    high: Decimal | None = None,
    about_share: Decimal = ABOUT_SHARE,
) -> bool | None:
    """Say whether a value satisfies a target; None when there is nothing to compare.

    A bare number (`=`) and the low end of a range are floors. Source: contract section 8.
    """
    level = bound(operator, low, high)
    if value is None or level is None:
        return None
    match operator:
        case ">":
            return value > level
        case "<":
            return value < level
        case "<=":
            return value <= level
        case "=0":
            return value == 0
        case "about":
            return value >= about_share * level
    return value >= level


def attainment(
    value: Decimal | None,
    operator: str,
    low: Decimal | None,
    high: Decimal | None = None,
    base: Decimal | None = None,
) -> Decimal | None:
    """Return how far a value has come towards its target, 1 being all the way; not cut at 0 or 1.

    None where there is no value, no bound, or a division by zero. A base that does not lie on the failing side
    of the bound is left out. Source: contract section 8.
    """
    level = bound(operator, low, high)
    if value is None or level is None:
        return None
    if operator in {"<", "<=", "=0"}:
        if satisfied(value, operator, low, high):
            return Decimal(1)
        if base is not None and base > level:
            return (base - value) / (base - level)
        return level / value if value and operator != "=0" else None
    if base is not None and base < level:
        return (value - base) / (level - base)
    return value / level if level else None


def verdict(
    value: Decimal | None,
    operator: str,
    low: Decimal | None,
    high: Decimal | None = None,
    *,
    due: date | None,
    as_of: date,
    about_share: Decimal = ABOUT_SHARE,
    part_year: bool = False,
) -> str:
    """Return one of VERDICTS; what is not reached is final only after due, and never for part of a year.

    Without a due date it is never final. Decided by comparison alone, never by attainment. Source: contract
    section 8.
    """
    if operator == "qualitative":
        return QUALITATIVE
    reached = satisfied(value, operator, low, high, about_share)
    if reached is None:
        return NO_VALUE
    if reached:
        return MET
    return MISSED if due is not None and as_of > due and not part_year else NOT_YET


def remark(
    value: Decimal | None,
    operator: str,
    low: Decimal | None,
    high: Decimal | None = None,
    about_share: Decimal = ABOUT_SHARE,
) -> str:
    """Return the words that explain a verdict and an attainment that seem to disagree, else "".

    They do at the bound itself where that is not enough (`>`, `<`), and below it where that is enough (`about`).
    Source: contract section 8.
    """
    level = bound(operator, low, high)
    if value is None or level is None:
        return ""
    if operator == "about" and about_share * level <= value < level:
        percent = f"{(100 * about_share).normalize():f}".replace(".", ",")
        return f"(khoảng, chấp nhận từ {percent} %)"
    if operator in {">", "<"} and value == level:
        return "(phải vượt)" if operator == ">" else "(phải dưới)"
    return ""


# --- growth and trend


def average_growth(yearly: Sequence[Decimal]) -> Decimal | None:
    """Return the yearly growth, in percent, that gives what these growths in percent give one after another.

    None without any, or when one is -100 % or less, after which nothing can grow. Source: contract section 8,
    basis average.
    """
    if not yearly or min(yearly) <= -100:
        return None
    with localcontext(prec=_WORKING_DIGITS):
        product = Decimal(1)
        for growth in yearly:
            product *= 1 + growth / 100
        return _rounded(100 * (product ** (1 / Decimal(len(yearly))) - 1))


def compound_growth(first: Decimal, last: Decimal, years: Decimal | int) -> Decimal | None:
    """Return the average yearly growth in percent from first to last, that many years later.

    None unless first and years are above 0 and last is not below. Source: contract section 9, KTTT_TANG_TRUONG.
    """
    if first <= 0 or last < 0 or years <= 0:
        return None
    with localcontext(prec=_WORKING_DIGITS):
        return _rounded(100 * ((last / first) ** (1 / Decimal(years)) - 1))


def forecast(points: Sequence[tuple[date, Decimal]], at: date) -> Decimal | None:
    """Return the value at a day on the least-squares line through the points, a day being one step.

    None with fewer than two distinct days. Source: contract section 8.
    """
    if len({day for day, _ in points}) < 2:
        return None
    # Days are counted from `at`, so the value there is the line's intercept.
    days = [(day - at).days for day, _ in points]
    values = [value for _, value in points]
    squares = sum(day * day for day in days)
    with localcontext(prec=_WORKING_DIGITS):
        products = sum((day * value for day, value in zip(days, values, strict=True)), Decimal(0))
        numerator = sum(values, Decimal(0)) * squares - products * sum(days)
        return _rounded(numerator / (len(days) * squares - sum(days) ** 2))


def _rounded(number: Decimal) -> Decimal:
    """Return the number to 28 digits, written without exponent and without zeros that say nothing."""
    return Decimal(f"{number.normalize(Context(prec=28)):f}")


# --- the value a target is judged by


@dataclass(frozen=True, slots=True)
class Case:
    """What decides which value a target is judged by: target, nature of its indicator, plan's start, D, period, A."""

    target: Target
    nature: str
    start: date | None
    due: date | None
    period: Period
    as_of: date
    about_share: Decimal = ABOUT_SHARE


@dataclass(frozen=True, slots=True)
class Reading:
    """The value v chosen for a case, with its period; fields as in progress.Measure.

    part_year: the value is of part of the year only. trend holds the points that a forecast is read from.
    """

    value: Decimal | None = None
    period: Period | None = None
    cumulative: bool = False
    part_year: bool = False
    earlier: tuple[str, Decimal] | None = None
    gap_years: tuple[int, ...] = ()
    sum_gap_years: tuple[int, ...] = ()
    trend: tuple[tuple[date, Decimal], ...] = ()


def choose_value(case: Case, values: Mapping[Period, Decimal]) -> Reading:
    """Choose the value a target is judged by, from those of its indicator by period, as its basis says.

    ValueError for an unknown basis. Source: contract section 8.
    """
    match case.target.basis:
        case "at":
            return _value_at(case, values)
        case "yearly":
            return _value_of_year(case, values)
        case "average":
            return _average(case, values)
    raise ValueError(f"unknown basis {case.target.basis!r}")


def _value_at(case: Case, values: Mapping[Period, Decimal]) -> Reading:
    """Take the latest period ending by D and by the end of the period reported on; of a flow, the sum up to it.

    After D only a value of the due date's own period, one that ends on D, will do.
    """
    last_day = min(case.due or date.max, case.period.end)
    ended = [period for period in sorted(values) if period.end <= last_day]
    if not ended:
        return Reading()
    if case.nature == "flow":
        reading = _sum_from(case, {period: values[period] for period in ended}, case.start)
    else:
        longest = {period.end: period for period in ended}  # of equal ends the longest comes last and stays
        trend = tuple((day, values[period]) for day, period in longest.items())
        reading = Reading(values[ended[-1]], ended[-1], trend=trend)
    late = case.due is not None and case.as_of > case.due
    return _set_aside(reading) if late and reading.period and reading.period.end != case.due else reading


def _value_of_year(case: Case, values: Mapping[Period, Decimal]) -> Reading:
    """Take the value of exactly the year reported on, else what there is of that year so far (lũy kế)."""
    year = case.period.year
    years = {period.year: period for period in sorted(values) if period.kind == "year" and period.year <= year}
    trend = tuple((period.end, values[period]) for period in years.values())
    if year in years:
        return Reading(values[years[year]], years[year], trend=trend)
    first_day, last_day = date(year, 1, 1), date(year, 12, 31)
    parts = {
        period: value for period, value in values.items() if first_day <= period.start and period.end <= case.period.end
    }
    if not parts:
        return Reading(trend=trend)
    if case.nature == "flow":
        reading = _sum_from(case, parts, first_day)
    else:
        reading = Reading(parts[max(parts)], max(parts), cumulative=True)
    # Four quarters added up, or a stock at the last day of the year, are the year's value.
    whole = case.nature in {"flow", "stock"} and reading.period is not None and reading.period.end == last_day
    return replace(reading, part_year=reading.period is not None and not whole, trend=trend)


def _average(case: Case, values: Mapping[Period, Decimal]) -> Reading:
    """Average the yearly growth from the first whole year of the plan on, none missing between; after D, up to D.

    A year counts when it is over by D, and by A or by the end of the period reported on. Values of an indicator
    that is not a growth cannot be averaged as one.
    """
    if case.nature != "growth" or case.start is None:
        return Reading()
    last_day = min(case.due or date.max, max(case.as_of, case.period.end))
    growth = {
        period.year: value
        for period, value in values.items()
        if period.kind == "year" and case.start <= period.start and period.end <= last_day
    }
    if not growth:
        return Reading()
    late = case.due is not None and case.as_of > case.due
    first = (case.start - _DAY).year + 1
    last = (last_day + _DAY).year - 1 if late else max(growth)
    years = range(first, last + 1)
    gaps = tuple(year for year in years if year not in growth or growth[year] <= -100)
    if gaps:
        return Reading(gap_years=gaps)
    span = parse_period(str(first) if first == last else f"{first}/{last}")
    return Reading(average_growth([growth[year] for year in years]), span)


def _set_aside(reading: Reading) -> Reading:
    """Return the reading with its value shown as an earlier one, not judged by."""
    if reading.period is None or reading.value is None:
        return reading
    earlier = (reading.period.code, reading.value)
    return replace(reading, value=None, period=None, cumulative=False, earlier=earlier)


# --- sums of a flow


def _sum_from(case: Case, values: Mapping[Period, Decimal], start: date | None) -> Reading:
    """Sum a flow from start on; a sum with a gap is set aside, unless it reaches the target even so.

    With no start there is no sum, and the latest value is set aside.
    """
    if start is None:
        return _set_aside(Reading(values[max(values)], max(values)))
    chain = _chain(values, start)
    if not chain:
        return Reading()
    gaps = _years_between(chain, start)
    sums = tuple(accumulate(values[period] for period in chain))
    trend = () if gaps else tuple(zip((period.end for period in chain), sums, strict=True))
    reading = Reading(sums[-1], chain[-1], cumulative=True, sum_gap_years=gaps, trend=trend)
    target = case.target
    reached = satisfied(sums[-1], target.operator, target.low, target.high, case.about_share)
    return reading if not gaps or (reached and target.operator in _FLOORS) else _set_aside(reading)


def _chain(periods: Iterable[Period], start: date) -> tuple[Period, ...]:
    """Return the periods to add up from start on, none overlapping another, in order.

    They cover the most days; of equals the one that reaches least behind start, then the one with fewest periods:
    a year rather than its quarters. A plan that starts within a year counts that whole year when nothing shorter
    was reported. This is weighted interval scheduling, the weight being those three in order.
    """
    best: list[tuple[tuple[int, int, int], tuple[Period, ...]]] = [((0, 0, 0), ())]
    for period in sorted(periods):
        if period.end < start or period.start.year < start.year:
            continue
        (days, behind, count), chain = max(
            (entry for entry in best if not entry[1] or entry[1][-1].end < period.start),
            key=lambda entry: entry[0],
        )
        inside = (period.end - max(period.start, start) + _DAY).days
        outside = max((start - period.start).days, 0)
        best.append(((days + inside, behind - outside, count - 1), (*chain, period)))
    return max(best, key=lambda entry: entry[0])[1]


def _years_between(chain: Iterable[Period], start: date) -> tuple[int, ...]:
    """Return the years of the days from start to the chain's end that no period of the chain covers."""
    years: set[int] = set()
    expected = start
    for period in chain:
        if period.start > expected:
            years.update(range(expected.year, (period.start - _DAY).year + 1))
        expected = period.end + _DAY
    return tuple(sorted(years))
