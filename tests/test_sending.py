"""When a form is due: the day, and what the form says, for every setting; a day nobody knows is never guessed."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from kttt_xl import builder, plans
from kttt_xl.assignments import stats_recipients
from kttt_xl.campaign import plan_issues
from kttt_xl.holidays import built_in_calendar
from kttt_xl.model import Form, Plan, Settings
from kttt_xl.period import parse_period
from kttt_xl.sending import Sending, counts_working_days, sending, sending_words
from kttt_xl.workdays import is_working

CALENDAR = built_in_calendar()
UNKNOWN = "chưa có lịch nghỉ lễ, Tết của năm 2030"
COUNTED = "tính cả ngày ghi trong kế hoạch"
NOT_COUNTED = "không tính ngày ghi trong kế hoạch"
NO_CALENDAR = "chưa có lịch nghỉ lễ, Tết"
WORDS = "02 ngày làm việc kể từ ngày chốt số liệu"
AFTER = "ngày làm việc sau ngày chốt số liệu"
MOVED = "dời sang ngày làm việc kế tiếp"


def form(text: str = "", cut_off: str = "administrative", days: int | None = None, *, roll: bool = False) -> Form:
    return Form(cut_off=cut_off, sending=text, sending_working_days=days, sending_roll=roll)


# Form, period, the day (None: not known), the words.
DUE: list[tuple[Form, str, Sending, str]] = [
    (form(), "2024", Sending(None), "kế hoạch không quy định"),
    (form("hằng năm"), "2024", Sending(None), "hằng năm (kế hoạch không ghi ngày)"),
    (
        form("trước ngày 15/12 hằng năm"),
        "2024",
        Sending(date(2024, 12, 15), date(2024, 12, 15)),  # a Sunday: the plan says nothing about days off
        f"trước ngày 15/12 hằng năm (chậm nhất 15/12/2024, {COUNTED})",
    ),
    # moved to the next working day
    (
        form("trước ngày 15/12 hằng năm", roll=True),
        "2024",
        Sending(date(2024, 12, 16), date(2024, 12, 15)),
        f"trước ngày 15/12 hằng năm (chậm nhất 16/12/2024, {COUNTED}; ngày 15/12/2024 nghỉ nên {MOVED})",
    ),
    (
        form("trước ngày 15/12 hằng năm", roll=True),
        "2025",
        Sending(date(2025, 12, 15), date(2025, 12, 15)),  # a Monday
        f"trước ngày 15/12 hằng năm (chậm nhất 15/12/2025, {COUNTED})",
    ),
    (
        form("trước ngày 15/12 hằng năm", roll=True),
        "2030",
        Sending(None, date(2030, 12, 15), UNKNOWN),
        f"trước ngày 15/12 hằng năm (chậm nhất 15/12/2030, {COUNTED}; chưa rõ có {MOVED} không: {UNKNOWN})",
    ),
    (form("hằng năm", roll=True), "2024", Sending(None), "hằng năm (kế hoạch không ghi ngày)"),
    # counted in working days from the cut-off: 14/12/2024 is a Saturday, 31/12/2024 is before New Year
    (
        form(days=2),
        "2024",
        Sending(date(2024, 12, 17)),
        f"2 {AFTER} 14/12/2024 (chậm nhất 17/12/2024)",
    ),
    (
        form(WORDS, days=2),
        "2024",
        Sending(date(2024, 12, 17)),
        f"{WORDS} (chậm nhất 17/12/2024; 2 {AFTER} 14/12/2024)",
    ),
    (
        form(days=1, cut_off="calendar", roll=True),  # the day counted to is worked: nothing to move
        "2024",
        Sending(date(2025, 1, 2)),
        f"1 {AFTER} 31/12/2024 (chậm nhất 2/1/2025)",
    ),
    (
        form(days=2),
        "2024-Q1",
        Sending(date(2024, 3, 18)),
        f"2 {AFTER} 14/3/2024 (chậm nhất 18/3/2024)",
    ),
    (
        form(days=2),
        "2030",
        Sending(None, None, UNKNOWN),
        f"2 {AFTER} 14/12/2030 (chưa tính được ngày: {UNKNOWN})",
    ),
    (
        form(WORDS, days=2, cut_off="calendar"),
        "2026",
        Sending(None, None, "chưa có lịch nghỉ lễ, Tết của năm 2027"),
        f"{WORDS} (chưa tính được ngày: chưa có lịch nghỉ lễ, Tết của năm 2027; 2 {AFTER} 31/12/2026)",
    ),
]


@pytest.mark.parametrize(("form", "period", "expected", "words"), DUE)
def test_when_a_form_is_due(form: Form, period: str, expected: Sending, words: str) -> None:
    when = parse_period(period)
    assert sending(form, when, before_includes_day=True, calendar=CALENDAR) == expected
    assert sending_words(form, when, before_includes_day=True, calendar=CALENDAR) == words


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (
            form(days=2),
            f"2 {AFTER} 14/12/2024 (chưa tính được ngày: {NO_CALENDAR})",
        ),
        (
            form("trước ngày 15/12 hằng năm", roll=True),
            f"trước ngày 15/12 hằng năm (chậm nhất 14/12/2024, {NOT_COUNTED}; chưa rõ có {MOVED} không: {NO_CALENDAR})",
        ),
    ],
)
def test_without_a_calendar_no_day_is_made_up(form: Form, words: str) -> None:
    assert sending_words(form, parse_period("2024"), before_includes_day=False) == words


@bounds(deadline=None, max_examples=60)
@given(st.integers(2021, 2025), st.sampled_from(["", "-Q1", "-Q2", "-H1", "-07"]), st.integers(1, 30))
def test_a_day_counted_to_is_worked_and_after_the_cut_off(year: int, part: str, days: int) -> None:
    period = parse_period(f"{year}{part}")
    found = sending(form(days=days), period, before_includes_day=True, calendar=CALENDAR)
    assert found.day is not None
    assert is_working(CALENDAR, found.day)
    assert found.day > date(period.end.year, period.end.month, 14)


def test_the_plans_that_ship_count_no_working_days() -> None:
    assert [plan for plan in plans.plan_ids() if counts_working_days(plans.load_plan(plan))] == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), False),
        (Settings(tasks=form(days=2)), True),
        (Settings(stats=form(roll=True)), True),
    ],
)
def test_who_needs_a_calendar(yen_bai: Plan, settings: Settings, expected: bool) -> None:
    assert counts_working_days(replace(yen_bai, settings=settings)) == expected


def test_a_copy_says_when_and_where_to_send_it(yen_bai: Plan, tmp_path: Path) -> None:
    """The cover and the title block of the built file; the collector of the form is not the plan's coordinator."""
    stats = replace(yen_bai.settings.stats, sending=WORDS, sending_working_days=2, coordinator="Thành ủy Yên Bái")
    plan = replace(yen_bai, settings=replace(yen_bai.settings, stats=stats))
    issue = plan_issues(plan, parse_period("2024"), ("stats",), stats_recipients(plan)[:1])[0]
    path = tmp_path / issue.file
    path.write_bytes(builder.build_copy(issue.copy, b"k" * 32))
    book = openpyxl.load_workbook(path)
    cover = {row[1].value: row[2].value for row in book["Hướng dẫn"].iter_rows() if row[2].value}
    due = f"{WORDS} (chậm nhất 17/12/2024; 2 {AFTER} 14/12/2024)"
    assert (cover["Thời hạn gửi"], cover["Nơi nhận"]) == (due, "Thành ủy Yên Bái")
    assert f"Thời hạn gửi: {due}." in str(book["Số liệu"]["B4"].value)
    advice = [row[1].value for row in book["Hướng dẫn"].iter_rows() if "gửi tệp này về" in str(row[1].value)]
    assert ["về Thành ủy Yên Bái. Không" in str(text) for text in advice] == [True]
