"""hints: a path names an agency as offices file what comes in, or it names none."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl.agencies import owners
from kttt_xl.builder import file_name
from kttt_xl.campaign import plan_issues
from kttt_xl.hints import hinted
from kttt_xl.layout import KIND_SLUGS
from kttt_xl.model import Agency, Plan
from kttt_xl.period import Period
from kttt_xl.plans import load_plan, plan_ids
from kttt_xl.slugs import slug

NOI_VU, TAI_CHINH, KE_HOACH = "Sở Nội vụ", "Sở Tài chính", "Sở Kế hoạch và Đầu tư"
SENT = "gia-lai-655-2023_2024_nhiem-vu_so-noi-vu"


def plan_of(plan: Plan, *agencies: Agency) -> Plan:
    return replace(plan, agencies=agencies)


@pytest.mark.parametrize(
    ("name", "agencies"),
    [
        # A folder named as an agency, as people write it.
        ("Sở Nội vụ/a.xlsx", (NOI_VU,)),
        ("SỞ NỘI VỤ/a.xlsx", (NOI_VU,)),
        ("So\u031b\u0309 No\u0323\u0302i vu\u0323/a.xlsx", (NOI_VU,)),  # as a Mac writes accents
        ("  Sở  Nội vụ /a.xlsx", (NOI_VU,)),
        ("So Noi vu/a.xlsx", (NOI_VU,)),
        ("so_noi_vu/a.xlsx", (NOI_VU,)),
        ("so-noi-vu/a.xlsx", (NOI_VU,)),
        ("so-ke-hoach-va-dau-tu/a.xlsx", (KE_HOACH,)),
        ("So Ke hoach va Dau tu/a.xlsx", (KE_HOACH,)),
        ("Sở KH&ĐT/a.xlsx", (KE_HOACH,)),
        ("So KHDT/a.xlsx", (KE_HOACH,)),
        ("UBND huyện Đức Cơ/a.xlsx", ("UBND huyện Đức Cơ",)),
        ("Uỷ ban nhân dân huyện Đức Cơ/a.xlsx", ("UBND huyện Đức Cơ",)),
        ("UBND huyen Duc Co/a.xlsx", ("UBND huyện Đức Cơ",)),
        ("01. Sở Nội vụ/a.xlsx", (NOI_VU,)),
        ("12-So Noi vu/a.xlsx", (NOI_VU,)),
        ("3 Sở Nội vụ/a.xlsx", (NOI_VU,)),
        ("2024/Sở Nội vụ/lần 2/a.xlsx", (NOI_VU,)),
        ("Sở Nội vụ\\lần 2\\a.xlsx", (NOI_VU,)),
        # One inside the other: both are said, and the copy is one's.
        ("Sở Nội vụ/Sở Tài chính/a.xlsx", (TAI_CHINH,)),  # the nearest
        (f"Sở Tài chính/{SENT}.xlsx", (TAI_CHINH, NOI_VU)),
        (f"Sở Nội vụ/{SENT}.xlsx", (NOI_VU,)),
        # The file called as the agency.
        ("Sở Nội vụ.xlsx", (NOI_VU,)),
        ("so noi vu.XLSX", (NOI_VU,)),
        ("Sở Nội vụ (1).xlsx", (NOI_VU,)),
        ("Sở Nội vụ - Copy (2).xlsx", (NOI_VU,)),
        ("Sở Nội vụ - Bản sao.xlsx", (NOI_VU,)),
        # The file as it was sent, with what programs and people add.
        (f"{SENT}.xlsx", (NOI_VU,)),
        (f"{SENT.upper()}.XLSX", (NOI_VU,)),
        (f"{SENT} (1).xlsx", (NOI_VU,)),
        (f"{SENT}(1).xlsx", (NOI_VU,)),
        (f"{SENT}-2.xlsx", (NOI_VU,)),
        (f"{SENT}-da-dien.xlsx", (NOI_VU,)),
        (f"{SENT}-lan-2-20241215-final.xlsx", (NOI_VU,)),
        (f"{SENT} đã điền.xlsx", (NOI_VU,)),
        (f"{SENT} - Copy.xlsx", (NOI_VU,)),
        (f"{SENT}_copy.xlsx", (NOI_VU,)),
        (f"{SENT} - bản sao.xlsx", (NOI_VU,)),
        (f"{SENT}-.xlsx", (NOI_VU,)),
        (f"Copy of {SENT}.xlsx", (NOI_VU,)),
        (f"Bản sao của {SENT}.xlsx", (NOI_VU,)),
        (f"thu-so-12/{SENT}.xlsx", (NOI_VU,)),
        ("gia-lai-655-2023_2021-2025_so-lieu_so-noi-vu.xlsx", (NOI_VU,)),
        (SENT, (NOI_VU,)),
        # No agency, or none that is certain.
        ("", ()),
        ("a.xlsx", ()),
        ("Sơ Nội vụ/a.xlsx", ()),  # other accents are another name
        ("Sở Nội vụ (đã nhận)/a.xlsx", ()),
        ("Nội vụ/a.xlsx", ()),
        ("Công văn Sở Nội vụ/a.xlsx", ()),
        ("Các sở, ban, ngành, địa phương/a.xlsx", ()),  # a group
        ("và/a.xlsx", ()),
        ("01./a.xlsx", ()),
        (f"{SENT}x.xlsx", ()),
        (f"{SENT}-va-lao-dong.xlsx", ()),
        (f"x{SENT}.xlsx", ()),
        ("gia-lai-655-2023_2024_nhiem-vu_so-noi-vụ.xlsx", ()),
        ("gia-lai-655-2023_2024_nhiem-vu_so-noi.xlsx", ()),
        ("gia-lai-655-2023_2024_bao-cao_so-noi-vu.xlsx", ()),
        ("yen-bai-209-2023_2024_nhiem-vu_so-noi-vu.xlsx", ()),  # another plan's
        ("gia-lai-655-2023_2024_nhiem-vu_trong.xlsx", ()),
        # The folders above the one that is consolidated are the office's own.
        ("/so/Sở Nội vụ/a.xlsx", ()),
        ("C:/Sở Nội vụ/a.xlsx", ()),
        (f"/nhan/Sở Tài chính/{SENT}.xlsx", (NOI_VU,)),
    ],
)
def test_what_a_path_names(gia_lai: Plan, name: str, agencies: tuple[str, ...]) -> None:
    assert hinted(name, gia_lai) == agencies


LONG = "Ban chỉ đạo đổi mới, phát triển kinh tế tập thể, hợp tác xã"  # 55 letters of its slug


@pytest.mark.parametrize(
    ("register", "name", "agencies"),
    [
        # A spelling that two share names neither.
        ((Agency("Sở A", aliases=("TC",)), Agency("Sở B", aliases=("TC",))), "TC/a.xlsx", ()),
        ((Agency("UBND xã Minh Bảo"), Agency("UBND xã Minh Bạo")), "ubnd xa minh bao/a.xlsx", ()),
        ((Agency("UBND xã Minh Bảo"), Agency("UBND xã Minh Bạo")), "UBND xã Minh Bạo/a.xlsx", ("UBND xã Minh Bạo",)),
        ((Agency("Sở A"), Agency("Các sở", group=True, aliases=("Sở A1",))), "Sở A1/a.xlsx", ()),
        # Slugs cut at 60 letters: the builder numbers them, and so do people.
        ((Agency(f"{LONG} huyện Một"), Agency(f"{LONG} huyện Một Hai")), f"P_{slug(f'{LONG} huyện Một')}.xlsx", ()),
        ((Agency(f"{LONG} huyện Một"), Agency(f"{LONG} huyện Một Hai")), f"P_{slug(f'{LONG} huyện Một')}-2.xlsx", ()),
        ((Agency(f"{LONG} huyện Một"),), f"P_{slug(f'{LONG} huyện Một')}-2.xlsx", (f"{LONG} huyện Một",)),
        ((Agency(f"{LONG} huyện Một"),), f"{slug(f'{LONG} huyện Một')}/a.xlsx", (f"{LONG} huyện Một",)),
        ((Agency(f"{LONG} huyện Một"),), f"{LONG} huyện/a.xlsx", ()),
        # A slug that another begins with; a number that may belong to the name.
        ((Agency("Cục Thuế"), Agency("Cục Thuế tỉnh")), "P_cuc-thue.xlsx", ("Cục Thuế",)),
        ((Agency("Cục Thuế"), Agency("Cục Thuế tỉnh")), "P_cuc-thue-tinh-2.xlsx", ("Cục Thuế tỉnh",)),
        ((Agency("Phường"), Agency("Phường 2")), "P_phuong-2.xlsx", ()),
        ((Agency("Phường"), Agency("Phường 2")), "P_phuong-3.xlsx", ("Phường",)),
        ((Agency("Phường 1"), Agency("Phường 2")), "P_phuong-2-2.xlsx", ("Phường 2",)),
        ((Agency("Phường 1"), Agency("Phường 2")), "2. Phường 1/a.xlsx", ("Phường 1",)),
        ((Agency("Trọng"),), "P_trong.xlsx", ()),  # a blank copy has this name, too
        ((Agency("Phường", group=True),), "P_phuong.xlsx", ()),
    ],
)
def test_a_name_that_fits_several_names_none(
    gia_lai: Plan, register: Iterable[Agency], name: str, agencies: tuple[str, ...]
) -> None:
    assert hinted(name.replace("P_", "gia-lai-655-2023_2024_nhiem-vu_"), plan_of(gia_lai, *register)) == agencies


def test_every_copy_is_named_by_the_file_it_was_sent_in(gia_lai: Plan, year: Period) -> None:
    """By the builder's own names: the right agency or, where slugs were cut to one, none."""
    found = {issue.copy.agency: hinted(issue.file, gia_lai) for issue in plan_issues(gia_lai, year)}
    silent = {agency for agency, hint in found.items() if not hint}
    assert all(hint == (agency,) for agency, hint in found.items() if hint)
    assert all(slug(agency).startswith("ban-chi-dao-doi-moi-phat-trien") for agency in silent)
    assert len(silent) < len(found) / 3


@pytest.mark.parametrize("plan_id", plan_ids())
def test_every_registered_spelling_names_its_agency_as_a_folder(plan_id: str) -> None:
    plan = load_plan(plan_id)
    groups = {agency.name for agency in plan.agencies if agency.group}
    for spelling, names in owners(plan.agencies).items():
        expected = names if len(names) == 1 and names[0] not in groups else ()
        assert hinted(f"{spelling}/a.xlsx", plan) == expected


NAMES = st.lists(st.text(st.characters(codec="utf-8"), max_size=12), min_size=1, max_size=4).map("/".join)


@given(name=NAMES, before=st.text(max_size=4), after=st.text(max_size=6))
@settings(deadline=None, max_examples=200)
def test_any_path_is_answered_with_registered_agencies(gia_lai: Plan, name: str, before: str, after: str) -> None:
    registered = {agency.name for agency in gia_lai.agencies if not agency.group}
    for path in (name, f"{name}/{before}{SENT}{after}.xlsx", f"{before}Sở Nội vụ{after}/a.xlsx"):
        assert set(hinted(path, gia_lai)) <= registered


@given(data=st.data())
@settings(deadline=None, max_examples=100)
def test_a_name_never_hints_at_another_agency_than_its_own(gia_lai: Plan, year: Period, data: st.DataObject) -> None:
    """Whatever is put behind the name a copy was sent by, it hints at that copy's agency or at none."""
    agency = data.draw(st.sampled_from([agency.name for agency in gia_lai.agencies if not agency.group]))
    kind = data.draw(st.sampled_from(sorted(KIND_SLUGS)))
    stem = file_name(gia_lai, year, kind, agency).removesuffix(".xlsx")
    after = data.draw(st.text(st.sampled_from("-_ .()0123456789abcđđiền"), max_size=12))
    assert hinted(f"{stem}{after}.xlsx", gia_lai) in ((), (agency,))
