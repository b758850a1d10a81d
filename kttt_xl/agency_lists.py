"""A text that names several agencies -> its pieces: registered names, headings, and what is nobody's, in order.

Commas and "và" stand between names and inside them ("UBND các huyện, thị xã, thành phố"): the longest known name is
taken first, and what is left over is said, never dropped. Source: domain.md 1(c) and 1(e).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import normalize

from kttt_xl.agencies import AND, fold_agency, owners, spelled_out, words
from kttt_xl.model import Agency, Plan

_CLAUSE = re.compile("([^;:|\n]+)(:?)")  # no name reaches over what stands between these
_BREAK = re.compile(r"[^\w\s-]|(?:^|\s)-+(?=\s|$)")  # between two words: a name may end before it and begin after it
_PLURAL = "các"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a list of agencies: its text as written, and the registered name that it stands for.

    name is "" for a heading ("Các sở, ngành:", whose names follow), and for what is not one agency's: agencies.match
    says why.
    """

    text: str
    name: str = ""
    heading: bool = False


def split_names(plan: Plan, text: str) -> tuple[Piece, ...]:
    """Return the pieces of a text in order; every letter of it is in one, but for "và" between them.

    A name counts only as a whole item of the list, the longest first. What an item leaves out is taken from the item
    before it or from the heading, where that gives a registered name: "UBND huyện Kbang, Ia Pa"; "Các sở, ngành: Nội
    vụ". Behind words that are nobody's no short form counts: in "Sở Văn hóa, Thể thao và Du lịch" there is no Sở Du
    lịch.
    """
    register = _Register(plan.agencies)
    pieces: list[Piece] = []
    heading: list[str] = []
    for clause in _CLAUSE.finditer(normalize("NFC", text)):
        found = list(_pieces(register, clause[1], heading))
        if found and clause[2] and register.heads(found[-1]):
            found[-1] = Piece(found[-1].text, heading=True)
            heading = _of_one(found[-1].text)
        pieces += found
    return tuple(pieces)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a clause: its place, how it is folded, and whether a name may begin with it."""

    start: int
    end: int
    folded: str
    opens: bool


@dataclass(frozen=True, slots=True)
class _Item:
    """Words that name somebody: the word behind them, the spelling they stand for, and whom they may name.

    "Văn phòng Thành ủy, UBND Thành phố" has two readings: then names holds both.
    """

    end: int
    key: str
    names: frozenset[str]


class _Register:
    """The known spellings of a plan's agencies, folded."""

    def __init__(self, agencies: Sequence[Agency]) -> None:
        self.owners = owners(agencies)
        self.groups = {agency.name for agency in agencies if agency.group}
        self.longest = max((len(key.split()) for key in self.owners), default=0)  # in words
        # "Nội vụ", registered as an alias of "Sở Nội vụ"
        self.short = {
            key
            for agency in agencies
            for key in map(fold_agency, agency.aliases)
            if fold_agency(agency.name).endswith(f" {key}")
        }

    def heads(self, piece: Piece) -> bool:
        """Tell whether a piece with a colon behind it is the heading of a list, and no name of it."""
        return piece.name in self.groups or _PLURAL in fold_agency(piece.text).split()

    def item(self, found: list[_Word], at: int, left_out: Sequence[list[str]] | None) -> _Item | None:
        """Return the longest item that begins at a word, one that is known as it stands before one that is filled up.

        left_out holds the words of which the first may be left out of the name, None where no short form counts.
        """
        spans = list(self._spans(found, at)) if found[at].folded != AND else []
        for end, spelled in reversed(spans):
            key = " ".join(spelled)
            if key in self.owners and not (left_out is None and key in self.short):
                full = self._filled_up(spelled, left_out or ())
                return _Item(end, key, frozenset(self.owners[key] + self.owners.get(full, ())))
        for end, spelled in reversed(spans):
            key = self._filled_up(spelled, left_out or ())
            if key:
                return _Item(end, key, frozenset(self.owners[key]))
        return None

    def _filled_up(self, spelled: list[str], left_out: Sequence[list[str]]) -> str:
        """Return the key of the name that these words are the end of, "" when there is none."""
        for whole in left_out:
            for first in range(len(whole), 0, -1):
                key = " ".join(whole[:first] + spelled)
                if key in self.owners and key != " ".join(whole):  # nobody is named twice in a row
                    return key
        return ""

    def _spans(self, found: list[_Word], at: int) -> Iterator[tuple[int, list[str]]]:
        """Yield the spans that may be an item, the shortest first: the word behind, and the words spelled out."""
        for end in range(at + 1, len(found) + 1):
            if found[end - 1].folded == AND or (end < len(found) and not found[end].opens):
                continue
            spelled = spelled_out(word.folded for word in found[at:end]).split()
            if len(spelled) > self.longest:
                return
            yield end, spelled


def _pieces(register: _Register, text: str, heading: list[str]) -> Iterator[Piece]:
    """Yield the pieces of a clause; heading is the words of the heading it stands under."""
    found = _words(text)
    before: list[str] = []
    at = start = 0
    unknown = False  # whether a word from start up to at is nobody's
    while at < len(found):
        item = register.item(found, at, None if unknown else (before, heading)) if found[at].opens else None
        if item:
            yield from _nobodys(text, found[start:at])
            name = next(iter(item.names)) if len(item.names) == 1 else ""
            yield Piece(text[found[at].start : found[item.end - 1].end], name)
            before = _of_one(item.key)
            at = start = item.end
            unknown = False
        else:
            unknown = unknown or found[at].folded != AND
            at += 1
    yield from _nobodys(text, found[start:at])


def _nobodys(text: str, found: list[_Word]) -> Iterator[Piece]:
    """Yield the piece that these words make, if there is more than AND."""
    kept = [word for word in found if word.folded != AND]
    if kept:
        yield Piece(text[kept[0].start : kept[-1].end])


def _of_one(text: str) -> list[str]:
    """Return the words of a name or heading as they begin the name of one agency: "các sở, ngành" begins "sở …"."""
    return [word for word in fold_agency(text).split() if word != _PLURAL]


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    for start, end, folded in words(text):
        opens = not found or AND in (folded, found[-1].folded) or bool(_BREAK.search(text[found[-1].end : start]))
        found.append(_Word(start, end, folded, opens))
    return found
