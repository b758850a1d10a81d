"""Make the Excel add-in kttt.xlam out of macros/, xlwings' VBA and the worksheet functions.

Everything Excel runs is in the file as it is delivered: nothing is imported on an officer's PC, so no trust in the
VBA project is asked for. Source: contract, section 3; addin.md 1 and 6.3. Needs the extra "addin".
"""

import re
import tempfile
import tomllib
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from kttt_xl import __version__
from kttt_xl.addin_file import HELP, INTERPRETER, KTTT_VERSION, SETTINGS, TEXTS, XLWINGS_VERSION, Contents, write_addin
from kttt_xl.errors import KtttError, MisuseError
from kttt_xl.resources import folder
from kttt_xl.wrappers import Wrappers, make_wrappers

FUNCTIONS = "kttt_xl.udfs"
PROJECT_NAME = "KtttXl"
_HAND_WRITTEN = ("KtttBridge", "KtttRibbon", "KtttWords")
_GENERATED = "KtttFunctions"
MODULES = (*_HAND_WRITTEN, _GENERATED)
LONGEST_LINE = 1023  # the VBA editor takes no longer one

# xlwings' VBA, all of it: a version with another procedure is looked at by a person before it is built with.
REWRITTEN = frozenset({"GetConfig", "ParentFolder", "RunPython", "XLPy", "XLPyCommand", "XLPyLoadDLL"})
LEFT_OUT = frozenset(
    {
        *("CheckConda", "CleanUp", "CreateGUID", "ExecuteMac", "ExecuteWindows", "ExpandEnvironmentStrings"),
        *("FileExists", "FileExistsOnWindows", "FileOrFolderExistsOnMac", "GetBaseName", "GetConfigFilePath"),
        *("GetConfigFromFile", "GetConfigFromSheet", "GetDLLVersion", "GetDirectory", "GetDirectoryConfigFilePath"),
        *("GetDirectoryPath", "GetFullName", "GetMacDir", "GetUdfModules", "ImportPythonUDFs"),
        *("ImportPythonUDFsBase", "ImportPythonUDFsToAddin", "ImportXlwingsUdfsModule", "IsFullName", "KillFileOnMac"),
        *("KillPy", "NDims", "ReadFile", "RunFrozenPython", "SaveConfigToFile", "SheetExists", "ShowError"),
        *("ToMacPath", "ToPosixPath", "WScript", "has_dynamic_array"),
    }
)
_PROCEDURE = re.compile(r"^(?:Public |Private )?(?:Function|Sub) (\w+)\(", re.MULTILINE)
_LICENCE = re.compile(r"^'xlwings is distributed under a BSD.*?POSSIBILITY OF SUCH DAMAGE\.$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Built:
    """A made add-in, and the version of xlwings that it works with and no other."""

    content: bytes
    xlwings: str


def build_addin() -> Built:
    """Return the add-in; the same bytes for the same sources. MisuseError when the extra "addin" is not installed."""
    missing = [name for name in ("pyopenvba", "xlwings") if find_spec(name) is None]
    if missing:
        raise MisuseError(
            f'Máy này thiếu {" và ".join(missing)} để làm add-in; cài bằng: pip install "kttt-xl[addin]", rồi chạy lại.'
            " Người dùng Excel không cần lệnh này: dùng kttt.xlam đã làm sẵn."
        )
    macros = folder("macros")
    wrappers = make_wrappers(FUNCTIONS)
    xlwings = version("xlwings")
    contents = Contents(
        project=_project(_modules(macros, wrappers, xlwings)),
        ribbon=_read(macros / "customUI14.xml").encode(),
        sheets={
            SETTINGS: [(XLWINGS_VERSION, xlwings), (KTTT_VERSION, __version__), (INTERPRETER, ""), ("DEBUG UDFS", "")],
            TEXTS: list(tomllib.loads(_read(macros / "texts.toml")).items()),
            HELP: [(each.name, each.description, *each.arguments) for each in wrappers.functions],
        },
    )
    return Built(write_addin(contents), xlwings)


def _read(file: Path) -> str:
    """Return a text with LF line ends, whatever git made of them on this machine."""
    return file.read_text(encoding="utf-8").replace("\r\n", "\n")


def _modules(macros: Path, wrappers: Wrappers, xlwings: str) -> dict[str, str]:
    """Return the source of each VBA module, as it may stand in a project: ASCII, no line too long."""
    modules = {name: _read(macros / f"{name}.bas") for name in _HAND_WRITTEN}
    bridge = modules["KtttBridge"]
    for hole, words in xlwings_parts(xlwings).items():
        if bridge.count(hole) != 1:
            raise KtttError(f"KtttBridge.bas không có đúng một dòng {hole}.")
        bridge = bridge.replace(hole, words)
    modules["KtttBridge"] = bridge
    head = f'Attribute VB_Name = "{_GENERATED}"\n\' Made by xlwings from {FUNCTIONS}.\n#Const App = "Microsoft Excel"\n'
    modules[_GENERATED] = head + wrappers.source
    for name, source in modules.items():
        for number, line in enumerate(source.splitlines(), 1):
            if not line.isascii() or len(line) > LONGEST_LINE:
                raise KtttError(f"{name}, dòng {number}: VBA chỉ nhận chữ ASCII và không quá {LONGEST_LINE} ký tự.")
    return modules


def xlwings_parts(wanted: str) -> dict[str, str]:
    """Return what is taken over from the installed xlwings' VBA, by the line of KtttBridge.bas it stands in for.

    KtttError when that VBA is of another version than wanted, or has procedures that nobody has looked at: what is
    left out of it was chosen name by name.
    """
    found = find_spec("xlwings")
    file = Path((found and found.origin) or "").with_name("xlwings_custom_addin.bas")
    source = _read(file)
    stated = re.findall(r'^Public Const XLWINGS_VERSION As String = "(.+)"$', source, re.MULTILINE)
    if stated != [wanted]:
        raise KtttError(
            f"xlwings {wanted} mang theo VBA của phiên bản {', '.join(stated) or 'không rõ'}; cài lại xlwings."
        )
    unknown = set(_PROCEDURE.findall(source)) ^ (REWRITTEN | LEFT_OUT)
    licence = _LICENCE.search(source)
    if unknown or licence is None:
        raise KtttError(f"VBA của xlwings {wanted} khác bản đã xem ({', '.join(sorted(unknown))}); cần xem lại trước.")
    declarations = ["#If Win64 Then", *_declarations(source, f"xlwings64-{wanted}.dll"), "#Else"]
    declarations += [*_declarations(source, f"xlwings32-{wanted}.dll"), "#End If"]
    declarations += [f'Public Const XLWINGS_VERSION As String = "{wanted}"']
    return {"'{xlwings licence}": licence[0], "'{xlwings declarations}": "\n".join(declarations)}


def _declarations(source: str, dll: str) -> list[str]:
    """Return the two lines that name one DLL, private to their module."""
    lines = [line.strip().removeprefix("Private ") for line in source.splitlines() if f'"{dll}"' in line]
    name = next((line for line in lines if line.startswith("Const XLPyDLLName ")), None)
    call = next((line for line in lines if line.startswith("Declare PtrSafe Function XLPyDLLActivateAuto ")), None)
    if name is None or call is None:
        raise KtttError(f"VBA của xlwings không khai báo {dll} như trước; cần xem lại kttt_xl/addin_build.py.")
    return [f"    Private {name}", f"    Private {call}"]


def _project(modules: dict[str, str]) -> bytes:
    """Return a VBA project of these modules and of the code-less ones of the workbook and its three sheets."""
    from pyopenvba import ExcelFile, VBAModuleKind  # noqa: PLC0415  # an extra

    with tempfile.TemporaryDirectory() as scratch, ExcelFile.create_new(Path(scratch) / "kttt.xlam") as file:
        project = file.vba_project()
        sheet = project.get_module("Sheet1").source
        for number in (2, 3):
            source = sheet.replace('"Sheet1"', f'"Sheet{number}"')
            project.add_module(f"Sheet{number}", source, kind=VBAModuleKind.other)
        project.delete_module("Module1")
        for name, source in modules.items():
            project.add_module(name, source.replace("\n", "\r\n"))
        file.save()
        file.close()
        with ExcelFile(Path(scratch) / "kttt.xlam") as saved:
            return _named(saved.vba_project_bytes())


def _named(project: bytes) -> bytes:
    """Return the project under its own name, with the modules of sheets declared as such.

    pyOpenVBA leaves the name of every new project at VBAProject and declares added modules as classes.
    Source: MS-OVBA 2.3.1 (PROJECT stream) and 2.3.4.2.1.6 (PROJECTNAME record).
    """
    from pyopenvba.cfb import CFB  # noqa: PLC0415  # an extra
    from pyopenvba.vba import compress, decompress  # noqa: PLC0415

    file = CFB.from_bytes(project)
    stream = file.get_stream("PROJECT")
    for old, new in (
        (b'Name="VBAProject"', f'Name="{PROJECT_NAME}"'.encode("ascii")),
        (b"Class=Sheet2\r\n", b"Document=Sheet2/&H00000000\r\n"),
        (b"Class=Sheet3\r\n", b"Document=Sheet3/&H00000000\r\n"),
    ):
        stream = _once(stream, old, new)
    file.write_stream("PROJECT", stream)
    records = decompress(file.get_stream_in_storage("VBA", "dir"))
    file.write_stream_in_storage(
        "VBA", "dir", compress(_once(records, _name_record("VBAProject"), _name_record(PROJECT_NAME)))
    )
    return bytes(file.to_bytes())


def _name_record(name: str) -> bytes:
    return b"\x04\x00" + len(name).to_bytes(4, "little") + name.encode("ascii")


def _once(content: bytes, old: bytes, new: bytes) -> bytes:
    if content.count(old) != 1:
        raise KtttError(f"Dự án VBA không có đúng một {old!r}; pyOpenVBA có thể đã đổi, cần xem lại.")
    return content.replace(old, new)
