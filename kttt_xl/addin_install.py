"""Put the add-in where Excel opens it, and take it away again: one file of ours, and nothing of anybody else's.

What is written: kttt.xlam with its settings inside, and a receipt by which doctor knows later whether the file is
still as it was. No registry is written, so that no setting of Excel's security changes. Source: addin.md 6.
"""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PureWindowsPath

from kttt_xl.addin_checks_file import check_modules
from kttt_xl.addin_checks_python import check_dll, check_package, check_python, check_versions, is_excel
from kttt_xl.addin_excel import find_excel
from kttt_xl.addin_file import INTERPRETER, KTTT_VERSION, XLWINGS_VERSION, with_settings
from kttt_xl.addin_machine import (
    FILE_NAME,
    LOGON_SERVER,
    Copy,
    Receipt,
    examine,
    find_copies,
    read_copy,
    read_held,
    read_receipt,
    receipt_files,
    user_start,
    windowless_python,
)
from kttt_xl.addin_texts import BAD
from kttt_xl.errors import KtttError, MisuseError, OutputError
from kttt_xl.resources import folder
from kttt_xl.windows import Windows

_BEFORE = (check_modules, check_python, check_package, check_versions, check_dll)  # what must hold before installing


@dataclass(frozen=True, slots=True)
class Installed:
    """What was installed: the file, its sha256, its settings, and the sentences for those who keep the machine."""

    file: str
    sha256: str
    interpreter: str
    kttt: str
    xlwings: str
    allow: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, and what was left and why; both empty when there was nothing."""

    files: tuple[str, ...]
    left: tuple[str, ...]


def addin_bytes(given: Path | None) -> bytes:
    """Return the add-in to install: the file named, else the one delivered with the package, else one made now.

    MisuseError when the file is not there, or none was delivered and it cannot be made here.
    """
    delivered = folder("macros") / FILE_NAME
    if given is None and not delivered.is_file():
        from kttt_xl.addin_build import build_addin  # noqa: PLC0415  # needs the extra "addin"

        return build_addin().content
    try:
        return (given or delivered).read_bytes()
    except OSError as error:
        raise MisuseError(f"Không đọc được «{given or delivered}».") from error


def install(windows: Windows, addin: bytes, *, all_users: bool = False, logon_server: bool = False) -> Installed:
    """Install the add-in for this user, or for all users of the machine; an older one of ours is replaced.

    logon_server: the add-in starts no Python but connects to one that runs since logon. KtttError when Excel runs, when
    the add-in would not work (each reason with its cure), when another file has its name, or the copy is not whole.
    """
    require_no_excel(windows, all_users=all_users)
    given = read_copy(PureWindowsPath(FILE_NAME), addin)
    if given.settings is None:
        raise MisuseError("Tệp này không phải add-in KTTT, hoặc đã hỏng.")
    python = windowless_python(PureWindowsPath(windows.interpreter))
    changes = {INTERPRETER: str(python), LOGON_SERVER: "TRUE" if logon_server else ""}
    content = with_settings(addin, changes)
    target = _target(windows, all_users=all_users)
    _require_sound(windows, Copy(target, content, dict(given.settings) | changes))
    if all_users and _is_private(windows, python):
        raise KtttError(
            f"Python nằm trong thư mục riêng của một người dùng ({python}), người khác không chạy được: cài Python cho "
            "mọi người dùng (ví dụ C:\\kttt-xl) rồi chạy lại, hoặc bỏ --all-users."
        )
    _require_place(windows, target)
    _write(windows, target, content, all_users=all_users)
    windows.unmark(target)
    digest = sha256(content).hexdigest()
    there = read_held(windows, target)
    if there is None or sha256(there).hexdigest() != digest:
        raise OutputError(
            f"Đã ghi {target} nhưng đọc lại thấy khác: phần mềm diệt virus có thể đã giữ tệp. Nhờ IT cho phép tệp có "
            f"sha256 {digest}, rồi chạy lại."
        )
    receipt = Receipt(str(target), digest, given.settings[KTTT_VERSION], given.settings[XLWINGS_VERSION], str(python))
    file = receipt_files(windows)[all_users]
    text = json.dumps(asdict(receipt), ensure_ascii=False, indent=1)
    _write(windows, file, f"{text}\n".encode(), all_users=all_users)
    return Installed(**asdict(receipt), allow=_allow(receipt, logon_server=logon_server))


def uninstall(windows: Windows, *, all_users: bool = False) -> Removed:
    """Remove the add-in that install put there, and its receipt; a file of that name that is not ours stays.

    KtttError when Excel runs.
    """
    require_no_excel(windows, all_users=all_users)
    target = _target(windows, all_users=all_users)
    removed, left = [], []
    content = read_held(windows, target)
    if content is not None and read_copy(target, content).settings is None:
        left.append(f"{target}: không phải add-in KTTT, đã hỏng, hoặc không đọc được, nên để nguyên.")
    elif content is not None:
        _remove(windows, target)
        removed.append(str(target))
    receipt = receipt_files(windows)[all_users]
    if read_receipt(windows, receipt) is not None:
        _remove(windows, receipt)
        removed.append(str(receipt))
    left += [
        f"{copy.path}: một bản add-in khác, lệnh này không đụng tới."
        for copy in find_copies(windows, find_excel(windows))
        if copy.path != target
    ]
    return Removed(tuple(removed), tuple(left))


def require_no_excel(windows: Windows, *, all_users: bool) -> None:
    """Raise KtttError while Excel runs: it holds the file, and would go on with the old one (complaint 10)."""
    try:
        running = [process for process in windows.processes() if is_excel(process) and (process.ours or all_users)]
    except OSError as error:
        raise KtttError("Không hỏi được Windows xem Excel có đang chạy không; thử lại.") from error
    if running:
        numbers = ", ".join(str(process.pid) for process in running)
        raise KtttError(
            f"Excel đang chạy (tiến trình số {numbers}): lưu và đóng mọi cửa sổ Excel rồi chạy lại; không thấy cửa sổ "
            "nào thì kết thúc EXCEL.EXE trong Task Manager."
        )


def _target(windows: Windows, *, all_users: bool) -> PureWindowsPath:
    if not all_users:
        if not windows.environment("APPDATA"):
            raise KtttError("Windows không cho biết thư mục của người dùng (biến APPDATA trống).")
        return user_start(windows) / FILE_NAME
    excel = find_excel(windows)
    if excel is None:
        raise KtttError("Không thấy Microsoft Excel trên máy này nên không biết thư mục XLSTART dùng chung.")
    return excel.all_users_start / FILE_NAME


def _require_sound(windows: Windows, copy: Copy) -> None:
    """Raise KtttError with every reason why the add-in would not work on this machine, each with its cure."""
    machine = examine(windows, copy)
    bad = [seen for check in _BEFORE if (seen := check(machine)).verdict == BAD]
    if bad:
        raise KtttError("Chưa cài được add-in.\n" + "\n".join(f"{seen.found} {seen.cure}" for seen in bad))


def _require_place(windows: Windows, target: PureWindowsPath) -> None:
    """Raise KtttError when a file that is not ours has the name, or another add-in of ours lies elsewhere (9)."""
    for copy in find_copies(windows, find_excel(windows)):
        if copy.path == target and copy.settings is None:
            raise KtttError(
                f"{target} đã có và không phải add-in KTTT (hoặc không đọc được): chuyển tệp đó sang thư mục khác "
                "rồi chạy lại."
            )
        if copy.path != target:
            raise KtttError(
                f"Đã có một bản add-in ở {copy.path}: hai bản làm công thức hiện kèm đường dẫn. Gỡ bản đó trước "
                "(kttt-xl addin uninstall, thêm --all-users cho bản dùng chung), rồi chạy lại."
            )


def _is_private(windows: Windows, python: PureWindowsPath) -> bool:
    profile = windows.environment("USERPROFILE")
    return bool(profile) and python.is_relative_to(PureWindowsPath(profile).parent)


def _write(windows: Windows, file: PureWindowsPath, content: bytes, *, all_users: bool) -> None:
    try:
        windows.write(file, content)
    except OutputError as error:
        if not all_users:
            raise
        raise OutputError(f"{error} Mở Command Prompt bằng «Run as administrator» rồi chạy lại.") from error


def _remove(windows: Windows, file: PureWindowsPath) -> None:
    try:
        windows.remove(file)
    except OSError as error:
        raise OutputError(
            f"Không xóa được {file}: không có quyền, hoặc tệp đang mở. Đóng Excel rồi chạy lại."
        ) from error


def _allow(receipt: Receipt, *, logon_server: bool) -> tuple[str, ...]:
    """Return what those who keep the machine must allow; which of it a machine needs, doctor says."""
    python = PureWindowsPath(receipt.interpreter)
    dlls = f"xlwings64-{receipt.xlwings}.dll hoặc xlwings32-{receipt.xlwings}.dll"
    start = f'Chạy lúc đăng nhập: "{python}" -P -c "import xlwings; xlwings.serve()"'
    return (
        f"Tệp {receipt.file}, sha256 {receipt.sha256} (add-in, chưa ký số).",
        f"EXCEL.EXE nạp {dlls} cạnh {python} hoặc ở thư mục ngay trên.",
        start if logon_server else f"EXCEL.EXE khởi động {python} (quy tắc ASR về tiến trình con của Office).",
        f"Vị trí tin cậy {PureWindowsPath(receipt.file).parent} (macro của add-in).",
    )
