"""Type values into the cells of a copy, as an office program would save them: for the demo and for trials.

Works on the part of one sheet only; every other part stays byte for byte. Real returned copies are never
written: they are evidence.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

from defusedxml.ElementTree import fromstring

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_EPOCH = date(1899, 12, 30).toordinal()
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell content that is not a plain value: a formula with its result, or an error value."""

    formula: str = ""
    result: str = ""
    error: str = ""


Content = str | int | Decimal | date | Typed | None


def fill(copy: bytes, sheet: str, contents: Mapping[str, Content], new_name: str = "") -> bytes:
    """Return the copy with these contents at these addresses of a sheet, renamed when new_name is given.

    None empties a cell. KeyError when the sheet is not there.
    """
    with zipfile.ZipFile(io.BytesIO(copy)) as package:
        parts = {info.filename: package.read(info) for info in package.infolist()}
    book = fromstring(parts["xl/workbook.xml"])
    part = _part_of(book, parts["xl/_rels/workbook.xml.rels"], sheet)
    parts[part] = _fill_part(parts[part], contents)
    if new_name:
        parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
            f'name="{sheet}"'.encode(), f'name="{new_name}"'.encode()
        )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _part_of(book: ET.Element, relationships: bytes, sheet: str) -> str:
    targets = {item.get("Id"): item.get("Target", "") for item in fromstring(relationships)}
    for item in book.iter(f"{{{_MAIN}}}sheet"):
        if item.get("name") == sheet:
            return "xl/" + targets[item.get(f"{{{_OFFICE}}}id")]
    raise KeyError(sheet)


def _fill_part(part: bytes, contents: Mapping[str, Content]) -> bytes:
    ET.register_namespace("", _MAIN)
    ET.register_namespace("r", _OFFICE)
    root = fromstring(part)
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
            data[:] = [rows[at] for at in sorted(rows)]
        _set(rows[number], reference, content)
    return bytes(ET.tostring(root, encoding="UTF-8", xml_declaration=True))


def _order(reference: str) -> tuple[int, str]:
    letters = reference.rstrip("0123456789")
    return len(letters), letters


def _set(row: ET.Element, reference: str, content: Content) -> None:
    cells = {str(cell.get("r")): cell for cell in row}
    cell = cells.get(reference)
    if cell is None:
        cell = cells[reference] = ET.Element(f"{{{_MAIN}}}c", r=reference)
        row[:] = [cells[at] for at in sorted(cells, key=_order)]
    cell.attrib.pop("t", None)
    cell[:] = []
    match content:
        case None:
            pass
        case Typed(error=error) if error:
            cell.set("t", "e")
            ET.SubElement(cell, f"{{{_MAIN}}}v").text = error
        case Typed(formula=formula, result=result):
            ET.SubElement(cell, f"{{{_MAIN}}}f").text = formula
            ET.SubElement(cell, f"{{{_MAIN}}}v").text = result
        case str():
            cell.set("t", "inlineStr")
            ET.SubElement(ET.SubElement(cell, f"{{{_MAIN}}}is"), f"{{{_MAIN}}}t").text = content
        case date():
            ET.SubElement(cell, f"{{{_MAIN}}}v").text = str(content.toordinal() - _EPOCH)
        case _:
            ET.SubElement(cell, f"{{{_MAIN}}}v").text = str(content)
