"""The annex of plan 655/KH-UBND as a real Word file, for tests: a table a page, headings repeated, sections merged."""

import re
from collections.abc import Sequence
from pathlib import Path

import docx
from docx.document import Document
from docx.table import Table

SEED = Path(__file__).parent / "seeds" / "gia-lai-655-2023.txt"


def table_of(document: Document, rows: Sequence[Sequence[str]]) -> Table:
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return table


def word_annex() -> Document:
    """Return the annex: each page of the source is a table with the headings on top, as its rows are split there."""
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
    return document
