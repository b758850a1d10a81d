"""Our reader against openpyxl and calamine: in what they read alike, every cell of every workbook is the same.

Where they differ, DIFFERENCES says what each makes of it and why ours does what it does: it reads what Excel shows, and
refuses where programs would see different things. Not run here: a value in XFD1048576 makes calamine end the process
(reliability.md, section 0); ours refuses it as too far from the form, which test_workbook holds.
"""

import io
import math
import re
import warnings
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from test_gate import Member, archive
from test_workbook import ALTERNATIVE, HEAD, MAIN, NAMES, ONE_SHEET, package_parts, strict, worksheet

from kttt_xl.errors import CopyRefused
from kttt_xl.gate import open_package
from kttt_xl.workbook import read_workbook

Value = str | float | bool | datetime | timedelta
Found = dict[tuple[int, int], object]
SHEET, STRINGS, WORKBOOK = NAMES["sheet"], NAMES["strings"], NAMES["workbook"]


# --- the readers


def ours(path: Path) -> Found:
    """What stands in the cells of the first sheet; a formula counts by its stored result, as for the others."""
    cells = read_workbook(open_package(path)).sheets[0].cells
    return {place: plain(cell.value) for place, cell in cells.items() if cell.value != ""}


def by_openpyxl(path: Path, *, streaming: bool = False) -> Found:
    with warnings.catch_warnings():  # it warns of dates it cannot read, and of styles that are missing
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, data_only=True, read_only=streaming)
        rows = [list(row) for row in book.worksheets[0].iter_rows()]
        book.close()
    return {(cell.row, cell.column): plain(cell.value) for row in rows for cell in row if cell.value is not None}


def streaming(path: Path) -> Found:
    return by_openpyxl(path, streaming=True)


def by_calamine(path: Path) -> Found:
    rows = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    return {(r, c): plain(value) for r, row in enumerate(rows, 1) for c, value in enumerate(row, 1) if value != ""}


def plain(value: object) -> object:
    """A value as all readers can say it: a midnight is a date to calamine, a whole number an int to openpyxl."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return float(value)
    return datetime.combine(value, time()) if type(value) is date else value


def same(one: object, other: object) -> bool:
    """Equal, but for the last digit of a binary number, and of the day fraction that a time is stored as."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs((one - other).total_seconds()) < 0.001
    return type(one) is type(other) and (one == other or (isinstance(one, float) and math.isclose(one, other)))


def unlike(one: Found, other: Found) -> dict[tuple[int, int], tuple[object, object]]:
    """The cells that two readers tell differently."""
    pairs = {place: (one.get(place), other.get(place)) for place in one.keys() | other.keys()}
    return {place: pair for place, pair in pairs.items() if not same(*pair)}


READERS = (by_openpyxl, streaming, by_calamine)


# --- what they read alike


class Rich(NamedTuple):
    """A text in two runs, the second one bold."""

    first: str
    second: str


class Result(NamedTuple):
    """A formula and its stored result."""

    value: float | str


# What is in DIFFERENCES is not made here: "_x" begins an escape, "\\r" is escaped by one writer and lost by the other.
SIGNS = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t", exclude_characters="\ufffe\uffff")
TEXTS = st.text(SIGNS, min_size=1, max_size=20).filter(lambda words: "_x" not in words)
NUMBERS = st.one_of(st.integers(-(10**14), 10**14), st.floats(-1e300, 1e300).map(lambda value: float(f"{value:.14e}")))
DAYS = st.datetimes(datetime.fromisoformat("1904-01-02"), datetime.fromisoformat("9995-12-30")).map(
    lambda moment: moment.replace(microsecond=0)
)
RUNS = TEXTS.map(str.strip).filter(bool)  # openpyxl forgets xml:space there, and calamine then trims
MADE = st.one_of(st.builds(Rich, RUNS, RUNS), st.builds(Result, NUMBERS | TEXTS))
VALUES = st.one_of(TEXTS, NUMBERS, DAYS, st.booleans(), MADE)
PLACES = st.tuples(st.integers(1, 40), st.integers(1, 40))
DAY_FORMAT = "dd/mm/yyyy hh:mm:ss"


def by_xlsxwriter(values: dict[tuple[int, int], object], *, date1904: bool) -> bytes:
    stream = io.BytesIO()
    options = {"in_memory": True, "date_1904": date1904, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        sheet, bold = workbook.add_worksheet("A"), workbook.add_format({"bold": True})
        day, percent = workbook.add_format({"num_format": DAY_FORMAT}), workbook.add_format({"num_format": "0.0%"})
        for (row, column), value in sorted(values.items()):
            place = (row - 1, column - 1)
            match value:
                case bool():
                    sheet.write_boolean(*place, value)
                case Rich():
                    sheet.write_rich_string(*place, value.first, bold, value.second)
                case Result():
                    sheet.write_formula(*place, "=1+1", None, value.value)
                case str():
                    sheet.write_string(*place, value)
                case datetime():
                    sheet.write_datetime(*place, value, day)
                case _:
                    sheet.write_number(*place, value, percent if row % 2 else None)
    return stream.getvalue()


def written_by_openpyxl(values: dict[tuple[int, int], object], *, date1904: bool) -> bytes:
    book = openpyxl.Workbook()
    if date1904:
        book.epoch = CALENDAR_MAC_1904
    for (row, column), value in values.items():
        cell = book.active.cell(row, column)
        if isinstance(value, Rich):
            cell.value = CellRichText(value.first, TextBlock(InlineFont(b=True), value.second))
        else:
            cell.value = value.value if isinstance(value, Result) else value  # it stores no results
        if isinstance(value, datetime):
            cell.number_format = DAY_FORMAT
        elif isinstance(cell.value, str):
            cell.data_type = "s"  # also when it begins with "=" or is "#N/A"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rewritten(content: bytes, change: Callable[[str, str], str]) -> bytes:
    """The workbook with the XML of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return archive(Member(name, change(name, opened.read(name).decode()).encode()) for name in opened.namelist())


def prefixed(name: str, xml: str) -> str:
    """Other prefixes for the same names, where a part has but one namespace."""
    if name not in {SHEET, STRINGS} or f'xmlns="{MAIN}"' not in xml:
        return xml
    return re.sub(r"<(/?)(\w+)(?=[\s/>])", r"<\1x:\2", xml).replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')


def commented(name: str, xml: str) -> str:
    return xml.replace("<row", "<!-- <v>9</v> --><?x y?><row").replace("<si>", "<!-- <si/> --><si>")


def loose(name: str, xml: str) -> str:
    """Blanks where they mean nothing, and single quotes."""
    return re.sub(r' (r|s|t)="([^"]*)"', r"  \1 = '\2'", xml.replace("</c>", "</c>\n\t")) if name == SHEET else xml


def without_dimension(name: str, xml: str) -> str:
    return re.sub(r"<dimension[^>]*/>", "", xml)


FORMS = (lambda _name, xml: xml, prefixed, commented, loose, without_dimension)


@settings(deadline=None, max_examples=80)
@given(
    values=st.dictionaries(PLACES, VALUES, min_size=1, max_size=25),
    date1904=st.booleans(),
    write=st.sampled_from((by_xlsxwriter, written_by_openpyxl)),
    form=st.sampled_from(FORMS),
)
def test_they_find_the_same_as_we_do(
    values: dict[tuple[int, int], object],
    date1904: bool,
    write: Callable[..., bytes],
    form: Callable[[str, str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("made") / "a.xlsx"
    path.write_bytes(rewritten(write(values, date1904=date1904), form))
    found = ours(path)
    assert unlike(found, {place: typed(value) for place, value in values.items()}) == {}
    assert [(reader.__name__, unlike(found, reader(path))) for reader in READERS] == [
        ("by_openpyxl", {}),
        ("streaming", {}),
        ("by_calamine", {}),
    ]


def typed(value: object) -> object:
    match value:
        case Rich():
            return value.first + value.second
        case Result():
            return plain(value.value)
    return plain(value)


# Not here, since the others read them otherwise (all three shown in FORMAT_DIFFERENCES): AM/PM without an hour, a
# repeated letter (*d), quotes that are not closed, letters behind General, a capital [H].
DATES = "d mm yyyy YY h ss mmm [h] [mm] [ss] [Red] [$-42A] [$-F800] [$đồng-42A] [>=10] [<5]"
OTHERS = r'"ngày" "d" \d \- _m _₫ 0 #,##0 .00 % @ ; E+00 ?/? / - : e b g đ'
PIECES = st.sampled_from([*DATES.split(), *OTHERS.split(), "* ", " "])
SERIAL = 45359.25


def shown_as_day(code: str, path: Path) -> list[bool]:
    """Whether each reader takes a number in this format for a day or a time."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet().write_number(0, 0, SERIAL, workbook.add_format({"num_format": code}))
    found = [reader(path)[1, 1] for reader in (ours, by_openpyxl, by_calamine)]
    return [isinstance(value, datetime | time | timedelta) for value in found]


@settings(deadline=None, max_examples=50)
@given(code=st.lists(PIECES, min_size=1, max_size=5).map("".join))
def test_they_take_the_same_formats_for_dates(code: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert len(set(shown_as_day(code, tmp_path_factory.mktemp("formats") / "a.xlsx"))) == 1


@pytest.mark.parametrize(
    ("code", "ours_openpyxl_calamine"),
    [
        ("A/P", [False, False, True]),  # says morning or evening of no hour: Excel shows the letters
        ("*d0", [False, True, False]),  # fills the cell with the letter d
        ('0"d', [False, True, False]),  # a quote to the end
        ("General d", [True, True, False]),
        ("[H]", [True, False, True]),  # hours, more than 24
    ],
)
def test_formats_that_they_take_otherwise(code: str, ours_openpyxl_calamine: list[bool], tmp_path: Path) -> None:
    assert shown_as_day(code, tmp_path / "a.xlsx") == ours_openpyxl_calamine


# --- what they read otherwise

NOTHING, FAILS, ALIKE = "no cell", "an exception", "as ours"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml."
KINDS = {"workbook": "sheet.main", "sheet": "worksheet", "strings": "sharedStrings", "styles": "styles"}
DAY = datetime.fromisoformat("2024-03-08")
ROWS = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" s="1"><v>45359</v></c></row>'
EXTENT = '<dimension ref="A1"/>'
TWO_ROWS = worksheet(ROWS).replace(EXTENT, "")
OTHER = worksheet('<row r="1"><c r="A1"><v>999</v></c></row>')


def members(sheet: str = TWO_ROWS, **parts: str | bytes) -> list[Member]:
    """The package of test_workbook, with the content types by which openpyxl finds its parts, and parts changed."""
    whole: dict[str, str | bytes] = package_parts(sheet) | parts
    types = "".join(f'<Override PartName="/{NAMES[n]}" ContentType="{KIND}{k}+xml"/>' for n, k in KINDS.items())
    default = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    head = "http://schemas.openxmlformats.org/package/2006/content-types"
    whole["types"] = f'<Types xmlns="{head}">{default}{types}</Types>'
    return [
        Member(NAMES[name], xml if isinstance(xml, bytes) else (HEAD + xml).encode()) for name, xml in whole.items()
    ]


def edited(part: str, old: str, new: str) -> list[Member]:
    xml = package_parts(TWO_ROWS)[part]
    assert old in xml
    return members(**{part: xml.replace(old, new)})


def without_styles() -> list[Member]:
    unlinked = edited("rels", "/styles", "/x")
    return [member for member in unlinked if member.name != NAMES["styles"]]


class Difference(NamedTuple):
    """What each reader makes of A1, or of the cell named; and why ours does what it does."""

    made: str | list[Member] | bytes  # the XML of A1, or parts, or a file
    ours: object  # a value, or the code of a refusal
    openpyxl: object
    streaming: object
    calamine: object
    why: str
    at: tuple[int, int] = (1, 1)


def one(xml: str, ours: object, openpyxl: object, calamine: object, why: str) -> Difference:
    """A cell that openpyxl reads in the same way whole and streaming."""
    return Difference(xml, ours, openpyxl, openpyxl, calamine, why)


def text(words: str, kind: str = "str") -> str:
    return f'<c r="A1" t="{kind}"><v>{words}</v></c>'


def number(words: str, style: int = 0) -> str:
    return f'<c r="A1" s="{style}"><v>{words}</v></c>'


BAD, UNSAFE = "damaged-file", "unsafe-file"
DIFFERENCES = {
    # errors and formulas: an error must never look like "not answered" (reliability.md, fact 4)
    "error": one(text("#N/A", "e"), "#N/A", ALIKE, NOTHING, "an error is refused where a value is asked"),
    "boolean word": one(text("true", "b"), True, FAILS, True, "the schema allows the words"),
    "boolean 2": one(text("2", "b"), BAD, True, FAILS, "no boolean"),
    # texts
    "index below 0": one(text("-1", "s"), BAD, "\n hai\ndòng & <thẻ> <v>", "Hoàn thành", "two texts, both wrong"),
    "index beyond": one(text("99", "s"), BAD, FAILS, FAILS, "no text"),
    "empty text": one(text("3", "s"), NOTHING, "", NOTHING, "nothing can be seen in the cell"),
    "escape": one(text("_x0041__x000D_"), "A\r", "_x0041__x000D_", ALIKE, "Excel shows what is escaped"),
    "escaped escape": one(text("_x005F_x0041_"), "_x0041_", "_x005F_x0041_", ALIKE, "the same"),
    "escaped NUL": one(text("a_x0000_b"), "a\0b", "a_x0000_b", ALIKE, "cells removes it, and says so"),
    "escaped pair": one(text("_xD83D__xDE00_"), "😀", "_xD83D__xDE00_", "_xD83D__xDE00_", "UTF-16, as Excel has it"),
    "blanks not preserved": one(
        '<c r="A1" t="inlineStr"><is><t>  a </t></is></c>', "  a ", ALIKE, "a", "cells trims, whatever the attribute"
    ),
    "two texts": one(
        '<c r="A1" t="inlineStr"><is><t>a</t><t>b</t></is></c>', BAD, "b", "ab", "nobody knows which is shown"
    ),
    "text of a number": one('<c r="A1"><is><t>a</t></is></c>', UNSAFE, NOTHING, "a", "type and content disagree"),
    "text beside a value": one(
        '<c r="A1" t="inlineStr"><v>1</v><is><t>a</t></is></c>', UNSAFE, "a", "a", "nobody knows which is shown"
    ),
    # numbers (fact: NaN, INF and 2^53 + 1)
    "NaN": one(number("NaN"), BAD, FAILS, math.nan, "no number of Excel's"),
    "INF": one(number("INF"), BAD, FAILS, math.inf, "the same"),
    "too large": one(number("1e999"), BAD, math.inf, math.inf, "the same"),
    "letters": one(number("abc"), BAD, FAILS, "abc", "a number that is none is not guessed"),
    "comma": one(number("1,5"), BAD, FAILS, "1,5", "the same"),
    "underscore": one(number("1_000"), BAD, 1000.0, "1_000", "the same"),
    "other digits": one(number("١٢"), BAD, 12.0, "١٢", "the same"),
    "blank": one(number(" "), BAD, FAILS, " ", "the same"),
    "blanks around": one(number(" 5 "), 5.0, 5.0, " 5 ", "XML's numbers may have blanks around them"),
    "comment within": one(number("1<!-- x -->2"), 12.0, 12.0, 1.0, "a comment is nothing"),
    "CDATA": one(number("<![CDATA[12]]>"), 12.0, 12.0, NOTHING, "CDATA is text"),
    "two values": one('<c r="A1"><v>1</v><v>2</v></c>', UNSAFE, 1.0, 2.0, "nobody knows which is shown"),
    "unknown type": one(text("1", "x"), BAD, "1", FAILS, "no such type"),
    # dates
    "29 February 1900": one(
        number("60", 1),
        60.0,
        datetime.fromisoformat("1900-02-28"),
        datetime.fromisoformat("1900-02-28"),
        "there was none",
    ),
    "time of no day": one(
        number("0.5", 1), datetime.fromisoformat("1899-12-31T12:00"), time(12), time(12), "a format of a day shows one"
    ),
    "hours": one(
        number("1.25", 3),
        datetime.fromisoformat("1900-01-01T06:00"),
        timedelta(1.25),
        timedelta(1.25),
        "the same; cells takes neither for a date of a plan",
    ),
    "before the calendar": one(number("-1", 1), -1.0, datetime.fromisoformat("1899-12-29"), time(), "Excel shows ####"),
    "behind the calendar": one(number("2958466", 1), 2958466.0, "#VALUE!", ALIKE, "the same"),
    "ISO date in UTC": one(
        text("2024-03-08T14:30:00Z", "d"),
        datetime.fromisoformat("2024-03-08T14:30"),
        ALIKE,
        "2024-03-08T14:30:00Z",
        "Strict files may have it",
    ),
    "no such ISO date": one(text("2024-02-30", "d"), BAD, FAILS, "2024-02-30", "no day"),
    "style beyond": Difference(number("45359", 99), BAD, FAILS, 45359.0, 45359.0, "a date would become a number"),
    "no styles": Difference(without_styles(), BAD, FAILS, 45359.0, 45359.0, "every date would become a number", (2, 1)),
    "a style of some programs": Difference(
        edited("styles", "<cellXfs>", "<cellXfs>" + ALTERNATIVE.format('<xf numFmtId="14"/>')),
        BAD,
        DAY,
        DAY,
        45359.0,
        "it shifts the styles behind it",
        (2, 1),
    ),
    "a format twice": Difference(
        edited("styles", "</numFmts>", '<numFmt numFmtId="164" formatCode="0"/></numFmts>'),
        BAD,
        45359.0,
        45359.0,
        45359.0,
        "nobody knows which is shown",
        (2, 1),
    ),
    "1904 for some programs": Difference(
        edited("workbook", "<workbookPr/>", ALTERNATIVE.format('<workbookPr date1904="1"/>')),
        BAD,
        DAY,
        DAY,
        datetime.fromisoformat("2028-03-09"),
        "four years apart",
        (2, 1),
    ),
    # where a cell stands
    "address of another row": Difference(
        '<c r="B7"><v>1</v></c>', UNSAFE, 1.0, 1.0, 1.0, "nobody knows whose the figure is", (7, 2)
    ),
    "address twice": one('<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>', UNSAFE, 2.0, 2.0, "one is lost"),
    "backwards": Difference(
        '<c r="B1"><v>1</v></c><c r="A1"><v>2</v></c>', UNSAFE, 1.0, NOTHING, 1.0, "one is lost", (1, 2)
    ),
    "row twice": Difference('</row><row r="1"><c r="A1"><v>2</v></c>', UNSAFE, 2.0, NOTHING, 2.0, "one is lost"),
    "rows backwards": Difference(
        '</row><row r="9"><c r="A9"><v>9</v></c></row><row r="2"><c r="A2"><v>2</v></c>',
        2.0,
        2.0,
        NOTHING,
        2.0,
        "read by their numbers, with a warning (fact 5)",
        (2, 1),
    ),
    "wrong extent": Difference(
        members(worksheet(ROWS)),  # says A1
        DAY,
        DAY,
        NOTHING,
        DAY,
        "what a sheet says of its extent is not believed (fact 5)",
        (2, 1),
    ),
    "two tables": Difference(
        members(
            worksheet(ROWS).replace(
                "</sheetData>", f"</sheetData><sheetData>{ROWS.replace('<v>0', '<v>1')}</sheetData>"
            )
        ),
        BAD,
        "Đang thực hiện",
        "Hoàn thành",
        "Hoàn thành",
        "nobody knows which is shown",
    ),
    # namespaces and alternatives (fact 6)
    "Strict": Difference(
        [
            Member(m.name, strict(m.name, m.data.decode()).encode() if m.name != NAMES["types"] else m.data)
            for m in members()
        ],
        DAY,
        FAILS,
        FAILS,
        DAY,
        "read, with a warning",
        (2, 1),
    ),
    "table of another namespace": Difference(
        members(TWO_ROWS.replace("<sheetData>", '<sheetData xmlns="urn:x">')),
        BAD,
        NOTHING,
        NOTHING,
        "Hoàn thành",
        "a sheet must not look empty",
    ),
    "value of another namespace": one(
        '<c r="A1"><x:v xmlns:x="urn:x">1</x:v></c>', BAD, NOTHING, 1.0, "not Excel's word"
    ),
    "cell of some programs": one(
        ALTERNATIVE.format('<c r="A1"><v>1</v></c>'), BAD, NOTHING, 1.0, "a cell must not be lost"
    ),
    "text of some programs": Difference(
        edited("strings", "<si><t>Hoàn", ALTERNATIVE.format("<si><t>X</t></si>") + "<si><t>Hoàn"),
        BAD,
        "X",
        "X",
        "X",
        "it shifts the texts behind it",
    ),
    # packages (facts 3, 6 and 7)
    "another encoding": Difference(
        members(sheet=(HEAD.replace("UTF-8", "UTF-16") + TWO_ROWS).encode("utf-16")),
        UNSAFE,
        "Hoàn thành",
        "Hoàn thành",
        NOTHING,
        "a sheet must not look empty",
    ),
    "part twice": Difference(
        [*members(), Member(SHEET, OTHER.encode())],
        UNSAFE,
        999.0,
        999.0,
        999.0,
        "the last one to these, the first one to others",
    ),
    "part twice by case": Difference(
        [*members(), Member(SHEET.upper(), OTHER.encode())],
        UNSAFE,
        "Hoàn thành",
        "Hoàn thành",
        999.0,
        "a part's name has no case",
    ),
    "two archives": Difference(
        archive(members()) + archive(members(OTHER)),
        UNSAFE,
        999.0,
        999.0,
        999.0,
        "the first one to programs that stream",
    ),
    "wrong count": Difference(archive(members(), more=-1), UNSAFE, "Hoàn thành", "Hoàn thành", FAILS, "a part is lost"),
    "rotten texts": Difference(
        [m._replace(crc=1) if m.name == STRINGS else m for m in members()],
        BAD,
        FAILS,
        FAILS,
        "Hoàn thành",
        "any text of it may be wrong (fact 3)",
    ),
    "capital names": Difference(
        [m._replace(name=m.name if m.name == NAMES["types"] else m.name.upper()) for m in members()],
        "Hoàn thành",
        FAILS,
        FAILS,
        "Hoàn thành",
        "a part's name has no case",
    ),
    "detour": Difference(
        edited("rels", '"worksheets', '"../xl/worksheets'),
        "Hoàn thành",
        "Hoàn thành",
        "Hoàn thành",
        FAILS,
        "a path inside the package",
    ),
    "one part for two sheets": Difference(
        edited("workbook", ONE_SHEET, ONE_SHEET + ONE_SHEET.replace("Nhiệm", "Khác")),
        UNSAFE,
        "Hoàn thành",
        "Hoàn thành",
        "Hoàn thành",
        "figures would count twice",
    ),
}


def outcome(reader: Callable[[Path], Found], path: Path, at: tuple[int, int]) -> object:
    """What a reader finds in a cell; the code of a refusal of ours."""
    try:
        return reader(path).get(at, NOTHING)
    except CopyRefused as refused:
        return refused.code
    except Exception:  # noqa: BLE001 - theirs are of every kind
        return FAILS


@pytest.mark.parametrize("case", DIFFERENCES)
def test_what_they_read_otherwise(case: str, tmp_path: Path) -> None:
    made, *expected, why, at = DIFFERENCES[case]
    if isinstance(made, str):
        made = members(worksheet(f'<row r="1">{made}</row>').replace(EXTENT, ""))
    path = tmp_path / "a.xlsx"
    path.write_bytes(made if isinstance(made, bytes) else archive(made))
    found = [outcome(reader, path, at) for reader in (ours, *READERS)]
    expected = [expected[0] if value == ALIKE else value for value in expected]
    assert [(case, *map(repr, found))] == [(case, *map(repr, expected))]
    assert why


# --- LibreOffice


def test_they_find_the_same_in_what_libreoffice_saved(office: Run, tmp_path: Path) -> None:
    values: dict[tuple[int, int], object] = {
        (1, 1): "Nhiệm vụ",
        (1, 2): " đầu\ncuối ",
        (1, 3): "=1+1",
        (1, 4): Rich("Hợp tác xã ", "nông nghiệp"),
        (2, 1): 5,
        (2, 2): -1234567.125,
        (2, 3): 0.1,
        (2, 4): 123456789012345,
        (3, 1): 0.95,
        (3, 2): datetime.fromisoformat("2024-03-08T14:30:00"),
        (3, 3): datetime.fromisoformat("2024-12-31"),
        (4, 1): True,
        (4, 2): Result(2.0),
        (9, 9): "漢字 😀",
    }
    made, saved = tmp_path / "made.xlsx", tmp_path / "saved.xlsx"
    made.write_bytes(by_xlsxwriter(values, date1904=False))
    office([{"open": str(made), "save": str(saved), "steps": []}])
    found = ours(saved)
    assert unlike(found, {place: typed(value) for place, value in values.items()}) == {}
    assert [(reader.__name__, unlike(found, reader(saved))) for reader in READERS] == [
        ("by_openpyxl", {}),
        ("streaming", {}),
        ("by_calamine", {}),
    ]
