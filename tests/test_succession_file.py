"""The files of succession: the 2025 reorganisation as data, what is refused, and an office's own file beside it."""

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kttt_xl import commands, resources
from kttt_xl.errors import KtttError
from kttt_xl.model import Agency, Plan, Settings
from kttt_xl.succession import MERGE, SPLIT, TRANSFER, Edge, heirs, of_plan, task_heirs
from kttt_xl.succession_file import plan_edges, read_edges

WORKBOOKS = resources.folder("workbooks")
FILE = WORKBOOKS / "succession-2025.csv"
EDGES = read_edges(FILE)


HEADING = "kind,from,to,on,share,function,plan,tasks,source,verified\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "ke-thua.csv"
    path.write_text(HEADING + text, encoding="utf-8")
    return path


# --- the reorganisation of 2025


def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_rows_of_territory_and_of_the_district_level_are_verified_and_those_of_memory_are_not() -> None:
    memory = {row["from"] for row in rows() if "[theo trí nhớ" in row["source"]}
    verified = {row["from"] for row in rows() if row["verified"]}
    assert memory.isdisjoint(verified)
    assert memory | verified == {row["from"] for row in rows()}
    assert all(row["source"].startswith("domain 5.") for row in rows())
    assert all(not row["share"] for row in rows())  # no source states any
    assert {name for name in verified if not name.startswith(("UBND ", "Ban Chỉ đạo "))} == {
        "tỉnh Yên Bái", "tỉnh Lào Cai", "tỉnh Hải Dương", "thành phố Hải Phòng", "tỉnh Bình Định", "tỉnh Gia Lai",
        "Liên minh Hợp tác xã và Doanh nghiệp thành phố", "Ủy ban nhân dân thành phố",
    }  # fmt: skip


def registered(plan: Path) -> dict[str, str]:
    with (plan / "agencies.csv").open(encoding="utf-8", newline="") as stream:
        return {row["name"]: row["category"] for row in csv.DictReader(stream) if not row["group"]}


@pytest.mark.parametrize("plan", sorted(WORKBOOKS.glob("*/agencies.csv")), ids=lambda path: path.parent.name)
def test_names_are_those_the_plan_registers_and_no_district_is_left(plan: Path) -> None:
    agencies = registered(plan.parent)
    own = {item.old for item in EDGES if item.plan == plan.parent.name}
    assert own <= agencies.keys()
    ended = {item.old for item in of_plan(EDGES, plan.parent.name) if not item.new and item.on == date(2025, 7, 1)}
    districts = {name for name, category in agencies.items() if category in {"UBND cấp huyện", "ban chỉ đạo cấp huyện"}}
    assert districts <= ended


def test_a_merger_into_a_name_that_went_on_says_so() -> None:
    kept = {item.old for item in EDGES if item.new == item.old}
    made = {item.new for item in EDGES if item.kind == MERGE} - kept
    assert made == {"Sở Nông nghiệp và Môi trường", "Báo và phát thanh, truyền hình"}


# --- a file


def test_a_row_read(tmp_path: Path) -> None:
    path = written(
        tmp_path, "\ntransfer, A ,B,2020-07-01,,đào tạo nghề,p,6 | 7,Quyết định 1,x\nsplit,C,D,2020-07-01,1,,,,y,\n"
    )
    assert read_edges(path) == (
        Edge(TRANSFER, "A", "B", date(2020, 7, 1), None, "đào tạo nghề", "Quyết định 1", True, "p", ("6", "7")),
        Edge(SPLIT, "C", "D", date(2020, 7, 1), Decimal(1), "", "y", False),
    )


def test_every_problem_of_a_file_is_told(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "join,A,B,2020-7-1,50%,,,,,yes\n"
        "transfer,A,B,2020-02-30,,,,6,x,\n"
        "merge,A,B,2020-07-01,,,,6,x,\n"
        "merge,A,B\n"
        "merge,,B,2020-07-01,,,,,x,\n"
        "merge,C,D,2020-07-01,,,p,,x,\n"
        "merge,C,E,2020-07-01,,,q,,x,\n"  # in another plan: no contradiction
        "rename,D,C,2020-07-01,,,,,x,\n",
    )
    with pytest.raises(KtttError) as refused:
        read_edges(path)
    assert str(refused.value).splitlines() == [
        "Tệp «ke-thua.csv» có 11 lỗi:",
        "Dòng 2: kind ghi «join»; cần một trong: rename; merge; split; transfer.",
        "Dòng 2: on ghi «2020-7-1»; cần ngày dạng 2025-12-31.",
        "Dòng 2: share ghi «50%»; cần phần của 1, dạng 0.25, hoặc để trống.",
        "Dòng 2: verified ghi «yes»; cần x hoặc để trống.",
        "Dòng 2: thiếu from hoặc source; mỗi dòng phải có đơn vị cũ và nguồn.",
        "Dòng 3: on ghi «2020-02-30»; cần ngày dạng 2025-12-31.",
        "Dòng 3: dòng transfer phải ghi function, chỉ dòng transfer được ghi tasks.",
        "Dòng 4: dòng transfer phải ghi function, chỉ dòng transfer được ghi tasks.",
        "Dòng 5 có 3 ô; cần 10 ô.",
        "Dòng 6: thiếu from hoặc source; mỗi dòng phải có đơn vị cũ và nguồn.",
        "Vòng kế thừa ngày 1/7/2020: «C» → «D» → «C».",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Không đọc được tệp «ke-thua.csv»; cần tệp CSV, mã UTF-8."),
        ("Sở".encode("utf-16"), "Không đọc được tệp «ke-thua.csv»; cần tệp CSV, mã UTF-8."),
        (b"from,to\n", f"Dòng tiêu đề của tệp «ke-thua.csv» ghi «from,to»; cần «{HEADING.strip()}»."),
    ],
)
def test_a_file_that_is_no_such_table(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "ke-thua.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KtttError) as refused:
        read_edges(path)
    assert str(refused.value) == sentence


# --- an office's own file, in a plan with three agencies of the built-in file

ROADS, HOUSING, BA_DINH = "Sở Giao thông vận tải", "Sở Xây dựng", "UBND quận Ba Đình"
SOCIAL, NOW = "Sở Lao động - Thương binh và Xã hội", date(2025, 12, 31)
PLAN = Plan(
    id="thu",
    title="",
    number="",
    issued_on=date(2023, 1, 5),
    issuer="",
    coordinator=HOUSING,
    start=None,
    end=None,
    settings=Settings(),
    agencies=(
        Agency(ROADS),
        Agency(HOUSING),
        Agency(BA_DINH),
        Agency(SOCIAL),
        Agency("Liên minh Hợp tác xã", aliases=("Liên minh HTX Thành phố",)),
    ),
    tasks=(),
    indicators=(),
    targets=(),
)
SOCIAL_TODAY = ["Sở Nội vụ", "Sở Giáo dục và Đào tạo", "Sở Nông nghiệp và Môi trường", "Sở Y tế"]


def today(edges: tuple[Edge, ...], name: str) -> list[tuple[object, ...]]:
    """Who bears on the day what the name bore: name, share, candidates, verified."""
    return [(heir.name, str(heir.share), list(heir.candidates), heir.verified) for heir in heirs(name, NOW, edges)]


def test_without_a_file_it_is_what_is_built_in() -> None:
    assert plan_edges(PLAN) == (of_plan(EDGES, "thu"), ())
    assert [today(plan_edges(PLAN)[0], name) for name in (ROADS, BA_DINH, SOCIAL)] == [
        [(HOUSING, "1", [], False)],
        [("", "1", [], True)],
        [("", "1", SOCIAL_TODAY, False)],
    ]


@pytest.mark.parametrize(
    ("rows", "name", "expected", "remarks"),
    [
        pytest.param(
            "split,UBND quận Ba Đình,UBND phường Ba Đình,2025-07-01,0.6,,,,NQ 1,x\n"
            "split,UBND quận Ba Đình,UBND phường Ngọc Hà,2025-07-01,0.4,,,,NQ 1,x\n",
            BA_DINH,
            [("UBND phường Ba Đình", "0.6", [], True), ("UBND phường Ngọc Hà", "0.4", [], True)],
            (f"Theo tệp kế thừa, thay cho dữ liệu có sẵn: «{BA_DINH}».",),
            id="heirs of a district that the built-in file does not know",
        ),
        pytest.param(
            "merge,Sở GTVT,Sở  xây dựng,2025-02-20,,,thu,,NQ 2,x\n",  # spelled as people do, and another day
            ROADS,
            [(HOUSING, "1", [], True)],
            (f"Theo tệp kế thừa, thay cho dữ liệu có sẵn: «{ROADS}».",),
            id="an unverified row confirmed",
        ),
        pytest.param(
            "rename,Sở GTVT,Sở Giao thông,2025-02-20,,,thu,,NQ 2,x\nmerge,Sở Giao thông,Sở Nội vụ,2025-05-01,,,,,y,x\n",
            ROADS,
            [("Sở Nội vụ", "1", [], True)],
            (f"Theo tệp kế thừa, thay cho dữ liệu có sẵn: «{ROADS}».",),
            id="another story altogether",
        ),
        pytest.param(
            "merge,Sở Giao thông vận tải,Sở Nội vụ,2025-02-20,,,khac,,NQ 2,x\n",
            ROADS,
            [(HOUSING, "1", [], False)],
            (),
            id="of another plan",
        ),
        pytest.param(
            "rename,Liên minh HTX Thành phố,Liên minh HTX Hà Nội,2025-02-20,,,,,NQ 2,x\n",
            "Liên minh Hợp tác xã",
            [("Liên minh HTX Hà Nội", "1", [], True)],
            (),
            id="an alias, of whom nothing is built in",
        ),
        pytest.param(
            "rename,Liên đoàn,Liên đoàn mới,2025-02-20,,,,,NQ 2,x\n",
            ROADS,
            [(HOUSING, "1", [], False)],
            ("Tệp kế thừa ghi tên không có trong kế hoạch nên dòng đó không có tác dụng: «Liên đoàn».",),
            id="a name that is nobody's",
        ),
    ],
)
def test_what_an_office_says_comes_before_what_nobody_verified(
    tmp_path: Path, rows: str, name: str, expected: list[tuple[object, ...]], remarks: tuple[str, ...]
) -> None:
    edges, told = plan_edges(PLAN, [written(tmp_path, rows)])
    assert (today(edges, name), told) == (expected, remarks)


def test_a_function_given_away_leaves_the_other_functions_where_they_were(tmp_path: Path, gia_lai: Plan) -> None:
    path = written(tmp_path, f"transfer,{SOCIAL},Sở Nội vụ,2025-03-01,,đào tạo nghề,,6,QĐ 1,x\n")
    edges, told = plan_edges(gia_lai, [path])
    assert told == (f"Theo tệp kế thừa, thay cho dữ liệu có sẵn: «{SOCIAL}».",)
    found = {task: [heir.name for heir in task_heirs(SOCIAL, task, NOW, edges)] for task in ("6", "7", "24")}
    assert found == {"6": ["Sở Nội vụ"], "7": ["Sở Giáo dục và Đào tạo"], "24": ["Sở Nông nghiệp và Môi trường"]}
    assert today(edges, SOCIAL) == [("", "1", SOCIAL_TODAY, False)]


def test_an_office_that_says_where_all_of_a_body_went_says_so_of_its_functions_too(
    tmp_path: Path, gia_lai: Plan
) -> None:
    edges, _ = plan_edges(gia_lai, [written(tmp_path, f"merge,{SOCIAL},Sở Nội vụ,2025-03-01,,,,,QĐ 1,x\n")])
    assert {heir.name for task in ("6", "24", "1") for heir in task_heirs(SOCIAL, task, NOW, edges)} == {"Sở Nội vụ"}


@pytest.mark.parametrize(
    ("rows", "sentences"),
    [
        (
            "split,UBND quận Ba Đình,UBND phường Ba Đình,2025-08-01,,,,,NQ 1,x\n",
            ["«UBND quận Ba Đình»: tệp ghi ngày 1/8/2025, dữ liệu có sẵn đã kiểm chứng ghi ngày 1/7/2025."],
        ),
        (
            "merge,Sở Xây dựng,Sở Giao thông vận tải,2025-03-01,,,,,NQ 1,x\n",
            ["Vòng kế thừa ngày 1/3/2025: «Sở Giao thông vận tải» → «Sở Xây dựng» → «Sở Giao thông vận tải»."],
        ),
    ],
)
def test_what_contradicts_what_is_built_in_is_refused(tmp_path: Path, rows: str, sentences: list[str]) -> None:
    with pytest.raises(KtttError) as refused:
        plan_edges(PLAN, [written(tmp_path, rows)])
    heading = f"Tệp kế thừa và dữ liệu có sẵn có {len(sentences)} mâu thuẫn:"
    assert str(refused.value).splitlines() == [heading, *sentences]


def test_files_of_one_office_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    first, second = written(tmp_path, f"merge,{ROADS},A,2025-02-20,,,,,NQ 2,x\n"), tmp_path / "b.csv"
    second.write_text(HEADING + f"merge,{ROADS},B,2025-02-20,,,,,NQ 3,x\n", encoding="utf-8")
    with pytest.raises(KtttError, match="«Sở Giao thông vận tải» ngày 20/2/2025: có 2 đơn vị kế thừa"):
        plan_edges(PLAN, [first, second])


# --- the command


def test_consolidate_takes_an_office_file(tmp_path: Path, campaign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "rename,UBND huyện Cát Hải,Đặc khu Cát Hải,2025-07-01,,,,,NQ 1,x\n")
    (tmp_path / "nhan-ve").mkdir()
    arguments = ["consolidate", str(tmp_path / "nhan-ve"), "--plan", "hai-phong-135-2018", "--period", "2018", "--json"]
    out = ["-o", str(tmp_path / "th.xlsx"), "--as-of"]
    replaced = "Theo tệp kế thừa, thay cho dữ liệu có sẵn: «UBND huyện Cát Hải».\n"
    found = {}
    for day, own in (("2025-12-31", []), ("2025-12-31", ["--succession", str(path)]), ("2024-12-31", [])):
        assert commands.run([*arguments, *out, day, *own]) == 0
        told, said = capsys.readouterr()
        assert said == (replaced if own else "")
        found[day, bool(own)] = {item["agency"]: item["heirs"] for item in json.loads(told)["agencies_now"]}
    assert len(found["2025-12-31", False]) == 16
    assert (found["2025-12-31", False]["UBND huyện Cát Hải"], found["2024-12-31", False]) == ([], {})
    assert found["2025-12-31", True] == found["2025-12-31", False] | {
        "UBND huyện Cát Hải": [{"name": "Đặc khu Cát Hải", "share": 1}]
    }


def test_a_file_that_contradicts_stops_the_command(
    tmp_path: Path, campaign: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = written(tmp_path, "rename,UBND huyện Cát Hải,X,2025-07-02,,,,,NQ 1,x\n"), tmp_path / "th.xlsx"
    (tmp_path / "nhan-ve").mkdir()
    given = ["consolidate", tmp_path / "nhan-ve", "--plan", "hai-phong-135-2018", "--period", "2018", "-o", out]
    assert commands.run([*map(str, given), "--succession", str(path)]) == 1
    assert capsys.readouterr().err == (
        "Lỗi: Tệp kế thừa và dữ liệu có sẵn có 1 mâu thuẫn:\n"
        "«UBND huyện Cát Hải»: tệp ghi ngày 2/7/2025, dữ liệu có sẵn đã kiểm chứng ghi ngày 1/7/2025.\n"
    )
    assert not out.exists()
