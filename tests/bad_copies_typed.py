"""Bad copies with what fillers type into a cell: numbers, percents, dates, list items and characters of every kind.

The tables are the contract's (section 5). A cell: what stands in it, the code that must be said, the value that must
come out; REFUSED where none may, BLANK where the cell counts as empty, None where it says "not reported".
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from unicodedata import normalize

from bad_copies import BadCopy, Base, Bases, Values, one, text_cell

from kttt_xl.filling import Content, Typed

REFUSED, BLANK = object(), object()
Place = tuple[str, str]
Cell = tuple[Content, str, object]  # what is typed, the codes, the value that comes out

_BAD = ("bad-number", REFUSED)
_DOUBT = ("ambiguous-number", REFUSED)
_READ = "number-as-text"

# Text: in a column of counts, in one of decimals: code and value of each.
NUMBERS: Mapping[str, tuple[tuple[str, object], tuple[str, object]]] = {
    "1.234": (("ambiguous-number", 1234), _DOUBT),
    "1,234": (("ambiguous-number", 1234), ("ambiguous-number", Decimal("1.234"))),
    "1.234.567": ((_READ, 1234567), (_READ, 1234567)),
    "1 234": ((_READ, 1234), (_READ, 1234)),
    "1\u00a0234": ((_READ, 1234), (_READ, 1234)),
    "12,5": (("not-whole", REFUSED), (_READ, Decimal("12.5"))),
    "12.5": (_DOUBT, ("ambiguous-number", Decimal("12.5"))),
    "1.234,5": (("not-whole", REFUSED), (_READ, Decimal("1234.5"))),
    "1 234,5": (("not-whole", REFUSED), (_READ, Decimal("1234.5"))),
    "1,234.5": (_BAD, ("ambiguous-number", Decimal("1234.5"))),
    "05": ((_READ, 5), (_READ, 5)),
    "0": ((_READ, 0), (_READ, 0)),
    "không có": ((_READ, 0), (_READ, 0)),
    "Không phát sinh": ((_READ, 0), (_READ, 0)),
    "-": (("", None), ("", None)),
    "…": (("", None), ("", None)),
    "−5": (("negative-count", REFUSED), (_READ, -5)),
    **dict.fromkeys(
        (
            "khoảng 5", "5 HTX", "2-3", "x", "(123)", "1e3", "１２３", "١٢٣", "120 triệu", "1O0", "N/A", "không",
            "inf", "nan", "5-7", "~100", "12 13", "'12", "12/15", "✓", "1_000", "0x1F", "TRUE", "1.234.567 đ", "95%",
            "12345678901234567", "1.2.3", "1,2,3", "--5", "½", "V", "năm",
        ),
        (_BAD, _BAD),
    ),
}  # fmt: skip
# A stored number, as the file writes it: in a column of counts, in one of decimals.
STORED: Mapping[str, tuple[tuple[str, object], tuple[str, object]]] = {
    "7": (("", 7), ("", 7)),
    "-5": (("negative-count", REFUSED), ("", -5)),
    "-0": (("", 0), ("", 0)),
    "1234.5": (("not-whole", REFUSED), ("", Decimal("1234.5"))),
    "0.1234567890123456789": (("not-whole", REFUSED), ("", Decimal("0.123456789012346"))),
    "1.1000000000000001": (("not-whole", REFUSED), ("", Decimal("1.1"))),
    "123456789012345": (("", 123456789012345), ("", 123456789012345)),
    "9007199254740993": (_BAD, _BAD),
    "1e-320": (_BAD, _BAD),
    "1E3": (("", 1000), ("", 1000)),
}
# What no program writes as a number: the copy cannot be relied on.
IMPOSSIBLE = ("1e309", " ", "abc", "1,5", "0x10", "NaN", "INF", "1_000", "१२")


def numbers(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """Numbers typed as text, stored numbers, and what is no number, in columns of counts, decimals and percents."""
    base, period = bases.stats, bases.stats.copy.period.code
    places = {"count": bases.figure(seed), "decimal": ("DT-HTX", period)}
    for kind, at in places.items():
        column = list(places).index(kind)
        for text, cells in NUMBERS.items():
            yield _typed("numbers", f"{kind} {text!a}", base, at, text, *cells[column])
        for stored, cells in STORED.items():
            cell = f'<c r="{{r}}"><v>{stored}</v></c>'
            yield _raw("numbers", f"{kind} stored {stored}", base, at, cell, *cells[column])
        for content, code in _OTHERS.items():
            yield _typed("numbers", f"{kind} {content}", base, at, content, code, REFUSED)
        empty = '<c r="{r}"><v></v></c>'
        yield _raw("numbers", f"{kind} of no digits", base, at, empty, "missing-required", BLANK)
        for stored in IMPOSSIBLE:
            make = partial(base.raw, *at, f'<c r="{{r}}"><v>{stored}</v></c>')
            yield one("numbers", f"{kind} stored {stored!a}", base, make, "refused", "damaged-file")
    two = partial(base.raw, *places["count"], '<c r="{r}" t="b"><v>2</v></c>')
    yield one("numbers", "a truth value of 2", base, two, "refused", "damaged-file")
    for place, table in ((("GRDP", period), PERCENTS), (("TT-KTTT", period), GROWTH)):
        for content, code, value in table:
            yield _typed("numbers", f"{place[0]} {_shown(content)}", base, place, content, code, value)
    for content, code, value in COMPLETIONS:
        yield _typed(
            "numbers", f"Tỷ lệ {_shown(content)}", bases.tasks, (bases.task(seed), "percent"), content, code, value
        )


_OTHERS: Mapping[Content, str] = {
    date(2024, 3, 5): "bad-number",
    True: "bad-number",
    Typed(percent=Decimal("0.95")): "bad-number",  # 95 % or 0,95: the file does not say which was typed
}
_SCALE = "percent-scale"
PERCENTS: tuple[Cell, ...] = (
    (95, "", 95),
    (Typed(percent=Decimal("0.95")), "percent-format", 95),
    (Typed(percent=Decimal(1)), "percent-format", 100),
    ("95%", _READ, 95),
    ("95,0%", _READ, 95),
    ("95", _READ, 95),
    ("12,5", _READ, Decimal("12.5")),
    ("12.5", "ambiguous-number", Decimal("12.5")),
    ("1.234", "ambiguous-number", REFUSED),
    (Decimal("0.95"), _SCALE, Decimal("0.95")),
    (1, _SCALE, 1),
    (0, "", 0),
    (150, "ratio-out-of-range", 150),
    (-1, "bad-percent", REFUSED),
    ("95 phần trăm", "bad-number", REFUSED),
    ("95%%", "bad-number", REFUSED),
)
GROWTH: tuple[Cell, ...] = (
    (Decimal("-6.5"), "", Decimal("-6.5")),
    ("-6,5", _READ, Decimal("-6.5")),
    ("−6,5%", _READ, Decimal("-6.5")),
    (Typed(percent=Decimal("-0.065")), "percent-format", Decimal("-6.5")),
    (150, "", 150),
    (Decimal("0.5"), _SCALE, Decimal("0.5")),
    ("giảm 6,5", "bad-number", REFUSED),
)
COMPLETIONS: tuple[Cell, ...] = (
    (95, "", 95),
    (Decimal("0.95"), _SCALE, 95),
    ("0,95", f"{_READ} {_SCALE}", 95),
    (1, _SCALE, 1),
    ("95%", _READ, 95),
    (Typed(percent=Decimal("0.95")), "percent-format", 95),
    (Typed(percent=Decimal(95)), "bad-percent", REFUSED),  # 95 typed into a cell that shows percents: 9500 %
    (101, "bad-percent", REFUSED),
    (-1, "bad-percent", REFUSED),
    ("gần xong", "bad-number", REFUSED),
)


# --- dates


def dates(bases: Bases, _seed: int) -> Iterator[BadCopy]:
    """The day a task was completed, as people write it."""
    base, place = bases.tasks, ("1", "done_on")
    fifth = date(2024, 3, 5)
    for text in (
        "05/03/2024",
        "5/3/2024",
        "5-3-2024",
        "05.03.2024",
        "ngày 5 tháng 3 năm 2024",
        " 05/03/2024 ",
        "2024-03-05",
    ):
        yield _typed("dates", ascii(text), base, place, text, "date-as-text", fifth)
    for text in _NO_DATES:
        yield _typed("dates", ascii(text), base, place, text, "bad-date", REFUSED)
    more: tuple[Cell, ...] = (
        (fifth, "", fifth),
        (datetime(2024, 3, 5, 18, 30), "", fifth),  # noqa: DTZ001
        (date(2023, 8, 3), "", date(2023, 8, 3)),  # 8/3 would lie outside too
        (date(2025, 12, 31), "future-date", date(2025, 12, 31)),
        (date(2026, 1, 1), "date-out-of-range", REFUSED),
        (date(1999, 12, 31), "date-out-of-range", REFUSED),
        (date(2022, 12, 31), "date-out-of-range", REFUSED),  # the plan began in 2023
        ("31/12/2030", "date-out-of-range", REFUSED),
        ("-", "", None),
        (None, "done-without-date", BLANK),
        (True, "bad-date", REFUSED),
    )
    for content, codes, value in more:
        yield _typed("dates", _shown(content), base, place, content, codes, value)
    for serial in ("45356", "-1", "0", "60", "2958466", "1e300", "45356.75", "-684500"):
        cell = f'<c r="{{r}}"><v>{serial}</v></c>'
        yield _raw("dates", f"the number {serial}", base, place, cell, "bad-date", REFUSED)
    typed = '<c r="{r}" t="d"><v>2024-03-05T00:00:00</v></c>'
    yield _raw("dates", "an ISO date cell", base, place, typed, "", fifth)
    yield one(
        "dates",
        "an ISO date cell that is none",
        base,
        partial(base.raw, *place, typed.replace("03-05", "02-30")),
        "refused",
        "damaged-file",
    )


_NO_DATES = (
    "5/3/24", "03/25/2024", "05/03/2024 14:30", "2024-03-05T00:00:00Z", "5 Mar 2024", "Quý I/2024", "03/2024",
    "'05/03/2024", "31/02/2024", "29/02/2023", "05032024", "mùng 5 tháng Giêng", "tháng 3", "2024", "0/3/2024",
)  # fmt: skip


# --- items of a list


def dropdown(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """States typed or pasted instead of chosen: as spelled, or refused."""
    base, place, item = bases.tasks, (bases.task(seed), "state"), "Đang thực hiện"
    alike = {
        "a blank before": " Đang thực hiện", "a blank behind": "Đang thực hiện ", "two blanks": "Đang  thực hiện",
        "a hard blank": "Đang\u00a0thực hiện", "decomposed": normalize("NFD", item), "small": "đang thực hiện",
        "capitals": "ĐANG THỰC HIỆN", "zero width": "Đang thực hiện\u200b", "a line end": "Đang thực hiện\n",
    }  # fmt: skip
    for name, text in alike.items():
        yield _typed("dropdown", name, base, place, text, "list-spelling", item)
    old_tone = ("1", "state")
    yield _typed("dropdown", "the old place of a tone", base, old_tone, "Hòan thành", "list-spelling", "Hoàn thành")
    others: tuple[Content, ...] = (
        "Dang thuc hien", "Đã xong", "Đang thực hiện; Tạm dừng", "Đang thực hiện.", "Ðang thực hiện", "1", "x", 1,
        True, date(2024, 1, 1), "Đang", "hiện đang thực hiện",
    )  # fmt: skip
    for content in others:
        yield _typed("dropdown", _shown(content), base, place, content, "not-in-list", REFUSED)
    yield _typed("dropdown", "TCVN3", base, place, "§ang thùc hiÖn", "legacy-encoding not-in-list", REFUSED)
    yield _typed("dropdown", "VNI", base, place, "Ñang thöïc hieän", "legacy-encoding not-in-list", REFUSED)
    for text in ("   ", "\u200b", "\u00a0"):
        yield _typed("dropdown", f"only {text!a}", base, place, text, "missing-required", BLANK)
    for text in ("-", "…"):
        yield _typed("dropdown", text, base, place, text, "", None)


# --- characters


def characters(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """Texts with characters that other programs break on, as they stand in the file."""
    base, place = bases.tasks, (bases.task(seed), "result")
    for name, (text, codes, value) in _CHARACTERS.items():
        yield _raw("chars", name, base, place, text_cell(text), codes, text if value is True else value)
        yield _raw(
            "chars",
            f"{name}, as a string",
            base,
            place,
            text_cell(text, "str"),
            codes,
            text if value is True else value,
        )
    yield _raw("chars", "CDATA", base, place, '<c r="{r}" t="str"><v><![CDATA[a<b]]></v></c>', "", "a<b")


# Text in the file, codes, value; True for the text itself.
_CHARACTERS: Mapping[str, tuple[str, str, object]] = {
    "NUL as an escape": ("a_x0000_b", "cleaned-text", "ab"),
    "controls as escapes": ("a_x0001_b_x001F_c", "cleaned-text", "abc"),
    "a carriage return": ("a_x000D_\nb", "", "a\nb"),
    "an escaped escape": ("_x005F_x0041_", "", "_x0041_"),
    "a letter as an escape": ("_x0041_", "", "A"),
    "half a surrogate": ("a_xD800_b", "cleaned-text", "a\ufffdb"),
    "a turn of direction": ("abc\u202egnp.exe", "cleaned-text", "abcgnp.exe"),
    "an isolate": ("\u2066x\u2069", "cleaned-text", "x"),
    "joined emoji": ("👩\u200d🏫 hội nghị", "", True),
    "beyond the BMP": ("𠮷野家", "", True),
    "decomposed": (normalize("NFD", "Chỉ tiêu đạt"), "", "Chỉ tiêu đạt"),
    "a BOM in front": ("\ufeffabc", "", "abc"),
    "of private use": ("\ue000", "", True),
    "1,000 accents": ("e" + "\u0301" * 1000, "", normalize("NFC", "e" + "\u0301" * 1000)),
    "blanks around": ("  a  ", "", "a"),
    "HTML": ("<script>alert(1)</script>", "", True),
    "an end of CDATA": ("<&]]>", "", True),
    "TCVN3": ("ChØ tiªu ®¹t kÕ ho¹ch cña tØnh", "legacy-encoding", True),
    "VNI": ("Chæ tieâu ñaït keá hoaïch cuûa tænh", "legacy-encoding", True),
    "UTF-8 read as Latin": ("Chá»‰ tiÃªu", "", True),
    "SQL": ("'; DROP TABLE x;--", "", True),
    "a template": ("{{7*7}}", "", True),
    "a format": ("%s%n%x {0}", "", True),
}


# --- making them


def _typed(group: str, name: str, base: Base, place: Place, content: Content, codes: str, value: object) -> BadCopy:
    make = partial(base.typed, {base.at(*place): content})
    return one(group, name, base, make, "accepted", codes, _values(base, place, value))


def _raw(group: str, name: str, base: Base, place: Place, cell: str, codes: str, value: object) -> BadCopy:
    make = partial(base.raw, *place, cell)
    return one(group, name, base, make, "accepted", codes, _values(base, place, value))


def _values(base: Base, place: Place, value: object) -> Values:
    if value is REFUSED or value is BLANK:
        return base.but(without=[place])
    return base.but({place: Decimal(value) if isinstance(value, int) else value})  # type: ignore[dict-item]


def _shown(content: Content) -> str:
    return ascii(content) if isinstance(content, str) else f"{type(content).__name__} {content}"


GROUPS = {"numbers": numbers, "dates": dates, "dropdown": dropdown, "chars": characters}
