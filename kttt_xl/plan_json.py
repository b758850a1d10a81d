"""A plan as `plan list` and `plan show` print it: keys and their order are contract, section 3."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from kttt_xl.adjustments import words
from kttt_xl.cells import show_date, show_number
from kttt_xl.model import Adjustment, Agency, Form, Indicator, Plan, Target, Task


def entry(plan: Plan) -> dict[str, Any]:
    """Return a plan's entry in `plan list --json`; its counts leave groups out of the agencies."""
    return {
        "id": plan.id,
        "title": plan.title,
        "number": plan.number,
        "issuer": plan.issuer,
        "tasks": len(plan.tasks),
        "targets": len(plan.targets),
        "agencies": sum(not agency.group for agency in plan.agencies),
    }


def document(plan: Plan) -> dict[str, Any]:
    """Return a whole plan as JSON: dates YYYY-MM-DD, numbers int when whole, else float, null where there is none."""
    settings = plan.settings
    return {
        "id": plan.id,
        "title": plan.title,
        "number": plan.number,
        "issued_on": _iso(plan.issued_on),
        "issuer": plan.issuer,
        "coordinator": plan.coordinator,
        "start": _iso(plan.start),
        "end": _iso(plan.end),
        "settings": {
            "before_includes_day": settings.before_includes_day,
            "due_soon_days": settings.due_soon_days,
            "about_share": plain_number(settings.about_share),
            "derived": list(settings.derived),
            "bands": [{"name": band.name, "limits": band.limits} for band in settings.bands],
            "bands_document": settings.bands_document,
            "tasks": _form(settings.tasks),
            "stats": _form(settings.stats),
            "note": plan.note,
        },
        "agencies": [_agency(agency) for agency in plan.agencies],
        "tasks": [_task(task) for task in plan.tasks],
        "indicators": [_indicator(indicator) for indicator in plan.indicators],
        "targets": [_target(target) for target in plan.targets],
        "adjustments": [_adjustment(item) for item in plan.adjustments],
    }


def _form(form: Form) -> dict[str, Any]:
    return {
        "cut_off": form.cut_off,
        "sending": form.sending,
        "recipients": list(form.recipients),
        "window": list(form.window),
        "sending_working_days": form.sending_working_days,
        "sending_roll": form.sending_roll,
        "coordinator": form.coordinator or None,
    }


def _agency(agency: Agency) -> dict[str, Any]:
    return {
        "name": agency.name,
        "category": agency.category,
        "aliases": list(agency.aliases),
        "group": agency.group,
        "members": [asdict(member) for member in agency.members],
        "note": agency.note,
        "contact": agency.contact,
        "phone": agency.phone,
        "email": agency.email,
        "valid_from": _iso(agency.valid_from),
        "valid_to": _iso(agency.valid_to),
    }


def _task(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "section": task.section,
        "title": task.title,
        "lead": list(task.lead),
        "lead_text": task.lead_text,
        "coordinating": list(task.coordinating),
        "coordinating_text": task.coordinating_text,
        "submit_to": task.submit_to,
        "product": task.product,
        "deadline_text": task.deadline_text,
        "deadline": task.deadline.as_json(),
        "condition_met_on": _iso(task.condition_met_on),
        "source_note": task.source_note,
    }


def _indicator(indicator: Indicator) -> dict[str, Any]:
    return {
        "code": indicator.code,
        "name": indicator.name,
        "unit": indicator.unit,
        "nature": indicator.nature,
        "aggregation": indicator.aggregation,
        "numerator": indicator.numerator or None,
        "denominator": indicator.denominator or None,
        "parent": indicator.parent or None,
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "indicator": target.indicator,
        "code": target.code,
        "unit": target.unit,
        "operator": target.operator,
        "low": plain_number(target.low),
        "high": plain_number(target.high),
        "period_text": target.period_text,
        "due": _iso(target.due),
        "basis": target.basis,
        "scope": target.scope,
        "each": target.each or None,
        "base": plain_number(target.base),
        "quote": target.quote,
    }


def _adjustment(item: Adjustment) -> dict[str, Any]:
    value: object = item.value
    if isinstance(value, Decimal):
        value = plain_number(value)
    elif isinstance(value, tuple):
        value = [plain_number(bound) for bound in value]
    elif isinstance(value, date):
        value = value.isoformat()
    return {
        "subject": item.subject,
        "key": item.key,
        "period_text": item.period_text or None,
        "agency": item.agency or None,
        "kind": item.kind,
        "value": value,
        "document": item.document,
        "valid_from": item.valid_from.isoformat(),
    }


def plain_number(value: Decimal | None) -> int | float | None:
    """Return a number as JSON has it: whole numbers without a decimal point."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def adjustment_words(item: Adjustment) -> str:
    """Return an adjustment in a sentence: "nhiệm vụ 10: gia hạn đến 30/6/2025 theo CV 12, từ ngày 1/11/2024"."""
    what = " ".join(filter(None, (item.subject, item.key, f"({item.period_text})" if item.period_text else "")))
    return f"{what}: {words(item)}, từ ngày {show_date(item.valid_from)}"


def target_words(target: Target) -> str:
    """Return what a target asks for, e.g. "từ 30 tổ hợp tác trở lên"."""
    low, high = (
        "" if number is None else f"{show_number(number)} {target.unit}".strip() for number in (target.low, target.high)
    )
    phrases = {
        ">=": f"từ {low} trở lên",
        ">": f"trên {low}",
        "<=": f"không quá {high}",
        "<": f"dưới {high}",
        "=": f"{low} (mức sàn)",
        "=0": f"không còn {target.unit}".strip(),
        "range": f"từ {low} đến {high}",
        "about": f"khoảng {low}",
        "complete": "hoàn thành",
        "qualitative": "định tính",
    }
    return phrases[target.operator]
