"""A plan document -> its lines by cells: tab-separated text (.txt, .tsv), or the paragraphs and tables of a .docx.

What stands in its body is read whole and in order (not page headers, footers, notes); nothing is judged. A merged
cell is told from an empty one.
"""

import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, groupby
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING

from kttt_xl.errors import MisuseError
from kttt_xl.gate import DEFAULT_LIMITS
from kttt_xl.legacy_text import encoding_of, old_encoding

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement

# Nobody sees them, or no workbook can hold them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ud800-\udfff\ufffe\uffff]"
)
ROMANS = (
    *("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"),
    *("XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX", "XX"),
)

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Word 97-2003, or a .docx with a password
# What zipfile, lxml and python-docx let out on a package that is broken or none of Word's.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError),
    *(SyntaxError, ValueError, LookupError, AttributeError, TypeError),
)
_ENCRYPTED = 0x1
_MOST_LINES = 10_000  # a plan workbook must be able to list them
_MOST_XML = 32 << 20  # of a .docx, inflated: python-docx keeps it all, in trees of ten times that

_TO_UTF8 = "Mở tệp bằng Notepad, chọn Tệp > Lưu thành (Save As), ô Mã hóa (Encoding) chọn UTF-8, rồi chạy lại."
_TO_UNICODE = (
    "Chuyển sang Unicode (ví dụ bằng công cụ chuyển mã của UniKey), xem lại từng chữ, lưu, rồi chạy lại; máy không tự "
    "chuyển vì có chữ không khôi phục được."
)

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P, _TABLE, _TR, _TC, _T = (f"{_W}{name}" for name in ("p", "tbl", "tr", "tc", "t"))
_BLANKS = frozenset({f"{_W}tab", f"{_W}ptab", f"{_W}br", f"{_W}cr"})
# What was moved away under tracked changes; the second copy of a text box, for older programs.
_UNREAD = frozenset({f"{_W}moveFrom", "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text or a row of a table, by its cells: part says of what ("bảng 2, dòng"), number which (from 1).

    carried are the columns whose cell is merged with the one above and repeats its text; swallowed those that a cell
    to their left is merged over.
    """

    part: str
    number: int
    cells: tuple[str, ...]
    carried: frozenset[int] = frozenset()
    swallowed: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """Return what stands in the cells, for a list of lines."""
        return " | ".join(filter(None, self.cells))

    @property
    def across(self) -> bool:
        """Return whether one merged cell is the whole row."""
        return 0 < len(self.swallowed) == len(self.cells) - 1


def where(lines: Iterable[Line]) -> str:
    """Return where lines stand: "dòng 187, 190"; "bảng 1, dòng 14; bảng 2, dòng 2"."""
    parts = groupby(lines, key=lambda line: line.part)
    return "; ".join(f"{part} {', '.join(str(line.number) for line in of_part)}" for part, of_part in parts)


def read_lines(path: Path) -> list[Line]:
    """Return every line of a document that is not blank, in reading order.

    MisuseError when the file cannot be read, is of another kind, holds no text, is not UTF-8 or typed in an encoding
    before Unicode, has a password, or exceeds gate.DEFAULT_LIMITS.
    """
    content = _content(path)
    word = content.startswith(b"PK\x03\x04") or path.suffix.lower() == ".docx"
    lines: list[Line] = []
    for line in _word_lines(path, content) if word else _text_lines(path, content):
        if line.text:
            lines.append(line)
        for what, size, most in (
            ("dòng", len(lines), _MOST_LINES),
            ("cột trên một dòng", len(line.cells), DEFAULT_LIMITS.column),
            ("ký tự trên một dòng", len(line.text), DEFAULT_LIMITS.text),
        ):
            if size > most:
                raise MisuseError(f"«{path.name}» có hơn {most} {what}: không phải là phụ lục nhiệm vụ.")
        if old := old_encoding(line.text):
            raise MisuseError(f"«{path.name}» gõ bằng bảng mã cũ {old}, ở {where([line])}. {_TO_UNICODE}")
    if not lines:
        raise MisuseError(f"«{path.name}» không có chữ nào: tệp rỗng, hoặc chỉ có ảnh quét.")
    return lines


def _content(path: Path) -> bytes:
    """Return the bytes of a file of a kind we read."""
    if path.suffix.lower() not in {".txt", ".tsv", ".docx"}:
        raise MisuseError(
            f"«{path.name}» không phải là tệp .txt, .tsv hoặc .docx; hãy lưu phụ lục thành một trong các loại đó."
        )
    unreadable = f"Không đọc được «{path.name}»: không có tệp này, hoặc không có quyền đọc."
    if not path.is_file():  # a pipe would be waited for
        raise MisuseError(unreadable)
    try:
        with path.open("rb") as file:
            content = file.read(DEFAULT_LIMITS.file_size + 1)
    except OSError as error:
        raise MisuseError(unreadable) from error
    if len(content) > DEFAULT_LIMITS.file_size:
        raise MisuseError(f"«{path.name}» lớn hơn {DEFAULT_LIMITS.file_size >> 20} MB: không phải là phụ lục nhiệm vụ.")
    return content


def _tidy(text: str) -> str:
    """Return a text in composed Unicode, without what nobody sees, runs of blanks and line ends being one blank."""
    return unicodedata.normalize("NFC", " ".join(_UNSEEN.sub("", text).split()))


def _text_lines(path: Path, content: bytes) -> Iterator[Line]:
    """Yield the lines of a text as an editor counts them, cut at tabs."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        encoding = encoding_of(content)
        said = f"«{path.name}» không phải là văn bản UTF-8" + (f", mà là {encoding}" if encoding else "")
        raise MisuseError(f"{said}. {_TO_UNICODE if 'phông' in encoding else _TO_UTF8}")
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        yield Line("dòng", number, tuple(map(_tidy, line.split("\t"))))


def _word_lines(path: Path, content: bytes) -> Iterator[Line]:
    """Yield the paragraphs and the rows of the tables of a .docx in reading order, nested tables after their own."""
    document = _open_word(path, content)
    labels = _labels(document)
    paragraphs, tables = count(1), count(1)

    def shown(node: "BaseOxmlElement") -> str:
        found = _find(node, _P, _TABLE) if node.tag != _P else (node,)
        return _tidy(" ".join(f"{labels.get(p, '')} {''.join(_pieces(p))}" for p in found if p.tag == _P))

    def rows(table: "BaseOxmlElement") -> Iterator[Line]:
        part = f"bảng {next(tables)}, dòng"
        above: dict[int, str] = {}
        for number, row in enumerate(_find(table, _TR), start=1):
            cells = [""] * _whole(_setting(row, "trPr", "gridBefore"), 0)
            carried: set[int] = set()
            swallowed: set[int] = set()
            for cell in _find(row, _TC):
                column = len(cells)
                if _setting(cell, "tcPr", "vMerge") in {"", "continue"}:
                    carried.add(column)
                else:
                    above[column] = shown(cell)
                cells += [above.get(column, "")] + [""] * (_whole(_setting(cell, "tcPr", "gridSpan"), 1) - 1)
                swallowed.update(range(column + 1, len(cells)))
                if len(cells) > DEFAULT_LIMITS.column:
                    break  # refused by the caller
            yield Line(part, number, tuple(cells), frozenset(carried), frozenset(swallowed))
        for nested in _find(table, _TABLE):
            yield from rows(nested)

    for block in _find(document.element.body, _P, _TABLE):
        if block.tag == _P:
            yield Line("đoạn", next(paragraphs), (shown(block),))
        for table in (block,) if block.tag == _TABLE else _find(block, _TABLE):
            yield from rows(table)


def _open_word(path: Path, content: bytes) -> "Document":
    """Return the document of a .docx whose parts are whole and not too large."""
    import docx  # noqa: PLC0415 - half a second; only this command pays for it

    if content.startswith(_OLE):
        raise _locked(path)
    try:
        _check_package(path, content)
        document = docx.Document(io.BytesIO(content))
        _ = document.element.body.tag  # there is one
    except _BROKEN as error:
        raise MisuseError(f"«{path.name}» không phải là tài liệu Word (.docx), hoặc đã hỏng.") from error
    return document


def _check_package(path: Path, content: bytes) -> None:
    """Refuse a package that is locked or too large, or whose XML could make a parser explode (reliability.md 5.1)."""
    if content.count(b"PK\x01\x02") > DEFAULT_LIMITS.parts:  # before zipfile makes an object of each
        raise MisuseError(f"«{path.name}» có hơn {DEFAULT_LIMITS.parts} phần: không phải là phụ lục nhiệm vụ.")
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        members = package.infolist()
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise _locked(path)
        texts = [member for member in members if member.filename.lower().endswith((".xml", ".rels"))]
        for of_kind, most in ((members, DEFAULT_LIMITS.total_size), (texts, _MOST_XML)):
            if sum(member.file_size for member in of_kind) > most:
                what = "giải nén ra lớn hơn" if of_kind is members else "có phần chữ lớn hơn"
                raise MisuseError(f"«{path.name}» {what} {most >> 20} MB: không phải là phụ lục nhiệm vụ.")
        if package.testzip():  # in pieces: a part that lies about its size is met before it is inflated whole
            raise zipfile.BadZipFile
        for text in map(package.read, texts):
            if b"<!DOCTYPE" in text or b"\0" in text[:64]:  # entities; an encoding in which one could hide
                raise MisuseError(f"«{path.name}» có khai báo DOCTYPE hoặc mã chữ lạ: không an toàn nên không đọc.")


def _locked(path: Path) -> MisuseError:
    return MisuseError(
        f"«{path.name}» có mật khẩu mở, hoặc ở định dạng Word cũ (.doc). "
        "Mở bằng Word, xóa mật khẩu, lưu thành Word Document (*.docx), rồi chạy lại."
    )


def _find(node: "BaseOxmlElement", *tags: str) -> Iterator["BaseOxmlElement"]:
    """Yield the outermost elements of these kinds below a node, whatever wraps them (content controls, text boxes)."""
    for child in node:
        if child.tag in tags:
            yield child
        elif child.tag not in _UNREAD:
            yield from _find(child, *tags)


def _pieces(node: "BaseOxmlElement") -> Iterator[str]:
    """Yield what a reader sees of a paragraph: what was inserted under tracked changes, not what was deleted."""
    for child in node:
        if child.tag == _T:
            yield child.text or ""
        elif child.tag in _BLANKS:
            yield " "
        elif child.tag == f"{_W}noBreakHyphen":
            yield "-"
        elif child.tag != _TABLE and child.tag not in _UNREAD:
            yield from _pieces(child)
            yield " " * (child.tag == _P)


def _setting(node: "BaseOxmlElement", *names: str) -> str | None:
    """Return the value of a setting, "" when it is there without one, None when it is not."""
    found = node.find("/".join(f"{_W}{name}" for name in names))
    return None if found is None else str(found.get(f"{_W}val", ""))


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 5 else otherwise


def _labels(document: "Document") -> dict["BaseOxmlElement", str]:
    """Return the numbers that Word itself puts before paragraphs: an STT column often holds nothing else.

    Bullets are left out, and numbers that come with a style are not followed. Source: ECMA-376, part 1, 17.9.
    """
    try:
        numbering = document.part.numbering_part.element
    except (KeyError, NotImplementedError, AttributeError):  # the document has no lists, or none that can be read
        return {}
    lists = {number.get(f"{_W}numId"): number for number in numbering.iter(f"{_W}num")}
    levels = {
        (abstract.get(f"{_W}abstractNumId"), _whole(level.get(f"{_W}ilvl"), 0)): level
        for abstract in numbering.iter(f"{_W}abstractNum")
        for level in abstract.iter(f"{_W}lvl")
    }
    labels: dict[BaseOxmlElement, str] = {}
    counts: dict[tuple[str | None, int], int] = {}
    begun: set[tuple[str | None, int]] = set()
    for paragraph in document.element.body.iter(_P):
        own = _setting(paragraph, "pPr", "numPr", "numId")
        if own not in lists:
            continue
        abstract = _setting(lists[own], "abstractNumId")
        depth = _whole(_setting(paragraph, "pPr", "numPr", "ilvl"), 0)
        level = levels.get((abstract, depth))
        if level is None or _setting(level, "numFmt") == "bullet":
            continue
        first = _whole(_setting(level, "start"), 1)
        again = lists[own].find(f"{_W}lvlOverride[@{_W}ilvl='{depth}']/{_W}startOverride")
        if again is not None and (own, depth) not in begun:
            first = _whole(again.get(f"{_W}val"), 1)
            counts.pop((abstract, depth), None)
        begun.add((own, depth))
        counts[abstract, depth] = counts.get((abstract, depth), first - 1) + 1
        for deeper in [key for key in counts if key[0] == abstract and key[1] > depth]:
            del counts[deeper]

        def part(mark: re.Match[str], abstract: str | None = abstract) -> str:
            key = (abstract, int(mark[1]) - 1)
            return _in_format(counts.get(key, 1), levels.get(key))

        labels[paragraph] = re.sub("%([1-9])", part, _setting(level, "lvlText") or "")
    return labels


def _in_format(number: int, level: "BaseOxmlElement | None") -> str:
    """Return a number as a level of a list writes it: "4", "04", "IV", "iv", "D", "d"."""
    style = "" if level is None else _setting(level, "numFmt") or ""
    if style == "decimalZero":
        return f"{number:02}"
    names = {"Roman": ROMANS, "Letter": ascii_uppercase}.get(style.removeprefix("upper").removeprefix("lower"), "")
    name = names[number - 1] if 0 < number <= len(names) else str(number)
    return name.lower() if style.startswith("lower") else name
