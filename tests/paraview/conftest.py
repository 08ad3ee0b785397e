"""A real pvpython, started with the environment made by `vcore paraview`.

Without ParaView the tests are skipped; with ``VCORE_REQUIRE_VIEWERS=1`` they fail instead.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from real_paraview import GOLDEN, PROLOGUE, Answer, compressed_file, missing
from volumes import frames

from vcore.errors import InputError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.paraview.find import ParaView, find
from vcore.paraview.launch import check_python, environment


@pytest.fixture(scope="session")
def program() -> ParaView:
    """Return the ParaView of this machine."""
    try:
        found = find()
        check_python(found)
    except InputError as error:
        missing(f"ParaView for this Python ({error})")
    return found


@pytest.fixture(scope="session")
def variables(program: ParaView, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the launcher's environment, with folders of this session."""
    made = environment(tmp_path_factory.mktemp("paraview"))
    home = str(tmp_path_factory.mktemp("home"))  # no settings of the user who runs the tests
    return {**os.environ, **made, "HOME": home, "QT_QPA_PLATFORM": "offscreen"}


Run = Callable[..., Answer]


@pytest.fixture
def pvpython(program: ParaView, variables: dict[str, str], tmp_path: Path) -> Run:
    """Return a function that runs a script and returns its variable ``found``."""

    def run(script: str, *arguments: Any, launch: tuple[str, ...] = (), **more: str) -> Answer:
        path = tmp_path / "script.py"
        body = textwrap.dedent(script)
        path.write_text(f"{PROLOGUE}\n{body}\nprint('\\nFOUND' + json.dumps(found))\n")
        done = subprocess.run(
            [*(launch or (str(program.python),)), str(path), *map(str, arguments)],
            env={**variables, **more},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=240,
            check=False,
            cwd=tmp_path,
        )
        output = done.stdout + done.stderr
        answers = [line for line in done.stdout.splitlines() if line.startswith("FOUND")]
        assert done.returncode == 0, f"code {done.returncode}: {output}"
        assert answers, output
        return Answer(json.loads(answers[0].removeprefix("FOUND")), output)

    return run


@pytest.fixture
def mpi_command(program: ParaView) -> Callable[..., tuple[str, ...]]:
    """Return a function that gives the command to start a number of pvbatch processes."""
    starter = shutil.which("mpiexec")
    if starter is None or not program.python.with_name("pvbatch").exists():
        missing("mpiexec with pvbatch")
    version = subprocess.run([str(starter), "--version"], capture_output=True, text=True).stdout
    more = ["--allow-run-as-root", "--oversubscribe"] if "Open" in version else []
    folder = program.python.parent

    def command(ranks: int, symmetric: bool = False, program: str = "pvbatch") -> tuple[str, ...]:
        last = ["--sym"] * symmetric
        return (str(starter), *more, "-n", str(ranks), str(folder / program), *last)

    return command


@pytest.fixture
def pvserver(program: ParaView, variables: dict[str, str]) -> Iterator[Callable[..., int]]:
    """Return a function that starts pvserver, by a command if given, and returns the port."""
    server = program.python.with_name("pvserver")
    if not server.exists():
        missing("pvserver")
    started: list[subprocess.Popen[str]] = []

    def start(*launch: str) -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        process = subprocess.Popen(
            [
                *(launch or (str(server),)),
                *(f"--server-port={port}", "--force-offscreen-rendering"),
            ],
            env={k: v for k, v in variables.items() if k != "DISPLAY"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if "Accepting connection" in line:
                break
        os.set_blocking(process.stdout.fileno(), False)
        return port

    yield start
    for process in started:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the session's files."""
    return tmp_path_factory.mktemp("vcore")


@pytest.fixture(scope="session")
def big(folder: Path, program: ParaView) -> Path:
    """Return a file of 70 x 100 x 130 (z y x) voxels and three levels, with world coordinates."""
    grid = Grid((70, 100, 130), (2.0, 0.5, 0.25), (10.0, 20.0, 30.0), unit="micrometer")
    z, y, x = np.ogrid[:70, :100, :130]
    spots = [(20, 30, 40), (50, 70, 100), (35, 50, 65)]
    values = sum(
        (k + 1) * np.exp(-((z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2) / 300)
        for k, (a, b, c) in enumerate(spots)
    )
    volume = Volume(grid, (Variable("density", np.float32(values), unit="kg/m3"),))
    return compressed_file(folder / "big.vcore", volume)


@pytest.fixture(scope="session")
def series(folder: Path, program: ParaView) -> Path:
    """Return a file of three frames of a two-component vector at uneven times."""
    values = np.stack([frames((3, 9, 11, 10)), -frames((3, 9, 11, 10))], axis=1)
    grid = Grid((9, 11, 10), times=(0.0, 0.5, 2.0), time_unit="second")
    volume = Volume(grid, (Variable("v", values, tuple("tczyx"), "m/s", ("u", "w")),))
    return compressed_file(folder / "series.vcore", volume, 2500)


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that copies a golden file into the test's folder."""
    return lambda name: Path(shutil.copy(GOLDEN / name, tmp_path / name))
