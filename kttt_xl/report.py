"""The consolidated workbook, and the JSON of `consolidate`: what a leader reads, and where every number came from.

Whatever an agency typed goes in as plain text: never a formula, link, sheet name or header. Nothing depends on the
clock: the same result gives the same bytes. What moves with the day is a formula with its value beside it, so that an
officer may change the day. Source: contract section 6.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

from kttt_xl import live_rows, overview_sheet, source_sheet, tables, tables_now
from kttt_xl.attainment import MET, MISSED, NO_VALUE, NOT_YET, VERDICTS
from kttt_xl.book_file import MADE, new_book
from kttt_xl.cells import show_date, show_number
from kttt_xl.consolidation import Consolidated
from kttt_xl.history import FIGURE_SHEET, TASK_SHEET
from kttt_xl.intake import VERDICT_WORDS
from kttt_xl.layout import REPORT_SHEETS, SHEET_NAMES, plan_line
from kttt_xl.model import KINDS, TARGET, TASK, Finding
from kttt_xl.overview_sheet import OF_ALL, OF_DUE, WAITING_LABEL, Line, Live, Overview, write_overview
from kttt_xl.paper import AMBER, GREEN, RED, Link, Paper, Table, writable
from kttt_xl.period import cut_off_span
from kttt_xl.progress import BEHIND, DONE, DONE_LATE, DUE_SOON, ON_PACE, OVERDUE, Rate
from kttt_xl.twins import AGAIN, NATIVE

_OVERVIEW, _TARGETS, _, _, _COPIES, _FINDINGS, _SOURCES = REPORT_SHEETS

# The colour of a cell that begins with these words; of two that fit the earlier counts.
_TONES = (
    dict.fromkeys((OVERDUE, MISSED, AGAIN, BEHIND, "Xung đột", "xung đột", "Bị từ chối", "từ chối", "Lỗi"), RED)
    | dict.fromkeys(("KHÔNG TÍNH", "CHÚ Ý"), RED)
    | dict.fromkeys((DUE_SOON, DONE_LATE, NOT_YET, NO_VALUE, tables.NOT_SENT, "Cảnh báo"), AMBER)
    | dict.fromkeys((DONE, MET, ON_PACE, "Đã gửi", "Đã tính"), GREEN)
)
_NAMED = 40  # missing agencies that the one page of Tổng quan names
_OF_DUE = " nhiệm vụ có hạn đến hết {}, không kể chờ văn bản cấp trên và tạm dừng"
_OF_ALL = " nhiệm vụ, không kể nhiệm vụ thường xuyên"
# The calculation engine of Excel 2019 to 365. A file of an older one is computed anew whenever it is opened, and cells
# of functions that are not there would show #NAME? (MS-XLSB, BrtCalcProp.recalcID).
_ENGINE = 191029


# --- JSON


def summary(result: Consolidated) -> dict[str, Any]:
    """Return the document of `consolidate --json`, keys and their order as in contract section 6.

    Dates are YYYY-MM-DD, numbers int when whole, else float; by_status has the statuses that occur, worst first.
    """
    due, every = result.rates
    return {
        "plan": result.plan.id,
        "period": result.period.code,
        "as_of": result.as_of.isoformat(),
        "copies": result.copy_counts,
        "agencies": {
            "expected": len(result.expected),
            "received": len(result.received),
            "missing": list(result.missing),
        },
        "cells": result.cell_counts,
        "tasks": {
            "total": len(result.tasks),
            "by_status": {status: count for status, count in result.by_status.items() if count},
            "completed_of_due": _fields(due, "done of rate"),
            "completed_of_all": _fields(every, "done of rate"),
        },
        "task_rows": [
            _fields(row.task, "id") | _fields(row, "agency role state percent done_on status file sheet row")
            | {"slips": list(row.slips)}
            for row in result.task_rows
        ],
        "targets": [
            _fields(item.target, "code indicator operator low high period_text")
            | _fields(item, "actual actual_period attainment verdict pace forecast")
            for item in result.measures
        ],
        "indicators": [
            {
                "code": total.indicator.code,
                "period": total.period.code,
                "value": _plain(total.value),
                "agencies_reporting": total.reporting,
                "agencies_expected": total.expected,
            }
            for total in result.totals
        ],
        "findings": findings_json(result.findings),
        "agencies_now": _agencies_now(result),
        "undecided": [
            _fields(item.figure, "code agency") | {"period": item.figure.period.code} | _fields(item.figure, "value")
            | {"heirs": list(item.heirs)} | _fields(item, "reason verified")
            for item in result.now.figures.undecided
        ],
        "closed": result.standing.closed is not None,
        "decisions": [
            {"file": copy.file, "sha256": decision.sha256, "choice": decision.words, "note": decision.note,
             "verdict": copy.verdict}
            for copy in result.copies if (decision := copy.decision)
        ],
        "slips": [
            {"number": each.slip.number, "kind": each.slip.words} | _fields(each.slip, "agency key column")
            | {"value": each.slip.value.text if each.slip.value else None} | _fields(each.slip, "reason by")
            | {"result": each.result, "said": each.words}
            for each in result.slips
        ],
    }  # fmt: skip


def _agencies_now(result: Consolidated) -> list[dict[str, Any]]:
    """Return the agencies of the plan that are others on the day; the share of a mere candidate is null."""
    return [
        {
            "agency": item.agency,
            "heirs": [
                {"name": name, "share": _plain(heir.share) if heir.name else None}
                for heir in item.heirs
                for name in ((heir.name,) if heir.name else heir.candidates)
            ],
            **_fields(item, "undecided reason verified"),
        }
        for item in result.now.changed
    ]


def findings_json(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return findings as JSON objects, keys in the order of contract section 5."""
    return [asdict(found) for found in findings]


def _fields(item: object, names: str) -> dict[str, Any]:
    return {name: _plain(getattr(item, name)) for name in names.split()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


# --- Tổng quan


def in_few_lines(result: Consolidated) -> list[str]:
    """Return what Tổng quan says as a few lines for a person at a terminal."""
    sections = (
        f"{title}: " + "; ".join(f"{label} {value}{_remark(note)}" for label, value, note in lines)
        for title, lines in overview(result).items()
    )
    head = f"{result.plan.id}, {result.period.name}, tính đến {show_date(result.as_of)}"
    return [line for line in (head, alarm(result), *sections) if line]


def _remark(note: str | Link) -> str:
    text = note.text if isinstance(note, Link) else note
    return f" ({text})" if text else ""


def alarm(result: Consolidated) -> str:
    """Return the sentence that stands above all else when copies wait for a person; "" when none does."""
    counts = result.copy_counts
    parts = [
        f"{counts[name]} tệp {tables.OUTCOMES[name].lower()}" for name in ("conflicting", "refused") if counts[name]
    ]
    if not parts:
        return ""
    where = f"Xem trang «{_COPIES}» và trang «{_FINDINGS}»."
    return f"CHÚ Ý: {' và '.join(parts)}; nội dung các tệp này CHƯA được tổng hợp. {where}"


def overview(result: Consolidated) -> dict[str, list[Line]]:
    """Return the sections of Tổng quan with their lines."""
    severities = [found.severity for found in result.findings]
    of_tasks, of_targets = _titles(result)
    sections = {"Báo cáo nhận được": _copy_lines(result), of_tasks: _task_lines(result)}
    if result.measures or _withdrawn_line(result, TARGET):
        sections[of_targets] = _target_lines(result)
    sections["Lỗi và cảnh báo"] = [(word, severities.count(name), "") for name, word in tables.SEVERITIES.items()]
    return sections


def _titles(result: Consolidated) -> tuple[str, str]:
    return f"Nhiệm vụ ({len(result.tasks)})", f"Chỉ tiêu ({len(result.measures)})"


def _copy_lines(result: Consolidated) -> list[Line]:
    counts, cells, missing = result.copy_counts, result.cell_counts, result.missing
    verdicts = ", ".join(f"{counts[name]} {word}" for name, word in VERDICT_WORDS.items() if counts[name])
    lines: list[Line] = [
        ("Tệp tìm thấy", counts["found"], verdicts),
        ("Đơn vị đã gửi", f"{len(result.expected) - len(missing)}/{len(result.expected)}", ""),
    ]
    if missing:
        more = f" và {len(missing) - _NAMED} đơn vị nữa (xem trang «{_COPIES}»)" if len(missing) > _NAMED else ""
        lines.append(("Đơn vị chưa gửi", len(missing), "; ".join(missing[:_NAMED]) + more))
    accepted = {tables.whose(copy) for copy in result.copies if copy.verdict == "accepted"}
    for kind in KINDS:
        forms = {form for form in result.forms if form[1] == kind}
        if forms:
            lines.append((f"Biểu «{SHEET_NAMES[kind]}» đã nhận", f"{len(forms & accepted)}/{len(forms)}", ""))
    others = f"; {cells['in_other_copies']} ô nữa ở tệp không tính" if cells["in_other_copies"] else ""
    told = f"{cells['accepted']} nhận, {cells['refused']} từ chối{others}"
    officers = source_sheet.overview_lines(result)
    return [*lines, ("Ô đã điền", cells["filled"], told), *officers, *tables_now.overview_lines(result)]


def _task_lines(result: Consolidated) -> list[Line]:
    (due, every), day = result.rates, show_date(result.as_of)
    of_due, of_all = f"{due.done}/{due.of}{_OF_DUE.format(day)}", f"{every.done}/{every.of}{_OF_ALL}"
    return [
        *((status, count, "") for status, count in result.by_status.items() if count),
        (WAITING_LABEL, result.waiting_past_due, "không tính là quá hạn"),
        (OF_DUE, _percent(due), of_due),
        (OF_ALL, _percent(every), of_all),
        *_withdrawn_line(result, TASK),
    ]


def _withdrawn_line(result: Consolidated, subject: str) -> list[Line]:
    """Return the line that says what documents took out of the plan; none when they took nothing."""
    gone = [item for item in result.withdrawn if item.subject == subject]
    told = "; ".join(" ".join(filter(None, (item.key, item.period_text, f"({item.document})"))) for item in gone)
    return [("Đã rút khỏi kế hoạch, không tính", len(gone), told)] if gone else []


def _target_lines(result: Consolidated) -> list[Line]:
    verdicts = [item.verdict for item in result.measures]
    valued = [item for item in result.measures if item.actual is not None]
    partly = [any(total.reporting < total.expected for total in tables.basis(result, item)) for item in valued]
    return [
        *((verdict, verdicts.count(verdict), "") for verdict in VERDICTS if verdict in verdicts),
        (BEHIND, sum(item.pace == BEHIND for item in result.measures), "so với thời gian đã qua"),
        ("Tính khi chưa đủ đơn vị báo cáo", sum(partly), f"xem cột «Số đơn vị báo cáo», trang «{_TARGETS}»"),
        *_withdrawn_line(result, TARGET),
    ]


def _percent(share: Rate) -> str:
    """Return a rate in percent, rounded down, so that 100 % is said only of all."""
    if share.rate is None:
        return tables.NO_VALUE
    return f"{show_number((100 * share.rate).quantize(Decimal('0.1'), ROUND_DOWN))} %"


def _cut_off(result: Consolidated) -> str:
    settings = {"tasks": result.plan.settings.tasks, "stats": result.plan.settings.stats}
    spans = {kind: cut_off_span(result.period, form.cut_off) for kind, form in settings.items()}
    texts = {kind: f"từ {show_date(start)} đến hết {show_date(end)}" for kind, (start, end) in spans.items()}
    if not result.plan.indicators or texts["tasks"] == texts["stats"]:
        return texts["tasks"]
    return "; ".join(f"{SHEET_NAMES[kind].lower()} {text}" for kind, text in texts.items())


# --- the workbook


def write_report(result: Consolidated, functions: str = NATIVE) -> bytes:
    """Return the consolidated workbook: the sheets of layout.REPORT_SHEETS, in that order, as .xlsx.

    functions is one of twins.FUNCTIONS: what computes attainment, verdict and status when the day is changed. Opening
    the file computes nothing: its values are shown until then.
    """
    stream = io.BytesIO()
    plan = result.plan
    subtitle = f"{plan_line(plan)}. Kỳ báo cáo: {result.period.name}. Ngày tổng hợp: {show_date(result.as_of)}."
    with new_book(stream) as book:
        book.set_properties(
            {"title": writable(plan.title)[:255], "author": writable(plan.coordinator), "created": MADE}
        )
        book.set_calc_mode("auto", _ENGINE)
        book.calc_on_load = False
        sheets = {name: book.add_worksheet(name) for name in REPORT_SHEETS}
        paper, filled = Paper(book, subtitle, _TONES), _tables(result, functions)
        told = Overview(_facts(result), alarm(result), overview(result), _live_lines(result, filled))
        write_overview(paper, sheets[_OVERVIEW], result, told, functions)
        for name, table in filled.items():
            bottom = paper.page(sheets[name], table)
            below = _below(result, name, table)
            if below:
                bottom = paper.below(sheets[name], bottom, below)
            if table.hidden:  # LibreOffice prints texts of hidden columns, if only into no width
                sheets[name].print_area(0, 0, bottom + 1, len(table.columns) - table.hidden - 1)
        source_sheet.write_agencies(paper, sheets[_SOURCES], result)
        sheets[_OVERVIEW].activate()
    return stream.getvalue()


def _facts(result: Consolidated) -> dict[str, str]:
    return {
        "Kỳ báo cáo": f"{result.period.name} ({result.period.code})",
        "Ngày tổng hợp": show_date(result.as_of),
        "Chốt số liệu": _cut_off(result),
        "Cơ quan tổng hợp": result.plan.coordinator,
    }


def _live_lines(result: Consolidated, filled: Mapping[str, Table]) -> dict[str, Live]:
    """Return the formulas of the sections of Tổng quan that move with the day, by title; none of empty tables."""
    live = {}
    (of_tasks, of_targets), tasks, targets = _titles(result), filled[TASK_SHEET], filled[_TARGETS]
    if result.tasks:
        columns = {name: tasks.column(name, TASK_SHEET, len(result.task_rows)) for name in tasks.columns}
        parts = live_rows.counted_columns(columns)
        live[of_tasks] = overview_sheet.live_tasks(parts, len(result.tasks), _OF_DUE, _OF_ALL)
    if result.measures:
        verdicts, paces = (
            targets.column(name, _TARGETS, len(result.measures)) for name in (live_rows.VERDICT, live_rows.PACE)
        )
        live[of_targets] = overview_sheet.live_targets(verdicts, paces, len(result.measures))
    return live


def _tables(result: Consolidated, functions: str) -> dict[str, Table]:
    """Return the table of each sheet after Tổng quan."""
    found, now = tables.evidence(result), result.now
    title = "SỐ LIỆU THEO ĐƠN VỊ LÚC BÁO CÁO" if now.figures_changed else "SỐ LIỆU ĐƠN VỊ BÁO CÁO"
    figures = Table(title, tables.FIGURE_COLUMNS, tables.figure_rows(result, found), 2)
    task_columns, task_rows = tables.TASK_COLUMNS, tables.task_rows(result)
    if now.tasks_changed:
        task_columns, task_rows = tables_now.beside_tasks(result, task_columns, task_rows)
    copy_columns, copy_rows = tables.COPY_COLUMNS, tables.copy_rows(result)
    if now.changed:
        copy_columns, copy_rows = tables_now.beside_copies(result, copy_columns, copy_rows)
    places = {item: figures.top + 1 + at for at, item in enumerate(found, start=1)}
    task_columns, live_tasks = live_rows.live_tasks(result, task_columns, task_rows, functions)
    targets = tables.target_rows(result, places)
    target_columns, target_rows = live_rows.live_targets(result, tables.TARGET_COLUMNS, targets, functions)
    moved = overview_sheet.moved(result)
    return {
        _TARGETS: Table(
            "KẾT QUẢ THỰC HIỆN CHỈ TIÊU", target_columns, target_rows, 2, (live_rows.VERDICT, live_rows.PACE),
            hidden=len(live_rows.TARGET_INPUTS), remark=moved,
        ),
        TASK_SHEET: Table(
            "KẾT QUẢ THỰC HIỆN NHIỆM VỤ", task_columns, live_tasks, 3, (live_rows.STATUS,),
            hidden=len(live_rows.TASK_INPUTS), remark=moved,
        ),
        FIGURE_SHEET: figures,
        _COPIES: Table("TÌNH HÌNH NỘP BÁO CÁO", copy_columns, copy_rows, 2, ("Tình trạng",)),
        _FINDINGS: Table("LỖI VÀ CẢNH BÁO", tables.FINDING_COLUMNS, tables.finding_rows(result), 1, ("Mức độ",)),
        _SOURCES: source_sheet.source_table(result),
    }  # fmt: skip


def _below(result: Consolidated, name: str, above: Table) -> Table | None:
    """Return the second table of a sheet: totals below the targets, counts by the agencies of today, slips."""
    now = result.now
    if name == _TARGETS:
        return Table("TỔNG HỢP CHỈ TIÊU", tables.TOTAL_COLUMNS, tables.total_rows(result))
    if name == TASK_SHEET and now.tasks_changed:
        return tables_now.task_table(result, above.columns)
    if name == FIGURE_SHEET and now.figures_changed:
        return tables_now.figure_table(result, above.columns)
    if name == _COPIES and now.affected:
        return tables_now.changed_table(result, above.columns)
    if name == _SOURCES:
        return source_sheet.slip_table(result)
    return None
