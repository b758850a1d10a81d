"""The worksheet functions: what an officer types, and what stands in the cell, in every engine."""

import inspect
import time
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import excel_engines
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl import attainment, progress, udfs
from kttt_xl.model import OPERATOR_WORDS, STATES
from kttt_xl.period import FIRST_YEAR, LAST_YEAR, parse_period

MISSING = {"missing": 1}
NA = {"error": "#N/A"}
LICENSE = {"XLWINGS_LICENSE_KEY": "noncommercial", "XLWINGS_ON_SERVER": "true"}
DOING, DONE, WAITING = "Đang thực hiện", "Hoàn thành", "Chờ văn bản cấp trên"
NO_PERIOD = (
    "cần một trong các dạng: 2024 (Năm 2024), 2024-H1 (6 tháng đầu năm 2024), 2024-H2 (6 tháng cuối năm 2024), "
    "2024-9M (9 tháng năm 2024), 2024-Q1 (Quý I/2024), 2024-03 (Tháng 3/2024), 2021/2025 (Giai đoạn 2021 - 2025)."
)
NO_GROWTH = (
    "Không tính được tốc độ tăng từ 0 đến 121 sau 2 năm: giá trị đầu và số năm phải lớn hơn 0, giá trị cuối không âm."
)
A_DATE_IS_NO_PERIOD = "không phải kỳ báo cáo; gõ dạng chữ, ví dụ Tháng 3/2024."
OPERATORS = "; ".join(OPERATOR_WORDS.values())
TABLE = [
    ["Huyện", "Số HTX"],
    ["Chư Sê", 3],
    ["Đak Pơ", 1.5],
    ["chư sê", 4],
    [None, 1],
    ["Chư Sê", None],
    ["Ia Pa", "-"],
]


def day(text: str) -> dict[str, str]:
    return {"date": text}


def two_ways(header: str, text: str, both: str = "1,234 hoặc 1234") -> str:
    return (
        f"Ô «{header}» ghi «{text}» có thể hiểu theo hai cách: {both}. "
        "Gõ lại số không có dấu chấm hàng nghìn; phần thập phân dùng dấu phẩy."
    )


# Function, arguments, and what the cells show: the same in plain Python, over COM and on xlwings Server.
EXAMPLES: list[tuple[str, list[Any], Any]] = [
    ("KTTT_KY", ["Quý I/2024"], "2024-Q1"),
    ("KTTT_KY", [[["Năm 2024"], [2024], [None], ["2021-2025"]]], [["2024"], ["2024"], [""], ["2021/2025"]]),
    ("KTTT_KY", [[["6 tháng đầu năm 2024", "tháng 3/2024"]]], [["2024-H1", "2024-03"]]),
    ("KTTT_KY", [day("2024-03-01")], f"Ô là ngày 1/3/2024, {A_DATE_IS_NO_PERIOD}"),
    ("KTTT_KY", ["=2"], f"Không đọc được kỳ báo cáo «=2»; {NO_PERIOD}"),
    ("KTTT_KY", [True], f"Không đọc được kỳ báo cáo «TRUE»; {NO_PERIOD}"),
    ("KTTT_KY", [NA], "Ô đang báo lỗi Excel «#N/A»."),
    ("KTTT_KY", ["#REF!"], "Ô đang báo lỗi Excel «#REF!»."),
    ("KTTT_TEN_KY", ["2024-Q1"], "Quý I/2024"),
    ("KTTT_TEN_KY", [[[2024, "2024-H2"], ["2021/2025", ""]]],
     [["Năm 2024", "6 tháng cuối năm 2024"], ["Giai đoạn 2021 - 2025", ""]]),
    ("KTTT_SO", ["1.234.567", MISSING], 1234567),
    ("KTTT_SO", ["12,5", "thập phân"], 12.5),
    ("KTTT_SO", ["95%", "phần trăm"], 95),
    ("KTTT_SO", [[["05"], [7], ["-"], [None], ["không có"]], MISSING], [[5], [7], [""], [""], [0]]),
    ("KTTT_SO", ["12,5", [["đếm", "Thập phân"]]],
     [["Ô «số» ghi «12,5» nhưng chỉ tiêu này đếm theo đơn vị nguyên. Gõ số nguyên, không có phần thập phân.", 12.5]]),
    ("KTTT_SO", ["5", "nguyên"], "Không có loại số «nguyên»; cần đếm, thập phân hoặc phần trăm."),
    ("KTTT_SO", [NA, MISSING], "Ô «số» đang báo lỗi Excel «#N/A». Xóa ô rồi gõ trực tiếp giá trị."),
    ("KTTT_SO", [False, MISSING], "Ô «số» ghi «FALSE», không đọc được thành số. Chỉ gõ số, ví dụ 12."),
    ("KTTT_SO", [0.95, "phần trăm"],
     "Ô «số» ghi «0,95» có thể hiểu theo hai cách: 95 % (nếu ô hiện dấu %) hoặc 0,95 %. Gõ dạng chữ, ví dụ 95%."),
    ("KTTT_SO", [95, "phần trăm"], 95),
    ("KTTT_CO_QUAN", [[["Sở KH&ĐT"], ["sở kế hoạch và đầu tư"], [None]], MISSING],
     [["Sở Kế hoạch và Đầu tư"], ["Sở Kế hoạch và Đầu tư"], [""]]),
    ("KTTT_CO_QUAN", ["UBND xã Âu Lâu", "yen-bai-209-2023"], "UBND xã Âu Lâu"),
    ("KTTT_HAN", ["trước ngày 15/12 hằng năm", 2024], day("2024-12-15")),
    ("KTTT_HAN", [[["Quý II/2024"], ["trước ngày 30/6/2025"], ["Năm 2024"], [2024]], MISSING],
     [[day("2024-06-30")], [day("2025-06-30")], [day("2024-12-31")], [day("2024-12-31")]]),
    ("KTTT_HAN", ["hằng quý", [["2024-Q1", 2024, "2021/2025"]]],
     [[day("2024-03-31"), day("2024-12-31"), day("2025-12-31")]]),
    ("KTTT_HAN", [day("2024-06-30"), MISSING], day("2024-06-30")),
    ("KTTT_HAN", [[["thường xuyên"], ["Từ 2023"], ["định kỳ hoặc đột xuất"], ["Đúng thời gian quy định"],
                   ["theo kế hoạch của Trung ương"], [None]], MISSING], [[""]] * 6),
    ("KTTT_HAN", ["hằng năm", MISSING], "«hằng năm» là việc lặp lại; ghi thêm năm cần tính hạn."),
    ("KTTT_HAN", ["hằng năm đến hết năm 2025", MISSING],
     "«hằng năm đến hết năm 2025» là việc lặp lại; ghi thêm năm cần tính hạn."),
    ("KTTT_HAN", ["sớm nhất có thể", MISSING],
     "Không đọc được thời hạn «sớm nhất có thể»; cần ví dụ: trước ngày 15/12/2024, Quý I/2024."),
    ("KTTT_HAN", ["hằng năm", day("2024-03-01")], f"Ô là ngày 1/3/2024, {A_DATE_IS_NO_PERIOD}"),
    ("KTTT_TINH_TRANG", [[[DOING], [DONE], [DONE], [DONE], [None], ["Tạm dừng"], [WAITING]], day("2024-06-30"),
                         [[None], [day("2024-06-30")], ["1/7/2024"], [None], [None], [None], [None]],
                         day("2024-07-01")],
     [["Quá hạn"], ["Hoàn thành đúng hạn"], ["Hoàn thành quá hạn"], ["Hoàn thành (thiếu ngày)"], ["Quá hạn"],
      ["Tạm dừng"], [WAITING]]),
    ("KTTT_TINH_TRANG", [DOING, [[day("2024-07-31"), day("2024-08-01"), None, "Thường xuyên", "Từ 2023"]], MISSING,
                         "1/7/2024"],
     [["Sắp đến hạn", "Trong hạn", "Không có thời hạn", "Thường xuyên", "Thường xuyên"]]),
    ("KTTT_TINH_TRANG", ["hoàn thành", None, "2/7/2024", day("2024-07-01")], "Hoàn thành"),
    ("KTTT_TINH_TRANG", ["xong", day("2024-07-31"), MISSING, day("2024-07-01")],
     f"Không có trạng thái «xong»; cần một trong: {'; '.join(STATES)}."),
    ("KTTT_TINH_TRANG", [DOING, 2024, MISSING, day("2024-07-01")],
     "Ô «hạn» ghi «2024», không đọc được thành ngày. Gõ ngày dạng ngày/tháng/năm, ví dụ 25/12/2024."),
    ("KTTT_TINH_TRANG", [DONE, day("2024-06-30"), NA, day("2024-07-01")],
     "Ô «ngày hoàn thành» đang báo lỗi Excel «#N/A». Xóa ô rồi gõ trực tiếp giá trị."),
    ("KTTT_TIEN_DO", [8, ">=", 10, MISSING, MISSING], 0.8),
    ("KTTT_TIEN_DO", [[[8], ["12,5"], [None]], "từ … trở lên", 10, MISSING, [[None], [5], [None]]],
     [[0.8], [1.5], [""]]),
    ("KTTT_TIEN_DO", [[[4, 8]], [["không quá"], ["dưới"]], 5, MISSING, MISSING], [[1, 0.625], [1, 0.625]]),
    ("KTTT_TIEN_DO", [8, "không quá", MISSING, 5, 10], 0.4),
    ("KTTT_TIEN_DO", [2, "không còn", MISSING, MISSING, 8], 0.75),
    ("KTTT_TIEN_DO", [[["Hoàn thành"], [60]], "hoàn thành", MISSING, MISSING, MISSING], [[1], [0.6]]),
    ("KTTT_TIEN_DO", [5, ">=", 0, MISSING, MISSING], ""),
    ("KTTT_TIEN_DO", [8, "=>", 10, MISSING, MISSING], f"Không có cách so «=>»; cần một trong: {OPERATORS}."),
    ("KTTT_TIEN_DO", [8, ">=", MISSING, 10, MISSING],
     "Cách so «từ … trở lên» cần mức ở ô «mức», không phải ở ô «mức trên»."),
    ("KTTT_TIEN_DO", ["1.234", ">=", 10, MISSING, MISSING],
     two_ways("giá trị", "1.234")),
    ("KTTT_TIEN_DO", ["1,234", ">=", 10, MISSING, MISSING],
     two_ways("giá trị", "1,234")),
    ("KTTT_DANH_GIA", [[[10], [9], [None]], "từ ... trở lên", 10, MISSING, day("2024-12-31"), day("2024-07-01")],
     [["Đạt"], ["Chưa đạt"], ["Chưa có số liệu"]]),
    ("KTTT_DANH_GIA", [9, ">=", 10, MISSING, [[day("2024-12-31")], [None]], day("2025-01-01")],
     [["Không đạt"], ["Chưa đạt"]]),
    ("KTTT_DANH_GIA", ["đã có đề án", "định tính", MISSING, MISSING, MISSING, day("2024-07-01")], "Định tính"),
    ("KTTT_DANH_GIA", [[[6.4], [6.5]], "trong khoảng", 6.5, 7, MISSING, day("2024-07-01")], [["Chưa đạt"], ["Đạt"]]),
    ("KTTT_DANH_GIA", [9, ">=", None, MISSING, MISSING, day("2024-07-01")], ""),
    ("KTTT_DANH_GIA", [9, None, 10, MISSING, MISSING, day("2024-07-01")], ""),
    ("KTTT_TANG_TRUONG", [100, 121, 2], 10),
    ("KTTT_TANG_TRUONG", [[[100], [None], [0]], 121, 2],
     [[10], [""], [NO_GROWTH]]),
    ("KTTT_DU_BAO", [[[2021], [2022], [2023]], [[10], [None], [20]], [[2023, day("2023-12-31"), None]]],
     [[20, 20, ""]]),
    ("KTTT_DU_BAO", [[[2021, 2022]], [[10, None]], 2025], ""),
    ("KTTT_DU_BAO", [[[2021], [2022]], [[10]], 2025], "Có 2 ô kỳ nhưng 1 ô giá trị; hai vùng phải cùng số ô."),
    ("KTTT_DU_BAO", [[[2021], [None]], [[10], [12]], 2025], "Giá trị «12» không có kỳ ở ô tương ứng."),
    ("KTTT_DU_BAO", [[[2021], ["Năm 2021"]], [[10], [12]], 2025],
     "Có hai giá trị cho kỳ kết thúc ngày 31/12/2021; chỉ để một."),
    ("KTTT_DU_BAO", [[[2021], ["x"]], [[10], [12]], 2025], f"Không đọc được kỳ báo cáo «x»; {NO_PERIOD}"),
    ("KTTT_DU_BAO", [None, None, 2025], ""),
    ("KTTT_TONG_HOP", [TABLE, "huyện", "Số HTX", MISSING],
     [["Huyện", "Số HTX"], ["Chư Sê", 7], ["Đak Pơ", 1.5], ["(trống)", 1]]),
    ("KTTT_TONG_HOP", [TABLE, 1, 2, "trung bình"],
     [["Huyện", "Số HTX"], ["Chư Sê", 3.5], ["Đak Pơ", 1.5], ["(trống)", 1]]),
    ("KTTT_TONG_HOP", [[["A", "B"], ["x", NA]], "A", "B", MISSING],
     "Ô «B2 của bảng» đang báo lỗi Excel «#N/A». Xóa ô rồi gõ trực tiếp giá trị."),
    ("KTTT_TONG_HOP", [TABLE, [["Huyện", "Số HTX"]], 2, MISSING],
     "«cột nhóm» cần đúng một ô; đang chọn 1 dòng × 2 cột."),
    ("KTTT_TONG_HOP", [None, "A", "B", MISSING], "Cột «A»: không có cột này; các cột của bảng: (trống)."),
    ("KTTT_SO_LIEU", [None, "Sở Nội vụ", 2024], ""),
    ("KTTT_SO_LIEU", ["HTX", "Sở Nội vụ", None], ""),
    ("KTTT_TEN_KY", [[["2024"], ["2024-Q1"]]], [["Năm 2024"], ["Quý I/2024"]]),
    ("KTTT_TIEN_DO", [[[1], [2], [3]], ">=", [[1], [2]], MISSING, MISSING],
     "Các vùng không cùng kích thước (dòng × cột): 3 × 1; 1 × 1; 2 × 1."),
]  # fmt: skip
IDS = [f"{name}-{number}" for number, (name, _, _) in enumerate(EXAMPLES)]


def rows(content: Any) -> Any:
    return content if isinstance(content, list) else [[content]]


def plainly(content: Any) -> Any:
    """What plain Python hands over."""
    match content:
        case {"date": text}:
            return datetime.fromisoformat(text)
        case {"missing": _}:
            return None
        case {"error": word}:
            return word
        case list():
            return [plainly(item) for item in content]
    return content


@pytest.fixture(scope="module")
def com() -> list[Any]:
    return excel_engines.call("com", [(name, arguments) for name, arguments, _ in EXAMPLES])


@pytest.fixture(scope="module")
def server() -> list[Any]:
    return excel_engines.call("server", [(name, arguments) for name, arguments, _ in EXAMPLES], **LICENSE)


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=IDS)
def test_in_plain_python(number: int) -> None:
    name, arguments, expected = EXAMPLES[number]
    found = getattr(udfs, name)(*map(plainly, arguments))
    assert rows(excel_engines.neutral(found)) == rows(expected)


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=IDS)
def test_over_com(com: list[Any], number: int) -> None:
    assert com[number] == rows(EXAMPLES[number][2])


@pytest.mark.parametrize("number", range(len(EXAMPLES)), ids=IDS)
def test_on_server(server: list[Any], number: int) -> None:
    assert server[number] == rows(EXAMPLES[number][2])


# --- numbers


# The table of contract section 5, row by row: text, as a count, as a decimal; None is "the sentence".
NUMBERS = [
    ("1.234", 1234, None),
    ("1,234", 1234, 1.234),
    ("1.234.567", 1234567, 1234567),
    ("1 234", 1234, 1234),
    ("12,5", None, 12.5),
    ("12.5", None, 12.5),
    ("1.234,5", None, 1234.5),
    ("1,234.5", None, 1234.5),
    ("05", 5, 5),
    ("khoảng 5", None, None),
    ("5 HTX", None, None),
    ("2-3", None, None),
    ("x", None, None),
    ("0", 0, 0),
    ("không có", 0, 0),
    ("không phát sinh", 0, 0),
    ("-", "", ""),
    ("…", "", ""),
]
SENTENCES = {
    ("1.234", 1): two_ways("số", "1.234"),
    ("12,5", 0): "Ô «số» ghi «12,5» nhưng chỉ tiêu này đếm theo đơn vị nguyên. Gõ số nguyên, không có phần thập phân.",
    ("12.5", 0): two_ways("số", "12.5", "12,5 hoặc 125"),
    ("1.234,5", 0): "Ô «số» ghi «1.234,5» nhưng chỉ tiêu này đếm theo đơn vị nguyên. "
    "Gõ số nguyên, không có phần thập phân.",
    ("1,234.5", 0): "Ô «số» ghi «1,234.5», không đọc được thành số. Chỉ gõ số, ví dụ 12.",
} | {
    (text, at): f"Ô «số» ghi «{text}», không đọc được thành số. Chỉ gõ số, ví dụ {('12', '12,5')[at]}."
    for text in ("khoảng 5", "5 HTX", "2-3", "x")
    for at in (0, 1)
}


@pytest.mark.parametrize(("text", "count", "decimal"), NUMBERS, ids=[text for text, *_ in NUMBERS])
def test_numbers_as_text(text: str, count: object, decimal: object) -> None:
    expected = [SENTENCES[text, at] if value is None else value for at, value in enumerate((count, decimal))]
    assert udfs.KTTT_SO(text, [["đếm", "thập phân"]]) == [expected]
    assert udfs.KTTT_SO(text) == expected[0]


def test_a_date_where_a_number_belongs() -> None:
    """Over COM it is seen; on Server a date is a bare number, which nothing tells from another."""
    assert udfs.KTTT_SO(moment(date(2024, 8, 3))) == (
        "Ô «số» ghi «3/8/2024 (Excel đã đổi thành ngày)», không đọc được thành số. Chỉ gõ số, ví dụ 12."
    )


# --- periods

CODES = [
    f"{year}{suffix}"
    for year in (FIRST_YEAR, 2024, LAST_YEAR)
    for suffix in (
        "", "-H1", "-H2", "-9M", "-Q1", "-Q2", "-Q3", "-Q4", *(f"-{month:02}" for month in range(1, 13)),
    )
] + ["2021/2025", "2013/2030"]  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_a_period_keeps_its_code_through_its_name(code: str) -> None:
    assert udfs.KTTT_KY(udfs.KTTT_TEN_KY([[code]])) == [[code]]


# --- the same as the modules that the report is made with

NUMBERS_TRIED = [None, *map(Decimal, ("-3", "0", "0.5", "7", "10", "11", "100", "100.01"))]
DAYS_TRIED = [None, *(date(2024, 7, 1) + timedelta(days=step) for step in (-400, -1, 0, 1, 30, 31, 400))]
AS_OF_TRIED = [moment for moment in DAYS_TRIED if moment]
UPPER, NO_BOUND = {"<", "<="}, {"=0", "complete", "qualitative"}


def shown(value: Decimal | None) -> object:
    return "" if value is None else float(value)


def column(values: Iterable[Decimal | date | str | None], *, serial: bool = False) -> list[list[object]]:
    """Values as an engine hands them over: COM dates as datetime, Server as serial numbers."""
    cells: list[list[object]] = []
    for value in values:
        if isinstance(value, Decimal):
            cells.append([float(value)])
        elif isinstance(value, date):
            cells.append([(value - date(1899, 12, 30)).days if serial else moment(value)])
        else:
            cells.append([value])
    return cells


def moment(value: date) -> datetime:
    return datetime.combine(value, datetime.min.time())


def as_written(code: str, low: Decimal | None, high: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """An upper bound may stand in the first of the two cells."""
    return (None, low) if code in UPPER and high is None else (low, high)


def misplaced(code: str, low: Decimal | None, high: Decimal | None) -> str:
    """The sentence for a lower bound in the cell of the upper one, "" where it is not there."""
    wrong = low is None and high is not None and code not in UPPER | NO_BOUND
    return f"Cách so «{OPERATOR_WORDS[code]}» cần mức ở ô «mức», không phải ở ô «mức trên»." if wrong else ""


@pytest.mark.parametrize("serial", [False, True], ids=["datetime", "serial"])
def test_statuses_are_those_of_the_report(serial: bool) -> None:
    cases = list(product([None, *STATES], DAYS_TRIED, DAYS_TRIED, AS_OF_TRIED))
    found = udfs.KTTT_TINH_TRANG(*(column(cells, serial=serial) for cells in zip(*cases, strict=True)))
    assert found == [
        [
            ""
            if state is None and due is None
            else progress.task_status(
                state,
                done,
                due=due,
                start=None,
                recurrence="once",
                conditional=state == WAITING,
                condition_met_on=None,
                as_of=as_of,
            )
        ]
        for state, due, done, as_of in cases
    ]


@pytest.mark.parametrize("code", OPERATOR_WORDS)
def test_attainments_are_those_of_the_report(code: str) -> None:
    cases = list(product(NUMBERS_TRIED, NUMBERS_TRIED, NUMBERS_TRIED[::2], NUMBERS_TRIED[::2]))
    values, lows, highs, bases = (column(cells) for cells in zip(*cases, strict=True))
    found = udfs.KTTT_TIEN_DO(values, [[code, OPERATOR_WORDS[code]]], lows, highs, bases)
    assert found == [
        [misplaced(code, low, high) or shown(attainment.attainment(value, code, *as_written(code, low, high), base))]
        * 2
        for value, low, high, base in cases
    ]


@pytest.mark.parametrize("code", OPERATOR_WORDS)
def test_verdicts_are_those_of_the_report(code: str) -> None:
    cases = list(product(NUMBERS_TRIED, NUMBERS_TRIED, NUMBERS_TRIED[::3], DAYS_TRIED[::3], AS_OF_TRIED[::3]))
    values, lows, highs, dues, days = (column(cells, serial=True) for cells in zip(*cases, strict=True))
    found = udfs.KTTT_DANH_GIA(values, code, lows, highs, dues, days)

    def expected(
        value: Decimal | None, low: Decimal | None, high: Decimal | None, due: date | None, as_of: date
    ) -> str:
        bounds = as_written(code, low, high)
        if code != "qualitative" and attainment.bound(code, *bounds) is None:
            return misplaced(code, low, high)
        return attainment.verdict(value, code, *bounds, due=due, as_of=as_of)

    assert found == [[expected(*case)] for case in cases]


amounts = st.decimals(-1_000_000, 1_000_000, places=4)


@settings(deadline=None, max_examples=150)
@given(amounts, st.sampled_from(sorted(OPERATOR_WORDS)), amounts, amounts, st.none() | amounts)
def test_any_attainment_is_that_of_the_report(
    value: Decimal, code: str, low: Decimal, high: Decimal, base: Decimal | None
) -> None:
    cells = (float(value), code, float(low), float(high), None if base is None else float(base))
    assert udfs.KTTT_TIEN_DO(*cells) == shown(attainment.attainment(value, code, low, high, base))


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.integers(2003, 2045), st.decimals(0, 1000, places=1), max_size=6), st.integers(2020, 2045))
def test_a_forecast_is_that_of_the_report(values: dict[int, Decimal], year: int) -> None:
    points = [(parse_period(str(known)).end, value) for known, value in values.items()]
    found = udfs.KTTT_DU_BAO(list(values), [float(value) for value in values.values()], year)
    assert found == shown(attainment.forecast(points, date(year, 12, 31)))


# --- today


@pytest.mark.parametrize(("step", "status", "verdict"), [(-2, "Quá hạn", "Không đạt"), (2, "Sắp đến hạn", "Chưa đạt")])
def test_without_a_day_it_is_today(step: int, status: str, verdict: str) -> None:
    due = datetime.now().astimezone().replace(tzinfo=None) + timedelta(days=step)
    assert udfs.KTTT_TINH_TRANG(DOING, due) == status
    assert udfs.KTTT_DANH_GIA(1, ">=", 2, None, due) == verdict


# --- whatever comes

anything = st.one_of(
    st.none(), st.booleans(), st.text(max_size=12), st.integers(), st.floats(), st.datetimes(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from([
        "=1+1", "+84", "-1", "@x", "#N/A", "#", "1.234", "Quý I/2024", 2024, 45000, "2024", "\ud800", "hằng năm",
        "Ho\u0300a", 1e308, 1e-308, float("nan"), "30/2/2024", ">=", "=0", "trong khoảng", "Hoàn thành",
        -2146826246, -2146826243, "x" * 40000, "a\nb", "định tính", "không quá",
    ]),
)  # fmt: skip
FUNCTIONS = [getattr(udfs, name) for name in udfs.__all__]
ARGUMENTS = {function: len(inspect.signature(function).parameters) for function in FUNCTIONS}


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(FUNCTIONS), st.data())
def test_every_result_can_stand_in_a_cell(function: Callable[..., Any], data: st.DataObject) -> None:
    block = st.lists(st.lists(anything, min_size=2, max_size=2), min_size=1, max_size=3)
    arguments = [data.draw(anything | block) for _ in range(ARGUMENTS[function])]
    found = rows(function(*arguments))
    assert len({len(row) for row in found}) == 1
    for item in (item for row in found for item in row):
        assert isinstance(item, str | int | float | datetime | Decimal), repr(item)
        if isinstance(item, str):
            assert not item.startswith(("=", "+", "-", "@", "#")), item
            assert len(item) < 32768
            item.encode("utf-8")


@pytest.mark.parametrize("function", [function for function in FUNCTIONS if function is not udfs.KTTT_TONG_HOP])
@pytest.mark.parametrize("blank", [None, "", " \u00a0\u200b", float("nan")], ids=["None", "empty", "blanks", "NaN"])
def test_a_blank_gives_a_blank(function: Callable[..., Any], blank: object) -> None:
    """But a table without headings is a mistake: see EXAMPLES."""
    assert function(*[blank] * ARGUMENTS[function]) == ""
    assert function(*[[[blank], [blank]]] * ARGUMENTS[function]) == [[""], [""]]


@pytest.mark.parametrize("text", ["Quý I/2024", "6 tháng đầu năm 2024", "Giai đoạn 2021 - 2025"])
def test_decomposed_text_reads_alike(text: str) -> None:
    assert udfs.KTTT_KY(unicodedata.normalize("NFD", text)) == udfs.KTTT_KY(text)
    operator = unicodedata.normalize("NFD", "không quá")
    assert udfs.KTTT_TIEN_DO(8, operator, 5) == udfs.KTTT_TIEN_DO(8, "không quá", 5) == 0.625
    assert udfs.KTTT_TINH_TRANG(unicodedata.normalize("NFD", DONE), None) == "Hoàn thành (thiếu ngày)"


def test_a_row_goes_with_a_column() -> None:
    found = udfs.KTTT_HAN("hằng năm", [[2024], [2025]])
    assert found == [[moment(date(2024, 12, 31))], [moment(date(2025, 12, 31))]]
    assert udfs.KTTT_TANG_TRUONG([[100], [50]], [[121, 200]], 2) == [
        [10.0, pytest.approx(41.42, abs=0.01)],
        [pytest.approx(55.56, abs=0.01), 100.0],
    ]


def test_numbers_beyond_every_cell() -> None:
    assert udfs.KTTT_TANG_TRUONG(1, 1e300, 1e-300) == "Không tính được: có số quá lớn hoặc quá nhỏ."
    assert udfs.KTTT_TIEN_DO(1e300, ">=", 1e-300) == "Không tính được: có số quá lớn hoặc quá nhỏ."


def test_a_large_table_is_summed_at_once() -> None:
    """Excel freezes meanwhile; a machine with nothing else to do needs a third of a second."""
    table = [["Mã", "Tiền"], *([f"M{number % 97}", float(number)] for number in range(50_000))]
    start = time.perf_counter()
    found = udfs.KTTT_TONG_HOP(table, "Mã", "Tiền")
    assert time.perf_counter() - start < 5
    assert found[:2] == [["Mã", "Tiền"], ["M0", float(sum(range(0, 50_000, 97)))]]
    assert sum(row[1] for row in found[1:]) == 50_000 * 49_999 / 2
