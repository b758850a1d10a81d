"""A package -> the cells of its sheets, each with address, value and formula, in one pass over each part.

Sparse: time and memory follow what is written in a sheet, never where it stands. Nothing is guessed: an index
without a string, a number that is none, a cell that stands twice refuse the whole copy.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from kttt_xl.cells import Cell, address
from kttt_xl.errors import CopyRefused
from kttt_xl.gate import DEFAULT_LIMITS, Limits, Package, main_part
from kttt_xl.ooxml import (
    Relationship,
    check_root,
    each_element,
    feed,
    index,
    moment,
    new_parser,
    own_names,
    relationships,
    rich_text,
    shared_strings,
    shown,
    stored_number,
    style_formats,
    unescape,
)

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384  # Excel's grid
_RELATIONSHIP_IDS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
_STATES = frozenset({"visible", "hidden", "veryHidden"})
_TRUE = frozenset({"1", "true", "on"})
_BOOLEANS = MappingProxyType({"1": True, "true": True, "0": False, "false": False})
_REFERENCE = re.compile("([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_ISO_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?)?)Z?")
_ARRAYS = frozenset({"array", "dataTable"})  # of <f t="…">: one formula fills a range
_WORDS = ("c", "row", "v", "f", "is", "t", "rPh", "sheetData")
_BATCH = 500  # events understood at a time: short lists stay in the processor's cache
_MOST_EVENTS = 1_000_000  # of one row: 16,384 cells make a tenth of it

_Value = str | Decimal | datetime | bool | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: name, state (visible, hidden, veryHidden), and its cells with a value or a formula by (row, column).

    out_of_order: rows stand in another order in the file; programs that stream would misplace them.
    """

    name: str
    state: str
    cells: Mapping[tuple[int, int], Cell]
    out_of_order: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a workbook in the order of their tabs, and whether it refers to other workbooks."""

    sheets: tuple[Sheet, ...]
    external_links: bool


@dataclass(frozen=True, slots=True)
class _Tables:
    """What the sheets share: strings and what styles show, by index as written; and where dates begin.

    The style None is that of a cell without one.
    """

    strings: Mapping[str, str]
    shows: Mapping[str | None, str]
    date1904: bool


def read_workbook(package: Package, limits: Limits = DEFAULT_LIMITS) -> Workbook:
    """Read every sheet of a package; CopyRefused, and nothing else, when something in it cannot be relied on.

    Numbers are what was typed: 1.1 is stored as 1.1000000000000001 and comes back as Decimal("1.1"). A number whose
    format shows a date is a datetime, unless the calendar has no such day. Chart sheets have no cells.
    Source: ECMA-376 part 1, 18.2-18.4 and 18.8; reliability.md, section 0 (what other readers lose).
    """
    main = main_part(package, limits)
    folder, _, name = main.rpartition("/")
    rels = posixpath.join(folder, "_rels", name + ".rels")
    links = relationships(package.part(rels), rels, limits.relationships)
    entries, date1904 = _sheet_entries(package.part(main), main, limits)
    tables = _read_tables(package, links, limits, date1904=date1904)
    sheets: list[Sheet] = []
    read: set[str] = set()
    room = limits.cells
    for title, state, key in entries:
        link = links.get(key)
        if link is None or link.word not in {"worksheet", "chartsheet"}:
            raise CopyRefused("damaged-file", f"trang «{shown(title)}» không có dữ liệu trong tệp")
        if link.external or link.target.casefold() in read:
            raise CopyRefused("unsafe-file", f"trang «{shown(title)}» lấy dữ liệu của trang khác hoặc tệp khác")
        read.add(link.target.casefold())
        reader = _SheetReader(title, tables, limits, room)
        if link.word == "worksheet":
            reader.read(package.part(link.target), link.target)
            room -= len(reader.cells)
        sheets.append(Sheet(title, state, reader.cells, reader.out_of_order))
    return Workbook(tuple(sheets), any(link.word == "externalLink" for link in links.values()))


def _sheet_entries(content: bytes, part: str, limits: Limits) -> tuple[list[tuple[str, str, str]], bool]:
    """Return name, state and relationship id of each sheet, and whether dates count from 1904."""
    entries: list[tuple[str, str, str]] = []
    flags: set[str] = set()

    def visit(element: str, attributes: dict[str, str]) -> None:
        if element == "workbookPr":
            flags.add(attributes.get("date1904", ""))
        elif element == "sheet":
            key = next((attributes[name] for name in _RELATIONSHIP_IDS if name in attributes), "")
            entries.append((unescape(attributes.get("name", "")), attributes.get("state", "visible"), key))
            if len(entries) > limits.sheets:
                raise CopyRefused("too-large", f"hơn {limits.sheets} trang tính", f"{limits.sheets} trang tính")

    each_element(content, part, "workbook", visit)
    names = {name.casefold() for name, _, _ in entries}
    if not entries or "" in names or any(state not in _STATES for _, state, _ in entries):
        raise CopyRefused("damaged-file", "danh sách trang tính hỏng")
    if len(names) != len(entries):
        raise CopyRefused("unsafe-file", "hai trang tính trùng tên")
    return entries, bool(flags & _TRUE)


def _read_tables(package: Package, links: Mapping[str, Relationship], limits: Limits, *, date1904: bool) -> _Tables:
    """Read the parts that the sheets share; a workbook without texts, or without styles, may lack them."""
    found: dict[str, str] = {}
    for link in links.values():
        if link.word in {"sharedStrings", "styles"} and not link.external:
            if link.word in found:
                raise CopyRefused("unsafe-file", f"hai phần {link.word} trong một sổ tính")
            found[link.word] = link.target
    strings, shows = list[str](), list[str]()
    if part := found.get("sharedStrings"):
        strings = shared_strings(package.part(part), part, limits.cells, limits.text)
    if part := found.get("styles"):
        shows = style_formats(package.part(part), part, limits.styles)
    by_style: dict[str | None, str] = dict(zip(map(str, range(len(shows))), shows, strict=True))
    by_style[None] = by_style.get("0", "number")
    return _Tables(dict(zip(map(str, range(len(strings))), strings, strict=True)), by_style, date1904)


class _SheetReader:
    """Reads one sheet part into cells.

    A call from the parser costs more than all else. So only beginnings of elements call; ends and texts go into
    events without one, and cells are understood afterwards, some rows at a time. In events stand, in order: names
    (the parser's own objects, so that "is" tells them from any text) where an element begins and where it ends; the
    attributes instead of the name where a cell begins, and after the name where a row begins; texts.
    """

    def __init__(self, title: str, tables: _Tables, limits: Limits, room: int) -> None:
        self.title, self.tables, self.limits, self.room = title, tables, limits, room
        self.cells: dict[tuple[int, int], Cell] = {}
        self.out_of_order = False
        self.row = 0
        self.rows = bytearray(_LAST_ROW + 1)  # 1 when the row was there
        self.data = 0  # how often <sheetData> began or ended
        self.arrays: list[str] = []
        self.events: list[Any] = []
        self.names: tuple[str, ...] = ()  # of _WORDS, in the namespace of the sheet
        self.parser = new_parser()

    def read(self, content: bytes, part: str) -> None:
        """Read the part; CopyRefused when anything in it is broken, double or out of bounds."""
        events, append = self.events, self.events.append
        c = row = v = f = ""

        def start(name: str, attributes: dict[str, str]) -> None:
            if name is c:
                append(attributes)
            elif name is v:
                append(name)
            elif name is row:
                if len(events) > _BATCH:
                    self.take()
                append(name)
                append(attributes)
            else:
                append(name)
                if name is f and attributes.get("t") in _ARRAYS:
                    self.arrays.append(attributes.get("ref", ""))

        def first(name: str, _: object) -> None:
            nonlocal c, row, v, f
            prefix = check_root(name, part, "worksheet") + " "
            self.names = own_names(self.parser, *(prefix + word for word in _WORDS))
            c, row, v, f = self.names[:4]
            self.parser.StartElementHandler = start

        self.parser.StartElementHandler = first
        self.parser.EndElementHandler = self.parser.CharacterDataHandler = append
        feed(self.parser, content, part, self.relieve)
        self.take()
        if self.data != 2:
            raise self.refused("damaged-file", "không có, hoặc có hai bảng ô")
        self.mark_arrays()

    def relieve(self) -> None:
        """Keep events short where there are no rows, and refuse a row without end."""
        if len(self.events) > _MOST_EVENTS:
            self.take()

    def take(self) -> None:
        """Understand the events so far, and put the cells that have a value or a formula into cells."""
        strings, shows, limits = self.tables.strings, self.tables.shows, self.limits
        most_row, most_column = limits.row, limits.column
        for row, column, attributes, text, formula in self.found():
            if row > most_row or column > most_column:
                raise self.refused("unsafe-file", f"ô {address(row, column)} có dữ liệu ở quá xa biểu mẫu")
            string = strings.get(text) if attributes.get("t") == "s" else None
            if string and attributes.get("s") in shows:
                self.cells[row, column] = Cell(row, column, "text", string, formula)
            else:
                self.keep(row, column, attributes, text, formula)
        self.events.clear()

    def found(self) -> Iterator[tuple[int, int, dict[str, str], str, str]]:
        """Yield row, column, attributes, text of the value and formula of each cell that has one of the last two."""
        events = self.events
        size = len(events)
        events += [""] * 4  # so that looking ahead needs no care
        c, row_name, v, *_, data = self.names
        row, row_text, cut = self.row, str(self.row), -len(str(self.row))
        column = place = 0
        while place < size:
            event = events[place]
            place += 1
            if isinstance(event, dict):
                reference = event.get("r", "")
                before, column = column, _column(reference[:cut])
                if column <= before or not reference.endswith(row_text):
                    column = self.place(reference, before)
                if events[place] is c:
                    place += 1
                elif events[place] is v and events[place + 2] is v and events[place + 3] is c:
                    yield row, column, event, events[place + 1], ""
                    place += 4
                else:
                    text, formula, place = self.unravel(column, event, place, size)
                    if text or formula:
                        yield row, column, event, text, formula
            elif event is row_name and isinstance(events[place], dict):
                row, column = self.start_row(events[place].get("r", "")), 0
                row_text, cut = str(row), -len(str(row))
                place += 1
            elif event is data:
                self.data += 1

    def start_row(self, text: str) -> int:
        row = index(text) if text else self.row + 1
        if not 0 < row <= _LAST_ROW or self.rows[row] or self.data != 1:
            raise self.refused("unsafe-file", f"dòng {shown(text) or row} lặp lại hoặc ngoài bảng ô")
        self.rows[row] = 1
        self.out_of_order = self.out_of_order or row < self.row
        self.row = row
        if len(self.cells) > self.room:
            raise self.refused("too-large", "đã quá số ô có dữ liệu", f"{self.limits.cells} ô")
        return row

    def place(self, reference: str, before: int) -> int:
        """Return the column of a cell whose reference is missing or not plain; refuse the impossible."""
        if reference:
            found = _REFERENCE.fullmatch(reference)
            column = _column(found[1].upper()) if found and int(found[2]) == self.row else 0
        else:
            column = before + 1 if self.row and before < _LAST_COLUMN else 0
        if not column:
            raise self.refused("unsafe-file", f"dòng {self.row} có ô ghi địa chỉ «{shown(reference)}»")
        if column <= before:
            raise self.refused("unsafe-file", f"ô {shown(reference)} lặp lại hoặc sai thứ tự trong dòng")
        return column

    def unravel(self, column: int, attributes: dict[str, str], place: int, size: int) -> tuple[str, str, int]:
        """Return value, formula and end of a cell that has more, or less, than one plain value."""
        c, _, v, f, inline, t, rph, _ = self.names
        here = f"ô {address(self.row, column)}"
        inner: dict[str, list[Any]] = {}
        name = ""
        begin = place
        while place < size:
            event = self.events[place]
            place += 1
            if name:
                if event is name:
                    inner[name], name = self.events[begin : place - 1], ""
            elif event is c:
                break
            elif event is v or event is f or event is inline:
                if event in inner:
                    raise self.refused("unsafe-file", f"{here} có hai giá trị")
                name, begin = event, place
            elif isinstance(event, dict) or event.strip():
                raise self.refused("damaged-file", f"{here} có phần lạ bên trong")
        else:
            raise self.refused("damaged-file", f"{here} không kết thúc")
        formula = self.plain(inner[f], here) or "?" if f in inner else ""
        if inline not in inner:
            return self.plain(inner.get(v, []), here), formula, place
        if v in inner or attributes.get("t") != "inlineStr":
            raise self.refused("unsafe-file", f"{here} có hai giá trị, hoặc có chữ nhưng ghi kiểu khác")
        return rich_text(inner[inline], t, rph, self.parser.intern), formula, place

    def plain(self, events: list[Any], here: str) -> str:
        """Return the text inside a <v> or <f>, where nothing else may stand."""
        if any(isinstance(event, dict) or self.parser.intern.get(event) is event for event in events):
            raise self.refused("damaged-file", f"{here} có phần lạ bên trong")
        return "".join(events)

    def keep(self, row: int, column: int, attributes: dict[str, str], text: str, formula: str) -> None:
        """Put a cell into cells; a text of no length is no value."""
        kind, shows = attributes.get("t", "n"), self.tables.shows.get(attributes.get("s"))
        value: _Value = ""
        if not text:
            kind = "text"
        elif kind == "s":
            kind, value = "text", self.tables.strings.get(text)
        elif kind == "n":
            kind, value = self.number(text, shows)
        else:
            kind, value = self.other(kind, text)
        if value is None or shows is None:
            what = f"«{shown(text)}»" if value is None else f"kiểu số {shown(attributes['s'])}"
            raise self.refused("damaged-file", f"ô {address(row, column)} ghi {what}, không đọc được")
        if value != "" or formula:
            percent = kind == "number" and shows == "percent"
            self.cells[row, column] = Cell(row, column, kind, value, formula, percent)

    def number(self, text: str, shows: str | None) -> tuple[str, _Value]:
        try:
            number = stored_number(text)
        except ValueError:
            return "number", None
        time = moment(float(number), date1904=self.tables.date1904) if shows == "date" else None
        return ("date", time) if time else ("number", number)

    def other(self, kind: str, text: str) -> tuple[str, _Value]:
        """Return kind and value of a cell that is neither number nor shared string, None for what cannot be."""
        if kind in {"str", "inlineStr"}:
            text = unescape(text)
            if len(text) > self.limits.text:
                raise self.refused("too-large", f"một ô có {len(text)} ký tự", f"{self.limits.text} ký tự")
            return "text", text
        if kind == "e":
            return "error", text
        if kind == "b":
            return "boolean", _BOOLEANS.get(text)
        date = _ISO_DATE.fullmatch(text) if kind == "d" else None
        try:
            return "date", datetime.fromisoformat(date[1]) if date else None
        except ValueError:
            return "date", None

    def mark_arrays(self) -> None:
        """Mark the other cells of array formulas: only the first holds the formula, and none was typed."""
        area = 0
        for reference in self.arrays:
            first, _, last = reference.partition(":")
            begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last or first)
            if begin is None or end is None:
                raise self.refused("damaged-file", f"công thức mảng ở «{shown(reference)}»")
            rows = range(int(begin[2]), min(int(end[2]), self.limits.row) + 1)
            columns = range(_column(begin[1]), min(_column(end[1]), self.limits.column) + 1)
            area += len(rows) * len(columns)
            if area > self.limits.cells:
                raise self.refused("too-large", "công thức mảng quá rộng", f"{self.limits.cells} ô")
            for place in ((row, column) for row in rows for column in columns):
                cell = self.cells.get(place)
                if cell and not cell.formula:
                    self.cells[place] = replace(cell, formula="?")

    def refused(self, code: str, found: str, expected: str = "") -> CopyRefused:
        return CopyRefused(code, f"trang «{shown(self.title)}», {found}", expected)


@lru_cache(maxsize=_LAST_COLUMN)
def _column(letters: str) -> int:
    """Return the number of a column, 1-based; 0 when these are not the capital letters of one."""
    if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3):
        return 0
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number if number <= _LAST_COLUMN else 0
