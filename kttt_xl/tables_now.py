"""What the consolidated workbook adds where agencies changed: who they are today, and counts by them.

Nothing is added while no change is in effect. What rests on an unverified edge says so wherever it is shown.
"""

from collections.abc import Iterable, Iterator, Sequence

from kttt_xl.cells import show_date, show_number
from kttt_xl.consolidation import Consolidated
from kttt_xl.history import FIGURE_HEADINGS, FIGURE_SHEET, NOW_TITLE, TASK_SHEET
from kttt_xl.layout import REPORT_SHEETS
from kttt_xl.model import LEAD, Figure
from kttt_xl.paper import Columns, Counted, Row, Shown, Table
from kttt_xl.period import Period
from kttt_xl.progress import STATUSES
from kttt_xl.succession import MERGE, RENAME, SPLIT, TRANSFER, UNVERIFIED, Edge, Placed, Undecided, cautions
from kttt_xl.successors import UNDECIDED, Standing, in_words

AGENCY_NOW = "Cơ quan hiện nay"

_COPY_SHEET = REPORT_SHEETS[4]

_KIND_WORDS = {RENAME: "Đổi tên", MERGE: "Hợp nhất", SPLIT: "Chia tách", TRANSFER: "Chuyển chức năng"}

# Below a sheet's first table, in its columns: widths are those of the columns above. Its headings are printed on every
# page, so what stands below them must be read rightly under them as well.
_CHANGED_COLUMNS = ("STT", "Cơ quan trong kế hoạch", AGENCY_NOW, "Từ ngày", "Thay đổi", "Lý do, căn cứ")
_TASK_COLUMNS = (
    "STT", "Cơ quan", "Tình trạng, lúc báo cáo", "Số lượt, lúc báo cáo", "Số lượt, hiện nay", "Tình trạng, hiện nay",
)  # fmt: skip
_FIGURE_COLUMNS = (
    "Mã", "Chỉ tiêu", "ĐVT", "Đơn vị hiện nay", "Mã kỳ", "Kỳ", "Giá trị", "Gồm số liệu của; lý do chưa xác định",
)  # fmt: skip


def beside_tasks(result: Consolidated, columns: Columns, rows: Iterable[Row]) -> tuple[Columns, Iterator[Row]]:
    """Return the table of Nhiệm vụ with a column that says who each task row stands with today."""
    return _beside(columns, rows, map(in_words, result.now.tasks), 24)


def beside_copies(result: Consolidated, columns: Columns, rows: Iterable[Row]) -> tuple[Columns, Iterator[Row]]:
    """Return the table of Tình hình nộp with a column that says who each agency is today."""
    now = {item.agency: in_words(item) for item in result.now.agencies}
    listed = list(rows)
    return _beside(columns, listed, (now.get(str(row[1])) for row in listed), 34)


def _beside(
    columns: Columns, rows: Iterable[Row], cells: Iterable[Shown], width: float
) -> tuple[Columns, Iterator[Row]]:
    """Return columns and rows with one more column right after the agency's; cells one a row."""
    headings = list(columns.items())
    at = list(columns).index(FIGURE_HEADINGS[1]) + 1
    wider = dict([*headings[:at], (AGENCY_NOW, width), *headings[at:]])
    return wider, ((*row[:at], cell, *row[at:]) for row, cell in zip(rows, cells, strict=True))


def _below(title: str, headings: Sequence[str], above: Columns, rows: Iterable[Row], *facts: str) -> Table:
    widths = dict(zip(headings, above.values(), strict=False))
    return Table(title, widths, rows, facts=tuple(("", fact) for fact in facts))


def _title(result: Consolidated, what: str) -> str:
    return f"{NOW_TITLE} ({show_date(result.as_of)}): {what}"


# --- agencies


def overview_lines(result: Consolidated) -> list[tuple[str, str | int, str]]:
    """Return the line of Tổng quan on agencies that changed; none while no change is in effect."""
    now = result.now
    if not now.affected:
        return []
    counts = {
        "chưa xác định đơn vị kế thừa": sum(item.undecided for item in now.affected),
        "giữ tên": sum(not item.changed for item in now.affected),
        "chưa kiểm chứng": sum(not item.verified for item in now.affected),
    }
    told = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    tables = {_COPY_SHEET: True, TASK_SHEET: now.tasks_changed, FIGURE_SHEET: now.figures_changed}
    where = f"xem cuối trang {', '.join(f'«{name}»' for name, there in tables.items() if there)}"
    return [("Cơ quan đã thay đổi đến nay", len(now.affected), "; ".join(text for text in (told, where) if text))]


def changed_table(result: Consolidated, above: Columns) -> Table:
    """Return the table of agencies that changed: since when, how, and from what source."""
    rows = ((number, *_changed(result, item)) for number, item in enumerate(result.now.affected, start=1))
    return _below(_title(result, "CƠ QUAN ĐÃ THAY ĐỔI"), _CHANGED_COLUMNS, above, rows)


def _changed(result: Consolidated, item: Standing) -> Row:
    moved = [edge for task in result.now.tasks if task.agency == item.agency for edge in task.path]
    path = (*item.path, *(edge for edge in moved if edge.kind == TRANSFER))
    # What became of its heirs' own extent is told where they stand themselves.
    edges = tuple(dict.fromkeys(edge for edge in path if edge.new != edge.old or edge.old == item.agency))
    kept = cautions(edge for edge in edges if edge.new == edge.old)
    sources = (f"Căn cứ: {edge.source}" for edge in edges)
    told = dict.fromkeys((item.reason, *kept, *map(_function, edges), *sources))
    return (
        item.agency,
        in_words(item),
        _once(f"từ {show_date(edge.on)}" for edge in edges),
        _once(_KIND_WORDS[edge.kind] if edge.new else "Kết thúc" for edge in edges),
        "\n".join(text for text in told if text),
    )


def _once(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _function(edge: Edge) -> str:
    """Return which function went where, "" for an edge that says nothing of it."""
    tasks = f" (nhiệm vụ {', '.join(edge.tasks)})" if edge.tasks else ""
    mark = "" if edge.verified else f" {UNVERIFIED}"
    return f"{edge.function}{tasks} → {edge.new or UNDECIDED}{mark}" if edge.function else ""


# --- tasks


def task_table(result: Consolidated, above: Columns) -> Table:
    """Return how many task rows each lead has, by status, as it was and as it is; both columns add up to the same."""
    title = _title(result, "NHIỆM VỤ CHỦ TRÌ, SỐ LƯỢT NHIỆM VỤ CỦA TỪNG CƠ QUAN")
    note = "Một nhiệm vụ do hai cơ quan chủ trì là hai lượt, kể cả khi hai cơ quan nay là một."
    return _below(title, _TASK_COLUMNS, above, _task_rows(result), note)


def _task_rows(result: Consolidated) -> Iterator[Row]:
    names = [item.agency for item in result.now.agencies]
    then: dict[str, list[str]] = {name: [] for name in names}
    now: dict[str, list[str]] = {name: [] for name in names}
    doubtful: set[str] = set()
    for row, item in zip(result.task_rows, result.now.tasks, strict=True):
        if row.role == LEAD:
            bearer = UNDECIDED if item.undecided else "; ".join(heir.name for heir in item.heirs)
            then.setdefault(row.agency, []).append(row.status)
            now.setdefault(bearer, []).append(row.status)
            doubtful |= {bearer} if item.changed and not item.verified else set()
    held = [name for name in dict.fromkeys((*then, *now)) if then.get(name) or now.get(name)]
    order = sorted(held, key=lambda name: name == UNDECIDED)  # last
    for number, name in enumerate(order, start=1):
        before, after = then.get(name, []), now.get(name, [])
        mark = f" {UNVERIFIED}" if name in doubtful else ""
        yield number, f"{name}{mark}", _statuses(before), *_counts(len(before), len(after)), _statuses(after)
    yield None, "Cộng", None, *_counts(sum(map(len, then.values())), sum(map(len, now.values()))), None


def _counts(before: int, after: int) -> tuple[Counted, Counted]:
    return Counted(before, "{} lượt"), Counted(after, "nay {} lượt")


def _statuses(found: Sequence[str]) -> str:
    return "; ".join(f"{status} {found.count(status)}" for status in STATUSES if status in found)


# --- figures


def figure_table(result: Consolidated, above: Columns) -> Table:
    """Return the reported figures by the agencies of today, then those without a certain heir."""
    view = result.now.figures
    note = "Tổng của từng chỉ tiêu, từng kỳ bằng đúng tổng lúc báo cáo."
    if view.undecided:
        note += f" {len(view.undecided)} số liệu chưa xác định được đơn vị hiện nay ghi ở cuối bảng."
    return _below(_title(result, "SỐ LIỆU"), _FIGURE_COLUMNS, above, _figure_rows(result), note, *view.notes)


def _figure_rows(result: Consolidated) -> Iterator[Row]:
    codes = {indicator.code: at for at, indicator in enumerate(result.plan.indicators)}
    indicators = {indicator.code: indicator for indicator in result.plan.indicators}
    agencies = {agency.name: at for at, agency in enumerate(result.plan.agencies)}

    def order(figure: Figure) -> tuple[int, Period, int, str]:
        return codes[figure.code], figure.period, agencies.get(figure.agency, len(agencies)), figure.agency

    def shown(figure: Figure, agency: str, value: Shown, text: str) -> Row:
        indicator, period = indicators[figure.code], figure.period
        return figure.code, indicator.name, indicator.unit, agency, period.code, period.name, value, text

    groups: dict[tuple[str, str, Period], list[Placed]] = {}
    for item in sorted(result.now.figures.figures, key=lambda item: order(item.figure)):
        groups.setdefault((item.figure.agency, item.figure.code, item.figure.period), []).append(item)
    for (name, _, _), items in groups.items():
        mark = "" if all(item.verified for item in items) else f" {UNVERIFIED}"
        total = sum(item.figure.value for item in items)
        yield shown(items[0].figure, f"{name}{mark}", total, _parts(name, items))
    for lost in sorted(result.now.figures.undecided, key=lambda item: order(item.figure)):
        yield shown(lost.figure, f"{UNDECIDED} ({lost.figure.agency})", lost.figure.value, _reason(lost))


def _parts(name: str, items: Sequence[Placed]) -> str:
    if len(items) == 1 and items[0].was == name and items[0].share == 1:
        return ""
    told = "; ".join(item.was if item.share == 1 else f"{item.was} ({show_number(item.share)})" for item in items)
    return f"Gồm số liệu của {len(items)} đơn vị: {told}" if len(items) > 1 else f"Số liệu của {told}"


def _reason(item: Undecided) -> str:
    return item.reason if item.verified else f"{item.reason} {UNVERIFIED}"
