"""What is on a Windows machine that the add-in depends on: Excel, the add-in's file, what was installed, its Python.

Read once, then judged by the addin_checks modules.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import PureWindowsPath

from kttt_xl.addin_excel import Excel, find_excel, office_version
from kttt_xl.addin_file import INTERPRETER, KTTT_VERSION, XLWINGS_VERSION, read_settings
from kttt_xl.errors import KtttError
from kttt_xl.windows import Process, Windows

FILE_NAME = "kttt.xlam"
LOGON_SERVER = "DEBUG UDFS"  # as xlwings calls it: connect to a server that runs already
PERIOD = "Quý I/2024"  # what is sent through Python and back
PROBE_LIMIT = 60.0

# As KtttBridge.bas has it: the DLL takes its line in the ANSI code page, and a share that is away holds Excel up.
_USABLE = re.compile(r'[A-Za-z]:\\[^\x00-\x1f\x7f-\U0010ffff"*?<>|$]*')


@dataclass(frozen=True, slots=True)
class Receipt:
    """What addin install wrote down: the file as it was written, for finding out later whether it still is so."""

    file: str
    sha256: str
    kttt: str
    xlwings: str
    interpreter: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A file kttt.xlam where Excel looks for it; settings None when it is no add-in of ours, or damaged."""

    path: PureWindowsPath
    content: bytes
    settings: Mapping[str, str] | None

    @property
    def sha256(self) -> str:
        """Return the sha256 of the file, in hexadecimal."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Probe:
    """What the add-in's Python answered (see addin_probe), whole seconds it took; else why it did not answer."""

    answer: Mapping[str, object]
    seconds: float
    failure: str = ""

    def text(self, name: str) -> str:
        """Return one of its answers as a text, empty when it did not answer."""
        return str(self.answer.get(name, ""))

    def number(self, name: str) -> float:
        """Return one of its answers as a number."""
        return float(str(self.answer.get(name, 0)))


@dataclass(frozen=True, slots=True)
class Machine:
    """All that the checks look at; python is the interpreter of the add-in, or ours while there is no add-in.

    copies: where Excel would load the add-in from, XLSTART folders first. wanted: the version of xlwings whose DLL
    the add-in names.
    """

    windows: Windows
    excel: Excel | None
    copies: tuple[Copy, ...]
    receipts: tuple[Receipt, ...]
    python: str
    probe: Probe | None
    settings: Mapping[str, str]

    @property
    def wanted(self) -> str:
        """Return the version of xlwings that the add-in needs, else the one its Python has."""
        return self.settings.get(XLWINGS_VERSION) or (self.probe.text("xlwings") if self.probe else "")

    @property
    def executable(self) -> str:
        """Return the interpreter that can be typed in a console, beside the add-in's own."""
        return str(console_python(PureWindowsPath(self.python)))

    @property
    def is_served(self) -> bool:
        """Tell whether the add-in only connects to a Python started at logon."""
        return self.settings.get(LOGON_SERVER, "").casefold() == "true"

    def processes(self) -> tuple[Process, ...]:
        """Return the processes of our own session."""
        return tuple(process for process in self.windows.processes() if process.ours)


def examine(windows: Windows, addin: Copy | None = None) -> Machine:
    """Return what is on the machine; addin: one about to be installed, instead of what is there."""
    excel = find_excel(windows)
    copies = (addin,) if addin else find_copies(windows, excel)
    settings: Mapping[str, str] = next((copy.settings for copy in copies if copy.settings), {})
    python = settings.get(INTERPRETER) or str(windowless_python(PureWindowsPath(windows.interpreter)))
    receipts = tuple(found for file in receipt_files(windows) if (found := read_receipt(windows, file)))
    return Machine(windows, excel, copies, receipts, python, run_probe(windows, python), settings)


# --- the add-in's file


def user_start(windows: Windows) -> PureWindowsPath:
    """Return the folder whose add-ins this user's Excel opens."""
    return PureWindowsPath(windows.environment("APPDATA")) / "Microsoft" / "Excel" / "XLSTART"


def find_copies(windows: Windows, excel: Excel | None) -> tuple[Copy, ...]:
    """Return every kttt.xlam that Excel would load, XLSTART folders first."""
    folders = [user_start(windows)]
    if excel is not None:
        folders.append(excel.all_users_start)
    folders.append(PureWindowsPath(windows.environment("APPDATA")) / "Microsoft" / "AddIns")
    paths = [folder / FILE_NAME for folder in folders]
    for name, value in windows.values(rf"HKCU\Software\Microsoft\Office\{office_version(excel)}\Excel\Options").items():
        # OPEN, OPEN1, …: what is ticked under Add-ins, as /R "path" or "path"
        found = re.search(r'[A-Za-z]:\\[^"]*\\kttt\.xlam', str(value), re.IGNORECASE)
        if found and re.fullmatch("open[0-9]*", name):
            paths.append(PureWindowsPath(found[0]))
    distinct = dict.fromkeys(paths)  # Windows paths compare without regard to case
    return tuple(read_copy(path, content) for path in distinct if (content := read_held(windows, path)) is not None)


def read_held(windows: Windows, path: PureWindowsPath) -> bytes | None:
    """Return a file's content, None when there is none; nothing where it is held by another (an antivirus looks)."""
    try:
        return windows.read(path)
    except OSError:
        return b""


def read_copy(path: PureWindowsPath, content: bytes) -> Copy:
    """Return a file as an add-in of ours, recognised by what is in it, never by its name."""
    try:
        settings = read_settings(content)
    except KtttError:
        return Copy(path, content, None)
    ours = {INTERPRETER, KTTT_VERSION, XLWINGS_VERSION} <= settings.keys()
    return Copy(path, content, settings if ours else None)


# --- what was installed


def receipt_files(windows: Windows) -> tuple[PureWindowsPath, PureWindowsPath]:
    """Return where the receipts of an installation for this user and for all users are kept."""
    places = (windows.environment(name) for name in ("LOCALAPPDATA", "PROGRAMDATA"))
    own, shared = (PureWindowsPath(place) / "kttt-xl" / "addin.json" for place in places)
    return own, shared


def read_receipt(windows: Windows, file: PureWindowsPath) -> Receipt | None:
    """Return a receipt; None when there is none, or it cannot be read as one."""
    try:
        found = json.loads(read_held(windows, file) or b"")
        return Receipt(**{field.name: str(found[field.name]) for field in fields(Receipt)})
    except (ValueError, TypeError, KeyError):
        return None


# --- Python


def windowless_python(python: PureWindowsPath) -> PureWindowsPath:
    """Return the interpreter beside this one that opens no console."""
    return python.with_name("pythonw.exe")


def console_python(python: PureWindowsPath) -> PureWindowsPath:
    """Return the interpreter beside this one that writes to a console."""
    return python.with_name("python.exe")


def is_usable(python: str) -> bool:
    """Tell whether the bridge would start this Python; no other is started or even looked at: a share may hang."""
    return _USABLE.fullmatch(python) is not None


def run_probe(windows: Windows, python: str) -> Probe | None:
    """Run the probe in the add-in's Python, started as Excel starts it; None when that Python is not there."""
    program = console_python(PureWindowsPath(python))
    try:
        if not is_usable(python) or windows.read(program, 1) is None:
            return None
        ran = windows.run(program, ("-P", "-B", "-m", "kttt_xl.addin_probe", PERIOD), PROBE_LIMIT)
    except TimeoutError:
        return Probe({}, PROBE_LIMIT, "hung")
    except OSError as error:
        return Probe({}, 0, f"{error.strerror or error}.")
    try:
        answer = json.loads(ran.out)
        return Probe(dict(answer), ran.seconds)
    except (ValueError, TypeError):
        lines = [line.strip() for line in ran.err.splitlines() if not line.startswith(("Try ", "usage:", " "))]
        return Probe({}, ran.seconds, next((f"{line}." for line in reversed(lines) if line), f"mã thoát {ran.code}."))
