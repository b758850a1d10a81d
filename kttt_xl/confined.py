"""Work on strangers' files in a process that may be killed: one file that hangs or dies is a verdict on it alone.

The gate refuses what it knows to be hostile; this is for what nobody knew. A reading that takes too long, too much
memory, or the process with it, ends as `unreadable`, and the files after it are read in a new process.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kttt_xl.errors import KtttError
from kttt_xl.messages import finding
from kttt_xl.reader import CopyReading
from kttt_xl.workers import read_here

FILE_SECONDS = 30  # to read and check one file; a large copy takes a tenth of one
_START_SECONDS = 60  # for a process to start, on a machine that is busy
_MEMORY = 2 << 30  # bytes of address space; where the system can limit it

_READY, _ANSWER, _REFUSED, _DONE = range(4)


class StoppedError(KtttError):
    """The process took too long or died; the text says which, as part of a sentence."""


def stream(work: Callable[..., Iterable[Any]], arguments: Sequence[Any], seconds: float) -> Iterator[Any]:
    """Yield what work yields, in a process of its own that has seconds for each answer.

    work and its arguments must be picklable. StoppedError when the process took too long or died; KtttError when the
    work itself said so, or when no process could be started.
    """
    spawn = get_context("spawn")  # safe beside threads, and the same on every system
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_run, args=(theirs, work, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        if _next(ours, _START_SECONDS) != (_READY, None):
            raise KtttError("Máy chủ đang quá tải, chưa đọc được tệp nào; thử lại sau ít phút.")
        while (answer := _next(ours, seconds))[0] != _DONE:
            if answer[0] == _REFUSED:
                raise KtttError(answer[1])
            if answer[0] != _ANSWER:
                raise StoppedError(answer[1])
            yield answer[1]
    finally:
        process.kill()
        process.join()
        ours.close()


def _next(pipe: Connection, seconds: float) -> tuple[int | None, Any]:
    try:
        if pipe.poll(seconds):
            return pipe.recv()  # type: ignore[no-any-return]
    except (EOFError, OSError):
        return None, "chương trình đọc dừng đột ngột"
    return None, f"đọc quá {seconds:g} giây"


def _run(pipe: Connection, work: Callable[..., Iterable[Any]], arguments: Sequence[Any]) -> None:
    _limit_memory()
    pipe.send((_READY, None))
    try:
        for answer in work(*arguments):
            pipe.send((_ANSWER, answer))
    except KtttError as error:
        pipe.send((_REFUSED, str(error)))
    else:
        pipe.send((_DONE, None))


def _limit_memory() -> None:
    try:
        import resource  # noqa: PLC0415  # not on Windows; there the gate's own limits have to do
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_confined(
    files: Sequence[tuple[str, Path]], as_of: date, campaign: Path | None, seconds: float = FILE_SECONDS
) -> Iterator[CopyReading]:
    """Yield the reading of each (name, path), in order, as workers.read_many does."""
    waiting = list(files)
    while waiting:
        try:
            for reading in stream(read_here, (waiting, as_of, campaign), seconds):
                del waiting[0]
                yield reading
        except StoppedError as stopped:
            for name, _ in waiting[:1]:  # the one it was reading
                yield CopyReading(name, "", (finding("unreadable", file=name, found=str(stopped)),))
            del waiting[:1]
