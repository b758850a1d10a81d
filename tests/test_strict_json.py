"""strict_json: a value of its type, or an error that the reader of a manifest knows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kttt_xl import strict_json


@dataclass(frozen=True)
class Pair:
    left: str
    right: int


VALUES = (None, True, 0, 1.5, "a", "2024-08-03", "\ud800", [], ["a"], {}, {"a": "b"}, {"a": 1}, {"left": 1, "right": 2})
TAKEN: dict[Callable[[Any], object], tuple[object, ...]] = {
    strict_json.table: ({}, {"a": "b"}, {"a": 1}, {"left": 1, "right": 2}),
    strict_json.texts: ({}, {"a": "b"}),
    strict_json.items: ([], ["a"]),
    strict_json.text: ("a", "2024-08-03"),
    strict_json.flag: (True,),
    strict_json.whole: (0,),
    strict_json.day: ("2024-08-03",),
}


@pytest.mark.parametrize("read", TAKEN, ids=lambda read: read.__name__)
def test_only_its_type_is_taken(read: Callable[[Any], object]) -> None:
    taken = []
    for value in VALUES:
        try:
            taken.append((value, read(value)))
        except (ValueError, TypeError):
            continue
    expected = [(value, date(2024, 8, 3) if read is strict_json.day else value) for value in TAKEN[read]]
    assert [(repr(value), found) for value, found in taken] == [(repr(value), found) for value, found in expected]


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ({"left": "a", "right": 1}, True),
        ({"right": None, "left": []}, True),  # the fields' own types are looked at one by one
        ({"left": "a"}, False),
        ({"left": "a", "right": 1, "more": 2}, False),
        ({"left": "a", "Right": 1}, False),
        ({}, False),
        (["left", "right"], False),
        (None, False),
    ],
)
def test_a_record_has_exactly_its_fields(value: object, taken: bool) -> None:
    if taken:
        assert strict_json.record(value, Pair) == value
    else:
        with pytest.raises((ValueError, TypeError)):
            strict_json.record(value, Pair)


@pytest.mark.parametrize("text", ["", "2024-8-3", "2024-02-30", "hôm nay", "0000-01-01"])
def test_no_day(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever it says
        strict_json.day(text)


@given(st.dictionaries(st.text(), st.text()))
def test_texts_are_as_they_were(value: dict[str, str]) -> None:
    assert strict_json.texts(value) == value
