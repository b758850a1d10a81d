"""A consolidation that is killed, refused the disk, starved or run beside others: the workbook is the old one or the
new one, whole; the ledger is sound; the next run comes to the same result and leaves nothing behind.

The same in large numbers: `make soak`.
"""

import os
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import faults
import pytest
from fault_runs import Disk

from kttt_xl.errors import OutputError
from kttt_xl.lock import LOCK_FILE, hold
from kttt_xl.writer import create_new, require_writable, write_file

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked, which Windows cannot")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[faults.Scene]:
    with faults.scene(tmp_path_factory.mktemp("faults")) as made:
        yield made


# --- killed


def test_killed_at_any_moment(scene: faults.Scene) -> None:
    assert faults.kill_at_any_time(scene, 20).total() == 20


def test_killed_between_any_two_operations_on_files(scene: faults.Scene) -> None:
    """All of those on the workbook's folder while it is written, every ninth of the others."""
    operations = scene.undisturbed.operations
    last = max(at for at, told in enumerate(operations, 1) if told.startswith(f"scandir {scene.campaign}"))
    on_the_workbook = [at for at, told in enumerate(operations, 1) if at > last and f"{scene.out.parent}" in told]
    chosen = sorted({*range(1, len(operations) + 1, 9), *on_the_workbook})
    found = faults.kill_at_operations(scene, chosen)
    assert found.total() == len(chosen)
    assert min(found["old"], found["new"]) > 0


def test_a_plain_write_would_be_noticed(scene: faults.Scene) -> None:
    """The faults can find one: a workbook written straight to its place, and killed in the middle."""
    scene.reset()
    plain = {"root": f"{scene.place}{os.sep}", "plain": True}
    operations = scene.run(plain).operations
    opened = max(at for at, told in enumerate(operations, 1) if told == f"open {scene.out}")
    assert operations[opened].startswith("write")
    scene.reset()
    assert scene.run(plain | {"at": opened + 1, "signal": signal.SIGKILL}).code == -signal.SIGKILL
    assert scene.out.read_bytes() == scene.new[: len(scene.new) // 2]
    with pytest.raises(AssertionError):
        scene.is_sound()


# --- the disk says no


def test_an_operation_on_files_fails(scene: faults.Scene) -> None:
    """Every sixth operation, with one error after another; the writer's own are all tried below."""
    chosen = faults.every_fault(scene)[:: 6 * len(faults.ERRORS) + 1]
    assert faults.fail_at_operations(scene, chosen).total() == len(chosen)


def test_a_disk_full_at_any_point(scene: faults.Scene) -> None:
    found = faults.starve(scene, faults.sizes(scene, 8))
    assert found.total() == 8
    assert found.keys() <= {"said", "said, new there", "done"}
    assert min(found["said"], found["done"]) > 0


def mountable() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        return faults.can_mount(Path(folder))


@pytest.mark.skipif(not mountable(), reason="this user may not mount a small disk")
@pytest.mark.parametrize("folder", ["ra", "đợt"])
def test_a_small_disk(scene: faults.Scene, folder: str) -> None:
    assert faults.fill_up(scene, scene.place / folder, [0, 16 << 10, 10 << 20]) == Counter(said=2, done=1)


def test_no_folder_for_temporary_files(scene: faults.Scene) -> None:
    scene.reset()
    ran = scene.run({"no_tmp": True, "alone": True})
    assert (ran.code, scene.state()) == (scene.undisturbed.code, scene.after), ran.said


# --- several at once


@pytest.mark.parametrize("many", [2, 8])
def test_runs_at_once(scene: faults.Scene, many: int) -> None:
    assert faults.run_at_once(scene, many).total() == many


def test_others_while_one_holds_the_campaign(scene: faults.Scene) -> None:
    assert faults.held_up(scene, 3) == Counter({"locked out": 3})


# --- the writer and the lock, every operation of theirs, every error

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BEFORE = {"a.xlsx": b"4", "a.truoc-1.xlsx": b"3", "a.truoc-2.xlsx": b"2", "a.truoc-3.xlsx": b"1"}


def write(folder: Path) -> None:
    write_file(folder / "a.xlsx", b"5" * 10_000, keep=3)


def create(folder: Path) -> None:
    create_new(folder / "b.xlsx", b"5" * 10_000, 0o444)


def look(folder: Path) -> None:
    require_writable(folder / "a.xlsx", keep=3)


def take(folder: Path) -> None:
    with hold(folder, NOW):
        assert (folder / LOCK_FILE).exists()


KEPT = {"a.xlsx": b"5" * 10_000, "a.truoc-1.xlsx": b"4", "a.truoc-2.xlsx": b"3", "a.truoc-3.xlsx": b"2"}


@pytest.mark.parametrize(
    ("step", "after"),
    [(write, KEPT), (create, BEFORE | {"b.xlsx": b"5" * 10_000}), (look, BEFORE), (take, BEFORE)],
)
@pytest.mark.parametrize("error", faults.ERRORS)
def test_every_operation_fails_once(
    tmp_path: Path, step: Callable[[Path], None], after: dict[str, bytes], error: int
) -> None:
    """Each file is whole, nothing but the oldest one kept is gone, it is said, and the next time it is done."""
    for at in range(1, 100):
        folder = tmp_path / str(at)
        folder.mkdir()
        for name, content in BEFORE.items():
            (folder / name).write_bytes(content)
        disk, failure = Disk(str(folder), at, error), ""
        with pytest.MonkeyPatch.context() as patch:
            disk.watch(patch.setattr)
            try:
                step(folder)
            except OutputError as told:
                failure = str(told)
        struck = f"{disk.done[at - 1]}: {failure}" if len(disk.done) >= at else ""
        found = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != LOCK_FILE}
        for name in [name for name in found if struck.startswith("unlink") and name.startswith(".kttt-")]:
            del found[name]  # what could not be removed is the next run's to remove
        assert found == after if not failure else found.keys() <= after.keys(), struck
        assert found["a.xlsx"] in (BEFORE["a.xlsx"], after["a.xlsx"]), struck
        assert set(found.values()) <= {*BEFORE.values(), *after.values()}, struck
        assert set(found.values()) >= {b"4", b"3", b"2"}, struck
        assert not failure or str(folder) in failure, struck
        step(folder)
        again = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".kttt-")}
        assert again == after, struck
        if not struck:
            assert at > 3
            return
    pytest.fail("no end of operations")
