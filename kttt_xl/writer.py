"""Write a file so that a crash at any moment leaves the old one or the new one, never half of it."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from kttt_xl.errors import OutputError


def write_file(path: Path, content: bytes) -> None:
    """Write content to path: temporary file in the same folder, fsync, replace; OutputError when it cannot be done."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".kttt-", suffix=".part")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes the file private; a result is as readable as any file the officer makes.
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise OutputError(_sentence(path, len(content), error)) from error


def require_writable(path: Path) -> None:
    """Raise OutputError at once when path cannot be written later: before the work, not after two minutes of it."""
    if path.is_dir():
        raise OutputError(f"«{path}» là thư mục; cần tên một tệp .xlsx.")
    if not path.parent.is_dir():
        raise OutputError(f"Không có thư mục «{path.parent}» để ghi «{path.name}».")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".kttt-", suffix=".part"):
            pass
        if path.exists():
            with path.open("r+b"):  # fails on Windows while the file is open in Excel
                pass
    except OSError as error:
        raise OutputError(_sentence(path, 0, error)) from error


def make_folder(folder: Path) -> None:
    """Make the folder results go into, with its parents; OutputError when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Không tạo được thư mục «{folder}»: {_reason(error)}.") from error
    require_writable(folder / "x")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sentence(path: Path, size: int, error: OSError) -> str:
    needed = f" (cần {size:,} byte)".replace(",", ".") if size else ""
    return f"Không ghi được «{path}»{needed}: {_reason(error)}. Tệp cũ (nếu có) còn nguyên."


def _reason(error: OSError) -> str:
    reasons = {
        errno.EACCES: "không có quyền ghi, hoặc tệp đang mở trong Excel; đóng tệp rồi chạy lại",
        errno.EPERM: "không có quyền ghi",
        errno.EROFS: "ổ đĩa chỉ cho đọc",
        errno.ENOSPC: "ổ đĩa hết chỗ trống",
        errno.EDQUOT: "hết hạn mức dung lượng",
        errno.EFBIG: "vượt giới hạn dung lượng tệp",
        errno.ENOTDIR: "đường dẫn đi qua một tệp, không phải thư mục",
        errno.ENAMETOOLONG: "đường dẫn quá dài",
    }
    return reasons.get(error.errno or 0, error.strerror or str(error))
