"""Sources of other axes than t c z y x: these inside, their own outside."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
import xarray as xr
import zarr
from numpy.typing import NDArray

import vcore
from vcore.evaluate.compare import compare_dataset
from vcore.io import read, write
from vcore.model.axes import AxisMap, SourceAxis, axis_map, source_axes_fit
from vcore.model.volume import Variable

RNG = np.random.default_rng(0)
SIX = RNG.normal(size=(3, 5, 2, 3, 7, 9)).astype("f4")


def ensemble() -> xr.Dataset:
    """Return forecasts of several models and members over time and height."""
    dims = ("model", "member", "time", "lev", "lat", "lon")
    coordinates = {
        "model": ["a", "b", "c"],
        "member": ("member", np.arange(5) * 10, {"long_name": "run"}),
        "time": ("time", np.arange(2.0), {"units": "days since 2000-01-01"}),
        "lev": ("lev", [1000.0, 850.0, 500.0], {"units": "hPa", "positive": "down"}),
        "lat": ("lat", np.linspace(60, 24, 7), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(9.0) * 2, {"units": "degrees_east"}),
    }
    return xr.Dataset({"T": (dims, SIX, {"units": "K"})}, coordinates)


def scans() -> xr.DataArray:
    """Return images over angle, wavelength and polarisation, slow axes last."""
    coordinates = {"angle": [0.0, 90.0, 180.0], "polarisation": ["s", "p"]}
    dims = ("y", "x", "angle", "wavelength", "polarisation", "run")
    return xr.DataArray(SIX.transpose(4, 5, 0, 3, 2, 1), coordinates, dims, name="scan")


def netcdf(path: Path) -> Any:
    ensemble().to_netcdf(path / "a.nc")
    return path / "a.nc"


def hdf5(path: Path) -> Any:
    with h5py.File(path / "a.h5", "w") as file:
        data = file.create_dataset("T", data=SIX)
        for i, name in enumerate(("angle", "pose", "t", "z", "y", "x")):
            data.dims[i].label = name
    return path / "a.h5"


def zarr_array(path: Path) -> Any:
    names = ("angle", "pose", "t", "z", "y", "x")
    array = zarr.create_array(path / "a.zarr", shape=SIX.shape, dtype="f4", dimension_names=names)
    array[...] = SIX
    return path / "a.zarr"


def imagej(path: Path) -> Any:
    values = SIX[..., :4].transpose(2, 3, 1, 4, 5, 0)
    values = np.ascontiguousarray(np.rint(values * 40 + 128).astype("u1"))
    tifffile.imwrite(path / "a.tif", values, imagej=True, metadata={"axes": "TZCYXS"})
    return path / "a.tif"


def npy(path: Path) -> Any:
    np.save(path / "a.npy", SIX)
    return read(path / "a.npy", axes="model,member,t,z,y,x")


HELD = ["model", "member", "t", "z", "y", "x"]
SOURCES: dict[str, tuple[Callable[[Path], Any], list[str], Callable[[Path], NDArray[Any]]]] = {
    "netcdf": (netcdf, HELD, lambda path: SIX),
    "xarray": (lambda path: ensemble(), HELD, lambda path: SIX),
    "scans": (
        lambda path: scans(),
        ["y", "x", "angle", "wavelength", "polarisation", "run"],
        lambda path: scans().values,
    ),
    "hdf5": (hdf5, ["angle", "pose", *"tzyx"], lambda path: SIX),
    "zarr": (zarr_array, ["angle", "pose", *"tzyx"], lambda path: SIX),
    "imagej": (imagej, [*"tzcyxs"], lambda path: tifffile.imread(path / "a.tif")),
    "npy": (npy, HELD, lambda path: SIX),
    "array": (lambda path: read(SIX[0], axes="a,b,c,y,x"), [*"abcyx"], lambda path: SIX[0]),
}


@pytest.fixture(params=SOURCES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, list[str], NDArray[Any]]:
    make, axes, values = SOURCES[request.param]
    (tmp_path / "in").mkdir()
    source = make(tmp_path / "in")
    return source, axes, values(tmp_path / "in")


def some_index(shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Return a random index: integers, and slices of any step."""
    found: list[Any] = []
    for n in shape:
        start, stop = sorted(RNG.integers(0, n + 1, 2))
        step = int(RNG.choice([1, 2, -1]))
        box = slice(start, stop, step) if step > 0 else slice(None, None, -1)
        found.append(int(RNG.integers(n)) if RNG.random() < 0.3 else box)
    return tuple(found)


def test_a_file_shows_the_axes_of_its_source(
    case: tuple[Any, list[str], NDArray[Any]], tmp_path: Path
) -> None:
    source, axes, values = case
    path = tmp_path / "a.vcore"
    vcore.compress(source, path, max_error=0)
    ds = vcore.open(path)
    header = ds.decoder().header
    assert "".join(header.axes) in ("zyx", "tzyx", "czyx", "tczyx")
    assert len(header.source_axes) == len(axes)
    assert ds.array.metadata.dimension_names == header.source_axes
    assert ds.shape == ds.array.shape == values.shape
    for found in (ds[...], ds.array[...], np.asarray(ds), ds.levels[0][...]):
        np.testing.assert_array_equal(found, values)
    for _ in range(30):
        index = some_index(values.shape)
        np.testing.assert_array_equal(ds[index], values[index])
    np.testing.assert_array_equal(
        ds.to_xarray()[header.name].transpose(*ds.to_xarray()[header.name].dims).values, values
    )
    assert compare_dataset(source, ds)["max_error"] == 0


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.nc", "a.h5", "a.zarr", "a.tif", "a.nrrd"])
def test_exports_have_every_value_at_its_place(
    case: tuple[Any, list[str], NDArray[Any]], name: str, tmp_path: Path
) -> None:
    source, _, values = case
    ds = vcore.open(vcore.compress(source, None, max_error=0).data)
    write(ds.volume(), tmp_path / name)
    variable = ds.volume().variables[0]
    if name == "a.npy":
        np.testing.assert_array_equal(np.load(tmp_path / name), values)
    elif name == "a.npz":
        np.testing.assert_array_equal(np.load(tmp_path / name)[variable.name], values)
    elif name in ("a.nc", "a.h5"):
        with h5py.File(tmp_path / name) as file:
            np.testing.assert_array_equal(file[variable.name][...], values)
    else:
        (again,) = read(tmp_path / name).variables
        assert again.source_axes == variable.source_axes
        np.testing.assert_array_equal(again.axis_map.outward(again.read()), values)


def test_xarray_gives_an_ensemble_back() -> None:
    ds = vcore.open(vcore.compress(ensemble(), None, max_error=0).data)
    xr.testing.assert_identical(ds.to_xarray().load(), xr.decode_cf(ensemble()))
    assert ds.grid.times == (0.0, 1.0)


def test_xarray_keeps_the_order_of_dimensions() -> None:
    given = ensemble().isel(model=0, member=0, drop=True).transpose("lat", "lon", "time", "lev")
    ds = vcore.open(vcore.compress(given, None, max_error=0).data)
    xr.testing.assert_identical(ds.to_xarray().load(), xr.decode_cf(given))
    assert ds.array.metadata.dimension_names == ("y", "x", "t", "z")
    found = vcore.open(vcore.compress(scans(), None, max_error=0).data).to_xarray().load()
    xr.testing.assert_identical(found.scan, scans())


def test_axes_that_others_take_for_time_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    colours = np.zeros((2, 3, 4, 5, 3), "u1")
    volume = read(colours, axes="czyxs")
    for suffix in (".ome.tif", ".nii", ".nrrd", ".npy"):
        caplog.clear()
        write(volume, tmp_path / f"a{suffix}")
        assert ("no axis for s of" in caplog.text) == (suffix != ".npy")
    caplog.clear()
    write(read(colours[..., 0], axes="tzyx"), tmp_path / "b.nii")
    assert not caplog.text


def test_levels_halve_space_alone(tmp_path: Path) -> None:
    values = np.add.outer(np.arange(6.0).reshape(2, 3), np.add.outer(np.arange(150.0), np.ones(61)))
    volume = read(values.astype("f4"), axes="b,a,y,x")
    ds = vcore.open(vcore.compress(volume, None, psnr=60).data)
    assert [level.shape for level in ds.levels[:2]] == [(2, 3, 150, 61), (2, 3, 75, 31)]
    assert abs(ds.levels[1][1, 2].mean() - values[1, 2].mean()) < 0.1
    for k, level in enumerate(ds.levels):
        for b, a in np.ndindex(2, 3):
            np.testing.assert_array_equal(level[b, a], ds.decode((3 * b + a, ...), k)[0, 0])


def test_other_axes_are_held_by_c_beside_t() -> None:
    (found,) = read(SIX, axes="model,member,t,z,y,x").variables
    assert found.axes == tuple("tczyx")
    assert found.shape == (2, 15, 3, 7, 9)
    np.testing.assert_array_equal(found.read()[1, 7], SIX[1, 2, 1])
    (found,) = read(SIX[0], axes="a,b,z,y,x").variables
    assert (found.axes, found.shape) == (tuple("tzyx"), (10, 3, 7, 9))


@pytest.mark.parametrize("axes", ["model,model,t,z,y,x", "a,b,t,z,y", ",b,t,z,y,x", "abtzyq"])
def test_axes_that_do_not_fit_are_refused(axes: str) -> None:
    with pytest.raises(vcore.InputError, match=r"name its axes|name them|distinct names"):
        read(SIX, axes=axes)


def test_boxes_of_an_array_and_of_its_source_agree() -> None:
    outer = tuple(
        SourceAxis(*a)
        for a in [("x", "x"), ("p", "c", 3), ("t", "t"), ("q", "c", 4), ("y", "y"), ("r", "c", 2)]
    )
    axes = axis_map("tczyx", outer)
    inside = RNG.integers(0, 1000, (3, 24, 1, 5, 7))
    outside = axes.outward(inside)
    assert outside.shape == axes.shape(inside.shape) == (7, 3, 3, 4, 5, 2)
    assert outside[2, 1, 2, 3, 4, 0] == inside[2, (1 * 4 + 3) * 2, 0, 4, 2]
    for array, other, way in (
        (outside, inside, axes.take),
        (inside, outside, lambda box, get: axes.fold(box, get, inside.dtype)),
    ):
        for _ in range(100):
            ends = [sorted(RNG.choice(n + 1, 2, replace=False)) for n in array.shape]
            box = tuple(slice(int(a), int(b)) for a, b in ends)
            np.testing.assert_array_equal(way(box, other.__getitem__), array[box])
    assert AxisMap(axes.axes, axes.ordered.outer).is_ordered
    assert axes.frame((2, 23)) == (2, 2, 3, 1)


@pytest.mark.parametrize(
    "outer",
    [
        [("p", "c", 3), ("q", "c", 9), ("y", "y"), ("x", "x")],
        [("c", "c"), ("y", "y"), ("x", "x"), ("y", "z")],
        [("c", "c", 24), ("y", "y"), ("x", "x")],
        [("c", "c"), ("x", "x")],
        [("c", "c"), ("y", "y"), ("x", "x"), ("", "z")],
        [("c", "c"), ("y", "y"), ("x", "x"), ("t", "t")],
        [("c", "c"), ("y", "y", 5), ("w", "y", 1), ("x", "x")],
    ],
)
def test_source_axes_must_make_up_the_array(outer: list[tuple[Any, ...]]) -> None:
    found = tuple(SourceAxis(*a) for a in outer)
    assert not source_axes_fit("czyx", (24, 1, 5, 7), found)
    with pytest.raises(vcore.InputError, match="make up"):
        Variable("a", np.zeros((24, 1, 5, 7), "f4"), tuple("czyx"), outer=found)


def calcium(frames: int = 41, side: int = 60) -> NDArray[np.uint16]:
    """Return a movie of cells that flash and fade, with little noise."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:side, : side + 7]
    movie = np.zeros((frames, side, side + 7)) + 200 + 40 * np.sin(y / 9) * np.cos(x / 7)
    for _ in range(8):
        cy, cx = rng.uniform(5, side - 5, 2)
        cell = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 18)
        trace, level = np.zeros(frames), 0.0
        for i in range(frames):
            level = 0.9 * level + 300 * (rng.random() < 0.08)
            trace[i] = level
        movie += cell * trace[:, None, None]
    return np.rint(movie + rng.normal(size=movie.shape)).astype("u2")


def maps() -> xr.Dataset:
    """Return waves that drift over land and sea; no values on land."""
    t, lat, lon = np.arange(30.0), np.linspace(60, -60, 45), np.arange(0.0, 360, 5)
    phase = np.radians(lon * 3)[None, None] - t[:, None, None] / 6
    values = np.cos(np.radians(lat))[None, :, None] * np.sin(phase) * 8 + 280
    values[:, 5:20, 10:30] = np.nan
    coordinates = {
        "time": ("time", t, {"units": "days since 2000-01-01"}),
        "lat": ("lat", lat, {"units": "degrees_north"}),
        "lon": ("lon", lon, {"units": "degrees_east"}),
    }
    return xr.Dataset({"t2m": (("time", "lat", "lon"), values.astype("f4"))}, coordinates)


MOVIES: dict[str, tuple[Callable[[], Any], dict[str, float], float]] = {
    "calcium, bounded": (lambda: read(calcium(), axes="tyx"), {"max_error": 2}, 2),
    "calcium, lossless": (lambda: read(calcium(), axes="tyx"), {"max_error": 0}, 0),
    "maps, bounded": (maps, {"max_error": 0.01}, 0.01),
    "calcium, wavelet": (lambda: read(calcium(), axes="tyx"), {"psnr": 45}, np.inf),
}


@pytest.mark.parametrize("name", MOVIES)
def test_frames_are_slices_where_that_is_smaller(name: str) -> None:
    make, budget, bound = MOVIES[name]
    source = make()
    usual = vcore.compress(source, None, time_as_z=False, **budget)
    report = vcore.compress(source, None, **budget)
    assert report.bytes < 0.96 * usual.bytes
    assert sum("coded as slices along z" in note for note in report.notes) == 1
    assert not any("along z" in note for note in usual.notes)
    ds, plain = vcore.open(report.data), vcore.open(usual.data)
    assert ds.info["variables"][0]["time_as_z"]
    assert not plain.info["variables"][0]["time_as_z"]
    # outside they are frames
    assert ds.shape == plain.shape
    assert ds.grid == plain.grid
    header = ds.decoder().header
    assert (header.axes, header.source_axes) == (tuple("tzyx"), tuple("tyx"))
    for level, other in zip(ds.levels, plain.levels, strict=False):
        assert level.shape == other.shape
    values = read(source).variables[0].read()[:, 0]
    error = ds[...].astype("f8") - values
    assert np.nanmax(np.abs(error)) <= bound
    span = np.nanmax(values) - np.nanmin(values)
    assert np.nanmean(error**2) <= (span / 10 ** (budget.get("psnr", 0) / 20)) ** 2
    np.testing.assert_array_equal(np.isnan(ds[...].astype("f8")), np.isnan(values.astype("f8")))
    whole = ds[...]
    for _ in range(20):
        index = some_index(whole.shape)
        np.testing.assert_array_equal(ds[index], whole[index])
        np.testing.assert_array_equal(ds.array[...][index], whole[index])
    for k, level in enumerate(ds.levels):
        np.testing.assert_array_equal(level[...], ds.decode(level=k)[:, 0])
    assert compare_dataset(source, ds)["max_error"] <= bound


def test_what_gains_nothing_stays_frames() -> None:
    noise = np.random.default_rng(2).normal(size=(12, 40, 41)).astype("f4")
    report = vcore.compress(read(noise, axes="tyx"), None, psnr=40)
    assert not vcore.open(report.data).decoder().header.time_as_z
    volume = vcore.compress(read(calcium(), axes="zyx"), None, max_error=1, time_as_z=True)
    assert not vcore.open(volume.data).decoder().header.time_as_z


def test_coarse_levels_are_means_over_space(tmp_path: Path) -> None:
    values = np.add.outer(np.arange(9.0), np.add.outer(np.arange(70.0), np.arange(131.0)))
    values = np.stack([values, 1000 + values]).astype("f4")  # c t y x
    values[0, 3, :9, :7] = np.nan
    values[1, 4, 64:, 128:] = np.inf
    volume = read(values, axes="ctyx")
    vcore.compress(volume, tmp_path / "a.vcore", max_error=0, time_as_z=True)
    ds = vcore.open(tmp_path / "a.vcore")
    assert ds.decoder().header.time_as_z
    assert ds.shape == (9, 2, 70, 131)
    expected = values.transpose(1, 0, 2, 3)
    np.testing.assert_array_equal(ds[...], expected)
    np.testing.assert_array_equal(ds.volume(frame=3).variables[0].read(), expected[3][:, None])
    for level, side in ((1, 2), (2, 4)):
        found = ds.levels[level][...]
        for _ in range(200):
            at = tuple(int(RNG.integers(n)) for n in found.shape)
            rows, columns = (slice(i * side, (i + 1) * side) for i in at[2:])
            box = expected[at[0], at[1], rows, columns]
            present = box[np.isfinite(box)]
            if present.size:
                assert found[at] == pytest.approx(present.mean(), rel=1e-6)
        assert np.isnan(found[3, 0, : 8 // side, : 6 // side]).all()
        assert found[4, 1, -1, -1] == np.inf


def test_a_frame_reads_its_slices_alone(tmp_path: Path) -> None:
    movie = np.repeat(calcium(40, 30), 5, axis=0)
    vcore.compress(read(movie, axes="tyx"), tmp_path / "a.vcore", max_error=0, time_as_z=True)
    whole = (tmp_path / "a.vcore").stat().st_size
    read_bytes: list[int] = []

    class Counted:
        name, size = "a.vcore", whole

        def read(self, offset: int, length: int) -> bytes:
            read_bytes.append(length)
            return (tmp_path / "a.vcore").read_bytes()[offset : offset + length]

    ds = vcore.open(Counted())
    opened = sum(read_bytes)
    np.testing.assert_array_equal(ds[130], movie[130])
    one = sum(read_bytes) - opened
    np.testing.assert_array_equal(ds[131:150], movie[131:150])
    assert sum(read_bytes) - opened == one  # frames of the same slices
    assert one < 0.6 * whole
    np.testing.assert_array_equal(ds[...], movie)
    assert sum(read_bytes) > 0.9 * whole


def test_xarray_and_exports_of_slices_are_frames(tmp_path: Path) -> None:
    vcore.compress(maps(), tmp_path / "a.vcore", max_error=0.01, time_as_z=True)
    ds = vcore.open(tmp_path / "a.vcore")
    found, wanted = ds.to_xarray().load(), xr.decode_cf(maps())
    xr.testing.assert_identical(found.drop_vars("t2m"), wanted.drop_vars("t2m"))
    np.testing.assert_allclose(found.t2m, wanted.t2m, atol=0.01001)
    write(ds.volume(), tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc") as again:
        xr.testing.assert_equal(again, found)
