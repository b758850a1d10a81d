"""What a command that runs as a job (see jobs) and whoever watches it say to each other."""

import os
from pathlib import Path

FOLDER = "KTTT_JOB"  # the variable that tells a command it is a job: its folder, where it may be asked to stop
STOP = "dung"  # the file there that asks it
MARK = "\x1e"  # begins a line of progress; no message has it


def is_job() -> bool:
    """Tell whether this process is a job."""
    return bool(os.environ.get(FOLDER))


def stop_asked() -> bool:
    """Tell whether this process is a job that was asked to stop."""
    return is_job() and (Path(os.environ[FOLDER]) / STOP).exists()


def progress_line(title: str, done: int, total: int) -> str:
    """Return the line that tells how far a job is; total 0 is not known."""
    return f"{MARK}{title}: {done}/{total}" if total else f"{MARK}{title}: {done}"
