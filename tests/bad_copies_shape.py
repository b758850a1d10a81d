"""Bad copies whose sheets are larger, emptier or elsewhere than they say, or hold formulas where values belong."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from random import Random

from bad_copies import BadCopy, Base, Bases, Make, changed, one, replacing, substituting, text_cell
from openpyxl.workbook import Workbook

STRINGS, STYLES, WORKBOOK = "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"
Change = Callable[[bytes, Base], bytes]  # of the form's part
Edit = Callable[[bytes], bytes]

_ROWS = re.compile(rb"<row .*?(?:</row>|/>(?=<row|</sheetData))", re.DOTALL)
_LAST_ROW = 1_048_576


def shape(bases: Bases, _seed: int) -> Iterator[BadCopy]:
    """Sheets of absurd extent, rows and cells that are not where they say they are."""
    for base in (bases.stats, bases.tasks):
        for name, (change, expected) in _SHAPES.items():
            yield _case(f"{base.copy.sheet}: {name}", base, partial(_reshaped, base, change), expected)
    base = bases.stats
    for name, (part, edit, expected) in _PARTS.items():
        yield _case(name, base, partial(changed, base.content, part, edit), expected)
    for length in (5000, 5001, 32_767, 32_768, 1_000_000):
        yield _long_text(bases.tasks, length)
    for count, expected in ((196, ""), (197, "refused too-large")):  # four are ours, two hundred the limit
        yield _case(f"{count} more sheets", base, partial(_with_sheets, base, count), expected)


def huge(bases: Bases, _seed: int) -> Iterator[BadCopy]:
    """Sheets of a million rows, as some programs leave them: read in bounded time and memory."""
    for name, (change, expected) in _HUGE.items():
        yield _case(name, bases.stats, partial(_reshaped, bases.stats, change), expected, "huge")


def _case(name: str, base: Base, make: Make, expected: str, group: str = "shape") -> BadCopy:
    """Return a case that is accepted with these codes, or refused when they begin so."""
    codes = expected.removeprefix("refused ")
    return one(group, name, base, make, "accepted" if codes == expected else "refused", codes)


def _reshaped(base: Base, change: Change) -> bytes:
    return changed(base.content, base.sheet_part, lambda data: change(data, base))


def _with_sheets(base: Base, count: int) -> bytes:
    def edit(book: Workbook, _sheet: object) -> None:
        for number in range(count):
            book.create_sheet(f"Trang {number}")

    return base.edited(edit)


def _long_text(base: Base, length: int) -> BadCopy:
    place = ("1", "result")
    make, name = partial(base.raw, *place, text_cell("A" * length)), f"a text of {length} characters"
    if length > 32_767:
        return one("shape", name, base, make, "refused", "too-large")
    if length > 5000:
        return one("shape", name, base, make, "accepted", "text-too-long", base.but(without=[place]))
    return one("shape", name, base, make, "accepted", "", base.but({place: "A" * length}))


def _before_end(make: Callable[[Base], bytes]) -> Change:
    return lambda data, base: data.replace(b"</sheetData>", make(base) + b"</sheetData>")


def _after_end(xml: bytes) -> Change:
    return lambda data, _base: data.replace(b"</sheetData>", b"</sheetData>" + xml)


def _rows_below(row: str, last: int = _LAST_ROW, cells: bytes = b"") -> Change:
    """Add a row for each number below the form to the last; {r} in row is its number."""

    def rows(base: Base) -> bytes:
        first = base.last_row + 1
        return b"".join(row.format(r=number).encode().replace(b"CELLS", cells) for number in range(first, last + 1))

    return _before_end(rows)


def _stray(reference: str, row: int = _LAST_ROW) -> Change:
    """Add a cell that says it is at that reference, in a row of that number."""
    return _before_end(lambda _base: f'<row r="{row}"><c r="{reference}"><v>1</v></c></row>'.encode())


def _reordered(order: Callable[[list[bytes]], list[bytes]]) -> Change:
    def change(data: bytes, _base: Base) -> bytes:
        begin, end = data.index(b"<row "), data.index(b"</sheetData>")
        return data[:begin] + b"".join(order(_ROWS.findall(data[begin:end]))) + data[end:]

    return change


def _plain(edit: Edit) -> Change:
    return lambda data, _base: edit(data)


def _merges(count: int) -> bytes:
    merged = b"".join(b'<mergeCell ref="AJ%d:AK%d"/>' % (row, row) for row in range(1, count + 1))
    return b'<mergeCells count="%d">' % count + merged + b"</mergeCells>"


def _clash(data: bytes, base: Base) -> bytes:
    """A cell of row 10 says it is in row 11."""
    return data.replace(b'<c r="C10"', b'<c r="C11"')


def _twice(data: bytes, base: Base) -> bytes:
    """The same cell twice in one row."""
    return re.sub(rb'(<c r="B10"[^>]*>.*?</c>)', rb"\1\1", data, count=1, flags=re.DOTALL)


def _bare(data: bytes, _base: Base) -> bytes:
    """The cells of the last row, all of which are there, do not say where they are: legal, and read in order."""
    begin = data.rindex(b"<row ")
    return data[:begin] + re.sub(rb"<(c|row) r=\"[^\"]*\"", rb"<\1", data[begin:])


_DIMENSION = rb'<dimension ref="[^"]*"'
_NUMBERS = b"<c><v>1</v></c>" * 20
_SHAPES: Mapping[str, tuple[Change, str]] = {
    "its dimension is the whole grid": (_plain(substituting(_DIMENSION, b'<dimension ref="A1:XFD1048576"')), ""),
    "its dimension is one cell": (_plain(substituting(_DIMENSION, b'<dimension ref="A1"')), ""),
    "no dimension": (_plain(substituting(rb"<dimension [^>]*/>", b"")), ""),
    "a dimension that is none": (_plain(substituting(_DIMENSION, b'<dimension ref="ZZZZ0:$$"')), ""),
    "a value in the last corner": (_stray("XFD1048576"), "refused unsafe-file"),
    "a value in the last row": (_stray("A1048576"), "refused unsafe-file"),
    "a value in the last column": (_stray("XFD9000", 9000), "refused unsafe-file"),
    "a value beyond the grid": (_stray("XFE1048577"), "refused unsafe-file"),
    "a value in row 0": (_stray("A0"), "refused unsafe-file"),
    "a value in row 99,999,999,999": (_stray("A99999999999"), "refused unsafe-file"),
    "a value in a column ZZZZZZZ": (_stray("ZZZZZZZ1"), "refused unsafe-file"),
    "a value at !!": (_stray("!!"), "refused unsafe-file"),
    "a value at h90, in row 90": (_stray("h90", 90), "outside-value"),
    "a value without a reference": (_rows_below('<row r="{r}"><c><v>7777</v></c></row>', 90), "outside-value"),
    "no references in the last row": (_bare, ""),
    "rows in reverse": (_reordered(lambda rows: rows[::-1]), "shuffled-rows"),
    "every row is row 6": (_plain(substituting(rb'<row r="\d+"', b'<row r="6"')), "refused unsafe-file"),
    "a cell of row 10 says row 11": (_clash, "refused unsafe-file"),
    "a cell twice": (_twice, "refused unsafe-file"),
    "50,000 merged ranges": (_after_end(_merges(50_000)), ""),
    "one merged range over the sheet": (
        _after_end(b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        "",
    ),
}
_HUGE: Mapping[str, tuple[Change, str]] = {
    "1,048,576 formatted empty rows": (_rows_below('<row r="{r}" s="1" customFormat="1"/>'), ""),
    "a formatted empty cell in every row": (_rows_below('<row r="{r}"><c r="A{r}" s="1"/></row>'), ""),
    "2,000,000 numbers below the form": (
        _rows_below('<row r="{r}">CELLS</row>', 100_000, _NUMBERS),
        "refused unsafe-file",
    ),
}
_NAMES = b"".join(b'<definedName name="n%d">Sheet!$A$1</definedName>' % number for number in range(100_000))


def _looks(count: int) -> Edit:
    """Add formats that are not all alike, since they would deflate like a bomb."""
    chance = Random(count)  # noqa: S311
    one_more = b'<xf numFmtId="%d" fontId="%d" fillId="0" borderId="0" applyNumberFormat="1"/>'
    added = b"".join(one_more % (chance.randrange(50), chance.randrange(4)) for _ in range(count))
    return lambda data: data.replace(b"</cellXfs>", added + b"</cellXfs>")


_PARTS: Mapping[str, tuple[str, Edit, str]] = {
    "100,000 defined names": (WORKBOOK, replacing(b"</definedNames>", _NAMES + b"</definedNames>"), ""),
    "64,000 cell formats": (STYLES, _looks(64_000), ""),
    "66,000 cell formats": (STYLES, _looks(66_000), "refused too-large"),
}


# --- formulas and error values where a value belongs


def formulas(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """A formula or an error in an input cell is refused, whatever its stored result (contract, section 5)."""
    base, place = bases.stats, bases.figure(seed)
    rest = base.but(without=[place])
    for name, formula in _FORMULAS.items():
        for stored, value in (("7 stored", "<v>7</v>"), ("nothing stored", "")):
            cell = f'<c r="{{r}}"><f>{formula}</f>{value}</c>'
            make = partial(base.raw, *place, cell)
            yield one("formula", f"{name}, {stored}", base, make, "accepted", "formula-in-input", rest)
    for name, cell in _CELLS.items():
        yield one("formula", name, base, partial(base.raw, *place, cell), "accepted", "formula-in-input", rest)
    for error in ("#REF!", "#DIV/0!", "#N/A", "#NAME?", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!", "#GETTING_DATA"):
        make = partial(base.raw, *place, text_cell(error, "e"))
        yield one("formula", f"error {error}", base, make, "accepted", "error-value", rest)
    area = [(key, place[1]) for key in ("HTX-MOI", "TV-HTX-MOI")]
    place = area[0]
    array = f'<c r="{{r}}"><f t="array" ref="{base.at(*area[0])}:{base.at(*area[1])}">1+1</f><v>2</v></c>'
    make, others = partial(base.raw, *place, array), base.but(without=area)
    yield one("formula", "an array over two", base, make, "accepted", "formula-in-input", others)
    locked = partial(base.raw, "HTX-MOI", "name", '<c r="{r}" t="str"><f>"a"</f><v>a</v></c>')
    yield one("formula", "in a locked cell", base, locked, "accepted", "altered-locked-cell")


_FORMULAS = {
    "a link": 'HYPERLINK("http://127.0.0.1:9/?d="&amp;F8,"x")',
    "DDE": "cmd|' /C calc'!A0",
    "a web service": 'WEBSERVICE("http://127.0.0.1:9/?"&amp;F8)',
    "another workbook": "'[khac.xlsx]Sheet1'!A1",
    "a share": "'\\\\127.0.0.1\\s\\[a.xlsx]S'!A1",
    "the clock": "NOW()",
    "a sum": "SUM(F8:F10)",
    "a call of Windows": 'CALL("Shell32","ShellExecuteA","JJ",0,"calc")',
    "an indirection": 'INDIRECT("R1C1",FALSE)',
}
_CELLS = {
    "a stored result that is wrong": '<c r="{r}"><f>1+1</f><v>999999</v></c>',
    "a text result": '<c r="{r}" t="str"><f>"a"</f><v>abc</v></c>',
    "a shared formula without its first": '<c r="{r}"><f t="shared" si="77"/><v>4</v></c>',
    "an error result": '<c r="{r}" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
}


def formula_texts(bases: Bases, seed: int) -> Iterator[BadCopy]:
    """Texts that would be formulas if somebody typed them: kept as the texts they are."""
    base, place = bases.tasks, (bases.task(seed), "result")
    for text in _TEXTS:
        make = partial(base.raw, *place, text_cell(text))
        kept = base.but({place: text.strip("\t\r\n\u00a0\u200b\ufeff")})
        yield one("formula_text", ascii(text), base, make, "accepted", "", kept)


_TEXTS = (
    "=1+1", "+84 24 3936 1234", "-12", "-giảm so với kỳ trước", "@SUM(1+1)", "\t=1+1", "\n=1+1",
    "＝1+1", "＋1", "＠x", "\u00a0=1+1", "\u200b=1+1", "|cmd' /C calc'!A0", "'=1+1", "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://127.0.0.1:9","x")', ";=1+1", "%0A=1+1", "\ufeff=1+1", "{=1+1}",
)  # fmt: skip
GROUPS = {"shape": shape, "huge": huge, "formula": formulas, "formula_text": formula_texts}
