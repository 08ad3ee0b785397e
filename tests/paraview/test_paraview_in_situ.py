"""The script that compresses steps while a simulation writes them."""

import os
import re
import subprocess
import time

import numpy as np
import pytest
from volumes import blobs

import vcore
from vcore import io
from vcore.model.budget import BOUND_FIELDS, DETECTOR_FIELDS, RATE_FIELDS
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.paraview.folder import plugin_folder

pytestmark = pytest.mark.slow

SCRIPT = plugin_folder() / "examples" / "in_situ.py"
EXACT = ("--max-error", "0")


def values_of(number):
    """Return integer values of a step."""
    return np.rint(blobs((8, 9, 10), seed=number) * 1000).astype("f4")


def write_steps(folder, numbers):
    """Write steps like a simulation, with unpadded numbers; return the paths."""
    paths = []
    for number in numbers:
        grid = Grid((8, 9, 10), times=(number / 4,))
        volume = Volume(grid, (Variable("rho", values_of(number)[None], tuple("tzyx")),))
        io.write(volume, folder / f"s{number}.vti")
        path = folder / f"step_{number}.vti"
        (folder / f"s{number}_0000.vti").rename(path)
        (folder / f"s{number}.pvd").unlink()
        paths.append(path)
    return paths


@pytest.fixture
def in_situ(program, variables, tmp_path):
    """Return a function that runs the script on the folder's steps; it returns the output."""

    def run(*arguments, code=0, launch=()):
        done = subprocess.run(
            [
                *(launch or (program.python.with_name("pvbatch"),)),
                *(SCRIPT, "step_*.vti", "out/run_", *(arguments or EXACT)),
            ],
            env={**variables, "VCORE_PYTHON": ""},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return [line for line in done.stdout.splitlines() if "step_" in line]

    return run


def age(paths, seconds=60):
    for path in paths:
        os.utime(path, (time.time() - seconds,) * 2)


def written(tmp_path):
    return {p.name: p for p in (tmp_path / "out").glob("*.vcore")}


def test_a_step_keeps_its_name_whatever_else_is_there(in_situ, pvpython, tmp_path):
    """Deleting or adding steps does not affect the files of other steps."""
    age(write_steps(tmp_path, (2, 10)))
    lines = in_situ()
    first = written(tmp_path)
    assert [line.partition(":")[0] for line in lines] == [
        f"step_{n}.vti -> out/run_step_{n}.vcore" for n in (2, 10)
    ]
    assert f"{first['run_step_2.vcore'].stat().st_size} bytes" in lines[0]
    changed = {n: p.stat().st_mtime_ns for n, p in first.items()}
    (tmp_path / "step_2.vti").unlink()
    (tmp_path / "step_12.vti").write_text("<VTKFile broken")
    age([*write_steps(tmp_path, (1, 11)), tmp_path / "step_12.vti"])
    os.utime(tmp_path / "step_11.vti", (time.time() + 3600,) * 2)  # still being written
    lines = in_situ(code=1)
    assert [line.split()[0] for line in lines] == [f"step_{n}.vti" for n in (1, 10, 12, 11)]
    assert lines[0].startswith("step_1.vti -> out/run_step_1.vcore: ")
    assert lines[1] == "step_10.vti left out: out/run_step_10.vcore is there already"
    assert lines[2].startswith("step_12.vti left out: ParaView cannot read it")
    assert lines[3] == "step_11.vti left out: it changed just now, and may not be whole"
    every = written(tmp_path)
    assert sorted(every) == ["run_step_1.vcore", "run_step_10.vcore", "run_step_2.vcore"]
    assert {n: every[n].stat().st_mtime_ns for n in changed} == changed
    for number in (1, 2, 10):
        dataset = vcore.open(every[f"run_step_{number}.vcore"])
        assert np.array_equal(dataset.decode()[0], values_of(number))
        assert dataset.grid.times == (number / 4,)
    script = "found = list(OpenDataFile(arguments).TimestepValues)"
    assert pvpython(script, *(every[f"run_step_{n}.vcore"] for n in (1, 2, 10))).found == [
        0.25,
        0.5,
        2.5,
    ]


def test_a_step_that_changed_since_is_told(in_situ, tmp_path):
    steps = write_steps(tmp_path, (3,))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run_step_3.vcore").write_bytes(b"an old one")
    age([tmp_path / "out" / "run_step_3.vcore"], 600)
    age(steps)
    (line,) = in_situ(code=1)
    assert line == (
        "step_3.vti left out: out/run_step_3.vcore is there already, older than the step: remove "
        "it to compress this one"
    )


def test_ranks_write_the_steps_values(in_situ, mpi_command, tmp_path):
    age(write_steps(tmp_path, (9, 10)))
    lines = in_situ(launch=mpi_command(3))
    assert [line.split()[0] for line in lines] == ["step_9.vti", "step_10.vti"]
    for number in (9, 10):
        dataset = vcore.open(tmp_path / "out" / f"run_step_{number}.vcore")
        assert np.array_equal(dataset.decode()[0], values_of(number))


def test_every_budget_of_the_command_line_is_there(in_situ, tmp_path):
    text = SCRIPT.read_text()
    assert re.search(r'^    "preview": "', text, re.M)
    for name in {*RATE_FIELDS, *BOUND_FIELDS} - {"quality"}:
        assert re.search(rf'^    "{name}": \(', text, re.M), name
    assert f"DETECTOR = {DETECTOR_FIELDS}".replace("'", '"') in text
    age(write_steps(tmp_path, (1,)))
    (line,) = in_situ(
        "--noise-sigma", "0.5", "--gain", "2", "--dark-offset", "0", "--read-noise", "4"
    )
    noise = vcore.open(tmp_path / "out" / "run_step_1.vcore").decoder().header.noise
    assert "-> out/run_step_1.vcore" in line
    assert (noise["gain"], noise["offset"], noise["read_noise"]) == (2, 0, 4)
    assert noise["sigmas"] == 0.5
