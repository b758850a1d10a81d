"""Runs as a process of its own: xlwings' real call_udf over the real worksheet functions, as under Excel's COM server.

What Windows would supply stands in: pywin32, and of xlwings' Windows engine everything but its conversion of values,
which is the real one, taken from its source. Speaks pickles: (function, arguments) in, (worked, answer) out.
"""

import ast
import datetime as dt
import importlib
import importlib.util
import pickle
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from kttt_xl import wrappers

CONVERSIONS = {"_clean_value_data_element", "_com_time_to_datetime", "Engine", "cell_errors"}


def windows_engine() -> dict[str, Any]:
    """Return the parts of xlwings' Windows engine that turn values into Python's and back."""
    found = importlib.util.find_spec("xlwings")
    source = Path(found.origin).with_name("_xlwindows.py").read_text(encoding="utf-8")
    wanted = [
        node
        for node in ast.parse(source).body
        if getattr(node, "name", "") in CONVERSIONS
        or (isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in CONVERSIONS)
    ]
    names: dict[str, Any] = {"dt": dt, "pd": None, "np": None, "time_types": (dt.date, dt.datetime), "Apps": None}
    names["_datetime_to_com_time"] = lambda moment: moment
    exec(compile(ast.Module(wanted, []), "_xlwindows.py", "exec"), names)  # noqa: S102  # xlwings' own source
    return names


def call_udf() -> Any:
    """Return xlwings' call_udf, its decorators at work."""
    wrappers._stand_in_for_pywin32()
    xlwings, udfs = (importlib.import_module(name) for name in ("xlwings", "xlwings.udfs"))  # after the stand-ins
    engine = windows_engine()["Engine"]()
    windows = ModuleType("xlwings._xlwindows")
    windows.Range = lambda xl: SimpleNamespace(api=xl)
    windows.is_range_instance = lambda _: False
    xlwings._xlwindows = sys.modules["xlwings._xlwindows"] = windows
    sys.modules["xlwings.com_server"] = SimpleNamespace(loop=None)
    xlwings.engines.add(xlwings.main.Engine(engine))
    xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
    return udfs.call_udf


def main() -> None:
    answer = call_udf()
    stream, sys.stdout = sys.stdout.buffer, sys.stderr
    while True:
        try:
            module, function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301  # the test's own
        except EOFError:
            return
        try:
            said = (True, answer(module, function, arguments))
        except Exception as error:  # noqa: BLE001  # whatever it is, COM tells Excel
            said = (False, f"{type(error).__name__}: {error}")
        pickle.dump(said, stream)
        stream.flush()


if __name__ == "__main__":
    main()
