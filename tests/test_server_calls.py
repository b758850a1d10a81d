"""What Excel asks of the server is done off its event loop, in time, and never fails without a sentence."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
import xlwings as xw

from kttt_xl import server_calls
from kttt_xl.errors import KtttError, MisuseError


@pytest.fixture
def guarded() -> Any:
    """The guard around a call that runs the function named by the data."""

    async def original(data: dict[str, Any], module: Any) -> Any:
        return getattr(module, data["func_name"])()

    server_calls._threads.cache_clear()  # of another test's loop
    return server_calls._guarded(original, server_calls._function)


def function(work: Any) -> SimpleNamespace:
    work.__xlfunc__ = {}
    return SimpleNamespace(ham=work)


def fail(error: Exception) -> Any:
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MisuseError("Không có kế hoạch «x»."), "Không có kế hoạch «x»."),
        (KtttError("Hết chỗ."), "Hết chỗ."),
        (xw.XlwingsError("của xlwings"), "của xlwings"),
        (ZeroDivisionError("x"), "Hàm HAM gặp lỗi ngoài dự kiến; báo người quản trị máy chủ xem nhật ký."),
        (RecursionError("x"), "Hàm HAM gặp lỗi ngoài dự kiến; báo người quản trị máy chủ xem nhật ký."),
    ],
)
def test_failures_are_sentences_that_excel_shows_once(guarded: Any, error: Exception, sentence: str) -> None:
    """An XlwingsError is answered with 400 (xlwings-server 1.20.0, main.py)."""
    with pytest.raises(xw.XlwingsError) as refused:
        asyncio.run(guarded({"func_name": "ham"}, function(fail(error))))
    assert str(refused.value) == sentence


def test_others_are_served_while_one_computes(guarded: Any) -> None:
    async def both() -> tuple[str, int]:
        def slow() -> str:
            time.sleep(0.5)
            return "xong"

        computing = asyncio.create_task(guarded({"func_name": "ham"}, function(slow)))
        turns = 0
        while not computing.done():
            await asyncio.sleep(0.01)
            turns += 1
        return await computing, turns

    result, turns = asyncio.run(both())
    assert (result, turns > 10) == ("xong", True)


def test_too_long_is_said(guarded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_calls, "SECONDS", 0.1)
    with pytest.raises(xw.XlwingsError, match=r"^Hàm HAM tính quá 0.1 giây: chia vùng dữ liệu nhỏ hơn\.$"):
        asyncio.run(guarded({"func_name": "ham"}, function(lambda: time.sleep(0.4))))
