"""Work on strangers' files in a process that may be killed: what hangs, dies or eats memory harms nothing else.

The gate refuses what it knows to be hostile; this is for what nobody knew.
"""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from kttt_xl.errors import KtttError

START_SECONDS = 60  # for a process to start, on a machine that is busy
_MEMORY = 1 << 30  # bytes a process may ask for (reliability.md 5.1); the largest copy seen takes a fifth
_MOST_MEMORY = 2 << 30  # for work on a whole province

READY, ANSWER, REFUSED, DONE, NO_MEMORY = range(5)
NOT_STARTED = "Máy đang quá tải, chưa đọc được tệp nào; thử lại sau ít phút."
DIED, OUT_OF_MEMORY = "chương trình đọc dừng đột ngột", "cần quá nhiều bộ nhớ"


class StoppedError(KtttError):
    """The process took too long or died; the text says which, as part of a sentence."""


def start(target: Callable[..., None], arguments: Sequence[Any], *, duplex: bool) -> tuple[BaseProcess, Connection]:
    """Start a process that runs target with its end of a pipe, then the arguments; return it with our end.

    It dies with this process. All arguments must be picklable.
    """
    # Never a fork of this process: it may have threads (a progress bar, a server). The fork server has none, and
    # gives a process in a twentieth of the time that a fresh interpreter takes; Windows has no such thing.
    context: Any = get_context("spawn" if sys.platform == "win32" else "forkserver")
    if sys.platform != "win32":
        context.set_forkserver_preload(["kttt_xl.workers"])
    ours, theirs = context.Pipe(duplex=duplex)
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def stream(work: Callable[..., Iterable[Any]], arguments: Sequence[Any], seconds: float) -> Iterator[Any]:
    """Yield what work yields, in a process of its own that has seconds for each answer.

    work and its arguments must be picklable. StoppedError when the process took too long or died; KtttError when the
    work itself said so, or when no process could be started.
    """
    process, pipe = start(_run, (work, arguments), duplex=False)
    try:
        if _next(pipe, START_SECONDS) != (READY, None):
            raise KtttError(NOT_STARTED)
        while (answer := _next(pipe, seconds))[0] != DONE:
            if answer[0] == REFUSED:
                raise KtttError(answer[1])
            if answer[0] != ANSWER:
                raise StoppedError(answer[1])
            yield answer[1]
    finally:
        process.kill()
        process.join()
        pipe.close()


def _next(pipe: Connection, seconds: float) -> tuple[int | None, Any]:
    try:
        if pipe.poll(seconds):
            return pipe.recv()  # type: ignore[no-any-return]
    except (EOFError, OSError):
        return None, DIED
    return None, too_long(seconds)


def too_long(seconds: float) -> str:
    """Return what is said of work that was not done in so many seconds."""
    return f"đọc quá {seconds:g} giây".replace(".", ",")


def _run(pipe: Connection, work: Callable[..., Iterable[Any]], arguments: Sequence[Any]) -> None:
    confine(_MOST_MEMORY)
    pipe.send((READY, None))
    try:
        for answer in work(*arguments):
            pipe.send((ANSWER, answer))
    except KtttError as error:
        pipe.send((REFUSED, str(error)))
    except MemoryError:
        pipe.send((NO_MEMORY, OUT_OF_MEMORY))
    else:
        pipe.send((DONE, None))


def confine(size: int = _MEMORY) -> None:
    """Let this process ask for no more than size bytes, where the system can limit it, and leave no core behind.

    Ctrl+C is for the process that started it, which ends it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        from kttt_xl.windows_memory import limit_process_memory  # noqa: PLC0415

        limit_process_memory(size)
        return
    import resource  # noqa: PLC0415  # not on Windows

    with contextlib.suppress(ValueError, OSError):  # macOS limits no address space; a lower limit may stand already
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
