"""What the XML of an Office package says: parts as trees, relationships, texts, number formats, stored values.

Names are compared as namespace and local name, never with the prefix a program happened to write. Everything here
works on bytes in memory; no address in a part is ever opened. Source: ECMA-376, parts 1 and 2.
"""

import math
import posixpath
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.parsers.expat import ExpatError, ParserCreate

from kttt_xl.errors import CopyRefused

STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"  # namespace of Strict files; the words are the same
_NAMESPACES = frozenset(
    {
        "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}",
        STRICT,
        "{http://schemas.openxmlformats.org/package/2006/relationships}",
        "{http://schemas.openxmlformats.org/package/2006/content-types}",
    }
)
_CHUNK = 1 << 20  # what a parser gets at once, and about the most one tag may take
# The parser keeps each name it met and every open element; neither may grow with the file. Parts beyond _GUARDED
# are parsed by a second parser beside it, which tells how many names there are and where an unfinished tag began.
_GUARDED, _MOST_NAMES, _MOST_DEPTH, _MOST_CHILDREN = 256 << 10, 20_000, 250, 1 << 17
_SMALL_PART = 16 << 20  # of parts whose whole tree is kept

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
# In a format code: what is printed as it stands, and brackets (colours, conditions, locales) but not [h] [mm] [ss].
_LITERAL = re.compile(r'"[^"]*"?|[\\_*].?|\[(?!(?:h+|m+|s+)\])[^\]]*\]?', re.IGNORECASE)
_DATE_LETTER = re.compile("[ymdhs]", re.IGNORECASE)
# Formats by id that are dates or times (part 1, 18.8.30; 27-36 and 50-58 in East Asian Excel), or percents.
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_PERCENT_FORMATS = frozenset({9, 10})
_DAY_MS = 86_400_000
_MOST_DIGITS = 309  # of a whole number that a binary value can hold

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


def parse(
    content: bytes, part: str, root: str, after_each: Callable[[Element], None] | None = None
) -> tuple[Element, str]:
    """Return a part as a tree, and its namespace in braces, with which the tags of its elements begin.

    after_each gets the unfinished tree from time to time, to use and delete what is complete; without it the whole
    tree is kept, and too-large raised for a part of more than 16 MiB. CopyRefused damaged-file when the XML is broken
    or its first element is not the one named (it would read as empty), unsafe-file for absurd tags.
    """
    if after_each is None and len(content) > _SMALL_PART:
        raise CopyRefused("too-large", f"phần {shown(part)} {len(content) >> 20} MB", f"{_SMALL_PART >> 20} MB")
    builder = TreeBuilder()
    holder = builder.start("", {})
    parser = XMLParser(target=builder, encoding="utf-8")  # noqa: S314 - the gate refuses any DOCTYPE, so no entities
    guard = ParserCreate("UTF-8", " ") if len(content) > _GUARDED else None
    if guard is not None:
        names: dict[str, object] = {}
        guard.StartElementHandler = names.setdefault  # nothing but a cheap handler: with one, it notes names
    view = memoryview(content)
    try:
        for position in range(0, len(content), _CHUNK):
            chunk = view[position : position + _CHUNK]
            if guard is not None:
                guard.Parse(chunk)
                if position - guard.CurrentByteIndex > _CHUNK or len(guard.intern) > _MOST_NAMES:
                    raise CopyRefused("unsafe-file", f"phần {shown(part)} có thẻ quá dài hoặc quá nhiều loại thẻ")
            parser.feed(chunk)
            if after_each is not None and len(holder):
                after_each(holder[0])
            _check_shape(holder, part)
        parser.close()
    except (ParseError, ExpatError) as error:
        raise CopyRefused("damaged-file", f"phần {shown(part)} sai cú pháp XML") from error
    tree = holder[0]
    namespace, brace, local = tree.tag.rpartition("}")
    if local != root or namespace + brace not in _NAMESPACES:
        raise CopyRefused("damaged-file", f"phần {shown(part)} không bắt đầu bằng «{root}»")
    return tree, namespace + brace


def _check_shape(node: Element, part: str) -> None:
    """Refuse a part whose last elements are nested deeper, or hold more elements, than any program writes."""
    for _ in range(_MOST_DEPTH):
        if not len(node):
            return
        if len(node) > _MOST_CHILDREN:
            found = f"phần {shown(part)} có {len(node)} thẻ trong một thẻ"
            raise CopyRefused("too-large", found, f"{_MOST_CHILDREN} thẻ")
        node = node[-1]
    raise CopyRefused("unsafe-file", f"phần {shown(part)} có quá nhiều lớp thẻ lồng nhau")


def relationships(content: bytes, part: str) -> dict[str, Relationship]:
    """Return the relationships of a .rels part by id, their targets resolved to part names.

    CopyRefused unsafe-file for a target outside the package, or for two of one id.
    """
    found: dict[str, Relationship] = {}
    folder = posixpath.dirname(posixpath.dirname(part))
    for element in parse(content, part, "Relationships")[0]:
        target = element.get("Target", "").replace("\\", "/")
        external = element.get("TargetMode", "").casefold() == "external"
        if not external:
            # "/xl/a.xml", or relative to the folder of the part whose relationships these are.
            target = posixpath.normpath(posixpath.join(folder, target.partition("#")[0]).lstrip("/"))
            if OUTSIDE.match(target):
                raise CopyRefused("unsafe-file", f"quan hệ chỉ ra ngoài gói: {shown(target)}")
        key = element.get("Id", "")
        if key in found:
            raise CopyRefused("unsafe-file", f"hai quan hệ trùng mã trong phần {shown(part)}")
        found[key] = Relationship(element.get("Type", ""), target, external)
    return found


def shared_strings(content: bytes, part: str, most: int, most_characters: int) -> list[str]:
    """Return the shared strings in order; too-large for more than most, or for one of too many characters."""
    texts: list[str] = []

    def take(items: list[Element], namespace: str) -> None:
        si, extensions = namespace + "si", namespace + "extLst"
        for item in items:
            if item.tag == extensions:
                continue
            if item.tag != si:  # left out, it would shift every index behind it
                raise CopyRefused("damaged-file", f"phần {shown(part)} có thẻ lạ giữa các chuỗi")
            texts.append(rich_text(item, namespace))
        if len(texts) > most:
            raise CopyRefused("too-large", f"hơn {most} chuỗi", f"{most} chuỗi")

    def take_complete(root: Element) -> None:
        take(root[:-1], root.tag.removesuffix("sst"))
        del root[:-1]

    root, namespace = parse(content, part, "sst", take_complete)
    take(root[:], namespace)
    if b"_x" in content:
        texts = [unescape(text) for text in texts]
    longest = max(map(len, texts), default=0)
    if longest > most_characters:
        raise CopyRefused("too-large", f"một ô có {longest} ký tự", f"{most_characters} ký tự")
    return texts


def rich_text(item: Element, namespace: str) -> str:
    """Return the text of an <si> or <is>: its runs joined, phonetic guides left out.

    CopyRefused damaged-file for anything else in it: one program would show it, another not.
    """
    t, r = namespace + "t", namespace + "r"
    only = item[0] if len(item) == 1 else item
    if only.tag == t and not len(only):  # nearly every text
        return only.text or ""
    whole, runs = item.findall(t), item.findall(r)
    texts = whole + [text for run in runs for text in run.findall(t)]
    strange = {child.tag for child in item} - {t, r, namespace + "rPh", namespace + "phoneticPr"}
    strange |= {child.tag for run in runs for child in run} - {t, namespace + "rPr"}
    if strange or len(whole) + bool(runs) > 1 or any(len(text) for text in texts):
        raise CopyRefused("damaged-file", "có thẻ lạ giữa nội dung một ô")
    return "".join(text.text or "" for text in texts)


@lru_cache(maxsize=4)  # copies of one plan, saved by one program, have the same styles
def style_formats(content: bytes, part: str, most: int) -> tuple[str, ...]:
    """Return what each cell style makes of a number: "number", "percent" or "date"; too-large for more than most."""
    root, namespace = parse(content, part, "styleSheet")
    if not all(child.tag.startswith(namespace) for child in root):  # alternatives, of which programs take one
        raise CopyRefused("damaged-file", f"phần {shown(part)} có thẻ lạ")
    codes: dict[str, str] = {}
    for item in children(root, namespace + "numFmts"):
        key, code = item.get("numFmtId", ""), item.get("formatCode", "")
        if codes.setdefault(key, code) != code:
            raise CopyRefused("damaged-file", f"phần {shown(part)} có hai kiểu số trùng mã")
    used = [item.get("numFmtId", "0") for item in children(root, namespace + "cellXfs")]
    if len(used) > most:
        raise CopyRefused("too-large", f"{len(used)} kiểu ô", f"{most} kiểu ô")
    shows = {format_id: format_shows(format_id, codes) for format_id in set(used)}
    return tuple(shows[format_id] for format_id in used)


def children(root: Element, tag: str) -> list[Element]:
    """Return the elements inside the direct child of the root with that tag; none when there is no such child.

    CopyRefused damaged-file when there are two such lists, or when an element of another namespace stands among the
    items: an alternative that some programs would read in their place.
    """
    namespace, brace, word = tag.rpartition("}")
    lists = root.findall(tag)
    items = [item for parent in lists for item in parent]
    if len(lists) > 1 or not all(item.tag.startswith(namespace + brace) for item in items):
        raise CopyRefused("damaged-file", f"danh sách «{word}» có thẻ lạ, hoặc có hai danh sách")
    return items


def shown(name: str) -> str:
    """Return a name out of a file as a sentence may quote it: printable and short."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:60])


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
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def stored_number(text: str) -> Decimal:
    """Return a stored number as it was typed; ValueError for what is none.

    A whole number is kept to its last digit. Of others Excel stores 17 digits of the binary value; the shortest text
    of that value is what was typed: 1.1, where the file says 1.1000000000000001.
    """
    if not text.isascii() or "_" in text:  # float() would read more than Excel writes
        raise ValueError(text)
    if text.removeprefix("-").isdigit() and len(text) < _MOST_DIGITS:
        return Decimal(int(text))
    value = float(text)
    if not math.isfinite(value):
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
