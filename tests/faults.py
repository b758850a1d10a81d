"""Consolidations that are killed, starved and run at once, and what must be true afterwards; for tests and the soak.

A scene is a small campaign as it stands after one consolidation, with one more copy come in since. Every round starts
from it, at the same place: the workbook is then the old one, and an undisturbed run makes the new one of it, byte for
byte the same every time. See fault_runs.py for how runs are made to fail.
"""

import errno
import io
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from kttt_xl import writer
from kttt_xl.assignments import stats_forms
from kttt_xl.builder import build_copy, file_name
from kttt_xl.filling import fill
from kttt_xl.history import SOURCE_SHEET
from kttt_xl.layout import stats_copy
from kttt_xl.ledger import open_ledger
from kttt_xl.period import parse_period
from kttt_xl.plans import load_plan
from kttt_xl.selfcheck import letters, line_rows

PLAN, PERIOD, DAY = "hai-phong-135-2018", "2018", "2019-01-31"
KEY = bytes(range(32))
ERRORS = (errno.EIO, errno.EACCES, errno.ENOENT, errno.ENOSPC)
FAILURE = "Lỗi ngoài dự kiến"  # what no fault may end in


@dataclass
class Ran:
    """How a run ended: exit code (negative: the signal), its standard output, what it said beside it on standard error,
    and its operations on files when they were counted.
    """

    code: int
    out: str
    said: str
    operations: list[str] = field(default_factory=list)


class Scene:
    """The campaign in a folder, and the process that starts runs in it."""

    def __init__(self, root: Path) -> None:
        self.root, self.template, self.place = root, root / "template", root / "round"
        self.out = self.place / "ra" / "tổng hợp.xlsx"
        self.campaign, self.returned = self.place / "đợt", self.place / "nhận"
        self.arguments = [
            *("consolidate", str(self.returned), "--plan", PLAN, "--period", PERIOD, "--as-of", DAY),
            *("--campaign", str(self.campaign), "-o", str(self.out), "--json"),
        ]
        copies = self._copies()
        for folder in (self.campaign, self.returned, self.out.parent, self.place / "user"):
            folder.mkdir(parents=True)
        (self.campaign / "khoa.key").write_text(KEY.hex())
        for name in list(copies)[:2]:
            (self.returned / name).write_bytes(copies[name])
        environment = {name: str(self.place / "user") for name in ("XDG_DATA_HOME", "XDG_STATE_HOME")}
        program = [sys.executable, str(Path(__file__).with_name("fault_runs.py"))]
        self._log = (root / "log").open("wb")
        self._process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True, env=self._environment()
        )
        assert self._ask({"environment": environment, "runs": [self.arguments]}) == "ready", (root / "log").read_text()
        # An officer has decided and entered something since: that too must come through everything.
        self.out.write_bytes(self.typed_into(self.out.read_bytes(), copies))
        self.old = self.out.read_bytes()
        (self.returned / list(copies)[2]).write_bytes(copies[list(copies)[2]])
        self.place.rename(self.template)
        self._numbers = iter(range(10**9))
        # What an undisturbed run does.
        self.reset()
        began = time.monotonic()
        self.undisturbed = self.run({"root": f"{self.place}{os.sep}"})
        self.seconds = time.monotonic() - began
        self.new = self.out.read_bytes()
        self.largest = max(path.stat().st_size for path in self.place.rglob("*"))
        self.after = self.state()
        assert self.new != self.old

    def _copies(self) -> dict[str, bytes]:
        """Three returned copies, by their file names."""
        plan, period = load_plan(PLAN), parse_period(PERIOD)
        copies = {}
        for number, agency in enumerate(list(stats_forms(plan))[:3], start=1):
            copy = stats_copy(plan, period, agency)
            column = letters(copy)[period.code]
            typed = {f"{column}{row}": number * 10 + at for at, row in enumerate(line_rows(copy).values())}
            copies[file_name(plan, period, "stats", agency)] = fill(build_copy(copy, KEY), copy.sheet, typed)
        return copies

    @staticmethod
    def typed_into(book: bytes, copies: Mapping[str, bytes]) -> bytes:
        """Return a workbook with a decision on its first file and a figure entered for an agency without a copy."""
        sheet = openpyxl.load_workbook(io.BytesIO(book))[SOURCE_SHEET]
        places = {cell.value: cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
        file, note = places[next(iter(copies))], places["Ghi chú quyết định"]
        typed = {f"{note.column_letter}{file.row}": "đã gọi điện hỏi lại"}
        typed[f"{places['Quyết định'].column_letter}{file.row}"] = "dùng"
        plan = load_plan(PLAN)
        slip = ("Nhập thay", list(stats_forms(plan))[5], plan.indicators[0].code, f"Năm {PERIOD}", 7, "CV 12", "Lan")
        first = places["Số phiếu"]
        for at, value in enumerate(slip, start=first.column + 1):
            typed[f"{get_column_letter(at)}{first.row + 1}"] = value
        return fill(book, SOURCE_SHEET, typed)

    @staticmethod
    def _environment() -> dict[str, str]:
        root = str(Path(__file__).parent.parent)
        return os.environ | {"PYTHONPATH": root, "PYTHONUTF8": "1", "KTTT_CAMPAIGN": ""}

    def _ask(self, job: dict[str, Any]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()
        self._log.close()

    def reset(self) -> None:
        """Make the place as it stands before every round."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.template, self.place)

    def start(self, fault: Mapping[str, object] | None = None) -> "Started":
        out = self.root / f"said-{next(self._numbers)}"
        return Started(self, int(self._ask({"start": self.arguments, "out": str(out), "fault": fault or {}})), out)

    def run(self, fault: Mapping[str, object] | None = None) -> Ran:
        return self.start(fault).wait()

    def wait(self, pid: int) -> int:
        return int(self._ask({"wait": pid}))

    def has_stopped(self, pid: int) -> bool:
        return self._ask({"stopped": pid}) == "1"

    def state(self) -> tuple[bytes, list[bytes], list[str], list[str], Mapping[str, int]]:
        """The workbook, those kept before it, the files there are, and what the ledger, held against its digests,
        tells: the kinds of its events, and when each file was received.
        """
        kept = [path.read_bytes() for path in writer.kept(self.out, 3) if path.exists()]
        files = sorted(path.relative_to(self.place).as_posix() for path in self.place.rglob("*") if path.is_file())
        with open_ledger(self.campaign) as ledger:
            kinds = [event.kind for event in (*ledger.events("", ""), *ledger.events(PLAN, PERIOD))]
            return self.out.read_bytes(), kept, files, kinds, ledger.received

    def is_sound(self) -> str:
        """Hold what a dead or failed run left against what must be true; return which workbook there is, old or new.

        The ledger is opened and so verified; the next run comes to what an undisturbed one comes to, and leaves no
        file that such a one does not leave. A third workbook is one without a copy that the disk did not give.
        """
        found = self.out.read_bytes()
        with open_ledger(self.campaign):
            pass
        again = self.run()
        assert (again.code, FAILURE in again.said) == (self.undisturbed.code, False), again.said
        if found in (self.old, self.new):
            assert self.state() == self.after
            return "old" if found == self.old else "new"
        with zipfile.ZipFile(io.BytesIO(found)) as book:
            assert book.testzip() is None
        book, kept, files, *_ = self.state()
        kept_names = {path.relative_to(self.place).as_posix() for path in writer.kept(self.out, 2)}
        assert (book, kept, set(files)) == (self.new, [found, self.old], {*self.after[2], *kept_names})
        return "third"


@dataclass
class Started:
    """A run under way."""

    scene: Scene
    pid: int
    out: Path

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> Ran:
        """Wait until it and every process it started are gone."""
        code = self.scene.wait(self.pid)
        assert code != 99, "a process of the run goes on"
        out, said, count = (self._written(ending) for ending in ("", ".err", ".count"))
        return Ran(code, out, said, count.splitlines())

    def _written(self, ending: str) -> str:
        path = self.out.with_name(self.out.name + ending)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


@contextmanager
def scene(root: Path) -> Iterator[Scene]:
    made = Scene(root)
    try:
        yield made
    finally:
        made.close()


def kill_at_any_time(scene: Scene, rounds: int, seed: int = 0) -> Counter[str]:
    """Kill rounds runs, each after a time between nothing and a half more than a run takes."""
    chance = random.Random(seed)  # noqa: S311  # it chooses moments, and keeps no secret
    found = Counter[str]()
    for _ in range(rounds):
        scene.reset()
        run = scene.start()
        time.sleep(chance.uniform(0, scene.seconds * 1.5))
        run.kill()
        ran = run.wait()
        found[f"{_old_or_new(scene)}, {'killed' if ran.code == -signal.SIGKILL else 'was done'}"] += 1
    return found


def _old_or_new(scene: Scene) -> str:
    which = scene.is_sound()
    assert which in ("old", "new")
    return which


def kill_at_operations(scene: Scene, numbers: Sequence[int]) -> Counter[str]:
    """Kill a run at each of these operations on files, a write when half of it is done."""
    found = Counter[str]()
    for at in numbers:
        scene.reset()
        ran = scene.run({"root": f"{scene.place}{os.sep}", "at": at, "signal": signal.SIGKILL})
        assert ran.code == -signal.SIGKILL, f"operation {at} of {len(scene.undisturbed.operations)}: {ran}"
        found[_old_or_new(scene)] += 1
    return found


def every_fault(scene: Scene) -> list[tuple[int, int]]:
    """Return every operation of an undisturbed run with every error that it may end in."""
    return [(at, number) for at in every_operation(scene) for number in ERRORS]


def every_operation(scene: Scene) -> range:
    """Return the numbers of the operations on files of an undisturbed run."""
    return range(1, len(scene.undisturbed.operations) + 1)


def fail_at_operations(scene: Scene, faults: Sequence[tuple[int, int]]) -> Counter[str]:
    """Let an operation on files, by its number, fail with an error, in a run each.

    A failed run says so and leaves the old workbook or the new; a copy that could not be read is a verdict in a third
    one, which is whole; no failure is an unexpected one, and the next run comes to what an undisturbed one does.
    """
    found = Counter[str]()
    for at, number in faults:
        scene.reset()
        ran = scene.run({"root": f"{scene.place}{os.sep}", "at": at, "error": number})
        what = f"operation {at}, {scene.undisturbed.operations[at - 1]}, {os.strerror(number)}: {ran.said}"
        assert ran.code in (0, 1, 2), what
        assert FAILURE not in ran.said, what
        written = ran.out.startswith("{")  # a JSON document: it says that it is done
        state = scene.out.read_bytes()
        assert written or "Lỗi: " in ran.said, what
        assert not (written and state == scene.old), what
        sound = scene.is_sound()
        if sound == "third":
            assert any(finding["code"] == "unreadable" for finding in json.loads(ran.out)["findings"]), what
        found[f"{'done' if written else 'said'}, {sound}"] += 1
    return found


def sizes(scene: Scene, count: int) -> list[int]:
    """Return sizes, evenly spread, from one at which nothing can be written to one at which everything can."""
    return [round(4096 + (1.1 * scene.largest - 4096) * at / (count - 1)) for at in range(count)]


def starve(scene: Scene, sizes: Sequence[int]) -> Counter[str]:
    """Let no file grow beyond so many bytes, in a run each: as a disk that is full at that point."""
    found = Counter[str]()
    for size in sizes:
        scene.reset()
        found[_outcome(scene, scene.run({"file_size": size}))] += 1
        assert scene.is_sound() != "third"
    return found


def fill_up(scene: Scene, folder: Path, sizes: Sequence[int]) -> Counter[str]:
    """Let a folder lie on a disk with so many bytes free, in a run each. Only where this user may mount one."""
    found = Counter[str]()
    for size in sizes:
        scene.reset()
        with small_disk(folder) as grow:
            grow(size)
            found[_outcome(scene, scene.run())] += 1
            grow(10 << 20)
            assert scene.is_sound() != "third"
    return found


def _outcome(scene: Scene, ran: Ran) -> str:
    """Return whether a run was done or said why not; nothing else may be. The workbook is the old one or the new.

    It is the new one where the disk was full for the ledger only, after the workbook: the next run writes that down.
    """
    assert FAILURE not in ran.said, ran
    if (ran.code, scene.out.read_bytes()) == (scene.undisturbed.code, scene.new):
        return "done"
    assert ran.code == 1, ran
    assert ran.said.startswith("Lỗi: "), ran
    if scene.out.read_bytes() == scene.new:
        return "said, new there"
    assert scene.out.read_bytes() == scene.old, ran
    return "said"


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[int], None]]:
    """Put a folder on a disk of its own, with all there is in it; give a function that leaves so many bytes free."""
    aside = folder.with_name(f"{folder.name}-aside")
    shutil.copytree(folder, aside)
    _mount(folder, 64 << 20)
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        shutil.rmtree(aside)  # what an undisturbed run does not leave
        used = shutil.disk_usage(folder).used
        yield lambda free: _mount(folder, used + free, "remount,")
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _mount(folder: Path, size: int, more: str = "") -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"{more}size={size}", "tmpfs", str(folder)], check=True)


def can_mount(folder: Path) -> bool:
    """Tell whether this user may put a folder on a disk of its own."""
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        if subprocess.run(command, check=False, capture_output=True).returncode:
            return False
    except OSError:
        return False
    subprocess.run(["umount", str(folder)], check=True)
    return True


def run_at_once(scene: Scene, many: int) -> Counter[str]:
    """Start many runs at once; each does its work or says who holds the campaign, and one result is there."""
    scene.reset()
    runs = [scene.start() for _ in range(many)]
    pids, found = {run.pid for run in runs}, Counter[str]()
    for run in runs:
        ran = run.wait()
        if ran.code == scene.undisturbed.code:
            found["done"] += 1
            continue
        holders = [pid for pid in pids if f"máy {socket.gethostname()}, tiến trình {pid}, từ " in ran.said]
        assert (ran.code, len(holders)) == (2, 1), ran
        found["locked out"] += 1
    assert scene.state() == scene.after
    assert found["done"] >= 1
    return found


def held_up(scene: Scene, many: int) -> Counter[str]:
    """Stop a run while it holds the campaign; many others are all locked out by it; then it ends as if alone."""
    scene.reset()
    at = 1 + scene.undisturbed.operations.index(f"scandir {scene.returned}")
    first = scene.start({"root": f"{scene.place}{os.sep}", "at": at, "signal": signal.SIGSTOP, "alone": True})
    assert scene.has_stopped(first.pid)
    found = Counter[str]()
    for run in [scene.start() for _ in range(many)]:
        ran = run.wait()
        assert (ran.code, f"tiến trình {first.pid}, từ " in ran.said) == (2, True), ran
        found["locked out"] += 1
    assert scene.out.read_bytes() == scene.old
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait().code == scene.undisturbed.code
    assert scene.state() == scene.after
    return found


def soak(root: Path, kills: int = 1000, seed: int = 0) -> dict[str, Counter[str]]:
    """Do everything of the tests in large numbers; return how often what came of it. AssertionError tells the first
    thing that is wrong. Takes about two seconds for a kill, and a quarter of an hour for the rest.
    """
    with scene(root) as made:
        done = {
            "kill at any time": kill_at_any_time(made, kills, seed),
            "kill at every operation": kill_at_operations(made, every_operation(made)),
            "every operation fails": fail_at_operations(made, every_fault(made)),
            "file size": starve(made, sizes(made, 40)),
            "held up": held_up(made, 8),
        }
        for many in range(2, 9):
            done[f"{many} at once"] = sum((run_at_once(made, many) for _ in range(15)), Counter())
        if can_mount(root):
            for folder in (made.out.parent, made.campaign):
                done[f"small disk, {folder.name}"] = fill_up(made, folder, range(0, 128 << 10, 4 << 10))
        return done
