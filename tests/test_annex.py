"""The annex importer: the seed's annex as text and as .docx, each repair by itself, and that nothing is ever lost."""

import csv
import io
import re
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl import annex_columns
from kttt_xl.annex import Annex, ProposedTask, read_annex
from kttt_xl.annex_lines import Line
from kttt_xl.errors import MisuseError

ROOT = Path(__file__).parent.parent
SEED = ROOT / "tests" / "seeds" / "gia-lai-655-2023.txt"
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


def table_of(document: Document, rows: Sequence[Sequence[str]]) -> Table:
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return table


def from_word(folder: Path, document: Document) -> Annex:
    path = folder / "phu-luc.docx"
    document.save(str(path))
    return read_annex(path)


def numbered(cell: object, level: int) -> None:
    properties = cell.paragraphs[0]._p.get_or_add_pPr()
    properties.append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="70"/></w:numPr>')
    )


@pytest.fixture(scope="module")
def expected() -> list[tuple[str, ...]]:
    path = ROOT / "workbooks" / "gia-lai-655-2023" / "tasks.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [tuple(row[name] for name in FIELDS) for row in csv.DictReader(file)]


# --- the annex of plan 655/KH-UBND


def test_the_seed_as_it_stands(expected: list[tuple[str, ...]]) -> None:
    annex = read_annex(SEED)
    assert [astuple(row)[:8] for row in annex.rows] == expected
    assert {row.id: (row.source, row.confidence, list(row.repairs)) for row in annex.rows if row.repairs} == {
        "4": ("dòng 172", "vừa", ["Đã bỏ dấu phẩy thừa ở cuối ô cơ quan chủ trì (nguồn ghi «Liên minh HTX tỉnh,»)."]),
        "14": joined("14", "187, 190", "«Nhiệm vụ, Đề án» và «Cấp trình»"),
        "19": joined("19", "195, 198", "«Nhiệm vụ, Đề án» và «Sản phẩm hoàn thành»"),
        "24": joined("24", "203, 206", "«Sản phẩm hoàn thành»"),
        "30": joined("30", "212, 215", "«Nhiệm vụ, Đề án» và «Sản phẩm hoàn thành»"),
        "31": ("dòng 217", "vừa", ["Tiêu đề mục III dính vào số mục trong nguồn: đã tách."]),
        "37": ("dòng 224", "vừa", ["Tiêu đề mục IV dính vào số mục trong nguồn: đã tách."]),
        "38": joined(
            "38", "225, 228", "«Nhiệm vụ, Đề án», «Cơ quan chủ trì», «Cơ quan phối hợp» và «Thời gian trình»"
        ),
    }
    assert {row.confidence for row in annex.rows if not row.repairs} == {"cao"}


def joined(number: str, lines: str, headings: str) -> tuple[str, str, list[str]]:
    sentence = f"Dòng {number} bị ngắt trang trong nguồn: đã nối {headings}."
    return f"dòng {lines}", "vừa", [sentence, "Đã bỏ ở giữa: 1 dòng tiêu đề lặp lại."]


def test_what_the_seed_holds_beside_the_rows() -> None:
    passed_over = dict(read_annex(SEED).passed_over)
    headings = "STT | Nhiệm vụ, Đề án | Cơ quan chủ trì | Cơ quan phối hợp | Cấp trình | Sản phẩm hoàn thành | "
    assert [where for where, text in passed_over.items() if text == headings + "Thời gian trình"] == [
        f"dòng {number}" for number in (167, 178, 189, 197, 205, 214, 227)
    ]
    assert (passed_over["dòng 3"], passed_over["dòng 176"]) == ("Số: 655/KH-UBND", "[Handwritten signature]")


def test_the_same_annex_as_a_word_file(tmp_path: Path, expected: list[tuple[str, ...]]) -> None:
    document = docx.Document()
    document.add_paragraph("PHỤ LỤC")
    signatures = document.add_table(rows=1, cols=2)
    signatures.cell(0, 0).text, signatures.cell(0, 1).text = "Nơi nhận:", "TM. ỦY BAN NHÂN DÂN"
    for page in re.split(r"(?=^STT\t)", SEED.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        rows = [line.split("\t") for line in page.splitlines() if "\t" in line]
        table = table_of(document, rows)
        for number, cells in enumerate(rows):
            section = re.fullmatch(r"([IV]+)[ \t]+(.+)", "\t".join(cells).strip())
            if section:
                cell = table.cell(number, 0).merge(table.cell(number, 6))
                cell.text = f"{section[1]}. {section[2]}"
        document.add_paragraph("")
    annex = from_word(tmp_path, document)
    assert [astuple(row)[:8] for row in annex.rows] == expected
    assert [row.id for row in annex.rows if "ngắt trang" in " ".join(row.repairs)] == SPLIT
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
