"""Earlier consolidated workbooks -> what was accepted before: figures by period, states of tasks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from kttt_xl import gate, workbook
from kttt_xl.cells import Cell, fold
from kttt_xl.errors import CopyRefused, MisuseError
from kttt_xl.messages import MESSAGES
from kttt_xl.model import Figure
from kttt_xl.period import Period, parse_period

# Headings of the consolidated workbook that are read back; report.py writes them from here.
FIGURE_HEADINGS = ("Mã", "Đơn vị", "Mã kỳ", "Giá trị", "Tệp nguồn", "Trang nguồn", "Ô nguồn")
TASK_HEADINGS = ("Mã", "Đơn vị", "Mã kỳ", "Trạng thái", "Ngày hoàn thành")
FIGURE_SHEET, TASK_SHEET = "Số liệu", "Nhiệm vụ"

State = tuple[Period, str | None, date | None]


@dataclass(frozen=True, slots=True)
class History:
    """Accepted figures of earlier periods, and each task's (period, state, done date) by (task id, agency)."""

    figures: tuple[Figure, ...] = ()
    states: Mapping[tuple[str, str], tuple[State, ...]] = field(default_factory=dict)

    def completed(self, recurring: Iterable[str] = ()) -> frozenset[tuple[str, str]]:
        """Return the (task id, agency) pairs whose last report says done, without the recurring tasks named."""
        again = set(recurring)
        return frozenset(
            pair
            for pair, states in self.states.items()
            if pair[0] not in again and max(states, key=lambda state: state[0])[1] == "Hoàn thành"
        )


NO_HISTORY = History()


def read_history(paths: Iterable[Path], plan_id: str) -> History:
    """Read earlier consolidated workbooks of a plan; MisuseError for a file that is not one.

    Where two files hold the same period, the one named later counts.
    """
    figures: dict[tuple[str, str, Period], Figure] = {}
    states: dict[tuple[str, str], dict[Period, State]] = {}
    for path in paths:
        sheets = _sheets(path, plan_id)
        for row in _table(path, sheets, FIGURE_SHEET, FIGURE_HEADINGS):
            code, agency, period, value, file, sheet, cell = row
            if isinstance(value, Decimal):
                when = parse_period(str(period))
                figure = Figure(str(code), str(agency), when, value, str(file), str(sheet), str(cell))
                figures[figure.code, figure.agency, when] = figure
        for row in _table(path, sheets, TASK_SHEET, TASK_HEADINGS):
            key, agency, period, state, done_on = row
            when = parse_period(str(period))
            done = done_on.date() if isinstance(done_on, datetime) else None
            states.setdefault((str(key), str(agency)), {})[when] = (when, str(state) if state else None, done)
    return History(tuple(figures.values()), {pair: tuple(known.values()) for pair, known in states.items()})


def _sheets(path: Path, plan_id: str) -> dict[str, workbook.Sheet]:
    try:
        book = workbook.read_workbook(gate.open_package(path))
    except CopyRefused as refusal:
        words = {"found": refusal.found, "expected": refusal.expected, "header": ""}
        sentence = MESSAGES[refusal.code].sentence.format_map(words)
        raise MisuseError(f"Không đọc được bản tổng hợp trước «{path}»: {sentence}") from refusal
    sheets = {sheet.name: sheet for sheet in book.sheets}
    texts = {cell.text for sheet in sheets.values() if sheet.name == "Nguồn" for cell in sheet.cells.values()}
    if not {FIGURE_SHEET, TASK_SHEET} <= sheets.keys() or plan_id not in texts:
        raise MisuseError(f"«{path}» không phải là bản tổng hợp của kế hoạch {plan_id}.")
    return sheets


def _table(
    path: Path, sheets: Mapping[str, workbook.Sheet], name: str, headings: tuple[str, ...]
) -> Iterator[tuple[Cell | Decimal | datetime | str | bool | None, ...]]:
    """Yield the values under these headings, row by row; the heading row is the first that has them all."""
    rows: dict[int, dict[int, Cell]] = {}
    for (row, column), cell in sorted(sheets[name].cells.items()):
        rows.setdefault(row, {})[column] = cell
    wanted = [fold(heading) for heading in headings]
    for row, cells in rows.items():
        places = {fold(cell.text): column for column, cell in cells.items()}
        if all(heading in places for heading in wanted):
            break
    else:
        raise MisuseError(f"«{path}», trang «{name}»: thiếu các cột {', '.join(headings)}.")
    for below in (number for number in rows if number > row):
        cells = rows[below]
        values = [cells[places[heading]].value if places[heading] in cells else None for heading in wanted]
        if values[0]:
            yield tuple(values)
