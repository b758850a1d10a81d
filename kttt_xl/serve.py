"""The xlwings-server project of an office: its folder, made and kept up to date, and the server run from it.

The folder holds what the office decides (.env, the add-in's ids, its own plans) and a few lines that lead into this
package. What those lines lead to, task pane, manifest and icons, stays in the package and is upgraded with it; a file
of the same name in the folder comes before it. Source: addin.md, section 3.1; xlwings-server 1.20.0, main.py.
"""

import hashlib
import importlib.util
import os
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kttt_xl import __version__, resources, uploads
from kttt_xl.errors import KtttError, MisuseError
from kttt_xl.server_app import is_loopback
from kttt_xl.writer import create_private, make_folder, write_file

# The lines of ours, by file.
_OURS = {
    "custom_functions/__init__.py": (
        "from kttt_xl import server_calls, speedup\nfrom kttt_xl.udfs import *\n\n"
        "speedup.install()\nserver_calls.install()\n"
    ),
    "custom_scripts/__init__.py": "from kttt_xl.server_scripts import *\n",
    "routers/__init__.py": "",
    "routers/custom.py": (
        "from xlwings_server.config import PROJECT_DIR, settings\n\n"
        "from kttt_xl.server_routes import make_router\n\n"
        "router = make_router(settings.app_path, PROJECT_DIR)\n"
    ),
}
_MARK = "# kttt-xl {version} sha256:{digest} (tệp của kttt-xl; sửa thì kttt-xl sẽ không thay nữa)\n"
_ENVIRONMENTS = ("dev", "qa", "uat", "staging", "prod")
NOT_INSTALLED = 'Chưa cài phần máy chủ: chạy «pip install "kttt-xl[server]"», rồi chạy lại lệnh này.'


@dataclass(frozen=True, slots=True)
class Access:
    """What the project's settings say of who may come in."""

    providers: tuple[str, ...]
    entraid: bool  # client and tenant are named
    origins: tuple[str, ...]  # pages of other servers that may call
    custom: Path  # the office's own provider


def make_project(folder: Path) -> list[str]:
    """Make the project folder, or bring it up to this version; return what was done, as Vietnamese sentences.

    A file that the office changed is kept, with ours beside it as *.moi. The add-in's ids are drawn once and kept: an
    add-in with another id is another add-in to Excel, and officers would have to install it again.
    """
    make_folder(folder)
    told = [f"Đã tạo {folder / name}." for name, content in _once() if create_private(folder / name, content)]
    make_folder(folder / uploads.OWN_PLANS)
    for name, body in _OURS.items():
        make_folder((folder / name).parent)
        told += _keep_up(folder / name, body)
    return told


def _once() -> Iterator[tuple[str, bytes]]:
    """Yield the files that are made once and are the office's from then on."""
    yield ".env", (resources.folder("server") / "env.txt").read_bytes()
    ids = "".join(f'manifest_id_{name} = "{uuid.uuid4()}"\n' for name in _ENVIRONMENTS)
    head = "# Mã của add-in trong Excel: giữ nguyên và sao lưu, đổi mã là cán bộ phải cài lại add-in.\n"
    yield "pyproject.toml", f"{head}[tool.xlwings_server]\n{ids}".encode()


def _keep_up(path: Path, body: str) -> list[str]:
    """Write a file of ours, unless the office changed it; return what was done."""
    content = _marked(body)
    if not path.exists():
        write_file(path, content)
        return [f"Đã tạo {path}."]
    found = path.read_bytes()
    if found == content:
        return []
    mark, _, rest = found.decode("utf-8", "replace").replace("\r\n", "\n").partition("\n")
    if f"sha256:{_digest(rest)}" in mark:
        write_file(path, content)
        return [f"Đã nâng cấp {path} lên kttt-xl {__version__}."] if rest != body else []
    beside = path.with_name(f"{path.name}.moi")
    write_file(beside, content)
    return [f"Giữ nguyên {path} vì đã được sửa; bản của kttt-xl {__version__} ở {beside.name}, so rồi tự sửa theo."]


def _marked(body: str) -> bytes:
    return (_MARK.format(version=__version__, digest=_digest(body)) + body).encode()


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def refusal(host: str, access: Access) -> str | None:
    """Return why the server must not be opened at a host with these settings, and the cure; None when it may."""
    local = is_loopback(host)
    if not access.providers and not local:
        return (
            f"Không mở máy chủ ở {host} khi chưa đặt cách đăng nhập: đặt XLWINGS_AUTH_PROVIDERS trong tệp .env của "
            "thư mục máy chủ (entraid hoặc custom), hoặc dùng --host 127.0.0.1 để chỉ chạy cho máy này."
        )
    if not access.providers and access.origins:
        return (
            "XLWINGS_CORS_ALLOW_ORIGINS phải là [] khi chưa đặt cách đăng nhập (XLWINGS_AUTH_PROVIDERS) trong tệp .env."
        )
    if "entraid" in access.providers and not access.entraid:
        return "Đăng nhập entraid cần XLWINGS_AUTH_ENTRAID_CLIENT_ID và XLWINGS_AUTH_ENTRAID_TENANT_ID trong tệp .env."
    if "custom" in access.providers and not _own_provider(access.custom):
        return (
            f"Đăng nhập custom cần hàm validate_token của đơn vị trong {access.custom}; bản mẫu của xlwings Server "
            "nhận một mật khẩu ai cũng biết (test-token) nên không dùng được."
        )
    return None


def _own_provider(path: Path) -> bool:
    """Tell whether the office wrote its provider; the sample lets in everybody who has read xlwings' manual."""
    try:
        return b"test-token" not in path.read_bytes()
    except OSError:
        return False


def require_installed() -> None:
    """Raise KtttError, with the cure, when the server's libraries are not installed."""
    if importlib.util.find_spec("xlwings_server") is None:
        raise KtttError(NOT_INSTALLED)


def enter(folder: Path) -> None:
    """Let this process, and those it starts, work in the project folder."""
    from dotenv import dotenv_values  # noqa: PLC0415  # comes with the server

    os.environ["XLWINGS_PROJECT_DIR"] = str(folder.resolve())
    own = {name: value for name, value in dotenv_values(folder / ".env").items() if name.startswith("KTTT_")}
    os.environ.update({name: value for name, value in own.items() if value and name not in os.environ})
    if str(folder.resolve()) not in sys.path:
        sys.path.insert(0, str(folder.resolve()))


def read_access(folder: Path) -> Access:
    """Return what the settings of the project that enter() named say; MisuseError when they cannot be read."""
    try:
        from xlwings_server.config import settings  # noqa: PLC0415  # reads the folder's .env
    except ValueError as error:
        raise MisuseError(f"Tệp {folder / '.env'} có mục không đọc được: {error}") from error

    return Access(
        tuple(settings.auth_providers or ()),
        bool(settings.auth_entraid_client_id and settings.auth_entraid_tenant_id),
        tuple(settings.cors_allow_origins),
        folder / "auth" / "custom" / "__init__.py",
    )


def require_access(folder: Path, host: str) -> None:
    """Raise MisuseError, with the cure, when the project's settings do not fit the host it is to be opened at."""
    why_not = refusal(host, read_access(folder))
    if why_not:
        raise MisuseError(why_not)


def run(host: str, port: int, workers: int) -> None:
    """Run the server until it is stopped, from the project that enter() named."""
    import uvicorn  # noqa: PLC0415  # an extra

    uvicorn.run(
        "kttt_xl.server_app:make_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=30,
        server_header=False,
        date_header=False,
    )
