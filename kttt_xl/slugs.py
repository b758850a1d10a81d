"""Names in the letters of file names: a-z, 0-9 and hyphens (contract, section 4)."""

import re
import unicodedata

_LONGEST = 60  # letters of an agency's name in a file name


def slug(name: str) -> str:
    """Return a name in [a-z0-9-], accents folded, at most 60 characters; "trong" for an empty name."""
    return plain(name)[:_LONGEST].rstrip("-") or "trong"


def plain(text: str) -> str:
    """Return a text in [a-z0-9-], accents folded: nothing in it can leave the folder or upset a mail gateway."""
    letters = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]+", "-", "".join(c for c in letters if not unicodedata.combining(c))).strip("-")
