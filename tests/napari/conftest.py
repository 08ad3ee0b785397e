"""Viewers for the tests of the napari plugin, which are skipped without napari."""

import atexit
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from cells import blobs

import vcore

REQUIRED = os.environ.get("VCORE_REQUIRE_VIEWERS") == "1"


def _screen() -> str:
    """Return the name of a display; start a virtual one if there is none."""
    if sys.platform != "linux" or os.environ.get("DISPLAY"):
        return os.environ.get("DISPLAY", "its own")
    if shutil.which("Xvfb") is None:
        return ""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24"]
    server = subprocess.Popen(
        command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writing)
    atexit.register(server.terminate)
    with os.fdopen(reading) as told:
        return f":{told.readline().strip()}"


def _missing() -> str:
    """Return the reason why these tests cannot run, "" if they can."""
    if find_spec("napari") is None:
        return "napari is not installed"
    screen = _screen()
    if not screen:
        return "there is no screen, and no Xvfb to make one"
    if sys.platform == "linux":
        os.environ["DISPLAY"] = screen
    return ""


MISSING = _missing()
if MISSING and REQUIRED:
    raise RuntimeError(f"Expected all viewers (VCORE_REQUIRE_VIEWERS=1). Got less: {MISSING}.")
collect_ignore_glob = ["test_*.py"] if MISSING else []


def pytest_report_header() -> str:
    """Report skipped tests, and why."""
    return f"napari's tests: {f'skipped, {MISSING}' if MISSING else 'on'}"


QUICK = {"method": "gaussian", "settings": {"steps": 10}}


@pytest.fixture(scope="session")
def compressed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a folder with ``cells.vcore`` (z y x) and ``two.vcore`` (t c z y x)."""
    folder = tmp_path_factory.mktemp("files")
    grid = {"spacing": (2.0, 0.5, 0.5), "origin": (10.0, 0.0, -3.0), "unit": "micrometer"}
    volume = vcore.Volume.from_array(blobs(24, 40, 36), **grid)
    vcore.compress(volume, folder / "cells.vcore", budget=vcore.Budget(bytes=2500), **QUICK)
    values = np.stack([blobs(3, 12, 16, 14), blobs(3, 12, 16, 14, seed=1)], axis=1)
    grid |= {"times": (0.0, 30.0, 60.0), "time_unit": "second"}
    variable = vcore.Variable("stain", values, tuple("tczyx"), components=("dapi", "gfp"))
    series = vcore.Volume(vcore.Grid(values.shape[-3:], **grid), (variable,))
    vcore.compress(series, folder / "two.vcore", budget=vcore.Budget(bytes=6000), **QUICK)
    return folder


@pytest.fixture
def wait(qtbot: Any) -> Callable[..., None]:
    """Return a function that runs Qt's event loop until a condition holds."""

    def until(condition: Callable[[], bool], seconds: float = 60) -> None:
        qtbot.waitUntil(condition, timeout=int(1000 * seconds))

    return until


@pytest.fixture
def viewer(make_napari_viewer: Any) -> Iterator[Any]:
    """Return a real viewer with the plugin."""
    found = make_napari_viewer()
    yield found
    # running threads must not outlive the test
    from napari_vcore.session import session_of

    session = session_of(found)
    session.cancel()
    if session.job is not None:
        session.job.wait(20)
    time.sleep(0.01)
