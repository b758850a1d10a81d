"""Bad copies of the product's own forms: what a case is, the two good copies they are made from, and the tools.

Both forms belong to one plan, so that they can be consolidated together: Gia Lai's tasks, and Yên Bái's figures with
three of other kinds (a decimal, a percent, a growth rate) that its own plan does not ask for. The expectations follow
from the contract (section 5); where it leaves the code open they name the one that fits its words.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from kttt_xl import builder, plans
from kttt_xl.campaign import Issue, plan_issues
from kttt_xl.cells import column_letter
from kttt_xl.filling import Content, fill
from kttt_xl.layout import HEADING_ROW, Copy
from kttt_xl.model import Agency, Indicator, Member, Plan, Value
from kttt_xl.period import parse_period
from kttt_xl.selfcheck import letters, line_rows

KEY = bytes(range(32))
PERIOD, AS_OF = parse_period("2024"), date(2024, 12, 20)
SEED = 20260101
TASK_AGENCY, COMMUNE = "Liên minh Hợp tác xã tỉnh", "UBND phường Đồng Tâm"
COMMUNES, MADE_UP = 301, "UBND xã Minh họa"
_COUNTS = ("THT-MOI", "TV-THT-MOI", "THT-HQ", "TV-THT-HQ", "HTX-MOI", "TV-HTX-MOI", "TV-HTX-HQ", "HTX-CNC")
_AT_WORK = "Đang thực hiện"
_GROUP = "Các phường, xã thành phố Yên Bái"
_MODIFIED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_WORKSHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'

Values = Mapping[tuple[str, str], Value]
Write = Callable[[Path], object]
Make = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What must become of a file: verdict, exactly these finding codes, and for an accepted one its values."""

    verdict: str
    codes: frozenset[str] = frozenset()
    values: Values | None = None


@dataclass(frozen=True, slots=True)
class BadCopy:
    """A case: files to be put into a folder, and what must become of each; its name says what was done.

    or_harmless: a file that must be refused, or else read as if nothing had been done to it.
    """

    group: str
    name: str
    files: Mapping[str, Write]
    expected: Mapping[str, Outcome]
    or_harmless: bool = False

    def write(self, folder: Path) -> None:
        """Put the files into a folder of the case's own."""
        for name, write in self.files.items():
            write(folder / name)


@dataclass(frozen=True)
class Base:
    """A good copy, filled in so that nothing is found in it, and what it says by row and field."""

    issue: Issue
    answers: Mapping[tuple[str, str], Content]

    @property
    def copy(self) -> Copy:
        return self.issue.copy

    @cached_property
    def issued(self) -> bytes:
        return builder.build_copy(self.copy, KEY)

    @cached_property
    def content(self) -> bytes:
        return fill(self.issued, self.copy.sheet, {self.at(*place): said for place, said in self.answers.items()})

    @cached_property
    def values(self) -> dict[tuple[str, str], Value]:
        return {place: Decimal(said) if isinstance(said, int) else said for place, said in self.answers.items()}  # type: ignore[misc]

    @cached_property
    def sheet_part(self) -> str:
        """The part with the form: the sheets stand in the order of their tabs."""
        return "xl/worksheets/sheet2.xml"

    @cached_property
    def last_row(self) -> int:
        return HEADING_ROW + len(self.copy.lines)

    @cached_property
    def width(self) -> int:
        return len(self.copy.columns)

    def letter(self, name: str) -> str:
        return letters(self.copy)[name]

    def row(self, key: str) -> int:
        return line_rows(self.copy)[key]

    def at(self, key: str, name: str) -> str:
        return f"{self.letter(name)}{self.row(key)}"

    def typed(self, contents: Mapping[str, Content], sheet: str = "") -> bytes:
        """Return the filled copy with contents typed at these addresses."""
        return fill(self.content, sheet or self.copy.sheet, contents)

    def edited(self, edit: Callable[[Workbook, Worksheet], object]) -> bytes:
        """Return the filled copy after an edit of its sheets, with no clock in it: same edit, same bytes."""
        book = openpyxl.load_workbook(io.BytesIO(self.content))
        edit(book, book[self.copy.sheet])
        stream = io.BytesIO()
        book.save(stream)
        core = "docProps/core.xml"
        return changed(stream.getvalue(), core, lambda data: _MODIFIED.sub(rb"\g<1>2026-01-05T08:00:00Z", data))

    def raw(self, key: str, name: str, cell: str) -> bytes:
        """Return the filled copy with a cell written as this XML; in it, {r} is its address."""
        place = self.at(key, name)
        pattern = re.compile(rb'<c r="%s"[^>]*?(?:/>|>.*?</c>)' % place.encode(), re.DOTALL)
        new = cell.replace("{r}", place).encode("utf-8", "surrogatepass")
        return changed(self.content, self.sheet_part, lambda data: pattern.sub(lambda _: new, data, count=1))

    def but(self, changes: Values | None = None, without: Iterable[tuple[str, str]] = ()) -> Values:
        """Return the copy's values with some changed, and some no longer there."""
        gone = set(without)
        return {place: value for place, value in {**self.values, **(changes or {})}.items() if place not in gone}


@dataclass(frozen=True)
class Bases:
    """The good copies that cases are made from, and their plan."""

    plan: Plan
    issues: tuple[Issue, ...] = field(repr=False)
    tasks: Base
    stats: Base

    def either(self, seed: int) -> Base:
        """Return the form that a seed spoils, where both do."""
        return (self.tasks, self.stats)[seed % 2]

    def figure(self, seed: int) -> tuple[str, str]:
        """Return the row and column of a count that no other figure depends on."""
        return Random(f"figure{seed}").choice(_COUNTS), self.stats.copy.period.code  # noqa: S311

    def task(self, seed: int) -> str:
        """Return a task that its lead is at work on."""
        states = [key for (key, name), said in self.tasks.answers.items() if name == "state" and said == _AT_WORK]
        return Random(f"task{seed}").choice(states)  # noqa: S311


# --- the plan and its good copies


@cache
def bases() -> Bases:
    plan = joined_plan()
    issues = plan_issues(plan, PERIOD)
    of = {(issue.copy.agency, issue.copy.kind): issue for issue in issues}
    task, figures = of[TASK_AGENCY, "tasks"], of[COMMUNE, "stats"]
    return Bases(plan, issues, Base(task, task_answers(task.copy)), Base(figures, figure_answers(figures.copy, 0)))


def joined_plan() -> Plan:
    """Gia Lai's plan that also asks Yên Bái's figures, and three more, of 301 communes."""
    gia_lai, yen_bai = plans.load_plan("gia-lai-655-2023"), plans.load_plan("yen-bai-209-2023")
    real = [yen_bai.agency(member.name) for member in yen_bai.agency(_GROUP).members]
    made_up = [Agency(f"{MADE_UP} {number:03}", category="xã") for number in range(len(real), COMMUNES)]
    members = tuple(Member(agency.name, "sourced") for agency in (*real, *made_up))
    group = replace(yen_bai.agency(_GROUP), members=members)
    form = replace(yen_bai.settings.stats, recipients=(_GROUP,), coordinator=gia_lai.coordinator)
    return replace(
        gia_lai,
        agencies=(*gia_lai.agencies, *real, *made_up, group),
        indicators=(*yen_bai.indicators, *_more_figures()),
        targets=yen_bai.targets,
        settings=replace(gia_lai.settings, stats=form),
    )


def _more_figures() -> Iterator[Indicator]:
    """A decimal, a percent and a growth rate as two other plans ask them, weighted by figures of this one."""
    ha_noi = {item.code: item for item in plans.load_plan("ha-noi-231-2021").indicators}
    growth = {item.code: item for item in plans.load_plan("ha-noi-ctr24-2013").indicators}
    share = {item.code: item for item in plans.load_plan("hai-phong-135-2018").indicators}
    yield replace(ha_noi["DT-HTX"], aggregation="weighted", denominator="HTX-HQ")
    yield replace(share["GRDP"], aggregation="weighted", denominator="TC-KTTT")
    yield replace(growth["TT-KTTT"], aggregation="weighted", denominator="TC-KTTT")


def task_answers(copy: Copy) -> dict[tuple[str, str], Content]:
    """A lead says where each of its tasks stands; the first one is done."""
    leading = [line.key for line in copy.keyed if line.required]
    answers: dict[tuple[str, str], Content] = {(key, "state"): _AT_WORK for key in leading}
    answers |= {(key, "result"): f"Đã triển khai nhiệm vụ {key}" for key in leading}
    answers |= {(key, "percent"): 5 * number for number, key in enumerate(leading, start=2)}
    done = {"state": "Hoàn thành", "percent": 100, "done_on": date(2024, 3, 25), "issued": "Quyết định số 12/QĐ"}
    return answers | {(leading[0], name): said for name, said in done.items()}


def figure_answers(copy: Copy, number: int) -> dict[tuple[str, str], Content]:
    """Every figure, its parts less than their wholes; number makes them differ from one commune to the next."""
    figures: dict[str, Content] = {}
    for at, line in enumerate(copy.keyed):
        if line.rule == "text":
            figures[line.key] = f"Đã áp dụng phần mềm kế toán ({number})"
        elif line.rule and not line.ratio:
            figures[line.key] = 10 + (7 * at + number) % 40
    figures |= {"TC-KTTT": 900 + number, "TC-TOT-KHA": 500, "TC-TOT-KHA-LK": 100 + number % 9, "TC-HQ": 400}
    figures |= {"TC-HQ-LK": 90, "DS-LD": 8000 + number, "DS-LD-TG": 700}
    figures |= {"DT-HTX": Decimal("1250.5") + number, "GRDP": Decimal("2.5"), "TT-KTTT": Decimal("-1.5")}
    return {(key, copy.period.code): said for key, said in figures.items()}


# --- making cases


def one(
    group: str,
    name: str,
    base: Base,
    make: Make,
    verdict: str,
    codes: str = "",
    values: Values | None = None,
    *,
    file: str = "",
    or_harmless: bool = False,
) -> BadCopy:
    """Return a case of one file, under the name that it was issued with unless another is given; codes by blanks."""
    called = file or base.issue.file
    if verdict == "accepted" and values is None:
        values = base.values
    outcome = Outcome(verdict, frozenset(codes.split()), values)
    files: dict[str, Write] = {called: lambda path: path.write_bytes(make())}
    return BadCopy(group, name, files, {called: outcome}, or_harmless)


# --- parts of a package


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {info.filename: package.read(info) for info in package.infolist()}


def package_of(
    parts: Iterable[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED, level: int | None = None
) -> bytes:
    """Return a package of these parts, in order, with no clock in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as package, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Duplicate name")
        for name, data in parts:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            package.writestr(info, data, method, level)
    return stream.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the package with one part changed; AssertionError when the change changes nothing."""
    parts = parts_of(content)
    new = change(parts[part])
    if new == parts[part]:
        raise AssertionError(f"nothing changed in {part}")
    return package_of((parts | {part: new}).items())


def with_parts(content: bytes, *more: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    return package_of([*parts_of(content).items(), *more])


def without_parts(content: bytes, *names: str) -> bytes:
    parts = parts_of(content)
    return package_of((name, data) for name, data in parts.items() if name not in set(names) & parts.keys())


def replacing(old: bytes, new: bytes, count: int = -1) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new, count)


def substituting(pattern: bytes, new: bytes, count: int = 0) -> Callable[[bytes], bytes]:
    return lambda data: re.sub(pattern, lambda found: found.expand(new), data, count=count, flags=re.DOTALL)


def text_cell(text: str, kind: str = "inlineStr") -> str:
    """Return a text cell as XML, for Base.raw; the text is written as it is, escapes and all."""
    inner = escape(text)
    if kind == "inlineStr":
        return f'<c r="{{r}}" t="inlineStr"><is><t xml:space="preserve">{inner}</t></is></c>'
    return f'<c r="{{r}}" t="{kind}"><v>{inner}</v></c>'


def below(base: Base, row: int, column: int = 3) -> str:
    """Return the address of a cell under the form."""
    return f"{column_letter(column)}{base.last_row + row}"
