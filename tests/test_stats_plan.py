"""What a plan sets for its statistics form: sums, classes, collector, due day; read, checked, exported, printed."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from test_plans import FILES, told

from kttt_xl import builder, plans
from kttt_xl.bands import band_text, bands_words, read_band
from kttt_xl.layout import bands_text, stats_copy, task_copy
from kttt_xl.model import Band, Form, Plan, Settings
from kttt_xl.period import parse_period
from kttt_xl.plan_book_read import read_plan_file
from kttt_xl.plan_book_write import write_plan

Edit = tuple[str, str, str]  # file, what stands there once, what to put instead
YEAR = parse_period("2024")
BANDS = (Band("tốt", "từ 80 đến 100 điểm"), Band("khá", "từ 65 đến dưới 80 điểm"))
DOCUMENT = "Quyết định số 1/QĐ-UBND"

TABLE = """\
code,name,unit,nature,aggregation,numerator,denominator,parent,value_type,derived,note,parts,exhaustive,increases,decreases,banded
HTX,Số HTX,HTX,stock,sum,,,,count,,,KHA | YEU,x,MOI,GT,
KHA,Số HTX khá,HTX,stock,sum,,,HTX,count,x,,,,,,x
YEU,Số HTX yếu,HTX,stock,sum,,,HTX,count,,,,,,,
MOI,Số mới,HTX,flow,sum,,,,count,,,,,,,
GT,Số giải thể,HTX,flow,sum,,,,count,,,,,,,
TL,Tỷ lệ khá,%,ratio,ratio,KHA,HTX,,percent,,,,,,,
"""
BANDS_TABLE = f"""
[bands]
document = "{DOCUMENT}"
levels = ["tốt: từ 80 đến 100 điểm", "khá: từ 65 đến dưới 80 điểm"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a plan folder with sums, classes and an own collector, with edits."""

    def write(*edits: Edit) -> Path:
        files = {**FILES, "indicators.csv": TABLE}
        files["plan.toml"] = (
            files["plan.toml"]
            .replace("[forms.stats]\n", '[forms.stats]\ncoordinator = "Xã B"\nsending_roll = true\n')
            .replace(
                '[forms.tasks]\nsending = "trước ngày 15/12 hằng năm"\n', "[forms.tasks]\nsending_working_days = 2\n"
            )
        )
        files["plan.toml"] += BANDS_TABLE
        for name, old, new in edits:
            assert files[name].count(old) == 1, old
            files[name] = files[name].replace(old, new)
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        return tmp_path

    return write  # fmt: skip


def test_everything_is_read(folder: Callable[..., Path]) -> None:
    plan, findings = plans.read_plan(folder())
    assert plan is not None
    assert findings == ()
    assert plan.settings == Settings(
        before_includes_day=False,
        due_soon_days=10,
        about_share=plan.settings.about_share,
        derived=("end",),
        tasks=Form(sending_working_days=2),
        stats=Form("calendar", "", ("Các xã",), (-1, 0, "2030"), sending_roll=True, coordinator="Xã B"),
        bands=BANDS,
        bands_document=DOCUMENT,
    )
    htx, kha = plan.indicators[:2]
    assert (htx.parts, htx.exhaustive, htx.increases, htx.decreases, htx.banded) == (
        ("KHA", "YEU"), True, ("MOI",), ("GT",), False,
    )  # fmt: skip
    assert (kha.parts, kha.exhaustive, kha.increases, kha.decreases, kha.banded) == ((), False, (), (), True)


def test_it_goes_through_a_plan_workbook(folder: Callable[..., Path], tmp_path: Path) -> None:
    plan = plans.load_plan(str(folder()))
    book = tmp_path / "ke-hoach.xlsx"
    book.write_bytes(write_plan(plan))
    assert read_plan_file(book) == (plan, ())
    sheet = openpyxl.load_workbook(book)["Kế hoạch"]
    lines = {row[0].value: row[1].value and str(row[1].value) for row in sheet.iter_rows(min_row=4)}
    assert {
        heading: lines[heading]
        for heading in (
            "Xếp loại: theo văn bản", "Xếp loại: tên và mức", "Biểu số liệu: nơi nhận", "Biểu nhiệm vụ: nơi nhận",
            "Biểu nhiệm vụ: gửi sau mấy ngày làm việc", "Biểu số liệu: gửi sau mấy ngày làm việc",
            "Biểu số liệu: hạn gửi trùng ngày nghỉ thì dời",
        )
    } == {
        "Xếp loại: theo văn bản": DOCUMENT,
        "Xếp loại: tên và mức": "tốt: từ 80 đến 100 điểm | khá: từ 65 đến dưới 80 điểm",
        "Biểu số liệu: nơi nhận": "Xã B",
        "Biểu nhiệm vụ: nơi nhận": None,
        "Biểu nhiệm vụ: gửi sau mấy ngày làm việc": "2",
        "Biểu số liệu: gửi sau mấy ngày làm việc": None,
        "Biểu số liệu: hạn gửi trùng ngày nghỉ thì dời": "x",
    }  # fmt: skip


CELL, OR_NONE = "Sửa ô này.", "Bổ sung các mã, hoặc bỏ x."
CODE = "Thêm chỉ tiêu vào indicators.csv, hoặc sửa mã."
TOML = "Sửa tệp plan.toml."
REGISTER = "Thêm cơ quan vào agencies.csv, hoặc dùng đúng tên đã đăng ký."
LEVELS = 'danh sách loại khác nhau, mỗi loại ghi "tên: mức"'
ADDS, ONCE = "mã của một chỉ tiêu cộng được (sum)", "mỗi mã một lần, khác mã của dòng này"
INDICATORS, TARGETS, HEAD = "indicators.csv", "targets.csv", "plan.toml"
NONE_OF_PARTS = "%,ratio,none,,,,percent,,,TL2,,,,\nTL2,b,%,ratio,sum,,,,percent,,,,,,,"
TWO_DEADLINES = 'sending_working_days = 2\nsending = "trước ngày 15/12 hằng năm"'
GOOD, FAIR, NAMELESS = "'tốt: từ 80 đến 100 điểm'", '"khá: từ 65 đến dưới 80 điểm"', "tên đã đăng ký, không phải nhóm"
# File, what stands there, what instead; cell and heading of the one problem it makes, what is found, expected, cure.
PROBLEMS: list[tuple[str, str, str, str, str, str, str]] = [
    (INDICATORS, "KHA | YEU,x", "KHA | TB,x", "L2 parts", "TB", "mã chỉ tiêu đã có", CODE),
    (INDICATORS, "KHA | YEU,x", "KHA | HTX,x", "L2 parts", "HTX", ONCE, "Bỏ mã thừa."),
    (INDICATORS, "KHA | YEU,x", "KHA | TL,x", "L2 parts", "TL", f"{ADDS}, cùng tính chất với dòng này", CODE),
    (INDICATORS, "KHA | YEU,x", "KHA | MOI,x", "L2 parts", "MOI", f"{ADDS}, cùng tính chất với dòng này", CODE),
    (INDICATORS, "KHA | YEU,x", ",x", "M2 exhaustive", "x", "để trống, vì chưa ghi các dòng hợp thành", OR_NONE),
    (INDICATORS, "KHA | YEU,x", "KHA | YEU,có", "M2 exhaustive", "có", "x hoặc để trống", CELL),
    (INDICATORS, "x,MOI,GT", "x,MOI,YEU", "O2 decreases", "YEU", f"{ADDS}, số phát sinh (flow)", CODE),
    (INDICATORS, "x,MOI,GT", "x,MOI,HTX", "O2 decreases", "HTX", ONCE, "Bỏ mã thừa."),
    (
        INDICATORS, "giải thể,HTX,flow,sum,,,,count,,,,,,,", "giải thể,HTX,flow,sum,,,,count,,,,,MOI,,", "D6 nature",
        "flow", "số tại thời điểm (stock), vì dòng này có tăng, giảm trong kỳ", CELL,
    ),
    (
        INDICATORS, "%,ratio,ratio,KHA,HTX,,percent,,,,,,,", NONE_OF_PARTS, "E7 aggregation",
        "none", "cộng được (sum), vì dòng này là tổng của các dòng khác", CELL,
    ),
    (HEAD, '"Xã B"', '"Các xã"', " forms.stats.coordinator", "Các xã", NAMELESS, REGISTER),
    (HEAD, '"Xã B"', '"Xã X"', " forms.stats.coordinator", "Xã X", NAMELESS, REGISTER),
    (
        HEAD, "sending_working_days = 2", TWO_DEADLINES, " forms.tasks.sending_working_days",
        "2", "để trống, vì thời hạn gửi đã ghi ngày", "Bỏ số ngày làm việc, hoặc bỏ ngày trong thời hạn gửi.",
    ),
    (
        HEAD, "sending_working_days = 2", "sending_working_days = 0", " forms.tasks.sending_working_days",
        "0", "một số nguyên từ 1 đến 60", TOML,
    ),
    (HEAD, "sending_roll = true", 'sending_roll = "x"', " forms.stats.sending_roll", "x", "true hoặc false", TOML),
    (HEAD, FAIR, '"khá"', " bands.levels", f"[{GOOD}, 'khá']", LEVELS, TOML),
    (HEAD, FAIR, '"TỐT: 1"', " bands.levels", f"[{GOOD}, 'TỐT: 1']", LEVELS, TOML),
    (HEAD, FAIR, '"khá: 1 | 2"', " bands.levels", f"[{GOOD}, 'khá: 1 | 2']", LEVELS, TOML),
    (HEAD, "document =", "van_ban =", " bands.van_ban", "van_ban", "một trong: levels; document", TOML),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "place", "found", "expected", "fix"), PROBLEMS)
def test_one_problem(
    folder: Callable[..., Path], file: str, old: str, new: str, place: str, found: str, expected: str, fix: str
) -> None:
    plan, findings = plans.read_plan(folder((file, old, new)))
    header = place.rsplit(maxsplit=1)[-1]
    sentence = f"error {file} {place}: «{header}» ghi «{found}»; cần {expected}. {fix}"
    assert (plan, [told(problem) for problem in findings]) == (None, [sentence])


def test_an_average_of_what_is_no_growth_is_asked_about(folder: Callable[..., Path]) -> None:
    plan, findings = plans.read_plan(folder((TARGETS, "5,,Hằng năm,,yearly", "5,,Hằng năm,,average")))
    assert plan is not None
    sentence = "Bình quân năm tính từ tốc độ tăng (%), nhưng «HTX» không phải tốc độ tăng."
    fix = "Kiểm tra: nếu là mức của từng năm thì dùng hằng năm, nếu là mức tại một mốc thì dùng mốc năm."
    assert [told(found) for found in findings] == [f"warning targets.csv I3 basis: {sentence} {fix}"]


def test_a_workbook_says_it_in_its_own_words(folder: Callable[..., Path], tmp_path: Path) -> None:
    """Cells of the sheets, headings as they stand there, no names of files."""
    book_path = tmp_path / "ke-hoach.xlsx"
    book_path.write_bytes(write_plan(plans.load_plan(str(folder()))))
    book = openpyxl.load_workbook(book_path)
    sheet, head = book["Chỉ tiêu thống kê"], book["Kế hoạch"]
    at = {cell.value: cell.column_letter for cell in sheet[3]}
    rows = {row[0].value: row[1] for row in head.iter_rows(min_row=4)}
    sheet[f"{at['Giảm trong kỳ (mã)']}4"] = "YEU"
    rows["Xếp loại: tên và mức"].value = "tốt"
    rows["Biểu số liệu: nơi nhận"].value = "Các xã"
    rows["Biểu nhiệm vụ: gửi sau mấy ngày làm việc"].value = 1.5
    book.save(book_path)
    plan, findings = read_plan_file(book_path)
    assert plan is None
    assert [(found.sheet, found.cell, found.header, found.found, found.expected) for found in findings] == [
        ("Kế hoạch", rows["Xếp loại: tên và mức"].coordinate, "Xếp loại: tên và mức", "tốt", LEVELS),
        (
            "Kế hoạch", rows["Biểu nhiệm vụ: gửi sau mấy ngày làm việc"].coordinate,
            "Biểu nhiệm vụ: gửi sau mấy ngày làm việc", "1,5", "một số nguyên từ 1 đến 60",
        ),
        (
            "Kế hoạch", rows["Biểu số liệu: nơi nhận"].coordinate, "Biểu số liệu: nơi nhận", "Các xã",
            "tên đã đăng ký, không phải nhóm",
        ),
        (
            "Chỉ tiêu thống kê", f"{at['Giảm trong kỳ (mã)']}4", "Giảm trong kỳ (mã)", "YEU",
            "mã của một chỉ tiêu cộng được, số phát sinh",
        ),
    ]  # fmt: skip


# --- classes


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("khá: từ 65 đến dưới 80 điểm", Band("khá", "từ 65 đến dưới 80 điểm")),
        (" yếu :dưới 50: điểm", Band("yếu", "dưới 50: điểm")),
        ("khá", None),
        (": dưới 50", None),
        ("khá: ", None),
        ("", None),
    ],
)
def test_a_class_and_its_limits(text: str, band: Band | None) -> None:
    assert read_band(text) == band
    assert band is None or read_band(band_text(band)) == band


@pytest.mark.parametrize(
    ("settings", "rows", "words"),
    [
        (Settings(), ("1",), ""),
        (Settings(bands=BANDS), (), ""),
        (Settings(bands=BANDS[1:]), ("10", "11"), "Xếp loại ở dòng 10, 11: khá: từ 65 đến dưới 80 điểm."),
        (
            Settings(bands=BANDS, bands_document=DOCUMENT),
            ("2",),
            f"Xếp loại ở dòng 2 theo {DOCUMENT}: tốt: từ 80 đến 100 điểm; khá: từ 65 đến dưới 80 điểm.",
        ),
    ],
)
def test_what_a_form_says_of_classes(settings: Settings, rows: Iterable[str], words: str) -> None:
    assert bands_words(settings, rows) == words


def with_bands(plan: Plan) -> Plan:
    return replace(plan, settings=replace(plan.settings, bands=BANDS, bands_document=DOCUMENT))


def test_only_forms_with_such_rows_tell_classes(gia_lai: Plan, yen_bai: Plan) -> None:
    """Rows 11 to 14 of Yên Bái count tổ chức đạt loại tốt, khá; no plan that ships names the limits."""
    ward = "UBND phường Đồng Tâm"
    words = f"Xếp loại ở dòng 11, 12, 13, 14 theo {DOCUMENT}: tốt: từ 80 đến 100 điểm; khá: từ 65 đến dưới 80 điểm."
    assert bands_text(stats_copy(with_bands(yen_bai), YEAR, ward)) == words
    assert bands_text(stats_copy(yen_bai, YEAR, ward)) == ""
    assert bands_text(task_copy(with_bands(yen_bai), YEAR, ward, ())) == ""
    others = tuple(row for row in yen_bai.indicators if not row.banded)
    assert bands_text(stats_copy(replace(with_bands(yen_bai), indicators=others, targets=()), YEAR, ward)) == ""
    assert [name for name in plans.plan_ids() if plans.load_plan(name).settings.bands] == []


def test_classes_stand_on_the_built_form_and_its_cover(yen_bai: Plan, tmp_path: Path) -> None:
    copy = stats_copy(with_bands(yen_bai), YEAR, "UBND phường Đồng Tâm")
    path = tmp_path / "bieu.xlsx"
    path.write_bytes(builder.build_copy(copy, b"k" * 32))
    book = openpyxl.load_workbook(path)
    words = bands_text(copy)
    assert (book["Số liệu"]["B6"].value, book["Số liệu"]["B7"].value) == (words, "STT")
    advice = [str(row[1].value) for row in book["Hướng dẫn"].iter_rows()]
    assert [text.partition(". ")[2] for text in advice if "Xếp loại" in text] == [words]


def test_banded_rows_are_those_of_the_plans_scales() -> None:
    banded = {name: [row.code for row in plans.load_plan(name).indicators if row.banded] for name in plans.plan_ids()}
    assert {name: codes for name, codes in banded.items() if codes} == {
        "ha-noi-ctr24-2013": ["HTX-KHA", "TL-KHA", "HTX-YEU", "TL-YEU", "HTX-HT"],
        "yen-bai-209-2023": ["TC-TOT-KHA", "TL-TOT-KHA", "TC-TOT-KHA-LK", "TL-TOT-KHA-LK"],
    }
