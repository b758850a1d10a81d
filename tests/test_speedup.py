"""The cure of xlwings' slow reading of arrays: what it changes, and that it is still needed; timed in benchmarks/."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

from xlwings import utils

from kttt_xl import speedup

PROGRAM = """
import builtins, os, sys
os.environ["XLWINGS_LICENSE_KEY"] = "noncommercial"
from xlwings.pro import _xlofficejs
if "cured" in sys.argv:
    from kttt_xl import speedup
    speedup.install()
asked, original = [], builtins.__import__
def counted(name, *rest):
    asked.append(name)
    return original(name, *rest)
builtins.__import__ = counted
found = _xlofficejs.Engine.clean_value_data([[1, "", None], [2.5, "a", {"type": "Error"}]], None, None, None, False)
builtins.__import__ = original
print(found, asked.count("pyodide.ffi"))
"""


def cleaned(*arguments: str) -> str:
    root = str(Path(speedup.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": root, "PATH": ""},
    )
    return done.stdout.strip()


VALUES = "[[1, None, None], [2.5, 'a', None]]"


def test_an_import_a_cell_is_gone_and_the_values_are_the_same() -> None:
    assert cleaned() == f"{VALUES} 6"  # no longer so: xlwings is cured, and kttt_xl/speedup.py can go
    assert cleaned("cured") == f"{VALUES} 0"


def test_xlwings_asks_as_the_cure_expects() -> None:
    """Whoever takes the function under a name of its own has to be cured by that name."""
    folder = Path(inspect.getfile(utils)).parent
    importers = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and "is_jsnull" in {alias.name for alias in node.names}
    }
    assert importers == {"conversion/standard.py"}
