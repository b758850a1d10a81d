"""Rules over one submission: one small function each, listed in CHECKS; each yields findings and decides nothing else.

A rule sees the typed values and the manifest, never a workbook; it needs no plan.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from kttt_xl.cells import address, read_number, show_date, show_number
from kttt_xl.errors import MisuseError
from kttt_xl.identity import Manifest, ManifestRow
from kttt_xl.layout import TASK_COLUMNS
from kttt_xl.messages import finding
from kttt_xl.model import Entry, Finding, Submission, Value
from kttt_xl.period import parse_period
from kttt_xl.sums import CLOSING, WHOLE, Sum, opening_period, terms

DONE, WAITING = "Hoàn thành", "Chờ văn bản cấp trên"
_OUTLIER = 500  # times the last period's count, or a 500th of it (contract, section 5)
_ENOUGH = 3  # figures: two may well be the same again


@dataclass(frozen=True, slots=True)
class Context:
    """A submission as the rules see it."""

    submission: Submission
    manifest: Manifest
    entries: dict[tuple[str, str], Entry]

    def value(self, key: str, field: str) -> Value:
        """Return the accepted value of a row and field; None when blank, refused or not reported."""
        entry = self.entries.get((key, field))
        return entry.value if entry else None

    def refused(self, key: str, field: str) -> bool:
        """Tell whether something was typed there that could not be read: it has its own finding already."""
        return (key, field) in self.submission.refused_cells

    def left_blank(self, key: str, field: str) -> bool:
        """Tell whether nothing was typed there: neither accepted (not reported, "-", counts as typed) nor refused."""
        return (key, field) not in self.entries and not self.refused(key, field)

    def number(self, key: str, field: str) -> Decimal | None:
        """Return the accepted number of a row and field."""
        value = self.value(key, field)
        return value if isinstance(value, Decimal) else None

    def say(self, code: str, key: str, field: str, found: str = "", expected: str = "") -> Finding:
        """Return a finding at the cell of a row and field."""
        row = dict(self.submission.rows).get(key)
        column = dict(self.submission.columns).get(field)
        headings = {column.field: column.heading for column in self.manifest.columns}
        return finding(
            code,
            agency=self.submission.agency,
            file=self.submission.file,
            sheet=self.submission.sheet,
            cell=address(row, column) if row and column else "",
            header=headings.get(field, ""),
            found=found,
            expected=expected,
        )

    @property
    def figures(self) -> tuple[str, ...]:
        """Return the fields of the figure columns: period codes."""
        return tuple(column.field for column in self.manifest.columns if column.rule == "figure")

    @property
    def rows(self) -> tuple[ManifestRow, ...]:
        """Return the rows that are in the copy."""
        present = dict(self.submission.rows)
        return tuple(row for row in self.manifest.rows if row.key in present)


def check_submission(submission: Submission, manifest: Manifest) -> tuple[Finding, ...]:
    """Return what every rule finds in a submission, in the order of CHECKS and of the form's rows."""
    entries = {(entry.key, entry.field): entry for entry in submission.entries}
    context = Context(submission, manifest, entries)
    return tuple(found for check in CHECKS[submission.kind] for found in check(context))


def check_on_day(submission: Submission, as_of: date) -> tuple[Finding, ...]:
    """Return what is wrong with a submission on a day: a task cannot have been completed after it."""
    heading = next(column.heading for column in TASK_COLUMNS if column.field == "done_on")
    return tuple(
        finding(
            "future-date",
            agency=submission.agency,
            file=submission.file,
            sheet=entry.sheet,
            cell=entry.cell,
            header=heading,
            found=show_date(entry.value),
            expected=show_date(as_of),
        )
        for entry in submission.entries
        if entry.field == "done_on" and isinstance(entry.value, date) and entry.value > as_of
    )


# --- tasks


def missing_state(context: Context) -> Iterator[Finding]:
    """A lead must give the state of its task; so must anyone who reports anything else on a row."""
    if context.submission.nothing_to_report:
        return
    reported = {key for key, _ in (*context.entries, *context.submission.refused_cells)}
    for row in context.rows:
        if (row.required or row.key in reported) and context.left_blank(row.key, "state"):
            yield context.say("missing-required", row.key, "state", expected=row.label)


def done_without_date(context: Context) -> Iterator[Finding]:
    """A task reported done has a completion date; "-" says that there is none to give."""
    for row in context.rows:
        if context.value(row.key, "state") == DONE and context.left_blank(row.key, "done_on"):
            yield context.say("done-without-date", row.key, "done_on")


def done_not_100(context: Context) -> Iterator[Finding]:
    """A task reported done is 100 % done."""
    for row in context.rows:
        percent = context.number(row.key, "percent")
        if context.value(row.key, "state") == DONE and percent is not None and percent != 100:
            yield context.say("done-not-100", row.key, "percent", show_number(percent))


def date_without_done(context: Context) -> Iterator[Finding]:
    """A completion date belongs to a task reported done."""
    for row in context.rows:
        done_on, state = context.value(row.key, "done_on"), context.value(row.key, "state")
        if isinstance(done_on, date) and state != DONE and not context.refused(row.key, "state"):
            yield context.say("date-without-done", row.key, "done_on", show_date(done_on), str(state or "để trống"))


def waiting_not_conditional(context: Context) -> Iterator[Finding]:
    """Only a task that depends on an outside act can wait for it (contract, section 7, rule 2)."""
    for row in context.rows:
        if context.value(row.key, "state") == WAITING and not row.conditional:
            yield context.say("waiting-not-conditional", row.key, "state")


# --- statistics


def missing_figure(context: Context) -> Iterator[Finding]:
    """Every figure asked for is given; blank is blank and never zero."""
    if context.submission.nothing_to_report:
        return
    for row in context.rows:
        for field in context.figures:
            if not row.ratio and field not in row.settled and context.left_blank(row.key, field):
                yield context.say("missing-required", row.key, field, expected=row.label)


def parts_exceed_whole(context: Context) -> Iterator[Finding]:
    """A part (trong đó) is not more than its whole, nor a ratio's numerator more than its denominator."""
    pairs = [(row.ratio[0], row.ratio[1]) for row in context.rows if row.ratio]
    pairs += [(row.key, row.parent) for row in context.rows if row.parent and row.rule in ("count", "decimal")]
    parts = [(row.key, rule) for row in context.rows for rule in row.sums if _of_parts(rule)]
    pairs += [(code, whole) for whole, rule in parts for code, _ in terms(rule)]
    for part, whole in dict.fromkeys(pairs):
        for field in context.figures:
            some, all_of = context.number(part, field), context.number(whole, field)
            if some is not None and all_of is not None and some > all_of:
                yield context.say("parts-exceed-whole", part, field, show_number(some), show_number(all_of))


def parts_and_whole(context: Context) -> Iterator[Finding]:
    """Parts that do not overlap are together not more than the whole, and equal to it when they are all there are.

    Where a part is blank, those given may still be too many: said at the whole. A single part that is more than the
    whole has its own finding, and this one would only repeat it.
    """
    counts = {row.key for row in context.rows if row.rule == "count"}  # others may be negative
    for row in context.rows:
        for rule in filter(_of_parts, row.sums):
            for field in context.figures:
                whole, parts = context.number(row.key, field), [context.number(code, field) for code, _ in terms(rule)]
                given = [part for part in parts if part is not None]
                if whole is None or any(part > whole for part in given):
                    continue
                complete, together = len(given) == len(parts), sum(given, Decimal(0))
                shown = show_number(together), show_number(whole)
                if complete and rule[0] == WHOLE and together != whole:
                    yield context.say("parts-do-not-sum", row.key, field, *shown)
                elif together > whole and (complete or {code for code, _ in terms(rule)} <= counts):
                    yield context.say("parts-exceed-whole", row.key, field, *shown)


def closing_balance(context: Context) -> Iterator[Finding]:
    """A stock at the end of a period is what it was at the beginning, plus what came, less what went (domain 2.3)."""
    fields = [field for field in context.figures if opening_period(field)]
    for row in context.rows:
        for rule in row.sums:
            for field in fields if rule[0] == CLOSING else ():
                closing, opening = context.number(row.key, field), _before(context, row, field)
                changes = [(context.number(code, field), sign) for code, sign in terms(rule)]
                known = [(value, sign) for value, sign in changes if value is not None]
                if closing is None or opening is None or len(known) < len(changes):
                    continue
                expected = opening + sum(value * sign for value, sign in known)
                if expected != closing:
                    steps = "".join(f" {'+' if sign > 0 else '-'} {show_number(value)}" for value, sign in known)
                    found = f"{show_number(expected)} (đầu kỳ {show_number(opening)}{steps})"
                    yield context.say("parts-do-not-sum", row.key, field, found, show_number(closing))


def _of_parts(rule: Sum) -> bool:
    return rule[0] != CLOSING


def _before(context: Context, row: ManifestRow, field: str) -> Decimal | None:
    """Return a row's figure of the period before a column's: of that column, or Kỳ trước of the one reported on."""
    try:
        before = parse_period(field).previous().code
    except MisuseError:  # the first year there is
        return None
    typed = context.number(row.key, before)
    return _last(row) if typed is None and field == context.manifest.period else typed


def ratio_out_of_range(context: Context) -> Iterator[Finding]:
    """A share of a whole lies between 0 and 100 %."""
    for row in context.rows:
        for field in context.figures:
            value = context.number(row.key, field)
            if row.rule == "percent" and value is not None and not 0 <= value <= 100:
                yield context.say("ratio-out-of-range", row.key, field, show_number(value))


def unit_outlier(context: Context) -> Iterator[Finding]:
    """A count 500 times the last period's, or a 500th of it, is likely in another unit (triệu for tỷ)."""
    for row in context.rows:
        for field in context.figures if row.rule == "count" else ():
            value, last = context.number(row.key, field), _before(context, row, field)
            if value and last and (value * _OUTLIER <= last or value >= last * _OUTLIER):
                yield context.say("unit-outlier", row.key, field, show_number(value), show_number(last))


def copied_last_period(context: Context) -> Iterator[Finding]:
    """Figures that all equal the last period's are likely last period's: some report only changes the date (N2).

    Said once for the copy, when at least three figures other than 0 have a last period to compare with.
    """
    field = context.manifest.period
    pairs = [(context.number(row.key, field), _last(row)) for row in context.rows]
    compared = [(now, last) for now, last in pairs if now and last]
    if len(compared) >= _ENOUGH and all(now == last for now, last in compared):
        yield context.say("copied-last-period", "", field, str(len(compared)))


def _last(row: ManifestRow) -> Decimal | None:
    """Return the last period's figure of a row."""
    value = read_number(row.previous, "decimal").value if row.previous else None
    return value if isinstance(value, Decimal) else None


CHECKS: Mapping[str, tuple[Callable[[Context], Iterator[Finding]], ...]] = MappingProxyType(
    {
        "tasks": (
            missing_state,
            done_without_date,
            done_not_100,
            date_without_done,
            waiting_not_conditional,
        ),
        "stats": (
            missing_figure,
            parts_exceed_whole,
            parts_and_whole,
            closing_balance,
            ratio_out_of_range,
            unit_outlier,
            copied_last_period,
        ),
    }
)
