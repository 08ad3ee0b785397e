"""The first use on a machine says that code is compiled, and does so once."""

import os
import subprocess
import sys
from pathlib import Path

import numba as nb
import numpy as np
import pytest

import vcore
from vcore.compiled import compiled
from vcore.first_use import compiling, on_compiling

SAID = "compiling"


def run(cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line, as on a terminal, with compiled code kept in ``cache``."""
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


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Return a file whose integers are range coded, and little else."""
    values = np.full((4, 5, 6), 3.5, "f4")
    values[1:3, 2, 3] = np.nan
    path = tmp_path / "holes.vcz"
    vcore.compress(values, path, method="wavelet", budget=vcore.Budget(psnr=40))
    return path


def test_it_is_said_once(tmp_path: Path, packed: Path) -> None:
    """Not of what compiles nothing; and not again, as the code is kept."""
    cache, out = tmp_path / "cache", tmp_path / "out.npy"
    assert SAID not in run(cache, "info", str(packed)).stderr
    assert SAID not in run(cache, "methods").stderr
    first = run(cache, "decompress", str(packed), str(out))
    assert first.stderr.count(SAID) == 1
    assert SAID not in first.stdout
    out.unlink()
    assert SAID not in run(cache, "decompress", str(packed), str(out)).stderr


def test_code_that_cannot_be_kept_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object) -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(nb.core.dispatcher.Dispatcher, "enable_caching", refuse)
    twice = compiled()(lambda v: 2 * v)
    assert twice(21) == 42


def test_each_listener_is_told_once_inside_its_block() -> None:
    told: list[str] = []
    with on_compiling(lambda: told.append("outer")):
        with on_compiling(lambda: told.append("inner")):
            compiling()
            compiling()
        compiling()
    compiling()
    assert told == ["outer", "inner"]
