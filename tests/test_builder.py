"""builder and cover: what Excel and its like see in a copy; that it is the same bytes each time; its file name."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from unicodedata import normalize

import openpyxl
import pytest
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.worksheet import Worksheet
from openxml_audit import OpenXmlValidator
from returned_copies import AGENCY, KEY, Trial, annex_tasks, counts, told

from kttt_xl import layout
from kttt_xl.assignments import stats_recipients, task_assignments
from kttt_xl.builder import build_copy, file_name, input_count, prefilled_count
from kttt_xl.campaign import plan_issues
from kttt_xl.cells import Cell, read_cell
from kttt_xl.inspection import inspect_copy
from kttt_xl.layout import Copy, stats_copy, task_copy
from kttt_xl.model import Indicator, Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.rows import rule_of

NASTY = '=HYPERLINK("http://x") & <b>\'Ủy ban\' "nhân dân"</b>: {0}'


def task_form(plan: Plan, year: Period) -> Copy:
    """Return the form of the forty tasks that the annex gives."""
    return task_copy(plan, year, AGENCY, annex_tasks(plan, year))


def figure_form(plan: Plan, year: Period) -> Copy:
    """Return the form of one period."""
    return stats_copy(plan, year, stats_recipients(plan)[0])


def later_form(plan: Plan, year: Period) -> Copy:
    """Return the form of another period, with the last period's states."""
    period = parse_period("2021/2025")
    assigned = task_assignments(plan, period)["Hội Liên hiệp Phụ nữ tỉnh"]
    return task_copy(
        plan, period, "Hội Liên hiệp Phụ nữ tỉnh", assigned, {("2", "Hội Liên hiệp Phụ nữ tỉnh"): "Tạm dừng"}
    )


def wide_form(plan: Plan, year: Period) -> Copy:
    """Return a form of four periods with every kind of row, last period's values and settled figures."""
    stats = replace(plan.settings.stats, window=(-2, -1, 0, "2021/2025"))
    rows = tuple(
        Indicator(kind, f"Chỉ tiêu {kind}", "đơn vị", "stock", "sum", value_type=kind)
        for kind in ("count", "decimal", "percent", "text")
    )
    ratio = Indicator("ratio", "Tỷ lệ", "%", "ratio", "ratio", "count", "decimal", value_type="percent")
    wide = replace(plan, settings=replace(plan.settings, stats=stats), indicators=(*rows, ratio))
    settled = {("count", "2022"): Decimal(1234), ("decimal", "2022"): Decimal("1.25"), ("text", "2022"): "Có"}
    settled |= {("count", code): Decimal(0) for code in ("2023", "2024", "2021/2025")}
    return stats_copy(wide, year, "UBND phường Đồng Tâm", {"decimal": Decimal("-12.5"), "text": "Chưa"}, settled)


def nasty_form(plan: Plan, year: Period) -> Copy:
    """Return a form whose every text looks like a formula, a link, markup."""
    rows = tuple(replace(row, name=f"{NASTY} {row.code}", unit=NASTY) for row in plan.indicators)
    nasty = replace(plan, title=NASTY, number=NASTY, issuer=NASTY, coordinator=NASTY, indicators=rows)
    return stats_copy(nasty, year, NASTY)


FORMS = {
    "tasks": ("gia_lai", task_form),
    "later": ("gia_lai", later_form),
    "figures": ("yen_bai", figure_form),
    "wide": ("yen_bai", wide_form),
    "nasty": ("yen_bai", nasty_form),
}


@pytest.fixture(scope="module", params=FORMS)
def sent(
    request: pytest.FixtureRequest,
    gia_lai: Plan,
    yen_bai: Plan,
    year: Period,
    tmp_path_factory: pytest.TempPathFactory,
) -> Trial:
    plan, form = FORMS[request.param]
    return Trial(form({"gia_lai": gia_lai, "yen_bai": yen_bai}[plan], year), tmp_path_factory.mktemp("sent"))


@pytest.fixture(scope="module")
def file(sent: Trial) -> Path:
    path = sent.folder / "phat-hanh.xlsx"
    path.write_bytes(sent.content)
    return path


def test_a_copy_opens_clean(file: Path) -> None:
    """Every rule of the Open XML SDK holds (contract, section 4: openxml-audit, no finding)."""
    result = OpenXmlValidator().validate(file)
    assert (result.is_valid, list(map(str, result.errors))) == (True, [])


def test_a_copy_is_what_the_layout_asks_for(sent: Trial, file: Path) -> None:
    assert inspect_copy(file, sent.copy) == ()


def test_a_copy_comes_back_untouched_without_a_finding(sent: Trial) -> None:
    reading = sent.read(sent.content)
    assert (told(reading), counts(reading)) == ([], (0, 0, 0))


def test_the_same_copy_and_key_give_the_same_bytes(sent: Trial) -> None:
    assert build_copy(sent.copy, KEY) == sent.content
    assert build_copy(sent.copy, bytes(32)) != sent.content


def test_neither_clock_nor_locale_nor_process_changes_a_byte(gia_lai: Plan, year: Period) -> None:
    program = (
        "import hashlib; from kttt_xl import plans; from kttt_xl.builder import build_copy; "
        "from kttt_xl.period import parse_period; from test_builder import KEY, task_form; "
        "form = task_form(plans.load_plan('gia-lai-655-2023'), parse_period('2024')); "
        "print(hashlib.sha256(build_copy(form, KEY)).hexdigest())"
    )
    elsewhere = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **elsewhere, "PYTHONPATH": os.pathsep.join((str(here), str(here.parent)))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashlib.sha256(build_copy(task_form(gia_lai, year), KEY)).hexdigest()


def test_every_item_of_a_dropdown_passes_the_reader(sent: Trial) -> None:
    manifest = sent.read(sent.content).manifest
    assert manifest is not None
    rules = {rule_of(column, row, manifest) for column in manifest.columns for row in manifest.rows if column.choices}
    readings = [read_cell(Cell(9, 12, "text", item), rule) for rule in rules if rule for item in rule.choices]
    assert [reading for reading in readings if not reading.accepted or reading.notes] == []
    assert len(readings) == (len(layout.CHOICES["DM_TrangThai"]) if sent.copy.kind == "tasks" else 0)


def test_states_chosen_from_the_list_come_back_as_chosen(gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    tasks = Trial(task_form(gia_lai, year), tmp_path)
    states = layout.CHOICES["DM_TrangThai"]
    reading = tasks.read({f"L{row}": state for row, state in enumerate(states, start=9)})
    assert reading.submission is not None
    assert (told(reading), [entry.value for entry in reading.submission.entries]) == ([], list(states))


def test_the_dates_that_excel_takes_are_those_the_reader_takes(gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    tasks = Trial(task_form(gia_lai, year), tmp_path)
    manifest = tasks.read(tasks.content).manifest
    assert manifest is not None
    form = openpyxl.load_workbook(tmp_path / "ban-sao.xlsx")["Nhiệm vụ"]
    (dates,) = [rule for rule in form.data_validations.dataValidation if rule.type == "date"]
    assert (float(dates.formula1), float(dates.formula2)) == (to_excel(manifest.earliest), to_excel(manifest.latest))
    first, last = tasks.read({"N9": manifest.earliest}), tasks.read({"N9": manifest.latest})
    assert [found.code for found in (*first.findings, *last.findings)] == []


def shown(form: Worksheet, *places: str) -> list[str]:
    return [form[place].number_format for place in places]


def test_number_formats(yen_bai: Plan, gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    """Counts are grouped, percents are points; texts stay texts: Excel makes a date of "15/11" elsewhere."""
    tasks, wide = Trial(task_form(gia_lai, year), tmp_path), Trial(wide_form(yen_bai, year), tmp_path)
    tasks.read(tasks.content)
    form = openpyxl.load_workbook(tmp_path / "ban-sao.xlsx")["Nhiệm vụ"]
    assert shown(form, "J9", "L9", "M9", "N9", "O9", "R9") == [
        "dd/mm/yyyy",
        "General",
        "General",
        "dd/mm/yyyy",
        "@",
        "@",
    ]
    wide.read(wide.content)
    form = openpyxl.load_workbook(tmp_path / "ban-sao.xlsx")["Số liệu"]
    assert shown(form, "F8", "F9", "G9", "H10", "H11", "F12", "J8") == [
        "#,##0", "#,##0.00##", "#,##0.00", "General", "@", "0.00", "@",
    ]  # fmt: skip
    assert [form[place].value for place in ("E9", "F8", "F9", "F11")] == [-12.5, 1234, 1.25, "Có"]


def test_counts_of_cells(gia_lai: Plan, yen_bai: Plan, year: Period) -> None:
    """Forty tasks of seven inputs; seventeen figures and twenty-two notes, five ratios being computed."""
    assert [input_count(form) for form in (task_form(gia_lai, year), figure_form(yen_bai, year))] == [280, 39]
    figures = figure_form(yen_bai, year)
    assert prefilled_count(figures) == 3 * 22  # STT, Chỉ tiêu, Đơn vị tính


# File names: (period, kind, agency, names taken, name).
NAMES: list[tuple[str, str, str, tuple[str, ...], str]] = [
    ("2024", "tasks", "Sở Kế hoạch và Đầu tư", (), "gia-lai-655-2023_2024_nhiem-vu_so-ke-hoach-va-dau-tu.xlsx"),
    ("2024-H1", "stats", "UBND huyện Đak Đoa", (), "gia-lai-655-2023_2024-h1_so-lieu_ubnd-huyen-dak-doa.xlsx"),
    ("2024-9M", "stats", "Báo Gia Lai", (), "gia-lai-655-2023_2024-9m_so-lieu_bao-gia-lai.xlsx"),
    ("2024-03", "stats", "Báo Gia Lai", (), "gia-lai-655-2023_2024-03_so-lieu_bao-gia-lai.xlsx"),
    ("2021/2025", "tasks", "Cục Thuế tỉnh", (), "gia-lai-655-2023_2021-2025_nhiem-vu_cuc-thue-tinh.xlsx"),
    ("2024", "tasks", "", (), "gia-lai-655-2023_2024_nhiem-vu_trong.xlsx"),
    ("2024", "tasks", "…/../«»", (), "gia-lai-655-2023_2024_nhiem-vu_trong.xlsx"),
    (
        "2024",
        "tasks",
        "HỘI đồng (số 2) – Ủy ban ĐẶC biệt",
        (),
        "gia-lai-655-2023_2024_nhiem-vu_hoi-dong-so-2-uy-ban-dac-biet.xlsx",
    ),
    ("2024", "tasks", normalize("NFD", "Sở Nội vụ"), (), "gia-lai-655-2023_2024_nhiem-vu_so-noi-vu.xlsx"),
    (
        "2024",
        "tasks",
        "Ban Chỉ đạo Đổi mới, phát triển kinh tế tập thể, hợp tác xã huyện Kông Chro",
        (),
        "gia-lai-655-2023_2024_nhiem-vu_ban-chi-dao-doi-moi-phat-trien-kinh-te-tap-the-hop-tac-xa-hu.xlsx",
    ),
    ("2024", "tasks", "A" * 59 + " B", (), f"gia-lai-655-2023_2024_nhiem-vu_{'a' * 59}.xlsx"),  # no dash at the end
    (
        "2024",
        "tasks",
        "Sở Nội Vụ",
        ("gia-lai-655-2023_2024_nhiem-vu_so-noi-vu.xlsx", "gia-lai-655-2023_2024_nhiem-vu_so-noi-vu-2.xlsx"),
        "gia-lai-655-2023_2024_nhiem-vu_so-noi-vu-3.xlsx",
    ),
]


@pytest.mark.parametrize(("period", "kind", "agency", "taken", "name"), NAMES)
def test_file_names(gia_lai: Plan, period: str, kind: str, agency: str, taken: tuple[str, ...], name: str) -> None:
    assert file_name(gia_lai, parse_period(period), kind, agency, taken) == name
    assert len(name.rpartition("_")[2].removesuffix(".xlsx").removesuffix("-3")) <= 60


def test_a_plan_id_cannot_leave_the_folder(gia_lai: Plan, year: Period) -> None:
    assert file_name(replace(gia_lai, id="../Kế hoạch 12"), year, "tasks", "A") == "ke-hoach-12_2024_nhiem-vu_a.xlsx"


def test_agencies_that_share_a_name_are_numbered_in_register_order(gia_lai: Plan, year: Period) -> None:
    """The boards of two districts whose names are cut at the same letter (contract, section 4)."""
    issues = plan_issues(gia_lai, year, ("tasks",))
    assert len({issue.file for issue in issues}) == len(issues)
    boards = [issue for issue in issues if "hop-tac-xa-hu" in issue.file]
    register = [agency.name for agency in gia_lai.agencies]
    assert [register.index(issue.copy.agency) for issue in boards] == sorted(
        register.index(issue.copy.agency) for issue in boards
    )
    assert [issue.file.removesuffix(".xlsx").rpartition("hop-tac-xa-hu")[2] for issue in boards] == [
        "", *(f"-{number}" for number in range(2, len(boards) + 1)),
    ]  # fmt: skip


def test_the_cover_explains_every_input(sent: Trial, file: Path) -> None:
    """The help of every column, and of every kind of figure asked for, stands on the cover."""
    cover = openpyxl.load_workbook(file)["Hướng dẫn"]
    texts = " ".join(str(cell.value) for cell in cover["B"] if cell.value)
    wanted = [column.help for column in sent.copy.columns if column.help]
    kinds = {
        sent.copy.rule(column, line)
        for column in sent.copy.columns
        for line in sent.copy.keyed
        if column.rule == "figure"
    }
    wanted += [layout.FIGURE_HELP[kind][0] for kind in kinds - {""}]
    assert [text for text in wanted if text not in texts] == []
    assert {"Người lập biểu", "(Ký, ghi rõ họ tên)"} <= {cell.value for cell in cover["B"]}
    assert {"Thủ trưởng đơn vị", "(Ký, đóng dấu, ghi rõ họ tên)"} <= {cell.value for cell in cover["C"]}
    faint = "Nhiệm vụ phối hợp: nhập khi có nội dung." in {cell.value for cell in cover["C"]}
    assert faint == (sent.copy.kind == "tasks")


def test_nothing_in_a_copy_is_a_link_or_a_formula_of_anybody_elses(sent: Trial, file: Path) -> None:
    book = openpyxl.load_workbook(file)
    for sheet in book.worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert [cell.hyperlink.target for cell in cells if cell.hyperlink] == []
        formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
        assert [text for text in formulas if not text.startswith(("=IF", "=SUMPRODUCT("))] == []
