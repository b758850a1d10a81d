"""Working days (ngày làm việc) of public offices: Monday to Friday less public holidays, plus the Saturdays worked.

Which days are off is decided year by year: Bộ luật Lao động 2019 (articles 111 and 112) sets the number, the Prime
Minister's yearly notice the days of Tết, the second day of Quốc khánh and the exchanges (hoán đổi) of a weekday for
a Saturday. So the years come from a file, each day with its source, and a year that is not in it is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from kttt_xl.cells import show_date
from kttt_xl.data_files import read_rows
from kttt_xl.errors import KtttError, MisuseError

COLUMNS = ("date", "kind", "name", "source")
# A day off, a weekend day worked in exchange, and a day that was proposed as one of these and is not decided.
KINDS = HOLIDAY, WORKING, UNDECIDED = ("holiday", "working", "undecided")
FIRST_YEAR = 2021  # the code of 2019 came into force on 1/1/2021; before, another number of days was due

_DAY, _FORTNIGHT = timedelta(days=1), timedelta(days=14)
_SATURDAY = 5
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The public holidays of some years: days off, weekend days worked, days not decided; file says where from."""

    file: str
    years: frozenset[int]
    holidays: frozenset[date]
    worked: frozenset[date]
    undecided: frozenset[date]


def is_working(calendar: Calendar, day: date) -> bool:
    """Return whether public offices work on the day; MisuseError when the file lacks its year or it is undecided."""
    if day.year not in calendar.years:
        raise MisuseError(
            f"Tệp «{calendar.file}» chưa có ngày nghỉ lễ của năm {day.year} nên không đếm được ngày làm việc. "
            "Hãy bổ sung năm đó theo thông báo nghỉ lễ, Tết."
        )
    if day in calendar.undecided:
        raise MisuseError(
            f"Tệp «{calendar.file}» ghi ngày {show_date(day)} chưa rõ nghỉ hay làm nên không đếm được ngày làm việc. "
            "Hãy sửa dòng đó theo thông báo nghỉ lễ, Tết."
        )
    if day.weekday() >= _SATURDAY:
        return day in calendar.worked
    return day not in calendar.holidays


def add_working_days(calendar: Calendar, day: date, n: int) -> date:
    """Return the n-th working day after the day; the day itself for 0, working or not.

    "02 ngày làm việc kể từ ngày …" counts from the next day (domain 3.1). ValueError when n is negative; MisuseError
    as in is_working.
    """
    if n < 0:
        raise ValueError(f"working days are added, not taken away: {n}")
    while n:
        day += _DAY
        n -= is_working(calendar, day)
    return day


def working_days_between(calendar: Calendar, start: date, end: date) -> int:
    """Return how many working days come after start, up to and including end: "chậm 3 ngày làm việc".

    Negative when end is before start, so that spans add up; from a Friday to the Saturday after it is 0. MisuseError
    as in is_working.
    """
    if end < start:
        return -working_days_between(calendar, end, start)
    return sum(is_working(calendar, start + _DAY * number) for number in range(1, (end - start).days + 1))


# --- the file


def load_calendar(path: Path) -> Calendar:
    """Return the calendar in a CSV file (date, kind, name, source); KtttError listing every problem of it.

    A year counts as known only when its weekdays off, less the weekend days worked, are as many as the law gives:
    a day left out, or an exchange with one half only, would make wrong counts nobody sees.
    """
    problems: list[str] = []
    days: dict[date, tuple[str, int]] = {}
    for number, row in read_rows(path, COLUMNS):
        day = _read(number, row, problems)
        if day in days:
            problems.append(f"Dòng {number}: ngày {show_date(day)} đã có ở dòng {days[day][1]}.")
        elif day:
            days[day] = row[1], number
    problems = problems or _incomplete(days)
    if problems:
        raise KtttError("\n".join((f"Tệp «{path.name}» có {len(problems)} lỗi:", *problems)))
    off, worked, undecided = (frozenset(day for day, (found, _) in days.items() if found == kind) for kind in KINDS)
    return Calendar(path.name, frozenset(day.year for day in days), off, worked, undecided)


def _read(number: int, row: list[str], problems: list[str]) -> date | None:
    """Return the day of a row; None, with the problems of the row, when it has any."""
    if len(row) != len(COLUMNS):
        problems.append(f"Dòng {number} có {len(row)} ô; cần {len(COLUMNS)} ô.")
        return None
    text, kind, name, source = row
    before = len(problems)
    try:
        day = date.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:  # 2025-02-30
        day = None
    if day is None:
        problems.append(f"Dòng {number}: date ghi «{text}»; cần ngày dạng 2025-12-31.")
    if kind not in KINDS:
        problems.append(f"Dòng {number}: kind ghi «{kind}»; cần một trong: {'; '.join(KINDS)}.")
    if kind == WORKING and day and day.weekday() < _SATURDAY:
        problems.append(f"Dòng {number}: ngày {show_date(day)} không phải thứ Bảy, Chủ nhật: không làm bù.")
    if not name or not source:
        problems.append(f"Dòng {number}: thiếu name hoặc source; mỗi ngày phải có tên và nguồn.")
    return day if len(problems) == before else None


def _incomplete(days: Mapping[date, tuple[str, int]]) -> list[str]:
    """Return the years that have more or fewer days than the law gives, each as a sentence."""
    balance = dict.fromkeys(sorted({day.year for day in days}), 0)
    for day, (kind, _) in days.items():
        year = (day + _FORTNIGHT).year  # no holiday is late in December: what stands there is exchanged with January
        if year in balance:
            balance[year] += (kind == HOLIDAY and day.weekday() < _SATURDAY) - (kind == WORKING)
    return [
        f"Năm {year} trước năm {FIRST_YEAR}, khi Bộ luật Lao động 2019 chưa có hiệu lực: không dùng được."
        if year < FIRST_YEAR
        else f"Năm {year} có {found} ngày nghỉ trong tuần (đã trừ ngày làm bù); theo luật phải có {_due(year)}."
        for year, found in balance.items()
        if year < FIRST_YEAR or found != _due(year)
    ]


def _due(year: int) -> int:
    """Return the days off of a year: 11, moved off the weekend (articles 111.3, 112.1), and 24/11 from 2026 on.

    Ngày Văn hóa Việt Nam (Nghị quyết 28/2026/QH16, article 2) stands outside article 112.1: a weekend one is not moved.
    """
    return 11 + (year >= 2026 and date(year, 11, 24).weekday() < _SATURDAY)
