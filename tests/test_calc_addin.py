"""The LibreOffice add-in: the file, and what an officer sees in cells, from typed formulas and from Excel's files."""

import ast
import hashlib
import importlib.util
import inspect
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import test_report
import test_reported
import xlsxwriter
from conftest import Run, require_office, running_office
from test_udfs import EXAMPLES, MISSING, rows
from twin_cases import TARGET_COLUMNS, TARGET_SHEET, TASK_COLUMNS, TASK_SHEET, write_cases
from xlsxwriter.utility import xl_rowcol_to_cell

from kttt_xl import __version__, calc_addin, commands, report, reported, udfs, wrappers
from kttt_xl.attainment import VERDICTS
from kttt_xl.consolidation import consolidate
from kttt_xl.errors import KtttError
from kttt_xl.progress import STATUSES
from kttt_xl.resources import folder
from kttt_xl.twins import FUNCTIONS

EPOCH = date(1899, 12, 30)
COMPONENT = folder("macros") / "calc" / "kttt_addin.py"


@pytest.fixture(scope="module")
def addin() -> bytes:
    return calc_addin.build_calc_addin().content


@pytest.fixture(scope="module")
def parts(addin: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(addin)) as package:
        return {name: package.read(name) for name in package.namelist()}


@pytest.fixture(scope="module")
def calc(addin: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A LibreOffice into which unopkg has installed the add-in; for all users, since it refuses root another way."""
    require_office()
    home = tmp_path_factory.mktemp("calc")
    (home / "kttt.oxt").write_bytes(addin)
    profile, shared = home / "profile", f"-env:UNO_SHARED_PACKAGES={(home / 'shared').as_uri()}"
    options = [f"-env:UserInstallation={profile.as_uri()}", shared]
    done = subprocess.run(
        ["unopkg", "add", "--shared", home / "kttt.oxt", *options], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    with running_office(profile, shared) as run:
        yield run


# --- the file


def test_the_same_bytes_on_every_run(addin: bytes, tmp_path: Path) -> None:
    program = (
        "import sys; from kttt_xl import calc_addin; sys.stdout.buffer.write(calc_addin.build_calc_addin().content)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parent.parent)}
    again = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=tmp_path, env=environment
    )
    assert hashlib.sha256(again.stdout).hexdigest() == hashlib.sha256(addin).hexdigest()


def test_what_is_in_it(parts: dict[str, bytes]) -> None:
    ours = {name for name in parts if not name.startswith("pythonpath/")}
    assert ours == {
        "CalcAddIn.xcu", "Jobs.xcu", "KtttCalc.idl", "META-INF/manifest.xml", "description.xml", "kttt.components",
        "kttt_addin.py",
    }  # fmt: skip
    listed = re.findall(r'full-path="([^"]+)"', parts["META-INF/manifest.xml"].decode())
    assert listed == ["KtttCalc.idl", "kttt.components", "CalcAddIn.xcu", "Jobs.xcu"]
    assert f'<version value="{__version__}"/>' in parts["description.xml"].decode()
    carried = {name.split("/")[1] for name in parts if name.startswith("pythonpath/")}
    assert carried == {"kttt_xl", "platformdirs"}
    assert {"pythonpath/platformdirs/LICENSE", "pythonpath/kttt_xl/workbooks/yen-bai-209-2023/agencies.csv"} <= {*parts}


def test_only_what_the_functions_need_is_carried() -> None:
    carried = set(calc_addin.modules())
    assert {"udfs", "cell_values", "known_names", "plans", "plan_checks", "history", "workbook"} <= carried
    assert carried & {"addin_commands", "commands", "report", "builder", "ribbon", "serve", "filling"} == set()


def test_a_library_that_libreoffice_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calc_addin, "_FOREIGN", frozenset({"xlwings", "platformdirs"}))
    with pytest.raises(KtttError, match=r"^agencies\.py cần thư viện rapidfuzz, mà Python của LibreOffice không có\.$"):
        calc_addin.modules()


def test_functions_are_those_of_excel() -> None:
    found = calc_addin.functions(calc_addin._tree("udfs"))
    assert {each.name: [argument.name for argument in each.arguments] for each in found} == {
        name: list(inspect.signature(getattr(udfs, name)).parameters) for name in udfs.__all__
    }
    cut = [(each.name, each.text[:255], tuple(argument.text for argument in each.arguments)) for each in found]
    in_excel = wrappers.make_wrappers("kttt_xl.udfs").functions
    assert cut == [(each.name, each.description, each.arguments) for each in in_excel]


@pytest.mark.parametrize(
    "source",
    [
        '@xw.func\n@given("a", "Ô")\ndef KTTT_X(a, b=None):\n    """Câu."""',
        '@xw.func\n@given("a", "Ô")\ndef KTTT_X(a): ...',
    ],
    ids=["argument", "function"],
)
def test_nothing_goes_unexplained(source: str) -> None:
    with pytest.raises(KtttError, match=r"^Hàm KTTT_X hoặc một đối số của nó không có lời giải thích\.$"):
        calc_addin.functions(ast.parse(source))


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path, addin: bytes) -> None:
    out = tmp_path / "kttt.oxt"
    assert commands.run(["addin", "build", "--calc", "-o", str(out), "--json"]) == 0
    digest = hashlib.sha256(addin).hexdigest()
    told = {
        "file": str(out),
        "sha256": digest,
        "size": len(addin),
        "platformdirs": calc_addin.build_calc_addin().platformdirs,
    }
    assert json.loads(capsys.readouterr().out) == told
    assert out.read_bytes() == addin
    assert commands.run(["addin", "build", "--calc", "-o", str(tmp_path / "kttt.xlam")]) == 2
    assert "«kttt.xlam» phải là tên tệp .oxt." in capsys.readouterr().err


# --- the component, without LibreOffice


@pytest.fixture
def component(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """kttt_addin.py over stand-ins of what LibreOffice's Python offers."""
    helper = SimpleNamespace(addImplementation=lambda *_: None)
    offered = {
        "unohelper": {"Base": type("Base", (), {}), "ImplementationHelper": lambda: helper},
        "com": {}, "com.sun": {}, "com.sun.star": {},
        "com.sun.star.lang": {"XServiceInfo": type("XServiceInfo", (), {})},
        "com.sun.star.table": {"CellAddress": type("CellAddress", (), {})},
        "com.sun.star.task": {"XJob": type("XJob", (), {})},
        "vn": {}, "vn.kttt": {"XCalc": type("XCalc", (), {})},
    }  # fmt: skip
    for name, content in offered.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    specification = importlib.util.spec_from_file_location("kttt_addin", COMPONENT)
    assert specification is not None
    assert specification.loader is not None
    made = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(made)
    return made


def document(year: int = 1899, month: int = 12, day: int = 30) -> SimpleNamespace:
    return SimpleNamespace(NullDate=SimpleNamespace(Year=year, Month=month, Day=day))


def test_an_old_python_is_told_in_the_cell(component: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ast.parse(COMPONENT.read_text(encoding="utf-8"), feature_version=(3, 8))
    monkeypatch.setattr(component, "sys", SimpleNamespace(version_info=(3, 8, 10)))
    sentence = "Python của LibreOffice này là bản 3.8; hàm KTTT cần bản 3.11 trở lên."
    assert component.Calc(None).KTTT_KY(document(), "2024") == sentence


def test_the_stand_in_of_xlwings_goes_again(component: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    known = sys.modules["xlwings"]
    monkeypatch.delitem(sys.modules, "kttt_xl.udfs")
    assert component.Calc(None).KTTT_KY(document(), "Quý I/2024") == "2024-Q1"
    assert sys.modules["xlwings"] is known
    monkeypatch.delitem(sys.modules, "xlwings")
    monkeypatch.delitem(sys.modules, "kttt_xl.udfs")
    component._functions.cache_clear()
    assert component.Calc(None).KTTT_KY(document(), "Quý I/2024") == "2024-Q1"
    assert "xlwings" not in sys.modules


def test_arguments_where_zero_means_something_are_arguments(component: ModuleType) -> None:
    names = {name for each in udfs.__all__ for name in inspect.signature(getattr(udfs, each)).parameters}
    assert set(component._NUMBERS) - names == set()


# --- in cells


def test_the_wizard_knows_each_function_once(calc: Run, tmp_path: Path) -> None:
    [told] = calc([{"open": str(book(tmp_path / "trang.xlsx", {})), "steps": [["wizard", "KTTT_"]]}])
    expected = [
        [each.name, each.text, [[argument.name, argument.text] for argument in each.arguments]]
        for each in calc_addin.in_calc(calc_addin.functions(calc_addin._tree("udfs")))
    ]
    assert sorted(told) == expected
    (table,) = (arguments for name, _, arguments in expected if name == "KTTT_TONG_HOP")
    assert [name for name, _ in table] == ["bang", "cot_nhom", "cot_gia_tri", "cach_tinh", "dong", "cot"]


def book(path: Path, cells: dict[str, object], **options: object) -> Path:
    """Write a workbook as Excel would, with these contents of the cells of its only sheet."""
    with xlsxwriter.Workbook(path, options) as made:
        sheet = made.add_worksheet("T")
        for place, content in cells.items():
            sheet.write(place, content)
    return path


def as_cell(content: Any) -> Any:
    """Return what a cell holds: a date is a number."""
    match content:
        case {"date": text}:
            return (date.fromisoformat(text) - EPOCH).days
        case None:
            return ""
    return content


# LibreOffice hands over an error in a cell as an error of the whole formula, and TRUE as 1: see TYPED.
IN_CELLS = [each for each in EXAMPLES if not re.search(r"'error'|True|False", repr(each[1]))]
# Arguments that are blocks to the function itself; others go cell by cell, a formula for each cell of the result.
BLOCKS = {"KTTT_DU_BAO": {0, 1}, "KTTT_TONG_HOP": {0, 1, 2, 3}}


def refused(height: int, width: int, cure: str = "ghi cho một ô") -> str:
    told = f"LibreOffice cần mỗi ô một công thức, mà kết quả có {height} dòng × {width} cột"
    return f"{told}: {cure}, rồi kéo ra các ô khác."


WHICH = "thêm ROW(A1);COLUMN(A1) ở cuối (xem docs/excel.md)"


def formulas(name: str, places: list[tuple[int, int, int, int] | None], expected: Any) -> Iterator[tuple[str, Any]]:
    """Yield the formula for each cell of a result, given the places of the arguments, with what it shows.

    A formula has ranges throughout, also of one cell.
    """
    blocks = BLOCKS.get(name, set()) if isinstance(expected, list) else set(range(len(places)))
    table = name == "KTTT_TONG_HOP"
    for row, line in enumerate(rows(expected)):
        for column, item in enumerate(line):
            given = []
            for number, place in enumerate(places):
                if place and number not in blocks:
                    top, left, bottom, right = place
                    at = top + (row if bottom > top else 0), left + (column if right > left else 0)
                    place = (*at, *at)  # noqa: PLW2901  # the one cell of it
                given.append(":".join(xl_rowcol_to_cell(*corner) for corner in (place[:2], place[2:])) if place else "")
            given += [""] * (4 - len(given)) + [str(row + 1), str(column + 1)] if table else []
            yield f"={name}({','.join(given).rstrip(',')})", as_cell(item)


def test_examples_in_a_file_of_excel(calc: Run, tmp_path: Path) -> None:
    """Names as Excel writes them, nothing computed yet; then with single cells in place of ranges of one."""
    file = tmp_path / "vi-du.xlsx"
    steps: list[list[str]] = [["recalculate"]]
    shown: list[tuple[str, Any]] = []
    with xlsxwriter.Workbook(file) as made:
        for number, (name, arguments, expected) in enumerate(IN_CELLS):
            sheet = made.add_worksheet(f"v{number}")
            places: list[tuple[int, int, int, int] | None] = []
            column = 0
            for argument in arguments:
                if argument == MISSING:
                    places.append(None)
                    continue
                content = [[as_cell(item) for item in line] for line in rows(argument)]
                for at, line in enumerate(content):
                    for beside, item in enumerate(line, start=column):
                        (sheet.write_string if isinstance(item, str) else sheet.write_number)(at, beside, item)
                places.append((0, column, len(content) - 1, column + len(content[0]) - 1))
                column += len(content[0])
            told = list(formulas(name, places, expected))
            for at, (formula, _) in enumerate(told, start=20):
                sheet.write_formula(at, 0, formula)
                sheet.write_formula(at, 1, re.sub(r"\b(\w+):\1\b", r"\1", formula))
            steps.append(["contents", sheet.name, f"A21:B{20 + len(told)}"])
            shown += told
    [said] = calc([{"open": str(file), "visible": True, "steps": steps}])
    assert list(zip((formula for formula, _ in shown), said[::2], strict=True)) == shown
    in_doubt = [(formula, one) for (formula, item), one in zip(shown, said[1::2], strict=True) if one != item]
    assert [each for each in in_doubt if not str(each[1]).endswith(DOUBT)] == []


HEADER = {"A1": "Quý I/2024", "A2": 8, "A3": 10, "A4": 0, "A6": ">=", "A7": "Hoàn thành", "A8": "không quá", "A9": 5}
DOUBT = "trống hay bằng 0, LibreOffice không cho hàm biết; ghi B2:B2 thay cho B2."


OTHER_DAY = (
    "Bảng tính này đếm ngày từ 1/1/1904; hàm KTTT cần 30/12/1899 "
    "(Công cụ > Tùy chọn > LibreOffice Calc > Tính toán > Ngày tháng)."
)
TYPED: list[tuple[str, object]] = [
    ("=KTTT_KY(A1)", "2024-Q1"),
    ("=kttt_ten_ky(2024)", "Năm 2024"),
    ('=KTTT_HAN("trước ngày 15/12 hằng năm";2024)', 45641),
    ("=KTTT_TIEN_DO(A2;A6;A3)+1", 1.8),
    ('=KTTT_TIEN_DO(A2;">=";A3;;5)', 0.6),
    ('=KTTT_CO_QUAN("Sở KH&ĐT")', "Sở Kế hoạch và Đầu tư"),
    ('=KTTT_CO_QUAN("Sở KHĐTT")', "Không có cơ quan «Sở KHĐTT»."),  # no suggestions here
    # A5, A15 and A16 are blank, which Calc hands over as 0.
    ("=KTTT_KY(A5)", ""),
    ("=KTTT_HAN(A5;A15)", ""),
    ("=KTTT_TINH_TRANG(A5;A15)", ""),
    ("=KTTT_TINH_TRANG(A7;45000;A5;45000)", "Hoàn thành (thiếu ngày)"),
    ("=KTTT_TIEN_DO(A5;A6;A3)", f"Ô «giá trị» {DOUBT}"),
    ("=KTTT_TIEN_DO(A4;A6;A3)", f"Ô «giá trị» {DOUBT}"),
    ("=KTTT_TIEN_DO(A5:A5;A6;A3)", ""),
    ("=KTTT_TIEN_DO(A4:A4;A6;A3)", 0),
    ("=KTTT_TIEN_DO(A2;A6;A3;A15;A16)", 0.8),  # no matter: such a target has no upper bound, and a base of 0
    ("=KTTT_TIEN_DO(A2;A8;A9;A15)", f"Ô «mức trên» {DOUBT}"),
    ("=KTTT_TIEN_DO(A2;A8;A5;A15)", f"Ô «mức», «mức trên» {DOUBT}"),
    ("=KTTT_DANH_GIA(A5;A6;A3;A15;A16;45000)", f"Ô «giá trị» {DOUBT}"),
    ("=KTTT_DANH_GIA(A5:A5;A6;A3;A15;A16;45000)", "Chưa có số liệu"),
    ("=KTTT_DANH_GIA(A4:A4;A6;A3;A15;A16;45000)", "Chưa đạt"),
    ('=KTTT_DANH_GIA(A5;"định tính";A15)', "Định tính"),
    ("=KTTT_SO(A4)", f"Ô «số» {DOUBT}"),
    ("=KTTT_TANG_TRUONG(100;A5;2)", f"Ô «cuối» {DOUBT}"),
    # What LibreOffice does by itself.
    ("=KTTT_KY(1/0)", None),
    ("=KTTT_SO(TRUE())", 1),
    ("=VN.KTTT.CALC.KTTT_KY(A1)", "2024-Q1"),
]


def test_typed_formulas(calc: Run, tmp_path: Path) -> None:
    typed = [formula for formula, _ in TYPED]
    steps = [["type", "T", f"D{at}", formula] for at, formula in enumerate(typed, start=1)]
    file = book(tmp_path / "go.xlsx", HEADER)
    [told] = calc([{"open": str(file), "steps": [*steps, ["contents", "T", f"D1:D{len(typed)}"]]}])
    assert list(zip(typed, told, strict=True)) == TYPED


def test_an_error_among_the_values_is_an_error_of_the_formula(calc: Run, tmp_path: Path) -> None:
    """Calc calls no function with it; IFERROR in an array formula gives it the others."""
    file = book(tmp_path / "loi.xlsx", {"A1": 2021, "A2": 2022, "A3": 2023, "B1": 5, "B2": "=NA()", "B3": 7})
    steps = [
        ["recalculate"],
        ["type", "T", "D1", "=KTTT_DU_BAO(A1:A3;B1:B3;2025)"],
        ["array", "T", "D2", '=KTTT_DU_BAO(A1:A3;IFERROR(B1:B3;"");2025)'],
        ["contents", "T", "D1:D2"],
    ]
    assert calc([{"open": str(file), "steps": steps}]) == [[None, pytest.approx(9, abs=0.01)]]


def test_texts_are_found_by_other_formulas(calc: Run, tmp_path: Path) -> None:
    """And a block is refused: texts of a block look the same, but COUNTIF and = do not find them."""
    file = book(tmp_path / "chu.xlsx", {"A1": "Quý I/2024", "A2": "năm 2024", "A3": "quý I/2024"})
    steps = [
        *(["type", "T", f"C{row}", f"=KTTT_KY(A{row})"] for row in (1, 2, 3)),
        ["type", "T", "D1", '=COUNTIF(C1:C3;"2024-Q1")'],
        ["type", "T", "D2", '=IF(C2="2024";1;0)+IF(KTTT_KY(A3)="2024-q1";10;0)'],
        ["type", "T", "D3", '=MATCH("2024";C1:C3;0)'],
        ["array", "T", "E1:E3", "=KTTT_KY(A1:A3)"],
        ["contents", "T", "D1:E3"],
    ]
    assert calc([{"open": str(file), "steps": steps}]) == [[2, refused(3, 1), 11, refused(3, 1), 2, refused(3, 1)]]


def test_a_table_is_made_cell_by_cell_and_its_texts_are_found(calc: Run, tmp_path: Path) -> None:
    """One formula drawn over the cells; asked for whole, or for no cell of it, a table is refused."""
    rows = [["Huyện", "Số HTX"], ["Chư Sê", 3], ["Đak Pơ", 5], ["Chư Sê", 4]]
    cells = {f"{'AB'[right]}{down}": item for down, row in enumerate(rows, 1) for right, item in enumerate(row)}
    table = 'KTTT_TONG_HOP($A$1:$B$4;"Huyện";"Số HTX"'
    steps = [
        *(["type", "T", f"{'DEF'[right]}{row}", f'={table};"";ROW(A{row});COLUMN({"ABC"[right]}1))']
          for row in range(1, 5) for right in range(3)),
        ["type", "T", "H1", '=COUNTIF(D1:D4;"Chư Sê")'],
        ["type", "T", "H2", '=VLOOKUP("Chư Sê";D1:E4;2;0)'],
        ["type", "T", "H3", "=SUM(E1:E4)"],
        ["type", "T", "H4", f"={table};;B2:B2-1;2)"],
        ["array", "T", "J1:K3", f"={table})"],
        ["type", "T", "L1", f"={table};;0;1)"],
        ["type", "T", "L2", f"={table};;2)"],
        ["contents", "T", "D1:F4"], ["contents", "T", "H1:H4"], ["contents", "T", "J1:L1"], ["contents", "T", "L2:L2"],
    ]  # fmt: skip
    [told] = calc([{"open": str(book(tmp_path / "bang.xlsx", cells)), "steps": steps}])
    assert told[:12] == ["Huyện", "Số HTX", "", "Chư Sê", 7, "", "Đak Pơ", 5, "", "", "", ""]
    assert told[12:16] == [1, 7, 12, 7]
    whole = refused(3, 2, WHICH)
    assert told[16:] == [whole, whole, "«dong» và «cot» đếm từ 1, ví dụ ROW(A1) và COLUMN(A1).", whole]


def test_a_sheet_that_counts_days_from_another_day(calc: Run, tmp_path: Path) -> None:
    file = book(tmp_path / "mac.xlsx", {"A1": 8}, date_1904=True)
    steps = [["type", "T", "C1", '=KTTT_TIEN_DO(A1;">=";10)'], ["read", "T", "C1"]]
    assert calc([{"open": str(file), "steps": steps}]) == [[OTHER_DAY]]


def test_a_file_of_excel_computes_and_so_does_what_is_saved_of_it(calc: Run, tmp_path: Path) -> None:
    """Protected sheets as well; LibreOffice by itself shows #NAME? once a figure changes."""
    file = tmp_path / "tu-excel.xlsx"
    with xlsxwriter.Workbook(file) as made:
        sheet = made.add_worksheet("T")
        sheet.write("A1", 8, made.add_format({"locked": False}))
        sheet.write_formula("B1", '=IF(KTTT_TIEN_DO(A1,">=",10)<1,KTTT_TEN_KY(2024),"x")', None, "Năm 2024")
        sheet.write_array_formula("C1", '{=SUM(KTTT_TIEN_DO(A1:A1,">=",10),1)}', None, 1.8)
        sheet.protect()
    changed = [["number", "T", "A1", 12], ["contents", "T", "B1:C1"], ["formula", "T", "B1"]]
    seen = '=IF(KTTT_TIEN_DO(A1,">=",10)<1,KTTT_TEN_KY(2024),"x")'
    saved = [tmp_path / "luu.ods", tmp_path / "luu.xlsx"]
    jobs: list[dict[str, object]] = [
        {"open": str(opened), "visible": True, "save": str(to), "steps": changed}
        for opened, to in ((file, saved[0]), (file, saved[1]), *((each, tmp_path / "lai.ods") for each in saved))
    ]
    assert calc(jobs) == [["x", 2.2, seen]] * 4


def test_figures_of_the_consolidated_workbook(calc: Run, tmp_path: Path) -> None:
    """By the note that `consolidate` leaves in the user's data folder, which platformdirs finds."""
    reported.remember(test_reported.write(tmp_path / "tong-hop.xlsx", test_reported.sheets()))
    file = book(tmp_path / "so-lieu.xlsx", {"A1": "HTX", "A2": "Sở Nội vụ", "A3": "Sở Nội"})
    steps = [
        ["type", "T", f"C{at}", f"=KTTT_SO_LIEU(A1;{agency};2024)"] for at, agency in ((1, "A5"), (2, "A2"), (3, "A3"))
    ]
    [told] = calc([{"open": str(file), "steps": [*steps, ["contents", "T", "C1:C3"]]}])
    assert told == [15, 5, "Sổ tổng hợp không có biểu số liệu của đơn vị «Sở Nội»."]


# --- the same as Python, by the thousand


def test_formulas_of_the_consolidated_workbook_say_what_python_says(calc: Run, tmp_path: Path) -> None:
    """As they are written, with blanks and zeros among values, bounds and bases."""
    file = tmp_path / "ca.xlsx"
    targets, tasks = write_cases(file)
    status = TASK_COLUMNS["udf"]
    steps = [["recalculate"], ["contents", TASK_SHEET, f"{status}1:{status}{len(tasks)}"]]
    steps += [["contents", TARGET_SHEET, f"{letter}1:{letter}{len(targets)}"] for letter in TARGET_COLUMNS["udf"]]
    [told] = calc([{"open": str(file), "visible": True, "steps": steps}])
    columns = (list(column) for column in zip(*(case.expected for case in targets), strict=True))
    assert differing(told, [*(case.expected for case in tasks), *chain(*columns)]) == []


@pytest.mark.parametrize("day", [date(2024, 12, 20), date(2024, 6, 25), date(2026, 1, 5)], ids=str)
def test_the_consolidated_workbook_moves_with_the_day(calc: Run, tmp_path: Path, day: date) -> None:
    """Counts of statuses too, which other formulas make of what the functions say; sheets are protected."""
    result = consolidate(test_report.PLAN, test_report.YEAR, test_report.AS_OF, test_report.COPIES)
    steps: list[list[Any]] = [["number", "Tổng quan", "C9", (day - EPOCH).days], ["recalculate"]]
    steps += [["contents", name, "A1:Z60"] for name in ("Tổng quan", "Chỉ tiêu", "Nhiệm vụ")]
    jobs: list[dict[str, object]] = []
    for functions in FUNCTIONS:
        file = tmp_path / f"{functions}.xlsx"
        file.write_bytes(report.write_report(result, functions))
        jobs.append({"open": str(file), "visible": True, "steps": steps})
    native, udf = calc(jobs)
    assert {one for one in native if isinstance(one, str)} & {*STATUSES, *VERDICTS} != set()
    assert [
        other for one, other in zip(native, udf, strict=True) if one != other and "add-in KTTT" not in str(other)
    ] == []


def differing(told: Sequence[Any], expected: Sequence[Any]) -> list[tuple[Any, Any]]:
    return [
        (one, other)
        for one, other in zip(told, expected, strict=True)
        if (one != pytest.approx(other, rel=1e-9, abs=1e-9) if isinstance(other, float) else one != other)
    ]
