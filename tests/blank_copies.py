"""Blank copies as they come back, for the tests: built once, a choice made, filled in or edited, read again.

On the cover the agency is chosen in C5, the period in C6; C7 shows the choice and C8 confirms it. The form's row of a
choice's n-th line is n rows below the headings, as in the addressed copy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from returned_copies import KEY, Trial

from kttt_xl import gate
from kttt_xl.builder import build_copy
from kttt_xl.campaign import Issue, plan_blanks, plan_issues
from kttt_xl.filling import Content, Typed, fill
from kttt_xl.history import NO_HISTORY, History
from kttt_xl.identity import Manifest, decode
from kttt_xl.layout import COVER, MANIFEST, Copy
from kttt_xl.model import Indicator, Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.selfcheck import letters, line_rows
from kttt_xl.workbook import Sheet, read_workbook

NOI_VU, LIEN_MINH, TAI_CHINH = "Sở Nội vụ", "Liên minh Hợp tác xã tỉnh", "Sở Tài chính"
DONG_TAM, MINH_BAO = "UBND phường Đồng Tâm", "UBND xã Minh Bảo"

# Every plan and form there is, in a sensible period: id, period, kind.
PLANS = (
    ("gia-lai-655-2023", "2024", "tasks"),
    ("gia-lai-655-2023", "2024-Q1", "tasks"),
    ("yen-bai-209-2023", "2024", "tasks"),
    ("yen-bai-209-2023", "2024-H1", "stats"),
    ("ha-noi-231-2021", "2021", "tasks"),
    ("ha-noi-231-2021", "2021", "stats"),
    ("ha-noi-ctr24-2013", "2014", "tasks"),
    ("ha-noi-ctr24-2013", "2014", "stats"),
    ("hai-phong-135-2018", "2019", "tasks"),
    ("hai-phong-135-2018", "2019", "stats"),
)


class BlankTrial(Trial):
    """A blank copy as issued, what it offers, and a folder to put returned ones into."""

    def __init__(
        self,
        plan: Plan,
        period: Period,
        kind: str,
        folder: Path,
        history: History = NO_HISTORY,
        agencies: Iterable[str] = (),
    ) -> None:
        (issue,) = plan_blanks(plan, period, (kind,), agencies, history)
        assert issue.offer is not None
        self.copy, self.offer, self.folder = issue.copy, issue.offer, folder
        self.plan, self.history = plan, history
        self.content = build_copy(issue.copy, KEY, issue.offer)
        self.path = folder / issue.file
        self.path.write_bytes(self.content)

    def addressed(self, agency: str, code: str) -> Copy:
        """Return the form that the agency would have been sent for a period."""
        (issue,) = issues(self.plan, parse_period(code), self.copy.kind, self.history, (agency,))
        return issue.copy

    def place(self, agency: str, code: str, key: str, field: str) -> str:
        """Return the address of a row and field of a choice."""
        copy = self.addressed(agency, code)
        return f"{letters(copy)[field]}{line_rows(copy)[key]}"

    def chosen(
        self, agency: str, code: str, contents: Mapping[str, Content] | None = None, **cover: Content | None
    ) -> bytes:
        """Return the copy with a choice made, shown and confirmed, and contents typed at addresses of the form.

        cover gives other contents for cells of the cover; None empties one.
        """
        name = parse_period(code).name
        said: dict[str, Content] = {
            "C5": agency,
            "C6": name,
            "C7": shows(f"{agency} · {name}"),
            "C8": f"{agency} · {name}",
        }
        return fill(fill(self.content, COVER, {**said, **cover}), self.copy.sheet, contents or {})

    def sheets(self, content: bytes = b"") -> dict[str, Sheet]:
        """Return the sheets of the copy as issued, or of these bytes, by name."""
        path = self.folder / "doc.xlsx"
        path.write_bytes(content or self.content)
        return {sheet.name: sheet for sheet in read_workbook(gate.open_package(path)).sheets}

    def manifest(self) -> Manifest:
        """Return what the copy is signed for."""
        return decode(self.sheets()[MANIFEST].cells)[0]


def shows(text: str) -> Typed:
    """Return the formula that shows the choice, with what it showed when the file was saved."""
    return Typed(formula='IF(OR(DM_ChonDonVi=0,DM_ChonKy=0),"","")', result=text)


def issues(
    plan: Plan, period: Period, kind: str, history: History = NO_HISTORY, agencies: Iterable[str] = ()
) -> tuple[Issue, ...]:
    """Return the addressed copies of a period and form."""
    return plan_issues(plan, period, (kind,), agencies, history)


def relative(plan: Plan) -> Plan:
    """Return a plan whose form asks for the coming year, too, in rows of every type."""
    rows = [
        Indicator(kind, f"Chỉ tiêu {kind}", "đơn vị", "stock", "sum", value_type=kind)
        for kind in ("count", "decimal", "percent", "text")
    ]
    rows[0] = replace(rows[0], increases=("new",))  # so that Kiểm tra looks at the period before
    rows.append(Indicator("new", "Thành lập mới", "đơn vị", "flow", "sum"))
    rows.append(Indicator("ratio", "Tỷ lệ", "%", "ratio", "ratio", "new", "count", value_type="percent"))
    stats = replace(plan.settings.stats, window=(0, 1))
    return replace(plan, settings=replace(plan.settings, stats=stats), indicators=tuple(rows), targets=())
