"""The sheet Điều chỉnh: what documents changed of a plan after it was issued (contract, section 7).

The rows of the plan stay as they were issued; which adjustment is in force on a day is not decided here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kttt_xl.cells import Rule, fold, read_cell
from kttt_xl.model import Target, Value
from kttt_xl.plan_book import AMENDMENT, EXTENSION, REASSIGNMENT, TARGET, TASK, WITHDRAWAL, WORDS
from kttt_xl.plan_book_rows import BookRow, Problems, one_of, tell

_KINDS = {TASK: (EXTENSION, WITHDRAWAL, REASSIGNMENT), TARGET: (EXTENSION, WITHDRAWAL, AMENDMENT)}
_IN_PLAN = "Ghi đúng mã trong kế hoạch."


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change of a task or target (subject, key) by a document, valid from a day.

    period_text tells the targets of one indicator apart, agency limits the change to one lead; "" where not needed.
    value is a date (gia hạn), a registered name (giao lại), a number (sửa chỉ tiêu) or None (rút).
    """

    subject: str
    key: str
    period_text: str
    agency: str
    kind: str
    value: Value
    document: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class Known:
    """What adjustments may refer to; None for a sheet that could not be read, of which nothing is said."""

    agencies: frozenset[str] | None
    tasks: frozenset[str] | None
    targets: Sequence[Target] | None


def adjustments(rows: Iterable[BookRow], known: Known, problems: Problems) -> tuple[Adjustment, ...]:
    """Return the adjustments that rows say, in their order; every one that does not hold is a problem."""
    found = []
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        before = len(problems)
        value = row.values
        subject, kind = value["subject"], value["kind"]
        _check_words(row, problems)
        _check_key(row, known, problems)
        for column in ("agency", *(("value",) if kind == REASSIGNMENT else ())):
            name = value[column].strip()
            if known.agencies is not None and name and name not in known.agencies:
                problems.append(row.problem(column, name, "tên đã đăng ký", "Thêm cơ quan vào trang «Cơ quan»."))
        new = _value(row, problems)
        if not value["document"]:
            problems.append(row.problem("document", "", "số, ký hiệu và ngày văn bản"))
        if not value["valid_from"] and row.cell("valid_from").blank:
            problems.append(row.problem("valid_from", "", "ngày/tháng/năm"))
        place = (subject, value["key"], value["period_text"], value["agency"], kind, value["valid_from"])
        if place in seen:
            expected = f"khác dòng {seen[place]}"
            problems.append(row.problem("key", value["key"], expected, "Bỏ một trong hai dòng."))
        seen.setdefault(place, row.number)
        if len(problems) == before:
            day = date.fromisoformat(value["valid_from"])
            texts = (subject, value["key"], value["period_text"], value["agency"], kind)
            found.append(Adjustment(*texts, new, value["document"], day))
    return tuple(found)


def _check_words(row: BookRow, problems: Problems) -> None:
    subject, kind = row.values["subject"], row.values["kind"]
    for column in ("subject", "kind"):
        if row.cell(column).blank:
            problems.append(row.problem(column, "", one_of(WORDS[column].values())))
    if subject and kind and kind not in _KINDS[subject]:
        fix = "Sửa loại điều chỉnh hoặc đối tượng."
        message = f"Không thể «{kind}» một {subject}."
        problems.append(row.problem("kind", kind, "; ".join(_KINDS[subject]), fix, message=message))


def _check_key(row: BookRow, known: Known, problems: Problems) -> None:
    key, period = row.values["key"], row.values["period_text"]
    if not key:
        if row.cell("key").blank:
            problems.append(row.problem("key", "", "mã nhiệm vụ hoặc mã chỉ tiêu", _IN_PLAN))
    elif row.values["subject"] == TASK:
        if known.tasks is not None and key not in known.tasks:
            problems.append(row.problem("key", key, "mã nhiệm vụ đã có", _IN_PLAN))
        if period:
            problems.append(row.problem("period_text", period, "để trống, vì chỉ chỉ tiêu mới có mốc"))
    elif row.values["subject"] == TARGET and known.targets is not None:
        periods = [target.period_text for target in known.targets if target.code == key]
        meant = [text for text in periods if not period or fold(text) == fold(period)]
        if not periods:
            problems.append(row.problem("key", key, "mã chỉ tiêu đã có ở trang «Mức chỉ tiêu»", _IN_PLAN))
        elif len(meant) != 1:
            fix = "Ghi mốc của mức chỉ tiêu bị thay đổi."
            problems.append(row.problem("period_text", period, one_of(dict.fromkeys(periods)), fix))


def _value(row: BookRow, problems: Problems) -> Value:
    """Return the new value that the kind of adjustment asks for."""
    cell, kind = row.cell("value"), row.values["kind"]
    rules: Mapping[str, tuple[Rule, str]] = {
        EXTENSION: (Rule("date"), "ngày mới, dạng ngày/tháng/năm"),
        AMENDMENT: (Rule("decimal"), "số mới"),
    }
    if cell.formula or cell.kind == "error" or not kind:  # said already
        return None
    if kind == WITHDRAWAL:
        if not cell.blank:
            problems.append(row.problem("value", cell.text, "để trống, vì «rút» không có giá trị mới"))
        return None
    if cell.blank:
        expected = rules[kind][1] if kind in rules else "tên cơ quan mới"
        problems.append(row.problem("value", "", expected))
        return None
    if kind == REASSIGNMENT:
        return row.values["value"].strip()
    new = tell(read_cell(cell, rules[kind][0]), cell, row.places["value"][0][1], row.sheet, problems)
    if new is None and read_cell(cell, rules[kind][0]).accepted:  # "-": no value where one is needed
        problems.append(row.problem("value", cell.text, rules[kind][1]))
    return new  # type: ignore[return-value]  # of the kind that the rule asks for
