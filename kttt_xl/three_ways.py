"""What is typed on Nguồn, what that workbook was written from, and what the ledger says now -> what to record.

Pure. Where the base is not known (another ledger, a lost one), what is typed is added and nothing is taken back. What
is typed now is an officer's latest act: it wins over what the ledger was told meanwhile, and that is said.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from kttt_xl import source_places
from kttt_xl.cells import fold
from kttt_xl.decisions import (
    CLOSED,
    DECIDED,
    NOTHING_DECIDED,
    REOPENED,
    SLIP,
    WITHDRAWN,
    Decision,
    Slip,
    Standing,
    decision_body,
    slip_body,
)
from kttt_xl.messages import finding
from kttt_xl.model import Finding
from kttt_xl.source_places import CHOICE, CLOSED_LABEL, NUMBER, SHEET, slip_name
from kttt_xl.source_typed import Typed, TypedSlip

Change = tuple[str, Mapping[str, Any]]  # kind and body of an event to record
BaseOf = Callable[[TypedSlip, Slip | None], str | None]  # what the copy said, for a slip written (anew)
_Cells = tuple[str, str]  # choice and note of a file

_WORDS = MappingProxyType({fold(source_places.OPEN): False, fold(source_places.CLOSED): True})


def changes(base: Standing | None, now: Standing, typed: Typed, base_of: BaseOf) -> tuple[list[Change], list[Finding]]:
    """Return the events to record, in order, and what must be said; base is None when it is not known.

    Decisions come before slips: a slip written together with "thay thế" is one that stands after it.
    """
    found: list[Change] = []
    said: list[Finding] = []
    for item in (
        *_of_files(base, now, typed),
        *_of_slips(base, now, typed, base_of),
        *_of_closing(base, now, typed),
    ):
        if isinstance(item, Finding):
            said.append(item)
        else:
            found.append(item)
    return found, said


# --- files


def _of_files(base: Standing | None, now: Standing, typed: Typed) -> Iterator[Change | Finding]:
    rows: dict[str, list[_Cells]] = defaultdict(list)
    for row in typed.files:
        if row.sha256:
            rows[row.sha256].append((row.choice, row.note))
        else:
            words = "một tệp được đọc: tệp bị bỏ qua không có gì để quyết định"
            found = _words((row.choice, row.note))
            yield finding("bad-decision", file=row.name, sheet=SHEET, found=found, expected=words)
    for sha256, cells in rows.items():
        was, held = _cells(base or NOTHING_DECIDED, sha256), _cells(now, sha256)
        changed = dict.fromkeys(each for each in cells if each != was)
        if not changed:
            continue
        choice, note = next(iter(changed))
        if len(changed) > 1:  # rows of one content that say different things: kept as typed, for the officer to settle
            choice, note = " / ".join(map(_words, changed)), ""
        if (choice, note) == held:
            continue
        if held != was:
            yield _replaced(sha256, _words(held), _words((choice, note)))
        yield DECIDED, decision_body(Decision(sha256, choice, note))


def _cells(standing: Standing, sha256: str) -> _Cells:
    decision = standing.files.get(sha256)
    return (decision.choice, decision.note) if decision else ("", "")


def _words(cells: _Cells) -> str:
    choice, note = cells
    return ": ".join(filter(None, (Decision("", choice).words, note))) or "(trống)"


def _replaced(file: str, found: str, expected: str) -> Finding:
    return finding("decision-replaced", file=file, sheet=SHEET, header=CHOICE, found=found, expected=expected)


# --- slips


def _of_slips(base: Standing | None, now: Standing, typed: Typed, base_of: BaseOf) -> Iterator[Change | Finding]:
    """Yield what became of the slips: each row is one that stands unchanged, one written anew, or a new one.

    Rows are known by what they say before their number: an officer who sorts an unprotected table, or pastes, leaves
    the numbers where they were.
    """
    before = {slip.number: slip for slip in (base or now).slips}
    current = {slip.number: slip for slip in now.slips}
    unchanged, left = _unchanged(typed.slips, before)
    edited: set[int] = set()
    new: list[TypedSlip] = []
    for row in left:
        number = row.number or 0
        if base is None or number not in before or number in unchanged | edited:
            new.append(row)
            continue
        edited.add(number)
        there = current.get(number)
        if there is None or there.typed not in {before[number].typed, row.typed}:  # changed elsewhere meanwhile
            new.append(row)
        elif there.typed != row.typed:
            yield SLIP, slip_body(_slip(row, number, base_of(row, before[number])))
    yield from _new(new, before, now, base_of, renumber=base is not None)
    for number in sorted(before.keys() - unchanged - edited) if base else ():
        there = current.get(number)
        if there and there.typed == before[number].typed:
            yield WITHDRAWN, {"number": number}
        elif there:
            yield finding(
                "decision-replaced", file=slip_name(number), sheet=SHEET, header=NUMBER, found="phiếu đã sửa (giữ lại)",
                expected="phiếu đã xóa trắng",
            )  # fmt: skip


def _unchanged(rows: Iterable[TypedSlip], before: Mapping[int, Slip]) -> tuple[set[int], list[TypedSlip]]:
    """Return the numbers of the slips that stand as they were, wherever they stand, and the rows that are left."""
    left = list(rows)
    found: set[int] = set()
    for by_number in (True, False):
        for row in list(left):
            alike = (key for key, slip in before.items() if key not in found and slip.typed == row.typed)
            number = next((key for key in alike if key == row.number or not by_number), None)
            if number is not None:
                found.add(number)
                left.remove(row)
    return found, left


def _new(
    rows: Iterable[TypedSlip], before: Mapping[int, Slip], now: Standing, base_of: BaseOf, *, renumber: bool
) -> Iterator[Change]:
    """Yield the slips to be written; one that a run recorded before it was killed is not written again.

    Out of a workbook of a ledger that was lost they keep their numbers, as far as these are free.
    """
    recorded = [slip for slip in now.slips if slip.number not in before]
    last = now.last_number
    for row in rows:
        again = next((slip for slip in recorded if slip.typed == row.typed), None)
        if again:
            recorded.remove(again)
            continue
        last = last + 1 if renumber else max(last + 1, row.number or 0)
        yield SLIP, slip_body(_slip(row, last, base_of(row, None)))


def _slip(row: TypedSlip, number: int, base: str | None) -> Slip:
    return Slip(number, row.kind, row.agency, row.key, row.column, row.value, row.reason, row.by, base)


# --- the period


def _of_closing(base: Standing | None, now: Standing, typed: Typed) -> Iterator[Change | Finding]:
    """Yield the closing or opening of the period; a cleared cell says nothing."""
    was = base or NOTHING_DECIDED
    closed = was.closed is not None
    wanted = _WORDS.get(fold(typed.closed), closed)
    if typed.closed and fold(typed.closed) not in _WORDS:
        words = f"«{source_places.OPEN}» hoặc «{source_places.CLOSED}»"
        yield finding("bad-decision", sheet=SHEET, header=CLOSED_LABEL, found=typed.closed, expected=words)
    is_closed = now.closed is not None
    after = wanted if wanted != closed else is_closed
    note = typed.closed_note if typed.closed_note != was.closed_note else now.closed_note
    if (after, note) != (is_closed, now.closed_note):
        yield (CLOSED if after else REOPENED), {"note": note}
