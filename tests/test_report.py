"""The consolidated workbook and JSON, from a small plan made here: every value worked by hand."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from openxml_audit import OpenXmlValidator

from kttt_xl import __version__, paper, report, tables
from kttt_xl.consolidation import Consolidated, Narrative, consolidate
from kttt_xl.history import History, read_history
from kttt_xl.intake import JudgedCopy
from kttt_xl.layout import REPORT_SHEETS
from kttt_xl.messages import finding
from kttt_xl.model import (
    EXTENSION,
    OPERATOR_WORDS,
    TASK,
    Adjustment,
    Agency,
    Entry,
    Figure,
    Finding,
    Form,
    Indicator,
    Member,
    Plan,
    Settings,
    Submission,
    Target,
    Task,
    Value,
)
from kttt_xl.period import parse_deadline, parse_period
from kttt_xl.progress import STATUSES
from kttt_xl.reader import CopyReading
from kttt_xl.twins import FUNCTIONS, UDF

YEAR, AS_OF = parse_period("2024"), date(2024, 12, 20)
SHA = {"ke": "a" * 64, "an": "b" * 64, "an1": "c" * 64, "binh": "d" * 64, "binh2": "e" * 64}


def task(number: str, title: str, lead: str, deadline: str) -> Task:
    read = parse_deadline(deadline, title)
    return Task(number, "I. Tuyên truyền", title, (lead,), lead, (), "", "UBND tỉnh", "Báo cáo", deadline, read)


def target(code: str, operator: str, low: str | None = None, **more: object) -> Target:
    names = {indicator.code: indicator.name for indicator in INDICATORS}
    made = Target(
        names[code], code, "HTX", operator, Decimal(low) if low else None, None, "Đến năm 2025", date(2025, 12, 31),
        "at", "", "", None, f"Câu về {names[code]}.",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]  # the table of cases below names the fields


INDICATORS = (
    Indicator("HTX", "Số hợp tác xã", "HTX", "stock", "sum"),
    Indicator("KHA", "Số hợp tác xã khá", "HTX", "stock", "sum", parent="HTX", derived=True),
    Indicator("TL", "Tỷ lệ khá", "%", "ratio", "ratio", "KHA", "HTX"),
    Indicator("MOI", "Số hợp tác xã mới", "HTX", "flow", "sum"),
    Indicator("CN", "Áp dụng công nghệ", "", "stock", "none", value_type="text"),
)
COMMUNES = "Các xã"
PLAN = Plan(
    id="thu-1-2023",
    title="Phát triển kinh tế tập thể",
    number="1/KH-UBND",
    issued_on=date(2023, 1, 5),
    issuer="UBND tỉnh",
    coordinator="Sở Kế hoạch",
    start=date(2023, 1, 1),
    end=date(2025, 12, 31),
    settings=Settings(stats=Form(cut_off="calendar", recipients=(COMMUNES,))),
    agencies=(
        Agency("Sở Kế hoạch"),
        Agency("Xã An"),
        Agency("Xã Bình"),
        Agency("Xã Cao"),
        Agency(COMMUNES, group=True, members=tuple(Member(f"Xã {name}", "named") for name in ("An", "Bình", "Cao"))),
    ),
    tasks=(
        task("1", "Hội nghị", "Sở Kế hoạch", "trước ngày 30/6/2024"),
        task("2", "Đề án", "Sở Kế hoạch", "trước ngày 15/11/2024"),
        task("3", "Hướng dẫn sau khi Luật được ban hành", "Sở Kế hoạch", "trước ngày 01/12/2024"),
        task("4", "Tuyên truyền", "Xã An", "thường xuyên"),
    ),
    indicators=INDICATORS,
    targets=(
        target("HTX", ">=", "30"),
        target("TL", ">", "50", unit="%"),
        target("MOI", "=", "4", basis="yearly", due=None, period_text=""),
        target("HTX", ">=", "12", each=COMMUNES),
        target("CN", "qualitative", unit="", due=None, period_text="Đến năm 2045"),
    ),
)


def copy(
    file: str,
    agency: str,
    kind: str,
    typed: dict[tuple[str, str], Value],
    *,
    verdict: str = "accepted",
    refused: int = 0,
    findings: tuple[Finding, ...] = (),
    cover: tuple[tuple[str, str], ...] = (),
) -> JudgedCopy:
    """A judged copy whose entries stand one below the other in column F, from row 8."""
    sheet = {"tasks": "Nhiệm vụ", "stats": "Số liệu"}[kind]
    keys = list(dict.fromkeys(key for key, _ in typed))
    submission = Submission(
        plan=PLAN.id,
        period="2024",
        kind=kind,
        agency=agency,
        issue="0123456789abcdef",
        file=f"{file}.xlsx",
        sha256=SHA.get(file, "f" * 64),
        entries=tuple(
            Entry(key, field, value, sheet, f"F{row}") for row, ((key, field), value) in enumerate(typed.items(), 8)
        ),
        filled=len(typed) + refused,
        accepted=len(typed),
        refused=refused,
        resubmission=dict(cover).get("resubmission", ""),
        nothing_to_report="nothing" in dict(cover),
        cover=cover,
        sheet=sheet,
        rows=tuple((key, row) for row, key in enumerate(keys, 8)),
    )
    reading = CopyReading(f"{file}.xlsx", submission.sha256, findings, None, submission)
    return JudgedCopy(f"{file}.xlsx", verdict, findings, reading)


NOT_WHOLE = finding(
    "not-whole", agency="Xã An", file="an.xlsx", sheet="Số liệu", cell="F12", header="Năm 2024", found="12,5"
)
NO_DATE = finding("done-without-date", agency="Sở Kế hoạch", file="ke.xlsx", sheet="Nhiệm vụ", cell="L9")
BROKEN = finding("damaged-file", file="hong.xlsx", found="tệp bị cắt cụt")
CONFLICT = finding("conflicting-copies", agency="Xã Bình", file="binh.xlsx", found="binh2.xlsx")
OTHER = finding("conflicting-copies", agency="Xã Bình", file="binh2.xlsx", found="binh.xlsx")

COPIES = (
    copy(
        "an",
        "Xã An",
        "stats",
        {
            ("HTX", "2024"): Decimal(12),
            ("KHA", "2024"): Decimal(7),
            ("MOI", "2024"): Decimal("2.5"),
            ("HTX", "note"): "Theo sổ đăng ký",
            ("CN", "2024"): "Đã áp dụng",
        },
        refused=1,
        findings=(NOT_WHOLE,),
        cover=(
            ("filler", "Người lập A"),
            ("phone", "0123"),
            ("email", "a@vi.du"),
            ("resubmission", "Sửa số"),
            ("nothing", "x"),
        ),
    ),
    copy("an1", "Xã An", "stats", {("HTX", "2024"): Decimal(1)}, verdict="superseded", findings=(NOT_WHOLE,)),
    copy("binh", "Xã Bình", "stats", {("HTX", "2024"): Decimal(5)}, verdict="conflicting", findings=(CONFLICT,)),
    copy("binh2", "Xã Bình", "stats", {("HTX", "2024"): Decimal(50)}, verdict="conflicting", findings=(OTHER,)),
    copy("cao", "Xã Cao", "stats", {("HTX", "2024"): Decimal(10), ("KHA", "2024"): Decimal(4)}),
    JudgedCopy("hong.xlsx", "refused", (BROKEN,), CopyReading("hong.xlsx", "", (BROKEN,))),
    copy(
        "ke",
        "Sở Kế hoạch",
        "tasks",
        {
            ("1", "state"): "Hoàn thành",
            ("1", "percent"): Decimal(100),
            ("1", "done_on"): date(2024, 6, 1),
            ("1", "result"): "=1+1",
            ("2", "state"): "Đang thực hiện",
            ("2", "percent"): Decimal("62.5"),
        },
        findings=(NO_DATE,),
    ),
    JudgedCopy("~$ke.xlsx", "skipped"),
)


@pytest.fixture(scope="module")
def result() -> Consolidated:
    return consolidate(PLAN, YEAR, AS_OF, COPIES)


@pytest.fixture(scope="module")
def book(result: Consolidated) -> openpyxl.Workbook:
    return opened(report.write_report(result))


def opened(content: bytes, *, formulas: bool = False) -> openpyxl.Workbook:
    """The workbook with what its cells show, or with their formulas."""
    return openpyxl.load_workbook(io.BytesIO(content), data_only=not formulas)


def rows(sheet: Worksheet, first: int, last: int | None = None) -> list[list[object]]:
    """The rows of a sheet, numbers as they stand, cells without value at the end left out."""
    found: list[list[object]] = []
    for row in sheet.iter_rows(first, last, values_only=True):
        found.append(list(row))
        while found[-1] and found[-1][-1] is None:
            found[-1].pop()
    return found


def visible(sheet: Worksheet, columns: int) -> list[list[object]]:
    """The rows from the headings on, without the hidden columns; those are hidden."""
    hidden = [width for letter, width in sheet.column_dimensions.items() if width.hidden]
    assert min(width.min for width in hidden) == columns + 1
    assert max(width.max for width in hidden) == sheet.max_column
    found = [row[:columns] for row in rows(sheet, 4)]
    for row in found:
        while row and row[-1] is None:
            row.pop()
    return found


def day(year: int, month: int, number: int) -> datetime:
    """A date as openpyxl reads it."""
    return datetime(year, month, number)  # noqa: DTZ001  # Excel knows no zones


# --- JSON


def test_summary_is_the_document_of_the_contract(result: Consolidated) -> None:
    document = report.summary(result)
    findings = document.pop("findings")
    expected = {
        "plan": "thu-1-2023",
        "period": "2024",
        "as_of": "2024-12-20",
        "copies": {
            "found": 8, "accepted": 3, "refused": 1, "duplicate": 0, "superseded": 1, "conflicting": 2, "skipped": 1,
        },
        "agencies": {"expected": 4, "received": 3, "missing": ["Xã Bình"]},
        "cells": {"filled": 14, "accepted": 13, "refused": 1, "in_other_copies": 3},
        "tasks": {
            "total": 4,
            "by_status": {
                "Quá hạn": 1, "Chờ văn bản cấp trên": 1, "Thường xuyên": 1, "Hoàn thành đúng hạn": 1,
            },
            "completed_of_due": {"done": 1, "of": 2, "rate": 0.5},
            "completed_of_all": {"done": 1, "of": 3, "rate": 1 / 3},
        },
        "task_rows": [
            {
                "id": "1", "agency": "Sở Kế hoạch", "role": "Chủ trì", "state": "Hoàn thành", "percent": 100,
                "done_on": "2024-06-01", "status": "Hoàn thành đúng hạn", "file": "ke.xlsx", "sheet": "Nhiệm vụ",
                "row": 8, "slips": [],
            },
            {
                "id": "2", "agency": "Sở Kế hoạch", "role": "Chủ trì", "state": "Đang thực hiện", "percent": 62.5,
                "done_on": None, "status": "Quá hạn", "file": "ke.xlsx", "sheet": "Nhiệm vụ", "row": 9,
                "slips": [],
            },
            {
                "id": "3", "agency": "Sở Kế hoạch", "role": "Chủ trì", "state": None, "percent": None,
                "done_on": None, "status": "Chờ văn bản cấp trên", "file": None, "sheet": None, "row": None,
                "slips": [],
            },
            {
                "id": "4", "agency": "Xã An", "role": "Chủ trì", "state": None, "percent": None,
                "done_on": None, "status": "Thường xuyên", "file": None, "sheet": None, "row": None,
                "slips": [],
            },
        ],
        "targets": [
            {
                "code": "HTX", "indicator": "Số hợp tác xã", "operator": ">=", "low": 30, "high": None,
                "period_text": "Đến năm 2025", "actual": 22, "actual_period": "2024", "attainment": 22 / 30,
                "verdict": "Chưa đạt", "pace": "Đúng tiến độ", "forecast": None,
            },
            {
                "code": "TL", "indicator": "Tỷ lệ khá", "operator": ">", "low": 50, "high": None,
                "period_text": "Đến năm 2025", "actual": 50, "actual_period": "2024", "attainment": 1,
                "verdict": "Chưa đạt", "pace": "Đúng tiến độ", "forecast": None,
            },
            {
                "code": "MOI", "indicator": "Số hợp tác xã mới", "operator": "=", "low": 4, "high": None,
                "period_text": "", "actual": 2.5, "actual_period": "2024", "attainment": 0.625,
                "verdict": "Chưa đạt", "pace": None, "forecast": None,
            },
            {
                "code": "HTX", "indicator": "Số hợp tác xã", "operator": ">=", "low": 12, "high": None,
                "period_text": "Đến năm 2025", "actual": 1, "actual_period": "2024", "attainment": 1 / 3,
                "verdict": "Chưa đạt", "pace": "Chậm tiến độ", "forecast": None,
            },
            {
                "code": "CN", "indicator": "Áp dụng công nghệ", "operator": "qualitative", "low": None, "high": None,
                "period_text": "Đến năm 2045", "actual": None, "actual_period": None, "attainment": None,
                "verdict": "Định tính", "pace": None, "forecast": None,
            },
        ],
        "indicators": [
            {"code": code, "period": "2024", "value": value, "agencies_reporting": told, "agencies_expected": 3}
            for code, value, told in (("HTX", 22, 2), ("KHA", 11, 2), ("TL", 50, 2), ("MOI", 2.5, 1), ("CN", None, 0))
        ],
        "agencies_now": [],
        "undecided": [],
        "closed": False,
        "decisions": [],
        "slips": [],
    }  # fmt: skip
    assert document == expected
    assert json.dumps(document) == json.dumps(expected)  # the same order, and 22 is not 22.0
    assert findings == report.findings_json([NOT_WHOLE, CONFLICT, OTHER, BROKEN, NO_DATE])


def test_findings_json_has_the_fields_of_the_contract_in_order() -> None:
    [found] = report.findings_json([NOT_WHOLE])
    assert list(found.items()) == [
        ("code", "not-whole"),
        ("severity", "error"),
        ("agency", "Xã An"),
        ("file", "an.xlsx"),
        ("sheet", "Số liệu"),
        ("cell", "F12"),
        ("header", "Năm 2024"),
        ("found", "12,5"),
        ("expected", ""),
        ("message", "Ô «Năm 2024» ghi «12,5» nhưng chỉ tiêu này đếm theo đơn vị nguyên."),
        ("fix", "Gõ số nguyên, không có phần thập phân."),
    ]


ALARM = (
    "CHÚ Ý: 2 tệp xung đột và 1 tệp bị từ chối; nội dung các tệp này CHƯA được tổng hợp. "
    "Xem trang «Tình hình nộp» và trang «Lỗi»."
)


def test_in_few_lines(result: Consolidated) -> None:
    assert report.in_few_lines(result) == [
        "thu-1-2023, Năm 2024, tính đến 20/12/2024",
        ALARM,
        (
            "Báo cáo nhận được: Tệp tìm thấy 8 (3 nhận, 1 từ chối, 1 đã được thay thế, 2 xung đột, 1 bỏ qua); "
            "Đơn vị đã gửi 3/4; Đơn vị chưa gửi 1 (Xã Bình); Biểu «Nhiệm vụ» đã nhận 1/2; Biểu «Số liệu» đã nhận 2/3; "
            "Ô đã điền 14 (13 nhận, 1 từ chối; 3 ô nữa ở tệp không tính); "
            "Số liệu cán bộ nhập thay, sửa 0 (ghi ở cuối trang «Nguồn»)"
        ),
        (
            "Nhiệm vụ (4): Quá hạn 1; Chờ văn bản cấp trên 1; Thường xuyên 1; Hoàn thành đúng hạn 1; "
            "Chờ văn bản cấp trên, đã qua hạn 1 (không tính là quá hạn); Hoàn thành trong số đã đến hạn 50 % "
            "(1/2 nhiệm vụ có hạn đến hết 20/12/2024, không kể chờ văn bản cấp trên và tạm dừng); "
            "Hoàn thành trong tất cả 33,3 % (1/3 nhiệm vụ, không kể nhiệm vụ thường xuyên)"
        ),
        (
            "Chỉ tiêu (5): Chưa đạt 4; Định tính 1; Chậm tiến độ 1 (so với thời gian đã qua); "
            "Tính khi chưa đủ đơn vị báo cáo 4 (xem cột «Số đơn vị báo cáo», trang «Chỉ tiêu»)"
        ),
        "Lỗi và cảnh báo: Lỗi 4; Cảnh báo 1; Thông tin 0",
    ]


# --- the sheets


def test_sheets_stand_in_the_order_of_the_contract(book: openpyxl.Workbook) -> None:
    assert tuple(book.sheetnames) == REPORT_SHEETS
    assert book.active is book["Tổng quan"]


MOVES = (
    "Đổi ngày này thì tình trạng nhiệm vụ, mức đạt, đánh giá, tiến độ và các số đếm của chúng tính lại theo. "
    "Phần khác giữ đến ngày tổng hợp."
)


def test_overview(book: openpyxl.Workbook) -> None:
    assert [row[1:] for row in rows(book["Tổng quan"], 1)] == [
        ["TỔNG HỢP TÌNH HÌNH THỰC HIỆN KẾ HOẠCH"],
        ["Phát triển kinh tế tập thể"],
        ["Kế hoạch số 1/KH-UBND ngày 5/1/2023 của UBND tỉnh"],
        [],
        ["Kỳ báo cáo", "Năm 2024 (2024)"],
        ["Ngày tổng hợp", "20/12/2024"],
        ["Chốt số liệu", "nhiệm vụ từ 15/12/2023 đến hết 14/12/2024; số liệu từ 1/1/2024 đến hết 31/12/2024"],
        ["Cơ quan tổng hợp", "Sở Kế hoạch"],
        ["Tính đến ngày", day(2024, 12, 20), MOVES, day(2024, 12, 20)],
        [],
        [ALARM],
        [],
        ["Báo cáo nhận được"],
        ["Tệp tìm thấy", 8, "3 nhận, 1 từ chối, 1 đã được thay thế, 2 xung đột, 1 bỏ qua"],
        ["Đơn vị đã gửi", "3/4"],
        ["Đơn vị chưa gửi", 1, "Xã Bình"],
        ["Biểu «Nhiệm vụ» đã nhận", "1/2"],
        ["Biểu «Số liệu» đã nhận", "2/3"],
        ["Ô đã điền", 14, "13 nhận, 1 từ chối; 3 ô nữa ở tệp không tính"],
        ["Số liệu cán bộ nhập thay, sửa", 0, "ghi ở cuối trang «Nguồn»"],
        [],
        ["Nhiệm vụ (4)"],
        ["Quá hạn", 1],
        ["Chờ văn bản cấp trên", 1],
        ["Thường xuyên", 1],
        ["Hoàn thành đúng hạn", 1],
        ["Chờ văn bản cấp trên, đã qua hạn", 1, "không tính là quá hạn"],
        [
            "Hoàn thành trong số đã đến hạn",
            "50 %",
            "1/2 nhiệm vụ có hạn đến hết 20/12/2024, không kể chờ văn bản cấp trên và tạm dừng",
        ],
        ["Hoàn thành trong tất cả", "33,3 %", "1/3 nhiệm vụ, không kể nhiệm vụ thường xuyên"],
        [],
        ["Chỉ tiêu (5)"],
        ["Chưa đạt", 4],
        ["Định tính", 1],
        ["Chậm tiến độ", 1, "so với thời gian đã qua"],
        ["Tính khi chưa đủ đơn vị báo cáo", 4, "xem cột «Số đơn vị báo cáo», trang «Chỉ tiêu»"],
        [],
        ["Lỗi và cảnh báo"],
        ["Lỗi", 4],
        ["Cảnh báo", 1],
        ["Thông tin", 0],
    ]


def test_a_quiet_overview_has_no_alarm_and_a_missing_rate_is_no_zero() -> None:
    plan = replace(PLAN, tasks=PLAN.tasks[3:], indicators=(), targets=())
    quiet = consolidate(plan, YEAR, AS_OF, ())
    assert report.alarm(quiet) == ""
    assert report.overview(quiet) == {
        "Báo cáo nhận được": [
            ("Tệp tìm thấy", 0, ""),
            ("Đơn vị đã gửi", "0/1", ""),
            ("Đơn vị chưa gửi", 1, "Xã An"),
            ("Biểu «Nhiệm vụ» đã nhận", "0/1", ""),
            ("Ô đã điền", 0, "0 nhận, 0 từ chối"),
            ("Số liệu cán bộ nhập thay, sửa", 0, paper.Link("ghi ở cuối trang «Nguồn»", "Nguồn", 15)),
        ],
        "Nhiệm vụ (1)": [
            ("Thường xuyên", 1, ""),
            ("Chờ văn bản cấp trên, đã qua hạn", 0, "không tính là quá hạn"),
            (
                "Hoàn thành trong số đã đến hạn",
                "–",
                "0/0 nhiệm vụ có hạn đến hết 20/12/2024, không kể chờ văn bản cấp trên và tạm dừng",
            ),
            ("Hoàn thành trong tất cả", "–", "0/0 nhiệm vụ, không kể nhiệm vụ thường xuyên"),
        ],
        "Lỗi và cảnh báo": [("Lỗi", 0, ""), ("Cảnh báo", 0, ""), ("Thông tin", 0, "")],
    }
    empty = opened(report.write_report(quiet))
    assert [rows(empty[name], 5, 5) for name in ("Chỉ tiêu", "Số liệu", "Lỗi")] == [[["(không có)"]]] * 3


def test_a_value_from_all_agencies_is_not_counted_as_partial(result: Consolidated) -> None:
    whole = replace(result, totals=tuple(replace(total, expected=total.reporting) for total in result.totals))
    lines = report.overview(whole)["Chỉ tiêu (5)"]
    assert [line[:2] for line in lines if line[0].startswith("Tính khi")] == [("Tính khi chưa đủ đơn vị báo cáo", 0)]


def test_a_remark_beside_a_figure_is_no_answer_to_a_qualitative_target(result: Consolidated) -> None:
    remark = Narrative("CN", "note", "Xã Cao", "Không rõ", "cao.xlsx", "Số liệu", "F20")
    more = replace(result, narratives=(*result.narratives, remark))
    places = {item: row for row, item in enumerate(tables.evidence(more), 5)}
    row = list(tables.target_rows(more, places))[-1]
    assert (row[7], row[14]) == ("1/3", paper.Link("dòng 11 (1 ô)", "Số liệu", 11))


def test_one_page_names_forty_missing_agencies_at_most(result: Consolidated) -> None:
    many = replace(result, expected=tuple(f"Xã {number}" for number in range(42)))
    [line] = [line for line in report.overview(many)["Báo cáo nhận được"] if line[0] == "Đơn vị chưa gửi"]
    assert line[1] == 42
    assert line[2].endswith("; Xã 38; Xã 39 và 2 đơn vị nữa (xem trang «Tình hình nộp»)")


def test_targets_and_totals(book: openpyxl.Workbook) -> None:
    end = day(2025, 12, 31)
    none = "–"
    assert visible(book["Chỉ tiêu"], 16) == [
        [
            "STT", "Chỉ tiêu", "ĐVT", "Yêu cầu", "Mốc", "Giá trị thực hiện", "Kỳ của giá trị", "Số đơn vị báo cáo",
            "Mức đạt (%)", "Đánh giá", "Tiến độ", "Dự báo", "Hạn", "Câu trong kế hoạch", "Nguồn số liệu", "Ghi chú",
        ],
        [
            1, "Số hợp tác xã", "HTX", "từ 30 trở lên", "Đến năm 2025", 22, "Năm 2024", "2/3",
            pytest.approx(220 / 3), "Chưa đạt", "Đúng tiến độ", none, end, "Câu về Số hợp tác xã.", "dòng 5 (2 ô)",
        ],
        [
            2, "Tỷ lệ khá", "%", "trên 50", "Đến năm 2025", 50, "Năm 2024", "2/3",
            100, "Chưa đạt (phải vượt)", "Đúng tiến độ", none, end, "Câu về Tỷ lệ khá.", "dòng 5 (4 ô)",
        ],
        [
            3, "Số hợp tác xã mới", "HTX", "đạt 4 (mức sàn)", "Hằng năm", 2.5, "Năm 2024", "1/3",
            62.5, "Chưa đạt", none, none, day(2024, 12, 31), "Câu về Số hợp tác xã mới.", "dòng 9 (1 ô)",
        ],
        [
            4, "Số hợp tác xã", "đơn vị đạt", "mỗi đơn vị từ 12 HTX trở lên", "Đến năm 2025", 1, "Năm 2024", "2/3",
            pytest.approx(100 / 3), "Chưa đạt", "Chậm tiến độ", none, end, "Câu về Số hợp tác xã.", "dòng 5 (2 ô)",
            "Tính cho từng đơn vị của «Các xã» (3 đơn vị); chưa đạt hoặc chưa có số liệu: Xã Bình, Xã Cao.",
        ],
        [
            5, "Áp dụng công nghệ", None, "định tính", "Đến năm 2045", none, none, "1/3",
            none, "Định tính", none, none, "31/12/2025 (suy ra)", "Câu về Áp dụng công nghệ.", "dòng 11 (1 ô)",
        ],
        [],
        ["TỔNG HỢP CHỈ TIÊU"],
        ["STT", "Chỉ tiêu", "ĐVT", "Mã", "Cách tổng hợp", "Giá trị", "Kỳ", "Số đơn vị báo cáo/phải báo cáo"],
        [1, "Số hợp tác xã", "HTX", "HTX", "cộng các đơn vị", 22, "Năm 2024", "2/3"],
        [2, "Số hợp tác xã khá (tên suy ra)", "HTX", "KHA", "cộng các đơn vị", 11, "Năm 2024", "2/3"],
        [3, "Tỷ lệ khá", "%", "TL", "tính lại từ tổng hai số", 50, "Năm 2024", "2/3"],
        [4, "Số hợp tác xã mới", "HTX", "MOI", "cộng các đơn vị", 2.5, "Năm 2024", "1/3"],
        [5, "Áp dụng công nghệ", None, "CN", "không cộng", none, "Năm 2024", "0/3"],
    ]  # fmt: skip


def test_a_target_links_to_its_figures(book: openpyxl.Workbook) -> None:
    sheet = book["Chỉ tiêu"]
    links = {cell.coordinate: cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert links == {f"O{row}": f"'Số liệu'!A{at}" for row, at in ((5, 5), (6, 5), (7, 9), (8, 5), (9, 11))}
    assert [book["Số liệu"][f"{column}9"].value for column in "ADG"] == ["MOI", "Xã An", 2.5]


def test_tasks(book: openpyxl.Workbook) -> None:
    due = [day(2024, 6, 30), day(2024, 11, 15), day(2024, 12, 1)]
    assert visible(book["Nhiệm vụ"], 20) == [
        [
            "Mã", "Mục", "Nhiệm vụ", "Vai trò", "Đơn vị", "Mã kỳ", "Thời gian trình", "Hạn", "Trạng thái",
            "Tỷ lệ hoàn thành (%)", "Ngày hoàn thành", "Tình trạng", "Sản phẩm đã ban hành", "Kết quả thực hiện",
            "Khó khăn, vướng mắc", "Kiến nghị", "Đã báo cáo kỳ này", "Tệp nguồn", "Trang nguồn", "Dòng nguồn",
        ],
        [
            "1", "I. Tuyên truyền", "Hội nghị", "Chủ trì", "Sở Kế hoạch", "2024", "trước ngày 30/6/2024", due[0],
            "Hoàn thành", 100, day(2024, 6, 1), "Hoàn thành đúng hạn", None, "=1+1", None, None, "có",
            "ke.xlsx", "Nhiệm vụ", 8,
        ],
        [
            "2", "I. Tuyên truyền", "Đề án", "Chủ trì", "Sở Kế hoạch", "2024", "trước ngày 15/11/2024", due[1],
            "Đang thực hiện", 62.5, None, "Quá hạn", None, None, None, None, "có", "ke.xlsx", "Nhiệm vụ", 9,
        ],
        [
            "3", "I. Tuyên truyền", "Hướng dẫn sau khi Luật được ban hành", "Chủ trì", "Sở Kế hoạch", "2024",
            "trước ngày 01/12/2024", due[2], None, None, None, "Chờ văn bản cấp trên", None, None, None, None, "không",
        ],
        [
            "4", "I. Tuyên truyền", "Tuyên truyền", "Chủ trì", "Xã An", "2024", "thường xuyên", None, None, None, None,
            "Thường xuyên", None, None, None, None, "không",
        ],
    ]  # fmt: skip


def test_figures_then_texts(book: openpyxl.Workbook) -> None:
    an, cao = ("an.xlsx", "Số liệu"), ("cao.xlsx", "Số liệu")
    assert rows(book["Số liệu"], 4) == [
        [
            "Mã",
            "Chỉ tiêu",
            "ĐVT",
            "Đơn vị",
            "Mã kỳ",
            "Kỳ",
            "Giá trị",
            "Nội dung",
            "Tệp nguồn",
            "Trang nguồn",
            "Ô nguồn",
        ],
        ["HTX", "Số hợp tác xã", "HTX", "Xã An", "2024", "Năm 2024", 12, None, *an, "F8"],
        ["HTX", "Số hợp tác xã", "HTX", "Xã Cao", "2024", "Năm 2024", 10, None, *cao, "F8"],
        ["KHA", "Số hợp tác xã khá", "HTX", "Xã An", "2024", "Năm 2024", 7, None, *an, "F9"],
        ["KHA", "Số hợp tác xã khá", "HTX", "Xã Cao", "2024", "Năm 2024", 4, None, *cao, "F9"],
        ["MOI", "Số hợp tác xã mới", "HTX", "Xã An", "2024", "Năm 2024", 2.5, None, *an, "F10"],
        ["HTX", "Số hợp tác xã", "HTX", "Xã An", None, "Ghi chú", None, "Theo sổ đăng ký", *an, "F11"],
        ["CN", "Áp dụng công nghệ", None, "Xã An", "2024", "Năm 2024", None, "Đã áp dụng", *an, "F12"],
    ]


def test_what_was_sent(book: openpyxl.Workbook) -> None:
    assert rows(book["Tình hình nộp"], 4) == [
        [
            "STT", "Đơn vị", "Biểu", "Tình trạng", "Tệp", "Ô đã điền", "Ô nhận", "Ô từ chối", "Ô ở tệp không tính",
            "Số lỗi", "Số cảnh báo", "Người lập biểu", "Điện thoại", "Thư điện tử", "Ghi chú",
        ],
        [1, "Sở Kế hoạch", "Nhiệm vụ", "Đã gửi", "ke.xlsx", 6, 6, 0, 0, 0, 1],
        [2, "Xã An", "Nhiệm vụ", "Chưa gửi"],
        [
            3, "Xã An", "Số liệu", "Đã gửi", "an.xlsx\nan1.xlsx (đã được thay thế)", 6, 5, 1, 1, 1, 0,
            "Người lập A", "0123", "a@vi.du", "Không phát sinh toàn bộ. Lý do nộp lại: Sửa số",
        ],
        [4, "Xã Bình", "Số liệu", "Xung đột", "binh.xlsx\nbinh2.xlsx", 0, 0, 0, 2, 2, 0],
        [5, "Xã Cao", "Số liệu", "Đã gửi", "cao.xlsx", 2, 2, 0, 0, 0, 0],
        [6, "(không rõ đơn vị)", None, "Bị từ chối", "hong.xlsx", 0, 0, 0, 0, 1, 0],
    ]  # fmt: skip


def test_a_copy_that_nobody_expected_is_not_left_out() -> None:
    stray = copy("la", "Sở Kế hoạch", "stats", {("HTX", "2024"): Decimal(1)}, verdict="refused")
    found = list(tables.copy_rows(consolidate(PLAN, YEAR, AS_OF, (stray,))))
    assert [row[1:5] for row in found] == [
        ("Sở Kế hoạch", "Nhiệm vụ", "Chưa gửi", None),
        ("Xã An", "Nhiệm vụ", "Chưa gửi", None),
        ("Xã An", "Số liệu", "Chưa gửi", None),
        ("Xã Bình", "Số liệu", "Chưa gửi", None),
        ("Xã Cao", "Số liệu", "Chưa gửi", None),
        ("Sở Kế hoạch", "Số liệu", "Bị từ chối", "la.xlsx"),
    ]
    assert found[-1][-1] == "Ngoài danh sách phải gửi."


def test_findings_stand_errors_first(result: Consolidated) -> None:
    note = finding("moved-row", file="an.xlsx")
    mixed = replace(result, findings=(note, NO_DATE, NOT_WHOLE, BROKEN))
    assert [(row[0], row[-1]) for row in tables.finding_rows(mixed)] == [
        ("Lỗi", "not-whole"),
        ("Lỗi", "damaged-file"),
        ("Cảnh báo", "done-without-date"),
        ("Thông tin", "moved-row"),
    ]
    assert rows(opened(report.write_report(mixed))["Lỗi"], 4, 5) == [
        ["Mức độ", "Đơn vị", "Tệp", "Trang", "Ô", "Cột", "Nội dung", "Cách sửa", "Mã lỗi"],
        ["Lỗi", "Xã An", "an.xlsx", "Số liệu", "F12", "Năm 2024", NOT_WHOLE.message, NOT_WHOLE.fix, "not-whole"],
    ]


def test_sources(book: openpyxl.Workbook) -> None:
    """What is typed there, and read back, is test_source_sheet's and test_taking_back's."""

    def file(name: str, verdict: str, kind: str, agency: str, *cells: int) -> list[object]:
        sha256 = SHA.get(name.removesuffix(".xlsx"), "f" * 64)
        issue = "0123456789abcdef"
        return [name, verdict, agency, kind, None, None, "thu-1-2023", issue, None, sha256, "2024", *cells]

    shown = [row[:16] for row in rows(book["Nguồn"], 3, 21)]  # behind them, hidden, the names that dropdowns offer
    for row in shown:
        while row and row[-1] is None:
            row.pop()
    assert shown == [
        ["Mã kế hoạch", "thu-1-2023"],
        ["Kế hoạch", "Phát triển kinh tế tập thể"],
        ["Kỳ báo cáo", "Năm 2024 (2024)"],
        ["Ngày tổng hợp", "20/12/2024"],
        ["Phiên bản kttt-xl", __version__],
        ["Mã sổ nhận", "9c95840bae767da1"],
        ["Khóa kỳ", "đang mở"],
        ["Ghi chú khóa kỳ"],
        ["Tệp không còn", "không có"],
        [],
        [
            "Tệp", "Kết quả", "Đơn vị", "Biểu", "Quyết định", "Ghi chú quyết định", "Mã kế hoạch", "Mã phát hành",
            "Diễn giải", "SHA-256", "Mã kỳ", "Ô đã điền", "Ô nhận", "Ô từ chối", "Số lỗi", "Số cảnh báo",
        ],
        file("an.xlsx", "nhận", "Số liệu", "Xã An", 6, 5, 1, 1, 0),
        file("an1.xlsx", "đã được thay thế", "Số liệu", "Xã An", 1, 1, 0, 1, 0),
        file("binh.xlsx", "xung đột", "Số liệu", "Xã Bình", 1, 1, 0, 1, 0),
        file("binh2.xlsx", "xung đột", "Số liệu", "Xã Bình", 1, 1, 0, 1, 0),
        file("cao.xlsx", "nhận", "Số liệu", "Xã Cao", 2, 2, 0, 0, 0),
        ["hong.xlsx", "từ chối", *[None] * 12, 1, 0],
        file("ke.xlsx", "nhận", "Nhiệm vụ", "Sở Kế hoạch", 6, 6, 0, 0, 1),
        ["~$ke.xlsx", "bỏ qua", *[None] * 12, 0, 0],
    ]  # fmt: skip


# --- targets that rest on more than one period, or on an earlier one

FIGURES = (
    Figure("MOI", "Xã An", parse_period("2023"), Decimal(3), "cũ.xlsx", "Số liệu", "F9"),
    Figure("MOI", "Xã Cao", parse_period("2023"), Decimal("1.5"), "cũ2.xlsx", "Số liệu", "F9"),
    Figure("HTX", "Xã An", parse_period("2022"), Decimal(8), "cũ.xlsx", "Số liệu", "F8"),
    Figure("KHA", "Xã Bình", parse_period("2023"), Decimal(3), "cũ3.xlsx", "Số liệu", "F9"),
)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(  # 3 + 1.5 in 2023 from two communes, 2.5 in 2024 from one
            target("MOI", ">=", "20"),
            ("từ 20 trở lên", Decimal("7.0"), "Năm 2024", "1–2/3",
             paper.Link("dòng 9 (1 ô, 2 ô của kỳ trước)", "Số liệu", 9), "Giá trị lũy kế."),
            id="sum of a flow",
        ),
        pytest.param(
            target("HTX", ">=", "30", due=date(2023, 12, 31)),
            ("từ 30 trở lên", "–", "–", "2/3", paper.Link("dòng 5 (2 ô)", "Số liệu", 5),
             "Có 8 (Năm 2022, 1/3 đơn vị báo cáo), không dùng để đánh giá."),
            id="earlier value",
        ),
        pytest.param(
            target("HTX", ">=", "30", due=date(2022, 12, 31), base=Decimal("2.5")),
            ("từ 30 trở lên", Decimal(8), "Năm 2022", "1/3", "kỳ trước: cũ.xlsx, Số liệu, ô F8 (1 ô)",
             "Giá trị gốc: 2,5."),
            id="value of an earlier workbook",
        ),
        pytest.param(  # Xã Bình said 3 a year ago and nothing now
            target("KHA", ">=", "5", each=COMMUNES),
            ("mỗi đơn vị từ 5 HTX trở lên", Decimal(1), "Năm 2024", "3/3",
             paper.Link("dòng 7 (2 ô, 1 ô của kỳ trước)", "Số liệu", 7),
             "Tính cho từng đơn vị của «Các xã» (3 đơn vị); chưa đạt hoặc chưa có số liệu: Xã Bình, Xã Cao."),
            id="each by its own latest value",
        ),
        pytest.param(
            target("TL", ">=", "30", due=date(2022, 12, 31), unit="%"),
            ("từ 30 trở lên", "–", "–", "2/3", paper.Link("dòng 5 (4 ô)", "Số liệu", 5), ""),
            id="no value",
        ),
    ],
)  # fmt: skip
def test_a_value_says_what_it_rests_on(wanted: Target, expected: tuple[object, ...]) -> None:
    plan = replace(PLAN, targets=(wanted,))
    found = consolidate(plan, YEAR, AS_OF, COPIES, History(FIGURES))
    places = {item: row for row, item in enumerate(tables.evidence(found), 5)}
    [row] = tables.target_rows(found, places)
    assert tuple(row[at] for at in (3, 5, 6, 7, 14, 15)) == expected


@pytest.mark.parametrize(
    ("operator", "low", "high", "expected"),
    [
        (">=", "30", None, "từ 30 trở lên"),
        (">", "90", None, "trên 90"),
        ("<=", None, "12.5", "không quá 12,5"),
        ("<", None, "10", "dưới 10"),
        ("=", "40", "40", "đạt 40 (mức sàn)"),
        ("=0", "0", "0", "không còn"),
        ("range", "6.5", "7", "trong khoảng 6,5 – 7"),
        ("range", "6.5", None, "trong khoảng 6,5"),
        ("about", "500", "500", "khoảng 500"),
        ("complete", None, None, "hoàn thành"),
        ("qualitative", None, None, "định tính"),
        (">=", None, None, "từ … trở lên"),
    ],
)
def test_requirement_in_words(operator: str, low: str | None, high: str | None, expected: str) -> None:
    asked = target("HTX", operator, low, high=Decimal(high) if high else None)
    assert tables.requirement(asked) == expected
    assert operator in OPERATOR_WORDS


# --- what moves with the day


def test_the_formulas_that_move_and_what_they_rest_on(result: Consolidated) -> None:
    content = report.write_report(result)
    targets, shown = opened(content, formulas=True)["Chỉ tiêu"], opened(content)["Chỉ tiêu"]
    assert [targets[f"{letter}5"].data_type for letter in "FGHIJKLM"] == ["n", "s", "s", "f", "f", "f", "s", "d"]
    end, start = day(2025, 12, 31), day(2023, 1, 1)
    assert [[cell.value for cell in row] for row in shown["Q4:X9"]] == [
        ["Cách so", "Mức", "Mức chấp nhận", "Giá trị gốc", "Hạn đánh giá", "Tính tiến độ từ", "Giá trị dùng từ ngày",
         "Giá trị dùng đến ngày"],
        ["từ … trở lên", 30, 30, None, end, start, None, end],
        ["trên", 50, 50, None, end, start, None, end],
        ["đạt (mức sàn)", 4, 4, None, day(2024, 12, 31), None, None, None],
        ["từ … trở lên", 3, 3, None, end, start, None, end],
        ["định tính", None, None, None, end, None, None, None],
    ]  # fmt: skip
    tasks = opened(content)["Nhiệm vụ"]
    assert [[cell.value for cell in row] for row in tasks["U4:AB8"]] == [
        ["Ngày bắt đầu", "Thường xuyên", "Chờ đến", "Số nhiệm vụ", "Bậc", "Phần", "Phần đến hạn", "Phần quá hạn"],
        [None, None, None, 1, 11, 1, 1, 1],
        [None, None, None, 2, 1, 1, 1, 1],
        [None, None, "chưa có", 3, 5, 1, 1, 1],
        [None, "x", None, 4, 8, 1, 0, 0],
    ]


def test_the_functions_stand_without_a_path_and_say_the_same(result: Consolidated) -> None:
    native, udf = (report.write_report(result, functions) for functions in FUNCTIONS)
    book = opened(udf, formulas=True)
    assert book["Chỉ tiêu"]["I5"].value == (
        '=IF(AND(NgayXet>=W5,OR(X5="",NgayXet<=X5)),IF(ISNUMBER(KTTT_TIEN_DO(F5:F5,Q5,R5:R5,"",T5:T5)),'
        '100*KTTT_TIEN_DO(F5:F5,Q5,R5:R5,"",T5:T5),IF(KTTT_TIEN_DO(F5:F5,Q5,R5:R5,"",T5:T5)="","–",'
        'KTTT_TIEN_DO(F5:F5,Q5,R5:R5,"",T5:T5))),"–")'
    )
    called = {
        f"{sheet.title}, {cell.column_letter}, {name}"
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        for name in re.findall("KTTT_[A-Z_]+(?=[(])", str(cell.value))
    }
    assert called == {
        "Chỉ tiêu, I, KTTT_TIEN_DO",
        "Chỉ tiêu, J, KTTT_DANH_GIA",
        "Nhiệm vụ, L, KTTT_TINH_TRANG",
    }
    with zipfile.ZipFile(io.BytesIO(udf)) as package:
        assert not [name for name in package.namelist() if "external" in name.lower()]
    for sheet in opened(native):
        other = opened(udf)[sheet.title]
        changed = [
            (cell.coordinate, cell.value, other[cell.coordinate].value)
            for row in sheet.iter_rows()
            for cell in row
            if cell.value != other[cell.coordinate].value
        ]
        told = ("D9", MOVES, MOVES.replace("Phần", "Cần có add-in KTTT. Phần"))
        assert changed == ([told] if sheet.title == "Tổng quan" else [])


@pytest.mark.parametrize("functions", FUNCTIONS)
def test_opening_computes_nothing_and_the_day_has_a_name(result: Consolidated, functions: str) -> None:
    content = report.write_report(result, functions)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        workbook = package.read("xl/workbook.xml").decode()
    assert re.findall("<calcPr.*?>", workbook) == ['<calcPr calcId="191029"/>']
    book = opened(content, formulas=True)
    assert {name: book.defined_names[name].attr_text for name in ("NgayTinh", "NgayXet")} == {
        "NgayTinh": "'Tổng quan'!$C$9",
        "NgayXet": "'Tổng quan'!$E$9",
    }
    overview = book["Tổng quan"]
    assert (overview["C9"].value, overview["C9"].protection.locked) == (day(2024, 12, 20), False)
    assert overview.column_dimensions["E"].hidden
    [rule] = overview.data_validations.dataValidation
    assert (rule.type, str(rule.sqref), rule.formula1, rule.formula2) == ("date", "C9", "36526", "109574")
    # what says nothing as yet, below a section and above a table, is not shown, whatever a program makes of no value
    unseen = [overview["C30"], overview["D30"], book["Nhiệm vụ"]["A3"], book["Chỉ tiêu"]["A3"]]
    assert [(cell.data_type, cell.number_format) for cell in unseen] == [("f", "#,##0;-#,##0;;@")] * 4
    assert overview["E9"].value == "=IF(ISNUMBER($C$9),IF(AND($C$9>=36526,$C$9<=109574),INT($C$9),NA()),NA())"


def test_a_day_is_allowed_while_the_plan_is_this_one(result: Consolidated) -> None:
    later = Adjustment(TASK, "1", "", "", EXTENSION, date(2025, 6, 30), "CV 2", date(2025, 2, 1))
    changed = replace(result, plan=replace(PLAN, adjustments=(later,)), plan_since=date(2024, 8, 1))
    book = opened(report.write_report(changed), formulas=True)
    [rule] = book["Tổng quan"].data_validations.dataValidation
    assert (rule.formula1, rule.formula2) == ("45505", "45688")  # 1/8/2024 to 31/1/2025
    assert rule.error == "Từ 1/8/2024 đến 31/1/2025. Ngoài khoảng này: tổng hợp lại."


@pytest.mark.parametrize(
    ("wanted", "as_of", "expected"),
    [
        pytest.param(target("HTX", ">=", "30"), AS_OF, (None, day(2025, 12, 31)), id="value of an earlier period"),
        pytest.param(target("HTX", ">=", "30", due=date(2024, 12, 31)), AS_OF, (None, None), id="its own period"),
        pytest.param(
            target("HTX", ">=", "30", due=date(2023, 12, 31)), AS_OF, (day(2024, 1, 1), None), id="set aside, late"
        ),
        pytest.param(target("HTX", ">=", "30", due=date(2022, 12, 31)), AS_OF, (None, None), id="own period, late"),
        pytest.param(target("TL", ">=", "30", due=date(2023, 12, 31)), AS_OF, (None, None), id="never a value"),
        pytest.param(target("MOI", ">=", "30", basis="yearly", due=None), AS_OF, (None, None), id="yearly"),
        pytest.param(target("HTX", ">=", "30", each=COMMUNES), AS_OF, (None, day(2025, 12, 31)), id="each, in time"),
        pytest.param(
            target("HTX", ">=", "30", each=COMMUNES, due=date(2023, 12, 31)),
            AS_OF, (day(2024, 1, 1), None), id="each, late",
        ),
        pytest.param(
            target("HTX", ">=", "30", basis="average"), AS_OF, (None, day(2025, 12, 31)), id="average",
        ),
        pytest.param(target("CN", "qualitative", due=None), AS_OF, (None, None), id="qualitative"),
    ],
)  # fmt: skip
def test_on_which_days_a_value_is_the_one(wanted: Target, as_of: date, expected: tuple[object, object]) -> None:
    found = consolidate(replace(PLAN, targets=(wanted,)), YEAR, as_of, COPIES, History(FIGURES))
    sheet = opened(report.write_report(found))["Chỉ tiêu"]
    assert (sheet["W5"].value, sheet["X5"].value) == expected


def test_for_part_of_a_year_no_day_is_the_last() -> None:
    typed = copy("an", "Xã An", "stats", {("MOI", "2024-H1"): Decimal(1)})
    plan = replace(PLAN, targets=(target("MOI", ">=", "4", basis="yearly", due=None),))
    found = consolidate(plan, parse_period("2024-H1"), date(2025, 2, 1), (typed,))
    sheet = opened(report.write_report(found))["Chỉ tiêu"]
    assert [sheet[f"{letter}5"].value for letter in "FJMU"] == [1, "Chưa đạt", day(2024, 12, 31), None]


# --- read back, inert, sound


def test_history_reads_back_what_was_written(tmp_path: Path, result: Consolidated) -> None:
    file = tmp_path / "tong-hop.xlsx"
    exact = ("0.1", "1.1", "123456789012.345", "999999999999999", "0.000123456789012", "-7.25")
    figures = tuple(
        Figure("HTX", f"Xã {at}", YEAR, Decimal(text), "=a.xlsx", "Số liệu", "F8") for at, text in enumerate(exact)
    )
    agencies = (*PLAN.agencies, *(Agency(figure.agency) for figure in figures))
    more = replace(result, plan=replace(PLAN, agencies=agencies), figures=(*result.figures, *figures))
    file.write_bytes(report.write_report(more))
    history = read_history([file], PLAN.id)
    assert set(history.figures) == set(more.figures)
    assert history.states == {
        ("1", "Sở Kế hoạch"): ((YEAR, "Hoàn thành", date(2024, 6, 1)),),
        ("2", "Sở Kế hoạch"): ((YEAR, "Đang thực hiện", None),),
        ("3", "Sở Kế hoạch"): ((YEAR, None, None),),
        ("4", "Xã An"): ((YEAR, None, None),),
    }


def test_a_state_kept_from_an_earlier_period_is_said_and_handed_on(tmp_path: Path) -> None:
    past = History(states={("2", "Sở Kế hoạch"): ((parse_period("2023"), "Hoàn thành", date(2023, 9, 1)),)})
    kept = consolidate(PLAN, YEAR, AS_OF, (), past)
    row = list(tables.task_rows(kept))[1]
    assert (row[8], row[10], row[16]) == ("Hoàn thành", date(2023, 9, 1), "không (giữ kết quả kỳ trước)")
    file = tmp_path / "2024.xlsx"
    file.write_bytes(report.write_report(kept))
    assert read_history([file], PLAN.id).completed() == {("2", "Sở Kế hoạch")}


HOSTILE = (
    "=1+1", "=HYPERLINK(\"http://x\")", "{=1+1}", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "http://x", "mailto:a@b",
    "internal:'Lỗi'!A1", "external:c:\\x.xlsx", "1234", "TRUE", "#N/A", "<b>&amp;", "&P &N", "'", "_x0041_",
    "a\x00\x07b", "\ud800", "\ufffe", "một\r\nhai\rba", "đ" * 40_000,
)  # fmt: skip


def test_nothing_an_agency_typed_comes_alive(result: Consolidated) -> None:
    texts = dict(zip(("issued", "result", "difficulty", "proposal"), HOSTILE, strict=False))
    first = replace(result.task_rows[0], texts=texts)
    told = tuple(Narrative("CN", "2024", "Xã An", text, text, "=Số liệu", "=A1") for text in HOSTILE)
    wrong = tuple(replace(NOT_WHOLE, found=text, message=text, file=text, sheet=text) for text in HOSTILE)
    files = tuple(JudgedCopy(text, "skipped") for text in HOSTILE)
    typed = replace(result, task_rows=(first,), narratives=told, findings=wrong, copies=(*result.copies, *files))
    content = report.write_report(typed)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name).decode() for name in package.namelist() if name.endswith((".xml", ".rels"))}
    alive = {name: re.findall(r"<f[ >/].*?</f>", part) for name, part in parts.items()}
    sheets = {name: formulas for name, formulas in alive.items() if formulas}
    assert set(sheets) == {f"xl/worksheets/sheet{at}.xml" for at in (1, 2, 3)}  # our own formulas only
    ours = [formula for formulas in sheets.values() for formula in formulas]
    assert not [formula for formula in ours if re.search(r"HYPERLINK|cmd|http|SUM\(A|đđ", formula)]
    assert not [name for name, part in parts.items() if "External" in part or "relationships/hyperlink" in part]
    assert {footer for part in parts.values() for footer in re.findall("<oddFooter>(.*?)<", part)} == {
        "&amp;C&amp;P/&amp;N"
    }
    book = opened(content)
    shown = [cell.value for cell in book["Số liệu"]["H"][-len(HOSTILE) :]]
    assert shown[:13] == list(HOSTILE[:13])
    assert shown[13:-1] == ["<b>&amp;", "&P &N", "'", "_x0041_", "ab", "", "", "một\nhai\nba"]
    cut = " … (đã cắt bớt; toàn văn ở tệp nguồn)"
    assert shown[-1] == "đ" * (32_767 - len(cut)) + cut
    locations = {str(cell.hyperlink.location) for row in book["Chỉ tiêu"].iter_rows() for cell in row if cell.hyperlink}
    assert all(re.fullmatch(r"'Số liệu'!A\d+", location) for location in locations)
    assert [cell.quotePrefix for cell in book["Số liệu"]["H"][-len(HOSTILE) :]][:7] == [
        True,
        True,
        False,
        *[True] * 3,
        False,
    ]


@given(st.text(st.characters(), max_size=40), st.sampled_from((0, 1, 32_700, 33_000)))
@settings(deadline=None, max_examples=100)
def test_writable_is_what_a_cell_can_hold(typed: str, more: int) -> None:
    text = "a" * more + typed + "😀" * (more // 2)
    kept = paper.writable(text)
    assert len(kept.encode("utf-16-le")) // 2 <= 32_767
    assert paper.writable(kept) == kept
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", kept)
    if not more and re.fullmatch("[ -\ud7ff]*", text):
        assert kept == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "#,##0"),
        (1234, "#,##0"),
        (Decimal("1E+3"), "#,##0"),
        (Decimal("12.50"), "#,##0.0"),
        (Decimal("12.1234"), "#,##0.0000"),
        (Decimal(100) / 3, "#,##0.00"),
        (Decimal("0.000012"), "General"),
    ],
)
def test_numbers_are_shown_whole(value: Decimal | int, expected: str) -> None:
    assert paper.number_format(value) == expected


@pytest.mark.parametrize("functions", FUNCTIONS)
def test_the_file_is_sound(tmp_path: Path, result: Consolidated, functions: str) -> None:
    file = tmp_path / "tong-hop.xlsx"
    file.write_bytes(report.write_report(result, functions))
    checked = OpenXmlValidator().validate(file)
    assert checked.is_valid
    assert checked.errors == []


def test_the_same_result_gives_the_same_bytes(result: Consolidated) -> None:
    first, udf = report.write_report(result), report.write_report(result, UDF)
    assert (report.write_report(result), report.write_report(result, UDF)) == (first, udf)
    program = (
        "import sys, test_report as t; from kttt_xl import report; "
        "sys.stdout.buffer.write(report.write_report(t.consolidate(t.PLAN, t.YEAR, t.AS_OF, t.COPIES)))"
    )
    environment = {"PYTHONPATH": os.pathsep.join(("tests", ".")), "PYTHONHASHSEED": "7", "TZ": "Asia/Ho_Chi_Minh"}
    root = Path(__file__).parent.parent
    again = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment, cwd=root)
    assert again.stdout == first


@pytest.mark.parametrize(
    ("sheet", "orientation", "height", "titles", "frozen", "filtered"),
    [
        ("Tổng quan", "portrait", 1, None, None, None),
        ("Chỉ tiêu", "landscape", 0, "$4:$4", "C5", "A4:X9"),
        ("Nhiệm vụ", "landscape", 0, "$4:$4", "D5", "A4:AB8"),
        ("Số liệu", "landscape", 0, "$4:$4", "C5", "A4:K11"),
        ("Tình hình nộp", "landscape", 0, "$4:$4", "C5", "A4:O10"),
        ("Lỗi", "landscape", 0, "$4:$4", "B5", "A4:I9"),
        ("Nguồn", "landscape", 0, "$13:$13", "B1", "A13:P21"),
    ],
)
def test_every_sheet_is_ready_to_print_and_to_filter(
    book: openpyxl.Workbook,
    sheet: str,
    orientation: str,
    height: int,
    titles: str | None,
    frozen: str | None,
    filtered: str | None,
) -> None:
    found = book[sheet]
    assert (found.page_setup.orientation, found.page_setup.paperSize) == (orientation, 9)
    fit = (found.page_setup.fitToWidth, found.page_setup.fitToHeight)
    assert tuple(1 if pages is None else pages for pages in fit) == (1, height)  # not written is one page
    assert getattr(found.sheet_properties.pageSetUpPr, "fitToPage", False)
    assert (found.print_title_rows, found.freeze_panes, found.auto_filter.ref) == (titles, frozen, filtered)
    assert found.protection.sheet
    fonts = {(cell.font.name, cell.font.scheme) for row in found.iter_rows() for cell in row if cell.value}
    assert fonts == {("Times New Roman", None)}  # with a scheme, Excel shows the theme's font instead


def test_coloured_words_are_words_that_occur(book: openpyxl.Workbook) -> None:
    words = {*STATUSES, *tables.OUTCOMES.values(), *tables.SEVERITIES.values(), tables.NOT_SENT}
    words |= {
        "nhận",
        "từ chối",
        "xung đột",
        "Đạt",
        "Chưa đạt",
        "Không đạt",
        "Chưa có số liệu",
        "Chậm tiến độ",
        "Đúng tiến độ",
        "Cần tổng hợp lại",
        "Đã tính",  # of slips: see test_slips
        "CHÚ Ý",
        "KHÔNG TÍNH",
    }
    ruled = {rule.text for sheet in book for found in sheet.conditional_formatting for rule in found.rules}
    assert ruled
    assert not [text for text in ruled if not any(word.startswith(text) for word in words)]
    assert {str(found.sqref) for found in book["Nhiệm vụ"].conditional_formatting} == {"L5:L8"}
