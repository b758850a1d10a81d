"""gate: every kind of file that is refused, with the whole refusal; damage anywhere is refused or harmless."""

import errno
import hashlib
import io
import os
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl import gate
from kttt_xl.errors import CopyRefused
from kttt_xl.gate import Limits, Package, open_content, open_package, read_file
from kttt_xl.workbook import read_workbook

Refusal = tuple[str, str, str]


class Member(NamedTuple):
    """One member of a zip archive, and the lies told about it."""

    name: str
    data: bytes
    method: int = zipfile.ZIP_DEFLATED
    declared: int | None = None  # size in both headers
    flags: int = 0
    crc: int | None = None
    attributes: int = 0
    local_name: str | None = None
    padding: bytes = b""  # after the deflated data, within its stored size
    stored: int = 0  # what is wrong about the size of its deflated data
    extra: bytes = b""  # fields of the directory's entry


def local(member: Member) -> tuple[bytes, bytes]:
    """What the directory repeats of a member's header, and header and data together."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = packer.compress(member.data) + packer.flush() + member.padding
    stored = deflated if member.method == zipfile.ZIP_DEFLATED else member.data
    size = len(member.data) if member.declared is None else member.declared
    crc = zlib.crc32(member.data) if member.crc is None else member.crc
    name = (member.name if member.local_name is None else member.local_name).encode()
    header = struct.pack("<4H3L", member.flags, member.method, 0, 33, crc, len(stored) + member.stored, size)
    return header, struct.pack("<4sH", b"PK\3\4", 20) + header + struct.pack("<2H", len(name), 0) + name + stored


def archive(members: Iterable[Member], *, between: bytes = b"", more: int = 0, shift: int = 0) -> bytes:
    """A zip archive written by hand, since zipfile tells no lies.

    between stands between parts and directory, more is added to the count of parts and shift to the directory's place.
    """
    body, directory, count = b"", b"", 0
    for member in members:
        header, data = local(member)
        name = member.name.encode()
        directory += struct.pack("<4s2H", b"PK\1\2", 20, 20) + header
        lengths = len(name), len(member.extra), 0, 0, 0
        directory += struct.pack("<5H2L", *lengths, member.attributes, len(body) + shift) + name + member.extra
        body += data
        count += 1
    body += between
    counts, place = (count + more, count + more), len(body) + shift
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *counts, len(directory), place, 0)


@cache
def book() -> bytes:
    """A small workbook as XlsxWriter makes it."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Nhiệm vụ")
        day = workbook.add_format({"num_format": "dd/mm/yyyy"})
        for row in range(12):
            sheet.write_string(row, 0, f"NV{row}")
            sheet.write_string(row, 1, f"Xây dựng kế hoạch phát triển hợp tác xã số {row}")
            sheet.write_number(row, 2, row * 1.1)
            sheet.write_number(row, 3, 45000 + row, day)
            sheet.write_formula(row, 4, f"=C{row + 1}*2", None, row * 2.2)
    return buffer.getvalue()


@cache
def parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(book())) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed."""
    assert change(parts()[name]) != parts()[name]
    return archive(Member(own, change(data) if own == name else data) for own, data in parts().items())


def with_more(*members: Member) -> bytes:
    """The workbook with more members."""
    return archive([Member(name, data) for name, data in parts().items()] + list(members))


def without(*names: str) -> bytes:
    return archive(Member(name, data) for name, data in parts().items() if name not in names)


def lying(name: str, **lies: object) -> bytes:
    """The workbook with lies about one member."""
    plain = (Member(own, data) for own, data in parts().items())
    return archive(member._replace(**lies) if member.name == name else member for member in plain)


def refusal(path: Path, limits: Limits = gate.DEFAULT_LIMITS) -> Refusal:
    with pytest.raises(CopyRefused) as caught:
        open_package(path, limits)
    return caught.value.code, caught.value.found, caught.value.expected


def refusal_of(content: bytes, folder: Path, limits: Limits = gate.DEFAULT_LIMITS) -> Refusal:
    path = folder / "bản sao.xlsx"
    path.write_bytes(content)
    return refusal(path, limits)


TWO_ARCHIVES = "có dữ liệu lạ trước hoặc sau gói, hoặc hai gói ghép làm một"
SHEET, STRINGS, TYPES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
WORKBOOK, WORKBOOK_RELS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
MAIN_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def main_type(new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(MAIN_TYPE, new)


def relation(kind: bytes, target: bytes = b"theme/theme1.xml", key: bytes = b"rIdX", mode: bytes = b"") -> bytes:
    new = b'<Relationship Id="%s" Type="%s" Target="%s"%s/></Relationships>' % (key, kind, target, mode)
    return changed(WORKBOOK_RELS, lambda data: data.replace(b"</Relationships>", new))


def ole(stream: str) -> bytes:
    return OLE + stream.encode("utf-16-le")


def doctype(data: bytes) -> bytes:
    return data.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>', 1)


def overlapping() -> bytes:
    """A member that stands inside the data of another."""
    inner = Member("xl/media/b.bin", b"0" * 999)
    content = bytearray(with_more(Member("xl/media/a.bin", local(inner)[1], zipfile.ZIP_STORED), inner))
    offset = content.rfind(b"PK\1\2") + 42
    content[offset : offset + 4] = struct.pack("<L", content.find(local(inner)[1]))
    return bytes(content)


def first_header(offset: int, new: bytes) -> bytes:
    """The workbook with the local header of its first member changed, and the directory left as it is."""
    assert book()[offset : offset + len(new)] != new
    return book()[:offset] + new + book()[offset + len(new) :]


def misplaced(name: str, offset: int) -> bytes:
    """The workbook with one member more that does not stand where the directory says."""
    content = bytearray(with_more(Member(name, b"a")))
    place = content.rfind(name.encode()) - 4
    content[place : place + 4] = struct.pack("<L", offset)
    return bytes(content)


def whole(**lies: object) -> bytes:
    """The workbook in an archive that lies about itself."""
    return archive((Member(name, data) for name, data in parts().items()), **lies)


def commented(comment: bytes, length: int | None = None) -> bytes:
    """The workbook with a comment behind its end record, and the length of it as said there."""
    return whole()[:-2] + struct.pack("<H", len(comment) if length is None else length) + comment


def in_zip64() -> bytes:
    """The workbook with its end record in the form for huge archives, as some programs always write it."""
    content, plain = whole()[: -len(end_record(whole()))], end_record(whole())
    count, size, place = struct.unpack("<2xHLL", plain[8:20])
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, place)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(content), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return content + record + locator + end


def two_directories() -> bytes:
    """The workbook with two directories: the first says that the second is its comment."""
    content = whole()
    parts_end = content.index(b"PK\1\2")
    directory, end = content[parts_end : -len(end_record(content))], bytearray(end_record(content))
    end[16:20] = struct.pack("<L", len(content))
    second = directory + bytes(end)
    return content[:-2] + struct.pack("<H", len(second)) + second


def damaged_stream() -> bytes:
    content = bytearray(whole())
    content[content.index(SHEET.encode()) + len(SHEET)] = 0xFF  # no block begins like this
    return bytes(content)


def end_record(content: bytes) -> bytes:
    return content[content.rfind(b"PK\5\6") :]


def unicode_name(name: str) -> bytes:
    """The extra field in which some programs write, and read, a member's name."""
    return struct.pack("<2HBL", 0x7075, 5 + len(name.encode()), 1, 0) + name.encode()


def linked_program(element: bytes) -> bytes:
    """The workbook with a link that fetches a value from a running program."""
    link = Member(
        "xl/externalLinks/externalLink1.xml", b'<x:externalLink xmlns:x="u">' + element + b"</x:externalLink>"
    )
    names = [Member(name, data) for name, data in parts().items() if name != WORKBOOK_RELS]
    new = b'<Relationship Id="rIdX" Type="%sexternalLink" Target="externalLinks/externalLink1.xml"/></R' % OFFICE
    return archive([*names, Member(WORKBOOK_RELS, parts()[WORKBOOK_RELS].replace(b"</R", new)), link])


def noise(name: str) -> Member:
    """A member that cannot be compressed, and says it is of 60 MB."""
    return Member(name, random.Random(1).randbytes(500 << 10), declared=60 << 20)  # noqa: S311 - any bytes


REFUSALS: dict[str, tuple[Callable[[], bytes], Refusal]] = {
    # not a workbook: what it looks like
    "empty": (lambda: b"", ("not-a-workbook", "tệp rỗng", "")),
    "csv": ("Mã,Thực hiện\nCT001,5\n".encode, ("not-a-workbook", "tệp văn bản", "")),
    "utf-16 text": (lambda: "Mã;Số".encode("utf-16"), ("not-a-workbook", "tệp văn bản", "")),
    "html": (lambda: b"\n <HTML><table>", ("not-a-workbook", "trang web (HTML)", "")),
    "html table": (lambda: b"<table><tr>", ("not-a-workbook", "trang web (HTML)", "")),
    "mht": (lambda: b"MIME-Version: 1.0\n", ("not-a-workbook", "trang web lưu một tệp (.mht)", "")),
    "xml": (lambda: b"<?xml version='1.0'?><a/>", ("not-a-workbook", "tệp XML", "")),
    "pdf": (lambda: b"%PDF-1.7\n", ("not-a-workbook", "tệp PDF", "")),
    "png": (lambda: b"\x89PNG\r\n", ("not-a-workbook", "ảnh PNG", "")),
    "jpeg": (lambda: b"\xff\xd8\xff\xe0", ("not-a-workbook", "ảnh JPEG", "")),
    "rar": (lambda: b"Rar!\x1a\x07", ("not-a-workbook", "tệp nén RAR", "")),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c", ("not-a-workbook", "tệp nén 7z", "")),
    "one byte": (lambda: b"P", ("not-a-workbook", "tệp văn bản", "")),
    "noise": (lambda: b"\x01\x02\x03", ("not-a-workbook", "dữ liệu không rõ loại", "")),
    "numbers": (
        lambda: archive([Member("Index/Document.iwa", b"a"), Member("Data/x", b"")]),
        ("not-a-workbook", "gói zip chứa tệp khác", ""),
    ),
    "doc": (lambda: ole("WordDocument"), ("not-a-workbook", "tài liệu Word 97-2003 (.doc)", "")),
    "ole": (lambda: OLE, ("not-a-workbook", "tài liệu OLE không rõ loại", "")),
    "empty zip": (lambda: archive([]), ("not-a-workbook", "gói zip rỗng", "")),
    "zip": (lambda: archive([Member("a.xlsx", book())]), ("not-a-workbook", "gói zip chứa tệp khác", "")),
    "docx": (
        lambda: archive([Member(TYPES, b"<Types/>"), Member("word/document.xml", b"<x/>")]),
        ("not-a-workbook", "tài liệu Word (.docx)", ""),
    ),
    "content type": (
        lambda: changed(TYPES, main_type(b"text/plain")),
        ("not-a-workbook", "gói thuộc loại text/plain", ""),
    ),
    # damaged
    "zeros": (lambda: bytes(4096), ("damaged-file", "tệp toàn byte 0", "")),
    "cut in half": (
        lambda: book()[: len(book()) // 2],
        ("damaged-file", "tệp bị cắt cụt hoặc mục lục của gói hỏng", ""),
    ),
    "last byte cut": (lambda: book()[:-1], ("damaged-file", "tệp bị cắt cụt hoặc mục lục của gói hỏng", "")),
    "crc": (lambda: lying(SHEET, crc=1), ("damaged-file", f"phần {SHEET} sai mã kiểm tra (CRC)", "")),
    "crc of what nobody reads": (
        lambda: with_more(Member("xl/media/a.png", b"a", crc=1)),
        ("damaged-file", "phần xl/media/a.png sai mã kiểm tra (CRC)", ""),
    ),
    "declared larger": (
        lambda: lying(SHEET, declared=99999, crc=1),
        ("damaged-file", f"phần {SHEET} sai mã kiểm tra (CRC)", ""),
    ),
    "comment cut short": (lambda: commented(b"abc", 9), ("unsafe-file", TWO_ARCHIVES, "")),
    "member behind the end": (
        lambda: misplaced("xl/media/a.png", 1 << 30),
        ("damaged-file", "phần xl/media/a.png nằm ngoài tệp", ""),
    ),
    "member that is none": (
        lambda: misplaced("xl/media/a.png", 7),
        ("damaged-file", "không tìm thấy phần xl/media/a.png", ""),
    ),
    "no stream": (
        damaged_stream,
        ("damaged-file", f"phần {SHEET} hỏng", ""),
    ),
    "half a stream": (
        lambda: archive(Member(name, data, stored=-9 if name == SHEET else 0) for name, data in parts().items()),
        ("damaged-file", f"phần {SHEET} bị cắt cụt", ""),
    ),
    "no content types": (lambda: without(TYPES), ("damaged-file", f"thiếu phần {TYPES}", "")),
    "broken content types": (
        lambda: changed(TYPES, lambda data: data[:-9]),
        ("damaged-file", f"phần {TYPES} sai cú pháp XML", ""),
    ),
    "no root relationships": (lambda: without("_rels/.rels"), ("damaged-file", "thiếu phần _rels/.rels", "")),
    "no main part named": (
        lambda: changed("_rels/.rels", lambda data: data.replace(b"/officeDocument", b"/x")),
        ("damaged-file", "gói không chỉ rõ phần sổ tính", ""),
    ),
    # encrypted
    "password": (lambda: ole("EncryptedPackage"), ("encrypted-file", "tệp có mật khẩu mở", "")),
    "zip password": (lambda: lying(SHEET, flags=1), ("encrypted-file", "gói zip có mật khẩu", "")),
    "zip password in one place": (
        lambda: first_header(6, b"\1"),
        ("encrypted-file", "gói zip có mật khẩu", ""),
    ),
    # other spreadsheet formats
    "xls": (lambda: ole("Workbook"), ("legacy-format", "Excel 97-2003 (.xls)", "")),
    "old xls": (lambda: b"\x09\x04\x06\x00", ("legacy-format", "Excel 4.0 (.xls)", "")),
    "xlsb": (lambda: with_more(Member("xl/workbook.bin", b"")), ("legacy-format", "Excel nhị phân (.xlsb)", "")),
    "ods": (
        lambda: archive([Member("mimetype", b"application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)]),
        ("legacy-format", "OpenDocument (.ods)", ""),
    ),
    "even older xls": (lambda: b"\x09\x00\x04\x00", ("legacy-format", "Excel 2.1 (.xls)", "")),
    "xls without container": (lambda: b"\x09\x08\x10\x00", ("legacy-format", "Excel 5.0/95 (.xls)", "")),
    "sylk": (lambda: b"ID;PWXL;N;E\n", ("legacy-format", "SYLK (.slk)", "")),
    "ods of another program": (
        lambda: archive([Member("content.xml", b"<x/>"), Member("META-INF/manifest.xml", b"<x/>")]),
        ("legacy-format", "OpenDocument", ""),
    ),
    "xml 2003": (
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        ("legacy-format", "XML Spreadsheet 2003 (.xml)", ""),
    ),
    "xltx": (
        lambda: changed(TYPES, main_type(MAIN_TYPE.replace(b"sheet.main", b"template.main"))),
        ("legacy-format", "mẫu sổ tính (.xltx)", ""),
    ),
    # what can run
    "xlsm": (
        lambda: changed(TYPES, main_type(b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")),
        ("macro-file", "phần xl/workbook.xml", ""),
    ),
    "vba": (lambda: with_more(Member("xl/vbaProject.bin", OLE)), ("macro-file", "phần xl/vbaProject.bin", "")),
    "macro sheet": (
        lambda: with_more(Member("xl/macrosheets/sheet1.xml", b"<x/>")),
        ("macro-file", "phần xl/macrosheets/sheet1.xml", ""),
    ),
    "ribbon": (
        lambda: with_more(Member("customUI/customUI14.xml", b"<x/>")),
        ("macro-file", "phần customUI/customUI14.xml", ""),
    ),
    "activex": (
        lambda: with_more(Member("xl/activeX/activeX1.xml", b"<x/>")),
        ("macro-file", "phần xl/activeX/activeX1.xml", ""),
    ),
    "ole object": (
        lambda: with_more(Member("xl/embeddings/oleObject1.bin", OLE)),
        ("macro-file", "phần xl/embeddings/oleObject1.bin", ""),
    ),
    "vba under another name": (
        lambda: relation(b"http://schemas.microsoft.com/office/2006/relationships/vbaProject"),
        ("macro-file", f"vbaProject trong phần {WORKBOOK_RELS}", ""),
    ),
    "dde": (
        lambda: linked_program(b'<x:ddeLink ddeService="cmd" ddeTopic="/c calc"/>'),
        ("unsafe-file", "liên kết DDE hoặc OLE trong phần xl/externalLinks/externalLink1.xml", ""),
    ),
    "ole link": (
        lambda: linked_program(b"<oleLink/>"),
        ("unsafe-file", "liên kết DDE hoặc OLE trong phần xl/externalLinks/externalLink1.xml", ""),
    ),
    "embedded document": (
        lambda: relation(OFFICE + b"package"),
        ("macro-file", f"package trong phần {WORKBOOK_RELS}", ""),
    ),
    # too large
    "parts": (
        lambda: with_more(*(Member(f"xl/media/{number}.png", b"") for number in range(1000))),
        ("too-large", f"{1000 + len(parts())} phần trong gói", "1000 phần"),
    ),
    "part": (
        lambda: with_more(Member("xl/media/a.bin", b"", declared=(64 << 20) + 1)),
        ("too-large", "phần xl/media/a.bin 64,1 MB", "64 MB"),
    ),
    "ratio": (
        lambda: with_more(Member("xl/media/a.bin", bytes(1000), zipfile.ZIP_STORED, 200_000)),
        ("too-large", "phần xl/media/a.bin nén 200 lần", "150 lần"),
    ),
    "total": (
        lambda: with_more(noise("xl/media/0.bin"), noise("xl/media/1.bin"), noise("xl/media/2.bin")),
        ("too-large", "các phần cộng lại 180,1 MB", "128 MB"),
    ),
    # unsafe
    "bytes before": (
        lambda: b"PK\3\4" + book(),
        ("unsafe-file", "có dữ liệu lạ trước hoặc sau gói, hoặc hai gói ghép làm một", ""),
    ),
    "bytes after": (
        lambda: book() + b"\n",
        ("unsafe-file", "có dữ liệu lạ trước hoặc sau gói, hoặc hai gói ghép làm một", ""),
    ),
    "two archives": (
        lambda: book() + book(),
        ("unsafe-file", "có dữ liệu lạ trước hoặc sau gói, hoặc hai gói ghép làm một", ""),
    ),
    "two end records": (
        lambda: whole()[: -len(end_record(whole()))] + end_record(archive([])) + end_record(whole()),
        ("damaged-file", "tệp bị cắt cụt hoặc mục lục của gói hỏng", ""),
    ),
    "an end record in the comment": (
        lambda: commented(end_record(archive([]))),
        ("not-a-workbook", "gói zip rỗng", ""),
    ),
    "an end record in the directory": (
        lambda: with_more(Member("xl/a.xml", b"<x/>", extra=b"\1\1\x16\0" + end_record(archive([])))),
        ("unsafe-file", TWO_ARCHIVES, ""),
    ),
    "a second directory in the comment of the first": (
        two_directories,
        ("unsafe-file", "có phần hoặc mục lục thứ hai nằm khuất trong gói", ""),
    ),
    "fewer parts than there are": (lambda: whole(more=-1), ("unsafe-file", TWO_ARCHIVES, "")),
    "more parts than there are": (lambda: whole(more=1), ("unsafe-file", TWO_ARCHIVES, "")),
    "shifted": (lambda: whole(shift=16), ("unsafe-file", TWO_ARCHIVES, "")),
    "a part that the directory leaves out": (
        lambda: whole(between=local(Member(SHEET, b"<x/>"))[1]),
        ("unsafe-file", "có phần hoặc mục lục thứ hai nằm khuất trong gói", ""),
    ),
    "two names for one part of some programs": (
        lambda: with_more(Member("xl/a.xml", b"<x/>", extra=unicode_name(SHEET))),
        ("unsafe-file", "phần xl/a.xml có hai tên", ""),
    ),
    "empty folder in a name": (
        lambda: with_more(Member("xl//workbook.xml", b"<x/>")),
        ("unsafe-file", "tên phần không hợp lệ: xl//workbook.xml", ""),
    ),
    "this folder in a name": (
        lambda: with_more(Member("xl/./workbook.xml", b"<x/>")),
        ("unsafe-file", "tên phần không hợp lệ: xl/./workbook.xml", ""),
    ),
    "one name twice": (
        lambda: with_more(Member(SHEET, b"<x/>")),
        ("unsafe-file", "hai phần trùng tên trong gói", ""),
    ),
    "one name in two cases": (
        lambda: with_more(Member("XL/Worksheets\\Sheet1.XML", b"<x/>")),
        ("unsafe-file", "hai phần trùng tên trong gói", ""),
    ),
    "escaping": (
        lambda: with_more(Member("../../x.txt", b"")),
        ("unsafe-file", "tên phần không hợp lệ: ../../x.txt", ""),
    ),
    "escaping backwards": (
        lambda: with_more(Member("xl\\..\\..\\x.txt", b"")),
        ("unsafe-file", "tên phần không hợp lệ: xl/../../x.txt", ""),
    ),
    "absolute": (lambda: with_more(Member("/x", b"")), ("unsafe-file", "tên phần không hợp lệ: /x", "")),
    "drive": (lambda: with_more(Member("C:\\x", b"")), ("unsafe-file", "tên phần không hợp lệ: C:/x", "")),
    "nul in name": (
        lambda: with_more(Member("xl/a\0b", b"")),
        ("unsafe-file", "tên phần không hợp lệ: xl/a?b", ""),
    ),
    "long name": (
        lambda: with_more(Member("d/" * 200, b"")),
        ("unsafe-file", "tên phần không hợp lệ: " + "d/" * 30, ""),
    ),
    "link inside": (
        lambda: with_more(Member("xl/media/a", b"/etc/passwd", attributes=(stat.S_IFLNK | 0o777) << 16)),
        ("unsafe-file", "phần xl/media/a là liên kết (symlink)", ""),
    ),
    "overlap": (overlapping, ("unsafe-file", "các phần chồng lên nhau trong gói", "")),
    "bomb declared small": (
        lambda: with_more(Member("xl/media/a.bin", bytes(5 << 20), declared=5000)),
        ("unsafe-file", "phần xl/media/a.bin khai sai kích thước", ""),
    ),
    "declared too large": (
        lambda: lying(SHEET, declared=99999),
        ("unsafe-file", f"phần {SHEET} khai sai kích thước", ""),
    ),
    "more than its stream": (
        lambda: lying(SHEET, padding=b"0"),
        ("unsafe-file", f"phần {SHEET} khai sai kích thước", ""),
    ),
    "two sizes": (
        lambda: first_header(22, b"\7\7"),
        ("unsafe-file", f"hai chỗ ghi về phần {next(iter(parts()))} không khớp nhau, hoặc kiểu nén lạ", ""),
    ),
    "two checksums": (
        lambda: first_header(14, b"\7\7"),
        ("unsafe-file", f"hai chỗ ghi về phần {next(iter(parts()))} không khớp nhau, hoặc kiểu nén lạ", ""),
    ),
    "two names for one part": (
        lambda: lying(SHEET, local_name="xl/worksheets/sheet2.xml"),
        ("unsafe-file", f"hai chỗ ghi về phần {SHEET} không khớp nhau, hoặc kiểu nén lạ", ""),
    ),
    "unknown compression": (
        lambda: lying(SHEET, method=14),
        ("unsafe-file", f"hai chỗ ghi về phần {SHEET} không khớp nhau, hoặc kiểu nén lạ", ""),
    ),
    "doctype": (lambda: changed(STRINGS, doctype), ("unsafe-file", f"phần {STRINGS} có khai báo DOCTYPE", "")),
    "doctype in what nobody reads": (
        lambda: changed("docProps/core.xml", doctype),
        ("unsafe-file", "phần docProps/core.xml có khai báo DOCTYPE", ""),
    ),
    "utf-16": (
        lambda: changed(SHEET, lambda data: data.decode().encode("utf-16")),
        ("unsafe-file", f"phần {SHEET} không dùng mã UTF-8", ""),
    ),
    "utf-7": (
        lambda: changed(SHEET, lambda data: data.replace(b"UTF-8", b"UTF-7", 1)),
        ("unsafe-file", f"phần {SHEET} không dùng mã UTF-8", ""),
    ),
    "another encoding, said late": (
        lambda: changed(SHEET, lambda data: data.replace(b' encoding="UTF-8"', b" " * 999 + b' encoding="UTF-7"', 1)),
        ("unsafe-file", f"phần {SHEET} không dùng mã UTF-8", ""),
    ),
    "two content types": (
        lambda: changed(
            TYPES, lambda d: d.replace(b"</Types>", b'<Default Extension="xml" ContentType="a/b"/></Types>')
        ),
        ("unsafe-file", "hai kiểu nội dung cho phần xml", ""),
    ),
    "relationship outside": (
        lambda: relation(OFFICE + b"x", b"../../../etc/hostname"),
        ("unsafe-file", "quan hệ chỉ ra ngoài gói: ../../etc/hostname", ""),
    ),
    "relationship twice": (
        lambda: relation(OFFICE + b"x", key=b"rId1"),
        ("unsafe-file", f"hai quan hệ trùng mã trong phần {WORKBOOK_RELS}", ""),
    ),
    "data connection": (
        lambda: relation(OFFICE + b"connections"),
        ("unsafe-file", "có kết nối lấy dữ liệu từ ngoài tệp", ""),
    ),
    "data connection by its content type": (
        lambda: changed(TYPES, lambda data: data.replace(b"spreadsheetml.styles", b"spreadsheetml.connections")),
        ("unsafe-file", "có kết nối lấy dữ liệu từ ngoài tệp", ""),
    ),
    "deep content types": (
        lambda: changed(TYPES, lambda data: data.replace(b"</Types>", b"<a>" * 999 + b"</a>" * 999 + b"</Types>")),
        ("unsafe-file", f"phần {TYPES} có quá nhiều lớp thẻ lồng nhau", ""),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refuses(case: str, tmp_path: Path) -> None:
    make, expected = REFUSALS[case]
    assert refusal_of(make(), tmp_path) == expected


@pytest.mark.parametrize(
    ("limits", "found", "expected"),
    [
        (Limits(file_size=1 << 10), "tệp 0,1 MB", "0,1 MB"),
        (Limits(part_size=2000), "phần xl/worksheets/sheet1.xml 0,1 MB", "0,1 MB"),
        (Limits(total_size=9000), "các phần cộng lại 0,1 MB", "0,1 MB"),
        (Limits(parts=3), f"{len(parts())} phần trong gói", "3 phần"),
    ],
)
def test_limits_are_those_given(limits: Limits, found: str, expected: str, tmp_path: Path) -> None:
    assert refusal_of(book(), tmp_path, limits) == ("too-large", found, expected)


def test_opens_bytes_too(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(book())
    assert read_file(tmp_path / "a.xlsx") == book()
    assert open_content(book()) == open_package(tmp_path / "a.xlsx")
    with pytest.raises(CopyRefused) as caught:
        open_content(book(), Limits(file_size=1000))
    assert (caught.value.code, caught.value.found) == ("too-large", "tệp 0,1 MB")


def test_opens_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "bản sao.bất kỳ"  # the extension says nothing
    path.write_bytes(book())
    xml = {name: data for name, data in parts().items() if name.endswith((".xml", ".rels"))}
    package = open_package(path)
    assert package == Package(hashlib.sha256(book()).hexdigest(), len(book()), xml)
    assert package.part("XL/Workbook.xml") == parts()[WORKBOOK]


@pytest.mark.parametrize(
    "content",
    [
        commented(b"made by a program that signs its work"),
        in_zip64(),
        with_more(Member("xl/media/a.png", b"a", extra=b"\x0a\0\0\0" + unicode_name("xl/media/a.png"))),
        changed(SHEET, lambda data: b"\xef\xbb\xbf" + data),
        archive(Member(name.replace("/", "\\"), data) for name, data in parts().items()),
        archive(Member(name, data, zipfile.ZIP_STORED) for name, data in parts().items()),
        with_more(Member("xl/media/", b""), Member("xl/media/ảnh.png", b"a", flags=0x800)),
        archive(Member(name if name == TYPES else name.upper(), data) for name, data in parts().items()),
    ],
    ids=["comment", "zip64", "unicode name", "byte order mark", "backslashes", "stored", "picture", "capitals"],
)
def test_reads_what_odd_programs_write(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    (tmp_path / "b.xlsx").write_bytes(book())
    assert read_workbook(open_package(tmp_path / "a.xlsx")) == read_workbook(open_package(tmp_path / "b.xlsx"))


def test_reads_sizes_written_after_the_data(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """Where zipfile cannot go back to fill sizes in, as when a server streams a download."""

        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:
            self.content += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as streamed:
        for name, data in parts().items():
            streamed.writestr(name, data)
    path = tmp_path / "a.xlsx"
    path.write_bytes(pipe.content)
    assert dict(open_package(path).parts) == {name: parts()[name] for name in open_package(path).parts}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files on this system")
@pytest.mark.parametrize(
    ("make", "found"),
    [
        (os.mkfifo, "ống dẫn (FIFO)"),
        (os.mkdir, "thư mục"),
        (lambda path: path.symlink_to("other.xlsx"), "liên kết đến tệp khác (symlink)"),
        (lambda path: path.symlink_to(path), "liên kết đến tệp khác (symlink)"),
    ],
)
def test_special_files_are_refused_unopened(make: Callable[[Path], None], found: str, tmp_path: Path) -> None:
    (tmp_path / "other.xlsx").write_bytes(book())
    make(tmp_path / "a.xlsx")
    assert refusal(tmp_path / "a.xlsx") == ("unsafe-file", found, "")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device on this system")
def test_a_device_is_refused_unopened() -> None:
    assert refusal(Path("/dev/zero")) == ("unsafe-file", "thiết bị", "")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(book())
    os.truncate(path, 4 << 30)
    assert refusal(path) == ("too-large", "tệp 4096 MB", "20 MB")


@pytest.mark.parametrize(
    ("number", "found"),
    [
        (errno.EACCES, "không có quyền đọc, hoặc tệp đang mở ở chương trình khác"),
        (errno.EIO, "lỗi ổ đĩa hoặc mạng"),
        (errno.ELOOP, "tệp bị thay bằng liên kết trong lúc mở"),
        (errno.ENFILE, "lỗi ENFILE"),
    ],
)
def test_unreadable(number: int, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    (tmp_path / "a.xlsx").write_bytes(book())
    monkeypatch.setattr(gate.os, "open", fail)
    assert refusal(tmp_path / "a.xlsx") == ("unreadable", found, "")


@pytest.mark.parametrize(("name", "found"), [("b.xlsx", "không còn tệp này"), ("a\0.xlsx", "lỗi ValueError")])
def test_missing(name: str, found: str, tmp_path: Path) -> None:
    assert refusal(tmp_path / name) == ("unreadable", found, "")


def test_a_file_replaced_before_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xlsx").write_bytes(book())
    device = os.open(os.devnull, os.O_RDONLY)
    monkeypatch.setattr(gate.os, "open", lambda *_: device)
    assert refusal(tmp_path / "a.xlsx") == ("unsafe-file", "thiết bị", "")


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(book())
    look = os.fstat

    def look_and_write(descriptor: int) -> os.stat_result:
        seen = look(descriptor)
        with path.open("ab") as other:
            other.write(b"more")
        return seen

    monkeypatch.setattr(gate.os, "fstat", look_and_write)
    assert refusal(path) == ("unreadable", "tệp thay đổi trong lúc đọc", "")


def outcome(content: bytes, path: Path) -> object:
    """The cells of a file, or None when it is refused; anything else raised is a failure."""
    path.write_bytes(content)
    try:
        return read_workbook(open_package(path))
    except CopyRefused:
        return None


def test_a_flipped_bit_is_refused_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    chance, whole = random.Random(20260101), outcome(book(), path)  # noqa: S311 - which bits is all it decides
    outcomes = []
    for _ in range(200):
        content, bit = bytearray(book()), chance.randrange(len(book()) * 8)
        content[bit // 8] ^= 1 << bit % 8
        outcomes.append(outcome(bytes(content), path))
    assert whole is not None
    assert all(found is None or found == whole for found in outcomes)
    assert outcomes.count(None) > 150


@settings(deadline=None, max_examples=60)
@given(cut=st.floats(0, 1), skip=st.floats(0, 0.2), noise=st.binary(max_size=40))
def test_damage_anywhere_never_changes_a_cell(
    cut: float, skip: float, noise: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("damage") / "a.xlsx"
    whole, begin = outcome(book(), path), int(cut * len(book()))
    found = outcome(book()[:begin] + noise + book()[begin + int(skip * len(book())) :], path)
    assert found is None or found == whole
