"""The cure for how slowly xlwings 0.37.8 reads arrays on the server.

For every cell xlwings asks whether it is Pyodide's null, and for that tries to import Pyodide, which is not there: the
failing import costs about 75 µs a cell, twenty times all the rest. Source: addin.md, section 3.4; xlwings 0.37.8,
utils.is_jsnull. benchmarks/server_arrays.py says what it brings; when xlwings itself is cured, this goes.
"""

import sys
from typing import Any


def install() -> None:
    """Make xlwings take no cell for Pyodide's null, except inside Pyodide, where it may be one."""
    if sys.platform == "emscripten":
        return
    from xlwings import utils  # noqa: PLC0415  # the platform is looked at first
    from xlwings.conversion import standard  # noqa: PLC0415

    for module in (utils, standard):  # one is asked through utils, the other has the function under a name of its own
        vars(module)["is_jsnull"] = never_null


def never_null(_value: Any) -> bool:
    """Tell that a cell is not Pyodide's null."""
    return False
