"""Bad copies whose container is broken, or is one that two programs would understand differently."""

import random
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping

from bad_copies import (
    BadCopy,
    Base,
    Bases,
    Make,
    changed,
    one,
    package_of,
    parts_of,
    replacing,
    substituting,
    with_parts,
    without_parts,
)

TYPES, ROOT_RELS, STRINGS, STYLES = "[Content_Types].xml", "_rels/.rels", "xl/sharedStrings.xml", "xl/styles.xml"
WORKBOOK, WORKBOOK_RELS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
MAIN_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_RELS = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
_SECTOR = 512
_CAPITALS, _AWAY = "xl/worksheets/SHEET2.xml", b' TargetMode="External"'

Change = Callable[[Base], bytes]


def truncated(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """Files cut short in the mail or on a memory stick, or with something before or behind."""
    base, other = bases.either(seed), bases.either(seed + 1).content
    good = base.content
    yield one("truncated", "nothing arrived", base, lambda: b"", "refused", "not-a-workbook")
    cuts = {f"the first {share} % arrived": len(good) * share // 100 for share in range(5, 100, 5)}
    cuts |= {f"the last {cut} bytes are gone": len(good) - cut for cut in (1, 2, 21, 22, 100)}
    for name, end in cuts.items():
        yield one("truncated", name, base, lambda end=end: good[:end], "refused", "damaged-file")
    more: dict[str, tuple[Make, str]] = {
        "1 KiB before the package": (lambda: bytes(1024) + good, "not-a-workbook"),
        "1 KiB behind it": (lambda: good + bytes(1024), "unsafe-file"),
        "70 kB behind it": (lambda: good + b"A" * 70_000, "damaged-file"),
        "two copies in one file": (lambda: good + other, "unsafe-file"),
        "zeros of the right size": (lambda: bytes(len(good)), "damaged-file"),
    }
    for name, (make, code) in more.items():
        yield one("truncated", name, base, make, "refused", code)


# --- bits


def bitflips(bases: Bases, seed: int, deflated: int = 200, stored: int = 50, others: int = 60) -> Iterator[BadCopy]:
    """Copies in which bits or bytes are wrong: refused, or read as if nothing had happened.

    deflated and stored count single bits, others the cases of each other kind; both forms in turn.
    """
    chance = random.Random(f"bitflip{seed}")  # noqa: S311
    both = (bases.stats, bases.tasks)
    for number in range(deflated):
        base = both[number % 2]
        yield _flip(f"{number}: one bit", base, base.content, chance.randrange(len(base.content) * 8))
    plain = [package_of(parts_of(base.content).items(), zipfile.ZIP_STORED) for base in both]
    for number in range(stored):
        base, content = both[number % 2], plain[number % 2]
        part = parts_of(content)[base.sheet_part]
        begin, end = content.index(part) + part.index(b"<sheetData"), content.index(part) + len(part)
        yield _flip(f"{number}: one bit of uncompressed cells", base, content, chance.randrange(begin * 8, end * 8))
    for number in range(others):
        base = both[number % 2]
        content = base.content
        bit = chance.randrange(content.index(b"PK\1\2") * 8, len(content) * 8)
        yield _flip(f"{number}: one bit of the directory", base, content, bit)
        sector = chance.randrange(len(content) - _SECTOR)
        zeroed = content[:sector] + bytes(_SECTOR) + content[sector + _SECTOR :]
        yield _damaged(f"{number}: a sector of zeros at {sector}", base, zeroed)
        noise = bytearray(content)
        for _ in range(16):
            noise[chance.randrange(len(noise))] = chance.randrange(256)
        yield _damaged(f"{number}: 16 bytes of noise", base, bytes(noise))


def _flip(name: str, base: Base, content: bytes, bit: int) -> BadCopy:
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    return _damaged(f"{name}, {bit}", base, bytes(flipped))


def _damaged(name: str, base: Base, content: bytes) -> BadCopy:
    return one("bitflip", name, base, lambda: content, "refused", or_harmless=True)


# --- parts


def package(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """Parts that are missing, double, elsewhere, or of programs."""
    base = bases.either(seed)
    for code, changes in _REFUSED.items():
        for name, change in changes.items():
            yield one("package", name, base, lambda change=change: change(base), "refused", code)
    for name, (change, codes) in _ACCEPTED.items():
        yield one("package", name, base, lambda change=change: change(base), "accepted", codes)


def with_relation(content: bytes, part: str, kind: bytes, target: bytes, mode: bytes = b"") -> bytes:
    """Return the package with one relationship more in a part of relationships, made when it is not there."""
    new = b'<Relationship Id="rIdX" Type="%s" Target="%s"%s/>' % (kind, target, mode)
    if part in parts_of(content):
        return changed(content, part, replacing(b"</Relationships>", new + b"</Relationships>"))
    return with_parts(content, (part, _HEAD + _RELS + new + b"</Relationships>"))


def _other_sheet(base: Base) -> bytes:
    """The form's part with something else in its first answer."""
    return parts_of(base.typed({base.at(*next(iter(base.answers))): "4321"}))[base.sheet_part]


def _sheet_first(base: Base) -> bytes:
    return package_of([(base.sheet_part, _other_sheet(base)), *parts_of(base.content).items()])


def _link_member() -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("xl/media/link")
    member.external_attr, member.create_system = (stat.S_IFLNK | 0o777) << 16, 3
    return member


def _encrypted_flag(base: Base) -> bytes:
    content = bytearray(base.content)
    content[6] |= 1
    return bytes(content)


def _renamed(base: Base, rename: str) -> bytes:
    made = {"back": lambda name: name.replace("/", "\\"), "upper": str.upper}[rename]
    return package_of((name if name == TYPES else made(name), data) for name, data in parts_of(base.content).items())


def _sheet_rel(base: Base, new: bytes) -> bytes:
    return changed(base.content, WORKBOOK_RELS, substituting(rb'Target="[^"]*sheet2.xml"', new))


def _external_link(base: Base) -> bytes:
    book = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    target = b"file:///\\\\127.0.0.1\\share\\a.xlsx"
    link = with_relation(base.content, WORKBOOK_RELS, OFFICE + b"externalLink", b"externalLinks/externalLink1.xml")
    link = with_parts(link, ("xl/externalLinks/externalLink1.xml", _HEAD + book))
    rels = "xl/externalLinks/_rels/externalLink1.xml.rels"
    return with_relation(link, rels, OFFICE + b"externalLinkPath", target, _AWAY)


def _hyperlink(base: Base) -> bytes:
    rels = "xl/worksheets/_rels/sheet2.xml.rels"
    return with_relation(base.content, rels, OFFICE + b"hyperlink", b"\\\\127.0.0.1\\x", _AWAY)


def _connection(base: Base) -> bytes:
    one_more = b'<connections xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    content = with_parts(base.content, ("xl/connections.xml", _HEAD + one_more))
    return with_relation(content, WORKBOOK_RELS, OFFICE + b"connections", b"connections.xml")


def _main_type(base: Base, new: bytes) -> bytes:
    return changed(base.content, TYPES, replacing(MAIN_TYPE, new))


def _in_sheet(base: Base, pattern: bytes, new: bytes, count: int) -> bytes:
    return changed(base.content, base.sheet_part, substituting(pattern, new, count))


def _named(base: Base, new: bytes) -> bytes:
    return changed(base.content, WORKBOOK, replacing(b'name="_kttt"', b'name="%s"' % new))


def _more(name: str, data: bytes) -> Change:
    return lambda base: with_parts(base.content, (name, data))


def _less(*names: str) -> Change:
    return lambda base: without_parts(base.content, *names)


_MACRO_TYPE = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_REFUSED: Mapping[str, Mapping[str, Change]] = {
    "unsafe-file": {
        "a part named ../../…": _more("../../../../tmp/x.txt", b"x"),
        "a part named /tmp/…": _more("/tmp/x.txt", b"x"),  # noqa: S108
        "a part named ..\\..": _more("..\\..\\x.txt", b"x"),
        "a part named C:\\…": _more("C:\\Windows\\x.txt", b"x"),
        "a part named as on a share": _more("\\\\127.0.0.1\\s\\x", b"x"),
        "a part's name of 4,000 characters": _more("xl/" + "d/" * 2000 + "x", b"x"),
        "a part that is a link": lambda base: with_parts(base.content, (_link_member(), b"/etc/passwd")),
        "the sheet twice, the last differs": lambda base: with_parts(
            base.content, (base.sheet_part, _other_sheet(base))
        ),
        "the sheet twice, the first differs": _sheet_first,
        "SHEET2.xml beside sheet2.xml": lambda base: with_parts(base.content, (_CAPITALS, _other_sheet(base))),
        "the sheet's relationship climbs out": lambda base: _sheet_rel(base, b'Target="../../../etc/hostname"'),
        "the sheet is at an address": lambda base: _sheet_rel(base, b'Target="http://127.0.0.1:9/a.xml"' + _AWAY),
        "two sheets are one part": lambda base: _sheet_rel(base, b'Target="worksheets/sheet1.xml"'),
        "a data connection": _connection,
        "two sheets of one name": lambda base: _named(base, base.copy.sheet.encode()),
    },
    "damaged-file": {
        "no [Content_Types].xml": _less(TYPES),
        "no workbook part": _less(WORKBOOK),
        "no _rels/.rels": _less(ROOT_RELS),
        "no workbook.xml.rels": _less(WORKBOOK_RELS),
        "no sheet": lambda base: without_parts(base.content, base.sheet_part),
        "no shared strings": _less(STRINGS),
        "no styles": _less(STYLES),
        "string number 999999": lambda base: _in_sheet(base, rb't="s"><v>\d+</v>', rb't="s"><v>999999</v>', 3),
        "string number -1": lambda base: _in_sheet(base, rb't="s"><v>\d+</v>', rb't="s"><v>-1</v>', 1),
        "style number 99999": lambda base: _in_sheet(base, rb' s="\d+"', rb' s="99999"', 0),
        "a sheet without a name": lambda base: _named(base, b""),
    },
    "not-a-workbook": {"of type text/plain": lambda base: _main_type(base, b"text/plain")},
    "legacy-format": {"a template": lambda base: _main_type(base, MAIN_TYPE.replace(b"sheet.main", b"template.main"))},
    "encrypted-file": {"a part is said to be encrypted": _encrypted_flag},
    "macro-file": {
        "of a macro workbook's type": lambda base: _main_type(base, _MACRO_TYPE),
        "vbaProject.bin": _more("xl/vbaProject.bin", _OLE),
        "an Excel 4 macro sheet": _more("xl/macrosheets/sheet1.xml", b"<a/>"),
        "a ribbon of its own": _more("customUI/customUI14.xml", b"<customUI/>"),
        "an OLE object": _more("xl/embeddings/oleObject1.bin", _OLE),
        "a workbook in the workbook": lambda base: with_parts(base.content, ("xl/embeddings/a.xlsx", base.content)),
        "an ActiveX control": _more("xl/activeX/activeX1.xml", b"<a/>"),
    },
}
_TITLES = {"x…": b"x" * 300, "a/b": b"a/b", "a'b": b"a'b", "=1+1": b"=1+1", "tab": b"a&#9;b"}
_ACCEPTED: Mapping[str, tuple[Change, str]] = {
    "as it was": (lambda base: base.content, ""),
    "names with backslashes, as old programs write them": (lambda base: _renamed(base, "back"), ""),
    **{
        f"_kttt is called {name}": (lambda base, title=title: _named(base, title), "renamed-sheet")
        for name, title in _TITLES.items()
    },
    "names in capitals": (lambda base: _renamed(base, "upper"), ""),
    "a link to a workbook on a share": (_external_link, "external-links"),
    "a hyperlink to a share": (_hyperlink, ""),
}
GROUPS = {"truncated": truncated, "bitflip": bitflips, "package": package}
