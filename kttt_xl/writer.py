"""Write a file so that a crash at any moment leaves the old one or the new one, never half of it."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from kttt_xl.errors import OutputError

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

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def write_file(path: Path, content: bytes) -> None:
    """Write content to path, all of it or nothing; OutputError when it cannot be done, the old file being whole.

    A file that was there keeps its permissions. Source: design, decision 10.
    """
    try:
        with _complete(path.parent, content) as temporary:
            # What mkstemp makes is private; a result is as readable as any file the officer makes.
            temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
            temporary.replace(path)
    except OSError as error:
        raise OutputError(_sentence(path, len(content), error)) from error


def create_private(path: Path, content: bytes) -> bool:
    """Write a file that only its owner can read, unless one is there: of two at once, one is written, whole.

    Return whether it was this one; OutputError when it cannot be done.
    """
    try:
        with _complete(path.parent, content) as temporary:
            _place_new(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise OutputError(_sentence(path, len(content), error)) from error
    return True


def _place_new(temporary: Path, path: Path) -> None:
    """Give a complete file its name; FileExistsError when there is one of that name."""
    if os.name == "nt":
        temporary.rename(path)  # on Windows this puts no file over another
        return
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.touch(mode=0o600, exist_ok=False)  # a disk without links: take the name first, then fill it
        temporary.replace(path)


@contextlib.contextmanager
def _complete(folder: Path, content: bytes) -> Iterator[Path]:
    """Give a private file with this content, safely on disk, to be moved to its place; nothing of it is left over."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".kttt-", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        yield temporary
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def require_writable(path: Path) -> None:
    """Raise OutputError at once when path cannot be written later: before the work, not after two minutes of it."""
    try:
        if path.is_dir():
            raise OutputError(f"«{path}» là thư mục; cần tên một tệp .xlsx.")
        if not path.parent.is_dir():
            raise OutputError(f"Không có thư mục «{path.parent}» để ghi «{path.name}».")
        _try_to_write_into(path.parent)
        if path.exists():
            with path.open("r+b"):  # fails on Windows while the file is open in Excel
                pass
    except OSError as error:
        raise OutputError(_sentence(path, 0, error)) from error


def make_folder(folder: Path) -> None:
    """Make the folder results go into, with its parents; OutputError when it cannot be made or written into."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Không tạo được thư mục «{folder}»: {_reason(error)}.") from error
    try:
        _try_to_write_into(folder)
    except OSError as error:
        raise OutputError(f"Không ghi được vào thư mục «{folder}»: {_reason(error)}.") from error


def _try_to_write_into(folder: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".kttt-", suffix=".part"):
        pass


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sentence(path: Path, size: int, error: OSError) -> str:
    needed = f" (cần {size:,} byte)".replace(",", ".") if size else ""
    return f"Không ghi được «{path}»{needed}: {_reason(error)}. Tệp cũ (nếu có) còn nguyên."


def _reason(error: OSError) -> str:
    number = error.errno or 0
    return _REASONS.get(number) or f"lỗi {errno.errorcode.get(number, type(error).__name__)}"
