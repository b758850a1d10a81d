"""What came back: every file of a folder gets exactly one verdict (contract, sections 3 and 5)."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from kttt_xl.decisions import CHOICES, DROP, NOTHING_DECIDED, Decision, Standing
from kttt_xl.errors import MisuseError
from kttt_xl.hints import hinted
from kttt_xl.layout import SHEET_NAMES
from kttt_xl.messages import ERROR, INFO, MESSAGES, finding
from kttt_xl.model import Finding, Plan, Submission
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading
from kttt_xl.rivals import Rival, settle

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
NO_ORDER: Mapping[str, int] = MappingProxyType({})  # of receipt: nobody knows, or it makes no difference
# Tables and JSON, the ledger (and with it Windows' Thumbs.db), the key of a campaign.
_NOT_COPIES = (".csv", ".json", ".sqlite", ".db", ".key")


@dataclass(frozen=True, slots=True)
class JudgedCopy:
    """A file with its verdict; reading is None for a skipped one.

    decision is what officers decided about it, if anything; why says what a decision made of it, in words.
    """

    file: str
    verdict: str
    findings: tuple[Finding, ...] = ()
    reading: CopyReading | None = None
    decision: Decision | None = None
    why: str = ""


def find_files(places: Iterable[Path], outputs: Iterable[Path] = ()) -> Iterator[tuple[str, Path, bool]]:
    """Yield (name, path, is a candidate copy) for every file in the places, folders recursively, in name order.

    Names are relative to their folder; one that stands in two places is given with its place. A file named by
    itself is a candidate whatever it is called; outputs are our own results, skipped. A link is a file, for the
    gate to refuse. MisuseError when a place is not there or a folder cannot be read.
    """
    ours = {os.path.realpath(path) for path in outputs}  # Path.resolve raises for a link to itself
    found: dict[Path, tuple[str, Path, bool]] = {}  # each file once, however often and by what path it is named
    for place in places:
        if not place.exists() and not place.is_symlink():
            raise MisuseError(f"Không có tệp hoặc thư mục «{place}».")
        if not place.is_dir():
            found[place.absolute()] = (place.name, place, True)
            continue
        for path in sorted(_walk(place), key=lambda inside: inside.relative_to(place).as_posix()):
            inside = path.relative_to(place)
            candidate = _is_candidate(inside) and os.path.realpath(path) not in ours
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


def judge(
    readings: Iterable[CopyReading],
    plan: Plan,
    period: Period,
    *,
    received: Mapping[str, int] = NO_ORDER,
    standing: Standing = NOTHING_DECIDED,
) -> tuple[JudgedCopy, ...]:
    """Give every reading its verdict for this plan and period, in the order of file names.

    Several copies of one agency and form: a copy made from another supersedes it, and so does one with a reason for
    resubmission that was not received before the others; equal values are one copy and its duplicates; other
    differences are conflicts that a person settles. received orders the files by sha256, those of one run alike;
    standing is what officers decided. A copy that is refused for itself stays refused. Source: contract section 5.
    """
    ordered = sorted(readings, key=lambda reading: (reading.file, reading.sha256))
    judged = [_decided(_judge_alone(reading, plan, period), plan, received, standing) for reading in ordered]
    groups: dict[tuple[str, str], dict[int, Rival]] = {}
    for at, copy in enumerate(judged):
        submission = copy.reading.submission if copy.reading else None
        late = any(found.code == "after-closing" for found in copy.findings)
        if submission and (copy.verdict == "accepted" or (late and copy.verdict == "conflicting")):
            group = groups.setdefault((submission.agency, submission.kind), {})
            group[at] = _rival(copy, submission, received, late=late)
    for (agency, _), group in groups.items():
        verdicts = dict(zip(group, settle(list(group.values())), strict=True))
        disputed = [at for at, verdict in verdicts.items() if verdict == "conflicting" and not group[at].late]
        chosen = [judged[at].file for at, rival in group.items() if rival.chosen is not None and not rival.late]
        for at, verdict in verdicts.items():
            copy = replace(judged[at], verdict=verdict)
            if at in disputed:
                rivals = ", ".join(judged[other].file for other in disputed if other != at)
                conflict = finding("conflicting-copies", agency=agency, file=copy.file, found=rivals)
                copy = replace(copy, findings=(conflict, *copy.findings))
            elif chosen and verdict == "superseded" and not copy.why:
                copy = replace(copy, why=f"Theo quyết định dùng tệp {', '.join(chosen)}.")
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
    elif not _is_registered(manifest.agency, plan):
        wrong = ("wrong-agency", "đơn vị không có trong kế hoạch", manifest.agency)
    elif (named := hinted(reading.file, plan)) and set(named) != {manifest.agency}:
        wrong = ("wrong-agency", f"tên tệp hoặc thư mục ghi «{'», «'.join(named)}»", manifest.agency)
    if wrong:
        reading = replace(reading, findings=(mismatch(wrong[0], reading, *wrong[1:]), *reading.findings))
    verdict = "refused" if reading.refused else "conflicting" if reading.disputed else "accepted"
    return JudgedCopy(reading.file, verdict, reading.findings, reading)


def _is_registered(name: str, plan: Plan) -> bool:
    return any(agency.name == name and not agency.group for agency in plan.agencies)


def mismatch(code: str, reading: CopyReading, found: str, expected: str) -> Finding:
    """Return the finding that a copy belongs to another plan, period, form or agency."""
    agency = reading.manifest.agency if reading.manifest else ""
    return finding(code, agency=agency, file=reading.file, found=found, expected=expected)


# --- what officers decided


def _decided(copy: JudgedCopy, plan: Plan, received: Mapping[str, int], standing: Standing) -> JudgedCopy:
    """Return a copy judged alone as officers' decision on it leaves it; what they decided in vain is said.

    What was received after the period was closed, or nobody knows when, is late until it is chosen with a note.
    """
    sha256 = copy.reading.sha256 if copy.reading else ""
    agency = copy.reading.manifest.agency if copy.reading and copy.reading.manifest else ""
    late = standing.closed is not None and received.get(sha256, standing.closed + 1) > standing.closed
    decision = standing.files.get(sha256)
    copy = replace(copy, decision=decision)
    if decision and decision.choice:
        in_vain = _in_vain(copy, decision, plan, late=late)
        if in_vain:
            said = finding("bad-decision", agency=agency, file=copy.file, found=decision.words, expected=in_vain)
            copy = replace(copy, findings=(said, *copy.findings))
        elif copy.verdict != "refused":
            told = f"{decision.words.capitalize()} theo quyết định: {decision.note or 'không ghi lý do'}."
            if decision.choice == DROP:
                return replace(copy, verdict="superseded", why=told)
            settled = tuple(replace(found, severity=INFO) if _of_identity(found) else found for found in copy.findings)
            return replace(copy, verdict="accepted", findings=settled, why=told)
    if late and copy.verdict == "accepted":
        after = finding("after-closing", agency=agency, file=copy.file, found=standing.closed_note or "không ghi lý do")
        return replace(copy, verdict="conflicting", findings=(after, *copy.findings))
    return copy


def _in_vain(copy: JudgedCopy, decision: Decision, plan: Plan, *, late: bool) -> str:
    """Return what is needed before the decision on a copy can be followed, "" when it can."""
    manifest = copy.reading.manifest if copy.reading else None
    if decision.choice not in CHOICES:
        return f"chọn một trong: {', '.join(CHOICES.values())}"
    if not decision.chosen:
        return ""
    if copy.verdict == "refused":
        return "tệp bị từ chối vì lỗi của chính tệp: đề nghị đơn vị gửi lại"
    if manifest and not _is_registered(manifest.agency, plan):
        return "đơn vị ghi trong tệp không có trong kế hoạch: đề nghị đơn vị gửi lại"
    if late and not decision.note:
        return "tệp nhận sau khi khóa kỳ: ghi lý do ngoại lệ ở cột «Ghi chú quyết định»"
    return ""


def _of_identity(found: Finding) -> bool:
    return MESSAGES[found.code].scope == "conflict"


def _rival(copy: JudgedCopy, submission: Submission, received: Mapping[str, int], *, late: bool) -> Rival:
    """Return what decides between a copy and others; two say the same with equal values and equal cells refused."""
    values = ((entry.key, entry.field, entry.value) for entry in submission.entries if entry.value is not None)
    refused = Counter(
        (found.code, found.header, found.found)
        for found in copy.findings
        if found.severity == ERROR and MESSAGES[found.code].scope == "cell"
    )
    says = (
        frozenset(values),
        frozenset(refused.items()),
        frozenset(submission.refused_cells),
        submission.nothing_to_report,
    )
    decision = copy.decision
    return Rival(
        sha256=submission.sha256,
        made_from=submission.made_from,
        has_reason=bool(submission.resubmission.strip()),
        says=says,
        received=received.get(submission.sha256, 0),
        chosen=decision.seq if decision and decision.chosen else None,
        late=late,
    )


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
