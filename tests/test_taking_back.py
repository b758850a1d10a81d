"""Whatever an officer types into the consolidated workbook is recorded once, and stands in the next one."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from officer_desk import AS_OF, NOW, PLAN, SLIP_ROW, YEAR, Desk, MemoryLedger, reading, sha

from kttt_xl import report
from kttt_xl.cells import Cell
from kttt_xl.consolidation import consolidate
from kttt_xl.decisions import Slip, Standing, slip_body
from kttt_xl.errors import MisuseError
from kttt_xl.messages import finding
from kttt_xl.period import parse_period
from kttt_xl.taking_back import fingerprint, take_back

FIVE = reading("a", "Xã A", "stats", {("N", "2024"): Decimal(5), ("T", "2024"): "Có"})
SIX = reading("b", "Xã A", "stats", {("N", "2024"): Decimal(6), ("T", "2024"): "Có"})
LATER = reading("c", "Xã A", "stats", {("N", "2024"): Decimal(8)}, made_from=sha("a"))
TASKS = reading("d", "Sở", "tasks", {("1", "state"): "Đang thực hiện", ("1", "done_on"): date(2024, 6, 5)})
CORRECTION = ("Sửa số liệu", "Xã A", "N", "Năm 2024", 7, "Điện thoại 5/12", "Nguyễn Thị An")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "tổng hợp.xlsx")


def events(desk: Desk, after: int = 0) -> list[tuple[str, Any]]:
    """What the ledger was told from a number on, receipts left out."""
    return [(event.kind, event.body) for event in desk.ledger.told[after:] if event.kind != "received"]


def nothing_more(desk: Desk, *readings: Any) -> None:
    """Running again records nothing and writes the same bytes."""
    told, written = len(desk.ledger.told), desk.out.read_bytes()
    desk.run(*readings)
    assert (events(desk, told), desk.out.read_bytes() == written) == ([], True)


# --- what is there


def test_nothing_is_taken_out_of_nothing(desk: Desk) -> None:
    desk.run(FIVE)
    nothing_more(desk, FIVE)
    empty = desk.out.with_name("rỗng.xlsx")
    empty.touch()
    assert take_back(empty, desk.ledger, PLAN, YEAR, NOW) == ()


def test_a_workbook_of_before_there_was_anything_to_type_into(desk: Desk) -> None:
    desk.run(FIVE)
    book = openpyxl.load_workbook(desk.out)
    sheet = book["Nguồn"]
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.delete_rows(21, 30)
    sheet.delete_rows(8, 4)
    sheet.delete_cols(5, 2)
    book.save(desk.out)
    assert take_back(desk.out, desk.ledger, PLAN, YEAR, NOW) == ()
    assert events(desk) == []


KEPT = "Tệp này không bị ghi đè, vì có thể còn nội dung cán bộ đã ghi. Chọn tên khác, hoặc chuyển tệp này đi nơi khác."


def damaged(desk: Desk) -> str:
    desk.out.write_bytes(desk.out.read_bytes()[:-2000])
    return "Không đọc được bản tổng hợp"


def spoilt(desk: Desk) -> str:
    desk.out.write_bytes(bytes(9) + desk.out.read_bytes()[9:])
    return "Không đọc được bản tổng hợp"


def somebody_elses(desk: Desk) -> str:
    openpyxl.Workbook().save(desk.out)
    return f"«{desk.out}» không phải là bản tổng hợp của kttt-xl. {KEPT}"


def without_the_slips(desk: Desk) -> str:
    book = openpyxl.load_workbook(desk.out)
    book["Nguồn"].delete_rows(16, 40)
    book.save(desk.out)
    return "đã mất bảng hoặc cột nơi cán bộ ghi quyết định, phiếu"


def without_figures(desk: Desk) -> str:
    """A slip was written, and what the officer saw beside it is gone."""
    desk.write_slips(CORRECTION)
    book = openpyxl.load_workbook(desk.out)
    book["Số liệu"].delete_rows(1, 10)
    book.save(desk.out)
    return "thiếu các cột Mã, Đơn vị"


def of_another_period(desk: Desk) -> str:
    result = consolidate(PLAN, parse_period("2023"), AS_OF, ())
    desk.out.write_bytes(report.write_report(result))
    return f"«{desk.out}» là sổ tổng hợp của thu, Năm 2023 (2023). {KEPT}"


def of_another_plan(desk: Desk) -> str:
    result = consolidate(replace(PLAN, id="khac"), YEAR, AS_OF, ())
    desk.out.write_bytes(report.write_report(result))
    return f"«{desk.out}» là sổ tổng hợp của khac, Năm 2024 (2024). {KEPT}"


@pytest.mark.parametrize(
    "spoil",
    [damaged, spoilt, somebody_elses, without_the_slips, without_figures, of_another_period, of_another_plan],
)
def test_what_may_hold_something_typed_is_not_written_over(desk: Desk, spoil: Callable[[Desk], str]) -> None:
    desk.run(FIVE)
    said = spoil(desk)
    before = desk.out.read_bytes()
    with pytest.raises(MisuseError) as caught:
        desk.run(FIVE)
    assert said in str(caught.value)
    assert (desk.out.read_bytes(), events(desk)) == (before, [])


@pytest.mark.parametrize(
    ("name", "content", "taken"),
    [
        ("th.xlsx", b"", True),
        ("th.xlsx", b"to be replaced", True),
        ("th.csv", b"M\xc3\xa3;1", False),
        ("th.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", False),
    ],
)
def test_what_no_program_opens_as_a_workbook_holds_nothing_typed(
    desk: Desk, name: str, content: bytes, taken: bool
) -> None:
    out = desk.out.with_name(name)
    out.write_bytes(content)
    if taken:
        assert take_back(out, desk.ledger, PLAN, YEAR, NOW) == ()
    else:
        with pytest.raises(MisuseError, match=re.escape(KEPT)):
            take_back(out, desk.ledger, PLAN, YEAR, NOW)


def test_a_workbook_saved_meanwhile_has_another_fingerprint(desk: Desk) -> None:
    assert fingerprint(desk.out) == ""
    desk.run(FIVE)
    before = fingerprint(desk.out)
    desk.decide("a", "dùng")
    assert before != fingerprint(desk.out) != ""


# --- decisions


def test_a_decision_made_changed_and_cleared(desk: Desk) -> None:
    desk.run(FIVE, SIX)
    desk.decide("a", "Dùng", "  hỏi rồi ")
    result = desk.run(FIVE, SIX)
    assert events(desk) == [("decided", {"sha256": sha("a"), "choice": "use", "note": "hỏi rồi"})]
    assert {copy.file: copy.verdict for copy in result.copies} == {"a.xlsx": "accepted", "b.xlsx": "superseded"}
    assert desk.decided("a") == ("dùng", "hỏi rồi")
    nothing_more(desk, FIVE, SIX)
    desk.decide("a", "loại", "hỏi rồi")
    desk.run(FIVE, SIX)
    assert desk.ledger.standing.files[sha("a")].choice == "drop"
    desk.decide("a", None)
    result = desk.run(FIVE, SIX)
    assert desk.ledger.standing.files == {}
    assert {copy.verdict for copy in result.copies} == {"conflicting"}
    nothing_more(desk, FIVE, SIX)


def test_a_word_that_is_no_choice_is_kept_and_said(desk: Desk) -> None:
    desk.run(FIVE, SIX)
    desk.decide("a", "lấy", "hỏi rồi")
    result = desk.run(FIVE, SIX)
    assert desk.decided("a") == ("lấy", "hỏi rồi")
    assert [found.found for found in result.findings if found.code == "bad-decision"] == ["lấy"]
    nothing_more(desk, FIVE, SIX)


def test_rows_of_one_content_that_differ_are_kept_and_said(desk: Desk) -> None:
    """The same bytes under two names have two rows; who changes both in different ways must look again."""
    twice = (FIVE, replace(FIVE, file="z.xlsx"))
    desk.run(*twice)
    desk.type({"E14": "dùng"})
    desk.run(*twice)  # one row is enough
    assert desk.ledger.standing.files[sha("a")].choice == "use"
    assert [desk.cells[f"E{row}"] for row in (14, 15)] == ["dùng", "dùng"]
    desk.type({"E14": "loại", "E15": "thay thế"})
    result = desk.run(*twice)
    assert [desk.cells[f"E{row}"] for row in (14, 15)] == ["loại / thay thế"] * 2
    assert "bad-decision" in {found.code for found in result.findings}
    desk.type({"E14": None})
    desk.run(*twice)
    assert desk.ledger.standing.files == {}


def test_a_decision_on_a_file_that_left_the_folder_stays(desk: Desk) -> None:
    desk.run(FIVE, SIX)
    desk.decide("a", "loại", "bản nháp")
    desk.run(FIVE, SIX)
    desk.run(SIX)
    assert desk.decided("a") == ("loại", "bản nháp")
    nothing_more(desk, SIX)
    desk.decide("a", None)
    desk.run(SIX)
    assert desk.ledger.standing.files == {}


def test_rows_are_known_by_their_sha256(desk: Desk) -> None:
    """Sorted by an officer who took the protection off."""
    desk.run(FIVE, SIX)
    desk.decide("a", "dùng")
    cells, swapped = desk.cells, {14: 15, 15: 14}
    desk.type(
        {f"{column}{row}": cells.get(f"{column}{swapped[row]}") for column in "ABCDEFGHIJKLMNOP" for row in swapped}
    )
    desk.run(FIVE, SIX)
    assert {key: item.choice for key, item in desk.ledger.standing.files.items()} == {sha("a"): "use"}


def test_a_decision_where_there_is_nothing_to_decide_is_said(desk: Desk) -> None:
    damaged_copy = replace(FIVE, file="hong.xlsx", sha256="", submission=None, manifest=None)
    desk.run(damaged_copy)
    desk.type({"E14": "dùng"})
    desk.run(damaged_copy)
    expected = "một tệp được đọc: tệp bị bỏ qua không có gì để quyết định"
    assert desk.said == (finding("bad-decision", file="hong.xlsx", sheet="Nguồn", found="dùng", expected=expected),)


# --- the period


def test_a_period_closed_and_opened(desk: Desk) -> None:
    desk.run(FIVE)
    desk.close("đã khóa", "CV 9")
    result = desk.run(FIVE, LATER)
    assert events(desk) == [("closed", {"note": "CV 9"})]
    assert {copy.file: copy.verdict for copy in result.copies} == {"a.xlsx": "accepted", "c.xlsx": "conflicting"}
    nothing_more(desk, FIVE, LATER)
    desk.close("Đã  khoá", "CV 10")  # the same word, the tone mark where many put it
    desk.run(FIVE, LATER)
    assert (events(desk)[1:], desk.ledger.standing.closed) == ([("closed", {"note": "CV 10"})], 2)
    desk.close("", "CV 10")  # cleared by mistake: no word is no order
    desk.run(FIVE, LATER)
    assert desk.ledger.standing.closed == 2
    desk.close("đang mở", "CV 11")
    result = desk.run(FIVE, LATER)
    assert {copy.file: copy.verdict for copy in result.copies} == {"a.xlsx": "superseded", "c.xlsx": "accepted"}
    assert (desk.ledger.standing.closed, desk.ledger.standing.closed_note) == (None, "CV 11")


def test_another_word_for_the_period_changes_nothing_and_is_said(desk: Desk) -> None:
    desk.run(FIVE)
    desk.close("xong rồi", "CV 9")
    desk.run(FIVE)
    words = "«đang mở» hoặc «đã khóa»"
    said = finding("bad-decision", sheet="Nguồn", header="Khóa kỳ", found="xong rồi", expected=words)
    assert (desk.said, desk.ledger.standing.closed, desk.ledger.standing.closed_note) == ((said,), None, "CV 9")


# --- slips


def test_slips_of_all_kinds_come_back_as_typed(desk: Desk) -> None:
    desk.run(FIVE, TASKS)
    rows = [
        CORRECTION,
        ("Nhập thay", "Xã B", "N", 2024, "1.234", "CV 1", "An"),  # numbers where a text is meant, and the reverse
        ("Sửa số liệu", "Sở", 1, "Ngày hoàn thành", datetime(2024, 7, 1), "CV 2", None),  # noqa: DTZ001
        ("Nhập thay", "xã c", "N", "Năm 2024", "=2+3", "CV 3", "An"),
        ("Nhập thay", None, None, None, None, None, None),
        (None, None, None, None, "5 HTX\nmới", "  ", "An"),
    ]
    desk.write_slips(*rows)
    result = desk.run(FIVE, TASKS)
    assert [outcome.result for outcome in result.slips] == [
        "counted", "counted", "counted", "refused", "refused", "refused",
    ]  # fmt: skip
    assert [row[:8] for row in desk.slips] == [
        ("Phiếu số 1", *CORRECTION),
        ("Phiếu số 2", "Nhập thay", "Xã B", "N", "2024", "1.234", "CV 1", "An"),
        ("Phiếu số 3", "Sửa số liệu", "Sở", "1", "Ngày hoàn thành", datetime(2024, 7, 1), "CV 2", None),  # noqa: DTZ001
        ("Phiếu số 4", "Nhập thay", "xã c", "N", "Năm 2024", "=2+3", "CV 3", "An"),
        ("Phiếu số 5", "Nhập thay", None, None, None, None, None, None),
        ("Phiếu số 6", None, None, None, None, "5 HTX\nmới", None, "An"),
    ]
    assert [slip.base for slip in desk.ledger.standing.slips] == ["5", None, "5/6/2024", None, None, None]
    assert len(list(desk.slip_rows())) == 6 + 20  # always room for more
    nothing_more(desk, FIVE, TASKS)


def test_a_slip_edited_cleared_and_written_again(desk: Desk) -> None:
    desk.run(FIVE)
    desk.write_slips(CORRECTION, SLIP_ROW)
    desk.run(FIVE)
    (first, _), (second, _), *_ = desk.slip_rows()
    desk.put_slip(first, *CORRECTION[:4], 9)
    desk.run(FIVE)
    slip = desk.ledger.standing.slips[0]
    assert (slip.number, slip.value, slip.base) == (1, Cell(1, 1, "number", Decimal(9)), "5")
    desk.clear_slip(second)
    desk.run(FIVE)
    assert (events(desk)[-1], desk.ledger.standing.withdrawn) == (("slip-withdrawn", {"number": 2}), (2,))
    desk.write_slips(SLIP_ROW)
    desk.run(FIVE)
    assert [slip.number for slip in desk.ledger.standing.slips] == [1, 3]  # a number is never given twice
    nothing_more(desk, FIVE)


def test_rows_that_changed_places_are_the_same_slips(desk: Desk) -> None:
    desk.run(FIVE)
    desk.write_slips(CORRECTION, ("Nhập thay", "Xã B", "N", "2024", 3, "CV", "An"))
    desk.run(FIVE)
    (first, one), (second, two), *_ = desk.slip_rows()
    desk.put_slip(first, *two[1:8])  # sorted without the numbers
    desk.put_slip(second, *one[1:8])
    told = len(desk.ledger.told)
    desk.run(FIVE)
    assert events(desk, told) == []


def test_a_row_copied_below_itself_is_a_slip_of_its_own(desk: Desk) -> None:
    desk.run(FIVE)
    desk.write_slips(CORRECTION)
    desk.run(FIVE)
    desk.write_slips(CORRECTION)
    result = desk.run(FIVE)
    assert [outcome.words for outcome in result.slips][1] == "Trùng phiếu số 1; chỉ tính một lần."
    nothing_more(desk, FIVE)


def test_the_base_is_what_the_officer_saw(desk: Desk) -> None:
    desk.run(FIVE, TASKS)
    desk.write_slips(
        CORRECTION, ("Sửa số liệu", "Xã A", "T", "2024", "Không", "CV", "An"),
        ("Sửa số liệu", "Sở", "1", "Trạng thái", "Hoàn thành", "CV", "An"),
        ("Nhập thay", "Sở", "1", "Kiến nghị", "Thêm người", "CV", "An"),
        ("Nhập thay", "Xã A", "N", "Ghi chú", "Theo sổ", "CV", "An"),
    )  # fmt: skip
    result = desk.run(LATER, FIVE, TASKS)  # in the same run another copy comes
    bases = [slip.base for slip in desk.ledger.standing.slips]
    assert bases == ["5", "Có", "Đang thực hiện", None, None]
    assert [outcome.result for outcome in result.slips] == ["changed", "changed", "counted", "counted", "counted"]
    # written again under another number: still against what its copy said
    (row, cells), *_ = desk.slip_rows()
    desk.clear_slip(row)
    desk.write_slips((*cells[1:5], 9, "CV", "An"))
    result = desk.run(LATER, FIVE, TASKS)
    assert (result.slips[-1].slip.base, result.slips[-1].result) == ("5", "changed")


def test_a_slip_moved_to_another_cell_has_another_base(desk: Desk) -> None:
    desk.run(FIVE)
    desk.write_slips(("Sửa số liệu", "Xã A", "Ký hiệu", "2024", 7, "CV", "An"))
    desk.run(FIVE)
    assert desk.ledger.standing.slips[0].base is None
    (row, _), *_ = desk.slip_rows()
    desk.put_slip(row, "Sửa số liệu", "Xã A", "N")
    result = desk.run(FIVE)
    assert (result.slips[0].slip.base, result.slips[0].result) == ("5", "counted")


def test_a_whole_correction(desk: Desk) -> None:
    """Corrected, sent again otherwise, kept by decision, then replaced by decision: nothing changes in silence."""

    def state() -> tuple[str, str]:
        return result.slips[0].result, str(result.figures[0].value)

    desk.run(FIVE)
    desk.write_slips(CORRECTION)
    result = desk.run(FIVE)
    assert state() == ("counted", "7")
    result = desk.run(FIVE, LATER)
    assert state() == ("changed", "7")
    assert [found.file for found in result.findings if found.code == "changed-under-correction"] == ["c.xlsx"]
    desk.decide("c", "dùng", "giữ phiếu")
    result = desk.run(FIVE, LATER)
    assert state() == ("counted", "7")
    desk.decide("c", "thay thế", "lấy theo tệp")
    result = desk.run(FIVE, LATER)
    assert state() == ("replaced", "8")
    assert desk.slips[0][5] == 7  # it is still there
    (row, _), *_ = desk.slip_rows()
    desk.put_slip(row, *CORRECTION[:4], 9)  # a new correction, of the new copy
    result = desk.run(FIVE, LATER)
    assert state() == ("counted", "9")
    nothing_more(desk, FIVE, LATER)


# --- another ledger, another workbook, a run that died


def test_what_a_killed_run_recorded_is_not_recorded_again(desk: Desk) -> None:
    desk.run(FIVE, SIX)
    desk.decide("a", "dùng", "hỏi rồi")
    desk.close("đã khóa", "CV 9")
    desk.write_slips(CORRECTION, SLIP_ROW, SLIP_ROW)
    for done in range(6):  # that many events were on disk when it died
        ledger = MemoryLedger(list(desk.ledger.told))
        take_back(desk.out, ledger, PLAN, YEAR, NOW)
        assert len(ledger.told) == 6
        again = MemoryLedger(ledger.told[: 1 + done])
        take_back(desk.out, again, PLAN, YEAR, NOW)
        assert [(item.kind, item.body) for item in again.told] == [(item.kind, item.body) for item in ledger.told]
        take_back(desk.out, again, PLAN, YEAR, NOW)
        assert len(again.told) == 6


def test_a_lost_ledger_is_filled_again_out_of_the_workbook(desk: Desk) -> None:
    desk.run(FIVE, SIX)
    desk.decide("a", "dùng", "hỏi rồi")
    desk.close("đã khóa", "CV 9")
    desk.write_slips(SLIP_ROW, CORRECTION, SLIP_ROW)
    desk.run(FIVE, SIX)
    (row, _), *_ = desk.slip_rows()
    desk.clear_slip(row)
    desk.run(FIVE, SIX)
    before = desk.ledger.standing
    desk.ledger, desk.received = MemoryLedger(), {}
    desk.run(FIVE, SIX)
    now = desk.ledger.standing
    assert [slip.number for slip in now.slips] == [2, 3] == [slip.number for slip in before.slips]
    assert [slip.typed for slip in now.slips] == [slip.typed for slip in before.slips]
    assert (now.closed is not None, now.closed_note) == (True, "CV 9")
    assert [(item.choice, item.note) for item in now.files.values()] == [("use", "hỏi rồi")]
    nothing_more(desk, FIVE, SIX)


def test_two_workbooks_of_one_campaign(desk: Desk) -> None:
    """What is typed now wins over what the other workbook told meanwhile, and says so; slips are never lost."""
    desk.run(FIVE, SIX)
    desk.write_slips(SLIP_ROW, CORRECTION)
    desk.run(FIVE, SIX)
    other = Desk(desk.out.with_name("khác.xlsx"), desk.ledger, desk.received)
    shutil.copy(desk.out, other.out)
    (row, _), (second, _), *_ = desk.slip_rows()
    other.decide("a", "dùng", "An")
    other.put_slip(row, *SLIP_ROW[:4], 6)
    other.clear_slip(second)
    other.write_slips(("Nhập thay", "Xã C", "N", "2024", 1, "CV", "An"))
    other.run(FIVE, SIX)
    desk.decide("a", "loại", "Bình")
    desk.put_slip(row, *SLIP_ROW[:4], 8)
    desk.run(FIVE, SIX)
    replaced = finding(
        "decision-replaced", file=sha("a"), sheet="Nguồn", header="Quyết định", found="dùng: An", expected="loại: Bình"
    )
    assert desk.said == (replaced,)
    now = desk.ledger.standing
    assert now.files[sha("a")].choice == "drop"
    assert {slip.number: slip.value.value for slip in now.slips if slip.value} == {1: 6, 3: 1, 4: 8}
    assert now.withdrawn == (2,)


def test_a_slip_cleared_here_and_changed_there_stays(desk: Desk) -> None:
    desk.run(FIVE)
    desk.write_slips(SLIP_ROW)
    desk.run(FIVE)
    other = Desk(desk.out.with_name("khác.xlsx"), desk.ledger, desk.received)
    shutil.copy(desk.out, other.out)
    (row, _), *_ = desk.slip_rows()
    other.put_slip(row, *SLIP_ROW[:4], 6)
    other.run(FIVE)
    desk.clear_slip(row)
    desk.run(FIVE)
    said = finding(
        "decision-replaced", file="Phiếu số 1", sheet="Nguồn", header="Số phiếu", found="phiếu đã sửa (giữ lại)",
        expected="phiếu đã xóa trắng",
    )  # fmt: skip
    assert (desk.said, desk.slips[0][5]) == ((said,), 6)


# --- whatever is typed

words = st.text(max_size=12) | st.sampled_from(
    ["=1+1", "+84", "@x", "-", "_x0041_", "a\nb", "\tb", " x ", "2024", "Xã A", "dùng", "Nhập thay", "\r\n", "x" * 300]
)
numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=4) | st.sampled_from(
    [Decimal("0.1"), Decimal("1E+20")]
)
contents = st.one_of(
    st.none(),
    words.map(lambda text: Cell(1, 1, "text", text)),
    st.builds(lambda number, percent: Cell(1, 1, "number", number, percent=percent), numbers, st.booleans()),
    st.dates(date(1901, 1, 1), date(2200, 1, 1)).map(
        lambda day: Cell(1, 1, "date", datetime(day.year, day.month, day.day))  # noqa: DTZ001
    ),
)
typed_slips = st.builds(
    lambda kind, cells, value: (kind, *cells[:3], value, *cells[3:]),
    words, st.tuples(words, words, words, words, words), contents,
)  # fmt: skip


@given(drawn=st.lists(typed_slips, min_size=1, max_size=6), note=words, choice=words)
@settings(deadline=None, max_examples=12)
def test_whatever_was_typed_is_written_and_read_back_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple], note: str, choice: str
) -> None:
    """Out of the ledger into the workbook and back: the second reading finds nothing new."""
    out = tmp_path_factory.getbasetemp() / "đi về.xlsx"
    ledger = MemoryLedger()
    ledger.record("decided", "", "", {"sha256": sha("a"), "choice": choice, "note": note}, NOW)
    ledger.record("closed", "", "", {"note": note}, NOW)
    for number, (kind, agency, key, column, value, reason, by) in enumerate(drawn, start=1):
        body = slip_body(Slip(number, kind, agency, key, column, value, reason, by, None))
        ledger.record("slip", "", "", body, NOW)

    def written(standing: Standing) -> None:
        out.write_bytes(report.write_report(consolidate(PLAN, YEAR, AS_OF, (), standing=standing)))

    written(ledger.standing)
    first = len(ledger.told)
    take_back(out, ledger, PLAN, YEAR, NOW)  # texts as a cell can hold them
    cleaned = ledger.standing
    assert len(ledger.told) - first <= len(drawn) + 2
    blank = [slip for slip in cleaned.slips if not any(slip.typed)]
    assert not blank
    written(cleaned)
    told = len(ledger.told)
    take_back(out, ledger, PLAN, YEAR, NOW)
    assert [event.kind for event in ledger.told[told:]] == []


# --- in LibreOffice


def test_an_officer_in_libreoffice(desk: Desk, office: Run) -> None:
    """Filtered, sorted without protection, typed by keyboard, saved under the same name."""
    desk.run(FIVE, SIX, TASKS)
    first = next(row for row, _ in desk.slip_rows())
    keyboard = [("B", "Nhập thay"), ("C", "Sở"), ("D", "1"), ("E", "Tỷ lệ hoàn thành (%)"), ("F", "95%"),
                ("G", "Điện thoại ngày 5/12/2024"), ("H", "Nguyễn Thị An")]  # fmt: skip
    second = [("B", "Nhập thay"), ("C", "xã b"), ("D", "N"), ("E", "2024"), ("F", "15"), ("G", "CV 12/UBND")]
    steps = [
        ["type", "Nguồn", "E14", "dùng"],
        ["text", "Nguồn", "F14", "1/2"],
        ["type", "Nguồn", "B9", "đã khóa"],
        *(["type", "Nguồn", f"{column}{first}", text] for column, text in keyboard),
        *(["type", "Nguồn", f"{column}{first + 3}", text] for column, text in second),
        ["hide_row", "Nguồn", first + 3],
    ]
    office([{"open": str(desk.out), "save": str(desk.out), "steps": steps}])
    result = desk.run(FIVE, SIX, TASKS)
    assert desk.decided("a") == ("dùng", "1/2")
    assert [(copy.file, copy.verdict) for copy in result.copies][:2] == [
        ("a.xlsx", "accepted"), ("b.xlsx", "superseded"),
    ]  # fmt: skip
    assert desk.ledger.standing.closed == 5
    assert [(each.result, each.value) for each in result.slips] == [("counted", Decimal(95)), ("counted", Decimal(15))]
    office([{"open": str(desk.out), "save": str(desk.out), "steps": []}])  # saved again, nothing typed
    told = len(desk.ledger.told)
    desk.run(FIVE, SIX, TASKS)
    assert events(desk, told) == []
