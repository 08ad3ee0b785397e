"""Sources without a z axis: one slice inside, their own axes outside."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import xarray as xr
import zarr
from numpy.typing import NDArray

import vcore
from vcore.evaluate.compare import compare_dataset
from vcore.io import read, write
from vcore.model.axes import flat_axes
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

MOVIE = np.random.default_rng(0).normal(size=(5, 37, 23)).astype("f4")
MOVIE[1, 3:7, 2] = np.nan


def maps() -> xr.Dataset:
    """Return maps in time with a fill value, beside a single one."""
    days = xr.Variable("time", np.arange(5.0), {"units": "days since 2000-01-01"})
    lat = xr.Variable("lat", np.linspace(60, 24, 37), {"units": "degrees_north"})
    lon = xr.Variable("lon", np.arange(23.0) * 2, {"units": "degrees_east"})
    return xr.Dataset(
        {
            "sst": (("time", "lat", "lon"), MOVIE, {"units": "K"}),
            "mask": (("lat", "lon"), MOVIE[0]),
        },
        {"time": days, "lat": lat, "lon": lon},
    )


def tiff(path: Path, axes: str, values: NDArray[Any]) -> Any:
    tifffile.imwrite(path / "a.ome.tif", values, metadata={"axes": axes})
    return path / "a.ome.tif"


def netcdf(path: Path) -> Any:
    maps().to_netcdf(path / "a.nc", encoding={"sst": {"_FillValue": -99.0}})
    return path / "a.nc"


SOURCES: dict[str, tuple[Callable[[Path], Any], str, NDArray[Any]]] = {
    "frames": (lambda path: tiff(path, "TYX", MOVIE), "tyx", MOVIE),
    "channels": (lambda path: tiff(path, "CYX", MOVIE), "cyx", MOVIE),
    "image": (lambda path: tiff(path, "YX", MOVIE[1]), "yx", MOVIE[1]),
    "both": (lambda path: tiff(path, "TCYX", MOVIE[:4].reshape(2, 2, 37, 23)), "tcyx",
             MOVIE[:4].reshape(2, 2, 37, 23)),
    "array": (lambda path: MOVIE[1], "yx", MOVIE[1]),
    "maps": (netcdf, "tyx", np.where(np.isnan(MOVIE), np.float32(-99), MOVIE)),
    "xarray": (lambda path: maps().sst, "tyx", MOVIE),
}  # fmt: skip


@pytest.fixture(params=SOURCES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, str, NDArray[Any]]:
    make, axes, values = SOURCES[request.param]
    (tmp_path / "in").mkdir()
    return make(tmp_path / "in"), axes, values


def test_readers_give_one_slice(case: tuple[Any, str, NDArray[Any]]) -> None:
    source, axes, values = case
    (variable,) = read(source).variables
    assert variable.flat
    assert "".join(variable.source_axes) == axes
    assert variable.source_shape == values.shape
    assert variable.axes[-3:] == ("z", "y", "x")
    np.testing.assert_array_equal(variable.read()[..., 0, :, :], values)


def test_a_file_shows_the_axes_of_its_source(
    case: tuple[Any, str, NDArray[Any]], tmp_path: Path
) -> None:
    source, axes, values = case
    path = tmp_path / "a.vcore"
    vcore.compress(source, path, max_error=0)
    ds = vcore.open(path)
    assert ds.shape == ds.array.shape == values.shape
    assert ds.info["variables"][0]["axes"] == axes
    assert ds.array.metadata.dimension_names == tuple(axes)
    for found in (ds[...], ds.array[...], np.asarray(ds), ds.levels[0][...]):
        np.testing.assert_array_equal(found, values)
    np.testing.assert_array_equal(ds[..., 3:30:2, -1], values[..., 3:30:2, -1])
    np.testing.assert_array_equal(ds.decode()[..., 0, :, :], values)
    (image,) = ds.group.attrs["ome"]["multiscales"]  # type: ignore[index, misc]
    assert [a["name"] for a in image["axes"]] == list(axes)  # type: ignore[call-overload, index]
    for step in image["datasets"][0]["coordinateTransformations"]:  # type: ignore[call-overload, index]
        assert len(step[step["type"]]) == len(axes)  # type: ignore[call-overload, index]
    assert compare_dataset(source, ds)["max_error"] == 0


@pytest.mark.parametrize("name", ["a.npy", "a.tif", "a.zarr", "a.nrrd"])
def test_exports_have_the_axes_of_the_source(
    case: tuple[Any, str, NDArray[Any]], name: str, tmp_path: Path
) -> None:
    source, axes, values = case
    ds = vcore.open(vcore.compress(source, None, max_error=0).data)
    write(ds.volume(), tmp_path / name)
    if name == "a.npy":
        np.testing.assert_array_equal(np.load(tmp_path / name), values)
        return
    if name == "a.tif":
        with tifffile.TiffFile(tmp_path / name) as file:
            assert file.series[0].axes.lower() == axes
        np.testing.assert_array_equal(tifffile.imread(tmp_path / name), values)
    if name == "a.zarr":
        array = zarr.open_array(tmp_path / name / "0")
        assert len(array.metadata.dimension_names) == len(axes)
        np.testing.assert_array_equal(array[...], values)
    (variable,) = read(tmp_path / name).variables
    assert "".join(variable.source_axes) == axes
    np.testing.assert_array_equal(variable.read()[..., 0, :, :], values)


def test_xarray_gives_maps_back() -> None:
    ds = vcore.open(vcore.compress(maps(), None, max_error=0).data)
    assert [a.name for a in ds.carried] == ["mask"]
    found = ds.to_xarray().load()
    xr.testing.assert_identical(found, xr.decode_cf(maps()))


def test_maps_beside_volumes_are_carried() -> None:
    volume = maps().sst.drop_vars("time").rename(time="lev").rename("T")
    found = read(
        maps()
        .drop_vars("time")
        .isel(time=slice(2))
        .assign(T=volume.drop_vars("lev", errors="ignore"))
    )
    assert [v.name for v in found.variables] == ["T"]
    assert {a.name for a in found.carried} == {"sst", "mask"}


def test_levels_and_chunks_of_a_large_image(tmp_path: Path) -> None:
    values = np.add.outer(np.arange(150.0), np.arange(301.0)).astype("f4")
    vcore.compress(values, tmp_path / "a.vcore", psnr=60)
    ds = vcore.open(tmp_path / "a.vcore")
    shapes = [level.shape for level in ds.levels]
    assert shapes[:2] == [(150, 301), (75, 151)]
    for k, level in enumerate(ds.levels):
        np.testing.assert_array_equal(level[...], ds.decode(level=k)[0])
    write(ds.volume(), tmp_path / "a.zarr")
    coarse = zarr.open_array(tmp_path / "a.zarr" / "1")
    assert coarse.shape == (75, 151)
    np.testing.assert_allclose(coarse[0, 0], ds[:2, :2].mean(), rtol=1e-6)


def test_fsspec_serves_flat_chunks(tmp_path: Path) -> None:
    vcore.compress(read(MOVIE, axes="tyx"), tmp_path / "a.vcore", max_error=0)
    array = zarr.open(f"vcore::file://{tmp_path}/a.vcore", mode="r")["0"]
    np.testing.assert_array_equal(array[...], MOVIE)  # type: ignore[index]


def test_axes_name_an_unlabelled_array() -> None:
    assert not read(MOVIE).variables[0].flat
    assert read(MOVIE, axes="cyx").variables[0].source_axes == ("c", "y", "x")
    (turned,) = read(MOVIE, axes="yxt").variables
    np.testing.assert_array_equal(turned.read()[:, 0], MOVIE.transpose(2, 0, 1))


def test_a_flat_variable_has_one_slice() -> None:
    with pytest.raises(vcore.InputError, match="z axis of length 1"):
        Variable("a", MOVIE, outer=flat_axes("zyx"))
    volume = Volume(Grid((1, 37, 23)), (Variable("a", MOVIE[:1], outer=flat_axes("zyx")),))
    assert vcore.open(vcore.compress(volume, None, psnr=40).data).shape == (37, 23)
