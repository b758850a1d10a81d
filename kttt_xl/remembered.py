"""What an officer answered in the sheet KTTT before, so that no folder is typed twice. A convenience, no evidence."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

from kttt_xl.errors import KtttError
from kttt_xl.user_data import user_data
from kttt_xl.writer import make_folder, write_file

Answers = Mapping[str, str]

_MOST = 30
_FILE = "tra-loi.json"


def answers(**same: str) -> Answers:
    """Return the latest answers in which these stood; none when there are none, or they cannot be read."""
    fitting = (item for item in reversed(_read()) if all(item.get(key) == value for key, value in same.items()))
    return next(fitting, {})


def keep(given: Answers) -> None:
    """Keep answers for the next time; that they cannot be kept stops nothing."""
    kept = [item for item in _read() if item != given][1 - _MOST :]
    file = _file()
    with contextlib.suppress(KtttError):
        make_folder(file.parent)
        write_file(file, json.dumps([*kept, dict(given)], ensure_ascii=False, indent=1).encode())


def _read() -> list[dict[str, str]]:
    try:
        found = json.loads(_file().read_bytes())
    except (OSError, ValueError):
        return []
    items = found if isinstance(found, list) else []
    return [
        {key: value for key, value in item.items() if isinstance(value, str)}
        for item in items
        if isinstance(item, dict)
    ]


def _file() -> Path:
    return user_data() / _FILE
