"""What a cell of Excel hands to a worksheet function -> text, number, date; and one function applied to whole blocks.

COM gives every number as float (money as Decimal), dates as datetime and an error it does not know as a code; xlwings
Server gives whole numbers as int and dates as serial numbers; both give None for a blank cell. A function must answer
alike. Source: addin.md, section 4; xlwings 0.37.8, _xlwindows.py and pro/_xlofficejs.py.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import isinf, isnan
from types import MappingProxyType
from typing import Any

from kttt_xl.cells import Cell, Note, Reading, Rule, read_cell, show_date, show_number
from kttt_xl.errors import KtttError, MisuseError
from kttt_xl.inert import starts_formula
from kttt_xl.messages import finding
from kttt_xl.period import LAST_YEAR

Item = Any  # a cell's content: None, str, bool, int, float, Decimal or datetime
Block = list[list[Item]]  # rows of cells
Result = str | Decimal | date | None

_EPOCH = date(1899, 12, 30)  # day 0 of Excel from March 1900 on
# Serial numbers that are taken for dates. 2024 is a year that somebody typed where a date belongs, not 16/7/1905.
_SERIALS = range(LAST_YEAR + 1, (date(LAST_YEAR, 12, 31) - _EPOCH).days + 1)
_ERROR = re.compile("#[A-Z][A-Z0-9/_]*[!?]?")
_COM_ERRORS = range(-2_146_826_288, -2_146_826_200)  # codes of #NULL! to those of newer Excel (xlErrNull 2000 on)
_QUOTED = 60  # characters of a cell that a sentence quotes
_RULES = MappingProxyType({kind: Rule(kind) for kind in ("count", "decimal", "percent", "date")})


def is_blank(item: Item) -> bool:
    """Tell whether nothing can be seen in a cell; NaN is what pandas makes of a blank one."""
    if isinstance(item, str):
        return not item[:1].isalnum() and Cell(1, 1, "text", item).blank
    return item is None or (isinstance(item, float) and isnan(item))


def is_day(item: Item) -> bool:
    """Tell whether a cell holds a date, or a number that is the serial number of one."""
    if isinstance(item, int | float | Decimal):
        return bool(_SERIALS.start <= item < _SERIALS.stop)
    return isinstance(item, date)


def as_text(item: Item, header: str = "") -> str:
    """Return a cell's content as an officer sees it: 2024.0 is "2024", a date "3/8/2024"; "" for a blank.

    MisuseError, with a sentence about header, for a cell that shows an error of Excel.
    """
    if is_blank(item):
        return ""
    if isinstance(item, date):
        return show_date(item)
    if isinstance(item, bool):
        return "TRUE" if item else "FALSE"
    if error := _error(item):
        named = f" «{header}»" if header else ""
        raise MisuseError(f"Ô{named} đang báo lỗi Excel «{error}».")
    return item if isinstance(item, str) else show_number(Decimal(str(item)))


def quoted(item: Item) -> str:
    """Return a cell's content as a sentence quotes it."""
    return f"«{_clipped(as_text(item))}»"


def as_number(item: Item, header: str, kind: str = "decimal", *, doubtful: bool = False) -> Decimal | None:
    """Return the number in a cell by the rules of a form's cells (contract, section 5); None for a blank, and for "-".

    kind is count, decimal or percent. MisuseError, with a finding's sentence about header, when it cannot be read. A
    text that may be another number is refused as well, unless doubtful: a warning has no place to stand. So is a
    stored percent up to 1: the function cannot see whether its cell shows 0,95 or 95%.
    """
    if is_blank(item):
        return None
    reading = _read(item, kind, header)
    codes = [note.code for note in reading.notes]
    if "ambiguous-number" in codes and not doubtful:
        raise _refused(reading.notes[0], header)
    if "percent-scale" in codes and not isinstance(item, str):
        number = Decimal(str(item))
        both = f"{show_number(100 * number)} % (nếu ô hiện dấu %) hoặc {show_number(number)} %"
        raise MisuseError(f"Ô «{header}» ghi {quoted(item)} có thể hiểu theo hai cách: {both}. Gõ dạng chữ, ví dụ 95%.")
    return reading.value if isinstance(reading.value, Decimal) else None


def as_date(item: Item, header: str) -> date | None:
    """Return the date in a cell: a real one, its serial number, or a text; None for a blank, and for "-".

    MisuseError, with a finding's sentence about header, for what is none: a year is not.
    """
    if is_blank(item):
        return None
    if isinstance(item, date):
        return item.date() if isinstance(item, datetime) else item
    if is_day(item):
        return _EPOCH + timedelta(days=int(item))
    value = _read(item, "date", header).value
    return value if isinstance(value, date) else None


def to_cell(value: Item) -> Item:
    """Return a result as a cell takes it: a Decimal as float, a date as datetime, nothing as an empty text.

    A text that would start a formula or an error is put in quotation marks. ArithmeticError for a number that no cell
    can hold.
    """
    if value is None:
        return ""
    if isinstance(value, Decimal | float):
        number = float(value)
        if isinf(number):
            raise OverflowError
        return number
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  # Excel has no zones
    if not isinstance(value, str):
        return value
    text = value.encode("utf-8", "replace").decode()  # half a character, as JSON may bring one, could not be sent back
    # A formula where a result is pasted or saved as CSV; an error on Server.
    return f"«{text}»" if text.startswith("#") or starts_formula(text) else text


def block(given: Item) -> Block:
    """Return what a function was given as rows of cells: a cell alone is one row, and so is a plain list."""
    if not isinstance(given, list | tuple):
        return [[given]]
    rows = [list(row) for row in given] if given and isinstance(given[0], list | tuple) else [list(given)]
    return rows if rows[0] else [[None]]


def flat(given: Item) -> list[Item]:
    """Return the cells of a block row by row."""
    return [item for row in block(given) for item in row]


def only(given: Item, header: str) -> Item:
    """Return the content of an argument that is one cell; MisuseError for more."""
    rows = block(given)
    if len(rows) > 1 or len(rows[0]) > 1:
        raise MisuseError(f"«{header}» cần đúng một ô; đang chọn {len(rows)} dòng × {len(rows[0])} cột.")
    return rows[0][0]


def each(function: Callable[..., Result], *arguments: Item) -> Item:
    """Return what a function gives for every cell of its arguments, which are blocks of one size, or single cells.

    A row goes with every row, a column with every column. A missing argument is None for every cell. What a cell
    makes the function refuse stands in that cell as its sentence. Single contents, as plain Python gives them, give a
    single content.
    """
    blocks = [block(argument) for argument in arguments]
    rows, columns = max(map(len, blocks)), max(len(each_block[0]) for each_block in blocks)
    if any(len(item) not in {1, rows} or len(item[0]) not in {1, columns} for item in blocks):
        sizes = "; ".join(f"{len(item)} × {len(item[0])}" for item in blocks if item != [[None]])
        return [[f"Các vùng không cùng kích thước (dòng × cột): {sizes}."]]
    found = [
        [_one(function, [_at(item, row, column) for item in blocks]) for column in range(columns)]
        for row in range(rows)
    ]
    return found if any(isinstance(argument, list | tuple) for argument in arguments) else found[0][0]


def spill(function: Callable[[], Block]) -> Block:
    """Return the table that a function gives, as cells take it; or the sentence that says why there is none."""
    try:
        return [[to_cell(item) for item in row] for row in function()]
    except KtttError as error:
        return [[to_cell(str(error))]]
    except ArithmeticError:
        return [["Không tính được: có số quá lớn hoặc quá nhỏ."]]


def _one(function: Callable[..., Result], items: Sequence[Item]) -> Item:
    return spill(lambda: [[function(*items)]])[0][0]


def _at(rows: Block, row: int, column: int) -> Item:
    line = rows[row if len(rows) > 1 else 0]
    return line[column if len(line) > 1 else 0]


def _read(item: Item, kind: str, header: str) -> Reading:
    """Read a cell's content by the rule of a form's cell of this kind; MisuseError when it is refused."""
    reading = read_cell(_cell(item), _RULES[kind])
    if not reading.accepted:
        raise _refused(reading.notes[0], header)
    return reading


def _refused(note: Note, header: str) -> MisuseError:
    expected = note.expected.replace(" (đã dùng)", "")
    found = finding(note.code, header=header, found=_clipped(note.found), expected=expected)
    return MisuseError(f"{found.message} {found.fix}")


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTED else f"{line[: _QUOTED - 1]}…"


def _cell(item: Item) -> Cell:
    if error := _error(item):
        return Cell(1, 1, "error", error)
    if isinstance(item, bool):
        return Cell(1, 1, "boolean", item)
    if isinstance(item, date):
        return Cell(1, 1, "date", datetime(item.year, item.month, item.day))  # noqa: DTZ001  # Excel has no zones
    return Cell(1, 1, "text", item) if isinstance(item, str) else Cell(1, 1, "number", Decimal(str(item)))


def _error(item: Item) -> str:
    """Return the error of Excel that a cell shows, "" for none."""
    if isinstance(item, str):
        return item if item.startswith("#") and _ERROR.fullmatch(item) else ""
    known = isinstance(item, int) and item in _COM_ERRORS
    return "#?" if known else ""
