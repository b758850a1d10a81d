"""Base, ledger and what is typed: no row is lost, none is recorded twice, nothing typed is overruled in silence."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl.cells import Cell
from kttt_xl.decisions import NOTHING_DECIDED, Decision, Slip, Standing, after, choice_of
from kttt_xl.messages import finding
from kttt_xl.source_typed import Typed, TypedFile, TypedSlip
from kttt_xl.three_ways import changes

SHA = "a" * 64


@dataclass(frozen=True)
class Event:
    seq: int
    kind: str
    body: Mapping[str, Any]


def typed(files: tuple[TypedFile, ...] = (), slips: tuple[TypedSlip, ...] = (), closed: str = "") -> Typed:
    return Typed("thu", "Năm 2024 (2024)", "", files, slips, closed, "")


def chosen(choice: str | None) -> Standing:
    return Standing({SHA: Decision(SHA, choice)} if choice else {})


def outcome(base: Standing | None, now: Standing, told: Typed) -> tuple[Standing, list]:
    found, said = changes(base, now, told, lambda _row, before: before.base if before else None)
    for seq, (kind, body) in enumerate(found, start=100):
        now = after(now, Event(seq, kind, body))
    return now, said


WORDS = (None, "use", "drop")


@pytest.mark.parametrize(("base", "ledger", "cell"), list(product(WORDS, WORDS, WORDS)))
def test_a_choice_three_ways(base: str | None, ledger: str | None, cell: str | None) -> None:
    """What was changed in the cell counts, else what the ledger says; where both changed, that is said."""
    now, said = outcome(chosen(base), chosen(ledger), typed((TypedFile("a.xlsx", SHA, cell or "", ""),)))
    held = now.files[SHA].choice if SHA in now.files else None
    assert held == (ledger if cell == base else cell)
    assert [found.code for found in said] == ["decision-replaced"] * (cell not in (base, ledger) and ledger != base)


@pytest.mark.parametrize(("ledger", "cell"), list(product(WORDS, WORDS)))
def test_a_choice_without_a_base(ledger: str | None, cell: str | None) -> None:
    """Only what is there is added: an empty cell takes nothing back."""
    now, said = outcome(None, chosen(ledger), typed((TypedFile("a.xlsx", SHA, cell or "", ""),)))
    assert (now.files[SHA].choice if SHA in now.files else None) == (cell or ledger)
    assert len(said) == (cell not in (None, ledger) and ledger is not None)


STATES = {"đang mở": None, "đã khóa": 1}


@pytest.mark.parametrize(("base", "ledger", "cell"), list(product(STATES, STATES, (*STATES, "", "xong"))))
def test_the_period_three_ways(base: str, ledger: str, cell: str) -> None:
    now, said = outcome(Standing(closed=STATES[base]), Standing(closed=STATES[ledger]), typed(closed=cell))
    wanted = cell if cell in STATES and cell != base else ledger
    assert (now.closed is not None) == (wanted == "đã khóa")
    assert bool(said) == (cell == "xong")


def test_what_is_said_when_both_changed() -> None:
    file = (TypedFile("a.xlsx", SHA, "drop", "bản nháp"),)
    _, said = outcome(NOTHING_DECIDED, Standing({SHA: Decision(SHA, "use", "hỏi rồi")}), typed(file))
    assert said == [
        finding("decision-replaced", file=SHA, sheet="Nguồn", header="Quyết định", found="dùng: hỏi rồi",
                expected="loại: bản nháp")
    ]  # fmt: skip
    assert said[0].message == (
        "Sổ này ghi «loại: bản nháp», sổ tổng hợp khác đã ghi «dùng: hỏi rồi»; dùng nội dung ở sổ này."
    )


# --- slips: three states of three slips, and rows typed anyhow

contents = st.sampled_from("pqrs")
numbered = st.dictionaries(st.integers(1, 4), contents, max_size=4)
rows = st.lists(st.tuples(st.sampled_from([None, 1, 2, 3, 4, 9]), contents), max_size=6)


def slip(number: int, text: str) -> Slip:
    return Slip(number, "entered", "Xã A", "N", "2024", Cell(1, 1, "text", text), "CV", "An", "5")


def standing(held: Mapping[int, str]) -> Standing:
    return Standing(slips=tuple(slip(number, held[number]) for number in sorted(held)))


def row(number: int | None, text: str) -> TypedSlip:
    return TypedSlip(number, "entered", "Xã A", "N", "2024", Cell(1, 1, "text", text), "CV", "An")


def said_by(found: Standing) -> Counter[Any]:
    return Counter(each.typed for each in found.slips)


@given(base=st.none() | numbered, now=numbered, drawn=rows)
@settings(deadline=None, max_examples=400)
def test_every_typed_row_is_a_slip(base: dict[int, str] | None, now: dict[int, str], drawn: list[tuple]) -> None:
    before = None if base is None else standing(base)
    told = typed(slips=tuple(row(*each) for each in drawn))
    ledger = replace(standing(now), withdrawn=tuple(sorted(set(base or ()) - set(now))))
    after_it, _ = outcome(before, ledger, told)
    rows_said, untouched = Counter(each.typed for each in told.slips), said_by(ledger) if before is None else Counter()
    # every row is there as often as it was typed, but where another workbook changed or took back what it left alone
    alone = Counter(each.typed for each in (before.slips if before else ()))
    assert not rows_said - said_by(after_it) - alone
    assert not untouched - said_by(after_it)  # without a base nothing is taken back
    if base is not None and base == now:
        assert said_by(after_it) == rows_said  # the usual case: exactly what stands in the sheet
    assert len({each.number for each in after_it.slips}) == len(after_it.slips)
    again, _ = outcome(before, after_it, told)  # the run died before it wrote the workbook
    assert said_by(again) == said_by(after_it)


@given(now=numbered, drawn=rows)
@settings(deadline=None, max_examples=200)
def test_no_number_is_given_twice(now: dict[int, str], drawn: list[tuple]) -> None:
    ledger = standing(now)
    found, _ = outcome(ledger, ledger, typed(slips=tuple(row(*each) for each in drawn)))
    new = {each.number for each in found.slips} - set(now)
    assert all(number > ledger.last_number for number in new)
    assert set(now) <= {each.number for each in found.slips} | set(found.withdrawn)


@pytest.mark.parametrize(("word", "choice"), [("dùng / loại", "dùng / loại"), ("Loại", "drop")])
def test_words_that_are_kept(word: str, choice: str) -> None:
    now, _ = outcome(NOTHING_DECIDED, NOTHING_DECIDED, typed((TypedFile("a", SHA, choice_of(word), ""),)))
    assert now.files[SHA].choice == choice
