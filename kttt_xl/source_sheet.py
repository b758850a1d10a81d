"""The sheet Nguồn: what the workbook was made of, and where officers decide about files and write slips (phiếu).

Its places are source_places'; source_typed reads back what was typed there.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from kttt_xl import __version__
from kttt_xl.cells import Cell, column_letter, show_date
from kttt_xl.consolidation import Consolidated
from kttt_xl.decisions import CHOICES, CORRECTED, ENTERED, SLIP_KINDS, Decision
from kttt_xl.history import PERIOD_LABEL, PLAN_LABEL
from kttt_xl.intake import VERDICT_WORDS, JudgedCopy, count_findings
from kttt_xl.layout import SHEET_NAMES
from kttt_xl.overview_sheet import Line
from kttt_xl.paper import Advice, Columns, Input, Link, Paper, Row, Shown, Table
from kttt_xl.slips import CHANGED, REFUSED
from kttt_xl.source_places import (
    AGENCY,
    BY,
    CHOICE,
    CLOSED,
    CLOSED_LABEL,
    CLOSED_NOTE_LABEL,
    COLUMN,
    DIGEST_LABEL,
    EMPTY_SLIPS,
    FILE,
    GONE_LABEL,
    KEY,
    KIND,
    NOTE,
    OPEN,
    REASON,
    RESULT,
    SHA256,
    SHEET,
    SLIP_HEADINGS,
    SLIPS_TITLE,
    VALUE,
    slip_name,
    slip_row,
    without_file,
)

_COLUMNS: Columns = {
    FILE: 34, "Kết quả": 17, "Đơn vị": 28, "Biểu": 12, CHOICE: 14, NOTE: 28, "Mã kế hoạch": 24, "Mã phát hành": 20,
    "Diễn giải": 42, SHA256: 36, "Mã kỳ": 10, "Ô đã điền": 8, "Ô nhận": 8, "Ô từ chối": 8, "Số lỗi": 7,
    "Số cảnh báo": 9,
}  # fmt: skip
_NOT_HERE = "(không còn trong thư mục)"
_AGENCIES = "DS_DonVi"  # the names that the dropdown of agencies offers, in a hidden column

_FILE_ADVICE = {
    CHOICE: Advice(
        "dùng: lấy tệp này cho đơn vị. loại: không tính. thay thế: như dùng, và bỏ các phiếu đã ghi cho tệp này. "
        "Lưu lại rồi chạy tổng hợp.",
        tuple(CHOICES.values()),
    ),
    NOTE: Advice("Căn cứ của quyết định. Tệp nhận sau khi khóa kỳ: bắt buộc ghi lý do ngoại lệ."),
    CLOSED_LABEL: Advice("Khóa kỳ: tệp nhận sau đó không được tính, trừ tệp có quyết định «dùng».", (OPEN, CLOSED)),
    CLOSED_NOTE_LABEL: Advice("Ai khóa, theo văn bản nào."),
}
_SLIP_ADVICE = {
    KIND: Advice("Nhập thay: đơn vị chưa báo số này. Sửa số liệu: số này đã có trong tệp.", tuple(SLIP_KINDS.values())),
    AGENCY: Advice("Chọn đơn vị.", f"={_AGENCIES}"),
    KEY: Advice("Mã nhiệm vụ hoặc mã chỉ tiêu, như ở cột Mã trang «Nhiệm vụ», «Số liệu»."),
    COLUMN: Advice("Kỳ của số liệu (ví dụ Năm 2024), hoặc tên cột của biểu nhiệm vụ (ví dụ Trạng thái)."),
    VALUE: Advice("Ghi như đơn vị ghi trong biểu: số, ngày hoặc chữ. Không có số liệu thì ghi dấu -"),
    REASON: Advice("Bắt buộc. Ví dụ: báo qua điện thoại ngày 5/12/2024; công văn số …"),
    BY: Advice("Họ tên cán bộ ghi phiếu."),
}
_HOW = "Ghi vào các dòng trống nền vàng, lưu lại rồi chạy tổng hợp. Không dùng phiếu nữa thì xóa trắng dòng của phiếu."


def source_table(result: Consolidated) -> Table:
    """Return the table of files with its facts: what an officer may change is unlocked."""
    plan, standing = result.plan, result.standing
    closed = OPEN if standing.closed is None else CLOSED
    facts: tuple[tuple[str, str | Input], ...] = (
        (PLAN_LABEL, plan.id),
        ("Kế hoạch", " ".join(plan.title.split())),
        (PERIOD_LABEL, f"{result.period.name} ({result.period.code})"),
        ("Ngày tổng hợp", show_date(result.as_of)),
        ("Phiên bản kttt-xl", __version__),
        (DIGEST_LABEL, standing.digest),
        (CLOSED_LABEL, Input(closed)),
        (CLOSED_NOTE_LABEL, Input(standing.closed_note)),
        (GONE_LABEL, "; ".join(result.gone) or "không có"),
    )
    return Table(
        "TỆP NGUỒN VÀ LẦN TỔNG HỢP", _COLUMNS, source_rows(result), 1, ("Kết quả",), facts, advice=_FILE_ADVICE,
        stays=False,
    )  # fmt: skip


def source_rows(result: Consolidated) -> Iterator[Row]:
    """Yield a row for each file that was found, skipped ones too; then for decisions on files that are not there."""
    for copy in result.copies:
        told, submission = _identity(copy), copy.reading.submission if copy.reading else None
        cells = (submission.filled, submission.accepted, submission.refused) if submission else (None,) * 3
        sha256 = copy.reading.sha256 if copy.reading else ""
        yield (
            copy.file, VERDICT_WORDS[copy.verdict], told and told.agency,
            told and SHEET_NAMES.get(told.kind, told.kind), *_decision(sha256, copy.decision), told and told.plan,
            told and told.issue, copy.why or None, sha256 or None, told and told.period, *cells, *count_findings(copy),
        )  # fmt: skip
    for decision in without_file(result.standing, _shas(result)):
        typed = _decision(decision.sha256, decision)
        yield _NOT_HERE, *(None,) * 3, *typed, *(None,) * 3, decision.sha256, *(None,) * 6


def _shas(result: Consolidated) -> set[str]:
    return {copy.reading.sha256 for copy in result.copies if copy.reading}


def _identity(copy: JudgedCopy) -> Any:
    return (copy.reading.submission or copy.reading.manifest) if copy.reading else None


def _decision(sha256: str, decision: Decision | None) -> tuple[Shown, Shown]:
    """Return the two cells of a decision; locked for a file that nothing can be decided about."""
    if not sha256:
        return None, None
    return Input(decision.words if decision else ""), Input(decision.note if decision else "")


# --- slips


def slip_table(result: Consolidated) -> Table:
    """Return the table of slips, below that of the files: those there are, then empty rows."""
    widths = dict(zip(SLIP_HEADINGS, _COLUMNS.values(), strict=False))
    gone = ", ".join(map(str, result.standing.withdrawn))
    how = f"{_HOW} Phiếu đã rút: số {gone}." if gone else _HOW
    return Table(SLIPS_TITLE, widths, slip_rows(result), 0, (RESULT,), (("", how),), advice=_SLIP_ADVICE)


def slip_rows(result: Consolidated) -> Iterator[Row]:
    """Yield a row for each slip as it was typed, with what became of it, then rows for new ones."""
    for outcome in result.slips:
        slip = outcome.slip
        typed = map(Input, (slip.words, slip.agency, slip.key, slip.column))
        yield slip_name(slip.number), *typed, _value(slip.value), Input(slip.reason), Input(slip.by), outcome.words
    blank = *(Input(),) * 4, Input(as_text=False), *(Input(),) * 2
    for _ in range(EMPTY_SLIPS):
        yield None, *blank, None


def _value(cell: Cell | None) -> Input:
    """Return the cell of a slip's value: a text stays one, a number or date shows as it was typed."""
    held = cell.value if cell else ""
    if isinstance(held, datetime):
        return Input(held.date(), as_text=False)
    if isinstance(held, Decimal) and cell:
        return Input(held, as_text=False, percent=cell.percent)
    return Input(str(held), as_text=bool(held))


def write_agencies(paper: Paper, sheet: Any, result: Consolidated) -> None:
    """Write the names that the dropdown of agencies offers, into a hidden column right of the tables."""
    names = [agency.name for agency in result.plan.agencies if not agency.group]
    at = len(_COLUMNS)
    for row, name in enumerate(names):
        paper.put(sheet, row, at, name, text_wrap=False)
    sheet.set_column(at, at, 12, None, {"hidden": True})
    sheet.print_area(0, 0, _first_slip(result) + len(result.slips) + EMPTY_SLIPS - 2, at - 1)
    letter = column_letter(at + 1)
    paper.book.define_name(_AGENCIES, f"='{SHEET}'!${letter}$1:${letter}${max(1, len(names))}")


def _first_slip(result: Consolidated) -> int:
    return slip_row(len(result.copies) + len(without_file(result.standing, _shas(result))), 0)


# --- in words, for other sheets


def overview_lines(result: Consolidated) -> list[Line]:
    """Return the lines of Tổng quan on what officers did: figures entered or corrected, and a closed period."""
    counted = [outcome for outcome in result.slips if outcome.counts]
    to_do = sum(outcome.result in {CHANGED, REFUSED} for outcome in result.slips)
    words = {ENTERED: "nhập thay", CORRECTED: "sửa"}
    kinds = {word: sum(each.slip.kind == kind for each in counted) for kind, word in words.items()}
    told = [f"{count} {word}" for word, count in kinds.items() if count]
    told += [f"{to_do} phiếu cần xem lại"] if to_do else []
    where = f"{', '.join(told)} (trang «{SHEET}»)" if told else f"ghi ở cuối trang «{SHEET}»"
    lines: list[Line] = [("Số liệu cán bộ nhập thay, sửa", len(counted), Link(where, SHEET, _first_slip(result) - 3))]
    if result.standing.closed is not None:
        lines.append(("Kỳ báo cáo", CLOSED, result.standing.closed_note))
    return lines
