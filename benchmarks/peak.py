"""The peak memory of a piece of work, of the process that does it (Linux)."""

import ctypes
import gc
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
FORGET_PEAK = "5"
"""What makes the kernel forget the largest resident size (proc(5))."""

Result = TypeVar("Result")


def _kilobytes(name: str) -> int:
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def peak_of(work: Callable[[], Result]) -> tuple[Result, int]:
    """Return what ``work`` returns, and the bytes it took at most beyond those already resident.

    What the process has freed is given back to the system first. Raises OSError where the system
    does not tell.
    """
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    CLEAR.write_text(FORGET_PEAK)
    before = _kilobytes("VmRSS")
    result = work()
    return result, max(_kilobytes("VmHWM") - before, 0) * 1024
