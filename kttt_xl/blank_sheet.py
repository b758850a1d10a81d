"""The form's sheet of a blank copy: its rows are formulas that show what the chosen agency has in the chosen period."""

from typing import Any

import xlsxwriter

from kttt_xl import choosing
from kttt_xl.cells import address
from kttt_xl.cover import FAINT_INPUT, INPUT, LOCKED, SECTION
from kttt_xl.form_sheet import FormSheet, row_height
from kttt_xl.layout import HEADING_ROW, Column, Copy, Line
from kttt_xl.model import COORDINATING
from kttt_xl.offer import Offer
from kttt_xl.selfcheck import Formula, last_row, letters

_TITLE_ROWS = (2, 3)  # of the two lines that name agency and period, counted from 0


class BlankSheet(FormSheet):
    """Writes a form whose rows depend on the choice (tasks), or whose period columns and last figures do."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Any, copy: Copy, offer: Offer) -> None:
        """Take the form before anything is chosen, and what may be."""
        super().__init__(book, sheet, copy)
        self.offer = offer
        self.heights = self._heights() if copy.kind == "tasks" else ()

    def _heights(self) -> tuple[float, ...]:
        """Return the height of each place for a row: that of the tallest row any choice puts there."""
        of_line = [row_height(self.copy, line) for line in self.offer.lines]
        tallest = [0.0] * len(self.copy.lines)
        for rows in self.offer.lists:
            for at, number in enumerate(rows):
                tallest[at] = max(tallest[at], of_line[number])
        return tuple(tallest)

    def _title(self) -> None:
        super()._title()
        for row, formula in zip(_TITLE_ROWS, choosing.title_texts(), strict=True):
            del self.fixed[address(row + 1, 2)]
            self._formula(row, 1, formula, text_wrap=False, bold=row == _TITLE_ROWS[0])

    def _headings(self) -> None:
        super()._headings()
        figures = [number for number, column in enumerate(self.copy.columns) if column.rule == "figure"]
        for order, number in enumerate(figures if choosing.moving(self.offer) else (), start=1):
            del self.fixed[address(HEADING_ROW, number + 1)]
            style = {"bold": True, "align": "center", "valign": "vcenter", "border": 1, "bg_color": "#FFE8A1"}
            self._formula(HEADING_ROW - 1, number, choosing.heading(order), **style)

    def _formula(self, row: int, column: int, formula: Formula, **look: Any) -> None:
        self.sheet.write_formula(row, column, formula.text, self.format(**look), formula.cached)

    def _line(self, line: Line, row: int) -> None:
        slot = row - HEADING_ROW + 1
        if self.copy.kind == "stats":
            super()._line(line, row)
            at = next(number for number, column in enumerate(self.copy.columns) if column.field == "previous")
            look = {"border": 1, "bg_color": LOCKED, "num_format": "#,##0.00##"}
            self._formula(row, at, choosing.cell(self.copy.columns[at], slot), **look)
            return
        self.sheet.set_row(row, self.heights[slot - 1])
        for number, column in enumerate(self.copy.columns):
            if column.rule:
                self.sheet.write_blank(row, number, None, self._bare_input(column.rule))
            elif column.formula:
                self._formula(row, number, choosing.check(self.copy, slot), italic=True)
            else:
                dated = {"num_format": "dd/mm/yyyy"} if column.field == "due" else {}
                self._formula(row, number, choosing.cell(column, slot), **dated)

    def _bare_input(self, rule: str) -> Any:
        """Return the look of an input cell before its row shows anything: colour and border come with the row."""
        kept = {name: value for name, value in self.input_look(rule).items() if name not in {"border", "bg_color"}}
        return self.format(**kept)

    def _validation(self, column: Column, rule: str, row: int) -> dict[str, Any]:
        """Let nothing be typed before the choice is confirmed, nor where no row is shown."""
        options = super()._validation(column, rule, row)
        ready = choosing.ready(row + 1)
        if options["validate"] == "list":
            options["source"] = f"=IF({ready},{column.choices},{choosing.FIRST_STEP})"
        elif options["validate"] == "length":
            options["value"] = f"=IF({ready},{options['value']},0)"
        elif options["validate"] == "date":
            options["minimum"], options["maximum"] = choosing.dates(row + 1)
        else:
            low, high = options.get("minimum", 0), options.get("maximum", 10**12)
            bounds = {"minimum": f"=IF({ready},{low:.0f},1)", "maximum": f"=IF({ready},{high:.0f},0)"}
            options |= {"criteria": "between", "value": None, **bounds}
        options["error_message"] = f"{options['error_message']} {_FIRST}"
        if column.rule == "figure" and choosing.moving(self.offer):
            options["input_title"] = "Số liệu"  # the heading names the period that is chosen
        return options

    def _page(self) -> None:
        super()._page()
        if self.copy.kind == "tasks":
            self._colour_rows()
        else:
            at, top = letters(self.copy)["previous"], HEADING_ROW + 1
            whole = {"type": "formula", "criteria": f"=AND(ISNUMBER({at}{top}),INT({at}{top})={at}{top})"}
            style = self.book.add_format({"num_format": "#,##0"})
            self.sheet.conditional_format(f"{at}{top}:{at}{last_row(self.copy)}", {**whole, "format": style})

    def _colour_rows(self) -> None:
        """Give a row its colours and borders once it shows something: a section, a task led, a task coordinated."""
        top, bottom, at = HEADING_ROW + 1, last_row(self.copy), letters(self.copy)
        key, title, role = (f"${at[field]}{top}" for field in ("key", "title", "role"))
        areas = {
            f"{at['state']}{top}:{at['proposal']}{bottom}": (
                (f'=AND({key}<>"",{role}="{COORDINATING}")', {"bg_color": FAINT_INPUT, "border": 1}),
                (f'={key}<>""', {"bg_color": INPUT, "border": 1}),
            ),
            # Areas that overlap are coloured otherwise by each program.
            f"B{top}:{at['previous']}{bottom} {at['check']}{top}:{at['check']}{bottom}": (
                (f'={key}<>""', {"bg_color": LOCKED, "border": 1}),
            ),
        }
        section = (f'=AND({key}="",{title}<>"")', {"bold": True, "bg_color": SECTION, "top": 1, "bottom": 1})
        for area, looks in areas.items():
            for criteria, look in (section, *looks):
                options = {"type": "formula", "criteria": criteria, "format": self.book.add_format(look)}
                several = {"multi_range": area} if " " in area else {}
                self.sheet.conditional_format(area.split()[0], {**options, **several, "stop_if_true": True})


_FIRST = "Trước đó phải chọn và xác nhận đơn vị, kỳ ở trang Hướng dẫn."
