"""selfcheck: LibreOffice computes the formulas of copies, untouched and filled in, and says the words expected."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
from returned_copies import Trial, stats_trial, task_trial
from test_builder import later_form, wide_form

from kttt_xl.filling import Content, Typed
from kttt_xl.layout import HEADING_ROW, Copy
from kttt_xl.model import Plan
from kttt_xl.period import Period
from kttt_xl.selfcheck import check, is_ours, letters, line_rows

Office = Callable[[list[dict[str, object]]], list[list[str]]]

COVER = ("C12", "D12", "C13", "D13")  # cells to fill in, link; rows in error, link
LINKS = {"F12": "D12", "F13": "D13"}  # where the tests put the address that a link leads to
TO_FIRST, NONE = "Đến ô đầu tiên", "Không có"

DONE, DOING = "Hoàn thành", "Đang thực hiện"
ERROR = Typed(error="#N/A")
# A task: what is typed, and what Kiểm tra says.
TASK_WORDS: list[tuple[dict[str, Content], str]] = [
    ({"state": DOING}, "Đủ"),
    ({"state": "đang thực hiện"}, "Đủ"),
    ({"state": DOING, "percent": 0, "result": "Đã họp"}, "Đủ"),
    ({"state": DONE, "percent": 100, "done_on": date(2024, 3, 8)}, "Đủ: ngày 8 tháng 3 năm 2024"),
    ({"state": DONE, "done_on": date(2024, 11, 15)}, "Đủ: ngày 15 tháng 11 năm 2024"),
    ({"result": "Đã họp"}, "Thiếu trạng thái"),
    ({"percent": 50}, "Thiếu trạng thái"),
    ({"state": "Xong"}, "Trạng thái không có trong danh sách"),
    ({"state": "x"}, "Trạng thái không có trong danh sách"),
    ({"state": DOING, "percent": "95%"}, "Tỷ lệ phải là số"),
    ({"state": DOING, "percent": 101}, "Tỷ lệ phải từ 0 đến 100"),
    ({"state": DOING, "percent": -1}, "Tỷ lệ phải từ 0 đến 100"),
    ({"state": DOING, "percent": Decimal("0.95")}, "Gõ tỷ lệ theo phần trăm, ví dụ 95"),
    ({"state": DOING, "percent": Typed(percent=Decimal("0.95"))}, "Gõ tỷ lệ theo phần trăm, ví dụ 95"),
    ({"state": DOING, "percent": 1}, "Đủ"),
    ({"state": DONE, "percent": 100, "done_on": "15/11/2024"}, "Ngày phải dạng ngày/tháng/năm"),
    ({"state": DONE, "percent": 100}, "Thiếu ngày hoàn thành"),
    ({"state": DOING, "done_on": date(2024, 3, 8)}, "Có ngày nhưng chưa hoàn thành"),
    ({"state": DONE, "percent": 95, "done_on": date(2024, 3, 8)}, "Hoàn thành nhưng tỷ lệ khác 100"),
    ({"state": DOING, "result": "a" * 5001}, "Nội dung quá dài"),
    ({"state": DOING, "proposal": "a" * 5000}, "Đủ"),
    ({"state": ERROR}, "Có ô báo lỗi Excel"),
    ({"state": DOING, "percent": ERROR}, "Có ô báo lỗi Excel"),
    ({"state": DONE, "done_on": ERROR}, "Có ô báo lỗi Excel"),
]
# A row of the statistics form: what is typed, what Kiểm tra says; shares follow from the counts.
FIGURE_WORDS: dict[str, tuple[Content, str]] = {
    "THT-MOI": (2, "= 2"),
    "TV-THT-MOI": (0, "= 0"),
    "THT-HQ": (1234567, "= 1234567"),
    "TV-THT-HQ": ("5", "Phải là số"),
    "HTX-MOI": (-1, "Không được âm"),
    "TV-HTX-MOI": (Decimal("12.5"), "Phải là số nguyên"),
    "HTX-HQ": ("không có", "Phải là số"),
    "TV-HTX-HQ": (ERROR, "Có ô báo lỗi Excel"),
    "HTX-CNC": (1000, "= 1000"),
    "TC-KTTT": (40, "= 40"),
    "TC-TOT-KHA": (30, "= 30"),
    "TL-TOT-KHA": (None, "= 75 %"),
    "TC-TOT-KHA-LK": (10, "= 10"),
    "TL-TOT-KHA-LK": (None, "= 33,33 %"),
    "TC-HQ": (50, "= 50"),
    "TL-HQ": (None, "Tỷ lệ ngoài 0 – 100 %"),
    "TC-HQ-LK": (None, "Chưa nhập"),
    "TL-HQ-LK": (None, "Tự tính"),
    "DS-LD": (0, "= 0"),
    "DS-LD-TG": (0, "= 0"),
    "TL-LD-TG": (None, "Tự tính"),  # no share of nothing
    "CN-TT": ("Có", "Đủ"),
}
# Rows of a form of four periods (count: settled throughout; decimal and text: settled in the first).
WIDE_WORDS: dict[str, list[tuple[list[Content], str]]] = {
    "decimal": [
        ([], "Chưa nhập"),
        ([Decimal("-0.5")], "Đủ, còn 2 ô trống"),
        ([1, 2, 3], "Đủ"),
        ([1, "x"], "Phải là số"),
    ],
    "percent": [([12, 13, 14, 15], "Đủ"), ([12, -1], "Không được âm")],
    "text": [(["Có"], "Đủ, còn 2 ô trống"), (["a" * 5001], "Nội dung quá dài")],
    "count": [([], "Đã chốt")],
}


@dataclass(frozen=True, slots=True)
class Case:
    """A filled copy, and what its cells must show after LibreOffice has computed everything anew."""

    content: bytes
    expected: Mapping[tuple[str, str], str]


def plain(text: str) -> str:
    """Return a text with its numbers the same in every locale and number format."""
    return re.sub(r"\d+[.,]\d+", lambda found: f"{float(found[0].replace(',', '.')):g}", text)


def with_link_addresses(content: bytes) -> bytes:
    """Return the copy with the address that each link on the cover leads to beside it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    cover = book["Hướng dẫn"]
    for place, link in LINKS.items():
        found = re.search('&(ADDRESS.*),"Đến ô đầu tiên"', str(cover[link].value))
        assert found
        cover[place] = f"={found[1]}"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cached(sent: Trial) -> Case:
    """Return a copy as issued: every formula must give what is written beside it."""
    expected = {}
    formulas, values = (openpyxl.load_workbook(io.BytesIO(sent.content), data_only=only) for only in (False, True))
    for name in ("Hướng dẫn", sent.copy.sheet):
        for row in formulas[name].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    value = values[name][cell.coordinate].value
                    expected[name, cell.coordinate] = "" if value is None else str(value)
    return Case(sent.content, expected)


def filled_tasks(sent: Trial) -> Case:
    """Type a case into each of the first rows; two tasks that Liên minh leads stay empty."""
    keys = [line.key for line in sent.copy.keyed if not line.required]
    contents: dict[str, Content] = {}
    expected = {}
    for key, (typed, words) in zip(keys, TASK_WORDS, strict=False):
        contents |= {sent.at(key, field): content for field, content in typed.items()}
        expected[sent.copy.sheet, sent.at(key, "check")] = words
    expected |= {(sent.copy.sheet, sent.at(key, "check")): "Chưa nhập" for key in ("1", "4", "33")}
    wrong = [sent.at(key, "check") for key, (_, words) in zip(keys, TASK_WORDS, strict=False) if words[:2] != "Đủ"]
    counts = ("3", TO_FIRST, str(len(wrong)), TO_FIRST, "$L$9", f"$S${wrong[0][1:]}")
    expected |= {("Hướng dẫn", place): text for place, text in zip((*COVER, *LINKS), counts, strict=True)}
    return Case(with_link_addresses(sent.filled(contents)), expected)


def finished_tasks(sent: Trial) -> Case:
    """Fill in what the lead must: nothing is left to fill in, nothing is wrong."""
    contents: dict[str, Content] = {sent.at(line.key, "state"): DOING for line in sent.copy.keyed if line.required}
    return Case(
        sent.filled(contents),
        {("Hướng dẫn", place): text for place, text in zip(COVER, ("0", NONE, "0", NONE), strict=True)},
    )


def filled_figures(sent: Trial) -> Case:
    contents = {sent.at(key, "2024"): content for key, (content, _) in FIGURE_WORDS.items() if content is not None}
    expected = {(sent.copy.sheet, sent.at(key, "check")): words for key, (_, words) in FIGURE_WORDS.items()}
    shares = {"TL-TOT-KHA": "75,00", "TL-TOT-KHA-LK": "33,33", "TL-HQ": "125,00", "TL-HQ-LK": "", "TL-LD-TG": ""}
    expected |= {(sent.copy.sheet, sent.at(key, "2024")): text for key, text in shares.items()}
    counts = ("1", TO_FIRST, "6", TO_FIRST, "$F$24", "$H$11")
    expected |= {("Hướng dẫn", place): text for place, text in zip((*COVER, *LINKS), counts, strict=True)}
    return Case(with_link_addresses(sent.filled(contents)), expected)


def finished_figures(sent: Trial) -> Case:
    contents: dict[str, Content] = {
        sent.at(line.key, "2024"): "Có" if line.rule == "text" else 7 for line in sent.copy.keyed if not line.ratio
    }
    return Case(
        sent.filled(contents),
        {("Hướng dẫn", place): text for place, text in zip(COVER, ("0", NONE, "0", NONE), strict=True)},
    )


def wide_cases(sent: Trial) -> list[Case]:
    """Type each row of the form of four periods in turn."""
    copy = sent.copy
    lines = {line.key: line for line in copy.keyed}
    cases = []
    for key, answers in WIDE_WORDS.items():
        inputs = [column.field for column in copy.columns if column.rule == "figure" and copy.rule(column, lines[key])]
        for answer, words in answers:
            contents = {sent.at(key, field): content for field, content in zip(inputs, answer, strict=False)}
            left = 10 - len(contents)  # three decimals, four percents, three texts; the counts are settled
            faulty = int(words.startswith(("Phải", "Không", "Nội")))
            counts = (str(left), TO_FIRST, str(faulty), TO_FIRST if faulty else NONE)
            expected = {(copy.sheet, sent.at(key, "check")): words}
            expected |= {("Hướng dẫn", place): text for place, text in zip(COVER, counts, strict=True)}
            cases.append(Case(sent.filled(contents), expected))
    return cases


def test_libreoffice_computes_what_is_expected(
    office: Office, gia_lai: Plan, yen_bai: Plan, year: Period, tmp_path: Path
) -> None:
    """One job a case, all in one LibreOffice: as issued equal to what is cached, filled in the words above."""
    tasks, figures = task_trial(gia_lai, year, tmp_path), stats_trial(yen_bai, year, tmp_path)
    later, wide = Trial(later_form(gia_lai, year), tmp_path), Trial(wide_form(yen_bai, year), tmp_path)
    cases = [
        *(cached(sent) for sent in (tasks, figures, later, wide)),
        filled_tasks(tasks),
        finished_tasks(tasks),
        filled_figures(figures),
        finished_figures(figures),
        *wide_cases(wide),
    ]
    jobs: list[dict[str, object]] = []
    for number, case in enumerate(cases):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(case.content)
        jobs.append({"open": str(path), "steps": [["recalculate"], *(["read", *place] for place in case.expected)]})
    for number, (case, shown) in enumerate(zip(cases, office(jobs), strict=True)):
        read = {place: plain(text) for place, text in zip(case.expected, shown, strict=True)}
        assert (number, read) == (number, {place: plain(text) for place, text in case.expected.items()})
    assert min(len(case.expected) for case in cases[:4]) > 5


def test_every_formula_is_short_and_of_excel_2010(gia_lai: Plan, yen_bai: Plan, year: Period) -> None:
    """Excel takes 8,192 characters and 64 levels; newer functions would show as #NAME? in older offices."""
    known = {
        "IF", "IFERROR", "AND", "OR", "NOT", "COUNTA", "ISNA", "MATCH", "ISNUMBER", "MAX", "LEN", "DAY", "MONTH",
        "YEAR", "ROUND", "INT",
    }  # fmt: skip
    for copy in (later_form(gia_lai, year), wide_form(yen_bai, year)):
        for line in copy.keyed:
            text = check(copy, line, line_rows(copy)[line.key]).text
            assert len(text) < 8192
            assert set(re.findall(r"([A-Z]+)\(", re.sub('"[^"]*"', "", text))) <= known
            assert is_ours(text.removeprefix("="))


def test_places(gia_lai: Plan, year: Period) -> None:
    copy: Copy = later_form(gia_lai, year)
    assert (letters(copy)["key"], letters(copy)["state"], letters(copy)["check"]) == ("A", "L", "S")
    assert min(line_rows(copy).values()) == HEADING_ROW + 2
