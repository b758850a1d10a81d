"""A command of ours in a process of its own, so that Excel stays free: started, watched, stopped when asked.

What it prints goes into files of a folder made for it: watching needs no threads, and no full pipe can hold it up.
However it ends, there is one document or one Vietnamese sentence.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kttt_xl.errors import KtttError
from kttt_xl.job_signals import FOLDER, MARK, STOP

_PATIENCE = 600.0  # seconds without any sign, after which a job is held to hang (a network drive that went away)
_GRACE = 10.0  # seconds a job has to stop by itself when asked
_FAILURE = "Lỗi: "


class Stopped(KtttError):  # noqa: N818  # named for what happens, as CopyRefused is
    """The officer asked a job to stop, and it did."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command gave: its JSON document, and the sentences it said beside it."""

    document: dict[str, Any]
    remarks: tuple[str, ...] = ()


def command_line() -> tuple[str, ...]:
    """Return how our command line is started with this very Python.

    -P: the folder Excel happens to be in is no place for modules. Beside pythonw, which has no output, is python.
    """
    own = Path(sys.executable)
    console = own.with_name("python.exe")
    return str(console if own.name.lower() == "pythonw.exe" and console.exists() else own), "-P", "-m", "kttt_xl"


class Job:
    """A running command; title is the button's."""

    def __init__(
        self,
        title: str,
        arguments: Sequence[str],
        program: Sequence[str] = (),
        patience: float = _PATIENCE,
        grace: float = _GRACE,
    ) -> None:
        """Start it; KtttError when this machine does not let us."""
        self.title, self.said = title, ""
        self._patience, self._grace = patience, grace
        self._folder = tempfile.TemporaryDirectory(prefix="kttt-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._out, self._err = folder / "out", folder / "err"
        self._remarks: list[str] = []
        self._read, self._rest = 0, b""
        self._sign, self._asked = time.monotonic(), 0.0
        try:
            with self._out.open("wb") as out, self._err.open("wb") as err:
                self._process = subprocess.Popen(  # noqa: S603  # our own command; no shell reads the line
                    [*(program or command_line()), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    env=os.environ | {FOLDER: str(folder), "PYTHONUTF8": "1"},
                    start_new_session=True,  # so that it can be ended with the processes it starts
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
        except OSError as error:
            self._folder.cleanup()
            raise KtttError(
                f"Máy này không cho chạy «{title}» ({error.strerror or error}): chạy «kttt-xl addin doctor» để biết "
                "nguyên nhân và cách sửa."
            ) from error

    def poll(self) -> Result | None:
        """Return the result when there is one, None while it works; said is how far it is.

        KtttError when it failed, died or hung; Stopped when it stopped as asked.
        """
        code = self._process.poll()  # before reading: what it said last is then in the file
        self._listen()
        if code is not None:
            return self._ended(code)
        now = time.monotonic()
        if self._asked and now - self._asked > self._grace:
            self._kill()
            raise Stopped(f"Đã dừng «{self.title}» theo yêu cầu.")
        if now - self._sign > self._patience:
            self._kill()
            raise KtttError(
                f"«{self.title}» không có tiến triển trong {max(1, round(self._patience / 60))} phút nên đã bị dừng: "
                "kiểm tra ổ mạng, ổ đĩa chứa tệp rồi bấm lại nút."
            )
        return None

    def stop(self) -> None:
        """Ask it to stop; it leaves nothing half written."""
        self._asked = self._asked or time.monotonic()
        (Path(self._folder.name) / STOP).touch()

    def close(self) -> None:
        """End it when it still runs, and remove its folder."""
        if self._process.poll() is None:
            self._kill()
        self._folder.cleanup()

    def _listen(self) -> None:
        """Take in the lines that came since: progress, or a sentence."""
        with self._err.open("rb") as stream:
            stream.seek(self._read)
            fresh = stream.read()
        if not fresh:
            return
        self._read += len(fresh)
        self._sign = time.monotonic()
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").rstrip("\r")
            if text.startswith(MARK):
                self.said = text.removeprefix(MARK)
            elif text.strip():
                self._remarks.append(text)

    def _ended(self, code: int) -> Result:
        try:
            document = json.loads(self._out.read_bytes())
        except (OSError, ValueError):
            document = None
        if isinstance(document, dict):
            return Result(document, tuple(self._remarks))
        if self._asked:
            raise Stopped(f"Đã dừng «{self.title}» theo yêu cầu.")
        said = "\n".join((*self._remarks, self._rest.decode("utf-8", "replace"))).strip()
        before, found, sentence = said.partition(_FAILURE)
        if found and (not before or before.endswith("\n")):
            raise KtttError(sentence)
        if said.startswith("Lỗi ngoài dự kiến"):
            raise KtttError(said)
        raise KtttError(
            f"«{self.title}» dừng đột ngột (mã {code}): bấm lại nút; vẫn thế thì chạy «kttt-xl addin doctor» và gửi "
            "kết quả cho người quản trị máy."
        )

    def _kill(self) -> None:
        """End it with the processes it started."""
        if os.name == "nt":
            taskkill = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "taskkill.exe"
            order = [str(taskkill), "/PID", str(self._process.pid), "/T", "/F"]
            subprocess.run(order, capture_output=True, check=False)  # noqa: S603  # Windows' own program
        else:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def finish(job: Job, tell: Callable[[str], None] = lambda _words: None, pause: float = 0.2) -> Result:
    """Watch a job to its end and return its result; tell is given each new word on how far it is.

    KtttError as of Job.poll. Nothing of the job is left, whatever happens.
    """
    told = ""
    try:
        while (result := job.poll()) is None:
            if job.said != told:
                told = job.said
                tell(told)
            time.sleep(pause)
        return result
    finally:
        job.close()
