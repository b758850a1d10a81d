"""Excel's part of the add-in without Excel: pyOpenVBA runs the VBA of a built kttt.xlam as it is in the file.

Only what Windows itself supplies stands in: three DLL functions, whether a file exists, pointers to texts; and members
of Excel that pyOpenVBA lacks. Python's side of UDFs is real (see com_worker); of the ribbon, orders are noted.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from pyopenvba.apps.excel import ExcelApplication, _plain
from pyopenvba.apps.excel._model import Application, Range
from pyopenvba.interpreter._objects import MemberSpec, VBAObject, member, method
from pyopenvba.interpreter._values import EMPTY, MISSING, NOTHING, VBAArray, VBADate, error

from kttt_xl.addin_build import build_addin

PARAMETER_NOT_GIVEN = -2147352572  # DISP_E_PARAMNOTFOUND: what COM passes for a missing argument
PYTHON = "C:\\kttt-xl\\pythonw.exe"
DLL = "C:\\kttt-xl\\xlwings64-0.37.8.dll"
Call = tuple[str, str, tuple[Any, ...]]

_WINDOWS = """Attribute VB_Name = "TestWindows"
Public Pc As Object
Public Function LoadLibraryW(ByVal fileName As Variant) As Variant
    LoadLibraryW = Pc.LoadLibrary(fileName)
End Function
Public Function MessageBoxW(ByVal owner As Long, ByVal text As String, ByVal caption As String, ByVal kind As Long)
    Pc.Say text, caption
End Function
Public Function XLPyDLLActivateAuto(ByRef Result As Variant, ByVal Config As String, ByVal mode As Long) As Long
    If Pc.Starts(Config) Then
        Set Result = Pc.Python
    Else
        Result = "Python process exited before it was possible to create the interface object."
        XLPyDLLActivateAuto = -2147467259
    End If
End Function
"""


@cache
def built_addin() -> bytes:
    """Return kttt.xlam, built once for all tests of a process."""
    return build_addin().content


class Control(VBAObject):
    """A button as Excel passes it to onAction."""

    vba_type_name = "IRibbonControl"

    def __init__(self, name: str, tag: str = "") -> None:
        self._name, self._tag = name, tag

    @member
    def ID(self) -> str:  # noqa: N802  # Excel's name
        return self._name

    @member
    def Tag(self) -> str:  # noqa: N802
        return self._tag


class Python(VBAObject):
    """xlwings' COM object: orders are noted, worksheet functions are called."""

    vba_type_name = "XLPython"

    def __init__(self, call: Callable[[Call], tuple[bool, Any]]) -> None:
        self.orders: list[str] = []
        self.callers: list[str] = []
        self.calls: list[Call] = []
        self.fails = ""
        self._call = call

    @method
    def Module(self, name: object) -> str:  # noqa: N802
        return f"module {name}"

    @method
    def SetAttr(self, target: object, name: object, value: object) -> None:  # noqa: N802
        self.callers.append(f"{target}.{name} = {value.vba_get('Name')}")

    @method
    def Exec(self, order: object) -> None:  # noqa: N802
        self.orders.append(str(order))
        if self.fails:
            raise error(1000, self.fails)

    @method
    def CallUDF(  # noqa: N802
        self, module: object, name: object, arguments: object, book: object = MISSING, caller: object = MISSING
    ) -> object:
        assert book is NOTHING, "a stranger's workbook goes to Python"
        call = (str(module), str(name), tuple(to_python(arguments)))
        self.calls.append(call)
        worked, answer = self._call(call)
        if not worked:
            raise error(1000, answer)
        return to_vba(answer)


class Pc(VBAObject):
    """The PC under Excel: its files, and what the DLLs were asked."""

    vba_type_name = "Pc"

    def __init__(self, python: Python) -> None:
        self.python = python
        self.files = {PYTHON, DLL}
        self.loads = True
        self.starts = True
        self.said: list[str] = []
        self.asked: list[str] = []

    @method
    def LoadLibrary(self, name: object) -> int:  # noqa: N802
        self.asked.append(f"load {name}")
        return int(self.loads)

    @method
    def Starts(self, line: object) -> bool:  # noqa: N802
        self.asked.append(f"start {line}")
        return self.starts

    @method
    def Say(self, text: object, caption: object) -> None:  # noqa: N802
        assert str(caption) == "KTTT"
        self.said.append(str(text))

    @member
    def Python(self) -> Python:  # noqa: N802
        return self.python


class Desk:
    """Excel with the add-in loaded and a workbook of somebody else's on top."""

    def __init__(self, addin: Path, call: Callable[[Call], tuple[bool, Any]]) -> None:
        for name in ("Caller", "Hwnd", "MacroOptions"):
            kind = "method" if name == "MacroOptions" else "property"
            parameters = ("Macro", "Description", "Category", "ArgumentDescriptions") if kind == "method" else ()
            Application.vba_add_member(
                MemberSpec(name=name, kind=kind, getter=globals()[f"_{name.lower()}"], parameters=parameters)
            )
        self.excel = ExcelApplication.open(addin)
        self.interpreter = self.excel.interpreter
        self.application = self.excel.application
        self.application.kttt_wizard = []
        self.python = Python(call)
        self.pc = Pc(self.python)
        bridge = self.interpreter.module("KtttBridge")
        bridge.initialise()
        self.declared = sorted(bridge.declares)
        bridge.declares.clear()
        self.excel.add_module(_WINDOWS, name="TestWindows")
        self.interpreter.module("TestWindows").initialise()
        self.interpreter.module("TestWindows").variables["pc"].set(self.pc)
        self.interpreter._intrinsics = dict(self.interpreter._intrinsics) | {
            "strptr": lambda _interpreter, values, _named: values[0],
            "getattr": self._getattr,
        }
        self.book = self.excel.add_workbook()
        self.excel.activate_workbook(self.book)

    def _getattr(self, _interpreter: object, values: list[object], _named: object) -> int:
        if str(values[0]) not in self.pc.files:
            raise error(53, "File not found")
        return 32

    def click(self, name: str, tag: str = "") -> None:
        self.excel.run("KtttClick", Control(name, tag))

    def function(self, name: str, *arguments: object) -> Any:
        """Return what a worksheet function gives when VBA calls it."""
        return _plain(self.interpreter.run(name, list(arguments)))

    def range(self, address: str, rows: list[list[object]]) -> Range:
        """Write rows into the stranger's workbook and return their range."""
        sheet = self.book.vba_get("Worksheets", [1])
        found = sheet.vba_get("Range", [address])
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                if value is not None:
                    found.vba_get("Cells", [number, column]).vba_set("Value", value)
        return found

    def called_from(self, cell: object) -> None:
        """Say which cell's formula is being calculated; EMPTY for none."""
        self.application.kttt_caller = cell

    @property
    def wizard(self) -> list[tuple[str, str, str, list[str]]]:
        return self.application.kttt_wizard

    def at(self, moment: datetime) -> None:
        self.interpreter.frozen_now = moment


def _caller(application: Application) -> object:
    return getattr(application, "kttt_caller", EMPTY)


def _hwnd(_application: Application) -> int:
    return 4711


def _macrooptions(
    application: Application, macro: object, description: object, category: object, arguments: object
) -> None:
    if getattr(application, "kttt_wizard_refuses", False):
        raise error(1004, "Cannot edit a macro on a hidden workbook.")
    application.kttt_wizard.append((str(macro), str(description), str(category), _plain(arguments)))


def to_python(value: object) -> Any:
    """Return a VBA value as pywin32 hands it to Python: nested tuples, floats, datetimes, None for an empty cell."""
    if isinstance(value, Range):
        return to_python(value.vba_get("Value"))
    if value is MISSING:
        return PARAMETER_NOT_GIVEN
    if value is EMPTY or value is None:
        return None
    if isinstance(value, VBAArray) and value.dimensions == 1:
        return tuple(to_python(item) for item in value.elements())
    if isinstance(value, VBAArray):
        (top, bottom), (left, right) = value.bounds
        return tuple(
            tuple(to_python(value.get([row, column])) for column in range(left, right + 1))
            for row in range(top, bottom + 1)
        )
    plain = _plain(value)
    return float(plain) if isinstance(plain, int) and not isinstance(plain, bool) else plain


def to_vba(answer: Any) -> object:
    """Return what Python answers as COM hands it back: one cell as a value, more as an array."""
    rows = [list(row) for row in answer]
    if len(rows) == 1 and len(rows[0]) == 1:
        return VBADate.from_datetime(rows[0][0]) if isinstance(rows[0][0], datetime) else rows[0][0]
    array = VBAArray([(0, len(rows) - 1), (0, len(rows[0]) - 1)])
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            array.set([number, column], value)
    return array


@contextmanager
def com_server() -> Iterator[Callable[[Call], tuple[bool, Any]]]:
    """Give a function that calls worksheet functions in a Python of their own, as Excel's do."""
    root = Path(__file__).parent.parent
    worker = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("com_worker.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])},
    )

    def call(what: Call) -> tuple[bool, Any]:
        pickle.dump(what, worker.stdin)
        worker.stdin.flush()
        return pickle.load(worker.stdout)  # noqa: S301  # the test's own

    with worker:
        yield call
        worker.stdin.close()
