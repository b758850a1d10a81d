"""A limit on the memory of this very process, on Windows: a job object with this process in it.

Source: Windows API, jobapi2.h and winnt.h (JOBOBJECT_EXTENDED_LIMIT_INFORMATION). Sizes are spelt out, so that the
layout can be tested anywhere. What cannot be limited is left as it is: the gate's own limits still hold.
"""

import ctypes
from typing import Any

_EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
_PROCESS_MEMORY = 0x100  # JOB_OBJECT_LIMIT_PROCESS_MEMORY


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("least_working_set", ctypes.c_size_t),
        ("most_working_set", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION: the basic limits, counters of input and output, sizes in bytes."""

    _fields_ = (
        ("basic", BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


def limit_process_memory(size: int, kernel: Any = None) -> bool:
    """Let this process ask for no more than size bytes; tell whether Windows agreed. kernel is kernel32.dll."""
    if kernel is None:
        kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    for function in (kernel.CreateJobObjectW, kernel.GetCurrentProcess):
        function.restype = ctypes.c_void_p
    limits = ExtendedLimits(basic=BasicLimits(flags=_PROCESS_MEMORY), process_memory=size)
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    if not job:
        return False
    set_to = ctypes.byref(limits), ctypes.sizeof(limits)
    # The handle stays open: with its last handle a job loses its name only, never its processes or limits.
    return bool(
        kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, *set_to)
        and kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess()))
    )
