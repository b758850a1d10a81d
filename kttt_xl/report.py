"""The consolidated workbook, and the JSON of `consolidate`: what a leader reads, and where every number came from.

Whatever an agency typed goes in as plain text: never a formula, link, sheet name or header. Nothing depends on the
clock: the same result gives the same bytes. Source: contract section 6.
"""

import io
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

import xlsxwriter

from kttt_xl import __version__
from kttt_xl.assignments import stats_recipients, task_assignments
from kttt_xl.attainment import MET, MISSED, NO_VALUE, NOT_YET, VERDICTS, bound
from kttt_xl.cells import address, column_letter, show_date, show_number
from kttt_xl.consolidation import Consolidated, Narrative, Total
from kttt_xl.cover import FONT, SECTION, protect, set_page
from kttt_xl.history import FIGURE_HEADINGS, FIGURE_SHEET, TASK_HEADINGS, TASK_SHEET
from kttt_xl.intake import JudgedCopy
from kttt_xl.layout import SHEET_NAMES, plan_line
from kttt_xl.messages import ERROR, INFO, WARNING
from kttt_xl.model import KINDS, OPERATOR_WORDS, Figure, Finding, Target, Value
from kttt_xl.period import Period, cut_off_span, parse_period
from kttt_xl.progress import BEHIND, DONE_LATE, DUE_SOON, ON_PACE, OVERDUE, Measure, Rate

OVERVIEW, TARGETS, COPIES, FINDINGS, SOURCES = "Tổng quan", "Chỉ tiêu", "Tình hình nộp", "Lỗi", "Nguồn"
SHEETS = (OVERVIEW, TARGETS, TASK_SHEET, FIGURE_SHEET, COPIES, FINDINGS, SOURCES)

_NONE = "–"  # stands where there is no value: never 0
_MADE = datetime(2023, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # fixed: same input, same bytes
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_format_properties": {"font_name": "Times New Roman", "font_size": 11},
}
_LONGEST, _CUT = 32_767, " … (đã cắt bớt; toàn văn ở tệp nguồn)"  # UTF-16 units in a cell: Excel's limit
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # no XML part can hold these
_TALLEST = 409  # points in a row, Excel's limit
_NAMED = 40  # missing agencies that the one page of Tổng quan names

# What became of a copy, in words; of several for one form the first of these decides.
_OUTCOMES = {
    "accepted": "Đã gửi",
    "conflicting": "Xung đột",
    "refused": "Bị từ chối",
    "duplicate": "Trùng",
    "superseded": "Đã được thay thế",
    "skipped": "Bỏ qua",
}
_NOT_SENT = "Chưa gửi"
_SEVERITIES = {ERROR: "Lỗi", WARNING: "Cảnh báo", INFO: "Thông tin"}
_AGGREGATIONS = {
    "sum": "cộng các đơn vị",
    "weighted": "bình quân có trọng số",
    "ratio": "tính lại từ tổng hai số",
    "none": "không cộng",
}
_BASES = {"yearly": "Hằng năm", "average": "Bình quân năm"}
# The colour of a cell that begins with these words; of two that fit the earlier counts.
_TONES = (
    dict.fromkeys((OVERDUE, MISSED, BEHIND, "Xung đột", "Bị từ chối", "Lỗi"), "#C92A2A")
    | dict.fromkeys((DUE_SOON, DONE_LATE, NOT_YET, NO_VALUE, _NOT_SENT, "Cảnh báo"), "#B35900")
    | dict.fromkeys(("Hoàn thành", MET, ON_PACE, "Đã gửi"), "#2B8A3E")
)


@dataclass(frozen=True, slots=True)
class _Link:
    """A link to a row of another sheet of this workbook; there is no other kind of link."""

    text: str
    sheet: str
    row: int


_Shown = Value | int | _Link
_Row = tuple[_Shown, ...]
_Columns = dict[str, float]  # heading: width in characters

_CODE, _AGENCY, _PERIOD, _VALUE, _FILE, _SHEET, _CELL = FIGURE_HEADINGS
_STATE, _DONE_ON = TASK_HEADINGS[3:]

_TARGET_COLUMNS: _Columns = {
    "STT": 5, "Chỉ tiêu": 28, "ĐVT": 10, "Yêu cầu": 16, "Mốc": 12, "Giá trị thực hiện": 12, "Kỳ của giá trị": 12,
    "Số đơn vị báo cáo": 10, "Mức đạt (%)": 8, "Đánh giá": 12, "Tiến độ": 10, "Dự báo": 10, "Hạn": 11,
    "Câu trong kế hoạch": 32, "Nguồn số liệu": 12, "Ghi chú": 26,
}  # fmt: skip
_TOTAL_COLUMNS: _Columns = {  # below the targets, in the same columns of the sheet
    "STT": 5, "Chỉ tiêu": 28, "ĐVT": 10, "Mã": 16, "Cách tổng hợp": 12, "Giá trị": 12, "Kỳ": 12,
    "Số đơn vị báo cáo": 10,
}  # fmt: skip
_TASK_COLUMNS: _Columns = {
    _CODE: 8, "Mục": 16, "Nhiệm vụ": 32, "Vai trò": 9, _AGENCY: 18, _PERIOD: 9, "Thời gian trình": 12, "Hạn": 11,
    _STATE: 13, "Tỷ lệ hoàn thành (%)": 8, _DONE_ON: 11, "Tình trạng": 13, "Sản phẩm đã ban hành": 16,
    "Kết quả thực hiện": 30, "Khó khăn, vướng mắc": 20, "Kiến nghị": 18, "Đã báo cáo kỳ này": 10, _FILE: 20,
    _SHEET: 10, "Dòng nguồn": 7,
}  # fmt: skip
_FIGURE_COLUMNS: _Columns = {
    _CODE: 16, "Chỉ tiêu": 36, "ĐVT": 12, _AGENCY: 26, _PERIOD: 11, "Kỳ": 14, _VALUE: 13, "Nội dung": 40, _FILE: 30,
    _SHEET: 10, _CELL: 8,
}  # fmt: skip
_COPY_COLUMNS: _Columns = {
    "STT": 5, _AGENCY: 34, "Biểu": 11, "Tình trạng": 12, "Tệp": 44, "Ô đã điền": 8, "Ô nhận": 8, "Ô từ chối": 8,
    "Ô ở tệp không tính": 9, "Số lỗi": 7, "Số cảnh báo": 9, "Người lập biểu": 18, "Điện thoại": 13, "Ghi chú": 30,
}  # fmt: skip
_FINDING_COLUMNS: _Columns = {
    "Mức độ": 10, _AGENCY: 26, "Tệp": 30, "Trang": 12, "Ô": 8, "Cột": 18, "Nội dung": 50, "Cách sửa": 44, "Mã lỗi": 20,
}  # fmt: skip
_SOURCE_COLUMNS: _Columns = {
    "Tệp": 44, "Kết quả": 13, "SHA-256": 36, "Mã kế hoạch": 18, _PERIOD: 10, "Biểu": 10, _AGENCY: 30,
    "Mã phát hành": 20, "Ô đã điền": 8, "Ô nhận": 8, "Ô từ chối": 8, "Số lỗi": 7, "Số cảnh báo": 9,
}  # fmt: skip


# --- JSON and a few lines


def summary(result: Consolidated) -> dict[str, Any]:
    """Return the document of `consolidate --json`, keys and their order as in contract section 6.

    Dates are YYYY-MM-DD, numbers int when whole, else float; by_status has the statuses that occur, worst first.
    """
    due, every = result.rates
    received = {"expected": len(result.expected), "received": len(result.received), "missing": list(result.missing)}
    return {
        "plan": result.plan.id,
        "period": result.period.code,
        "as_of": result.as_of.isoformat(),
        "copies": result.copy_counts,
        "agencies": received,
        "cells": result.cell_counts,
        "tasks": {
            "total": len(result.tasks),
            "by_status": {status: count for status, count in result.by_status.items() if count},
            "completed_of_due": _fields(due, "done of rate"),
            "completed_of_all": _fields(every, "done of rate"),
        },
        "task_rows": [
            _fields(row.task, "id") | _fields(row, "agency role state percent done_on status file sheet row")
            for row in result.task_rows
        ],
        "targets": [
            _fields(item.target, "code indicator operator low high period_text")
            | _fields(item, "actual actual_period attainment verdict pace forecast")
            for item in result.measures
        ],
        "indicators": [
            _fields(total.indicator, "code")
            | {"period": total.period.code, "value": _plain(total.value)}
            | {"agencies_reporting": total.reporting, "agencies_expected": total.expected}
            for total in result.totals
        ],
        "findings": findings_json(result.findings),
    }


def findings_json(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return findings as JSON objects, keys in the order of contract section 5."""
    return [asdict(found) for found in findings]


def _fields(item: object, names: str) -> dict[str, Any]:
    return {name: _plain(getattr(item, name)) for name in names.split()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
