"""How rows of the statistics form add up and nest, as the plan declares it: parts of a whole, what changes a stock.

A sum is a tuple of texts, so that it goes through the manifest as it is: its kind, then codes with their signs. WHOLE:
the parts make up the row. LIMIT: they do not overlap, but others may be missing, so they are not more than the row.
CLOSING: the row is its value at the end of the period before, plus and minus the rows named. Domain 2.3.
"""

from collections.abc import Iterable
from datetime import timedelta
from types import MappingProxyType

from kttt_xl.errors import MisuseError
from kttt_xl.model import Indicator
from kttt_xl.period import parse_period

WHOLE, LIMIT, CLOSING = ("whole", "limit", "closing")

Sum = tuple[str, ...]  # ("closing", "+HTX-MOI", "-HTX-GT")

_SIGNS = MappingProxyType({WHOLE: {"+"}, LIMIT: {"+"}, CLOSING: {"+", "-"}})


def sums_of(indicator: Indicator) -> tuple[Sum, ...]:
    """Return the sums that a plan declares for an indicator."""
    added = tuple(f"+{code}" for code in indicator.increases)
    taken = tuple(f"-{code}" for code in indicator.decreases)
    parts = (WHOLE if indicator.exhaustive else LIMIT, *(f"+{code}" for code in indicator.parts))
    return tuple(found for found in (parts, (CLOSING, *added, *taken)) if len(found) > 1)


def terms(rule: Sum) -> tuple[tuple[str, int], ...]:
    """Return the codes that a sum names, each with its sign, 1 or -1."""
    return tuple((term[1:], -1 if term.startswith("-") else 1) for term in rule[1:])


def opening_period(code: str) -> str:
    """Return the code of the period at whose end a period begins; "" where there is none.

    Nine months begin in January, and the nine months before ended in September.
    """
    period = parse_period(code)
    try:
        before = period.previous()
    except MisuseError:  # the first year there is
        return ""
    return before.code if before.end + timedelta(days=1) == period.start else ""


def is_sum(rule: Sum) -> bool:
    """Tell whether this is such as sums_of returns: a manifest may be a stranger's."""
    return len(rule) > 1 and {term[:1] for term in rule[1:]} <= _SIGNS.get(rule[0], set())


def depths(indicators: Iterable[Indicator]) -> dict[str, int]:
    """Return how deep each row nests ("trong đó"); a row that names itself as its own ancestor counts as depth 0."""
    parents = {indicator.code: indicator.parent for indicator in indicators}
    found = {}
    for code, parent in parents.items():
        seen, at = [code], parent
        while at and at in parents and at not in seen:
            seen.append(at)
            at = parents[at]
        found[code] = len(seen) - 1
    return found
