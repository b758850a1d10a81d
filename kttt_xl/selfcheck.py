"""The native formulas of a copy: the column Kiểm tra in words, ratios, and the live counts on the cover.

Only functions of Excel 2010 that LibreOffice and WPS compute alike. Each is returned with the value it has in
an empty form, which is written beside it: Protected View and phones show cached values.
"""

from dataclasses import dataclass

from kttt_xl.cells import column_letter
from kttt_xl.layout import HEADING_ROW, MAX_TEXT, Column, Copy, Line
from kttt_xl.model import LEAD

NOT_FILLED, GOOD, COMPUTED = "Chưa nhập", "Đủ", "Tự tính"


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with its value in the form as issued."""

    text: str
    cached: str | int


def letters(copy: Copy) -> dict[str, str]:
    """Return the column letter of each field of a copy."""
    return {column.field: column_letter(number) for number, column in enumerate(copy.columns, start=1)}


def line_rows(copy: Copy) -> dict[str, int]:
    """Return the row number of each keyed row of a copy."""
    return {line.key: HEADING_ROW + at for at, line in enumerate(copy.lines, start=1) if line.key}


def last_row(copy: Copy) -> int:
    """Return the number of the last row of the form."""
    return HEADING_ROW + len(copy.lines)


def check(copy: Copy, line: Line, row: int) -> Formula:
    """Return the Kiểm tra formula of a row: what is missing or wrong in words, or what was understood."""
    return _task_check(copy, row, line) if copy.kind == "tasks" else _figure_check(copy, line, row)


def _task_check(copy: Copy, row: int, line: Line) -> Formula:
    at = {field: f"{letter}{row}" for field, letter in letters(copy).items()}
    state, percent, done = at["state"], at["percent"], at["done_on"]
    texts = ",".join(f"LEN({at[field]})" for field in ("issued", "result", "difficulty", "proposal"))
    empty = f'IF({at["role"]}="{LEAD}","{NOT_FILLED}","")'
    echo = f'"{GOOD}: ngày "&DAY({done})&" tháng "&MONTH({done})&" năm "&YEAR({done})'
    text = (
        f"=IF(COUNTA({state}:{at['proposal']})=0,{empty},"
        f'IF({state}="","Thiếu trạng thái",'
        f'IF(ISNA(MATCH({state},DM_TrangThai,0)),"Trạng thái không có trong danh sách",'
        f'IF(ISTEXT({percent}),"Tỷ lệ phải là số",'
        f'IF(OR({percent}<0,{percent}>100),"Tỷ lệ phải từ 0 đến 100",'
        f'IF(ISTEXT({done}),"Ngày phải dạng ngày/tháng/năm",'
        f'IF(AND({state}="Hoàn thành",{done}=""),"Thiếu ngày hoàn thành",'
        f'IF(AND({done}<>"",{state}<>"Hoàn thành"),"Có ngày nhưng chưa hoàn thành",'
        f'IF(MAX({texts})>{MAX_TEXT},"Nội dung quá dài",'
        f'IF({done}<>"",{echo},"{GOOD}"))))))))))'
    )
    return Formula(text, NOT_FILLED if line.required else "")


def _figure_check(copy: Copy, line: Line, row: int) -> Formula:
    cells = [f"{letter}{row}" for letter in figure_letters(copy)]
    if line.ratio:
        last = cells[-1]
        return Formula(
            f'=IF({last}="","{COMPUTED}",IF(OR({last}<0,{last}>100),"Tỷ lệ ngoài 0 – 100 %","= "&ROUND({last},2)&" %"))',
            COMPUTED,
        )
    if line.rule == "text":
        return Formula(f'=IF({cells[-1]}="","{NOT_FILLED}","{GOOD}")', NOT_FILLED)
    if len(cells) > 1:
        span = f"{cells[0]}:{cells[-1]}"
        return Formula(
            f'=IF(COUNTBLANK({span})={len(cells)},"{NOT_FILLED}",'
            f'IF(COUNTBLANK({span})+COUNT({span})<{len(cells)},"Có ô không phải số",'
            f'IF(COUNTBLANK({span})>0,"{GOOD}, còn "&COUNTBLANK({span})&" ô trống","{GOOD}")))',
            NOT_FILLED,
        )
    cell = cells[0]
    text = f'"= "&{cell}'
    if line.rule == "count":
        text = f'IF({cell}<>INT({cell}),"Phải là số nguyên",{text})'
    if line.rule != "decimal":  # a loss is a negative figure; a count or a share is not
        text = f'IF({cell}<0,"Không được âm",{text})'
    text = f'=IF({cell}="","{NOT_FILLED}",IF(NOT(ISNUMBER({cell})),"Phải là số",{text}))'
    return Formula(text, NOT_FILLED)


def figure_letters(copy: Copy) -> list[str]:
    """Return the letters of the period columns of a statistics form."""
    return [column_letter(n) for n, column in enumerate(copy.columns, start=1) if column.rule == "figure"]


def ratio(line: Line, column: Column, copy: Copy) -> Formula:
    """Return the ratio of a row's two counts in percent, blank while either is missing or the whole is zero."""
    if line.ratio is None:
        raise ValueError(f"{line.key} is not a ratio")
    letter, rows = letters(copy)[column.field], line_rows(copy)
    part, whole = (f"{letter}{rows[code]}" for code in line.ratio)
    return Formula(f'=IF(AND(ISNUMBER({part}),ISNUMBER({whole})),IF({whole}=0,"",{part}/{whole}*100),"")', "")


@dataclass(frozen=True, slots=True)
class LiveCount:
    """A live count on the cover: its label, the count, and a link to the first cell it counts."""

    label: str
    count: Formula
    link: Formula


def live_counts(copy: Copy, count_cells: tuple[str, str]) -> tuple[LiveCount, LiveCount]:
    """Return the counts of cells to fill and rows in error; count_cells are where the two counts stand."""
    top, bottom, at = HEADING_ROW + 1, last_row(copy), letters(copy)
    sheet = f"'{copy.sheet}'!"

    def span(field: str) -> str:
        return f"{sheet}${at[field]}${top}:${at[field]}${bottom}"

    if copy.kind == "tasks":
        to_fill = f'({span("role")}="{LEAD}")*({span("state")}="")'
        first_input = at["state"]
    else:
        to_fill = f'({span("check")}="{NOT_FILLED}")*1'
        first_input = figure_letters(copy)[0]
    check_span = span("check")
    fine = "*".join(
        f'(LEFT({check_span},{len(start)})<>"{start}")' for start in (NOT_FILLED, GOOD, COMPUTED, "=")
    )
    wrong = f'({check_span}<>"")*{fine}'
    required = sum(line.required for line in copy.keyed)
    return (
        _live("Số ô còn phải nhập", to_fill, first_input, required, count_cells[0], copy),
        _live("Số dòng có lỗi cần sửa", wrong, first_input, 0, count_cells[1], copy),
    )


def _live(label: str, condition: str, letter: str, now: int, count_cell: str, copy: Copy) -> LiveCount:
    # SUMPRODUCT makes every version compute the inner expression as an array, without Ctrl+Shift+Enter.
    rows = f"ROW('{copy.sheet}'!$A${HEADING_ROW + 1}:$A${last_row(copy)})"
    first = f"SUMPRODUCT(MIN({rows}+1000000*(1-{condition})))"
    target = f"\"#'{copy.sheet}'!{letter}\"&{first}"
    words = "Đến ô đầu tiên"
    return LiveCount(
        label,
        Formula(f"=SUMPRODUCT({condition})", now),
        Formula(
            f'=IF({count_cell}=0,"Không có",HYPERLINK({target},"{words}"))', words if now else "Không có"
        ),
    )
