"""A virtual display."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from vcore.errors import InputError


@contextmanager
def screen(size: tuple[int, int]) -> Iterator[tuple[str, Path]]:
    """Start a virtual display; yield its name and the file with its pixels.

    Raises
    ------
    InputError
        Xvfb is not installed.
    """
    if shutil.which("Xvfb") is None:
        raise InputError("Expected Xvfb, a virtual display. It is not installed.")
    with tempfile.TemporaryDirectory() as place:
        read, write = os.pipe()
        process = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24"),
                *("-fbdir", place, "-nolisten", "tcp", "-noreset"),
            ],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as told:
            display = f":{told.readline().strip()}"
        try:
            yield display, Path(place) / "Xvfb_screen0"
        finally:
            process.terminate()
            process.wait()


def pixels_of(frame: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the pixels (rows, columns, 4 bytes) from Xvfb's window dump."""
    data = frame.read_bytes()
    numbers = np.frombuffer(data, ">u4", 25)  # XWDFile.h: sizes of header and colour map
    header, width, height, colours = (int(numbers[i]) for i in (0, 4, 5, 19))
    start = header + 12 * colours
    return np.frombuffer(data, np.uint8, width * height * 4, start).reshape(height, width, 4)
