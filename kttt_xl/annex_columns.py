"""The lines of a plan document -> which of them are headings of a task table, and which column holds what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from types import MappingProxyType

from kttt_xl.annex_lines import Line
from kttt_xl.cells import fold

# The usual headings of each column, folded, without marks and brackets.
_HEADINGS = MappingProxyType(
    {
        "number": "stt|tt|t t|số tt|số thứ tự",
        "title": "nhiệm vụ đề án|đề án nhiệm vụ|tên nhiệm vụ đề án|nhiệm vụ|tên nhiệm vụ|nhiệm vụ cụ thể"
        "|nhiệm vụ chủ yếu|nhiệm vụ giải pháp|nội dung|nội dung nhiệm vụ|nội dung công việc|nội dung thực hiện"
        "|công việc|tên công việc",
        "lead_text": "cơ quan chủ trì|đơn vị chủ trì|chủ trì|cơ quan đơn vị chủ trì|cơ quan chủ trì thực hiện"
        "|đơn vị chủ trì thực hiện|cơ quan chủ trì tham mưu|cơ quan thực hiện|đơn vị thực hiện",
        "coordinating_text": "cơ quan phối hợp|đơn vị phối hợp|phối hợp|cơ quan đơn vị phối hợp"
        "|cơ quan phối hợp thực hiện|đơn vị phối hợp thực hiện",
        "submit_to": "cấp trình|cấp phê duyệt|cấp trình phê duyệt|cấp có thẩm quyền|cấp có thẩm quyền phê duyệt"
        "|cấp ban hành|cấp quyết định",
        "product": "sản phẩm hoàn thành|sản phẩm|sản phẩm đầu ra|sản phẩm dự kiến|kết quả|kết quả sản phẩm"
        "|kết quả đầu ra|hình thức văn bản",
        "deadline_text": "thời gian trình|thời gian|thời gian thực hiện|thời gian hoàn thành|thời gian ban hành"
        "|thời hạn|thời hạn trình|thời hạn thực hiện|thời hạn hoàn thành|tiến độ|tiến độ thực hiện"
        "|tiến độ hoàn thành",
    }
)
_FIELD_OF = MappingProxyType({name: key for key, names in _HEADINGS.items() for name in names.split("|")})
_LONGEST = 80  # characters of a heading
_ASIDE, _WORD = re.compile(r"\([^()]*\)"), re.compile(r"\w+")

NUMBER = re.compile(r"((?:[0-9A-Z]{1,5}[.])*)([0-9]{1,4})[.)]?")  # 12; 1.1; II.3.


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of a table as printed, by column from 0, and which field each column holds (see ProposedTask).

    part is where they stand ("bảng 2, dòng"); the rows under them may stand in the table after.
    """

    part: str
    names: Mapping[int, str]
    fields: Mapping[int, str]

    @property
    def width(self) -> int:
        """Return how many cells a row has up to the last heading."""
        return max(self.names) + 1

    def column(self, name: str) -> int:
        """Return the column of a field, -1 when the table has none."""
        return next((column for column, known in self.fields.items() if known == name), -1)

    def text(self, line: Line, name: str) -> str:
        """Return the text of a field's cell, "" when there is none."""
        column = self.column(name)
        return line.cells[column] if 0 <= column < len(line.cells) else ""

    def own(self, line: Line, name: str) -> str:
        """Return the text of a field's cell unless it is carried down from the row above."""
        return "" if self.column(name) in line.carried else self.text(line, name)


def columns_above(lines: Sequence[Line]) -> list[Columns | None]:
    """Return for each line the headings it stands under; None for headings, and under none that name task and lead.

    A table of a .docx without headings goes on from the one before when it is as wide and begins like a row of it:
    Word files made from PDF have a table a page.
    """
    found: list[Columns | None] = []
    current: Columns | None = None
    last: Line | None = None
    while len(found) < len(lines):
        line = lines[len(found)]
        heading, taken = _heading(*lines[len(found) : len(found) + 2])
        again = current is not None and _repeats(line, current)
        if heading or again:
            current = replace(current, part=line.part) if current and again else heading
            found += [None] * (taken or 1)
            if len(found) < len(lines) and _counts_columns(lines[len(found)]):
                found.append(None)
        elif current and "number" in map(_field, line.cells):  # the headings of another table
            current = None
            found.append(None)
        else:
            if last and len(line.cells) > 1 and line.part != last.part and not _goes_on(line, last, current):
                current = None
            found.append(current)
        last = line if len(line.cells) > 1 else last
    return found


def _field(heading: str) -> str:
    """Return the field that a heading stands for: "Thời gian trình (tháng)" is deadline_text, "Ghi chú" is none."""
    if len(heading) > _LONGEST:
        return ""
    return _FIELD_OF.get(" ".join(_WORD.findall(fold(_ASIDE.sub(" ", heading)))), "")


def _heading(line: Line, below: Line | None = None) -> tuple[Columns | None, int]:
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
        return Columns(line.part, names, fields), taken
    return None, 0


def _counts_columns(line: Line) -> bool:
    """Return whether a line numbers the columns: "(1) (2) (3) …"."""
    texts = [text.strip("()") for text in line.cells if text]
    return len(texts) > 2 and texts == [str(number) for number in range(1, len(texts) + 1)]


def _repeats(line: Line, columns: Columns) -> bool:
    """Return whether a line is the headings again, though a scan may have lost a cell and spoilt letters."""
    cells = [(column, text) for column, text in enumerate(line.cells) if text]
    return 2 * len(cells) > len(columns.names) and all(
        _alike(fold(text), fold(columns.names.get(column, ""))) for column, text in cells
    )


def _alike(found: str, printed: str) -> bool:
    """Return whether one letter in six differs at most ("S1T", "Thờl gian trinh"): no two fields have such headings."""
    size, slack = max(len(found), len(printed)), max(1, len(printed) // 6)
    if size - min(len(found), len(printed)) > slack:
        return False
    same = sum(block.size for block in SequenceMatcher(None, found, printed, autojunk=False).get_matching_blocks())
    return size - same <= slack < size


def _goes_on(line: Line, last: Line, columns: Columns | None) -> bool:
    number = columns.own(line, "number") if columns else ""
    return len(line.cells) == len(last.cells) and (not number or line.across or bool(NUMBER.fullmatch(number)))


def numbers_below(lines: Sequence[tuple[Line, Columns | None]]) -> list[str]:
    """Return for each line the next number that stands in a number column below it, "" when there is none."""
    found = [""]
    for line, columns in reversed(lines):
        number = columns.own(line, "number") if columns else ""
        found.append(number if NUMBER.fullmatch(number) else found[-1])
    return found[-2::-1]
