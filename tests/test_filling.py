"""filling: what is typed into a copy is what two readers find there; every other part stays as it was."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returned_copies import Trial, stats_trial

from kttt_xl.filling import Content, Typed, fill
from kttt_xl.gate import open_package
from kttt_xl.model import Plan
from kttt_xl.period import Period
from kttt_xl.workbook import Sheet, read_workbook


@pytest.fixture(scope="module")
def stats(yen_bai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return stats_trial(yen_bai, year, tmp_path_factory.mktemp("stats"))


def sheets(stats: Trial, content: bytes) -> dict[str, Sheet]:
    path = stats.folder / "dien.xlsx"
    path.write_bytes(content)
    return {sheet.name: sheet for sheet in read_workbook(open_package(path)).sheets}


NOON = datetime.fromisoformat("2024-08-03T12:00")
# Typed into F8, then: kind, value, formula, shown as a percent; and what openpyxl finds.
CONTENTS: list[tuple[Content, tuple[str, object, str, bool], object]] = [
    ("Có", ("text", "Có", "", False), "Có"),
    ("  hai\ndòng ", ("text", "  hai\ndòng ", "", False), "  hai\ndòng "),
    ("=1+1", ("text", "=1+1", "", False), "=1+1"),
    ("<a> & «b»", ("text", "<a> & «b»", "", False), "<a> & «b»"),
    (5, ("number", Decimal(5), "", False), 5),
    (-3, ("number", Decimal(-3), "", False), -3),
    (Decimal("12.5"), ("number", Decimal("12.5"), "", False), 12.5),
    (True, ("boolean", True, "", False), True),
    (date(2024, 8, 3), ("date", datetime.fromisoformat("2024-08-03"), "", False), datetime.fromisoformat("2024-08-03")),
    (NOON, ("date", NOON, "", False), NOON),
    (Typed(percent=Decimal("0.95")), ("number", Decimal("0.95"), "", True), 0.95),
    (Typed(error="#N/A"), ("error", "#N/A", "", False), "#N/A"),
    (Typed(formula="1+1", result="2"), ("number", Decimal(2), "1+1", False), "=1+1"),
    (Typed(formula='"a"', result="a"), ("text", "a", '"a"', False), '="a"'),
]


@pytest.mark.parametrize(("content", "ours", "openpyxls"), CONTENTS)
def test_what_is_typed_is_there(
    stats: Trial, content: Content, ours: tuple[str, object, str, bool], openpyxls: object
) -> None:
    filled = stats.filled({"F8": content})
    cell = sheets(stats, filled)["Số liệu"].cells[8, 6]
    assert (cell.kind, cell.value, cell.formula, cell.percent) == ours
    assert openpyxl.load_workbook(io.BytesIO(filled))["Số liệu"]["F8"].value == openpyxls


@settings(max_examples=40, deadline=None)
@given(text=st.one_of(st.text(min_size=1), st.sampled_from(["_x0041_", "_x005F_", "\x00", "\r\n", "\ufffe"])))
def test_any_text_is_there(stats: Trial, text: str) -> None:
    cells = sheets(stats, stats.filled({"F8": text, "AA40": text}))["Số liệu"].cells
    assert [cells[place].value for place in ((8, 6), (40, 27))] == [text, text]


def test_cells_stand_in_order_and_none_empties_one(stats: Trial) -> None:
    filled = stats.filled({"AB8": 1, "Z8": 2, "A8": None, "C90": 3, "B60": 4})
    form = sheets(stats, filled)["Số liệu"]
    cells = form.cells
    assert not form.out_of_order
    assert [(cells[place].value) for place in ((8, 28), (8, 26), (90, 3), (60, 2))] == [1, 2, 3, 4]
    assert (8, 1) not in cells


def test_everything_else_stays_byte_for_byte(stats: Trial) -> None:
    def parts(content: bytes) -> dict[str, bytes]:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return {name: package.read(name) for name in package.namelist()}

    before, after = parts(stats.content), parts(stats.filled({"F8": 5}))
    assert {name for name in before if before[name] != after[name]} == {"xl/worksheets/sheet2.xml"}
    dated = parts(stats.filled({"F8": date(2024, 1, 1)}))
    assert {name for name in before if before[name] != dated[name]} == {"xl/worksheets/sheet2.xml", "xl/styles.xml"}
    assert stats.filled({"F8": 5}) == stats.filled({"F8": 5})


def test_a_sheet_can_be_renamed(stats: Trial) -> None:
    renamed = fill(stats.content, "Số liệu", {}, new_name="So lieu & <1>")
    assert list(sheets(stats, renamed)) == ["Hướng dẫn", "So lieu & <1>", "Danh mục", "_kttt"]


@pytest.mark.parametrize(
    ("sheet", "place"), [("Không có", "A1"), ("Số liệu", "F0"), ("Số liệu", "8F"), ("Số liệu", "")]
)
def test_a_place_that_is_not_there(stats: Trial, sheet: str, place: str) -> None:
    with pytest.raises(KeyError):
        fill(stats.content, sheet, {place: 1})
