"""The form's sheet -> entries and findings: every cell that is not blank is read, ours, or refused at its address."""

import string

from kttt_xl.cells import Cell, Rule, address, fold, read_cell
from kttt_xl.choosing import is_live
from kttt_xl.grid import KEY_FIELD, Grid
from kttt_xl.identity import Manifest, ManifestColumn, ManifestRow, digest
from kttt_xl.layout import AGENCY_LABEL, MAX_TEXT, NAME_FIELDS
from kttt_xl.row_doubts import slot_key, watched_rows
from kttt_xl.selfcheck import is_check, is_ours
from kttt_xl.tally import Tally, content

NOTHING = "(trống)"
_KEY_HEADING = "Mã"
_MISSING_SHARE = 5  # more than one row in five gone: the copy is refused (contract, section 5)
_NAMED = 20  # rows that a finding names
_GONE = "#REF!"  # stands in a formula for a cell that was deleted, or that another was moved over


def rule_of(column: ManifestColumn, row: ManifestRow, manifest: Manifest) -> Rule | None:
    """Return how the cell of this column and row is read, or None when it is not the agency's to fill in."""
    kind = column.rule
    if kind == "figure":
        kind = "" if row.ratio or column.field in row.settled else row.rule
    if not kind:
        return None
    return Rule(
        kind,
        choices=manifest.choices.get(column.choices, ()),
        max_length=MAX_TEXT,
        earliest=manifest.earliest,
        latest=manifest.latest,
        period=manifest.span,
    )


def remark_heading(manifest: Manifest) -> str:
    """Return the heading of the column where a remark belongs: the last one for text."""
    return next((column.heading for column in reversed(manifest.columns) if column.rule == "text"), "")


def read_rows(grid: Grid, manifest: Manifest, tally: Tally) -> None:
    """Read the form's sheet into the tally; a form with lost columns is refused, its filled cells counted only."""
    tally.sheet = grid.sheet.name
    if grid.lost:
        _say_lost(grid, manifest, tally)
        tally.typed += typed_cells(grid, manifest)
        return
    _FormReader(grid, manifest, tally).read()
    _check_locked(grid, manifest, tally)
    _check_rows(grid, manifest, tally)
    _check_order(grid, manifest, tally)


def typed_cells(grid: Grid, manifest: Manifest) -> list[Cell]:
    """Return the filled cells of a sheet laid out as the form, of which none is to be read."""
    scratch = Tally("", "", grid.sheet.name)
    _FormReader(grid, manifest, scratch).read()
    return scratch.typed


def _say_lost(grid: Grid, manifest: Manifest, tally: Tally) -> None:
    if not grid.heading_row:
        named = [column.heading for column in manifest.columns if column.field != KEY_FIELD]
        tally.say("missing-column", expected=f"toàn bộ dòng tiêu đề: {', '.join(named[:3])}, …")
        return
    for column in grid.lost:
        places = [at for at, known in grid.columns.items() if known is column]
        cells = [cell for at in places if (cell := grid.sheet.cells.get((grid.heading_row, at)))]
        alike = [cell for cell in cells if fold(cell.text) == fold(column.heading)]
        expected = f"{column.heading} (có {len(alike)} cột cùng tên)" if alike else column.heading
        at = cells[-1].address if cells else ""
        tally.say("missing-column", at, column.heading, content(cells[-1]) if cells else "", expected)


class _FormReader:
    """Gives every cell of the form's sheet its outcome, in the order of the sheet."""

    def __init__(self, grid: Grid, manifest: Manifest, tally: Tally) -> None:
        self.grid, self.manifest, self.tally = grid, manifest, tally
        self.issued = {row.key: row for row in manifest.rows}
        self.keys = grid.keys
        self.fixed = frozenset((*manifest.fixed.values(), *(manifest.offer.sections if manifest.offer else ())))
        self.locked = {(name, mark) for row in manifest.rows for name, mark in row.digests.items()}
        self.gone = gone_texts(grid, manifest)
        self.orphans = frozenset(orphans(grid, manifest).values())
        names = {row.digests.get(NAME_FIELDS[manifest.kind], "") for row in manifest.rows}
        self.named = frozenset(row for row, mark in _names_without_key(grid, manifest) if mark in names)
        self.remark = remark_heading(manifest)

    def read(self) -> None:
        for (row, at), cell in sorted(self.grid.sheet.cells.items()):
            column = self.grid.columns.get(at)
            if cell.blank or (row == self.grid.heading_row and column):
                continue
            if row in self.keys:
                self.keyed(cell, column, self.issued[self.keys[row]])
            elif row <= self.grid.heading_row:
                self.above(cell)
            else:
                self.unkeyed(cell, column)

    def keyed(self, cell: Cell, column: ManifestColumn | None, row: ManifestRow) -> None:
        """Read a cell of a row that has its key; what is not the agency's to fill in is compared later."""
        if column is None:
            self.tally.refuse("outside-value", cell, expected=self.remark)
        elif rule := rule_of(column, row, self.manifest):
            self.tally.take(cell, read_cell(cell, rule), column.heading, row.key, column.field)

    def above(self, cell: Cell) -> None:
        """Read a cell of the title block: it says whose copy this is, is ours, or does not belong there."""
        if self.manifest.offer and is_live(cell.formula):
            return
        label, colon, name = cell.text.partition(":")
        if colon and fold(label) == fold(AGENCY_LABEL):
            self.tally.see_agency(name, cell.address, label)
        elif not self.ours(cell, None):
            self.outside(cell, None)

    def unkeyed(self, cell: Cell, column: ManifestColumn | None) -> None:
        """Read a cell of a row without a key of its own: a section, a row of ours that lost its key, or somebody's."""
        if self.ours(cell, column):
            return
        our_row = cell.row in self.orphans or cell.row in self.grid.strangers
        if column is None or cell.address in self.gone:
            self.outside(cell, column)
        elif column.rule:
            self.tally.refuse("unknown-row", cell, column.heading, self.said_key(cell.row))
        elif our_row:
            code = "overwritten-formula" if column.formula else "altered-locked-cell"
            self.tally.say(code, cell.address, column.heading, content(cell))
        else:
            self.outside(cell, column)

    def outside(self, cell: Cell, column: ManifestColumn | None) -> None:
        """Say that a text of ours was written over, when it is nowhere else now; refuse what was typed beside it."""
        heading = column.heading if column else ""
        if cell.address in self.gone:
            self.tally.say("altered-locked-cell", cell.address, heading or cell.address, content(cell))
        else:
            self.tally.refuse("outside-value", cell, heading, self.remark)

    def ours(self, cell: Cell, column: ManifestColumn | None) -> bool:
        """Tell whether a cell outside the keyed rows holds what we issued: a fixed text, or part of a copied row."""
        if self.manifest.offer and is_live(cell.formula) and not (column and column.rule):
            return True
        if cell.formula:
            in_place = column is not None and (column.formula or column.rule == "figure")
            return is_check(cell.formula) or (in_place and is_ours(cell.formula))
        if column and fold(cell.text) == fold(column.heading):
            return True  # the headings, put again before a section
        if column and column.field == KEY_FIELD:
            return cell.row in self.grid.strangers
        if column and column.rule:
            return False
        mark = digest(cell.text)
        # A number or unit alone says nothing: below the form "5" is what somebody typed.
        copied = cell.row in self.named or cell.row in self.grid.strangers
        return mark in self.fixed or (copied and column is not None and (column.field, mark) in self.locked)

    def said_key(self, row: int) -> str:
        """Return what a row without a key of its own has in the key column, and why that is not its key."""
        cell = self.grid.sheet.cells.get((row, self.grid.at(KEY_FIELD)))
        shown = slot_key(cell, self.manifest) if cell else None
        key = shown or (content(cell) if cell and not cell.blank else "trống")
        doubt = self.grid.strangers.get(row)
        return f"{key}, {doubt}" if doubt else key


def gone_texts(grid: Grid, manifest: Manifest) -> frozenset[str]:
    """Return the addresses of the title block and section rows whose texts are nowhere on the sheet any more."""
    keys = grid.keys
    here = {digest(cell.text) for cell in grid.sheet.cells.values() if cell.row not in keys and not cell.blank}
    return frozenset(at for at, mark in manifest.fixed.items() if mark not in here)


def orphans(grid: Grid, manifest: Manifest) -> dict[str, int]:
    """Return, by key, the rows that have the name of a row of ours but not its key."""
    name = NAME_FIELDS[manifest.kind]
    rows = {mark: row for row, mark in _names_without_key(grid, manifest)}
    return {row.key: rows[mark] for row in manifest.rows if (mark := row.digests.get(name, "")) in rows}


def _names_without_key(grid: Grid, manifest: Manifest) -> list[tuple[int, str]]:
    """Return each row below the headings that has no key of its own, with the digest of what stands as its name."""
    at, keys = grid.at(NAME_FIELDS[manifest.kind]), grid.keys
    return [
        (row, digest(cell.text))
        for (row, column), cell in sorted(grid.sheet.cells.items())
        if column == at and row > grid.heading_row and row not in keys
    ]


def _check_locked(grid: Grid, manifest: Manifest, tally: Tally) -> None:
    """Compare every locked cell of every keyed row with what was issued; say which formulas were written over."""
    issued = {row.key: row for row in manifest.rows}
    cells, columns = grid.sheet.cells, sorted(grid.columns.items())
    for row, key in sorted(grid.keys.items()):
        for at, column in columns:
            cell = cells.get((row, at))
            code = _locked_fault(cell, column, issued[key], manifest)
            if code:
                found = _seen(cell, manifest) if cell and not cell.blank else NOTHING
                tally.say(code, address(row, at), column.heading, found)
    gone = gone_texts(grid, manifest)
    there = {cell.address for cell in cells.values() if not cell.blank} if gone else set()
    for place in sorted(gone - there):
        tally.say("altered-locked-cell", place, place, NOTHING)


def _seen(cell: Cell, manifest: Manifest) -> str:
    """Return what an officer sees in a locked cell: of a formula that shows the choice, what it shows."""
    return cell.text if cell.text and slot_key(cell, manifest) is not None else content(cell)


def _locked_fault(cell: Cell | None, column: ManifestColumn, row: ManifestRow, manifest: Manifest) -> str:
    """Return the code of what is wrong with a locked cell, "" when it is as issued."""
    text, formula = (cell.text, cell.formula) if cell else ("", "")
    chosen = manifest.offer is not None and column.field == "previous"  # of a blank copy: signed with the choice
    mark = digest(row.previous) if chosen else row.digests.get(column.field)
    if mark is None:
        return "overwritten-formula" if _is_formula(column, row) and not is_ours(formula) else ""
    slot = slot_key(cell, manifest) if cell else None
    shows = slot == row.key if manifest.slots else slot is not None
    if shows and not text:  # the file does not tell what its formula shows
        return ""
    found = f"={formula}" if formula and not shows else text
    return "altered-locked-cell" if digest(found) != mark else ""


def _is_formula(column: ManifestColumn, row: ManifestRow) -> bool:
    return column.formula or (column.rule == "figure" and row.ratio is not None and column.field not in row.settled)


def _check_rows(grid: Grid, manifest: Manifest, tally: Tally) -> None:
    """Say which rows are missing and which are repeated; a row whose key stands beside another name is missing."""
    missing = [row.key for row in manifest.rows if row.key not in grid.rows]
    key_column = grid.at(KEY_FIELD)
    if len(missing) * _MISSING_SHARE > len(manifest.rows):
        named = ", ".join(missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
        place = address(min(grid.strangers), key_column) if grid.strangers else ""
        tally.say("missing-rows", place, found=f"{len(missing)}/{len(manifest.rows)}", expected=named)
    else:
        lost = orphans(grid, manifest)
        for key in missing:
            tally.say("missing-row", address(lost[key], key_column) if key in lost else "", expected=key)
    for key, rows in grid.rows.items():
        if len(rows) > 1:
            _check_repeated(grid, key, rows, tally)


def _check_repeated(grid: Grid, key: str, rows: tuple[int, ...], tally: Tally) -> None:
    """A key that stands twice: refused when what was typed differs, else taken once."""
    columns = [at for at, column in grid.columns.items() if column.rule]
    typed = [[_typed(grid.sheet.cells.get((row, at))) for at in columns] for row in rows]
    place = address(rows[1], grid.at(KEY_FIELD))
    if any(other != typed[0] for other in typed[1:]):
        tally.say("duplicate-row", place, _KEY_HEADING, key, ", ".join(f"dòng {row}" for row in rows))
        return
    tally.say("repeated-row", place, _KEY_HEADING, key)
    again = {address(row, at) for row in rows[1:] for at in columns}
    tally.entries = [entry for entry in tally.entries if entry.cell not in again]


def _typed(cell: Cell | None) -> tuple[str, str, str] | None:
    return (cell.kind, cell.formula, cell.text) if cell and not cell.blank else None


def _check_order(grid: Grid, manifest: Manifest, tally: Tally) -> None:
    """Say what was only moved or inserted: nothing is lost by it."""
    issued = [column.field for column in manifest.columns]
    present = [column for _, column in sorted(grid.columns.items())]
    moved = [column.heading for column, field in zip(present, issued, strict=True) if column.field != field]
    if moved:
        tally.say("moved-column", found=", ".join(moved))
    moved_checks = _moved_checks(grid, manifest)
    if moved_checks:
        tally.say("moved-cells", moved_checks[0].address, found=str(len(moved_checks)))
    order = [key for _, key in sorted((rows[0], key) for key, rows in grid.rows.items())]
    if order != [row.key for row in manifest.rows if row.key in grid.rows]:
        tally.say("moved-row")
    used = {cell.row for cell in grid.sheet.cells.values() if not cell.blank}
    emptied = {place.lstrip(string.ascii_uppercase) for place in gone_texts(grid, manifest)}
    last = max(grid.keys, default=0)
    blank = [row for row in range(grid.heading_row + 1, last) if row not in used and str(row) not in emptied]
    if blank:
        tally.say("inserted-row", address(blank[0], 1), found=str(len(blank)))


def _moved_checks(grid: Grid, manifest: Manifest) -> list[Cell]:
    """Return the Kiểm tra cells of our rows whose formula lost a cell, or watches one in another row."""
    at, single = grid.at("check"), manifest.kind == "tasks"
    cells = [cell for row in sorted(grid.keys) if (cell := grid.sheet.cells.get((row, at))) and is_check(cell.formula)]
    return [cell for cell in cells if _GONE in cell.formula or (single and len(watched_rows(cell.formula)) > 1)]
