"""A filled copy -> a Submission and findings: columns by heading, rows by key, addresses only for messages.

Every cell that is not blank gets exactly one outcome: template text, locked, accepted, or refused with a finding.
So filled = accepted + refused holds by construction (contract, section 5).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from kttt_xl import choosing, gate, identity, layout, workbook
from kttt_xl.cells import Cell, fold
from kttt_xl.choice import Choice, addressed, contradiction, find_choice
from kttt_xl.errors import CopyRefused
from kttt_xl.grid import Grid, find_form
from kttt_xl.identity import Manifest
from kttt_xl.keys import KeyFinder
from kttt_xl.messages import MESSAGES, finding
from kttt_xl.model import Finding, Submission
from kttt_xl.othersheets import read_others
from kttt_xl.rows import NOTHING, read_rows, typed_cells
from kttt_xl.stray_forms import without_manifest
from kttt_xl.tally import Tally
from kttt_xl.workbook import Sheet


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
    hidden = _find_manifest(book.sheets)
    if hidden is None:
        if tuple(sheet.name for sheet in book.sheets) == layout.REPORT_SHEETS:
            return CopyReading(name, package.sha256, (), ours=True)
        raise CopyRefused("no-manifest", without_manifest(book.sheets))
    manifest, body, signature = identity.decode(hidden.cells)
    key = key_for(manifest.plan)
    tally = Tally(name, manifest.agency)
    if key is None:
        tally.say("unverified-manifest", expected=manifest.plan)
    elif not identity.genuine(body, signature, key):
        raise CopyRefused("forged-manifest", _why_forged(manifest, key))
    if manifest.layout != layout.LAYOUT_VERSION:
        tally.say("older-layout", found=manifest.layout, expected=layout.LAYOUT_VERSION)
    if hidden.name != layout.MANIFEST:
        tally.say("renamed-sheet", found=hidden.name, expected=layout.MANIFEST, sheet=hidden.name)
    for sheet_name, remark in book.remarks:
        tally.note(remark, "", "", sheet_name)
    sheets = [sheet for sheet in book.sheets if sheet.cells != hidden.cells]  # nor a second one, copied with its form
    made = find_choice(sheets, manifest.offer) if manifest.offer else None
    if made:
        manifest = addressed(manifest, made)
        tally.agency = manifest.agency
    grid = find_form(sheets, manifest)
    if made and _contradicted(made, grid, manifest, tally):
        tally.typed += _all_typed(sheets, grid, manifest)
        submission = _submission(manifest, tally, {}, grid, name, package.sha256)
        return CopyReading(name, package.sha256, tuple(tally.findings), manifest, submission)
    if grid is None:
        names = ", ".join(f"«{sheet.name}»" for sheet in sheets)
        tally.say("missing-sheet", found=names, expected=manifest.sheet)
    else:
        tally.sheet = grid.sheet.name
        if grid.sheet.name != manifest.sheet:
            tally.say("renamed-sheet", found=grid.sheet.name, expected=manifest.sheet)
        read_rows(grid, manifest, tally)
    cover = read_others((sheet for sheet in sheets if grid is None or sheet is not grid.sheet), manifest, tally)
    _check_agency(manifest, tally)
    tally.close()
    submission = _submission(manifest, tally, cover, grid, name, package.sha256)
    return CopyReading(name, package.sha256, tuple(tally.findings), manifest, submission)


def _find_manifest(sheets: tuple[Sheet, ...]) -> Sheet | None:
    """Find the manifest by its name, else the one sheet that begins like it; None when there is none, or two."""
    named = [sheet for sheet in sheets if sheet.name == layout.MANIFEST]
    found = named or [sheet for sheet in sheets if identity.is_marked(sheet.cells)]
    return found[0] if len(found) == 1 else None


def _why_forged(manifest: Manifest, key: bytes) -> str:
    """Return why a signature does not hold: another key made it, as far as the copy says, or the text was altered."""
    whose = f"ghi kế hoạch {manifest.plan}, đơn vị {manifest.agency or 'chưa chọn'}"
    if not manifest.key_id:
        return f"đã bị sửa, hoặc ký bằng khóa khác ({whose})"
    if manifest.key_id == identity.key_id(key):
        return f"đã bị sửa ({whose})"
    return (
        f"ký bằng khóa khác (mã khóa {manifest.key_id}, khóa tại đây {identity.key_id(key)}; {whose}): "
        "dùng --campaign đúng thư mục phát hành"
    )


def _contradicted(made: Choice, grid: Grid | None, manifest: Manifest, tally: Tally) -> bool:
    """Say why the choice in a blank copy is not the one it was filled in under, or that it was not confirmed."""
    typed = bool(grid and typed_cells(grid, manifest))
    reason = contradiction(made, grid, manifest, typed=typed)
    if reason:
        tally.say("stale-choice", made.at, layout.AGENCY_LABEL, *reason, sheet=made.sheet)
    elif typed and not made.confirmed:
        where = made.confirm_at, choosing.CONFIRM_LABEL
        tally.say("missing-required", *where, expected=made.label, sheet=made.sheet)
    return reason is not None


def _all_typed(sheets: Iterable[Sheet], grid: Grid | None, manifest: Manifest) -> list[Cell]:
    """Return every filled cell of a copy of which nothing may be read."""
    scratch = Tally("", "")
    read_others((sheet for sheet in sheets if grid is None or sheet is not grid.sheet), manifest, scratch)
    return [*(typed_cells(grid, manifest) if grid else ()), *scratch.typed]


def _check_agency(manifest: Manifest, tally: Tally) -> None:
    """Compare whose copy it visibly says it is with the manifest, wherever it says so; once is enough.

    A copy that somebody passed on to another agency carries the first one's identity (reliability.md, section 6).
    """
    said = any(name for *_, name in tally.agencies)
    for sheet, at, label, name in tally.agencies:
        if name and fold(name) != fold(manifest.agency):
            tally.say("wrong-agency", at, label, name, manifest.agency, sheet=sheet)
        elif not name and said:
            tally.say("altered-locked-cell", at, label, NOTHING, sheet=sheet)
    if not said:
        sheet, at, label, _ = tally.agencies[0] if tally.agencies else (layout.COVER, "", layout.AGENCY_LABEL, "")
        tally.say("wrong-agency", at, label, NOTHING, manifest.agency, sheet=sheet)


def _submission(
    manifest: Manifest, tally: Tally, cover: dict[str, str], grid: Grid | None, name: str, sha256: str
) -> Submission:
    return Submission(
        plan=manifest.plan,
        period=manifest.period,
        kind=manifest.kind,
        agency=manifest.agency,
        issue=manifest.issue,
        file=name,
        sha256=sha256,
        entries=tuple(tally.entries),
        filled=tally.filled,
        accepted=tally.accepted,
        refused=tally.filled - tally.accepted,
        resubmission=cover.get(layout.RESUBMISSION_FIELD, ""),
        made_from=manifest.made_from,
        nothing_to_report=bool(cover.get(layout.NOTHING_FIELD)),
        cover=tuple(cover.items()),
        sheet=grid.sheet.name if grid else "",
        rows=tuple((key, rows[0]) for key, rows in grid.rows.items()) if grid else (),
        columns=tuple((column.field, at) for at, column in grid.columns.items()) if grid else (),
        refused_cells=tuple(tally.refused),
    )


def with_findings(reading: CopyReading, findings: Iterable[Finding]) -> CopyReading:
    """Return the reading with more findings."""
    return replace(reading, findings=(*reading.findings, *findings))
