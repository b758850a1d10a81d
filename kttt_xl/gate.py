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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from kttt_xl.errors import CopyRefused
from kttt_xl.file_kinds import check_first_bytes, check_kind_of_package
from kttt_xl.ooxml import OUTSIDE, parse, relationships, shown

_MIB = 1 << 20

_LOCAL_HEADER, _EXTRA_FIELD, _END_RECORD = map(struct.Struct, ("<4s5H3L2H", "<2H", "<4s4H2LH"))
_HEADER_MAGIC, _END_MAGIC = b"PK\x03\x04", b"PK\x05\x06"
_RECORD = re.compile(rb"PK(?:\x01\x02|\x03\x04|\x05[\x05\x06]|\x06[\x06-\x08])")  # any but the sizes after data
_ENCRYPTED, _SIZES_FOLLOW, _UTF8_NAME, _IN_ZIP64, _COUNT_IN_ZIP64 = 0x1, 0x8, 0x800, 0xFFFFFFFF, 0xFFFF
_UNICODE_NAME = 0x7075  # an extra field that some programs read as the member's name
# What zipfile lets out on a broken directory; its own BadZipFile is only one of them.
_BROKEN_ZIP = (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error, OverflowError)

_WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_CONNECTIONS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml"
_CONNECTION = "có kết nối lấy dữ liệu từ ngoài tệp"
# Whatever can run: looked for in part names, content types and relationship types.
_ACTIVE = re.compile(
    "vbaproject|macroenabled|macrosheet|dialogsheet|activex|oleobject|/embeddings/|customui|/extensibility$"
    "|attachedtoolbars|relationships/(?:control|package)$",
    re.IGNORECASE,
)
# A link that starts another program to fetch a value, rather than reading a workbook.
_LINK_THAT_RUNS = re.compile(rb"<(?:[^\s<>/]+:)?(?:ddeLink|oleLink)[\s/>]")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)""")

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
        content = self.find(name)
        if content is None:
            raise CopyRefused("damaged-file", f"thiếu phần {shown(name)}")
        return content

    def find(self, name: str) -> bytes | None:
        """Return a part, its name in whatever case; None when there is none."""
        folded = name.casefold()
        return next((content for own_name, content in self.parts.items() if own_name.casefold() == folded), None)


def open_package(path: Path, limits: Limits = DEFAULT_LIMITS) -> Package:
    """Read a file once and return it as a Package, or say why not: read_file, then open_content.

    Raises CopyRefused and nothing else, with not-a-workbook, damaged-file, encrypted-file, legacy-format,
    macro-file, too-large, unsafe-file or unreadable. Source: reliability.md 5.1 and 6.
    """
    return open_content(read_file(path, limits), limits)


def open_content(content: bytes, limits: Limits = DEFAULT_LIMITS) -> Package:
    """Return the bytes of a file as a Package; CopyRefused with any code of open_package but unreadable."""
    _check_size(len(content), limits)
    check_first_bytes(content)
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


def read_file(path: Path, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the bytes of a regular file, read once; links, pipes and devices are refused without opening them.

    CopyRefused unsafe-file for what is no regular file, too-large before anything is read, else unreadable: also
    when the file changed meanwhile.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        _check_regular(path.lstat())
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            before = os.fstat(file.fileno())
            _check_regular(before)  # again: it may have been replaced
            _check_size(before.st_size, limits)
            content = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = _IO_ERRORS.get(number or 0) or f"lỗi {errno.errorcode.get(number or 0, type(error).__name__)}"
        raise CopyRefused("unreadable", reason) from error
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, len(content)):
        raise CopyRefused("unreadable", "tệp thay đổi trong lúc đọc")
    return content


def _check_regular(status: os.stat_result) -> None:
    kind = stat.S_IFMT(status.st_mode)
    if kind != stat.S_IFREG:
        raise CopyRefused("unsafe-file", _SPECIAL_FILES.get(kind, "tệp đặc biệt"))


def _check_size(size: int, limits: Limits) -> None:
    if size > limits.file_size:
        raise CopyRefused("too-large", f"tệp {_megabytes(size)}", _megabytes(limits.file_size))


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
    tail = len(content) - comment - _END_RECORD.size
    magic, _, _, here, count, _, offset, length = _END_RECORD.unpack_from(content, tail)
    if (
        magic != _END_MAGIC  # bytes after it
        or content.find(_END_MAGIC, end) != tail  # another one in the directory: which archive's end is this?
        or (length, here) != (comment, count)
        or count not in {len(members), _COUNT_IN_ZIP64}
        or offset not in {end, _IN_ZIP64}
        or min(member.header_offset for member in members) != 0
    ):
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
    check_kind_of_package(names)
    if len(set(names)) != len(names):
        raise CopyRefused("unsafe-file", "hai phần trùng tên trong gói")
    for member in members:
        name = _name(member)
        steps = name.removesuffix("/").split("/")  # a folder's entry ends in "/"
        if OUTSIDE.match(name) or "\0" in name or len(name) > limits.part_name or not {"", "."}.isdisjoint(steps):
            raise CopyRefused("unsafe-file", f"tên phần không hợp lệ: {shown(name)}")
        if any(other != member.orig_filename for other in _other_names(member.extra)):
            raise CopyRefused("unsafe-file", f"phần {shown(name)} có hai tên")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise CopyRefused("unsafe-file", f"phần {shown(name)} là liên kết (symlink)")


def _other_names(extra: bytes) -> Iterator[str]:
    """Yield the names that the extra fields of a member give it."""
    at = 0
    while at + _EXTRA_FIELD.size <= len(extra):
        kind, length = _EXTRA_FIELD.unpack_from(extra, at)
        at += _EXTRA_FIELD.size + length
        if kind == _UNICODE_NAME:
            yield extra[at - length : at][5:].decode("utf-8", "replace")  # after a version and a checksum


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
    for (_, finish), following in zip(extents, [begin for begin, _ in extents[1:]] + [end], strict=True):
        if finish > following:
            raise CopyRefused("unsafe-file", "các phần chồng lên nhau trong gói")
        if _RECORD.search(content, finish, following):  # a part or a directory that only some programs would find
            raise CopyRefused("unsafe-file", "có phần hoặc mục lục thứ hai nằm khuất trong gói")
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
    if magic != _HEADER_MAGIC:
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
    declared = data.startswith((b"<?xml", b"\xef\xbb\xbf<?xml")) and _ENCODING.search(data[: data.find(b"?>")])
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
        if content_type(name).casefold() == _CONNECTIONS_TYPE:
            raise CopyRefused("unsafe-file", _CONNECTION)
    main = content_type(main_part(package)).casefold()
    if "spreadsheetml.template" in main:
        raise CopyRefused("legacy-format", "mẫu sổ tính (.xltx)")
    if main != _WORKBOOK_TYPE:
        raise CopyRefused("not-a-workbook", f"gói thuộc loại {shown(main) or 'không rõ'}")


def _check_relationships(package: Package, part: str) -> None:
    """Refuse active parts by the relationship that leads to them, data connections, and links that run a program."""
    for relationship in relationships(package.parts[part], part).values():
        if _active(relationship.kind):
            raise CopyRefused("macro-file", f"{shown(relationship.word)} trong phần {shown(part)}")
        if relationship.word == "connections":
            raise CopyRefused("unsafe-file", _CONNECTION)
        if relationship.word == "externalLink" and _LINK_THAT_RUNS.search(package.find(relationship.target) or b""):
            raise CopyRefused("unsafe-file", f"liên kết DDE hoặc OLE trong phần {shown(relationship.target)}")


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
