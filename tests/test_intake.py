"""Every file of a folder gets exactly one verdict, whatever the order they are read in."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kttt_xl.errors import MisuseError
from kttt_xl.identity import Manifest
from kttt_xl.intake import (
    VERDICT_WORDS,
    VERDICTS,
    JudgedCopy,
    copy_json,
    count_cells,
    count_findings,
    find_files,
    judge,
    read_all,
    skipped,
)
from kttt_xl.messages import MESSAGES, finding
from kttt_xl.model import Entry, Finding, Plan, Submission, Value
from kttt_xl.period import Period
from kttt_xl.reader import CopyReading

# --- which files may be copies

NAMES = {
    "bản sao.xlsx": "copy",
    "a/b/c/Copy of x (2).XLSX": "copy",
    "x.xlsm": "copy",  # every other file is read, and refused by the gate if need be
    "x.xls": "copy",
    "x.docx": "copy",
    "không đuôi": "copy",
    "x.xlsx.part": "copy",  # half a download: somebody must know
    "x.zip.xlsx": "copy",
    "~$bản sao.xlsx": "skipped",
    "a/~$x.xlsx": "skipped",
    ".~lock.x.xlsx#": "skipped",
    ".x.xlsx": "skipped",
    ".hidden/x.xlsx": "skipped",
    "__MACOSX/._x.xlsx": "skipped",
    "x.csv": "skipped",
    "X.JSON": "skipped",
    "so.sqlite": "skipped",
    "Thumbs.db": "skipped",
    "khoa.key": "skipped",
    "tong-hop.xlsx": "skipped",  # OUT
    "a/x.zip": "container",
    "x.RAR": "container",
    "x.7z": "container",
    "x.pdf": "container",
    "x.eml": "container",
    "x.msg": "container",
    ".x.zip": "skipped",
    ".hidden/x.zip": "skipped",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "nhận về"
    for name in NAMES:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(b"x")
    return place


def test_every_file_of_a_folder_is_found_in_order(folder: Path) -> None:
    found = list(find_files([folder], [folder / "a" / ".." / "tong-hop.xlsx"]))
    assert [name for name, _, _ in found] == sorted(NAMES)
    assert all(path == folder / name for name, path, _ in found)
    assert {name: candidate for name, _, candidate in found} == {name: kind == "copy" for name, kind in NAMES.items()}


def test_our_output_is_known_by_any_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "b").mkdir()
    name = "tong-hop.xlsx"
    for place, out in ((folder, Path(name)), (Path(), folder / name), (folder / "b" / "..", folder / name)):
        candidates = {name for name, _, candidate in find_files([place], [out]) if candidate}
        assert candidates == {name for name, kind in NAMES.items() if kind == "copy"}


@pytest.mark.parametrize(("name", "kind"), [item for item in NAMES.items() if item[1] != "copy"])
def test_what_is_said_of_a_skipped_file(name: str, kind: str) -> None:
    short = name.rpartition("/")[2]
    notes = (finding("unsupported-container", file=name, found=short),) if kind == "container" else ()
    assert skipped(name) == JudgedCopy(name, "skipped", notes)
    for note in notes:
        assert (note.severity, note.message, note.fix) == (
            "info", f"Tệp «{short}» là tệp nén hoặc thư, không được mở.", "Giải nén, lấy tệp .xlsx ra thư mục.",
        )  # fmt: skip


def test_files_named_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file named by itself is a candidate whatever it is called, and read once however often it is named."""
    for name in ("a/x.xlsx", "b/x.xlsx", "b/y.csv", "z.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    a, b = tmp_path / "a", Path("b")
    places = [b / "y.csv", tmp_path / "b" / "y.csv", a / "x.xlsx", b, Path("z.csv"), a]
    assert list(find_files(places)) == [
        ("y.csv", tmp_path / "b" / "y.csv", True),
        ((a / "x.xlsx").as_posix(), a / "x.xlsx", True),  # two of one name: said with their places
        ("b/x.xlsx", b / "x.xlsx", True),
        ("z.csv", Path("z.csv"), True),
    ]


def test_links_are_files_for_the_gate_to_refuse(tmp_path: Path) -> None:
    folder, other = tmp_path / "a", tmp_path / "b"
    folder.mkdir()
    other.mkdir()
    (other / "x.xlsx").write_bytes(b"x")
    (folder / "to a file.xlsx").symlink_to(other / "x.xlsx")
    (folder / "to a folder").symlink_to(other)
    (folder / "to nothing").symlink_to(tmp_path / "none")
    assert [(name, candidate) for name, _, candidate in find_files([folder])] == [
        ("to a file.xlsx", True), ("to a folder", True), ("to nothing", True),
    ]  # fmt: skip
    assert [name for name, _, _ in find_files([folder / "to nothing"])] == ["to nothing"]


def test_a_place_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MisuseError) as caught:
        list(find_files([tmp_path / "none"]))
    assert str(caught.value) == f"Không có tệp hoặc thư mục «{tmp_path / 'none'}»."


def test_a_folder_that_cannot_be_read_stops_the_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files would be missing from the sum without a word."""
    real = os.scandir

    def closed(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("b"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(MisuseError) as caught:
        list(find_files([folder]))
    assert str(caught.value) == f"Không đọc được thư mục «{folder / 'a' / 'b'}»."


# --- one copy

AGENCY = "Sở Nội vụ"


def manifest(**more: object) -> Manifest:
    day = date(2024, 1, 1)
    plain = Manifest(
        plan="gia-lai-655-2023", period="2024", kind="tasks", agency=AGENCY, issue="i", layout="1", sheet="Nhiệm vụ",
        columns=(), rows=(), choices={}, earliest=day, latest=day, span=(day, day), fixed={}, cover={},
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def reading(
    file: str,
    values: str = "",
    *,
    sha: str = "",
    made_from: str = "",
    reason: str = "",
    refused: str = "",
    nothing: bool = False,
    findings: tuple[Finding, ...] = (),
    **more: object,
) -> CopyReading:
    """A copy that says "a=1 b=x": a number or text for task a and b; refused holds cells refused, "c=?"."""
    said = manifest(**more)
    entries, wrong = [], []
    for at, (key, _, text) in enumerate(item.partition("=") for item in values.split()):
        value: Value = None if text == "-" else Decimal(text) if text.replace(".", "").isdigit() else text
        entries.append(Entry(key, "result", value, "Nhiệm vụ", f"P{at + 8}"))
    for key, _, text in (item.partition("=") for item in refused.split()):
        wrong.append((key, finding("bad-percent", file=file, cell=f"M{len(file)}", header="Tỷ lệ", found=text)))
    submission = Submission(
        plan=said.plan, period=said.period, kind=said.kind, agency=said.agency, issue="i", file=file,
        sha256=sha or file, entries=tuple(entries), filled=len(entries) + len(wrong), accepted=len(entries),
        refused=len(wrong), resubmission=reason, made_from=made_from, nothing_to_report=nothing,
        refused_cells=tuple((key, "percent") for key, _ in wrong),
    )  # fmt: skip
    return CopyReading(file, sha or file, (*findings, *(found for _, found in wrong)), said, submission)


def verdicts(judged: tuple[JudgedCopy, ...]) -> dict[str, str]:
    return {copy.file: copy.verdict for copy in judged}


STRANGER = finding("wrong-agency", agency=AGENCY, file="a", found="Sở khác", expected=AGENCY)
DAMAGED = finding("damaged-file", file="a", found="x")
LIST = finding("not-in-list", file="a", header="Trạng thái", found="Xong")


@pytest.mark.parametrize(
    ("copy", "verdict", "first"),
    [
        (reading("a", "1=x"), "accepted", None),
        (reading("a", "1=x", findings=(LIST,)), "accepted", LIST),  # an error in a cell refuses the cell
        (CopyReading("a", "", (DAMAGED,)), "refused", DAMAGED),
        (CopyReading("a", "", (), manifest()), "refused", None),  # without its form
        (reading("a", "1=x", findings=(DAMAGED,)), "refused", DAMAGED),
        (reading("a", "1=x", findings=(STRANGER,)), "conflicting", STRANGER),
        (
            reading("a", plan="yen-bai-209-2023", period="2023"),
            "refused",
            finding("wrong-plan", agency=AGENCY, file="a", found="yen-bai-209-2023", expected="gia-lai-655-2023"),
        ),
        (
            reading("a", period="2023"),
            "refused",
            finding("wrong-period", agency=AGENCY, file="a", found="2023", expected="2024"),
        ),
        (
            reading("a", kind="stats"),  # this plan has no indicators, so no such form
            "refused",
            finding("wrong-kind", agency=AGENCY, file="a", found="Số liệu", expected="Nhiệm vụ"),
        ),
        (
            reading("a", agency="Sở Ngoại vụ"),
            "conflicting",
            finding(
                "wrong-agency", agency="Sở Ngoại vụ", file="a", found="đơn vị không có trong kế hoạch",
                expected="Sở Ngoại vụ",
            ),
        ),
        (
            reading("a", agency="Các sở, ban, ngành"),  # a group sends nothing
            "conflicting",
            finding(
                "wrong-agency", agency="Các sở, ban, ngành", file="a", found="đơn vị không có trong kế hoạch",
                expected="Các sở, ban, ngành",
            ),
        ),
        (reading("a", period="2023", findings=(STRANGER,)), "refused",
         finding("wrong-period", agency=AGENCY, file="a", found="2023", expected="2024")),
    ],
)  # fmt: skip
def test_one_copy(gia_lai: Plan, year: Period, copy: CopyReading, verdict: str, first: Finding | None) -> None:
    [judged] = judge([copy], gia_lai, year)
    assert (judged.file, judged.verdict) == ("a", verdict)
    assert list(judged.findings[:1]) == ([first] if first else [])
    assert judged.findings[-len(copy.findings) :] == copy.findings or not copy.findings


# --- several copies of one agency

X, Y, Z = "1=x 2=5", "1=y 2=5", "1=z 2=5"

GROUPS: dict[str, tuple[list[CopyReading], dict[str, str]]] = {
    "the same bytes": (
        [reading("a", X, sha="s"), reading("b", X, sha="s"), reading("c", X, sha="s")],
        {"a": "accepted", "b": "duplicate", "c": "duplicate"},
    ),
    "the same values": ([reading("a", X), reading("b", "2=5.0 1=x")], {"a": "accepted", "b": "duplicate"}),
    "not reported is no value": ([reading("a", X), reading("b", X + " 3=-")], {"a": "accepted", "b": "duplicate"}),
    "other values": ([reading("a", X), reading("b", Y)], {"a": "conflicting", "b": "conflicting"}),
    "a number is not its text": ([reading("a", "1=5"), reading("b", "1=5,")], dict.fromkeys("ab", "conflicting")),
    "the same value in another row": ([reading("a", "1=x"), reading("b", "2=x")], dict.fromkeys("ab", "conflicting")),
    "one empty": ([reading("a", X), reading("b")], dict.fromkeys("ab", "conflicting")),
    "nothing to report": ([reading("a"), reading("b", nothing=True)], dict.fromkeys("ab", "conflicting")),
    "the same cells refused": (
        [reading("a", X, refused="3=hai"), reading("bb", X, refused="3=hai")],
        {"a": "accepted", "bb": "duplicate"},
    ),
    "another cell refused": (
        [reading("a", X, refused="3=hai"), reading("b", X, refused="4=hai")],
        dict.fromkeys("ab", "conflicting"),
    ),
    "another content refused": (
        [reading("a", X, refused="3=hai"), reading("b", X, refused="3=ba")],
        dict.fromkeys("ab", "conflicting"),
    ),
    "a duplicate of a conflict": (
        [reading("a", X), reading("b", Y), reading("c", Y)],
        {"a": "conflicting", "b": "conflicting", "c": "duplicate"},
    ),
    "made from another": (
        [reading("a", X, made_from="b"), reading("b", Y)],
        {"a": "accepted", "b": "superseded"},
    ),
    "made from another, the same values": (
        [reading("a", X), reading("b", X, made_from="a")],
        {"a": "superseded", "b": "accepted"},
    ),
    "a chain": (
        [reading("a", X, made_from="b"), reading("b", Y, made_from="c"), reading("c", Z)],
        {"a": "accepted", "b": "superseded", "c": "superseded"},
    ),
    "a chain that lacks its middle": (
        [reading("a", X, made_from="b"), reading("c", Z)],
        dict.fromkeys("ac", "conflicting"),
    ),
    "two made from one": (
        [reading("a", X), reading("b", Y, made_from="a"), reading("c", Z, made_from="a")],
        {"a": "superseded", "b": "conflicting", "c": "conflicting"},
    ),
    "two made from one that say the same": (
        [reading("a", X), reading("b", Y, made_from="a"), reading("c", Y, made_from="a")],
        {"a": "superseded", "b": "accepted", "c": "duplicate"},
    ),
    "the ancestor saved again": (
        [reading("a", X), reading("b", X), reading("c", Y, made_from="a")],
        {"a": "superseded", "b": "superseded", "c": "accepted"},
    ),
    "the ancestor twice": (
        [reading("a", X, sha="s"), reading("b", X, sha="s"), reading("c", Y, made_from="s")],
        {"a": "superseded", "b": "superseded", "c": "accepted"},
    ),
    "a reason": (
        [reading("a", X), reading("b", Y, reason="sửa số")],
        {"a": "superseded", "b": "accepted"},
    ),
    "a reason, the same values": (
        [reading("a", X), reading("b", X, reason="sửa số")],
        {"a": "accepted", "b": "duplicate"},
    ),
    "a reason of blanks is none": (
        [reading("a", X), reading("b", Y, reason="  ")],
        dict.fromkeys("ab", "conflicting"),
    ),
    "a reason against two that differ": (
        [reading("a", X), reading("b", Y), reading("c", Z, reason="sửa số")],
        {"a": "superseded", "b": "superseded", "c": "accepted"},
    ),
    "two reasons": (
        [reading("a", X), reading("b", Y, reason="lần 2"), reading("c", Z, reason="lần 3")],
        {"a": "superseded", "b": "conflicting", "c": "conflicting"},
    ),
    "two reasons, the same values": (
        [reading("a", X), reading("b", Y, reason="lần 2"), reading("c", Y, reason="lần 2")],
        {"a": "superseded", "b": "accepted", "c": "duplicate"},
    ),
    "made from the one with the reason": (
        [reading("a", X, reason="lần 2"), reading("b", Y, made_from="a")],
        {"a": "superseded", "b": "accepted"},
    ),
    "far down from the one with the reason": (
        [reading("a", X, reason="lần 2"), reading("b", Y, made_from="a"), reading("c", Z, made_from="b")],
        {"a": "superseded", "b": "superseded", "c": "accepted"},
    ),
    "a ring": (
        [reading("a", X, made_from="b"), reading("b", Y, made_from="a")],
        dict.fromkeys("ab", "conflicting"),
    ),
    "made from itself": ([reading("a", X, made_from="a")], {"a": "accepted"}),
    "a ring and another": (
        [reading("a", X, made_from="b"), reading("b", Y, made_from="a"), reading("c", Z)],
        dict.fromkeys("abc", "conflicting"),
    ),
    "each instead of the other": (
        # c gives a reason and says what a says; b was made from a and gives none
        [reading("a", X), reading("b", Y, made_from="a"), reading("c", X, reason="lần 2")],
        dict.fromkeys("abc", "conflicting"),
    ),
    "a copy that is refused is no rival": (
        [reading("a", X), reading("b", Y, findings=(DAMAGED,)), reading("c", Z, period="2023")],
        {"a": "accepted", "b": "refused", "c": "refused"},
    ),
    "a copy of another agency is no rival": (
        [reading("a", X), reading("b", Y, agency="Sở Tài chính"), reading("c", Z, findings=(STRANGER,))],
        {"a": "accepted", "b": "accepted", "c": "conflicting"},
    ),
    "two files of one name": ([reading("a", X, sha="2"), reading("a", Y, sha="1")], {"a": "conflicting"}),
}


@pytest.mark.parametrize(("copies", "expected"), GROUPS.values(), ids=GROUPS.keys())
def test_several_copies(gia_lai: Plan, year: Period, copies: list[CopyReading], expected: dict[str, str]) -> None:
    judged = judge(copies, gia_lai, year)
    assert len(judged) == len(copies)
    assert verdicts(judged) == expected
    assert all(judge(others, gia_lai, year) == judged for others in permutations(copies))


def test_both_forms_of_an_agency_are_taken(yen_bai: Plan, year: Period) -> None:
    ward = {"plan": yen_bai.id, "agency": "UBND phường Hồng Hà"}
    copies = [reading("a", X, **ward), reading("b", Y, **ward, kind="stats", sheet="Số liệu")]
    assert verdicts(judge(copies, yen_bai, year)) == {"a": "accepted", "b": "accepted"}


def test_a_conflict_names_its_rivals(gia_lai: Plan, year: Period) -> None:
    copies = [
        reading("a", X, findings=(LIST,)), reading("b", Y), reading("c", Y), reading("d", Z, made_from="e"),
        reading("e", "1=w"),
    ]  # fmt: skip
    judged = {copy.file: copy for copy in judge(copies, gia_lai, year)}
    assert verdicts(tuple(judged.values())) == {
        "a": "conflicting", "b": "conflicting", "c": "duplicate", "d": "conflicting", "e": "superseded",
    }  # fmt: skip
    rivals = {"a": "b, d", "b": "a, d", "d": "a, b"}
    for file, others in rivals.items():
        conflict = finding("conflicting-copies", agency=AGENCY, file=file, found=others)
        assert judged[file].findings == (conflict, *(copies[0].findings if file == "a" else ()))
        assert conflict.message == f"Đơn vị có nhiều bản sao khác nhau cho cùng một kỳ: {others}."
    assert (judged["c"].findings, judged["e"].findings) == ((), ())


copies_of_one_agency = st.lists(
    st.tuples(st.sampled_from([X, Y, ""]), st.integers(0, 6), st.booleans(), st.sampled_from(["", "damaged"])),
    max_size=7,
)


@given(drawn=copies_of_one_agency, data=st.data())
@settings(deadline=None, max_examples=150)
def test_whatever_comes_back(
    gia_lai: Plan, year: Period, drawn: list[tuple[str, int, bool, str]], data: st.DataObject
) -> None:
    """One verdict a file, in any order; what is accepted is one thing, and a conflict is never alone."""
    copies = [
        reading(
            f"f{at}", values, made_from=f"f{parent}", reason="lần 2" * has_reason, findings=(DAMAGED,) * bool(spoilt)
        )
        for at, (values, parent, has_reason, spoilt) in enumerate(drawn)
    ]
    judged = judge(copies, gia_lai, year)
    counts = Counter(copy.verdict for copy in judged)
    assert [copy.file for copy in judged] == [copy.file for copy in copies]
    assert sum(counts[verdict] for verdict in VERDICTS) == len(copies)
    assert counts["refused"] == sum(bool(spoilt) for *_, spoilt in drawn)
    assert counts["accepted"] <= 1
    assert bool(counts["accepted"]) != bool(counts["conflicting"]) or counts["refused"] == len(copies)
    assert counts["conflicting"] != 1
    assert judge(data.draw(st.permutations(copies)), gia_lai, year) == judged


def test_many_copies_of_one_agency_take_no_time(gia_lai: Plan, year: Period) -> None:
    """A mail program that saves one attachment a thousand times, each made from the last."""
    copies = [reading(f"f{at:04}", f"1=v{at % 3}", made_from=f"f{at - 1:04}" if at % 50 else "") for at in range(1000)]
    counts = Counter(copy.verdict for copy in judge(copies, gia_lai, year))
    assert sum(counts.values()) == 1000


# --- reading, counting, telling


def test_read_all_reads_candidates_and_skips_the_rest() -> None:
    files = [("a.xlsx", Path("a.xlsx"), True), ("b.zip", Path("b.zip"), False), ("c.xlsx", Path("c.xlsx"), True)]
    told: list[str] = []

    def read(path: Path, name: str) -> CopyReading:
        assert str(path) == name
        return replace(reading(name), ours=name == "c.xlsx")

    readings, passed = read_all(files, read, told.append)
    assert readings == [reading("a.xlsx")]
    assert passed == [skipped("b.zip"), skipped("c.xlsx")]
    assert told == ["a.xlsx", "b.zip", "c.xlsx"]


def test_the_cells_of_copies_are_counted_by_verdict() -> None:
    copies = [
        JudgedCopy("a", "accepted", (), reading("a", X, refused="3=hai")),
        JudgedCopy("b", "accepted", (), reading("b", "1=x")),
        JudgedCopy("c", "duplicate", (), reading("c", X)),
        JudgedCopy("d", "refused", (), reading("d", "1=x", refused="3=ba")),
        JudgedCopy("e", "refused", (), CopyReading("e", "", ())),
        JudgedCopy("f", "skipped"),
    ]
    assert count_cells(copies) == {"filled": 4, "accepted": 3, "refused": 1, "in_other_copies": 4}
    assert count_cells([]) == {"filled": 0, "accepted": 0, "refused": 0, "in_other_copies": 0}


def test_a_copy_as_json() -> None:
    warning = finding("unverified-manifest", expected="x")
    judged = JudgedCopy("a", "accepted", (LIST, warning, LIST, finding("moved-row")), reading("a"))
    assert count_findings(judged) == (2, 1)
    assert copy_json(judged) == {
        "file": "a", "verdict": "accepted", "plan": "gia-lai-655-2023", "period": "2024", "kind": "tasks",
        "agency": AGENCY, "errors": 2, "warnings": 1,
    }  # fmt: skip
    assert copy_json(skipped("b.zip")) == {
        "file": "b.zip", "verdict": "skipped", "plan": None, "period": None, "kind": None, "agency": None, "errors": 0,
        "warnings": 0,
    }  # fmt: skip


def test_the_words() -> None:
    assert VERDICTS == ("accepted", "refused", "duplicate", "superseded", "conflicting", "skipped")
    assert len(set(VERDICT_WORDS.values())) == 6
    assert {MESSAGES[code].scope for code in ("wrong-agency", "conflicting-copies")} == {"conflict"}
