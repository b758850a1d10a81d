"""Working days: the years of workbooks/holidays.csv as their notices give them, and files with mistakes."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl.errors import KtttError
from kttt_xl.holidays import built_in_calendar, load_calendar
from kttt_xl.workdays import (
    Calendar,
    NotSettledError,
    add_working_days,
    is_working,
    next_working_day,
    working_days_between,
)

FILE = Path(__file__).parent.parent / "workbooks" / "holidays.csv"
CALENDAR = load_calendar(FILE)


def day(text: str) -> date:
    """ "26/4/2024" as a date."""
    d, m, y = map(int, text.split("/"))
    return date(y, m, d)


def days(year: int, text: str) -> list[date]:
    return [day(f"{part}/{year}") for part in text.split()]


# --- the shipped years: weekdays off, and weekend days worked, written down from the notices

YEARS = {
    2021: ("1/1  10/2 11/2 12/2 15/2 16/2  21/4  30/4 3/5  2/9 3/9", ""),
    2022: ("3/1  31/1 1/2 2/2 3/2 4/2  11/4  2/5 3/5  1/9 2/9", ""),
    2023: ("2/1  20/1 23/1 24/1 25/1 26/1  1/5 2/5 3/5  1/9 4/9", ""),
    2024: ("1/1  8/2 9/2 12/2 13/2 14/2  18/4  29/4 30/4 1/5  2/9 3/9", "4/5"),
    2025: ("1/1  27/1 28/1 29/1 30/1 31/1  7/4  30/4 1/5 2/5  1/9 2/9", "26/4"),
    2026: ("1/1 2/1  16/2 17/2 18/2 19/2 20/2  27/4  30/4 1/5  31/8 1/9 2/9  24/11", "10/1 22/8"),
}
UNDECIDED = days(2026, "23/11 28/11")  # exchanged with each other, so far only proposed


@pytest.mark.parametrize("year", YEARS)
def test_a_shipped_year_is_the_one_of_its_notices(year: int) -> None:
    every = [date(year, 1, 1) + timedelta(number) for number in range(366)]
    decided = [when for when in every if when.year == year and when not in UNDECIDED]
    off = [when for when in decided if when.weekday() < 5 and not is_working(CALENDAR, when)]
    worked = [when for when in decided if when.weekday() >= 5 and is_working(CALENDAR, when)]
    assert (off, worked) == (days(year, YEARS[year][0]), days(year, YEARS[year][1]))


def test_no_other_year_is_shipped() -> None:
    assert (CALENDAR.years, sorted(CALENDAR.undecided)) == (frozenset(YEARS), UNDECIDED)


def test_every_row_says_where_it_is_from() -> None:
    rows = FILE.read_text(encoding="utf-8").splitlines()[1:]
    assert [row for row in rows if "http" not in row] == []


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("12/3/2024", "12/3/2024", 0),
        ("12/3/2024", "13/3/2024", 1),
        ("15/3/2024", "16/3/2024", 0),  # Friday, Saturday
        ("15/3/2024", "18/3/2024", 1),  # Friday, Monday
        ("17/3/2024", "18/3/2024", 1),  # a Sunday is not a start that costs a day
        ("7/2/2024", "15/2/2024", 1),  # Tết
        ("26/4/2024", "2/5/2024", 1),  # Monday 29/4 exchanged
        ("3/5/2024", "6/5/2024", 2),  # Saturday 4/5 worked for it
        ("29/12/2023", "2/1/2024", 1),  # from one year into the next
        ("13/3/2024", "12/3/2024", -1),
        ("18/3/2024", "15/3/2024", -1),
    ],
)
def test_days_between(start: str, end: str, count: int) -> None:
    assert working_days_between(CALENDAR, day(start), day(end)) == count


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("16/3/2024", 0, "16/3/2024"),  # nothing added: the day itself, a Saturday too
        ("14/3/2024", 2, "18/3/2024"),  # "02 ngày làm việc kể từ ngày chốt số liệu", Thursday 14/3
        ("14/12/2024", 2, "17/12/2024"),  # from a Saturday
        ("25/4/2025", 1, "26/4/2025"),  # a Saturday worked
        ("29/4/2025", 1, "5/5/2025"),
        ("31/12/2025", 1, "5/1/2026"),
    ],
)
def test_days_added(start: str, n: int, end: str) -> None:
    assert add_working_days(CALENDAR, day(start), n) == day(end)


def test_days_are_not_taken_away() -> None:
    with pytest.raises(ValueError, match=r"^working days are added, not taken away: -1$"):
        add_working_days(CALENDAR, day("12/3/2024"), -1)


@pytest.mark.parametrize(
    ("start", "end", "sentence", "why"),
    [
        (
            "30/12/2026",
            "4/1/2027",
            "chưa có ngày nghỉ lễ của năm 2027 nên không đếm được ngày làm việc. Hãy bổ sung năm đó",
            "chưa có lịch nghỉ lễ, Tết của năm 2027",
        ),
        (
            "20/11/2026",
            "25/11/2026",
            "ghi ngày 23/11/2026 chưa rõ nghỉ hay làm nên không đếm được ngày làm việc. Hãy sửa dòng đó",
            "chưa rõ ngày 23/11/2026 nghỉ hay làm",
        ),
    ],
)
def test_what_is_not_known_is_refused(start: str, end: str, sentence: str, why: str) -> None:
    with pytest.raises(NotSettledError) as refused:
        working_days_between(CALENDAR, day(start), day(end))
    assert str(refused.value) == f"Tệp «holidays.csv» {sentence} theo thông báo nghỉ lễ, Tết."
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("stated", "due"),
    [
        ("13/12/2024", "13/12/2024"),  # a Friday
        ("15/12/2024", "16/12/2024"),  # a Sunday
        ("30/4/2024", "2/5/2024"),  # two holidays
        ("4/5/2024", "4/5/2024"),  # a Saturday worked in exchange
        ("30/12/2023", "2/1/2024"),  # a weekend, then New Year
    ],
)
def test_a_day_off_moves_to_the_next_working_day(stated: str, due: str) -> None:
    assert next_working_day(CALENDAR, day(stated)) == day(due)


def test_the_calendar_that_ships_is_the_file() -> None:
    assert built_in_calendar() == CALENDAR


# --- counting is adding the other way round

KNOWN = st.dates(date(2021, 1, 1), date(2026, 11, 20))


@settings(deadline=None, max_examples=60)
@given(st.dates(date(2021, 1, 1), date(2026, 6, 1)), st.integers(0, 90))
def test_count_after_add_is_what_was_added(start: date, n: int) -> None:
    end = add_working_days(CALENDAR, start, n)
    assert working_days_between(CALENDAR, start, end) == n
    assert n == 0 or is_working(CALENDAR, end)


@settings(deadline=None, max_examples=40)
@given(KNOWN, st.integers(-200, 200), st.integers(-200, 200))
def test_spans_add_up(start: date, first: int, second: int) -> None:
    middle, end = (min(max(start + timedelta(n), date(2021, 1, 1)), date(2026, 11, 20)) for n in (first, second))
    whole = working_days_between(CALENDAR, start, end)
    assert working_days_between(CALENDAR, start, middle) + working_days_between(CALENDAR, middle, end) == whole


# --- the file

HEADING = "date,kind,name,source\n"
ROWS_2024 = [row for row in FILE.read_text(encoding="utf-8").splitlines() if row.startswith("2024")]


def written(folder: Path, text: str) -> Path:
    path = folder / "nghi-le.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_year_alone_is_read_with_a_byte_order_mark_and_blank_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff" + HEADING + "\n,,,\n".join(ROWS_2024) + "\n")
    off = frozenset(when for when in CALENDAR.holidays if when.year == 2024)
    assert load_calendar(path) == Calendar(
        "nghi-le.csv", frozenset({2024}), off, frozenset({date(2024, 5, 4)}), frozenset()
    )


def test_an_exchange_over_the_new_year_counts_for_the_new_one(tmp_path: Path) -> None:
    exchanged = ["2023-12-30,working,Làm bù cho 02/01,x", "2024-01-02,holiday,Nghỉ hoán đổi với 30/12,x"]
    rows_2023 = [row for row in FILE.read_text(encoding="utf-8").splitlines() if row.startswith("2023")]
    calendar = load_calendar(written(tmp_path, HEADING + "\n".join([*rows_2023, *exchanged, *ROWS_2024])))
    assert working_days_between(calendar, date(2023, 12, 29), date(2024, 1, 3)) == 2


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        (
            ["2024-5-4,working,Làm bù,x", "2024-02-30,holiday,Tết,x", "2024-05-06,làm bù,,"],
            [
                "Dòng 2: date ghi «2024-5-4»; cần ngày dạng 2025-12-31.",
                "Dòng 3: date ghi «2024-02-30»; cần ngày dạng 2025-12-31.",
                "Dòng 4: kind ghi «làm bù»; cần một trong: holiday; working; undecided.",
                "Dòng 4: thiếu name hoặc source; mỗi ngày phải có tên và nguồn.",
            ],
        ),
        (
            ["2024-05-03,working,Làm bù,x", "2024-05-01,holiday,Quốc tế Lao động", *ROWS_2024[:1], *ROWS_2024[:1]],
            [
                "Dòng 2: ngày 3/5/2024 không phải thứ Bảy, Chủ nhật: không làm bù.",
                "Dòng 3 có 3 ô; cần 4 ô.",
                "Dòng 5: ngày 1/1/2024 đã có ở dòng 4.",
            ],
        ),
        (  # an exchange with one half only, a year with a day left out, a year under another law
            [*(row for row in ROWS_2024 if ",working," not in row), "2019-01-01,holiday,Tết Dương lịch,x",
             "2026-01-01,holiday,Tết Dương lịch,x"],
            [
                "Năm 2019 trước năm 2021, khi Bộ luật Lao động 2019 chưa có hiệu lực: không dùng được.",
                "Năm 2024 có 12 ngày nghỉ trong tuần (đã trừ ngày làm bù); theo luật phải có 11.",
                "Năm 2026 có 1 ngày nghỉ trong tuần (đã trừ ngày làm bù); theo luật phải có 12.",
            ],
        ),
    ],
)  # fmt: skip
def test_every_problem_of_a_file_is_told(tmp_path: Path, rows: list[str], problems: list[str]) -> None:
    with pytest.raises(KtttError) as refused:
        load_calendar(written(tmp_path, HEADING + "\n".join(rows)))
    assert str(refused.value).splitlines() == [f"Tệp «nghi-le.csv» có {len(problems)} lỗi:", *problems]


def test_the_culture_day_counts_only_on_a_weekday(tmp_path: Path) -> None:
    """24/11/2029 is a Saturday and not made up for: the year has 11 days off, as before 2026."""
    weekdays = [date(2029, 1, 1) + timedelta(number) for number in range(15)]
    rows = [f"{when},holiday,Ngày nghỉ,x" for when in weekdays if when.weekday() < 5]
    assert load_calendar(written(tmp_path, HEADING + "\n".join(rows))).years == {2029}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Không đọc được tệp «nghi-le.csv»; cần tệp CSV, mã UTF-8."),
        (b"", "Không đọc được tệp «nghi-le.csv»; cần tệp CSV, mã UTF-8."),
        ("Tết".encode("utf-16"), "Không đọc được tệp «nghi-le.csv»; cần tệp CSV, mã UTF-8."),
        (b'date,kind,name,source\n"2024', "Không đọc được tệp «nghi-le.csv»; cần tệp CSV, mã UTF-8."),
        (b"ngay,kind\n", "Dòng tiêu đề của tệp «nghi-le.csv» ghi «ngay,kind»; cần «date,kind,name,source»."),
    ],
)
def test_a_file_that_is_no_such_table(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "nghi-le.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KtttError) as refused:
        load_calendar(path)
    assert str(refused.value) == sentence
