"""What Kiểm tra says of sums and growth, computed by LibreOffice: the same faults as the checks find afterwards."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from returned_copies import KEY, Trial, codes
from test_stats_sums import PARTS, WARD, form_rows

from kttt_xl.layout import stats_copy
from kttt_xl.model import Indicator, Plan
from kttt_xl.period import parse_period
from kttt_xl.reader import CopyReading
from kttt_xl.selfcheck import letters, line_rows
from kttt_xl.workers import read_and_check

Office = Callable[[list[dict[str, object]]], list[list[str]]]

TOO_MANY, UNEQUAL = "Các phần cộng lại lớn hơn tổng", "Các phần cộng lại khác tổng"
UNBALANCED = "Cuối kỳ khác đầu kỳ cộng tăng trừ giảm"
ALL = form_rows(parts=PARTS, exhaustive=True)
SOME = form_rows(parts=PARTS)
DECIMALS = tuple(replace(row, value_type="decimal") for row in SOME)
BALANCE = form_rows(increases=("MOI",), decreases=("GT", "CD"))
GROWTH = (Indicator("TT", "Tốc độ tăng", "%/năm", "growth", "none", value_type="percent"),)

# Rows, window, Kỳ trước of the first row, what is typed, Kiểm tra of the first row, findings besides blanks.
Typed = dict[str, str]
CASES: list[tuple[tuple[Indicator, ...], tuple[int, ...], str, Typed, str, list[str]]] = [
    (ALL, (0,), "", {}, "Chưa nhập", []),
    (ALL, (0,), "", {"HTX": "10", "NN": "5", "XD": "3", "TD": "2"}, "= 10", []),
    (ALL, (0,), "", {"HTX": "10", "NN": "5", "XD": "3", "TD": "1"}, UNEQUAL, ["parts-do-not-sum"]),
    (ALL, (0,), "", {"HTX": "10", "NN": "5", "XD": "3", "TD": "3"}, TOO_MANY, ["parts-do-not-sum"]),
    (ALL, (0,), "", {"HTX": "10", "NN": "5", "XD": "3"}, "= 10", []),
    (ALL, (0,), "", {"HTX": "10", "NN": "5", "XD": "3", "TD": "-"}, "= 10", []),
    (ALL, (0,), "", {"HTX": "10", "NN": "6", "XD": "5"}, TOO_MANY, ["parts-exceed-whole"]),
    (ALL, (0,), "", {"NN": "6", "XD": "5"}, "Chưa nhập", []),
    (SOME, (0,), "", {"HTX": "10", "NN": "5", "XD": "3", "TD": "1"}, "= 10", []),
    (SOME, (0,), "", {"HTX": "10", "NN": "6", "XD": "5"}, TOO_MANY, ["parts-exceed-whole"]),
    (DECIMALS, (0,), "", {"HTX": "0.3", "NN": "0.1", "XD": "0.2", "TD": "0"}, "= 0.3", []),
    (DECIMALS, (0,), "", {"HTX": "0.3", "NN": "0.2", "XD": "0.2"}, "= 0.3", []),
    (DECIMALS, (0,), "", {"HTX": "0.3", "NN": "0.2", "XD": "0.2", "TD": "0"}, TOO_MANY, ["parts-exceed-whole"]),
    (BALANCE, (0,), "100", {"HTX": "107", "MOI": "10", "GT": "2", "CD": "1"}, "= 107", []),
    (BALANCE, (0,), "100", {"HTX": "108", "MOI": "10", "GT": "2", "CD": "1"}, UNBALANCED, ["parts-do-not-sum"]),
    (BALANCE, (0,), "100", {"HTX": "108", "MOI": "10", "GT": "2"}, "= 108", []),
    (BALANCE, (0,), "", {"HTX": "108", "MOI": "10", "GT": "2", "CD": "1"}, "= 108", []),
    (
        BALANCE,
        (-1, 0),
        "",
        {"HTX 2023": "50", "HTX": "61", "MOI": "10", "GT": "0", "CD": "0"},
        UNBALANCED,
        ["parts-do-not-sum"],
    ),
    (BALANCE, (-1, 0), "", {"HTX 2023": "50", "HTX": "60", "MOI": "10", "GT": "0", "CD": "0"}, "Đủ", []),
    (GROWTH, (0,), "", {"TT": "-6.5"}, "= -6.5", []),
    (GROWTH, (0,), "", {"TT": "140"}, "= 140", []),
]  # fmt: skip


def returned(plan: Plan, folder: Path, case: tuple[object, ...]) -> tuple[Trial, bytes]:
    rows, window, previous, typed, *_ = case
    stats = replace(plan.settings.stats, window=window, recipients=(WARD,))
    small = replace(plan, indicators=rows, targets=(), settings=replace(plan.settings, stats=stats))
    last = {rows[0].code: Decimal(previous)} if previous else {}
    trial = Trial(stats_copy(small, parse_period("2024"), WARD, last), folder)
    cells = {}
    for name, text in typed.items():
        code, _, column = name.partition(" ")
        cells[trial.at(code, column or "2024")] = text if text == "-" else Decimal(text)
    return trial, trial.filled(cells)


def checked(trial: Trial, content: bytes) -> CopyReading:
    """Read a file that came back, and check it as the commands do."""
    path = trial.folder / "ban-sao.xlsx"
    path.write_bytes(content)
    return read_and_check(path, path.name, lambda _plan: KEY)


def test_kiem_tra_says_what_the_checks_find(office: Office, yen_bai: Plan, tmp_path: Path) -> None:
    jobs: list[dict[str, object]] = []
    for number, case in enumerate(CASES):
        trial, content = returned(yen_bai, tmp_path, case)
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(content)
        place = f"{letters(trial.copy)['check']}{min(line_rows(trial.copy).values())}"
        jobs.append({"open": str(path), "steps": [["recalculate"], ["read", trial.copy.sheet, place]]})
    words = [shown.replace(",", ".") for (shown,) in office(jobs)]
    assert list(enumerate(words)) == [(number, case[4]) for number, case in enumerate(CASES)]


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_the_checks_find_it_in_the_file_that_comes_back(
    yen_bai: Plan, tmp_path: Path, case: tuple[object, ...]
) -> None:
    """The sums go through the manifest: the file is read without its plan."""
    reading = checked(*returned(yen_bai, tmp_path, case))
    assert [code for code, _ in codes(reading) if code not in {"missing-required", "percent-scale"}] == case[5]


def test_growth_goes_below_zero_and_a_share_does_not(yen_bai: Plan, tmp_path: Path) -> None:
    share = (replace(GROWTH[0], nature="ratio"),)
    for rows, expected in ((GROWTH, []), (share, [("bad-percent", "F8")])):
        trial, content = returned(yen_bai, tmp_path, (rows, (0,), "", {"TT": "-6.5"}))
        text = [("number-as-text", "F8")] if rows is GROWTH else expected
        assert (codes(checked(trial, content)), codes(checked(trial, trial.filled({"F8": "-6,5%"})))) == (
            expected,
            text,
        )
