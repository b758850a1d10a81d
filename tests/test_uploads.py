"""Uploads keep their names as far as those are safe, and never leave their folder."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl import uploads
from kttt_xl.errors import MisuseError
from kttt_xl.plan_book_write import new_plan


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("bản sao 1.xlsx", "bản sao 1.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\b.xlsx", "b.xlsx"),
        ("a:luồng.xlsx", "a_luồng.xlsx"),
        ("<img onerror=x>.xlsx", "_img onerror=x_.xlsx"),
        ("..", "_"),
        ("", "_"),
        ("a/", "_"),
        ("NUL.xlsx", "_NUL.xlsx"),
        ("com1", "_com1"),
        ("console.xlsx", "console.xlsx"),
        ("a.xlsx. .", "a.xlsx"),
        ("a\0b.xlsx", "a_b.xlsx"),
        ("~$a.xlsx", "~$a.xlsx"),
        ("ă" * 300 + ".xlsx", "ă" * 100 + ".xlsx"),
        ("a" * 300, "a" * 200),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert uploads.safe_name(name) == safe


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text() | st.sampled_from(["a.xlsx", "A.xlsx", "a (2).xlsx", "../a.xlsx", "\ud800"]), max_size=6))
def test_every_upload_is_kept_inside_its_folder(names: list[str]) -> None:
    with TemporaryDirectory() as place:
        paths = uploads.save(((name, io.BytesIO(name.encode("utf-8", "replace"))) for name in names), Path(place))
        assert [path.parent for path in paths] == [Path(place)] * len(names)
        assert [path.read_bytes() for path in paths] == [name.encode("utf-8", "replace") for name in names]
        assert len({path.name.casefold() for path in paths}) == len(names)


def test_an_offices_own_plans_are_offered_beside_the_built_in_ones(tmp_path: Path) -> None:
    own = tmp_path / uploads.OWN_PLANS
    own.mkdir()
    (own / "ke-hoach-2027.xlsx").write_bytes(new_plan())
    (own / "~$ke-hoach-2027.xlsx").write_bytes(b"")
    assert [*uploads.offered_plans(tmp_path)][-1] == "ke-hoach-2027"
    assert uploads.find_plan(tmp_path, "ke-hoach-2027") == own / "ke-hoach-2027.xlsx"
    assert uploads.find_plan(tmp_path, "gia-lai-655-2023").name == "gia-lai-655-2023"
    titles = uploads.plan_titles(tmp_path)
    assert "gia-lai-655-2023" in titles
    assert "ke-hoach-2027" not in titles  # still empty: it cannot be loaded, and nobody is offered it
    with pytest.raises(
        MisuseError, match=r"^Không có kế hoạch «\.\./gia-lai-655-2023»; các kế hoạch trên máy chủ: gia-"
    ):
        uploads.find_plan(tmp_path, "../gia-lai-655-2023")
