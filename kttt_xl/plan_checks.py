"""Whether the parts of a plan hold together: one small function each, listed in CHECKS, each yields findings.

A check sees the rows as they stand in the files; where a file could not be read, nothing that refers to it is said.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from kttt_xl.agencies import fold_agency
from kttt_xl.cells import fold
from kttt_xl.model import Finding, Indicator
from kttt_xl.plan_adjustment_checks import (
    adjustments_apply,
    before_their_document,
    ended_leads,
    odd_extensions,
    repeated_adjustments,
    unknown_adjusted,
)
from kttt_xl.plan_draft import Draft
from kttt_xl.plan_head import HEAD
from kttt_xl.plan_stats_checks import collectors, odd_averages, sums_hold
from kttt_xl.plan_tables import Row, problem

_NAME = "tên đã đăng ký"
_REGISTER = "Thêm cơ quan vào agencies.csv, hoặc dùng đúng tên đã đăng ký."
_KNOWN_CODE = "Thêm chỉ tiêu vào indicators.csv, hoặc sửa mã."
# The bounds that an operator compares with (contract, section 8); a range is printed with both.
_NEEDS = {"<": ("high",), "<=": ("high",), "range": ("low", "high")} | dict.fromkeys(
    (">=", ">", "=", "about"), ("low",)
)


# Deadlines that name no day on purpose (contract, section 2), folded; a number in one may be a day that was not read.
_NO_DAY = re.compile(r"định kỳ hoặc đột xuất|đúng thời gian quy định|theo kế hoạch\b[^0-9]*")


def check(draft: Draft) -> Iterator[Finding]:
    """Yield everything about a plan that does not hold together, in the order of CHECKS and of the files' rows."""
    for rule in CHECKS:
        yield from rule(draft)


def empty_cells(draft: Draft) -> Iterator[Finding]:
    """What identifies a row or is printed as its name must be there."""
    tables: tuple[tuple[Sequence[tuple[Row, object]] | None, tuple[str, ...]], ...] = (
        (draft.agencies, ("name",)),
        (draft.tasks, ("id", "title")),
        (draft.indicators, ("code", "name")),
        (draft.targets, ("indicator",)),
    )
    for rows, columns in tables:
        for row, _ in rows or ():
            for column in columns:
                if not row.values[column]:
                    yield row.problem(column, "", "nội dung", "Bổ sung ô này.")


def repeated_ids(draft: Draft) -> Iterator[Finding]:
    """One task, one id; one indicator, one code."""
    for rows, column in ((draft.tasks, "id"), (draft.indicators, "code")):
        seen: dict[str, int] = {}
        for row, _ in rows or ():
            name = row.values[column]
            if name and name in seen:
                yield row.problem(column, name, f"khác dòng {seen[name]}", "Bỏ hoặc đổi một trong hai dòng.")
            seen.setdefault(name, row.number)


def shared_names(draft: Draft) -> Iterator[Finding]:
    """A spelling leads to one agency: no two have names that agencies.fold_agency makes the same."""
    owners: dict[str, tuple[int, str]] = {}
    for row, agency in draft.agencies or ():
        for column, name in (("name", agency.name), *(("aliases", alias) for alias in agency.aliases)):
            number, owner = owners.setdefault(fold_agency(name), (row.number, agency.name))
            if name and number != row.number:
                yield row.problem(
                    column, name, f"khác tên của «{owner}» ở dòng {number}", "Mỗi cách viết chỉ của một cơ quan."
                )


def unknown_members(draft: Draft) -> Iterator[Finding]:
    """A member of a group is a registered agency, and no group."""
    single = {agency.name for _, agency in draft.agencies or () if not agency.group}
    for row, agency in draft.agencies or ():
        for member in agency.members:
            if member.name not in single:
                yield row.problem("members", member.name, f"{_NAME}, không phải nhóm", _REGISTER)


def unknown_agencies(draft: Draft) -> Iterator[Finding]:
    """Every agency or group that a task or target names is registered."""
    if draft.agencies is None:
        return
    known = {agency.name for _, agency in draft.agencies}
    used = [
        (row, column, name)
        for row, task in draft.tasks or ()
        for column, names in (("lead", task.lead), ("coordinating", task.coordinating))
        for name in names
    ] + [(row, "each", target.each) for row, target in draft.targets or () if target.each]
    for row, column, name in used:
        if name not in known:
            yield row.problem(column, name, _NAME, draft.advice(name))


def unknown_in_head(draft: Draft) -> Iterator[Finding]:
    """The coordinator is a registered agency; who gets the statistics form is a registered agency or group."""
    if draft.agencies is None or draft.head is None:
        return
    groups = {agency.name: agency.group for _, agency in draft.agencies}
    if groups.get(draft.head.coordinator, True) and draft.head.coordinator:
        expected = f"{_NAME}, không phải nhóm"
        yield problem(HEAD, "", "coordinator", found=draft.head.coordinator, expected=expected, fix=_REGISTER)
    for name in draft.head.settings.stats.recipients:
        if name not in groups:
            yield problem(HEAD, "", "forms.stats.recipients", found=name, expected=_NAME, fix=_REGISTER)


def agency_dates(draft: Draft) -> Iterator[Finding]:
    """An agency does not end before it begins."""
    for row, agency in draft.agencies or ():
        if agency.valid_from and agency.valid_to and agency.valid_from > agency.valid_to:
            yield row.problem("valid_to", row.values["valid_to"], f"không trước ngày {agency.valid_from}")


def missing_leads(draft: Draft) -> Iterator[Finding]:
    """A task without a lead in the plan goes to the plan's coordinator (contract, section 1)."""
    coordinator = draft.head.coordinator if draft.head else "cơ quan đầu mối"
    for row, task in draft.tasks or ():
        if not task.lead:
            yield row.problem("lead", "", "ít nhất một cơ quan chủ trì", f"Ghi «{coordinator}» nếu chưa phân công.")


def unknown_codes(draft: Draft) -> Iterator[Finding]:
    """Every code is an indicator's; a ratio has two counts that add up, a weighted average has its weight."""
    if draft.indicators is None:
        return
    indicators = {indicator.code: indicator for _, indicator in draft.indicators}
    needs = {"ratio": ("numerator", "denominator"), "weighted": ("denominator",)}
    for row, indicator in draft.indicators:
        for column in ("numerator", "denominator", "parent"):
            code, needed = row.values[column], column in needs.get(indicator.aggregation, ())
            if (code or needed) and code not in indicators:
                yield row.problem(column, code, "mã chỉ tiêu đã có", _KNOWN_CODE)
            elif needed and indicators[code].aggregation != "sum":
                yield row.problem(column, code, "mã của một chỉ tiêu cộng được (sum)", _KNOWN_CODE)
        if _among_its_own_parents(indicator, indicators):
            yield row.problem("parent", indicator.parent, "mã của chỉ tiêu bao trùm", "Không xếp dòng vào chính nó.")
    for row, target in draft.targets or ():
        if target.code not in indicators:
            yield row.problem("code", target.code, "mã chỉ tiêu đã có", _KNOWN_CODE)


def _among_its_own_parents(indicator: Indicator, indicators: dict[str, Indicator]) -> bool:
    seen, at = set(), indicator.parent
    while at in indicators and at not in seen:
        seen.add(at)
        at = indicators[at].parent
    return indicator.code in seen


def bounds(draft: Draft) -> Iterator[Finding]:
    """A target has the number its operator compares with, and the lower bound is not above the upper."""
    for row, target in draft.targets or ():
        for column in _NEEDS.get(target.operator, ()):
            if not row.values[column]:
                yield row.problem(column, "", "một số", "Bổ sung mức chỉ tiêu.")
        if target.low is not None and target.high is not None and target.low > target.high:
            low, high = row.values["low"], row.values["high"]
            yield row.problem("high", high, f"không nhỏ hơn {low}", "Đổi lại hai cận.")


def plan_dates(draft: Draft) -> Iterator[Finding]:
    """A plan does not end before it starts."""
    head = draft.head
    if head and head.start and head.end and head.start > head.end:
        expected = f"không trước ngày {head.start}"
        yield problem(HEAD, "", "end", found=str(head.end), expected=expected, fix=f"Sửa tệp {HEAD}.")


def nobody_reports(draft: Draft) -> Iterator[Finding]:
    """A plan with indicators says who fills in the statistics form."""
    if draft.head and draft.indicators and not draft.head.settings.stats.recipients:
        yield problem(
            HEAD,
            "",
            "forms.stats.recipients",
            found="",
            expected="tên cơ quan hoặc nhóm nhận biểu số liệu",
            fix="Chưa phát hành được biểu số liệu; bổ sung khi biết.",
            severity="warning",
        )


def unsure_groups(draft: Draft) -> Iterator[Finding]:
    """A group in use has members, and an officer has confirmed each (contract, section 1)."""
    used = draft.used
    for row, agency in draft.agencies or ():
        if agency.name not in used:
            continue
        unsure = [member.name for member in agency.members if member.mark == "to-confirm"]
        if unsure:
            some = ", ".join(unsure[:3]) + ("…" if len(unsure) > 3 else "")
            yield row.problem(
                "members",
                some,
                "thành viên đã xác nhận",
                "Kiểm tra rồi đổi (to-confirm) thành (sourced) hoặc bỏ.",
                message=f"Nhóm «{agency.name}» có {len(unsure)} thành viên chưa xác nhận: {some}.",
                severity="warning",
            )
        elif agency.group and not agency.members:
            yield row.problem(
                "members",
                "",
                "danh sách thành viên của nhóm",
                "Chưa phát hành được bản sao cho nhóm này; bổ sung thành viên khi biết.",
                message=f"Nhóm «{agency.name}» chưa có danh sách thành viên.",
                severity="warning",
            )


def names_no_day(text: str) -> bool:
    """Say whether a deadline is one of those that name no day on purpose."""
    return _NO_DAY.fullmatch(fold(text).strip(" .,;:()")) is not None


def unread_deadlines(draft: Draft) -> Iterator[Finding]:
    """A deadline that says something is understood, unless it is one of those that name no day."""
    for row, task in draft.tasks or ():
        deadline = task.deadline
        unread = deadline.recurrence == "none" and deadline.due is None and deadline.start is None
        if task.deadline_text and unread and not names_no_day(task.deadline_text):
            yield row.problem(
                "deadline_text",
                task.deadline_text,
                "thời hạn đọc được",
                "Viết theo một dạng như «trước ngày 30/6/2025», «Quý II/2025», «2024 - 2025», «Hằng năm», «Thường "
                "xuyên»; để nguyên nếu kế hoạch không định ngày.",
                message=f"Không đọc được thời hạn «{task.deadline_text}»; nhiệm vụ sẽ tính là không có thời hạn.",
                severity="warning",
            )


# Those that warn come last.
CHECKS: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    empty_cells,
    repeated_ids,
    shared_names,
    unknown_members,
    unknown_agencies,
    unknown_in_head,
    collectors,
    agency_dates,
    missing_leads,
    unknown_codes,
    sums_hold,
    bounds,
    plan_dates,
    unknown_adjusted,
    repeated_adjustments,
    adjustments_apply,
    nobody_reports,
    unsure_groups,
    odd_averages,
    unread_deadlines,
    odd_extensions,
    before_their_document,
    ended_leads,
)
