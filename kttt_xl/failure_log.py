"""Unexpected failures, written where an administrator finds them; officers get a sentence that names the file."""

import contextlib
import logging
from pathlib import Path

from kttt_xl import __version__
from kttt_xl.inert import visible


def log_file() -> Path:
    """Return the file that failures are written to; it is there once something has failed."""
    from platformdirs import user_log_path  # noqa: PLC0415  # only when something broke, or help is asked for

    return user_log_path("kttt-xl", appauthor=False) / "loi.log"


def log_failure(error: BaseException) -> Path:
    """Write a failure with its time and traceback and return the file; a log that cannot be written stops nothing."""
    file = log_file()
    trace = (type(error), error, error.__traceback__)
    record = logging.LogRecord(__name__, logging.ERROR, "", 0, "kttt-xl %s", (__version__,), trace)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(visible(logging.Formatter("%(asctime)s %(message)s").format(record)) + "\n")
    return file
