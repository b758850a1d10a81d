"""Names as people write them: an exact match after folding, or the nearest names; never a guess."""

from dataclasses import replace
from unicodedata import normalize

import pytest

from kttt_xl.agencies import registered_name
from kttt_xl.errors import MisuseError
from kttt_xl.model import Agency, Plan

DPI = "Sở Kế hoạch và Đầu tư"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DPI, DPI),
        ("  SỞ KẾ HOẠCH   và đầu tư ", DPI),
        (normalize("NFD", DPI), DPI),
        ("UBND tỉnh", "Ủy ban nhân dân tỉnh"),
        ("Uỷ ban nhân dân tỉnh", "Ủy ban nhân dân tỉnh"),  # the other place of the tone mark
        ("các sở, ban, ngành", "Các sở, ban, ngành"),  # a group
    ],
)
def test_a_name_the_plan_knows(gia_lai: Plan, text: str, expected: str) -> None:
    assert registered_name(gia_lai, text) == expected


@pytest.mark.parametrize("plan_name", ["gia_lai", "yen_bai"])
def test_every_spelling_of_a_plan_leads_to_its_agency(plan_name: str, request: pytest.FixtureRequest) -> None:
    plan: Plan = request.getfixturevalue(plan_name)
    owners = {name: agency.name for agency in plan.agencies for name in (agency.name, *agency.aliases)}
    assert {name: registered_name(plan, name.upper()) for name in owners} == owners


PLAN_AGENCIES = (
    Agency("Sở Nội vụ", aliases=("SNV",)),
    Agency("Sở Ngoại vụ"),
    Agency("Báo Gia Lai"),
    Agency("Cục Thuế"),
    Agency("Các sở nội vụ", group=True),
)


@pytest.mark.parametrize(
    ("agencies", "text", "expected"),
    [
        # One letter off is another name: nothing is joined by likeness, and no group is suggested.
        (PLAN_AGENCIES, "Sở Nội vụn", "«Sở Nội vụn». Gần nhất: Sở Nội vụ; Sở Ngoại vụ; Báo Gia Lai."),
        (PLAN_AGENCIES, "so noi vu", "«so noi vu». Gần nhất: Sở Nội vụ; Sở Ngoại vụ; Báo Gia Lai."),
        (PLAN_AGENCIES, "Cuc thue Dien", "«Cuc thue Dien». Gần nhất: Cục Thuế; Sở Nội vụ; Báo Gia Lai."),
        (PLAN_AGENCIES[:1], "", "«». Gần nhất: Sở Nội vụ."),
        ((), "Sở Nội vụ", "«Sở Nội vụ»."),
    ],
)
def test_a_name_the_plan_does_not_know(gia_lai: Plan, agencies: tuple[Agency, ...], text: str, expected: str) -> None:
    plan = replace(gia_lai, agencies=agencies)
    with pytest.raises(MisuseError) as caught:
        registered_name(plan, text)
    assert str(caught.value) == f"Kế hoạch không có cơ quan {expected}"
