"""The documents stay true: pages made from code are current, commands in them exist, links lead somewhere."""

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import click
import pytest

from kttt_xl import __version__
from kttt_xl.commands import cli

ROOT = Path(__file__).parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "workbooks/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
]


def make_pages() -> ModuleType:
    specification = importlib.util.spec_from_file_location("make_pages", ROOT / "docs" / "make_pages.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("page", "function"), [("lenh.md", "commands_page"), ("ma-loi.md", "codes_page")])
def test_pages_made_from_code_are_current(page: str, function: str) -> None:
    made = getattr(make_pages(), function)()
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == made, "run: make docs"


def shell_lines(page: Path) -> list[str]:
    """Return the kttt-xl command lines in a page's fenced blocks."""
    blocks = re.findall(r"```(?:sh|bash|console|powershell)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("kttt-xl ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_documents_exist_with_their_options(page: Path) -> None:
    for line in shell_lines(page):
        command: click.Command = cli
        words = shlex.split(line)[1:]
        while isinstance(command, click.Group):
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word for word in words if word.startswith("-")} <= known, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_command_has_help() -> None:
    def walk(command: click.Command) -> list[click.Command]:
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        return [command, *(found for child in inner for found in walk(child))]

    assert [command.name for command in walk(cli) if not command.help] == []


def test_readme_names_the_two_commands_and_make_has_them() -> None:
    readme, makefile = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile"))
    for command in ("demo", "test"):
        assert f"make {command}" in readme
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)


def test_changelog_tells_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {__version__}" in changelog


def test_no_path_of_one_machine_in_the_tree() -> None:
    forbidden = re.compile(r"(?<![\w.])/(?:root|home|work)/")
    patterns = ("*.md", "docs/*.md", "kttt_xl/*.py", "benchmarks/*.*", "Makefile")
    texts = {path: path.read_text(encoding="utf-8") for pattern in patterns for path in ROOT.glob(pattern)}
    assert [path.name for path, text in texts.items() if forbidden.search(text)] == []
