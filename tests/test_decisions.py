"""What officers decided is replayed from events: where things stand, and a digest of all that they typed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kttt_xl.cells import Cell
from kttt_xl.decisions import (
    NOTHING_DECIDED,
    Decision,
    Slip,
    Standing,
    choice_of,
    decision_body,
    slip_body,
    slip_kind_of,
    standing,
    standings,
)


@dataclass(frozen=True)
class Event:
    seq: int
    kind: str
    body: Mapping[str, Any]


def happened(*told: tuple[str, Mapping[str, Any]]) -> list[Event]:
    """Events as the ledger gives them back: their bodies have been JSON."""
    return [Event(at, kind, json.loads(json.dumps(body))) for at, (kind, body) in enumerate(told, start=1)]


def decided(sha256: str, choice: str, note: str = "") -> tuple[str, dict[str, str]]:
    return "decided", decision_body(Decision(sha256, choice, note))


FIVE = Cell(1, 1, "number", Decimal(5))
SLIP = Slip(1, "entered", "Xã A", "N", "2024", FIVE, "Điện thoại", "An")
OTHER = replace(SLIP, number=2, kind="corrected", base="4")
WRITTEN, SECOND = ("slip", slip_body(SLIP)), ("slip", slip_body(OTHER))
TAKEN_BACK = ("slip-withdrawn", {"number": 1})


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], NOTHING_DECIDED),
        ([("received", {"files": []}), ("consolidated", {})], NOTHING_DECIDED),  # the ledger's own
        ([decided("a", "use", "hỏi rồi")], Standing({"a": Decision("a", "use", "hỏi rồi", seq=1)})),
        ([decided("a", "use"), decided("a", "drop")], Standing({"a": Decision("a", "drop", seq=2)})),
        # a later note is no later choice
        ([decided("a", "use"), decided("a", "use", "hỏi rồi")], Standing({"a": Decision("a", "use", "hỏi rồi", 1)})),
        ([decided("a", "use"), decided("a", "")], NOTHING_DECIDED),
        ([decided("a", "", "gọi lại")], Standing({"a": Decision("a", "", "gọi lại", 1)})),
        ([decided("a", "bỏ đi")], Standing({"a": Decision("a", "bỏ đi", seq=1)})),  # as typed
        ([SECOND, WRITTEN], Standing(slips=(SLIP, OTHER))),
        ([WRITTEN, ("slip", slip_body(replace(SLIP, by="Bình")))], Standing(slips=(replace(SLIP, by="Bình"),))),
        ([WRITTEN, SECOND, TAKEN_BACK], Standing(slips=(OTHER,), withdrawn=(1,))),
        ([WRITTEN, TAKEN_BACK, WRITTEN], Standing(slips=(SLIP,))),
        # "thay thế" is about the slips there were, until they are written anew
        ([WRITTEN, decided("a", "replace"), SECOND],
         Standing({"a": Decision("a", "replace", seq=2, replaces=frozenset({1}))}, (SLIP, OTHER))),
        ([WRITTEN, decided("a", "replace"), WRITTEN], Standing({"a": Decision("a", "replace", seq=2)}, (SLIP,))),
        ([("closed", {"note": "CV 1"})], Standing(closed=1, closed_note="CV 1")),
        # closed again says no more than a new note
        ([("closed", {"note": ""}), ("closed", {"note": "CV 1"})], Standing(closed=1, closed_note="CV 1")),
        ([("closed", {"note": "CV 1"}), ("reopened", {"note": "CV 2"})], Standing(closed_note="CV 2")),
        ([("closed", {"note": ""}), ("reopened", {"note": ""}), ("closed", {"note": ""})], Standing(closed=3)),
    ],
)  # fmt: skip
def test_where_events_leave_things(events: list[tuple[str, Mapping[str, Any]]], expected: Standing) -> None:
    assert standing(happened(*events)) == expected
    assert list(standings(happened(*events)))[-1] == expected


values = st.one_of(
    st.none(),
    st.builds(lambda text: Cell(1, 1, "text", text), st.text(min_size=1)),
    st.builds(
        lambda number, percent: Cell(1, 1, "number", number, percent=percent),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.booleans(),
    ),
    st.builds(lambda day: Cell(1, 1, "date", datetime(day.year, day.month, day.day)), st.dates()),  # noqa: DTZ001
)
slips = st.builds(
    Slip, st.integers(1, 9), st.sampled_from(["entered", "corrected", "Nhâp"]), st.text(), st.text(), st.text(), values,
    st.text(), st.text(), st.none() | st.text(),
)  # fmt: skip


@given(slip=slips)
def test_a_slip_comes_back_out_of_the_ledger_as_it_was(slip: Slip) -> None:
    told = json.loads(json.dumps(slip_body(slip)))
    assert standing([Event(1, "slip", told)]).slips == (slip,)
    assert told == slip_body(slip)


STATE = Standing({"a": Decision("a", "use", "x"), "b": Decision("b", "drop")}, (SLIP, OTHER), 7, "CV 1", (3,))
ROWS = replace(STATE, files={"b": Decision("b", "drop"), "a": Decision("a", "use", "x")})


@pytest.mark.parametrize(
    "same",
    [
        ROWS,  # the order that files were decided in
        replace(STATE, closed=99),  # when it was closed
        replace(STATE, files=STATE.files | {"a": Decision("a", "use", "x", seq=5, replaces=frozenset({1}))}),
    ],
)
def test_a_digest_is_of_what_was_typed_alone(same: Standing) -> None:
    assert same.digest == STATE.digest


@pytest.mark.parametrize(
    "other",
    [
        NOTHING_DECIDED,
        replace(STATE, files={}),
        replace(STATE, files=STATE.files | {"a": Decision("a", "use", "y")}),
        replace(STATE, files=STATE.files | {"a": Decision("a", "replace", "x")}),
        replace(STATE, files=STATE.files | {"c": Decision("c", "use")}),
        replace(STATE, slips=(SLIP,)),
        replace(STATE, slips=(SLIP, replace(OTHER, number=4))),
        *(replace(STATE, slips=(replace(SLIP, **{field: "khác"}), OTHER))
          for field in ("kind", "agency", "key", "column", "reason", "by")),
        replace(STATE, slips=(replace(SLIP, value=Cell(1, 1, "text", "5")), OTHER)),
        replace(STATE, slips=(replace(SLIP, value=FIVE._replace(percent=True)), OTHER)),
        replace(STATE, closed=None),
        replace(STATE, closed_note=""),
        replace(STATE, withdrawn=()),
    ],
)  # fmt: skip
def test_another_digest_for_anything_else(other: Standing) -> None:
    assert other.digest != STATE.digest


def test_the_digest_is_the_same_in_every_run() -> None:
    assert (NOTHING_DECIDED.digest, STATE.digest) == ("9c95840bae767da1", "3daf8544e40b234c")


@pytest.mark.parametrize(
    ("typed", "choice"),
    [("dùng", "use"), (" DÙNG ", "use"), ("loại", "drop"), ("Thay  thế", "replace"), ("dung", "dung"), ("", "")],
)
def test_the_words_of_the_dropdown(typed: str, choice: str) -> None:
    assert choice_of(typed) == choice


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("Nhập thay", "entered"), ("sửa số liệu", "corrected"), ("Sửa", "Sửa"), ("", "")],
)
def test_the_kinds_of_slip(typed: str, kind: str) -> None:
    assert slip_kind_of(typed) == kind


def test_numbers_are_never_given_twice() -> None:
    assert NOTHING_DECIDED.last_number == 0
    assert replace(NOTHING_DECIDED, slips=(SLIP,), withdrawn=(7,)).last_number == 7
