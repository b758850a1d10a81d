"""What COM, Server and plain Python hand over for a cell, and what goes back into one."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kttt_xl.cell_values import (
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
    to_cell,
)
from kttt_xl.errors import MisuseError

NOON = datetime(2024, 8, 3, 12)  # noqa: DTZ001  # Excel has no zones
MIDNIGHT = NOON.replace(hour=0)
NAN = float("nan")


@pytest.mark.parametrize("item", [None, "", "  ", "\u00a0", "\u200b", "\n", NAN])
def test_blanks(item: object) -> None:
    assert (is_blank(item), as_text(item), as_number(item, "số"), as_date(item, "ngày")) == (True, "", None, None)


@pytest.mark.parametrize("item", [0, 0.0, False, "-", "0", Decimal(0), MIDNIGHT])
def test_what_is_no_blank(item: object) -> None:
    assert not is_blank(item)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (2024, "2024"),
        (2024.0, "2024"),
        (1.5, "1,5"),
        (1e20, "100000000000000000000"),
        (Decimal("12.50"), "12,5"),
        (True, "TRUE"),
        (False, "FALSE"),
        (NOON, "3/8/2024"),
        (date(2024, 8, 3), "3/8/2024"),
        (" a ", " a "),
        ("#1", "#1"),
        ("# A", "# A"),
    ],
)
def test_texts(item: object, text: str) -> None:
    assert as_text(item) == text


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ("#N/A", "#N/A"),
        ("#DIV/0!", "#DIV/0!"),
        ("#NAME?", "#NAME?"),
        ("#GETTING_DATA", "#GETTING_DATA"),
        (-2146826288, "#?"),
        (-2146826243, "#?"),
    ],
)
def test_errors_are_never_blanks(item: object, error: str) -> None:
    """What xlwings 0.37.8 does not know over COM comes as its code."""
    for read in (as_text, as_number, as_date):
        with pytest.raises(MisuseError) as caught:
            read(item, "mức")
        assert str(caught.value).startswith(f"Ô «mức» đang báo lỗi Excel «{error}».")


@pytest.mark.parametrize(
    ("item", "text"),
    [("a\n b", "«a b»"), ("x" * 60, f"«{'x' * 60}»"), ("x" * 61, f"«{'x' * 59}…»"), (2.0, "«2»"), (None, "«»")],
)
def test_quotes(item: object, text: str) -> None:
    assert quoted(item) == text


@pytest.mark.parametrize(
    ("item", "kind", "number"),
    [
        (5, "count", "5"),
        (5.0, "count", "5"),
        (0.1, "decimal", "0.1"),
        (1.1000000000000001, "decimal", "1.1"),
        (-3.5, "decimal", "-3.5"),
        (Decimal("1234.5678"), "decimal", "1234.5678"),  # COM: a cell formatted as money
        ("1.234.567", "decimal", "1234567"),
        ("12,5", "decimal", "12.5"),
        ("95%", "percent", "95"),
        ("0,95", "percent", "0.95"),
        (95.0, "percent", "95"),
        (0, "percent", "0"),
    ],
)
def test_numbers(item: object, kind: str, number: str) -> None:
    assert as_number(item, "số", kind) == Decimal(number)


def two_ways(header: str, text: str, both: str) -> str:
    return (
        f"Ô «{header}» ghi «{text}» có thể hiểu theo hai cách: {both}. "
        "Gõ lại số không có dấu chấm hàng nghìn; phần thập phân dùng dấu phẩy."
    )


def refusal(item: object, kind: str = "decimal", *, doubtful: bool = False) -> str:
    with pytest.raises(MisuseError) as caught:
        as_number(item, "mức", kind, doubtful=doubtful)
    return str(caught.value)


@pytest.mark.parametrize(
    ("item", "kind", "sentence"),
    [
        ("x", "decimal", "Ô «mức» ghi «x», không đọc được thành số. Chỉ gõ số, ví dụ 12,5."),
        ("y" * 999, "count", f"Ô «mức» ghi «{'y' * 59}…», không đọc được thành số. Chỉ gõ số, ví dụ 12."),
        (True, "count", "Ô «mức» ghi «TRUE», không đọc được thành số. Chỉ gõ số, ví dụ 12."),
        (-1, "count", "Ô «mức» ghi số âm «-1». Gõ số lượng từ 0 trở lên."),
        (MIDNIGHT, "decimal",
         "Ô «mức» ghi «3/8/2024 (Excel đã đổi thành ngày)», không đọc được thành số. Chỉ gõ số, ví dụ 12,5."),
        (1, "percent",
         "Ô «mức» ghi «1» có thể hiểu theo hai cách: 100 % (nếu ô hiện dấu %) hoặc 1 %. Gõ dạng chữ, ví dụ 95%."),
        ("12.5", "decimal",
         two_ways("mức", "12.5", "12,5 hoặc 125")),
        (10**16 + 1, "decimal",
         "Ô «mức» ghi «10000000000000001 (quá 15 chữ số)», không đọc được thành số. Chỉ gõ số, ví dụ 12,5."),
    ],
)  # fmt: skip
def test_what_is_no_number(item: object, kind: str, sentence: str) -> None:
    assert refusal(item, kind) == sentence


def test_a_doubt_may_be_taken() -> None:
    """KTTT_SO gives what the contract's table gives; elsewhere a number that may be another one would go unseen."""
    assert as_number("12.5", "số", doubtful=True) == Decimal("12.5")
    assert refusal(0.5, "percent", doubtful=True).startswith("Ô «mức» ghi «0,5» có thể hiểu theo hai cách: 50 %")


@pytest.mark.parametrize("item", ["-", "…", "–", "—"])
def test_not_reported_is_no_number(item: str) -> None:
    assert (as_number(item, "số"), as_date(item, "ngày")) == (None, None)


@pytest.mark.parametrize(
    ("item", "day"),
    [
        (NOON, date(2024, 8, 3)),
        (date(2024, 8, 3), date(2024, 8, 3)),
        (45507, date(2024, 8, 3)),
        (45507.75, date(2024, 8, 3)),
        (Decimal(45507), date(2024, 8, 3)),
        ("3/8/2024", date(2024, 8, 3)),
        ("ngày 3 tháng 8 năm 2024", date(2024, 8, 3)),
        (2200, date(1906, 1, 8)),
        (109939, date(2200, 12, 31)),
    ],
)
def test_dates(item: object, day: date) -> None:
    if day.year > 2199:
        assert not is_day(item)
    else:
        assert as_date(item, "ngày") == day


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (2024, "2024"),  # a year is not 16/7/1905
        (2024.0, "2024"),
        (2199, "2199"),
        (0, "0"),
        (-5, "-5"),
        (202412, "202412"),
        (True, "TRUE"),
        ("31/2/2024", "31/2/2024"),
        ("3/8/24", "3/8/24"),
        ("hằng năm", "hằng năm"),
    ],
)
def test_what_is_no_date(item: object, found: str) -> None:
    with pytest.raises(MisuseError) as caught:
        as_date(item, "hạn")
    assert str(caught.value) == (
        f"Ô «hạn» ghi «{found}», không đọc được thành ngày. Gõ ngày dạng ngày/tháng/năm, ví dụ 25/12/2024."
    )


@pytest.mark.parametrize(
    ("value", "content"),
    [
        (None, ""),
        (Decimal("1.5"), 1.5),
        (Decimal(7), 7.0),
        (date(2024, 8, 3), MIDNIGHT),
        (MIDNIGHT, MIDNIGHT),
        ("Đạt", "Đạt"),
        ("", ""),
        ("=1+1", "«=1+1»"),
        ("+84", "«+84»"),
        ("-", "«-»"),
        ("@x", "«@x»"),
        ("#N/A", "«#N/A»"),
        ("a\ud800b", "a?b"),
        (5, 5),
    ],
)
def test_results(value: Any, content: object) -> None:
    assert (to_cell(value), type(to_cell(value))) == (content, type(content))


@pytest.mark.parametrize("value", [Decimal("1e400"), Decimal("-1e400"), float("inf")])
def test_a_number_that_no_cell_holds(value: Any) -> None:
    assert spill(lambda: [[value]]) == [["Không tính được: có số quá lớn hoặc quá nhỏ."]]


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        (None, [[None]]),
        ("abc", [["abc"]]),
        ([1, 2], [[1, 2]]),
        ([[1], [2]], [[1], [2]]),
        (((1, 2), (3, 4)), [[1, 2], [3, 4]]),  # LibreOffice
        ([], [[None]]),
        ([[]], [[None]]),
    ],
)
def test_blocks(given: object, rows: object) -> None:
    assert (block(given), flat(given)) == (rows, [item for row in rows for item in row])  # type: ignore[attr-defined]


def test_one_cell() -> None:
    assert (only([["x"]], "cột"), only("x", "cột"), only(None, "cột")) == ("x", "x", None)
    with pytest.raises(MisuseError) as caught:
        only([["x"], ["y"]], "cột")
    assert str(caught.value) == "«cột» cần đúng một ô; đang chọn 2 dòng × 1 cột."


def joined(*items: Any) -> str | None:
    if "!" in items:
        raise MisuseError("hỏng")
    return None if all(item is None for item in items) else "".join(map(str, items))


MISFIT = "Các vùng không cùng kích thước (dòng × cột):"


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        (("a", "b"), "ab"),
        ((None,), ""),
        (("!",), "hỏng"),
        (([["a"]], "b"), [["ab"]]),
        (([["a"], ["b"]], "x"), [["ax"], ["bx"]]),
        (([["a"], ["b"]], [["x"], ["y"]]), [["ax"], ["by"]]),
        (([["a", "b"]], [["x"], ["y"]]), [["ax", "bx"], ["ay", "by"]]),
        (([["a", "b"], ["c", "d"]], [["x"], ["y"]]), [["ax", "bx"], ["cy", "dy"]]),
        (([["a", "b"], ["c", "d"]], [["x", "y"]]), [["ax", "by"], ["cx", "dy"]]),
        (([["a"], ["!"], [None]],), [["a"], ["hỏng"], [""]]),
        (([["a"], ["b"], ["c"]], [["x"], ["y"]], None), [[f"{MISFIT} 3 × 1; 2 × 1."]]),
        (([["a", "b"]], [["a", "b", "c"]]), [[f"{MISFIT} 1 × 2; 1 × 3."]]),
    ],
)
def test_one_function_over_blocks(arguments: tuple[Any, ...], result: object) -> None:
    assert each(joined, *arguments) == result
