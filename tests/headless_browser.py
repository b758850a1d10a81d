"""A page in headless Chromium, driven by the DevTools protocol: open, upload, evaluate, photograph."""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Message, Ping, Request


class Page:
    """One tab; every call waits for its answer."""

    def __init__(self, address: str) -> None:
        """Connect to the tab's DevTools address, ws://…"""
        parts = urlsplit(address)
        self._line = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._texts: list[str] = []
        self._partial = ""
        self.events: list[dict[str, Any]] = []
        self._last = 0
        self._line.sendall(self._protocol.send(Request(host=parts.netloc, target=parts.path)))
        while not self._receive(AcceptConnection):
            pass
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """Let go of the tab."""
        self._line.close()

    def _receive(self, wanted: type | None = None) -> bool:
        self._protocol.receive_data(self._line.recv(1 << 20))
        found = False
        for event in self._protocol.events():
            found = found or isinstance(event, wanted or Message)
            if isinstance(event, Ping):
                self._line.sendall(self._protocol.send(event.response()))
            elif isinstance(event, Message):
                self._partial += str(event.data)
                if event.message_finished:
                    self._texts.append(self._partial)
                    self._partial = ""
        return found

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the result of a DevTools command."""
        self._last += 1
        request = {"id": self._last, "method": method, "params": parameters}
        self._line.sendall(self._protocol.send(Message(json.dumps(request))))
        while True:
            while self._texts:
                told = json.loads(self._texts.pop(0))
                if told.get("id") == self._last:
                    assert "error" not in told, told
                    return dict(told["result"])
                if "method" in told:
                    self.events.append(told)
            self._receive()

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, awaited."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, expression: str, seconds: float = 60) -> Any:
        """Return the value of an expression once it is true."""
        until = time.monotonic() + seconds
        while not (found := self.evaluate(expression)):
            assert time.monotonic() < until, f"{expression} stayed {found}"
            time.sleep(0.1)
        return found

    def open(self, address: str) -> None:
        """Open a page and wait until it is loaded."""
        self.call("Page.navigate", url=address)
        self.wait(f"location.href.startsWith({json.dumps(address)}) && document.readyState === 'complete'")

    def choose_files(self, selector: str, files: Sequence[Path]) -> None:
        """Choose files in a file input, as an officer does."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", files=[str(file) for file in files], nodeId=node)

    def picture(self, width: int, height: int) -> bytes:
        """Return a PNG of the page at this size."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextmanager
def browser_page(folder: Path) -> Iterator[Page]:
    """Give a page of a Chromium with a profile of its own; without Chromium skip, never in CI."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        missing = "Chromium is not installed (apt-get install chromium)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    profile = folder / "profile"
    options = (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--lang=vi",
    )
    with (folder / "chromium.log").open("wb") as log:
        browser = subprocess.Popen(
            [program, *options, "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        active = profile / "DevToolsActivePort"
        until = time.monotonic() + 60
        while not (active.exists() and active.read_text().strip()):
            assert browser.poll() is None, (folder / "chromium.log").read_text(errors="replace")
            assert time.monotonic() < until, "Chromium did not start"
            time.sleep(0.1)
        port = active.read_text().split()[0]
        tabs = httpx.get(f"http://127.0.0.1:{port}/json").json()
        with closing(Page(next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"))) as page:
            yield page
    finally:
        os.killpg(browser.pid, 9)
        browser.wait(timeout=30)
