"""Write a file so that a crash at any moment leaves the old one or the new one, never half of it.

What is assumed of the system: giving a file the name of another is atomic, and what was fsynced is on the disk.
"""

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from kttt_xl import temporaries
from kttt_xl.errors import OutputError
from kttt_xl.owner_files import opened_by

Sleep = Callable[[float], object]
_Done = TypeVar("_Done")

_REASONS = MappingProxyType(
    {
        errno.EACCES: "không có quyền ghi, hoặc tệp đang mở trong Excel; đóng tệp rồi chạy lại",
        errno.EPERM: "không có quyền ghi",
        errno.EROFS: "ổ đĩa chỉ cho đọc",
        errno.ENOSPC: "ổ đĩa hết chỗ trống",
        errno.EDQUOT: "hết hạn mức dung lượng",
        errno.EFBIG: "vượt giới hạn dung lượng tệp",
        errno.EIO: "lỗi ổ đĩa hoặc mạng",
        errno.ENOENT: "thư mục không còn",
        errno.EEXIST: "đã có một tệp mang tên đó",
        errno.ENOTDIR: "đường dẫn đi qua một tệp, không phải thư mục",
        errno.EISDIR: "đó là thư mục, không phải tệp",
        errno.ENAMETOOLONG: "đường dẫn quá dài",
    }
)

_WINDOWS = os.name == "nt"
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF})  # some network shares
# Windows' ERROR_ACCESS_DENIED, _SHARING_VIOLATION, _LOCK_VIOLATION: a virus scanner, an indexer, a preview looks at it.
_LOOKED_AT = frozenset({5, 32, 33})
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)  # seconds between tries then; 2.55 in all


def write_file(path: Path, content: bytes, keep: int = 0, sleep: Sleep = time.sleep) -> None:
    """Write content to path, all of it or nothing; OutputError when it cannot be done, the old file being whole.

    Of the files that were there before, the last keep stay as `<stem>.truoc-1.xlsx` (the newest) and so on. A file
    with this very content is left alone; one with another keeps its permissions. Source: design, decision 10.
    """
    try:
        old = _patiently(lambda: _content(path), sleep)
        if old == content:
            return
        with _complete(path.parent, content) as temporary:
            # What is made is private; a result is as readable as any file the officer makes.
            temporary.chmod(0o666 & ~_umask() if old is None else path.stat().st_mode & 0o777)
            if old is not None and keep:
                _keep(path, old, keep, sleep)
            _move(temporary, path, sleep)
    except OSError as error:
        raise OutputError(_sentence(path, len(content), error)) from error
    _settle(path)


def kept(path: Path, keep: int) -> tuple[Path, ...]:
    """Return the names under which the last files of a path are kept, the newest first."""
    return tuple(path.with_name(f"{path.stem}.truoc-{number}{path.suffix}") for number in range(1, keep + 1))


def create_private(path: Path, content: bytes) -> bool:
    """Write a file that only its owner can read, unless one is there; as create_new."""
    return create_new(path, content, 0o600)


def create_new(path: Path, content: bytes, mode: int) -> bool:
    """Write a file with these permissions, unless one is there: of two at once, one is written, whole.

    Return whether it was this one; OutputError when it cannot be done.
    """
    try:
        with _complete(path.parent, content) as temporary:
            temporary.chmod(mode)
            _place_new(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise OutputError(_sentence(path, len(content), error)) from error
    _settle(path)
    return True


def require_writable(path: Path, keep: int = 0) -> None:
    """Raise OutputError at once when path cannot be written later: before the work, not after two minutes of it.

    Says who has it open, as far as the office programs tell. keep is as for write_file. What dead runs left in the
    folder is removed.
    """
    try:
        if path.is_dir():
            raise OutputError(f"«{path}» là thư mục; cần tên một tệp .xlsx.")
        if not path.parent.is_dir():
            raise OutputError(f"Không có thư mục «{path.parent}» để ghi «{path.name}».")
        temporaries.try_folder(path.parent)
        for target in (path, *kept(path, keep)):
            _require_closed(target)
    except OSError as error:
        raise OutputError(_sentence(path, 0, error)) from error


def make_folder(folder: Path, *, deep: bool = False) -> None:
    """Make the folder results go into, with its parents; OutputError when it cannot be made or written into.

    What dead runs left in it is removed; deep: in the folders in it too.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Không tạo được thư mục «{folder}»: {reason(error)}.") from error
    try:
        temporaries.try_folder(folder, deep=deep)
    except OSError as error:
        raise OutputError(f"Không ghi được vào thư mục «{folder}»: {reason(error)}.") from error


def reason(error: OSError) -> str:
    """Return in Vietnamese words why the system refused, as part of a sentence."""
    number = error.errno or 0
    return _REASONS.get(number) or f"lỗi {errno.errorcode.get(number, type(error).__name__)}"


@contextlib.contextmanager
def _complete(folder: Path, content: bytes) -> Iterator[Path]:
    """Give a private file with this content, safely on disk, to be moved to its place; nothing of it is left over."""
    handle, temporary = temporaries.new_temporary(folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if temporary.read_bytes() != content:
            raise OSError(errno.EIO, "read back differs from what was written")
        yield temporary
    finally:
        temporaries.remove(temporary)


def _keep(path: Path, old: bytes, keep: int, sleep: Sleep) -> None:
    """Give the old file's content the newest of the kept names; what is there moves on, the oldest goes.

    The old file itself stays where it is until the new one replaces it. Cut short at any point this leaves at most a
    gap, which is filled the next time before anything goes.
    """
    names = kept(path, keep)
    try:
        if _content(names[0]) == old:
            return
        free = next((at for at, name in enumerate(names) if not name.exists()), keep - 1)
        with _complete(path.parent, old) as copy:
            copy.chmod(path.stat().st_mode & 0o777)
            for at in range(free, 0, -1):
                _move(names[at - 1], names[at], sleep)
            _move(copy, names[0], sleep)
    except OSError as error:
        raise OutputError(_sentence(names[0], len(old), error)) from error


def _move(source: Path, target: Path, sleep: Sleep) -> None:
    _patiently(lambda: source.replace(target), sleep)


def _patiently(step: Callable[[], _Done], sleep: Sleep) -> _Done:
    """Do a step; on Windows try for some seconds while another program looks at the file."""
    for pause in _PAUSES:
        try:
            return step()
        except OSError as error:
            if getattr(error, "winerror", None) not in _LOOKED_AT:
                raise
            sleep(pause)
    return step()


def _place_new(temporary: Path, path: Path) -> None:
    """Give a complete file its name; FileExistsError when there is one of that name."""
    if _WINDOWS:
        temporary.rename(path)  # on Windows this puts no file over another
        return
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.touch(mode=0o600, exist_ok=False)  # a disk without links: take the name first, then fill it
        temporary.replace(path)


def _settle(path: Path) -> None:
    """Put a new name safely on the disk; OutputError, which says that the file is there, when that cannot be done."""
    if _WINDOWS:
        return  # folders cannot be opened there; NTFS keeps names in its journal
    try:
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise OutputError(
                f"Đã ghi «{path}» nhưng chưa chắc đã nằm trên ổ đĩa: {reason(error)}. Kiểm tra ổ đĩa rồi chạy lại."
            ) from error


def _require_closed(path: Path) -> None:
    """Raise OutputError when a file cannot be replaced since an office program has it open.

    Windows lets nobody write what Excel has open. Elsewhere only the program's own file beside it tells; what were
    written under its eyes, it would write over when it saves.
    """
    if not path.exists():
        return
    refused = None
    try:
        with path.open("r+b"):
            pass
    except OSError as error:
        refused = error
    opened = opened_by(path) if refused or not _WINDOWS else ""
    if opened:
        raise OutputError(
            f"Không ghi được «{path}»: {opened}. Đóng tệp rồi chạy lại; nếu không ai mở thì xóa tệp vừa nêu."
        ) from refused
    if refused:
        raise OutputError(_sentence(path, 0, refused)) from refused


def _content(path: Path) -> bytes | None:
    """Return what is in a file, None when there is none."""
    return path.read_bytes() if path.is_file() else None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sentence(path: Path, size: int, error: OSError) -> str:
    figures = [f"cần {_bytes(size)}"] if size else []
    if error.errno == errno.ENOSPC:
        with contextlib.suppress(OSError):
            figures.append(f"còn trống {_bytes(shutil.disk_usage(path.parent).free)}")
    told = f" ({', '.join(figures)})" if figures else ""
    return f"Không ghi được «{path}»{told}: {reason(error)}. Tệp cũ (nếu có) còn nguyên."


def _bytes(size: int) -> str:
    return f"{size:,} byte".replace(",", ".")
