"""The tables of the ledger (sổ nhận): what stands in which column. Only types that every SQL database has.

events is the record: rows are added, never changed. What was accepted (figures, states) is replaced by each run of its
plan and period, whose event holds its digest. The rest is what files were found to say, and could be read anew.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.types import TypeEngine

SCHEMA = "1"  # changed with any table below: the program must know which it has before it

METADATA = MetaData()


def _table(name: str, keys: Mapping[str, TypeEngine[Any]], contents: Mapping[str, TypeEngine[Any]]) -> Table:
    """Return a table: its key columns, then the others; no column is ever NULL."""
    return Table(
        name,
        METADATA,
        *(Column(column, kind, primary_key=True, autoincrement=False) for column, kind in keys.items()),
        *(Column(column, kind, nullable=False) for column, kind in contents.items()),
        sqlite_with_rowid=len(keys) == 1,  # else the rows themselves lie in the order of their keys: half the size
    )


_HASH, _CODE, _NUMBER = String(64), String(80), Integer()

about = _table("about", {"name": _CODE}, {"value": Text()})

# digest: of the digest before and of all that stands in the row
events = _table(
    "events",
    {"seq": _NUMBER},
    {"at": String(40), "kind": _CODE, "plan": _CODE, "period": _CODE, "body": Text(), "digest": _HASH},
)

# What a file was found to be; digest: of this row and those of the file in the three tables below
files = _table(
    "files",
    {"file": _NUMBER},
    {"sha256": _HASH, "tag": _HASH, "ours": Integer(), "manifest": Text(), "digest": _HASH},
)
Index("files_by_sha256", files.c.sha256, unique=True)
submissions = _table(
    "submissions",
    {"file": _NUMBER},
    {
        **dict.fromkeys(("plan", "period", "kind", "agency", "issue"), Text()),
        **dict.fromkeys(("filled", "accepted", "refused"), Integer()),
        "details": Text(),
    },
)
entries = _table(
    "entries",
    {"file": _NUMBER, "at": _NUMBER},
    dict.fromkeys(("key", "field", "type", "value", "sheet", "cell"), Text()),
)
findings = _table(
    "findings",
    {"file": _NUMBER, "at": _NUMBER},
    dict.fromkeys(
        ("code", "severity", "agency", "sheet", "cell", "header", "found", "expected", "message", "fix"), Text()
    ),
)

# What the last run of a plan and period accepted
figures = _table(
    "figures",
    {"plan": _CODE, "period": _CODE, "at": _NUMBER},
    dict.fromkeys(("code", "agency", "of_period", "value", "file", "sheet", "cell"), Text()),
)
states = _table(
    "states",
    {"plan": _CODE, "period": _CODE, "at": _NUMBER},
    dict.fromkeys(("task", "agency", "state", "done_on"), Text()),
)
