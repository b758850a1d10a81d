"""Run inside the add-in's own Python, as python -m kttt_xl.addin_probe TEXT: can it do what Excel will ask of it?

One JSON object in ASCII on standard output. TEXT is the name of a period in Vietnamese, which comes back by way of two
worksheet functions. A Python without kttt_xl or xlwings ends with its own message instead.
"""

import json
import sys
import time
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

from kttt_xl import __version__

ROWS = 1000  # a block as a formula hands it over, addin.md 3.4


def probe(text: str) -> dict[str, object]:
    """Return versions, where the package lies, seconds to load and to read a block, and the text after its trip.

    dlls: the sha256 that xlwings' own list gives for each of its DLLs, as written there (urlsafe base64).
    """
    start = time.perf_counter()
    from kttt_xl import udfs  # noqa: PLC0415  # what is measured

    loaded = time.perf_counter()
    udfs.KTTT_SO([["1.234.567"]] * ROWS)
    read = time.perf_counter()
    xlwings = distribution("xlwings")
    return {
        "kttt": __version__,
        "xlwings": xlwings.version,
        "folder": str(Path(__file__).parent.parent),
        "prefix": sys.prefix,
        "pywin32": find_spec("pythoncom") is not None,
        "load": loaded - start,
        "block": read - loaded,
        "text": udfs.KTTT_TEN_KY(udfs.KTTT_KY([[text]]))[0][0],
        "dlls": {file.name: file.hash.value for file in xlwings.files or () if file.suffix == ".dll" and file.hash},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probe(sys.argv[1])))
