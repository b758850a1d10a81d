"""Read copies in processes of their own, each with limits of time and memory: what a file does to its process is a
verdict on that file alone, and the others are read.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import cast

from kttt_xl import confined, keys
from kttt_xl.checks import check_on_day, check_submission
from kttt_xl.errors import KtttError
from kttt_xl.failure_log import log_failure
from kttt_xl.messages import finding
from kttt_xl.reader import CopyReading, read_copy, with_findings

# For one file, then for one that took too long, alone. A million formatted rows take 8 s on a busy machine, and a good
# file must not be refused because the machine is.
SECONDS, SECONDS_ALONE = 10.0, 60.0
_EACH = 50  # copies that make another process worth starting
_BATCH = 16  # copies a process is given at once: it need not wait for us between them
_MOST = 8  # processes

File = tuple[str, Path]  # how findings call it, and where it is


def read_and_check(path: Path, name: str, key_for: keys.KeyFinder) -> CopyReading:
    """Read a copy and add what the rules find in it; the manifest keeps only what says whose copy it is."""
    reading = read_copy(path, name, key_for)
    if reading.submission is not None and reading.manifest is not None and not reading.refused:
        reading = with_findings(reading, check_submission(reading.submission, reading.manifest))
    if reading.manifest is None:
        return reading
    # Thousands of readings are kept, and sent between processes: rows and digests have done their work.
    return replace(reading, manifest=replace(reading.manifest, rows=(), columns=(), fixed={}, cover={}, choices={}))


def on_day(reading: CopyReading, as_of: date) -> CopyReading:
    """Return a reading with what the rules find in it on a day; what was read depends on no day."""
    if reading.submission is None or reading.refused:
        return reading
    return with_findings(reading, check_on_day(reading.submission, as_of))


def read_many(
    files: Sequence[File],
    campaign: Path | None,
    progress: Callable[[str], None] = lambda _name: None,
    processes: int | None = None,
) -> Iterator[CopyReading]:
    """Yield the reading of each (name, path), in order; every file is read in a process that may be killed.

    processes is how many to use; by default as the machine and the number of files ask. KtttError when no process can
    be started.
    """
    if not files:
        return
    if processes is None:
        processes = max(1, min(os.cpu_count() or 1, _MOST, len(files) // _EACH))
    pool = _Pool(files, keys.campaigns(campaign), processes)
    try:
        for at, (name, _) in enumerate(files):
            yield pool.answer(at)
            progress(name)
    finally:
        pool.close()


@dataclass(slots=True)
class _Worker:
    """A process and the files it has, the one it is at first; until is when it must have answered."""

    process: BaseProcess
    pipe: Connection
    files: deque[int] = field(default_factory=deque)
    until: float = 0.0
    started: bool = False


class _Pool:
    """Reads files by their numbers, and remembers the answers until they are asked for."""

    def __init__(self, files: Sequence[File], campaigns: keys.Campaigns, processes: int) -> None:
        self.files, self.campaigns, self.processes = files, campaigns, processes
        self.waiting = deque(range(len(files)))
        self.slow: deque[int] = deque()  # took too long once; read again when nothing else is
        self.workers: list[_Worker] = []
        self.answers: dict[int, CopyReading] = {}

    def answer(self, at: int) -> CopyReading:
        """Return the reading of a file, as soon as there is one."""
        while at not in self.answers:
            self._set_to_work()
            self._listen()
        return self.answers.pop(at)

    def close(self) -> None:
        """End every process, whatever it is at."""
        for worker in self.workers:
            self._end(worker)
        self.workers.clear()

    def _set_to_work(self) -> None:
        """Give files to workers that have none, and start workers while there are files for them."""
        while self.waiting and len(self.workers) < self.processes:
            self.workers.append(self._worker())
        for worker in self.workers:
            if not worker.files and self.waiting:
                self._give(worker, [self.waiting.popleft() for _ in range(min(_BATCH, len(self.waiting)))])
        if self.slow and not self.waiting and not any(worker.files for worker in self.workers):
            if not self.workers:
                self.workers.append(self._worker())
            self._give(self.workers[0], [self.slow[0]])

    def _worker(self) -> _Worker:
        process, pipe = confined.start(_serve, (self.campaigns,), duplex=True)
        return _Worker(process, pipe)

    def _give(self, worker: _Worker, numbers: Sequence[int]) -> None:
        worker.files.extend(numbers)
        worker.pipe.send([self.files[at] for at in numbers])
        worker.until = time.monotonic() + (self._seconds if worker.started else confined.START_SECONDS)

    @property
    def _seconds(self) -> float:
        return SECONDS_ALONE if self.slow and not self.waiting else SECONDS

    def _listen(self) -> None:
        """Take every answer that is there, or wait until there is one or a worker's time is up."""
        busy = {worker.pipe: worker for worker in self.workers if worker.files}
        left = min(worker.until for worker in busy.values()) - time.monotonic()
        ready = wait(list(busy), max(0.0, left))
        for pipe in ready:
            self._hear(busy[cast("Connection", pipe)])
        for worker in busy.values():
            if worker.pipe not in ready and time.monotonic() >= worker.until and not worker.pipe.poll():
                self._late(worker)

    def _hear(self, worker: _Worker) -> None:
        try:
            reading = worker.pipe.recv()
        except (EOFError, OSError):
            if not worker.started:
                raise KtttError(confined.NOT_STARTED) from None
            self._lose(worker, confined.DIED)
            return
        if reading is None:  # the process is up, and begins with its first file now
            worker.started = True
        elif isinstance(reading, CopyReading):
            self._done(worker.files.popleft(), reading)
        else:
            self._lose(worker, reading)
            return
        worker.until = time.monotonic() + self._seconds

    def _late(self, worker: _Worker) -> None:
        if not worker.started:
            raise KtttError(confined.NOT_STARTED)
        at = worker.files[0]
        if at in self.slow:
            self._lose(worker, confined.too_long(SECONDS_ALONE))
            return
        worker.files.popleft()
        self.slow.append(at)
        self._replace(worker)

    def _lose(self, worker: _Worker, reason: str) -> None:
        """Give up the file that a worker died of; the others it had are read by another."""
        at = worker.files.popleft()
        name, _ = self.files[at]
        self._done(at, CopyReading(name, "", (finding("unreadable", file=name, found=reason),)))
        self._replace(worker)

    def _done(self, at: int, reading: CopyReading) -> None:
        self.answers[at] = reading
        if at in self.slow:
            self.slow.remove(at)

    def _replace(self, worker: _Worker) -> None:
        self.waiting.extendleft(reversed(worker.files))
        self.workers.remove(worker)
        self._end(worker)

    @staticmethod
    def _end(worker: _Worker) -> None:
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()


def _serve(pipe: Connection, campaigns: keys.Campaigns) -> None:
    """Read the files that come through the pipe and answer each, until the pipe is closed."""
    confined.confine()
    pipe.send(None)
    key_for = lru_cache(maxsize=64)(campaigns.key)
    while True:
        try:
            files = pipe.recv()
        except EOFError:
            return
        for name, path in files:
            try:
                reading = read_and_check(path, name, key_for)
            except MemoryError:
                pipe.send(confined.OUT_OF_MEMORY)
                return
            except Exception as error:  # noqa: BLE001  # a fault of ours is a verdict on this file, and is written down
                log_failure(error)
                pipe.send(f"lỗi của chương trình ({type(error).__name__})")
                return
            pipe.send(reading)
