"""What stands in the tables of the consolidated workbook: headings, and a row for everything that was found.

Rows are plain values; how they look is paper's. The headings that history reads back are taken from there.
"""

from collections.abc import Iterable, Iterator, Mapping

from kttt_xl.assignments import asked_for, deadline_words
from kttt_xl.attainment import bound
from kttt_xl.cells import show_date, show_number
from kttt_xl.consolidation import Consolidated, Narrative, Total
from kttt_xl.history import FIGURE_HEADINGS, FIGURE_SHEET, TASK_HEADINGS
from kttt_xl.identity import Manifest
from kttt_xl.intake import VERDICT_WORDS, JudgedCopy, count_cells, count_findings
from kttt_xl.layout import SHEET_NAMES
from kttt_xl.messages import ERROR, INFO, WARNING
from kttt_xl.model import OPERATOR_WORDS, Figure, Submission, Target
from kttt_xl.paper import Columns, Link, Row, Shown
from kttt_xl.period import parse_period
from kttt_xl.progress import Measure
from kttt_xl.task_rows import TaskRow
from kttt_xl.twins import NONE

NO_VALUE = NONE
NOT_SENT = "Chưa gửi"
# What became of the copies of an agency, in words; of several verdicts the first of these decides.
OUTCOMES = {
    "accepted": "Đã gửi",
    "conflicting": "Xung đột",
    "refused": "Bị từ chối",
    "duplicate": "Trùng",
    "superseded": "Đã được thay thế",
}
SEVERITIES = {ERROR: "Lỗi", WARNING: "Cảnh báo", INFO: "Thông tin"}
_AGGREGATIONS = {
    "sum": "cộng các đơn vị",
    "weighted": "bình quân có trọng số",
    "ratio": "tính lại từ tổng hai số",
    "none": "không cộng",
}
_BASES = {"yearly": "Hằng năm", "average": "Bình quân năm"}

_CODE, _AGENCY, _PERIOD, _VALUE, _FILE, _SHEET, _CELL = FIGURE_HEADINGS
_STATE, _DONE_ON = TASK_HEADINGS[3:]

TARGET_COLUMNS: Columns = {
    "STT": 5, "Chỉ tiêu": 28, "ĐVT": 10, "Yêu cầu": 16, "Mốc": 12, "Giá trị thực hiện": 12, "Kỳ của giá trị": 12,
    "Số đơn vị báo cáo": 10, "Mức đạt (%)": 8, "Đánh giá": 12, "Tiến độ": 11, "Dự báo": 10, "Hạn": 11,
    "Câu trong kế hoạch": 32, "Nguồn số liệu": 18, "Ghi chú": 26,
}  # fmt: skip
TOTAL_COLUMNS: Columns = {  # below the targets, in the same columns of the sheet
    "STT": 5, "Chỉ tiêu": 28, "ĐVT": 10, "Mã": 16, "Cách tổng hợp": 12, "Giá trị": 12, "Kỳ": 12,
    "Số đơn vị báo cáo/phải báo cáo": 10,
}  # fmt: skip
TASK_COLUMNS: Columns = {
    _CODE: 8, "Mục": 26, "Nhiệm vụ": 32, "Vai trò": 9, _AGENCY: 18, _PERIOD: 9, "Thời gian trình": 12, "Hạn": 11,
    _STATE: 13, "Tỷ lệ hoàn thành (%)": 8, _DONE_ON: 11, "Tình trạng": 13, "Sản phẩm đã ban hành": 16,
    "Kết quả thực hiện": 30, "Khó khăn, vướng mắc": 20, "Kiến nghị": 18, "Đã báo cáo kỳ này": 11, _FILE: 24,
    _SHEET: 10, "Dòng nguồn": 7,
}  # fmt: skip
FIGURE_COLUMNS: Columns = {
    _CODE: 16, "Chỉ tiêu": 36, "ĐVT": 12, _AGENCY: 26, _PERIOD: 11, "Kỳ": 14, _VALUE: 13, "Nội dung": 40, _FILE: 36,
    _SHEET: 10, _CELL: 8,
}  # fmt: skip
COPY_COLUMNS: Columns = {
    "STT": 5, "Đơn vị": 34, "Biểu": 11, "Tình trạng": 12, "Tệp": 44, "Ô đã điền": 8, "Ô nhận": 8, "Ô từ chối": 8,
    "Ô ở tệp không tính": 9, "Số lỗi": 7, "Số cảnh báo": 9, "Người lập biểu": 18, "Điện thoại": 13,
    "Thư điện tử": 22, "Ghi chú": 30,
}  # fmt: skip
FINDING_COLUMNS: Columns = {
    "Mức độ": 10, "Đơn vị": 26, "Tệp": 30, "Trang": 12, "Ô": 8, "Cột": 18, "Nội dung": 50, "Cách sửa": 44, "Mã lỗi": 20,
}  # fmt: skip
Evidence = Figure | Narrative


# --- Chỉ tiêu


def target_rows(result: Consolidated, places: Mapping[Evidence, int]) -> Iterator[Row]:
    """Yield a row for each target; places gives the row (1-based) of each figure and text in Số liệu."""
    for number, item in enumerate(result.measures, start=1):
        target, rests_on = item.target, basis(result, item)
        told = [text for text in result.narratives if text.code == target.code and text.field != "note"]
        sources: list[Evidence] = [figure for total in rests_on for figure in total.sources]
        due = f"{show_date(item.due)} (suy ra)" if item.due and item.due_derived else item.due
        yield (
            number,
            target.indicator,
            "đơn vị đạt" if target.each else target.unit,
            f"mỗi đơn vị {requirement(target, target.unit)}" if target.each else requirement(target),
            target.period_text or _BASES.get(target.basis, ""),
            NO_VALUE if item.actual is None else item.actual,
            parse_period(item.actual_period).name if item.actual_period else NO_VALUE,
            reporting(result, item, rests_on, told),
            NO_VALUE if item.attainment is None else 100 * item.attainment,
            f"{item.verdict} {item.remark}".strip(),
            item.pace or NO_VALUE,
            NO_VALUE if item.forecast is None else item.forecast,
            due or NO_VALUE,
            target.quote,
            _origin(list(told) if target.operator == "qualitative" else sources, places),
            _remarks(result, item),
        )


def requirement(target: Target, unit: str = "") -> str:
    """Return what a target asks, in words: "từ 30 trở lên", "đạt 40 (mức sàn)", "trong khoảng 6,5 – 7"."""
    word, level = OPERATOR_WORDS[target.operator], bound(target.operator, target.low, target.high)
    if level is None or target.operator in {"=0", "complete"}:
        return word
    number = show_number(level)
    if target.operator == "range" and target.high is not None:
        number += f" – {show_number(target.high)}"
    number = f"{number} {unit}".strip()
    if "…" in word:
        return word.replace("…", number)
    name, bracket, rest = word.partition(" (")
    return f"{name} {number}{bracket}{rest}"


def basis(result: Consolidated, item: Measure) -> list[Total]:
    """Return the totals that a target's value rests on: that of its period, or those it sums or averages.

    Without a value, the total of the period reported on.
    """
    known = [total for total in result.totals if total.indicator.code == item.target.code and total.reporting]
    if item.actual_period is None:
        return [total for total in known if total.period == result.period]
    span = parse_period(item.actual_period)
    ended = [total for total in known if total.period.end <= span.end]
    if item.target.each:
        return ended
    same = [total for total in known if total.period == span]
    if item.cumulative and same and same[0].indicator.nature == "flow":
        first = span.year if item.target.basis == "yearly" or not result.plan.start else result.plan.start.year
        return [total for total in ended if total.period.start.year >= first]
    return same or [total for total in ended if span.contains(total.period)]


def reporting(result: Consolidated, item: Measure, rests_on: Iterable[Total], told: Iterable[Narrative]) -> str:
    """Return how many of how many agencies a value rests on, "13/15"; of several periods "10–13/15"."""
    expected = len(asked_for(result.plan)[item.target.code])
    if item.target.each:
        members = set(result.plan.members(item.target.each))
        return f"{len(members & {figure.agency for total in rests_on for figure in total.sources})}/{len(members)}"
    if item.target.operator == "qualitative":
        return f"{len({text.agency for text in told})}/{expected}"
    fewest, *more = sorted({total.reporting for total in rests_on}) or [0]
    return f"{fewest}–{more[-1]}/{expected}" if more else f"{fewest}/{expected}"


def _origin(sources: list[Evidence], places: Mapping[Evidence, int]) -> Shown:
    """Return where the figures stand: a link to the first one's row, else the cell of an earlier period's copy."""
    rows = [places[source] for source in sources if source in places]
    if rows:
        others = f", {len(sources) - len(rows)} ô của kỳ trước" if len(rows) < len(sources) else ""
        return Link(f"dòng {min(rows)} ({len(rows)} ô{others})", FIGURE_SHEET, min(rows))
    return "".join(f"kỳ trước: {at.file}, {at.sheet}, ô {at.cell} ({len(sources)} ô)" for at in sources[:1])


def _remarks(result: Consolidated, item: Measure) -> str:
    target, parts = item.target, []
    if item.cumulative:
        parts.append("Giá trị lũy kế.")
    if target.each:
        failing = f"; chưa đạt hoặc chưa có số liệu: {', '.join(item.unsatisfied)}" if item.unsatisfied else ""
        members = len(result.plan.members(target.each))
        parts.append(f"Tính cho từng đơn vị của «{target.each}» ({members} đơn vị){failing}.")
    if item.earlier:
        code, value = item.earlier
        same = [total for total in result.totals if (total.indicator.code, total.period.code) == (target.code, code)]
        by = "".join(f", {total.reporting}/{total.expected} đơn vị báo cáo" for total in same)
        parts.append(f"Có {show_number(value)} ({parse_period(code).name}{by}), không dùng để đánh giá.")
    years = (*item.gap_years, *item.sum_gap_years)
    if years:
        parts.append(f"Thiếu số liệu năm {', '.join(map(str, years))}.")
    if target.base is not None:
        parts.append(f"Giá trị gốc: {show_number(target.base)}.")
    if target.change:
        parts.append(f"Điều chỉnh: {target.change}.")
    return " ".join(parts)


def total_rows(result: Consolidated) -> Iterator[Row]:
    """Yield a row for each indicator and period, with how it was totalled and from how many agencies."""
    for number, total in enumerate(result.totals, start=1):
        indicator = total.indicator
        yield (
            number,
            f"{indicator.name} (tên suy ra)" if indicator.derived else indicator.name,
            indicator.unit,
            indicator.code,
            _AGGREGATIONS[indicator.aggregation],
            NO_VALUE if total.value is None else total.value,
            total.period.name,
            f"{total.reporting}/{total.expected}",
        )


# --- Nhiệm vụ, Số liệu


def task_rows(result: Consolidated) -> Iterator[Row]:
    """Yield a row for each task and lead, and for each coordinating agency that reported."""
    for row in result.task_rows:
        task, reported = row.task, "có" if row.reported else "không"
        yield (
            task.id, task.section, task.title, row.role, row.agency, result.period.code, deadline_words(task), row.due,
            row.state, row.percent, row.done_on, row.status,
            *(row.texts.get(field) for field in ("issued", "result", "difficulty", "proposal")),
            f"{reported} (giữ kết quả kỳ trước)" if row.carried else reported, _told_by(row), row.sheet, row.row,
        )  # fmt: skip


def _told_by(row: TaskRow) -> str | None:
    """Return the file of a task row, and the slips that changed some of it."""
    return "\n".join(dict.fromkeys((row.file, *row.slips))) if row.file else None


def evidence(result: Consolidated) -> tuple[Evidence, ...]:
    """Return the figures, then the texts, by indicator, period and agency, in the plan's order."""
    codes = {indicator.code: at for at, indicator in enumerate(result.plan.indicators)}
    agencies = {agency.name: at for at, agency in enumerate(result.plan.agencies)}
    figures = sorted(result.figures, key=lambda item: (codes[item.code], item.period, agencies[item.agency]))
    texts = sorted(result.narratives, key=lambda item: (codes[item.code], item.field, agencies[item.agency]))
    return (*figures, *texts)


def figure_rows(result: Consolidated, found: Iterable[Evidence]) -> Iterator[Row]:
    """Yield a row for each figure and text, with the cell it came from."""
    indicators = {indicator.code: indicator for indicator in result.plan.indicators}
    for item in found:
        indicator = indicators[item.code]
        if isinstance(item, Figure):
            what: Row = (item.period.code, item.period.name, item.value, None)
        elif item.field == "note":
            what = (None, "Ghi chú", None, item.text)
        else:
            what = (item.field, parse_period(item.field).name, None, item.text)
        yield item.code, indicator.name, indicator.unit, item.agency, *what, item.file, item.sheet, item.cell


# --- Tình hình nộp, Lỗi, Nguồn


def whose(copy: JudgedCopy) -> tuple[str, str]:
    """Return the (agency, kind) that a copy says it is for; empty when it could not be read."""
    told = _identity(copy)
    return (told.agency, told.kind) if told else ("", "")


def _identity(copy: JudgedCopy) -> Submission | Manifest | None:
    return (copy.reading.submission or copy.reading.manifest) if copy.reading else None


def copy_rows(result: Consolidated) -> Iterator[Row]:
    """Yield a row for each expected copy, sent or not, then for those nobody expected; no file is left out."""
    groups: dict[tuple[str, str], list[JudgedCopy]] = {form: [] for form in result.forms}
    for copy in result.copies:
        if copy.verdict != "skipped":
            groups.setdefault(whose(copy), []).append(copy)
    for number, (form, copies) in enumerate(groups.items(), start=1):
        ranked = sorted(copies, key=lambda copy: list(OUTCOMES).index(copy.verdict))
        notes = [] if form in result.forms or not form[0] else ["Ngoài danh sách phải gửi."]
        slips = [each.slip.number for each in result.slips if each.counts and each.place and each.place[:2] == form]
        if slips:
            notes.append(f"Cán bộ nhập thay, sửa {len(slips)} ô (phiếu số {', '.join(map(str, slips))}).")
        yield (number, *_copy_row(form, ranked, notes))


def _copy_row(form: tuple[str, str], ranked: list[JudgedCopy], notes: list[str]) -> Row:
    agency, kind = form[0] or "(không rõ đơn vị)", SHEET_NAMES.get(form[1], form[1])
    if not ranked:
        return (agency, kind, NOT_SENT, *(None,) * 10, " ".join(notes) or None)
    first = ranked[0]
    words = {verdict: f" ({word})" for verdict, word in VERDICT_WORDS.items()} | {first.verdict: ""}
    names = (f"{copy.file}{words[copy.verdict]}" for copy in ranked)
    submission = first.reading.submission if first.reading else None
    cover = dict(submission.cover) if submission else {}
    if submission and submission.nothing_to_report:
        notes.append("Không phát sinh toàn bộ.")
    if submission and submission.resubmission:
        notes.append(f"Lý do nộp lại: {submission.resubmission}")
    notes += [f"{copy.file}: {copy.why}" for copy in ranked if copy.why]
    # What a duplicate or superseded copy says is not in Lỗi either.
    found = [count_findings(copy) for copy in ranked if copy.verdict not in {"duplicate", "superseded"}]
    return (
        agency, kind, OUTCOMES[first.verdict], "\n".join(names), *count_cells(ranked).values(),
        sum(errors for errors, _ in found), sum(warnings for _, warnings in found),
        cover.get("filler"), cover.get("phone"), cover.get("email"), " ".join(notes),
    )  # fmt: skip


def finding_rows(result: Consolidated) -> Iterator[Row]:
    """Yield a row for each finding, errors first."""
    order = list(SEVERITIES)
    for item in sorted(result.findings, key=lambda item: order.index(item.severity)):
        where = (item.agency, item.file, item.sheet, item.cell, item.header)
        yield SEVERITIES[item.severity], *where, item.message, item.fix, item.code
