"""Which old Vietnamese encoding a text was typed in, when it is none of Unicode's: told, never converted.

TCVN3 (.VnTime) and VNI texts are letters of Latin-1 that only their fonts show as Vietnamese. What is lost on the way
(ư of TCVN3 is a soft hyphen) does not come back, so that a conversion would be a guess (domain.md 6.2).
"""

import re
from types import MappingProxyType
from unicodedata import normalize

# Frequent syllables of plans as each encoding leaves them. Every one holds a letter that Vietnamese does not have.
_SYLLABLES = MappingProxyType(
    {
        "TCVN3": "vµ cña c¸c nhiÖm chñ tr×nh tr× hîp ho¹ch tØnh ®Çu h¹n ®Þnh b¸o t¸c hiÖn ®Ò ¸n",
        "VNI": "vaø cuûa nhieäm vuï chuû hôïp hoaïch tænh trieån ñaàu thöïc hieän ñònh taäp theå haïn ñeà",
    }
)
_OWNERS = MappingProxyType(
    {normalize("NFC", word).casefold(): name for name, words in _SYLLABLES.items() for word in words.split()}
)
_BETWEEN = re.compile(r"[\s!-/:-@\[-`{-~]+")
_NAMES = MappingProxyType({"TCVN3": "TCVN3 (phông .VnTime)", "VNI": "VNI (phông VNI-Times)"})
_UTF16 = "UTF-16 (Notepad gọi là Unicode)"
_CODECS = MappingProxyType({"utf-16-le": _UTF16, "utf-16-be": _UTF16, "cp1258": "Windows-1258 (Notepad gọi là ANSI)"})
_USUAL = frozenset({"nhiệm", "của", "tỉnh", "chủ", "được", "thực", "hiện", "hợp"})  # in text that was decoded rightly


def old_encoding(text: str) -> str:
    """Return the name of the encoding that a text was typed in: "TCVN3 (phông .VnTime)", "VNI (…)"; "" for Unicode."""
    for word in _words(text):
        if word in _OWNERS:
            return _NAMES[_OWNERS[word]]
    return ""


def encoding_of(content: bytes) -> str:
    """Return the name of the encoding of a text file that is not UTF-8, as far as it can be told, "" otherwise."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _UTF16
    found = old_encoding(content.decode("latin-1"))
    for codec, name in _CODECS.items() if not found else ():
        if _USUAL.intersection(_words(content.decode(codec, "replace"))):
            return name
    return found


def _words(text: str) -> list[str]:
    return _BETWEEN.split(normalize("NFC", text).casefold())
