"""The benchmark of grid networks: rows at equal size, resumed, in tables."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner
from volumes import blobs

from benchmarks import grids
from benchmarks.__main__ import app

pytest.importorskip("imagecodecs")
pytest.importorskip("matplotlib")
VALUES = blobs((24, 28, 30))
CASE = grids.Case("blob", 0.5, lambda: VALUES)


def run(output: Path, *options: str) -> str:
    done = CliRunner().invoke(app, ["grids", "--output", str(output), *options])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def one_case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(grids, "CASES", (CASE,))
    monkeypatch.setattr(grids, "MEASURED", tmp_path / "measured.json")


@pytest.mark.usefixtures("one_case")
def test_rows_are_stored_once_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = {"none": ("no such method", {}), "gaussian": ("gaussian", {"steps": 10})}
    monkeypatch.setattr(grids, "FITTED", fitted)
    monkeypatch.delenv("TTHRESH", raising=False)
    options = ("--ratio", "40", "--minutes", "1", "--minutes", "2")
    printed = run(tmp_path, *options)
    assert "none: skipped" in printed
    assert "tthresh: skipped" in printed
    rows = json.loads((tmp_path / "grids.json").read_text())
    timed = {"blob 40 gaussian 1", "blob 40 gaussian 2"}
    assert set(rows) == timed | {"blob 40 wavelet", "blob 40 sz3", "blob 40 sperr"}
    for row in rows.values():
        assert 0 < row["bytes"] <= VALUES.nbytes / 40
        assert row["voxels"] == VALUES.size
        assert 10 < row["psnr"] < 100
        assert 0 < row["ssim"] <= 1
    assert (tmp_path / "grids.png").stat().st_size > 1000
    monkeypatch.setattr(grids, "UNTIMED", ("wavelet", "sz3", "sperr"))
    monkeypatch.setattr(grids, "coded", lambda *_: pytest.fail("measured again"))
    again = run(tmp_path, *options)
    table = [line for line in again.splitlines() if line.startswith("| blob | 40 |")]
    assert len(table) == 2 + 5  # a row a time limit; a row a file
    psnr = rows["blob 40 wavelet"]["psnr"]
    assert sum(f"{psnr:.1f}" in line for line in table[:2]) == 2
    assert f"| {rows['blob 40 sz3']['bytes']:,} |" in "\n".join(table[2:])


@pytest.mark.usefixtures("one_case")
def test_sizes_that_cannot_be_reached_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = run(tmp_path, "--ratio", "1e4", "--method", "sz3", "--keep")
    assert "at least" in printed
    monkeypatch.setattr(grids, "coded", lambda *_: pytest.fail("measured again"))
    assert "at least" in run(tmp_path / "elsewhere", "--ratio", "1e4", "--method", "sz3")
    assert "psnr" not in json.loads((tmp_path / "grids.json").read_text())["blob 10000 sz3"]


@pytest.mark.usefixtures("one_case")
def test_coded_grids_stand_beside_float16_ones(tmp_path: Path) -> None:
    options = ("--float16", "--ratio", "40", "--minutes", "0.004", "--method", "mht")
    run(tmp_path, *options)
    printed = run(tmp_path, *options)
    rows = json.loads((tmp_path / "grids.json").read_text())
    assert set(rows) == {"float16 blob 40 mht 0.004"}
    (row,) = rows.values()
    assert row["bytes"] <= VALUES.nbytes / 40
    for factor, plain in zip((2.5, 5), row["float16"], strict=True):
        assert 0.5 * factor * row["bytes"] < plain["bytes"] <= 1.1 * factor * row["bytes"]
        assert 5 < plain["psnr"] < 80
    assert f"| blob | 40 | mht | 0.004 | {row['bytes']:,} |" in printed


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["grids", "--output", str(tmp_path), "--volume", "moon"])
    assert done.exit_code == 1
    assert "tooth" in str(done.exception)


def test_the_volumes_are_frames_as_stored() -> None:
    names = [case.name for case in grids.CASES]
    assert names == ["tooth", "chris_t1", "bonsai", "fingers", "tornado", "tornado_128_t48"]
    assert [case.name for case in grids.CASES if case.large] == ["tornado_128_t48"]
    small = grids.tornado(16, 2, 1)
    assert small.shape == (2, 16, 16, 16)
    assert np.isfinite(small).all()
