"""Fuzzing of gate, reader and cells: whatever stands in a file, what comes out is a refusal or a reading that adds up.

Each target makes one input out of a Random and judges what became of it. Here they run for some seconds on the same
inputs every time; tests/soak.py calls fuzz() with minutes and another seed. What was found is a case of its own in the
tests of the module that was wrong.
"""

import os
import random
import re
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returned_copies import KEY, few_tasks, fill_in
from test_gate import Member, archive
from test_workbook import HEAD, NAMES, PLAIN, package_parts, worksheet

from kttt_xl import plans
from kttt_xl.builder import build_copy
from kttt_xl.cells import Cell, Rule, fold, read_cell, read_date, read_number, show_number
from kttt_xl.errors import CopyRefused
from kttt_xl.gate import DEFAULT_LIMITS, open_content
from kttt_xl.layout import stats_copy
from kttt_xl.messages import ERROR, MESSAGES, finding
from kttt_xl.ooxml import format_shows, index, moment, stored_number, unescape
from kttt_xl.period import parse_period
from kttt_xl.reader import CopyReading, read_copy
from kttt_xl.workbook import read_workbook

SECONDS = float(os.environ.get("KTTT_FUZZ_SECONDS", "20"))  # for all targets together
MOST_SECONDS, MOST_MEMORY = 5.0, 300 << 20  # of one input; reliability.md, section 5.1

# --- what is made worse


@cache
def copies() -> tuple[bytes, ...]:
    """Filled copies as three programs would save them, and one workbook with every kind of cell."""
    import openpyxl  # noqa: PLC0415 - only to save as it does

    plan, year = plans.load_plan("gia-lai-655-2023"), parse_period("2024")
    tasks = build_copy(few_tasks(plan, year), KEY)
    book = openpyxl.load_workbook(BytesIO(tasks))
    fill_in(book["Nhiệm vụ"])
    saved = BytesIO()
    book.save(saved)
    yen_bai = plans.load_plan("yen-bai-209-2023")
    figures = build_copy(stats_copy(yen_bai, year, "UBND phường Hồng Hà"), KEY)
    small = archive(Member(NAMES[n], (HEAD + x).encode()) for n, x in package_parts(worksheet(PLAIN + KINDS)).items())
    return tasks, saved.getvalue(), figures, small


KINDS = (
    '<row r="4"><c r="A4" t="inlineStr"><is><r><t>a</t></r><rPh sb="0" eb="1"><t>b</t></rPh></is></c>'
    '<c r="B4" s="2"><v>0.95</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c><c t="d"><v>2024-03-08</v></c></row>'
    '<row><c><f t="shared" ref="A5:B5" si="0">C1</f><v>1</v></c><c><f t="shared" si="0"/><v>2</v></c>'
    '<c><f t="array" ref="C5:D6">A1:B2</f><v>3</v></c><c t="str"><v>_x000D_</v></c></row>'
)


@cache
def parts_of(number: int) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(copies()[number])) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return stream.getvalue()


# --- how

TAGS = b"<c> </c> <row> </row> <v> </v> <f> <is> <t> <r> <si> </si> <!-- --> <![CDATA[ ]]> <?xml?> <!DOCTYPE /> < > x:"
SIGNS = rb"&#0; &#xD800; &amp; &x; ' 9 - e . : ! xmlns='' encoding='UTF-16'"
TOKENS = [
    *TAGS.split(),
    *SIGNS.split(),
    b'"',
    b" ",
    b"<?x ?>",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc0\x80",
    b"\xed\xa0\x80",
]
NUMBERS = (
    "0 1 -1 2 01 +1 1.5 1,5 1e3 1E308 1e309 1e-400 -0 NaN INF 0x10 1_000 99999999999 9007199254740993 60 2958466 ٣ ²"
)
PLACES = "A1 a1 A0 XFD1048576 XFE1 A1048577 $A$1 A1:B2 A1:XFD1048576 : KN20000 1:1"
KINDS_OF = "s n b d e str inlineStr array shared dataTable true false on visible hidden veryHidden External #N/A =1+1"
ESCAPES = "2024-03-08 2024-02-30T25:61:61 2024-03-08T14:30:00Z 24:00 _xD800_ _x0000_ _x005F_x0041_ _x41_"
CODES = r'0% dd/mm/yyyy [h]:mm [$-42A]d " \ * _ [ ;;; General .VnTime VNI-Times'
TARGETS_OF = "../../x / // C:/x . .. xl/workbook.xml worksheets/sheet1.xml http://127.0.0.1/ #x"
UNSEEN = [
    "",
    " ",
    "\n",
    "\t",
    "\u202e",
    "\u00ad",
    "\ufeff",
    "\ufffd",
    "\u200b",
    "ế",
    "😀",
    " 1 ",
    "9" * 400,
    "a" * 33_000,
]
WORDS = [word for words in (NUMBERS, PLACES, KINDS_OF, ESCAPES, CODES, TARGETS_OF) for word in words.split()] + UNSEEN


def damaged(chance: random.Random, data: bytes) -> bytes:
    """A few bytes changed, lost, repeated or put in."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at, length = chance.randrange(len(made) + 1), chance.choice((1, 1, 2, 4, 16, 200))
        match chance.randrange(6):
            case 0:
                made[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del made[at : at + length]
            case 2:
                made[at:at] = chance.choice(TOKENS)
            case 3:
                made[at:at] = made[at : at + length] * chance.choice((1, 2, 50))
            case 4:
                other = chance.randrange(len(made) + 1)
                made[at : at + length] = made[other : other + length]
            case _:
                size = chance.choice((2, 4))
                value = chance.choice((0, 1, 0x7FFF, 0xFFFF, 0xFFFFFFFF, len(made), at))
                made[at : at + size] = (value & (256**size - 1)).to_bytes(size, "little")
        if not made:
            break
    return bytes(made)


def rearranged(chance: random.Random, data: bytes) -> bytes:
    """Elements of a part dropped, repeated, exchanged or renamed, attributes and texts replaced."""
    root = ET.fromstring(data)  # noqa: S314 - our own parts
    for _ in range(chance.choice((1, 1, 2, 3))):
        elements = list(root.iter())
        one, other = chance.choice(elements), chance.choice(elements)
        inside = list(one)
        match chance.randrange(9):
            case 0 if inside:
                one.remove(chance.choice(inside))
            case 1 if inside:
                one.insert(chance.randrange(len(inside) + 1), chance.choice(inside))
            case 2 if inside:
                one[:] = chance.sample(inside, len(inside))
            case 3 if other is not one and one not in set(other.iter()):
                one.append(other)
            case 4:
                one.tag = chance.choice(elements).tag if chance.random() < 0.7 else one.tag.rpartition("}")[2]
            case 5 | 6:
                name = chance.choice([*one.keys(), *other.keys(), "r", "t", "s", "ref"])
                one.set(name, chance.choice([*WORDS, *other.attrib.values()]))
            case 7 if one.attrib:
                del one.attrib[chance.choice(list(one.attrib))]
            case _:
                one.text = chance.choice([*WORDS, other.text or ""])
    return ET.tostring(root, encoding="utf-8")


# --- targets


def fuzz_file(chance: random.Random) -> str:
    """The bytes of a file: whatever is read in spite of them is what was there."""
    good = chance.choice(copies())
    content = damaged(chance, good)
    outcome = judged(content)
    if outcome in {"read", "copy"}:
        assert read_workbook(open_content(content)) == read_workbook(open_content(good))
    return outcome


def fuzz_part(chance: random.Random) -> str:
    """The bytes of a part, in a package that is sound."""
    return judged(with_a_part(chance, damaged))


def fuzz_elements(chance: random.Random) -> str:
    """The elements of a part, which stays well-formed."""
    return judged(with_a_part(chance, rearranged))


def with_a_part(chance: random.Random, change: Callable[[random.Random, bytes], bytes]) -> bytes:
    parts = dict(parts_of(chance.randrange(len(copies()))))
    names = [name for name in parts if not name.startswith("docProps/") and "theme" not in name]
    for name in chance.sample(names, chance.choice((1, 1, 1, 2))):
        parts[name] = change(chance, parts[name])
    return zipped(parts)


def fuzz_noise(chance: random.Random) -> str:
    """Bytes of no kind, behind the first bytes of some kind."""
    starts = (
        b"",
        b"PK\3\4",
        b"PK\5\6",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"%PDF",
        b"<?xml ",
        b"\xff\xfe",
        b"\t\x08",
    )
    content = chance.choice(starts) + chance.randbytes(chance.choice((0, 1, 20, 300)))
    if chance.random() < 0.3:  # an archive of such bytes
        content = zipped({"[Content_Types].xml": content, "xl/workbook.xml": damaged(chance, content)})
    return judged(content)


def fuzz_words(chance: random.Random) -> str:
    """Words where the XML has numbers, formats, dates and indexes."""
    word = "".join(chance.choice(WORDS) for _ in range(chance.choice((1, 1, 2, 3))))
    assert index(word) >= -1
    assert format_shows("164", {"164": word}) in {"date", "number", "percent"}
    unescape(word).encode()
    try:
        number = stored_number(word)
    except ValueError:
        return "no number"
    assert number.is_finite()
    for date1904 in (False, True):
        moment(float(number), date1904=date1904)
    return judged_cell(Cell(1, 1, "number", number, percent=chance.random() < 0.5), chance.choice(RULES))


def fuzz_cells(chance: random.Random) -> str:
    """Texts where a filler types."""
    pieces = (*WORDS, *PIECES)
    typed = "".join(chance.choice(pieces) for _ in range(chance.choice((1, 2, 4, 8))))
    fold(typed)
    read_number(typed, chance.choice(("count", "decimal")))
    read_date(typed)
    return judged_cell(Cell(1, 1, "text", typed), chance.choice(RULES))


TYPED = (
    "1 2 3 05 12 2024 31 1000 999 . , / - % + − – … ‰ ½ ₫ đ ngày tháng năm khoảng không có phát sinh HTX x ０ ٣ ² ㎡"
)
STATES = "Hoàn thành Đang thực hiện hoàn thànH"
BLANKS = [*" \r\n\t", *"\u0301\u0323\u00a0\u202f\u3000\u2009\u200b\u202e\ufeff\x00\x1f\x85\ud800\uffff"]
PIECES = [*TYPED.split(), *STATES.split(), *BLANKS]
YEAR = date(2024, 1, 1), date(2024, 12, 31)
RULES = (
    *map(Rule, ("count", "decimal", "percent", "completion", "growth", "date", "text")),
    Rule("date", earliest=date(2023, 1, 1), latest=date(2026, 1, 1), period=YEAR),
    Rule("choice", choices=("Hoàn thành", "Đang thực hiện", "x")),
    Rule("text", max_length=10),
)
TARGETS = (fuzz_file, fuzz_part, fuzz_elements, fuzz_noise, fuzz_words, fuzz_cells)


# --- judges


def judged(content: bytes) -> str:
    """What became of a file: the code of its refusal, else that it was read; what was read must add up."""
    refusal = None
    try:
        book = read_workbook(open_content(content))
        assert all(sound(cell) for sheet in book.sheets for cell in sheet.cells.values())
    except CopyRefused as refused:
        refusal = refused
    outcome = refusal.code if refusal else "read"
    if refusal:
        assert MESSAGES[refusal.code].scope == "copy"
        assert refusal.found.encode()
    reading = as_copy(content)
    assert reading.sha256 or reading.refused
    if outcome != "read":
        assert [found.code for found in reading.findings] == [outcome]
    elif submission := reading.submission:
        assert submission.filled == submission.accepted + submission.refused
        assert len(submission.entries) == submission.accepted or reading.refused
        outcome = "refused copy" if reading.refused else "copy"
    for found in reading.findings:
        found.message.encode()
    return outcome


def as_copy(content: bytes) -> CopyReading:
    path = Path(tempfile.gettempdir()) / f"kttt-fuzz-{os.getpid()}.xlsx"
    try:
        path.write_bytes(content)
        return read_copy(path, "a.xlsx", lambda _plan: KEY)
    finally:
        path.unlink()


def sound(cell: Cell) -> bool:
    """Whether a cell is what a Cell says it is."""
    value = cell.value
    if not (0 < cell.row <= DEFAULT_LIMITS.row and 0 < cell.column <= DEFAULT_LIMITS.column):
        return False
    match cell.kind:
        case "number":
            return isinstance(value, Decimal) and value.is_finite()
        case "date":
            return isinstance(value, datetime) and value.tzinfo is None
        case "boolean":
            return isinstance(value, bool)
        case "text" | "error":
            value.encode()
            return isinstance(value, str) and len(value) <= DEFAULT_LIMITS.text and bool(value or cell.formula)
    return False


def judged_cell(cell: Cell, rule: Rule) -> str:
    """What became of a cell: accepted without an error, or refused for one reason; what is kept can be written."""
    reading = read_cell(cell, rule)
    said = [finding(n.code, severity=n.severity, found=n.found, expected=n.expected) for n in reading.notes]
    for found in said:
        (found.message + found.fix).encode()
    errors = [found.code for found in said if found.severity == ERROR]
    if not reading.accepted:
        assert reading.value is None
        assert len(said) == 1
        return errors[0]
    assert not errors
    match reading.value:
        case Decimal():
            assert reading.value.is_finite()
            assert re.fullmatch("-?[0-9]+(,[0-9]+)?", show_number(reading.value)) or abs(reading.value.adjusted()) > 300
        case str():
            reading.value.encode()
            assert len(reading.value) <= rule.max_length
        case _:
            assert reading.value is None or type(reading.value) is date
    return "accepted"


@contextmanager
def within_limits(name: str, seed: int) -> Iterator[None]:
    """Names the input that failed, and fails for one that takes too long or too much memory."""
    before, begin = memory(), time.perf_counter()
    try:
        yield
    except Exception as error:
        error.add_note(f"{name}(random.Random({seed}))")
        raise
    took, more = time.perf_counter() - begin, memory() - before
    assert took < MOST_SECONDS, f"{name}(random.Random({seed})): {took:.1f} seconds"
    assert more < MOST_MEMORY, f"{name}(random.Random({seed})): {more >> 20} MB"


def memory() -> int:
    """The most memory this process ever held, in bytes; 0 where the system does not tell."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def run(target: Callable[[random.Random], str], seconds: float, seed: int) -> Counter[str]:
    """Run one target for some seconds, on inputs numbered from seed; what became of them, counted."""
    outcomes: Counter[str] = Counter()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not outcomes:
        with within_limits(target.__name__, seed):
            outcomes[target(random.Random(seed))] += 1  # noqa: S311 - the number is the input
        seed += 1
    return outcomes


def fuzz(seconds: float, seed: int) -> dict[str, Counter[str]]:
    """Run every target for its share of the seconds; AssertionError, or whatever came out, names target and input."""
    return {target.__name__: run(target, seconds / len(TARGETS), seed) for target in TARGETS}


# --- tests


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_nothing_but_a_refusal_or_a_reading_comes_out(target: Callable[[random.Random], str]) -> None:
    copies()  # made outside the time of the first input
    outcomes = run(target, SECONDS / len(TARGETS), 0)
    assert len(outcomes) > 1  # it does not always end at the first check


@settings(deadline=None, max_examples=60)
@given(chance=st.randoms(use_true_random=False), target=st.sampled_from(TARGETS[1:]))
def test_the_same_under_a_hand_that_looks_for_trouble(
    chance: random.Random, target: Callable[[random.Random], str]
) -> None:
    assert target(chance)


def test_what_is_made_worse_was_good() -> None:
    assert [judged(content) for content in copies()] == ["copy", "copy", "copy", "read"]
