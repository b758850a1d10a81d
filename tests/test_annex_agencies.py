"""Which agencies the cells of an annex name: by a register, by the annex itself, and what is left to a person."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl.agencies import fold_agency
from kttt_xl.annex import ProposedTask
from kttt_xl.annex_agencies import HEADLESS, AssignedTask, ProposedAgency, assign
from kttt_xl.errors import MisuseError
from kttt_xl.model import Agency, Member, Plan

EACH_ONE = "Tên có dấu câu hoặc chữ nối: có thể là nhiều cơ quan. Nếu vậy, thay bằng mỗi cơ quan một dòng."
UNSPLIT = "Ghi nhiều cơ quan mà chưa tách được: thay bằng mỗi cơ quan một dòng, và sửa ở trang Nhiệm vụ."
AT_LEAD = "Ô cơ quan chủ trì:"
EACH_A_CELL = "chưa tách được thành từng cơ quan: ghi lại mỗi cơ quan một ô."
OF_SEVERAL = "là cách viết của nhiều cơ quan: «Sở Cũ»; «Sở Mới». Chọn lại cơ quan."
NO_MEMBERS = "Ghi chung nhiều cơ quan: lập thành nhóm chưa có thành viên; ghi tên từng thành viên."
BOARD = "Ban Chỉ đạo đổi mới, phát triển"
REGISTER = replace(
    HEADLESS,
    id="ke-hoach-cu",
    agencies=(
        Agency("Sở Tài chính", "sở", ("STC",), note="Cơ quan đầu mối của kế hoạch cũ.", phone="0269 000 000"),
        Agency("Sở Lao động - Thương binh và Xã hội", "sở"),
        Agency(f"{BOARD} tỉnh"),
        Agency(f"{BOARD} cấp huyện"),
        Agency("Xã A", "xã"),
        Agency("Xã B", "xã"),
        Agency("UBND các xã", group=True, members=(Member("Xã A", "named"), Member("Xã B", "sourced")), note="Cũ."),
        Agency("Các cơ quan liên quan", group=True),
        Agency("Sở Cũ", aliases=("Sở Chung",)),
        Agency("Sở Mới", aliases=("Sở Chung",)),
    ),
)


def row(lead: str, coordinating: str = "", number: int = 1, confidence: str = "certain") -> ProposedTask:
    repairs = () if confidence == "certain" else ("Đã nối.",)
    source = f"dòng {number}"
    return ProposedTask(str(number), "", "Việc", lead, coordinating, "", "", "", source, confidence, repairs)


def read(*cells: str, register: Plan | None = None) -> tuple[list[tuple[str, ...]], list[str], list[str]]:
    """The names in each cell, a row each; what is said of the rows; and of the agencies."""
    rows, agencies = assign([row(text, number=at) for at, text in enumerate(cells, start=1)], register)
    return [item.lead for item in rows], [line for item in rows for line in said(item)], list(map(told, agencies))


def said(item: AssignedTask) -> list[str]:
    return [f"{item.task.id} {item.task.confidence}: {line}" for line in item.told]


def told(item: ProposedAgency) -> str:
    kind = "nhóm " if item.agency.group else ""
    return " ".join((f"{kind}{item.agency.name}: {item.confidence}", *item.repairs))


@pytest.mark.parametrize(
    ("cells", "names", "lines", "agencies"),
    [
        (["Sở Nội vụ"], [("Sở Nội vụ",)], [], ["Sở Nội vụ: certain"]),
        (["Sở A; Sở B | Sở C;"], [("Sở A", "Sở B", "Sở C")], [], [f"Sở {name}: certain" for name in "ABC"]),
        (["", "-", "…", "; ;"], [(), (), (), ()], [], []),
        (  # once, in the first spelling
            ["Sở Công Thương", "SỞ CÔNG  THƯƠNG", "Liên minh HTX tỉnh", "Liên minh Hợp tác xã tỉnh"],
            [("Sở Công Thương",)] * 2 + [("Liên minh HTX tỉnh",)] * 2,
            [],
            ["Sở Công Thương: certain", "Liên minh HTX tỉnh: certain"],
        ),
        (  # of a name that holds what stands between names a person is asked
            ["Sở Kế hoạch và Đầu tư", "Sở A, Sở B", "Sở C cùng D", "Đài PT - TH", "Sở E (thường trực)"],
            [("Sở Kế hoạch và Đầu tư",), ("Sở A, Sở B",), ("Sở C cùng D",), ("Đài PT - TH",), ("Sở E (thường trực)",)],
            [],
            [
                f"Sở Kế hoạch và Đầu tư: likely {EACH_ONE}",
                f"Sở A, Sở B: likely {EACH_ONE}",
                f"Sở C cùng D: likely {EACH_ONE}",
                f"Đài PT - TH: likely {EACH_ONE}",
                f"Sở E (thường trực): likely {EACH_ONE}",
            ],
        ),
        (  # of names that stand alone elsewhere a list is taken apart, and said
            ["Sở A, Sở B và các sở, ngành", "Sở B", "Các sở, ngành", "Sở A"],
            [("Sở A", "Sở B", "Các sở, ngành"), ("Sở B",), ("Các sở, ngành",), ("Sở A",)],
            [f"1 likely: {AT_LEAD} «Sở A, Sở B và các sở, ngành» được hiểu là «Sở A»; «Sở B»; «Các sở, ngành»."],
            ["Sở A: certain", "Sở B: certain", f"nhóm Các sở, ngành: likely {NO_MEMBERS}"],
        ),
        (  # only whole: what is left over could belong to the name before it
            ["Sở A, thương binh", "Sở A"],
            [("Sở A, thương binh",), ("Sở A",)],
            [f"1 doubtful: {AT_LEAD} «Sở A, thương binh» {EACH_A_CELL}"],
            [f"Sở A, thương binh: doubtful {UNSPLIT}", "Sở A: certain"],
        ),
        (
            ["UBND các huyện, thị xã", "Những đơn vị liên quan", "Ban Quản lý các khu công nghiệp"],
            [("UBND các huyện, thị xã",), ("Những đơn vị liên quan",), ("Ban Quản lý các khu công nghiệp",)],
            [],
            [
                "Ban Quản lý các khu công nghiệp: certain",
                f"nhóm UBND các huyện, thị xã: likely {NO_MEMBERS}",
                f"nhóm Những đơn vị liên quan: likely {NO_MEMBERS}",
            ],
        ),
    ],
)  # fmt: skip
def test_without_a_register(cells: list[str], names: list[object], lines: list[str], agencies: list[str]) -> None:
    assert read(*cells) == (names, lines, agencies)


@pytest.mark.parametrize(
    ("cells", "names", "lines", "agencies"),
    [
        (
            ["STC, sở lao động, thương binh và xã hội"],
            [("Sở Tài chính", "Sở Lao động - Thương binh và Xã hội")],
            [],
            ["Sở Tài chính: certain", "Sở Lao động - Thương binh và Xã hội: certain"],
        ),
        (
            [f"{BOARD} tỉnh, cấp huyện"],
            [(f"{BOARD} tỉnh", f"{BOARD} cấp huyện")],
            [f"1 likely: {AT_LEAD} «{BOARD} tỉnh, cấp huyện» được hiểu là «{BOARD} tỉnh»; «{BOARD} cấp huyện»."],
            [f"{BOARD} tỉnh: certain", f"{BOARD} cấp huyện: certain"],
        ),
        (  # what the register does not have
            ["Sở Tài chín", "Kho bạc", "Sở Tài chính, Kho bạc", "Sở Tài chính và Cục Thuế"],
            [("Sở Tài chín",), ("Kho bạc",), ("Sở Tài chính", "Kho bạc"), ("Sở Tài chính và Cục Thuế",)],
            [
                f"3 likely: {AT_LEAD} «Sở Tài chính, Kho bạc» được hiểu là «Sở Tài chính»; «Kho bạc».",
                f"4 doubtful: {AT_LEAD} «Sở Tài chính và Cục Thuế» {EACH_A_CELL}",
            ],
            [
                "Sở Tài chín: doubtful Kế hoạch «ke-hoach-cu» không có cơ quan này. Gần giống: «Sở Tài chính».",
                "Kho bạc: doubtful Kế hoạch «ke-hoach-cu» không có cơ quan này.",
                "Sở Tài chính: certain",
                f"Sở Tài chính và Cục Thuế: doubtful {UNSPLIT}",
            ],
        ),
        (
            ["Sở Chung"],
            [()],
            [f"1 doubtful: {AT_LEAD} «Sở Chung» {OF_SEVERAL}"],
            [],
        ),
        (
            ["UBND các xã; các cơ quan liên quan", "Xã B"],
            [("UBND các xã", "Các cơ quan liên quan"), ("Xã B",)],
            [],
            [
                "Xã B: certain",
                "Xã A: certain",
                "nhóm UBND các xã: likely Thành viên lấy theo kế hoạch «ke-hoach-cu»: xem lại từng tên.",
                f"nhóm Các cơ quan liên quan: likely {NO_MEMBERS}",
            ],
        ),
    ],
)  # fmt: skip
def test_with_a_register(cells: list[str], names: list[object], lines: list[str], agencies: list[str]) -> None:
    assert read(*cells, register=REGISTER) == (names, lines, agencies)


def test_what_is_taken_over_of_a_register() -> None:
    _, agencies = assign([row("Sở Tài chính", "UBND các xã", 4), row("UBND các xã", number=9)], REGISTER)
    members = (Member("Xã A", "to-confirm"), Member("Xã B", "to-confirm"))
    assert [(item.agency, item.source) for item in agencies] == [
        (Agency("Sở Tài chính", "sở", ("STC",), phone="0269 000 000"), "dòng 4"),
        (Agency("Xã A", "xã"), "thành viên của nhóm"),
        (Agency("Xã B", "xã"), "thành viên của nhóm"),
        (Agency("UBND các xã", group=True, members=members), "dòng 4 và 1 nhiệm vụ khác"),
    ]


def test_what_the_annex_said_stays_beside_what_is_said_of_its_agencies() -> None:
    (first, second), _ = assign(
        [row("Sở A", "Sở A, b", confidence="likely"), row("Sở A; sở a", confidence="doubtful", number=2)], None
    )
    unsplit = f"Ô cơ quan phối hợp: «Sở A, b» {EACH_A_CELL}"
    assert (said(first), first.lead) == (["1 doubtful: Đã nối.", f"1 doubtful: {unsplit}"], ("Sở A",))
    assert (said(second), second.lead) == (["2 doubtful: Đã nối."], ("Sở A",))
    assert first.task.repairs == ("Đã nối.",)  # what is left to do is no note of the source
    assert (first.task.coordinating_text, first.coordinating) == ("Sở A, b", ("Sở A, b",))


def test_too_many_names_are_no_annex() -> None:
    with pytest.raises(MisuseError) as refusal:
        assign([row("; ".join(f"Sở {number}" for number in range(1001)))], None)
    assert str(refusal.value) == "Phụ lục ghi hơn 1000 cơ quan khác nhau: có thể nhầm cột cơ quan."


_PIECES = (
    "Sở Tài chính",
    "STC",
    "Xã A",
    "xã b",
    "UBND các xã",
    "Các cơ quan liên quan",
    "Sở Chung",
    "Kho bạc",
    "cấp huyện",
)
_SEPARATORS = (", ", "; ", " và ", ": ", " | ", ",", " - ", " ")


@settings(deadline=None, max_examples=200)
@given(
    cells=st.lists(
        st.lists(st.sampled_from((*_PIECES, *_SEPARATORS)), max_size=6).map(lambda parts: "".join(parts).strip(" ,;")),
        max_size=5,
    ),
    registered=st.booleans(),
)
def test_no_name_is_lost_or_unregistered(cells: list[str], registered: bool) -> None:
    register = REGISTER if registered else None
    rows, agencies = assign([row(text, number=at) for at, text in enumerate(cells, start=1)], register)
    known = {item.agency.name for item in agencies}
    assert len(known) == len(agencies)
    assert {member.name for item in agencies for member in item.agency.members} <= known
    for text, item in zip(cells, rows, strict=True):
        assert item.task.lead_text == text
        assert set(item.lead) <= known
        if not registered:  # every word of the cell is in a name: in the spelling that came first
            assert set(fold_agency(text).split()) <= {word for name in item.lead for word in fold_agency(name).split()}
        assert bool(item.told) == (item.task.confidence != "certain")
