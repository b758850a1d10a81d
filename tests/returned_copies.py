"""Copies as they come back, for the tests: built once, filled in or edited, read again."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook

from kttt_xl.builder import build_copy
from kttt_xl.filling import Content, fill
from kttt_xl.layout import Copy
from kttt_xl.model import Value
from kttt_xl.reader import CopyReading, read_copy
from kttt_xl.selfcheck import letters, line_rows

KEY = bytes(range(32))
Told = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """A copy as issued, and a folder to put returned ones into."""

    copy: Copy
    content: bytes
    folder: Path

    def at(self, key: str, field: str) -> str:
        """Return the address of a row and field as issued."""
        return f"{letters(self.copy)[field]}{line_rows(self.copy)[key]}"

    def filled(self, contents: Mapping[str, Content], sheet: str = "") -> bytes:
        """Return the copy with contents typed at these addresses of a sheet, the form unless another is named."""
        return fill(self.content, sheet or self.copy.sheet, contents)

    def edited(self, edit: Callable[[Workbook], object]) -> bytes:
        """Return the copy after an edit that changes its sheets, as a filler does who lifted the protection."""
        book = openpyxl.load_workbook(io.BytesIO(self.content))
        edit(book)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    def read(self, returned: bytes | Mapping[str, Content], key: bytes | None = KEY) -> CopyReading:
        """Read what came back: a file's bytes, or the copy with contents typed into its form."""
        path = self.folder / "ban-sao.xlsx"
        path.write_bytes(returned if isinstance(returned, bytes) else self.filled(returned))
        return read_copy(path, path.name, lambda _plan: key)


def trial(copy: Copy, folder: Path) -> Trial:
    """Return a copy as issued."""
    return Trial(copy, build_copy(copy, KEY), folder)


def told(reading: CopyReading) -> list[Told]:
    """Return code, cell, found and message of every finding, in order."""
    return [(found.code, found.cell, found.found, found.message) for found in reading.findings]


def codes(reading: CopyReading) -> list[tuple[str, str]]:
    """Return code and cell of every finding, in order."""
    return [(found.code, found.cell) for found in reading.findings]


def values(reading: CopyReading) -> dict[tuple[str, str], Value]:
    """Return what was accepted, by row and field."""
    assert reading.submission is not None
    found = {(entry.key, entry.field): entry.value for entry in reading.submission.entries}
    assert len(found) == len(reading.submission.entries)
    return found


def counts(reading: CopyReading) -> tuple[int, int, int]:
    """Return how many cells were filled, accepted and refused."""
    submission = reading.submission
    assert submission is not None
    assert submission.filled == submission.accepted + submission.refused
    return submission.filled, submission.accepted, submission.refused
