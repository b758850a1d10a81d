"""The formulas of the counts on Tổng quan, over the rows of Nhiệm vụ and Chỉ tiêu, so that they move with them.

A plan task has a row for every agency that leads it and counts once, where the worst of them stand: each of those rows
counts for its share of the task. Every formula shows #N/A where a row does. Source: contract section 6.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kttt_xl.progress import DONE, PAUSED, STATUSES, WAITING
from kttt_xl.twins import DAY, NONE


@dataclass(frozen=True, slots=True)
class TaskParts:
    """The cells of a task's row that it is counted by, and, in the same places of another instance, their columns.

    number is the task's own, empty on rows of agencies that do not lead it; rank that of the status, 1 being the worst;
    part the row's share of its task, reached and passed that share where the task is due by, and before, the day.
    """

    number: str
    rank: str
    status: str
    due: str
    endless: str
    part: str
    reached: str
    passed: str


def rank(row: TaskParts) -> str:
    """Return the formula of the rank of a row's status."""
    listed = ",".join(f'"{status}"' for status in STATUSES)
    return f'=IF({row.number}="","",MATCH({row.status},{{{listed}}},0))'


def part(row: TaskParts, column: TaskParts) -> str:
    """Return the formula of a row's share of its task: 0, or 1 by the number of leads that stand as badly."""
    same = f"{column.number},{row.number},{column.rank}"
    return f'=IF({row.number}="",0,IF(COUNTIFS({same},"<"&{row.rank})>0,0,1/COUNTIFS({same},{row.rank})))'


def due_part(row: TaskParts, column: TaskParts, *, before: bool) -> str:
    """Return the formula of that share where the task's due date is the day or before it, or only before it.

    The date is the earliest of the leads that count.
    """
    than = "<" if before else "<="
    dues = f'{column.number},{row.number},{column.rank},{row.rank},{column.due},"{than}"&{DAY}'
    return f"=IF({row.part}=0,0,IF(COUNTIFS({dues})>0,{row.part},0))"


def with_status(column: TaskParts, status: str) -> str:
    """Return the expression for the number of tasks with a status."""
    return _whole(f'({column.status}="{status}")*{column.part}')


def waiting_past_due(column: TaskParts) -> str:
    """Return the expression for the number of tasks that wait past their due date."""
    return _whole(f'({column.status}="{WAITING}")*{column.passed}')


def completed_of_due(column: TaskParts) -> tuple[str, str]:
    """Return the expressions for the tasks completed, of those due, and for those due."""
    counted = f'({column.status}<>"{WAITING}")*({column.status}<>"{PAUSED}")*{column.reached}'
    return _whole(f"{_completed(column)}*{column.reached}"), _whole(counted)


def completed_of_all(column: TaskParts) -> tuple[str, str]:
    """Return the expressions for the tasks completed, of all but standing and open ones, and for those."""
    counted = f'({column.endless}="")*{column.part}'
    return _whole(f"{_completed(column)}*{counted}"), _whole(counted)


def beginning(column: str, words: str) -> str:
    """Return the expression for the number of cells that begin with these words; Excel adds no TRUE, so it is a 1."""
    return _whole(f'--(LEFT({column},{len(words)})="{words}")')


def rate(done: str, of: str) -> str:
    """Return the formula of a rate in percent, rounded down to one decimal, with a decimal comma in every Excel."""
    share = f"INT(1000*{done}/{of})/10"
    return f'=IF({of}=0,"{NONE}",SUBSTITUTE({share},".",",")&" %")'


def day_words(day: str = DAY) -> str:
    """Return the expression for a day as officers write it, 3/8/2024; TEXT would ask for the letters of each locale."""
    return f'DAY({day})&"/"&MONTH({day})&"/"&YEAR({day})'


def rest(total: int, counted: str) -> str:
    """Return the formula of how many of a total the cells counted do not have, "" for none."""
    return f'=IF(SUM({counted})={total},"",{total}-SUM({counted}))'


def listed(counts: Iterable[tuple[str, str]]) -> str:
    """Return the formula of a list of words with their counts, "Trong hạn 2; Quá hạn 1", those of none left out."""
    items = "&".join(f'IF({count}=0,"","; {words} "&{count})' for words, count in counts)
    return f"=MID({items},3,255)"


def _completed(column: TaskParts) -> str:
    return f'(LEFT({column.status},{len(DONE)})="{DONE}")'  # so begin the four statuses of what is completed, only they


def _whole(expression: str) -> str:
    """Return the sum of an expression over whole columns; three thirds of a task may come to a little less than one."""
    return f"ROUND(SUMPRODUCT({expression}),0)"
