"""Plain values -> sheets in the house style: Times New Roman, tables with frozen headings, print set-up.

Every text goes in as a string, whatever it looks like; the only links are to rows of the same workbook.
"""

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kttt_xl.cells import column_letter
from kttt_xl.cover import FONT, INPUT, SECTION, protect, set_page
from kttt_xl.inert import quote
from kttt_xl.model import Value

RED, AMBER, GREEN = "#C92A2A", "#B35900", "#2B8A3E"

_LONGEST = 32_767  # UTF-16 units in a cell, Excel's limit
_CUT = " … (đã cắt bớt; toàn văn ở tệp nguồn)"
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML part can hold these
# xlsxwriter writes an empty text beside a formula as no value at all, which a program may show as 0.
_UNSEEN = {"num_format": "#,##0;-#,##0;;@"}
_NAMED_CELL = re.compile(r"\[(@?)([^\[\]]+)\]")
_DAY_0 = date(1899, 12, 30)  # of Excel, from March 1900 on
_TALLEST = 409  # points in a row, Excel's limit
_LETTERS = 1.1  # letters of a running text in the width of one digit
_NARROW = 14  # characters; texts in columns up to this width are centred
_HEADING = {"bold": True, "align": "center", "valign": "vcenter", "border": 1, "bg_color": SECTION}


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a row (1-based) of another sheet of this workbook."""

    text: str
    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A whole number that says what it counts, such as "18 lượt": words with {} for the number."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Computed:
    """A formula with its value as computed here, which is written beside it: Protected View and phones show that.

    In a table, "[@Hạn]" is the cell of the row below that heading, "[Hạn]" the whole column, as in Excel's tables.
    """

    formula: str
    value: Value | int


@dataclass(frozen=True, slots=True)
class Input:
    """An unlocked cell, to be filled in by an officer, with what stands in it now; as_text keeps "1/2" a text."""

    value: Value = None
    as_text: bool = True
    percent: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """What Excel tells and offers an officer in an input cell: a message, and a list of words or of a named range."""

    message: str
    choices: tuple[str, ...] | str = ()


Shown = Value | int | Link | Counted | Computed | Input
Row = tuple[Shown, ...]
Columns = Mapping[str, float]  # heading: width in characters


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet that is one table: title, columns, rows; frozen columns, and those coloured by their words.

    The last columns may be hidden: what formulas rest on. remark stands above the headings of a table without facts.
    advice is for the input cells below a heading, or beside the label of a fact. stays: the headings stay in sight.
    """

    title: str
    columns: Columns
    rows: Iterable[Row]
    frozen: int = 0
    coloured: tuple[str, ...] = ()
    facts: tuple[tuple[str, str | Input], ...] = ()  # label and text, one a row above the headings
    hidden: int = 0
    remark: Computed | None = None
    advice: Mapping[str, Advice] = field(default_factory=dict)
    stays: bool = True

    @property
    def top(self) -> int:
        """Return the heading row, 0-based: title, subtitle, facts and an empty row stand above."""
        return 3 + len(self.facts)

    def column(self, heading: str, sheet: str, count: int) -> str:
        """Return the address of the cells below a heading, for formulas on other sheets; count is of the rows."""
        return f"'{sheet}'!{_span(self.columns, heading, self.top + 1, self.top + count)}"


def _placed(value: Shown, columns: Columns, row: int, rows: tuple[int, int]) -> Shown:
    """Return a formula with the addresses of the cells it names, in a row of the table's rows, 0-based."""
    if not isinstance(value, Computed):
        return value

    def place(found: re.Match[str]) -> str:
        if found[1]:
            return f"{column_letter(list(columns).index(found[2]) + 1)}{row + 1}"
        return _span(columns, found[2], *rows)

    return Computed(_NAMED_CELL.sub(place, value.formula), value.value)


def _span(columns: Columns, heading: str, first: int, last: int) -> str:
    """Return the cells below a heading, rows 0-based."""
    letter = column_letter(list(columns).index(heading) + 1)
    return f"${letter}${first + 1}:${letter}${last + 1}"


def writable(text: str) -> str:
    """Return the text as a cell can hold it: no character that XML cannot, not longer than Excel allows, which it says.

    xlsxwriter drops a longer text without a word.
    """
    kept = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    units = kept.encode("utf-16-le")
    if len(units) <= 2 * _LONGEST:
        return kept
    return units[: 2 * (_LONGEST - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


def number_format(value: Decimal | int) -> str:
    """Return the number format that shows a value whole; of one with more than four decimals, as computed, two."""
    exponent = Decimal(value).normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 0
    if places <= 0:
        return "#,##0"
    if places > 4 and abs(Decimal(value)) < Decimal("0.01"):
        return "General"
    return "#,##0." + "0" * (places if places <= 4 else 2)


def _shape(value: Value | int) -> dict[str, Any]:
    """Return the number format and the place in the cell of a value."""
    if isinstance(value, date):
        return {"num_format": "dd/mm/yyyy", "align": "center"}
    if isinstance(value, int):
        return {"num_format": number_format(value), "align": "center"}
    if isinstance(value, Decimal):
        return {"num_format": number_format(value), "align": "right", "indent": 1}
    return {}


def height(texts: Iterable[Shown], widths: Iterable[float]) -> float:
    """Return the points a row needs for its wrapped texts: programs other than Excel do not fit rows on opening."""
    told = (value.value if isinstance(value, Computed | Input) else value for value in texts)
    shown = (value.text if isinstance(value, Link) else value for value in told)
    lines = (_lines(value, width) for value, width in zip(shown, widths, strict=True))
    return min(_TALLEST, 15.0 * max(1, *lines) + 3)


@lru_cache(maxsize=4096)  # the plan's texts come again for every agency
def _lines(value: Value | int | Counted, width: float) -> int:
    if not isinstance(value, str):
        return 1
    room = max(3, int(width * _LETTERS) - 1)
    return sum(1 if len(line) <= room else len(textwrap.wrap(line, room)) for line in value.split("\n"))


def _input_look(value: Input) -> dict[str, Any]:
    """Return the look of an input cell: a text stays the text that was typed, a percent shows as one."""
    look: dict[str, Any] = {"locked": False, "bg_color": INPUT, "border": 1, "align": "left"}
    if value.percent:
        return look | {"num_format": "0.################%"}
    if not value.as_text and isinstance(value.value, Decimal):
        return look | {"num_format": "General"}
    return look | {"num_format": "@"} if value.as_text else look


class Paper:
    """Writes into the sheets of one workbook; every format is made once."""

    def __init__(self, book: Any, subtitle: str, tones: Mapping[str, str]) -> None:
        """Take the xlsxwriter workbook, the line under every table's title, and colours by a cell's first words."""
        self.book, self.subtitle = book, subtitle
        self.styles: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.tones = {word: book.add_format({"font_color": tone, "bold": tone == RED}) for word, tone in tones.items()}

    def style(self, **look: Any) -> Any:
        """Return the format of the house style with these properties."""
        key = tuple(sorted(look.items()))
        if key not in self.styles:
            self.styles[key] = self.book.add_format(FONT | look)
        return self.styles[key]

    def put(self, sheet: Any, row: int, column: int, value: Shown, **look: Any) -> None:
        """Write one value as what it is; a text that a spreadsheet could take for a formula keeps its quote prefix."""
        if isinstance(value, Input):
            self.put(sheet, row, column, value.value, **(look | _input_look(value)))
        elif value is None or value == "":
            sheet.write_blank(row, column, None, self.style(**look))
        elif isinstance(value, Computed):
            cached = (value.value - _DAY_0).days if isinstance(value.value, date) else value.value
            place = _UNSEEN if cached == "" else _shape(value.value)
            number = float(cached) if isinstance(cached, Decimal) else cached
            sheet.write_formula(row, column, value.formula, self.style(**(place | look)), number)
        elif isinstance(value, Link):
            target = f"internal:'{value.sheet}'!A{value.row}"
            sheet.write_url(row, column, target, self.style(font_color="#0563C1", underline=1, **look), value.text)
        elif isinstance(value, Counted):
            words = value.words.split("{}")
            shape = "#,##0".join(f'"{text}"' if text else "" for text in words)
            sheet.write_number(row, column, value.number, self.style(num_format=shape, align="center", **look))
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, self.style(**(_shape(value) | look)))
        elif isinstance(value, str):
            text = writable(value)
            sheet.write_string(row, column, text, self.style(**look, **quote(text)))
        else:
            sheet.write_number(row, column, float(value), self.style(**(_shape(value) | look)))

    def wide(
        self, sheet: Any, row: int, text: str | Input, columns: tuple[int, int], width: float, **look: Any
    ) -> None:
        """Write a text over merged columns, first and last, width characters together; set the row's height."""
        under = _input_look(text) if isinstance(text, Input) else {}
        sheet.merge_range(row, columns[0], row, columns[1], "", self.style(**(look | under)))
        self.put(sheet, row, columns[0], text, **look)
        # Merged cells never grow by themselves.
        sheet.set_row(row, height((text,), (width,)) * look.get("font_size", 11) / 11)

    def table(self, sheet: Any, top: int, columns: Columns, rows: Iterable[Row], hidden: int = 0) -> int:
        """Write headings at row top (0-based) and the rows below, the last columns hidden; return the last row written.

        Hidden columns make no row higher.
        """
        widths, body, seen = tuple(columns.values()), list(rows), len(columns) - hidden
        sheet.set_row(top, height(list(columns)[:seen], (width - 1 for width in widths[:seen])))
        for at, heading in enumerate(columns):
            self.put(sheet, top, at, heading, **_HEADING)
        bottom = top
        for bottom, row in enumerate(body, start=top + 1):
            sheet.set_row(bottom, height(row[:seen], widths[:seen]))
            for at, (value, width) in enumerate(zip(row, widths, strict=True)):
                text = value.value if isinstance(value, Computed) else value
                centred = {"align": "center"} if isinstance(text, str) and width <= _NARROW else {}
                placed = _placed(value, columns, bottom, (top + 1, top + len(body)))
                self.put(sheet, bottom, at, placed, border=1, **centred)
        return bottom

    def page(self, sheet: Any, table: Table) -> int:
        """Write a sheet that is one table, with its print set-up: A4 landscape, headings on every page.

        Returns the last row written, 0-based.
        """
        last = len(table.columns) - 1
        for at, width in enumerate(table.columns.values()):
            sheet.set_column(at, at, width, None, {"hidden": at > last - table.hidden})
        self.put(sheet, 0, 0, table.title, bold=True, font_size=14, text_wrap=False)
        self.put(sheet, 1, 0, self.subtitle, italic=True, text_wrap=False)
        sheet.set_row(0, 21)
        for row, (label, text) in enumerate(table.facts, start=2):
            self.wide(sheet, row, text, (1, last), sum(table.columns.values()) - next(iter(table.columns.values())))
            self.put(sheet, row, 0, label, bold=True)
            self._advise(sheet, (row, 1, row, 1), label, table.advice)
        if table.remark:
            self.put(sheet, table.top - 1, 0, table.remark, bold=True, font_color=RED, text_wrap=False)
        bottom = self.table(sheet, table.top, table.columns, table.rows, table.hidden)
        self._advise_below(sheet, table, table.top, bottom)
        if bottom > table.top:
            sheet.autofilter(table.top, 0, bottom, last)
            self._tint(sheet, table, table.top, bottom)
        else:
            self.put(sheet, bottom + 1, 0, "(không có)", italic=True, text_wrap=False)
        sheet.freeze_panes(table.top + 1 if table.stays else 0, table.frozen)
        sheet.repeat_rows(table.top)
        sheet.ignore_errors({"number_stored_as_text": f"A1:{column_letter(last + 1)}{bottom + 1}"})
        sheet.set_landscape()
        set_page(sheet)
        sheet.fit_to_pages(1, 0)
        protect(sheet)
        return bottom

    def below(self, sheet: Any, bottom: int, table: Table) -> int:
        """Write another table, its title and facts above, below the row bottom, in the widths the sheet has already.

        Returns the last row written, 0-based.
        """
        self.put(sheet, bottom + 2, 0, table.title, bold=True, text_wrap=False)
        row = bottom + 2
        for row, (label, text) in enumerate(table.facts, start=bottom + 3):
            self.put(sheet, row, 0, f"{label}{text}", italic=True, text_wrap=False)
        end = self.table(sheet, row + 1, table.columns, table.rows)
        self._advise_below(sheet, table, row + 1, end)
        self._tint(sheet, table, row + 1, end)
        return end

    def _advise_below(self, sheet: Any, table: Table, top: int, bottom: int) -> None:
        for at, heading in enumerate(table.columns):
            if bottom > top:
                self._advise(sheet, (top + 1, at, bottom, at), heading, table.advice)

    def _advise(self, sheet: Any, cells: tuple[int, int, int, int], heading: str, known: Mapping[str, Advice]) -> None:
        """Give the cells (first row and column, last row and column, 0-based) the advice for a heading, if any."""
        advice = known.get(heading)
        if advice is None:
            return
        choices = advice.choices if isinstance(advice.choices, str) else list(advice.choices)
        kind = {"validate": "list", "source": choices} if choices else {"validate": "any"}
        told = {"input_title": heading, "input_message": advice.message}
        wrong = {"error_title": "Chưa đúng", "error_message": "Chọn trong danh sách, hoặc để trống."} if choices else {}
        sheet.data_validation(*cells, {**kind, **told, **wrong})

    def _tint(self, sheet: Any, table: Table, top: int, bottom: int) -> None:
        for at, heading in enumerate(table.columns):
            if heading in table.coloured:
                for word, style in self.tones.items():
                    rule = {"type": "text", "criteria": "begins with", "value": word, "format": style}
                    sheet.conditional_format(top + 1, at, bottom, at, rule | {"stop_if_true": True})
