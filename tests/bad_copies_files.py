"""What lies in a folder beside copies, or under odd names: other programs' files, links, pipes, devices, folders."""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from bad_copies import BadCopy, Base, Bases, Outcome, Values, Write, package_of

_GB = 1 << 30
_SKIPPED, _CONTAINER = "skipped", "skipped unsupported-container"
_OTHER, _LEGACY, _UNSAFE = "refused not-a-workbook", "refused legacy-format", "refused unsafe-file"


def files(bases: Bases, _seed: int) -> Iterator[BadCopy]:
    """Every file has exactly one verdict; what is no regular file is refused without opening it."""
    base = bases.stats
    for name, (file, content, words) in _others(base).items():
        yield _case(name, base, {file: partial(_write, content=content)}, {file: words})
    for file, words in _NAMES.items():
        yield _case(f"called {file!a}", base, {file: partial(_write, content=base.content)}, {file: words})
    for name, (file, write, words) in _SPECIAL.items():
        yield _case(name, base, {file: partial(write, base)}, {file: words} if words else {})
    twice = {"a.xlsx": partial(_write, content=base.content), "b.xlsx": _hard_link}
    yield _case("a hard link", base, twice, {"a.xlsx": "accepted", "b.xlsx": "duplicate"})
    deep = "/".join(["thư mục"] * 30) + "/a.xlsx"
    yield _case("thirty folders deep", base, {deep: partial(_write_deep, content=base.content)}, {deep: "accepted"})


def _case(name: str, base: Base, writes: Mapping[str, Write], expected: Mapping[str, str]) -> BadCopy:
    outcomes = {}
    for file, words in expected.items():
        verdict, *codes = words.split()
        values: Values | None = base.values if verdict == "accepted" else None
        outcomes[file] = Outcome(verdict, frozenset(codes), values)
    return BadCopy("files", name, writes, outcomes)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _write_deep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def _others(base: Base) -> Mapping[str, tuple[str, bytes, str]]:
    """What else comes in the mail: name, file, content, verdict and codes."""
    good = base.content
    page = b"<html><table><tr><td>1</td></tr></table></html>"
    old_xml = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    word = package_of([("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<x/>")])
    inside = package_of([("a.xlsx", good)])
    owner = b"\x05admin" + b" " * 49 + b"\x05\0a\0d\0m\0i\0n\0" + b" \0" * 49
    return {
        "no bytes": ("a.xlsx", b"", _OTHER),
        "one byte": ("a.xlsx", b"P", _OTHER),
        "Excel's owner file": ("~$a.xlsx", owner, _SKIPPED),
        "LibreOffice's lock": (".~lock.a.xlsx#", b",admin,PC,05.01.2026 08:00,file:///;", _SKIPPED),
        "a good copy under a dot": (".a.xlsx", good, _SKIPPED),
        "Excel's temporary file": ("A1B2C3D4.tmp", good, "accepted"),
        "of a Mac": (".DS_Store", b"\0\0\0\1Bud1", _SKIPPED),
        "a CSV": ("a.csv", "Mã,Thực hiện\n".encode(), _SKIPPED),
        "a CSV called .xlsx": ("a.xlsx", "Mã,Thực hiện\nCT001,5\n".encode(), _OTHER),
        "JSON": ("a.json", b"{}", _SKIPPED),
        "a web page called .xls": ("a.xls", page, _OTHER),
        "XML of 2003 called .xls": ("a.xls", old_xml, _LEGACY),
        "a PDF": ("a.pdf", b"%PDF-1.7\n", _CONTAINER),
        "a PDF called .xlsx": ("a.xlsx", b"%PDF-1.7\n", _OTHER),
        "a Word document called .xlsx": ("a.xlsx", word, _OTHER),
        "a copy in a ZIP": ("a.zip", inside, _CONTAINER),
        "a ZIP called .xlsx": ("a.xlsx", inside, _OTHER),
        "a RAR": ("a.rar", b"Rar!\x1a\x07\x01\0", _CONTAINER),
        "a 7z": ("A.7Z", b"7z\xbc\xaf\x27\x1c", _CONTAINER),
        "a mail": ("a.eml", b"From: a", _CONTAINER),
        "a mail of Outlook": ("a.msg", b"\xd0\xcf\x11\xe0", _CONTAINER),
        "a copy called .xls": ("a.xls", good, "accepted"),
        "a copy without an extension": ("bao cao", good, "accepted"),
        "a copy in capitals": ("A.XLSX", good, "accepted"),
        "a copy with two extensions": ("a.xlsx.xlsx", good, "accepted"),
        "a copy of Explorer's": ("a - Copy (2).xlsx", good, "accepted"),
        "a copy called .pdf.xlsx": ("a.pdf.xlsx", good, "accepted"),
    }


_NAMES = {
    **dict.fromkeys(
        (
            "a\nb.xlsx", "a\tb.xlsx", "-rf.xlsx", "a;touch x.xlsx", "$(id).xlsx", "a\"b'.xlsx", "%PATH%.xlsx",
            "CQ\u202exslx.exe.xlsx", "📄.xlsx", "a.xlsx.", "a.xlsx ", "CON.xlsx", "NUL.xlsx", "aux.xlsx", "a:b.xlsx",
            "a*b?.xlsx", "a\\b.xlsx", "[a].xlsx", "=1+1.xlsx", "Tổng hợp.xlsx", "To\u0302\u0309ng.xlsx", "[bold]a.xlsx",
            "{0}%s.xlsx", "S\udcf4.xlsx", f"{'a' * 240}.xlsx",
        ),
        "accepted",
    ),
    ".an.xlsx": _SKIPPED,
    "~$an.xlsx": _SKIPPED,
}  # fmt: skip


# --- what is no regular file


def _fifo(_base: Base, path: Path) -> None:
    os.mkfifo(path)


def _folder(_base: Base, path: Path) -> None:
    path.mkdir()


def _link(target: str) -> Callable[[Base, Path], None]:
    """Link to a target; to a good copy beside it, in a dot-file that is skipped, when it is "good"."""

    def write(base: Base, path: Path) -> None:
        if target == "good":
            beside = path.with_name(".good.xlsx")
            beside.write_bytes(base.content)
            path.symlink_to(beside)
        else:
            path.symlink_to(target)

    return write


def _sparse(base: Base, path: Path) -> None:
    path.write_bytes(base.content)
    os.truncate(path, 4 * _GB)


def _read_only(base: Base, path: Path) -> None:
    path.write_bytes(base.content)
    path.chmod(0o444)


def _hard_link(path: Path) -> None:
    path.hardlink_to(path.with_name("a.xlsx"))


_SPECIAL: Mapping[str, tuple[str, Callable[[Base, Path], None], str]] = {
    "a pipe": ("a.xlsx", _fifo, _UNSAFE),
    "a folder called .xlsx": ("a.xlsx", _folder, ""),
    "a link out of the folder": ("a.xlsx", _link("/etc/passwd"), _UNSAFE),
    "a link to a device": ("a.xlsx", _link("/dev/zero"), _UNSAFE),
    "a link to itself": ("a.xlsx", _link("a.xlsx"), _UNSAFE),
    "a link to nothing": ("a.xlsx", _link("gone"), _UNSAFE),
    "a link to the folder above": ("a", _link(".."), _UNSAFE),
    "4 GB, mostly holes": ("a.xlsx", _sparse, "refused too-large"),
    "read only": ("a.xlsx", _read_only, "accepted"),
}


def _no_right(base: Base, path: Path) -> None:
    path.write_bytes(base.content)
    path.chmod(0)


def unreadable(base: Base) -> BadCopy:
    """A file that we have no right to read; for whoever is not root, who may read everything."""
    return _case("no right to read it", base, {"a.xlsx": partial(_no_right, base)}, {"a.xlsx": "refused unreadable"})


GROUPS = {"files": files}
