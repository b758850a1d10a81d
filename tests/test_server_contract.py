"""The province's server over HTTP, asked exactly as Office.js and the task pane ask it (addin.md, section 3)."""

import base64
import io
import json
import re
import socket
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
import xlwings
from books import alerts, new_book
from conftest import KEY
from running_server import command, function_call, running

from kttt_xl import udfs
from kttt_xl.ribbon_desk import BookDesk

CALL = "/xlwings/custom-functions-call"
PLAN = "gia-lai-655-2023"
UNEXPECTED = "gặp lỗi ngoài dự kiến; báo người quản trị máy chủ xem nhật ký."
DAY = "2024-12-20"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a campaign's key, and the copies of two agencies as they came back."""
    place = tmp_path_factory.mktemp("server")
    (place / "campaign").mkdir()
    (place / "campaign" / "khoa.key").write_text(KEY.hex() + "\n", encoding="ascii")
    agencies = ("--agency", "Liên minh Hợp tác xã tỉnh", "--agency", "Sở Kế hoạch và Đầu tư")
    campaign = ("--campaign", str(place / "campaign"))
    made = ("build", PLAN, "--period", "2024", "-o", str(place / "copies"), *agencies, *campaign)
    subprocess.run(command(*made), check=True, capture_output=True)
    for path in sorted((place / "copies").iterdir()):
        book = openpyxl.load_workbook(path)
        sheet = book.worksheets[1]
        if sheet.title == "Nhiệm vụ":
            sheet["L9"], sheet["M9"] = "Hoàn thành", "abc"
        book.save(path)
    return place


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[httpx.Client]:
    with (
        running(place / "project", KTTT_CAMPAIGN=str(place / "campaign")) as address,
        httpx.Client(base_url=address, timeout=120) as client,
    ):
        yield client


def called(server: httpx.Client, name: object, arguments: list[Any], **other: object) -> tuple[int, Any]:
    """Return the status and the result of a worksheet function, or the text of the refusal."""
    answer = server.post(CALL, json=function_call(name, arguments, **other))
    return answer.status_code, answer.json()["result"] if answer.status_code == 200 else answer.text


# --- worksheet functions


def test_metadata_lists_the_twelve_functions_in_vietnamese(server: httpx.Client) -> None:
    answer = server.get("/xlwings/custom-functions-meta.json", headers={"Origin": "https://excel.officeapps.live.com"})
    functions = {entry["id"]: entry for entry in answer.json()["functions"]}
    assert sorted(functions) == sorted(udfs.__all__)
    assert len(functions) == 12
    for name, entry in functions.items():
        assert entry["name"] == name  # no namespace: the formula reads as on Windows
        parameters = entry["parameters"]
        for text in (entry["description"], *(parameter["description"] for parameter in parameters)):
            assert re.search("[à-ỹđ]", text), (name, text)
        assert {parameter["dimensionality"] for parameter in parameters} == {"matrix"}
    assert answer.headers["access-control-allow-origin"] == "*"  # Excel on the web reads it from a page of its own


def test_code_associates_every_function(server: httpx.Client) -> None:
    code = server.get("/xlwings/custom-functions-code.js").text
    assert sorted(re.findall(r'CustomFunctions\.associate\("(\w+)"', code)) == sorted(udfs.__all__)


DATE = {"type": "FormattedNumber", "basicValue": 45641.0, "numberFormat": "dd/mm/yyyy"}  # 15/12/2024
FORMATTED = {"type": "FormattedNumber", "basicValue": 45000, "numberFormat": "dd/mm/yyyy"}
TABLE = [["Huyện", "HTX"], ["Chư Sê", 3], ["Đak Pơ", 1.5], ["Chư Sê", 4]]
EXAMPLES: list[tuple[str, list[Any], Any]] = [
    ("KTTT_KY", [[["Quý I/2024"]]], [["2024-Q1"]]),
    ("KTTT_TEN_KY", [[["2024-Q1"], [""], [2024]]], [["Quý I/2024"], [""], ["Năm 2024"]]),
    ("KTTT_SO", [[["1.234.567"]], None], [[1234567]]),
    ("KTTT_SO", [[["12,5", 7]], [["thập phân"]]], [[12.5, 7]]),
    ("KTTT_CO_QUAN", [[["Sở KH&ĐT"]], None], [["Sở Kế hoạch và Đầu tư"]]),
    ("KTTT_HAN", [[["trước ngày 15/12 hằng năm"]], [[2024]]], [[DATE]]),
    ("KTTT_HAN", [[[FORMATTED]], None], [[DATE | {"basicValue": 45000.0}]]),
    ("KTTT_TINH_TRANG", [[["Đang thực hiện"]], [[45473]], None, [[45474]]], [["Quá hạn"]]),
    ("KTTT_TIEN_DO", [[[8]], [["từ … trở lên"]], [[10]], None, None], [[0.8]]),
    ("KTTT_TIEN_DO", [[[8], [5]], [[">="]], [[10]], None, None], [[0.8], [0.5]]),
    ("KTTT_DANH_GIA", [[[8]], [["không quá"]], [[10]], None, None, [[45474]]], [["Đạt"]]),
    ("KTTT_TANG_TRUONG", [[[100]], [[121]], [[2]]], [[10]]),
    ("KTTT_DU_BAO", [[["2021"], ["2022"]], [[10], [20]], [["2022"]]], [[20]]),
    ("KTTT_TONG_HOP", [TABLE, [["Huyện"]], [["HTX"]], None], [["Huyện", "HTX"], ["Chư Sê", 7], ["Đak Pơ", 1.5]]),
    ("KTTT_SO_LIEU", [[[""]], [["Sở Nội vụ"]], [[2024]]], [[""]]),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), EXAMPLES)
def test_functions_answer_excel(server: httpx.Client, name: str, arguments: list[Any], expected: Any) -> None:
    assert called(server, name, arguments) == (200, expected)


def test_every_function_has_an_example() -> None:
    assert {name for name, *_ in EXAMPLES} == set(udfs.__all__)


def test_a_figure_of_the_consolidated_workbook_of_this_server(server: httpx.Client) -> None:
    """There is none yet: a sentence in the cell, and the cell's neighbours keep theirs."""
    status, result = called(server, "KTTT_SO_LIEU", [[["HTX"], [""]], [[""]], [[2024]]])
    assert (status, result[1]) == (200, [""])
    assert result[0][0].startswith(("Chưa có sổ tổng hợp nào", "Sổ tổng hợp không có chỉ tiêu"))


def test_older_excel_gets_a_serial_number(server: httpx.Client) -> None:
    arguments = [[["trước ngày 15/12/2024"]], None]
    assert called(server, "KTTT_HAN", arguments, runtime="1.1") == (200, [[45641.0]])


@pytest.mark.parametrize("rows", [1_000, 50_000])
def test_an_array_comes_back_whole(server: httpx.Client, rows: int) -> None:
    table = [["Mã", "Tiền"], *([f"M{row % 7}", row] for row in range(rows))]
    status, result = called(server, "KTTT_TONG_HOP", [table, [["Mã"]], [["Tiền"]], None])
    assert (status, len(result), sum(row[1] for row in result[1:])) == (200, 8, rows * (rows - 1) // 2)
    if rows == 1_000:
        column = [[f"{row},5"] for row in range(rows)]
        assert called(server, "KTTT_SO", [column, [["thập phân"]]]) == (200, [[row + 0.5] for row in range(rows)])


def test_what_cannot_be_read_is_a_sentence_in_its_own_cell(server: httpx.Client) -> None:
    status, result = called(server, "KTTT_KY", [[["Quý I/2024"], ["hôm nào đó"]]])
    assert (status, result[0]) == (200, ["2024-Q1"])
    assert result[1][0].startswith("Không đọc được kỳ báo cáo «hôm nào đó»; cần một trong các dạng: 2024 (Năm 2024)")


@pytest.mark.parametrize("name", ["khong_co", "KTTT_CU", "xw", "__name__", 5, None])
def test_unknown_functions_are_said_once(server: httpx.Client, name: object) -> None:
    """400, which Office.js shows; after a 500 it would ask three times."""
    sentence = f"Máy chủ không có hàm {name}: mở khung KTTT, bấm chuột phải, chọn tải lại (Reload)."
    assert called(server, name, []) == (400, sentence)


@pytest.mark.parametrize("arguments", [[], [[["a"]], None, None, [["b"]]], [[]], "x", [5], [[["a"], ["b", "c"]]]])
def test_arguments_that_no_excel_sends_are_refused_or_answered(server: httpx.Client, arguments: Any) -> None:
    status, told = called(server, "KTTT_SO", arguments)
    assert status == 200 or (status, told) == (400, f"Hàm KTTT_SO {UNEXPECTED}")


# --- scripts


def book(*sheets: str) -> dict[str, Any]:
    """Return what Office.js sends of a workbook whose contents are not asked for (getBookData)."""
    told = {"visibility": "Visible", "show_gridlines": True, "print_area": None, "notes": [], "notes_supported": True}
    lists: dict[str, Any] = {name: [] for name in ("pictures", "shapes", "charts", "tables", "pivot_tables")}
    return {
        "client": "Office.js",
        "version": xlwings.__version__,
        "book": {"name": "So.xlsx", "active_sheet_index": 0, "selection": "A1", "calculation": "Automatic"},
        "names": [],
        "sheets": [{"name": name, "values": [[]], **told, **lists} for name in sheets],
    }


ROW = ["Lỗi", "=a.xlsx", "Nhiệm vụ", "M9", "Ô «Tỷ lệ» ghi «abc».", "Chỉ gõ số."]


def test_a_script_writes_the_findings_into_the_officers_workbook(server: httpx.Client) -> None:
    answer = server.post("/xlwings/custom-scripts-call/ghi_ket_qua", json=book("Sheet1") | {"args": [[ROW]]})
    assert answer.status_code == 200, answer.text
    actions = answer.json()["actions"]
    assert [(action["func"], action["args"]) for action in actions if action["func"] == "addSheet"] == [
        ("addSheet", [1, "Kiểm tra"])
    ]
    written = [action["values"] for action in actions if action["func"] == "setValues"]
    assert written[-1][1] == [f"'{text}" for text in ROW]  # the apostrophe: text, whatever it looks like


@pytest.mark.parametrize(
    ("name", "sent", "sentence"),
    [
        ("khong_co", book("A"),
         "Máy chủ không có lệnh khong_co: mở khung KTTT, bấm chuột phải, chọn tải lại (Reload)."),
        ("xw", book("A"), "Máy chủ không có lệnh xw: mở khung KTTT, bấm chuột phải, chọn tải lại (Reload)."),
        ("ghi_ket_qua", book("A") | {"args": [["x"]]},
         "Không đọc được danh sách lỗi; kiểm tra lại các bản sao rồi bấm lại nút."),
        ("ghi_ket_qua", book("A", "kiểm tra") | {"args": [[ROW]]},
         "Sổ đang mở đã có trang «Kiểm tra»: đổi tên hoặc xóa trang ấy rồi bấm lại nút."),
        ("ghi_ket_qua", book("A", "_kttt") | {"args": [[ROW]]},
         "Sổ đang mở là bản sao của đơn vị, không ghi thêm vào; mở một sổ trống rồi bấm lại nút."),
    ],
)  # fmt: skip
def test_scripts_refuse_with_a_sentence(server: httpx.Client, name: str, sent: Any, sentence: str) -> None:
    answer = server.post(f"/xlwings/custom-scripts-call/{name}", json=sent)
    assert (answer.status_code, answer.text) == (400, sentence)


def test_a_message_is_a_page_that_shows_it_as_text(server: httpx.Client) -> None:
    """As Office.js asks for what BookDesk.say says; the longest there is."""
    words = "<img src=x onerror=alert(1)> «Tổng hợp» cần tệp: " + "ộ" * 2000
    desk_book = new_book()
    BookDesk(desk_book).say(words + "\nhết")
    (told,) = alerts(desk_book)
    asked = {"prompt": told, "title": "KTTT", "buttons": "ok", "mode": "", "callback": ""}
    answer = server.get("/xlwings/alert", params=asked)
    assert (answer.status_code, "<img src=x" in answer.text) == (200, False)
    assert "&lt;img src=x onerror=alert(1)&gt; «Tổng hợp» cần tệp: ộộ" in answer.text
    assert told.endswith("ộ…")


# --- uploads


def sent(server: httpx.Client, where: str, files: list[tuple[str, bytes]], **fields: str) -> httpx.Response:
    """Post files as the task pane does."""
    parts = [("tep", (name, content, "application/octet-stream")) for name, content in files]
    return server.post(f"/kttt/{where}", data={"ngay": DAY} | fields, files=parts)


def contents(place: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted((place / "copies").iterdir())]


def as_command(place: Path, *arguments: str) -> Any:
    """Return the JSON that the command line prints for the same copies."""
    done = subprocess.run(
        command(*arguments, "--campaign", str(place / "campaign"), "--json"), capture_output=True, check=False
    )
    return json.loads(done.stdout)


def test_good_copies_are_checked_as_by_the_command(server: httpx.Client, place: Path) -> None:
    answer = sent(server, "kiem-tra", contents(place))
    found = answer.json()
    assert answer.status_code == 200
    told = as_command(place, "check", str(place / "copies"))
    assert found == told
    assert ("bad-number", "M9") in {(finding["code"], finding["cell"]) for finding in found["findings"]}


def test_every_file_gets_its_own_verdict(server: httpx.Client, place: Path) -> None:
    good, content = contents(place)[0]
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", b" " * (80 << 20))
    evil = "<img src=x onerror=alert(1)>.xlsx"
    files = [
        (good, content),
        ("cắt dở.xlsx", content[: len(content) // 2]),
        (evil, b"MZ" + bytes(1000)),
        ("bom.xlsx", bomb.getvalue()),
        ("to.xlsx", b"PK\x03\x04" + bytes(21 << 20)),
        ("../../thoát.xlsx", content),
        (good, content + b"x"),
        ("trong.xlsx", b""),
        ("ghi-chu.csv", b"a,b"),
    ]
    answer = sent(server, "kiem-tra", files)
    assert answer.status_code == 200
    found = answer.json()
    refused = {finding["file"]: finding["code"] for finding in found["findings"] if finding["severity"] == "error"}
    assert {copy["file"]: copy["verdict"] for copy in found["copies"]} == {
        good: "accepted",
        "cắt dở.xlsx": "refused",
        "_img src=x onerror=alert(1)_.xlsx": "refused",
        "bom.xlsx": "refused",
        "to.xlsx": "refused",
        "thoát.xlsx": "accepted",
        good.replace(".xlsx", " (2).xlsx"): "refused",
        "trong.xlsx": "refused",
        "ghi-chu.csv": "skipped",
    }
    assert refused["to.xlsx"] == "too-large"
    assert refused["bom.xlsx"] in {"unsafe-file", "too-large"}


@pytest.mark.parametrize(
    ("where", "fields", "status", "sentence"),
    [
    ("kiem-tra", {"ngay": "31/2/2024"}, 400, "Ô «ngày» ghi «31/2/2024», không đọc được thành ngày."),
    ("kiem-tra", {"ngay": ""}, 400, "Chưa ghi ngày tính, ví dụ 31/12/2024."),
        ("tong-hop", {"ke_hoach": "../../etc", "ky": "2024"}, 400, "Không có kế hoạch «../../etc»; các kế hoạch trên"),
        ("tong-hop", {"ke_hoach": PLAN, "ky": "hôm nào"}, 400, "Không đọc được kỳ báo cáo «hôm nào»"),
    ],
)  # fmt: skip
def test_requests_that_cannot_be_done_are_sentences(
    server: httpx.Client, place: Path, where: str, fields: dict[str, str], status: int, sentence: str
) -> None:
    answer = sent(server, where, contents(place)[:1], **fields)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith(sentence)


def test_nothing_sent_is_said(server: httpx.Client) -> None:
    answer = server.post("/kttt/kiem-tra", data={"ngay": DAY}, files=[("khac", ("", b""))])
    assert (answer.status_code, answer.json()) == (400, {"detail": "Chưa chọn tệp nào."})


def test_no_form_is_said(server: httpx.Client) -> None:
    answer = server.post("/kttt/kiem-tra", content=b"--", headers={"Content-Type": "multipart/form-data"})
    assert (answer.status_code, answer.json()["detail"][:33]) == (400, "Không đọc được nội dung gửi lên (")


def test_consolidation_is_that_of_the_command(server: httpx.Client, place: Path) -> None:
    answer = sent(server, "tong-hop", contents(place), ke_hoach=PLAN, ky="Năm 2024")
    assert answer.status_code == 200
    found, book = answer.json(), place / "tong-hop.xlsx"
    options = ("--plan", PLAN, "--period", "2024", "--as-of", DAY, "-o", str(book))
    assert found["summary"] == as_command(place, "consolidate", str(place / "copies"), *options)
    assert base64.b64decode(found["workbook"]) == book.read_bytes()
    assert found["file"] == f"tong-hop_{PLAN}_2024.xlsx"
    assert found["lines"][0] == f"{PLAN}, Năm 2024, tính đến 20/12/2024"


def test_an_earlier_consolidation_counts(server: httpx.Client, place: Path) -> None:
    """What was told of the year before is compared with; a file that is none is named as the officer knows it."""
    first = sent(server, "tong-hop", contents(place), ke_hoach=PLAN, ky="2024").json()
    earlier = ("ky_truoc", ("nam-truoc.xlsx", base64.b64decode(first["workbook"])))
    wrong = ("ky_truoc", ("khac.xlsx", contents(place)[0][1]))
    copies = [("tep", pair) for pair in contents(place)]
    fields = {"ngay": "2025-12-20", "ke_hoach": PLAN, "ky": "2025"}
    answer = server.post("/kttt/tong-hop", data=fields, files=[*copies, earlier])
    assert (answer.status_code, answer.json()["summary"]["copies"]["refused"]) == (200, len(copies))
    answer = server.post("/kttt/tong-hop", data=fields, files=[*copies, wrong])
    assert answer.status_code == 400
    assert answer.json() == {"detail": "«khac.xlsx» không phải là bản tổng hợp của kttt-xl."}


# --- limits


@pytest.mark.parametrize(
    ("path", "size", "sentence"),
    [
        (CALL, (32 << 20) + 1, "Nội dung gửi lên vượt 32 MB"),
        ("/kttt/kiem-tra", (200 << 20) + 1, "Nội dung gửi lên vượt 200"),
    ],
)
def test_too_much_is_refused_before_it_is_read(server: httpx.Client, path: str, size: int, sentence: str) -> None:
    host, port = server.base_url.host, server.base_url.port
    with socket.create_connection((host, port), timeout=30) as line:
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {size}\r\n\r\n".encode())
        told = b"".join(iter(lambda: line.recv(4096), b"")).decode()
    assert told.startswith("HTTP/1.1 413 ")
    assert sentence in told


def test_a_body_of_unknown_size_is_refused(server: httpx.Client) -> None:
    answer = server.post(CALL, content=iter([b"{}"]))
    assert (answer.status_code, answer.json()["detail"][:37]) == (411, "Yêu cầu không cho biết dung lượng (th")


# --- who may come in


def test_without_a_provider_only_this_computer_may(server: httpx.Client) -> None:
    """Not through a proxy, not by another name, not from another site's page; see also test_serve."""
    for headers in (
        {"X-Forwarded-For": "10.0.0.7"},
        {"Host": "kttt.tinh.gov.vn"},
        {"Origin": "https://example.com"},
    ):
        answer = server.get("/kttt/ban-dau", headers=headers)
        assert (answer.status_code, answer.json()["detail"][:34]) == (403, "Máy chủ KTTT chưa đặt cách đăng nh")
    assert server.get("/kttt/ban-dau", headers={"Origin": str(server.base_url)}).status_code == 200


PROVIDER = """
from fastapi import HTTPException
from xlwings_server.models import User


async def validate_token(token_string: str) -> User:
    if token_string != "mat-khau-cua-tinh":
        raise HTTPException(401, "Chưa đăng nhập.")
    return User(id="1", name="Cán bộ")
"""


def test_a_provider_decides_over_functions_and_uploads(place: Path) -> None:
    folder = place / "project-with-provider"
    subprocess.run(command("serve", "--folder", str(folder), "--prepare"), check=True, capture_output=True)
    settings = (folder / ".env").read_text(encoding="utf-8")
    changed = settings.replace("\nXLWINGS_AUTH_PROVIDERS=[]", '\nXLWINGS_AUTH_PROVIDERS=["custom"]')
    (folder / ".env").write_text(changed, encoding="utf-8")
    (folder / "auth" / "custom").mkdir(parents=True)
    (folder / "auth" / "custom" / "__init__.py").write_text(PROVIDER, encoding="utf-8")
    with running(folder) as address, httpx.Client(base_url=address, timeout=60) as client:
        body = function_call("KTTT_KY", [[["Quý I/2024"]]])
        statuses = []
        for token in ("", "test-token", "mat-khau-cua-tinh"):
            headers = {"Authorization": token, "X-Forwarded-For": "10.0.0.7", "Host": "kttt.tinh.gov.vn"}
            asked = (
                client.post(CALL, json=body, headers=headers),
                client.post("/kttt/kiem-tra", content=b"x" * 1000, headers=headers),
                client.get("/kttt/ban-dau", headers=headers),
                client.get("/manifest", headers=headers),
            )
            statuses.append([answer.status_code for answer in asked])
    assert statuses == [[401, 401, 401, 200], [401, 401, 401, 200], [200, 400, 200, 200]]
