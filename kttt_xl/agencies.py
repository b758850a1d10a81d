"""Names of agencies as people write them -> registered names: exact after folding, else suggestions for a person.

Two agencies are never joined by likeness, and a spelling that two of them share names neither. Source of the
spellings: domain.md 1(e), which lists how five plans write their agencies.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType
from unicodedata import category, combining, normalize

from kttt_xl.cells import fold
from kttt_xl.errors import MisuseError
from kttt_xl.model import Agency, Plan

AND = "và"
# Short forms that mean one thing wherever they stand, by their letters, đ as d: KH&ĐT, KH-ĐT, KHĐT and KHDT are one.
# Those with several meanings (NN, TC, NV …) are aliases in the register of the plan that uses them.
_SHORT = MappingProxyType(
    {
        "bcd": "ban chỉ đạo",
        "bhxh": "bảo hiểm xã hội",
        "gtvt": "giao thông vận tải",
        "htx": "hợp tác xã",
        "khcn": "khoa học công nghệ",
        "khdt": "kế hoạch đầu tư",
        "kttt": "kinh tế tập thể",
        "ldtbxh": "lao động thương binh xã hội",
        "lhpn": "liên hiệp phụ nữ",
        "lmhtx": "liên minh hợp tác xã",
        "mttq": "mặt trận tổ quốc",
        "mttqvn": "mặt trận tổ quốc việt nam",
        "nhnn": "ngân hàng nhà nước",
        "nnptnt": "nông nghiệp phát triển nông thôn",
        "ptnt": "phát triển nông thôn",
        "ptth": "phát thanh truyền hình",
        "tnmt": "tài nguyên môi trường",
        "tp": "thành phố",
        "tqvn": "tổ quốc việt nam",
        "tttt": "thông tin truyền thông",
        "tx": "thị xã",
        "ub": "ủy ban",
        "ubmttq": "ủy ban mặt trận tổ quốc",
        "ubmttqvn": "ủy ban mặt trận tổ quốc việt nam",
        "ubnd": "ủy ban nhân dân",
        "vp": "văn phòng",
    }
)
_LONGEST = max(map(len, _SHORT))
_APOSTROPHES = frozenset("'`´ʹʼ‘’")  # K'Bang, K’Bang, Kbang
_SUGGESTED, _LIKE = 3, 65  # how many names are suggested, and how alike they are at least (0 to 100)


@dataclass(frozen=True, slots=True)
class Match:
    """What a text names: name is registered, or "" when it is none or several; then a person decides.

    rivals are the agencies that share this spelling; suggestions the registered names nearest to a text that is
    nobody's.
    """

    name: str = ""
    rivals: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


def words(text: str) -> list[tuple[int, int, str]]:
    """Return the words of a text, AND among them: where each starts and ends, and how it is folded.

    Marks and invisible characters belong to the word they stand in, and so does an apostrophe.
    """
    found = []
    end = 0
    for inside, run in groupby(text, key=_in_a_word):
        start, end = end, end + sum(1 for _ in run)
        if inside:
            folded = fold("".join(letter for letter in fold(text[start:end]) if letter not in _APOSTROPHES))
            found += [(start, end, folded)] if any(map(str.isalnum, folded)) else []
    return found


def spelled_out(folded: Iterable[str]) -> str:
    """Return folded words without AND and with short forms in full: what the spellings of one name share."""
    left = [word for word in folded if word != AND]
    found: list[str] = []
    at = 0
    while at < len(left):
        taken, full, letters = 1, left[at], ""
        for end, word in enumerate(left[at:], start=1):
            letters += word.replace("đ", "d")
            if len(letters) > _LONGEST:
                break
            if letters in _SHORT:
                taken, full = end, fold(_SHORT[letters])
        found.append(full)
        at += taken
    return " ".join(found)


@lru_cache(maxsize=1 << 12)  # the register comes again with every name that is looked up
def fold_agency(text: str) -> str:
    """Return a name as it is compared with other names: cells.fold, and more.

    Punctuation and "và" make no difference (Lao động - Thương binh và Xã hội; Lao động, Thương binh, Xã hội), nor do
    short forms (UBND, HTX, KH&ĐT, KHĐT). A place at the end does: "Cục Thuế" and "Cục Thuế tỉnh" may be two.
    """
    return spelled_out(folded for _, _, folded in words(normalize("NFC", text)))


def owners(agencies: Iterable[Agency]) -> dict[str, tuple[str, ...]]:
    """Return the registered names by folded spelling, names and aliases alike; several where a spelling is shared."""
    found: dict[str, tuple[str, ...]] = {}
    for agency in agencies:
        for key in dict.fromkeys(map(fold_agency, (agency.name, *agency.aliases))):
            found[key] = (*found.get(key, ()), agency.name)
    found.pop("", None)  # a name without a letter names nobody
    return found


def match(plan: Plan, text: str) -> Match:
    """Return what a text names in a plan: an agency or group by its name or an alias, exact after fold_agency."""
    named = owners(plan.agencies).get(fold_agency(text), ())
    if len(named) == 1:
        return Match(name=named[0])
    return Match(rivals=named, suggestions=() if named else nearest(plan.agencies, text))


def registered_name(plan: Plan, text: str) -> str:
    """Return the registered name of the agency or group that a text names.

    MisuseError, with the nearest agencies, when it names none; and when it is a spelling of several.
    """
    found = match(plan, text)
    if found.rivals:
        raise MisuseError(f"«{text}» là cách viết của nhiều cơ quan: {'; '.join(found.rivals)}. Ghi tên đầy đủ.")
    if not found.name:
        near = "; ".join(nearest((agency for agency in plan.agencies if not agency.group), text))
        raise MisuseError(f"Kế hoạch không có cơ quan «{text}»." + (f" Gần nhất: {near}." if near else ""))
    return found.name


def nearest(agencies: Iterable[Agency], text: str) -> tuple[str, ...]:
    """Return the registered names most like a text, the likest first: suggestions, never a match.

    None in LibreOffice's add-in.
    """
    try:
        from rapidfuzz import fuzz  # noqa: PLC0415  # loaded when needed: most names are written right
    except ImportError:  # within LibreOffice, whose Python has no compiled packages
        return ()
    wanted = _without_accents(text)
    likeness: dict[str, tuple[float, float]] = {}
    for agency in agencies if wanted else ():
        for spelling in map(_without_accents, (agency.name, *agency.aliases)):
            like = fuzz.token_ratio(wanted, spelling), fuzz.token_sort_ratio(wanted, spelling)
            likeness[agency.name] = max(like, likeness.get(agency.name, like))
    ranked = sorted(likeness, key=lambda name: likeness[name], reverse=True)
    return tuple(name for name in ranked if likeness[name][0] >= _LIKE)[:_SUGGESTED]


def _in_a_word(letter: str) -> bool:
    return letter.isalnum() or letter in _APOSTROPHES or category(letter) in {"Mn", "Mc", "Cf"}


@lru_cache(maxsize=1 << 12)
def _without_accents(text: str) -> str:
    """Return text as it is typed where no accents can be: nearness is judged by it, never sameness."""
    plain = normalize("NFD", fold_agency(text)).replace("đ", "d")
    return "".join(letter for letter in plain if not combining(letter))
