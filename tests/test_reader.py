"""reader: which file is a copy, who signed it, whose it is; and that every filled cell is accounted for."""

import io
import json
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from openpyxl.worksheet.cell_range import CellRange
from returned_copies import (
    AGENCY,
    KEY,
    Trial,
    altered,
    codes,
    counts,
    stats_trial,
    task_trial,
    told,
    values,
)

from kttt_xl.cells import address
from kttt_xl.filling import Content, Typed
from kttt_xl.identity import digest, key_id
from kttt_xl.layout import HEADING_ROW, REPORT_SHEETS
from kttt_xl.messages import ERROR, MESSAGES
from kttt_xl.model import STATES, Finding, Plan, Value
from kttt_xl.period import Period
from kttt_xl.reader import read_copy


@pytest.fixture(scope="module")
def tasks(gia_lai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return task_trial(gia_lai, year, tmp_path_factory.mktemp("tasks"))


@pytest.fixture(scope="module")
def stats(yen_bai: Plan, year: Period, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return stats_trial(yen_bai, year, tmp_path_factory.mktemp("stats"))


def test_whose_copy_it_visibly_is(tasks: Trial) -> None:
    """The copy of one agency passed on to another: the manifest still names the first."""
    said = "Không rõ bản sao của đơn vị nào: {}; trang nhận dạng ghi «Liên minh Hợp tác xã tỉnh»."
    cover = tasks.read(tasks.filled({"C5": "Sở Nội vụ"}, "Hướng dẫn"))
    assert (told(cover), cover.disputed, cover.refused) == (
        [("wrong-agency", "C5", "Sở Nội vụ", said.format("Sở Nội vụ"))],
        True,
        False,
    )
    form = tasks.read({"B3": "Đơn vị báo cáo: Sở Nội vụ"})
    assert told(form) == [("wrong-agency", "B3", "Sở Nội vụ", said.format("Sở Nội vụ"))]

    def nowhere(book: Workbook) -> None:
        book["Hướng dẫn"]["C5"] = None
        book["Nhiệm vụ"]["B3"] = None

    nameless = tasks.read(tasks.edited(nowhere))
    assert told(nameless) == [
        altered("B3", "B3", "(trống)"),
        ("wrong-agency", "C5", "(trống)", said.format("(trống)")),
    ]


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return stream.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
# Files that are no copy: (bytes, code, what the finding says).
FILES: list[tuple[bytes, str, str]] = [
    (b"", "not-a-workbook", "Tệp không phải là sổ tính Excel: tệp rỗng."),
    ("Báo cáo năm 2024".encode(), "not-a-workbook", "Tệp không phải là sổ tính Excel: tệp văn bản."),
    (b"%PDF-1.7\n", "not-a-workbook", "Tệp không phải là sổ tính Excel: tệp PDF."),
    (
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "encrypted-file",
        "Tệp được đặt mật khẩu mở nên không đọc được.",
    ),
    (
        OLE + "Workbook".encode("utf-16-le"),
        "legacy-format",
        "Tệp ở định dạng cũ hoặc định dạng khác (Excel 97-2003 (.xls)).",
    ),
    (
        zipped({"word/document.xml": b"<a/>"}),
        "not-a-workbook",
        "Tệp không phải là sổ tính Excel: tài liệu Word (.docx).",
    ),
]


@pytest.mark.parametrize(("content", "code", "message"), FILES, ids=[code for _, code, _ in FILES])
def test_a_file_that_is_no_copy_is_one_finding(tasks: Trial, content: bytes, code: str, message: str) -> None:
    reading = tasks.read(content)
    assert ([found[0::3] for found in told(reading)], reading.refused) == ([(code, message)], True)
    assert (reading.manifest, reading.submission) == (None, None)
    assert reading.findings[0].fix


def test_a_truncated_copy_is_damaged(tasks: Trial) -> None:
    for length in range(4, len(tasks.content), len(tasks.content) // 20):
        reading = tasks.read(tasks.content[:length])
        assert [code for code, _ in codes(reading)] == ["damaged-file"]


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    reading = read_copy(tmp_path / "khong-co.xlsx", "khong-co.xlsx", lambda _plan: KEY)
    assert told(reading) == [("unreadable", "", "không còn tệp này", "Không đọc được tệp: không còn tệp này.")]


def without_manifest(book: Workbook) -> None:
    del book["_kttt"]


def test_who_signed_the_copy(tasks: Trial) -> None:
    """Another key: forged; no key here: read, with a warning; no manifest: not ours."""
    well = tasks.filled({"L9": "Hoàn thành"})
    other = tasks.read(well, bytes(32))
    found = (
        f"ký bằng khóa khác (mã khóa e29b85b845d4, khóa tại đây {key_id(bytes(32))}; ghi kế hoạch gia-lai-655-2023, "
        f"đơn vị {AGENCY}): dùng --campaign đúng thư mục phát hành"
    )
    assert told(other) == [("forged-manifest", "", found, f"Chữ ký ở trang nhận dạng _kttt không khớp: {found}.")]
    assert (other.refused, other.submission) == (True, None)
    unsigned = tasks.read(well, None)
    assert told(unsigned) == [
        (
            "unverified-manifest",
            "",
            "",
            "Chưa kiểm tra được chữ ký của bản sao: không có khóa của kế hoạch «gia-lai-655-2023» tại máy này.",
        )
    ]
    assert (unsigned.refused, values(unsigned)) == (False, {("1", "state"): "Hoàn thành"})
    stripped = tasks.read(tasks.edited(without_manifest))
    assert ([code for code, _ in codes(stripped)], stripped.refused) == (["no-manifest"], True)
    assert stripped.findings[0].fix == (
        "Mở lại tệp biểu mẫu đã được gửi, chép các ô đã điền sang đó (dán giá trị), lưu rồi gửi đúng tệp đó."
    )


def test_an_edited_manifest_is_forged(tasks: Trial) -> None:
    """The agency in the manifest, changed to another by somebody who knows where it is."""

    def rename(book: Workbook) -> None:
        cell = book["_kttt"]["B3"]
        body = json.loads(str(cell.value))
        body["agency"] = "Sở Nội vụ"
        cell.value = json.dumps(body, sort_keys=True, separators=(",", ":"))

    reading = tasks.read(tasks.edited(rename))
    found = "đã bị sửa (ghi kế hoạch gia-lai-655-2023, đơn vị Sở Nội vụ)"
    assert (told(reading), reading.refused) == (
        [("forged-manifest", "", found, f"Chữ ký ở trang nhận dạng _kttt không khớp: {found}.")],
        True,
    )


STRANGE: list[Callable[[dict[str, Any]], object]] = [
    lambda body: body.update(rows=[]),
    lambda body: body.update(fixed={"?": "x", "": "", "A0": "y"}, cover={}),
    lambda body: [row.update(digests={}) for row in body["rows"]],
    lambda body: [row.update(settled=["state", "x"], ratio=["x", "y"]) for row in body["rows"]],
    lambda body: body.update(agency="", plan="../x", span=["2024-12-31", "2024-01-01"]),
]


@pytest.mark.parametrize("change", STRANGE)
def test_an_unsigned_manifest_may_say_anything(tasks: Trial, change: Callable[[dict[str, Any]], object]) -> None:
    """Without a key there is no telling who wrote it: whatever it says, the read ends with an account of the cells."""

    def edit(book: Workbook) -> None:
        cell = book["_kttt"]["B3"]
        body = json.loads(str(cell.value))
        change(body)
        cell.value = json.dumps(body)
        book["Nhiệm vụ"]["L9"] = "Hoàn thành"

    reading = tasks.read(tasks.edited(edit), None)
    assert codes(reading)[0] == ("unverified-manifest", "")
    assert counts(reading)[0] >= 1


def test_a_consolidated_workbook_of_ours_is_no_copy(tasks: Trial) -> None:
    book = Workbook()
    book.remove(book.active)
    for name in REPORT_SHEETS:
        book.create_sheet(name)
    stream = io.BytesIO()
    book.save(stream)
    reading = tasks.read(stream.getvalue())
    assert (reading.ours, reading.findings, reading.submission) == (True, (), None)


# --- whatever is typed, wherever: no cell is lost, no value is another's

FAR_ROW, FAR_COLUMN = 60, 24  # below and right of the form
TEXTS = st.one_of(
    st.sampled_from(["Hoàn thành", "Đang thực hiện", "x", "-", "…", "95%", "12,5", "1.234", "15/11/2024", "không có"]),
    st.text(max_size=12),
)
CONTENTS = st.one_of(
    TEXTS,
    st.integers(-5, 10**7),
    st.decimals(-1000, 1000, places=2),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.booleans(),
    st.sampled_from([Typed(error="#N/A"), Typed(formula="1+1", result="2"), Typed(percent=Decimal("0.5")), None]),
)
PLACES = st.builds(address, st.integers(1, FAR_ROW), st.integers(1, FAR_COLUMN))


def places_of(finding: Finding) -> set[str]:
    """Return the addresses a finding is about: its cell, or every cell of the range it names."""
    if ":" not in finding.cell:
        return {finding.cell}
    return {address(row, column) for row, column in CellRange(finding.cell).cells}


def plain_value(content: Content, rule: str) -> Value:
    """Return what a plain number or text must be read as under a rule, worked out without the reader; else None."""
    most = {"count": 10**7, "completion": 100}.get(rule)
    if most and isinstance(content, int) and not isinstance(content, bool) and (content == 0 or 1 < content <= most):
        return Decimal(content)
    if rule == "choice" and content in STATES:
        return str(content)
    if rule == "text" and isinstance(content, str) and content.isascii() and content.isalnum():
        return content
    return None


@pytest.mark.parametrize("kind", ["tasks", "stats"])
@settings(max_examples=60, deadline=None)
@given(contents=st.dictionaries(PLACES, CONTENTS, min_size=1, max_size=25))
def test_every_filled_cell_is_accepted_or_refused_at_its_address(
    kind: str, contents: dict[str, Content], tasks: Trial, stats: Trial
) -> None:
    sent = {"tasks": tasks, "stats": stats}[kind]
    reading = sent.read(contents)
    submission, manifest = reading.submission, reading.manifest
    assert submission is not None
    assert manifest is not None
    assert submission.filled == submission.accepted + submission.refused
    if any(found.code == "missing-column" for found in reading.findings):
        assert (submission.entries, submission.accepted) == ((), 0)
        return  # the cells are counted only
    entries = {entry.cell: entry for entry in submission.entries}
    ours = {*manifest.fixed.values(), *(mark for row in manifest.rows for mark in row.digests.values())}
    about = {place for found in reading.findings for place in places_of(found)}
    for place, content in contents.items():
        shown = str(content)
        said_nothing = content is None or all(unicodedata.category(sign)[0] in "CZ" for sign in shown)
        key = place.startswith("A") and shown in dict(submission.rows)
        if not (said_nothing or key or digest(shown) in ours):
            assert place in entries or place in about, (place, content)
    refused = [found for found in reading.findings if MESSAGES[found.code].scope == "cell" and found.severity == ERROR]
    assert submission.refused == len([place for found in refused for place in places_of(found)])
    assert submission.accepted == len(entries)


@pytest.mark.parametrize("kind", ["tasks", "stats"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_plain_numbers_and_texts_are_read_as_typed(kind: str, data: st.DataObject, tasks: Trial, stats: Trial) -> None:
    sent = {"tasks": tasks, "stats": stats}[kind]
    inputs = {
        address(row, at): (line.key, column.field, sent.copy.rule(column, line))
        for row, line in enumerate(sent.copy.lines, start=HEADING_ROW + 1)
        for at, column in enumerate(sent.copy.columns, start=1)
        if sent.copy.rule(column, line)
    }
    contents = data.draw(st.dictionaries(st.sampled_from(sorted(inputs)), CONTENTS, max_size=40))
    accepted = values(sent.read(contents))
    for place, content in contents.items():
        key, name, rule = inputs[place]
        expected = plain_value(content, rule)
        if expected is not None:
            assert accepted[key, name] == expected
