"""What a file is by its content, never by its name: everything but a zip package of Excel's is refused as what it is.

The officer reads it in the finding ("ảnh JPEG", "Excel 97-2003 (.xls)"), beside the sentence that says how to save it
as .xlsx.
"""

import re
from collections.abc import Container

from kttt_xl.errors import CopyRefused

_SIGNATURES = (
    (b"%PDF", "not-a-workbook", "tệp PDF"),
    (b"\x89PNG", "not-a-workbook", "ảnh PNG"),
    (b"\xff\xd8\xff", "not-a-workbook", "ảnh JPEG"),
    (b"GIF8", "not-a-workbook", "ảnh GIF"),
    (b"BM", "not-a-workbook", "ảnh BMP"),
    (b"II*\0", "not-a-workbook", "ảnh TIFF"),
    (b"Rar!", "not-a-workbook", "tệp nén RAR"),
    (b"7z\xbc\xaf\x27\x1c", "not-a-workbook", "tệp nén 7z"),
    (b"\x1f\x8b", "not-a-workbook", "tệp nén GZIP"),
    (b"{\\rtf", "not-a-workbook", "văn bản RTF"),
    (b"PK\x05\x06", "not-a-workbook", "gói zip rỗng"),
    (b"\x09\x00\x04\x00", "legacy-format", "Excel 2.1 (.xls)"),
    (b"\x09\x02\x06\x00", "legacy-format", "Excel 3.0 (.xls)"),
    (b"\x09\x04\x06\x00", "legacy-format", "Excel 4.0 (.xls)"),
    (b"\x09\x08", "legacy-format", "Excel 5.0/95 (.xls)"),
    (b"ID;P", "legacy-format", "SYLK (.slk)"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (  # the outer document first: a Word file may hold a workbook
    ("EncryptedPackage", "encrypted-file", "tệp có mật khẩu mở"),
    ("WordDocument", "not-a-workbook", "tài liệu Word 97-2003 (.doc)"),
    ("PowerPoint Document", "not-a-workbook", "trình chiếu PowerPoint 97-2003 (.ppt)"),
    ("__properties_version1.0", "not-a-workbook", "thư Outlook (.msg)"),
    ("Workbook", "legacy-format", "Excel 97-2003 (.xls)"),
    ("Book", "legacy-format", "Excel 5.0/95 (.xls)"),
)
_ODF_SHEET = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"  # at byte 30: the first member, not compressed
_TEXTS = (  # somewhere in the first bytes, lower case
    (b"urn:schemas-microsoft-com:office:spreadsheet", "legacy-format", "XML Spreadsheet 2003 (.xml)"),
    (b"urn:oasis:names:tc:opendocument", "legacy-format", "OpenDocument dạng XML (.fods)"),
    (b"mime-version:", "not-a-workbook", "trang web lưu một tệp (.mht)"),
    (b"<html", "not-a-workbook", "trang web (HTML)"),
    (b"<table", "not-a-workbook", "trang web (HTML)"),
    (b"<?xml", "not-a-workbook", "tệp XML"),
)
_CONTROL_BYTE = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_OTHER_PACKAGES = (
    ("xl/workbook.bin", "legacy-format", "Excel nhị phân (.xlsb)"),
    ("word/document.xml", "not-a-workbook", "tài liệu Word (.docx)"),
    ("ppt/presentation.xml", "not-a-workbook", "trình chiếu PowerPoint (.pptx)"),
)


def check_first_bytes(content: bytes) -> None:
    """Refuse whatever is not a zip package, saying what it looks like.

    CopyRefused not-a-workbook, legacy-format, encrypted-file, or damaged-file for nothing but zero bytes.
    """
    if content.startswith(b"PK\x03\x04"):
        if content.startswith(_ODF_SHEET, 30):
            raise CopyRefused("legacy-format", "OpenDocument (.ods)")
        return
    if content.startswith(_OLE):
        for stream, code, what in _OLE_STREAMS:
            if stream.encode("utf-16-le") in content:
                raise CopyRefused(code, what)
        raise CopyRefused("not-a-workbook", "tài liệu OLE không rõ loại")
    for start, code, what in _SIGNATURES:
        if content.startswith(start):
            raise CopyRefused(code, what)
    if not content.strip(b"\0"):
        raise CopyRefused(*(("damaged-file", "tệp toàn byte 0") if content else ("not-a-workbook", "tệp rỗng")))
    head = content[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    for words, code, what in _TEXTS:
        if words in head.lower():
            raise CopyRefused(code, what)
    raise CopyRefused("not-a-workbook", "dữ liệu không rõ loại" if _CONTROL_BYTE.search(head) else "tệp văn bản")


def check_kind_of_package(names: Container[str]) -> None:
    """Refuse a zip archive that is no package of Excel's, by the names of its members in lower case.

    CopyRefused legacy-format or not-a-workbook; damaged-file for a workbook without its list of content types.
    """
    for name, code, what in _OTHER_PACKAGES:
        if name in names:
            raise CopyRefused(code, what)
    if "[content_types].xml" not in names:
        if "xl/workbook.xml" in names:
            raise CopyRefused("damaged-file", "thiếu phần [Content_Types].xml")
        if "meta-inf/manifest.xml" in names:
            raise CopyRefused("legacy-format", "OpenDocument")
        raise CopyRefused("not-a-workbook", "gói zip chứa tệp khác")
