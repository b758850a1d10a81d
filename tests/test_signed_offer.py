"""signed_offer: what a blank copy offers, signed; a stranger's offer that does not hold together is refused."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest
from blank_copies import DONG_TAM, MINH_BAO, NOI_VU, relative
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl.campaign import plan_blanks
from kttt_xl.history import History
from kttt_xl.identity import digest, shown
from kttt_xl.model import Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.signed_offer import OfferedPeriod, SignedOffer, is_period, is_sound, read_offer, signed_offer

Json = Any

SPAN = (date(2024, 1, 1), date(2024, 12, 31))
PERIOD = OfferedPeriod("2024", "a1", SPAN, date(2023, 1, 1), date(2025, 12, 31), ("2023", "2024"))
LATER = replace(PERIOD, code="2025", issue="b2", window=("2024", "2025"))
# Two agencies in two periods: rows 0 and 1 below a section, row 1 alone, nothing.
OFFER = SignedOffer(
    agencies=("Sở A", "Sở B"),
    periods=(PERIOD, LATER),
    lists=((-1, 0, 1), (1,), ()),
    last=(("", "1", ""), ("", "", ""), ("",), ()),
    table=((0, 0), (1, 2)),
    last_table=((0, 1), (2, 3)),
    sections=("c3",),
    extent=(10, 20),
)
KEYS = ("x", "y")


def as_json(offer: SignedOffer) -> Json:
    return json.loads(json.dumps(asdict(offer), default=str))


def test_what_is_signed_is_read_back() -> None:
    assert read_offer(as_json(OFFER)) == OFFER
    assert is_sound(OFFER, KEYS, 2)


def test_what_is_signed_of_an_offer(gia_lai: Plan, yen_bai: Plan, year: Period) -> None:
    states = {("38", NOI_VU): ((parse_period("2023"), "Tạm dừng", None),)}
    (issue,) = plan_blanks(gia_lai, year, ("tasks",), (NOI_VU,), History(states=states))
    assert issue.offer is not None
    ids = [f"id {number}" for number in range(7)]
    signed = signed_offer(issue.offer, (9, 8), ids, shown, digest)
    assert (signed.agencies, signed.extent, [period.issue for period in signed.periods]) == ((NOI_VU,), (9, 8), ids)
    assert signed.periods[1] == OfferedPeriod(
        "2025", "id 1", (date(2025, 1, 1), date(2025, 12, 31)), date(2023, 1, 1), date(2026, 12, 31), ()
    )
    keyed = [line for line in issue.offer.lines if line.key]
    for run, signed_run in zip(issue.offer.lists, signed.lists, strict=True):
        found = [keyed[number].key if number >= 0 else "" for number in signed_run]
        assert found == [issue.offer.lines[at].key for at in run]
    assert {text for run in signed.last for text in run} == {"", "Tạm dừng"}
    assert set(signed.sections) == {digest(task.section) for task in gia_lai.tasks if task.id in {k.key for k in keyed}}
    assert is_sound(signed, [line.key for line in keyed], 0)
    (issue,) = plan_blanks(relative(yen_bai), year, ("stats",), (DONG_TAM, MINH_BAO))
    assert issue.offer is not None
    signed = signed_offer(issue.offer, (9, 8), "abcdefghijkl", shown, digest)
    assert (signed.last, signed.last_table, signed.lists) == ((), (), ((0, 1, 2, 3, 4, 5),))  # no history
    assert [period.window for period in signed.periods[:2]] == [("2024", "2025"), ("2025", "2026")]
    assert is_sound(signed, [line.key for line in issue.copy.lines], 2)


UNSOUND: dict[str, Callable[[], SignedOffer]] = {
    "no agency": lambda: replace(OFFER, agencies=(), table=(), last_table=()),
    "no period": lambda: replace(OFFER, periods=(), table=((), ()), last_table=((), ())),
    "an agency twice": lambda: replace(OFFER, agencies=("Sở A", "SỞ  a")),
    "an agency without a name": lambda: replace(OFFER, agencies=("Sở A", " ")),
    "a period twice": lambda: replace(OFFER, periods=(PERIOD, PERIOD)),
    "a period that is none": lambda: replace(OFFER, periods=(PERIOD, replace(LATER, code="Năm 2025"))),
    "a window's period that is none": lambda: replace(OFFER, periods=(PERIOD, replace(LATER, window=("2024", "x")))),
    "a window too short": lambda: replace(OFFER, periods=(PERIOD, replace(LATER, window=("2024",)))),
    "windows too long": lambda: replace(
        OFFER, periods=tuple(replace(item, window=("2022", "2023", "2024")) for item in OFFER.periods)
    ),
    "a column twice": lambda: replace(OFFER, periods=(PERIOD, replace(LATER, window=("2024", "2024")))),
    "an agency without a row of the table": lambda: replace(OFFER, table=((0, 0),)),
    "a row of the table too long": lambda: replace(OFFER, table=((0, 0, 0), (1, 2, 0))),
    "a row of the table too short": lambda: replace(OFFER, table=((0, 0), (1,))),
    "a list that is not there": lambda: replace(OFFER, table=((0, 0), (1, 3))),
    "a list before the first": lambda: replace(OFFER, table=((0, 0), (1, -1))),
    "a row that is not there": lambda: replace(OFFER, lists=((-1, 0, 2), (1,), ())),
    "a row before the first": lambda: replace(OFFER, lists=((-1, 0, -2), (1,), ())),
    "a row twice": lambda: replace(OFFER, lists=((-1, 1, 1), (1,), ())),
    "what was last said of fewer rows": lambda: replace(OFFER, last=(("", "1"), *OFFER.last[1:])),
    "what was last said beside another list": lambda: replace(OFFER, last_table=((0, 1), (3, 2))),
    "what was last said, without its table": lambda: replace(OFFER, last_table=()),
    "the table without what was last said": lambda: replace(OFFER, last=()),
    "what was last said that is not there": lambda: replace(OFFER, last_table=((0, 1), (2, 4))),
}


@pytest.mark.parametrize("case", UNSOUND)
def test_an_offer_that_does_not_hold_together(case: str) -> None:
    assert not is_sound(UNSOUND[case](), KEYS, 2)


def test_two_rows_of_one_key_are_two_agencies(year: Period) -> None:
    """A task led by one agency and coordinated by another is two rows of one key, in two lists."""
    assert is_sound(replace(OFFER, lists=((-1, 0), (1,), ()), last=(), last_table=()), ("x", "x"), 2)
    assert not is_sound(replace(OFFER, last=(), last_table=()), ("x", "x"), 2)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("2024", True), ("2024-Q1", True), ("2021/2025", True), ("Năm 2024", False), ("", False), ("2" * 100_000, False)],
)
def test_codes_of_periods(code: str, expected: bool) -> None:
    assert is_period(code) is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(body=JSON)
@settings(deadline=None)
def test_any_json_is_no_offer(body: Json) -> None:
    with pytest.raises((ValueError, TypeError)):
        read_offer(body)


@given(data=st.data())
@settings(deadline=None, max_examples=300)
def test_any_json_anywhere_in_an_offer(data: st.DataObject) -> None:
    """Refused, or read as it is; what holds together gives each agency a list in each period, and no error."""
    document = as_json(OFFER)
    at = document
    while True:
        step = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else list(range(len(at)))))
        if not isinstance(at[step], dict | list) or not at[step] or data.draw(st.booleans()):
            break
        at = at[step]
    kept = deepcopy(document)
    at[step] = data.draw(JSON | st.integers(-2, 5))
    try:
        offer = read_offer(document)
    except (ValueError, TypeError):
        assert json.dumps(document) != json.dumps(kept)  # False for 0 is another value, too
        return
    assert as_json(offer) == document
    if is_sound(offer, KEYS, 2):
        rows = [[KEYS[n] for n in offer.lists[run] if n >= 0] for runs in offer.table for run in runs]
        assert len(rows) == len(offer.agencies) * len(offer.periods)
