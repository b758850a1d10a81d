"""The doctor on machines where each known complaint happens: what it finds and the cure it names, word for word."""

import json
from collections.abc import Callable
from pathlib import PureWindowsPath

import pytest
from fake_windows import ADDIN, RECEIPT, SHARED_ADDIN, FakeWindows, healthy_machine
from windows_complaints import (
    addin_cut,
    bridge_lost,
    children_blocked,
    dll_cut,
    dll_gone,
    never_installed,
    package_not_there,
    python_in_onedrive,
    python_moved,
    quarantined,
    slow_block,
    slow_start,
    two_addins,
    vba_open,
    vietnamese_folder,
    xlwings_upgraded,
    zombies,
)

from kttt_xl import commands, windows
from kttt_xl.addin_doctor import CHECKS, diagnose
from kttt_xl.addin_texts import BAD, GOOD, LOOK, UNKNOWN

State = Callable[[FakeWindows], object]
SHA = "{sha256 of the installed add-in}"


def test_a_machine_with_the_addin_installed_is_well() -> None:
    found = diagnose(healthy_machine())
    assert [check.name for check, seen in found.signs] == [check.name for check in CHECKS]
    assert {seen.verdict for _, seen in found.signs} == {GOOD}
    assert not found.is_bad


# --- the fifteen complaints of addin.md 6.2: a machine on which each happens, and what the officer is told


PIP = r'Chạy: "C:\kttt-xl\python.exe" -m pip install'
REINSTALL = "Đóng Excel rồi chạy: kttt-xl addin install."
OWN_PYTHON = (
    "Cài Python (bộ cài của python.org) cho mọi người dùng vào thư mục như C:\\kttt-xl, cài kttt-xl vào đó, rồi chạy "
    "lại: kttt-xl addin install."
)
COMPLAINTS: list[tuple[str, State, str, str, str, str]] = [
    (
        "1 DLL not found",
        dll_gone,
        "dll",
        BAD,
        r"Không thấy xlwings64-0.37.8.dll cạnh Python (C:\kttt-xl) và ở thư mục ngay trên.",
        (
            f"{PIP} --force-reinstall --no-deps xlwings==0.37.8. Tệp lại mất là do "
            "phần mềm diệt virus: nhờ IT khôi phục và cho phép."
        ),
    ),
    (
        "2 DLL of another version after an upgrade",
        xlwings_upgraded,
        "dll",
        BAD,
        "Add-in cần xlwings64-0.37.8.dll, cạnh Python chỉ có xlwings64-0.38.0.dll: xlwings đã đổi phiên bản.",
        f"{PIP} xlwings==0.37.8.",
    ),
    (
        "2 package of another version than the add-in",
        xlwings_upgraded,
        "versions",
        BAD,
        "Add-in làm cho xlwings 0.37.8, Python có xlwings 0.38.0: hai bên phải bằng nhau.",
        f"{PIP} xlwings==0.37.8; hoặc cài kttt.xlam cùng bản với kttt-xl đang dùng.",
    ),
    (
        "2 DLL eaten in part",
        dll_cut,
        "dll",
        BAD,
        "xlwings64-0.37.8.dll không còn như lúc phát hành: hỏng, hoặc bị phần mềm diệt virus sửa.",
        (f"{PIP} --force-reinstall --no-deps xlwings==0.37.8; nhờ IT cho phép tệp này."),
    ),
    (
        "3 add-in in quarantine",
        quarantined,
        "addin",
        BAD,
        f"Đã cài {ADDIN} nhưng nay không còn: phần mềm diệt virus có thể đã cách ly.",
        (
            f"Xem mục cách ly của phần mềm diệt virus; nhờ IT cho phép tệp có sha256 {SHA}; rồi chạy lại: "
            "kttt-xl addin install."
        ),
    ),
    (
        "3 add-in is not what was installed",
        addin_cut,
        "addin",
        BAD,
        f"{ADDIN} không còn như lúc cài (sha256 nay là {{now}}): bị sửa, hoặc phần mềm diệt virus đã cắt bớt.",
        f"Nhờ IT cho phép tệp có sha256 {SHA}, rồi đóng Excel và chạy lại: kttt-xl addin install.",
    ),
    (
        "4 child processes blocked",
        children_blocked,
        "child-processes",
        BAD,
        "Quy tắc ASR «Block Office applications from creating child processes» đang chặn Excel khởi động Python.",
        (
            r"Nhờ IT thêm ngoại lệ ASR cho C:\kttt-xl\pythonw.exe; hoặc cho chạy sẵn máy chủ Python khi đăng nhập và "
            "cài bằng: kttt-xl addin install --logon-server."
        ),
    ),
    (
        "5 Object required",
        bridge_lost,
        "modules",
        BAD,
        f"{ADDIN} thiếu phần KtttBridge: các ô sẽ báo «Object required».",
        "Lấy lại kttt.xlam từ nơi phát hành, rồi chạy: kttt-xl addin install.",
    ),
    (
        "6 Import Functions and trust in VBA projects",
        vba_open,
        "vba-access",
        LOOK,
        "«Trust access to the VBA project object model» đang bật; kttt-xl không cần quyền này.",
        "Nên tắt: Tệp > Tùy chọn > Trung tâm tin cậy > Thiết đặt macro; không dùng «Import Functions» của xlwings.",
    ),
    (
        "7 OneDrive",
        python_in_onedrive,
        "python",
        BAD,
        (
            r"Python nằm trong thư mục OneDrive (D:\OneDrive - UBND tinh\kttt-xl\pythonw.exe): tệp có thể không ở "
            "sẵn trên máy."
        ),
        OWN_PYTHON,
    ),
    (
        "8 Excel without a window",
        zombies,
        "hidden-excel",
        LOOK,
        "Excel đang chạy mà không có cửa sổ (tiến trình số 501).",
        "Lưu và đóng mọi sổ, rồi trong Task Manager > Details kết thúc tiến trình EXCEL.EXE có số đó.",
    ),
    (
        "8 Python without an Excel",
        zombies,
        "orphans",
        LOOK,
        "Python của add-in còn chạy mà không thuộc Excel nào (tiến trình số 602).",
        "Trong Task Manager > Details kết thúc tiến trình có số đó, nếu không phải máy chủ do IT cho chạy sẵn.",
    ),
    (
        "9 formulas turn into links",
        two_addins,
        "place",
        BAD,
        f"Có 2 bản add-in: {ADDIN}; {SHARED_ADDIN}. Công thức sẽ hiện kèm đường dẫn của bản này hoặc bản kia.",
        (
            "Giữ một bản: kttt-xl addin uninstall (thêm --all-users cho bản dùng chung), xóa bản còn lại bằng tay; sổ "
            "đã hiện đường dẫn thì vào Dữ liệu > Sửa liên kết > Thay đổi nguồn, chọn bản giữ lại."
        ),
    ),
    (
        "10 nothing in XLSTART",
        never_installed,
        "addin",
        BAD,
        f"Chưa cài add-in: không có {ADDIN}.",
        REINSTALL,
    ),
    (
        "11 module not found",
        package_not_there,
        "package",
        BAD,
        "Python của add-in không nạp được kttt-xl: C:\\kttt-xl\\python.exe: No module named kttt_xl.addin_probe.",
        f'{PIP} "kttt-xl[excel]".',
    ),
    (
        "12 path with Vietnamese letters",
        vietnamese_folder,
        "python",
        BAD,
        (
            r"Không dùng được Python ở «C:\Users\Nguyễn Lan\kttt-xl\pythonw.exe»: phải là đường dẫn đầy đủ trên ổ đĩa "
            "của máy, không dấu tiếng Việt."
        ),
        OWN_PYTHON,
    ),
    (
        "12 text comes back broken",
        lambda machine: machine.answer.update(text="Qu? I/2024"),
        "unicode",
        BAD,
        "Chữ tiếng Việt đi qua Python về thành «Qu? I/2024» thay vì «Quý I/2024».",
        "Gỡ biến môi trường PYTHONIOENCODING, PYTHONLEGACYWINDOWSFSENCODING nếu có, rồi cài lại kttt-xl.",
    ),
    (
        "13 slow over many cells",
        slow_block,
        "speed",
        LOOK,
        "Đọc một khối 1.000 ô mất 4,2 giây.",
        "Dùng một công thức cho cả cột (=KTTT_SO(A1:A1000)), đừng mỗi ô một công thức; nhờ IT xem tải của máy.",
    ),
    (
        "14 functions fail right after opening",
        slow_start,
        "start",
        LOOK,
        "Python khởi động mất 18,4 giây: công thức tính ngay lúc mở sổ sẽ phải chờ.",
        r"Nhờ IT loại thư mục C:\kttt-xl khỏi quét tức thời của phần mềm diệt virus; đừng đặt Python trên ổ mạng.",
    ),
    (
        "15 interpreter not found",
        python_moved,
        "python",
        BAD,
        r"Không thấy Python ở C:\kttt-xl\pythonw.exe: đã gỡ, chuyển chỗ, hoặc bị chặn.",
        f"Cài lại kttt-xl. {REINSTALL}",
    ),
]


@pytest.mark.parametrize(
    ("state", "check", "verdict", "found", "cure"),
    [pytest.param(*row[1:], id=row[0].replace(" ", "-")) for row in COMPLAINTS],
)
def test_complaint(state: State, check: str, verdict: str, found: str, cure: str) -> None:
    machine = healthy_machine()
    digest = json.loads(machine.files[PureWindowsPath(RECEIPT)])["sha256"]
    state(machine)
    seen = {each.name: sign for each, sign in diagnose(machine).signs}[check]
    expected = (found.replace("{now}", str(seen.facts.get("now"))), cure.replace(SHA, digest))
    assert (seen.verdict, seen.found, seen.cure) == (verdict, *expected)


def test_every_complaint_has_its_machine() -> None:
    assert {int(row[0].split()[0]) for row in COMPLAINTS} == set(range(1, 16))


# --- the command


def test_the_command_says_what_needs_doing_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = healthy_machine()
    dll_gone(machine)
    slow_block(machine)
    monkeypatch.setattr(windows, "this_windows", lambda: machine)
    code = commands.run(["addin", "doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line for line in lines if "[" in line][:3] == [
        r"[lỗi] Tệp DLL của xlwings: Không thấy xlwings64-0.37.8.dll cạnh Python (C:\kttt-xl) và ở thư mục ngay trên.",
        "[cần xem] Tốc độ tính: Đọc một khối 1.000 ô mất 4,2 giây.",
        "[tốt] Excel: Microsoft 365 (16.0.17029.20108), 64 bit.",
    ]
    assert lines[1].startswith("    Cách sửa: Chạy: ")
    assert lines[-1] == "1 lỗi; 1 cần xem; 0 không kiểm tra được; 19 tốt."


def test_the_command_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    machine = healthy_machine()
    slow_block(machine)
    monkeypatch.setattr(windows, "this_windows", lambda: machine)
    code = commands.run(["addin", "doctor", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [check["name"] for check in document["checks"]] == [check.name for check in CHECKS]
    assert document["checks"][14] == {
        "name": "speed",
        "title": "Tốc độ tính",
        "verdict": "cần xem",
        "code": "speed-slow",
        "found": "Đọc một khối 1.000 ô mất 4,2 giây.",
        "cure": "Dùng một công thức cho cả cột (=KTTT_SO(A1:A1000)), đừng mỗi ô một công thức; nhờ IT xem tải của máy.",
    }
    assert document["verdicts"] == {BAD: 0, LOOK: 1, UNKNOWN: 0, GOOD: 20}


def test_a_windows_that_answers_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    machine = healthy_machine()
    machine.locked.add(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe")
    monkeypatch.setattr(windows, "this_windows", lambda: machine)
    code = commands.run(["addin", "doctor"])
    assert (code, *capsys.readouterr()) == (
        1,
        "",
        "Lỗi: Windows không trả lời (Access is denied); chạy lại, hoặc nhờ IT xem.\n",
    )
