"""An open file behaves as users of zarr, h5py and xarray expect."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from volumes import blobs

import vcore
from vcore import hierarchy
from vcore.errors import InputError, MemoryLimitError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    grid = vcore.Grid((10, 12, 14), spacing=(2, 1, 1), times=(0.0, 1.5))
    values = np.stack([blobs((10, 12, 14)), -blobs((10, 12, 14))]).astype("f4")
    variables = (
        vcore.Variable("rho", values, tuple("tzyx"), "kg"),
        vcore.Variable("u", (values[0] > 0.5).astype("u1")),
    )
    vcore.compress(vcore.Volume(grid, variables), tmp_path / "run.vcore", max_error=0)
    return tmp_path / "run.vcore"


def test_it_is_an_array(path: Path) -> None:
    with vcore.open(path) as dataset:
        assert (dataset.dtype, dataset.ndim, len(dataset)) == (np.float32, 4, 2)
        assert dataset.times == (0.0, 1.5)
        np.testing.assert_array_equal(np.asarray(dataset), dataset.decode())
        assert np.asarray(dataset, "f8").dtype == np.float64
    np.testing.assert_array_equal(dataset[0], dataset.decode()[0])  # nothing was closed permanently


def test_a_variable_by_its_name(path: Path) -> None:
    dataset = vcore.open(path)
    assert dataset["u"].shape == (10, 12, 14)
    np.testing.assert_array_equal(dataset["u"][2:4], dataset.decode(variable="u")[2:4])
    with pytest.raises(InputError, match="one of the variables rho, u"):
        _ = dataset["nothing"]


def test_its_repr_is_one_screen(path: Path) -> None:
    lines = repr(vcore.open(path)).splitlines()
    assert lines[0].startswith("<vcore.Dataset")
    assert lines[1].startswith("  rho: float32 2 x 10 x 12 x 14 (t z y x), ")
    assert " kg, bounded, 1 level" in lines[1]
    assert len(lines) == 3


def test_what_does_not_fit_names_the_levels(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCORE_MEMORY_LIMIT", "20000")
    with pytest.raises(MemoryLimitError, match=r"ds\.levels"):
        np.asarray(vcore.open(path))


def test_to_xarray(path: Path) -> None:
    found = vcore.open(path).to_xarray()
    xr.testing.assert_identical(found.load(), xr.open_dataset(path).load())


def test_an_open_file_is_compressed_again(path: Path, tmp_path: Path) -> None:
    vcore.compress(vcore.open(path), tmp_path / "again.vcore", max_error=0)
    again = vcore.open(tmp_path / "again.vcore")
    assert again.grid == vcore.open(path).grid
    np.testing.assert_array_equal(again.decode(), vcore.open(path).decode())


def test_hierarchies_too(tmp_path: Path) -> None:
    volume = vcore.Volume.from_array(blobs((10, 12, 14)).astype("f4"))
    hierarchy.compress(volume, tmp_path / "h.zarr", budget=vcore.Budget(max_error=0))
    dataset = vcore.open(tmp_path / "h.zarr")
    assert (dataset.ndim, len(dataset), dataset.dtype) == (3, 10, np.float32)
    np.testing.assert_array_equal(np.asarray(dataset), dataset.decode())
    assert "float32 10 x 12 x 14" in repr(dataset)
