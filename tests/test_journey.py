"""The whole loop through real files: plan -> copies -> filled in LibreOffice -> findings -> consolidated workbook."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from kttt_xl import commands, selfcheck
from kttt_xl.campaign import Issue, plan_issues
from kttt_xl.layout import REPORT_SHEETS
from kttt_xl.model import LEAD, Plan
from kttt_xl.period import Period

Office = Callable[[list[dict[str, object]]], list[list[str]]]


def run(*arguments: object) -> tuple[int, dict[str, object], str]:
    """Run one command line; return its exit code, its JSON and what went to standard error."""
    with pytest.MonkeyPatch.context() as patch:
        runner = CliRunner()

        @commands.click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
        @commands.click.argument("rest", nargs=-1, type=commands.click.UNPROCESSED)
        def whole(rest: tuple[str, ...]) -> None:
            raise SystemExit(commands.run(list(rest)))

        patch.setenv("TERM", "dumb")
        result = runner.invoke(whole, [str(argument) for argument in arguments])
    document = json.loads(result.stdout) if result.stdout.startswith("{") else {}
    return result.exit_code, document, result.stderr


def places(issue: Issue) -> tuple[dict[str, str], dict[str, int]]:
    return selfcheck.letters(issue.copy), selfcheck.line_rows(issue.copy)


def test_task_copies_filled_in_libreoffice_give_what_was_typed(
    office: Office, gia_lai: Plan, year: Period, campaign: Path, tmp_path: Path
) -> None:
    """Five agencies fill in; one unprotects and sorts, one filters and hides, one inserts rows, one renames."""
    out, back = tmp_path / "phat-hanh", tmp_path / "nhan-ve"
    code, built, _ = run("build", gia_lai.id, "--period", "2024", "-o", out, "--kind", "tasks", "--json")
    assert (code, len(built["copies"])) == (0, len(plan_issues(gia_lai, year, ("tasks",))))
    back.mkdir()
    names = ("Sở Kế hoạch và Đầu tư", "Sở Nội vụ", "Liên minh Hợp tác xã tỉnh", "Sở Tài chính", "Báo Gia Lai")
    by_agency = {issue.copy.agency: issue for issue in plan_issues(gia_lai, year, ("tasks",))}
    # What each lead types: text and date as at the keyboard (ISO dates read alike in every locale).
    answers = {"state": "Hoàn thành", "percent": "100", "done_on": "2024-08-03", "result": "Đã tổ chức, 2 hội nghị"}
    expected: dict[tuple[str, str], tuple[object, ...]] = {}
    jobs: list[dict[str, object]] = []
    for agency in names:
        issue = by_agency[agency]
        letters, rows = places(issue)
        sheet, last = issue.copy.sheet, selfcheck.last_row(issue.copy)
        leading = [line.key for line in issue.copy.keyed if line.texts["role"] == LEAD]
        steps: list[list[object]] = [
            ["type" if field in ("percent", "done_on") else "text", sheet, f"{letters[field]}{rows[key]}", text]
            for key in leading
            for field, text in answers.items()
        ]
        expected |= {(key, agency): ("Hoàn thành", 100, "2024-08-03") for key in leading}
        whole = f"A8:{letters['check']}{last}"
        steps += {
            "Sở Kế hoạch và Đầu tư": [["unprotect", sheet], ["sort", sheet, whole, 2]],
            "Sở Nội vụ": [["unprotect", sheet], ["filter", sheet, f"A7:{letters['check']}{last}", 3, LEAD]],
            "Liên minh Hợp tác xã tỉnh": [["unprotect", sheet], ["insert_row", sheet, 9], ["insert_row", sheet, 3]],
            "Sở Tài chính": [["hide_row", sheet, 12]],
            "Báo Gia Lai": [["rename", sheet, "Nhiem vu 2024"]],
        }[agency]
        jobs.append({"open": str(out / issue.file), "save": str(back / issue.file), "steps": steps})
    office(jobs)

    code, summary, _ = run(
        "consolidate", back, "--plan", gia_lai.id, "--period", "2024", "-o", tmp_path / "th.xlsx",
        "--as-of", "2024-12-20", "--json",
    )  # fmt: skip
    rows = {
        (row["id"], row["agency"]): (row["state"], row["percent"], row["done_on"])
        for row in summary["task_rows"]
        if row["state"]
    }
    assert rows == expected
    assert summary["copies"] == {
        "found": 5, "accepted": 5, "refused": 0, "duplicate": 0, "superseded": 0, "conflicting": 0, "skipped": 0,
    }  # fmt: skip
    typed = len(expected) * len(answers)
    assert summary["cells"] == {"filled": typed, "accepted": typed, "refused": 0, "in_other_copies": 0}
    assert {(f["code"], f["agency"]) for f in summary["findings"] if f["code"] != "missing-required"} == {
        ("moved-row", "Sở Kế hoạch và Đầu tư"),
        ("inserted-row", "Liên minh Hợp tác xã tỉnh"),
        ("renamed-sheet", "Báo Gia Lai"),
    }
    assert code == 0


def test_figures_filled_in_libreoffice_are_summed_as_typed(
    office: Office, yen_bai: Plan, year: Period, campaign: Path, tmp_path: Path
) -> None:
    """Fifteen phường and xã type whole numbers; totals, ratios and verdicts follow from what was typed."""
    out, back = tmp_path / "phat-hanh", tmp_path / "nhan-ve"
    back.mkdir()
    run("build", yen_bai.id, "--period", "2024", "-o", out, "--kind", "stats", "--json")
    jobs, typed = [], {}
    for number, issue in enumerate(plan_issues(yen_bai, year, ("stats",)), start=1):
        letters, rows = places(issue)
        steps: list[list[object]] = []
        for line in issue.copy.keyed:
            if line.rule == "count":
                typed[line.key, issue.copy.agency] = number * 10
                steps.append(["type", issue.copy.sheet, f"{letters['2024']}{rows[line.key]}", str(number * 10)])
        jobs.append({"open": str(out / issue.file), "save": str(back / issue.file), "steps": steps})
    office(jobs)
    _, summary, _ = run(
        "consolidate", back, "--plan", yen_bai.id, "--period", "2024", "-o", tmp_path / "th.xlsx",
        "--as-of", "2025-01-10", "--json",
    )  # fmt: skip
    counts = {indicator.code for indicator in yen_bai.indicators if indicator.aggregation == "sum"}
    totals = {item["code"]: item["value"] for item in summary["indicators"] if item["code"] in counts}
    assert totals == dict.fromkeys(counts, sum(number * 10 for number in range(1, 16)))
    ratios = {
        i["code"]: i["value"] for i in summary["indicators"] if i["code"] not in counts and i["value"] is not None
    }
    assert set(ratios.values()) == {100}
    assert summary["cells"]["accepted"] == len(typed)
    verdicts = {(t["indicator"], t["period_text"]): t["verdict"] for t in summary["targets"]}
    assert verdicts["Số tổ hợp tác thành lập mới", "Hằng năm"] == "Đạt"  # 1200 >= 30
    # Every number leads home: the cell named beside each figure holds the figure.
    report = openpyxl.load_workbook(tmp_path / "th.xlsx")
    assert tuple(report.sheetnames) == REPORT_SHEETS
    sheet = report["Số liệu"]
    heading = next(row for row in sheet.iter_rows() if "Giá trị" in [cell.value for cell in row])
    at = {str(cell.value): cell.column - 1 for cell in heading if cell.value}
    sources: dict[str, openpyxl.Workbook] = {}
    led_home = 0
    for row in sheet.iter_rows(min_row=heading[0].row + 1, values_only=True):
        if row[at["Giá trị"]] is None:
            continue
        name = str(row[at["Tệp nguồn"]])
        book = sources.setdefault(name, openpyxl.load_workbook(back / name))
        source = book[str(row[at["Trang nguồn"]])][str(row[at["Ô nguồn"]])].value
        assert Decimal(str(source)) == Decimal(str(row[at["Giá trị"]]))
        led_home += 1
    assert led_home == len(typed)


def test_the_next_period_knows_the_last(
    office: Office, yen_bai: Plan, year: Period, campaign: Path, tmp_path: Path
) -> None:
    """A consolidated workbook of 2024 is history for 2025: previous values are shown, outliers are noticed."""
    agency = "UBND phường Đồng Tâm"
    first = next(issue for issue in plan_issues(yen_bai, year, ("stats",)) if issue.copy.agency == agency)
    letters, rows = places(first)
    out, back = tmp_path / "2024", tmp_path / "2024-nhan"
    back.mkdir()
    run("build", yen_bai.id, "--period", "2024", "-o", out, "--agency", agency, "--kind", "stats", "--json")
    cell = f"{letters['2024']}{rows['THT-MOI']}"
    office([{"open": str(out / first.file), "save": str(back / first.file), "steps": [["type", "Số liệu", cell, "4"]]}])
    run("consolidate", back, "--plan", yen_bai.id, "--period", "2024", "-o", tmp_path / "2024.xlsx", "--json")

    later, again = tmp_path / "2025", tmp_path / "2025-nhan"
    again.mkdir()
    _, built, _ = run(
        "build", yen_bai.id, "--period", "2025", "-o", later, "--agency", agency, "--kind", "stats",
        "--history", tmp_path / "2024.xlsx", "--json",
    )  # fmt: skip
    name = built["copies"][0]["file"]
    shown = openpyxl.load_workbook(later / name)["Số liệu"][f"{letters['previous']}{rows['THT-MOI']}"].value
    assert shown == 4
    office([{"open": str(later / name), "save": str(again / name), "steps": [["type", "Số liệu", cell, "4000"]]}])
    _, summary, _ = run(
        "consolidate", again, "--plan", yen_bai.id, "--period", "2025", "-o", tmp_path / "2025.xlsx",
        "--history", tmp_path / "2024.xlsx", "--json",
    )  # fmt: skip
    outliers = [(f["code"], f["cell"], f["found"]) for f in summary["findings"] if f["code"] == "unit-outlier"]
    assert outliers == [("unit-outlier", cell, "4000")]
    values = {(i["code"], i["period"]): i["value"] for i in summary["indicators"] if i["value"] is not None}
    assert values == {("THT-MOI", "2024"): 4, ("THT-MOI", "2025"): 4000}


def test_the_demo_accounts_for_every_file_and_cell(tmp_path: Path) -> None:
    code, outcome, _ = run("demo", "-o", tmp_path / "demo", "--json")
    assert code == 0
    for loop in outcome["loops"]:
        summary = loop["summary"]
        copies, cells = dict(summary["copies"]), summary["cells"]
        assert copies.pop("found") == sum(copies.values()) == len(list(Path(loop["returns"]).iterdir()))
        assert cells["filled"] == cells["accepted"] + cells["refused"]
        assert min(copies["accepted"], copies["refused"], copies["duplicate"], copies["conflicting"]) > 0
    codes = {finding["code"] for loop in outcome["loops"] for finding in loop["summary"]["findings"]}
    assert codes >= {
        "altered-locked-cell", "ambiguous-number", "bad-date", "bad-number", "bad-percent", "conflicting-copies",
        "damaged-file", "date-as-text", "error-value", "formula-in-input", "list-spelling", "missing-required",
        "not-in-list", "not-whole", "number-as-text", "outside-value", "overwritten-formula", "wrong-period",
    }  # fmt: skip


def test_same_input_gives_the_same_bytes(gia_lai: Plan, campaign: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        run("build", gia_lai.id, "--period", "2024", "-o", tmp_path / name, "--agency", "Sở Nội vụ", "--json")
    one, two = (sorted((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
