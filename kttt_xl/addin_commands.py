"""The commands about the Excel add-in."""

import hashlib
from dataclasses import asdict
from pathlib import Path

import click

from kttt_xl.console import Group, echo_json, json_option, say


@click.group("addin", cls=Group)
def addin_group() -> None:
    """Add-in của Excel: tab KTTT và các hàm KTTT_… dùng trong ô."""


@addin_group.command("build")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Tệp sẽ ghi; mặc định kttt.xlam, hoặc kttt.oxt.")
@click.option("--calc", is_flag=True, help="Làm kttt.oxt cho LibreOffice Calc (chỉ có các hàm), thay cho kttt.xlam.")
@json_option
def addin_build(out: Path | None, calc: bool, as_json: bool) -> int:  # noqa: FBT001  # click passes options by keyword
    """Làm tệp add-in kttt.xlam; làm lại từ cùng một bản phần mềm thì được đúng từng byte."""
    from kttt_xl import writer  # noqa: PLC0415  # --help must be instant
    from kttt_xl.errors import MisuseError  # noqa: PLC0415

    suffix, library = (".oxt", "platformdirs") if calc else (".xlam", "xlwings")
    out = out or Path(f"kttt{suffix}")
    if out.suffix.lower() != suffix:
        raise MisuseError(f"«{out.name}» phải là tên tệp {suffix}.")
    writer.require_writable(out)
    content, version = _calc_addin() if calc else _excel_addin()
    writer.write_file(out, content)
    digest = hashlib.sha256(content).hexdigest()
    if as_json:
        echo_json({"file": str(out), "sha256": digest, "size": len(content), library: version})
        return 0
    say(f"Đã làm add-in {out} ({'kèm' if calc else 'dùng với'} {library} {version}).\nsha256 {digest}")
    return 0


def _excel_addin() -> tuple[bytes, str]:
    from kttt_xl.addin_build import build_addin  # noqa: PLC0415

    built = build_addin()
    return built.content, built.xlwings


def _calc_addin() -> tuple[bytes, str]:
    from kttt_xl.calc_addin import build_calc_addin  # noqa: PLC0415

    built = build_calc_addin()
    return built.content, built.platformdirs


all_users_option = click.option("--all-users", is_flag=True, help="Cho mọi người dùng của máy (cần quyền quản trị).")


@addin_group.command("install")
@click.argument("file", metavar="[KTTT.XLAM]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@all_users_option
@click.option("--logon-server", is_flag=True, help="Dùng máy chủ Python chạy sẵn từ lúc đăng nhập (xem docs/excel.md).")
@json_option
def addin_install(
    file: Path | None,
    all_users: bool,  # noqa: FBT001
    logon_server: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Cài add-in vào Excel trên Windows; đóng Excel trước khi chạy."""
    from kttt_xl import addin_install as installer  # noqa: PLC0415
    from kttt_xl.windows import this_windows  # noqa: PLC0415

    windows = this_windows()
    installer.require_no_excel(windows, all_users=all_users)
    addin = installer.addin_bytes(file)
    done = installer.install(windows, addin, all_users=all_users, logon_server=logon_server)
    if as_json:
        echo_json(asdict(done))
        return 0
    say(f"Đã cài {done.file}\nsha256 {done.sha256}\nPython: {done.interpreter}")
    say("Nếu máy có chính sách hạn chế, IT cần cho phép:")
    for sentence in done.allow:
        say(f"  - {sentence}")
    say("Mở Excel, xem tab KTTT; chưa thấy hoặc báo lỗi thì chạy: kttt-xl addin doctor")
    return 0


@addin_group.command("uninstall")
@all_users_option
@json_option
def addin_uninstall(all_users: bool, as_json: bool) -> int:  # noqa: FBT001
    """Gỡ add-in khỏi Excel trên Windows; chỉ xóa tệp của kttt-xl."""
    from kttt_xl.addin_install import uninstall  # noqa: PLC0415
    from kttt_xl.windows import this_windows  # noqa: PLC0415

    done = uninstall(this_windows(), all_users=all_users)
    if as_json:
        echo_json(asdict(done))
        return 0
    for path in done.files:
        say(f"Đã xóa {path}")
    if not done.files:
        say("Không có gì để gỡ.")
    for sentence in done.left:
        say(f"Còn lại {sentence}")
    say("Python và gói kttt-xl vẫn còn; muốn gỡ: pip uninstall kttt-xl")
    return 0


@addin_group.command("doctor")
@json_option
def addin_doctor(as_json: bool) -> int:  # noqa: FBT001
    """Tìm những gì làm add-in không chạy trên máy Windows này, và cách sửa từng điều; không thay đổi gì."""
    from kttt_xl.addin_doctor import diagnose  # noqa: PLC0415
    from kttt_xl.windows import this_windows  # noqa: PLC0415

    found = diagnose(this_windows())
    if as_json:
        echo_json(found.as_json())
    else:
        for line in found.lines():
            say(line)
    return 1 if found.is_bad else 0
