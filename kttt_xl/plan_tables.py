"""The tables of a plan folder -> typed rows, each with where it stands, and what cannot be read of them.

agencies.csv, tasks.csv, indicators.csv, targets.csv and, where there is one, adjustments.csv; UTF-8 with or without a
BOM (Excel writes one). A list inside a cell is separated by " | ", since names of agencies hold commas and semicolons.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from unicodedata import normalize

from kttt_xl.cells import column_letter
from kttt_xl.model import (
    ADJUSTMENT_KINDS,
    AMENDMENT,
    EXTENSION,
    OPERATOR_WORDS,
    REASSIGNMENT,
    SUBJECTS,
    WITHDRAWAL,
    Adjustment,
    Agency,
    Finding,
    Indicator,
    Member,
    Target,
    Task,
)
from kttt_xl.period import parse_deadline

MARKS = ("named", "sourced", "to-confirm")
NATURES = ("stock", "flow", "ratio", "growth")
AGGREGATIONS = ("sum", "weighted", "ratio", "none")
VALUE_TYPES = ("count", "decimal", "percent", "text")
BASES = ("at", "yearly", "average")
OPERATOR_CODES = MappingProxyType({word: code for code, word in OPERATOR_WORDS.items()})

AGENCIES, TASKS, INDICATORS, TARGETS = TABLES = ("agencies.csv", "tasks.csv", "indicators.csv", "targets.csv")
ADJUSTMENTS = "adjustments.csv"  # no such file: nothing was changed
COLUMNS = MappingProxyType(
    {
        AGENCIES: (
            "name", "category", "aliases", "group", "members", "note",
            "contact", "phone", "email", "valid_from", "valid_to",
        ),
        TASKS: (
            "id", "section", "title", "lead", "lead_text", "coordinating", "coordinating_text",
            "submit_to", "product", "deadline_text", "condition_met_on", "source_note",
        ),
        INDICATORS: (
            "code", "name", "unit", "nature", "aggregation", "numerator", "denominator",
            "parent", "value_type", "derived", "note", "parts", "exhaustive", "increases", "decreases", "banded",
        ),
        TARGETS: (
            "indicator", "code", "unit", "operator", "low", "high", "period_text", "due",
            "basis", "scope", "each", "base", "quote",
        ),
        ADJUSTMENTS: ("subject", "key", "period_text", "agency", "kind", "value", "document", "valid_from"),
    }
)  # fmt: skip
# The last columns of a table that a folder may leave out, all or the last of them: there were none before.
OPTIONAL = MappingProxyType(
    {
        AGENCIES: ("contact", "phone", "email", "valid_from", "valid_to"),
        INDICATORS: ("parts", "exhaustive", "increases", "decreases", "banded"),
    }
)

_NUMBER = re.compile(r"-?[0-9]{1,15}(?:[.][0-9]{1,10})?")
_GROUPED = re.compile(r"-?[0-9]{1,3}[.][0-9]{3}")  # 1.500: fifteen hundred to an officer, one and a half to a program
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MEMBER = re.compile(r"(.+) \(([a-z-]+)\)")
_CORRECT = "Sửa ô này."


def problem(
    sheet: str,
    cell: str,
    header: str,
    *,
    found: str,
    expected: str,
    fix: str,
    message: str = "",
    severity: str = "error",
) -> Finding:
    """Return a plan finding; its code is plan-error or plan-warning, its sheet the name of a file of the folder."""
    return Finding(
        code=f"plan-{severity}",
        severity=severity,
        agency="",
        file="",
        sheet=sheet,
        cell=cell,
        header=header,
        found=found,
        expected=expected,
        message=message or f"«{header}» {f'ghi «{found}»' if found else 'để trống'}; cần {expected}.",
        fix=fix,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a plan table: its file, its number as a spreadsheet counts (headings are row 1), its cells."""

    sheet: str
    number: int
    values: Mapping[str, str]

    def problem(
        self,
        column: str,
        found: str,
        expected: str,
        fix: str = _CORRECT,
        *,
        message: str = "",
        severity: str = "error",
    ) -> Finding:
        """Return a finding about one cell of this row."""
        cell = f"{column_letter(COLUMNS[self.sheet].index(column) + 1)}{self.number}"
        return problem(
            self.sheet, cell, column, found=found, expected=expected, fix=fix, message=message, severity=severity
        )


def names(text: str) -> tuple[str, ...]:
    """Return the names in a cell that holds a list."""
    return tuple(part.strip() for part in text.split("|") if part.strip())


def unreadable(path: Path, error: OSError | UnicodeDecodeError) -> Finding:
    """Return the finding that a file of a plan folder is missing or cannot be read as text."""
    if isinstance(error, UnicodeDecodeError):
        found, message = "không phải UTF-8", f"Tệp «{path.name}» không phải UTF-8 (byte thứ {error.start + 1})."
    elif isinstance(error, FileNotFoundError):
        found, message = "không có tệp", f"Không có tệp «{path.name}»."
    else:
        found, message = "không đọc được", f"Không đọc được tệp «{path.name}»."
    fix = "Lưu lại tệp dạng UTF-8 vào thư mục kế hoạch."
    return problem(path.name, "", "", found=found, expected="tệp văn bản UTF-8", fix=fix, message=message)


def read_table(path: Path, problems: list[Finding]) -> list[Row] | None:
    """Return the rows of a table, cells trimmed and in NFC; None, with a problem, when it cannot be read.

    A row with too few or too many cells is a problem too and read as far as it goes; empty rows say nothing.
    """
    columns = COLUMNS[path.name]
    fewest = len(columns) - len(OPTIONAL.get(path.name, ()))
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            records = [[normalize("NFC", cell).strip() for cell in record] for record in reader]
    except (OSError, UnicodeDecodeError) as error:
        problems.append(unreadable(path, error))
        return None
    except csv.Error:
        problems.append(
            problem(
                path.name, "", "", found=f"dòng {reader.line_num}", expected="tệp CSV",
                fix="Sửa dấu nháy kép: mỗi ô mở bao nhiêu dấu thì đóng bấy nhiêu.",
                message=f"Tệp «{path.name}» không đúng định dạng CSV, đọc tới dòng {reader.line_num}.",
            )
        )  # fmt: skip
        return None
    if not records or tuple(records[0]) != columns[: max(fewest, len(records[0]))]:
        found = ",".join(records[0]) if records else "tệp rỗng"
        fix = "Khôi phục dòng tiêu đề; các ô cách nhau bằng dấu phẩy."
        problems.append(problem(path.name, "A1", "", found=found, expected=",".join(columns), fix=fix,
                                message=f"Dòng tiêu đề ghi «{found}»; cần «{','.join(columns)}»."))  # fmt: skip
        return None
    return list(_rows(path.name, records, problems))


def _rows(sheet: str, records: list[list[str]], problems: list[Finding]) -> Iterator[Row]:
    columns, absent = records[0], dict.fromkeys(COLUMNS[sheet], "")
    for number, record in enumerate(records[1:], start=2):
        if not any(record):
            continue
        if len(record) != len(columns):
            message = f"Dòng {number} có {len(record)} ô; cần {len(columns)} ô."
            fix = "Đặt ô có dấu phẩy trong dấu nháy kép; bỏ hoặc thêm ô cho đủ."
            problems.append(problem(sheet, f"A{number}", "", found=f"{len(record)} ô", expected=f"{len(columns)} ô",
                                    fix=fix, message=message))  # fmt: skip
        yield Row(sheet, number, absent | dict(zip_longest(columns, record[: len(columns)], fillvalue="")))


# --- one row -> one value of the plan; what cannot be typed is a problem, and never guessed


def read_agency(row: Row, problems: list[Finding]) -> Agency:
    """Return the agency or group of a row."""
    members = []
    for text in names(row.values["members"]):
        match = _MEMBER.fullmatch(text)
        if match and match[2] in MARKS:
            members.append(Member(match[1], match[2]))
        else:
            problems.append(row.problem("members", text, f"«Tên ({' hoặc '.join(MARKS)})»"))
    group = _yes(row, "group", problems)
    if members and not group:
        problems.append(row.problem("group", row.values["group"], "x, vì dòng này có thành viên"))
    return Agency(
        name=row.values["name"],
        category=row.values["category"],
        aliases=names(row.values["aliases"]),
        group=group,
        members=tuple(members),
        note=row.values["note"],
        contact=row.values["contact"],
        phone=row.values["phone"],
        email=row.values["email"],
        valid_from=_date(row, "valid_from", problems),
        valid_to=_date(row, "valid_to", problems),
    )


def read_task(row: Row, problems: list[Finding], *, before_includes_day: bool) -> Task:
    """Return the task of a row; before_includes_day as in period.parse_deadline."""
    value = row.values
    return Task(
        id=value["id"],
        section=value["section"],
        title=value["title"],
        lead=names(value["lead"]),
        lead_text=value["lead_text"],
        coordinating=names(value["coordinating"]),
        coordinating_text=value["coordinating_text"],
        submit_to=value["submit_to"],
        product=value["product"],
        deadline_text=value["deadline_text"],
        deadline=parse_deadline(value["deadline_text"], value["title"], before_includes_day=before_includes_day),
        condition_met_on=_date(row, "condition_met_on", problems),
        source_note=value["source_note"],
    )


def read_indicator(row: Row, problems: list[Finding]) -> Indicator:
    """Return the indicator of a row."""
    value = row.values
    return Indicator(
        code=value["code"],
        name=value["name"],
        unit=value["unit"],
        nature=_one_of(row, "nature", NATURES, problems),
        aggregation=_one_of(row, "aggregation", AGGREGATIONS, problems),
        numerator=value["numerator"],
        denominator=value["denominator"],
        parent=value["parent"],
        value_type=_one_of(row, "value_type", VALUE_TYPES, problems),
        derived=_yes(row, "derived", problems),
        parts=names(value["parts"]),
        exhaustive=_yes(row, "exhaustive", problems),
        increases=names(value["increases"]),
        decreases=names(value["decreases"]),
        banded=_yes(row, "banded", problems),
        note=value["note"],
    )


def read_target(row: Row, problems: list[Finding]) -> Target:
    """Return the target of a row; its operator is "" when the word is none of OPERATOR_WORDS."""
    value = row.values
    return Target(
        indicator=value["indicator"],
        code=value["code"],
        unit=value["unit"],
        operator=OPERATOR_CODES.get(_one_of(row, "operator", tuple(OPERATOR_CODES), problems), ""),
        low=_number(row, "low", problems),
        high=_number(row, "high", problems),
        period_text=value["period_text"],
        due=_date(row, "due", problems),
        basis=_one_of(row, "basis", BASES, problems),
        scope=value["scope"],
        each=value["each"],
        base=_number(row, "base", problems),
        quote=value["quote"],
    )


def read_adjustment(row: Row, problems: list[Finding]) -> Adjustment | None:
    """Return the adjustment of a row; None, with problems, when what it changes, how or when cannot be read."""
    before, value = len(problems), row.values
    subject = _one_of(row, "subject", SUBJECTS, problems)
    if not value["key"]:
        problems.append(row.problem("key", "", "mã nhiệm vụ hoặc mã chỉ tiêu", "Ghi đúng mã trong kế hoạch."))
    kind = _one_of(row, "kind", ADJUSTMENT_KINDS, problems)
    new = _new_value(row, problems)
    day = _date(row, "valid_from", problems)
    if not value["valid_from"]:
        problems.append(row.problem("valid_from", "", "ngày dạng 2025-12-31"))
    sound = len(problems) == before
    if not value["document"]:
        problems.append(row.problem("document", "", "số, ký hiệu và ngày văn bản"))
    if day is None or not sound:
        return None
    texts = (subject, value["key"], value["period_text"], value["agency"], kind)
    return Adjustment(*texts, new, value["document"], day)


def _new_value(row: Row, problems: list[Finding]) -> date | str | Decimal | tuple[Decimal, Decimal] | None:
    """Return the new value that the kind of an adjustment asks for: a date, a name, a number, a range or nothing."""
    text, kind = row.values["value"], row.values["kind"]
    wanted = {EXTENSION: "ngày mới, dạng 2025-12-31", REASSIGNMENT: "tên cơ quan mới", AMENDMENT: "số mới"}
    if kind in wanted and not text:
        problems.append(row.problem("value", "", wanted[kind]))
    elif kind == WITHDRAWAL and text:
        problems.append(row.problem("value", text, "để trống, vì «rút» không có giá trị mới"))
    elif kind == EXTENSION:
        return _date(row, "value", problems)
    elif kind == REASSIGNMENT:
        return text
    elif kind == AMENDMENT:
        numbers = [_number(row, "value", problems, part) for part in names(text)]
        match numbers:
            case [Decimal() as low, Decimal() as high] if low <= high:
                return low, high
            case [number]:
                return number
        if None not in numbers:
            problems.append(row.problem("value", text, "một số, hoặc mức và mức trên cách nhau bằng dấu |"))
    return None


def _one_of(row: Row, column: str, allowed: tuple[str, ...], problems: list[Finding]) -> str:
    text = row.values[column]
    if text not in allowed:
        problems.append(row.problem(column, text, f"một trong: {'; '.join(allowed)}"))
    return text


def _yes(row: Row, column: str, problems: list[Finding]) -> bool:
    text = row.values[column]
    if text not in {"", "x"}:
        problems.append(row.problem(column, text, "x hoặc để trống"))
    return text == "x"


def _number(row: Row, column: str, problems: list[Finding], part: str | None = None) -> Decimal | None:
    """Return the number in a cell, or in a part of it."""
    text = row.values[column] if part is None else part
    if not text:
        return None
    if _GROUPED.fullmatch(text):
        whole = text.replace(".", "")
        problems.append(row.problem(column, text, f"{whole} hoặc {text}0, vì dấu chấm có thể là dấu hàng nghìn"))
    elif not _NUMBER.fullmatch(text):
        problems.append(row.problem(column, text, "một số không có dấu hàng nghìn, phần thập phân sau dấu chấm"))
    else:
        return Decimal(text)
    return None


def _date(row: Row, column: str, problems: list[Finding]) -> date | None:
    text = row.values[column]
    try:
        if not text or _DAY.fullmatch(text):
            return date.fromisoformat(text) if text else None
    except ValueError:  # 2025-02-30
        pass
    problems.append(row.problem(column, text, "ngày dạng 2025-12-31"))
    return None
