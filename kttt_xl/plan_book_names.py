"""The names of agencies in a plan workbook: the register's, whatever known spelling was typed; and groups' members."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from kttt_xl.agencies import fold_agency
from kttt_xl.cells import fold
from kttt_xl.plan_book import NAMED, SEPARATOR, WORDS, Column
from kttt_xl.plan_book_rows import BookRow, Problems, names, one_of


def registered_names(rows: Iterable[BookRow]) -> dict[str, str]:
    """Return the registered name by spelling (agencies.fold_agency), where a spelling leads to one agency only."""
    owners: dict[str, set[str]] = {}
    for row in rows:
        name = row.values["name"]
        for spelling in (name, *names(row.values["aliases"])):
            owners.setdefault(fold_agency(spelling), set()).add(name)
    return {spelling: next(iter(those)) for spelling, those in owners.items() if spelling and len(those) == 1}


def with_registered_names(row: BookRow, registered: Mapping[str, str]) -> BookRow:
    """Return a row with the agencies it names under their registered names, as far as they are known."""
    fields = [column.field for column in row.table.columns if names_agencies(column)]
    values = {field: each_registered(row.values[field], registered) for field in fields}
    return replace(row, values={**row.values, **values})


def names_agencies(column: Column) -> bool:
    """Tell whether a column holds names of agencies (contract, section 3: registered names)."""
    return column.suggest == NAMED


def each_registered(text: str, registered: Mapping[str, str]) -> str:
    """Return a list of names, each under its registered name: exact after folding, never by likeness."""
    return SEPARATOR.join(registered.get(fold_agency(name), name) for name in names(text))


def marked_members(row: BookRow, registered: Mapping[str, str], problems: Problems) -> BookRow:
    """Return a row of agencies with its members by registered name and with their marks, as agencies.csv has them."""
    codes = {fold(word): code for code, word in WORDS["mark"].items()}
    usual = row.values["mark"]
    stand_in = usual or "named"  # of a plan that is refused: the mark about which no check has anything to say
    members = []
    unmarked = ""
    for text in names(row.values["members"]):
        parts = re.fullmatch(r"(.+) ?\(([^()]+)\)", text)
        if parts and fold(parts[2]) in codes:
            members.append((each_registered(parts[1], registered), codes[fold(parts[2])]))
        else:
            members.append((each_registered(text, registered), stand_in))
            unmarked = unmarked or ("" if usual else text)
    if unmarked and row.cell("mark").blank:  # a word that is none was told already
        problems.append(row.problem("mark", "", one_of(WORDS["mark"].values())))
    return replace(row, values={**row.values, "members": SEPARATOR.join(f"{name} ({mark})" for name, mark in members)})
