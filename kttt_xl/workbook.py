"""A package -> the cells of its sheets, each with address, value and formula, in one pass over each part.

Sparse: time and memory follow what is written in a sheet, never where it stands. Nothing is guessed: an index
without a string, a number that is none, a cell that stands twice refuse the whole copy.
"""

import math
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache, partial
from types import MappingProxyType
from xml.parsers.expat import XMLParserType

from kttt_xl.cells import Cell, address
from kttt_xl.errors import CopyRefused
from kttt_xl.gate import DEFAULT_LIMITS, Limits, Package, main_part
from kttt_xl.ooxml import Relationship, check_root, each_element, feed, new_parser, relationships, shown

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
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?)?")

# Number formats by id that are dates or times (ECMA-376 part 1, 18.8.30; 27-36 and 50-58 in East Asian Excel).
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_PERCENT_FORMATS = frozenset({9, 10})
_STYLE_SECTIONS = frozenset(
    {"numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles"}
)
# In a format code: what is printed as it stands, and brackets (colours, conditions, locales) but not [h] [mm] [ss].
_LITERAL = re.compile(r'"[^"]*"?|[\\_*].?|\[(?!(?:h+|m+|s+)\])[^\]]*\]?', re.IGNORECASE)
_DATE_LETTER = re.compile("[ymdhs]", re.IGNORECASE)
_DAY_MS = 86_400_000


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
            entries.append((_unescape(attributes.get("name", "")), attributes.get("state", "visible"), key))
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
    custom: dict[str, str] = {}
    used: list[str] = []
    section = ""

    def visit(element: str, attributes: dict[str, str]) -> None:
        nonlocal section
        if element in _STYLE_SECTIONS:
            section = element
        elif element == "numFmt" and section == "numFmts":  # a numFmt of dxfs is of a conditional format
            custom[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif element == "xf" and section == "cellXfs":
            used.append(attributes.get("numFmtId", "0"))
        if max(len(used), len(custom)) > limits.styles:
            raise CopyRefused("too-large", f"hơn {limits.styles} kiểu ô", f"{limits.styles} kiểu ô")

    each_element(content, part, "styleSheet", visit)

    @cache
    def kind(number_format: str) -> str:
        if number_format in custom:
            return format_kind(custom[number_format])
        number = int(number_format) if number_format.isdecimal() and len(number_format) < 9 else 0
        return "date" if number in _DATE_FORMATS else "percent" if number in _PERCENT_FORMATS else "number"

    return [kind(number_format) for number_format in used]


def format_kind(code: str) -> str:
    """Return what a number format shows: "date" (or a time), "percent" or "number"; its first section decides.

    >>> [format_kind(code) for code in ("dd/mm/yyyy", "[h]:mm", "0.0%", '[Red]#,##0 "m2"', "General")]
    ['date', 'date', 'percent', 'number', 'number']
    """
    section = _LITERAL.sub("", code).partition(";")[0]
    return "date" if _DATE_LETTER.search(section) else "percent" if "%" in section else "number"


def _meaning(formats: Sequence[str], attributes: tuple[str, ...]) -> tuple[str, str]:
    """Return what the attributes of a cell (names and values in turn) say: its type, and its number format."""
    pairs = dict(zip(attributes[::2], attributes[1::2], strict=True))
    kind, style = pairs.get("t", "n"), pairs.get("s")
    if kind not in _KINDS:
        raise CopyRefused("damaged-file", f"kiểu ô «{shown(kind)}» không có trong Excel")
    if style is None:
        return kind, formats[0] if formats else "number"
    index = int(style) if style.isdecimal() and len(style) < 9 else -1
    if not 0 <= index < len(formats):
        raise CopyRefused("damaged-file", f"thiếu kiểu ô số {shown(style)} trong bảng định dạng")
    return kind, formats[index]


def _read_strings(content: bytes, part: str, limits: Limits) -> list[str]:
    """Return the shared strings in order: runs joined, phonetic guides left out."""
    texts: list[str] = []
    parser = new_parser()

    def done(text: str) -> None:
        texts.append(text)
        if len(texts) > limits.cells:
            raise CopyRefused("too-large", f"hơn {limits.cells} chuỗi", f"{limits.cells} chuỗi")

    def first(name: str, _: Mapping[str, str]) -> None:
        rich = _RichText(parser, check_root(name, part, "sst") + " ", "si", limits.text, done)
        parser.StartElementHandler, parser.EndElementHandler = rich.start, rich.end

    parser.StartElementHandler = first
    feed(parser, content, part)
    return texts


class _RichText:
    """Takes over a parser inside <si> or <is> and gives done the text of each."""

    __slots__ = ("closing", "done", "most", "parser", "phonetic", "pieces", "rph", "t")

    def __init__(
        self, parser: XMLParserType, prefix: str, closing: str, most: int, done: Callable[[str], None]
    ) -> None:
        self.parser = parser
        self.t, self.rph, self.closing = prefix + "t", prefix + "rPh", prefix + closing
        self.most, self.done = most, done
        self.pieces: list[str] = []
        self.phonetic = False

    def start(self, name: str, _: object) -> None:
        if name == self.t:
            if not self.phonetic:
                self.parser.CharacterDataHandler = self.pieces.append
        elif name == self.rph:
            self.phonetic = True

    def end(self, name: str) -> None:
        if name == self.t:
            self.parser.CharacterDataHandler = None
        elif name == self.closing:
            text = _unescape("".join(self.pieces))
            self.pieces.clear()
            if len(text) > self.most:
                raise CopyRefused("too-large", f"một ô có {len(text)} ký tự", f"{self.most} ký tự")
            self.done(text)
        elif name == self.rph:
            self.phonetic = False


class _SheetReader:
    """Reads one sheet part into cells.

    Most cells are empty or short, and a call from the parser costs more than all else: so an empty cell takes one
    call, and the parser's handlers for texts and ends are there only inside <v>, <f> and <is>.
    """

    __slots__ = (
        "arrays", "attributes", "cells", "column", "cut", "filled", "formula", "formula_attributes", "limits",
        "out_of_order", "parser", "pieces", "room", "row", "row_text", "rows", "tables", "tag_c", "tag_data", "tag_f",
        "tag_is", "tag_row", "tag_v", "title",
    )  # fmt: skip

    def __init__(self, title: str, tables: _Tables, limits: Limits, room: int) -> None:
        self.title, self.tables, self.limits, self.room = title, tables, limits, room
        self.cells: dict[tuple[int, int], Cell] = {}
        self.out_of_order = False
        self.arrays: list[str] = []
        self.rows = bytearray()  # one byte a row once <sheetData> is met: 1 when the row was there
        self.row, self.row_text, self.cut = 0, "", 0
        self.column = 0
        self.attributes: list[str] = []
        self.formula_attributes: list[str] = []
        self.formula = ""
        self.filled = False
        self.pieces: list[str] = []

    def read(self, content: bytes, part: str) -> None:
        """Read the part; CopyRefused when anything in it is broken, double or out of bounds."""
        self.parser = new_parser()
        self.parser.ordered_attributes = True

        def first(name: str, _: list[str]) -> None:
            prefix = check_root(name, part, "worksheet") + " "
            self.tag_data, self.tag_row, self.tag_c = prefix + "sheetData", prefix + "row", prefix + "c"
            self.tag_v, self.tag_f, self.tag_is = prefix + "v", prefix + "f", prefix + "is"
            self.parser.StartElementHandler = self.start

        self.parser.StartElementHandler = first
        feed(self.parser, content, part)
        if not self.rows:
            raise CopyRefused("damaged-file", f"trang «{shown(self.title)}» không có bảng ô")
        self.mark_arrays()

    def start(self, name: str, attributes: list[str]) -> None:
        if name == self.tag_c:
            if attributes and attributes[0] == "r":
                reference = attributes[1]
                column = _column(reference[: self.cut])
                if column <= self.column or not reference.endswith(self.row_text):
                    column = self.place(reference)
            else:
                attributes, column = self.unusual(attributes)
            self.column, self.attributes = column, attributes
            self.formula, self.filled = "", False
        elif name == self.tag_v:
            self.capture(self.end_value)
        elif name == self.tag_row:
            self.start_row(attributes)
        elif name == self.tag_f:
            self.formula_attributes = attributes
            self.capture(self.end_formula)
        elif name == self.tag_is:
            prefix = name.removesuffix("is")
            rich = _RichText(self.parser, prefix, "is", self.limits.text, self.end_inline)
            self.parser.StartElementHandler, self.parser.EndElementHandler = rich.start, rich.end
        elif name == self.tag_data:
            if self.rows:
                raise self.refused("damaged-file", "hai bảng ô trong một trang")
            self.rows = bytearray(_LAST_ROW + 1)

    def start_row(self, attributes: list[str]) -> None:
        text = attributes[1] if attributes and attributes[0] == "r" else _pairs(attributes).get("r", "")
        row = self.row + 1 if not text else int(text) if text.isdecimal() and len(text) < 9 else 0
        if not 0 < row < len(self.rows) or self.rows[row]:
            raise self.refused("unsafe-file", f"dòng {shown(text) or row} lặp lại hoặc ngoài khuôn khổ trang tính")
        self.rows[row] = 1
        self.out_of_order = self.out_of_order or row < self.row
        self.row, self.row_text = row, text or str(row)
        self.cut = -len(self.row_text)
        self.column = 0
        if len(self.cells) > self.room:
            limit = self.limits.cells
            raise self.refused("too-large", f"tổng số ô đã quá {limit}", f"{limit} ô có dữ liệu")

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

    def capture(self, end: Callable[[str], None]) -> None:
        """Collect the text of the element that has just begun; nothing may stand inside it."""
        self.parser.CharacterDataHandler = self.pieces.append
        self.parser.StartElementHandler = self.nested
        self.parser.EndElementHandler = end

    def captured(self) -> str:
        """Return the text collected, and go back to waiting for cells."""
        self.parser.CharacterDataHandler = None
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = None
        text = "".join(self.pieces)
        self.pieces.clear()
        return text

    def nested(self, name: str, _: object) -> None:
        raise self.refused("damaged-file", f"ô {self.address} có phần lạ «{shown(name.rpartition(' ')[2])}»")

    def end_formula(self, _: str) -> None:
        self.formula = self.captured() or "?"
        pairs = _pairs(self.formula_attributes)
        if pairs.get("t") in {"array", "dataTable"} and ":" in pairs.get("ref", ""):
            self.arrays.append(pairs["ref"])
        kept = self.cells.get((self.row, self.column))
        if kept and self.filled:
            self.cells[self.row, self.column] = replace(kept, formula=self.formula)
        else:
            self.keep("text", "")

    def end_inline(self, text: str) -> None:
        self.captured()
        self.fill()
        self.keep("text", text)

    def end_value(self, _: str) -> None:
        text = self.captured()
        self.fill()
        kind, shows = self.tables.meaning(tuple(self.attributes[2:]))
        if kind == "s" and text:
            index = int(text) if text.isdecimal() and len(text) < 9 else -1
            if not 0 <= index < len(self.tables.strings):
                raise self.refused("damaged-file", f"ô {self.address} dùng chuỗi số {shown(text)}, không có trong tệp")
            self.keep("text", self.tables.strings[index])
        elif kind == "n" and text:
            self.keep_number(text, shows)
        elif kind in {"str", "inlineStr"}:
            text = _unescape(text)
            if len(text) > self.limits.text:
                raise self.refused("too-large", f"ô {self.address} có {len(text)} ký tự", f"{self.limits.text} ký tự")
            self.keep("text", text)
        elif text:
            self.keep_other(kind, text)

    def fill(self) -> None:
        """Note that the cell has its value; a second one would be read by some programs and not by others."""
        if self.filled or not self.column:
            raise self.refused("unsafe-file", f"ô {self.address} có hai giá trị")
        self.filled = True

    def keep_number(self, text: str, shows: str) -> None:
        try:
            number = _number(text)
        except ValueError as error:
            raise self.refused("damaged-file", f"ô {self.address} ghi «{shown(text)}», không phải số") from error
        moment = _moment(float(number), date1904=self.tables.date1904) if shows == "date" else None
        if moment is None:
            self.keep("number", number, percent=shows == "percent")
        else:
            self.keep("date", moment)

    def keep_other(self, kind: str, text: str) -> None:
        if kind == "e":
            self.keep("error", text)
        elif kind == "b" and text in _BOOLEANS:
            self.keep("boolean", _BOOLEANS[text])
        elif kind == "d" and _ISO_DATE.fullmatch(text.removesuffix("Z")):
            try:
                self.keep("date", datetime.fromisoformat(text.removesuffix("Z")))
            except ValueError as error:
                raise self.refused("damaged-file", f"ô {self.address} ghi ngày «{shown(text)}»") from error
        else:
            raise self.refused("damaged-file", f"ô {self.address} ghi «{shown(text)}», không đúng kiểu của ô")

    def keep(self, kind: str, value: str | Decimal | datetime | bool, *, percent: bool = False) -> None:
        """Put the cell into cells; a text of no length is no value."""
        if value == "" and not self.formula:
            return
        row, column = self.row, self.column
        if row > self.limits.row or column > self.limits.column:
            raise self.refused("unsafe-file", f"ô {self.address} có dữ liệu ở quá xa biểu mẫu")
        self.cells[row, column] = Cell(row, column, kind, value, self.formula, percent)

    def mark_arrays(self) -> None:
        """Mark the other cells of array formulas: only the first one has the formula's text, none was typed."""
        area = 0
        for reference in self.arrays:
            corners = [_REFERENCE.fullmatch(corner) for corner in reference.partition(":")[::2]]
            if None in corners:
                raise self.refused("damaged-file", f"công thức mảng ở «{shown(reference)}»")
            (left, top), (right, bottom) = ((_column(found[1]), int(found[2])) for found in corners if found)
            bottom, right = min(bottom, self.limits.row), min(right, self.limits.column)
            area += max(0, bottom - top + 1) * max(0, right - left + 1)
            if area > self.limits.cells:
                raise self.refused("too-large", "công thức mảng quá rộng", f"{self.limits.cells} ô")
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    cell = self.cells.get((row, column))
                    if cell and not cell.formula:
                        self.cells[row, column] = replace(cell, formula="?")

    @property
    def address(self) -> str:
        return address(self.row, self.column)

    def refused(self, code: str, found: str, expected: str = "") -> CopyRefused:
        return CopyRefused(code, f"trang «{shown(self.title)}», {found}", expected)


def _pairs(attributes: list[str]) -> dict[str, str]:
    return dict(zip(attributes[::2], attributes[1::2], strict=True))


@lru_cache(maxsize=_LAST_COLUMN)
def _column(letters: str) -> int:
    """Return the number of a column, 1-based; 0 when these are not the letters of one."""
    if not (letters.isascii() and letters.isalpha() and letters.isupper() and len(letters) <= 3):
        return 0
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number if number <= _LAST_COLUMN else 0


def _number(text: str) -> Decimal:
    """Return a stored number as it was typed; ValueError for what is none.

    Excel stores 17 digits of the binary value, so the shortest text of that value is what was typed.
    """
    if len(text) <= 15 and text.isascii() and text.isdigit():
        return Decimal(text)
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return Decimal(int(value)) if value.is_integer() and abs(value) < 1e16 else Decimal(repr(value))


def _moment(serial: float, *, date1904: bool) -> datetime | None:
    """Return the day and time of a serial number, None outside the calendar.

    Counting from 1900, Excel has a 29 February 1900 (serial 60) that never was; the days before it are one later
    than the count from the end of 1899 says.
    """
    if serial < 0 or (60 <= serial < 61 and not date1904):
        return None
    epoch = datetime(1904, 1, 1) if date1904 else datetime(1899, 12, 31 if serial < 60 else 30)  # noqa: DTZ001 - Excel has no zones
    day = math.floor(serial)
    try:
        return epoch + timedelta(days=day, milliseconds=round((serial - day) * _DAY_MS))
    except OverflowError:
        return None


def _unescape(text: str) -> str:
    """Return a text with Excel's _xHHHH_ escapes decoded (ST_Xstring); half a surrogate pair becomes U+FFFD."""
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
