"""When a form is due (thời hạn gửi): the day, and the words that a form says it with.

A plan words it ("trước ngày 15/12 hằng năm"), or an office counts working days from the cut-off (domain 3.1: "02 ngày
làm việc kể từ ngày chốt số liệu") or moves a due day off to the next working day: settings of a form. A day that the
calendar cannot settle is said to be so, never guessed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from kttt_xl.cells import show_date
from kttt_xl.model import Form, Plan
from kttt_xl.period import Period, cut_off_span, due_in, parse_deadline
from kttt_xl.workdays import Calendar, NotSettledError, add_working_days, next_working_day


@dataclass(frozen=True, slots=True)
class Sending:
    """When a form of a period is due: the day, None where none can be told.

    stated is the day that the plan's words mean, before it was moved off a day that is not worked; why says in a few
    words why the calendar could not settle the day, "" where it did or was not asked.
    """

    day: date | None
    stated: date | None = None
    why: str = ""


def counts_working_days(plan: Plan) -> bool:
    """Tell whether a plan's forms ask for a calendar of working days."""
    forms = (plan.settings.tasks, plan.settings.stats)
    return any(form.sending_working_days is not None or form.sending_roll for form in forms)


def sending(form: Form, period: Period, *, before_includes_day: bool, calendar: Calendar | None = None) -> Sending:
    """Return when a form of a period is due; before_includes_day as in period.parse_deadline.

    Working days count from the last day of the cut-off, the day after it being the first.
    """
    days, text = form.sending_working_days, form.sending
    if days is not None:
        return _settled(None, calendar, lambda known: add_working_days(known, _cut_off(form, period), days))
    deadline = parse_deadline(text, before_includes_day=before_includes_day)
    if deadline.day is None and deadline.due is None:
        return Sending(None)
    day = due_in(deadline, period, before_includes_day=before_includes_day)
    if day is None or not form.sending_roll:
        return Sending(day, day)
    return _settled(day, calendar, lambda known: next_working_day(known, day))


def _settled(stated: date | None, calendar: Calendar | None, find: Callable[[Calendar], date]) -> Sending:
    if calendar is None:
        return Sending(None, stated, "chưa có lịch nghỉ lễ, Tết")
    try:
        return Sending(find(calendar), stated)
    except NotSettledError as error:
        return Sending(None, stated, error.why)


def sending_words(form: Form, period: Period, *, before_includes_day: bool, calendar: Calendar | None = None) -> str:
    """Return the sending deadline in the plan's words, with the day it means for the period."""
    found = sending(form, period, before_includes_day=before_includes_day, calendar=calendar)
    text = form.sending
    if form.sending_working_days is not None:
        counted = f"{form.sending_working_days} ngày làm việc sau ngày chốt số liệu {show_date(_cut_off(form, period))}"
        said = f"chậm nhất {show_date(found.day)}" if found.day else f"chưa tính được ngày: {found.why}"
        return f"{text} ({said}; {counted})" if text else f"{counted} ({said})"
    if found.stated is None:
        return f"{text} (kế hoạch không ghi ngày)" if text else "kế hoạch không quy định"
    counted = "tính cả ngày ghi trong kế hoạch" if before_includes_day else "không tính ngày ghi trong kế hoạch"
    if found.day is None:
        moved = f"chưa rõ có dời sang ngày làm việc kế tiếp không: {found.why}"
        return f"{text} (chậm nhất {show_date(found.stated)}, {counted}; {moved})"
    if found.day != found.stated:
        counted += f"; ngày {show_date(found.stated)} nghỉ nên dời sang ngày làm việc kế tiếp"
    return f"{text} (chậm nhất {show_date(found.day)}, {counted})"


def _cut_off(form: Form, period: Period) -> date:
    return cut_off_span(period, form.cut_off)[1]
