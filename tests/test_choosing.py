"""choosing: the formulas and named columns of a blank copy; test_blank_sheet has them computed."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from blank_copies import PLANS, BlankTrial, issues, relative
from openpyxl.workbook import Workbook

from kttt_xl import choosing
from kttt_xl.choosing import Places, column_of, is_live, label, slot_of
from kttt_xl.layout import LISTS, TASK_COLUMNS, cut_off_text, sending_text, title_block
from kttt_xl.model import Plan, Value
from kttt_xl.period import Period, parse_period
from kttt_xl.plans import load_plan
from kttt_xl.selfcheck import Formula

PLACES = Places("C5", "C6", "C7", "C8")
# Of Excel 2010: newer ones would show as #NAME? in older offices.
FUNCTIONS = {
    "ADDRESS", "AND", "COLUMN", "COUNT", "COUNTA", "DAY", "FIND", "HYPERLINK", "IF", "IFERROR", "INDEX", "INT",
    "ISBLANK", "ISNA", "ISNUMBER", "LEFT", "LEN", "MATCH", "MAX", "MID", "MIN", "MOD", "MONTH", "N", "NOT", "OR",
    "ROUND", "ROW", "SUMPRODUCT", "YEAR",
}  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "slot", "column", "live"),
    [
        ('IF(DM_SoDong<1,"",INDEX(DM_Dong_key,INDEX(DM_Giao,DM_DongTruoc+1))&"")', 1, 0, True),
        ('IF(DM_SoDong<12345,"",x)', 12345, 0, True),
        ('IF(DM_SoDong<123456,"",x)', 0, 0, True),
        ('IF(DM_SoDong<,"",x)', 0, 0, True),
        (' IF(DM_SoDong<1,"",x)', 0, 0, False),
        ('1+IF(DM_SoDong<1,"",x)', 0, 0, False),
        ('IF(DM_ChonKy=0,"(Kỳ 2: chọn)",INDEX(DM_TenCot2,DM_ChonKy))', 0, 2, True),
        ('IF(DM_ChonKy=0,"a\nb",INDEX(DM_TenCot19,DM_ChonKy))', 0, 19, True),
        ("INDEX(DM_TenCot2,DM_ChonKy)", 0, 0, False),
        ('IF(DM_ChonKy=0,"x",INDEX(DM_TenCot2,DM_ChonKy))+1', 0, 0, True),
        ('IF(OR(DM_ChonDonVi=0,DM_ChonKy=0),"x",y)', 0, 0, True),
        ("IF(A1=1,2,3)", 0, 0, False),
        ("IFERROR(DM_Ky,1)", 0, 0, False),
        ("", 0, 0, False),
        ("?", 0, 0, False),
    ],
)
def test_what_a_formula_shows(formula: str, slot: int, column: int, live: bool) -> None:
    assert (slot_of(formula), min(column_of(formula), 99), is_live(formula)) == (slot, column, live)


def test_the_formulas_of_a_form_tell_what_they_show() -> None:
    for column in TASK_COLUMNS[:11]:
        for slot in (1, 57, 99999):
            formula = choosing.cell(column, slot).text.removeprefix("=")
            assert (slot_of(formula), column_of(formula), is_live(formula)) == (slot, 0, True)
    for number in (1, 19, 999):
        formula = choosing.heading(number).text.removeprefix("=")
        assert (slot_of(formula), column_of(formula), is_live(formula)) == (0, number, True)
    shown = [*choosing.cover_texts().values(), *choosing.title_texts()]
    assert all(is_live(formula.text.removeprefix("=")) for formula in shown)


def test_a_choice_in_words() -> None:
    assert label("Sở Nội vụ", "Năm 2024") == "Sở Nội vụ · Năm 2024"


# --- the named columns hold what the formulas look up


def looked_up(named: dict[str, tuple[Any, ...]]) -> Iterator[tuple[str, int, list[dict[str, Value]]]]:
    """Yield what INDEX finds for each choice: agency, number of the period, its rows by field; blanks left out."""
    fields = [name for name in named if name.startswith("DM_Dong_")]
    for agency, group in zip(named["DM_DonVi"], named["DM_Nhom"], strict=True):
        tables = zip(named["DM_Bang"][group - 1], named["DM_BangKyTruoc"][group - 1], strict=True)
        for when, (table, last) in enumerate(tables):
            first, before = named["DM_BatDau"][table - 1], named["DM_BatDauKyTruoc"][last - 1]
            rows = []
            for slot in range(named["DM_SoLuong"][table - 1]):
                line = named["DM_Giao"][first + slot]
                row = {name.removeprefix("DM_Dong_"): named[name][line - 1] for name in fields}
                row["previous"] = named["DM_KyTruoc"][before + slot]
                rows.append({field: text for field, text in row.items() if text})
            yield agency, when, rows


@pytest.mark.parametrize(("plan_id", "code", "kind"), [case for case in PLANS if case[2] == "tasks"], ids=str)
def test_looking_a_choice_up_gives_the_rows_of_the_addressed_copy(
    plan_id: str, code: str, kind: str, tmp_path: Path
) -> None:
    plan = load_plan(plan_id)
    blank = BlankTrial(plan, parse_period(code), kind, tmp_path)
    sent = {
        (item.copy.agency, when): [
            {field: text for field, text in {"key": line.key, **line.texts}.items() if text} for line in item.copy.lines
        ]
        for when, period in enumerate(blank.offer.periods)
        for item in issues(plan, period, kind)
    }
    found = {
        (agency, when): rows
        for agency, when, rows in looked_up(choosing.lists(blank.copy, blank.offer, PLACES))
        if rows
    }
    assert found == sent


def test_what_is_said_of_each_period(gia_lai: Plan, yen_bai: Plan, year: Period, tmp_path: Path) -> None:
    blank = BlankTrial(gia_lai, year, "tasks", tmp_path)
    named = choosing.lists(blank.copy, blank.offer, PLACES)
    copies = [issues(gia_lai, period, "tasks")[0].copy for period in blank.offer.periods]
    assert named["DM_Ky"] == tuple(f"Năm {number}" for number in range(2024, 2031))
    assert named["DM_ChotSoLieu"] == tuple(map(cut_off_text, copies))
    assert named["DM_ThoiHan"] == tuple(map(sending_text, copies))
    assert named["DM_DongKy"] == tuple(title_block(copy)[3] for copy in copies)
    assert named["DM_NgaySomNhat"] == (date(2023, 1, 1),) * 7
    assert named["DM_NgayMuonNhat"] == tuple(date(number, 12, 31) for number in range(2025, 2032))
    days = replace(gia_lai.settings.tasks, sending_working_days=5)  # by the calendar, as far as it reaches
    counted = replace(gia_lai, settings=replace(gia_lai.settings, tasks=days))
    blank = BlankTrial(counted, year, "tasks", tmp_path)
    named = choosing.lists(blank.copy, blank.offer, PLACES)
    copies = [issues(counted, period, "tasks")[0].copy for period in blank.offer.periods]
    assert named["DM_ThoiHan"] == tuple(map(sending_text, copies))
    assert named["DM_DongKy"] == tuple(title_block(copy)[3] for copy in copies)
    assert "chậm nhất" in str(named["DM_ThoiHan"][0])
    wide = BlankTrial(relative(yen_bai), year, "stats", tmp_path)
    named = choosing.lists(wide.copy, wide.offer, PLACES)
    assert (named["DM_TenCot1"][:2], named["DM_TenCot2"][:2]) == (("Năm 2024", "Năm 2025"), ("Năm 2025", "Năm 2026"))
    assert (choosing.moving(wide.offer), choosing.moving(blank.offer)) == (True, False)


def test_before_anything_is_chosen(gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    blank = BlankTrial(gia_lai, year, "tasks", tmp_path)
    named = choosing.lists(blank.copy, blank.offer, PLACES)
    state = {name: items[0].cached for name, items in named.items() if isinstance(items[0], Formula)}
    must_clear = "(Xóa các ô đã điền trước)"
    numbers = (
        "DM_ChonDonVi", "DM_ChonKy", "DM_ChonNhom", "DM_ChonBang", "DM_DongTruoc", "DM_SoDong", "DM_KyTruocTruoc",
        "DM_DaXacNhan", "DM_DaNhap",
    )  # fmt: skip
    assert state == {**dict.fromkeys(numbers, 0), **dict.fromkeys(("DM_GiuDonVi", "DM_GiuKy"), must_clear)}


# --- what Excel takes


@pytest.fixture(scope="module", params=[PLANS[0], PLANS[3], PLANS[5], ("relative", "2024", "stats")], ids=str)
def book(request: pytest.FixtureRequest, yen_bai: Plan, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    plan_id, code, kind = request.param
    plan = relative(yen_bai) if plan_id == "relative" else load_plan(plan_id)
    blank = BlankTrial(plan, parse_period(code), kind, tmp_path_factory.mktemp("blank"))
    return openpyxl.load_workbook(io.BytesIO(blank.content))


def depth(formula: str) -> int:
    """Return how deep the brackets of a formula nest."""
    deep = most = 0
    for sign in re.sub('"[^"]*"', "", formula):
        deep += (sign == "(") - (sign == ")")
        most = max(most, deep)
    return most


def test_formulas_names_and_validations_are_within_the_limits_of_excel_2010(book: Workbook) -> None:
    formulas = [
        cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f" and isinstance(cell.value, str)
    ]
    validations = [item for sheet in book.worksheets for item in sheet.data_validations.dataValidation]
    sources = [text for item in validations for text in (item.formula1, item.formula2) if text]
    looks = [
        text
        for sheet in book.worksheets
        for area in sheet.conditional_formatting
        for rule in area.rules
        for text in rule.formula
    ]
    assert min(map(len, (formulas, sources, looks))) > 2
    assert max(map(len, formulas)) <= 8192
    assert max(map(len, sources)) <= 255
    assert max(map(depth, [*formulas, *sources, *looks])) <= 64
    used = set(re.findall(r"([A-Z][A-Z0-9.]*)\(", re.sub('"[^"]*"', "", " ".join([*formulas, *sources, *looks]))))
    assert used <= FUNCTIONS
    for item in validations:
        assert len(item.promptTitle) <= 32
        assert len(item.prompt) <= 255
        assert len(item.errorTitle) <= 32
        assert len(item.error) <= 255
        assert item.showErrorMessage
        assert item.errorStyle in {None, "stop"}
    names = {name: area.attr_text for name, area in book.defined_names.items()}
    assert all(re.fullmatch("DM_[A-Za-z_0-9]+", name) for name in names)  # never a cell: no cell has a _
    assert len({name.casefold() for name in names}) == len(names)
    said = set(re.findall(r"DM_\w+", " ".join([*formulas, *sources, *looks])))
    assert said <= names.keys()
    assert names.keys() - said == ({"DM_TrangThai"} if "Số liệu" in book.sheetnames else set())  # in every copy


def test_each_name_leads_to_its_own_list(book: Workbook) -> None:
    """The name stands above its list, and the list ends where the name says."""
    sheet = book[LISTS]
    columns = set()
    for name, area in book.defined_names.items():
        found = re.fullmatch(rf"'{LISTS}'!\$([A-Z]+)\$2(?::\$([A-Z]+)\$([0-9]+))?", area.attr_text)
        assert found
        first = openpyxl.utils.column_index_from_string(found[1])
        last = openpyxl.utils.column_index_from_string(found[2] or found[1])
        assert sheet.cell(1, first).value == name
        assert not columns & set(range(first, last + 1))
        columns |= set(range(first, last + 1))
        assert all(sheet.cell(int(found[3] or 2) + 1, at).value is None for at in range(first, last + 1))
    assert max(columns) == len(columns) == sheet.max_column


def test_dates_reach_as_far_as_the_period_chosen() -> None:
    assert choosing.dates(9) == (
        '=IF(AND(DM_DaXacNhan=1,$A9<>""),INDEX(DM_NgaySomNhat,DM_ChonKy),1)',
        '=IF(AND(DM_DaXacNhan=1,$A9<>""),INDEX(DM_NgayMuonNhat,DM_ChonKy),0)',
    )


def test_no_dropdown_of_agency_or_period_looks_at_its_own_cell() -> None:
    """Excel has the new content there already when it judges it, so the cell would always agree with itself."""
    sources = choosing.dropdowns(PLACES)
    assert sources == {
        "C5": "=IF(DM_DaNhap=1,DM_GiuDonVi,DM_DonVi)",
        "C6": "=IF(DM_DaNhap=1,DM_GiuKy,DM_Ky)",
        "C8": "=IF(DM_ChonBang=0,$C$8,$C$7)",
    }
