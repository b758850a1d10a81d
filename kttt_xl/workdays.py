"""Working days (ngày làm việc) of public offices: Monday to Friday less public holidays, plus the Saturdays worked.

Which days are off is decided year by year: Bộ luật Lao động 2019 (articles 111 and 112) sets the number, the Prime
Minister's yearly notice the days of Tết, the second day of Quốc khánh and the exchanges (hoán đổi) of a weekday for
a Saturday. So the years come from a file (see holidays), each day with its source, and a year not in it is refused.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from kttt_xl.cells import show_date
from kttt_xl.errors import MisuseError

# A day off, a weekend day worked in exchange, and a day that was proposed as one of these and is not decided.
KINDS = HOLIDAY, WORKING, UNDECIDED = ("holiday", "working", "undecided")
SATURDAY = 5  # date.weekday()

_DAY = timedelta(days=1)


class NotSettledError(MisuseError):
    """Nobody knows yet whether a day is worked; why says so in a few words, for a form."""

    def __init__(self, message: str, why: str) -> None:
        """Take the sentence for the officer at the tool, and the words for the form."""
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class Calendar:
    """The public holidays of some years: days off, weekend days worked, days not decided; file says where from."""

    file: str
    years: frozenset[int]
    holidays: frozenset[date]
    worked: frozenset[date]
    undecided: frozenset[date]


def is_working(calendar: Calendar, day: date) -> bool:
    """Return whether public offices work on the day; NotSettledError when its year is not known, or it is undecided."""
    if day.year not in calendar.years:
        raise NotSettledError(
            f"Tệp «{calendar.file}» chưa có ngày nghỉ lễ của năm {day.year} nên không đếm được ngày làm việc. "
            "Hãy bổ sung năm đó theo thông báo nghỉ lễ, Tết.",
            f"chưa có lịch nghỉ lễ, Tết của năm {day.year}",
        )
    if day in calendar.undecided:
        raise NotSettledError(
            f"Tệp «{calendar.file}» ghi ngày {show_date(day)} chưa rõ nghỉ hay làm nên không đếm được ngày làm việc. "
            "Hãy sửa dòng đó theo thông báo nghỉ lễ, Tết.",
            f"chưa rõ ngày {show_date(day)} nghỉ hay làm",
        )
    if day.weekday() >= SATURDAY:
        return day in calendar.worked
    return day not in calendar.holidays


def add_working_days(calendar: Calendar, day: date, n: int) -> date:
    """Return the n-th working day after the day; the day itself for 0, working or not.

    "02 ngày làm việc kể từ ngày …" counts from the next day (domain 3.1). ValueError when n is negative;
    NotSettledError as in is_working.
    """
    if n < 0:
        raise ValueError(f"working days are added, not taken away: {n}")
    while n:
        day += _DAY
        n -= is_working(calendar, day)
    return day


def next_working_day(calendar: Calendar, day: date) -> date:
    """Return the day itself when it is worked, else the next one that is; NotSettledError as in is_working."""
    while not is_working(calendar, day):
        day += _DAY
    return day


def working_days_between(calendar: Calendar, start: date, end: date) -> int:
    """Return how many working days come after start, up to and including end: "chậm 3 ngày làm việc".

    Negative when end is before start, so that spans add up; from a Friday to the Saturday after it is 0.
    NotSettledError as in is_working.
    """
    if end < start:
        return -working_days_between(calendar, end, start)
    return sum(is_working(calendar, start + _DAY * number) for number in range(1, (end - start).days + 1))
