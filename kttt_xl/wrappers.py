"""VBA wrappers of the worksheet functions, made by xlwings' own generator.

The generator asks for pywin32 and, to work away from Windows, for stand-ins of it; and it binds xlwings' decorators
for the whole process. So it runs in a process of its own. Source: addin.md 1.1.
"""

import importlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from kttt_xl.errors import KtttError

_WIZARD = 255  # characters Excel's function wizard shows of a text
_PASSED = ", ActiveWorkbook, Application.Caller)"
_ALONE = ", Nothing, Application.Caller)"


@dataclass(frozen=True, slots=True)
class Function:
    """A worksheet function as Excel's function wizard shows it; arguments are their descriptions, in order."""

    name: str
    description: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wrappers:
    """The VBA of all wrappers, without a module header, and the functions they wrap, by name."""

    source: str
    functions: tuple[Function, ...]


def make_wrappers(module: str) -> Wrappers:
    """Return the wrappers of a module of worksheet functions; KtttError with the reason when it cannot be loaded."""
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(  # noqa: S603  # this Python, this module
        [sys.executable, "-m", "kttt_xl.wrappers", module],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))},
    )
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise KtttError(f"Không làm được hàm cho Excel từ {module}: {reason}")
    document = json.loads(done.stdout)
    return Wrappers(
        document["source"],
        tuple(Function(name, text, tuple(arguments)) for name, text, arguments in document["functions"]),
    )


def _generate(module: str) -> dict[str, Any]:
    """Return source and functions of a module, in this process, which is spoilt for other uses of xlwings."""
    if sys.platform != "win32":
        _stand_in_for_pywin32()
    xlwings: Any = importlib.import_module("xlwings")  # after the stand-ins
    udfs: Any = importlib.import_module("xlwings.udfs")
    # Away from Windows these do nothing; they have to note the functions before the module is loaded.
    xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
    loaded = importlib.import_module(module)
    stream = io.StringIO()
    udfs.generate_vba_wrapper(module, loaded, stream, SimpleNamespace(Name="kttt.xlam"))
    notes = [getattr(value, "__xlfunc__", None) for _, value in sorted(vars(loaded).items())]
    functions = [
        (note["name"], _text(note["ret"]["doc"]), [_text(argument["doc"]) for argument in note["args"]])
        for note in notes
        if note
    ]
    return {"source": _without_workbook(stream.getvalue(), len(functions)), "functions": functions}


def _without_workbook(source: str, count: int) -> str:
    """Return the wrappers without the active workbook, which our functions need not know.

    With it xlwings looks for sheets named *.py in whatever workbook is open, and with a licence key runs them.
    """
    if not count or source.count(_PASSED) != count:
        raise KtttError("xlwings viết hàm VBA theo cách khác trước; cần xem lại kttt_xl/wrappers.py.")
    return source.replace(_PASSED, _ALONE)


def _text(words: str) -> str:
    return " ".join(words.split())[:_WIZARD]


def _stand_in_for_pywin32() -> None:
    """Put in what xlwings.udfs imports and the generator never uses."""
    names = ("pythoncom", "pywintypes", "win32com", "win32com.client")
    stands: dict[str, Any] = {name: ModuleType(name) for name in names}
    stands["pythoncom"].CoInitialize = lambda: None
    stands["pywintypes"].com_error = type("com_error", (Exception,), {})
    stands["win32com.client"].Dispatch = lambda *_: None
    stands["win32com"].client = stands["win32com.client"]
    sys.modules.update(stands)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_generate(sys.argv[1])))
