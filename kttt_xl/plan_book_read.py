"""A plan workbook -> the plan it says, adjustments with it, or every problem at once, checked as a plan folder is.

The file goes through gate and workbook, not openpyxl: they refuse a hostile file, and keep formulas and errors.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from kttt_xl import messages
from kttt_xl.cells import fold
from kttt_xl.errors import CopyRefused
from kttt_xl.gate import open_package
from kttt_xl.model import Finding, Plan
from kttt_xl.plan_book import GUIDE, HEAD, LISTS
from kttt_xl.plan_book_adjustments import new_value_as_text
from kttt_xl.plan_book_columns import TABLES
from kttt_xl.plan_book_head import head_lines, of_head, read_head_sheet
from kttt_xl.plan_book_names import marked_members, registered_names, with_registered_names
from kttt_xl.plan_book_review import PASSED_OVER, as_found, tell_unseen
from kttt_xl.plan_book_rows import BookRow, Problems, read_rows
from kttt_xl.plan_checks import check
from kttt_xl.plan_draft import Draft
from kttt_xl.plan_tables import (
    ADJUSTMENTS,
    AGENCIES,
    INDICATORS,
    TARGETS,
    TASKS,
    problem,
    read_adjustment,
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
_ADDRESS = re.compile("([A-Z]+)([0-9]+)")
_OWN_FIX = "Lấy tệp từ lệnh plan new hoặc plan export, không đổi tên các trang."


def read_plan_file(path: Path) -> tuple[Plan | None, tuple[Finding, ...]]:
    """Return the plan in a workbook, None when anything in it is an error, and every problem: errors, then warnings.

    Nothing is raised for whatever the file holds.
    """
    try:
        sheets = read_workbook(open_package(path)).sheets
    except CopyRefused as refused:
        found = messages.finding(refused.code, file=path.name, found=refused.found, expected=refused.expected)
        return None, (found,)
    by_name = {fold(sheet.name): sheet for sheet in sheets}
    if _MANIFEST in by_name:
        message = "Đây là biểu mẫu phát hành cho đơn vị, không phải sổ kế hoạch."
        found = problem("", "", "", found=path.name, expected="sổ kế hoạch", fix=_OWN_FIX, message=message)
        return None, (replace(found, file=path.name),)
    problems = _sheet_problems(sheets)
    draft = _draft(by_name, problems)
    told = {(found.sheet, found.cell) for found in problems if found.cell}
    # Of a cell that could not be read it is not said too that it is empty.
    problems += (found for found in check(draft) if (found.sheet, found.cell) not in told)
    lines = head_lines(by_name.get(fold(HEAD)))
    placed = [replace(of_head(found, lines), file=path.name) for found in problems]
    sound = all(found.severity != "error" for found in placed)
    return draft.plan if sound else None, tuple(sorted(placed, key=_place))


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
    known = {*own, *map(fold, (GUIDE, LISTS, PASSED_OVER))}
    others = (sheet for sheet in sheets if sheet.cells and fold(sheet.name) not in known)
    return found + [
        problem(sheet.name, "", "", found=sheet.name, expected="", severity="warning",
                message=f"Trang «{sheet.name}» không thuộc sổ kế hoạch nên không được đọc.",
                fix="Không cần sửa, nếu đây là ghi chép riêng.")
        for sheet in others
    ]  # fmt: skip


def _draft(by_name: Mapping[str, Sheet], problems: Problems) -> Draft:
    rows: dict[str, list[BookRow] | None] = dict.fromkeys(TABLES)
    for name, own in TABLES.items():
        sheet = by_name.get(fold(own.sheet))
        if sheet is not None:
            rows[name] = read_rows(sheet, as_found(sheet, own), problems)
            tell_unseen(rows[name] or (), problems)
    registered = registered_names(rows[AGENCIES] or ())
    for name, found in rows.items():
        if found is not None:
            rows[name] = [with_registered_names(row, registered) for row in found]
    if rows[AGENCIES] is not None:
        rows[AGENCIES] = [marked_members(row, registered, problems) for row in rows[AGENCIES] or ()]
    if rows[ADJUSTMENTS] is not None:
        rows[ADJUSTMENTS] = [new_value_as_text(row, problems) for row in rows[ADJUSTMENTS] or ()]
    head = read_head_sheet(by_name.get(fold(HEAD)), registered, problems)
    before = head.settings.before_includes_day if head else True

    def table(name: str, read: Callable[[BookRow, Problems], _T]) -> list[tuple[BookRow, _T]] | None:
        told = {(found.sheet, found.cell) for found in problems}
        again: Problems = []
        found = rows[name]
        made = None if found is None else [(row, read(row, again)) for row in found]
        problems.extend(item for item in again if (item.sheet, item.cell) not in told)
        return made

    return Draft(
        head,
        table(AGENCIES, read_agency),
        table(TASKS, partial(read_task, before_includes_day=before)),
        table(INDICATORS, read_indicator),
        table(TARGETS, read_target),
        table(ADJUSTMENTS, read_adjustment),
    )
