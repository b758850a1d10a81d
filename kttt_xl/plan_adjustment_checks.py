"""Whether the adjustments of a plan fit it: what they name is there, and each applies to the plan of its day.

One small function each, listed in plan_checks.CHECKS; each yields findings. Source: contract section 7.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from kttt_xl.adjustments import KINDS_OF, Obstacle, applied, obstacle
from kttt_xl.assignments import leads
from kttt_xl.cells import fold, read_date
from kttt_xl.model import EXTENSION, REASSIGNMENT, TARGET, TASK, Adjustment, Finding, Plan
from kttt_xl.plan_draft import Draft
from kttt_xl.plan_tables import Row

_IN_PLAN = "Ghi đúng mã trong kế hoạch."
_FIX = "Sửa dòng này, hoặc bỏ nếu thừa."
_NAMED = 5  # tasks that a finding names
_DAY = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}|[0-9]{1,2} tháng [0-9]{1,2} năm [0-9]{4}")


def unknown_adjusted(draft: Draft) -> Iterator[Finding]:
    """What an adjustment changes is in the plan, and its kind is one for that; agencies are registered."""
    for row, _ in draft.adjustments or ():
        yield from _misfits(draft, row)


def repeated_adjustments(draft: Draft) -> Iterator[Finding]:
    """The same thing is not changed in the same way twice on one day: one of the two rows would say nothing."""
    for row, first in _repeated(draft):
        yield row.problem("key", row.values["key"], f"khác dòng {first}", "Bỏ một trong hai dòng.")


def adjustments_apply(draft: Draft) -> Iterator[Finding]:
    """Each adjustment applies to the plan as those before it leave it (see adjustments.obstacle)."""
    for row, _, _, found in _replay(draft):
        if found:
            yield row.problem(found.field, row.values[found.field], found.expected, _FIX)


def odd_extensions(draft: Draft) -> Iterator[Finding]:
    """An extension sets a later day, and for a recurring task the officer knows which of its due dates it moves."""
    for row, item, plan, found in _replay(draft):
        if found or item.kind != EXTENSION or not isinstance(item.value, date):
            continue
        due, moved = _set_before(plan, item)
        if due and due >= item.value:
            yield row.problem(
                "value", row.values["value"], f"ngày sau {due}", "Kiểm tra lại ngày mới.", severity="warning",
                message=f"Gia hạn đến {item.value}, không sau hạn đang có là {due}.",
            )  # fmt: skip
        elif moved and moved < item.valid_from:
            yield row.problem(
                "value", row.values["value"], f"ngày của kỳ hạn sau {item.valid_from}", severity="warning",
                message=f"Gia hạn này là của kỳ hạn đã qua {moved}; các kỳ hạn sau giữ nguyên.",
                fix="Không cần sửa, nếu đúng là gia hạn cho kỳ hạn ấy.",
            )  # fmt: skip


def before_their_document(draft: Draft) -> Iterator[Finding]:
    """An adjustment is not in force before its document: Excel in English takes 1/11/2024 for the 11th of January."""
    for row, item in draft.adjustments or ():
        days = [day for text in _DAY.findall(item.document if item else "") if (day := read_date(text))]
        if item and days and item.valid_from < min(days):
            yield row.problem(
                "valid_from", row.values["valid_from"], f"không trước ngày {min(days)}", severity="warning",
                message=f"Hiệu lực từ {item.valid_from}, trước ngày {min(days)} ghi ở văn bản.",
                fix="Kiểm tra lại: ngày và tháng có thể đã bị đảo.",
            )  # fmt: skip


def ended_leads(draft: Draft) -> Iterator[Finding]:
    """Nobody leads a task who no longer exists when the plan ends, after all that was given to others."""
    if draft.head is None or draft.head.end is None or not draft.agencies:
        return
    end, plan = draft.head.end, draft.plan
    for _, item, before, found in _replay(draft):
        if not found and item.valid_from <= end:
            plan = applied(before, item)
    names = {agency.name for _, agency in draft.agencies}
    leading = {task.id: leads(plan, task) for task in plan.tasks if names >= set(task.lead)} if plan else {}
    for row, agency in draft.agencies:
        ids = [key for key, those in leading.items() if agency.name in those]
        if agency.valid_to and agency.valid_to < end and ids:
            some = ", ".join(ids[:_NAMED]) + ("…" if len(ids) > _NAMED else "")
            yield row.problem(
                "valid_to", row.values["valid_to"], "dòng giao lại nhiệm vụ cho cơ quan khác", severity="warning",
                message=f"«{agency.name}» chỉ có đến {agency.valid_to} mà còn chủ trì {len(ids)} nhiệm vụ: {some}.",
                fix="Thêm điều chỉnh «giao lại» cho các nhiệm vụ này, hoặc sửa ngày.",
            )  # fmt: skip


def _repeated(draft: Draft) -> Iterator[tuple[Row, int]]:
    """Yield each row that says what an earlier one does, but for the new value, with that row's number."""
    seen: dict[tuple[str, ...], int] = {}
    for row, _ in draft.adjustments or ():
        place = tuple(row.values[name] for name in ("subject", "key", "period_text", "agency", "kind", "valid_from"))
        if place in seen:
            yield row, seen[place]
        seen.setdefault(place, row.number)


def _misfits(draft: Draft, row: Row) -> Iterator[Finding]:
    subject, kind, key = (row.values[name] for name in ("subject", "kind", "key"))
    if subject in KINDS_OF and kind and kind not in KINDS_OF[subject]:
        message, fix = f"Không thể «{kind}» một {subject}.", "Sửa loại điều chỉnh hoặc đối tượng."
        yield row.problem("kind", kind, "; ".join(KINDS_OF[subject]), fix, message=message)
    if subject == TASK:
        ids = {task.id for _, task in draft.tasks or ()}
        if draft.tasks is not None and "" not in ids and key and key not in ids:
            yield row.problem("key", key, "mã nhiệm vụ đã có", _IN_PLAN)
        if row.values["period_text"]:
            expected = "để trống, vì chỉ chỉ tiêu mới có mốc"
            yield row.problem("period_text", row.values["period_text"], expected)
    elif subject == TARGET and draft.targets is not None and key:
        yield from _misfitting_target(draft, row, key)
    if draft.agencies is None:
        return
    known = {agency.name for _, agency in draft.agencies}
    for column in ("agency", *(("value",) if kind == REASSIGNMENT else ())):
        name = row.values[column]
        if name and name not in known:
            yield row.problem(column, name, "tên đã đăng ký", draft.advice(name))


def _misfitting_target(draft: Draft, row: Row, key: str) -> Iterator[Finding]:
    period = row.values["period_text"]
    periods = [target.period_text for _, target in draft.targets or () if target.code == key]
    meant = [text for text in periods if not period or fold(text) == fold(period)]
    if not periods:
        yield row.problem("key", key, "mã chỉ tiêu của một mức chỉ tiêu", _IN_PLAN)
    elif len(meant) != 1:
        fix = "Ghi mốc của mức chỉ tiêu bị thay đổi."
        yield row.problem("period_text", period, f"một trong: {'; '.join(dict.fromkeys(periods))}", fix)


def _replay(draft: Draft) -> Iterator[tuple[Row, Adjustment, Plan, Obstacle | None]]:
    """Yield each adjustment, in the order they apply, with the plan before it and what stands in its way.

    One that is at fault in itself is left out, and so are those of tasks and targets that are: they have their problems
    already.
    """
    plan, names = draft.plan, {agency.name for _, agency in draft.agencies or ()}
    if plan is None or None in (draft.agencies, draft.tasks, draft.targets):
        return
    ids = Counter(task.id for task in plan.tasks)
    sound = {TASK: {task.id for task in plan.tasks if ids[task.id] == 1 and task.lead and set(task.lead) <= names}}
    sound[TARGET] = {item.code for item in plan.targets} - {item.code for item in plan.targets if not item.operator}
    faulty = {row.number for row, _ in _repeated(draft)}
    faulty |= {row.number for row, _ in draft.adjustments or () if any(_misfits(draft, row))}
    rows = [(row, item) for row, item in draft.adjustments or () if item and row.number not in faulty]
    for row, item in sorted(rows, key=lambda pair: pair[1].valid_from):
        if item.key not in sound[item.subject]:
            continue
        found = obstacle(plan, item)
        yield row, item, plan, found
        plan = plan if found else applied(plan, item)


def _set_before(plan: Plan, item: Adjustment) -> tuple[date | None, date | None]:
    """Return the due date that an extension replaces, for what is due once, and for a recurring task."""
    after = applied(plan, item)
    if item.subject == TARGET:
        was = [target.due for target, now in zip(plan.targets, after.targets, strict=True) if target != now]
        return was[0], None
    task = next(task for task in plan.tasks if task.id == item.key)
    now = next(task for task in after.tasks if task.id == item.key)
    moved = now.extensions[-1].was if len(now.extensions) > len(task.extensions) else None
    return (task.deadline.due, None) if moved is None else (None, moved)
