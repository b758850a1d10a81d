"""The sheets of a copy, described once as data: builder, reader, checks and in-sheet help are all read from here.

Headings, sheet names and their order are contract, section 4. A column with a rule is filled in by the agency
(starred in the contract); the others are locked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from kttt_xl.assignments import Assignment, deadline_words, due, stats_rows
from kttt_xl.bands import bands_words
from kttt_xl.cells import show_date
from kttt_xl.model import LEAD, STATES, Form, Indicator, Plan, Value
from kttt_xl.period import Period, cut_off_span, parse_period
from kttt_xl.sending import sending_words
from kttt_xl.sums import Sum, depths, sums_of, terms
from kttt_xl.workdays import Calendar

LAYOUT_VERSION = "2"  # what a version is stands in layout_versions; a change of columns or cover fields is a new one

COVER, LISTS, MANIFEST = "Hướng dẫn", "Danh mục", "_kttt"
SHEET_NAMES = MappingProxyType({"tasks": "Nhiệm vụ", "stats": "Số liệu"})
KIND_SLUGS = MappingProxyType({"tasks": "nhiem-vu", "stats": "so-lieu"})

# The consolidated workbook's sheets, in order (contract, section 6); a book with these is ours, not a copy.
REPORT_SHEETS = ("Tổng quan", "Chỉ tiêu", "Nhiệm vụ", "Số liệu", "Tình hình nộp", "Lỗi", "Nguồn")

FORM_TITLES = MappingProxyType({"tasks": "BIỂU KẾT QUẢ THỰC HIỆN NHIỆM VỤ", "stats": "BIỂU SỐ LIỆU CHỈ TIÊU"})
HEADING_ROW = 7  # 1-based; the title block stands above
LEGEND = "Ô nền vàng: đơn vị nhập. Ô nền xám: nội dung của kế hoạch, không sửa. Cột «Kiểm tra» báo ngay ô cần sửa."
DERIVED_MARK = "(*)"  # behind a name made from the words of a target, which the plan itself does not have
DERIVED_LEGEND = f"{DERIVED_MARK} Tên dòng suy ra từ câu chỉ tiêu của kế hoạch."

# The locked columns an officer knows a row by; a row whose key says one thing and these another is not read.
NUMBER_FIELD = "stt"
NAME_FIELDS = MappingProxyType({"tasks": "title", "stats": "name"})

# Names over Danh mục that the dropdowns use.
CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType({"DM_TrangThai": STATES, "DM_Co": ("x",)})

MAX_TEXT = 5000  # a cell of free text; longer goes into the covering letter


@dataclass(frozen=True, slots=True)
class Column:
    """A column: field name, heading, width in characters; rule when the agency fills it in (see cells.Rule.kind).

    formula marks our own native formula; help and alert are the input message and error alert (Excel allows
    255 characters); choices names a list of CHOICES.
    """

    field: str
    heading: str
    width: float
    rule: str = ""
    help: str = ""
    alert: str = ""
    choices: str = ""
    formula: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the form. key is the task id or indicator code, empty for a section row.

    texts holds the locked contents by field. rule is how this row's figures are read (statistics form); ratio
    names numerator and denominator rows; required rows must be filled in; conditional tasks may wait;
    parent is the row this one is part of; sums say how it adds up, by rows of the same form.
    """

    key: str
    texts: Mapping[str, Value]
    rule: str = ""
    ratio: tuple[str, str] | None = None
    required: bool = False
    conditional: bool = False
    parent: str = ""
    sums: tuple[Sum, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverField:
    """A field of the cover sheet that the agency may fill in, found again by its label."""

    field: str
    label: str
    help: str
    choices: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """Everything a copy shows: for whom, which period and form, its columns and rows; calendar as in sending."""

    plan: Plan
    period: Period
    kind: str
    agency: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    calendar: Calendar | None = None

    @property
    def sheet(self) -> str:
        """Return the name of the form's sheet."""
        return SHEET_NAMES[self.kind]

    @property
    def form(self) -> Form:
        """Return the plan's settings of this form."""
        return self.plan.settings.tasks if self.kind == "tasks" else self.plan.settings.stats

    @property
    def keyed(self) -> tuple[Line, ...]:
        """Return the rows that hold a task or indicator."""
        return tuple(line for line in self.lines if line.key)

    def rule(self, column: Column, line: Line) -> str:
        """Return how the agency's cell at this column and row is read; empty when the cell is locked.

        A figure is locked where it is computed (a ratio) or was accepted before (it stands in the row's texts).
        """
        if column.rule != "figure":
            return column.rule if line.key else ""
        return "" if line.ratio or column.field in line.texts else line.rule


AGENCY_LABEL = "Đơn vị báo cáo"
LIVE_LABELS = ("Số ô còn phải nhập", "Số dòng có lỗi cần sửa")
NOTHING_FIELD, RESUBMISSION_FIELD = "nothing", "resubmission"

COVER_FIELDS = (
    CoverField("filler", "Họ và tên người lập biểu", "Ghi họ và tên người điền biểu này."),
    CoverField("phone", "Số điện thoại", "Ghi số điện thoại để cơ quan tổng hợp liên hệ khi cần."),
    CoverField("email", "Thư điện tử", "Ghi địa chỉ thư điện tử để cơ quan tổng hợp gửi lại biểu khi cần sửa."),
    CoverField("letter", "Số công văn gửi kèm", "Ghi số, ký hiệu công văn gửi kèm biểu này."),
    CoverField("letter_date", "Ngày công văn gửi kèm", "Ghi ngày/tháng/năm của công văn."),
    CoverField(
        RESUBMISSION_FIELD,
        "Lý do nộp lại",
        "Chỉ ghi khi nộp lại để thay bản đã gửi. Bản có ghi lý do thay thế bản gửi trước.",
    ),
    CoverField(
        NOTHING_FIELD,
        "Không phát sinh toàn bộ",
        "Chọn x khi trong kỳ không phát sinh nội dung nào để báo cáo ở toàn bộ biểu.",
        choices="DM_Co",
    ),
)

_TEXT_ALERT = f"Nội dung dài quá {MAX_TEXT} ký tự. Rút gọn, phần chi tiết gửi kèm công văn."

TASK_COLUMNS = (
    Column("key", "Mã", 8),
    Column("stt", "STT", 6),
    Column("title", "Nhiệm vụ, đề án", 32),
    Column("role", "Vai trò", 9),
    Column("lead", "Cơ quan chủ trì", 15),
    Column("coordinating", "Cơ quan phối hợp", 16),
    Column("submit_to", "Cấp trình", 11),
    Column("product", "Sản phẩm hoàn thành", 14),
    Column("deadline", "Thời gian trình", 11),
    Column("due", "Hạn", 11),
    Column("previous", "Kỳ trước", 12),
    Column(
        "state",
        "Trạng thái",
        13,
        rule="choice",
        choices="DM_TrangThai",
        help="Bấm mũi tên bên phải ô và chọn một trạng thái. Chọn «Chờ văn bản cấp trên» khi nhiệm vụ phải đợi "
        "cấp trên ban hành văn bản.",
        alert="Chọn một trạng thái trong danh sách, không gõ chữ khác.",
    ),
    Column(
        "percent",
        "Tỷ lệ hoàn thành (%)",
        10,
        rule="completion",
        help="Gõ số phần trăm từ 0 đến 100, không gõ dấu %. Ví dụ: 95.",
        alert="Tỷ lệ hoàn thành là một số từ 0 đến 100, không gõ dấu %.",
    ),
    Column(
        "done_on",
        "Ngày hoàn thành",
        12,
        rule="date",
        help="Chỉ nhập khi trạng thái là «Hoàn thành». Gõ ngày/tháng/năm, ví dụ 15/11/2024. Cột «Kiểm tra» đọc lại "
        "ngày bằng chữ để đối chiếu.",
        alert="Gõ ngày dạng ngày/tháng/năm, ví dụ 15/11/2024.",
    ),
    Column(
        "issued",
        "Sản phẩm đã ban hành",
        14,
        rule="text",
        help="Ghi số, ký hiệu, ngày văn bản đã ban hành, ví dụ: Quyết định số …/QĐ-UBND ngày …",
        alert=_TEXT_ALERT,
    ),
    Column(
        "result",
        "Kết quả thực hiện",
        24,
        rule="text",
        help="Ghi ngắn gọn kết quả trong kỳ. Xuống dòng trong ô: Alt + Enter.",
        alert=_TEXT_ALERT,
    ),
    Column(
        "difficulty",
        "Khó khăn, vướng mắc",
        16,
        rule="text",
        help="Ghi khó khăn, vướng mắc nếu có; không có thì để trống.",
        alert=_TEXT_ALERT,
    ),
    Column(
        "proposal",
        "Kiến nghị",
        14,
        rule="text",
        help="Ghi kiến nghị với cấp trên nếu có; không có thì để trống.",
        alert=_TEXT_ALERT,
    ),
    Column("check", "Kiểm tra", 17, formula=True),
)

FIGURE_HELP: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "count": (
            "Gõ số nguyên, không gõ dấu chấm hàng nghìn hay đơn vị. Không phát sinh thì gõ 0; chưa có thì để trống.",
            "Chỉ tiêu này đếm theo đơn vị nguyên: gõ số nguyên từ 0 trở lên.",
        ),
        "decimal": (
            "Gõ số; phần thập phân dùng dấu phẩy, không gõ dấu chấm hàng nghìn. Chưa có số liệu thì để trống.",
            "Gõ một số, không gõ chữ hay đơn vị.",
        ),
        "percent": (
            "Gõ số phần trăm, không gõ dấu %. Ví dụ: 12,5. Chưa có số liệu thì để trống.",
            "Gõ một số phần trăm, không gõ dấu %.",
        ),
        "growth": (
            "Gõ tốc độ tăng theo phần trăm, không gõ dấu %. Tăng gõ 6,5; giảm gõ -6,5. Chưa có số liệu thì để trống.",
            "Gõ một số phần trăm, không gõ dấu %; giảm thì gõ số âm.",
        ),
        "text": ("Ghi ngắn gọn kết quả thực hiện bằng lời.", _TEXT_ALERT),
    }
)


def stats_columns(periods: tuple[Period, ...]) -> tuple[Column, ...]:
    """Return the columns of the statistics form for its period window."""
    return (
        Column("key", "Mã", 8),
        Column("stt", "STT", 6),
        Column("name", "Chỉ tiêu", 52),
        Column("unit", "Đơn vị tính", 13),
        Column("previous", "Kỳ trước", 13),
        *(Column(period.code, period.name, 15, rule="figure") for period in periods),
        Column(
            "note",
            "Ghi chú",
            26,
            rule="text",
            help="Ghi nguồn số liệu hoặc giải thích khi số liệu thay đổi nhiều so với kỳ trước.",
            alert=_TEXT_ALERT,
        ),
        Column("check", "Kiểm tra", 22, formula=True),
    )


def window(plan: Plan, period: Period) -> tuple[Period, ...]:
    """Return the periods that the statistics form of a period asks for (offsets from it, or fixed codes)."""
    return tuple(_shift(period, item) for item in plan.settings.stats.window)


def _shift(period: Period, item: int | str) -> Period:
    if isinstance(item, str):
        return parse_period(item)
    for _ in range(abs(item)):
        period = period.next() if item > 0 else period.previous()
    return period


def task_copy(
    plan: Plan,
    period: Period,
    agency: str,
    assigned: tuple[Assignment, ...],
    previous: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Copy:
    """Return the task copy of an agency; previous maps (task id, agency) to the state of the period before."""
    lines: list[Line] = []
    section = ""
    for assignment in assigned:
        task = assignment.task
        if task.section != section:
            section = task.section
            lines.append(Line("", {"title": section}))
        texts: dict[str, Value] = {
            "stt": task.id,
            "title": task.title,
            "role": assignment.role,
            "lead": task.lead_text or "; ".join(task.lead),
            "coordinating": task.coordinating_text,
            "submit_to": task.submit_to,
            "product": task.product,
            "deadline": deadline_words(task),
            "due": due(plan, task, agency, period),
            "previous": previous.get((task.id, agency)),
        }
        required = assignment.role == LEAD
        lines.append(Line(task.id, texts, required=required, conditional=task.deadline.conditional))
    return Copy(plan, period, "tasks", agency, TASK_COLUMNS, tuple(lines))


def stats_copy(
    plan: Plan,
    period: Period,
    agency: str,
    previous: Mapping[str, Value] = MappingProxyType({}),
    settled: Mapping[tuple[str, str], Value] = MappingProxyType({}),
    asked_for: tuple[Indicator, ...] = (),
) -> Copy:
    """Return the statistics copy of an agency: the rows that it is asked for, which a caller may know already.

    previous maps indicator codes to the value of the period before; settled maps (indicator code, period code)
    to values already accepted, shown locked.
    """
    columns, rows = stats_columns(window(plan, period)), asked_for or stats_rows(plan, agency)
    depth, asked = depths(rows), {indicator.code for indicator in rows}
    lines = []
    for number, indicator in enumerate(rows, start=1):
        texts: dict[str, Value] = {
            "stt": str(number),
            "name": "   " * depth[indicator.code] + indicator.name + (f" {DERIVED_MARK}" if indicator.derived else ""),
            "unit": indicator.unit,
            "previous": previous.get(indicator.code),
        }
        texts |= {code: value for (row, code), value in settled.items() if row == indicator.code}
        is_ratio = indicator.aggregation == "ratio"
        growth = indicator.nature == "growth" and indicator.value_type == "percent"
        lines.append(
            Line(
                indicator.code,
                texts,
                rule="growth" if growth else indicator.value_type,  # no share of a whole: it may be negative
                ratio=(indicator.numerator, indicator.denominator) if is_ratio else None,
                required=not is_ratio,
                parent=indicator.parent,
                sums=tuple(rule for rule in sums_of(indicator) if {code for code, _ in terms(rule)} <= asked),
            )
        )
    return Copy(plan, period, "stats", agency, columns, tuple(lines))


def plausible_dates(plan: Plan, period: Period) -> tuple[date, date]:
    """Return the first and last day that a date typed into a form of this period can mean."""
    return date(plan.start.year if plan.start else 2000, 1, 1), date(period.end.year + 1, 12, 31)


def cut_off_text(copy: Copy) -> str:
    """Return the cut-off span (chốt số liệu) of a copy in words."""
    start, end = cut_off_span(copy.period, copy.form.cut_off)
    return f"từ {show_date(start)} đến hết {show_date(end)}"


def sending_text(copy: Copy) -> str:
    """Return the sending deadline (thời hạn gửi) of a copy in words."""
    includes = copy.plan.settings.before_includes_day
    return sending_words(copy.form, copy.period, before_includes_day=includes, calendar=copy.calendar)


def bands_text(copy: Copy) -> str:
    """Return the classes that rows of a copy count by (xếp loại) and their limits; "" when none are set or needed."""
    banded = {item.code for item in copy.plan.indicators if item.banded} if copy.kind == "stats" else set()
    return bands_words(copy.plan.settings, (str(line.texts["stt"]) for line in copy.keyed if line.key in banded))


def plan_line(plan: Plan) -> str:
    """Return the line that says which document a form goes with, e.g. "Kế hoạch số … ngày … của …"."""
    dated = f" ngày {show_date(plan.issued_on)}" if plan.issued_on else ""
    number = f" số {plan.number}" if plan.number else ""
    return f"Kế hoạch{number}{dated} của {plan.issuer}"


def title_block(copy: Copy) -> tuple[str, ...]:
    """Return the lines above the form's headings, one a row from row 1; the last only where classes are to be told."""
    derived = any(str(line.texts.get("name", "")).endswith(DERIVED_MARK) for line in copy.keyed)
    return (
        FORM_TITLES[copy.kind],
        f"(Kèm theo {plan_line(copy.plan)})",
        f"{AGENCY_LABEL}: {copy.agency}",
        f"Kỳ báo cáo: {copy.period.name}. Chốt số liệu: {cut_off_text(copy)}. Thời hạn gửi: {sending_text(copy)}.",
        f"{LEGEND} {DERIVED_LEGEND}" if derived else LEGEND,
        *filter(None, (bands_text(copy),)),
    )
