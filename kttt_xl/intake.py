"""What came back: every file of a folder gets exactly one verdict (contract, sections 3 and 5)."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kttt_xl.errors import MisuseError
from kttt_xl.layout import SHEET_NAMES
from kttt_xl.messages import ERROR, finding
from kttt_xl.model import Finding, Plan
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading

VERDICTS = ("accepted", "refused", "duplicate", "superseded", "conflicting", "skipped")
_CONTAINERS = (".zip", ".rar", ".7z", ".pdf", ".eml", ".msg")
# Tables and JSON, the ledger (and with it Windows' Thumbs.db), the key of a campaign.
_NOT_COPIES = (".csv", ".json", ".sqlite", ".db", ".key")


@dataclass(frozen=True, slots=True)
class JudgedCopy:
    """A file with its verdict; reading is None for a skipped one."""

    file: str
    verdict: str
    findings: tuple[Finding, ...] = ()
    reading: CopyReading | None = None


def find_files(places: Iterable[Path], outputs: Iterable[Path] = ()) -> Iterator[tuple[str, Path, bool]]:
    """Yield (name, path, is a candidate copy) for every file in the places, folders recursively, in name order.

    Names are relative to their folder; one that stands in two places is given with its place. A file named by
    itself is a candidate whatever it is called; outputs are our own results, skipped. A link is a file, for the
    gate to refuse. MisuseError when a place is not there or a folder cannot be read.
    """
    ours = {path.resolve() for path in outputs}
    found: dict[Path, tuple[str, bool]] = {}  # each file once, however often it is named
    for place in places:
        if not place.exists() and not place.is_symlink():
            raise MisuseError(f"Không có tệp hoặc thư mục «{place}».")
        if not place.is_dir():
            found[place] = (place.name, True)
            continue
        for path in sorted(_walk(place), key=lambda inside: inside.relative_to(place).as_posix()):
            inside = path.relative_to(place)
            found.setdefault(path, (inside.as_posix(), _is_candidate(inside) and path.resolve() not in ours))
    names = Counter(name for name, _ in found.values())
    for path, (name, candidate) in found.items():
        yield (name if names[name] == 1 else path.as_posix()), path, candidate


def _walk(folder: Path) -> Iterator[Path]:
    def stop(error: OSError) -> None:
        raise MisuseError(f"Không đọc được thư mục «{error.filename}».") from error

    for root, folders, files in os.walk(folder, onerror=stop):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        yield from (Path(root) / name for name in (*files, *links))


def _is_candidate(path: Path) -> bool:
    """Tell whether a file of a folder may be a copy by its name: lock files and hidden ones are not."""
    hidden = any(part.startswith((".", "~$")) for part in path.parts)
    return not hidden and not path.name.lower().endswith((*_CONTAINERS, *_NOT_COPIES))


def skipped(name: str) -> JudgedCopy:
    """Return the verdict on a file that is not a copy; a container is named, so that somebody unpacks it."""
    path = Path(name)
    container = path.suffix.lower() in _CONTAINERS and not any(part.startswith((".", "~$")) for part in path.parts)
    notes = (finding("unsupported-container", file=name, found=path.name),) if container else ()
    return JudgedCopy(name, "skipped", notes)


def judge(readings: Iterable[CopyReading], plan: Plan, period: Period) -> tuple[JudgedCopy, ...]:
    """Give every reading its verdict for this plan and period, in the order of file names.

    Several copies of one agency and form: a copy made from another supersedes it, and so does the only one with a
    reason for resubmission; equal values are one copy and its duplicates; other differences are conflicts that a
    person settles. Modification times are never evidence. Source: contract section 5.
    """
    judged = [_judge_alone(reading, plan, period) for reading in sorted(readings, key=lambda reading: reading.file)]
    groups: dict[tuple[str, str], list[int]] = {}
    for at, copy in enumerate(judged):
        if copy.verdict == "accepted" and copy.reading and copy.reading.submission:
            submission = copy.reading.submission
            groups.setdefault((submission.agency, submission.kind), []).append(at)
    for (agency, _), places in groups.items():
        verdicts = dict(zip(places, _settle([_Returned.of(judged[at].reading) for at in places]), strict=True))
        for at, verdict in verdicts.items():
            copy = replace(judged[at], verdict=verdict)
            if verdict == "conflicting":
                rivals = ", ".join(judged[other].file for other in places if other != at and verdicts[other] == verdict)
                conflict = finding("conflicting-copies", agency=agency, file=copy.file, found=rivals)
                copy = replace(copy, findings=(conflict, *copy.findings))
            judged[at] = copy
    return tuple(judged)


def _judge_alone(reading: CopyReading, plan: Plan, period: Period) -> JudgedCopy:
    manifest = reading.manifest
    if manifest is None or reading.submission is None:
        return JudgedCopy(reading.file, "refused", reading.findings, reading)
    kinds = [kind for kind, rows in (("tasks", plan.tasks), ("stats", plan.indicators)) if rows]
    wrong: tuple[str, str, str] | None = None
    if manifest.plan != plan.id:
        wrong = ("wrong-plan", manifest.plan, plan.id)
    elif manifest.period != period.code:
        wrong = ("wrong-period", manifest.period, period.code)
    elif manifest.kind not in kinds:
        wrong = ("wrong-kind", SHEET_NAMES[manifest.kind], ", ".join(SHEET_NAMES[kind] for kind in kinds))
    elif manifest.agency not in {agency.name for agency in plan.agencies if not agency.group}:
        wrong = ("wrong-agency", "đơn vị không có trong kế hoạch", manifest.agency)
    if wrong:
        reading = replace(reading, findings=(mismatch(wrong[0], reading, *wrong[1:]), *reading.findings))
    verdict = "refused" if reading.refused else "conflicting" if reading.disputed else "accepted"
    return JudgedCopy(reading.file, verdict, reading.findings, reading)


def mismatch(code: str, reading: CopyReading, found: str, expected: str) -> Finding:
    """Return the finding that a copy belongs to another plan, period, form or agency."""
    agency = reading.manifest.agency if reading.manifest else ""
    return finding(code, agency=agency, file=reading.file, found=found, expected=expected)


# --- several copies of one agency and form


@dataclass(frozen=True, slots=True)
class _Returned:
    """What decides between copies: the file's hash, the hash of what it was made from, a reason, and what it says.

    Two copies that say the same say equal values in the same rows and have the same cells refused.
    """

    sha256: str
    made_from: str
    has_reason: bool
    says: object

    @classmethod
    def of(cls, reading: CopyReading | None) -> "_Returned":
        if reading is None or reading.submission is None:
            raise ValueError("a copy that was not read cannot be compared")
        submission = reading.submission
        values = frozenset(
            (entry.key, entry.field, entry.value) for entry in submission.entries if entry.value is not None
        )
        refused = Counter(
            (found.code, found.header, found.found) for found in reading.findings if found.severity == ERROR
        )
        says = (values, frozenset(refused.items()), frozenset(submission.refused_cells), submission.nothing_to_report)
        return cls(submission.sha256, submission.made_from, bool(submission.resubmission.strip()), says)


def _settle(group: list[_Returned]) -> list[str]:
    """Return the verdict of each copy of one agency and form, in their order."""
    superseded = [any(_supersedes(later, copy, group) for later in group) for copy in group]
    if all(superseded):  # each by another: a person must look
        return ["conflicting"] * len(group)
    standing = [copy.says for copy, gone in zip(group, superseded, strict=True) if not gone]
    first = "accepted" if len(set(standing)) == 1 else "conflicting"
    verdicts, seen = [], set()
    for copy, gone in zip(group, superseded, strict=True):
        verdicts.append("superseded" if gone else "duplicate" if copy.says in seen else first)
        if not gone:
            seen.add(copy.says)
    return verdicts


def _supersedes(later: _Returned, copy: _Returned, group: list[_Returned]) -> bool:
    """Tell whether a copy takes another's place: it was made from it, or from one that says the same; or has a reason.

    The mark is the stronger evidence: a reason is no answer to a copy that was made from the one with the reason.
    """
    if _is_made_from(later, copy, group):
        return True
    if later.says == copy.says or _is_made_from(copy, later, group):
        return False
    like = [other for other in group if other.says == copy.says]
    return any(_is_made_from(later, other, group) for other in like) or (
        later.has_reason and not any(other.has_reason for other in like)
    )


def _is_made_from(later: _Returned, copy: _Returned, group: list[_Returned]) -> bool:
    """Tell whether a copy descends from another by the marks; in a ring, which only a forger makes, neither does."""
    return copy.sha256 in _line(later, group) and later.sha256 not in _line(copy, group)


def _line(copy: _Returned, group: list[_Returned]) -> set[str]:
    """Return the hashes of the files a copy was made from, one after another."""
    made_from = {other.sha256: other.made_from for other in group}
    line: set[str] = set()
    at = copy.made_from
    while at and at not in line:
        line.add(at)
        at = made_from.get(at, "")
    return line


def read_all(
    files: Iterable[tuple[str, Path, bool]],
    read: Callable[[Path, str], CopyReading],
    progress: Callable[[str], None] = lambda _name: None,
) -> tuple[list[CopyReading], list[JudgedCopy]]:
    """Read every candidate and skip the rest; progress is told each file's name as it is done."""
    readings, passed = [], []
    for name, path, candidate in files:
        reading = read(path, name) if candidate else None
        if reading is None or reading.ours:
            passed.append(skipped(name))
        else:
            readings.append(reading)
        progress(name)
    return readings, passed


VERDICT_WORDS = {
    "accepted": "nhận",
    "refused": "từ chối",
    "duplicate": "trùng",
    "superseded": "đã được thay thế",
    "conflicting": "xung đột",
    "skipped": "bỏ qua",
}


def count_findings(copy: JudgedCopy) -> tuple[int, int]:
    """Return how many errors and warnings a copy has."""
    severities = [found.severity for found in copy.findings]
    return severities.count("error"), severities.count("warning")


def count_cells(copies: Iterable[JudgedCopy]) -> dict[str, int]:
    """Return the filled, accepted and refused cells of accepted copies, and the filled cells of the others."""
    counts = {"filled": 0, "accepted": 0, "refused": 0, "in_other_copies": 0}
    for copy in copies:
        submission = copy.reading.submission if copy.reading else None
        if submission and copy.verdict == "accepted":
            counts["filled"] += submission.filled
            counts["accepted"] += submission.accepted
            counts["refused"] += submission.refused
        elif submission:
            counts["in_other_copies"] += submission.filled
    return counts


def copy_json(copy: JudgedCopy) -> dict[str, object]:
    """Return the entry of a copy in `check --json`."""
    manifest = copy.reading.manifest if copy.reading else None
    errors, warnings = count_findings(copy)
    return {
        "file": copy.file,
        "verdict": copy.verdict,
        "plan": manifest.plan if manifest else None,
        "period": manifest.period if manifest else None,
        "kind": manifest.kind if manifest else None,
        "agency": manifest.agency if manifest else None,
        "errors": errors,
        "warnings": warnings,
    }
