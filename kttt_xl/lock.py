"""One run at a time in a campaign folder: a lock file that is held open and says who holds it.

What is assumed of the system. (1) A lock taken on an open file (flock; on Windows a locked byte) ends with the process
that took it, however that died: so a lock that can be taken is nobody's, whatever process the text in it names, and no
process number is ever looked up. (2) A new name is given to one of those who ask for it at once (link; O_EXCL where
the disk has no links; rename on Windows). (3) Two machines with one name do not work in one folder.
Windows keeps (1) on network shares too. A share mounted on Linux or a Mac may show locks only to its own machine
(NFS nolock, CIFS nobrl) or have none: there the file itself, by (2), keeps other machines out, and one left behind by
another machine is not judged: a person who knows that the run there is over removes it.
"""

import contextlib
import errno
import getpass
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from kttt_xl.errors import LockedError, OutputError
from kttt_xl.writer import create_new, make_folder, reason

LOCK_FILE = ".dang-chay.lock"

_TRIES = 20  # at each of them another run ended just then
_FAR = 1 << 30  # the byte locked on Windows: far behind the text, which others must be able to read
_HELD = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK})
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})
_WINDOWS = os.name == "nt"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock; since is ISO text. Empty where the lock file does not say."""

    user: str = ""
    host: str = ""
    pid: int = 0
    since: str = ""

    def __str__(self) -> str:
        """Return the holder in words."""
        if not self.host:
            return "không rõ ai chạy"
        try:
            since = f"{datetime.fromisoformat(self.since):%H:%M ngày %d/%m/%Y}"
        except ValueError:
            since = "không rõ lúc nào"
        return f"{self.user or 'không rõ ai'}, máy {self.host}, tiến trình {self.pid}, từ {since}"


@contextlib.contextmanager
def hold(folder: Path, now: datetime) -> Iterator[None]:
    """Keep every other run out of a campaign folder (made when missing) while the block runs.

    now is told to whoever comes meanwhile. LockedError says who holds it; OutputError when the folder cannot be
    written. Threads of one process keep each other out too.
    """
    make_folder(folder)
    path = folder / LOCK_FILE
    handle = _take(path, Holder(_user(), platform.node(), os.getpid(), now.isoformat(timespec="seconds")))
    try:
        yield
    finally:
        _release(path, handle)


def _take(path: Path, us: Holder) -> int:
    """Return the handle that holds the lock; LockedError, OutputError."""
    text = json.dumps(asdict(us), ensure_ascii=False, indent=1).encode()
    for _ in range(_TRIES):
        made = create_new(path, text, 0o666)  # for all, as the folder is: the next run may be another officer's
        try:
            handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OutputError(f"Không mở được tệp khóa «{path}»: {reason(error)}.") from error
        try:
            if _lock(handle, path, made=made):
                _sign(handle, path, us, text)
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
    raise LockedError(f"Thư mục «{path.parent}» đang được nhiều lần chạy dùng liên tiếp; chờ chúng xong rồi chạy lại.")


def _lock(handle: int, path: Path, *, made: bool) -> bool:
    """Lock an open file; False when it is no longer the one of that name. LockedError when another holds it."""
    try:
        _byte(handle, "LK_NBLCK") if _WINDOWS else _flock(handle)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            if made:
                return True
            raise LockedError(_left_behind(path, _holder(handle))) from error
        if error.errno in _HELD:
            raise LockedError(
                f"Đang có một lần chạy khác dùng thư mục «{path.parent}»: {_holder(handle)}. Chờ xong rồi chạy lại."
            ) from error
        raise OutputError(f"Không khóa được «{path}»: {reason(error)}.") from error
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _sign(handle: int, path: Path, us: Holder, text: bytes) -> None:
    """Put our text into a file that we have locked; LockedError when another machine's run may hold it unseen."""
    holder = _holder(handle)
    if holder.host not in {"", us.host}:
        raise LockedError(_left_behind(path, holder))
    with contextlib.suppress(OSError):  # the disk is full: the lock holds all the same, it only names somebody else
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, text)
        os.ftruncate(handle, len(text))


def _release(path: Path, handle: int) -> None:
    """Give the lock up. The file goes first, so that who waits at it sees that it is gone; Windows asks the reverse."""
    if not _WINDOWS:
        with contextlib.suppress(OSError):  # left behind it is nobody's
            path.unlink()
        os.close(handle)
        return
    with contextlib.suppress(OSError):
        _byte(handle, "LK_UNLCK")  # when it is closed Windows does this too, but in its own time
    os.close(handle)
    with contextlib.suppress(OSError):  # the next run has it open already
        path.unlink()


def _flock(handle: int) -> None:
    import fcntl  # noqa: PLC0415  # not on Windows

    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _byte(handle: int, mode: str) -> None:
    import msvcrt  # noqa: PLC0415  # only on Windows

    os.lseek(handle, _FAR, os.SEEK_SET)
    msvcrt.locking(handle, getattr(msvcrt, mode), 1)  # type: ignore[attr-defined]


def _holder(handle: int) -> Holder:
    """Return who a lock file names."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        said = json.loads(os.read(handle, 4096))
        return Holder(str(said["user"]), str(said["host"]), int(said["pid"]), str(said["since"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Holder()


def _left_behind(path: Path, holder: Holder) -> str:
    return (
        f"Thư mục «{path.parent}» đang có tệp khóa của một lần chạy khác: {holder}. Chờ xong rồi chạy lại; nếu chắc "
        f"chắn lần đó không còn chạy (máy đã tắt, chương trình đã dừng) thì xóa tệp «{path}»."
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name in the environment nor among the users of the machine
        return ""
