"""The commands that take a compressed volume, on a file and on a hierarchy of the same one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from volumes import frames

import vcore
from vcore import hierarchy

SHAPE = (12, 16, 20)
GRID = vcore.Grid(SHAPE, spacing=(2.0, 1.0, 0.5), times=(0.0, 1.5), time_unit="second")
VALUES = np.rint(200 * frames((2, *SHAPE))).astype("u1")
LIMIT = 2


@pytest.fixture
def original(tmp_path: Path) -> Path:
    volume = vcore.Volume(GRID, (vcore.Variable("rho", VALUES, tuple("tzyx")),))
    vcore.write(volume, tmp_path / "plain.zarr")
    return tmp_path / "plain.zarr"


@pytest.fixture(params=["run.vcore", "run.zarr"])
def compressed(request: pytest.FixtureRequest, original: Path) -> Path:
    path = original.with_name(request.param)
    budget = vcore.Budget(max_error=LIMIT)
    if path.suffix == ".zarr":
        hierarchy.compress(original, path, budget=budget)
    else:
        vcore.compress(vcore.read(original), path, budget=budget)
    return path


def test_info(run: Callable, compressed: Path) -> None:
    (variable,) = run("info", compressed, "--json").json["variables"]
    assert variable["shape"] == [2, *SHAPE]
    assert variable["guarantee"]["max_error"] == LIMIT
    told = run("info", compressed)
    told.assert_done()
    assert told.out.split()[-1] == str(LIMIT)


def test_verify(run: Callable, compressed: Path, original: Path) -> None:
    for arguments in ((), ("--frame", 1)):
        whole = run("verify", original, compressed, *arguments)
        whole.assert_done()
        assert "all match" in whole.out
        assert "another original" not in whole.out


def test_a_frame_of_another_original_is_a_broken_promise(
    run: Callable, compressed: Path, tmp_path: Path
) -> None:
    other = vcore.Variable("rho", VALUES[::-1].copy(), tuple("tzyx"))
    vcore.write(vcore.Volume(GRID, (other,)), tmp_path / "other.zarr")
    result = run("verify", tmp_path / "other.zarr", compressed, "--frame", 0)
    assert result.code == 1
    which = "the given original" if compressed.suffix == ".zarr" else "another original"
    assert which in result.err


def test_compare(run: Callable, compressed: Path, original: Path) -> None:
    figures = run("compare", original, compressed, "--json").json
    assert 0 < figures["max_error"] <= LIMIT
    assert figures["psnr"] > 40


def test_report(run: Callable, compressed: Path, original: Path, tmp_path: Path) -> None:
    run("report", original, compressed, "-o", tmp_path / "a.html").assert_done()
    figures = run("report", original, compressed, "--json").json["variables"][0]["figures"]
    assert f"{compressed.name}: what was lost" in (tmp_path / "a.html").read_text()
    assert 0 < figures["max_error"] <= LIMIT


def test_view(run: Callable, compressed: Path, tmp_path: Path) -> None:
    run("view", compressed, "-o", tmp_path / "a.png", "--time", 1.5).assert_done()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_decompress(run: Callable, compressed: Path, tmp_path: Path) -> None:
    run("decompress", compressed, tmp_path / "a.nrrd", "--frame", 1).assert_done()
    found = vcore.read(tmp_path / "a.nrrd").variables[0].read()
    assert np.abs(found.astype("f8") - VALUES[1]).max() <= LIMIT
    run("decompress", compressed, tmp_path / "a.zarr").assert_done()
    found = vcore.read(tmp_path / "a.zarr").variables[0].read()
    assert np.abs(found.astype("f8") - VALUES).max() <= LIMIT


def test_any_spacing(run: Callable, compressed: Path, tmp_path: Path) -> None:
    run("decompress", compressed, tmp_path / "a.nrrd", "--spacing", "2,0.5,0.5").assert_done()
    found = vcore.read(tmp_path / "a.nrrd")
    assert found.grid.spacing == (2.0, 0.5, 0.5)
    values = found.variables[0].read().astype("f8")
    between = (VALUES[:, :, :-1].astype("f8") * 3 + VALUES[:, :, 1:]) / 4
    assert np.abs(values[:, :, 1:-1:2] - between).max() <= LIMIT + 0.5
