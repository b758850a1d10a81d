"""layout: the sheets as the contract names them, and what a copy of a plan and period holds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kttt_xl import layout
from kttt_xl.assignments import task_assignments
from kttt_xl.layout import Copy, Line, cut_off_text, plausible_dates, sending_text, stats_copy, task_copy, title_block
from kttt_xl.model import Form, Indicator, Plan, Settings, Value
from kttt_xl.period import Period, parse_period

AGENCY = "Liên minh Hợp tác xã tỉnh"
WARD = "UBND phường Đồng Tâm"


@pytest.fixture(scope="module")
def tasks(gia_lai: Plan, year: Period) -> Copy:
    return task_copy(gia_lai, year, AGENCY, task_assignments(gia_lai, year)[AGENCY], {("1", AGENCY): "Đang thực hiện"})


def test_headings_are_the_contracts(tasks: Copy, yen_bai: Plan, year: Period) -> None:
    """Contract, section 4; those of the agency are starred there."""
    starred = [(column.heading, bool(column.rule)) for column in tasks.columns]
    assert starred == [
        ("Mã", False),
        ("STT", False),
        ("Nhiệm vụ, đề án", False),
        ("Vai trò", False),
        ("Cơ quan chủ trì", False),
        ("Cơ quan phối hợp", False),
        ("Cấp trình", False),
        ("Sản phẩm hoàn thành", False),
        ("Thời gian trình", False),
        ("Hạn", False),
        ("Kỳ trước", False),
        ("Trạng thái", True),
        ("Tỷ lệ hoàn thành (%)", True),
        ("Ngày hoàn thành", True),
        ("Sản phẩm đã ban hành", True),
        ("Kết quả thực hiện", True),
        ("Khó khăn, vướng mắc", True),
        ("Kiến nghị", True),
        ("Kiểm tra", False),
    ]
    figures = [(column.heading, bool(column.rule)) for column in stats_copy(yen_bai, year, WARD).columns]
    assert figures == [
        ("Mã", False),
        ("STT", False),
        ("Chỉ tiêu", False),
        ("Đơn vị tính", False),
        ("Kỳ trước", False),
        ("Năm 2024", True),
        ("Ghi chú", True),
        ("Kiểm tra", False),
    ]


def test_every_input_has_help_and_alert_that_excel_can_show(tasks: Copy, yen_bai: Plan, year: Period) -> None:
    texts = [
        (column.heading, column.help, column.alert)
        for column in (*tasks.columns, *stats_copy(yen_bai, year, WARD).columns)
        if column.rule and column.rule != "figure"
    ]
    texts += [("", advice, alert) for advice, alert in layout.FIGURE_HELP.values()]
    texts += [(field.label, field.help, field.help) for field in layout.COVER_FIELDS]
    assert [
        text for text in texts if not (len(text[0]) <= 32 and 0 < len(text[1]) <= 255 and 0 < len(text[2]) <= 255)
    ] == []


def test_a_task_row_holds_the_plans_texts(tasks: Copy) -> None:
    section = "I. Nhận thức đúng, đầy đủ về bản chất, vị trí, vai trò và tầm quan trọng của kinh tế tập thể trong nền "
    section += "kinh tế thị trường định hướng xã hội chủ nghĩa"
    assert tasks.lines[:2] == (
        Line("", {"title": section}),
        Line(
            "1",
            {
                "stt": "1",
                "title": "Tổ chức hội nghị về kinh tế hợp tác, hợp tác xã",
                "role": "Chủ trì",  # it also belongs to the group that coordinates: one row, as lead
                "lead": "Sở Kế hoạch và Đầu tư, Liên minh HTX tỉnh",
                "coordinating": "Các sở, ban, ngành, địa phương",
                "submit_to": "UBND tỉnh",
                "product": "Hội nghị",
                "deadline": "Hàng năm",
                "due": date(2024, 12, 31),
                "previous": "Đang thực hiện",
            },
            required=True,
        ),
    )


def test_each_section_stands_once_above_its_tasks(tasks: Copy, gia_lai: Plan) -> None:
    sections = [line.texts["title"] for line in tasks.lines if not line.key]
    keys = {line.key for line in tasks.keyed}
    assert sections == list(dict.fromkeys(task.section for task in gia_lai.tasks if task.id in keys))
    assert len({line.key for line in tasks.keyed}) == len(tasks.keyed)


def count(code: str, **other: object) -> Indicator:
    """Return a count; other fields as given."""
    return replace(Indicator(code, f"Số {code}", "hợp tác xã", "stock", "sum"), **other)  # type: ignore[arg-type]


INDICATORS = (
    count("A"),
    count("B", parent="A", derived=True),
    count("C", parent="B", value_type="decimal"),
    count("R", unit="%", aggregation="ratio", numerator="B", denominator="A", value_type="percent"),
    count("X", parent="Y"),  # a plan that names each the parent of the other still gives a form
    count("Y", parent="X"),
    count("T", aggregation="none", value_type="text"),
)


def figure_copy(
    plan: Plan,
    window: tuple[int | str, ...] = (0,),
    previous: Mapping[str, Value] | None = None,
    settled: Mapping[tuple[str, str], Value] | None = None,
) -> Copy:
    settings = replace(plan.settings, stats=replace(plan.settings.stats, window=window))
    small = replace(plan, indicators=INDICATORS, settings=settings)
    return stats_copy(small, parse_period("2024"), WARD, previous or {}, settled or {})


def test_figure_rows_nest_and_say_what_is_derived(yen_bai: Plan) -> None:
    copy = figure_copy(yen_bai, previous={"A": Decimal(12)})
    assert [(line.key, line.texts["stt"], line.texts["name"], line.texts["previous"]) for line in copy.lines] == [
        ("A", "1", "Số A", Decimal(12)),
        ("B", "2", "   Số B (*)", None),
        ("C", "3", "      Số C", None),
        ("R", "4", "Số R", None),
        ("X", "5", "   Số X", None),
        ("Y", "6", "   Số Y", None),
        ("T", "7", "Số T", None),
    ]
    assert [(line.rule, line.ratio, line.required, line.parent) for line in copy.lines] == [
        ("count", None, True, ""),
        ("count", None, True, "A"),
        ("decimal", None, True, "B"),
        ("percent", ("B", "A"), False, ""),
        ("count", None, True, "Y"),
        ("count", None, True, "X"),
        ("text", None, True, ""),
    ]


# The window of the form: (setting, headings of the period columns).
WINDOWS: list[tuple[tuple[int | str, ...], list[str]]] = [
    ((0,), ["Năm 2024"]),
    ((-2, -1, 0), ["Năm 2022", "Năm 2023", "Năm 2024"]),
    ((0, 1), ["Năm 2024", "Năm 2025"]),
    (("2003", "2021-H1", "2021/2025"), ["Năm 2003", "6 tháng đầu năm 2021", "Giai đoạn 2021 - 2025"]),
]


@pytest.mark.parametrize(("window", "headings"), WINDOWS)
def test_one_column_for_each_period_of_the_window(
    yen_bai: Plan, window: tuple[int | str, ...], headings: list[str]
) -> None:
    columns = figure_copy(yen_bai, window).columns
    assert [column.heading for column in columns if column.rule == "figure"] == headings


def test_what_the_agency_may_type_where(yen_bai: Plan, tasks: Copy) -> None:
    """A ratio is computed and a settled figure stands: both are locked."""
    copy = figure_copy(yen_bai, (-1, 0), settled={("A", "2023"): Decimal(10), ("T", "2023"): "Có"})
    rules = [[copy.rule(column, line) for column in copy.columns] for line in copy.lines]
    assert rules == [
        ["", "", "", "", "", "", "count", "text", ""],
        ["", "", "", "", "", "count", "count", "text", ""],
        ["", "", "", "", "", "decimal", "decimal", "text", ""],
        ["", "", "", "", "", "", "", "text", ""],
        ["", "", "", "", "", "count", "count", "text", ""],
        ["", "", "", "", "", "count", "count", "text", ""],
        ["", "", "", "", "", "", "text", "text", ""],
    ]
    assert {tasks.rule(column, tasks.lines[0]) for column in tasks.columns} == {""}  # a section row
    assert [tasks.rule(column, tasks.lines[1]) for column in tasks.columns[11:]] == [
        "choice", "completion", "date", "text", "text", "text", "text", "",
    ]  # fmt: skip


# Deadlines as the sheet says them: (the plan's words, "trước ngày" counts the day, what is printed).
SENDING: list[tuple[str, bool, str]] = [
    ("", True, "kế hoạch không quy định"),
    ("hằng năm", True, "hằng năm (kế hoạch không ghi ngày)"),
    (
        "trước ngày 15/12 hằng năm",
        True,
        "trước ngày 15/12 hằng năm (chậm nhất 15/12/2024, tính cả ngày ghi trong kế hoạch)",
    ),
    (
        "trước ngày 15/12 hằng năm",
        False,
        "trước ngày 15/12 hằng năm (chậm nhất 14/12/2024, không tính ngày ghi trong kế hoạch)",
    ),
    (
        "trước ngày 30/6/2024",
        True,
        "trước ngày 30/6/2024 (chậm nhất 30/6/2024, tính cả ngày ghi trong kế hoạch)",
    ),
]


@pytest.mark.parametrize(("words", "includes", "printed"), SENDING)
def test_the_sending_deadline_in_words(yen_bai: Plan, words: str, includes: bool, printed: str) -> None:
    settings = Settings(before_includes_day=includes, stats=Form(sending=words))
    copy = stats_copy(replace(yen_bai, settings=settings), parse_period("2024"), WARD)
    assert sending_text(copy) == printed


@pytest.mark.parametrize(
    ("cut_off", "words"),
    [
        ("administrative", "từ 15/12/2023 đến hết 14/12/2024"),
        ("calendar", "từ 1/1/2024 đến hết 31/12/2024"),
    ],
)
def test_the_cut_off_in_words(yen_bai: Plan, cut_off: str, words: str) -> None:
    settings = Settings(stats=Form(cut_off=cut_off))
    assert cut_off_text(stats_copy(replace(yen_bai, settings=settings), parse_period("2024"), WARD)) == words


def test_title_block(tasks: Copy, yen_bai: Plan, year: Period) -> None:
    when = "Kỳ báo cáo: Năm 2024. Chốt số liệu: từ 15/12/2023 đến hết 14/12/2024. Thời hạn gửi: "
    colours = "Ô nền vàng: đơn vị nhập. Ô nền xám: nội dung của kế hoạch, không sửa. Cột «Kiểm tra» báo ngay ô cần sửa."
    assert title_block(tasks) == (
        "BIỂU KẾT QUẢ THỰC HIỆN NHIỆM VỤ",
        "(Kèm theo Kế hoạch số 655/KH-UBND ngày 23/3/2023 của UBND tỉnh Gia Lai)",
        "Đơn vị báo cáo: Liên minh Hợp tác xã tỉnh",
        when + "trước ngày 15/12 hằng năm (chậm nhất 15/12/2024, tính cả ngày ghi trong kế hoạch).",
        colours,
    )
    figures = title_block(stats_copy(yen_bai, year, WARD))
    assert (figures[0], figures[-1]) == (
        "BIỂU SỐ LIỆU CHỈ TIÊU",
        f"{colours} (*) Tên dòng suy ra từ câu chỉ tiêu của kế hoạch.",
    )


def test_plausible_dates(gia_lai: Plan, year: Period) -> None:
    assert plausible_dates(gia_lai, year) == (date(2023, 1, 1), date(2025, 12, 31))
    assert plausible_dates(replace(gia_lai, start=None), parse_period("2021/2025")) == (
        date(2000, 1, 1),
        date(2026, 12, 31),
    )
