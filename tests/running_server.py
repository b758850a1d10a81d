"""The province's server as `kttt-xl serve` starts it, in a process of its own on a free port of this machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import xlwings

ROOT = Path(__file__).parent.parent


def command(*arguments: str) -> list[str]:
    """Return the command line of kttt-xl in this checkout."""
    return [sys.executable, str(ROOT / "cli.py"), *arguments]


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[str]:
    """Give the address of a server run from a project folder, which is made when it is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, log = f"http://127.0.0.1:{port}", folder.with_suffix(".log")
    with log.open("wb") as output:
        server = subprocess.Popen(
            command("serve", "--folder", str(folder), "--port", str(port)),
            stdout=output,
            stderr=output,
            env=os.environ | environment,
            start_new_session=True,
        )
    try:
        _wait(address, server, log)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=30)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text(encoding="utf-8"))


def function_call(name: object, arguments: list[object], **other: object) -> dict[str, object]:
    """Return what Office.js posts for a worksheet function (static/js/custom-functions/custom-functions-code.js)."""
    return {
        "client": "Office.js",
        "func_name": name,
        "args": arguments,
        "caller_address": "[So.xlsx]Sheet1!C1",
        "session_id": "phien",
        "culture_info_name": "vi-VN",
        "date_format": "dd/mm/yyyy",
        "version": xlwings.__version__,
        "runtime": "1.4",
    } | other
