"""Whether what a plan says of its statistics form and of the sending of forms holds together: part of plan_checks."""

from collections.abc import Iterator

from kttt_xl.model import Finding
from kttt_xl.period import parse_deadline
from kttt_xl.plan_draft import Draft
from kttt_xl.plan_head import HEAD
from kttt_xl.plan_tables import problem

_KNOWN_CODE = "Thêm chỉ tiêu vào indicators.csv, hoặc sửa mã."


def sums_hold(draft: Draft) -> Iterator[Finding]:
    """Rows that make up another row, or change it within a period, add up over agencies as it does."""
    if draft.indicators is None:
        return
    indicators = {indicator.code: indicator for _, indicator in draft.indicators}
    for row, indicator in draft.indicators:
        changes = indicator.increases + indicator.decreases
        named = [("parts", code) for code in indicator.parts]
        named += [(column, code) for column in ("increases", "decreases") for code in getattr(indicator, column)]
        for column, code in named:
            nature = indicator.nature if column == "parts" else "flow"
            if code not in indicators:
                yield row.problem(column, code, "mã chỉ tiêu đã có", _KNOWN_CODE)
            elif code == indicator.code or (indicator.parts if column == "parts" else changes).count(code) > 1:
                yield row.problem(column, code, "mỗi mã một lần, khác mã của dòng này", "Bỏ mã thừa.")
            elif indicators[code].aggregation != "sum" or indicators[code].nature != nature:
                what = "cùng tính chất với dòng này" if column == "parts" else "số phát sinh (flow)"
                yield row.problem(column, code, f"mã của một chỉ tiêu cộng được (sum), {what}", _KNOWN_CODE)
        if named and indicator.aggregation != "sum":
            expected = "cộng được (sum), vì dòng này là tổng của các dòng khác"
            yield row.problem("aggregation", row.values["aggregation"], expected)
        if changes and indicator.nature != "stock":
            expected = "số tại thời điểm (stock), vì dòng này có tăng, giảm trong kỳ"
            yield row.problem("nature", row.values["nature"], expected)
        if indicator.exhaustive and not indicator.parts:
            yield row.problem(
                "exhaustive", "x", "để trống, vì chưa ghi các dòng hợp thành", "Bổ sung các mã, hoặc bỏ x."
            )


def collectors(draft: Draft) -> Iterator[Finding]:
    """Who collects a form is a registered agency; a form is due by one rule, not by two that may disagree."""
    if draft.head is None:
        return
    groups = {agency.name: agency.group for _, agency in draft.agencies or ()}
    forms = {"tasks": draft.head.settings.tasks, "stats": draft.head.settings.stats}
    for kind, form in forms.items():
        if draft.agencies is not None and form.coordinator and groups.get(form.coordinator, True):
            yield problem(
                HEAD,
                "",
                f"forms.{kind}.coordinator",
                found=form.coordinator,
                expected="tên đã đăng ký, không phải nhóm",
                fix="Thêm cơ quan vào agencies.csv, hoặc dùng đúng tên đã đăng ký.",
            )
        deadline = parse_deadline(form.sending)
        if form.sending_working_days is not None and (deadline.due or deadline.day):
            yield problem(
                HEAD,
                "",
                f"forms.{kind}.sending_working_days",
                found=str(form.sending_working_days),
                expected="để trống, vì thời hạn gửi đã ghi ngày",
                fix="Bỏ số ngày làm việc, hoặc bỏ ngày trong thời hạn gửi.",
            )


def odd_averages(draft: Draft) -> Iterator[Finding]:
    """An average over years is of growth rates: of another figure it would be read as growth in percent (section 8)."""
    natures = {indicator.code: indicator.nature for _, indicator in draft.indicators or ()}
    for row, target in draft.targets or ():
        if target.basis == "average" and natures.get(target.code, "growth") != "growth":
            yield row.problem(
                "basis",
                row.values["basis"],
                "chỉ tiêu tốc độ tăng",
                "Kiểm tra: nếu là mức của từng năm thì dùng hằng năm, nếu là mức tại một mốc thì dùng mốc năm.",
                message=f"Bình quân năm tính từ tốc độ tăng (%), nhưng «{target.code}» không phải tốc độ tăng.",
                severity="warning",
            )
