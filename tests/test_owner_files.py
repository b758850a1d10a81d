"""Who has a workbook open, out of the files that LibreOffice and Excel put beside it."""

from pathlib import Path

import pytest

from kttt_xl.owner_files import opened_by

NAME = "sổ, tổng hợp.xlsx"


def excel(name: str, length: int | None = None) -> bytes:
    """An owner file as Excel writes it: the name in the machine's code page, and in UTF-16 behind byte 55."""
    size = len(name) if length is None else length
    head = bytes([size]) + name.encode("ascii", "replace").ljust(54)
    rest = size.to_bytes(2, "little") + name.encode("utf-16-le") + b"\x20\x00" * 55
    return (head + rest)[:165]


@pytest.mark.parametrize(
    ("content", "who"),
    [
        ("Trần Thị Lan,lan,PC-01,23.11.2026 04:34,file:///c:/lo/4;", "Trần Thị Lan, máy PC-01, từ 23.11.2026 04:34"),
        (",root,vm,23.11.2026 04:34,file:///lo;", "root, máy vm, từ 23.11.2026 04:34"),  # LibreOffice 7.4 headless
        (r"Lan\, Phòng 2\; \\,lan,PC-01,,;", "Lan, Phòng 2; \\, máy PC-01"),
        ("lan", "không rõ ai mở"),
        (",,,,;", "không rõ ai mở"),
        ("", "không rõ ai mở"),
        (b"\xff\xfe,lan,PC-01", "��"),
    ],
)
def test_libreoffice(tmp_path: Path, content: str | bytes, who: str) -> None:
    file = tmp_path / f".~lock.{NAME}#"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    assert opened_by(tmp_path / NAME) == f"tệp đang mở trong LibreOffice ({who}; theo «.~lock.{NAME}#»)"


@pytest.mark.parametrize(
    ("content", "who"),
    [
        (excel("Nguyễn Văn Bình"), "Nguyễn Văn Bình"),
        (excel("A" * 52), "A" * 52),
        (excel("A", 0), "không rõ ai mở"),
        (excel("A", 53), "không rõ ai mở"),
        (excel("Bình")[:60], "B�"),  # cut short
        (b"", "không rõ ai mở"),
        (b"\x05admin", "không rõ ai mở"),
    ],
)
def test_excel(tmp_path: Path, content: bytes, who: str) -> None:
    (tmp_path / f"~${NAME}").write_bytes(content)
    assert opened_by(tmp_path / NAME) == f"tệp đang mở trong Excel ({who}; theo «~${NAME}»)"


def test_an_owner_file_that_nobody_else_may_read(tmp_path: Path) -> None:
    """Excel keeps its own to itself while it runs; that it is there is what counts."""
    (tmp_path / f"~${NAME}").mkdir()
    assert opened_by(tmp_path / NAME) == f"tệp đang mở trong Excel (không rõ ai mở; theo «~${NAME}»)"


def test_nobody(tmp_path: Path) -> None:
    for name in (f".~lock.khác {NAME}#", f"~$khác {NAME}", NAME):
        (tmp_path / name).write_bytes(b"")
    assert opened_by(tmp_path / NAME) == ""
