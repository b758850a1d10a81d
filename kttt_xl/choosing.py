"""The native formulas of a blank copy: choosing an agency and a period shows its rows; the choice is confirmed once.

Everything stands in named columns of Danh mục and is looked up with INDEX and MATCH (Excel 2010, LibreOffice, WPS).
The confirmation is a plain text in the file: a choice that is changed afterwards contradicts it, so figures that were
typed for one agency are never read as another's.
"""

import re
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType

from kttt_xl import layout, selfcheck
from kttt_xl.cells import address
from kttt_xl.layout import AGENCY_LABEL, HEADING_ROW, Column, Copy
from kttt_xl.model import LEAD, Value
from kttt_xl.offer import Offer
from kttt_xl.selfcheck import Formula

PERIOD_LABEL, SHOWN_LABEL, CONFIRM_LABEL = "Kỳ báo cáo", "Biểu đang mở cho", "Xác nhận lựa chọn"
CUT_OFF_LABEL, SENDING_LABEL = "Chốt số liệu", "Thời hạn gửi"
CHOICE_LABELS = (AGENCY_LABEL, PERIOD_LABEL, SHOWN_LABEL, CONFIRM_LABEL, CUT_OFF_LABEL, SENDING_LABEL)
CHOOSE = "(chọn ở trang Hướng dẫn)"
NO_CHOICE = "(chưa chọn đủ đơn vị và kỳ)"
NO_ROWS = "(đơn vị không có nội dung phải báo cáo trong kỳ này)"
STRAY = "Dòng không có nhiệm vụ, xóa ô đã nhập"

AGENCIES, PERIODS, CONFIRMED, TYPED = "DM_DonVi", "DM_Ky", "DM_DaXacNhan", "DM_DaNhap"
FIRST_STEP = "DM_XacNhanTruoc"  # what a dropdown offers until the choice is confirmed
KEPT_AGENCY, KEPT_PERIOD = "DM_GiuDonVi", "DM_GiuKy"  # what a dropdown offers once something is typed
AGENCY_AT, PERIOD_AT, LIST_AT, COUNT = "DM_ChonDonVi", "DM_ChonKy", "DM_ChonBang", "DM_SoDong"
BEFORE, LAST_BEFORE = "DM_DongTruoc", "DM_KyTruocTruoc"  # how many rows stand above those of the choice
_GROUPS, GROUP_AT = "DM_Nhom", "DM_ChonNhom"  # agencies that have the same in every period are one group
_LISTS, _LASTS = "DM_Bang", "DM_BangKyTruoc"  # by group and period: the number of its list
_STARTS, _COUNTS, _GIVEN = "DM_BatDau", "DM_SoLuong", "DM_Giao"
_LAST_STARTS, _PREVIOUS = "DM_BatDauKyTruoc", "DM_KyTruoc"
_FROM, _TO = "DM_NgaySomNhat", "DM_NgayMuonNhat"
_FIELDS = MappingProxyType({field: f"DM_Dong_{field}" for field in (
    "key", "stt", "title", "role", "lead", "coordinating", "submit_to", "product", "deadline", "due")})  # fmt: skip
_HEADING = "DM_TenCot"
_SLOT = re.compile(rf"IF\({COUNT}<([0-9]{{1,5}}),")
_COLUMN = re.compile(rf"IF\({PERIOD_AT}=0,.*INDEX\({_HEADING}([0-9]{{1,3}}),{PERIOD_AT}\)\)", re.DOTALL)
_LIVE = ("IF(DM_", "IF(OR(DM_")

MUST_CLEAR = "(Xóa các ô đã điền trước)"
_JOINT = " · "

Item = Value | int | Formula | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a choice is made on the cover: the cells of agency, period, what is shown and its confirmation."""

    agency: str
    period: str
    shown: str
    confirm: str


def is_live(formula: str) -> bool:
    """Tell whether a formula is one by which a blank copy shows what was chosen."""
    return formula.startswith(_LIVE)


def slot_of(formula: str) -> int:
    """Return which of the rows of a choice a formula shows, counted from 1; 0 when it is no such formula."""
    found = _SLOT.match(formula)
    return int(found[1]) if found else 0


def column_of(formula: str) -> int:
    """Return which of the period columns a formula names, counted from 1; 0 when it is no such formula."""
    found = _COLUMN.fullmatch(formula)
    return int(found[1]) if found else 0


def label(agency: str, period_name: str) -> str:
    """Return a choice in words, as it is shown and confirmed."""
    return f"{agency}{_JOINT}{period_name}"


# --- the named columns of Danh mục


def lists(copy: Copy, offer: Offer, places: Places) -> dict[str, tuple[Item, ...]]:
    """Return the named columns that the formulas look things up in, by name; an item of several is a row of a table."""
    earliest, latest = zip(*(layout.plausible_dates(of.plan, of.period) for of in offer.copies), strict=True)
    groups: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
    of_agency = [groups.setdefault(rows, len(groups)) for rows in zip(offer.table, offer.last_table, strict=True)]
    found: dict[str, tuple[Item, ...]] = {
        AGENCIES: offer.agencies,
        PERIODS: tuple(period.name for period in offer.periods),
        _GROUPS: tuple(group + 1 for group in of_agency),
        _LISTS: _counted(table for table, _ in groups),
        _COUNTS: tuple(map(len, offer.lists)),
        _LASTS: _counted(table for _, table in groups),
        _LAST_STARTS: _starts(offer.last),
        _PREVIOUS: tuple(said for run in offer.last for said in run),
        "DM_ChotSoLieu": tuple(map(layout.cut_off_text, offer.copies)),
        "DM_ThoiHan": tuple(map(layout.sending_text, offer.copies)),
        "DM_DongKy": tuple(layout.title_block(of)[3] for of in offer.copies),
    }
    if copy.kind == "tasks":
        found |= {
            FIRST_STEP: ("(Xác nhận đơn vị và kỳ ở trang Hướng dẫn trước)",),
            _STARTS: _starts(offer.lists),
            _GIVEN: tuple(number + 1 for rows in offer.lists for number in rows),
            BEFORE: (Formula(f"=IF({LIST_AT}=0,0,INDEX({_STARTS},{LIST_AT}))", 0),),
            _FROM: earliest,
            _TO: latest,
        }
        for field, name in _FIELDS.items():
            found[name] = tuple(line.key if field == "key" else line.texts.get(field) for line in offer.lines)
    if moving(offer):
        for number, names in enumerate(zip(*map(_headings, offer.copies), strict=True), start=1):
            found[f"{_HEADING}{number}"] = names
    return found | _state(copy, places)


def _counted(table: Iterable[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Return a table of indices counted from 1, as INDEX does."""
    return tuple(tuple(at + 1 for at in row) for row in table)


def _starts(runs: tuple[Sized, ...]) -> tuple[int, ...]:
    """Return how many items stand above each run, when they all stand in one column."""
    return tuple(accumulate(map(len, runs[:-1]), initial=0))


def _headings(copy: Copy) -> tuple[str, ...]:
    return tuple(column.heading for column in copy.columns if column.rule == "figure")


def moving(offer: Offer) -> bool:
    """Tell whether the columns' periods depend on the one chosen: a window of fixed years does not."""
    return len(set(map(_headings, offer.copies))) > 1


def _state(copy: Copy, places: Places) -> dict[str, tuple[Item, ...]]:
    """Return the cells that say what is chosen; before anything is chosen the numbers are 0."""
    agency, period, shown, confirm = (
        f"'{layout.COVER}'!{_absolute(at)}" for at in (places.agency, places.period, places.shown, places.confirm)
    )
    both, joint = f"AND({AGENCY_AT}>0,{PERIOD_AT}>0)", f'FIND("{_JOINT}",{confirm})'
    numbers = {
        AGENCY_AT: f"IFERROR(MATCH({agency},{AGENCIES},0),0)",
        PERIOD_AT: f"IFERROR(MATCH({period},{PERIODS},0),0)",
        GROUP_AT: f"IF({AGENCY_AT}=0,0,INDEX({_GROUPS},{AGENCY_AT}))",
        LIST_AT: f"IF({both},INDEX({_LISTS},{GROUP_AT},{PERIOD_AT}),0)",
        COUNT: f"IF({LIST_AT}=0,0,INDEX({_COUNTS},{LIST_AT}))",
        LAST_BEFORE: f"IF({both},INDEX({_LAST_STARTS},INDEX({_LASTS},{GROUP_AT},{PERIOD_AT})),0)",
        CONFIRMED: f"IF(AND({both},{confirm}={shown}),1,0)",
        TYPED: f"IF(SUMPRODUCT(1-ISBLANK({_inputs(copy)}))>{_computed(copy)},1,0)",
    }
    kept = {KEPT_AGENCY: f"LEFT({confirm},{joint}-1)", KEPT_PERIOD: f"MID({confirm},{joint}+{len(_JOINT)},99)"}
    found: dict[str, tuple[Item, ...]] = {name: (Formula(f"={text}", 0),) for name, text in numbers.items()}
    for name, text in kept.items():
        found[name] = (Formula(f'=IFERROR({text},"{MUST_CLEAR}")', MUST_CLEAR),)
    return found


def _inputs(copy: Copy) -> str:
    """Return the range from the first to the last column that the agency fills in."""
    columns = [at for at, column in enumerate(copy.columns, start=1) if column.rule]
    first, last = address(HEADING_ROW + 1, min(columns)), address(selfcheck.last_row(copy), max(columns))
    return f"'{copy.sheet}'!{_absolute(first)}:{_absolute(last)}"


def _computed(copy: Copy) -> int:
    """Return how many cells of that range are never blank: ratios stand there as formulas."""
    columns = [column for column in copy.columns if column.rule]
    return sum(not copy.rule(column, line) for line in copy.keyed for column in columns)


def _absolute(place: str) -> str:
    return re.sub(r"([A-Z]+)([0-9]+)", r"$\1$\2", place)


# --- what stands in cells


def shown_text(what: str) -> Formula:
    """Return the formula of a cover cell that tells of the chosen period: "DM_ChotSoLieu" or "DM_ThoiHan"."""
    return Formula(f'=IF({PERIOD_AT}=0,"{CHOOSE}",INDEX({what},{PERIOD_AT}))', CHOOSE)


def cover_texts() -> Mapping[str, Formula]:
    """Return the formulas of the cover that show what was chosen, by label."""
    chosen = f'INDEX({AGENCIES},{AGENCY_AT})&"{_JOINT}"&INDEX({PERIODS},{PERIOD_AT})'
    shown = f'=IF(OR({AGENCY_AT}=0,{PERIOD_AT}=0),"{NO_CHOICE}",IF({COUNT}=0,"{NO_ROWS}",{chosen}))'
    return {
        CUT_OFF_LABEL: shown_text("DM_ChotSoLieu"),
        SENDING_LABEL: shown_text("DM_ThoiHan"),
        SHOWN_LABEL: Formula(shown, NO_CHOICE),
    }


def title_texts() -> tuple[Formula, Formula]:
    """Return the formulas of the two lines above the form that name agency and period."""
    whose = f"{AGENCY_LABEL}: {CHOOSE}"
    when = f"{PERIOD_LABEL}: {CHOOSE}"
    return (
        Formula(f'=IF({AGENCY_AT}=0,"{whose}","{AGENCY_LABEL}: "&INDEX({AGENCIES},{AGENCY_AT}))', whose),
        Formula(f'=IF({PERIOD_AT}=0,"{when}",INDEX(DM_DongKy,{PERIOD_AT}))', when),
    )


def heading(number: int) -> Formula:
    """Return the heading of a period column, counted from 1."""
    waiting = f"(Kỳ {number}: {CHOOSE[1:]}"
    return Formula(f'=IF({PERIOD_AT}=0,"{waiting}",INDEX({_HEADING}{number},{PERIOD_AT}))', waiting)


def cell(column: Column, slot: int) -> Formula:
    """Return the formula of a locked cell that shows one field of one row of the choice."""
    if column.field == "previous":
        found = f"INDEX({_PREVIOUS},{LAST_BEFORE}+{slot})"
    else:
        found = f"INDEX({_FIELDS[column.field]},INDEX({_GIVEN},{BEFORE}+{slot}))"
    # An empty cell looked up is 0, which is a figure, too; as text it is nothing. Dates and figures stay numbers.
    shown = f'IF(ISBLANK({found}),"",{found})' if column.field in {"due", "previous"} else f'{found}&""'
    return Formula(f'=IF({COUNT}<{slot},"",{shown})', "")


def check(copy: Copy, slot: int) -> Formula:
    """Return the Kiểm tra formula of a row of the task form."""
    row = HEADING_ROW + slot
    at = {field: f"{letter}{row}" for field, letter in selfcheck.letters(copy).items()}
    untouched = f'IF({at["role"]}="{LEAD}","{selfcheck.NOT_FILLED}","")'
    words = selfcheck.task_words(at, untouched)
    stray = f'IF(COUNTA({at["state"]}:{at["proposal"]})=0,"","{STRAY}")'
    return Formula(f'=IFERROR(IF({at["key"]}="",{stray},{words}),"{selfcheck.CELL_ERROR}")', "")


def ready(row: int) -> str:
    """Return the condition under which a row takes input: the choice is confirmed and the row shows something."""
    return f'AND({CONFIRMED}=1,$A{row}<>"")'


def dates(row: int) -> tuple[str, ...]:
    """Return the formulas of the first and last day that may be typed into a cell of a row: none until it is ready."""
    bounds = ((_FROM, 1), (_TO, 0))
    return tuple(f"=IF({ready(row)},INDEX({days},{PERIOD_AT}),{otherwise})" for days, otherwise in bounds)


# --- dropdowns of the cover


def dropdowns(places: Places) -> Mapping[str, str]:
    """Return the source of the dropdown of each choice: once something is typed, only what was confirmed.

    So a choice that was emptied can only be made again. Agency and period are not held by their own cells: Excel has
    the new content there already when it judges it. Without a choice the confirmation stays what it is.
    """
    shown, confirm = _absolute(places.shown), _absolute(places.confirm)
    return {
        places.agency: f"=IF({TYPED}=1,{KEPT_AGENCY},{AGENCIES})",
        places.period: f"=IF({TYPED}=1,{KEPT_PERIOD},{PERIODS})",
        places.confirm: f"=IF({LIST_AT}=0,{confirm},{shown})",
    }
