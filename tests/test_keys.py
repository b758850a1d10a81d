"""The campaign folder and its key: where it is, made once, never replaced."""

import threading
from pathlib import Path

import pytest
from returned_copies import KEY

from kttt_xl.errors import OutputError
from kttt_xl.keys import campaign_folder, ensure_key, load_key
from kttt_xl.writer import make_folder


def test_the_campaign_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KTTT_CAMPAIGN", str(tmp_path / "env"))
    assert campaign_folder(tmp_path / "given", "gia-lai-655-2023") == tmp_path / "given"
    assert campaign_folder(None, "gia-lai-655-2023") == tmp_path / "env"
    monkeypatch.setenv("KTTT_CAMPAIGN", "")
    assert campaign_folder(None, "gia-lai-655-2023").name == "gia-lai-655-2023"
    assert tmp_path in campaign_folder(None, "gia-lai-655-2023").parents


@pytest.mark.parametrize(
    "plan_id",
    [
        "../../etc",
        "..",
        ".",
        "",
        "/etc",
        "C:\\x",
        "a/b",
        "a\\b",
        "A",
        "đ",
        "-a",
        "a\n",
        "a\0b",
        "a" * 81,
        "a b",
        "\ud800",
    ],
)
def test_a_strangers_plan_id_never_leads_out(plan_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KTTT_CAMPAIGN", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    plain = campaign_folder(None, "gia-lai-655-2023").parent
    folder = campaign_folder(None, plan_id)
    assert folder == plain / "-"
    assert load_key(folder) is None


# --- the key


def test_a_key_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "đợt 2024" / "a"
    assert load_key(folder) is None
    key = ensure_key(folder)
    assert (len(key), ensure_key(folder), load_key(folder)) == (32, key, key)
    assert [path.name for path in folder.iterdir()] == ["khoa.key"]
    assert (folder / "khoa.key").stat().st_mode & 0o777 == 0o600
    assert (folder / "khoa.key").read_bytes() == f"{key.hex()}\n".encode()
    assert ensure_key(tmp_path / "b") != key


def test_two_builds_at_once_get_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both see no key, both make one: the one that comes second takes the first's."""
    together = threading.Barrier(2)
    real = make_folder

    def wait(folder: Path) -> None:
        real(folder)
        together.wait(timeout=10)

    monkeypatch.setattr("kttt_xl.keys.make_folder", wait)
    made: list[bytes] = []
    builds = [threading.Thread(target=lambda: made.append(ensure_key(tmp_path / "a"))) for _ in range(2)]
    for build in builds:
        build.start()
    for build in builds:
        build.join(timeout=10)
    assert made == [load_key(tmp_path / "a")] * 2
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["khoa.key"]


@pytest.mark.parametrize("content", [b"", b"00", b"x" * 64, "khóa".encode(), b"\xff" * 64, b"0" * 33])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    """Copies signed with it are out: a new one would make forgeries of them all."""
    file = tmp_path / "khoa.key"
    file.write_bytes(content)
    assert load_key(tmp_path) is None
    with pytest.raises(OutputError) as caught:
        ensure_key(tmp_path)
    assert str(caught.value) == f"Khóa «{file}» bị hỏng hoặc không đọc được; khôi phục từ bản lưu."
    assert file.read_bytes() == content


def test_a_campaign_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    places: dict[Path, str] = {
        tmp_path / "file": "đã có một tệp mang tên đó",
        tmp_path / "file" / "a": "đường dẫn đi qua một tệp, không phải thư mục",
    }
    for folder, reason in places.items():
        with pytest.raises(OutputError) as caught:
            ensure_key(folder)
        assert str(caught.value) == f"Không tạo được thư mục «{folder}»: {reason}."


def test_a_key_is_read_as_it_was_kept(tmp_path: Path) -> None:
    reads: dict[bytes, bytes | None] = {KEY.hex().encode() + b"\r\n": KEY, b" " + KEY.hex().upper().encode(): KEY}
    write = (tmp_path / "khoa.key").write_bytes
    for content, key in reads.items():
        write(content)
        assert load_key(tmp_path) == key
