"""A plan, given by id or folder -> a Plan, or every problem of it at once (contract, sections 1 and 3)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from kttt_xl import resources
from kttt_xl.errors import MisuseError, PlanError
from kttt_xl.model import Finding, Plan
from kttt_xl.plan_checks import check
from kttt_xl.plan_draft import Draft
from kttt_xl.plan_head import HEAD, read_head
from kttt_xl.plan_tables import (
    ADJUSTMENTS,
    AGENCIES,
    INDICATORS,
    TABLES,
    TARGETS,
    TASKS,
    Row,
    read_adjustment,
    read_agency,
    read_indicator,
    read_table,
    read_target,
    read_task,
)

_T = TypeVar("_T")


def plan_ids() -> tuple[str, ...]:
    """Return the ids of the built-in plans, sorted."""
    return tuple(sorted(path.parent.name for path in resources.folder("workbooks").glob(f"*/{HEAD}")))


def find_plan(plan: str) -> Path:
    """Return the folder or workbook of a plan given by id or path; MisuseError when there is none.

    A folder with a file of a plan comes before the built-in plan of that name: it is an officer's own version.
    """
    if _is_plan(Path(plan)):
        return Path(plan)
    if plan in plan_ids():
        return resources.folder("workbooks") / plan
    raise MisuseError(
        f"Không có kế hoạch «{plan}». Các kế hoạch có sẵn: {', '.join(plan_ids())}; "
        f"hoặc chỉ đường dẫn tới thư mục kế hoạch có tệp {HEAD}, hoặc tới sổ kế hoạch .xlsx."
    )


def _is_plan(folder: Path) -> bool:
    try:
        return (folder.suffix.lower() == ".xlsx" and folder.is_file()) or any(
            (folder / name).is_file() for name in (HEAD, *TABLES)
        )
    except OSError:  # a name too long, or a folder closed to us
        return False


def load_plan(plan: str) -> Plan:
    """Return the plan given by id, folder or workbook; PlanError listing every error when it has any."""
    loaded, findings = read_plan(find_plan(plan))
    if loaded is not None:
        return loaded
    errors = [found for found in findings if found.severity == "error"]
    lines = (f"{' '.join((found.sheet, found.cell)).strip()}: {found.message} {found.fix}" for found in errors)
    raise PlanError("\n".join((f"Kế hoạch «{plan}» có {len(errors)} lỗi:", *lines)))


def read_plan(folder: Path) -> tuple[Plan | None, tuple[Finding, ...]]:
    """Return the plan in a folder or workbook, None when anything is an error, and every problem, errors first."""
    if folder.is_file():
        from kttt_xl.plan_book_read import read_plan_file  # noqa: PLC0415  # only for an officer's own workbook

        return read_plan_file(folder)
    problems: list[Finding] = []
    head = read_head(folder / HEAD, problems)
    before = head.settings.before_includes_day if head else True

    def table(name: str, read: Callable[[Row, list[Finding]], _T]) -> list[tuple[Row, _T]] | None:
        rows = read_table(folder / name, problems)
        return None if rows is None else [(row, read(row, problems)) for row in rows]

    draft = Draft(
        head,
        table(AGENCIES, read_agency),
        table(TASKS, partial(read_task, before_includes_day=before)),
        table(INDICATORS, read_indicator),
        table(TARGETS, read_target),
        table(ADJUSTMENTS, read_adjustment) if (folder / ADJUSTMENTS).exists() else (),
    )
    problems += check(draft)
    sound = not any(found.severity == "error" for found in problems)
    return draft.plan if sound else None, tuple(problems)
