"""campaign: blank copies issued and taken back in beside addressed ones."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from blank_copies import DONG_TAM, LIEN_MINH, NOI_VU, BlankTrial, issues, shows
from returned_copies import KEY, take_in
from test_adjustments import adjusted, changed

from kttt_xl import choosing, commands
from kttt_xl.assignments import stats_forms, stats_recipients, stats_rows
from kttt_xl.builder import build_copy
from kttt_xl.campaign import plan_blanks
from kttt_xl.consolidation import consolidate
from kttt_xl.filling import Content, fill
from kttt_xl.model import Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.plans import load_plan, plan_ids

AS_OF = date(2024, 12, 20)


@pytest.mark.parametrize("plan_id", plan_ids())
def test_the_rows_of_every_agencys_statistics_form(plan_id: str) -> None:
    plan = load_plan(plan_id)
    forms = stats_forms(plan)
    assert tuple(forms) == stats_recipients(plan)
    assert forms == {agency: stats_rows(plan, agency) for agency in forms}


def test_one_blank_copy_of_each_form(yen_bai: Plan, year: Period) -> None:
    found = plan_blanks(yen_bai, year)
    assert [(issue.file, issue.copy.kind, issue.copy.agency) for issue in found] == [
        ("yen-bai-209-2023_2024_nhiem-vu_trong.xlsx", "tasks", ""),
        ("yen-bai-209-2023_2024_so-lieu_trong.xlsx", "stats", ""),
    ]
    both = plan_blanks(yen_bai, year, agencies=(DONG_TAM,))
    assert [(issue.copy.kind, issue.offer and issue.offer.agencies) for issue in both] == [("stats", (DONG_TAM,))]


def verdicts(folder: Path, plan: Plan, period: Period, campaign: Path) -> dict[str, tuple[str, list[str]]]:
    copies = take_in(folder, plan, period, AS_OF, campaign)
    return {copy.file: (copy.verdict, [found.code for found in copy.findings]) for copy in copies}


def test_blank_and_addressed_copies_in_one_folder(gia_lai: Plan, year: Period, campaign: Path, tmp_path: Path) -> None:
    """They are one agency's like any two copies; a choice of another period or of nothing is no copy of this one."""
    blank = BlankTrial(gia_lai, year, "tasks", tmp_path)
    place = blank.place(NOI_VU, "2024", "38", "state")
    other = blank.place(LIEN_MINH, "2024", "33", "state")
    (sent,) = issues(gia_lai, year, "tasks", agencies=(NOI_VU,))
    typed: dict[str, Content] = {place: "Đang thực hiện"}
    folder = tmp_path / "nhan"
    folder.mkdir()
    returned = {
        "a.xlsx": fill(build_copy(sent.copy, KEY), sent.copy.sheet, typed),
        "b.xlsx": blank.chosen(NOI_VU, "2024", typed),
        "c.xlsx": blank.chosen(LIEN_MINH, "2024", {other: "Đang thực hiện"}),
        "d.xlsx": blank.chosen(NOI_VU, "2025", typed),
        "e.xlsx": blank.content,
        "f.xlsx": blank.chosen(LIEN_MINH, "2024", typed, C8=f"{NOI_VU} · Năm 2024"),
    }
    for name, content in returned.items():
        (folder / name).write_bytes(content)
    found = verdicts(folder, gia_lai, year, campaign)
    missing = "missing-required"
    assert {
        name: (verdict, [code for code in codes if code != missing]) for name, (verdict, codes) in found.items()
    } == {
        "a.xlsx": ("accepted", []),
        "b.xlsx": ("duplicate", []),
        "c.xlsx": ("accepted", []),
        "d.xlsx": ("refused", ["wrong-period"]),
        "e.xlsx": ("refused", ["stale-choice"]),
        "f.xlsx": ("refused", ["stale-choice"]),
    }
    (folder / "b.xlsx").write_bytes(blank.chosen(NOI_VU, "2024", {place: "Tạm dừng"}))
    found = verdicts(folder, gia_lai, year, campaign)
    assert {name: found[name][0] for name in ("a.xlsx", "b.xlsx")} == dict.fromkeys(("a.xlsx", "b.xlsx"), "conflicting")


def test_what_was_issued_after_a_change_is_not_outdated(campaign: Path, tmp_path: Path) -> None:
    """Xã C leads no more but coordinates: in a blank copy issued afterwards it says so, in one issued before not."""
    plan = adjusted(changed("all", "giao lại", "Sở B", "Xã C"))
    plan = replace(plan, tasks=tuple(replace(each, coordinating=("Các xã",)) for each in plan.tasks))
    period = parse_period("2024")
    for issued, told in ((plan, 0), (replace(plan, adjustments=()), 1)):
        blank = BlankTrial(issued, parse_period("2023"), "tasks", tmp_path)
        folder = tmp_path / f"nhan-{told}"
        folder.mkdir()
        place = blank.place("Xã C", "2024", "all", "state")
        (folder / "xa-c.xlsx").write_bytes(blank.chosen("Xã C", "2024", {place: "Đang thực hiện"}))
        copies = take_in(folder, plan, period, AS_OF, campaign)
        assert [copy.verdict for copy in copies] == ["accepted"]
        result = consolidate(plan, period, AS_OF, copies)
        assert [found.agency for found in result.findings if found.code == "unknown-row"] == ["Xã C"] * told


def test_commands_tell_who_needs_a_copy_of_its_own(
    campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = "hai-phong-135-2018"
    words = (
        "«Sở Kế hoạch và Đầu tư» có biểu riêng, không dùng hai-phong-135-2018_2019_so-lieu_trong.xlsx: phát hành bằng "
        "build --agency.\n"
    )
    for json_flag in ([], ["--json"]):
        code = commands.run(
            ["build", plan, "--period", "2019", "-o", str(tmp_path), "--blank", "--kind", "stats", *json_flag]
        )
        out, err = capsys.readouterr()
        assert code == 0
        assert words in (err if json_flag else out)
        if json_flag:
            (copy,) = json.loads(out)["copies"]
            assert (copy["file"], copy["agency"], copy["kind"]) == (f"{plan}_2019_so-lieu_trong.xlsx", "", "stats")


def test_check_names_no_agency_where_none_was_chosen(
    gia_lai: Plan, year: Period, campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = BlankTrial(gia_lai, year, "tasks", tmp_path)
    assert commands.run(["check", str(blank.path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(copy["verdict"], copy["agency"], copy["period"]) for copy in found["copies"]] == [
        ("refused", None, "2024")
    ]
    assert found["cells"] == {"filled": 0, "accepted": 0, "refused": 0, "in_other_copies": 0}
    blank.path.write_bytes(blank.chosen(NOI_VU, "2024", C7=shows(choosing.NO_CHOICE)))
    commands.run(["check", str(blank.path), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [(copy["verdict"], copy["agency"], copy["period"]) for copy in found["copies"]] == [
        ("accepted", NOI_VU, "2024")
    ]
