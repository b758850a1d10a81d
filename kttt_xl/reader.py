"""A filled copy -> a Submission and findings: columns by heading, rows by key, addresses only for messages.

Every cell that is not blank gets exactly one outcome: template text, locked, accepted, or refused with a finding.
So filled = accepted + refused holds by construction (contract, section 5).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from kttt_xl import gate, identity, layout, workbook
from kttt_xl.cells import Cell, Note, Rule, address, fold, read_cell
from kttt_xl.errors import CopyRefused
from kttt_xl.identity import KeyFinder, Manifest, ManifestColumn, ManifestRow
from kttt_xl.messages import ERROR, MESSAGES, finding
from kttt_xl.model import Entry, Finding, Submission

_KEY_HEADING = "Mã"
_EXTRA_SHEET_FINDINGS = 200  # cells of a sheet that is not ours, listed one by one; the rest are counted together
_MISSING_ROWS_SHARE = 5  # more than one row in five gone: the copy is refused

@dataclass(frozen=True, slots=True)
class CopyReading:
    """What a file was found to be. A copy that could be read has a manifest and a submission, refused or not.

    ours marks a consolidated workbook of kttt-xl, which is no copy.
    """

    file: str
    sha256: str
    findings: tuple[Finding, ...]
    manifest: Manifest | None = None
    submission: Submission | None = None
    ours: bool = False

    @property
    def refused(self) -> bool:
        """Tell whether the whole copy is refused."""
        return any(MESSAGES[found.code].scope == "copy" for found in self.findings)

    @property
    def disputed(self) -> bool:
        """Tell whether a person must decide whose copy this is."""
        return any(found.code == "wrong-agency" for found in self.findings)


@dataclass(slots=True)
class _Tally:
    """Collects outcomes while a copy is read; the only mutable thing here."""

    file: str
    agency: str
    sheet: str
    findings: list[Finding] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    filled: int = 0
    accepted: int = 0

    def say(self, code: str, at: str = "", header: str = "", found: str = "", expected: str = "") -> None:
        self.note(Note(code, found, expected), at, header)

    def note(self, note: Note, at: str, header: str) -> None:
        self.findings.append(
            finding(
                note.code,
                severity=note.severity,
                agency=self.agency,
                file=self.file,
                sheet=self.sheet,
                cell=at,
                header=header,
                found=note.found,
                expected=note.expected,
            )
        )

    def refuse(self, code: str, cell: Cell, header: str = "", expected: str = "") -> None:
        self.filled += 1
        self.say(code, cell.address, header, content(cell), expected)


def content(cell: Cell) -> str:
    """Return what stands in a cell for a finding: its formula, else its text."""
    return f"={cell.formula}" if cell.formula else cell.text


def read_copy(path: Path, name: str, key_for: KeyFinder) -> CopyReading:
    """Read one filled copy; name is how findings call the file, key_for gives a plan's key or None.

    Never raises for what is in the file: a file that cannot be read is a CopyReading with one finding that
    refuses it.
    """
    sha256 = ""
    try:
        package = gate.open_package(path)
        sha256 = package.sha256
        return _read_package(package, name, key_for)
    except CopyRefused as refusal:
        found = finding(refusal.code, file=name, found=refusal.found, expected=refusal.expected)
        return CopyReading(name, sha256, (found,))


def _read_package(package: gate.Package, name: str, key_for: KeyFinder) -> CopyReading:
    book = workbook.read_workbook(package)
    hidden = next((sheet for sheet in book.sheets if sheet.name == layout.MANIFEST), None)
    if hidden is None:
        if tuple(sheet.name for sheet in book.sheets) == layout.REPORT_SHEETS:
            return CopyReading(name, package.sha256, (), ours=True)
        raise CopyRefused("no-manifest")
    manifest, body, signature = identity.decode(hidden.cells)
    key = key_for(manifest.plan)
    tally = _Tally(name, manifest.agency, manifest.sheet)
    if key is None:
        tally.say("unverified-manifest", expected=manifest.plan)
    elif not identity.genuine(body, signature, key):
        raise CopyRefused("forged-manifest", f"ghi kế hoạch {manifest.plan}, đơn vị {manifest.agency}")
    form = _form_sheet(book.sheets, manifest)
    if form is None:
        names = ", ".join(f"«{sheet.name}»" for sheet in book.sheets if sheet.name != layout.MANIFEST)
        tally.say("missing-sheet", found=names, expected=manifest.sheet)
        return CopyReading(name, package.sha256, tuple(tally.findings), manifest)
    tally.sheet = form.name
    if form.name != manifest.sheet:
        tally.say("renamed-sheet", found=form.name, expected=manifest.sheet)
    grid = _grid(form, manifest, tally)
    cover_fields: dict[str, str] = {}
    if grid:
        _read_form(form, grid, manifest, tally)
    for sheet in book.sheets:
        if sheet is form or sheet is hidden:
            continue
        tally.sheet = sheet.name
        if sheet.name == layout.COVER:
            cover_fields = _read_cover(sheet, manifest, tally)
        else:
            _read_other(sheet, tally)
    submission = Submission(
        plan=manifest.plan,
        period=manifest.period,
        kind=manifest.kind,
        agency=manifest.agency,
        issue=manifest.issue,
        file=name,
        sha256=package.sha256,
        entries=tuple(tally.entries),
        filled=tally.filled,
        accepted=tally.accepted,
        refused=tally.filled - tally.accepted,
        resubmission=cover_fields.get(layout.RESUBMISSION_FIELD, ""),
        made_from=manifest.made_from,
        nothing_to_report=bool(cover_fields.get(layout.NOTHING_FIELD)),
        cover=tuple(cover_fields.items()),
        sheet=form.name,
        rows=tuple((key, rows[0]) for key, rows in grid.rows.items()) if grid else (),
        columns=tuple((column.field, at) for at, column in grid.columns.items()) if grid else (),
        refused_cells=tuple(tally.refused),
    )
    return CopyReading(name, package.sha256, tuple(tally.findings), manifest, submission)


def _form_sheet(sheets: Iterable[workbook.Sheet], manifest: Manifest) -> workbook.Sheet | None:
    """Find the form by its name, else by its key column: the one sheet with the headings and most known keys."""
    candidates = [sheet for sheet in sheets if sheet.name == manifest.sheet]
    if candidates:
        return candidates[0]
    keys = {row.key for row in manifest.rows}
    found = [
        sheet
        for sheet in sheets
        if _heading_row(sheet, manifest) and any(cell.text.strip() in keys for cell in sheet.cells.values())
    ]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where the form stands: heading row, column number -> column, key -> rows (more than one when repeated)."""

    heading_row: int
    columns: Mapping[int, ManifestColumn]
    rows: Mapping[str, tuple[int, ...]]


def _heading_row(sheet: workbook.Sheet, manifest: Manifest) -> int:
    """Return the row that holds the key heading and most of the others; 0 when no row does."""
    wanted = {fold(column.heading) for column in manifest.columns}
    counts: dict[int, set[str]] = {}
    for (row, _), cell in sheet.cells.items():
        if cell.kind == "text" and (text := fold(cell.text)) in wanted:
            counts.setdefault(row, set()).add(text)
    rows = [(len(found), -row) for row, found in counts.items() if len(found) * 2 > len(wanted)]
    return -max(rows)[1] if rows else 0


def _grid(sheet: workbook.Sheet, manifest: Manifest, tally: _Tally) -> _Grid | None:
    """Find headings and keys; findings when columns are missing, doubled or moved, None when it cannot be read."""
    heading_row = _heading_row(sheet, manifest)
    places: dict[str, list[int]] = {}
    for (row, column), cell in sorted(sheet.cells.items()):
        if row == heading_row:
            places.setdefault(fold(cell.text), []).append(column)
    columns: dict[int, ManifestColumn] = {}
    complete = True
    for column in manifest.columns:
        at = places.get(fold(column.heading), [])
        if len(at) == 1:
            columns[at[0]] = column
        else:
            complete = False
            expected = f"{column.heading} (có {len(at)} cột cùng tên)" if at else column.heading
            tally.say("missing-column", header=column.heading, expected=expected)
    if not complete:
        _count_unplaced(sheet, heading_row, manifest, tally)
        return None
    in_order = [column.field for _, column in sorted(columns.items())]
    issued = [column.field for column in manifest.columns]
    if in_order != issued:
        moved = [c.heading for now, c in zip(in_order, manifest.columns, strict=True) if now != c.field]
        tally.say("moved-column", found=", ".join(moved))
    key_column = next(at for at, column in columns.items() if column.field == "key")
    known = {row.key for row in manifest.rows}
    rows: dict[str, list[int]] = {}
    for (row, column_number), cell in sorted(sheet.cells.items()):
        if column_number == key_column and row > heading_row and (key := cell.text.strip()) in known:
            rows.setdefault(key, []).append(row)
    return _Grid(heading_row, columns, {key: tuple(at) for key, at in rows.items()})


def _count_unplaced(sheet: workbook.Sheet, heading_row: int, manifest: Manifest, tally: _Tally) -> None:
    """Count the filled cells of a form whose columns are not all there: the copy is refused, its cells are not lost."""
    starred = {fold(column.heading) for column in manifest.columns if column.rule}
    columns = {at for (row, at), cell in sheet.cells.items() if row == heading_row and fold(cell.text) in starred}
    template = set(manifest.fixed.values())
    for (row, column), cell in sheet.cells.items():
        if row > heading_row and column in columns and not cell.blank and not cell.formula:
            tally.filled += identity.digest(cell.text) not in template


def _read_form(sheet: workbook.Sheet, grid: _Grid, manifest: Manifest, tally: _Tally) -> None:
    issued = {row.key: row for row in manifest.rows}
    row_keys = {row: key for key, rows in grid.rows.items() for row in rows}
    template = _Template.of(manifest)
    stray_rows: set[int] = set()
    blank_rows = set()
    for (row, at), cell in sorted(sheet.cells.items()):
        if cell.blank:
            continue
        column = grid.columns.get(at)
        if row <= grid.heading_row:
            if not (row == grid.heading_row and column):
                _read_fixed(cell, template.fixed, tally)
        elif row in row_keys:
            _read_keyed(cell, column, issued[row_keys[row]], manifest, tally)
        else:
            blank_rows.add(row)
            if not template.holds(cell, column):
                stray_rows.add(row)
                _read_stray(cell, column, sheet, row, grid, tally)
    _check_locked(sheet, grid, issued, tally)
    _check_rows(sheet, grid, manifest, tally)


@dataclass(frozen=True, slots=True)
class _Template:
    """The texts we issued outside keyed rows (by address) and in locked columns (by field)."""

    fixed: Mapping[str, str]
    anywhere: frozenset[str]
    by_field: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, manifest: Manifest) -> "_Template":
        by_field: dict[str, set[str]] = {}
        for row in manifest.rows:
            for name, mark in row.digests.items():
                by_field.setdefault(name, set()).add(mark)
        return cls(
            manifest.fixed,
            frozenset(manifest.fixed.values()),
            {name: frozenset(marks) for name, marks in by_field.items()},
        )

    def holds(self, cell: Cell, column: ManifestColumn | None) -> bool:
        """Tell whether a cell of an unkeyed row is our own: a section row, or a locked cell or formula of a copied row."""
        if column is not None and column.rule and column.rule != "figure":
            return False
        if column is not None and cell.formula:
            return column.formula or column.rule == "figure"
        if column is not None and column.field == "key":
            return True
        mark = identity.digest(cell.text)
        return (column is None or not column.rule) and (
            mark in self.anywhere or (column is not None and mark in self.by_field.get(column.field, ()))
        )


def _read_fixed(cell: Cell, fixed: Mapping[str, str], tally: _Tally) -> None:
    """A cell of the title block or cover: ours, ours but altered, or typed where nothing was asked."""
    if identity.digest(cell.text) in fixed.values():
        return
    if cell.address in fixed:
        tally.say("altered-locked-cell", cell.address, cell.address, content(cell))
    else:
        tally.refuse("outside-value", cell, expected=_KEY_HEADING)


def _read_keyed(
    cell: Cell, column: ManifestColumn | None, row: ManifestRow, manifest: Manifest, tally: _Tally
) -> None:
    if column is None:
        tally.refuse("outside-value", cell, expected=manifest.columns[-1].heading)
        return
    rule = rule_of(column, row, manifest)
    if rule is not None:
        tally.filled += 1
        reading = read_cell(cell, rule)
        for note in reading.notes:
            tally.note(note, cell.address, column.heading)
        if reading.accepted:
            tally.accepted += 1
            tally.entries.append(Entry(row.key, column.field, reading.value, tally.sheet, cell.address))
        else:
            tally.refused.append((row.key, column.field))
    elif column.formula or (row.ratio and column.rule == "figure" and column.field not in row.settled):
        if not cell.formula:
            tally.say("overwritten-formula", cell.address, column.heading, cell.text)


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
        max_length=layout.MAX_TEXT,
        earliest=manifest.earliest,
        latest=manifest.latest,
        period=manifest.span,
    )


def _read_stray(
    cell: Cell, column: ManifestColumn | None, sheet: workbook.Sheet, row: int, grid: _Grid, tally: _Tally
) -> None:
    if column is None or not column.rule:
        tally.refuse("outside-value", cell, column.heading if column else "", _KEY_HEADING)
        return
    key_column = next(at for at, known in grid.columns.items() if known.field == "key")
    key = sheet.cells.get((row, key_column))
    tally.refuse("unknown-row", cell, column.heading, key.text.strip() if key else "trống")


def _check_locked(sheet: workbook.Sheet, grid: _Grid, issued: Mapping[str, ManifestRow], tally: _Tally) -> None:
    """Compare every locked cell of every keyed row with the digest it was issued with."""
    for key, rows in grid.rows.items():
        for row in rows:
            for at, column in grid.columns.items():
                mark = issued[key].digests.get(column.field)
                cell = sheet.cells.get((row, at))
                text = content(cell) if cell else ""
                if mark is not None and identity.digest(text) != mark:
                    tally.say("altered-locked-cell", address(row, at), column.heading, text or "(trống)")


def _check_rows(sheet: workbook.Sheet, grid: _Grid, manifest: Manifest, tally: _Tally) -> None:
    """Say what happened to the rows: missing, repeated, re-sorted."""
    missing = [row.key for row in manifest.rows if row.key not in grid.rows]
    if len(missing) * _MISSING_ROWS_SHARE > len(manifest.rows):
        tally.say("missing-rows", found=f"{len(missing)}/{len(manifest.rows)}")
    else:
        for key in missing:
            tally.say("missing-row", expected=key)
    for key, rows in grid.rows.items():
        if len(rows) > 1:
            _check_repeated(sheet, grid, key, rows, tally)
    order = [key for _, key in sorted((rows[0], key) for key, rows in grid.rows.items())]
    if order != [row.key for row in manifest.rows if row.key in grid.rows]:
        tally.say("moved-row")


def _check_repeated(sheet: workbook.Sheet, grid: _Grid, key: str, rows: tuple[int, ...], tally: _Tally) -> None:
    """A key that stands twice: refused when what was typed differs, else taken once."""
    columns = [at for at, column in grid.columns.items() if column.rule]
    typed = [
        [(cell.kind, content(cell)) if (cell := sheet.cells.get((row, at))) and not cell.blank else None for at in columns]
        for row in rows
    ]
    first = rows[0]
    addresses = ", ".join(f"dòng {row}" for row in rows)
    if any(other != typed[0] for other in typed[1:]):
        tally.say("duplicate-row", address(rows[1], 1), _KEY_HEADING, key, addresses)
        return
    tally.say("repeated-row", address(rows[1], 1), _KEY_HEADING, key)
    again = {address(row, at) for row in rows if row != first for at in columns}
    tally.entries = [entry for entry in tally.entries if entry.cell not in again]


def _read_cover(sheet: workbook.Sheet, manifest: Manifest, tally: _Tally) -> dict[str, str]:
    """Read the cover's fields by their labels, and whose copy it says it is; anything else typed is refused."""
    labels = {fold(item.label): item.field for item in layout.COVER_FIELDS}
    fields: dict[str, str] = {}
    used: set[tuple[int, int]] = set()
    for (row, column), cell in sorted(sheet.cells.items()):
        name = labels.get(fold(cell.text)) if cell.kind == "text" else None
        value = sheet.cells.get((row, column + 1))
        if name and value and not value.blank and (row, column + 1) not in used:
            fields[name] = content(value).strip()
            used.add((row, column + 1))
        if cell.kind == "text" and fold(cell.text) == fold(layout.AGENCY_LABEL):
            visible = value.text if value else ""
            used.add((row, column + 1))
            if identity.normal(visible) != identity.normal(manifest.agency):
                tally.say("wrong-agency", address(row, column + 1), cell.text, visible or "(trống)", manifest.agency)
    for place, cell in sorted(sheet.cells.items()):
        if place not in used and not cell.blank and not cell.formula:
            _read_fixed(cell, manifest.cover, tally)
    return fields


def _read_other(sheet: workbook.Sheet, tally: _Tally) -> None:
    """A sheet that is not the form: our lists pass, whatever else stands there is refused, cell by cell."""
    listed = {(row, column): text for column, (name, items) in enumerate(layout.CHOICES.items(), start=1)
              for row, text in enumerate((name, *items), start=1)}  # fmt: skip
    cells = [
        cell
        for place, cell in sorted(sheet.cells.items())
        if not cell.blank and not (sheet.name == layout.LISTS and cell.text == listed.get(place))
    ]
    for cell in cells[:_EXTRA_SHEET_FINDINGS]:
        tally.refuse("outside-value", cell, expected=layout.COVER)
    rest = cells[_EXTRA_SHEET_FINDINGS:]
    if rest:
        tally.filled += len(rest)
        tally.say("outside-value", f"{rest[0].address}…{rest[-1].address}", found=f"{len(rest)} ô nữa có nội dung")


def with_findings(reading: CopyReading, findings: Iterable[Finding]) -> CopyReading:
    """Return the reading with more findings."""
    return replace(reading, findings=(*reading.findings, *findings))
