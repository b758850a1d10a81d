"""The identity of a copy: written and read back, genuine or forged, and refused whatever a stranger puts there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returned_copies import KEY

from kttt_xl import layout
from kttt_xl.assignments import task_assignments
from kttt_xl.campaign import plan_blanks
from kttt_xl.cells import Cell, fold
from kttt_xl.choice import Choice, addressed
from kttt_xl.errors import CopyRefused
from kttt_xl.history import History
from kttt_xl.identity import (
    Manifest,
    decode,
    describe,
    digest,
    encode,
    genuine,
    is_marked,
    issue_id,
    key_id,
    shown,
)
from kttt_xl.model import Figure, Plan, Value
from kttt_xl.period import Period, parse_period

Cells = dict[tuple[int, int], Cell]
Json = Any


def sheet(rows: Iterable[tuple[object, ...]]) -> Cells:
    """The cells of _kttt as they are read back."""
    kinds = {str: "text", Decimal: "number", bool: "boolean"}
    return {
        (row, column): Cell(row, column, kinds[type(value)], value)
        for row, values in enumerate(rows, 1)
        for column, value in enumerate(values, 1)
    }


def refusal(cells: Cells) -> tuple[str, str, str]:
    with pytest.raises(CopyRefused) as caught:
        decode(cells)
    return caught.value.code, caught.value.found, caught.value.expected


@pytest.fixture(scope="session")
def manifests(gia_lai: Plan, yen_bai: Plan, year: Period) -> dict[str, Manifest]:
    assigned = task_assignments(gia_lai, year)
    tasks = layout.task_copy(gia_lai, year, "Sở Nội vụ", assigned["Sở Nội vụ"], {("38", "Sở Nội vụ"): "Hoàn thành"})
    settled: dict[tuple[str, str], Value] = {("THT-HQ", "2024"): Decimal("12.5")}
    stats = layout.stats_copy(yen_bai, year, "UBND phường Hồng Hà", {"THT-MOI": Decimal(3)}, settled)
    return {
        kind: replace(describe(copy, {"B1": "Tiêu đề"}, {"C5": copy.agency, "B2": "x"}), key_id=key_id(KEY))
        for kind, copy in (("tasks", tasks), ("stats", stats))
    }


# --- round trip


@pytest.mark.parametrize("kind", ["tasks", "stats"])
def test_what_is_written_is_read_back(manifests: dict[str, Manifest], kind: str) -> None:
    manifest = manifests[kind]
    rows = encode(manifest, KEY)
    found, body, signature = decode(sheet(rows))
    assert found == manifest
    assert genuine(body, signature, KEY)
    assert encode(found, KEY) == rows
    assert [name for name, _ in rows[:2]] == ["kttt-xl", "hmac"]
    assert all(text.isascii() and len(text) <= 30_000 for _, text in rows)


def test_what_a_manifest_says(manifests: dict[str, Manifest], gia_lai: Plan, yen_bai: Plan) -> None:
    tasks, stats = manifests["tasks"], manifests["stats"]
    assert (tasks.plan, tasks.period, tasks.kind, tasks.agency, tasks.sheet, tasks.layout, tasks.made_from) == (
        gia_lai.id, "2024", "tasks", "Sở Nội vụ", "Nhiệm vụ", "2", "",
    )  # fmt: skip
    assert (tasks.earliest, tasks.latest, tasks.span) == (
        date(2023, 1, 1), date(2025, 12, 31), (date(2024, 1, 1), date(2024, 12, 31)),
    )  # fmt: skip
    assert tasks.fixed == {"B1": digest("Tiêu đề")}
    assert tasks.cover == {"C5": digest("Sở Nội vụ"), "B2": digest("x")}
    row = next(row for row in tasks.rows if row.key == "38")
    assert (row.label, row.rule, row.previous, row.required, row.conditional) == (
        "nhiệm vụ 38", "", "Hoàn thành", False, True,
    )  # fmt: skip
    task = next(task for task in gia_lai.tasks if task.id == "38")
    assert row.digests["title"] == digest(f"  {task.title.replace(' ', '  ')}\n")  # programs re-wrap lines
    assert set(row.digests) == {column.field for column in layout.TASK_COLUMNS[1:11]}
    ratio = next(row for row in stats.rows if row.ratio)
    indicator = next(indicator for indicator in yen_bai.indicators if indicator.code == ratio.key)
    assert (ratio.ratio, ratio.required) == ((indicator.numerator, indicator.denominator), False)
    settled = {row.key: (row.settled, row.previous) for row in stats.rows if row.settled or row.previous}
    assert settled == {"THT-MOI": ((), "3"), "THT-HQ": (("2024",), "")}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, ""), ("a", "a"), (Decimal("1234.50"), "1234,5"), (date(2024, 8, 3), "3/8/2024")],
)
def test_a_locked_value_as_it_is_seen(value: Value, expected: str) -> None:
    assert shown(value) == expected


def test_a_long_manifest_goes_into_several_cells(manifests: dict[str, Manifest]) -> None:
    manifest = replace(manifests["tasks"], fixed={f"A{at}": "ế" * 40 for at in range(400)})
    rows = encode(manifest, KEY)
    assert [len(text) for name, text in rows[2:-1]] == [30_000] * (len(rows) - 3)
    assert len(rows) > 4
    found, body, signature = decode(sheet(rows))
    assert (found, genuine(body, signature, KEY)) == (manifest, True)


# --- the signature


def test_a_signature_is_over_every_letter(manifests: dict[str, Manifest]) -> None:
    rows = encode(manifests["tasks"], KEY)
    (_, signature), (_, body) = rows[1:]
    changed = body.replace('"required":true', '"required":false', 1)
    decode(sheet((*rows[:2], ("manifest", changed))))  # well formed
    verdicts = {
        "as issued": (body, signature, KEY),
        "other text": (changed, signature, KEY),
        "other key": (body, signature, bytes(32)),
        "no signature": (body, "", KEY),
        "signature cut": (body, signature[:-1], KEY),
        "in capitals": (body, signature.upper(), KEY),
        "no text of Unicode": ("\ud800", "\udfff", KEY),
    }
    assert {name: genuine(*case) for name, case in verdicts.items()} == {name: name == "as issued" for name in verdicts}


def test_the_issue_id_is_a_hash_of_what_was_issued(gia_lai: Plan, year: Period) -> None:
    base = (gia_lai, year, "tasks", "Sở Nội vụ")
    others = [
        (replace(gia_lai, note="khác"), year, "tasks", "Sở Nội vụ"),
        (gia_lai, parse_period("2025"), "tasks", "Sở Nội vụ"),
        (gia_lai, year, "stats", "Sở Nội vụ"),
        (gia_lai, year, "tasks", "Sở Tài chính"),
    ]
    ids = [issue_id(*case) for case in (base, *others)]
    assert len(set(ids)) == len(ids)
    assert issue_id(replace(gia_lai), year, "tasks", "Sở Nội vụ") == ids[0]
    assert all(len(text) == 16 and int(text, 16) >= 0 for text in ids)
    # The same in another process: no clock, no order of a set, no seed of a hash.
    program = (
        "from kttt_xl import identity, period, plans\n"
        f"print(identity.issue_id(plans.load_plan({gia_lai.id!r}), period.parse_period('2024'), 'tasks', 'Sở Nội vụ'))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Ho_Chi_Minh"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True, env=environment)
    assert done.stdout.strip() == ids[0]


# --- a stranger's sheet

NO_MANIFEST = ("no-manifest", "trang _kttt không phải do kttt-xl ghi", "")
UNREADABLE = ("no-manifest", "nội dung trang _kttt không đọc được", "")
NOT_OURS = ("no-manifest", "nội dung trang _kttt không khớp biểu mẫu", "")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], NO_MANIFEST),
        ([("manifest", "{}")], NO_MANIFEST),
        ([("kttt-xl",)], NO_MANIFEST),
        ([(True, True), (Decimal(1), Decimal(1))], NO_MANIFEST),
        ([("kttt-xl", "3"), ("manifest", "{}")], ("unknown-version", "3", "1, 2")),
        ([("kttt-xl", Decimal(3))], ("unknown-version", "3", "1, 2")),
        ([("kttt-xl", "0")], ("unknown-version", "0", "1, 2")),
        ([("kttt-xl", "2")], UNREADABLE),
        ([("kttt-xl", "2"), ("hmac", "x"), ("manifest", "")], UNREADABLE),
        ([("kttt-xl", "2"), ("manifest", "{}"), ("manifest", "}")], UNREADABLE),
        ([("kttt-xl", "2"), ("manifest", "[" * 100_000)], UNREADABLE),
        ([("kttt-xl", "2"), ("manifest", '{"plan":' * 100_000)], UNREADABLE),
        ([("kttt-xl", "2"), ("manifest", "9" * 10_000)], UNREADABLE),
        ([("kttt-xl", "2"), ("manifest", True)], UNREADABLE),
        ([("kttt-xl", "2"), ("manifest", "\ud800")], UNREADABLE),
    ],
)  # fmt: skip
def test_a_sheet_that_is_not_ours(rows: list[tuple[object, ...]], expected: tuple[str, str, str]) -> None:
    assert refusal(sheet(rows)) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [([], False), ([("kttt-xl", "2")], True), ([("kttt-xl",)], True), ([("KTTT-XL", "2")], False), ([(True,)], False)],
)
def test_a_sheet_that_begins_like_a_manifest(rows: list[tuple[object, ...]], expected: bool) -> None:
    assert is_marked(sheet(rows)) is expected


def spoilt(manifest: Manifest, path: tuple[object, ...], value: Json) -> Cells:
    """The sheet of a manifest with one value of its JSON replaced; `...` takes it away."""
    document = json.loads("".join(text for name, text in encode(manifest, KEY) if name == "manifest"))
    at = document
    for step in path[:-1]:
        at = at[step]
    if value is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return sheet([("kttt-xl", "2"), ("hmac", "x"), ("manifest", json.dumps(document))])


FIELDS_OF_TEXT = ("plan", "period", "kind", "agency", "issue", "layout", "sheet", "made_from", "key_id")
FIELDS: dict[tuple[object, ...], type] = {
    **{(name,): str for name in FIELDS_OF_TEXT},
    **{(name,): list for name in ("columns", "rows", "span")},
    **{(name,): dict for name in ("choices", "fixed", "cover")},
    ("earliest",): str,
    ("latest",): str,
    ("span", 0): str,
    ("span", 1): str,
    ("choices", "DM_Co"): list,
    ("choices", "DM_Co", 0): str,
    ("fixed", "B1"): str,
    ("cover", "B2"): str,
    ("columns", 0): dict,
    **{("columns", 0, name): str for name in ("field", "heading", "rule", "choices")},
    ("columns", 0, "formula"): bool,
    ("rows", 0): dict,
    **{("rows", 0, name): str for name in ("key", "label", "rule", "parent", "previous")},
    ("rows", 0, "required"): bool,
    ("rows", 0, "conditional"): bool,
    ("rows", 0, "settled"): list,
    ("rows", 0, "digests"): dict,
    ("rows", 0, "digests", "title"): str,
}
FREE = {("fixed", "B1"), ("cover", "B2"), ("rows", 0, "digests", "title")}  # entries that need not be there
OTHERS = (None, True, 1, 1.5, "\ud800", [], ["a"], [1], {}, {"a": 1}, {"\udfff": "a"})


@pytest.mark.parametrize(("path", "kind"), FIELDS.items(), ids=str)
def test_a_value_of_another_type(manifests: dict[str, Manifest], path: tuple[object, ...], kind: type) -> None:
    """Every field, every type it may not have, and the field taken away; only "no manifest" comes out."""
    wrong = [value for value in OTHERS if type(value) is not kind or value == "\ud800"]
    if isinstance(path[-1], str) and path not in FREE:
        wrong.append(...)
    for value in wrong:
        code, found, expected = refusal(spoilt(manifests["tasks"], path, value))
        assert (code, found, expected) in (UNREADABLE, NOT_OURS), value


@pytest.mark.parametrize(
    ("kind", "path", "value", "expected"),
    [
        ("tasks", ("layout",), "1", NOT_OURS),  # not the version the sheet says
        ("tasks", ("key_id",), "khóa", NOT_OURS),
        ("tasks", ("key_id",), "", NOT_OURS),  # as in version 1, which has no such field
        ("tasks", ("columns", 11, "heading"), "Tình trạng", NOT_OURS),
        ("tasks", ("kind",), "report", NOT_OURS),
        ("tasks", ("kind",), "stats", NOT_OURS),
        ("tasks", ("sheet",), "_kttt", NOT_OURS),
        ("tasks", ("extra",), "x", UNREADABLE),
        ("tasks", ("earliest",), "hôm nay", UNREADABLE),
        ("tasks", ("span",), ["2024-01-01"], UNREADABLE),
        ("tasks", ("span",), ["2024-01-01"] * 3, UNREADABLE),
        ("tasks", ("rows", 0, "ratio"), ["A"], UNREADABLE),
        ("tasks", ("rows", 0, "ratio"), ["A", "B", "C"], UNREADABLE),
        ("tasks", ("rows", 0, "ratio"), ["A", 1], UNREADABLE),
        ("tasks", ("rows", 0, "ratio"), "AB", UNREADABLE),
        ("tasks", ("rows", 0, "ratio"), [], UNREADABLE),
        ("tasks", ("rows", 0, "rule"), "count", NOT_OURS),
        ("stats", ("rows", 0, "rule"), "completion", NOT_OURS),
        ("tasks", ("rows", 0, "key"), "", NOT_OURS),
        ("tasks", ("choices", "DM_TrangThai"), ["Xong"], NOT_OURS),  # a state that no status rule knows
        ("tasks", ("columns",), [], NOT_OURS),
        ("tasks", ("columns", 0), ..., NOT_OURS),  # the key column
        ("tasks", ("columns", 0, "field"), "stt", NOT_OURS),
        ("tasks", ("columns", 0, "heading"), "stt", NOT_OURS),  # a heading twice
        ("tasks", ("columns", 11, "rule"), "text", NOT_OURS),  # any text as a state
        ("tasks", ("columns", 11, "rule"), "figure", NOT_OURS),
        ("tasks", ("columns", 11, "choices"), "DM_Co", NOT_OURS),
        ("tasks", ("columns", 1, "formula"), True, NOT_OURS),
        ("stats", ("columns", 5, "field"), "Năm 2024", NOT_OURS),  # a name of the period, not its code
        ("stats", ("columns", 5, "field"), "note", NOT_OURS),
        ("stats", ("columns", 5, "field"), "2024-13", NOT_OURS),
        ("stats", ("columns", 5, "field"), "2" * 1_000_000, NOT_OURS),
        ("stats", ("columns", 5, "rule"), "count", NOT_OURS),
        ("stats", ("columns", 6, "rule"), "figure", NOT_OURS),
    ],
)  # fmt: skip
def test_a_manifest_that_no_layout_issues(
    manifests: dict[str, Manifest], kind: str, path: tuple[object, ...], value: Json, expected: tuple[str, str, str]
) -> None:
    assert refusal(spoilt(manifests[kind], path, value)) == expected


def test_what_stands_twice(manifests: dict[str, Manifest]) -> None:
    manifest = manifests["stats"]
    figure = manifest.columns[5]
    for columns in ((figure,), (replace(figure, heading="Khác"),), (replace(figure, field="2023"),)):
        assert refusal(sheet(encode(replace(manifest, columns=(*manifest.columns, *columns)), KEY))) == NOT_OURS
    assert refusal(sheet(encode(replace(manifest, rows=(*manifest.rows, manifest.rows[0])), KEY))) == NOT_OURS


def test_more_columns_of_periods_are_read(manifests: dict[str, Manifest]) -> None:
    manifest = manifests["stats"]
    more = [replace(manifest.columns[5], field=code, heading=code) for code in ("2023", "2021/2025", "2024-H1")]
    wide = replace(manifest, columns=(*manifest.columns, *more))
    assert decode(sheet(encode(wide, KEY)))[0] == wide


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(body=JSON)
@settings(deadline=None, max_examples=200)
def test_any_json_as_a_manifest_is_refused(body: Json) -> None:
    assert refusal(sheet([("kttt-xl", "2"), ("manifest", json.dumps(body))])) == UNREADABLE


@given(data=st.data())
@settings(deadline=None, max_examples=200)
def test_any_value_anywhere_in_a_manifest(manifests: dict[str, Manifest], data: st.DataObject) -> None:
    """Read back as it is, or refused as no manifest; never anything else."""
    manifest = manifests[data.draw(st.sampled_from(["tasks", "stats"]))]
    document = json.loads(encode(manifest, KEY)[2][1])
    at = document
    while True:
        steps = list(at) if isinstance(at, dict) else list(range(len(at)))
        step = data.draw(st.sampled_from(steps))
        if not isinstance(at[step], dict | list) or not at[step] or data.draw(st.booleans()):
            break
        at = at[step]
    before = json.dumps(document)
    at[step] = data.draw(JSON)
    try:
        found, _, _ = decode(sheet([("kttt-xl", "2"), ("manifest", json.dumps(document))]))
    except CopyRefused as error:
        outcome: object = (error.code, error.found, error.expected)
    else:
        outcome = json.loads(encode(found, KEY)[2][1])
    changed = json.dumps(document) != before  # 1 for true is a change, too
    assert outcome == document or (outcome in (UNREADABLE, NOT_OURS) and changed)


# --- a blank copy's


@pytest.fixture(scope="session")
def blanks(gia_lai: Plan, yen_bai: Plan, year: Period) -> dict[str, Manifest]:
    found = {}
    stats = replace(yen_bai.settings.stats, window=(-1, 0))
    wide = replace(yen_bai, settings=replace(yen_bai.settings, stats=stats))
    figure = Figure("THT-MOI", "UBND phường Hồng Hà", parse_period("2023"), Decimal(3), "", "", "")
    for kind, plan in (("tasks", gia_lai), ("stats", wide)):
        names = ("Sở Nội vụ", "Báo Gia Lai") if kind == "tasks" else ("UBND phường Hồng Hà", "UBND xã Minh Bảo")
        states = {("38", "Sở Nội vụ"): ((parse_period("2023"), "Tạm dừng", None),)}
        (issue,) = plan_blanks(plan, year, (kind,), names, History((figure,), states))
        described = describe(issue.copy, {"B1": "Tiêu đề"}, {"B2": "x"}, issue.offer, (9, 8))
        found[kind] = replace(described, key_id=key_id(KEY))
    return found


@pytest.mark.parametrize("kind", ["tasks", "stats"])
def test_the_manifest_of_a_blank_copy_is_written_and_read_back(blanks: dict[str, Manifest], kind: str) -> None:
    manifest = blanks[kind]
    found, body, signature = decode(sheet(encode(manifest, KEY)))
    assert (found, genuine(body, signature, KEY), found.agency) == (manifest, True, "")
    assert manifest.offer is not None
    assert (manifest.offer.extent, bool(manifest.offer.last)) == ((9, 8), True)
    assert all("previous" not in row.digests and row.previous == "" for row in manifest.rows)
    assert len({period.issue for period in manifest.offer.periods}) == len(manifest.offer.periods)
    assert manifest.issue == manifest.offer.periods[0].issue


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("agency",), "Sở Nội vụ", NOT_OURS),  # nobody's, until a choice is made
        (("slots",), ["1"], NOT_OURS),  # made of the choice, never read
        (("offer",), None, NOT_OURS),  # then each key is one row
        (("offer",), {}, UNREADABLE),
        (("offer", "extent"), [1], UNREADABLE),
        (("offer", "extent"), [1, 2, 3], UNREADABLE),
        (("offer", "periods", 0, "window"), ["2024"], NOT_OURS),  # the task form has no columns of periods
        (("offer", "table", 0, 0), 99, NOT_OURS),
        (("offer", "lists", 0, 1), 10**6, NOT_OURS),
        (("offer", "last"), [], NOT_OURS),
    ],
)
def test_a_manifest_that_no_blank_copy_has(
    blanks: dict[str, Manifest], path: tuple[object, ...], value: Json, expected: tuple[str, str, str]
) -> None:
    assert refusal(spoilt(blanks["tasks"], path, value)) == expected


@given(data=st.data())
@settings(deadline=None, max_examples=200)
def test_any_value_anywhere_in_a_blank_copys_manifest(blanks: dict[str, Manifest], data: st.DataObject) -> None:
    """Refused as no manifest, or it gives every choice it offers a form whose rows and columns are each there once."""
    document = json.loads("".join(text for name, text in encode(blanks[data.draw(KINDS)], KEY) if name == "manifest"))
    at = document["offer"] if data.draw(st.booleans()) else document
    while True:
        step = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else list(range(len(at)))))
        if not isinstance(at[step], dict | list) or not at[step] or data.draw(st.booleans()):
            break
        at = at[step]
    at[step] = data.draw(JSON | st.integers(-2, 60))
    try:
        found, _, _ = decode(sheet([("kttt-xl", "2"), ("manifest", json.dumps(document))]))
    except CopyRefused as error:
        outcome = error.code, error.found, error.expected
    else:
        outcome = NOT_OURS
        check_choices(found)
    assert outcome in (UNREADABLE, NOT_OURS)


def check_choices(found: Manifest) -> None:
    for agency in found.offer.agencies if found.offer else ():
        for period in found.offer.periods if found.offer else ():
            chosen = addressed(found, Choice(agency=agency, period=period.code))
            keys, headings = [row.key for row in chosen.rows], [fold(column.heading) for column in chosen.columns]
            assert (chosen.agency, chosen.period) == (agency, period.code)
            assert (len(set(keys)), len(set(headings))) == (len(keys), len(found.columns))


KINDS = st.sampled_from(["tasks", "stats"])


# --- the campaign folder
