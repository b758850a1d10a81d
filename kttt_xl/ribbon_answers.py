"""From a button to its answers: the sheet KTTT read when it is before the officer, opened filled in when it is not.

And from the answers to the options of our commands, with what would go wrong said before any work.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import xlwings as xw

from kttt_xl import remembered, ribbon_form
from kttt_xl.errors import KtttError
from kttt_xl.ribbon_desk import Desk, file_of, has_changes

PLAN_FIELDS = ("plan", "plan_file", "period")
# What is filled in from the last time; not what narrows or names a result, which would do so unseen.
_KEPT = (*PLAN_FIELDS, "folder", "issue_folder", "history", "succession", "campaign")

Answers = Mapping[str, str]


def answers(book: xw.Book, desk: Desk, button: str, wanted: Iterable[str], folder: str) -> dict[str, str] | None:
    """Return what the officer answered in a button's sheet KTTT; None when it is only now opened.

    Where the field called folder was left empty, Excel's own dialog is asked.
    """
    keys = tuple(wanted)
    sheet = ribbon_form.form_sheet(book, button)
    if sheet is None:
        from kttt_xl.plans import plan_ids  # noqa: PLC0415  # each click loads what it needs

        known = known_of(book)
        ribbon_form.write_form(desk.new_sheet(ribbon_form.SHEET), button, keys, known, plan_ids())
        return None
    given = ribbon_form.read_form(sheet, keys)
    return given if given[folder] else {**given, folder: desk.pick_folder(ribbon_form.FIELDS[folder].label)}


def known_of(book: xw.Book) -> dict[str, str]:
    """Return the answers to begin with: what the workbook before the officer says, and what was answered last time."""
    from kttt_xl.history import PERIOD_LABEL, PLAN_LABEL, SOURCE_SHEET  # noqa: PLC0415
    from kttt_xl.plan_book import HEAD  # noqa: PLC0415
    from kttt_xl.plan_book_columns import TABLES  # noqa: PLC0415
    from kttt_xl.report_sources import period_code  # noqa: PLC0415

    if is_report(book):
        facts = {str(label): str(value or "") for label, value in book.sheets[SOURCE_SHEET]["A1:B15"].value}
        plan, period = facts.get(PLAN_LABEL, ""), period_code(facts.get(PERIOD_LABEL, ""))
        before = remembered.answers(plan_id=plan, period_code=period)
        found = _kept(before) if before else {"plan": plan, "period": period}
        return {**found, "updated": str(file_of(book))}
    known = _kept(remembered.answers())
    if {HEAD, *(table.sheet for table in TABLES.values())} <= {sheet.name for sheet in book.sheets}:
        known |= {"plan": "", "plan_file": str(file_of(book))}
    return known


def _kept(before: Answers) -> dict[str, str]:
    return {key: before[key] for key in _KEPT if key in before}


def is_report(book: xw.Book) -> bool:
    """Tell whether a workbook is a consolidated one, by its sheets."""
    from kttt_xl.layout import REPORT_SHEETS  # noqa: PLC0415

    return set(REPORT_SHEETS) <= {sheet.name for sheet in book.sheets}


# --- answers as options


def plan_of(desk: Desk, given: Answers) -> str:
    """Return the plan asked for, an id or the path of a workbook.

    KtttError when none or both are given, and for a workbook that is open with changes its file does not have.
    """
    if bool(given["plan"]) == bool(given["plan_file"]):
        labels = " hoặc ".join(f"«{ribbon_form.FIELDS[key].label}»" for key in ("plan", "plan_file"))
        raise KtttError(f"Ghi một trong hai: {labels}, ở trang {ribbon_form.SHEET}.")
    if given["plan"]:
        return given["plan"]
    file = ribbon_form.path("plan_file", given["plan_file"])
    opened = open_as(desk, file)
    if opened is not None and has_changes(opened):
        raise KtttError(f"Sổ kế hoạch «{file.name}» có thay đổi chưa lưu: lưu lại rồi bấm lại nút.")
    return str(file)


def period_of(given: Answers) -> str:
    """Return the code of the period asked for."""
    from kttt_xl.period import parse_period  # noqa: PLC0415

    return parse_period(required(given, "period")).code


def required(given: Answers, key: str) -> str:
    """Return an answer; KtttError when it was left empty."""
    if not given[key]:
        raise KtttError(f"Chưa ghi «{ribbon_form.FIELDS[key].label}» ở trang {ribbon_form.SHEET}.")
    return given[key]


def offered(given: Answers, key: str) -> str:
    """Return an answer that is one of those offered, or empty; KtttError for any other."""
    choices = ribbon_form.FIELDS[key].choices
    if given[key] and given[key] not in choices:
        label = ribbon_form.FIELDS[key].label
        raise KtttError(f"«{label}» ghi «{given[key]}»; chọn một trong: {'; '.join(choices)}.")
    return given[key]


def file_options(given: Answers, *keys: str) -> list[str]:
    """Return the options that name files and folders, for what was answered."""
    return [f"--{key}={ribbon_form.path(key, item)}" for key in keys for item in ribbon_form.several(given[key])]


def open_as(desk: Desk, file: Path) -> xw.Book | None:
    """Return the open workbook of a file's name, whatever its folder: Excel opens but one of a name."""
    return next((book for book in desk.books() if Path(book.name).name.casefold() == file.name.casefold()), None)
