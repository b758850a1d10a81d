"""The plan and what comes back for it: plain frozen values; no Excel, no files, no pandas.

Chỉ tiêu means both indicator and target in offices: here they are two words, on the sheets they are one.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kttt_xl.period import Deadline, Period

# What an agency typed, once it has been read: a number, a text, a date, or None for "not reported".
Value = Decimal | str | date | None

KINDS = ("tasks", "stats")  # the two forms: nhiệm vụ, số liệu

STATES = ("Chưa thực hiện", "Đang thực hiện", "Hoàn thành", "Chờ văn bản cấp trên", "Tạm dừng")

LEAD, COORDINATING = "Chủ trì", "Phối hợp"
FORMER_LEAD = "Thôi chủ trì"  # of a row only: it led the task until a document took that away, and reports on it

# What a document may change after a plan was issued (contract, section 7), in the words of sheets and CSV files.
SUBJECTS = TASK, TARGET = ("nhiệm vụ", "chỉ tiêu")
ADJUSTMENT_KINDS = EXTENSION, WITHDRAWAL, REASSIGNMENT, AMENDMENT = ("gia hạn", "rút", "giao lại", "sửa chỉ tiêu")

# Operators of a target (contract, section 3): the code, and the word that stands in sheets and CSV files,
# never a symbol a spreadsheet could take for a formula.
OPERATOR_WORDS = {
    ">=": "từ … trở lên",
    ">": "trên",
    "<=": "không quá",
    "<": "dưới",
    "=": "đạt (mức sàn)",
    "=0": "không còn",
    "range": "trong khoảng",
    "about": "khoảng",
    "complete": "hoàn thành",
    "qualitative": "định tính",
}


@dataclass(frozen=True, slots=True)
class Member:
    """One agency of a group, and how we know: `named` by the plan, `sourced`, or `to-confirm`."""

    name: str
    mark: str


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency (cơ quan, đơn vị) under its registered name, or a group of agencies when group is true.

    aliases are the other spellings the plan uses; category is the class that groups are made of; a group
    without members is unresolved. contact is who receives letters there (người nhận, phòng). valid_from and valid_to
    are its first and last day, None where the plan does not say.
    """

    name: str
    category: str = ""
    aliases: tuple[str, ...] = ()
    group: bool = False
    members: tuple[Member, ...] = ()
    note: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """A due date that a document set: for one lead, or "" for all; instead of the day was, None for whatever it was."""

    agency: str
    was: date | None
    due: date


@dataclass(frozen=True, slots=True)
class Task:
    """A task (nhiệm vụ): who leads (chủ trì), who coordinates (phối hợp), what is due when.

    lead and coordinating hold registered names, a group being one name; the _text fields are what is
    printed. condition_met_on is when a conditional task's outside act was issued, filled in by an officer.
    extensions, of which the last that fits counts (assignments.due), former_leads, and change, what documents changed
    in words, are empty in a plan as it was issued; adjustments.in_force fills them in.
    """

    id: str
    section: str
    title: str
    lead: tuple[str, ...]
    lead_text: str
    coordinating: tuple[str, ...]
    coordinating_text: str
    submit_to: str
    product: str
    deadline_text: str
    deadline: Deadline
    condition_met_on: date | None = None
    source_note: str = ""
    extensions: tuple[Extension, ...] = ()
    former_leads: tuple[str, ...] = ()
    change: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator (chỉ tiêu thống kê): a row of the statistics form.

    nature is stock, flow, ratio or growth; aggregation is sum, weighted, ratio or none. A ratio names its
    two counts by code (numerator, denominator); a weighted average names its weight as denominator.
    value_type says how a cell is read: count, decimal, percent or text. derived marks a row whose name was
    made from the words of a target and does not stand in the plan. parts are the codes of rows that make up this one
    without overlapping, all of it when exhaustive; increases and decreases those of what changes a stock within a
    period, when they are all that does. banded: the row counts by classes (tốt, khá …), see Settings.bands.
    """

    code: str
    name: str
    unit: str
    nature: str
    aggregation: str
    numerator: str = ""
    denominator: str = ""
    parent: str = ""
    value_type: str = "count"
    derived: bool = False
    parts: tuple[str, ...] = ()
    exhaustive: bool = False
    increases: tuple[str, ...] = ()
    decreases: tuple[str, ...] = ()
    banded: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A target (mức chỉ tiêu): the value an indicator must reach, with the sentence it came from.

    indicator is the name as the plan has it, code the indicator's code. due is None for yearly targets and
    where the text has none. basis is at, yearly or average; each is a group's name when the target is set
    for each member of it. change is as for a task.
    """

    indicator: str
    code: str
    unit: str
    operator: str
    low: Decimal | None
    high: Decimal | None
    period_text: str
    due: date | None
    basis: str
    scope: str
    each: str
    base: Decimal | None
    quote: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change (điều chỉnh) of a task or target (subject, key) by a document, valid from a day.

    kind is one of ADJUSTMENT_KINDS. period_text tells the targets of one indicator apart, agency limits the change to
    one lead; "" where not needed. value is a date (gia hạn), a registered name (giao lại), a number, or low and high
    of a range (sửa chỉ tiêu), None (rút).
    """

    subject: str
    key: str
    period_text: str
    agency: str
    kind: str
    value: date | str | Decimal | tuple[Decimal, Decimal] | None
    document: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class Form:
    """The settings of one form: cut-off (chốt số liệu), sending deadline (thời hạn gửi), who gets it, columns.

    cut_off is administrative (15/12 to 14/12) or calendar; sending is the plan's own words; recipients is
    the name of an agency or group (statistics form only); window lists periods relative to the
    one asked for (whole numbers) or by code (texts). sending_working_days: the form is due so many working days after
    the last day of the cut-off; sending_roll: a due day off moves to the next working day. coordinator is who collects
    the form, empty for the plan's own coordinator.
    """

    cut_off: str = "administrative"
    sending: str = ""
    recipients: tuple[str, ...] = ()
    window: tuple[int | str, ...] = (0,)
    sending_working_days: int | None = None
    sending_roll: bool = False
    coordinator: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """A class that cooperatives are put in (xếp loại), with its limits in words: "khá", "từ 65 đến dưới 80 điểm"."""

    name: str
    limits: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What an office may set for a plan; each is printed where it matters. derived lists derived plan dates.

    bands are the classes that banded rows count by, bands_document the document that sets them; none unless set: the
    circular that did (Thông tư 01/2020/TT-BKHĐT) is repealed, and older plans have a scale of their own (domain 2.4).
    """

    before_includes_day: bool = True
    due_soon_days: int = 30
    about_share: Decimal = Decimal("0.9")
    derived: tuple[str, ...] = ()
    tasks: Form = Form()
    stats: Form = Form()
    bands: tuple[Band, ...] = ()
    bands_document: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan (kế hoạch): tasks given to agencies, and targets, as issued; and what documents changed since."""

    id: str
    title: str
    number: str
    issued_on: date | None
    issuer: str
    coordinator: str
    start: date | None
    end: date | None
    settings: Settings
    agencies: tuple[Agency, ...]
    tasks: tuple[Task, ...]
    indicators: tuple[Indicator, ...]
    targets: tuple[Target, ...]
    note: str = ""
    adjustments: tuple[Adjustment, ...] = ()

    def collector(self, form: Form) -> str:
        """Return who collects a form: the form's own coordinator, else the plan's."""
        return form.coordinator or self.coordinator

    def agency(self, name: str) -> Agency:
        """Return the agency or group registered under name; KeyError when there is none."""
        for agency in self.agencies:
            if agency.name == name:
                return agency
        raise KeyError(name)

    def members(self, name: str) -> tuple[str, ...]:
        """Return the agencies a registered name stands for: itself, or a group's members (none if unresolved)."""
        agency = self.agency(name)
        return tuple(member.name for member in agency.members) if agency.group else (name,)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a copy or plan (lỗi, vấn đề), with where it stands and how to put it right.

    severity is error, warning or info. cell is the address the officer sees (A1 style), header the
    column's heading.
    """

    code: str
    severity: str
    agency: str
    file: str
    sheet: str
    cell: str
    header: str
    found: str
    expected: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted cell of a copy: which row (task id or indicator code) and field, and where it stood.

    field is the column's field name in layout, or the period's code for a statistics column. value is None
    for a cell that says "not reported" ("-", "…").
    """

    key: str
    field: str
    value: Value
    sheet: str
    cell: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A filled copy (báo cáo của đơn vị) that was read: its identity, accepted entries, and counted cells.

    filled = accepted + refused, always; accepted counts cells, and may exceed len(entries) when a row stands twice
    with equal values. rows pairs each row key with its row number, columns each field with its column number;
    refused_cells holds the row key and field of each refused cell of the form's rows. resubmission is the text of
    Lý do nộp lại, made_from the sha256 of the file a returned copy was made from.
    """

    plan: str
    period: str
    kind: str
    agency: str
    issue: str
    file: str
    sha256: str
    entries: tuple[Entry, ...]
    filled: int
    accepted: int
    refused: int
    resubmission: str = ""
    made_from: str = ""
    nothing_to_report: bool = False
    cover: tuple[tuple[str, str], ...] = ()
    sheet: str = ""
    rows: tuple[tuple[str, int], ...] = ()
    columns: tuple[tuple[str, int], ...] = ()
    refused_cells: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A reported number on its way to a total: whose, which indicator and period, and the cell it came from."""

    code: str
    agency: str
    period: Period
    value: Decimal
    file: str
    sheet: str
    cell: str
