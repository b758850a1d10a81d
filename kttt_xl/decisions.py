"""What officers decided on a period: about files, by slips (phiếu), and whether it is closed; replayed from events.

Pure: no files, no clock. Events are the ledger's; what an officer typed is kept as typed, also what nobody can follow,
and is judged against the plan later (slips, intake).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from kttt_xl.cells import Cell, fold

USE, DROP, REPLACE = "use", "drop", "replace"
ENTERED, CORRECTED = "entered", "corrected"
# What stands in the dropdowns of Nguồn for each.
CHOICES = MappingProxyType({USE: "dùng", DROP: "loại", REPLACE: "thay thế"})
SLIP_KINDS = MappingProxyType({ENTERED: "Nhập thay", CORRECTED: "Sửa số liệu"})

# The events that this module reads; those of other kinds mean nothing here.
DECIDED, SLIP, WITHDRAWN, CLOSED, REOPENED = "decided", "slip", "slip-withdrawn", "closed", "reopened"

_Body = Mapping[str, Any]


class Recorded(Protocol):
    """What is asked of an event of the ledger."""

    @property
    def seq(self) -> int:
        """Return its number; events are in the order of these."""

    @property
    def kind(self) -> str:
        """Return what happened."""

    @property
    def body(self) -> _Body:
        """Return the rest, as JSON."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer decided about one file, named by its sha256.

    choice is one of CHOICES, "" for a note alone, else what was typed instead of one. seq is the event that made this
    choice (a later change of the note leaves it): the decision says nothing of what was received after it. replaces
    holds the numbers of the slips that stood at that time and were not written anew since.
    """

    sha256: str
    choice: str
    note: str = ""
    seq: int = 0
    replaces: frozenset[int] = frozenset()

    @property
    def chosen(self) -> bool:
        """Tell whether this copy is to stand for its agency and form."""
        return self.choice in {USE, REPLACE}

    @property
    def words(self) -> str:
        """Return the choice as it stands in its cell."""
        return CHOICES.get(self.choice, self.choice)


@dataclass(frozen=True, slots=True)
class Slip:
    """A figure or text that officers entered for an agency, or corrected (phiếu): every field as it was typed.

    kind is one of SLIP_KINDS, else what was typed. value is the cell, at no place (1, 1), None when it was blank. base
    is what the accepted copy said in that cell when the slip was first written (slips.said), None when nothing.
    """

    number: int
    kind: str
    agency: str
    key: str
    column: str
    value: Cell | None
    reason: str
    by: str
    base: str | None = None

    @property
    def words(self) -> str:
        """Return the kind as it stands in its cell."""
        return SLIP_KINDS.get(self.kind, self.kind)

    @property
    def typed(self) -> tuple[Any, ...]:
        """Return what was typed, by which two slips are compared."""
        return self.kind, self.agency, self.key, self.column, self.value, self.reason, self.by


@dataclass(frozen=True, slots=True)
class Standing:
    """What officers' decisions on one plan and period amount to now.

    closed is the seq of the event that closed the period, None while it is open; of it only that it is there, and the
    words typed, count for the digest.
    """

    files: Mapping[str, Decision] = field(default_factory=lambda: MappingProxyType({}))
    slips: tuple[Slip, ...] = ()
    closed: int | None = None
    closed_note: str = ""
    withdrawn: tuple[int, ...] = ()  # numbers of the slips that were taken back: a number is never given twice

    @property
    def last_number(self) -> int:
        """Return the highest number that a slip ever had, 0 when there was none."""
        return max((*self.withdrawn, *(slip.number for slip in self.slips)), default=0)

    @property
    def digest(self) -> str:
        """Return a short name of all that officers typed: of no clock, no seq, no order of events."""
        told = [
            sorted((item.sha256, item.choice, item.note) for item in self.files.values()),
            [(slip.number, slip_body(slip)) for slip in self.slips],
            self.closed is not None,
            self.closed_note,
            self.withdrawn,
        ]
        text = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


NOTHING_DECIDED = Standing()


def standing(events: Iterable[Recorded]) -> Standing:
    """Return where the events of one plan and period, in their order, leave things."""
    return list(standings(events))[-1]


def standings(events: Iterable[Recorded]) -> Iterator[Standing]:
    """Yield where things stood before the first event and after each."""
    now = NOTHING_DECIDED
    yield now
    for event in events:
        now = after(now, event)
        yield now


def after(now: Standing, event: Recorded) -> Standing:
    """Return where things stand after one more event."""
    body = event.body
    match event.kind:
        case "decided":
            return replace(now, files=_decided(now, body, event.seq))
        case "slip":
            return _written(now, body)
        case "slip-withdrawn":
            left = tuple(slip for slip in now.slips if slip.number != body["number"])
            return replace(now, slips=left, withdrawn=tuple(sorted({*now.withdrawn, body["number"]})))
        case "closed":  # a period that is closed already stays closed since then: only the note is new
            return replace(now, closed=event.seq if now.closed is None else now.closed, closed_note=body["note"])
        case "reopened":
            return replace(now, closed=None, closed_note=body["note"])
    return now


def _decided(now: Standing, body: _Body, seq: int) -> Mapping[str, Decision]:
    sha256, choice, note = body["sha256"], body["choice"], body["note"]
    before = now.files.get(sha256)
    if not choice and not note:
        return MappingProxyType({key: item for key, item in now.files.items() if key != sha256})
    if before and before.choice == choice:
        decision = replace(before, note=note)
    else:
        replaced = frozenset(slip.number for slip in now.slips) if choice == REPLACE else frozenset[int]()
        decision = Decision(sha256, choice, note, seq, replaced)
    return MappingProxyType({**now.files, sha256: decision})


def _written(now: Standing, body: _Body) -> Standing:
    """Return where things stand after a slip was written, or written anew under its number."""
    slip = _slip(body)
    slips = {item.number: item for item in now.slips} | {slip.number: slip}
    files = {key: replace(item, replaces=item.replaces - {slip.number}) for key, item in now.files.items()}
    in_order = tuple(slips[number] for number in sorted(slips))
    left = tuple(number for number in now.withdrawn if number != slip.number)
    return replace(now, slips=in_order, files=MappingProxyType(files), withdrawn=left)


# --- as JSON


def decision_body(decision: Decision) -> dict[str, str]:
    """Return the body of a `decided` event; neither choice nor note takes the decision back."""
    return {"sha256": decision.sha256, "choice": decision.choice, "note": decision.note}


def slip_body(slip: Slip) -> dict[str, Any]:
    """Return the body of a `slip` event."""
    value = slip.value
    return {
        "number": slip.number,
        "kind": slip.kind,
        "agency": slip.agency,
        "key": slip.key,
        "column": slip.column,
        "value": value and {"kind": value.kind, "value": _plain(value), "percent": value.percent},
        "reason": slip.reason,
        "by": slip.by,
        "base": slip.base,
    }


def _slip(body: _Body) -> Slip:
    held = body["value"]
    value = held and Cell(1, 1, held["kind"], _content(held["kind"], held["value"]), percent=held["percent"])
    return Slip(
        number=body["number"],
        kind=body["kind"],
        agency=body["agency"],
        key=body["key"],
        column=body["column"],
        value=value,
        reason=body["reason"],
        by=body["by"],
        base=body["base"],
    )


def _plain(cell: Cell) -> str:
    return cell.value.isoformat() if isinstance(cell.value, datetime) else str(cell.value)


def _content(kind: str, text: str) -> str | Decimal | datetime:
    if kind == "date":
        return datetime.fromisoformat(text)
    return Decimal(text) if kind == "number" else text


# --- words of the dropdowns


def choice_of(text: str) -> str:
    """Return the choice that a typed word means, the word itself when it means none."""
    return _code(text, CHOICES)


def slip_kind_of(text: str) -> str:
    """Return the kind of slip that a typed word means, the word itself when it means none."""
    return _code(text, SLIP_KINDS)


def _code(text: str, words: Mapping[str, str]) -> str:
    return next((code for code, word in words.items() if fold(word) == fold(text)), text)
