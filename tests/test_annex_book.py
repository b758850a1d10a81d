"""An annex becomes a plan workbook to look at: through the command, the saved file, and an office's own program."""

import io
import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from annex_documents import SEED, word_annex
from conftest import Outcome
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from openxml_audit import OpenXmlValidator

from kttt_xl.annex import Annex, ProposedTask, read_annex
from kttt_xl.annex_agencies import HEADLESS, assign
from kttt_xl.annex_book import proposal_book, proposal_document, propose, proposed_task
from kttt_xl.model import Finding, Plan, Task
from kttt_xl.plan_book_read import read_plan_file
from kttt_xl.plan_book_review import REVIEW

Office = Callable[[list[dict[str, object]]], list[list[str]]]
Edit = tuple[str, str, object]  # sheet, cell, what to put there

GIA_LAI = "gia-lai-655-2023"
SPLIT = ["14", "19", "24", "30", "38"]
REPAIRED = {
    "txt": ["4", "14", "19", "24", "30", "31", "32", "37", "38"],
    "docx": ["4", "14", "19", "24", "30", "31", "32", "38"],  # no heading of a section is glued there
}
HEAD: tuple[Edit, ...] = (
    ("Kế hoạch", "B4", "phu-luc-655"),
    ("Kế hoạch", "B5", "Kế hoạch thử"),
    ("Kế hoạch", "B9", "Sở Kế hoạch và Đầu tư"),
)
CERTAIN = ProposedTask("1", "I. Mục", "Việc một", "Sở A", "", "UBND", "Báo cáo", "2024", "dòng 2", "certain", ())
LIKELY = replace(CERTAIN, id="1.10", title="=1+1 - việc", source="dòng 3, 5", confidence="likely", repairs=("Đã nối.",))
DOUBTFUL = replace(
    CERTAIN,
    id="3",
    lead_text="Sở A",
    source="dòng 6",
    confidence="doubtful",
    repairs=("Một.", "Trước dòng này thiếu 2."),
)
PASSED = (("dòng 1", "STT | Nhiệm vụ | Chủ trì"), ("dòng 4", "=cmd|' /C calc'!A0"), ("dòng 9", "Nơi nhận: [chữ ký]"))
SMALL = Annex((CERTAIN, LIKELY, DOUBTFUL), PASSED)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The workbook of three rows, its head filled in."""
    path = tmp_path / "nho.xlsx"
    path.write_bytes(proposal_book(propose(SMALL, "a.txt")))
    edit(path, ("Kế hoạch", "B4", "nho"), ("Kế hoạch", "B5", "Nhỏ"), ("Kế hoạch", "B9", "Sở A"))
    return path


def edit(path: Path, *edits: Edit) -> None:
    book = openpyxl.load_workbook(path)
    for sheet, cell, value in edits:
        book[sheet][cell] = value
    book.save(path)


def unseen(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(found.sheet, found.cell) for found in findings if found.header == "Đã xem"]


def column(sheet: Worksheet, heading: str) -> list[object]:
    """The cells under a heading, down to the last that holds something."""
    at = next(cell.column for cell in sheet[3] if cell.value == heading)
    cells = [sheet.cell(row, at).value for row in range(4, sheet.max_row + 1)]
    while cells and cells[-1] is None:
        cells.pop()
    return cells


# --- the annex of plan 655/KH-UBND


def annex_file(kind: str, folder: Path) -> Path:
    if kind == "txt":
        return SEED
    path = folder / "phu-luc.docx"
    word_annex().save(str(path))
    return path


@pytest.mark.parametrize("kind", ["txt", "docx"])
def test_the_annex_becomes_the_plans_tasks_once_an_office_has_seen_it(
    kind: str, run: Callable[..., Outcome], office: Office, gia_lai: Plan, tmp_path: Path
) -> None:
    annex, book, seen = annex_file(kind, tmp_path), tmp_path / "de-xuat.xlsx", tmp_path / "da-xem.xlsx"
    imported = run("plan", "import", annex, book, "--agencies", GIA_LAI, "--json")
    told = json.loads(imported.out)
    assert (imported.code, imported.err) == (0, "")
    assert [told[name] for name in ("file", "tasks", "agencies", "doubtful_agencies")] == [annex.name, 41, 60, 4]
    doubtful = [row["id"] for row in told["rows"] if row["confidence"] != "certain"]
    broken = [row["id"] for row in told["rows"] if "ngắt trang" in " ".join(row["repairs"])]
    assert (doubtful, broken) == (REPAIRED[kind], SPLIT)
    assert told["doubtful"] == len(doubtful)

    checked = run("plan", "check", book, "--json")
    findings = [Finding(**found) for found in json.loads(checked.out)["findings"]]
    waiting = unseen(findings)
    errors = [(found.sheet, found.cell) for found in findings if found.severity == "error"]
    assert (checked.code, errors) == (1, [(sheet, cell) for sheet, cell, _ in HEAD] + waiting)
    assert [sheet for sheet, _ in waiting] == ["Cơ quan"] * 4 + ["Nhiệm vụ"] * len(doubtful)

    steps = [["text", *edited] for edited in HEAD] + [["text", sheet, cell, "x"] for sheet, cell in waiting]
    office([{"open": str(book), "save": str(seen), "steps": steps}])
    plan, left = read_plan_file(seen)
    assert plan is not None
    assert {found.severity for found in left} == {"warning"}
    assert {found.header for found in left} == {"Thành viên của nhóm"}  # whom a group means is still to be confirmed
    assert run("plan", "check", seen).code == 0

    assert [replace(task, source_note="") for task in plan.tasks] == [
        replace(task, source_note="") for task in gia_lai.tasks if task.id.isdigit()
    ]
    rows, _ = assign(read_annex(annex).rows, gia_lai)
    assert plan.tasks == tuple(map(proposed_task, rows))
    assert {task.id for task in plan.tasks if task.source_note} == set(doubtful)


def test_what_was_passed_over_is_listed_whole(run: Callable[..., Outcome], tmp_path: Path) -> None:
    book = tmp_path / "de-xuat.xlsx"
    told = json.loads(run("plan", "import", SEED, book, "--json").out)
    sheet = openpyxl.load_workbook(book)["Dòng bỏ qua"]
    listed = list(zip(column(sheet, "Dòng nguồn"), column(sheet, "Nội dung"), strict=True))
    assert listed == list(read_annex(SEED).passed_over)
    assert told["passed_over"] == [{"source_line": where, "text": text} for where, text in listed]
    tasks = openpyxl.load_workbook(book)["Nhiệm vụ"]
    sections = {task.section for task in read_plan_rows(book)}
    kept = {line for where in column(tasks, "Dòng nguồn") for line in str(where).removeprefix("dòng ").split(", ")}
    kept |= {str(where).removeprefix("dòng ") for where, _ in listed}
    for number, line in enumerate(SEED.read_text(encoding="utf-8").splitlines(), start=1):
        heading = " ".join(line.split()).partition(" ")[2]
        assert not line.strip() or str(number) in kept or any(heading in section for section in sections)


def read_plan_rows(book: Path) -> list[Task]:
    """The tasks of a proposal with every row confirmed."""
    confirmed = book.with_name("xem.xlsx")
    confirmed.write_bytes(book.read_bytes())
    edit(confirmed, *HEAD, *((sheet, cell, "x") for sheet, cell in unseen(read_plan_file(book)[1])))
    plan, _ = read_plan_file(confirmed)
    assert plan is not None
    return list(plan.tasks)


def test_an_officer_is_told_what_to_do(run: Callable[..., Outcome], tmp_path: Path) -> None:
    book = tmp_path / "moi.xlsx"
    assert run("plan", "import", SEED, book, "--agencies", GIA_LAI) == Outcome(
        0,
        f"Đã lập {book} từ phụ lục gia-lai-655-2023.txt:\n"
        "  41 nhiệm vụ, 9 dòng phải xem lại\n"
        "  60 cơ quan, 4 dòng phải xem lại\n"
        "  91 dòng không thuộc nhiệm vụ nào, ở trang «Dòng bỏ qua»\n"
        "Mở sổ, đối chiếu các dòng tô màu rồi chọn x ở cột «Đã xem», điền trang «Kế hoạch»; "
        f"sau đó chạy: kttt-xl plan check {book}\n",
        "",
    )


# --- the workbook


def test_the_same_annex_gives_the_same_bytes_and_opens_clean(gia_lai: Plan, tmp_path: Path) -> None:
    annex = read_annex(SEED)
    content = proposal_book(propose(annex, SEED.name, gia_lai))
    assert content == proposal_book(propose(annex, SEED.name, gia_lai))
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    result = OpenXmlValidator().validate(path)
    assert (result.is_valid, list(map(str, result.errors))) == (True, [])


def test_what_stands_beside_the_rows(small: Path) -> None:
    book = openpyxl.load_workbook(small)
    sheet = book["Nhiệm vụ"]
    assert {heading.heading: column(sheet, heading.heading) for heading in REVIEW} == {
        "Dòng nguồn": ["dòng 2", "dòng 3, 5", "dòng 6"],
        "Độ tin cậy": ["chắc chắn", "cần xem", "nghi ngờ"],
        "Đã sửa khi nhập": [None, "Đã nối.", "Một.\nTrước dòng này thiếu 2."],
        "Đã xem": [],
    }
    rules = [rule.formula[0] for area in sheet.conditional_formatting for rule in area.rules]
    assert rules == ['AND($T4="cần xem",$V4<>"x")', 'AND($T4="nghi ngờ",$V4<>"x")']
    assert [sheet.cell(3, at).value for at in (19, 20, 21, 22)] == [heading.heading for heading in REVIEW]
    dropdowns = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation if rule.formula1}
    assert (dropdowns["T4:T2001"], dropdowns["V4:V2001"]) == ("KTTT_DO_TIN_CAY", "KTTT_CO")
    assert [[cell.value for cell in row[:2]] for row in book["Dòng bỏ qua"].iter_rows(min_row=4)] == list(
        map(list, PASSED)
    )
    assert not [
        cell for name in book.sheetnames for row in book[name].iter_rows() for cell in row if cell.data_type == "f"
    ]


def waits(cell: str, name: str, source: str, why: str, found: str = "") -> Finding:
    return Finding(
        code="plan-error", severity="error", agency="", file="nho.xlsx", sheet="Nhiệm vụ", cell=cell, header="Đã xem",
        found=found, expected="x", message=f"«{name}» ({source}) là đề xuất chưa ai xem lại. {why}",
        fix="Đối chiếu với văn bản gốc, sửa nếu cần, rồi chọn x ở ô này.",
    )  # fmt: skip


TWO, THREE = waits("V5", "1.10", "dòng 3, 5", "Đã nối."), waits("V6", "3", "dòng 6", "Một. Trước dòng này thiếu 2.")


@pytest.mark.parametrize(
    ("edits", "left"),
    [
        ((), (TWO, THREE)),
        ((("V5", "x"),), (THREE,)),
        ((("V5", "X"), ("V6", " x ")), ()),
        ((("V5", "x"), ("T6", "chắc chắn")), ()),  # an officer may say so there as well
        ((("V5", "x"), ("T6", None)), ()),
        ((("V5", "x"), ("V6", "x"), ("C6", "Việc khác"), ("S6", None), ("U6", None)), ()),
        (tuple((f"{letter}{row}", None) for letter in "STUV" for row in range(3, 7)), ()),  # an officer's own by now
    ],
)
def test_what_is_not_certain_waits_for_a_tick(
    edits: tuple[tuple[str, object], ...], left: tuple[Finding, ...], small: Path
) -> None:
    edit(small, *(("Nhiệm vụ", cell, value) for cell, value in edits))
    plan, findings = read_plan_file(small)
    assert (findings, plan is None) == (left, bool(left))


def test_a_confirmed_row_is_the_row_that_was_proposed(small: Path) -> None:
    edit(small, ("Nhiệm vụ", "V5", "x"), ("Nhiệm vụ", "V6", "x"))
    plan, _ = read_plan_file(small)
    assert plan is not None
    assert plan.tasks == tuple(map(proposed_task, assign(SMALL.rows, None)[0]))
    assert [task.source_note for task in plan.tasks] == ["", "Đã nối.", "Một. Trước dòng này thiếu 2."]
    assert plan.tasks[1].title == "=1+1 - việc"


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        ((("V5", "rồi"),), [("V5", "Đã xem", "not-in-list"), ("V6", "Đã xem", "plan-error")]),
        ((("V5", "=1"), ("V6", "x")), [("V5", "Đã xem", "formula-in-input")]),
        ((("T5", "chắc"), ("V6", "x")), [("T5", "Độ tin cậy", "not-in-list")]),
        ((("V3", "Xem rồi"),), [("A3", "Đã xem", "plan-error")]),  # not confirmed by a heading that is gone
        ((("T3", None),), [("A3", "Độ tin cậy", "plan-error")]),
    ],
)
def test_no_other_word_confirms_a_row(
    edits: tuple[tuple[str, object], ...], told: list[tuple[str, str, str]], small: Path
) -> None:
    edit(small, *(("Nhiệm vụ", cell, value) for cell, value in edits))
    plan, findings = read_plan_file(small)
    errors = [(found.cell, found.header, found.code) for found in findings if found.severity == "error"]
    assert (plan, errors) == (None, told)


def test_what_is_left_to_do_is_told_and_kept_in_no_note() -> None:
    rows = (replace(CERTAIN, coordinating_text="Sở A, thương binh"), replace(LIKELY, coordinating_text="Sở A; Sở B"))
    proposal = propose(Annex(rows, ()), "a.txt")
    to_do = "Ô cơ quan phối hợp: «Sở A, thương binh» chưa tách được thành từng cơ quan: ghi lại mỗi cơ quan một ô."
    assert [row["repairs"] for row in proposal_document(proposal)["rows"]] == [[to_do], ["Đã nối."]]
    sheet = openpyxl.load_workbook(io.BytesIO(proposal_book(proposal)))["Nhiệm vụ"]
    assert column(sheet, "Đã sửa khi nhập") == [to_do, "Đã nối."]
    assert [proposed_task(item).source_note for item in proposal.tasks] == ["", "Đã nối."]
    assert proposal.to_see == (2, 1)


def test_a_long_list_of_repairs_is_told_in_part(tmp_path: Path) -> None:
    path = tmp_path / "nho.xlsx"
    row = replace(LIKELY, repairs=("Đã nối. " * 60,))
    path.write_bytes(proposal_book(propose(Annex((row,), ()), "a.txt")))
    message = next(found.message for found in read_plan_file(path)[1] if found.header == "Đã xem")
    assert message == f"«1.10» (dòng 3, 5) là đề xuất chưa ai xem lại. {('Đã nối. ' * 60)[:300]}…"
    assert "Dòng bỏ qua" not in openpyxl.load_workbook(path).sheetnames


NO_PLAN = (
    "Không có kế hoạch «la». Các kế hoạch có sẵn: gia-lai-655-2023, ha-noi-231-2021, ha-noi-ctr24-2013, "
    "hai-phong-135-2018, yen-bai-209-2023; hoặc chỉ đường dẫn tới thư mục kế hoạch có tệp plan.toml, hoặc tới sổ kế "
    "hoạch .xlsx."
)


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\t"), max_size=12).filter(
    lambda text: "VD" not in text  # so begins an example row; the loader says to write it otherwise
)
_NAMED = _TEXT.map(lambda text: f"Sở {text}")


@settings(deadline=None, max_examples=10)
@given(rows=st.lists(st.tuples(_NAMED, _NAMED, _TEXT, _TEXT), min_size=1, max_size=4))
def test_whatever_an_annex_says_is_what_a_confirmed_workbook_says(rows: list[tuple[str, str, str, str]]) -> None:
    lines = ["STT\tNhiệm vụ\tChủ trì\tPhối hợp\tThời hạn"]
    lines += ["\t".join((str(number), *row)) for number, row in enumerate(rows, start=1)]
    with tempfile.TemporaryDirectory() as folder:
        annex, book = Path(folder) / "a.txt", Path(folder) / "a.xlsx"
        annex.write_text("\n".join(lines), encoding="utf-8", newline="")
        proposal = propose(read_annex(annex), "a.txt")
        book.write_bytes(proposal_book(proposal))
        lead = proposal.tasks[0].lead[0]
        edit(book, *HEAD[:2], (*HEAD[2][:2], lead), *((*place, "x") for place in unseen(read_plan_file(book)[1])))
        plan, findings = read_plan_file(book)
    assert [found for found in findings if found.severity == "error"] == []
    assert plan is not None
    assert plan.tasks == tuple(map(proposed_task, proposal.tasks))
    assert {agency.name for agency in plan.agencies} == {item.agency.name for item in proposal.agencies}


# --- refusals: a sentence, an exit code, and nothing written


@pytest.mark.parametrize(
    ("annex", "out", "more", "code", "sentence"),
    [
        ("khong-co.txt", "a.xlsx", (), 2, "Không đọc được «khong-co.txt»: không có tệp này, hoặc không có quyền đọc."),
        ("trong.txt", "a.xlsx", (), 2, "«trong.txt» không có chữ nào: tệp rỗng, hoặc chỉ có ảnh quét."),
        ("hong.docx", "a.xlsx", (), 2, "«hong.docx» không phải là tài liệu Word (.docx), hoặc đã hỏng."),
        (
            *("so.xlsx", "a.xlsx", (), 2),
            "«so.xlsx» không phải là tệp .txt, .tsv hoặc .docx; hãy lưu phụ lục thành một trong các loại đó.",
        ),
        ("tot.txt", "tot.txt", (), 2, "«tot.txt» phải là tên tệp .xlsx."),
        ("tot.txt", "cu.xlsx", (), 2, "Đã có «{tmp}/cu.xlsx»; chọn tên khác, hoặc dời tệp cũ đi trước."),
        ("tot.txt", "x/a.xlsx", (), 1, "Không có thư mục «{tmp}/x» để ghi «a.xlsx»."),
        ("tot.txt", "a.xlsx", ("--agencies", "la"), 2, NO_PLAN),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    annex: str, out: str, more: tuple[str, ...], code: int, sentence: str, run: Callable[..., Outcome], tmp_path: Path
) -> None:
    contents = {
        "trong.txt": b"", "hong.docx": b"PK\x03\x04", "so.xlsx": b"x", "cu.xlsx": b"cu",
        "tot.txt": "Nhiệm vụ\tChủ trì\nViệc\tSở A".encode(),
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    outcome = run("plan", "import", tmp_path / annex, tmp_path / out, *more, "--json")
    assert outcome == Outcome(code, "", f"Lỗi: {sentence.format(tmp=tmp_path)}\n")
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name != "campaign"}
    assert left == contents


def test_a_new_plan_is_not_written_over_an_old_one(run: Callable[..., Outcome], tmp_path: Path) -> None:
    book = tmp_path / "ke-hoach.xlsx"
    book.write_bytes(b"cu")
    refused = Outcome(2, "", f"Lỗi: Đã có «{book}»; chọn tên khác, hoặc dời tệp cũ đi trước.\n")
    assert (run("plan", "new", book), book.read_bytes()) == (refused, b"cu")


def test_a_plan_workbook_may_be_the_register(run: Callable[..., Outcome], tmp_path: Path) -> None:
    annex, register, book = tmp_path / "a.txt", tmp_path / "cu.xlsx", tmp_path / "moi.xlsx"
    annex.write_text("STT\tNhiệm vụ\tChủ trì\n1\tViệc\tLiên minh HTX tỉnh, sở nội vụ", encoding="utf-8")
    assert run("plan", "export", GIA_LAI, register).code == 0
    told = json.loads(run("plan", "import", annex, book, "--agencies", register, "--json").out)
    assert [row["name"] for row in told["agency_rows"]] == ["Liên minh Hợp tác xã tỉnh", "Sở Nội vụ"]
    assert (told["doubtful"], told["doubtful_agencies"]) == (0, 0)


def test_nothing_of_the_plans_head_is_guessed() -> None:
    assert (HEADLESS.id, HEADLESS.title, HEADLESS.number, HEADLESS.coordinator, HEADLESS.start) == (
        "",
        "",
        "",
        "",
        None,
    )
