"""Periods (kỳ báo cáo) and deadlines (thời hạn): read, ordered, shown in Vietnamese; cut-off spans and due dates.

A text is folded (no accents, no stars, lower case), then every date and period in it becomes one token: D a day,
P a part of a year, Y a year, R a range of years. What is left must fit one of the sentences below as a whole: a
word nobody foresaw makes the text unread, never half read. Sources: contract sections 2 and 7, domain 1(f) and 3.1.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import total_ordering
from types import MappingProxyType
from typing import NamedTuple
from unicodedata import category, normalize

from kttt_xl.errors import MisuseError

FIRST_YEAR, LAST_YEAR = 1900, 2199  # outside, a year is a typing error

_CYCLES = MappingProxyType({"monthly": 1, "quarterly": 3, "half-yearly": 6, "yearly": 12, "two-yearly": 24})
_DAY = timedelta(days=1)


class _Part(NamedTuple):
    kind: str
    first: int  # month
    last: int
    name: str


# By what follows the year in the code; parts of one kind stand in calendar order.
_PARTS = MappingProxyType(
    {
        "": _Part("year", 1, 12, "Năm {}"),
        "-H1": _Part("half", 1, 6, "6 tháng đầu năm {}"),
        "-H2": _Part("half", 7, 12, "6 tháng cuối năm {}"),
        "-9M": _Part("nine-months", 1, 9, "9 tháng năm {}"),
        "-Q1": _Part("quarter", 1, 3, "Quý I/{}"),
        "-Q2": _Part("quarter", 4, 6, "Quý II/{}"),
        "-Q3": _Part("quarter", 7, 9, "Quý III/{}"),
        "-Q4": _Part("quarter", 10, 12, "Quý IV/{}"),
        **{f"-{month:02}": _Part("month", month, month, f"Tháng {month}/{{}}") for month in range(1, 13)},
    }
)


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    """A reporting period: its code (contract, section 2) and its calendar span, both ends included.

    Periods are ordered by end; of equal ends the longer comes last, so that max() gives the one contract
    section 8 judges a target by. Made by parse_period, next and previous only.
    """

    code: str
    start: date
    end: date

    def __lt__(self, other: object) -> bool:
        """Order by end, then the longer last, then code."""
        if not isinstance(other, Period):
            return NotImplemented
        return (self.end, other.start, self.code) < (other.end, self.start, other.code)

    @property
    def kind(self) -> str:
        """One of year, half, nine-months, quarter, month, range."""
        return "range" if "/" in self.code else _PARTS[self.code[4:]].kind

    @property
    def year(self) -> int:
        """The year it lies in; of a range, the last."""
        return self.end.year

    @property
    def name(self) -> str:
        """What officers call it, as sheets show it: "Quý I/2024", "Giai đoạn 2021 - 2025"."""
        if self.kind == "range":
            return f"Giai đoạn {self.start.year} - {self.end.year}"
        return _PARTS[self.code[4:]].name.format(self.year)

    def contains(self, other: "date | Period") -> bool:
        """Whether the day, or the whole of the other period, lies in the calendar span."""
        if isinstance(other, Period):
            return self.start <= other.start and other.end <= self.end
        return self.start <= other <= self.end

    def next(self) -> "Period":
        """Return the next period of this kind, a range being as long; MisuseError past the years 1900 to 2199."""
        return self._moved(1)

    def previous(self) -> "Period":
        """Return the period of the same kind before this one; see next."""
        return self._moved(-1)

    def _moved(self, step: int) -> "Period":
        if self.kind == "range":
            years = step * (self.end.year - self.start.year + 1)
            return _range(self.start.year + years, self.end.year + years)
        siblings = [suffix for suffix, part in _PARTS.items() if part.kind == self.kind]
        years, index = divmod(siblings.index(self.code[4:]) + step, len(siblings))
        return _part(self.year + years, siblings[index])


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline as a plan words it (contract, section 2).

    recurrence is once, monthly, quarterly, half-yearly, yearly, two-yearly, standing, open or none; also is a
    second one ("Hàng quý, năm": quarterly, also yearly). month and day are what a recurring deadline names
    ("trước ngày 15/12 hằng năm": 12, 15; a day of every month: None, 25; a month of every year: 12, None).
    tentative: "dự kiến"; conditional: waits for an outside act ("sau khi …").
    """

    text: str
    start: date | None
    due: date | None
    recurrence: str
    also: str = ""
    tentative: bool = False
    conditional: bool = False
    month: int | None = None
    day: int | None = None

    def as_json(self) -> dict[str, str | bool | None]:
        """Return the `deadline` object of the task JSON (contract, section 2), dates as YYYY-MM-DD."""
        return {
            "start": self.start.isoformat() if self.start else None,
            "due": self.due.isoformat() if self.due else None,
            "recurrence": self.recurrence,
            "also": self.also or None,
            "tentative": self.tentative,
            "conditional": self.conditional,
        }


def parse_period(text: str) -> Period:
    """Read a period from its code or from any of the names officers write for it.

    Case, accents, NFC or NFD, blanks and kind of dash do not matter. MisuseError, with what was found and the
    expected forms, for anything else. Source: contract section 2.
    """
    sentence, times = _tokens(_fold(text))
    if sentence in {"P0", "Y0", "R0"}:
        return times[0]
    found = " ".join(text.split())
    found = f"Không đọc được kỳ báo cáo «{found[:60]}»" if found else "Chưa ghi kỳ báo cáo"
    raise MisuseError(
        f"{found}; cần một trong các dạng: 2024 (Năm 2024), 2024-H1 (6 tháng đầu năm 2024), "
        "2024-H2 (6 tháng cuối năm 2024), 2024-9M (9 tháng năm 2024), 2024-Q1 (Quý I/2024), "
        "2024-03 (Tháng 3/2024), 2021/2025 (Giai đoạn 2021 - 2025)."
    )


def cut_off_span(period: Period, cut_off: str) -> tuple[date, date]:
    """Return the first and last day whose figures belong to the period (chốt số liệu).

    "administrative" runs from the 15th of the month before to the 14th of the last month, "calendar" over the
    calendar span; MisuseError for another word. Source: Nghị định 09/2019/NĐ-CP as in domain 3.1.
    """
    if cut_off == "administrative":
        return (period.start - _DAY).replace(day=15), period.end.replace(day=14)
    if cut_off == "calendar":
        return period.start, period.end
    raise MisuseError(
        f"Không có cách chốt số liệu «{cut_off}»; cần «administrative» (từ ngày 15 đến ngày 14) "
        "hoặc «calendar» (theo năm dương lịch)."
    )


def parse_deadline(text: str, title: str = "", *, before_includes_day: bool = True) -> Deadline:
    """Read a deadline text as domain 1(f) lists them; title is the task's, where "sau khi …" may stand.

    "trước ngày D" is due on D, or on the day before when before_includes_day is false. Never raises: a text that
    says no time, or more than could be understood for certain, has recurrence none and no dates.
    """
    words = _fold(text)
    found = _read(_core(words), before_includes_day=before_includes_day)
    tentative = bool(re.search(r"\b(?:du kien|tuy thuoc)\b", words))
    conditional = bool(re.search(r"\bsau khi\b", f"{words} | {_fold(title)}"))
    return replace(found, text=text, tentative=tentative, conditional=conditional)


def due_in(deadline: Deadline, period: Period, *, before_includes_day: bool = True) -> date | None:
    """Return D, the day the task is due in that period; None when nothing is (standing, open, none).

    A recurring task is due on the day its text names, in the period's year, else on the last day of the cycle the
    period ends in; of a range of years, in the last. Cycles of two years begin in the year the text gives ("từ
    2014"), else in odd years. before_includes_day is for the named days; a once-only date was settled when it was
    read. Source: contract section 7.
    """
    months = _CYCLES.get(deadline.recurrence)
    if months is None:
        return deadline.due
    year, month = period.end.year, period.end.month
    if deadline.month or deadline.day:
        last = _month_end(year, deadline.month or month)
        due = last.replace(day=min(deadline.day or last.day, last.day))
        if not before_includes_day and _NAMED_BEFORE.search(_fold(deadline.text)):
            due -= _DAY
    elif months <= 12:
        due = _month_end(year, -(-month // months) * months)
    else:
        first = deadline.start.year if deadline.start else 2001
        due = date(year + (first + 1 - year) % 2, 12, 31)
    if deadline.start and due < deadline.start:
        return None
    return min(due, deadline.due) if deadline.due else due


def _fold(text: str) -> str:
    """Return text in lower case, without accents, invisible characters, stars, or blanks that say nothing."""
    letters = []
    for letter in normalize("NFD", text.casefold()):
        kind = category(letter)
        if kind == "Pd" or letter == "\N{MINUS SIGN}":
            letters.append("-")
        elif kind not in {"Mn", "Cf"} and letter != "*":
            letters.append("d" if letter == "đ" else letter)
    return " ".join("".join(letters).split()).strip(" .,;:\"'“”")


# A remark is left out when dates are read; one that itself speaks of time could change them, so nothing is read.
_REMARK = re.compile(r"\([^()]*\)|[,;]? ?\b(?:ngay )?(?:sau khi|tuy thuoc)\b.*")
_SPEAKS_OF_TIME = re.compile(
    r"\d{4}|\d/|\b(?:tuan|thang|gia han|lui)\b|\bhoan\b(?! th)|\bngay\b(?! sau khi)"
    r"|(?<!viet )\bnam\b|\bquy\b(?! (?:dinh|che|trinh|mo|hoach))"
)


def _core(words: str) -> str:
    """Return a folded deadline without remarks and without "dự kiến"; nothing when a remark speaks of time."""
    words = re.sub(r"^\(([^()]*)\)$", r"\1", words)
    if any(_SPEAKS_OF_TIME.search(remark) for remark in _REMARK.findall(words)):
        return ""
    words = re.sub(r"\bdu kien\b", " ", _REMARK.sub(" ", words))
    return " ".join(words.split()).strip(" .,;:")


# --- dates and periods in a text


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _day(day: str, month: str, year: str) -> Period | None:
    """Return the day as a period without a kind, which never leaves this module; None when there is no such day."""
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return Period(found.isoformat(), found, found)


def _part(year: int, suffix: str) -> Period:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise MisuseError(f"Năm {year} nằm ngoài khoảng từ {FIRST_YEAR} đến {LAST_YEAR}.")
    part = _PARTS[suffix]
    return Period(f"{year}{suffix}", date(year, part.first, 1), _month_end(year, part.last))


def _range(first: int, last: int) -> Period:
    return Period(f"{first}/{last}", _part(first, "").start, _part(last, "").end)


# How officers say a half or a quarter, folded, and what follows the year in its code.
_SAID = MappingProxyType(
    {"dau": "-H1", "cuoi": "-H2", "i": "-Q1", "ii": "-Q2", "iii": "-Q3", "iv": "-Q4"}
    | {str(quarter): f"-Q{quarter}" for quarter in range(1, 5)}
)

_YEAR = r"((?:19|20|21)\d\d)"
_MONTH = r"(0?[1-9]|1[0-2])"
_QUARTER = r"0?([1-4]|i{1,3}|iv)"
_OF = r"(?: ?[/-] ?|,? )(?:nam )?"
_Reader = Callable[..., Period | None]
# Token, how it is written, and what it means (None: there is no such day or range, and it stays unread).
# Longer forms come first: a day holds a month, a month holds a year.
_TIMES: tuple[tuple[str, str, _Reader], ...] = (
    ("D", rf"(?:ngay )?(\d\d?)([/.-])(\d\d?)\2{_YEAR}", lambda day, _, month, year: _day(day, month, year)),
    ("D", rf"(?:ngay )?(\d\d?) thang (\d\d?)(?:,? nam |/){_YEAR}", _day),
    ("D", rf"(?:ngay )?{_YEAR}-(\d\d)-(\d\d)", lambda year, month, day: _day(day, month, year)),
    ("P", rf"{_YEAR}(-(?:h[12]|9m|q[1-4]|0[1-9]|1[0-2]))", lambda year, tail: _part(int(year), tail.upper())),
    ("P", rf"(?:6|06|sau) thang (dau|cuoi){_OF}{_YEAR}", lambda half, year: _part(int(year), _SAID[half])),
    ("P", rf"(?:9|09|chin) thang(?: dau)?(?: nam | ?/ ?){_YEAR}", lambda year: _part(int(year), "-9M")),
    ("P", rf"(?:qu[yi] ?|q){_QUARTER}{_OF}{_YEAR}", lambda said, year: _part(int(year), _SAID[said])),
    ("P", rf"(?:thang ?|t){_MONTH}{_OF}{_YEAR}", lambda month, year: _part(int(year), f"-{int(month):02}")),
    ("P", rf"{_MONTH}/{_YEAR}", lambda month, year: _part(int(year), f"-{int(month):02}")),
    (
        "R",
        rf"(?:giai doan |thoi ky )?(?:tu )?(?:nam )?{_YEAR} ?(?:[-/]|den|toi) ?(?:het )?(?:nam )?{_YEAR}",
        lambda first, last: _range(int(first), int(last)) if first < last else None,
    ),
    ("Y", rf"(?:ca )?(?:nam )?{_YEAR}", lambda year: _part(int(year), "")),
)


def _tokens(words: str) -> tuple[str, list[Period]]:
    """Return the folded text with each date and period as a numbered token ("tu P1 den Y0"), and what they mean."""
    times: list[Period] = []
    for letter, pattern, read in _TIMES:

        def token(match: re.Match[str], letter: str = letter, read: _Reader = read) -> str:
            time = read(*match.groups())
            if time is None:
                return match[0]
            times.append(time)
            return f"{letter}{len(times) - 1}"

        words = re.sub(rf"(?<![\w/.]){pattern}(?![\w/])", token, words, flags=re.ASCII)
    return words, times


# --- what a deadline says
_NOTHING = Deadline("", None, None, "none")

# Words around a date that do not change it. "đầu", "giữa", "sau", "từ cuối" and the like do: they are not here.
_FILLER = re.compile(
    r"\b(?:(?:bat dau|ke)(?= tu\b)|(?:giai doan|cho)(?= (?:tu|den)\b)|thoi (?:diem|gian|han)|(?:cham|muon) nhat(?: la)?"
    r"|trong|vao|phai|can|hoan thanh|thuc hien|trien khai|trinh|ban hanh)\b[ ,:]*"
)
_HOUR = re.compile(r"\btruoc \d\d? ?(?:h|gio) ?(?:\d\d)?(?: phut)?,? ")  # a time on the day itself, so no "before"
_NAMED_BEFORE = re.compile(r"\btruoc (?:ngay )?\d\d?(?! ?(?:\d|h\b|h\d|gio))")

_UNITS = MappingProxyType({"6 thang": 6, "sau thang": 6, "nua nam": 6, "thang": 1, "quy": 3, "nam": 12})
_UNIT = rf"(?:{'|'.join(_UNITS)})\b"
_NUMBERS = MappingProxyType({"mot": 1, "hai": 2, "ba": 3, "sau": 6})
_EVERY = re.compile(
    rf"\b(?:dinh ky |hang |moi )+({_UNIT}(?:(?: ?[,/] ?| va | )(?:va )?(?:dinh ky |hang |moi )*{_UNIT})*)"
)
_ONCE_EVERY = re.compile(
    r"\b(?:dinh ky |moi |cu )*(\d\d? |mot |hai |ba |sau )?(thang|quy|nam) ?(?:/ ?|(?:mot|0?1) )lan\b"
    r"|(?:\b(?:mot|0?1) lan ?(?:/ ?|moi |mot )|^[\d.,% -]*%/)(thang|quy|nam)\b"
)
_STANDING = re.compile(r"(?:nhiem vu |thuc hien |lam )?thuong xuyen(?:,? lien tuc)?")
_SAYS_NO_TIME = re.compile(r"(?:(?:cho |theo )?tung giai doan|bao cao|thuc hien|to chuc|(?:va |hoac )?dot xuat)?")


def _cycle_names(sentence: str) -> tuple[list[str], str]:
    """Return the recurrences a sentence names, shortest first, and the sentence without them."""
    if match := _ONCE_EVERY.search(sentence):
        number = (match[1] or "1").strip()
        months = {(_NUMBERS.get(number) or int(number)) * _UNITS[match[2] or match[3]]}
    elif match := _EVERY.search(sentence):
        months = {_UNITS[unit] for unit in re.findall(_UNIT, match[1])}
    if not match or not months <= set(_CYCLES.values()):
        return [], sentence
    rest = f"{sentence[: match.start()]} {sentence[match.end() :]}"
    return [name for name, length in _CYCLES.items() if length in months], rest.strip(" ,;:")


def _read(core: str, *, before_includes_day: bool) -> Deadline:
    """Read what a deadline says of time: its recurrence, and the day, month or span it names; all of it or nothing."""
    sentence, times = _tokens(_HOUR.sub("den ", core))
    cycles, rest = _cycle_names(sentence)
    if _STANDING.fullmatch(rest):
        return replace(_NOTHING, recurrence="standing", also=cycles[0] if cycles else "")
    if not cycles:
        return _dates(sentence, times, before_includes_day=before_includes_day)
    found = replace(_NOTHING, recurrence=cycles[0], also=cycles[-1] if len(cycles) > 1 else "")
    if _SAYS_NO_TIME.fullmatch(rest):
        return found
    words = _FILLER.sub("", rest)
    if cycles[0] == "yearly":
        if match := re.fullmatch(r"(?:den |truoc )?(?:ngay )?(\d\d?)(?:/| thang )(\d\d?)", words):
            named = _day(match[1], match[2], "2000")  # leap: 29/2 is a day
            return replace(found, month=named.start.month, day=named.start.day) if named else _NOTHING
        if match := re.fullmatch(rf"(?:den )?(?:het |cuoi )?(?:thang {_MONTH}|quy {_QUARTER})", words):
            return replace(found, month=int(match[1] or 3 * int(_SAID[match[2]][-1])))
    if cycles[0] == "monthly" and (match := re.fullmatch(r"(?:den |truoc )?ngay (0?[1-9]|[12]\d|3[01])", words)):
        return replace(found, day=int(match[1]))
    span = _dates(rest, times, before_includes_day=before_includes_day)
    if span.start or (span.due and words.startswith(("den ", "tu nay den "))):
        return replace(found, start=span.start, due=span.due)
    return _NOTHING


def _dates(sentence: str, times: list[Period], *, before_includes_day: bool) -> Deadline:
    """Read a sentence of time tokens that names no recurrence."""
    once = replace(_NOTHING, recurrence="once")
    words = _FILLER.sub("", re.sub(r"\btoi\b", "den", sentence))
    if match := re.fullmatch(r"Y(\d+)", sentence) or re.fullmatch(r"R(\d+)", words):
        return replace(once, start=times[int(match[1])].start, due=times[int(match[1])].end)
    if match := re.fullmatch(r"(?:(?:tu nay )?den )?(?:(?:het |cuoi )?[DPY]|(?:het |cuoi )R)(\d+)", words):
        return replace(once, due=times[int(match[1])].end)
    if match := re.fullmatch(r"(?:(?:tu nay )?den )?truoc ([DPY])(\d+)", words):
        includes = before_includes_day and match[1] == "D"  # "trước năm 2025" ends with 2024 either way
        day = times[int(match[2])].start
        return replace(once, due=day if includes else day - _DAY)
    if match := re.fullmatch(r"(?:tu )?([DPY])(\d+)(?: den (?:het |cuoi )?[DPY]| ?- ?\1)(\d+)", words):
        start, due = times[int(match[2])].start, times[int(match[3])].end
        return replace(once, start=start, due=due) if start <= due else _NOTHING
    later = r" (?:tro di|va (?:cac|nhung) nam (?:tiep theo|sau))"
    if match := re.fullmatch(rf"tu [DPY](\d+)(?:{later})?|[DPY](\d+){later}", words):
        return replace(once, start=times[int(match[1] or match[2])].start, recurrence="open")
    return _NOTHING
