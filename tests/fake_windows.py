"""A Windows machine made of dictionaries: files, registry, processes, and a Python that answers what it is told."""

import json
import struct
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import PurePath, PureWindowsPath

from kttt_xl import __version__
from kttt_xl.addin_build import build_addin
from kttt_xl.addin_install import install
from kttt_xl.addin_machine import PERIOD
from kttt_xl.errors import OutputError
from kttt_xl.windows import Process, Ran, RegistryValue

XLWINGS = "0.37.8"
PYTHON = r"C:\kttt-xl\pythonw.exe"
EXE = r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE"
ADDIN = r"C:\Users\Lan\AppData\Roaming\Microsoft\Excel\XLSTART\kttt.xlam"
SHARED_ADDIN = r"C:\Program Files\Microsoft Office\root\Office16\XLSTART\kttt.xlam"
RECEIPT = r"C:\Users\Lan\AppData\Local\kttt-xl\addin.json"
SHARED_RECEIPT = r"C:\ProgramData\kttt-xl\addin.json"
DLL_64, DLL_32 = (rf"C:\kttt-xl\xlwings{bits}-{XLWINGS}.dll" for bits in (64, 32))
EXCEL_KEY = r"HKCU\Software\Microsoft\Office\16.0\Excel"
POLICY_KEY = r"HKCU\Software\Policies\Microsoft\Office\16.0\Excel"
CLICK_TO_RUN = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
DEFENDER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
ASR = rf"{DEFENDER}\Windows Defender Exploit Guard\ASR"
CHILD_PROCESSES = "D4F940AB-401B-4EFC-AADC-AD5F3C50688A"


@dataclass
class FakeWindows:
    """A machine; keys and names are compared without regard to case, as Windows does."""

    interpreter: str = r"C:\kttt-xl\python.exe"
    pid: int = 999
    variables: dict[str, str] = field(default_factory=dict)
    files: dict[PureWindowsPath, bytes] = field(default_factory=dict)
    registry: dict[str, dict[str, RegistryValue]] = field(default_factory=dict)
    running: list[Process] = field(default_factory=list)
    marked: set[PureWindowsPath] = field(default_factory=set)
    answer: dict[str, object] = field(default_factory=dict)
    ran: Ran | OSError | None = None  # instead of the answer
    start: float = 0.5
    locked: set[str] = field(default_factory=set)  # keys, files and folders that may not be asked for
    read_only: set[str] = field(default_factory=set)
    eaten: bytes | None = None  # what an antivirus leaves of an add-in that is written, all gone when empty

    def environment(self, name: str) -> str:
        return self.variables.get(name, "")

    def values(self, key: str) -> Mapping[str, RegistryValue]:
        self.ask(key)
        found = next((values for known, values in self.registry.items() if known.casefold() == key.casefold()), {})
        return {name.casefold(): value for name, value in found.items()}

    def read(self, path: PurePath, most: int = -1) -> bytes | None:
        self.ask(path)
        content = self.files.get(PureWindowsPath(path))
        return content if content is None or most < 0 else content[:most]

    def names(self, folder: PurePath) -> tuple[str, ...]:
        inside = (path.relative_to(folder) for path in self.files if path.is_relative_to(folder))
        return tuple(sorted({path.parts[0].casefold() for path in inside}))

    def write(self, path: PurePath, content: bytes) -> None:
        if str(path) in self.read_only:
            raise OutputError(f"Không ghi được «{path}»: không có quyền ghi.")
        self.files[PureWindowsPath(path)] = content
        if self.eaten is not None and path.suffix == ".xlam":
            self.files[PureWindowsPath(path)] = self.eaten
            self.files = {name: content for name, content in self.files.items() if content}

    def remove(self, path: PurePath) -> None:
        self.ask(path)
        self.files.pop(PureWindowsPath(path), None)

    def is_marked(self, path: PurePath) -> bool:
        return PureWindowsPath(path) in self.marked

    def unmark(self, path: PurePath) -> None:
        self.marked.discard(PureWindowsPath(path))

    def processes(self) -> tuple[Process, ...]:
        self.ask("processes")
        return tuple(self.running)

    def run(self, program: PurePath, arguments: Sequence[str], limit: float) -> Ran:
        assert program in self.files
        assert arguments == ("-P", "-B", "-m", "kttt_xl.addin_probe", PERIOD)
        if isinstance(self.ran, OSError):
            raise self.ran
        return self.ran or Ran(0, json.dumps(self.answer), "", self.start)

    # --- what tests do to it

    def ask(self, what: object) -> None:
        if str(what) in self.locked:
            raise PermissionError(13, "Access is denied")

    def put(self, path: str, content: bytes = b"MZ") -> None:
        self.files[PureWindowsPath(path)] = content

    def drop(self, path: str) -> None:
        del self.files[PureWindowsPath(path)]

    def set(self, key: str, name: str, value: RegistryValue) -> None:
        self.registry.setdefault(key, {})[name] = value

    def start_process(self, name: str, pid: int, parent: int = 4, windows: int = 0, image: str = "") -> None:
        self.running.append(Process(pid, parent, name, image, windows))

    def move_python(self, folder: str) -> None:
        """Have Python, its DLLs and packages in another folder."""
        for path in list(self.files):
            if path.parent == PureWindowsPath(self.interpreter).parent:
                self.files[PureWindowsPath(folder) / path.name] = self.files.pop(path)
        self.interpreter = rf"{folder}\python.exe"
        self.answer |= {"folder": rf"{folder}\Lib\site-packages", "prefix": folder}


@cache
def addin() -> bytes:
    """The add-in as it is delivered."""
    return build_addin().content


def program(machine: int) -> bytes:
    """The first bytes of a program for a machine (0x8664: x64, 0x14C: x86)."""
    return struct.pack("<2s58xI", b"MZ", 64) + struct.pack("<4sH", b"PE\0\0", machine)


def bare_machine() -> FakeWindows:
    """Windows with Microsoft 365 of 64 bit and kttt-xl in its own Python, but no add-in yet."""
    windows = FakeWindows()
    windows.variables = {
        "APPDATA": r"C:\Users\Lan\AppData\Roaming",
        "LOCALAPPDATA": r"C:\Users\Lan\AppData\Local",
        "PROGRAMDATA": r"C:\ProgramData",
        "USERPROFILE": r"C:\Users\Lan",
    }
    windows.put(EXE, program(0x8664))
    for path in (PYTHON, r"C:\kttt-xl\python.exe", DLL_64, DLL_32):
        windows.put(path)
    windows.set(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe", "", EXE)
    windows.set(r"HKLM\SOFTWARE\Classes\Excel.Application\CurVer", "", "Excel.Application.16")
    windows.set(CLICK_TO_RUN, "ProductReleaseIds", "VisioPro2019Volume,O365ProPlusRetail")
    windows.set(CLICK_TO_RUN, "VersionToReport", "16.0.17029.20108")
    windows.set(CLICK_TO_RUN, "Platform", "x64")
    windows.start_process("explorer.exe", 100, windows=3)
    windows.start_process("python.exe", windows.pid, 100, image=windows.interpreter)
    digest = urlsafe_b64encode(sha256(b"MZ").digest()).decode().rstrip("=")
    windows.answer = {
        "kttt": __version__,
        "xlwings": XLWINGS,
        "folder": r"C:\kttt-xl\Lib\site-packages",
        "prefix": r"C:\kttt-xl",
        "pywin32": True,
        "load": 0.3,
        "block": 0.02,
        "text": PERIOD,
        "dlls": {PureWindowsPath(path).name: digest for path in (DLL_64, DLL_32)},
    }
    return windows


def healthy_machine(*, logon_server: bool = False) -> FakeWindows:
    """The same with the add-in installed by the product itself."""
    windows = bare_machine()
    install(windows, addin(), logon_server=logon_server)
    return windows
