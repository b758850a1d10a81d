"""The parts of the large run, and its command line: soak.py starts it.

usage: make soak, or python tests/soak.py [PART …] [--share 0.1] [--seeds 5]
Each part prints one line with its counts, its failures and its time, and what the first failures were; the exit code is
1 when there was any. --share takes that part of every count, for a first look. The parts share nothing.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import faults
from bad_copies import SEED, BadCopy, bases
from bad_copies_all import GROUPS
from bad_copies_among import Among, write_good
from bad_copies_identity import saved_by
from bad_copies_judged import campaign_folder, meet
from bad_copies_package import bitflips
from conftest import running_office
from test_conservation import conserved
from test_fuzz import fuzz

_Item = TypeVar("_Item")
_TOLD = 20  # failures of a part that are printed
_BITS = {"deflated": 2000, "stored": 500, "others": 300}
_LARGE = frozenset({"bitflip", "huge", "bomb"})  # read in one part only: they take long, and say nothing of others


@dataclass
class Told:
    """What a part counted: what became of what, and what went wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, of: str, wrong: str = "") -> None:
        self.counts[of] += 1
        if wrong:
            self.wrong.append(wrong)

    def tried(self, of: str, run: Callable[[], object]) -> None:
        """Run something that raises when it fails; count what it counts, or that it was done."""
        try:
            done = run()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the find, and the rest is to run too
            notes = " ".join(getattr(error, "__notes__", ()))  # where hypothesis says which case it was
            self.add(of, f"{of}: {type(error).__name__}: {error} {notes}".rstrip())
            return
        self.counts.update(done if isinstance(done, Counter) else {of: 1})


@dataclass(frozen=True)
class Size:
    """How large the run is: the share of every count, how many seeds, and where files may be put."""

    share: float
    seeds: int
    folder: Path

    def of(self, count: int) -> int:
        return max(1, round(count * self.share))


# --- bad copies


def bad_copies(size: Size) -> Told:
    """Every group with every seed: verdict, codes and values of every file."""
    told, keys = Told(), campaign_folder(size.folder / "keys")
    for seed in range(SEED, SEED + size.seeds):
        for group in GROUPS.keys() - {"bitflip"}:
            told_of(told, meet_all(GROUPS[group](bases(), seed), size.share, keys))
    with running_office(size.folder / "office") as office:
        (size.folder / "saved").mkdir()
        told_of(told, meet_all(saved_by(bases(), office, size.folder / "saved"), 1, keys))
    return told


def bit_flips(size: Size) -> Told:
    """Single bits, bytes and sectors that are wrong: refused, or nothing changes."""
    told, keys = Told(), campaign_folder(size.folder / "keys")
    for seed in range(SEED, SEED + size.seeds):
        counts = {name: size.of(count) for name, count in _BITS.items()}
        told_of(told, meet_all(bitflips(bases(), seed, **counts), 1, keys))
    return told


def meet_all(cases: Iterable[BadCopy], share: float, keys: Path) -> Iterator[tuple[BadCopy, str]]:
    step = max(1, round(1 / share))
    for met in meet(list(cases)[::step], keys):
        yield met.case, met.wrong


def told_of(told: Told, cases: Iterable[tuple[BadCopy, str]]) -> None:
    for case, wrong in cases:
        told.add(case.group, wrong)


def among(size: Size) -> Told:
    """Every case among three hundred good copies: it changes nothing that they say."""
    told, keys, folder = Told(), campaign_folder(size.folder / "keys"), size.folder / "good"
    folder.mkdir()
    write_good(folder)
    good = Among(keys, folder)
    for group in GROUPS.keys() - _LARGE:
        cases = list(GROUPS[group](bases(), SEED))
        for met in meet(cases[:: max(1, round(1 / size.share))], keys):
            told.add(group, good.changed(met))
    return told


def conservation(size: Size) -> Told:
    """Edits of random cells: every filled cell has exactly one outcome."""
    told = Told()
    for _ in range(size.of(20)):
        told.tried("hundred edits", partial(conserved, 100))
    return told


# --- faults and fuzzing


def killed(size: Size) -> Told:
    """Kill -9 at any time, and between any two operations on files."""
    return _in_a_scene(size, lambda scene: _kills(scene, size))


def _kills(scene: faults.Scene, size: Size) -> Iterator[tuple[str, Callable[[], object]]]:
    for seed in range(size.of(100)):
        yield f"ten killed, {seed}", partial(faults.kill_at_any_time, scene, 10, seed)
    for at in _some(list(faults.every_operation(scene)), size):
        yield f"killed at operation {at}", partial(faults.kill_at_operations, scene, [at])


def starved(size: Size) -> Told:
    """Disks that are full, operations on files that fail, one after another."""
    return _in_a_scene(size, lambda scene: _wants(scene, size))


def _wants(scene: faults.Scene, size: Size) -> Iterator[tuple[str, Callable[[], object]]]:
    for limit in faults.sizes(scene, max(2, size.of(40))):
        yield f"files of {limit} bytes", partial(faults.starve, scene, [limit])
    for fault in _some(faults.every_fault(scene), size):
        yield (
            f"operation {fault[0]} fails with {os.strerror(fault[1])}",
            partial(faults.fail_at_operations, scene, [fault]),
        )


def at_once(size: Size) -> Told:
    """Two to eight runs at once, and others while one holds the campaign."""
    return _in_a_scene(size, lambda scene: _crowds(scene, size))


def _crowds(scene: faults.Scene, size: Size) -> Iterator[tuple[str, Callable[[], object]]]:
    for number in range(size.of(100)):
        yield f"{2 + number % 7} at once", partial(faults.run_at_once, scene, 2 + number % 7)
    for _ in range(size.of(10)):
        yield "held up", partial(faults.held_up, scene, 3)


def _in_a_scene(size: Size, rounds: Callable[[faults.Scene], Iterator[tuple[str, Callable[[], object]]]]) -> Told:
    told = Told()
    with tempfile.TemporaryDirectory(dir=size.folder) as folder, faults.scene(Path(folder)) as scene:
        for name, run in rounds(scene):
            told.tried(name, run)
    return told


def _some(items: list[_Item], size: Size) -> list[_Item]:
    return items[:: max(1, round(1 / size.share))]


def fuzzed(size: Size) -> Told:
    """Ten minutes of fuzzing of gate, reader and cells, in rounds of other inputs."""
    told, rounds = Told(), 10
    for number in range(rounds):
        told.tried("a minute", partial(_fuzz, 600 * size.share / rounds, SEED + 10_000_000 * number))
    return told


def _fuzz(seconds: float, seed: int) -> Counter[str]:
    return Counter({target: sum(found.values()) for target, found in fuzz(seconds, seed).items()})


PARTS: Mapping[str, Callable[[Size], Told]] = {
    "bad-copies": bad_copies,
    "bit-flips": bit_flips,
    "among-300": among,
    "conservation": conservation,
    "killed": killed,
    "disk-full": starved,
    "at-once": at_once,
    "fuzz": fuzzed,
}


def _told(name: str, size: Size) -> Told:
    """Run a part; when the part itself fails, that is its failure, and the others are still run."""
    try:
        return PARTS[name](size)
    except Exception as error:  # noqa: BLE001 - as above
        return Told(wrong=[f"{name}: {type(error).__name__}: {error}"])


def main(arguments: list[str]) -> int:
    """Run the parts asked for, all when none are; return 1 when anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--share", type=float, default=1.0, help="of every count, 0 to 1")
    parser.add_argument("--seeds", type=int, default=5, help="of the bad copies")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    failed = False
    for name in asked.parts or PARTS:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for variable in ("XDG_DATA_HOME", "LOCALAPPDATA"):
                os.environ[variable] = str(folder / "user")
            began = time.monotonic()
            told = _told(name, Size(asked.share, asked.seeds, folder))
        counts = ", ".join(f"{what} {count}" for what, count in sorted(told.counts.items()))
        line = f"{name}: {told.counts.total()} ({counts}), {len(told.wrong)} failed, {time.monotonic() - began:.0f} s"
        sys.stdout.write(f"{line}\n" + "".join(f"  {wrong}\n" for wrong in told.wrong[:_TOLD]))
        sys.stdout.flush()
        failed = failed or bool(told.wrong)
    return int(failed)
