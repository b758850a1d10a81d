"""Checks of the add-in's file: is it there, whole, unmarked, once, and not switched off? One small function each."""

from pathlib import PureWindowsPath

from kttt_xl.addin_excel import office_version
from kttt_xl.addin_file import KTTT_VERSION, read_project
from kttt_xl.addin_machine import FILE_NAME, Copy, Machine, user_start
from kttt_xl.addin_texts import Sign, sign

MODULES = ("KtttBridge", "KtttFunctions", "KtttRibbon", "KtttWords")
_ONEDRIVE = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")


def installed(machine: Machine) -> Copy | None:
    """Return the add-in that Excel loads first; None when there is none of ours."""
    return next((copy for copy in machine.copies if copy.settings is not None), None)


def check_addin(machine: Machine) -> Sign:
    """Say whether the add-in is there as it was installed, or gone, or changed (complaints 3 and 10)."""
    copy = next(iter(machine.copies), None)
    if copy is None:
        if machine.receipts:
            return sign("addin-gone", file=machine.receipts[0].file, sha256=machine.receipts[0].sha256)
        return sign("addin-none", file=user_start(machine.windows) / FILE_NAME)
    if copy.settings is None:
        return sign("addin-foreign", file=copy.path)
    receipt = next((each for each in machine.receipts if PureWindowsPath(each.file) == copy.path), None)
    if receipt is None:
        return sign("addin-unrecorded", file=copy.path)
    if receipt.sha256 != copy.sha256:
        return sign("addin-changed", file=copy.path, sha256=receipt.sha256, now=copy.sha256)
    return sign("addin-ok", file=copy.path, version=copy.settings[KTTT_VERSION])


def check_modules(machine: Machine) -> Sign:
    """Say whether functions and bridge are in one add-in; without the bridge every cell says Object required (5)."""
    copy = installed(machine)
    if copy is None:
        return sign("not-there")
    project = read_project(copy.content)
    missing = [name for name in MODULES if name.encode("utf-16-le") not in project]  # as CFB writes names of streams
    return sign("modules-missing", file=copy.path, missing=", ".join(missing)) if missing else sign("modules-ok")


def check_mark(machine: Machine) -> Sign:
    """Say whether the add-in bears the Mark of the Web: Excel blocks its macros then, without a button to allow them.

    Source: addin.md 6.1. Whether a trusted location makes up for the mark was not tried in Excel.
    """
    marked = [str(copy.path) for copy in machine.copies if machine.windows.is_marked(copy.path)]
    if not machine.copies:
        return sign("not-there")
    return sign("marked", file="; ".join(marked)) if marked else sign("mark-ok")


def check_place(machine: Machine) -> Sign:
    """Say whether there is one add-in, in XLSTART: with two, formulas become links to a path (9)."""
    files = [str(copy.path) for copy in machine.copies]
    if not files:
        return sign("not-there")
    if len(files) > 1:
        return sign("twice", count=len(files), files="; ".join(files))
    folders = [user_start(machine.windows)] + ([machine.excel.all_users_start] if machine.excel else [])
    if machine.copies[0].path.parent not in folders:
        return sign("elsewhere", files=files[0])
    return sign("place-ok")


def check_disabled(machine: Machine) -> Sign:
    """Say whether Excel switched the add-in off after a crash.

    The values under DisabledItems are undocumented; the file's name stands in them as UTF-16 (seen in public code).
    """
    key = rf"HKCU\Software\Microsoft\Office\{office_version(machine.excel)}\Excel\Resiliency\DisabledItems"
    for value in machine.windows.values(key).values():
        if isinstance(value, bytes) and FILE_NAME in value.decode("utf-16-le", "replace").casefold():
            return sign("disabled")
    return sign("disabled-ok")


def check_folders(machine: Machine) -> Sign:
    """Say whether the add-in's folder is on this machine, not on a share or in OneDrive (7)."""
    folder = machine.copies[0].path.parent if machine.copies else user_start(machine.windows)
    roots = onedrive(machine)
    if str(folder).startswith("\\\\"):
        return sign("profile-network", folder=folder)
    if any(folder.is_relative_to(root) for root in roots):
        return sign("profile-onedrive", folder=folder)
    return sign("onedrive-used", folder=roots[0]) if roots else sign("folders-ok")


def onedrive(machine: Machine) -> list[PureWindowsPath]:
    """Return the folders that OneDrive keeps in step with the web, from the variables it sets."""
    found = dict.fromkeys(machine.windows.environment(name) for name in _ONEDRIVE)
    return [PureWindowsPath(folder) for folder in found if folder]
