"""Every branch of the modules that keep strangers' files and our results apart from harm is taken by their own tests.

Their tests are run once more, measured, each module in a process of its own: a branch that only another module's tests
happen to take is not held by anything that would fail for its sake.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Whose tests a module's own are besides: older manifests are read by identity as layout_versions tells.
ALSO = {"identity": ("layout_versions",)}
ROOT = Path(__file__).parent.parent
MODULES = ("gate", "cells", "identity", "writer", "temporaries", "owner_files", "lock")


@pytest.mark.parametrize("module", MODULES)
def test_every_branch_is_taken(module: str, tmp_path: Path) -> None:
    coverage = [sys.executable, "-m", "coverage"]
    measure = [*coverage, "run", "--rcfile=", "--branch", f"--include={ROOT / 'kttt_xl' / module}.py"]
    files = [f"tests/test_{name}.py" for name in (module, *ALSO.get(module, ()))]
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *files]
    place = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    place |= {"COVERAGE_FILE": str(tmp_path / "measured"), "PYTHONUTF8": "1"}
    done = subprocess.run([*measure, *tests], cwd=ROOT, env=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    told = [*coverage, "json", "--rcfile=", "-q", "-o", str(tmp_path / "told.json")]
    subprocess.run(told, cwd=ROOT, env=place, check=True, capture_output=True)
    (file,) = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))["files"].values()
    missed = {"lines": file["missing_lines"], "branches": file["missing_branches"], "excluded": file["excluded_lines"]}
    assert missed == {"lines": [], "branches": [], "excluded": []}
    assert file["summary"]["num_branches"] > 0
