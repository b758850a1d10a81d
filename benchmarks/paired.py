"""Measure two ways of doing one thing back to back in random order: on a shared machine only ratios can be trusted."""

import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times longer one way takes than ours: median and quartiles of paired runs; our median time a pass."""

    name: str
    median: float
    low: float
    high: float
    ours_ms: float
    runs: int

    def line(self) -> str:
        """Return the ratio as a row of a Markdown table."""
        return (
            f"| {self.name} | {self.median:.1f} | {self.low:.1f} – {self.high:.1f} | {self.ours_ms:.1f} | {self.runs} |"
        )


HEAD = "| peer / ours | median | quartiles | ours, ms a copy | pairs |\n| --- | --- | --- | --- | --- |"


def timed(work: Callable[[], object]) -> float:
    """Return the seconds one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(
    name: str,
    ours: Callable[[Path], object],
    peer: Callable[[Path], object],
    files: Iterable[Path],
    rounds: int,
    seed: int = 1,
) -> Ratio:
    """Return peer time over our time, per file, both measured within the same moment in random order."""
    chance, ratios, own = random.Random(seed), [], []
    files = list(files)
    ours(files[0])  # imports and caches are not what is measured
    peer(files[0])
    for _ in range(rounds):
        for file in files:
            first = chance.random() < 0.5
            one = timed(lambda: (ours if first else peer)(file))  # noqa: B023  # called at once
            two = timed(lambda: (peer if first else ours)(file))  # noqa: B023
            mine, theirs = (one, two) if first else (two, one)
            ratios.append(theirs / mine)
            own.append(mine)
    low, median, high = statistics.quantiles(ratios, n=4)
    return Ratio(name, median, low, high, statistics.median(own) * 1000, len(ratios))


def peak_memory() -> str:
    """Return this process's peak resident memory in MiB (VmHWM), or a word where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "not told here"
    kib = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return f"{int(kib) / 1024:.0f} MiB"


def machine() -> str:
    """Return what machine and Python this is."""
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores (shared), Python {platform.python_version()}"
