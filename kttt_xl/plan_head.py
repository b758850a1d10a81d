"""plan.toml -> what a plan is, and what an office sets for it.

A value of another kind than asked for is a problem, and so is a key that nobody asks for: a setting misspelt must not
be a setting silently left out.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from kttt_xl.bands import read_band
from kttt_xl.cells import fold
from kttt_xl.errors import MisuseError
from kttt_xl.model import Finding, Form, Settings
from kttt_xl.period import parse_period
from kttt_xl.plan_tables import problem, unreadable

HEAD = "plan.toml"

_ID = re.compile("[a-z0-9][a-z0-9-]{0,79}")  # it names files and folders (contract, section 4)
_SHARE = re.compile(r"0\.[0-9]+|1(?:\.0+)?")
_FARTHEST = 100  # periods that a form may reach back or ahead


@dataclass(frozen=True, slots=True)
class Head:
    """What plan.toml says; the fields are those of model.Plan."""

    id: str
    title: str
    number: str
    issued_on: date | None
    issuer: str
    coordinator: str
    start: date | None
    end: date | None
    note: str
    settings: Settings


def read_head(path: Path, problems: list[Finding]) -> Head | None:
    """Return what plan.toml says; None, with a problem, when it cannot be read as TOML.

    What cannot be used in it is a problem, its default standing in.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(unreadable(path, error))
        return None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+), column (\d+)", str(error))
        found = f"dòng {place[1]}, cột {place[2]}" if place else "cuối tệp"
        fix = "Sửa tệp: mỗi dòng là «tên = giá trị», chữ trong dấu nháy."
        message = f"Tệp «{HEAD}» không đúng cú pháp TOML ở {found}."
        problems.append(problem(HEAD, "", "", found=found, expected="tệp TOML", fix=fix, message=message))
        return None
    table = _Table("", document, problems)
    head = Head(
        id=table.take("id", _IS_ID, ""),
        title=table.take("title", _IS_FILLED, "").strip(),
        number=table.take("number", _IS_TEXT, ""),
        issued_on=table.take("issued_on", _IS_DAY),
        issuer=table.take("issuer", _IS_TEXT, ""),
        coordinator=table.take("coordinator", _IS_FILLED, "").strip(),
        start=table.take("start", _IS_DAY),
        end=table.take("end", _IS_DAY),
        note=table.take("note", _IS_TEXT, "").strip(),
        settings=_settings(table),
    )
    table.close()
    return head


def _settings(head: "_Table") -> Settings:
    settings, forms, bands = head.table("settings"), head.table("forms"), head.table("bands")
    found = Settings(
        before_includes_day=settings.take("before_includes_day", _IS_FLAG, default=True),
        due_soon_days=settings.take("due_soon_days", _IS_COUNT, 30),
        about_share=Decimal(str(settings.take("about_share", _IS_SHARE, "0.9"))),
        derived=tuple(head.take("derived", _ARE_DATES, [])),
        tasks=_form(forms.table("tasks")),
        stats=_form(forms.table("stats")),
        bands=tuple(filter(None, map(read_band, bands.take("levels", _ARE_BANDS, [])))),
        bands_document=bands.take("document", _IS_TEXT, "").strip(),
    )
    for table in (settings, forms, bands):
        table.close()
    return found


def _form(table: "_Table") -> Form:
    found = Form(
        cut_off=table.take("cut_off", _IS_CUT_OFF, "administrative"),
        sending=table.take("sending", _IS_TEXT, ""),
        recipients=tuple(table.take("recipients", _ARE_NAMES, [])),
        window=tuple(table.take("window", _IS_WINDOW, [0])),
        sending_working_days=table.take("sending_working_days", _ARE_DAYS),
        sending_roll=table.take("sending_roll", _IS_FLAG, default=False),
        coordinator=table.take("coordinator", _IS_TEXT, "").strip(),
    )
    table.close()
    return found


class _Table:
    """A TOML table that is asked for its keys one by one; close() says which were not asked for."""

    def __init__(self, name: str, content: object, problems: list[Finding]) -> None:
        self.name, self.problems = name, problems
        self.asked: list[str] = []
        self.content: dict[str, Any] = content if isinstance(content, dict) else {}
        if not isinstance(content, dict):
            self._say(name, content, f"một bảng [{name}]")

    def take(self, key: str, kind: "_Kind", default: object = None) -> Any:
        """Return the value of a key; default, with a problem unless there simply is none, where it does not fit."""
        self.asked.append(key)
        value = self.content.get(key, default)
        if value is None or kind.fits(value):
            return value
        self._say(self._path(key), value, kind.words)
        return default

    def table(self, key: str) -> "_Table":
        self.asked.append(key)
        return _Table(self._path(key), self.content.get(key, {}), self.problems)

    def close(self) -> None:
        for key in self.content:
            if key not in self.asked:
                self._say(self._path(key), key, f"một trong: {'; '.join(self.asked)}")

    def _path(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key

    def _say(self, header: str, found: object, expected: str) -> None:
        self.problems.append(problem(HEAD, "", header, found=str(found), expected=expected, fix=f"Sửa tệp {HEAD}."))


# --- what a value must be: in words, and as a test. type() rather than isinstance: true is no number, a moment no day


class _Kind(NamedTuple):
    words: str
    fits: Callable[[Any], bool]


def _list_of(value: object, fits: Callable[[Any], bool]) -> bool:
    return type(value) is list and all(map(fits, value)) and len(set(map(repr, value))) == len(value)


def _are_bands(value: object) -> bool:
    """Each has a name and limits, no name stands twice, and "|" separates them where they stand in one cell."""
    if type(value) is not list or not all(type(item) is str and not set(item) & set("|\n") for item in value):
        return False
    bands = [read_band(item) for item in value]
    return None not in bands and len({fold(band.name) for band in bands if band}) == len(bands)


def _is_window_item(item: object) -> bool:
    if type(item) is int:
        return abs(item) <= _FARTHEST
    try:
        return type(item) is str and bool(parse_period(item))
    except MisuseError:
        return False


_IS_TEXT = _Kind("một chuỗi chữ trong dấu nháy", lambda value: type(value) is str)
_IS_FILLED = _Kind("một chuỗi chữ không rỗng", lambda value: type(value) is str and value.strip() != "")
_IS_ID = _Kind(
    "chữ thường không dấu, số, gạch nối, tối đa 80 ký tự",
    lambda value: type(value) is str and _ID.fullmatch(value) is not None,
)
_IS_DAY = _Kind("ngày dạng 2025-12-31, không có dấu nháy", lambda value: type(value) is date)
_IS_FLAG = _Kind("true hoặc false", lambda value: type(value) is bool)
_IS_COUNT = _Kind("một số nguyên từ 0 trở lên", lambda value: type(value) is int and value >= 0)
_ARE_DAYS = _Kind("một số nguyên từ 1 đến 60", lambda value: type(value) is int and 1 <= value <= 60)
_IS_SHARE = _Kind(
    "một số trên 0, không quá 1",
    lambda value: _SHARE.fullmatch(str(value)) is not None and Decimal(str(value)) > 0,
)
_IS_CUT_OFF = _Kind("administrative hoặc calendar", lambda value: value in ("administrative", "calendar"))
_ARE_DATES = _Kind('danh sách gồm "start", "end"', lambda value: _list_of(value, lambda item: item in ("start", "end")))
_ARE_BANDS = _Kind('danh sách loại khác nhau, mỗi loại ghi "tên: mức"', _are_bands)
_ARE_NAMES = _Kind("danh sách tên khác nhau", lambda value: _list_of(value, lambda item: type(item) is str))
_IS_WINDOW = _Kind(
    "danh sách kỳ khác nhau: số nguyên tính từ kỳ báo cáo (0), hoặc mã kỳ",
    lambda value: value != [] and _list_of(value, _is_window_item),
)
