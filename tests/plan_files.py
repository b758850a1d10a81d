"""The files of the built-in plans as they stand, for the tests that compare them with their sources."""

import csv
import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TABLES = ("agencies", "tasks", "indicators", "targets")


def fold(text: str) -> str:
    return " ".join(text.split())


def rows(plan: str, table: str) -> list[dict[str, str]]:
    with (ROOT / "workbooks" / plan / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def head(plan: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "workbooks" / plan / "plan.toml").read_text(encoding="utf-8"))


def names(cell: str) -> list[str]:
    return cell.split(" | ") if cell else []


def members(agency: dict[str, str]) -> dict[str, str]:
    """Name -> mark of a group's members."""
    return dict(
        re.fullmatch(r"(.+) \((named|sourced|to-confirm)\)", text).groups() for text in names(agency["members"])
    )
