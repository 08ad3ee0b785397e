"""The real window, on a virtual screen: File > Open, Apply, and something is there to be seen."""

import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from real_paraview import missing

WIDTH, HEIGHT = 1280, 800
VIEW = (slice(220, 740), slice(330, 1260))
"""Rows and columns of the screen well within the 3D view."""


class Screen:
    """A virtual screen: its keys and its pixels."""

    def __init__(self, display: str, frame: Path) -> None:
        self.variables = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        self._frame = frame

    def xdotool(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=self.variables, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def window(self, name: str, seconds: int = 90) -> str:
        """Wait for a window that is called ``name``; return its number."""
        for _ in range(2 * seconds):
            found = self.xdotool("search", "--onlyvisible", "--name", name)
            if found:
                return found.splitlines()[-1]
            time.sleep(0.5)
        raise TimeoutError(f"no window {name}")

    def press(self, window: str, *keys: str) -> None:
        self.xdotool("windowfocus", "--sync", window)
        self.xdotool("key", "--clearmodifiers", *keys)

    def pixels(self) -> np.ndarray:
        """Return the screen, (rows, columns, 4) bytes, out of the X window dump of Xvfb."""
        data = self._frame.read_bytes()
        header, *_ = struct.unpack(">I", data[:4])
        colours = struct.unpack(">I", data[76:80])[0]
        start = header + 12 * colours
        return np.frombuffer(data, np.uint8, WIDTH * HEIGHT * 4, start).reshape(HEIGHT, WIDTH, 4)


@pytest.fixture
def screen(tmp_path):
    for tool in ("Xvfb", "xdotool"):
        if shutil.which(tool) is None:
            missing(tool)
    read, write = os.pipe()
    process = subprocess.Popen(
        [
            *("Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24"),
            *("-fbdir", str(tmp_path), "-nolisten", "tcp", "-noreset"),
        ],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    yield Screen(f":{number}", tmp_path / "Xvfb_screen0")
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def window(screen, program, tmp_path):
    """Start `vcore paraview`; return the number of its window."""
    if program.program == program.python:
        missing("the window of ParaView")
    (tmp_path / "home").mkdir()
    (tmp_path / "run").mkdir(mode=0o700)
    more = {"HOME": str(tmp_path / "home"), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    process = subprocess.Popen(
        [sys.executable, "-m", "vcore", "paraview", "--paraview", str(program.program)],
        env={**screen.variables, **more, "VCORE_CACHE": str(tmp_path / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield screen.window("^ParaView [0-9]")
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=20)


def test_file_open_shows_a_picture(screen, window, big):
    screen.xdotool("windowsize", "--sync", window, str(WIDTH), str(HEIGHT))
    time.sleep(5)  # the window is there before it listens
    for _ in range(10):
        if welcome := screen.xdotool("search", "--onlyvisible", "--name", "^Welcome"):
            screen.press(welcome.splitlines()[-1], "Escape")
        screen.press(window, "ctrl+o")
        time.sleep(3)
        if screen.xdotool("search", "--onlyvisible", "--name", "^Open File"):
            break
    dialog = screen.window("^Open File", 10)
    for _ in range(5):
        screen.press(dialog, "ctrl+a")
        screen.xdotool("type", "--delay", "50", str(big))
        time.sleep(2)
        screen.xdotool("key", "Return")
        time.sleep(3)
        if not screen.xdotool("search", "--onlyvisible", "--name", "^Open File"):
            break
    before = screen.pixels()[VIEW].copy()
    for _ in range(30):
        screen.press(window, "alt+a")
        time.sleep(2)
        changed = (screen.pixels()[VIEW] != before).any(axis=-1).sum()
        if changed > 500:
            break
    assert changed > 500  # the outline, at least
