"""Every group of bad copies through the product's own worker processes: verdict, codes and values compared whole.

`make soak` does the same with five seeds and thousands of bit flips (tests/soak.py).
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

import pytest
from bad_copies import AS_OF, SEED, BadCopy, bases, joined_plan
from bad_copies_all import GROUPS
from bad_copies_among import Among, write_good
from bad_copies_files import unreadable
from bad_copies_identity import Office, saved_by
from bad_copies_judged import campaign_folder, meet
from bad_copies_package import bitflips
from conftest import Outcome

from kttt_xl import plan_book_write
from kttt_xl.campaign import read_places
from kttt_xl.intake import VERDICTS
from kttt_xl.workers import read_and_check

# What CI takes of the largest groups; the rest is soaked.
_UNREAD = {"refused", "skipped"}
_SOME = {"huge": 1}
_BITS = {"deflated": 200, "stored": 50, "others": 20}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign folder with the key of the copies."""
    return campaign_folder(tmp_path_factory.mktemp("campaign"))


@pytest.fixture(scope="module")
def three_hundred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the good copies of three hundred communes."""
    folder = tmp_path_factory.mktemp("three-hundred")
    write_good(folder)
    return folder


def cases_of(group: str) -> list[BadCopy]:
    cases = bitflips(bases(), SEED, **_BITS) if group == "bitflip" else GROUPS[group](bases(), SEED)
    return list(islice(cases, _SOME.get(group)))


def test_every_case_has_a_name_of_its_own_and_a_verdict() -> None:
    cases = [case for group in GROUPS for case in cases_of(group)]
    assert len({(case.group, case.name) for case in cases}) == len(cases)
    told = [outcome for case in cases for outcome in case.expected.values()]
    assert {outcome.verdict for outcome in told} == set(VERDICTS)
    assert [outcome for outcome in told if (outcome.values is None) == (outcome.verdict == "accepted")] == []


@pytest.mark.parametrize("group", GROUPS)
def test_every_bad_copy_has_its_verdict_codes_and_values(group: str, keys: Path) -> None:
    assert [met.wrong for met in meet(cases_of(group), keys) if met.wrong] == []


def test_copies_that_libreoffice_saved(office: Office, keys: Path, tmp_path: Path) -> None:
    assert [met.wrong for met in meet(saved_by(bases(), office, tmp_path), keys) if met.wrong] == []


def test_the_same_seed_makes_the_same_bytes(tmp_path: Path) -> None:
    def made(place: str) -> dict[str, str]:
        found = {}
        for group in ("truncated", "package", "encrypted", "xml", "filler", "identity", "dates"):
            for case in islice(GROUPS[group](bases(), SEED), 0, None, 5):
                folder = tmp_path / place / group / str(len(found))
                folder.mkdir(parents=True)
                case.write(folder)
                files = (path for path in sorted(folder.rglob("*")) if path.is_file())
                found |= {f"{case.name} {path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        return found

    first = made("1")
    bases.cache_clear()
    assert first == made("2")
    assert len(first) > 40


def test_a_file_that_we_may_not_read() -> None:
    """Root may read everything, so that it is somebody else here who finds it closed."""
    root, nobody = os.geteuid() == 0, 65534
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        path = Path(name) / "a.xlsx"
        unreadable(bases().stats).files["a.xlsx"](path)
        if root:
            os.seteuid(nobody)
        try:
            reading = read_and_check(path, path.name, lambda _plan: None)
        finally:
            os.seteuid(0 if root else os.geteuid())
    assert [(found.code, found.found) for found in reading.findings] == [
        ("unreadable", "không có quyền đọc, hoặc tệp đang mở ở chương trình khác")
    ]


def test_a_device_named_by_itself(keys: Path) -> None:
    readings, _ = read_places([Path("/dev/zero")], AS_OF, keys)
    assert [[found.code for found in reading.findings] for reading in readings] == [["unsafe-file"]]


# --- among three hundred good ones


def one_of_each() -> list[BadCopy]:
    """A case of each kind of outcome, the first in the order of the groups; sets of copies all of them."""
    kinds: dict[object, BadCopy] = {}
    for group in GROUPS:
        for case in cases_of(group) if group not in {"bitflip", "huge", "bomb"} else ():
            several = case.name if len(case.expected) > 1 else ""
            kinds.setdefault((several, *((said.verdict, said.codes) for said in case.expected.values())), case)
    return list(kinds.values())


def test_a_bad_copy_among_300_good_ones_changes_nothing(keys: Path, three_hundred: Path) -> None:
    """Those of which something is read, every third kind; the soak takes every case."""
    among = Among(keys, three_hundred)
    assert len(among.good) == 300
    assert {copy.verdict for copy in among.without[True].copies} == {"accepted"}
    read = [case for case in one_of_each() if {said.verdict for said in case.expected.values()} - _UNREAD]
    assert [wrong for met in meet(read[::3], keys) if (wrong := among.changed(met))] == []


def test_all_bad_copies_together_among_300_files_change_nothing(
    run: Callable[..., Outcome], three_hundred: Path, tmp_path: Path
) -> None:
    """The whole command over real files, without and with every kind of file that is refused or passed over."""
    plan, folder, out = tmp_path / "ke-hoach.xlsx", tmp_path / "nhan-ve", tmp_path / "tong-hop.xlsx"
    plan.write_bytes(plan_book_write.write_plan(joined_plan()))
    shutil.copytree(three_hundred, folder)
    arguments = ("consolidate", folder, "--plan", plan, "--period", "2024", "--as-of", AS_OF, "-o", out, "--json")
    before = run(*arguments)
    cases = [case for case in one_of_each() if {said.verdict for said in case.expected.values()} <= _UNREAD]
    for number, case in enumerate(cases):
        (folder / str(number)).mkdir()
        case.write(folder / str(number))
    after = run(*arguments)
    assert (before.code, after.code, len(cases) > 10) == (0, 1, True)
    assert told(before.json) == told(after.json)
    files = sum(len(case.expected) for case in cases)
    counts = after.json["copies"]
    assert (counts["found"], counts["accepted"]) == (300 + files, 300)
    assert counts["found"] == sum(counts[verdict] for verdict in VERDICTS)


def told(summary: Mapping[str, object]) -> str:
    """Return what a run says of its figures: everything but the files that it counts and what it found in them."""
    kept = {name: said for name, said in summary.items() if name not in {"copies", "findings", "cells"}}
    kept["cells"] = {name: count for name, count in summary["cells"].items() if name != "in_other_copies"}  # type: ignore[attr-defined]
    return json.dumps(kept, sort_keys=True, ensure_ascii=False)
