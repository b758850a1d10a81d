"""The CSV files of facts beside the plans (holidays.csv, succession-2025.csv) -> their rows."""

import csv
from pathlib import Path
from unicodedata import normalize

from kttt_xl.errors import KtttError


def read_rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, list[str]]]:
    """Return (row number, cells) of every row that is not empty; the headings, row 1, must be columns.

    Cells are trimmed and in NFC. KtttError when the file cannot be read or has other headings.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            heading, *rows = csv.reader(stream, strict=True)
    except (OSError, ValueError, csv.Error) as error:  # not text, or empty, is a ValueError
        raise KtttError(f"Không đọc được tệp «{path.name}»; cần tệp CSV, mã UTF-8.") from error
    if tuple(heading) != columns:
        raise KtttError(f"Dòng tiêu đề của tệp «{path.name}» ghi «{','.join(heading)}»; cần «{','.join(columns)}».")
    cells = ([normalize("NFC", cell).strip() for cell in row] for row in rows)
    return [(number, row) for number, row in enumerate(cells, start=2) if any(row)]
