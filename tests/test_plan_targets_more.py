"""Targets of the plans of Hà Nội and Hải Phòng and the rows that measure them; the statistics of the 20-year review."""

import re
from collections import Counter

import pytest
from test_plan_data_more import CTR24, DISTRICTS, HA_NOI_231, HAI_PHONG, PLANS, ROOT, head, rows, seed

# --- targets

# Code, due, the words of the quote, the operator and numbers they stand for, basis.
TARGETS = {
    CTR24: [
        ("HTX-HT", "2015-12-31", 'Không còn Hợp tác xã hoạt động "hình thức"', "không còn", "0", "0", "at"),
        ("TL-KHA", "2015-12-31", "từ 60-70% HTX hoạt động từ khá", "trong khoảng", "60", "70", "at"),
        ("TL-YEU", "2015-12-31", "HTX yếu kém dưới 10%", "dưới", "", "10", "at"),
        ("TL-CB-DT", "2015-12-31", "từ 50% cán bộ chủ chốt HTX được đào tạo", "từ … trở lên", "50", "", "at"),
        ("TL-CB-DT-CD", "2015-12-31", "trong đó có 40% đạt trình độ", "đạt (mức sàn)", "40", "40", "at"),
        ("TL-CB-BD", "2015-12-31", "100% cán bộ chủ chốt HTX được bồi dưỡng", "đạt (mức sàn)", "100", "100", "at"),
        ("HTX-YEU", "2020-12-31", "Không còn Hợp tác xã yếu kém", "không còn", "0", "0", "at"),
        ("TL-KHA", "2020-12-31", "từ 80 đến 90% Hợp tác xã hoạt động từ khá", "trong khoảng", "80", "90", "at"),
        ("TL-CB-DT", "2020-12-31", "80% cán bộ chủ chốt HTX được đào tạo", "đạt (mức sàn)", "80", "80", "at"),
        ("TL-CB-DT-CD", "2020-12-31", "trong đó 60% đạt trình độ", "đạt (mức sàn)", "60", "60", "at"),
        ("TT-KTTT", "", "đạt từ 6,5-7%/năm", "trong khoảng", "6.5", "7", "average"),
        ("TT-CN", "", "tăng bình quân 10-12%/năm", "trong khoảng", "10", "12", "average"),
        ("TT-NN", "", "tăng 2-3%/năm", "trong khoảng", "2", "3", "average"),
        ("HTX-VT", "2014-12-31", "xây dựng điểm từ 1 đến 2 HTX", "trong khoảng", "1", "2", "at"),
        ("HTX-DH", "", "Mỗi quận, huyện, thị xã lựa chọn từ 01 đến 02 HTX", "trong khoảng", "1", "2", "at"),
        ("HUYEN-TD", "", "chọn 03 huyện", "đạt (mức sàn)", "3", "3", "at"),
    ],
    HAI_PHONG: [
        ("HT-CD", "2018-06-30", "hoàn thành việc chuyển đổi, tổ chức lại", "hoàn thành", "", "", "at"),
        ("HT-GT", "2018-12-31", "giải thể dứt điểm", "hoàn thành", "", "", "at"),
        ("GRDP", "2020-12-31", "đóng góp 1,0 - 1,2% GRDP", "trong khoảng", "1.0", "1.2", "at"),
        ("THT", "2020-12-31", "hoạt động theo đúng quy định", "định tính", "", "", "at"),
        ("TL-CBQL-DT", "2020-12-31", "Trên 50% cán bộ", "trên", "50", "", "at"),
        ("TL-CBQL-DT-CD", "2020-12-31", "trong đó 70% có trình độ", "đạt (mức sàn)", "70", "70", "at"),
        ("TL-CBCM-BD", "2020-12-31", "100% cán bộ chuyên môn", "đạt (mức sàn)", "100", "100", "at"),
        ("HTX-DH", "2020-12-31", "Xây dựng 10 hợp tác xã điển hình", "đạt (mức sàn)", "10", "10", "at"),
    ],
}  # fmt: skip


def test_the_review_has_no_targets() -> None:
    assert rows(HA_NOI_231, "targets") == []


@pytest.mark.parametrize("plan", TARGETS)
def test_targets(plan: str) -> None:
    targets = rows(plan, "targets")
    columns = ("code", "due", "operator", "low", "high", "basis")
    assert [tuple(target[column] for column in columns) for target in targets] == [
        (code, due, *rest) for code, due, _, *rest in TARGETS[plan]
    ]
    for target, (_, due, words, _, low, high, _) in zip(targets, TARGETS[plan], strict=True):
        assert words in target["quote"]
        assert target["quote"] in seed(plan)
        assert target["period_text"] in seed(plan)
        assert bool(target["period_text"]) == bool(due)
        assert (due[:4] or "none") in (target["period_text"] or "none")
        numbers = [number.lstrip("0").replace(",", ".") for number in re.findall(r"\d+(?:,\d+)?", words)]
        assert numbers == [number for number in dict.fromkeys((low, high)) if number not in ("", "0")]
        assert target["base"] == ""
    assert [target["code"] for target in targets if target["each"]] == (["HTX-DH"] if plan == CTR24 else [])
    assert {target["each"] for target in targets if target["each"]} <= {DISTRICTS}


# --- indicators

OTHER_WORDING = {"Tỷ lệ Hợp tác xã hoạt động từ khá trở lên": "Tỷ lệ HTX hoạt động từ khá trở lên"}
# Units that the target has of its own: of each place; none where the target gives no number.
OWN_UNITS = {"HTX/quận, huyện, thị xã": "HTX"}


@pytest.mark.parametrize("plan", TARGETS)
def test_indicators_and_targets_agree(plan: str) -> None:
    indicators = {row["code"]: row for row in rows(plan, "indicators")}
    for target in rows(plan, "targets"):
        indicator = indicators[target["code"]]
        assert indicator["name"] == OTHER_WORDING.get(target["indicator"], target["indicator"])
        assert indicator["derived"] == ""
        assert (indicator["nature"] == "growth") == (target["basis"] == "average")
        unit = OWN_UNITS.get(target["unit"], target["unit"])
        expected = {"hoàn thành": "%", "định tính": "mô tả"}.get(target["operator"], unit)
        assert (indicator["unit"], target["unit"] == "") == (
            expected,
            target["operator"] in ("hoàn thành", "định tính"),
        )
    aimed_at = {target["code"] for target in rows(plan, "targets")}
    assert {code for code, row in indicators.items() if row["derived"] == "x"} == set(indicators) - aimed_at
    assert [
        code for code, row in indicators.items() if row["derived"] and "Tên suy ra từ câu «" not in row["note"]
    ] == []


SHAPES = {
    HA_NOI_231: {
        "stock sum count": 16, "flow sum count": 10, "ratio weighted decimal": 8, "ratio none decimal": 1,
    },
    CTR24: {
        "stock sum count": 11, "ratio ratio percent": 5, "growth none percent": 3,
    },
    HAI_PHONG: {
        "stock sum count": 10, "ratio ratio percent": 5, "ratio none percent": 1, "stock none text": 1,
    },
}  # fmt: skip
RATIOS = {
    HA_NOI_231: {},
    CTR24: {
        "TL-KHA": "HTX-KHA / HTX", "TL-YEU": "HTX-YEU / HTX", "TL-CB-DT": "CB-DT / CB",
        "TL-CB-DT-CD": "CB-DT-CD / CB-DT", "TL-CB-BD": "CB-BD / CB",
    },
    HAI_PHONG: {
        "HT-CD": "HTX-CD / HTX-PCD", "HT-GT": "HTX-GT / HTX-PGT", "TL-CBQL-DT": "CBQL-DT / CBQL",
        "TL-CBQL-DT-CD": "CBQL-DT-CD / CBQL-DT", "TL-CBCM-BD": "CBCM-BD / CBCM",
    },
}  # fmt: skip
NESTED = {
    HA_NOI_231: {
        **dict.fromkeys(("HTX-NN", "HTX-CN", "HTX-VT", "HTX-TM", "HTX-XD", "HTX-TD"), "HTX"),
        "LD-HTX-TV": "LD-HTX", "DT-HTX-TV": "DT-HTX", "LD-LH-TV": "LD-LH", "DT-LH-TV": "DT-LH",
    },
    CTR24: {"TL-CB-DT-CD": "TL-CB-DT"},
    HAI_PHONG: {"TL-CBQL-DT-CD": "TL-CBQL-DT"},
}  # fmt: skip


@pytest.mark.parametrize("plan", PLANS)
def test_indicators(plan: str) -> None:
    indicators = {row["code"]: row for row in rows(plan, "indicators")}
    order = list(indicators)
    kinds = (" ".join((row["nature"], row["aggregation"], row["value_type"])) for row in indicators.values())
    assert Counter(kinds) == SHAPES[plan]
    assert {
        code: f"{row['numerator']} / {row['denominator']}"
        for code, row in indicators.items()
        if row["aggregation"] == "ratio"
    } == RATIOS[plan]
    assert {code: row["parent"] for code, row in indicators.items() if row["parent"]} == NESTED[plan]
    for code, row in indicators.items():
        parts = [row["numerator"], row["denominator"]]
        needed = {"ratio": parts, "weighted": parts[1:]}.get(row["aggregation"], [])
        assert [part for part in parts if part] == needed  # a weighted average has a weight and no numerator
        assert {indicators[part]["nature"] + indicators[part]["value_type"] for part in needed} <= {"stockcount"}
        if row["aggregation"] == "weighted":
            assert row["denominator"] == code.split("-")[1]  # of hợp tác xã, liên hiệp hợp tác xã, tổ hợp tác
        assert all(order.index(part) < order.index(code) for part in needed)  # asked before the ratio shows
        if row["parent"]:
            assert order.index(row["parent"]) < order.index(code)
            if row["aggregation"] == "ratio":
                assert row["denominator"] == indicators[row["parent"]]["numerator"]


@pytest.mark.parametrize("plan", [CTR24, HAI_PHONG])
def test_who_gives_a_figure_that_cannot_be_added_up(plan: str) -> None:
    single = [row for row in rows(plan, "indicators") if row["aggregation"] == "none" and row["value_type"] != "text"]
    assert [row["code"] for row in single] == {CTR24: ["TT-KTTT", "TT-CN", "TT-NN"], HAI_PHONG: ["GRDP"]}[plan]
    assert [
        row["code"] for row in single if f"do cơ quan đầu mối ({head(plan)['coordinator']}) cho" not in row["note"]
    ] == []


# Rows of the review, by the document that gives them; the annexes of Quyết định 77 are not known.
SOURCES = {
    "Công văn 9371/BKHĐT-HTX (báo cáo năm 2019).": 25,
    "Lĩnh vực theo Kế hoạch 185/KH-UBND năm 2022 của Cần Thơ.": 6,
    "Kế hoạch 180/KH-UBND năm 2022 của Lạng Sơn.": 4,
}


def test_every_row_of_the_review_names_its_source() -> None:
    found = [row["note"] for row in rows(HA_NOI_231, "indicators")]
    assert {source: sum(note.startswith(source) for note in found) for source in SOURCES} == SOURCES
    assert len(found) == sum(SOURCES.values())
    assert {row["derived"] for row in rows(HA_NOI_231, "indicators")} == {""}
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workbooks" / HA_NOI_231).iterdir())
    assert not re.search(r"(?i)mẫu (?:số |biểu )?(?:của )?(?:QĐ|Quyết định)", written)
