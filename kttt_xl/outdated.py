"""Copies sent before a document changed their tasks: they are accepted, and what no longer counts is said and shown.

An agency may report on a task that has been withdrawn, or that another agency leads now: nothing of it enters a
status, and nothing of it is lost. Source: contract section 7, last paragraph.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kttt_xl.adjustments import words
from kttt_xl.assignments import coordinates
from kttt_xl.cells import show_date
from kttt_xl.identity import issue_id, shown
from kttt_xl.layout import TASK_COLUMNS
from kttt_xl.messages import WARNING, finding
from kttt_xl.model import TASK, Adjustment, Entry, Finding, Plan, Submission
from kttt_xl.period import Period

_HEADINGS = {column.field: column.heading for column in TASK_COLUMNS} | {"note": "Ghi chú"}
_FIX = "Không cần sửa tệp; nếu vẫn phải tính, xem lại phần điều chỉnh của kế hoạch."


def outdated_entries(
    plan: Plan, issued: Plan, period: Period, withdrawn: Iterable[Adjustment], submissions: Iterable[Submission]
) -> Iterator[Finding]:
    """Yield a warning for each cell of a withdrawn task, and for each row of an agency that leads its task no more.

    plan is the one measured by (adjustments.in_force), issued the one that a build of the period issues copies of.
    """
    gone = {item.key: item for item in withdrawn if item.subject == TASK}
    tasks = {task.id: task for task in plan.tasks}
    for submission in submissions:
        said: set[str] = set()
        for entry in submission.entries if submission.kind == "tasks" else ():
            if entry.key in gone:
                item = gone[entry.key]
                yield _warning(
                    submission,
                    entry,
                    f"Nhiệm vụ {entry.key} đã {words(item)}, từ ngày {show_date(item.valid_from)}; nội dung "
                    f"«{shown(entry.value)}» ở cột «{_HEADINGS[entry.field]}» không được tính.",
                )
                continue
            task = tasks.get(entry.key)
            if task is None or entry.key in said or submission.agency not in task.former_leads:
                continue
            # Who still coordinates fills its row in as such, in a copy that was issued after the change.
            own, blank = (issue_id(issued, period, submission.kind, agency) for agency in (submission.agency, ""))
            same = submission.issue in {own, blank}
            if not (same and coordinates(plan, task, submission.agency)):
                said.add(entry.key)
                yield _warning(
                    submission,
                    entry,
                    f"Nhiệm vụ {entry.key} nay không do đơn vị này chủ trì ({task.change}); nội dung đơn vị gửi được "
                    "giữ ở trang «Nhiệm vụ», không tính vào tình trạng của nhiệm vụ.",
                )


def unplaced(submission: Submission, entry: Entry) -> Finding:
    """Return the warning that an accepted cell goes nowhere: its row is not this agency's in the plan as it is."""
    return finding(
        "unknown-row",
        severity=WARNING,
        agency=submission.agency,
        file=submission.file,
        sheet=entry.sheet,
        cell=entry.cell,
        header=_HEADINGS.get(entry.field, entry.field),
        found=shown(entry.value),
        expected=entry.key,
    )


def _warning(submission: Submission, entry: Entry, message: str) -> Finding:
    return replace(unplaced(submission, entry), message=message, fix=_FIX)
