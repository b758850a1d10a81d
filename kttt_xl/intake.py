"""What came back: every file of a folder gets exactly one verdict (contract, sections 3 and 5)."""

import os
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
_NOT_COPIES = (".csv", ".json", ".sqlite", ".db", ".key", ".part")


@dataclass(frozen=True, slots=True)
class JudgedCopy:
    """A file with its verdict; reading is None for a skipped one."""

    file: str
    verdict: str
    findings: tuple[Finding, ...] = ()
    reading: CopyReading | None = None

    @property
    def filled(self) -> int:
        """Return how many filled cells the copy has, as far as it could be read."""
        return self.reading.submission.filled if self.reading and self.reading.submission else 0


def find_files(places: Iterable[Path], outputs: Iterable[Path] = ()) -> Iterator[tuple[str, Path, bool]]:
    """Yield (name, path, is a candidate copy) for every file in the places, folders recursively, in name order.

    outputs are our own results, skipped. MisuseError when a place is not there.
    """
    ours = {path.resolve() for path in outputs}
    for place in places:
        if not place.exists() and not place.is_symlink():
            raise MisuseError(f"Không có tệp hoặc thư mục «{place}».")
        if not place.is_dir():
            yield place.name, place, True
            continue
        for path in sorted(_walk(place), key=lambda found: found.relative_to(place).as_posix()):
            name = path.relative_to(place).as_posix()
            yield name, path, _is_candidate(path) and path.resolve() not in ours


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(root) / name for name in files)


def _is_candidate(path: Path) -> bool:
    name = path.name.lower()
    return not (name.startswith(("~$", ".")) or name.endswith((*_CONTAINERS, *_NOT_COPIES)))


def skipped(name: str) -> JudgedCopy:
    """Return the verdict on a file that is not a copy; a container is named, so that somebody unpacks it."""
    container = name.lower().endswith(_CONTAINERS) and not Path(name).name.startswith((".", "~$"))
    notes = (finding("unsupported-container", file=name, found=Path(name).name),) if container else ()
    return JudgedCopy(name, "skipped", notes)


def judge(readings: Iterable[CopyReading], plan: Plan, period: Period) -> tuple[JudgedCopy, ...]:
    """Give every reading its verdict for this plan and period, in the order of file names.

    Several copies of one agency and form: equal values are one copy and its duplicates; a copy made from another,
    or the only one with a reason for resubmission, supersedes it; other differences are conflicts that a person
    settles. Modification times are never evidence.
    """
    ordered = sorted(readings, key=lambda reading: reading.file)
    judged = {reading.file: _judge_alone(reading, plan, period) for reading in ordered}
    groups: dict[tuple[str, str], list[CopyReading]] = {}
    for reading in ordered:
        if judged[reading.file].verdict == "accepted" and reading.submission:
            groups.setdefault((reading.submission.agency, reading.submission.kind), []).append(reading)
    for group in groups.values():
        for file, verdict in _settle(group).items():
            copy = judged[file]
            if verdict == "conflicting":
                others = ", ".join(other.file for other in group if other.file != file)
                conflict = finding(
                    "conflicting-copies", agency=group[0].submission.agency if group[0].submission else "", file=file,
                    found=others,
                )  # fmt: skip
                copy = replace(copy, findings=(conflict, *copy.findings))
            judged[file] = replace(copy, verdict=verdict)
    return tuple(judged.values())


def _judge_alone(reading: CopyReading, plan: Plan, period: Period) -> JudgedCopy:
    findings = reading.findings
    manifest = reading.manifest
    if manifest is None or reading.submission is None:
        return JudgedCopy(reading.file, "refused", findings, reading)
    wrong: list[tuple[str, str, str]] = []
    if manifest.plan != plan.id:
        wrong.append(("wrong-plan", manifest.plan, plan.id))
    elif manifest.period != period.code:
        wrong.append(("wrong-period", manifest.period, period.code))
    elif manifest.kind not in SHEET_NAMES:
        wrong.append(("wrong-kind", manifest.kind, ", ".join(SHEET_NAMES)))
    elif manifest.agency not in {agency.name for agency in plan.agencies if not agency.group}:
        wrong.append(("wrong-agency", "đơn vị không có trong kế hoạch", manifest.agency))
    notes = tuple(mismatch(code, reading, found, expected) for code, found, expected in wrong)
    refused = reading.refused or any(code != "wrong-agency" for code, _, _ in wrong)
    disputed = reading.disputed or bool(wrong)
    verdict = "refused" if refused else "conflicting" if disputed else "accepted"
    return JudgedCopy(reading.file, verdict, (*notes, *findings), reading)


def mismatch(code: str, reading: CopyReading, found: str, expected: str) -> Finding:
    """Return the finding that a copy belongs to another plan, period, form or agency."""
    agency = reading.manifest.agency if reading.manifest else ""
    return finding(code, agency=agency, file=reading.file, found=found, expected=expected)


def _settle(group: list[CopyReading]) -> dict[str, str]:
    """Return the verdict of each copy of one agency and form."""
    classes: dict[object, list[CopyReading]] = {}
    for reading in group:
        classes.setdefault(_typed(reading), []).append(reading)
    standing = [same for same in classes.values() if not any(_supersedes(later, same) for later in classes.values())]
    verdicts: dict[str, str] = {}
    for same in classes.values():
        first, *others = (reading.file for reading in same)
        if same not in standing:
            verdicts |= dict.fromkeys((first, *others), "superseded")
        else:
            verdicts |= {first: "accepted" if len(standing) == 1 else "conflicting"}
            verdicts |= dict.fromkeys(others, "duplicate")
    # A ring of copies each made from the other leaves none standing: a person must look.
    return verdicts if standing else dict.fromkeys(verdicts, "conflicting")


def _typed(reading: CopyReading) -> object:
    """Return what was typed, comparable: two copies with the same of it say the same."""
    if reading.submission is None:
        return reading.sha256
    values = tuple(sorted((entry.key, entry.field, str(entry.value)) for entry in reading.submission.entries))
    refused = tuple(sorted((f.code, f.sheet, f.cell, f.found) for f in reading.findings if f.severity == ERROR))
    return values, refused, reading.submission.nothing_to_report


def _supersedes(later: list[CopyReading], earlier: list[CopyReading]) -> bool:
    if later is earlier:
        return False
    ancestors = {reading.sha256 for reading in earlier}
    marked = any(_submission_field(reading, "made_from") in ancestors for reading in later)
    with_reason = any(_submission_field(reading, "resubmission") for reading in later)
    earlier_has_reason = any(_submission_field(reading, "resubmission") for reading in earlier)
    return marked or (with_reason and not earlier_has_reason)


def _submission_field(reading: CopyReading, name: str) -> str:
    return str(getattr(reading.submission, name)) if reading.submission else ""


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
