"""A table summed up by one of its columns."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl.errors import MisuseError
from kttt_xl.pivot import summary

HEADINGS = ["Huyện", "Số HTX", "Ghi chú"]
TABLE: list[list[Any]] = [
    HEADINGS,
    ["Chư Sê", 3, "có"],
    ["Đak Pơ", "1.234.567", "-"],
    ["chư  sê", 4.0, None],
    [None, 2, "x"],
    ["Đak Pơ", None, "y"],
    ["Ia Pa", "…", None],
    [2024.0, -1, None],
]


@pytest.mark.parametrize(
    ("group", "value", "how", "rows"),
    [
        ("Huyện", "Số HTX", None, [["Chư Sê", 7], ["Đak Pơ", 1234567], ["(trống)", 2], [2024.0, -1]]),
        ("huyện ", "SỐ HTX", "Tổng", [["Chư Sê", 7], ["Đak Pơ", 1234567], ["(trống)", 2], [2024.0, -1]]),
        (1, 2.0, "mean", [["Chư Sê", Decimal("3.5")], ["Đak Pơ", 1234567], ["(trống)", 2], [2024.0, -1]]),
        ("1", "2", "bình quân", [["Chư Sê", Decimal("3.5")], ["Đak Pơ", 1234567], ["(trống)", 2], [2024.0, -1]]),
        (1, 2, "count", [["Chư Sê", 2], ["Đak Pơ", 1], ["(trống)", 1], [2024.0, 1]]),
        (1, 3, "đếm", [["Chư Sê", 1], ["(trống)", 1], ["Đak Pơ", 1]]),
        (1, 2, "lớn nhất", [["Chư Sê", 4], ["Đak Pơ", 1234567], ["(trống)", 2], [2024.0, -1]]),
        (3, 2, "max", [["có", 3], ["-", 1234567], ["(trống)", 4], ["x", 2]]),
    ],
)
def test_summaries(group: object, value: object, how: object, rows: list[list[object]]) -> None:
    found = summary(TABLE, group, value, how)
    assert found[1:] == rows
    assert set(found[0]) <= set(HEADINGS)


def two_ways(header: str, text: str, both: str) -> str:
    return (
        f"Ô «{header}» ghi «{text}» có thể hiểu theo hai cách: {both}. "
        "Gõ lại số không có dấu chấm hàng nghìn; phần thập phân dùng dấu phẩy."
    )


@pytest.mark.parametrize(
    ("table", "group", "value", "how", "sentence"),
    [
        (TABLE, "Xã", 2, None, "Cột «Xã»: không có cột này; các cột của bảng: Huyện; Số HTX; Ghi chú."),
        (TABLE, 0, 2, None, "Cột «0»: không có cột này; các cột của bảng: Huyện; Số HTX; Ghi chú."),
        (TABLE, 4, 2, None, "Cột «4»: không có cột này; các cột của bảng: Huyện; Số HTX; Ghi chú."),
        (TABLE, None, 2, None, "Cột «»: không có cột này; các cột của bảng: Huyện; Số HTX; Ghi chú."),
        ([["A", "a ", None]], "a", 3, None, "Cột «a»: có 2 cột cùng tên; các cột của bảng: A; a ; (trống)."),
        (TABLE, 1, 2, "min",
         "Không có cách tính «min»; cần sum (tổng), mean (trung bình), count (đếm) hoặc max."),
        (TABLE, 1, 3, None, "Ô «C2 của bảng» ghi «có», không đọc được thành số. Chỉ gõ số, ví dụ 12,5."),
        ([["A", "B"], ["x", 1], ["y", "1,234"]], 1, 2, None,
         two_ways("B3 của bảng", "1,234", "1,234 hoặc 1234")),
        ([["A", "B"], ["#REF!", 1]], 1, 2, None, "Ô «A2 của bảng» đang báo lỗi Excel «#REF!»."),
        ([["A", "B"], ["x", "#REF!"]], 1, 2, "đếm", "Ô «B2 của bảng» đang báo lỗi Excel «#REF!»."),
        ([[f"c{at}" for at in range(22)]], "x", 1, None,
         f"Cột «x»: không có cột này; các cột của bảng: {'; '.join(f'c{at}' for at in range(20))}; …."),
    ],
)  # fmt: skip
def test_what_cannot_be_summed_up(table: Any, group: object, value: object, how: object, sentence: str) -> None:
    with pytest.raises(MisuseError) as caught:
        summary(table, group, value, how)
    assert str(caught.value) == sentence


def test_a_heading_that_is_a_number_comes_before_a_column_number() -> None:
    assert summary([["Mã", "2024", "1"], ["x", 5, 7]], "Mã", 2024) == [["Mã", "2024"], ["x", 5]]
    assert summary([["Mã", "2024", "1"], ["x", 5, 7]], 2, 1) == [["2024", "1"], [5, 7]]


def test_a_blank_group_is_not_one_called_none() -> None:
    rows = [[None, 1], ["None", 2], [1.0, 4], ["1", 8], ["1.0", 16], [True, 32], ["", 64], ["TRUE", 128]]
    assert summary([["n", "v"], *rows], "n", "v")[1:] == [
        ["(trống)", 65],
        ["None", 2],
        [1.0, 12],
        ["1.0", 16],
        [True, 160],
    ]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["a", "A", "b ", None, 1]), st.none() | st.integers(-99, 99))))
def test_no_value_is_lost(rows: list[tuple[object, int | None]]) -> None:
    found = summary([["n", "v"], *(list(row) for row in rows)], "n", "v")
    assert sum(row[1] for row in found[1:]) == sum(value or 0 for _, value in rows)
