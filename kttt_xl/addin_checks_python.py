"""Checks of the add-in's Python: can Excel start it, with the right DLL and packages, soon enough? And leftovers."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import PureWindowsPath

from kttt_xl.addin_checks_file import installed, onedrive
from kttt_xl.addin_excel import pe_bits
from kttt_xl.addin_file import INTERPRETER, KTTT_VERSION
from kttt_xl.addin_machine import PERIOD, Machine, is_usable
from kttt_xl.addin_texts import Sign, sign
from kttt_xl.windows import Process

_SLOW_START, _SLOW_BLOCK = 5.0, 1.0  # seconds


def check_python(machine: Machine) -> Sign:
    """Say whether the add-in knows a Python that Excel can start (7, 12 and 15)."""
    python = PureWindowsPath(machine.python)
    copy = installed(machine)
    if copy is not None and copy.settings is not None and not copy.settings[INTERPRETER]:
        return sign("python-unset")
    if not is_usable(machine.python):
        return sign("python-path", python=machine.python)
    if "windowsapps" in (part.casefold() for part in python.parts):
        return sign("python-store", python=python)
    if machine.windows.read(python, 1) is None:
        return sign("python-missing", python=python)
    if any(python.is_relative_to(folder) for folder in onedrive(machine)):
        return sign("python-onedrive", python=python)
    if "conda-meta" in machine.windows.names(python.parent):
        return sign("python-conda", python=python)
    return sign("python-ok", python=python)


def check_dll(machine: Machine) -> Sign:
    """Say whether the DLL of Excel's bitness and the add-in's xlwings lies beside Python, or one folder up (1, 2)."""
    version = machine.wanted
    if not version or not is_usable(machine.python):
        return sign("not-run")
    python = PureWindowsPath(machine.python)
    bits = (machine.excel.bits if machine.excel else 0) or 64
    dll = f"xlwings{bits}-{version}.dll"
    facts = {"dll": dll, "folder": python.parent, "exe": machine.executable, "version": version}
    folders = (python.parent, python.parent.parent)
    content = next((found for folder in folders if (found := machine.windows.read(folder / dll)) is not None), None)
    if content is None:
        names = (name for folder in folders for name in machine.windows.names(folder))
        others = [name for name in names if re.fullmatch(rf"xlwings{bits}-.*\.dll", name)]
        if others:
            return sign("dll-other", **facts, others=", ".join(others))
        head = machine.windows.read(python, 4096) or b""
        return sign("dll-python-32" if pe_bits(head) == 32 else "dll-missing", **facts)
    listed = machine.probe.answer.get("dlls") if machine.probe and machine.probe.text("xlwings") == version else None
    expected = listed.get(dll) if isinstance(listed, dict) else None
    if expected and expected != urlsafe_b64encode(sha256(content).digest()).decode("ascii").rstrip("="):
        return sign("dll-changed", **facts)
    return sign("dll-ok", dll=dll)


def check_package(machine: Machine) -> Sign:
    """Say whether that Python loads kttt_xl, its own and not another folder's (11)."""
    probe = machine.probe
    if probe is None:
        return sign("not-run")
    folder = PureWindowsPath(machine.python).parent
    if probe.failure == "hung":
        return sign("package-hung", seconds=_shown(probe.seconds), folder=folder)
    if probe.failure:
        return sign("package-missing", reason=probe.failure, exe=machine.executable)
    if not probe.answer.get("pywin32"):
        return sign("package-pywin32", exe=machine.executable)
    place = PureWindowsPath(probe.text("folder"))
    if not place.is_relative_to(PureWindowsPath(probe.text("prefix"))):
        return sign("package-elsewhere", folder=place, exe=machine.executable)
    return sign("package-ok", version=probe.text("kttt"))


def check_versions(machine: Machine) -> Sign:
    """Say whether add-in and Python have the same xlwings, on which the name of the DLL depends (2), and kttt-xl."""
    if not machine.settings:
        return sign("not-there")
    probe = machine.probe
    if probe is None or probe.failure:
        return sign("not-run")
    if machine.wanted != probe.text("xlwings"):
        facts = {"addin": machine.wanted, "python": probe.text("xlwings"), "exe": machine.executable}
        return sign("version-xlwings", **facts)
    if machine.settings[KTTT_VERSION] != probe.text("kttt"):
        return sign("version-kttt", addin=machine.settings[KTTT_VERSION], python=probe.text("kttt"))
    return sign("version-ok", addin=machine.wanted, kttt=probe.text("kttt"))


def check_unicode(machine: Machine) -> Sign:
    """Say whether Vietnamese comes back whole from Python (12)."""
    probe = machine.probe
    if probe is None or probe.failure:
        return sign("not-run")
    text = probe.text("text")
    return sign("unicode-ok", text=text) if text == PERIOD else sign("unicode-broken", text=text, sent=PERIOD)


def check_start(machine: Machine) -> Sign:
    """Say how long Python takes from nothing to the first formula (14)."""
    probe = machine.probe
    if probe is None or probe.failure:
        return sign("not-run")
    seconds = probe.seconds - probe.number("block")
    code = "start-slow" if seconds > _SLOW_START else "start-ok"
    return sign(code, seconds=_shown(seconds), folder=PureWindowsPath(machine.python).parent)


def check_speed(machine: Machine) -> Sign:
    """Say how long one formula over a block takes (13)."""
    probe = machine.probe
    if probe is None or probe.failure:
        return sign("not-run")
    seconds = probe.number("block")
    return sign("speed-slow" if seconds > _SLOW_BLOCK else "speed-ok", seconds=_shown(seconds))


def check_hidden_excel(machine: Machine) -> Sign:
    """Say whether an Excel runs that nobody sees (8)."""
    hidden = [process for process in machine.processes() if is_excel(process) and not process.windows]
    return sign("excel-hidden", pids=_numbers(hidden)) if hidden else sign("hidden-ok")


def check_orphans(machine: Machine) -> Sign:
    """Say whether the add-in's Python runs for an Excel that is gone (8); one started at logon is meant to run."""
    processes = {process.pid: process for process in machine.processes()}
    python = PureWindowsPath(machine.python)
    orphans = [
        process
        for process in processes.values()
        if PureWindowsPath(process.image) == python and not any(map(is_excel, _ancestors(process, processes)))
    ]
    return sign("python-orphan", pids=_numbers(orphans)) if orphans and not machine.is_served else sign("orphan-ok")


def is_excel(process: Process) -> bool:
    """Tell whether a process is Excel."""
    return process.name.casefold() == "excel.exe"


def _ancestors(process: Process, processes: dict[int, Process]) -> list[Process]:
    """Return who started a process, and who started them; a number may have passed to another, so no circle."""
    found: list[Process] = []
    above = processes.get(process.parent)
    while above is not None and above not in found:
        found.append(above)
        above = processes.get(above.parent)
    return found


def _numbers(processes: list[Process]) -> str:
    return ", ".join(str(process.pid) for process in processes)


def _shown(seconds: float) -> str:
    return f"{seconds:.1f}".replace(".", ",")
