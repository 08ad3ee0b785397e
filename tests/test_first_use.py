"""The first use on a machine reports compilation, once."""

import os
import subprocess
import sys
from pathlib import Path

import numba as nb
import numpy as np
import pytest

from vcore.runtime.compile_events import compiling, on_compiling
from vcore.runtime.jit import compiled

SAID = "compiling"


def run(cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as on a terminal, with compiled code cached in ``cache``."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "vcore", *arguments],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), "FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.slow
def test_it_is_said_once(tmp_path: Path) -> None:
    """Not for commands that compile nothing, and not again, not even on decoding, once cached."""
    cache, given = tmp_path / "cache", tmp_path / "given.npy"
    packed, out = tmp_path / "packed.vcore", tmp_path / "out.npy"
    np.save(given, np.add.outer(np.arange(20.0), np.sin(np.arange(30.0).reshape(5, 6))))
    assert SAID not in run(cache, "methods").stderr
    first = run(cache, "compress", str(given), str(packed), "--psnr", "40")
    assert first.stderr.count(SAID) == 1
    assert SAID not in first.stdout
    assert SAID not in run(cache, "info", str(packed)).stderr
    assert SAID not in run(cache, "decompress", str(packed), str(out)).stderr


def test_code_that_cannot_be_kept_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object) -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr("vcore.runtime.jit.unkept", unkept_here := set())
    monkeypatch.setattr(nb.core.dispatcher.Dispatcher, "enable_caching", refuse)
    twice = compiled()(lambda v: 2 * v)
    assert twice(21) == 42
    assert unkept_here == {__name__}


def test_each_listener_is_told_once_inside_its_block() -> None:
    told: list[str] = []
    with on_compiling(lambda: told.append("outer")):
        with on_compiling(lambda: told.append("inner")):
            compiling()
            compiling()
        compiling()
    compiling()
    assert told == ["outer", "inner"]
