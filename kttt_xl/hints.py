"""Which agency a file's path names, as offices file what comes in: a folder an agency, or the name a form was sent by.

Evidence beside the signature and what the copy shows; where they disagree, a person decides (contract, section 5).
Never a guess: a name that fits several agencies, or is only like one, hints at none.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from kttt_xl.agencies import fold_agency, owners
from kttt_xl.layout import KIND_SLUGS
from kttt_xl.model import Agency, Plan
from kttt_xl.slugs import plain, slug

_BLANK = slug("")  # stands in the file name of a blank copy, where others have the agency
_EXTENSION = re.compile(r"\.[A-Za-z]{3,4}$")
_ORDINAL = re.compile(r"^[0-9]{1,3}(?:\s*[.)_-]\s*|\s+)")  # 01. Sở Nội vụ, 12-So Noi vu
_COPIED = re.compile(r"(?:\s*-\s*(?:copy|bản sao)|\s*\([0-9]{1,3}\))+$", re.IGNORECASE)  # " - Copy (2)"
# What people put behind a slug in its own letters; anything else there may belong to another agency's name.
_SAID_AFTER = re.compile(
    "(?:-(?:[0-9]{1,8}|v[0-9]{1,2}|lan|copy|ban-sao|da|dien|ky|ky-so|gui|nop|nop-lai|bo-sung|sua|sua-lai|moi|cuoi|"
    "chinh-thuc|final|signed))+"
)


@dataclass(frozen=True, slots=True)
class _Register:
    """The registered names by folded spelling, by spelling without accents, and by the slug of the builder's names."""

    spelled: Mapping[str, tuple[str, ...]]
    letters: Mapping[tuple[str, ...], tuple[str, ...]]
    slugs: Mapping[str, tuple[str, ...]]
    groups: frozenset[str]


def hinted(name: str, plan: Plan) -> tuple[str, ...]:
    """Return the registered agencies that a file's relative path clearly names: of its folder, then of itself.

    The folder is the nearest one that names any: a commune's may lie in its district's. Groups are none.

    A folder, or the file without its extension, names an agency by any registered spelling, with its accents or with
    none at all, and with a number before it. A file is also named as it was sent: plan, period, form and agency
    (contract, section 4), with something before or after. Of a path from the root only the file counts: its folders
    are the office's own.
    """
    *folders, file = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    if folders and (not folders[0] or folders[0].endswith(":")):
        folders = []
    register, stem = _register(plan.agencies), _EXTENSION.sub("", file)
    found = list(filter(None, (_named(folder, register) for folder in folders)))[-1:]
    found += [_named(_COPIED.sub("", stem), register) or _sent_to(stem.lower(), plan.id, register)]
    return tuple(dict.fromkeys(filter(None, found)))


def _named(text: str, register: _Register) -> str:
    """Return the agency that a folder or file is called, "" for none and for several."""
    for spelling in (text, _ORDINAL.sub("", text)):
        known = register.spelled.get(fold_agency(spelling), ())
        if not known and spelling.isascii():  # other accents are another name
            known = register.letters.get(_letters(spelling), ()) or register.slugs.get(spelling.lower(), ())
        if known:
            return _one(known, register)
    return ""


def _sent_to(stem: str, plan_id: str, register: _Register) -> str:
    """Return the agency whose copy was sent by this name, "" for none and for several.

    Several where slugs were cut to one: the number behind them then tells which, but people write numbers there, too.
    """
    kinds = "|".join(KIND_SLUGS.values())
    sent = re.search(f"(?<![a-z0-9-]){re.escape(plain(plan_id))}_[a-z0-9-]+_(?:{kinds})_([a-z0-9-]+)", stem)
    if sent is None or stem[sent.end() : sent.end() + 1].isalnum():  # some letter that no slug has: another name
        return ""
    said = sent[1].rstrip("-")
    fitting = [
        each
        for known, agencies in register.slugs.items()
        if said == known or (said.startswith(known) and _SAID_AFTER.fullmatch(said, len(known)))
        for each in agencies
    ]
    return _one(tuple(fitting), register)


def _one(names: tuple[str, ...], register: _Register) -> str:
    return names[0] if len(names) == 1 and names[0] not in register.groups else ""


@lru_cache(maxsize=8)  # asked once a file
def _register(agencies: tuple[Agency, ...]) -> _Register:
    letters: dict[tuple[str, ...], tuple[str, ...]] = {}
    for spelling, names in owners(agencies).items():
        key = _letters(spelling)
        letters[key] = tuple(dict.fromkeys((*letters.get(key, ()), *names)))
    slugs: dict[str, tuple[str, ...]] = {}
    for agency in agencies:
        if not agency.group and slug(agency.name) != _BLANK:
            slugs[slug(agency.name)] = (*slugs.get(slug(agency.name), ()), agency.name)
    return _Register(owners(agencies), letters, slugs, frozenset(each.name for each in agencies if each.group))


def _letters(text: str) -> tuple[str, ...]:
    """Return the words of a name as they are typed where no accents can be, "và" left out as in fold_agency."""
    return tuple(word for word in plain(fold_agency(text)).split("-") if word != "va")
