"""layout_versions: copies that are out stay readable. tests/old_copies holds real ones as version 1 of the program made
them, filled in (one of them by LibreOffice), and in as_read.json what that program read.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from returned_copies import told

from kttt_xl import layout, workbook
from kttt_xl.filling import fill
from kttt_xl.gate import open_package
from kttt_xl.identity import decode, encode, genuine
from kttt_xl.layout_versions import VERSIONS
from kttt_xl.model import Plan
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading, read_copy

OLD = Path(__file__).with_name("old_copies")
KEY = bytes.fromhex((OLD / "khoa.key").read_text(encoding="ascii"))
AS_READ = json.loads((OLD / "as_read.json").read_text(encoding="utf-8"))
NAMES = sorted(AS_READ)
OLDER = (
    "older-layout", "", "1",
    "Biểu mẫu phát hành theo phiên bản cũ «1» (nay là «2»); đọc theo đúng phiên bản đó.",
)  # fmt: skip


def read(path: Path, key: bytes | None = KEY) -> CopyReading:
    return read_copy(path, path.name, lambda _plan: key)


def hidden(path: Path) -> dict[tuple[int, int], object]:
    sheets = workbook.read_workbook(open_package(path)).sheets
    return dict(next(sheet.cells for sheet in sheets if sheet.name == layout.MANIFEST))


def test_the_layout_is_what_its_version_says(yen_bai: Plan, year: Period) -> None:
    """Whoever changes a column, a list or a field of the cover gives the layout a new version, and tells it here."""
    now = VERSIONS[layout.LAYOUT_VERSION]
    assert list(VERSIONS)[-1] == layout.LAYOUT_VERSION
    for kind, columns in (("tasks", layout.TASK_COLUMNS), ("stats", layout.stats_columns(()))):
        assert now.columns[kind] == tuple((c.field, c.heading, c.rule, c.choices, c.formula) for c in columns)
    assert now.choices == layout.CHOICES
    assert dict(now.cover) == {item.field: item.label for item in layout.COVER_FIELDS}
    assert now.unsaid == {}


def test_what_version_2_added() -> None:
    assert set(VERSIONS["2"].cover.items()) - set(VERSIONS["1"].cover.items()) == {("email", "Thư điện tử")}
    assert dict(VERSIONS["1"].unsaid) == {"key_id": ""}


@pytest.mark.parametrize("name", NAMES)
def test_an_old_copy_is_read_as_it_was(name: str) -> None:
    """Issued and filled in before the layout changed: the same values from the same cells, one remark, no error."""
    reading = read(OLD / name)
    submission = reading.submission
    assert submission is not None
    assert told(reading) == [OLDER]
    entries = [[entry.key, entry.field, str(entry.value), entry.cell] for entry in submission.entries]
    before = AS_READ[name]
    assert (entries, dict(submission.cover)) == (before["entries"], before["cover"])
    assert (submission.filled, submission.accepted) == (len(entries), len(entries))
    for field in ("plan", "period", "kind", "agency", "issue", "resubmission"):
        assert getattr(submission, field) == before[field]
    assert len(submission.rows) == before["rows"]


@pytest.mark.parametrize("name", NAMES)
def test_an_old_manifest_is_written_again_as_it_was(name: str) -> None:
    """A copy that is sent back keeps its version, and with it what that version's manifest says."""
    manifest, body, signature = decode(hidden(OLD / name))
    assert (manifest.layout, manifest.key_id, genuine(body, signature, KEY)) == ("1", "", True)
    again = encode(manifest, KEY)
    assert again[:2] == (("kttt-xl", "1"), ("hmac", signature))
    assert "".join(text for what, text in again if what == "manifest") == body


def test_an_old_copy_of_another_key_or_altered_cannot_be_told_apart() -> None:
    found = "đã bị sửa, hoặc ký bằng khóa khác (ghi kế hoạch gia-lai-655-2023, đơn vị Sở Nội vụ)"
    reading = read(OLD / NAMES[0], bytes(32))
    assert told(reading) == [("forged-manifest", "", found, f"Chữ ký ở trang nhận dạng _kttt không khớp: {found}.")]
    blank = read(OLD / NAMES[1], bytes(32))
    assert [each.found for each in blank.findings] == [
        "đã bị sửa, hoặc ký bằng khóa khác (ghi kế hoạch yen-bai-209-2023, đơn vị chưa chọn)"
    ]


def manifest_changed(change: Callable[[dict[str, object]], object], version: str, folder: Path) -> Path:
    """Return an old copy whose manifest was changed, with the version its sheet claims."""
    content = (OLD / NAMES[0]).read_bytes()
    cells = hidden(OLD / NAMES[0])
    body = json.loads("".join(str(cells[row, 2].value) for row, at in sorted(cells) if at == 2 and row > 2))  # type: ignore[attr-defined]
    change(body)
    text = json.dumps(body)
    chunks = {f"B{3 + at}": text[at * 30_000 : (at + 1) * 30_000] for at in range(-(-len(text) // 30_000))}
    path = folder / "ban-sao.xlsx"
    path.write_bytes(fill(content, layout.MANIFEST, {"B1": version, **chunks}))
    return path


@pytest.mark.parametrize(
    ("change", "version", "expected"),
    [
        (lambda body: None, "1", "older-layout"),
        (lambda body: body.update(layout="2", key_id="0" * 12), "2", "older-layout"),  # not signed: whatever it says
        (
            lambda body: body.update(key_id=""),
            "1",
            "nội dung trang _kttt không đọc được",
        ),  # version 1 has no such field
        (lambda body: None, "2", "nội dung trang _kttt không đọc được"),  # version 2 has one more
        (lambda body: body.update(layout="2"), "1", "nội dung trang _kttt không khớp biểu mẫu"),
        (lambda body: None, "3", "3"),
    ],
)
def test_a_manifest_says_what_its_version_says(
    change: Callable[[dict[str, object]], object], version: str, expected: str, tmp_path: Path
) -> None:
    reading = read(manifest_changed(change, version, tmp_path), None)
    found = {each.code: each.found for each in reading.findings}
    code = {"older-layout": "older-layout", "3": "unknown-version"}.get(expected, "no-manifest")
    if (version, expected) == ("2", "older-layout"):
        assert reading.manifest is not None
        assert (reading.manifest.layout, "older-layout" in found) == ("2", False)
    else:
        assert found[code] == {"older-layout": "1"}.get(expected, expected)


def test_a_newer_version_than_ours_is_not_read(tmp_path: Path) -> None:
    path = manifest_changed(lambda body: body.update(layout="3"), "3", tmp_path)
    assert told(read(path)) == [
        ("unknown-version", "", "3", "Biểu mẫu phiên bản «3» không được hỗ trợ; phiên bản đọc được: 1, 2.")
    ]


def test_a_label_that_the_version_does_not_have_is_no_field(tmp_path: Path) -> None:
    """Somebody writes what version 2 asks for onto a cover of version 1: refused at its cell, never lost."""
    path = tmp_path / NAMES[0]
    content = fill((OLD / NAMES[0]).read_bytes(), layout.COVER, {"B60": "Thư điện tử", "C60": "noivu@vidu.vn"})
    path.write_bytes(content)
    reading = read(path)
    assert [(each.code, each.cell, each.found) for each in reading.findings] == [
        ("older-layout", "", "1"),
        ("outside-value", "B60", "Thư điện tử"),
        ("outside-value", "C60", "noivu@vidu.vn"),
    ]
