"""The whole loop on two built-in plans with made-up returns: good cells, and a dozen kinds of honest mistakes.

Nothing here is real: every text typed in says so, and the figures come from a seeded generator.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from kttt_xl import keys, plans, report, selfcheck
from kttt_xl.builder import build_copy, file_name
from kttt_xl.campaign import Issue, issue_copies, plan_issues
from kttt_xl.collecting import Round, collect
from kttt_xl.consolidation import Consolidated
from kttt_xl.filling import Content, Typed, fill
from kttt_xl.layout import Copy
from kttt_xl.model import LEAD, Plan
from kttt_xl.period import parse_period
from kttt_xl.writer import make_folder, write_file

PERIOD = "2024"
AS_OF = date(2024, 12, 20)
SEED = 655
FORMS = (("gia-lai-655-2023", "tasks"), ("yen-bai-209-2023", "stats"))
_NOTE = "(nội dung minh họa, không phải số liệu thật)"

Contents = dict[str, Content]


@dataclass(frozen=True, slots=True)
class Loop:
    """One plan taken through the loop: how many copies went out, what came back, and where the result is."""

    plan: Plan
    issued: int
    filled: int
    result: Consolidated
    copies: Path
    returns: Path
    report: Path


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made."""

    loops: tuple[Loop, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the outcome as one JSON document."""
        return {
            "loops": [
                {
                    "plan": loop.plan.id,
                    "issued": loop.issued,
                    "copies": str(loop.copies),
                    "returns": str(loop.returns),
                    "report": str(loop.report),
                    "summary": report.summary(loop.result),
                }
                for loop in self.loops
            ]
        }

    def lines(self) -> list[str]:
        """Return the outcome in a few lines for a person."""
        lines = ["Chạy thử trọn vòng với nội dung minh họa (không phải số liệu thật):"]
        for loop in self.loops:
            lines += [
                "",
                f"{loop.plan.id}: phát hành {loop.issued} bản sao, nhận về {loop.filled} tệp",
                *(f"  {line}" for line in report.in_few_lines(loop.result)),
                f"  Bản sao: {loop.copies}",
                f"  Nhận về: {loop.returns}",
                f"  Sổ tổng hợp (mở tệp này): {loop.report}",
            ]
        return lines


def run_demo(
    folder: Path, now: datetime, seed: int = SEED, progress: Callable[[str], None] = lambda _name: None
) -> Demo:
    """Build, fill with seeded made-up returns, consolidate; everything goes under folder.

    now is only the moment that the ledger notes; the results do not depend on it.
    """
    return Demo(tuple(_loop(folder / plan_id, plan_id, kind, now, seed, progress) for plan_id, kind in FORMS))


def _loop(folder: Path, plan_id: str, kind: str, now: datetime, seed: int, progress: Callable[[str], None]) -> Loop:
    plan, period = plans.load_plan(plan_id), parse_period(PERIOD)
    copies, returns, out = folder / "phat-hanh", folder / "nhan-ve", folder / f"tong-hop-{PERIOD}.xlsx"
    make_folder(copies)
    make_folder(returns)
    for old in (*copies.glob("*.xlsx"), *returns.glob("*")):
        old.unlink()
    key = keys.ensure_key(folder)
    issues = plan_issues(plan, period, (kind,))
    issue_copies(issues, copies, key, progress)
    filled = _return_copies(issues, copies, returns, random.Random(f"{seed}{plan_id}"), key)  # noqa: S311  # made-up figures
    collected = collect(Round(returns, out, plan, period, AS_OF, folder), now)
    return Loop(plan, len(issues), filled, collected.result, copies, returns, out)


def _return_copies(issues: tuple[Issue, ...], copies: Path, returns: Path, chance: random.Random, key: bytes) -> int:
    """Fill nine copies in ten and put them into the folder of returns, a mistake in many of them."""
    fillers = {"tasks": (_task_answers, TASK_MISTAKES), "stats": (_figure_answers, FIGURE_MISTAKES)}
    late = set(chance.sample(range(len(issues)), len(issues) // 10))
    returned = [issue for number, issue in enumerate(issues) if number not in late]
    stray = sorted(issue.file for issue in returned)[:3]  # these are sent twice or broken: no mistakes there
    answer, mistakes = fillers[issues[0].copy.kind]
    pending = list(mistakes)
    for issue in returned:
        contents = answer(issue.copy, chance)
        if pending and contents and issue.file not in stray:
            contents |= pending.pop(0)(issue.copy, contents)
        filled = fill((copies / issue.file).read_bytes(), issue.copy.sheet, contents)
        write_file(returns / issue.file, filled)
    return _stray_files(issues, returns, chance, key)


def _stray_files(issues: tuple[Issue, ...], returns: Path, chance: random.Random, key: bytes) -> int:
    """Add what ends up in every such folder: a copy sent twice, two that differ, a broken one, last year's, a lock."""
    present = sorted(returns.glob("*.xlsx"))
    first, second, third = (path.read_bytes() for path in present[:3])
    write_file(returns / f"Copy of {present[0].name}", first)
    sheet = issues[0].copy.sheet
    changed = fill(second, sheet, _other_answer(next(i.copy for i in issues if i.file == present[1].name), chance))
    write_file(returns / f"{present[1].stem} (2).xlsx", changed)
    write_file(present[2], third[: len(third) // 2])
    plan, kind = issues[0].copy.plan, issues[0].copy.kind
    last_year = parse_period(PERIOD).previous()
    old = plan_issues(plan, last_year, (kind,))[0].copy
    write_file(returns / file_name(plan, last_year, kind, old.agency), build_copy(old, key))
    write_file(returns / f"~${present[0].name}", b"\x05admin")
    return len(list(returns.iterdir()))


def _place(copy: Copy, key: str, field: str) -> str:
    return f"{selfcheck.letters(copy)[field]}{selfcheck.line_rows(copy)[key]}"


def _task_answers(copy: Copy, chance: random.Random) -> Contents:
    """A lead answers its own tasks; a coordinating agency says something now and then."""
    contents: Contents = {}
    for line in copy.keyed:
        if line.texts["role"] != LEAD and chance.random() > 0.05:
            continue
        states = ["Hoàn thành", "Đang thực hiện", "Đang thực hiện", "Chưa thực hiện"]
        if line.conditional:
            states += ["Chờ văn bản cấp trên"] * 4
        state = chance.choice(states)
        answer: Contents = {"state": state, "result": f"Đã triển khai trong kỳ {_NOTE}"}
        if state == "Hoàn thành":
            done = date(copy.period.year, 1, 15) + timedelta(days=chance.randrange(320))
            answer |= {"percent": 100, "done_on": done, "issued": f"Văn bản minh họa số {chance.randrange(10, 900)}"}
        elif state == "Đang thực hiện":
            answer |= {"percent": chance.randrange(2, 19) * 5}
        contents |= {_place(copy, line.key, field): content for field, content in answer.items()}
    return contents


def _figure_answers(copy: Copy, chance: random.Random) -> Contents:
    """Plausible figures for a phường or xã; parts stay below their wholes."""
    figures: dict[str, Content] = {}
    wholes = {line.ratio[1]: line.ratio[0] for line in copy.keyed if line.ratio}
    for line in copy.keyed:
        if line.ratio:
            continue
        if line.rule == "text":
            figures[line.key] = f"Một số hợp tác xã đã dùng phần mềm kế toán {_NOTE}"
        else:
            figures[line.key] = chance.randrange(1, 60)
    for whole, part in wholes.items():
        figures[part] = chance.randrange(1, 20)
        figures[whole] = chance.randrange(40, 80)
    for line in copy.keyed:  # a numerator that is itself a whole ("trong đó") stays between its part and its own whole
        if line.ratio and line.ratio[0] in wholes:
            figures[line.ratio[0]] = chance.randrange(20, 40)
    return {_place(copy, key, copy.period.code): content for key, content in figures.items()}


def _other_answer(copy: Copy, chance: random.Random) -> Contents:
    """Return something else for one cell, so that two copies of one agency differ."""
    if copy.kind == "stats":
        return {_place(copy, copy.keyed[0].key, copy.period.code): chance.randrange(100, 200)}
    return {_place(copy, copy.keyed[0].key, "difficulty"): f"Thiếu kinh phí {_NOTE}"}


# --- honest mistakes: each returns what to type over a good answer

Mistake = Callable[[Copy, Contents], Contents]


def _over(field: str, content: Content) -> Mistake:
    """Type content into a task field of the first row that was answered."""

    def mistake(copy: Copy, contents: Contents) -> Contents:
        rows = {int("".join(filter(str.isdigit, place))) for place in contents}
        return {f"{selfcheck.letters(copy)[field]}{min(rows)}": content}

    return mistake


def _figure(index: int, content: Content) -> Mistake:
    """Type content as the index-th count of the form."""

    def mistake(copy: Copy, _contents: Contents) -> Contents:
        counts = [line for line in copy.keyed if line.rule == "count"]
        return {_place(copy, counts[index].key, copy.period.code): content}

    return mistake


def _below(content: Content) -> Mistake:
    """Type a remark under the table."""

    def mistake(copy: Copy, _contents: Contents) -> Contents:
        return {f"C{selfcheck.last_row(copy) + 2}": content}

    return mistake


TASK_MISTAKES: tuple[Mistake, ...] = (
    _over("percent", "95%"),
    _over("state", "đang thực  hiện"),
    _over("done_on", "15/11/2024"),
    _over("state", "Xong rồi"),
    _over("done_on", "tháng 11"),
    _over("percent", Typed(formula="50+45", result="95")),
    _over("percent", 120),
    _over("done_on", date(2025, 3, 8)),
    _over("state", Typed(error="#N/A")),
    _below(f"Đề nghị tỉnh bổ sung kinh phí {_NOTE}"),
    _over("title", "Tên nhiệm vụ đã bị sửa"),
    _over("done_on", None),
    _over("check", "Đã xem"),
)
FIGURE_MISTAKES: tuple[Mistake, ...] = (
    _figure(0, "05"),
    _figure(1, "khoảng 90"),
    _figure(2, "1.234"),
    _figure(3, "12,5"),
    _figure(0, "không có"),
    _figure(1, "-"),
    _figure(2, None),
)
