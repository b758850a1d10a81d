"""What the XML of an Office package says: parts by namespace, relationships, texts, number formats, stored values.

Names are compared as namespace and local name, never with the prefix a program happened to write. Everything here
works on bytes in memory; no address in a part is ever opened. Source: ECMA-376, parts 1 and 2.
"""

import math
import operator
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import repeat
from typing import NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from kttt_xl.errors import CopyRefused

_NAMESPACES = frozenset(
    {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",  # the same words in Strict files
        "http://schemas.openxmlformats.org/package/2006/relationships",
        "http://schemas.openxmlformats.org/package/2006/content-types",
    }
)
_CHUNK = 1 << 20  # what the parser gets at once, and about the most one tag may take
_XML_NAMES = 20_000  # different names of elements and attributes in a part: the parser keeps every one it met

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
# In a format code: what is printed as it stands, and brackets (colours, conditions, locales) but not [h] [mm] [ss].
_LITERAL = re.compile(r'"[^"]*"?|[\\_*].?|\[(?!(?:h+|m+|s+)\])[^\]]*\]?', re.IGNORECASE)
_DATE_LETTER = re.compile("[ymdhs]", re.IGNORECASE)
# Formats by id that are dates or times (part 1, 18.8.30; 27-36 and 50-58 in East Asian Excel), or percents.
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_PERCENT_FORMATS = frozenset({9, 10})
_STYLE_SECTIONS = frozenset(
    {"numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles"}
)
_DAY_MS = 86_400_000

OUTSIDE = re.compile(r"/|[A-Za-z]:|(?:.*/)?\.\.(?:/|$)")  # a part's name that leaves the package


class Relationship(NamedTuple):
    """What a part points at: the type's address; a part's name, or an outside address when external."""

    kind: str
    target: str
    external: bool

    @property
    def word(self) -> str:
        """Return the last word of the type, the same in Strict files: "worksheet"."""
        return self.kind.rpartition("/")[2]


def relationships(content: bytes, part: str, most: int) -> dict[str, Relationship]:
    """Return the relationships of a .rels part by id, their targets resolved to part names.

    CopyRefused unsafe-file for a target outside the package or two of one id, too-large for more than most.
    """
    found: dict[str, Relationship] = {}
    folder = posixpath.dirname(posixpath.dirname(part))

    def visit(element: str, attributes: dict[str, str]) -> None:
        if element != "Relationship":
            return
        target = attributes.get("Target", "").replace("\\", "/")
        external = attributes.get("TargetMode", "").casefold() == "external"
        if not external:
            # "/xl/a.xml", or relative to the folder of the part whose relationships these are.
            target = posixpath.normpath(posixpath.join(folder, target.partition("#")[0]).lstrip("/"))
            if OUTSIDE.match(target):
                raise CopyRefused("unsafe-file", f"quan hệ chỉ ra ngoài gói: {shown(target)}")
        key = attributes.get("Id", "")
        if key in found:
            raise CopyRefused("unsafe-file", f"hai quan hệ trùng mã trong phần {shown(part)}")
        if len(found) == most:
            raise CopyRefused("too-large", f"hơn {most} quan hệ trong phần {shown(part)}", f"{most} quan hệ")
        found[key] = Relationship(attributes.get("Type", ""), target, external)

    each_element(content, part, "Relationships", visit)
    return found


def each_element(content: bytes, part: str, root: str, visit: Callable[[str, dict[str, str]], None]) -> None:
    """Call visit(local name, attributes) for each element of our namespaces, in the order they stand.

    CopyRefused damaged-file when the XML is broken or its first element is not the one named.
    """
    parser = new_parser()

    def start(name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if namespace in _NAMESPACES:
            visit(local, attributes)

    def first(name: str, _: dict[str, str]) -> None:
        check_root(name, part, root)
        parser.StartElementHandler = start

    parser.StartElementHandler = first
    feed(parser, content, part)


def check_root(name: str, part: str, root: str) -> str:
    """Return the namespace of a part's first element; one of another name or namespace would read as empty."""
    namespace, _, local = name.rpartition(" ")
    if local != root or namespace not in _NAMESPACES:
        raise CopyRefused("damaged-file", f"phần {shown(part)} không bắt đầu bằng «{root}»")
    return namespace


def new_parser() -> XMLParserType:
    """Return a parser that reports names as "namespace local"; it takes UTF-8 only, whatever a part declares."""
    parser = ParserCreate("UTF-8", " ")
    parser.buffer_text = True
    return parser


def feed(parser: XMLParserType, content: bytes, part: str, after_each: Callable[[], None] = lambda: None) -> None:
    """Parse a whole part, calling after_each MiB: damaged-file when not well formed, unsafe-file for absurd tags."""
    view = memoryview(content)
    final = True
    try:
        for position in range(0, len(content), _CHUNK):
            parser.Parse(view[position : position + _CHUNK])
            after_each()
            # The parser keeps an unfinished tag, and each name for good; neither may grow with the file.
            if position - parser.CurrentByteIndex > _CHUNK or len(parser.intern) > _XML_NAMES:
                raise CopyRefused("unsafe-file", f"phần {shown(part)} có thẻ quá dài hoặc quá nhiều loại thẻ")
        parser.Parse(b"", final)
    except ExpatError as error:
        raise CopyRefused("damaged-file", f"phần {shown(part)} sai cú pháp ở dòng {error.lineno}") from error


def shown(name: str) -> str:
    """Return a name out of a file as a sentence may quote it: printable and short."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:60])


def shared_strings(content: bytes, part: str, most: int, most_characters: int) -> list[str]:
    """Return the shared strings in order; too-large for more than most, or for one of too many characters."""
    parser = new_parser()
    si = t = rph = ""

    def first(name: str, _: object) -> None:
        nonlocal si, t, rph
        prefix = check_root(name, part, "sst") + " "
        si, t, rph = own_names(parser, prefix + "si", prefix + "t", prefix + "rPh")
        parser.StartElementHandler = lambda name, _: events.append(name)

    events: list[str] = []  # names where elements begin and end, and texts: only a beginning costs a call
    parser.StartElementHandler = first
    parser.EndElementHandler = parser.CharacterDataHandler = events.append
    feed(parser, content, part)
    events.pop()  # the end of <sst>
    begins, opens, texts, closes, ends = (events[place::5] for place in range(5))
    plain = ((begins, si), (opens, t), (closes, t), (ends, si))
    if len(events) % 5 or not all(all(map(operator.is_, column, repeat(name))) for column, name in plain):
        marks = [place for place, event in enumerate(events) if event is si]
        items = zip(marks[::2], marks[1::2], strict=True)
        texts = [rich_text(events[begin:end], t, rph, parser.intern) for begin, end in items]
    if len(texts) > most:
        raise CopyRefused("too-large", f"{len(texts)} chuỗi", f"{most} chuỗi")
    longest = max(map(len, texts), default=0)
    if longest > most_characters:
        raise CopyRefused("too-large", f"một ô có {longest} ký tự", f"{most_characters} ký tự")
    return [unescape(text) for text in texts] if b"_x" in content else texts


def own_names(parser: XMLParserType, *names: str) -> tuple[str, ...]:
    """Make the parser report these names as these very objects, so that "is" tells them from any text."""
    parser.intern.update(zip(names, names, strict=True))
    return names


def rich_text(events: Sequence[str], t: str, rph: str, names: Mapping[str, str]) -> str:
    """Return the text of an <si> or <is> from what stood in it: runs joined, phonetic guides left out.

    events are, in order, names (the objects in names) where an element begins and where it ends, and texts;
    whatever stands outside <t> is of no account.
    """
    texts: list[str] = []
    inside = phonetic = False
    for event in events:
        if event is t:
            inside = not inside
        elif event is rph:
            phonetic = not phonetic
        elif inside and names.get(event) is event:
            raise CopyRefused("damaged-file", "có thẻ lạ giữa nội dung một ô")
        elif inside and not phonetic:
            texts.append(event)
    return "".join(texts)


def style_formats(content: bytes, part: str, most: int) -> list[str]:
    """Return what each cell style makes of a number: "number", "percent" or "date"; too-large for more than most."""
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
        if max(len(used), len(codes)) > most:
            raise CopyRefused("too-large", f"hơn {most} kiểu ô", f"{most} kiểu ô")

    each_element(content, part, "styleSheet", visit)
    shows = {format_id: format_shows(format_id, codes) for format_id in set(used)}
    return [shows[format_id] for format_id in used]


def unescape(text: str) -> str:
    """Return a text with Excel's _xHHHH_ escapes decoded (part 1, 22.9.2.19); half a surrogate pair is U+FFFD."""
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def format_shows(format_id: str, codes: dict[str, str]) -> str:
    """Return what a number format shows: "date" (or a time), "percent" or "number".

    codes are the workbook's own formats by id; of a code its first section decides.

    >>> codes = {"164": "dd/mm/yyyy", "165": "[h]:mm", "166": "0.0%", "167": '[Red]#,##0 "m2"', "168": "General"}
    >>> [format_shows(format_id, codes) for format_id in (*codes, "14", "9", "3")]
    ['date', 'date', 'percent', 'number', 'number', 'date', 'percent', 'number']
    """
    if format_id in codes:
        section = _LITERAL.sub("", codes[format_id]).partition(";")[0]
        return "date" if _DATE_LETTER.search(section) else "percent" if "%" in section else "number"
    number = index(format_id)
    return "date" if number in _DATE_FORMATS else "percent" if number in _PERCENT_FORMATS else "number"


def index(text: str) -> int:
    """Return a count or index as written in the XML, -1 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def stored_number(text: str) -> Decimal:
    """Return a stored number as it was typed; ValueError for what is none.

    Excel stores 17 digits of the binary value; the shortest text of that value is what was typed: 1.1, where the
    file says 1.1000000000000001.
    """
    if len(text) <= 15 and text.isascii() and text.isdigit():
        return Decimal(text)
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return Decimal(int(value)) if value.is_integer() and abs(value) < 1e16 else Decimal(repr(value))


def moment(serial: float, *, date1904: bool) -> datetime | None:
    """Return the day and time of a serial number, to the millisecond; None outside the calendar.

    Counting from 1900, Excel has a 29 February 1900 (60) that never was; the days before it count from a day later.
    """
    if serial < 0 or (60 <= serial < 61 and not date1904):
        return None
    epoch = "1904-01-01" if date1904 else "1899-12-31" if serial < 60 else "1899-12-30"
    day = math.floor(serial)
    try:
        return datetime.fromisoformat(epoch) + timedelta(days=day, milliseconds=round((serial - day) * _DAY_MS))
    except OverflowError:
        return None
