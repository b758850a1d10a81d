"""What files were found to say, kept in the ledger: the same bytes are read once.

A reading is kept under the file's sha256 and a tag that changes with this program and with the keys: another version,
or a key that came later, reads anew. A digest guards all its rows: where one was changed in the ledger, or lost, the
file is read anew. Names of files are not kept: a reading is given the name that its file has now.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select

from kttt_xl import __version__
from kttt_xl.identity import read_manifest
from kttt_xl.keys import Campaigns
from kttt_xl.ledger import Ledger
from kttt_xl.ledger_tables import entries, files, findings, submissions
from kttt_xl.model import Entry, Finding, Submission, Value
from kttt_xl.reader import CopyReading

_TABLES = (files, submissions, entries, findings)
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it; the same letters typed are no NUL
_AT_ONCE = 500  # files that one question to the database names
_FINDING_FIELDS = tuple(column.name for column in findings.columns)[2:]
_ENTRY_FIELDS = tuple(column.name for column in entries.columns)[2:]
# What a submission's row says, and what stands in its details: everything else but its file and entries.
_SUBMISSION_FIELDS = tuple(column.name for column in submissions.columns)[1:-1]
_DETAILS = tuple(
    each.name for each in fields(Submission) if each.name not in {*_SUBMISSION_FIELDS, "file", "sha256", "entries"}
)

_Rows = tuple[list[tuple[Any, ...]], ...]  # of one reading: the rows of each of _TABLES


def reader_tag(campaigns: Campaigns) -> str:
    """Return the tag of readings made by this program with these keys."""
    return hashlib.sha256(f"{_program()} {campaigns.fingerprint()}".encode()).hexdigest()


@lru_cache(maxsize=1)  # a program does not change while it runs
def _program() -> str:
    """Return a hash of this package's own sources, and of the Python that runs them."""
    told = hashlib.sha256(f"{__version__} {sys.version_info[:3]}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        told.update(f"\n{source.name}\n".encode() + source.read_bytes())
    return told.hexdigest()


def named(reading: CopyReading, name: str) -> CopyReading:
    """Return a reading with its file called by another name, wherever it says it."""
    submission = reading.submission and replace(reading.submission, file=name)
    told = tuple(replace(found, file=name) for found in reading.findings)
    return replace(reading, file=name, findings=told, submission=submission)


def keep(ledger: Ledger, readings: Iterable[CopyReading], tag: str) -> None:
    """Keep readings, each under its sha256 in place of the one kept before.

    Not kept is what may be otherwise next time (unreadable: the process was stopped, the disk failed), and what not
    every database takes: a NUL, half of a surrogate pair.
    """
    kept: dict[str, _Rows] = {}
    for reading in readings:
        rows = _rows(reading, tag)
        told = _told(rows)
        if _is_lasting(reading) and _is_storable(told):
            rows[0][0] = (*rows[0][0][:-1], _digest(told))
            kept[reading.sha256] = rows
    with ledger.transaction() as connection:
        for names in _batches(list(kept)):
            for table in _TABLES:
                connection.execute(delete(table).where(table.c.sha256.in_(names)))
        for number, table in enumerate(_TABLES):
            columns = table.columns.keys()
            held = [dict(zip(columns, row, strict=True)) for rows in kept.values() for row in rows[number]]
            if held:
                connection.execute(insert(table), held)


def load(ledger: Ledger, wanted: Iterable[str], tag: str) -> dict[str, CopyReading]:
    """Return the readings kept under this tag of the files with these sha256, by it; their names are empty."""
    found: dict[str, CopyReading] = {}
    for names in _batches(sorted(set(wanted))):
        held: dict[str, _Rows] = {}
        with ledger.transaction() as connection:
            for number, table in enumerate(_TABLES):
                chosen = select(table).where(table.c.sha256.in_(names)).order_by(*table.primary_key.columns)
                for row in connection.execute(chosen).all():
                    held.setdefault(row[0], tuple([] for _ in _TABLES))[number].append(tuple(row))
        for sha256, rows in held.items():
            if rows[0] and rows[0][0][1] == tag and rows[0][0][-1] == _digest(_told(rows)):
                found[sha256] = _reading(sha256, rows)
    return found


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[at : at + _AT_ONCE] for at in range(0, len(names), _AT_ONCE))


def _is_lasting(reading: CopyReading) -> bool:
    return bool(reading.sha256) and all(found.code != "unreadable" for found in reading.findings)


def _is_storable(told: str) -> bool:
    try:
        told.encode()
    except UnicodeEncodeError:
        return False
    return not _NUL.search(told)


# --- a reading <-> its rows


def _rows(reading: CopyReading, tag: str) -> _Rows:
    """Return the rows of a reading, the digest of all of them still empty."""
    key, told = reading.sha256, reading.submission
    manifest = _json(asdict(reading.manifest)) if reading.manifest else ""
    return (
        [(key, tag, int(reading.ours), manifest, "")],
        [(key, *_fields(told, _SUBMISSION_FIELDS), _json(_fields(told, _DETAILS)))] if told else [],
        [
            (key, at, entry.key, entry.field, *_typed(entry.value), entry.sheet, entry.cell)
            for at, entry in enumerate(told.entries if told else ())
        ],
        [(key, at, *_fields(found, _FINDING_FIELDS)) for at, found in enumerate(reading.findings)],
    )


def _reading(sha256: str, rows: _Rows) -> CopyReading:
    """Return the reading that stands in rows which fit their digest."""
    ((_, _, ours, manifest, _),), told, cells, found = rows
    return CopyReading(
        file="",
        sha256=sha256,
        findings=tuple(Finding(file="", **dict(zip(_FINDING_FIELDS, row[2:], strict=True))) for row in found),
        manifest=read_manifest(json.loads(manifest)) if manifest else None,
        submission=_submission(sha256, told[0], cells) if told else None,
        ours=bool(ours),
    )


def _submission(sha256: str, row: tuple[Any, ...], cells: list[tuple[Any, ...]]) -> Submission:
    _, *head, details = row
    return Submission(
        file="",
        sha256=sha256,
        entries=tuple(
            Entry(key, field, _value(kind, text), sheet, cell) for _, _, key, field, kind, text, sheet, cell in cells
        ),
        **dict(zip(_SUBMISSION_FIELDS, head, strict=True)),
        **dict(zip(_DETAILS, map(_tuples, json.loads(details)), strict=True)),
    )


def _told(rows: _Rows) -> str:
    """Return as JSON all that the rows of a reading say, but for their digest."""
    told = ([head[:-1] for head in rows[0]], *rows[1:])
    return json.dumps(told, ensure_ascii=False, default=repr)  # a damaged row may hold anything


def _digest(told: str) -> str:
    return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()


def _fields(thing: object, names: Sequence[str]) -> list[Any]:
    return [getattr(thing, name) for name in names]


def _json(value: object) -> str:
    return json.dumps(value, default=str, separators=(",", ":"))


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _typed(value: Value) -> tuple[str, str]:
    """Return the kind of a value and its text."""
    if value is None:
        return "", ""
    if isinstance(value, Decimal):
        return "number", str(value)
    return ("date", value.isoformat()) if isinstance(value, date) else ("text", value)


def _value(kind: str, text: str) -> Value:
    """Return the value that _typed gave."""
    if kind == "number":
        return Decimal(text)
    if kind == "date":
        return date.fromisoformat(text)
    return text if kind == "text" else None
