"""The processes of a Windows machine, from the system's own snapshot: nothing is run, nothing is asked of WMI.

Source: Windows API, tlhelp32.h (CreateToolhelp32Snapshot, PROCESSENTRY32W) and winuser.h (EnumWindows).
"""

import ctypes
import sys
from collections import Counter

from kttt_xl.windows import Process


class ProcessEntry(ctypes.Structure):
    """PROCESSENTRY32W: one process of a snapshot. Sizes are spelt out, so that the layout can be tested anywhere."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("usage", ctypes.c_uint32),
        ("pid", ctypes.c_uint32),
        ("heap", ctypes.c_size_t),
        ("module", ctypes.c_uint32),
        ("threads", ctypes.c_uint32),
        ("parent", ctypes.c_uint32),
        ("priority", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("name", ctypes.c_uint16 * 260),  # UTF-16; c_wchar is four bytes on Linux
    )

    def text(self) -> str:
        """Return the name of the process's file, without its folder."""
        return bytes(self.name).decode("utf-16-le", "replace").partition("\0")[0]


if sys.platform == "win32":
    from ctypes import wintypes

    _PROCESSES = 0x2  # TH32CS_SNAPPROCESS
    _LIMITED = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION: allowed without being administrator
    _INVALID = ctypes.c_void_p(-1).value
    _LONGEST_PATH = 32_768

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _user = ctypes.WinDLL("user32", use_last_error=True)
    _kernel.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
    _kernel.CreateToolhelp32Snapshot.argtypes = (wintypes.DWORD, wintypes.DWORD)
    for _step in (_kernel.Process32FirstW, _kernel.Process32NextW):
        _step.argtypes = (wintypes.HANDLE, ctypes.POINTER(ProcessEntry))
    _kernel.OpenProcess.restype = wintypes.HANDLE
    _kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
    _kernel.QueryFullProcessImageNameW.argtypes = (
        wintypes.HANDLE,
        wintypes.DWORD,
        wintypes.LPWSTR,
        ctypes.POINTER(wintypes.DWORD),
    )
    _kernel.ProcessIdToSessionId.argtypes = (wintypes.DWORD, ctypes.POINTER(wintypes.DWORD))
    _CALLBACK = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
    _user.EnumWindows.argtypes = (_CALLBACK, wintypes.LPARAM)
    _user.IsWindowVisible.argtypes = (wintypes.HWND,)
    _user.GetWindowThreadProcessId.argtypes = (wintypes.HWND, ctypes.POINTER(wintypes.DWORD))

    def running() -> tuple[Process, ...]:
        """Return every process; OSError when the system gives no snapshot."""
        shown = _visible_windows()
        session = _session(_kernel.GetCurrentProcessId())
        snapshot = _kernel.CreateToolhelp32Snapshot(_PROCESSES, 0)
        if snapshot in {None, _INVALID}:
            raise ctypes.WinError(ctypes.get_last_error())
        found = []
        try:
            entry = ProcessEntry(size=ctypes.sizeof(ProcessEntry))
            more = _kernel.Process32FirstW(snapshot, ctypes.byref(entry))
            while more:
                pid = int(entry.pid)
                ours = _session(pid) == session
                found.append(Process(pid, int(entry.parent), entry.text(), _image(pid), shown[pid], ours))
                more = _kernel.Process32NextW(snapshot, ctypes.byref(entry))
        finally:
            _kernel.CloseHandle(snapshot)
        return tuple(found)

    def _image(pid: int) -> str:
        """Return the whole path of a process's file, empty where we may not know it."""
        handle = _kernel.OpenProcess(_LIMITED, False, pid)  # noqa: FBT003  # as the API has it
        if not handle:
            return ""
        try:
            room = wintypes.DWORD(_LONGEST_PATH)
            text = ctypes.create_unicode_buffer(_LONGEST_PATH)
            return text.value if _kernel.QueryFullProcessImageNameW(handle, 0, text, ctypes.byref(room)) else ""
        finally:
            _kernel.CloseHandle(handle)

    def _session(pid: int) -> int:
        number = wintypes.DWORD()
        return int(number.value) if _kernel.ProcessIdToSessionId(pid, ctypes.byref(number)) else -1

    def _visible_windows() -> Counter[int]:
        """Return how many windows each process shows."""
        found: Counter[int] = Counter()

        def count(window: int, _more: int) -> bool:
            owner = wintypes.DWORD()
            if _user.IsWindowVisible(window):
                _user.GetWindowThreadProcessId(window, ctypes.byref(owner))
                found[int(owner.value)] += 1
            return True

        _user.EnumWindows(_CALLBACK(count), 0)
        return found

else:

    def running() -> tuple[Process, ...]:
        """Return every process; here there is no Windows to ask."""
        raise OSError("not Windows")
