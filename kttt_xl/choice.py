"""The choice made in a returned blank copy -> the manifest of the copy that the agency would have been sent.

The rows come from the signed list, never from what the file shows. What was typed under another choice than the one
that stands there now refuses the copy (stale-choice): it would be read as another agency's (contract, section 4).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kttt_xl.cells import address, fold
from kttt_xl.choosing import (
    CHOICE_LABELS,
    CONFIRM_LABEL,
    NO_CHOICE,
    NO_ROWS,
    PERIOD_LABEL,
    SHOWN_LABEL,
    label,
    slot_of,
)
from kttt_xl.errors import MisuseError
from kttt_xl.grid import KEY_FIELD, Grid
from kttt_xl.identity import Manifest, ManifestColumn
from kttt_xl.layout import AGENCY_LABEL, COVER
from kttt_xl.period import Period, parse_period
from kttt_xl.signed_offer import OfferedPeriod, SignedOffer
from kttt_xl.workbook import Sheet

_NOTHING = frozenset(map(fold, (NO_CHOICE, NO_ROWS)))  # shown where there is nothing to fill in


@dataclass(frozen=True, slots=True)
class Choice:
    """What a returned blank copy says was chosen; each is the text of a cell, empty when nothing stands there.

    shown is what the file showed when it was saved, confirmed what the officer confirmed; sheet and at are where the
    agency was chosen, confirm_at where it is to be confirmed. agency and period are what is offered under these texts.
    """

    agency_text: str = ""
    period_text: str = ""
    shown: str = ""
    confirmed: str = ""
    sheet: str = ""
    at: str = ""
    confirm_at: str = ""
    agency: str = ""
    period: str = ""

    @property
    def label(self) -> str:
        """Return the choice in words, as the copy shows it; what was not chosen is left out."""
        name = parse_period(self.period).name if self.period else self.period_text
        return label(self.agency or self.agency_text or "(chưa chọn đơn vị)", name or "(chưa chọn kỳ)")


def find_choice(sheets: Iterable[Sheet], offer: SignedOffer) -> Choice:
    """Return the choice of a blank copy: the texts beside its labels, on the cover or the sheet that has them."""
    labels = {fold(text): text for text in CHOICE_LABELS}
    for sheet in sorted(sheets, key=lambda sheet: fold(sheet.name) != fold(COVER)):
        beside = {
            labels[text]: (row, at + 1)
            for (row, at), cell in sorted(sheet.cells.items(), reverse=True)
            if cell.kind == "text" and (text := fold(cell.text)) in labels
        }
        if {AGENCY_LABEL, PERIOD_LABEL} <= beside.keys():
            return _read_choice(sheet, beside, offer)
    return Choice()


def _read_choice(sheet: Sheet, beside: dict[str, tuple[int, int]], offer: SignedOffer) -> Choice:
    cells = {name: cell for name, place in beside.items() if (cell := sheet.cells.get(place))}
    # A formula chooses and confirms nothing: it would say the same of whatever is chosen later.
    typed = {name: cell.text.strip() for name, cell in cells.items() if not cell.formula}
    agency_text, period_text = typed.get(AGENCY_LABEL, ""), typed.get(PERIOD_LABEL, "")
    confirmed = typed.get(CONFIRM_LABEL, "")
    return Choice(
        agency_text=agency_text,
        period_text=period_text,
        shown=cells[SHOWN_LABEL].text.strip() if SHOWN_LABEL in cells else "",
        confirmed="" if fold(confirmed) in _NOTHING else confirmed,
        sheet=sheet.name,
        at=address(*beside[AGENCY_LABEL]),
        confirm_at=address(*beside[CONFIRM_LABEL]) if CONFIRM_LABEL in beside else "",
        agency=next((name for name in offer.agencies if fold(name) == fold(agency_text)), ""),
        period=next((item.code for item in offer.periods if _is(item, period_text)), ""),
    )


def _is(offered: OfferedPeriod, text: str) -> bool:
    """Tell whether a text names an offered period, as the dropdown has it or as officers write it."""
    try:
        return bool(text) and parse_period(text).code == offered.code
    except MisuseError:
        return False


def addressed(manifest: Manifest, choice: Choice) -> Manifest:
    """Return the manifest of what was chosen: its agency, period, columns and rows; slots for the rows of a task form.

    Without a choice that is offered, the manifest as it is.
    """
    offer = manifest.offer
    if offer is None or not (choice.agency and choice.period):
        return manifest
    who = offer.agencies.index(choice.agency)
    at, when = next((at, item) for at, item in enumerate(offer.periods) if item.code == choice.period)
    run = offer.lists[offer.table[who][at]]
    last = offer.last[offer.last_table[who][at]] if offer.last else ("",) * len(run)
    return replace(
        manifest,
        agency=choice.agency,
        period=choice.period,
        issue=when.issue,
        span=when.span,
        earliest=when.earliest,
        latest=when.latest,
        columns=tuple(_columns(manifest.columns, when.window)),
        rows=tuple(replace(manifest.rows[n], previous=said) for n, said in zip(run, last, strict=True) if n >= 0),
        slots=tuple(manifest.rows[n].key if n >= 0 else "" for n in run) if manifest.kind == "tasks" else (),
    )


def _columns(columns: Iterable[ManifestColumn], window: tuple[str, ...]) -> Iterator[ManifestColumn]:
    """Yield the columns with the chosen period's in place of those of the period it was issued for."""
    coming = iter(window)
    for column in columns:
        if column.rule == "figure":
            period: Period = parse_period(next(coming))
            yield replace(column, field=period.code, heading=period.name)
        else:
            yield column


def contradiction(choice: Choice, grid: Grid | None, manifest: Manifest, *, typed: bool) -> tuple[str, str] | None:
    """Return why a choice cannot be what the copy was filled in under: what was found, and what was chosen then.

    typed tells whether anything was typed into the form. manifest is the addressed one.
    """
    unseen = fold(choice.shown) in _NOTHING
    shown = "" if unseen else choice.shown
    now = f"đang ghi «{choice.label}»"
    if not (choice.agency and choice.period):
        return now, choice.confirmed or shown or "một đơn vị, một kỳ trong danh sách"
    for said in (choice.confirmed, shown if typed else ""):
        if said and fold(said) != fold(choice.label):
            return f"{now}, trước đó là «{said}»", said
    if typed and unseen and not choice.confirmed and manifest.slots:  # whoever typed saw no rows
        return f"{now}, trước đó là «{choice.shown}»", f"«{choice.label}», chọn trong danh sách rồi xác nhận"
    stray = _typed_without_row(grid, manifest) if grid and not grid.lost else []
    if stray:
        rows = sum(1 for key in manifest.slots if key)
        found = f"ô {stray[0]} có nội dung ở dòng không thuộc «{choice.label}» ({rows} dòng)"
        return found, choice.confirmed or "đã chọn khi điền"
    return None


def _typed_without_row(grid: Grid, manifest: Manifest) -> list[str]:
    """Return the filled cells of rows where the choice shows nothing to fill in."""
    key_column = grid.at(KEY_FIELD)
    slots = {row: slot_of(cell.formula) for (row, at), cell in grid.sheet.cells.items() if at == key_column}
    empty = {
        row for row, slot in slots.items() if slot and (slot > len(manifest.slots) or not manifest.slots[slot - 1])
    }
    inputs = {at for at, column in grid.columns.items() if column.rule}
    return [
        cell.address
        for (row, at), cell in sorted(grid.sheet.cells.items())
        if row in empty and at in inputs and not cell.blank
    ]
