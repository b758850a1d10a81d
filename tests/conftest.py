"""Fixtures shared by the tests: plans, a key, LibreOffice."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kttt_xl import plans
from kttt_xl.model import Plan
from kttt_xl.period import Period, parse_period

KEY = bytes(range(32))
Job = dict[str, object]


@pytest.fixture(scope="session")
def gia_lai() -> Plan:
    return plans.load_plan("gia-lai-655-2023")


@pytest.fixture(scope="session")
def yen_bai() -> Plan:
    return plans.load_plan("yen-bai-209-2023")


@pytest.fixture(scope="session")
def year() -> Period:
    return parse_period("2024")


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A campaign folder with a key, where the commands look for it."""
    folder = tmp_path / "campaign"
    folder.mkdir()
    (folder / "khoa.key").write_text(KEY.hex() + "\n", encoding="ascii")
    monkeypatch.setenv("KTTT_CAMPAIGN", str(folder))
    return folder


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[list[Job]], list[list[str]]]]:
    """A function that runs jobs (see office_worker) in a LibreOffice of this test session's own."""
    soffice, system_python = shutil.which("soffice"), "/usr/bin/python3"
    has_uno = subprocess.run([system_python, "-c", "import uno"], capture_output=True, check=False).returncode == 0
    if not soffice or not has_uno:
        missing = "LibreOffice with UNO is not installed (apt-get install libreoffice-calc python3-uno)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    profile = tmp_path_factory.mktemp("office")
    process = subprocess.Popen(
        [
            soffice,
            "--headless",
            "--norestore",
            "--nologo",
            f"-env:UserInstallation={profile.as_uri()}",
            f"--accept=socket,host=127.0.0.1,port={port};urp;",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def run(jobs: list[Job]) -> list[list[str]]:
        worker = Path(__file__).with_name("office_worker.py")
        done = subprocess.run(
            [system_python, str(worker), str(port)],
            input=json.dumps(jobs),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env={key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    yield run
    os.killpg(process.pid, 9)
    process.wait(timeout=30)
