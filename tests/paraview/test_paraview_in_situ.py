"""The script that compresses steps as a simulation writes them."""

import os
import subprocess
import time

import numpy as np
import pytest
from volumes import blobs

import vcore
from vcore import io
from vcore.grid import Grid
from vcore.paraview.folder import plugin_folder
from vcore.volume import Variable, Volume

SCRIPT = plugin_folder() / "examples" / "in_situ.py"
QUICK = ("--method", "gaussian", "--settings", "steps=20", "--bpv", "16")


def write_steps(folder, numbers):
    """Write steps as a simulation does; return the paths."""
    paths = []
    for number in numbers:
        grid = Grid((8, 9, 10), times=(number / 4,))
        values = blobs(grid.shape, seed=number)[None]
        io.write(Volume(grid, (Variable("rho", values, tuple("tzyx")),)), folder / f"s{number}.vti")
        path = folder / f"step_{number:03d}.vti"
        (folder / f"s{number}_0000.vti").rename(path)
        (folder / f"s{number}.pvd").unlink()
        paths.append(path)
    return paths


@pytest.fixture
def in_situ(program, variables, tmp_path):
    """Return a function that runs the script over the folder's steps."""

    def run(*arguments):
        done = subprocess.run(
            [
                *(program.python.with_name("pvbatch"), SCRIPT, "step_*.vti", "out/run_"),
                *(*QUICK, *arguments),
            ],
            env=variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return sorted((tmp_path / "out").glob("*.vcz"))

    return run


def age(paths):
    for path in paths:
        os.utime(path, (time.time() - 60,) * 2)


def test_steps_are_appended_and_nothing_is_rewritten(in_situ, pvpython, tmp_path):
    age(write_steps(tmp_path, range(2)))
    first = in_situ()
    assert [p.name for p in first] == ["run_000000.vcz", "run_000001.vcz"]
    times = [p.stat().st_mtime_ns for p in first]
    age(write_steps(tmp_path, [2]))
    every = in_situ()
    assert [p.name for p in every] == [*(p.name for p in first), "run_000002.vcz"]
    assert [p.stat().st_mtime_ns for p in first] == times
    script = """
        reader = OpenDataFile(arguments)
        found = [list(reader.TimestepValues)]
        for time in found[0]:
            reader.UpdatePipeline(time)
            found.append(float(values(reader, "rho").mean()))
    """
    seen, *means = pvpython(script, *every).found
    assert seen == pytest.approx([0, 0.25, 0.5])
    assert means == pytest.approx([blobs((8, 9, 10), seed=s).mean() for s in range(3)], rel=0.2)


def test_a_step_that_is_still_being_written_waits(in_situ, tmp_path):
    (old,) = write_steps(tmp_path, [0])
    age([old])
    (young,) = write_steps(tmp_path, [1])
    os.utime(young, (time.time() + 3600,) * 2)
    assert [p.name for p in in_situ()] == ["run_000000.vcz"]
    assert np.ptp(vcore.open(tmp_path / "out" / "run_000000.vcz").decode()) > 0
