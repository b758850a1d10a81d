"""The CSV files of succession -> the edges that hold for a plan: those built in, and those an office knows better.

Most built-in rows are unverified, and the districts' have no heir (domain 5.2): only the office has the decisions.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from kttt_xl import resources
from kttt_xl.agencies import fold_agency, owners
from kttt_xl.cells import show_date
from kttt_xl.data_files import read_rows
from kttt_xl.errors import KtttError
from kttt_xl.model import Plan
from kttt_xl.succession import KINDS, TRANSFER, Edge, of_plan, problems

COLUMNS = ("kind", "from", "to", "on", "share", "function", "plan", "tasks", "source", "verified")

_BUILT_IN = "succession-2025.csv"
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHARE = re.compile(r"0[.][0-9]{1,10}|1")


def plan_edges(plan: Plan, own: Iterable[Path] = ()) -> tuple[tuple[Edge, ...], tuple[str, ...]]:
    """Return the edges that hold for a plan, and remarks on what the office's own files did, as Vietnamese sentences.

    What a file of the office says of a body comes before what is built in unverified or without an heir; anything
    else that they say differently is a KtttError with every contradiction. Names may be spelled as the plan does.
    """
    built = of_plan(read_edges(resources.folder("workbooks") / _BUILT_IN), plan.id)
    named = owners(plan.agencies)

    def registered(name: str) -> str:
        found = named.get(fold_agency(name), ())
        return found[0] if len(found) == 1 else name

    office = [
        replace(edge, old=registered(edge.old), new=registered(edge.new))
        for path in own
        for edge in of_plan(read_edges(path), plan.id)
    ]
    kept = [left for edge in built if (left := _beside(edge, office))]
    edges = (*kept, *office)
    found = (*_other_days(kept, office), *problems(edges))
    if found:
        raise KtttError("\n".join((f"Tệp kế thừa và dữ liệu có sẵn có {len(found)} mâu thuẫn:", *found)))
    replaced = dict.fromkeys(edge.old for edge in built if edge not in kept)
    known = {*(agency.name for agency in plan.agencies), *(edge.new for edge in edges)}
    unknown = dict.fromkeys(edge.old for edge in office if edge.old not in known)
    remarks = {
        "Theo tệp kế thừa, thay cho dữ liệu có sẵn": replaced,
        "Tệp kế thừa ghi tên không có trong kế hoạch nên dòng đó không có tác dụng": unknown,
    }
    return edges, tuple(f"{text}: {'; '.join(f'«{name}»' for name in told)}." for text, told in remarks.items() if told)


def _beside(edge: Edge, office: Sequence[Edge]) -> Edge | None:
    """Return what is left of a built-in edge beside those of the office: all, fewer tasks of a function, or None."""
    said = [other for other in office if other.old == edge.old]
    whole = {other.on for other in said if other.kind != TRANSFER}
    if whole and (not edge.verified or (not edge.new and edge.on in whole)):
        return None
    if edge.kind != TRANSFER or edge.verified:
        return edge
    taken = {task for other in said for task in other.tasks}
    return replace(edge, tasks=tuple(task for task in edge.tasks if task not in taken))


def _other_days(built: Iterable[Edge], office: Sequence[Edge]) -> Iterable[str]:
    """Yield where a file gives a body another last day than a source does: one of the two would count for nothing."""
    for edge in built:
        days = sorted({other.on for other in office if other.old == edge.old and other.kind != TRANSFER} - {edge.on})
        if days and edge.kind != TRANSFER and edge.new != edge.old:
            told = ", ".join(map(show_date, days))
            yield f"«{edge.old}»: tệp ghi ngày {told}, dữ liệu có sẵn đã kiểm chứng ghi ngày {show_date(edge.on)}."


def read_edges(path: Path) -> tuple[Edge, ...]:
    """Return the edges in a CSV file, those of all plans; KtttError listing every problem of it."""
    found: list[str] = []
    edges = [edge for number, row in read_rows(path, COLUMNS) if (edge := _read(number, row, found))]
    plans = dict.fromkeys(edge.plan for edge in edges)
    found += dict.fromkeys(sentence for plan in plans for sentence in problems(of_plan(edges, plan)))
    if found:
        raise KtttError("\n".join((f"Tệp «{path.name}» có {len(found)} lỗi:", *found)))
    return tuple(edges)


def _read(number: int, row: list[str], found: list[str]) -> Edge | None:
    """Return the edge of a row; None, with the problems of the row, when it has any."""
    if len(row) != len(COLUMNS):
        found.append(f"Dòng {number} có {len(row)} ô; cần {len(COLUMNS)} ô.")
        return None
    kind, old, new, day, share, function, plan, tasks, source, verified = row
    try:
        on = date.fromisoformat(day) if _ISO.fullmatch(day) else None
    except ValueError:  # 2025-02-30
        on = None
    rules = {
        f"kind ghi «{kind}»; cần một trong: {'; '.join(KINDS)}": kind in KINDS,
        f"on ghi «{day}»; cần ngày dạng 2025-12-31": on,
        f"share ghi «{share}»; cần phần của 1, dạng 0.25, hoặc để trống": not share or _SHARE.fullmatch(share),
        f"verified ghi «{verified}»; cần x hoặc để trống": verified in {"", "x"},
        "thiếu from hoặc source; mỗi dòng phải có đơn vị cũ và nguồn": old and source,
        "dòng transfer phải ghi function, chỉ dòng transfer được ghi tasks": function
        if kind == TRANSFER
        else not tasks,
    }
    wrong = [f"Dòng {number}: {sentence}." for sentence, kept in rules.items() if not kept]
    found += wrong
    if wrong or on is None:
        return None
    ids = tuple(part.strip() for part in tasks.split("|") if part.strip())
    return Edge(kind, old, new, on, Decimal(share) if share else None, function, source, verified == "x", plan, ids)
