"""Classes that cooperatives are put in (xếp loại: tốt, khá …): an office's setting, read from words and printed.

The circular that set names and limits is repealed and older plans have a scale of their own (domain 2.4, 2.5): there
are none unless the plan's office writes them, with the document that they come from.
"""

from collections.abc import Iterable

from kttt_xl.model import Band, Settings


def read_band(text: str) -> Band | None:
    """Return the class in "khá: từ 65 đến dưới 80 điểm"; None where name or limits are missing."""
    name, _, limits = (part.strip() for part in text.partition(":"))
    return Band(name, limits) if name and limits else None


def band_text(band: Band) -> str:
    """Return a class as it is written and printed; read_band gives it back."""
    return f"{band.name}: {band.limits}"


def bands_words(settings: Settings, rows: Iterable[str]) -> str:
    """Return the sentence that a form prints for rows (their STT) that count by classes; "" without rows or classes."""
    named = ", ".join(rows)
    if not named or not settings.bands:
        return ""
    document = f" theo {settings.bands_document}" if settings.bands_document else ""
    return f"Xếp loại ở dòng {named}{document}: {'; '.join(map(band_text, settings.bands))}."
