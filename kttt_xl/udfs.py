"""The worksheet functions: one file for Excel with Python (COM), for xlwings Server and for plain Python.

Every argument takes a cell or a block, and one call fills a column. What is blank stays blank; an input that cannot be
read gives a Vietnamese sentence in its own cell and leaves the others alone. Source: contract, section 9; what both
engines allow: addin.md, section 4. Names are ASCII, since VBA modules hold no Vietnamese; Excel's function wizard shows
the first 255 letters of a docstring, so these are in Vietnamese.
"""
# ruff: noqa: N802  # the functions are called what Excel shows: KTTT_KY

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

import xlwings as xw

from kttt_xl import attainment, known_names, pivot, progress, reported
from kttt_xl.cell_values import (
    Item,
    as_date,
    as_number,
    as_text,
    block,
    each,
    flat,
    is_blank,
    is_day,
    only,
    quoted,
    spill,
)
from kttt_xl.cells import fold, show_date, show_number
from kttt_xl.errors import KtttError, MisuseError
from kttt_xl.model import OPERATOR_WORDS, STATES
from kttt_xl.period import Period, due_in, parse_deadline, parse_period

__all__ = (
    "KTTT_CO_QUAN",
    "KTTT_DANH_GIA",
    "KTTT_DU_BAO",
    "KTTT_HAN",
    "KTTT_KY",
    "KTTT_SO",
    "KTTT_SO_LIEU",
    "KTTT_TANG_TRUONG",
    "KTTT_TEN_KY",
    "KTTT_TIEN_DO",
    "KTTT_TINH_TRANG",
    "KTTT_TONG_HOP",
)

# What Excel hands over and takes back: rows of cells; Server gives None for a blank cell, plain Python what it likes.
# xlwings makes a converter of every type hint and has none for a union, so this cannot say `Block | None`.
Cells = Any

_F = TypeVar("_F", bound=Callable[..., Any])

_KINDS = MappingProxyType(
    {
        fold(word): kind
        for word, kind in (
            ("", "count"),
            ("đếm", "count"),
            ("count", "count"),
            ("thập phân", "decimal"),
            ("decimal", "decimal"),
            ("phần trăm", "percent"),
            ("percent", "percent"),
            ("%", "percent"),
        )
    }
)
_OPERATORS = MappingProxyType(
    {fold(word).replace("…", "..."): code for code, word in OPERATOR_WORDS.items()}
    | {code: code for code in OPERATOR_WORDS}
    | {"≥": ">=", "≤": "<="}
)
_ENDLESS = frozenset({"standing", "open"})

_period_of = lru_cache(maxsize=1 << 10)(parse_period)  # a few periods stand in thousands of cells
_deadline_of = lru_cache(maxsize=1 << 10)(parse_deadline)


def _given(name: str, doc: str) -> Callable[[_F], _F]:
    """Declare an argument: always rows of cells, and an error in a cell arrives as its text, not as a blank."""
    return xw.arg(name, ndim=2, err_to_str=True, doc=doc)


# --- periods


@xw.func
@_given("ky", "Kỳ như người ta viết, ví dụ Quý I/2024")
def KTTT_KY(ky: Cells) -> Cells:
    """Mã của kỳ báo cáo: Quý I/2024 là 2024-Q1, 6 tháng đầu năm 2024 là 2024-H1."""
    return each(lambda item: None if is_blank(item) else _period(item).code, ky)


@xw.func
@_given("ma_ky", "Mã kỳ, ví dụ 2024-Q1; hoặc tên kỳ viết cách khác")
def KTTT_TEN_KY(ma_ky: Cells) -> Cells:
    """Tên của kỳ báo cáo: 2024-Q1 là Quý I/2024."""
    return each(lambda item: None if is_blank(item) else _period(item).name, ma_ky)


def _period(item: Item) -> Period:
    """Return the period in a cell; a date is none, since Excel makes one of "3/2024" by itself."""
    if is_day(item) and (day := as_date(item, "kỳ")):
        raise MisuseError(f"Ô là ngày {show_date(day)}, không phải kỳ báo cáo; gõ dạng chữ, ví dụ Tháng 3/2024.")
    return _period_of(as_text(item))


# --- numbers and names


@xw.func
@_given("so", "Ô có số, hoặc số gõ dạng chữ kiểu Việt Nam")
@_given("loai", "đếm (để trống cũng là đếm), thập phân hoặc phần trăm")
def KTTT_SO(so: Cells, loai: Cells = None) -> Cells:
    """Đọc số gõ dạng chữ kiểu Việt Nam (1.234.567; 12,5); hiểu được hai cách thì báo cả hai, không đoán."""
    return each(_number, so, loai)


def _number(item: Item, kind: Item) -> Decimal | None:
    if is_blank(item):
        return None
    word = fold(as_text(kind))
    if word not in _KINDS:
        raise MisuseError(f"Không có loại số {quoted(kind)}; cần đếm, thập phân hoặc phần trăm.")
    return as_number(item, "số", _KINDS[word], doubtful=True)


@xw.func
@_given("ten", "Tên cơ quan như người ta viết, ví dụ Sở KH&ĐT")
@_given("ke_hoach", "Mã kế hoạch có danh bạ cần tìm; để trống là mọi kế hoạch có sẵn")
def KTTT_CO_QUAN(ten: Cells, ke_hoach: Cells = None) -> Cells:
    """Tên đã đăng ký của một cơ quan, từ tên người ta viết. Không đúng hẳn thì nêu tên gần nhất, không tự ghép."""
    return each(
        lambda name, plan: None if is_blank(name) else known_names.registered(as_text(name), as_text(plan).strip()),
        ten,
        ke_hoach,
    )


# --- tasks


@xw.func
@_given("thoi_han", "Thời hạn như kế hoạch ghi, ví dụ trước ngày 15/12 hằng năm")
@_given("nam", "Năm hoặc kỳ cần tính hạn; cần cho việc lặp lại")
def KTTT_HAN(thoi_han: Cells, nam: Cells = None) -> Cells:
    """Ngày hết hạn từ câu thời hạn; việc lặp lại cần thêm năm; thường xuyên, không định ngày thì để trống."""
    return each(_due, thoi_han, nam)


def _due(item: Item, when: Item) -> date | None:
    if is_blank(item):
        return None
    if is_day(item):
        return as_date(item, "thời hạn")
    deadline = _deadline_of(as_text(item))
    if deadline.recurrence in _ENDLESS or (deadline.recurrence == "none" and _names_no_day(deadline.text)):
        return None
    if deadline.recurrence == "none":
        raise MisuseError(f"Không đọc được thời hạn {quoted(item)}; cần ví dụ: trước ngày 15/12/2024, Quý I/2024.")
    if deadline.recurrence == "once":
        return deadline.due
    if is_blank(when):
        raise MisuseError(f"{quoted(item)} là việc lặp lại; ghi thêm năm cần tính hạn.")
    return due_in(deadline, _period(when))


def _names_no_day(text: str) -> bool:
    from kttt_xl.plan_checks import names_no_day  # noqa: PLC0415  # Excel waits for these functions to load

    return names_no_day(text)


@xw.func
@_given("trang_thai", "Trạng thái báo cáo, ví dụ Đang thực hiện; để trống là chưa báo cáo")
@_given("han", "Ngày hết hạn; hoặc chữ Thường xuyên; để trống là không có thời hạn")
@_given("ngay_xong", "Ngày hoàn thành")
@_given("ngay_tinh", "Ngày tính tình trạng; nên ghi rõ hoặc dùng TODAY(), để trống là hôm nay")
def KTTT_TINH_TRANG(trang_thai: Cells, han: Cells, ngay_xong: Cells = None, ngay_tinh: Cells = None) -> Cells:
    """Tình trạng của nhiệm vụ: Quá hạn, Sắp đến hạn (còn không quá 30 ngày), Trong hạn, Hoàn thành đúng hạn…"""
    return each(_status, trang_thai, han, ngay_xong, ngay_tinh)


def _status(state: Item, due: Item, done: Item, as_of: Item) -> str | None:
    if is_blank(state) and is_blank(due):
        return None
    word = next((known for known in STATES if fold(known) == fold(as_text(state))), None)
    if word is None and not is_blank(state):
        raise MisuseError(f"Không có trạng thái {quoted(state)}; cần một trong: {'; '.join(STATES)}.")
    endless = isinstance(due, str) and _deadline_of(as_text(due)).recurrence in _ENDLESS
    return progress.task_status(
        word,
        as_date(done, "ngày hoàn thành"),
        due=None if endless else as_date(due, "hạn"),
        start=None,
        recurrence="standing" if endless else "once",
        # The cell does not say whether the plan lets the task wait; who reports that it does is believed.
        conditional=word == progress.WAITING,
        condition_met_on=None,
        as_of=_day(as_of),
    )


def _day(item: Item) -> date:
    """Return the day to judge by: the one given, else today."""
    return as_date(item, "ngày tính") or datetime.now().astimezone().date()


# --- targets


@xw.func
@_given("gia_tri", "Giá trị đạt được")
@_given("phep_so", "Cách so với mức: từ … trở lên, không quá, trong khoảng…; hoặc dấu >= <= > <")
@_given("muc", "Mức phải đạt; mức của «không quá», «dưới» cũng ghi được ở đây")
@_given("muc_tren", "Mức trên của khoảng, hoặc mức của «không quá», «dưới»")
@_given("goc", "Giá trị gốc trước khi thực hiện, nếu có")
def KTTT_TIEN_DO(gia_tri: Cells, phep_so: Cells, muc: Cells, muc_tren: Cells = None, goc: Cells = None) -> Cells:
    """Tỷ lệ đạt được so với mức của chỉ tiêu (1 là 100 %); không tính được thì để trống."""
    return each(_attainment, gia_tri, phep_so, muc, muc_tren, goc)


def _attainment(value: Item, operator: Item, low: Item, high: Item, base: Item) -> Decimal | None:
    if is_blank(operator):
        return None
    code = _operator(operator)
    return attainment.attainment(_actual(value, code), code, *_bounds(code, low, high), as_number(base, "gốc"))


@xw.func
@_given("gia_tri", "Giá trị đạt được; để trống là chưa có số liệu")
@_given("phep_so", "Cách so với mức: từ … trở lên, không quá, trong khoảng…; hoặc dấu >= <= > <")
@_given("muc", "Mức phải đạt; mức của «không quá», «dưới» cũng ghi được ở đây")
@_given("muc_tren", "Mức trên của khoảng, hoặc mức của «không quá», «dưới»")
@_given("han", "Ngày hết hạn của chỉ tiêu; để trống là chưa hết hạn")
@_given("ngay_tinh", "Ngày đánh giá; nên ghi rõ hoặc dùng TODAY(), để trống là hôm nay")
def KTTT_DANH_GIA(
    gia_tri: Cells, phep_so: Cells, muc: Cells, muc_tren: Cells = None, han: Cells = None, ngay_tinh: Cells = None
) -> Cells:
    """Đánh giá chỉ tiêu: Đạt; Chưa đạt (còn hạn); Không đạt (đã hết hạn); Chưa có số liệu; Định tính."""
    return each(_verdict, gia_tri, phep_so, muc, muc_tren, han, ngay_tinh)


def _verdict(value: Item, operator: Item, low: Item, high: Item, due: Item, as_of: Item) -> str | None:
    if is_blank(operator):
        return None
    code = _operator(operator)
    bounds = _bounds(code, low, high)
    if attainment.bound(code, *bounds) is None and code != "qualitative":
        return None
    return attainment.verdict(_actual(value, code), code, *bounds, due=as_date(due, "hạn"), as_of=_day(as_of))


def _operator(item: Item) -> str:
    code = _OPERATORS.get(fold(as_text(item)).replace("…", "..."))
    if code is None:
        raise MisuseError(f"Không có cách so {quoted(item)}; cần một trong: {'; '.join(OPERATOR_WORDS.values())}.")
    return code


def _actual(item: Item, operator: str) -> Decimal | None:
    """Return the value of a target; a task reported done is 100 where completion is asked, a text is no number."""
    if operator == "qualitative":
        return None
    if operator == "complete" and isinstance(item, str) and fold(item) == fold(progress.DONE):
        return Decimal(100)
    return as_number(item, "giá trị")


def _bounds(operator: str, low: Item, high: Item) -> tuple[Decimal | None, Decimal | None]:
    """Return both bounds; an upper bound may stand alone in the first cell, where an officer writes it.

    MisuseError for a lower bound that stands in the cell of the upper one.
    """
    if operator in {"complete", "=0", "qualitative"}:
        return None, None
    first, second = as_number(low, "mức"), as_number(high, "mức trên")
    if operator in {"<", "<="}:
        return (first, second) if second is not None else (None, first)
    if first is None and second is not None:
        raise MisuseError(f"Cách so «{OPERATOR_WORDS[operator]}» cần mức ở ô «mức», không phải ở ô «mức trên».")
    return first, second


# --- growth, trend, tables


@xw.func
@_given("dau", "Giá trị đầu")
@_given("cuoi", "Giá trị cuối")
@_given("so_nam", "Số năm từ đầu đến cuối")
def KTTT_TANG_TRUONG(dau: Cells, cuoi: Cells, so_nam: Cells) -> Cells:
    """Tốc độ tăng bình quân năm, tính bằng phần trăm: từ 100 lên 121 sau 2 năm là 10."""
    return each(_growth, dau, cuoi, so_nam)


def _growth(first: Item, last: Item, years: Item) -> Decimal | None:
    start, end, span = as_number(first, "đầu"), as_number(last, "cuối"), as_number(years, "số năm")
    if start is None or end is None or span is None:
        return None
    found = attainment.compound_growth(start, end, span)
    if found is None:
        raise MisuseError(
            f"Không tính được tốc độ tăng từ {show_number(start)} đến {show_number(end)} sau {show_number(span)} năm: "
            "giá trị đầu và số năm phải lớn hơn 0, giá trị cuối không âm."
        )
    return found


@xw.func
@_given("cac_ky", "Các kỳ đã có số liệu")
@_given("cac_gia_tri", "Giá trị của từng kỳ, cùng số ô với các kỳ")
@_given("ky_can", "Kỳ hoặc ngày cần dự báo")
def KTTT_DU_BAO(cac_ky: Cells, cac_gia_tri: Cells, ky_can: Cells) -> Cells:
    """Dự báo theo đường thẳng qua các giá trị đã có (bình phương nhỏ nhất); ít hơn hai kỳ có số liệu thì để trống."""
    try:
        points = _points(flat(cac_ky), flat(cac_gia_tri))
    except KtttError as error:
        return [[str(error)]]
    return each(lambda item: None if is_blank(item) else attainment.forecast(points, _last_day(item)), ky_can)


def _points(periods: Sequence[Item], values: Sequence[Item]) -> list[tuple[date, Decimal]]:
    """Return the last day of each period with its value; periods without a value are left out."""
    if len(periods) != len(values):
        raise MisuseError(f"Có {len(periods)} ô kỳ nhưng {len(values)} ô giá trị; hai vùng phải cùng số ô.")
    found: dict[date, Decimal] = {}
    for item, value in zip(periods, values, strict=True):
        number = as_number(value, "giá trị")
        if number is None:
            continue
        if is_blank(item):
            raise MisuseError(f"Giá trị {quoted(value)} không có kỳ ở ô tương ứng.")
        period = _period(item)
        if period.end in found:
            raise MisuseError(f"Có hai giá trị cho kỳ kết thúc ngày {show_date(period.end)}; chỉ để một.")
        found[period.end] = number
    return list(found.items())


def _last_day(item: Item) -> date:
    """Return the last day of a period, or the day itself."""
    return as_date(item, "kỳ cần dự báo") or date.max if is_day(item) else _period(item).end


@xw.func
@_given("bang", "Bảng có dòng đầu là tiêu đề cột")
@_given("cot_nhom", "Cột để nhóm: tiêu đề hoặc số thứ tự cột")
@_given("cot_gia_tri", "Cột giá trị: tiêu đề hoặc số thứ tự cột")
@_given("cach_tinh", "sum (tổng, để trống cũng vậy), mean (trung bình), count (đếm), max (lớn nhất)")
def KTTT_TONG_HOP(bang: Cells, cot_nhom: Cells, cot_gia_tri: Cells, cach_tinh: Cells = None) -> Cells:
    """Bảng tổng hợp một cột theo một cột khác; ô không đọc được là số thì báo ô đó, không tính thiếu."""
    columns = zip((cot_nhom, cot_gia_tri, cach_tinh), ("cột nhóm", "cột giá trị", "cách tính"), strict=True)
    return spill(lambda: pivot.summary(block(bang), *(only(given, header) for given, header in columns)))


# --- the consolidated workbook


@xw.func
@_given("chi_tieu", "Mã hoặc tên chỉ tiêu")
@_given("co_quan", "Tên cơ quan; để trống là toàn tỉnh")
@_given("ky", "Kỳ báo cáo, ví dụ 2024")
def KTTT_SO_LIEU(chi_tieu: Cells, co_quan: Cells, ky: Cells) -> Cells:
    """Số liệu trong sổ tổng hợp ghi gần nhất, của một cơ quan hoặc toàn tỉnh; chưa báo cáo thì để trống."""
    book = cache(reported.report_book)  # looked for once a call, at the first cell that asks

    def figure(indicator: Item, agency: Item, period: Item) -> Decimal | None:
        if is_blank(indicator) or is_blank(period):
            return None
        wanted = as_text(indicator), as_text(agency).strip(), _period(period)
        return book().value(*wanted)

    return each(figure, chi_tieu, co_quan, ky)
