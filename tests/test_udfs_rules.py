"""What COM, xlwings Server and VBA allow in the file of worksheet functions. Source: addin.md, section 4."""

import ast
import importlib.util
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest
import xlwings
from test_imports import LIBRARIES, imports

from kttt_xl import plan_book

PACKAGE = Path(__file__).parent.parent / "kttt_xl"
SOURCE = PACKAGE / "udfs.py"
HELPERS = ("cell_values", "pivot", "known_names", "reported")  # made for these functions, and under the same rules

# Contract, section 9: how many arguments each must have, and how many it may have.
CONTRACT = {
    "KTTT_KY": (1, 1),
    "KTTT_TEN_KY": (1, 1),
    "KTTT_SO": (1, 2),
    "KTTT_CO_QUAN": (1, 2),  # and a plan's id, where several plans have the name
    "KTTT_HAN": (1, 2),
    "KTTT_TINH_TRANG": (2, 4),
    "KTTT_TIEN_DO": (3, 5),
    "KTTT_DANH_GIA": (3, 6),
    "KTTT_TANG_TRUONG": (3, 3),
    "KTTT_DU_BAO": (3, 3),
    "KTTT_TONG_HOP": (3, 4),
    "KTTT_SO_LIEU": (3, 3),
}
# err_to_str beside those of addin.md: without it an error in a cell arrives as a blank, and a total is too small.
OPTIONS = {"volatile", "doc", "ndim", "numbers", "convert", "err_to_str"}
WIZARD = 255  # letters that Excel's function wizard shows
CELL = re.compile(r"[A-Z]{1,3}[0-9]+|R[0-9]*C[0-9]*|[RC]", re.IGNORECASE)
# What an argument cannot be called: words of VBA, which knows no upper and lower case, and xlwings' own.
VBA_WORDS = re.compile(
    "and|any|as|boolean|by(ref|te|val)|ca(ll|se)|close|const|currency|date|debug|declare|dim|do(uble)?|each|else(if)?|"
    "empty|end|enum|eqv|erase|error|event|exit|false|for|friend|function|get|global|go(sub|to)|if|imp(lements)?|in(put)?|"
    "integer|is|let|like|line|lock|long|loop|lset|me|mid|mod|name|new|next|not(hing)?|null|object|on|open|option(al)?|"
    "or|paramarray|preserve|print|private|property|public|put|raiseevent|redim|rem|resume|return|rset|seek|select|set|"
    "single|static|step|stop|string|sub|then|to|true|type|unlock|until|variant|wend|while|with(events)?|write|xor|caller"
)
ALLOWED = (
    {"attainment", "cell_values", "cells", "errors", "known_names", "model", "period", "pivot", "progress", "reported"}
    | {"plan_checks"}  # at the first deadline without a day
)


def load(func: Callable[..., Any], arg: Callable[..., Any], patch: pytest.MonkeyPatch) -> ModuleType:
    """The module once more, with other decorators."""
    for name, decorator in (("func", func), ("arg", arg), ("ret", None), ("script", None)):
        patch.setattr(xlwings, name, decorator)
    spec = importlib.util.spec_from_file_location("udfs_noted", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def noted() -> tuple[dict[str, Callable[..., Any]], dict[str, dict[str, dict[str, Any]]], set[str]]:
    """Functions by name; per function and argument the options it was given; the options of the functions."""
    functions: dict[str, Callable[..., Any]] = {}
    arguments: dict[str, dict[str, dict[str, Any]]] = {}
    of_functions: set[str] = set()

    def func(*given: Callable[..., Any], **options: Any) -> Callable[..., Any]:
        of_functions.update(options)
        if not given:
            return func
        functions[given[0].__name__] = given[0]
        return given[0]

    def arg(name: str, **options: Any) -> Callable[..., Any]:
        def note(function: Callable[..., Any]) -> Callable[..., Any]:
            assert name not in arguments.setdefault(function.__name__, {})
            arguments[function.__name__][name] = options
            return function

        return note

    with pytest.MonkeyPatch.context() as patch:
        load(func, arg, patch)
    return functions, arguments, of_functions


def test_the_functions_are_those_of_the_contract(noted: Any) -> None:
    functions, arguments, _ = noted
    exported = next(
        ast.literal_eval(node.value)
        for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    assert set(functions) == set(arguments) == set(exported) == set(CONTRACT)
    parameters = {name: inspect.signature(function).parameters.values() for name, function in functions.items()}
    assert {
        name: (sum(item.default is item.empty for item in items), len(items)) for name, items in parameters.items()
    } == CONTRACT


@pytest.mark.parametrize("name", CONTRACT)
def test_names(name: str, noted: Any) -> None:
    parameters = list(inspect.signature(noted[0][name]).parameters.values())
    assert re.fullmatch("[A-Z][A-Z0-9_]{2,254}", name)
    assert not CELL.fullmatch(name)
    for parameter in parameters:
        assert re.fullmatch("[a-z][a-z0-9_]+", parameter.name, re.ASCII)
        assert not VBA_WORDS.fullmatch(parameter.name)
        # *rest goes with no optional argument, and a default other than None never comes from a blank cell.
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert parameter.default in {inspect.Parameter.empty, None}
    assert len({parameter.name for parameter in parameters} | {name.lower()}) == len(parameters) + 1


def test_no_list_of_a_plan_workbook_is_called_like_a_function() -> None:
    """Excel would take the list for the function there, and show #REF!."""
    assert CONTRACT.keys() & {*plan_book.LIVE, *plan_book.FIXED.values(), *plan_book.OPEN} == set()


@pytest.mark.parametrize("name", CONTRACT)
def test_every_argument_is_rows_of_cells_and_is_described(name: str, noted: Any) -> None:
    functions, arguments, of_functions = noted
    assert set(arguments[name]) == set(inspect.signature(functions[name]).parameters)
    assert of_functions <= OPTIONS
    for options in arguments[name].values():
        assert set(options) <= OPTIONS
        assert (options["ndim"], options["err_to_str"]) == (2, True)
        assert 0 < len(options["doc"]) <= WIZARD
        assert not options["doc"].isascii()


@pytest.mark.parametrize("name", CONTRACT)
def test_a_docstring_fits_the_function_wizard(name: str, noted: Any) -> None:
    words = noted[0][name].__doc__ or ""
    assert 0 < len(words) <= WIZARD
    assert "\n" not in words  # Server would show the indentation of a second line
    assert not words.isascii()
    assert words.endswith((".", "…"))


@pytest.mark.parametrize("name", CONTRACT)
def test_type_hints_make_no_converters(name: str, noted: Any) -> None:
    """xlwings makes a converter of a hint: for a union it breaks, for a date the engines differ."""
    assert set(get_type_hints(noted[0][name], include_extras=True).values()) == {Any}


def test_imports() -> None:
    used = imports(SOURCE)
    assert {name.removeprefix("kttt_xl.") for name in used if name.startswith("kttt_xl.")} <= ALLOWED
    assert {name for name in used if not name.startswith("kttt_xl.")} <= {*sys.stdlib_module_names, "xlwings"}


@pytest.mark.parametrize("module", ["udfs", *HELPERS])
def test_no_excel_is_reached_for(module: str) -> None:
    """A function that is being computed must not ask Excel for anything: COM would wait for itself."""
    path = PACKAGE / f"{module}.py"
    assert imports(path) & {"pythoncom", "pywintypes", "win32api", "win32com", "ctypes"} == set()
    if module != "udfs":
        assert "xlwings" not in imports(path)
    nodes = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute))
    used = {node.attr for node in nodes if isinstance(node.value, ast.Name) and node.value.id == "xw"}
    assert used <= {"func", "arg"}


@pytest.mark.parametrize("module", ["udfs", *HELPERS])
def test_nothing_grows_while_excel_runs(module: str) -> None:
    """Excel keeps one process for days; xlwings Server serves a province from one."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    assert [node for node in ast.walk(tree) if isinstance(node, ast.Global | ast.Nonlocal)] == []
    values = [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value]
    assert [ast.unparse(value) for value in values if isinstance(value, ast.List | ast.Dict | ast.Set)] == []
    decorators = [item for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for item in node.decorator_list]
    caches = [ast.unparse(item) for item in (*decorators, *values) if "cache" in ast.unparse(item)]
    assert [cache for cache in caches if not re.match(r"lru_cache\(maxsize=\d", cache)] == []


def test_excel_does_not_wait_for_what_few_functions_need() -> None:
    """Loading is the first thing an officer waits for."""
    program = "import sys; import kttt_xl.udfs; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded & (LIBRARIES.keys() - {"xlwings", "pandas"}) - {"xml", "zipfile"} == set()
    assert {
        f"kttt_xl.{name}" for name in ("plans", "plan_checks", "history", "gate", "workbook", "writer")
    } & loaded == set()
