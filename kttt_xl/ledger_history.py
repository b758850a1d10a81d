"""What each consolidation accepted, as the ledger keeps it: recorded by the run, read by those of later periods.

It is what stands in the consolidated workbook, so that the ledger and the workbooks tell one history. Source: contract
section 3, "Campaign folder".
"""

import hashlib
import json
from collections.abc import Container, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import delete, insert, select

from kttt_xl import __version__
from kttt_xl.consolidation import Consolidated
from kttt_xl.errors import LedgerError
from kttt_xl.history import Accepted, History, as_history
from kttt_xl.ledger import Event, Ledger, has_ledger, open_ledger
from kttt_xl.ledger_tables import figures, states
from kttt_xl.model import Figure
from kttt_xl.paper import writable
from kttt_xl.period import Period, parse_period
from kttt_xl.tables import evidence

CONSOLIDATED = "consolidated"

_TABLES = (figures, states)
_Rows = tuple[list[list[str]], ...]  # of each of _TABLES, in order


def record_run(ledger: Ledger, result: Consolidated, book: bytes, now: datetime) -> Event | None:
    """Record a consolidation: the verdict on each file, what was accepted, and the digest of the workbook.

    Nothing is recorded, and None returned, when all of it is as the last run left it.
    """
    plan, period = result.plan.id, result.period.code
    rows = _rows(_accepted_by(result))
    body = {
        "as_of": result.as_of.isoformat(),
        "version": __version__,
        "book": hashlib.sha256(book).hexdigest(),
        "accepted": _digest(rows),
        "files": [[copy.file, copy.reading.sha256 if copy.reading else "", copy.verdict] for copy in result.copies],
    }
    with ledger.transaction() as connection:
        last = ledger.latest(CONSOLIDATED, plan).get(period)
        if last and last.body == body and _digest(_kept(ledger, plan, period)) == body["accepted"]:
            return None
        for table, told in zip(_TABLES, rows, strict=True):
            connection.execute(delete(table).where(table.c.plan == plan, table.c.period == period))
            columns = table.columns.keys()
            held = [dict(zip(columns, (plan, period, at, *row), strict=True)) for at, row in enumerate(told)]
            if held:
                connection.execute(insert(table), held)
        return ledger.record(CONSOLIDATED, plan, period, body, now)


def past_of(campaign: Path, books: Sequence[Accepted], plan: str, period: Period) -> tuple[History, tuple[str, ...]]:
    """Return what past does, from the ledger of a campaign folder if there is one."""
    if not has_ledger(campaign):
        return past(None, books, plan, period)
    with open_ledger(campaign) as ledger:
        return past(ledger, books, plan, period)


def past(
    ledger: Ledger | None, books: Sequence[Accepted], plan: str, period: Period
) -> tuple[History, tuple[str, ...]]:
    """Return what earlier periods accepted, from these workbooks and for other periods from the ledger; and remarks.

    LedgerError for a period whose figures in the ledger are not those that were recorded.
    """
    runs = ledger.latest(CONSOLIDATED, plan) if ledger else {}
    earlier = {when: runs[code] for code in runs if (when := parse_period(code)) < period}
    given = {book.period for book in books}
    remarks = tuple(
        f"{when.name}: dùng bản tổng hợp chỉ ở --history, không dùng số liệu trong sổ nhận."
        for when in sorted(given & earlier.keys())
    )
    kept = [_accepted(ledger, when, run) for when, run in earlier.items() if ledger and when not in given]
    return as_history((*books, *kept)), remarks


def gone(ledger: Ledger, plan: str, period: Period, present: Container[str]) -> tuple[str, ...]:
    """Return the names of files that an earlier run of a period accepted, and whose sha256 is not among these."""
    runs = (event for event in ledger.events(plan, period.code) if event.kind == CONSOLIDATED)
    accepted = {sha256: name for run in runs for name, sha256, verdict in run.body["files"] if verdict == "accepted"}
    return tuple(sorted(name for sha256, name in accepted.items() if sha256 not in present))


def _accepted_by(result: Consolidated) -> Accepted:
    """Return what a consolidation accepted, as its workbook shows it."""
    told = tuple((row.task.id, row.agency, (result.period, row.state, row.done_on)) for row in result.task_rows)
    return Accepted(result.period, tuple(item for item in evidence(result) if isinstance(item, Figure)), told)


def _accepted(ledger: Ledger, when: Period, run: Event) -> Accepted:
    """Return what a run accepted; LedgerError when that is not what its event says."""
    rows = _kept(ledger, run.plan, run.period)
    if _digest(rows) != run.body["accepted"]:
        raise LedgerError(
            f"Số liệu {when.name} của kế hoạch {run.plan} trong sổ nhận «{ledger.path}» đã bị sửa hoặc mất: tổng "
            f"hợp lại kỳ đó, hoặc chỉ bản tổng hợp của kỳ đó bằng --history."
        )
    return Accepted(
        when,
        tuple(
            Figure(code, agency, parse_period(period), Decimal(value), *where)
            for code, agency, period, value, *where in rows[0]
        ),
        tuple(
            (task, agency, (when, state or None, date.fromisoformat(day) if day else None))
            for task, agency, state, day in rows[1]
        ),
    )


def _rows(accepted: Accepted) -> _Rows:
    return (
        [
            [
                item.code,
                item.agency,
                item.period.code,
                str(item.value),
                *map(writable, (item.file, item.sheet, item.cell)),
            ]
            for item in accepted.figures
        ],
        [
            [task, agency, state or "", done_on.isoformat() if done_on else ""]
            for task, agency, (_, state, done_on) in accepted.states
        ],
    )


def _kept(ledger: Ledger, plan: str, period: str) -> _Rows:
    with ledger.transaction() as connection:
        return tuple(
            [
                list(row[3:])
                for row in connection.execute(
                    select(table).where(table.c.plan == plan, table.c.period == period).order_by(table.c.at)
                )
            ]
            for table in _TABLES
        )


def _digest(rows: _Rows) -> str:
    return hashlib.sha256(json.dumps(rows, default=repr).encode()).hexdigest()  # a damaged row may hold anything
