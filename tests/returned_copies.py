"""Copies as they come back, for the tests: built once, filled in or edited, read again.

The annex's tasks of Liên minh Hợp tác xã tỉnh, Năm 2024. Columns: A Mã (hidden), B STT, C Nhiệm vụ, K Kỳ trước,
L Trạng thái, M Tỷ lệ, N Ngày hoàn thành, O Sản phẩm, P Kết quả, Q Khó khăn, R Kiến nghị, S Kiểm tra. Row 8 is a
section, rows 9 to 17 are tasks 1 to 9, row 18 a section; the last row is 52.
"""

import io
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kttt_xl.assignments import Assignment, stats_recipients, task_assignments
from kttt_xl.builder import build_copy
from kttt_xl.campaign import read_places
from kttt_xl.filling import Content, fill
from kttt_xl.intake import JudgedCopy, judge
from kttt_xl.layout import Copy, stats_copy, task_copy
from kttt_xl.model import Plan, Value
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading, read_copy
from kttt_xl.selfcheck import letters, line_rows

KEY = bytes(range(32))
AGENCY = "Liên minh Hợp tác xã tỉnh"
Told = tuple[str, str, str, str]


def take_in(folder: Path, plan: Plan, period: Period, as_of: date, campaign: Path) -> tuple[JudgedCopy, ...]:
    """Return every file of a folder with its verdict, in name order, as collecting does with an empty ledger."""
    readings, passed = read_places([folder], as_of, campaign)
    return tuple(sorted((*judge(readings, plan, period), *passed), key=lambda copy: copy.file))


class Trial:
    """A copy as issued, and a folder to put returned ones into."""

    def __init__(self, copy: Copy, folder: Path) -> None:
        self.copy, self.folder, self.content = copy, folder, build_copy(copy, KEY)

    def __repr__(self) -> str:
        return f"Trial({self.copy.kind})"

    def at(self, key: str, field: str) -> str:
        """Return the address of a row and field as issued."""
        return f"{letters(self.copy)[field]}{line_rows(self.copy)[key]}"

    def filled(self, contents: Mapping[str, Content], sheet: str = "") -> bytes:
        """Return the copy with contents typed at these addresses of a sheet, the form unless another is named."""
        return fill(self.content, sheet or self.copy.sheet, contents)

    def edited(self, edit: Callable[[Workbook], object]) -> bytes:
        """Return the copy after an edit that changes its sheets, as a filler does who lifted the protection."""
        book = openpyxl.load_workbook(io.BytesIO(self.content))
        edit(book)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def read(self, returned: bytes | Mapping[str, Content], key: bytes | None = KEY) -> CopyReading:
        """Read what came back: a file's bytes, or the copy with contents typed into its form."""
        path = self.folder / "ban-sao.xlsx"
        path.write_bytes(returned if isinstance(returned, bytes) else self.filled(returned))
        return read_copy(path, path.name, lambda _plan: key)


def annex_tasks(plan: Plan, period: Period) -> tuple[Assignment, ...]:
    """Return the tasks of AGENCY that the annex gives: forty, in rows 9 to 52."""
    return tuple(given for given in task_assignments(plan, period)[AGENCY] if given.task.id.isdecimal())


def task_trial(plan: Plan, period: Period, folder: Path) -> Trial:
    """Return the task copy of AGENCY."""
    return Trial(task_copy(plan, period, AGENCY, annex_tasks(plan, period)), folder)


def few_tasks(plan: Plan, period: Period) -> Copy:
    """Return the form of four tasks of AGENCY: it leads 1, 4, 33 and coordinates 10, in rows 9, 10, 14 and 12."""
    kept = tuple(given for given in task_assignments(plan, period)[AGENCY] if given.task.id in {"1", "4", "10", "33"})
    return task_copy(plan, period, AGENCY, kept)


def stats_trial(plan: Plan, period: Period, folder: Path) -> Trial:
    """Return the statistics copy of the plan's first agency that gets one."""
    return Trial(stats_copy(plan, period, stats_recipients(plan)[0]), folder)


def told(reading: CopyReading) -> list[Told]:
    """Return code, cell, found and message of every finding, in order."""
    return [(found.code, found.cell, found.found, found.message) for found in reading.findings]


def codes(reading: CopyReading) -> list[tuple[str, str]]:
    """Return code and cell of every finding, in order."""
    return [(found.code, found.cell) for found in reading.findings]


def values(reading: CopyReading) -> dict[tuple[str, str], Value]:
    """Return what was accepted, by row and field."""
    assert reading.submission is not None
    found = {(entry.key, entry.field): entry.value for entry in reading.submission.entries}
    assert len(found) == len(reading.submission.entries)
    return found


def counts(reading: CopyReading) -> tuple[int, int, int]:
    """Return how many cells were filled, accepted and refused."""
    submission = reading.submission
    assert submission is not None
    assert submission.filled == submission.accepted + submission.refused
    return submission.filled, submission.accepted, submission.refused


# --- findings as told() gives them


def outside(place: str, found: str) -> Told:
    return ("outside-value", place, found, f"Có nội dung «{found}» ở ngoài biểu mẫu.")


def altered(place: str, header: str, found: str) -> Told:
    sentence = f"Ô khóa «{header}» đã bị sửa thành «{found}»; kết quả vẫn dùng nội dung gốc của kế hoạch."
    return ("altered-locked-cell", place, found, sentence)


def overwritten(place: str, found: str) -> Told:
    sentence = f"Công thức ở ô «Kiểm tra» đã bị thay bằng «{found}»; kết quả không dùng ô này."
    return ("overwritten-formula", place, found, sentence)


def unknown(place: str, header: str, found: str, key: str) -> Told:
    sentence = f"Ô «{header}» có nội dung «{found}» nhưng dòng này không thuộc biểu mẫu (mã dòng: {key})."
    return ("unknown-row", place, found, sentence)


# --- what fillers do to the rows of a form


def rows_of(sheet: Worksheet, first: int, last: int, start: int = 1) -> list[list[object]]:
    """Return what stands in the rows, from column number start."""
    return [[cell.value for cell in row[start - 1 :]] for row in sheet.iter_rows(min_row=first, max_row=last)]


def put_rows(sheet: Worksheet, rows: list[list[object]], first: int, start: int = 1) -> None:
    for row, texts in enumerate(rows, start=first):
        for column, text in enumerate(texts, start=start):
            sheet.cell(row, column).value = text  # type: ignore[assignment]


def edit_form(edit: Callable[[Worksheet], object]) -> Callable[[Workbook], object]:
    return lambda book: edit(book["Nhiệm vụ"])


def fill_in(sheet: Worksheet) -> None:
    """Type a state into tasks 1, 2 and 3, and a result into task 1."""
    for row, state in ((9, "Hoàn thành"), (10, "Đang thực hiện"), (11, "Tạm dừng")):
        sheet.cell(row, 12).value = state
    sheet["P9"] = "Đã xong"


FILLED = {
    ("1", "state"): "Hoàn thành",
    ("1", "result"): "Đã xong",
    ("2", "state"): "Đang thực hiện",
    ("3", "state"): "Tạm dừng",
}
