"""The server's project folder, who may come in, and the guard before the project."""

import asyncio
import importlib.util
import os
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

import pytest
from running_server import command

from kttt_xl import commands, serve, server_app
from kttt_xl.errors import MisuseError
from kttt_xl.serve import Access

OURS = ["custom_functions/__init__.py", "custom_scripts/__init__.py", "routers/__init__.py", "routers/custom.py"]
ONCE = [".env", "pyproject.toml"]


def files(folder: Path) -> dict[str, str]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


# --- the folder


def test_a_project_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "may-chu"
    told = serve.make_project(folder)
    made = files(folder)
    assert sorted(made) == sorted([*ONCE, *OURS])
    assert told == [f"Đã tạo {folder / name}." for name in [*ONCE, *OURS]]
    assert "from kttt_xl.udfs import *" in made["custom_functions/__init__.py"]
    assert "from kttt_xl.server_scripts import *" in made["custom_scripts/__init__.py"]
    ids = tomllib.loads(made["pyproject.toml"])["tool"]["xlwings_server"]
    assert sorted(ids) == [f"manifest_id_{name}" for name in ("dev", "prod", "qa", "staging", "uat")]
    assert {uuid.UUID(each).version for each in ids.values()} == {4}
    assert serve.make_project(folder) == []
    assert files(folder) == made


def test_two_projects_are_two_add_ins(tmp_path: Path) -> None:
    for name in ("a", "b"):
        serve.make_project(tmp_path / name)
    assert files(tmp_path / "a")["pyproject.toml"] != files(tmp_path / "b")["pyproject.toml"]


def test_settings_hold_secrets_and_are_private(tmp_path: Path) -> None:
    serve.make_project(tmp_path)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_an_upgrade_replaces_what_nobody_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve.make_project(tmp_path)
    before = files(tmp_path)
    path = tmp_path / "custom_scripts" / "__init__.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))  # an editor on Windows looked at it
    monkeypatch.setattr(serve, "__version__", "9.9")
    monkeypatch.setitem(serve._OURS, "custom_scripts/__init__.py", "from kttt_xl.new import *\n")
    assert serve.make_project(tmp_path) == [f"Đã nâng cấp {path} lên kttt-xl 9.9."]
    after = files(tmp_path)
    assert {name: after[name] for name in ONCE} == {name: before[name] for name in ONCE}
    assert path.read_text(encoding="utf-8").startswith("# kttt-xl 9.9 sha256:")
    assert path.read_text(encoding="utf-8").endswith("from kttt_xl.new import *\n")
    assert all(after[name].startswith("# kttt-xl 9.9 ") for name in OURS)
    assert serve.make_project(tmp_path) == []


@pytest.mark.parametrize("changed", ["# của tỉnh\n", "", "# kttt-xl 0.1.0 sha256:0\nx = 1\n"])
def test_what_the_office_changed_is_kept_and_said(tmp_path: Path, changed: str) -> None:
    serve.make_project(tmp_path)
    path = tmp_path / "custom_functions" / "__init__.py"
    ours = path.read_text(encoding="utf-8")
    path.write_text(changed, encoding="utf-8")
    (told,) = serve.make_project(tmp_path)
    assert told.startswith(f"Giữ nguyên {path} vì đã được sửa; bản của kttt-xl ")
    assert path.read_text(encoding="utf-8") == changed
    assert path.with_name("__init__.py.moi").read_text(encoding="utf-8") == ours


# --- the command


def test_without_the_extra_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "xlwings_server" else find(name))
    assert commands.run(["serve", "--folder", str(tmp_path / "may-chu")]) == 1
    assert capsys.readouterr().err == (
        'Lỗi: Chưa cài phần máy chủ: chạy «pip install "kttt-xl[server]"», rồi chạy lại lệnh này.\n'
    )
    assert not (tmp_path / "may-chu").exists()


@pytest.mark.parametrize(
    ("settings", "host", "sentence"),
    [
        ("XLWINGS_AUTH_PROVIDERS=[]", "0.0.0.0", "Lỗi: Không mở máy chủ ở 0.0.0.0 khi chưa đặt cách đăng nhập"),  # noqa: S104
        ("XLWINGS_AUTH_PROVIDERS=[hỏng", "127.0.0.1", "Lỗi: Tệp {folder}/.env có mục không đọc được"),
    ],
)
def test_a_server_that_may_not_open_says_so(tmp_path: Path, settings: str, host: str, sentence: str) -> None:
    serve.make_project(tmp_path)
    (tmp_path / ".env").write_text(settings, encoding="utf-8")
    done = subprocess.run(
        command("serve", "--folder", str(tmp_path), "--host", host), capture_output=True, check=False, encoding="utf-8"
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence.format(folder=tmp_path))


def test_the_folders_settings_reach_kttt_xl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """xlwings reads only its own; what the environment says comes before the file."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setenv("XLWINGS_PROJECT_DIR", "")
    monkeypatch.setenv("KTTT_CAMPAIGN", "của môi trường")
    monkeypatch.setenv("KTTT_SO_TONG_HOP", "")
    monkeypatch.delenv("KTTT_SO_TONG_HOP")
    lines = "KTTT_CAMPAIGN=/srv/dot\nKTTT_SO_TONG_HOP=/srv/sổ.xlsx\nKHAC=1\n"
    (tmp_path / ".env").write_text(lines, encoding="utf-8")
    serve.enter(tmp_path)
    found = {name: os.environ.get(name) for name in ("KTTT_CAMPAIGN", "KTTT_SO_TONG_HOP", "KHAC")}
    assert found == {"KTTT_CAMPAIGN": "của môi trường", "KTTT_SO_TONG_HOP": "/srv/sổ.xlsx", "KHAC": None}
    assert os.environ["XLWINGS_PROJECT_DIR"] == sys.path[0] == str(tmp_path)


# --- who may come in


def access(**changes: Any) -> Access:
    settings: dict[str, Any] = {"providers": (), "entraid": False, "origins": (), "custom": Path("không có")}
    return Access(**(settings | changes))


@pytest.mark.parametrize(
    ("host", "given", "sentence"),
    [
        ("127.0.0.1", {}, None),
        ("localhost", {}, None),
        ("::1", {}, None),
        ("0.0.0.0", {}, "Không mở máy chủ ở 0.0.0.0 khi chưa đặt"),  # noqa: S104  # refused
        ("::", {}, "Không mở máy chủ ở :: khi chưa đặt"),
        ("10.1.2.3", {}, "Không mở máy chủ ở 10.1.2.3 khi chưa đặt"),
        ("localhost.example.com", {}, "Không mở máy chủ ở localhost.example.com"),
        ("127.0.0.1", {"origins": ("*",)}, "XLWINGS_CORS_ALLOW_ORIGINS phải là []"),
        ("10.1.2.3", {"providers": ("entraid",)}, "Đăng nhập entraid cần XLWINGS_AUTH_ENTRAID_CLIENT_ID"),
        ("10.1.2.3", {"providers": ("entraid",), "entraid": True}, None),
        ("10.1.2.3", {"providers": ("entraid",), "entraid": True, "origins": ("*",)}, None),
        ("127.0.0.1", {"providers": ("custom",)}, "Đăng nhập custom cần hàm validate_token"),
        ("10.1.2.3", {"providers": ("entraid", "custom"), "entraid": True}, "Đăng nhập custom cần hàm validate_token"),
    ],
)
def test_who_may_come_in(host: str, given: dict[str, Any], sentence: str | None) -> None:
    told = serve.refusal(host, access(**given))
    assert told is None if sentence is None else (told or "").startswith(sentence)


@pytest.mark.parametrize(
    ("provider", "allowed"), [('if token == "test-token":', False), ("return await ask(token)", True)]
)
def test_xlwings_sample_provider_is_no_provider(tmp_path: Path, provider: str, allowed: bool) -> None:
    path = tmp_path / "__init__.py"
    path.write_text(provider, encoding="utf-8")
    assert (serve.refusal("10.1.2.3", access(providers=("custom",), custom=path)) is None) is allowed


# --- the guard

HERE = {"host": "127.0.0.1:8765"}
Asked = tuple[int, str]


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    """Answer with the size of the body; give up when the client leaves."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        size, more = size + len(message["body"]), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def ask(
    headers: dict[str, str],
    *,
    method: str = "GET",
    path: str = "/",
    client: str = "127.0.0.1",
    closed: bool = True,
    body: tuple[bytes, ...] = (b"",),
    pause: float = 0,
    limits: server_app.Limits | None = None,
) -> Asked:
    """Return the status and the text that the guarded echo answers."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "client": (client, 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    parts, told = list(body), []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    asyncio.run(server_app.guarded(echo, closed=closed, limits=limits)(scope, receive, send))  # type: ignore[arg-type]
    return told[0]["status"], told[1]["body"].decode()


@pytest.mark.parametrize(
    ("headers", "client", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({"host": "localhost"}, "127.0.0.1", 200),
        ({"host": "[::1]:8765"}, "::1", 200),
        ({"origin": "http://127.0.0.1:8765"}, "127.0.0.1", 200),
        ({}, "10.0.0.7", 403),
        ({"host": "kttt.tinh.gov.vn"}, "127.0.0.1", 403),  # a name that was made to lead here, or a proxy's
        ({"host": "127.0.0.1.example.com"}, "127.0.0.1", 403),
        ({"host": ""}, "127.0.0.1", 403),
        ({"host": "["}, "127.0.0.1", 403),
        ({"origin": "http://127.0.0.1:9999"}, "127.0.0.1", 403),
        ({"origin": "null"}, "127.0.0.1", 403),
        ({"x-forwarded-for": "10.0.0.7"}, "127.0.0.1", 403),
        ({"forwarded": "for=10.0.0.7"}, "127.0.0.1", 403),
        ({"x-real-ip": "10.0.0.7"}, "127.0.0.1", 403),
        ({"via": "1.1 proxy"}, "127.0.0.1", 403),
    ],
)
def test_a_server_without_providers_is_for_this_computer(headers: dict[str, str], client: str, status: int) -> None:
    assert ask(HERE | headers, client=client)[0] == status
    assert ask(HERE | headers, client=client, closed=False)[0] == 200


@pytest.mark.parametrize(("origin", "status"), [("https://excel.officeapps.live.com", 200), ("null", 200)])
def test_excel_on_the_web_may_read_what_the_functions_are_called(origin: str, status: int) -> None:
    assert ask(HERE | {"origin": origin}, path="/xlwings/custom-functions-meta.json")[0] == status


SMALL = server_app.Limits(call=10, upload=20, seconds=0.2)


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/xlwings/custom-functions-call", "10", 200),
        ("/xlwings/custom-functions-call", "11", 413),
        ("/kttt/kiem-tra", "20", 200),
        ("/ung-dung/kttt/tong-hop", "21", 413),
        ("/kttt/kiem-tra", "9" * 5000, 413),
        ("/kttt/kiem-tra", "-1", 411),
        ("/kttt/kiem-tra", "1e3", 411),
        ("/kttt/kiem-tra", "", 411),
    ],
)
def test_sizes(path: str, length: str, status: int) -> None:
    headers = HERE | ({"content-length": length} if length else {})
    assert ask(headers, method="POST", path=path, limits=SMALL)[0] == status


def test_calls_share_the_memory() -> None:
    """A call of 10 bytes is answered while another of 10 is; a third would be too much, and Office.js asks again."""
    scope = {"type": "http", "method": "POST", "path": "/", "client": None, "headers": [(b"content-length", b"10")]}
    told: list[int] = []

    async def send(message: Any) -> None:
        told.append(message.get("status", 0))

    async def all_three() -> None:
        release = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await release.wait()
            return {"type": "http.request", "body": b""}

        guard = server_app.guarded(echo, closed=False, limits=server_app.Limits(call=10, calls=20))
        first = [asyncio.create_task(guard(scope, receive, send)) for _ in range(2)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        await guard(scope, receive, send)  # type: ignore[arg-type]
        assert told == [503, 0]
        release.set()
        await asyncio.gather(*first)
        await guard(scope, receive, send)  # type: ignore[arg-type]

    asyncio.run(all_three())
    assert told == [503, 0, 200, 0, 200, 0, 200, 0]


def test_a_body_that_drips_is_cut_off() -> None:
    headers = HERE | {"content-length": "4"}
    quick = ask(headers, method="POST", body=(b"ab", b"cd"), limits=SMALL)
    assert quick == (200, "4")
    slow = ask(headers, method="POST", body=(b"ab", b"cd"), pause=0.15, limits=SMALL)
    assert (slow[0], "Nội dung gửi lên quá chậm" in slow[1]) == (408, True)


def test_the_projects_own_failures_are_not_the_guards() -> None:
    async def failing(_scope: Any, _receive: Any, _send: Any) -> None:
        raise MisuseError("của dự án")

    scope = {"type": "http", "method": "GET", "path": "/", "client": None, "headers": []}
    with pytest.raises(MisuseError, match="của dự án"):
        asyncio.run(server_app.guarded(failing, closed=False)(scope, echo, echo))  # type: ignore[arg-type]
