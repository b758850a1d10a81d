"""The sheet Hướng dẫn of a copy: what this is, how far it is filled in, who filled it, how to fill, signatures."""

from types import MappingProxyType
from typing import Any

import xlsxwriter

from kttt_xl import choosing, layout, selfcheck
from kttt_xl.cells import address
from kttt_xl.choosing import Places
from kttt_xl.inert import quote
from kttt_xl.layout import COVER_FIELDS, Copy

FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "top", "text_wrap": True}
INPUT, FAINT_INPUT = "#FFF9DB", "#FFFDF2"  # to fill in; to fill in when there is something to say
LOCKED, SECTION = "#F1F3F5", "#DCE6F1"  # not to touch; headings
# Inches: 30, 15, 20, 20 mm (Nghị định 30/2020).
MARGINS = MappingProxyType({"left": 1.18, "right": 0.6, "top": 0.79, "bottom": 0.79})


_FIGURE_NAMES = MappingProxyType(
    {
        "count": "Chỉ tiêu đếm số lượng",
        "decimal": "Chỉ tiêu có phần thập phân",
        "percent": "Chỉ tiêu phần trăm",
        "growth": "Chỉ tiêu tốc độ tăng",
        "text": "Chỉ tiêu định tính",
    }
)


def protect(sheet: Any) -> None:
    """Protect a sheet without a password: it keeps honest hands off the plan's texts, it is not a lock."""
    sheet.protect("", {"autofilter": True, "format_rows": True, "format_columns": True})


def set_page(sheet: Any) -> None:
    """Set A4, the margins of Nghị định 30/2020, page numbers."""
    sheet.set_paper(9)
    sheet.set_margins(**MARGINS)
    sheet.set_footer("&C&P/&N")
    sheet.hide_gridlines(2)


def write_cover(
    book: xlsxwriter.Workbook, sheet: Any, copy: Copy, *, blank: bool = False
) -> tuple[dict[str, str], Places | None]:
    """Write the cover of a copy; return its fixed texts by address, and where a blank copy's choices are made."""
    cover = _Cover(book, sheet, copy, blank=blank)
    return cover.write(), cover.places


class _Cover:
    def __init__(self, book: xlsxwriter.Workbook, sheet: Any, copy: Copy, *, blank: bool) -> None:
        self.book, self.sheet, self.copy, self.blank = book, sheet, copy, blank
        self.row = 0
        self.places: Places | None = None
        self.texts: dict[str, str] = {}

    def format(self, **properties: Any) -> Any:
        return self.book.add_format({**FONT, "font_size": 12, **properties})

    def write(self) -> dict[str, str]:
        for column, width in ((0, 2), (1, 30), (2, 42), (3, 24)):
            self.sheet.set_column(column, column, width)
        self._title()
        self._status()
        self._fields()
        self._colours()
        self._instructions()
        self._signatures()
        self.sheet.print_area(0, 0, self.row, 3)
        set_page(self.sheet)
        self.sheet.fit_to_pages(1, 1)
        protect(self.sheet)
        return self.texts

    def _put(self, column: int, text: str, **properties: Any) -> None:
        self._write(column, text, self.format(**properties, **quote(text)))

    def _write(self, column: int, text: str, style: Any) -> None:
        self.sheet.write_string(self.row, column, text, style)
        self.texts[address(self.row + 1, column + 1)] = text

    def _wide(self, text: str, height: float = 0, **properties: Any) -> None:
        style = self.format(**properties, **quote(text))
        self.sheet.merge_range(self.row, 1, self.row, 3, "", style)
        self._write(1, text, style)
        # Merged cells never grow by themselves: give the row the lines its text needs, about 92 characters each.
        self.sheet.set_row(self.row, height or 16.5 * max(1, -(-len(text) // 92)))
        self.row += 1

    def _heading(self, text: str) -> None:
        self.row += 1
        self._wide(text, bold=True, bottom=1, font_color="#1F4E79")

    def _title(self) -> None:
        copy, plan = self.copy, self.copy.plan
        self._wide(layout.FORM_TITLES[copy.kind], 22, bold=True, font_size=14, align="center")
        self._wide(plan.title, align="center", bold=True)
        self._wide(layout.plan_line(plan), italic=True, align="center")
        self.row += 1
        if self.blank:
            self._choices()
        else:
            self._pair(layout.AGENCY_LABEL, copy.agency, bold=True)
            self._pair(choosing.PERIOD_LABEL, copy.period.name)
            self._pair(choosing.CUT_OFF_LABEL, layout.cut_off_text(copy))
            self._pair(choosing.SENDING_LABEL, layout.sending_text(copy))
        self._pair("Nơi nhận", plan.collector(copy.form))

    def _pair(self, label: str, value: str, **properties: Any) -> None:
        self._put(1, label, bold=True)
        style = self.format(**properties, **quote(value))
        self.sheet.merge_range(self.row, 2, self.row, 3, "", style)
        self._write(2, value, style)
        self.sheet.set_row(self.row, 16.5 * max(1, -(-len(value) // 62)))
        self.row += 1

    def _choices(self) -> None:
        """Write the dropdowns of a blank copy, what they show, and the confirmation."""
        at = [f"C{self.row + offset}" for offset in range(1, 5)]
        self.places = places = Places(agency=at[0], period=at[1], shown=at[2], confirm=at[3])
        sources, shown = choosing.dropdowns(places), choosing.cover_texts()
        inputs = {
            layout.AGENCY_LABEL: (places.agency, "Bước 1: bấm mũi tên, chọn tên đơn vị."),
            choosing.PERIOD_LABEL: (places.period, "Bước 2: bấm mũi tên, chọn kỳ báo cáo."),
            choosing.SHOWN_LABEL: ("", ""),
            choosing.CONFIRM_LABEL: (
                places.confirm,
                "Bước 3: xem dòng trên, nếu đúng thì bấm mũi tên và chọn lại chính dòng đó. Từ đó mới điền được biểu.",
            ),
            choosing.CUT_OFF_LABEL: ("", ""),
            choosing.SENDING_LABEL: ("", ""),
        }
        for label, (place, advice) in inputs.items():
            self._put(1, label, bold=True)
            if place:
                style = self.format(locked=False, bg_color=INPUT, border=1, num_format="@", bold=True)
                self.sheet.merge_range(self.row, 2, self.row, 3, "", style)
                options = {
                    "validate": "list",
                    "source": sources[place],
                    "ignore_blank": False,  # else Excel takes anything while a cell that the source looks at is blank
                    "input_title": label,
                    "input_message": advice,
                    "error_title": "Chưa đúng",
                    "error_message": "Chọn trong danh sách. Đã điền biểu thì không đổi được đơn vị, kỳ: xóa các ô đã "
                    "điền trước, hoặc dùng một biểu mẫu trống khác.",
                }
                self.sheet.data_validation(self.row, 2, self.row, 2, options)
            else:
                style = self.format()
                self.sheet.merge_range(self.row, 2, self.row, 3, "", style)
                self.sheet.write_formula(self.row, 2, shown[label].text, style, shown[label].cached)
            self.sheet.set_row(self.row, 33 if label != choosing.PERIOD_LABEL else 16.5)
            self.row += 1

    def _status(self) -> None:
        self._heading("Tình trạng điền biểu")
        cells = (f"$C${self.row + 1}", f"$C${self.row + 2}")
        for live in selfcheck.live_counts(self.copy, cells):
            self._put(1, live.label)
            self.sheet.write_formula(
                self.row, 2, live.count.text, self.format(bold=True, align="left"), live.count.cached
            )
            style = self.format(font_color="#0563C1", underline=1)
            self.sheet.write_formula(self.row, 3, live.link.text, style, live.link.cached)
            self.row += 1

    def _fields(self) -> None:
        self._heading("Thông tin người lập biểu")
        for field in COVER_FIELDS:
            self._put(1, field.label)
            style = self.format(locked=False, bg_color=INPUT, border=1, num_format="@")
            self.sheet.merge_range(self.row, 2, self.row, 3, "", style)
            options: dict[str, Any] = {"validate": "length", "criteria": "<=", "value": 500}
            alert = "Nội dung dài quá 500 ký tự."
            if field.choices:
                options = {"validate": "list", "source": f"={field.choices}"}
                alert = "Chọn x trong danh sách, hoặc để trống."
            options |= {
                "input_title": field.label[:32],
                "input_message": field.help,
                "error_title": "Chưa đúng",
                "error_message": alert,
            }
            self.sheet.data_validation(self.row, 2, self.row, 2, options)
            self.row += 1

    def _colours(self) -> None:
        self._heading("Màu ô")
        keys = [(INPUT, "Nền vàng", "Đơn vị nhập.")]
        if self.copy.kind == "tasks":
            keys.append((FAINT_INPUT, "Nền vàng nhạt", "Nhiệm vụ phối hợp: nhập khi có nội dung."))
        keys.append((LOCKED, "Nền xám", "Nội dung của kế hoạch hoặc công thức: không sửa."))
        for colour, name, meaning in keys:
            self._put(1, name, bg_color=colour, border=1)
            self.sheet.merge_range(self.row, 2, self.row, 3, "", self.format())
            self._put(2, meaning)
            self.row += 1

    def _instructions(self) -> None:
        self._heading("Cách điền")
        copy = self.copy
        general = (
            f"Mở trang «{copy.sheet}», điền các ô nền vàng, lưu lại và gửi tệp này về "
            f"{copy.plan.collector(copy.form)}. Không đổi tên trang, không thêm hay xóa cột, không chép sang sổ tính "
            "khác."
        )
        steps = (
            "Chọn đơn vị, chọn kỳ, rồi xác nhận ở đầu trang này; biểu hiện các dòng của đơn vị và cho phép điền. "
            "Điền rồi thì không đổi đơn vị, kỳ."
        )
        checks = (
            "Cột «Kiểm tra» báo ngay ô nào thiếu hoặc sai và đọc lại điều đã hiểu; sửa đến khi không còn dòng chữ đỏ."
        )
        rules = {line.rule for line in copy.keyed if not line.ratio}
        figures = [f"{name}: {layout.FIGURE_HELP[rule][0]}" for rule, name in _FIGURE_NAMES.items() if rule in rules]
        inputs = [column for column in copy.columns if column.rule and column.rule != "figure"]
        columns = [f"{column.heading}: {column.help}" for column in inputs]
        bands = filter(None, (layout.bands_text(copy),))
        first = (steps, general) if self.blank else (general,)
        for number, text in enumerate((*first, checks, *figures, *bands, *columns), start=1):
            self._wide(f"{number}. {text}")

    def _signatures(self) -> None:
        self.row += 1
        self._put(1, "Người lập biểu", bold=True, align="center")
        self.sheet.merge_range(self.row, 2, self.row, 3, "", self.format(bold=True, align="center"))
        self._put(2, "Thủ trưởng đơn vị", bold=True, align="center")
        self.row += 1
        self._put(1, "(Ký, ghi rõ họ tên)", italic=True, align="center")
        self.sheet.merge_range(self.row, 2, self.row, 3, "", self.format(italic=True, align="center"))
        self._put(2, "(Ký, đóng dấu, ghi rõ họ tên)", italic=True, align="center")
        self.row += 4
