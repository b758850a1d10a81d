"""Worksheet functions called as Excel calls them, without Excel: xlwings' own call_udf over stand-ins for pywin32, and
xlwings Server's own handler of what Office.js sends. Both bind xlwings' decorators for the whole process, so each runs
in a process of its own: `call("com", …)`, `call("server", …)`.

A call is a function's name and its arguments: a cell's content or rows of them; a date, a missing argument and an
error are written {"date": "2024-01-31"}, {"missing": 1} and {"error": "#N/A"}. Results come back alike. Source: xlwings
0.37.8, udfs.py, _xlwindows.py, pro/udfs_officejs.py; addin.md 3.2 (the payload) and 4.
"""

import asyncio
import ctypes
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

MODULE = "kttt_xl.udfs"
Call = tuple[str, list[Any]]

_EPOCH = date(1899, 12, 30)
_MISSING = -2147352572  # DISP_E_PARAMNOTFOUND
_ERRORS = {"#DIV/0!": -2146826281, "#N/A": -2146826246, "#SPILL!": -2146826243}
_PYWIN32 = (
    "pythoncom", "pywintypes", "win32api", "win32con", "win32gui", "win32process", "win32timezone", "win32com",
    "win32com.client", "win32com.client.dynamic", "win32com.client.gencache",
)  # fmt: skip


def call(engine: str, calls: list[Call], **environment: str) -> list[Any]:
    """Return what each call gives on an engine, com or server."""
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, __file__, engine],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": root, "PYTHONIOENCODING": "utf-8"} | environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def com() -> Callable[[str, list[Any]], Any]:
    """Return xlwings.udfs.call_udf, ranges being stand-ins that hold values as pywin32 gives them."""
    for name in ("oledll", "windll", "PyDLL"):
        setattr(ctypes, name, MagicMock())
    for name in _PYWIN32:
        module: Any = MagicMock(name=name, __spec__=ModuleSpec(name, None), __path__=[], __file__=name)
        sys.modules[name] = module
    sys.modules["pywintypes"].TimeType = type("TimeType", (), {})  # type: ignore[attr-defined]
    sys.modules["pywintypes"].com_error = type("com_error", (Exception,), {})  # type: ignore[attr-defined]
    sys.modules["win32timezone"].TimeZoneInfo.utc = lambda: UTC  # type: ignore[attr-defined]
    for name in ("CDispatch", "CoClassBaseClass", "DispatchBaseClass"):
        setattr(sys.modules["win32com.client"], name, type(name, (), {}))
    server: Any = ModuleType("xlwings.com_server")
    server.loop = None
    sys.modules["xlwings.com_server"] = server
    xlwings: Any = importlib.import_module("xlwings")
    windows: Any = importlib.import_module("xlwings._xlwindows")
    udfs: Any = importlib.import_module("xlwings.udfs")
    windows.is_range_instance = lambda given: isinstance(given, MagicMock)
    xlwings.engines.add(xlwings.Engine(impl=windows.engine))
    xlwings.engines.active = xlwings.engines["excel"]
    xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
    importlib.import_module(MODULE)

    def scalar(content: Any) -> Any:
        match content:
            case {"date": day}:
                return datetime.fromisoformat(day)
            case {"missing": _}:
                return _MISSING
            case {"error": word}:
                return _ERRORS[word]
            case bool() | str() | None:
                return content
        return float(content)

    def given(argument: Any) -> Any:
        """A block is a range; so is a blank cell or one with an error, which no formula can hold as such."""
        if not isinstance(argument, list) and not (argument is None or "error" in repr(argument)):
            return scalar(argument)
        rows = argument if isinstance(argument, list) else [[argument]]
        cells = MagicMock(Row=1, Column=1)
        cells.Rows.Count, cells.Columns.Count = len(rows), len(rows[0])
        values = tuple(tuple(map(scalar, row)) for row in rows)
        cells.Value = values if len(rows) > 1 or len(rows[0]) > 1 else values[0][0]
        return cells

    return lambda name, arguments: udfs.call_udf(MODULE, name, tuple(map(given, arguments)), None, MagicMock())


def server() -> Callable[[str, list[Any]], Any]:
    """Return the handler of POST /xlwings/custom-functions-call, every argument being a matrix."""
    handler: Any = importlib.import_module("xlwings.server")
    module = importlib.import_module(MODULE)
    version = importlib.import_module("xlwings").__version__

    def scalar(content: Any) -> Any:
        match content:
            case {"date": day}:
                return (date.fromisoformat(day) - _EPOCH).days
            case {"error": word}:
                return {"type": "Error", "basicType": "Error", "basicValue": word, "errorType": "NotAvailable"}
            case None:
                return ""
        return content

    def given(argument: Any) -> Any:
        rows = argument if isinstance(argument, list) else [[argument]]
        return None if rows == [[{"missing": 1}]] else [[scalar(content) for content in row] for row in rows]

    def run(name: str, arguments: list[Any]) -> Any:
        data = {
            "client": "Office.js", "func_name": name, "args": [given(argument) for argument in arguments],
            "caller_address": "[So.xlsx]Sheet1!C1", "session_id": "1", "culture_info_name": "vi-VN",
            "date_format": "dd/mm/yyyy", "version": version, "runtime": "1.4",
        }  # fmt: skip
        return asyncio.run(handler.custom_functions_call(data, module))

    return run


def neutral(content: Any) -> Any:
    """Return a result as both engines mean it."""
    match content:
        case list() | tuple():
            return [neutral(item) for item in content]
        case datetime():
            return {"date": content.date().isoformat()}
        case {"type": "FormattedNumber", "basicValue": number}:
            return {"date": date.fromordinal(_EPOCH.toordinal() + int(number)).isoformat()}
    return content


def main() -> None:
    engine = {"com": com, "server": server}[sys.argv[1]]()
    results = [neutral(engine(name, arguments)) for name, arguments in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main()
