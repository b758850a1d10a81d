"""Type values into the cells of a copy, as an office program would save them: for the demo and for trials.

Only the sheet's own part changes (and the styles, when a number is shown as a date or percent where it was not
before); every other part stays byte for byte. Real returned copies are never written: they are evidence.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

from defusedxml.ElementTree import fromstring

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STYLES = "xl/styles.xml"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # Excel has no zones
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")
# What XML cannot hold, and what would be read as such an escape: written as _xHHHH_ (ECMA-376, ST_Xstring).
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?")
_PERCENT, _DATE = "9", "14"  # number formats (ECMA-376 part 1, 18.8.30)


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell content that is not a plain value: a formula with its result, an error value, or a percent.

    percent is the number stored: Decimal("0.95") is shown as 95%.
    """

    formula: str = ""
    result: str = ""
    error: str = ""
    percent: Decimal | None = None


Content = str | bool | int | Decimal | date | Typed | None


def fill(copy: bytes, sheet: str, contents: Mapping[str, Content], new_name: str = "") -> bytes:
    """Return the copy with these contents at these addresses of a sheet, renamed when new_name is given.

    None empties a cell. KeyError when the sheet is not there or an address is none.
    """
    with zipfile.ZipFile(io.BytesIO(copy)) as package:
        parts = {info.filename: package.read(info) for info in package.infolist()}
    part = _part_of(parts, sheet)
    styles = fromstring(parts[_STYLES])
    parts[part] = _fill_part(parts[part], contents, styles)
    if any(isinstance(content, date) or _is_percent(content) for content in contents.values()):
        parts[_STYLES] = _xml(styles)
    if new_name:
        book = fromstring(parts["xl/workbook.xml"])
        _entry(book, sheet).set("name", new_name)
        parts["xl/workbook.xml"] = _xml(book)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _entry(book: ET.Element, sheet: str) -> ET.Element:
    for item in book.iter(f"{{{_MAIN}}}sheet"):
        if item.get("name") == sheet:
            return item
    raise KeyError(sheet)


def _part_of(parts: Mapping[str, bytes], sheet: str) -> str:
    entry = _entry(fromstring(parts["xl/workbook.xml"]), sheet)
    targets = {item.get("Id"): str(item.get("Target")) for item in fromstring(parts["xl/_rels/workbook.xml.rels"])}
    return "xl/" + targets[entry.get(f"{{{_OFFICE}}}id")]


def _xml(root: ET.Element) -> bytes:
    ET.register_namespace("", _MAIN)
    ET.register_namespace("r", _OFFICE)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def _fill_part(part: bytes, contents: Mapping[str, Content], styles: ET.Element) -> bytes:
    root: ET.Element = fromstring(part)
    data = root.find(f"{{{_MAIN}}}sheetData")
    if data is None:
        raise KeyError("sheetData")
    rows = {int(row.get("r", "0")): row for row in data}
    for reference, content in contents.items():
        found = _REFERENCE.fullmatch(reference)
        if not found:
            raise KeyError(reference)
        number = int(found[2])
        if number not in rows:
            rows[number] = ET.Element(f"{{{_MAIN}}}row", r=str(number))
        _put(_cell(rows[number], reference), content, styles)
    data[:] = [rows[at] for at in sorted(rows)]
    return _xml(root)


def _cell(row: ET.Element, reference: str) -> ET.Element:
    """Return the cell at a reference, emptied; made in its place when it is not there."""
    cells = {str(cell.get("r")): cell for cell in row}
    if reference not in cells:
        cells[reference] = ET.Element(f"{{{_MAIN}}}c", r=reference)
        row[:] = [cells[at] for at in sorted(cells, key=lambda at: (len(at), at))]  # one row: A, B, … Z, AA
    cell = cells[reference]
    cell.attrib.pop("t", None)
    cell[:] = []
    return cell


def _put(cell: ET.Element, content: Content, styles: ET.Element) -> None:
    match content:
        case None:
            pass
        case Typed(error=error) if error:
            cell.set("t", "e")
            _add(cell, "v", error)
        case Typed(percent=Decimal() as share):
            _restyle(cell, _PERCENT, styles)
            _add(cell, "v", str(share))
        case Typed(formula=formula, result=result):
            if not _NUMBER.fullmatch(result):
                cell.set("t", "str")
            _add(cell, "f", formula)
            _add(cell, "v", result)
        case str():
            cell.set("t", "inlineStr")
            text = _add(_add(cell, "is"), "t", _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", content))
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        case bool():
            cell.set("t", "b")
            _add(cell, "v", str(int(content)))
        case date():
            moment = content if isinstance(content, datetime) else datetime.combine(content, datetime.min.time())
            _restyle(cell, _DATE, styles)
            _add(cell, "v", repr((moment - _EPOCH).total_seconds() / 86400).removesuffix(".0"))
        case _:
            _add(cell, "v", str(content))


def _add(parent: ET.Element, name: str, text: str = "") -> ET.Element:
    child = ET.SubElement(parent, f"{{{_MAIN}}}{name}")
    child.text = text
    return child


def _restyle(cell: ET.Element, number_format: str, styles: ET.Element) -> None:
    """Give a cell its own style with another number format, as Excel does when a date or a percent is typed."""
    used = styles.find(f"{{{_MAIN}}}cellXfs")
    if used is None:
        raise KeyError("cellXfs")
    style = deepcopy(used[int(cell.get("s", "0"))])
    style.set("numFmtId", number_format)
    used.append(style)
    used.set("count", str(len(used)))
    cell.set("s", str(len(used) - 1))


def _is_percent(content: Content) -> bool:
    return isinstance(content, Typed) and content.percent is not None
