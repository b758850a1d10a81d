"""The formulas of what moves with the day: attainment, verdict, pace and status, each native and by our functions.

A native formula and its twin compute over the cells of one row what attainment and progress compute, so that one date
moves them all. Only functions of Excel 2010 that LibreOffice and WPS compute alike; names of our functions stand
without a path, since a path is one computer's. Cells are named as in Excel's tables, "[@Hạn]" for the one of the row
(paper puts the addresses). Source: contract sections 7, 8, 9.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal

from kttt_xl.attainment import MET, MISSED, NO_VALUE, NOT_YET, QUALITATIVE
from kttt_xl.model import OPERATOR_WORDS
from kttt_xl.progress import (
    BEHIND,
    DONE,
    DONE_IN_TIME,
    DONE_LATE,
    DONE_UNDATED,
    DUE_SOON,
    IN_TIME,
    NO_DUE_DATE,
    NOT_STARTED,
    ON_PACE,
    OVERDUE,
    PACE_SLACK,
    PACE_TOLERANCE,
    PAUSED,
    STANDING,
    WAITING,
)

NATIVE, UDF = "native", "udf"
FUNCTIONS = (NATIVE, UDF)

TYPED_DAY = "NgayTinh"  # the name of the cell an officer types the day into
DAY = "NgayXet"  # the day of that cell, #N/A where the workbook does not hold for it

NONE = "–"  # stands where there is no value: never 0
AGAIN = "Cần tổng hợp lại"  # stands where another value of the target would count on that day
NOT_MET = "chưa có"  # stands where the date of what a conditional task waits for is not known

_NOT_BEGUN = "Chưa thực hiện"  # the state
_SOON_DAYS = 30  # what KTTT_TINH_TRANG takes for near


@dataclass(frozen=True, slots=True)
class TargetCells:
    """The cells of a target's row.

    bound is what attainment is measured by, enough what satisfies (0,9 of the bound for "khoảng"); due is empty where
    not reaching is never final, start where there is no pace; since and until are the first and the last day on which
    the value is the one that counts, empty for any.
    """

    value: str
    operator: str
    bound: str
    enough: str
    base: str
    due: str
    start: str
    since: str
    until: str
    attained: str
    verdict: str


@dataclass(frozen=True, slots=True)
class TaskCells:
    """The cells of a task's row; awaits is empty unless conditional: the day the condition was met on, or NOT_MET."""

    state: str
    due: str
    done_on: str
    start: str
    endless: str
    awaits: str


def enough(share: Decimal, low: Decimal) -> Decimal:
    """Return the least number of 15 digits, as a cell holds it, that reaches a share of a bound.

    0,9 times a bound is no sum for binary numbers: 0,9 × 0,7 comes out above 0,63.
    """
    return Context(prec=15, rounding=ROUND_CEILING).plus(share * low)


# --- targets


def attainment(at: TargetCells, functions: str) -> str:
    """Return the formula of Mức đạt (%): attainment in percent, else NONE. Source: contract section 8."""
    return f"=IF({_stands(at)},{(_attained if functions == NATIVE else _attained_udf)(at)},{_text(NONE)})"


def _attained(at: TargetCells) -> str:
    value, bound, base, none = at.value, at.bound, at.base, _text(NONE)
    up = f"IF(AND(ISNUMBER({base}),{base}<{bound}),({value}-{base})/({bound}-{base})*100"
    down = f"IF(AND(ISNUMBER({base}),{base}>{bound}),({base}-{value})/({base}-{bound})*100"
    return (
        f'IF(OR(NOT(ISNUMBER({value})),{bound}=""),{none},'
        f"IF({_is(at, '<', '<=', '=0')},"
        f"IF({_satisfied(at)},100,{down},IF(OR({value}=0,{_is(at, '=0')}),{none},{bound}/{value}*100))),"
        f"{up},IF({bound}=0,{none},{value}/{bound}*100))))"
    )


def _attained_udf(at: TargetCells) -> str:
    found = f'KTTT_TIEN_DO({_range(at.value)},{at.operator},{_range(at.bound)},"",{_range(at.base)})'
    # A sentence that says what the function could not read must stay to be read.
    return f'IF(ISNUMBER({found}),100*{found},IF({found}="",{_text(NONE)},{found}))'


def verdict(at: TargetCells, functions: str, share: Decimal, note: str = "") -> str:
    """Return the formula of Đánh giá: the verdict with what explains it, AGAIN where another value would count.

    share is what "khoảng" accepts; note stands behind the verdict on a qualitative target. Source: contract section 8.
    """
    judged = (_judged if functions == NATIVE else _judged_udf)(at)
    percent = f"{(100 * share).normalize():f}".replace(".", ",")
    about, above, below = (
        _text(f" ({words})") for words in (f"khoảng, chấp nhận từ {percent} %", "phải vượt", "phải dưới")
    )
    value, bound = at.value, at.bound
    remark = (
        f'IF(OR(NOT(ISNUMBER({value})),{bound}=""),"",'
        f"IF(AND({_is(at, 'about')},{value}>={at.enough},{value}<{bound}),{about},"
        f'IF(AND({_is(at, ">")},{value}={bound}),{above},IF(AND({_is(at, "<")},{value}={bound}),{below},""))))'
    )
    told = f"&{_text(f' {note}')}" if note else ""
    return f"=IF({_stands(at)},{judged}&{remark}{told},{_text(AGAIN)})"


def _judged(at: TargetCells) -> str:
    return (
        f"IF({_is(at, 'qualitative')},{_text(QUALITATIVE)},"
        f'IF(OR(NOT(ISNUMBER({at.value})),{at.enough}=""),{_text(NO_VALUE)},'
        f"IF({_satisfied(at)},{_text(MET)},"
        f'IF(AND({at.due}<>"",{DAY}>{at.due}),{_text(MISSED)},{_text(NOT_YET)}))))'
    )


def _judged_udf(at: TargetCells) -> str:
    # KTTT_DANH_GIA knows no other share of a bound than 0,9.
    operator = f"IF({_is(at, 'about')},{_text(OPERATOR_WORDS['>='])},{at.operator})"
    found = f'KTTT_DANH_GIA({_range(at.value)},{operator},{_range(at.enough)},"",{at.due},{DAY})'
    return f'IF(AND({at.enough}="",NOT({_is(at, "qualitative")})),{_text(NO_VALUE)},{found})'


def _range(cell: str) -> str:
    """Return a cell as a range of one: LibreOffice gives a function of ours 0 for a blank cell, and only a range whole.

    For days and words, where 0 means nothing, a cell does.
    """
    return f"{cell}:{cell}"


def pace(at: TargetCells) -> str:
    """Return the formula of Tiến độ, of which there is no function of ours. Source: contract section 8."""
    whole = f"({at.due}-{at.start})"
    gone = f"MIN(MAX({DAY}-{at.start},0),{whole})"
    kept = f"({at.attained}/100+{PACE_TOLERANCE})*{whole}+{PACE_SLACK:f}>={gone}"
    return (
        f'=IF({DAY},IF(OR({at.start}="",NOT(ISNUMBER({at.attained}))),{_text(NONE)},'
        f"IF(LEFT({at.verdict},{len(MET)})={_text(MET)},{_text(ON_PACE)},"
        f"IF({kept},{_text(ON_PACE)},{_text(BEHIND)}))))"
    )


def _stands(at: TargetCells) -> str:
    return f'AND({DAY}>={at.since},OR({at.until}="",{DAY}<={at.until}))'


def _satisfied(at: TargetCells) -> str:
    value, level = at.value, at.enough
    return (
        f"IF({_is(at, '>')},{value}>{level},IF({_is(at, '<')},{value}<{level},"
        f"IF({_is(at, '<=')},{value}<={level},IF({_is(at, '=0')},{value}=0,{value}>={level}))))"
    )


def _is(at: TargetCells, *operators: str) -> str:
    tests = ",".join(f"{at.operator}={_text(OPERATOR_WORDS[code])}" for code in operators)
    return f"OR({tests})" if len(operators) > 1 else tests


# --- tasks


def status(at: TaskCells, functions: str, soon_days: int = _SOON_DAYS) -> str:
    """Return the formula of Tình trạng: the first rule of contract section 7 that fits."""
    judged = (_standing if functions == NATIVE else _standing_udf)(at, soon_days)
    return f"=IF({DAY},{judged})"  # #N/A where the plan of that day is another: even what is done may then be late


def _standing(at: TaskCells, soon_days: int) -> str:
    due = at.due
    done = (
        f'IF({at.done_on}="",{_text(DONE_UNDATED)},IF({due}="",{_text(DONE)},'
        f"IF({at.done_on}<={due},{_text(DONE_IN_TIME)},{_text(DONE_LATE)})))"
    )
    return _first(
        (f"{at.state}={_text(DONE)}", done),
        (f"{at.state}={_text(PAUSED)}", _text(PAUSED)),
        (_waits(at), _text(WAITING)),
        (f'{at.endless}<>""', _text(STANDING)),
        (f'{due}=""', _text(NO_DUE_DATE)),
        (_not_started(at), _text(NOT_STARTED)),
        (f"{DAY}>{due}", _text(OVERDUE)),
        otherwise=_near(at, soon_days),
    )


def _standing_udf(at: TaskCells, soon_days: int) -> str:
    """KTTT_TINH_TRANG knows no start, no condition and no plan's setting: it is given what follows from them."""
    untold = _text(_NOT_BEGUN)
    state = f"IF({_unsaid(at)},IF({_waits(at)},{_text(WAITING)},{untold}),{at.state})"
    due = f'IF(AND({at.endless}<>"",{at.state}<>{_text(DONE)}),{_text(STANDING)},IF({at.due}="","",{at.due}))'
    found = f"KTTT_TINH_TRANG({state},{due},{at.done_on},{DAY})"
    if soon_days != _SOON_DAYS:
        found = f"IF(OR({found}={_text(DUE_SOON)},{found}={_text(IN_TIME)}),{_near(at, soon_days)},{found})"
    begun = f"{at.state}<>{_text(DONE)},{at.state}<>{_text(PAUSED)}"
    early = f'AND({begun},NOT({_waits(at)}),{at.endless}="",{at.due}<>"",{_not_started(at)})'
    return f"IF({early},{_text(NOT_STARTED)},{found})"


def _unsaid(at: TaskCells) -> str:
    return f'OR({at.state}="",{at.state}={_text(_NOT_BEGUN)},{at.state}={_text(WAITING)})'


def _waits(at: TaskCells) -> str:
    unmet = f'{at.awaits}<>"",OR(NOT(ISNUMBER({at.awaits})),N({at.awaits})>{DAY})'
    return f"AND({unmet},{_unsaid(at)})"


def _not_started(at: TaskCells) -> str:
    # From the day on which the condition is met, that day is the start.
    return f"AND(N({at.start})>{DAY},NOT(AND(ISNUMBER({at.awaits}),N({at.awaits})<={DAY})))"


def _near(at: TaskCells, soon_days: int) -> str:
    return f"IF({at.due}-{DAY}<={soon_days},{_text(DUE_SOON)},{_text(IN_TIME)})"


def _first(*cases: tuple[str, str], otherwise: str) -> str:
    """Return nested IFs: the expression of the first condition that holds, else the last one."""
    return "".join(f"IF({condition},{found}," for condition, found in cases) + otherwise + ")" * len(cases)


def _text(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'
