"""Writing is all or nothing: whatever fails, the old file is whole, nothing is left over, and one sentence says why."""

import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from kttt_xl import temporaries, writer
from kttt_xl.errors import OutputError
from kttt_xl.writer import create_new, create_private, kept, make_folder, require_writable, write_file

WHOLE = "Tệp cũ (nếu có) còn nguyên."


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def said(call: Callable[[], object]) -> str:
    with pytest.raises(OutputError) as caught:
        call()
    return str(caught.value)


@pytest.fixture(autouse=True)
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """The free bytes of every disk."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(12_345))


@dataclass(frozen=True)
class Usage:
    free: int


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


def test_a_file_with_this_very_content_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(tmp_path / "a.xlsx", b"same")
    monkeypatch.setattr(temporaries, "new_temporary", fail)
    write_file(tmp_path / "a.xlsx", b"same", keep=3)
    assert contents(tmp_path) == {"a.xlsx": b"same"}


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


@pytest.mark.parametrize("mode", [0o444, 0o666])
def test_create_new_has_the_permissions_asked_for(tmp_path: Path, mode: int) -> None:
    assert create_new(tmp_path / "a.xlsx", b"original", mode)
    assert (contents(tmp_path), (tmp_path / "a.xlsx").stat().st_mode & 0o777) == ({"a.xlsx": b"original"}, mode)


# --- the last ones are kept

OUT = "tổng hợp.2024.xlsx"
KEPT = [f"tổng hợp.2024.truoc-{number}.xlsx" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("keep", "written", "files"),
    [
        (3, "a", [OUT]),
        (3, "ab", [OUT, *KEPT[:1]]),
        (3, "abcde", [OUT, *KEPT]),
        (3, "abbcc", [OUT, *KEPT[:2]]),  # the same bytes again are no new result
        (1, "abc", [OUT, *KEPT[:1]]),
        (0, "abc", [OUT]),
    ],
)
def test_what_was_there_before_is_kept(tmp_path: Path, keep: int, written: str, files: list[str]) -> None:
    path = tmp_path / OUT
    for letter in written:
        write_file(path, letter.encode(), keep)
        path.chmod(0o640)
    newest_first = [letter.encode() for letter in dict.fromkeys(reversed(written))]
    assert contents(tmp_path) == dict(zip(files, newest_first, strict=False))
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o640}
    assert kept(path, keep) == tuple(tmp_path / name for name in KEPT[:keep])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([b"3", b"2", None, b"0"], [b"4", b"3", b"2", b"0"]),  # a gap is filled, nothing goes
        ([b"3", None, b"1", b"0"], [b"4", b"3", b"1", b"0"]),
        ([b"3", b"3", b"2", b"1"], [b"4", b"3", b"2", b"1"]),  # cut short after the old one was kept
        ([None, b"2", b"1", b"0"], [b"4", b"2", b"1", b"0"]),  # somebody took the result away
    ],
)
def test_keeping_goes_on_where_it_was_cut_short(
    tmp_path: Path, before: list[bytes | None], after: list[bytes | None]
) -> None:
    for name, content in zip([OUT, *KEPT], before, strict=True):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    write_file(tmp_path / OUT, b"4", keep=3)
    assert contents(tmp_path) == dict(zip([OUT, *KEPT], after, strict=True))


class Cut(BaseException):
    """The process ends here: whatever was to be tidied up is not."""


@pytest.mark.parametrize("moves", range(5))
def test_cut_short_between_two_moves_nothing_is_gone_but_the_oldest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    for name, content in zip([OUT, *KEPT], [b"4", b"3", b"2", b"1"], strict=True):
        (tmp_path / name).write_bytes(content)
    real, done = Path.replace, []

    def replace(self: Path, target: Path) -> Path:
        if len(done) == moves:
            raise Cut
        done.append(target.name)
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        patch.setattr(temporaries, "remove", lambda _: None)
        if moves < 4:
            with pytest.raises(Cut):
                write_file(tmp_path / OUT, b"5", keep=3)
        else:
            write_file(tmp_path / OUT, b"5", keep=3)
    assert done == [KEPT[2], KEPT[1], KEPT[0], OUT][:moves]
    there = {content for name, content in contents(tmp_path).items() if not name.startswith(".kttt-")}
    assert there >= {b"4", b"3", b"2"}
    assert (tmp_path / OUT).read_bytes() == (b"5" if moves == 4 else b"4")
    write_file(tmp_path / OUT, b"5", keep=3)
    assert (tmp_path / OUT).read_bytes() == b"5"
    assert {(tmp_path / name).read_bytes() for name in KEPT if (tmp_path / name).exists()} >= {b"4", b"3", b"2"}


def test_a_kept_one_that_cannot_be_written(tmp_path: Path) -> None:
    """The new result is not there either: what was there before is not given up for it."""
    (tmp_path / OUT).write_bytes(b"old")
    (tmp_path / KEPT[0]).mkdir()
    assert said(lambda: write_file(tmp_path / OUT, b"new", keep=1)) == (
        f"Không ghi được «{tmp_path / KEPT[0]}» (cần 3 byte): đó là thư mục, không phải tệp. {WHOLE}"
    )
    assert contents(tmp_path) == {OUT: b"old"}


# --- Windows: another program looks at the file for a moment


class LookedAtError(PermissionError):
    """WinError 32: The process cannot access the file because it is being used by another process."""

    def __init__(self, number: int) -> None:
        super().__init__(errno.EACCES, "in English")
        self.winerror = number


@pytest.mark.parametrize(
    ("times", "number", "slept", "written"),
    [
        (0, 32, [], True),
        (1, 5, [0.05], True),
        (4, 33, [0.05, 0.1, 0.2, 0.4], True),
        (6, 32, [0.05, 0.1, 0.2, 0.4, 0.8, 1.0], True),
        (7, 32, [0.05, 0.1, 0.2, 0.4, 0.8, 1.0], False),  # 2.55 seconds; then it is said
        (1, 112, [], False),  # another error is not waited for
    ],
)
@pytest.mark.parametrize("step", ["replace", "read_bytes"])
def test_windows_waits_for_who_only_looks(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    times: int,
    number: int,
    slept: list[float],
    written: bool,
) -> None:
    path, waits, refusals = tmp_path / "a.xlsx", [], [LookedAtError(number)] * times
    path.write_bytes(b"old")
    real = getattr(Path, step)

    def looked_at(self: Path, *arguments: object) -> object:
        if refusals and path in (self, *arguments):
            raise refusals.pop()
        return real(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Path, step, looked_at)
        if written:
            write_file(path, b"new", sleep=waits.append)
        else:
            assert said(lambda: write_file(path, b"new", sleep=waits.append)) == (
                f"Không ghi được «{path}» (cần 3 byte): không có quyền ghi, hoặc tệp đang mở trong Excel; đóng tệp rồi "
                f"chạy lại. {WHOLE}"
            )
    assert (contents(tmp_path), waits) == ({"a.xlsx": b"new" if written else b"old"}, slept)


def test_windows_gives_a_name_by_renaming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rename puts no file over another, and its folders cannot be opened to be synced."""
    real = os.open

    def rename(self: Path, target: Path) -> None:
        if target.exists():
            raise FileExistsError(errno.EEXIST, "in English")
        self.replace(target)

    monkeypatch.setattr(writer, "_WINDOWS", True)
    monkeypatch.setattr(Path, "rename", rename)
    monkeypatch.setattr(os, "open", lambda path, *rest: fail() if path == tmp_path else real(path, *rest))
    path = tmp_path / "a.xlsx"
    assert [create_private(path, b"first"), create_private(path, b"second")] == [True, False]
    assert contents(tmp_path) == {"a.xlsx": b"first"}


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


def misread(self: Path) -> bytes:
    return b"old" if self.suffix == ".xlsx" else b"x" * 1234


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
    assert (
        sentence == f"Không ghi được «{path}» (cần 1.234.567 byte, còn trống 12.345 byte): ổ đĩa hết chỗ trống. {WHOLE}"
    )
    assert contents(tmp_path) == state


def test_what_is_read_back_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk or a share that says it wrote, and did not."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", misread)
        assert said(lambda: write_file(path, b"new")) == (
            f"Không ghi được «{path}» (cần 3 byte): lỗi ổ đĩa hoặc mạng. {WHOLE}"
        )
    assert contents(tmp_path) == {"a.xlsx": b"old"}


@pytest.mark.parametrize("call", [write_file, create_private])
def test_a_folder_that_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[[Path, bytes], object]
) -> None:
    """A disk error is said, with the new file being there; a share that knows no such thing is no error."""
    real = os.fsync

    def sync(number: int) -> Callable[[int], None]:
        def step(handle: int) -> None:
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                raise OSError(number, "in English")
            real(handle)

        return step

    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", sync(errno.EIO))
        assert said(lambda: call(first, b"new")) == (
            f"Đã ghi «{first}» nhưng chưa chắc đã nằm trên ổ đĩa: lỗi ổ đĩa hoặc mạng. Kiểm tra ổ đĩa rồi chạy lại."
        )
        patch.setattr(os, "fsync", sync(errno.EINVAL))
        call(second, b"new")
    assert contents(tmp_path) == {"a.xlsx": b"new", "b.xlsx": b"new"}


def test_free_bytes_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", fail)
    monkeypatch.setattr(temporaries, "new_temporary", fail)
    path = tmp_path / "a.xlsx"
    assert (
        said(lambda: write_file(path, b"12")) == f"Không ghi được «{path}» (cần 2 byte): ổ đĩa hết chỗ trống. {WHOLE}"
    )
    assert said(lambda: require_writable(path)) == f"Không ghi được «{path}»: ổ đĩa hết chỗ trống. {WHOLE}"


@pytest.mark.parametrize("broken", ["making the temporary file", "writing", "fsync", "linking"])
def test_create_private_that_fails_leaves_no_half_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "khoa.key"
    with monkeypatch.context() as patch:
        BREAKS[broken](patch)
        sentence = said(lambda: create_private(path, b"x" * 10))
    assert sentence == f"Không ghi được «{path}» (cần 10 byte, còn trống 12.345 byte): ổ đĩa hết chỗ trống. {WHOLE}"
    assert contents(tmp_path) == {}


def test_an_interrupt_leaves_nothing_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "a.xlsx", b"new")
    assert contents(tmp_path) == {}


# --- sentences


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


# --- the target is open: said before the work, not after

OPEN = "không có quyền ghi, hoặc tệp đang mở trong Excel; đóng tệp rồi chạy lại"
CLOSE = "Đóng tệp rồi chạy lại; nếu không ai mở thì xóa tệp vừa nêu."


@pytest.mark.parametrize("name", [OUT, *KEPT])
@pytest.mark.parametrize(
    ("windows", "locked", "owner", "sentence"),
    [
        (True, True, False, f"{OPEN}. {WHOLE}"),
        (True, True, True, f"tệp đang mở trong LibreOffice (lan; theo «.~lock.NAME#»). {CLOSE}"),
        (True, False, True, ""),  # Windows lets us write: what lies beside it was left by a crash
        (False, False, True, f"tệp đang mở trong LibreOffice (lan; theo «.~lock.NAME#»). {CLOSE}"),
        (False, True, False, f"{OPEN}. {WHOLE}"),
        (False, False, False, ""),
    ],
)
def test_a_file_that_is_open(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    windows: bool,
    locked: bool,
    owner: bool,
    sentence: str,
) -> None:
    path = tmp_path / name
    path.write_bytes(b"old")
    if owner:
        (tmp_path / f".~lock.{name}#").write_text("lan,,,,;")
    real = Path.open

    def held(self: Path, mode: str = "r", *rest: object, **more: object) -> IO[str]:
        if self == path and mode == "r+b" and locked:
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        return real(self, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", held)
    monkeypatch.setattr(writer, "_WINDOWS", windows)
    if sentence:
        expected = f"Không ghi được «{path}»: {sentence.replace('NAME', name)}"
        assert said(lambda: require_writable(tmp_path / OUT, keep=3)) == expected
    else:
        require_writable(tmp_path / OUT, keep=3)
    if name != OUT:
        require_writable(tmp_path / OUT)


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
