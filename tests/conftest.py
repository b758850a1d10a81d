"""Fixtures shared by the tests: plans, a key, the command line, LibreOffice."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from kttt_xl import commands, plans
from kttt_xl.model import Plan
from kttt_xl.period import Period, parse_period

# xlwings looks for it when it is imported; its engines without Excel ask for it (PolyForm Noncommercial).
os.environ.setdefault("XLWINGS_LICENSE_KEY", "noncommercial")

KEY = bytes(range(32))
SYSTEM_PYTHON = "/usr/bin/python3"
Job = dict[str, object]
Run = Callable[[list[Job]], list[list[str]]]


@dataclass(frozen=True)
class Outcome:
    """What a command line ended with: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:
        return json.loads(self.out)


@pytest.fixture(scope="session")
def gia_lai() -> Plan:
    return plans.load_plan("gia-lai-655-2023")


@pytest.fixture(scope="session")
def yen_bai() -> Plan:
    return plans.load_plan("yen-bai-209-2023")


@pytest.fixture(scope="session")
def year() -> Period:
    return parse_period("2024")


@pytest.fixture(scope="session", autouse=True)
def user_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user's data folder of the tests' own, where `consolidate` notes which workbook it wrote last."""
    folder = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "WIN_PD_OVERRIDE_LOCAL_APPDATA"):
            patch.setenv(name, str(folder))
        yield folder


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A campaign folder with a key, where the commands look for it."""
    folder = tmp_path / "campaign"
    folder.mkdir()
    (folder / "khoa.key").write_text(KEY.hex() + "\n", encoding="ascii")
    monkeypatch.setenv("KTTT_CAMPAIGN", str(folder))
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], campaign: Path) -> Callable[..., Outcome]:
    """A function that runs one command line."""

    def run(*arguments: object) -> Outcome:
        code = commands.run([str(argument) for argument in arguments])
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A function that runs jobs (see office_worker) in a LibreOffice of this test session's own."""
    with running_office(tmp_path_factory.mktemp("office")) as run:
        yield run


def require_office() -> str:
    """Return LibreOffice's program; skip the test where it is not installed, which in CI it must be."""
    soffice = shutil.which("soffice")
    has_uno = subprocess.run([SYSTEM_PYTHON, "-c", "import uno"], capture_output=True, check=False).returncode == 0
    if not soffice or not has_uno:
        missing = "LibreOffice with UNO is not installed (apt-get install libreoffice-calc python3-uno)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return soffice


@contextmanager
def running_office(profile: Path, *options: str) -> Iterator[Run]:
    """Run a LibreOffice with a profile, and give a function that runs jobs in it."""
    soffice = require_office()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            soffice,
            "--headless",
            "--norestore",
            "--nologo",
            f"-env:UserInstallation={profile.as_uri()}",
            *options,
            f"--accept=socket,host=127.0.0.1,port={port};urp;",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

    def run(jobs: list[Job]) -> list[list[str]]:
        worker = Path(__file__).with_name("office_worker.py")
        done = subprocess.run(
            [SYSTEM_PYTHON, str(worker), str(port)],
            input=json.dumps(jobs),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env={key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    try:
        yield run
    finally:
        os.killpg(process.pid, 9)
        process.wait(timeout=30)
