"""Figures looked up in the consolidated workbook: as the report wrote them, or a sentence."""

import json
import os
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from kttt_xl import commands, gate, history, layout, reported, tables, udfs
from kttt_xl.filling import fill
from kttt_xl.layout import REPORT_SHEETS
from kttt_xl.reported import COPY_HEADINGS, COPY_SHEET, TOTAL_HEADINGS, TOTAL_SHEET

YEN_BAI = "yen-bai-209-2023"
HTX, TL, TEXT = ("HTX", "Số hợp tác xã"), ("TL", "Tỷ lệ khá (tên suy ra)"), ("CN", "Áp dụng công nghệ")
PART, OTHER_PART = ("HTX-NN", "Trong đó: nông nghiệp"), ("THT-NN", "Trong đó: nông nghiệp")
ADDED, RATIO, NOT_ADDED = "cộng các đơn vị", "tính lại từ tổng hai số", "không cộng"
TOTALS: list[list[Any]] = [
    [1, HTX[1], "HTX", HTX[0], ADDED, 15, "Năm 2024", "2/3"],
    [2, PART[1], "HTX", PART[0], ADDED, 4, "Năm 2024", "1/3"],
    [3, OTHER_PART[1], "THT", OTHER_PART[0], ADDED, "–", "Năm 2024", "0/3"],
    [4, TL[1], "%", TL[0], RATIO, 62.5, "Năm 2024", "2/3"],
    [5, TEXT[1], "mô tả", TEXT[0], NOT_ADDED, "–", "Năm 2024", "0/3"],
    [6, HTX[1], "HTX", HTX[0], ADDED, 11, "Năm 2023", "3/3"],
    [7, TL[1], "%", TL[0], RATIO, "–", "Năm 2023", "0/3"],
]
FIGURES: list[list[Any]] = [
    [HTX[0], "Sở Nội vụ", "2024", 5, "a.xlsx", "Số liệu", "F8"],
    [HTX[0], "UBND xã Âu Lâu", "2024", 10, "b.xlsx", "Số liệu", "F8"],
    [PART[0], "Sở Nội vụ", "2024", 4, "a.xlsx", "Số liệu", "F9"],
    [TEXT[0], "Sở Nội vụ", "2024", None, "a.xlsx", "Số liệu", "F10"],
    [HTX[0], "Sở Nội vụ", "2023", 3, "a.xlsx", "Số liệu", "E8"],
]
COPIES: list[list[Any]] = [
    [1, "Sở Tài chính", "Nhiệm vụ", "Đã gửi"],
    [2, "Sở Nội vụ", "Số liệu", "Đã gửi"],
    [3, "UBND xã Âu Lâu", "Số liệu", "Đã gửi"],
    [4, "UBND phường Hồng Hà", "Số liệu", "Chưa gửi"],
    [],
    [None, history.NOW_TITLE],
    [None, "Cơ quan trong kế hoạch", "Cơ quan hiện nay"],
    [1, "Sở Nội vụ", "Sở Nội vụ mới"],
]


def sheets() -> dict[str, list[list[Any]]]:
    """A consolidated workbook in small."""
    return {
        "Tổng quan": [["TỔNG HỢP"]],
        "Chỉ tiêu": [["KẾT QUẢ"], ["STT", "Chỉ tiêu", "Giá trị thực hiện"], [1, "Số hợp tác xã", 15], [],
                     ["TỔNG HỢP CHỈ TIÊU"], list(tables.TOTAL_COLUMNS), *TOTALS],
        "Nhiệm vụ": [list(history.TASK_HEADINGS)],
        "Số liệu": [list(history.FIGURE_HEADINGS), *FIGURES],
        "Tình hình nộp": [["TÌNH HÌNH"], list(tables.COPY_COLUMNS), *COPIES],
        "Nguồn": [["Mã kế hoạch", YEN_BAI], ["Kỳ báo cáo", "Năm 2024 (2024)"]],
    }  # fmt: skip


def write(path: Path, content: dict[str, list[list[Any]]]) -> Path:
    with xlsxwriter.Workbook(path) as made:
        for name, rows in content.items():
            sheet = made.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = write(tmp_path / "tong-hop.xlsx", sheets())
    monkeypatch.setenv(reported.VARIABLE, str(path))
    return path


def look(indicator: object, agency: object, period: object) -> object:
    return udfs.KTTT_SO_LIEU(indicator, agency, period)


@pytest.mark.parametrize(
    ("indicator", "agency", "period", "value"),
    [
        ("HTX", None, 2024, 15),
        ("htx", "", "Năm 2024", 15),
        ("số hợp tác  xã", None, 2024.0, 15),
        ("HTX", None, 2023, 11),
        ("Tỷ lệ khá", None, "2024", 62.5),
        ("HTX", "Sở Nội vụ", 2024, 5),
        ("HTX", "ubnd xã âu lâu", 2024, 10),
        ("HTX", "Sở Nội vụ", 2023, 3),
        ("HTX", "UBND phường Hồng Hà", 2024, ""),  # it has not reported
        ("HTX-NN", "UBND xã Âu Lâu", 2024, ""),
        ("CN", "Sở Nội vụ", 2024, ""),  # a text
        ("TL", None, 2023, ""),
        ("THT-NN", None, 2024, ""),
        ("TL", "Sở Nội vụ", 2024, "Chỉ tiêu «TL» tính từ tổng của hai số, không có riêng từng đơn vị."),
        ("HTX", "UBND xã Âu Lâu", 2023,
         "Số liệu kỳ Năm 2023 của đơn vị «UBND xã Âu Lâu» ở sổ tổng hợp của kỳ đó, nếu có."),
        ("Trong đó: nông nghiệp", None, 2024,
         "«Trong đó: nông nghiệp» là tên của nhiều chỉ tiêu; ghi mã, một trong: HTX-NN; THT-NN."),
        ("Số HTX", None, 2024, "Sổ tổng hợp không có chỉ tiêu «Số HTX»; ghi mã hoặc tên ở trang «Chỉ tiêu»."),
        ("HTX", None, 2022, "Sổ tổng hợp không có số liệu kỳ Năm 2022; có: Năm 2023; Năm 2024."),
        ("HTX", "Sở Nội vu", 2024, "Sổ tổng hợp không có biểu số liệu của đơn vị «Sở Nội vu». Gần nhất: Sở Nội vụ."),
        ("HTX", "Sở Tài chính", 2024, "Sổ tổng hợp không có biểu số liệu của đơn vị «Sở Tài chính»."),
        ("#N/A", None, 2024, "Ô đang báo lỗi Excel «#N/A»."),
        (None, "Sở Nội vụ", 2024, ""),
        ("HTX", "Sở Nội vụ", None, ""),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("book")
def test_figures(indicator: object, agency: object, period: object, value: object) -> None:
    assert look(indicator, agency, period) == value


@pytest.mark.usefixtures("book")
def test_a_column_of_agencies() -> None:
    assert look("HTX", [["Sở Nội vụ"], ["UBND xã Âu Lâu"], [None]], 2024) == [[5.0], [10.0], [15.0]]


def test_a_name_written_like_a_code_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code as it is written comes first; in other letters it is either."""
    content = sheets()
    content["Chỉ tiêu"] += [[8, "HTX", "HTX", "X", ADDED, 1, "Năm 2024", "1/3"]]
    monkeypatch.setenv(reported.VARIABLE, str(write(tmp_path / "b.xlsx", content)))
    found = [look(name, None, 2024) for name in ("HTX", "X", "htx")]
    assert found == [15.0, 1.0, "«htx» là tên của nhiều chỉ tiêu; ghi mã, một trong: HTX; X."]


def spoilt(sheet: str, row: int, column: int, content: object) -> dict[str, list[list[Any]]]:
    found = sheets()
    rows = [list(cells) for cells in found[sheet]]
    rows[row][column] = content
    return found | {sheet: rows}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"Tổng quan": [["x"]]}, "«{path}» không phải là bản tổng hợp của kttt-xl."),
        ({name: rows for name, rows in sheets().items() if name != "Tình hình nộp"},
         "«{path}» không phải là bản tổng hợp của kttt-xl."),
        (spoilt("Chỉ tiêu", 6, 5, "nhiều"),
         "«{path}», trang «Chỉ tiêu», dòng 7: cột «Giá trị» ghi «nhiều»; cần một số."),
        (spoilt("Chỉ tiêu", 6, 5, None), "«{path}», trang «Chỉ tiêu», dòng 7: cột «Giá trị» để trống; cần một số."),
        (spoilt("Chỉ tiêu", 6, 7, "hai"),
         f"«{{path}}», trang «Chỉ tiêu», dòng 7: cột «{TOTAL_HEADINGS[-1]}» ghi «hai»; cần hai số, ví dụ 12/15."),
        (spoilt("Chỉ tiêu", 11, 6, "Năm 2024"), "«{path}», trang «Chỉ tiêu», dòng 12: trùng với một dòng ở trên."),
        (spoilt("Số liệu", 1, 3, "5 HTX"), "«{path}», trang «Số liệu», dòng 2: cột «Giá trị» ghi «5 HTX»; cần một số."),
    ],
)  # fmt: skip
def test_a_workbook_that_cannot_be_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, list[list[Any]]], sentence: str
) -> None:
    """No figure is taken from it, whatever row is wrong."""
    path = write(tmp_path / "b.xlsx", content)
    monkeypatch.setenv(reported.VARIABLE, str(path))
    assert look("HTX", "Sở Nội vụ", 2024) == sentence.format(path=path)


def test_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(reported.VARIABLE, str(tmp_path / "mất.xlsx"))
    assert look("HTX", None, 2024) == f"Không mở được sổ tổng hợp «{tmp_path / 'mất.xlsx'}»; chạy lại lệnh tổng hợp."


@pytest.fixture
def nothing_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(reported.VARIABLE, raising=False)
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "user"))
    return tmp_path / "user" / "kttt-xl" / "so-tong-hop.txt"


def test_the_workbook_last_written(nothing_remembered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = "Chưa có sổ tổng hợp nào: chạy lệnh tổng hợp trước, hoặc ghi đường dẫn vào biến KTTT_SO_TONG_HOP."
    assert look("HTX", None, 2024) == nowhere
    other = sheets()
    other["Chỉ tiêu"][6] = [1, HTX[1], "HTX", HTX[0], ADDED, 99, "Năm 2024", "2/3"]
    folder = tmp_path / "Kết quả"
    folder.mkdir()
    first, second = write(folder / "một.xlsx", sheets()), write(folder / "hai.xlsx", other)
    monkeypatch.chdir(folder)
    reported.remember(Path("một.xlsx"))
    monkeypatch.chdir(tmp_path)
    assert look("HTX", None, 2024) == 15
    reported.remember(second)
    assert look("HTX", None, 2024) == 99
    monkeypatch.setenv(reported.VARIABLE, str(first))
    assert look("HTX", None, 2024) == 15
    nothing_remembered.write_text("\n", encoding="utf-8")
    monkeypatch.delenv(reported.VARIABLE)
    assert look("HTX", None, 2024) == nowhere


def test_remembering_never_fails(nothing_remembered: Path, tmp_path: Path) -> None:
    """The data folder may be closed to us, or a file may stand in its place."""
    nothing_remembered.parent.parent.write_text("", encoding="utf-8")
    reported.remember(tmp_path / "x.xlsx")
    assert not nothing_remembered.exists()


def test_it_is_read_once_and_again_when_it_changed(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    real = gate.open_package
    monkeypatch.setattr(gate, "open_package", lambda *given: opened.append(1) or real(*given))
    assert look([["HTX"]] * 50, None, 2024) == [[15.0]] * 50
    assert look("HTX", None, 2024) == 15
    assert len(opened) == 1
    os.utime(book, ns=(10**18, 10**18))
    assert (look("HTX", None, 2024), len(opened)) == (15, 2)
    other = sheets()
    other["Chỉ tiêu"][6] = [1, HTX[1], "HTX", HTX[0], ADDED, 16, "Năm 2024", "2/3"]
    write(book, other)
    assert (look("HTX", None, 2024), len(opened)) == (16, 3)


@pytest.mark.usefixtures("book")
def test_a_column_asks_for_the_workbook_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may lie on a slow network drive."""
    asked = []
    real = reported.report_book
    monkeypatch.setattr(reported, "report_book", lambda: asked.append(1) or real())
    assert look([["HTX"], [None], ["TL"]], None, 2024) == [[15.0], [""], [62.5]]
    assert asked == [1]


def test_a_broken_file_is_tried_once(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of a thousand cells would freeze Excel."""
    book.write_bytes(b"PK")
    opened = []
    real = gate.open_package
    monkeypatch.setattr(gate, "open_package", lambda *given: opened.append(1) or real(*given))
    found = look([["HTX"]] * 50, None, 2024)
    assert found == [found[0]] * 50  # type: ignore[index]
    assert found[0][0].startswith(f"Không đọc được bản tổng hợp «{book}»: ")  # type: ignore[index]
    assert len(opened) == 1


def test_the_headings_are_those_of_the_report() -> None:
    assert {*TOTAL_HEADINGS} <= {*tables.TOTAL_COLUMNS}
    assert {*COPY_HEADINGS} <= {*tables.COPY_COLUMNS}
    assert {TOTAL_SHEET, COPY_SHEET} <= {*REPORT_SHEETS}
    assert layout.SHEET_NAMES["stats"] == reported.STATS_FORM
    assert (tables.NO_VALUE, tables._AGGREGATIONS["ratio"]) == (reported.NO_VALUE, reported.RECOMPUTED)


# --- against the report itself


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, list[Path]]:
    """Yên Bái's figures of 2024 from two wards, consolidated by the command: workbook, JSON, what was remembered."""
    folder = tmp_path_factory.mktemp("real")
    build = ["build", YEN_BAI, "--period", "2024", "--kind", "stats", "-o", str(folder / "gui")]
    common = ["--campaign", str(folder / "dot")]
    assert commands.run([*build, "--agency", "UBND xã Âu Lâu", "--agency", "UBND phường Hồng Hà", *common]) == 0
    for number, path in enumerate(sorted((folder / "gui").iterdir()), start=1):
        sheet = openpyxl.load_workbook(path)["Số liệu"]
        asked = [cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked]
        counts = {place: 10 * number + at for at, place in enumerate(asked) if place.startswith("F")}
        path.write_bytes(fill(path.read_bytes(), "Số liệu", counts))
    out = folder / "tong-hop.xlsx"
    told: list[str] = []
    remembered: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "echo_json", lambda document: told.append(json.dumps(document)))
        patch.setattr(reported, "remember", remembered.append)
        options = ["--plan", YEN_BAI, "--period", "2024", "-o", str(out), "--as-of", "2025-01-15", "--json", *common]
        commands.run(["consolidate", str(folder / "gui"), *options])
    return out, json.loads(told[0]), remembered


def test_totals_are_those_of_the_json(written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    out, summary, remembered = written
    assert remembered == [out]
    monkeypatch.setenv(reported.VARIABLE, str(out))
    expected = {(item["code"], item["period"]): item["value"] for item in summary["indicators"]}
    found = {pair: look(pair[0], None, pair[1]) for pair in expected}
    assert {pair: None if value == "" else value for pair, value in found.items()} == pytest.approx(expected)
    assert len([value for value in expected.values() if value]) > 15
    wards: Any = look("HTX-MOI", [["UBND xã Âu Lâu"], ["UBND phường Hồng Hà"]], 2024)
    assert wards[0][0] + wards[1][0] == expected["HTX-MOI", "2024"]
