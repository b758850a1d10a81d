"""Figures out of the consolidated workbook, as the report wrote them: what KTTT_SO_LIEU looks up.

Nothing is computed here: a total is the one that the workbook shows, so that a sheet and the report never differ.
"""

import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kttt_xl.agencies import fold_agency, nearest
from kttt_xl.cell_values import quoted
from kttt_xl.cells import fold
from kttt_xl.errors import KtttError, MisuseError
from kttt_xl.model import Agency
from kttt_xl.period import Period
from kttt_xl.user_data import user_data

VARIABLE = "KTTT_SO_TONG_HOP"  # names the workbook to read, before the one last written
_POINTER = "so-tong-hop.txt"  # in the user's data folder: the path of the workbook last written

# The table of totals on its sheet, and of the copies on theirs, as tables writes them.
TOTAL_SHEET, COPY_SHEET = "Chỉ tiêu", "Tình hình nộp"
TOTAL_HEADINGS = ("Mã", "Chỉ tiêu", "Cách tổng hợp", "Giá trị", "Kỳ", "Số đơn vị báo cáo/phải báo cáo")
COPY_HEADINGS = ("Đơn vị", "Biểu")
STATS_FORM, RECOMPUTED, DERIVED_NAME, NO_VALUE = "Số liệu", "tính lại từ tổng hai số", " (tên suy ra)", "–"


class _Total(NamedTuple):
    """A row of the table of totals; value is None where nobody reported."""

    name: str
    recomputed: bool
    value: Decimal | None
    reporting: int


@dataclass(frozen=True, slots=True)
class ReportBook:
    """What a consolidated workbook tells: totals and figures; codes by folded code or name, agencies by folded name."""

    totals: Mapping[tuple[str, Period], _Total]
    figures: Mapping[tuple[str, str, Period], Decimal]
    codes: Mapping[str, tuple[str, ...]]
    agencies: Mapping[str, str]
    counted: Mapping[tuple[str, Period], int]  # figures that stand in this workbook

    def value(self, indicator: str, agency: str, period: Period) -> Decimal | None:
        """Return an agency's figure, or the total when agency is ""; None when it was not reported.

        indicator is a code or a name. MisuseError for an indicator, agency or period that the workbook does not know, a
        name that several indicators have, a ratio of one agency, and a figure that an earlier workbook may hold.
        """
        code = self._code(indicator)
        total = self.totals.get((code, period))
        if total is None:
            known = "; ".join(when.name for when in sorted({when for _, when in self.totals}))
            raise MisuseError(f"Sổ tổng hợp không có số liệu kỳ {period.name}; có: {known}.")
        if not agency:
            return total.value
        name = self._agency(agency)
        if total.recomputed:
            raise MisuseError(f"Chỉ tiêu {quoted(indicator)} tính từ tổng của hai số, không có riêng từng đơn vị.")
        figure = self.figures.get((code, name, period))
        if figure is None and total.reporting > self.counted.get((code, period), 0):
            raise MisuseError(f"Số liệu kỳ {period.name} của đơn vị {quoted(agency)} ở sổ tổng hợp của kỳ đó, nếu có.")
        return figure

    def _code(self, indicator: str) -> str:
        found = self.codes.get(fold(indicator), ())
        if len(found) == 1 or indicator in found:
            return found[0] if len(found) == 1 else indicator
        if found:
            raise MisuseError(f"{quoted(indicator)} là tên của nhiều chỉ tiêu; ghi mã, một trong: {'; '.join(found)}.")
        raise MisuseError(
            f"Sổ tổng hợp không có chỉ tiêu {quoted(indicator)}; ghi mã hoặc tên ở trang «{TOTAL_SHEET}»."
        )

    def _agency(self, agency: str) -> str:
        found = self.agencies.get(fold_agency(agency))
        if found:
            return found
        near = "; ".join(nearest(map(Agency, self.agencies.values()), agency))
        more = f" Gần nhất: {near}." if near else ""
        raise MisuseError(f"Sổ tổng hợp không có biểu số liệu của đơn vị {quoted(agency)}.{more}")


def remember(book: Path) -> None:
    """Note which consolidated workbook was written last; never fails, since the workbook itself is there."""
    from kttt_xl.writer import write_file  # noqa: PLC0415  # Excel waits for the functions, which write nothing

    with contextlib.suppress(OSError, ValueError, RuntimeError, KtttError):
        pointer = _pointer()
        pointer.parent.mkdir(parents=True, exist_ok=True)
        write_file(pointer, f"{book.absolute()}\n".encode("utf-8", "surrogateescape"))


def report_book() -> ReportBook:
    """Return the consolidated workbook that KTTT_SO_TONG_HOP names, else the one last written on this computer.

    It is read again when the file has changed. MisuseError when there is none, or none that can be read.
    """
    path = Path(os.environ.get(VARIABLE) or _last_written())
    try:
        found = path.stat()
    except OSError as error:
        raise MisuseError(f"Không mở được sổ tổng hợp «{path}»; chạy lại lệnh tổng hợp.") from error
    told = _read(path, found.st_mtime_ns, found.st_size)
    if isinstance(told, str):
        raise MisuseError(told)
    return told


def _pointer() -> Path:
    return user_data() / _POINTER


def _last_written() -> str:
    try:
        return _pointer().read_bytes().decode("utf-8", "surrogateescape").strip() or _unknown()
    except OSError:
        return _unknown()


def _unknown() -> str:
    raise MisuseError(f"Chưa có sổ tổng hợp nào: chạy lệnh tổng hợp trước, hoặc ghi đường dẫn vào biến {VARIABLE}.")


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _size: int) -> ReportBook | str:
    """Return the workbook, or the sentence why it cannot be read: a column of cells must not try a thousand times."""
    try:
        return _open(path)
    except KtttError as error:
        return str(error)


def _open(path: Path) -> ReportBook:
    from kttt_xl import history  # noqa: PLC0415  # Excel waits for the functions to load, and few read the workbook

    def total(row: history.ReportRow) -> tuple[tuple[str, Period], _Total]:
        code, name, way, amount, period, counts = TOTAL_HEADINGS
        value, reporting = row.contents[amount], row.text(counts).partition("/")[0]
        if value != NO_VALUE and not isinstance(value, Decimal):
            raise row.wrong(amount, "một số")
        if not reporting.isdecimal():
            raise row.wrong(counts, "hai số, ví dụ 12/15")
        known = value if isinstance(value, Decimal) else None
        told = _Total(row.text(name).removesuffix(DERIVED_NAME), row.text(way) == RECOMPUTED, known, int(reporting))
        return (row.text(code), row.period(period)), told

    sheets = history.report_sheets(path)
    if not {TOTAL_SHEET, COPY_SHEET} <= sheets.keys():
        raise MisuseError(f"«{path}» không phải là bản tổng hợp của kttt-xl.")
    totals = dict(history.unique_rows(path, sheets[TOTAL_SHEET], TOTAL_HEADINGS, total))
    rows = history.unique_rows(path, sheets[history.FIGURE_SHEET], history.FIGURE_HEADINGS, history.read_figure)
    figures = {place: figure.value for place, figure in rows}
    copies = history.table_rows(path, sheets[COPY_SHEET], COPY_HEADINGS)
    asked = [row.text(COPY_HEADINGS[0]) for row in copies if row.contents[COPY_HEADINGS[1]] == STATS_FORM]
    return ReportBook(
        totals,
        figures,
        _codes((code, total.name) for (code, _), total in totals.items()),
        {fold_agency(name): name for name in (*asked, *(agency for _, agency, _ in figures))},
        Counter((code, period) for code, _, period in figures),
    )


def _codes(named: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """Return the codes by folded code and by folded name; several where two indicators share one."""
    found: dict[str, tuple[str, ...]] = {}
    for code, name in named:
        for key in (fold(code), fold(name)):
            found[key] = tuple(dict.fromkeys((*found.get(key, ()), code)))
    return found
