"""One run in a campaign folder at a time: who holds it is said, and what died holds nothing."""

import errno
import fcntl
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from kttt_xl import lock
from kttt_xl.errors import LockedError, OutputError
from kttt_xl.lock import LOCK_FILE, Holder, hold

NOW = datetime(2026, 11, 23, 8, 5, 59, 123456, tzinfo=UTC)
SINCE = "từ 08:05 ngày 23/11/2026"
CURE = "Chờ xong rồi chạy lại; nếu chắc chắn lần đó không còn chạy (máy đã tắt, chương trình đã dừng) thì xóa tệp"


@pytest.fixture(autouse=True)
def officer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who runs the tests, and on which machine."""
    monkeypatch.setattr("getpass.getuser", lambda: "lan")
    monkeypatch.setattr(platform, "node", lambda: "PC-01")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' locking, made of this system's: its refusals, and a byte far behind the text."""

    def locking(handle: int, mode: int, size: int) -> None:
        assert (os.lseek(handle, 0, os.SEEK_CUR), size) == (1 << 30, 1)
        try:
            fcntl.flock(handle, fcntl.LOCK_UN if mode == 0 else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermissionError(errno.EACCES, "Permission denied") from None

    msvcrt = ModuleType("msvcrt")
    msvcrt.__dict__.update(LK_UNLCK=0, LK_NBLCK=2, locking=locking)
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    monkeypatch.setattr(lock, "_WINDOWS", True)


def said(folder: Path, kind: type[Exception] = LockedError) -> str:
    with pytest.raises(kind) as caught, hold(folder, NOW):
        pass
    return str(caught.value)


def left_by(folder: Path, **text: object) -> Path:
    """A lock file that nobody holds open."""
    folder.mkdir(exist_ok=True)
    file = folder / LOCK_FILE
    file.write_text(json.dumps({"user": "hoa", "host": "PC-02", "pid": 77, "since": "2026-11-22T17:00:00"} | text))
    return file


@contextmanager
def holding(folder: Path, *program: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the folder until it is killed."""
    code = (
        "import sys; from datetime import datetime; from pathlib import Path; from kttt_xl.lock import hold\n"
        "with hold(Path(sys.argv[1]), datetime(2026, 11, 23, 7)): print('held', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


# --- holding


def test_the_text_says_who_holds_it_and_goes_with_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "đợt" / "2026"
    with hold(folder, NOW):
        assert json.loads((folder / LOCK_FILE).read_bytes()) == {
            "user": "lan",
            "host": "PC-01",
            "pid": os.getpid(),
            "since": "2026-11-23T08:05:59+00:00",
        }
        assert (folder / LOCK_FILE).stat().st_mode & 0o777 == 0o666  # another officer may take it over
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("system", ["posix", "nt"])
def test_one_at_a_time(tmp_path: Path, system: str, request: pytest.FixtureRequest) -> None:
    if system == "nt":
        request.getfixturevalue("windows")
    for _ in range(2):
        with hold(tmp_path, NOW):
            assert said(tmp_path) == (
                f"Đang có một lần chạy khác dùng thư mục «{tmp_path}»: lan, máy PC-01, tiến trình {os.getpid()}, "
                f"{SINCE}. Chờ xong rồi chạy lại."
            )
            assert (tmp_path / LOCK_FILE).exists()
        assert list(tmp_path.iterdir()) == []
    assert LockedError.exit_code == 2


def test_it_is_given_up_whatever_happens(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), hold(tmp_path, NOW):
        raise KeyboardInterrupt
    with hold(tmp_path, NOW):
        pass


def test_another_process_holds_it_until_it_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the real names
    with holding(tmp_path) as process:
        mine = lock._user(), platform.node()
        assert said(tmp_path) == (
            f"Đang có một lần chạy khác dùng thư mục «{tmp_path}»: {mine[0]}, máy {mine[1]}, tiến trình {process.pid}, "
            "từ 07:00 ngày 23/11/2026. Chờ xong rồi chạy lại."
        )
        process.kill()
        process.wait()
        assert (tmp_path / LOCK_FILE).exists()
        with hold(tmp_path, NOW):
            assert json.loads((tmp_path / LOCK_FILE).read_bytes())["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_many_at_once_are_one_after_another(tmp_path: Path) -> None:
    """Six processes take and give it up all the time: never two of them inside."""
    code = (
        "import os, sys; from datetime import datetime; from pathlib import Path\n"
        "from kttt_xl.errors import LockedError; from kttt_xl.lock import hold\n"
        "folder, inside, turns = Path(sys.argv[1]), Path(sys.argv[1]) / 'inside', 0\n"
        "for _ in range(100_000):\n"
        "    try:\n"
        "        with hold(folder, datetime(2026, 1, 1)):\n"
        "            os.close(os.open(inside, os.O_CREAT | os.O_EXCL)); turns += 1; inside.unlink()\n"
        "    except LockedError: pass\n"
        "    if turns == 10: break\n"
        "print(turns)\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(6)
    ]
    assert [run.communicate()[0] for run in runs] == [b"10\n"] * 6
    assert list(tmp_path.iterdir()) == []


# --- what was left behind


@pytest.mark.parametrize("text", [{"host": "PC-01"}, {"host": "PC-01", "pid": os.getpid()}, {"host": ""}, {"pid": "x"}])
def test_a_lock_that_no_process_of_this_machine_holds_is_nobodys(tmp_path: Path, text: dict[str, object]) -> None:
    file = left_by(tmp_path, **text)
    with hold(tmp_path, NOW):
        assert json.loads(file.read_bytes())["user"] == "lan"


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"user": "hoa"}', b"x" * 10_000])
def test_a_lock_file_that_says_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / LOCK_FILE
    file.write_bytes(content)
    with hold(tmp_path, NOW):
        assert json.loads(file.read_bytes())["user"] == "lan"
        file.write_bytes(content)
        assert said(tmp_path) == (
            f"Đang có một lần chạy khác dùng thư mục «{tmp_path}»: không rõ ai chạy. Chờ xong rồi chạy lại."
        )


def test_a_lock_of_another_machine_is_for_a_person(tmp_path: Path) -> None:
    """A share may not show us its locks: what another machine left is not judged."""
    file = left_by(tmp_path)
    before = file.read_bytes()
    assert said(tmp_path) == (
        f"Thư mục «{tmp_path}» đang có tệp khóa của một lần chạy khác: hoa, máy PC-02, tiến trình 77, từ 17:00 ngày "
        f"22/11/2026. {CURE} «{file}»."
    )
    assert file.read_bytes() == before
    file.unlink()
    with hold(tmp_path, NOW):
        pass


# --- what the system may do meanwhile


@pytest.mark.parametrize("step", ["_lock", "open"])
def test_the_run_before_ends_just_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Its file goes after we saw it: before we open it, before we lock it, or another run's file stands there then."""
    file = left_by(tmp_path, host="PC-01")
    real = lock._flock if step == "_lock" else os.open
    turns: list[Callable[[], object]] = [file.unlink, lambda: (file.unlink(), left_by(tmp_path, host="PC-01"))]

    def meanwhile(*arguments: object) -> object:
        if turns and (step == "_lock" or arguments[0] == file):
            turns.pop(0)()
        return real(*arguments)

    monkeypatch.setattr(*((lock, "_flock") if step == "_lock" else (os, "open")), meanwhile)
    with hold(tmp_path, NOW):
        assert json.loads(file.read_bytes())["user"] == "lan"
    assert (list(tmp_path.iterdir()), turns) == ([], [])


def test_runs_that_come_and_go_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_flock", lambda handle: (tmp_path / LOCK_FILE).unlink())
    assert said(tmp_path) == (
        f"Thư mục «{tmp_path}» đang được nhiều lần chạy dùng liên tiếp; chờ chúng xong rồi chạy lại."
    )


def fail(number: int) -> Callable[..., None]:
    def step(*_: object) -> None:
        raise OSError(number, "in English")

    return step


def test_a_share_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the file is the lock: made by one of all, and removed by that one, or by a person."""
    monkeypatch.setattr(lock, "_flock", fail(errno.ENOLCK))
    with hold(tmp_path, NOW):
        assert said(tmp_path) == (
            f"Thư mục «{tmp_path}» đang có tệp khóa của một lần chạy khác: lan, máy PC-01, tiến trình {os.getpid()}, "
            f"{SINCE}. {CURE} «{tmp_path / LOCK_FILE}»."
        )
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_locked_or_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / LOCK_FILE
    with monkeypatch.context() as patch:
        patch.setattr(lock, "_flock", fail(errno.EIO))
        assert said(tmp_path, OutputError) == f"Không khóa được «{file}»: lỗi ổ đĩa hoặc mạng."
    file.unlink()
    file.mkdir()
    assert said(tmp_path, OutputError) == f"Không mở được tệp khóa «{file}»: đó là thư mục, không phải tệp."
    through = tmp_path / "tệp"
    through.write_bytes(b"")
    assert said(through, OutputError) == f"Không tạo được thư mục «{through}»: đã có một tệp mang tên đó."


@pytest.mark.usefixtures("windows")
def test_windows_may_keep_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unlocking fails, removing fails, since the next run has it open: neither is a failure of this run."""
    with hold(tmp_path, NOW):
        monkeypatch.setattr(lock, "_byte", fail(errno.EACCES))
        monkeypatch.setattr(Path, "unlink", fail(errno.EACCES))
    assert list(tmp_path.iterdir()) == [tmp_path / LOCK_FILE]


@pytest.mark.parametrize("system", ["posix", "nt"])
def test_a_disk_too_full_to_say_who(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, request: pytest.FixtureRequest
) -> None:
    if system == "nt":
        request.getfixturevalue("windows")
    left_by(tmp_path, host="PC-01")
    with monkeypatch.context() as patch:
        patch.setattr(os, "ftruncate", fail(errno.ENOSPC))
        with hold(tmp_path, NOW), pytest.raises(LockedError), hold(tmp_path, NOW):
            pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [KeyError("uid"), OSError("uid"), ImportError("pwd")])
def test_an_officer_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nobody)
    with hold(tmp_path, NOW):
        assert f": không rõ ai, máy PC-01, tiến trình {os.getpid()}, {SINCE}." in said(tmp_path)


def test_a_holder_in_words() -> None:
    assert str(Holder("lan", "PC-01", 7, "hôm qua")) == "lan, máy PC-01, tiến trình 7, từ không rõ lúc nào"
