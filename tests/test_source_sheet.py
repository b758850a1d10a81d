"""The sheet Nguồn as an officer meets it: what is unlocked, what the dropdowns offer, where a slip stands."""

import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from officer_desk import AS_OF, PLAN, YEAR, reading, sha
from openpyxl.worksheet.worksheet import Worksheet
from openxml_audit import OpenXmlValidator
from test_consolidation import WARDS

from kttt_xl import report
from kttt_xl.cells import Cell
from kttt_xl.consolidation import Consolidated, consolidate
from kttt_xl.decisions import Decision, Slip, Standing
from kttt_xl.intake import judge, skipped
from kttt_xl.messages import finding
from kttt_xl.reader import CopyReading
from kttt_xl.source_places import SLIP_HEADINGS

NUMBER = Cell(1, 1, "number", Decimal("0.95"), percent=True)
DAY = Cell(1, 1, "date", datetime(2024, 6, 5))  # noqa: DTZ001  # Excel has no zones
SLIPS = (
    Slip(1, "corrected", "Xã A", "N", "2024", Cell(1, 1, "number", Decimal("7.5")), "CV 5", "An", "5"),
    Slip(4, "entered", "Sở", "1", "Tỷ lệ", NUMBER, "CV 6", "An"),
    Slip(5, "entered", "Sở", "1", "Ngày hoàn thành", DAY, "CV 6", "An"),
    Slip(6, "Nhâp", "=1+1", "", "", Cell(1, 1, "text", "1/2"), "", ""),
)
STANDING = Standing(
    {sha("a"): Decision(sha("a"), "use", "hỏi rồi", 9), sha("f"): Decision(sha("f"), "drop", "", 9)},
    SLIPS, 7, "CV 9", (2, 3),
)  # fmt: skip
READINGS = (
    reading("a", "Xã A", "stats", {("N", "2024"): Decimal(5)}),
    reading("b", "Xã A", "stats", {("N", "2024"): Decimal(6)}),
    CopyReading("hong.xlsx", "", (finding("not-a-workbook", file="hong.xlsx", found="x"),)),
)


def result(standing: Standing = STANDING, readings: tuple[CopyReading, ...] = READINGS) -> Consolidated:
    received = {sha("a"): 1, sha("b"): 1}
    judged = judge(readings, PLAN, YEAR, received=received, standing=standing)
    copies = (*judged, skipped("~$a.xlsx")) if readings else ()
    return consolidate(PLAN, YEAR, AS_OF, copies, standing=standing, gone=("cũ.xlsx", "cũ2.xlsx"))


def opened(found: Consolidated) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(report.write_report(found)))["Nguồn"]


@pytest.fixture(scope="module")
def sheet() -> Worksheet:
    return opened(result())


def unlocked(sheet: Worksheet) -> set[str]:
    return {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}


def block(columns: str, first: int, last: int) -> set[str]:
    return {f"{column}{row}" for column in columns for row in range(first, last + 1)}


def test_what_an_officer_may_change(sheet: Worksheet) -> None:
    """The closing, decisions on files that were read, and slips; a file that was not read has nothing to decide."""
    assert sheet.protection.sheet
    facts = block("BCDEFGHIJKLMNOP", 9, 10)  # merged
    files, slips = block("EF", 14, 15) | block("EF", 18, 18), block("BCDEFGH", 23, 46)
    assert unlocked(sheet) == facts | files | slips
    assert [sheet[f"A{row}"].value for row in (14, 15, 16, 17, 18)] == [
        "a.xlsx", "b.xlsx", "hong.xlsx", "~$a.xlsx", "(không còn trong thư mục)",
    ]  # fmt: skip


def test_what_stands_there(sheet: Worksheet) -> None:
    assert [(sheet[f"A{row}"].value, sheet[f"B{row}"].value) for row in range(8, 12)] == [
        ("Mã sổ nhận", STANDING.digest), ("Khóa kỳ", "đã khóa"), ("Ghi chú khóa kỳ", "CV 9"),
        ("Tệp không còn", "cũ.xlsx; cũ2.xlsx"),
    ]  # fmt: skip
    decided = [(sheet[f"E{row}"].value, sheet[f"F{row}"].value, sheet[f"I{row}"].value) for row in (14, 15, 18)]
    assert decided == [
        ("dùng", "hỏi rồi", "Dùng theo quyết định: hỏi rồi."), (None, None, "Theo quyết định dùng tệp a.xlsx."),
        ("loại", None, None),
    ]  # fmt: skip
    assert sheet["J18"].value == sha("f")
    assert sheet["A21"].value == (
        "Ghi vào các dòng trống nền vàng, lưu lại rồi chạy tổng hợp. Không dùng phiếu nữa thì xóa trắng dòng của "
        "phiếu. Phiếu đã rút: số 2, 3."
    )


def test_slips_stand_as_they_were_typed(sheet: Worksheet) -> None:
    assert [[sheet.cell(row, column).value for column in range(1, 9)] for row in range(22, 28)] == [
        ["Số phiếu", "Loại phiếu", "Đơn vị", "Mã", "Cột", "Giá trị", "Lý do, căn cứ", "Người ghi"],
        ["Phiếu số 1", "Sửa số liệu", "Xã A", "N", "2024", 7.5, "CV 5", "An"],
        ["Phiếu số 4", "Nhập thay", "Sở", "1", "Tỷ lệ", 0.95, "CV 6", "An"],
        ["Phiếu số 5", "Nhập thay", "Sở", "1", "Ngày hoàn thành", DAY.value, "CV 6", "An"],
        ["Phiếu số 6", "Nhâp", "=1+1", None, None, "1/2", None, None],
        [None] * 8,
    ]
    assert [sheet[f"F{row}"].number_format for row in range(23, 28)] == [
        "General", "0.################%", "dd/mm/yyyy", "@", "General",
    ]  # fmt: skip
    assert sheet["C26"].data_type == "s"  # no formula
    assert {sheet[f"{column}27"].number_format for column in "BCDEGH"} == {"@"}
    assert sheet["I23"].value.startswith("KHÔNG TÍNH. Ô «Giá trị» ghi «7,5»")  # a count
    assert sheet["I24"].value == "Đã tính."


def test_what_the_dropdowns_offer(sheet: Worksheet) -> None:
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert lists == {
        "B9": '"đang mở,đã khóa"', "E14:E18": '"dùng,loại,thay thế"', "B23:B46": '"Nhập thay,Sửa số liệu"',
        "C23:C46": "DS_DonVi",
    }  # fmt: skip
    where = sheet.parent.defined_names["DS_DonVi"].attr_text
    assert where == "'Nguồn'!$Q$1:$Q$4"
    assert [sheet[f"Q{row}"].value for row in range(1, 6)] == ["Sở", *WARDS, None]
    assert sheet.column_dimensions["Q"].hidden
    for rule in sheet.data_validations.dataValidation:
        assert rule.prompt
        assert len(rule.promptTitle) <= 32
        assert len(rule.prompt) <= 255


@pytest.mark.parametrize("readings", [(), READINGS[:1], READINGS])
def test_a_slip_stands_where_findings_say(readings: tuple[CopyReading, ...]) -> None:
    found = result(readings=readings)
    sheet = opened(found)
    for outcome in found.slips:
        assert sheet[f"A{outcome.row}"].value == f"Phiếu số {outcome.slip.number}"
        for each in outcome.findings:
            at = SLIP_HEADINGS.index(each.header)
            assert (sheet.cell(found.slips[0].row - 1, at + 1).value, each.cell) == (
                each.header, f"{'ABCDEFGHI'[at]}{outcome.row}",
            )  # fmt: skip


def test_the_overview_links_to_the_slips() -> None:
    [line] = [line for line in report.overview(result())["Báo cáo nhận được"] if line[0].startswith("Số liệu cán bộ")]
    label, count, link = line
    assert (label, count, link.text, link.sheet) == (
        "Số liệu cán bộ nhập thay, sửa", 2, "2 nhập thay, 2 phiếu cần xem lại (trang «Nguồn»)", "Nguồn",
    )  # fmt: skip
    assert opened(result())[f"A{link.row}"].value == "NHẬP THAY, SỬA SỐ LIỆU"
    assert ("Kỳ báo cáo", "đã khóa", "CV 9") in report.overview(result())["Báo cáo nhận được"]


def test_the_copies_say_by_whose_decision() -> None:
    book = openpyxl.load_workbook(io.BytesIO(report.write_report(result())))
    sheet = book["Tình hình nộp"]
    at = [cell.value for cell in sheet[4]].index("Ghi chú")
    notes = {row[1]: row[at] for row in sheet.iter_rows(min_row=5, values_only=True) if row[at]}
    assert notes == {
        "Xã A": "a.xlsx: Dùng theo quyết định: hỏi rồi. b.xlsx: Theo quyết định dùng tệp a.xlsx.",
        "Sở": "Cán bộ nhập thay, sửa 2 ô (phiếu số 4, 5).",
    }


def test_as_json() -> None:
    told = report.summary(result())
    assert told["closed"] is True
    assert told["decisions"] == [
        {"file": "a.xlsx", "sha256": sha("a"), "choice": "dùng", "note": "hỏi rồi", "verdict": "accepted"}
    ]
    assert told["slips"][1] == {
        "number": 4, "kind": "Nhập thay", "agency": "Sở", "key": "1", "column": "Tỷ lệ", "value": "95%",
        "reason": "CV 6", "by": "An", "result": "counted", "said": "Đã tính.",
    }  # fmt: skip


def test_the_file_is_sound(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(report.write_report(result()))
    assert OpenXmlValidator().validate(tmp_path / "x.xlsx").errors == []
