"""What the built add-in does in Excel, its VBA run by pyOpenVBA: buttons, functions, and a PC without Python.

See vba_harness for what stands in. Functions reach the real Python ones through xlwings' real call_udf.
"""

import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyopenvba.exceptions import VBARuntimeError
from pyopenvba.interpreter._values import EMPTY, NOTHING
from vba_harness import DLL, PARAMETER_NOT_GIVEN, PYTHON, Desk, built_addin, com_server

from kttt_xl import addin_file, ribbon, udfs, wrappers
from kttt_xl.resources import folder

START = f'"{PYTHON}" -P -B -c "import xlwings; xlwings.serve(\'$(CLSID)\')"'
ORDERS = {  # button: what it orders of Python
    "ktttLapKeHoach": "import kttt_xl.ribbon; kttt_xl.ribbon.run('lap_ke_hoach')",
    "ktttPhatHanh": "import kttt_xl.ribbon; kttt_xl.ribbon.run('phat_hanh')",
    "ktttKiemTra": "import kttt_xl.ribbon; kttt_xl.ribbon.run('kiem_tra')",
    "ktttTongHop": "import kttt_xl.ribbon; kttt_xl.ribbon.run('tong_hop')",
    "ktttCapNhatTienDo": "import kttt_xl.ribbon; kttt_xl.ribbon.run('cap_nhat_tien_do')",
    "ktttTroGiup": "import kttt_xl.ribbon; kttt_xl.ribbon.run('tro_giup')",
}
TEXTS = tomllib.loads((folder("macros") / "texts.toml").read_text(encoding="utf-8"))
NOON = datetime.fromisoformat("2026-01-02 12:00")  # the PC's own clock: no zone
DAY = datetime.fromisoformat("2024-12-15")
MakeDesk = Callable[..., Desk]


@pytest.fixture(scope="module")
def call() -> Iterator[Callable[..., Any]]:
    with com_server() as calling:
        yield calling


@pytest.fixture
def make_desk(tmp_path: Path, call: Callable[..., Any]) -> MakeDesk:
    def make(**settings: str) -> Desk:
        file = tmp_path / "kttt.xlam"
        file.write_bytes(addin_file.with_settings(built_addin(), {"INTERPRETER_WIN": PYTHON} | settings))
        return Desk(file, call)

    return make


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()


# --- buttons


def test_the_ribbons_buttons_are_those_with_orders() -> None:
    ribbon = (folder("macros") / "customUI14.xml").read_text(encoding="utf-8")
    assert [line.split('"')[1] for line in ribbon.splitlines() if "<button " in line] == list(ORDERS)


@pytest.mark.parametrize("button", ORDERS)
def test_a_click_gives_python_its_one_order(desk: Desk, button: str) -> None:
    desk.click(button)
    assert desk.pc.said == []
    assert desk.pc.asked[:2] == [f"load {DLL}", f"start {START}"]
    assert desk.python.callers == ["module xlwings._xlwindows.BOOK_CALLER = Book1"]
    assert desk.python.orders == [ORDERS[button]]


def test_orders_are_python_that_the_ribbon_module_understands(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setitem(sys.modules, "kttt_xl.ribbon", SimpleNamespace(run=asked.append))
    monkeypatch.setattr("kttt_xl.ribbon", sys.modules["kttt_xl.ribbon"], raising=False)
    for order in ORDERS.values():
        exec(order)  # noqa: S102  # what Excel sends
    assert asked == ["lap_ke_hoach", "phat_hanh", "kiem_tra", "tong_hop", "cap_nhat_tien_do", "tro_giup"]


def test_orders_name_functions_of_the_ribbon_module() -> None:
    names = [order.split("'")[1] for order in ORDERS.values()]
    assert [name for name in ("run", *names) if not callable(getattr(ribbon, name, None))] == []


def test_another_button_does_nothing(desk: Desk) -> None:
    desk.click("somebodyElses")
    assert (desk.pc.said, desk.pc.asked, desk.python.orders) == ([], [], [])


@pytest.mark.parametrize(("button", "tag"), [("ktttKiemTra", "workbook"), ("ktttCapNhatTienDo", "workbook")])
def test_without_a_workbook_what_works_on_one_says_so(desk: Desk, button: str, tag: str) -> None:
    desk.application.active_book = None
    desk.click(button, tag)
    assert (desk.pc.said, desk.pc.asked, desk.python.orders) == ([TEXTS["no-workbook"]], [], [])


def test_without_a_workbook_other_buttons_get_an_empty_one(desk: Desk) -> None:
    desk.application.active_book = None
    desk.click("ktttLapKeHoach")
    assert desk.python.callers == ["module xlwings._xlwindows.BOOK_CALLER = Book2"]
    assert desk.python.orders == [ORDERS["ktttLapKeHoach"]]


def test_no_empty_workbook_is_left_when_python_is_not_there(desk: Desk) -> None:
    desk.application.active_book = None
    desk.pc.files.clear()
    books = len(desk.excel.workbooks())
    desk.click("ktttLapKeHoach")
    assert (desk.pc.said, len(desk.excel.workbooks())) == ([TEXTS["no-python"].format(PYTHON)], books)


def test_a_failure_inside_python_is_a_sentence_with_the_end_of_its_reason(desk: Desk) -> None:
    desk.python.fails = "Unexpected Python Error: Traceback\n" + "x" * 600 + "\nKeyError: 'Tiếng Việt'"
    desk.click("ktttTongHop")
    assert desk.pc.said == [TEXTS["failed"].format(desk.python.fails[-500:])]


# --- a PC where Python cannot be reached: one sentence, and no DLL is called


@pytest.mark.parametrize(
    ("interpreter", "files", "sentence"),
    [
        ("", set(), TEXTS["no-setup"]),
        (PYTHON, set(), TEXTS["no-python"].format(PYTHON)),
        (PYTHON, {DLL}, TEXTS["no-python"].format(PYTHON)),
        (PYTHON, {PYTHON}, TEXTS["no-dll"].format("xlwings64-0.37.8.dll")),
        (PYTHON, {PYTHON, DLL.replace("0.37.8", "0.37.9")}, TEXTS["no-dll"].format("xlwings64-0.37.8.dll")),
        (
            "C:\\Nguyễn An\\pythonw.exe",
            {"C:\\Nguyễn An\\pythonw.exe"},
            TEXTS["bad-path"].format("C:\\Nguyễn An\\pythonw.exe"),
        ),
        ("\\\\may-chu\\py\\pythonw.exe", set(), TEXTS["bad-path"].format("\\\\may-chu\\py\\pythonw.exe")),
        ("pythonw", {"pythonw"}, TEXTS["bad-path"].format("pythonw")),
        ('C:\\a" -c "x\\p.exe', set(), TEXTS["bad-path"].format('C:\\a" -c "x\\p.exe')),
        ("C:\\$(CLSID)\\pythonw.exe", set(), TEXTS["bad-path"].format("C:\\$(CLSID)\\pythonw.exe")),
    ],
    ids=[
        *("not set up", "no Python", "no Python but its DLL", "no DLL", "DLL of another version", "accents", "share"),
        *("no path", "quotes", "macro of the DLL"),
    ],
)
def test_on_click_a_missing_python_is_one_sentence_with_the_cure(
    make_desk: MakeDesk, interpreter: str, files: set[str], sentence: str
) -> None:
    desk = make_desk(INTERPRETER_WIN=interpreter)
    desk.pc.files = files
    start = time.perf_counter()
    desk.click("ktttTongHop")
    assert time.perf_counter() - start < 3
    assert (desk.pc.said, desk.pc.asked) == ([sentence], [])
    desk.called_from(desk.range("A1", []))
    assert desk.function("KTTT_KY", "2024") == sentence
    assert desk.pc.asked == []


def test_the_dll_of_a_virtual_environment_lies_one_folder_up(make_desk: MakeDesk) -> None:
    desk = make_desk(INTERPRETER_WIN="C:\\kttt-xl\\Scripts\\pythonw.exe")
    desk.pc.files = {"C:\\kttt-xl\\Scripts\\pythonw.exe", DLL}
    desk.click("ktttTongHop")
    assert (desk.pc.said, desk.pc.asked[0]) == ([], f"load {DLL}")


def test_a_dll_that_does_not_load_is_said(desk: Desk) -> None:
    desk.pc.loads = False
    desk.click("ktttTongHop")
    assert (desk.pc.said, desk.pc.asked) == ([TEXTS["dll-refused"].format("xlwings64-0.37.8.dll")], [f"load {DLL}"])


def test_a_python_that_does_not_start_is_not_started_for_every_cell(desk: Desk) -> None:
    desk.pc.starts = False
    desk.called_from(desk.range("A1", []))
    for seconds, starts in ((0, 1), (1, 1), (9, 1), (10, 2), (11, 2)):
        desk.at(NOON + timedelta(seconds=seconds))
        assert desk.function("KTTT_KY", "2024") == TEXTS["no-start"]
        assert desk.pc.asked[1:] == [f"start {START}"] * starts
    desk.click("ktttTongHop")  # a click tries at once
    assert (desk.pc.said, desk.pc.asked[1:]) == ([TEXTS["no-start"]], [f"start {START}"] * 3)
    desk.pc.starts = True
    desk.at(NOON + timedelta(seconds=30))
    assert desk.function("KTTT_KY", "2024") == "2024"


def test_a_wrong_python_ends_at_once() -> None:
    """One without our libraries; the DLL sees its end, so that the sentence comes as fast as for a missing one."""
    program = re.search(r'-c "(.*)"$', START)
    assert program is not None
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program[1]], capture_output=True, text=True, check=False)
    assert (done.returncode, time.perf_counter() - start < 3) == (1, True)
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'xlwings'"


def test_a_server_started_at_logon_is_only_met(make_desk: MakeDesk) -> None:
    desk = make_desk(**{"DEBUG UDFS": "True"})
    desk.click("ktttTongHop")
    assert desk.pc.asked[1] == "start {506e67c3-55b5-48c3-a035-eed5deea7d6d}"


def test_every_sentence_is_said_somewhere_and_none_is_missing() -> None:
    code = "".join(file.read_text(encoding="ascii") for file in folder("macros").glob("*.bas"))
    used = {part.split('"')[0] for part in code.split('KtttText("')[1:]}
    assert used == set(TEXTS)


# --- a stranger's workbook


def test_a_workbook_cannot_choose_the_interpreter(desk: Desk) -> None:
    sheets = desk.book.vba_get("Worksheets")
    for name in ("kttt.conf", "_kttt.conf", "xlwings.conf", "numpy.py"):
        sheet = sheets.vba_get("Add")
        sheet.vba_set("Name", name)
        for address, text in (
            ("A1", "INTERPRETER_WIN"),
            ("B1", "C:\\evil\\evil.exe"),
            ("A2", "PYTHONPATH"),
            ("B2", "C:\\evil"),
        ):
            sheet.vba_get("Range", [address]).vba_set("Value", text)
    desk.pc.files.add("C:\\evil\\evil.exe")
    desk.click("ktttTongHop")
    assert desk.function("KTTT_KY", "2024") == "2024"
    assert set(desk.pc.asked) == {f"load {DLL}", f"start {START}"}
    assert "evil" not in "".join(desk.python.orders + desk.python.callers)


def test_only_three_functions_of_windows_are_declared(desk: Desk) -> None:
    assert desk.declared == ["loadlibraryw", "messageboxw", "xlpydllactivateauto"]


# --- worksheet functions

CASES: dict[str, list[tuple[tuple[Any, ...], Any]]] = {
    "KTTT_KY": [(("Quý I/2024",), "2024-Q1"), ((2024,), "2024"), ((EMPTY,), "")],
    "KTTT_TEN_KY": [(("2024-Q1",), "Quý I/2024")],
    "KTTT_SO": [(("1.234.567",), 1234567.0), (("12,5", "thập phân"), 12.5)],
    "KTTT_CO_QUAN": [(("Sở KH&ĐT",), "Sở Kế hoạch và Đầu tư")],
    "KTTT_HAN": [
        (("trước ngày 15/12/2024",), DAY),
        (("trước ngày 15/12 hằng năm", 2024), DAY),
    ],
    "KTTT_TINH_TRANG": [
        (("Đang thực hiện", DAY, EMPTY, NOON), "Quá hạn"),
        (("Hoàn thành", EMPTY), "Hoàn thành (thiếu ngày)"),
    ],
    "KTTT_TIEN_DO": [((80, ">=", 100), 0.8), ((80, "từ … trở lên", 100, EMPTY, 60), 0.5)],
    "KTTT_DANH_GIA": [((80, ">=", 100), "Chưa đạt"), ((120, "từ … trở lên", 100), "Đạt")],
    "KTTT_TANG_TRUONG": [((100, 121, 2), 10.0)],
    "KTTT_DU_BAO": [((2022, 10, 2023), "")],
    "KTTT_TONG_HOP": [(("Mã", "Mã", "Mã"), None)],
    "KTTT_SO_LIEU": [(("HTX", EMPTY, "2024"), None)],
}


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [(name, arguments, expected) for name, cases in CASES.items() for arguments, expected in cases],
)
def test_every_wrapper_reaches_its_python_function(
    desk: Desk, name: str, arguments: tuple[Any, ...], expected: object
) -> None:
    found = desk.function(name, *arguments)
    assert desk.python.calls[-1][:2] == ("kttt_xl.udfs", name)
    if expected is not None:
        assert (found, type(found)) == (expected, type(expected))
    else:  # a block, or a sentence: what plain Python says too
        plain = [None if argument is EMPTY else argument for argument in arguments]
        assert found == getattr(udfs, name)(*plain)


def test_every_function_is_tried() -> None:
    assert sorted(CASES) == [function.name for function in wrappers.make_wrappers("kttt_xl.udfs").functions]


def test_a_missing_argument_is_passed_on_as_missing(desk: Desk) -> None:
    assert desk.function("KTTT_SO", "5") == 5.0
    assert desk.python.calls[-1][2] == ("5", PARAMETER_NOT_GIVEN)


def test_a_range_goes_over_in_one_call_and_comes_back_as_a_block(desk: Desk) -> None:
    block = desk.range("A1:B2", [["Quý I/2024", "x"], [None, 2024]])
    answer = desk.function("KTTT_KY", block)
    assert desk.python.calls == [("kttt_xl.udfs", "KTTT_KY", ((("Quý I/2024", "x"), (None, 2024.0)),))]
    assert [row[0] for row in answer] == ["2024-Q1", ""]
    assert (answer[0][1].startswith("Không đọc được kỳ báo cáo «x»"), answer[1][1]) == (True, "2024")


def test_a_table_is_summed_in_python(desk: Desk) -> None:
    table = desk.range("A1:B4", [["Mã", "Tiền"], ["X", 1], ["Y", "1.000,5"], ["X", 3]])
    assert desk.function("KTTT_TONG_HOP", table, "Mã", "Tiền") == [["Mã", "Tiền"], ["X", 4.0], ["Y", 1000.5]]


def test_an_error_inside_python_stands_in_the_cell_as_its_text(desk: Desk) -> None:
    desk.python._call = lambda _: (False, "RuntimeError: hỏng")
    with pytest.raises(VBARuntimeError, match="RuntimeError: hỏng"):
        desk.function("KTTT_KY", "2024")  # from VBA it is raised
    desk.called_from(desk.range("A1", []))
    assert desk.function("KTTT_KY", "2024") == "RuntimeError: hỏng"


# --- the function wizard


def test_the_wizard_gets_every_functions_words_when_the_ribbon_loads(desk: Desk) -> None:
    desk.excel.run("KtttOnLoad", NOTHING)
    made = wrappers.make_wrappers("kttt_xl.udfs").functions
    assert desk.wizard == [
        (f"'kttt.xlam'!{each.name}", each.description, "KTTT", list(each.arguments)) for each in made
    ]
    desk.click("ktttTongHop")
    assert len(desk.wizard) == len(made)


def test_a_wizard_that_refuses_is_asked_again_at_the_next_click_and_stops_nothing(desk: Desk) -> None:
    desk.application.kttt_wizard_refuses = True
    desk.excel.run("KtttOnLoad", NOTHING)
    desk.click("ktttTongHop")
    assert (desk.wizard, desk.pc.said, desk.python.orders) == ([], [], [ORDERS["ktttTongHop"]])
    desk.application.kttt_wizard_refuses = False
    desk.click("ktttTongHop")
    assert len(desk.wizard) == len(udfs.__all__)
