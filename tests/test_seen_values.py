"""What a consolidated workbook showed where a slip belongs: values, texts, and what no copy said."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from officer_desk import AS_OF, PLAN, YEAR, reading
from test_consolidation import DOING, DONE, LAST

from kttt_xl import report
from kttt_xl.consolidation import consolidate
from kttt_xl.history import History, report_sheets
from kttt_xl.intake import judge
from kttt_xl.seen_values import Seen, seen_values
from kttt_xl.slip_places import Place


def test_what_the_sheets_show(tmp_path: Path) -> None:
    readings = [
        reading("a", "Xã A", "stats", {
            ("N", "2024"): Decimal(5), ("M", "2024"): None, ("T", "2024"): "Có\nrồi", ("N", "note"): "Theo sổ",
        }),
        reading("b", "Sở", "tasks", {
            ("1", "state"): DOING, ("1", "percent"): Decimal("62.5"), ("1", "done_on"): date(2024, 6, 5),
            ("4", "result"): "Họp",
        }),
    ]  # fmt: skip
    # Xã A completed task 2 a year ago and says nothing now: its state is kept, and no copy says it.
    history = History(states={("2", "Xã A"): ((LAST, DONE, date(2023, 5, 1)),)})
    result = consolidate(PLAN, YEAR, AS_OF, judge(readings, PLAN, YEAR), history)
    out = tmp_path / "x.xlsx"
    out.write_bytes(report.write_report(result))
    found = seen_values(out, report_sheets(out))
    assert {place: seen.value for place, seen in found.items() if seen.value} == {
        Place("Xã A", "stats", "N", "2024"): "5",
        Place("Xã A", "stats", "T", "2024"): "Có rồi",
        Place("Xã A", "stats", "N", "note"): "Theo sổ",
        Place("Sở", "tasks", "1", "state"): DOING,
        Place("Sở", "tasks", "1", "percent"): "62,5",
        Place("Sở", "tasks", "1", "done_on"): "5/6/2024",
        Place("Sở", "tasks", "4", "result"): "Họp",
    }
    assert found["Xã A", "tasks", "2", "state"] == Seen(None, ("",))
    assert found["Sở", "tasks", "4", "state"] == Seen(None, ("b.xlsx",))
