"""A table of cells summed up by one of its columns: what KTTT_TONG_HOP computes."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from kttt_xl.cell_values import Block, Item, as_number, as_text, is_blank, quoted
from kttt_xl.cells import Reading, column_letter, fold, read_number
from kttt_xl.errors import MisuseError

_WAYS: Mapping[str, Callable[[Sequence[Decimal]], Decimal]] = MappingProxyType(
    {
        "sum": lambda numbers: sum(numbers, Decimal(0)),
        "mean": lambda numbers: sum(numbers, Decimal(0)) / len(numbers),
        "count": lambda numbers: Decimal(len(numbers)),
        "max": max,
    }
)
_WORDS = MappingProxyType(
    {
        "": "sum",
        "tổng": "sum",
        "cộng": "sum",
        "trung bình": "mean",
        "bình quân": "mean",
        "đếm": "count",
        "lớn nhất": "max",
    }
)
_NO_NAME = "(trống)"  # where values stand beside no group: left out, they would be missing from the total
_FILLED = Decimal(1)  # stands for a cell that is only counted
_NOT_REPORTED = Reading(accepted=True, value=None)  # of "-" and "…"
_LISTED = 20  # headings that a sentence names


def summary(table: Block, group: Item, value: Item, how: Item = None) -> Block:
    """Return the table's groups, in the order they first come, each with the sum, mean, count or max of its values.

    The first row of the table, and of the result, holds headings; group and value are headings or column numbers.
    Blank values and "-" are left out of all four; count takes any other content. Names that differ by form only (case,
    blanks, Unicode) are one group. MisuseError, with the place counted within the table, for a value that is no number;
    also for a column that is not there.
    """
    way = _WORDS.get(fold(as_text(how)), fold(as_text(how)))
    if way not in _WAYS:
        raise MisuseError(f"Không có cách tính {quoted(how)}; cần sum (tổng), mean (trung bình), count (đếm) hoặc max.")
    headings = [as_text(item) for item in table[0]]
    by, of = _column(headings, as_text(group)), _column(headings, as_text(value))
    group_column, value_column = column_letter(by + 1), column_letter(of + 1)
    groups: dict[str, list[Decimal]] = {}
    names: dict[str, Item] = {}
    keys: dict[str, str] = {}  # by what stands in the cell: folding it again for every row takes longest
    for number, row in enumerate(table[1:], start=2):
        found = _value(row[of], way, f"{value_column}{number} của bảng")
        if found is None:
            continue
        given = row[by]
        key = keys.get(given) if isinstance(given, str) else None
        if key is None:
            name = _name(given, f"{group_column}{number} của bảng")
            key = fold(as_text(name))
            names.setdefault(key, name)
            if isinstance(given, str):
                keys[given] = key
        groups.setdefault(key, []).append(found)
    return [[headings[by], headings[of]], *([names[key], _WAYS[way](found)] for key, found in groups.items())]


def _column(headings: Sequence[str], wanted: str) -> int:
    """Return the place of a column given by its heading or its number; a heading that is a number comes first."""
    found = [at for at, heading in enumerate(headings) if wanted and fold(heading) == fold(wanted)]
    if len(found) == 1:
        return found[0]
    if not found and wanted.isdecimal() and 0 < int(wanted) <= len(headings):
        return int(wanted) - 1
    why = f"có {len(found)} cột cùng tên" if found else "không có cột này"
    listed = "; ".join(heading or "(trống)" for heading in headings[:_LISTED]) + ("; …" * (len(headings) > _LISTED))
    raise MisuseError(f"Cột {quoted(wanted)}: {why}; các cột của bảng: {listed}.")


def _value(item: Item, way: str, place: str) -> Decimal | None:
    """Return the number in a cell of the value column; None for what is not counted."""
    if way != "count":
        return as_number(item, place)
    if is_blank(item):
        return None
    text = as_text(item, place)
    return None if isinstance(item, str) and read_number(text, "decimal") == _NOT_REPORTED else _FILLED


def _name(item: Item, place: str) -> Item:
    """Return a group's name as its first cell has it, a text without needless blanks."""
    text = " ".join(as_text(item, place).split()) or _NO_NAME
    return text if isinstance(item, str | None) else item
