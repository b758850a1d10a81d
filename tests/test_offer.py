"""offer: what a blank copy lets an office choose from, made of the copies that every agency would have been sent."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise, permutations

import pytest
from blank_copies import NOI_VU, PLANS, issues, relative
from test_adjustments import adjusted, changed

from kttt_xl.campaign import plan_blanks, plan_issues
from kttt_xl.errors import MisuseError
from kttt_xl.gate import DEFAULT_LIMITS
from kttt_xl.history import History
from kttt_xl.layout import Copy, Line, task_copy
from kttt_xl.model import LEAD, Figure, Plan, Value
from kttt_xl.offer import MOST_ROWS, Offer, blank_copy, offered_periods
from kttt_xl.period import Period, parse_period
from kttt_xl.plans import load_plan


@pytest.mark.parametrize(
    ("code", "end", "first", "last", "count"),
    [
        ("2024", 2030, "2024", "2030", 7),
        ("2024", 2024, "2024", "2024", 1),
        ("2031", 2030, "2031", "2031", 1),  # after the plan's end: only what was asked for
        ("2024", 2045, "2024", "2035", 12),
        ("2024-03", 2030, "2024-03", "2025-02", 12),
        ("2024-Q3", 2025, "2024-Q3", "2025-Q4", 6),
        ("2024-H2", 2025, "2024-H2", "2025-H2", 3),
        ("2024-9M", 2026, "2024-9M", "2026-9M", 3),
        ("2021/2025", 2030, "2021/2025", "2026/2030", 2),
        ("2021/2025", 2029, "2021/2025", "2021/2025", 1),
        ("2024", None, "2024", "2027", 4),
        ("2198", None, "2198", "2199", 2),
        ("2199", 2300, "2199", "2199", 1),
    ],
)
def test_which_periods_are_offered(code: str, end: int | None, first: str, last: str, count: int) -> None:
    found = offered_periods(parse_period(code), end)
    assert (found[0].code, found[-1].code, len(found)) == (first, last, count)
    assert all(before.next() == after for before, after in pairwise(found))


def seen(offer: Offer) -> Iterator[tuple[str, str, list[tuple[Line, Value]]]]:
    """Yield what each choice shows: agency, period, its lines and what each last said."""
    for agency, runs, lasts in zip(offer.agencies, offer.table, offer.last_table, strict=True):
        for period, run, last in zip(offer.periods, runs, lasts, strict=True):
            lines = [offer.lines[at] for at in offer.lists[run]]
            yield agency, period.code, list(zip(lines, offer.last[last], strict=True))


def told(copy: Copy) -> list[tuple[Line, Value]]:
    """Return the lines of an addressed copy, what each last said beside it."""
    found = []
    for line in copy.lines:
        texts = dict(line.texts)
        last = texts.pop("previous", None)
        found.append((replace(line, texts=texts), last))
    return found


@pytest.mark.parametrize(("plan_id", "code", "kind"), PLANS, ids=str)
def test_every_choice_shows_the_addressed_copy(plan_id: str, code: str, kind: str) -> None:
    """Of all plans, each agency in each period; an agency that has nothing in a period sees nothing."""
    plan = load_plan(plan_id)
    (issue,) = plan_blanks(plan, parse_period(code), (kind,))
    assert issue.offer is not None
    sent = {
        (item.copy.agency, period.code): told(item.copy)
        for period in issue.offer.periods
        for item in plan_issues(plan, period, (kind,))
        if item.copy.agency not in issue.left_out
    }
    shown = {(agency, period): rows for agency, period, rows in seen(issue.offer)}
    assert {place: rows for place, rows in shown.items() if rows} == sent
    assert len(set(issue.offer.lists)) == len(issue.offer.lists)
    assert len({repr(line) for line in issue.offer.lines}) == len(issue.offer.lines)
    assert issue.offer.periods == offered_periods(parse_period(code), plan.end.year if plan.end else None)
    register = [agency.name for agency in plan.agencies if not agency.group]
    assert [name for name in register if name in issue.offer.agencies] == list(issue.offer.agencies)


def test_documents_that_change_the_plan_show_in_their_periods() -> None:
    """A task given to another agency, another extended for one of its leads, a third withdrawn, each from its day."""
    plan = adjusted(
        changed("once", "giao lại", "Sở B", on="2025-03-01"),
        changed("two", "gia hạn", date(2025, 3, 1), "Sở B"),
        changed("all", "rút", on="2025-01-02"),
    )
    (issue,) = plan_blanks(plan, parse_period("2024-Q3"), ("tasks",))
    assert issue.offer is not None
    shown = {(agency, code): rows for agency, code, rows in seen(issue.offer) if rows}
    sent = {
        (item.copy.agency, period.code): told(item.copy)
        for period in issue.offer.periods
        for item in issues(plan, period, "tasks")
    }
    assert shown == sent
    holders = {
        key: {code: {who for who, at in shown if at == code and leads(shown[who, at], key)} for _, code in shown}
        for key in ("once", "all")
    }
    assert (holders["once"]["2024-Q4"], holders["once"]["2025-Q1"]) == ({"Sở A"}, {"Sở B"})
    assert (len(holders["all"]["2024-Q4"]), len(holders["all"]["2025-Q1"])) == (2, 0)


def leads(rows: list[tuple[Line, Value]], key: str) -> bool:
    return any(line.key == key and line.texts["role"] == LEAD for line, _ in rows)


def test_a_task_form_has_as_many_places_as_the_longest_list(gia_lai: Plan, year: Period) -> None:
    (issue,) = plan_blanks(gia_lai, year, ("tasks",))
    assert issue.offer is not None
    longest = max(len(item.copy.lines) for at in issue.offer.periods for item in issues(gia_lai, at, "tasks"))
    assert issue.copy.lines == tuple(Line(str(number), {}) for number in range(1, longest + 1))
    assert (issue.copy.agency, issue.copy.period, issue.left_out) == ("", year, ())


def test_a_task_appears_when_it_starts_and_is_due_in_each_period_on_its_day(gia_lai: Plan, year: Period) -> None:
    """Task 33 starts in 2026 and then leaves again with a completion; task 2 is due every year."""
    tasks = tuple(
        replace(task, deadline=replace(task.deadline, start=date(2026, 1, 1))) if task.id == "33" else task
        for task in gia_lai.tasks
    )
    plan = replace(gia_lai, tasks=tasks)
    agency = "Liên minh Hợp tác xã tỉnh"
    (issue,) = plan_blanks(plan, year, ("tasks",), (agency,))
    assert issue.offer is not None
    has = {period: {line.key: line for line, _ in rows} for _, period, rows in seen(issue.offer)}
    assert [period for period, rows in has.items() if "33" in rows] == ["2026", "2027", "2028", "2029", "2030"]
    yearly = next(task.id for task in plan.tasks if task.deadline.recurrence == "yearly" and task.id in has["2024"])
    assert [rows[yearly].texts["due"] for rows in has.values()] == [
        task_due(plan, period, agency, yearly) for period in has
    ]
    assert len({rows[yearly].texts["due"] for rows in has.values()}) == 7


def task_due(plan: Plan, code: str, agency: str, key: str) -> Value:
    (issue,) = issues(plan, parse_period(code), "tasks", agencies=(agency,))
    return next(line.texts["due"] for line in issue.copy.lines if line.key == key)


def test_what_was_completed_is_left_out_and_what_was_last_said_is_shown(gia_lai: Plan, year: Period) -> None:
    once = next(
        task.id for task in gia_lai.tasks if task.deadline.recurrence == "once" and NOI_VU in _all(gia_lai, task.id)
    )
    states = {
        (once, NOI_VU): ((parse_period("2023"), "Hoàn thành", None),),
        ("38", NOI_VU): ((parse_period("2023"), "Tạm dừng", None), (parse_period("2025"), "Đang thực hiện", None)),
    }
    (issue,) = plan_blanks(gia_lai, year, ("tasks",), history=History(states=states))
    assert issue.offer is not None
    mine = {
        code: {line.key: last for line, last in rows} for agency, code, rows in seen(issue.offer) if agency == NOI_VU
    }
    assert [once in rows for rows in mine.values()] == [False] * 7
    assert [rows["38"] for rows in mine.values()] == ["Tạm dừng"] * 2 + ["Đang thực hiện"] * 5
    others = [last for agency, _, rows in seen(issue.offer) if agency != NOI_VU for _, last in rows]
    assert set(others) == {None}
    assert any(once in {line.key for line, _ in rows} for agency, _, rows in seen(issue.offer) if agency != NOI_VU)


def _all(plan: Plan, key: str) -> set[str]:
    copies = issues(plan, parse_period("2024"), "tasks")
    return {item.copy.agency for item in copies if key in {line.key for line in item.copy.lines}}


def test_figures_of_the_period_before_stand_beside_each_agencys_rows(yen_bai: Plan, year: Period) -> None:
    before = parse_period("2023")
    figures = tuple(
        Figure("THT-MOI", agency, before, Decimal(value), "", "", "")
        for agency, value in (("UBND phường Đồng Tâm", 0), ("UBND xã Minh Bảo", 12))
    )
    (issue,) = plan_blanks(yen_bai, year, ("stats",), history=History(figures=figures))
    assert issue.offer is not None
    said = {
        (agency, code): last
        for agency, code, rows in seen(issue.offer)
        for line, last in rows
        if line.key == "THT-MOI" and last is not None
    }
    assert said == {("UBND phường Đồng Tâm", "2024"): 0, ("UBND xã Minh Bảo", "2024"): 12}


def test_figures_settled_before_are_asked_again(yen_bai: Plan, year: Period) -> None:
    """A cell that one agency fills in cannot be locked for another."""
    stats = replace(yen_bai.settings.stats, window=(-1, 0))
    plan = replace(yen_bai, settings=replace(yen_bai.settings, stats=stats))
    agency = "UBND phường Đồng Tâm"
    history = History(figures=(Figure("THT-MOI", agency, parse_period("2023"), Decimal(5), "", "", ""),))
    (sent,) = issues(plan, year, "stats", history, (agency,))
    (blank,) = plan_blanks(plan, year, ("stats",), history=history)
    asked = {}
    for name, copy in (("sent", sent.copy), ("blank", blank.copy)):
        line = next(line for line in copy.keyed if line.key == "THT-MOI")
        asked[name] = [column.field for column in copy.columns if column.rule == "figure" and copy.rule(column, line)]
    assert (asked, blank.left_out) == ({"sent": ["2024"], "blank": ["2023", "2024"]}, ())


def test_only_the_agencies_named_are_offered(gia_lai: Plan, year: Period) -> None:
    names = ("Sở Nội vụ", "Báo Gia Lai")
    (issue,) = plan_blanks(gia_lai, year, ("tasks",), names)
    assert issue.offer is not None
    assert set(issue.offer.agencies) == set(names)
    assert issue.file == "gia-lai-655-2023_2024_nhiem-vu_trong.xlsx"


@pytest.mark.parametrize(
    ("plan_id", "left_out"),
    [
        ("ha-noi-231-2021", ("Liên minh Hợp tác xã Thành phố",)),
        ("ha-noi-ctr24-2013", ("Liên minh HTX Thành phố",)),
        ("hai-phong-135-2018", ("Sở Kế hoạch và Đầu tư",)),
        ("yen-bai-209-2023", ()),
    ],
)
def test_who_is_asked_for_other_rows_is_left_out(plan_id: str, left_out: tuple[str, ...]) -> None:
    """The coordinator gives the numbers of the whole province; alone, it is offered its own form."""
    plan = load_plan(plan_id)
    assert plan.start is not None
    period = parse_period(str(plan.start.year))
    (issue,) = plan_blanks(plan, period, ("stats",))
    assert issue.left_out == left_out
    for name in left_out:
        (own,) = plan_blanks(plan, period, ("stats",), (name,))
        assert own.offer is not None
        assert (own.left_out, own.offer.agencies) == ((), (name,))
        assert [line.key for line in own.copy.lines] != [line.key for line in issue.copy.lines]


def test_a_period_whose_form_is_another_is_not_offered(yen_bai: Plan, year: Period) -> None:
    """Rows that a document took away from a later period, and a window that mixes fixed and moving years."""
    found = {period: [item.copy for item in issues(yen_bai, period, "stats")] for period in offered_periods(year, 2027)}
    later = list(found)[2]
    found[later] = [replace(copy, lines=copy.lines[1:]) for copy in found[later]]
    assert [period.code for period in blank_copy(found).offer.periods] == ["2024", "2025", "2027"]
    mixed = replace(yen_bai.settings.stats, window=("2023", 0))
    plan = replace(yen_bai, settings=replace(yen_bai.settings, stats=mixed))
    (issue,) = plan_blanks(plan, year, ("stats",))
    assert issue.offer is not None
    assert [period.code for period in issue.offer.periods] == ["2024"]
    (issue,) = plan_blanks(relative(yen_bai), year, ("stats",))
    assert issue.offer is not None
    assert len(issue.offer.periods) == 12


def test_nothing_to_offer(gia_lai: Plan, yen_bai: Plan, year: Period) -> None:
    for copies in ({}, {year: []}, {year: [], year.next(): [item.copy for item in issues(gia_lai, year, "tasks")]}):
        with pytest.raises(ValueError, match="no copies of the first period"):
            blank_copy(copies)
    with pytest.raises(MisuseError) as caught:
        plan_blanks(gia_lai, year, ("stats",))
    assert str(caught.value) == "Kế hoạch gia-lai-655-2023, kỳ Năm 2024: không có biểu nào để phát hành."


@pytest.mark.parametrize("different", ["lists", "last"])
def test_an_offer_longer_than_a_returned_copy_may_be_is_refused_when_it_is_made(
    gia_lai: Plan, year: Period, different: str
) -> None:
    """Each agency has forty rows, all in another order, or each said something else before.

    The reader takes nothing from below the last row of its limits.
    """
    assert DEFAULT_LIMITS.row == MOST_ROWS + 1
    form = task_copy(gia_lai, year, "", ())
    orders = permutations(map(str, range(40)))

    def copy(at: int) -> Copy:
        keys, said = (next(orders), None) if different == "lists" else (map(str, range(40)), str(at))
        lines = (Line(key, {"title": key, "previous": said}) for key in keys)
        return replace(form, agency=f"Đơn vị {at}", lines=tuple(lines))

    most = MOST_ROWS // 40
    copies = list(map(copy, range(most + 1)))
    assert len(blank_copy({year: copies[:most]}).offer.agencies) == most
    with pytest.raises(MisuseError) as caught:
        blank_copy({year: copies})
    assert str(caught.value) == (
        f"Biểu mẫu trống cho {most + 1} đơn vị, 1 kỳ cần {(most + 1) * 40} dòng danh mục, quá 19999 dòng: phát hành "
        "nhiều biểu mẫu, mỗi biểu cho một nhóm đơn vị (--agency)."
    )


def test_lines_that_differ_in_anything_but_the_last_period_are_kept_apart(gia_lai: Plan, year: Period) -> None:
    line = Line("1", {"stt": "1", "title": "a", "previous": "x"})
    others = [
        replace(line, key="2"),
        replace(line, rule="count"),
        replace(line, ratio=("a", "b")),
        replace(line, required=True),
        replace(line, conditional=True),
        replace(line, parent="p"),
        replace(line, sums=(("whole", "+a"),)),
        replace(line, texts={"stt": "1", "title": "b", "previous": "x"}),
    ]
    same = replace(line, texts={"stt": "1", "title": "a", "previous": "y"})
    copies = [
        replace(task_copy(gia_lai, year, f"Đơn vị {at}", ()), lines=(item,))
        for at, item in enumerate([line, *others, same])
    ]
    offer = blank_copy({year: copies}).offer
    assert len(offer.lines) == len(offer.lists) == 9
    assert offer.table == (*((at,) for at in range(9)), (0,))
    assert (offer.last, offer.last_table[-1]) == ((("x",), ("y",)), (1,))
