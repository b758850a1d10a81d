"""An officer's desk for tests: a small plan, copies as they were read, a ledger in memory, the workbook OUT to type in.

What is typed goes into the sheet's own part, as an office program saves it (kttt_xl.filling).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from test_consolidation import PLAN, YEAR
from test_consolidation import copy as reported

from kttt_xl import report
from kttt_xl.consolidation import Consolidated, consolidate
from kttt_xl.decisions import Standing, standing
from kttt_xl.filling import Content, fill
from kttt_xl.history import report_sheets
from kttt_xl.identity import Manifest
from kttt_xl.intake import judge
from kttt_xl.model import Finding, Value
from kttt_xl.reader import CopyReading
from kttt_xl.source_places import CLOSED_LABEL, CLOSED_NOTE_LABEL, EMPTY_SLIPS, NUMBER, SHEET, TYPED_HEADINGS
from kttt_xl.taking_back import take_back

AS_OF, NOW = date(2024, 12, 20), datetime(2024, 12, 20, 9, 0, tzinfo=UTC)
SLIP_ROW = ("Nhập thay", "Xã A", "N", "2024", 5, "Điện thoại 5/12", "Nguyễn Thị An")


@dataclass(frozen=True)
class Happened:
    """An event as the ledger keeps it."""

    seq: int
    kind: str
    body: Mapping[str, Any]


@dataclass
class MemoryLedger:
    """A ledger of one plan and period."""

    told: list[Happened] = field(default_factory=list)

    def events(self, _plan: str, _period: str) -> tuple[Happened, ...]:
        return tuple(self.told)

    def record(self, kind: str, _plan: str, _period: str, body: Mapping[str, Any], _at: datetime) -> Happened:
        self.told.append(Happened(len(self.told) + 1, kind, body))
        return self.told[-1]

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.told]

    @property
    def standing(self) -> Standing:
        return standing(self.told)


def sha(letter: str) -> str:
    return letter * 64


def reading(name: str, agency: str, kind: str, typed: Mapping[tuple[str, str], Value], **more: Any) -> CopyReading:
    """A copy of the small plan as it was read; name is one hexadecimal digit, of which its sha256 is made."""
    submission = reported(agency, kind, dict(typed), file=f"{name}.xlsx", sha256=sha(name), **more).reading.submission
    day = date(2024, 1, 1)
    manifest = Manifest(
        plan=PLAN.id, period="2024", kind=kind, agency=agency, issue="i", layout="1", sheet=submission.sheet,
        columns=(), rows=(), choices={}, earliest=day, latest=day, span=(day, day), fixed={}, cover={},
    )  # fmt: skip
    return CopyReading(f"{name}.xlsx", sha(name), (), manifest, submission)


def refused_reading(name: str, found: Finding) -> CopyReading:
    return CopyReading(f"{name}.xlsx", sha(name), (found,))


@dataclass
class Desk:
    """OUT and the ledger; every run takes back what was typed, judges the copies and writes OUT again."""

    out: Path
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    received: dict[str, int] = field(default_factory=dict)
    said: tuple[Finding, ...] = ()

    def run(self, *readings: CopyReading) -> Consolidated:
        self.said = take_back(self.out, self.ledger, PLAN, YEAR, NOW)
        if any(each.sha256 not in self.received for each in readings):
            moment = self.ledger.record("received", "", "", {}, NOW).seq
            self.received = {each.sha256: moment for each in readings} | self.received
        now = self.ledger.standing
        copies = judge(readings, PLAN, YEAR, received=self.received, standing=now)
        result = consolidate(PLAN, YEAR, AS_OF, copies, standing=now, said=self.said)
        self.out.write_bytes(report.write_report(result))
        return result

    def type(self, cells: Mapping[str, Content]) -> None:
        """Type into cells of Nguồn by address."""
        self.out.write_bytes(fill(self.out.read_bytes(), SHEET, cells))

    @property
    def cells(self) -> dict[str, Any]:
        """Return what stands on Nguồn by address."""
        return {cell.address: cell.value for cell in report_sheets(self.out)[SHEET].cells.values()}

    def decide(self, letter: str, choice: str | None, note: str | None = None) -> None:
        """Choose for a file, found by its SHA-256."""
        row = self._row(sha(letter))
        self.type({f"E{row}": choice, f"F{row}": note})

    def decided(self, letter: str) -> tuple[str | None, str | None]:
        cells, row = self.cells, self._row(sha(letter))
        return cells.get(f"E{row}"), cells.get(f"F{row}")

    def close(self, word: str, note: str = "") -> None:
        self.type({f"B{self._row(CLOSED_LABEL)}": word or None, f"B{self._row(CLOSED_NOTE_LABEL)}": note or None})

    def write_slips(self, *rows: Iterable[Any]) -> None:
        """Type into the first rows without a number."""
        free = [row for row, cells in self.slip_rows() if cells[0] is None]
        for at, values in zip(free, rows, strict=False):
            self.put_slip(at, *values)

    def put_slip(self, row: int, *values: Any) -> None:
        self.type({f"{chr(ord('B') + at)}{row}": value for at, value in enumerate(values)})

    def clear_slip(self, row: int) -> None:
        self.put_slip(row, *(None,) * len(TYPED_HEADINGS))

    def slip_rows(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yield the rows of the table of slips, number and result with them, and the empty ones below."""
        cells, heading = self.cells, self._row(NUMBER)
        row, empty = heading + 1, 0
        while empty < EMPTY_SLIPS:
            found = tuple(cells.get(f"{column}{row}") for column in "ABCDEFGHI")
            empty += not any(found)
            yield row, found
            row += 1

    @property
    def slips(self) -> list[tuple[Any, ...]]:
        """Return the rows of slips with anything in them."""
        return [cells for _, cells in self.slip_rows() if any(cells)]

    def _row(self, text: str) -> int:
        return next(int(at.lstrip("ABCDEFGHIJ")) for at, value in self.cells.items() if value == text)
