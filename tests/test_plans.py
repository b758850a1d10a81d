"""Plan folders: the built-in ones load, and a broken one says everything that is wrong with it, cell by cell."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kttt_xl import plan_json, plans, resources
from kttt_xl.errors import MisuseError, PlanError
from kttt_xl.model import (
    OPERATOR_WORDS,
    Adjustment,
    Agency,
    Finding,
    Form,
    Indicator,
    Member,
    Plan,
    Settings,
    Target,
    Task,
)
from kttt_xl.period import parse_deadline

FILES = {
    "plan.toml": """\
id = "thu-1-2024"
title = "Kế hoạch thử"
number = "1/KH"
issued_on = 2024-01-05
issuer = "UBND tỉnh"
coordinator = "Sở A"
start = 2024-01-01
end = 2025-12-31
derived = ["end"]
note = "Để thử."
[settings]
before_includes_day = false
due_soon_days = 10
about_share = 0.8
[forms.tasks]
sending = "trước ngày 15/12 hằng năm"
[forms.stats]
cut_off = "calendar"
recipients = ["Các xã"]
window = [-1, 0, "2030"]
""",
    "agencies.csv": """\
name,category,aliases,group,members,note
Sở A,sở,SA | Sở thử A,,,
Xã B,xã,,,,
Xã C,xã,,,,
Các xã,,,x,Xã B (named) | Xã C (sourced),Nhóm thử
""",
    "tasks.csv": """\
id,section,title,lead,lead_text,coordinating,coordinating_text,submit_to,product,deadline_text,condition_met_on,source_note
1,I. Mục,Việc một,Sở A,Sở A,Các xã,các xã,UBND,Báo cáo,trước ngày 30/6/2024,,
2,I. Mục,Việc hai sau khi Luật ban hành,Xã B | Xã C,hai xã,,,,,Hàng quý,2024-05-01,Ghi chú
""",
    "indicators.csv": """\
code,name,unit,nature,aggregation,numerator,denominator,parent,value_type,derived,note
HTX,Số HTX,HTX,stock,sum,,,,count,,
KHA,Số HTX khá,HTX,stock,sum,,,HTX,count,x,
TL,Tỷ lệ khá,%,ratio,ratio,KHA,HTX,,percent,,
TN,Thu nhập,triệu đồng,stock,weighted,,HTX,,decimal,,
""",
    "targets.csv": """\
indicator,code,unit,operator,low,high,period_text,due,basis,scope,each,base,quote
Tỷ lệ khá,TL,%,trong khoảng,60,70.5,Đến năm 2025,2025-12-31,at,tỉnh,,40,Câu một.
Số HTX,HTX,HTX,từ … trở lên,5,,Hằng năm,,yearly,tỉnh,Các xã,,Câu hai.
""",
}

LATE = "trước ngày 30/6/2024"
PLAN = Plan(
    id="thu-1-2024",
    title="Kế hoạch thử",
    number="1/KH",
    issued_on=date(2024, 1, 5),
    issuer="UBND tỉnh",
    coordinator="Sở A",
    start=date(2024, 1, 1),
    end=date(2025, 12, 31),
    settings=Settings(
        before_includes_day=False,
        due_soon_days=10,
        about_share=Decimal("0.8"),
        derived=("end",),
        tasks=Form(sending="trước ngày 15/12 hằng năm"),
        stats=Form(cut_off="calendar", recipients=("Các xã",), window=(-1, 0, "2030")),
    ),
    agencies=(
        Agency("Sở A", "sở", ("SA", "Sở thử A")),
        Agency("Xã B", "xã"),
        Agency("Xã C", "xã"),
        Agency("Các xã", group=True, members=(Member("Xã B", "named"), Member("Xã C", "sourced")), note="Nhóm thử"),
    ),
    tasks=(
        Task(
            "1", "I. Mục", "Việc một", ("Sở A",), "Sở A", ("Các xã",), "các xã", "UBND", "Báo cáo", LATE,
            parse_deadline(LATE, before_includes_day=False),
        ),
        Task(
            "2", "I. Mục", "Việc hai sau khi Luật ban hành", ("Xã B", "Xã C"), "hai xã", (), "", "", "", "Hàng quý",
            replace(parse_deadline("Hàng quý"), conditional=True), date(2024, 5, 1), "Ghi chú",
        ),
    ),
    indicators=(
        Indicator("HTX", "Số HTX", "HTX", "stock", "sum"),
        Indicator("KHA", "Số HTX khá", "HTX", "stock", "sum", parent="HTX", derived=True),
        Indicator("TL", "Tỷ lệ khá", "%", "ratio", "ratio", "KHA", "HTX", value_type="percent"),
        Indicator("TN", "Thu nhập", "triệu đồng", "stock", "weighted", denominator="HTX", value_type="decimal"),
    ),
    targets=(
        Target(
            "Tỷ lệ khá", "TL", "%", "range", Decimal(60), Decimal("70.5"), "Đến năm 2025", date(2025, 12, 31), "at",
            "tỉnh", "", Decimal(40), "Câu một.",
        ),
        Target(
            "Số HTX", "HTX", "HTX", ">=", Decimal(5), None, "Hằng năm", None, "yearly", "tỉnh", "Các xã", None,
            "Câu hai.",
        ),
    ),
    note="Để thử.",
)  # fmt: skip

Edit = tuple[str, str, str]  # file, what stands there once, what to put instead


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes the plan folder, with edits."""

    def write(*edits: Edit) -> Path:
        files = dict(FILES)
        for name, old, new in edits:
            assert files[name].count(old) == 1
            files[name] = files[name].replace(old, new)
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        return tmp_path

    return write


def told(found: Finding) -> str:
    """Everything an officer reads of a plan finding, in one line."""
    return f"{found.severity} {found.sheet} {found.cell} {found.header}: {found.message} {found.fix}"


# --- what loads


def test_a_plan_folder_is_read_whole(folder: Callable[..., Path]) -> None:
    assert plans.read_plan(folder()) == (PLAN, ())
    assert plans.load_plan(str(folder())) == PLAN


def test_files_as_excel_and_notepad_save_them(folder: Callable[..., Path]) -> None:
    """Byte order mark, CRLF, rows of empty cells, blanks around a text, accents in another Unicode form."""
    made = folder(("agencies.csv", "Xã C,xã,,,,\n", " Xã C ,xa\u0303,,,,\n,,,,,\n\n"))
    for path in made.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert plans.read_plan(made) == (PLAN, ())


@pytest.mark.parametrize("plan_id", ["gia-lai-655-2023", "yen-bai-209-2023"])
def test_the_built_in_plans_load_and_warn_of_what_is_open(plan_id: str) -> None:
    plan, findings = plans.read_plan(plans.find_plan(plan_id))
    assert plan is not None
    assert plan.id == plan_id
    assert plans.load_plan(plan_id) == plan
    used = {name for task in plan.tasks for name in (*task.lead, *task.coordinating)}
    groups = {agency.name: [m.mark for m in agency.members] for agency in plan.agencies if agency.group}
    unsure = [name for name, marks in groups.items() if name in used and (not marks or "to-confirm" in marks)]
    assert unsure
    assert [(found.severity, found.message.split("»")[0]) for found in findings] == [
        ("warning", f"Nhóm «{name}") for name in unsure
    ]


def test_plan_ids_are_the_folders_that_ship() -> None:
    root = resources.folder("workbooks")
    assert plans.plan_ids() == tuple(sorted(path.name for path in root.iterdir() if path.is_dir()))


def test_find_plan(folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    made = folder()
    assert plans.find_plan("gia-lai-655-2023") == resources.folder("workbooks") / "gia-lai-655-2023"
    assert plans.find_plan(str(made)) == made
    monkeypatch.chdir(made.parent)
    assert plans.find_plan(made.name) == Path(made.name)
    own = made.parent / "gia-lai-655-2023"
    own.mkdir()
    assert plans.find_plan(own.name) == resources.folder("workbooks") / own.name  # nothing in it
    (own / "tasks.csv").write_bytes((made / "tasks.csv").read_bytes())
    assert plans.find_plan(own.name) == Path(own.name)


@pytest.mark.parametrize("name", ["ninh-binh", "", "../..", "plan\0.toml", "a" * 300, "x.xlsx"])
def test_an_unknown_plan(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MisuseError) as caught:
        plans.find_plan(name)
    assert str(caught.value) == (
        f"Không có kế hoạch «{name}». Các kế hoạch có sẵn: gia-lai-655-2023, ha-noi-231-2021, ha-noi-ctr24-2013, "
        "hai-phong-135-2018, yen-bai-209-2023; "
        "hoặc chỉ đường dẫn tới thư mục kế hoạch có tệp plan.toml, hoặc tới sổ kế hoạch .xlsx."
    )


# --- what does not: one edit, one problem

CELL, HEAD = "Sửa ô này.", "Sửa tệp plan.toml."
REGISTER = "Thêm cơ quan vào agencies.csv, hoặc dùng đúng tên đã đăng ký."
CODE = "Thêm chỉ tiêu vào indicators.csv, hoặc sửa mã."
ONE_SPELLING = "Mỗi cách viết chỉ của một cơ quan."
WORDS = "; ".join(OPERATOR_WORDS.values())

ERRORS: dict[str, tuple[Edit, str]] = {
    # agencies
    "agency without a name": (
        ("agencies.csv", "Xã C,xã,,,,\n", "Xã C,xã,,,,\n,xã,XD,,,\n"),
        "agencies.csv A5 name: «name» để trống; cần nội dung. Bổ sung ô này.",
    ),
    "member without a mark": (
        ("agencies.csv", "Xã C (sourced)", "Xã C"),
        "agencies.csv E5 members: «members» ghi «Xã C»; cần «Tên (named hoặc sourced hoặc to-confirm)». " + CELL,
    ),
    "member with another mark": (
        ("agencies.csv", "(sourced)", "(maybe)"),
        "agencies.csv E5 members: «members» ghi «Xã C (maybe)»; cần «Tên (named hoặc sourced hoặc to-confirm)». "
        + CELL,
    ),
    "member not registered": (
        ("agencies.csv", "Xã C (sourced)", "Xã D (sourced)"),
        "agencies.csv E5 members: «members» ghi «Xã D»; cần tên đã đăng ký, không phải nhóm. " + REGISTER,
    ),
    "group in a group": (
        ("agencies.csv", "Xã C (sourced)", "Các xã (sourced)"),
        "agencies.csv E5 members: «members» ghi «Các xã»; cần tên đã đăng ký, không phải nhóm. " + REGISTER,
    ),
    "group said in another word": (
        ("agencies.csv", "Xã C,xã,,,,", "Xã C,xã,,có,,"),
        "agencies.csv D4 group: «group» ghi «có»; cần x hoặc để trống. " + CELL,
    ),
    "members of no group": (
        ("agencies.csv", "Xã C,xã,,,,", "Xã C,xã,,,Xã B (named),"),
        "agencies.csv D4 group: «group» để trống; cần x, vì dòng này có thành viên. " + CELL,
    ),
    "two agencies of one name": (
        ("agencies.csv", "Xã C,xã,,,,\n", "Xã C,xã,,,,\nXÃ  C,xã,,,,\n"),
        "agencies.csv A5 name: «name» ghi «XÃ  C»; cần khác tên của «Xã C» ở dòng 4. " + ONE_SPELLING,
    ),
    "one spelling for two agencies": (
        ("agencies.csv", "Xã C,xã,,,,", "Xã C,xã,sa,,,"),
        "agencies.csv C4 aliases: «aliases» ghi «sa»; cần khác tên của «Sở A» ở dòng 2. " + ONE_SPELLING,
    ),
    # tasks
    "unknown lead": (
        ("tasks.csv", "Việc một,Sở A,", "Việc một,Sở X,"),
        "tasks.csv D2 lead: «lead» ghi «Sở X»; cần tên đã đăng ký. Gần nhất: Sở A. " + REGISTER,
    ),
    "unknown coordinating agency": (
        ("tasks.csv", "Sở A,Các xã,", "Sở A,Các xã | Các huyện,"),
        "tasks.csv F2 coordinating: «coordinating» ghi «Các huyện»; cần tên đã đăng ký. Gần nhất: Các xã. " + REGISTER,
    ),
    "an alias is not the registered name": (
        ("tasks.csv", "Việc một,Sở A,", "Việc một,SA,"),
        "tasks.csv D2 lead: «lead» ghi «SA»; cần tên đã đăng ký. Gần nhất: Sở A. " + REGISTER,
    ),
    "no lead": (
        ("tasks.csv", "Việc một,Sở A,", "Việc một,,"),
        "tasks.csv D2 lead: «lead» để trống; cần ít nhất một cơ quan chủ trì. Ghi «Sở A» nếu chưa phân công.",
    ),
    "repeated task": (
        ("tasks.csv", "\n2,I. Mục", "\n1,I. Mục"),
        "tasks.csv A3 id: «id» ghi «1»; cần khác dòng 2. Bỏ hoặc đổi một trong hai dòng.",
    ),
    "task without an id": (
        ("tasks.csv", "\n2,I. Mục", "\n,I. Mục"),
        "tasks.csv A3 id: «id» để trống; cần nội dung. Bổ sung ô này.",
    ),
    "task without a title": (
        ("tasks.csv", "Việc một", ""),
        "tasks.csv C2 title: «title» để trống; cần nội dung. Bổ sung ô này.",
    ),
    "bad date": (
        ("tasks.csv", "2024-05-01", "1/5/2024"),
        "tasks.csv K3 condition_met_on: «condition_met_on» ghi «1/5/2024»; cần ngày dạng 2025-12-31. " + CELL,
    ),
    "no such day": (
        ("tasks.csv", "2024-05-01", "2024-02-30"),
        "tasks.csv K3 condition_met_on: «condition_met_on» ghi «2024-02-30»; cần ngày dạng 2025-12-31. " + CELL,
    ),
    # indicators
    "unknown nature": (
        ("indicators.csv", "KHA,Số HTX khá,HTX,stock", "KHA,Số HTX khá,HTX,kho"),
        "indicators.csv D3 nature: «nature» ghi «kho»; cần một trong: stock; flow; ratio; growth. " + CELL,
    ),
    "unknown aggregation": (
        ("indicators.csv", "stock,weighted", "stock,average"),
        "indicators.csv E5 aggregation: «aggregation» ghi «average»; cần một trong: sum; weighted; ratio; none. "
        + CELL,
    ),
    "unknown value type": (
        ("indicators.csv", "decimal", "number"),
        "indicators.csv I5 value_type: «value_type» ghi «number»; cần một trong: count; decimal; percent; text. "
        + CELL,
    ),
    "derived in another word": (
        ("indicators.csv", "HTX,count,x,", "HTX,count,X,"),
        "indicators.csv J3 derived: «derived» ghi «X»; cần x hoặc để trống. " + CELL,
    ),
    "repeated code": (
        ("indicators.csv", "TN,Thu", "KHA,Số HTX khá,HTX,stock,sum,,,,count,,\nTN,Thu"),
        "indicators.csv A5 code: «code» ghi «KHA»; cần khác dòng 3. Bỏ hoặc đổi một trong hai dòng.",
    ),
    "ratio without a part": (
        ("indicators.csv", "ratio,ratio,KHA,", "ratio,ratio,,"),
        "indicators.csv F4 numerator: «numerator» để trống; cần mã chỉ tiêu đã có. " + CODE,
    ),
    "ratio of an unknown part": (
        ("indicators.csv", "KHA,HTX,,percent", "KHA,HTXX,,percent"),
        "indicators.csv G4 denominator: «denominator» ghi «HTXX»; cần mã chỉ tiêu đã có. " + CODE,
    ),
    "ratio of a ratio": (
        ("indicators.csv", "ratio,ratio,KHA,", "ratio,ratio,TL,"),
        "indicators.csv F4 numerator: «numerator» ghi «TL»; cần mã của một chỉ tiêu cộng được (sum). " + CODE,
    ),
    "average without a weight": (
        ("indicators.csv", "weighted,,HTX", "weighted,,"),
        "indicators.csv G5 denominator: «denominator» để trống; cần mã chỉ tiêu đã có. " + CODE,
    ),
    "unknown parent": (
        ("indicators.csv", ",,HTX,count,x", ",,HT,count,x"),
        "indicators.csv H3 parent: «parent» ghi «HT»; cần mã chỉ tiêu đã có. " + CODE,
    ),
    "part of itself": (
        ("indicators.csv", ",,HTX,count,x", ",,KHA,count,x"),
        "indicators.csv H3 parent: «parent» ghi «KHA»; cần mã của chỉ tiêu bao trùm. Không xếp dòng vào chính nó.",
    ),
    # targets
    "operator as a symbol": (
        ("targets.csv", "từ … trở lên", ">="),
        f"targets.csv D3 operator: «operator» ghi «>=»; cần một trong: {WORDS}. " + CELL,
    ),
    "unknown basis": (
        ("targets.csv", ",yearly,", ",năm,"),
        "targets.csv I3 basis: «basis» ghi «năm»; cần một trong: at; yearly; average. " + CELL,
    ),
    "unknown code": (
        ("targets.csv", "Tỷ lệ khá,TL", "Tỷ lệ khá,TLK"),
        "targets.csv B2 code: «code» ghi «TLK»; cần mã chỉ tiêu đã có. " + CODE,
    ),
    "target without a code": (
        ("targets.csv", "Tỷ lệ khá,TL", "Tỷ lệ khá,"),
        "targets.csv B2 code: «code» để trống; cần mã chỉ tiêu đã có. " + CODE,
    ),
    "target without a name": (
        ("targets.csv", "Tỷ lệ khá,TL", ",TL"),
        "targets.csv A2 indicator: «indicator» để trống; cần nội dung. Bổ sung ô này.",
    ),
    "each of nobody": (
        ("targets.csv", "tỉnh,Các xã", "tỉnh,Mỗi xã"),
        "targets.csv K3 each: «each» ghi «Mỗi xã»; cần tên đã đăng ký. Gần nhất: Xã B; Xã C. " + REGISTER,
    ),
    "no bound": (
        ("targets.csv", "trở lên,5,", "trở lên,,"),
        "targets.csv E3 low: «low» để trống; cần một số. Bổ sung mức chỉ tiêu.",
    ),
    "half a range": (
        ("targets.csv", "60,70.5", "60,"),
        "targets.csv F2 high: «high» để trống; cần một số. Bổ sung mức chỉ tiêu.",
    ),
    "low above high": (
        ("targets.csv", "60,70.5", "70.5,60"),
        "targets.csv F2 high: «high» ghi «60»; cần không nhỏ hơn 70.5. Đổi lại hai cận.",
    ),
    "thousands or thousandths": (
        ("targets.csv", "trở lên,5,", "trở lên,1.500,"),
        "targets.csv E3 low: «low» ghi «1.500»; cần 1500 hoặc 1.5000, vì dấu chấm có thể là dấu hàng nghìn. " + CELL,
    ),
    # plan.toml
    "end before start": (
        ("plan.toml", "end = 2025-12-31", "end = 2023-12-31"),
        "plan.toml  end: «end» ghi «2023-12-31»; cần không trước ngày 2024-01-01. " + HEAD,
    ),
    "coordinator not registered": (
        ("plan.toml", 'coordinator = "Sở A"', 'coordinator = "Sở X"'),
        "plan.toml  coordinator: «coordinator» ghi «Sở X»; cần tên đã đăng ký, không phải nhóm. " + REGISTER,
    ),
    "coordinator a group": (
        ("plan.toml", 'coordinator = "Sở A"', 'coordinator = "Các xã"'),
        "plan.toml  coordinator: «coordinator» ghi «Các xã»; cần tên đã đăng ký, không phải nhóm. " + REGISTER,
    ),
    "recipients not registered": (
        ("plan.toml", '["Các xã"]', '["Các xã", "Các huyện"]'),
        "plan.toml  forms.stats.recipients: «forms.stats.recipients» ghi «Các huyện»; cần tên đã đăng ký. " + REGISTER,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edit", "expected"), ERRORS.values(), ids=ERRORS.keys())
def test_one_problem(folder: Callable[..., Path], edit: Edit, expected: str) -> None:
    plan, findings = plans.read_plan(folder(edit))
    assert (plan, [told(found) for found in findings]) == (None, [f"error {expected}"])


@pytest.mark.parametrize(
    "number", ["năm", "1,5", "1.234.567", "1e3", "NaN", "Infinity", "５", "1_000", "+5", "5 HTX", "9" * 16, "=5"]
)
def test_what_is_no_number(folder: Callable[..., Path], number: str) -> None:
    quoted = number if "," not in number else f'"{number}"'
    _, findings = plans.read_plan(folder(("targets.csv", "trở lên,5,", f"trở lên,{quoted},")))
    expected = "một số không có dấu hàng nghìn, phần thập phân sau dấu chấm"
    assert [told(found) for found in findings] == [
        f"error targets.csv E3 low: «low» ghi «{number}»; cần {expected}. {CELL}"
    ]


SHARE = "một số trên 0, không quá 1"
TEXT = "một chuỗi chữ trong dấu nháy"
DAY = "ngày dạng 2025-12-31, không có dấu nháy"
WINDOW = "danh sách kỳ khác nhau: số nguyên tính từ kỳ báo cáo (0), hoặc mã kỳ"


@pytest.mark.parametrize(
    ("old", "new", "header", "found", "expected"),
    [
        ('"thu-1-2024"', '"Thử 1"', "id", "Thử 1", "chữ thường không dấu, số, gạch nối, tối đa 80 ký tự"),
        ('"thu-1-2024"', '"../x"', "id", "../x", "chữ thường không dấu, số, gạch nối, tối đa 80 ký tự"),
        ('"thu-1-2024"', f'"{"a" * 81}"', "id", "a" * 81, "chữ thường không dấu, số, gạch nối, tối đa 80 ký tự"),
        ('id = "thu-1-2024"', "", "id", "", "chữ thường không dấu, số, gạch nối, tối đa 80 ký tự"),
        ('"Kế hoạch thử"', '"  "', "title", "  ", "một chuỗi chữ không rỗng"),
        ('coordinator = "Sở A"', "", "coordinator", "", "một chuỗi chữ không rỗng"),
        ('"1/KH"', "1", "number", "1", TEXT),
        ('"Để thử."', "true", "note", "True", TEXT),
        ("issued_on = 2024-01-05", 'issued_on = "5/1/2024"', "issued_on", "5/1/2024", DAY),
        ("start = 2024-01-01", "start = 2024-01-01T00:00:00", "start", "2024-01-01 00:00:00", DAY),
        ('["end"]', '["End"]', "derived", "['End']", 'danh sách gồm "start", "end"'),
        ('["end"]', '"end"', "derived", "end", 'danh sách gồm "start", "end"'),
        ("false", "0", "settings.before_includes_day", "0", "true hoặc false"),
        ("= 10", "= -1", "settings.due_soon_days", "-1", "một số nguyên từ 0 trở lên"),
        ("= 10", "= true", "settings.due_soon_days", "True", "một số nguyên từ 0 trở lên"),
        ("0.8", "0", "settings.about_share", "0", SHARE),
        ("0.8", "1.5", "settings.about_share", "1.5", SHARE),
        ("0.8", '"90%"', "settings.about_share", "90%", SHARE),
        ("0.8", "nan", "settings.about_share", "nan", SHARE),
        ('"calendar"', '"lunar"', "forms.stats.cut_off", "lunar", "administrative hoặc calendar"),
        ('["Các xã"]', '"Các xã"', "forms.stats.recipients", "Các xã", "danh sách tên khác nhau"),
        ('["Các xã"]', '["Các xã", "Các xã"]', "forms.stats.recipients", "['Các xã', 'Các xã']",
         "danh sách tên khác nhau"),
        ('[-1, 0, "2030"]', "[]", "forms.stats.window", "[]", WINDOW),
        ('[-1, 0, "2030"]', "[0, 0]", "forms.stats.window", "[0, 0]", WINDOW),
        ('[-1, 0, "2030"]', "[0, true]", "forms.stats.window", "[0, True]", WINDOW),
        ('[-1, 0, "2030"]', "[1000000000]", "forms.stats.window", "[1000000000]", WINDOW),
        ('[-1, 0, "2030"]', '["kỳ sau"]', "forms.stats.window", "['kỳ sau']", WINDOW),
        ("due_soon_days", "due_son_days", "settings.due_son_days", "due_son_days",
         "một trong: before_includes_day; due_soon_days; about_share"),
        ("[forms.tasks]", "[forms.task]", "forms.task", "task", "một trong: tasks; stats"),
        ("[settings]", "[setting]", "setting", "setting",
         ("một trong: id; title; number; issued_on; issuer; coordinator; start; end; note; settings; forms; bands; "
          "derived")),
    ],
)  # fmt: skip
def test_the_head(folder: Callable[..., Path], old: str, new: str, header: str, found: str, expected: str) -> None:
    plan, findings = plans.read_plan(folder(("plan.toml", old, new)))
    said = f"ghi «{found}»" if found else "để trống"
    assert plan is None
    assert told(findings[0]) == f"error plan.toml  {header}: «{header}» {said}; cần {expected}. Sửa tệp plan.toml."
    assert [told(other) for other in findings[1:] if other.severity == "error"] == []


@pytest.mark.parametrize("part", ["settings", "forms", "forms.stats"])
def test_a_value_where_a_table_should_be(folder: Callable[..., Path], part: str) -> None:
    made = folder()
    head = 'id = "a"\ntitle = "b"\ncoordinator = "Sở A"\n'
    (made / "plan.toml").write_text(f"{head}{part} = 1\n", encoding="utf-8")
    _, findings = plans.read_plan(made)
    assert [told(found) for found in findings if found.severity == "error"] == [
        f"error plan.toml  {part}: «{part}» ghi «1»; cần một bảng [{part}]. Sửa tệp plan.toml."
    ]


# --- files that cannot be read


def missing(path: Path) -> None:
    path.unlink()


def in_another_encoding(path: Path) -> None:
    path.write_bytes(path.read_bytes().decode().encode("utf-16"))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


UTF8 = "Lưu lại tệp dạng UTF-8 vào thư mục kế hoạch."


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (missing, "Không có tệp «{name}»."),
        (in_another_encoding, "Tệp «{name}» không phải UTF-8 (byte thứ 1)."),
        (a_folder, "Không đọc được tệp «{name}»."),
    ],
)
def test_a_file_that_cannot_be_read(
    folder: Callable[..., Path], name: str, spoil: Callable[[Path], None], expected: str
) -> None:
    """It is said once, and nothing is said of what refers to it."""
    made = folder()
    spoil(made / name)
    plan, findings = plans.read_plan(made)
    assert plan is None
    assert [told(found) for found in findings] == [f"error {name}  : {expected.format(name=name)} {UTF8}"]


TOML = "Sửa tệp: mỗi dòng là «tên = giá trị», chữ trong dấu nháy."
QUOTES = "Sửa dấu nháy kép: mỗi ô mở bao nhiêu dấu thì đóng bấy nhiêu."
HEADINGS = "Khôi phục dòng tiêu đề; các ô cách nhau bằng dấu phẩy."
AGENCY_COLUMNS = "name,category,aliases,group,members,note,contact,phone,email,valid_from,valid_to"
OTHER_COLUMNS = "name;category;aliases;group;members;note"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("plan.toml", 'title = "', "title = "),
         f"plan.toml  : Tệp «plan.toml» không đúng cú pháp TOML ở dòng 2, cột 9. {TOML}"),
        (("plan.toml", '"2030"]\n', '"2030"'),
         f"plan.toml  : Tệp «plan.toml» không đúng cú pháp TOML ở cuối tệp. {TOML}"),
        (("agencies.csv", "Nhóm thử", '"Nhóm thử'),
         f"agencies.csv  : Tệp «agencies.csv» không đúng định dạng CSV, đọc tới dòng 5. {QUOTES}"),
        (("agencies.csv", "Nhóm thử", '"Nhóm" thử'),
         f"agencies.csv  : Tệp «agencies.csv» không đúng định dạng CSV, đọc tới dòng 5. {QUOTES}"),
        (("agencies.csv", "name,category", "Tên,category"),
         f"agencies.csv A1 : Dòng tiêu đề ghi «Tên,category,aliases,group,members,note»; cần «{AGENCY_COLUMNS}». "
         + HEADINGS),
        (("agencies.csv", FILES["agencies.csv"], FILES["agencies.csv"].replace(",", ";")),
         f"agencies.csv A1 : Dòng tiêu đề ghi «{OTHER_COLUMNS}»; cần «{AGENCY_COLUMNS}». {HEADINGS}"),
        (("agencies.csv", FILES["agencies.csv"], ""),
         f"agencies.csv A1 : Dòng tiêu đề ghi «tệp rỗng»; cần «{AGENCY_COLUMNS}». {HEADINGS}"),
        (("agencies.csv", "Xã C,xã,,,,", "Xã C,xã,,,,,thừa"),
         "agencies.csv A4 : Dòng 4 có 7 ô; cần 6 ô. Đặt ô có dấu phẩy trong dấu nháy kép; bỏ hoặc thêm ô cho đủ."),
        (("agencies.csv", "Xã C,xã,,,,", "Xã C,xã"),
         "agencies.csv A4 : Dòng 4 có 2 ô; cần 6 ô. Đặt ô có dấu phẩy trong dấu nháy kép; bỏ hoặc thêm ô cho đủ."),
    ],
)  # fmt: skip
def test_a_file_that_is_malformed(folder: Callable[..., Path], edit: Edit, expected: str) -> None:
    assert [told(found) for found in plans.read_plan(folder(edit))[1]] == [f"error {expected}"]


def test_rows_are_counted_as_a_spreadsheet_counts_them(folder: Callable[..., Path]) -> None:
    """A cell of two lines is one row, an empty line is one."""
    edit = ("tasks.csv", "1,I. Mục,Việc một,", '\n1,I. Mục,"Việc\nmột",')
    _, findings = plans.read_plan(folder(edit, ("tasks.csv", "Xã B | Xã C", "Xã X")))
    assert [found.cell for found in findings] == ["D4"]


# --- columns and a file that may be left out


CONTACTS = """\
name,category,aliases,group,members,note,contact,phone,email,valid_from,valid_to
Sở A,sở,SA | Sở thử A,,,,Văn phòng,0269 382 1234,sa@thu.vn,2020-03-01,2025-02-28
Xã B,xã,,,,,,,,,
Xã C,xã,,,,,,,,,
Các xã,,,x,Xã B (named) | Xã C (sourced),Nhóm thử,,,,,
"""
WITH_CONTACTS = ("agencies.csv", FILES["agencies.csv"], CONTACTS)
ENDED = (
    "warning agencies.csv K2 valid_to: «Sở A» chỉ có đến 2025-02-28 mà còn chủ trì 1 nhiệm vụ: 1. "
    "Thêm điều chỉnh «giao lại» cho các nhiệm vụ này, hoặc sửa ngày."
)
CHANGED = "subject,key,period_text,agency,kind,value,document,valid_from\n"
GIVEN_ON = "nhiệm vụ,1,,,giao lại,Xã C,QĐ 3,2025-03-01\n"


def test_agencies_have_contacts_and_dates(folder: Callable[..., Path]) -> None:
    plan, findings = plans.read_plan(folder(WITH_CONTACTS))
    first = replace(
        PLAN.agencies[0], contact="Văn phòng", phone="0269 382 1234", email="sa@thu.vn", valid_from=date(2020, 3, 1),
        valid_to=date(2025, 2, 28),
    )  # fmt: skip
    assert plan == replace(PLAN, agencies=(first, *PLAN.agencies[1:]))
    assert [told(found) for found in findings] == [ENDED]


def test_some_of_the_columns_that_may_be_left_out(folder: Callable[..., Path]) -> None:
    short = "\n".join(line.rsplit(",", 3)[0] for line in CONTACTS.splitlines())
    plan, findings = plans.read_plan(folder((*WITH_CONTACTS[:2], short)))
    first = replace(PLAN.agencies[0], contact="Văn phòng", phone="0269 382 1234")
    assert (plan, findings) == (replace(PLAN, agencies=(first, *PLAN.agencies[1:])), ())


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("", [ENDED]),
        (GIVEN_ON, []),
        (GIVEN_ON.replace("2025-03-01", "2026-01-01"), [ENDED]),  # when the plan is over
        ("nhiệm vụ,1,,,rút,,QĐ 3,2025-03-01\n", []),
        ("nhiệm vụ,2,,Xã B,giao lại,Sở A,QĐ 3,2025-03-01\n", [ENDED.replace("1 nhiệm vụ: 1", "2 nhiệm vụ: 1, 2")]),
        (GIVEN_ON + "nhiệm vụ,1,,,giao lại,Sở A,QĐ 4,2025-04-01\n", [ENDED]),
    ],
)
def test_an_agency_that_ends_leaves_its_tasks_to_another(
    folder: Callable[..., Path], changed: str, expected: list[str]
) -> None:
    made = folder(WITH_CONTACTS)
    (made / "adjustments.csv").write_text(CHANGED + changed, encoding="utf-8")
    plan, findings = plans.read_plan(made)
    assert (plan is not None, [told(found) for found in findings]) == (True, expected)


def test_adjustments_are_read_with_their_plan(folder: Callable[..., Path]) -> None:
    made = folder()
    rows = (
        "nhiệm vụ,1,,,gia hạn,2024-09-30,Công văn 1,2024-06-01",
        "nhiệm vụ,2,,Xã B,giao lại,Sở A,QĐ 2,2024-07-01",
        '"chỉ tiêu",TL,đến  năm 2025,,sửa chỉ tiêu,55 | 65.5,"QĐ 3, ngày 1/7/2024",2024-07-01',
        "chỉ tiêu,HTX,,,sửa chỉ tiêu,12,QĐ 4,2024-07-02",
        "nhiệm vụ,2,,,rút,,QĐ 5,2024-08-01",
    )
    (made / "adjustments.csv").write_text(CHANGED + "\n".join(rows), encoding="utf-8")
    assert plans.read_plan(made) == (
        replace(
            PLAN,
            adjustments=(
                Adjustment("nhiệm vụ", "1", "", "", "gia hạn", date(2024, 9, 30), "Công văn 1", date(2024, 6, 1)),
                Adjustment("nhiệm vụ", "2", "", "Xã B", "giao lại", "Sở A", "QĐ 2", date(2024, 7, 1)),
                Adjustment(
                    "chỉ tiêu", "TL", "đến  năm 2025", "", "sửa chỉ tiêu", (Decimal(55), Decimal("65.5")),
                    "QĐ 3, ngày 1/7/2024", date(2024, 7, 1),
                ),
                Adjustment("chỉ tiêu", "HTX", "", "", "sửa chỉ tiêu", Decimal(12), "QĐ 4", date(2024, 7, 2)),
                Adjustment("nhiệm vụ", "2", "", "", "rút", None, "QĐ 5", date(2024, 8, 1)),
            ),
        ),
        (),
    )  # fmt: skip


PLACE = "Sửa dòng này, hoặc bỏ nếu thừa."
IN_PLAN = "Ghi đúng mã trong kế hoạch."
PERIOD = "Ghi mốc của mức chỉ tiêu bị thay đổi."
SWAPPED = "Kiểm tra lại: ngày và tháng có thể đã bị đảo."
FINE = "Không cần sửa, nếu đúng là gia hạn cho kỳ hạn ấy."
# Rows of adjustments.csv, and all that is told of them.
ADJUSTED: dict[str, tuple[str, list[str]]] = {
    "nothing is said": (
        ",,,,,,x,",
        ["error A2 subject: «subject» để trống; cần một trong: nhiệm vụ; chỉ tiêu. " + CELL,
         "error B2 key: «key» để trống; cần mã nhiệm vụ hoặc mã chỉ tiêu. " + IN_PLAN,
         "error E2 kind: «kind» để trống; cần một trong: gia hạn; rút; giao lại; sửa chỉ tiêu. " + CELL,
         "error H2 valid_from: «valid_from» để trống; cần ngày dạng 2025-12-31. " + CELL],
    ),
    "no document": (
        "nhiệm vụ,1,,,rút,,,2024-06-01",
        ["error G2 document: «document» để trống; cần số, ký hiệu và ngày văn bản. " + CELL],
    ),
    "words of another kind": (
        "đề án,1,,,hoãn,2024-06-01,CV,2024-06-01",
        ["error A2 subject: «subject» ghi «đề án»; cần một trong: nhiệm vụ; chỉ tiêu. " + CELL,
         "error E2 kind: «kind» ghi «hoãn»; cần một trong: gia hạn; rút; giao lại; sửa chỉ tiêu. " + CELL],
    ),
    "a date that is none": (
        "nhiệm vụ,1,,,gia hạn,30/9/2024,CV,1/6/2024",
        ["error F2 value: «value» ghi «30/9/2024»; cần ngày dạng 2025-12-31. " + CELL,
         "error H2 valid_from: «valid_from» ghi «1/6/2024»; cần ngày dạng 2025-12-31. " + CELL],
    ),
    "no new date": (
        "nhiệm vụ,1,,,gia hạn,,CV,2024-06-01",
        ["error F2 value: «value» để trống; cần ngày mới, dạng 2025-12-31. " + CELL],
    ),
    "a value for a withdrawal": (
        "nhiệm vụ,1,,,rút,x,CV,2024-06-01",
        ["error F2 value: «value» ghi «x»; cần để trống, vì «rút» không có giá trị mới. " + CELL],
    ),
    "a range upside down": (
        "chỉ tiêu,TL,,,sửa chỉ tiêu,70 | 60,CV,2024-06-01",
        ["error F2 value: «value» ghi «70 | 60»; cần một số, hoặc mức và mức trên cách nhau bằng dấu |. " + CELL],
    ),
    "thousands or thousandths": (
        "chỉ tiêu,HTX,,,sửa chỉ tiêu,1.500,CV,2024-06-01",
        ["error F2 value: «value» ghi «1.500»; cần 1500 hoặc 1.5000, vì dấu chấm có thể là dấu hàng nghìn. " + CELL],
    ),
    "unknown task": (
        "nhiệm vụ,9,,,rút,,CV,2024-06-01",
        ["error B2 key: «key» ghi «9»; cần mã nhiệm vụ đã có. " + IN_PLAN],
    ),
    "unknown target": (
        "chỉ tiêu,KHA,,,rút,,CV,2024-06-01",
        ["error B2 key: «key» ghi «KHA»; cần mã chỉ tiêu của một mức chỉ tiêu. " + IN_PLAN],
    ),
    "period of a task": (
        "nhiệm vụ,1,2025,,rút,,CV,2024-06-01",
        ["error C2 period_text: «period_text» ghi «2025»; cần để trống, vì chỉ chỉ tiêu mới có mốc. " + CELL],
    ),
    "another period": (
        "chỉ tiêu,TL,2030,,rút,,CV,2024-06-01",
        ["error C2 period_text: «period_text» ghi «2030»; cần một trong: Đến năm 2025. " + PERIOD],
    ),
    "unknown agencies": (
        "nhiệm vụ,1,,Sở X,giao lại,Sở Y,CV,2024-06-01",
        ["error D2 agency: «agency» ghi «Sở X»; cần tên đã đăng ký. Gần nhất: Sở A. " + REGISTER,
         "error F2 value: «value» ghi «Sở Y»; cần tên đã đăng ký. Gần nhất: Sở A. " + REGISTER],
    ),
    "a kind that does not fit": (
        "chỉ tiêu,TL,,,giao lại,Sở A,CV,2024-06-01",
        ["error E2 kind: Không thể «giao lại» một chỉ tiêu. Sửa loại điều chỉnh hoặc đối tượng."],
    ),
    "said twice": (
        "nhiệm vụ,1,,,gia hạn,2024-09-30,CV,2024-06-01\nnhiệm vụ,1,,,gia hạn,2024-10-30,CV,2024-06-01",
        ["error B3 key: «key» ghi «1»; cần khác dòng 2. Bỏ một trong hai dòng."],
    ),
    "not a lead of it": (
        "nhiệm vụ,2,,Sở A,gia hạn,2024-09-30,CV,2024-09-01",
        ["error D2 agency: «agency» ghi «Sở A»; cần cơ quan chủ trì nhiệm vụ 2: Xã B; Xã C. " + PLACE],
    ),
    "withdrawn before": (
        "nhiệm vụ,1,,,gia hạn,2024-12-30,CV,2024-09-02\nnhiệm vụ,1,,,rút,,CV,2024-09-01",
        ["error B2 key: «key» ghi «1»; cần nhiệm vụ của kế hoạch, chưa rút. " + PLACE],
    ),
    "given to whom it is": (
        "nhiệm vụ,1,,,giao lại,Sở A,CV,2024-06-01",
        ["error F2 value: «value» ghi «Sở A»; cần cơ quan khác cơ quan đang chủ trì: Sở A. " + PLACE],
    ),
    "an agency for a target": (
        "chỉ tiêu,TL,,Sở A,rút,,CV,2024-06-01",
        ["error D2 agency: «agency» ghi «Sở A»; cần để trống, vì chỉ tiêu không có cơ quan chủ trì. " + PLACE],
    ),
    "a later day for a yearly target": (
        "chỉ tiêu,HTX,,,gia hạn,2026-01-01,CV,2024-06-01",
        ["error E2 kind: «kind» ghi «gia hạn»; cần rút hoặc sửa chỉ tiêu, vì chỉ tiêu hằng năm không có ngày phải đạt. "
         + PLACE],
    ),
    "one number for a range": (
        "chỉ tiêu,TL,,,sửa chỉ tiêu,60,CV,2024-06-01",
        ["error F2 value: «value» ghi «60»; cần hai số cách nhau bằng dấu |. " + PLACE],
    ),
    "two numbers for one bound": (
        "chỉ tiêu,HTX,,,sửa chỉ tiêu,5 | 6,CV,2024-06-01",
        ["error F2 value: «value» ghi «5 | 6»; cần một số. " + PLACE],
    ),
    "too far for a recurring task": (
        "nhiệm vụ,2,,,gia hạn,2030-01-01,CV,2024-06-01",
        ["error F2 value: «value» ghi «2030-01-01»; cần ngày sau một kỳ hạn đã đến hoặc kỳ hạn sắp tới, không quá kỳ "
         "hạn kế tiếp. " + PLACE],
    ),
    "an earlier day": (
        "nhiệm vụ,1,,,gia hạn,2024-06-01,CV,2024-05-01",
        ["warning F2 value: Gia hạn đến 2024-06-01, không sau hạn đang có là 2024-06-29. Kiểm tra lại ngày mới."],
    ),
    "a day of a cycle that is over": (
        "nhiệm vụ,2,,,gia hạn,2024-09-20,CV,2024-09-01",
        ["warning F2 value: Gia hạn này là của kỳ hạn đã qua 2024-06-30; các kỳ hạn sau giữ nguyên. " + FINE],
    ),
    "before its document": (
        'nhiệm vụ,1,,,rút,,"QĐ 1 ngày 1/11/2024",2024-01-11\nnhiệm vụ,2,,,rút,,QĐ 2 ngày 1 tháng 2 năm 2024,2024-02-01',
        ["warning H2 valid_from: Hiệu lực từ 2024-01-11, trước ngày 2024-11-01 ghi ở văn bản. " + SWAPPED],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), ADJUSTED.values(), ids=ADJUSTED.keys())
def test_what_is_told_of_adjustments(folder: Callable[..., Path], rows: str, expected: list[str]) -> None:
    made = folder()
    (made / "adjustments.csv").write_text(CHANGED + rows + "\n", encoding="utf-8")
    plan, findings = plans.read_plan(made)
    assert [told(found).replace("adjustments.csv ", "") for found in findings] == expected
    assert (plan is None) == any(line.startswith("error") for line in expected)


def test_adjustments_of_a_plan_that_is_at_fault_are_left_alone(folder: Callable[..., Path]) -> None:
    """What is wrong is said once: not again by every adjustment of that task, or without the plan's head."""
    made = folder(ERRORS["unknown lead"][0], ERRORS["operator as a symbol"][0])
    rows = "nhiệm vụ,1,,,gia hạn,2024-12-30,CV,2024-09-02\nchỉ tiêu,HTX,,,sửa chỉ tiêu,5,CV,2024-09-02\n"
    (made / "adjustments.csv").write_text(CHANGED + rows, encoding="utf-8")
    assert [told(found) for found in plans.read_plan(made)[1]] == [
        f"error {ERRORS[name][1]}" for name in ("operator as a symbol", "unknown lead")
    ]


@pytest.mark.parametrize(("spoil", "expected"), [
    (in_another_encoding, "Tệp «adjustments.csv» không phải UTF-8 (byte thứ 1)."),
    (a_folder, "Không đọc được tệp «adjustments.csv»."),
])  # fmt: skip
def test_adjustments_that_are_there_must_be_readable(
    folder: Callable[..., Path], spoil: Callable[[Path], None], expected: str
) -> None:
    made = folder()
    (made / "adjustments.csv").write_text(CHANGED, encoding="utf-8")
    spoil(made / "adjustments.csv")
    assert [told(found) for found in plans.read_plan(made)[1]] == [f"error adjustments.csv  : {expected} {UTF8}"]


# --- all at once


def test_all_problems_come_at_once(folder: Callable[..., Path]) -> None:
    """Every edit of the table above but those that hide a file or another edit: each problem is there."""
    together = (
        "member with another mark", "group said in another word", "unknown lead", "repeated task", "bad date",
        "unknown nature", "ratio without a part", "operator as a symbol", "unknown code", "low above high",
        "coordinator not registered",
    )  # fmt: skip
    made = folder(*(ERRORS[name][0] for name in together), ("plan.toml", "0.8", "8"))
    (made / "targets.csv").write_text(
        (made / "targets.csv").read_text(encoding="utf-8").replace("Hằng năm,,", "Hằng năm,31/12,"), encoding="utf-8"
    )
    plan, findings = plans.read_plan(made)
    assert plan is None
    assert {told(found) for found in findings} == {f"error {ERRORS[name][1]}" for name in together} | {
        f"error plan.toml  settings.about_share: «settings.about_share» ghi «8»; cần {SHARE}. {HEAD}",
        f"error targets.csv H3 due: «due» ghi «31/12»; cần ngày dạng 2025-12-31. {CELL}",
    }


def test_files_that_cannot_be_read_do_not_hide_the_others(folder: Callable[..., Path]) -> None:
    made = folder(ERRORS["repeated task"][0], ERRORS["unknown code"][0], ERRORS["unknown lead"][0])
    (made / "agencies.csv").unlink()
    (made / "plan.toml").write_text("=", encoding="utf-8")
    _, findings = plans.read_plan(made)
    assert [told(found) for found in findings] == [
        f"error plan.toml  : Tệp «plan.toml» không đúng cú pháp TOML ở dòng 1, cột 1. {TOML}",
        f"error agencies.csv  : Không có tệp «agencies.csv». {UTF8}",
        f"error {ERRORS['repeated task'][1]}",
        f"error {ERRORS['unknown code'][1]}",
    ]


def test_load_plan_lists_every_error(folder: Callable[..., Path]) -> None:
    made = folder(
        ERRORS["repeated task"][0], ERRORS["end before start"][0], ("agencies.csv", "(named)", "(to-confirm)")
    )
    with pytest.raises(PlanError) as caught:
        plans.load_plan(str(made))
    assert str(caught.value).splitlines() == [
        f"Kế hoạch «{made}» có 2 lỗi:",
        "tasks.csv A3: «id» ghi «1»; cần khác dòng 2. Bỏ hoặc đổi một trong hai dòng.",
        "plan.toml: «end» ghi «2023-12-31»; cần không trước ngày 2024-01-01. Sửa tệp plan.toml.",
    ]


# --- warnings: the plan loads

CONFIRM = "Kiểm tra rồi đổi (to-confirm) thành (sourced) hoặc bỏ."
UNRESOLVED = "Chưa phát hành được bản sao cho nhóm này; bổ sung thành viên khi biết."
STATS, NO_STATS = "forms.stats.recipients", "Chưa phát hành được biểu số liệu; bổ sung khi biết."
OTHER_GROUP = ("agencies.csv", "Nhóm thử\n", "Nhóm thử\nCác huyện,,,x,,\n")
NO_DUE = (
    "sẽ tính là không có thời hạn. Viết theo một dạng như «trước ngày 30/6/2025», «Quý II/2025», «2024 - 2025», "
    "«Hằng năm», «Thường xuyên»; để nguyên nếu kế hoạch không định ngày."
)


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        pytest.param([OTHER_GROUP], [], id="a group nobody uses"),
        pytest.param(
            [OTHER_GROUP, ("tasks.csv", "Sở A,Các xã,", "Sở A,Các huyện,")],
            [f"agencies.csv E6 members: Nhóm «Các huyện» chưa có danh sách thành viên. {UNRESOLVED}"],
            id="an unresolved group coordinates",
        ),
        pytest.param(
            [OTHER_GROUP, ("plan.toml", '["Các xã"]', '["Các huyện"]')],
            [f"agencies.csv E6 members: Nhóm «Các huyện» chưa có danh sách thành viên. {UNRESOLVED}"],
            id="an unresolved group gets the statistics form",
        ),
        pytest.param(
            [OTHER_GROUP, ("targets.csv", "tỉnh,Các xã", "tỉnh,Các huyện")],
            [f"agencies.csv E6 members: Nhóm «Các huyện» chưa có danh sách thành viên. {UNRESOLVED}"],
            id="a target for each of an unresolved group",
        ),
        pytest.param(
            [("agencies.csv", "(sourced)", "(to-confirm)")],
            [f"agencies.csv E5 members: Nhóm «Các xã» có 1 thành viên chưa xác nhận: Xã C. {CONFIRM}"],
            id="a member to confirm",
        ),
        pytest.param(
            [
                ("agencies.csv", "Xã B (named) | Xã C (sourced)",
                 " | ".join(f"{name} (to-confirm)" for name in ("Xã C", "Xã B", "Sở A", "Xã D"))),
                ("agencies.csv", "Xã C,xã,,,,\n", "Xã C,xã,,,,\nXã D,xã,,,,\n"),
            ],
            [f"agencies.csv E6 members: Nhóm «Các xã» có 4 thành viên chưa xác nhận: Xã C, Xã B, Sở A…. {CONFIRM}"],
            id="four members to confirm",
        ),
        pytest.param(
            [("plan.toml", '["Các xã"]', "[]")],
            [f"plan.toml  {STATS}: «{STATS}» để trống; cần tên cơ quan hoặc nhóm nhận biểu số liệu. {NO_STATS}"],
            id="nobody gets the statistics form",
        ),
        pytest.param(
            [("tasks.csv", "trước ngày 30/6/2024", "30/6 năm sau")],
            [f"tasks.csv J2 deadline_text: Không đọc được thời hạn «30/6 năm sau»; nhiệm vụ {NO_DUE}"],
            id="a deadline that is not understood",
        ),
        pytest.param(
            [("tasks.csv", "trước ngày 30/6/2024", "theo kế hoạch trước 30/6")],
            [f"tasks.csv J2 deadline_text: Không đọc được thời hạn «theo kế hoạch trước 30/6»; nhiệm vụ {NO_DUE}"],
            id="a day among words that name none",
        ),
        *(
            pytest.param([("tasks.csv", "trước ngày 30/6/2024", words)], [], id=words)
            for words in ("Định kỳ hoặc đột xuất", "(đúng thời gian quy định)", "theo kế hoạch của Ban Chỉ đạo")
        ),
    ],
)  # fmt: skip
def test_warnings(folder: Callable[..., Path], edits: list[Edit], expected: list[str]) -> None:
    plan, findings = plans.read_plan(folder(*edits))
    assert plan is not None
    assert [told(found) for found in findings] == [f"warning {line}" for line in expected]


# --- JSON and words


def test_plan_json_is_the_contracts() -> None:
    first = replace(
        PLAN.agencies[0], contact="Văn phòng", phone="0269", email="a@thu.vn", valid_from=date(2020, 3, 1),
        valid_to=date(2025, 12, 31),
    )  # fmt: skip
    day = date(2024, 6, 1)
    changes = (
        Adjustment("nhiệm vụ", "1", "", "Sở A", "gia hạn", date(2024, 9, 30), "CV 1", day),
        Adjustment("nhiệm vụ", "2", "", "", "giao lại", "Sở A", "CV 2", day),
        Adjustment("nhiệm vụ", "1", "", "", "rút", None, "CV 3", day),
        Adjustment("chỉ tiêu", "HTX", "", "", "sửa chỉ tiêu", Decimal("5.50"), "CV 4", day),
        Adjustment("chỉ tiêu", "TL", "Đến năm 2025", "", "sửa chỉ tiêu", (Decimal(60), Decimal("70.5")), "CV 5", day),
    )
    unknown = {"contact": "", "phone": "", "email": "", "valid_from": None, "valid_to": None}
    document = plan_json.document(replace(PLAN, agencies=(first, *PLAN.agencies[1:]), adjustments=changes))
    assert document == {
        "id": "thu-1-2024",
        "title": "Kế hoạch thử",
        "number": "1/KH",
        "issued_on": "2024-01-05",
        "issuer": "UBND tỉnh",
        "coordinator": "Sở A",
        "start": "2024-01-01",
        "end": "2025-12-31",
        "settings": {
            "before_includes_day": False,
            "due_soon_days": 10,
            "about_share": 0.8,
            "derived": ["end"],
            "bands": [],
            "bands_document": "",
            "tasks": {
                "cut_off": "administrative", "sending": "trước ngày 15/12 hằng năm", "recipients": [], "window": [0],
                "sending_working_days": None, "sending_roll": False, "coordinator": None,
            },
            "stats": {
                "cut_off": "calendar", "sending": "", "recipients": ["Các xã"], "window": [-1, 0, "2030"],
                "sending_working_days": None, "sending_roll": False, "coordinator": None,
            },
            "note": "Để thử.",
        },
        "agencies": [
            {
                "name": "Sở A", "category": "sở", "aliases": ["SA", "Sở thử A"], "group": False, "members": [],
                "note": "", "contact": "Văn phòng", "phone": "0269", "email": "a@thu.vn",
                "valid_from": "2020-03-01", "valid_to": "2025-12-31",
            },
            {
                "name": "Xã B", "category": "xã", "aliases": [], "group": False, "members": [], "note": "",
                **unknown,
            },
            {
                "name": "Xã C", "category": "xã", "aliases": [], "group": False, "members": [], "note": "",
                **unknown,
            },
            {
                "name": "Các xã", "category": "", "aliases": [], "group": True, "note": "Nhóm thử",
                "members": [{"name": "Xã B", "mark": "named"}, {"name": "Xã C", "mark": "sourced"}], **unknown,
            },
        ],
        "tasks": [
            {
                "id": "1", "section": "I. Mục", "title": "Việc một", "lead": ["Sở A"], "lead_text": "Sở A",
                "coordinating": ["Các xã"], "coordinating_text": "các xã", "submit_to": "UBND", "product": "Báo cáo",
                "deadline_text": "trước ngày 30/6/2024",
                "deadline": {
                    "start": None, "due": "2024-06-29", "recurrence": "once", "also": None, "tentative": False,
                    "conditional": False,
                },
                "condition_met_on": None, "source_note": "",
            },
            {
                "id": "2", "section": "I. Mục", "title": "Việc hai sau khi Luật ban hành", "lead": ["Xã B", "Xã C"],
                "lead_text": "hai xã", "coordinating": [], "coordinating_text": "", "submit_to": "", "product": "",
                "deadline_text": "Hàng quý",
                "deadline": {
                    "start": None, "due": None, "recurrence": "quarterly", "also": None, "tentative": False,
                    "conditional": True,
                },
                "condition_met_on": "2024-05-01", "source_note": "Ghi chú",
            },
        ],
        "indicators": [
            {
                "code": code, "name": name, "unit": unit, "nature": nature, "aggregation": aggregation,
                "numerator": numerator, "denominator": denominator, "parent": parent,
            }
            for code, name, unit, nature, aggregation, numerator, denominator, parent in [
                ("HTX", "Số HTX", "HTX", "stock", "sum", None, None, None),
                ("KHA", "Số HTX khá", "HTX", "stock", "sum", None, None, "HTX"),
                ("TL", "Tỷ lệ khá", "%", "ratio", "ratio", "KHA", "HTX", None),
                ("TN", "Thu nhập", "triệu đồng", "stock", "weighted", None, "HTX", None),
            ]
        ],
        "targets": [
            {
                "indicator": "Tỷ lệ khá", "code": "TL", "unit": "%", "operator": "range", "low": 60, "high": 70.5,
                "period_text": "Đến năm 2025", "due": "2025-12-31", "basis": "at", "scope": "tỉnh", "each": None,
                "base": 40, "quote": "Câu một.",
            },
            {
                "indicator": "Số HTX", "code": "HTX", "unit": "HTX", "operator": ">=", "low": 5, "high": None,
                "period_text": "Hằng năm", "due": None, "basis": "yearly", "scope": "tỉnh", "each": "Các xã",
                "base": None, "quote": "Câu hai.",
            },
        ],
        "adjustments": [
            {
                "subject": subject, "key": key, "period_text": period, "agency": agency, "kind": kind, "value": value,
                "document": document, "valid_from": "2024-06-01",
            }
            for subject, key, period, agency, kind, value, document in [
                ("nhiệm vụ", "1", None, "Sở A", "gia hạn", "2024-09-30", "CV 1"),
                ("nhiệm vụ", "2", None, None, "giao lại", "Sở A", "CV 2"),
                ("nhiệm vụ", "1", None, None, "rút", None, "CV 3"),
                ("chỉ tiêu", "HTX", None, None, "sửa chỉ tiêu", 5.5, "CV 4"),
                ("chỉ tiêu", "TL", "Đến năm 2025", None, "sửa chỉ tiêu", [60, 70.5], "CV 5"),
            ]
        ],
    }  # fmt: skip
    assert list(document) == [
        "id", "title", "number", "issued_on", "issuer", "coordinator", "start", "end", "settings", "agencies", "tasks",
        "indicators", "targets", "adjustments",
    ]  # fmt: skip
    assert json.loads(json.dumps(document)) == document


def test_plan_list_entry(gia_lai: Plan) -> None:
    assert plan_json.entry(PLAN) == {
        "id": "thu-1-2024", "title": "Kế hoạch thử", "number": "1/KH", "issuer": "UBND tỉnh", "tasks": 2, "targets": 2,
        "agencies": 3,
    }  # fmt: skip
    assert plan_json.entry(gia_lai)["tasks"] == 41 + 15  # the annex and the body


@pytest.mark.parametrize(
    ("operator", "low", "high", "unit", "expected"),
    [
        (">=", "30", None, "tổ hợp tác", "từ 30 tổ hợp tác trở lên"),
        (">", "1500", None, "thành viên", "trên 1500 thành viên"),
        ("<=", None, "12.5", "%", "không quá 12,5 %"),
        ("<", None, "10", "%", "dưới 10 %"),
        ("=", "400", "400", "tổ hợp tác", "400 tổ hợp tác (mức sàn)"),
        ("=0", "0", "0", "HTX", "không còn HTX"),
        ("range", "6.5", "7", "%/năm", "từ 6,5 %/năm đến 7 %/năm"),
        ("about", "500", "500", "thành viên", "khoảng 500 thành viên"),
        ("complete", None, None, "", "hoàn thành"),
        ("qualitative", None, None, "", "định tính"),
    ],
)
def test_a_target_in_words(operator: str, low: str | None, high: str | None, unit: str, expected: str) -> None:
    bounds = (Decimal(number) if number else None for number in (low, high))
    target = replace(PLAN.targets[0], operator=operator, unit=unit, **dict(zip(("low", "high"), bounds, strict=True)))
    assert plan_json.target_words(target) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(None, "null"), ("5", "5"), ("5.0", "5"), ("1E+3", "1000"), ("0.1", "0.1"), ("-2", "-2")]
)
def test_numbers_as_json(number: str | None, expected: str) -> None:
    assert json.dumps(plan_json.plain_number(Decimal(number) if number else None)) == expected
