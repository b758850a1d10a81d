"""A reading goes through the ledger unchanged, or the file is read anew: no third way."""

import sqlite3
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from blank_copies import NOI_VU, BlankTrial
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from returned_copies import KEY, annex_tasks, stats_trial, task_trial

from kttt_xl import kept_readings, keys
from kttt_xl.identity import Manifest
from kttt_xl.kept_readings import keep, load, named, reader_tag
from kttt_xl.ledger import LEDGER_FILE, Ledger, open_ledger
from kttt_xl.messages import finding
from kttt_xl.model import Entry, Finding, Plan, Submission
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading
from kttt_xl.workers import read_and_check

TAG = "t"
A, B = "a" * 64, "b" * 64
PLAIN = CopyReading("f", A, (finding("no-manifest", file="f"),))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path) as ledger:
        yield ledger


# --- readings of real files


def readings(plan: Plan, stats_plan: Plan, year: Period, folder: Path) -> list[CopyReading]:
    """One of each kind: tasks, figures, a blank copy with a choice and without, mistakes, a ruin, ours."""
    trial, stats = task_trial(plan, year, folder), stats_trial(stats_plan, year, folder)
    blank = BlankTrial(plan, year, "tasks", folder)
    first = stats.copy.keyed[0].key
    contents = {
        "tasks.xlsx": trial.filled({"L9": "Hoàn thành", "N9": date(2024, 3, 8), "M9": 100, "L10": "Xong", "C60": "?"}),
        "stats.xlsx": stats.filled({stats.at(first, "2024"): "12", stats.at(first, "note"): "- một phần -"}),
        "blank.xlsx": blank.chosen(NOI_VU, "2024", {blank.place(NOI_VU, "2024", "38", "state"): "Tạm dừng"}),
        "none.xlsx": blank.content,
        "cut.xlsx": trial.content[:2000],
    }
    found = []
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        found.append(read_and_check(folder / name, name, lambda _plan: KEY))
    return [replace(reading, sha256=reading.sha256 or A) for reading in found]


def test_what_was_read_comes_back(gia_lai: Plan, yen_bai: Plan, year: Period, tmp_path: Path, ledger: Ledger) -> None:
    read = readings(gia_lai, yen_bai, year, tmp_path)
    assert len(annex_tasks(gia_lai, year)) == 40
    keep(ledger, read, TAG)
    found = load(ledger, [reading.sha256 for reading in read], TAG)
    assert [named(found[reading.sha256], reading.file) for reading in read] == read
    again = read_and_check(tmp_path / "tasks.xlsx", "khác/tên.xlsx", lambda _plan: KEY)
    assert named(found[read[0].sha256], "khác/tên.xlsx") == again
    assert load(ledger, [B], TAG) == load(ledger, [], TAG) == {}


def test_many_files_are_found_among_more(tmp_path: Path, ledger: Ledger) -> None:
    """More than one question to the database names."""
    many = [CopyReading("", f"{number:064}", (finding("no-manifest"),)) for number in range(1100)]
    keep(ledger, many, TAG)
    wanted = [reading.sha256 for reading in many[::-2]]
    assert load(ledger, wanted, TAG) == {reading.sha256: reading for reading in many[1::2]}


# --- whatever a reading may hold

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
NUMBER = st.decimals(allow_nan=False, allow_infinity=False)
VALUE = st.none() | TEXT | NUMBER | st.dates()
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
PLACES = st.lists(st.tuples(TEXT, st.integers(0, 99)), max_size=3).map(tuple)
ENTRIES = st.lists(st.builds(Entry, key=TEXT, field=TEXT, value=VALUE, sheet=TEXT, cell=TEXT), max_size=4).map(tuple)
FINDINGS = st.lists(
    st.builds(Finding, **{field.name: TEXT for field in fields(Finding)} | {"file": st.just("f")}), max_size=3
).map(tuple)
SUBMISSION = st.builds(
    Submission,
    **{field.name: TEXT for field in fields(Submission) if field.type in {str, "str"}}
    | {"file": st.just("f"), "sha256": st.just(A), "entries": ENTRIES, "nothing_to_report": st.booleans()}
    | dict.fromkeys(("filled", "accepted", "refused"), st.integers(0, 10**6))
    | {"cover": PAIRS, "rows": PLACES, "columns": PLACES, "refused_cells": PAIRS},
)
MANIFEST = st.builds(
    Manifest,
    **dict.fromkeys(("plan", "period", "kind", "agency", "issue", "layout", "sheet", "made_from"), TEXT),
    **dict.fromkeys(("earliest", "latest"), st.dates()),
    **dict.fromkeys(("columns", "rows"), st.just(())),
    **dict.fromkeys(("choices", "fixed", "cover"), st.just({})),
    span=st.tuples(st.dates(), st.dates()),
    offer=st.none(),
    slots=st.lists(TEXT, max_size=3).map(tuple),
)
READING = st.builds(
    CopyReading,
    file=st.just("f"),
    sha256=st.just(A),
    findings=FINDINGS,
    manifest=st.none() | MANIFEST,
    submission=st.none() | SUBMISSION,
    ours=st.booleans(),
)


@given(READING)
@example(replace(PLAIN, findings=(finding("damaged-file", file="f", found="\\u0000 \\\\u0000"),)))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_reading_comes_back_as_it_was(ledger: Ledger, reading: CopyReading) -> None:
    keep(ledger, [reading], TAG)
    found = load(ledger, [A], TAG)
    assert named(found[A], "f") == reading
    typed = [entry.value for entry in reading.submission.entries] if reading.submission else []
    back = found[A].submission
    assert [repr(entry.value) for entry in back.entries] == [repr(value) for value in typed] if back else not typed


# --- what is not kept


@pytest.mark.parametrize(
    "reading",
    [
        replace(PLAIN, sha256=""),
        replace(PLAIN, findings=(finding("unreadable", file="f", found="đọc quá 20 giây"),)),
        replace(PLAIN, findings=(finding("damaged-file", file="f", found="\ud83d"),)),
        replace(PLAIN, findings=(finding("damaged-file", file="f", found="a\x00b"),)),
    ],
)
def test_what_may_differ_next_time_or_fits_no_database_is_read_anew(ledger: Ledger, reading: CopyReading) -> None:
    keep(ledger, [reading, replace(PLAIN, sha256=B)], TAG)
    assert list(load(ledger, [A, "", B], TAG)) == [B]


def test_the_last_reading_of_a_file_counts(ledger: Ledger) -> None:
    other = CopyReading("f", A, (finding("wrong-plan", file="f"), *PLAIN.findings))
    for reading, tag in ((other, "t"), (PLAIN, "t"), (PLAIN, "u"), (other, "u")):
        keep(ledger, [reading], tag)
        assert named(load(ledger, [A], tag)[A], "f") == reading
        assert load(ledger, [A], "v") == {}
    assert load(ledger, [A], "t") == {}


# --- the tag


def test_another_key_or_program_reads_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, each = keys.Campaigns(tmp_path / "one"), keys.Campaigns(tmp_path, each=True)
    tags = [reader_tag(one)]

    def put(plan: str, key: bytes) -> None:
        (tmp_path / plan).mkdir(exist_ok=True)
        (tmp_path / plan / "khoa.key").write_text(key.hex(), encoding="ascii")

    put("one", KEY)
    tags.append(reader_tag(one))
    put("two", KEY)
    assert reader_tag(one) == tags[-1]
    tags.append(reader_tag(each))
    put("two", KEY[::-1])
    tags.append(reader_tag(each))
    assert reader_tag(keys.Campaigns(tmp_path / "none", each=True)) == tags[0]
    monkeypatch.setattr(kept_readings, "_program", lambda: "another")
    tags.append(reader_tag(each))
    assert len(set(tags)) == len(tags)
    assert all(len(tag) == 64 and KEY.hex() not in tag for tag in tags)


# --- rows that were changed


def execute(folder: Path, statement: str) -> int:
    connection = sqlite3.connect(folder / LEDGER_FILE)
    with connection:
        changed = connection.execute(statement).rowcount
    connection.close()
    return changed


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET value = '99' WHERE value = '100'",
        "UPDATE entries SET type = 'text' WHERE value = '100'",
        "UPDATE entries SET cell = 'L99' WHERE cell = 'L9'",
        "UPDATE entries SET at = 77 WHERE at = 0",
        "UPDATE entries SET value = x'00ff' WHERE value = '100'",
        "DELETE FROM entries WHERE at = 1",
        "DELETE FROM findings WHERE at = 0",
        "DELETE FROM findings",
        "UPDATE findings SET severity = 'warning' WHERE severity = 'error'",
        "UPDATE submissions SET agency = 'Sở Nội vụ'",
        "UPDATE submissions SET filled = filled - 1",
        "UPDATE submissions SET details = '['",
        "DELETE FROM submissions",
        "UPDATE files SET manifest = replace(manifest, '2024', '2023')",
        "UPDATE files SET ours = 1",
        "UPDATE files SET digest = ''",
        "UPDATE files SET tag = 'x'",
        "DELETE FROM files",
        "INSERT INTO entries SELECT file, 99, key, field, type, value, sheet, cell FROM entries LIMIT 1",
    ],
)
def test_a_row_that_was_changed_is_no_reading(gia_lai: Plan, year: Period, tmp_path: Path, statement: str) -> None:
    trial = task_trial(gia_lai, year, tmp_path)
    trial.path = tmp_path / "a.xlsx"
    trial.path.write_bytes(trial.filled({"L9": "Hoàn thành", "N9": date(2024, 3, 8), "M9": 100, "L10": "Xong"}))
    reading = read_and_check(trial.path, "a.xlsx", lambda _plan: KEY)
    with open_ledger(tmp_path) as ledger:
        keep(ledger, [reading], TAG)
    assert execute(tmp_path, statement) > 0
    with open_ledger(tmp_path) as ledger:
        assert load(ledger, [reading.sha256], TAG) == {}
        keep(ledger, [reading], TAG)
        assert named(load(ledger, [reading.sha256], TAG)[reading.sha256], "a.xlsx") == reading
