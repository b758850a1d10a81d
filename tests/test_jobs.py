"""Commands in a process of their own: a document or one sentence, whatever becomes of the process."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from kttt_xl import commands, jobs
from kttt_xl.builder import build_copy
from kttt_xl.campaign import plan_issues
from kttt_xl.errors import KtttError
from kttt_xl.job_signals import FOLDER
from kttt_xl.model import Plan
from kttt_xl.period import Period

KEY = bytes(range(32))
HUNG = "«Tổng hợp» không có tiến triển trong 1 phút nên đã bị dừng: kiểm tra ổ mạng, ổ đĩa chứa tệp rồi bấm lại nút."
STOPPED = "Đã dừng «Tổng hợp» theo yêu cầu."
DIED = (
    "«Tổng hợp» dừng đột ngột (mã {}): bấm lại nút; vẫn thế thì chạy «kttt-xl addin doctor» và gửi kết quả cho người "
    "quản trị máy."
)


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))


def job(program: str, patience: float = 60.0, grace: float = 10.0) -> jobs.Job:
    """A job that runs some Python instead of a command."""
    whole = f"import json, os, subprocess, sys, time\nsys.stdout.reconfigure(encoding='utf-8')\n{program}"
    return jobs.Job("Tổng hợp", (), (sys.executable, "-c", whole), patience, grace)


@pytest.mark.parametrize(
    ("program", "document", "remarks"),
    [
        ("print('{}')", {}, ()),
        ("print(json.dumps({'plan': 'Gia Lai', 'n': [1]}, indent=1)); sys.exit(1)", {"plan": "Gia Lai", "n": [1]}, ()),
        ("print('{\"a\": \"Đắk Pơ\"}'); print('Chưa\\n\\nkhóa', file=sys.stderr)", {"a": "Đắk Pơ"}, ("Chưa", "khóa")),
        ("print('{\"a\": 1}'); sys.stderr.write('\\x1eĐọc: 1/2\\n')", {"a": 1}, ()),
        ("print('{\"a\": \"' + 'x' * 3_000_000 + '\"}'); print('y' * 3_000_000, file=sys.stderr)",
         {"a": "x" * 3_000_000}, ("y" * 3_000_000,)),
    ],
    ids=["empty", "findings", "remarks", "progress is no remark", "more than a pipe holds"],
)  # fmt: skip
def test_what_a_command_gives(program: str, document: dict[str, object], remarks: tuple[str, ...]) -> None:
    assert jobs.finish(job(program), pause=0.01) == jobs.Result(document, remarks)


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("print('Lỗi: Không có thư mục «a».', file=sys.stderr); sys.exit(2)", "Không có thư mục «a»."),
        ("print('Ghi chú\\nLỗi: Kế hoạch có 2 lỗi:\\nA1: x\\nLỗi: y', file=sys.stderr); sys.exit(1)",
         "Kế hoạch có 2 lỗi:\nA1: x\nLỗi: y"),
        ("print('Lỗi ngoài dự kiến: KeyError. Chi tiết ghi ở /x.', file=sys.stderr); sys.exit(1)",
         "Lỗi ngoài dự kiến: KeyError. Chi tiết ghi ở /x."),
        ("sys.exit(3)", DIED.format(3)),
        ("print('{\"a\": 1'); sys.exit(0)", DIED.format(0)),
        ("print('[1]')", DIED.format(0)),
        ("os.kill(os.getpid(), 9)", DIED.format(-9)),
        ("1 / 0", DIED.format(1)),
    ],
    ids=["refused", "refused in lines", "unforeseen", "silent", "half a document", "another one", "killed", "broken"],
)  # fmt: skip
def test_a_failure_is_a_sentence(program: str, sentence: str) -> None:
    with pytest.raises(KtttError) as failure:
        jobs.finish(job(program), pause=0.01)
    assert str(failure.value) == sentence


def test_how_far_it_is_is_told_as_it_comes() -> None:
    program = (
        "for n in (1, 2, 3):\n"
        "    print(f'\\x1eĐọc bản sao: {n}/3', file=sys.stderr, flush=True); time.sleep(0.3)\n"
        "print('{}')"
    )
    told: list[str] = []
    jobs.finish(job(program), told.append, pause=0.05)
    assert told == ["Đọc bản sao: 1/3", "Đọc bản sao: 2/3", "Đọc bản sao: 3/3"]


def gone(pid: int) -> bool:
    """Tell whether a process has ended; an orphan may wait for a moment to be buried."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


# A process that starts another and works on without a sign.
STUCK = (
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(f'\\x1e{child.pid}', file=sys.stderr, flush=True)\n"
    "time.sleep(600)"
)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
@pytest.mark.parametrize(
    ("patience", "ask", "sentence"),
    [
        (1.5, False, HUNG),
        (60, True, STOPPED),
    ],
    ids=["hangs", "does not stop when asked"],
)
def test_a_stuck_job_is_ended_with_what_it_started(patience: float, ask: bool, sentence: str) -> None:
    stuck = job(STUCK, patience, grace=0.3)

    def told(words: str) -> None:
        if ask:
            stuck.stop()

    with pytest.raises(KtttError) as failure:
        jobs.finish(stuck, told, pause=0.05)
    assert str(failure.value) == sentence
    assert gone(int(stuck.said))
    assert not stuck._out.parent.exists()


def test_a_job_that_is_left_is_ended_too() -> None:
    stuck = job("time.sleep(600)")

    def broken(_words: str) -> None:
        raise ZeroDivisionError

    stuck.said = "1/2"
    with pytest.raises(ZeroDivisionError):
        jobs.finish(stuck, broken, pause=0.01)
    assert stuck._process.poll() is not None


def test_a_machine_that_does_not_start_it_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(KtttError) as failure:
        jobs.Job("Kiểm tra", (), (str(tmp_path / "python"),))
    assert str(failure.value) == (
        "Máy này không cho chạy «Kiểm tra» (No such file or directory): chạy «kttt-xl addin doctor» để biết nguyên "
        "nhân và cách sửa."
    )


def test_pythonw_has_no_output_so_python_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "pythonw.exe"))
    assert jobs.command_line() == (str(tmp_path / "pythonw.exe"), "-P", "-m", "kttt_xl")
    (tmp_path / "python.exe").touch()
    assert jobs.command_line() == (str(tmp_path / "python.exe"), "-P", "-m", "kttt_xl")


# --- our own commands


def folder_of_copies(plan: Plan, period: Period, folder: Path) -> int:
    folder.mkdir()
    issues = plan_issues(plan, period, ("tasks",))[:4]
    for issue in issues:
        (folder / issue.file).write_bytes(build_copy(issue.copy, KEY))
    return len(issues)


def test_a_command_says_how_far_it_is(gia_lai: Plan, year: Period, campaign: Path, tmp_path: Path) -> None:
    number = folder_of_copies(gia_lai, year, tmp_path / "nhan-ve")
    check = jobs.Job("Kiểm tra", ["check", "--json", str(tmp_path / "nhan-ve")])
    result = jobs.finish(check)
    assert len(result.document["copies"]) == number
    assert check.said == f"Kiểm tra: {number}/{number}"
    assert result.remarks == ()


def test_a_command_that_is_asked_to_stop_writes_nothing(
    gia_lai: Plan, year: Period, campaign: Path, tmp_path: Path
) -> None:
    folder_of_copies(gia_lai, year, tmp_path / "nhan-ve")
    out = tmp_path / "th.xlsx"
    arguments = ["consolidate", "--json", "--plan", gia_lai.id, "--period", "2024", "--out", str(out)]
    consolidation = jobs.Job("Tổng hợp", [*arguments, str(tmp_path / "nhan-ve")])
    consolidation.stop()
    with pytest.raises(jobs.Stopped, match=STOPPED):
        jobs.finish(consolidation, pause=0.01)
    assert consolidation._process.returncode == 1  # it stopped by itself
    assert not out.exists()


def test_a_person_at_a_terminal_gets_no_lines_for_machines(
    gia_lai: Plan,
    year: Period,
    campaign: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    number = folder_of_copies(gia_lai, year, tmp_path / "nhan-ve")
    commands.run(["check", "--json", str(tmp_path / "nhan-ve")])
    out, err = capfd.readouterr()
    assert (len(json.loads(out)["copies"]), err) == (number, "")
    monkeypatch.setenv(FOLDER, str(tmp_path))
    commands.run(["check", "--json", str(tmp_path / "nhan-ve")])
    assert capfd.readouterr().err == "".join(f"\x1eKiểm tra: {n}/{number}{os.linesep}" for n in range(1, number + 1))
