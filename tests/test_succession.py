"""Succession: the 2025 reorganisation as data, figures as of a day, and counts that never get lost on the way."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kttt_xl import resources
from kttt_xl.errors import KtttError
from kttt_xl.model import Figure
from kttt_xl.period import parse_period
from kttt_xl.succession import (
    MERGE,
    RENAME,
    SPLIT,
    TRANSFER,
    Edge,
    Heir,
    Placed,
    Undecided,
    View,
    as_of_now,
    heirs,
    of_plan,
    problems,
    task_heirs,
    validity,
)
from kttt_xl.succession_file import read_edges

EDGES = read_edges(resources.folder("workbooks") / "succession-2025.csv")
GIA_LAI = of_plan(EDGES, "gia-lai-655-2023")
NOW = date(2026, 1, 1)

KH_DT, TAI_CHINH = "Sở Kế hoạch và Đầu tư", "Sở Tài chính"
LD_TBXH = "Sở Lao động - Thương binh và Xã hội"
NN_MT, GD_DT = "Sở Nông nghiệp và Môi trường", "Sở Giáo dục và Đào tạo"


def edge(kind: str, old: str, new: str, on: str, share: str = "", **more: object) -> Edge:
    """An edge on a day of 2020: "1/7"."""
    day, month = map(int, on.split("/"))
    known = {"function": "", "source": "x", "verified": True, **more}
    return Edge(kind, old, new, date(2020, month, day), Decimal(share) if share else None, **known)  # type: ignore[arg-type]


def figure(agency: str, value: str, period: str = "2019", code: str = "HTX") -> Figure:
    return Figure(code, agency, parse_period(period), Decimal(value), f"{agency}.xlsx", "Số liệu", f"F{len(agency)}")


def counts(code: str) -> bool:
    return code == "HTX"


def shown(view: View) -> tuple[list[str], list[str]]:
    """A view as "agency value" lines: what has an heir, and what has not, with the candidates."""
    placed = [f"{item.figure.agency} {item.figure.value}" for item in view.figures]
    waiting = [f"{item.figure.agency} {item.figure.value} ? {', '.join(item.heirs)}".strip() for item in view.undecided]
    return placed, waiting


# --- following edges: names of one letter, days of 2020

CASES = {
    "no edges": ([], ["A 10"], ["A 10"], []),
    "renamed": ([edge(RENAME, "A", "B", "1/7")], ["A 10"], ["B 10"], []),
    "renamed, then merged": (
        [edge(RENAME, "A", "B", "1/3"), edge(MERGE, "B", "C", "1/7"), edge(MERGE, "C", "C", "1/7")],
        ["A 10", "C 5"],
        ["C 10", "C 5"],
        [],
    ),
    "renamed and merged on one day": (
        [edge(MERGE, "B", "C", "1/7"), edge(RENAME, "A", "B", "1/7")],
        ["A 10"],
        ["C 10"],
        [],
    ),
    "renamed, and back again": (
        [edge(RENAME, "A", "B", "1/3"), edge(RENAME, "B", "A", "1/7")],
        ["A 10", "B 1"],
        ["A 10", "A 1"],
        [],
    ),
    "split by shares": (
        [edge(SPLIT, "A", "B", "1/7", "0.3"), edge(SPLIT, "A", "C", "1/7", "0.7")],
        ["A 7"],
        ["B 2.1", "C 4.9"],
        [],
    ),
    "split by shares, a part of it to nobody known": (
        [edge(SPLIT, "A", "B", "1/7", "0.25"), edge(SPLIT, "A", "", "1/7", "0.75")],
        ["A 8"],
        ["B 2.00"],
        ["A 6.00 ?"],
    ),
    "split by shares, then one part without": (
        [
            edge(SPLIT, "A", "B", "1/3", "0.5"),
            edge(SPLIT, "A", "C", "1/3", "0.5"),
            edge(SPLIT, "C", "D", "1/7"),
            edge(SPLIT, "C", "E", "1/7"),
        ],
        ["A 8"],
        ["B 4.0"],
        ["A 4.0 ? D, E"],
    ),
    "split by shares, all of it together again": (
        [
            edge(SPLIT, "A", "B", "1/3", "0.4"),
            edge(SPLIT, "A", "C", "1/3", "0.6"),
            edge(MERGE, "B", "D", "1/7"),
            edge(MERGE, "C", "D", "1/7"),
        ],
        ["A 7"],
        ["D 7"],
        [],
    ),
    "split without shares": (
        [edge(SPLIT, "A", "B", "1/7"), edge(SPLIT, "A", "C", "1/7")],
        ["A 10"],
        [],
        ["A 10 ? B, C"],
    ),
    "split without shares, all of it together again": (
        [edge(SPLIT, "A", "B", "1/3"), edge(SPLIT, "A", "C", "1/3"), edge(MERGE, "B", "C", "1/7")],
        ["A 10"],
        ["C 10"],
        [],
    ),
    "split without shares, a part of it to nobody known": (
        [edge(SPLIT, "A", "B", "1/7"), edge(SPLIT, "A", "", "1/7")],
        ["A 10"],
        [],
        ["A 10 ? B"],
    ),
    "no heir": ([edge(SPLIT, "A", "", "1/7")], ["A 10"], [], ["A 10 ?"]),
    "a part keeps the name": (
        [edge(SPLIT, "A", "A", "1/7", "0.6"), edge(SPLIT, "A", "B", "1/7", "0.4")],
        ["A 10"],
        ["A 6.0", "B 4.0"],
        [],
    ),
    "a function moves, the figures stay": (
        [edge(TRANSFER, "A", "B", "1/7", function="báo chí")],
        ["A 10"],
        ["A 10"],
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_counts_as_of_now(name: str) -> None:
    edges, before, after, undecided = CASES[name]
    figures = [figure(*text.split()) for text in before]
    assert shown(as_of_now(figures, edges, NOW, counts)) == (after, undecided)


@pytest.mark.parametrize("name", CASES)
def test_before_anything_happened_it_is_as_it_was(name: str) -> None:
    edges, before, _, _ = CASES[name]
    figures = tuple(figure(*text.split()) for text in before)
    untouched = tuple(Placed(item, item.agency) for item in figures)
    assert as_of_now(figures, edges, date(2020, 2, 29), counts) == View(untouched)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2019", ["A 6.0", "B 4.0"]),  # the whole, before the split
        ("2020-Q2", ["A 6.0", "B 4.0"]),
        ("2020-Q3", ["A 10"]),  # the smaller A, of its own
        ("2020", ["A 10"]),  # at its end A is the smaller one
        ("2021", ["A 10"]),
    ],
)
def test_a_name_that_was_kept_is_who_bore_it_when_the_period_ended(period: str, expected: list[str]) -> None:
    edges, _, _, _ = CASES["a part keeps the name"]
    assert shown(as_of_now([figure("A", "10", period)], edges, NOW, counts)) == (expected, [])


@pytest.mark.parametrize("period", ["2019", "2020", "2021"])
def test_a_body_that_ended_passes_on_what_it_reports_later(period: str) -> None:
    assert shown(as_of_now([figure("A", "10", period)], [edge(MERGE, "A", "B", "1/7")], NOW, counts)) == (["B 10"], [])


def test_a_change_on_the_last_day_of_a_period_has_happened() -> None:
    edges = [edge(SPLIT, "A", "A", "30/6", "0.6"), edge(SPLIT, "A", "B", "30/6", "0.4")]
    assert shown(as_of_now([figure("A", "10", "2020-Q2")], edges, NOW, counts)) == (["A 10"], [])


def test_a_body_that_took_another_in_and_ended_that_day_has_ended() -> None:
    edges = [edge(MERGE, "A", "B", "1/7"), edge(MERGE, "B", "C", "1/7")]
    assert shown(as_of_now([figure("B", "10", "2021")], edges, NOW, counts)) == (["C 10"], [])


def test_heirs_have_their_shares_and_the_edges_that_lead_to_them() -> None:
    to_b, to_c = edge(SPLIT, "A", "B", "1/3", "0.4"), edge(SPLIT, "A", "C", "1/3", "0.6")
    c_to_b, c_to_d = edge(SPLIT, "C", "B", "1/7", "0.5"), edge(SPLIT, "C", "D", "1/7", "0.5")
    edges = [to_b, to_c, c_to_b, c_to_d]
    assert heirs("A", NOW, edges) == (
        Heir("B", Decimal("0.7"), path=(to_b, to_c, c_to_b)),
        Heir("D", Decimal("0.3"), path=(to_c, c_to_d)),
    )
    assert heirs("C", date(2020, 6, 30), edges) == (Heir("C", Decimal(1)),)


def test_heirs_of_who_bore_a_name_on_a_day() -> None:
    edges = [edge(RENAME, "A", "B", "1/3"), edge(RENAME, "C", "A", "1/7"), edge(MERGE, "A", "D", "1/9")]
    found = {day: heirs("A", NOW, edges, at=day)[0].name for day in (date(2020, 2, 1), date(2020, 8, 1))}
    assert (heirs("A", NOW, edges)[0].name, found) == ("B", {date(2020, 2, 1): "B", date(2020, 8, 1): "D"})


def test_a_name_taken_up_again_is_the_new_body() -> None:
    edges = [edge(RENAME, "A", "B", "1/3"), edge(RENAME, "C", "A", "1/7"), edge(MERGE, "A", "D", "1/9")]
    figures = [figure("A", "1", "2019"), figure("A", "2", "2020-07"), figure("A", "3", "2020-05"), figure("C", "4")]
    assert shown(as_of_now(figures, edges, NOW, counts)) == (["B 1", "D 2", "B 3", "D 4"], [])


def test_every_figure_leads_home_and_the_view_says_what_to_be_careful_with() -> None:
    edges = [
        edge(MERGE, "A", "C", "1/3", verified=False),
        edge(MERGE, "C", "C", "1/3", verified=False),
        edge(SPLIT, "B", "", "1/7", verified=False),
        edge(RENAME, "D", "E", "1/7"),
    ]
    old = [figure("A", "10"), figure("B", "2"), figure("C", "5"), figure("D", "1")]
    assert as_of_now(old, edges, NOW, counts) == View(
        figures=(
            Placed(replace(old[0], agency="C"), "A", verified=False),
            Placed(old[2], "C"),
            Placed(replace(old[3], agency="E"), "D"),
        ),
        undecided=(
            Undecided(old[1], (), "«B» không còn từ ngày 1/7/2020; chưa xác định đơn vị kế thừa.", verified=False),
        ),
        notes=(
            "«A» → «C» từ ngày 1/3/2020 (chưa kiểm chứng).",
            "«C» giữ tên nhưng thay đổi phạm vi từ ngày 1/3/2020 (chưa kiểm chứng): trước và sau không so sánh được.",
            "«B» → chưa xác định từ ngày 1/7/2020 (chưa kiểm chứng).",
        ),
    )


def test_a_share_says_how_much_of_whose_figure_it_is() -> None:
    edges = [edge(SPLIT, "A", "B", "1/7", "0.25"), edge(SPLIT, "A", "C", "1/7", "0.75", verified=False)]
    placed = as_of_now([figure("A", "8")], edges, NOW, counts).figures
    assert [(item.figure.agency, item.figure.value, item.was, item.share, item.verified) for item in placed] == [
        ("B", Decimal(2), "A", Decimal("0.25"), True),
        ("C", Decimal(6), "A", Decimal("0.75"), False),
    ]


# --- averages and ratios are neither divided nor added

MERGED = [edge(MERGE, "A", "C", "1/7"), edge(MERGE, "B", "C", "1/7")]
DIVIDED = [edge(SPLIT, "A", "B", "1/7", "0.5"), edge(SPLIT, "A", "C", "1/7", "0.5")]
NOT_ADDED = "«A»; «B» nay là «C»: số bình quân, tỷ lệ của nhiều đơn vị không cộng được."


@pytest.mark.parametrize(
    ("edges", "before", "after", "undecided"),
    [
        (MERGED, ["A 10"], ["C 10"], []),
        (MERGED, ["A 10", "B 20"], [], [("A 10", ("C",), NOT_ADDED), ("B 20", ("C",), NOT_ADDED)]),
        (
            [edge(MERGE, "A", "C", "1/7"), edge(MERGE, "C", "C", "1/7")],
            ["A 10", "C 20"],
            [],
            [
                ("A 10", ("C",), NOT_ADDED.replace("«B»", "«C»")),
                ("C 20", ("C",), NOT_ADDED.replace("«B»", "«C»")),
            ],
        ),
        (
            DIVIDED,
            ["A 10"],
            [],
            [("A 10", ("B", "C"), "«A» nay là «B»; «C»: số bình quân, tỷ lệ không chia được.")],
        ),
    ],
)
def test_averages(edges: list[Edge], before: list[str], after: list[str], undecided: list[object]) -> None:
    figures = [replace(figure(*text.split()), code="BINH-QUAN") for text in before]
    view = as_of_now(figures, edges, NOW, counts)
    waiting = [(f"{item.figure.agency} {item.figure.value}", item.heirs, item.reason) for item in view.undecided]
    assert (shown(view)[0], waiting) == (after, undecided)


def test_averages_of_different_periods_are_not_merged() -> None:
    figures = [figure("A", "10", "2018", "BINH-QUAN"), figure("B", "20", "2019", "BINH-QUAN")]
    assert shown(as_of_now(figures, MERGED, NOW, counts)) == (["C 10", "C 20"], [])


# --- conservation, over random edges and figures

NAMES = st.sampled_from("ABCDE")
DAYS = st.dates(date(2020, 1, 1), date(2020, 1, 20))


@st.composite
def histories(draw: st.DrawFn) -> list[Edge]:
    """Edges of up to eight changes, each of one name on one day; shares, where stated, sum to 1."""
    found = []
    for old, day in draw(st.lists(st.tuples(NAMES, DAYS), unique=True, max_size=8)):
        targets = draw(st.lists(st.sampled_from(["", *"ABCDE"]), unique=True, min_size=1, max_size=3))
        shares: list[Decimal | None] = [None] * len(targets)
        if draw(st.booleans()):
            cuts = sorted(draw(st.sets(st.integers(1, 999), min_size=len(targets) - 1, max_size=len(targets) - 1)))
            shares = [Decimal(b - a) / 1000 for a, b in zip([0, *cuts], [*cuts, 1000], strict=True)]
        kind = SPLIT if len(targets) > 1 else draw(st.sampled_from([RENAME, MERGE, SPLIT]))
        found += [
            Edge(kind, old, new, day, share, "", "x", verified=True) for new, share in zip(targets, shares, strict=True)
        ]
    return found


FIGURES = st.lists(
    st.builds(
        figure,
        NAMES,
        st.decimals(0, 10**12, allow_nan=False, places=2).map(str),
        st.sampled_from(["2019", "2020-01", "2020"]),
        st.sampled_from(["HTX", "BINH-QUAN"]),
    ),
    max_size=6,
)
ANY_DAY = st.dates(date(2019, 12, 31), date(2020, 1, 21))


def total(figures: object) -> dict[tuple[str, str], Fraction]:
    """The exact sum by indicator and period: what neither view may change."""
    found: dict[tuple[str, str], Fraction] = {}
    for item in figures:  # type: ignore[attr-defined]
        key = item.code, item.period.code
        found[key] = found.get(key, Fraction(0)) + Fraction(item.value)
    return found


@settings(deadline=None, max_examples=150)
@given(histories(), FIGURES, ANY_DAY)
def test_counts_are_conserved(edges: list[Edge], figures: list[Figure], on: date) -> None:
    assume(not problems(edges))
    view = as_of_now(figures, edges, on, counts)
    assert total(item.figure for item in (*view.figures, *view.undecided)) == total(figures)


@settings(deadline=None, max_examples=100)
@given(histories(), NAMES, ANY_DAY)
def test_shares_of_heirs_sum_to_one(edges: list[Edge], name: str, on: date) -> None:
    assume(not problems(edges))
    assert sum(Fraction(heir.share) for heir in heirs(name, on, edges)) == 1


@settings(deadline=None, max_examples=100)
@given(histories(), NAMES, ANY_DAY)
def test_heirs_are_those_of_living_through_it_day_by_day(edges: list[Edge], name: str, on: date) -> None:
    """The same by another way: who holds which part, day after day; one change a day, so that their order is known."""
    edges = [
        item for item in edges if item.share is not None and all(e.old == item.old for e in edges if e.on == item.on)
    ]
    held: dict[str, Fraction] = {name: Fraction(1)}
    for number in range((on - date(2020, 1, 1)).days + 1):
        today = [item for item in edges if item.on == date(2020, 1, 1) + timedelta(number)]
        part = held.pop(today[0].old, Fraction(0)) if today and today[0].old else Fraction(0)
        for item in today:
            assert item.share is not None
            held[item.new] = held.get(item.new, Fraction(0)) + part * Fraction(item.share)
    found: Counter[str] = Counter()
    for heir in heirs(name, on, edges):
        found[heir.name] += Fraction(heir.share)  # type: ignore[assignment]
    assert {who: part for who, part in held.items() if part} == dict(found)


# --- edges that contradict each other


@pytest.mark.parametrize(
    ("edges", "sentences"),
    [
        (
            [edge(RENAME, "A", "B", "1/7"), edge(MERGE, "B", "C", "1/7"), edge(MERGE, "C", "A", "1/7")],
            ["Vòng kế thừa ngày 1/7/2020: «A» → «B» → «C» → «A»."],
        ),
        (
            [edge(SPLIT, "A", "B", "1/7", "0.5"), edge(SPLIT, "A", "C", "1/7", "0.4")],
            ["«A» ngày 1/7/2020: các tỷ lệ chia (0.5; 0.4) phải ghi đủ, lớn hơn 0 và cộng lại bằng 1."],
        ),
        (
            [edge(SPLIT, "A", "B", "1/7", "1"), edge(SPLIT, "A", "C", "1/7")],
            ["«A» ngày 1/7/2020: các tỷ lệ chia (1; trống) phải ghi đủ, lớn hơn 0 và cộng lại bằng 1."],
        ),
        (
            [edge(SPLIT, "A", "B", "1/7", "0.6"), edge(MERGE, "D", "E", "1/8", "0.6")],
            [
                "«A» ngày 1/7/2020: các tỷ lệ chia (0.6) phải ghi đủ, lớn hơn 0 và cộng lại bằng 1.",
                "«D» ngày 1/8/2020: các tỷ lệ chia (0.6) phải ghi đủ, lớn hơn 0 và cộng lại bằng 1.",
            ],
        ),
        (
            [edge(MERGE, "A", "B", "1/7"), edge(MERGE, "A", "C", "1/7")],
            ["«A» ngày 1/7/2020: có 2 đơn vị kế thừa mà không phải đều là tách (split)."],
        ),
        (
            [edge(SPLIT, "A", "B", "1/7"), edge(SPLIT, "A", "B", "1/7")],
            ["«A» ngày 1/7/2020: một đơn vị kế thừa được ghi hai lần."],
        ),
    ],
)
def test_contradictions_are_all_told_and_refused(edges: list[Edge], sentences: list[str]) -> None:
    assert problems(edges) == tuple(sentences)
    with pytest.raises(KtttError) as refused:
        as_of_now([figure("A", "1")], edges, NOW, counts)
    assert str(refused.value).splitlines() == [f"Dữ liệu kế thừa có {len(sentences)} lỗi:", *sentences]


def test_a_function_that_comes_back_on_its_day_is_a_cycle() -> None:
    edges = [edge(TRANSFER, "A", "B", "1/7", tasks=("6",), function="x"), edge(MERGE, "B", "A", "1/7")]
    with pytest.raises(KtttError, match="Vòng kế thừa ngày 1/7/2020: «A» → «B» → «A»"):
        task_heirs("A", "6", NOW, edges)


# --- validity


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("A", None, date(2020, 2, 29)),
        ("B", date(2020, 3, 1), date(2020, 6, 30)),
        ("C", None, None),  # kept its name when B joined it
        ("D", None, None),
        ("X", date(2020, 7, 1), None),  # ended, and taken up again
        ("Y", date(2020, 3, 1), date(2020, 6, 30)),
    ],
)
def test_validity(name: str, first: date | None, last: date | None) -> None:
    edges = [
        edge(RENAME, "A", "B", "1/3"),
        edge(MERGE, "B", "C", "1/7"),
        edge(MERGE, "C", "C", "1/7"),
        edge(TRANSFER, "D", "C", "1/7", function="báo chí"),
        edge(RENAME, "X", "Y", "1/3"),
        edge(RENAME, "Y", "X", "1/7"),
    ]
    assert validity(name, edges) == (first, last)


# --- the 2025 reorganisation


@pytest.mark.parametrize(
    ("agency", "task", "names", "candidates"),
    [
        (LD_TBXH, "6", [GD_DT], ()),
        (LD_TBXH, "7", [GD_DT], ()),
        (LD_TBXH, "21", [GD_DT], ()),
        (LD_TBXH, "24", [NN_MT], ()),
        (LD_TBXH, "26", [""], ("Sở Nội vụ", GD_DT, NN_MT, "Sở Y tế")),  # coordinates: nobody said for which function
        (KH_DT, "1", [TAI_CHINH], ()),
        ("Sở Tài nguyên và Môi trường", "12", [NN_MT], ()),
        ("Hội Nông dân tỉnh", "39", ["Hội Nông dân tỉnh"], ()),
        ("UBND huyện Chư Sê", "37", [""], ()),
    ],
)
def test_heirs_of_gia_lai_tasks(agency: str, task: str, names: list[str], candidates: tuple[str, ...]) -> None:
    found = task_heirs(agency, task, NOW, GIA_LAI)
    assert ([heir.name for heir in found], found[0].candidates) == (names, candidates)


def test_a_task_is_of_who_bore_the_name_when_it_was_given() -> None:
    edges = [
        edge(RENAME, "A", "B", "1/3"),
        edge(RENAME, "C", "A", "1/7"),
        edge(TRANSFER, "A", "D", "1/9", function="x", tasks=("6",)),
    ]
    given = {at: task_heirs("A", "6", NOW, edges, at=at)[0].name for at in (None, date(2020, 2, 1), date(2020, 8, 1))}
    assert given == {None: "B", date(2020, 2, 1): "B", date(2020, 8, 1): "D"}


def test_a_task_stays_before_its_function_moves() -> None:
    assert task_heirs(LD_TBXH, "6", date(2025, 2, 28), GIA_LAI) == (Heir(LD_TBXH, Decimal(1)),)


def test_another_plans_task_ids_do_not_count() -> None:
    assert [heir.name for heir in task_heirs(LD_TBXH, "6", NOW, of_plan(EDGES, "ha-noi-231-2021"))] == [""]


def test_figures_of_gia_lai_as_of_now() -> None:
    old = [figure(name, "10", "2024") for name in (KH_DT, TAI_CHINH, LD_TBXH, "UBND huyện Chư Sê", "Sở Công Thương")]
    view = as_of_now(old, GIA_LAI, NOW, counts)
    assert [(item.figure, item.was) for item in view.figures] == [
        (replace(old[0], agency=TAI_CHINH), KH_DT),
        (old[1], TAI_CHINH),
        (old[4], "Sở Công Thương"),
    ]
    assert view.undecided == (
        Undecided(
            old[2],
            ("Sở Nội vụ", GD_DT, NN_MT, "Sở Y tế"),
            f"«{LD_TBXH}» tách từ ngày 1/3/2025 cho «Sở Nội vụ»; «{GD_DT}»; «{NN_MT}»; «Sở Y tế» "
            "mà không có tỷ lệ chia.",
            verified=False,
        ),
        Undecided(old[3], (), "«UBND huyện Chư Sê» không còn từ ngày 1/7/2025; chưa xác định đơn vị kế thừa."),
    )
    assert [note for note in view.notes if "Chư Sê" in note or "Công Thương" in note] == []
    assert f"«{KH_DT}» → «{TAI_CHINH}» từ ngày 1/3/2025 (chưa kiểm chứng)." in view.notes
