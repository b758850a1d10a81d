"""Calls that Excel makes of the server: off the event loop, within a time, and every refusal a sentence.

xlwings Server runs a worksheet function on its event loop, so that one large array would keep every other officer
waiting. It answers 500 to any exception, and Excel tries that three times; 400, which an XlwingsError gives, is shown
to the officer once. Source: addin.md, sections 3.3 and 4; xlwings-server 1.20.0, routers/xlwings.py and main.py.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Any

import anyio
import xlwings as xw
import xlwings.server as calls
from anyio.to_thread import run_sync

from kttt_xl.errors import KtttError

SECONDS = 60  # a call may take; Excel's own patience is longer
_AT_ONCE = 4  # calls computed at a time; Python runs one of them at any moment

_Call = Callable[..., Awaitable[Any]]


class Refusal(xw.XlwingsError):
    """A Vietnamese sentence that the officer reads; the server answers it with 400, which Excel does not repeat."""


def install() -> None:
    """Put our way of calling functions and scripts before xlwings' own; once, however often it is asked for."""
    for name, named in (("custom_functions_call", _function), ("custom_scripts_call", _script)):
        original = vars(calls)[name]
        if original.__module__ != __name__:
            vars(calls)[name] = _guarded(original, named)


def _function(data: Any, module: Any, *_: Any) -> str:
    """Return what a function is called in sentences; Refusal when there is none, as after an upgrade."""
    name = data.get("func_name")
    if not hasattr(getattr(module, str(name), None), "__xlfunc__"):
        raise Refusal(f"Máy chủ không có hàm {str(name)[:40]}: mở khung KTTT, bấm chuột phải, chọn tải lại (Reload).")
    return f"Hàm {str(name).upper()}"


def _script(module: Any, name: Any, *_: Any) -> str:
    """Return what a script is called in sentences; Refusal when there is none."""
    if not hasattr(getattr(module, str(name), None), "__xlscript__"):
        raise Refusal(f"Máy chủ không có lệnh {str(name)[:40]}: mở khung KTTT, bấm chuột phải, chọn tải lại (Reload).")
    return f"Lệnh {name}"


def _guarded(original: _Call, named: Callable[..., str]) -> _Call:
    async def call(*arguments: Any, **keywords: Any) -> Any:
        what = named(*arguments)
        try:
            with anyio.fail_after(SECONDS):
                work = partial(_in_own_loop, original, arguments, keywords)
                return await run_sync(work, limiter=_threads(), abandon_on_cancel=True)
        except xw.XlwingsError:
            raise
        except TimeoutError:
            raise Refusal(f"{what} tính quá {SECONDS} giây: chia vùng dữ liệu nhỏ hơn.") from None
        except KtttError as error:
            raise Refusal(str(error)) from error
        except Exception as error:
            logging.getLogger(__name__).exception("%s failed", what)
            raise Refusal(f"{what} gặp lỗi ngoài dự kiến; báo người quản trị máy chủ xem nhật ký.") from error

    return call


def _in_own_loop(call: _Call, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Run a call in a loop of this thread's own: what xlwings calls asynchronous here waits for nothing."""
    return asyncio.run(call(*arguments, **keywords))  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _threads() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_AT_ONCE)
