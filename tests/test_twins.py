"""twins: a worksheet program and our functions say of thousands of cases what Python says."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter
from twin_cases import (
    DAY,
    TARGET_COLUMNS,
    TARGET_SHEET,
    TASK_COLUMNS,
    TASK_SHEET,
    TargetCase,
    TaskCase,
    later,
    target_cases,
    task_cases,
    write_cases,
)

from kttt_xl import twins, udfs
from kttt_xl.twins import FUNCTIONS, NATIVE, UDF, TargetCells, TaskCells

Office = Callable[[list[dict[str, object]]], list[list[Any]]]
D = Decimal

_CALL = re.compile(r"KTTT_[A-Z_]+\(")
_CELL = re.compile(r"([A-Z]+[0-9]+)(?::\1)?")  # also as a range of one
_FAR = 27  # the column from which on arguments and results of calls stand, beside the cases


# A plan may call another number of days near than the functions do.
FORTY_FIVE = tuple(
    TaskCase(state, later(days), None, None, "once", conditional=False, met_on=None, soon_days=45)
    for state in (None, "Đang thực hiện", "Tạm dừng")
    for days in (-1, 30, 31, 45, 46)
)

# --- what stands in the cells, case by case: attainment, verdict

FLOOR = TargetCase(D(30), ">=", D(30), due=DAY)
CEILING = TargetCase(D(5), "<=", None, D(5), due=DAY)
BOUNDARIES: list[tuple[TargetCase, float | str, str]] = [
    (FLOOR, 100.0, "Đạt"),
    (replace(FLOOR, value=D("29.99")), 2999 / 30, "Chưa đạt"),
    (replace(FLOOR, value=D("30.01")), 3001 / 30, "Đạt"),
    (replace(FLOOR, operator=">"), 100.0, "Chưa đạt (phải vượt)"),
    (replace(FLOOR, operator=">", value=D("30.01")), 3001 / 30, "Đạt"),
    (replace(FLOOR, operator=">", due=later(-1)), 100.0, "Không đạt (phải vượt)"),
    (replace(FLOOR, operator="="), 100.0, "Đạt"),
    (replace(FLOOR, operator="=", value=D(31)), 3100 / 30, "Đạt"),
    (replace(FLOOR, operator="range", high=D(40), value=D(41)), 4100 / 30, "Đạt"),
    (replace(FLOOR, operator="range", high=D(40), value=D("29.9")), 2990 / 30, "Chưa đạt"),
    (replace(FLOOR, operator="about", value=D(27)), 90.0, "Đạt (khoảng, chấp nhận từ 90 %)"),
    (replace(FLOOR, operator="about", value=D("26.99")), 2699 / 30, "Chưa đạt"),
    (replace(FLOOR, operator="about", low=D("0.7"), value=D("0.63")), 90.0, "Đạt (khoảng, chấp nhận từ 90 %)"),
    (replace(FLOOR, operator="about", share=D("0.8"), value=D(24)), 80.0, "Đạt (khoảng, chấp nhận từ 80 %)"),
    (replace(FLOOR, low=D("0.3"), value=D("0.1") + D("0.2")), 100.0, "Đạt"),
    (replace(FLOOR, operator="complete", low=None, value=D(100)), 100.0, "Đạt"),
    (replace(FLOOR, operator="complete", low=None, value=D("99.9")), 99.9, "Chưa đạt"),
    (CEILING, 100.0, "Đạt"),
    (replace(CEILING, value=D("5.01")), 500 / 5.01, "Chưa đạt"),
    (replace(CEILING, value=D("4.99")), 100.0, "Đạt"),
    (replace(CEILING, operator="<"), 100.0, "Chưa đạt (phải dưới)"),
    (replace(CEILING, operator="<", value=D("4.99")), 100.0, "Đạt"),
    (replace(CEILING, operator="=0", high=None, value=D(0)), 100.0, "Đạt"),
    (replace(CEILING, operator="=0", high=None, value=D(1)), "–", "Chưa đạt"),
    (replace(CEILING, operator="=0", high=None, value=D(1), base=D(4)), 75.0, "Chưa đạt"),
    # blank value, blank due, no bound
    (replace(FLOOR, value=None), "–", "Chưa có số liệu"),
    (replace(FLOOR, value=D(29), due=None), 2900 / 30, "Chưa đạt"),
    (replace(FLOOR, low=None), "–", "Chưa có số liệu"),
    (replace(FLOOR, operator="qualitative", value=None, low=None), "–", "Định tính"),
    # the day before, on and after the due date; part of a year is never final
    (replace(FLOOR, value=D(29), due=later(1)), 2900 / 30, "Chưa đạt"),
    (replace(FLOOR, value=D(29), due=DAY), 2900 / 30, "Chưa đạt"),
    (replace(FLOOR, value=D(29), due=later(-1)), 2900 / 30, "Không đạt"),
    (replace(FLOOR, value=D(29), due=later(-1), part_year=True), 2900 / 30, "Chưa đạt"),
    # a base on the failing side, at the bound, on the other side; below the base
    (replace(FLOOR, value=D(25), base=D(20)), 50.0, "Chưa đạt"),
    (replace(FLOOR, value=D(25), base=D(30)), 2500 / 30, "Chưa đạt"),
    (replace(FLOOR, value=D(25), base=D(40)), 2500 / 30, "Chưa đạt"),
    (replace(FLOOR, value=D(15), base=D(20)), -50.0, "Chưa đạt"),
    (replace(CEILING, value=D(6), base=D(10)), 80.0, "Chưa đạt"),
    (replace(CEILING, value=D(6), base=D(3)), 500 / 6, "Chưa đạt"),
    # nothing to divide by
    (replace(FLOOR, low=D(0), value=D(-1)), "–", "Chưa đạt"),
    (replace(FLOOR, low=D(0), value=D(0)), "–", "Đạt"),
    (replace(FLOOR, low=D(0), value=D(-1), base=D(-2)), 50.0, "Chưa đạt"),
    (replace(CEILING, high=D(-1), value=D(0)), "–", "Chưa đạt"),
    # days on which another value would count
    (replace(FLOOR, since=DAY, until=DAY), 100.0, "Đạt"),
    (replace(FLOOR, since=later(1)), "–", "Cần tổng hợp lại"),
    (replace(FLOOR, until=later(-1)), "–", "Cần tổng hợp lại"),
]


@pytest.mark.parametrize(("case", "attained", "verdict"), BOUNDARIES)
def test_what_is_expected_at_the_boundaries(case: TargetCase, attained: float | str, verdict: str) -> None:
    assert case.expected[:2] == (pytest.approx(attained) if isinstance(attained, float) else attained, verdict)


def test_native_formulas_at_the_boundaries(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "ca.xlsx"
    cases, _ = write_cases(file, [case for case, _, _ in BOUNDARIES], ())
    found = computed(office, file, {TARGET_SHEET: TARGET_COLUMNS[NATIVE][:2]}, {TARGET_SHEET: len(cases)})
    expected = [[attained for _, attained, _ in BOUNDARIES], [verdict for _, _, verdict in BOUNDARIES]]
    assert differences(cases, found, expected) == []


digits = st.integers(10**14, 10**15 - 1).map(D)  # all that a cell holds, so that a share of it has more


@given(digits, st.integers(-6, 3), st.integers(1, 100), st.integers(-3, 3))
@settings(deadline=None)
def test_enough_is_the_share_for_every_number_a_cell_can_hold(low: Decimal, places: int, share: int, off: int) -> None:
    bound, part = low.scaleb(-places), D(share) / 100
    level = twins.enough(part, bound)
    step = D(1).scaleb(level.adjusted() - 14)
    value = level.quantize(step) + off * step  # a few numbers on from the least one, all of 15 digits
    assert (float(value) >= float(level)) == (value >= part * bound)


# --- what Excel 2010 takes


@pytest.mark.parametrize("functions", FUNCTIONS)
@pytest.mark.parametrize("soon_days", [30, 45])
def test_every_spreadsheet_program_takes_the_formulas(functions: str, soon_days: int) -> None:
    row = TargetCells(*(f"{letter}1048576" for letter in "ABCDEFGHIJK"))
    task = TaskCells(*(f"{letter}1048576" for letter in "ABCDEF"))
    ours = {"KTTT_TIEN_DO", "KTTT_DANH_GIA", "KTTT_TINH_TRANG"} if functions == UDF else set()
    for formula in (
        twins.attainment(row, functions),
        twins.verdict(row, functions, D("0.85"), "(chưa có nội dung báo cáo)"),
        twins.pace(row),
        twins.status(task, functions, soon_days),
    ):
        bare = re.sub('"[^"]*"', '""', formula)
        depths = [bare[:at].count("(") - bare[:at].count(")") for at in range(len(bare))]
        assert (len(formula) <= 8192, max(depths) <= 64, depths[-1]) == (True, True, 1)
        assert max(map(len, re.findall('"[^"]*"', formula))) <= 255
        assert set(re.findall(r"[A-Z_]+(?=\()", bare)) <= {
            "IF", "AND", "OR", "NOT", "ISNUMBER", "N", "MIN", "MAX", "LEFT", *ours
        }  # fmt: skip
        assert not re.search(r"[\[\]!']|xlam", bare)  # no path, no other workbook
        assert set(re.findall(r"\w+:\w+", bare)) <= {f"{letter}1048576:{letter}1048576" for letter in "ACDE"}


# --- what LibreOffice computes


def computed(office: Office, file: Path, columns: dict[str, tuple[str, ...]], rows: dict[str, int]) -> list[list[Any]]:
    """Have LibreOffice compute a file anew; return the contents of columns, one list each."""
    wanted = [(sheet, letter) for sheet, letters in columns.items() for letter in letters]
    steps = [["contents", sheet, f"{letter}1:{letter}{rows[sheet]}"] for sheet, letter in wanted]
    [said] = office([{"open": str(file), "steps": [["recalculate"], *steps]}])
    found = []
    for sheet, _ in wanted:
        found.append(said[: rows[sheet]])
        del said[: rows[sheet]]
    return found


def differences(
    cases: Sequence[TargetCase | TaskCase], told: Sequence[Sequence[Any]], expected: Sequence[Sequence[Any]]
) -> list[str]:
    """Return where the columns told are not those expected, numbers to nine digits."""
    return [
        f"{case}: {one!r}, not {other!r}"
        for column, right in zip(told, expected, strict=True)
        for case, one, other in zip(cases, column, right, strict=True)
        if (one != pytest.approx(other, rel=1e-9, abs=1e-9) if isinstance(other, float) else one != other)
    ]


def columns_of(cases: Sequence[TargetCase]) -> list[list[Any]]:
    return [list(column) for column in zip(*(case.expected for case in cases), strict=True)]


def test_native_formulas_say_what_python_says(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "ca.xlsx"
    targets, tasks = write_cases(file, tasks=(*task_cases(), *FORTY_FIVE))
    assert (len(targets) > 4000, len(tasks) > 2000) == (True, True)
    letters = {TARGET_SHEET: TARGET_COLUMNS[NATIVE], TASK_SHEET: (TASK_COLUMNS[NATIVE],)}
    *found, statuses = computed(office, file, letters, {TARGET_SHEET: len(targets), TASK_SHEET: len(tasks)})
    assert differences(targets, found, columns_of(targets)) == []
    assert differences(tasks, [statuses], [[case.expected for case in tasks]]) == []


# --- our functions, called where a formula calls them


def calls(formula: str) -> dict[str, tuple[str, list[str]]]:
    """Return the calls of our functions in a formula: the text of each, with its name and its arguments."""
    found = {}
    for start in _CALL.finditer(formula):
        depth, quoted, arguments, begin = 0, False, [], start.end()
        for at in range(start.end(), len(formula)):
            letter = formula[at]
            quoted ^= letter == '"'
            if quoted:
                continue
            if letter in ",)" and depth == 0:
                arguments.append(formula[begin:at])
                begin = at + 1
                if letter == ")":
                    found[formula[start.start() : begin]] = (start[0][:-1], arguments)
                    break
            depth += {"(": 1, ")": -1}.get(letter, 0)
    return found


def answer(sheet: Any, name: str, arguments: Sequence[tuple[str, Any]]) -> Any:
    """Return what a function gives: of a cell named as an argument what stands in it, else what was computed."""
    given = [
        sheet[cell[1]].value if (cell := _CELL.fullmatch(text)) else DAY if text == twins.DAY else value
        for text, value in arguments
    ]
    return getattr(udfs, name)(*given)


def test_our_functions_say_what_python_says(office: Office, tmp_path: Path) -> None:
    """Arguments are computed by LibreOffice, the functions called here, the rest by LibreOffice again.

    Of every sixth case: the add-in of LibreOffice computes all of them elsewhere (test_calc_addin).
    """
    file = tmp_path / "ca.xlsx"
    targets, tasks = write_cases(file, target_cases()[::6], (*task_cases()[::6], *FORTY_FIVE))
    book = openpyxl.load_workbook(file)
    told: dict[str, list[dict[str, tuple[str, list[str]]]]] = {}
    places = {TARGET_SHEET: TARGET_COLUMNS[UDF], TASK_SHEET: (TASK_COLUMNS[UDF],)}
    for name, letters in places.items():
        sheet, told[name] = book[name], []
        for row in range(1, sheet.max_row + 1):
            found = calls("".join(str(sheet[f"{letter}{row}"].value) for letter in letters))
            told[name].append(found)
            for at, text in enumerate((text for _, (_, texts) in found.items() for text in texts), start=_FAR):
                sheet.cell(row, at, f"={text}")
    book.save(file)
    rows = {TARGET_SHEET: len(targets), TASK_SHEET: len(tasks)}
    widths = {name: max(sum(len(texts) for _, texts in found.values()) for found in told[name]) for name in told}
    beside = {name: tuple(map(get_column_letter, range(_FAR, _FAR + widths[name]))) for name in told}
    columns = iter(computed(office, file, beside, rows))
    for name, letters in places.items():
        sheet, values = book[name], list(zip(*(next(columns) for _ in beside[name]), strict=True))
        for row, (found, said) in enumerate(zip(told[name], values, strict=True), start=1):
            left = iter(said)
            for at, (call, (function, texts)) in enumerate(found.items(), start=_FAR):
                result = answer(sheet, function, [(text, next(left)) for text in texts])
                place = sheet.cell(row, at, '=""' if result == "" else result).coordinate
                for letter in letters:
                    cell = sheet[f"{letter}{row}"]
                    cell.value = cell.value.replace(call, place)
    book.save(file)
    *found, statuses = computed(office, file, places, rows)
    assert differences(targets, found, columns_of(targets)) == []
    assert differences(tasks, [statuses], [[case.expected for case in tasks]]) == []
