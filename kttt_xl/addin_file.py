"""The add-in's file (.xlam): its package, and the sheets that its VBA reads. Needs neither Excel nor pyOpenVBA."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

import xlsxwriter

from kttt_xl.errors import CopyRefused, KtttError
from kttt_xl.gate import Package, main_part
from kttt_xl.ooxml import children, parse, relationships
from kttt_xl.workbook import read_workbook

SETTINGS, TEXTS, HELP = "kttt.conf", "kttt.text", "kttt.help"  # as KtttWords.bas names them
PROJECT, RIBBON = "xl/vbaProject.bin", "customUI/customUI14.xml"
INTERPRETER, XLWINGS_VERSION, KTTT_VERSION = "INTERPRETER_WIN", "XLWINGS_VERSION", "KTTT_VERSION"

_TYPES, _ROOT_LINKS, _BOOK = "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RIBBON_LINK = (
    '<Relationship Id="rIdRibbon" Type="http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" '
    f'Target="{RIBBON}"/></Relationships>'
)
_MADE = datetime(2024, 1, 1)  # noqa: DTZ001  # the same in every build, so that the bytes are

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into an add-in: the compiled VBA project, the ribbon's XML, and its sheets by name, in their order."""

    project: bytes
    ribbon: bytes
    sheets: Mapping[str, Rows]


def write_addin(contents: Contents) -> bytes:
    """Return the add-in's file; the same contents give the same bytes on every machine.

    Parts are stored, not deflated: compressors differ between systems, and an add-in is small. Texts are shared
    strings, as Excel writes them. Source: addin.md 1.2.
    """
    parts = _workbook(contents)
    parts[RIBBON] = contents.ribbon
    for part, old, new in (
        (_TYPES, b"vnd.ms-excel.sheet.macroEnabled.main+xml", b"vnd.ms-excel.addin.macroEnabled.main+xml"),
        (_ROOT_LINKS, b"</Relationships>", _RIBBON_LINK.encode("ascii")),
        (_BOOK, b' fullCalcOnLoad="1"', b""),  # an add-in has nothing to calculate, and other open books may be large
    ):
        if parts[part].count(old) != 1:
            raise KtttError(f"Không làm được add-in: phần {part} không có đúng một «{old.decode('ascii')}».")
        parts[part] = parts[part].replace(old, new)
    return _pack(parts)


def read_settings(addin: bytes) -> dict[str, str]:
    """Return the settings in the add-in's own sheet, by key, and the versions it was built of.

    KtttError when it is no add-in of ours or damaged.
    """
    return dict(_rows(_unpack(addin), SETTINGS))


def read_project(addin: bytes) -> bytes:
    """Return the VBA project in the add-in, empty when there is none; KtttError when it is no package."""
    return _unpack(addin).get(PROJECT, b"")


def with_settings(addin: bytes, settings: Mapping[str, str]) -> bytes:
    """Return the add-in with these settings, others kept; every part but that sheet's stays byte for byte.

    So a signature of its VBA project stays good. KtttError when it is no add-in of ours or damaged, or a setting holds
    what no cell can.
    """
    if not all(text.isprintable() for setting in settings.items() for text in setting):
        raise KtttError("Thiết đặt của add-in có ký tự không in được.")
    parts = _unpack(addin)
    rows = dict(_rows(parts, SETTINGS)) | dict(settings)
    part = _part_of(parts, SETTINGS)
    parts[part] = _sheet(rows.items(), parts[part])
    return _pack(parts)


def _workbook(contents: Contents) -> dict[str, bytes]:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.add_vba_project(io.BytesIO(contents.project), is_stream=True)
        book.set_properties(
            {
                "title": "KTTT",
                "author": "kttt-xl",
                "comments": "Điều hành kế hoạch kinh tế tập thể: hàm KTTT_… và tab KTTT.",
                "created": _MADE,
            }
        )
        for name, rows in contents.sheets.items():
            sheet = book.add_worksheet(name)
            for row, texts in enumerate(rows):
                for column, text in enumerate(texts):
                    sheet.write_string(row, column, text)
    return _unpack(stream.getvalue())


def _pack(parts: Mapping[str, bytes]) -> bytes:
    """Return a package whose bytes depend on its parts alone: order, dates and the system's marks are fixed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for name in sorted(parts, key=lambda name: (name != _TYPES, name != _ROOT_LINKS, name)):
            member = zipfile.ZipInfo(name)
            member.create_system = 0
            package.writestr(member, parts[name])
    return stream.getvalue()


def _unpack(addin: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(addin)) as package:
            return {member.filename: package.read(member) for member in package.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise KtttError("Tệp này không phải add-in KTTT, hoặc đã hỏng.") from error


def _rows(parts: Mapping[str, bytes], name: str) -> list[tuple[str, str]]:
    try:
        sheets = {sheet.name: sheet for sheet in read_workbook(Package("", 0, parts)).sheets}
    except CopyRefused as error:
        raise KtttError("Tệp này không phải add-in KTTT, hoặc đã hỏng.") from error
    if name not in sheets:
        raise KtttError("Tệp này không phải add-in KTTT.")
    cells = sheets[name].cells
    texts = {place: str(cell.value) for place, cell in cells.items() if cell.value is not None}
    return [(text, texts.get((row, 2), "")) for (row, column), text in sorted(texts.items()) if column == 1]


def _part_of(parts: Mapping[str, bytes], name: str) -> str:
    """Return the part that holds a sheet, which is whatever the workbook's relationships say."""
    package = Package("", 0, parts)
    main = main_part(package)
    folder, _, file = main.rpartition("/")
    beside = f"{folder}/_rels/{file}.rels"
    links = relationships(package.part(beside), beside)
    root, namespace = parse(package.part(main), main, "workbook")
    for sheet in children(root, namespace + "sheets"):
        if sheet.get("name") == name:
            return next(links[value].target for value in sheet.attrib.values() if value in links)
    raise KtttError("Tệp này không phải add-in KTTT.")


def _written(text: str) -> str:
    """Return a text as XML, with what Excel would read as an escape (_xHHHH_) written as one (ECMA-376, ST_Xstring)."""
    return re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", escape(text))


def _sheet(rows: Iterable[tuple[str, str]], old: bytes) -> bytes:
    """Return a sheet of texts in place of an old one, whose name in the VBA project it keeps."""
    code_name = re.search(rb'codeName="(\w+)"', old)
    head = f'<sheetPr codeName="{code_name[1].decode("ascii")}"/>' if code_name else ""
    lines = "".join(
        f'<row r="{number}">'
        + "".join(
            f'<c r="{letter}{number}" t="inlineStr"><is><t xml:space="preserve">{_written(text)}</t></is></c>'
            for letter, text in zip("AB", texts, strict=True)
        )
        + "</row>"
        for number, texts in enumerate(rows, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{_MAIN}">{head}<sheetData>{lines}</sheetData></worksheet>'
    ).encode()
