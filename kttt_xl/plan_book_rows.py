"""A sheet of a plan workbook -> the rows of a plan table, each cell with where it stands, and what cannot be read.

The rows are those of plan_tables, so that the checks are the same; only their places and headings are the workbook's.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from unicodedata import normalize

from kttt_xl import messages
from kttt_xl.cells import Cell, Reading, Rule, address, column_letter, fold, read_cell
from kttt_xl.inert import visible
from kttt_xl.legacy_notes import encoding_notes
from kttt_xl.model import Finding
from kttt_xl.plan_book import EXAMPLE, HEADING_ROW, SEPARATOR, Column, Table, number_text
from kttt_xl.plan_tables import Row, problem
from kttt_xl.workbook import Sheet

_FARTHEST_HEADING = 20  # rows among which the headings are looked for
_EXCERPT = 200  # characters of a cell that a finding quotes
# What the checks of plan_checks say of a folder, as it is said of a workbook.
_SAYINGS = MappingProxyType(
    {
        "agencies.csv": "trang «Cơ quan»",
        "indicators.csv": "trang «Chỉ tiêu thống kê»",
        "tệp plan.toml": "trang «Kế hoạch»",
        "(to-confirm)": "(cần xác nhận)",
        "(sourced)": "(có nguồn)",
        " (sum)": "",
        " (flow)": "",
        " (stock)": "",
    }
)
_ISO_DAY = re.compile(r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b")

Problems = list[Finding]
Say = Callable[..., Finding]


@dataclass(frozen=True, slots=True)
class BookRow(Row):
    """A row of a plan workbook; sheet is the sheet's name, cells the row's cells by field, places their columns."""

    table: Table
    cells: Mapping[str, tuple[Cell, ...]]
    places: Mapping[str, tuple[tuple[int, str], ...]]  # column number and heading, by field

    def problem(
        self,
        column: str,
        found: str,
        expected: str,
        fix: str = "Sửa ô này.",
        *,
        message: str = "",
        severity: str = "error",
    ) -> Finding:
        """Return a finding about one cell: of the agencies of a task, the one that is named in found."""
        at, heading = self._place(column, found)
        own = next((own for own in self.table.columns if own.field == column), None)
        if own and own.kind == "choice" and expected.startswith("một trong:"):
            expected = one_of(own.choices.values())
        texts = {"expected": in_words(expected), "fix": in_words(fix), "message": in_words(message)}
        return problem(self.sheet, address(self.number, at), heading, found=found, severity=severity, **texts)

    def _place(self, column: str, found: str) -> tuple[int, str]:
        places = self.places[column]
        wanted = fold(found)
        for cell in self.cells.get(column, ()) if wanted else ():
            if wanted in fold(cell.text):
                return next(place for place in places if place[0] == cell.column)
        return places[0]

    def cell(self, column: str) -> Cell:
        """Return the one cell of a field, an empty one when nothing stands there."""
        return next(iter(self.cells.get(column, ())), Cell(self.number, self.places[column][0][0], "text", ""))


def in_words(text: str) -> str:
    """Return a sentence about a plan folder as it is said of a workbook."""
    for code, words in _SAYINGS.items():
        text = text.replace(code, words)
    return _ISO_DAY.sub(lambda day: f"{int(day[3])}/{int(day[2])}/{day[1]}", text)


def one_of(words: Iterable[str]) -> str:
    """Return what is expected of a cell with a list."""
    return f"một trong: {'; '.join(words)}"


def names(text: str) -> tuple[str, ...]:
    """Return the names in a cell, which "|" or line breaks separate."""
    return tuple(filter(None, (part.strip() for part in re.split(r"[|\n]", text))))


def cell_text(column: Column, cell: Cell, heading: str, sheet: str, problems: Problems) -> str:
    """Return what a cell says, as the tables of a plan folder write it; "", with a problem, when it cannot be used.

    A formula or an error is a problem in any column; so is a text in an encoding before Unicode, and a number or a date
    that Excel made of a text, since what was typed cannot be told from it.
    """
    if cell.formula or cell.kind == "error":
        tell(read_cell(cell, Rule("text")), cell, heading, sheet, problems)
        return ""
    tell(Reading(accepted=True, value=None, notes=encoding_notes(cell)), cell, heading, sheet, problems)
    match column.kind:
        case "number":
            rule = Rule("percent" if column.field.endswith("_share") else "decimal")
            number = tell(read_cell(cell, rule), cell, heading, sheet, problems)
            return "" if number is None else number_text(number)  # type: ignore[arg-type]  # Decimal by the rule
        case "date":
            day = tell(read_cell(cell, Rule("date")), cell, heading, sheet, problems)
            return "" if day is None else str(day)
        case "choice":
            return _choice(column, cell, heading, sheet, problems)
        case "any":
            return cell.text
    text = _text(column, cell, heading, sheet, problems)
    return SEPARATOR.join(names(text)) if column.kind in {"names", "agencies"} else text


def tell(reading: Reading, cell: Cell, heading: str, sheet: str, problems: Problems) -> object:
    """Return the value of a reading; None, with a problem, for one that is refused or that may mean something else.

    What a copy takes with a warning, a plan does not: its officer is at hand, and every agency would get the guess.
    """
    doubts = [note for note in reading.notes if (note.severity or messages.MESSAGES[note.code].severity) != "info"]
    for note in doubts:
        if note.code == "percent-scale":
            fix = "Gõ theo phần trăm: chín mươi phần trăm gõ 90."
            expected = "số phần trăm, ví dụ 90"
            problems.append(problem(sheet, cell.address, heading, found=note.found, expected=expected, fix=fix))
            continue
        expected = note.expected.replace(" (đã dùng)", "")
        place = {"sheet": sheet, "cell": cell.address, "header": heading}
        problems.append(messages.finding(note.code, severity="error", found=note.found, expected=expected, **place))
    return None if doubts else reading.value


def _choice(column: Column, cell: Cell, heading: str, sheet: str, problems: Problems) -> str:
    codes = {word: code for code, word in column.choices.items()}
    if isinstance(cell.value, str):  # three dots typed for the one character
        cell = cell._replace(value=cell.value.replace("...", "…"))
    word = tell(read_cell(cell, Rule("choice", tuple(codes))), cell, heading, sheet, problems)
    return codes.get(str(word), "")


def _text(column: Column, cell: Cell, heading: str, sheet: str, problems: Problems) -> str:
    number = cell.kind == "number" and column.kind == "text"
    whole = cell.kind == "number" and cell.text.isdecimal() and column.kind != "digits"
    if cell.kind == "text" or number or whole:
        return visible(normalize("NFC", cell.text.replace("\r\n", "\n").replace("\r", "\n"))).strip()
    kind = {"number": "số", "date": "ngày"}.get(cell.kind, "giá trị đúng, sai")
    again = "đủ cả số 0 đầu" if column.kind == "digits" else "đúng như trong kế hoạch"
    problems.append(
        problem(
            sheet, cell.address, heading, found=cell.text, expected="chữ",
            fix=f"Định dạng ô là Văn bản (Text), rồi gõ lại {again}.",
            message=f"«{heading}» ghi «{cell.text}», Excel đã lưu thành {kind}; không rõ chữ đã gõ.",
        )
    )  # fmt: skip
    return ""


def read_rows(sheet: Sheet, table: Table, problems: Problems) -> list[BookRow] | None:
    """Return the rows of a sheet without its examples; None, with problems, when its headings cannot be relied on."""
    by_row: dict[int, list[Cell]] = {}
    for (row, _), cell in sorted(sheet.cells.items()):
        if not cell.blank:
            by_row.setdefault(row, []).append(cell)
    top = max(range(1, _FARTHEST_HEADING + 1), key=lambda at: len(_columns(by_row.get(at, ()), table)))
    found = _columns(by_row.get(top, ()), table)
    if not _complete(sheet, table, found, top, problems):
        return None
    places = {
        column.field: tuple((at, cell_heading) for at, (own, cell_heading) in found.items() if own is column)
        for column in table.columns
    }
    _unread(sheet, found, by_row, top, problems)
    rows = []
    for number, cells in by_row.items():
        known = [cell for cell in cells if cell.column in found]
        if number > top and known:
            rows.append(_row(sheet, table, number, known, found, places, problems))
    return [row for row in rows if row]


def _columns(cells: Iterable[Cell], table: Table) -> dict[int, tuple[Column, str]]:
    """Return the known columns of a heading row by number, each with its heading as it stands there."""
    wanted = {fold(column.heading): column for column in table.columns}
    numbered = {heading for heading, column in wanted.items() if column.kind == "agencies"}
    found = {}
    for cell in cells:
        heading = fold(cell.text)
        stem = re.sub(r" ?[0-9]+$", "", heading)
        column = wanted.get(heading) or (wanted[stem] if stem in numbered else None)
        if column:
            found[cell.column] = (column, cell.text.strip())
    return found


def _complete(
    sheet: Sheet, table: Table, found: Mapping[int, tuple[Column, str]], top: int, problems: Problems
) -> bool:
    """Say which headings are missing or stand twice; optional ones may be missing, agencies have several columns."""
    before = len(problems)
    present = [column.field for column, _ in found.values()]
    for column in table.columns:
        if column.field not in present and not column.optional:
            shown = f"{column.heading} 1" if column.kind == "agencies" else column.heading
            problems.append(
                problem(
                    sheet.name, f"A{top if found else HEADING_ROW}", shown, found="", expected=f"cột «{shown}»",
                    fix="Khôi phục tiêu đề của cột, hoặc chép các dòng vào một sổ kế hoạch mới.",
                    message=f"Thiếu cột «{shown}».",
                )
            )  # fmt: skip
    seen: dict[str, int] = {}
    for at, (column, heading) in found.items():
        if column.kind != "agencies" and column.field in seen:
            first = column_letter(seen[column.field])
            problems.append(
                problem(
                    sheet.name, address(top, at), heading, found=heading,
                    expected=f"một cột «{heading}»", fix="Bỏ hoặc đổi tên một trong hai cột.",
                    message=f"Hai cột cùng tên «{heading}»; cột kia là cột {first}.",
                )
            )  # fmt: skip
        seen.setdefault(column.field, at)
    return len(problems) == before


def _unread(
    sheet: Sheet, found: Mapping[int, object], by_row: Mapping[int, list[Cell]], top: int, problems: Problems
) -> None:
    """Say which columns hold something that is not read."""
    others: dict[int, Cell] = {}
    for number in sorted(by_row):
        for cell in by_row[number] if number >= top else ():
            if cell.column not in found:
                others.setdefault(cell.column, cell)
    for cell in others.values():
        shown = cell.text.strip()[:_EXCERPT]
        message = f"Cột có «{shown}» không thuộc sổ kế hoạch nên không được đọc."
        fix = "Không cần sửa, nếu đây là ghi chép riêng."
        problems.append(
            problem(
                sheet.name, cell.address, "", found=shown, expected="", fix=fix, message=message, severity="warning"
            )
        )


def _row(
    sheet: Sheet,
    table: Table,
    number: int,
    cells: Iterable[Cell],
    found: Mapping[int, tuple[Column, str]],
    places: Mapping[str, tuple[tuple[int, str], ...]],
    problems: Problems,
) -> BookRow | None:
    by_field: dict[str, tuple[Cell, ...]] = {}
    for cell in cells:
        field = found[cell.column][0].field
        by_field[field] = (*by_field.get(field, ()), cell)
    row = BookRow(sheet.name, number, {}, table, by_field, places)
    key = table.columns[0].field
    if EXAMPLE.match(row.cell(key).text.strip()):
        shown = {field: SEPARATOR.join(cell.text.strip() for cell in those) for field, those in by_field.items()}
        if shown not in table.examples:
            fix = "Đổi mã hoặc tên thành của kế hoạch, hoặc xóa cả dòng."
            problems.append(row.problem(key, row.cell(key).text, "mã hoặc tên không bắt đầu bằng VD", fix))
        return None
    values = {}
    for column in table.columns:
        texts = [
            cell_text(column, cell, found[cell.column][1], sheet.name, problems)
            for cell in by_field.get(column.field, ())
        ]
        values[column.field] = SEPARATOR.join(filter(None, texts))
    return replace(row, values=values)
