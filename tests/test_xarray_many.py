"""Many compressed files as one xarray dataset, and workers of dask that decode them."""

import pickle
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest
import xarray as xr
import zarr
from distributed import Client, LocalCluster
from volumes import blobs

import vcore
from vcore import hierarchy

SHAPE = (8, 10, 12)
STEPS = 3


def values_of(step: int) -> np.ndarray:
    return np.rint(100 * blobs(SHAPE, seed=step)).astype("u1")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Return a folder of files of two frames each."""
    for step in range(STEPS):
        grid = vcore.Grid(
            SHAPE,
            spacing=(2.0, 1.0, 0.5),
            unit="meter",
            times=(2.0 * step, 2.0 * step + 1),
            time_unit="second",
        )
        values = np.stack([values_of(2 * step), values_of(2 * step + 1)])
        variable = vcore.Variable("rho", values, tuple("tzyx"), "kg")
        vcore.compress(vcore.Volume(grid, (variable,)), tmp_path / f"run{step}.vcore", max_error=0)
    return tmp_path


def refuse(*_: Any) -> None:
    raise AssertionError("Values are read that nobody asked for.")


def test_many_files_are_one_series(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(zarr.Array, "__getitem__", refuse)
        found = xr.open_mfdataset(str(runs / "run*.vcore"), engine="vcore", decode_timedelta=False)
    with found:
        assert found["rho"].shape == (2 * STEPS, *SHAPE)
        assert found["rho"].chunks is not None
        np.testing.assert_array_equal(found["t"], np.arange(2 * STEPS))
        assert found["t"].attrs["units"] == "second"
        assert found["rho"].attrs["units"] == "kg"
        for step in range(2 * STEPS):
            np.testing.assert_array_equal(found["rho"].sel(t=step), values_of(step))
        np.testing.assert_array_equal(found["z"], 2.0 * np.arange(SHAPE[0]))


def test_one_frame_reads_one_file(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, inner = [], zarr.Array.__getitem__

    def getitem(array: Any, key: Any) -> Any:
        read.append(array.store.dataset.identity[0])
        return inner(array, key)

    monkeypatch.setattr(zarr.Array, "__getitem__", getitem)
    with xr.open_mfdataset(str(runs / "run*.vcore"), engine="vcore") as found:
        found["rho"].isel(t=3).load()
    assert {Path(name).name for name in read} == {"run1.vcore"}


@pytest.mark.slow
def test_processes_decode_what_they_are_sent(runs: Path) -> None:
    with xr.open_dataset(runs / "run1.vcore", engine="vcore", chunks={"t": 1}) as found:
        again = pickle.loads(pickle.dumps(found))
        np.testing.assert_array_equal(again["rho"][1], values_of(3))
        with dask.config.set(scheduler="processes", num_workers=1):
            total = found["rho"].astype("i8").sum().compute()
    assert total == values_of(2).sum() + values_of(3).sum()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["files", "hierarchy"])
def test_workers_of_a_cluster_decode(runs: Path, tmp_path: Path, kind: str) -> None:
    if kind == "files":
        found = xr.open_mfdataset(str(runs / "run*.vcore"), engine="vcore", parallel=False)
        wanted = sum(int(values_of(s).sum()) for s in range(2 * STEPS))
    else:
        volume = vcore.Volume.from_array(values_of(0))
        hierarchy.compress(volume, tmp_path / "h.zarr", budget=vcore.Budget(max_error=0))
        found = xr.open_dataset(tmp_path / "h.zarr", engine="vcore", chunks={})
        wanted = int(values_of(0).sum())
    (variable,) = found.data_vars.values()
    with (
        LocalCluster(1, processes=True, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        assert variable.astype("i8").sum().compute() == wanted
