"""Originals: kept once, whole, under the name of their contents, and not to be changed."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from kttt_xl.errors import OutputError
from kttt_xl.originals import Originals

CONTENT = b"PK\x03\x04 b\xc3\xa1o c\xc3\xa1o"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def kept(campaign: Path) -> dict[str, tuple[bytes, int]]:
    """Every file under a campaign folder: its content and permissions."""
    return {
        path.relative_to(campaign).as_posix(): (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in campaign.rglob("*")
        if path.is_file()
    }


THERE = {f"ban-goc/{SHA256[:2]}/{SHA256}.xlsx": (CONTENT, 0o400)}


def test_an_original_is_kept_once(tmp_path: Path) -> None:
    originals = Originals(tmp_path)
    assert not originals.holds(SHA256)
    assert originals.keep(CONTENT) == SHA256
    assert kept(tmp_path) == THERE
    written = originals.path(SHA256).stat()
    assert originals.keep(CONTENT) == SHA256
    assert (kept(tmp_path), originals.holds(SHA256)) == (THERE, True)
    again = originals.path(SHA256).stat()
    assert (again.st_ino, again.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def _rot(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(CONTENT[:-1] + b"?")


def _cut(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"")


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("khác"))


@pytest.mark.parametrize("spoil", [_rot, _cut, _link, Path.unlink])
def test_an_original_that_was_spoiled_is_put_right(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    originals = Originals(tmp_path)
    spoil(originals.path(originals.keep(CONTENT)))
    originals.keep(CONTENT)
    assert kept(tmp_path) == THERE


def test_no_room_for_an_original(tmp_path: Path) -> None:
    (tmp_path / "ban-goc").write_bytes(b"")
    with pytest.raises(OutputError) as refused:
        Originals(tmp_path).keep(CONTENT)
    folder = tmp_path / "ban-goc" / SHA256[:2]
    assert str(refused.value) == f"Không tạo được thư mục «{folder}»: đường dẫn đi qua một tệp, không phải thư mục."
