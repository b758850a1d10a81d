"""The task pane in a real browser: copies go up, findings are shown, and nothing in a file is taken for HTML."""

import base64
import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from conftest import KEY
from headless_browser import Page, browser_page
from running_server import command, running

PLAN = "gia-lai-655-2023"
HOSTILE = '<img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign, two copies as they came back, a damaged one, and one that is no workbook and has a hostile name."""
    place = tmp_path_factory.mktemp("pane")
    (place / "campaign").mkdir()
    (place / "campaign" / "khoa.key").write_text(KEY.hex() + "\n", encoding="ascii")
    agencies = ("--agency", "Liên minh Hợp tác xã tỉnh", "--agency", "Sở Kế hoạch và Đầu tư")
    made = ("build", PLAN, "--period", "2024", "-o", str(place / "copies"), *agencies)
    subprocess.run(command(*made, "--campaign", str(place / "campaign")), check=True, capture_output=True)
    copies = sorted((place / "copies").iterdir())
    for path, percent in zip(copies, (HOSTILE, "khoảng 90"), strict=True):
        book = openpyxl.load_workbook(path)
        sheet = book["Nhiệm vụ"]
        sheet["L9"], sheet["M9"] = "Hoàn thành", percent
        book.save(path)
    (place / "cắt dở.xlsx").write_bytes(copies[0].read_bytes()[:5000])
    (place / "&lt;b&gt; 'x'.xlsx").write_bytes(b"MZ" + bytes(100))
    return place


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    with running(place / "project", KTTT_CAMPAIGN=str(place / "campaign")) as address:
        yield address


@pytest.fixture(scope="module")
def browser(place: Path) -> Iterator[Page]:
    with browser_page(place) as page:
        yield page


@pytest.fixture
def page(browser: Page, address: str) -> Page:
    """The task pane, freshly opened, once it knows the plans."""
    browser.events.clear()
    browser.open(f"{address}/taskpane.html")
    browser.wait("document.querySelectorAll('[name=ke_hoach] option').length === 5")
    return browser


def status(page: Page, section: str, begins: str) -> str:
    return str(
        page.wait(f"(t => t.startsWith('{begins}') && t)(document.querySelector('#{section} .status').textContent)")
    )


def table(page: Page, selector: str) -> list[list[str]]:
    rows: list[list[str]] = page.evaluate(
        f"[...document.querySelectorAll('{selector} tbody tr')].map(r => [...r.children].map(c => c.textContent))"
    )
    return rows


def send(page: Page, section: str, files: list[Path], **fields: str) -> None:
    page.choose_files(f"#{section} [name=tep]", files)
    for name, value in fields.items():
        page.evaluate(f"document.querySelector('#{section} [name={name}]').value = {json.dumps(value)}")
    page.evaluate(f"document.querySelector('#{section} form').requestSubmit()")


def test_copies_are_checked_and_findings_shown(page: Page, place: Path) -> None:
    files = [*sorted((place / "copies").iterdir()), place / "cắt dở.xlsx", place / "&lt;b&gt; 'x'.xlsx"]
    send(page, "kiem-tra", files, ngay="20/12/2024")
    told = status(page, "kiem-tra", "Đã kiểm tra")
    copies = table(page, "#kiem-tra .copies")
    assert {name: (verdict, errors) for name, verdict, errors, _ in copies} == {
        files[0].name: ("nhận", "1"),
        files[1].name: ("nhận", "1"),
        "cắt dở.xlsx": ("từ chối", "1"),
        "&lt;b&gt; 'x'.xlsx": ("từ chối", "1"),
    }
    findings = table(page, "#kiem-tra .findings")
    warnings = sum(int(row[3]) for row in copies)
    assert told == f"Đã kiểm tra 4/4 tệp: 4 lỗi, {warnings} cảnh báo, 0 thông tin."
    assert [row[0] for row in findings] == ["Lỗi"] * 4 + ["Cảnh báo"] * warnings
    said = {(name, sheet, cell): (message, fix) for _, name, sheet, cell, message, fix in findings}
    sentence = f"Ô «Tỷ lệ hoàn thành (%)» ghi «{HOSTILE}», không đọc được thành số."
    assert said[files[0].name, "Nhiệm vụ", "M9"] == (sentence, "Chỉ gõ số, ví dụ 95.")
    # What stood in a file is text on the page, and did nothing.
    assert page.evaluate("[document.querySelectorAll('img, b').length, document.title]") == [0, "KTTT"]


def test_the_result_of_a_consolidation_is_the_commands(page: Page, place: Path, tmp_path: Path) -> None:
    page.evaluate("document.querySelector('nav [data-page=tong-hop]').click()")
    send(page, "tong-hop", sorted((place / "copies").iterdir()), ngay="20/12/2024", ky="Năm 2024", ke_hoach=PLAN)
    assert status(page, "tong-hop", "Đã tổng hợp").startswith("Đã tổng hợp: 2 lỗi, ")
    page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    page.evaluate("document.querySelector('#tong-hop a.download').click()")
    saved = tmp_path / f"tong-hop_{PLAN}_2024.xlsx"
    until = time.monotonic() + 30
    while not saved.exists():
        assert time.monotonic() < until, sorted(tmp_path.iterdir())
        time.sleep(0.1)
    book = place / "tong-hop.xlsx"
    options = ("--plan", PLAN, "--period", "2024", "--as-of", "2024-12-20", "--campaign", str(place / "campaign"))
    subprocess.run(command("consolidate", str(place / "copies"), *options, "-o", str(book)), check=False)
    assert saved.read_bytes() == book.read_bytes()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [("ky", "hôm nào", "Không đọc được kỳ báo cáo «hôm nào»"), ("ngay", "31/2/2024", "Ô «ngày» ghi «31/2/2024»")],
)
def test_what_cannot_be_done_is_said_on_the_page(
    page: Page, place: Path, field: str, value: str, sentence: str
) -> None:
    fields = {"ngay": "20/12/2024", "ky": "2024", "ke_hoach": PLAN} | {field: value}
    send(page, "tong-hop", sorted((place / "copies").iterdir()), **fields)
    status(page, "tong-hop", sentence)
    assert page.evaluate("document.querySelector('#tong-hop .status').classList.contains('error')")


def test_files_not_checked_are_named(page: Page, place: Path, tmp_path: Path) -> None:
    """A file that changed after it was chosen is not sent by the browser; the officer is told which."""
    copy = tmp_path / "vừa sửa.xlsx"
    copy.write_bytes(b"1")
    page.choose_files("#kiem-tra [name=tep]", [copy])
    copy.unlink()
    page.evaluate("document.querySelector('#kiem-tra form').requestSubmit()")
    assert status(page, "kiem-tra", "Đã kiểm tra") == "Đã kiểm tra 0/1 tệp: 0 lỗi, 0 cảnh báo, 0 thông tin."
    sentence = "Chưa kiểm tra: Không gửi được: kiểm tra mạng; tệp vừa được sửa hay lưu lại thì chọn lại tệp."
    assert table(page, "#kiem-tra .copies") == [["vừa sửa.xlsx", sentence, "", ""]]


@pytest.mark.parametrize(
    ("sign_in", "sentence"),
    [
        ("() => { throw new Error('13001'); }", "Chưa đăng nhập được; mở khung KTTT trong Excel"),
        ("async () => { await new Promise(() => {}); }", ""),
    ],
)
def test_who_is_not_signed_in_is_told(page: Page, place: Path, sign_in: str, sentence: str) -> None:
    """A provider's script that fails is a sentence; one that asks the officer first is waited for."""
    page.evaluate(f"globalThis.getAuth = {sign_in}")
    send(page, "tong-hop", sorted((place / "copies").iterdir()), ngay="20/12/2024", ky="2024", ke_hoach=PLAN)
    status(page, "tong-hop", sentence or "Đang gửi các bản sao…")


# Excel's side of Office.js as far as the pane uses it: the open workbook's bytes in slices, and a new workbook.
EXCEL = """
globalThis.opened = null;
globalThis.Excel = { createWorkbook: async (content) => { opened = content; } };
const book = Uint8Array.from(atob("%s"), (letter) => letter.charCodeAt(0));
const file = {
  sliceCount: Math.ceil(book.length / 4000),
  getSliceAsync: (at, then) =>
    then({ status: "succeeded", value: { data: [...book.slice(at * 4000, (at + 1) * 4000)] } }),
  closeAsync: (then) => then(),
};
const answer = { status: "%s", value: file, error: { message: "bận" } };
globalThis.Office = {
  AsyncResultStatus: { Succeeded: "succeeded", Failed: "failed" },
  FileType: { Compressed: "compressed" },
  context: { document: { getFileAsync: (type, then) => then(answer) } },
};
xlwings.getActiveBookName = async () => "đang mở.xlsx";
document.querySelectorAll(".in-excel").forEach((button) => (button.hidden = false));
"""


@pytest.mark.parametrize("answer", ["succeeded", "failed"])
def test_the_open_workbook_is_checked(page: Page, place: Path, answer: str) -> None:
    """Office.js is stood in for: a real Excel was not there."""
    content = base64.b64encode(sorted((place / "copies").iterdir())[1].read_bytes()).decode()
    page.evaluate(EXCEL % (content, answer))
    page.evaluate("document.querySelector('[data-action=open-book]').click()")
    if answer == "failed":
        status(page, "kiem-tra", "Excel không cho đọc sổ đang mở (bận).")
    else:
        status(page, "kiem-tra", "Đã kiểm tra 1/1 tệp: 1 lỗi")
        assert table(page, "#kiem-tra .copies")[0][:3] == ["đang mở.xlsx", "nhận", "1"]


def test_the_result_opens_in_excel(page: Page, place: Path) -> None:
    """Office.js is stood in for: a real Excel was not there."""
    page.evaluate(EXCEL % ("", "succeeded"))
    send(page, "tong-hop", sorted((place / "copies").iterdir()), ngay="20/12/2024", ky="2024", ke_hoach=PLAN)
    status(page, "tong-hop", "Đã tổng hợp")
    page.evaluate("document.querySelector('[data-action=open-result]').click()")
    assert base64.b64decode(page.wait("opened"))[:2] == b"PK"


@pytest.mark.parametrize(
    ("query", "shown"), [("", "kiem-tra"), ("?trang=tong-hop", "tong-hop"), ("?trang=tro-giup", "tro-giup")]
)
def test_one_page_at_a_time(browser: Page, address: str, query: str, shown: str) -> None:
    browser.open(f"{address}/taskpane.html{query}")
    visible = "[...document.querySelectorAll('main > section')].filter((each) => !each.hidden).map((each) => each.id)"
    assert browser.wait(f"({visible}).length && {visible}") == [shown]


def test_the_page_asks_nobody_else(page: Page, address: str) -> None:
    """Whatever Office.js would like to load from elsewhere, the Content-Security-Policy lets nothing through."""
    page.wait("document.readyState === 'complete'")
    answered = [
        event["params"]["response"]["url"] for event in page.events if event["method"] == "Network.responseReceived"
    ]
    assert [url for url in answered if not url.startswith((address, "data:", "blob:"))] == []
    failed = [event for event in page.events if event["method"] == "Network.responseReceived"
              and event["params"]["response"]["status"] >= 400]  # fmt: skip
    assert failed == []


def test_everything_the_page_names_is_served(address: str) -> None:
    page = httpx.get(f"{address}/taskpane.html").text
    named: list[Any] = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(named) > 8
    assert {url: httpx.get(address + url).status_code for url in named} == dict.fromkeys(named, 200)
