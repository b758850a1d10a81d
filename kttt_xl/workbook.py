"""A package -> the cells of its sheets, each with address, value and formula, in one pass over each part.

Sparse: time and memory follow what is written in a sheet, never where it stands. Nothing is guessed: an index
without a string, a number that is none, a cell that stands twice refuse the whole copy.
"""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache, partial
from types import MappingProxyType

from kttt_xl.cells import Cell, address
from kttt_xl.errors import CopyRefused
from kttt_xl.gate import DEFAULT_LIMITS, Limits, Package, main_part
from kttt_xl.ooxml import (
    Relationship,
    check_root,
    each_element,
    feed,
    format_shows,
    index,
    moment,
    new_parser,
    relationships,
    rich_text,
    shown,
    stored_number,
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
_KINDS = frozenset({"n", "s", "str", "inlineStr", "b", "e", "d"})  # of <c t="…">
_REFERENCE = re.compile("([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_ISO_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?)?)Z?")
_STYLE_SECTIONS = frozenset(
    {"numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles"}
)

_Value = str | Decimal | datetime | bool


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
    """What the sheets share: strings, what a cell's attributes mean (kind, number format), where dates begin."""

    strings: Sequence[str]
    meaning: Callable[[tuple[str, ...]], tuple[str, str]]
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
    strings, styles = _target(links, "sharedStrings"), _target(links, "styles")
    formats = _read_formats(package.part(styles), styles, limits) if styles else []
    tables = _Tables(
        _read_strings(package.part(strings), strings, limits) if strings else [],
        cache(partial(_meaning, formats)),
        date1904,
    )
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


def _target(links: Mapping[str, Relationship], word: str) -> str:
    """Return the name of the one part of a kind, "" when there is none."""
    targets = [link.target for link in links.values() if link.word == word and not link.external]
    if len(targets) > 1:
        raise CopyRefused("unsafe-file", f"hai phần {word} trong một sổ tính")
    return targets[0] if targets else ""


def _read_formats(content: bytes, part: str, limits: Limits) -> list[str]:
    """Return what each cell style makes of a number: "number", "percent" or "date"."""
    codes: dict[str, str] = {}
    used: list[str] = []
    section = ""

    def visit(element: str, attributes: dict[str, str]) -> None:
        nonlocal section
        if element in _STYLE_SECTIONS:
            section = element
        elif element == "numFmt" and section == "numFmts":  # a numFmt of dxfs is of a conditional format
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif element == "xf" and section == "cellXfs":
            used.append(attributes.get("numFmtId", "0"))
        if max(len(used), len(codes)) > limits.styles:
            raise CopyRefused("too-large", f"hơn {limits.styles} kiểu ô", f"{limits.styles} kiểu ô")

    each_element(content, part, "styleSheet", visit)
    shows = {format_id: format_shows(format_id, codes) for format_id in set(used)}
    return [shows[format_id] for format_id in used]


def _meaning(formats: Sequence[str], attributes: tuple[str, ...]) -> tuple[str, str]:
    """Return what the attributes of a cell (names and values in turn) say: its type, what its format shows."""
    pairs = _pairs(attributes)
    kind, style = pairs.get("t", "n"), pairs.get("s")
    if kind not in _KINDS:
        raise CopyRefused("damaged-file", f"kiểu ô «{shown(kind)}» không có trong Excel")
    if style is None:
        return kind, formats[0] if formats else "number"
    if not 0 <= index(style) < len(formats):
        raise CopyRefused("damaged-file", f"thiếu kiểu ô số {shown(style)} trong bảng định dạng")
    return kind, formats[index(style)]


def _read_strings(content: bytes, part: str, limits: Limits) -> list[str]:
    """Return the shared strings in order. Ends and texts go into a list without a call; <si> looks at it."""
    texts: list[str] = []
    events: list[str | None] = []
    parser = new_parser()
    t, rph, si = "", "", ""

    def start(name: str, _: object) -> None:
        if name is si:
            take()
        else:
            events.append(name if name is t or name is rph else None)

    def take() -> None:
        if si in events:
            simple = len(events) == 4 and events[0] is t and events[2] is t
            text = unescape(events[1] if simple and events[1] else rich_text(events, t, rph))
            texts.append(text)
            if len(text) > limits.text:
                raise CopyRefused("too-large", f"một ô có {len(text)} ký tự", f"{limits.text} ký tự")
            if len(texts) > limits.cells:
                raise CopyRefused("too-large", f"hơn {limits.cells} chuỗi", f"{limits.cells} chuỗi")
        events.clear()

    def first(name: str, _: object) -> None:
        nonlocal t, rph, si
        prefix = check_root(name, part, "sst") + " "
        t, rph, si = prefix + "t", prefix + "rPh", prefix + "si"
        parser.intern.update({t: t, rph: rph, si: si})
        parser.StartElementHandler = start

    parser.StartElementHandler = first
    parser.EndElementHandler = parser.CharacterDataHandler = events.append
    feed(parser, content, part)
    take()
    return texts


class _SheetReader:
    """Reads one sheet part into cells.

    A call from the parser costs more than all else. So only beginnings of elements call; texts and ends go into
    events without one, and a cell is understood when the next element begins. Names in events are the very objects
    tag_c, tag_v, tag_f (the parser interns them), so no text can be taken for one.
    """

    __slots__ = (
        "arrays", "attributes", "cells", "column", "cut", "events", "formula_attributes", "inline_from", "limits",
        "out_of_order", "parser", "room", "row", "row_text", "rows", "tables", "tag_c", "tag_data", "tag_f", "tag_is",
        "tag_row", "tag_rph", "tag_t", "tag_v", "title",
    )  # fmt: skip

    def __init__(self, title: str, tables: _Tables, limits: Limits, room: int) -> None:
        self.title, self.tables, self.limits, self.room = title, tables, limits, room
        self.cells: dict[tuple[int, int], Cell] = {}
        self.out_of_order = False
        self.rows = bytearray()  # from <sheetData> on one byte a row, 1 when the row was there
        self.row, self.row_text, self.cut = 0, "", 0
        self.column = 0
        self.attributes: list[str] | None = None  # of the cell not understood yet
        self.formula_attributes: list[str] = []
        self.arrays: list[str] = []
        self.events: list[str | None] = []
        self.inline_from = 0
        self.parser = new_parser()

    def read(self, content: bytes, part: str) -> None:
        """Read the part; CopyRefused when anything in it is broken, double or out of bounds."""

        def first(name: str, _: list[str]) -> None:
            prefix = check_root(name, part, "worksheet") + " "
            self.tag_data, self.tag_row, self.tag_c = prefix + "sheetData", prefix + "row", prefix + "c"
            self.tag_v, self.tag_f, self.tag_is = prefix + "v", prefix + "f", prefix + "is"
            self.tag_t, self.tag_rph = prefix + "t", prefix + "rPh"
            tags = (self.tag_data, self.tag_row, self.tag_c, self.tag_v, self.tag_f, self.tag_is)
            self.parser.intern.update({tag: tag for tag in (*tags, self.tag_t, self.tag_rph)})
            self.parser.StartElementHandler = self.start

        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = first
        self.parser.EndElementHandler = self.parser.CharacterDataHandler = self.events.append
        feed(self.parser, content, part)
        self.finish()
        if not self.rows:
            raise CopyRefused("damaged-file", f"trang «{shown(self.title)}» không có bảng ô")
        self.mark_arrays()

    def start(self, name: str, attributes: list[str]) -> None:
        if name is self.tag_c:
            if len(self.events) > 1:
                self.finish()
            else:
                self.events.clear()
            if attributes and attributes[0] == "r":
                reference = attributes[1]
                column = _column(reference[: self.cut])
                if column <= self.column or not reference.endswith(self.row_text):
                    column = self.place(reference)
            else:
                attributes, column = self.unusual(attributes)
            self.column, self.attributes = column, attributes
        elif name is self.tag_v:
            self.events.append(name)
        elif name is self.tag_row:
            self.finish()
            self.start_row(attributes)
        elif name is self.tag_f:
            self.formula_attributes = attributes
            self.events.append(name)
        elif name is self.tag_is:
            self.inline_from = len(self.events)
            self.parser.StartElementHandler, self.parser.EndElementHandler = self.start_inline, self.end_inline
        else:
            self.finish()
            if name is self.tag_data:
                if self.rows:
                    raise self.refused("damaged-file", "hai bảng ô trong một trang")
                self.rows = bytearray(_LAST_ROW + 1)

    def start_row(self, attributes: list[str]) -> None:
        text = attributes[1] if attributes and attributes[0] == "r" else _pairs(attributes).get("r", "")
        row = index(text) if text else self.row + 1
        if not 0 < row < len(self.rows) or self.rows[row]:
            raise self.refused("unsafe-file", f"dòng {shown(text) or row} lặp lại hoặc ngoài khuôn khổ trang tính")
        self.rows[row] = 1
        self.out_of_order = self.out_of_order or row < self.row
        self.row, self.row_text = row, text or str(row)
        self.cut = -len(self.row_text)
        self.column = 0
        if len(self.cells) > self.room:
            raise self.refused("too-large", "đã quá số ô có dữ liệu", f"{self.limits.cells} ô")

    def place(self, reference: str) -> int:
        """Return the column of a cell that is not simply the next one of its row; refuse the impossible."""
        found = _REFERENCE.fullmatch(reference)
        column = _column(found[1].upper()) if found else 0
        if not found or not column or int(found[2]) != self.row:
            raise self.refused("unsafe-file", f"dòng {self.row} có ô ghi địa chỉ «{shown(reference)}»")
        if column <= self.column:
            raise self.refused("unsafe-file", f"ô {shown(reference)} lặp lại hoặc sai thứ tự trong dòng")
        return column

    def unusual(self, attributes: list[str]) -> tuple[list[str], int]:
        """Return the attributes as if "r" stood first, and the column; without "r" it is the next one."""
        pairs = _pairs(attributes)
        reference = pairs.pop("r", "")
        if reference:
            column = self.place(reference)
        elif self.row and self.column < _LAST_COLUMN:
            column = self.column + 1
        else:
            raise self.refused("unsafe-file", f"dòng {self.row} có ô ngoài khuôn khổ trang tính")
        return ["r", reference, *(word for pair in pairs.items() for word in pair)], column

    def start_inline(self, name: str, _: object) -> None:
        self.events.append(name if name is self.tag_t or name is self.tag_rph else None)

    def end_inline(self, name: str) -> None:
        """Put an inline text where the text of a <v> would stand."""
        if name is not self.tag_is:
            self.events.append(name)
            return
        text = rich_text(self.events[self.inline_from :], self.tag_t, self.tag_rph)
        self.events[self.inline_from :] = [self.tag_v, text, self.tag_v]
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.events.append
        if self.attributes is None or self.tables.meaning(tuple(self.attributes[2:]))[0] != "inlineStr":
            raise self.refused("damaged-file", f"ô {self.address} có chữ nhưng ghi kiểu khác")

    def finish(self) -> None:
        """Understand the cell that was begun, if any, and forget what stood in it."""
        events, attributes = self.events, self.attributes
        if attributes is None:
            events.clear()
            return
        self.attributes = None
        formula = ""
        if len(events) > 3 and events[0] is events[2] is self.tag_v and events[3] is self.tag_c:
            text = events[1] or ""
        else:
            text, formula = self.unravel()
        events.clear()
        if not text and not formula:
            return
        percent = False
        kind, shows = self.tables.meaning(tuple(attributes[2:]))
        value: _Value
        if not text:
            kind, value = "text", ""
        elif kind == "s":
            kind, value = "text", self.string(text)
        elif kind == "n":
            kind, value = self.number(text, shows)
            percent = shows == "percent"
        else:
            kind, value = self.other(kind, text)
        row, column = self.row, self.column
        if value == "" and not formula:
            return
        if row > self.limits.row or column > self.limits.column:
            raise self.refused("unsafe-file", f"ô {self.address} có dữ liệu ở quá xa biểu mẫu")
        self.cells[row, column] = Cell(row, column, kind, value, formula, percent)

    def unravel(self) -> tuple[str, str]:
        """Return the text of the value and the formula of a cell that has more, or less, than one plain value."""
        found: dict[str, str] = {}
        inside, pieces = "", list[str]()
        for event in self.events:
            if event is self.tag_v or event is self.tag_f:
                if not inside and event not in found:
                    inside, pieces = event, []
                elif event is inside:
                    found[event] = "".join(pieces)
                    inside = ""
                else:
                    raise self.refused("unsafe-file", f"ô {self.address} có hai giá trị hoặc hai công thức")
            elif event is self.tag_c and not inside:
                break
            elif inside:
                pieces.append(event or "")
            elif event and event.strip():
                raise self.refused("damaged-file", f"ô {self.address} có chữ lạ ngoài giá trị")
        else:
            raise self.refused("damaged-file", f"ô {self.address} có phần lạ bên trong")
        if self.tag_f not in found:
            return found.get(self.tag_v, ""), ""
        pairs = _pairs(self.formula_attributes)
        if pairs.get("t") in {"array", "dataTable"} and ":" in pairs.get("ref", ""):
            self.arrays.append(pairs["ref"])
        return found.get(self.tag_v, ""), found[self.tag_f] or "?"

    def string(self, text: str) -> str:
        if not 0 <= index(text) < len(self.tables.strings):
            raise self.refused("damaged-file", f"ô {self.address} dùng chuỗi số {shown(text)}, không có trong tệp")
        return self.tables.strings[index(text)]

    def number(self, text: str, shows: str) -> tuple[str, _Value]:
        try:
            number = stored_number(text)
        except ValueError as error:
            raise self.refused("damaged-file", f"ô {self.address} ghi «{shown(text)}», không phải số") from error
        time = moment(float(number), date1904=self.tables.date1904) if shows == "date" else None
        return ("date", time) if time else ("number", number)

    def other(self, kind: str, text: str) -> tuple[str, _Value]:
        if kind in {"str", "inlineStr"}:
            text = unescape(text)
            if len(text) > self.limits.text:
                raise self.refused("too-large", f"ô {self.address} có {len(text)} ký tự", f"{self.limits.text} ký tự")
            return "text", text
        if kind == "e":
            return "error", text
        if kind == "b" and text in _BOOLEANS:
            return "boolean", _BOOLEANS[text]
        date = _ISO_DATE.fullmatch(text) if kind == "d" else None
        try:
            return "date", datetime.fromisoformat(date[1] if date else "")
        except ValueError as error:
            raise self.refused("damaged-file", f"ô {self.address} ghi «{shown(text)}», sai kiểu của ô") from error

    def mark_arrays(self) -> None:
        """Mark the other cells of array formulas: only the first one holds the formula, but none was typed."""
        area = 0
        for reference in self.arrays:
            first, _, last = reference.partition(":")
            begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
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

    @property
    def address(self) -> str:
        return address(self.row, self.column)

    def refused(self, code: str, found: str, expected: str = "") -> CopyRefused:
        return CopyRefused(code, f"trang «{shown(self.title)}», {found}", expected)


def _pairs(attributes: Sequence[str]) -> dict[str, str]:
    return dict(zip(attributes[::2], attributes[1::2], strict=True))


@lru_cache(maxsize=_LAST_COLUMN)
def _column(letters: str) -> int:
    """Return the number of a column, 1-based; 0 when these are not the capital letters of one."""
    if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3):
        return 0
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number if number <= _LAST_COLUMN else 0
