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
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select

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
# What a submission's row says, and what stands in its details: everything else but its file and entries.
_SUBMISSION_FIELDS = tuple(column.name for column in submissions.columns)[1:-1]
_DETAILS = tuple(
    each.name for each in fields(Submission) if each.name not in {*_SUBMISSION_FIELDS, "file", "sha256", "entries"}
)

_T = TypeVar("_T")
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
            rows[0][0] = (*rows[0][0], _digest(told))
            kept[reading.sha256] = rows
    with ledger.transaction() as connection:
        numbers = _numbers(connection, list(kept))
        for old in _batches(list(numbers.values())):
            for table in _TABLES:
                connection.execute(delete(table).where(table.c.file.in_(old)))
        for at, table in enumerate(_TABLES):
            columns = table.columns.keys()
            held = [
                dict(zip(columns, (numbers[sha256], *row), strict=True))
                for sha256, rows in kept.items()
                for row in rows[at]
            ]
            if held:
                connection.execute(insert(table), held)


def _numbers(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """Return the number of each file in the tables, by its sha256: the one it has, or a new one."""
    numbers: dict[str, int] = {}
    for some in _batches(names):
        known = select(files.c.sha256, files.c.file).where(files.c.sha256.in_(some))
        numbers |= {row.sha256: row.file for row in connection.execute(known)}
    following = count((connection.execute(select(func.max(files.c.file))).scalar() or 0) + 1)
    return numbers | {sha256: next(following) for sha256 in names if sha256 not in numbers}


def load(ledger: Ledger, wanted: Iterable[str], tag: str) -> dict[str, CopyReading]:
    """Return the readings kept under this tag of the files with these sha256, by it; their names are empty."""
    found: dict[str, CopyReading] = {}
    for names in _batches(sorted(set(wanted))):
        with ledger.transaction() as connection:
            chosen = select(files).where(files.c.sha256.in_(names), files.c.tag == tag)
            held: dict[int, _Rows] = {
                row[0]: ([tuple(row[1:])], [], [], []) for row in connection.execute(chosen).all()
            }
            for at, table in enumerate(_TABLES[1:], start=1):
                parts = select(table).where(table.c.file.in_(held)).order_by(*table.primary_key.columns)
                for row in connection.execute(parts).all():
                    held[row[0]][at].append(tuple(row[1:]))
        for rows in held.values():
            (*head, digest) = rows[0][0]
            if digest == _digest(_told(([head], *rows[1:]))):
                found[head[0]] = _reading(rows)
    return found


def _batches(names: Sequence[_T]) -> Iterator[Sequence[_T]]:
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
    """Return the rows of a reading, without the number of its file, and without the digest of all of them."""
    told = reading.submission
    manifest = _json(asdict(reading.manifest)) if reading.manifest else ""
    return (
        [(reading.sha256, tag, int(reading.ours), manifest)],
        [(*_fields(told, _SUBMISSION_FIELDS), _json(_fields(told, _DETAILS)))] if told else [],
        [
            (at, entry.key, entry.field, *_typed(entry.value), entry.sheet, entry.cell)
            for at, entry in enumerate(told.entries if told else ())
        ],
        [(at, *_fields(found, _FINDING_FIELDS)) for at, found in enumerate(reading.findings)],
    )


def _reading(rows: _Rows) -> CopyReading:
    """Return the reading that stands in rows which fit their digest."""
    ((sha256, _, ours, manifest, _),), told, cells, found = rows
    return CopyReading(
        file="",
        sha256=sha256,
        findings=tuple(Finding(file="", **dict(zip(_FINDING_FIELDS, row[1:], strict=True))) for row in found),
        manifest=read_manifest(json.loads(manifest)) if manifest else None,
        submission=_submission(sha256, told[0], cells) if told else None,
        ours=bool(ours),
    )


def _submission(sha256: str, row: tuple[Any, ...], cells: list[tuple[Any, ...]]) -> Submission:
    *head, details = row
    return Submission(
        file="",
        sha256=sha256,
        entries=tuple(
            Entry(key, field, _value(kind, text), sheet, cell) for _, key, field, kind, text, sheet, cell in cells
        ),
        **dict(zip(_SUBMISSION_FIELDS, head, strict=True)),
        **dict(zip(_DETAILS, map(_tuples, json.loads(details)), strict=True)),
    )


def _told(rows: Sequence[Sequence[Sequence[Any]]]) -> str:
    """Return as JSON all that the rows of a reading say."""
    return json.dumps(rows, ensure_ascii=False, default=repr)  # a damaged row may hold anything


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
