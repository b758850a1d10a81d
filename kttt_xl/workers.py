"""Read many copies in several processes; a file that kills its process is a verdict on it, and the rest go on."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import date
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from kttt_xl import keys
from kttt_xl.checks import check_submission
from kttt_xl.messages import finding
from kttt_xl.reader import CopyReading, read_copy, with_findings

_WORTH_IT = 100  # copies; starting processes costs about as long as reading some dozens
_BATCH = 16  # copies a process is given at once
_MOST = 8  # processes


def keys_of(campaign: Path | None) -> keys.KeyFinder:
    """Return the function that finds a plan's key in its campaign folder, read once a plan."""
    return lru_cache(maxsize=64)(lambda plan_id: keys.load_key(keys.campaign_folder(campaign, plan_id)))


def read_and_check(path: Path, name: str, key_for: keys.KeyFinder, as_of: date) -> CopyReading:
    """Read a copy and add what the rules find in it; the manifest keeps only what says whose copy it is."""
    reading = read_copy(path, name, key_for)
    if reading.submission is not None and reading.manifest is not None and not reading.refused:
        reading = with_findings(reading, check_submission(reading.submission, reading.manifest, as_of))
    if reading.manifest is None:
        return reading
    # Thousands of readings are kept, and sent between processes: rows and digests have done their work.
    return replace(reading, manifest=replace(reading.manifest, rows=(), columns=(), fixed={}, cover={}, choices={}))


def read_many(
    files: Sequence[tuple[str, Path]],
    as_of: date,
    campaign: Path | None,
    progress: Callable[[str], None] = lambda _name: None,
    processes: int | None = None,
) -> Iterator[CopyReading]:
    """Yield the reading of each (name, path), in order; in several processes when there are many files.

    processes is how many to use, 1 for none but this one; by default as the machine and the number of files ask.
    """
    if processes is None:
        processes = min(os.cpu_count() or 1, _MOST) if len(files) >= _WORTH_IT else 1
    reads = read_here(files, as_of, campaign) if processes < 2 else _in_processes(files, as_of, campaign, processes)
    for reading in reads:
        progress(reading.file)
        yield reading


def read_here(files: Sequence[tuple[str, Path]], as_of: date, campaign: Path | None) -> Iterator[CopyReading]:
    """Yield the reading of each (name, path), in order, in this process."""
    key_for = keys_of(campaign)
    for name, path in files:
        yield read_and_check(path, name, key_for, as_of)


def _in_processes(
    files: Sequence[tuple[str, Path]], as_of: date, campaign: Path | None, processes: int
) -> Iterator[CopyReading]:
    batches = [files[at : at + _BATCH] for at in range(0, len(files), _BATCH)]
    done = 0
    try:
        with _pool(processes) as pool:
            for readings in pool.map(_read_batch, batches, [as_of] * len(batches), [campaign] * len(batches)):
                yield from readings
                done += 1
    except BrokenProcessPool:
        for name, path in (file for batch in batches[done:] for file in batch):
            yield _alone(name, path, as_of, campaign)


def _pool(processes: int) -> ProcessPoolExecutor:
    # spawn: the same on every system, and safe beside the threads of a progress bar
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def _read_batch(files: Sequence[tuple[str, Path]], as_of: date, campaign: Path | None) -> list[CopyReading]:
    return list(read_here(files, as_of, campaign))


def _alone(name: str, path: Path, as_of: date, campaign: Path | None) -> CopyReading:
    """Read one file in a process of its own."""
    try:
        with _pool(1) as pool:
            return pool.submit(_read_batch, [(name, path)], as_of, campaign).result()[0]
    except BrokenProcessPool:
        return CopyReading(name, "", (finding("unreadable", file=name, found="chương trình đọc dừng đột ngột"),))
