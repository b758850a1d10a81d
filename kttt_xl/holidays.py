"""The file of public holidays -> the calendar that working days are counted by; a year that is not whole is refused."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from kttt_xl import resources
from kttt_xl.cells import show_date
from kttt_xl.data_files import read_rows
from kttt_xl.errors import KtttError
from kttt_xl.workdays import HOLIDAY, KINDS, SATURDAY, WORKING, Calendar

FILE = "holidays.csv"
COLUMNS = ("date", "kind", "name", "source")
FIRST_YEAR = 2021  # the code of 2019 came into force on 1/1/2021; before, another number of days was due

_FORTNIGHT = timedelta(days=14)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def built_in_calendar() -> Calendar:
    """Return the calendar that ships with the plans."""
    return load_calendar(resources.folder("workbooks") / FILE)


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
    if kind == WORKING and day and day.weekday() < SATURDAY:
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
            balance[year] += (kind == HOLIDAY and day.weekday() < SATURDAY) - (kind == WORKING)
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
    return 11 + (year >= 2026 and date(year, 11, 24).weekday() < SATURDAY)
