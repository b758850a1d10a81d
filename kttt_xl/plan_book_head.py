"""The sheet Kế hoạch -> what a plan is and what an office sets for it, by the rules of plan_head."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from kttt_xl import plan_head
from kttt_xl.cells import Cell, fold
from kttt_xl.model import Finding
from kttt_xl.plan_book import HEAD, YES, Column
from kttt_xl.plan_book_columns import SELDOM, SETTINGS
from kttt_xl.plan_book_names import each_registered, names_agencies
from kttt_xl.plan_book_rows import Problems, cell_text, in_words, names
from kttt_xl.plan_head import Head, read_head
from kttt_xl.plan_tables import problem
from kttt_xl.workbook import Sheet

_VALUE = "Giá trị"
_WHOLE = re.compile("-?[0-9]{1,3}")  # periods from the one asked for; a year has four digits

Lines = Mapping[str, tuple[Column, list[Cell]]]


def head_lines(sheet: Sheet | None) -> Lines:
    """Return the lines of the sheet Kế hoạch by field, each with its value cell; two where its label stands twice."""
    if sheet is None:
        return {}
    wanted = {fold(line.heading): line for line in SETTINGS}
    labels = [cell for _, cell in sorted(sheet.cells.items()) if fold(cell.text) in wanted]
    columns = [cell.column for cell in labels]
    column = max(set(columns), key=lambda at: (columns.count(at), -at), default=1)
    headings = [cell.column for cell in sheet.cells.values() if fold(cell.text) == fold(_VALUE)]
    at = next((found for found in headings if found != column), column + 1)
    found: dict[str, tuple[Column, list[Cell]]] = {}
    for cell in labels:
        if cell.column == column:
            line = wanted[fold(cell.text)]
            value = sheet.cells.get((cell.row, at), Cell(cell.row, at, "text", ""))
            found.setdefault(line.field, (line, []))[1].append(value)
    return found


def read_head_sheet(sheet: Sheet | None, registered: Mapping[str, str], problems: Problems) -> Head | None:
    """Return what the sheet says, agencies under their registered names; None when there is no such sheet."""
    if sheet is None:
        return None
    lines = head_lines(sheet)
    texts: dict[str, str] = {}
    before = len(problems)
    for line in SETTINGS:
        cells = lines.get(line.field, (line, []))[1]
        if not cells and line.field not in SELDOM:
            fix = "Khôi phục tên dòng ở cột Nội dung."
            message = f"Thiếu dòng «{line.heading}»."
            expected = f"dòng «{line.heading}»"
            problems.append(problem(HEAD, "A1", line.heading, found="", expected=expected, fix=fix, message=message))
        if len(cells) > 1:
            where = cells[1].address
            fix = "Bỏ một trong hai dòng."
            expected = f"một dòng «{line.heading}»"
            problems.append(problem(HEAD, where, line.heading, found=line.heading, expected=expected, fix=fix))
        if cells and not cells[0].blank:
            text = cell_text(line, cells[0], line.heading, HEAD, problems)
            texts[line.field] = each_registered(text, registered) if names_agencies(line) else text
    problems += _unread_lines(sheet, lines)
    again: Problems = []
    head = _read_head(_document(texts), again)
    told = {found.cell for found in problems[before:]}
    problems.extend(found for found in again if of_head(found, lines).cell not in told)
    return head


def _unread_lines(sheet: Sheet, lines: Lines) -> Iterator[Finding]:
    """Yield a warning for each value that stands under the lines of a plan, beside none of their labels."""
    values = [cell for _, cells in lines.values() for cell in cells]
    rows = {cell.row for cell in values}
    others = (cell for cell in sheet.cells.values() if values and cell.column == values[0].column)
    for cell in others:
        if cell.row > min(rows) and cell.row not in rows and not cell.blank:
            message = f"Dòng có «{cell.text}» không thuộc sổ kế hoạch nên không được đọc."
            fix = "Không cần sửa, nếu đây là ghi chép riêng."
            place = {"found": cell.text, "expected": "", "severity": "warning"}
            yield problem(HEAD, cell.address, "", fix=fix, message=message, **place)


def _document(texts: Mapping[str, str]) -> str:
    """Return the sheet's texts as the plan.toml that says the same."""
    tables: dict[str, list[str]] = {"": []}
    derived = [name for name in ("start", "end") if texts.get(f"derived.{name}") == YES]
    tables[""].append(f"derived = {json.dumps(derived)}")
    flag = "settings.before_includes_day"
    for field, text in ({flag: ""} | dict(texts)).items():
        table, _, key = field.rpartition(".")
        if table != "derived" and (text or field == flag):
            tables.setdefault(table, []).append(f"{key} = {_toml(field, text)}")
    parts = (f"[{name}]\n" * bool(name) + "\n".join(lines) for name, lines in tables.items())
    return "\n".join(parts)


def _toml(field: str, text: str) -> str:
    key = field.rpartition(".")[2]
    if key == "before_includes_day":
        return "true" if text == YES else "false"
    if key in {"issued_on", "start", "end"}:
        return text
    if key == "sending_roll":
        return "true"
    if key in {"due_soon_days", "sending_working_days"}:
        return text if text.isdecimal() else json.dumps(text)
    if key == "about_share":
        return json.dumps(f"{Decimal(text).scaleb(-2):f}")
    if key in {"recipients", "levels"}:
        return _quoted(list(names(text)))
    if key == "window":
        return _quoted([int(item) if _WHOLE.fullmatch(item) else item for item in names(text)])
    return _quoted(text)


def _quoted(value: object) -> str:
    """Return a text, or a list, as TOML has it: like JSON, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read_head(document: str, problems: Problems) -> Head | None:
    """Return the head that plan_head reads of a document; it reads files only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / plan_head.HEAD
        path.write_text(document, encoding="utf-8")
        return read_head(path, problems)


def of_head(found: Finding, lines: Lines) -> Finding:
    """Return a finding about plan.toml as one about the sheet Kế hoạch; any other finding as it is."""
    if found.sheet != plan_head.HEAD:
        return found
    field = {"derived": "derived.start"}.get(found.header, found.header)
    line, cells = lines.get(field) or next(((line, []) for line in SETTINGS if line.field == field), (None, []))
    if line is None:
        return replace(found, sheet=HEAD)
    shown = cells[0].text.strip() if cells else ""
    expected = "nội dung" if found.expected == "một chuỗi chữ không rỗng" else in_words(found.expected)
    where = cells[0].address if cells else "A1"
    fix = in_words(found.fix)
    return problem(HEAD, where, line.heading, found=shown, expected=expected, fix=fix, severity=found.severity)
