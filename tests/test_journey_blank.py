"""One blank file for everybody: chosen and filled in LibreOffice, it comes back as good as an addressed copy."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from test_journey import run

from kttt_xl.campaign import plan_issues
from kttt_xl.choosing import CONFIRM_LABEL, PERIOD_LABEL, SHOWN_LABEL, label
from kttt_xl.layout import AGENCY_LABEL, COVER, HEADING_ROW, Copy
from kttt_xl.model import LEAD
from kttt_xl.period import parse_period
from kttt_xl.plans import load_plan
from kttt_xl.selfcheck import letters, line_rows

Office = Callable[[list[dict[str, object]]], list[list[str]]]
Steps = list[list[object]]

FORMS = {
    "tasks": ("gia-lai-655-2023", ("Sở Nội vụ", "Báo Gia Lai", "Liên minh Hợp tác xã tỉnh")),
    "stats": ("yen-bai-209-2023", ("UBND phường Đồng Tâm", "UBND xã Minh Bảo", "UBND xã Giới Phiên")),
}


def typing(copy: Copy) -> Steps:
    """What an officer types into a copy, wherever its rows stand."""
    at, rows, sheet = letters(copy), line_rows(copy), copy.sheet
    if copy.kind == "stats":
        counts = [line.key for line in copy.keyed if line.rule == "count"]
        return [["type", sheet, f"{at['2024']}{rows[key]}", str(7 + n)] for n, key in enumerate(counts)]
    said = {"state": ("text", "Hoàn thành"), "percent": ("type", "100"), "done_on": ("type", "2024-08-03")}
    leading = [line.key for line in copy.keyed if line.texts["role"] == LEAD]
    return [[how, sheet, f"{at[field]}{rows[key]}", text] for key in leading for field, (how, text) in said.items()]


def places(blank: Path) -> dict[str, str]:
    """Return the cells of the cover that are beside its labels."""
    sheet = openpyxl.load_workbook(blank)[COVER]
    return {str(row[1].value): f"C{row[1].row}" for row in sheet.iter_rows() if row[1].value}


def choose(at: dict[str, str], agency: str, period: str = "Năm 2024", *, confirm: bool = True) -> Steps:
    steps: Steps = [["text", COVER, at[AGENCY_LABEL], agency], ["text", COVER, at[PERIOD_LABEL], period]]
    return [*steps, ["text", COVER, at[CONFIRM_LABEL], label(agency, period)]] if confirm else steps


@pytest.mark.parametrize("kind", FORMS)
def test_a_blank_copy_is_as_good_as_an_addressed_one(kind: str, office: Office, campaign: Path, tmp_path: Path) -> None:
    plan_id, agencies = FORMS[kind]
    plan, period = load_plan(plan_id), parse_period("2024")
    out, sent = tmp_path / "gui", tmp_path / "gui-trong"
    run("build", plan_id, "--period", "2024", "-o", out, "--kind", kind, "--json")
    code, built, _ = run("build", plan_id, "--period", "2024", "-o", sent, "--kind", kind, "--blank", "--json")
    (blank,) = built["copies"]
    assert (code, blank["agency"], blank["kind"]) == (0, "", kind)
    assert blank["file"] == f"{plan_id}_2024_{'nhiem-vu' if kind == 'tasks' else 'so-lieu'}_trong.xlsx"
    at = places(sent / blank["file"])

    issues = {issue.copy.agency: issue for issue in plan_issues(plan, period, (kind,))}
    folders = {"addressed": tmp_path / "nhan", "blank": tmp_path / "nhan-trong"}
    jobs: list[dict[str, object]] = []
    for folder in folders.values():
        folder.mkdir()
    for agency in agencies:
        issue = issues[agency]
        steps = typing(issue.copy)
        name = f"{issue.file}"
        jobs.append({"open": str(out / issue.file), "save": str(folders["addressed"] / name), "steps": steps})
        shown: Steps = [["read", COVER, at[SHOWN_LABEL]], ["read", issue.copy.sheet, f"B{HEADING_ROW + 2}"]]
        jobs.append(
            {
                "open": str(sent / blank["file"]),
                "save": str(folders["blank"] / name),
                "steps": [*choose(at, agency), *shown, *steps],
            }
        )
    said = [answer for answer in office(jobs) if answer]
    second = {agency: issues[agency].copy.lines[1].texts["stt"] for agency in agencies}
    assert said == [[label(agency, "Năm 2024"), second[agency]] for agency in agencies]

    results = {}
    for way, folder in folders.items():
        code, summary, _ = run(
            "consolidate", folder, "--plan", plan_id, "--period", "2024", "-o", tmp_path / f"{way}.xlsx",
            "--as-of", "2024-12-20", "--json",
        )  # fmt: skip
        results[way] = (code, summary)
    assert results["addressed"][1]["copies"]["accepted"] == len(agencies)
    assert results["addressed"][1]["cells"]["accepted"] == sum(len(typing(issues[agency].copy)) for agency in agencies)
    assert results["blank"] == results["addressed"]


@pytest.mark.parametrize("kind", FORMS)
def test_a_choice_changed_after_filling_is_refused(kind: str, office: Office, campaign: Path, tmp_path: Path) -> None:
    """First one agency fills in and saves; then somebody opens the same file, chooses another, saves it again."""
    plan_id, (first, second, _) = FORMS[kind]
    plan, period = load_plan(plan_id), parse_period("2024")
    _, built, _ = run("build", plan_id, "--period", "2024", "-o", tmp_path / "gui", "--kind", kind, "--blank", "--json")
    blank = tmp_path / "gui" / built["copies"][0]["file"]
    at = places(blank)
    copy = next(issue.copy for issue in plan_issues(plan, period, (kind,)) if issue.copy.agency == first)
    back = tmp_path / "nhan"
    back.mkdir()
    filled, changed = str(tmp_path / "dien.xlsx"), str(back / "doi.xlsx")
    steps = typing(copy)
    office([{"open": str(blank), "save": filled, "steps": [*choose(at, first), *steps]}])
    office([{"open": filled, "save": changed, "steps": choose(at, second, confirm=False)}])
    code, summary, _ = run(
        "consolidate", back, "--plan", plan_id, "--period", "2024", "-o", tmp_path / "th.xlsx",
        "--as-of", "2024-12-20", "--json",
    )  # fmt: skip
    was, now = label(first, "Năm 2024"), label(second, "Năm 2024")
    cure = (
        f"Ở trang Hướng dẫn chọn lại đúng như khi điền: {was}; báo cáo cho đơn vị hoặc kỳ khác thì điền vào một biểu "
        "mẫu trống mới."
    )
    found = [(f["code"], f["sheet"], f["cell"], f["message"], f["fix"]) for f in summary["findings"]]
    assert found == [
        (
            "stale-choice",
            COVER,
            at[AGENCY_LABEL],
            f"Không rõ biểu mẫu trống này được điền cho đơn vị, kỳ nào: đang ghi «{now}», trước đó là «{was}».",
            cure,
        )
    ]
    assert (code, summary["copies"]["refused"], summary["copies"]["accepted"]) == (1, 1, 0)
    assert summary["cells"] == {"filled": 0, "accepted": 0, "refused": 0, "in_other_copies": len(steps)}
