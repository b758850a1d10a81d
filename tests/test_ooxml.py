"""ooxml: number formats, stored numbers, serial dates, escapes, relationships: tables of what stands in a part."""

from datetime import datetime
from decimal import Decimal

import pytest

from kttt_xl import ooxml
from kttt_xl.errors import CopyRefused
from kttt_xl.ooxml import Relationship, format_shows, index, moment, parse, relationships, stored_number, unescape

RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.mark.parametrize(
    ("code", "shows"),
    [
        # Vietnamese Excel's own
        ("[$-42A]d/m/yyyy", "date"),
        ("[$-1042A]dddd, dd mmmm, yyyy", "date"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "date"),
        ("[$-42A]h:mm:ss\\ AM/PM;@", "date"),
        ('"ngày "dd" tháng "mm" năm "yyyy', "date"),
        ("dd/mm/yyyy;@", "date"),
        ("d-mmm", "date"),
        ("YYYY", "date"),
        ("mm:ss.0", "date"),
        ("[h]:mm", "date"),
        ("[MM]", "date"),
        ("[ss].00", "date"),
        ("[Red][>45000]d/m/yyyy;General", "date"),
        # letters that are only shown
        ("General", "number"),
        ("[Red]General;[Blue]-General", "number"),
        ('#,##0 "ngày"', "number"),
        ('"hds"0', "number"),
        ("0\\d", "number"),
        ("0_d", "number"),
        ("*y0", "number"),
        ('#,##0 "dang dở', "number"),
        ("#,##0\\ _₫;\\-#,##0\\ _₫", "number"),
        ('_-* #,##0.00\\ _₫_-;\\-* #,##0.00\\ _₫_-;_-* "-"??\\ _₫_-;_-@_-', "number"),
        ("#,##0 [$đồng-42A]", "number"),
        ("[$VND] #,##0", "number"),
        ("[Magenta]0", "number"),
        ("[=1]0;0", "number"),
        ("0;[Red]dd/mm/yyyy", "number"),
        ("0.00E+00", "number"),
        ("@", "number"),
        (";;;", "number"),
        ("", "number"),
        # percents
        ("0%", "percent"),
        ("[Red]0.0%;-0.0%", "percent"),
        ("0\\%", "number"),
        ('0"%"', "number"),
        ("0;0%", "number"),
    ],
)
def test_a_custom_format(code: str, shows: str) -> None:
    assert format_shows("164", {"164": code}) == shows


def test_the_formats_that_files_do_not_spell_out() -> None:
    shown = {"date": {14, 15, 16, 17, 18, 19, 20, 21, 22, *range(27, 37), 45, 46, 47, *range(50, 59)}}
    shown["percent"] = {9, 10}
    for number in range(200):
        expected = next((word for word, numbers in shown.items() if number in numbers), "number")
        assert (number, format_shows(str(number), {})) == (number, expected)
    assert format_shows("x", {}) == "number"
    assert format_shows("14", {"14": "0.0"}) == "number"  # a file may redefine what is built in


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("007", "7"),
        ("9007199254740993", "9007199254740993"),
        ("-123456789012345678901234567890", "-123456789012345678901234567890"),
        ("1.1000000000000001", "1.1"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("1.2345678901234568E+17", "1.2345678901234568E+17"),
        ("1E-5", "0.00001"),
        ("5e-324", "5E-324"),
        ("1e-999", "0"),
        (" 12 ", "12"),
        ("+3", "3"),
        ("2.50", "2.5"),
        (".5", "0.5"),
    ],
)
def test_a_stored_number(text: str, value: str) -> None:
    assert stored_number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", " ", "x", "1,5", "1 5", "1_000", "0x10", "nan", "INF", "-inf", "1e999", "9" * 400, "١٢", "１２", "--1"]
)
def test_no_number(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - float() words it
        stored_number(text)


@pytest.mark.parametrize(
    ("serial", "from_1900", "from_1904"),
    [
        (0, "1899-12-31", "1904-01-01"),
        (1, "1900-01-01", "1904-01-02"),
        (59.5, "1900-02-28T12:00:00", "1904-02-29T12:00:00"),
        (60, None, "1904-03-01"),
        (60.9, None, "1904-03-01T21:36:00"),
        (61, "1900-03-01", "1904-03-02"),
        (45359.604166666664, "2024-03-08T14:30:00", "2028-03-09T14:30:00"),
        (45359.99999999999, "2024-03-09", "2028-03-10"),
        (2957003, "9995-12-30", "9999-12-31"),
        (2958465, "9999-12-31", None),
        (2958466, None, None),
        (-0.5, None, None),
        (1e300, None, None),
    ],
)
def test_a_serial_number_is_a_moment(serial: float, from_1900: str | None, from_1904: str | None) -> None:
    for date1904, expected in ((False, from_1900), (True, from_1904)):
        assert moment(serial, date1904=date1904) == (datetime.fromisoformat(expected) if expected else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("_x0041_", "A"),
        ("_x005F_x0041_", "_x0041_"),
        ("_x005f_x005F_", "_x005F_"),
        ("_x000D__x000A_", "\r\n"),
        ("_x0000_", "\0"),
        ("_xD83D__xDE00_", "😀"),
        ("_xD83D_ _xDE00_", "\ufffd \ufffd"),
        ("_x41_ _xZZZZ_ _x00411_ _X0041_ x0041", "_x41_ _xZZZZ_ _x00411_ _X0041_ x0041"),
    ],
)
def test_escapes(text: str, expected: str) -> None:
    assert unescape(text) == expected


def test_an_index() -> None:
    texts = ("0", "12", "012", "-1", "+1", "1.0", " 1", "", "x", "٣", "9" * 10)
    assert [index(text) for text in texts] == [0, 12, 12, -1, -1, -1, -1, -1, -1, -1, -1]


def rels(*entries: str) -> bytes:
    inside = "".join(f"<Relationship {entry}/>" for entry in entries)
    return f'<Relationships xmlns="{RELS}">{inside}</Relationships>'.encode()


@pytest.mark.parametrize(
    ("target", "resolved", "external"),
    [
        ("worksheets/sheet1.xml", "xl/worksheets/sheet1.xml", False),
        ("/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml", False),
        ("../docProps/core.xml", "docProps/core.xml", False),
        ("worksheets\\sheet1.xml", "xl/worksheets/sheet1.xml", False),
        ("./worksheets/../styles.xml#A1", "xl/styles.xml", False),
        ("http://127.0.0.1/a.xlsx", "http://127.0.0.1/a.xlsx", True),
        ("../../../a.xlsx", "../../../a.xlsx", True),
    ],
)
def test_where_a_relationship_leads(target: str, resolved: str, external: bool) -> None:
    mode = ' TargetMode="External"' if external else ""
    found = relationships(
        rels(f'Id="a" Type="{OFFICE}/worksheet" Target="{target}"{mode}'), "xl/_rels/workbook.xml.rels"
    )
    assert found == {"a": Relationship(f"{OFFICE}/worksheet", resolved, external)}
    assert found["a"].word == "worksheet"


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        (['Id="a" Target="../../a.xml"'], "quan hệ chỉ ra ngoài gói: ../a.xml"),
        (['Id="a" Target="C:\\a.xml"'], None),  # a folder named "C:" inside the package: no such part
        (['Id="a" Target="/C:/a.xml"'], "quan hệ chỉ ra ngoài gói: C:/a.xml"),
        (['Id="a" Target="x"', 'Id="a" Target="x"'], "hai quan hệ trùng mã trong phần xl/_rels/workbook.xml.rels"),
    ],
)
def test_relationships_that_lead_outside(entries: list[str], found: str | None) -> None:
    part = "xl/_rels/workbook.xml.rels"
    if found is None:
        assert relationships(rels(*entries), part)["a"].target == "xl/C:/a.xml"
        return
    with pytest.raises(CopyRefused) as caught:
        relationships(rels(*entries), part)
    assert (caught.value.code, caught.value.found) == ("unsafe-file", found)


def test_a_part_whose_tree_would_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ooxml, "_SMALL_PART", 1 << 20)
    content = rels() + b" " * (1 << 20)
    with pytest.raises(CopyRefused) as caught:
        parse(content, "a.rels", "Relationships")
    assert (caught.value.code, caught.value.found, caught.value.expected) == ("too-large", "phần a.rels 1 MB", "1 MB")
    assert parse(content, "a.rels", "Relationships", lambda root: None)[1] == f"{{{RELS}}}"
