"""What a button needs of Excel besides cells: messages, a place for a new sheet, opening a file, work out of its way.

BookDesk is every engine of xlwings as far as they agree: there is the calling workbook and no disk that the officer
and this program share. ExcelDesk is Excel on the officer's own Windows, whose own properties are used here only, and
only where they are there.
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import xlwings as xw

from kttt_xl import jobs
from kttt_xl.errors import KtttError
from kttt_xl.failure_log import log_failure

TITLE = "KTTT"
_EVIDENCE = "_kttt"  # the sheet that only copies for agencies have
_MOST_LINES = 15
_ADDRESS = 4000  # characters of an address that a message may take: nginx and IIS take not much more for the whole
_FOLDER_PICKER, _OK = 4, -1  # msoFileDialogFolderPicker; what Show gives when a folder was chosen

_ASKED = 'AND(KTTT_KY("2024")="2024")'  # a function gives a block, AND one answer of it

_ICON_AND_FRONT = 0x10030  # MB_ICONWARNING, MB_SETFOREGROUND
_WATCHED: list[jobs.Job] = []  # one at a time; jobs hold nothing of Excel

Then = Callable[["Desk", jobs.Result], None]


class Desk(Protocol):
    """What a button may ask for; local tells whether the officer's folders and files are there for this program."""

    @property
    def local(self) -> bool:
        """Tell whether this program sees the officer's folders and files."""

    def say(self, text: str) -> None:
        """Show the officer a message."""

    def ask(self, question: str) -> bool:
        """Tell whether the officer answers yes; no where nobody can be asked."""

    def status(self, text: str) -> None:
        """Show how far some work is; "" when there is none."""

    def new_sheet(self, name: str) -> xw.Sheet:
        """Return an empty sheet of that name, never in a workbook that somebody fills in."""

    def open(self, file: Path) -> xw.Book | None:
        """Show a workbook, and return it; None where none can be opened."""

    def has_functions(self) -> bool:
        """Tell whether Excel computes the functions of the add-in."""

    def pick_folder(self, title: str) -> str:
        """Return the folder that the officer picks; "" for none, or where no folder can be picked."""

    def save_as(self, proposed: Path) -> Path | None:
        """Return where the officer wants a new file; None when no longer."""

    def books(self) -> list[xw.Book]:
        """Return the open workbooks."""

    def busy(self) -> jobs.Job | None:
        """Return the job that is being watched already."""

    def work(self, job: jobs.Job, then: Then) -> None:
        """Watch a job, and hand its result on."""


class BookDesk:
    """A workbook that Excel sent here and will get back: xlwings Server, or a test."""

    local = False

    def __init__(self, book: xw.Book) -> None:
        """Keep the calling workbook."""
        self.book = book

    def say(self, text: str) -> None:
        """Show the officer a message, once Excel has the answer."""
        self.book.app.alert(_in_an_address(_few_lines(text)), title=TITLE)

    def ask(self, question: str) -> bool:  # noqa: ARG002  # Excel is not there to be asked
        """Answer no."""
        return False

    def status(self, text: str) -> None:
        """Do nothing: there is no status bar."""

    def new_sheet(self, name: str) -> xw.Sheet:
        """Return a new last sheet of the workbook; KtttError in a filled copy, which is evidence and not changed."""
        names = {sheet.name.casefold() for sheet in self.book.sheets}
        if _EVIDENCE in names:
            raise KtttError("Sổ đang mở là bản sao của đơn vị, không ghi thêm vào; mở một sổ trống rồi bấm lại nút.")
        if name.casefold() in names:
            raise KtttError(f"Sổ đang mở đã có trang «{name}»: đổi tên hoặc xóa trang ấy rồi bấm lại nút.")
        return self.book.sheets.add(name, after=self.book.sheets[-1])

    def open(self, file: Path) -> xw.Book | None:
        """Return none: no other workbook can be opened."""

    def has_functions(self) -> bool:
        """Answer no."""
        return False

    def pick_folder(self, title: str) -> str:  # noqa: ARG002  # Excel is not there to be asked
        """Return no folder."""
        return ""

    def save_as(self, proposed: Path) -> Path | None:
        """Return the place proposed."""
        return proposed

    def books(self) -> list[xw.Book]:
        """Return the one workbook there is."""
        return [self.book]

    def busy(self) -> jobs.Job | None:
        """Return none: whoever calls waits for it."""
        return None

    def work(self, job: jobs.Job, then: Then) -> None:
        """Wait for the job."""
        then(self, jobs.finish(job))


class ExcelDesk:
    """Excel on the officer's machine."""

    local = True

    def __init__(self, app: xw.App) -> None:
        """Keep Excel; whoever runs in another thread makes a desk of its own."""
        self.app = app

    def say(self, text: str) -> None:
        """Show the officer a message and wait until it is read."""
        self.app.alert(_few_lines(text), title=TITLE)

    def ask(self, question: str) -> bool:
        """Tell whether the officer answers yes."""
        return self.app.alert(_few_lines(question), title=TITLE, buttons="yes_no") == "yes"

    def status(self, text: str) -> None:
        """Show text in the status bar; give the bar back to Excel when there is none."""
        self.app.status_bar = f"{TITLE}: {text}" if text else False

    def new_sheet(self, name: str) -> xw.Sheet:
        """Return the first sheet of a new workbook."""
        sheet = self.app.books.add().sheets[0]
        sheet.name = name
        return sheet

    def open(self, file: Path) -> xw.Book | None:
        """Open a workbook and show it; KtttError when one of the same name is open, which Excel does not allow."""
        for book in self.books():
            if book.name.casefold() == file.name.casefold():
                raise KtttError(f"Đã ghi «{file}». Excel đang mở một tệp cùng tên: đóng tệp ấy rồi mở tệp này.")
        book = self.app.books.open(str(file))
        book.activate()
        return book

    def has_functions(self) -> bool:
        """Tell whether a formula that calls one of them comes out right: the add-in is there, and Python answers."""
        evaluate = getattr(self.app.api, "Evaluate", None)
        return evaluate is not None and evaluate(_ASKED) is True

    def pick_folder(self, title: str) -> str:
        """Return the folder picked in Excel's own dialog."""
        make = getattr(self.app.api, "FileDialog", None)
        if make is None:
            return ""
        dialog = make(_FOLDER_PICKER)
        dialog.Title = title
        return str(dialog.SelectedItems(1)) if dialog.Show() == _OK else ""

    def save_as(self, proposed: Path) -> Path | None:
        """Return the file named in Excel's own dialog."""
        show = getattr(self.app.api, "GetSaveAsFilename", None)
        if show is None:
            return proposed
        chosen = show(str(proposed), "Excel (*.xlsx), *.xlsx")
        return Path(chosen) if isinstance(chosen, str) else None

    def books(self) -> list[xw.Book]:
        """Return the open workbooks."""
        return list(self.app.books)

    def busy(self) -> jobs.Job | None:
        """Return the job that is being watched already."""
        return _WATCHED[0] if _WATCHED else None

    def work(self, job: jobs.Job, then: Then) -> None:
        """Watch the job beside Excel, which stays free meanwhile."""
        _WATCHED.append(job)
        threading.Thread(target=_watch, args=(self.app.pid, job, then), daemon=True).start()


def _watch(pid: int, job: jobs.Job, then: Then) -> None:
    """Watch a job in a thread: COM wants one's own way to Excel there, found by its process."""
    try:
        if sys.platform == "win32":
            import pythoncom  # noqa: PLC0415  # Windows

            pythoncom.CoInitialize()
        desk = ExcelDesk(xw.apps[pid])
        guarded(desk, lambda: _see_through(desk, job, then))
        desk.status("")
    except Exception as error:  # noqa: BLE001  # nobody is above a thread to hear of it
        _message_box(f"Không báo được cho Excel: {type(error).__name__}. Chi tiết ghi ở {log_failure(error)}.")
    finally:
        job.close()
        _WATCHED.remove(job)


def _see_through(desk: ExcelDesk, job: jobs.Job, then: Then) -> None:
    desk.status(f"{job.title}…")
    result = jobs.finish(job, lambda words: desk.status(f"{job.title}: {words} (bấm lại nút để dừng)"))
    desk.status("")
    then(desk, result)


def _message_box(text: str) -> None:
    """Show a message without Excel's help."""
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415  # Windows

        ctypes.windll.user32.MessageBoxW(None, text, TITLE, _ICON_AND_FRONT)


def desk_of(book: xw.Book) -> Desk:
    """Return the desk of a workbook's Excel."""
    return BookDesk(book) if book.app.engine.type == "remote" else ExcelDesk(book.app)


def guarded(desk: Desk, work: Callable[[], None]) -> None:
    """Do some work; whatever fails is one sentence for the officer, and a log when nobody foresaw it."""
    try:
        work()
    except KtttError as error:
        desk.say(str(error))
    except Exception as error:  # noqa: BLE001  # the last line of defence: an officer never sees a traceback
        desk.say(f"Lỗi ngoài dự kiến: {type(error).__name__}. Chi tiết ghi ở {log_failure(error)}.")


def file_of(book: xw.Book) -> Path:
    """Return the file of an open workbook; KtttError when it has none on this machine.

    Asked of Excel itself, not of xlwings, which looks into the workbook's own sheets for where OneDrive might be.
    """
    name = str(getattr(book.api, "FullName", "") or book.fullname)
    if "://" in name:
        raise KtttError(
            f"«{book.name}» đang mở từ OneDrive hoặc SharePoint: lưu một bản vào ổ đĩa của máy rồi mở bản ấy."
        )
    if not Path(name).is_absolute():
        raise KtttError(f"«{book.name}» chưa được lưu thành tệp: lưu lại rồi bấm lại nút.")
    return Path(name)


def has_changes(book: xw.Book) -> bool:
    """Tell whether a workbook has changes that are not in its file, where Excel says so."""
    return getattr(book.api, "Saved", True) is False


def _few_lines(text: str) -> str:
    lines = text.splitlines()
    more = len(lines) - _MOST_LINES
    return "\n".join([*lines[:_MOST_LINES], f"… và {more} dòng nữa."]) if more > 0 else text


def _in_an_address(text: str) -> str:
    """Return a message as it can be part of an address, cut visibly: Office.js shows it as a page asked for with it.

    Half a character, which Office.js could not put there, is replaced. Source: xlwings-server 1.20.0, alerts/parent.js.
    """
    whole, room = text.encode("utf-8", "replace").decode(), _ADDRESS
    for at, letter in enumerate(whole):
        room -= len(quote(letter, safe=""))
        if room < 0:
            return f"{whole[:at]}…"
    return whole
