"""The form's sheet of a copy: title block, headings, rows, validations, print set-up."""

import textwrap
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from kttt_xl import layout, selfcheck
from kttt_xl.cells import address, column_letter
from kttt_xl.cover import FAINT_INPUT, FONT, INPUT, LOCKED, SECTION, protect, set_page
from kttt_xl.inert import quote
from kttt_xl.layout import HEADING_ROW, Column, Copy, Line
from kttt_xl.model import COORDINATING, Value


def row_height(copy: Copy, line: Line) -> float:
    """Return the height a row needs, in points: programs other than Excel do not fit wrapped rows on opening."""
    texts = ((str(line.texts.get(column.field) or ""), max(4, int(column.width))) for column in copy.columns)
    return 15.0 * max(1, *(len(textwrap.wrap(text, width)) for text, width in texts)) + 3


class FormSheet:
    """Writes the form's sheet: title block, headings, rows, validations, print set-up."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Any, copy: Copy) -> None:
        """Take the workbook, its empty sheet, and what to write there."""
        self.sheet, self.copy = sheet, copy
        self.fixed: dict[str, str] = {}
        self.last_column = len(copy.columns) - 1
        self.formats: dict[tuple[Any, ...], Any] = {}
        self.book = book

    def format(self, **properties: Any) -> Any:
        """Return the format with these properties over the house font, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({**FONT, **properties})
        return self.formats[key]

    def write(self) -> dict[str, str]:
        """Write everything; return the fixed texts that are not in keyed rows, by address."""
        self._title()
        self._headings()
        for at, line in enumerate(self.copy.lines):
            self._line(line, HEADING_ROW + at)
        self._validations()
        self._page()
        protect(self.sheet)
        return self.fixed

    def _text(self, row: int, column: int, text: str, style: Any) -> None:
        self.sheet.write_string(row, column, text, style)
        self.fixed[address(row + 1, column + 1)] = text

    def _title(self) -> None:
        styles: tuple[dict[str, Any], ...] = (
            {"bold": True, "font_size": 14, "align": "center"},
            {"italic": True, "align": "center"},
            {"bold": True, "text_wrap": False},
            {"text_wrap": False},
            {"italic": True, "text_wrap": False},
            {"italic": True, "align": "left"},
        )
        for row, (text, style) in enumerate(zip(layout.title_block(self.copy), styles, strict=False)):
            if style.get("align"):
                self.sheet.merge_range(row, 1, row, self.last_column, "", self.format(**style))
            self._text(row, 1, text, self.format(**style, **quote(text)))
            if row == 5:
                self.sheet.set_row(row, 15.0 * len(textwrap.wrap(text, 130)) + 3)
        self.sheet.set_row(0, 20)

    def _headings(self) -> None:
        plain = self.format(bold=True, align="center", valign="vcenter", border=1, bg_color=SECTION)
        filled = self.format(bold=True, align="center", valign="vcenter", border=1, bg_color="#FFE8A1")
        for number, column in enumerate(self.copy.columns):
            self._text(HEADING_ROW - 1, number, column.heading, filled if column.rule else plain)
            hide = {"hidden": True} if column.field == "key" else {}
            self.sheet.set_column(number, number, column.width, None, hide)
        self.sheet.set_row(HEADING_ROW - 1, 46)
        self.sheet.freeze_panes(HEADING_ROW, 3)

    def _line(self, line: Line, row: int) -> None:
        if not line.key:
            # No upright borders: the text runs on over the empty cells to its right.
            style = {"bold": True, "top": 1, "bottom": 1, "bg_color": SECTION, "text_wrap": False}
            for number in range(1, self.last_column + 1):
                self.sheet.write_blank(row, number, None, self.format(**style))
            title = str(line.texts["title"])
            self._text(row, 1, title, self.format(**style, **quote(title)))
            return
        self.sheet.set_row(row, row_height(self.copy, line))
        faint = line.texts.get("role") == COORDINATING
        for number, column in enumerate(self.copy.columns):
            rule = self.copy.rule(column, line)
            if column.field == "key":
                self.sheet.write_string(row, number, line.key, self.format())
            elif rule:
                self.sheet.write_blank(row, number, None, self.format(**self.input_look(rule, faint=faint)))
            elif column.formula:
                formula = selfcheck.check(self.copy, line, row + 1)
                style = self.format(border=1, bg_color=LOCKED, italic=True)
                self.sheet.write_formula(row, number, formula.text, style, formula.cached)
            elif line.ratio and column.rule == "figure" and column.field not in line.texts:
                formula = selfcheck.ratio(line, column, self.copy)
                style = self.format(border=1, bg_color=LOCKED, num_format="0.00")
                self.sheet.write_formula(row, number, formula.text, style, formula.cached)
            else:
                self._locked(row, number, line.texts.get(column.field))

    def input_look(self, rule: str, *, faint: bool = False) -> dict[str, Any]:
        """Return the look of an input cell; faint when it is to be filled in only if there is something to say."""
        # A text cell is formatted as text: Excel would make a date of "15/11" and a number of "05".
        number_formats = {"count": "#,##0", "date": "dd/mm/yyyy", "decimal": "#,##0.00", "text": "@"}
        properties: dict[str, Any] = {"border": 1, "locked": False, "bg_color": FAINT_INPUT if faint else INPUT}
        if rule in number_formats:
            properties["num_format"] = number_formats[rule]
        if rule not in {"text", "choice"}:
            properties["align"] = "right"
        return properties

    def _locked(self, row: int, column: int, value: Value) -> None:
        style = {"border": 1, "bg_color": LOCKED}
        if value is None or value == "":
            self.sheet.write_blank(row, column, None, self.format(**style))
        elif isinstance(value, Decimal):
            whole = value == value.to_integral_value()
            shown = self.format(**style, num_format="#,##0" if whole else "#,##0.00##")
            self.sheet.write_number(row, column, float(value), shown)
        elif isinstance(value, date):
            made = datetime(value.year, value.month, value.day, tzinfo=UTC).replace(tzinfo=None)
            self.sheet.write_datetime(row, column, made, self.format(**style, num_format="dd/mm/yyyy"))
        else:
            self.sheet.write_string(row, column, value, self.format(**style, **quote(value)))

    def _validations(self) -> None:
        """Give the input cells of one column and rule one validation, input message and error alert."""
        for number, column in enumerate(self.copy.columns):
            rows: dict[str, list[int]] = {}
            for at, line in enumerate(self.copy.lines, start=HEADING_ROW):
                rule = self.copy.rule(column, line)
                if rule:
                    rows.setdefault(rule, []).append(at)
            for rule, found in rows.items():
                (first, last), *others = _runs(found)
                options = self._validation(column, rule, first)
                options["other_cells"] = [[start, number, end, number] for start, end in others]
                self.sheet.data_validation(first, number, last, number, options)

    def _validation(self, column: Column, rule: str, _row: int) -> dict[str, Any]:
        """Return the validation of cells of a column and rule, the first of which stands in this row."""
        advice, alert = layout.FIGURE_HELP[rule] if column.rule == "figure" else (column.help, column.alert)
        earliest, latest = layout.plausible_dates(self.copy.plan, self.copy.period)
        conditions: dict[str, dict[str, Any]] = {
            "choice": {"validate": "list", "source": f"={column.choices}"},
            "completion": {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 100},
            "percent": {"validate": "decimal", "criteria": ">=", "value": 0},
            "growth": {"validate": "decimal", "criteria": "between", "minimum": -1e6, "maximum": 1e6},
            "decimal": {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15},
            "count": {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 10**12},
            "date": {"validate": "date", "criteria": "between", "minimum": earliest, "maximum": latest},
            "text": {"validate": "length", "criteria": "<=", "value": layout.MAX_TEXT},
        }
        return {
            **conditions[rule],
            "input_title": column.heading[:32],
            "input_message": advice,
            "error_title": "Chưa đúng",
            "error_message": alert,
        }

    def _page(self) -> None:
        sheet, last = self.sheet, selfcheck.last_row(self.copy) - 1
        sheet.set_landscape()
        set_page(sheet)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADING_ROW - 1)
        sheet.print_area(0, 0, last, self.last_column)
        if self.copy.lines:
            sheet.autofilter(HEADING_ROW - 1, 0, last, self.last_column)
            # Task numbers and texts that look like numbers are texts: no green corner asks to convert them.
            sheet.ignore_errors({"number_stored_as_text": f"A1:{column_letter(self.last_column + 1)}{last + 1}"})
        self._colour_checks(last)

    def _colour_checks(self, last: int) -> None:
        """Show what Kiểm tra understood in green, and what it finds wrong in red."""
        red = self.book.add_format({"font_color": "#C92A2A", "bold": True})
        green = self.book.add_format({"font_color": "#2B8A3E"})
        letter = selfcheck.letters(self.copy)["check"]
        top = f"{letter}{HEADING_ROW + 1}"
        span = f"{top}:{letter}{last + 1}"
        waiting = (selfcheck.NOT_FILLED, selfcheck.COMPUTED, selfcheck.SETTLED)
        quiet = ",".join(f'{top}="{words}"' for words in ("", *waiting))
        good = f'OR(LEFT({top},2)="{selfcheck.GOOD}",LEFT({top},1)="{selfcheck.ECHO}")'
        for criteria, style in ((f"={good}", green), (f"=NOT(OR({quiet},{good}))", red)):
            self.sheet.conditional_format(span, {"type": "formula", "criteria": criteria, "format": style})


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Return the first and last of each run of following numbers: [1, 2, 3, 7] is [(1, 3), (7, 7)]."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
