"""Plan + layout -> the workbook that one agency fills in, as bytes.

Every text is written as a string, every formula with its cached value, and nothing depends on the clock: the same
copy and key give the same bytes.
"""

import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from kttt_xl import choosing, identity, layout
from kttt_xl.blank_sheet import BlankSheet
from kttt_xl.book_file import MADE, new_book
from kttt_xl.cells import column_letter
from kttt_xl.choosing import Item
from kttt_xl.cover import write_cover
from kttt_xl.form_sheet import FormSheet
from kttt_xl.inert import starts_formula, visible
from kttt_xl.layout import COVER, LISTS, MANIFEST, Copy
from kttt_xl.model import Plan
from kttt_xl.offer import Offer
from kttt_xl.period import Period
from kttt_xl.selfcheck import Formula
from kttt_xl.slugs import plain, slug


def file_name(plan: Plan, period: Period, kind: str, agency: str, taken: Iterable[str] = ()) -> str:
    """Return the file name of a copy (contract, section 4); "-2" and so on when the name is taken already."""
    parts = (plain(plan.id), plain(period.code), layout.KIND_SLUGS[kind], slug(agency))
    stem = "_".join(parts)
    used, name, number = set(taken), f"{stem}.xlsx", 1
    while name in used:
        number += 1
        name = f"{stem}-{number}.xlsx"
    return name


def input_count(copy: Copy) -> int:
    """Return how many cells of the form the agency may fill in."""
    return sum(1 for line in copy.keyed for column in copy.columns if copy.rule(column, line))


def prefilled_count(copy: Copy) -> int:
    """Return how many cells of the form's rows come with contents."""
    return sum(1 for line in copy.keyed for value in line.texts.values() if value not in (None, ""))


def build_copy(copy: Copy, key: bytes, offer: Offer | None = None) -> bytes:
    """Return the workbook of a copy, signed with the plan's key; of a blank copy when it has an offer."""
    stream = io.BytesIO()
    with new_book(stream) as book:
        title, author = visible(copy.plan.title)[:255], visible(copy.plan.coordinator)
        book.set_properties({"title": title, "author": author, "created": MADE})
        cover, form = book.add_worksheet(COVER), book.add_worksheet(copy.sheet)
        lists, hidden = book.add_worksheet(LISTS), book.add_worksheet(MANIFEST)
        texts, places = write_cover(book, cover, copy, blank=offer is not None)
        named: dict[str, tuple[Item, ...]] = dict(layout.CHOICES)
        if offer and places:
            named |= choosing.lists(copy, offer, places)
            fixed = BlankSheet(book, form, copy, offer).write()
        else:
            fixed = FormSheet(book, form, copy).write()
        extent = _write_lists(book, lists, named)
        manifest = identity.describe(copy, fixed, texts, offer, extent)
        for row, values in enumerate(identity.encode(manifest, key)):
            for column, text in enumerate(values):
                hidden.write_string(row, column, text)
        lists.hide()
        hidden.very_hidden()
        hidden.protect()
        cover.activate()
    return stream.getvalue()


def _write_lists(book: xlsxwriter.Workbook, sheet: Any, named: Mapping[str, tuple[Item, ...]]) -> tuple[int, int]:
    """Write each list below its name; return how many rows and columns there are. An item of several is a row."""
    day, quoted = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"quote_prefix": True})
    column = 0
    for name, items in named.items():
        sheet.write_string(0, column, name)
        rows = [item if isinstance(item, tuple) else (item,) for item in items]
        for row, beside in enumerate(rows, start=1):
            for at, item in enumerate(beside, start=column):
                if isinstance(item, Formula):
                    sheet.write_formula(row, at, item.text, None, item.cached)
                elif isinstance(item, date):
                    made = datetime(item.year, item.month, item.day, tzinfo=UTC).replace(tzinfo=None)
                    sheet.write_datetime(row, at, made, day)
                elif isinstance(item, str):
                    sheet.write_string(row, at, item, quoted if starts_formula(item) else None)
                elif item is not None:
                    sheet.write_number(row, at, float(item))
        first, last = column_letter(column + 1), column_letter(column + len(rows[0]))
        area = f"${first}$2" if isinstance(rows[0][0], Formula) else f"${first}$2:${last}${len(rows) + 1}"
        book.define_name(name, f"='{LISTS}'!{area}")
        column += len(rows[0])
    sheet.protect()
    return 1 + max(map(len, named.values())), column
