"""Code is precompiled by a second process, on which nothing depends."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest

from vcore.methods.wavelet.beside import compiled_beside
from vcore.methods.wavelet.method import _compile_decoder
from vcore.methods.wavelet.settings import WaveletSettings
from vcore.runtime import compile_events
from vcore.runtime import precompile as ahead

FUNCTIONS = """
import os, time
from pathlib import Path

HERE = Path(__file__).parent

def first():
    (HERE / "first").write_text(str(os.getpid()))

def second():
    (HERE / "second").touch()

def fails():
    raise ValueError("on purpose")


def sleeps():
    (HERE / "asleep").write_text(str(os.getpid()))
    time.sleep(120)
"""
TIMEOUT = 60.0


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a module of functions, without a second process yet."""
    (tmp_path / "called_ahead.py").write_text(FUNCTIONS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(ahead, "_process", None)
    return "called_ahead"


def wait_for(path: Path) -> str:
    """Return the contents of ``path`` as soon as it is not empty."""
    ends = time.monotonic() + TIMEOUT
    while not path.exists() or not path.read_text():
        assert time.monotonic() < ends
        time.sleep(0.02)
    return path.read_text()


def test_functions_are_called_in_order_by_one_other_process(tmp_path: Path, module: str) -> None:
    ahead.start(module, ("first", "second"))
    ahead.start(module, ("sleeps",))
    ahead.wait("second")
    assert int((tmp_path / "first").read_text()) != os.getpid()
    assert (tmp_path / "second").exists()
    assert not (tmp_path / "asleep").exists()
    ahead.wait("what it does not call")


def test_nobody_waits_for_a_process_that_failed(
    tmp_path: Path,
    module: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "vcore.runtime.precompile")
    ahead.start(module, ("fails", "second"))
    ahead.wait("second")
    assert not caplog.records  # no warning about a timeout
    assert not (tmp_path / "second").exists()
    assert capfd.readouterr() == ("", "")


def test_one_that_takes_too_long_is_ended(
    module: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ahead.start(module, ("sleeps",))
    number = int(wait_for(tmp_path / "asleep"))
    monkeypatch.setattr(ahead, "TIMEOUT", 0.05)
    ahead.wait("sleeps")
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


@pytest.mark.parametrize("killed", [False, True])
def test_it_ends_with_the_process_that_started_it(
    tmp_path: Path, module: str, *, killed: bool
) -> None:
    first = subprocess.Popen(
        [sys.executable, "-W", "error", "-c",
         "import sys, time; sys.path.insert(0, sys.argv[1]); "
         "from vcore.runtime import precompile; "
         "precompile.start(sys.argv[2], ('sleeps',)); sys.stdin.read()",
         str(tmp_path), module],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    number = int(wait_for(tmp_path / "asleep"))
    if killed:
        first.kill()
    assert first.communicate(timeout=TIMEOUT)[1] == b""
    ends = time.monotonic() + TIMEOUT
    while _runs(number):
        assert time.monotonic() < ends
        time.sleep(0.02)


def _runs(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # there may be no parent to reap it


@pytest.mark.parametrize("executable", ["", "/opt/viewer/bin/pvpython", "/nowhere/bin/python3"])
def test_none_is_started_where_python_is_not_alone(
    module: str, monkeypatch: pytest.MonkeyPatch, executable: str
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    ahead.start(module, ("first",))
    assert ahead._process is None
    ahead.wait("first")


def test_the_second_process_starts_no_third(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ahead.CHILD, "1")
    ahead.start(module, ("first",))
    assert ahead._process is None


@pytest.mark.parametrize("effort", ["fast", "default", "max"])
def test_what_wavelet_calls_ahead_runs(monkeypatch: pytest.MonkeyPatch, effort: str) -> None:
    """In this process, since failures of the second one go unnoticed."""
    called = []

    def call_here(module: str, names: Sequence[str]) -> None:
        for name in names:
            getattr(import_module(module), name)()
            called.append(name)

    monkeypatch.setattr(ahead, "start", call_here)
    monkeypatch.setattr("vcore.runtime.jit.unkept", set())
    _compile_decoder(WaveletSettings(effort=effort))
    assert len(called) == {"fast": 2, "default": 3, "max": 5}[effort]


@pytest.mark.parametrize("unkept", [set(), {"vcore.methods.wavelet.loops"}])
def test_a_second_process_helps_as_soon_as_decoding_compiles(
    monkeypatch: pytest.MonkeyPatch, unkept: set[str]
) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(ahead, "start", lambda _, names: started.append(names))
    monkeypatch.setattr("vcore.runtime.jit.unkept", unkept)
    with compiled_beside("join_values"):
        assert not started
        compile_events.compiling()
        compile_events.compiling()
    compile_events.compiling()
    assert started == ([] if unkept else [("join_values",)])
