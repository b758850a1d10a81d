"""A plan workbook -> the plan it says, or every problem of it at once, checked as a plan folder is.

The file goes through gate and workbook, not openpyxl: they refuse a hostile file, and keep formulas and errors.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from kttt_xl import messages
from kttt_xl.cells import fold
from kttt_xl.errors import CopyRefused
from kttt_xl.gate import open_package
from kttt_xl.model import Finding, Plan
from kttt_xl.plan_book import ADJUSTMENTS, GUIDE, HEAD, LISTS
from kttt_xl.plan_book_adjustments import Adjustment, Known, adjustments
from kttt_xl.plan_book_columns import TABLES
from kttt_xl.plan_book_head import head_lines, of_head, read_head_sheet
from kttt_xl.plan_book_names import marked_members, registered_names, with_registered_names
from kttt_xl.plan_book_rows import BookRow, Problems, read_rows
from kttt_xl.plan_checks import Draft, check
from kttt_xl.plan_tables import (
    AGENCIES,
    INDICATORS,
    TARGETS,
    TASKS,
    problem,
    read_agency,
    read_indicator,
    read_target,
    read_task,
)
from kttt_xl.workbook import Sheet, read_workbook

_T = TypeVar("_T")
_VALUE = "Giá trị"
_MANIFEST = "_kttt"  # the sheet that only the copies for agencies have
_WHOLE = re.compile("-?[0-9]{1,3}")  # periods from the one asked for; a year has four digits
_NOTHING = Draft(None, None, None, None, None)
_ADDRESS = re.compile("([A-Z]+)([0-9]+)")
_OWN_FIX = "Lấy tệp từ lệnh plan new hoặc plan export, không đổi tên các trang."


@dataclass(frozen=True, slots=True)
class _Book:
    """What a plan workbook says: its draft, its adjustments, and every problem."""

    draft: Draft
    adjustments: tuple[Adjustment, ...]
    problems: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return all(found.severity != "error" for found in self.problems)


def read_plan_file(path: Path) -> tuple[Plan | None, tuple[Finding, ...]]:
    """Return the plan in a workbook, None when anything in it is an error, and every problem: errors, then warnings.

    Adjustments are checked too, and told by read_adjustments. Nothing is raised for whatever the file holds.
    """
    book = _read(path)
    return book.draft.plan if book.sound else None, book.problems


def read_adjustments(path: Path) -> tuple[tuple[Adjustment, ...] | None, tuple[Finding, ...]]:
    """Return the adjustments of a plan workbook in their order, None when it has an error, and its problems."""
    book = _read(path)
    return book.adjustments if book.sound else None, book.problems


def _read(path: Path) -> _Book:
    try:
        sheets = read_workbook(open_package(path)).sheets
    except CopyRefused as refused:
        found = messages.finding(refused.code, file=path.name, found=refused.found, expected=refused.expected)
        return _Book(_NOTHING, (), (found,))
    by_name = {fold(sheet.name): sheet for sheet in sheets}
    if _MANIFEST in by_name:
        message = "Đây là biểu mẫu phát hành cho đơn vị, không phải sổ kế hoạch."
        found = problem("", "", "", found=path.name, expected="sổ kế hoạch", fix=_OWN_FIX, message=message)
        return _Book(_NOTHING, (), (replace(found, file=path.name),))
    problems = _sheet_problems(sheets)
    draft, changes = _draft(by_name, problems)
    told = {(found.sheet, found.cell) for found in problems if found.cell}
    # Of a cell that could not be read it is not said too that it is empty.
    problems += (found for found in check(draft) if (found.sheet, found.cell) not in told)
    ids = [task.id for _, task in draft.tasks or ()]
    known = Known(
        agencies=None if draft.agencies is None else frozenset(agency.name for _, agency in draft.agencies),
        tasks=None if draft.tasks is None or "" in ids else frozenset(ids),
        targets=None if draft.targets is None else [target for _, target in draft.targets],
    )
    made = adjustments(changes, known, problems)
    lines = head_lines(by_name.get(fold(HEAD)))
    placed = [replace(of_head(found, lines), file=path.name) for found in problems]
    return _Book(draft, made, tuple(sorted(placed, key=_place)))


def _place(found: Finding) -> tuple[bool, int, int, int, str]:
    """Return what findings are sorted by: errors first, then as the eye goes through the workbook."""
    order = [HEAD, *(table.sheet for table in TABLES.values()), found.sheet]
    at = _ADDRESS.fullmatch(found.cell)
    column, row = (at[1], int(at[2])) if at else ("", 0)
    return found.severity != "error", order.index(found.sheet), row, len(column), column


def _sheet_problems(sheets: tuple[Sheet, ...]) -> list[Finding]:
    own = {fold(name): name for name in (HEAD, *(table.sheet for table in TABLES.values()))}
    there = ", ".join(sheet.name for sheet in sheets)
    folded = {fold(sheet.name) for sheet in sheets}
    found = [
        problem(name, "", "", found=there, expected=f"trang «{name}»", fix=_OWN_FIX,
                message=f"Thiếu trang «{name}»; tệp chỉ có: {there}.")
        for name in own.values() if fold(name) not in folded
    ]  # fmt: skip
    others = (sheet for sheet in sheets if sheet.cells and fold(sheet.name) not in {*own, fold(GUIDE), fold(LISTS)})
    return found + [
        problem(sheet.name, "", "", found=sheet.name, expected="", severity="warning",
                message=f"Trang «{sheet.name}» không thuộc sổ kế hoạch nên không được đọc.",
                fix="Không cần sửa, nếu đây là ghi chép riêng.")
        for sheet in others
    ]  # fmt: skip


def _draft(by_name: Mapping[str, Sheet], problems: Problems) -> tuple[Draft, list[BookRow]]:
    rows = {
        name: read_rows(by_name[fold(table.sheet)], table, problems) if fold(table.sheet) in by_name else None
        for name, table in TABLES.items()
    }
    registered = registered_names(rows[AGENCIES] or ())
    for name, found in rows.items():
        if found is not None:
            rows[name] = [with_registered_names(row, registered) for row in found]
    if rows[AGENCIES] is not None:
        rows[AGENCIES] = [marked_members(row, registered, problems) for row in rows[AGENCIES] or ()]
    head = read_head_sheet(by_name.get(fold(HEAD)), registered, problems)
    before = head.settings.before_includes_day if head else True

    def table(name: str, read: Callable[[BookRow, Problems], _T]) -> list[tuple[BookRow, _T]] | None:
        told = {(found.sheet, found.cell) for found in problems}
        again: Problems = []
        found = rows[name]
        made = None if found is None else [(row, read(row, again)) for row in found]
        problems.extend(item for item in again if (item.sheet, item.cell) not in told)
        return made

    draft = Draft(
        head,
        table(AGENCIES, read_agency),
        table(TASKS, partial(read_task, before_includes_day=before)),
        table(INDICATORS, read_indicator),
        table(TARGETS, read_target),
    )
    return draft, rows[ADJUSTMENTS] or []
