"""Texts that others typed, handed on so that nothing takes them for more than text: a formula, a command to a screen.

Sources: OWASP on CSV injection, ASVS 1.2.10 (reliability.md, sections 1 and 6).
"""

import re
from types import MappingProxyType
from typing import Any

_FORMULA_SIGNS = frozenset("=+-@＝＋－＠")  # in full width too, which East Asian versions of Excel take for the same
_BLANK_SIGNS = frozenset("\t\r\n")
# Blanks and what nobody sees, which a program may pass over before it looks what a text begins with.
_UNSEEN = " \t\r\n\x0b\x0c\u00a0\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u3000"
_QUOTED = MappingProxyType({"quote_prefix": True})
_PLAIN: MappingProxyType[str, Any] = MappingProxyType({})
# What a screen or a log obeys: controls but tab and newline, separators, directions; surrogates and what is no letter.
_OBEYED = "\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_CONTROL = re.compile(f"[\x00-\x08\x0b-\x1f{_OBEYED}]")
_IN_JSON = re.compile(f"[{_OBEYED}]")


def starts_formula(text: str) -> bool:
    """Tell whether a text begins as a formula does, or with a blank that such a beginning hides behind.

    >>> [starts_formula(text) for text in ("=1+1", "\\u200b=1", "\\tx", "＋1", "1+1", "a=b", "")]
    [True, True, True, True, False, False, False]
    """
    return text[:1] in _BLANK_SIGNS or text.lstrip(_UNSEEN)[:1] in _FORMULA_SIGNS


def quote(text: str) -> MappingProxyType[str, Any]:
    """Return the property of a cell's format that keeps its text a text when somebody goes into it and presses Enter.

    It is what Excel sets for a text typed behind an apostrophe. Empty for a text that is in no danger.
    """
    return _QUOTED if starts_formula(text) else _PLAIN


def visible(text: str) -> str:
    r"""Return a text for a screen or a log: what those would obey is spelled out, tab and newline stay.

    >>> visible("x\x1b[2J\u202etxt.exe")
    'x\\x1b[2J\\u202etxt.exe'
    """
    return _CONTROL.sub(_spelled, text)


def visible_json(document: str) -> str:
    r"""Return a JSON document that reads the same, without the characters that a screen obeys or UTF-8 cannot hold.

    >>> visible_json('{"a": "\x9b2J"}')
    '{"a": "\\u009b2J"}'
    """
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
