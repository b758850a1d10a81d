"""Parsed JSON of unknown origin -> values of the type they must have; ValueError or TypeError otherwise."""

from dataclasses import fields
from datetime import date
from functools import lru_cache


def record(data: object, kind: type) -> dict[str, object]:
    """Return an object that has exactly the fields of a dataclass."""
    found = table(data)
    if found.keys() != _field_names(kind):
        raise ValueError("not the fields of a record")
    return found


@lru_cache(maxsize=8)
def _field_names(kind: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


def table(value: object) -> dict[str, object]:
    """Return an object."""
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def texts(value: object) -> dict[str, str]:
    """Return an object whose values are texts."""
    found = table(value)
    if set(map(type, found.values())) - {str}:  # all at once: a manifest holds some hundreds of digests
        raise TypeError("not texts")
    named = {name: str(value) for name, value in found.items()}
    text("".join((*named, *named.values())))
    return named


def items(value: object) -> list[object]:
    """Return a list."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def text(value: object) -> str:
    """Return a text that can be shown and written."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    value.encode()  # half a surrogate pair can be neither shown nor written; UnicodeEncodeError is a ValueError
    return value


def flag(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return value


def whole(value: object) -> int:
    """Return a whole number."""
    if type(value) is not int:  # True is an int, too
        raise TypeError("not a whole number")
    return value


def day(value: object) -> date:
    """Return a day, written YYYY-MM-DD."""
    return date.fromisoformat(text(value))
