"""Many copies in several processes: the same readings, in order, whatever one of the files does to its process."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from kttt_xl import workers
from kttt_xl.campaign import issue_copies, plan_issues
from kttt_xl.messages import finding
from kttt_xl.model import Plan
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading

AS_OF = date(2024, 12, 20)
KEY = bytes(range(32))
Files = Sequence[tuple[str, Path]]


@pytest.fixture
def files(yen_bai: Plan, year: Period, tmp_path: Path) -> Files:
    issues = plan_issues(yen_bai, year, ("stats",))
    issue_copies(issues, tmp_path, KEY)
    (tmp_path / "hong.xlsx").write_bytes(b"")
    return [(path.name, path) for path in sorted(tmp_path.glob("*.xlsx"))]


def test_processes_make_no_difference(files: Files, campaign: Path) -> None:
    told: list[str] = []
    one = list(workers.read_many(files, AS_OF, campaign, processes=1))
    two = list(workers.read_many(files, AS_OF, campaign, told.append, processes=2))
    assert one == two
    assert told == [name for name, _ in files] == [reading.file for reading in two]
    assert sum(reading.submission is not None for reading in two) == len(files) - 1


def test_a_reading_keeps_whose_copy_it_is_and_no_more(files: Files, campaign: Path) -> None:
    (reading,) = workers.read_many(files[-1:], AS_OF, campaign)
    assert reading.manifest is not None
    manifest = reading.manifest
    assert (manifest.plan, manifest.period, manifest.kind) == ("yen-bai-209-2023", "2024", "stats")
    assert (manifest.rows, manifest.fixed) == ((), {})


def dying(batch: Files, as_of: date, campaign: Path | None) -> list[CopyReading]:
    """Read as a worker does, but one file kills the process, as a fault in a parser would."""
    if any(name == "hong.xlsx" for name, _ in batch):
        os._exit(1)
    return [workers.read_and_check(path, name, workers.keys_of(campaign), as_of) for name, path in batch]


def test_a_dead_process_is_a_verdict_on_one_file(files: Files, campaign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = list(workers.read_many(files, AS_OF, campaign, processes=1))
    monkeypatch.setattr(workers, "_read_batch", dying)
    read = list(workers.read_many(files, AS_OF, campaign, processes=2))
    dead = finding("unreadable", file="hong.xlsx", found="chương trình đọc dừng đột ngột")
    assert [reading for reading in read if reading.file != "hong.xlsx"] == [
        reading for reading in good if reading.file != "hong.xlsx"
    ]
    assert [reading for reading in read if reading.file == "hong.xlsx"] == [CopyReading("hong.xlsx", "", (dead,))]
