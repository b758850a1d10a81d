"""workbook: one cell, one part, one package at a time. What other readers make of the same is in test_readers_agree."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_gate import Member, archive

from kttt_xl import ooxml
from kttt_xl.cells import Cell, Note
from kttt_xl.errors import CopyRefused
from kttt_xl.gate import Limits, open_package
from kttt_xl.workbook import Sheet, Workbook, read_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Styles by index: general, date, percent, time, quoted text, colour, built-in date, built-in percent, literal percent.
FORMATS = ("dd/mm/yyyy", "0.0%", "[h]:mm", '#,##0 "ngày"', "[Red]#,##0;[Blue]-0%", r"0\%", r"yyyy\-mm\-dd\ hh:mm;@")
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts>'
    + "".join(
        f'<numFmt numFmtId="{164 + i}" formatCode="{f.replace(chr(34), "&quot;")}"/>' for i, f in enumerate(FORMATS)
    )
    + '</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>'
    + "".join(f'<xf numFmtId="{164 + i}"/>' for i in range(len(FORMATS)))
    + '<xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="999"/></cellXfs>'
    '<dxfs><dxf><numFmt numFmtId="166" formatCode="General"/></dxf></dxfs></styleSheet>'
)
STRINGS = (
    "<si><t>Hoàn thành</t></si>"
    '<si><r><rPr><b/><sz val="12"/></rPr><t xml:space="preserve">Đang </t></r><r><t>thực hiện</t></r></si>'
    '<si><t>漢字</t><rPh sb="0" eb="2"><t>かんじ</t></rPh><phoneticPr fontId="1"/></si>'
    "<si><t/></si><si/>"
    "<si><t>a_x000D_b_x005F_x0041__xD83D__xDE00__xD800_</t></si>"
    "<si><t>\n hai\ndòng &amp; &lt;thẻ&gt; <![CDATA[<v>]]></t></si>"
)
WORKBOOK = '<workbook xmlns="{ns}" xmlns:r="{r}"><workbookPr/><sheets>{sheets}</sheets></workbook>'
ONE_SHEET = '<sheet name="Nhiệm vụ" sheetId="1" r:id="rId1"/>'


def package_parts(sheet: str) -> dict[str, str]:
    """The parts of the smallest workbook there is, around the XML of its sheet."""
    rels = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{word}" Target="{target}"/>'
        for key, word, target in (
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "sharedStrings", "sharedStrings.xml"),
            ("rId3", "styles", "/xl/styles.xml"),
        )
    )
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return {
        "types": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="{types}"/></Types>',
        "root_rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "workbook": WORKBOOK.format(ns=MAIN, r=OFFICE, sheets=ONE_SHEET),
        "rels": f'<Relationships xmlns="{PACKAGE}/relationships">{rels}</Relationships>',
        "strings": f'<sst xmlns="{MAIN}">{STRINGS}</sst>',
        "styles": STYLES,
        "sheet": sheet,
    }


NAMES = {
    "types": "[Content_Types].xml",
    "root_rels": "_rels/.rels",
    "workbook": "xl/workbook.xml",
    "rels": "xl/_rels/workbook.xml.rels",
    "strings": "xl/sharedStrings.xml",
    "styles": "xl/styles.xml",
    "sheet": "xl/worksheets/sheet1.xml",
}


def worksheet(rows: str, around: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>{rows}</sheetData>{around}</worksheet>'


def read(parts: dict[str, str], folder: Path, limits: Limits | None = None) -> Workbook:
    path = folder / "a.xlsx"
    path.write_bytes(archive(Member(NAMES.get(name, name), (HEAD + xml).encode()) for name, xml in parts.items()))
    limits = limits or Limits()
    return read_workbook(open_package(path, limits), limits)


def cells_of(rows: str, folder: Path) -> list[Cell]:
    (sheet,) = read(package_parts(worksheet(rows)), folder).sheets
    assert all(place == (cell.row, cell.column) for place, cell in sheet.cells.items())
    return list(sheet.cells.values())


def number(digits: str, *, percent: bool = False, formula: str = "") -> Cell:
    return Cell(5, 2, "number", Decimal(digits), formula, percent)


def text(words: str, formula: str = "") -> Cell:
    return Cell(5, 2, "text", words, formula)


def moment(iso: str) -> Cell:
    return Cell(5, 2, "date", datetime.fromisoformat(iso))


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        # texts
        ('<c r="B5" t="s"><v>0</v></c>', text("Hoàn thành")),
        ('<c t="s" s="1" r="B5"><v>1</v></c>', text("Đang thực hiện")),
        ('<c r="B5" t="s"><v>2</v></c>', text("漢字")),
        ('<c r="B5" t="s"><v>3</v></c>', None),
        ('<c r="B5" t="s"><v>4</v></c>', None),
        ('<c r="B5" t="s"><v>5</v></c>', text("a\rb_x0041_😀\ufffd")),
        ('<c r="B5" t="s"><v>6</v></c>', text("\n hai\ndòng & <thẻ> <v>")),
        ('<c r="B5" t="inlineStr"><is><t> gõ trực tiếp </t></is></c>', text(" gõ trực tiếp ")),
        ('<c r="B5" t="inlineStr"><is><r><t>a</t></r><rPh><t>x</t></rPh><r><t>b_x000A_</t></r></is></c>', text("ab\n")),
        ('<c r="B5" t="inlineStr"><is><t/></is></c>', None),
        # numbers: what was typed, not the 17 digits of the binary value
        ('<c r="B5"><v>007</v></c>', number("7")),
        ('<c r="B5" t="n"><v>123456789012345</v></c>', number("123456789012345")),
        ('<c r="B5"><v>9007199254740993</v></c>', number("9007199254740993")),
        ('<c r="B5"><v>-12345678901234567890</v></c>', number("-12345678901234567890")),
        ('<c r="B5"><v>0.1234567890123456789</v></c>', number("0.12345678901234568")),
        ('<c r="B5"><v>\n 5 </v></c>', number("5")),
        ('<c r="B5"><?pi x?><!-- x --><v><![CDATA[5]]></v></c>', number("5")),
        ('<c r="B5" t="str"><v xml:space="preserve"> a </v></c>', text(" a ")),
        ('<c r="B5"><v>1.1000000000000001</v></c>', number("1.1")),
        ('<c r="B5"><v>-5</v></c>', number("-5")),
        ('<c r="B5"><v>-0</v></c>', number("0")),
        ('<c r="B5"><v>1E3</v></c>', number("1000")),
        ('<c r="B5"><v>1e308</v></c>', number("1E+308")),
        ('<c r="B5" s="4"><v>45000</v></c>', number("45000")),
        ('<c r="B5" s="5"><v>45000</v></c>', number("45000")),
        ('<c r="B5" s="10"><v>45000</v></c>', number("45000")),
        ('<c r="B5" s="2"><v>0.95</v></c>', number("0.95", percent=True)),
        ('<c r="B5" s="9"><v>0.95</v></c>', number("0.95", percent=True)),
        ('<c r="B5" s="6"><v>95</v></c>', number("95")),
        # dates
        ('<c r="B5" s="1"><v>45359</v></c>', moment("2024-03-08")),
        ('<c r="B5" s="8"><v>45359</v></c>', moment("2024-03-08")),
        ('<c r="B5" s="7"><v>45359.604166666664</v></c>', moment("2024-03-08T14:30:00")),
        ('<c r="B5" s="3"><v>1.25</v></c>', moment("1900-01-01T06:00:00")),
        ('<c r="B5" s="1"><v>0</v></c>', moment("1899-12-31")),
        ('<c r="B5" s="1"><v>59</v></c>', moment("1900-02-28")),
        ('<c r="B5" s="1"><v>60</v></c>', number("60")),
        ('<c r="B5" s="1"><v>61</v></c>', moment("1900-03-01")),
        ('<c r="B5" s="1"><v>2958465</v></c>', moment("9999-12-31")),
        ('<c r="B5" s="1"><v>2958466</v></c>', number("2958466")),
        ('<c r="B5" s="1"><v>-1</v></c>', number("-1")),
        ('<c r="B5" t="d"><v>2024-03-08T14:30:00Z</v></c>', moment("2024-03-08T14:30:00")),
        ('<c r="B5" t="d"><v>2024-03-08</v></c>', moment("2024-03-08")),
        # errors, booleans, nothing
        ('<c r="B5" t="e"><v>#DIV/0!</v></c>', Cell(5, 2, "error", "#DIV/0!")),
        ('<c r="B5" t="b"><v>1</v></c>', Cell(5, 2, "boolean", value=True)),
        ('<c r="B5" t="b"><v>false</v></c>', Cell(5, 2, "boolean", value=False)),
        ('<c r="B5" s="1"/>', None),
        ('<c r="B5" s="1"><v/></c>', None),
        ('<c r="B5" t="s"><v></v></c>', None),
        # formulas, with and without a stored result
        ('<c r="B5"><f>A1&gt;"x"</f><v>7</v></c>', number("7", formula='A1>"x"')),
        ('<c r="B5"><f>A1</f></c>', text("", "A1")),
        ('<c r="B5" s="1"><f>A1</f><v/></c>', text("", "A1")),
        ('<c r="B5" t="str"><f>A1</f><v></v></c>', text("", "A1")),
        ('<c r="B5" t="str"><f>A1</f><v>đủ_x000A_</v></c>', text("đủ\n", "A1")),
        ('<c r="B5"><f t="shared" si="0"/><v>4</v></c>', number("4", formula="?")),
        ('<c r="B5"><f/></c>', text("", "?")),
        ('<c r="B5" t="e"><f>A1</f><v>#N/A</v></c>', Cell(5, 2, "error", "#N/A", "A1")),
        ('<c r="B5"><v>4</v><f>A1</f></c>', number("4", formula="A1")),
        # shapes other programs write
        ('<c r="b5"><v>1</v></c>', number("1")),
        ("<c/><c><v>1</v></c>", number("1")),
        ('\n<c r="B5" >\n<v>1</v>\n</c>\n', number("1")),
        ('<c r="B5"><v><!-- a -->1<!-- b -->2</v><extLst><ext/></extLst></c>', number("12")),
        ('<c r="B5" cm="1" vm="2"><v>1</v></c>', number("1")),
        ('<c r="B5"><v>1</v></c><extLst><ext/></extLst>', number("1")),
    ],
)
def test_one_cell(xml: str, expected: Cell | None, tmp_path: Path) -> None:
    assert cells_of(f'<row r="5" spans="1:3">{xml}</row>', tmp_path) == ([] if expected is None else [expected])


HERE = "trang «Nhiệm vụ», "
ALTERNATIVE = (  # programs take the choice or the fallback, and some neither
    '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    "<mc:Choice>{}</mc:Choice></mc:AlternateContent>"
)


@pytest.mark.parametrize(
    ("xml", "code", "found"),
    [
        ('<c r="B5" t="s"><v>99</v></c>', "damaged-file", "ô B5 ghi «99», không đọc được"),
        ('<c r="B5" t="s"><v>-1</v></c>', "damaged-file", "ô B5 ghi «-1», không đọc được"),
        ('<c r="B5"><v>NaN</v></c>', "damaged-file", "ô B5 ghi «NaN», không đọc được"),
        ('<c r="B5"><v>INF</v></c>', "damaged-file", "ô B5 ghi «INF», không đọc được"),
        ('<c r="B5"><v>1e309</v></c>', "damaged-file", "ô B5 ghi «1e309», không đọc được"),
        ('<c r="B5"><v>1_000</v></c>', "damaged-file", "ô B5 ghi «1_000», không đọc được"),
        ('<c r="B5"><v>1,5</v></c>', "damaged-file", "ô B5 ghi «1,5», không đọc được"),
        ('<c r="B5"><v> </v></c>', "damaged-file", "ô B5 ghi « », không đọc được"),
        ('<c r="B5" t="b"><v>2</v></c>', "damaged-file", "ô B5 ghi «2», không đọc được"),
        ('<c r="B5" t="d"><v>2024-02-30</v></c>', "damaged-file", "ô B5 ghi «2024-02-30», không đọc được"),
        ('<c r="B5" t="d"><v>12:30</v></c>', "damaged-file", "ô B5 ghi «12:30», không đọc được"),
        ('<c r="B5" t="x"><v>1</v></c>', "damaged-file", "ô B5 ghi «1», không đọc được"),
        ('<c r="B5" s="11"><v>1</v></c>', "damaged-file", "ô B5 ghi kiểu số 11, không đọc được"),
        ('<c r="B5" s="-1" t="s"><v>1</v></c>', "damaged-file", "ô B5 ghi kiểu số -1, không đọc được"),
        ('<c r="B5"><v>١٢</v></c>', "damaged-file", "ô B5 ghi «١٢», không đọc được"),
        (f'<c r="B5" t="e"><v>{"#" * 33}</v></c>', "damaged-file", f"ô B5 ghi «{'#' * 33}», không đọc được"),
        ('<c r="B5"><v>1<b/></v></c>', "damaged-file", "ô B5 có thẻ lạ giữa giá trị"),
        ('<c r="B5"><x:v xmlns:x="urn:x">1</x:v></c>', "damaged-file", "ô B5 có thẻ lạ giữa giá trị"),
        ('<c r="B5"><v xmlns="">1</v></c>', "damaged-file", "ô B5 có thẻ lạ giữa giá trị"),
        (ALTERNATIVE.format('<c r="B5"><v>1</v></c>'), "damaged-file", "dòng 5 có thẻ lạ giữa các ô"),
        ("</row>" + ALTERNATIVE.format('<row r="6"/>') + "<row>", "damaged-file", "có thẻ lạ giữa các dòng"),
        ('<c r="B5"><v>1</v><v>2</v></c>', "unsafe-file", "ô B5 có hai giá trị"),
        (
            '<c r="B5" t="inlineStr"><v>1</v><is><t>2</t></is></c>',
            "unsafe-file",
            "ô B5 có hai giá trị, hoặc có chữ nhưng ghi kiểu khác",
        ),
        (
            '<c r="B5"><is><t>2</t></is></c>',
            "unsafe-file",
            "ô B5 có hai giá trị, hoặc có chữ nhưng ghi kiểu khác",
        ),
        ('<c r="B5"/><c r="B5"><v>1</v></c>', "unsafe-file", "ô B5 lặp lại hoặc sai thứ tự trong dòng"),
        ('<c r="B5"/><c r="A5"/>', "unsafe-file", "ô A5 lặp lại hoặc sai thứ tự trong dòng"),
        ('<c r="D6"/>', "unsafe-file", "dòng 5 có ô ghi địa chỉ «D6»"),
        ('<c r="D11"/>', "unsafe-file", "dòng 5 có ô ghi địa chỉ «D11»"),
        ('<c r="D15"/>', "unsafe-file", "dòng 5 có ô ghi địa chỉ «D15»"),
        ('<c r="!!"/>', "unsafe-file", "dòng 5 có ô ghi địa chỉ «!!»"),
        ('<c r="XFE5"/>', "unsafe-file", "dòng 5 có ô ghi địa chỉ «XFE5»"),
        ('<c r="XFD5"/><c/>', "unsafe-file", "dòng 5 có ô ghi địa chỉ «»"),
        ('<c r="XFD5"><v>1</v></c>', "unsafe-file", "ô XFD5 có dữ liệu ở quá xa biểu mẫu"),
        ('<c r="KO5"><f>A1</f></c>', "unsafe-file", "ô KO5 có dữ liệu ở quá xa biểu mẫu"),
        ('</row><row r="5">', "unsafe-file", "dòng 5 lặp lại hoặc ngoài khuôn khổ trang tính"),
        ('</row><row r="٦">', "unsafe-file", "dòng ٦ lặp lại hoặc ngoài khuôn khổ trang tính"),
        ('</row><row r="0">', "unsafe-file", "dòng 0 lặp lại hoặc ngoài khuôn khổ trang tính"),
        ('</row><row r="1048577">', "unsafe-file", "dòng 1048577 lặp lại hoặc ngoài khuôn khổ trang tính"),
        ('</row><row r="1048576"/><row>', "unsafe-file", "dòng 1048577 lặp lại hoặc ngoài khuôn khổ trang tính"),
        ('</row><row r="20001"><c><v>1</v></c>', "unsafe-file", "ô A20001 có dữ liệu ở quá xa biểu mẫu"),
        ('<c r="B5"><f t="array" ref="x">A1</f></c>', "damaged-file", "công thức mảng ở «x»"),
        ("</row></sheetData><sheetData><row>", "damaged-file", "có hai bảng ô"),
    ],
)
def test_one_cell_refuses_the_copy(xml: str, code: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(CopyRefused) as caught:
        cells_of(f'<row r="5">{xml}</row>', tmp_path)
    assert (caught.value.code, caught.value.found, caught.value.expected) == (code, HERE + found, "")


@pytest.mark.parametrize(
    ("parts", "code", "found"),
    [
        ({"sheet": "<a"}, "damaged-file", "phần xl/worksheets/sheet1.xml sai cú pháp XML"),
        ({"sheet": worksheet("<row>&nbsp;</row>")}, "damaged-file", "phần xl/worksheets/sheet1.xml sai cú pháp XML"),
        (
            {"sheet": worksheet("").replace(MAIN, "urn:x")},
            "damaged-file",
            "phần xl/worksheets/sheet1.xml không bắt đầu bằng «worksheet»",
        ),
        ({"sheet": f'<worksheet xmlns="{MAIN}"/>'}, "damaged-file", HERE + "không có bảng ô"),
        ({"strings": f'<x xmlns="{MAIN}"/>'}, "damaged-file", "phần xl/sharedStrings.xml không bắt đầu bằng «sst»"),
        (
            {"strings": f'<sst xmlns="{MAIN}"><si><t>a<b/></t></si></sst>'},
            "damaged-file",
            "có thẻ lạ giữa nội dung một ô",
        ),
        *(
            (
                {"strings": f'<sst xmlns="{MAIN}"><si>{inside}</si></sst>'},
                "damaged-file",
                "có thẻ lạ giữa nội dung một ô",
            )
            for inside in (
                "<t>a</t><t>b</t>",
                "<t>a</t><r><t>b</t></r>",
                ALTERNATIVE.format("<t>a</t>"),
                "<t>a</t>" + ALTERNATIVE.format("<t>b</t>"),
                f"<r>{ALTERNATIVE.format('<t>a</t>')}</r>",
            )
        ),
        (
            {"strings": f'<sst xmlns="{MAIN}">{ALTERNATIVE.format("<si/>")}<si/></sst>'},
            "damaged-file",
            "phần xl/sharedStrings.xml có thẻ lạ giữa các chuỗi",
        ),
        (
            {"styles": STYLES.replace("<cellStyleXfs>", ALTERNATIVE.format("<numFmts/>") + "<cellStyleXfs>")},
            "damaged-file",
            "phần xl/styles.xml có thẻ lạ",
        ),
        (
            {"styles": STYLES.replace("<cellXfs>", "<cellXfs>" + ALTERNATIVE.format("<xf/>"))},
            "damaged-file",
            "danh sách «cellXfs» có thẻ lạ, hoặc có hai danh sách",
        ),
        (
            {"styles": STYLES.replace("<dxfs>", "<cellXfs><xf/></cellXfs><dxfs>")},
            "damaged-file",
            "danh sách «cellXfs» có thẻ lạ, hoặc có hai danh sách",
        ),
        (
            {"styles": STYLES.replace("</numFmts>", '<numFmt numFmtId="164" formatCode="0"/></numFmts>')},
            "damaged-file",
            "phần xl/styles.xml có hai kiểu số trùng mã",
        ),
        *(
            (
                {"workbook": WORKBOOK.format(ns=MAIN, r=OFFICE, sheets=ONE_SHEET).replace("<workbookPr/>", properties)},
                "damaged-file",
                "không rõ ngày tính từ năm 1900 hay 1904",
            )
            for properties in ("<workbookPr/><workbookPr/>", ALTERNATIVE.format('<workbookPr date1904="1"/>'))
        ),
        ({"styles": f'<styleSheet xmlns="{MAIN}"/>'}, "damaged-file", HERE + "ô A1 ghi kiểu số 0, không đọc được"),
        ({"workbook": WORKBOOK.format(ns=MAIN, r=OFFICE, sheets="")}, "damaged-file", "danh sách trang tính hỏng"),
        (
            {"workbook": WORKBOOK.format(ns=MAIN, r=OFFICE, sheets=ONE_SHEET.replace("Nhiệm vụ", ""))},
            "damaged-file",
            "danh sách trang tính hỏng",
        ),
        (
            {"workbook": WORKBOOK.format(ns=MAIN, r=OFFICE, sheets=ONE_SHEET.replace("rId1", "rId9"))},
            "damaged-file",
            "trang «Nhiệm vụ» không có dữ liệu trong tệp",
        ),
        (
            {"workbook": WORKBOOK.format(ns=MAIN, r=OFFICE, sheets=ONE_SHEET + ONE_SHEET)},
            "unsafe-file",
            "hai trang tính trùng tên",
        ),
        (
            {"workbook": WORKBOOK.format(ns=MAIN, r=OFFICE, sheets=ONE_SHEET + ONE_SHEET.replace("Nhiệm", "Khác"))},
            "unsafe-file",
            "trang «Khác vụ» lấy dữ liệu của trang khác hoặc tệp khác",
        ),
    ],
)
def test_a_broken_part_refuses_the_copy(parts: dict[str, str], code: str, found: str, tmp_path: Path) -> None:
    whole = package_parts(worksheet('<row><c s="0"><v>1</v></c></row>')) | parts
    with pytest.raises(CopyRefused) as caught:
        read(whole, tmp_path)
    assert (caught.value.code, caught.value.found, caught.value.expected) == (code, found, "")


@pytest.mark.parametrize(
    ("part", "old", "new", "refusal"),
    [
        ("rels", "sheet1.xml", "none.xml", ("damaged-file", "thiếu phần xl/worksheets/none.xml")),
        (
            "rels",
            'Target="worksheets/sheet1.xml"',
            'Target="http://127.0.0.1:9/" TargetMode="External"',
            ("unsafe-file", "trang «Nhiệm vụ» lấy dữ liệu của trang khác hoặc tệp khác"),
        ),
        ("rels", "/sharedStrings", "/styles", ("unsafe-file", "hai phần styles trong một sổ tính")),
        ("rels", "/sharedStrings", "/x", ("damaged-file", HERE + "ô A1 ghi «0», không đọc được")),
        ("rels", "/styles", "/x", ("damaged-file", HERE + "ô A1 ghi kiểu số 1, không đọc được")),
    ],
)
def test_a_broken_relationship_refuses_the_copy(
    part: str, old: str, new: str, refusal: tuple[str, str], tmp_path: Path
) -> None:
    parts = package_parts(worksheet('<row><c t="s" s="1"><v>0</v></c></row>'))
    assert old in parts[part]
    with pytest.raises(CopyRefused) as caught:
        read(parts | {part: parts[part].replace(old, new)}, tmp_path)
    assert (caught.value.code, caught.value.found) == refusal


@pytest.mark.parametrize(
    ("limits", "found", "expected"),
    [
        (Limits(cells=3), "hơn 3 chuỗi", "3 chuỗi"),
        (Limits(cells=7), HERE + "đã quá số ô có dữ liệu", "7 ô"),
        (Limits(text=3), "một ô có 22 ký tự", "3 ký tự"),
        (Limits(text=22), HERE + "một ô có 30 ký tự", "22 ký tự"),
        (Limits(sheets=0), "1 trang tính", "0 trang tính"),
        (Limits(styles=5), "11 kiểu ô", "5 kiểu ô"),
    ],
)
def test_limits_are_those_given(limits: Limits, found: str, expected: str, tmp_path: Path) -> None:
    rows = f"<row>{'<c><v>1</v></c>' * 8}</row>" * 2 + f'<row><c t="inlineStr"><is><t>{"a" * 30}</t></is></c></row>'
    with pytest.raises(CopyRefused) as caught:
        read(package_parts(worksheet(rows)), tmp_path, limits)
    assert (caught.value.code, caught.value.found, caught.value.expected) == ("too-large", found, expected)


def test_the_limit_of_cells_is_that_of_all_sheets(tmp_path: Path) -> None:
    parts = package_parts(worksheet(f"<row>{'<c><v>1</v></c>' * 5}</row><row/>"))
    parts["xl/worksheets/sheet2.xml"] = parts["sheet"]
    sheets = ONE_SHEET + ONE_SHEET.replace("Nhiệm vụ", "Số liệu").replace("rId1", "rId9")
    parts["workbook"] = WORKBOOK.format(ns=MAIN, r=OFFICE, sheets=sheets)
    parts["rels"] = parts["rels"].replace(
        "</", f'<Relationship Id="rId9" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/></'
    )
    assert [len(sheet.cells) for sheet in read(parts, tmp_path, Limits(cells=10)).sheets] == [5, 5]
    with pytest.raises(CopyRefused) as caught:
        read(parts, tmp_path, Limits(cells=9))
    assert (caught.value.code, caught.value.found) == ("too-large", "trang «Số liệu», đã quá số ô có dữ liệu")


PLAIN = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    '<row r="3"><c r="B3" s="1"><v>45359</v></c><c r="C3"><f>A1</f></c></row>'
)


def plain(state: str = "visible", *, out_of_order: bool = False, links: bool = False, strict: bool = False) -> Workbook:
    cells = (
        Cell(1, 1, "text", "Hoàn thành"),
        Cell(3, 2, "date", datetime.fromisoformat("2024-03-08")),
        Cell(3, 3, "text", "", "A1"),
    )
    sheet = Sheet("Nhiệm vụ", state, {(cell.row, cell.column): cell for cell in cells}, out_of_order)
    return Workbook((sheet,), links, strict)


def strict(name: str, xml: str) -> str:
    office = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    return xml.replace(MAIN, STRICT).replace(OFFICE, office) if name != "types" else xml


def prefixed(_: str, xml: str) -> str:
    return re.sub(r"<(/?)(\w)", r"<\1x:\2", xml).replace("xmlns=", "xmlns:x=")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda _, xml: xml, plain()),
        (strict, plain(strict=True)),
        (lambda name, xml: strict(name, xml) if name == "sheet" else xml, plain(strict=True)),
        (lambda name, xml: xml.replace("</sst>", "<extLst/></sst>"), plain()),
        (lambda _, xml: xml.replace("</sheetData>", "</sheetData>" + ALTERNATIVE.format("<controls/>")), plain()),
        (prefixed, plain()),
        (lambda _, xml: xml.replace("><", ">\n  <"), plain()),
        (lambda _, xml: xml.replace('"worksheets/sheet1.xml', '"/XL/worksheets/../Worksheets/SHEET1.xml'), plain()),
        (lambda _, xml: xml.replace(' r="A1"', "").replace(' r="C3"', "").replace('<row r="1"', "<row"), plain()),
        (lambda _, xml: xml.replace("<sheet name", '<sheet state="veryHidden" name'), plain("veryHidden")),
        (lambda _, xml: xml.replace("<sheet name", '<sheet state="hidden" name'), plain("hidden")),
        (
            lambda _, xml: xml.replace("45359", "43897").replace("<workbookPr/>", '<workbookPr date1904="1"/>'),
            plain(),
        ),
        (
            lambda _, xml: xml.replace("<sheetData>", '<sheetData><row r="9"><c r="A9"/></row>'),
            plain(out_of_order=True),
        ),
        (
            lambda name, xml: (
                xml.replace("</R", f'<Relationship Id="x" Type="{OFFICE}/externalLink" Target="l.xml"/></R')
                if name == "rels"
                else xml
            ),
            plain(links=True),
        ),
    ],
    ids=[
        "plain",
        "strict",
        "half strict",
        "extended",
        "controls",
        "prefixed",
        "indented",
        "target",
        "no-references",
        "very-hidden",
        "hidden",
        "1904",
        "order",
        "links",
    ],
)
def test_the_same_workbook_in_other_words(
    change: Callable[[str, str], str], expected: Workbook, tmp_path: Path
) -> None:
    parts = package_parts(worksheet(PLAIN))
    assert read({name: change(name, xml) for name, xml in parts.items()}, tmp_path) == expected


def test_remarks_are_what_a_filler_is_to_be_told() -> None:
    odd = Workbook((*plain().sheets, *plain(out_of_order=True).sheets), external_links=True, strict=True)
    assert odd.remarks == (
        ("", Note("external-links")),
        ("", Note("strict-format")),
        ("Nhiệm vụ", Note("shuffled-rows")),
    )
    assert plain().remarks == ()


def test_a_chart_sheet_has_no_cells(tmp_path: Path) -> None:
    parts = package_parts(f'<chartsheet xmlns="{MAIN}"/>')
    parts["rels"] = parts["rels"].replace("/worksheet", "/chartsheet", 1)
    assert read(parts, tmp_path) == Workbook(
        (Sheet("Nhiệm vụ", "visible", {}, out_of_order=False),), external_links=False
    )


def test_every_cell_of_an_array_formula_is_marked(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><f t="array" ref="A1:B2">D1:E2*2</f><v>1</v></c><c r="B1"><v>2</v></c>'
        '<c r="C1"><v>3</v></c></row>'
        '<row r="2"><c r="A2" s="2"><v>0.5</v></c></row>'
    )
    assert cells_of(rows, tmp_path) == [
        Cell(1, 1, "number", Decimal(1), "D1:E2*2"),
        Cell(1, 2, "number", Decimal(2), "?"),
        Cell(1, 3, "number", Decimal(3)),
        Cell(2, 1, "number", Decimal("0.5"), "?", percent=True),
    ]


def test_array_formulas_over_whole_columns_are_too_large(tmp_path: Path) -> None:
    row = '<row><c r="A1"><f t="array" ref="A1:C20000">D1</f></c></row>'
    with pytest.raises(CopyRefused) as caught:
        read(package_parts(worksheet(row)), tmp_path, Limits(cells=50_000))
    assert (caught.value.code, caught.value.found) == ("too-large", HERE + "công thức mảng quá rộng")


def test_parts_in_several_pieces_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>{row % 3}</v></c><c r="C{row}"><v>{row}</v></c></row>'
        for row in range(1, 60)
    )
    whole = read(package_parts(worksheet(rows, "<mergeCells>" + "<mergeCell/>" * 50 + "</mergeCells>")), tmp_path)
    assert len(whole.sheets[0].cells) == 118
    monkeypatch.setattr(ooxml, "_CHUNK", 97)
    monkeypatch.setattr(ooxml, "_GUARDED", 1000)
    assert (
        read(package_parts(worksheet(rows, "<mergeCells>" + "<mergeCell/>" * 50 + "</mergeCells>")), tmp_path) == whole
    )


@pytest.mark.parametrize(
    ("rows", "around", "found"),
    [
        ("<row>" + "<c/>" * 300_000 + "</row>", "", HERE + "có dòng nhiều hơn 16384 ô"),
        ("", "<a>" * 100_000 + "</a>" * 100_000, "phần xl/worksheets/sheet1.xml có quá nhiều lớp thẻ lồng nhau"),
        (
            "",
            "".join(f"<a{number}/>" for number in range(40_000)),
            "phần xl/worksheets/sheet1.xml có thẻ quá dài hoặc quá nhiều loại thẻ",
        ),
        ("", f"<!--{'x' * (3 << 20)}-->", "phần xl/worksheets/sheet1.xml có thẻ quá dài hoặc quá nhiều loại thẻ"),
    ],
    ids=["cells", "depth", "names", "comment"],
)
def test_parts_that_would_fill_the_memory(rows: str, around: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(CopyRefused) as caught:
        read(package_parts(worksheet(rows, around)), tmp_path, Limits(ratio=100_000))
    assert (caught.value.code, caught.value.found) == ("unsafe-file", found)


@pytest.mark.parametrize(
    ("part", "xml", "found"),
    [
        ("strings", f'<sst xmlns="{MAIN}"><si>{"<r/>" * 600_000}</si></sst>', "phần xl/sharedStrings.xml có"),
        ("styles", f'<styleSheet xmlns="{MAIN}">{"<x/>" * 600_000}</styleSheet>', "phần xl/styles.xml có"),
        (
            "workbook",
            WORKBOOK.format(ns=MAIN, r=OFFICE, sheets="<sheet/>" * 300_000),
            "phần xl/workbook.xml có",
        ),
    ],
)
def test_elements_without_end_are_not_held(part: str, xml: str, found: str, tmp_path: Path) -> None:
    parts = package_parts(worksheet('<row><c t="s"><v>0</v></c></row>')) | {part: xml}
    with pytest.raises(CopyRefused) as caught:
        read(parts, tmp_path, Limits(ratio=100_000))
    assert (caught.value.code, caught.value.found[: len(found)], caught.value.expected) == (
        "too-large",
        found,
        "131072 thẻ",
    )


def test_formatted_empty_rows_to_the_end_of_the_sheet_are_no_obstacle(tmp_path: Path) -> None:
    rows = PLAIN + "".join(
        f'<row r="{row}" s="1" customFormat="1"/>' for row in (*range(4, 100_000), *range(1_000_000, 1_048_577, 7))
    )
    assert read(package_parts(worksheet(rows)), tmp_path) == plain()


@settings(deadline=None, max_examples=100)
@given(part=st.sampled_from(sorted(NAMES)), where=st.floats(0, 1), cut=st.integers(0, 30), noise=st.text(max_size=30))
def test_whatever_stands_in_a_part_nothing_but_a_refusal_is_raised(
    part: str, where: float, cut: int, noise: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    parts = package_parts(worksheet(PLAIN))
    begin = int(where * len(parts[part]))
    changed = parts[part][:begin] + noise + parts[part][begin + cut :]
    assume(not any("\ud800" <= sign <= "\udfff" for sign in changed))
    try:
        read(parts | {part: changed}, tmp_path_factory.mktemp("noise"))
    except CopyRefused as refused:
        assert refused.found  # noqa: PT017 - either outcome is right
