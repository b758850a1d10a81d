"""Officers' slips against the plan and the copies: each has one outcome, a value counts once, and nothing is hidden."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from officer_desk import AS_OF, PLAN, YEAR, reading, refused_reading
from test_consolidation import DOING, DONE, LAST

from kttt_xl.cells import Cell
from kttt_xl.consolidation import Consolidated, consolidate
from kttt_xl.decisions import Decision, Slip, Standing
from kttt_xl.history import NO_HISTORY, History
from kttt_xl.intake import judge
from kttt_xl.messages import MESSAGES, finding
from kttt_xl.model import EXTENSION, TASK, WITHDRAWAL, Adjustment, Figure, Finding, Plan, Value
from kttt_xl.reader import CopyReading
from kttt_xl.slips import AGREED, CHANGED, COUNTED, REFUSED, REPEATED, REPLACED, RESULTS, Outcome, merge, said

FIRST = 18  # row of the first slip where no file was found


def cell(value: str | int | Decimal | date | None) -> Cell | None:
    if value is None or isinstance(value, str):
        return Cell(1, 1, "text", value) if value else None
    if isinstance(value, date):
        return Cell(1, 1, "date", datetime(value.year, value.month, value.day))  # noqa: DTZ001
    return Cell(1, 1, "number", Decimal(value))


def slip(
    agency: str, key: str, column: str, value: str | int | Decimal | date | None, *, number: int = 1,
    kind: str = "entered", reason: str = "CV 5", by: str = "An", base: str | None = None,
) -> Slip:  # fmt: skip
    return Slip(number, kind, agency, key, column, cell(value), reason, by, base)


def run(
    slips: Iterable[Slip],
    *readings: CopyReading,
    decided: Decision | None = None,
    plan: Plan = PLAN,
    history: History = NO_HISTORY,
) -> Consolidated:
    files = {decided.sha256: decided} if decided else {}
    standing = Standing(files, tuple(slips))
    copies = judge(readings, plan, YEAR, standing=standing)
    return consolidate(plan, YEAR, AS_OF, copies, history, standing=standing)


def only(result: Consolidated) -> Outcome:
    [outcome] = result.slips
    return outcome


# --- where a slip belongs, and what it says


@pytest.mark.parametrize(
    ("given_", "place", "value"),
    [
        (slip("Xã A", "N", "2024", 5), ("Xã A", "stats", "N", "2024"), Decimal(5)),
        (slip("  xã  a ", " n", "Năm 2024", "1.234"), ("Xã A", "stats", "N", "2024"), Decimal(1234)),
        (slip("Xã A", "số HTX", "năm 2024", 5), ("Xã A", "stats", "N", "2024"), Decimal(5)),  # by its name
        (slip("Xã A", "N", "2024", "-"), ("Xã A", "stats", "N", "2024"), None),
        (slip("Xã A", "T", "2024", "Đã áp dụng"), ("Xã A", "stats", "T", "2024"), "Đã áp dụng"),
        (slip("Xã A", "R", "Ghi chú", "Theo sổ"), ("Xã A", "stats", "R", "note"), "Theo sổ"),
        (slip("Sở", "1", "Trạng thái", "hoàn thành"), ("Sở", "tasks", "1", "state"), DONE),
        (slip("Sở", "1", "Ngày hoàn thành", "5/6/2024"), ("Sở", "tasks", "1", "done_on"), date(2024, 6, 5)),
        (slip("Sở", "1", "Ngày hoàn thành", date(2024, 6, 5)), ("Sở", "tasks", "1", "done_on"), date(2024, 6, 5)),
        (slip("Sở", "1", "Tỷ lệ hoàn thành (%)", "95%"), ("Sở", "tasks", "1", "percent"), Decimal(95)),
        (slip("Sở", "1", "tỷ lệ", 95), ("Sở", "tasks", "1", "percent"), Decimal(95)),  # only one heading begins so
        (slip("Sở", "1", "Khó khăn", "Thiếu tiền"), ("Sở", "tasks", "1", "difficulty"), "Thiếu tiền"),
        (slip("Xã B", "2", "Kiến nghị", "Thêm"), ("Xã B", "tasks", "2", "proposal"), "Thêm"),
    ],
)
def test_a_slip_is_read_as_the_cell_it_stands_for(given_: Slip, place: tuple[str, str, str, str], value: Value) -> None:
    outcome = only(run([given_]))
    assert (outcome.result, outcome.words, outcome.place, outcome.value) == (COUNTED, "Đã tính.", place, value)


COLUMNS = (
    "một cột của biểu: Trạng thái; Tỷ lệ hoàn thành (%); Ngày hoàn thành; Sản phẩm đã ban hành; Kết quả thực hiện; "
    "Khó khăn, vướng mắc; Kiến nghị; Năm 2024; Ghi chú"
)
CODES = "mã một dòng trong biểu của đơn vị: N, M, R, W, T"
BLANK = "(trống)"


@pytest.mark.parametrize(
    ("given_", "at", "code", "header", "found", "expected"),
    [
        (slip("Xã A", "N", "2024", 5, kind="Nhâp"), "B", "bad-slip", "Loại phiếu", "Nhâp",
         "«Nhập thay» hoặc «Sửa số liệu»"),
        (slip("Xã A", "N", "2024", 5, kind=""), "B", "bad-slip", "Loại phiếu", BLANK, "«Nhập thay» hoặc «Sửa số liệu»"),
        (slip("", "N", "2024", 5), "C", "bad-slip", "Đơn vị", BLANK, "tên một đơn vị trong kế hoạch"),
        (slip("Xã AA", "N", "2024", 5), "C", "bad-slip", "Đơn vị", "Xã AA",
         "tên một đơn vị trong kế hoạch, gần nhất: Xã A; Xã B; Xã C"),
        (slip("Các xã", "N", "2024", 5), "C", "bad-slip", "Đơn vị", "Các xã", "một đơn vị, không phải một nhóm đơn vị"),
        (slip("Sở", "N", "2024", 5), "D", "bad-slip", "Mã", "N", "mã một dòng trong biểu của đơn vị: G"),
        (slip("Xã A", "1", "Trạng thái", DONE), "D", "bad-slip", "Mã", "1", "mã một dòng trong biểu của đơn vị: 2"),
        (slip("Xã A", "", "2024", 5), "D", "bad-slip", "Mã", BLANK, CODES),
        (slip("Xã A", "X", "2024", 5), "D", "bad-slip", "Mã", "X", CODES),
        (slip("Xã A", "R", "2024", 5), "D", "bad-slip", "Mã", "R",
         "mã của hai số thành phần (M và N): tỷ lệ được tự tính"),
        (slip("Xã A", "N", "", 5), "E", "bad-slip", "Cột", BLANK, COLUMNS),
        (slip("Xã A", "N", "2023", 5), "E", "bad-slip", "Cột", "2023", COLUMNS),  # not asked in this period
        (slip("Sở", "1", "Hạn", "1/1/2025"), "E", "bad-slip", "Cột", "Hạn", COLUMNS),  # locked
        (slip("Sở", "1", "K", "x"), "E", "bad-slip", "Cột", "K", COLUMNS),  # two headings begin so
        (slip("Xã A", "N", "2024", None), "F", "bad-slip", "Giá trị", BLANK,
         "giá trị; đơn vị không có số liệu thì ghi dấu -"),
        (slip("Xã A", "N", "2024", 5, reason=""), "G", "bad-slip", "Lý do, căn cứ", BLANK,
         "lý do hoặc căn cứ, ví dụ: điện thoại ngày 5/12/2024, số công văn"),
        (slip("Xã A", "N", "2024", "năm"), "F", "bad-number", "Giá trị", "năm", "12"),
        (slip("Xã A", "N", "2024", "=2+3"), "F", "bad-number", "Giá trị", "=2+3", "12"),
        (slip("Xã A", "N", "2024", "12,5"), "F", "not-whole", "Giá trị", "12,5", ""),
        (slip("Xã A", "N", "2024", -5), "F", "negative-count", "Giá trị", "-5", ""),
        (slip("Xã A", "N", "2024", date(2024, 3, 5)), "F", "bad-number", "Giá trị",
         "5/3/2024 (Excel đã đổi thành ngày)", "12"),
        (slip("Sở", "1", "Trạng thái", "Xong"), "F", "not-in-list", "Giá trị", "Xong",
         "Chưa thực hiện; Đang thực hiện; Hoàn thành; Chờ văn bản cấp trên; Tạm dừng"),
        (slip("Sở", "1", "Tỷ lệ hoàn thành (%)", 120), "F", "bad-percent", "Giá trị", "120", "từ 0 đến 100"),
        (slip("Sở", "1", "Ngày hoàn thành", "31/2/2024"), "F", "bad-date", "Giá trị", "31/2/2024", "25/12/2024"),
        (slip("Sở", "1", "Ngày hoàn thành", date(1905, 7, 16)), "F", "date-out-of-range", "Giá trị", "16/7/1905",
         "từ 1/1/2023 đến 31/12/2025"),
        (slip("Sở", "1", "Kết quả thực hiện", "x" * 5001), "F", "text-too-long", "Giá trị", "5001", "5000"),
    ],
)  # fmt: skip
def test_a_slip_that_cannot_be_counted_says_why(
    given_: Slip, at: str, code: str, header: str, found: str, expected: str
) -> None:
    result = run([given_])
    agency = given_.agency.strip() if code == "bad-slip" else "Sở" if given_.agency == "Sở" else "Xã A"
    wrong = finding(
        code, agency=agency, file="Phiếu số 1", sheet="Nguồn", cell=f"{at}{FIRST}", header=header, found=found,
        expected=expected,
    )  # fmt: skip
    outcome = only(result)
    assert (outcome.result, outcome.findings) == (REFUSED, (wrong,))
    assert outcome.words == f"KHÔNG TÍNH. {wrong.message} {wrong.fix}"
    assert wrong in result.findings
    assert (result.figures, result.narratives, [row for row in result.task_rows if row.reported]) == ((), (), [])


def test_what_was_understood_is_said_of_a_slip_that_counts() -> None:
    result = run([slip("Xã A", "N", "2024", "1.234", by="")])
    assert [(item.code, item.severity, item.cell, item.file) for item in only(result).findings] == [
        ("ambiguous-number", "warning", f"F{FIRST}", "Phiếu số 1"),
        ("missing-required", "warning", f"H{FIRST}", "Phiếu số 1"),
    ]


def test_figures_of_earlier_periods_that_were_accepted_are_locked() -> None:
    plan = replace(PLAN, settings=replace(PLAN.settings, stats=replace(PLAN.settings.stats, window=(-1, 0))))
    history = History((Figure("N", "Xã A", LAST, Decimal(4), "cũ.xlsx", "Số liệu", "F8"),))
    locked, asked = slip("Xã A", "N", "2023", 5), slip("Xã B", "N", "2023", 5, number=2)
    result = run([locked, asked], plan=plan, history=history)
    assert [outcome.result for outcome in result.slips] == [REFUSED, COUNTED]
    assert result.slips[0].findings[0].expected == (
        "kỳ chưa được tổng hợp (số liệu kỳ trước sửa ở sổ tổng hợp của kỳ đó)"
    )


def test_a_task_that_was_withdrawn_takes_no_slip() -> None:
    gone = Adjustment(TASK, "1", "", "", WITHDRAWAL, None, "QĐ 1", date(2025, 1, 5))
    later = replace(PLAN, adjustments=(gone,))
    standing = Standing(slips=(slip("Sở", "1", "Trạng thái", DONE),))
    result = consolidate(later, YEAR, date(2025, 1, 6), (), standing=standing)
    assert only(result).findings[0].expected == "dòng còn trong kế hoạch (dòng này đã được rút)"
    kept = replace(gone, kind=EXTENSION, value=date(2025, 6, 1))
    result = consolidate(replace(PLAN, adjustments=(kept,)), YEAR, date(2025, 1, 6), (), standing=standing)
    assert only(result).result == COUNTED


# --- beside a copy

FIVE = reading("a", "Xã A", "stats", {("N", "2024"): Decimal(5)})
BLANK_COPY = reading("a", "Xã A", "stats", {("M", "2024"): Decimal(3)})
UNREAD = reading("a", "Xã A", "stats", {}, refused_cells=(("N", "2024"),), refused=1, filled=1, columns=(("2024", 6),))
DASH = reading("a", "Xã A", "stats", {("N", "2024"): None})
CASES = (None, "5", "7")


@pytest.mark.parametrize(("base", "theirs", "ours"), list(product(CASES, CASES, CASES)))
def test_base_theirs_and_ours(base: str | None, theirs: str | None, ours: str | None) -> None:
    """Ours is never overwritten in silence, and never stands in silence where theirs has changed."""
    expected = AGREED if theirs == ours else COUNTED if theirs == base else CHANGED
    assert merge(base, theirs, ours) == expected
    if merge(base, theirs, ours) == AGREED:
        assert ours == theirs
    if merge(base, theirs, ours) == COUNTED:
        assert base == theirs != ours


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None), ("", None), (Decimal("5.0"), "5"), (Decimal(5), "5"), (Decimal("12.50"), "12,5"),
        (Decimal(2) / 3, "0,6666666666666666"), (date(2024, 6, 5), "5/6/2024"), (" a \n b ", "a b"),
    ],
)  # fmt: skip
def test_values_as_they_are_compared(value: Value, text: str | None) -> None:
    assert said(value) == text


USE, REPLACE = Decision("a" * 64, "use", "x", 9), Decision("a" * 64, "replace", "x", 9, frozenset({1}))
LATER_SLIP = replace(REPLACE, replaces=frozenset())


@pytest.mark.parametrize(
    ("kind", "base", "copy", "decided", "result", "figure"),
    [
        ("entered", None, None, None, COUNTED, ("7", "Phiếu số 1")),
        ("entered", None, BLANK_COPY, None, COUNTED, ("7", "Phiếu số 1")),
        ("entered", None, DASH, None, COUNTED, ("7", "Phiếu số 1")),
        ("entered", None, UNREAD, None, COUNTED, ("7", "Phiếu số 1")),
        ("entered", None, FIVE, None, CHANGED, ("7", "Phiếu số 1")),  # the copy came afterwards
        ("entered", "5", FIVE, None, REFUSED, ("5", "a.xlsx")),  # it was there: to be corrected
        ("corrected", "5", FIVE, None, COUNTED, ("7", "Phiếu số 1")),
        ("corrected", "5", None, None, COUNTED, ("7", "Phiếu số 1")),
        ("corrected", None, None, None, REFUSED, None),
        ("corrected", None, BLANK_COPY, None, REFUSED, None),
        ("corrected", None, UNREAD, None, COUNTED, ("7", "Phiếu số 1")),
        ("corrected", None, DASH, None, COUNTED, ("7", "Phiếu số 1")),
        ("corrected", "4", FIVE, None, CHANGED, ("7", "Phiếu số 1")),
        ("corrected", "4", BLANK_COPY, None, CHANGED, ("7", "Phiếu số 1")),
        ("corrected", "7", FIVE, None, CHANGED, ("7", "Phiếu số 1")),
        ("corrected", "4", FIVE, USE, COUNTED, ("7", "Phiếu số 1")),
        ("corrected", "4", FIVE, REPLACE, REPLACED, ("5", "a.xlsx")),
        ("corrected", "5", FIVE, REPLACE, REPLACED, ("5", "a.xlsx")),
        ("corrected", "5", FIVE, LATER_SLIP, COUNTED, ("7", "Phiếu số 1")),
        ("entered", None, BLANK_COPY, REPLACE, REPLACED, None),
    ],
)
def test_a_slip_beside_a_copy(  # the columns of the table
    kind: str, base: str | None, copy: CopyReading | None, decided: Decision | None, result: str,
    figure: tuple[str, str] | None,
) -> None:  # fmt: skip
    found = run([slip("Xã A", "N", "2024", 7, kind=kind, base=base)], *([copy] if copy else []), decided=decided)
    assert only(found).result == result
    figures = [(str(each.value), each.file) for each in found.figures if each.code == "N"]
    assert figures == ([figure] if figure else [])
    total = next((total for total in found.totals if total.indicator.code == "N"), None)
    assert (total.value if total else None) == (Decimal(figure[0]) if figure else None)
    codes = [each.code for each in found.findings]
    assert ("changed-under-correction" in codes, "bad-slip" in codes) == (result == CHANGED, result == REFUSED)


@pytest.mark.parametrize(
    ("base", "copy", "decided", "words"),
    [
        ("5", FIVE, None, "Đã tính, thay «5» (ô 2024:8, tệp a.xlsx)."),
        ("5", None, None, "Đã tính. Lúc ghi phiếu, tệp của đơn vị ghi «5»; nay không có tệp được nhận."),
        (None, UNREAD, None, "Đã tính (ô F8, tệp a.xlsx)."),
        ("4", reading("a", "Xã A", "stats", {("N", "2024"): Decimal(7)}), None,
         "Tệp của đơn vị nay đã ghi đúng như phiếu (ô 2024:8, tệp a.xlsx)."),
        ("4", FIVE, USE,
         "Đã tính; giữ phiếu theo quyết định dùng tệp của đơn vị; tệp ghi «5» (ô 2024:8, tệp a.xlsx)."),
        ("4", FIVE, REPLACE, "Thôi tính: theo quyết định thay thế bằng tệp a.xlsx."),
        ("4", FIVE, None,
         ("CHÚ Ý: Sau khi cán bộ ghi phiếu (Phiếu số 1, lúc đó tệp ghi «4»), tệp của đơn vị nay ghi «5»; đang tính "
          "theo phiếu. Ở trang «Nguồn», tại tệp này chọn «dùng» để giữ phiếu, hoặc «thay thế» để lấy theo tệp.")),
        (None, None, None,
         ("KHÔNG TÍNH. Phiếu có cột «Loại phiếu» ghi «Sửa số liệu»; cần «Nhập thay»: ô này chưa có số liệu. Sửa dòng "
          "phiếu ở trang «Nguồn» rồi tổng hợp lại; không dùng nữa thì xóa trắng dòng.")),
    ],
)  # fmt: skip
def test_what_is_said_of_a_correction(
    base: str | None, copy: CopyReading | None, decided: Decision | None, words: str
) -> None:
    given_ = slip("Xã A", "N", "2024", 7, kind="corrected", base=base)
    assert only(run([given_], *([copy] if copy else []), decided=decided)).words == words


def test_a_change_is_said_at_the_copy() -> None:
    result = run([slip("Xã A", "N", "2024", 7, kind="corrected", base="4")], FIVE)
    [changed] = [found for found in result.findings if found.code == "changed-under-correction"]
    assert (changed.agency, changed.file, changed.sheet, changed.cell, changed.found) == (
        "Xã A", "a.xlsx", "Số liệu", "2024:8", "5",
    )  # fmt: skip


# --- several slips for one cell


@pytest.mark.parametrize(
    ("values", "results", "figure"),
    [
        ([5, 5], [COUNTED, REPEATED], ["5"]),
        (["5", 5, "05"], [COUNTED, REPEATED, REPEATED], ["5"]),
        ([5, 6], [REFUSED, REFUSED], []),
        ([5, 5, 6], [REFUSED, REFUSED, REFUSED], []),
        (["năm", 6], [REFUSED, COUNTED], ["6"]),  # one that says nothing rivals nobody
    ],
)
def test_several_slips_for_one_cell(values: list[str | int], results: list[str], figure: list[str]) -> None:
    slips = [slip("Xã A", "N", "2024", value, number=at) for at, value in enumerate(values, start=1)]
    found = run(slips)
    assert [outcome.result for outcome in found.slips] == results
    assert [str(each.value) for each in found.figures] == figure


def test_two_slips_that_differ_name_each_other() -> None:
    found = run([slip("Xã A", "N", "2024", 5), slip("Xã A", "N", "2024", 6, number=4)])
    wanted = "chỉ một giá trị cho ô này: các phiếu số 1, 4 ghi khác nhau, xóa trắng phiếu sai"
    assert [(item.code, item.found, item.expected) for item in found.findings] == [
        ("bad-slip", "5", wanted), ("bad-slip", "6", wanted),
    ]  # fmt: skip
    replaced = run(
        [slip("Xã A", "N", "2024", 6, kind="corrected", base="5"),
         slip("Xã A", "N", "2024", 7, number=2, kind="corrected", base="5")],
        FIVE, decided=REPLACE,
    )  # fmt: skip
    assert [outcome.result for outcome in replaced.slips] == [REPLACED, COUNTED]  # written after "thay thế"


# --- what is counted


def test_a_figure_and_a_text_name_their_slip() -> None:
    result = run([
        slip("Xã A", "N", "2024", 7, kind="corrected", base="5"), slip("Xã B", "T", "2024", "Có", number=3),
        slip("Xã B", "N", "Ghi chú", "Theo sổ", number=4),
    ], FIVE)  # fmt: skip
    row = FIRST + 1  # one file
    assert [(each.agency, each.value, each.file, each.sheet, each.cell) for each in result.figures] == [
        ("Xã A", Decimal(7), "Phiếu số 1", "Nguồn", f"F{row}"),
    ]
    assert [(each.code, each.field, each.text, each.file, each.cell) for each in result.narratives] == [
        ("T", "2024", "Có", "Phiếu số 3", f"F{row + 1}"), ("N", "note", "Theo sổ", "Phiếu số 4", f"F{row + 2}"),
    ]  # fmt: skip
    assert result.received == ("Xã A",)  # Xã B sent nothing
    assert result.cell_counts == {"filled": 1, "accepted": 1, "refused": 0, "in_other_copies": 0}


TASKS = reading("b", "Sở", "tasks", {("1", "state"): DOING, ("1", "result"): "Đang làm", ("4", "state"): DOING})


def test_a_task_row_keeps_its_copy_and_names_its_slips() -> None:
    result = run([
        slip("Sở", "1", "Trạng thái", DONE, kind="corrected", base=DOING),
        slip("Sở", "1", "Ngày hoàn thành", "5/6/2024", number=2),
        slip("Xã C", "5", "Trạng thái", DOING, number=3),
    ], TASKS)  # fmt: skip
    rows = {(row.task.id, row.agency): row for row in result.task_rows}
    mixed, alone = rows["1", "Sở"], rows["5", "Xã C"]
    assert (mixed.state, mixed.done_on, mixed.texts["result"], mixed.status) == (
        DONE, date(2024, 6, 5), "Đang làm", "Hoàn thành đúng hạn",
    )  # fmt: skip
    assert (mixed.file, mixed.sheet, mixed.row, mixed.slips) == (
        "b.xlsx", "Nhiệm vụ", 8, ("Phiếu số 1", "Phiếu số 2"),
    )  # fmt: skip
    assert (alone.state, alone.file, alone.sheet, alone.row, alone.slips) == (
        DOING, "Phiếu số 3", "Nguồn", FIRST + 3, ("Phiếu số 3",),
    )  # fmt: skip
    assert rows["4", "Sở"].slips == ()
    assert sum(result.by_status.values()) == len(PLAN.tasks)


def test_a_coordinating_agency_has_a_row_by_its_slip() -> None:
    result = run([slip("Xã C", "2", "Kết quả thực hiện", "Đã phối hợp")])
    [row] = [row for row in result.task_rows if (row.task.id, row.agency) == ("2", "Xã C")]
    assert (row.role, row.texts, row.file) == ("Phối hợp", {"result": "Đã phối hợp"}, "Phiếu số 1")


def test_an_error_in_a_cell_that_a_slip_stands_for_is_settled() -> None:
    wrong = finding("bad-number", agency="Xã A", file="a.xlsx", sheet="Số liệu", cell="F8", found="năm", expected="12")
    elsewhere = replace(wrong, sheet="Hướng dẫn")
    copy = replace(UNREAD, findings=(wrong, elsewhere))
    settled = replace(wrong, severity="info", fix="Đã có Phiếu số 1 ở trang «Nguồn»; không cần sửa tệp.")
    result = run([slip("Xã A", "N", "2024", 7, kind="corrected")], copy)
    assert result.findings[:2] == (settled, elsewhere)
    assert result.cell_counts["refused"] == 1  # what the copy says does not change
    assert run([slip("Xã A", "N", "2024", "năm", kind="corrected")], copy).findings[:2] == (wrong, elsewhere)


def test_a_refused_copy_is_none() -> None:
    damaged: Finding = finding("damaged-file", file="c.xlsx", found="x")
    result = run([slip("Xã A", "N", "2024", 7)], refused_reading("c", damaged))
    assert only(result).result == COUNTED


# --- whatever is written

texts = st.sampled_from(["", "Xã A", "Xã B", "Sở", "Xã C", "Các xã", "x", "=1+1"])
drawn_slips = st.lists(
    st.tuples(
        st.sampled_from(["entered", "corrected", "", "Nhâp"]), texts,
        st.sampled_from(["", "N", "R", "T", "1", "2", "x"]),
        st.sampled_from(["", "2024", "Năm 2024", "Trạng thái", "Ghi chú", "Hạn"]),
        st.sampled_from([None, "", 5, 7, "1.234", "-", "Hoàn thành", "x", date(2024, 1, 2), Decimal("2.5")]),
        st.sampled_from(["", "CV 5"]), st.sampled_from([None, "5", "7"]),
    ),
    max_size=6,
)  # fmt: skip


@given(drawn=drawn_slips, with_copy=st.booleans(), choice=st.sampled_from(["", "use", "drop", "replace"]))
@settings(deadline=None, max_examples=120)
def test_every_slip_has_exactly_one_outcome(drawn: list[tuple], with_copy: bool, choice: str) -> None:
    slips = [
        slip(agency, key, column, value, number=at, kind=kind, reason=reason, base=base)
        for at, (kind, agency, key, column, value, reason, base) in enumerate(drawn, start=1)
    ]
    decided = Decision("a" * 64, choice, "x", 9, frozenset({1, 2}) if choice == "replace" else frozenset())
    result = run(slips, *([FIVE] if with_copy else []), decided=decided)
    assert [outcome.slip for outcome in result.slips] == slips
    assert {outcome.result for outcome in result.slips} <= set(RESULTS)
    places = [outcome.place for outcome in result.slips if outcome.counts]
    assert len(places) == len(set(places))  # a cell has one value
    told = [each.file for each in (*result.figures, *result.narratives) if each.file.startswith("Phiếu")]
    told += [name for row in result.task_rows for name in row.slips]
    counted = {f"Phiếu số {outcome.slip.number}" for outcome in result.slips if outcome.counts}
    blank = {f"Phiếu số {each.slip.number}" for each in result.slips if each.counts and each.value is None}
    assert counted - blank <= set(told) <= counted
    for outcome in result.slips:
        errors = [found for found in outcome.findings if found.severity == "error"]
        assert bool(errors) == (outcome.result in {REFUSED, CHANGED})
        assert outcome.words


def test_the_scope_of_the_new_codes() -> None:
    scopes = {code: MESSAGES[code].scope for code in ("bad-slip", "bad-decision", "changed-under-correction")}
    assert set(scopes.values()) == {"officer"}
