"""checks: a small table for each rule: what was accepted, and what is said about it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from returned_copies import few_tasks

from kttt_xl import identity
from kttt_xl.checks import check_on_day, check_submission
from kttt_xl.layout import Copy, stats_copy
from kttt_xl.model import Entry, Plan, Submission, Value
from kttt_xl.period import Period
from kttt_xl.selfcheck import letters, line_rows

AS_OF = date(2024, 12, 20)
Typed = Mapping[tuple[str, str], Value]
Said = list[tuple[str, str, str]]


def stats_form(plan: Plan, period: Period, previous: Mapping[str, Value] | None = None) -> Copy:
    """Return the form of four counts and a share of UBND phường Đồng Tâm, in rows 8 to 12."""
    wanted = ("HTX-MOI", "TC-KTTT", "TC-TOT-KHA", "TL-TOT-KHA", "CN-TT")
    kept = tuple(indicator for indicator in plan.indicators if indicator.code in wanted)
    return stats_copy(replace(plan, indicators=kept), period, "UBND phường Đồng Tâm", previous or {})


def said(
    copy: Copy,
    typed: Typed,
    refused: tuple[tuple[str, str], ...] = (),
    *,
    nothing: bool = False,
    gone: tuple[str, ...] = (),
) -> Said:
    """Return code, cell and message of what the rules say about a copy with these accepted and refused cells."""
    manifest = identity.describe(copy, {}, {})
    places = {field: number for number, field in enumerate(letters(copy), start=1)}
    rows = {key: row for key, row in line_rows(copy).items() if key not in gone}
    submission = Submission(
        plan=copy.plan.id,
        period=copy.period.code,
        kind=copy.kind,
        agency=copy.agency,
        issue="",
        file="a.xlsx",
        sha256="",
        entries=tuple(
            Entry(key, field, value, copy.sheet, f"{letters(copy)[field]}{rows[key]}")
            for (key, field), value in typed.items()
        ),
        filled=len(typed) + len(refused),
        accepted=len(typed),
        refused=len(refused),
        nothing_to_report=nothing,
        sheet=copy.sheet,
        rows=tuple(rows.items()),
        columns=tuple(places.items()),
        refused_cells=refused,
    )
    found = (*check_submission(submission, manifest), *check_on_day(submission, AS_OF))
    assert all((f.agency, f.file, f.sheet) == (copy.agency, "a.xlsx", copy.sheet) for f in found)
    return [(f.code, f.cell, f.message) for f in found]


def missing(place: str, header: str, row: str) -> tuple[str, str, str]:
    return ("missing-required", place, f"Chưa nhập «{header}» cho «{row}».")


DONE = {("1", "state"): "Hoàn thành", ("1", "percent"): Decimal(100), ("1", "done_on"): date(2024, 11, 15)}
# Task 1 besides: (accepted over DONE, refused cells, what is said of it).
TASK_TABLE: list[tuple[Typed, tuple[tuple[str, str], ...], Said]] = [
    ({}, (), []),
    # done-without-date: "-" is an answer, a refused date has a finding of its own
    (
        {("1", "state"): "Hoàn thành"},
        (),
        [("done-without-date", "N9", "Trạng thái «Hoàn thành» nhưng chưa có ngày hoàn thành.")],
    ),
    ({("1", "state"): "Hoàn thành", ("1", "done_on"): None}, (), []),
    ({("1", "state"): "Hoàn thành"}, (("1", "done_on"),), []),
    # done-not-100
    (
        {**DONE, ("1", "percent"): Decimal("99.5")},
        (),
        [("done-not-100", "M9", "Trạng thái «Hoàn thành» nhưng tỷ lệ là 99,5 %.")],
    ),
    (
        {**DONE, ("1", "percent"): Decimal(0)},
        (),
        [("done-not-100", "M9", "Trạng thái «Hoàn thành» nhưng tỷ lệ là 0 %.")],
    ),
    ({**DONE, ("1", "percent"): None}, (), []),
    # date-without-done: not when the state could not be read
    (
        {("1", "state"): "Đang thực hiện", ("1", "done_on"): date(2024, 3, 8)},
        (),
        [("date-without-done", "N9", "Có ngày hoàn thành 8/3/2024 nhưng trạng thái là «Đang thực hiện».")],
    ),
    ({("1", "done_on"): date(2024, 3, 8)}, (("1", "state"),), []),
    (
        {("1", "state"): None, ("1", "done_on"): date(2024, 3, 8)},
        (),
        [("date-without-done", "N9", "Có ngày hoàn thành 8/3/2024 nhưng trạng thái là «để trống».")],
    ),
    # future-date: the as-of date itself is not in the future
    ({**DONE, ("1", "done_on"): AS_OF}, (), []),
    (
        {**DONE, ("1", "done_on"): date(2024, 12, 21)},
        (),
        [("future-date", "N9", "Ngày hoàn thành 21/12/2024 ở sau ngày tổng hợp 20/12/2024.")],
    ),
    # waiting-not-conditional: task 10 waits for an act, task 1 for none
    ({("10", "state"): "Chờ văn bản cấp trên", ("1", "state"): "Tạm dừng"}, (), []),
    (
        {("1", "state"): "Chờ văn bản cấp trên"},
        (),
        [
            (
                "waiting-not-conditional",
                "L9",
                "Báo «Chờ văn bản cấp trên» nhưng nhiệm vụ này không phụ thuộc văn bản nào theo kế hoạch.",
            )
        ],
    ),
]
OTHERS: Typed = {("4", "state"): "Chưa thực hiện", ("33", "state"): "Chưa thực hiện"}


@pytest.mark.parametrize(("typed", "refused", "expected"), TASK_TABLE)
def test_what_is_said_of_a_task(
    gia_lai: Plan, year: Period, typed: Typed, refused: tuple[tuple[str, str], ...], expected: Said
) -> None:
    answer = typed or (() if refused else DONE)
    assert said(few_tasks(gia_lai, year), {**OTHERS, **dict(answer)}, refused) == expected


# missing-required of tasks: (accepted, refused, nothing to report, rows gone, cells that are missing).
MISSING_STATES: list[tuple[Typed, tuple[tuple[str, str], ...], bool, tuple[str, ...], list[str]]] = [
    ({}, (), False, (), ["L9", "L10", "L14"]),  # the lead's three; the coordinator's row may stay empty
    ({("1", "state"): "Tạm dừng", ("4", "state"): None}, (), False, (), ["L14"]),  # "-" was typed
    ({}, (("1", "state"),), False, (), ["L10", "L14"]),  # a state that could not be read was typed
    ({("10", "result"): "Đã góp ý"}, (), False, (), ["L9", "L10", "L12", "L14"]),  # who reports gives a state
    ({}, (("10", "done_on"),), False, (), ["L9", "L10", "L12", "L14"]),
    ({}, (), False, ("4",), ["L9", "L14"]),  # a deleted row has its own finding
    ({}, (), True, (), []),  # Không phát sinh toàn bộ
]


@pytest.mark.parametrize(("typed", "refused", "nothing", "gone", "cells"), MISSING_STATES)
def test_which_states_are_missing(
    gia_lai: Plan,
    year: Period,
    typed: Typed,
    refused: tuple[tuple[str, str], ...],
    nothing: bool,
    gone: tuple[str, ...],
    cells: list[str],
) -> None:
    keys = {"L9": "1", "L10": "4", "L12": "10", "L14": "33"}
    assert said(few_tasks(gia_lai, year), typed, refused, nothing=nothing, gone=gone) == [
        missing(cell, "Trạng thái", f"nhiệm vụ {keys[cell]}") for cell in cells
    ]


def figures(htx: object, whole: object, part: object, text: object = "Có") -> dict[tuple[str, str], Value]:
    """Return the figures of 2024; None leaves a cell out."""
    given = {"HTX-MOI": htx, "TC-KTTT": whole, "TC-TOT-KHA": part, "CN-TT": text}
    return {
        (code, "2024"): Decimal(value) if isinstance(value, int) else str(value)
        for code, value in given.items()
        if value is not None
    }


# Figures: (accepted, last period's, what is said).
FIGURE_TABLE: list[tuple[Typed, Mapping[str, Value], Said]] = [
    (figures(5, 10, 4), {}, []),
    # missing-required: every count and text, never a ratio
    (
        figures(5, None, 4, None),
        {},
        [
            missing("F9", "Năm 2024", "Tổng số tổ chức kinh tế tập thể (*)"),
            missing(
                "F12",
                "Năm 2024",
                "Các tổ chức kinh tế tập thể đều áp dụng công nghệ tiên tiến, nhất là chuyển đổi số",
            ),
        ],
    ),
    ({**figures(5, 10, None), ("TC-TOT-KHA", "2024"): None}, {}, []),
    # parts-exceed-whole
    (figures(5, 10, 10), {}, []),
    (figures(5, 10, 11), {}, [("parts-exceed-whole", "F10", "«Năm 2024»: phần 11 lớn hơn tổng 10.")]),
    (figures(5, 0, 1), {}, [("parts-exceed-whole", "F10", "«Năm 2024»: phần 1 lớn hơn tổng 0.")]),
    # unit-outlier: 500 times and a 500th are out, a zero on either side is not compared
    (figures(4999, 10, 4), {"HTX-MOI": Decimal(10)}, []),
    (
        figures(5000, 10, 4),
        {"HTX-MOI": Decimal(10)},
        [("unit-outlier", "F8", "Ô «Năm 2024» ghi 5000, chênh quá 500 lần so với kỳ trước (10).")],
    ),
    (
        figures(2, 10, 4),
        {"HTX-MOI": Decimal(1000)},
        [("unit-outlier", "F8", "Ô «Năm 2024» ghi 2, chênh quá 500 lần so với kỳ trước (1000).")],
    ),
    (figures(3, 10, 4), {"HTX-MOI": Decimal(1000)}, []),
    (figures(0, 10, 4), {"HTX-MOI": Decimal(1000)}, []),
    (figures(5000, 10, 4), {"HTX-MOI": Decimal(0)}, []),
    # copied-last-period: all of at least three figures
    (
        figures(5, 10, 4),
        {"HTX-MOI": Decimal(5), "TC-KTTT": Decimal(10), "TC-TOT-KHA": Decimal(4)},
        [("copied-last-period", "", "Nội dung trùng với kỳ trước ở 3 ô.")],
    ),
    (figures(6, 10, 4), {"HTX-MOI": Decimal(5), "TC-KTTT": Decimal(10), "TC-TOT-KHA": Decimal(4)}, []),
    (figures(5, 10, 4), {"HTX-MOI": Decimal(5), "TC-KTTT": Decimal(10)}, []),
    (figures(0, 10, 4), {"HTX-MOI": Decimal(0), "TC-KTTT": Decimal(10), "TC-TOT-KHA": Decimal(4)}, []),
]


@pytest.mark.parametrize(("typed", "previous", "expected"), FIGURE_TABLE)
def test_what_is_said_of_figures(
    yen_bai: Plan, year: Period, typed: Typed, previous: Mapping[str, Value], expected: Said
) -> None:
    assert said(stats_form(yen_bai, year, previous), typed) == expected


def test_nothing_to_report_asks_for_no_figure(yen_bai: Plan, year: Period) -> None:
    assert said(stats_form(yen_bai, year), {}, nothing=True) == []


# Parts and shares of other kinds of rows: (value type, parent, part, whole, what is said).
NESTED: list[tuple[str, str, int, int, Said]] = [
    ("count", "TC-KTTT", 11, 10, [("parts-exceed-whole", "F10", "«Năm 2024»: phần 11 lớn hơn tổng 10.")]),
    ("decimal", "TC-KTTT", 11, 10, [("parts-exceed-whole", "F10", "«Năm 2024»: phần 11 lớn hơn tổng 10.")]),
    ("count", "", 11, 10, []),
    ("percent", "TC-KTTT", 100, 10, []),  # a share of a whole is no part of it
    ("percent", "", 101, 10, [("ratio-out-of-range", "F10", "«Năm 2024»: tỷ lệ 101 % nằm ngoài khoảng 0 đến 100.")]),
    ("decimal", "", -5, 10, []),
]


@pytest.mark.parametrize(("kind", "parent", "part", "whole", "expected"), NESTED)
def test_parts_and_shares(
    yen_bai: Plan, year: Period, kind: str, parent: str, part: int, whole: int, expected: Said
) -> None:
    copy = stats_form(yen_bai, year)
    kept = [item for item in copy.plan.indicators if item.aggregation != "ratio"]
    changed = (replace(item, value_type=kind, parent=parent) if item.code == "TC-TOT-KHA" else item for item in kept)
    form = stats_copy(replace(copy.plan, indicators=tuple(changed)), year, copy.agency)
    assert said(form, figures(5, whole, part)) == expected
