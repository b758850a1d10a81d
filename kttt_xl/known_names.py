"""Names of agencies looked up without naming a plan: in the registers of all built-in plans."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from kttt_xl import agencies
from kttt_xl.cell_values import quoted
from kttt_xl.errors import MisuseError
from kttt_xl.model import Plan

_Names = Mapping[str, tuple[str, ...]]  # folded spelling -> registered names


def registered(name: str, plan: str = "") -> str:
    """Return the registered name of an agency or group, by the register of a built-in plan, or of them all.

    plan is an id, never a path: the text comes from a cell. MisuseError, with the nearest names, when no register has
    the name; when it is a spelling of several; and for a plan that is not built in.
    """
    found = _names(plan).get(agencies.fold_agency(name), ())
    if len(found) == 1:
        return found[0]
    if found:
        cure = "Ghi tên đầy đủ." if plan else "Ghi tên đầy đủ, hoặc thêm mã kế hoạch."
        raise MisuseError(f"{quoted(name)} là cách viết của nhiều cơ quan: {'; '.join(found)}. {cure}")
    near = _nearest(name, plan)
    raise MisuseError(f"Không có cơ quan {quoted(name)}." + (f" Gần nhất: {'; '.join(near)}." if near else ""))


@lru_cache(maxsize=8)
def _names(plan: str) -> _Names:
    """Return the registered names by folded spelling.

    Plans that write one name in two ways ("Sở Công Thương", "Sở Công thương") register one name: the way most of them
    write it.
    """
    spellings = [agencies.owners(each.agencies) for each in _plans(plan)]
    merged: dict[str, list[str]] = {}
    for owners in spellings:
        for key, names in owners.items():
            merged.setdefault(key, []).extend(names)
    return {key: tuple(_one_spelling_each(names)) for key, names in merged.items()}


def _one_spelling_each(names: Iterable[str]) -> Iterable[str]:
    ways: dict[str, Counter[str]] = {}
    for name in names:
        ways.setdefault(agencies.fold_agency(name), Counter())[name] += 1
    return (max(counts, key=lambda name: counts[name]) for counts in ways.values())


@lru_cache(maxsize=1 << 10)  # likeness is slow, and a column names the same agency many times
def _nearest(name: str, plan: str) -> tuple[str, ...]:
    return agencies.nearest((agency for each in _plans(plan) for agency in each.agencies if not agency.group), name)


@lru_cache(maxsize=8)
def _plans(plan: str) -> tuple[Plan, ...]:
    from kttt_xl import plans, resources  # noqa: PLC0415  # Excel waits for these functions to load

    known = plans.plan_ids()
    if plan and plan not in known:
        raise MisuseError(f"Không có kế hoạch {quoted(plan)}; các kế hoạch có sẵn: {', '.join(known)}.")
    # By its folder, so that nothing in the folder Excel happens to work in stands for a built-in plan.
    return tuple(plans.load_plan(str(resources.folder("workbooks") / each)) for each in ([plan] if plan else known))
