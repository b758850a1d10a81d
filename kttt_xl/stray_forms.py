"""A form that came without its identity: its sheet was pasted into another workbook, or only what it shows.

Nothing of it can be read, since nobody can tell what was issued; it is recognised so that somebody knows the cure.
"""

from collections.abc import Iterable

from kttt_xl.cells import fold
from kttt_xl.layout import AGENCY_LABEL, FORM_TITLES, SHEET_NAMES
from kttt_xl.layout_versions import VERSIONS
from kttt_xl.workbook import Sheet

_NO_MANIFEST = "thiếu trang nhận dạng _kttt"


def without_manifest(sheets: Iterable[Sheet]) -> str:
    """Return what a workbook without a manifest is, as far as its sheets tell: one of our forms, or no copy at all."""
    sheets = list(sheets)
    for sheet in sheets:
        kind = _kind(sheet)
        if kind:
            whose = next(filter(None, map(_agency, (sheet, *sheets))), "")
            said = f", ghi đơn vị «{whose}»" if whose else ""
            return (
                f"trang «{sheet.name}» có biểu «{SHEET_NAMES[kind]}»{said}, nhưng {_NO_MANIFEST}: "
                "biểu đã bị chép sang sổ tính khác"
            )
    return _NO_MANIFEST


def _kind(sheet: Sheet) -> str:
    """Return which form a sheet shows: by its title, or by a row that holds more than two thirds of its headings."""
    rows: dict[int, set[str]] = {}
    for (row, _), cell in sheet.cells.items():
        if cell.kind == "text":
            rows.setdefault(row, set()).add(fold(cell.text))
    found = list(rows.values())
    for kind, title in FORM_TITLES.items():
        for version in VERSIONS.values():
            wanted = {fold(heading) for _, heading, *_ in version.columns[kind]}
            if any(fold(title) in texts or len(texts & wanted) * 3 > len(wanted) * 2 for texts in found):
                return kind
    return ""


def _agency(sheet: Sheet) -> str:
    """Return whose form a sheet says it is: in one cell with the label, or in the cell beside it."""
    for (row, at), cell in sorted(sheet.cells.items()):
        label, _, name = cell.text.partition(":")
        if fold(label) == fold(AGENCY_LABEL):
            beside = sheet.cells.get((row, at + 1))
            said = name.strip() or (beside.text.strip() if beside else "")
            if said:
                return said
    return ""
