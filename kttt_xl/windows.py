"""What installing and diagnosing the add-in ask of Windows: files, registry, processes; and this machine behind it.

Everything above asks through the interface, so that tests can lay any machine before it. Paths are pure: a Windows
path on Linux is only a name. An OSError from any of these means that the question could not be answered.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Protocol

from kttt_xl.errors import MisuseError
from kttt_xl.writer import make_folder, write_file

RegistryValue = str | int | bytes
_MARK = ":Zone.Identifier"  # the stream in which NTFS keeps where a file came from (Mark of the Web)


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its file's name and, when it may be asked for, whole path; ours: it runs in our own session."""

    pid: int
    parent: int
    name: str
    image: str = ""
    windows: int = 0
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: exit code, what it wrote, and seconds from start to end."""

    code: int
    out: str
    err: str
    seconds: float


class Windows(Protocol):
    """A Windows machine as far as the add-in needs it. Keys are written HKCU\\Software\\…, values by name."""

    @property
    def interpreter(self) -> str:
        """Return the whole path of the Python that runs this program."""

    @property
    def pid(self) -> int:
        """Return the number of the process that runs this program."""

    def environment(self, name: str) -> str:
        """Return an environment variable, empty when there is none."""

    def values(self, key: str) -> Mapping[str, RegistryValue]:
        """Return the values of a registry key, names in lower case; none when there is no such key."""

    def read(self, path: PurePath, most: int = -1) -> bytes | None:
        """Return the content of a file (its first bytes, when most is given); None when there is none."""

    def names(self, folder: PurePath) -> tuple[str, ...]:
        """Return the names in a folder, in lower case; none when there is no such folder."""

    def write(self, path: PurePath, content: bytes) -> None:
        """Write a file, all of it or nothing, and its folder when that is missing; OutputError when it cannot be."""

    def remove(self, path: PurePath) -> None:
        """Remove a file; nothing happens when there is none."""

    def is_marked(self, path: PurePath) -> bool:
        """Tell whether a file bears the Mark of the Web."""

    def unmark(self, path: PurePath) -> None:
        """Take the Mark of the Web from a file."""

    def processes(self) -> tuple[Process, ...]:
        """Return what runs on the machine now."""

    def run(self, program: PurePath, arguments: Sequence[str], limit: float) -> Ran:
        """Run a program in its own folder without a window; TimeoutError when it takes more than limit seconds."""


class ThisWindows:
    """The machine that this program runs on. Only registry and processes need Windows itself."""

    interpreter = sys.executable
    pid = os.getpid()

    def environment(self, name: str) -> str:
        """Return an environment variable, empty when there is none."""
        return os.environ.get(name, "")

    def values(self, key: str) -> Mapping[str, RegistryValue]:
        """Return the values of a registry key, names in lower case; none when there is no such key."""
        return _registry_values(key)

    def read(self, path: PurePath, most: int = -1) -> bytes | None:
        """Return the content of a file (its first bytes, when most is given); None when there is none."""
        try:
            with Path(path).open("rb") as stream:
                return stream.read(most)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self, folder: PurePath) -> tuple[str, ...]:
        """Return the names in a folder, in lower case; none when there is no such folder."""
        try:
            return tuple(sorted(item.name.casefold() for item in Path(folder).iterdir()))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def write(self, path: PurePath, content: bytes) -> None:
        """Write a file, all of it or nothing, and its folder when that is missing; OutputError when it cannot be."""
        make_folder(Path(path).parent)
        write_file(Path(path), content)

    def remove(self, path: PurePath) -> None:
        """Remove a file; nothing happens when there is none."""
        Path(path).unlink(missing_ok=True)

    def is_marked(self, path: PurePath) -> bool:
        """Tell whether a file bears the Mark of the Web; a disk without streams has none."""
        return Path(f"{path}{_MARK}").exists()

    def unmark(self, path: PurePath) -> None:
        """Take the Mark of the Web from a file."""
        Path(f"{path}{_MARK}").unlink(missing_ok=True)

    def processes(self) -> tuple[Process, ...]:
        """Return what runs on the machine now."""
        from kttt_xl.windows_processes import running  # noqa: PLC0415  # ctypes of Windows

        return running()

    def run(self, program: PurePath, arguments: Sequence[str], limit: float) -> Ran:
        """Run a program in its own folder without a window; TimeoutError when it takes more than limit seconds.

        In its own folder: what lies in the folder where the officer happens to be must not be imported.
        """
        start = time.perf_counter()
        try:
            done = subprocess.run(  # noqa: S603  # the program is the interpreter of the add-in, never a shell
                [str(program), *arguments],
                capture_output=True,
                check=False,
                cwd=Path(program).parent,
                creationflags=_NO_WINDOW,
                timeout=limit,
            )
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        return Ran(done.returncode, out, err, time.perf_counter() - start)


def this_windows() -> ThisWindows:
    """Return this machine; MisuseError where it is no Windows."""
    if os.name != "nt":
        raise MisuseError(
            "Lệnh này chỉ chạy trên Windows có Excel; máy khác dùng máy chủ của tỉnh (kttt-xl serve) hoặc dòng lệnh."
        )
    return ThisWindows()


if sys.platform == "win32":
    import winreg

    _NO_WINDOW = subprocess.CREATE_NO_WINDOW
    _HIVES = MappingProxyType({"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE})
    # Without this a 32-bit Python on a 64-bit Windows would be shown another part of HKLM.
    _ACCESS = winreg.KEY_READ | winreg.KEY_WOW64_64KEY

    def _registry_values(key: str) -> Mapping[str, RegistryValue]:
        hive, _, path = key.partition("\\")
        found: dict[str, RegistryValue] = {}
        try:
            with winreg.OpenKey(_HIVES[hive], path, access=_ACCESS) as opened:
                for index in range(winreg.QueryInfoKey(opened)[1]):
                    name, value, _kind = winreg.EnumValue(opened, index)
                    if isinstance(value, str | int | bytes):
                        found[name.casefold()] = value
        except FileNotFoundError:
            return {}
        return found

else:
    _NO_WINDOW = 0

    def _registry_values(key: str) -> Mapping[str, RegistryValue]:
        raise OSError(key)
