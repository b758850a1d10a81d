"""Temporary files beside a result: named by who makes them, so that what a dead run left behind can be told.

`.kttt-<machine>-<process>-<random>.part`; what is older than a day is a dead run's, whatever its name.
"""

import contextlib
import hashlib
import os
import platform
import re
import tempfile
from pathlib import Path

_PART = re.compile(r"\.kttt-(?:(?P<host>[0-9a-f]{8})-(?P<pid>\d{1,9})-)?\w+\.part")
_FORGOTTEN = 24 * 3600  # seconds
_WINDOWS = os.name == "nt"


def new_temporary(folder: Path) -> tuple[int, Path]:
    """Make an empty private file in a folder; return its open handle and its path. OSError when that cannot be done."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".kttt-{_host()}-{os.getpid()}-", suffix=".part")
    return handle, Path(name)


def remove(temporary: Path) -> None:
    """Remove a temporary file, as far as that can be done; nothing happens when it is gone."""
    with contextlib.suppress(OSError):
        if _WINDOWS:
            temporary.chmod(0o600)  # what is read-only cannot be removed there
        temporary.unlink()


def try_folder(folder: Path, *, deep: bool = False) -> None:
    """Make a temporary file in a folder and remove it, with those of dead runs; OSError when nothing can be made.

    deep: those of dead runs are removed from the folders in it too.
    """
    handle, probe = new_temporary(folder)
    try:
        now = os.fstat(handle).st_mtime  # by the clock of the machine that keeps the folder, as the files' own times
        left_over = _left_over(folder, now, deep=deep)
    finally:
        os.close(handle)
        remove(probe)
    for path in left_over:
        remove(path)


def _left_over(folder: Path, now: float, *, deep: bool) -> list[Path]:
    found: list[Path] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if deep and entry.is_dir(follow_symlinks=False):
                found += _left_over(Path(entry.path), now, deep=False)
            elif _is_left_over(entry, now):
                found.append(Path(entry.path))
    return found


def _is_left_over(entry: os.DirEntry[str], now: float) -> bool:
    """Tell whether a file is a temporary one whose writer is dead, as its name says, or that is from yesterday."""
    named = _PART.fullmatch(entry.name)
    if not named:
        return False
    if named["host"] == _host() and not _is_alive(int(named["pid"])):
        return True
    try:
        return now - entry.stat(follow_symlinks=False).st_mtime > _FORGOTTEN
    except OSError:
        return False  # its writer has moved it to its place


def _host() -> str:
    """Return a name for this machine that fits into file names."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _is_alive(pid: int) -> bool:
    """Tell whether a process of this machine runs; True when that cannot be known."""
    try:
        if _WINDOWS:
            from kttt_xl.windows_processes import running  # noqa: PLC0415  # os.kill would end the process there

            return any(process.pid == pid for process in running())
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's, or the system does not say
        return True
    return True
