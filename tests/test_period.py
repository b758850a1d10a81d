"""Periods and deadlines: every wording of the five plans, read beside what it must mean."""

import itertools
import re
import unicodedata
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kttt_xl.errors import MisuseError
from kttt_xl.period import Deadline, Period, cut_off_span, due_in, parse_deadline, parse_period


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def deadline(text: str, start: str, due: str, recurrence: str, **rest: object) -> Deadline:
    return replace(Deadline(text, day(start), day(due), recurrence), **rest)


# --- periods

PERIODS = [
    # code, name, kind, calendar span, administrative cut-off span (domain 3.1)
    ("2024", "Năm 2024", "year", "2024-01-01 2024-12-31", "2023-12-15 2024-12-14"),
    ("2024-H1", "6 tháng đầu năm 2024", "half", "2024-01-01 2024-06-30", "2023-12-15 2024-06-14"),
    ("2024-H2", "6 tháng cuối năm 2024", "half", "2024-07-01 2024-12-31", "2024-06-15 2024-12-14"),
    ("2024-9M", "9 tháng năm 2024", "nine-months", "2024-01-01 2024-09-30", "2023-12-15 2024-09-14"),
    ("2024-Q1", "Quý I/2024", "quarter", "2024-01-01 2024-03-31", "2023-12-15 2024-03-14"),
    ("2024-Q2", "Quý II/2024", "quarter", "2024-04-01 2024-06-30", "2024-03-15 2024-06-14"),
    ("2024-Q3", "Quý III/2024", "quarter", "2024-07-01 2024-09-30", "2024-06-15 2024-09-14"),
    ("2024-Q4", "Quý IV/2024", "quarter", "2024-10-01 2024-12-31", "2024-09-15 2024-12-14"),
    ("2024-01", "Tháng 1/2024", "month", "2024-01-01 2024-01-31", "2023-12-15 2024-01-14"),
    ("2024-02", "Tháng 2/2024", "month", "2024-02-01 2024-02-29", "2024-01-15 2024-02-14"),
    ("2024-03", "Tháng 3/2024", "month", "2024-03-01 2024-03-31", "2024-02-15 2024-03-14"),
    ("2024-12", "Tháng 12/2024", "month", "2024-12-01 2024-12-31", "2024-11-15 2024-12-14"),
    ("2021/2025", "Giai đoạn 2021 - 2025", "range", "2021-01-01 2025-12-31", "2020-12-15 2025-12-14"),
]


@pytest.mark.parametrize(("code", "name", "kind", "span", "cut_off"), PERIODS)
def test_every_period_of_the_contract(code: str, name: str, kind: str, span: str, cut_off: str) -> None:
    period = parse_period(code)
    start, end = map(date.fromisoformat, span.split())
    assert period == Period(code, start, end)
    assert (period.name, period.kind, period.year) == (name, kind, end.year)
    assert parse_period(name) == period
    assert cut_off_span(period, "administrative") == tuple(map(date.fromisoformat, cut_off.split()))
    assert cut_off_span(period, "calendar") == (start, end)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("năm 2024", "2024"),
        ("  NĂM   2024. ", "2024"),
        ("cả năm 2024", "2024"),
        ("nam 2024", "2024"),
        ("6 tháng đầu năm 2024", "2024-H1"),
        ("06 tháng đầu năm 2024", "2024-H1"),
        ("Sáu tháng cuối năm 2024", "2024-H2"),
        ("2024-h1", "2024-H1"),
        ("9 tháng đầu năm 2024", "2024-9M"),
        ("09 tháng năm 2024", "2024-9M"),
        ("9 tháng/2024", "2024-9M"),
        ("quý 1 năm 2024", "2024-Q1"),
        ("Quý 01/2024", "2024-Q1"),
        ("quí iv - 2024", "2024-Q4"),
        ("Quý II, năm 2024", "2024-Q2"),
        ("Q1/2024", "2024-Q1"),
        ("Q3 2024", "2024-Q3"),
        ("tháng 03/2024", "2024-03"),
        ("Tháng 3 năm 2024", "2024-03"),
        ("tháng 12-2024", "2024-12"),
        ("T3/2024", "2024-03"),
        ("03/2024", "2024-03"),
        ("giai đoạn 2021-2025", "2021/2025"),
        ("2021 – 2025", "2021/2025"),
        ("2021\N{EM DASH}2025", "2021/2025"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}Quý\N{ZERO WIDTH SPACE} I/2024", "2024-Q1"),
        ("Giai đoạn 2021\N{NO-BREAK SPACE}\N{MINUS SIGN}\N{NO-BREAK SPACE}2025", "2021/2025"),
        ("từ năm 2021 đến năm 2025", "2021/2025"),
        ("Giai đoạn 2021 tới 2025", "2021/2025"),
    ],
)
def test_names_officers_write(text: str, code: str) -> None:
    assert parse_period(text).code == code
    assert parse_period(unicodedata.normalize("NFD", text)).code == code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "Chưa ghi kỳ báo cáo"),
        (" \t", "Chưa ghi kỳ báo cáo"),
        ("quý V/2024", "Không đọc được kỳ báo cáo «quý V/2024»"),
        ("Quý I", "Không đọc được kỳ báo cáo «Quý I»"),
        ("2024-13", "Không đọc được kỳ báo cáo «2024-13»"),
        ("2024-3", "Không đọc được kỳ báo cáo «2024-3»"),
        ("2024-Q5", "Không đọc được kỳ báo cáo «2024-Q5»"),
        ("tháng 0/2024", "Không đọc được kỳ báo cáo «tháng 0/2024»"),
        ("năm 24", "Không đọc được kỳ báo cáo «năm 24»"),
        ("năm 1024", "Không đọc được kỳ báo cáo «năm 1024»"),
        ("2025 - 2021", "Không đọc được kỳ báo cáo «2025 - 2021»"),
        ("2024/2024", "Không đọc được kỳ báo cáo «2024/2024»"),
        ("2023, 2024", "Không đọc được kỳ báo cáo «2023, 2024»"),
        ("6 tháng  năm 2024", "Không đọc được kỳ báo cáo «6 tháng năm 2024»"),
        ("tháng 5-6/2024", "Không đọc được kỳ báo cáo «tháng 5-6/2024»"),
        ("ngày 15/12/2024", "Không đọc được kỳ báo cáo «ngày 15/12/2024»"),
        ("hằng năm", "Không đọc được kỳ báo cáo «hằng năm»"),
    ],
)
def test_anything_else_is_refused_with_the_expected_forms(text: str, found: str) -> None:
    with pytest.raises(MisuseError) as refused:
        parse_period(text)
    assert str(refused.value) == (
        f"{found}; cần một trong các dạng: 2024 (Năm 2024), 2024-H1 (6 tháng đầu năm 2024), "
        "2024-H2 (6 tháng cuối năm 2024), 2024-9M (9 tháng năm 2024), 2024-Q1 (Quý I/2024), "
        "2024-03 (Tháng 3/2024), 2021/2025 (Giai đoạn 2021 - 2025)."
    )


def test_an_unknown_cut_off_is_refused() -> None:
    with pytest.raises(MisuseError) as refused:
        cut_off_span(parse_period("2024"), "15-14")
    assert str(refused.value) == (
        "Không có cách chốt số liệu «15-14»; cần «administrative» (từ ngày 15 đến ngày 14) "
        "hoặc «calendar» (theo năm dương lịch)."
    )


@pytest.mark.parametrize(
    ("code", "following"),
    [
        ("2024", "2025"),
        ("2024-H1", "2024-H2"),
        ("2024-H2", "2025-H1"),
        ("2024-9M", "2025-9M"),
        ("2024-Q4", "2025-Q1"),
        ("2024-03", "2024-04"),
        ("2024-12", "2025-01"),
        ("2021/2025", "2026/2030"),
    ],
)
def test_next_and_previous(code: str, following: str) -> None:
    assert parse_period(code).next() == parse_period(following)
    assert parse_period(following).previous() == parse_period(code)


def test_no_period_past_the_last_year() -> None:
    with pytest.raises(MisuseError, match=r"^Năm 2200 nằm ngoài khoảng từ 1900 đến 2199\.$"):
        parse_period("2199-Q4").next()


def test_order_is_by_end_and_the_longest_of_equal_ends_is_the_latest() -> None:
    codes = ["2023", "2024-9M", "2024-12", "2024-Q4", "2024-H2", "2024", "2021/2024", "2025-01"]
    periods = [parse_period(code) for code in codes]
    assert [period.code for period in sorted(set(periods))] == codes
    assert max(periods[:-1]) == parse_period("2021/2024")


@pytest.mark.parametrize(
    ("code", "other", "inside"),
    [
        ("2024", "2024-Q4", True),
        ("2024", "2024", True),
        ("2024-Q4", "2024", False),
        ("2024-9M", "2024-H2", False),
        ("2021/2025", "2024", True),
        ("2024", "2023-12", False),
    ],
)
def test_contains_a_period(code: str, other: str, inside: bool) -> None:
    assert parse_period(code).contains(parse_period(other)) is inside


def test_contains_a_day_of_its_calendar_span() -> None:
    days = ["2023-12-31", "2024-01-01", "2024-03-31", "2024-04-01"]
    assert [parse_period("2024-Q1").contains(day(text)) for text in days] == [False, True, True, False]


SUFFIXES = ["", "-H1", "-H2", "-9M", "-Q1", "-Q2", "-Q3", "-Q4", *(f"-{month:02}" for month in range(1, 13))]
years = st.integers(1950, 2129)
periods = st.one_of(
    st.builds(lambda year, suffix: f"{year}{suffix}", years, st.sampled_from(SUFFIXES)),
    st.builds(lambda year, length: f"{year}/{year + length}", years, st.integers(1, 30)),
).map(parse_period)


@settings(deadline=None)
@given(periods, st.sampled_from(["NFC", "NFD"]), st.sampled_from([str, str.upper, str.lower]))
def test_a_shown_period_reads_back(period: Period, form: str, case: object) -> None:
    for shown in (period.code, period.name):
        assert parse_period(unicodedata.normalize(form, case(shown))) == period


@settings(deadline=None)
@given(periods)
def test_next_and_previous_undo_each_other(period: Period) -> None:
    assert period.next().previous() == period == period.previous().next()
    assert period.previous() < period < period.next()
    assert period.next().kind == period.kind
    if period.kind != "nine-months":
        assert period.next().start == period.end + timedelta(days=1)


@settings(deadline=None)
@given(periods, periods, periods)
def test_the_order_is_total(one: Period, two: Period, three: Period) -> None:
    assert [one < two, one == two, one > two].count(True) == 1
    assert (one <= two) == (not two < one)
    if one <= two <= three:
        assert one <= three
    orders = [sorted(some) for some in itertools.permutations((one, two, three))]
    assert orders.count(orders[0]) == 6


# --- deadlines

YEARLY_15_12 = {"month": 12, "day": 15}

DOMAIN = [
    # every distinct wording of domain 1(f), in its order
    deadline("trước ngày 20/10/2021", "", "2021-10-20", "once"),
    deadline("trước ngày 25/10/2021", "", "2021-10-25", "once"),
    deadline("trước ngày 30/10/2021", "", "2021-10-30", "once"),
    deadline("trước ngày 15/12 hằng năm", "", "", "yearly", **YEARLY_15_12),
    deadline("**trước ngày 15/12 hằng năm**", "", "", "yearly", **YEARLY_15_12),
    deadline("trong tháng 10/2021", "", "2021-10-31", "once"),
    deadline(
        "dự kiến trong tháng 10/2021 (tùy thuộc vào tình hình diễn biến dịch bệnh Covid-19)",
        "",
        "2021-10-31",
        "once",
        tentative=True,
    ),
    deadline("theo kế hoạch khảo sát của Ban Chỉ đạo Trung ương", "", "", "none"),
    deadline("đúng thời gian quy định", "", "", "none"),
    deadline(
        "bắt đầu từ thời điểm ngày 31/12/2003 đến thời điểm dự kiến ngày 31/12/2021",
        "2003-12-31",
        "2021-12-31",
        "once",
        tentative=True,
    ),
    deadline("hoàn thành năm 2014", "", "2014-12-31", "once"),
    deadline("(hoàn thành năm 2014)", "", "2014-12-31", "once"),
    deadline("hoàn thành trong quý I năm 2014", "", "2014-03-31", "once"),
    deadline("cuối năm 2015", "", "2015-12-31", "once"),
    deadline("Đến năm 2015", "", "2015-12-31", "once"),
    deadline("Đến năm 2020", "", "2020-12-31", "once"),
    deadline("Đến năm 2025", "", "2025-12-31", "once"),
    deadline("Đến năm 2030", "", "2030-12-31", "once"),
    deadline("Đến năm 2045", "", "2045-12-31", "once"),
    deadline("đến năm 2020", "", "2020-12-31", "once"),
    deadline("Đến hết quý II/2018", "", "2018-06-30", "once"),
    deadline("Đến hết năm 2018", "", "2018-12-31", "once"),
    deadline("giai đoạn từ nay đến năm 2020", "", "2020-12-31", "once"),
    deadline("giai đoạn 2018 - 2020", "2018-01-01", "2020-12-31", "once"),
    deadline("2018-2020", "2018-01-01", "2020-12-31", "once"),
    deadline("2023 - 2025", "2023-01-01", "2025-12-31", "once"),
    deadline("2023 - 2024", "2023-01-01", "2024-12-31", "once"),
    deadline("2023 - 2030", "2023-01-01", "2030-12-31", "once"),
    deadline("2024 - 2026", "2024-01-01", "2026-12-31", "once"),
    deadline("2023-2024", "2023-01-01", "2024-12-31", "once"),
    deadline("2021 – 2025", "2021-01-01", "2025-12-31", "once"),
    deadline("2022 – 2030", "2022-01-01", "2030-12-31", "once"),
    deadline("2023", "2023-01-01", "2023-12-31", "once"),
    deadline("Từ 2023", "2023-01-01", "", "open"),
    deadline("Nhiệm vụ thường xuyên", "", "", "standing"),
    deadline("Thường xuyên", "", "", "standing"),
    deadline("thường xuyên", "", "", "standing"),
    deadline("Hàng năm", "", "", "yearly"),
    deadline("Hằng năm", "", "", "yearly"),
    deadline("hàng năm", "", "", "yearly"),
    deadline("hằng năm", "", "", "yearly"),
    deadline("Định kỳ hàng năm", "", "", "yearly"),
    deadline("%/năm", "", "", "yearly"),
    deadline("Hàng quý, năm", "", "", "quarterly", also="yearly"),
    deadline("Hai năm một lần", "", "", "two-yearly"),
    deadline("định kỳ hoặc đột xuất", "", "", "none"),
    deadline("cho từng giai đoạn, hàng năm", "", "", "yearly"),
    deadline("", "", "", "none"),
]

ELSEWHERE = [
    # what other plans write
    deadline("2023 -\n2025", "2023-01-01", "2025-12-31", "once"),
    deadline("Năm 2023", "2023-01-01", "2023-12-31", "once"),
    deadline("trong năm 2023", "", "2023-12-31", "once"),
    deadline("30/6/2024", "", "2024-06-30", "once"),
    deadline("30-6-2024", "", "2024-06-30", "once"),
    deadline("Trước 30.6.2024", "", "2024-06-30", "once"),
    deadline("ngày 3 tháng 8 năm 2024", "", "2024-08-03", "once"),
    deadline("2024-06-30", "", "2024-06-30", "once"),
    deadline("Chậm nhất là ngày 20/10/2021", "", "2021-10-20", "once"),
    deadline("trước 17 giờ 00, ngày 20/10/2021", "", "2021-10-20", "once"),
    deadline("Hoàn thành trước ngày 30/6/2024.", "", "2024-06-30", "once"),
    deadline("từ nay đến trước ngày 30/6/2024", "", "2024-06-30", "once"),
    deadline("trước tháng 10/2021", "", "2021-09-30", "once"),
    deadline("Trước năm 2025", "", "2024-12-31", "once"),
    deadline("Tháng 2/2024", "", "2024-02-29", "once"),
    deadline("6 tháng đầu năm 2024", "", "2024-06-30", "once"),
    deadline("cho đến hết tháng 6/2024", "", "2024-06-30", "once"),
    deadline("đến hết giai đoạn 2021 - 2025", "", "2025-12-31", "once"),
    deadline("thực hiện trong giai đoạn 2021 - 2025", "2021-01-01", "2025-12-31", "once"),
    deadline("từ tháng 3 năm 2023 đến hết năm 2025", "2023-03-01", "2025-12-31", "once"),
    deadline("Quý I/2024 - Quý III/2024", "2024-01-01", "2024-09-30", "once"),
    deadline("Từ năm 2023 trở đi", "2023-01-01", "", "open"),
    deadline("2023 và các năm tiếp theo", "2023-01-01", "", "open"),
    deadline("kể từ ngày 01/7/2025", "2025-07-01", "", "open"),
    deadline("Hằng năm, từ 2023", "2023-01-01", "", "yearly"),
    deadline("Hằng năm, giai đoạn 2023 - 2025", "2023-01-01", "2025-12-31", "yearly"),
    deadline("hằng năm đến hết năm 2025", "", "2025-12-31", "yearly"),
    deadline("Hằng năm, trước ngày 15/12", "", "", "yearly", **YEARLY_15_12),
    deadline("Báo cáo hằng năm", "", "", "yearly"),
    deadline("Định kỳ hằng năm hoặc đột xuất", "", "", "yearly"),
    deadline("Mỗi năm một lần", "", "", "yearly"),
    deadline("01 lần/năm", "", "", "yearly"),
    deadline("Tháng 2 hằng năm", "", "", "yearly", month=2),
    deadline("Quý IV hằng năm", "", "", "yearly", month=12),
    deadline("ngày 25 hằng tháng", "", "", "monthly", day=25),
    deadline("Hàng tháng, quý, 6 tháng, năm", "", "", "monthly", also="yearly"),
    deadline("hàng quý và hàng năm", "", "", "quarterly", also="yearly"),
    deadline("Định kỳ 6 tháng, năm", "", "", "half-yearly", also="yearly"),
    deadline("6 tháng một lần", "", "", "half-yearly"),
    deadline("02 năm/lần", "", "", "two-yearly"),
    deadline("Hai năm một lần, từ 2014", "2014-01-01", "", "two-yearly"),
    deadline("Thường xuyên, hằng năm", "", "", "standing", also="yearly"),
    deadline("2023 - 2025 (sau khi được Quốc hội thông qua)", "2023-01-01", "2025-12-31", "once", conditional=True),
    deadline("2023 - 2025, ngay sau khi được giao", "2023-01-01", "2025-12-31", "once", conditional=True),
    deadline("Sau khi Luật có hiệu lực", "", "", "none", conditional=True),
    deadline("Dự kiến quý II/2024", "", "2024-06-30", "once", tentative=True),
    deadline("2023 - 2025 (theo quy định)", "2023-01-01", "2025-12-31", "once"),
    deadline("2023 - 2025 (Hội Nông dân Việt Nam)", "2023-01-01", "2025-12-31", "once"),
]

UNREAD = [
    # more, or less, than can be understood for certain: no date rather than a wrong one
    "trước cuối năm 2025",
    "trước hết năm 2025",
    "sau năm 2025",
    "sau ngày 30/6/2024",
    "không trước năm 2025",
    "từ cuối năm 2023",
    "bắt đầu 2023",
    "đầu năm 2024",
    "giữa quý II/2024",
    "nửa đầu năm 2024",
    "6 tháng năm 2024",
    "quý III, IV/2024",
    "Quý I - Quý III/2024",
    "Quý IV năm 2023 - 2025",
    "tháng 5, 6/2024",
    "5-6/2024",
    "3-8/2021",
    "ngày 1-3/8/2024",
    "năm 2023 và 2024",
    "2023, 2024",
    "2023-25",
    "2025 - 2023",
    "2021/2025/2030",
    "năm học 2023 - 2024",
    "31/6/2021",
    "29/2/2023",
    "30/6/24",
    "15/12",
    "trước ngày 31/2 hằng năm",
    "trước ngày 15/12/2023 hằng năm",
    "trước ngày 15/12 hằng quý",
    "5-12 hằng năm",
    "trước tháng 12 hằng năm",
    "kế hoạch hằng năm 2024",
    "2 lần/năm",
    "5 năm một lần",
    "mười năm một lần",
    "cuối năm",
    "Quý IV",
    "2023 - 2025 (gia hạn đến 2026)",
    "2023 - 2025 (thêm một năm)",
    "2023 - 2025 (đã lùi)",
    "20245",
    "2023 - 20255",
    "cho năm 2024",
    "Hằng năm (trước ngày 15/12)",
    "Nghị quyết số 09/NQ-CP ngày 02/02/2023",
    "Chương trình hỗ trợ giai đoạn 2021 – 2025",
    "hoàn thành trong năm 2023, trước ngày 15/12 hằng năm",
    "2023 - 2025 thực hiện thí điểm, 2026 - 2030 nhân rộng",
]


@pytest.mark.parametrize("expected", [*DOMAIN, *ELSEWHERE], ids=lambda expected: expected.text)
def test_deadline_texts(expected: Deadline) -> None:
    assert parse_deadline(expected.text) == expected
    assert parse_deadline(unicodedata.normalize("NFD", f"\t{expected.text.upper()} ")) == replace(
        expected, text=unicodedata.normalize("NFD", f"\t{expected.text.upper()} ")
    )


@pytest.mark.parametrize("text", UNREAD)
def test_a_text_not_understood_has_no_date(text: str) -> None:
    assert parse_deadline(text) == Deadline(text, None, None, "none")


# Gia Lai, annex: rows, their "Thời gian trình", and what it means.
ANNEX = [
    ((1, 2, 3, 4, 7), "Hàng năm", "", "", "yearly"),
    ((28,), "Hằng năm", "", "", "yearly"),
    ((5, 6, 8, 11, 13, 14, 16, 19), "2023 - 2025", "2023-01-01", "2025-12-31", "once"),
    ((20, 21, 22, 23, 24, 26, 29, 32), "2023 - 2025", "2023-01-01", "2025-12-31", "once"),
    ((38,), "2023 - 2025", "2023-01-01", "2025-12-31", "once"),
    ((10, 12), "2023 - 2024", "2023-01-01", "2024-12-31", "once"),
    ((25, 30, 39, 40), "2023-2024", "2023-01-01", "2024-12-31", "once"),
    ((15,), "2023 - 2030", "2023-01-01", "2030-12-31", "once"),
    ((17,), "2024 - 2026", "2024-01-01", "2026-12-31", "once"),
    ((27,), "2023", "2023-01-01", "2023-12-31", "once"),
    ((36,), "Từ 2023", "2023-01-01", "", "open"),
    ((9, 18, 31, 33, 34, 35, 41), "Nhiệm vụ thường xuyên", "", "", "standing"),
    ((37,), "Thường xuyên", "", "", "standing"),
]

# What in a row's title makes it wait for an outside act, as printed.
WAITS = {
    10: "Văn bản triển khai Luật Hợp tác xã sửa đổi (sau khi được Quốc hội ban hành)",
    11: "… hỗ trợ kinh tế tập thể (sau khi được cấp thẩm quyền quyết định)",
    12: "Văn bản triển khai Luật Đất đai sửa đổi (sau khi được Quốc hội ban hành)",
    13: "… các văn bản hướng dẫn thi hành (sau khi cấp thẩm quyền ban hành)",
    14: "… các văn bản hướng dẫn thi hành (sau\nkhi cấp thẩm quyền ban hành)",
    16: "Triển khai Chương trình tổng thể về phát triển kinh tế tập thể (sau khi được Quốc hội thông qua)",
    17: "Triển khai Hệ thống cơ sở dữ liệu quốc gia về kinh tế tập thể sau khi được Bộ Kế hoạch và Đầu tư "
    "quyết định triển khai",
    19: "… đặc biệt ở khu vực nông thôn (sau khi được Thủ tướng chính phủ ban hành)",
    25: "… hợp tác xã giai đoạn 2021 – 2025 (sau khi Thủ tướng Chính phủ quyết định Chương trình của quốc gia)",
    29: "… kinh tế tuần hoàn (sau khi được Bộ Nông nghiệp và Phát triển nông thôn ban hành)",
    30: "… xây dựng nông thôn mới (sau khi được Chính phủ ban hành)",
    38: "… trên địa bàn tỉnh Gia Lai (sau khi Thủ tướng Chính phủ ban hành Đề án)",
    39: "… trong nông nghiệp giai đoạn 2022 – 2030 (sau khi Thủ tướng Chính phủ ban hành)",
    40: "… lao động nữ đến năm 2030” (sau khi Thủ tướng Chính phủ phê duyệt)",
}
# Titles that speak of years or of acts without waiting for one.
OTHER_TITLES = {
    15: "… giai đoạn 2021 - 2030, Kế hoạch … giai đoạn 2021 - 2025 và kế hoạch phát triển kinh tế tập thể hằng năm",
    26: "… (theo Chương trình của Bộ Nông nghiệp và Phát triển nông thôn ban hành)",
    36: "Bố trí ngân sách nhà nước trung hạn và hàng năm để thực hiện hỗ trợ phát triển kinh tế tập thể",
}


def test_the_annex_table_has_its_41_rows() -> None:
    assert sorted(row for rows, *_ in ANNEX for row in rows) == list(range(1, 42))


@pytest.mark.parametrize(("rows", "text", "start", "due", "recurrence"), ANNEX)
def test_the_41_rows_of_gia_lai(rows: tuple[int, ...], text: str, start: str, due: str, recurrence: str) -> None:
    read = {row: parse_deadline(text, WAITS.get(row, OTHER_TITLES.get(row, ""))) for row in rows}
    assert read == {row: deadline(text, start, due, recurrence, conditional=row in WAITS) for row in rows}


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("trước ngày 20/10/2021", "2021-10-19"),
        ("trước ngày 01/01/2022", "2021-12-31"),
        ("ngày 20/10/2021", "2021-10-20"),
        ("đến ngày 20/10/2021", "2021-10-20"),
        ("trước 17h00 ngày 20/10/2021", "2021-10-20"),
        ("trước tháng 10/2021", "2021-09-30"),
    ],
)
def test_before_a_day_may_leave_it_out(text: str, due: str) -> None:
    assert parse_deadline(text, before_includes_day=False) == deadline(text, "", due, "once")


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        (
            "2024 - 2026",
            WAITS[17],
            {
                "start": "2024-01-01",
                "due": "2026-12-31",
                "recurrence": "once",
                "also": None,
                "tentative": False,
                "conditional": True,
            },
        ),
        (
            "Hàng quý, năm",
            "",
            {
                "start": None,
                "due": None,
                "recurrence": "quarterly",
                "also": "yearly",
                "tentative": False,
                "conditional": False,
            },
        ),
    ],
)
def test_as_json(text: str, title: str, expected: dict[str, object]) -> None:
    assert parse_deadline(text, title).as_json() == expected


@pytest.mark.parametrize(
    ("text", "period", "includes", "excludes"),
    [
        # D with before_includes_day true, and false
        ("2023 - 2025", "2024", "2025-12-31", "2025-12-31"),
        ("trước ngày 15/12 hằng năm", "2023", "2023-12-15", "2023-12-14"),
        ("trước ngày 15/12 hằng năm", "2024-Q1", "2024-12-15", "2024-12-14"),
        ("trước ngày 15/12 hằng năm", "2021/2025", "2025-12-15", "2025-12-14"),
        ("trước ngày 01/01 hằng năm", "2024", "2024-01-01", "2023-12-31"),
        ("ngày 15/12 hằng năm", "2023", "2023-12-15", "2023-12-15"),
        ("trước 17 giờ ngày 15/12 hằng năm", "2023", "2023-12-15", "2023-12-15"),
        ("ngày 29/2 hằng năm", "2023", "2023-02-28", "2023-02-28"),
        ("Tháng 2 hằng năm", "2024", "2024-02-29", "2024-02-29"),
        ("trước ngày 25 hằng tháng", "2024-Q1", "2024-03-25", "2024-03-24"),
        ("ngày 31 hằng tháng", "2024-04", "2024-04-30", "2024-04-30"),
        ("Hằng năm", "2024", "2024-12-31", "2024-12-31"),
        ("Hằng năm", "2024-03", "2024-12-31", "2024-12-31"),
        ("Hằng năm", "2021/2025", "2025-12-31", "2025-12-31"),
        ("6 tháng một lần", "2024-Q1", "2024-06-30", "2024-06-30"),
        ("6 tháng một lần", "2024-9M", "2024-12-31", "2024-12-31"),
        ("Hàng quý, năm", "2024-02", "2024-03-31", "2024-03-31"),
        ("Hàng quý, năm", "2024-H1", "2024-06-30", "2024-06-30"),
        ("Hàng quý, năm", "2024", "2024-12-31", "2024-12-31"),
        ("Hàng tháng", "2024-02", "2024-02-29", "2024-02-29"),
        ("Hàng tháng", "2024", "2024-12-31", "2024-12-31"),
        ("Hai năm một lần", "2014", "2014-12-31", "2014-12-31"),
        ("Hai năm một lần", "2015-Q1", "2016-12-31", "2016-12-31"),
        ("Hai năm một lần, từ 2014", "2014", "2015-12-31", "2015-12-31"),
        ("Hai năm một lần, từ 2014", "2016", "2017-12-31", "2017-12-31"),
        ("Hai năm một lần, từ 2014", "2013", "", ""),
        ("Hằng năm, giai đoạn 2023 - 2025", "2022", "", ""),
        ("Hằng năm, giai đoạn 2023 - 2025", "2024", "2024-12-31", "2024-12-31"),
        ("Hằng năm, giai đoạn 2023 - 2025", "2026", "2025-12-31", "2025-12-31"),
        ("Thường xuyên", "2024", "", ""),
        ("Từ 2023", "2024", "", ""),
        ("đúng thời gian quy định", "2024", "", ""),
        ("", "2024", "", ""),
    ],
)
def test_day_due_in_a_period(text: str, period: str, includes: str, excludes: str) -> None:
    found = [
        due_in(parse_deadline(text, before_includes_day=setting), parse_period(period), before_includes_day=setting)
        for setting in (True, False)
    ]
    assert found == [day(includes), day(excludes)]


PIECES = [
    *("trước ", "ngày ", "đến ", "hết ", "từ ", "từ nay ", "trong ", "cuối ", "dự kiến ", "sau khi ", "hằng năm "),
    *("tháng ", "quý ", "năm ", "giai đoạn ", "thường xuyên ", "một lần ", "hàng quý, ", "(", ")", "- ", ", ", "/"),
    *("20/10/2021 ", "31/6/2021 ", "10/2021 ", "2023 ", "2025 ", "15/12 ", "I/2024 ", "2023-2025 ", "17h00 ", "D0 "),
]
CYCLES = {"monthly", "quarterly", "half-yearly", "yearly", "two-yearly"}


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=7).map("".join)), st.text(), st.booleans())
@example("ngày ٢٠/١٠/٢٠٢١ ② Ⅳ/2024", "", True)
@example("(" * 500 + "1/1/1900", "", False)
def test_any_text_is_read_or_left_alone(text: str, title: str, includes: bool) -> None:
    found = parse_deadline(text, title, before_includes_day=includes)
    assert found.text == text
    assert found.recurrence in {"once", "standing", "open", "none"} | CYCLES
    years = {int(year) for year in re.findall(r"(?:19|20|21)\d\d", text)}
    years |= {year - 1 for year in years if "trước" in text}
    assert {when.year for when in (found.start, found.due) if when} <= years
    assert found.start is None or found.due is None or found.start <= found.due
    if found.recurrence in {"none", "standing"}:
        assert (found.start, found.due) == (None, None)
    if found.recurrence not in CYCLES:
        assert (found.month, found.day) == (None, None)
    due_in(found, parse_period("2024-Q1"), before_includes_day=includes)
