"""What dead runs left behind goes, what living ones are writing stays."""

import os
import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from kttt_xl import temporaries, windows_processes
from kttt_xl.temporaries import new_temporary, remove, try_folder
from kttt_xl.writer import make_folder

DAY = 24 * 3600


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "PC-01")


def dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


HERE, ELSEWHERE = "b9068626", "ffffffff"  # machines, by their names


def stays(folder: Path, name: str, age: float = 0.0) -> bool:
    file = folder / name
    file.write_bytes(b"")
    with file.open("rb") as stream:
        now = os.fstat(stream.fileno()).st_mtime
    os.utime(file, (now - age, now - age))
    try_folder(folder)
    left = {path.name for path in folder.iterdir()}
    assert left <= {name}  # nor is anything of the trying left
    return left == {name}


def test_a_temporary_says_who_makes_it(tmp_path: Path) -> None:
    handle, path = new_temporary(tmp_path)
    os.close(handle)
    assert path.parent == tmp_path
    assert path.name.startswith(f".kttt-{HERE}-{os.getpid()}-")
    assert path.suffix == ".part"
    assert path.stat().st_mode & 0o777 == 0o600
    assert stays(tmp_path, path.name)  # its writer, this process, is alive
    for _ in range(2):
        remove(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "age", "kept"),
    [
        (f".kttt-{HERE}-DEAD-abc_12.part", 0, False),
        (f".kttt-{HERE}-1-abc_12.part", 0, True),  # alive, and another user's or ours
        (f".kttt-{HERE}-1-abc_12.part", DAY + 60, False),  # nobody writes for a day: the number is another process's
        (f".kttt-{ELSEWHERE}-DEAD-abc_12.part", DAY - 60, True),  # of another machine nothing is known
        (f".kttt-{ELSEWHERE}-DEAD-abc_12.part", DAY + 60, False),
        (".kttt-abc_12.part", 0, True),  # as version 0.1 named them
        (".kttt-abc_12.part", DAY + 60, False),
        (".kttt-abc_12.xlsx", DAY + 60, True),  # not ours
        ("kttt-abc_12.part", DAY + 60, True),
        (f"x.kttt-{HERE}-DEAD-abc_12.part", DAY + 60, True),
    ],
)
def test_what_is_left_over(tmp_path: Path, name: str, age: float, kept: bool) -> None:
    assert stays(tmp_path, name.replace("DEAD", str(dead_process())), age) == kept


def test_deep_looks_into_the_folders_of_a_folder(tmp_path: Path) -> None:
    left = [tmp_path / folder / f".kttt-{HERE}-{dead_process()}-abc.part" for folder in (".", "a", "a/b")]
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a" / "b")
    for file in left:
        file.touch()
    try_folder(tmp_path)
    assert [file.exists() for file in left] == [False, True, True]
    try_folder(tmp_path, deep=True)
    assert [file.exists() for file in left] == [False, False, True]
    make_folder(tmp_path / "a", deep=True)
    assert [file.exists() for file in left] == [False, False, False]


@pytest.mark.parametrize("error", [PermissionError(), OSError()])
def test_a_process_that_we_may_not_ask_about_is_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def kill(_pid: int, number: int) -> None:
        assert number == 0
        raise error

    monkeypatch.setattr(os, "kill", kill)
    assert stays(tmp_path, f".kttt-{HERE}-{dead_process()}-abc.part")


@pytest.mark.parametrize(("running", "kept"), [([7, 8], True), ([8], False), (OSError("no snapshot"), True)])
def test_windows_is_asked_for_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, running: list[int] | OSError, kept: bool
) -> None:
    def processes() -> list[SimpleNamespace]:
        if isinstance(running, OSError):
            raise running
        return [SimpleNamespace(pid=pid) for pid in running]

    def kill(*_: object) -> None:
        raise AssertionError  # there it would end the process

    monkeypatch.setattr(temporaries, "_WINDOWS", True)
    monkeypatch.setattr(windows_processes, "running", processes)
    monkeypatch.setattr(os, "kill", kill)
    assert stays(tmp_path, f".kttt-{HERE}-7-abc.part") == kept


def test_windows_removes_nothing_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    real = Path.unlink

    def unlink(self: Path) -> None:
        modes.append(self.stat().st_mode & 0o777)
        real(self)

    monkeypatch.setattr(temporaries, "_WINDOWS", True)
    monkeypatch.setattr(Path, "unlink", unlink)
    (tmp_path / "a.part").touch(0o444)
    remove(tmp_path / "a.part")
    assert (modes, list(tmp_path.iterdir())) == ([0o600], [])


def test_what_cannot_be_removed_or_is_gone_already_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / f".kttt-{HERE}-{dead_process()}-abc.part"
    file.mkdir()
    try_folder(tmp_path)
    assert list(tmp_path.iterdir()) == [file]
    entry = SimpleNamespace(name=".kttt-abc.part", stat=lambda **_: (tmp_path / "gone").stat())
    assert not temporaries._is_left_over(entry, 0.0)


def test_a_folder_in_which_nothing_can_be_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        try_folder(tmp_path / "none")
