"""The letters of TCVN3 and of VNI as Unicode stores them, and a text of either read as Vietnamese.

A cell holds such a text as letters and signs of Latin-1, which only its font shows as Vietnamese. Sources, which agree
letter by letter: TCVN 5712:1993 (its VN3) as in glibc's TCVN5712-1 and in vietuni; VNI-Windows as in xvnkb and vietuni.
"""

import re
from types import MappingProxyType

TCVN3, VNI = "TCVN3", "VNI"

_GRAVE_HOOK_TILDE_ACUTE_DOT = (
    *("àảãáạ", "ằẳẵắặ", "ầẩẫấậ", "èẻẽéẹ", "ềểễếệ", "ìỉĩíị"),
    *("òỏõóọ", "ồổỗốộ", "ờởỡớợ", "ùủũúụ", "ừửữứự", "ỳỷỹýỵ"),
)
_TCVN3_CODES = (
    *("µ¶·¸¹", "»¼½¾Æ", "ÇÈÉÊË", "ÌÎÏÐÑ", "ÒÓÔÕÖ", "×ØÜÝÞ"),
    *("ßáâãä", "åæçèé", "êëìíî", "ïñòóô", "õö÷øù", "úûüýþ"),
)
_TCVN3_PLAIN = ("ăâêôơưđĂÂÊÔƠƯĐ", "¨©ª«¬\u00ad®¡¢£¤¥¦§")  # ư is the soft hyphen; no capital has a tone
# VNI writes a vowel and after it what it carries: a tone alone, or breve or circumflex together with the tone.
_VNI_BASES = ("a", "a", "a", "e", "e", "", "o", "o", "ô", "u", "ö", "y")
_VNI_MARKS = (
    *("øûõùï", "èúüéë", "àåãáä", "øûõùï", "àåãáä", "ìæóíò"),
    *("øûõùï", "àåãáä", "øûõùï", "øûõùï", "øûõùï", "øûõù"),
)
_VNI_PLAIN = (("ă", "aê"), ("â", "aâ"), ("ê", "eâ"), ("ô", "oâ"), ("ơ", "ô"), ("ư", "ö"), ("đ", "ñ"), ("ỵ", "î"))


def _tcvn3() -> dict[str, str]:
    rows = zip((*_GRAVE_HOOK_TILDE_ACUTE_DOT, _TCVN3_PLAIN[0]), (*_TCVN3_CODES, _TCVN3_PLAIN[1]), strict=True)
    return {code: letter for letters, codes in rows for letter, code in zip(letters, codes, strict=True)}


def _vni() -> dict[str, str]:
    rows = zip(_GRAVE_HOOK_TILDE_ACUTE_DOT, _VNI_BASES, _VNI_MARKS, strict=True)
    small = {base + mark: letter for letters, base, marks in rows for letter, mark in zip(letters, marks, strict=False)}
    small |= {code: letter for letter, code in _VNI_PLAIN}
    return small | {code.upper(): letter.upper() for code, letter in small.items()}


TABLES = MappingProxyType({TCVN3: MappingProxyType(_tcvn3()), VNI: MappingProxyType(_vni())})  # code: letter of Unicode
_CODES = MappingProxyType(
    {name: re.compile("|".join(sorted(map(re.escape, table), key=len, reverse=True))) for name, table in TABLES.items()}
)


def decode(text: str, encoding: str) -> str:
    """Return a text with every code of that encoding as its letter; what is no code of it stays."""
    table = TABLES[encoding]
    return _CODES[encoding].sub(lambda found: table[found[0]], text)
