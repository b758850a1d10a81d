"""A package -> the cells of its sheets, each with address, value and formula, in one pass over each part.

Sparse: time and memory follow what is written in a sheet, never where it stands. Nothing is guessed: an index
without a string, a number that is none, a cell that stands twice refuse the whole copy.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from xml.etree.ElementTree import Element

from kttt_xl.cells import Cell, Note, address
from kttt_xl.errors import CopyRefused
from kttt_xl.gate import DEFAULT_LIMITS, Limits, Package, main_part
from kttt_xl.legacy_fonts import Fonts, read_fonts, run_font
from kttt_xl.ooxml import (
    STRICT,
    Relationship,
    children,
    index,
    moment,
    parse,
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
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_STATES = frozenset({"visible", "hidden", "veryHidden"})
_TRUE = frozenset({"1", "true", "on"})
_LONGEST_ERROR = 32  # characters; "#GETTING_DATA" is Excel's
_BOOLEANS = MappingProxyType({"1": True, "true": True, "0": False, "false": False})
_REFERENCE = re.compile("([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_ISO_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,6})?)?)Z?")
_IN_CELL = frozenset({"v", "f", "is", "extLst"})
_ARRAYS = frozenset({"array", "dataTable"})  # of <f t="…">: one formula fills a range
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
    """The sheets of a workbook in the order of their tabs, and whether it refers to other workbooks.

    strict: it is written in the words of Strict Open XML, in which some programs find nothing.
    """

    sheets: tuple[Sheet, ...]
    external_links: bool
    strict: bool = False

    @property
    def remarks(self) -> tuple[tuple[str, Note], ...]:
        """Return what is to be said of how the file was saved: the name of a sheet, or "", and what."""
        whole = (("external-links", self.external_links), ("strict-format", self.strict))
        return (
            *(("", Note(code)) for code, said in whole if said),
            *((sheet.name, Note("shuffled-rows")) for sheet in self.sheets if sheet.out_of_order),
        )


@dataclass(frozen=True, slots=True)
class _Tables:
    """What the sheets share: strings and what styles show, by index as written; and where dates begin.

    The style None is that of a cell without one. fonts are those of old encodings only.
    """

    strings: Mapping[str, str]
    shows: Mapping[str | None, str]
    date1904: bool
    fonts: Fonts


def read_workbook(package: Package, limits: Limits = DEFAULT_LIMITS) -> Workbook:
    """Read every sheet of a package; CopyRefused, and nothing else, when something in it cannot be relied on.

    Numbers are what was typed: 1.1 is stored as 1.1000000000000001 and comes back as Decimal("1.1"). A number whose
    format shows a date is a datetime, unless the calendar has no such day. Chart sheets have no cells.
    Source: ECMA-376 part 1, 18.2-18.4 and 18.8; reliability.md, section 0 (what other readers lose).
    """
    main = main_part(package)
    folder, _, name = main.rpartition("/")
    rels = posixpath.join(folder, "_rels", name + ".rels")
    links = relationships(package.part(rels), rels)
    root, namespace = parse(package.part(main), main, "workbook")
    entries, date1904 = _sheet_entries(root, namespace, limits), _counts_from_1904(root, namespace)
    tables = _read_tables(package, links, limits, date1904=date1904)
    sheets: list[Sheet] = []
    read: set[str] = set()
    namespaces = {namespace}
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
            namespaces.add(reader.namespace)
            room -= len(reader.cells)
        sheets.append(Sheet(title, state, reader.cells, reader.out_of_order))
    external = any(link.word == "externalLink" for link in links.values())
    return Workbook(tuple(sheets), external, STRICT in namespaces)


def _sheet_entries(root: Element, namespace: str, limits: Limits) -> list[tuple[str, str, str]]:
    """Return name, state and relationship id of each sheet."""
    entries = []
    for sheet in children(root, namespace + "sheets"):
        key = next((sheet.attrib[name] for name in _RELATIONSHIP_IDS if name in sheet.attrib), "")
        entries.append((unescape(sheet.get("name", "")), sheet.get("state", "visible"), key))
    if len(entries) > limits.sheets:
        raise CopyRefused("too-large", f"{len(entries)} trang tính", f"{limits.sheets} trang tính")
    names = {name.casefold() for name, _, _ in entries}
    if not entries or "" in names or any(state not in _STATES for _, state, _ in entries):
        raise CopyRefused("damaged-file", "danh sách trang tính hỏng")
    if len(names) != len(entries):
        raise CopyRefused("unsafe-file", "hai trang tính trùng tên")
    return entries


def _counts_from_1904(root: Element, namespace: str) -> bool:
    """Return whether dates count from 1904; refuse a workbook of which programs could read two answers."""
    found = list(root.iter(namespace + "workbookPr"))
    if len(found) > 1 or found != root.findall(namespace + "workbookPr"):
        raise CopyRefused("damaged-file", "không rõ ngày tính từ năm 1900 hay 1904")
    return bool(found) and found[0].get("date1904") in _TRUE


def _read_tables(package: Package, links: Mapping[str, Relationship], limits: Limits, *, date1904: bool) -> _Tables:
    """Read the parts that the sheets share; a workbook without texts, or without styles, may lack them."""
    found: dict[str, str] = {}
    for link in links.values():
        if link.word in {"sharedStrings", "styles"} and not link.external:
            if link.word in found:
                raise CopyRefused("unsafe-file", f"hai phần {link.word} trong một sổ tính")
            found[link.word] = link.target
    strings: list[str] = []
    shows: tuple[str, ...] = ()
    if part := found.get("sharedStrings"):
        strings = shared_strings(package.part(part), part, limits.cells, limits.text)
    if part := found.get("styles"):
        shows = style_formats(package.part(part), part, limits.styles)
    by_style: dict[str | None, str] = dict(zip(map(str, range(len(shows))), shows, strict=True))
    by_style[None] = by_style.get("0", "number")
    by_index = dict(zip(map(str, range(len(strings))), strings, strict=True))
    fonts = read_fonts(*(package.part(found[word]) if word in found else b"" for word in ("styles", "sharedStrings")))
    return _Tables(by_index, by_style, date1904, fonts)


class _SheetReader:
    """Reads the cells of one sheet part, row by row; the tree of a row is dropped once it is read."""

    def __init__(self, title: str, tables: _Tables, limits: Limits, room: int) -> None:
        self.title, self.tables, self.limits, self.room = title, tables, limits, room
        self.cells: dict[tuple[int, int], Cell] = {}
        self.out_of_order = False
        self.row = 0
        self.rows = bytearray()  # 1 at the number of each row that was there; grows with it
        self.data: Element | None = None  # <sheetData>
        self.arrays: list[str] = []
        self.namespace = ""
        self.run_font = ""  # of the inline text that was read last

    def read(self, content: bytes, part: str) -> None:
        """Read the part; CopyRefused when anything in it is broken, double or out of bounds."""
        root, _ = parse(content, part, "worksheet", self.take_complete)
        data = self.sheet_data(root)
        if data is None:
            raise self.refused("damaged-file", "không có bảng ô")
        self.take(data)
        self.mark_arrays()

    def sheet_data(self, root: Element) -> Element | None:
        """Return <sheetData>, if it is there yet; a second one would be read by some programs only."""
        self.namespace = root.tag.removesuffix("worksheet")
        for data in root.findall(self.namespace + "sheetData"):
            if self.data is not None and data is not self.data:
                raise self.refused("damaged-file", "có hai bảng ô")
            self.data = data
        return self.data

    def take_complete(self, root: Element) -> None:
        """Take the rows that are complete out of the unfinished tree, and drop what is not needed."""
        data = self.sheet_data(root)
        if data is not None:
            self.take(data[:-1])
            del data[:-1]
            if len(data) and len(data[0]) > _LAST_COLUMN:
                raise self.refused("unsafe-file", f"có dòng nhiều hơn {_LAST_COLUMN} ô")
        root[:] = [child for child in root if child is data or child is root[-1]]
        node = root[-1] if len(root) else root
        while node is not data and len(node):  # down to the place where the parser is
            del node[:-1]
            node = node[-1]

    def take(self, rows: Iterable[Element]) -> None:
        """Put the cells that have a value or a formula into cells."""
        row_tag, c_tag, v_tag = (self.namespace + word for word in ("row", "c", "v"))
        strings, shows = self.tables.strings, self.tables.shows
        quick = not self.tables.fonts
        most_row, most_column = self.limits.row, self.limits.column
        for element in rows:
            if element.tag != row_tag:
                raise self.refused("damaged-file", "có thẻ lạ giữa các dòng")
            row = self.start_row(element.get("r", ""))
            row_text = str(row)
            cut, column = -len(row_text), 0
            for c in element:
                if c.tag != c_tag:
                    if c.tag == self.namespace + "extLst":
                        continue
                    raise self.refused("damaged-file", f"dòng {row} có thẻ lạ giữa các ô")
                attributes = c.attrib
                reference = attributes.get("r", "")
                before, column = column, _column(reference[:cut])
                if column <= before or not reference.endswith(row_text):
                    column = self.place(reference, before)
                inside = len(c)
                if not inside:
                    continue
                v = c[0]
                if inside == 1 and v.tag == v_tag and not len(v):
                    text, formula = v.text or "", ""
                else:
                    text, formula = self.unravel(c, column)
                if not text and not formula:
                    continue
                if row > most_row or column > most_column:
                    raise self.refused("unsafe-file", f"ô {address(row, column)} có dữ liệu ở quá xa biểu mẫu")
                string = strings.get(text) if attributes.get("t") == "s" else None
                if string and quick and attributes.get("s") in shows:
                    self.cells[row, column] = Cell(row, column, "text", string, formula)
                else:
                    self.keep(row, column, attributes, text, formula)

    def start_row(self, text: str) -> int:
        row = index(text) if text else self.row + 1
        if row >= len(self.rows):
            self.rows += bytes(min(row, _LAST_ROW) + 1)  # twice as long at least, so that this is rarely done
        if not 0 < row <= _LAST_ROW or self.rows[row]:
            raise self.refused("unsafe-file", f"dòng {shown(text) or row} lặp lại hoặc ngoài khuôn khổ trang tính")
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
            column = before + 1 if before < _LAST_COLUMN else 0
        if not column:
            raise self.refused("unsafe-file", f"dòng {self.row} có ô ghi địa chỉ «{shown(reference)}»")
        if column <= before:
            raise self.refused("unsafe-file", f"ô {shown(reference)} lặp lại hoặc sai thứ tự trong dòng")
        return column

    def unravel(self, c: Element, column: int) -> tuple[str, str]:
        """Return value and formula of a cell that has more than one plain value."""
        here = f"ô {address(self.row, column)}"
        inner: dict[str, Element] = {}
        for child in c:
            word = child.tag.removeprefix(self.namespace) if child.tag.startswith(self.namespace) else ""
            if word in inner:
                raise self.refused("unsafe-file", f"{here} có hai giá trị")
            if word not in _IN_CELL or (word in {"v", "f"} and len(child)):
                raise self.refused("damaged-file", f"{here} có thẻ lạ giữa giá trị")
            inner[word] = child
        formula = ""
        if "f" in inner:
            formula = inner["f"].text or "?"
            if inner["f"].get("t") in _ARRAYS:
                self.arrays.append(inner["f"].get("ref", ""))
        if "is" not in inner:
            return (inner["v"].text or "") if "v" in inner else "", formula
        if "v" in inner or c.get("t") != "inlineStr":
            raise self.refused("unsafe-file", f"{here} có hai giá trị, hoặc có chữ nhưng ghi kiểu khác")
        self.run_font = run_font(inner["is"], self.namespace)
        return rich_text(inner["is"], self.namespace), formula

    def keep(self, row: int, column: int, attributes: Mapping[str, str], text: str, formula: str) -> None:
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
            font = self.tables.fonts.of(attributes, text, self.run_font) if kind == "text" else ""
            self.cells[row, column] = Cell(row, column, kind, value, formula, percent, font)

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
            return "error", text if len(text) <= _LONGEST_ERROR else None
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
                    self.cells[place] = Cell(*place, cell.kind, cell.value, "?", cell.percent)

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
