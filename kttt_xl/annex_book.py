"""An annex and a register -> the plan workbook that proposes its rows, and what to tell of it.

Nothing of the plan's head is filled in: an annex seldom states it, and where it does the numbers may differ
(655/KH-UBND, 655/UBND-KH in one document).
"""

from dataclasses import dataclass, replace
from typing import Any

from kttt_xl.annex import Annex, ProposedTask
from kttt_xl.annex_agencies import HEADLESS, AssignedTask, ProposedAgency, assign
from kttt_xl.model import Plan, Task
from kttt_xl.period import parse_deadline
from kttt_xl.plan_book import WORDS
from kttt_xl.plan_book_review import CERTAIN
from kttt_xl.plan_book_values import Values
from kttt_xl.plan_book_write import write_proposal
from kttt_xl.plan_tables import AGENCIES, TASKS


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an annex proposes; file is its name."""

    file: str
    tasks: tuple[AssignedTask, ...]
    agencies: tuple[ProposedAgency, ...]
    passed_over: tuple[tuple[str, str], ...]

    @property
    def to_see(self) -> tuple[int, int]:
        """Return how many tasks and how many agencies an officer has to look at."""
        tasks = sum(item.task.confidence != CERTAIN for item in self.tasks)
        return tasks, sum(item.confidence != CERTAIN for item in self.agencies)


def propose(annex: Annex, file: str, register: Plan | None = None) -> Proposal:
    """Return what an annex proposes; names of agencies are recognised by another plan's register when one is given."""
    return Proposal(file, *assign(annex.rows, register), annex.passed_over)


def proposed_task(item: AssignedTask) -> Task:
    """Return a proposed row as the task it is once confirmed; its source note keeps what was put right."""
    row, before = item.task, HEADLESS.settings.before_includes_day
    return Task(
        id=row.id,
        section=row.section,
        title=row.title,
        lead=item.lead,
        lead_text=row.lead_text,
        coordinating=item.coordinating,
        coordinating_text=row.coordinating_text,
        submit_to=row.submit_to,
        product=row.product,
        deadline_text=row.deadline_text,
        deadline=parse_deadline(row.deadline_text, row.title, before_includes_day=before),
        source_note=" ".join(row.repairs),
    )


def proposal_book(proposal: Proposal) -> bytes:
    """Return the plan workbook of a proposal; the same proposal gives the same bytes."""
    plan = replace(
        HEADLESS,
        agencies=tuple(item.agency for item in proposal.agencies),
        tasks=tuple(map(proposed_task, proposal.tasks)),
    )
    reviews = {
        TASKS: [_review(item.task.source, item.task.confidence, item.told) for item in proposal.tasks],
        AGENCIES: [_review(item.source, item.confidence, item.repairs) for item in proposal.agencies],
    }
    return write_proposal(plan, reviews, proposal.passed_over, _guide(proposal))


def proposal_document(proposal: Proposal) -> dict[str, Any]:
    """Return the JSON document of `plan import`."""
    tasks, agencies = proposal.to_see
    return {
        "file": proposal.file,
        "tasks": len(proposal.tasks),
        "doubtful": tasks,
        "agencies": len(proposal.agencies),
        "doubtful_agencies": agencies,
        "rows": [_row({"id": item.task.id}, item.task, item.told) for item in proposal.tasks],
        "agency_rows": [
            _row({"name": item.agency.name, "group": item.agency.group}, item, item.repairs)
            for item in proposal.agencies
        ],
        "passed_over": [{"source_line": where, "text": text} for where, text in proposal.passed_over],
    }


def _row(names: dict[str, Any], item: ProposedTask | ProposedAgency, told: tuple[str, ...]) -> dict[str, Any]:
    return names | {"source_line": item.source, "confidence": item.confidence, "repairs": list(told)}


def _review(source: str, confidence: str, repairs: tuple[str, ...]) -> Values:
    word = WORDS["confidence"][confidence]
    return {"source_line": source, "confidence": word, "repairs": "\n".join(repairs), "seen": ""}


def _guide(proposal: Proposal) -> tuple[str, ...]:
    tasks, agencies = proposal.to_see
    counts = (
        f"{len(proposal.tasks)} nhiệm vụ ({tasks} dòng phải xem), {len(proposal.agencies)} cơ quan ({agencies} dòng "
        f"phải xem), {len(proposal.passed_over)} dòng bỏ qua"
    )
    return (
        "Sổ kế hoạch đề xuất từ phụ lục",
        f"Lập từ tệp «{proposal.file}»: {counts}. Mọi dòng là đề xuất.",
        "a. Trang Cơ quan và Nhiệm vụ: dòng vàng đã được sửa hoặc hiểu theo một cách, dòng hồng còn nghi ngờ.",
        "Đọc các cột cuối bên phải, đối chiếu với văn bản gốc, sửa nếu cần, rồi chọn x ở cột Đã xem: màu sẽ mất.",
        "b. Trang Dòng bỏ qua: xem có nhiệm vụ nào bị sót không.",
        "c. Trang Kế hoạch: chưa điền gì; điền theo văn bản gốc.",
        "d. Chạy lệnh «kttt-xl plan check» và tên tệp này: mọi chỗ còn thiếu, còn chưa xem được nêu cùng lúc.",
    )
