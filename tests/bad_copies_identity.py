"""Bad copies that are another's, of another plan or version, sent twice, or saved by another program."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from bad_copies import (
    KEY,
    PERIOD,
    BadCopy,
    Base,
    Bases,
    Outcome,
    Values,
    Write,
    figure_answers,
    one,
    package_of,
    parts_of,
)

from kttt_xl import builder, gate, identity, plans, workbook
from kttt_xl.filling import Content, fill
from kttt_xl.identity import Manifest
from kttt_xl.layout import COVER, MANIFEST, Copy, stats_copy
from kttt_xl.model import Agency, Plan
from kttt_xl.period import Period, parse_period
from kttt_xl.selfcheck import letters, line_rows

Make = Callable[[], bytes]


def identities(bases: Bases, _seed: int) -> Iterator[BadCopy]:
    """Whose copy it is, of which plan, period and version: signed, visible, and by the file's name."""
    base = bases.stats
    of_group = partial(one, "identity", base=base)
    yield of_group("as issued and filled in", make=lambda: base.content, verdict="accepted")
    others: dict[str, tuple[Make, str, str]] = {
        "of another plan": (
            lambda: _issued(plans.load_plan("yen-bai-209-2023"), PERIOD, base),
            "refused",
            "wrong-plan",
        ),
        "of last year": (lambda: _issued(bases.plan, parse_period("2023"), base), "refused", "wrong-period"),
        "of a quarter": (lambda: _issued(bases.plan, parse_period("2024-Q4"), base), "refused", "wrong-period"),
        "of a version that there was not": (partial(_of_version, base, "0"), "refused", "unknown-version"),
        "of a version to come": (partial(_of_version, base, "99"), "refused", "unknown-version"),
        "of an agency that the plan has not": (partial(_of_stranger, bases), "conflicting", "wrong-agency"),
        "signed with another key": (partial(_signed, base, key=bytes(32)), "refused", "forged-manifest"),
        "without a signature": (partial(_signed, base, key=None), "refused", "forged-manifest"),
        "claims to be another's, not signed anew": (partial(_claiming, base), "refused", "forged-manifest"),
        "a manifest that is no JSON": (partial(_broken, base), "refused", "no-manifest"),
        "another kind of form": (partial(_signed, base, kind="tasks"), "refused", "no-manifest"),
    }
    for name, (make, verdict, code) in others.items():
        yield of_group(name, make=make, verdict=verdict, codes=code)
    other = builder.file_name(bases.plan, PERIOD, "stats", "UBND xã Tuy Lộc")
    yield of_group(
        "under another's file name", make=lambda: base.content, verdict="conflicting", codes="wrong-agency", file=other
    )
    folder = "UBND xã Tuy Lộc"
    yield _several("in another's folder", {f"{folder}/a.xlsx": (base.content, "conflicting wrong-agency")}, base)
    own = f"{folder}/{base.issue.file}"  # one of its two hints is right; they must all agree
    yield _several("in another's folder, under its own name", {own: (base.content, "conflicting wrong-agency")}, base)
    yield from _resubmissions(base)


def _resubmissions(base: Base) -> Iterator[BadCopy]:
    """Several copies of one agency: same values are one, a marked one replaces, others are for a person to settle."""
    place = ("HTX-MOI", PERIOD.code)
    first, second, third = (base.typed({base.at(*place): value}) for value in (100, 200, 300))
    again = package_of(parts_of(first).items(), level=1)  # the same values, saved by another program
    reason = next(at for at in _addresses(base, COVER) if "Lý do nộp lại" in at[1])[0]
    beside = f"{chr(ord(reason[0]) + 1)}{reason[1:]}"
    meant = fill(second, COVER, {beside: "Bổ sung số liệu"})
    meant_too = fill(third, COVER, {beside: "Sửa nhầm lẫn"})
    returned = _signed(replace(base, answers=base.answers | {place: 300}), made_from=sha256(first).hexdigest())
    conflict = "conflicting conflicting-copies"
    a, b, c = "a.xlsx", "b.xlsx", "c.xlsx"
    cases: dict[str, tuple[dict[str, tuple[bytes, str]], int]] = {
        "three with different figures": ({a: (first, conflict), b: (second, conflict), c: (third, conflict)}, 0),
        "the same bytes twice": ({a: (first, "accepted"), b: (first, "duplicate")}, 100),
        "the same figures, saved anew": ({a: (first, "accepted"), b: (again, "duplicate")}, 100),
        "one with a reason": ({a: (first, "superseded"), b: (meant, "accepted")}, 200),
        "two with a reason": ({a: (meant, conflict), b: (meant_too, conflict)}, 0),
        "one made from the other": ({a: (first, "superseded"), b: (returned, "accepted")}, 300),
        "one of them cut short": ({a: (first, "accepted"), b: (first[:5000], "refused damaged-file")}, 100),
    }
    for name, (files, value) in cases.items():
        yield _several(name, files, base, {place: value})


def _several(name: str, files: Mapping[str, tuple[bytes, str]], base: Base, changes: Values | None = None) -> BadCopy:
    """Return a case of several files, each with verdict and codes; accepted ones say what the good copy says."""
    values = base.but(changes)
    writes: dict[str, Write] = {}
    expected = {}
    for file, (content, words) in files.items():
        verdict, *codes = words.split()
        writes[file] = partial(_write, content=content)
        expected[file] = Outcome(verdict, frozenset(codes), values if verdict == "accepted" else None)
    return BadCopy("identity", name, writes, expected)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


# --- manifests


def _issued(plan: Plan, period: Period, base: Base) -> bytes:
    """Return a copy of another plan or period, filled in."""
    return _filled(stats_copy(plan, period, base.copy.agency))


def _filled(copy: Copy) -> bytes:
    letter, rows = letters(copy)[copy.period.code], line_rows(copy)
    answers = {f"{letter}{rows[key]}": said for (key, _), said in figure_answers(copy, 0).items() if key in rows}
    return fill(builder.build_copy(copy, KEY), copy.sheet, answers)


def _of_stranger(bases: Bases) -> bytes:
    base, name = bases.stats, "UBND xã Không Có"
    plan = replace(bases.plan, agencies=(*bases.plan.agencies, Agency(name)))
    rows = tuple(item for item in plan.indicators if item.code in line_rows(base.copy))
    copy = stats_copy(plan, PERIOD, name, asked_for=rows)
    return _filled(copy)


def _manifest_cells(content: bytes) -> tuple[Manifest, str, str]:
    book = workbook.read_workbook(gate.open_content(content))
    return identity.decode(next(sheet for sheet in book.sheets if sheet.name == MANIFEST).cells)


def _with_manifest(content: bytes, rows: Iterable[tuple[str, str]]) -> bytes:
    cells: dict[str, Content] = {}
    for number, (name, value) in enumerate(rows, start=1):
        cells |= {f"A{number}": name, f"B{number}": value}
    return fill(content, MANIFEST, cells)


def _signed(base: Base, key: bytes | None = KEY, **changes: str) -> bytes:
    """Return the copy with an edited manifest, signed with this key; not at all for None."""
    manifest, _, _ = _manifest_cells(base.content)
    rows = identity.encode(replace(manifest, **changes), key or KEY)
    return _with_manifest(base.content, rows if key else [row if row[0] != "hmac" else ("", "") for row in rows])


def _of_version(base: Base, version: str) -> bytes:
    """Return the copy as another version of the program would have issued it."""
    manifest, body, _ = _manifest_cells(base.content)
    body = body.replace(f'"layout":"{manifest.layout}"', f'"layout":"{version}"')
    (mark, _), *_ = identity.encode(manifest, KEY)
    return _with_manifest(base.content, [(mark, version), ("hmac", identity._sign(body, KEY)), ("manifest", body)])


def _claiming(base: Base) -> bytes:
    manifest, _, signature = _manifest_cells(base.content)
    rows = identity.encode(replace(manifest, agency="UBND xã Tuy Lộc"), KEY)
    return _with_manifest(base.content, [row if row[0] != "hmac" else ("hmac", signature) for row in rows])


def _broken(base: Base) -> bytes:
    rows = identity.encode(_manifest_cells(base.content)[0], KEY)
    return _with_manifest(base.content, [(name, text[:-9] if name == "manifest" else text) for name, text in rows])


def _addresses(base: Base, sheet: str) -> list[tuple[str, str]]:
    book = workbook.read_workbook(gate.open_content(base.content))
    return [(cell.address, cell.text) for each in book.sheets if each.name == sheet for cell in each.cells.values()]


# --- other programs

Office = Callable[[list[dict[str, object]]], list[list[str]]]


def saved_by(bases: Bases, office: Office, folder: Path) -> Iterator[BadCopy]:
    """Copies that LibreOffice saved, in its own kinds too; decided by content, whatever the name."""
    for base in (bases.stats, bases.tasks):
        stem = base.issue.file.removesuffix(".xlsx")
        saved = _saved(base, office, folder)
        for kind, (verdict, codes) in _KINDS.items():
            file, make = f"{stem}.{kind}", saved[kind].read_bytes
            yield one("saved_by", f"{base.copy.sheet} as {kind}", base, make, verdict, codes, file=file)
            if kind in {"ods", "xls", "fods", "csv"}:
                name, code = f"{base.copy.sheet} as {kind}, called .xlsx", codes or "not-a-workbook"
                yield one("saved_by", name, base, make, "refused", code)


_KINDS = {
    "xlsx": ("accepted", ""),
    "ods": ("refused", "legacy-format"),
    "xls": ("refused", "legacy-format"),
    "fods": ("refused", "legacy-format"),
    "csv": ("skipped", ""),
    "xlsm": ("refused", "macro-file"),
}


def _saved(base: Base, office: Office, folder: Path) -> dict[str, Path]:
    """Return where LibreOffice saved a copy, by kind."""
    source = folder / base.issue.file
    source.write_bytes(base.content)
    saved = {kind: folder / f"{base.copy.kind}-{kind}.{kind}" for kind in _KINDS}
    office([{"open": str(source), "save": str(path), "steps": []} for path in saved.values()])
    return saved


GROUPS = {"identity": identities}
