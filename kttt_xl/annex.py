"""The annex of a plan document -> proposed tasks, for an officer to confirm: nothing here enters a plan by itself.

What a page break, a scan or a merged cell did to a row is put right where one reading fits, and said in the row;
a line that is part of no row is listed, never dropped. Source: the annex of plan 655/KH-UBND and what it needs
(domain.md 1(c)).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from kttt_xl.annex_columns import NUMBER, Columns, columns_above, numbers_below
from kttt_xl.annex_lines import ROMANS, Line, read_lines, where
from kttt_xl.errors import MisuseError
from kttt_xl.gate import DEFAULT_LIMITS

_LETTERS = tuple("ABCDEFGH")
_LETTER, _ROMAN, _COUNT, _PLAIN = range(4)  # levels of sections, the outermost first; a plain one has no numeral
_MARKS = ".):–-"  # what may stand after a numeral
_GLUED_SECTION = re.compile(
    rf"([IVX]{{1,5}}|[A-H](?= ?[{_MARKS}])|[0-9]{{1,2}}(?:[.][0-9]{{1,2}})*)(?: ?[{_MARKS}] ?| )(\S.*)"
)
_GLUED_NUMBER = re.compile(r"([0-9]{1,3}[.)]?) ([^\W0-9].*)")

_TEXTS = MappingProxyType(  # the fields that are texts of the annex, as sentences name them
    {
        "title": "nội dung nhiệm vụ",
        "lead_text": "cơ quan chủ trì",
        "coordinating_text": "cơ quan phối hợp",
        "submit_to": "cấp trình",
        "product": "sản phẩm",
        "deadline_text": "thời gian",
    }
)

_PAGE = re.compile("[0-9]{1,3}")  # a number of a page, wherever it landed; a year has four digits
_REPEATED = "tiêu đề lặp lại"

_Note = tuple[str, bool]  # a sentence for the officer, and whether the row is doubtful because of it


@dataclass(frozen=True, slots=True)
class ProposedTask:
    """A row of an annex as the task it may become; the texts are the annex's own, blanks collapsed.

    source is where it stands: "dòng 187, 190" of a text (from 1), "bảng 2, dòng 14" of a .docx. repairs are sentences
    saying what was put right or assumed. confidence: certain when there are none; likely when each had one reading
    (a row joined over a page break, a glued heading split off); doubtful when something may be missing, shifted or in
    the wrong row: a number missing, repeated or unread, a cell missing, no title or lead, pieces joined without a page
    break.
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
    document = read_lines(path)
    lines = list(zip(document, columns_above(document), strict=True))
    if not any(columns for _, columns in lines):
        raise MisuseError(
            f"Không tìm thấy bảng nhiệm vụ trong «{path.name}»: cần một dòng tiêu đề có ít nhất hai cột «Nhiệm vụ» và "
            "«Cơ quan chủ trì», bên dưới là các nhiệm vụ; các cột cách nhau bằng dấu Tab (.txt) hoặc là cột của bảng "
            "(.docx)."
        )
    below = numbers_below(lines)
    reading = _Reading(numbered=any(below))
    for (line, columns), following in zip(lines, below, strict=True):
        if columns is None:
            reading.drop(line, _REPEATED)
            reading.headed = True
        else:
            reading.take(line, columns, following)
    rows = _proposed(reading.rows)
    if not rows:
        raise MisuseError(f"Bảng trong «{path.name}» không có dòng nhiệm vụ nào dưới tiêu đề.")
    if any(len(text) > DEFAULT_LIMITS.text for row in rows for text in astuple(row)[:8]):
        raise MisuseError(f"«{path.name}» có ô hơn {DEFAULT_LIMITS.text} ký tự: không phải là phụ lục nhiệm vụ.")
    unused = [line for section in reading.sections if not section.used for line in section.lines]
    left = {(line.part, line.number) for line in (*reading.dropped, *unused)}
    passed_over = [line for line, _ in lines if (line.part, line.number) in left]
    return Annex(tuple(rows), tuple((where([line]), line.text) for line in passed_over))


# --- lines -> rows


@dataclass(slots=True)
class _Section:
    """A section row: its numeral ("" for none), the pieces of its title, its lines, and what is to be said of it.

    dotted: its rows are numbered under it (1.1, 1.2), so that the next plain number leaves it.
    """

    numeral: str
    title: list[str]
    lines: list[Line]
    notes: list[_Note]
    dotted: bool = False
    used: bool = False


@dataclass(slots=True)
class _Row:
    """A task in the making: the pieces of its cells by field, in the order met."""

    number: str
    sections: tuple[_Section, ...]
    columns: Columns
    notes: list[_Note]
    lines: list[Line] = field(default_factory=list)
    pieces: dict[str, list[str]] = field(default_factory=dict)

    def add(self, line: Line, columns: Columns) -> str:
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
    """What has been read so far.

    tail is what a line without a number goes on; between counts the lines dropped since, by what they are.
    numbered: some row of the document has a number. last is the last number by what precedes it ("" or "1.").
    headed, sectioned: a heading, a section has stood since the last row.
    """

    numbered: bool
    rows: list[_Row] = field(default_factory=list)
    sections: list[_Section] = field(default_factory=list)
    dropped: list[Line] = field(default_factory=list)
    open: dict[int, _Section] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    tail: _Row | _Section | None = None
    between: Counter[str] = field(default_factory=Counter)
    headed: bool = True
    sectioned: bool = False

    def drop(self, line: Line, what: str = "ngoài bảng") -> None:
        """Keep a line that is part of no row."""
        self.dropped.append(line)
        self.between[what] += 1

    def take(self, line: Line, columns: Columns, following: str) -> None:
        """Read a line under its headings; following is the next number below it."""
        opened = self._section(line, columns, following)
        line, notes = _unglued(line, columns)
        number = columns.own(line, "number")
        whole = bool(columns.own(line, "title") and columns.text(line, "lead_text"))
        missing = self._missing(following)
        if opened:
            self._enter(*opened)
        elif len(line.cells) == 1 or (not number and _PAGE.fullmatch(line.text)):
            self.drop(line)
        elif number and (whole or NUMBER.fullmatch(number)):
            self._start(number, line, columns, notes)
        elif number:
            self.drop(line)
        elif whole and (missing == 1 or not self.numbered or not isinstance(self.tail, _Row)):
            number = str(self.last.get("", 0) + 1)
            self._start(number, line, columns, [(f"Nguồn không có số thứ tự: tạm lấy «{number}».", True)])
        else:
            self._join(line, columns, sure=not whole or missing == 0)

    def _missing(self, following: str) -> int | None:
        """Return how many numbers are missing between the last and the next; one is that of a row without a number."""
        parsed = NUMBER.fullmatch(following)
        return int(parsed[2]) - self.last.get(parsed[1], 0) - 1 if parsed else None

    def _section(self, line: Line, columns: Columns, following: str) -> tuple[int, _Section] | None:
        """Return the section that a line opens, with its level, or None.

        Its numeral has a cell of its own (I, A; 1 when 1.1 follows), or is glued to the title: certain in the number
        column and in a row merged across, elsewhere only when it is the next in order.
        """
        filled = [column for column, text in enumerate(line.cells) if text and column not in line.carried]
        number, title, notes = columns.own(line, "number"), columns.own(line, "title"), list[_Note]()
        if len(filled) == 2 and number and title:
            mark = number.rstrip(_MARKS + " ")
            level = _level(mark)
            if level == _PLAIN or (level == _COUNT and not following.startswith(f"{mark}.")):
                return None
        elif len(filled) == 1:
            glued = _GLUED_SECTION.fullmatch(line.text)
            mark, title = glued.groups() if glued else ("", line.text)
            level = _level(mark)
            if line.across:
                notes = [] if mark else [(f"Dòng gộp ô «{title}» được hiểu là tiêu đề mục.", False)]
            elif level < _COUNT and ((number and len(line.cells) > 1) or self._in_order(level, mark)):
                notes = [(f"Tiêu đề mục {mark} dính vào số mục trong nguồn: đã tách.", False)]
            else:
                return None
        else:
            return None
        if not self._in_order(level, mark):
            notes.append((f"Số mục «{mark}» không theo thứ tự.", True))
        dotted = level == _COUNT and following.startswith(f"{mark}.")
        return level, _Section(mark, [title], [line], notes, dotted)

    def _in_order(self, level: int, mark: str) -> bool:
        """Return whether a numeral is the next of its level, or the first of a new table."""
        if level >= _COUNT:
            return True
        marks = _LETTERS if level == _LETTER else ROMANS
        before = marks.index(self.open[level].numeral) + 1 if level in self.open else 0
        return mark in marks[before : before + 1] or (self.headed and mark == marks[0])

    def _enter(self, level: int, section: _Section) -> None:
        """Open a section, leaving those of its level and below."""
        self.open = {known: other for known, other in self.open.items() if known < level} | {level: section}
        self.sections.append(section)
        self.tail, self.sectioned = section, True
        self.between.clear()
        if section.dotted and (parsed := NUMBER.fullmatch(section.numeral)):
            self.last[parsed[1]] = int(parsed[2])

    def _start(self, number: str, line: Line, columns: Columns, notes: list[_Note]) -> None:
        """Begin a row."""
        notes = [*notes, *self._followed(number)]
        count = self.open.get(_COUNT)
        if count and count.dotted and not number.startswith(f"{count.numeral}."):
            self.open = {level: section for level, section in self.open.items() if level < _COUNT}
        sections = tuple(self.open[level] for level in sorted(self.open))
        for section in sections:
            notes += () if section.used else section.notes
            section.used = True
        if line.part != columns.part:
            notes.append(("Bảng này không có tiêu đề: đọc theo tiêu đề của bảng trước.", False))
        if len(line.cells) < columns.width:
            notes.append((f"Dòng có {len(line.cells)} ô, bảng có {columns.width} cột: có thể lệch cột.", True))
        merged = [f"«{columns.names[column]}»" for column in sorted(line.swallowed & columns.fields.keys())]
        if merged:
            notes.append((f"Ô gộp ngang trong nguồn: {', '.join(merged)} để trống.", True))
        self.tail = _Row(number, sections, columns, notes)
        self.tail.add(line, columns)
        self.rows.append(self.tail)
        self.headed = self.sectioned = False
        self.between.clear()

    def _followed(self, number: str) -> list[_Note]:
        """Say whether a number does not follow the last one; 1 may begin again under a section or in a new table."""
        parsed = NUMBER.fullmatch(number)
        if not parsed:
            return [(f"Số thứ tự «{number}» không đọc được thành số.", True)]
        before, own = parsed[1], int(parsed[2])
        expected = self.last.get(before, 0) + 1
        self.last[before] = own
        if own == 1 and self.sectioned:
            return []
        if own == 1 < expected and self.headed:
            left = [section.numeral or section.title[0] for section in self.open.values()]
            self.open = {}
            restarted = f"Số thứ tự bắt đầu lại ở bảng mới: không lấy mục {', '.join(left)} ở trên."
            return [(restarted, True)] if left else []
        if own > expected:
            missing = f"{before}{expected}" + (f" đến {before}{own - 1}" if own > expected + 1 else "")
            return [(f"Trước dòng này thiếu số thứ tự {missing}.", True)]
        return [] if own == expected else [(f"Số thứ tự «{number}» đứng sau «{before}{expected - 1}».", True)]

    def _join(self, line: Line, columns: Columns, *, sure: bool) -> None:
        """Add a line without a number to the row or section that it goes on; sure: it cannot be a row of its own."""
        tail = self.tail
        if isinstance(tail, _Section) and line.text == columns.own(line, "title"):
            tail.title.append(line.text)
            tail.lines.append(line)
            tail.notes.append((f"Tiêu đề mục {tail.numeral} bị ngắt trang trong nguồn: đã nối.", False))
        elif isinstance(tail, _Row):
            broken = self.between[_REPEATED] > 0 or line.part != tail.lines[-1].part
            names = tail.add(line, columns)
            if names and broken:
                tail.notes.append((f"Dòng {tail.number} bị ngắt trang trong nguồn: đã nối {names}.", not sure))
            elif names:
                tail.notes.append((f"Dòng sau không có số thứ tự riêng: đã nối {names}.", True))
            dropped = ", ".join(f"{count} dòng {what}" for what, count in self.between.items() if count)
            if names and dropped:
                tail.notes.append((f"Đã bỏ ở giữa: {dropped}.", False))
        else:
            self.drop(line)
            return
        self.between.clear()


def _level(mark: str) -> int:
    """Return the level of a section by its numeral."""
    if mark in ROMANS:
        return _ROMAN
    if mark in _LETTERS:
        return _LETTER
    return _COUNT if NUMBER.fullmatch(mark) else _PLAIN


def _unglued(line: Line, columns: Columns) -> tuple[Line, list[_Note]]:
    """Return a line with its number split from the title, where a scan or a typist left them in one cell."""
    column = columns.column("number")
    glued = _GLUED_NUMBER.fullmatch(columns.own(line, "number"))
    if not glued or columns.column("title") != column + 1 or line.text == columns.own(line, "number"):
        return line, []
    missing = len(line.cells) == columns.width - 1
    if not missing and columns.text(line, "title"):
        return line, []
    cells = (*line.cells[:column], glued[1].rstrip(".)"), glued[2], *line.cells[column + 1 + (not missing) :])
    return replace(line, cells=cells), [("Số thứ tự dính vào nội dung trong nguồn: đã tách.", missing)]


# --- rows -> proposed tasks


def _proposed(rows: Sequence[_Row]) -> list[ProposedTask]:
    """Return the rows as tasks with ids of their own.

    Where numbers begin again in each section, the section's numeral goes before them.
    """
    marks = [
        ".".join(section.numeral for section in row.sections if section.numeral and not section.dotted) for row in rows
    ]
    pairs = [(mark, row.number) for mark, row in zip(marks, rows, strict=True)]
    repeated = len({row.number for row in rows}) < len(rows)
    by_section = repeated and all(marks) and len(set(pairs)) == len(rows)
    tasks = []
    seen: dict[str, str] = {}
    for mark, row in zip(marks, rows, strict=True):
        own_id = f"{mark}.{row.number}" if by_section else row.number
        if by_section:
            row.notes.append((f"Số thứ tự «{row.number}» đánh lại ở mỗi mục: mã là «{own_id}».", False))
        elif own_id in seen:
            row.notes.append((f"Số thứ tự «{own_id}» đã có ở {seen[own_id]}.", True))
        seen.setdefault(own_id, where(row.lines))
        tasks.append(_task(row, own_id))
    return tasks


def _task(row: _Row, own_id: str) -> ProposedTask:
    """Return a row as a task, its cells joined and commas after the last agency gone."""
    texts = {name: " ".join(row.pieces.get(name, ())) for name in _TEXTS}
    for name in ("lead_text", "coordinating_text"):
        printed = texts[name]
        texts[name] = printed.rstrip(" ,;")
        if texts[name] != printed:
            row.notes.append((f"Đã bỏ dấu phẩy thừa ở cuối ô {_TEXTS[name]} (nguồn ghi «{printed}»).", False))
    for name in ("title", "lead_text", "deadline_text"):
        if not texts[name] and row.columns.column(name) >= 0:
            row.notes.append((f"Nguồn không có {_TEXTS[name]}.", name != "deadline_text"))
    sections = (
        (f"{section.numeral}. " if section.numeral else "") + " ".join(section.title) for section in row.sections
    )
    return ProposedTask(
        id=own_id,
        section=" / ".join(sections),
        **texts,
        source=where(row.lines),
        confidence="doubtful" if any(doubtful for _, doubtful in row.notes) else "likely" if row.notes else "certain",
        repairs=tuple(sentence for sentence, _ in row.notes),
    )
