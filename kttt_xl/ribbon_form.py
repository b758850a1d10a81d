"""The sheet KTTT: what a button has to know, as labelled cells that an officer fills in, and what was filled in.

A sheet is what every Excel has: no dialog of ours, the same on COM, Server and JSON. A first click on a button opens
it, filled in as far as we know; a second click, with it before the officer, reads it and goes to work.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import xlwings as xw

from kttt_xl.book_tables import set_width, write_block
from kttt_xl.errors import KtttError

SHEET = "KTTT"
EVERYBODY, BLANK = "Mỗi cơ quan một bản", "Một biểu mẫu trống cho mọi cơ quan"
KINDS = MappingProxyType({"Cả hai": "", "Nhiệm vụ": "tasks", "Số liệu": "stats"})

_TOP = 4  # the row of the first field
_ROWS = 40  # that are looked through for labels
_INPUT, _HINT = "#FFF2CC", "#6C757D"
_AGAIN = "Đóng sổ này, không cần lưu, rồi bấm nút để có trang mới."


@dataclass(frozen=True, slots=True)
class Field:
    """A cell to fill in: its label, what helps to fill it in, and the values offered, when there is a choice."""

    label: str
    hint: str
    choices: tuple[str, ...] = ()


_SEVERAL = "nhiều thì mỗi dòng một mục (Alt+Enter)"
FIELDS: Mapping[str, Field] = MappingProxyType(
    {
        "plan": Field("Kế hoạch có sẵn", "Chọn trong danh sách; hoặc để trống và ghi sổ kế hoạch ở dòng dưới."),
        "plan_file": Field("Sổ kế hoạch (tệp .xlsx)", "Đường dẫn sổ kế hoạch tự soạn; để trống nếu đã chọn ở trên."),
        "period": Field("Kỳ báo cáo", "Ví dụ: 2024; Quý I/2024; 6 tháng đầu năm 2024; 2024-03."),
        "issue_folder": Field("Thư mục ghi biểu mẫu", "Nơi ghi các bản sao sẽ gửi đi; để trống: chọn trong hộp thoại."),
        "form": Field("Cách phát hành", f"Để trống: {EVERYBODY.lower()}.", (EVERYBODY, BLANK)),
        "kind": Field("Loại biểu", "Để trống: cả hai.", tuple(KINDS)),
        "agencies": Field("Chỉ các cơ quan", f"Để trống: mọi cơ quan; {_SEVERAL}."),
        "folder": Field(
            "Thư mục bản sao nhận về", "Nơi để các bản sao gửi về, cả thư mục con; để trống: chọn trong hộp thoại."
        ),
        "out": Field("Sổ tổng hợp (tệp .xlsx)", "Để trống: tong-hop_….xlsx, cạnh thư mục bản sao."),
        "updated": Field("Sổ tổng hợp cần cập nhật", "Sổ cũ còn nguyên; kết quả ghi vào một tệp mới bên cạnh."),
        "as_of": Field("Ngày tổng hợp", "Ví dụ 31/12/2024; để trống: hôm nay."),
        "day": Field("Tính đến ngày", "Ví dụ 31/12/2024."),
        "history": Field("Sổ tổng hợp các kỳ trước", f"Để trống nếu không có; {_SEVERAL}."),
        "succession": Field("Tệp thay đổi đơn vị (.csv)", f"Để trống nếu không có; {_SEVERAL}."),
        "campaign": Field("Thư mục đợt phát hành", "Nơi giữ khóa; để trống: thư mục mặc định."),
    }
)
_LABELS = {field.label.casefold(): key for key, field in FIELDS.items()}


def write_form(
    sheet: xw.Sheet, button: str, wanted: Iterable[str], known: Mapping[str, str], plans: Iterable[str]
) -> None:
    """Write the fields a button wants, filled in with what is known; plans are the built-in ones to choose from."""
    keys = tuple(wanted)
    write_block(sheet, 1, [(_title(button),), (f"Điền các ô màu vàng, rồi bấm lại nút «{button}».",)])
    write_block(sheet, _TOP, [(FIELDS[key].label, known.get(key, ""), FIELDS[key].hint) for key in keys])
    bottom = _TOP + len(keys) - 1
    for column, width in (("A", 28), ("B", 62), ("C", 70)):
        set_width(sheet[f"{column}1"], width)
    sheet["A1"].font.bold = True
    sheet["A1"].font.size = 14
    answers = sheet[f"B{_TOP}:B{bottom}"]
    answers.color = _INPUT
    answers.wrap_text = True
    answers.number_format = "@"  # what will be typed stays as it is typed: 1/2025 is no day
    sheet[f"C{_TOP}:C{bottom}"].font.color = _HINT
    for row, key in enumerate(keys, start=_TOP):
        choices = tuple(plans) if key == "plan" else FIELDS[key].choices
        if choices:
            sheet[f"B{row}"].data_validation.set_list(choices)
    sheet.activate()


def form_sheet(book: xw.Book, button: str) -> xw.Sheet | None:
    """Return the filled-in sheet of a button in a workbook; None when there is none."""
    for sheet in book.sheets:
        if sheet.name.casefold() == SHEET.casefold() and sheet["A1"].value == _title(button):
            return sheet
    return None


def _title(button: str) -> str:
    return f"KTTT – {button}"


def read_form(sheet: xw.Sheet, wanted: Iterable[str]) -> dict[str, str]:
    """Return the answers by field, a day as YYYY-MM-DD, empty ones as ""; KtttError when a label is gone or doubled."""
    found: dict[str, Any] = {}
    for label, answer in sheet[f"A1:B{_ROWS}"].value:
        key = _LABELS.get(str(label or "").strip().casefold())
        if key in found:
            raise KtttError(f"Trang {SHEET} có hai dòng «{label}». {_AGAIN}")
        if key:
            found[key] = answer
    missing = [FIELDS[key].label for key in wanted if key not in found]
    if missing:
        raise KtttError(f"Trang {SHEET} thiếu dòng «{'», «'.join(missing)}». {_AGAIN}")
    return {key: _text(key, found[key]) for key in wanted}


def _text(key: str, answer: Any) -> str:
    from kttt_xl.cell_values import as_date, as_text  # noqa: PLC0415  # a button's first click must be quick

    label = FIELDS[key].label
    if key in {"as_of", "day"}:
        day = as_date(answer, label)
        return day.isoformat() if day else ""
    if isinstance(answer, date):
        raise KtttError(f"«{label}» đang là một ngày ({as_text(answer)}): định dạng ô là Văn bản (Text) rồi gõ lại.")
    return as_text(answer, label).strip()


def several(answer: str) -> list[str]:
    """Return the items of an answer, one a line, or parted by |."""
    return [item.strip() for item in re.split(r"[\n|]", answer) if item.strip()]


def path(key: str, answer: str) -> Path:
    """Return the path of an answer; KtttError for one that depends on the folder a program happens to be in."""
    text = answer.strip().strip('"')  # Windows copies a path in quotation marks
    if not text:
        raise KtttError(f"Chưa ghi «{FIELDS[key].label}» ở trang {SHEET}.")
    found = Path(text)
    if not found.is_absolute():
        raise KtttError(f"«{FIELDS[key].label}» ghi «{text}»; cần đường dẫn đầy đủ, ví dụ C:\\KTTT\\nhan-ve.")
    return found
