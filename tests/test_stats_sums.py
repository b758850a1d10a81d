"""Sums that a plan declares: parts and whole, opening and closing; from a row of the plan to the finding of a copy."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returned_copies import KEY
from test_checks import Said, said
from test_identity import refusal, sheet

from kttt_xl import plans
from kttt_xl.campaign import plan_issues
from kttt_xl.history import History
from kttt_xl.identity import decode, describe, encode
from kttt_xl.layout import stats_copy
from kttt_xl.model import Figure, Indicator, Plan, Value
from kttt_xl.period import parse_period
from kttt_xl.sums import depths, is_sum, sums_of, terms

WARD = "UBND phường Đồng Tâm"
PARTS = ("NN", "XD", "TD")


def count(code: str, nature: str = "stock", **more: object) -> Indicator:
    return replace(Indicator(code, f"Số {code}", "hợp tác xã", nature, "sum"), **more)  # type: ignore[arg-type]


def form_rows(**of_whole: object) -> tuple[Indicator, ...]:
    """HTX in row 8 of the form, its parts in rows 9 to 11, what comes and goes in rows 12 to 14."""
    flows = (count(code, "flow") for code in ("MOI", "GT", "CD"))
    return (count("HTX", **of_whole), *(count(code, parent="HTX") for code in PARTS), *flows)


def check(
    plan: Plan,
    rows: tuple[Indicator, ...],
    figures: Mapping[str, str | None],
    period: str = "2024",
    window: tuple[int | str, ...] = (0,),
    previous: Mapping[str, Value] | None = None,
) -> Said:
    """Return what is said of figures, "HTX" or "HTX 2023" for that column; a missing figure is not what is tested."""
    stats = replace(plan.settings.stats, window=window)
    small = replace(plan, indicators=rows, targets=(), settings=replace(plan.settings, stats=stats))
    form = stats_copy(small, parse_period(period), WARD, previous or {})
    typed: dict[tuple[str, str], Value] = {}
    for name, text in figures.items():
        code, _, column = name.partition(" ")
        typed[code, column or period] = None if text is None else Decimal(text)
    return [found for found in said(form, typed) if found[0] != "missing-required"]


def wrong(code: str, cell: str, found: str, expected: str, column: str = "Năm 2024") -> Said:
    sentence = {
        "parts-do-not-sum": f"«{column}»: các phần cộng lại bằng {found}, khác tổng {expected}.",
        "parts-exceed-whole": f"«{column}»: phần {found} lớn hơn tổng {expected}.",
    }[code]
    return [(code, cell, sentence)]


# Figures of HTX NN XD TD ("-" not reported, "_" blank); said when the parts are all, and when some may be missing.
SPLITS: list[tuple[str, Said, Said]] = [
    ("10 5 3 2", [], []),
    ("0 0 0 0", [], []),
    ("10 5 3 1", wrong("parts-do-not-sum", "F8", "9", "10"), []),
    ("10 5 3 3", wrong("parts-do-not-sum", "F8", "11", "10"), wrong("parts-exceed-whole", "F8", "11", "10")),
    # one blank or not reported: what is there may already be too much
    ("10 5 3 _", [], []),
    ("10 5 3 -", [], []),
    ("10 6 5 _", *[wrong("parts-exceed-whole", "F8", "11", "10")] * 2),
    ("_ 6 5 4", [], []),
    ("- 6 5 4", [], []),
    # a part that alone is more says it all
    ("10 11 0 0", *[wrong("parts-exceed-whole", "F9", "11", "10")] * 2),
]


@pytest.mark.parametrize(("line", "of_all", "of_some"), SPLITS)
@pytest.mark.parametrize("exhaustive", [True, False])
def test_parts_and_their_whole(yen_bai: Plan, line: str, of_all: Said, of_some: Said, exhaustive: bool) -> None:
    typed = zip(("HTX", *PARTS), line.split(), strict=True)
    figures = {code: None if text == "-" else text for code, text in typed if text != "_"}
    rows = form_rows(parts=PARTS, exhaustive=exhaustive)
    assert check(yen_bai, rows, figures) == (of_all if exhaustive else of_some)


def test_parts_without_a_declared_sum_are_only_compared_one_by_one(yen_bai: Plan) -> None:
    assert check(yen_bai, form_rows(), {"HTX": "10", "NN": "6", "XD": "6"}) == []
    assert check(yen_bai, form_rows(), {"HTX": "10", "NN": "11"}) == wrong("parts-exceed-whole", "F9", "11", "10")


def test_a_declared_part_need_not_be_nested(yen_bai: Plan) -> None:
    """Flows of the form as parts of one of them: compared singly too, though no row names a parent."""
    rows = (count("HTX"), count("A", "flow", parts=("B", "C")), count("B", "flow"), count("C", "flow"))
    assert check(yen_bai, rows, {"A": "4", "B": "5"}) == wrong("parts-exceed-whole", "F10", "5", "4")
    assert check(yen_bai, rows, {"A": "4", "B": "3", "C": "2"}) == wrong("parts-exceed-whole", "F9", "5", "4")


def test_parts_that_may_be_negative_are_judged_when_all_are_there(yen_bai: Plan) -> None:
    rows = (
        count("HTX", value_type="decimal", parts=("NN", "XD")),
        *(count(code, value_type="decimal") for code in ("NN", "XD", "TD")),
    )
    wide = (replace(rows[0], parts=("NN", "XD", "TD")), *rows[1:])
    figures = {"HTX": "10", "NN": "6", "XD": "5.5"}
    assert check(yen_bai, rows, figures) == wrong("parts-exceed-whole", "F8", "11,5", "10")
    assert check(yen_bai, wide, figures) == []  # TD may be a loss
    assert check(yen_bai, wide, {**figures, "TD": "-2"}) == []


# Opening in Kỳ trước; figures of HTX MOI GT CD; what is said.
YEARS: list[tuple[str | None, str, Said]] = [
    ("100", "107 10 2 1", []),
    ("100", "108 10 2 1", wrong("parts-do-not-sum", "F8", "107 (đầu kỳ 100 + 10 - 2 - 1)", "108")),
    ("0", "3 5 0 0", wrong("parts-do-not-sum", "F8", "5 (đầu kỳ 0 + 5 - 0 - 0)", "3")),
    # a term that nobody gave silences it
    (None, "108 10 2 1", []),
    ("100", "_ 10 2 1", []),
    ("100", "108 10 2 _", []),
    ("100", "108 10 - 1", []),
]


@pytest.mark.parametrize(("opening", "line", "expected"), YEARS)
def test_opening_and_closing(yen_bai: Plan, opening: str | None, line: str, expected: Said) -> None:
    typed = zip(("HTX", "MOI", "GT", "CD"), line.split(), strict=True)
    figures = {code: None if text == "-" else text for code, text in typed if text != "_"}
    previous = {"HTX": Decimal(opening)} if opening else {}
    rows = form_rows(increases=("MOI",), decreases=("GT", "CD"))
    assert check(yen_bai, rows, figures, previous=previous) == expected


BALANCE = {"increases": ("MOI",), "decreases": ("GT",)}
# Period, window, Kỳ trước of HTX, figures, what is said: where the opening stands.
OPENINGS: list[tuple[str, tuple[int | str, ...], str | None, dict[str, str], Said]] = [
    (  # every year of a window is the opening of the next; the first has none
        "2005",
        ("2003", "2004", "2005"),
        None,
        {"HTX 2003": "10", "MOI 2003": "5", "GT 2003": "0", "HTX 2004": "12", "MOI 2004": "3", "GT 2004": "1",
         "HTX 2005": "15", "MOI 2005": "1", "GT 2005": "0"},
        wrong("parts-do-not-sum", "H8", "13 (đầu kỳ 12 + 1 - 0)", "15", "Năm 2005"),
    ),
    (  # a column that was accepted before is locked: its value is Kỳ trước
        "2024", (-1, 0), "20", {"HTX": "25", "MOI": "4", "GT": "0"},
        wrong("parts-do-not-sum", "G8", "24 (đầu kỳ 20 + 4 - 0)", "25"),
    ),
    (  # a year left out of the window is no opening
        "2024", ("2022", "2024"), None, {"HTX 2022": "20", "HTX": "25", "MOI": "4", "GT": "0"}, [],
    ),
    (  # Kỳ trước is of the period reported on, not of another column
        "2024", (0, 1), "20", {"HTX 2025": "99", "MOI 2025": "1", "GT 2025": "0"}, [],
    ),
    (  # nine months begin in January, the nine months before end in September
        "2024-9M", (0,), "20", {"HTX": "25", "MOI": "4", "GT": "0"}, [],
    ),
    (
        "2024-Q1", (0,), "20", {"HTX": "25", "MOI": "4", "GT": "0"},
        wrong("parts-do-not-sum", "F8", "24 (đầu kỳ 20 + 4 - 0)", "25", "Quý I/2024"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("period", "window", "previous", "figures", "expected"), OPENINGS)
def test_where_the_opening_stands(
    yen_bai: Plan,
    period: str,
    window: tuple[int | str, ...],
    previous: str | None,
    figures: dict[str, str],
    expected: Said,
) -> None:
    last = {"HTX": Decimal(previous)} if previous else {}
    assert check(yen_bai, form_rows(**BALANCE), figures, period, window, last) == expected


def test_a_stock_may_only_grow(yen_bai: Plan) -> None:
    rows = form_rows(increases=("MOI",))
    assert check(yen_bai, rows, {"HTX": "9", "MOI": "1"}, previous={"HTX": Decimal(10)}) == wrong(
        "parts-do-not-sum", "F8", "11 (đầu kỳ 10 + 1)", "9"
    )


def test_a_row_that_is_not_on_the_form_leaves_the_sum_out(yen_bai: Plan) -> None:
    rows = tuple(row for row in form_rows(parts=PARTS, exhaustive=True, **BALANCE) if row.code != "TD")
    form = stats_copy(replace(yen_bai, indicators=rows, targets=()), parse_period("2024"), WARD)
    assert [(line.key, line.sums) for line in form.lines if line.sums] == [("HTX", (("closing", "+MOI", "-GT"),))]


# An outlier is told from the period before its own column, wherever that stands (contract, section 5).
OUTLIERS: list[tuple[dict[str, str], str | None, list[str]]] = [
    ({"MOI 2003": "1", "MOI 2004": "20", "MOI 2005": "900"}, None, []),  # 900 times the first year is no outlier
    ({"MOI 2003": "1", "MOI 2004": "600", "MOI 2005": "601"}, None, ["G12"]),
    ({"MOI 2005": "6000"}, "2", ["H12"]),
    ({"MOI 2003": "6000"}, "2", []),  # Kỳ trước is 2004
]


@pytest.mark.parametrize(("figures", "previous", "cells"), OUTLIERS)
def test_outliers_of_a_window(yen_bai: Plan, figures: dict[str, str], previous: str | None, cells: list[str]) -> None:
    last = {"MOI": Decimal(previous)} if previous else {}
    found = check(yen_bai, form_rows(), figures, "2005", ("2003", "2004", "2005"), last)
    assert [(code, cell) for code, cell, _ in found] == [("unit-outlier", cell) for cell in cells]


# --- the declaration


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ()),
        ({"parts": PARTS}, (("limit", "+NN", "+XD", "+TD"),)),
        ({"parts": PARTS, "exhaustive": True}, (("whole", "+NN", "+XD", "+TD"),)),
        ({"exhaustive": True}, ()),
        ({"decreases": ("GT", "CD")}, (("closing", "-GT", "-CD"),)),
        ({"parts": ("NN",), **BALANCE}, (("limit", "+NN"), ("closing", "+MOI", "-GT"))),
    ],
)
def test_the_sums_of_a_row(more: dict[str, object], expected: tuple[tuple[str, ...], ...]) -> None:
    assert sums_of(count("HTX", **more)) == expected
    assert all(is_sum(rule) for rule in expected)


def test_terms() -> None:
    assert terms(("closing", "+MOI", "-GT", "-A-B")) == (("MOI", 1), ("GT", -1), ("A-B", -1))


@pytest.mark.parametrize(
    "rule",
    [(), ("",), ("whole",), ("sum", "+A"), ("+A", "+B"), ("limit", "A"), ("limit", "-A"), ("whole", "+A", ""),
     ("closing", "+A", "*B")],
)  # fmt: skip
def test_what_no_plan_declares(rule: tuple[str, ...]) -> None:
    assert not is_sum(rule)


@settings(deadline=None)
@given(st.lists(st.text(max_size=3), max_size=4).map(tuple))
def test_whatever_a_stranger_writes_is_a_sum_or_none(rule: tuple[str, ...]) -> None:
    if is_sum(rule):
        assert {sign for _, sign in terms(rule)} <= {1, -1}


def test_nesting() -> None:
    rows = (count("A"), count("B", parent="A"), count("C", parent="B"), count("X", parent="Y"), count("Y", parent="X"))
    assert depths(rows) == {"A": 0, "B": 1, "C": 2, "X": 1, "Y": 1}
    assert depths(rows[1:3]) == {"B": 0, "C": 1}  # the parent is not on the form


# What the plans that ship declare. The sectors of the 20-year review have no row for others, and its rows lack what was
# converted (domain 2.2): neither a whole nor a balance.
SHIPPED = {
    "ha-noi-231-2021": {"HTX": (("limit", "+HTX-NN", "+HTX-CN", "+HTX-VT", "+HTX-TM", "+HTX-XD", "+HTX-TD"),)},
    "ha-noi-ctr24-2013": {"HTX": (("limit", "+HTX-KHA", "+HTX-YEU"),)},
    "hai-phong-135-2018": {},
    "yen-bai-209-2023": {},
}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_sums_of_the_plans_that_ship(name: str) -> None:
    plan = plans.load_plan(name)
    assert {row.code: sums_of(row) for row in plan.indicators if sums_of(row)} == SHIPPED[name]


# --- the manifest


@pytest.mark.parametrize("bad", [("whole", "A"), ("limit", "-NN"), ("sum", "+NN"), ("whole",), ()])
def test_a_manifest_with_sums_of_another_kind_is_refused(yen_bai: Plan, bad: tuple[str, ...]) -> None:
    """Whoever signed it: the checks rely on it (the key is the campaign's, the sums are not ours)."""
    form = stats_copy(replace(yen_bai, indicators=form_rows(parts=PARTS), targets=()), parse_period("2024"), WARD)
    manifest = describe(form, {}, {})
    found, *_ = decode(sheet(encode(manifest, KEY)))
    assert [row.sums for row in found.rows if row.sums] == [(("limit", "+NN", "+XD", "+TD"),)]
    rows = (replace(manifest.rows[0], sums=(bad,)), *manifest.rows[1:])
    assert refusal(sheet(encode(replace(manifest, rows=rows), KEY)))[0] == "no-manifest"


# --- Kỳ trước beside a window of several columns


def test_the_last_period_and_settled_columns_of_a_window(yen_bai: Plan) -> None:
    """Of each agency its own: Kỳ trước is the period before the one reported on, settled columns are locked."""
    stats = replace(yen_bai.settings.stats, window=(-2, -1, 0, 1))
    plan = replace(yen_bai, settings=replace(yen_bai.settings, stats=stats), indicators=form_rows(), targets=())
    values = {(WARD, "2022"): 5, (WARD, "2023"): 7, ("UBND phường Hồng Hà", "2023"): 9, (WARD, "2025"): 1}
    history = History(
        tuple(
            Figure("HTX", agency, parse_period(code), Decimal(value), "a.xlsx", "Số liệu", "F8")
            for (agency, code), value in values.items()
        )
    )
    issues = {
        issue.copy.agency: issue.copy for issue in plan_issues(plan, parse_period("2024"), ("stats",), (), history)
    }
    shown = {}
    for agency in (WARD, "UBND phường Hồng Hà", "UBND phường Hợp Minh"):
        line = issues[agency].lines[0]
        figures = [column for column in issues[agency].columns if column.rule == "figure"]
        locked = {column.field: line.texts[column.field] for column in figures if not issues[agency].rule(column, line)}
        shown[agency] = (line.texts["previous"], locked)
    assert shown == {
        WARD: (7, {"2022": 5, "2023": 7}),
        "UBND phường Hồng Hà": (9, {"2023": 9}),
        "UBND phường Hợp Minh": (None, {}),
    }
