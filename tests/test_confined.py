"""Work in a process that may be killed: work that hangs, dies or eats memory ends alone, and what it was is said."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kttt_xl import confined
from kttt_xl.errors import KtttError, MisuseError


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


def test_answers_come_back_in_order() -> None:
    assert list(confined.stream(answers, (1, "a", None), 30)) == [1, "a", None]


@pytest.mark.parametrize(
    ("wanted", "kind", "sentence"),
    [
        ((1, "treo"), confined.StoppedError, "đọc quá 0,5 giây"),
        ((1, "chết"), confined.StoppedError, "chương trình đọc dừng đột ngột"),
        ((1, "bộ nhớ"), confined.StoppedError, "cần quá nhiều bộ nhớ"),
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


def test_a_process_that_does_not_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "START_SECONDS", 0)
    with pytest.raises(KtttError, match=r"^Máy đang quá tải, chưa đọc được tệp nào; thử lại sau ít phút\.$"):
        list(confined.stream(answers, (1,), 30))
