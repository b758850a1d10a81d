"""What documents changed counts from their day on, and copies sent before are still taken: worked by hand."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returned_copies import take_in

from kttt_xl import builder, campaign
from kttt_xl.adjustments import Obstacle, in_force, inherited, obstacle, withdrawals, words
from kttt_xl.assignments import deadline_words, due, leads
from kttt_xl.consolidation import Consolidated, consolidate
from kttt_xl.errors import PlanError
from kttt_xl.filling import Content, fill
from kttt_xl.history import History, State
from kttt_xl.model import (
    COORDINATING,
    FORMER_LEAD,
    LEAD,
    Adjustment,
    Agency,
    Extension,
    Form,
    Indicator,
    Member,
    Plan,
    Settings,
    Target,
    Task,
)
from kttt_xl.period import due_in, parse_deadline, parse_period
from kttt_xl.report import overview, summary
from kttt_xl.selfcheck import letters, line_rows
from kttt_xl.tables import target_rows, task_rows

YEAR, LAST = parse_period("2024"), parse_period("2023")
DONE, DOING = "Hoàn thành", "Đang thực hiện"
KEY = bytes(range(32))


def task(key: str, lead: str, deadline: str = "", coordinating: str = "") -> Task:
    names = [tuple(text.split(" | ")) if text else () for text in (lead, coordinating)]
    read = parse_deadline(deadline)
    return Task(key, "I", f"Việc {key}", names[0], lead, names[1], coordinating, "", "", deadline, read)


def target(code: str, operator: str, low: str | None, high: str | None = None, **more: object) -> Target:
    numbers = [Decimal(text) if text else None for text in (low, high)]
    plain = Target(
        f"Chỉ tiêu {code}", code, "", operator, *numbers, "Đến năm 2025", date(2025, 12, 31), "at", "", "", None, ""
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields of the target, by name


PLAN = Plan(
    id="thu",
    title="Kế hoạch thử",
    number="1/KH",
    issued_on=None,
    issuer="UBND",
    coordinator="Sở A",
    start=date(2023, 1, 1),
    end=date(2025, 12, 31),
    settings=Settings(stats=Form(recipients=("Các xã",))),
    agencies=(
        Agency("Sở A"),
        Agency("Sở B"),
        Agency("Xã C"),
        Agency("Xã D"),
        Agency("Các xã", group=True, members=(Member("Xã C", "named"), Member("Xã D", "named"))),
        Agency("Chưa rõ", group=True),
    ),
    tasks=(
        task("once", "Sở A", "trước ngày 30/6/2024", "Sở B"),
        task("two", "Sở A | Sở B", "trước ngày 30/6/2024"),
        task("all", "Các xã", "Năm 2024", "Sở A"),
        task("year", "Sở A", "trước ngày 15/12 hằng năm"),
        task("quarter", "Sở A", "Hàng quý"),
        task("month", "Sở A", "Hằng tháng"),
        task("pairs", "Sở A", "Hai năm một lần"),
        task("open", "Sở A", "Thường xuyên"),
        task("none", "Sở B"),
        task("unknown", "Chưa rõ", "Năm 2024"),
    ),
    indicators=tuple(Indicator(code, f"Chỉ tiêu {code}", "", "stock", "sum") for code in ("N", "R", "L", "Q", "Y")),
    targets=(
        target("N", ">=", "20"),
        target("N", "=", "40", "40", period_text="Đến năm 2030", due=date(2030, 12, 31)),
        target("R", "range", "6.5", "7"),
        target("L", "<=", None, "10"),
        target("Q", "qualitative", None),
        target("Y", ">", "5", period_text="Hằng năm", due=None, basis="yearly"),
    ),
)


def changed(
    key: str, kind: str, value: object = None, agency: str = "", on: str = "2024-06-01", **more: str
) -> Adjustment:
    """An adjustment of a task, or of a target when its key is a code, by «CV»."""
    subject = "chỉ tiêu" if key.isupper() else "nhiệm vụ"
    values = {"period_text": "", "document": "CV", **more}
    day = date.fromisoformat(on)
    return Adjustment(
        subject,
        key,
        values["period_text"],
        agency,
        kind,
        value,
        values["document"],
        day,  # type: ignore[arg-type]
    )


def adjusted(*items: Adjustment) -> Plan:
    return replace(PLAN, adjustments=items)


def of(plan: Plan, key: str) -> Task:
    return next(task for task in plan.tasks if task.id == key)


SEPTEMBER = date(2024, 9, 30)


# --- which day counts


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2024-05-31", date(2024, 6, 30)),
        ("2024-06-01", SEPTEMBER),  # valid from that day on
        ("2024-06-30", SEPTEMBER),
        ("2024-07-01", date(2024, 12, 1)),  # of two of one day the later row
        ("2025-07-01", date(2024, 12, 1)),
    ],
)
def test_the_last_adjustment_valid_on_the_day_counts(on: str, expected: date) -> None:
    plan = adjusted(
        changed("once", "gia hạn", date(2024, 11, 1), on="2024-07-01"),
        changed("once", "gia hạn", date(2024, 12, 1), on="2024-07-01", agency="Sở A"),
        changed("once", "gia hạn", SEPTEMBER),
    )
    now = in_force(plan, date.fromisoformat(on))
    assert due(now, of(now, "once"), "Sở A", YEAR) == expected


def test_a_plan_nobody_changed_is_itself() -> None:
    later = adjusted(changed("once", "rút"))
    assert in_force(PLAN, date.max) is PLAN
    assert in_force(later, date(2024, 5, 31)) == later


# --- tasks


def test_an_extended_task_has_another_day_and_the_same_words() -> None:
    now = in_force(adjusted(changed("once", "gia hạn", SEPTEMBER)), SEPTEMBER)
    was, found = PLAN.tasks[0], of(now, "once")
    assert found == replace(was, deadline=replace(was.deadline, due=SEPTEMBER), change="gia hạn đến 30/9/2024 theo CV")
    assert due_in(found.deadline, YEAR) == SEPTEMBER
    assert deadline_words(found) == "trước ngày 30/6/2024 (gia hạn đến 30/9/2024 theo CV)"
    assert (now.tasks[1:], now.targets) == (PLAN.tasks[1:], PLAN.targets)


def test_a_task_without_a_date_gets_one() -> None:
    now = in_force(adjusted(changed("none", "gia hạn", SEPTEMBER)), SEPTEMBER)
    assert due(now, of(now, "none"), "Sở B", YEAR) == SEPTEMBER
    assert deadline_words(of(now, "none")) == "(gia hạn đến 30/9/2024 theo CV)"


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ((changed("two", "gia hạn", SEPTEMBER, "Sở B"),), {"Sở A": date(2024, 6, 30), "Sở B": SEPTEMBER}),
        # for all later on: what one lead had alone is no more
        (
            (
                changed("two", "gia hạn", SEPTEMBER, "Sở B"),
                changed("two", "gia hạn", date(2024, 8, 1), on="2024-06-02"),
            ),
            {"Sở A": date(2024, 8, 1), "Sở B": date(2024, 8, 1)},
        ),
        # a group's name is each of its members
        ((changed("all", "gia hạn", date(2025, 3, 1), "Các xã"),), dict.fromkeys(("Xã C", "Xã D"), date(2025, 3, 1))),
        (
            (changed("all", "gia hạn", date(2025, 3, 1), "Xã D"),),
            {"Xã C": date(2024, 12, 31), "Xã D": date(2025, 3, 1)},
        ),
        (
            (changed("unknown", "gia hạn", date(2025, 3, 1), "Chưa rõ"),),  # an unresolved group stands for itself
            {"Chưa rõ": date(2025, 3, 1)},
        ),
    ],
)
def test_one_lead_may_have_a_day_of_its_own(items: tuple[Adjustment, ...], expected: Mapping[str, date]) -> None:
    now = in_force(adjusted(*items), SEPTEMBER)
    found = of(now, items[0].key)
    assert {name: due(now, found, name, YEAR) for name in leads(now, found)} == expected


@pytest.mark.parametrize(
    ("key", "new", "valid", "days"),
    [
        # by period: the day that is due then; the cycle whose day is the last before the new one is extended
        ("year", "2025-01-31", "2024-12-01", {"2023": "2023-12-15", "2024": "2025-01-31", "2025": "2025-12-15"}),
        ("year", "2025-01-31", "2025-01-10", {"2024": "2025-01-31", "2025": "2025-12-15"}),  # after it was due
        ("quarter", "2024-06-30", "2024-03-20", {"2024-Q1": "2024-06-30", "2024-Q2": "2024-06-30"}),
        ("quarter", "2024-07-15", "2024-06-20", {"2024-Q1": "2024-03-31", "2024-Q2": "2024-07-15"}),
        ("month", "2024-03-10", "2024-02-20", {"2024-01": "2024-01-31", "2024-02": "2024-03-10", "2024": "2024-12-31"}),
        ("pairs", "2025-02-01", "2024-12-01", {"2023": "2025-02-01", "2024": "2025-02-01", "2026": "2026-12-31"}),
    ],
)  # fmt: skip
def test_an_extension_of_a_recurring_task_is_of_one_cycle(
    key: str, new: str, valid: str, days: Mapping[str, str]
) -> None:
    item = changed(key, "gia hạn", date.fromisoformat(new), on=valid)
    now = in_force(adjusted(item), date(2026, 1, 1))
    found = of(now, key)
    assert {code: str(due(now, found, "Sở A", parse_period(code))) for code in days} == days
    assert found.deadline == of(PLAN, key).deadline


def test_the_row_says_which_cycle_was_extended() -> None:
    now = in_force(adjusted(changed("year", "gia hạn", date(2025, 1, 31), "Sở A", on="2024-12-01")), date.max)
    assert of(now, "year").extensions == (Extension("Sở A", date(2024, 12, 15), date(2025, 1, 31)),)
    assert of(now, "year").change == "gia hạn cho Sở A kỳ hạn 15/12/2024 đến 31/1/2025 theo CV"


@pytest.mark.parametrize(
    ("items", "lead", "former", "change"),
    [
        ((changed("once", "giao lại", "Sở B"),), ("Sở B",), ("Sở A",), "giao lại cho Sở B theo CV"),
        ((changed("two", "giao lại", "Xã C"),), ("Xã C",), ("Sở A", "Sở B"), "giao lại cho Xã C theo CV"),
        (
            (changed("two", "giao lại", "Xã C", "Sở A"),),
            ("Xã C", "Sở B"),
            ("Sở A",),
            "giao lại từ Sở A cho Xã C theo CV",
        ),
        ((changed("two", "giao lại", "Sở B", "Sở A"),), ("Sở B",), ("Sở A",), "giao lại từ Sở A cho Sở B theo CV"),
        # one of a group: the others stay, by name
        (
            (changed("all", "giao lại", "Sở A", "Xã C"),),
            ("Sở A", "Xã D"),
            ("Xã C",),
            "giao lại từ Xã C cho Sở A theo CV",
        ),
        ((changed("once", "giao lại", "Các xã"),), ("Các xã",), ("Sở A",), "giao lại cho Các xã theo CV"),
        ((changed("two", "rút", agency="Sở A"),), ("Sở B",), ("Sở A",), "rút phần của Sở A theo CV"),
        ((changed("all", "rút", agency="Xã C"),), ("Xã D",), ("Xã C",), "rút phần của Xã C theo CV"),
        # and back again
        (
            (changed("once", "giao lại", "Sở B"), changed("once", "giao lại", "Sở A", on="2024-07-01")),
            ("Sở A",),
            ("Sở B",),
            "giao lại cho Sở B theo CV; giao lại cho Sở A theo CV",
        ),
    ],
)
def test_leads_are_replaced(
    items: tuple[Adjustment, ...], lead: tuple[str, ...], former: tuple[str, ...], change: str
) -> None:
    found = of(in_force(adjusted(*items), SEPTEMBER), items[0].key)
    was = of(PLAN, items[0].key)
    assert found == replace(was, lead=lead, lead_text="; ".join(lead), former_leads=former, change=change)


@pytest.mark.parametrize(
    ("key", "agency", "left"),
    [
        ("once", "", False),
        ("once", "Sở A", False),
        ("all", "Các xã", False),
        ("two", "Sở A", True),
        ("all", "Xã C", True),
    ],
)
def test_a_task_is_withdrawn_with_its_last_lead(key: str, agency: str, *, left: bool) -> None:
    item = changed(key, "rút", agency=agency)
    plan = adjusted(item)
    now = in_force(plan, SEPTEMBER)
    assert (key in {task.id for task in now.tasks}, withdrawals(plan, SEPTEMBER)) == (left, () if left else (item,))
    assert withdrawals(plan, date(2024, 5, 31)) == ()


def test_the_new_lead_has_the_day_of_the_one_it_replaces() -> None:
    items = (changed("two", "gia hạn", SEPTEMBER, "Sở A"), changed("two", "giao lại", "Xã C", "Sở A", on="2024-07-01"))
    now = in_force(adjusted(*items), SEPTEMBER)
    days = {name: due(now, of(now, "two"), name, YEAR) for name in ("Xã C", "Sở B")}
    assert days == {"Xã C": SEPTEMBER, "Sở B": date(2024, 6, 30)}
    # not where it leads already, and not where several had different days
    for new, agency in (("Sở B", "Sở A"), ("Xã C", "")):
        now = in_force(adjusted(items[0], changed("two", "giao lại", new, agency, on="2024-07-01")), SEPTEMBER)
        assert due(now, of(now, "two"), new, YEAR) == date(2024, 6, 30)


# --- targets


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            changed("N", "sửa chỉ tiêu", Decimal("12.5"), period_text="đến  năm 2025"),
            {"low": Decimal("12.5"), "change": "sửa chỉ tiêu từ 20 thành 12,5 theo CV"},
        ),
        (
            changed("N", "sửa chỉ tiêu", Decimal(35), period_text="Đến năm 2030"),
            {"low": Decimal(35), "high": Decimal(35), "change": "sửa chỉ tiêu từ 40 thành 35 theo CV"},
        ),
        (
            changed("R", "sửa chỉ tiêu", (Decimal(5), Decimal(6))),
            {"low": Decimal(5), "high": Decimal(6), "change": "sửa chỉ tiêu từ 6,5 – 7 thành 5 – 6 theo CV"},
        ),
        (
            changed("L", "sửa chỉ tiêu", Decimal(12)),
            {"high": Decimal(12), "change": "sửa chỉ tiêu từ 10 thành 12 theo CV"},
        ),
        (
            changed("Q", "gia hạn", date(2026, 6, 30)),
            {"due": date(2026, 6, 30), "change": "gia hạn đến 30/6/2026 theo CV"},
        ),
        (changed("Y", "rút"), None),
    ],
)
def test_targets_change(item: Adjustment, expected: Mapping[str, object] | None) -> None:
    now = in_force(adjusted(item), SEPTEMBER)
    meant = {"Đến năm 2030": 1}.get(item.period_text, ["N", "", "R", "L", "Q", "Y"].index(item.key))
    left = list(PLAN.targets)
    if expected is None:
        del left[meant]
    else:
        left[meant] = replace(left[meant], **expected)  # type: ignore[arg-type]  # fields of the target, by name
    assert (now.targets, now.tasks) == (tuple(left), PLAN.tasks)


# --- what does not fit


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (changed("once", "sửa chỉ tiêu", Decimal(1)), Obstacle("kind", "gia hạn; rút; giao lại")),
        (changed("N", "giao lại", "Sở B"), Obstacle("kind", "gia hạn; rút; sửa chỉ tiêu")),
        (changed("gone", "rút"), Obstacle("key", "nhiệm vụ của kế hoạch, chưa rút")),
        (changed("GONE", "rút"), Obstacle("key", "chỉ tiêu của kế hoạch, chưa rút")),
        (changed("once", "rút", agency="Sở B"), Obstacle("agency", "cơ quan chủ trì nhiệm vụ once: Sở A")),
        (changed("two", "rút", agency="Các xã"), Obstacle("agency", "cơ quan chủ trì nhiệm vụ two: Sở A; Sở B")),
        (
            changed("open", "gia hạn", SEPTEMBER),
            Obstacle("kind", "rút hoặc giao lại, vì nhiệm vụ thường xuyên không có thời hạn"),
        ),
        *(
            (
                changed("year", "gia hạn", date.fromisoformat(new), on="2024-06-01"),
                Obstacle("value", "ngày sau một kỳ hạn đã đến hoặc kỳ hạn sắp tới, không quá kỳ hạn kế tiếp"),
            )
            for new in ("2025-12-16", "2030-01-31", "0001-01-01", "9999-12-31")
        ),
        (
            changed("two", "giao lại", "Sở B", "Sở B"),
            Obstacle("value", "cơ quan khác cơ quan đang chủ trì: Sở A; Sở B"),
        ),
        (changed("all", "giao lại", "Các xã"), Obstacle("value", "cơ quan khác cơ quan đang chủ trì: Xã C; Xã D")),
        (changed("N", "rút"), Obstacle("period_text", "một trong: Đến năm 2025; Đến năm 2030")),
        (changed("R", "rút", agency="Sở A"), Obstacle("agency", "để trống, vì chỉ tiêu không có cơ quan chủ trì")),
        (
            changed("Y", "gia hạn", SEPTEMBER),
            Obstacle("kind", "rút hoặc sửa chỉ tiêu, vì chỉ tiêu hằng năm không có ngày phải đạt"),
        ),
        (
            changed("Q", "sửa chỉ tiêu", Decimal(1)),
            Obstacle("kind", "gia hạn hoặc rút, vì chỉ tiêu này không so sánh với một con số"),
        ),
        (changed("R", "sửa chỉ tiêu", Decimal(1)), Obstacle("value", "hai số cách nhau bằng dấu |")),
        (changed("L", "sửa chỉ tiêu", (Decimal(1), Decimal(2))), Obstacle("value", "một số")),
    ],
)
def test_what_does_not_fit_is_refused_and_never_left_out(item: Adjustment, expected: Obstacle) -> None:
    assert obstacle(PLAN, item) == expected
    with pytest.raises(PlanError) as caught:
        in_force(adjusted(item), SEPTEMBER)
    assert str(caught.value) == (f"Điều chỉnh {item.subject} «{item.key}» ({words(item)}): cần {expected.expected}.")
    assert in_force(adjusted(item), date(2024, 5, 31)).tasks == PLAN.tasks  # not yet valid, not yet in the way


# --- what was reported before


def said(code: str, state: str | None) -> State:
    return parse_period(code), state, None


@pytest.mark.parametrize(
    ("item", "states", "expected"),
    [
        pytest.param(
            changed("once", "giao lại", "Sở B"), {"Sở A": [said("2023", DONE)]}, [said("2023", DONE)],
            id="the old lead's are the new one's",
        ),
        pytest.param(
            changed("once", "giao lại", "Sở B"), {"Sở A": [said("2024", DONE)]}, None,
            id="not those of the period of the change",
        ),
        pytest.param(
            changed("once", "giao lại", "Sở B"), {"Sở A": [said("2022", DONE), said("2023", DOING)],
            "Sở B": [said("2023", DONE)]}, [said("2023", DONE), said("2022", DONE)],
            id="its own come first",
        ),
        pytest.param(
            changed("once", "giao lại", "Sở B"), {"Sở A": [said("2023", DONE)], "Sở B": [said("2023", None)]},
            [said("2023", DONE)], id="unless it said nothing",
        ),
        pytest.param(
            changed("two", "rút", agency="Sở A"), {"Sở A": [said("2023", DONE)]}, None, id="not of one withdrawn"
        ),
        pytest.param(
            changed("two", "giao lại", "Xã C", "Sở A"), {"Sở B": [said("2023", DONE)]}, None, id="not another lead's"
        ),
        pytest.param(
            changed("two", "giao lại", "Xã C"), {"Sở A": [said("2023", DONE)]}, None, id="not of several leads"
        ),
        pytest.param(
            changed("two", "giao lại", "Sở B", "Sở A"), {"Sở A": [said("2023", DONE)]}, None, id="not who leads already"
        ),
        pytest.param(
            changed("once", "giao lại", "Sở B"), {"Sở A": [said("2023", None)]}, [said("2023", None)], id="even nothing"
        ),
    ],
)  # fmt: skip
def test_a_new_lead_inherits_what_was_reported(
    item: Adjustment, states: Mapping[str, list[State]], expected: list[State] | None
) -> None:
    given = {(item.key, name): tuple(those) for name, those in states.items()}
    found = inherited(adjusted(item), SEPTEMBER, given)
    new = str(item.value or "Sở B")
    assert found == (given if expected is None else given | {(item.key, new): tuple(expected)})


def test_a_task_completed_before_it_was_given_away_is_not_asked_again() -> None:
    plan = adjusted(changed("once", "giao lại", "Sở B", on="2024-03-01"))
    history = History(states={("once", "Sở A"): ((LAST, DONE, date(2023, 5, 1)),)})
    issued = {issue.copy.agency: issue.copy for issue in campaign.plan_issues(plan, YEAR, ("tasks",), history=history)}
    assert "once" not in {line.key for copy in issued.values() for line in copy.lines}
    result = consolidate(plan, YEAR, date(2024, 12, 20), (), history)
    [row] = [row for row in result.task_rows if row.task.id == "once"]
    assert (row.agency, row.role, row.state, row.status, row.carried) == (
        "Sở B", LEAD, DONE, "Hoàn thành đúng hạn", True,
    )  # fmt: skip


# --- copies issued, sent and consolidated, through real files


Typed = Mapping[str, Mapping[tuple[str, str], Content]]  # what agencies type into their task copies


@pytest.fixture
def returned(tmp_path: Path) -> Callable[..., Path]:
    """A function that issues the task copies of a plan and gives the folder of those that agencies filled in."""

    def issue(plan: Plan, typed: Typed) -> Path:
        (tmp_path / "khoa.key").write_text(KEY.hex(), encoding="ascii")
        folder = tmp_path / "nhan"
        folder.mkdir(exist_ok=True)
        for item in campaign.plan_issues(plan, YEAR, ("tasks",)):
            if item.copy.agency in typed:
                columns, rows = letters(item.copy), line_rows(item.copy)
                contents = {
                    f"{columns[field]}{rows[key]}": content for (key, field), content in typed[item.copy.agency].items()
                }
                (folder / item.file).write_bytes(fill(builder.build_copy(item.copy, KEY), item.copy.sheet, contents))
        return folder

    return issue


def taken(folder: Path, plan: Plan, as_of: str = "2024-12-20") -> Consolidated:
    day = date.fromisoformat(as_of)
    return consolidate(plan, YEAR, day, take_in(folder, plan, YEAR, day, folder.parent))


def test_a_build_issues_what_is_in_force_when_the_period_ends() -> None:
    items = (
        changed("once", "giao lại", "Sở B"),
        changed("two", "gia hạn", SEPTEMBER, "Sở B"),
        changed("all", "rút"),
        changed("none", "rút", on="2025-01-01"),
        changed("year", "gia hạn", date(2025, 1, 31), on="2024-12-31"),
    )
    plan = adjusted(*items)
    copies = {issue.copy.agency: issue.copy for issue in campaign.plan_issues(plan, YEAR, ("tasks",))}
    shown = {
        (line.key, agency): tuple(line.texts[field] for field in ("role", "lead", "deadline", "due"))
        for agency, copy in copies.items()
        for line in copy.keyed
        if line.key in {"once", "two", "all", "none", "year"}
    }
    extended = "trước ngày 30/6/2024 (gia hạn cho Sở B đến 30/9/2024 theo CV)"
    assert shown == {
        ("two", "Sở A"): (LEAD, "Sở A | Sở B", extended, date(2024, 6, 30)),
        ("year", "Sở A"): (
            LEAD, "Sở A", "trước ngày 15/12 hằng năm (gia hạn kỳ hạn 15/12/2024 đến 31/1/2025 theo CV)",
            date(2025, 1, 31),
        ),
        ("once", "Sở B"): (
            LEAD, "Sở B", "trước ngày 30/6/2024 (giao lại cho Sở B theo CV)", date(2024, 6, 30),
        ),
        ("two", "Sở B"): (LEAD, "Sở A | Sở B", extended, SEPTEMBER),
        ("none", "Sở B"): (LEAD, "Sở B", "", None),
    }  # fmt: skip
    assert list(copies) == ["Sở A", "Sở B"]
    again = {issue.copy.agency: issue.copy for issue in campaign.plan_issues(plan, YEAR, ("tasks",))}
    assert all(builder.build_copy(copies[name], KEY) == builder.build_copy(again[name], KEY) for name in copies)


def test_copies_sent_before_a_change_are_taken_and_what_no_longer_counts_is_said(
    returned: Callable[..., Path],
) -> None:
    folder = returned(
        PLAN,
        {
            "Sở A": {
                ("once", "state"): DONE, ("once", "done_on"): date(2024, 6, 1), ("once", "result"): "Xong",
                ("year", "state"): DONE, ("year", "result"): "Đã báo cáo", ("month", "state"): DOING,
            },
            "Sở B": {("once", "state"): DOING, ("two", "state"): DOING},
            "Xã C": {("all", "state"): DONE, ("all", "done_on"): date(2024, 5, 1)},
            "Xã D": {("all", "state"): DOING},
        },
    )  # fmt: skip
    plan = adjusted(
        changed("once", "giao lại", "Sở B", document="QĐ 1"),
        changed("two", "gia hạn", date(2024, 12, 30), "Sở B", document="CV 2"),
        changed("year", "rút", document="QĐ 3"),
        changed("all", "rút", agency="Xã D", document="QĐ 4"),
    )
    result = taken(folder, plan)
    assert [copy.verdict for copy in result.copies] == ["accepted"] * 4
    assert result.cell_counts == {"filled": 11, "accepted": 11, "refused": 0, "in_other_copies": 0}
    rows = {(row.task.id, row.agency): (row.role, row.state, row.status, row.due) for row in result.task_rows}
    assert {key: row for key, row in rows.items() if key[0] in {"once", "two", "all", "year"}} == {
        ("once", "Sở B"): (LEAD, DOING, "Quá hạn", date(2024, 6, 30)),
        ("once", "Sở A"): (FORMER_LEAD, DONE, "Hoàn thành đúng hạn", date(2024, 6, 30)),
        ("two", "Sở A"): (LEAD, None, "Quá hạn", date(2024, 6, 30)),
        ("two", "Sở B"): (LEAD, DOING, "Sắp đến hạn", date(2024, 12, 30)),
        ("all", "Xã C"): (LEAD, DONE, "Hoàn thành đúng hạn", date(2024, 12, 31)),
        ("all", "Xã D"): (FORMER_LEAD, DOING, "Sắp đến hạn", date(2024, 12, 31)),
    }
    standing = {item.id: item.status for item in result.tasks}
    assert standing == {
        "once": "Quá hạn", "two": "Quá hạn", "all": "Hoàn thành đúng hạn", "quarter": "Sắp đến hạn",
        "month": "Sắp đến hạn", "pairs": "Sắp đến hạn", "open": "Thường xuyên", "none": "Không có thời hạn",
        "unknown": "Sắp đến hạn",
    }  # fmt: skip
    assert sum(result.by_status.values()) == len(PLAN.tasks) - 1
    outdated = [found for found in result.findings if found.code == "unknown-row"]
    kept = "nội dung đơn vị gửi được giữ ở trang «Nhiệm vụ», không tính vào tình trạng của nhiệm vụ."
    gone = "Nhiệm vụ year đã rút theo QĐ 3, từ ngày 1/6/2024; nội dung"
    assert [(found.severity, found.agency, found.header, found.found, found.message) for found in outdated] == [
        ("warning", "Sở A", "Trạng thái", DONE,
         f"Nhiệm vụ once nay không do đơn vị này chủ trì (giao lại cho Sở B theo QĐ 1); {kept}"),
        ("warning", "Sở A", "Trạng thái", DONE, f"{gone} «Hoàn thành» ở cột «Trạng thái» không được tính."),
        ("warning", "Sở A", "Kết quả thực hiện", "Đã báo cáo",
         f"{gone} «Đã báo cáo» ở cột «Kết quả thực hiện» không được tính."),
        ("warning", "Xã D", "Trạng thái", DOING,
         f"Nhiệm vụ all nay không do đơn vị này chủ trì (rút phần của Xã D theo QĐ 4); {kept}"),
    ]  # fmt: skip
    assert {found.fix for found in outdated} == {
        "Không cần sửa tệp; nếu vẫn phải tính, xem lại phần điều chỉnh của kế hoạch."
    }


def test_what_is_shown_names_the_document(returned: Callable[..., Path]) -> None:
    plan = adjusted(
        changed("once", "gia hạn", SEPTEMBER, document="CV 1"),
        changed("year", "rút", document="QĐ 3"),
        changed("N", "rút", period_text="Đến năm 2030", document="QĐ 4"),
        changed("R", "sửa chỉ tiêu", (Decimal(5), Decimal(6)), document="QĐ 5"),
    )
    result = taken(returned(PLAN, {}), plan)
    shown = {row[0]: row[6] for row in task_rows(result)}
    assert shown["once"] == "trước ngày 30/6/2024 (gia hạn đến 30/9/2024 theo CV 1)"
    ranges = [row for row in target_rows(result, {}) if row[1] == "Chỉ tiêu R"]
    assert [(row[3], row[-1]) for row in ranges] == [
        ("trong khoảng 5 – 6", "Điều chỉnh: sửa chỉ tiêu từ 6,5 – 7 thành 5 – 6 theo QĐ 5.")
    ]
    told = [line for lines in overview(result).values() for line in lines if line[0].startswith("Đã rút")]
    assert told == [
        ("Đã rút khỏi kế hoạch, không tính", 1, "year (QĐ 3)"),
        ("Đã rút khỏi kế hoạch, không tính", 1, "N Đến năm 2030 (QĐ 4)"),
    ]
    document = summary(result)
    assert (document["tasks"]["total"], len(document["targets"])) == (9, 5)
    assert result.withdrawn == (plan.adjustments[1], plan.adjustments[2])


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2024-07-31", ("Quá hạn", date(2024, 6, 30))),
        ("2024-08-01", ("Trong hạn", date(2024, 12, 30))),
        ("2024-12-31", ("Quá hạn", date(2024, 12, 30))),
    ],
)
def test_the_day_asked_about_decides(as_of: str, expected: tuple[str, date]) -> None:
    plan = adjusted(changed("once", "gia hạn", date(2024, 12, 30), on="2024-08-01"))
    [row] = [row for row in consolidate(plan, YEAR, date.fromisoformat(as_of), ()).task_rows if row.task.id == "once"]
    assert (row.status, row.due) == expected


def test_who_was_to_report_is_who_a_build_asks(returned: Callable[..., Path]) -> None:
    """Xã C and Xã D lost their only task after the period: their copies were issued and are waited for."""
    plan = replace(adjusted(changed("all", "rút", on="2025-01-02")), indicators=(), targets=())
    before, after = taken(returned(plan, {}), plan), taken(returned(plan, {}), plan, "2025-01-10")
    assert (len(before.tasks), len(after.tasks)) == (10, 9)
    assert before.expected == after.expected == ("Sở A", "Sở B", "Xã C", "Xã D")


def test_a_former_lead_that_coordinates_says_so_in_a_copy_issued_afterwards(returned: Callable[..., Path]) -> None:
    plan = adjusted(changed("all", "giao lại", "Sở B", "Xã C"))
    plan = replace(plan, tasks=tuple(replace(each, coordinating=("Các xã",)) for each in plan.tasks))
    typed = {"Xã C": {("all", "state"): DOING}}
    afterwards = taken(returned(plan, typed), plan)
    earlier = taken(returned(replace(plan, adjustments=()), typed), plan)
    for result, told in ((afterwards, 0), (earlier, 1)):
        [row] = [row for row in result.task_rows if row.agency == "Xã C" and row.task.id == "all"]
        assert (row.role, row.state) == (COORDINATING, DOING)
        assert [found.agency for found in result.findings if found.code == "unknown-row"] == ["Xã C"] * told


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"Sở A": DONE, "Sở B": DOING}, ("Trong hạn", date(2025, 3, 1))),  # the worst lead's own day
        ({"Sở A": DOING, "Sở B": DONE}, ("Quá hạn", date(2024, 6, 30))),
        ({"Sở A": DONE, "Sở B": DONE}, ("Hoàn thành (thiếu ngày)", date(2024, 6, 30))),  # of equals the earliest
    ],
)
def test_a_task_is_due_when_its_worst_lead_is(
    states: Mapping[str, str], expected: tuple[str, date], returned: Callable[..., Path]
) -> None:
    plan = adjusted(changed("two", "gia hạn", date(2025, 3, 1), "Sở B"))
    result = taken(returned(plan, {name: {("two", "state"): state} for name, state in states.items()}), plan)
    assert [(item.status, item.due) for item in result.tasks if item.id == "two"] == [expected]


# --- whatever the documents


DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31))
NAMES = st.sampled_from(["Sở A", "Sở B", "Xã C", "Xã D", "Các xã"])
CHANGES = st.one_of(
    st.builds(
        lambda key, new, agency, on: changed(key, "gia hạn", new, agency, str(on)),
        st.sampled_from([each.id for each in PLAN.tasks]),
        DAYS,
        NAMES | st.just(""),
        DAYS,
    ),
    st.builds(
        lambda key, new, agency, on: changed(key, "giao lại", new, agency, str(on)),
        st.sampled_from([each.id for each in PLAN.tasks]),
        NAMES,
        NAMES | st.just(""),
        DAYS,
    ),
    st.builds(
        lambda key, agency, on: changed(key, "rút", None, agency, str(on)),
        st.sampled_from([each.id for each in PLAN.tasks]),
        NAMES | st.just(""),
        DAYS,
    ),
)


def fitting(items: list[Adjustment]) -> Plan:
    """The plan with those of the adjustments that fit, one after another, as loading it would leave them."""
    plan = PLAN
    for item in sorted(items, key=lambda each: each.valid_from):
        grown = replace(plan, adjustments=(*plan.adjustments, item))
        try:
            in_force(grown, date.max)
        except PlanError:
            continue
        plan = grown
    return plan


@given(items=st.lists(CHANGES, max_size=6), first=DAYS, later=DAYS)
@settings(deadline=None, max_examples=60)
def test_a_plan_goes_from_day_to_day(items: list[Adjustment], first: date, later: date) -> None:
    """By way of an earlier day or at once, the plan of a day is the same; before the first change it is as issued."""
    plan = fitting(items)
    first, later = min(first, later), max(first, later)
    assert in_force(in_force(plan, first), later) == in_force(plan, later)
    assert in_force(plan, date(2023, 12, 31)) == plan


@given(items=st.lists(CHANGES, max_size=6), as_of=DAYS)
@settings(deadline=None, max_examples=60)
def test_every_task_in_force_is_counted_once(items: list[Adjustment], as_of: date) -> None:
    plan = fitting(items)
    result = consolidate(plan, YEAR, as_of, ())
    gone = {item.key for item in withdrawals(plan, as_of)}
    assert [item.id for item in result.tasks] == [each.id for each in PLAN.tasks if each.id not in gone]
    assert sum(result.by_status.values()) == len(result.tasks)
    assert [(row.task.id, row.agency) for row in result.task_rows] == [
        (each.id, name) for each in result.plan.tasks for name in leads(result.plan, each)
    ]
