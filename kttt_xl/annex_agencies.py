"""The agency cells of an annex -> the agencies that lead and coordinate each proposed task, and a register of them.

A cell is taken apart only into names that are known: registered in another plan, or standing alone in cells of this
annex. Whatever else it says is kept whole and said to be doubtful, since names hold commas and "và" (domain.md 1(c)).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from kttt_xl.agencies import fold_agency, match
from kttt_xl.agency_lists import split_names
from kttt_xl.annex import ProposedTask
from kttt_xl.cells import fold
from kttt_xl.errors import MisuseError
from kttt_xl.model import Agency, Member, Plan, Settings

_ALTERNATIVES = re.compile("[;|]")  # what no name holds
_GROUP = re.compile(r"(?:ubnd |ủy ban nhân dân )?(?:các|những|mọi) ")  # of a folded text that names no single agency
_ONE_NAME = re.compile(r"[\w ]+")  # of a folded text that can hardly be several names
_BETWEEN_NAMES = frozenset({"và", "cùng", "với", "hoặc"})
_MOST_NAMES = 1000  # different ones in an annex: more is no annex, and takes minutes
_CELLS = ("cơ quan chủ trì", "cơ quan phối hợp")
# A plan of which nothing is known: what is proposed for one, and the names in it, are rows of it.
HEADLESS = Plan(
    id="", title="", number="", issued_on=None, issuer="", coordinator="", start=None, end=None, settings=Settings(),
    agencies=(), tasks=(), indicators=(), targets=(),
)  # fmt: skip

_UNMARKED = "Ghi chung nhiều cơ quan: lập thành nhóm chưa có thành viên; ghi tên từng thành viên."
_MAYBE_SEVERAL = "Tên có dấu câu hoặc chữ nối: có thể là nhiều cơ quan. Nếu vậy, thay bằng mỗi cơ quan một dòng."
_UNSPLIT = "Ghi nhiều cơ quan mà chưa tách được: thay bằng mỗi cơ quan một dòng, và sửa ở trang Nhiệm vụ."


@dataclass(frozen=True, slots=True)
class AssignedTask:
    """A proposed task with the names of its agencies; what was assumed of them is among the task's repairs.

    left says what is for an officer to do, and is no longer true once it is done.
    """

    task: ProposedTask
    lead: tuple[str, ...]
    coordinating: tuple[str, ...]
    left: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """Return everything there is to say of the row."""
        return (*self.task.repairs, *self.left)


@dataclass(frozen=True, slots=True)
class ProposedAgency:
    """An agency or group that the annex names, where it is first named, and as in ProposedTask how sure that is."""

    agency: Agency
    source: str
    confidence: str
    repairs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a part of a cell names, what was assumed of it, and what is left to do."""

    names: tuple[str, ...]
    repair: str = ""
    left: str = ""


def assign(
    rows: Sequence[ProposedTask], register: Plan | None
) -> tuple[tuple[AssignedTask, ...], tuple[ProposedAgency, ...]]:
    """Return the rows with their agencies, and these: in the order they are named, groups and what they bring last.

    register is the plan whose names are recognised. Of the agencies it has, the names and spellings are taken over; of
    the groups also the members, all to be confirmed, since whom a group means is for each plan to say (contract, 1).
    MisuseError for more than 1000 different names.
    """
    reader = _Reader(register)
    parts = dict.fromkeys(part for row in rows for text in _texts(row) for part in _parts(text))
    if len(parts) > _MOST_NAMES:
        raise MisuseError(f"Phụ lục ghi hơn {_MOST_NAMES} cơ quan khác nhau: có thể nhầm cột cơ quan.")
    for part in sorted(parts, key=lambda text: len(fold_agency(text).split())):  # the short ones make up the long
        reader.learn(part)
    assigned = tuple(reader.assigned(row) for row in rows)
    return assigned, tuple(_proposed(assigned, reader))


def _texts(row: ProposedTask) -> tuple[str, ...]:
    return (row.lead_text, row.coordinating_text)


def _parts(text: str) -> list[str]:
    """Return what stands between separators that no name holds; "-" and the like name nobody."""
    parts = (part.strip(" ,.;") for part in _ALTERNATIVES.split(text))
    return [part for part in parts if any(map(str.isalnum, part))]


@dataclass(slots=True)
class _Reader:
    """Reads parts of cells; found holds by name the agencies that are new to the register, and what to say of each."""

    register: Plan | None
    found: dict[str, tuple[Agency, str, tuple[str, ...]]] = field(default_factory=dict)
    readings: dict[str, _Reading] = field(default_factory=dict)

    def learn(self, part: str) -> None:
        """Read a part of a cell; what is neither a known name nor a list of such is taken whole for a new one."""
        own = tuple(agency for agency, _, _ in self.found.values())
        known = replace(HEADLESS, agencies=(*(self.register.agencies if self.register else ()), *own))
        named = match(known, part)
        pieces = [piece for piece in split_names(known, part) if not piece.heading]
        if named.name:
            reading = _Reading((named.name,))
        elif named.rivals:
            rivals = f"«{part}» là cách viết của nhiều cơ quan: {_listed(named.rivals)}. Chọn lại cơ quan."
            reading = _Reading((), left=rivals)
        elif len(pieces) > 1 and all(piece.name or _is_group(piece.text) for piece in pieces):
            names = tuple(piece.name or self._new(piece.text) for piece in pieces)
            exact = self.register and all(match(self.register, piece.text).name for piece in pieces)
            reading = _Reading(names, "" if exact else f"«{part}» được hiểu là {_listed(names)}.")
        elif any(piece.name for piece in pieces):
            unsplit = f"«{part}» chưa tách được thành từng cơ quan: ghi lại mỗi cơ quan một ô."
            reading = _Reading((self._new(part, _UNSPLIT),), left=unsplit)
        else:
            reading = _Reading((self._new(part),))
        self.readings[part] = reading

    def _new(self, text: str, doubt: str = "") -> str:
        """Take a name that is not known into the register, and return it."""
        if doubt:
            said, confidence = doubt, "doubtful"
        elif _is_group(text):
            said, confidence = _UNMARKED, "likely"
        elif self.register:
            near = match(self.register, text).suggestions
            like = f" Gần giống: {_listed(near)}." if near else ""
            said, confidence = f"Kế hoạch «{self.register.id}» không có cơ quan này.{like}", "doubtful"
        else:
            said, confidence = ("", "certain") if _is_one_name(text) else (_MAYBE_SEVERAL, "likely")
        self.found[text] = Agency(text, group=_is_group(text)), confidence, (said,) if said else ()
        return text

    def assigned(self, row: ProposedTask) -> AssignedTask:
        """Return a row with its agencies."""
        names: list[tuple[str, ...]] = []
        assumed: list[str] = []
        left: list[str] = []
        for cell, text in zip(_CELLS, _texts(row), strict=True):
            readings = [self.readings[part] for part in _parts(text)]
            names.append(tuple(dict.fromkeys(name for reading in readings for name in reading.names)))
            assumed += (f"Ô {cell}: {reading.repair}" for reading in readings if reading.repair)
            left += (f"Ô {cell}: {reading.left}" for reading in readings if reading.left)
        confidence = "doubtful" if left else "likely" if assumed and row.confidence == "certain" else row.confidence
        task = replace(row, repairs=(*row.repairs, *assumed), confidence=confidence)
        lead, coordinating = names
        return AssignedTask(task, lead, coordinating, tuple(left))


def _is_group(text: str) -> bool:
    return bool(_GROUP.match(fold(text)))


def _is_one_name(text: str) -> bool:
    folded = fold(text)
    return bool(_ONE_NAME.fullmatch(folded)) and not _BETWEEN_NAMES.intersection(folded.split())


def _listed(names: Iterable[str]) -> str:
    return "; ".join(f"«{name}»" for name in names)


def _proposed(rows: Sequence[AssignedTask], reader: _Reader) -> Iterable[ProposedAgency]:
    """Yield every agency that the rows name, single ones first, and the members that registered groups bring."""
    named: dict[str, list[str]] = {}
    for row in rows:
        for name in (*row.lead, *row.coordinating):
            named.setdefault(name, []).append(row.task.source)
    registered = {agency.name: agency for agency in (reader.register.agencies if reader.register else ())}
    single: list[ProposedAgency] = []
    groups: list[ProposedAgency] = []
    for name, sources in named.items():
        source = sources[0] + (f" và {len(sources) - 1} nhiệm vụ khác" if len(sources) > 1 else "")
        if name in reader.found:
            agency, confidence, repairs = reader.found[name]
        else:
            agency, confidence, repairs = _taken_over(registered[name], reader.register)
        (groups if agency.group else single).append(ProposedAgency(agency, source, confidence, repairs))
    brought = dict.fromkeys(member.name for group in groups for member in group.agency.members)
    for name in brought:
        if name not in named:
            agency, confidence, repairs = _taken_over(registered[name], reader.register)
            single.append(ProposedAgency(agency, "thành viên của nhóm", confidence, repairs))
    return [*single, *groups]


def _taken_over(agency: Agency, register: Plan | None) -> tuple[Agency, str, tuple[str, ...]]:
    """Return a registered agency as the new plan may take it over: its note is about the other plan and stays there."""
    members = tuple(Member(member.name, "to-confirm") for member in agency.members)
    taken = replace(agency, members=members, note="")
    if not agency.group:
        return taken, "certain", ()
    if not members:
        return taken, "likely", (_UNMARKED,)
    return taken, "likely", (f"Thành viên lấy theo kế hoạch «{register.id if register else ''}»: xem lại từng tên.",)
