"""Bad copies that mean harm: archives that inflate without end, XML that explodes or fetches, locked packages."""

import io
import re
import secrets
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from random import Random
from types import SimpleNamespace
from unittest.mock import patch

import msoffcrypto.format.ooxml
from bad_copies import BadCopy, Base, Bases, changed, one, package_of, parts_of, replacing, substituting

TYPES, STRINGS, STYLES, WORKBOOK = "[Content_Types].xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"
CORE, MEDIA = "docProps/core.xml", "xl/media/image1.png"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_SHEET = _HEAD + b'<worksheet xmlns="%s"><sheetData>' % MAIN
_SHEET_END = b"</sheetData></worksheet>"
_MB, _GB = 1 << 20, 1 << 30
_BLOCK = 1 << 24

Change = Callable[[Base], bytes]


# --- archives


def bombs(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """Packages of a few megabytes that hold gigabytes, or say they do."""
    base = bases.either(seed)
    sheet = base.sheet_part
    cell_row = b"<row><c><v>1</v></c></row>\n"
    strings = _HEAD + b'<sst xmlns="%s"><si><t>' % MAIN
    looks = _HEAD + b'<styleSheet xmlns="%s"><cellXfs>' % MAIN
    book = _HEAD + b'<workbook xmlns="%s"><!--' % MAIN
    huge: dict[str, tuple[str, bytes, bytes, bytes, int, int | None, str]] = {
        "2 GB of blanks in the sheet": (sheet, _SHEET, b" " * 64, _SHEET_END, 2 * _GB, None, "too-large"),
        "2 GB of rows": (sheet, _SHEET, cell_row, _SHEET_END, 2 * _GB, None, "too-large"),
        "2 GB in one string": (STRINGS, strings, b"A" * 64, b"</t></si></sst>", 2 * _GB, None, "too-large"),
        "2 GB of styles": (STYLES, looks, b"<xf/>" * 16, b"</cellXfs></styleSheet>", 2 * _GB, None, "too-large"),
        "2 GB that nothing refers to": (MEDIA, b"", bytes(64), b"", 2 * _GB, None, "too-large"),
        "says 5,000 bytes, is 2 GB": (sheet, _SHEET, b" " * 64, _SHEET_END, 2 * _GB, 5000, "unsafe-file"),
        "500 MB of remark": (WORKBOOK, book, b"x" * 64, b"--><sheets/></workbook>", 500 * _MB, None, "too-large"),
        "200 MB of blanks": (sheet, _SHEET, b" " * 64, _SHEET_END, 200 * _MB, None, "too-large"),
        # Within each limit of sizes, so that only counting while reading stops them.
        "60 MB of cells": (sheet, _SHEET, _varied_rows(), _SHEET_END, 60 * _MB, None, "too-large"),
    }
    for name, (part, head, unit, tail, size, declared, code) in huge.items():

        def make(
            bomb: tuple[str, bytes, bytes, bytes, int, int | None] = (part, head, unit, tail, size, declared),
        ) -> bytes:
            return _with_bomb(base, *bomb)

        yield one("bomb", name, base, make, "refused", code)
    many = {f"xl/media/i{number}.png": b"" for number in range(20_000)}
    yield one(
        "bomb",
        "20,000 parts",
        base,
        lambda: package_of((parts_of(base.content) | many).items()),
        "refused",
        "too-large",
    )
    for count, code in ((2000, "too-large"), (200, "unsafe-file")):
        name = f"{count} parts share one body"
        yield one("bomb", name, base, lambda count=count: _overlapping(base, count), "refused", code)


def _varied_rows() -> bytes:
    """Rows that deflate to a hundredth only, as real ones do."""
    chance = Random(1)  # noqa: S311
    cells = b"".join(b"<c><v>%d</v></c>" % chance.randrange(10**9) for _ in range(280))
    return b"<row>" + cells + b"</row>"


def _deflated(data: bytes, *, last: bool = True) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)


def _archive(members: list[tuple[str, bytes, int, int]]) -> bytes:
    """Return an archive of (name, deflated data, CRC, declared size)."""
    body, directory = bytearray(), b""
    for name, stored, crc, size in members:
        header = struct.pack("<4H3L2H", 0, 8, 0, 33, crc, len(stored), size, len(name), 0)
        directory += struct.pack("<4s2H", b"PK\1\2", 20, 20) + header
        directory += struct.pack("<3H2L", 0, 0, 0, 0, len(body)) + name.encode()
        body += struct.pack("<4sH", b"PK\3\4", 20) + header + name.encode() + stored
    count = len(members)
    return (
        bytes(body) + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    )


def _whole(parts: Mapping[str, bytes]) -> list[tuple[str, bytes, int, int]]:
    return [(name, _deflated(data), zlib.crc32(data), len(data)) for name, data in parts.items()]


def _with_bomb(base: Base, part: str, head: bytes, unit: bytes, tail: bytes, size: int, declared: int | None) -> bytes:
    """Return the copy with one part of that size, of which one block is deflated once and repeated."""
    parts = {name: data for name, data in parts_of(base.content).items() if name != part}
    block = unit * (min(_BLOCK, size) // len(unit))
    times = size // len(block)
    stored = _deflated(head, last=False) + _deflated(block, last=False) * times + _deflated(tail)
    real = len(head) + len(block) * times + len(tail)
    crc = zlib.crc32(head)
    for _ in range(times if real < 64 * _MB else 0):  # beyond, nobody should get as far as the checksum
        crc = zlib.crc32(block, crc)
    return _archive([*_whole(parts), (part, stored, zlib.crc32(tail, crc), declared or real)])


def _overlapping(base: Base, count: int) -> bytes:
    """Return the copy with that many more entries in its directory that all name one body of 100 KB."""
    data = Random(1).randbytes(100_000)  # noqa: S311 - what does not deflate like a bomb
    member = ("xl/media/000000", _deflated(data), zlib.crc32(data), len(data))
    content = _archive([*_whole(parts_of(base.content)), member])
    begin, end = content.index(b"PK\1\2"), content.rindex(b"PK\5\6")
    directory = content[begin:end]
    last = directory[directory.rindex(b"PK\1\2") :]
    directory += b"".join(last.replace(b"000000", b"%06d" % number) for number in range(1, count))
    total = len(parts_of(base.content)) + count
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, total, total, len(directory), begin, 0)
    return content[:begin] + directory + tail


# --- XML


def xml(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """Parts that explode when they are parsed, fetch something, or are read in two ways."""
    base = bases.either(seed)
    for code, changes in _REFUSED.items():
        for name, change in changes.items():
            yield one("xml", name, base, lambda change=change: change(base), "refused", code)
    prefixed = lambda: changed(base.content, base.sheet_part, _with_prefix)  # noqa: E731
    yield one("xml", "another prefix", base, prefixed, "accepted")
    marked = lambda: changed(base.content, base.sheet_part, lambda data: b"\xef\xbb\xbf" + data)  # noqa: E731
    yield one("xml", "a byte order mark", base, marked, "accepted")
    yield one("xml", "Strict", base, lambda: _strict(base), "accepted", "strict-format")


def _with_prefix(data: bytes) -> bytes:
    named = re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1x:", data)
    return named.replace(b'xmlns="', b'xmlns:x="')


def _strict(base: Base) -> bytes:
    """Return the copy as Excel saves "Strict Open XML": the same words in other namespaces."""
    main, office = (
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    )
    theirs = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = parts_of(base.content)
    return package_of((name, data.replace(MAIN, main).replace(theirs, office)) for name, data in parts.items())


def _laughs() -> bytes:
    lines = [b'<!ENTITY a%d "%s">' % (depth, b"&a%d;" % (depth - 1) * 10) for depth in range(1, 10)]
    return b'<!DOCTYPE x [<!ENTITY a0 "lol">' + b"".join(lines) + b"]>"


def _declaring(doctype: bytes) -> Callable[[bytes], bytes]:
    return lambda data: re.sub(rb"^(<\?xml[^>]*\?>)?\s*", lambda _: _HEAD + doctype, data, count=1)


def _part(part: str, *changes: Callable[[bytes], bytes]) -> Change:
    """Return the change of a copy that does these to one of its parts, the form's when it is ""."""

    def change(base: Base) -> bytes:
        content = base.content
        for each in changes:
            content = changed(content, part or base.sheet_part, each)
        return content

    return change


def _first_text(text: bytes) -> Callable[[bytes], bytes]:
    return substituting(rb"<t(?: [^>]*)?>[^<]*</t>", b"<t>" + text + b"</t>", 1)


def _laughing(part: str, before: bytes, entity: bytes = b"&a9;") -> Change:
    return _part(part, _declaring(_laughs()), replacing(before, entity + before, 1))


_QUADRATIC = b'<!DOCTYPE x [<!ENTITY a "' + b"B" * 200_000 + b'">]>'
_FILE = b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
_HTTP = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'
_DEEP = b"<extLst>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</extLst>"
_NOISE = Random(1).randbytes(3 << 19).hex().encode()  # noqa: S311 - what does not deflate like a bomb
_ATTRIBUTES = b" ".join(b'a%d="1"' % number for number in range(100_000))
_REFUSED: Mapping[str, Mapping[str, Change]] = {
    "unsafe-file": {
        "billion laughs in the strings": _part(STRINGS, _declaring(_laughs()), _first_text(b"&a9;")),
        "billion laughs in the sheet": _laughing("", b"</sheetData>"),
        "billion laughs in the workbook": _laughing(WORKBOOK, b"</workbook>"),
        "billion laughs in the content types": _laughing(TYPES, b"</Types>"),
        "billion laughs in the properties": _laughing(CORE, b"</cp:coreProperties>"),
        "billion laughs in the styles": _laughing(STYLES, b"</styleSheet>"),
        "quadratic entities": _part(STRINGS, _declaring(_QUADRATIC), _first_text(b"&a;" * 20_000)),
        "a file as an entity": _part(STRINGS, _declaring(_FILE), _first_text(b"&f;")),
        "a DTD from a server": _part(STRINGS, _declaring(_HTTP)),
        "100,000 elements nested": _part("", replacing(b"</worksheet>", _DEEP + b"</worksheet>")),
        "an attribute of 3 MB": _part("", replacing(b"<sheetData>", b'<sheetData x="%s">' % _NOISE)),
        "100,000 attributes": _part("", replacing(b"<sheetData>", b"<sheetData " + _ATTRIBUTES + b">")),
        "UTF-16": _part("", lambda data: data.decode().replace("UTF-8", "UTF-16").encode("utf-16")),
        "UTF-7": _part("", substituting(rb"encoding=.UTF-8.", b'encoding="UTF-7"', 1)),
    },
    "damaged-file": {
        "bytes that are not UTF-8": _part(STRINGS, _first_text(b"Ch\xec ti\xeau")),
        "an end tag of another name": _part("", replacing(b"</row>", b"</raw>", 1)),
        "half of the sheet in a whole package": _part("", lambda data: data[: len(data) // 2]),
        "an empty sheet part": _part("", lambda _data: b""),
        "another root element": _part("", lambda data: data.replace(b"worksheet", b"chartspace")),
        "an unknown namespace": _part("", replacing(MAIN, b"http://example.org/main")),
        "NUL by reference": _part(STRINGS, _first_text(b"a&#0;b")),
        "raw control bytes": _part(STRINGS, _first_text(b"a\1\2b")),
        "U+FFFE": _part(STRINGS, _first_text("a\ufffe".encode())),
    },
}


# --- passwords


def encrypted(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """Copies with a password to open them; Excel itself opens the second without asking."""
    for name, word in {"a password": "mat-khau-1", "Excel's own password": "VelvetSweatshop"}.items():
        make = lambda word=word: _encrypted(bases.stats.content, word, seed)  # noqa: E731
        yield one("encrypted", name, bases.stats, make, "refused", "encrypted-file")


def _encrypted(content: bytes, word: str, seed: int) -> bytes:
    chance = Random(seed)  # noqa: S311 - the same bytes each time are wanted here
    fixed = SimpleNamespace(**{**vars(secrets), "token_bytes": chance.randbytes})
    stream = io.BytesIO()
    clock = patch("msoffcrypto.method.container.ecma376_encrypted.datetime2filetime", lambda _now: 0)
    with patch("msoffcrypto.method.ecma376_agile.secrets", fixed), clock:
        msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(content)).encrypt(word, stream)
    return stream.getvalue()


GROUPS = {"bomb": bombs, "xml": xml, "encrypted": encrypted}
