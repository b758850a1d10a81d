"""From a folder of returned copies to the consolidated workbook: the one way there, with the ledger.

What was received and decided is on disk before the workbook is replaced, and a run that dies anywhere leaves a state
from which the next one comes to the same result. Nothing in the workbook depends on the clock, on the order of files or
on how often this was run. Source: contract, sections 3 and 6.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from kttt_xl import intake, keys, ledger_history, report, writer
from kttt_xl.consolidation import Consolidated, consolidate
from kttt_xl.decisions import standing
from kttt_xl.errors import MisuseError, OutputError
from kttt_xl.history import Accepted
from kttt_xl.ledger import LEDGER_FILE, Ledger, journal_of, open_ledger
from kttt_xl.lock import hold
from kttt_xl.model import Plan
from kttt_xl.originals import Originals
from kttt_xl.period import Period
from kttt_xl.receiving import Received, read_received, receive
from kttt_xl.report_sources import in_short
from kttt_xl.succession import Edge
from kttt_xl.taking_back import fingerprint, take_back
from kttt_xl.twins import NATIVE
from kttt_xl.workers import on_day

KEPT = 3  # earlier workbooks that stay beside the new one

_File = tuple[str, Path, bool]  # name, place, whether it may be a copy
_Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What is to be put together: the copies in folder, of a plan and period, as of a day, into the workbook out.

    campaign is the campaign folder when one is named; books is what earlier consolidated workbooks accepted, edges who
    took over from which agency, functions what the workbook's formulas call (twins). decided holds other workbooks of
    this plan and period into which officers typed decisions and slips; out is always read for them, after those.
    """

    folder: Path
    out: Path
    plan: Plan
    period: Period
    as_of: date
    campaign: Path | None = None
    books: Sequence[Accepted] = ()
    edges: Sequence[Edge] = ()
    functions: str = NATIVE
    decided: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class Collected:
    """What came of it: the result that the workbook shows, and sentences for the officer beside it."""

    result: Consolidated
    remarks: tuple[str, ...]


def collect(asked: Round, now: datetime, progress: _Progress = lambda _name, _of: None) -> Collected:
    """Take in a folder, consolidate, and write the workbook; now is the moment that events are recorded with.

    progress is told each copy's name as it is done, and how many there are. KtttError when it cannot be done: the
    workbook is then as it was.
    """
    if not asked.folder.is_dir():
        raise MisuseError(f"Không có thư mục «{asked.folder}».")
    for book in asked.decided:
        if not book.is_file():
            raise MisuseError(f"Không có sổ tổng hợp «{book}».")
    writer.require_writable(asked.out, KEPT)
    campaign = keys.campaign_folder(asked.campaign, asked.plan.id)
    with hold(campaign, now), open_ledger(campaign) as ledger:
        originals = Originals(campaign)
        writer.make_folder(originals.folder, deep=True)  # away with what dead runs left there
        return _collect(asked, ledger, originals, now, progress)


def _collect(asked: Round, ledger: Ledger, originals: Originals, now: datetime, progress: _Progress) -> Collected:
    plan, period, as_of = asked.plan, asked.period, asked.as_of
    seen = fingerprint(asked.out)
    with ledger.transaction():
        books = (*asked.decided, asked.out)
        said = tuple(found for book in books for found in take_back(book, ledger, plan, period, now))
    history, remarks = ledger_history.past(ledger, asked.books, plan.id, period)
    files = list(_files(asked, originals))
    candidates = [(name, path) for name, path, candidate in files if candidate]
    received = receive(candidates, ledger, originals, now)
    found = read_received(received, ledger, originals, asked.campaign, lambda name: progress(name, len(candidates)))
    readings, passed = intake.read_all(files, lambda _path, name: on_day(found[name], as_of))
    decided = standing(ledger.events(plan.id, period.code))
    judged = (*intake.judge(readings, plan, period, received=ledger.received, standing=decided), *passed)
    copies = tuple(sorted(judged, key=lambda copy: copy.file))
    _conserve(files, received, copies, originals)
    gone = ledger_history.gone(ledger, plan.id, period, set(received.kept.values()))
    result = consolidate(plan, period, as_of, copies, history, asked.edges, decided, gone, said)
    book = report.write_report(result, asked.functions)
    if fingerprint(asked.out) != seen:
        raise OutputError(f"«{asked.out}» vừa được lưu lại trong lúc tổng hợp, nên không bị ghi đè: chạy lại lệnh này.")
    writer.write_file(asked.out, book, KEPT)
    ledger_history.record_run(ledger, result, book, now)
    return Collected(result, (*remarks, *_gone(gone)))


def _files(asked: Round, originals: Originals) -> Iterator[_File]:
    """Yield the files of the folder, and the workbook where it is to lie there: the next run will find it.

    What comes and goes with runs is not among them: the originals of a campaign folder in there, the journal of its
    ledger, the earlier workbooks that are kept.
    """
    folder, out, store = (path.resolve() for path in (asked.folder, asked.out, originals.folder))
    ours = {*writer.kept(out, KEPT), journal_of(originals.campaign.resolve() / LEDGER_FILE)}
    for name, path, candidate in intake.find_files([asked.folder], [asked.out]):
        place = path.parent.resolve() / path.name
        if place not in ours and not place.is_relative_to(store):
            yield name, path, candidate
    if out.is_relative_to(folder) and not out.exists():
        yield out.relative_to(folder).as_posix(), asked.out, False


def _conserve(
    files: Sequence[_File], received: Received, copies: Sequence[intake.JudgedCopy], originals: Originals
) -> None:
    """Hold on every run that each file found has one verdict, and that the original of each file read is there."""
    names, judged = Counter(name for name, _, _ in files), Counter(copy.file for copy in copies)
    if names != judged:
        raise AssertionError(f"files not conserved: {names - judged} without a verdict, {judged - names} unknown")
    lost = {sha256 for sha256 in received.kept.values() if not originals.holds(sha256)}
    if lost:
        raise AssertionError(f"originals not conserved: {sorted(lost)}")


def _gone(names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return ()
    told = in_short(list(names))
    return (f"{len(names)} tệp đã nhận ở lần tổng hợp trước không còn trong thư mục, không tính: {told}.",)
