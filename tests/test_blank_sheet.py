"""blank_sheet and the blank cover, computed by LibreOffice: a choice shows what the agency would have been sent."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from blank_copies import DONG_TAM, LIEN_MINH, MINH_BAO, NOI_VU, TAI_CHINH, BlankTrial, relative
from openpyxl.formula.translate import Translator
from openpyxl.worksheet.worksheet import Worksheet
from returned_copies import KEY, codes, values

from kttt_xl.builder import build_copy
from kttt_xl.cells import address
from kttt_xl.choosing import MUST_CLEAR, NO_CHOICE, NO_ROWS, STRAY
from kttt_xl.history import History
from kttt_xl.layout import COVER, HEADING_ROW, LISTS, Copy
from kttt_xl.model import Figure, Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.reader import read_copy

Office = Callable[[list[dict[str, object]]], list[list[str]]]
Steps = list[list[object]]


def told(agency: str, figures: dict[str, str], year: str = "2023") -> tuple[Figure, ...]:
    """Return figures that an agency gave for a year."""
    return tuple(Figure(code, agency, parse_period(year), Decimal(text), "", "", "") for code, text in figures.items())


STATES = {
    ("33", LIEN_MINH): ((parse_period("2023"), "Hoàn thành", None),),
    ("38", NOI_VU): ((parse_period("2023"), "Đang thực hiện", None), (parse_period("2025"), "Tạm dừng", None)),
}
FIGURES = (
    *told(DONG_TAM, {"THT-MOI": "0", "THT-HQ": "1234567", "TL-HQ": "12.5"}),
    *told(MINH_BAO, {"count": "4", "decimal": "12345.678"}, "2022"),
)
HISTORY = History(FIGURES, STATES)

# The form, its plan, the choices, what is typed: field or number of the period column, cell's line, how, what.
CASES: dict[str, tuple[str, list[tuple[str, str]], list[tuple[str | int, int, str, str]]]] = {
    "tasks": (
        "tasks",
        [(NOI_VU, "2024"), (NOI_VU, "2030"), (LIEN_MINH, "2025"), (TAI_CHINH, "2026")],
        [
            ("state", 0, "text", "Hoàn thành"), ("done_on", 0, "type", "2024-08-03"), ("percent", 0, "type", "90"),
            ("state", 1, "text", "Đang thực hiện"), ("percent", 1, "type", "50"), ("result", 2, "text", "Đang làm"),
        ],
    ),
    "stats": (
        "stats",
        [(DONG_TAM, "2024"), (MINH_BAO, "2024"), (DONG_TAM, "2031")],
        [(0, 0, "type", "12"), (0, 1, "type", "3.5"), (0, 2, "type", "-4"), ("note", 1, "text", "Có")],
    ),
    "relative": (
        "stats",
        [(MINH_BAO, "2023"), (MINH_BAO, "2024"), (DONG_TAM, "2030")],
        [
            (0, 0, "type", "5"), (1, 0, "type", "7"), (1, 4, "type", "1"), (1, 1, "type", "2.5"),
            ("note", 0, "text", "x"),
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def case(
    request: pytest.FixtureRequest, gia_lai: Plan, yen_bai: Plan, tmp_path_factory: pytest.TempPathFactory
) -> tuple[BlankTrial, str]:
    kind = CASES[request.param][0]
    plan = {"tasks": gia_lai, "stats": yen_bai, "relative": relative(yen_bai)}[request.param]
    period = parse_period(CASES[request.param][1][0][1])
    return BlankTrial(plan, period, kind, tmp_path_factory.mktemp("sent"), HISTORY), request.param


def choose(agency: str, code: str, *, confirm: bool = True) -> Steps:
    name = parse_period(code).name
    steps: Steps = [["text", COVER, "C5", agency], ["text", COVER, "C6", name]]
    return [*steps, ["text", COVER, "C8", f"{agency} · {name}"]] if confirm else steps


def typing(copy: Copy, typed: list[tuple[str | int, int, str, str]]) -> Steps:
    """Return the steps that type into the first keyed rows of a form, wherever they stand."""
    rows = [at for at, line in enumerate(copy.lines, start=HEADING_ROW + 1) if line.key]
    figures = [column.field for column in copy.columns if column.rule == "figure"]
    fields = [column.field for column in copy.columns]
    steps: Steps = []
    for field, line, how, text in typed:
        column = fields.index(field if isinstance(field, str) else figures[field]) + 1
        steps.append([how, copy.sheet, address(rows[line], column), text])
    return steps


def seen(answer: list[str], copy: Copy, last: int) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return what stands on the form by address, and on the cover beside each label."""
    width = len(copy.columns)
    form = {address(1 + at // width, 1 + at % width): text for at, text in enumerate(answer[: last * width])}
    cover = answer[last * width :]
    return form, {cover[at]: cover[at + 1 : at + 3] for at in range(0, len(cover), 3) if cover[at]}


def test_a_choice_shows_and_takes_what_the_addressed_copy_does(
    office: Office, case: tuple[BlankTrial, str], tmp_path: Path
) -> None:
    """Every cell of the form, the counts and dates of the cover; before and after something is typed; and as read."""
    blank, name = case
    _, choices, typed = CASES[name]
    last, width = HEADING_ROW + len(blank.copy.lines), len(blank.copy.columns)
    look: Steps = [["values", blank.copy.sheet, f"A1:{address(last, width)}"], ["values", COVER, "B4:D16"]]
    jobs: list[dict[str, object]] = []
    for number, (agency, code) in enumerate(choices):
        copy = blank.addressed(agency, code)
        (tmp_path / f"{number}-gui.xlsx").write_bytes(build_copy(copy, KEY))
        for way, source, chosen in (
            ("gui", tmp_path / f"{number}-gui.xlsx", []),
            ("trong", blank.path, choose(agency, code)),
        ):
            steps = [*chosen, *look, *typing(copy, typed), *look]
            jobs.append({"open": str(source), "save": str(tmp_path / f"{number}-{way}-ve.xlsx"), "steps": steps})
    answers = iter(office(jobs))
    for number, (agency, code) in enumerate(choices):
        copy = blank.addressed(agency, code)
        both = [next(answers), next(answers)]
        half = len(both[0]) // 2
        for part in (slice(half), slice(half, None)):
            (sent, sent_cover), (shown, shown_cover) = (seen(answer[part], copy, last) for answer in both)
            for at, line in enumerate(copy.lines, start=HEADING_ROW + 1):
                if not line.key:  # a section stands under the heading of tasks, not above all columns
                    sent[f"B{at}"], sent[f"C{at}"] = "", sent[f"B{at}"]
            assert (agency, code, shown) == (agency, code, sent)
            assert {label: shown_cover[label] for label in sent_cover if label in shown_cover} == {
                label: beside for label, beside in sent_cover.items() if label in shown_cover
            }
            assert {"Chốt số liệu", "Thời hạn gửi", "Nơi nhận", "Số ô còn phải nhập", "Số dòng có lỗi cần sửa"} <= set(
                shown_cover
            )
        readings = [read_copy(tmp_path / f"{number}-{way}-ve.xlsx", way, lambda _plan: KEY) for way in ("gui", "trong")]
        assert [codes(reading) for reading in readings] == [codes(readings[0])] * 2
        assert values(readings[1]) == values(readings[0])
        assert len(values(readings[0])) + len(readings[0].submission.refused_cells) == len(typed)  # type: ignore[union-attr]


def test_before_a_choice_and_with_half_of_one(office: Office, case: tuple[BlankTrial, str], tmp_path: Path) -> None:
    """Nothing is shown of anybody; what is written beside each formula is what it gives."""
    blank, name = case
    agency, code = CASES[name][1][0]
    copy, last = blank.copy, HEADING_ROW + len(blank.copy.lines)
    look: Steps = [["values", copy.sheet, f"A1:{address(last, len(copy.columns))}"], ["values", COVER, "B4:D16"]]
    period = parse_period(code).name
    halves: dict[str, Steps] = {
        "nothing": [],
        "agency": [["text", COVER, "C5", agency]],
        "period": [["text", COVER, "C6", period]],
        "unknown": [["text", COVER, "C5", "Sở Lạ"], ["text", COVER, "C6", period]],
    }
    jobs: list[dict[str, object]] = [
        {"open": str(blank.path), "steps": [["recalculate"], *steps, *look]} for steps in halves.values()
    ]
    cached = openpyxl.load_workbook(blank.path, data_only=True)
    issued = {
        cell.coordinate: "" if cell.value is None else str(cell.value)
        for row in cached[copy.sheet].iter_rows(max_row=last, max_col=len(copy.columns))
        for cell in row
    }
    for half, answer in zip(halves, office(jobs), strict=True):
        form, cover = seen(answer, copy, last)
        if half == "nothing":
            assert form == issued
            texts = {
                str(row[0].value): "" if row[1].value is None else str(row[1].value)
                for row in cached[COVER]["B4:C16"]
                if row[0].value
            }
            assert {label: beside[0].removesuffix(".0") for label, beside in cover.items()} == texts
        assert cover["Biểu đang mở cho"][0] == NO_CHOICE, half
        shown = {
            place: text for place, text in form.items() if int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) > HEADING_ROW
        }
        before = {place: issued[place] for place in shown}
        assert shown == before, half
        assert (form["B3"] == f"Đơn vị báo cáo: {agency}") == (half == "agency")
        assert form["B4"].startswith(f"Kỳ báo cáo: {period}.") == (half in {"period", "unknown"})


# --- what may be chosen and typed, when


def validation(sheet: Worksheet, place: str) -> list[str]:
    """Return the source or the bounds of a cell's validation, as Excel reads them for that cell."""
    for item in sheet.data_validations.dataValidation:
        if place in item.sqref:
            origin = str(item.sqref).split()[0].split(":")[0]
            formulas = [text for text in (item.formula1, item.formula2) if text]
            return [Translator(f"={text}", origin).translate_formula(place) for text in formulas]
    raise KeyError(place)


class Scratch:
    """Steps that have LibreOffice compute validations beside the form; each answer is the text of one cell."""

    def __init__(self, blank: BlankTrial) -> None:
        self.book, self.form = openpyxl.load_workbook(blank.path), blank.copy.sheet
        self.steps: Steps = [["recalculate"], *(["unprotect", sheet] for sheet in (COVER, self.form))]
        self.expected: list[str] = []

    def do(self, *steps: list[object]) -> None:
        self.steps += steps

    def compute(self, sheet: str, formula: str, expected: str) -> None:
        in_libreoffice = formula.replace(",", ";")
        self.steps += [["type", sheet, "AB3", in_libreoffice], ["read", sheet, "AB3"], ["text", sheet, "AB3", ""]]
        self.expected.append(expected)

    def offers(self, sheet: str, place: str, count: int, first: str) -> None:
        """The dropdown of a cell offers so many things, this one first."""
        (source,) = validation(self.book[sheet], place)
        self.compute(sheet, f"=COUNTA({source[1:]})", str(count))
        self.compute(sheet, f'=INDEX({source[1:]},1)&""', first)

    def takes(self, place: str, *bounds: int) -> None:
        """The cell takes what is within these bounds; from 1 to 0 is nothing."""
        for formula, bound in zip(validation(self.book[self.form], place), bounds, strict=True):
            self.compute(self.form, f"=N({formula[1:]})", str(bound))


def serial(day: date) -> int:
    """Return the number that a day is in a sheet."""
    return (day - date(1899, 12, 30)).days


WAIT = "(Xác nhận đơn vị và kỳ ở trang Hướng dẫn trước)"


def test_a_task_form_is_open_once_confirmed_and_its_choice_kept_once_filled_in(
    office: Office, gia_lai: Plan, year: Period, tmp_path: Path
) -> None:
    blank = BlankTrial(gia_lai, year, "tasks", tmp_path)
    form, lines = blank.copy.sheet, blank.addressed(NOI_VU, "2030").lines
    agencies, below = blank.offer.agencies, HEADING_ROW + len(lines) + 1
    label = f"{NOI_VU} · Năm 2030"
    scratch = Scratch(blank)
    scratch.offers(COVER, "C5", len(agencies), agencies[0])
    scratch.offers(COVER, "C6", 7, "Năm 2024")
    for place in ("L9", "L8", f"L{below}"):
        scratch.offers(form, place, 1, WAIT)
    scratch.takes("M9", 1, 0)
    scratch.takes("N9", 1, 0)
    scratch.takes("P9", 0)

    scratch.do(*choose(NOI_VU, "2030", confirm=False))
    scratch.offers(COVER, "C8", 1, label)
    scratch.offers(form, "L9", 1, WAIT)
    scratch.takes("M9", 1, 0)

    scratch.do(*choose(NOI_VU, "2030"))
    last = HEADING_ROW + len(lines)
    for row in (9, last):
        scratch.offers(form, f"L{row}", 5, "Chưa thực hiện")
        scratch.takes(f"M{row}", 0, 100)
        scratch.takes(f"N{row}", serial(date(2023, 1, 1)), serial(date(2031, 12, 31)))
        for column in "OPQR":
            scratch.takes(f"{column}{row}", 5000)
    for row in (8, below):  # a section; no row of this choice
        scratch.offers(form, f"L{row}", 1, WAIT)
        scratch.takes(f"M{row}", 1, 0)
        scratch.takes(f"N{row}", 1, 0)
        scratch.takes(f"P{row}", 0)
    scratch.offers(COVER, "C5", len(agencies), agencies[0])  # nothing is typed yet
    for row in (8, below):  # typed there all the same, by a program that does not care
        scratch.do(["text", form, f"R{row}", "x"])
        scratch.compute(form, f"=S{row}", STRAY)
        scratch.do(["text", form, f"R{row}", ""])
        scratch.compute(form, f"=S{row}", "")

    scratch.do(["text", form, "R9", "x"])
    scratch.offers(COVER, "C5", 1, NOI_VU)
    scratch.offers(COVER, "C6", 1, "Năm 2030")
    scratch.offers(COVER, "C8", 1, label)
    scratch.do(["text", COVER, "C5", ""], ["text", COVER, "C6", ""])
    scratch.offers(COVER, "C5", 1, NOI_VU)
    scratch.offers(COVER, "C6", 1, "Năm 2030")
    scratch.offers(COVER, "C8", 1, label)
    scratch.takes("M9", 1, 0)
    scratch.do(["text", COVER, "C8", ""])
    scratch.offers(COVER, "C5", 1, MUST_CLEAR)
    scratch.offers(COVER, "C6", 1, MUST_CLEAR)
    scratch.do(["text", form, "R9", ""])
    scratch.offers(COVER, "C5", len(agencies), agencies[0])
    (answer,) = office([{"open": str(blank.path), "steps": scratch.steps}])
    assert answer == scratch.expected


def test_a_statistics_form_is_open_once_confirmed_and_its_choice_kept_once_filled_in(
    office: Office, yen_bai: Plan, year: Period, tmp_path: Path
) -> None:
    blank = BlankTrial(relative(yen_bai), year, "stats", tmp_path)
    agencies = blank.offer.agencies
    scratch = Scratch(blank)
    closed = {"F8": (1, 0), "G8": (1, 0), "F9": (1, 0), "F10": (1, 0), "F11": (0,), "H8": (0,)}
    opened = {
        "F8": (0, 10**12), "G12": (0, 10**12), "F9": (-(10**15), 10**15), "F10": (0, 10**12), "F11": (5000,),
        "H8": (5000,),
    }  # fmt: skip
    for place, bounds in closed.items():
        scratch.takes(place, *bounds)
    scratch.do(*choose(MINH_BAO, "2025", confirm=False))
    for place, bounds in closed.items():
        scratch.takes(place, *bounds)
    scratch.do(*choose(MINH_BAO, "2025"))
    for place, bounds in opened.items():
        scratch.takes(place, *bounds)
    scratch.offers(COVER, "C5", len(agencies), agencies[0])  # the ratio's formula is nothing that was typed
    scratch.do(["type", blank.copy.sheet, "G12", "0"])
    scratch.offers(COVER, "C5", 1, MINH_BAO)
    scratch.offers(COVER, "C6", 1, "Năm 2025")
    scratch.do(["text", blank.copy.sheet, "G12", ""], ["text", blank.copy.sheet, "H13", "x"])
    scratch.offers(COVER, "C5", 1, MINH_BAO)
    (answer,) = office([{"open": str(blank.path), "steps": scratch.steps}])
    assert answer == scratch.expected


def test_an_agency_without_tasks_in_a_period_is_told_so(
    office: Office, gia_lai: Plan, year: Period, tmp_path: Path
) -> None:
    keys = [line.key for line in BlankTrial(gia_lai, year, "tasks", tmp_path).addressed("Báo Gia Lai", "2024").keyed]
    done = {(key, "Báo Gia Lai"): ((parse_period("2024"), "Hoàn thành", None),) for key in keys}
    once = [replace(task, deadline=replace(task.deadline, recurrence="once")) for task in gia_lai.tasks]
    blank = BlankTrial(replace(gia_lai, tasks=tuple(once)), year, "tasks", tmp_path, History((), done))
    look: Steps = [["read", COVER, "C7"], ["read", blank.copy.sheet, "C9"]]
    (answer,) = office(
        [
            {
                "open": str(blank.path),
                "steps": [s for code in ("2024", "2025") for s in (*choose("Báo Gia Lai", code), *look)],
            }
        ]
    )
    assert answer == ["Báo Gia Lai · Năm 2024", answer[1], NO_ROWS, ""]
    assert answer[1] != ""


# --- what somebody does to the file in LibreOffice


def test_files_that_were_tampered_with(office: Office, gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    """Sorted without the hidden column, lists edited, the choice changed and confirmed anew: no neighbour's figures."""
    blank = BlankTrial(gia_lai, year, "tasks", tmp_path, agencies=(NOI_VU, LIEN_MINH))
    form, book = blank.copy.sheet, openpyxl.load_workbook(blank.path)
    given = book.defined_names["DM_Giao"].attr_text.split("$")[1]
    typed: Steps = [["text", form, f"L{row}", "Đang thực hiện"] for row in range(9, 13)]
    filled: Steps = [*choose(NOI_VU, "2024"), *typed]
    last = HEADING_ROW + len(blank.addressed(NOI_VU, "2024").lines)
    ways: dict[str, Steps] = {
        "sorted whole": [["unprotect", form], ["sort", form, f"A9:S{last}", 2]],
        "sorted without the key": [["unprotect", form], ["sort", form, f"B9:S{last}", 1]],
        "lists edited": [
            ["unprotect", LISTS], ["type", LISTS, f"{given}3", "3"], ["type", LISTS, f"{given}4", "2"], ["recalculate"],
        ],
        "row inserted": [["unprotect", form], ["insert_row", form, 10]],
        "renamed": [["rename", form, "Nhiem vu"]],
        "chosen anew": choose(LIEN_MINH, "2024", confirm=False),
    }  # fmt: skip
    jobs: list[dict[str, object]] = [
        {"open": str(blank.path), "save": str(tmp_path / f"{way}.xlsx"), "steps": [*filled, *steps]}
        for way, steps in ways.items()
    ]
    office(jobs)
    readings = {way: read_copy(tmp_path / f"{way}.xlsx", way, lambda _plan: KEY) for way in ways}
    everything = {(key, "state"): "Đang thực hiện" for key in "1234"}
    found = {way: ({code for code, _ in codes(reading)}, values(reading)) for way, reading in readings.items()}
    assert found == {
        "sorted whole": ({"moved-row"}, everything),
        "sorted without the key": ({"stale-choice"}, {}),  # a state stands beside the key of a section
        "lists edited": (
            {"unknown-row", "missing-row"},
            {place: state for place, state in everything.items() if place[0] in "34"},
        ),
        "row inserted": ({"inserted-row"}, everything),
        "renamed": ({"renamed-sheet"}, everything),
        "chosen anew": ({"stale-choice"}, {}),
    }
