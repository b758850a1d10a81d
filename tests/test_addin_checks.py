"""Each check of the doctor on the machines it must tell apart: what differs from a machine that is well."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import PureWindowsPath

import pytest
from fake_windows import (
    ADDIN,
    ASR,
    CHILD_PROCESSES,
    CLICK_TO_RUN,
    DEFENDER,
    DLL_64,
    EXCEL_KEY,
    EXE,
    POLICY_KEY,
    PYTHON,
    RECEIPT,
    FakeWindows,
    addin,
    bare_machine,
    healthy_machine,
    program,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from windows_complaints import (
    addin_cut,
    bridge_lost,
    children_blocked,
    dll_cut,
    dll_gone,
    never_installed,
    package_not_there,
    python_in_onedrive,
    python_moved,
    quarantined,
    slow_block,
    slow_start,
    told,
    two_addins,
    vba_open,
    vietnamese_folder,
    xlwings_upgraded,
    zombies,
)

from kttt_xl import addin_build
from kttt_xl.addin_checks_file import MODULES
from kttt_xl.addin_doctor import diagnose
from kttt_xl.addin_excel import pe_bits
from kttt_xl.addin_file import RIBBON
from kttt_xl.addin_install import install
from kttt_xl.addin_machine import is_usable, read_receipt
from kttt_xl.addin_texts import ADVICE, GOOD
from kttt_xl.windows import Process

State = Callable[[FakeWindows], object]

HEALTHY = {
    "excel": "excel-ok",
    "spill": "spill-yes",
    "addin": "addin-ok",
    "modules": "modules-ok",
    "mark": "mark-ok",
    "place": "place-ok",
    "folders": "folders-ok",
    "disabled": "disabled-ok",
    "python": "python-ok",
    "package": "package-ok",
    "versions": "version-ok",
    "dll": "dll-ok",
    "unicode": "unicode-ok",
    "start": "start-ok",
    "speed": "speed-ok",
    "macros": "macros-ok",
    "addins": "addins-ok",
    "vba-access": "vbom-ok",
    "child-processes": "asr-ok",
    "hidden-excel": "hidden-ok",
    "orphans": "orphan-ok",
}


def without_excel(machine: FakeWindows) -> None:
    machine.registry = {}


def office(machine: FakeWindows, products: str, number: int = 16, head: bytes = b"") -> None:
    machine.registry.pop(CLICK_TO_RUN)
    if products:
        machine.set(CLICK_TO_RUN, "ProductReleaseIds", products)
    machine.set(r"HKLM\SOFTWARE\Classes\Excel.Application\CurVer", "", f"Excel.Application.{number}")
    machine.put(EXE, head or program(0x8664))


def in_addins_folder(machine: FakeWindows) -> None:
    place = r"C:\Users\Lan\AppData\Roaming\Microsoft\AddIns\kttt.xlam"
    machine.put(place, machine.files.pop(PureWindowsPath(ADDIN)))


def ticked_elsewhere(machine: FakeWindows) -> None:
    machine.set(rf"{EXCEL_KEY}\Options", "OPEN1", r'/R "D:\Dung chung\KTTT.xlam"')
    machine.put(r"D:\Dung chung\kttt.xlam", addin())


def store_python(machine: FakeWindows) -> None:
    folder = r"C:\Users\Lan\AppData\Local\Microsoft\WindowsApps\PythonSoftwareFoundation.Python.3.11"
    machine.move_python(folder)
    machine.locked = {rf"{folder}\python.exe", rf"{folder}\pythonw.exe"}
    told(machine, rf"{folder}\pythonw.exe")


def conda_python(machine: FakeWindows) -> None:
    machine.put(r"C:\kttt-xl\conda-meta\history")


def roaming_on_a_share(machine: FakeWindows) -> None:
    machine.variables["APPDATA"] = r"\\MAYCHU\ho-so$\Lan"
    install(machine, addin())


def roaming_in_onedrive(machine: FakeWindows) -> None:
    machine.variables |= {"OneDrive": r"C:\Users\Lan\OneDrive", "APPDATA": r"C:\Users\Lan\OneDrive\Roaming"}
    machine.drop(ADDIN)
    install(machine, addin())


def on_a_logon_server(machine: FakeWindows) -> None:
    install(machine, addin(), logon_server=True)
    children_blocked(machine)
    machine.start_process("pythonw.exe", 700, parent=100, image=PYTHON)


def child_of_a_child(machine: FakeWindows) -> None:
    """A virtual environment's pythonw.exe starts the real one; numbers of ended processes come round again."""
    machine.start_process("EXCEL.EXE", 502, parent=601, windows=1, image=EXE)
    machine.start_process("pythonw.exe", 601, parent=502, image=r"C:\Python311\pythonw.exe")
    machine.start_process("pythonw.exe", 602, parent=601, image=PYTHON)


def of_another_user(machine: FakeWindows) -> None:
    machine.running.append(Process(800, 4, "EXCEL.EXE", EXE, 0, ours=False))
    machine.running.append(Process(801, 4, "pythonw.exe", PYTHON, 0, ours=False))


def disabled_item(machine: FakeWindows) -> None:
    blob = b"\x01\x00\x00\x00\x74\x00\x00\x00" + f"{ADDIN.lower()}\0KTTT\0".encode("utf-16-le")
    machine.set(rf"{EXCEL_KEY}\Resiliency\DisabledItems", "4F3B1C2A", blob)


def locations_off(level: int) -> State:
    def state(machine: FakeWindows) -> None:
        machine.set(rf"{SECURITY}\Trusted Locations", "AllLocationsDisabled", 1)
        if level:
            machine.set(SECURITY, "VBAWarnings", level)

    return state


SECURITY = rf"{POLICY_KEY}\Security"
POLICY = r"HKLM\Software\Policies\Microsoft\Office\16.0"
SHARE = r"\\MAYCHU\kttt\pythonw.exe"
OTHER_RULE = "3b576869-a4ec-4529-8536-b80a7769e899"
NOT_RUN = {"package": "not-run", "versions": "not-run", "unicode": "not-run", "start": "not-run", "speed": "not-run"}
NO_ANSWER = {"versions": "not-run", "unicode": "not-run", "start": "not-run", "speed": "not-run"}
NOT_THERE = {"modules": "not-there", "mark": "not-there", "place": "not-there", "versions": "not-there"}

STATES: list[tuple[str, State, dict[str, str]]] = [
    ("no-excel", without_excel, {"excel": "excel-none", "spill": "excel-none"}),
    ("365", lambda m: office(m, "O365BusinessRetail"), {}),
    ("2024", lambda m: office(m, "ProPlus2024Volume,ProjectPro2021Volume"), {}),
    ("2021", lambda m: office(m, "Standard2021Volume"), {}),
    ("2019 beside Visio 365", lambda m: office(m, "VisioO365Retail,HomeBusiness2019Retail"), {"spill": "spill-no"}),
    ("2016", lambda m: office(m, "ProPlusRetail"), {"spill": "spill-no"}),
    ("2013", lambda m: office(m, "", 15), {"spill": "spill-no"}),
    ("2007", lambda m: office(m, "", 12), {"excel": "excel-old", "spill": "spill-no"}),
    ("mondo", lambda m: office(m, "MondoVolume"), {"spill": "spill-unknown"}),
    ("a later number", lambda m: office(m, "", 17), {"spill": "spill-unknown"}),
    ("32 bit, with its DLL", lambda m: m.put(EXE, program(0x14C)), {}),
    ("bits unknown", lambda m: office(m, "O365ProPlusRetail", head=b"?"), {"excel": "excel-bits"}),
    ("bits from the registry when the program may not be read", lambda m: m.locked.add(EXE), {}),
    ("not installed", never_installed, NOT_THERE | {"addin": "addin-none"}),
    ("gone", quarantined, NOT_THERE | {"addin": "addin-gone"}),
    ("changed", addin_cut, {"addin": "addin-changed"}),
    ("no receipt", lambda m: m.drop(RECEIPT), {"addin": "addin-unrecorded"}),
    (
        "somebody else's file",
        lambda m: m.put(ADDIN, b"PK\x03\x04 not ours"),
        {"addin": "addin-foreign", "modules": "not-there", "versions": "not-there"},
    ),
    (
        "a file that an antivirus holds",
        lambda m: m.locked.add(ADDIN),
        {"addin": "addin-foreign", "modules": "not-there", "versions": "not-there"},
    ),
    ("never configured", lambda m: m.put(ADDIN, addin()), {"addin": "addin-changed", "python": "python-unset"}),
    ("marked", lambda m: m.marked.add(PureWindowsPath(ADDIN)), {"mark": "marked"}),
    ("two", two_addins, {"place": "twice"}),
    ("in AddIns", in_addins_folder, {"place": "elsewhere", "addin": "addin-unrecorded"}),
    ("ticked in Excel", ticked_elsewhere, {"place": "twice"}),
    ("switched off", disabled_item, {"disabled": "disabled"}),
    ("another switched off", lambda m: m.set(rf"{EXCEL_KEY}\Resiliency\DisabledItems", "1", b"x\0.\0x\0"), {}),
    ("bridge lost", bridge_lost, {"addin": "addin-changed", "modules": "modules-missing"}),
    (
        "python gone",
        python_moved,
        NOT_RUN | {"python": "python-missing", "dll": "dll-missing"},
    ),
    (
        "vietnamese path",
        vietnamese_folder,
        NOT_RUN | {"addin": "addin-changed", "python": "python-path", "dll": "not-run"},
    ),
    (
        "a share, which is not even looked at",
        lambda m: (told(m, SHARE), m.locked.add(SHARE), m.locked.add(SHARE.replace("pythonw", "python"))),
        NOT_RUN | {"addin": "addin-changed", "python": "python-path", "dll": "not-run"},
    ),
    (
        "store",
        store_python,
        NO_ANSWER | {"addin": "addin-changed", "python": "python-store", "package": "package-missing"},
    ),
    ("conda", conda_python, {"python": "python-conda"}),
    (
        "python in OneDrive",
        python_in_onedrive,
        {"addin": "addin-changed", "python": "python-onedrive", "folders": "onedrive-used"},
    ),
    ("dll gone", dll_gone, {"dll": "dll-missing"}),
    ("dll of a Python of 32 bit", lambda m: (dll_gone(m), m.put(PYTHON, program(0x14C))), {"dll": "dll-python-32"}),
    ("upgraded", xlwings_upgraded, {"dll": "dll-other", "versions": "version-xlwings"}),
    ("dll cut", dll_cut, {"dll": "dll-changed"}),
    ("dll one folder up", lambda m: m.put(r"C:\xlwings64-0.37.8.dll", m.files.pop(PureWindowsPath(DLL_64))), {}),
    ("not listed, nothing to compare", lambda m: m.answer.update(dlls={}), {}),
    ("package gone", package_not_there, NO_ANSWER | {"package": "package-missing"}),
    ("hung", lambda m: setattr(m, "ran", TimeoutError()), NO_ANSWER | {"package": "package-hung"}),
    (
        "may not start",
        lambda m: setattr(m, "ran", PermissionError(5, "Access is denied")),
        NO_ANSWER | {"package": "package-missing"},
    ),
    ("no pywin32", lambda m: m.answer.update(pywin32=False), {"package": "package-pywin32"}),
    ("from a checkout", lambda m: m.answer.update(folder=r"D:\ma-nguon"), {"package": "package-elsewhere"}),
    ("other kttt-xl", lambda m: m.answer.update(kttt="9.9.9"), {"versions": "version-kttt"}),
    ("broken letters", lambda m: m.answer.update(text=""), {"unicode": "unicode-broken"}),
    ("slow start", slow_start, {"start": "start-slow"}),
    ("slow block", slow_block, {"speed": "speed-slow"}),
    ("VBA off", lambda m: m.set(rf"{POLICY}\Common", "vbaoff", 1), {"macros": "vba-off"}),
    ("locations off, macros off", locations_off(4), {"macros": "macros-off"}),
    ("locations off, signed only", locations_off(3), {"macros": "macros-signed"}),
    ("locations off, asks", locations_off(2), {"macros": "locations-off"}),
    ("locations off, as delivered", locations_off(0), {"macros": "locations-off"}),
    ("locations off, all macros", locations_off(1), {}),
    ("macros off, locations on", lambda m: m.set(SECURITY, "VBAWarnings", 4), {"macros": "macros-trusted"}),
    ("user's own setting", lambda m: m.set(rf"{EXCEL_KEY}\Security", "VBAWarnings", 3), {"macros": "macros-trusted"}),
    (
        "cloud policy before the others",
        lambda m: (
            m.set(SECURITY, "VBAWarnings", 4),
            m.set(r"HKCU\Software\Policies\Microsoft\Cloud\Office\16.0\Excel\Security", "VBAWarnings", 1),
        ),
        {},
    ),
    ("add-ins off", lambda m: m.set(rf"{EXCEL_KEY}\Security", "DisableAllAddins", 1), {"addins": "addins-off"}),
    ("add-ins signed", lambda m: m.set(SECURITY, "RequireAddinSig", 1), {"addins": "addins-signed"}),
    ("VBA projects open", vba_open, {"vba-access": "vbom-on"}),
    ("ASR by group policy", children_blocked, {"child-processes": "asr-block"}),
    (
        "ASR by Intune",
        lambda m: m.set(rf"{DEFENDER}\Policy Manager", "ASRRules", f"{{{CHILD_PROCESSES}}}=1|{OTHER_RULE}=0"),
        {"child-processes": "asr-block"},
    ),
    (
        "ASR set on the machine",
        lambda m: m.set(ASR.replace(r"SOFTWARE\Policies", "SOFTWARE") + r"\Rules", CHILD_PROCESSES.lower(), 1),
        {"child-processes": "asr-block"},
    ),
    ("ASR warns", lambda m: m.set(rf"{ASR}\Rules", CHILD_PROCESSES, 6), {"child-processes": "asr-warn"}),
    ("ASR only notes", lambda m: m.set(rf"{ASR}\Rules", CHILD_PROCESSES, 2), {}),
    ("another ASR rule", lambda m: m.set(rf"{ASR}\Rules", OTHER_RULE, "1"), {}),
    (
        "ASR with an exception",
        lambda m: (children_blocked(m), m.set(rf"{ASR}\ASROnlyExclusions", r"c:\KTTT-XL", "0")),
        {"child-processes": "asr-excluded"},
    ),
    (
        "ASR with an exception for others",
        lambda m: (children_blocked(m), m.set(rf"{ASR}\ASROnlyExclusions", r"C:\kttt", "0")),
        {"child-processes": "asr-block"},
    ),
    ("a server at logon", on_a_logon_server, {"child-processes": "asr-served"}),
    ("AppData on a share", roaming_on_a_share, {"folders": "profile-network"}),
    ("AppData in OneDrive", roaming_in_onedrive, {"folders": "profile-onedrive"}),
    ("OneDrive in use", lambda m: m.variables.update(OneDrive=r"C:\Users\Lan\OneDrive"), {"folders": "onedrive-used"}),
    ("zombies", zombies, {"hidden-excel": "excel-hidden", "orphans": "python-orphan"}),
    ("child of a child", child_of_a_child, {}),
    ("another user's", of_another_user, {}),
    (
        "processes not shown",
        lambda m: m.locked.add("processes"),
        {"hidden-excel": "unanswered", "orphans": "unanswered"},
    ),
    ("a key not shown", lambda m: m.locked.add(rf"{EXCEL_KEY}\Resiliency\DisabledItems"), {"disabled": "unanswered"}),
]


@pytest.mark.parametrize(("state", "differs"), [pytest.param(*row[1:], id=row[0].replace(" ", "-")) for row in STATES])
def test_state(state: State, differs: dict[str, str]) -> None:
    machine = healthy_machine()
    state(machine)
    seen = {check.name: sign.code for check, sign in diagnose(machine).signs}
    assert {name: code for name, code in seen.items() if code != HEALTHY[name]} == differs
    assert all(sign.found and (sign.cure or sign.verdict == GOOD) for _, sign in diagnose(machine).signs)


def test_every_sentence_has_its_state() -> None:
    told = set(HEALTHY.values()).union(*(differs.values() for _, _, differs in STATES))
    assert told == ADVICE.keys()


def test_what_the_addin_needs_is_what_is_built() -> None:
    assert set(MODULES) == set(addin_build.MODULES)
    assert RIBBON.encode() in addin()


@pytest.mark.parametrize(
    ("path", "usable"),
    [
        (r"C:\kttt-xl\pythonw.exe", True),
        (r"D:\Program Files (x86)\Python 3.11\pythonw.exe", True),
        (r"C:\Đề án\pythonw.exe", False),
        (r"\\MAYCHU\kttt\pythonw.exe", False),
        ("pythonw", False),
        (r"C:\kttt\$x\pythonw.exe", False),
        ("C:\\kttt\x7f\\pythonw.exe", False),
        ("C:\\kttt\n\\pythonw.exe", False),
    ],
)
def test_a_path_the_bridge_takes(path: str, usable: bool) -> None:
    assert is_usable(path) is usable


@given(st.text(max_size=30))
@settings(deadline=None)
def test_a_usable_path_is_what_the_bridge_says(rest: str) -> None:
    """The rule of IsLocalAscii in KtttBridge.bas, letter by letter."""
    said = all(32 <= ord(letter) <= 126 and letter not in '"*?<>|$' for letter in rest)
    assert is_usable(f"C:\\{rest}") is said


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_no_bytes_are_too_odd_to_be_looked_at(content: bytes) -> None:
    machine = replace(bare_machine(), files={PureWindowsPath("r"): content})
    assert pe_bits(content) in {0, 32, 64}
    assert read_receipt(machine, PureWindowsPath("r")) is None


@pytest.mark.parametrize(
    ("machine", "bits"), [(0x8664, 64), (0x14C, 32), (0xAA64, 64), (0x1C0, 0)], ids=["x64", "x86", "arm64", "arm"]
)
def test_bits_of_a_program(machine: int, bits: int) -> None:
    assert pe_bits(program(machine)) == bits
    assert pe_bits(program(machine)[:68]) == 0
