"""The annex of a plan document (tab-separated text, or the tables of a .docx) -> proposed tasks for an officer to confirm.

Cells are read under the annex's own headings. What a page break, a scan or a merged cell did to a row is put right
where one reading fits, and said in the row; a line that is part of no row is listed, never dropped. Source: the
annex of plan 655/KH-UBND and what it needs (domain.md 1(c)).
"""

import io
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from kttt_xl.cells import fold
from kttt_xl.errors import MisuseError
from kttt_xl.gate import DEFAULT_LIMITS

if TYPE_CHECKING:
    from docx.oxml.xmlchemy import BaseOxmlElement

# The usual headings of each column, folded, without marks and brackets.
_HEADINGS = MappingProxyType(
    {
        "number": "stt|tt|số tt|số thứ tự",
        "title": "nhiệm vụ đề án|đề án nhiệm vụ|tên nhiệm vụ đề án|nhiệm vụ|tên nhiệm vụ|nhiệm vụ cụ thể|nhiệm vụ chủ yếu"
        "|nhiệm vụ giải pháp|nội dung|nội dung nhiệm vụ|nội dung công việc|nội dung thực hiện|công việc|tên công việc",
        "lead_text": "cơ quan chủ trì|đơn vị chủ trì|chủ trì|cơ quan đơn vị chủ trì|cơ quan chủ trì thực hiện"
        "|đơn vị chủ trì thực hiện|cơ quan chủ trì tham mưu|cơ quan thực hiện|đơn vị thực hiện",
        "coordinating_text": "cơ quan phối hợp|đơn vị phối hợp|phối hợp|cơ quan đơn vị phối hợp"
        "|cơ quan phối hợp thực hiện|đơn vị phối hợp thực hiện",
        "submit_to": "cấp trình|cấp phê duyệt|cấp trình phê duyệt|cấp có thẩm quyền|cấp có thẩm quyền phê duyệt"
        "|cấp ban hành|cấp quyết định",
        "product": "sản phẩm hoàn thành|sản phẩm|sản phẩm đầu ra|sản phẩm dự kiến|kết quả|kết quả sản phẩm"
        "|kết quả đầu ra|hình thức văn bản",
        "deadline_text": "thời gian trình|thời gian|thời gian thực hiện|thời gian hoàn thành|thời gian ban hành|thời hạn"
        "|thời hạn trình|thời hạn thực hiện|thời hạn hoàn thành|tiến độ|tiến độ thực hiện|tiến độ hoàn thành",
    }
)
_FIELD_OF = MappingProxyType({name: key for key, names in _HEADINGS.items() for name in names.split("|")})
_ASIDE, _WORD = re.compile(r"\([^()]*\)"), re.compile(r"\w+")

# Nobody sees them, or no workbook can hold them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ud800-\udfff\ufffe\uffff]"
)
_ROMANS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI")
_LETTERS = tuple("ABCDEFGH")
_LETTER, _ROMAN, _COUNT, _PLAIN = range(4)  # levels of sections, the outermost first; a plain one has no numeral
_NUMBER = re.compile(r"((?:[0-9A-Z]{1,5}[.])*)([0-9]{1,4})[.)]?")  # 12; 1.1; II.3.
_GLUED_NUMBER = re.compile(r"([0-9]{1,3}[.)]?) (\D.*)")
_GLUED_SECTION = re.compile(r"([IVX]{1,5}|[A-H](?= ?[.):–-])|[0-9]{1,2}(?:[.][0-9]{1,2})*)(?: ?[.):–-] ?| )(\S.*)")

_Note = tuple[str, bool]  # a sentence for the officer, and whether the row is doubtful because of it


@dataclass(frozen=True, slots=True)
class ProposedTask:
    """A row of an annex as a task it may become; the texts are the annex's own, blanks collapsed.

    source is where it stands: "dòng 187, 190" of a text (from 1), "bảng 2, dòng 14" of a .docx. repairs are sentences
    saying what was put right or assumed. confidence: "cao" when there are none; "vừa" when each had one reading (a row
    joined over a page break, a glued heading split off); "thấp" when something may be missing, shifted or in the wrong
    row: a number missing, repeated or unread, a cell missing, no title or lead, pieces joined without a page break.
    """

    id: str
    section: str
    title: str
    lead_text: str
    coordinating_text: str
    submit_to: str
    product: str
    deadline_text: str
    source: str
    confidence: str
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Annex:
    """What was read of an annex: the rows, and (where, text) of every line that is part of none, headings included."""

    rows: tuple[ProposedTask, ...]
    passed_over: tuple[tuple[str, str], ...]


def read_annex(path: Path) -> Annex:
    """Return the tasks that the tables of a .txt, .tsv (UTF-8) or .docx propose, and what else stands there.

    A table is one whose headings name a task and who leads it, in any order. Section rows become the section of the
    rows under them ("I. Nhận thức …"; "A. … / I. …" when nested). MisuseError when there is no such table, or the
    file cannot be read, is of another kind, or exceeds gate.DEFAULT_LIMITS.
    """
    lines = list(_lines(path))
    columns = _columns_above(lines)
    if not any(columns):
        raise MisuseError(
            f"Không tìm thấy bảng nhiệm vụ trong «{path.name}»: cần một dòng tiêu đề có ít nhất hai cột «Nhiệm vụ» "
            "và «Cơ quan chủ trì»; các cột cách nhau bằng dấu Tab (.txt) hoặc là cột của bảng (.docx)."
        )
    return _understand(lines, columns)


# --- a line, and the headings it stands under


@dataclass(frozen=True, slots=True)
class _Line:
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
        return " | ".join(filter(None, self.cells))

    @property
    def across(self) -> bool:
        return 0 < len(self.swallowed) == len(self.cells) - 1


@dataclass(frozen=True, slots=True)
class _Columns:
    """The headings as printed, by column, and which field each column holds."""

    names: Mapping[int, str]
    fields: Mapping[int, str]

    @property
    def width(self) -> int:
        return max(self.names) + 1

    def own(self, line: _Line, name: str) -> str:
        """Return the text of a field's cell; nothing where the table or the line has none, or it is carried down."""
        for column, known in self.fields.items():
            if known == name and column < len(line.cells) and column not in line.carried:
                return line.cells[column]
        return ""


def _field(heading: str) -> str:
    """Return the field that a heading stands for: "Thời gian trình (tháng)" is deadline_text, "Ghi chú" is none."""
    return _FIELD_OF.get(" ".join(_WORD.findall(fold(_ASIDE.sub(" ", heading)))), "")


def _columns_above(lines: Sequence[_Line]) -> list[_Columns | None]:
    """Return for each line the headings it stands under; None for headings, and for what is under none of ours.

    A table of a .docx without headings goes on from the one before when it is as wide and begins like a row of it:
    Word files made from PDF have a table a page.
    """
    found: list[_Columns | None] = []
    current: _Columns | None = None
    last: _Line | None = None
    while len(found) < len(lines):
        line = lines[len(found)]
        heading, taken = _heading(*lines[len(found) : len(found) + 2])
        if heading:
            current = heading
            found += [None] * taken
            if len(found) < len(lines) and _counts_columns(lines[len(found)]):
                found.append(None)
        elif current and any(_field(text) == "number" for text in line.cells):  # of another table, or a scan's
            same = sum(_field(text) == current.fields.get(column, "?") for column, text in enumerate(line.cells))
            current = current if 2 * same > len(current.fields) else None
            found.append(None)
        else:
            if last and len(line.cells) > 1 and line.part != last.part and not _goes_on(line, last, current):
                current = None
            found.append(current)
        last = line if len(line.cells) > 1 else last
    return found


def _heading(line: _Line, below: _Line | None = None) -> tuple[_Columns | None, int]:
    """Return the headings in a line and how many lines they take, or (None, 0) when it names no task or no lead.

    Headings may have two storeys ("Cơ quan thực hiện" over "Chủ trì" and "Phối hợp"): the lower one decides.
    """
    names = {column: text for column, text in enumerate(line.cells) if text}
    taken = 1
    if below and below.part == line.part and all(map(_field, filter(None, below.cells))):
        names |= {column: text for column, text in enumerate(below.cells) if text}
        taken = 2
    fields: dict[int, str] = {}
    for column, text in sorted(names.items()):
        name = _field(text)
        if name and name not in fields.values():
            fields[column] = name
    if "title" in map(_field, line.cells) and {"title", "lead_text"} <= set(fields.values()):
        return _Columns(names, fields), taken
    return None, 0


def _counts_columns(line: _Line) -> bool:
    """Return whether a line numbers the columns: "(1) (2) (3) …"."""
    texts = [text.strip("()") for text in line.cells if text]
    return len(texts) > 2 and texts == [str(count) for count in range(1, len(texts) + 1)]


def _goes_on(line: _Line, last: _Line, columns: _Columns | None) -> bool:
    number = columns.own(line, "number") if columns else ""
    return len(line.cells) == len(last.cells) and (not number or line.across or bool(_NUMBER.fullmatch(number)))


# --- lines -> rows


@dataclass(slots=True)
class _Section:
    """A section row: its numeral ("" for none), the pieces of its title, its lines, and what is to be said of it.

    dotted: its rows are numbered under it (1.1, 1.2), so that the next plain number leaves it.
    """

    numeral: str
    title: list[str]
    lines: list[_Line]
    notes: list[_Note]
    dotted: bool = False
    used: bool = False


@dataclass(slots=True)
class _Row:
    """A task in the making: the pieces of its cells by field, in the order met."""

    number: str
    sections: tuple[_Section, ...]
    columns: _Columns
    notes: list[_Note]
    lines: list[_Line] = field(default_factory=list)
    pieces: dict[str, list[str]] = field(default_factory=dict)

    def add(self, line: _Line, columns: _Columns) -> str:
        """Take the cells of a line but its number, and return the headings of those that hold something."""
        taken = []
        for column, text in enumerate(line.cells):
            name, heading = columns.fields.get(column, ""), f"«{columns.names.get(column, f'cột {column + 1}')}»"
            if not text or name == "number" or (column in line.carried and self.lines):
                continue
            taken.append(heading)
            if name:
                self.pieces.setdefault(name, []).append(text)
            else:
                self.notes.append((f"Ô {heading} chưa có chỗ trong kế hoạch: «{text}».", column not in columns.names))
            if column in line.carried:
                self.notes.append((f"Ô {heading} gộp nhiều dòng trong nguồn: dùng cho cả dòng này.", False))
        self.lines.append(line)
        return ", ".join(taken[:-1]) + " và " * (len(taken) > 1) + "".join(taken[-1:])


@dataclass(slots=True)
class _Reading:
    """What has been read so far. tail is what a line without a number goes on; between counts the lines dropped since.

    headed, sectioned: a heading, a section has stood since the last row; last is the last number by what precedes it.
    """

    numbered: bool
    rows: list[_Row] = field(default_factory=list)
    sections: list[_Section] = field(default_factory=list)
    dropped: list[_Line] = field(default_factory=list)
    open: dict[int, _Section] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    tail: _Row | _Section | None = None
    between: int = 0
    headed: bool = True
    sectioned: bool = False

    def drop(self, line: _Line) -> None:
        """Keep a line that is part of no row."""
        self.dropped.append(line)
        self.between += 1

    def take(self, line: _Line, columns: _Columns, following: str) -> None:
        """Read a line under its headings; following is the next number below it."""
        section = self._section(line, columns, following)
        split, notes = _unglued(line, columns)
        number, title = columns.own(split, "number"), columns.own(split, "title")
        whole = bool(title and columns.shown(split, "lead_text"))
        if section:
            self._enter(*section)
        elif number and len(line.cells) > 1 and (_NUMBER.fullmatch(number) or whole):
            self._start(number, split, columns, notes)
        elif number or len(line.cells) == 1:
            self.drop(line)
        elif whole and not (self.numbered and isinstance(self.tail, _Row) and not self._lost(following)):
            number = str(self.last.get("", 0) + 1)
            self._start(number, line, columns, [(f"Nguồn không có số thứ tự: tạm lấy «{number}».", True)])
        else:
            self._join(line, columns)

    def _lost(self, following: str) -> bool:
        """Return whether exactly one number is missing before the next: that of a row without one."""
        return following.rstrip(".)") == str(self.last.get("", 0) + 2)

    def _section(self, line: _Line, columns: _Columns, following: str) -> tuple[int, _Section] | None:
        """Return the section that a line opens, with its level, or None."""
        filled = [column for column, text in enumerate(line.cells) if text and column not in line.carried]
        number, title, notes = columns.own(line, "number"), columns.own(line, "title"), list[_Note]()
        mark = number.rstrip(" .):–-")
        if len(filled) == 2 and number and title:
            level = _level(mark)
            dotted = following.startswith(f"{mark}.")
            if level == _PLAIN or (level == _COUNT and not dotted):
                return None
        elif len(filled) == 1:
            glued = _GLUED_SECTION.fullmatch(line.text)
            mark, title = glued.groups() if glued else ("", line.text)
            level = _level(mark)
            dotted = level == _COUNT and following.startswith(f"{mark}.")
            certain = line.across or (number and len(line.cells) > 1)
            if not line.across and (level >= _COUNT or not (certain or self._in_order(level, mark))):
                return None
            if level == _PLAIN:
                title = line.text
                notes.append((f"Dòng gộp ô «{title}» được hiểu là tiêu đề mục.", False))
            elif not line.across:
                notes.append((f"Tiêu đề mục {mark} dính vào số mục trong nguồn: đã tách.", False))
        else:
            return None
        if level < _COUNT and not self._in_order(level, mark):
            notes.append((f"Số mục «{mark}» không theo thứ tự.", True))
        return level, _Section(mark, [title], [line], notes, dotted)
