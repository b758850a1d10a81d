"""The annex importer: the seed's annex as text and as .docx, each repair by itself, and that nothing is ever lost."""

import csv
import io
import re
import tempfile
import unicodedata
import zipfile
from dataclasses import astuple
from pathlib import Path

import docx
import pytest
from annex_documents import SEED, table_of, word_annex
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.table import _Cell
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl import annex_columns
from kttt_xl.annex import Annex, ProposedTask, read_annex
from kttt_xl.errors import MisuseError

ROOT = Path(__file__).parent.parent
FIELDS = ("id", "section", "title", "lead_text", "coordinating_text", "submit_to", "product", "deadline_text")
HEADINGS = "STT\tNhiệm vụ\tChủ trì\tThời hạn"
SPLIT = ["14", "19", "24", "30", "38"]
NUMBERING = """
<w:abstractNum {ns} w:abstractNumId="70"><w:multiLevelType w:val="multilevel"/>
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%2"/></w:lvl></w:abstractNum>
"""


def from_text(folder: Path, text: str) -> Annex:
    path = folder / "phu-luc.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return read_annex(path)


def under(folder: Path, *lines: str, headings: str = HEADINGS) -> list[tuple[object, ...]]:
    """The rows of a text table: id, section, title, lead, deadline, source, confidence, repairs."""
    return [short(row) for row in from_text(folder, "\n".join((headings, *lines))).rows]


def short(row: ProposedTask) -> tuple[object, ...]:
    texts = (row.id, row.section, row.title, row.lead_text, row.deadline_text)
    return (*texts, row.source, row.confidence, list(row.repairs))


def from_word(folder: Path, document: Document) -> Annex:
    path = folder / "phu-luc.docx"
    document.save(str(path))
    return read_annex(path)


def numbered(cell: _Cell, level: int) -> None:
    properties = cell.paragraphs[0]._p.get_or_add_pPr()
    properties.append(parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="70"/></w:numPr>'))


@pytest.fixture(scope="module")
def expected() -> list[tuple[str, ...]]:
    path = ROOT / "workbooks" / "gia-lai-655-2023" / "tasks.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [tuple(row[name] for name in FIELDS) for row in csv.DictReader(file)]
    return [row for row in rows if row[0].isdigit()]  # the annex; the other tasks are of the plan's body


# --- the annex of plan 655/KH-UBND


def test_the_seed_as_it_stands(expected: list[tuple[str, ...]]) -> None:
    annex = read_annex(SEED)
    assert [astuple(row)[:8] for row in annex.rows] == expected
    assert {row.id: (row.source, row.confidence, list(row.repairs)) for row in annex.rows if row.repairs} == {
        "4": (
            "dòng 172",
            "likely",
            ["Đã bỏ dấu phẩy thừa ở cuối ô cơ quan chủ trì (nguồn ghi «Liên minh HTX tỉnh,»)."],
        ),
        "14": joined("14", "187, 190", "«Nhiệm vụ, Đề án» và «Cấp trình»"),
        "19": joined("19", "195, 198", "«Nhiệm vụ, Đề án» và «Sản phẩm hoàn thành»"),
        "24": joined("24", "203, 206", "«Sản phẩm hoàn thành»"),
        "30": joined("30", "212, 215", "«Nhiệm vụ, Đề án» và «Sản phẩm hoàn thành»"),
        "31": ("dòng 217", "likely", ["Tiêu đề mục III dính vào số mục trong nguồn: đã tách."]),
        "37": ("dòng 224", "likely", ["Tiêu đề mục IV dính vào số mục trong nguồn: đã tách."]),
        "38": joined("38", "225, 228", "«Nhiệm vụ, Đề án», «Cơ quan chủ trì», «Cơ quan phối hợp» và «Thời gian trình»"),
    }
    assert {row.confidence for row in annex.rows if not row.repairs} == {"certain"}


def joined(number: str, lines: str, headings: str) -> tuple[str, str, list[str]]:
    sentence = f"Dòng {number} bị ngắt trang trong nguồn: đã nối {headings}."
    return f"dòng {lines}", "likely", [sentence, "Đã bỏ ở giữa: 1 dòng tiêu đề lặp lại."]


def test_what_the_seed_holds_beside_the_rows() -> None:
    passed_over = dict(read_annex(SEED).passed_over)
    headings = "STT | Nhiệm vụ, Đề án | Cơ quan chủ trì | Cơ quan phối hợp | Cấp trình | Sản phẩm hoàn thành | "
    assert [where for where, text in passed_over.items() if text == headings + "Thời gian trình"] == [
        f"dòng {number}" for number in (167, 178, 189, 197, 205, 214, 227)
    ]
    assert (passed_over["dòng 3"], passed_over["dòng 176"]) == ("Số: 655/KH-UBND", "[Handwritten signature]")


def test_the_same_annex_as_a_word_file(tmp_path: Path, expected: list[tuple[str, ...]]) -> None:
    annex = from_word(tmp_path, word_annex())
    assert [astuple(row)[:8] for row in annex.rows] == expected
    assert [row.id for row in annex.rows if "ngắt trang" in " ".join(row.repairs)] == SPLIT
    assert [row.id for row in annex.rows if row.confidence != "certain"] == ["4", *SPLIT]
    assert {row.id: row.source for row in annex.rows if row.id in {"1", *SPLIT}} == {
        "1": "bảng 2, dòng 3",
        "14": "bảng 3, dòng 10; bảng 4, dòng 2",
        "19": "bảng 4, dòng 7; bảng 5, dòng 2",
        "24": "bảng 5, dòng 7; bảng 6, dòng 2",
        "30": "bảng 6, dòng 8; bảng 7, dòng 2",
        "38": "bảng 7, dòng 12; bảng 8, dòng 2",
    }
    assert annex.passed_over[:2] == (("đoạn 1", "PHỤ LỤC"), ("bảng 1, dòng 1", "Nơi nhận: | TM. ỦY BAN NHÂN DÂN"))
    assert len(annex.passed_over) == 2 + 7


# --- headings


@pytest.mark.parametrize(
    ("field", "headings"),
    [
        ("number", "STT; TT; Số TT; Số\u00a0thứ tự; stt."),
        ("title", "Nhiệm vụ, Đề án; Nội dung; Nội dung nhiệm vụ; Tên nhiệm vụ; Công việc; NHIỆM VỤ/ĐỀ ÁN"),
        ("lead_text", "Cơ quan chủ trì; Đơn vị chủ trì; Chủ trì; CƠ QUAN CHỦ TRÌ (1); Cơ quan, đơn vị chủ trì"),
        ("coordinating_text", "Cơ quan phối hợp; Đơn vị phối hợp; Phối hợp"),
        ("submit_to", "Cấp trình; Cấp phê duyệt; Cấp có thẩm quyền"),
        ("product", "Sản phẩm hoàn thành; Sản phẩm; Kết quả; Hình thức văn bản"),
        ("deadline_text", "Thời gian trình; Thời gian; Thời gian thực hiện; Thời hạn; Thời gian hoàn thành; Tiến độ"),
        ("", "Ghi chú; Kinh phí; Cơ quan chủ trì, phối hợp; Nội dung " + "dài " * 30),
    ],
)
def test_usual_headings(field: str, headings: str) -> None:
    for heading in headings.split("; "):
        for form in ("NFC", "NFD"):
            assert annex_columns._field(unicodedata.normalize(form, heading)) == field


def test_the_listed_headings_are_in_the_form_they_are_compared_in() -> None:
    known = annex_columns._FIELD_OF
    assert {name: annex_columns._field(name) for name in known} == known
    pairs = [(one, other) for one in known for other in known if known[one] != known[other]]
    assert [pair for pair in pairs if annex_columns._alike(*pair)] == []


ONE = "1\tViệc một\tSở A\t2024"
FIRST = ("1", "", "Việc một", "Sở A", "2024", "dòng 2", "certain", [])


@pytest.mark.parametrize(
    ("headings", "lines", "rows"),
    [
        ("Thời hạn\tCông việc\tSố TT\tĐơn vị chủ trì", ["2024\tViệc một\t1\tSở A"], [FIRST]),
        ("STT\tNhiệm vụ\tChủ trì\tThời hạn\t\t", [ONE], [FIRST]),
        (
            "STT\tNhiệm vụ\tChủ trì\tThời hạn\tGhi chú",
            [f"{ONE}\tmới", "2\tViệc hai\tSở B\t2025\t"],
            [
                (*FIRST[:6], "likely", ["Ô «Ghi chú» chưa có chỗ trong kế hoạch: «mới»."]),
                ("2", "", "Việc hai", "Sở B", "2025", "dòng 3", "certain", []),
            ],
        ),
        (  # of two columns for one field the first is taken, the other is said
            "STT\tNhiệm vụ\tChủ trì\tThời gian trình\tThời gian hoàn thành",
            [f"{ONE}\t2025"],
            [(*FIRST[:6], "likely", ["Ô «Thời gian hoàn thành» chưa có chỗ trong kế hoạch: «2025»."])],
        ),
        (  # two storeys, and the row that numbers the columns
            "STT\tNhiệm vụ\tPhân công\t\tThời hạn\n\t\tChủ trì\tPhối hợp\t\n(1)\t(2)\t(3)\t(4)\t(5)",
            ["1\tViệc một\tSở A\tSở B\t2024"],
            [(*FIRST[:5], "dòng 4", "certain", [])],
        ),
        (  # letters and a cell spoilt by a scan at the top of a page
            HEADINGS,
            [ONE, "S1T\tNhiệm vu\tChủ trì\t\t", "S1T\t\tChủ trì\tThờl hạn", "2\tViệc hai\tSở B\t2025"],
            [FIRST, ("2", "", "Việc hai", "Sở B", "2025", "dòng 5", "certain", [])],
        ),
        (  # the columns change with the headings, however like they are
            HEADINGS,
            [ONE, "STT\tNhiệm vụ\tThời hạn\tChủ trì", "2\tViệc hai\t2025\tSở B"],
            [FIRST, ("2", "", "Việc hai", "Sở B", "2025", "dòng 4", "certain", [])],
        ),
        (
            "Chủ trì\tSTT\tNhiệm vụ\tThời hạn",
            ["Sở A\t1. Việc một\t\t2024"],
            [(*FIRST[:6], "likely", ["Số thứ tự dính vào nội dung trong nguồn: đã tách."])],
        ),
        ("\ufeff" + HEADINGS, [ONE], [FIRST]),
        (HEADINGS, [ONE, "STT\tHọ và tên\tChức vụ", "1\tNgười\tPhòng\tx"], [FIRST]),  # a table of something else
    ],
)
def test_columns(tmp_path: Path, headings: str, lines: list[str], rows: list[object]) -> None:
    assert under(tmp_path, *lines, headings=headings) == rows


# --- what pages, scans and typists do to rows


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (  # the deadline of row 38, with noise of every kind between
            ["1\tViệc\tSở A\t2023 -", "[Chữ ký]", "12", HEADINGS, "\tmột\t\t2025", "\t\t7\t"],
            [
                (
                    *("1", "", "Việc một", "Sở A", "2023 - 2025", "dòng 2, 6", "likely"),
                    [
                        "Dòng 1 bị ngắt trang trong nguồn: đã nối «Nhiệm vụ» và «Thời hạn».",
                        "Đã bỏ ở giữa: 2 dòng ngoài bảng, 1 dòng tiêu đề lặp lại.",
                    ],
                )
            ],
        ),
        (  # over two pages
            ["1\tViệc\tSở A\t2024", HEADINGS, "\tmột\t\t", HEADINGS, "\tdài\t\t"],
            [
                (
                    *("1", "", "Việc một dài", "Sở A", "2024", "dòng 2, 4, 6", "likely"),
                    [
                        "Dòng 1 bị ngắt trang trong nguồn: đã nối «Nhiệm vụ».",
                        "Đã bỏ ở giữa: 1 dòng tiêu đề lặp lại.",
                    ]
                    * 2,
                )
            ],
        ),
        (  # no page break to explain it
            [ONE, "\t(tiếp)\t\t", "2\tViệc hai\tSở B\t2025"],
            [
                (
                    *("1", "", "Việc một (tiếp)", "Sở A", "2024", "dòng 2, 3", "doubtful"),
                    ["Dòng sau không có số thứ tự riêng: đã nối «Nhiệm vụ»."],
                ),
                ("2", "", "Việc hai", "Sở B", "2025", "dòng 4", "certain", []),
            ],
        ),
        (  # a whole row without its number, and exactly that number is missing
            [ONE, HEADINGS, "\tViệc hai\tSở B\t2025", "3\tViệc ba\tSở C\t2025"],
            [
                FIRST,
                *[
                    (
                        "2",
                        "",
                        "Việc hai",
                        "Sở B",
                        "2025",
                        "dòng 4",
                        "doubtful",
                        ["Nguồn không có số thứ tự: tạm lấy «2»."],
                    )
                ],
                ("3", "", "Việc ba", "Sở C", "2025", "dòng 5", "certain", []),
            ],
        ),
        (  # the last row without its number, or the rest of the one before: nothing tells
            [ONE, HEADINGS, "\tViệc hai\tSở B\t2025"],
            [
                (
                    *("1", "", "Việc một Việc hai", "Sở A Sở B", "2024 2025", "dòng 2, 4", "doubtful"),
                    [
                        "Dòng 1 bị ngắt trang trong nguồn: đã nối «Nhiệm vụ», «Chủ trì» và «Thời hạn».",
                        "Đã bỏ ở giữa: 1 dòng tiêu đề lặp lại.",
                    ],
                )
            ],
        ),
        (
            [ONE, "4\tViệc\tSở B\t2024", "4\tViệc\tSở C\t2024", "3\tViệc\tSở D\t2024", "l0\tViệc\tSở E\t2024"],
            [
                FIRST,
                ("4", "", "Việc", "Sở B", "2024", "dòng 3", "doubtful", ["Trước dòng này thiếu số thứ tự 2 đến 3."]),
                (
                    *("4", "", "Việc", "Sở C", "2024", "dòng 4", "doubtful"),
                    ["Số thứ tự «4» đứng sau «4».", "Số thứ tự «4» đã có ở dòng 3."],
                ),
                ("3", "", "Việc", "Sở D", "2024", "dòng 5", "doubtful", ["Số thứ tự «3» đứng sau «4»."]),
                ("l0", "", "Việc", "Sở E", "2024", "dòng 6", "doubtful", ["Số thứ tự «l0» không đọc được thành số."]),
            ],
        ),
        (
            ["1\tViệc một\tSở A", "2\tViệc hai\t\t2024", "3\t\tSở C\t2024", "4\tViệc bốn\tSở D\t", f"5{ONE[1:]}\tx"],
            [
                (
                    *("1", "", "Việc một", "Sở A", "", "dòng 2", "doubtful"),
                    ["Dòng có 3 ô, bảng có 4 cột: có thể lệch cột.", "Nguồn không có thời gian."],
                ),
                ("2", "", "Việc hai", "", "2024", "dòng 3", "doubtful", ["Nguồn không có cơ quan chủ trì."]),
                ("3", "", "", "Sở C", "2024", "dòng 4", "doubtful", ["Nguồn không có nội dung nhiệm vụ."]),
                ("4", "", "Việc bốn", "Sở D", "", "dòng 5", "likely", ["Nguồn không có thời gian."]),
                (
                    *("5", "", "Việc một", "Sở A", "2024", "dòng 6", "doubtful"),
                    ["Ô «cột 5» chưa có chỗ trong kế hoạch: «x»."],
                ),
            ],
        ),
        (
            ["1. Việc một\t\tSở A\t2024", "2) Việc hai\tSở B\t2025"],
            [
                (*FIRST[:6], "likely", ["Số thứ tự dính vào nội dung trong nguồn: đã tách."]),
                (
                    *("2", "", "Việc hai", "Sở B", "2025", "dòng 3", "doubtful"),
                    ["Số thứ tự dính vào nội dung trong nguồn: đã tách."],
                ),
            ],
        ),
        (
            ["1\tViệc một\tSở A, Sở B;\t2024"],
            [
                (
                    *("1", "", "Việc một", "Sở A, Sở B", "2024", "dòng 2", "likely"),
                    ["Đã bỏ dấu phẩy thừa ở cuối ô cơ quan chủ trì (nguồn ghi «Sở A, Sở B;»)."],
                )
            ],
        ),
        (["1\t\ufeffViệc\u00a0 mo\u0302\u0323t\u200b\tSở\x07 A\t2024 "], [FIRST]),
    ],
)
def test_rows(tmp_path: Path, lines: list[str], rows: list[object]) -> None:
    assert under(tmp_path, *lines) == rows


def test_a_table_without_numbers(tmp_path: Path) -> None:
    lines = ("Việc một\tSở A\t2024", "Việc hai\tSở B\t", "(tiếp)\t\t2025")
    assert under(tmp_path, *lines, headings="Nhiệm vụ\tChủ trì\tThời hạn") == [
        ("1", "", "Việc một", "Sở A", "2024", "dòng 2", "doubtful", ["Nguồn không có số thứ tự: tạm lấy «1»."]),
        (
            *("2", "", "Việc hai (tiếp)", "Sở B", "2025", "dòng 3, 4", "doubtful"),
            [
                "Nguồn không có số thứ tự: tạm lấy «2».",
                "Dòng sau không có số thứ tự riêng: đã nối «Nhiệm vụ» và «Thời hạn».",
            ],
        ),
    ]


# --- sections and ids


def work(number: str) -> str:
    return f"{number}\tViệc\tSở A\t2024"


def glued(mark: str) -> str:
    return f"Tiêu đề mục {mark} dính vào số mục trong nguồn: đã tách."


def again(number: str, own_id: str) -> str:
    return f"Số thứ tự «{number}» đánh lại ở mỗi mục: mã là «{own_id}»."


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (  # a numeral of its own, glued with and without the blank cells, and a title split over a page
            [
                *("I\tMột\t\t", work("1"), "II. Hai\t\t\t", work("2"), "III Ba", work("3")),
                *("IV\tBốn rất\t\t", HEADINGS, "\tdài\t\t", work("4")),
            ],
            [
                ("1", "I. Một", "certain", []),
                ("2", "II. Hai", "likely", [glued("II")]),
                ("3", "III. Ba", "likely", [glued("III")]),
                ("4", "IV. Bốn rất dài", "likely", ["Tiêu đề mục IV bị ngắt trang trong nguồn: đã nối."]),
            ],
        ),
        (  # glued in the title's column: only the next in order is a section
            ["I\tMột\t\t", work("1"), "\tXIII về kinh tế\t\t", "\tII Hai\t\t", work("2")],
            [
                ("1", "I. Một", "doubtful", ["Dòng sau không có số thứ tự riêng: đã nối «Nhiệm vụ»."]),
                ("2", "II. Hai", "likely", [glued("II")]),
            ],
        ),
        (
            ["I\tMột\t\t", work("1"), "III\tBa\t\t", work("2")],
            [("1", "I. Một", "certain", []), ("2", "III. Ba", "doubtful", ["Số mục «III» không theo thứ tự."])],
        ),
        (  # ids of two levels
            ["1\tNhóm\t\t", work("1.1"), work("1.2"), "2\tNhóm hai\t\t", work("2.1"), work("3"), work("3.2")],
            [
                ("1.1", "1. Nhóm", "certain", []),
                ("1.2", "1. Nhóm", "certain", []),
                ("2.1", "2. Nhóm hai", "certain", []),
                ("3", "", "certain", []),
                ("3.2", "", "doubtful", ["Trước dòng này thiếu số thứ tự 3.1."]),
            ],
        ),
        (  # numbers begin again in each section
            [
                *("A\tPhần\t\t", "I\tMột\t\t", work("1"), work("2"), "II\tHai\t\t", work("1")),
                *("B\tPhần\t\t", "I\tBa\t\t", work("1")),
            ],
            [
                ("A.I.1", "A. Phần / I. Một", "likely", [again("1", "A.I.1")]),
                ("A.I.2", "A. Phần / I. Một", "likely", [again("2", "A.I.2")]),
                ("A.II.1", "A. Phần / II. Hai", "likely", [again("1", "A.II.1")]),
                ("B.I.1", "B. Phần / I. Ba", "likely", [again("1", "B.I.1")]),
            ],
        ),
        (
            ["I\tMột\t\t", "1\tNhóm\t\t", work("1.1"), "II\tHai\t\t", "1\tNhóm\t\t", work("1.1")],
            [
                ("I.1.1", "I. Một / 1. Nhóm", "likely", [again("1.1", "I.1.1")]),
                ("II.1.1", "II. Hai / 1. Nhóm", "likely", [again("1.1", "II.1.1")]),
            ],
        ),
        (  # a second annex
            ["I\tMột\t\t", work("1"), work("2"), HEADINGS, work("1")],
            [
                ("1", "I. Một", "certain", []),
                ("2", "I. Một", "certain", []),
                (
                    *("1", "", "doubtful"),
                    [
                        "Số thứ tự bắt đầu lại ở bảng mới: không lấy mục I ở trên.",
                        "Số thứ tự «1» đã có ở dòng 3.",
                    ],
                ),
            ],
        ),
    ],
)
def test_sections_and_ids(tmp_path: Path, lines: list[str], rows: list[object]) -> None:
    annex = from_text(tmp_path, "\n".join((HEADINGS, *lines)))
    assert [(row.id, row.section, row.confidence, list(row.repairs)) for row in annex.rows] == rows


def test_what_becomes_no_row_is_listed(tmp_path: Path) -> None:
    lines = ["PHỤ LỤC", "", HEADINGS, ONE, "Nơi nhận:\tTM. UBND", "I. TỔ CHỨC THỰC HIỆN", "3 Việc\t\t\t", "  \t "]
    assert from_text(tmp_path, "\r\n".join(lines)).passed_over == (
        ("dòng 1", "PHỤ LỤC"),
        ("dòng 3", "STT | Nhiệm vụ | Chủ trì | Thời hạn"),
        ("dòng 5", "Nơi nhận: | TM. UBND"),
        ("dòng 6", "I. TỔ CHỨC THỰC HIỆN"),
        ("dòng 7", "3 Việc"),
    )


# --- tables of Word

WIDE = ["STT", "Nhiệm vụ", "Chủ trì", "Phối hợp", "Thời hạn"]
FULL = ["1", "Việc một", "Sở A", "Sở B", "2024"]
NEXT = ["2", "Việc hai", "", "Sở C", "2025"]


def merged(rows: list[list[str]], *areas: tuple[int, int, int, int]) -> Document:
    """A document of one table, with areas (row, column, last row, last column) merged."""
    document = docx.Document()
    table = table_of(document, rows)
    for row, column, last_row, last_column in areas:
        table.cell(row, column).merge(table.cell(last_row, last_column))
    return document


@pytest.mark.parametrize(
    ("rows", "areas", "expected_rows"),
    [
        (
            [WIDE, FULL, NEXT],
            [(1, 2, 2, 2)],
            [
                ("1", "", "Việc một", "Sở A", "2024", "bảng 1, dòng 2", "certain", []),
                (
                    *("2", "", "Việc hai", "Sở A", "2025", "bảng 1, dòng 3", "likely"),
                    ["Ô «Chủ trì» gộp nhiều dòng trong nguồn: dùng cho cả dòng này."],
                ),
            ],
        ),
        (  # no number anywhere
            [WIDE, ["", *FULL[1:]], ["", *NEXT[1:]]],
            [(1, 2, 2, 2)],
            [
                (
                    *("1", "", "Việc một", "Sở A", "2024", "bảng 1, dòng 2", "doubtful"),
                    ["Nguồn không có số thứ tự: tạm lấy «1»."],
                ),
                (
                    *("2", "", "Việc hai", "Sở A", "2025", "bảng 1, dòng 3", "doubtful"),
                    [
                        "Nguồn không có số thứ tự: tạm lấy «2».",
                        "Ô «Chủ trì» gộp nhiều dòng trong nguồn: dùng cho cả dòng này.",
                    ],
                ),
            ],
        ),
        (  # one number for two rows
            [WIDE, FULL, ["", "(tiếp)", "Sở X", "", "2025"]],
            [(1, 0, 2, 0), (1, 3, 2, 3)],
            [
                (
                    *("1", "", "Việc một (tiếp)", "Sở A Sở X", "2024 2025", "bảng 1, dòng 2, 3", "doubtful"),
                    ["Dòng sau không có số thứ tự riêng: đã nối «Nhiệm vụ», «Chủ trì» và «Thời hạn»."],
                )
            ],
        ),
        (
            [WIDE, ["1", "Việc một", "Sở A", "", "2024"]],
            [(1, 2, 1, 3)],
            [
                (
                    *("1", "", "Việc một", "Sở A", "2024", "bảng 1, dòng 2", "doubtful"),
                    ["Ô gộp ngang trong nguồn: «Phối hợp» để trống."],
                )
            ],
        ),
        (  # headings of two storeys
            [["STT", "Nhiệm vụ", "Cơ quan thực hiện", "", "Thời hạn"], ["", "", "Chủ trì", "Phối hợp", ""], FULL],
            [(0, 0, 1, 0), (0, 1, 1, 1), (0, 4, 1, 4), (0, 2, 0, 3)],
            [("1", "", "Việc một", "Sở A", "2024", "bảng 1, dòng 3", "certain", [])],
        ),
        (  # sections across the table, with and without a numeral
            [
                WIDE,
                ["Nhóm thường xuyên", "", "", "", ""],
                FULL,
                ["A. Phần", "", "", "", ""],
                ["2. Nhóm", "", "", "", ""],
                ["2.1", *FULL[1:]],
            ],
            [(1, 0, 1, 4), (3, 0, 3, 4), (4, 0, 4, 4)],
            [
                (
                    *("1", "Nhóm thường xuyên", "Việc một", "Sở A", "2024", "bảng 1, dòng 3", "likely"),
                    ["Dòng gộp ô «Nhóm thường xuyên» được hiểu là tiêu đề mục."],
                ),
                ("2.1", "A. Phần / 2. Nhóm", "Việc một", "Sở A", "2024", "bảng 1, dòng 6", "certain", []),
            ],
        ),
        (
            [WIDE, ["1", "Việc\nmột", "Sở A\n", "Sở B;\tSở C", "31/12/2024"]],
            [],
            [("1", "", "Việc một", "Sở A", "31/12/2024", "bảng 1, dòng 2", "certain", [])],
        ),
    ],
)
def test_word_tables(
    tmp_path: Path,
    rows: list[list[str]],
    areas: list[tuple[int, int, int, int]],
    expected_rows: list[object],
) -> None:
    assert [short(row) for row in from_word(tmp_path, merged(rows, *areas)).rows] == expected_rows


def test_several_tables_and_nested_ones(tmp_path: Path) -> None:
    document = docx.Document()
    table_of(document, [["STT", "Họ và tên", "Chức vụ"], ["1", "Người", "Trưởng phòng"]])
    frame = document.add_table(rows=1, cols=1).cell(0, 0)
    inner = frame.add_table(rows=2, cols=5)
    for row, texts in zip(inner.rows, [WIDE, FULL], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table_of(document, [["2", "Việc hai", "Sở C", "", "2025"]])  # the same table, on the next page
    inner.cell(1, 1).add_table(rows=1, cols=1).cell(0, 0).text = "chi tiết"
    table_of(document, [["3", "Việc ba", "5 triệu đồng"]])
    table_of(document, [["STT", "Nội dung", "Kinh phí"], ["1", "Việc", "5 triệu đồng"]])
    annex = from_word(tmp_path, document)
    assert [short(row) for row in annex.rows] == [
        ("1", "", "Việc một", "Sở A", "2024", "bảng 3, dòng 2", "certain", []),
        (
            *("2", "", "Việc hai", "Sở C", "2025", "bảng 5, dòng 1", "likely"),
            ["Bảng này không có tiêu đề: đọc theo tiêu đề của bảng trước."],
        ),
    ]
    assert annex.passed_over == (
        ("bảng 1, dòng 1", "STT | Họ và tên | Chức vụ"),
        ("bảng 1, dòng 2", "1 | Người | Trưởng phòng"),
        ("bảng 3, dòng 1", "STT | Nhiệm vụ | Chủ trì | Phối hợp | Thời hạn"),
        ("bảng 4, dòng 1", "chi tiết"),
        ("bảng 6, dòng 1", "3 | Việc ba | 5 triệu đồng"),
        ("bảng 7, dòng 1", "STT | Nội dung | Kinh phí"),
        ("bảng 7, dòng 2", "1 | Việc | 5 triệu đồng"),
    )


def test_numbers_that_word_itself_puts(tmp_path: Path) -> None:
    names = ["Mục một", "Việc", "Việc", "Mục hai", "Việc"]
    document = docx.Document()
    rows = [["", name, "Sở A" * (name == "Việc"), "", ""] for name in names]
    table = table_of(document, [WIDE, *rows])
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(NUMBERING.format(ns=nsdecls("w"))))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="70"><w:abstractNumId w:val="70"/></w:num>'))
    for number, name in enumerate(names, start=1):
        numbered(table.cell(number, 0), int(name == "Việc"))
    annex = from_word(tmp_path, document)
    assert [(row.id, row.section) for row in annex.rows] == [
        ("I.1", "I. Mục một"),
        ("I.2", "I. Mục một"),
        ("II.1", "II. Mục hai"),
    ]


def test_tracked_changes_and_content_controls(tmp_path: Path) -> None:
    document = docx.Document()
    table = table_of(document, [WIDE, FULL])
    run = '<w:r><w:t xml:space="preserve">{}</w:t></w:r>'
    marks = 'w:id="1" w:author="a"'
    table.cell(1, 1).paragraphs[0]._p.append(parse_xml(f"<w:ins {nsdecls('w')} {marks}>{run.format(' mới')}</w:ins>"))
    deleted = f"<w:del {nsdecls('w')} {marks}><w:r><w:delText>cũ</w:delText></w:r></w:del>"
    table.cell(1, 1).paragraphs[0]._p.append(parse_xml(deleted))
    control = parse_xml(f"<w:sdt {nsdecls('w')}><w:sdtContent/></w:sdt>")
    table._tbl.append(control)
    control[0].append(table.rows[1]._tr)
    assert [row.title for row in from_word(tmp_path, document).rows] == ["Việc một mới"]


# --- refusals


def zipped(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return stream.getvalue()


NO_TABLE = (
    "Không tìm thấy bảng nhiệm vụ trong «{}»: cần một dòng tiêu đề có ít nhất hai cột «Nhiệm vụ» và «Cơ quan chủ trì», "
    "bên dưới là các nhiệm vụ; các cột cách nhau bằng dấu Tab (.txt) hoặc là cột của bảng (.docx)."
)
NOT_UTF8 = "«{}» không phải là văn bản UTF-8"
TO_UTF8 = ". Mở tệp bằng Notepad, chọn Tệp > Lưu thành (Save As), ô Mã hóa (Encoding) chọn UTF-8, rồi chạy lại."
UTF16 = f"{NOT_UTF8}, mà là UTF-16 (Notepad gọi là Unicode){TO_UTF8}"
CONVERT = (
    " Chuyển sang Unicode (ví dụ bằng công cụ chuyển mã của UniKey), xem lại từng chữ, lưu, rồi chạy lại; máy không tự "
    "chuyển vì có chữ không khôi phục được."
)
EMPTY = "«{}» không có chữ nào: tệp rỗng, hoặc chỉ có ảnh quét."
OLD = "«{}» gõ bằng bảng mã cũ "
NOT_WORD = "«{}» không phải là tài liệu Word (.docx), hoặc đã hỏng."
LOCKED = (
    "«{}» có mật khẩu mở, hoặc ở định dạng Word cũ (.doc). Mở bằng Word, xóa mật khẩu, lưu thành Word Document "
    "(*.docx), rồi chạy lại."
)
UNSAFE = "«{}» có khai báo DOCTYPE hoặc mã chữ lạ: không an toàn nên không đọc."
TOO_BIG = ": không phải là phụ lục nhiệm vụ."


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", b"", EMPTY),
        ("a.txt", b"\t\n \xc2\xa0\n", EMPTY),
        ("a.txt", HEADINGS.encode(), NO_TABLE),
        ("a.txt", f"{HEADINGS}\nNơi nhận".encode(), "Bảng trong «{}» không có dòng nhiệm vụ nào dưới tiêu đề."),
        ("a.txt", "STT\tNội dung\tKinh phí\n1\tViệc\t5".encode(), NO_TABLE),
        ("a.tsv", "Nhiệm vụ Chủ trì".encode(), NO_TABLE),
        ("a.txt", HEADINGS.encode("utf-16"), UTF16),
        ("a.txt", HEADINGS.encode("utf-16-le"), UTF16),
        ("a.txt", HEADINGS.encode("utf-16-be"), UTF16),
        ("a.txt", b"Nhi\xd6m v\xf4\tCh\xf1 tr\xd7", f"{NOT_UTF8}, mà là TCVN3 (phông .VnTime).{CONVERT}"),
        ("a.txt", b"Nhie\xe4m vu\xef\tChu\xfb tr\xec", f"{NOT_UTF8}, mà là VNI (phông VNI-Times).{CONVERT}"),
        (
            "a.txt",
            b"Nhi\xea\xf2m v\xf4\tCu\xd2a t\xf2nh\tchu\xd2",
            f"{NOT_UTF8}, mà là Windows-1258 (Notepad gọi là ANSI){TO_UTF8}",
        ),
        ("a.txt", b"\0" * 10, f"{NOT_UTF8}{TO_UTF8}"),
        ("a.txt", b"\xff\xfa\xfb", f"{NOT_UTF8}{TO_UTF8}"),
        (
            "a.txt",
            f"{HEADINGS}\n1\tTriÓn khai nhiÖm vô\tSë A\t2024".encode(),
            f"{OLD}TCVN3 (phông .VnTime), ở dòng 2.{CONVERT}",
        ),
        ("a.txt", f"{ONE}\n\nNHIEÄM VUÏ".encode(), f"{OLD}VNI (phông VNI-Times), ở dòng 3.{CONVERT}"),
        ("a.docx", b"%PDF-1.7", NOT_WORD),
        ("a.txt", zipped(x=b"x"), NOT_WORD),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, LOCKED),
        ("a.docx", zipped(x=bytes(129 << 20)), "«{}» giải nén ra lớn hơn 128 MB" + TOO_BIG),
        ("a.docx", zipped(**{"x.xml": bytes(33 << 20)}), "«{}» có phần chữ lớn hơn 32 MB" + TOO_BIG),
        ("a.docx", zipped(**{f"p{number}": b"" for number in range(1001)}), "«{}» có hơn 1000 phần" + TOO_BIG),
        ("a.txt", b"x" * (20 << 20) + b"y", "«{}» lớn hơn 20 MB" + TOO_BIG),
        ("a.txt", b"x\n" * 10_001, "«{}» có hơn 10000 dòng" + TOO_BIG),
        ("a.txt", b"x" + b"\t" * 300, "«{}» có hơn 300 cột trên một dòng" + TOO_BIG),
        ("a.txt", b"x" * 32_768, "«{}» có hơn 32767 ký tự trên một dòng" + TOO_BIG),
        (
            "a.txt",
            "\n".join([HEADINGS, ONE, *[f"\t{'x' * 20_000}\t\t"] * 2]).encode(),
            "«{}» có ô hơn 32767 ký tự" + TOO_BIG,
        ),
        ("a.pdf", b"", "«{}» không phải là tệp .txt, .tsv hoặc .docx; hãy lưu phụ lục thành một trong các loại đó."),
    ],
)
def test_refusals(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MisuseError) as refusal:
        read_annex(path)
    assert str(refusal.value) == sentence.format(name)


@pytest.mark.parametrize("kind", ["missing", "folder", "nul", "denied"])
def test_what_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = tmp_path / ("a\0.txt" if kind == "nul" else "a.txt")
    if kind == "folder":
        path.mkdir()
    if kind == "denied":
        path.write_bytes(b"")
        monkeypatch.setattr(Path, "open", lambda *_: open("/", "rb"))  # noqa: PTH123, SIM115 - an OSError for root, too
    with pytest.raises(MisuseError) as refusal:
        read_annex(path)
    assert str(refusal.value) == f"Không đọc được «{path.name}»: không có tệp này, hoặc không có quyền đọc."


def test_broken_word_files(tmp_path: Path) -> None:
    document = docx.Document()
    table_of(document, [WIDE, FULL])
    stream = io.BytesIO()
    document.save(stream)
    whole = stream.getvalue()
    with zipfile.ZipFile(stream) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    body = parts["word/document.xml"]
    locked = bytearray(whole)
    for header in re.finditer(rb"PK\x01\x02", whole):
        locked[header.start() + 8] |= 1  # the flag of a password
    deep = b"<w:sdt><w:sdtContent>" * 300 + b"</w:sdtContent></w:sdt>" * 300
    wide = body.replace(b"<w:tcPr>", b'<w:tcPr><w:gridSpan w:val="9999"/>')
    workbook = parts["[Content_Types].xml"].replace(b"wordprocessingml.document.main", b"spreadsheetml.sheet.main")
    path = tmp_path / "a.docx"
    for content, sentence in (
        (whole[:-100], NOT_WORD),
        (whole.replace(b"word/styles.xml", b"word/stylex.xml"), NOT_WORD),
        (bytes(locked), LOCKED),
        (zipped(**parts | {"word/document.xml": body[:-20]}), NOT_WORD),
        (zipped(**parts | {"word/document.xml": body.replace(b"<w:body>", b"<w:body>" + deep)}), NOT_WORD),
        (zipped(**parts | {"word/document.xml": body.replace(b"w:body>", b"w:bodi>")}), NOT_WORD),
        (zipped(**parts | {"[Content_Types].xml": workbook}), NOT_WORD),
        (zipped(**parts | {"word/document.xml": body.replace(b"?>", b"?><!DOCTYPE w [<!ENTITY a 'b'>]>")}), UNSAFE),
        (zipped(**parts | {"word/document.xml": body.decode().encode("utf-16")}), UNSAFE),
        (zipped(**parts | {"word/document.xml": wide}), "«{}» có hơn 300 cột trên một dòng" + TOO_BIG),
    ):
        path.write_bytes(content)
        with pytest.raises(MisuseError) as refusal:
            read_annex(path)
        assert str(refusal.value) == sentence.format("a.docx")


def test_a_part_that_lies_about_its_size_is_never_inflated_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(zipped(bomb=b"x" * 100_000))
    directory = content.index(b"PK\x01\x02")
    content[22:26] = content[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    path = tmp_path / "a.docx"
    path.write_bytes(content)
    monkeypatch.setattr(docx, "Document", lambda _: pytest.fail("given to python-docx"))
    with pytest.raises(MisuseError) as refusal:
        read_annex(path)
    assert str(refusal.value) == NOT_WORD.format("a.docx")


# --- nothing is lost, whatever the text

_WORDS = ("Việc", "Sở A,", "2024", "2023 -", "1", "2", "3.", "1.1", "I", "II", "III Ba", "A. Phần", "V/v", "12 Việc")
_CELL = st.one_of(
    st.just(""), st.sampled_from(_WORDS), st.sampled_from((*HEADINGS.split("\t"), "(1)", "S1T", "Ghi chú"))
)
_LINE = st.one_of(
    st.sampled_from((HEADINGS, "Chủ trì\tGhi chú\tNhiệm vụ\tSTT", "[Chữ ký]", "", "(1)\t(2)\t(3)\t(4)", ONE)),
    st.lists(_CELL, min_size=1, max_size=6).map("\t".join),
)


def words(*texts: str) -> set[str]:
    return set(re.findall(r"\w+", " ".join(texts)))


@settings(deadline=None, max_examples=400)
@given(lines=st.lists(_LINE, max_size=25))
def test_every_word_of_every_line_is_somewhere(lines: list[str]) -> None:
    lines = [HEADINGS, ONE, *lines]
    with tempfile.TemporaryDirectory() as folder:
        annex = from_text(Path(folder), "\n".join(lines))
    held = {where: words(text) for where, text in annex.passed_over}
    for row in annex.rows:
        for number in re.findall(r"\d+", row.source):
            assert f"dòng {number}" not in held
            held[f"dòng {number}"] = words(*astuple(row)[:8], *row.repairs)
    sections = words(*(row.section for row in annex.rows))
    for number, line in enumerate(lines, start=1):
        assert words(line) <= held.get(f"dòng {number}", sections), (number, line)
    for row in annex.rows:
        assert row.id
        assert (row.confidence == "certain") == (row.repairs == ())
    assert len({row.source for row in annex.rows}) == len(annex.rows)


@settings(deadline=None, max_examples=300)
@given(start=st.sampled_from((b"", HEADINGS.encode() + b"\n", b"PK\x03\x04")), rest=st.one_of(st.binary(), st.text()))
def test_any_file_is_read_or_refused_in_a_sentence(start: bytes, rest: bytes | str) -> None:
    content = start + (rest if isinstance(rest, bytes) else rest.encode("utf-8", "surrogatepass"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_bytes(content)
        try:
            annex, sentence = read_annex(path), ""
        except MisuseError as refusal:
            annex, sentence = Annex((), ()), str(refusal)
    if sentence:
        assert sentence.endswith(".")
        return
    text = content.decode("utf-8-sig")
    places = {place for place, _ in annex.passed_over} | {
        f"dòng {number}" for row in annex.rows for number in re.findall(r"\d+", row.source)
    }
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if any(letter.isalnum() for letter in line):
            assert f"dòng {number}" in places or words(line) <= words(*(row.section for row in annex.rows))
