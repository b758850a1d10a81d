"""The file of a blank copy: clean, the same bytes each time, open where something is to be chosen or filled in."""

import hashlib
import io
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from blank_copies import DONG_TAM, NOI_VU, PLANS, BlankTrial, relative
from openxml_audit import OpenXmlValidator
from returned_copies import KEY

from kttt_xl.builder import build_copy
from kttt_xl.cells import address
from kttt_xl.form_sheet import row_height
from kttt_xl.history import History
from kttt_xl.layout import COVER, HEADING_ROW, LISTS
from kttt_xl.model import Figure, Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.plans import load_plan

HISTORY = History(
    (Figure("THT-MOI", DONG_TAM, parse_period("2023"), Decimal("12.5"), "", "", ""),),
    {("38", NOI_VU): ((parse_period("2023"), "Tạm dừng", None),)},
)


@pytest.mark.parametrize(("plan_id", "code", "kind"), PLANS, ids=str)
def test_a_blank_copy_opens_clean(plan_id: str, code: str, kind: str, tmp_path: Path) -> None:
    """Every rule of the Open XML SDK holds (contract, section 4: openxml-audit, no finding)."""
    blank = BlankTrial(load_plan(plan_id), parse_period(code), kind, tmp_path, HISTORY)
    result = OpenXmlValidator().validate(blank.path)
    assert (result.is_valid, list(map(str, result.errors))) == (True, [])


def test_the_same_blank_copy_gives_the_same_bytes(gia_lai: Plan, yen_bai: Plan, year: Period, tmp_path: Path) -> None:
    """Also in another process, with another seed of hashes and in another time zone."""
    found = {}
    for plan, kind in ((gia_lai, "tasks"), (yen_bai, "stats")):
        blank = BlankTrial(plan, year, kind, tmp_path)
        assert build_copy(blank.copy, KEY, blank.offer) == blank.content
        found[plan.id, kind] = hashlib.sha256(blank.content).hexdigest()
    program = (
        "import hashlib\n"
        "from kttt_xl import builder, campaign, period, plans\n"
        f"for name, kind in {list(found)!r}:\n"
        "    (issue,) = campaign.plan_blanks(plans.load_plan(name), period.parse_period('2024'), (kind,))\n"
        f"    made = builder.build_copy(issue.copy, {KEY!r}, issue.offer)\n"
        "    print(hashlib.sha256(made).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Ho_Chi_Minh"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True, env=environment)
    assert done.stdout.split() == list(found.values())


@pytest.mark.parametrize("kind", ["tasks", "stats"])
def test_what_is_open_in_a_protected_blank_copy(
    kind: str, gia_lai: Plan, yen_bai: Plan, year: Period, tmp_path: Path
) -> None:
    """The three choices and the fields of the cover, the inputs of the form; nothing else."""
    blank = BlankTrial(gia_lai if kind == "tasks" else relative(yen_bai), year, kind, tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(blank.content))
    assert {sheet.title: sheet.sheet_state for sheet in book} == {
        COVER: "visible", blank.copy.sheet: "visible", LISTS: "hidden", "_kttt": "veryHidden",
    }  # fmt: skip
    assert all(sheet.protection.sheet for sheet in book)
    unlocked = {
        sheet.title: {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
        for sheet in book
    }
    form = {
        address(HEADING_ROW + at, number)
        for at, line in enumerate(blank.copy.lines, start=1)
        for number, column in enumerate(blank.copy.columns, start=1)
        if blank.copy.rule(column, line)
    }
    fields = {place for place in unlocked[COVER] if place.startswith("C") and int(place[1:]) > 8}
    assert unlocked[blank.copy.sheet] == form
    assert {place for place in unlocked[COVER] if place.startswith("C")} - fields == {"C5", "C6", "C8"}
    assert len(fields) == 7
    choices = [item for item in book[COVER].data_validations.dataValidation if str(item.sqref) in {"C5", "C6", "C8"}]
    # With it, Excel takes anything while a cell that the source looks at is blank.
    assert [item.allow_blank for item in choices] == [False] * 3
    assert (unlocked[LISTS], unlocked["_kttt"]) == (set(), set())


def test_input_messages_name_no_period_that_may_not_be_the_chosen_one(
    yen_bai: Plan, year: Period, tmp_path: Path
) -> None:
    for plan, titles in ((relative(yen_bai), {"Số liệu", "Ghi chú"}), (load_plan("ha-noi-231-2021"), None)):
        period = year if titles else parse_period("2021")
        sheet = openpyxl.load_workbook(BlankTrial(plan, period, "stats", tmp_path).path)["Số liệu"]
        found = {item.promptTitle for item in sheet.data_validations.dataValidation}
        assert found == (titles or {"Ghi chú", *(f"Năm {number}" for number in range(2003, 2022))})


def test_a_row_is_as_high_as_the_tallest_that_may_stand_there(gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    """Programs other than Excel do not fit wrapped rows on opening, and none does when a choice changes them."""
    blank = BlankTrial(gia_lai, year, "tasks", tmp_path)
    sheet = openpyxl.load_workbook(blank.path)["Nhiệm vụ"]
    for at in range(len(blank.copy.lines)):
        shown = {rows[at] for rows in blank.offer.lists if at < len(rows)}
        tallest = max(row_height(blank.copy, blank.offer.lines[number]) for number in shown)
        assert sheet.row_dimensions[HEADING_ROW + 1 + at].height == tallest


def test_rows_get_their_look_with_what_they_show(gia_lai: Plan, yen_bai: Plan, year: Period, tmp_path: Path) -> None:
    blank = BlankTrial(gia_lai, year, "tasks", tmp_path)
    sheet = openpyxl.load_workbook(blank.path)["Nhiệm vụ"]
    last = HEADING_ROW + len(blank.copy.lines)
    section = '=AND($A8="",$C8<>"")'
    looks = {
        str(area.sqref): [f"={rule.formula[0]}" for rule in area.rules if rule.stopIfTrue]
        for area in sheet.conditional_formatting
    }
    assert {area: found for area, found in looks.items() if found} == {
        f"L8:R{last}": [section, '=AND($A8<>"",$D8="Phối hợp")', '=$A8<>""'],
        f"B8:K{last} S8:S{last}": [section, '=$A8<>""'],
    }
    assert {sheet[f"J{row}"].number_format for row in range(8, last + 1)} == {"dd/mm/yyyy"}
    stats = BlankTrial(yen_bai, year, "stats", tmp_path)
    figures, end = openpyxl.load_workbook(stats.path)["Số liệu"], HEADING_ROW + len(stats.copy.lines)
    whole = {
        str(area.sqref): [(rule.formula, rule.dxf.numFmt.formatCode) for rule in area.rules]
        for area in figures.conditional_formatting
        if str(area.sqref).startswith("E")
    }
    assert (figures["E8"].number_format, whole) == (
        "#,##0.00##", {f"E8:E{end}": [(["AND(ISNUMBER(E8),INT(E8)=E8)"], "#,##0")]},
    )  # fmt: skip
