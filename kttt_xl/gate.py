"""Is this file safe and sound enough to read? Its bytes are read once and held; nothing is unpacked to disk.

A returned copy may be cut, rotten, disguised or hostile. Whatever it is, the answer is a Package whose every part
was inflated once, to its end, with its checksum and size as declared; or one CopyRefused. Where two programs would
see different contents (two archives in one file, a part twice), the file is refused rather than read our way.
"""

import errno
import hashlib
import io
import math
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from kttt_xl.errors import CopyRefused
from kttt_xl.ooxml import OUTSIDE, parse, relationships, shown

_MIB = 1 << 20

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_END_OF_ZIP = 22
_ENCRYPTED, _SIZES_FOLLOW, _UTF8_NAME, _IN_ZIP64 = 0x1, 0x8, 0x800, 0xFFFFFFFF
# What zipfile lets out on a broken directory; its own BadZipFile is only one of them.
_BROKEN_ZIP = (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error, OverflowError)

_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
# Whatever can run: looked for in part names, content types and relationship types.
_ACTIVE = re.compile(
    "vbaproject|macroenabled|macrosheet|dialogsheet|activex|oleobject|/embeddings/|customui|/extensibility$"
    "|attachedtoolbars|relationships/(?:control|package)$",
    re.IGNORECASE,
)
_ENCODING = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']*)""")

# First bytes -> what an officer calls it: by content, never by extension.
_SIGNATURES = (
    (b"%PDF", "not-a-workbook", "tệp PDF"),
    (b"\x89PNG", "not-a-workbook", "ảnh PNG"),
    (b"\xff\xd8\xff", "not-a-workbook", "ảnh JPEG"),
    (b"GIF8", "not-a-workbook", "ảnh GIF"),
    (b"BM", "not-a-workbook", "ảnh BMP"),
    (b"II*\0", "not-a-workbook", "ảnh TIFF"),
    (b"Rar!", "not-a-workbook", "tệp nén RAR"),
    (b"7z\xbc\xaf\x27\x1c", "not-a-workbook", "tệp nén 7z"),
    (b"\x1f\x8b", "not-a-workbook", "tệp nén GZIP"),
    (b"{\\rtf", "not-a-workbook", "văn bản RTF"),
    (b"PK\x05\x06", "not-a-workbook", "gói zip rỗng"),
    (b"\x09\x00\x04\x00", "legacy-format", "Excel 2.1 (.xls)"),
    (b"\x09\x02\x06\x00", "legacy-format", "Excel 3.0 (.xls)"),
    (b"\x09\x04\x06\x00", "legacy-format", "Excel 4.0 (.xls)"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (  # the outer document first: a Word file may hold a workbook
    ("EncryptedPackage", "encrypted-file", "tệp có mật khẩu mở"),
    ("WordDocument", "not-a-workbook", "tài liệu Word 97-2003 (.doc)"),
    ("PowerPoint Document", "not-a-workbook", "trình chiếu PowerPoint 97-2003 (.ppt)"),
    ("__properties_version1.0", "not-a-workbook", "thư Outlook (.msg)"),
    ("Workbook", "legacy-format", "Excel 97-2003 (.xls)"),
    ("Book", "legacy-format", "Excel 5.0/95 (.xls)"),
)
_ODF = b"mimetypeapplication/vnd.oasis.opendocument."  # stands at byte 30 of every OpenDocument package
_TEXTS = (  # somewhere in the first bytes, lower case
    (b"urn:schemas-microsoft-com:office:spreadsheet", "legacy-format", "XML Spreadsheet 2003 (.xml)"),
    (b"urn:oasis:names:tc:opendocument", "legacy-format", "OpenDocument dạng XML (.fods)"),
    (b"mime-version:", "not-a-workbook", "trang web lưu một tệp (.mht)"),
    (b"<html", "not-a-workbook", "trang web (HTML)"),
    (b"<table", "not-a-workbook", "trang web (HTML)"),
    (b"<?xml", "not-a-workbook", "tệp XML"),
)
_CONTROL_BYTE = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_OTHER_PACKAGES = (
    ("xl/workbook.bin", "legacy-format", "Excel nhị phân (.xlsb)"),
    ("word/document.xml", "not-a-workbook", "tài liệu Word (.docx)"),
    ("ppt/presentation.xml", "not-a-workbook", "trình chiếu PowerPoint (.pptx)"),
)
_SPECIAL_FILES = MappingProxyType(
    {
        stat.S_IFLNK: "liên kết đến tệp khác (symlink)",
        stat.S_IFDIR: "thư mục",
        stat.S_IFIFO: "ống dẫn (FIFO)",
        stat.S_IFSOCK: "socket",
        stat.S_IFCHR: "thiết bị",
        stat.S_IFBLK: "thiết bị",
    }
)
_IO_ERRORS = MappingProxyType(
    {
        errno.ENOENT: "không còn tệp này",
        errno.EACCES: "không có quyền đọc, hoặc tệp đang mở ở chương trình khác",
        errno.EPERM: "không có quyền đọc, hoặc tệp đang mở ở chương trình khác",
        errno.ELOOP: "tệp bị thay bằng liên kết trong lúc mở",
        errno.EIO: "lỗi ổ đĩa hoặc mạng",
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a copy may hold (reliability.md 5.1): sizes in bytes, the rest counted.

    row and column are the farthest a value may stand; the caller raises them for a larger form. Formatted empty
    cells may stand anywhere in Excel's grid.
    """

    file_size: int = 20 * _MIB
    part_size: int = 64 * _MIB
    total_size: int = 128 * _MIB
    ratio: int = 150  # inflated to stored, for parts over ratio_from
    ratio_from: int = 100 << 10
    parts: int = 1000
    part_name: int = 260
    sheets: int = 200
    styles: int = 65_490  # Excel's own
    row: int = 20_000
    column: int = 300
    cells: int = 1_000_000  # half a gigabyte when held; a real large copy has 200,000
    text: int = 32_767  # Excel's own: characters in a cell


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Package:
    """A sound package, held in memory: the file's SHA-256 and size, and its XML parts by name.

    Parts that are not XML were checked and dropped. Names have "/", and upper and lower case as in the file.
    """

    sha256: str
    size: int
    parts: Mapping[str, bytes]

    def part(self, name: str) -> bytes:
        """Return a part, its name in whatever case (OPC); CopyRefused damaged-file when there is none."""
        folded = name.casefold()
        for own_name, content in self.parts.items():
            if own_name.casefold() == folded:
                return content
        raise CopyRefused("damaged-file", f"thiếu phần {shown(name)}")


def open_package(path: Path, limits: Limits = DEFAULT_LIMITS) -> Package:
    """Read a file once and return it as a Package, or say why not.

    Raises CopyRefused and nothing else, with not-a-workbook, damaged-file, encrypted-file, legacy-format,
    macro-file, too-large, unsafe-file or unreadable. Links, pipes and devices are refused without opening them.
    Source: reliability.md 5.1 and 6.
    """
    content = _read(path, limits)
    _check_first_bytes(content)
    members, end = _directory(content, limits)
    parts = _inflate_all(content, members, end)
    package = Package(hashlib.sha256(content).hexdigest(), len(content), MappingProxyType(parts))
    _check_content_types(package, [_name(member) for member in members])
    for part in parts:
        if part.casefold().endswith(".rels"):
            _check_relationships(package, part)
    return package


def main_part(package: Package) -> str:
    """Return the name of the workbook part; CopyRefused damaged-file when there is not exactly one."""
    roots = relationships(package.part("_rels/.rels"), "_rels/.rels").values()
    mains = [root.target for root in roots if root.word == "officeDocument" and not root.external]
    if len(mains) != 1:
        raise CopyRefused("damaged-file", "gói không chỉ rõ phần sổ tính")
    return mains[0]


def _read(path: Path, limits: Limits) -> bytes:
    """Return the bytes of a regular file; no link is followed and no pipe waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        kind = stat.S_IFMT(path.lstat().st_mode)
        if kind != stat.S_IFREG:
            raise CopyRefused("unsafe-file", _SPECIAL_FILES.get(kind, "tệp đặc biệt"))
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            before = os.fstat(file.fileno())
            if before.st_size > limits.file_size:
                raise CopyRefused("too-large", f"tệp {_megabytes(before.st_size)}", _megabytes(limits.file_size))
            content = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = _IO_ERRORS.get(number or 0) or f"lỗi {errno.errorcode.get(number or 0, type(error).__name__)}"
        raise CopyRefused("unreadable", reason) from error
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, len(content)):
        raise CopyRefused("unreadable", "tệp thay đổi trong lúc đọc")
    return content


def _check_first_bytes(content: bytes) -> None:
    """Refuse whatever is not a zip package, saying what it looks like."""
    if content.startswith(b"PK\x03\x04"):
        if content.startswith(_ODF + b"spreadsheet", 30):
            raise CopyRefused("legacy-format", "OpenDocument (.ods)")
        return
    if content.startswith(_OLE):
        for stream, code, what in _OLE_STREAMS:
            if stream.encode("utf-16-le") in content:
                raise CopyRefused(code, what)
        raise CopyRefused("not-a-workbook", "tài liệu OLE không rõ loại")
    for start, code, what in _SIGNATURES:
        if content.startswith(start):
            raise CopyRefused(code, what)
    if not content.strip(b"\0"):
        raise CopyRefused(*(("damaged-file", "tệp toàn byte 0") if content else ("not-a-workbook", "tệp rỗng")))
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    for words, code, what in _TEXTS:
        if words in head.lower():
            raise CopyRefused(code, what)
    raise CopyRefused("not-a-workbook", "dữ liệu không rõ loại" if _CONTROL_BYTE.search(head) else "tệp văn bản")


def _directory(content: bytes, limits: Limits) -> tuple[list[zipfile.ZipInfo], int]:
    """Return the members of the one archive that fills the file, and where its directory begins."""
    count = content.count(b"PK\x01\x02")  # before zipfile makes an object of each
    if count > limits.parts:
        raise CopyRefused("too-large", f"{count} phần trong gói", f"{limits.parts} phần")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members, end, comment = archive.infolist(), archive.start_dir, len(archive.comment)
    except _BROKEN_ZIP as error:
        raise CopyRefused("damaged-file", "tệp bị cắt cụt hoặc mục lục của gói hỏng") from error
    if not members:
        raise CopyRefused("not-a-workbook", "gói zip rỗng")
    tail = len(content) - _END_OF_ZIP - comment
    if content[tail : tail + 4] != b"PK\x05\x06" or min(member.header_offset for member in members) != 0:
        raise CopyRefused("unsafe-file", "có dữ liệu lạ trước hoặc sau gói, hoặc hai gói ghép làm một")
    _check_names(members, limits)
    for member in members:
        name, size = shown(_name(member)), member.file_size
        if size > limits.part_size:
            raise CopyRefused("too-large", f"phần {name} {_megabytes(size)}", _megabytes(limits.part_size))
        if size > limits.ratio_from and size > limits.ratio * member.compress_size:
            ratio = math.ceil(size / max(1, member.compress_size))
            raise CopyRefused("too-large", f"phần {name} nén {ratio} lần", f"{limits.ratio} lần")
    total = sum(member.file_size for member in members)
    if total > limits.total_size:
        raise CopyRefused("too-large", f"các phần cộng lại {_megabytes(total)}", _megabytes(limits.total_size))
    return members, end


def _check_names(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse other kinds of packages, and names that two programs would understand differently."""
    names = [_name(member).casefold() for member in members]
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise CopyRefused("encrypted-file", "gói zip có mật khẩu")
    for name, code, what in _OTHER_PACKAGES:
        if name in names:
            raise CopyRefused(code, what)
    if "[content_types].xml" not in names:
        if any(name.startswith("xl/") for name in names):
            raise CopyRefused("damaged-file", "thiếu phần [Content_Types].xml")
        raise CopyRefused("not-a-workbook", "gói zip chứa tệp khác")
    if len(set(names)) != len(names):
        raise CopyRefused("unsafe-file", "hai phần trùng tên trong gói")
    for member in members:
        name = _name(member)
        if OUTSIDE.match(name) or "\0" in name or len(name) > limits.part_name:
            raise CopyRefused("unsafe-file", f"tên phần không hợp lệ: {shown(name)}")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise CopyRefused("unsafe-file", f"phần {shown(name)} là liên kết (symlink)")


def _inflate_all(content: bytes, members: list[zipfile.ZipInfo], end: int) -> dict[str, bytes]:
    """Inflate every member once, check it, and return the XML ones, in the directory's order."""
    parts = {}
    extents = []
    for member in members:
        name = _name(member)
        start = _data_offset(content, member)
        extents.append((member.header_offset, start + member.compress_size))
        data = _inflate(memoryview(content)[start : start + member.compress_size], member)
        if name.casefold().endswith((".xml", ".rels")):
            _check_xml(data, name)
            parts[name] = data
    extents.sort()
    nexts = [begin for begin, _ in extents[1:]] + [end]
    if any(finish > following for (_, finish), following in zip(extents, nexts, strict=True)):
        raise CopyRefused("unsafe-file", "các phần chồng lên nhau trong gói")
    return parts


def _data_offset(content: bytes, member: zipfile.ZipInfo) -> int:
    """Return where a member's data begins; its local header must say what the directory says."""
    name = _name(member)
    begin = member.header_offset + _LOCAL_HEADER.size
    if begin > len(content):
        raise CopyRefused("damaged-file", f"phần {shown(name)} nằm ngoài tệp")
    header = _LOCAL_HEADER.unpack_from(content, member.header_offset)
    magic, _, flags, method, _, _, crc, stored, inflated, name_length, extra_length = header
    own_name = content[begin : begin + name_length]
    if magic != b"PK\x03\x04":
        raise CopyRefused("damaged-file", f"không tìm thấy phần {shown(name)}")
    if flags & _ENCRYPTED:
        raise CopyRefused("encrypted-file", "gói zip có mật khẩu")
    same = method == member.compress_type and own_name == member.orig_filename.encode(
        "utf-8" if member.flag_bits & _UTF8_NAME else "cp437"
    )
    if not flags & _SIZES_FOLLOW:
        same = same and crc == member.CRC and stored in {member.compress_size, _IN_ZIP64}
        same = same and inflated in {member.file_size, _IN_ZIP64}
    if not same or method not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise CopyRefused("unsafe-file", f"hai chỗ ghi về phần {shown(name)} không khớp nhau, hoặc kiểu nén lạ")
    return begin + int(name_length) + int(extra_length)


def _inflate(stored: memoryview, member: zipfile.ZipInfo) -> bytes:
    """Return a member's data; never more than one byte beyond its declared size is made."""
    name = shown(_name(member))
    excess = False
    if member.compress_type == zipfile.ZIP_STORED:
        data = bytes(stored)
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = inflater.decompress(stored, member.file_size + 1)
        except zlib.error as error:
            raise CopyRefused("damaged-file", f"phần {name} hỏng") from error
        excess = bool(inflater.unused_data)
        if not inflater.eof and len(data) <= member.file_size:
            raise CopyRefused("damaged-file", f"phần {name} bị cắt cụt")
    if excess or len(data) > member.file_size or (len(data) < member.file_size and zlib.crc32(data) == member.CRC):
        raise CopyRefused("unsafe-file", f"phần {name} khai sai kích thước")
    if len(data) != member.file_size or zlib.crc32(data) != member.CRC:
        raise CopyRefused("damaged-file", f"phần {name} sai mã kiểm tra (CRC)")
    return data


def _check_xml(data: bytes, name: str) -> None:
    """Refuse what could make two parsers differ, or one explode: other encodings than UTF-8, and DOCTYPE."""
    declared = _ENCODING.match(data[:300])
    encoding = declared[1].lower() if declared else b"utf-8"
    if b"\0" in data[:64] or encoding not in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}:
        raise CopyRefused("unsafe-file", f"phần {shown(name)} không dùng mã UTF-8")
    if b"<!DOCTYPE" in data:  # entities can only be declared in one
        raise CopyRefused("unsafe-file", f"phần {shown(name)} có khai báo DOCTYPE")


def _check_content_types(package: Package, names: list[str]) -> None:
    """Refuse active parts by name or content type, and a main part that is not a plain workbook."""
    types: dict[str, str] = {}
    for element in parse(package.part("[Content_Types].xml"), "[Content_Types].xml", "Types")[0]:
        key = (element.get("PartName", "") or element.get("Extension", "")).casefold()
        kind = element.get("ContentType", "")
        if types.setdefault(key, kind) != kind:
            raise CopyRefused("unsafe-file", f"hai kiểu nội dung cho phần {shown(key)}")

    def content_type(name: str) -> str:
        key = "/" + name.casefold()
        return types.get(key) or types.get(key.rpartition(".")[2], "")

    for name in names:
        if _active("/" + name) or _active(content_type(name)):
            raise CopyRefused("macro-file", f"phần {shown(name)}")
    main = content_type(main_part(package)).casefold()
    if "spreadsheetml.template" in main:
        raise CopyRefused("legacy-format", "mẫu sổ tính (.xltx)")
    if main != _WORKBOOK_TYPE:
        raise CopyRefused("not-a-workbook", f"gói thuộc loại {shown(main) or 'không rõ'}")


def _check_relationships(package: Package, part: str) -> None:
    """Refuse active parts by the relationship that leads to them, and data connections."""
    for relationship in relationships(package.parts[part], part).values():
        if _active(relationship.kind):
            raise CopyRefused("macro-file", f"{shown(relationship.word)} trong phần {shown(part)}")
        if relationship.word == "connections":
            raise CopyRefused("unsafe-file", "có kết nối lấy dữ liệu từ ngoài tệp")


@lru_cache(maxsize=1000)  # the same names and types in every copy
def _active(words: str) -> bool:
    """Tell whether a part's name, a content type or a relationship type is of something that runs."""
    return _ACTIVE.search(words) is not None


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name as written, the same on every system (zipfile cuts it at a NUL)."""
    return member.orig_filename.replace("\\", "/")


def _megabytes(size: int) -> str:
    """Return a size for a sentence, rounded up so that too much never looks like just enough: "20,1 MB"."""
    tenths = math.ceil(size * 10 / _MIB)
    return f"{tenths // 10},{tenths % 10} MB" if tenths % 10 else f"{tenths // 10} MB"
