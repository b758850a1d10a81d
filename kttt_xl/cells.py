"""One cell value -> one typed value, or a reason: pure, and the only place where typed texts become values.

The rules are the contract's (section 5). Where two readings of a number fit and its table does not decide,
the cell is refused with both readings: nothing is guessed, nothing is rounded beyond what Excel itself shows.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Context, Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from kttt_xl.messages import WARNING
from kttt_xl.model import Value

# Nobody sees them, and copying leaves them: zero-width and direction marks (not U+202E, which shows 12 as 21), BOM.
_ZERO_WIDTH = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202d\u2060-\u206f\ufeff]")
# What is trimmed off both ends: those, blanks and control characters.
_INVISIBLE = "".join(map(chr, (*range(0x21), *range(0x2000, 0x2010), *range(0x2028, 0x202E), *range(0x205F, 0x2070))))
_INVISIBLE += "\x7f\x85\u00a0\u00ad\u1680\u180e\u202f\u3000\ufeff"
# What no part holds, or what shows a text otherwise than it is: controls but tab and newline, surrogates, directions.
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# In decomposed text, a tone mark on the first vowel of oa, oe, uy (hòa, khỏe, thủy), to be moved to the second.
_EARLY_TONE = re.compile("(o(?=.[ae])|u(?=.y))([\u0300\u0301\u0303\u0309\u0323])(.)")

_NOT_REPORTED = re.compile("[-\u2010-\u2015\u2212]+|(?:…|[.]{3})[….]*")
_GROUPING_BLANK = re.compile("[\u00a0\u2007\u2009\u202f]")
_MARK = re.compile("[., ]")
_ZERO_WORDS = frozenset({"không có", "không phát sinh"})
# Excel keeps and shows 15 significant digits, but its files hold 17: 1.1 is stored as 1.1000000000000001.
_EXCEL = Context(prec=15, traps=[])

_DAY, _MONTH, _YEAR = "(?P<day>[0-9]{1,2})", "(?P<month>[0-9]{1,2})", "(?P<year>[1-9][0-9]{3})"
_DATES = (
    re.compile(rf"(?:ngày )?{_DAY} ?(?P<mark>[/.-]) ?{_MONTH} ?(?P=mark) ?{_YEAR}"),
    re.compile(rf"(?:ngày )?{_DAY} tháng {_MONTH} năm {_YEAR}"),
    re.compile(rf"{_YEAR}-(?P<month>[0-9]{{2}})-(?P<day>[0-9]{{2}})"),
)

_EXAMPLES = MappingProxyType({"count": "12", "decimal": "12,5", "percent": "95", "completion": "95", "growth": "6,5"})
_EXCERPT, _LISTED = 200, 20  # characters of a cell (it may hold 32 767) and list items that a finding names
_TOO_MANY_DIGITS = f"(quá {_EXCEL.prec} chữ số)"


class Cell(NamedTuple):  # a tuple, since a reader makes hundreds a file
    """A cell as it stands in the file: place (1-based), kind, value, formula, and whether it shows a percent.

    kind is text, number, date, boolean or error (its value is then the error's text, "#DIV/0!"). formula is without
    "=", "" when there is none, "?" when its text is not in the cell; font is that of an encoding before Unicode, or "".
    """

    row: int
    column: int
    kind: str
    value: str | Decimal | datetime | bool
    formula: str = ""
    percent: bool = False
    font: str = ""

    @property
    def address(self) -> str:
        """Return the address that the officer knows it by: "K12"."""
        return address(self.row, self.column)

    @property
    def text(self) -> str:
        """Return what the officer sees, as far as the file tells: "1234,5", "95%", "3/8/2024", "TRUE"."""
        value = self.value
        if isinstance(value, str):  # most cells, so first
            return value
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, Decimal):
            shown = _EXCEL.plus(value)
            return show_number(_EXCEL.multiply(shown, 100)) + "%" if self.percent else show_number(shown)
        return show_date(value) + (f" {value:%H:%M}" if value.hour or value.minute else "")

    @property
    def blank(self) -> bool:
        """Return whether nothing can be seen in the cell and no formula stands there."""
        if not isinstance(self.value, str) or self.value[:1].isalnum():
            return False  # the quick answer for nearly every cell
        return not self.formula and not self.value.strip(_INVISIBLE)


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be said about a cell; it becomes a Finding. severity "" is the catalogue's."""

    code: str
    found: str = ""
    expected: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell says: accepted or not, the value, and what is to be said about it.

    Accepted: value is a Decimal, text or date, or None for "not reported" ("-", "…") and for a blank; notes are
    warnings and infos. Refused: value is None, and notes holds exactly one error.
    """

    accepted: bool
    value: Value
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """How one input cell is to be read.

    kind is count, decimal, percent (points), completion (0 to 100), growth (percent of any sign), date, choice, text.
    Dates outside earliest…latest are refused; period (first and last day) tells a swapped day and month.
    """

    kind: str
    choices: tuple[str, ...] = ()
    max_length: int = 32767
    earliest: date | None = None
    latest: date | None = None
    period: tuple[date, date] | None = None


def read_cell(cell: Cell, rule: Rule) -> Reading:
    """Read one input cell by its rule; whatever stands in it, the answer is a Reading (contract, section 5).

    A formula is refused even with a stored result, which may be of another day or of another file. KeyError
    for a kind of rule that there is not.
    """
    if cell.formula:
        return _refused("formula-in-input", f"={cell.formula}")
    if cell.kind == "error":
        return _refused("error-value", cell.text)
    if isinstance(cell.value, str) and _says_nothing(cell.value):
        return Reading(accepted=True, value=None)
    match rule.kind:
        case "count" | "decimal":
            return _read_count_or_decimal(cell, rule)
        case "percent" | "completion" | "growth":
            return _read_percent(cell, rule)
        case "date":
            return _read_day(cell, rule)
        case "choice":
            return _read_choice(cell, rule)
        case "text":
            return _read_text(cell, rule)
    raise KeyError(rule.kind)


def read_number(text: str, kind: str) -> Reading:
    """Read a number typed as text by the table of contract section 5; kind is count or decimal.

    A blank and the marks of "not reported" are accepted without a value. Every number read from a text has a
    note: an info, or a warning where another reading fits too.
    """
    return Reading(accepted=True, value=None) if _says_nothing(text) else _read_typed(text, kind)


def read_date(text: str) -> date | None:
    """Read a date typed as text, day first: d/m/yyyy, dd-mm-yyyy, d.m.yyyy, in words, or ISO; None when it is none.

    The year has four digits: in "3/8/24" it may be any of the three.
    """
    typed = fold(text)
    found = next(filter(None, (pattern.fullmatch(typed) for pattern in _DATES)), None)
    try:
        return date(*(int(found[part]) for part in ("year", "month", "day"))) if found else None
    except ValueError:  # 31/2
        return None


@lru_cache(maxsize=1 << 14)  # headings and list items come again in every copy
def fold(text: str) -> str:
    """Return the text as it is compared with list items and headings.

    Case, blanks, invisible characters, Unicode form and the place of a tone mark (hòa, hoà) make no difference.
    """
    plain = " ".join(_ZERO_WIDTH.sub("", text).split())
    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFD", plain).casefold())
    return unicodedata.normalize("NFC", _EARLY_TONE.sub(r"\1\3\2", decomposed))


def show_number(value: Decimal) -> str:
    """Return the number the Vietnamese way and exactly: decimal comma, no grouping, no closing zeros ("1234,5")."""
    if not value:
        return "0"
    if not value.is_finite() or abs(value.adjusted()) > 308:  # no number of Excel's: not spelled out in zeros
        return str(value)
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".").replace(".", ",") if "." in digits else digits


def show_date(day: date) -> str:
    """Return the date as officers write it: "3/8/2024"."""
    return f"{day.day}/{day.month}/{day.year}"


def address(row: int, column: int) -> str:
    """Return the address of a cell, both 1-based: (12, 11) is "K12"."""
    return f"{column_letter(column)}{row}"


@lru_cache(maxsize=1 << 10)
def column_letter(column: int) -> str:
    """Return the letters of a column, 1-based: 1 is "A", 27 is "AA", 16384 is "XFD"."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _says_nothing(text: str) -> bool:
    """Return whether a text is blank or a mark of "not reported" (contract, section 5; domain 6.3)."""
    typed = _UNWRITABLE.sub("", text).strip(_INVISIBLE)
    return not typed or _NOT_REPORTED.fullmatch(typed) is not None


def _excerpt(text: str) -> str:
    """Return a cell's text as a finding quotes it: trimmed, writable, not too long."""
    shown = _UNWRITABLE.sub("", text.strip(_INVISIBLE))
    return shown if len(shown) <= _EXCERPT else shown[: _EXCERPT - 1] + "…"


def _refused(code: str, found: str, expected: str = "") -> Reading:
    return Reading(accepted=False, value=None, notes=(Note(code, _excerpt(found), expected),))


def _bad_number(found: str, kind: str, why: str = "") -> Reading:
    return _refused("bad-number", f"{_excerpt(found)} {why}".rstrip(), _EXAMPLES[kind])


_HEAD = "[1-9][0-9]{0,2}"  # before grouped thousands: no padding, so 0.123 and 001.234 are not grouped
_BLANKS = rf"{_HEAD}(?: [0-9]{{3}})+"
# The contract's table: text, count column, decimal column; the first row that fits decides. "whole" takes all
# digits together, "part" the last mark as the decimal one; with "?" the other reading fits too, and a warning
# says so; anything else is the code that refuses the text. 1,234,567 can be nothing else. 001.234 and 1 234.567
# are not in the contract: as in 1.234, a third group and a decimal part both fit.
_TABLE = (
    (r"[0-9]+", "whole", "whole"),  # 05
    (rf"{_BLANKS}|{_HEAD}(?:\.[0-9]{{3}}){{2,}}|{_HEAD}(?:,[0-9]{{3}}){{2,}}", "whole", "whole"),  # 1 234; 1.234.567
    (rf"{_HEAD}\.[0-9]{{3}}", "whole?", "ambiguous-number"),  # 1.234
    (rf"{_HEAD},[0-9]{{3}}", "whole?", "part?"),  # 1,234
    (rf"(?:0[0-9]+|{_BLANKS})[.,][0-9]{{3}}", "ambiguous-number", "ambiguous-number"),  # 001.234; 1 234.567
    (rf"(?:[0-9]+|{_BLANKS}|{_HEAD}(?:\.[0-9]{{3}})+),[0-9]+", "not-whole", "part"),  # 12,5; 1.234,5
    (rf"{_HEAD}(?:,[0-9]{{3}})+\.[0-9]+", "bad-number", "part?"),  # 1,234.5
    (rf"(?:[0-9]+|{_BLANKS})\.[0-9]+", "ambiguous-number", "part?"),  # 12.5
)


def _read_typed(text: str, kind: str) -> Reading:
    """Read a number typed as text by the contract's table, the kinds of percent as decimals.

    A minus touches its number ("- 5" is an item of a list), and a plus before a count is refused: "+5" says how
    many more, not how many.
    """
    count = kind == "count"
    typed = _GROUPING_BLANK.sub(" ", _ZERO_WIDTH.sub("", text.strip(_INVISIBLE))).replace("\u2212", "-")
    sign = typed[:1] if typed.startswith(("-", "+")) else ""
    digits = typed.removeprefix(sign)
    row = next((row for row in _TABLE if re.fullmatch(row[0], digits)), None)
    if row is None and fold(typed).rstrip(" .") in _ZERO_WORDS:
        return _taken("number-as-text", text, Decimal(0))
    if row is None or (count and sign == "+"):
        return _bad_number(text, kind, "(có ký tự đổi chiều chữ)" if "\u202e" in text else "")
    if len(_MARK.sub("", digits.lstrip("0"))) > _EXCEL.prec:
        return _bad_number(text, kind, _TOO_MANY_DIGITS)
    whole = Decimal(sign + _MARK.sub("", digits))
    if count and whole < 0:
        return _refused("negative-count", text)
    verdict = row[1] if count else row[2]
    if verdict == "whole" or not whole:
        return _taken("number-as-text", text, whole or Decimal(0))
    head, _, tail = digits.replace(",", ".").rpartition(".")
    part = Decimal(f"{sign}{_MARK.sub('', head)}.{tail}")
    if verdict == "part" or (verdict == "not-whole" and not tail.strip("0")):  # 12,0 is whole
        return _taken("number-as-text", text, part)
    if verdict.endswith("?"):
        return _taken("ambiguous-number", text, *((whole, part) if verdict == "whole?" else (part, whole)))
    both = f"{show_number(part)} hoặc {show_number(whole)}"
    return _refused(verdict, text, {"ambiguous-number": both, "bad-number": _EXAMPLES[kind]}.get(verdict, ""))


def _taken(code: str, text: str, value: Decimal, other: Decimal | None = None) -> Reading:
    """Return a number taken from a text, with the note that says so, or asks when another reading fits too."""
    used = show_number(value)
    both = f"{used} (đã dùng) hoặc {show_number(other)}" if other is not None else ""
    return Reading(accepted=True, value=value, notes=(Note(code, _excerpt(text), both or used, both and WARNING),))


def _read_stored(cell: Cell, kind: str) -> Reading:
    """Read a number that is stored as one, in the 15 digits that Excel shows of it."""
    value = cell.value
    if isinstance(value, datetime):
        return _bad_number(cell.text, kind, "(Excel đã đổi thành ngày)")
    if not isinstance(value, Decimal) or not value.is_finite() or (value and abs(value.adjusted()) > 308):
        return _bad_number(cell.text, kind)
    held = _EXCEL.plus(value)
    if held != value and held.adjusted() >= _EXCEL.prec:
        return _bad_number(show_number(value), kind, _TOO_MANY_DIGITS)
    return Reading(accepted=True, value=held)


def _read_count_or_decimal(cell: Cell, rule: Rule) -> Reading:
    """Read a count or a decimal.

    A number that its cell shows as a percent is refused: the officer saw "500%" where 5 is stored, or typed
    "7,2%" and 0,072 was stored, and nothing in the file says which.
    """
    if isinstance(cell.value, str):
        return _read_typed(cell.value, rule.kind)
    reading = _read_stored(cell, rule.kind)
    if not isinstance(reading.value, Decimal):
        return reading
    if cell.percent:
        return _bad_number(cell.text, rule.kind, "(ô định dạng phần trăm)")
    if rule.kind == "count" and reading.value < 0:
        return _refused("negative-count", cell.text)
    if rule.kind == "count" and reading.value != reading.value.to_integral_value():
        return _refused("not-whole", cell.text)
    return reading


def _read_percent(cell: Cell, rule: Rule) -> Reading:
    """Read percent points: 95% in any form is 95; a bare number from 0 to 1 may be a share and is asked about.

    Only a completion is then taken as a share (0,95 is 95 %): of an indicator, 0,95 % is as likely.
    """
    completion = rule.kind == "completion"
    if isinstance(cell.value, str):
        typed = cell.value.strip(_INVISIBLE)
        reading = _read_typed(typed.removesuffix("%"), rule.kind)
        reading = replace(reading, notes=tuple(replace(note, found=_excerpt(typed)) for note in reading.notes))
    else:
        reading = _read_stored(cell, rule.kind)
    value, notes = reading.value, reading.notes
    if not isinstance(value, Decimal):
        return reading
    if cell.percent and isinstance(cell.value, Decimal):
        value = _EXCEL.multiply(value, 100)
        notes = (Note("percent-format", cell.text, show_number(value)),)
    elif 0 < value <= 1 and not cell.text.strip(_INVISIBLE).endswith("%"):
        value = _EXCEL.multiply(value, 100) if completion and value < 1 else value
        notes = (*notes, Note("percent-scale", _excerpt(cell.text), f"{show_number(value)} %"))
    if (value < 0 and rule.kind != "growth") or (completion and value > 100):
        return _refused("bad-percent", cell.text, "từ 0 đến 100" if completion else "từ 0 trở lên")
    return Reading(accepted=True, value=value, notes=notes)


def _read_day(cell: Cell, rule: Rule) -> Reading:
    """Read a date, stored or typed; Excel with American settings stores 3/8 as the eighth of March."""
    value = cell.value
    day = value.date() if isinstance(value, datetime) else read_date(value) if isinstance(value, str) else None
    if day is None:
        return _refused("bad-date", cell.text, "25/12/2024")  # past the 12th, it shows which one is the day
    if (rule.earliest and day < rule.earliest) or (rule.latest and day > rule.latest):
        ends = (("từ", rule.earliest), ("đến", rule.latest))
        span = " ".join(f"{word} {show_date(end)}" for word, end in ends if end)
        return _refused("date-out-of-range", show_date(day), span)
    if isinstance(value, str):
        words = f"ngày {day.day} tháng {day.month} năm {day.year}"
        return Reading(accepted=True, value=day, notes=(Note("date-as-text", _excerpt(value), words),))
    return Reading(accepted=True, value=day, notes=_swapped(day, rule.period))


def _swapped(day: date, period: tuple[date, date] | None) -> tuple[Note, ...]:
    """Return the question that a date outside the period raises when day and month swapped lie inside it."""
    if period and day.day <= 12 and not period[0] <= day <= period[1]:
        other = date(day.year, day.day, day.month)
        if period[0] <= other <= period[1]:
            return (Note("ambiguous-date", show_date(day), show_date(other)),)
    return ()


def _read_choice(cell: Cell, rule: Rule) -> Reading:
    """Read an item of the list, under the list's own spelling; two items that differ by form only are not guessed."""
    typed = cell.text
    if typed in rule.choices:
        return Reading(accepted=True, value=typed)
    folded = fold(typed)
    alike = [choice for choice in rule.choices if fold(choice) == folded]
    if len(alike) == 1:
        return Reading(accepted=True, value=alike[0], notes=(Note("list-spelling", _excerpt(typed), alike[0]),))
    more = "; …" if len(rule.choices) > _LISTED else ""
    return _refused("not-in-list", typed, "; ".join(rule.choices[:_LISTED]) + more)


def _read_text(cell: Cell, rule: Rule) -> Reading:
    """Read a text whole: trimmed, in composed Unicode, its line ends one character, what cannot be written removed."""
    typed = cell.text.replace("\r\n", "\n").replace("\r", "\n")
    cleaned = _UNWRITABLE.sub("", typed)
    value = unicodedata.normalize("NFC", cleaned).strip(_INVISIBLE.replace("\u00ad", ""))  # in TCVN3, it is the ư
    if len(value) > rule.max_length:
        return _refused("text-too-long", str(len(value)), str(rule.max_length))
    notes = (Note("cleaned-text", _excerpt(typed)),) if cleaned != typed or "\ufffd" in typed else ()
    return Reading(accepted=True, value=value, notes=notes)
