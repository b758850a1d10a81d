"""The native formulas of a copy: the column Kiểm tra in words, ratios, and the live counts on the cover.

Only functions of Excel 2010 that LibreOffice and WPS compute alike. Each is returned with the value it has in
the form as issued, which is written beside it: Protected View and phones show cached values.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from kttt_xl.cells import address, column_letter, show_number
from kttt_xl.layout import HEADING_ROW, LIVE_LABELS, MAX_TEXT, Column, Copy, Line
from kttt_xl.model import LEAD
from kttt_xl.sums import CLOSING, LIMIT, WHOLE, opening_period, terms

# How a Kiểm tra text begins when nothing is wrong; every other text says what is.
NOT_FILLED, GOOD, COMPUTED, SETTLED, ECHO = "Chưa nhập", "Đủ", "Tự tính", "Đã chốt", "="
CELL_ERROR = "Có ô báo lỗi Excel"  # what Kiểm tra says then; ends each of its formulas
_BEGINNINGS = ("IFERROR(", "IF(AND(ISNUMBER(")  # of the formulas in the form
_TOO_LONG, _NO_SHARE = "Nội dung quá dài", "Tỷ lệ ngoài 0 – 100 %"
_UNEQUAL = MappingProxyType(
    {WHOLE: "Các phần cộng lại khác tổng", LIMIT: "", CLOSING: "Cuối kỳ khác đầu kỳ cộng tăng trừ giảm"}
)
_WIDE, _FAR = 1000, 10**9  # more columns, and a farther place, than a form has: see _first_place


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with its value in the form as issued."""

    text: str
    cached: str | int | float


def is_ours(formula: str) -> bool:
    """Tell whether a cell's formula is one that a form is issued with, as far as its beginning tells.

    "?" is one of a run of like formulas: Excel writes only the first one's text (shared formulas).
    """
    return formula == "?" or formula.startswith(_BEGINNINGS)


def is_check(formula: str) -> bool:
    """Tell whether a formula is one of the column Kiểm tra, in whatever column it stands now."""
    return formula.startswith(_BEGINNINGS[0]) and formula.endswith(f',"{CELL_ERROR}")')


@dataclass(frozen=True, slots=True)
class LiveCount:
    """A live count on the cover: its label, the count, and a link to the first cell it counts."""

    label: str
    count: Formula
    link: Formula


def letters(copy: Copy) -> dict[str, str]:
    """Return the column letter of each field of a copy."""
    return {column.field: column_letter(number) for number, column in enumerate(copy.columns, start=1)}


def line_rows(copy: Copy) -> dict[str, int]:
    """Return the row number of each keyed row of a copy."""
    return {line.key: HEADING_ROW + at for at, line in enumerate(copy.lines, start=1) if line.key}


def last_row(copy: Copy) -> int:
    """Return the number of the last row of the form."""
    return HEADING_ROW + len(copy.lines)


def figure_columns(copy: Copy) -> list[int]:
    """Return the numbers of the period columns of a statistics form."""
    return [number for number, column in enumerate(copy.columns, start=1) if column.rule == "figure"]


def check(copy: Copy, line: Line, row: int) -> Formula:
    """Return the Kiểm tra formula of a row: what is missing or wrong in words, or what was understood."""
    words, now = _task_check(copy, line, row) if copy.kind == "tasks" else _figure_check(copy, line, row)
    # An error value in one cell must not spread to the counts on the cover.
    return Formula(f'=IFERROR({words},"{CELL_ERROR}")', now)


def _first(cases: Iterable[tuple[str, str]], otherwise: str) -> str:
    """Return nested IFs: the words of the first condition that holds, else the last expression."""
    listed = list(cases)
    return "".join(f'IF({condition},"{words}",' for condition, words in listed) + otherwise + ")" * len(listed)


def _task_check(copy: Copy, line: Line, row: int) -> tuple[str, str]:
    at = {field: f"{letter}{row}" for field, letter in letters(copy).items()}
    untouched = NOT_FILLED if line.required else ""
    return task_words(at, f'"{untouched}"'), untouched


def task_words(at: Mapping[str, str], untouched: str) -> str:
    """Return the expression that checks a row of the task form; at gives the cell of each field.

    untouched is the expression for a row in which nothing was typed.
    """
    state, percent, done = at["state"], at["percent"], at["done_on"]
    texts = ",".join(f"LEN({at[field]})" for field in ("issued", "result", "difficulty", "proposal"))
    cases = (
        (f'{state}=""', "Thiếu trạng thái"),
        (f"ISNA(MATCH({state},DM_TrangThai,0))", "Trạng thái không có trong danh sách"),
        (f'AND({percent}<>"",NOT(ISNUMBER({percent})))', "Tỷ lệ phải là số"),
        (f"OR({percent}<0,{percent}>100)", "Tỷ lệ phải từ 0 đến 100"),
        (f"AND({percent}>0,{percent}<1)", "Gõ tỷ lệ theo phần trăm, ví dụ 95"),
        (f'AND({done}<>"",NOT(ISNUMBER({done})))', "Ngày phải dạng ngày/tháng/năm"),
        (f'AND({state}="Hoàn thành",{done}="")', "Thiếu ngày hoàn thành"),
        (f'AND({done}<>"",{state}<>"Hoàn thành")', "Có ngày nhưng chưa hoàn thành"),
        (f'AND({state}="Hoàn thành",{percent}<>"",{percent}<>100)', "Hoàn thành nhưng tỷ lệ khác 100"),
        (f"MAX({texts})>{MAX_TEXT}", _TOO_LONG),
    )
    day = f'"{GOOD}: ngày "&DAY({done})&" tháng "&MONTH({done})&" năm "&YEAR({done})'
    words = _first(cases, f'IF({done}<>"",{day},"{GOOD}")')
    return f"IF(COUNTA({state}:{at['proposal']})=0,{untouched},{words})"


def _figure_check(copy: Copy, line: Line, row: int) -> tuple[str, str]:
    if line.ratio:
        cell = address(row, figure_columns(copy)[-1])
        cases = [(f'{cell}=""', COMPUTED), (f"OR({cell}<0,{cell}>100)", _NO_SHARE)]
        share = _settled_share(copy, line, copy.columns[figure_columns(copy)[-1] - 1])
        now = COMPUTED if share is None else _NO_SHARE
        if share is not None and 0 <= share <= 100:
            now = f"{ECHO} {show_number(round(share, 2))} %"
        return _first(cases, f'"{ECHO} "&ROUND({cell},2)&" %"'), now
    numbered = enumerate(copy.columns, start=1)
    cells = [address(row, at) for at, column in numbered if column.rule == "figure" and copy.rule(column, line)]
    if not cells:
        return f'"{SETTLED}"', SETTLED
    faults = {
        "Phải là số": _each("OR", 'AND({0}<>"",NOT(ISNUMBER({0})))', cells),
        "Không được âm": _each("OR", "{0}<0", cells),
        "Phải là số nguyên": _each("OR", "{0}<>INT({0})", cells),
        _TOO_LONG: _each("OR", f"LEN({{0}})>{MAX_TEXT}", cells),
    }
    wrong = {
        "count": ("Phải là số", "Không được âm", "Phải là số nguyên"),
        "percent": ("Phải là số", "Không được âm"),
        "growth": ("Phải là số",),
        "decimal": ("Phải là số",),  # a loss is a negative figure
        "text": (_TOO_LONG,),
    }[line.rule]
    empty = _each("AND", '{0}=""', cells)
    if len(cells) > 1:
        blanks = "+".join(f'({cell}="")' for cell in cells)
        understood = f'"{GOOD}"&IF({blanks}>0,", còn "&({blanks})&" ô trống","")'
    else:
        understood = f'"{GOOD}"' if line.rule == "text" else f'"{ECHO} "&{cells[0]}'
    told = [(faults[words], words) for words in wrong] + list(_sum_faults(copy, line, row))
    return _first([(empty, NOT_FILLED), *told], understood), NOT_FILLED


def _sum_faults(copy: Copy, line: Line, row: int) -> Iterator[tuple[str, str]]:
    """Yield a condition and its words for each sum of a row, over the columns that the agency fills in.

    As in checks, a blank silences it, but where the parts that are there are too many already. Rounded: a program adds
    0,1 and 0,2 in binary.
    """
    at, rows = letters(copy), line_rows(copy)
    counts = {other.key for other in copy.keyed if other.rule == "count"}
    fields = [column.field for column in copy.columns if column.rule == "figure" and copy.rule(column, line)]
    for kind, codes in ((rule[0], terms(rule)) for rule in line.sums):
        too_many, unequal = [], []
        for field in fields:
            whole, opening = f"{at[field]}{row}", _opening(copy, field, row) if kind == CLOSING else ""
            cells = [f"{at[field]}{rows[code]}" for code, _ in codes]
            signs = ("-" if sign < 0 else "+" for _, sign in codes)
            signed = "".join(f"{sign}N({cell})" for sign, cell in zip(signs, cells, strict=True))
            needed = [whole, *cells, *filter(None, [opening])]
            all_there = f"COUNT({','.join(needed)})={len(needed)}"
            more = f"ROUND(N({opening or 0}){signed}-N({whole}),6)"
            if kind != CLOSING:
                enough = f"ISNUMBER({whole})" if {code for code, _ in codes} <= counts else all_there
                too_many.append(f"AND({enough},{more}>0)")
            if kind == WHOLE or opening:
                unequal.append(f"AND({all_there},{more}<>0)")
        for found, words in ((too_many, "Các phần cộng lại lớn hơn tổng"), (unequal, _UNEQUAL[kind])):
            if found:
                yield f"OR({','.join(found)})", words


def _opening(copy: Copy, field: str, row: int) -> str:
    """Return the cell that holds a row's figure at the beginning of a column's period; "" where the form has none."""
    at, before = letters(copy), opening_period(field)
    if before and before not in at and field == copy.period.code:
        return f"{at['previous']}{row}"
    return f"{at[before]}{row}" if before in at else ""


def _each(joined: str, condition: str, cells: Iterable[str]) -> str:
    """Return the condition for every cell, which stands in it as {0}, joined by AND or OR."""
    return f"{joined}({','.join(condition.format(cell) for cell in cells)})"


def ratio(line: Line, column: Column, copy: Copy) -> Formula:
    """Return the ratio of a row's two counts in percent, blank while either is missing or the whole is zero."""
    if line.ratio is None:
        raise ValueError(f"{line.key} is not a ratio")
    letter, rows = letters(copy)[column.field], line_rows(copy)
    part, whole = (f"{letter}{rows[code]}" for code in line.ratio)
    share = _settled_share(copy, line, column)
    return Formula(
        f'=IF(AND(ISNUMBER({part}),ISNUMBER({whole})),IF({whole}=0,"",{part}/{whole}*100),"")',
        "" if share is None else float(share),
    )


def _settled_share(copy: Copy, line: Line, column: Column) -> Decimal | None:
    """Return the share that two settled counts give in the form as issued."""
    texts = {other.key: other.texts.get(column.field) for other in copy.keyed}
    part, whole = (texts.get(code) for code in line.ratio or ("", ""))
    return part / whole * 100 if isinstance(part, Decimal) and isinstance(whole, Decimal) and whole else None


def live_counts(copy: Copy, count_cells: tuple[str, str]) -> tuple[LiveCount, LiveCount]:
    """Return the counts of cells to fill and of rows in error; count_cells are where the two counts stand.

    The first link leads to the cell to fill, the second to the words in Kiểm tra that say what is wrong.
    """
    top, bottom, at = HEADING_ROW + 1, last_row(copy), letters(copy)

    def span(first: str, last: str = "") -> str:
        return f"'{copy.sheet}'!${first}${top}:${last or first}${bottom}"

    if copy.kind == "tasks":
        places = span(at["state"])
        to_fill = f'({span(at["role"])}="{LEAD}")*ISBLANK({places})'
        now = sum(line.required for line in copy.keyed)
    else:
        places = span(*(column_letter(figure_columns(copy)[end]) for end in (0, -1)))
        to_fill = f"ISBLANK({places})*1"  # neither a ratio's formula nor a settled figure is blank
        figures = [column for column in copy.columns if column.rule == "figure"]
        now = sum(bool(copy.rule(column, line)) for line in copy.keyed for column in figures)
    words = span(at["check"])
    harmless = (NOT_FILLED, GOOD, COMPUTED, SETTLED, ECHO)
    wrong = f'({words}<>"")*' + "*".join(f'(LEFT({words},{len(start)})<>"{start}")' for start in harmless)
    return (
        _live(LIVE_LABELS[0], to_fill, now, count_cells[0], _link(copy.sheet, places, to_fill)),
        _live(LIVE_LABELS[1], wrong, 0, count_cells[1], _link(copy.sheet, words, wrong)),
    )


def _link(sheet: str, places: str, condition: str) -> str:
    """Return the formula of a link to the first of the places where the condition holds, row by row."""
    # SUMPRODUCT makes every version compute the inner expression as an array, without Ctrl+Shift+Enter.
    first = f"SUMPRODUCT(MIN(ROW({places})*{_WIDE}+COLUMN({places})+{_FAR}*(1-{condition})))"
    return f'HYPERLINK("#\'{sheet}\'!"&ADDRESS(INT({first}/{_WIDE}),MOD({first},{_WIDE})),"Đến ô đầu tiên")'


def _live(label: str, condition: str, now: int, count_cell: str, link: str) -> LiveCount:
    none = "Không có"
    return LiveCount(
        label,
        Formula(f"=SUMPRODUCT({condition})", now),
        Formula(f'=IF({count_cell}=0,"{none}",{link})', "Đến ô đầu tiên" if now else none),
    )
