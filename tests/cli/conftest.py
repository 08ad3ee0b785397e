"""The command line in-process (fast) and in a subprocess (real), and input files for it."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from volumes import blobs, frames

import vcore
from vcore import cli, io
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

SHAPE = (16, 20, 24)
QUICK = ("--method", "linear2", "--set", "steps=10", "--set", "k=4", "--set", "s=3")
SPACING, ORIGIN, TIMES = (2.0, 0.5, 0.25), (1.0, 2.0, 3.0), (0.0, 0.5, 2.0)
SCRIPTS = Path(sys.executable).parent


@dataclass(frozen=True)
class Result:
    """Result of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on stdout."""

        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is no JSON")

        found = json.loads(self.out, parse_constant=refuse)
        assert isinstance(found, dict)
        return found

    def assert_done(self) -> None:
        """Assert success without warnings."""
        assert self.code == 0, self.err
        assert "Traceback" not in self.err
        assert "Warning" not in self.err

    def assert_refused(self, *words: str, code: int | None = None) -> None:
        """Assert an exit code for errors (2, 3 or 4, or ``code``) and a one-line reason on
        stderr."""
        assert "Traceback" not in self.err, self.err
        assert self.code in ((2, 3, 4) if code is None else (code,)), vars(self)
        assert self.err.startswith("vcore: "), self.err
        assert self.err.count("\n") == 1, self.err
        told = self.json["error"]["message"] if self.out else ""
        assert told in ("", self.err.removeprefix("vcore: ").rstrip()), self.out
        for word in words:
            assert word in self.err, self.err

    def assert_told(self, *words: str) -> None:
        """Assert that the file is refused, or reported as broken."""
        (self.assert_broken if self.code == 1 else self.assert_refused)(*words)

    def assert_broken(self, *words: str) -> None:
        """Assert exit code 1 or 4 of `verify`, and one line on stderr that says what is broken."""
        assert "Traceback" not in self.err, self.err
        assert self.code in (1, 4), (self.code, self.out, self.err)
        assert self.err.startswith("vcore: "), self.err
        assert self.err.count("\n") == 1, self.err
        for word in words:
            assert word in self.err, self.err


Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCORE_THREADS", "1")
    monkeypatch.setenv("COLUMNS", "200")  # so that tables are not wrapped


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return a function that runs `vcore` in-process, in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def run_here(*arguments: object) -> Result:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["vcore", *(str(a) for a in arguments)])
        code: Any = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        printed = capsys.readouterr()
        return Result(code, printed.out, printed.err)

    return run_here


@pytest.fixture
def shell(tmp_path: Path) -> Run:
    """Return a function that runs a bash command in the test's folder, with `vcore` on its path."""

    def run_line(line: str, **options: Any) -> Result:
        environment = {**os.environ, **options.pop("env", {})}
        environment["PATH"] = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["/bin/bash", "-c", line],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
            **options,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run_line


@pytest.fixture
def python(shell: Run) -> Run:
    """Return a function that runs Python code in a subprocess."""
    return lambda code, **options: shell(
        f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}", **options
    )


@pytest.fixture(scope="session")
def values() -> NDArray[np.float32]:
    """Return a small volume."""
    return blobs(SHAPE)


@pytest.fixture
def source(tmp_path: Path, values: NDArray[np.float32]) -> Path:
    """Return the small volume as a .npy file in the test's folder."""
    path = tmp_path / "volume.npy"
    np.save(path, values)
    return path


@pytest.fixture(scope="session")
def _bounded(values: NDArray[np.float32]) -> bytes:
    return _compress(Volume.from_array(values, name="volume"), range_error=0.02)


@pytest.fixture
def packed(tmp_path: Path, _bounded: bytes) -> Path:
    """Return ``source`` compressed, with every voxel within 2 % of the range."""
    path = tmp_path / "volume.vcore"
    path.write_bytes(_bounded)
    return path


def _run_volume() -> Volume:
    """Return two variables of three frames, with all grid metadata."""
    shape = (3, 12, 10, 14)
    grid = Grid(
        shape[1:], spacing=SPACING, origin=ORIGIN, unit="micrometer", times=TIMES,
        time_unit="second",
    )  # fmt: skip
    return Volume(
        grid,
        (
            Variable("density", frames(shape), tuple("tzyx"), "kilogram"),
            Variable("heat", (frames(shape) * 900).astype("u2"), tuple("tzyx")),
        ),
    )


@pytest.fixture(scope="session")
def _run_bytes() -> bytes:
    return _compress(_run_volume(), range_error=0.05)


@pytest.fixture
def series(tmp_path: Path, _run_bytes: bytes) -> Path:
    """Return a compressed time series of two variables."""
    path = tmp_path / "run.vcore"
    path.write_bytes(_run_bytes)
    return path


@pytest.fixture(scope="session")
def _series_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("series") / "run.zarr"
    io.write(_run_volume(), path)
    return path


@pytest.fixture
def series_source(_series_folder: Path) -> Path:
    """Return the source of ``series``, a Zarr folder; read-only."""
    return _series_folder


def _compress(volume: Volume, **budget: float) -> bytes:
    return vcore.compress(
        volume,
        None,
        method="linear2",
        settings={"k": 4, "s": 3, "steps": 10},
        budget=vcore.Budget(**budget),
    ).data


@pytest.fixture
def nothing_new(tmp_path: Path) -> Any:
    """Return a function that asserts that the folder has not changed since its last call."""
    seen: dict[str, bytes] = {}
    started = False

    def look() -> None:
        nonlocal started
        now = {
            str(p.relative_to(tmp_path)): p.read_bytes() if p.is_file() else b""
            for p in tmp_path.rglob("*")
        }
        if started:
            assert now.keys() == seen.keys()
            assert now == seen
        started = True
        seen.clear()
        seen.update(now)

    return look
