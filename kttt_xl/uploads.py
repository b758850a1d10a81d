"""What officers upload: kept in a folder under safe names, read as strangers' files, checked or consolidated.

The answers are the documents of `check --json` and `consolidate --json`, made by the same functions, so that the
server and the command line never tell two stories.
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from kttt_xl import intake, plans, report, resources
from kttt_xl.campaign import as_checked
from kttt_xl.confined import stream
from kttt_xl.consolidation import consolidate
from kttt_xl.errors import MisuseError
from kttt_xl.history import read_history
from kttt_xl.intake import JudgedCopy
from kttt_xl.period import Period, parse_period
from kttt_xl.reader import CopyReading
from kttt_xl.succession_file import plan_edges
from kttt_xl.workers import on_day, read_many

OWN_PLANS = "ke-hoach"  # folder of the project with the office's own plan workbooks
_SECONDS = 240  # to put a province's copies together, once they are read
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)  # devices, on a Windows server
_LONGEST, _ENDING = 200, 20  # bytes of a file's name and its ending, which together may be 255

Upload = tuple[str, BinaryIO]  # the name the officer's computer gave, and the content


def save(uploads: Iterable[Upload], folder: Path) -> list[Path]:
    """Write uploads into a folder under their own names, as far as those are safe, the second of a name as "… (2)".

    A name never leads out of the folder. Return the paths, in order.
    """
    paths: list[Path] = []
    taken: set[str] = set()
    for name, content in uploads:
        safe = Path(safe_name(name))
        again = (f"{safe.stem} ({number}){safe.suffix}" for number in range(2, len(taken) + 3))
        free = next(each for each in (safe.name, *again) if each.casefold() not in taken)
        taken.add(free.casefold())  # one folder may not hold A.xlsx and a.xlsx, on Windows
        paths.append(folder / free)
        with paths[-1].open("xb") as file:
            shutil.copyfileobj(content, file)
    return paths


def safe_name(name: str) -> str:
    """Return the last part of a name with what a file system may misread replaced by "_"."""
    last = re.split(r"[/\\]", name)[-1].encode("utf-8", "replace").decode()
    path = PurePosixPath(_UNSAFE.sub("_", last).rstrip(". ") or "_")
    ending = path.suffix if len(path.suffix.encode()) <= _ENDING else ""
    kept = path.name.removesuffix(ending).encode()[:_LONGEST].decode(errors="ignore") + ending
    return f"_{kept}" if _RESERVED.match(kept) else kept


def checked(folder: Path, as_of: date, campaign: Path | None = None) -> dict[str, Any]:
    """Return the document of `check --json` for the files in a folder."""
    readings, passed = _read(folder, as_of, campaign)
    judged = [*(as_checked(reading, "", "") for reading in readings), *passed]
    return {
        "copies": [intake.copy_json(copy) for copy in judged],
        "cells": intake.count_cells(judged),
        "findings": [asdict(finding) for copy in judged for finding in copy.findings],
    }


def consolidated(
    folder: Path,
    history: Sequence[Path],
    plan: Path,
    period: str,
    as_of: date,
    campaign: Path | None = None,
) -> tuple[dict[str, Any], list[str], bytes]:
    """Return what `consolidate` gives for the files in a folder: its JSON, its few lines, and the workbook.

    history holds consolidated workbooks of earlier periods. KtttError when plan, period or history cannot be used.
    """
    when = parse_period(period)
    readings, passed = _read(folder, as_of, campaign)
    work = (readings, passed, history, plan, when, as_of)
    return next(stream(_consolidated, work, _SECONDS))  # type: ignore[no-any-return]


def _read(folder: Path, as_of: date, campaign: Path | None) -> tuple[list[CopyReading], list[JudgedCopy]]:
    files = list(intake.find_files([folder]))
    readings = read_many([(name, path) for name, path, candidate in files if candidate], campaign, processes=1)
    return intake.read_all(files, lambda _path, _name: on_day(next(readings), as_of))


def _consolidated(
    readings: Sequence[CopyReading],
    passed: Sequence[JudgedCopy],
    history: Sequence[Path],
    plan_place: Path,
    period: Period,
    as_of: date,
) -> Iterator[tuple[dict[str, Any], list[str], bytes]]:
    plan = plans.load_plan(str(plan_place))
    past = read_history(history, plan.id)
    judged = sorted((*intake.judge(readings, plan, period), *passed), key=lambda copy: copy.file)
    result = consolidate(plan, period, as_of, tuple(judged), past, plan_edges(plan)[0])
    yield report.summary(result), report.in_few_lines(result), report.write_report(result)


def offered_plans(project: Path) -> dict[str, Path]:
    """Return where each plan is that officers may name: the built-in ones by id, the office's own by file name.

    An officer's text is looked up here and never used as a path.
    """
    built_in = resources.folder("workbooks")
    own = {path.stem: path for path in sorted((project / OWN_PLANS).glob("*.xlsx")) if not path.name.startswith("~$")}
    return {plan_id: built_in / plan_id for plan_id in plans.plan_ids()} | own


def find_plan(project: Path, name: str) -> Path:
    """Return where an offered plan is; MisuseError with those that are."""
    offered = offered_plans(project)
    if name not in offered:
        raise MisuseError(f"Không có kế hoạch «{name[:60]}»; các kế hoạch trên máy chủ: {', '.join(offered)}.")
    return offered[name]


def plan_titles(project: Path) -> dict[str, str]:
    """Return the title of each offered plan that can be loaded, by its name."""
    titles: dict[str, str] = {}
    for name, place in offered_plans(project).items():
        plan, _ = plans.read_plan(place)
        if plan is not None:
            titles[name] = plan.title
    return titles
