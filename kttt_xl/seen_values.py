"""What a consolidated workbook showed for a cell of an agency's form: what an officer saw who wrote a slip about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from kttt_xl.history import FIGURE_SHEET, TASK_SHEET, table_rows
from kttt_xl.layout import TASK_COLUMNS
from kttt_xl.slip_places import REMARK, Place
from kttt_xl.slips import said
from kttt_xl.workbook import Sheet

_CODE, _AGENCY, _FILE = "Mã", "Đơn vị", "Tệp nguồn"
_PERIOD, _VALUE, _TEXT = "Mã kỳ", "Giá trị", "Nội dung"
_REPORTED, _CARRIED = "Đã báo cáo kỳ này", "(giữ"
_INPUTS = MappingProxyType({column.heading: column.field for column in TASK_COLUMNS if column.rule})
_STATE_FIELDS = frozenset({"state", "done_on"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A value as it is compared (slips.said), None for nothing, and the files and slips that its row came from."""

    value: str | None
    told_by: tuple[str, ...]


def seen_values(path: Path, sheets: Mapping[str, Sheet]) -> dict[Place, Seen]:
    """Return what the sheets Số liệu and Nhiệm vụ of a consolidated workbook show, by place.

    A state that was kept from an earlier period is nothing that a copy says. MisuseError when a table is gone.
    """
    found: dict[Place, Seen] = {}
    for row in table_rows(path, sheets[FIGURE_SHEET], (_CODE, _AGENCY, _PERIOD, _VALUE, _TEXT, _FILE)):
        value = row.contents[_VALUE] if row.contents[_VALUE] is not None else row.contents[_TEXT]
        place = Place(_text(row.contents[_AGENCY]), "stats", _text(row.contents[_CODE]), _text(row.contents[_PERIOD]))
        found[place if place.field else place._replace(field=REMARK)] = _seen(value, row.contents[_FILE])
    for row in table_rows(path, sheets[TASK_SHEET], (_CODE, _AGENCY, *_INPUTS, _REPORTED, _FILE)):
        carried = _CARRIED in _text(row.contents[_REPORTED])
        for heading, field in _INPUTS.items():
            value = None if carried and field in _STATE_FIELDS else row.contents[heading]
            place = Place(_text(row.contents[_AGENCY]), "tasks", _text(row.contents[_CODE]), field)
            found[place] = _seen(value, row.contents[_FILE])
    return found


def _seen(value: object, file: object) -> Seen:
    known = value.date() if isinstance(value, datetime) else value if isinstance(value, Decimal | str) else None
    return Seen(said(known), tuple(_text(file).split("\n")))


def _text(value: object) -> str:
    return "" if value is None else str(value)
