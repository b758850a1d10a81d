"""Checks of Excel and of what the organisation allows it to do. One small function each.

Names of values are those of Microsoft's policy templates (admx), seen in public hardening guides; what Excel does
with them together was not tried in Excel.
"""

from pathlib import PureWindowsPath

from kttt_xl.addin_excel import office_version
from kttt_xl.addin_machine import Machine, user_start
from kttt_xl.addin_texts import Sign, sign

_OLDEST = 14  # Excel 2010: the first with VBA7, in which the bridge is written
_CHILD_PROCESSES = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"  # Block all Office applications from creating child processes
_ASR = r"SOFTWARE\Policies\Microsoft\Windows Defender"
_ASR_LOCAL = r"SOFTWARE\Microsoft\Windows Defender"
_GUARD = r"Windows Defender Exploit Guard\ASR"
_BLOCK, _WARN = 1, 6  # 0 off, 2 only noted


def check_excel(machine: Machine) -> Sign:
    """Say which Excel it is, and whether 32 or 64 bit."""
    excel = machine.excel
    if excel is None:
        return sign("excel-none")
    if 0 < excel.number < _OLDEST:
        return sign("excel-old", name=excel.name)
    return sign("excel-ok" if excel.bits else "excel-bits", name=excel.name, bits=excel.bits)


def check_spill(machine: Machine) -> Sign:
    """Say whether a result of many cells spills, or Ctrl+Shift+Enter is needed (contract, section 9)."""
    if machine.excel is None:
        return sign("excel-none")
    codes = {True: "spill-yes", False: "spill-no", None: "spill-unknown"}
    return sign(codes[machine.excel.spills], name=machine.excel.name)


def check_macros(machine: Machine) -> Sign:
    """Say whether the add-in's macros may run: VBA on, and XLSTART trusted or macros allowed everywhere."""
    if _policy(machine, r"Common", "VBAOff") == 1:
        return sign("vba-off")
    level = _policy(machine, r"Excel\Security", "VBAWarnings")  # 1 all, 2 ask (as when absent), 3 signed, 4 none
    if _policy(machine, r"Excel\Security\Trusted Locations", "AllLocationsDisabled") == 1:
        codes = {1: "macros-ok", 3: "macros-signed", 4: "macros-off"}
        return sign(codes.get(level or 0, "locations-off"), folder=user_start(machine.windows))
    if level in {3, 4}:
        return sign("macros-trusted", value=level, folder=user_start(machine.windows))
    return sign("macros-ok")


def check_addins_allowed(machine: Machine) -> Sign:
    """Say whether add-ins may be loaded at all, and unsigned."""
    if _policy(machine, r"Excel\Security", "DisableAllAddins") == 1:
        return sign("addins-off")
    if _policy(machine, r"Excel\Security", "RequireAddinSig") == 1:
        return sign("addins-signed")
    return sign("addins-ok")


def check_vba_access(machine: Machine) -> Sign:
    """Say whether programs may change VBA projects: xlwings' Import Functions needs it (6), this add-in never does."""
    return sign("vbom-on" if _policy(machine, r"Excel\Security", "AccessVBOM") == 1 else "vbom-ok")


def check_child_processes(machine: Machine) -> Sign:
    """Say whether Defender lets Excel start Python (4)."""
    state = _asr_state(machine)
    if state == _BLOCK and machine.is_served:
        return sign("asr-served")
    exclusion = next(iter(_exclusions(machine)), "")
    if state == _BLOCK and exclusion:
        return sign("asr-excluded", exclusion=exclusion)
    codes = {_BLOCK: "asr-block", _WARN: "asr-warn"}
    return sign(codes.get(state, "asr-ok"), python=machine.python)


def _policy(machine: Machine, place: str, name: str) -> int | None:
    """Return a setting of Office in force: of the cloud or a group policy, or the user's; None when nobody set it."""
    office = rf"Office\{office_version(machine.excel)}"
    for key in (
        rf"HKCU\Software\Policies\Microsoft\Cloud\{office}\{place}",
        rf"HKCU\Software\Policies\Microsoft\{office}\{place}",
        rf"HKLM\Software\Policies\Microsoft\{office}\{place}",
        rf"HKCU\Software\Microsoft\{office}\{place}",
    ):
        value = machine.windows.values(key).get(name.casefold())
        if value is not None:
            return _whole(value)
    return None


def _asr_state(machine: Machine) -> int:
    """Return the state of the rule about child processes: of Intune, of a group policy, or set on this machine."""
    intune = str(machine.windows.values(rf"HKLM\{_ASR}\Policy Manager").get("asrrules", ""))
    for rule in intune.casefold().split("|"):  # "guid=1|guid=2"
        name, _, state = rule.partition("=")
        if name.strip(" {}") == _CHILD_PROCESSES:
            return _whole(state)
    for root in (_ASR, _ASR_LOCAL):
        value = machine.windows.values(rf"HKLM\{root}\{_GUARD}\Rules").get(_CHILD_PROCESSES)
        if value is not None:
            return _whole(value)
    return 0


def _exclusions(machine: Machine) -> list[str]:
    """Return the exceptions to such rules that the add-in's Python falls under: itself, or a folder it lies in."""
    python = PureWindowsPath(machine.python)
    names = str(machine.windows.values(rf"HKLM\{_ASR}\Policy Manager").get("asronlyexclusions", "")).split("|")
    for root in (_ASR, _ASR_LOCAL):
        names += machine.windows.values(rf"HKLM\{root}\{_GUARD}\ASROnlyExclusions")
    paths = (name.partition("=")[0].strip() for name in names)
    return [path for path in paths if path and python.is_relative_to(PureWindowsPath(path))]


def _whole(value: object) -> int:
    text = str(value).strip()
    return int(text) if text.isdecimal() else 0
