"""What stands where on the sheet Nguồn: its labels and headings, and the address of a slip's cell.

source_sheet writes it, source_typed reads back what officers typed there, findings name its cells.
"""

from collections.abc import Collection

from kttt_xl.cells import address
from kttt_xl.decisions import Decision, Standing

SHEET = "Nguồn"

# Above the table of files; the first is what the workbook was written from (Standing.digest).
DIGEST_LABEL, CLOSED_LABEL, CLOSED_NOTE_LABEL = "Mã sổ nhận", "Khóa kỳ", "Ghi chú khóa kỳ"
GONE_LABEL = "Tệp không còn"
OPEN, CLOSED = "đang mở", "đã khóa"
FACTS = 9  # rows above the table of files, so that its place does not depend on what they say

# Columns of the table of files that officers fill in, and the one that its rows are known by.
FILE, SHA256, CHOICE, NOTE = "Tệp", "SHA-256", "Quyết định", "Ghi chú quyết định"

SLIPS_TITLE = "NHẬP THAY, SỬA SỐ LIỆU"
NUMBER, KIND, AGENCY, KEY, COLUMN, VALUE, REASON, BY, RESULT = (
    "Số phiếu", "Loại phiếu", "Đơn vị", "Mã", "Cột", "Giá trị", "Lý do, căn cứ", "Người ghi", "Kết quả",
)  # fmt: skip
SLIP_HEADINGS = (NUMBER, KIND, AGENCY, KEY, COLUMN, VALUE, REASON, BY, RESULT)
TYPED_HEADINGS = SLIP_HEADINGS[1:-1]
EMPTY_SLIPS = 20  # rows for new slips below those there are

_TOP = 3 + FACTS  # row of the headings of the table of files, 0-based: title, subtitle, facts, an empty row
_BETWEEN = 4  # below the last file: an empty row, the title of the slips, how to write one, their headings


def slip_row(files: int, at: int) -> int:
    """Return the row (1-based) of the slip at a place in their table (from 0), below so many files."""
    return _TOP + files + _BETWEEN + at + 2


def slip_cell(heading: str, row: int) -> str:
    """Return the address of a slip's cell: the slips begin in the first column."""
    return address(row, SLIP_HEADINGS.index(heading) + 1)


def slip_name(number: int) -> str:
    """Return what stands for a file's name where a figure comes from a slip."""
    return f"Phiếu số {number}"


def without_file(standing: Standing, found: Collection[str]) -> tuple[Decision, ...]:
    """Return the decisions on files of which none is in the folder now; found holds the sha256 of those that are."""
    return tuple(standing.files[key] for key in sorted(standing.files) if key not in found)
