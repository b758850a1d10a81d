"""What LibreOffice runs of us: the worksheet functions, and a job that makes it read their names in Excel's files.

It runs in LibreOffice's own Python, which may be older than this package asks for. So nothing here is newer than
Python 3.8, and the package is loaded at the first call: a sentence in a cell says more than Err:504. Source:
addin.md 7.1; LibreOffice's Developer's Guide, Spreadsheet Add-Ins.
"""

import importlib
import inspect
import sys
from datetime import datetime
from functools import lru_cache, partial
from itertools import product
from types import ModuleType

import unohelper
from com.sun.star.lang import XServiceInfo
from com.sun.star.table import CellAddress
from com.sun.star.task import XJob
from vn.kttt import XCalc

_OLDEST = (3, 11)
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a sheet's day 0 has no zone
_FORMULAS = 0  # SearchType of com.sun.star.util.XSearchDescriptor
_NAME = "_kttt_names"
_TABLE = "KTTT_TONG_HOP"  # has two arguments more here: which cell of its table is wanted
# LibreOffice gives a function 0 for a blank cell. For these arguments 0 means something else than a blank; for all
# others it means nothing.
_NUMBERS = {
    "so": "số",
    "gia_tri": "giá trị",
    "muc": "mức",
    "muc_tren": "mức trên",
    "goc": "gốc",
    "dau": "đầu",
    "cuoi": "cuối",
    "so_nam": "số năm",
}


class _Service(unohelper.Base, XServiceInfo):
    """What LibreOffice asks of everything it makes; the first of the services is its own name."""

    services = ()

    def __init__(self, _context):
        pass

    def getImplementationName(self):
        return self.services[0]

    def supportsService(self, name):
        return name in self.services

    def getSupportedServiceNames(self):
        return self.services


class Calc(_Service, XCalc):
    """The functions of the interface, KTTT_…: each takes the document and the function's arguments, for one cell."""

    services = ("vn.kttt.Calc", "com.sun.star.sheet.AddIn")

    def __getattr__(self, name):
        if not name.startswith("KTTT_"):
            raise AttributeError(name)
        return partial(_answer, name)


class Names(_Service, XJob):
    """A job at the opening of a document, which makes LibreOffice read once more what it could not.

    Opening .xlsx it knows no add-in by its Excel name and keeps KTTT_… as an unknown one, which shows #NAME? as soon as
    it is computed. Of names it does not know it thinks again whenever a name is added, in protected sheets too. Source:
    tried in LibreOffice 7.4, whose OpCodeMap::putExternalSoftly leaves out CompatibilityName.
    """

    services = ("vn.kttt.Names",)

    def execute(self, arguments):
        given = [value for argument in arguments if argument.Name == "Environment" for value in argument.Value]
        for book in (value.Value for value in given if value.Name == "Model"):
            if book.supportsService("com.sun.star.sheet.SpreadsheetDocument") and any(map(_ours, book.Sheets)):
                _read_again(book)


def _ours(sheet):
    wanted = sheet.createSearchDescriptor()
    wanted.SearchString, wanted.SearchType = "KTTT_", _FORMULAS
    return sheet.findFirst(wanted) is not None


def _read_again(book):
    """Add a name and take it away, and leave no trace: nothing to undo, nothing to save."""
    modified, names = book.isModified(), book.NamedRanges
    book.UndoManager.lock()
    try:
        names.addNewByName(_NAME, "1", CellAddress(), 0)
        names.removeByName(_NAME)
    finally:
        book.UndoManager.unlock()
    book.setModified(modified)


def _answer(name, document, *arguments):
    wanted = ()
    if name == _TABLE:
        *arguments, row, column = arguments
        wanted = tuple(map(_number, (row, column)))
    return _unfit(document) or _cell(_found(getattr(_functions(), name), arguments), wanted)


def _number(given):
    """Return the number in an argument, None for what is none; a range of one cell comes as rows."""
    while isinstance(given, tuple) and len(given) == 1:
        given = given[0]
    return int(given) if isinstance(given, float) else None


def _unfit(document):
    """Return the sentence why nothing can be computed here, "" when it can."""
    version = sys.version_info
    if version < _OLDEST:
        return f"Python của LibreOffice này là bản {version[0]}.{version[1]}; hàm KTTT cần bản 3.11 trở lên."
    day = document.NullDate
    if (day.Year, day.Month, day.Day) != (_EPOCH.year, _EPOCH.month, _EPOCH.day):
        return (
            f"Bảng tính này đếm ngày từ {day.Day}/{day.Month}/{day.Year}; hàm KTTT cần 30/12/1899 "
            "(Công cụ > Tùy chọn > LibreOffice Calc > Tính toán > Ngày tháng)."
        )
    return ""


@lru_cache(maxsize=1)
def _functions():
    """Return the functions; xlwings' decorators, which mean nothing here, are stood in for while they load."""
    stand_in, known = ModuleType("xlwings"), sys.modules.get("xlwings")
    stand_in.func = lambda function: function
    stand_in.arg = stand_in.ret = lambda *_, **__: stand_in.func
    sys.modules["xlwings"] = stand_in
    try:
        return importlib.import_module("kttt_xl.udfs")
    finally:
        del sys.modules["xlwings"]
        if known is not None:
            sys.modules["xlwings"] = known


def _found(function, arguments):
    """Return what a function gives; a sentence where it depends on whether a cell is blank or 0."""
    headers = [_NUMBERS.get(name, "") for name in inspect.signature(function).parameters]
    zeros = [at for at, given in enumerate(arguments) if isinstance(given, float) and given == 0]
    doubtful = [at for at in zeros if headers[at]]
    items = [None if at in zeros else given for at, given in enumerate(arguments)]
    found = {}
    for blanks in product((True, False), repeat=len(doubtful)):
        for place, blank in enumerate(blanks):
            items[doubtful[place]] = None if blank else 0.0
        found[blanks] = function(*items)
    decisive = [
        headers[at]
        for place, at in enumerate(doubtful)
        if any(told != found[(*blanks[:place], True, *blanks[place + 1 :])] for blanks, told in found.items())
    ]
    if decisive:
        named = ", ".join(f"«{header}»" for header in decisive)
        return f"Ô {named} trống hay bằng 0, LibreOffice không cho hàm biết; ghi B2:B2 thay cho B2."
    return found[(True,) * len(doubtful)]


def _cell(result, wanted=()):
    """Return a result as Calc takes it: a text, or a number, which a date is too; of a table the cell that is wanted.

    A block is refused. Of texts in a block of texts and numbers Calc keeps none with all its others, so that = and
    COUNTIF never find them (tried in 7.4): ScSequenceToMatrix::CreateMixedMatrix passes its pool of strings by. Those
    of a block of nothing but texts are found, but only a function declared to give such blocks can give one: an answer
    from Python has no type of its own.
    """
    rows = result if isinstance(result, list) else [[result]]
    row, column = wanted or (None, None)
    if row is not None and column is not None:
        if row < 1 or column < 1:
            return "«dong» và «cot» đếm từ 1, ví dụ ROW(A1) và COLUMN(A1)."
        rows = [[rows[row - 1][column - 1] if row <= len(rows) and column <= len(rows[0]) else ""]]
    if len(rows) > 1 or len(rows[0]) > 1:
        cure = "thêm ROW(A1);COLUMN(A1) ở cuối (xem docs/excel.md)" if wanted else "ghi cho một ô"
        return (
            f"LibreOffice cần mỗi ô một công thức, mà kết quả có {len(rows)} dòng × {len(rows[0])} cột: {cure}, "
            "rồi kéo ra các ô khác."
        )
    item = rows[0][0]
    if isinstance(item, datetime):
        return float((item - _EPOCH).days)
    return item if isinstance(item, str) else float(item)


g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816  # the name that LibreOffice looks for
for _service in (Calc, Names):
    g_ImplementationHelper.addImplementation(_service, _service.services[0], _service.services)
