"""A consolidation as it is now beside the same as it was then, in the small plan of test_report: all worked by hand."""

import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from test_report import AS_OF, COPIES, PLAN, YEAR, copy, opened, rows
from test_report import task as given_task

from kttt_xl import report, successors
from kttt_xl.consolidation import Consolidated, consolidate
from kttt_xl.errors import KtttError, MisuseError
from kttt_xl.history import NOW_TITLE, read_history
from kttt_xl.succession import MERGE, RENAME, SPLIT, TRANSFER, Edge, View, as_of_now

PLANNING, FINANCE, HOME = "Sở Kế hoạch", "Sở Tài chính", "Sở Nội vụ"
DAY = date(2024, 7, 1)


def edge(kind: str, old: str, new: str, share: str = "", **more: object) -> Edge:
    known = {"function": "", "source": f"QĐ về {old}", "verified": True, "on": DAY, **more}
    return Edge(kind=kind, old=old, new=new, share=Decimal(share) if share else None, **known)  # type: ignore[arg-type]


EDGES = (
    edge(MERGE, PLANNING, FINANCE, verified=False),
    edge(MERGE, FINANCE, FINANCE, verified=False),
    edge(TRANSFER, PLANNING, HOME, function="đề án", tasks=("2",)),
    edge(MERGE, "Xã An", "Xã Mới"),
    edge(MERGE, "Xã Bình", "Xã Bình"),
    edge(SPLIT, "Xã Cao", "Xã Mới"),
    edge(SPLIT, "Xã Cao", "Xã Dưới"),
)
CAO = "«Xã Cao» tách từ ngày 1/7/2024 cho «Xã Mới»; «Xã Dưới» mà không có tỷ lệ chia."


def run(*edges: Edge, as_of: date = AS_OF) -> Consolidated:
    return consolidate(PLAN, YEAR, as_of, COPIES, edges=edges)


@pytest.fixture(scope="module")
def result() -> Consolidated:
    return run(*EDGES)


@pytest.fixture(scope="module")
def book(result: Consolidated) -> openpyxl.Workbook:
    return opened(report.write_report(result))


def below(book: openpyxl.Workbook, sheet: str) -> list[list[object]]:
    """What stands below the first table of a sheet, from the title on."""
    found = rows(book[sheet], 1)
    return found[next(at for at, row in enumerate(found) if row and str(row[0]).startswith(NOW_TITLE)) :]


def columns(book: openpyxl.Workbook, sheet: str, *wanted: str) -> list[tuple[object, ...]]:
    """What stands in these columns of the first table of a sheet."""
    headings, *found = rows(book[sheet], 4)
    return [tuple(row[headings.index(heading)] for heading in wanted) for row in found[: found.index([])]]


# --- the province's results are those of what was reported


def test_nothing_but_the_view_changes(result: Consolidated) -> None:
    assert replace(result, now=successors.NOTHING_CHANGED) == run()


@pytest.mark.parametrize("edges", [(), EDGES], ids=["no edges", "edges of a later day"])
def test_before_anything_happened_the_workbook_is_as_it_was(edges: tuple[Edge, ...]) -> None:
    later = [replace(item, on=date(2024, 12, 21)) for item in edges]
    same = run(*later)
    assert same.now == successors.NOTHING_CHANGED
    assert report.write_report(same) == report.write_report(run())
    assert [report.summary(same)[key] for key in ("agencies_now", "undecided")] == [[], []]


@pytest.mark.parametrize("issued", [date(2023, 1, 5), None])  # then it is the plan's first day that counts
def test_names_are_those_of_the_day_the_plan_was_issued(issued: date | None) -> None:
    taken_up_again = (
        edge(RENAME, "Xã An", "Xã Cũ", on=date(2020, 1, 1)),
        edge(RENAME, "Xã Khác", "Xã An", on=date(2021, 1, 1)),
    )
    plan = replace(PLAN, issued_on=issued)
    now = consolidate(plan, YEAR, AS_OF, COPIES, edges=taken_up_again).now
    assert (now.affected, now.tasks_changed, now.figures_changed) == ((), False, False)


def test_a_change_that_concerns_nobody_of_the_plan_shows_nothing() -> None:
    assert report.write_report(run(edge(MERGE, "Xã Xa", "Xã Gần"))) == report.write_report(run())


def test_edges_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(KtttError, match="«Xã An» ngày 1/7/2024: có 2 đơn vị kế thừa"):
        run(*EDGES, edge(RENAME, "Xã An", "Xã Khác"))


# --- counts are the same in both views


def test_both_views_have_the_same_rows_and_sums(result: Consolidated) -> None:
    view = result.now.figures
    today = [*view.figures, *view.undecided]
    assert [item.agency for item in result.now.tasks] == [row.agency for row in result.task_rows]
    assert sorted((item.figure.code, item.figure.value) for item in today) == sorted(
        (figure.code, figure.value) for figure in result.figures
    )


@pytest.mark.parametrize("lost", ["figures", "undecided"])
def test_a_figure_that_gets_lost_stops_the_run(monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    def losing(*given: object) -> View:
        view = as_of_now(*given)  # type: ignore[arg-type]
        return replace(view, **{lost: getattr(view, lost)[1:]})

    monkeypatch.setattr(successors, "as_of_now", losing)
    with pytest.raises(AssertionError, match=r"^figures not conserved: \[\('HTX', '2024'\)\]$"):
        run(*EDGES)


# --- JSON


def test_json_adds_keys_at_the_end(result: Consolidated) -> None:
    document = json.loads(json.dumps(report.summary(result)))
    assert list(document)[-6:] == ["findings", "agencies_now", "undecided", "closed", "decisions", "slips"]
    assert document["agencies_now"] == [
        {
            "agency": PLANNING, "heirs": [{"name": FINANCE, "share": 1}], "undecided": False, "reason": "",
            "verified": False,
        },
        {"agency": "Xã An", "heirs": [{"name": "Xã Mới", "share": 1}], "undecided": False, "reason": "",
         "verified": True},
        {
            "agency": "Xã Cao", "heirs": [{"name": "Xã Mới", "share": None}, {"name": "Xã Dưới", "share": None}],
            "undecided": True, "reason": CAO, "verified": True,
        },
    ]  # fmt: skip
    assert document["undecided"] == [
        {
            "code": code, "agency": "Xã Cao", "period": "2024", "value": value, "heirs": ["Xã Mới", "Xã Dưới"],
            "reason": CAO, "verified": True,
        }
        for code, value in (("HTX", 10), ("KHA", 4))
    ]  # fmt: skip


def test_shares_in_json() -> None:
    parts = run(edge(SPLIT, "Xã Cao", "Xã Mới", "0.3"), edge(SPLIT, "Xã Cao", "", "0.7"))
    [found] = report.summary(parts)["agencies_now"]
    assert found == {
        "agency": "Xã Cao", "heirs": [{"name": "Xã Mới", "share": 0.3}], "undecided": True,
        "reason": "«Xã Cao» không còn từ ngày 1/7/2024; chưa xác định đơn vị kế thừa.", "verified": True,
    }  # fmt: skip
    assert [(item["code"], item["value"]) for item in report.summary(parts)["undecided"]] == [("HTX", 7), ("KHA", 2.8)]


# --- the sheets


WHERE = "xem cuối trang «Tình hình nộp», «Nhiệm vụ», «Số liệu»"
KEPT = "«Xã Bình» giữ tên nhưng thay đổi phạm vi từ ngày 1/7/2024: trước và sau không so sánh được."
ENDED = "«Xã Cao» không còn từ ngày 1/7/2024; chưa xác định đơn vị kế thừa."
SUMS = (
    "Tổng của từng chỉ tiêu, từng kỳ bằng đúng tổng lúc báo cáo. "
    "2 số liệu chưa xác định được đơn vị hiện nay ghi ở cuối bảng."
)


def test_the_overview_says_how_many_changed_and_where_to_look(result: Consolidated) -> None:
    assert report.overview(result)["Báo cáo nhận được"][-1] == (
        "Cơ quan đã thay đổi đến nay",
        4,
        f"1 chưa xác định đơn vị kế thừa, 1 giữ tên, 1 chưa kiểm chứng; {WHERE}",
    )


def test_who_each_agency_is_today(book: openpyxl.Workbook) -> None:
    assert columns(book, "Tình hình nộp", "Đơn vị", "Cơ quan hiện nay") == [
        (PLANNING, "Sở Tài chính (chưa kiểm chứng)"),
        ("Xã An", "Xã Mới"),
        ("Xã An", "Xã Mới"),
        ("Xã Bình", "Xã Bình"),
        ("Xã Cao", "Chưa xác định: Xã Mới, Xã Dưới"),
        ("(không rõ đơn vị)", None),
    ]
    assert below(book, "Tình hình nộp") == [
        [f"{NOW_TITLE} (20/12/2024): CƠ QUAN ĐÃ THAY ĐỔI"],
        ["STT", "Cơ quan trong kế hoạch", "Cơ quan hiện nay", "Từ ngày", "Thay đổi", "Lý do, căn cứ"],
        [
            1, PLANNING, "Sở Tài chính (chưa kiểm chứng)", "từ 1/7/2024", "Hợp nhất; Chuyển chức năng",
            "đề án (nhiệm vụ 2) → Sở Nội vụ\nCăn cứ: QĐ về Sở Kế hoạch",
        ],
        [2, "Xã An", "Xã Mới", "từ 1/7/2024", "Hợp nhất", "Căn cứ: QĐ về Xã An"],
        [
            3, "Xã Bình", "Xã Bình", "từ 1/7/2024", "Hợp nhất",
            f"{KEPT}\nCăn cứ: QĐ về Xã Bình",
        ],
        [
            4, "Xã Cao", "Chưa xác định: Xã Mới, Xã Dưới", "từ 1/7/2024", "Chia tách", f"{CAO}\nCăn cứ: QĐ về Xã Cao",
        ],
    ]  # fmt: skip


def test_a_body_without_an_heir_has_ended() -> None:
    made = opened(report.write_report(run(edge(SPLIT, "Xã Cao", "", verified=False, function="tất cả"))))
    assert below(made, "Tình hình nộp")[-1] == [
        1, "Xã Cao", "Chưa xác định (chưa kiểm chứng)", "từ 1/7/2024", "Kết thúc",
        f"{ENDED}\ntất cả → Chưa xác định (chưa kiểm chứng)\nCăn cứ: QĐ về Xã Cao",
    ]  # fmt: skip


def test_tasks_stand_with_the_heir_of_their_function(book: openpyxl.Workbook) -> None:
    assert columns(book, "Nhiệm vụ", "Mã", "Đơn vị", "Cơ quan hiện nay") == [
        ("1", PLANNING, "Sở Tài chính (chưa kiểm chứng)"),
        ("2", PLANNING, HOME),
        ("3", PLANNING, "Sở Tài chính (chưa kiểm chứng)"),
        ("4", "Xã An", "Xã Mới"),
    ]
    assert below(book, "Nhiệm vụ") == [
        [f"{NOW_TITLE} (20/12/2024): NHIỆM VỤ CHỦ TRÌ, SỐ LƯỢT NHIỆM VỤ CỦA TỪNG CƠ QUAN"],
        ["Một nhiệm vụ do hai cơ quan chủ trì là hai lượt, kể cả khi hai cơ quan nay là một."],
        [
            "STT", "Cơ quan", "Tình trạng, lúc báo cáo", "Số lượt, lúc báo cáo", "Số lượt, hiện nay",
            "Tình trạng, hiện nay",
        ],
        [1, PLANNING, "Quá hạn 1; Chờ văn bản cấp trên 1; Hoàn thành đúng hạn 1", 3, 0],
        [2, "Xã An", "Thường xuyên 1", 1, 0],
        [3, "Sở Tài chính (chưa kiểm chứng)", None, 0, 2, "Chờ văn bản cấp trên 1; Hoàn thành đúng hạn 1"],
        [4, HOME, None, 0, 1, "Quá hạn 1"],
        [5, "Xã Mới", None, 0, 1, "Thường xuyên 1"],
        [None, "Cộng", None, 4, 4],
    ]  # fmt: skip


def test_counts_say_what_they_count_under_the_headings_of_another_table(book: openpyxl.Workbook) -> None:
    sheet = book["Nhiệm vụ"]
    assert [sheet.cell(sheet.max_row, column).number_format for column in (4, 5)] == [
        '#,##0" lượt"',
        '"nay "#,##0" lượt"',
    ]


def test_coordinating_agencies_are_shown_and_not_counted() -> None:
    helped = replace(PLAN.tasks[0], coordinating=("Xã An",), coordinating_text="Xã An")
    told = copy("an", "Xã An", "tasks", {("1", "result"): "Đã dự"})
    made = consolidate(replace(PLAN, tasks=(helped,)), YEAR, AS_OF, (told,), edges=EDGES)
    book = opened(report.write_report(made))
    assert columns(book, "Nhiệm vụ", "Vai trò", "Đơn vị", "Cơ quan hiện nay") == [
        ("Chủ trì", PLANNING, "Sở Tài chính (chưa kiểm chứng)"),
        ("Phối hợp", "Xã An", "Xã Mới"),
    ]
    assert [row[1:5] for row in below(book, "Nhiệm vụ")[3:]] == [
        [PLANNING, "Quá hạn 1", 1, 0],
        ["Sở Tài chính (chưa kiểm chứng)", None, 0, 1],
        ["Cộng", None, 1, 1],
    ]


def test_tasks_that_nobody_is_known_to_bear_are_counted_last() -> None:
    plan = replace(PLAN, tasks=(*PLAN.tasks, given_task("5", "Họp", "Xã Cao", "thường xuyên")))
    edges = (edge(SPLIT, "Xã An", ""), edge(SPLIT, "Xã Cao", "Xã Mới", "0.3"), edge(SPLIT, "Xã Cao", "Xã Dưới", "0.7"))
    made = opened(report.write_report(consolidate(plan, YEAR, AS_OF, (), edges=edges)))
    assert columns(made, "Nhiệm vụ", "Đơn vị", "Cơ quan hiện nay")[-2:] == [
        ("Xã An", "Chưa xác định"),
        ("Xã Cao", "Xã Mới (0,3); Xã Dưới (0,7)"),
    ]
    assert below(made, "Nhiệm vụ")[3:] == [
        [1, PLANNING, "Quá hạn 2; Chờ văn bản cấp trên 1", 3, 3, "Quá hạn 2; Chờ văn bản cấp trên 1"],
        [2, "Xã An", "Thường xuyên 1", 1, 0],
        [3, "Xã Cao", "Thường xuyên 1", 1, 0],
        [4, "Xã Mới; Xã Dưới", None, 0, 1, "Thường xuyên 1"],
        [5, "Chưa xác định", None, 0, 1, "Thường xuyên 1"],
        [None, "Cộng", None, 5, 5],
    ]


COUNT = ("Số hợp tác xã", "HTX")


def test_figures_by_the_agencies_of_today(book: openpyxl.Workbook) -> None:
    assert book["Số liệu"]["A1"].value == "SỐ LIỆU THEO ĐƠN VỊ LÚC BÁO CÁO"
    assert below(book, "Số liệu") == [
        [f"{NOW_TITLE} (20/12/2024): SỐ LIỆU"],
        [SUMS],
        [
            "Mã", "Chỉ tiêu", "ĐVT", "Đơn vị hiện nay", "Mã kỳ", "Kỳ", "Giá trị",
            "Gồm số liệu của; lý do chưa xác định",
        ],
        ["HTX", *COUNT, "Xã Mới", "2024", "Năm 2024", 12, "Số liệu của Xã An"],
        ["KHA", "Số hợp tác xã khá", "HTX", "Xã Mới", "2024", "Năm 2024", 7, "Số liệu của Xã An"],
        ["MOI", "Số hợp tác xã mới", "HTX", "Xã Mới", "2024", "Năm 2024", 2.5, "Số liệu của Xã An"],
        ["HTX", *COUNT, "Chưa xác định (Xã Cao)", "2024", "Năm 2024", 10, CAO],
        ["KHA", "Số hợp tác xã khá", "HTX", "Chưa xác định (Xã Cao)", "2024", "Năm 2024", 4, CAO],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        pytest.param(
            (edge(MERGE, "Xã An", "Xã Cao", verified=False), edge(MERGE, "Xã Cao", "Xã Cao")),
            [
                ["HTX", *COUNT, "Xã Cao (chưa kiểm chứng)", "2024", "Năm 2024", 22,
                 "Gồm số liệu của 2 đơn vị: Xã An; Xã Cao"],
            ],
            id="merged",
        ),
        pytest.param(
            (edge(SPLIT, "Xã An", "Xã An", "0.25"), edge(SPLIT, "Xã An", "Xã Cao", "0.75")),
            [["HTX", *COUNT, "Xã An", "2024", "Năm 2024", 12], ["HTX", *COUNT, "Xã Cao", "2024", "Năm 2024", 10]],
            id="a year that ends after the split is of those that the split left",
        ),
        pytest.param(
            (edge(SPLIT, "Xã An", "Xã Mới", "0.25"), edge(SPLIT, "Xã An", "Xã Cao", "0.75")),
            [
                ["HTX", *COUNT, "Xã Cao", "2024", "Năm 2024", 19, "Gồm số liệu của 2 đơn vị: Xã An (0,75); Xã Cao"],
                ["HTX", *COUNT, "Xã Mới", "2024", "Năm 2024", 3, "Số liệu của Xã An (0,25)"],
            ],
            id="divided by stated shares",
        ),
        pytest.param(
            (edge(SPLIT, "Xã An", "", verified=False),),
            [
                ["HTX", *COUNT, "Xã Cao", "2024", "Năm 2024", 10],
                ["HTX", *COUNT, "Chưa xác định (Xã An)", "2024", "Năm 2024", 12,
                 "«Xã An» không còn từ ngày 1/7/2024; chưa xác định đơn vị kế thừa. (chưa kiểm chứng)"],
            ],
            id="no heir known",
        ),
    ],
)  # fmt: skip
def test_rows_of_one_indicator(edges: tuple[Edge, ...], expected: list[list[object]]) -> None:
    made = run(*edges)
    found = rows(opened(report.write_report(made))["Số liệu"], 1)
    start = next((at for at, row in enumerate(found) if row and str(row[0]).startswith(NOW_TITLE)), None)
    if start is None:  # nothing differs: the first table says it all
        assert [row[:7] for row in found if row[:1] == ["HTX"] and row[6] is not None] == expected
    else:
        assert [row for row in found[start:] if row[:1] == ["HTX"]] == expected


def test_averages_of_several_agencies_are_not_added() -> None:
    averages = tuple(
        replace(item, aggregation="weighted", denominator="HTX") if item.code == "KHA" else item
        for item in PLAN.indicators
    )
    edges = (edge(MERGE, "Xã An", "Xã Cao"), edge(MERGE, "Xã Cao", "Xã Cao"))
    view = consolidate(replace(PLAN, indicators=averages), YEAR, AS_OF, COPIES, edges=edges).now.figures
    assert [(item.figure.code, item.figure.agency, item.figure.value, item.reason) for item in view.undecided] == [
        ("KHA", name, value, "«Xã An»; «Xã Cao» nay là «Xã Cao»: số bình quân, tỷ lệ của nhiều đơn vị không cộng được.")
        for name, value in (("Xã An", 7), ("Xã Cao", 4))
    ]


def test_figures_left_as_they_were_need_no_second_table() -> None:
    made = run(EDGES[0], EDGES[2])
    book = opened(report.write_report(made))
    assert book["Số liệu"]["A1"].value == "SỐ LIỆU ĐƠN VỊ BÁO CÁO"
    assert not any(str(cell.value).startswith(NOW_TITLE) for cell in book["Số liệu"]["A"])
    assert report.overview(made)["Báo cáo nhận được"][-1] == (
        "Cơ quan đã thay đổi đến nay", 1, "1 chưa kiểm chứng; xem cuối trang «Tình hình nộp», «Nhiệm vụ»",
    )  # fmt: skip


def test_second_tables_keep_to_the_columns_of_the_first(book: openpyxl.Workbook) -> None:
    for name in ("Nhiệm vụ", "Số liệu", "Tình hình nộp"):
        sheet = book[name]
        last = max(cell.column for cell in sheet[4] if cell.value)
        assert max(cell.column for row in sheet.iter_rows() for cell in row if cell.value is not None) == last
        bottom = 4 + len(columns(book, name, "Đơn vị"))
        assert sheet.auto_filter.ref == f"A4:{sheet.cell(4, last).column_letter}{bottom}"


# --- read back: what was reported, and nothing of today


def test_history_reads_back_only_what_was_reported(tmp_path: Path, result: Consolidated) -> None:
    then, now = tmp_path / "then.xlsx", tmp_path / "now.xlsx"
    then.write_bytes(report.write_report(run()))
    now.write_bytes(report.write_report(result))
    assert read_history([now], PLAN.id) == read_history([then], PLAN.id)
    assert set(read_history([now], PLAN.id).figures) == set(result.figures)


def test_an_agency_cannot_end_the_table_by_what_it_types(tmp_path: Path) -> None:
    typed = {("1", "state"): "Hoàn thành", ("1", "result"): NOW_TITLE, ("2", "state"): "Đang thực hiện"}
    made = consolidate(PLAN, YEAR, AS_OF, (copy("ke", PLANNING, "tasks", typed),))  # type: ignore[arg-type]
    path = tmp_path / "2024.xlsx"
    path.write_bytes(report.write_report(made))
    assert [(pair, states[0][1]) for pair, states in read_history([path], PLAN.id).states.items()][:2] == [
        (("1", PLANNING), "Hoàn thành"),
        (("2", PLANNING), "Đang thực hiện"),
    ]


@pytest.mark.parametrize("sheet", ["Số liệu", "Nhiệm vụ"])
def test_a_row_that_was_moved_below_is_not_lost_in_silence(tmp_path: Path, result: Consolidated, sheet: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(report.write_report(result)))
    moved, last = book[sheet], book[sheet].max_row
    for cell in moved[5]:
        moved.cell(last + 1, cell.column).value = cell.value
    path = tmp_path / "2024.xlsx"
    book.save(path)
    with pytest.raises(MisuseError) as refused:
        read_history([path], PLAN.id)
    assert str(refused.value) == (
        f"«{path}», trang «{sheet}», dòng {last + 1}: nằm dưới bảng «{NOW_TITLE}»; cần đưa về bảng trên."
    )
