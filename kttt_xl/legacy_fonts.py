"""Which cell styles and texts of a workbook have a font made for an encoding before Unicode (.VnTime, VNI-Times).

A copy without such a font, nearly every one, costs a search of its bytes and no more.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element

from kttt_xl.legacy_text import font_encoding
from kttt_xl.ooxml import children, parse

_NAMED = re.compile(rb"""val\s*=\s*["'](?:\.vn|vni[- ])""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fonts:
    """The fonts that are such, by index as written: of cell styles (None is a cell without one), of shared strings."""

    styles: Mapping[str | None, str]
    strings: Mapping[str, str]

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.styles or self.strings)

    def of(self, cell: Mapping[str, str], value: str, run: str) -> str:
        """Return the font of a cell's text, "" for any other; run is that of the runs of its inline text.

        cell holds the attributes of <c>, value what stands in <v>.
        """
        inline = cell.get("t") == "inlineStr"
        return (run if inline else self.strings.get(value, "")) or self.styles.get(cell.get("s"), "")


def read_fonts(styles: bytes, strings: bytes) -> Fonts:
    """Return the fonts of two parts of a workbook, which may be empty; CopyRefused for what parse refuses."""
    return Fonts(_style_fonts(styles), _string_fonts(strings) if b"rFont" in strings else {})


@lru_cache(maxsize=4)  # copies of one plan, saved by one program, have the same styles
def _style_fonts(content: bytes) -> dict[str | None, str]:
    if not _NAMED.search(content):
        return {}
    root, namespace = parse(content, "styles", "styleSheet")
    fonts = [_legacy(font.findall(namespace + "name")) for font in children(root, namespace + "fonts")]
    by_id = {str(at): font for at, font in enumerate(fonts)}
    used = [by_id.get(style.get("fontId", "0"), "") for style in children(root, namespace + "cellXfs")]
    found: dict[str | None, str] = {str(at): font for at, font in enumerate(used) if font}
    return found | ({None: found["0"]} if "0" in found else {})


def _string_fonts(content: bytes) -> dict[str, str]:
    if not _NAMED.search(content):
        return {}
    found: dict[str, str] = {}
    count = 0

    def take(items: list[Element], namespace: str) -> None:
        nonlocal count
        for item in items:
            if item.tag == namespace + "si":
                if font := run_font(item, namespace):
                    found[str(count)] = font
                count += 1

    def take_complete(root: Element) -> None:
        take(root[:-1], root.tag.removesuffix("sst"))
        del root[:-1]

    root, namespace = parse(content, "sharedStrings", "sst", take_complete)
    take(root[:], namespace)
    return found


def run_font(item: Element, namespace: str) -> str:
    """Return the first such font of the runs of an <si> or <is>, "" when there is none."""
    return _legacy(item.findall(f"{namespace}r/{namespace}rPr/{namespace}rFont"))


def _legacy(fonts: Iterable[Element]) -> str:
    return next((name for font in fonts if font_encoding(name := font.get("val", ""))), "")
