"""The built-in plans hold what their documents say: every text in its source, every reference to something."""

import re
from collections import Counter
from datetime import date

import pytest
from plan_files import ROOT, TABLES, fold, head, members, names, rows

PLANS = ("gia-lai-655-2023", "yen-bai-209-2023")
GIA_LAI, YEN_BAI = PLANS


def seed(plan: str) -> str:
    return (ROOT / "tests" / "seeds" / f"{plan}.txt").read_text(encoding="utf-8")


# --- the files

HEADINGS = {
    "agencies": "name,category,aliases,group,members,note",
    "tasks": "id,section,title,lead,lead_text,coordinating,coordinating_text,submit_to,product,deadline_text,"
    "condition_met_on,source_note",
    "indicators": "code,name,unit,nature,aggregation,numerator,denominator,parent,value_type,derived,note",
    "targets": "indicator,code,unit,operator,low,high,period_text,due,basis,scope,each,base,quote",
}
MORE_HEADINGS = {(YEN_BAI, "indicators"): ",parts,exhaustive,increases,decreases,banded"}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("table", TABLES)
def test_file_form(plan: str, table: str) -> None:
    data = (ROOT / "workbooks" / plan / f"{table}.csv").read_bytes()
    heading = data.decode("utf-8").split("\n")[0]  # a BOM would stand before the first name
    assert heading == HEADINGS[table] + MORE_HEADINGS.get((plan, table), "")
    assert (data.count(b"\r"), data[-1:]) == (0, b"\n")
    for row in rows(plan, table):
        assert None not in row
        assert {key: value for key, value in row.items() if value is None or value != fold(value)} == {}


# --- the plan

WARDS = "Các phường, xã thành phố Yên Bái"
HEAD = ("number", "issuer", "coordinator", "issued_on", "start", "end")
HEADS = {
    GIA_LAI: (
        "655/KH-UBND", "UBND tỉnh Gia Lai", "Sở Kế hoạch và Đầu tư",
        date(2023, 3, 23), date(2023, 3, 23), date(2030, 12, 31),
    ),
    YEN_BAI: (
        "209 - KH/TU", "Thành ủy Yên Bái", "Ủy ban nhân dân thành phố",
        date(2023, 4, 14), date(2023, 4, 14), date(2045, 12, 31),
    ),
}  # fmt: skip
SENDING = {GIA_LAI: ("trước ngày 15/12 hằng năm", ""), YEN_BAI: ("hằng năm", "hằng năm")}
RECIPIENTS = {GIA_LAI: [], YEN_BAI: [WARDS]}


@pytest.mark.parametrize("plan", PLANS)
def test_head(plan: str) -> None:
    found = head(plan)
    text = fold(seed(plan))
    assert f"KẾ HOẠCH {found.pop('title')} Thực hiện " in text  # the whole title, up to the first paragraph
    assert found["number"] in text
    tasks, stats = SENDING[plan]
    assert tasks in text
    assert found.pop("forms") == {
        "tasks": {"cut_off": "administrative", "sending": tasks},
        "stats": {"cut_off": "administrative", "sending": stats, "recipients": RECIPIENTS[plan], "window": [0]},
    }
    assert found.pop("settings") == {"before_includes_day": True, "due_soon_days": 30, "about_share": "0.9"}
    del found["note"]
    assert found == {"id": plan, "derived": ["start", "end"], **dict(zip(HEAD, HEADS[plan], strict=True))}


@pytest.mark.parametrize("plan", PLANS)
def test_what_a_note_quotes_stands_in_the_source(plan: str) -> None:
    notes = [head(plan)["note"]]
    notes += [row["note"] for table in ("agencies", "indicators") for row in rows(plan, table)]
    notes += [row["source_note"] for row in rows(plan, "tasks")]
    quoted = {quote for note in notes for quote in re.findall("«(.+?)»", note)}
    assert quoted
    assert {quote for quote in quoted if quote not in fold(seed(plan))} == set()


# --- tasks: every text stands in the source

TEXTS = ("title", "lead_text", "coordinating_text", "submit_to", "product", "deadline_text")

# Where the page breaks of the annex cut a cell in two: the words before and after.
BREAKS = {
    "14": {"title": "(sau / khi cấp thẩm quyền", "submit_to": "Chi / nhánh"},
    "19": {"title": "thu gom, xử lý / chất thải", "product": "theo nhiệm vụ / cấp trên"},
    "24": {"product": "cấp trên / giao"},
    "30": {"title": "trong tái cơ / cấu ngành", "product": "các hình / thức văn bản"},
    "38": {
        "title": "xây dựng bộ / máy quản lý", "lead_text": "Kế hoạch và / Đầu tư",
        "coordinating_text": "Sở Nội vụ và / các cơ quan", "deadline_text": "2023 - / 2025",
    },
}  # fmt: skip

# Cells that differ from the source: without its marks of emphasis, or with a capital.
ALTERED = {
    (YEN_BAI, "IV.1b", "submit_to"): "Ban Thường vụ Thành ủy (*qua UBND thành phố*)",
    (YEN_BAI, "IV.1b", "product"): "báo cáo",
    (YEN_BAI, "IV.2b", "product"): "báo cáo",
    (GIA_LAI, "B.II.3.b.2", "product"): "phương án",
    (GIA_LAI, "B.III.1a", "product"): "kế hoạch",
    (GIA_LAI, "B.III.1b", "product"): "báo cáo",
    (GIA_LAI, "B.III.2b", "product"): "báo cáo",
}
# Cells put together from two places of one sentence, and what was put between.
JOINED = {
    (GIA_LAI, "B.III.1b", "lead_text"): (
        "Các sở, ban, ngành", "; ", "Ủy ban nhân dân các huyện, thị xã, thành phố",
    ),
    (GIA_LAI, "B.III.1b", "submit_to"): ("Ủy ban nhân dân tỉnh", " ", "(qua Sở Kế hoạch và Đầu tư)"),
}  # fmt: skip


def pieces(plan: str, task: dict[str, str], column: str) -> tuple[str, ...]:
    """The piece, or the two pieces, in which a cell stands in the source."""
    cell = task[column]
    if (plan, task["id"], column) in JOINED:
        before, _, after = JOINED[plan, task["id"], column]
        return before, after
    words = BREAKS.get(task["id"], {}).get(column) if plan == GIA_LAI else None
    if not words:
        return (ALTERED.get((plan, task["id"], column), cell),)
    (start, end), (before, after) = cell.split(words.replace(" / ", " ")), words.split(" / ")
    return start + before, after + end


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("column", TEXTS)
def test_task_texts_stand_in_the_source(plan: str, column: str) -> None:
    text = fold(seed(plan))
    found = {task["id"]: pieces(plan, task, column) for task in rows(plan, "tasks")}
    assert {key: parts for key, parts in found.items() if any(part not in text for part in parts)} == {}


def test_altered_and_joined_cells() -> None:
    tasks = {(plan, task["id"]): task for plan in PLANS for task in rows(plan, "tasks")}
    for (plan, key, column), source in ALTERED.items():
        plain = source.replace("*", "")
        assert tasks[plan, key][column] == plain[0].upper() + plain[1:]
    for (plan, key, column), parts in JOINED.items():
        assert tasks[plan, key][column] == "".join(parts)


def annex() -> list[dict[str, str]]:
    """The rows of the annex of 655, which have numbers."""
    return [task for task in rows(GIA_LAI, "tasks") if task["id"].isdecimal()]


def body() -> list[dict[str, str]]:
    """The tasks that the text of 655 gives before its annex."""
    return [task for task in rows(GIA_LAI, "tasks") if task["id"].startswith("B.")]


def test_the_rows_of_655_are_those_of_its_annex_and_its_body() -> None:
    assert [task["id"] for task in annex()] == [str(number) for number in range(1, 42)]
    assert [task["id"] for task in body()] == [
        "B.II.1.b", "B.II.2.a", "B.II.2.b", "B.II.2.c", "B.II.3.b.1", "B.II.3.b.2", "B.II.3.b.3", "B.II.4.b",
        "B.II.5.b", "B.III.1a", "B.III.1b", "B.III.2a", "B.III.2b", "B.III.3", "B.III.4",
    ]  # fmt: skip
    assert rows(GIA_LAI, "tasks") == annex() + body()
    assert "Có 56 nhiệm vụ: 41 dòng của phụ lục (mã 1 đến 41) và 15 câu" in fold(head(GIA_LAI)["note"])


def test_every_text_of_a_body_task_stands_in_its_own_part() -> None:
    _, second, third = re.split(r"^II+\. ", seed(GIA_LAI).split("PHỤ LỤC")[0], flags=re.MULTILINE)
    parts = {
        f"{roman}.{number}": fold(part)
        for roman, whole in (("II", second), ("III", third))
        for number, part in enumerate(re.split(r"^\d\. ", whole, flags=re.MULTILINE)[1:], start=1)
    }
    assert list(parts) == ["II.1", "II.2", "II.3", "II.4", "II.5", "III.1", "III.2", "III.3", "III.4"]
    for task in body():
        part = parts[re.match(r"B\.(I+\.\d)", task["id"])[1]]
        away = [text for column in TEXTS for text in pieces(GIA_LAI, task, column) if text not in part]
        assert (task["id"], away) == (task["id"], [])
    # Each sentence of part II that gives tasks gives one, but for the three of II.3.
    given = sum(part.count("Cơ quan tham mưu, thực hiện:") for part in parts.values())
    assert given - 1 + 3 == sum(task["id"].startswith("B.II.") for task in body())


def test_the_annex_written_out_again_is_the_source() -> None:
    lines = [fold(line) for line in seed(GIA_LAI).split("PHỤ LỤC")[1].splitlines()]
    heading = "STT Nhiệm vụ, Đề án Cơ quan chủ trì Cơ quan phối hợp Cấp trình Sản phẩm hoàn thành Thời gian trình"
    lines = lines[lines.index(heading) :]
    source = [line for line in lines if line not in ("", heading, "[Handwritten signature]")]

    written, section = [], ""
    for task in annex():
        if task["section"] != section:
            section = task["section"]
            written.append(section.replace(". ", " ", 1))
        cells = [pieces(GIA_LAI, task, column) for column in TEXTS]
        if task["id"] == "4":
            cells[1] = (task["lead_text"] + ",",)  # the comma that was taken away
        written.append(fold(" ".join([task["id"], *(parts[0] for parts in cells)])))
        if task["id"] in BREAKS:
            written.append(" ".join(parts[1] for parts in cells if len(parts) == 2))
    assert written == source


def test_every_point_of_part_three_is_a_task() -> None:
    part = seed(YEN_BAI).split("III. NHIỆM VỤ VÀ GIẢI PHÁP CHỦ YẾU**")[1].split("IV. TỔ CHỨC THỰC HIỆN")[0]
    points = [line.removeprefix("- ").removesuffix(".") for line in part.splitlines() if line.startswith("- ")]
    headings = re.findall(r"^(\d\. .+?)\**$", part, re.MULTILINE)
    tasks = [task for task in rows(YEN_BAI, "tasks") if task["id"].startswith("III.")]
    assert [task["title"] for task in tasks] == points
    assert list(dict.fromkeys(task["section"] for task in tasks)) == [f"III.{heading}" for heading in headings]


# --- tasks: how many

SECTIONS = {
    GIA_LAI: {"I.": 9, "II.": 21, "III.": 6, "IV.": 2, "V.": 3, "Thân": 15},
    YEN_BAI: {"III.1.": 3, "III.2.": 3, "III.3.": 2, "III.4.": 4, "III.5.": 4, "IV.": 6},
}
DEADLINES = {
    GIA_LAI: {
        "2023 - 2025": 17, "2023 - 2024": 2, "2023 - 2030": 1, "2024 - 2026": 1, "2023-2024": 4,
        "2023": 1, "Từ 2023": 1, "Nhiệm vụ thường xuyên": 7, "Thường xuyên": 1, "Hàng năm": 5, "Hằng năm": 1,
        "cho từng giai đoạn, hàng năm": 1, "trước ngày 15/12 hằng năm": 1, "định kỳ hoặc đột xuất": 1, "": 12,
    },
    YEN_BAI: {"": 20, "hằng năm": 1, "định kỳ hoặc đột xuất": 1},
}  # fmt: skip


@pytest.mark.parametrize("plan", PLANS)
def test_tasks_by_section_and_deadline(plan: str) -> None:
    tasks = rows(plan, "tasks")
    assert Counter(task["section"].split()[0] for task in tasks) == SECTIONS[plan]
    assert Counter(task["deadline_text"] for task in tasks) == DEADLINES[plan]


def test_conditional_tasks() -> None:
    waiting = [int(task["id"]) for task in rows(GIA_LAI, "tasks") if "sau khi" in task["title"]]
    assert waiting == [10, 11, 12, 13, 14, 16, 17, 19, 25, 29, 30, 38, 39, 40]
    assert {task["condition_met_on"] for plan in PLANS for task in rows(plan, "tasks")} == {""}


# --- agencies


@pytest.mark.parametrize("plan", PLANS)
def test_every_name_used_is_registered(plan: str) -> None:
    agencies = rows(plan, "agencies")
    registered = [agency["name"] for agency in agencies]
    single = {agency["name"] for agency in agencies if not agency["group"]}
    used = {name for task in rows(plan, "tasks") for name in names(task["lead"]) + names(task["coordinating"])}
    used |= {head(plan)["coordinator"], *head(plan)["forms"]["stats"]["recipients"]}
    assert len(registered) == len(set(registered))
    assert used - set(registered) == set()
    assert {name for agency in agencies for name in members(agency)} - single == set()
    assert [task["id"] for task in rows(plan, "tasks") if not task["lead"]] == []


@pytest.mark.parametrize("plan", PLANS)
def test_a_spelling_leads_to_one_agency(plan: str) -> None:
    owners: dict[str, set[str]] = {}
    for agency in rows(plan, "agencies"):
        for spelling in [agency["name"], *names(agency["aliases"])]:
            owners.setdefault(spelling.casefold(), set()).add(agency["name"])
    assert {spelling: found for spelling, found in owners.items() if len(found) > 1} == {}


# Rows 31 and 32 name the provincial board and every district's board with one name cut short.
CUT_SHORT = {"31": {"cấp", "huyện"}, "32": {"cấp", "huyện"}}
BOARD = "Ban Chỉ đạo Đổi mới, phát triển kinh tế tập thể, hợp tác xã"
NOT_NAMED = {f"{BOARD} cấp huyện"}
MISSPELT = {f"{BOARD} các cấp"}  # "Ban Chi đạo" in the source


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("role", ["lead", "coordinating"])
def test_names_account_for_every_word_of_the_text(plan: str, role: str) -> None:
    agencies = {agency["name"]: [agency["name"], *names(agency["aliases"])] for agency in rows(plan, "agencies")}
    for task in rows(plan, "tasks"):
        text = task[f"{role}_text"]
        if not text:
            continue
        given = {name: agencies[name] for name in names(task[role])}
        unseen = {name for name, spellings in given.items() if not any(spelling in text for spelling in spellings)}
        for spelling in sorted((s for spellings in given.values() for s in spellings), key=len, reverse=True):
            text = text.replace(spelling, "")
        left = set(re.findall(r"\w+", text)) - {"và"}
        expected = (NOT_NAMED, CUT_SHORT[task["id"]]) if task["id"] in CUT_SHORT and role == "lead" else (set(), set())
        assert (task["id"], unseen, left) == (task["id"], *expected)


def test_tasks_without_a_lead_go_to_the_coordinator() -> None:
    coordinator = head(YEN_BAI)["coordinator"]
    note = f"Kế hoạch không nêu cơ quan chủ trì: giao cơ quan đầu mối ({coordinator})."
    tasks = rows(YEN_BAI, "tasks")
    without = [task for task in tasks if not task["lead_text"]]
    assert len(without) == 14
    assert without == [task for task in tasks if note in task["source_note"] and task["lead"] == coordinator]


def test_groups_of_gia_lai() -> None:
    agencies = rows(GIA_LAI, "agencies")
    of = {agency["name"]: members(agency) for agency in agencies if agency["group"]}

    def made_of(mark: str, *categories: str) -> dict[str, str]:
        return {agency["name"]: mark for agency in agencies if agency["category"] in categories}

    offices = made_of("named", "sở", "ban", "ngành dọc") | made_of("to-confirm", "liên minh hợp tác xã")
    districts = made_of("sourced", "UBND cấp huyện")
    assert (len(offices), len(districts)) == (15, 17)
    assert of == {
        "Các sở, ban, ngành, địa phương": offices | districts,
        "Các sở, ban, ngành": offices,
        "UBND các huyện, thị xã, thành phố": districts,
        f"{BOARD} cấp huyện": {name.replace("UBND", BOARD): "to-confirm" for name in districts},
        f"{BOARD} các cấp": {},
        "Các tổ chức chính trị - xã hội": made_of("named", "tổ chức chính trị - xã hội"),
        "Các tổ chức chính trị - xã hội các cấp": {},
        "Các sở, ngành liên quan": {},
        "Các cơ quan liên quan": {},
    }


def test_groups_of_yen_bai() -> None:
    agencies = rows(YEN_BAI, "agencies")
    wards = {agency["name"]: "sourced" for agency in agencies if agency["category"] == "UBND cấp xã"}
    assert len(wards) == 15
    assert {agency["name"]: members(agency) for agency in agencies if agency["members"]} == {WARDS: wards}


FROM_OUTSIDE = {GIA_LAI: {"UBND cấp huyện", "ban chỉ đạo cấp huyện"}, YEN_BAI: {"UBND cấp xã"}}


@pytest.mark.parametrize("plan", PLANS)
def test_only_places_come_from_outside_the_plan(plan: str) -> None:
    text = fold(seed(plan) + " ".join(task["submit_to"] for task in rows(plan, "tasks"))).casefold()
    agencies = rows(plan, "agencies")
    absent = {agency["name"] for agency in agencies if agency["name"].casefold() not in text}
    expected = {agency["name"] for agency in agencies if agency["category"] in FROM_OUTSIDE[plan]}
    expected |= NOT_NAMED if plan == GIA_LAI else {WARDS}
    assert absent - MISSPELT == expected
    spellings = [s for agency in agencies if agency["name"] not in expected for s in names(agency["aliases"])]
    assert [spelling for spelling in spellings if spelling.casefold() not in text] == []


# --- indicators and targets

# Code, due, the words of the quote, the operator and number they stand for.
TARGETS = [
    ("THT-MOI", "", "từ 30 tổ hợp tác trở lên", "từ … trở lên", "30"),
    ("TV-THT-MOI", "", "trên 90 thành viên", "trên", "90"),
    ("HTX-MOI", "", "từ 05 hợp tác xã trở lên", "từ … trở lên", "5"),
    ("TV-HTX-MOI", "", "35 thành viên trở lên", "từ … trở lên", "35"),
    ("THT-HQ", "2025-12-31", "có 400 tổ hợp tác hoạt động hiệu quả", "đạt (mức sàn)", "400"),
    ("TV-THT-HQ", "2025-12-31", "trên 900 thành viên", "trên", "900"),
    ("HTX-HQ", "2025-12-31", "trên 70 hợp tác xã", "trên", "70"),
    ("TV-HTX-HQ", "2025-12-31", "khoảng 500 thành viên", "khoảng", "500"),
    ("TL-TOT-KHA", "2025-12-31", "trên 50% tổ chức kinh tế tập thể", "trên", "50"),
    ("TL-TOT-KHA-LK", "2025-12-31", "ít nhất 30% tham gia liên kết", "từ … trở lên", "30"),
    ("HTX-CNC", "2025-12-31", "Có 05 hợp tác xã", "đạt (mức sàn)", "5"),
    ("THT-HQ", "2030-12-31", "có 500 tổ hợp tác hoạt động hiệu quả", "đạt (mức sàn)", "500"),
    ("TV-THT-HQ", "2030-12-31", "trên 1.500 thành viên", "trên", "1500"),
    ("HTX-HQ", "2030-12-31", "trên 85 hợp tác xã", "trên", "85"),
    ("TV-HTX-HQ", "2030-12-31", "khoảng 600 thành viên", "khoảng", "600"),
    ("TL-TOT-KHA", "2030-12-31", "trên 65% tổ chức kinh tế tập thể", "trên", "65"),
    ("TL-TOT-KHA-LK", "2030-12-31", "ít nhất 50% tham gia liên kết", "từ … trở lên", "50"),
    ("HTX-CNC", "2030-12-31", "Có 10 hợp tác xã", "đạt (mức sàn)", "10"),
    ("TL-LD-TG", "2045-12-31", "tối thiểu 20% dân số trong độ tuổi lao động", "từ … trở lên", "20"),
    ("TL-HQ", "2045-12-31", "trên 90% tổ chức kinh tế tập thể", "trên", "90"),
    ("TL-HQ-LK", "2045-12-31", "ít nhất 75% tham gia các chuỗi liên kết", "từ … trở lên", "75"),
    ("CN-TT", "2045-12-31", "đều áp dụng công nghệ tiên tiến", "định tính", ""),
]


def test_targets() -> None:
    assert rows(GIA_LAI, "indicators") + rows(GIA_LAI, "targets") == []
    targets = rows(YEN_BAI, "targets")
    assert [(t["code"], t["due"], t["operator"], t["low"]) for t in targets] == [
        (code, due, operator, low) for code, due, _, operator, low in TARGETS
    ]
    text = fold(seed(YEN_BAI))
    for target, (_, due, words, operator, low) in zip(targets, TARGETS, strict=True):
        assert words in target["quote"]
        assert target["quote"] in text
        assert target["period_text"] in text
        assert target["period_text"] == (f"Đến năm {due[:4]}" if due else "Hằng năm")
        assert target["basis"] == ("at" if due else "yearly")
        assert target["high"] == (low if operator in ("đạt (mức sàn)", "khoảng") else "")
        assert "".join(re.findall(r"\d", words)).lstrip("0") == low
        assert target["scope"] == ("toàn thành phố" if "toàn thành phố" in target["quote"] else "thành phố Yên Bái")
        assert (target["each"], target["base"]) == ("", "")


def test_indicators_and_targets_agree() -> None:
    indicators = {row["code"]: row for row in rows(YEN_BAI, "indicators")}
    for target in rows(YEN_BAI, "targets"):
        indicator = indicators[target["code"]]
        assert indicator["name"] == target["indicator"]
        assert indicator["derived"] == ""
        assert target["unit"] == ("" if target["operator"] == "định tính" else indicator["unit"])
        assert (indicator["nature"] == "flow") == (target["basis"] == "yearly")
    aimed_at = {target["code"] for target in rows(YEN_BAI, "targets")}
    assert {code for code, row in indicators.items() if row["derived"] == "x"} == set(indicators) - aimed_at


def test_indicators() -> None:
    indicators = {row["code"]: row for row in rows(YEN_BAI, "indicators")}
    order = list(indicators)
    kinds = {" ".join((row["nature"], row["aggregation"], row["value_type"])) for row in indicators.values()}
    assert kinds == {"stock sum count", "flow sum count", "ratio ratio percent", "stock none text"}
    for code, row in indicators.items():
        parts = [row["numerator"], row["denominator"]]
        if row["nature"] != "ratio":
            assert [*parts, row["parent"]] == ["", "", ""]
            continue
        assert [indicators[part]["value_type"] for part in parts] == ["count", "count"]
        assert max(order.index(part) for part in parts) < order.index(code)  # asked before the ratio shows
        if row["parent"]:
            assert row["denominator"] == indicators[row["parent"]]["numerator"]
    assert {code: row["parent"] for code, row in indicators.items() if row["parent"]} == {
        "TL-TOT-KHA-LK": "TL-TOT-KHA",
        "TL-HQ-LK": "TL-HQ",
    }
