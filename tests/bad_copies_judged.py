"""What becomes of bad copies: read by the product's own worker processes, judged each on its own, compared whole."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from bad_copies import AS_OF, KEY, PERIOD, BadCopy, Base, Outcome, Values, bases

from kttt_xl import intake, workers
from kttt_xl.campaign import read_places
from kttt_xl.intake import JudgedCopy
from kttt_xl.messages import MESSAGES
from kttt_xl.model import Submission
from kttt_xl.reader import CopyReading
from kttt_xl.workers import read_and_check

_AT_ONCE = 200  # cases written to the disk together


@dataclass(frozen=True, slots=True)
class Met:
    """A case with what became of its files: readings of the candidates, and the files passed over."""

    case: BadCopy
    readings: tuple[CopyReading, ...]
    passed: tuple[JudgedCopy, ...]

    @property
    def judged(self) -> dict[str, JudgedCopy]:
        """Return each file with its verdict, by its name inside the case's folder."""
        copies = (*intake.judge(self.readings, bases().plan, PERIOD), *self.passed)
        return {copy.file.partition("/")[2]: copy for copy in copies}

    @property
    def wrong(self) -> str:
        """Return what is not as expected, "" when all is: verdict, codes and values of every file."""
        judged = self.judged
        got = {name: outcome(copy) for name, copy in judged.items()}
        if self.case.or_harmless and all(map(_harmless, judged.values())):
            return ""
        if got == self.case.expected:
            return _unconserved(judged.values())
        names = sorted({*got, *self.case.expected})
        told = [_difference(name, got.get(name), self.case.expected.get(name)) for name in names]
        return f"{self.case.group}: {self.case.name}: {'; '.join(filter(None, told))}"


def campaign_folder(folder: Path) -> Path:
    """Make a campaign folder with the key that the copies are signed with."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "khoa.key").write_text(KEY.hex() + "\n", encoding="ascii")
    return folder


def meet(cases: Iterable[BadCopy], campaign: Path) -> Iterator[Met]:
    """Write the cases to files and read them as `consolidate` does, a few hundred at once; yield them in order."""
    waiting = list(cases)
    for begin in range(0, len(waiting), _AT_ONCE):
        with TemporaryDirectory() as name:
            yield from _meet(waiting[begin : begin + _AT_ONCE], Path(name), campaign)


def _meet(cases: Sequence[BadCopy], folder: Path, campaign: Path) -> Iterator[Met]:
    for number, case in enumerate(cases):
        own = folder / f"{number:04}"
        own.mkdir()
        case.write(own)
    with patch.multiple(workers, SECONDS=60.0, SECONDS_ALONE=300.0):  # tests share the machine; those have their own
        readings, passed = read_places([folder], AS_OF, campaign)
    read: dict[str, list[CopyReading]] = {}
    for reading in readings:
        read.setdefault(reading.file.partition("/")[0], []).append(reading)
    other: dict[str, list[JudgedCopy]] = {}
    for copy in passed:
        other.setdefault(copy.file.partition("/")[0], []).append(copy)
    for number, case in enumerate(cases):
        own_name = f"{number:04}"
        yield Met(case, tuple(read.get(own_name, ())), tuple(other.get(own_name, ())))


def outcome(copy: JudgedCopy) -> Outcome:
    """Return what became of a file, as a case expects it."""
    accepted = copy.verdict == "accepted"
    values = values_of(copy.reading.submission) if accepted and copy.reading and copy.reading.submission else None
    return Outcome(copy.verdict, frozenset(found.code for found in copy.findings), values)


def values_of(submission: Submission) -> Values:
    """Return what was accepted, by row and field."""
    return {(entry.key, entry.field): entry.value for entry in submission.entries}


def _harmless(copy: JudgedCopy) -> bool:
    """Tell whether a damaged file was refused as a whole, or says in every respect what the good one says."""
    if copy.verdict == "refused":
        return any(MESSAGES[found.code].scope == "copy" for found in copy.findings)
    submission = copy.reading.submission if copy.reading else None
    if copy.verdict != "accepted" or copy.findings or submission is None:
        return False
    return _plain(submission) == good_submission(submission.kind)


@cache
def good_submission(kind: str) -> Submission:
    """Return what the good copy of a form says."""
    base: Base = {"tasks": bases().tasks, "stats": bases().stats}[kind]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(base.content)
        reading = read_and_check(path, path.name, lambda _plan: KEY)
    assert reading.submission is not None
    assert reading.findings == ()
    return _plain(reading.submission)


def _plain(submission: Submission) -> Submission:
    return replace(submission, file="", sha256="")


def _unconserved(copies: Iterable[JudgedCopy]) -> str:
    """Return which copy loses cells: filled = accepted + refused (contract, section 5)."""
    for copy in copies:
        submission = copy.reading.submission if copy.reading else None
        if submission and submission.filled != submission.accepted + submission.refused:
            return f"{copy.file}: {submission.filled} != {submission.accepted} + {submission.refused}"
    return ""


def _difference(name: str, got: Outcome | None, expected: Outcome | None) -> str:
    if got is None or expected is None:
        return f"{name}: {got and got.verdict} instead of {expected and expected.verdict}"
    told = []
    if (got.verdict, got.codes) != (expected.verdict, expected.codes):
        verdicts = f"{got.verdict} {sorted(got.codes)} instead of {expected.verdict} {sorted(expected.codes)}"
        told.append(verdicts)
    mine, theirs = dict(got.values or {}), dict(expected.values or {})
    places = [place for place in sorted({*mine, *theirs}) if mine.get(place, "?") != theirs.get(place, "?")]
    told += [
        f"{place}: {mine.get(place, '(none)')!r} instead of {theirs.get(place, '(none)')!r}" for place in places[:5]
    ]
    return f"{name}: {', '.join(told)}" if told else ""
