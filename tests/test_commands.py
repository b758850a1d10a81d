"""The command line: JSON and nothing else on standard output, whole sentences on standard error, exit codes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from conftest import Outcome

from kttt_xl import builder, layout, plans
from kttt_xl.assignments import stats_recipients, task_assignments
from kttt_xl.campaign import plan_issues
from kttt_xl.filling import fill
from kttt_xl.model import Plan
from kttt_xl.period import Period, parse_period

GIA_LAI, YEN_BAI = "gia-lai-655-2023", "yen-bai-209-2023"


@pytest.fixture
def copies(run: Callable[..., Outcome], tmp_path: Path) -> Path:
    """Two task copies of Gia Lai, unfilled."""
    folder = tmp_path / "copies"
    run("build", GIA_LAI, "--period", "2024", "-o", folder, "--agency", "Sở Nội vụ", "--agency", "Báo Gia Lai")
    return folder


def copy_of(folder: Path, agency: str) -> Path:
    return next(folder.glob(f"*_{agency}.xlsx"))


# --- build


def test_build_issues_every_copy_that_the_plan_asks_for(
    run: Callable[..., Outcome], gia_lai: Plan, yen_bai: Plan, year: Period, tmp_path: Path
) -> None:
    for plan in (gia_lai, yen_bai):
        built = run("build", plan.id, "--period", "2024", "-o", tmp_path / plan.id, "--json")
        wanted = {(name, "tasks") for name in task_assignments(plan, year)}
        wanted |= {(name, "stats") for name in stats_recipients(plan)}
        copies = built.json["copies"]
        assert (built.code, built.err) == (0, "")
        assert {(copy["agency"], copy["kind"]) for copy in copies} == wanted
        assert len(copies) == len(wanted)
        assert {copy["file"] for copy in copies} == {path.name for path in (tmp_path / plan.id).iterdir()}
        assert min(copy["inputs"] for copy in copies) > 0


def test_file_names_do_not_depend_on_who_is_asked_for(
    run: Callable[..., Outcome], gia_lai: Plan, year: Period, tmp_path: Path
) -> None:
    board = "Ban Chỉ đạo Đổi mới, phát triển kinh tế tập thể, hợp tác xã huyện Kbang"
    alone = run("build", GIA_LAI, "--period", "2024", "-o", tmp_path, "--agency", board, "--json").json["copies"]
    whole = {issue.copy.agency: issue.file for issue in plan_issues(gia_lai, year)}
    assert [copy["file"] for copy in alone] == [whole[board]]


def test_agencies_are_found_by_the_plans_own_spellings(run: Callable[..., Outcome], tmp_path: Path) -> None:
    built = run("build", GIA_LAI, "--period", "2024", "-o", tmp_path, "--agency", "liên minh htx TỈNH", "--json")
    assert [copy["agency"] for copy in built.json["copies"]] == ["Liên minh Hợp tác xã tỉnh"]


# --- plan workbooks


def test_a_plan_goes_out_as_a_workbook_and_comes_back_equal(run: Callable[..., Outcome], tmp_path: Path) -> None:
    for plan_id in plans.plan_ids():
        book = tmp_path / f"{plan_id}.xlsx"
        assert run("plan", "export", plan_id, book).code == 0
        assert plans.load_plan(str(book)) == plans.load_plan(plan_id)
    again = tmp_path / "again.xlsx"
    assert run("plan", "export", book, again).code == 0
    assert again.read_bytes() == book.read_bytes()


def test_a_new_plan_workbook_says_what_is_still_missing(run: Callable[..., Outcome], tmp_path: Path) -> None:
    book = tmp_path / "moi.xlsx"
    assert run("plan", "new", book).code == 0
    checked = run("plan", "check", book, "--json")
    assert checked.code == 1
    assert checked.json["errors"] == len([f for f in checked.json["findings"] if f["severity"] == "error"]) > 0
    assert all(finding["sheet"] and finding["fix"] for finding in checked.json["findings"])


# --- misuse: exit code 2, one sentence


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["plan", "show", "ninh-binh-1"],
            (
                "Lỗi: Không có kế hoạch «ninh-binh-1». Các kế hoạch có sẵn: {plans}; hoặc chỉ đường dẫn tới thư mục kế "
                "hoạch có tệp plan.toml, hoặc tới sổ kế hoạch .xlsx.\n"
            ),
        ),
        (
            ["build", GIA_LAI, "--period", "2024", "-o", "{tmp}", "--agency", "Sở Nội vụn"],
            "Lỗi: Kế hoạch không có cơ quan «Sở Nội vụn». Gần nhất: {near}.\n",
        ),
        (
            ["build", GIA_LAI, "--period", "2024", "-o", "{tmp}", "--kind", "stats"],
            "Lỗi: Kế hoạch gia-lai-655-2023, kỳ Năm 2024: không có biểu nào để phát hành.\n",
        ),
        (
            ["consolidate", "{tmp}/none", "--plan", GIA_LAI, "--period", "2024", "-o", "{tmp}/o.xlsx"],
            "Lỗi: Không có thư mục «{tmp}/none».\n",
        ),
        (["check", "{tmp}/none.xlsx"], "Lỗi: Không có tệp hoặc thư mục «{tmp}/none.xlsx».\n"),
        (
            ["consolidate", "{tmp}", "--plan", GIA_LAI, "--period", "2024", "-o", "{tmp}/o.xlsx", "--as-of", "mai"],
            "Lỗi: --as-of ghi «mai»; cần ngày dạng 2024-12-31.\n",
        ),
        (["build"], "Lỗi: thiếu tham số KẾ_HOẠCH.\nXem hướng dẫn: kttt-xl build --help\n"),
        (["check"], "Lỗi: thiếu tham số BẢN_SAO....\nXem hướng dẫn: kttt-xl check --help\n"),
        (["xyz"], "Lỗi: không có lệnh 'xyz'.\nXem hướng dẫn: kttt-xl --help\n"),
        (["plan", "list", "--all"], "Lỗi: không có tùy chọn «--all».\nXem hướng dẫn: kttt-xl plan list --help\n"),
    ],
)
def test_misuse_is_one_sentence(
    run: Callable[..., Outcome], tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    outcome = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    expected = sentence.replace("{tmp}", str(tmp_path))
    for hole in ("{plans}", "{near}"):
        if hole in expected:
            before, after = expected.split(hole)
            assert outcome.err.startswith(before)
            assert outcome.err.endswith(after)
            expected = outcome.err
    assert (outcome.code, outcome.out, outcome.err) == (2, "", expected)


def test_a_period_that_is_none_says_what_was_expected(run: Callable[..., Outcome], tmp_path: Path) -> None:
    outcome = run("build", GIA_LAI, "--period", "2024-Q7", "-o", tmp_path)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Lỗi: ")
    assert "2024-Q7" in outcome.err


# --- bad input: refused with a sentence, the rest goes on


def encrypted(path: Path) -> None:
    """An OLE container with an EncryptedPackage stream, as Excel writes for a password: header and directory name."""
    head, name = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "EncryptedPackage".encode("utf-16le")
    path.write_bytes(head + bytes(1016) + name + bytes(2000))


def deleted_column(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["Nhiệm vụ"].delete_cols(13)
    book.save(path)


def other_plan(path: Path) -> None:
    plan = plans.load_plan(YEN_BAI)
    copy = layout.stats_copy(plan, parse_period("2024"), stats_recipients(plan)[0])
    path.write_bytes(builder.build_copy(copy, bytes(range(32))))


def plain_workbook(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Nhiệm vụ").write(0, 0, "Mã")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda path: path.write_bytes(b""), "not-a-workbook"),
        (lambda path: path.write_text("Kính gửi Sở,\nchúng tôi báo cáo\n", encoding="utf-8"), "not-a-workbook"),
        (encrypted, "encrypted-file"),
        (lambda path: path.write_bytes(path.read_bytes()[:9000]), "damaged-file"),
        (other_plan, "wrong-plan"),
        (deleted_column, "missing-column"),
        (plain_workbook, "no-manifest"),
    ],
    ids=["empty", "text", "encrypted", "truncated", "other plan", "deleted column", "not ours"],
)
def test_one_bad_copy_is_refused_and_the_other_counts(
    run: Callable[..., Outcome], copies: Path, tmp_path: Path, spoil: Callable[[Path], object], code: str
) -> None:
    good, bad = copy_of(copies, "bao-gia-lai"), copy_of(copies, "so-noi-vu")
    good.write_bytes(fill(good.read_bytes(), "Nhiệm vụ", {"L9": "Đang thực hiện"}))
    spoil(bad)
    out = tmp_path / "out.xlsx"
    outcome = run("consolidate", copies, "--plan", GIA_LAI, "--period", "2024", "-o", out, "--json")
    summary = outcome.json
    assert (outcome.code, outcome.err) == (1, "")
    assert (summary["copies"]["accepted"], summary["copies"]["refused"]) == (1, 1)
    assert summary["cells"]["accepted"] == 1
    found = [finding for finding in summary["findings"] if finding["file"] == bad.name]
    assert code in [finding["code"] for finding in found]
    assert all(finding["message"] and finding["fix"] for finding in found)
    assert out.exists()


def test_check_gives_the_same_verdicts(run: Callable[..., Outcome], copies: Path) -> None:
    bad = copy_of(copies, "so-noi-vu")
    bad.write_bytes(b"")
    outcome = run("check", copies, "--json")
    assert outcome.code == 1
    assert [(copy["file"], copy["verdict"], copy["errors"]) for copy in outcome.json["copies"]] == [
        (copy_of(copies, "bao-gia-lai").name, "accepted", 0),
        (bad.name, "refused", 1),
    ]
    assert set(outcome.json) == {"copies", "cells", "findings"}


def test_check_against_another_plan_and_period(run: Callable[..., Outcome], copies: Path) -> None:
    good = copy_of(copies, "bao-gia-lai")
    for option, value, code in (("--plan", YEN_BAI, "wrong-plan"), ("--period", "2025", "wrong-period")):
        findings = run("check", good, option, value, "--json").json["findings"]
        assert [finding["code"] for finding in findings][:1] == [code]
    assert run("check", good, "--plan", GIA_LAI, "--period", "2024", "--json").code == 0


def test_without_the_key_a_copy_is_read_with_a_warning(
    run: Callable[..., Outcome], copies: Path, tmp_path: Path
) -> None:
    outcome = run("check", copy_of(copies, "bao-gia-lai"), "--campaign", tmp_path / "elsewhere", "--json")
    assert outcome.code == 0
    assert [(f["code"], f["severity"]) for f in outcome.json["findings"]][:1] == [("unverified-manifest", "warning")]


# --- output


def test_an_output_that_cannot_be_written_is_said_before_the_work(
    run: Callable[..., Outcome], copies: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for out, sentence in (
        (tmp_path / "none" / "o.xlsx", f"Lỗi: Không có thư mục «{tmp_path / 'none'}» để ghi «o.xlsx».\n"),
        (copies, f"Lỗi: «{copies}» là thư mục; cần tên một tệp .xlsx.\n"),
    ):
        outcome = run("consolidate", copies, "--plan", GIA_LAI, "--period", "2024", "-o", out)
        assert (outcome.code, outcome.out, outcome.err) == (1, "", sentence)
    outcome = run("build", GIA_LAI, "--period", "2024", "-o", tmp_path / "file" / "sub")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(f"Lỗi: Không tạo được thư mục «{tmp_path / 'file' / 'sub'}»: ")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="drops its rights, which only root can")
def test_a_folder_without_write_permission(tmp_path: Path) -> None:
    """As another user than root, in a folder that only root may write."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    program = (
        "import os, sys; from kttt_xl.writer import require_writable, OutputError; from pathlib import Path\n"
        "os.setuid(65534)\n"
        "try: require_writable(Path(sys.argv[1]) / 'o.xlsx')\n"
        "except (OutputError, PermissionError) as error: sys.stdout.buffer.write(str(error).encode())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, check=True)
    assert "không có quyền ghi" in done.stdout.decode() or "Permission denied" in done.stdout.decode()


def test_an_unexpected_failure_is_one_sentence_and_a_log(
    run: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("kttt_xl.plans.plan_ids", lambda: 1 / 0)
    outcome = run("plan", "list")
    log = next(tmp_path.rglob("*.log"))
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == f"Lỗi ngoài dự kiến: ZeroDivisionError. Chi tiết ghi ở {log}.\n"
    assert "ZeroDivisionError" in log.read_text(encoding="utf-8")


def test_what_a_filler_typed_cannot_style_the_table(run: Callable[..., Outcome], copies: Path) -> None:
    good = copy_of(copies, "bao-gia-lai")
    good.write_bytes(fill(good.read_bytes(), "Nhiệm vụ", {"L9": "[bold red]x[/] [link=http://x]y"}))
    outcome = run("check", good)
    assert outcome.code == 1
    assert "[bold red]x[/] [link=http://x]y" in " ".join(outcome.out.split())


def test_utf8_whatever_the_console(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kttt_xl", "plan", "list"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    )
    assert "Triển khai thực hiện" in done.stdout.decode("utf-8")
