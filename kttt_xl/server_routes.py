"""What the task pane asks of the server: its own files, the plans, and what became of the copies it sends.

A router of the xlwings-server project (routers/custom.py). Who may ask is decided by the project's own providers,
before a byte of an upload is read; the work is done in threads and processes, never on the event loop.
"""

import base64
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse
from jinja2 import FileSystemLoader
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException as StarletteError
from xlwings_server.dependencies import get_user
from xlwings_server.templates import templates

from kttt_xl import intake, resources, tables, uploads
from kttt_xl.cell_values import as_date
from kttt_xl.errors import KtttError, MisuseError

MOST_FILES = 500
_JOBS = 2  # uploads worked on at a time
_WAITING = 20  # uploads that may wait for their turn

_T = TypeVar("_T")


def make_router(prefix: str, project: Path) -> APIRouter:
    """Return the router; prefix is where the project is mounted, project its folder."""
    router = APIRouter(prefix=f"{prefix}/kttt")
    known = Depends(get_user)
    # Our manifest and task pane after the project's own, before those of xlwings.
    templates.env.loader.loaders.insert(-1, FileSystemLoader(resources.folder("server") / "templates"))

    @router.get("/tep/{file}")
    async def own_file(file: str) -> FileResponse:
        places = {path.name: path for path in (resources.folder("server") / "static").iterdir()}
        own = {path.name: path for path in (project / "static" / "kttt").glob("*")}
        if file not in places:
            raise HTTPException(404, "Không có tệp này.")
        return FileResponse(own.get(file, places[file]))

    @router.get("/ban-dau", dependencies=[known])
    async def start() -> dict[str, Any]:
        return {
            "plans": await _in_thread(partial(uploads.plan_titles, project)),
            "severities": tables.SEVERITIES,
            "verdicts": dict(intake.VERDICT_WORDS),
        }

    @router.post("/kiem-tra", dependencies=[known])
    async def check(request: Request) -> dict[str, Any]:
        async with _received(request) as (folder, form):
            await _in_thread(partial(uploads.save, _files(form, "tep"), folder))
            return await _in_thread(partial(uploads.checked, folder, _day(form)))

    @router.post("/tong-hop", dependencies=[known])
    async def consolidate(request: Request) -> dict[str, Any]:
        async with _received(request) as (folder, form):
            copies, before = folder / "ban-sao", folder / "ky-truoc"
            for place in (copies, before):
                place.mkdir()
            name, period = _text(form, "ke_hoach"), _text(form, "ky")
            await _in_thread(partial(uploads.save, _files(form, "tep"), copies))
            history = await _in_thread(partial(uploads.save, _files(form, "ky_truoc", needed=False), before))
            plan = uploads.find_plan(project, name)
            summary, lines, book = await _in_thread(
                partial(uploads.consolidated, copies, history, plan, period, _day(form))
            )
            return {
                "summary": summary,
                "lines": lines,
                "file": f"tong-hop_{summary['plan']}_{summary['period'].replace('/', '-')}.xlsx",
                "workbook": base64.b64encode(book).decode("ascii"),
            }

    return router


@asynccontextmanager
async def _received(request: Request) -> AsyncIterator[tuple[Path, FormData]]:
    """Give a folder for this request's files and its form; what goes wrong is a sentence with its HTTP status."""
    if _jobs().statistics().tasks_waiting >= _WAITING:
        raise HTTPException(503, "Máy chủ đang bận kiểm tra nhiều tệp; thử lại sau ít phút.")
    async with _jobs():
        with tempfile.TemporaryDirectory(prefix="kttt-") as place:
            folder = Path(place)
            try:
                async with request.form(max_files=MOST_FILES, max_fields=10, max_part_size=10_000) as form:
                    yield folder, form
            except HTTPException:
                raise
            except StarletteError as error:
                logging.getLogger(__name__).info("form refused: %s", error.detail)
                raise HTTPException(
                    400, f"Không đọc được nội dung gửi lên (tối đa {MOST_FILES} tệp một lần)."
                ) from error
            except KtttError as error:
                sentence = str(error).replace(f"{folder / 'ky-truoc'}{os.sep}", "").replace(f"{folder}{os.sep}", "")
                raise HTTPException(400, sentence) from error


def _files(form: FormData, field: str, *, needed: bool = True) -> list[uploads.Upload]:
    """Return the files of a field; a browser sends an empty one where none was chosen."""
    found = [each for each in form.getlist(field) if isinstance(each, UploadFile) and each.filename]
    if needed and not found:
        raise HTTPException(400, "Chưa chọn tệp nào.")
    return [(each.filename or "", each.file) for each in found]


def _text(form: FormData, field: str) -> str:
    value = form.get(field)
    return value.strip() if isinstance(value, str) else ""


def _day(form: FormData) -> date:
    """Return the day to reckon with, which the officer names; MisuseError when it cannot be read."""
    text = _text(form, "ngay")
    day = as_date(text, "ngày")
    if day is None:
        raise MisuseError("Chưa ghi ngày tính, ví dụ 31/12/2024.")
    return day


async def _in_thread(work: Callable[[], _T]) -> _T:
    return await run_sync(work)


@lru_cache(maxsize=1)
def _jobs() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_JOBS)
