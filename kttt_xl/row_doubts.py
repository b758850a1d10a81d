"""Whether what stands in one row of a returned form belongs together, by what was issued there.

A key counts only while its row says whose it is. After a sort that left the hidden column out, every key stands beside
another task; after one of some columns only, so does what was typed; cells inserted into a row push its figures under
other headings. Such rows are not read: reading on would give one task's figures to another.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from kttt_xl.cells import Cell
from kttt_xl.choosing import slot_of
from kttt_xl.identity import Manifest, digest
from kttt_xl.layout import NAME_FIELDS, NUMBER_FIELD
from kttt_xl.selfcheck import is_check, is_ours
from kttt_xl.workbook import Sheet

_SHIFTED = "các ô của dòng đã bị dời sang cột khác"
_PUSHED = "các ô của dòng đã bị đẩy sang dòng khác"
_ROW = re.compile(r"\b[A-Z]{1,3}\$?([0-9]{1,7})\b")
_NOT_ITS = "nội dung dòng không phải của mã này"
_BLANK = digest("")
_ENOUGH = 2  # locked cells that changed places: one may be typed, two that balance are not


def slot_key(cell: Cell, manifest: Manifest) -> str | None:
    """Return the key of the row that a formula of a blank copy shows: "" for none, None when it is no such formula."""
    slot = slot_of(cell.formula) if manifest.offer else 0
    if not slot:
        return None
    return manifest.slots[slot - 1] if slot <= len(manifest.slots) else ""


@lru_cache(maxsize=1 << 12)  # copies of one plan hold the same formulas
def watched_rows(formula: str) -> frozenset[int]:
    """Return the rows that a Kiểm tra formula looks at; on the task form its own row."""
    return frozenset(map(int, _ROW.findall(formula)))


class RowDoubts:
    """Judges the keyed rows of a sheet; at gives the column of each field that was found."""

    def __init__(self, sheet: Sheet, at: Mapping[str, int], manifest: Manifest) -> None:
        """Take the sheet, where its columns stand, and what was issued."""
        self.sheet, self.at, self.manifest = sheet, at, manifest
        self.name = NAME_FIELDS[manifest.kind]
        self.issued = {row.key: row.digests for row in manifest.rows}
        self.count = Counter(row.digests.get(self.name, "") for row in manifest.rows)
        self.owner = {row.digests.get(self.name, ""): row.key for row in manifest.rows}
        self.changed: dict[tuple[int, str], dict[str, str]] = {}
        self.shifted = self._shifted()

    def other_owner(self, row: int, key: str) -> str:
        """Return why a row with this key is not the key's: "" when it is its own.

        Its own name is enough, or its own number beside a reworded name. Another row's name never is: that name is
        what the officer read when filling the row in.
        """
        if not {self.name, NUMBER_FIELD} <= self.at.keys():  # a column is lost: the copy is refused as a whole
            return ""
        name, number, own = self._mark(row, self.name), self._mark(row, NUMBER_FIELD), self.issued[key]
        named, numbered = name == own.get(self.name), number == own.get(NUMBER_FIELD)
        others = name in self.count and not named
        if (named and (numbered or self.count[name] == 1)) or (numbered and not others):
            return ""
        return f"nội dung dòng là của mã {self.owner[name]}" if others else _NOT_ITS

    def disorder(self, row: int, key: str) -> str:
        """Return why the cells of a row that is this key's cannot be read: "" when they stand as they were issued."""
        if row in self.shifted:
            return self.shifted[row]
        if self._is_displaced(row, key):
            return _SHIFTED
        return _NOT_ITS if self._is_mostly_altered(row, key) else ""

    def torn(self, rows: Mapping[int, str]) -> str:
        """Return why none of these rows, each with its key, can be read: locked cells changed places between rows.

        Sorting some of the columns leaves every text on the sheet, but beside another name. A text that was typed over
        an issued one, or filled down, then stands there more often than it was issued.
        """
        owners = {**rows, **self._named_rows()}
        strays = [
            (field, mark)
            for row, key in owners.items()
            for field, mark in self._altered(row, key).items()
            if field != self.name and (row, self.at[field]) in self.sheet.cells
        ]
        if len(strays) < _ENOUGH:
            return ""
        fields = {field for field, _ in strays}
        issued = Counter((field, self.issued[key].get(field, "")) for key in owners.values() for field in fields)
        seen = Counter((field, self._mark(row, field)) for row in owners for field in fields)
        moved = [field for field, mark in strays if seen[field, mark] <= issued[field, mark]]
        if len(moved) < _ENOUGH:
            return ""
        heading = next(column.heading for column in self.manifest.columns if column.field == moved[0])
        return f"cột «{heading}» đã bị sắp xếp lệch với cột Mã"

    def _named_rows(self) -> dict[int, str]:
        """Return the rows that alone show the name of one row of ours, with that row's key, whatever key they have."""
        at = self.at.get(self.name, 0)
        named = {row: self._mark(row, self.name) for row, column in self.sheet.cells if column == at}
        shown = Counter(named.values())
        return {row: self.owner[mark] for row, mark in named.items() if self.count[mark] == shown[mark] == 1}

    def _altered(self, row: int, key: str) -> dict[str, str]:
        """Return the locked fields but the number in which a row says something else than was issued for the key."""
        found = self.changed.get((row, key))
        if found is None:
            marks = (
                (field, self._mark(row, field), own) for field, own in self.issued[key].items() if field in self.at
            )
            found = {field: mark for field, mark, own in marks if mark != own and field != NUMBER_FIELD}
            self.changed[row, key] = found
        return found

    def _is_displaced(self, row: int, key: str) -> bool:
        """Tell whether a locked text of the row stands in another column of it than its own, where another belongs."""
        own = self.issued[key]
        missing = {own[field] for field in self._altered(row, key)} - {_BLANK}
        if not missing:
            return False
        issued = {self.at[field]: mark for field, mark in own.items() if field in self.at}
        here = ((at, digest(cell.text)) for (number, at), cell in self.sheet.cells.items() if number == row)
        return any(mark in missing and issued.get(at) != mark for at, mark in here)

    def _is_mostly_altered(self, row: int, key: str) -> bool:
        """Tell whether more of a row's locked cells say something else than what was issued; blank ones say neither."""
        altered, cells = self._altered(row, key), self.sheet.cells
        if not altered:
            return False
        fields = [field for field in self.issued[key] if field in self.at and field != NUMBER_FIELD]
        said = [field for field in fields if (cell := cells.get((row, self.at[field]))) and not cell.blank]
        wrong = sum(field in altered for field in said)
        return len(said) >= _ENOUGH and wrong * 2 > len(said)

    def _mark(self, row: int, field: str) -> str:
        """Return the digest of what an officer saw; of what a formula shows when the file does not tell."""
        cell = self.sheet.cells.get((row, self.at[field]))
        shown = slot_key(cell, self.manifest) if cell and not cell.text else None
        return self.issued[shown].get(field, "") if shown else digest(cell.text if cell else "")

    def _shifted(self) -> dict[int, str]:
        """Return the rows whose cells were pushed elsewhere, as the Kiểm tra formulas witness, with how."""
        check = self.at.get("check")
        own, other = set(), set()
        for cell in self.sheet.cells.values():
            if not cell.formula:
                continue
            if cell.column == check and is_ours(cell.formula):
                own.add(cell.row)
            elif is_check(cell.formula):
                other.add(cell.row)
        return dict.fromkeys(self._pushed(own), _PUSHED) | dict.fromkeys(other - own, _SHIFTED)

    def _pushed(self, rows: Iterable[int]) -> set[int]:
        """Return the rows of a task form whose inputs were pushed down or up, one row's into the next one's.

        A formula follows the cells it watches. One row's cells that went to another row were moved there by somebody;
        where that row's own cells went on, a whole column was.
        """
        gone: dict[int, frozenset[int]] = {}
        for row in rows if self.manifest.kind == "tasks" else ():  # of figures it looks at sums, too
            watched = watched_rows(self.sheet.cells[row, self.at["check"]].formula)
            if len(watched) > 1:
                gone[row] = watched - {row}
        pushed = {row for row, targets in gone.items() if not targets.isdisjoint(gone)}
        return pushed.union(*(gone[row] for row in pushed))
