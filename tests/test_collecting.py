"""From a folder to the workbook through the ledger: once read, nothing lost, the same whatever happened on the way."""

import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from conftest import Outcome

from kttt_xl import collecting, kept_readings, keys, ledger_history, receiving, report, writer
from kttt_xl.builder import build_copy
from kttt_xl.campaign import plan_issues
from kttt_xl.collecting import Collected, Round, collect
from kttt_xl.errors import KtttError, LedgerError, LockedError, MisuseError, OutputError
from kttt_xl.filling import Content, fill
from kttt_xl.history import read_books, read_history
from kttt_xl.layout import COVER, stats_copy
from kttt_xl.ledger import LEDGER_FILE, Event, open_ledger
from kttt_xl.lock import hold
from kttt_xl.model import LEAD, Agency, Form, Indicator, Member, Plan, Settings, Task
from kttt_xl.period import parse_deadline, parse_period
from kttt_xl.progress import recurs
from kttt_xl.reader import CopyReading
from kttt_xl.selfcheck import letters, line_rows
from kttt_xl.workers import read_and_check

KEY = bytes(range(32))
YEAR, LAST = parse_period("2024"), parse_period("2023")
AS_OF = date(2024, 12, 20)
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
DONE, DOING = "Hoàn thành", "Đang thực hiện"
WARDS = ("Xã A", "Xã B", "Xã C")


def task(key: str, lead: str) -> Task:
    deadline = parse_deadline("trước ngày 30/6/2025")
    return Task(key, "I", f"Việc {key}", (lead,), lead, (), "", "", "", "trước ngày 30/6/2025", deadline)


PLAN = Plan(
    id="thu",
    title="Kế hoạch thử",
    number="1/KH",
    issued_on=None,
    issuer="UBND",
    coordinator="Sở",
    start=date(2023, 1, 1),
    end=date(2025, 12, 31),
    settings=Settings(stats=Form(recipients=("Các xã",))),
    agencies=(
        Agency("Sở"),
        *(Agency(name) for name in WARDS),
        Agency("Các xã", group=True, members=tuple(Member(name, "named") for name in WARDS)),
    ),
    tasks=(task("1", "Sở"), task("2", "Xã A")),
    indicators=(Indicator("N", "Số HTX", "HTX", "stock", "sum"), Indicator("M", "Số HTX khá", "HTX", "stock", "sum")),
    targets=(),
)


@dataclass
class Desk:
    """A folder of returned copies, a campaign folder, and the workbook they are put together into."""

    root: Path
    now: datetime = NOW

    @property
    def back(self) -> Path:
        return self.root / "nhan-ve"

    @property
    def campaign(self) -> Path:
        return self.root / "dot"

    @property
    def out(self) -> Path:
        return self.root / "tong-hop.xlsx"

    def put(self, name: str, content: bytes) -> Path:
        path = self.back / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def collect(self, **changes: object) -> Collected:
        """Run once, an hour later each time."""
        self.now += timedelta(hours=1)
        asked = Round(self.back, self.out, PLAN, YEAR, AS_OF, self.campaign)
        return collect(replace(asked, **changes), self.now)  # type: ignore[arg-type]  # fields of the round, by name

    def verdicts(self, **changes: object) -> dict[str, str]:
        return {copy.file: copy.verdict for copy in self.collect(**changes).result.copies}

    def events(self) -> list[Event]:
        with open_ledger(self.campaign) as ledger:
            return list(ledger._events())

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events()]

    def execute(self, statement: str) -> int:
        connection = sqlite3.connect(self.campaign / LEDGER_FILE)
        with connection:
            changed = connection.execute(statement).rowcount
        connection.close()
        return changed

    def store(self) -> set[str]:
        return {path.stem for path in (self.campaign / "ban-goc").rglob("*.xlsx")}


def figures(ward: str, *values: object, period: str = "2024", reason: str = "") -> bytes:
    """The statistics copy of a ward as it comes back."""
    copy = stats_copy(PLAN, parse_period(period), ward)
    places = [f"{letters(copy)[period]}{line_rows(copy)[key]}" for key in ("N", "M")]
    content = fill(build_copy(copy, KEY), copy.sheet, dict(zip(places, values, strict=False)))  # type: ignore[arg-type]
    return fill(content, COVER, {"C21": reason}) if reason else content


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read, in this process, from their originals."""
    told: list[str] = []

    def read_many(files: list[tuple[str, Path]], campaign: Path | None) -> Iterator[CopyReading]:
        for name, path in files:
            assert path.parent.parent.name == "ban-goc"
            told.append(name)
            yield read_and_check(path, name, keys.campaigns(campaign).key)

    monkeypatch.setattr(receiving, "read_many", read_many)
    return told


@pytest.fixture
def desk(tmp_path: Path, reads: list[str]) -> Desk:
    desk = Desk(tmp_path)
    desk.campaign.mkdir()
    (desk.campaign / "khoa.key").write_text(KEY.hex(), encoding="ascii")
    desk.put("a.xlsx", figures("Xã A", 5, 3))
    desk.put("b.xlsx", figures("Xã B", 7, "1.234"))
    desk.put("c.txt", b"ghi ch\xc3\xba")
    return desk


# --- once read


def test_a_second_run_reads_nothing_records_nothing_and_writes_the_same(desk: Desk, reads: list[str]) -> None:
    first = desk.collect()
    assert {copy.file: copy.verdict for copy in first.result.copies} == {
        "a.xlsx": "accepted", "b.xlsx": "accepted", "c.txt": "refused",
    }  # fmt: skip
    assert reads == ["a.xlsx", "b.xlsx", "c.txt"]
    book, ledger = desk.out.read_bytes(), (desk.campaign / LEDGER_FILE).read_bytes()
    (received, consolidated) = desk.events()
    assert (received.kind, received.at) == ("received", "2026-11-23T09:30:00+00:00")
    assert [(file["name"], file["size"]) for file in received.body["files"]] == [
        (path.name, path.stat().st_size) for path in sorted(desk.back.iterdir())
    ]
    assert (consolidated.kind, consolidated.plan, consolidated.period) == ("consolidated", "thu", "2024")
    assert [(name, verdict) for name, _, verdict in consolidated.body["files"]] == [
        ("a.xlsx", "accepted"), ("b.xlsx", "accepted"), ("c.txt", "refused"),
    ]  # fmt: skip

    reads.clear()
    again = desk.collect()
    assert (again, reads) == (first, [])
    assert (desk.out.read_bytes(), (desk.campaign / LEDGER_FILE).read_bytes()) == (book, ledger)
    assert not list(desk.root.glob("*.truoc-*"))


def test_only_what_is_new_is_read(desk: Desk, reads: list[str]) -> None:
    desk.collect()
    reads.clear()
    desk.put("b.xlsx", figures("Xã B", 8))
    desk.put("moi/d.xlsx", figures("Xã C", 1))
    (desk.back / "a.xlsx").rename(desk.back / "a (gửi lại).xlsx")
    desk.put("a2.xlsx", (desk.back / "a (gửi lại).xlsx").read_bytes())
    assert desk.verdicts() == {
        "a (gửi lại).xlsx": "accepted", "a2.xlsx": "duplicate", "b.xlsx": "accepted", "c.txt": "refused",
        "moi/d.xlsx": "accepted",
    }  # fmt: skip
    assert reads == ["b.xlsx", "moi/d.xlsx"]
    assert [file["name"] for file in desk.events()[2].body["files"]] == ["b.xlsx", "moi/d.xlsx"]
    assert [(figure.agency, figure.file) for figure in desk.collect().result.figures if figure.code == "N"] == [
        ("Xã A", "a (gửi lại).xlsx"), ("Xã B", "b.xlsx"), ("Xã C", "moi/d.xlsx"),
    ]  # fmt: skip
    assert len(desk.store()) == 5
    assert desk.kinds() == ["received", "consolidated"] * 2


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ("UPDATE entries SET value = '50' WHERE value = '5'", ["a.xlsx"]),
        ("DELETE FROM findings", ["b.xlsx", "c.txt"]),
        ("UPDATE files SET tag = 'another version'", ["a.xlsx", "b.xlsx", "c.txt"]),
        ("DELETE FROM submissions", ["a.xlsx", "b.xlsx"]),
    ],
)
def test_a_reading_that_was_changed_is_read_anew(desk: Desk, reads: list[str], change: str, read: list[str]) -> None:
    desk.collect()
    book = desk.out.read_bytes()
    reads.clear()
    assert desk.execute(change) > 0
    desk.collect()
    assert (reads, desk.out.read_bytes(), desk.kinds()) == (read, book, ["received", "consolidated"])


def test_a_key_that_came_later_reads_anew(desk: Desk, reads: list[str]) -> None:
    key = (desk.campaign / "khoa.key").read_text(encoding="ascii")
    (desk.campaign / "khoa.key").unlink()
    unverified = [found.code for found in desk.collect().result.findings]
    (desk.campaign / "khoa.key").write_text(key, encoding="ascii")
    verified = [found.code for found in desk.collect().result.findings]
    assert unverified.count("unverified-manifest") == 2
    assert "unverified-manifest" not in verified
    assert reads == ["a.xlsx", "b.xlsx", "c.txt"] * 2


def test_order_times_and_moment_make_no_difference(desk: Desk, tmp_path: Path) -> None:
    desk.put("a2.xlsx", figures("Xã A", 6))
    desk.collect()
    other = Desk(tmp_path / "khac", datetime(2031, 5, 6, 1, tzinfo=UTC))
    other.campaign.mkdir(parents=True)
    shutil.copy(desk.campaign / "khoa.key", other.campaign)
    for number, path in enumerate(sorted(desk.back.iterdir(), reverse=True)):
        os.utime(other.put(path.name, path.read_bytes()), (number * 10**6, number * 10**6))
    assert other.verdicts()["a.xlsx"] == "conflicting"
    assert other.out.read_bytes() == desk.out.read_bytes()


# --- every file has its verdict, what was read is kept


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.symlink_to(path.with_name("a.xlsx"))


def _nothing(path: Path) -> None:
    path.write_bytes(b"")


def _too_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(21 << 20)


def _garbage(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 n\xe1\xbb\xada")


def _container(path: Path) -> None:
    path.with_suffix(".zip").write_bytes(b"PK")


def _lock(path: Path) -> None:
    path.with_name("~$a.xlsx").write_bytes(b"x")


@pytest.mark.parametrize(
    ("make", "verdict", "codes", "kept"),
    [
        (_pipe, "refused", ["unsafe-file"], 0),
        (_link, "refused", ["unsafe-file"], 0),
        (_too_large, "refused", ["too-large"], 0),
        (_nothing, "refused", ["not-a-workbook"], 1),
        (_garbage, "refused", ["damaged-file"], 1),
        (_container, "skipped", ["unsupported-container"], 0),
        (_lock, "skipped", [], 0),
    ],
)
def test_odd_files(desk: Desk, make: Callable[[Path], None], verdict: str, codes: list[str], kept: int) -> None:
    before = set(desk.back.iterdir())
    make(desk.back / "la.xlsx")
    (odd,) = set(desk.back.iterdir()) - before
    copies = desk.collect().result.copies
    assert [(copy.verdict, [found.code for found in copy.findings]) for copy in copies if copy.file == odd.name] == [
        (verdict, codes)
    ]
    assert len(copies) == 4
    assert len(desk.store()) == len(desk.events()[0].body["files"]) == 3 + kept
    assert desk.collect().result.copies == copies


def test_our_own_workbooks_are_passed_over(desk: Desk) -> None:
    """The one being written, also before it is there, those kept beside it, and another period's."""
    desk.collect()
    shutil.copy(desk.out, desk.back / "cu.xlsx")
    found, books = [], []
    for value in (1, 2, 3, 3):
        desk.put("a.xlsx", figures("Xã A", value))
        found.append(desk.verdicts(out=desk.back / "tong-hop.xlsx"))
        books.append((desk.back / "tong-hop.xlsx").read_bytes())
    assert found == [
        {
            "a.xlsx": "accepted",
            "b.xlsx": "accepted",
            "c.txt": "refused",
            "cu.xlsx": "skipped",
            "tong-hop.xlsx": "skipped",
        }
    ] * len(found)
    assert books[-1] == books[-2]
    assert len(set(books)) == 3
    assert [path.name for path in sorted(desk.back.glob("*truoc*"))] == [
        "tong-hop.truoc-1.xlsx",
        "tong-hop.truoc-2.xlsx",
    ]
    assert desk.kinds() == ["received", "consolidated"] * 4


def test_a_campaign_folder_inside_the_folder(desk: Desk) -> None:
    """Its originals are no copies; the ledger and the key are skipped like any such file."""
    campaign = desk.back / "dot"
    desk.campaign.rename(campaign)
    first = desk.verdicts(campaign=campaign)
    book = desk.out.read_bytes()
    (campaign / f"{LEDGER_FILE}-journal").write_bytes(b"")
    assert desk.verdicts(campaign=campaign) == first
    assert first == {
        "a.xlsx": "accepted", "b.xlsx": "accepted", "c.txt": "refused", "dot/.dang-chay.lock": "skipped",
        "dot/khoa.key": "skipped", "dot/so-nhan.sqlite": "skipped",
    }  # fmt: skip
    assert desk.out.read_bytes() == book


def test_what_is_read_is_what_was_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody saves a file anew while it is taken in: what was opened counts."""
    real = receiving.receive

    def receive(*arguments: object) -> receiving.Received:
        received = real(*arguments)  # type: ignore[arg-type]
        desk.put("a.xlsx", figures("Xã A", 99))
        return received

    monkeypatch.setattr(collecting, "receive", receive)
    assert [figure.value for figure in desk.collect().result.figures if figure.agency == "Xã A"] == [5, 3]
    monkeypatch.undo()
    assert [figure.value for figure in desk.collect().result.figures if figure.agency == "Xã A"] == [99]


def test_a_file_without_a_verdict_stops_the_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = collecting.intake.judge
    monkeypatch.setattr(collecting.intake, "judge", lambda *given, **named: real(*given, **named)[1:])
    with pytest.raises(AssertionError, match="files not conserved"):
        desk.collect()
    monkeypatch.undo()
    monkeypatch.setattr(collecting.Originals, "holds", lambda _self, _sha256: False)
    with pytest.raises(AssertionError, match="originals not conserved"):
        desk.collect()
    assert not desk.out.exists()


# --- the order of receipt, decisions, what is gone


@pytest.mark.parametrize(
    ("rounds", "verdicts"),
    [
        ([["a"], ["reason"]], {"a": "superseded", "reason": "accepted"}),
        ([["a", "reason"]], {"a": "superseded", "reason": "accepted"}),
        ([["reason"], ["a"]], {"a": "conflicting", "reason": "conflicting"}),
        ([["reason", "again"]], {"reason": "conflicting", "again": "conflicting"}),
        ([["reason"], ["again"]], {"reason": "superseded", "again": "accepted"}),
    ],
)
def test_a_reason_counts_by_the_order_of_receipt(desk: Desk, rounds: list[list[str]], verdicts: dict[str, str]) -> None:
    shutil.rmtree(desk.back)
    copies = {"a": figures("Xã A", 5), "reason": figures("Xã A", 6, reason="Sửa số liệu"),
              "again": figures("Xã A", 7, reason="Sửa lần nữa")}  # fmt: skip
    for names in rounds:
        for name in names:
            desk.put(name, copies[name])
        found = desk.verdicts()
    assert found == desk.verdicts() == verdicts


def decide(desk: Desk) -> None:
    """Type a decision into the workbook."""
    sheet = openpyxl.load_workbook(desk.out)["Nguồn"]
    rows = {str(row[0].value): row for row in sheet.iter_rows()}
    choice = next(cell.column_letter for cell in rows["Tệp"] if cell.value == "Quyết định")
    typed: dict[str, Content] = {f"{choice}{rows['a2.xlsx'][0].row}": "dùng"}
    desk.out.write_bytes(fill(desk.out.read_bytes(), "Nguồn", typed))


def test_a_decision_typed_into_the_workbook_counts(desk: Desk) -> None:
    desk.put("a2.xlsx", figures("Xã A", 6))
    assert desk.verdicts()["a2.xlsx"] == "conflicting"
    decide(desk)
    found = desk.verdicts()
    assert (found["a.xlsx"], found["a2.xlsx"]) == ("superseded", "accepted")
    assert desk.kinds() == ["received", "consolidated", "decided", "consolidated"]
    book = desk.out.read_bytes()
    desk.collect()
    assert (desk.out.read_bytes(), len(desk.events())) == (book, 4)


def test_a_decision_typed_into_another_workbook_counts_when_it_is_named(desk: Desk) -> None:
    desk.put("a2.xlsx", figures("Xã A", 6))
    desk.collect()
    decide(desk)
    book, other = desk.out.read_bytes(), desk.root / "khac.xlsx"
    assert desk.verdicts(out=other)["a2.xlsx"] == "conflicting"
    assert desk.verdicts(out=other, decided=(desk.out,))["a2.xlsx"] == "accepted"
    assert desk.out.read_bytes() == book
    with pytest.raises(MisuseError, match=r"^Không có sổ tổng hợp «.*mất\.xlsx»\.$"):
        desk.collect(decided=(desk.root / "mất.xlsx",))


def test_a_file_that_is_no_workbook_makes_room_and_is_kept(desk: Desk) -> None:
    desk.out.write_bytes(b"what stood there")
    desk.collect()
    assert desk.out.read_bytes().startswith(b"PK")
    assert desk.out.with_name("tong-hop.truoc-1.xlsx").read_bytes() == b"what stood there"


def test_a_workbook_saved_meanwhile_is_not_written_over(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.collect()
    book = desk.out.read_bytes()
    saved = fill(book, "Nguồn", {"Z99": "ghi chú"})
    real = report.write_report

    def write_report(*given: object) -> bytes:
        desk.out.write_bytes(saved)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(report, "write_report", write_report)
    desk.put("a.xlsx", figures("Xã A", 9))
    with pytest.raises(OutputError) as refused:
        desk.collect()
    assert str(refused.value) == (
        f"«{desk.out}» vừa được lưu lại trong lúc tổng hợp, nên không bị ghi đè: chạy lại lệnh này."
    )
    assert desk.out.read_bytes() == saved


def test_an_accepted_file_that_is_no_longer_there_is_said(desk: Desk) -> None:
    assert desk.collect().remarks == ()
    content = (desk.back / "a.xlsx").read_bytes()
    (desk.back / "a.xlsx").unlink()
    (desk.back / "c.txt").unlink()
    told = ("1 tệp đã nhận ở lần tổng hợp trước không còn trong thư mục, không tính: a.xlsx.",)
    for _ in range(2):
        collected = desk.collect()
        assert (collected.remarks, collected.result.gone) == (told, ("a.xlsx",))
        assert collected.result.received == ("Xã B",)
    assert desk.kinds() == ["received", "consolidated", "consolidated"]
    desk.put("tên khác.xlsx", content)
    assert desk.collect().remarks == ()


# --- earlier periods


def put_last_year(desk: Desk) -> Path:
    """Copies of 2023, task 1 of Sở done, and their workbook; returns its path."""
    shutil.rmtree(desk.back)
    for issue in plan_issues(PLAN, LAST):
        copy, (at, rows) = issue.copy, (letters(issue.copy), line_rows(issue.copy))
        typed: dict[str, Content] = {}
        if issue.copy.kind == "stats" and copy.agency != "Xã C":
            typed = {f"{at['2023']}{rows['N']}": 4, f"{at['2023']}{rows['M']}": "2"}
        elif copy.agency == "Sở":
            typed = {f"{at['state']}{rows['1']}": DONE, f"{at['done_on']}{rows['1']}": date(2023, 11, 2)}
        desk.put(f"2023/{issue.file}", fill(build_copy(copy, KEY), copy.sheet, typed))
    book = desk.root / "2023.xlsx"
    assert set(desk.verdicts(period=LAST, out=book, as_of=date(2023, 12, 20)).values()) == {"accepted"}
    shutil.rmtree(desk.back)
    desk.put("a.xlsx", figures("Xã A", 5, 3))
    return book


def test_the_ledger_tells_what_the_workbook_would(desk: Desk) -> None:
    book = put_last_year(desk)
    with open_ledger(desk.campaign) as ledger:
        history, remarks = ledger_history.past(ledger, (), "thu", YEAR)
        assert (history, remarks) == (read_history([book], "thu"), ())
        assert [(item.agency, item.code, item.value) for item in history.figures] == [
            ("Xã A", "N", 4), ("Xã B", "N", 4), ("Xã A", "M", 2), ("Xã B", "M", 2),
        ]  # fmt: skip
        assert history.completed() == {("1", "Sở")}
        for earlier in (LAST, parse_period("2022")):
            assert ledger_history.past(ledger, (), "thu", earlier)[0].figures == ()
        assert ledger_history.past(ledger, (), "khác", YEAR)[0].figures == ()
    assert ledger_history.past_of(desk.campaign, (), "thu", YEAR) == (history, ())
    assert ledger_history.past_of(desk.root, (), "thu", YEAR)[0].figures == ()
    totals = {(total.indicator.code, total.period.code): total.value for total in desk.collect().result.totals}
    assert totals == {("N", "2023"): 8, ("M", "2023"): 4, ("N", "2024"): 5, ("M", "2024"): 3}


def test_a_workbook_that_is_named_wins_over_the_ledger(desk: Desk) -> None:
    book = put_last_year(desk)
    book.write_bytes(fill(book.read_bytes(), "Số liệu", {cell_of(book, "Số liệu", "Giá trị", 1): 40}))
    collected = desk.collect(books=read_books([book], "thu"))
    assert collected.remarks == ("Năm 2023: dùng bản tổng hợp chỉ ở --history, không dùng số liệu trong sổ nhận.",)
    totals = {(total.indicator.code, total.period.code): total.value for total in collected.result.totals}
    assert (totals["N", "2023"], totals["M", "2023"]) == (44, 4)


def cell_of(book: Path, sheet: str, heading: str, below: int) -> str:
    """The address so many rows below a heading."""
    cells = (cell for row in openpyxl.load_workbook(book)[sheet].iter_rows() for cell in row)
    found = next(cell for cell in cells if cell.value == heading)
    return f"{found.column_letter}{found.row + below}"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE figures SET value = '5' WHERE value = '4'",
        "UPDATE figures SET cell = 'A1'",
        "UPDATE states SET state = 'Tạm dừng' WHERE task = '1'",
        "UPDATE states SET done_on = x'ff'",
        "DELETE FROM figures WHERE at = 3",
        "DELETE FROM states",
        "INSERT INTO states SELECT plan, period, 9, task, agency, state, done_on FROM states WHERE at = 0",
    ],
)  # fmt: skip
def test_figures_changed_in_the_ledger_are_no_history(desk: Desk, change: str) -> None:
    book = put_last_year(desk)
    assert desk.execute(change) > 0
    with pytest.raises(LedgerError) as refused:
        desk.collect()
    assert str(refused.value) == (
        f"Số liệu Năm 2023 của kế hoạch thu trong sổ nhận «{desk.campaign / LEDGER_FILE}» đã bị sửa hoặc mất: tổng hợp "
        f"lại kỳ đó, hoặc chỉ bản tổng hợp của kỳ đó bằng --history."
    )
    assert not desk.out.exists()
    assert desk.collect(books=read_books([book], "thu")).result.totals[0].value == 8


def test_a_period_put_together_again_is_known_again(desk: Desk) -> None:
    put_last_year(desk)
    events = len(desk.events())
    book = desk.root / "2023.xlsx"
    for issue in plan_issues(PLAN, LAST, ("stats",))[:2]:
        place = f"{letters(issue.copy)['2023']}{line_rows(issue.copy)['N']}"
        desk.put(f"2023/{issue.file}", fill(build_copy(issue.copy, KEY), issue.copy.sheet, {place: 6}))
    last = {"period": LAST, "out": book, "as_of": date(2023, 12, 20)}
    desk.collect(**last)
    assert desk.collect().result.totals[0].value == 12
    assert desk.kinds()[events:] == ["received", "consolidated", "consolidated"]
    desk.execute("UPDATE figures SET value = '7' WHERE period = '2023'")
    desk.collect(**last)  # nothing new but that the figures are put right
    assert desk.collect().result.totals[0].value == 12
    assert desk.kinds()[events + 3 :] == ["consolidated"]


def test_build_and_consolidate_know_the_last_period(
    run: Callable[..., Outcome], gia_lai: Plan, campaign: Path, tmp_path: Path
) -> None:
    """By the commands alone, without --history: what was last said is shown, what is done is asked no more."""
    agency, plan = "Sở Nội vụ", gia_lai.id
    out, back, book = tmp_path / "2023", tmp_path / "nhan", tmp_path / "2023.xlsx"
    (copy,) = run("build", plan, "--period", "2023", "-o", out, "--agency", agency, "--json").json["copies"]
    (issue,) = plan_issues(gia_lai, LAST, ("tasks",), (agency,))
    at, rows = letters(issue.copy), line_rows(issue.copy)
    once = {task.id for task in gia_lai.tasks if not recurs(task.deadline.recurrence)}
    done = next(line.key for line in issue.copy.keyed if line.texts["role"] == LEAD and line.key in once)
    typed: dict[str, Content] = {f"{at['state']}{row}": DOING for row in rows.values()}
    typed |= {f"{at['state']}{rows[done]}": DONE, f"{at['done_on']}{rows[done]}": date(2023, 12, 1)}
    back.mkdir()
    (back / "so.xlsx").write_bytes(fill((out / copy["file"]).read_bytes(), issue.copy.sheet, typed))
    consolidated = run("consolidate", back, "--plan", plan, "--period", "2023", "-o", book, "--as-of", "2023-12-20")
    assert (consolidated.code, consolidated.err) == (0, "")

    later = tmp_path / "2024"
    built = run("build", plan, "--period", "2024", "-o", later, "--agency", agency)
    assert (built.code, built.err) == (0, "")
    (issued,) = later.iterdir()
    sheet = openpyxl.load_workbook(issued)["Nhiệm vụ"]
    heading = next(row for row in sheet.iter_rows() if "Kỳ trước" in [cell.value for cell in row])
    shown = [cell.value for cell in heading].index("Kỳ trước")
    said = {str(row[0].value): row[shown].value for row in sheet.iter_rows(min_row=heading[0].row + 1) if row[0].value}
    assert {key: said[key] for key in rows if key in said} == {key: DOING for key in rows if key != done}

    again = run("build", plan, "--period", "2024", "-o", tmp_path / "h", "--agency", agency, "--history", book)
    assert again.err == "Năm 2023: dùng bản tổng hợp chỉ ở --history, không dùng số liệu trong sổ nhận.\n"
    assert (tmp_path / "h" / issued.name).read_bytes() == issued.read_bytes()
    (campaign / LEDGER_FILE).write_bytes(b"")
    refused = run("build", plan, "--period", "2024", "-o", tmp_path / "x", "--agency", agency)
    assert (refused.code, refused.out, (tmp_path / "x").exists()) == (1, "", False)
    assert refused.err.startswith(f"Lỗi: Sổ nhận «{campaign / LEDGER_FILE}» bị hỏng: không đọc được như một sổ nhận. ")


# --- obstacles: a sentence, and nothing changed


def test_obstacles(desk: Desk) -> None:
    desk.collect()
    book, ledger = desk.out.read_bytes(), (desk.campaign / LEDGER_FILE).read_bytes()
    desk.put("a.xlsx", figures("Xã A", 9))
    file = desk.put("../tep", b"")
    cases: list[tuple[dict[str, object], type[KtttError], str]] = [
        ({"folder": desk.root / "x"}, MisuseError, f"Không có thư mục «{desk.root / 'x'}»."),
        ({"out": desk.root / "x/y.xlsx"}, OutputError, f"Không có thư mục «{desk.root / 'x'}» để ghi «y.xlsx»."),
        ({"out": desk.back}, OutputError, f"«{desk.back}» là thư mục; cần tên một tệp .xlsx."),
        (
            {"campaign": file / "dot"},
            OutputError,
            f"Không tạo được thư mục «{file / 'dot'}»: đường dẫn đi qua một tệp, không phải thư mục.",
        ),
    ]
    for changes, error, sentence in cases:
        with pytest.raises(error) as refused:
            desk.collect(**changes)
        assert str(refused.value) == sentence
    with hold(desk.campaign, NOW), pytest.raises(LockedError):
        desk.collect()
    assert (desk.out.read_bytes(), (desk.campaign / LEDGER_FILE).read_bytes()) == (book, ledger)
    assert sorted(path.name for path in desk.root.iterdir()) == ["dot", "nhan-ve", "tep", "tong-hop.xlsx"]
    (desk.campaign / LEDGER_FILE).write_bytes(ledger[:5000])
    with pytest.raises(LedgerError):
        desk.collect()
    assert (desk.out.read_bytes(), (desk.campaign / LEDGER_FILE).read_bytes()) == (book, ledger[:5000])


def test_who_stops_a_run_keeps_what_it_read(desk: Desk, reads: list[str]) -> None:
    told: list[tuple[str, int]] = []

    def stop(name: str, of: int) -> None:
        told.append((name, of))
        if name == "b.xlsx":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(Round(desk.back, desk.out, PLAN, YEAR, AS_OF, desk.campaign), NOW, stop)
    assert (told, reads, desk.out.exists()) == ([("a.xlsx", 3), ("b.xlsx", 3)], ["a.xlsx", "b.xlsx"], False)
    desk.collect()
    assert reads == ["a.xlsx", "b.xlsx", "c.txt"]


# --- crashes


def second_year(desk: Desk) -> None:
    """What happens between two runs: a file comes, one is sent again, an officer decides in the workbook."""
    desk.put("a2.xlsx", figures("Xã A", 6))
    desk.put("b.xlsx", figures("Xã B", 8))
    desk.out.write_bytes(fill(desk.out.read_bytes(), "Nguồn", {cell_of(desk.out, "Nguồn", "Quyết định", 2): "loại"}))


def outcome(desk: Desk) -> tuple[bytes, list[tuple[str, object]], set[str]]:
    return desk.out.read_bytes(), [(event.kind, event.body) for event in desk.events()], desk.store()


@pytest.mark.parametrize(
    ("module", "step", "after"),
    [
        (collecting, "take_back", True),
        (receiving.gate, "read_file", False),
        (collecting, "receive", True),
        (kept_readings, "keep", False),
        (collecting, "read_received", True),
        (writer, "write_file", False),
        (writer, "write_file", True),
        (ledger_history, "record_run", True),
    ],
)
def test_a_run_that_died_at_any_step_changes_nothing_of_the_next(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, step: str, after: bool
) -> None:
    desk.collect()
    second_year(desk)
    other = Desk(tmp_path / "khac", desk.now)
    for folder in (desk.back, desk.campaign):
        shutil.copytree(folder, other.root / folder.name)
    shutil.copy(desk.out, other.out)
    old = desk.out.read_bytes()
    other.collect()

    real = getattr(module, step)

    def die(*given: object, **named: object) -> object:
        if after:
            real(*given, **named)
        raise MemoryError

    monkeypatch.setattr(module, step, die)
    with pytest.raises(MemoryError):
        desk.collect()
    assert desk.out.read_bytes() in (old, other.out.read_bytes())
    monkeypatch.setattr(module, step, real)
    desk.collect()
    assert outcome(desk) == outcome(other)


def start(desk: Desk) -> int:
    """Run in a process of its own; return its number."""
    pid = os.fork()
    if pid == 0:
        try:
            desk.collect()
        except BaseException:  # noqa: BLE001  # this copy of the test runner must end here
            os._exit(1)
        os._exit(0)
    return pid


def test_a_killed_run_changes_nothing_of_the_next(desk: Desk, tmp_path: Path) -> None:
    """Killed at random moments, whatever it was at; the last run is left alone."""
    other = Desk(tmp_path / "khac")
    shutil.copytree(desk.back, other.back)
    shutil.copytree(desk.campaign, other.campaign)
    began = time.monotonic()
    assert os.waitpid(start(other), 0)[1] == 0
    seconds = time.monotonic() - began
    chance = random.Random(3)  # noqa: S311  # when
    for _ in range(8):
        pid = start(desk)
        time.sleep(chance.uniform(0, seconds))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert not desk.out.exists() or desk.out.read_bytes() == other.out.read_bytes()
        if (desk.campaign / LEDGER_FILE).exists():
            assert desk.kinds() in ([], ["received"], ["received", "consolidated"])
    desk.collect()
    assert outcome(desk) == outcome(other)
    left = {path.name for path in desk.root.rglob("*") if path.is_file() and path.suffix != ".xlsx"}
    assert left == {"c.txt", "khoa.key", LEDGER_FILE}
