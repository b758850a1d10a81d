"""Writing is all or nothing: whatever fails, the old file is whole, nothing is left over, and one sentence says why."""

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from kttt_xl.errors import OutputError
from kttt_xl.writer import create_private, make_folder, require_writable, write_file


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def said(call: Callable[[], object]) -> str:
    with pytest.raises(OutputError) as caught:
        call()
    return str(caught.value)


# --- what works


def test_a_new_file_is_as_readable_as_any(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_file(tmp_path / "a.xlsx", b"new")
    finally:
        assert os.umask(old) == 0o027  # looking at the umask did not change it
    assert contents(tmp_path) == {"a.xlsx": b"new"}
    assert (tmp_path / "a.xlsx").stat().st_mode & 0o777 == 0o640


def test_an_old_file_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "sổ tổng hợp.xlsx"
    path.write_bytes(b"old")
    path.chmod(0o600)
    require_writable(path)
    assert contents(tmp_path) == {path.name: b"old"}
    write_file(path, b"new" * 1000)
    assert contents(tmp_path) == {path.name: b"new" * 1000}
    assert path.stat().st_mode & 0o777 == 0o600


def test_make_folder(tmp_path: Path) -> None:
    for _ in range(2):
        make_folder(tmp_path / "a" / "x")
        make_folder(tmp_path / "a")  # the folder called x in it is no matter
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["a", "a/x"]


def test_create_private_never_puts_a_file_over_another(tmp_path: Path) -> None:
    path = tmp_path / "khoa.key"
    assert [create_private(path, b"first"), create_private(path, b"second")] == [True, False]
    assert contents(tmp_path) == {"khoa.key": b"first"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_create_private_on_a_disk_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    test_create_private_never_puts_a_file_over_another(tmp_path)


# --- what fails: each step of writing, one after another

FULL = OSError(errno.ENOSPC, "No space left on device")
STATES = {"old file": {"a.xlsx": b"old"}, "no old file": {}}


class Failing:
    """A file that takes what is written and fails, as a disk that is full."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def write(self, content: bytes) -> int:
        self.file.write(content[: len(content) // 2])
        raise FULL

    def __enter__(self) -> "Failing":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def fail(*_: object, **__: object) -> None:
    raise FULL


def break_write(patch: pytest.MonkeyPatch) -> None:
    real = os.fdopen
    patch.setattr(os, "fdopen", lambda handle, mode: Failing(real(handle, mode)))


BREAKS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "making the temporary file": lambda patch: patch.setattr(tempfile, "mkstemp", fail),
    "writing": break_write,
    "fsync": lambda patch: patch.setattr(os, "fsync", fail),
    "chmod": lambda patch: patch.setattr(Path, "chmod", fail),
    "linking": lambda patch: patch.setattr(os, "link", fail),
    "replacing": lambda patch: patch.setattr(Path, "replace", fail),
}

WRITING = [name for name in BREAKS if name != "linking"]


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
@pytest.mark.parametrize("broken", [BREAKS[name] for name in WRITING], ids=WRITING)
def test_a_step_that_fails(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: Callable[[pytest.MonkeyPatch], None],
    state: dict[str, bytes],
) -> None:
    path = tmp_path / "a.xlsx"
    for name, content in state.items():
        (tmp_path / name).write_bytes(content)
    with monkeypatch.context() as patch:
        broken(patch)
        sentence = said(lambda: write_file(path, b"x" * 1234567))
    assert sentence == f"Không ghi được «{path}» (cần 1.234.567 byte): ổ đĩa hết chỗ trống. Tệp cũ (nếu có) còn nguyên."
    assert contents(tmp_path) == state


@pytest.mark.parametrize("broken", ["making the temporary file", "writing", "fsync", "linking"])
def test_create_private_that_fails_leaves_no_half_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "khoa.key"
    with monkeypatch.context() as patch:
        BREAKS[broken](patch)
        sentence = said(lambda: create_private(path, b"x" * 10))
    assert sentence == f"Không ghi được «{path}» (cần 10 byte): ổ đĩa hết chỗ trống. Tệp cũ (nếu có) còn nguyên."
    assert contents(tmp_path) == {}


def test_an_interrupt_leaves_nothing_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a.xlsx", b"new")
    assert contents(tmp_path) == {}


# --- sentences

WHOLE = "Tệp cũ (nếu có) còn nguyên."


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, "không có quyền ghi, hoặc tệp đang mở trong Excel; đóng tệp rồi chạy lại"),
        (errno.EPERM, "không có quyền ghi"),
        (errno.EROFS, "ổ đĩa chỉ cho đọc"),
        (errno.EDQUOT, "hết hạn mức dung lượng"),
        (errno.EFBIG, "vượt giới hạn dung lượng tệp"),
        (errno.EIO, "lỗi ổ đĩa hoặc mạng"),
        (errno.EBUSY, "lỗi EBUSY"),
        (99999, "lỗi OSError"),
    ],
)
def test_the_reason_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, reason: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "in English")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    path, folder = tmp_path / "a.xlsx", tmp_path / "b"
    assert said(lambda: write_file(path, b"12")) == f"Không ghi được «{path}» (cần 2 byte): {reason}. {WHOLE}"
    assert said(lambda: require_writable(path)) == f"Không ghi được «{path}»: {reason}. {WHOLE}"
    assert said(lambda: make_folder(folder)) == f"Không ghi được vào thư mục «{folder}»: {reason}."


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    through, none, long = tmp_path / "file" / "a.xlsx", tmp_path / "none" / "a.xlsx", tmp_path / ("a" * 300)
    assert said(lambda: require_writable(tmp_path)) == f"«{tmp_path}» là thư mục; cần tên một tệp .xlsx."
    assert said(lambda: require_writable(none)) == f"Không có thư mục «{none.parent}» để ghi «a.xlsx»."
    assert said(lambda: require_writable(through)) == f"Không có thư mục «{through.parent}» để ghi «a.xlsx»."
    assert said(lambda: require_writable(long)) == f"Không ghi được «{long}»: đường dẫn quá dài. {WHOLE}"
    assert said(lambda: write_file(none, b"1")) == (f"Không ghi được «{none}» (cần 1 byte): thư mục không còn. {WHOLE}")
    assert said(lambda: write_file(through, b"1")) == (
        f"Không ghi được «{through}» (cần 1 byte): đường dẫn đi qua một tệp, không phải thư mục. {WHOLE}"
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    assert said(lambda: write_file(folder, b"1")) == (
        f"Không ghi được «{folder}» (cần 1 byte): đó là thư mục, không phải tệp. {WHOLE}"
    )
    assert said(lambda: make_folder(through)) == (
        f"Không tạo được thư mục «{through}»: đường dẫn đi qua một tệp, không phải thư mục."
    )
    assert said(lambda: make_folder(tmp_path / "file")) == (
        f"Không tạo được thư mục «{tmp_path / 'file'}»: đã có một tệp mang tên đó."
    )
    assert contents(tmp_path) == {"file": b"x"}


def test_a_file_open_in_excel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows a file that Excel holds cannot be opened for writing; said before the work, not after."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    real = Path.open

    def held(self: Path, mode: str = "r", *rest: object, **more: object) -> IO[str]:
        if self == path and mode == "r+b":
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        return real(self, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", held)
    assert said(lambda: require_writable(path)) == (
        f"Không ghi được «{path}»: không có quyền ghi, hoặc tệp đang mở trong Excel; đóng tệp rồi chạy lại. {WHOLE}"
    )


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="drops its rights, which only root can")
def test_without_the_right_to_write() -> None:
    """As another user: a folder closed to writing, and one closed to everything, say so and never raise otherwise."""
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from kttt_xl.writer import OutputError, make_folder, require_writable, write_file\n"
        "os.setuid(65534)\n"
        "for call in (require_writable, lambda path: write_file(path, b'1'), lambda path: make_folder(path / 'x')):\n"
        "    for folder in ('read', 'none'):\n"
        "        try: call(Path(sys.argv[1]) / folder / 'o.xlsx')\n"
        "        except OutputError as error: sys.stdout.buffer.write(f'{error}\\n'.encode())\n"
    )
    with tempfile.TemporaryDirectory() as name:  # not tmp_path, which stands in a folder closed to others
        root = Path(name)
        root.chmod(0o755)
        for folder, mode in (("read", 0o755), ("none", 0o700)):
            (root / folder).mkdir(mode=mode)
        done = subprocess.run([sys.executable, "-c", program, name], capture_output=True, check=True)
    reason = "không có quyền ghi, hoặc tệp đang mở trong Excel; đóng tệp rồi chạy lại"
    files = [root / folder / "o.xlsx" for folder in ("read", "none")]
    assert done.stdout.decode().splitlines() == [
        *(f"Không ghi được «{file}»: {reason}. {WHOLE}" for file in files),
        *(f"Không ghi được «{file}» (cần 1 byte): {reason}. {WHOLE}" for file in files),
        *(f"Không tạo được thư mục «{file / 'x'}»: {reason}." for file in files),
    ]
