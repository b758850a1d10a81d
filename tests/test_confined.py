"""Work in a process that may be killed: a file that hangs, dies or eats memory is a verdict on it alone."""

import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kttt_xl import confined
from kttt_xl.errors import KtttError, MisuseError
from kttt_xl.reader import CopyReading

DAY = date(2024, 12, 20)


def answers(*wanted: Any) -> Iterator[Any]:
    """Yield what is wanted; "treo" hangs, "chết" dies, "bộ nhớ" asks for too much memory, an error is raised."""
    for each in wanted:
        if each == "treo":
            time.sleep(600)
        elif each == "chết":
            os._exit(3)
        elif each == "bộ nhớ":
            yield bytes(16 << 30)
        elif isinstance(each, Exception):
            raise each
        else:
            yield each


def reading(files: list[tuple[str, Path]], _as_of: date, _campaign: Path | None) -> Iterator[Any]:
    for name, _ in files:
        yield from answers(name) if name in {"treo", "chết", "bộ nhớ"} else [CopyReading(name, "đọc rồi", ())]


def test_answers_come_back_in_order() -> None:
    assert list(confined.stream(answers, (1, "a", None), 30)) == [1, "a", None]


@pytest.mark.parametrize(
    ("wanted", "kind", "sentence"),
    [
        ((1, "treo"), confined.StoppedError, "đọc quá 0.5 giây"),
        ((1, "chết"), confined.StoppedError, "chương trình đọc dừng đột ngột"),
        ((1, "bộ nhớ"), confined.StoppedError, "chương trình đọc dừng đột ngột"),
        ((1, ValueError("x")), confined.StoppedError, "chương trình đọc dừng đột ngột"),
        ((1, MisuseError("Không có kế hoạch.")), KtttError, "Không có kế hoạch."),
    ],
)
def test_what_stops_the_work_is_said(wanted: tuple[Any, ...], kind: type[Exception], sentence: str) -> None:
    stream = confined.stream(answers, wanted, 0.5)
    assert next(stream) == 1
    with pytest.raises(KtttError) as stopped:
        next(stream)
    assert (type(stopped.value), str(stopped.value)) == (kind, sentence)


def test_the_files_beside_a_bad_one_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "read_here", reading)
    names = ("a", "treo", "b", "chết", "bộ nhớ", "c")
    found = confined.read_confined([(name, Path(name)) for name in names], DAY, None, seconds=0.5)
    told = [(each.file, each.sha256 or [finding.message for finding in each.findings]) for each in found]
    died = ["Không đọc được tệp: chương trình đọc dừng đột ngột."]
    assert told == [
        ("a", "đọc rồi"),
        ("treo", ["Không đọc được tệp: đọc quá 0.5 giây."]),
        ("b", "đọc rồi"),
        ("chết", died),
        ("bộ nhớ", died),
        ("c", "đọc rồi"),
    ]


def test_a_process_that_does_not_start_blames_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "_START_SECONDS", 0)
    with pytest.raises(KtttError, match="Máy chủ đang quá tải, chưa đọc được tệp nào"):
        list(confined.read_confined([("a", Path("a"))], DAY, None))
