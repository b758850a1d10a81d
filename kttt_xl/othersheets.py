"""The sheets beside the form: the cover's fields and whose copy it says it is, our lists, and sheets that are not ours.

Nothing there is read as a figure. What was typed outside a field is refused at its address, never lost.
"""

from collections.abc import Iterable

from kttt_xl.cells import Cell, Rule, address, fold, read_cell
from kttt_xl.choosing import CHOICE_LABELS
from kttt_xl.grid import find_grid, find_headings
from kttt_xl.identity import Manifest, digest
from kttt_xl.layout import (
    AGENCY_LABEL,
    COVER,
    LISTS,
    LIVE_LABELS,
    MAX_TEXT,
    NOTHING_FIELD,
    RESUBMISSION_FIELD,
)
from kttt_xl.layout_versions import VERSIONS
from kttt_xl.legacy_notes import encoding_notes
from kttt_xl.rows import NOTHING, remark_heading, typed_cells
from kttt_xl.tally import Tally, content
from kttt_xl.workbook import Sheet

_TICK = "x"
_FULLER = 10
_NO_REASON = frozenset({"không", "không có"})  # an answer to "Lý do nộp lại?" that says it is no resubmission


def read_others(sheets: Iterable[Sheet], manifest: Manifest, tally: Tally) -> dict[str, str]:
    """Read every sheet but the form and the manifest; return what was filled in on the cover, by field."""
    others, remark = list(sheets), remark_heading(manifest)
    cover = _find_cover(others, manifest)
    fields: dict[str, str] = {}
    if cover is None:
        tally.say("altered-locked-cell", header=COVER, found="(đã xóa)", sheet=COVER)
    for sheet in others:
        tally.sheet = sheet.name
        if sheet is cover:
            if fold(sheet.name) != fold(COVER):
                tally.say("renamed-sheet", found=sheet.name, expected=COVER)
            fields = _read_cover(sheet, manifest, tally)
        elif sheet.name == LISTS:
            _read_lists(sheet, manifest, tally)
        else:
            for cell in _typed_on(sheet, manifest):
                tally.refuse("outside-value", cell, expected=remark)
    return fields


def _find_cover(sheets: list[Sheet], manifest: Manifest) -> Sheet | None:
    """Find the cover by its name, else by its texts."""
    named = [sheet for sheet in sheets if fold(sheet.name) == fold(COVER)]
    return next(iter(named or [sheet for sheet in sheets if _is_cover(sheet, manifest)]), None)


def _is_cover(sheet: Sheet, manifest: Manifest) -> bool:
    """Tell whether more than half of the cover's texts stand on a sheet that is not much fuller than the cover."""
    if len(sheet.cells) > _FULLER * len(manifest.cover):
        return False
    marks = {digest(cell.text) for cell in sheet.cells.values() if cell.kind == "text"}
    return len(marks & set(manifest.cover.values())) * 2 > len(set(manifest.cover.values()))


def _read_cover(sheet: Sheet, manifest: Manifest, tally: Tally) -> dict[str, str]:
    """Read the cover's fields beside their labels; what is neither field nor ours is refused."""
    labels = {fold(label): name for name, label in VERSIONS[manifest.layout].cover.items()}
    live, choices = {fold(label) for label in LIVE_LABELS}, set(map(fold, CHOICE_LABELS))
    fields: dict[str, str] = {}
    used: set[tuple[int, int]] = set()
    for (row, at), cell in sorted(sheet.cells.items()):
        label, beside = fold(cell.text), sheet.cells.get((row, at + 1))
        if (row, at) in used:
            continue
        if label == fold(AGENCY_LABEL):
            used.add((row, at + 1))
            tally.see_agency(content(beside) if beside else "", address(row, at + 1), cell.text)
        elif manifest.offer and label in choices:
            used.add((row, at + 1))
        elif label in labels:
            used.add((row, at + 1))
            if beside and not beside.blank:
                fields[labels[label]] = _field(beside, cell.text, labels[label], tally)
        elif label in live:
            used |= {(row, at + 1), (row, at + 2)}
            _check_formulas(sheet, row, (at + 1, at + 2), cell.text, tally)
    _read_fixed(sheet, manifest, used | _unlabelled_counts(sheet, manifest), tally)
    return fields


def _unlabelled_counts(sheet: Sheet, manifest: Manifest) -> set[tuple[int, int]]:
    """Return where our live counts stand whose label was written over: nobody typed them."""
    labels = {digest(label) for label in LIVE_LABELS}
    places = {at for at, mark in manifest.cover.items() if mark in labels}
    return {
        (row, at)
        for (row, at), cell in sheet.cells.items()
        if cell.formula and places & {address(row, at - 1), address(row, at - 2)}
    }


def _field(cell: Cell, label: str, name: str, tally: Tally) -> str:
    """Return what a field says; "" for what cannot be read, which is said."""
    reading = read_cell(cell, Rule("text", max_length=MAX_TEXT))
    for note in (*reading.notes, *encoding_notes(cell)):
        tally.note(note, cell.address, label)
    text = str(reading.value or "")
    if name == NOTHING_FIELD and text and fold(text) != _TICK:
        tally.say("not-in-list", cell.address, label, content(cell), _TICK)
        return ""
    if name == RESUBMISSION_FIELD and fold(text).rstrip(" .") in _NO_REASON:
        return ""
    return text


def _check_formulas(sheet: Sheet, row: int, columns: tuple[int, ...], label: str, tally: Tally) -> None:
    for at in columns:
        cell = sheet.cells.get((row, at))
        if cell is None or not cell.formula:
            tally.say("overwritten-formula", address(row, at), label, content(cell) if cell else NOTHING)


def _read_fixed(sheet: Sheet, manifest: Manifest, used: set[tuple[int, int]], tally: Tally) -> None:
    """Compare the cover's texts with those issued, wherever they stand now."""
    cells = {cell.address: cell for place, cell in sorted(sheet.cells.items()) if place not in used and not cell.blank}
    here = {digest(cell.text) for cell in cells.values()}
    fields = {address(*place) for place in used}
    for at, cell in cells.items():
        if not cell.formula and digest(cell.text) in manifest.cover.values():
            continue
        if at in manifest.cover and manifest.cover[at] not in here:
            tally.say("altered-locked-cell", at, at, content(cell))
        else:
            tally.refuse("outside-value", cell, expected=remark_heading(manifest))
    for at, mark in manifest.cover.items():
        if mark not in here and at not in cells and at not in fields:
            tally.say("altered-locked-cell", at, at, NOTHING)


def _read_lists(sheet: Sheet, manifest: Manifest, tally: Tally) -> None:
    """Pass our lists; say what was edited in them, since the dropdowns then offer what the reader refuses."""
    ours = {text for name, items in manifest.choices.items() for text in (name, *items)}
    heads = {at: cell.text for (row, at), cell in sheet.cells.items() if row == 1 and cell.text in manifest.choices}
    longest, columns = max(map(len, manifest.choices.values()), default=0), len(manifest.choices)
    our_rows, our_columns = manifest.offer.extent if manifest.offer else (0, 0)
    for (row, at), cell in sorted(sheet.cells.items()):
        if columns < at <= our_columns and row <= our_rows:
            continue  # what the formulas of a blank copy look up; nothing is read from there
        if cell.blank or (not cell.formula and cell.text in ours):
            continue
        ends = 1 + (len(manifest.choices[heads[at]]) if at in heads else longest)  # below it nothing was issued
        if row <= ends and at <= columns:
            tally.say("altered-locked-cell", cell.address, LISTS, content(cell))
        else:
            tally.refuse("outside-value", cell, expected=remark_heading(manifest))


def _typed_on(sheet: Sheet, manifest: Manifest) -> list[Cell]:
    """Return the filled cells of a sheet that is not read: all but our own texts on a copy of the form or cover."""
    if find_headings(sheet, manifest):
        return typed_cells(find_grid(sheet, manifest), manifest)
    cells = [cell for _, cell in sorted(sheet.cells.items()) if not cell.blank]
    if _is_cover(sheet, manifest):
        ours = set(manifest.cover.values())
        return [cell for cell in cells if not cell.formula and digest(cell.text) not in ours]
    return cells
