"""Filled copies of the Gia Lai plan to measure on: real tasks, made-up answers."""

import random
from pathlib import Path

from kttt_xl import plans
from kttt_xl.campaign import Issue, issue_copies, plan_issues
from kttt_xl.demo import _task_answers
from kttt_xl.filling import fill
from kttt_xl.period import parse_period

KEY = bytes(32)


def issues() -> tuple[Issue, ...]:
    """Return the task copies of 2024 that hold forty tasks."""
    found = plan_issues(plans.load_plan("gia-lai-655-2023"), parse_period("2024"), ("tasks",))
    return tuple(issue for issue in found if len(issue.copy.keyed) >= 40)


def filled_copies(folder: Path, count: int) -> list[Path]:
    """Write count filled copies into a folder."""
    chance, chosen = random.Random(1), issues()[:count]
    issue_copies(chosen, folder, KEY)
    for issue in chosen:
        path = folder / issue.file
        path.write_bytes(fill(path.read_bytes(), issue.copy.sheet, _task_answers(issue.copy, chance)))
    return [folder / issue.file for issue in chosen]
