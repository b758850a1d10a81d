"""The documents stay true: pages made from code are current, commands in them exist, links lead somewhere."""

import importlib.util
import inspect
import re
import shlex
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import click
import pytest

from kttt_xl import __version__, udfs
from kttt_xl.cells import show_date, show_number
from kttt_xl.commands import cli

ROOT = Path(__file__).parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "workbooks/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
]


def make_pages(program: str = "make_pages") -> ModuleType:
    specification = importlib.util.spec_from_file_location(program, ROOT / "docs" / f"{program}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("page", "function"), [("lenh.md", "commands_page"), ("ma-loi.md", "codes_page")])
def test_pages_made_from_code_are_current(page: str, function: str) -> None:
    made = getattr(make_pages(), function)()
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == made, "run: make docs"


def test_the_drawing_of_the_tab_is_current() -> None:
    assert (ROOT / "docs" / "hinh" / "tab-kttt.svg").read_text(encoding="utf-8") == make_pages("make_ribbon").drawing()


def test_every_picture_is_shown() -> None:
    shown = {name for page in PAGES for name in re.findall(r"hinh/([\w.-]+)", page.read_text(encoding="utf-8"))}
    assert shown == {path.name for path in (ROOT / "docs" / "hinh").iterdir()}


EXCEL = (ROOT / "docs" / "excel.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in re.split("^##+ ", EXCEL, flags=re.MULTILINE)[1:]}


@pytest.mark.parametrize("name", udfs.__all__)
def test_each_function_has_its_section(name: str) -> None:
    """With all its arguments, those in brackets that may be left out, and an example."""
    usage, *examples = re.findall(rf"`={name}\((.*?)\)`", SECTIONS[name])
    parameters = inspect.signature(getattr(udfs, name)).parameters.values()
    optional = [parameter.default is not inspect.Parameter.empty for parameter in parameters]
    assert [item.strip().startswith("[") for item in usage.split(";")] == optional
    assert examples


def test_each_button_has_its_section_and_a_picture() -> None:
    ribbon = (ROOT / "macros" / "customUI14.xml").read_text(encoding="utf-8")
    buttons = re.findall(r'<button id="\w+" label="([^"]+)" keytip="(\w+)"', ribbon)
    assert len(buttons) == 6
    for label, keys in buttons:
        assert SECTIONS[label].splitlines()[2].startswith(f"Phím Alt, K, {keys}. ")
    without = {label for label, _ in buttons if "![" not in SECTIONS[label]}
    assert without == {"Trợ giúp"}  # a message box, of which there is no true picture without Excel


LITERAL = re.compile(r'"[^"]*"|[0-9]+')
EXAMPLES = [
    (name, arguments, shown)
    for name, arguments, shown in re.findall(r"`=(KTTT_\w+)\((.*?)\)` ra `(.*?)`", EXCEL)
    if all(LITERAL.fullmatch(item) for item in arguments.split(";"))
]


@pytest.mark.parametrize(("name", "arguments", "shown"), EXAMPLES)
def test_examples_of_functions_are_true(name: str, arguments: str, shown: str) -> None:
    given = [item.strip('"') if item.startswith('"') else int(item) for item in arguments.split(";")]
    found = getattr(udfs, name)(*given)
    told = show_number(Decimal(str(found))) if isinstance(found, int | float) else found
    assert (show_date(found) if isinstance(found, datetime) else told) == shown


def test_most_functions_have_an_example_that_is_tried() -> None:
    tried = {name for name, _, _ in EXAMPLES}
    assert set(udfs.__all__) - tried == {"KTTT_DU_BAO", "KTTT_TONG_HOP", "KTTT_SO_LIEU"}  # these read cells


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
