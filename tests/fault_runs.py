"""Runs command lines in processes that are made to fail: started by faults.py, which says how over standard input.

One process imports the product once and forks for each run, so that a run costs what it does and no import. Each line
in is a JSON job, each line out its answer:
{"start": [arguments], "out": path, "fault": {...}} -> the pid of the run, in a session of its own; its standard output
goes to that path, its standard error to path + ".err"
{"stopped": pid} -> 1 as soon as the run has stopped, 0 when it ended instead
{"wait": pid} -> its exit code, negative for the signal that ended it, once every process of its session is gone
A fault strikes at operation number "at" on a file under the folder "root" (open, read, write, sync, move, link, remove,
chmod, mkdir, list): with "error" (a number) it fails so, with "signal" that is sent to the process, a write being done
half in both cases. The operations, each by name and path, are listed in path + ".count".
"file_size" limits every file to so many bytes, "no_tmp" leaves no folder for temporary files, "plain" lets files be
written straight to where they belong. The runs share one server of reading processes, which spares each the start of
its own; "alone" lets a run start one.
"""

import builtins
import ctypes
import errno
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any

_ON_PATHS = ("chmod", "link", "listdir", "mkdir", "remove", "rename", "replace", "rmdir", "scandir", "unlink")


class Disk:
    """The operations on files under a folder, counted; at one of them something happens."""

    def __init__(self, root: str, at: int = 0, error: int = 0, signal: int = 0) -> None:
        self.root, self.at, self.error, self.signal = root, at, error, signal
        self.done: list[str] = []
        self.handles: set[int] = set()

    def watch(self, put: Callable[[Any, str, Any], None] = setattr) -> None:
        """Put ourselves before every way in which Python comes to files."""
        for name in _ON_PATHS:
            put(os, name, self._on_path(name, getattr(os, name)))
        for name in ("fsync", "read", "write", "ftruncate"):
            put(os, name, self._on_handle(name, getattr(os, name)))
        opened, close = builtins.open, os.close

        def open_(file: Any, *rest: Any, **more: Any) -> Any:
            ours = self._concerns(file)
            if ours and not isinstance(file, int):
                self.step("open", file)
            stream = opened(file, *rest, **more)
            return Stream(stream, self) if ours else stream

        def close_(handle: int) -> None:
            self.handles.discard(handle)
            close(handle)

        put(os, "open", self._open(os.open))
        put(os, "close", close_)
        put(builtins, "open", open_)
        put(io, "open", open_)  # the one that os.fdopen and pathlib call

    def step(self, name: str, path: object = "", half: Callable[[], object] = lambda: None) -> None:
        """Count an operation; at the one asked for do half of it, and then what is asked for."""
        self.done.append(f"{name} {path}")
        if len(self.done) != self.at:
            return
        half()
        if self.signal:
            os.kill(os.getpid(), self.signal)
            return  # it was stopped, and goes on
        raise OSError(self.error, os.strerror(self.error), str(path))

    def _concerns(self, path: Any) -> bool:
        if isinstance(path, int):
            return path in self.handles
        try:
            return os.fsdecode(path).startswith(self.root)
        except TypeError:
            return False

    def _on_path(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(path: Any = ".", *rest: Any, **more: Any) -> Any:
            if self._concerns(path):
                self.step(name, path)
            return real(path, *rest, **more)

        return step

    def _on_handle(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(handle: int, *rest: Any) -> Any:
            if handle in self.handles:
                self.step(name)
            return real(handle, *rest)

        return step

    def _open(self, real: Callable[..., int]) -> Callable[..., int]:
        def step(path: Any, *rest: Any, **more: Any) -> int:
            ours = self._concerns(path)
            if ours:
                self.step("open", path)
            handle = real(path, *rest, **more)
            if ours:
                self.handles.add(handle)
            return handle

        return step


class Stream:
    """An open file whose reads and writes are counted."""

    def __init__(self, stream: Any, disk: Disk) -> None:
        self._stream, self._disk = stream, disk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, *size: int) -> Any:
        self._disk.step("read")
        return self._stream.read(*size)

    def write(self, content: Any) -> int:
        def half() -> None:
            self._stream.write(content[: len(content) // 2])
            self._stream.flush()

        self._disk.step("write", half=half)
        return self._stream.write(content)


def share_servers() -> None:
    """Use the parent's server of processes, though it is no child of ours."""
    forkserver._forkserver.ensure_running = lambda: None


def forget_servers() -> None:
    """Start servers of processes of our own, as a run does when nothing went before."""
    ours, tracker = forkserver._forkserver, resource_tracker._resource_tracker
    ours._forkserver_address = ours._forkserver_alive_fd = ours._forkserver_pid = None
    tracker._fd = tracker._pid = None


def write_plainly(path: Path, content: bytes, *_: object) -> None:
    """What nobody should do: the faults must show it."""
    path.write_bytes(content)


def run(arguments: list[str], out: str, fault: dict[str, Any]) -> int:
    """Run one command line with a fault and return its exit code. In a process of its own."""
    from kttt_xl import commands, writer  # noqa: PLC0415  # reading processes import this module too

    for stream, name in ((1, out), (2, f"{out}.err")):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    (forget_servers if fault.get("alone") else share_servers)()
    if fault.get("no_tmp"):
        tempfile.tempdir = str(Path(out) / "none")
        os.environ["TMPDIR"] = os.environ["TMP"] = os.environ["TEMP"] = tempfile.tempdir
    if fault.get("file_size"):
        import resource  # noqa: PLC0415  # not on Windows

        resource.setrlimit(resource.RLIMIT_FSIZE, (fault["file_size"], fault["file_size"]))
    if fault.get("plain"):
        writer.write_file = write_plainly
    if "root" not in fault:
        return commands.run(arguments)
    disk = Disk(fault["root"], fault.get("at", 0), fault.get("error", 0), fault.get("signal", 0))
    disk.watch()
    try:
        return commands.run(arguments)
    finally:
        disk.at = 0
        Path(f"{out}.count").write_text("\n".join(disk.done), encoding="utf-8")


def start(job: dict[str, Any]) -> int:
    """Fork a run and return its pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setsid()
        os.environ.update(job.get("environment", {}))
        code = run(job["start"], job["out"], job.get("fault", {}))
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:  # the output itself could not be written
        code = 71 if error.errno == errno.EFBIG else 72
    finally:
        os._exit(code)  # nothing of the parent's is to be tidied up twice


def wait(pid: int) -> int:
    """Return the exit code of a run, once every process of its session has ended too; 70 seconds is hanging."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    until = time.monotonic() + 70
    while time.monotonic() < until:
        try:
            if os.waitpid(-pid, os.WNOHANG) == (0, 0):
                time.sleep(0.005)
        except ChildProcessError:
            return code
    return 99


def main() -> None:
    """Answer one job a line until there are no more."""
    from kttt_xl import commands  # noqa: PLC0415

    # Linux: what our runs leave behind is ours to wait for (PR_SET_CHILD_SUBREAPER).
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is printed while getting ready is no answer
    warm = json.loads(sys.stdin.readline())
    os.environ.update(warm["environment"])
    for arguments in warm["runs"]:  # with it everything is imported that a run imports on its way
        commands.run(arguments)
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        job = json.loads(line)
        if "start" in job:
            answer = start(job)
        elif "stopped" in job:
            answer = int(os.WIFSTOPPED(os.waitpid(job["stopped"], os.WUNTRACED)[1]))
        else:
            answer = wait(job["wait"])
        answers.write(f"{answer}\n")
        answers.flush()


if __name__ == "__main__":
    main()
