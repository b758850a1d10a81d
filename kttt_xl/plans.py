"""A plan folder -> a Plan, or every problem of it at once.

A plan folder holds plan.toml, agencies.csv, tasks.csv, indicators.csv and targets.csv (UTF-8). Lists inside
one cell are separated by " | ", since the names of agencies hold commas and semicolons.
"""

import csv
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from kttt_xl import resources
from kttt_xl.errors import MisuseError, PlanError
from kttt_xl.model import (
    OPERATOR_WORDS,
    Agency,
    Finding,
    Form,
    Indicator,
    Member,
    Plan,
    Settings,
    Target,
    Task,
)
from kttt_xl.period import parse_deadline

SEPARATOR = " | "
MARKS = ("named", "sourced", "to-confirm")
NATURES = ("stock", "flow", "ratio", "growth")
AGGREGATIONS = ("sum", "weighted", "ratio", "none")
VALUE_TYPES = ("count", "decimal", "percent", "text")
BASES = ("at", "yearly", "average")
OPERATOR_CODES = {word: code for code, word in OPERATOR_WORDS.items()}

_COLUMNS = {
    "agencies.csv": ("name", "category", "aliases", "group", "members", "note"),
    "tasks.csv": (
        "id", "section", "title", "lead", "lead_text", "coordinating", "coordinating_text",
        "submit_to", "product", "deadline_text", "condition_met_on", "source_note",
    ),
    "indicators.csv": (
        "code", "name", "unit", "nature", "aggregation", "numerator", "denominator",
        "parent", "value_type", "derived", "note",
    ),
    "targets.csv": (
        "indicator", "code", "unit", "operator", "low", "high", "period_text", "due",
        "basis", "scope", "each", "base", "quote",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a plan table with where it stands: sheet (file name) and line (1-based, heading included)."""

    sheet: str
    line: int
    values: Mapping[str, str]

    def problem(self, column: str, found: str, expected: str, fix: str, severity: str = "error") -> Finding:
        """Return a finding about one cell of this row; its address counts columns as the file does."""
        letter = chr(ord("A") + _COLUMNS[self.sheet].index(column))
        return problem(self.sheet, f"{letter}{self.line}", column, found, expected, fix, severity)


def problem(
    sheet: str, cell: str, header: str, found: str, expected: str, fix: str, severity: str = "error"
) -> Finding:
    """Return a plan finding; its code is plan-error or plan-warning."""
    return Finding(
        code=f"plan-{severity}",
        severity=severity,
        agency="",
        file="",
        sheet=sheet,
        cell=cell,
        header=header,
        found=found,
        expected=expected,
        message=f"«{header}» ghi «{found}»; cần {expected}.",
        fix=fix,
    )


def plan_ids() -> tuple[str, ...]:
    """Return the ids of the built-in plans, sorted."""
    root = resources.folder("workbooks")
    return tuple(sorted(folder.parent.name for folder in root.glob("*/plan.toml")))


def find_plan(plan: str) -> Path:
    """Return the folder of a plan given by id or path; MisuseError when there is none."""
    path = Path(plan)
    if (path / "plan.toml").is_file():
        return path
    if plan in plan_ids():
        return resources.folder("workbooks") / plan
    raise MisuseError(
        f"Không có kế hoạch «{plan}». Các kế hoạch có sẵn: {', '.join(plan_ids())}; "
        "hoặc chỉ đường dẫn tới thư mục kế hoạch có tệp plan.toml."
    )


def load_plan(plan: str) -> Plan:
    """Return the plan given by id or folder; PlanError listing every error when its rows do not hold."""
    loaded, findings = read_plan(find_plan(plan))
    errors = [finding for finding in findings if finding.severity == "error"]
    if loaded is None or errors:
        lines = [f"{f.sheet} {f.cell}: {f.message} {f.fix}" for f in errors]
        raise PlanError(f"Kế hoạch «{plan}» có {len(errors)} lỗi:\n" + "\n".join(lines))
    return loaded


def read_plan(folder: Path) -> tuple[Plan | None, tuple[Finding, ...]]:
    """Return the plan in folder with every problem found; no plan when a file is missing or unreadable."""
    findings: list[Finding] = []
    tables: dict[str, list[Row]] = {}
    for name in _COLUMNS:
        try:
            tables[name] = list(_rows(folder / name))
        except (OSError, UnicodeDecodeError, csv.Error, PlanError) as error:
            findings.append(
                problem(name, "", name, str(error), "tệp CSV UTF-8 đúng cột", "Sửa tệp rồi chạy lại.")
            )
    try:
        head = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        head = {}
        findings.append(problem("plan.toml", "", "plan.toml", str(error), "tệp TOML hợp lệ", "Sửa tệp."))
    if findings:
        return None, tuple(findings)
    plan, problems = _assemble(head, tables)
    return plan, (*problems, *(check_plan(plan, tables) if plan else ()))


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        expected = _COLUMNS[path.name]
        if tuple(reader.fieldnames or ()) != expected:
            raise PlanError(f"dòng tiêu đề phải là: {', '.join(expected)}")
        for record in reader:
            if None in record or None in record.values():
                raise PlanError(f"dòng {reader.line_num} không đủ hoặc thừa cột")
            yield Row(path.name, reader.line_num, record)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(SEPARATOR.strip()) if part.strip())


def _assemble(head: Mapping[str, Any], tables: Mapping[str, list[Row]]) -> tuple[Plan | None, list[Finding]]:
    """Turn text into typed values; a value that cannot be typed is a finding and its row is left out."""
    findings: list[Finding] = []
    settings = _settings(head, findings)
    before = settings.before_includes_day
    agencies = [_agency(row, findings) for row in tables["agencies.csv"]]
    tasks = [_task(row, findings, before_includes_day=before) for row in tables["tasks.csv"]]
    indicators = [_indicator(row, findings) for row in tables["indicators.csv"]]
    targets = [_target(row, findings) for row in tables["targets.csv"]]
    for key in ("id", "title", "coordinator"):
        if not isinstance(head.get(key), str) or not head[key].strip():
            findings.append(
                problem("plan.toml", "", key, str(head.get(key, "")), "một chuỗi", "Bổ sung vào plan.toml.")
            )
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", str(head.get("id", ""))):
        findings.append(
            problem(
                "plan.toml",
                "",
                "id",
                str(head.get("id", "")),
                "chữ thường không dấu, số, gạch nối",
                "Sửa id.",
            )
        )
    if any(finding.severity == "error" for finding in findings):
        return None, findings
    plan = Plan(
        id=head["id"],
        title=head["title"],
        number=head.get("number", ""),
        issued_on=head.get("issued_on"),
        issuer=head.get("issuer", ""),
        coordinator=head["coordinator"],
        start=head.get("start"),
        end=head.get("end"),
        settings=settings,
        agencies=tuple(agencies),
        tasks=tuple(task for task in tasks if task),
        indicators=tuple(indicators),
        targets=tuple(target for target in targets if target),
        note=head.get("note", ""),
    )
    return plan, findings


def _settings(head: Mapping[str, Any], findings: list[Finding]) -> Settings:
    given = head.get("settings", {})
    forms = head.get("forms", {})

    def form(name: str) -> Form:
        table = forms.get(name, {})
        cut_off = table.get("cut_off", "administrative")
        if cut_off not in ("administrative", "calendar"):
            findings.append(
                problem(
                    "plan.toml", "", f"forms.{name}.cut_off", cut_off, "administrative hoặc calendar", "Sửa."
                )
            )
        return Form(
            cut_off=cut_off,
            sending=table.get("sending", ""),
            recipients=tuple(table.get("recipients", ())),
            window=tuple(table.get("window", (0,))),
        )

    return Settings(
        before_includes_day=given.get("before_includes_day", True),
        due_soon_days=given.get("due_soon_days", 30),
        about_share=Decimal(str(given.get("about_share", "0.9"))),
        derived=tuple(head.get("derived", ())),
        tasks=form("tasks"),
        stats=form("stats"),
    )


def _agency(row: Row, findings: list[Finding]) -> Agency:
    members = []
    for text in _names(row.values["members"]):
        found = re.fullmatch(r"(.+) \(([a-z-]+)\)", text)
        if not found or found[2] not in MARKS:
            findings.append(
                row.problem("members", text, f"«Tên ({' hoặc '.join(MARKS)})»", "Sửa thành viên nhóm.")
            )
            continue
        members.append(Member(found[1], found[2]))
    return Agency(
        name=row.values["name"],
        category=row.values["category"],
        aliases=_names(row.values["aliases"]),
        group=row.values["group"] == "x",
        members=tuple(members),
        note=row.values["note"],
    )


def _task(row: Row, findings: list[Finding], *, before_includes_day: bool) -> Task:
    value = row.values
    return Task(
        id=value["id"],
        section=value["section"],
        title=value["title"],
        lead=_names(value["lead"]),
        lead_text=value["lead_text"],
        coordinating=_names(value["coordinating"]),
        coordinating_text=value["coordinating_text"],
        submit_to=value["submit_to"],
        product=value["product"],
        deadline_text=value["deadline_text"],
        deadline=parse_deadline(
            value["deadline_text"], value["title"], before_includes_day=before_includes_day
        ),
        condition_met_on=_date(row, "condition_met_on", findings),
        source_note=value["source_note"],
    )


def _indicator(row: Row, findings: list[Finding]) -> Indicator:
    value = dict(row.values)
    for column, allowed in (("nature", NATURES), ("aggregation", AGGREGATIONS), ("value_type", VALUE_TYPES)):
        if value[column] not in allowed:
            findings.append(
                row.problem(column, value[column], f"một trong {', '.join(allowed)}", "Sửa ô này.")
            )
    derived = value.pop("derived") == "x"
    return Indicator(derived=derived, **value)


def _target(row: Row, findings: list[Finding]) -> Target:
    value = row.values
    operator = OPERATOR_CODES.get(value["operator"], "")
    if not operator:
        findings.append(
            row.problem(
                "operator", value["operator"], f"một trong: {'; '.join(OPERATOR_CODES)}", "Chọn đúng chữ."
            )
        )
    if value["basis"] not in BASES:
        findings.append(row.problem("basis", value["basis"], f"một trong {', '.join(BASES)}", "Sửa ô này."))
    return Target(
        indicator=value["indicator"],
        code=value["code"],
        unit=value["unit"],
        operator=operator,
        low=_number(row, "low", findings),
        high=_number(row, "high", findings),
        period_text=value["period_text"],
        due=_date(row, "due", findings),
        basis=value["basis"],
        scope=value["scope"],
        each=value["each"],
        base=_number(row, "base", findings),
        quote=value["quote"],
    )


def _number(row: Row, column: str, findings: list[Finding]) -> Decimal | None:
    text = row.values[column]
    if not text:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        findings.append(row.problem(column, text, "một số, dấu chấm thập phân", "Sửa ô này."))
        return None


def _date(row: Row, column: str, findings: list[Finding]) -> date | None:
    text = row.values[column]
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        findings.append(row.problem(column, text, "ngày dạng 2025-12-31", "Sửa ô này."))
        return None


# --- rules over a whole plan; each yields findings


def check_plan(plan: Plan, tables: Mapping[str, list[Row]]) -> tuple[Finding, ...]:
    """Return everything about an assembled plan that does not hold together: errors, then warnings."""
    checks = (
        _repeated_names(tables),
        _unknown_agencies(plan, tables),
        _unknown_codes(plan, tables),
        _bounds(plan, tables),
        _unresolved_groups(plan, tables),
    )
    findings = [finding for check in checks for finding in check]
    return tuple(sorted(findings, key=lambda finding: finding.severity != "error"))


def _repeated_names(tables: Mapping[str, list[Row]]) -> Iterator[Finding]:
    for sheet, column in (("agencies.csv", "name"), ("tasks.csv", "id"), ("indicators.csv", "code")):
        seen: dict[str, int] = {}
        for row in tables[sheet]:
            name = row.values[column]
            if not name:
                yield row.problem(column, "", "không để trống", "Bổ sung.")
            elif name in seen:
                yield row.problem(
                    column, name, f"khác dòng {seen[name]}", "Bỏ hoặc đổi tên một trong hai dòng."
                )
            seen.setdefault(name, row.line)


def _unknown_agencies(plan: Plan, tables: Mapping[str, list[Row]]) -> Iterator[Finding]:
    known = {agency.name for agency in plan.agencies}
    single = {agency.name for agency in plan.agencies if not agency.group}
    fix = "Thêm cơ quan vào agencies.csv, hoặc dùng đúng tên đã đăng ký."
    for row in tables["tasks.csv"]:
        for column in ("lead", "coordinating"):
            for name in _names(row.values[column]):
                if name not in known:
                    yield row.problem(column, name, "tên cơ quan đã đăng ký", fix)
        if not row.values["lead"]:
            yield row.problem(
                "lead", "", "ít nhất một cơ quan chủ trì", f"Ghi «{plan.coordinator}» nếu chưa phân công."
            )
    for row, agency in zip(tables["agencies.csv"], plan.agencies, strict=True):
        for member in agency.members:
            if member.name not in single:
                yield row.problem("members", member.name, "tên cơ quan đã đăng ký", fix)
    for name in (plan.coordinator, *plan.settings.stats.recipients):
        if name not in known:
            yield problem("plan.toml", "", "coordinator, recipients", name, "tên cơ quan đã đăng ký", fix)


def _unknown_codes(plan: Plan, tables: Mapping[str, list[Row]]) -> Iterator[Finding]:
    codes = {indicator.code for indicator in plan.indicators}
    fix = "Thêm chỉ tiêu vào indicators.csv, hoặc sửa mã."
    for row, indicator in zip(tables["indicators.csv"], plan.indicators, strict=True):
        needed = ("numerator", "denominator") if indicator.aggregation == "ratio" else ()
        for column in ("numerator", "denominator", "parent"):
            code = row.values[column]
            if (code and code not in codes) or (not code and column in needed):
                yield row.problem(column, code, "mã chỉ tiêu đã có", fix)
    for row in tables["targets.csv"]:
        if row.values["code"] not in codes:
            yield row.problem("code", row.values["code"], "mã chỉ tiêu đã có", fix)


def _bounds(plan: Plan, tables: Mapping[str, list[Row]]) -> Iterator[Finding]:
    needs = {"<": "high", "<=": "high", ">=": "low", ">": "low", "=": "low", "range": "low", "about": "low"}
    for row, target in zip(tables["targets.csv"], plan.targets, strict=True):
        column = needs.get(target.operator)
        if column and getattr(target, column) is None:
            yield row.problem(column, "", "một số", "Bổ sung mức chỉ tiêu.")
        if target.low is not None and target.high is not None and target.low > target.high:
            yield row.problem("high", str(target.high), f"không nhỏ hơn {target.low}", "Đổi lại hai cận.")
    if plan.start and plan.end and plan.start > plan.end:
        yield problem("plan.toml", "", "end", str(plan.end), f"không trước ngày {plan.start}", "Sửa ngày.")


def _unresolved_groups(plan: Plan, tables: Mapping[str, list[Row]]) -> Iterator[Finding]:
    used: Iterable[str] = {name for task in plan.tasks for name in (*task.lead, *task.coordinating)}
    for row, agency in zip(tables["agencies.csv"], plan.agencies, strict=True):
        if agency.group and not agency.members and agency.name in used:
            yield row.problem(
                "members",
                agency.name,
                "danh sách thành viên của nhóm",
                "Chưa phát hành được bản sao cho nhóm này; bổ sung thành viên khi biết.",
                "warning",
            )
        unsure = [member.name for member in agency.members if member.mark == "to-confirm"]
        if unsure and agency.name in used:
            yield row.problem(
                "members",
                f"{len(unsure)} thành viên chưa xác nhận: {', '.join(unsure[:3])}{'…' if len(unsure) > 3 else ''}",
                "thành viên đã xác nhận",
                "Kiểm tra rồi đổi (to-confirm) thành (sourced) hoặc bỏ.",
                "warning",
            )


# --- a plan in JSON and in words


def plan_counts(plan: Plan) -> dict[str, Any]:
    """Return the entry of a plan in `plan list --json`."""
    return {
        "id": plan.id,
        "title": plan.title,
        "number": plan.number,
        "issuer": plan.issuer,
        "tasks": len(plan.tasks),
        "targets": len(plan.targets),
        "agencies": sum(not agency.group for agency in plan.agencies),
    }


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as `plan show --json` prints it (contract, section 3)."""
    settings = plan.settings
    return {
        "id": plan.id,
        "title": plan.title,
        "number": plan.number,
        "issued_on": _iso(plan.issued_on),
        "issuer": plan.issuer,
        "coordinator": plan.coordinator,
        "start": _iso(plan.start),
        "end": _iso(plan.end),
        "settings": {
            "before_includes_day": settings.before_includes_day,
            "due_soon_days": settings.due_soon_days,
            "about_share": float(settings.about_share),
            "derived": list(settings.derived),
            "tasks": asdict(settings.tasks),
            "stats": asdict(settings.stats),
            "note": plan.note,
        },
        "agencies": [asdict(agency) for agency in plan.agencies],
        "tasks": [_task_json(task) for task in plan.tasks],
        "indicators": [_indicator_json(indicator) for indicator in plan.indicators],
        "targets": [_target_json(target) for target in plan.targets],
    }


def _task_json(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "section": task.section,
        "title": task.title,
        "lead": list(task.lead),
        "lead_text": task.lead_text,
        "coordinating": list(task.coordinating),
        "coordinating_text": task.coordinating_text,
        "submit_to": task.submit_to,
        "product": task.product,
        "deadline_text": task.deadline_text,
        "deadline": task.deadline.as_json(),
        "condition_met_on": _iso(task.condition_met_on),
        "source_note": task.source_note,
    }


def _indicator_json(indicator: Indicator) -> dict[str, Any]:
    names = ("code", "name", "unit", "nature", "aggregation", "numerator", "denominator", "parent")
    return {name: getattr(indicator, name) or None if name in names[5:] else getattr(indicator, name) for name in names}


def _target_json(target: Target) -> dict[str, Any]:
    found = asdict(target)
    for name in ("low", "high", "base"):
        found[name] = plain_number(found[name])
    return {**found, "due": _iso(target.due), "each": target.each or None}


def plain_number(value: Decimal | None) -> int | float | None:
    """Return a number as JSON has it: whole numbers without a decimal point."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def target_words(target: Target) -> str:
    """Return what a target asks for in words, e.g. "từ 30 trở lên tổ hợp tác"."""
    low, high = (str(plain_number(number)).replace(".", ",") for number in (target.low, target.high))
    phrases = {
        ">=": f"từ {low} trở lên",
        ">": f"trên {low}",
        "<=": f"không quá {high}",
        "<": f"dưới {high}",
        "=": f"{low} (mức sàn)",
        "=0": "không còn",
        "range": f"từ {low} đến {high}",
        "about": f"khoảng {low}",
        "complete": "hoàn thành",
        "qualitative": "định tính",
    }
    return f"{phrases[target.operator]} {target.unit}".strip()
