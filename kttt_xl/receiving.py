"""Files of a folder -> what they say: each kept as it came, recorded once, and read once.

Every file is opened once, by the gate's safe way; what is read is the original that was kept then, however the file
changes meanwhile. Source: contract section 3, design decision 10.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from kttt_xl import gate, kept_readings
from kttt_xl.errors import CopyRefused
from kttt_xl.keys import campaigns
from kttt_xl.ledger import RECEIVED, Ledger
from kttt_xl.messages import finding
from kttt_xl.originals import Originals
from kttt_xl.reader import CopyReading
from kttt_xl.workers import read_many

_BATCH = 100  # readings kept at once, and so the most that a run that dies has read for nothing


@dataclass(frozen=True, slots=True)
class Received:
    """Files by their names: the sha256 of each that was kept, and the verdict on those whose bytes nobody may read."""

    names: tuple[str, ...]
    kept: Mapping[str, str]
    refused: Mapping[str, CopyReading]


def receive(files: Sequence[tuple[str, Path]], ledger: Ledger, originals: Originals, now: datetime) -> Received:
    """Keep these (name, path), and record together those that were never seen before; they came at one moment.

    A pipe, a link, a file too large or not readable is not kept. OutputError when there is no room for an original.
    """
    kept: dict[str, str] = {}
    refused: dict[str, CopyReading] = {}
    known, new = set(ledger.received), []
    for name, path in files:
        try:
            content = gate.read_file(path)
        except CopyRefused as refusal:
            told = finding(refusal.code, file=name, found=refusal.found, expected=refusal.expected)
            refused[name] = CopyReading(name, "", (told,))
            continue
        kept[name] = sha256 = originals.keep(content)
        if sha256 not in known:
            known.add(sha256)
            new.append({"sha256": sha256, "size": len(content), "name": name})
    if new:
        ledger.record(RECEIVED, "", "", {"files": new}, now)
    return Received(tuple(name for name, _ in files), kept, refused)


def read_received(
    received: Received,
    ledger: Ledger,
    originals: Originals,
    campaign: Path | None,
    progress: Callable[[str], None] = lambda _name: None,
) -> dict[str, CopyReading]:
    """Return the reading of each file by its name: the one in the ledger, or a new one of its original, kept there.

    campaign is as for workers.read_many. progress is told each name; where it raises, what was read so far is kept.
    """
    tag = kept_readings.reader_tag(campaigns(campaign))
    known = kept_readings.load(ledger, received.kept.values(), tag)
    unread: dict[str, str] = {}  # the first name of each file's contents
    for name, sha256 in received.kept.items():
        if sha256 not in known:
            unread.setdefault(sha256, name)
    fresh = read_many([(name, originals.path(sha256)) for sha256, name in unread.items()], campaign)
    waiting: list[CopyReading] = []
    readings: dict[str, CopyReading] = {}
    try:
        for name in received.names:
            sha256 = received.kept.get(name, "")
            if sha256 and sha256 not in known:
                known[sha256] = replace(next(fresh), sha256=sha256)
                waiting.append(known[sha256])
            if len(waiting) == _BATCH:
                kept_readings.keep(ledger, waiting, tag)
                waiting.clear()
            readings[name] = kept_readings.named(known[sha256], name) if sha256 else received.refused[name]
            progress(name)
    finally:
        kept_readings.keep(ledger, waiting, tag)
    return readings
