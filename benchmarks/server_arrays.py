"""Arrays through the province's server, against plain Python calls of the same functions; with and without the cure.

xlwings 0.37.8 spends 75 µs on every cell (kttt_xl/speedup.py). Two servers run side by side, one as `kttt-xl serve`
makes it and one without the cure, and are asked in random order what Office.js would ask.
"""

import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import paired

from kttt_xl import udfs

ROOT = Path(__file__).parent.parent
ROWS = ((1_000, 15), (50_000, 3))  # and how many rounds
LEAST = 2.0  # times the cure must bring on 50,000 rows; below it xlwings is cured and ours can go
MOST = 10.0  # times a call through HTTP may take of a plain one on 50,000 rows


@contextmanager
def server(folder: Path, *, cured: bool) -> Iterator[httpx.Client]:
    """Give a client of a server on a free port, stopped in the end."""
    command = [sys.executable, str(ROOT / "cli.py"), "serve", "--folder", str(folder)]
    subprocess.run([*command, "--prepare"], check=True, capture_output=True)
    if not cured:
        stub = folder / "custom_functions" / "__init__.py"
        stub.write_text(stub.read_text(encoding="utf-8").replace("speedup.install()\n", ""), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client:
            while True:
                try:
                    client.get("/")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, "the server did not start"
                    time.sleep(0.1)
            yield client
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ask(client: httpx.Client, name: str, arguments: list[Any]) -> Any:
    """Call a function as Office.js does."""
    body = {
        "client": "Office.js",
        "func_name": name,
        "args": arguments,
        "caller_address": "[So.xlsx]Sheet1!C1",
        "session_id": "1",
        "culture_info_name": "vi-VN",
        "date_format": "dd/mm/yyyy",
        "version": "0.37.8",
        "runtime": "1.4",
    }
    answer = client.post("/xlwings/custom-functions-call", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def cases(rows: int) -> Iterator[tuple[str, list[Any]]]:
    """Yield functions with arguments of so many rows: one result a cell, and one table of all."""
    yield "KTTT_SO", [[[f"{row},5"] for row in range(rows)], [["thập phân"]]]
    table = [["Mã", "Tiền"], *([f"M{row % 97}", row] for row in range(rows))]
    yield "KTTT_TONG_HOP", [table, [["Mã"]], [["Tiền"]], None]


def measured(ways: list[Callable[[], Any]], rounds: int) -> tuple[float, float, float, float]:
    """Return HTTP over plain, uncured over cured, and the ms of plain and of HTTP: medians of paired rounds."""
    chance, times = random.Random(1), [[0.0] * rounds for _ in ways]
    for number in range(rounds):
        for way in chance.sample(range(len(ways)), len(ways)):
            times[way][number] = paired.timed(ways[way])
    plain, cured, stock = times
    return (
        statistics.median(http / python for python, http in zip(plain, cured, strict=True)),
        statistics.median(slow / http for http, slow in zip(cured, stock, strict=True)),
        statistics.median(plain) * 1000,
        statistics.median(cured) * 1000,
    )


def main() -> None:
    """Print the results as Markdown; end with 1 when the cure brings nothing, or HTTP costs too much."""
    print("## Worksheet functions through the server\n")
    print("| function, rows | HTTP / plain Python | without / with the cure | plain, ms | HTTP, ms | rounds |")
    print("| --- | --- | --- | --- | --- | --- |")
    wrong = []
    with (
        tempfile.TemporaryDirectory() as place,
        server(Path(place) / "cured", cured=True) as cured,
        server(Path(place) / "stock", cured=False) as stock,
    ):
        for rows, rounds in ROWS:
            for name, arguments in cases(rows):
                ways: list[Callable[[], Any]] = [
                    partial(getattr(udfs, name), *arguments),
                    partial(ask, cured, name, arguments),
                    partial(ask, stock, name, arguments),
                ]
                assert ways[0]() == ways[1]() == ways[2]()
                over, brings, plain, http = measured(ways, rounds)
                print(f"| {name}, {rows:,} | {over:.1f} | {brings:.1f} | {plain:.0f} | {http:.0f} | {rounds} |")
                if rows == ROWS[-1][0] and (over > MOST or brings < LEAST):
                    wrong.append(f"{name}: HTTP {over:.1f} times plain Python, the cure brings {brings:.1f}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
