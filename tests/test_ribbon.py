"""The buttons on real xlwings workbooks (JSON engine) and real files; Excel itself is a stand-in or not there."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
import test_report
import xlwings as xw
from books import actions, after, alerts, as_typed, new_book, open_book
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from kttt_xl import commands, jobs, plans, remembered, ribbon, ribbon_desk, ribbon_form, ribbon_formulas
from kttt_xl.book_tables import inert, write_table
from kttt_xl.builder import build_copy
from kttt_xl.campaign import plan_issues
from kttt_xl.consolidation import consolidate
from kttt_xl.errors import KtttError
from kttt_xl.filling import fill
from kttt_xl.model import Plan
from kttt_xl.period import Period
from kttt_xl.plan_book_write import new_plan, write_plan
from kttt_xl.report import write_report
from kttt_xl.selfcheck import letters, line_rows

KEY = bytes(range(32))
ROOT = Path(__file__).parent.parent
GIA_LAI = "gia-lai-655-2023"
Button = Callable[[xw.Book, ribbon_desk.Desk], None]


class LocalDesk(ribbon_desk.BookDesk):
    """An Excel on this machine whose answers are known beforehand; what is new goes into a workbook of its own."""

    local = True

    def __init__(self, book: xw.Book, *, yes: bool = False, picked: str = "", functions: bool = True) -> None:
        super().__init__(book)
        self.yes, self.picked, self.functions = yes, picked, functions
        self.said: list[str] = []
        self.asked: list[str] = []
        self.opened: list[Path] = []
        self.shown: list[xw.Book] = []
        self.made: list[xw.Book] = []
        self.others: list[xw.Book] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def ask(self, question: str) -> bool:
        self.asked.append(question)
        return self.yes

    def new_sheet(self, name: str) -> xw.Sheet:
        self.made.append(new_book({name: [[]]}))
        return self.made[-1].sheets[0]

    def open(self, file: Path) -> xw.Book:
        self.opened.append(file)
        self.shown.append(open_book(file))
        return self.shown[-1]

    def has_functions(self) -> bool:
        return self.functions

    def pick_folder(self, title: str) -> str:
        return self.picked

    def books(self) -> list[xw.Book]:
        return [self.book, *self.others]


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, campaign: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_DOCUMENTS_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture
def returned(gia_lai: Plan, year: Period, tmp_path: Path) -> Path:
    """Three returned task copies, one of them with an error and one spoilt."""
    folder = tmp_path / "nhận về"
    folder.mkdir()
    good, wrong, spoilt = plan_issues(gia_lai, year, ("tasks",))[:3]
    (folder / good.file).write_bytes(fill(build_copy(good.copy, KEY), "Nhiệm vụ", {"L9": "Đang thực hiện"}))
    (folder / wrong.file).write_bytes(fill(build_copy(wrong.copy, KEY), "Nhiệm vụ", {"L9": "=1+1", "M9": "nhiều"}))
    (folder / spoilt.file).write_bytes(b"")
    return folder


def click(button: Button, desk: LocalDesk) -> LocalDesk:
    button(desk.book, desk)
    return desk


def form(name: str, answers: Mapping[str, Any]) -> xw.Book:
    """The sheet KTTT of a button as the officer left it, in a workbook of its own."""
    wanted = {
        ribbon.ISSUE: ribbon._ISSUE_FIELDS,
        ribbon.CONSOLIDATE: ribbon._CONSOLIDATE_FIELDS,
        ribbon.UPDATE: ribbon._UPDATE_FIELDS,
    }[name]
    rows = [[ribbon_form.FIELDS[key].label, answers.get(key, ""), "…"] for key in wanted]
    return new_book({"KTTT": [[f"KTTT – {name}"], ["Điền các ô"], [], *rows]})


def command(*arguments: object) -> int:
    return commands.run([str(argument) for argument in arguments])


# --- Tổng hợp


def test_a_first_click_opens_the_sheet_and_a_second_gives_what_the_command_gives(
    returned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = click(ribbon.tong_hop, LocalDesk(new_book()))
    assert (first.said, first.opened, len(first.made)) == ([], [], 1)
    file = after(first.made[0], tmp_path / "form.xlsx")
    page = openpyxl.load_workbook(file)
    sheet = page["KTTT"]
    assert [row[0].value for row in sheet["A4:A13"]] == [
        "Thư mục bản sao nhận về", "Kế hoạch có sẵn", "Sổ kế hoạch (tệp .xlsx)", "Kỳ báo cáo", "Ngày tổng hợp",
        "Sổ tổng hợp (tệp .xlsx)", "Sổ tổng hợp các kỳ trước", "Tệp thay đổi đơn vị (.csv)", "Thư mục đợt phát hành",
        None,
    ]  # fmt: skip
    for at, answer in {"B4": str(returned), "B5": GIA_LAI, "B7": 2024, "B8": "20/12/2024"}.items():
        sheet[at] = answer
    page.save(file)

    second = click(ribbon.tong_hop, LocalDesk(open_book(file, "Book1")))
    out = tmp_path / f"tong-hop_{GIA_LAI}_2024.xlsx"
    assert second.opened == [out]
    # as the command line gives it
    mine = tmp_path / "của lệnh.xlsx"
    code = command(
        "consolidate", returned, "--plan", GIA_LAI, "--period", "2024", "--as-of", "2024-12-20", "-o", mine, "--json",
        "--functions", "udf",
    )  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert (code, out.read_bytes() == mine.read_bytes()) == (1, True)
    severities = [finding["severity"] for finding in told["findings"]]
    assert second.said[0].splitlines() == [
        "CHÚ Ý: 1 tệp bị từ chối hoặc xung đột, CHƯA được tổng hợp (trang «Tình hình nộp», «Lỗi»).",
        f"2/{told['agencies']['expected']} đơn vị đã gửi.",
        "3 tệp, 2 nhận.",
        f"{severities.count('error')} lỗi, {severities.count('warning')} cảnh báo.",
        f"Sổ tổng hợp: {out}",
    ]


def test_the_sheet_offers_plans_and_remembers_what_was_answered(returned: Path, tmp_path: Path) -> None:
    answers = {"folder": f'"{returned}"', "plan": GIA_LAI, "period": "Năm 2024", "out": str(tmp_path / "th.xlsx")}
    click(ribbon.tong_hop, LocalDesk(form(ribbon.CONSOLIDATE, answers)))
    again = click(ribbon.tong_hop, LocalDesk(new_book())).made[0]
    (block,) = (a["values"] for a in actions(again, "setValues") if a["start_row"] == 3)
    known = {row[0].removeprefix("'"): row[1] for row in block}
    assert {label: answer for label, answer in known.items() if answer} == {
        "Thư mục bản sao nhận về": f"'\"{returned}\"", "Kế hoạch có sẵn": f"'{GIA_LAI}", "Kỳ báo cáo": "'Năm 2024",
    }  # fmt: skip
    offered = [action["args"][0]["values"] for action in actions(again, "setDataValidationList")]
    assert offered == [list(plans.plan_ids())]
    # texts are in before the cells become cells of text: an apostrophe typed into one of those would be shown
    assert [(action["args"], action["row_count"]) for action in actions(again, "setNumberFormat")] == [(["@"], 9)]
    order = [action["func"] for action in again.json()["actions"]]
    assert order.index("setNumberFormat") > max(at for at, name in enumerate(order) if name == "setValues")


def test_the_folder_that_is_picked_is_taken(returned: Path, tmp_path: Path) -> None:
    answers = {"plan": GIA_LAI, "period": "2024", "as_of": "2024-12-20T00:00:00.000Z"}
    desk = click(ribbon.tong_hop, LocalDesk(form(ribbon.CONSOLIDATE, answers), picked=str(returned)))
    assert desk.opened == [tmp_path / f"tong-hop_{GIA_LAI}_2024.xlsx"]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"folder": ""}, "Chưa ghi «Thư mục bản sao nhận về» ở trang KTTT."),
        (
            {"folder": "nhan-ve"},
            "«Thư mục bản sao nhận về» ghi «nhan-ve»; cần đường dẫn đầy đủ, ví dụ C:\\KTTT\\nhan-ve.",
        ),
        ({"folder": "{tmp}/không có"}, "Không có thư mục «{tmp}/không có»."),
        ({"plan": ""}, "Ghi một trong hai: «Kế hoạch có sẵn» hoặc «Sổ kế hoạch (tệp .xlsx)», ở trang KTTT."),
        (
            {"plan_file": "{tmp}/kh.xlsx"},
            "Ghi một trong hai: «Kế hoạch có sẵn» hoặc «Sổ kế hoạch (tệp .xlsx)», ở trang KTTT.",
        ),
        ({"period": ""}, "Chưa ghi «Kỳ báo cáo» ở trang KTTT."),
        (
            {"period": "2024-03-01T00:00:00.000Z"},
            "«Kỳ báo cáo» đang là một ngày (1/3/2024): định dạng ô là Văn bản (Text) rồi gõ lại.",
        ),
        ({"out": "th.xlsx"}, "«Sổ tổng hợp (tệp .xlsx)» ghi «th.xlsx»; cần đường dẫn đầy đủ, ví dụ C:\\KTTT\\nhan-ve."),
        ({"out": "{tmp}/không/th.xlsx"}, "Không có thư mục «{tmp}/không» để ghi «th.xlsx»."),
        (
            {"history": "{tmp}/a.xlsx"},
            "Không đọc được bản tổng hợp «{tmp}/a.xlsx»: Không đọc được tệp: không còn tệp này.",
        ),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_do_is_one_sentence(
    returned: Path, tmp_path: Path, answers: dict[str, str], sentence: str
) -> None:
    given = {"folder": str(returned), "plan": GIA_LAI, "period": "2024", "out": str(tmp_path / "th.xlsx")}
    given |= {key: answer.replace("{tmp}", str(tmp_path)) for key, answer in answers.items()}
    with pytest.raises(KtttError) as failure:
        click(ribbon.tong_hop, LocalDesk(form(ribbon.CONSOLIDATE, given)))
    assert str(failure.value) == sentence.replace("{tmp}", str(tmp_path))
    assert not (tmp_path / "th.xlsx").exists()
    assert remembered.answers() == {}


def test_a_day_that_is_none_is_a_sentence(returned: Path) -> None:
    given = {"folder": str(returned), "plan": GIA_LAI, "period": "2024", "as_of": "mai"}
    with pytest.raises(KtttError, match="«Ngày tổng hợp» ghi «mai»"):
        click(ribbon.tong_hop, LocalDesk(form(ribbon.CONSOLIDATE, given)))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            lambda rows: rows.pop(4),
            "Trang KTTT thiếu dòng «Kế hoạch có sẵn». Đóng sổ này, không cần lưu, rồi bấm nút để có trang mới.",
        ),
        (
            lambda rows: rows.append(["Kỳ báo cáo", "2025"]),
            "Trang KTTT có hai dòng «Kỳ báo cáo». Đóng sổ này, không cần lưu, rồi bấm nút để có trang mới.",
        ),
    ],
    ids=["a label gone", "a label twice"],
)
def test_a_sheet_that_was_changed_is_not_guessed_at(spoil: Callable[[list], object], sentence: str) -> None:
    book = form(ribbon.CONSOLIDATE, {})
    rows = book.impl.api["sheets"][0]["values"]
    spoil(rows)
    with pytest.raises(KtttError) as failure:
        click(ribbon.tong_hop, LocalDesk(book))
    assert str(failure.value) == sentence


def test_the_sheet_of_another_button_is_none(returned: Path) -> None:
    desk = click(ribbon.tong_hop, LocalDesk(form(ribbon.ISSUE, {"plan": GIA_LAI, "period": "2024"})))
    assert len(desk.made) == 1


@pytest.mark.parametrize("yes", [True, False])
def test_a_workbook_that_is_there_is_replaced_only_when_the_officer_says_so(
    returned: Path, report: Path, yes: bool
) -> None:
    before = report.read_bytes()
    given = {"folder": str(returned), "plan": GIA_LAI, "period": "2024", "out": str(report), "as_of": "20/12/2024"}
    desk = LocalDesk(form(ribbon.CONSOLIDATE, given), yes=yes)
    if yes:
        click(ribbon.tong_hop, desk)
    else:
        with pytest.raises(KtttError) as failure:
            click(ribbon.tong_hop, desk)
        assert str(failure.value) == f"Đã có «{report}»: ghi tên tệp khác, hoặc cất tệp ấy đi, rồi bấm lại nút."
    assert desk.asked == [f"Đã có «{report}». Thay bằng kết quả mới?"]
    assert (report.read_bytes() == before) != yes


def test_a_file_that_is_no_consolidated_workbook_is_never_replaced(returned: Path, tmp_path: Path) -> None:
    out = tmp_path / "th.xlsx"
    openpyxl.Workbook().save(out)
    before = out.read_bytes()
    given = {"folder": str(returned), "plan": GIA_LAI, "period": "2024", "out": str(out)}
    with pytest.raises(KtttError, match="Tệp này không bị ghi đè"):
        click(ribbon.tong_hop, LocalDesk(form(ribbon.CONSOLIDATE, given), yes=True))
    assert out.read_bytes() == before


def test_a_workbook_that_is_open_is_not_written_over(returned: Path, tmp_path: Path) -> None:
    given = {"folder": str(returned), "plan": GIA_LAI, "period": "2024", "out": str(tmp_path / "th.xlsx")}
    desk = LocalDesk(form(ribbon.CONSOLIDATE, given), yes=True)
    desk.others.append(new_book(name="TH.xlsx"))
    with pytest.raises(KtttError, match=re.escape("«th.xlsx» đang mở: đóng lại, hoặc ghi tên tệp khác")):
        click(ribbon.tong_hop, desk)


# --- the formulas of our functions


def entered(book: xw.Book) -> dict[str, dict[str, str]]:
    """What Excel is to enter into the cells of a workbook, by sheet and address."""
    names = [sheet.name for sheet in book.sheets]
    found: dict[str, dict[str, str]] = {}
    for action in actions(book, "setFormula"):
        cells = found.setdefault(names[action["sheet_position"]], {})
        for down, row in enumerate(action["values"], start=action["start_row"] + 1):
            for right, text in enumerate(row, start=action["start_column"] + 1):
                cells[f"{get_column_letter(right)}{down}"] = text
    return found


def written(file: Path) -> dict[str, dict[str, str]]:
    """The formulas of our functions in a file, as another reader sees them."""
    book = openpyxl.load_workbook(file)
    ours = {
        sheet.title: {cell.coordinate: cell.value for row in sheet for cell in row if "KTTT_" in str(cell.value)}
        for sheet in book
    }
    return {name: cells for name, cells in ours.items() if cells}


def test_what_is_opened_computes_by_our_functions_which_are_entered_once_more(returned: Path, tmp_path: Path) -> None:
    given = {"folder": str(returned), "plan": GIA_LAI, "period": "2024", "as_of": "20/12/2024"}
    desk = click(ribbon.tong_hop, LocalDesk(form(ribbon.CONSOLIDATE, given)))
    told = written(desk.opened[0])
    assert set(told) == {"Nhiệm vụ"}  # this plan has no targets
    assert len(told["Nhiệm vụ"]) > 50
    assert entered(desk.shown[0]) == told
    assert {action["func"] for action in desk.shown[0].json()["actions"]} == {"setFormula"}
    assert ribbon._NOT_LIVE not in desk.said[0]


def test_formulas_of_targets_and_tasks_go_in_column_by_column(tmp_path: Path) -> None:
    file = tmp_path / "th.xlsx"
    result = consolidate(test_report.PLAN, test_report.YEAR, test_report.AS_OF, test_report.COPIES)
    file.write_bytes(write_report(result, "udf"))
    book = open_book(file)
    ribbon_formulas.enter_again(book, file)
    assert (entered(book), set(written(file))) == (written(file), {"Chỉ tiêu", "Nhiệm vụ"})
    assert len(actions(book, "setFormula")) == 3  # Mức đạt, Đánh giá, Tình trạng
    file.write_bytes(write_report(result))
    assert ribbon_formulas.formulas(file) == {}


def test_without_the_add_in_the_values_stay(returned: Path) -> None:
    given = {"folder": str(returned), "plan": GIA_LAI, "period": "2024", "as_of": "20/12/2024"}
    desk = click(ribbon.tong_hop, LocalDesk(form(ribbon.CONSOLIDATE, given), functions=False))
    assert desk.shown[0].json()["actions"] == []
    assert desk.said[0].splitlines()[-2:] == [ribbon._NOT_LIVE, f"Sổ tổng hợp: {desk.opened[0]}"]


def test_a_result_that_excel_does_not_let_us_touch_is_a_result(
    returned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_book: xw.Book, _file: Path) -> None:
        raise OSError("Excel is busy")

    monkeypatch.setattr(ribbon_formulas, "enter_again", refuse)
    given = {"folder": str(returned), "plan": GIA_LAI, "period": "2024", "as_of": "20/12/2024"}
    desk = click(ribbon.tong_hop, LocalDesk(form(ribbon.CONSOLIDATE, given)))
    assert desk.said[0].splitlines()[-2:] == [ribbon._NOT_LIVE, f"Sổ tổng hợp: {desk.opened[0]}"]
    assert "Excel is busy" in next(tmp_path.rglob("loi.log")).read_text(encoding="utf-8")


class ExcelSheet:
    """As much of a sheet in Excel as formulas are entered through: its api is itself."""

    def __init__(self, cells: Mapping[str, str], refuses: str = "") -> None:
        self.cells, self.refuses, self.done = dict(cells), refuses, []
        self.ProtectContents, self.ProtectDrawingObjects, self.ProtectScenarios = True, True, False
        allowed = {"AllowFormattingColumns", "AllowFormattingRows", "AllowFiltering"}
        self.Protection = SimpleNamespace(**{name: name in allowed for name in ribbon_formulas._ALLOWED})

    api = property(lambda self: self)

    def Unprotect(self, password: str) -> None:  # noqa: N802  # Excel's name
        self.done.append(("Unprotect", password))
        self.ProtectContents = False

    def Protect(self, *arguments: object) -> None:  # noqa: N802
        self.done.append(("Protect", *arguments))
        self.ProtectContents = True

    def __getitem__(self, address: str) -> "ExcelRange":
        return ExcelRange(self, address)


class ExcelRange:
    def __init__(self, sheet: ExcelSheet, address: str) -> None:
        self.sheet, self.address = sheet, address

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name == "formula":
            assert not self.sheet.ProtectContents
            if self.address == self.sheet.refuses:
                raise OSError("1004")
            self.sheet.done.append((self.address, len(value)))


@pytest.mark.parametrize("refuses", [False, True])
def test_sheets_are_protected_again_as_they_were(report: Path, refuses: bool) -> None:
    blocks = ribbon_formulas.formulas(report)["Nhiệm vụ"]
    sheet = ExcelSheet({}, refuses=[*blocks][-1] if refuses else "")
    book = SimpleNamespace(api=SimpleNamespace(Saved=True), sheets={"Nhiệm vụ": sheet})
    if refuses:
        with pytest.raises(OSError, match="1004"):
            ribbon_formulas.enter_again(book, report)  # type: ignore[arg-type]
    else:
        ribbon_formulas.enter_again(book, report)  # type: ignore[arg-type]
        assert sheet.done[1:-1] == [(address, len(texts)) for address, texts in blocks.items()]
    assert (sheet.done[0], sheet.ProtectContents) == (("Unprotect", ""), True)
    assert sheet.done[-1] == (
        "Protect", "", True, True, False, False,
        False, True, True, False, False, False, False, False, False, True, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("evaluated", "known"), [(True, True), (-2146826259, False), (False, False), ("Lỗi", False)],
    ids=["right", "#NAME?", "wrong", "a sentence"],
)  # fmt: skip
def test_excel_is_asked_whether_it_computes_our_functions(evaluated: Any, known: bool) -> None:
    excel, asked = Excel(), []
    desk = ribbon_desk.ExcelDesk(excel)  # type: ignore[arg-type]
    assert not desk.has_functions()
    excel.api = SimpleNamespace(Evaluate=lambda text: (asked.append(text), evaluated)[1])
    assert (desk.has_functions(), asked) == (known, ['AND(KTTT_KY("2024")="2024")'])


# --- Cập nhật tiến độ


@pytest.fixture
def report(returned: Path, tmp_path: Path) -> Path:
    """A consolidated workbook made by the button, which remembers how."""
    out = tmp_path / "th.xlsx"
    given = {"folder": str(returned), "plan": GIA_LAI, "period": "2024", "out": str(out), "as_of": "30/6/2024"}
    click(ribbon.tong_hop, LocalDesk(form(ribbon.CONSOLIDATE, given)))
    return out


def test_an_update_is_the_consolidation_of_another_day(returned: Path, report: Path, tmp_path: Path) -> None:
    before = report.read_bytes()
    first = click(ribbon.cap_nhat_tien_do, LocalDesk(open_book(report)))
    file = after(first.made[0], tmp_path / "form.xlsx")
    page = openpyxl.load_workbook(file)
    answers = {row[0].value: row[1].value for row in page["KTTT"]["A4:B11"]}
    assert {label: answer for label, answer in answers.items() if answer} == {
        "Sổ tổng hợp cần cập nhật": str(report), "Thư mục bản sao nhận về": str(returned), "Kế hoạch có sẵn": GIA_LAI,
        "Kỳ báo cáo": "2024",
    }  # fmt: skip
    page["KTTT"]["B5"] = "31/12/2024"
    page.save(file)
    second = click(ribbon.cap_nhat_tien_do, LocalDesk(open_book(file, "Book1")))
    out, mine = tmp_path / "th_den-2024-12-31.xlsx", tmp_path / "của lệnh.xlsx"
    command("consolidate", returned, "--plan", GIA_LAI, "--period", "2024", "--as-of", "2024-12-31", "-o", mine,
            "--functions", "udf")  # fmt: skip
    assert (second.opened, out.read_bytes() == mine.read_bytes(), report.read_bytes() == before) == ([out], True, True)
    assert second.said[0].splitlines()[-1] == f"Sổ tổng hợp tính đến ngày mới: {out}"
    assert "nguồn đã khác" not in second.said[0]


def updated(report: Path, copies: Path, **answers: str) -> LocalDesk:
    given = {"updated": str(report), "day": "31/12/2024", "folder": str(copies), "plan": GIA_LAI, "period": "2024"}
    return click(ribbon.cap_nhat_tien_do, LocalDesk(form(ribbon.UPDATE, given | answers)))


def test_an_update_says_on_what_other_copies_it_rests(
    returned: Path, report: Path, gia_lai: Plan, year: Period
) -> None:
    names = sorted(path.name for path in returned.iterdir())
    first = next(path for path in sorted(returned.iterdir()) if path.stat().st_size)
    first.write_bytes(fill(first.read_bytes(), "Nhiệm vụ", {"M9": 50}))
    new = plan_issues(gia_lai, year, ("tasks",))[5]
    (returned / new.file).write_bytes(build_copy(new.copy, KEY))
    said = updated(report, returned).said[0].splitlines()[0]
    assert said == f"CHÚ Ý: nguồn đã khác lần trước: 1 tệp thêm ({new.file}); 1 tệp đổi nội dung ({first.name})."
    assert new.file not in names


def test_an_update_of_an_update_keeps_one_day_in_its_name(returned: Path, report: Path, tmp_path: Path) -> None:
    later = updated(report, returned).opened[0]
    assert updated(later, returned, day="31/1/2025").opened == [tmp_path / "th_den-2025-01-31.xlsx"]


OTHER = "«{report}» là sổ tổng hợp kế hoạch «gia-lai-655-2023», kỳ 2024; trang KTTT ghi kế hoạch {asked}."
LOST = (
    "Không cập nhật được: thư mục «{tmp}» không còn 3 tệp mà sổ cũ đã tổng hợp ({files}). Đưa các tệp ấy về rồi bấm "
    "lại nút, hoặc bấm «Tổng hợp» để tổng hợp lại từ đầu."
)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"day": ""}, "Chưa ghi «Tính đến ngày» ở trang KTTT."),
        ({"period": "2025"}, OTHER.replace("{asked}", "«gia-lai-655-2023», kỳ 2025")),
        ({"plan": "yen-bai-209-2023"}, OTHER.replace("{asked}", "«yen-bai-209-2023», kỳ 2024")),
        ({"folder": "{tmp}"}, LOST),
    ],
)
def test_an_update_that_would_say_something_else_is_refused(
    returned: Path, report: Path, tmp_path: Path, answers: dict[str, str], sentence: str
) -> None:
    files = ", ".join(sorted(path.name for path in returned.iterdir()))
    words = {"{report}": str(report), "{tmp}": str(tmp_path), "{files}": files}
    for hole, text in words.items():
        sentence = sentence.replace(hole, text)
        answers = {key: answer.replace(hole, text) for key, answer in answers.items()}
    with pytest.raises(KtttError) as failure:
        updated(report, returned, **answers)
    assert str(failure.value) == sentence
    assert not list(tmp_path.glob("*_den-*"))


def test_an_update_needs_a_consolidated_workbook(tmp_path: Path) -> None:
    with pytest.raises(KtttError) as failure:
        click(ribbon.cap_nhat_tien_do, LocalDesk(new_book()))
    assert str(failure.value) == "Mở sổ tổng hợp cần cập nhật rồi bấm lại «Cập nhật tiến độ»."
    plain = tmp_path / "a.xlsx"
    openpyxl.Workbook().save(plain)
    with pytest.raises(KtttError) as failure:
        updated(plain, tmp_path)
    assert str(failure.value) == f"«{plain}» không phải là bản tổng hợp của kttt-xl."


# --- Phát hành biểu mẫu


def test_copies_are_issued_as_the_command_issues_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, mine = tmp_path / "gửi đi", tmp_path / "của lệnh"
    answers = {"plan": GIA_LAI, "period": "2024", "issue_folder": str(folder), "kind": "Nhiệm vụ",
               "agencies": "Sở Nội vụ\nBáo Gia Lai"}  # fmt: skip
    desk = click(ribbon.phat_hanh, LocalDesk(form(ribbon.ISSUE, answers)))
    assert desk.said == [f"Đã phát hành 2 bản sao vào {folder}."]
    command("build", GIA_LAI, "--period", "2024", "-o", mine, "--kind", "tasks", "--agency", "Sở Nội vụ",
            "--agency", "Báo Gia Lai")  # fmt: skip
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in mine.iterdir()
    }


def test_a_blank_copy_is_issued_for_all(tmp_path: Path) -> None:
    answers = {"plan": GIA_LAI, "period": "2024", "issue_folder": str(tmp_path / "a"), "form": ribbon_form.BLANK}
    desk = click(ribbon.phat_hanh, LocalDesk(form(ribbon.ISSUE, answers)))
    assert desk.said[0].startswith(f"Đã phát hành 1 bản sao vào {tmp_path / 'a'}.")
    assert [path.name for path in (tmp_path / "a").iterdir()] == [f"{GIA_LAI}_2024_nhiem-vu_trong.xlsx"]


def test_filled_copies_are_not_issued_over(returned: Path) -> None:
    before = {path: path.read_bytes() for path in returned.iterdir()}
    answers = {"plan": GIA_LAI, "period": "2024", "issue_folder": str(returned)}
    desk = LocalDesk(form(ribbon.ISSUE, answers))
    with pytest.raises(KtttError) as failure:
        click(ribbon.phat_hanh, desk)
    assert str(failure.value) == f"Thư mục «{returned}» đã có 3 tệp .xlsx: chọn một thư mục trống để phát hành."
    assert desk.asked == [f"Thư mục «{returned}» đã có 3 tệp .xlsx; tệp trùng tên sẽ bị thay. Tiếp tục?"]
    assert {path: path.read_bytes() for path in returned.iterdir()} == before


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"kind": "Khác"}, "«Loại biểu» ghi «Khác»; chọn một trong: Cả hai; Nhiệm vụ; Số liệu."),
        (
            {"form": "trống"},
            "«Cách phát hành» ghi «trống»; chọn một trong: Mỗi cơ quan một bản; Một biểu mẫu trống cho mọi cơ quan.",
        ),
        ({"kind": "Số liệu"}, "Kế hoạch gia-lai-655-2023, kỳ Năm 2024: không có biểu nào để phát hành."),
    ],
)
def test_what_cannot_be_issued_is_one_sentence(tmp_path: Path, answers: dict[str, str], sentence: str) -> None:
    given = {"plan": GIA_LAI, "period": "2024", "issue_folder": str(tmp_path / "a")}
    with pytest.raises(KtttError) as failure:
        click(ribbon.phat_hanh, LocalDesk(form(ribbon.ISSUE, given | answers)))
    assert str(failure.value) == sentence


def test_the_plan_workbook_before_the_officer_is_the_plan(gia_lai: Plan, tmp_path: Path) -> None:
    file = tmp_path / "kh.xlsx"
    file.write_bytes(write_plan(gia_lai))
    desk = click(ribbon.phat_hanh, LocalDesk(open_book(file)))
    block = next(action["values"] for action in actions(desk.made[0], "setValues") if action["start_row"] == 3)
    assert block[1][:2] == ["'Sổ kế hoạch (tệp .xlsx)", f"'{file}"]


def test_a_plan_with_unsaved_changes_issues_nothing(gia_lai: Plan, tmp_path: Path) -> None:
    file = tmp_path / "kh.xlsx"
    file.write_bytes(write_plan(gia_lai))
    answers = {"plan_file": str(file), "period": "2024", "issue_folder": str(tmp_path / "a")}
    desk = LocalDesk(form(ribbon.ISSUE, answers))
    desk.others.append(SimpleNamespace(name="KH.xlsx", api=SimpleNamespace(Saved=False)))  # type: ignore[arg-type]
    with pytest.raises(KtttError) as failure:
        click(ribbon.phat_hanh, desk)
    assert str(failure.value) == "Sổ kế hoạch «kh.xlsx» có thay đổi chưa lưu: lưu lại rồi bấm lại nút."
    desk.others[0].api.Saved = True
    click(ribbon.phat_hanh, desk)
    assert desk.said[0].startswith("Đã phát hành ")


# --- Kiểm tra


def test_findings_of_the_open_copy_stand_in_a_new_workbook(returned: Path, tmp_path: Path) -> None:
    wrong = sorted(path for path in returned.iterdir() if path.stat().st_size)[1]
    before = wrong.read_bytes()
    book = open_book(wrong)
    desk = click(ribbon.kiem_tra, LocalDesk(book))
    assert (desk.said, book.json()["actions"], wrong.read_bytes() == before) == ([], [], True)
    sheet = openpyxl.load_workbook(after(desk.made[0], tmp_path / "kt.xlsx")).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "KẾT QUẢ KIỂM TRA BẢN SAO"
    assert rows[1][:2] == ["Tệp", str(wrong)]
    assert rows[3][:2] == ["Kế hoạch", GIA_LAI]
    assert rows[5][1].startswith("nhận; 2 lỗi, ")
    assert rows[7] == ["Mức độ", "Trang", "Ô", "Cột", "Nội dung", "Cách sửa", "Mã lỗi"]
    assert {tuple(row[:4]) for row in rows[8:10]} == {
        ("Lỗi", "Nhiệm vụ", "L9", "Trạng thái"),
        ("Lỗi", "Nhiệm vụ", "M9", "Tỷ lệ hoàn thành (%)"),
    }


def test_unsaved_changes_are_said(returned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ribbon, "has_changes", lambda _book: True)
    copies = sorted(path for path in returned.iterdir() if path.stat().st_size)
    wrong = click(ribbon.kiem_tra, LocalDesk(open_book(copies[1])))
    texts = [row for action in actions(wrong.made[0], "setValues") for row in action["values"]]
    assert ["'Có thay đổi chưa lưu; kết quả là của bản đã lưu."] in texts


def test_a_copy_without_findings_opens_nothing(gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    issue = plan_issues(gia_lai, year, ("tasks",))[0]
    at, rows = letters(issue.copy)["state"], line_rows(issue.copy)
    states = {f"{at}{rows[line.key]}": "Chưa thực hiện" for line in issue.copy.keyed}
    copy = tmp_path / issue.file
    copy.write_bytes(fill(build_copy(issue.copy, KEY), "Nhiệm vụ", states))
    desk = click(ribbon.kiem_tra, LocalDesk(open_book(copy)))
    assert (desk.said, desk.made) == ([f"{issue.file}: nhận, 0 lỗi, 0 cảnh báo."], [])


ONLINE = "«{}» đang mở từ OneDrive hoặc SharePoint: lưu một bản vào ổ đĩa của máy rồi mở bản ấy."


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Book1", "«Book1» chưa được lưu thành tệp: lưu lại rồi bấm lại nút."),
        ("https://tinh.sharepoint.com/a.xlsx", ONLINE.format("https://tinh.sharepoint.com/a.xlsx")),
    ],
)
def test_a_workbook_without_a_file_is_not_checked(name: str, sentence: str) -> None:
    with pytest.raises(KtttError) as failure:
        click(ribbon.kiem_tra, LocalDesk(new_book(name=name)))
    assert str(failure.value) == sentence


# --- Lập kế hoạch, Trợ giúp


def test_a_new_plan_workbook_is_made_and_opened(tmp_path: Path) -> None:
    first, second = (click(ribbon.lap_ke_hoach, LocalDesk(new_book())).opened[0] for _ in range(2))
    assert (first.name, second.name) == ("ke-hoach-moi.xlsx", "ke-hoach-moi-2.xlsx")
    assert first.read_bytes() == second.read_bytes() == new_plan()


@pytest.mark.parametrize("there", [True, False])
def test_the_officer_says_where_the_plan_goes(tmp_path: Path, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = tmp_path / "kế hoạch.xlsx"
    if there:
        chosen.write_bytes(b"a plan")
    monkeypatch.setattr(LocalDesk, "save_as", lambda _desk, _proposed: chosen)
    desk = LocalDesk(new_book())
    if there:
        with pytest.raises(KtttError) as failure:
            click(ribbon.lap_ke_hoach, desk)
        assert (str(failure.value), chosen.read_bytes()) == (f"Đã có tệp «{chosen}»: chọn tên khác.", b"a plan")
    else:
        assert click(ribbon.lap_ke_hoach, desk).opened == [chosen]
    monkeypatch.setattr(LocalDesk, "save_as", lambda _desk, _proposed: None)
    assert click(ribbon.lap_ke_hoach, LocalDesk(new_book())).said == []


def test_help_names_every_button_and_where_the_log_is(tmp_path: Path) -> None:
    told = click(ribbon.tro_giup, LocalDesk(new_book())).said[0]
    names = (ribbon.PLAN, ribbon.ISSUE, ribbon.CHECK, ribbon.CONSOLIDATE, ribbon.UPDATE)
    assert [line.partition(":")[0] for line in told.splitlines()[1:6]] == list(names)
    assert f"Hướng dẫn: {ROOT / 'docs' / 'huong-dan.md'}" in told
    assert told.splitlines()[-1].startswith(f"Nhật ký lỗi: {tmp_path}")


# --- texts of agencies


@pytest.mark.parametrize(
    "text", ["=1+1", "+84 269", "-", "@SUM(A1)", "'x", "1/2", "007", "TRUE", "#N/A", "bình thường"]
)
def test_a_text_goes_in_as_it_is(text: str, tmp_path: Path) -> None:
    book = new_book()
    write_table(book.sheets[0], text, [(text, text)], {text: 10}, [(text, 1, Decimal("1.5"), None)])
    sheet = openpyxl.load_workbook(after(book, tmp_path / "a.xlsx")).worksheets[0]
    assert [cell.value for row in sheet for cell in row if isinstance(cell.value, str)][:5] == [text] * 5
    assert all(cell.data_type != "f" for row in sheet for cell in row)


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=50))
def test_no_text_is_understood_or_changed(text: str) -> None:
    assert as_typed(inert(text)) == text


def test_a_text_too_long_for_excel_is_cut_visibly() -> None:
    assert (inert("a" * 8000), inert("a" * 8001)) == ("'" + "a" * 8000, "'" + "a" * 7999 + "…")


# --- xlwings Server, and the order from VBA


@pytest.mark.parametrize("name", ["lap_ke_hoach", "phat_hanh", "kiem_tra", "tong_hop", "cap_nhat_tien_do"])
def test_on_the_server_no_folder_is_touched(name: str, tmp_path: Path) -> None:
    book = form(ribbon.CONSOLIDATE, {"folder": str(tmp_path), "plan": GIA_LAI, "period": "2024"})
    with pytest.raises(KtttError, match="không chạy được qua máy chủ: gửi tệp ở khung KTTT"):
        ribbon.BUTTONS[name](book)
    assert (book.json()["actions"], list(tmp_path.glob("*.xlsx"))) == ([], [])


def test_on_the_server_help_names_none_of_its_folders(tmp_path: Path) -> None:
    book = new_book()
    ribbon.tro_giup(book)
    (told,) = alerts(book)
    assert told.startswith("kttt-xl ")
    assert str(ROOT) not in told
    assert str(tmp_path) not in told


@given(st.text(st.characters(exclude_categories=()), max_size=3000) | st.just("ộ" * 2000))
@settings(deadline=None)
def test_a_message_can_be_part_of_an_address(text: str) -> None:
    """The page that xlwings Server shows is asked for with the message; an address has an end."""
    book = new_book()
    ribbon_desk.BookDesk(book).say(text)
    (told,) = alerts(book)
    assert len(quote(told, safe="")) <= 4000 + len(quote("…"))
    whole = ribbon_desk._few_lines(text).encode("utf-8", "replace").decode()
    assert told == whole or (told.endswith("…") and whole.startswith(told[:-1]))


def test_an_order_from_vba_shows_every_failure_as_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(_book: xw.Book) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ribbon, "BUTTONS", {**ribbon.BUTTONS, "hong": broken})
    said = []
    for name in ("tong_hop", "nhac_nop_khac", "hong"):
        book = new_book()
        monkeypatch.setattr(xw.Book, "_mock_caller", book, raising=False)
        ribbon.run(name)
        said += alerts(book)
    log = next(tmp_path.rglob("loi.log"))
    assert said[0].startswith("«Tổng hợp» cần tệp và thư mục trên máy")
    assert said[1:] == [
        "Bản kttt-xl này không có nút «nhac_nop_khac»: chạy «kttt-xl addin install» để cài lại add-in.",
        f"Lỗi ngoài dự kiến: ZeroDivisionError. Chi tiết ghi ở {log}.",
    ]
    assert "in broken" in log.read_text(encoding="utf-8")


def test_every_order_of_the_add_in_is_a_button() -> None:
    orders = re.findall(r"kttt_xl\.ribbon\.run\('(\w+)'\)", (ROOT / "macros" / "KtttRibbon.bas").read_text("utf-8"))
    assert set(orders) == set(ribbon.BUTTONS)


def test_a_click_loads_nothing_heavy() -> None:
    heavy = {"openpyxl", "xlsxwriter", "click", "rich", "docx", "rapidfuzz", "kttt_xl.layout", "kttt_xl.plans"}
    program = f"import sys, kttt_xl.ribbon; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


# --- Excel on the officer's machine, as far as a stand-in goes


class Excel:
    """As much of an xw.App as ExcelDesk uses."""

    def __init__(self, answer: str = "ok") -> None:
        self.answer, self.said, self.bar, self.shown = answer, [], [], []
        self.pid, self.api, self.books = 7, SimpleNamespace(), Books()

    status_bar = property(lambda self: self.bar[-1], lambda self, text: self.bar.append(text))

    def alert(self, text: str, title: str, buttons: str = "ok") -> str:
        self.said.append((text, title, buttons))
        return self.answer


class Books(list):
    def open(self, file: str) -> Any:
        self.append(SimpleNamespace(name=Path(file).name, activate=lambda: None))
        return self[-1]


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("did not happen in 30 seconds")


def program(text: str) -> jobs.Job:
    return jobs.Job("Tổng hợp", (), (sys.executable, "-c", f"import sys, time\n{text}"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print('{\"a\": 1}')", ["xong {'a': 1}"]),
        ("print('Lỗi: Không có thư mục «a».', file=sys.stderr)", ["Không có thư mục «a»."]),
    ],
)
def test_work_goes_on_beside_excel(monkeypatch: pytest.MonkeyPatch, text: str, said: list[str]) -> None:
    monkeypatch.setenv("PYTHONUTF8", "1")
    excel = Excel()
    monkeypatch.setattr(xw, "apps", {7: excel})
    desk = ribbon_desk.ExcelDesk(excel)  # type: ignore[arg-type]
    job = program(f"print('\\x1eĐọc: 1/2', file=sys.stderr, flush=True); time.sleep(0.5)\n{text}")
    desk.work(job, lambda own, result: own.say(f"xong {result.document}"))
    assert desk.busy() is job  # it came back at once
    wait_for(lambda: desk.busy() is None)
    assert [item[0] for item in excel.said] == said
    assert (excel.bar[0], excel.bar[1], excel.bar[-1]) == (
        "KTTT: Tổng hợp…", "KTTT: Tổng hợp: Đọc: 1/2 (bấm lại nút để dừng)", False,
    )  # fmt: skip


def test_a_second_click_offers_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_GRACE", 0.2)
    excel = Excel(answer="no")
    monkeypatch.setattr(xw, "apps", {7: excel})
    desk = ribbon_desk.ExcelDesk(excel)  # type: ignore[arg-type]
    job = jobs.Job("Tổng hợp", (), (sys.executable, "-c", "import time; time.sleep(600)"), grace=0.2)
    desk.work(job, lambda _desk, _result: None)
    ribbon.tong_hop(new_book(), desk)
    assert (excel.said, desk.busy()) == ([("Đang chạy «Tổng hợp». Dừng việc ấy?", "KTTT", "yes_no")], job)
    excel.answer = "yes"
    ribbon.kiem_tra(new_book(), desk)
    wait_for(lambda: desk.busy() is None)
    assert excel.said[-1][0] == "Đã dừng «Tổng hợp» theo yêu cầu."


def test_excel_that_went_away_leaves_a_log_and_no_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(xw, "apps", {})
    desk = ribbon_desk.ExcelDesk(Excel())  # type: ignore[arg-type]
    desk.work(program("time.sleep(600)"), lambda _desk, _result: None)
    wait_for(lambda: desk.busy() is None)
    assert "KeyError" in next(tmp_path.rglob("loi.log")).read_text(encoding="utf-8")


def test_excels_own_dialogs_are_used_where_they_are() -> None:
    excel = Excel()
    desk = ribbon_desk.ExcelDesk(excel)  # type: ignore[arg-type]
    proposed = Path("/nha/ke-hoach-moi.xlsx")
    assert (desk.pick_folder("Thư mục"), desk.save_as(proposed)) == ("", proposed)
    dialog = SimpleNamespace(Title="", Show=lambda: -1, SelectedItems=lambda number: f"C:\\nhận về {number}")
    excel.api = SimpleNamespace(FileDialog=lambda kind: dialog, GetSaveAsFilename=lambda name, kinds: "C:\\a.xlsx")
    assert (desk.pick_folder("Thư mục"), desk.save_as(proposed)) == ("C:\\nhận về 1", Path("C:\\a.xlsx"))
    dialog.Show, excel.api.GetSaveAsFilename = (lambda: 0), (lambda name, kinds: False)
    assert (desk.pick_folder("Thư mục"), desk.save_as(proposed), dialog.Title) == ("", None, "Thư mục")


def test_a_result_is_opened_unless_its_name_is_taken() -> None:
    excel = Excel()
    desk = ribbon_desk.ExcelDesk(excel)  # type: ignore[arg-type]
    desk.open(Path("/a/th.xlsx"))
    with pytest.raises(KtttError) as failure:
        desk.open(Path("/b/TH.xlsx"))
    assert [book.name for book in excel.books] == ["th.xlsx"]
    assert desk.open(Path("/a/th2.xlsx")) is excel.books.pop()
    assert str(failure.value) == "Đã ghi «/b/TH.xlsx». Excel đang mở một tệp cùng tên: đóng tệp ấy rồi mở tệp này."


def test_a_filled_copy_gets_no_sheet_of_ours(returned: Path) -> None:
    copy = next(path for path in returned.iterdir() if path.stat().st_size)
    with pytest.raises(KtttError, match="bản sao của đơn vị, không ghi thêm vào"):
        ribbon_desk.BookDesk(open_book(copy)).new_sheet("KTTT")
    assert ribbon_desk.BookDesk(new_book()).new_sheet("KTTT").name == "KTTT"


# --- what is remembered


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}', '[1, {"plan": 2}]'])
def test_what_was_remembered_may_be_spoilt(content: str, tmp_path: Path) -> None:
    file = remembered._file()
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    assert remembered.answers() == {}
    remembered.keep({"plan": "a"})
    assert remembered.answers() == {"plan": "a"}


def test_the_latest_answers_that_fit_are_remembered() -> None:
    for number in range(40):
        remembered.keep({"plan": f"p{number % 5}", "n": str(number)})
    remembered.keep({"plan": "p1", "n": "36"})
    assert (remembered.answers(), remembered.answers(plan="p4"), remembered.answers(plan="p9")) == (
        {"plan": "p1", "n": "36"}, {"plan": "p4", "n": "39"}, {},
    )  # fmt: skip
    assert len(json.loads(remembered._file().read_bytes())) == 30
