"""The plan workbook: what is exported loads equal, and an officer's mistakes are all told, each with its cell and cure."""

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator

from kttt_xl import builder, identity, layout, plans
from kttt_xl.model import OPERATOR_WORDS, Agency, Finding, Form, Indicator, Member, Plan, Settings, Target, Task
from kttt_xl.period import parse_deadline, parse_period
from kttt_xl.plan_book import FIXED, LISTS, OPEN, WORDS
from kttt_xl.plan_book_adjustments import Adjustment
from kttt_xl.plan_book_columns import SETTINGS, TABLES
from kttt_xl.plan_book_read import read_adjustments, read_plan_file
from kttt_xl.plan_book_write import new_plan, write_plan

Office = Callable[[list[dict[str, object]]], list[list[str]]]
Edit = tuple[str, str, object]  # sheet, cell, what to put there

LATE = "trước ngày 30/6/2024"
PLAN = Plan(
    id="thu-1-2024",
    title="Kế hoạch «thử» số 1,\nhai dòng",
    number="1/KH",
    issued_on=date(2024, 1, 5),
    issuer="UBND tỉnh",
    coordinator="Sở A",
    start=date(2024, 1, 1),
    end=date(2025, 12, 31),
    settings=Settings(
        before_includes_day=False,
        due_soon_days=10,
        about_share=Decimal("0.85"),
        derived=("start", "end"),
        tasks=Form(sending="trước ngày 15/12 hằng năm", recipients=("Sở A",), window=(-1, 0)),
        stats=Form(cut_off="calendar", recipients=("Các xã", "Sở A"), window=(-1, 0, "2030", "2024-Q1")),
    ),
    agencies=(
        Agency("Sở A", "sở", ("SA", "Sở thử A")),
        Agency("Xã B", "xã", note="=1+1 là chữ"),
        Agency("Xã C", "xã"),
        Agency("Các xã", group=True, members=(Member("Xã B", "named"), Member("Xã C", "sourced")), note="Nhóm"),
    ),
    tasks=(
        Task(
            "1.1", "I. Mục", "Việc một", ("Sở A",), "Sở A", ("Các xã",), "các xã", "UBND", "Báo cáo", LATE,
            parse_deadline(LATE, before_includes_day=False),
        ),
        Task(
            "1.10", "I. Mục", "- Việc hai sau khi Luật ban hành", ("Xã B", "Xã C", "Sở A", "Các xã", "Xã B"), "hai xã",
            (), "", "", "", "Hàng quý", replace(parse_deadline("Hàng quý"), conditional=True), date(2024, 5, 1),
            "Ghi chú",
        ),
    ),
    indicators=(
        Indicator("HTX", "Số HTX", "HTX", "stock", "sum"),
        Indicator("KHA", "Số HTX khá", "HTX", "flow", "sum", parent="HTX", derived=True),
        Indicator("TL", "Tỷ lệ khá", "%", "ratio", "ratio", "KHA", "HTX", value_type="percent"),
        Indicator("TN", "Thu nhập", "triệu đồng", "growth", "weighted", denominator="HTX", value_type="decimal"),
        Indicator("MT", "Mô tả", "", "stock", "none", value_type="text", note="Chữ"),
    ),
    targets=(
        Target(
            "Tỷ lệ khá", "TL", "%", "range", Decimal(60), Decimal("70.50"), "Đến năm 2025", date(2025, 12, 31), "at",
            "tỉnh", "", Decimal("1.1250"), "Câu một.",
        ),
        Target(
            "Số HTX", "HTX", "HTX", ">=", Decimal(5), None, "Hằng năm", None, "yearly", "tỉnh", "Các xã", None, "Câu.",
        ),
        Target("Số HTX", "HTX", "HTX", "<", None, Decimal("1234567.125"), "2025", None, "average", "", "", None, ""),
        Target("Mô tả", "MT", "", "qualitative", None, None, "", None, "at", "", "", None, ""),
    ),
    note="Để thử.",
)  # fmt: skip
CHANGES = (
    Adjustment("nhiệm vụ", "1.10", "", "Xã B", "gia hạn", date(2024, 9, 30), "CV 1", date(2024, 6, 1)),
    Adjustment("nhiệm vụ", "1.1", "", "", "rút", None, "CV 2", date(2024, 6, 2)),
    Adjustment("nhiệm vụ", "1.1", "", "Sở A", "giao lại", "Xã C", "QĐ 3", date(2024, 6, 3)),
    Adjustment("chỉ tiêu", "HTX", "2025", "", "sửa chỉ tiêu", Decimal("12.5"), "QĐ 4", date(2024, 6, 4)),
)


def every_plan() -> list[Plan]:
    return [PLAN, *map(plans.load_plan, plans.plan_ids())]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ke-hoach.xlsx"


@pytest.fixture
def edited(file: Path) -> Callable[..., Path]:
    """A function that puts values into cells of the workbook of PLAN, as a program that keeps types would."""

    def edit(*edits: Edit, content: bytes | None = None) -> Path:
        file.write_bytes(content or write_plan(PLAN, CHANGES))
        book = openpyxl.load_workbook(file)
        for sheet, cell, value in edits:
            book[sheet][cell] = value
        book.save(file)
        return file

    return edit


def errors(findings: tuple[Finding, ...]) -> list[Finding]:
    return [found for found in findings if found.severity == "error"]


# --- round trips


@pytest.mark.parametrize("plan", every_plan(), ids=lambda plan: plan.id)
def test_what_is_exported_loads_equal(plan: Plan, file: Path) -> None:
    file.write_bytes(write_plan(plan))
    loaded, findings = read_plan_file(file)
    year = parse_period("2024")
    issues = [identity.issue_id(each, year, "tasks", "Sở A") for each in (plan, loaded or PLAN)]
    assert (loaded, errors(findings), issues[0]) == (plan, [], issues[1])


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert (write_plan(PLAN, CHANGES), new_plan()) == (write_plan(PLAN, CHANGES), new_plan())


def test_adjustments_load_as_they_were_written(file: Path) -> None:
    file.write_bytes(write_plan(PLAN, CHANGES))
    assert read_adjustments(file) == (CHANGES, ())


def test_what_an_office_saved_again_loads_equal(office: Office, tmp_path: Path) -> None:
    jobs: list[dict[str, object]] = []
    for plan in every_plan():
        before, after = tmp_path / f"{plan.id}.xlsx", tmp_path / f"{plan.id}-luu.xlsx"
        before.write_bytes(write_plan(plan, CHANGES if plan is PLAN else ()))
        jobs.append({"open": str(before), "save": str(after), "steps": []})
    office(jobs)
    loaded = [read_plan_file(Path(str(job["save"])))[0] for job in jobs]
    assert loaded == every_plan()
    assert read_adjustments(Path(str(jobs[0]["save"]))) == (CHANGES, ())


# --- the workbook


@pytest.mark.parametrize("content", [new_plan(), write_plan(PLAN, CHANGES)], ids=["new", "export"])
def test_a_plan_workbook_opens_clean(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    result = OpenXmlValidator().validate(file)
    assert (result.is_valid, list(map(str, result.errors))) == (True, [])


def test_every_heading_has_its_help(file: Path) -> None:
    file.write_bytes(new_plan())
    book = openpyxl.load_workbook(file)
    without = []
    for table in TABLES.values():
        sheet = book[table.sheet]
        helped = {
            str(area): rule
            for rule in sheet.data_validations.dataValidation
            for area in rule.sqref.ranges
            if rule.prompt and len(rule.prompt) <= 255 and len(rule.promptTitle or "") <= 32
        }
        without += [cell.value for cell in sheet[3] if cell.value and cell.coordinate not in helped]
    labels = [row[0].value for row in book["Kế hoạch"].iter_rows(min_row=4) if not row[2].value]
    assert (without, labels) == ([], [])


def lists(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the defined names of a workbook over Danh mục, each with its values."""
    book = openpyxl.load_workbook(file)
    for name, defined in book.defined_names.items():
        if match := re.fullmatch(rf"'{LISTS}'!(.*)", defined.attr_text or ""):
            cells = book[LISTS][match[1].replace("$", "")]
            yield name, [row[0].value for row in cells]


def test_every_word_of_a_list_is_one_the_loader_knows(file: Path) -> None:
    file.write_bytes(new_plan())
    words = {name: list(WORDS[field].values()) for field, name in FIXED.items()}
    assert dict(lists(file)) == words | {name: list(dict.fromkeys(items)) for name, items in OPEN.items()}
    assert list(WORDS["operator"]) == list(OPERATOR_WORDS.values())


@pytest.mark.parametrize("text", OPEN["KTTT_THOI_GIAN"])
def test_every_deadline_that_is_offered_is_understood(text: str) -> None:
    deadline = parse_deadline(text)
    assert deadline.due is not None or deadline.recurrence not in {"none", "once"}


CHOICES = [
    (table.sheet, column, word)
    for table in TABLES.values()
    for column in table.columns
    if column.kind == "choice" and column.field not in {"subject", "kind"}
    for word in column.choices.values()
]


@pytest.mark.parametrize(("sheet", "column", "word"), CHOICES, ids=lambda value: getattr(value, "field", str(value)))
def test_every_choice_is_read(sheet: str, column: object, word: str, edited: Callable[..., Path]) -> None:
    heading = column.heading  # type: ignore[attr-defined]
    book = openpyxl.load_workbook(edited())
    at = next(cell.column_letter for cell in book[sheet][3] if cell.value == heading)
    _, findings = read_plan_file(edited((sheet, f"{at}4", word)))
    assert [found for found in findings if (found.sheet, found.cell) == (sheet, f"{at}4") and found.found == word] == []


# --- what officers do


def test_an_empty_plan_says_what_is_missing_and_its_examples_are_no_part_of_it(file: Path) -> None:
    file.write_bytes(new_plan())
    loaded, findings = read_plan_file(file)
    told = [(found.sheet, found.cell, found.header) for found in findings]
    assert (loaded, told) == (
        None,
        [
            ("Kế hoạch", "B4", "Mã kế hoạch"),
            ("Kế hoạch", "B5", "Tên kế hoạch"),
            ("Kế hoạch", "B9", "Cơ quan đầu mối"),
        ],
    )


HARMLESS: dict[str, tuple[Edit, ...]] = {
    "another case and spelling": (
        ("Nhiệm vụ", "D4", "sở  a"),
        ("Nhiệm vụ", "J4", "CÁC XÃ"),
        ("Kế hoạch", "B9", "SA"),
        ("Kế hoạch", "B22", "các xã\nSA"),
        ("Mức chỉ tiêu", "K5", " Các xã "),
        ("Cơ quan", "E7", "xã b (Nêu tên)\nXã C (có nguồn)"),
    ),
    "dates and numbers as text": (
        ("Kế hoạch", "B7", "ngày 5 tháng 1 năm 2024"),
        ("Kế hoạch", "B10", "1/1/2024"),
        ("Mức chỉ tiêu", "E4", "60"),
        ("Mức chỉ tiêu", "H4", "31-12-2025"),
        ("Mức chỉ tiêu", "F6", "1.234.567,125"),
        ("Kế hoạch", "B16", "10"),
        ("Kế hoạch", "B17", "85%"),
    ),
    "words written otherwise": (
        ("Mức chỉ tiêu", "D5", "Từ ... trở lên"),
        ("Chỉ tiêu thống kê", "D4", "Số tại thời điểm"),
        ("Cơ quan", "D7", "X"),
    ),
    "contacts": (("Cơ quan", "G4", "Phòng Tổng hợp"), ("Cơ quan", "H4", "0269 000 000")),
}


@pytest.mark.parametrize("edits", HARMLESS.values(), ids=HARMLESS)
def test_what_means_the_same_loads_equal(edits: tuple[Edit, ...], edited: Callable[..., Path]) -> None:
    assert read_plan_file(edited(*edits)) == (PLAN, ())


def say(sheet: str, cell: str, header: str, found: str, expected: str, message: str, fix: str, **others: str) -> Finding:
    texts = {"code": "plan-error", "severity": "error"} | others
    return Finding(
        agency="", file="ke-hoach.xlsx", sheet=sheet, cell=cell, header=header, found=found, expected=expected,
        message=message, fix=fix, **texts,
    )  # fmt: skip


MISTAKES: dict[str, tuple[tuple[Edit, ...], tuple[Finding, ...]]] = {}


@pytest.mark.parametrize(("edits", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_cell_and_cure(
    edits: tuple[Edit, ...], told: tuple[Finding, ...], edited: Callable[..., Path]
) -> None:
    loaded, findings = read_plan_file(edited(*edits))
    severe = any(found.severity == "error" for found in told)
    assert (findings, loaded) == (told, None if severe else PLAN)
