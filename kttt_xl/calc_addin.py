"""Make the LibreOffice add-in kttt.oxt out of macros/calc/ and the modules that the worksheet functions need.

What LibreOffice asks for is read off udfs.py: the names of the functions, their arguments and their texts. The types
are given as the text of an interface, which LibreOffice reads itself, so nothing of its SDK is needed. Source: addin.md
7.1; LibreOffice's unoidl::Manager::loadProvider, which takes a file *.idl as source.
"""

import ast
import io
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from typing import TypeGuard

from kttt_xl import __version__
from kttt_xl.errors import KtttError
from kttt_xl.resources import folder

FUNCTIONS = "udfs"  # the module of the worksheet functions
SERVICE = "vn.kttt.Calc"
# What the modules import beyond Python's own library: carried along, stood in for by kttt_addin.py, and done without,
# since it is compiled for one system (agencies.nearest then suggests no names).
CARRIED, STOOD_IN, DONE_WITHOUT = "platformdirs", "xlwings", "rapidfuzz"
_FOREIGN = frozenset({CARRIED, STOOD_IN, DONE_WITHOUT})

_PACKAGE = Path(__file__).parent
_PYTHON = "pythonpath"  # the folder that LibreOffice puts on the path of a component


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a worksheet function, as it is called in Python, and what it is for."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Function:
    """A worksheet function, what it does, and its arguments in order."""

    name: str
    text: str
    arguments: tuple[Argument, ...]


_TABLE = "KTTT_TONG_HOP"
_WHICH = (
    Argument("dong", "Dòng nào của bảng kết quả, 1 là tiêu đề; ghi ROW(A1) rồi kéo xuống"),
    Argument("cot", "Cột nào của bảng kết quả; ghi COLUMN(A1) rồi kéo sang"),
)


@dataclass(frozen=True, slots=True)
class Built:
    """A made add-in, and the version of platformdirs that it carries."""

    content: bytes
    platformdirs: str


def build_calc_addin() -> Built:
    """Return the add-in; the same bytes for the same sources and the same platformdirs."""
    parts = dict(_macros()) | dict(_package()) | dict(_plans())
    carried = distribution(CARRIED)
    for file in carried.files or ():
        if file.suffix == ".py" or file.name == "LICENSE":
            to = file if file.parts[0] == CARRIED else Path(CARRIED) / file.name
            parts[f"{_PYTHON}/{to.as_posix()}"] = _read(Path(str(file.locate())))
    described = in_calc(functions(_tree(FUNCTIONS)))
    parts["KtttCalc.idl"] = interface(described).encode("ascii")
    parts["CalcAddIn.xcu"] = configuration(described).encode()
    return Built(_pack(parts), carried.version)


def functions(module: ast.Module) -> tuple[Function, ...]:
    """Return the worksheet functions of a module, by name.

    They are those with xw.func among their decorators; the others of these give an argument's name and text. KtttError
    for an argument without a text.
    """
    found = (_function(node) for node in module.body if _is_function(node))
    return tuple(sorted(found, key=lambda function: function.name))


def in_calc(described: Iterable[Function]) -> tuple[Function, ...]:
    """Return the functions as Calc has them: of a table each cell is a formula of its own, which says which it is."""
    return tuple(
        replace(function, arguments=(*function.arguments, *_WHICH)) if function.name == _TABLE else function
        for function in described
    )


def interface(described: Iterable[Function]) -> str:
    """Return the functions as a UNO interface, in its IDL.

    Every function is given the document it stands in, which Calc hands over by itself, and blocks or single cells; it
    gives what one cell holds. A name has no underscore unless it is all capitals.
    """
    lines = (
        f"    any {function.name}([in] com::sun::star::beans::XPropertySet document"
        + "".join(f", [in] any {_plain(argument)}" for argument in function.arguments)
        + ");\n"
        for function in described
    )
    return f"module vn {{ module kttt {{\n\ninterface XCalc\n{{\n{''.join(lines)}}};\n\n}}; }};\n"


def configuration(described: Iterable[Function]) -> str:
    """Return what Calc's function wizard shows of the functions, and their names in Excel's files.

    The texts are Vietnamese and stand under en-US, which LibreOffice falls back on from every language. The node is
    called what the service is, else Calc knows every function twice (addin.md 7.1).
    """
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" oor:name="CalcAddIns"'
        ' oor:package="org.openoffice.Office">\n'
        f'<node oor:name="AddInInfo"><node oor:name="{SERVICE}" oor:op="replace"><node oor:name="AddInFunctions">\n'
        + "".join(map(_entry, described))
        + "</node></node></node>\n</oor:component-data>\n"
    )


def modules() -> tuple[str, ...]:
    """Return the names of our modules that the worksheet functions need, at once or when first asked, sorted.

    KtttError when one of them imports a library that LibreOffice's Python may not have.
    """
    found: dict[str, None] = {}
    waiting = [FUNCTIONS]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = None
        for library, module in _imports(_tree(name)):
            if library == _PACKAGE.name:
                waiting += [module] if (_PACKAGE / f"{module}.py").is_file() else []
            elif library not in sys.stdlib_module_names and library not in _FOREIGN:
                raise KtttError(f"{name}.py cần thư viện {library}, mà Python của LibreOffice không có.")
    return tuple(sorted(found))


def _macros() -> Iterator[tuple[str, bytes]]:
    root = folder("macros") / "calc"
    for file in sorted(root.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            content = _read(file)
            if file.name == "description.xml":
                content = content.replace(b"{version}", __version__.encode("ascii"))
            yield file.relative_to(root).as_posix(), content


def _package() -> Iterator[tuple[str, bytes]]:
    for name in ("__init__", *modules()):
        yield f"{_PYTHON}/{_PACKAGE.name}/{name}.py", _read(_PACKAGE / f"{name}.py")


def _plans() -> Iterator[tuple[str, bytes]]:
    """Yield the built-in plans, whose registers KTTT_CO_QUAN looks names up in."""
    root = folder("workbooks")
    for file in sorted(root.glob("*/*")):
        if file.suffix in {".csv", ".toml"}:
            yield f"{_PYTHON}/{_PACKAGE.name}/workbooks/{file.relative_to(root).as_posix()}", _read(file)


def _read(file: Path) -> bytes:
    """Return a text with LF line ends, whatever git made of them on this machine."""
    return file.read_bytes().replace(b"\r\n", b"\n")


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse((_PACKAGE / f"{module}.py").read_text(encoding="utf-8"))


def _imports(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the library, and the module within it, that each import of a module names."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            library, _, module_name = name.partition(".")
            yield library, module_name.partition(".")[0]


def _is_function(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and any(ast.unparse(mark) == "xw.func" for mark in node.decorator_list)


def _function(node: ast.FunctionDef) -> Function:
    texts = dict(_texts(node))
    names = [argument.arg for argument in node.args.args]
    if texts.keys() != set(names) or not ast.get_docstring(node):
        raise KtttError(f"Hàm {node.name} hoặc một đối số của nó không có lời giải thích.")
    text = " ".join((ast.get_docstring(node) or "").split())
    return Function(node.name, text, tuple(Argument(name, texts[name]) for name in names))


def _texts(node: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each argument, as decorators of the form @given("name", "text") have them."""
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call):
            name, text = (ast.literal_eval(given) for given in mark.args)
            yield name, text


def _entry(function: Function) -> str:
    arguments = "".join(
        f'  <node oor:name="{_plain(argument)}" oor:op="replace">'
        f"{_property('DisplayName', argument.name)}{_property('Description', argument.text)}</node>\n"
        for argument in function.arguments
    )
    return (
        f'<node oor:name="{function.name}" oor:op="replace">\n'
        f"  {_property('DisplayName', function.name)}{_property('CompatibilityName', function.name)}\n"
        f"  {_property('Description', function.text)}\n"
        '  <prop oor:name="Category"><value>Add-In</value></prop>\n'
        f'  <node oor:name="Parameters">\n{arguments}  </node>\n'
        "</node>\n"
    )


def _property(name: str, text: str) -> str:
    return f'<prop oor:name="{name}"><value xml:lang="en-US">{escape(text)}</value></prop>'


def _plain(argument: Argument) -> str:
    return argument.name.replace("_", "")


def _pack(parts: Mapping[str, bytes]) -> bytes:
    """Return a package whose bytes depend on its parts alone: order, dates and the system's marks are fixed.

    Parts are stored, not deflated: compressors differ between systems.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for name in sorted(parts):
            member = zipfile.ZipInfo(name)
            member.create_system = 0
            package.writestr(member, parts[name])
    return stream.getvalue()
