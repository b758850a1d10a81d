"""The rows of Chỉ tiêu and Nhiệm vụ with formulas in what moves with the day, and the cells those rest on, hidden.

Beside every formula stands the value computed here. Whatever else depends on the day is given to the formulas as the
days on which it holds, so that outside of them they refuse instead of telling a wrong result.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from kttt_xl import recount, twins
from kttt_xl.attainment import bound
from kttt_xl.consolidation import Consolidated
from kttt_xl.model import LEAD, OPERATOR_WORDS
from kttt_xl.paper import Columns, Computed, Row, Shown
from kttt_xl.period import parse_period
from kttt_xl.progress import ENDLESS, STATUSES, Measure, has_pace
from kttt_xl.recount import TaskParts
from kttt_xl.task_rows import TaskRow
from kttt_xl.twins import TargetCells, TaskCells

# Of the visible columns those that formulas read or stand in, as tables names them.
VALUE, ATTAINED, VERDICT, PACE = "Giá trị thực hiện", "Mức đạt (%)", "Đánh giá", "Tiến độ"
STATE, DUE, DONE_ON, STATUS = "Trạng thái", "Hạn", "Ngày hoàn thành", "Tình trạng"

TARGET_INPUTS: Columns = {
    "Cách so": 16, "Mức": 10, "Mức chấp nhận": 10, "Giá trị gốc": 10, "Hạn đánh giá": 11, "Tính tiến độ từ": 11,
    "Giá trị dùng từ ngày": 11, "Giá trị dùng đến ngày": 11,
}  # fmt: skip
TASK_INPUTS: Columns = {
    "Ngày bắt đầu": 11, "Thường xuyên": 8, "Chờ đến": 11, "Số nhiệm vụ": 8, "Bậc": 8, "Phần": 8, "Phần đến hạn": 8,
    "Phần quá hạn": 8,
}  # fmt: skip

_TARGET = TargetCells(*(f"[@{heading}]" for heading in (VALUE, *TARGET_INPUTS, ATTAINED, VERDICT)))
_TASK = TaskCells(*(f"[@{heading}]" for heading in (STATE, DUE, DONE_ON, *list(TASK_INPUTS)[:3])))
_COUNTED = ("Số nhiệm vụ", "Bậc", STATUS, DUE, "Thường xuyên", "Phần", "Phần đến hạn", "Phần quá hạn")
_PARTS, _COLUMNS = (TaskParts(*(f"[{at}{heading}]" for heading in _COUNTED)) for at in ("@", ""))
_DAY = timedelta(days=1)


def counted_columns(table_columns: Mapping[str, str]) -> TaskParts:
    """Return the columns that tasks are counted by, given the address of each by its heading."""
    return TaskParts(*(table_columns[heading] for heading in _COUNTED))


# --- Chỉ tiêu


def live_targets(
    result: Consolidated, columns: Columns, rows: Iterable[Row], functions: str
) -> tuple[Columns, tuple[Row, ...]]:
    """Return the table of Chỉ tiêu with formulas for attainment, verdict and pace, and the hidden columns they read."""
    share, headings = result.plan.settings.about_share, list(columns)

    def formulas(item: Measure) -> dict[str, str]:
        note = item.remark if item.target.operator == "qualitative" else ""
        return {
            ATTAINED: twins.attainment(_TARGET, functions),
            VERDICT: twins.verdict(_TARGET, functions, share, note),
            PACE: twins.pace(_TARGET),
        }

    live = (
        (*_computed(headings, row, formulas(item)), *_target_inputs(result, item))
        for item, row in zip(result.measures, rows, strict=True)
    )
    return {**columns, **TARGET_INPUTS}, tuple(live)


def _computed(headings: list[str], row: Row, formulas: Mapping[str, str]) -> Iterator[Shown]:
    for heading, value in zip(headings, row, strict=True):
        if heading in formulas and isinstance(value, str | int | Decimal):
            yield Computed(formulas[heading], value)
        else:
            yield value


def _target_inputs(result: Consolidated, item: Measure) -> Row:
    target, start = item.target, result.plan.start
    operator, level, base = target.operator, bound(target.operator, target.low, target.high), target.base
    if target.each and operator != "qualitative":
        # Judged by how many members are satisfied: all of them have to be.
        operator, level, base = ">=", Decimal(len(set(result.plan.members(target.each)))), None
    least = level
    if operator == "about" and level is not None:
        least = twins.enough(result.plan.settings.about_share, level)
    paced = has_pace(target) and start is not None and item.due is not None and start < item.due
    since, until = _days_of_value(result, item)
    return (
        OPERATOR_WORDS[operator], level, least, base, None if item.part_year else item.due, start if paced else None,
        since, until,
    )  # fmt: skip


def _days_of_value(result: Consolidated, item: Measure) -> tuple[date | None, date | None]:
    """Return the first and the last day on which this value is the one that a target is judged by.

    Only whether the due date is past decides on another one: then only a value of that date's own period counts, which
    is no change where it is that one already. Source: contract section 8; attainment.choose_value.
    """
    target, due = item.target, item.due
    if due is None or target.basis == "yearly" or target.operator == "qualitative":
        return None, None
    late = result.as_of > due
    if target.basis == "at" and not target.each:
        stays = item.earlier is None or not late
        if item.actual_period is not None:
            stays = parse_period(item.actual_period).end == due
        if stays:
            return None, None
    return (due + _DAY, None) if late else (None, due)


# --- Nhiệm vụ


def live_tasks(
    result: Consolidated, columns: Columns, rows: Iterable[Row], functions: str
) -> tuple[Columns, tuple[Row, ...]]:
    """Return the table of Nhiệm vụ with the formula of the status, and the hidden columns it and the counts rest on."""
    formulas = {STATUS: twins.status(_TASK, functions, result.plan.settings.due_soon_days)}
    headings, parts = list(columns), _task_parts(result)
    live = (
        (*_computed(headings, row, formulas), *_task_inputs(item), *cells)
        for item, row, cells in zip(result.task_rows, rows, parts, strict=True)
    )
    return {**columns, **TASK_INPUTS}, tuple(live)


def _task_inputs(item: TaskRow) -> Row:
    task = item.task
    awaits = (task.condition_met_on or twins.NOT_MET) if task.deadline.conditional else None
    return task.deadline.start, "x" if task.deadline.recurrence in ENDLESS else None, awaits


def _task_parts(result: Consolidated) -> Iterator[Row]:
    """Yield for each row the number of its task, and for what share of it the row counts."""
    tasks = {task.id: (number, task) for number, task in enumerate(result.tasks, start=1)}
    leading = Counter((row.task.id, row.status) for row in result.task_rows if row.role == LEAD)
    formulas = (
        recount.rank(_PARTS),
        recount.part(_PARTS, _COLUMNS),
        recount.due_part(_PARTS, _COLUMNS, before=False),
        recount.due_part(_PARTS, _COLUMNS, before=True),
    )
    for row in result.task_rows:
        number, task = tasks[row.task.id]
        leads = row.role == LEAD
        counts = leads and row.status == task.status
        share = Decimal(1) / leading[task.id, task.status] if counts else Decimal(0)
        reached, passed = (
            share if task.due is not None and task.due <= day else Decimal(0)
            for day in (result.as_of, result.as_of - _DAY)
        )
        rank = STATUSES.index(row.status) + 1 if leads else ""
        values = (rank, share, reached, passed)
        yield (number if leads else None, *map(Computed, formulas, values))
