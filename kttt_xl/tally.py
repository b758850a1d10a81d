"""What became of each filled cell of a copy: the account that is kept while a copy is read.

A filled cell enters exactly once, accepted or refused, so filled = accepted + refused by construction (contract,
section 5). Where a whole block was pasted beside the form, the first cells are listed and the rest counted together.
"""

from dataclasses import dataclass, field

from kttt_xl.cells import Cell, Note, Reading, address
from kttt_xl.legacy_notes import encoding_notes
from kttt_xl.messages import finding
from kttt_xl.model import Entry, Finding

LISTED = 200  # refused cells that one code may list on one sheet; the rest are one finding that names their range
_QUOTED = 200  # characters of a cell that a finding quotes; a cell may hold 32,767


@dataclass(slots=True)
class Tally:
    """Collects findings, entries and counts; the only thing of the reader that changes.

    sheet is the one being read; typed holds every filled cell, refused the row key and field of each refused cell
    of the form's rows, agencies what the copy visibly says whose it is: sheet, address, label, name.
    """

    file: str
    agency: str
    sheet: str = ""
    findings: list[Finding] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    typed: list[Cell] = field(default_factory=list)
    accepted: int = 0
    agencies: list[tuple[str, str, str, str]] = field(default_factory=list)
    misplaced: dict[tuple[str, str], list[tuple[Cell, str, str]]] = field(default_factory=dict)

    @property
    def filled(self) -> int:
        """Return how many filled cells there are."""
        return len(self.typed)

    def say(
        self, code: str, at: str = "", header: str = "", found: str = "", expected: str = "", *, sheet: str = ""
    ) -> None:
        """Add a finding about the copy or a cell; the sheet is the one being read unless another is named."""
        self.note(Note(code, found, expected), at, header, sheet)

    def note(self, note: Note, at: str, header: str, sheet: str = "") -> None:
        """Add what was noted about a cell."""
        self.findings.append(
            finding(
                note.code,
                severity=note.severity,
                agency=self.agency,
                file=self.file,
                sheet=sheet or self.sheet,
                cell=at,
                header=header,
                found=note.found,
                expected=note.expected,
            )
        )

    def see_agency(self, name: str, at: str, label: str) -> None:
        """Note that the copy says there whose it is."""
        self.agencies.append((self.sheet, at, label, name.strip()))

    def take(self, cell: Cell, reading: Reading, header: str, key: str, name: str) -> None:
        """Count a filled cell of a row and field with its reading, accepted or refused."""
        self.typed.append(cell)
        for note in (*reading.notes, *encoding_notes(cell)):
            self.note(note, cell.address, header)
        if reading.accepted:
            self.accepted += 1
            self.entries.append(Entry(key, name, reading.value, self.sheet, cell.address))
        else:
            self.refused.append((key, name))

    def refuse(self, code: str, cell: Cell, header: str = "", expected: str = "") -> None:
        """Count a filled cell that stands where none is read."""
        self.typed.append(cell)
        listed = self.misplaced.setdefault((self.sheet, code), [])
        listed.append((cell, header, expected))
        if len(listed) <= LISTED:
            self.say(code, cell.address, header, content(cell), expected)

    def close(self) -> None:
        """Add a finding for the cells of each sheet and code that were not listed."""
        for (sheet, code), listed in self.misplaced.items():
            if len(listed) > LISTED:
                cells = [cell for cell, _, _ in listed[LISTED:]]
                rows, columns = [cell.row for cell in cells], [cell.column for cell in cells]
                corners = f"{address(min(rows), min(columns))}:{address(max(rows), max(columns))}"
                _, header, expected = listed[LISTED]
                self.say(code, corners, header, f"{len(cells)} ô nữa", expected, sheet=sheet)


def content(cell: Cell) -> str:
    """Return what stands in a cell as a finding quotes it: its formula, else its text; printable, not too long."""
    text = f"={cell.formula}" if cell.formula else cell.text
    shown = text.strip()
    if not shown.isprintable():
        shown = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in shown)
    return shown if len(shown) <= _QUOTED else shown[: _QUOTED - 1] + "…"
