"""The memory limit on Windows: the structures are laid out as winnt.h has them, and the calls come in their order."""

import ctypes
from typing import Any

import pytest

from kttt_xl import windows_memory
from kttt_xl.windows_memory import BasicLimits, ExtendedLimits, limit_process_memory


def test_structures_as_in_winnt_h() -> None:
    # 64 bit, from the header's own types: LARGE_INTEGER 8, DWORD 4, SIZE_T and ULONG_PTR 8, each aligned to its size.
    assert ctypes.sizeof(ctypes.c_size_t) == 8
    assert (ctypes.sizeof(BasicLimits), ctypes.sizeof(ExtendedLimits)) == (64, 144)
    assert (BasicLimits.flags.offset, BasicLimits.affinity.offset, BasicLimits.scheduling.offset) == (16, 48, 60)
    assert (ExtendedLimits.io_counters.offset, ExtendedLimits.process_memory.offset) == (64, 112)


class Function:
    """A function of kernel32 that notes how it was called."""

    def __init__(self, name: str, answer: int, calls: list[tuple[Any, ...]]) -> None:
        self.name, self.answer, self.calls = name, answer, calls
        self.restype: Any = ctypes.c_int

    def __call__(self, *arguments: Any) -> int:
        if self.name == "SetInformationJobObject":
            job, kind, pointer, size = arguments
            limits = pointer._obj
            arguments = (job.value, kind, limits.basic.flags, limits.process_memory, size)
        self.calls.append((self.name, *(getattr(each, "value", each) for each in arguments)))
        return self.answer


class Kernel:
    """A kernel32 of which the function named fails."""

    def __init__(self, failing: str = "") -> None:
        self.calls: list[tuple[Any, ...]] = []
        answers = {"CreateJobObjectW": 1 << 40, "GetCurrentProcess": 77}
        for name in (*answers, "SetInformationJobObject", "AssignProcessToJobObject"):
            setattr(self, name, Function(name, 0 if name == failing else answers.get(name, 1), self.calls))


@pytest.mark.parametrize(
    ("failing", "agreed", "called"),
    [
        ("", True, ["CreateJobObjectW", "SetInformationJobObject", "GetCurrentProcess", "AssignProcessToJobObject"]),
        ("CreateJobObjectW", False, ["CreateJobObjectW"]),
        ("SetInformationJobObject", False, ["CreateJobObjectW", "SetInformationJobObject"]),
    ],
)
def test_the_process_is_put_into_a_job_with_the_limit(failing: str, agreed: bool, called: list[str]) -> None:
    kernel = Kernel(failing)
    assert limit_process_memory(1 << 30, kernel) is agreed
    assert [name for name, *_ in kernel.calls] == called
    if agreed:
        job = 1 << 40  # wider than an int: a handle is not cut
        assert kernel.calls[1] == ("SetInformationJobObject", job, 9, 0x100, 1 << 30, 144)
        assert kernel.calls[3] == ("AssignProcessToJobObject", job, 77)


def test_a_handle_is_as_wide_as_a_pointer() -> None:
    kernel = Kernel()
    limit_process_memory(1, kernel)
    restypes = {kernel.CreateJobObjectW.restype, kernel.GetCurrentProcess.restype}  # type: ignore[attr-defined]
    assert restypes == {ctypes.c_void_p}
    assert windows_memory.__doc__
