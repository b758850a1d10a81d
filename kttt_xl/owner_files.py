"""Who has a workbook open, as the office programs' own files beside it say.

LibreOffice puts `.~lock.NAME#` there: text, "name,login,computer,time,profile;". Excel puts `~$NAME`: 165 bytes, the
user's name in them twice, the second time in UTF-16 behind its length at byte 55. Source: LibreOffice, svl
(lockfilecommon.cxx, msodocumentlockfile.cxx).
"""

import re
from pathlib import Path

_AT, _LONGEST = 55, 52  # Excel's owner file: where the length of the name stands, and the longest name
_MOST = 4096  # bytes; no owner file is longer
_FIELD = re.compile(r"((?:\\.|[^\\,;])*)[,;]", re.DOTALL)


def opened_by(path: Path) -> str:
    """Return who has a file open, in words and with the owner file's name; empty when no office program says so."""
    for name, program, words in (
        (f".~lock.{path.name}#", "LibreOffice", _libreoffice_owner),
        (f"~${path.name}", "Excel", _excel_owner),
    ):
        owner_file = path.with_name(name)
        try:
            with owner_file.open("rb") as stream:
                who = words(stream.read(_MOST))
        except OSError:
            if not owner_file.exists():
                continue
            who = ""  # it is there, and another program keeps it to itself
        return f"tệp đang mở trong {program} ({who or 'không rõ ai mở'}; theo «{name}»)"
    return ""


def _libreoffice_owner(content: bytes) -> str:
    fields = [re.sub(r"\\(.)", r"\1", field) for field in _FIELD.findall(content.decode("utf-8", "replace"))]
    name, login, host, since = (*fields, "", "", "", "")[:4]
    return ", ".join(
        words for words in (name or login, f"máy {host}" if host else "", f"từ {since}" if since else "") if words
    )


def _excel_owner(content: bytes) -> str:
    length = int.from_bytes(content[_AT : _AT + 2], "little")
    if not 0 < length <= _LONGEST:
        return ""
    return content[_AT + 2 : _AT + 2 + 2 * length].decode("utf-16-le", "replace").strip()
