"""The real window, on a virtual display: File > Open shows data, Save Data writes a file."""

import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from real_paraview import missing

import vcore
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

WIDTH, HEIGHT = 1280, 800
VIEW = (slice(220, 740), slice(330, 1260))
"""Rows and columns of the display well within the 3D view."""


class Screen:
    """A virtual display: its keyboard and its pixels."""

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
        """Wait for a window called ``name``; return its number."""
        for _ in range(2 * seconds):
            if found := self.find(name):
                return found
            time.sleep(0.5)
        raise TimeoutError(f"no window {name}")

    def find(self, name: str) -> str:
        """Return the number of the window called ``name``, "" if there is none."""
        return self.xdotool("search", "--onlyvisible", "--name", name).rpartition("\n")[2]

    def names(self) -> list[str]:
        """Return the names of all windows."""
        numbers = self.xdotool("search", "--onlyvisible", "--name", ".").split()
        return [self.xdotool("getwindowname", number) for number in numbers]

    def press(self, window: str, *keys: str) -> None:
        self.xdotool("windowfocus", "--sync", window)
        self.xdotool("key", "--clearmodifiers", *keys)

    def pixels(self) -> np.ndarray:
        """Return the display's pixels, (rows, columns, 4) bytes, from the X window dump of Xvfb."""
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
    """Return a function that starts `vcore paraview` with files and returns its window's number."""
    if program.program == program.python:
        missing("the window of ParaView")
    (tmp_path / "home").mkdir()
    (tmp_path / "run").mkdir(mode=0o700)

    def end() -> None:
        while started:
            process = started.pop()
            os.killpg(process.pid, 15)
            process.wait(timeout=20)

    more = {"HOME": str(tmp_path / "home"), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    started = []

    def start(*files: Path) -> str:
        end()
        words = [sys.executable, "-m", "vcore", "paraview", *map(str, files)]
        process = subprocess.Popen(
            [*words, "--paraview", str(program.program)],
            env={**screen.variables, **more, "VCORE_CACHE": str(tmp_path / "cache")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        started.append(process)
        number = screen.window("^ParaView [0-9]")
        screen.xdotool("windowsize", "--sync", number, str(WIDTH), str(HEIGHT))
        time.sleep(5)  # the window appears before it accepts input
        return number

    yield start
    end()


def ask_for(screen: Screen, start: Callable[[], str], keys: str, dialog: str) -> tuple[str, str]:
    """Start ParaView and press ``keys`` until the dialog appears; return both windows' numbers.

    Without a window manager a window occasionally never becomes active: restart it then.
    """
    for _ in range(3):
        window = start()
        for _ in range(30):  # minutes, on a loaded machine
            if welcome := screen.find("^Welcome"):
                screen.press(welcome, "Escape")
            screen.press(window, keys)
            time.sleep(3)
            if found := screen.find(dialog):
                return window, found
    raise TimeoutError(f"no window {dialog}, but {screen.names()}")


def name_file(screen: Screen, dialog: str, path: Path) -> None:
    """Type a file name into a dialog until it closes."""
    title = screen.xdotool("getwindowname", dialog)
    for _ in range(5):
        screen.press(dialog, "ctrl+a")
        screen.xdotool("type", "--delay", "50", str(path))
        time.sleep(2)
        screen.xdotool("key", "Return")
        time.sleep(3)
        if not screen.find(f"^{title[:9]}"):
            return
    raise TimeoutError(f"{title} stays")


def test_file_open_shows_a_picture(screen, window, big):
    number, dialog = ask_for(screen, window, "ctrl+o", "^Open File")
    name_file(screen, dialog, big)
    before = screen.pixels()[VIEW].copy()
    for _ in range(30):
        screen.press(number, "alt+a")
        time.sleep(2)
        changed = (screen.pixels()[VIEW] != before).any(axis=-1).sum()
        if changed > 500:
            break
    assert changed > 500  # at least the outline


def test_a_collection_shows_its_colours(screen, window, tmp_path):
    colour = np.array([200, 30, 60], np.uint8)
    times = Parameter("time", (0.0, 1.0))
    images = Images(
        (times, Parameter("theta", (45.0, 90.0), "degree")),
        (64, 64),
        (Channel("rgb", colour.dtype),),
        lambda index, _: np.broadcast_to(colour, (64, 64, 3)),
    )
    vcore.compress(images, tmp_path / "images.vcore", max_error=0)
    number, dialog = ask_for(screen, window, "ctrl+o", "^Open File")
    name_file(screen, dialog, tmp_path / "images.vcore")
    for _ in range(30):
        screen.press(number, "alt+a")
        time.sleep(2)
        seen = screen.pixels()[VIEW][..., 2::-1]
        shown = (np.abs(seen.astype(int) - colour) <= 2).all(-1).sum()
        if shown > 10_000:
            break
    assert shown > 10_000


def test_save_data_asks_for_method_and_budget(screen, window, series, tmp_path):
    out = tmp_path / "out.vcore"

    def start() -> str:
        number = window(series)
        screen.press(number, "alt+a")
        return number

    _, dialog = ask_for(screen, start, "ctrl+s", "^Save File")
    name_file(screen, dialog, out)
    dialog = screen.window("^Configure Writer", 20)
    screen.press(dialog, "shift+Tab")  # from the search line back to the last property, Settings
    screen.xdotool("type", "--delay", "50", "steps=10")
    screen.press(dialog, "shift+Tab")  # the value is still disabled
    screen.xdotool("type", "--delay", "50", "Bytes")
    screen.press(dialog, "Tab", "ctrl+a")
    screen.xdotool("type", "--delay", "50", "2500")
    screen.press(dialog, "shift+Tab", "shift+Tab")
    screen.xdotool("type", "--delay", "50", "gaussian")
    screen.press(dialog, "Return")
    for _ in range(240):  # the method may have to be compiled first
        time.sleep(1)
        if out.exists():
            break
    dataset = vcore.open(out)
    header = dataset.decoder().header
    assert (header.method, header.settings["steps"]) == ("gaussian", 10)
    assert dataset.grid.times == (0.0, 0.5, 2.0)
    assert dataset.shape == vcore.open(series).shape
    assert dataset.info["bytes"] <= 2500
