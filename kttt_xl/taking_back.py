"""What officers typed into the last consolidated workbook -> events of the ledger, before that workbook is replaced.

Everything typed ends as an event, also what nobody can follow: the next workbook shows it again, with what is wrong.
Nothing is recorded twice, also after a run that was killed.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from kttt_xl.adjustments import in_force
from kttt_xl.decisions import Recorded, Slip, Standing, standings
from kttt_xl.errors import MisuseError, OutputError
from kttt_xl.history import SOURCE_SHEET, report_sheets
from kttt_xl.model import Finding, Plan
from kttt_xl.period import Period
from kttt_xl.seen_values import Seen, seen_values
from kttt_xl.slip_places import Forms, Named, NoPlace, Place
from kttt_xl.source_places import slip_name
from kttt_xl.source_typed import TypedSlip, read_typed
from kttt_xl.three_ways import BaseOf, changes
from kttt_xl.writer import reason

_KEPT = "Tệp này không bị ghi đè, vì có thể còn nội dung cán bộ đã ghi. Chọn tên khác, hoặc chuyển tệp này đi nơi khác."


class Ledger(Protocol):
    """What is asked of the ledger."""

    def events(self, plan: str, period: str) -> Sequence[Recorded]:
        """Return the events of a plan and period in order."""

    def record(self, kind: str, plan: str, period: str, body: Mapping[str, Any], at: datetime) -> object:
        """Add an event."""


def take_back(out: Path, ledger: Ledger, plan: Plan, period: Period, now: datetime) -> tuple[Finding, ...]:
    """Record what officers typed into the workbook that is about to be written over; return what must be said of it.

    plan is the one issued. A workbook that is not there, a file that no program opens as a workbook, and one of a
    kttt-xl without anything to type into have nothing to take back. MisuseError for any other file that is not this
    plan's and period's consolidated workbook, or cannot be read whole: it may hold what somebody typed, and must not
    be written over.
    """
    if not out.is_file() or _is_no_workbook(out):
        return ()
    try:
        sheets = report_sheets(out)
    except MisuseError as error:
        raise MisuseError(f"{error} {_KEPT}") from error
    typed = read_typed(out, sheets[SOURCE_SHEET])
    if typed is None:
        return ()
    if (typed.plan, typed.period) != (plan.id, f"{period.name} ({period.code})"):
        raise MisuseError(f"«{out}» là sổ tổng hợp của {typed.plan}, {typed.period}. {_KEPT}")
    history = list(standings(ledger.events(plan.id, period.code)))
    base = next((known for known in reversed(history) if known.digest == typed.digest), None)
    issued = in_force(plan, period.end)
    base_of = _bases(Forms(issued, issued, period), (base, history[-1]), lambda: seen_values(out, sheets))
    found, said = changes(base, history[-1], typed, base_of)
    for kind, body in found:
        ledger.record(kind, plan.id, period.code, body, now)
    return tuple(said)


def _is_no_workbook(out: Path) -> bool:
    """Tell whether a file named as a workbook is none, whole or damaged: it begins like no package and no .xls."""
    try:
        with out.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise OutputError(f"Không đọc được «{out}», bản sẽ bị ghi đè: {reason(error)}.") from error
    if not start:
        return True
    spoilt = not start.strip(b"\0")  # as a disk leaves it: it may have been one
    return out.suffix.lower() == ".xlsx" and not spoilt and not start.startswith((b"PK", b"\xd0\xcf\x11\xe0"))


def fingerprint(out: Path) -> str:
    """Return the sha256 of a workbook, "" when there is none: another one before writing means it was saved meanwhile.

    Take it before take_back and compare it just before the workbook is replaced. OutputError when it cannot be read.
    """
    try:
        return hashlib.sha256(out.read_bytes()).hexdigest() if out.is_file() else ""
    except OSError as error:
        raise OutputError(f"Không đọc được «{out}», bản sẽ bị ghi đè: {reason(error)}.") from error


def _bases(forms: Forms, known: Iterable[Standing | None], read: Any) -> BaseOf:
    """Return how the base of a slip is found: what the workbook showed where it belongs, in the words of `said`.

    A slip that stays in its place keeps its base; where the workbook showed another slip's value, that slip's counts.
    """
    written = [(slip, _place(forms, slip)) for each in known if each for slip in each.slips]
    seen = cache(read)

    def base_of(row: TypedSlip, before: Slip | None) -> str | None:
        place = _place(forms, row)
        if place is None:
            return None
        if before and _place(forms, before) == place:
            return before.base
        shown: Seen | None = seen().get(place)
        if shown is None:
            return None
        under = [slip.base for slip, at in written if at == place and slip_name(slip.number) in shown.told_by]
        return under[0] if under else shown.value

    return base_of


def _place(forms: Forms, named: Named) -> Place | None:
    try:
        return forms.place(named)
    except NoPlace:
        return None
