"""The benchmark of volumes larger than memory: its steps and measurements."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import zarr
from typer.testing import CliRunner
from volumes import blobs, in_dtype

from benchmarks import scale_big
from benchmarks.__main__ import app

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path, monkeypatch):
    def small(path, side, chunk):
        array = zarr.create_array(path, shape=(side,) * 3, chunks=(chunk,) * 3, dtype="u1")
        array[...] = in_dtype(blobs((side,) * 3), "u1", 0, 255)

    monkeypatch.setenv("VCORE_THREADS", "1")  # set by the steps: restored afterwards
    monkeypatch.setattr(scale_big, "make", small)
    monkeypatch.setattr(scale_big, "PIECES", {"one": 2, "two": 1})
    return scale_big.Run(tmp_path, 32, 16)


def test_all_steps_give_figures(run):
    steps = ["source", "one 1/2", "one 2/2", "two 1/1", "killed", "resumed", "audit"]
    assert run.left() == steps
    for name in steps:
        run.do(name)
    assert scale_big.Run(run.place, 32, 16).left() == []
    figures = run.figures()
    assert figures["two_same_bytes"] is figures["killed_same_bytes"] is True
    assert figures["breaks"] == []
    assert figures["psnr"] >= 45
    assert figures["seam_ratio"] == figures["seam_jump"] / figures["jump_elsewhere"] > 0
    assert figures["seconds_one"] == sum(run.results[f"one {i}/2"]["seconds"] for i in (1, 2))
    assert figures["speedup"] == figures["seconds_one"] / figures["seconds_two"]
    assert figures["peak_mb_one"] > 50
    path = next(Path(run.place, "killed.zarr", "c").rglob("1"))
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert run.figures()["killed_same_bytes"] is False


def test_a_piece_that_was_stopped_is_timed_anew(run, monkeypatch):
    run.do("source")
    run.do("one 1/2")

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(scale_big, "timed", stopped)
        with pytest.raises(KeyboardInterrupt):
            run.do("one 2/2")
    again = scale_big.Run(run.place, 32, 16)
    again.do(again.left()[0])
    assert again.left()[0] == "one 2/2"
    assert not (run.place / "one.zarr" / "vcore-records.jsonl").exists()
    again.do("one 2/2")
    assert "one 1/2" in again.results
    assert (run.place / "one.zarr" / "vcore-records.jsonl").exists()


def test_the_command_goes_on_step_by_step(tmp_path, monkeypatch):
    done = []

    def do(run, name):
        done.append(name)
        run.results.add(name, 1)

    monkeypatch.setattr(scale_big.Run, "do", do)
    for _ in range(2):
        found = CliRunner().invoke(
            app, ["scale-big", "--quick", "--steps", "2", "--work", str(tmp_path)]
        )
        assert found.exit_code == 0, found.output
    assert done == ["source", "one 1/4", "one 2/4", "one 3/4"]
    assert "still to do: one 4/4, two 1/2" in found.output
    arguments = ["scale-big", "--quick", "--fresh", "--steps", "1", "--work", str(tmp_path)]
    CliRunner().invoke(app, arguments)
    assert done[4:] == ["source"]


def test_the_cube_is_mirrored_from_tile_to_tile(tmp_path, monkeypatch):
    tile = np.random.default_rng(1).integers(0, 255, (16, 16, 16)).astype("u1")
    np.save(tmp_path / "tile.npy", tile)
    monkeypatch.setattr(scale_big, "folder", lambda: tmp_path)
    monkeypatch.setattr(scale_big, "BONSAI", "tile.npy")
    path = str(tmp_path / "cube.zarr")
    scale_big.make(path, 32, 8)
    cube = zarr.open_array(path, mode="r")[...]
    assert cube.shape == (32, 32, 32)
    assert np.array_equal(cube, cube[::-1, ::-1, ::-1])
    assert np.array_equal(cube[:16, :16, 16:], tile[..., ::-1])
