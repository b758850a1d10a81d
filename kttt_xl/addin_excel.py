"""Which Excel a Windows machine has: name, version, 32 or 64 bit, and whether a result of many cells spills.

Registry: App Paths and ClickToRun\\Configuration as Microsoft's own tools read them; bits from the program's header.
"""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PureWindowsPath
from types import MappingProxyType

from kttt_xl.windows import RegistryValue, Windows

_APP_PATHS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
_CLICK_TO_RUN = (
    r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration",
    r"HKLM\SOFTWARE\WOW6432Node\Microsoft\Office\ClickToRun\Configuration",
)
_NAMES = MappingProxyType({12: "Excel 2007", 14: "Excel 2010", 15: "Excel 2013", 16: "Excel 2016"})
_OTHER_PRODUCTS = re.compile("Visio|Project|Access|OneNote|Outlook|Word|PowerPoint|Publisher|Skype|InfoPath|SharePoint")
_YEAR = re.compile("20(19|2[0-9])")
_MACHINES = MappingProxyType({0x14C: 32, 0x8664: 64, 0xAA64: 64})  # PE: x86, x64, ARM64
_FIRST_TO_SPILL = 2021


@dataclass(frozen=True, slots=True)
class Excel:
    """The installed Excel: EXCEL.EXE, name, number (16 from 2016 on), bits (0: unknown), whether results spill."""

    path: PureWindowsPath
    name: str
    number: int
    bits: int
    spills: bool | None

    @property
    def all_users_start(self) -> PureWindowsPath:
        """Return the folder whose add-ins every user's Excel opens."""
        return self.path.parent / "XLSTART"


def find_excel(windows: Windows) -> Excel | None:
    """Return the Excel that Windows would start; None when there is none."""
    path = str(windows.values(_APP_PATHS).get("", "")).strip('"')
    if not path:
        return None
    product = _click_to_run(windows)
    current = str(windows.values(r"HKLM\SOFTWARE\Classes\Excel.Application\CurVer").get("", ""))
    number = int(current.rpartition(".")[2]) if current.rpartition(".")[2].isdecimal() else 0
    name, spills = _name(str(product.get("productreleaseids", "")), number)
    version = str(product.get("versiontoreport", ""))
    exe = PureWindowsPath(path)
    try:
        head = windows.read(exe, 4096) or b""
    except OSError:
        head = b""  # an Excel from the Store is not ours to read
    bits = pe_bits(head) or {"x86": 32, "x64": 64}.get(str(product.get("platform", "")), 0)
    return Excel(exe, f"{name} ({version})" if version else name, number, bits, spills)


def _click_to_run(windows: Windows) -> Mapping[str, RegistryValue]:
    return next((found for key in _CLICK_TO_RUN if (found := windows.values(key))), {})


def _name(products: str, number: int) -> tuple[str, bool | None]:
    """Return how people call this Excel, and whether arrays spill: 365 and 2021 on (contract, section 9).

    Click-to-Run names its products, O365… for subscriptions, with the year from 2019 on, without one for 2016.
    """
    ids = [each for each in products.split(",") if each and not _OTHER_PRODUCTS.match(each.strip())]
    if any("365" in each for each in ids):
        return "Microsoft 365", True
    years = [int(found[0]) for each in ids if (found := _YEAR.search(each))]
    if years:
        return f"Excel {max(years)}", max(years) >= _FIRST_TO_SPILL
    if any(each.strip().startswith("Mondo") for each in ids):
        return "Excel (Mondo)", None
    if number not in _NAMES:
        return f"Excel (số {number})" if number else "Excel", False if 0 < number < min(_NAMES) else None
    return _NAMES[number], False


def pe_bits(head: bytes) -> int:
    """Return 32 or 64 from the first bytes of a program, 0 when they do not say. Source: PE format, COFF header."""
    if len(head) < 0x40 or not head.startswith(b"MZ"):
        return 0
    at = int(struct.unpack_from("<I", head, 0x3C)[0])
    if head[at : at + 4] != b"PE\0\0" or len(head) < at + 6:
        return 0
    return _MACHINES.get(int(struct.unpack_from("<H", head, at + 4)[0]), 0)


def office_version(excel: Excel | None) -> str:
    """Return the version as Office's registry keys have it."""
    return f"{excel.number}.0" if excel and excel.number else "16.0"
