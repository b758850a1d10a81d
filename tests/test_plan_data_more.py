"""The plans of Hà Nội and Hải Phòng hold what their documents say: every text in its source, nothing left out."""

import re
from collections import Counter
from datetime import date

import pytest
from plan_files import ROOT, TABLES, fold, head, members, names, rows

from kttt_xl.plans import read_plan

PLANS = ("ha-noi-231-2021", "ha-noi-ctr24-2013", "hai-phong-135-2018")
HA_NOI_231, CTR24, HAI_PHONG = PLANS


def seed(plan: str) -> str:
    return fold((ROOT / "tests" / "seeds" / f"{plan}.txt").read_text(encoding="utf-8"))


def outline(plan: str) -> str:
    """The part of the source that gives tasks, with the id of each task in place of its title."""
    return (ROOT / "tests" / "seeds" / f"{plan}.outline.txt").read_text(encoding="utf-8")


# --- the files


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("table", TABLES)
def test_file_form(plan: str, table: str) -> None:
    data = (ROOT / "workbooks" / plan / f"{table}.csv").read_bytes()
    assert (data.count(b"\r"), data[-1:]) == (0, b"\n")
    for row in rows(plan, table):
        assert {key: value for key, value in row.items() if value is None or value != fold(value)} == {}


BOARD = "Ban Chỉ đạo đổi mới, phát triển kinh tế tập thể, hợp tác xã Thành phố"
# How many tasks and targets; the groups in use that the plan does not list, and those with members to confirm.
LOADED = {
    HA_NOI_231: (
        29, 0, ["Các đơn vị liên quan", f"Các đồng chí thành viên {BOARD} là lãnh đạo của các sở, ngành"], [],
    ),
    CTR24: (
        75, 16, ["Các Sở, ngành liên quan", "Các ngành", "Các cấp, ngành liên quan"], ["UBND các quận, huyện, thị xã"],
    ),
    HAI_PHONG: (3, 8, [], []),
}  # fmt: skip


UNUSED = {"Quận ủy, Huyện ủy, Thị ủy"}  # named in passing, given nothing


@pytest.mark.parametrize("plan", PLANS)
def test_loads_with_a_warning_for_every_unsure_group(plan: str) -> None:
    loaded, findings = read_plan(ROOT / "workbooks" / plan)
    assert loaded is not None
    groups = [agency for agency in loaded.agencies if agency.group and agency.name not in UNUSED]
    unknown = [group.name for group in groups if not group.members]
    unsure = [group.name for group in groups if any(member.mark == "to-confirm" for member in group.members)]
    assert (len(loaded.tasks), len(loaded.targets), unknown, unsure) == LOADED[plan]
    assert [finding.severity for finding in findings] == ["warning"] * len(unknown + unsure)


# --- the plan

DISTRICTS = "UBND các quận, huyện, thị xã"
HEAD = ("number", "issuer", "coordinator", "issued_on", "start", "end")
HEADS = {
    HA_NOI_231: (
        "231/KH-UBND", "UBND thành phố Hà Nội", "Sở Kế hoạch và Đầu tư",
        date(2021, 10, 15), date(2021, 10, 15), date(2021, 10, 31),
    ),
    CTR24: ("", "UBND thành phố Hà Nội", "Liên minh HTX Thành phố", None, date(2013, 9, 19), date(2020, 12, 31)),
    HAI_PHONG: (
        "135/KH-UBND", "UBND thành phố Hải Phòng", "Sở Kế hoạch và Đầu tư",
        date(2018, 5, 23), date(2018, 5, 23), date(2020, 12, 31),
    ),
}  # fmt: skip
# Sending of tasks, sending of statistics, who fills in the statistics, and their columns.
FORMS = {
    HA_NOI_231: (
        "trước ngày 20/10/2021", "trước ngày 20/10/2021", DISTRICTS, [str(year) for year in range(2003, 2022)],
    ),
    CTR24: ("Định kỳ hàng năm", "Hàng quý, năm", DISTRICTS, [0]),
    HAI_PHONG: ("", "", "UBND các quận, huyện", [0]),
}  # fmt: skip
# Who collects the statistics, where it is not who collects the rest.
COLLECTORS = {HA_NOI_231: "Liên minh Hợp tác xã Thành phố"}


@pytest.mark.parametrize("plan", PLANS)
def test_head(plan: str) -> None:
    found = head(plan)
    text = seed(plan)
    # The source has the title in capitals, then the first paragraph.
    assert f"KẾ HOẠCH {found.pop('title')} Thực hiện ".casefold() in text.casefold()
    assert found["number"] in text
    tasks, stats, recipients, window = FORMS[plan]
    assert tasks in text
    assert stats in text
    assert found["forms"]["stats"].pop("coordinator", "") == COLLECTORS.get(plan, "")
    assert found.pop("forms") == {
        "tasks": {"cut_off": "calendar", "sending": tasks},
        "stats": {"cut_off": "calendar", "sending": stats, "recipients": [recipients], "window": window},
    }
    assert found.pop("settings") == {"before_includes_day": True, "due_soon_days": 30, "about_share": "0.9"}
    del found["note"]
    expected = {key: value for key, value in zip(HEAD, HEADS[plan], strict=True) if value is not None}
    assert found == {"id": plan, "derived": ["start", "end"], **expected}


@pytest.mark.parametrize("plan", PLANS)
def test_what_a_note_quotes_stands_in_the_source(plan: str) -> None:
    notes = [head(plan)["note"]]
    notes += [row["note"] for table in ("agencies", "indicators") for row in rows(plan, table)]
    notes += [row["source_note"] for row in rows(plan, "tasks")]
    quoted = {quote for note in notes for quote in re.findall("«(.+?)»", note)}
    assert quoted
    assert {quote for quote in quoted if quote not in seed(plan)} == set()


# What each plan's note must not leave unsaid.
SAID = [
    (HA_NOI_231, "không có trong nguồn: biểu số liệu ở đây không phải biểu của Quyết định đó."),
    (HA_NOI_231, "Liên minh Hợp tác xã Thành phố tổng hợp số liệu"),
    (CTR24, "Nguồn không có số và ngày ban hành của kế hoạch"),
    (CTR24, "có trước Thông tư 01/2020/TT-BKHĐT, là thang khác."),
    (HAI_PHONG, "«Nhiệm vụ của các đơn vị được phân công cụ thể tại Phụ lục kèm theo») không có trong nguồn"),
    (HAI_PHONG, "ở đây chỉ có 3 nhiệm vụ của mục IV, phần lớn nhiệm vụ của kế hoạch còn thiếu."),
]


@pytest.mark.parametrize(("plan", "words"), SAID)
def test_what_the_note_must_say(plan: str, words: str) -> None:
    assert words in head(plan)["note"]


# --- tasks: every text stands in the source

# Products that the source does not have word for word.
OWN_WORDS = {
    HA_NOI_231: {"Hệ thống số liệu phụ lục 1 và phụ lục 2; Báo cáo tổng kết", "Báo cáo chuyên sâu, chuyên đề"},
    CTR24: {"Báo cáo sơ kết"},
    HAI_PHONG: set(),
}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("column", ["title", "lead_text", "coordinating_text", "submit_to", "deadline_text"])
def test_task_texts_stand_in_the_source(plan: str, column: str) -> None:
    text = seed(plan)
    assert [task["id"] for task in rows(plan, "tasks") if task[column] not in text] == []


@pytest.mark.parametrize("plan", PLANS)
def test_products_are_words_of_the_source(plan: str) -> None:
    text = seed(plan)
    tasks = rows(plan, "tasks")
    assert {task["product"] for task in tasks if task["product"].casefold() not in text.casefold()} == OWN_WORDS[plan]
    for task in tasks:
        given = [word for word, column in (("nơi trình", "submit_to"), ("sản phẩm", "product")) if task[column]]
        said = re.search(r"(?:^|\. )([^.]+) lấy từ câu giao nhiệm vụ; nguồn không có", task["source_note"])
        assert (said[1].lower() if said else "") == " và ".join(given)


# What follows the part that gives tasks.
AFTER = {
    HA_NOI_231: " Nơi nhận:",
    CTR24: " (Kế hoạch này thay thế Kế hoạch số 31/KH-UBND ngày 4/12/2008 của UBND thành phố Hà Nội) Nơi nhận:",
    HAI_PHONG: "",
}


@pytest.mark.parametrize("plan", PLANS)
def test_the_outline_with_its_titles_is_the_source(plan: str) -> None:
    tasks = rows(plan, "tasks")
    written = outline(plan)
    assert re.findall(r"\[([^\]]*\w)\]", written) == [task["id"] for task in tasks]
    for task in tasks:
        written = written.replace(f"[{task['id']}]", task["title"])
    assert fold(written) + AFTER[plan] in seed(plan)
    assert seed(plan).endswith(fold(written)) or AFTER[plan]


# What stands before the lead, at the last place of that kind before the end of the task's line.
BEFORE_LEAD = {
    HA_NOI_231: r"^(?:- |\d\. |c\) |b\) .+?(?:: |giao )|\+ .+?\] \()",
    CTR24: r"^(?:\d|1\.\d+)\. (?:Giao )?",
    HAI_PHONG: r"^\d\. Giao ",
}


@pytest.mark.parametrize("plan", PLANS)
def test_the_lead_stands_where_the_task_is_given(plan: str) -> None:
    text = outline(plan)
    elsewhere = []
    for task in rows(plan, "tasks"):
        end = text.index("\n", text.index(f"[{task['id']}]"))
        start = [match.end() for match in re.finditer(BEFORE_LEAD[plan], text[:end], re.MULTILINE)][-1]
        if not task["lead_text"] or not text.startswith(task["lead_text"], start):
            elsewhere.append(task["id"])
    assert elsewhere == (["II.2.a.7"] if plan == HA_NOI_231 else [])  # «Thành phố» is the first word of its title


@pytest.mark.parametrize("plan", PLANS)
def test_coordinating_agencies_stand_where_the_task_is_given(plan: str) -> None:
    tasks = rows(plan, "tasks")
    for task in tasks:
        before, mark, after = outline(plan).partition(f"[{task['id']}]")
        heading = r"^\d\.(?:\d+\.)? " if plan == CTR24 else r"^"
        start = [match.start() for match in re.finditer(heading, before, re.MULTILINE)][-1]
        given = before[start:] + mark + after.split("\n")[0]
        for other in tasks:
            given = given.replace(f"[{other['id']}]", other["title"])
        assert task["coordinating_text"] in given, task["id"]


# --- tasks: how many, and when

SECTIONS = {
    HA_NOI_231: {
        "II.2.a) Xây dựng báo cáo tổng kết": 8,
        "II.2.a) Báo cáo chuyên sâu, các chuyên đề": 12,
        "II.2.b) Tổ chức hội nghị tổng kết 20 năm thực hiện Nghị quyết": 1,
        "II.2.c) Làm việc với Đoàn công tác của Ban Chỉ đạo Trung ương": 2,
        "II.3. Kinh phí": 2,
        "III. Tổ chức thực hiện": 4,
    },
    CTR24: {
        "III.1. Các Sở, ban, ngành Thành phố": 38,
        "III.2. Liên minh HTX Thành phố - Cơ quan thường trực Ban chỉ đạo phát triển kinh tế tập thể Thành phố": 23,
        "III.3. UBND các quận, huyện, thị xã": 9,
        "IV. Tổ chức thực hiện": 5,
    },
    HAI_PHONG: {"IV. TỔ CHỨC THỰC HIỆN": 3},
}


@pytest.mark.parametrize("plan", PLANS)
def test_tasks_by_section(plan: str) -> None:
    tasks = rows(plan, "tasks")
    assert Counter(task["section"] for task in tasks) == SECTIONS[plan]
    for section in SECTIONS[plan]:
        assert re.sub(r"^[IV]+\.(?:\d\.)?(?:2\.)?(?:[abc]\))? ?", "", section).casefold() in seed(plan).casefold()
    assert {task["condition_met_on"] for task in tasks} == {""}


# Deadline as worded, due, recurrence, also; how many tasks.
DEADLINES = [
    (HA_NOI_231, "trước ngày 20/10/2021", date(2021, 10, 20), "once", "", 16),
    (HA_NOI_231, "trước ngày 25/10/2021", date(2021, 10, 25), "once", "", 1),
    (HA_NOI_231, "trước ngày 30/10/2021", date(2021, 10, 30), "once", "", 1),
    (
        HA_NOI_231, "dự kiến trong tháng 10/2021 (tùy thuộc vào tình hình diễn biến dịch bệnh Covid-19)",
        date(2021, 10, 31), "once", "", 1,
    ),
    (HA_NOI_231, "theo kế hoạch khảo sát của Ban Chỉ đạo Trung ương", None, "none", "", 1),
    (HA_NOI_231, "đúng thời gian quy định", None, "none", "", 1),
    (HA_NOI_231, "", None, "none", "", 8),
    (CTR24, "hoàn thành trong quý I năm 2014", date(2014, 3, 31), "once", "", 1),
    (CTR24, "hoàn thành năm 2014", date(2014, 12, 31), "once", "", 7),
    (CTR24, "cuối năm 2015", date(2015, 12, 31), "once", "", 1),
    (CTR24, "Hàng quý, năm", None, "quarterly", "yearly", 1),
    (CTR24, "hàng năm", None, "yearly", "", 8),
    (CTR24, "Hàng năm", None, "yearly", "", 3),
    (CTR24, "Định kỳ hàng năm", None, "yearly", "", 2),
    (CTR24, "Hai năm một lần", None, "two-yearly", "", 1),
    (CTR24, "thường xuyên", None, "standing", "", 1),
    (CTR24, "", None, "none", "", 50),
    (HAI_PHONG, "", None, "none", "", 3),
]  # fmt: skip


@pytest.mark.parametrize("plan", PLANS)
def test_deadlines(plan: str) -> None:
    loaded, _ = read_plan(ROOT / "workbooks" / plan)
    assert loaded is not None
    deadlines = [task.deadline for task in loaded.tasks]
    assert Counter((d.text, d.due, d.recurrence, d.also) for d in deadlines) == {
        tuple(row): count for known, *row, count in DEADLINES if known == plan
    }
    assert {d.text for d in deadlines if d.tentative} == {d.text for d in deadlines if "dự kiến" in d.text}
    assert {(d.start, d.conditional) for d in deadlines} == {(None, False)}


# Said once for all the thematic reports, or on the line before; II.2.a.4 shares the end of its sentence.
SAID_APART = {HA_NOI_231: ["II.2.a.4", *(f"Nội dung {number}" for number in range(1, 13)), "II.2.c.1"]}


@pytest.mark.parametrize("plan", PLANS)
def test_a_deadline_stands_in_its_task_or_right_behind(plan: str) -> None:
    tasks = rows(plan, "tasks")
    known = {task["deadline_text"] for task in tasks} - {""}
    apart = []
    for task in tasks:
        behind = outline(plan).partition(f"[{task['id']}]")[2].split("\n")[0].split("[")[0]
        own = task["title"] + behind
        if task["deadline_text"] not in own:
            apart.append(task["id"])
        elif not task["deadline_text"]:
            assert [text for text in known if text.casefold() in own.casefold()] == []
    assert apart == SAID_APART.get(plan, [])


# --- agencies


@pytest.mark.parametrize("plan", PLANS)
def test_a_spelling_leads_to_one_agency(plan: str) -> None:
    owners: dict[str, set[str]] = {}
    for agency in rows(plan, "agencies"):
        for spelling in [agency["name"], *names(agency["aliases"])]:
            owners.setdefault(spelling.casefold(), set()).add(agency["name"])
    assert {spelling: found for spelling, found in owners.items() if len(found) > 1} == {}


# Names that the text does not spell, and words that no name takes up: "Các sở, ngành: Nông nghiệp và …", "Thành phố".
SHORT = {
    (HA_NOI_231, "II.2.a.1"): (set(), {"Các", "sở", "ngành"}),
    (HA_NOI_231, "II.2.a.3"): (set(), {"Các", "sở", "ngành"}),
    (HA_NOI_231, "II.2.a.7"): ({"Ủy ban nhân dân thành phố Hà Nội"}, {"Thành", "phố"}),
}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("role", ["lead", "coordinating"])
def test_names_account_for_every_word_of_the_text(plan: str, role: str) -> None:
    agencies = {agency["name"]: [agency["name"], *names(agency["aliases"])] for agency in rows(plan, "agencies")}
    for task in rows(plan, "tasks"):
        text = task[f"{role}_text"]
        given = {name: agencies[name] for name in names(task[role])}
        unseen = {name for name, spellings in given.items() if not any(spelling in text for spelling in spellings)}
        for spelling in sorted((s for spellings in given.values() for s in spellings), key=len, reverse=True):
            text = text.replace(spelling, "")
        left = set(re.findall(r"\w+", text)) - {"và"}
        expected = SHORT.get((plan, task["id"]), (set(), set())) if role == "lead" else (set(), set())
        assert (task["id"], unseen, left) == (task["id"], *expected)


def made_of(plan: str, mark: str, *categories: str) -> dict[str, str]:
    return {agency["name"]: mark for agency in rows(plan, "agencies") if agency["category"] in categories}


SPLIT_LATER = {"UBND quận Bắc Từ Liêm": "to-confirm", "UBND quận Nam Từ Liêm": "to-confirm"}
# How many offices, and how many quận, huyện, thị xã (domain 5.3); the groups that they make. Others are unresolved.
GROUPS = {
    HA_NOI_231: (16, (12, 17, 1), "Các sở, ban, ngành", DISTRICTS, {}),
    CTR24: (14, (12, 17, 1), "Các Sở, Ban, Ngành", DISTRICTS, SPLIT_LATER),
    HAI_PHONG: (2, (7, 8, 0), "", "UBND các quận, huyện", {}),
}


@pytest.mark.parametrize("plan", PLANS)
def test_groups(plan: str) -> None:
    many, places, offices_name, places_name, to_confirm = GROUPS[plan]
    offices = made_of(plan, "named", "sở", "ngành dọc", "đơn vị sự nghiệp")
    units = made_of(plan, "sourced", "UBND cấp huyện")
    kinds = tuple(sum(name.startswith(f"UBND {kind} ") for name in units) for kind in ("quận", "huyện", "thị xã"))
    assert (len(offices), kinds, len(units)) == (many, places, sum(places))
    assert to_confirm.keys() <= units.keys()
    found = {agency["name"]: members(agency) for agency in rows(plan, "agencies") if agency["members"]}
    assert found.pop(offices_name, offices) == offices
    assert found == {places_name: units | to_confirm}


# A name in full of which the source has the short form only, and a group that the plan does not name.
NOT_NAMED = {HA_NOI_231: {"Sở Du lịch"}, CTR24: set(), HAI_PHONG: {"UBND các quận, huyện"}}


@pytest.mark.parametrize("plan", PLANS)
def test_only_places_come_from_outside_the_plan(plan: str) -> None:
    text = seed(plan).casefold()
    agencies = rows(plan, "agencies")
    absent = {agency["name"] for agency in agencies if agency["name"].casefold() not in text}
    assert absent == NOT_NAMED[plan] | set(made_of(plan, "", "UBND cấp huyện"))
    spellings = [spelling for agency in agencies for spelling in names(agency["aliases"])]
    assert [spelling for spelling in spellings if spelling not in seed(plan)] == []
