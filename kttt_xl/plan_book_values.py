"""A value of the model -> what stands in its row of the plan workbook, by field."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from kttt_xl.bands import band_text
from kttt_xl.cells import read_date
from kttt_xl.model import OPERATOR_WORDS, Adjustment, Agency, Form, Indicator, Plan, Settings, Target, Task
from kttt_xl.plan_book import SEPARATOR, WORDS, YES, Table, number_text
from kttt_xl.plan_book_columns import SELDOM
from kttt_xl.plan_tables import ADJUSTMENTS, AGENCIES, INDICATORS, TARGETS, TASKS

Value = str | Decimal | date | None | tuple[str, ...]  # the last for the agencies of a task, a cell each
Values = Mapping[str, Value]


def table_values(plan: Plan) -> dict[str, list[Values]]:
    """Return the rows of every table sheet, by table."""
    return {
        AGENCIES: list(map(_agency, plan.agencies)),
        TASKS: list(map(_task, plan.tasks)),
        INDICATORS: list(map(_indicator, plan.indicators)),
        TARGETS: list(map(_target, plan.targets)),
        ADJUSTMENTS: list(map(_adjustment, plan.adjustments)),
    }


def head_values(plan: Plan) -> dict[str, Value]:
    """Return what stands on the sheet Kế hoạch."""
    return {
        "id": plan.id,
        "title": plan.title,
        "number": plan.number,
        "issued_on": plan.issued_on,
        "issuer": plan.issuer,
        "coordinator": plan.coordinator,
        "start": plan.start,
        "end": plan.end,
        "note": plan.note,
        **setting_values(plan.settings),
    }


def setting_values(settings: Settings) -> dict[str, Value]:
    """Return what an office may set, the part of the sheet Kế hoạch that a new plan has too."""
    return {
        "derived.start": YES * ("start" in settings.derived),
        "derived.end": YES * ("end" in settings.derived),
        "settings.before_includes_day": YES * settings.before_includes_day,
        "settings.due_soon_days": Decimal(settings.due_soon_days),
        "settings.about_share": settings.about_share.scaleb(2),
        "bands.document": settings.bands_document,
        "bands.levels": SEPARATOR.join(map(band_text, settings.bands)),
        **_form("forms.tasks", settings.tasks),
        **_form("forms.stats", settings.stats),
    }


def _form(name: str, form: Form) -> dict[str, Value]:
    fresh, days = Form(), form.sending_working_days
    found: dict[str, Value] = {
        f"{name}.cut_off": WORDS["cut_off"][form.cut_off],
        f"{name}.sending": form.sending,
        f"{name}.recipients": SEPARATOR.join(form.recipients),
        f"{name}.window": SEPARATOR.join(map(str, form.window)),
        f"{name}.sending_working_days": None if days is None else Decimal(days),
        f"{name}.sending_roll": YES * form.sending_roll,
        f"{name}.coordinator": form.coordinator,
    }
    usual = {f"{name}.recipients": form.recipients == fresh.recipients, f"{name}.window": form.window == fresh.window}
    return {key: value for key, value in found.items() if not (key in SELDOM and usual[key])}


def _agency(agency: Agency) -> Values:
    marks = Counter(member.mark for member in agency.members).most_common(1)
    mark = marks[0][0] if marks else ""
    members = (
        member.name if member.mark == mark else f"{member.name} ({WORDS['mark'][member.mark]})"
        for member in agency.members
    )
    return {
        "name": agency.name,
        "category": agency.category,
        "aliases": SEPARATOR.join(agency.aliases),
        "group": YES * agency.group,
        "members": SEPARATOR.join(members),
        "mark": WORDS["mark"].get(mark, ""),
        "contact": agency.contact,
        "phone": agency.phone,
        "email": agency.email,
        "note": agency.note,
        "valid_from": agency.valid_from,
        "valid_to": agency.valid_to,
    }


def _task(task: Task) -> Values:
    return {
        "id": task.id,
        "section": task.section,
        "title": task.title,
        "lead": task.lead,
        "lead_text": task.lead_text,
        "coordinating": task.coordinating,
        "coordinating_text": task.coordinating_text,
        "submit_to": task.submit_to,
        "product": task.product,
        "deadline_text": task.deadline_text,
        "condition_met_on": task.condition_met_on,
        "source_note": task.source_note,
    }


def _indicator(indicator: Indicator) -> Values:
    return {
        "code": indicator.code,
        "name": indicator.name,
        "unit": indicator.unit,
        "nature": WORDS["nature"][indicator.nature],
        "aggregation": WORDS["aggregation"][indicator.aggregation],
        "numerator": indicator.numerator,
        "denominator": indicator.denominator,
        "parent": indicator.parent,
        "value_type": WORDS["value_type"][indicator.value_type],
        "derived": YES * indicator.derived,
        "parts": SEPARATOR.join(indicator.parts),
        "exhaustive": YES * indicator.exhaustive,
        "increases": SEPARATOR.join(indicator.increases),
        "decreases": SEPARATOR.join(indicator.decreases),
        "banded": YES * indicator.banded,
        "note": indicator.note,
    }


def _target(target: Target) -> Values:
    return {
        "code": target.code,
        "indicator": target.indicator,
        "unit": target.unit,
        "operator": OPERATOR_WORDS[target.operator],
        "low": target.low,
        "high": target.high,
        "period_text": target.period_text,
        "due": target.due,
        "basis": WORDS["basis"][target.basis],
        "scope": target.scope,
        "each": target.each,
        "base": target.base,
        "quote": target.quote,
    }


def _adjustment(item: Adjustment) -> Values:
    value = item.value
    if isinstance(value, tuple):  # a range stands in one cell, as a text
        value = SEPARATOR.join(number_text(bound).replace(".", ",") for bound in value)
    return {
        "key": item.key,
        "subject": item.subject,
        "period_text": item.period_text,
        "agency": item.agency,
        "kind": item.kind,
        "value": value,
        "document": item.document,
        "valid_from": item.valid_from,
    }


def example_values(table: Table, row: Mapping[str, str]) -> Values:
    """Return an example row with its numbers and dates as such."""
    found: dict[str, Value] = {}
    for column in table.columns:
        text = row.get(column.field, "")
        if column.kind == "number":
            found[column.field] = Decimal(text) if text else None
        elif column.kind in {"date", "any"}:
            found[column.field] = read_date(text) or text
        else:
            found[column.field] = (text,) if column.kind == "agencies" else text
    return found
