"""Copies read in processes of their own: the same readings, in order, whatever one of the files does to its process."""

import multiprocessing
import os
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from kttt_xl import confined, keys, workers
from kttt_xl.campaign import issue_copies, plan_issues
from kttt_xl.errors import KtttError
from kttt_xl.messages import finding
from kttt_xl.model import Entry, Plan, Submission
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading

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
    here = [workers.read_and_check(path, name, keys.campaigns(campaign).key) for name, path in files]
    one = list(workers.read_many(files, campaign, processes=1))
    two = list(workers.read_many(files, campaign, told.append, processes=2))
    assert here == one == two
    assert told == [name for name, _ in files] == [reading.file for reading in two]
    assert sum(reading.submission is not None for reading in two) == len(files) - 1


def test_a_reading_keeps_whose_copy_it_is_and_no_more(files: Files, campaign: Path) -> None:
    (reading,) = workers.read_many(files[-1:], campaign)
    assert reading.manifest is not None
    manifest = reading.manifest
    assert (manifest.plan, manifest.period, manifest.kind) == ("yen-bai-209-2023", "2024", "stats")
    assert (manifest.rows, manifest.fixed) == ((), {})


# --- files that harm their process


def spoiled(path: Path, name: str, _key_for: keys.KeyFinder) -> CopyReading:
    """Read a file as its name says: the faults that nobody foresaw, one of each kind."""
    calls = path.parent / "calls"
    with calls.open("a", encoding="utf-8") as log:
        log.write(f"{name}\n")
    if name == "chết":
        os._exit(1)
    if name == "bộ nhớ":
        bytearray(3 << 30)
    if name == "lỗi":
        raise ZeroDivisionError
    if name == "treo" or (name == "chậm" and calls.read_text(encoding="utf-8").splitlines().count("chậm") == 1):
        time.sleep(600)
    return CopyReading(name, "đọc rồi", ())


def serving(pipe: object, campaigns: keys.Campaigns) -> None:
    """Serve as a worker does, with files that harm it."""
    workers.read_and_check = spoiled
    workers._serve(pipe, campaigns)  # type: ignore[arg-type]


@pytest.fixture
def harmful(monkeypatch: pytest.MonkeyPatch) -> None:
    start = confined.start
    monkeypatch.setattr(confined, "start", lambda _target, given, *, duplex: start(serving, given, duplex=duplex))
    monkeypatch.setattr(workers, "SECONDS", 0.5)
    monkeypatch.setattr(workers, "SECONDS_ALONE", 1.5)


@pytest.mark.usefixtures("harmful")
@pytest.mark.parametrize("processes", [1, 3])
def test_a_file_that_harms_its_process_is_a_verdict_on_it_alone(processes: int, campaign: Path, tmp_path: Path) -> None:
    names = ("a", "treo", "b", "chết", "c", "bộ nhớ", "chậm", "lỗi", "d")
    read = workers.read_many([(name, tmp_path / "x") for name in names], campaign, processes=processes)
    said = {
        "treo": "đọc quá 1,5 giây",
        "chết": "chương trình đọc dừng đột ngột",
        "bộ nhớ": "cần quá nhiều bộ nhớ",
        "lỗi": "lỗi của chương trình (ZeroDivisionError)",
    }
    assert list(read) == [
        CopyReading(name, "", (finding("unreadable", file=name, found=said[name]),))
        if name in said
        else CopyReading(name, "đọc rồi", ())
        for name in names
    ]
    # What took too long was read once more, alone and last; nothing else was read twice.
    order = (tmp_path / "calls").read_text(encoding="utf-8").split("\n")[:-1]
    again = [name for name in names if order.count(name) == 2]
    assert (again, set(order[-2:])) == (["treo", "chậm"], {"treo", "chậm"})
    assert not multiprocessing.active_children()


def test_a_process_that_does_not_start_blames_no_file(campaign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "START_SECONDS", 0)
    with pytest.raises(KtttError, match="Máy đang quá tải, chưa đọc được tệp nào"):
        list(workers.read_many([("a", Path("a"))], campaign))


def test_a_process_that_dies_before_it_is_up_blames_no_file(campaign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = confined.start
    monkeypatch.setattr(confined, "start", lambda _target, _given, *, duplex: start(os._exit, (), duplex=duplex))
    with pytest.raises(KtttError, match="Máy đang quá tải, chưa đọc được tệp nào"):
        list(workers.read_many([("a", Path("a"))], campaign))


def test_nothing_runs_on_when_nobody_listens(files: Files, campaign: Path) -> None:
    read = workers.read_many(files, campaign, processes=2)
    next(read)
    read.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()
    assert list(workers.read_many([], campaign)) == []


# --- the day


@pytest.mark.parametrize(
    ("day", "codes"),
    [(date(2024, 12, 20), ["future-date"]), (date(2024, 12, 21), [])],
)
def test_what_depends_on_the_day_is_said_of_it(day: date, codes: list[str]) -> None:
    entry = Entry("1", "done_on", date(2024, 12, 21), "Nhiệm vụ", "N9")
    submission = Submission("p", "2024", "tasks", "Sở A", "", "a.xlsx", "", (entry,), 1, 1, 0)
    reading = CopyReading("a.xlsx", "", (), None, submission)
    assert [found.code for found in workers.on_day(reading, day).findings] == codes
    refused = CopyReading("a.xlsx", "", (finding("wrong-plan"),), None, submission)
    assert workers.on_day(refused, day) == refused
