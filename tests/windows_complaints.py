"""What happens to a machine when an officer complains: one change of a fake Windows each (addin.md 6.2)."""

import io
import zipfile
from pathlib import PureWindowsPath

from fake_windows import (
    ADDIN,
    ASR,
    CHILD_PROCESSES,
    DLL_64,
    EXCEL_KEY,
    EXE,
    PYTHON,
    SHARED_ADDIN,
    FakeWindows,
    addin,
    bare_machine,
)

from kttt_xl.addin_file import PROJECT, with_settings
from kttt_xl.windows import Ran


def told(machine: FakeWindows, python: str) -> None:
    """Have the add-in know another Python than the one it was installed with."""
    machine.put(ADDIN, with_settings(addin(), {"INTERPRETER_WIN": python}))


def dll_gone(machine: FakeWindows) -> None:
    machine.drop(DLL_64)


def xlwings_upgraded(machine: FakeWindows) -> None:
    machine.drop(DLL_64)
    machine.put(r"C:\kttt-xl\xlwings64-0.38.0.dll")
    machine.answer["xlwings"] = "0.38.0"


def dll_cut(machine: FakeWindows) -> None:
    machine.put(DLL_64, b"M")


def quarantined(machine: FakeWindows) -> None:
    machine.drop(ADDIN)


def addin_cut(machine: FakeWindows) -> None:
    machine.put(ADDIN, with_settings(addin(), {"INTERPRETER_WIN": PYTHON, "X": "1"}))


def children_blocked(machine: FakeWindows) -> None:
    machine.set(rf"{ASR}\Rules", CHILD_PROCESSES, "1")


def bridge_lost(machine: FakeWindows) -> None:
    with zipfile.ZipFile(io.BytesIO(machine.files[PureWindowsPath(ADDIN)])) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name, other = (text.encode("utf-16-le") for text in ("KtttBridge", "KtttBroken"))
    parts[PROJECT] = parts[PROJECT].replace(name, other)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for part, content in parts.items():
            package.writestr(part, content)
    machine.put(ADDIN, stream.getvalue())


def vba_open(machine: FakeWindows) -> None:
    machine.set(rf"{EXCEL_KEY}\Security", "AccessVBOM", 1)


def python_in_onedrive(machine: FakeWindows) -> None:
    machine.variables["OneDriveCommercial"] = r"D:\OneDrive - UBND tinh"
    machine.move_python(r"D:\OneDrive - UBND tinh\kttt-xl")
    told(machine, r"D:\OneDrive - UBND tinh\kttt-xl\pythonw.exe")


def zombies(machine: FakeWindows) -> None:
    machine.start_process("EXCEL.EXE", 501, image=EXE)
    machine.start_process("EXCEL.EXE", 502, windows=1, image=EXE)
    machine.start_process("pythonw.exe", 601, parent=502, image=PYTHON)
    machine.start_process("pythonw.exe", 602, parent=77, image=PYTHON)


def two_addins(machine: FakeWindows) -> None:
    machine.put(SHARED_ADDIN, machine.files[PureWindowsPath(ADDIN)])


def never_installed(machine: FakeWindows) -> None:
    machine.files = bare_machine().files


def package_not_there(machine: FakeWindows) -> None:
    machine.ran = Ran(1, "", r"C:\kttt-xl\python.exe: No module named kttt_xl.addin_probe", 0.2)


def vietnamese_folder(machine: FakeWindows) -> None:
    told(machine, r"C:\Users\Nguyễn Lan\kttt-xl\pythonw.exe")


def slow_block(machine: FakeWindows) -> None:
    machine.answer["block"] = 4.24


def slow_start(machine: FakeWindows) -> None:
    machine.start = 18.46


def python_moved(machine: FakeWindows) -> None:
    machine.move_python(r"C:\kttt-xl-2")
