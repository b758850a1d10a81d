"""Names of agencies, by the registers of all built-in plans or of one."""

from pathlib import Path

import pytest

from kttt_xl import agencies, cell_values, known_names, plans
from kttt_xl.errors import MisuseError
from kttt_xl.known_names import registered

SEVERAL = (
    "«UBND thành phố» là cách viết của nhiều cơ quan: Ủy ban nhân dân thành phố Hà Nội; Ủy ban nhân dân Thành phố; Ủy "
    "ban nhân dân thành phố Hải Phòng. Ghi tên đầy đủ, hoặc thêm mã kế hoạch."
)
GIA_LAI, HA_NOI, YEN_BAI = "gia-lai-655-2023", "ha-noi-231-2021", "yen-bai-209-2023"


@pytest.mark.parametrize(
    ("name", "plan", "expected"),
    [
        ("Sở KH&ĐT", "", "Sở Kế hoạch và Đầu tư"),
        ("so ke hoach", GIA_LAI, None),
        ("SỞ KẾ HOẠCH  VÀ ĐẦU TƯ", "", "Sở Kế hoạch và Đầu tư"),
        ("Sở Công thương", "", "Sở Công Thương"),  # two plans write it so, one the other way: one name
        ("Sở TT-TT", HA_NOI, "Sở Thông tin và Truyền thông"),
        ("UBND thành phố", YEN_BAI, "Ủy ban nhân dân thành phố"),
        ("UBND xã Âu Lâu", "", "UBND xã Âu Lâu"),
    ],
)
def test_names(name: str, plan: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(MisuseError):
            registered(name, plan)
    else:
        assert registered(name, plan) == expected


@pytest.mark.parametrize(
    ("name", "plan", "sentence"),
    [
        ("UBND thành phố", "", SEVERAL),
        ("Sở Kế hoạc và Đầu tư", GIA_LAI, "Không có cơ quan «Sở Kế hoạc và Đầu tư». Gần nhất: Sở Kế hoạch và Đầu tư"),
        ("zzz", "", "Không có cơ quan «zzz»."),
        ("…", "", "Không có cơ quan «…»."),
        ("x" * 99, "", f"Không có cơ quan «{'x' * 59}…»."),
        ("Sở Nội vụ", "gia-lai", f"Không có kế hoạch «gia-lai»; các kế hoạch có sẵn: {', '.join(plans.plan_ids())}."),
    ],
)  # fmt: skip
def test_what_names_nobody(name: str, plan: str, sentence: str) -> None:
    with pytest.raises(MisuseError) as caught:
        registered(name, plan)
    assert str(caught.value).startswith(sentence.removesuffix("."))


def test_no_group_is_suggested() -> None:
    with pytest.raises(MisuseError) as caught:
        registered("Các sở, ban, ngành, địa phươn", GIA_LAI)
    assert "Các sở" not in str(caught.value).partition("Gần nhất")[2]


def test_a_path_is_no_plan(tmp_path: Path) -> None:
    """A text in a cell must not make the province's server read a folder."""
    folder = plans.find_plan(GIA_LAI)
    with pytest.raises(MisuseError, match="Không có kế hoạch"):
        registered("Sở Nội vụ", str(folder))


def test_no_folder_here_stands_for_a_built_in_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """plans.load_plan prefers one: an officer's own version. Excel works in whatever folder."""
    (tmp_path / GIA_LAI).mkdir()
    (tmp_path / GIA_LAI / "plan.toml").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    known_names._plans.cache_clear()
    known_names._names.cache_clear()
    assert registered("Sở KH&ĐT", GIA_LAI) == "Sở Kế hoạch và Đầu tư"


@pytest.mark.parametrize("plan", plans.plan_ids())
def test_every_registered_name_leads_to_itself(plan: str) -> None:
    names = [agency.name for agency in plans.load_plan(plan).agencies]
    assert [registered(name, plan) for name in names] == names


@pytest.mark.parametrize("plan", plans.plan_ids())
def test_without_a_plan_a_name_leads_to_that_name_or_to_a_question(plan: str) -> None:
    """Never to another agency."""
    names = [agency.name for agency in plans.load_plan(plan).agencies]
    found = {name: cell_values.each(registered, name) for name in names}
    wrong = {
        name: answer
        for name, answer in found.items()
        if agencies.fold_agency(answer) != agencies.fold_agency(name)
        and not (" nhiều cơ quan: " in answer and name in answer)
    }
    assert wrong == {}
