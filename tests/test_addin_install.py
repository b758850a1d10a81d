"""Installing and removing the add-in on a fake Windows: what lies there afterwards, and every refusal with its cure."""

import ctypes
import io
import json
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path, PureWindowsPath

import pytest
import xlsxwriter
from fake_windows import (
    ADDIN,
    EXE,
    PYTHON,
    RECEIPT,
    SHARED_ADDIN,
    SHARED_RECEIPT,
    XLWINGS,
    FakeWindows,
    addin,
    bare_machine,
    healthy_machine,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl import __version__, addin_build, addin_install, commands, windows
from kttt_xl.addin_file import INTERPRETER, KTTT_VERSION, XLWINGS_VERSION, read_settings, with_settings
from kttt_xl.addin_install import addin_bytes, install, uninstall
from kttt_xl.addin_machine import LOGON_SERVER, PERIOD
from kttt_xl.errors import KtttError, MisuseError, OutputError
from kttt_xl.windows import ThisWindows
from kttt_xl.windows_processes import ProcessEntry

State = Callable[[FakeWindows], object]


def names(machine: FakeWindows) -> set[str]:
    return {str(path) for path in machine.files}


# --- installing


@pytest.mark.parametrize(
    ("all_users", "addin_file", "receipt_file"),
    [(False, ADDIN, RECEIPT), (True, SHARED_ADDIN, SHARED_RECEIPT)],
    ids=["one-user", "all-users"],
)
def test_install_writes_the_addin_and_a_receipt(all_users: bool, addin_file: str, receipt_file: str) -> None:
    machine = bare_machine()
    before = dict(machine.files)
    done = install(machine, addin(), all_users=all_users)
    content = machine.files[PureWindowsPath(addin_file)]
    receipt = machine.files[PureWindowsPath(receipt_file)]
    assert machine.files == before | {PureWindowsPath(addin_file): content, PureWindowsPath(receipt_file): receipt}
    assert read_settings(content) == {
        XLWINGS_VERSION: XLWINGS,
        KTTT_VERSION: __version__,
        INTERPRETER: PYTHON,
        LOGON_SERVER: "",
    }
    assert json.loads(receipt) == {
        "file": addin_file,
        "sha256": sha256(content).hexdigest(),
        "kttt": __version__,
        "xlwings": XLWINGS,
        "interpreter": PYTHON,
    }
    assert (done.file, done.sha256, done.interpreter) == (addin_file, sha256(content).hexdigest(), PYTHON)


def test_two_installations_are_equal_byte_for_byte() -> None:
    one, again = healthy_machine(), healthy_machine()
    install(again, addin())
    assert one.files == again.files


def test_what_it_must_be_allowed() -> None:
    machine = bare_machine()
    done = install(machine, addin())
    assert done.allow == (
        f"Tệp {ADDIN}, sha256 {done.sha256} (add-in, chưa ký số).",
        f"EXCEL.EXE nạp xlwings64-{XLWINGS}.dll hoặc xlwings32-{XLWINGS}.dll cạnh {PYTHON} hoặc ở thư mục ngay trên.",
        f"EXCEL.EXE khởi động {PYTHON} (quy tắc ASR về tiến trình con của Office).",
        f"Vị trí tin cậy {PureWindowsPath(ADDIN).parent} (macro của add-in).",
    )


def test_a_server_at_logon() -> None:
    machine = bare_machine()
    done = install(machine, addin(), logon_server=True)
    assert read_settings(machine.files[PureWindowsPath(ADDIN)])[LOGON_SERVER] == "TRUE"
    assert done.allow[2] == f'Chạy lúc đăng nhập: "{PYTHON}" -P -c "import xlwings; xlwings.serve()"'
    install(machine, addin())
    assert read_settings(machine.files[PureWindowsPath(ADDIN)])[LOGON_SERVER] == ""


def test_an_older_addin_of_ours_is_replaced() -> None:
    machine = bare_machine()
    machine.put(ADDIN, with_settings(addin(), {KTTT_VERSION: "0.0.1"}))
    install(machine, addin())
    assert machine.files == healthy_machine().files


def test_the_mark_of_the_web_goes_from_our_file_only() -> None:
    machine = bare_machine()
    personal = PureWindowsPath(ADDIN).with_name("PERSONAL.XLSB")
    machine.put(str(personal))
    machine.marked = {PureWindowsPath(ADDIN), personal}
    install(machine, addin())
    assert machine.marked == {personal}


def test_no_registry_is_written() -> None:
    assert healthy_machine().registry == bare_machine().registry


NO_DLL = (
    r"Không thấy xlwings64-0.37.8.dll cạnh Python (C:\kttt-xl) và ở thư mục ngay trên. "
    r'Chạy: "C:\kttt-xl\python.exe" -m pip install --force-reinstall --no-deps xlwings==0.37.8. Tệp lại mất là do '
    "phần mềm diệt virus: nhờ IT khôi phục và cho phép."
)
OWN_PYTHON = (
    "Cài Python (bộ cài của python.org) cho mọi người dùng vào thư mục như C:\\kttt-xl, cài kttt-xl vào đó, rồi chạy "
    "lại: kttt-xl addin install."
)


def excel_runs(machine: FakeWindows) -> None:
    machine.start_process("excel.exe", 4711, windows=1, image=EXE)


REFUSALS: list[tuple[str, State, bool, str]] = [
    (
        "Excel runs",
        excel_runs,
        False,
        (
            "Excel đang chạy (tiến trình số 4711): lưu và đóng mọi cửa sổ Excel rồi chạy lại; không thấy cửa sổ nào "
            "thì kết thúc EXCEL.EXE trong Task Manager."
        ),
    ),
    (
        "Windows does not say whether Excel runs",
        lambda m: m.locked.add("processes"),
        False,
        "Không hỏi được Windows xem Excel có đang chạy không; thử lại.",
    ),
    (
        "Vietnamese letters in Python's path",
        lambda m: m.move_python(r"C:\Users\Nguyễn Lan\kttt-xl"),
        False,
        (
            "Chưa cài được add-in.\nKhông dùng được Python ở «C:\\Users\\Nguyễn Lan\\kttt-xl\\pythonw.exe»: phải là "
            f"đường dẫn đầy đủ trên ổ đĩa của máy, không dấu tiếng Việt. {OWN_PYTHON}"
        ),
    ),
    (
        "no pythonw.exe",
        lambda m: m.drop(PYTHON),
        False,
        (
            "Chưa cài được add-in.\nKhông thấy Python ở C:\\kttt-xl\\pythonw.exe: đã gỡ, chuyển chỗ, hoặc bị chặn. Cài "
            "lại kttt-xl. Đóng Excel rồi chạy: kttt-xl addin install."
        ),
    ),
    (
        "no DLL",
        lambda m: m.drop(rf"C:\kttt-xl\xlwings64-{XLWINGS}.dll"),
        False,
        f"Chưa cài được add-in.\n{NO_DLL}",
    ),
    (
        "two reasons at once",
        lambda m: (m.drop(rf"C:\kttt-xl\xlwings64-{XLWINGS}.dll"), m.answer.update(pywin32=False)),
        False,
        (
            "Chưa cài được add-in.\nPython của add-in thiếu pywin32 nên không nói chuyện được với Excel. "
            rf'Chạy: "C:\kttt-xl\python.exe" -m pip install pywin32.{chr(10)}{NO_DLL}'
        ),
    ),
    (
        "another xlwings",
        lambda m: m.answer.update(xlwings="0.38.0"),
        False,
        (
            "Chưa cài được add-in.\nAdd-in làm cho xlwings 0.37.8, Python có xlwings 0.38.0: hai bên phải bằng nhau. "
            r'Chạy: "C:\kttt-xl\python.exe" -m pip install xlwings==0.37.8; hoặc cài kttt.xlam cùng bản với kttt-xl '
            "đang dùng."
        ),
    ),
    (
        "a file of that name that is not ours",
        lambda m: m.put(ADDIN, b"not ours"),
        False,
        f"{ADDIN} đã có và không phải add-in KTTT (hoặc không đọc được): chuyển tệp đó sang thư mục khác rồi chạy lại.",
    ),
    (
        "a file of that name that an antivirus holds",
        lambda m: (m.put(ADDIN, addin()), m.locked.add(ADDIN)),
        False,
        f"{ADDIN} đã có và không phải add-in KTTT (hoặc không đọc được): chuyển tệp đó sang thư mục khác rồi chạy lại.",
    ),
    (
        "one for all users is there",
        lambda m: install(m, addin(), all_users=True),
        False,
        (
            f"Đã có một bản add-in ở {SHARED_ADDIN}: hai bản làm công thức hiện kèm đường dẫn. Gỡ bản đó trước "
            "(kttt-xl addin uninstall, thêm --all-users cho bản dùng chung), rồi chạy lại."
        ),
    ),
    (
        "an antivirus cuts it",
        lambda m: setattr(m, "eaten", b"PK"),
        False,
        (
            f"Đã ghi {ADDIN} nhưng đọc lại thấy khác: phần mềm diệt virus có thể đã giữ tệp. Nhờ IT cho phép tệp có "
            "sha256 {sha256}, rồi chạy lại."
        ),
    ),
    (
        "an antivirus takes it",
        lambda m: setattr(m, "eaten", b""),
        False,
        (
            f"Đã ghi {ADDIN} nhưng đọc lại thấy khác: phần mềm diệt virus có thể đã giữ tệp. Nhờ IT cho phép tệp có "
            "sha256 {sha256}, rồi chạy lại."
        ),
    ),
    (
        "no folder of the user",
        lambda m: m.variables.pop("APPDATA"),
        False,
        "Windows không cho biết thư mục của người dùng (biến APPDATA trống).",
    ),
    (
        "may not be written",
        lambda m: m.read_only.add(ADDIN),
        False,
        f"Không ghi được «{ADDIN}»: không có quyền ghi.",
    ),
    (
        "may not be written for all",
        lambda m: m.read_only.add(SHARED_ADDIN),
        True,
        (
            f"Không ghi được «{SHARED_ADDIN}»: không có quyền ghi. Mở Command Prompt bằng «Run as administrator» rồi "
            "chạy lại."
        ),
    ),
    (
        "Python of one user for all users",
        lambda m: m.move_python(r"C:\Users\Hoa\kttt-xl"),
        True,
        (
            r"Python nằm trong thư mục riêng của một người dùng (C:\Users\Hoa\kttt-xl\pythonw.exe), người khác không "
            r"chạy được: cài Python cho mọi người dùng (ví dụ C:\kttt-xl) rồi chạy lại, hoặc bỏ --all-users."
        ),
    ),
    (
        "no Excel",
        lambda m: m.registry.clear(),
        True,
        "Không thấy Microsoft Excel trên máy này nên không biết thư mục XLSTART dùng chung.",
    ),
]


@pytest.mark.parametrize(
    ("state", "all_users", "sentence"),
    [pytest.param(*row[1:], id=row[0].replace(" ", "-")) for row in REFUSALS],
)
def test_a_refusal_says_the_cure_and_leaves_things_as_they_were(state: State, all_users: bool, sentence: str) -> None:
    machine = bare_machine()
    state(machine)
    before = dict(machine.files)
    digest = sha256(with_settings(addin(), {INTERPRETER: PYTHON, LOGON_SERVER: ""})).hexdigest()
    with pytest.raises(KtttError) as refused:
        install(machine, addin(), all_users=all_users)
    assert (str(refused.value), refused.value.exit_code) == (sentence.replace("{sha256}", digest), 1)
    assert machine.files == before | ({PureWindowsPath(ADDIN): b"PK"} if machine.eaten else {})


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_addin_is_not_installed(content: bytes) -> None:
    with pytest.raises(MisuseError, match="không phải add-in KTTT, hoặc đã hỏng"):
        install(bare_machine(), content)


def test_an_excel_of_another_user_does_not_matter_until_all_are_meant() -> None:
    machine = bare_machine()
    machine.running.append(windows.Process(4711, 4, "EXCEL.EXE", EXE, 1, ours=False))
    install(machine, addin())
    with pytest.raises(KtttError, match="Excel đang chạy"):
        uninstall(machine, all_users=True)


def test_where_the_addin_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, delivered = tmp_path / "named.xlam", tmp_path / "kttt.xlam"
    named.write_bytes(b"named")
    monkeypatch.setattr(addin_install, "folder", lambda _name: tmp_path)
    monkeypatch.setattr(addin_build, "build_addin", lambda: addin_build.Built(b"built", XLWINGS))
    assert (addin_bytes(named), addin_bytes(None)) == (b"named", b"built")
    delivered.write_bytes(b"delivered")
    assert addin_bytes(None) == b"delivered"
    with pytest.raises(MisuseError, match="Không đọc được"):
        addin_bytes(tmp_path / "none.xlam")


# --- removing


@pytest.mark.parametrize("all_users", [False, True], ids=["one-user", "all-users"])
def test_uninstall_leaves_the_machine_as_it_was(all_users: bool) -> None:
    machine = bare_machine()
    before = dict(machine.files)
    install(machine, addin(), all_users=all_users)
    done = uninstall(machine, all_users=all_users)
    assert (machine.files, done.left) == (before, ())
    assert set(done.files) == ({SHARED_ADDIN, SHARED_RECEIPT} if all_users else {ADDIN, RECEIPT})


@given(st.dictionaries(st.sampled_from(["PERSONAL.XLSB", "book.xltx", "kttt.xlam.bak", "xlwings.xlam"]), st.binary()))
@settings(deadline=None, max_examples=20)
def test_files_of_others_are_never_touched(others: dict[str, bytes]) -> None:
    machine = bare_machine()
    for name, content in others.items():
        machine.put(str(PureWindowsPath(ADDIN).with_name(name)), content)
    before = dict(machine.files)
    install(machine, addin())
    uninstall(machine)
    assert machine.files == before


def test_a_file_that_is_not_ours_stays() -> None:
    machine = bare_machine()
    machine.put(ADDIN, b"not ours")
    done = uninstall(machine)
    assert done.files == ()
    assert done.left == (f"{ADDIN}: không phải add-in KTTT, đã hỏng, hoặc không đọc được, nên để nguyên.",)
    assert machine.files[PureWindowsPath(ADDIN)] == b"not ours"


def test_a_workbook_with_such_a_sheet_is_not_ours_for_that() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.add_worksheet("kttt.conf").write_row(0, 0, [INTERPRETER, PYTHON])
    machine = bare_machine()
    machine.put(ADDIN, stream.getvalue())
    assert uninstall(machine).files == ()


def test_another_addin_of_ours_is_named() -> None:
    machine = healthy_machine()
    machine.put(SHARED_ADDIN, addin())
    assert uninstall(machine).left == (f"{SHARED_ADDIN}: một bản add-in khác, lệnh này không đụng tới.",)


def test_nothing_to_remove() -> None:
    assert uninstall(bare_machine()) == addin_install.Removed((), ())


def test_a_receipt_of_a_file_that_is_gone_goes_too() -> None:
    machine = healthy_machine()
    machine.drop(ADDIN)
    assert uninstall(machine).files == (RECEIPT,)
    assert names(machine) == names(bare_machine())


def test_a_file_that_cannot_be_removed_is_said() -> None:
    machine = healthy_machine()
    machine.remove = lambda path: (_ for _ in ()).throw(PermissionError(13, "x"))  # type: ignore[method-assign]
    with pytest.raises(OutputError) as refused:
        uninstall(machine)
    assert str(refused.value) == f"Không xóa được {ADDIN}: không có quyền, hoặc tệp đang mở. Đóng Excel rồi chạy lại."


# --- the commands


@pytest.mark.parametrize("command", ["install", "uninstall", "doctor"])
@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["text", "json"])
def test_not_on_windows(command: str, as_json: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = commands.run(["addin", command, *as_json])
    shown = capsys.readouterr()
    assert (code, shown.out, shown.err) == (
        2,
        "",
        (
            "Lỗi: Lệnh này chỉ chạy trên Windows có Excel; máy khác dùng máy chủ của tỉnh (kttt-xl serve) hoặc dòng "
            "lệnh.\n"
        ),
    )


def test_commands_from_installing_to_removing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = bare_machine()
    monkeypatch.setattr(windows, "this_windows", lambda: machine)
    file = tmp_path / "kttt.xlam"
    file.write_bytes(addin())
    assert commands.run(["addin", "install", str(file)]) == 0
    digest = sha256(machine.files[PureWindowsPath(ADDIN)]).hexdigest()
    assert capsys.readouterr().out.splitlines() == [
        f"Đã cài {ADDIN}",
        f"sha256 {digest}",
        f"Python: {PYTHON}",
        "Nếu máy có chính sách hạn chế, IT cần cho phép:",
        f"  - Tệp {ADDIN}, sha256 {digest} (add-in, chưa ký số).",
        (
            f"  - EXCEL.EXE nạp xlwings64-{XLWINGS}.dll hoặc xlwings32-{XLWINGS}.dll cạnh {PYTHON} hoặc ở thư mục ngay "
            "trên."
        ),
        f"  - EXCEL.EXE khởi động {PYTHON} (quy tắc ASR về tiến trình con của Office).",
        rf"  - Vị trí tin cậy {PureWindowsPath(ADDIN).parent} (macro của add-in).",
        "Mở Excel, xem tab KTTT; chưa thấy hoặc báo lỗi thì chạy: kttt-xl addin doctor",
    ]
    assert commands.run(["addin", "doctor"]) == 0
    capsys.readouterr()
    assert commands.run(["addin", "uninstall"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"Đã xóa {ADDIN}",
        f"Đã xóa {RECEIPT}",
        "Python và gói kttt-xl vẫn còn; muốn gỡ: pip uninstall kttt-xl",
    ]
    assert commands.run(["addin", "uninstall"]) == 0
    assert capsys.readouterr().out.startswith("Không có gì để gỡ.\n")


def test_commands_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    machine = bare_machine()
    monkeypatch.setattr(windows, "this_windows", lambda: machine)
    file = tmp_path / "kttt.xlam"
    file.write_bytes(addin())
    assert commands.run(["addin", "install", str(file), "--all-users", "--json"]) == 0
    installed = json.loads(capsys.readouterr().out)
    assert (installed["file"], len(installed["allow"]), sorted(installed)) == (
        SHARED_ADDIN,
        4,
        ["allow", "file", "interpreter", "kttt", "sha256", "xlwings"],
    )
    assert commands.run(["addin", "uninstall", "--all-users", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": [SHARED_ADDIN, SHARED_RECEIPT], "left": []}


def test_excel_is_asked_to_be_closed_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = bare_machine()
    excel_runs(machine)
    monkeypatch.setattr(windows, "this_windows", lambda: machine)
    monkeypatch.setattr(addin_install, "addin_bytes", lambda _file: pytest.fail("made"))
    assert commands.run(["addin", "install"]) == 1
    assert capsys.readouterr().err == f"Lỗi: {REFUSALS[0][3]}\n"


# --- this machine: what of it can be tried without Windows


def test_files_of_this_machine(tmp_path: Path) -> None:
    machine, file = ThisWindows(), tmp_path / "new" / "kttt.xlam"
    assert (machine.read(file), machine.names(file.parent), machine.is_marked(file)) == (None, (), False)
    machine.write(file, b"content")
    (tmp_path / "new" / "kttt.xlam:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3\n")  # a stream on NTFS
    assert (machine.read(file), machine.read(file, 3), machine.is_marked(file)) == (b"content", b"con", True)
    machine.unmark(file)
    assert (machine.is_marked(file), machine.names(file.parent)) == (False, ("kttt.xlam",))
    machine.remove(file)
    machine.remove(file)
    assert machine.names(file.parent) == ()


def test_the_probe_runs_in_its_own_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    ran = ThisWindows().run(Path(sys.executable), ("-P", "-B", "-m", "kttt_xl.addin_probe", PERIOD), 60)
    answer = json.loads(ran.out)
    seconds = answer.pop("load"), answer.pop("block")
    assert (ran.code, ran.err) == (0, "")
    assert all(0 < each < ran.seconds for each in seconds)
    assert answer == {
        "kttt": __version__,
        "xlwings": XLWINGS,
        "folder": str(Path(__file__).parent.parent),
        "prefix": sys.prefix,
        "pywin32": False,
        "text": PERIOD,
        "dlls": {},
    }


def test_a_program_runs_in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = ThisWindows().run(Path(sys.executable), ("-c", "import os; print(os.getcwd())"), 60)
    assert Path(ran.out.strip()) == Path(sys.executable).parent.resolve()


def test_a_program_that_hangs_is_left() -> None:
    with pytest.raises(TimeoutError):
        ThisWindows().run(Path(sys.executable), ("-c", "import time; time.sleep(20)"), 0.3)


def test_without_windows_registry_and_processes_are_questions_without_an_answer() -> None:
    for question in (ThisWindows().processes, lambda: ThisWindows().values("HKCU\\Software")):
        with pytest.raises(OSError, match=r"not Windows|Software"):
            question()


def test_a_process_entry_is_laid_out_as_windows_has_it() -> None:
    """PROCESSENTRY32W in 64 bit: 568 bytes, the name at 44."""
    assert (ctypes.sizeof(ProcessEntry), ProcessEntry.heap.offset, ProcessEntry.name.offset) == (568, 16, 44)
    text = "EXCEL.EXE\0rest".encode("utf-16-le")
    assert ProcessEntry(name=(ctypes.c_uint16 * 260).from_buffer_copy(text.ljust(520, b"\0"))).text() == "EXCEL.EXE"
