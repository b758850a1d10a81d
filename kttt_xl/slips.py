"""Slips (phiếu) of officers against the plan and the copies: each has exactly one outcome, and says which.

A slip enters a figure or text for an agency (Nhập thay) or corrects what its copy says (Sửa số liệu). It is read by
the rules of the cell it stands for. What a copy said when the slip was written (base), what it says now (theirs) and
the slip (ours) are compared: a correction is never overwritten in silence, nor does it hide that the copy changed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kttt_xl.cells import Cell, Note, address, read_cell, show_date, show_number
from kttt_xl.decisions import CORRECTED, ENTERED, REPLACE, SLIP_KINDS, USE, Decision, Slip, Standing
from kttt_xl.intake import JudgedCopy
from kttt_xl.messages import ERROR, INFO, MESSAGES, finding
from kttt_xl.model import Entry, Finding, Submission, Value
from kttt_xl.slip_places import Forms, NoPlace, Place
from kttt_xl.source_places import BY, KIND, REASON, SHEET, VALUE, slip_cell, slip_name

# What becomes of a slip. The first two are counted; after the second, a copy has changed under the slip.
COUNTED, CHANGED, AGREED, REPEATED, REPLACED, REFUSED = RESULTS = (
    "counted", "changed", "agreed", "repeated", "replaced", "refused",
)  # fmt: skip
_NOTHING = "(trống)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a slip: its result, and that in words; where it belongs and what it says, when it could be read.

    row is its row in Nguồn, over the file, sheet and address of the copy's cell that it stands for, None for no copy.
    """

    slip: Slip
    row: int
    result: str
    words: str
    findings: tuple[Finding, ...] = ()
    place: Place | None = None
    value: Value = None
    over: tuple[str, str, str] | None = None

    @property
    def counts(self) -> bool:
        """Tell whether the slip's value is the one that is counted."""
        return self.result in {COUNTED, CHANGED}


@dataclass(frozen=True, slots=True)
class _Theirs:
    """The cell of the accepted copy of an agency and form: what it says, and whether anything was typed there."""

    file: str
    sheet: str
    cell: str
    value: Value
    typed: bool
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class _Read:
    """A slip that could be read."""

    slip: Slip
    row: int
    place: Place
    value: Value
    notes: tuple[Finding, ...]


def said(value: Value) -> str | None:
    """Return a value as two of them are compared, also one that has been through a workbook; None for nothing."""
    if isinstance(value, Decimal):
        return show_number(Decimal(repr(float(value))))
    if isinstance(value, date):
        return show_date(value)
    return " ".join(value.split()) if value else None


def merge(base: str | None, theirs: str | None, ours: str | None) -> str:
    """Return what becomes of a slip beside an accepted copy: AGREED, COUNTED, or CHANGED when the copy changed.

    base is what the copy said when the slip was written, theirs what it says now, ours what the slip says.
    """
    if theirs == ours:
        return AGREED
    return COUNTED if theirs == base else CHANGED


def settle(standing: Standing, forms: Forms, copies: Iterable[JudgedCopy], first_row: int) -> tuple[Outcome, ...]:
    """Return the outcome of every slip, in their order; first_row is the row of the first in Nguồn."""
    accepted = {
        (copy.reading.submission.agency, copy.reading.submission.kind): copy
        for copy in reversed(list(copies))
        if copy.verdict == "accepted" and copy.reading and copy.reading.submission
    }
    found: dict[int, Outcome] = {}
    read: dict[Place, list[_Read]] = defaultdict(list)
    for row, slip in enumerate(standing.slips, start=first_row):
        outcome = _read(slip, row, forms)
        if isinstance(outcome, Outcome):
            found[slip.number] = outcome
        else:
            read[outcome.place].append(outcome)
    for place, several in read.items():
        copy = accepted.get((place.agency, place.kind))
        theirs = _theirs(place, copy) if copy else None
        left = []
        for item in several:
            if theirs and theirs.decision and item.slip.number in theirs.decision.replaces:
                words = f"Thôi tính: theo quyết định thay thế bằng tệp {theirs.file}."
                found[item.slip.number] = _outcome(item, REPLACED, words, theirs=theirs)
            else:
                left.append(item)
        for outcome in _rivals(left, theirs):
            found[outcome.slip.number] = outcome
    return tuple(found[slip.number] for slip in standing.slips)


def _read(slip: Slip, row: int, forms: Forms) -> _Read | Outcome:
    """Return a slip with its place and value, or the outcome of one that cannot be counted as it is."""
    try:
        place, value = _understood(slip, forms)
    except NoPlace as wrong:
        return _refused(slip, row, _bad(slip, row, wrong.heading, wrong.found, wrong.expected))
    reading = read_cell(value, forms.rule(place))
    notes = tuple(_noted(slip, row, note, place.agency) for note in reading.notes)
    if not reading.accepted:
        return _refused(slip, row, *notes)
    if not slip.by:
        notes += (_say("missing-required", slip, row, BY, place.agency, expected=slip_name(slip.number)),)
    return _Read(slip, row, place, reading.value, notes)


def _understood(slip: Slip, forms: Forms) -> tuple[Place, Cell]:
    """Return where a slip belongs and the cell it gives; NoPlace for the first field that will not do."""
    if slip.kind not in SLIP_KINDS:
        raise NoPlace(KIND, slip.kind, " hoặc ".join(f"«{word}»" for word in SLIP_KINDS.values()))
    place = forms.place(slip)
    if slip.value is None:
        raise NoPlace(VALUE, "", "giá trị; đơn vị không có số liệu thì ghi dấu -")
    if not slip.reason:
        raise NoPlace(REASON, "", "lý do hoặc căn cứ, ví dụ: điện thoại ngày 5/12/2024, số công văn")
    return place, slip.value


def _rivals(several: list[_Read], theirs: _Theirs | None) -> Iterator[Outcome]:
    """Yield the outcomes of the slips for one cell: two that say the same are one, two that differ are none."""
    if len({said(item.value) for item in several}) > 1:
        numbers = ", ".join(str(item.slip.number) for item in several)
        for item in several:
            expected = f"chỉ một giá trị cho ô này: các phiếu số {numbers} ghi khác nhau, xóa trắng phiếu sai"
            wrong = _bad(item.slip, item.row, VALUE, said(item.value) or "-", expected)
            yield replace(_refused(item.slip, item.row, wrong), place=item.place)
        return
    for item in several[:1]:
        yield _beside(item, theirs)
    for item in several[1:]:
        yield _outcome(item, REPEATED, f"Trùng phiếu số {several[0].slip.number}; chỉ tính một lần.")


def _beside(item: _Read, theirs: _Theirs | None) -> Outcome:
    """Return the outcome of the only slip for a cell, beside what the accepted copy says there."""
    slip, now = item.slip, said(theirs.value) if theirs else None
    typed = bool(theirs and theirs.typed)
    kinds = {ENTERED: "«Sửa số liệu»: ô này đã có số liệu được nhận", CORRECTED: "«Nhập thay»: ô này chưa có số liệu"}
    if slip.base is not None if slip.kind == ENTERED else slip.base is None and not typed:
        wrong = _bad(slip, item.row, KIND, slip.words, kinds[slip.kind])
        return replace(_refused(slip, item.row, wrong), place=item.place)
    if theirs is None:
        gone = f" Lúc ghi phiếu, tệp của đơn vị ghi «{slip.base}»; nay không có tệp được nhận." if slip.base else ""
        return _outcome(item, COUNTED, f"Đã tính.{gone}")
    where = f"ô {theirs.cell}, tệp {theirs.file}" if theirs.cell else f"tệp {theirs.file}"
    result = merge(slip.base, now, said(item.value))
    if result == AGREED:
        return _outcome(item, AGREED, f"Tệp của đơn vị nay đã ghi đúng như phiếu ({where}).", theirs=theirs)
    if result == CHANGED and theirs.decision and theirs.decision.choice in {USE, REPLACE}:
        words = f"Đã tính; giữ phiếu theo quyết định dùng tệp của đơn vị; tệp ghi «{now or _NOTHING}» ({where})."
        return _outcome(item, COUNTED, words, theirs=theirs)
    if result == CHANGED:
        before = f"lúc đó tệp ghi «{slip.base}»" if slip.base is not None else "lúc đó chưa có số liệu"
        changed = finding(
            "changed-under-correction", agency=item.place.agency, file=theirs.file, sheet=theirs.sheet,
            cell=theirs.cell, header=slip.column, found=now or _NOTHING, expected=f"{slip_name(slip.number)}, {before}",
        )  # fmt: skip
        words = f"CHÚ Ý: {changed.message} {changed.fix}"
        return _outcome(item, CHANGED, words, changed, theirs=theirs)
    instead = f", thay «{now}»" if now else ""
    return _outcome(item, COUNTED, f"Đã tính{instead} ({where}).", theirs=theirs)


def _theirs(place: Place, copy: JudgedCopy) -> _Theirs | None:
    submission = copy.reading.submission if copy.reading else None
    if submission is None:
        return None
    entry = next((each for each in submission.entries if (each.key, each.field) == (place.key, place.field)), None)
    row, column = dict(submission.rows).get(place.key), dict(submission.columns).get(place.field)
    cell = entry.cell if entry else address(row, column) if row and column else ""
    typed = entry is not None or (place.key, place.field) in submission.refused_cells
    value = entry.value if entry else None
    return _Theirs(copy.file, entry.sheet if entry else submission.sheet, cell, value, typed, copy.decision)


# --- what is counted


def overlaid(submissions: Iterable[Submission], outcomes: Iterable[Outcome], forms: Forms) -> tuple[Submission, ...]:
    """Return the submissions without the cells that slips stand for, then one for each slip that counts.

    A slip's submission has neither sha256 nor filled cells: it is no copy.
    """
    counted = {outcome.place: outcome for outcome in outcomes if outcome.counts and outcome.place}
    return (
        *(replace(each, entries=_left(each, counted)) for each in submissions),
        *(_as_submission(outcome, place, forms) for place, outcome in counted.items()),
    )


def _left(submission: Submission, counted: Collection[Place]) -> tuple[Entry, ...]:
    agency, kind = submission.agency, submission.kind
    return tuple(each for each in submission.entries if Place(agency, kind, each.key, each.field) not in counted)


def _as_submission(outcome: Outcome, place: Place, forms: Forms) -> Submission:
    cell = slip_cell(VALUE, outcome.row)
    return Submission(
        plan=forms.issued.id,
        period=forms.period.code,
        kind=place.kind,
        agency=place.agency,
        issue=forms.issue(place),
        file=slip_name(outcome.slip.number),
        sha256="",
        entries=(Entry(place.key, place.field, outcome.value, SHEET, cell),),
        filled=0,
        accepted=0,
        refused=0,
        sheet=SHEET,
        rows=((place.key, outcome.row),),
    )


def answered(findings: Iterable[Finding], outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    """Yield the findings of copies; an error in a cell that a slip stands for is settled, and says by which."""
    by = {outcome.over: outcome.slip.number for outcome in outcomes if outcome.counts and outcome.over}
    for found in findings:
        number = by.get((found.file, found.sheet, found.cell))
        if number is None or found.severity != ERROR or MESSAGES[found.code].scope != "cell":
            yield found
        else:
            yield replace(found, severity=INFO, fix=f"Đã có {slip_name(number)} ở trang «{SHEET}»; không cần sửa tệp.")


# --- findings


def _outcome(item: _Read, result: str, words: str, *more: Finding, theirs: _Theirs | None = None) -> Outcome:
    said_of = item.notes if result in {COUNTED, CHANGED} else ()
    over = (theirs.file, theirs.sheet, theirs.cell) if theirs else None
    return Outcome(item.slip, item.row, result, words, (*said_of, *more), item.place, item.value, over)


def _refused(slip: Slip, row: int, *findings: Finding) -> Outcome:
    why = next(found for found in findings if found.severity == ERROR)
    return Outcome(slip, row, REFUSED, f"KHÔNG TÍNH. {why.message} {why.fix}", findings)


def _bad(slip: Slip, row: int, heading: str, found: str, expected: str) -> Finding:
    return _say("bad-slip", slip, row, heading, slip.agency, found or _NOTHING, expected)


def _noted(slip: Slip, row: int, note: Note, agency: str) -> Finding:
    found = _say(note.code, slip, row, VALUE, agency, note.found, note.expected)
    return replace(found, severity=note.severity or found.severity)


def _say(code: str, slip: Slip, row: int, heading: str, agency: str, found: str = "", expected: str = "") -> Finding:
    return finding(
        code,
        agency=agency,
        file=slip_name(slip.number),
        sheet=SHEET,
        cell=slip_cell(heading, row),
        header=heading,
        found=found,
        expected=expected,
    )
