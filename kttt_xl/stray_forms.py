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
    kinds = (_headed, _titled)  # the title stands on the cover, too
    found = next(((sheet, kind) for kind_of in kinds for sheet in sheets if (kind := kind_of(sheet))), None)
    if found is None:
        return _NO_MANIFEST
    form, kind = found
    whose = next(filter(None, map(_agency, (form, *sheets))), "")
    said = f"trang «{form.name}» có biểu «{SHEET_NAMES[kind]}»{f', ghi đơn vị «{whose}»' if whose else ''}"
    return f"{said}, nhưng {_NO_MANIFEST}: biểu đã bị chép sang sổ tính khác"


def _headed(sheet: Sheet) -> str:
    """Return which form a sheet holds, by a row that has more than two thirds of its headings; "" for none."""
    rows: dict[int, set[str]] = {}
    for (row, _), cell in sheet.cells.items():
        if cell.kind == "text":
            rows.setdefault(row, set()).add(fold(cell.text))
    for version in VERSIONS.values():
        for kind, columns in version.columns.items():
            wanted = {fold(heading) for _, heading, *_ in columns}
            if any(len(texts & wanted) * 3 > len(wanted) * 2 for texts in rows.values()):
                return kind
    return ""


def _titled(sheet: Sheet) -> str:
    """Return which form a sheet names in a title; "" for none."""
    texts = {fold(cell.text) for cell in sheet.cells.values() if cell.kind == "text"}
    return next((kind for kind, title in FORM_TITLES.items() if fold(title) in texts), "")


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
