"""What a consolidated workbook says it was made of: its plan and period, and the files with their digests."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kttt_xl import history
from kttt_xl.cells import fold
from kttt_xl.errors import MisuseError
from kttt_xl.workbook import Sheet

_FILE, _DIGEST = "Tệp", "SHA-256"
_SHA256 = re.compile("[0-9a-f]{64}")
_ADDED, _CHANGED, _GONE = "thêm", "đổi nội dung", "không còn"
_NAMED = 3  # files that a sentence names


@dataclass(frozen=True, slots=True)
class Sources:
    """The plan's id, the period's code, and the sha256 of every copy read, by its name in the folder."""

    plan: str
    period: str
    digests: Mapping[str, str]

    def lost(self, folder: Path) -> list[str]:
        """Return the copies that are no longer in a folder."""
        return [name for name in self.digests if not (folder / name).is_file()]

    def changes(self, later: "Sources") -> list[str]:
        """Return, in words, in what a later consolidation rests on other copies; nothing when on the same."""
        before, after = self.digests, later.digests
        found = {
            _ADDED: [name for name in after if name not in before],
            _CHANGED: [name for name, digest in after.items() if before.get(name, digest) != digest],
            _GONE: [name for name in before if name not in after],
        }
        return [f"{len(names)} tệp {what} ({in_short(names)})" for what, names in found.items() if names]


def in_short(names: list[str]) -> str:
    """Return some of the names, and how many there are beside."""
    more = f" và {len(names) - _NAMED} tệp nữa" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def read_sources(file: Path) -> Sources:
    """Return what a consolidated workbook was made of; MisuseError for a file that is not one."""
    sheet = history.report_sheets(file)[history.SOURCE_SHEET]
    rows: dict[int, dict[int, str]] = {}
    for (row, column), cell in sorted(sheet.cells.items()):
        rows.setdefault(row, {})[column] = cell.text
    heading = next((at for at, cells in rows.items() if {_FILE, _DIGEST} <= set(cells.values())), None)
    plan, period = _beside(sheet, history.PLAN_LABEL), _beside(sheet, history.PERIOD_LABEL)
    if heading is None or not plan or not period.endswith(")"):
        raise MisuseError(f"«{file}», trang «{sheet.name}»: không đọc được kế hoạch, kỳ và các tệp nguồn.")
    places = {text: column for column, text in rows[heading].items()}
    below = [cells for at, cells in rows.items() if at > heading]
    told = ((cells.get(places[_FILE], ""), cells.get(places[_DIGEST], "")) for cells in below)
    digests = {name: digest for name, digest in told if _SHA256.fullmatch(digest)}  # another table may stand below
    return Sources(plan, period_code(period), digests)


def period_code(shown: str) -> str:
    """Return the code in a period as the workbook shows it, "Năm 2024 (2024)"; "" when there is none."""
    return shown.rpartition("(")[2].removesuffix(")") if shown.endswith(")") else ""


def _beside(sheet: Sheet, label: str) -> str:
    for (row, column), cell in sorted(sheet.cells.items()):
        if fold(cell.text) == fold(label):
            value = sheet.cells.get((row, column + 1))
            return value.text if value else ""
    return ""
