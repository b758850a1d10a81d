"""Names as people write them: an exact match after folding, or the nearest names; never a guess."""

from dataclasses import replace
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl import plans
from kttt_xl.agencies import Match, fold_agency, match, nearest, owners, registered_name
from kttt_xl.errors import MisuseError
from kttt_xl.model import Agency, Plan

HA_NOI_231, CTR24, HAI_PHONG = "ha-noi-231-2021", "ha-noi-ctr24-2013", "hai-phong-135-2018"
YEN_BAI, GIA_LAI = "yen-bai-209-2023", "gia-lai-655-2023"

DPI, AGRICULTURE = "Sở Kế hoạch và Đầu tư", "Sở Nông nghiệp và Phát triển nông thôn"
LABOUR, TRADE = "Sở Lao động - Thương binh và Xã hội", "Sở Công Thương"
BOARD_231 = "Ban Chỉ đạo đổi mới, phát triển kinh tế tập thể, hợp tác xã Thành phố"
BOARD_655 = "Ban Chỉ đạo Đổi mới, phát triển kinh tế tập thể, hợp tác xã"
BANK_231 = "Ngân hàng nhà nước Việt Nam chi nhánh thành phố Hà Nội"
DISTRICTS = "UBND các quận, huyện, thị xã"
FRONT, RADIO = "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh", "Đài Phát thanh - Truyền hình tỉnh Gia Lai"

# Every spelling of domain.md 1(e), and the name that it is registered under in the plans whose text has it.
SPELLINGS: list[tuple[str, dict[str, str]]] = [
    ("Liên minh Hợp tác xã Thành phố", {HA_NOI_231: "Liên minh Hợp tác xã Thành phố"}),
    ("Liên minh hợp tác xã Thành phố", {HA_NOI_231: "Liên minh Hợp tác xã Thành phố"}),
    (
        "Liên minh HTX Thành phố",
        {HA_NOI_231: "Liên minh Hợp tác xã Thành phố", CTR24: "Liên minh HTX Thành phố"},
    ),
    ("Liên minh HTX thành phố", {CTR24: "Liên minh HTX Thành phố"}),
    (
        "Liên minh Hợp tác xã và Doanh nghiệp thành phố",
        {HAI_PHONG: "Liên minh Hợp tác xã và Doanh nghiệp thành phố"},
    ),
    ("Liên minh Hợp tác xã tỉnh", {GIA_LAI: "Liên minh Hợp tác xã tỉnh"}),
    ("Liên minh HTX tỉnh", {GIA_LAI: "Liên minh Hợp tác xã tỉnh"}),
    (DPI, dict.fromkeys((HA_NOI_231, CTR24, HAI_PHONG, GIA_LAI), DPI)),
    (f"Cơ quan thường trực Ban Chỉ đạo ({DPI})", {HA_NOI_231: DPI}),
    (AGRICULTURE, dict.fromkeys((HA_NOI_231, CTR24, GIA_LAI), AGRICULTURE)),
    ("Sở Nông nghiệp và phát triển nông thôn", dict.fromkeys((HA_NOI_231, GIA_LAI), AGRICULTURE)),
    ("Nông nghiệp và Phát triển nông thôn", {HA_NOI_231: AGRICULTURE}),
    (LABOUR, dict.fromkeys((HA_NOI_231, CTR24, GIA_LAI), LABOUR)),
    ("Lao động Thương binh và Xã hội", {HA_NOI_231: LABOUR}),
    ("Sở Lao động, thương binh và Xã hội", {GIA_LAI: LABOUR}),
    ("Sở Công Thương", dict.fromkeys((HA_NOI_231, GIA_LAI), TRADE)),
    ("Sở Công thương", {CTR24: "Sở Công thương", GIA_LAI: TRADE}),
    ("Công Thương", {HA_NOI_231: TRADE}),
    ("Sở Thông tin và Truyền thông", {HA_NOI_231: "Sở Thông tin và Truyền thông"}),
    ("Thông tin và Truyền thông", {HA_NOI_231: "Sở Thông tin và Truyền thông"}),
    ("Sở Thông tin truyền thông", {CTR24: "Sở Thông tin truyền thông"}),
    ("Sở Thông tin và truyền thông", {GIA_LAI: "Sở Thông tin và truyền thông"}),
    *(
        (f"{before}{office}", dict.fromkeys(among, f"Sở {office}"))
        for office, in_full in (
            ("Giao thông vận tải", (HA_NOI_231, CTR24)),
            ("Xây dựng", (HA_NOI_231, CTR24)),
            ("Nội vụ", (HA_NOI_231, CTR24, GIA_LAI)),
            ("Tài chính", (HA_NOI_231, CTR24, HAI_PHONG, GIA_LAI)),
            ("Tài nguyên và Môi trường", (HA_NOI_231, CTR24, GIA_LAI)),
            ("Khoa học và Công nghệ", (HA_NOI_231, CTR24, GIA_LAI)),
            ("Du lịch", (HA_NOI_231,)),
        )
        for before, among in (("Sở ", in_full), ("", (HA_NOI_231,)))
    ),
    (BANK_231, {HA_NOI_231: BANK_231}),
    ("Ngân hàng Nhà nước chi nhánh thành phố Hà Nội", {HA_NOI_231: BANK_231}),
    ("Chi nhánh Ngân hàng Nhà nước Thành phố", {CTR24: "Chi nhánh Ngân hàng Nhà nước Thành phố"}),
    ("Chi nhánh Ngân hàng Nhà nước tỉnh Gia Lai", {GIA_LAI: "Chi nhánh Ngân hàng Nhà nước tỉnh Gia Lai"}),
    ("Chi nhánh Ngân hàng NN tỉnh", {GIA_LAI: "Chi nhánh Ngân hàng Nhà nước tỉnh Gia Lai"}),
    ("Cục thuế Hà Nội", {HA_NOI_231: "Cục thuế Hà Nội"}),
    ("Cục thuế Thành phố", {CTR24: "Cục thuế Thành phố"}),
    ("Cục Thuế tỉnh", {GIA_LAI: "Cục Thuế tỉnh"}),
    ("Bảo hiểm xã hội Thành phố", {HA_NOI_231: "Bảo hiểm xã hội Thành phố"}),
    ("Bảo hiểm xã hội tỉnh Gia Lai", {GIA_LAI: "Bảo hiểm xã hội tỉnh Gia Lai"}),
    ("Cục Thống kê tỉnh", {GIA_LAI: "Cục Thống kê tỉnh"}),
    ("Ban Dân tộc tỉnh", {GIA_LAI: "Ban Dân tộc tỉnh"}),
    ("Trường Đào tạo Cán bộ Lê Hồng Phong", {CTR24: "Trường Đào tạo Cán bộ Lê Hồng Phong"}),
    ("Trường Chính trị tỉnh", {GIA_LAI: "Trường Chính trị tỉnh"}),
    ("Trung tâm Chính trị thành phố", {YEN_BAI: "Trung tâm Chính trị thành phố"}),
    ("Báo Gia Lai", {GIA_LAI: "Báo Gia Lai"}),
    ("Đài Phát thanh - Truyền hình Gia Lai", {GIA_LAI: RADIO}),
    ("Đài Phát thanh - Truyền hình tỉnh Gia Lai", {GIA_LAI: RADIO}),
    ("Đài PT-TH Gia Lai", {GIA_LAI: RADIO}),
    (
        "Trung tâm Xúc tiến Đầu tư, Thương mại và Du lịch",
        {HA_NOI_231: "Trung tâm Xúc tiến Đầu tư, Thương mại và Du lịch"},
    ),
    ("Mặt trận tổ quốc Thành phố", {CTR24: "Mặt trận tổ quốc Thành phố"}),
    ("Mặt trận Tổ quốc Việt Nam", {YEN_BAI: "Mặt trận Tổ quốc Việt Nam"}),
    ("MTTQ", {YEN_BAI: "Mặt trận Tổ quốc Việt Nam"}),
    ("Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh", {GIA_LAI: FRONT}),
    ("Ủy ban Mặt trận Tổ quốc tỉnh", {GIA_LAI: FRONT}),
    ("UB Mặt trận TQVN tỉnh", {GIA_LAI: FRONT}),
    ("Hội Nông dân tỉnh", {GIA_LAI: "Hội Nông dân tỉnh"}),
    ("Hội Liên hiệp Phụ nữ tỉnh", {GIA_LAI: "Hội Liên hiệp Phụ nữ tỉnh"}),
    ("Quỹ hỗ trợ phát triển HTX", {CTR24: "Quỹ hỗ trợ phát triển HTX"}),
    ("Quỹ Hỗ trợ phát triển hợp tác xã tỉnh", {GIA_LAI: "Quỹ Hỗ trợ phát triển hợp tác xã tỉnh"}),
    ("Quỹ hỗ trợ phát triển hợp tác xã", {GIA_LAI: "Quỹ Hỗ trợ phát triển hợp tác xã tỉnh"}),
    ("Ban chỉ đạo đổi mới, phát triển kinh tế tập thể, hợp tác xã Thành phố", {HA_NOI_231: BOARD_231}),
    ("Ban Chỉ đạo đổi mới, phát triển kinh tế tập thể, hợp tác xã Thành phố", {HA_NOI_231: BOARD_231}),
    ("BCĐ đổi mới, phát triển KTTT, HTX Thành phố", {HA_NOI_231: BOARD_231}),
    ("Ban Chỉ đạo Trung ương", {HA_NOI_231: "Ban Chỉ đạo Trung ương"}),
    ("Ban Chỉ Trung ương", {HA_NOI_231: "Ban Chỉ đạo Trung ương"}),
    (
        "Ban chỉ đạo phát triển kinh tế tập thể Thành phố",
        {CTR24: "Ban chỉ đạo phát triển kinh tế tập thể Thành phố"},
    ),
    ("BCĐ KTTT TP", {CTR24: "Ban chỉ đạo phát triển kinh tế tập thể Thành phố"}),
    (
        "Ban Chi đạo đổi mới, phát triển kinh tế tập thể, hợp tác xã các cấp",
        {GIA_LAI: f"{BOARD_655} các cấp"},
    ),
    # "… hợp tác xã tỉnh, cấp huyện" and "… cấp tỉnh, cấp huyện" are boards of two levels: see test_agency_lists.
    *(
        (spelling, dict.fromkeys(among, name))
        for name, among in (
            ("Ủy ban nhân dân thành phố Hà Nội", (HA_NOI_231,)),
            ("Ủy ban nhân dân Thành phố", (CTR24,)),
            ("Ủy ban nhân dân thành phố Hải Phòng", (HAI_PHONG,)),
            ("Ủy ban nhân dân thành phố", (YEN_BAI,)),
        )
        for spelling in (
            "UBND Thành phố", "UBND thành phố", "Ủy ban nhân dân Thành phố", "Ủy ban nhân dân thành phố", "UBND TP",
        )
    ),
    ("UBND tỉnh", {GIA_LAI: "Ủy ban nhân dân tỉnh"}),
    ("Ủy ban nhân dân tỉnh", {GIA_LAI: "Ủy ban nhân dân tỉnh"}),
    (DISTRICTS, {HA_NOI_231: DISTRICTS, CTR24: DISTRICTS}),
    ("UBND quận, huyện, thị xã", {CTR24: DISTRICTS}),
    ("UBND các quận, huyện", {CTR24: DISTRICTS}),
    ("UBND các quận, huyện thị xã", {CTR24: DISTRICTS}),
    *(
        (spelling, {GIA_LAI: "UBND các huyện, thị xã, thành phố"})
        for spelling in (
            "UBND các huyện, thị xã, thành phố",
            "Ủy ban nhân dân các huyện, thị xã, thành phố",
            "UBND các huyện, TX, TP",
        )
    ),
    ("các sở, ngành", {HA_NOI_231: "Các sở, ban, ngành"}),
    ("các Sở, ngành", {HA_NOI_231: "Các sở, ban, ngành", CTR24: "Các Sở, Ban, Ngành"}),
    ("các Sở, Ngành", {CTR24: "Các Sở, Ban, Ngành"}),
    ("các Sở, ban, ngành", {CTR24: "Các Sở, Ban, Ngành"}),
    ("Các Sở, Ban, Ngành", {CTR24: "Các Sở, Ban, Ngành"}),
    ("Các sở, ngành, ban, địa phương", {GIA_LAI: "Các sở, ban, ngành, địa phương"}),
    ("các sở ngành", {HA_NOI_231: "Các sở, ban, ngành"}),
    ("Thành ủy", {HA_NOI_231: "Thành ủy Hà Nội", CTR24: "Thành ủy Hà Nội", YEN_BAI: "Thành ủy Yên Bái"}),
    (
        "Ban Thường vụ Thành ủy",
        {HA_NOI_231: "Ban Thường vụ Thành ủy Hà Nội", YEN_BAI: "Ban Thường vụ Thành ủy"},
    ),
    ("Ban Tuyên giáo Thành ủy", dict.fromkeys((CTR24, YEN_BAI), "Ban Tuyên giáo Thành ủy")),
    ("Ban Tổ chức Thành ủy", {CTR24: "Ban Tổ chức Thành ủy"}),
    ("Ban tổ chức Thành ủy", {CTR24: "Ban Tổ chức Thành ủy"}),
    ("Văn phòng Thành ủy", dict.fromkeys((HA_NOI_231, CTR24), "Văn phòng Thành ủy")),
    ("Quận ủy, Huyện ủy, Thị ủy", {HA_NOI_231: "Quận ủy, Huyện ủy, Thị ủy"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def built_in() -> dict[str, Plan]:
    return {plan_id: plans.load_plan(plan_id) for plan_id in plans.plan_ids()}


@pytest.mark.parametrize("written", [str, str.upper, lambda text: normalize("NFD", text)], ids=["", "upper", "NFD"])
def test_every_spelling_that_the_plans_use(built_in: dict[str, Plan], written: object) -> None:
    found = {(spelling, plan): match(built_in[plan], written(spelling)).name  # type: ignore[operator]
             for spelling, expected in SPELLINGS for plan in expected}  # fmt: skip
    assert found == {(spelling, plan): name for spelling, expected in SPELLINGS for plan, name in expected.items()}


def test_no_two_agencies_of_a_plan_share_a_spelling(built_in: dict[str, Plan]) -> None:
    shared = {
        (plan_id, key): names
        for plan_id, plan in built_in.items()
        for key, names in owners(plan.agencies).items()
        if len(names) > 1
    }
    assert shared == {}


def test_every_name_and_alias_leads_to_its_agency(built_in: dict[str, Plan]) -> None:
    for plan in built_in.values():
        expected = {name: agency.name for agency in plan.agencies for name in (agency.name, *agency.aliases)}
        assert {name: registered_name(plan, name) for name in expected} == expected


# --- folding

SAME = [
    [DPI, "SỞ KẾ HOẠCH  VÀ ĐẦU TƯ", "Sở KH&ĐT", "Sở KH & ĐT", "Sở KHĐT", "Sở KH-ĐT", "Sở KHDT", "Sở Kế hoạch - Đầu tư"],
    [LABOUR, "Sở Lao động, thương binh và Xã hội", "Sở LĐTBXH", "Sở LĐ-TB&XH", "Sở LĐTB và XH", "Sở LĐ - TBXH"],
    [AGRICULTURE, "Sở NN&PTNT", "Sở NN và PTNT", "Sở NNPTNT", "Sở Nông nghiệp và PTNT", "Sở Nông nghiệp & PTNT"],
    ["Sở Tài nguyên và Môi trường", "Sở TN&MT", "Sở TNMT"],
    ["Sở Khoa học và Công nghệ", "Sở KH&CN", "Sở KHCN"],
    ["Sở Thông tin và Truyền thông", "Sở Thông tin truyền thông", "Sở TT&TT", "Sở TTTT"],
    ["Sở Giao thông vận tải", "Sở GTVT", "Sở Giao thông - Vận tải"],
    ["Ủy ban nhân dân thành phố Pleiku", "Uỷ ban nhân dân Tp. Pleiku", "UBND TP.Pleiku", "U.B.N.D T.P Pleiku"],
    ["Liên minh Hợp tác xã tỉnh", "Liên minh HTX tỉnh", "LMHTX tỉnh", "LM HTX tỉnh"],
    ["Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh", "UBMTTQVN tỉnh", "UB MTTQ Việt Nam tỉnh", "UB Mặt trận TQVN tỉnh"],
    ["Hội Liên hiệp Phụ nữ tỉnh", "Hội LHPN tỉnh"],
    ["Ngân hàng Nhà nước chi nhánh tỉnh", "NHNN chi nhánh tỉnh"],
    ["Bảo hiểm xã hội tỉnh", "BHXH tỉnh"],
    ["Đài Phát thanh – Truyền hình Gia Lai", "Đài PT-TH Gia Lai", "Đài PTTH Gia Lai"],
    ["Văn phòng UBND Thành phố", "VP UBND TP"],
    ["Ban chỉ đạo kinh tế tập thể thị xã", "BCĐ KTTT TX"],
    ["UBND huyện K'Bang", "UBND huyện K’Bang", "UBND huyện Kbang", "UBND huyện K\u02bcbang"],
    ["UBND xã Hòa Bình", "UBND xã Hoà Bình", "UBND xã\u200b Hòa\xa0Bình", normalize("NFD", "UBND xã Hoà Bình")],
    ["", "-", " và & …", "\u200b"],
]  # fmt: skip


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_one_name(spellings: list[str]) -> None:
    assert [(text, fold_agency(text)) for text in spellings] == [
        (text, fold_agency(spellings[0])) for text in spellings
    ]


def test_names_that_are_not_the_same() -> None:
    names = [spellings[0] for spellings in SAME]
    # A place at the end, an accent, a letter, the order of words: all tell agencies apart.
    names += ["Cục Thuế", "Cục Thuế tỉnh", "Cục Thuế Hà Nội", "Sở Nội vụ", "Sở Ngoại vụ", "So Noi vu", "Nội vụ Sở"]
    names += ["UBND huyện Đak Pơ", "UBND huyện Đăk Pơ", "UBND huyện Ia Pa", "UBND huyện Iapa", "Sở NN", "Sở TC"]
    assert len(set(map(fold_agency, names))) == len(names)


PARTS = st.sampled_from(
    ["Sở", "kế hoạch", "KH", "ĐT", "KHĐT", "U", "B", "ND", "ub", "H", "TX", "tp", "và", "&", "-", ", ", " ", "'", "Hòa",
     "Hoà", "UỶ", "ủy", "\u0301", "\u200b", "\u00ad", "ﬁ", "İ", "ŉ", "ß", "NN", "PTNT", "mttq", "vn"]
)  # fmt: skip
TEXTS = st.text() | st.lists(PARTS).map("".join)


@settings(deadline=None)
@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold_agency(text)
    assert fold_agency(once) == once


@settings(deadline=None)
@given(TEXTS)
def test_form_and_marks_make_no_difference(text: str) -> None:
    once = fold_agency(text)
    assert fold_agency(normalize("NFD", text)) == fold_agency(normalize("NFC", text)) == once
    assert fold_agency(f"- {text}; ") == once


# --- a match, or suggestions

AGENCIES = (
    Agency("Sở Nội vụ", aliases=("SNV", "Sở NV")),
    Agency("Sở Ngoại vụ", aliases=("sở nv",)),
    Agency("Báo Gia Lai"),
    Agency("Cục Thuế"),
    Agency("Sở Kế hoạch và Đầu tư"),
    Agency("Các sở nội vụ", group=True),
    Agency("…"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sở  NỘI vụ", Match("Sở Nội vụ")),
        ("snv", Match("Sở Nội vụ")),
        ("Các sở, nội vụ", Match("Các sở nội vụ")),
        ("Sở KH&ĐT", Match("Sở Kế hoạch và Đầu tư")),
        # A spelling of two is neither's, and likeness does not decide.
        ("Sở NV", Match(rivals=("Sở Nội vụ", "Sở Ngoại vụ"))),
        # One letter off is another name.
        ("Sở Nội vụn", Match(suggestions=("Sở Nội vụ", "Sở Ngoại vụ", "Các sở nội vụ"))),
        ("so noi vu", Match(suggestions=("Sở Nội vụ", "Các sở nội vụ", "Sở Ngoại vụ"))),
        ("Cục Thuế tỉnh", Match(suggestions=("Cục Thuế",))),
        ("Sở Kế hoạch", Match(suggestions=("Sở Kế hoạch và Đầu tư",))),
        ("Công an tỉnh", Match()),
        ("", Match()),
        ("…", Match()),
    ],
)
def test_match(gia_lai: Plan, text: str, expected: Match) -> None:
    assert match(replace(gia_lai, agencies=AGENCIES), text) == expected


@pytest.mark.parametrize(
    ("agencies", "text", "expected"),
    [
        # No group is suggested: nothing is issued to one.
        (AGENCIES, "Sở Nội vụn", "Kế hoạch không có cơ quan «Sở Nội vụn». Gần nhất: Sở Nội vụ; Sở Ngoại vụ."),
        (AGENCIES, "Cuc thue Dien", "Kế hoạch không có cơ quan «Cuc thue Dien». Gần nhất: Cục Thuế."),
        (AGENCIES, "Sở NV", "«Sở NV» là cách viết của nhiều cơ quan: Sở Nội vụ; Sở Ngoại vụ. Ghi tên đầy đủ."),
        (AGENCIES, "Công an tỉnh", "Kế hoạch không có cơ quan «Công an tỉnh»."),
        (AGENCIES, "", "Kế hoạch không có cơ quan «»."),
        ((), "Sở Nội vụ", "Kế hoạch không có cơ quan «Sở Nội vụ»."),
    ],
)
def test_a_name_that_is_not_one_agencys(gia_lai: Plan, agencies: tuple[Agency, ...], text: str, expected: str) -> None:
    with pytest.raises(MisuseError) as caught:
        registered_name(replace(gia_lai, agencies=agencies), text)
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UBND Kbang", ("UBND huyện Kbang", "Ủy ban nhân dân tỉnh", "UBND huyện Krông Pa")),
        ("huyện Đắk Pơ", ("UBND huyện Đak Pơ",)),
        ("Pleiku", ("UBND thành phố Pleiku", f"{BOARD_655} thành phố Pleiku")),
        ("Liên minh HTX", ("Liên minh Hợp tác xã tỉnh",)),
        ("So Lao dong", (LABOUR,)),
    ],
)
def test_the_likest_comes_first(gia_lai: Plan, text: str, expected: tuple[str, ...]) -> None:
    assert nearest(gia_lai.agencies, text)[: len(expected)] == expected
