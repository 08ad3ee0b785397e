"""Peak memory of a function call, within the current process (Linux)."""

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"
"""Value that makes the kernel reset the peak resident set size (proc(5))."""

Result = TypeVar("Result")


def _kilobytes(name: str) -> int:
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def peak() -> int:
    """Return the peak memory of this process in bytes.

    ``getrusage`` counts more: the peak of the process that started this one.
    """
    return _kilobytes("VmHWM") * 1024


def peak_of(work: Callable[[], Result]) -> tuple[Result, int]:
    """Return the result of ``work``, and its peak memory in bytes beyond that already resident.

    Freed memory is first returned to the system. Raises OSError on systems without these
    statistics.
    """
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    CLEAR.write_text(RESET_PEAK)
    before = _kilobytes("VmRSS")
    result = work()
    return result, max(peak() - before * 1024, 0)
