"""Section 8 of the contract, line by line, worked by hand."""

from datetime import date
from decimal import Decimal, getcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl import attainment as module
from kttt_xl.attainment import (
    VERDICTS,
    Case,
    Reading,
    attainment,
    average_growth,
    bound,
    choose_value,
    compound_growth,
    forecast,
    remark,
    satisfied,
    verdict,
)
from kttt_xl.model import OPERATOR_WORDS, Target
from kttt_xl.period import Period, parse_period

DUE = date(2025, 12, 31)


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def numbers(*texts: str | None) -> tuple[Decimal | None, ...]:
    return tuple(number(text) for text in texts)


# --- one value against one bound


@pytest.mark.parametrize(
    ("operator", "low", "high", "expected"),
    [
        (">=", "50", None, "50"),
        (">", "50", None, "50"),
        ("=", "40", "40", "40"),
        ("range", "60", "70", "60"),
        ("about", "500", "500", "500"),
        ("<", None, "10", "10"),
        ("<=", "3", "10", "10"),
        ("complete", None, None, "100"),
        ("complete", "5", "6", "100"),
        ("=0", "0", "0", "0"),
        ("=0", None, None, "0"),
        ("qualitative", None, None, None),
        ("qualitative", "1", "2", None),
        (">=", None, "50", None),  # a floor without its number, whatever the high end says
        ("range", None, "70", None),
        ("<", "10", None, None),  # a ceiling without its number
    ],
)
def test_bound(operator: str, low: str | None, high: str | None, expected: str | None) -> None:
    assert bound(operator, number(low), number(high)) == number(expected)


def test_every_operator_is_known_and_no_other() -> None:
    for operator in OPERATOR_WORDS:
        assert verdict(None, operator, None, due=None, as_of=DUE) in VERDICTS
    for call in (satisfied, attainment, bound):
        with pytest.raises(ValueError, match="unknown operator 'từ'"):
            call(*(("từ", Decimal(1), None) if call is bound else (Decimal(1), "từ", Decimal(1), None)))


@pytest.mark.parametrize(
    ("value", "operator", "low", "high", "expected"),
    [
        ("29", ">=", "30", None, False),
        ("30", ">=", "30", None, True),
        ("29.9999999999", ">=", "30", None, False),  # no tolerance
        ("90", ">", "90", None, False),
        ("90.0000000001", ">", "90", None, True),
        ("10", "<", None, "10", False),
        ("9.99", "<", None, "10", True),
        ("10", "<=", None, "10", True),
        ("10.01", "<=", None, "10", False),
        ("39", "=", "40", "40", False),
        ("40", "=", "40", "40", True),
        ("41", "=", "40", "40", True),  # a bare number is a floor
        ("59", "range", "60", "70", False),
        ("60", "range", "60", "70", True),
        ("75", "range", "60", "70", True),  # more than the band is not a failure
        ("449", "about", "500", "500", False),
        ("450", "about", "500", "500", True),  # 0.9 × 500
        ("0", "=0", None, None, True),
        ("0.00", "=0", "0", "0", True),
        ("1", "=0", None, None, False),
        ("-1", "=0", None, None, False),
        ("99.9", "complete", None, None, False),
        ("100", "complete", None, None, True),
        ("-1", ">=", "-2", None, True),
        ("-3", ">=", "-2", None, False),
        (None, ">=", "30", None, None),
        ("5", ">=", None, "4", None),
        ("5", "<", "10", None, None),
        ("5", "qualitative", None, None, None),
    ],
)
def test_satisfied(value: str | None, operator: str, low: str | None, high: str | None, expected: bool | None) -> None:
    assert satisfied(number(value), operator, number(low), number(high)) is expected


@pytest.mark.parametrize(
    ("value", "share", "expected"), [("80", "0.8", True), ("79", "0.8", False), ("99", "1", False)]
)
def test_about_share_is_a_setting(value: str, share: str, expected: bool) -> None:
    assert satisfied(Decimal(value), "about", Decimal(100), None, Decimal(share)) is expected


@pytest.mark.parametrize(
    ("value", "operator", "low", "high", "base", "expected"),
    [
        # floors without a base: v / b, not cut at 1, below 0 as it is
        ("15", ">=", "30", None, None, "0.5"),
        ("45", ">=", "30", None, None, "1.5"),
        ("0", ">=", "30", None, None, "0"),
        ("-3", ">=", "30", None, None, "-0.1"),
        ("90", ">", "90", None, None, "1"),  # and yet not satisfied
        ("80", "=", "40", "40", None, "2"),
        ("66", "range", "60", "70", None, "1.1"),  # low is the bound
        ("450", "about", "500", "500", None, "0.9"),
        ("25", "complete", None, None, None, "0.25"),
        ("1", ">=", "3", None, None, "0.3333333333333333333333333333"),
        # floors with a base: (v - v0) / (b - v0)
        ("40", ">=", "50", None, "30", "0.5"),  # 10 / 20
        ("30", ">=", "50", None, "30", "0"),
        ("20", ">", "50", None, "30", "-0.5"),  # fell behind the base: -10 / 20
        ("60", "=", "50", "50", "30", "1.5"),
        ("65", "range", "60", "70", "50", "1.5"),
        ("450", "about", "500", "500", "400", "0.5"),  # satisfied, half way
        ("75", "complete", None, None, "50", "0.5"),
        ("5", ">=", "10", None, "-10", "0.75"),  # 15 / 20
        ("5", ">=", "0", None, "-20", "1.25"),  # a bound of 0 divides by the way from the base
        # a base at the bound or on its far side does not count
        ("40", ">=", "50", None, "50", "0.8"),
        ("40", ">=", "50", None, "60", "0.8"),
        # ceilings: 1 when satisfied, else b / v, or (v0 - v) / (v0 - b)
        ("4", "<", None, "10", None, "1"),
        ("0", "<=", None, "0", None, "1"),
        ("10", "<=", None, "10", None, "1"),
        ("10", "<", None, "10", None, "1"),  # 10 / 10, and yet not satisfied
        ("40", "<", None, "10", None, "0.25"),
        ("5", "<=", None, "0", None, "0"),
        ("12", "<", None, "10", "20", "0.8"),  # 8 / 10
        ("25", "<=", None, "10", "20", "-0.5"),  # rose above the base: -5 / 10
        ("4", "<", None, "10", "20", "1"),  # satisfied comes first
        ("40", "<", None, "10", "10", "0.25"),  # base at the bound
        ("40", "<", None, "10", "5", "0.25"),  # base on the far side
        # none left
        ("0", "=0", None, None, None, "1"),
        ("0", "=0", None, None, "8", "1"),
        ("2", "=0", None, None, None, None),
        ("2", "=0", None, None, "8", "0.75"),  # 6 / 8
        ("10", "=0", None, None, "8", "-0.25"),  # -2 / 8
        ("2", "=0", None, None, "0", None),  # a base of 0 is not on the failing side
        ("2", "=0", None, None, "-1", None),
        # nothing to divide, or nothing to divide by
        ("5", ">=", "0", None, None, None),
        ("0", "<", None, "0", None, None),
        (None, ">=", "30", None, None, None),
        (None, "=0", None, None, "8", None),
        ("5", ">=", None, "30", None, None),
        ("5", "<", "10", None, None, None),
        ("5", "qualitative", None, None, None, None),
    ],
)
def test_attainment(
    *,
    value: str | None,
    operator: str,
    low: str | None,
    high: str | None,
    base: str | None,
    expected: str | None,
) -> None:
    assert attainment(number(value), operator, *numbers(low, high, base)) == number(expected)


BEFORE, ON, AFTER = date(2025, 6, 1), DUE, date(2026, 1, 1)


@pytest.mark.parametrize(
    ("value", "operator", "low", "due", "as_of", "part_year", "expected"),
    [
        ("30", ">=", "30", DUE, BEFORE, False, "Đạt"),
        ("30", ">=", "30", DUE, AFTER, False, "Đạt"),
        ("30", ">=", "30", DUE, AFTER, True, "Đạt"),
        ("29", ">=", "30", DUE, BEFORE, False, "Chưa đạt"),
        ("29", ">=", "30", DUE, ON, False, "Chưa đạt"),  # A = D is not after D
        ("29", ">=", "30", DUE, AFTER, False, "Không đạt"),
        ("29", ">=", "30", DUE, AFTER, True, "Chưa đạt"),  # part of a year is never final
        ("29", ">=", "30", None, date(2099, 1, 1), False, "Chưa đạt"),  # no due date, never final
        (None, ">=", "30", DUE, BEFORE, False, "Chưa có số liệu"),
        (None, ">=", "30", DUE, AFTER, False, "Chưa có số liệu"),
        ("29", ">=", None, DUE, AFTER, False, "Chưa có số liệu"),  # no bound: nothing to judge by
        (None, "qualitative", None, DUE, AFTER, False, "Định tính"),
        ("5", "qualitative", None, None, AFTER, False, "Định tính"),
        ("90", ">", "90", DUE, AFTER, False, "Không đạt"),  # attainment is 1
        ("450", "about", "500", DUE, AFTER, False, "Đạt"),  # attainment is 0.9
        ("449", "about", "500", DUE, AFTER, False, "Không đạt"),
        ("3", "=0", None, DUE, AFTER, False, "Không đạt"),  # attainment is null
        ("0", "=0", None, DUE, AFTER, False, "Đạt"),
    ],
)
def test_verdict(
    *,
    value: str | None,
    operator: str,
    low: str | None,
    due: date | None,
    as_of: date,
    part_year: bool,
    expected: str,
) -> None:
    assert verdict(number(value), operator, number(low), due=due, as_of=as_of, part_year=part_year) == expected


def test_verdict_of_a_ceiling_and_of_another_about_share() -> None:
    assert verdict(Decimal(9), "<", None, Decimal(10), due=DUE, as_of=AFTER) == "Đạt"
    assert verdict(Decimal(11), "<=", None, Decimal(10), due=DUE, as_of=AFTER) == "Không đạt"
    share = Decimal("0.8")
    assert verdict(Decimal(80), "about", Decimal(100), due=DUE, as_of=AFTER, about_share=share) == "Đạt"


@pytest.mark.parametrize(
    ("value", "operator", "low", "high", "share", "expected"),
    [
        ("90", ">", "90", None, "0.9", "(phải vượt)"),
        ("0", ">", "0", None, "0.9", "(phải vượt)"),  # attainment is null
        ("91", ">", "90", None, "0.9", ""),
        ("89", ">", "90", None, "0.9", ""),
        ("10", "<", None, "10", "0.9", "(phải dưới)"),
        ("11", "<", None, "10", "0.9", ""),
        ("9", "<", None, "10", "0.9", ""),
        ("10", "<=", None, "10", "0.9", ""),
        ("450", "about", "500", None, "0.9", "(khoảng, chấp nhận từ 90 %)"),
        ("499", "about", "500", None, "0.925", "(khoảng, chấp nhận từ 92,5 %)"),
        ("500", "about", "500", None, "0.9", ""),
        ("449", "about", "500", None, "0.9", ""),
        ("30", ">=", "30", None, "0.9", ""),
        ("29", ">=", "30", None, "0.9", ""),
        (None, ">", "90", None, "0.9", ""),
        ("90", ">", None, "90", "0.9", ""),
        ("1", "qualitative", None, None, "0.9", ""),
    ],
)
def test_remark(
    *, value: str | None, operator: str, low: str | None, high: str | None, share: str, expected: str
) -> None:
    assert remark(number(value), operator, *numbers(low, high), Decimal(share)) == expected


typed = st.decimals(min_value=-1000, max_value=1000, places=2)
positive = st.decimals(min_value=Decimal("0.01"), max_value=1000, places=2)
operators = st.sampled_from(sorted(OPERATOR_WORDS))


@settings(deadline=None)
@given(typed, st.sampled_from([">=", "=", "range"]), positive)
def test_a_floor_is_attained_when_it_is_satisfied(value: Decimal, operator: str, low: Decimal) -> None:
    share = attainment(value, operator, low)
    assert share is not None
    assert (share >= 1) is satisfied(value, operator, low)


@settings(deadline=None)
@given(
    value=st.none() | typed,
    operator=operators,
    low=st.none() | typed,
    high=st.none() | typed,
    part=st.booleans(),
    as_of=st.dates(),
)
def test_verdict_is_what_satisfied_says(
    *, value: Decimal | None, operator: str, low: Decimal | None, high: Decimal | None, part: bool, as_of: date
) -> None:
    judged = verdict(value, operator, low, high, due=DUE, as_of=as_of, part_year=part)
    reached = satisfied(value, operator, low, high)
    assert judged in VERDICTS
    assert (judged == "Đạt") is (reached is True)
    assert (judged in {"Chưa đạt", "Không đạt"}) is (reached is False)


def test_verdict_never_follows_from_attainment(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Decimal:
        raise AssertionError("the verdict asked for the attainment")

    monkeypatch.setattr(module, "attainment", refuse)
    for operator in OPERATOR_WORDS:
        assert verdict(Decimal(5), operator, Decimal(9), Decimal(9), due=DUE, as_of=AFTER) in VERDICTS


# --- growth and trend


@pytest.mark.parametrize(
    ("yearly", "expected"),
    [
        (["6.5"], "6.5"),
        (["5", "5", "5"], "5"),  # exactly: a cube root that came out as 4,999… would miss a floor of 5
        (["7", "7", "7", "7", "7", "7", "7"], "7"),
        (["0", "21"], "10"),  # √(1 × 1.21) = 1.1, not the mean 10.5
        (["33.1", "0", "0"], "10"),  # ∛1.331 = 1.1
        (["-19", "0"], "-10"),  # √0.81 = 0.9
        (["0"], "0"),
        (["50", "-50"], "-13.39745962155613532362768292"),  # √0.75 = 0.8660254037844386467637231708
        (["-100", "20"], None),  # 1 + g/100 = 0
        (["5", "-130"], None),
        (["-99.99"], "-99.99"),
        ([], None),
    ],
)
def test_average_growth(yearly: list[str], expected: str | None) -> None:
    assert str(average_growth([Decimal(growth) for growth in yearly])) == str(number(expected))


@pytest.mark.parametrize(
    ("first", "last", "years", "expected"),
    [
        ("100", "121", "2", "10"),
        ("100", "133.1", "3", "10"),
        ("200", "100", "1", "-50"),
        ("80", "80", "7", "0"),
        ("100", "110", "0.5", "21"),  # 10 % in half a year
        ("10", "20", "2", "41.42135623730950488016887242"),  # √2
        ("10", "0", "2", "-100"),
        ("0", "20", "2", None),
        ("-10", "20", "2", None),
        ("10", "-20", "2", None),
        ("10", "20", "0", None),
        ("10", "20", "-1", None),
    ],
)
def test_compound_growth(first: str, last: str, years: str, expected: str | None) -> None:
    assert str(compound_growth(Decimal(first), Decimal(last), Decimal(years))) == str(number(expected))


NEW_YEAR = date(2024, 1, 1)


@pytest.mark.parametrize(
    ("points", "at", "expected"),
    [
        # through two points: 10 a year of 365 days
        ([("2021-12-31", "10"), ("2022-12-31", "20")], "2023-12-31", "30"),
        (
            [("2021-12-31", "10"), ("2022-12-31", "20")],
            "2022-07-02",
            "15.01369863013698630136986301",
        ),  # 10 + 10×183/365
        ([("2022-12-31", "20"), ("2021-12-31", "10")], "2023-12-31", "30"),  # in any order
        # days 0, 1, 2 with 0, 1, 5: mean 2 on day 1, slope (−1×0 + 0×1 + 1×5)/2 = 2.5, day 3: 2 + 2×2.5
        ([("2024-01-01", "0"), ("2024-01-02", "1"), ("2024-01-03", "5")], "2024-01-04", "7"),
        ([("2024-01-01", "0"), ("2024-01-02", "1"), ("2024-01-03", "5")], "2024-01-01", "-0.5"),
        # two values of one day stand for their mean: 3 on day 0, 5 on day 1
        ([("2024-01-01", "2"), ("2024-01-01", "4"), ("2024-01-02", "5")], "2024-01-03", "7"),
        ([("2024-01-01", "7.5"), ("2024-01-09", "7.5")], "2030-12-31", "7.5"),
        ([("2024-01-01", "2"), ("2024-01-01", "4")], "2024-01-03", None),
        ([("2024-01-01", "2")], "2024-01-01", None),
        ([], "2024-01-01", None),
    ],
)
def test_forecast(points: list[tuple[str, str]], at: str, expected: str | None) -> None:
    line = [(date.fromisoformat(day), Decimal(value)) for day, value in points]
    assert str(forecast(line, date.fromisoformat(at))) == str(number(expected))


def test_the_working_precision_does_not_leak() -> None:
    before = getcontext().prec
    average_growth([Decimal(5), Decimal(6)])
    compound_growth(Decimal(1), Decimal(3), 2)
    forecast([(NEW_YEAR, Decimal(1)), (DUE, Decimal(2))], DUE)
    assert getcontext().prec == before


# --- the value a target is judged by


def target(basis: str = "at", operator: str = ">=", low: str | None = "100", high: str | None = None) -> Target:
    return Target(
        indicator="Số hợp tác xã",
        code="HTX",
        unit="HTX",
        operator=operator,
        low=number(low),
        high=number(high),
        period_text="",
        due=None,
        basis=basis,
        scope="",
        each="",
        base=None,
        quote="",
    )


def values(**by_code: str) -> dict[Period, Decimal]:
    """Read keyword names as period codes: y2024, y2024_H1, y2021_to_2025."""
    return {
        parse_period(name[1:].replace("_to_", "/").replace("_", "-")): Decimal(value) for name, value in by_code.items()
    }


def reading(
    value: str | None = None,
    period: str | None = None,
    *,
    trend: tuple[tuple[str, str], ...] = (),
    cumulative: bool = False,
    part_year: bool = False,
    earlier: tuple[str, str] | None = None,
    gap_years: tuple[int, ...] = (),
    sum_gap_years: tuple[int, ...] = (),
) -> Reading:
    return Reading(
        number(value),
        parse_period(period) if period else None,
        cumulative,
        part_year,
        (earlier[0], Decimal(earlier[1])) if earlier else None,
        gap_years,
        sum_gap_years,
        tuple((date.fromisoformat(day), Decimal(text)) for day, text in trend),
    )


def chosen(
    goal: Target,
    nature: str,
    reported: dict[Period, Decimal],
    period: str,
    *,
    as_of: date,
    start: date | None = date(2021, 1, 1),
    due: date | None = DUE,
) -> Reading:
    """Choose a value, and the same whatever the order the values come in."""
    case = Case(goal, nature, start, due, parse_period(period), as_of)
    backwards = dict(reversed(reported.items()))
    assert choose_value(case, reported) == choose_value(case, backwards)
    return choose_value(case, reported)


Y2022, Y2023, Y2024 = ("2022-12-31", "2023-12-31", "2024-12-31")
MID_2024 = date(2024, 7, 10)


@pytest.mark.parametrize(
    ("reported", "period", "as_of", "due", "expected"),
    [
        # the latest period ending by the end of the period reported on
        (
            values(y2022="30", y2023="40", y2024_H1="45", y2024="60"),
            "2024-H1",
            MID_2024,
            DUE,
            reading("45", "2024-H1", trend=((Y2022, "30"), (Y2023, "40"), ("2024-06-30", "45"))),
        ),
        # nothing reported for it: an earlier one, as long as D has not passed
        (values(y2022="30"), "2024", MID_2024, DUE, reading("30", "2022", trend=((Y2022, "30"),))),
        (values(y2022="30"), "2025", DUE, DUE, reading("30", "2022", trend=((Y2022, "30"),))),
        # of equal ends the longest
        (
            values(y2024_12="1", y2024_Q4="2", y2024_H2="3", y2024="4"),
            "2024",
            date(2025, 1, 5),
            DUE,
            reading("4", "2024", trend=((Y2024, "4"),)),
        ),
        (
            values(y2024_12="1", y2024_Q4="2", y2023_to_2024="3", y2024="4"),
            "2024",
            date(2025, 1, 5),
            DUE,
            reading("3", "2023/2024", trend=((Y2024, "3"),)),
        ),
        # not later than D
        (
            values(y2023="40", y2024="60"),
            "2024",
            date(2025, 2, 1),
            date(2023, 12, 31),
            reading("40", "2023", trend=((Y2023, "40"),)),
        ),
        # D has passed and its own period has no value: none, the earlier one shown
        (
            values(y2022="30", y2024="60"),
            "2024",
            date(2025, 2, 1),
            date(2023, 12, 31),
            reading(earlier=("2022", "30"), trend=((Y2022, "30"),)),
        ),
        # any period that ends on D is its own
        (
            values(y2022="30", y2023_Q4="40"),
            "2024",
            date(2025, 2, 1),
            date(2023, 12, 31),
            reading("40", "2023-Q4", trend=((Y2022, "30"), (Y2023, "40"))),
        ),
        # a due date within a month has no period of its own
        (
            values(y2023_11="38", y2023="40"),
            "2023",
            date(2024, 1, 2),
            date(2023, 12, 15),
            reading(earlier=("2023-11", "38"), trend=(("2023-11-30", "38"),)),
        ),
        # D has passed, but the period reported on was before it
        (
            values(y2022="30", y2023="40"),
            "2022",
            date(2024, 1, 2),
            date(2023, 12, 31),
            reading(earlier=("2022", "30"), trend=((Y2022, "30"),)),
        ),
        # no due date at all
        (values(y2022="30"), "2024", date(2099, 1, 1), None, reading("30", "2022", trend=((Y2022, "30"),))),
        (values(y2025="30"), "2024", MID_2024, DUE, reading()),
        ({}, "2024", MID_2024, DUE, reading()),
    ],
)
def test_value_at_a_year(
    reported: dict[Period, Decimal], period: str, as_of: date, due: date | None, expected: Reading
) -> None:
    for nature in ("stock", "ratio", "growth"):
        assert chosen(target(), nature, reported, period, as_of=as_of, due=due) == expected


@pytest.mark.parametrize(
    ("reported", "period", "expected"),
    [
        # years, then the half that has been reported: 3 + 4 + 2
        (
            values(y2021="3", y2022="4", y2023_H1="2"),
            "2023-H1",
            reading("9", "2023-H1", cumulative=True, trend=(("2021-12-31", "3"), (Y2022, "7"), ("2023-06-30", "9"))),
        ),
        # a year is not counted again by its quarters, months or halves: 3 + 4
        (
            values(y2021="3", y2022="4", y2022_Q1="1", y2022_H1="2", y2022_9M="3", y2022_12="1", y2021_Q4="1"),
            "2022",
            reading("7", "2022", cumulative=True, trend=(("2021-12-31", "3"), (Y2022, "7"))),
        ),
        # nine months and the last quarter: 5 + 2
        (
            values(y2021_9M="5", y2021_Q4="2", y2021_H2="4"),
            "2021",
            reading("7", "2021-Q4", cumulative=True, trend=(("2021-09-30", "5"), ("2021-12-31", "7"))),
        ),
        # two halves cover more than nine months: 4 + 3
        (
            values(y2021_H1="4", y2021_H2="3", y2021_9M="5"),
            "2021",
            reading("7", "2021-H2", cumulative=True, trend=(("2021-06-30", "4"), ("2021-12-31", "7"))),
        ),
        # one figure for several years instead of them
        (
            values(y2021_to_2022="8", y2021="3", y2022="4"),
            "2022",
            reading("8", "2021/2022", cumulative=True, trend=((Y2022, "8"),)),
        ),
        # before the plan: not counted; a figure that runs in from long before neither
        (
            values(y2020="50", y2021="3", y2016_to_2022="90"),
            "2022",
            reading("3", "2021", cumulative=True, trend=(("2021-12-31", "3"),)),
        ),
        (values(y2019="50", y2020="60"), "2022", reading()),
        # later than the period reported on
        (
            values(y2021="3", y2022="4"),
            "2021",
            reading("3", "2021", cumulative=True, trend=(("2021-12-31", "3"),)),
        ),
        # a year missing between: the sum is short, so it is only shown
        (values(y2021="3", y2023="5"), "2023", reading(earlier=("2023", "8"), sum_gap_years=(2022,))),
        # missing from the start, and part of a year
        (values(y2023="5"), "2023", reading(earlier=("2023", "5"), sum_gap_years=(2021, 2022))),
        (values(y2021_Q1="1", y2021_Q3="2"), "2021", reading(earlier=("2021-Q3", "3"), sum_gap_years=(2021,))),
        # short as it is, it reaches the 100 asked for
        (
            values(y2021="30", y2023="70"),
            "2023",
            reading("100", "2023", cumulative=True, sum_gap_years=(2022,)),
        ),
        ({}, "2023", reading()),
    ],
)
def test_value_at_a_year_of_a_flow(reported: dict[Period, Decimal], period: str, expected: Reading) -> None:
    assert chosen(target(), "flow", reported, period, as_of=date(2024, 1, 5)) == expected


def test_a_short_sum_never_satisfies_a_ceiling() -> None:
    short = values(y2021="3", y2023="5")
    expected = reading(earlier=("2023", "8"), sum_gap_years=(2022,))
    for operator in ("<", "<="):
        goal = target(operator=operator, low=None, high="100")
        assert chosen(goal, "flow", short, "2023", as_of=date(2024, 1, 5)) == expected
    none_left = values(y2021="0", y2023="0")
    expected = reading(earlier=("2023", "0"), sum_gap_years=(2022,))
    assert chosen(target(operator="=0"), "flow", none_left, "2023", as_of=date(2024, 1, 5)) == expected


@pytest.mark.parametrize(
    ("start", "reported", "expected"),
    [
        # a plan of 15/6/2021 counts 2021 as a year when that is how it was reported
        (date(2021, 6, 15), values(y2021="6"), reading("6", "2021", cumulative=True, trend=(("2021-12-31", "6"),))),
        # shorter periods keep what came before the plan out: 2 + 1 + 1
        (
            date(2021, 6, 15),
            values(y2021="6", y2021_Q1="2", y2021_Q2="2", y2021_Q3="1", y2021_Q4="1"),
            reading(
                "4",
                "2021-Q4",
                cumulative=True,
                trend=(("2021-06-30", "2"), ("2021-09-30", "3"), ("2021-12-31", "4")),
            ),
        ),
        # exactly at a half
        (
            date(2021, 7, 1),
            values(y2021="6", y2021_H1="4", y2021_H2="2"),
            reading("2", "2021-H2", cumulative=True, trend=(("2021-12-31", "2"),)),
        ),
        (date(2021, 7, 1), values(y2021_H1="4"), reading()),
        # start unknown: nothing to sum from, the latest figure is shown
        (None, values(y2020="5", y2021="6"), reading(earlier=("2021", "6"))),
        (None, {}, reading()),
    ],
)
def test_a_flow_is_summed_from_the_plans_start(
    start: date | None, reported: dict[Period, Decimal], expected: Reading
) -> None:
    assert chosen(target(), "flow", reported, "2021", as_of=date(2022, 1, 5), start=start) == expected


def test_a_flow_after_its_due_date() -> None:
    due, late = date(2022, 12, 31), date(2023, 1, 5)
    trend = (("2021-12-31", "3"),)
    to_the_day = values(y2021="3", y2022_H1="1", y2022_H2="3")
    assert chosen(target(), "flow", to_the_day, "2022", as_of=late, due=due) == reading(
        "7", "2022-H2", cumulative=True, trend=(*trend, ("2022-06-30", "4"), (Y2022, "7"))
    )
    short_of_it = reading(earlier=("2021", "3"), trend=trend)
    assert chosen(target(), "flow", values(y2021="3"), "2022", as_of=late, due=due) == short_of_it


END_2024 = date(2024, 12, 31)


@pytest.mark.parametrize(
    ("nature", "reported", "period", "expected"),
    [
        # exactly the year, whatever else there is
        (
            "flow",
            values(y2022="20", y2023="25", y2024="31", y2024_H1="12", y2024_9M="25"),
            "2024",
            reading("31", "2024", trend=((Y2022, "20"), (Y2023, "25"), (Y2024, "31"))),
        ),
        ("stock", values(y2023="25"), "2024", reading(trend=((Y2023, "25"),))),  # last year's will not do
        ("flow", values(y2025="40"), "2024", reading()),
        ("flow", {}, "2024", reading()),
        # part of the year: lũy kế
        ("flow", values(y2024_H1="12"), "2024-H1", reading("12", "2024-H1", cumulative=True, part_year=True)),
        (
            "flow",
            values(y2023="25", y2024_H1="12"),
            "2024",
            reading("12", "2024-H1", cumulative=True, part_year=True, trend=((Y2023, "25"),)),
        ),
        (
            "flow",
            values(y2024_Q1="5", y2024_Q2="7", y2024_Q3="9"),
            "2024-Q2",
            reading("12", "2024-Q2", cumulative=True, part_year=True),  # 5 + 7
        ),
        (
            "flow",
            values(y2024_H1="12", y2024_9M="20", y2024_Q3="8"),
            "2024-9M",
            reading("20", "2024-9M", cumulative=True, part_year=True),
        ),
        (
            "ratio",
            values(y2024_Q1="51", y2024_Q2="53"),
            "2024-Q2",
            reading("53", "2024-Q2", cumulative=True, part_year=True),  # ratios do not add
        ),
        ("ratio", values(y2024_Q4="53"), "2024", reading("53", "2024-Q4", cumulative=True, part_year=True)),
        # the whole year in parts is the year's value; so is a stock at its last day
        ("flow", values(y2024_H1="12", y2024_H2="9"), "2024-H2", reading("21", "2024-H2", cumulative=True)),
        ("stock", values(y2024_Q4="53"), "2024", reading("53", "2024-Q4", cumulative=True)),
        ("stock", values(y2024_Q3="53"), "2024", reading("53", "2024-Q3", cumulative=True, part_year=True)),
        # a quarter is missing: the sum is short
        ("flow", values(y2024_Q2="7"), "2024-Q2", reading(earlier=("2024-Q2", "7"), sum_gap_years=(2024,))),
        # a range of years is no year; its last year counts
        ("flow", values(y2021_to_2024="99"), "2024", reading()),
        (
            "flow",
            values(y2023="25", y2024="31"),
            "2023/2024",
            reading("31", "2024", trend=((Y2023, "25"), (Y2024, "31"))),
        ),
    ],
)
def test_value_of_a_year(nature: str, reported: dict[Period, Decimal], period: str, expected: Reading) -> None:
    assert chosen(target("yearly"), nature, reported, period, as_of=MID_2024, due=END_2024) == expected


@pytest.mark.parametrize(
    ("reported", "period", "as_of", "start", "due", "expected"),
    [
        # 2021 to 2023: √[3](1.331 × 1 × 1) = 1.1
        (
            values(y2021="33.1", y2022="0", y2023="0"),
            "2023",
            date(2024, 1, 5),
            date(2021, 1, 1),
            DUE,
            reading("10", "2021/2023"),
        ),
        (values(y2021="6.5"), "2021", date(2022, 1, 5), date(2021, 1, 1), DUE, reading("6.5", "2021")),
        # the year before the plan, parts of a year and ranges do not count
        (
            values(y2020="90", y2021="5", y2022_H1="70", y2021_to_2022="50", y2022="5"),
            "2022",
            date(2023, 1, 5),
            date(2021, 1, 1),
            DUE,
            reading("5", "2021/2022"),
        ),
        # nor does the year within which the plan starts
        (values(y2021="90", y2022="5"), "2022", date(2023, 1, 5), date(2021, 4, 14), DUE, reading("5", "2022")),
        (values(y2021="90"), "2021", date(2022, 1, 5), date(2021, 4, 14), DUE, reading()),
        # not later than D, nor than A
        (
            values(y2021="0", y2022="21", y2023="90"),
            "2023",
            date(2023, 2, 1),
            date(2021, 1, 1),
            date(2022, 12, 31),
            reading("10", "2021/2022"),
        ),
        (
            values(y2021="0", y2022="21", y2023="90"),
            "2021",
            date(2023, 2, 1),
            date(2021, 1, 1),
            DUE,
            reading("10", "2021/2022"),
        ),
        (
            values(y2021="0", y2022="21", y2023="90"),
            "2022",
            date(2023, 2, 1),
            date(2021, 1, 1),
            DUE,
            reading("10", "2021/2022"),
        ),
        # the administrative year is reported before 31/12: the year reported on counts
        (values(y2021="0", y2022="21"), "2022", date(2022, 12, 20), date(2021, 1, 1), DUE, reading("10", "2021/2022")),
        # a year missing between
        (
            values(y2021="5", y2023="5"),
            "2023",
            date(2024, 1, 5),
            date(2021, 1, 1),
            DUE,
            reading(gap_years=(2022,)),
        ),
        (values(y2023="5"), "2023", date(2024, 1, 5), date(2021, 1, 1), DUE, reading(gap_years=(2021, 2022))),
        # the last years not yet reported: the average so far, until D has passed
        (values(y2021="5"), "2023", date(2024, 1, 5), date(2021, 1, 1), DUE, reading("5", "2021")),
        (
            values(y2021="5", y2022="5"),
            "2025",
            date(2026, 1, 5),
            date(2021, 1, 1),
            DUE,
            reading(gap_years=(2023, 2024, 2025)),
        ),
        # due within a year: that year is not over by then
        (
            values(y2021="5", y2022="5", y2023="90"),
            "2023",
            date(2024, 1, 5),
            date(2021, 1, 1),
            date(2023, 6, 30),
            reading("5", "2021/2022"),
        ),
        # 1 + g/100 ≤ 0
        (
            values(y2021="5", y2022="-100"),
            "2022",
            date(2023, 1, 5),
            date(2021, 1, 1),
            DUE,
            reading(gap_years=(2022,)),
        ),
        # nothing reported is no gap; without a start there is nothing to average from
        ({}, "2022", date(2026, 1, 5), date(2021, 1, 1), DUE, reading()),
        (values(y2021="5"), "2021", date(2022, 1, 5), None, DUE, reading()),
        # neither due date nor plan's end
        (values(y2021="5"), "2021", date(2099, 1, 5), date(2021, 1, 1), None, reading("5", "2021")),
    ],
)
def test_average(
    *,
    reported: dict[Period, Decimal],
    period: str,
    as_of: date,
    start: date | None,
    due: date | None,
    expected: Reading,
) -> None:
    assert chosen(target("average"), "growth", reported, period, as_of=as_of, start=start, due=due) == expected


@pytest.mark.parametrize("nature", ["stock", "flow", "ratio"])
def test_only_growth_is_averaged_as_growth(nature: str) -> None:
    assert chosen(target("average"), nature, values(y2021="8"), "2021", as_of=MID_2024) == reading()


def test_an_unknown_basis_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown basis 'sometimes'"):
        chosen(target("sometimes"), "stock", values(y2021="8"), "2021", as_of=MID_2024)
