"""blank_sheet, choosing and the blank cover in LibreOffice: a choice shows what the agency would have been sent."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from blank_copies import BlankTrial
from returned_copies import KEY, values

from kttt_xl.builder import build_copy
from kttt_xl.cells import address
from kttt_xl.choosing import CHOICE_LABELS
from kttt_xl.filling import fill
from kttt_xl.history import NO_HISTORY, History
from kttt_xl.layout import COVER, HEADING_ROW, LIVE_LABELS, Copy
from kttt_xl.model import Figure, Indicator, Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.reader import read_copy

Office = Callable[[list[dict[str, object]]], list[list[str]]]
Steps = list[list[object]]
Shown = dict[tuple[str, str], str]

LAST_COVER_ROW = 16  # the choices and the live counts stand above


def relative(plan: Plan) -> Plan:
    """Return a plan whose form asks for the year before, too, in rows of every type."""
    rows = [
        Indicator(kind, f"Chỉ tiêu {kind}", "đơn vị", "stock", "sum", value_type=kind)
        for kind in ("count", "decimal", "percent", "text")
    ]
    rows.append(Indicator("new", "Thành lập mới", "đơn vị", "flow", "sum"))
    rows[0] = replace(rows[0], increases=("new",))  # so that Kiểm tra looks at the year before
    rows.append(Indicator("ratio", "Tỷ lệ", "%", "ratio", "ratio", "count", "new", value_type="percent"))
    stats = replace(plan.settings.stats, window=(-1, 0))
    return replace(plan, settings=replace(plan.settings, stats=stats), indicators=tuple(rows))


def told(agency: str, values: dict[str, str], year: str = "2023") -> tuple[Figure, ...]:
    """Return figures that an agency gave for a year."""
    return tuple(Figure(code, agency, parse_period(year), Decimal(value), "", "", "") for code, value in values.items())


DONG_TAM, MINH_BAO = "UBND phường Đồng Tâm", "UBND xã Minh Bảo"
NOI_VU, LIEN_MINH, TAI_CHINH = "Sở Nội vụ", "Liên minh Hợp tác xã tỉnh", "Sở Tài chính"
STATES = History(
    states={
        ("33", LIEN_MINH): ((parse_period("2023"), "Hoàn thành", None),),
        ("38", NOI_VU): ((parse_period("2023"), "Đang thực hiện", None), (parse_period("2024"), "Tạm dừng", None)),
    }
)
FIGURES = History(
    figures=(
        *told(DONG_TAM, {"THT-MOI": "0", "HTX-TONG": "1234567", "TV-HTX": "12.5"}),
        *told(MINH_BAO, {"count": "5", "decimal": "12345.678", "new": "0"}),
        *told(MINH_BAO, {"count": "7"}, "2024"),
    )
)

CASES = {
    "tasks": (
        "gia_lai", lambda plan: plan, STATES, [(NOI_VU, "2024"), (NOI_VU, "2030"), (LIEN_MINH, "2025"), (TAI_CHINH, "2026")],
    ),
    "stats": ("yen_bai", lambda plan: plan, FIGURES, [(DONG_TAM, "2024"), (MINH_BAO, "2024"), (DONG_TAM, "2025")]),
    "relative": ("yen_bai", relative, FIGURES, [(MINH_BAO, "2024"), (MINH_BAO, "2025"), (DONG_TAM, "2028")]),
}  # fmt: skip

TYPED = {
    "tasks": [("state", "text", "Hoàn thành"), ("done_on", "type", "2024-08-03"), ("percent", "type", "90")],
    "stats": [(0, "type", "12"), (0, "type", "3.5"), (0, "type", "-4"), ("note", "text", "Có")],
}


def spots(copy: Copy, *, until: int) -> list[tuple[str, str]]:
    """Return every cell of the form, and those of the cover that may differ from agency to agency."""
    rows, columns = range(1, until + 1), range(1, len(copy.columns) + 1)
    cover = [(COVER, f"{letter}{row}") for row in range(1, LAST_COVER_ROW + 3) for letter in "BCD"]
    return [*((copy.sheet, address(row, column)) for row in rows for column in columns), *cover]


def by_label(shown: Shown) -> dict[str, tuple[str, str]]:
    """Return what stands beside each label of the cover."""
    cover = {place: text for (sheet, place), text in shown.items() if sheet == COVER}
    labels = {f"{row}": cover[f"B{row}"] for row in range(1, LAST_COVER_ROW + 3)}
    return {label: (cover[f"C{row}"], cover[f"D{row}"]) for row, label in labels.items() if label}


def test_x(office, request, tmp_path):
    for name, (plan_name, change, history, choices) in CASES.items():
        plan = change(request.getfixturevalue(plan_name))
        kind = "tasks" if name == "tasks" else "stats"
        blank = BlankTrial(plan, parse_period("2024"), kind, tmp_path, history)
        until = HEADING_ROW + max(map(len, blank.offer.lists))
        places = spots(blank.copy, until=until)
        jobs = []
        for agency, code in choices:
            copy = blank.addressed(agency, code)
            path = tmp_path / "a.xlsx"
            path = tmp_path / f"{name}{len(jobs)}.xlsx"
            path.write_bytes(build_copy(copy, KEY))
            period = parse_period(code).name
            choose = [["text", COVER, "C5", agency], ["text", COVER, "C6", period], ["text", COVER, "C8", f"{agency} · {period}"]]
            reads = [["read", *place] for place in places]
            jobs += [{"open": str(path), "steps": reads}, {"open": str(blank.path), "steps": [*choose, *reads]}]
        import time
        t=time.time()
        answers = office(jobs)
        print(name, len(places), time.time()-t)
        for n, (agency, code) in enumerate(choices):
            sent, chosen = (dict(zip(places, answers[2*n+i], strict=True)) for i in (0,1))
            print(name, agency, code)
            k=0
            for p in places:
                if p[0]!=COVER and sent[p]!=chosen[p] and k<40:
                    k+=1
                    print(p, repr(sent[p][:60]), repr(chosen[p][:60]))
            a,b=by_label(sent),by_label(chosen)
            for l in {**a,**b}:
                if a.get(l)!=b.get(l): print(l,a.get(l),b.get(l))
