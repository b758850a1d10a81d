"""Draw the tab KTTT from the file that defines it: docs/hinh/tab-kttt.svg. A drawing, and it says so."""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "hinh" / "tab-kttt.svg"
SAID = (
    "Hình vẽ từ tệp định nghĩa tab (macros/customUI14.xml), không phải ảnh chụp Excel.",
    "Chữ trong ô vuông là phím tắt, bấm sau Alt, K; biểu tượng thật do Excel vẽ.",
)
_NAMES = {"": "http://schemas.microsoft.com/office/2009/07/customui"}
_BUTTON, _GAP, _BAR, _BOTTOM, _WHOLE = 124, 14, 26, 148, 190  # widths; then heights from the top


def drawing() -> str:
    """Return the picture, as SVG."""
    # The package's own file: nothing in it comes from outside.
    [tab] = ET.parse(ROOT / "macros" / "customUI14.xml").getroot().iterfind("./ribbon/tabs/tab", _NAMES)  # noqa: S314
    shapes: list[str] = []
    left = _GAP
    for group in tab.iterfind("group", _NAMES):
        buttons = [(each.get("label", ""), each.get("keytip", "")) for each in group.iterfind("button", _NAMES)]
        shapes += _group(left, group.get("label", ""), buttons)
        left += _BUTTON * len(buttons) + _GAP
    size = f'width="{left}" height="{_WHOLE}" viewBox="0 0 {left} {_WHOLE}"'
    grey = 'fill="#f3f3f3" stroke="#c8c8c8"'
    page = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Arial, sans-serif" font-size="13">',
        f'<rect width="{left}" height="{_WHOLE}" fill="#ffffff"/>',
        f'<rect y="{_BAR}" width="{left}" height="{_BOTTOM - _BAR}" {grey}/>',
        f'<rect x="{_GAP}" width="64" height="{_BAR + 1}" {grey}/>',
        _text(_GAP + 32, 18, tab.get("label", ""), 'font-weight="bold"'),
        *shapes,
        *(_text(left // 2, _BOTTOM + 18 * at, words, 'font-style="italic"') for at, words in enumerate(SAID, start=1)),
    )
    return "\n".join((*page, "</svg>\n"))


def _group(left: int, label: str, buttons: list[tuple[str, str]]) -> Iterator[str]:
    """Yield the shapes of a group whose left edge is given; a button is its label and its keys."""
    for number, (words, keys) in enumerate(buttons):
        middle = left + _BUTTON * number + _BUTTON // 2
        yield f'<rect x="{middle - 18}" y="38" width="36" height="36" rx="4" fill="#dbe9f6" stroke="#1f4e79"/>'
        yield _text(middle, 61, keys, 'fill="#1f4e79"')
        yield _text(middle, 96, words)
    right = left + _BUTTON * len(buttons)
    yield _text((left + right) // 2, _BOTTOM - 12, label, 'fill="#6c757d"')
    yield f'<line x1="{right + 7}" y1="36" x2="{right + 7}" y2="{_BOTTOM - 10}" stroke="#c8c8c8"/>'


def _text(middle: int, bottom: int, words: str, look: str = 'fill="#222222"') -> str:
    return f'<text x="{middle}" y="{bottom}" text-anchor="middle" {look}>{escape(words)}</text>'


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(drawing(), encoding="utf-8")


if __name__ == "__main__":
    main()
