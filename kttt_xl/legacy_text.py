"""Which encoding from before Unicode a text was typed in, and what it says: told, never put in place of what was typed.

TCVN3 (.VnTime) and VNI texts are letters and signs of Latin-1 that only their fonts show as Vietnamese. A word tells
when Unicode makes no Vietnamese syllable of it and one of the two encodings does. Where a letter was lost on the way
(ư of TCVN3 is a soft hyphen), or a word reads as nothing, there is no reading: it would be a guess (domain.md 6.2).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from unicodedata import normalize

from kttt_xl.legacy_tables import TABLES, TCVN3, VNI, decode
from kttt_xl.syllables import is_syllable

# Frequent syllables of plans as each encoding leaves them: one alone is enough. Every one holds a letter that
# Vietnamese does not have.
_SYLLABLES = MappingProxyType(
    {
        TCVN3: "vµ cña c¸c nhiÖm chñ tr×nh tr× hîp ho¹ch tØnh ®Çu h¹n ®Þnh b¸o t¸c hiÖn ®Ò ¸n",
        VNI: "vaø cuûa nhieäm vuï chuû hôïp hoaïch tænh trieån ñaàu thöïc hieän ñònh taäp theå haïn ñeà",
    }
)
_OWNERS = MappingProxyType(
    {normalize("NFC", word).casefold(): name for name, words in _SYLLABLES.items() for word in words.split()}
)
_NAMES = MappingProxyType({TCVN3: "TCVN3 (phông .VnTime)", VNI: "VNI (phông VNI-Times)"})
_UTF16 = "UTF-16 (Notepad gọi là Unicode)"
_CODECS = MappingProxyType({"utf-16-le": _UTF16, "utf-16-be": _UTF16, "cp1258": "Windows-1258 (Notepad gọi là ANSI)"})
_USUAL = frozenset({"nhiệm", "của", "tỉnh", "chủ", "được", "thực", "hiện", "hợp"})  # in text that was decoded rightly

_FONTS = ((re.compile(r"\.vn.", re.IGNORECASE), TCVN3), (re.compile("vni[- ].", re.IGNORECASE), VNI))
_BETWEEN = re.compile(r"[\s!-/:-@\[-`{-~]+")
_WORD = re.compile("[A-Za-z\u00a1-\u024f\u0300-\u036f\u1e00-\u1eff]+")  # signs of Latin-1 too: µ, ®, soft hyphen
_LETTERS = re.compile(r"[^\W\d_]+")
_LATIN_1_LETTER = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")
_VIETNAMESE = frozenset("ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý")  # of Latin-1
_CODES = {code for table in TABLES.values() for codes in table for code in codes if not code.isascii()}
_FOREIGN = re.compile("[" + "".join(sorted(_CODES - _VIETNAMESE)) + "]")  # that Vietnamese does not have
# What happens to read as a syllable: of 120,000 words of French and English these alone, and units.
_FRENCH = "dû mû tôt gît mît çi où oû loïc laïc thaï aïn aït haï caïn coït taï haïm maï raï"
_HONEST = frozenset((*_FRENCH.split(), "µm", "µg", "m×n"))
_UNITS = frozenset({"m", "km", "cm", "mm", "kg", "g", "tr", "đ"})
_LONG = 5  # letters of a word that tells alone, or codes: below, other languages have such words


@dataclass(frozen=True, slots=True)
class Legacy:
    """An encoding from before Unicode ("TCVN3", "VNI"), and the text read in it: "" when not every word reads."""

    encoding: str
    reading: str


def font_encoding(name: str) -> str:
    """Return the encoding that a font is made for: TCVN3 for .VnTime, VNI for VNI-Times; "" for any other."""
    return next((encoding for pattern, encoding in _FONTS if pattern.match(name)), "")


def legacy(text: str, font: str = "") -> Legacy | None:
    """Return in which old encoding a text was typed; None for Unicode, and for what may be either.

    font is that of the cell or of a run of its text, when it is made for an old encoding. Text typed in Unicode keeps
    such a font for years, so that a font alone says nothing; with one, a single word tells.
    """
    owner = font_encoding(font) if font else ""
    if text.isascii() or not (owner or _FOREIGN.search(text)):
        return None
    words = [word for found in _WORD.findall(normalize("NFC", text)) if (word := _unquoted(found))]
    for encoding in sorted(TABLES, key=lambda name: name != owner):
        if _told(words, encoding, trusted=encoding == owner):
            return Legacy(encoding, _reading(text, encoding, font))
    return None


def _unquoted(word: str) -> str:
    return word.lstrip("«").rstrip("»") if word.startswith("«") or word.endswith("»") else word


def _told(words: Iterable[str], encoding: str, *, trusted: bool) -> bool:
    """Tell whether the words are in this encoding; trusted, when the font says so too."""
    strong, weak = set[str](), set[str]()  # those with letters that Vietnamese does not have, and those without
    strange = honest = 0
    for word in words:
        if word.isascii() or len(word) < 2 or word.casefold() in _HONEST:
            continue
        if is_syllable(word):
            honest += _beyond_latin_1(word)
        elif (read := decode(word, encoding)) != word and not _beyond_latin_1(word) and is_syllable(read):
            (strong if _FOREIGN.search(word) else weak).add(word.casefold())
        else:
            strange += bool(_LATIN_1_LETTER.search(word))
    if not strong:
        return trusted and len(weak) > honest + strange
    alone = any(_OWNERS.get(word) == encoding or _tells_alone(word, encoding) for word in strong)
    return len(strong | weak) > strange and (trusted or alone or len(strong | weak) > 1)


def _tells_alone(word: str, encoding: str) -> bool:
    codes = sum(sign in TABLES[encoding] and not sign.isascii() for sign in word)
    return len(word) >= _LONG or (encoding == TCVN3 and codes > 1)


def _beyond_latin_1(word: str) -> bool:
    return any(sign > "\xff" for sign in word)


def _reading(text: str, encoding: str, font: str) -> str:
    """Return the text in Unicode; "" when a word of it does not read. Capitals with tones are their font's alone."""
    if _beyond_latin_1("".join(_LETTERS.findall(text))):
        return ""
    read = decode(text, encoding)
    if not all(_plausible(word) for word in _LETTERS.findall(read)):
        return ""
    typed = "".join(sign for sign in text if sign.isascii() and sign.isalpha())
    of_capitals = font_encoding(font) == TCVN3 and font.casefold().endswith("h")
    shouted = encoding == TCVN3 and len(typed) > 1 and typed.isupper() and not text.istitle()
    return read.upper() if of_capitals or shouted else read


def _plausible(word: str) -> bool:
    """Tell whether a word reads: a syllable, an abbreviation, or plain letters with a vowel among them.

    Small letters without a vowel ("t" of "đầu tư") have lost one.
    """
    if is_syllable(word) or word.isupper() or word in _UNITS:
        return word.replace("Đ", "D").isascii() or is_syllable(word)
    return word.isascii() and bool(re.search("[aeiouy]", word.lower()))


def old_encoding(text: str) -> str:
    """Return the name of the encoding that a text was typed in: "TCVN3 (phông .VnTime)", "VNI (…)"; "" for Unicode."""
    found = legacy(text)
    return _NAMES[found.encoding] if found else ""


def encoding_of(content: bytes) -> str:
    """Return the name of the encoding of a text file that is not UTF-8, as far as it can be told, "" otherwise."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _UTF16
    frequent = (_OWNERS[word] for word in _words(content.decode("latin-1")) if word in _OWNERS)
    found = _NAMES.get(next(frequent, ""), "")
    for codec, name in _CODECS.items() if not found else ():
        if _USUAL.intersection(_words(content.decode(codec, "replace"))):
            return name
    return found


def _words(text: str) -> list[str]:
    return _BETWEEN.split(normalize("NFC", text).casefold())
