"""The application that uvicorn runs: the xlwings-server project behind a guard on sizes, times and strangers.

What the guard refuses never reaches the project. Without a provider of authentication the server is for this computer
alone, also behind a proxy that somebody put before it, and also for web pages that this computer's browser shows.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

_MIB = 1 << 20
UPLOADS = ("/kttt/kiem-tra", "/kttt/tong-hop")
# Excel on the web reads these from a page of its own; they say what the functions are called, and nothing else.
_PUBLIC = ("/xlwings/custom-functions-meta.json", "/xlwings/custom-functions-code.js")
_BODILESS = ("GET", "HEAD", "OPTIONS")
_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"via")
CURE = (
    "Máy chủ KTTT chưa đặt cách đăng nhập nên chỉ nhận yêu cầu từ chính máy này. Người quản trị đặt "
    "XLWINGS_AUTH_PROVIDERS trong tệp .env của thư mục máy chủ."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may bring, in bytes, and how long it may take to bring it, in seconds."""

    call: int = 32 * _MIB  # a function's arrays, or a workbook for a script
    calls: int = 256 * _MIB  # all the calls being answered, which are held in memory
    upload: int = 200 * _MIB  # all the files of one check, which go to the disk; the gate limits each
    seconds: float = 120


def make_app() -> Application:
    """Return the guarded project of the folder XLWINGS_PROJECT_DIR; uvicorn calls this in each of its processes."""
    from xlwings_server.config import settings  # noqa: PLC0415  # reads the project's settings
    from xlwings_server.main import app, main_app  # noqa: PLC0415

    app.url_path_for("own_file", file="kttt.js")  # raises where our router could not be loaded, which is only logged
    return guarded(main_app, closed=not settings.auth_providers)


def guarded(app: Application, *, closed: bool, limits: Limits | None = None) -> Application:
    """Return the application behind the guard; closed refuses whatever does not come from this computer."""
    bounds = limits or Limits()

    held = 0

    async def guard(scope: Message, receive: Receive, send: Send) -> None:
        nonlocal held
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # the add-in opens none
        elif scope["type"] != "http":
            await app(scope, receive, send)
        elif refused := _refusal(scope, bounds, held, closed=closed):
            await _answer(send, *refused)
        else:
            public, size = scope["path"].endswith(_PUBLIC), _held(scope)
            held += size
            try:
                await _in_time(app, scope, receive, _for_everyone(send) if public else send, bounds)
            finally:
                held -= size

    return guard


def _refusal(scope: Message, limits: Limits, held: int, *, closed: bool) -> tuple[int, str] | None:
    headers = dict(scope["headers"])
    if closed and not _from_here(scope, headers):
        return 403, CURE
    if scope["method"] in _BODILESS:
        return None
    size = headers.get(b"content-length", b"").decode("latin-1")
    if not (size.isascii() and size.isdecimal()):
        return 411, "Yêu cầu không cho biết dung lượng (thiếu Content-Length)."
    most = limits.upload if scope["path"].endswith(UPLOADS) else limits.call
    if len(size) > 15 or int(size) > most:
        return 413, f"Nội dung gửi lên vượt {most // _MIB} MB: gửi ít tệp hơn một lần, hoặc chọn vùng dữ liệu nhỏ hơn."
    if _held(scope) + held > limits.calls:
        return 503, "Máy chủ đang bận; thử lại sau ít phút."
    return None


def _held(scope: Message) -> int:
    """Return how many bytes a request holds in memory while it is answered."""
    if scope["method"] in _BODILESS or scope["path"].endswith(UPLOADS):
        return 0
    return int(dict(scope["headers"])[b"content-length"])


def _from_here(scope: Message, headers: MutableMapping[bytes, bytes]) -> bool:
    """Tell whether a request was made on this computer, to this computer, by a page of this server or by no page.

    The browser shows other servers' pages too; what Excel on the web reads is open to all of them.
    """
    client = scope["client"][0] if scope.get("client") else ""
    host, origin = (headers.get(name, b"").decode("latin-1") for name in (b"host", b"origin"))
    try:
        own_page = not origin or scope["path"].endswith(_PUBLIC) or urlsplit(origin).netloc == host
        names = is_loopback(urlsplit(f"//{host}").hostname or ""), own_page
    except ValueError:  # what is no host at all
        return False
    return all(names) and is_loopback(client) and not any(name in headers for name in _FORWARDED)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this computer itself, by address or as localhost."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def _in_time(app: Application, scope: Message, receive: Receive, send: Send, limits: Limits) -> None:
    """Run the application while the body arrives in time; else answer for it, and let it see a client that left."""
    until = asyncio.get_running_loop().time() + limits.seconds
    late = whole = False

    async def received() -> Message:
        nonlocal late, whole
        if whole:  # what comes now is the client leaving, whenever it does
            return await receive()
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            late = True
            return {"type": "http.disconnect"}
        whole = not message.get("more_body", False)
        return message

    async def sent(message: Message) -> None:
        if not late:
            await send(message)

    try:
        await app(scope, received, sent)
    except Exception:
        if not late:
            raise
    if late:
        await _answer(send, 408, "Nội dung gửi lên quá chậm; kiểm tra đường truyền rồi gửi lại.")


def _for_everyone(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message["headers"] if pair[0].lower() != b"access-control-allow-origin"]
            message = {**message, "headers": [*kept, (b"access-control-allow-origin", b"*")]}
        await send(message)

    return sent


async def _answer(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"detail": sentence}, ensure_ascii=False).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # the rest of what was refused is not read
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
