"""What the plan workbook looks like: its sheets, headings, words, lists and examples; writer and reader share it.

Every column of a plan folder's tables has one heading here, except that the agencies of a task stand in a column each.
Codes of the model are words on the sheets; what an officer reads is Vietnamese.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from kttt_xl.model import ADJUSTMENT_KINDS, OPERATOR_WORDS, SUBJECTS
from kttt_xl.plan_tables import AGENCIES, INDICATORS, TASKS

GUIDE, HEAD, LISTS = "Hướng dẫn", "Kế hoạch", "Danh mục"
HEADING_ROW = 3  # a title and a hint stand above
FEWEST_AGENCY_COLUMNS = 4
SEPARATOR = " | "  # between the names in a cell; a line break does as well
YES = "x"

# The id, name or code of an example row begins so: such a row is no part of the plan.
EXAMPLE = re.compile(r"VD(?![^\W\d_])")

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "mark": {"named": "nêu tên", "sourced": "có nguồn", "to-confirm": "cần xác nhận"},
        "nature": {"stock": "số tại thời điểm", "flow": "số phát sinh", "ratio": "tỷ lệ", "growth": "tốc độ tăng"},
        "aggregation": {
            "sum": "cộng",
            "weighted": "bình quân có trọng số",
            "ratio": "chia tử số cho mẫu số",
            "none": "không tổng hợp",
        },
        "value_type": {"count": "số đếm", "decimal": "số thập phân", "percent": "phần trăm", "text": "chữ"},
        "basis": {"at": "mốc năm", "yearly": "hằng năm", "average": "bình quân năm"},
        "operator": {word: word for word in OPERATOR_WORDS.values()},
        "cut_off": {"administrative": "hành chính", "calendar": "dương lịch"},
        "yes": {YES: YES},
        "subject": {word: word for word in SUBJECTS},
        "kind": {word: word for word in ADJUSTMENT_KINDS},
        "confidence": {"certain": "chắc chắn", "likely": "cần xem", "doubtful": "nghi ngờ"},
    }
)

UNITS = (
    "hợp tác xã", "tổ hợp tác", "liên hiệp hợp tác xã", "thành viên", "người", "tổ chức", "%", "%/năm", "triệu đồng",
    "triệu đồng/năm", "tỷ đồng",
)  # fmt: skip
DEADLINES = (
    "Hằng tháng", "Hằng quý", "6 tháng một lần", "Hằng năm", "Hai năm một lần", "trước ngày 15/12 hằng năm",
    "trước ngày 30/6/2025", "Tháng 6/2025", "Quý II/2025", "Năm 2025", "2024 - 2025", "Từ 2024", "Thường xuyên",
)  # fmt: skip
CATEGORIES = ("sở", "ban", "ngành dọc", "UBND cấp tỉnh", "UBND cấp huyện", "UBND cấp xã", "liên minh hợp tác xã")
PERIOD_TEXTS = ("Hằng năm", "Đến năm 2025", "Đến năm 2030", "Giai đoạn 2021 - 2025")

NAMED = "KTTT_TEN_CO_QUAN"  # the agencies and groups; KTTT_CO_QUAN is a worksheet function

# The defined names behind the dropdowns. Those in LIVE follow a column of another sheet as it grows: sheet, column.
LIVE = MappingProxyType(
    {NAMED: (AGENCIES, "name"), "KTTT_CHI_TIEU": (INDICATORS, "code"), "KTTT_NHIEM_VU": (TASKS, "id")}
)
FIXED = MappingProxyType(
    {
        "mark": "KTTT_CAN_CU", "nature": "KTTT_TINH_CHAT", "aggregation": "KTTT_TONG_HOP_THEO",
        "value_type": "KTTT_KIEU_GIA_TRI", "basis": "KTTT_CACH_TINH", "operator": "KTTT_SO_SANH",
        "cut_off": "KTTT_CHOT_SO_LIEU", "yes": "KTTT_CO", "subject": "KTTT_DOI_TUONG", "kind": "KTTT_DIEU_CHINH",
        "confidence": "KTTT_DO_TIN_CAY",
    }
)  # fmt: skip
OPEN = MappingProxyType(
    {
        "KTTT_DON_VI_TINH": UNITS,
        "KTTT_THOI_GIAN": DEADLINES,
        "KTTT_LOAI_CO_QUAN": CATEGORIES,
        "KTTT_MOC": PERIOD_TEXTS,
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a line of the sheet Kế hoạch: how its cells are read, its heading, help and dropdown.

    kind is key (text that names something: a number with decimals there may have lost some), digits (text that begins
    with a zero, which a number has lost), text, names (a list), agencies (a column for each), number, date, choice (the
    words of choices), or any. A workbook without an optional column is read as if it were empty. suggest is a defined
    name, or a formula, whose values are offered; anything else may be typed.
    """

    field: str
    heading: str
    help: str
    kind: str = "text"
    width: float = 16
    suggest: str = ""
    words: str = ""  # the key in WORDS where it is not the field
    optional: bool = False

    @property
    def choices(self) -> Mapping[str, str]:
        """Return word by code."""
        return WORDS[self.words or self.field]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet that is one table, the first of its columns being the key; hint stands under its title."""

    sheet: str
    hint: str
    columns: tuple[Column, ...]
    examples: tuple[Mapping[str, str], ...]


def number_text(value: Decimal) -> str:
    """Return a number as the tables of a plan folder write it: 1.125 as 1.1250 (see plan_tables)."""
    text = f"{value:f}"
    return f"{text}0" if re.fullmatch(r"-?[0-9]{1,3}[.][0-9]{3}", text) else text
