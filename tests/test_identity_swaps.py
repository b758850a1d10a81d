"""Whose copy it is: signature, visible agency and the name it came by must agree, else it is refused or a conflict.

Copies of four agencies with a task each; parts of one are put into another's, as fillers and forgers do.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returned_copies import KEY, codes, values

from kttt_xl import workbook
from kttt_xl.assignments import task_assignments
from kttt_xl.builder import build_copy, file_name
from kttt_xl.campaign import plan_blanks
from kttt_xl.filling import Content, fill
from kttt_xl.gate import open_package
from kttt_xl.hints import hinted
from kttt_xl.identity import key_id
from kttt_xl.layout import COVER, MANIFEST, task_copy
from kttt_xl.model import Plan
from kttt_xl.period import Period
from kttt_xl.plans import load_plan
from kttt_xl.reader import CopyReading, read_copy

AGENCIES = ("Sở Nội vụ", "Sở Tài chính", "Báo Gia Lai", "UBND huyện Đức Cơ")
OTHER_KEY = bytes(32)


@lru_cache(maxsize=1)
def plan() -> Plan:
    return load_plan("gia-lai-655-2023")


@lru_cache(maxsize=8)
def issued(agency: str, period: Period, key: bytes = KEY) -> bytes:
    """Return the copy of an agency: its first task, its state typed in."""
    assigned = task_assignments(plan(), period)[agency][:1]
    copy = task_copy(plan(), period, agency, assigned)
    return fill(build_copy(copy, key), copy.sheet, {"L9": "Đang thực hiện"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("copies")


def hidden(content: bytes, folder: Path) -> dict[str, str]:
    """Return what stands in column B of _kttt, by address."""
    path = folder / "doc.xlsx"
    path.write_bytes(content)
    (sheet,) = (sheet for sheet in workbook.read_workbook(open_package(path)).sheets if sheet.name == MANIFEST)
    return {cell.address: str(cell.value) for cell in sheet.cells.values() if cell.column == 2}


def manifest_of(content: bytes, folder: Path) -> dict[str, str]:
    return {at: text for at, text in hidden(content, folder).items() if at not in {"B1", "B2"}}


def read(content: bytes, folder: Path, key: bytes | None = KEY) -> CopyReading:
    path = folder / "ban-sao.xlsx"
    path.write_bytes(content)
    return read_copy(path, path.name, lambda _plan: key)


# --- the signature is over everything that a manifest says


def test_a_copy_as_issued_is_accepted(folder: Path, year: Period) -> None:
    for agency in AGENCIES:
        reading = read(issued(agency, year), folder)
        assert (reading.findings, list(values(reading).values())) == ((), ["Đang thực hiện"])
        assert reading.manifest is not None
        assert reading.manifest.agency == agency


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "plan": (lambda body: body.update(plan="yen-bai-209-2023"), "forged-manifest"),
    "period": (lambda body: body.update(period="2023"), "forged-manifest"),
    "agency": (lambda body: body.update(agency=AGENCIES[1]), "forged-manifest"),
    "kind": (lambda body: body.update(kind="stats"), "no-manifest"),  # nothing that kind has the columns for
    "layout": (lambda body: body.update(layout="1"), "no-manifest"),  # not what the sheet says
    "issue": (lambda body: body.update(issue="0" * 16), "forged-manifest"),
    "made_from": (lambda body: body.update(made_from="0" * 64), "forged-manifest"),
    "key_id": (lambda body: body.update(key_id="0" * 12), "forged-manifest"),
    "sheet": (lambda body: body.update(sheet="Số liệu"), "no-manifest"),
    "a row's key": (lambda body: body["rows"][0].update(key="99"), "forged-manifest"),
    "a row required": (lambda body: body["rows"][0].update(required=False, conditional=True), "forged-manifest"),
    "a row's digest": (lambda body: body["rows"][0]["digests"].update(title="0" * 12), "forged-manifest"),
    "no rows": (lambda body: body.update(rows=[]), "forged-manifest"),
    "the plausible dates": (lambda body: body.update(latest="2099-12-31"), "forged-manifest"),
    "the span": (lambda body: body.update(span=["2023-01-01", "2023-12-31"]), "forged-manifest"),
    "the fixed texts": (lambda body: body.update(fixed={}), "forged-manifest"),
    "the cover": (lambda body: body.update(cover={}), "forged-manifest"),
    "an offer": (lambda body: body.update(offer={}), "no-manifest"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_in_a_manifest_is_noticed(folder: Path, year: Period, name: str) -> None:
    change, code = CHANGES[name]
    content = issued(AGENCIES[0], year)
    (at, text), *more = manifest_of(content, folder).items()
    assert not more
    body = json.loads(text)
    change(body)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    reading = read(fill(content, MANIFEST, {at: text}), folder)
    assert ([code for code, _ in codes(reading)], reading.submission) == ([code], None)


def test_a_manifest_written_otherwise_is_forged(folder: Path, year: Period) -> None:
    """The same said in other letters: the signature is over the text."""
    content = issued(AGENCIES[0], year)
    ((at, text),) = manifest_of(content, folder).items()
    for again in (json.dumps(json.loads(text)), f"{text} ", text.replace("\\u1ed9", "ộ", 1)):
        reading = read(fill(content, MANIFEST, {at: again}), folder)
        assert [code for code, _ in codes(reading)] == ["forged-manifest"]


@pytest.mark.parametrize("signature", ["", "0" * 64, None, "ký", 12])
def test_a_signature_that_was_changed(folder: Path, year: Period, signature: Content) -> None:
    reading = read(fill(issued(AGENCIES[0], year), MANIFEST, {"B2": signature}), folder)
    found = f"đã bị sửa (ghi kế hoạch gia-lai-655-2023, đơn vị {AGENCIES[0]})"
    assert [(each.code, each.found) for each in reading.findings] == [("forged-manifest", found)]


def other_key(ours: bytes, here: bytes, agency: str) -> list[tuple[str, str]]:
    found = f"ký bằng khóa khác (mã khóa {key_id(ours)}, khóa tại đây {key_id(here)}; ghi kế hoạch gia-lai-655-2023, "
    return [("forged-manifest", f"{found}đơn vị {agency}): dùng --campaign đúng thư mục phát hành")]


def test_a_copy_signed_with_another_key_is_told_from_an_altered_one(folder: Path, year: Period) -> None:
    reading = read(issued(AGENCIES[0], year, OTHER_KEY), folder)
    told = [(each.code, each.found) for each in reading.findings]
    assert told == other_key(OTHER_KEY, KEY, AGENCIES[0])
    assert key_id(KEY) == "e29b85b845d4"
    assert KEY.hex() not in reading.findings[0].message


def test_a_blank_copy_is_signed_like_any_other(folder: Path, year: Period) -> None:
    (issue,) = plan_blanks(plan(), year, ("tasks",), AGENCIES[:2])
    content = build_copy(issue.copy, KEY, issue.offer)
    parts = manifest_of(content, folder)
    body = json.loads("".join(parts.values()))
    for change in (
        {"plan": "x"},
        {"period": "2025"},
        {"issue": "0" * 16},
        {"made_from": "0" * 64},
        {"offer": {**body["offer"], "agencies": list(reversed(body["offer"]["agencies"]))}},
    ):
        text = json.dumps({**body, **change}, sort_keys=True, separators=(",", ":"))
        chunks = {f"B{3 + at}": text[at * 30_000 : (at + 1) * 30_000] for at in range(len(parts))}
        reading = read(fill(content, MANIFEST, chunks), folder)
        assert [code for code, _ in codes(reading)] == ["forged-manifest"]
    told = [(each.code, each.found) for each in read(content, folder, OTHER_KEY).findings]
    assert told == other_key(KEY, OTHER_KEY, "chưa chọn")


# --- parts of other agencies' copies


@lru_cache(maxsize=len(AGENCIES) ** 3)
def visibly(form: str, cover: str, title: str, year: Period) -> bytes:
    """Return one agency's copy with other names on its cover and above its form."""
    content = issued(form, year)
    if cover != form:
        content = fill(content, COVER, {"C5": cover})
    if title != form:
        content = fill(content, "Nhiệm vụ", {"B3": f"Đơn vị báo cáo: {title}"})
    return content


@lru_cache(maxsize=len(AGENCIES))
def identity_of(agency: str, year: Period, folder: Path) -> dict[str, str]:
    return hidden(issued(agency, year), folder)


def swapped(  # one agency for each part
    form: str, cover: str, title: str, manifest: str, signature: str, year: Period, folder: Path
) -> bytes:
    """Return one agency's form with the names on its cover and above its form, its manifest and its signature given."""
    content = visibly(form, cover, title, year)
    if (manifest, signature) != (form, form):
        said = {**identity_of(manifest, year, folder), "B2": identity_of(signature, year, folder)["B2"]}
        content = fill(content, MANIFEST, said)
    return content


def names_of(agency: str, year: Period) -> tuple[str, ...]:
    """Return names by which a copy of the agency comes."""
    sent = file_name(plan(), year, "tasks", agency)
    return (sent, f"{agency}/bao cao.xlsx", f"Nhận/{agency}/{sent}", f"{sent.removesuffix('.xlsx')} (1).xlsx")


def test_another_agencys_identity_in_a_copy_is_a_conflict(folder: Path, year: Period) -> None:
    """The sheet _kttt of B's copy put into A's: genuine, and not whose name stands there."""
    ours, theirs = AGENCIES[:2]
    reading = read(swapped(ours, ours, ours, theirs, theirs, year, folder), folder)
    said = [(each.code, each.sheet, each.cell, each.found, each.expected) for each in reading.findings]
    assert said[-2:] == [
        ("wrong-agency", "Nhiệm vụ", "B3", ours, theirs), ("wrong-agency", COVER, "C5", ours, theirs),
    ]  # fmt: skip
    assert reading.disputed


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_no_swap_is_accepted_for_a_wrong_agency(folder: Path, year: Period, data: st.DataObject) -> None:
    """Form, cover, title, manifest, signature and file name, each of any agency: accepted where all but the form agree.

    What stands in the form's rows is no evidence of who filled them in.
    """
    draw, any_of = data.draw, st.sampled_from(AGENCIES)
    first = draw(any_of)
    form, cover, title, manifest, signature, channel = (draw(st.just(first) | any_of) for _ in range(6))
    name = draw(st.sampled_from(names_of(channel, year)))
    reading = read(swapped(form, cover, title, manifest, signature, year, folder), folder)
    hints = hinted(name, plan())
    assert hints == (channel,)
    agency = reading.manifest.agency if reading.manifest else ""
    accepted = not reading.refused and not reading.disputed and agency in hints
    if accepted:
        assert {cover, title, manifest, signature, channel} == {agency}
    if {form, cover, title, manifest, signature, channel} == {first}:
        assert accepted
