"""The plan workbook: what is exported loads equal, and an officer's mistakes are all told, with cell and cure."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openxml_audit import OpenXmlValidator

from kttt_xl import builder, campaign, identity, messages, plans
from kttt_xl.errors import PlanError
from kttt_xl.model import (
    OPERATOR_WORDS,
    Adjustment,
    Agency,
    Finding,
    Form,
    Indicator,
    Member,
    Plan,
    Settings,
    Target,
    Task,
)
from kttt_xl.period import parse_deadline, parse_period
from kttt_xl.plan_book import FIXED, LISTS, OPEN, WORDS
from kttt_xl.plan_book_columns import TABLES
from kttt_xl.plan_book_read import read_plan_file
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
        Agency(
            "Sở A", "sở", ("SA", "Sở thử A"), contact="Phòng Tổng hợp", phone="0269000000", email="sa@thu.vn",
            valid_from=date(2020, 1, 1), valid_to=date(2025, 12, 31),
        ),
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
        Target("Số HTX", "HTX", "HTX", "<", None, Decimal("1234567.125"), "2025", None, "at", "", "", None, ""),
        Target("Mô tả", "MT", "", "qualitative", None, None, "", None, "at", "", "", None, ""),
    ),
    note="Để thử.",
    adjustments=(
        Adjustment("nhiệm vụ", "1.10", "", "Xã B", "gia hạn", date(2024, 9, 30), "CV 1", date(2024, 6, 1)),
        Adjustment("nhiệm vụ", "1.1", "", "", "rút", None, "CV 2", date(2024, 6, 4)),
        Adjustment("nhiệm vụ", "1.1", "", "Sở A", "giao lại", "Xã C", "QĐ 3", date(2024, 6, 3)),
        Adjustment("chỉ tiêu", "HTX", "2025", "", "sửa chỉ tiêu", Decimal("1.1250"), "QĐ 4", date(2024, 6, 4)),
        Adjustment(
            "chỉ tiêu", "TL", "", "", "sửa chỉ tiêu", (Decimal(55), Decimal("65.1250")), "QĐ 5", date(2024, 6, 5)
        ),
    ),
)  # fmt: skip


def every_plan() -> list[Plan]:
    return [PLAN, *map(plans.load_plan, plans.plan_ids())]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ke-hoach.xlsx"


@pytest.fixture(scope="session")
def exported() -> bytes:
    return write_plan(PLAN)


@pytest.fixture
def edited(file: Path, exported: bytes) -> Callable[..., Path]:
    """A function that puts values into cells of the workbook of PLAN, as a program that keeps types would."""

    def edit(*edits: Edit) -> Path:
        file.write_bytes(exported)
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
    assert (write_plan(PLAN), new_plan()) == (write_plan(PLAN), new_plan())


def test_what_an_office_saved_again_loads_equal(office: Office, tmp_path: Path) -> None:
    jobs: list[dict[str, object]] = []
    for plan in every_plan():
        before, after = tmp_path / f"{plan.id}.xlsx", tmp_path / f"{plan.id}-luu.xlsx"
        before.write_bytes(write_plan(plan))
        jobs.append({"open": str(before), "save": str(after), "steps": []})
    office(jobs)
    loaded = [read_plan_file(Path(str(job["save"])))[0] for job in jobs]
    assert loaded == every_plan()


# --- the workbook


@pytest.mark.parametrize("content", [new_plan(), write_plan(PLAN)], ids=["new", "export"])
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
    (table.sheet, column.heading, word)
    for table in TABLES.values()
    for column in table.columns
    if column.kind == "choice" and column.field not in {"subject", "kind", "exhaustive"}
    for word in column.choices.values()
]


@pytest.fixture(scope="session")
def headings(exported: bytes) -> dict[tuple[str, str], str]:
    """The letter of each column of the workbook of PLAN, by sheet and heading."""
    book = openpyxl.load_workbook(io.BytesIO(exported))
    return {(sheet.title, cell.value): cell.column_letter for sheet in book for cell in sheet[3] if cell.value}


@pytest.mark.parametrize(("sheet", "heading", "word"), CHOICES)
def test_every_choice_is_read(
    sheet: str, heading: str, word: str, headings: dict[tuple[str, str], str], edited: Callable[..., Path]
) -> None:
    cell = f"{headings[sheet, heading]}4"
    _, findings = read_plan_file(edited((sheet, cell, word)))
    assert [found for found in findings if (found.sheet, found.cell, found.found) == (sheet, cell, word)] == []


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
        ("Nhiệm vụ", "J4", "CÁC - XÃ"),
        ("Kế hoạch", "B9", "SA"),
        ("Kế hoạch", "B30", "các xã\nSA"),
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
    "a number with three decimals": (("Mức chỉ tiêu", "L4", 1.125),),
    "words written otherwise": (
        ("Mức chỉ tiêu", "D5", "Từ ... trở lên"),
        ("Chỉ tiêu thống kê", "D4", "Số tại thời điểm"),
        ("Cơ quan", "D7", "X"),
    ),
    "adjustments with another spelling": (
        ("Điều chỉnh", "D4", "xã  b"),
        ("Điều chỉnh", "F4", "ngày 30 tháng 9 năm 2024"),
        ("Điều chỉnh", "F6", "xã C"),
        ("Điều chỉnh", "F8", "55|65,1250"),
        ("Điều chỉnh", "H5", "4/6/2024"),
    ),
}


@pytest.mark.parametrize("edits", HARMLESS.values(), ids=HARMLESS)
def test_what_means_the_same_loads_equal(edits: tuple[Edit, ...], edited: Callable[..., Path]) -> None:
    assert read_plan_file(edited(*edits)) == (PLAN, ())


def say(
    sheet: str, cell: str, header: str, found: str, expected: str, fix: str, message: str = "", severity: str = "error"
) -> Finding:
    """Return a plan's own finding; message is the usual sentence unless given."""
    usual = f"«{header}» {f'ghi «{found}»' if found else 'để trống'}; cần {expected}."
    return Finding(
        code=f"plan-{severity}", severity=severity, agency="", file="ke-hoach.xlsx", sheet=sheet, cell=cell,
        header=header, found=found, expected=expected, message=message or usual, fix=fix,
    )  # fmt: skip


def catalogued(code: str, sheet: str, cell: str, header: str, found: str, expected: str) -> Finding:
    """Return the catalogue's finding about a cell that cannot be read."""
    place = {"file": "ke-hoach.xlsx", "sheet": sheet, "cell": cell, "header": header}
    return messages.finding(code, severity="error", found=found, expected=expected, **place)


REGISTER = "Gần nhất: Sở A. Thêm cơ quan vào trang «Cơ quan», hoặc dùng đúng tên đã đăng ký."
MISTAKES: dict[str, tuple[tuple[Edit, ...], tuple[Finding, ...]]] = {
    "formula": (
        (("Nhiệm vụ", "C4", '="Việc"&1'),),
        (catalogued("formula-in-input", "Nhiệm vụ", "C4", "Nhiệm vụ, đề án", '="Việc"&1', ""),),
    ),
    "error": (
        (("Mức chỉ tiêu", "E4", "#DIV/0!"),),
        (catalogued("error-value", "Mức chỉ tiêu", "E4", "Mức", "#DIV/0!", ""),),
    ),
    "id became number": (
        (("Nhiệm vụ", "A5", 1.1),),
        (
            say(
                "Nhiệm vụ",
                "A5",
                "Mã nhiệm vụ",
                "1,1",
                "chữ",
                "Định dạng ô là Văn bản (Text), rồi gõ lại đúng như trong kế hoạch.",
                "«Mã nhiệm vụ» ghi «1,1», Excel đã lưu thành số; không rõ chữ đã gõ.",
            ),
        ),
    ),
    "id became date": (
        (("Nhiệm vụ", "A5", date(2024, 10, 1)),),
        (
            say(
                "Nhiệm vụ",
                "A5",
                "Mã nhiệm vụ",
                "1/10/2024",
                "chữ",
                "Định dạng ô là Văn bản (Text), rồi gõ lại đúng như trong kế hoạch.",
                "«Mã nhiệm vụ» ghi «1/10/2024», Excel đã lưu thành ngày; không rõ chữ đã gõ.",
            ),
        ),
    ),
    "unknown lead": (
        (("Nhiệm vụ", "E5", "Sở Z"),),
        (
            say(
                "Nhiệm vụ",
                "E5",
                "Chủ trì 2",
                "Sở Z",
                "tên đã đăng ký",
                "Gần nhất: Sở A. Thêm cơ quan vào trang «Cơ quan», hoặc dùng đúng tên đã đăng ký.",
            ),
        ),
    ),
    "unknown coordinating": (
        (("Nhiệm vụ", "K4", "Sở Y"),),
        (
            say(
                "Nhiệm vụ",
                "K4",
                "Phối hợp 2",
                "Sở Y",
                "tên đã đăng ký",
                "Gần nhất: Sở A. Thêm cơ quan vào trang «Cơ quan», hoặc dùng đúng tên đã đăng ký.",
            ),
        ),
    ),
    "repeated id": (
        (("Nhiệm vụ", "A5", "1.1"),),
        (
            say("Nhiệm vụ", "A5", "Mã nhiệm vụ", "1.1", "khác dòng 4", "Bỏ hoặc đổi một trong hai dòng."),
            say("Điều chỉnh", "A4", "Mã", "1.10", "mã nhiệm vụ đã có", "Ghi đúng mã trong kế hoạch."),
        ),
    ),
    "operator symbol": (
        (("Mức chỉ tiêu", "D4", ">"),),
        (
            catalogued(
                "not-in-list",
                "Mức chỉ tiêu",
                "D4",
                "So sánh",
                ">",
                "; ".join(OPERATOR_WORDS.values()),
            ),
        ),
    ),
    "no bound": (
        (("Mức chỉ tiêu", "E5", None),),
        (say("Mức chỉ tiêu", "E5", "Mức", "", "một số", "Bổ sung mức chỉ tiêu."),),
    ),
    "ambiguous number": (
        (("Mức chỉ tiêu", "E4", "1.500"),),
        (catalogued("ambiguous-number", "Mức chỉ tiêu", "E4", "Mức", "1.500", "1,5 hoặc 1500"),),
    ),
    "text number": (
        (("Mức chỉ tiêu", "E4", "60 HTX"),),
        (catalogued("bad-number", "Mức chỉ tiêu", "E4", "Mức", "60 HTX", "12,5"),),
    ),
    "bad date": (
        (("Mức chỉ tiêu", "H4", "31/2/2025"),),
        (catalogued("bad-date", "Mức chỉ tiêu", "H4", "Ngày phải đạt", "31/2/2025", "25/12/2024"),),
    ),
    "unknown code": (
        (("Mức chỉ tiêu", "A5", "HTXX"),),
        (
            say(
                "Mức chỉ tiêu",
                "A5",
                "Mã chỉ tiêu",
                "HTXX",
                "mã chỉ tiêu đã có",
                "Thêm chỉ tiêu vào trang «Chỉ tiêu thống kê», hoặc sửa mã.",
            ),
        ),
    ),
    "bad words": (
        (
            ("Chỉ tiêu thống kê", "D4", "cái gì"),
            ("Chỉ tiêu thống kê", "E4", None),
        ),
        (
            catalogued(
                "not-in-list",
                "Chỉ tiêu thống kê",
                "D4",
                "Tính chất",
                "cái gì",
                "số tại thời điểm; số phát sinh; tỷ lệ; tốc độ tăng",
            ),
            say(
                "Chỉ tiêu thống kê",
                "E4",
                "Cách tổng hợp",
                "",
                "một trong: cộng; bình quân có trọng số; chia tử số cho mẫu số; không tổng hợp",
                "Sửa ô này.",
            ),
            say(
                "Chỉ tiêu thống kê",
                "G6",
                "Mã mẫu số hoặc trọng số",
                "HTX",
                "mã của một chỉ tiêu cộng được",
                "Thêm chỉ tiêu vào trang «Chỉ tiêu thống kê», hoặc sửa mã.",
            ),
            say(
                "Chỉ tiêu thống kê",
                "G7",
                "Mã mẫu số hoặc trọng số",
                "HTX",
                "mã của một chỉ tiêu cộng được",
                "Thêm chỉ tiêu vào trang «Chỉ tiêu thống kê», hoặc sửa mã.",
            ),
        ),
    ),
    "ratio parts": (
        (("Chỉ tiêu thống kê", "F6", "TN"),),
        (
            say(
                "Chỉ tiêu thống kê",
                "F6",
                "Mã tử số",
                "TN",
                "mã của một chỉ tiêu cộng được",
                "Thêm chỉ tiêu vào trang «Chỉ tiêu thống kê», hoặc sửa mã.",
            ),
        ),
    ),
    "no mark": (
        (
            ("Cơ quan", "F7", None),
            ("Cơ quan", "E7", "Xã B | Xã C"),
        ),
        (
            say(
                "Cơ quan", "F7", "Căn cứ của thành viên", "", "một trong: nêu tên; có nguồn; cần xác nhận", "Sửa ô này."
            ),
        ),
    ),
    "to confirm": (
        (("Cơ quan", "F7", "cần xác nhận"),),
        (
            say(
                "Cơ quan",
                "E7",
                "Thành viên của nhóm",
                "Xã B",
                "thành viên đã xác nhận",
                "Kiểm tra rồi đổi (cần xác nhận) thành (có nguồn) hoặc bỏ.",
                "Nhóm «Các xã» có 1 thành viên chưa xác nhận: Xã B.",
                severity="warning",
            ),
        ),
    ),
    "unknown member": (
        (("Cơ quan", "E7", "Xã B | Xã D"),),
        (
            say(
                "Cơ quan",
                "E7",
                "Thành viên của nhóm",
                "Xã D",
                "tên đã đăng ký, không phải nhóm",
                "Thêm cơ quan vào trang «Cơ quan», hoặc dùng đúng tên đã đăng ký.",
            ),
        ),
    ),
    "shared alias": (
        (("Cơ quan", "C5", "SA"),),
        (
            say(
                "Cơ quan",
                "C5",
                "Cách gọi khác",
                "SA",
                "khác tên của «Sở A» ở dòng 4",
                "Mỗi cách viết chỉ của một cơ quan.",
            ),
        ),
    ),
    "not a group": (
        (("Cơ quan", "D7", None),),
        (say("Cơ quan", "D7", "Là nhóm", "", "x, vì dòng này có thành viên", "Sửa ô này."),),
    ),
    "head": (
        (
            ("Kế hoạch", "B4", "Kế hoạch 1"),
            ("Kế hoạch", "B5", None),
            ("Kế hoạch", "B7", "hôm qua"),
            ("Kế hoạch", "B9", "Sở Q"),
            ("Kế hoạch", "B11", date(2023, 1, 1)),
            ("Kế hoạch", "B15", "có"),
            ("Kế hoạch", "B16", 1.5),
            ("Kế hoạch", "B17", 0.9),
            ("Kế hoạch", "B20", "quý"),
            ("Kế hoạch", "B30", "Sở Q"),
            ("Kế hoạch", "B31", "0 | kỳ này"),
        ),
        (
            say(
                "Kế hoạch",
                "B4",
                "Mã kế hoạch",
                "Kế hoạch 1",
                "chữ thường không dấu, số, gạch nối, tối đa 80 ký tự",
                "Sửa trang «Kế hoạch».",
            ),
            say("Kế hoạch", "B5", "Tên kế hoạch", "", "nội dung", "Sửa trang «Kế hoạch»."),
            catalogued("bad-date", "Kế hoạch", "B7", "Ngày ban hành", "hôm qua", "25/12/2024"),
            say(
                "Kế hoạch",
                "B9",
                "Cơ quan đầu mối",
                "Sở Q",
                "tên đã đăng ký, không phải nhóm",
                "Thêm cơ quan vào trang «Cơ quan», hoặc dùng đúng tên đã đăng ký.",
            ),
            say("Kế hoạch", "B11", "Ngày kết thúc", "1/1/2023", "không trước ngày 1/1/2024", "Sửa trang «Kế hoạch»."),
            catalogued("not-in-list", "Kế hoạch", "B15", "Hạn trước ngày: tính cả ngày đó", "có", "x"),
            say(
                "Kế hoạch",
                "B16",
                "Sắp đến hạn là còn (ngày)",
                "1,5",
                "một số nguyên từ 0 trở lên",
                "Sửa trang «Kế hoạch».",
            ),
            say(
                "Kế hoạch",
                "B17",
                "Mức khoảng: chấp nhận từ (%)",
                "0,9",
                "số phần trăm, ví dụ 90",
                "Gõ theo phần trăm: chín mươi phần trăm gõ 90.",
            ),
            catalogued(
                "not-in-list", "Kế hoạch", "B20", "Biểu nhiệm vụ: chốt số liệu", "quý", "hành chính; dương lịch"
            ),
            say(
                "Kế hoạch",
                "B30",
                "Biểu số liệu: nơi điền",
                "Sở Q",
                "tên đã đăng ký",
                "Thêm cơ quan vào trang «Cơ quan», hoặc dùng đúng tên đã đăng ký.",
            ),
            say(
                "Kế hoạch",
                "B31",
                "Biểu số liệu: các kỳ",
                "0 | kỳ này",
                "danh sách kỳ khác nhau: số nguyên tính từ kỳ báo cáo (0), hoặc mã kỳ",
                "Sửa trang «Kế hoạch».",
            ),
        ),
    ),
    "line of one's own": (
        (("Kế hoạch", "A40", "Người soạn"), ("Kế hoạch", "B40", "Văn phòng")),
        (
            say(
                "Kế hoạch",
                "B40",
                "",
                "Văn phòng",
                "",
                "Không cần sửa, nếu đây là ghi chép riêng.",
                "Dòng có «Văn phòng» không thuộc sổ kế hoạch nên không được đọc.",
                "warning",
            ),
        ),
    ),
    "label gone": (
        (("Kế hoạch", "A8", "Nơi ban hành"),),
        (
            say(
                "Kế hoạch",
                "A1",
                "Cơ quan ban hành",
                "",
                "dòng «Cơ quan ban hành»",
                "Khôi phục tên dòng ở cột Nội dung.",
                "Thiếu dòng «Cơ quan ban hành».",
            ),
            say(
                "Kế hoạch",
                "B8",
                "",
                "UBND tỉnh",
                "",
                "Không cần sửa, nếu đây là ghi chép riêng.",
                "Dòng có «UBND tỉnh» không thuộc sổ kế hoạch nên không được đọc.",
                "warning",
            ),
        ),
    ),
    "heading gone": (
        (("Nhiệm vụ", "C3", "Nội dung"),),
        (
            say(
                "Nhiệm vụ",
                "A3",
                "Nhiệm vụ, đề án",
                "",
                "cột «Nhiệm vụ, đề án»",
                "Khôi phục tiêu đề của cột, hoặc chép các dòng vào một sổ kế hoạch mới.",
                "Thiếu cột «Nhiệm vụ, đề án».",
            ),
        ),
    ),
    "heading twice": (
        (("Nhiệm vụ", "B3", "Nhiệm vụ, đề án"),),
        (
            say(
                "Nhiệm vụ",
                "A3",
                "Mục",
                "",
                "cột «Mục»",
                "Khôi phục tiêu đề của cột, hoặc chép các dòng vào một sổ kế hoạch mới.",
                "Thiếu cột «Mục».",
            ),
            say(
                "Nhiệm vụ",
                "C3",
                "Nhiệm vụ, đề án",
                "Nhiệm vụ, đề án",
                "một cột «Nhiệm vụ, đề án»",
                "Bỏ hoặc đổi tên một trong hai cột.",
                "Hai cột cùng tên «Nhiệm vụ, đề án»; cột kia là cột B.",
            ),
        ),
    ),
    "extra column": (
        (
            ("Chỉ tiêu thống kê", "Z3", "Ý kiến"),
            ("Chỉ tiêu thống kê", "Z5", "bỏ?"),
        ),
        (
            say(
                "Chỉ tiêu thống kê",
                "Z3",
                "",
                "Ý kiến",
                "",
                "Không cần sửa, nếu đây là ghi chép riêng.",
                "Cột có «Ý kiến» không thuộc sổ kế hoạch nên không được đọc.",
                severity="warning",
            ),
        ),
    ),
    "half-changed example": (
        (
            ("Nhiệm vụ", "A6", "VD1"),
            ("Nhiệm vụ", "C6", "Việc thật"),
        ),
        (
            say(
                "Nhiệm vụ",
                "A6",
                "Mã nhiệm vụ",
                "VD1",
                "mã hoặc tên không bắt đầu bằng VD",
                "Đổi mã hoặc tên thành của kế hoạch, hoặc xóa cả dòng.",
            ),
        ),
    ),
    "row without id": (
        (
            ("Nhiệm vụ", "C6", "Việc ba"),
            ("Nhiệm vụ", "D6", "Sở A"),
        ),
        (say("Nhiệm vụ", "A6", "Mã nhiệm vụ", "", "nội dung", "Bổ sung ô này."),),
    ),
    "no lead": (
        (("Nhiệm vụ", "D4", None),),
        (say("Nhiệm vụ", "D4", "Chủ trì 1", "", "ít nhất một cơ quan chủ trì", "Ghi «Sở A» nếu chưa phân công."),),
    ),
    "phone that lost its zero": (
        (("Cơ quan", "H4", 269000000),),
        (
            say(
                "Cơ quan",
                "H4",
                "Điện thoại",
                "269000000",
                "chữ",
                "Định dạng ô là Văn bản (Text), rồi gõ lại đủ cả số 0 đầu.",
                "«Điện thoại» ghi «269000000», Excel đã lưu thành số; không rõ chữ đã gõ.",
            ),
        ),
    ),
    "agency that ends before it begins": (
        (("Cơ quan", "L4", date(2019, 12, 31)),),
        (
            say("Cơ quan", "L4", "Có đến ngày", "2019-12-31", "không trước ngày 1/1/2020", "Sửa ô này."),
            say(
                "Cơ quan",
                "L4",
                "Có đến ngày",
                "2019-12-31",
                "dòng giao lại nhiệm vụ cho cơ quan khác",
                "Thêm điều chỉnh «giao lại» cho các nhiệm vụ này, hoặc sửa ngày.",
                "«Sở A» chỉ có đến 31/12/2019 mà còn chủ trì 1 nhiệm vụ: 1.10.",
                "warning",
            ),
        ),
    ),
    "deadline that is not understood": (
        (("Nhiệm vụ", "Q4", "khi có điều kiện"),),
        (
            say(
                "Nhiệm vụ",
                "Q4",
                "Thời gian trình",
                "khi có điều kiện",
                "thời hạn đọc được",
                "Viết theo một dạng như «trước ngày 30/6/2025», «Quý II/2025», «2024 - 2025», «Hằng năm», «Thường "
                "xuyên»; để nguyên nếu kế hoạch không định ngày.",
                "Không đọc được thời hạn «khi có điều kiện»; nhiệm vụ sẽ tính là không có thời hạn.",
                "warning",
            ),
        ),
    ),
    "adj id": (
        (("Điều chỉnh", "A4", "9"),),
        (say("Điều chỉnh", "A4", "Mã", "9", "mã nhiệm vụ đã có", "Ghi đúng mã trong kế hoạch."),),
    ),
    "adj kind": (
        (("Điều chỉnh", "E4", "hoãn"),),
        (
            catalogued(
                "not-in-list", "Điều chỉnh", "E4", "Loại điều chỉnh", "hoãn", "gia hạn; rút; giao lại; sửa chỉ tiêu"
            ),
        ),
    ),
    "adj wrong kind": (
        (("Điều chỉnh", "E4", "sửa chỉ tiêu"),),
        (
            say(
                "Điều chỉnh",
                "E4",
                "Loại điều chỉnh",
                "sửa chỉ tiêu",
                "gia hạn; rút; giao lại",
                "Sửa loại điều chỉnh hoặc đối tượng.",
                "Không thể «sửa chỉ tiêu» một nhiệm vụ.",
            ),
            catalogued("bad-number", "Điều chỉnh", "F4", "Giá trị mới", "30/9/2024 (Excel đã đổi thành ngày)", "12,5"),
        ),
    ),
    "adj of a task that was withdrawn": (
        (("Điều chỉnh", "H6", date(2024, 6, 5)),),
        (say("Điều chỉnh", "A6", "Mã", "1.1", "nhiệm vụ của kế hoạch, chưa rút", "Sửa dòng này, hoặc bỏ nếu thừa."),),
    ),
    "adj half a range": (
        (("Điều chỉnh", "F8", 55),),
        (
            say(
                "Điều chỉnh",
                "F8",
                "Giá trị mới",
                "55",
                "hai số cách nhau bằng dấu |",
                "Sửa dòng này, hoặc bỏ nếu thừa.",
            ),
        ),
    ),
    "adj range with a word": (
        (("Điều chỉnh", "F8", "55 | bảy mươi"),),
        (catalogued("bad-number", "Điều chỉnh", "F8", "Giá trị mới", "bảy mươi", "12,5"),),
    ),
    "adj no value": (
        (("Điều chỉnh", "F4", "-"),),
        (say("Điều chỉnh", "F4", "Giá trị mới", "-", "ngày dạng 31/12/2025", "Sửa ô này."),),
    ),
    "adj date": (
        (("Điều chỉnh", "F4", "sang năm"),),
        (catalogued("bad-date", "Điều chỉnh", "F4", "Giá trị mới", "sang năm", "25/12/2024"),),
    ),
    "adj doc": (
        (
            ("Điều chỉnh", "G4", None),
            ("Điều chỉnh", "H4", None),
        ),
        (
            say("Điều chỉnh", "G4", "Văn bản", "", "số, ký hiệu và ngày văn bản", "Sửa ô này."),
            say("Điều chỉnh", "H4", "Hiệu lực từ", "", "ngày dạng 31/12/2025", "Sửa ô này."),
        ),
    ),
    "adj empty value": (
        (("Điều chỉnh", "F4", None),),
        (say("Điều chỉnh", "F4", "Giá trị mới", "", "ngày mới, dạng 31/12/2025", "Sửa ô này."),),
    ),
    "adj withdraw value": (
        (("Điều chỉnh", "F5", "x"),),
        (say("Điều chỉnh", "F5", "Giá trị mới", "x", "để trống, vì «rút» không có giá trị mới", "Sửa ô này."),),
    ),
    "adj agency": (
        (
            ("Điều chỉnh", "F6", "Sở Q"),
            ("Điều chỉnh", "D6", "Sở P"),
        ),
        (
            say("Điều chỉnh", "D6", "Cơ quan", "Sở P", "tên đã đăng ký", REGISTER),
            say("Điều chỉnh", "F6", "Giá trị mới", "Sở Q", "tên đã đăng ký", REGISTER),
        ),
    ),
    "adj several": (
        (("Điều chỉnh", "C7", None),),
        (
            say(
                "Điều chỉnh",
                "C7",
                "Mốc thời gian",
                "",
                "một trong: Hằng năm; 2025",
                "Ghi mốc của mức chỉ tiêu bị thay đổi.",
            ),
        ),
    ),
    "adj number": (
        (("Điều chỉnh", "F7", "hai chục"),),
        (catalogued("bad-number", "Điều chỉnh", "F7", "Giá trị mới", "hai chục", "12,5"),),
    ),
    "adj twice": (
        (
            ("Điều chỉnh", "A9", "1.1"),
            ("Điều chỉnh", "B9", "nhiệm vụ"),
            ("Điều chỉnh", "E9", "rút"),
            ("Điều chỉnh", "G9", "CV 9"),
            ("Điều chỉnh", "H9", "4/6/2024"),
        ),
        (say("Điều chỉnh", "A9", "Mã", "1.1", "khác dòng 5", "Bỏ một trong hai dòng."),),
    ),
    "adj formula": (
        (("Điều chỉnh", "F4", "=TODAY()"),),
        (catalogued("formula-in-input", "Điều chỉnh", "F4", "Giá trị mới", "=TODAY()", ""),),
    ),
}


@pytest.mark.parametrize(("edits", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_cell_and_cure(
    edits: tuple[Edit, ...], told: tuple[Finding, ...], edited: Callable[..., Path]
) -> None:
    loaded, findings = read_plan_file(edited(*edits))
    assert (findings, loaded is None) == (told, any(found.severity == "error" for found in told))


def test_a_missing_and_an_extra_sheet_are_told(edited: Callable[..., Path]) -> None:
    path = edited()
    book = openpyxl.load_workbook(path)
    book["Mức chỉ tiêu"].title = "Chỉ tiêu 2025"
    book.save(path)
    there = "Hướng dẫn, Kế hoạch, Cơ quan, Nhiệm vụ, Chỉ tiêu thống kê, Chỉ tiêu 2025, Điều chỉnh, Danh mục"
    assert read_plan_file(path) == (
        None,
        (
            say(
                "Mức chỉ tiêu", "", "", there, "trang «Mức chỉ tiêu»",
                "Lấy tệp từ lệnh plan new hoặc plan export, không đổi tên các trang.",
                f"Thiếu trang «Mức chỉ tiêu»; tệp chỉ có: {there}.",
            ),
            say(
                "Chỉ tiêu 2025", "", "", "Chỉ tiêu 2025", "", "Không cần sửa, nếu đây là ghi chép riêng.",
                "Trang «Chỉ tiêu 2025» không thuộc sổ kế hoạch nên không được đọc.", "warning",
            ),
        ),
    )  # fmt: skip


def test_what_is_no_plan_workbook_is_refused_in_a_sentence(tmp_path: Path) -> None:
    copy = builder.build_copy(campaign.plan_issues(PLAN, parse_period("2024"))[0].copy, bytes(32))
    told = {}
    for name, content in {"chu.xlsx": b"id,name", "hong.xlsx": new_plan()[:-100], "mau.xlsx": copy}.items():
        (tmp_path / name).write_bytes(content)
        loaded, findings = read_plan_file(tmp_path / name)
        told[name] = (loaded, [(found.code, found.file) for found in findings])
    told["khong-co.xlsx"] = (
        None,
        [(found.code, found.file) for found in read_plan_file(tmp_path / "khong-co.xlsx")[1]],
    )
    assert told == {
        "chu.xlsx": (None, [("not-a-workbook", "chu.xlsx")]),
        "hong.xlsx": (None, [("damaged-file", "hong.xlsx")]),
        "mau.xlsx": (None, [("plan-error", "mau.xlsx")]),
        "khong-co.xlsx": (None, [("unreadable", "khong-co.xlsx")]),
    }


def test_columns_may_stand_in_another_order_and_number(edited: Callable[..., Path]) -> None:
    path = edited()
    book = openpyxl.load_workbook(path)
    sheet = book["Nhiệm vụ"]
    for row in sheet.iter_rows(min_row=3, max_row=5):
        values = [cell.value for cell in row]
        moved = [*reversed(values[5:]), *values[:5], None]
        for at, value in enumerate(moved, start=1):
            sheet.cell(row[0].row, at).value = value
    book.save(path)
    loaded, findings = read_plan_file(path)
    # Read from left to right, the agencies come in another order: theirs is the order of their columns.
    assert (loaded and [task.id for task in loaded.tasks], findings) == (["1.1", "1.10"], ())
    assert {name for task in loaded.tasks for name in task.lead} == {"Sở A", "Xã B", "Xã C", "Các xã"}


def test_a_text_too_long_for_a_cell_is_refused_and_never_cut() -> None:
    task = replace(PLAN.tasks[0], title="đ" * 40_000)
    with pytest.raises(PlanError, match="dài hơn 32767 ký tự"):
        write_plan(replace(PLAN, tasks=(task,)))


# --- a plan of ten tasks, typed by an officer

TYPED: tuple[tuple[str, str, str], ...] = (
    *(
        ("Kế hoạch", f"B{row}", text)
        for row, text in {
            4: "thu-2025", 5: "Kế hoạch thử", 6: "12/KH-UBND", 7: "5/1/2025", 8: "UBND tỉnh", 9: "Sở A",
            10: "1/1/2025", 11: "31/12/2030", 30: "Các xã",
        }.items()
    ),
    *(
        ("Cơ quan", f"{column}{row}", text)
        for row, texts in enumerate(
            (
                ("Sở A", "sở", "", "", "", ""), ("Sở B", "sở", "", "", "", ""), ("Xã C", "UBND cấp xã", "", "", "", ""),
                ("Xã D", "UBND cấp xã", "", "", "", ""), ("Các xã", "", "", "x", "Xã C | Xã D", "nêu tên"),
            ),
            start=4,
        )
        for column, text in zip("ABCDEF", texts, strict=True)
    ),
    ("Cơ quan", "J4", ""),
    *(
        ("Nhiệm vụ", f"{column}{row}", text)
        for row in range(4, 14)
        for column, text in {
            "A": f"1.{row - 3}", "B": "I. Mục", "C": f"Việc số {row - 3}", "D": "Sở A" if row % 2 else "Sở B", "H": "",
            "I": "Các xã" if row == 5 else "", "M": "", "N": "UBND tỉnh", "O": "Báo cáo",
            "P": "Hằng năm" if row % 3 else "trước ngày 30/6/2025",
        }.items()
    ),
    *(
        ("Chỉ tiêu thống kê", f"{column}{row}", text)
        for row, texts in enumerate(
            (
                ("HTX", "Số hợp tác xã", "hợp tác xã", "số tại thời điểm", "cộng", "", "", "", "số đếm"),
                ("KHA", "Số hợp tác xã khá", "hợp tác xã", "số tại thời điểm", "cộng", "", "", "HTX", "số đếm"),
                ("TL", "Tỷ lệ khá", "%", "tỷ lệ", "chia tử số cho mẫu số", "KHA", "HTX", "", "phần trăm"),
            ),
            start=4,
        )
        for column, text in zip("ABCDEFGHI", texts, strict=True)
    ),
    *(
        ("Mức chỉ tiêu", f"{column}{row}", text)
        for row, texts in enumerate(
            (
                ("HTX", "Số HTX", "hợp tác xã", "từ … trở lên", "120", "", "Đến năm 2030", "31/12/2030", "mốc năm"),
                ("TL", "Tỷ lệ khá", "%", "trên", "62.5", "", "Hằng năm", "", "hằng năm"),
            ),
            start=4,
        )
        for column, text in zip("ABCDEFGHI", texts, strict=True)
    ),
    *(("Điều chỉnh", f"{column}{row}", "") for row in (4, 5) for column in "ABCDEFGH"),
)  # fmt: skip
# Cells of these columns take numbers, dates and formulas; all others are text, whatever is typed into them.
OPEN_CELLS = {"Kế hoạch": ("B7", "B10", "B11"), "Mức chỉ tiêu": ("E4", "F4", "H4", "E5", "F5", "H5")}
WRONG: tuple[tuple[str, str, str, str], ...] = (  # sheet, cell, what is typed, how the finding begins
    ("Kế hoạch", "B9", "Sở X", "«Cơ quan đầu mối» ghi «Sở X»"),
    ("Cơ quan", "F8", "chắc vậy", "Ô «Căn cứ của thành viên» ghi «chắc vậy»"),
    ("Nhiệm vụ", "A5", "1.1", "«Mã nhiệm vụ» ghi «1.1»"),
    ("Nhiệm vụ", "E6", "Sở Y", "«Chủ trì 2» ghi «Sở Y»"),
    ("Nhiệm vụ", "D7", "", "«Chủ trì 1» để trống"),
    ("Chỉ tiêu thống kê", "D5", "tồn", "Ô «Tính chất» ghi «tồn»"),
    ("Mức chỉ tiêu", "E4", "=100+20", "Ô «Mức» chứa công thức"),
    ("Mức chỉ tiêu", "D5", ">", "Ô «So sánh» ghi «>»"),
)


def typed(sheet: str, cell: str, text: str) -> list[str]:
    return ["type" if cell in OPEN_CELLS.get(sheet, ()) else "text", sheet, cell, text]


def test_ten_tasks_typed_with_mistakes_are_told_corrected_and_issued(office: Office, tmp_path: Path) -> None:
    empty, first, second = (tmp_path / name for name in ("moi.xlsx", "lan-1.xlsx", "lan-2.xlsx"))
    empty.write_bytes(new_plan())
    right = [typed(*step) for step in TYPED]
    wrong = [typed(*step[:3]) for step in WRONG]
    cure = {(sheet, cell): text for sheet, cell, text in TYPED}
    cured = [typed(sheet, cell, cure.get((sheet, cell), "")) for sheet, cell, _, _ in WRONG]
    office(
        [
            {"open": str(empty), "save": str(first), "steps": [*right, *wrong]},
            {"open": str(first), "save": str(second), "steps": cured},
        ]
    )
    _, told = read_plan_file(first)
    assert [(found.sheet, found.cell) for found in told] == [(sheet, cell) for sheet, cell, _, _ in WRONG]
    assert [found.message for found in told if not found.message.startswith(tuple(step[3] for step in WRONG))] == []

    plan, left = read_plan_file(second)
    assert left == ()
    assert plan is not None
    assert [task.id for task in plan.tasks] == [f"1.{number}" for number in range(1, 11)]
    assert [(target.low, target.due) for target in plan.targets] == [
        (Decimal(120), date(2030, 12, 31)),
        (Decimal("62.5"), None),
    ]
    issues = campaign.plan_issues(plan, parse_period("2025"))
    assert [issue.file for issue in issues] == [
        "thu-2025_2025_nhiem-vu_so-a.xlsx",
        "thu-2025_2025_nhiem-vu_so-b.xlsx",
        "thu-2025_2025_nhiem-vu_xa-c.xlsx",
        "thu-2025_2025_nhiem-vu_xa-d.xlsx",
        "thu-2025_2025_so-lieu_xa-c.xlsx",
        "thu-2025_2025_so-lieu_xa-d.xlsx",
    ]
    assert all(builder.build_copy(issue.copy, bytes(32)) for issue in issues)
