"""What an import adds to a plan workbook: columns that say how sure each row is, and that an officer has seen it.

A row that was put right or is doubtful is an error until it is ticked, so that nothing enters a plan unconfirmed
(contract, section 3). A workbook without these columns is read as its officer's own.
"""

from collections.abc import Iterable
from dataclasses import replace

from kttt_xl.cells import fold
from kttt_xl.plan_book import YES, Column, Table
from kttt_xl.plan_book_rows import BookRow, Problems
from kttt_xl.workbook import Sheet

PASSED_OVER = "Dòng bỏ qua"  # the sheet of what stands in the annex and is in no row
CERTAIN = "certain"  # the confidence that needs no tick
_FEWEST = 2  # of these headings: one alone may be an officer's own column
_TOLD = 300  # characters of what was put right that a finding repeats

REVIEW: tuple[Column, ...] = (
    Column("source_line", "Dòng nguồn",
           "Dòng này lấy từ đâu trong phụ lục: số dòng của tệp chữ, hoặc bảng và dòng của tệp Word.",
           width=17),
    Column("confidence", "Độ tin cậy",
           "Chắc chắn: chép nguyên. Cần xem: đã sửa hoặc hiểu theo một cách. Nghi ngờ: có thể thiếu, lệch hoặc sai.",
           kind="choice", width=12),
    Column("repairs", "Đã sửa khi nhập",
           "Những chỗ đã sửa hoặc đã hiểu khi nhập. Đối chiếu với văn bản gốc.",
           width=48),
    Column("seen", "Đã xem",
           "Dòng tô màu: đối chiếu với văn bản gốc, sửa nếu cần, rồi chọn x. Chưa chọn thì chưa dùng được kế hoạch.",
           kind="choice", width=9, words="yes"),
)  # fmt: skip
_HEADINGS = frozenset(fold(column.heading) for column in REVIEW)


def reviewed(table: Table) -> Table:
    """Return a table with the columns of an import at its right."""
    return replace(table, columns=(*table.columns, *REVIEW))


def as_found(sheet: Sheet, table: Table) -> Table:
    """Return the table that a sheet is read as: with the columns of an import when their headings stand there."""
    found = {fold(cell.text) for cell in sheet.cells.values() if cell.kind == "text"} & _HEADINGS
    return reviewed(table) if len(found) >= _FEWEST else table


def tell_unseen(rows: Iterable[BookRow], problems: Problems) -> None:
    """Add an error for each row that was put right or is doubtful and that nobody has ticked."""
    for row in rows:
        if row.values.get("confidence", "") in {"", CERTAIN} or row.values["seen"] == YES or not row.cell("seen").blank:
            continue
        name, source, why = row.values[row.table.columns[0].field], row.values["source_line"], row.values["repairs"]
        why = " ".join(why.split())
        said = why if len(why) <= _TOLD else f"{why[:_TOLD]}…"
        message = f"«{name}» ({source}) là đề xuất chưa ai xem lại. {said}".strip()
        fix = "Đối chiếu với văn bản gốc, sửa nếu cần, rồi chọn x ở ô này."
        problems.append(row.problem("seen", "", YES, fix, message=message))
