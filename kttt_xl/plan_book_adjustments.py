"""The new values of the sheet Điều chỉnh: what a cell holds, by the kind of its row, as adjustments.csv has it."""

from dataclasses import replace
from decimal import Decimal

from kttt_xl.cells import Rule, read_cell
from kttt_xl.model import AMENDMENT, EXTENSION
from kttt_xl.plan_book import SEPARATOR, number_text
from kttt_xl.plan_book_rows import BookRow, Problems, names, tell


def new_value_as_text(row: BookRow, problems: Problems) -> BookRow:
    """Return a row of adjustments with its new value as a text: a day as 2025-12-31, numbers with a decimal point.

    A cell that does not hold what the kind of the row asks for is left as it is, with a problem now or when it is read.
    """
    cell, kind = row.cell("value"), row.values["kind"]
    if cell.blank or cell.formula or cell.kind == "error" or kind not in {EXTENSION, AMENDMENT}:
        return row
    heading, rule = row.places["value"][0][1], Rule("date" if kind == EXTENSION else "decimal")
    # A range is two numbers in a cell, each read by itself at the cell's place.
    parts = [cell] if cell.kind != "text" else [cell._replace(value=part) for part in names(cell.text)]
    found = [tell(read_cell(part, rule), part, heading, row.sheet, problems) for part in parts]
    if None in found:
        return row
    texts = [number_text(value) if isinstance(value, Decimal) else str(value) for value in found]
    return replace(row, values={**row.values, "value": SEPARATOR.join(texts)})
