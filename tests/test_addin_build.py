"""kttt.xlam as a file: the same bytes every time, clean Open XML, a sound ribbon, VBA a scanner need not fear."""

import hashlib
import io
import json
import os
import re
import runpy
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openxml_audit import OpenXmlValidator
from pyopenvba import ExcelFile, check_file
from pyopenvba.cfb import CFB
from vba_harness import built_addin

from kttt_xl import __version__, addin_build, addin_file, commands, udfs, wrappers
from kttt_xl.errors import KtttError
from kttt_xl.resources import folder

XLWINGS = "0.37.8"


@pytest.fixture(scope="module")
def addin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("addin") / "kttt.xlam"
    file.write_bytes(built_addin())
    return file


@pytest.fixture(scope="module")
def parts() -> dict[str, bytes]:
    return addin_file._unpack(built_addin())


# In a process of its own: oletools uses words of pyparsing that give warnings, which are errors here.
SCAN = """
import json, sys
from oletools.mraptor import MacroRaptor
from oletools.olevba import VBA_Parser
file = VBA_Parser(sys.argv[1])
judged = MacroRaptor(file.get_vba_code_all_modules())
judged.scan()
modules = [name for *_, name, code in file.extract_macros() if code.strip()]
json.dump([modules, file.analyze_macros(), judged.suspicious, judged.autoexec], sys.stdout)
"""


@pytest.fixture(scope="module")
def scan(addin: Path) -> tuple[list[str], list[list[str]], bool, bool]:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SCAN, addin], capture_output=True, check=True)
    return tuple(json.loads(done.stdout))


@pytest.fixture(scope="module")
def modules(addin: Path) -> dict[str, str]:
    with ExcelFile(addin) as file:
        return {name: source.replace("\r\n", "\n") for name, source in file.vba_modules().items()}


# --- the command


def test_two_builds_are_equal_byte_for_byte_whatever_the_process(addin: Path, tmp_path: Path) -> None:
    said = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "kttt_xl", "addin", "build", "-o", tmp_path / f"{seed}.xlam", "--json"],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": f"UTC{seed}"},
        )
        said.append(json.loads(done.stdout))
        assert (tmp_path / f"{seed}.xlam").read_bytes() == addin.read_bytes()
    content = addin.read_bytes()
    assert said == [
        {
            "file": str(tmp_path / f"{seed}.xlam"),
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "xlwings": XLWINGS,
        }
        for seed in ("1", "2")
    ]


def test_the_command_says_where_and_which(
    addin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    digest = hashlib.sha256(addin.read_bytes()).hexdigest()
    assert commands.run(["addin", "build"]) == 0
    assert capsys.readouterr() == (f"Đã làm add-in kttt.xlam (dùng với xlwings {XLWINGS}).\nsha256 {digest}\n", "")


def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addin_build, "find_spec", lambda name: None if name == "pyopenvba" else object())


def broken_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addin_build, "FUNCTIONS", "kttt_xl.no_such_module")


def no_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addin_build, "FUNCTIONS", "kttt_xl.errors")


MISSING = (
    'Máy này thiếu pyopenvba để làm add-in; cài bằng: pip install "kttt-xl[addin]", rồi chạy lại. '
    "Người dùng Excel không cần lệnh này: dùng kttt.xlam đã làm sẵn."
)
BROKEN = (
    "Không làm được hàm cho Excel từ kttt_xl.no_such_module: "
    "ModuleNotFoundError: No module named 'kttt_xl.no_such_module'"
)
NONE = (
    "Không làm được hàm cho Excel từ kttt_xl.errors: "
    "kttt_xl.errors.KtttError: xlwings viết hàm VBA theo cách khác trước; cần xem lại kttt_xl/wrappers.py."
)


@pytest.mark.parametrize(
    ("out", "spoil", "code", "sentence"),
    [
        ("kttt.xlsx", None, 2, "«kttt.xlsx» phải là tên tệp .xlam."),
        ("none/kttt.xlam", None, 1, "Không có thư mục «none» để ghi «kttt.xlam»."),
        ("kttt.xlam", without_extra, 2, MISSING),
        ("kttt.xlam", broken_functions, 1, BROKEN),
        ("kttt.xlam", no_functions, 1, NONE),
    ],
    ids=["wrong ending", "no folder", "extra missing", "functions broken", "no functions"],
)
def test_what_cannot_be_done_is_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    out: str,
    spoil: Callable[[pytest.MonkeyPatch], None] | None,
    code: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if spoil:
        spoil(monkeypatch)
    assert commands.run(["addin", "build", "-o", out]) == code
    assert capsys.readouterr() == ("", f"Lỗi: {sentence}\n")
    assert list(tmp_path.iterdir()) == []


# --- the package


def test_open_xml_is_clean(addin: Path) -> None:
    checked = OpenXmlValidator().validate(addin)
    assert (checked.is_valid, checked.errors) == (True, [])
    assert check_file(addin).issues == ()


def test_parts_say_what_they_are(parts: dict[str, bytes]) -> None:
    assert sorted(parts) == [
        "[Content_Types].xml",
        "_rels/.rels",
        "customUI/customUI14.xml",
        "docProps/app.xml",
        "docProps/core.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/sharedStrings.xml",
        "xl/styles.xml",
        "xl/theme/theme1.xml",
        "xl/vbaProject.bin",
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet3.xml",
    ]
    assert b"vnd.ms-excel.addin.macroEnabled.main+xml" in parts["[Content_Types].xml"]
    assert [name for name, part in parts.items() if b"inlineStr" in part or b"fullCalcOnLoad" in part] == []
    properties = parts["docProps/core.xml"].decode("utf-8")
    assert re.findall("<(dc:creator|dc:title|cp:lastModifiedBy)>(.*?)</", properties) == [
        ("dc:title", "KTTT"),
        ("dc:creator", "kttt-xl"),
        ("cp:lastModifiedBy", "kttt-xl"),
    ]


def test_parts_are_stored_with_nothing_of_this_machine(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        members = [(each.compress_type, each.date_time, each.create_system) for each in package.infolist()]
    assert set(members) == {(zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0), 0)}


def test_no_path_of_a_machine_is_in_it(parts: dict[str, bytes], modules: dict[str, str], addin: Path) -> None:
    with ExcelFile(addin) as file:
        libraries = [reference.path for reference in file.references()]
    assert libraries == [
        "C:\\Windows\\System32\\stdole2.tlb",
        "C:\\Program Files\\Common Files\\Microsoft Shared\\OFFICE16\\MSO.DLL",
    ]
    texts = [*(part.decode("latin-1") for part in parts.values()), *modules.values()]
    path = re.compile(r"[A-Z]:\\(?!kttt-xl)\w|/(?:home|root|tmp|usr|work)/", re.IGNORECASE)
    assert [match[0] for text in texts for match in path.finditer(text)] == []


# --- settings: what addin install writes and doctor reads


def test_settings_name_the_versions(addin: Path) -> None:
    assert addin_file.read_settings(addin.read_bytes()) == {
        "XLWINGS_VERSION": XLWINGS,
        "KTTT_VERSION": __version__,
        "INTERPRETER_WIN": "",
        "DEBUG UDFS": "",
    }


def test_settings_are_written_and_every_other_part_stays(addin: Path, tmp_path: Path) -> None:
    signed = addin_file._pack(addin_file._unpack(addin.read_bytes()) | {"xl/vbaProjectSignature.bin": b"signature"})
    wanted = {"INTERPRETER_WIN": "C:\\kttt-xl\\<&\"'>\\pythonw.exe", "Ghi chú": " Tiếng Việt "}
    written = addin_file.with_settings(signed, wanted)
    assert addin_file.read_settings(written) == addin_file.read_settings(signed) | wanted
    before, after = addin_file._unpack(signed), addin_file._unpack(written)
    assert {name for name in before | after if before.get(name) != after.get(name)} == {"xl/worksheets/sheet1.xml"}
    assert addin_file.with_settings(written, {}) == written
    file = tmp_path / "kttt.xlam"
    file.write_bytes(addin_file.with_settings(addin.read_bytes(), wanted))
    assert OpenXmlValidator().validate(file).errors == []


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp", "Zs")), max_size=80))
@example("C:\\_x0041_\\pythonw.exe")
@example("C:\\a & b\\<x>'\"")
def test_a_setting_is_read_as_it_was_written(value: str) -> None:
    written = addin_file.with_settings(built_addin(), {"INTERPRETER_WIN": value})
    assert addin_file.read_settings(written)["INTERPRETER_WIN"] == value


@pytest.mark.parametrize("value", ["C:\\a\0b", "a\nb", "\ud800", "\ufffe"])
def test_a_setting_that_no_cell_can_hold_is_refused(value: str) -> None:
    with pytest.raises(KtttError, match=r"^Thiết đặt của add-in có ký tự không in được\.$"):
        addin_file.with_settings(built_addin(), {"INTERPRETER_WIN": value})


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"MZ"], ids=["empty", "cut off", "program"])
def test_what_is_no_addin_is_said(content: bytes) -> None:
    with pytest.raises(KtttError, match=r"^Tệp này không phải add-in KTTT, hoặc đã hỏng\.$"):
        addin_file.read_settings(content)
    with pytest.raises(KtttError, match=r"^Tệp này không phải add-in KTTT, hoặc đã hỏng\.$"):
        addin_file.with_settings(content, {})


def test_another_programs_addin_is_said(addin: Path) -> None:
    parts = addin_file._unpack(addin.read_bytes())
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"kttt.conf", b"other.conf")
    with pytest.raises(KtttError, match=r"^Tệp này không phải add-in KTTT\.$"):
        addin_file.with_settings(addin_file._pack(parts), {})


# --- VBA


def test_olevba_lists_exactly_our_modules(scan: tuple, addin: Path, modules: dict[str, str]) -> None:
    documents = ["ThisWorkbook", "Sheet1", "Sheet2", "Sheet3"]
    assert list(modules) == [*documents, *addin_build.MODULES]
    assert sorted(Path(name).stem for name in scan[0]) == sorted(modules)
    assert [name for name in documents if re.search(r"^(?!Attribute )\S", modules[name], re.MULTILINE)] == []
    with ExcelFile(addin) as file:
        assert (file.vba_project().name, file.validate()) == ("KtttXl", [])
        listed = CFB.from_bytes(file.vba_project_bytes()).get_stream("PROJECT").decode("ascii").splitlines()
    assert [line for line in listed if line.startswith(("Name=", "Document=", "Module=", "Class="))] == [
        *(f"Document={name}/&H00000000" for name in documents),
        *(f"Module={name}" for name in addin_build.MODULES),
        'Name="KtttXl"',
    ]


def test_the_words_a_scanner_looks_for_stay_few(scan: tuple) -> None:
    _, words, suspicious, starts_by_itself = scan
    assert {(kind, word.casefold()) for kind, word, _ in words if kind != "IOC"} == {
        ("Suspicious", "lib"),  # the DLL: without it nothing reaches Python
        ("Suspicious", "exec"),  # what its COM object calls running an order
        ("Suspicious", "run"),  # kttt_xl.ribbon.run
        ("Suspicious", "binary"),  # in the words of the licence
        ("Suspicious", "hex strings"),  # in the class id of the server started at logon
        ("Suspicious", "base64 strings"),  # names long enough to look like it
    }
    assert (suspicious, starts_by_itself) == (False, False)


FORBIDDEN = (
    r"\b(?:Shell|Kill|FileCopy|VBProject|CreateObject|GetObject|Environ|Open|Print|CallByName|ExecuteExcel4Macro)\b"
)


def test_vba_does_nothing_to_files_programs_or_itself(modules: dict[str, str]) -> None:
    code = {name: re.sub("'[^\"\n]*$", "", text, flags=re.MULTILINE) for name, text in modules.items()}
    assert [(name, word) for name, text in code.items() for word in re.findall(FORBIDDEN, text)] == []


def test_vba_is_ascii_in_lines_the_editor_takes(modules: dict[str, str]) -> None:
    lines = [(name, line) for name, text in modules.items() for line in text.splitlines()]
    assert [(name, line) for name, line in lines if not line.isascii() or len(line) > 1023] == []


def test_no_procedure_takes_an_order_to_python_as_text(modules: dict[str, str]) -> None:
    """A formula can call a public function, a picture's macro any procedure with texts of its own."""
    ours = "".join(modules[name] for name in ("KtttBridge", "KtttRibbon", "KtttWords"))
    taking = re.findall(r"^(?:Public |Private )?(?:Sub|Function|Property Get) (\w+)\((?!\))", ours, re.MULTILINE)
    assert sorted(taking) == [
        *("Entry", "FileExists", "GetConfig", "IsLocalAscii", "KtttClick", "KtttOnLoad", "KtttSay", "KtttText"),
        "ParentFolder",
    ]
    assert re.findall(r"\.(?:Exec|Eval)\b.*", ours) == [".Exec order"]
    orders = re.findall(r'order = "(.*)"$', ours, re.MULTILINE)
    assert len(orders) == ours.count("order = ") == 6
    assert [
        order for order in orders if not re.fullmatch(r"import kttt_xl\.ribbon; kttt_xl\.ribbon\.run\('\w+'\)", order)
    ] == []


def test_the_licence_of_xlwings_is_kept_whole(modules: dict[str, str]) -> None:
    source = Path(sys.modules["xlwings"].__file__).with_name("xlwings_custom_addin.bas").read_text(encoding="utf-8")
    start, end = "'xlwings is distributed under a BSD 3-clause license.", "POSSIBILITY OF SUCH DAMAGE."
    licence = source[source.index(start) : source.index(end) + len(end)]
    assert licence in modules["KtttBridge"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'XLWINGS_VERSION As String = "0.37.8"',
            'XLWINGS_VERSION As String = "0.37.9"',
            r"xlwings 0\.37\.8 mang theo VBA của phiên bản 0\.37\.9; cài lại xlwings\.",
        ),
        (
            "Sub KillPy()",
            "Sub PhoneHome()",
            r"VBA của xlwings 0\.37\.8 khác bản đã xem \(KillPy, PhoneHome\); cần xem lại trước\.",
        ),
        (
            "Declare PtrSafe Function XLPyDLLActivateAuto Lib",
            "Declare PtrSafe Function XLPyDLLActivate Lib",
            r"VBA của xlwings không khai báo xlwings64-0\.37\.8\.dll như trước; cần xem lại kttt_xl/addin_build\.py\.",
        ),
    ],
    ids=["version", "procedure", "declaration"],
)
def test_another_vba_of_xlwings_is_looked_at_before_it_is_used(
    monkeypatch: pytest.MonkeyPatch, old: str, new: str, sentence: str
) -> None:
    read = addin_build._read
    monkeypatch.setattr(addin_build, "_read", lambda file: read(file).replace(old, new))
    with pytest.raises(KtttError, match=f"^{sentence}$"):
        addin_build.xlwings_parts(XLWINGS)


def modules_with(line: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    read = addin_build._read
    monkeypatch.setattr(addin_build, "_read", lambda file: line if file.stem == "KtttRibbon" else read(file))
    return addin_build._modules(folder("macros"), wrappers.Wrappers("", ()), XLWINGS)


@pytest.mark.parametrize("line", ["' Tiếng Việt", "' " + "x" * 1022], ids=["accents", "too long"])
def test_vba_that_would_be_garbled_is_refused(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    sentence = r"^KtttRibbon, dòng 1: VBA chỉ nhận chữ ASCII và không quá 1023 ký tự\.$"
    with pytest.raises(KtttError, match=sentence):
        modules_with(line, monkeypatch)


def test_a_line_that_just_fits_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "' " + "x" * 1021
    assert modules_with(line, monkeypatch)["KtttRibbon"] == line


# --- worksheet functions


def test_every_worksheet_function_has_a_wrapper_and_words_for_the_wizard() -> None:
    made = wrappers.make_wrappers("kttt_xl.udfs")
    assert tuple(function.name for function in made.functions) == tuple(sorted(udfs.__all__))
    assert re.findall(r"^Function (\w+)\(", made.source, re.MULTILINE) == [each.name for each in made.functions]
    for function in made.functions:
        signature = re.search(rf"^Function {function.name}\((.*)\)$", made.source, re.MULTILINE)
        assert len(signature[1].split(", ")) == len(function.arguments)
        texts = (function.description, *function.arguments)
        assert [text for text in texts if not 0 < len(text) <= 255 or text.startswith("Positional argument")] == []
    assert "ActiveWorkbook" not in made.source


# --- another office program


def test_libreoffice_opens_it_with_every_text_whole(
    office: Callable[[list[dict[str, object]]], list[list[str]]], addin: Path
) -> None:
    wanted = [("kttt.conf", "A1"), ("kttt.text", "A1"), ("kttt.text", "B2"), ("kttt.help", "A12")]
    job = {"open": str(addin), "filter": "Calc MS Excel 2007 VBA XML", "steps": [["read", *place] for place in wanted]}
    texts = addin_file._rows(addin_file._unpack(addin.read_bytes()), addin_file.TEXTS)
    assert office([job]) == [["XLWINGS_VERSION", "title", texts[1][1], sorted(udfs.__all__)[11]]]


def test_macros_lie_beside_the_package_or_in_it() -> None:
    wanted = {"KtttBridge.bas", "KtttRibbon.bas", "KtttWords.bas", "customUI14.xml", "texts.toml"}
    assert wanted <= {file.name for file in folder("macros").iterdir()}


# --- a release


def released(source: Path, target: str, place: Path) -> bytes:
    """Build a wheel or a source distribution of a folder as `make release` does."""
    order = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", place]
    subprocess.run(order, cwd=source, check=True, capture_output=True)
    [made] = place.iterdir()
    return made.read_bytes()


def test_a_release_brings_the_add_in_that_is_built_here(tmp_path: Path) -> None:
    """In the wheel, and in the wheel made of the source distribution, for which nothing has to be made."""
    root = Path(__file__).parent.parent
    with tarfile.open(fileobj=io.BytesIO(released(root, "sdist", tmp_path / "sdist"))) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    assert (unpacked / "macros" / "kttt.xlam").read_bytes() == built_addin()
    for number, source in enumerate((root, unpacked)):
        with zipfile.ZipFile(io.BytesIO(released(source, "wheel", tmp_path / f"wheel-{number}"))) as wheel:
            assert wheel.read("kttt_xl/macros/kttt.xlam") == built_addin()
            carried = {name for name in wheel.namelist() if name.startswith("kttt_xl/macros/")}
        ours = {f"kttt_xl/macros/{item.relative_to(root / 'macros').as_posix()}" for item in macros(root)}
        assert carried == ours | {"kttt_xl/macros/kttt.xlam"}


def macros(root: Path) -> list[Path]:
    return [item for item in (root / "macros").rglob("*") if item.is_file() and item.suffix != ".pyc"]


def test_without_the_libraries_that_make_it_the_package_is_built_without(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = runpy.run_path(str(Path(__file__).parent.parent / "hatch_build.py"))
    said: list[str] = []
    monkeypatch.setitem(hook["CarryAddin"].initialize.__globals__, "find_spec", lambda name: None)
    app = SimpleNamespace(display_warning=said.append)
    carry = hook["CarryAddin"](str(Path(__file__).parent.parent), {}, None, None, "", "wheel", app)
    data: dict[str, dict[str, str]] = {"force_include": {}}
    carry.initialize("standard", data)
    assert said == ["without macros/kttt.xlam: pyopenvba, xlwings, click not installed (make release has them)"]
    carry.initialize("editable", data)
    assert (data, len(said)) == ({"force_include": {}}, 1)
