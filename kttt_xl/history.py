"""Earlier consolidated workbooks -> what was accepted before: figures by period, states of tasks.

Such a workbook is ours, but an officer may have edited it: a cell that is not what we wrote stops the run, since a
figure left out in silence would make a wrong total.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from kttt_xl import gate, workbook
from kttt_xl.cells import Cell, fold
from kttt_xl.errors import CopyRefused, MisuseError
from kttt_xl.messages import MESSAGES
from kttt_xl.model import STATES, Figure
from kttt_xl.period import Period, parse_period

# What is read back of the consolidated workbook; report writes it from here.
FIGURE_HEADINGS = ("Mã", "Đơn vị", "Mã kỳ", "Giá trị", "Tệp nguồn", "Trang nguồn", "Ô nguồn")
TASK_HEADINGS = ("Mã", "Đơn vị", "Mã kỳ", "Trạng thái", "Ngày hoàn thành")
FIGURE_SHEET, TASK_SHEET, SOURCE_SHEET = "Số liệu", "Nhiệm vụ", "Nguồn"
# Above a second table of a sheet, which shows the same by the agencies of today: it is not read back.
NOW_TITLE = "THEO ĐƠN VỊ HIỆN NAY"
# What every row to be read back says, and no row of today does.
_TOLD = MappingProxyType({FIGURE_SHEET: FIGURE_HEADINGS, TASK_SHEET: TASK_HEADINGS[:3]})
PLAN_LABEL, PERIOD_LABEL = "Mã kế hoạch", "Kỳ báo cáo"  # above the table of Nguồn, with "Năm 2024 (2024)" beside

DONE = "Hoàn thành"
_LIMITS = replace(gate.DEFAULT_LIMITS, row=1_048_576)  # a row for every figure of every agency, up to Excel's last

State = tuple[Period, str | None, date | None]
_Content = str | Decimal | datetime | bool | None
_Place = tuple[str, str, Period]  # indicator or task, agency, period
_P = TypeVar("_P", bound=Hashable)
_T = TypeVar("_T")

_read_period = lru_cache(maxsize=256)(parse_period)  # a few periods stand in thousands of rows


@dataclass(frozen=True, slots=True)
class History:
    """Accepted figures of earlier periods, and each task's (period, state, done date) by (task id, agency)."""

    figures: tuple[Figure, ...] = ()
    states: Mapping[tuple[str, str], tuple[State, ...]] = field(default_factory=dict)

    def completed(self, recurring: Iterable[str] = (), before: Period | None = None) -> frozenset[tuple[str, str]]:
        """Return the (task id, agency) pairs last reported as done, in periods before the one given.

        The recurring tasks named are left out: they are reported anew each period. Source: contract sections 4, 7.
        """
        again = set(recurring)
        found = set()
        for pair, states in self.states.items():
            told = [item for item in states if item[1] is not None and (before is None or item[0] < before)]
            if pair[0] not in again and told and max(told, key=lambda item: item[0])[1] == DONE:
                found.add(pair)
        return frozenset(found)


NO_HISTORY = History()


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one consolidation accepted: figures, and the state of each task as each agency reported it."""

    period: Period
    figures: tuple[Figure, ...] = ()
    states: tuple[tuple[str, str, State], ...] = ()  # task id, agency, state


def read_history(paths: Iterable[Path], plan_id: str) -> History:
    """Read earlier consolidated workbooks of a plan, one a period; see read_books and as_history."""
    return as_history(read_books(paths, plan_id))


def as_history(accepted: Iterable[Accepted]) -> History:
    """Return what was accepted in several periods, one each.

    A figure that two of them hold (a form may ask for earlier periods again) is taken from the later one.
    """
    figures: dict[_Place, Figure] = {}
    states: dict[tuple[str, str], list[State]] = {}
    for each in sorted(accepted, key=lambda item: item.period):
        figures |= {(figure.code, figure.agency, figure.period): figure for figure in each.figures}
        for task, agency, state in each.states:
            states.setdefault((task, agency), []).append(state)
    return History(tuple(figures.values()), {pair: tuple(known) for pair, known in states.items()})


def read_books(paths: Iterable[Path], plan_id: str) -> tuple[Accepted, ...]:
    """Return what earlier consolidated workbooks of a plan accepted, by period.

    MisuseError for a file that is not one, two of one period, and any row that cannot be read whole.
    """
    books: dict[Period, tuple[Path, dict[str, workbook.Sheet]]] = {}
    for path in paths:
        sheets = report_sheets(path)
        found = _beside(sheets[SOURCE_SHEET], PLAN_LABEL)
        if found != plan_id:
            raise MisuseError(f"«{path}» là bản tổng hợp của kế hoạch «{found}», không phải «{plan_id}».")
        period = _period_of(path, sheets[SOURCE_SHEET])
        if period in books:
            raise MisuseError(f"«{books[period][0]}» và «{path}» cùng là bản tổng hợp {period.name}; chỉ dùng một.")
        books[period] = path, sheets
    return tuple(
        Accepted(
            period,
            tuple(figure for _, figure in unique_rows(path, sheets[FIGURE_SHEET], FIGURE_HEADINGS, read_figure)),
            tuple(
                (key, agency, state)
                for (key, agency, _), state in unique_rows(path, sheets[TASK_SHEET], TASK_HEADINGS, _state)
            ),
        )
        for period, (path, sheets) in sorted(books.items())
    )


def report_sheets(path: Path) -> dict[str, workbook.Sheet]:
    """Return the sheets of a consolidated workbook by name; MisuseError for a file that is not one, or not readable."""
    try:
        book = workbook.read_workbook(gate.open_package(path, _LIMITS), _LIMITS)
    except CopyRefused as refusal:
        words = {"found": refusal.found, "expected": refusal.expected, "header": ""}
        sentence = MESSAGES[refusal.code].sentence.format_map(words)
        raise MisuseError(f"Không đọc được bản tổng hợp «{path}»: {sentence}") from refusal
    sheets = {sheet.name: sheet for sheet in book.sheets}
    if not {FIGURE_SHEET, TASK_SHEET, SOURCE_SHEET} <= sheets.keys():
        raise MisuseError(f"«{path}» không phải là bản tổng hợp của kttt-xl.")
    return sheets


def _period_of(path: Path, sheet: workbook.Sheet) -> Period:
    code = re.search(r"\(([^()]+)\)$", _beside(sheet, PERIOD_LABEL))
    if not code:
        raise MisuseError(f"«{path}», trang «{sheet.name}»: không rõ kỳ báo cáo của bản tổng hợp.")
    return parse_period(code[1])


def _beside(sheet: workbook.Sheet, label: str) -> str:
    """Return the text to the right of the first cell that holds a label, "" when there is none."""
    for (row, column), cell in sorted(sheet.cells.items()):
        if fold(cell.text) == fold(label):
            value = sheet.cells.get((row, column + 1))
            return value.text if value else ""
    return ""


def unique_rows(
    path: Path, sheet: workbook.Sheet, headings: tuple[str, ...], read: Callable[["ReportRow"], tuple[_P, _T] | None]
) -> Iterator[tuple[_P, _T]]:
    """Yield what each row of a table says, and of what; two rows of one thing are none we wrote."""
    seen = set()
    for row in table_rows(path, sheet, headings):
        found = read(row)
        if found is None:
            continue
        if found[0] in seen:
            raise MisuseError(f"{row.place}: trùng với một dòng ở trên.")
        seen.add(found[0])
        yield found


def table_rows(path: Path, sheet: workbook.Sheet, headings: tuple[str, ...]) -> Iterator["ReportRow"]:
    """Yield the rows below these headings, up to the table of today; the heading row is the first that has them all."""
    rows: dict[int, dict[int, Cell]] = {}
    for (number, column), cell in sorted(sheet.cells.items()):
        rows.setdefault(number, {})[column] = cell
    found: dict[str, int] = {}
    ended = False
    for number, cells in rows.items():
        if found:
            contents = [cells[at].value if (at := found[heading]) in cells else None for heading in headings]
            place = f"«{path}», trang «{sheet.name}», dòng {number}"
            row = ReportRow(place, dict(zip(headings, contents, strict=True)))
            if any(content is not None for content in contents[1:]):
                if not ended:
                    yield row
                elif (told := _TOLD.get(sheet.name)) and all(row.contents[heading] is not None for heading in told):
                    raise MisuseError(f"{row.place}: nằm dưới bảng «{NOW_TITLE}»; cần đưa về bảng trên.")
            else:  # a title, or a remark below the table
                ended = ended or fold(cells[min(cells)].text).startswith(fold(NOW_TITLE))
            continue
        places = {fold(cell.text): column for column, cell in cells.items()}
        if all(fold(heading) in places for heading in headings):
            found = {heading: places[fold(heading)] for heading in headings}
    if not found:
        raise MisuseError(f"«{path}», trang «{sheet.name}»: thiếu các cột {', '.join(headings)}.")


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A row of a table of the consolidated workbook: where it stands, in words, and its contents by heading."""

    place: str
    contents: Mapping[str, _Content]

    def text(self, heading: str) -> str:
        """Return the text in a column; MisuseError when it is empty."""
        if self.contents[heading] is None:
            raise self.wrong(heading, "không để trống")
        return str(self.contents[heading])

    def period(self, heading: str) -> Period:
        """Return the period in a column, by code or name; MisuseError when it is none."""
        try:
            return _read_period(self.text(heading))
        except MisuseError as error:
            raise self.wrong(heading, "mã kỳ, ví dụ 2024") from error

    def wrong(self, heading: str, expected: str) -> MisuseError:
        """Return the sentence that says what stands in a column instead of what is expected."""
        found = self.contents[heading]
        said = "để trống" if found is None else f"ghi «{found}»"
        return MisuseError(f"{self.place}: cột «{heading}» {said}; cần {expected}.")


def read_figure(row: ReportRow) -> tuple[_Place, Figure] | None:
    """Return the figure of a row of Số liệu; None for a row that holds a text."""
    code, agency, period, amount, file, sheet, cell = FIGURE_HEADINGS
    value = row.contents[amount]
    if value is None:
        return None
    if not isinstance(value, Decimal):
        raise row.wrong(amount, "một số")
    place = (row.text(code), row.text(agency), row.period(period))
    return place, Figure(*place, value, row.text(file), row.text(sheet), row.text(cell))


def _state(row: ReportRow) -> tuple[_Place, State]:
    """Return the state of a task in a row of Nhiệm vụ."""
    code, agency, period, state, done_on = TASK_HEADINGS
    said, day = row.contents[state], row.contents[done_on]
    if said is not None and said not in STATES:
        raise row.wrong(state, f"một trong: {'; '.join(STATES)}")
    if day is not None and not isinstance(day, datetime):
        raise row.wrong(done_on, "một ngày")
    place = (row.text(code), row.text(agency), row.period(period))
    return place, (place[2], None if said is None else str(said), day.date() if day else None)
