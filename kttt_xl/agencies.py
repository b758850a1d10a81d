"""Matching what people write for an agency to its registered name: exact after folding, or a suggestion."""

from unicodedata import combining, normalize

from kttt_xl.cells import fold
from kttt_xl.errors import MisuseError
from kttt_xl.model import Plan


def registered_name(plan: Plan, text: str) -> str:
    """Return the registered name of the agency or group that text names, by name or by a spelling the plan uses.

    A match is exact after folding (case, blanks, tone placement). MisuseError otherwise, with the nearest names
    as suggestions: two agencies are never joined by likeness.
    """
    wanted = fold(text)
    for agency in plan.agencies:
        if wanted in map(fold, (agency.name, *agency.aliases)):
            return agency.name
    from rapidfuzz import process  # noqa: PLC0415  # loaded when needed: most runs name agencies right

    names = {agency.name: _without_accents(agency.name) for agency in plan.agencies if not agency.group}
    near = "; ".join(name for _, _, name in process.extract(_without_accents(text), names, limit=3))
    raise MisuseError(f"Kế hoạch không có cơ quan «{text}»." + (f" Gần nhất: {near}." if near else ""))


def _without_accents(text: str) -> str:
    """Return text as it is typed where no accents can be: nearness is judged by it, never sameness."""
    return "".join(letter for letter in normalize("NFD", fold(text)).replace("đ", "d") if not combining(letter))
