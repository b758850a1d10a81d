"""A workbook that we write: the house font, texts that stay texts, and nothing of the clock."""

import io
from datetime import UTC, datetime

import xlsxwriter

MADE = datetime(2023, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # when it says it was made: same input, same bytes


def new_book(stream: io.BytesIO) -> xlsxwriter.Workbook:
    """Return an empty workbook that is written into the stream when it is closed."""
    # The options are made anew each time, since xlsxwriter writes into them. Without font_scheme it ties our font to
    # the theme's, and Excel shows Calibri (PicoXLSX issue 27, OpenXLSX issue 391).
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": "Times New Roman", "font_size": 11, "font_scheme": "none"},
    }
    return xlsxwriter.Workbook(stream, options)
