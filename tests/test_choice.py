"""choice: a returned blank copy is read as the copy its agency would have been sent, or refused as a whole."""

import io
from collections.abc import Callable
from copy import copy as duplicate
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from blank_copies import DONG_TAM, LIEN_MINH, MINH_BAO, NOI_VU, PLANS, BlankTrial, issues, relative, shows
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from returned_copies import KEY, altered, codes, counts, put_rows, told, values

from kttt_xl import choosing, identity
from kttt_xl.campaign import plan_blanks
from kttt_xl.choice import Choice, addressed
from kttt_xl.filling import Content, Typed, fill
from kttt_xl.history import History
from kttt_xl.identity import Manifest, describe
from kttt_xl.layout import COVER, HEADING_ROW, LISTS, TASK_COLUMNS
from kttt_xl.messages import MESSAGES
from kttt_xl.model import Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.plans import load_plan
from kttt_xl.reader import CopyReading

# --- the manifest of a choice


def rows_of(manifest: Manifest) -> list[object]:
    """Return the rows of a manifest; a blank copy leaves what was last said to the choice."""
    return [
        replace(row, digests={field: mark for field, mark in row.digests.items() if field != "previous"})
        for row in manifest.rows
    ]


@pytest.mark.parametrize(("plan_id", "code", "kind"), PLANS, ids=str)
def test_the_manifest_of_every_choice_is_that_of_the_addressed_copy(plan_id: str, code: str, kind: str) -> None:
    """Of all plans, each agency in each period, with what a tenth of the rows said before."""
    plan, period = load_plan(plan_id), parse_period(code)
    said = ((period.previous(), "Tạm dừng", None),)
    names = [agency.name for agency in plan.agencies]
    states = {(task.id, name): said for at, task in enumerate(plan.tasks) for name in names[at % 10 :: 10]}
    history = History(states=states if kind == "tasks" else {})
    (blank,) = plan_blanks(plan, period, (kind,), history=history)
    assert blank.offer is not None
    manifest = describe(blank.copy, {"B1": "x"}, {"B1": "y"}, blank.offer, (9, 9))
    compared = 0
    for when in blank.offer.periods:
        for issue in issues(plan, when, kind, history):
            agency = issue.copy.agency
            if agency in blank.left_out:
                continue
            found = addressed(manifest, Choice(agency=agency, period=when.code))
            sent = describe(issue.copy, {"B1": "x"}, {"B1": "y"})
            assert rows_of(found) == rows_of(sent)
            same = {"rows": (), "offer": None, "slots": (), "issue": ""}
            assert replace(found, **same) == replace(sent, **same)
            assert found.issue == identity.issue_id(issue.copy.plan, when, kind, "")
            lines = [line.key for line in issue.copy.lines]
            assert found.slots == (tuple(lines) if kind == "tasks" else ())
            compared += 1
    assert compared > 0


def test_without_a_choice_the_manifest_stays_nobodys(gia_lai: Plan, year: Period) -> None:
    (blank,) = plan_blanks(gia_lai, year, ("tasks",))
    manifest = describe(blank.copy, {}, {}, blank.offer, (9, 9))
    for choice in (
        Choice(),
        Choice(agency=NOI_VU),
        Choice(period="2024"),
        Choice(agency_text=NOI_VU, period_text="2024"),
    ):
        assert addressed(manifest, choice) is manifest
    assert manifest.agency == ""
    (issue,) = issues(gia_lai, year, "tasks", agencies=(NOI_VU,))
    plain = describe(issue.copy, {}, {})
    assert addressed(plain, Choice(agency=NOI_VU, period="2024")) is plain


# --- copies as they come back

STATE = "Đang thực hiện"


@pytest.fixture(scope="module")
def tasks(gia_lai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> BlankTrial:
    folder = tmp_path_factory.mktemp("tasks")
    return BlankTrial(gia_lai, year, "tasks", folder, agencies=(NOI_VU, LIEN_MINH))


@pytest.fixture(scope="module")
def stats(yen_bai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> BlankTrial:
    return BlankTrial(yen_bai, year, "stats", tmp_path_factory.mktemp("stats"))


@pytest.fixture(scope="module")
def wide(yen_bai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> BlankTrial:
    return BlankTrial(relative(yen_bai), year, "stats", tmp_path_factory.mktemp("wide"))


def whose(reading: CopyReading) -> tuple[str, str]:
    assert reading.submission is not None
    return reading.submission.agency, reading.submission.period


def stale(found: str, expected: str) -> tuple[str, str, str, str, str]:
    """A refusal as refusals() gives it."""
    message = MESSAGES["stale-choice"]
    words = {"found": found, "expected": expected, "header": "Đơn vị báo cáo"}
    return ("stale-choice", COVER, "C5", message.sentence.format_map(words), message.fix.format_map(words))


def refusals(reading: CopyReading) -> list[tuple[str, str, str, str, str]]:
    assert reading.refused
    return [(found.code, found.sheet, found.cell, found.message, found.fix) for found in reading.findings]


MINE = f"{NOI_VU} · Năm 2024"


@pytest.mark.parametrize(
    ("agency", "code", "key"), [(NOI_VU, "2024", "38"), (NOI_VU, "2030", "38"), (LIEN_MINH, "2026", "33")]
)
def test_what_was_typed_is_the_chosen_agencys(tasks: BlankTrial, agency: str, code: str, key: str) -> None:
    at = {tasks.place(agency, code, key, "state"): STATE, tasks.place(agency, code, key, "result"): "Đang làm"}
    reading = tasks.read(tasks.chosen(agency, code, at))
    assert (told(reading), whose(reading), counts(reading)) == ([], (agency, code), (2, 2, 0))
    assert values(reading) == {(key, "state"): STATE, (key, "result"): "Đang làm"}


@pytest.mark.parametrize("code", ["2024", "2027"])
def test_figures_are_the_chosen_agencys_in_the_chosen_period(stats: BlankTrial, wide: BlankTrial, code: str) -> None:
    reading = stats.read(stats.chosen(MINH_BAO, code, {"F8": 7, "G8": "Ghi chú"}))
    key = stats.copy.lines[0].key
    assert (told(reading), whose(reading), counts(reading)) == ([], (MINH_BAO, code), (2, 2, 0))
    assert values(reading) == {(key, code): Decimal(7), (key, "note"): "Ghi chú"}
    after = str(int(code) + 1)
    reading = wide.read(wide.chosen(DONG_TAM, code, {"F8": 5, "G8": 7}))
    assert (told(reading), whose(reading)) == ([], (DONG_TAM, code))
    assert values(reading) == {("count", code): Decimal(5), ("count", after): Decimal(7)}


@pytest.mark.parametrize(
    ("agency", "period"),
    [
        (NOI_VU, "Năm 2024"),
        ("sở nội vụ", "năm 2024"),
        ("  SỞ   NỘI VỤ ", " 2024 "),
        (NOI_VU, "Năm  2024"),
        (NOI_VU, 2024),
    ],
)
def test_a_choice_as_officers_write_it(tasks: BlankTrial, agency: str, period: Content) -> None:
    """Excel may not know it and show nothing: the confirmation tells that it was seen."""
    at = {tasks.place(NOI_VU, "2024", "38", "state"): STATE}
    for shown in (MINE, choosing.NO_CHOICE):
        reading = tasks.read(tasks.chosen(NOI_VU, "2024", at, C5=agency, C6=period, C7=shows(shown)))
        assert (told(reading), whose(reading), counts(reading)) == ([], (NOI_VU, "2024"), (1, 1, 0))


def test_nothing_typed(tasks: BlankTrial) -> None:
    unseen = {"C8": None, "C7": shows(choosing.NO_CHOICE)}
    for cover in ({}, {"C8": None}, unseen, {"C8": choosing.NO_CHOICE}, {"C8": None, "C7": shows(OTHER)}):
        reading = tasks.read(tasks.chosen(NOI_VU, "2024", **cover))
        assert (told(reading), whose(reading), counts(reading)) == ([], (NOI_VU, "2024"), (0, 0, 0))


@pytest.mark.parametrize("confirmed", [None, "   ", Typed(formula="C7", result=MINE), choosing.NO_CHOICE], ids=str)
def test_filled_in_without_confirming(tasks: BlankTrial, confirmed: Content) -> None:
    """A formula confirms nothing: it would agree with whatever is chosen later."""
    at = {tasks.place(NOI_VU, "2024", "38", "state"): STATE}
    reading = tasks.read(tasks.chosen(NOI_VU, "2024", at, C8=confirmed))
    assert [(found.code, found.sheet, found.cell, found.header, found.expected) for found in reading.findings] == [
        ("missing-required", COVER, "C8", "Xác nhận lựa chọn", MINE)
    ]
    assert (whose(reading), counts(reading)) == ((NOI_VU, "2024"), (1, 1, 0))


OTHER = f"{LIEN_MINH} · Năm 2024"
LATER = f"{NOI_VU} · Năm 2025"
FROM_LIST = "một đơn vị, một kỳ trong danh sách"
NO_AGENCY, NO_PERIOD = "(chưa chọn đơn vị) · Năm 2024", f"{NOI_VU} · (chưa chọn kỳ)"


@pytest.mark.parametrize(
    ("cover", "found", "expected"),
    [
        ({"C8": OTHER}, f"đang ghi «{MINE}», trước đó là «{OTHER}»", OTHER),
        ({"C8": LATER}, f"đang ghi «{MINE}», trước đó là «{LATER}»", LATER),
        ({"C8": "đúng"}, f"đang ghi «{MINE}», trước đó là «đúng»", "đúng"),
        ({"C7": shows(OTHER)}, f"đang ghi «{MINE}», trước đó là «{OTHER}»", OTHER),
        ({"C7": shows(OTHER), "C8": None}, f"đang ghi «{MINE}», trước đó là «{OTHER}»", OTHER),
        (
            {"C7": shows(choosing.NO_CHOICE), "C8": None},
            f"đang ghi «{MINE}», trước đó là «{choosing.NO_CHOICE}»",
            f"«{MINE}», chọn trong danh sách rồi xác nhận",
        ),
        (
            {"C7": shows(choosing.NO_ROWS), "C8": None},
            f"đang ghi «{MINE}», trước đó là «{choosing.NO_ROWS}»",
            f"«{MINE}», chọn trong danh sách rồi xác nhận",
        ),
        ({"C5": None}, f"đang ghi «{NO_AGENCY}»", MINE),
        ({"C5": None, "C8": None}, f"đang ghi «{NO_AGENCY}»", MINE),
        ({"C5": None, "C7": shows(choosing.NO_CHOICE), "C8": None}, f"đang ghi «{NO_AGENCY}»", FROM_LIST),
        ({"C6": None}, f"đang ghi «{NO_PERIOD}»", MINE),
        ({"C5": "Sở Lạ"}, "đang ghi «Sở Lạ · Năm 2024»", MINE),
        ({"C5": Typed(formula="B1", result=NOI_VU)}, f"đang ghi «{NO_AGENCY}»", MINE),
        ({"C6": Typed(formula="B1", result="Năm 2024")}, f"đang ghi «{NO_PERIOD}»", MINE),
        ({"C6": "Năm 2031"}, f"đang ghi «{NOI_VU} · Năm 2031»", MINE),
        ({"C6": "2024-Q1"}, f"đang ghi «{NOI_VU} · 2024-Q1»", MINE),
        ({"C6": "năm ngoái"}, f"đang ghi «{NOI_VU} · năm ngoái»", MINE),
        ({"C5": None, "C6": None, "C8": None}, "đang ghi «(chưa chọn đơn vị) · (chưa chọn kỳ)»", MINE),
    ],
    ids=str,
)
def test_a_choice_that_is_not_the_one_it_was_filled_in_under(
    tasks: BlankTrial, cover: dict[str, Content], found: str, expected: str
) -> None:
    """Everything that was typed is counted: two cells of the form, one beside it, one on the cover."""
    at = {tasks.place(NOI_VU, "2024", "38", field): "x" for field in ("state", "result")} | {"Z9": "x"}
    content = fill(tasks.chosen(NOI_VU, "2024", at, **cover), COVER, {"H30": "x"})
    reading = tasks.read(content)
    assert refusals(reading) == [stale(found, expected)]
    assert counts(reading) == (4, 0, 4)
    assert values(reading) == {}


def test_a_confirmation_of_another_choice_refuses_what_is_empty(stats: BlankTrial) -> None:
    was = f"{DONG_TAM} · Năm 2024"
    reading = stats.read(stats.chosen(MINH_BAO, "2024", C8=was))
    assert refusals(reading) == [stale(f"đang ghi «{MINH_BAO} · Năm 2024», trước đó là «{was}»", was)]


def test_figures_typed_by_a_program_that_shows_no_choice(stats: BlankTrial) -> None:
    """The rows of a statistics form are the same for everybody: whoever typed saw what for."""
    cover: dict[str, Content] = {"C7": shows(choosing.NO_CHOICE), "C8": None}
    reading = stats.read(stats.chosen(DONG_TAM, "2024", {"F8": 7}, **cover))
    assert not reading.refused
    assert (whose(reading), values(reading)) == ((DONG_TAM, "2024"), {("THT-MOI", "2024"): Decimal(7)})


def test_the_blank_copy_itself_sent_back(tasks: BlankTrial, stats: BlankTrial) -> None:
    for blank in (tasks, stats):
        reading = blank.read(blank.content)
        assert refusals(reading) == [stale("đang ghi «(chưa chọn đơn vị) · (chưa chọn kỳ)»", FROM_LIST)]
        assert (whose(reading), counts(reading)) == (("", "2024"), (0, 0, 0))
    figures = stats.read({"F8": 1, "F9": 2, "G8": "x"})
    assert counts(figures) == (3, 0, 3)


@pytest.mark.parametrize("where", ["section", "below"])
def test_typed_where_the_choice_has_no_row(tasks: BlankTrial, where: str) -> None:
    """Row 8 is a section; below the last row of Sở Nội vụ are places that only the other agency needs."""
    lines = tasks.addressed(NOI_VU, "2024").lines
    assert len(lines) < len(tasks.copy.lines)
    stray = f"L{HEADING_ROW + (1 if where == 'section' else len(lines) + 1)}"
    at: dict[str, Content] = {tasks.place(NOI_VU, "2024", "38", "state"): STATE, stray: STATE}
    reading = tasks.read(tasks.chosen(NOI_VU, "2024", at))
    rows = sum(bool(line.key) for line in lines)
    found = f"ô {stray} có nội dung ở dòng không thuộc «{MINE}» ({rows} dòng)"
    assert refusals(reading) == [stale(found, MINE)]
    assert counts(reading) == (2, 0, 2)
    unconfirmed = tasks.read(tasks.chosen(NOI_VU, "2024", at, C8=None))
    assert refusals(unconfirmed) == [stale(found, "đã chọn khi điền")]


def test_typed_below_the_form(tasks: BlankTrial) -> None:
    last = HEADING_ROW + len(tasks.copy.lines)
    reading = tasks.read(tasks.chosen(NOI_VU, "2024", {f"L{last + 2}": STATE, f"P{last + 2}": "x", "L9": STATE}))
    assert codes(reading) == [("unknown-row", f"L{last + 2}"), ("unknown-row", f"P{last + 2}")]
    assert counts(reading) == (3, 1, 2)


def test_an_agency_that_has_nothing_in_a_period(gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    """Its only task was completed; choosing it shows so, and what is typed all the same refuses the copy."""
    agency = "Báo Gia Lai"
    keys = [line.key for line in issues(gia_lai, year, "tasks", agencies=(agency,))[0].copy.keyed]
    completed = {(key, agency): ((parse_period("2024"), "Hoàn thành", None),) for key in keys}
    plan = replace(
        gia_lai,
        tasks=tuple(replace(task, deadline=replace(task.deadline, recurrence="once")) for task in gia_lai.tasks),
    )
    blank = BlankTrial(plan, year, "tasks", tmp_path, History(states=completed))
    for cover in ({"C7": shows(choosing.NO_ROWS), "C8": choosing.NO_ROWS}, {"C7": shows(choosing.NO_ROWS), "C8": None}):
        reading = blank.read(blank.chosen(agency, "2025", **cover))
        assert (told(reading), whose(reading), counts(reading)) == ([], (agency, "2025"), (0, 0, 0))
    reading = blank.read(blank.chosen(agency, "2025", {"L9": STATE}, C7=shows(choosing.NO_ROWS)))
    label = f"{agency} · Năm 2025"
    assert refusals(reading) == [stale(f"ô L9 có nội dung ở dòng không thuộc «{label}» (0 dòng)", label)]
    reading = blank.read(blank.chosen(agency, "2024", {"L9": STATE}))
    assert values(reading) == {(keys[0], "state"): STATE}


# --- what fillers do to the file


def edited(blank: BlankTrial, edit: Callable[[Workbook], object], agency: str = NOI_VU) -> bytes:
    """Return the copy chosen, with a state typed into its first three rows and a result in the first, then edited."""
    texts = {"L9": "Hoàn thành", "L10": STATE, "L11": "Tạm dừng", "P9": "Đã xong"}
    book = openpyxl.load_workbook(io.BytesIO(blank.chosen(agency, "2024", texts)))
    edit(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


TYPED = {("1", "state"): "Hoàn thành", ("2", "state"): STATE, ("3", "state"): "Tạm dừng", ("1", "result"): "Đã xong"}


def form(edit: Callable[[Worksheet], object]) -> Callable[[Workbook], object]:
    return lambda book: edit(book["Nhiệm vụ"])


def cells_of(sheet: Worksheet, first: int, last: int) -> list[list[object]]:
    return [[duplicate(cell.value) for cell in row] for row in sheet.iter_rows(min_row=first, max_row=last)]


def turn_round(sheet: Worksheet) -> None:
    """Sort rows 9 to 11 the other way round, as Excel does: each formula goes with its row."""
    put_rows(sheet, cells_of(sheet, 9, 11)[::-1], 9)


def turn_round_without_key(sheet: Worksheet) -> None:
    put_rows(sheet, [row[1:] for row in cells_of(sheet, 9, 11)][::-1], 9, 2)


def turn_keys_round(sheet: Worksheet) -> None:
    """Sort the hidden key column alone."""
    put_rows(sheet, [row[:1] for row in cells_of(sheet, 9, 11)][::-1], 9)


def repeat_first(sheet: Worksheet) -> None:
    put_rows(sheet, cells_of(sheet, 9, 9), 80)


def insert_above(sheet: Worksheet) -> None:
    """Insert a row above the second task, as Excel does."""
    rows = cells_of(sheet, 10, HEADING_ROW + 57)
    put_rows(sheet, [[None] * len(rows[0])], 10)
    put_rows(sheet, rows, 11)


def paste_keys(blank: BlankTrial) -> Callable[[Worksheet], None]:
    """Paste the key column as values, as it stands for Sở Nội vụ."""

    def paste(sheet: Worksheet) -> None:
        for at, line in enumerate(blank.addressed(NOI_VU, "2024").lines, start=HEADING_ROW + 1):
            sheet.cell(at, 1).value = line.key

    return paste


def paste_form(blank: BlankTrial, agency: str) -> Callable[[Worksheet], None]:
    """Paste every locked cell as a value, as an agency's form shows them."""

    def paste(sheet: Worksheet) -> None:
        for at, line in enumerate(blank.addressed(agency, "2024").lines, start=HEADING_ROW + 1):
            for number, column in enumerate(TASK_COLUMNS[:11], start=1):
                sheet.cell(at, number).value = line.key if column.field == "key" else line.texts.get(column.field)

    return paste


def put(place: str, value: object) -> Callable[[Worksheet], None]:
    def write(sheet: Worksheet) -> None:
        sheet[place] = value

    return write


def test_rows_that_were_moved_are_read(tasks: BlankTrial) -> None:
    cases: dict[str, tuple[Callable[[Worksheet], object], list[tuple[str, str]]]] = {
        "sorted": (turn_round, [("moved-row", "")]),
        "inserted": (insert_above, [("inserted-row", "A10")]),
        "keys pasted": (paste_keys(tasks), []),
        "renamed": (lambda sheet: setattr(sheet, "title", "Nhiem vu 2024"), [("renamed-sheet", "")]),
        "repeated": (
            repeat_first,
            [("repeated-row", "A80"), ("inserted-row", f"A{HEADING_ROW + len(tasks.copy.lines) + 1}")],
        ),
    }
    for name, (edit, findings) in cases.items():
        reading = tasks.read(edited(tasks, form(edit)))
        found = [(code, place) for code, place in codes(reading) if code != "altered-locked-cell"]
        assert (name, found, whose(reading), values(reading)) == (name, findings, (NOI_VU, "2024"), TYPED)


@pytest.mark.parametrize(
    ("turn", "first", "last"), [(turn_round_without_key, "L9", "P11"), (turn_keys_round, "L11", "P9")]
)
def test_a_sort_that_tears_keys_from_their_rows_gives_no_value_to_a_neighbour(
    tasks: BlankTrial, turn: Callable[[Worksheet], None], first: str, last: str
) -> None:
    """The first and the third row have each other's key: what stands there is refused; the second is read."""
    reading = tasks.read(edited(tasks, form(turn)))
    words = "Ô «{}» có nội dung «{}» nhưng dòng này không thuộc biểu mẫu (mã dòng: {}, nội dung dòng là của mã {})."
    typed = [
        ("unknown-row", first, "Tạm dừng", words.format("Trạng thái", "Tạm dừng", "1", "3")),
        ("unknown-row", f"L{last[1:]}", "Hoàn thành", words.format("Trạng thái", "Hoàn thành", "3", "1")),
        ("unknown-row", last, "Đã xong", words.format("Kết quả thực hiện", "Đã xong", "3", "1")),
    ]
    gone = [("missing-row", "", "", f"Thiếu dòng mã «{key}» của biểu mẫu; coi như chưa báo cáo.") for key in "13"]
    assert sorted(told(reading)) == sorted(typed + gone)
    assert (values(reading), counts(reading)) == ({("2", "state"): STATE}, (4, 1, 3))


def test_what_a_row_showed_when_it_was_saved_can_refuse_it(tasks: BlankTrial) -> None:
    """Lists were edited, or a program computed otherwise: whoever filled the row in read another task there."""
    formulas = {cell.address: cell.formula for cell in tasks.sheets()["Nhiệm vụ"].cells.values() if cell.row == 9}
    lines = {line.key: line for line in tasks.addressed(NOI_VU, "2024").keyed}
    said = {"B9": "1", "C9": str(lines["1"].texts["title"]), "D9": "Phối hợp", "K9": ""}

    def showing(**texts: str) -> CopyReading:
        shown: dict[str, Content] = {
            place: Typed(formula=formulas[place], result=text) for place, text in {**said, **texts}.items()
        }
        return tasks.read(tasks.chosen(NOI_VU, "2024", {**shown, "L9": STATE, "L10": "Hoàn thành"}))

    both = {("1", "state"): STATE, ("2", "state"): "Hoàn thành"}
    assert (told(showing()), values(showing())) == ([], both)
    other = showing(B9="2", C9=str(lines["2"].texts["title"]))
    assert (codes(other), values(other)) == (
        [("unknown-row", "L9"), ("missing-row", "")], {("2", "state"): "Hoàn thành"},
    )  # fmt: skip
    role = showing(D9="Chủ trì", K9="Tạm dừng")
    assert (told(role), values(role)) == (
        [altered("D9", "Vai trò", "Chủ trì"), altered("K9", "Kỳ trước", "Tạm dừng")], both,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        ("C9", "Nhiệm vụ khác", "altered-locked-cell"),
        ("D9", None, "altered-locked-cell"),
        ("D9", "=D10", "altered-locked-cell"),
        ("D9", '=IF(DM_SoDong<3,"",INDEX(DM_Dong_role,INDEX(DM_Giao,DM_DongTruoc+3))&"")', "altered-locked-cell"),
        ("K9", "Tạm dừng", "altered-locked-cell"),
        ("S9", "Đủ", "overwritten-formula"),
    ],
)
def test_a_locked_cell_that_was_written_over(tasks: BlankTrial, place: str, value: object, code: str) -> None:
    reading = tasks.read(edited(tasks, form(put(place, value))))
    assert (codes(reading), values(reading)) == ([(code, place)], TYPED)


def test_a_formula_of_ones_own_in_a_locked_cell(tasks: BlankTrial) -> None:
    """It shows what we issued, today."""
    reading = tasks.read(tasks.chosen(NOI_VU, "2024", {"D9": Typed(formula="D10", result="Phối hợp")}))
    assert told(reading) == [altered("D9", "Vai trò", "=D10")]


def test_the_last_figure_written_over(stats: BlankTrial) -> None:
    reading = stats.read(stats.chosen(MINH_BAO, "2024", {"E8": 5, "F8": 7}))
    assert (told(reading), counts(reading)) == ([altered("E8", "Kỳ trước", "5")], (1, 1, 0))


def test_the_form_pasted_as_values(tasks: BlankTrial) -> None:
    """The own form is read; of another agency's only rows of tasks that both have, by their own texts."""
    own = tasks.read(edited(tasks, form(paste_form(tasks, NOI_VU))))
    assert (told(own), values(own), counts(own)) == ([], TYPED, (4, 4, 0))

    def paste_other(sheet: Worksheet) -> None:
        paste_form(tasks, LIEN_MINH)(sheet)
        sheet["L56"] = STATE

    lines = tasks.addressed(LIEN_MINH, "2024").lines
    theirs = lines[56 - HEADING_ROW - 1].key
    assert theirs not in {line.key for line in tasks.addressed(NOI_VU, "2024").lines}
    other = tasks.read(edited(tasks, form(paste_other)))
    assert values(other) == TYPED
    assert ("unknown-row", "L56") in codes(other)


def test_headings_of_the_periods(wide: BlankTrial) -> None:
    """What a heading showed decides nothing; a text in its place does."""
    formulas = {
        cell.address: cell.formula for cell in wide.sheets()["Số liệu"].cells.values() if cell.row == HEADING_ROW
    }
    figures: dict[str, Content] = {"F8": 5, "G8": 7}
    expected = {("count", "2025"): Decimal(5), ("count", "2026"): Decimal(7)}
    shown = {"F7": Typed(formula=formulas["F7"], result="Năm 2030"), "G7": Typed(formula=formulas["G7"], result="")}
    assert values(wide.read(wide.chosen(MINH_BAO, "2025", figures | shown))) == expected
    moved: dict[str, Content] = {"F7": Typed(formula=formulas["G7"]), "G7": Typed(formula=formulas["F7"])}
    reading = wide.read(wide.chosen(MINH_BAO, "2025", figures | moved))
    assert (codes(reading), values(reading)) == (
        [("moved-column", "")], {("count", "2026"): Decimal(5), ("count", "2025"): Decimal(7)},
    )  # fmt: skip
    pasted: dict[str, Content] = {"F7": "Năm 2025", "G7": "Năm 2026"}
    assert values(wide.read(wide.chosen(MINH_BAO, "2025", figures | pasted))) == expected
    old = wide.read(wide.chosen(MINH_BAO, "2026", figures | pasted))
    assert ([code for code, _ in codes(old)], values(old)) == (["missing-column"], {})


def test_the_cover_copied_and_renamed(tasks: BlankTrial) -> None:
    """The cover is found by its name, then by its labels; a second one decides nothing."""

    def with_copy(book: Workbook) -> None:
        other = book.copy_worksheet(book[COVER])
        other["C5"] = LIEN_MINH
        book.move_sheet(other, -4)

    reading = tasks.read(edited(tasks, with_copy))
    assert (whose(reading), values(reading)) == ((NOI_VU, "2024"), TYPED)
    assert all(found.sheet == f"{COVER} Copy" for found in reading.findings)

    def rename(book: Workbook) -> None:
        book[COVER].title = "Huong dan 2024"

    reading = tasks.read(edited(tasks, rename))
    assert (codes(reading), whose(reading), values(reading)) == ([("renamed-sheet", "")], (NOI_VU, "2024"), TYPED)

    def drop(book: Workbook) -> None:
        del book[COVER]

    reading = tasks.read(edited(tasks, drop))
    assert [found.code for found in reading.findings] == ["stale-choice"]
    assert counts(reading) == (4, 0, 4)


def test_what_stands_in_danh_muc_decides_nothing(tasks: BlankTrial) -> None:
    """It is looked up by the sheet, never by the reader; what was typed beside it is refused."""

    def scramble(book: Workbook) -> None:
        sheet = book[LISTS]
        for row in sheet.iter_rows(min_row=2, max_row=30, min_col=3):
            for cell in row:
                cell.value = "x"
        sheet.cell(2, sheet.max_column + 3).value = "ngoài"

    reading = tasks.read(edited(tasks, scramble))
    assert ([code for code, _ in codes(reading)], values(reading)) == (["outside-value"], TYPED)


def test_a_blank_copy_signed_with_another_key(tasks: BlankTrial) -> None:
    returned = tasks.chosen(NOI_VU, "2024", {"L9": STATE})
    assert [found.code for found in tasks.read(returned, bytes(32)).findings] == ["forged-manifest"]
    reading = tasks.read(returned, None)
    assert ([code for code, _ in codes(reading)], counts(reading)) == (["unverified-manifest"], (1, 1, 0))
    assert tasks.read(returned, KEY).findings == ()
