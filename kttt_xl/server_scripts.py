"""What the task pane does in the officer's own workbook, through xlwings Server."""

from typing import Any

import xlwings as xw

from kttt_xl.book_tables import write_table
from kttt_xl.errors import MisuseError
from kttt_xl.ribbon_desk import BookDesk

__all__ = ["ghi_ket_qua"]

SHEET = "Kiểm tra"
_WIDTHS = {"Mức": 10, "Tệp": 30, "Trang": 13, "Ô": 7, "Nội dung": 60, "Cách sửa": 50}
_MOST = 20_000  # rows; what a gate lets through makes fewer


@xw.script(name="Ghi kết quả kiểm tra")
def ghi_ket_qua(book: xw.Book, rows: list[Any]) -> None:
    """Write the findings that the task pane shows into a new sheet; MisuseError for what is no table of theirs."""
    if len(rows) > _MOST or not all(isinstance(row, list) and len(row) == len(_WIDTHS) for row in rows):
        raise MisuseError("Không đọc được danh sách lỗi; kiểm tra lại các bản sao rồi bấm lại nút.")
    sheet = BookDesk(book).new_sheet(SHEET)
    write_table(sheet, "KẾT QUẢ KIỂM TRA", (), _WIDTHS, [[str(text) for text in row] for row in rows])
    sheet.activate()
