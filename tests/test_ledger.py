"""The ledger: what is recorded stays as it was recorded, or it is said that it did not."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from kttt_xl import ledger as ledger_module
from kttt_xl.errors import LedgerError, OutputError
from kttt_xl.ledger import LEDGER_FILE, Event, has_ledger, open_ledger

NOW = datetime(2026, 11, 23, 8, 30, 15, 999, tzinfo=UTC)
HANOI = timezone(timedelta(hours=7))
CURE = (
    "Khôi phục tệp từ bản lưu; nếu không có, đổi tên tệp rồi chạy lại: sổ mới được lập từ thư mục nhận, nhưng không "
    "còn thứ tự nhận và các quyết định cũ."
)
A, B, C = ("a" * 64, "b" * 64, "c" * 64)


def file(sha256: str, name: str) -> dict[str, object]:
    return {"sha256": sha256, "size": 7, "name": name}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign folder whose ledger has four events."""
    with open_ledger(tmp_path) as ledger:
        ledger.record("received", "", "", {"files": [file(A, "a.xlsx"), file(B, "b.xlsx")]}, NOW)
        ledger.record("closed", "thu", "2024", {"note": "hết hạn"}, NOW)
        ledger.record("received", "", "", {"files": [file(C, "muộn.xlsx")]}, NOW)
        ledger.record("closed", "thu", "2023", {"note": ""}, NOW)
    return tmp_path


# --- events


def test_events_come_back_as_they_were_recorded(folder: Path) -> None:
    with open_ledger(folder) as ledger:
        assert ledger.events("thu", "2024") == (
            Event(2, "2026-11-23T08:30:15+00:00", "closed", "thu", "2024", {"note": "hết hạn"}),
        )
        assert ledger.events("thu", "2025") == ledger.events("khác", "2024") == ()
        later = ledger.record("reopened", "thu", "2024", {"note": "\udcff\x00 “”"}, NOW.astimezone(HANOI))
        assert later == Event(5, "2026-11-23T08:30:15+00:00", "reopened", "thu", "2024", {"note": "\udcff\x00 “”"})
    with open_ledger(folder) as ledger:
        assert [(event.seq, event.kind) for event in ledger.events("thu", "2024")] == [(2, "closed"), (5, "reopened")]
        assert ledger.events("thu", "2024")[1] == later


def test_the_order_of_receipt(folder: Path) -> None:
    """Files of one run came at one moment; a file that is named again came when it was named first."""
    with open_ledger(folder) as ledger:
        assert ledger.received == {A: 1, B: 1, C: 3}
        ledger.record("received", "", "", {"files": [file(A, "x.xlsx")]}, NOW)
        assert ledger.received == {A: 1, B: 1, C: 3}


def test_the_last_event_of_each_period(folder: Path) -> None:
    with open_ledger(folder) as ledger:
        again = ledger.record("closed", "thu", "2024", {"note": "lại"}, NOW)
        ledger.record("reopened", "thu", "2023", {"note": ""}, NOW)
        ledger.record("closed", "khác", "2023", {"note": ""}, NOW)
        assert ledger.latest("closed", "thu") == {"2024": again, "2023": ledger.events("thu", "2023")[0]}
        assert ledger.latest("slip", "thu") == {}


def test_a_transaction_that_fails_leaves_nothing(folder: Path) -> None:
    def record_and_fail() -> None:
        with open_ledger(folder) as ledger, ledger.transaction():
            ledger.record("closed", "thu", "2024", {}, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        record_and_fail()
    with open_ledger(folder) as ledger:
        assert len(ledger.events("thu", "2024")) == 1
        with ledger.transaction():
            assert [ledger.record("slip", "thu", "2024", {}, NOW).seq for _ in range(2)] == [5, 6]
    with open_ledger(folder) as ledger:
        assert [event.seq for event in ledger.events("thu", "2024")] == [2, 5, 6]


def test_two_who_record_in_turn(folder: Path) -> None:
    with open_ledger(folder) as one, open_ledger(folder) as two:
        assert [each.record("slip", "thu", "2024", {}, NOW).seq for each in (one, two, one)] == [5, 6, 7]
    with open_ledger(folder) as ledger:
        assert len(ledger.events("thu", "2024")) == 4


def test_a_ledger_is_private_and_made_whole(tmp_path: Path) -> None:
    assert not has_ledger(tmp_path)
    with open_ledger(tmp_path) as ledger:
        assert (ledger.received, has_ledger(tmp_path)) == ({}, True)
    assert (tmp_path / LEDGER_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [LEDGER_FILE]


# --- tampering


def execute(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / LEDGER_FILE)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def refusal(folder: Path) -> str:
    with pytest.raises(LedgerError) as refused, open_ledger(folder):
        pass
    return str(refused.value)


@pytest.mark.parametrize(
    ("number", "statements"),
    [
        (2, ['UPDATE events SET body = \'{"note":"gia hạn"}\' WHERE seq = 2']),
        (3, ["UPDATE events SET body = replace(body, 'muộn', 'sớm') || ' ' WHERE seq = 3"]),
        (1, ["UPDATE events SET at = '2025-01-01T00:00:00+00:00' WHERE seq = 1"]),
        (4, ["UPDATE events SET period = '2024' WHERE seq = 4"]),
        (2, ["UPDATE events SET kind = 'reopened' WHERE seq = 2"]),
        (4, ["UPDATE events SET plan = 'x' WHERE seq = 4"]),
        (4, ["UPDATE events SET digest = 'x' WHERE seq = 4"]),
        (2, ["DELETE FROM events WHERE seq = 2"]),
        (1, ["DELETE FROM events WHERE seq = 1"]),
        (2, ["DELETE FROM events WHERE seq = 2", "UPDATE events SET seq = seq - 1 WHERE seq > 2"]),
        (
            1,
            [
                "UPDATE events SET seq = 9 WHERE seq = 1",
                "UPDATE events SET seq = 1 WHERE seq = 2",
                "UPDATE events SET seq = 2 WHERE seq = 9",
            ],
        ),
        (5, ["INSERT INTO events SELECT 5, at, kind, plan, period, body, digest FROM events WHERE seq = 4"]),
        (4, ["UPDATE events SET body = x'ff00' WHERE seq = 4"]),
    ],
)
def test_an_event_that_was_changed_is_named(folder: Path, number: int, statements: list[str]) -> None:
    execute(folder, *statements)
    what = f"sự kiện số {number} đã bị sửa, xóa hoặc đổi chỗ"
    assert refusal(folder) == f"Sổ nhận «{folder / LEDGER_FILE}» bị hỏng: {what}. {CURE}"


def test_a_ledger_of_another_version(folder: Path) -> None:
    execute(folder, "UPDATE about SET value = '2'")
    told = (
        f"Sổ nhận «{folder / LEDGER_FILE}» thuộc phiên bản 2, kttt-xl này dùng phiên bản 1; chạy bằng bản kttt-xl đã "
        f"ghi sổ này, hoặc cập nhật kttt-xl."
    )
    assert refusal(folder) == told
    execute(folder, "DELETE FROM about")
    assert refusal(folder) == told.replace("phiên bản 2,", "phiên bản không rõ,")


# --- damage


def _cut(size: int) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, size)


def _write(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def _other_database(path: Path) -> None:
    path.unlink()
    execute(path.parent, "CREATE TABLE thu (x)")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path) -> None:
    path.rename(path.with_name("đi.sqlite"))
    path.symlink_to(path.with_name("đi.sqlite"))


UNREADABLE, NO_FILE = "không đọc được như một sổ nhận", "không phải là tệp"


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (_cut(0), UNREADABLE),
        (_cut(50), UNREADABLE),
        (_cut(4096), UNREADABLE),
        (_cut(40_000), UNREADABLE),
        (_write(b"so nhan\n"), UNREADABLE),
        (_write(bytes(8192)), UNREADABLE),
        (_write(b"PK\x03\x04" + bytes(9000)), UNREADABLE),
        (_other_database, UNREADABLE),
        (_folder, NO_FILE),
        (_link, NO_FILE),
    ],
)
def test_a_damaged_ledger_is_said_and_left_alone(folder: Path, damage: Callable[[Path], None], what: str) -> None:
    path = folder / LEDGER_FILE
    damage(path)
    before = path.read_bytes() if path.is_file() else None
    assert refusal(folder) == f"Sổ nhận «{path}» bị hỏng: {what}. {CURE}"
    assert has_ledger(folder)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_flipped_bit_is_noticed_or_harmless(folder: Path) -> None:
    path = folder / LEDGER_FILE
    content = path.read_bytes()
    chance = random.Random(5)  # noqa: S311  # which bits
    with open_ledger(folder) as ledger:
        known = [ledger.events("thu", "2024"), ledger.events("thu", "2023"), ledger.received]
    noticed = 0
    for place in chance.sample([place for place, byte in enumerate(content) if byte], 100):
        spoiled = bytearray(content)
        spoiled[place] ^= 1 << chance.randrange(8)
        path.write_bytes(spoiled)
        try:
            with open_ledger(folder) as ledger:
                assert [ledger.events("thu", "2024"), ledger.events("thu", "2023"), ledger.received] == known
        except LedgerError:
            noticed += 1
    assert noticed > 50  # half of it are the names of tables and columns


def test_a_journal_without_its_ledger_is_not_put_into_a_new_one(folder: Path) -> None:
    path = folder / LEDGER_FILE
    path.rename(folder / "đổi-tên.sqlite")
    (folder / f"{LEDGER_FILE}-journal").write_bytes(b"x")
    assert refusal(folder) == (
        f"Thiếu sổ nhận «{path}», chỉ còn «{LEDGER_FILE}-journal» của nó: trả sổ về chỗ cũ, hoặc xóa tệp này rồi chạy "
        f"lại."
    )
    assert not path.exists()


# --- obstacles


def test_a_ledger_that_another_program_is_writing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "_PATIENCE", 0.1)
    other = sqlite3.connect(folder / LEDGER_FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OutputError) as refused, open_ledger(folder):
        pass
    other.close()
    assert str(refused.value) == (
        f"Không dùng được sổ nhận «{folder / LEDGER_FILE}»: chương trình khác đang dùng tệp; đóng chương trình đó rồi "
        f"chạy lại."
    )


def test_a_full_disk_leaves_the_ledger_as_it_was(folder: Path) -> None:
    with open_ledger(folder) as ledger:
        with ledger.transaction() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(OutputError) as refused:
            ledger.record("slip", "thu", "2024", {"note": "x" * 100_000}, NOW)
        assert str(refused.value) == f"Không dùng được sổ nhận «{folder / LEDGER_FILE}»: ổ đĩa hết chỗ trống."
    with open_ledger(folder) as ledger:
        assert len(ledger.events("thu", "2024")) == 1


# --- crashes

_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from kttt_xl.ledger import open_ledger
NOW = datetime(2026, 1, 1, tzinfo=UTC)
with open_ledger(Path(sys.argv[1])) as ledger:
    for number in range(100_000):
        with ledger.transaction():
            ledger.record("slip", "thu", "2024", {"number": number, "note": "x" * 5000}, NOW)
            ledger.record("decided", "thu", "2024", {"number": number}, NOW)
        print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_recorded(tmp_path: Path) -> None:
    """Whatever was told is there, two by two, and the next one goes on from it."""
    chance, there = random.Random(7), 0  # noqa: S311  # when
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        told = 1 + len(process.communicate()[0].splitlines())
        with open_ledger(tmp_path) as ledger:
            events = ledger.events("thu", "2024")
        assert len(events) >= there + 2 * told
        assert [event.kind for event in events] == ["slip", "decided"] * (len(events) // 2)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        there = len(events)
    with open_ledger(tmp_path) as ledger:  # what SQLite left behind goes with the next event
        ledger.record("closed", "thu", "2024", {}, NOW)
    assert [path.name for path in tmp_path.iterdir()] == [LEDGER_FILE]
