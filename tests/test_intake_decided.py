"""Verdicts with the order files came in, officers' decisions, a closed period, and names that hint at an agency."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_intake import AGENCY, DAMAGED, STRANGER, X, Y, Z, reading, verdicts

from kttt_xl.decisions import Decision, Standing
from kttt_xl.intake import JudgedCopy, judge
from kttt_xl.messages import INFO, finding
from kttt_xl.model import Finding, Plan
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading


def decisions(text: str) -> Standing:
    """ "a:use@5 b:drop" with the seq of the event, 9 when none is given; note "x" unless the choice ends with !."""
    files = {}
    for sha256, _, said in (item.partition(":") for item in text.split()):
        choice, _, seq = said.partition("@")
        note = "" if choice.endswith("!") else "x"
        files[sha256] = Decision(sha256, choice.removesuffix("!"), note, int(seq or 9))
    return Standing(files)


def order(text: str) -> dict[str, int]:
    """ "a=1 b=2": when each file was received."""
    return {sha256: int(seq) for sha256, _, seq in (item.partition("=") for item in text.split())}


A, B, C = reading("a", X), reading("b", Y), reading("c", Z)
A_LATER, B_LATER = reading("a", X, reason="lần 2"), reading("b", Y, reason="lần 3")

# --- the order of receipt


@pytest.mark.parametrize(
    ("copies", "received", "expected"),
    [
        ([A, B_LATER], "a=1 b=2", "a superseded, b accepted"),
        ([A, B_LATER], "a=1 b=1", "a superseded, b accepted"),  # one run brought both
        ([A, B_LATER], "a=2 b=1", "a conflicting, b conflicting"),  # somebody sends the old one after it
        ([A, B_LATER], "", "a superseded, b accepted"),  # nobody knows
        ([A_LATER, B_LATER], "a=1 b=2", "a superseded, b accepted"),
        ([A_LATER, B_LATER], "a=2 b=1", "a accepted, b superseded"),
        ([A_LATER, B_LATER], "a=1 b=1", "a conflicting, b conflicting"),
        ([A, B], "a=1 b=2", "a conflicting, b conflicting"),  # order alone decides nothing
        ([A, B_LATER, reading("d", X)], "a=1 b=2 d=3", "a conflicting, b conflicting, d duplicate"),
        ([A, B_LATER, reading("d", X)], "a=1 b=2 d=2", "a superseded, b accepted, d superseded"),
        ([A_LATER, B_LATER, reading("c", Z, reason="lần 4")], "a=1 b=2 c=3", "a superseded, b superseded, c accepted"),
        # the mark is stronger than order and reason
        ([reading("a", X, made_from="b"), B_LATER], "a=1 b=2", "a accepted, b superseded"),
    ],
)
def test_a_reason_answers_what_was_received_before(
    gia_lai: Plan, year: Period, copies: list[CopyReading], received: str, expected: str
) -> None:
    judged = judge(copies, gia_lai, year, received=order(received))
    assert ", ".join(f"{name} {verdict}" for name, verdict in verdicts(judged).items()) == expected
    assert all(judge(others, gia_lai, year, received=order(received)) == judged for others in permutations(copies))


# --- decisions


@pytest.mark.parametrize(
    ("copies", "decided", "received", "expected"),
    [
        ([A, B], "a:use", "a=1 b=1", "a accepted, b superseded"),
        ([A, B], "a:replace", "a=1 b=1", "a accepted, b superseded"),
        ([A, B], "a:use", "", "a accepted, b superseded"),  # nobody knows the order
        ([A, B], "a:drop", "a=1 b=1", "a superseded, b accepted"),
        ([A, B], "a:drop b:drop", "", "a superseded, b superseded"),
        ([A, B], "a:use b:use", "", "a conflicting, b conflicting"),
        ([A, B_LATER], "a:use", "a=1 b=2", "a accepted, b superseded"),  # not what the filler wished
        ([A, B, reading("d", X)], "a:use", "", "a accepted, b superseded, d duplicate"),
        ([A, B, C], "a:drop", "", "a superseded, b conflicting, c conflicting"),
        # a decision says nothing of what came after it
        ([A, B, reading("d", Z)], "a:use@5", "a=1 b=1 d=7", "a conflicting, b superseded, d conflicting"),
        ([A, B, reading("d", Z, reason="lần 2")], "a:use@5", "a=1 b=1 d=7", "a superseded, b superseded, d accepted"),
        ([A, B, reading("d", Z, made_from="a")], "a:use@5", "a=1 b=1 d=7", "a superseded, b superseded, d accepted"),
        (
            [A, B, reading("d", Z, made_from="b")],
            "a:use@5",
            "a=1 b=1 d=7",
            "a conflicting, b superseded, d conflicting",
        ),
        ([A, B, reading("d", Y)], "a:use@5", "a=1 b=1 d=7", "a conflicting, b duplicate, d conflicting"),
        ([A], "a:use", "", "a accepted"),  # nothing to decide
        ([A], "a:drop", "", "a superseded"),
        ([A, B], "z:use", "", "a conflicting, b conflicting"),  # of a file that is not here
        ([A, B], "a:xem!", "", "a conflicting, b conflicting"),
        ([reading("a", X, findings=(STRANGER,)), B], "a:use", "", "a accepted, b superseded"),
        ([reading("a", X, findings=(STRANGER,)), B], "a:drop", "", "a superseded, b accepted"),
        ([reading("a", X, findings=(DAMAGED,)), B], "a:use", "", "a refused, b accepted"),
        ([reading("a", X, findings=(DAMAGED,)), B], "a:drop", "", "a refused, b accepted"),
        ([reading("a", X, agency="Sở Ngoại vụ")], "a:use", "", "a conflicting"),
    ],
)
def test_what_officers_decide(
    gia_lai: Plan, year: Period, copies: list[CopyReading], decided: str, received: str, expected: str
) -> None:
    judged = judge(copies, gia_lai, year, received=order(received), standing=decisions(decided))
    assert ", ".join(f"{name} {verdict}" for name, verdict in verdicts(judged).items()) == expected


def one(plan: Plan, period: Period, copy: CopyReading, standing: Standing, **more: Mapping[str, int]) -> JudgedCopy:
    [judged] = judge([copy], plan, period, standing=standing, **more)
    return judged


def in_vain(word: str, expected: str, agency: str = AGENCY) -> Finding:
    return finding("bad-decision", agency=agency, file="a", found=word, expected=expected)


@pytest.mark.parametrize(
    ("copy", "decided", "first"),
    [
        (A, "a:dung!", in_vain("dung", "chọn một trong: dùng, loại, thay thế")),
        (reading("a", findings=(DAMAGED,)), "a:use",
         in_vain("dùng", "tệp bị từ chối vì lỗi của chính tệp: đề nghị đơn vị gửi lại")),
        (reading("a", agency="Sở Ngoại vụ"), "a:use",
         in_vain("dùng", "đơn vị ghi trong tệp không có trong kế hoạch: đề nghị đơn vị gửi lại", "Sở Ngoại vụ")),
        (A, "a:use", None),
        (A, "a:", None),  # a note alone
        (reading("a", findings=(DAMAGED,)), "a:drop", DAMAGED),
    ],
)  # fmt: skip
def test_a_decision_in_vain_is_said(
    gia_lai: Plan, year: Period, copy: CopyReading, decided: str, first: Finding | None
) -> None:
    judged = one(gia_lai, year, copy, decisions(decided))
    assert list(judged.findings[:1]) == ([first] if first else [])
    assert judged.decision == decisions(decided).files["a"]


def test_a_decision_settles_whose_copy_it_is(gia_lai: Plan, year: Period) -> None:
    judged = one(gia_lai, year, reading("a", X, findings=(STRANGER,)), decisions("a:use"))
    assert (judged.verdict, judged.findings) == ("accepted", (replace(STRANGER, severity=INFO),))


def test_it_is_said_by_which_decision(gia_lai: Plan, year: Period) -> None:
    copies = [A, B, C, reading("d", X)]
    said = {copy.file: copy.why for copy in judge(copies, gia_lai, year, standing=decisions("a:use c:drop!"))}
    assert said == {
        "a": "Dùng theo quyết định: x.",
        "b": "Theo quyết định dùng tệp a.",
        "c": "Loại theo quyết định: không ghi lý do.",
        "d": "",
    }


# --- a closed period

CLOSED = Standing(closed=5, closed_note="CV 7")


def closed(decided: str = "") -> Standing:
    return replace(CLOSED, files=decisions(decided).files)


@pytest.mark.parametrize(
    ("copies", "decided", "received", "expected"),
    [
        ([A], "", "a=4", "a accepted"),
        ([A], "", "a=6", "a conflicting"),
        ([A], "", "", "a conflicting"),  # nobody knows: then it was not there when the period was closed
        ([A, B_LATER], "", "a=4 b=6", "a accepted, b conflicting"),  # it counts for nothing, whatever it says
        ([A, reading("b", Y, made_from="a")], "", "a=4 b=6", "a accepted, b conflicting"),
        ([A, reading("b", X)], "", "a=4 b=6", "a accepted, b duplicate"),
        ([A, B, C], "", "a=4 b=4 c=6", "a conflicting, b conflicting, c conflicting"),
        ([A], "a:use", "a=6", "a accepted"),
        ([A], "a:use!", "a=6", "a conflicting"),  # the exception is to be named
        ([A], "a:drop!", "a=6", "a superseded"),
        ([A, B], "b:use", "a=4 b=6", "a superseded, b accepted"),
        ([A, B], "b:replace", "a=4 b=6", "a superseded, b accepted"),
        ([A, B], "a:use", "a=4 b=6", "a accepted, b superseded"),  # received before it was decided (9)
        ([A, B], "a:use@5", "a=4 b=6", "a accepted, b conflicting"),
        ([reading("a", X, findings=(DAMAGED,))], "", "a=6", "a refused"),
        ([reading("a", X, findings=(STRANGER,))], "", "a=6", "a conflicting"),
        ([reading("a", X, findings=(STRANGER,))], "a:use!", "a=6", "a conflicting"),
    ],
)
def test_what_comes_after_the_closing(
    gia_lai: Plan, year: Period, copies: list[CopyReading], decided: str, received: str, expected: str
) -> None:
    judged = judge(copies, gia_lai, year, received=order(received), standing=closed(decided))
    assert ", ".join(f"{name} {verdict}" for name, verdict in verdicts(judged).items()) == expected


def test_a_late_copy_says_so(gia_lai: Plan, year: Period) -> None:
    late = finding("after-closing", agency=AGENCY, file="a", found="CV 7")
    assert one(gia_lai, year, A, CLOSED, received=order("a=6")).findings == (late,)
    assert late.message == "Tệp nhận sau khi kỳ báo cáo đã khóa (ghi chú khóa kỳ: CV 7)."
    unsigned = in_vain("dùng", "tệp nhận sau khi khóa kỳ: ghi lý do ngoại lệ ở cột «Ghi chú quyết định»")
    assert one(gia_lai, year, A, closed("a:use!"), received=order("a=6")).findings == (late, unsigned)
    rivals = judge([A, B, C], gia_lai, year, received=order("a=4 b=4 c=6"), standing=CLOSED)
    assert [copy.findings[0].found for copy in rivals] == ["b", "a", "CV 7"]  # the late one is nobody's rival


# --- hints


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("Sở Nội vụ/a.xlsx", ""),
        ("nhận ngày 5/a.xlsx", ""),
        ("Sở Tài chính/a.xlsx", "tên tệp hoặc thư mục ghi «Sở Tài chính»"),
        ("Sở Tài chính/Sở Công Thương.xlsx", "tên tệp hoặc thư mục ghi «Sở Tài chính», «Sở Công Thương»"),
        ("Sở Tài chính/Sở Nội vụ.xlsx", "tên tệp hoặc thư mục ghi «Sở Tài chính», «Sở Nội vụ»"),  # both must be right
        ("Sở Tài chính/Sở Nội vụ/a.xlsx", ""),  # the nearest folder
    ],
)
def test_a_name_that_hints_at_another_agency(gia_lai: Plan, year: Period, file: str, named: str) -> None:
    [judged] = judge([reading(file, X)], gia_lai, year)
    other = finding("wrong-agency", agency=AGENCY, file=file, found=named, expected=AGENCY)
    assert (judged.verdict, judged.findings) == (("conflicting", (other,)) if named else ("accepted", ()))


# --- whatever comes

drawn_copies = st.lists(
    st.tuples(
        st.sampled_from([X, Y, Z]), st.integers(0, 4), st.booleans(), st.integers(1, 9),
        st.sampled_from(["", "", "use", "drop", "replace", "xem"]), st.booleans(), st.integers(1, 9),
    ),
    max_size=5,
)  # fmt: skip


@given(drawn=drawn_copies, when=st.none() | st.integers(1, 9))
@settings(deadline=None, max_examples=150)
def test_whatever_was_decided(
    gia_lai: Plan, year: Period, drawn: list[tuple[str, int, bool, int, str, bool, int]], when: int | None
) -> None:
    """At most one is accepted, never a dropped one, a late one by a named exception only; a choice is followed."""
    copies, received, files = [], {}, {}
    for at, (values, parent, has_reason, seq, choice, has_note, decided) in enumerate(drawn):
        name = f"f{at}"
        copies.append(reading(name, values, made_from=f"f{parent}", reason="lần 2" * has_reason))
        received[name] = seq
        files[name] = Decision(name, choice, "vì" * has_note, decided)
    standing = Standing(files, closed=when)
    judged = judge(copies, gia_lai, year, received=received, standing=standing)
    accepted = [copy.file for copy in judged if copy.verdict == "accepted"]
    assert len(accepted) <= 1
    for name in accepted:
        assert files[name].choice != "drop"
        assert when is None or received[name] <= when or (files[name].chosen and files[name].note)
    chosen = [name for name in files if files[name].chosen and (files[name].note or not when or received[name] <= when)]
    if len(chosen) == 1 and max(received.values()) <= files[chosen[0]].seq:
        assert accepted == chosen
    assert judge(reversed(copies), gia_lai, year, received=received, standing=standing) == judged
