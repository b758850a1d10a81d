"""What is to be said of a cell whose text was typed in an encoding before Unicode: the note, and how it reads."""

from kttt_xl.cells import Cell, Note
from kttt_xl.legacy_text import legacy

UNREAD = "(không đọc lại được trọn vẹn)"
_QUOTED = 200  # characters of a text that a note quotes; a cell may hold 32,767


def encoding_notes(cell: Cell) -> tuple[Note, ...]:
    """Return the note legacy-encoding for a text in TCVN3 or VNI, expected being its reading in Unicode; else nothing.

    The value stays as typed: the reading is for the officer to compare (contract, section 5).
    """
    if cell.kind != "text" or cell.formula:
        return ()
    found = legacy(cell.text, cell.font)
    return (Note("legacy-encoding", _clipped(cell.text), _clipped(found.reading) or UNREAD),) if found else ()


def _clipped(text: str) -> str:
    shown = text.strip()
    return shown if len(shown) <= _QUOTED else shown[: _QUOTED - 1] + "…"
