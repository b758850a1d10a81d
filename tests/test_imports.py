"""Who may import what: the architecture as a table. A new line here is a decision; say why in docs/decisions.md."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "kttt_xl"

# Libraries with weight or reach, and the only modules that may import each.
LIBRARIES = {
    "xlsxwriter": {"addin_file", "blank_sheet", "book_file", "builder", "cover", "form_sheet", "paper"},
    "openpyxl": {"inspection"},
    "zipfile": {"addin_file", "calc_addin", "gate", "ooxml", "filling", "annex_lines"},
    "pyexpat": {"workbook", "gate", "ooxml"},
    "xml": {"workbook", "gate", "legacy_fonts", "ooxml", "filling"},
    "defusedxml": {"filling"},
    "click": {"addin_commands", "commands", "console", "plan_commands", "serve_commands"},
    "rich": {"console"},
    "rapidfuzz": {"agencies"},
    "platformdirs": {"failure_log", "ribbon", "user_data"},
    "pandas": set(),
    "xlwings": {
        "addin",
        "book_tables",
        "ribbon",
        "ribbon_answers",
        "ribbon_desk",
        "ribbon_form",
        "ribbon_formulas",
        "server_calls",
        "server_scripts",
        "speedup",
        "udfs",
        "wrappers",
    },
    "anyio": {"server_calls", "server_routes"},
    "fastapi": {"server_routes"},
    "starlette": {"server_routes"},
    "uvicorn": {"serve"},
    "xlwings_server": {"serve", "server_app", "server_routes"},
    "multiprocessing": {"confined", "workers"},
    "sqlalchemy": {"kept_readings", "ledger", "ledger_history", "ledger_tables"},
    "docx": {"annex", "annex_lines"},
}

# What knows no Excel, no files and no clock, and which of our modules each may use.
PURE = {
    "errors": set(),
    "file_kinds": {"errors"},
    "period": {"errors"},
    "model": {"period"},
    "messages": {"model"},
    "inert": set(),
    "syllables": set(),
    "legacy_tables": set(),
    "legacy_text": {"legacy_tables", "syllables"},
    "legacy_notes": {"cells", "legacy_text"},
    "agencies": {"cells", "errors", "model"},
    "agency_lists": {"agencies", "model"},
    "cells": {"messages", "model"},
    "cell_values": {"cells", "errors", "inert", "messages", "period"},
    "pivot": {"cell_values", "cells", "errors"},
    "assignments": {"model", "period"},
    "adjustments": {"assignments", "cells", "errors", "model", "period"},
    "bands": {"model"},
    "sums": {"errors", "model", "period"},
    "workdays": {"cells", "errors"},
    "sending": {"cells", "model", "period", "workdays"},
    "layout": {"assignments", "bands", "cells", "model", "period", "sending", "sums", "workdays"},
    "selfcheck": {"cells", "layout", "model", "sums"},
    "layout_versions": set(),
    "slugs": set(),
    "hints": {"agencies", "layout", "model", "slugs"},
    "attainment": {"model", "period"},
    "succession": {"cells", "errors", "model", "period"},
    "progress": {"attainment", "model", "period"},
    "twins": {"attainment", "model", "progress"},
    "recount": {"progress", "twins"},
    "checks": {"layout", "cells", "errors", "identity", "messages", "model", "period", "sums"},
}
FILES_AND_CLOCKS = {"os", "pathlib", "io", "shutil", "tempfile", "time", "subprocess", "socket", "sqlite3"}


def imports(path: Path) -> set[str]:
    """Return the names a module imports: top library names, and our own modules as "kttt_xl.name"."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"kttt_xl.{alias.name}" for alias in node.names] if node.module == "kttt_xl" else [node.module]
        else:
            continue
        for name in names:
            parts = name.split(".")
            found.add(".".join(parts[:2]) if parts[0] == "kttt_xl" else parts[0])
    return found


COMMANDS = {"addin_commands", "commands", "console", "plan_commands", "serve_commands"}  # what an officer types
# Only these know the day: the commands, and the worksheet functions, which may be left without a day to judge by too.
KNOW_THE_DAY = COMMANDS | {"udfs"}
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_libraries_stay_where_they_belong(module: str) -> None:
    heavy = imports(PACKAGE / f"{module}.py") & LIBRARIES.keys()
    assert {library for library in heavy if module not in LIBRARIES[library]} == set()


@pytest.mark.parametrize("module", sorted(PURE))
def test_pure_modules_know_no_files_and_few_of_ours(module: str) -> None:
    used = imports(PACKAGE / f"{module}.py")
    ours = {name.removeprefix("kttt_xl.") for name in used if name.startswith("kttt_xl.")}
    assert (ours - PURE[module], used & FILES_AND_CLOCKS) == (set(), set())


@pytest.mark.parametrize("module", [name for name in MODULES if name not in KNOW_THE_DAY])
def test_only_the_commands_know_what_day_it_is(module: str) -> None:
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert calls & {"today", "now", "utcnow"} == set()


def test_no_module_reaches_into_the_commands() -> None:
    ours = {f"kttt_xl.{name}" for name in COMMANDS}
    reaching = {module for module in MODULES if ours & imports(PACKAGE / f"{module}.py")}
    assert reaching == {"__main__", "addin_commands", "commands", "plan_commands", "serve_commands"}


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from kttt_xl import commands; code = commands.run(['--help']); "
        "print(sorted({'openpyxl','xlsxwriter','pandas','rich','sqlalchemy','xlwings'} & set(sys.modules)), code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "[] 0"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_fits_in_one_sitting(module: str) -> None:
    lines = len((PACKAGE / f"{module}.py").read_text(encoding="utf-8").splitlines())
    assert lines <= 400 or module == "messages"  # a catalogue, not two subjects
