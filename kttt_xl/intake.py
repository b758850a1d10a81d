"""What came back: every file of a folder gets exactly one verdict (contract, sections 3 and 5)."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from kttt_xl.errors import MisuseError
from kttt_xl.layout import SHEET_NAMES
from kttt_xl.messages import ERROR, finding
from kttt_xl.model import Finding, Plan, Submission
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading

VERDICT_WORDS = MappingProxyType(
    {
        "accepted": "nhận",
        "refused": "từ chối",
        "duplicate": "trùng",
        "superseded": "đã được thay thế",
        "conflicting": "xung đột",
        "skipped": "bỏ qua",
    }
)
VERDICTS = tuple(VERDICT_WORDS)

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
    found: dict[Path, tuple[str, Path, bool]] = {}  # each file once, however often and by what path it is named
    for place in places:
        if not place.exists() and not place.is_symlink():
            raise MisuseError(f"Không có tệp hoặc thư mục «{place}».")
        if not place.is_dir():
            found[place.absolute()] = (place.name, place, True)
            continue
        for path in sorted(_walk(place), key=lambda inside: inside.relative_to(place).as_posix()):
            inside = path.relative_to(place)
            candidate = _is_candidate(inside) and path.resolve() not in ours
            found.setdefault(path.absolute(), (inside.as_posix(), path, candidate))
    names = Counter(name for name, _, _ in found.values())
    for name, path, candidate in found.values():
        yield (name if names[name] == 1 else path.as_posix()), path, candidate


def _walk(folder: Path) -> Iterator[Path]:
    def stop(error: OSError) -> None:
        raise MisuseError(f"Không đọc được thư mục «{error.filename}».") from error

    for root, folders, files in os.walk(folder, onerror=stop):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        yield from (Path(root) / name for name in (*files, *links))


def _is_candidate(path: Path) -> bool:
    return not _is_hidden(path) and not path.name.lower().endswith((*_CONTAINERS, *_NOT_COPIES))


def _is_hidden(path: Path) -> bool:
    """Tell whether a file is hidden or an office program's lock, by its name or that of a folder it is in."""
    return any(part.startswith(("~$", ".")) for part in path.parts if part != "..")


def skipped(name: str) -> JudgedCopy:
    """Return the verdict on a file that is not a copy; a container is named, so that somebody unpacks it."""
    path = Path(name)
    container = path.suffix.lower() in _CONTAINERS and not _is_hidden(path)
    notes = (finding("unsupported-container", file=name, found=path.name),) if container else ()
    return JudgedCopy(name, "skipped", notes)


def judge(readings: Iterable[CopyReading], plan: Plan, period: Period) -> tuple[JudgedCopy, ...]:
    """Give every reading its verdict for this plan and period, in the order of file names.

    Several copies of one agency and form: a copy made from another supersedes it, and so does the only one with a
    reason for resubmission; equal values are one copy and its duplicates; other differences are conflicts that a
    person settles. Modification times are never evidence. Source: contract section 5.
    """
    ordered = sorted(readings, key=lambda reading: (reading.file, reading.sha256))
    judged = [_judge_alone(reading, plan, period) for reading in ordered]
    groups: dict[tuple[str, str], dict[int, _Returned]] = {}
    for at, copy in enumerate(judged):
        if copy.verdict == "accepted" and copy.reading and copy.reading.submission:
            submission = copy.reading.submission
            group = groups.setdefault((submission.agency, submission.kind), {})
            group[at] = _Returned.of(copy, submission)
    for (agency, _), group in groups.items():
        verdicts = dict(zip(group, _settle(list(group.values())), strict=True))
        for at, verdict in verdicts.items():
            copy = replace(judged[at], verdict=verdict)
            if verdict == "conflicting":
                rivals = ", ".join(judged[other].file for other in group if other != at and verdicts[other] == verdict)
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
    elif manifest.offer and not manifest.agency:
        pass  # nothing chosen: refused for that already
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
    def of(cls, copy: JudgedCopy, submission: Submission) -> "_Returned":
        values = ((entry.key, entry.field, entry.value) for entry in submission.entries if entry.value is not None)
        refused = Counter((found.code, found.header, found.found) for found in copy.findings if found.severity == ERROR)
        says = (
            frozenset(values),
            frozenset(refused.items()),
            frozenset(submission.refused_cells),
            submission.nothing_to_report,
        )
        return cls(submission.sha256, submission.made_from, bool(submission.resubmission.strip()), says)


def _settle(group: list[_Returned]) -> list[str]:
    """Return the verdict of each copy of one agency and form, in their order."""
    lines = [_line(copy, group) for copy in group]
    alike: dict[object, list[_Returned]] = {}
    for copy in group:
        alike.setdefault(copy.says, []).append(copy)
    superseded = [
        any(
            _supersedes(later, line, copy, lines[at], alike[copy.says])
            for later, line in zip(group, lines, strict=True)
        )
        for at, copy in enumerate(group)
    ]
    standing = {copy.says for copy, gone in zip(group, superseded, strict=True) if not gone}
    if not standing:  # each superseded by another: a person must look
        return ["conflicting"] * len(group)
    verdicts, seen = [], set()
    for copy, gone in zip(group, superseded, strict=True):
        if gone:
            verdicts.append("superseded")
        elif copy.says in seen:
            verdicts.append("duplicate")
        else:
            verdicts.append("accepted" if len(standing) == 1 else "conflicting")
            seen.add(copy.says)
    return verdicts


def _line(copy: _Returned, group: list[_Returned]) -> set[str]:
    """Return the hashes of the files a copy was made from, one after another; none for a ring, which proves nothing."""
    made_from = {other.sha256: other.made_from for other in group}
    line: set[str] = set()
    at = copy.made_from
    while at and at not in line:
        line.add(at)
        at = made_from.get(at, "")
    return set() if copy.sha256 in line else line


def _supersedes(later: _Returned, later_line: set[str], copy: _Returned, line: set[str], like: list[_Returned]) -> bool:
    """Tell whether a copy takes another's place; the lines are their ancestors, like the copies that say the same.

    It does when it was made from the other, or from one that says the same; else when only it gives a reason. The
    mark is the stronger evidence: a reason is no answer to a copy made from the one that gives it.
    """
    if copy.sha256 in later_line:
        return True
    if later.says == copy.says or later.sha256 in line:
        return False
    if any(other.sha256 in later_line for other in like):
        return True
    return later.has_reason and not any(other.has_reason for other in like)


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
        "agency": (manifest.agency or None) if manifest else None,
        "errors": errors,
        "warnings": warnings,
    }
