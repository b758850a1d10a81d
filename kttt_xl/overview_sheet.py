"""Tổng quan, the one page that a leader reads: A4 portrait, with the day that statuses and verdicts are computed for.

An officer changes that day in its cell; what moves with it and what does not is said beside it. Source: contract
section 6.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kttt_xl import recount
from kttt_xl.attainment import VERDICTS
from kttt_xl.cells import show_date
from kttt_xl.consolidation import Consolidated
from kttt_xl.cover import INPUT, protect, set_page
from kttt_xl.layout import plan_line
from kttt_xl.paper import RED, Computed, Link, Paper, height
from kttt_xl.period import LAST_YEAR
from kttt_xl.progress import BEHIND, STATUSES
from kttt_xl.recount import TaskParts
from kttt_xl.twins import AGAIN, DAY, TYPED_DAY, UDF

Line = tuple[str, str | int, str | Link]  # label, value, what it counts

DAY_LABEL = "Tính đến ngày"
WAITING_LABEL, OF_DUE, OF_ALL = (
    "Chờ văn bản cấp trên, đã qua hạn", "Hoàn thành trong số đã đến hạn", "Hoàn thành trong tất cả",
)  # fmt: skip

_WIDTHS = (1, 34, 12, 46)  # characters of the columns; the one after them is hidden
_EARLIEST, _LATEST = date(2000, 1, 1), date(LAST_YEAR, 12, 31)  # 2024 typed as a day is one of 1905
_DAY_BEFORE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Live:
    """What the lines of a section are computed by: formulas of value and words, by label, and all there is to count.

    kinds gives the expression for each label of those that add up to total; not all of them have a line.
    """

    lines: Mapping[str, tuple[str, str]]
    kinds: Mapping[str, str]
    total: int


def live_tasks(column: TaskParts, total: int, of_due: str, of_all: str) -> Live:
    """Return the formulas of the section on tasks; of_due and of_all stand behind the two counts of a rate."""
    kinds = {status: recount.with_status(column, status) for status in STATUSES}
    due, every = recount.completed_of_due(column), recount.completed_of_all(column)
    before, after = of_due.split("{}")
    told = f'={due[0]}&"/"&{due[1]}&"{before}"&{recount.day_words()}&"{after}"'
    told_all = f'={every[0]}&"/"&{every[1]}&"{of_all}"'
    rates = {OF_DUE: (recount.rate(*due), told), OF_ALL: (recount.rate(*every), told_all)}
    waiting = {WAITING_LABEL: (f"={recount.waiting_past_due(column)}", "")}
    return Live({status: (f"={count}", "") for status, count in kinds.items()} | waiting | rates, kinds, total)


def live_targets(verdicts: str, paces: str, total: int) -> Live:
    """Return the formulas of the section on targets, over the columns of verdicts and paces."""
    kinds = {verdict: recount.beginning(verdicts, verdict) for verdict in (*VERDICTS, AGAIN)}
    lines = {label: (f"={count}", "") for label, count in (kinds | {BEHIND: recount.beginning(paces, BEHIND)}).items()}
    return Live(lines, kinds, total)


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page says: facts by label, an alarm or "", sections by title, and the formulas of those that move."""

    facts: Mapping[str, str]
    alarm: str
    sections: Mapping[str, Sequence[Line]]
    live: Mapping[str, Live]


def write_overview(paper: Paper, sheet: Any, result: Consolidated, told: Overview, functions: str) -> None:
    """Write the page: the plan, the facts, the day, an alarm if there is one, and the sections."""
    plan, page = result.plan, _Page(paper, sheet)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    paper.wide(sheet, 0, "TỔNG HỢP TÌNH HÌNH THỰC HIỆN KẾ HOẠCH", (1, 3), 60, bold=True, font_size=14, align="center")
    paper.wide(sheet, 1, " ".join(plan.title.split()), (1, 3), 86, bold=True, align="center")
    paper.wide(sheet, 2, plan_line(plan), (1, 3), 90, italic=True, align="center")
    page.row = 3
    for label, text in told.facts.items():
        page.row += 1
        paper.wide(sheet, page.row, text, (2, 3), 58)
        paper.put(sheet, page.row, 1, label, bold=True)
    page.day(result, functions)
    if told.alarm:
        page.row += 2
        paper.wide(sheet, page.row, told.alarm, (1, 3), 78, bold=True, font_color=RED, bg_color="#FFE3E3", border=1)
    for title, lines in told.sections.items():
        page.section(title, lines, told.live.get(title))
    sheet.print_area(0, 0, page.row, 3)
    set_page(sheet)
    sheet.fit_to_pages(1, 1)
    protect(sheet)


def moved(result: Consolidated) -> Computed:
    """Return the words above a table whose cells are computed for another day than the consolidation's: "" at first."""
    words = f'"Đã tính lại đến ngày "&{recount.day_words()}&"; phần khác giữ đến ngày tổng hợp."'
    return Computed(f'=IF({DAY}={_excel(result.as_of)},"",{words})', "")


class _Page:
    """The rows of the page, one below the other; row is the last one written, 0-based."""

    def __init__(self, paper: Paper, sheet: Any) -> None:
        self.paper, self.sheet, self.row = paper, sheet, 0

    def line(self, label: Any, value: Any, note: Any, **look: Any) -> None:
        self.sheet.set_row(self.row, height((label, value, note), _WIDTHS[1:]))
        self.paper.put(self.sheet, self.row, 1, label)
        self.paper.put(self.sheet, self.row, 2, value, bold=True, align="right", indent=1)
        self.paper.put(self.sheet, self.row, 3, note, **look)

    def section(self, title: str, lines: Sequence[Line], live: Live | None) -> None:
        """Write a section; what has no line in it until the day moves stands in the empty row before the next."""
        self.row += 2
        self.paper.wide(self.sheet, self.row, title, (1, 3), 90, bold=True, bottom=1, font_color="#1F4E79")
        first = self.row + 2
        for label, value, note in lines:
            self.row += 1
            formulas = live.lines.get(label) if live else None
            computed = zip(formulas, (value, note), strict=True) if formulas else ()
            cells = [
                Computed(formula, cached) if formula and not isinstance(cached, Link) else cached
                for formula, cached in computed
            ]
            self.line(label, *(cells or (value, note)))
        if live:
            listed = [label for label, _, _ in lines if label in live.kinds]
            self.rest(live, listed, f"C{first}:C{first + len(listed) - 1}")

    def rest(self, live: Live, listed: Sequence[str], counted: str) -> None:
        """Write the line below a section that is empty until what has no line of its own counts something."""
        if not listed:
            return
        below, others = self.row + 1, [item for item in live.kinds.items() if item[0] not in listed]
        count = f"C{below + 1}"
        texts = (f'=IF({count}="","","Khác")', recount.rest(live.total, counted),
                 f'=IF({count}="","",{recount.listed(others)[1:]})')  # fmt: skip
        looks: Iterable[dict[str, Any]] = ({}, {"bold": True, "align": "right", "indent": 1}, {})
        for column, (text, look) in enumerate(zip(texts, looks, strict=True), start=1):
            self.paper.put(self.sheet, below, column, Computed(text, ""), **look)

    def day(self, result: Consolidated, functions: str) -> None:
        """Write the cell of the day, its name, what it may be, and the words beside it.

        The cell that formulas read is a hidden one, which is #N/A for what is no day of this workbook's plan: data
        validation does not stop somebody who pastes.
        """
        as_of, changes = result.as_of, [item.valid_from for item in result.plan.adjustments]
        first = result.plan_since or min(_EARLIEST, as_of)
        last = min(changes) - _DAY_BEFORE if changes else max(_LATEST, as_of)
        self.row += 1
        row, sheet = self.row, self.sheet
        typed, checked = f"$C${row + 1}", f"$E${row + 1}"
        sides = f"AND({typed}>={_excel(first)},{typed}<={_excel(last)})"
        fits = f"IF(ISNUMBER({typed}),IF({sides},INT({typed}),NA()),NA())"
        untouched, touched, wrong = _words(result, (first, last), functions)
        words = f'=IF(ISNUMBER({checked}),IF({checked}={_excel(as_of)},"{untouched}","{touched}"),"{wrong}")'
        sheet.set_row(row, height((untouched, touched, wrong), (_WIDTHS[3] - 2,) * 3))
        self.paper.put(sheet, row, 1, DAY_LABEL, bold=True)
        self.paper.put(sheet, row, 2, as_of, locked=False, bg_color=INPUT, border=1, bold=True, valign="vcenter")
        self.paper.put(sheet, row, 3, Computed(words, untouched), italic=True, align="left", indent=1)
        self.paper.put(sheet, row, 4, Computed(f"={fits}", as_of))
        sheet.set_column(4, 4, 11, None, {"hidden": True})
        allowed = f"Từ {show_date(first)} đến {show_date(last)}"
        sheet.data_validation(row, 2, row, 2, {
            "validate": "date", "criteria": "between", "minimum": first, "maximum": last,
            "input_title": DAY_LABEL, "input_message": "Gõ ngày cần tính, ví dụ 31/12/2024.",
            "error_title": "Chưa đúng ngày", "error_message": f"{allowed}. Ngoài khoảng này: tổng hợp lại.",
        })  # fmt: skip
        name = sheet.get_name()
        self.paper.book.define_name(TYPED_DAY, f"='{name}'!{typed}")
        self.paper.book.define_name(DAY, f"='{name}'!{checked}")


def _words(result: Consolidated, days: tuple[date, date], functions: str) -> tuple[str, str, str]:
    """Return what stands beside the day: as consolidated, on another day, and for what is no day."""
    moves = "tình trạng nhiệm vụ, mức đạt, đánh giá, tiến độ và các số đếm của chúng"
    with_addin = " Cần có add-in KTTT." if functions == UDF else ""
    why = "kế hoạch có điều chỉnh; " if result.plan_since or result.plan.adjustments else ""
    between = f"từ {show_date(days[0])} đến {show_date(days[1])}"
    return (
        f"Đổi ngày này thì {moves} tính lại theo.{with_addin} Phần khác giữ đến ngày tổng hợp.",
        f"ĐÃ ĐỔI: {moves} tính đến ngày này. Phần khác vẫn đến {show_date(result.as_of)}; tính lại hết: tổng hợp lại.",
        f"CHÚ Ý: không tính được đến ngày này ({why}sổ này dùng được {between}). Ghi ngày khác hoặc tổng hợp lại.",
    )


def _excel(day: date) -> int:
    """Return the number that Excel holds a day as."""
    return (day - date(1899, 12, 30)).days
