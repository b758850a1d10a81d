"""A plan -> the workbook in which an officer writes and changes it; the reader gives back an equal plan.

Every text is written as a string and ids are cells of text, so that 1.10 stays 1.10; nothing depends on the clock.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from kttt_xl.book_file import MADE, new_book
from kttt_xl.cells import column_letter
from kttt_xl.cover import INPUT, SECTION, set_page
from kttt_xl.errors import PlanError
from kttt_xl.inert import visible
from kttt_xl.model import Plan, Settings
from kttt_xl.paper import Paper, height
from kttt_xl.plan_book import (
    EXAMPLE,
    FEWEST_AGENCY_COLUMNS,
    FIXED,
    GUIDE,
    HEAD,
    HEADING_ROW,
    LISTS,
    LIVE,
    OPEN,
    WORDS,
    YES,
    Column,
    Table,
    number_text,
)
from kttt_xl.plan_book_columns import GUIDE_LINES, SELDOM, SETTINGS, TABLES
from kttt_xl.plan_book_review import PASSED_OVER, reviewed
from kttt_xl.plan_book_values import Value, Values, example_values, head_values, setting_values, table_values

_LONGEST = 32_767  # UTF-16 units in a cell, Excel's limit
_LAST_ROW = 2000  # to which dropdowns and help reach
_SPARE = 30  # empty rows drawn under the last one
_EXAMPLE_LOOK = MappingProxyType({"italic": True, "font_color": "#868E96"})
_UNSEEN_LOOKS = MappingProxyType({"likely": {"bg_color": "#FFF3BF"}, "doubtful": {"bg_color": "#FFD8D8"}})


def write_plan(plan: Plan) -> bytes:
    """Return the plan workbook of a plan; the same plan gives the same bytes (contract, section 3).

    PlanError for a text that is longer than an Excel cell holds.
    """
    lists = {
        "KTTT_DON_VI_TINH": [*(row.unit for row in plan.indicators), *(row.unit for row in plan.targets)],
        "KTTT_THOI_GIAN": [task.deadline_text for task in plan.tasks],
        "KTTT_LOAI_CO_QUAN": [agency.category for agency in plan.agencies],
        "KTTT_MOC": [target.period_text for target in plan.targets],
    }
    return _Book(head_values(plan), table_values(plan), lists).write()


def new_plan() -> bytes:
    """Return an empty plan workbook whose tables begin with example rows, which the reader passes over."""
    rows = {name: [example_values(table, row) for row in table.examples] for name, table in TABLES.items()}
    return _Book(setting_values(Settings()), rows, {}).write()


def write_proposal(
    plan: Plan, reviews: Mapping[str, Sequence[Values]], passed_over: Sequence[tuple[str, str]], guide: Sequence[str]
) -> bytes:
    """Return the plan workbook of rows that an officer is to confirm; what is known of the plan's head is left empty.

    reviews holds by table, row for row, the values of plan_book_review.REVIEW; passed_over what is in no row, where
    and what; guide the lines that stand above those of every plan workbook.
    """
    rows = table_values(plan)
    for name, values in reviews.items():
        rows[name] = [{**row, **review} for row, review in zip(rows[name], values, strict=True)]
    lists = {"KTTT_THOI_GIAN": [task.deadline_text for task in plan.tasks]}
    lists["KTTT_LOAI_CO_QUAN"] = [agency.category for agency in plan.agencies]
    tables = {name: reviewed(table) if name in reviews else table for name, table in TABLES.items()}
    return _Book(setting_values(plan.settings), rows, lists, tables, (*guide, *GUIDE_LINES[1:]), passed_over).write()


class _Book:
    """Writes one workbook: sheets, lists, rows, dropdowns, help."""

    def __init__(
        self,
        head: Values,
        rows: Mapping[str, Sequence[Values]],
        lists: Mapping[str, Iterable[str]],
        tables: Mapping[str, Table] = TABLES,
        guide: Sequence[str] = GUIDE_LINES,
        passed_over: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Take the values of the sheet Kế hoạch by field, the rows by table, and what the plan adds to the lists."""
        self.head, self.rows, self.lists = head, rows, lists
        self.tables, self.guide, self.passed_over = tables, guide, passed_over
        self.stream = io.BytesIO()
        self.book = new_book(self.stream)
        self.paper = Paper(self.book, "", {})

    def write(self) -> bytes:
        with self.book as book:
            book.set_properties({"title": visible(str(self.head.get("title", "")))[:255] or HEAD, "created": MADE})
            guide, head = book.add_worksheet(GUIDE), book.add_worksheet(HEAD)
            sheets = [book.add_worksheet(table.sheet) for table in self.tables.values()]
            if self.passed_over:
                self._passed_over(book.add_worksheet(PASSED_OVER))
            lists = book.add_worksheet(LISTS)
            self._guide(guide)
            self._settings(head)
            for sheet, (name, table) in zip(sheets, self.tables.items(), strict=True):
                self._table(sheet, table, self.rows[name])
            self._lists(lists)
            guide.activate()
        return self.stream.getvalue()

    def _put(self, sheet: Any, row: int, column: int, value: Value, **look: Any) -> None:
        """Write a value as what it is; a number that Excel would not keep digit by digit as the text of it."""
        if isinstance(value, str):
            if len(value.encode("utf-16-le")) > 2 * _LONGEST:
                excerpt = value[:60]
                raise PlanError(f"Nội dung «{excerpt}…» dài hơn {_LONGEST} ký tự, một ô Excel không chứa hết.")
            look["num_format"] = "@"
        elif isinstance(value, Decimal) and number_text(Decimal(repr(float(value)))) != f"{value:f}":
            value = f"{value:f}".replace(".", ",")
        elif value is None:
            look.setdefault("num_format", "@")
        self.paper.put(sheet, row, column, value if not isinstance(value, tuple) else None, **look)

    def _guide(self, sheet: Any) -> None:
        sheet.set_column(0, 0, 84)
        for row, text in enumerate(self.guide):
            title = {"bold": True, "font_size": 14} if row == 0 else {}
            self._put(sheet, row, 0, text, **title)
            sheet.set_row(row, height((text,), (84,)) + 4)
        sheet.hide_gridlines(2)
        set_page(sheet)
        sheet.fit_to_pages(1, 0)

    def _settings(self, sheet: Any) -> None:
        widths = (34, 70, 60)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        self._title(sheet, HEAD, "Điền cột Giá trị; cột Cách điền giải thích từng dòng.")
        for column, heading in enumerate(("Nội dung", "Giá trị", "Cách điền")):
            self._heading(sheet, column, heading, "")
        row = HEADING_ROW
        for line in SETTINGS:
            if line.field in SELDOM and line.field not in self.head:
                continue
            value = self.head.get(line.field)
            self._put(sheet, row, 0, line.heading, bold=True, border=1, bg_color=SECTION)
            self._put(sheet, row, 1, value, border=1, bg_color=INPUT, **self._look(line, value))
            self._put(sheet, row, 2, line.help, italic=True, border=1)
            sheet.set_row(row, height((line.heading, value if isinstance(value, str) else None, line.help), widths))
            self._validate(sheet, line, line.heading, (row, 1, row, 1), {})
            row += 1
        sheet.freeze_panes(HEADING_ROW, 0)
        self._page(sheet)

    def _table(self, sheet: Any, table: Table, rows: Sequence[Values]) -> None:
        self._title(sheet, table.sheet, table.hint)
        columns = list(_spread(table, rows))
        places = {
            column.field: f"${column_letter(at + 1)}{HEADING_ROW + 1}" for at, (column, _, _) in enumerate(columns)
        }
        for at, (column, heading, _) in enumerate(columns):
            sheet.set_column(at, at, column.width, self.paper.style(**self._look(column, None)))
            self._heading(sheet, at, heading, column.help)
            self._validate(sheet, column, heading, (HEADING_ROW, at, _LAST_ROW, at), places)
        sheet.set_row(
            HEADING_ROW - 1, height((heading for _, heading, _ in columns), (c.width - 2 for c, _, _ in columns))
        )
        key, bottom = table.columns[0].field, HEADING_ROW
        for bottom, row in enumerate(rows, start=HEADING_ROW):
            self._row(sheet, bottom, columns, row, _EXAMPLE_LOOK if EXAMPLE.match(str(row[key])) else {})
        for blank in range(bottom + 1, bottom + 1 + _SPARE):
            self._row(sheet, blank, columns, {}, {})
        if "seen" in places:
            self._colour_unseen(sheet, places, len(columns) - 1)
        last = len(columns) - 1
        sheet.autofilter(HEADING_ROW - 1, 0, bottom + _SPARE, last)
        sheet.freeze_panes(HEADING_ROW, 1)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{column_letter(last + 1)}{_LAST_ROW}"})
        self._page(sheet)

    def _row(self, sheet: Any, at: int, columns: Sequence[tuple[Column, str, int]], row: Values, look: Any) -> None:
        shown: list[Any] = []
        for number, (column, _, place) in enumerate(columns):
            value = row.get(column.field)
            if isinstance(value, tuple):
                value = value[place] if place < len(value) else None
            shown.append(value)
            self._put(sheet, at, number, value, border=1, **self._look(column, value), **look)
        sheet.set_row(at, height(shown, (column.width for column, _, _ in columns)))

    @staticmethod
    def _look(column: Column, value: Value) -> dict[str, Any]:
        """Return the number format of a cell that is to take what its column asks for."""
        if value is not None and value != "":
            return {}
        return {"num_format": {"date": "dd/mm/yyyy", "number": "General", "any": "General"}.get(column.kind, "@")}

    def _colour_unseen(self, sheet: Any, places: Mapping[str, str], last: int) -> None:
        """Colour the rows that wait for a tick; the colour goes when it is set."""
        for code, look in _UNSEEN_LOOKS.items():
            word = WORDS["confidence"][code]
            criteria = f'=AND({places["confidence"]}="{word}",{places["seen"]}<>"{YES}")'
            rule = {"type": "formula", "criteria": criteria, "format": self.book.add_format(look)}
            sheet.conditional_format(HEADING_ROW, 0, _LAST_ROW, last, rule)

    def _passed_over(self, sheet: Any) -> None:
        hint = "Có trong phụ lục mà không thuộc nhiệm vụ nào. Nhiệm vụ nào bị sót ở đây thì chép sang trang Nhiệm vụ."
        widths = (20, 120)
        self._title(sheet, PASSED_OVER, hint)
        for column, (heading, width) in enumerate(zip(("Dòng nguồn", "Nội dung"), widths, strict=True)):
            sheet.set_column(column, column, width)
            self._heading(sheet, column, heading, "")
        for row, texts in enumerate(self.passed_over, start=HEADING_ROW):
            for column, text in enumerate(texts):
                self._put(sheet, row, column, text, border=1)
            sheet.set_row(row, height(texts, widths))
        sheet.freeze_panes(HEADING_ROW, 0)
        self._page(sheet)

    def _title(self, sheet: Any, title: str, hint: str) -> None:
        self._put(sheet, 0, 0, title, bold=True, font_size=14, text_wrap=False)
        self._put(sheet, 1, 0, hint, italic=True, text_wrap=False)
        sheet.set_row(0, 21)

    def _heading(self, sheet: Any, column: int, heading: str, advice: str) -> None:
        look = {"bold": True, "align": "center", "valign": "vcenter", "border": 1, "bg_color": SECTION}
        self._put(sheet, HEADING_ROW - 1, column, heading, **look)
        if advice:
            row = HEADING_ROW - 1
            options = {"validate": "any", "input_title": heading[:32], "input_message": advice}
            sheet.data_validation(row, column, row, column, options)

    def _validate(
        self, sheet: Any, column: Column, heading: str, area: tuple[int, int, int, int], places: Mapping[str, str]
    ) -> None:
        """Give cells their help, and a dropdown, date or number to choose or type."""
        condition: dict[str, Any] = {"validate": "any"}
        if column.kind == "choice":
            condition = {"validate": "list", "source": f"={FIXED[column.words or column.field]}"}
            condition["error_message"] = "Chọn một giá trị trong danh sách."
        elif column.suggest:
            source = column.suggest if column.suggest.startswith("=") else f"={column.suggest}"
            condition = {"validate": "list", "source": source.format_map(places), "error_type": "warning"}
            condition["error_message"] = "Giá trị này không có trong danh sách. Kiểm tra lại; nếu đúng thì chọn Yes."
            condition["show_error"] = column.kind not in {"any", "names"}
        elif column.kind == "date":
            condition = {"validate": "date", "criteria": ">=", "value": date(1990, 1, 1), "error_type": "warning"}
            condition["error_message"] = "Gõ ngày dạng ngày/tháng/năm, ví dụ 31/12/2025."
        elif column.kind == "number":
            condition = {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15}
            condition["error_message"] = "Chỉ gõ số, không kèm chữ."
        texts = {"input_title": heading[:32], "input_message": column.help, "error_title": "Chưa đúng"}
        sheet.data_validation(*area, {**condition, **texts})

    def _lists(self, sheet: Any) -> None:
        known = {name: list(WORDS[field].values()) for field, name in FIXED.items()}
        for name, usual in OPEN.items():
            known[name] = list(dict.fromkeys((*usual, *sorted(filter(None, self.lists.get(name, ()))))))
        for column, (name, items) in enumerate(known.items()):
            self._put(sheet, 0, column, name)
            for row, item in enumerate(items, start=1):
                self._put(sheet, row, column, item)
            letter = column_letter(column + 1)
            self.book.define_name(name, f"='{LISTS}'!${letter}$2:${letter}${len(items) + 1}")
        for name, (owner, field) in LIVE.items():
            table = TABLES[owner]
            letter = column_letter([column.field for column in table.columns].index(field) + 1)
            first = f"'{table.sheet}'!${letter}${HEADING_ROW + 1}"
            area = f"{first}:${letter}${_LAST_ROW}"
            self.book.define_name(name, f"={first}:INDEX({area},MAX(1,COUNTA({area})))")
        sheet.hide()

    @staticmethod
    def _page(sheet: Any) -> None:
        sheet.set_landscape()
        set_page(sheet)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADING_ROW - 1)


def _spread(table: Table, rows: Sequence[Values]) -> Iterator[tuple[Column, str, int]]:
    """Yield each column of a sheet with its heading, and which of a row's agencies it holds."""
    for column in table.columns:
        if column.kind != "agencies":
            yield column, column.heading, 0
            continue
        most = max((len(value) for row in rows if isinstance(value := row[column.field], tuple)), default=0)
        for place in range(max(most, FEWEST_AGENCY_COLUMNS)):
            yield column, f"{column.heading} {place + 1}", place
