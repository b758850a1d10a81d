"""Texts that name several agencies: the longest known name first, and every letter accounted for."""

from dataclasses import replace
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl import plans
from kttt_xl.agency_lists import Piece, split_names
from kttt_xl.model import Agency, Plan

BOARD = "Ban Chỉ đạo Đổi mới, phát triển kinh tế tập thể, hợp tác xã"
BOARDS = [f"{BOARD} tỉnh", f"{BOARD} cấp huyện"]
DPI, AGRICULTURE = "Sở Kế hoạch và Đầu tư", "Sở Nông nghiệp và Phát triển nông thôn"
DISTRICTS = "UBND các huyện, thị xã, thành phố"
HEADING, NOBODY = "(tiêu đề)", "?"


def said(plan: Plan, text: str) -> list[tuple[str, str]]:
    """Each piece with its name, HEADING, or NOBODY."""
    return [(piece.text, HEADING if piece.heading else piece.name or NOBODY) for piece in split_names(plan, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Commas and "và" between names and inside them; the longest known name first.
        (
            "Sở Nội vụ, Liên minh HTX tỉnh và UBND các huyện, TX, TP",
            [("Sở Nội vụ", "Sở Nội vụ"), ("Liên minh HTX tỉnh", "Liên minh Hợp tác xã tỉnh"),
             ("UBND các huyện, TX, TP", DISTRICTS)],
        ),
        (
            "Các sở, ban, ngành, địa phương; Các sở, ban, ngành; Các sở, ngành liên quan",
            [("Các sở, ban, ngành, địa phương",) * 2, ("Các sở, ban, ngành",) * 2, ("Các sở, ngành liên quan",) * 2],
        ),
        ("Sở KH&ĐT & Sở NN-PTNT", [("Sở KH&ĐT", DPI), ("Sở NN-PTNT", AGRICULTURE)]),
        ("- Báo Gia Lai\n- Sở Tài chính/Sở Nội vụ.", [("Báo Gia Lai",) * 2, ("Sở Tài chính",) * 2, ("Sở Nội vụ",) * 2]),
        # What an item leaves out.
        (f"{BOARD} tỉnh, cấp huyện", list(zip((f"{BOARD} tỉnh", "cấp huyện"), BOARDS, strict=True))),
        (
            "Ban chỉ đạo về Kinh tế tập thể cấp tỉnh, cấp huyện",
            list(zip(("Ban chỉ đạo về Kinh tế tập thể cấp tỉnh", "cấp huyện"), BOARDS, strict=True)),
        ),
        (
            "UBND huyện Kbang, Ia Pa và thị xã An Khê",
            [("UBND huyện Kbang",) * 2, ("Ia Pa", "UBND huyện Ia Pa"), ("thị xã An Khê", "UBND thị xã An Khê")],
        ),
        (
            "Các sở, ngành: Nội vụ, Công thương và KH&ĐT; Báo Gia Lai; Tài chính",
            [("Các sở, ngành", HEADING), ("Nội vụ", "Sở Nội vụ"), ("Công thương", "Sở Công Thương"), ("KH&ĐT", DPI),
             ("Báo Gia Lai",) * 2, ("Tài chính", "Sở Tài chính")],
        ),
        ("UBND các huyện: Kbang; Đăk Pơ", [("UBND các huyện", HEADING), ("Kbang", "UBND huyện Kbang"),
                                          ("Đăk Pơ", "UBND huyện Đak Pơ")]),
        ("Các sở, ban, ngành: Nội vụ", [("Các sở, ban, ngành", HEADING), ("Nội vụ", "Sở Nội vụ")]),
        ("Sở Nội vụ: chủ trì", [("Sở Nội vụ",) * 2, ("chủ trì", NOBODY)]),
        # What is nobody's is said: nothing is taken out of the middle of an item, or out of an unknown name.
        ("Phó Giám đốc Sở Tài chính, Sở Nội vụ", [("Phó Giám đốc Sở Tài chính", NOBODY), ("Sở Nội vụ",) * 2]),
        ("Sở Tài chính tỉnh", [("Sở Tài chính tỉnh", NOBODY)]),
        ("Nội vụ", [("Nội vụ", NOBODY)]),
        ("Sở Y tế, Nội vụ; Công an tỉnh", [("Sở Y tế, Nội vụ", NOBODY), ("Công an tỉnh", NOBODY)]),
        ("Sở Nông nghiệp và Môi trường", [("Sở Nông nghiệp và Môi trường", NOBODY)]),
        ("và Sở Y tế và", [("Sở Y tế", NOBODY)]),
        ("", []),
        (" – và; ", []),
    ],
)  # fmt: skip
def test_the_pieces_of_a_text(gia_lai: Plan, text: str, expected: list[tuple[str, str]]) -> None:
    assert said(gia_lai, text) == expected


AGENCIES = (
    Agency("Sở Du lịch", aliases=("Du lịch", "SDL")),
    Agency("Sở Nội vụ", aliases=("SNV",)),
    Agency("Sở Ngoại vụ", aliases=("snv",)),
    Agency("Văn phòng Thành ủy"),
    Agency("Văn phòng UBND Thành phố"),
    Agency("Ủy ban nhân dân Thành phố"),
    Agency("Thành ủy"),
    Agency("Thường trực hai sở", group=True),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A short form in the register counts, but not behind words that are nobody's: they may be one name.
        ("Du lịch", [("Du lịch", "Sở Du lịch")]),
        ("Sở Nội vụ, Du lịch", [("Sở Nội vụ", "Sở Nội vụ"), ("Du lịch", "Sở Du lịch")]),
        ("Sở Văn hóa, Thể thao và Du lịch", [("Sở Văn hóa, Thể thao và Du lịch", NOBODY)]),
        ("Sở Văn hóa; Du lịch", [("Sở Văn hóa", NOBODY), ("Du lịch", "Sở Du lịch")]),
        ("Sở Văn hóa, SDL", [("Sở Văn hóa", NOBODY), ("SDL", "Sở Du lịch")]),
        # Two agencies of one spelling, and two readings: a person decides.
        ("SNV, SDL", [("SNV", NOBODY), ("SDL", "Sở Du lịch")]),
        ("Văn phòng Thành ủy, UBND Thành phố", [("Văn phòng Thành ủy",) * 2, ("UBND Thành phố", NOBODY)]),
        ("Văn phòng Thành ủy và Thành ủy", [("Văn phòng Thành ủy",) * 2, ("Thành ủy",) * 2]),
        ("Thường trực hai sở: SDL", [("Thường trực hai sở", HEADING), ("SDL", "Sở Du lịch")]),
        (
            "Văn phòng Thành ủy; UBND Thành phố",
            [("Văn phòng Thành ủy",) * 2, ("UBND Thành phố", "Ủy ban nhân dân Thành phố")],
        ),
    ],
)
def test_what_has_two_readings(gia_lai: Plan, text: str, expected: list[tuple[str, str]]) -> None:
    assert said(replace(gia_lai, agencies=AGENCIES), text) == expected


# Tasks whose text does not say their lead: "Thành phố" for the city's committee, and nothing at all.
UNSAID = {
    ("ha-noi-231-2021", "II.2.a.7"): [("Thành phố", NOBODY)],
    **{
        ("yen-bai-209-2023", f"III.{part}"): []
        for part in ("1.1", "1.3", "2.1", "2.3", "3.1", "3.2", "4.1", "4.2", "4.3", "4.4", "5.1", "5.2", "5.3", "5.4")
    },
}


@pytest.mark.parametrize("plan_id", plans.plan_ids())
def test_what_the_plans_say_is_what_their_tasks_have(plan_id: str) -> None:
    plan = plans.load_plan(plan_id)
    unsaid = {}
    for task in plan.tasks:
        for text, names in ((task.lead_text, task.lead), (task.coordinating_text, task.coordinating)):
            found = said(plan, text)
            if [name for _, name in found if name != HEADING] != list(names):
                unsaid[plan_id, task.id] = found
    assert unsaid == {place: found for place, found in UNSAID.items() if place[0] == plan_id}


PARTS = st.sampled_from(
    ["Sở Nội vụ", "Nội vụ", "các sở", "UBND", "huyện Kbang", "Ia Pa", "Các sở, ban, ngành", "địa phương", "Công an",
     "và", " ", " ", ", ", "; ", ":", "\n", " - ", "/", "&", "(", "KH", "ĐT", "\u0301", "\u200b", "'"]
)  # fmt: skip


def test_every_letter_is_in_a_piece(gia_lai: Plan) -> None:
    names = {agency.name for agency in gia_lai.agencies}

    @settings(deadline=None)
    @given(text=st.text() | st.lists(PARTS).map("".join))
    def each(text: str) -> None:
        check_pieces(normalize("NFC", text), split_names(gia_lai, text), names)

    each()


def check_pieces(text: str, pieces: tuple[Piece, ...], names: set[str]) -> None:
    left, at = "", 0
    for piece in pieces:
        assert (piece.name in names) or not piece.name
        assert not (piece.name and piece.heading)
        start = text.index(piece.text, at)
        left += f"{text[at:start]} "
        at = start + len(piece.text)
    left += text[at:]
    words = "".join(letter if letter.isalnum() else " " for letter in left).split()
    assert {word.casefold() for word in words} <= {"và"}
