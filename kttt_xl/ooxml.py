"""The XML inside an Office package: its parts parsed by namespace, its relationships resolved.

Names are compared as namespace and local name, never with the prefix a program happened to write. Everything here
works on bytes in memory; no address in a part is ever opened.
"""

import posixpath
import re
from collections.abc import Callable
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
    return ParserCreate("UTF-8", " ")


def feed(parser: XMLParserType, content: bytes, part: str) -> None:
    """Parse a whole part: damaged-file when it is not well formed, unsafe-file when its tags are absurd."""
    view = memoryview(content)
    final = True
    try:
        for position in range(0, len(content), _CHUNK):
            parser.Parse(view[position : position + _CHUNK])
            # The parser keeps an unfinished tag, and each name for good; neither may grow with the file.
            if position - parser.CurrentByteIndex > _CHUNK or len(parser.intern) > _XML_NAMES:
                raise CopyRefused("unsafe-file", f"phần {shown(part)} có thẻ quá dài hoặc quá nhiều loại thẻ")
        parser.Parse(b"", final)
    except ExpatError as error:
        raise CopyRefused("damaged-file", f"phần {shown(part)} sai cú pháp ở dòng {error.lineno}") from error


def shown(name: str) -> str:
    """Return a name out of a file as a sentence may quote it: printable and short."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:60])
