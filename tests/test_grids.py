"""Variables on several grids in one file: all compressed within the budget, all given back."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

import vcore
from vcore.evaluate.compare import compare_dataset
from vcore.evaluate.verify import verify_dataset
from vcore.io import read, write
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume


def waves(*shape: int, scale: float = 1.0) -> NDArray[np.float32]:
    """Return smooth values with a little noise."""
    noise = np.random.default_rng(len(shape)).normal(0, 0.01, shape)
    return (scale * (np.sin(sum(np.indices(shape)) / 5) + noise)).astype("f4")


def model() -> xr.Dataset:
    """Return a run on a staggered grid, with surfaces, climatologies and small fields."""
    nt, nz, ny, nx = 2, 5, 41, 48
    dataset = xr.Dataset(
        {
            "T": (("time", "lev", "lat", "lon"), waves(nt, nz, ny, nx) + 280, {"units": "K"}),
            "U": (("time", "lev", "lat_u", "lon"), waves(nt, nz, ny + 1, nx), {"units": "m s-1"}),
            "V": (("time", "lev", "lat", "lon_v"), waves(nt, nz, ny, nx), {"units": "m s-1"}),
            "ps": (("month", "lat", "lon"), waves(12, ny, nx, scale=1e5).astype("f8")),
            "sst": (("time", "lat", "lon"), waves(nt, ny, nx), {"units": "K"}),
            "wet": (("lat", "lon"), waves(ny, nx) > 0),
            "hyam": (("lev",), np.linspace(0, 1, nz)),
        },
        {
            "time": ("time", [6.0, 12.0], {"units": "hours since 2001-02-03"}),
            "month": ("month", np.arange(12) + 0.5, {"units": "days since 1999-01-01"}),
            "lev": ("lev", [1e3, 850.0, 500.0, 200.0, 70.0], {"units": "hPa", "positive": "down"}),
            "lat": ("lat", np.linspace(-80, 80, ny), {"units": "degrees_north"}),
            "lat_u": ("lat_u", np.linspace(-82, 82, ny + 1), {"units": "degrees_north"}),
            "lon": ("lon", np.linspace(0, 352, nx), {"units": "degrees_east"}),
            "lon_v": ("lon_v", np.linspace(3, 355, nx), {"units": "degrees_east"}),
        },
        {"title": "A run", "Conventions": "CF-1.8"},
    )
    dataset["U"].attrs["long_name"] = "eastward wind"
    return dataset


CODED = ["T", "U", "V", "ps"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    model().to_netcdf(tmp_path / "run.nc")
    return tmp_path / "run.nc"


def two(**kinds: Any) -> Volume:
    """Return volumes of two shapes."""
    fine = Volume(Grid((6, 7, 8), (1.0, 2.0, 3.0)), (Variable("a", waves(6, 7, 8)),))
    coarse = Grid((3, 4, 5), (2.0, 4.0, 6.0), times=(0.0, 2.0), time_unit="second")
    other = Volume(coarse, (Variable("b", waves(2, 3, 4, 5), tuple("tzyx")),))
    return Volume(fine.grid, fine.variables, others=(other,), **kinds)


def test_every_grid_is_read_with_its_own_coordinates(run: Path) -> None:
    parts = {part.variables[0].name: part for part in read(run).parts}
    assert {*parts} == {*CODED}
    assert all(len(part.variables) == 1 for part in parts.values())
    with xr.open_dataset(run) as original:
        for name, part in parts.items():
            (variable,) = part.variables
            np.testing.assert_array_equal(variable.read().squeeze(), original[name].values)
    assert parts["U"].grid.shape == (5, 42, 48)
    assert parts["V"].grid.origin[2] == 3.0
    assert parts["ps"]["ps"].flat
    assert parts["ps"].attributes["time_reference"] == "days since 1999-01-01"
    assert {a.name for a in read(run).carried} == {"sst", "wet", "hyam"}


def test_a_lossless_copy_is_identical(run: Path, tmp_path: Path) -> None:
    vcore.compress(run, tmp_path / "a.vcore", max_error=0)
    with (
        xr.open_dataset(run) as original,
        xr.open_dataset(tmp_path / "a.vcore", engine="vcore") as copy,
    ):
        xr.testing.assert_identical(copy.load(), original.load())


def test_each_variable_keeps_the_budget(run: Path, tmp_path: Path) -> None:
    report = vcore.compress(run, tmp_path / "a.vcore", psnr=45)
    assert {*report.variables} == {*CODED}
    assert min(figures["psnr"] for figures in report.variables.values()) >= 45
    ds = vcore.open(tmp_path / "a.vcore")
    assert ds.check() > 0
    verified = verify_dataset(ds, read(run))
    assert all(figures["same_source"] for figures in verified["variables"].values())
    for name in CODED:
        assert compare_dataset(run, ds, name)["psnr"] >= 45
    with xr.open_dataset(run) as original:
        found = ds.to_xarray().load()
        xr.testing.assert_identical(found.drop_vars(CODED), original.load().drop_vars(CODED))
        for name in CODED:
            assert found[name].attrs == original[name].attrs
            assert found[name].dims == original[name].dims


def test_a_size_is_shared_by_all(run: Path) -> None:
    volume = read(run)
    report = vcore.compress(volume, None, bytes=20_000)
    carried = vcore.open(vcore.compress(volume, None, max_error=0).data)
    beside = sum(a.data.reader.check() and sum(a.data.reader.section_bytes().values())
                 for a in carried.carried)  # fmt: skip
    assert sum(f["bytes"] for f in report.variables.values()) < 20_000
    assert report.bytes < 20_000 + beside + 2_000


def test_named_budgets_reach_other_grids(run: Path, tmp_path: Path) -> None:
    report = vcore.compress(run, tmp_path / "a.vcore", max_error={"U": 0.1}, psnr={"ps": 60})
    assert 0 < report.variables["U"]["max_error"] <= 0.1
    assert report.variables["ps"]["psnr"] >= 60
    assert report.variables["T"]["max_error"] == report.variables["V"]["max_error"] == 0


def test_a_dataset_reaches_every_variable(run: Path) -> None:
    ds = vcore.open(vcore.compress(run, None, max_error=0).data)
    assert next(iter(ds.variables)) == "T"
    assert {*ds.variables} == {*CODED}
    with xr.open_dataset(run) as original:
        for name in CODED:
            values = original[name].values
            np.testing.assert_array_equal(ds[name][...], values)
            np.testing.assert_array_equal(ds.group[f"{name}/0"][0, ..., 3], values[0, ..., 3])
            (alone,) = ds.volume(name).variables
            assert alone.name == name
    assert ds.volume("U").grid.coordinates == ds.decoder("U").grid.coordinates
    axes = ds.volume("U").attributes["axes"]
    assert axes["y"]["name"] == "lat_u"
    assert ds.volume("U").attributes["title"] == "A run"
    shapes = {v["name"]: v["shape"] for v in ds.info["variables"]}
    assert shapes["U"] == [2, 5, 42, 48]
    assert shapes["ps"] == [12, 41, 48]
    grids = ds.info["grids"]
    assert [grids[v["grid"]]["shape"][1] for v in ds.info["variables"]] == [
        ds.decoder(name).grid.shape[1] for name in ds.variables
    ]


def test_a_part_is_of_the_first_grid(run: Path, caplog: pytest.LogCaptureFixture) -> None:
    ds = vcore.open(vcore.compress(run, None, max_error=0).data)
    part = ds.volume(region=(slice(0, 2), slice(0, 3), slice(0, 4)))
    assert [v.name for v in part.every] == ["T"]
    assert "left out: " in caplog.text
    assert "ps" in caplog.text
    frame = ds.volume(frame=1)
    assert {v.name for v in frame.every} == {"T", "U", "V"}
    np.testing.assert_array_equal(frame["U"].read(), ds["U"][1])


@pytest.mark.parametrize("name", ["a.nc", "a.h5", "a.npz", "a.zarr"])
def test_outputs_give_every_variable_back(run: Path, tmp_path: Path, name: str) -> None:
    ds = vcore.open(vcore.compress(run, None, max_error=0).data)
    write(ds.volume(), tmp_path / name)
    found = read(tmp_path / name)
    assert {v.name for v in found.every} == {*CODED}
    for variable in found.every:
        values = ds.decoder(variable.name).decode()
        np.testing.assert_array_equal(variable.read().squeeze(), values.squeeze())
    assert {"sst", "hyam"} <= {a.name for a in found.carried}
    if name == "a.nc":
        with xr.open_dataset(run) as original, xr.open_dataset(tmp_path / name) as copy:
            xr.testing.assert_identical(copy.load(), original.load())


def test_outputs_of_one_grid_say_what_they_leave_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(two(), tmp_path / "a.nrrd")
    assert "left out: b" in caplog.text
    assert [v.name for v in read(tmp_path / "a.nrrd").every] == ["a"]


@pytest.mark.parametrize("suffix", ["h5", "npz"])
def test_arrays_of_several_shapes(tmp_path: Path, suffix: str) -> None:
    arrays = {"a": waves(20, 40, 60), "b": waves(30, 30, 30), "c": waves(5, 70, 80)}
    small, path = {"n": waves(2, 3, 4)}, tmp_path / f"a.{suffix}"
    if suffix == "npz":
        np.savez(path, **arrays, **small)
    else:
        with h5py.File(path, "w") as file:
            for name, values in (arrays | small).items():
                file[name] = values
            file["b"].attrs["spacing"] = [1.0, 2.0, 3.0]
    ds = vcore.open(vcore.compress(path, None, max_error=0.05).data)
    for name, values in arrays.items():
        assert 0 < np.abs(ds[name][...] - values).max() <= 0.05
    assert [a.name for a in ds.carried] == ["n"]
    found = ds.to_xarray()
    assert found["b"].dims == ("z_b", "y_b", "x_b")
    assert found["a"].shape == (20, 40, 60)
    if suffix == "h5":
        assert ds.decoder("b").grid.spacing == (1.0, 2.0, 3.0)


def test_a_variable_may_have_the_name_of_another_s_dimension() -> None:
    first = Volume(Grid((6, 7, 8)), (Variable("depth", waves(6, 7, 8)),))
    deep = Grid((3, 4, 5), axis_names=("depth", "y", "x"))
    volume = Volume(
        first.grid, first.variables, others=(Volume(deep, (Variable("b", waves(3, 4, 5)),)),)
    )
    found = vcore.open(vcore.compress(volume, None, max_error=0).data).to_xarray()
    np.testing.assert_array_equal(found["depth_values"], volume["depth"].read())
    assert found["b"].dims == ("depth", "y_b", "x_b")


def test_series_of_files_keep_their_grids(tmp_path: Path) -> None:
    whole = model().drop_vars(["ps", "month", "sst"])
    for k in range(2):
        whole.isel(time=[k]).to_netcdf(tmp_path / f"run{k}.nc")
    volume = read(str(tmp_path / "run*.nc"))
    assert {v.name for v in volume.every} == {"T", "U", "V"}
    vcore.compress(volume, tmp_path / "a.vcore", max_error=0)
    whole.to_netcdf(tmp_path / "whole.nc")
    with (
        xr.open_dataset(tmp_path / "whole.nc") as original,
        xr.open_dataset(tmp_path / "a.vcore", engine="vcore") as copy,
    ):
        xr.testing.assert_identical(copy.load(), original.load())


def test_xarray_objects_are_read_alike(run: Path) -> None:
    with xr.open_dataset(run) as original:
        ds = vcore.open(vcore.compress(original, None, max_error=0).data)
        xr.testing.assert_identical(ds.to_xarray().load(), original.load())


def test_a_selection_takes_the_grid_along() -> None:
    volume = two(attributes={"title": "t", "axes": {"z": {"name": "depth"}}})
    alone = volume.select(["b"])
    assert alone.grid.shape == (3, 4, 5)
    assert alone.others == ()
    assert alone.attributes == {"title": "t"}
    assert [v.name for v in volume.select(["b", "a"]).every] == ["a", "b"]
    with pytest.raises(vcore.InputError, match="one of the variables a, b"):
        volume.select(["c"])
    with pytest.raises(vcore.InputError, match="distinct names"):
        Volume(volume.grid, volume.variables, others=(volume.select(["a"]),))


def test_saved_and_pickled_files_keep_their_grids(tmp_path: Path) -> None:
    ds = vcore.open(vcore.compress(two(), None, max_error=0).data)
    ds.save(tmp_path / "b.vcore")
    again = vcore.open(tmp_path / "b.vcore")
    assert again.decoder("b").grid == ds.decoder("b").grid == two().others[0].grid
    np.testing.assert_array_equal(again["b"][...], two()["b"].read())


@pytest.mark.parametrize(
    "change",
    [
        {"grids": {}},
        {"grids": [3]},
        {"grids": []},
        {"grids": [{"grid": {"shape": [3, 4, 0]}}]},
        {"grids": [{"grid": {"shape": [3, 4, 5]}, "attributes": 1}]},
        {"grids": [{"grid": {"shape": [3, 4, 5]}}, {"grid": {"shape": [1, 1, 1]}}]},
        {"grids": [{"grid": {"shape": [3, 4, 5], "times": [0.0]}}]},
    ],
)
def test_damaged_grids_are_refused(change: dict[str, Any]) -> None:
    from vcore.container.header import parse_header

    header = vcore.open(vcore.compress(two(), None, max_error=0).data).header
    parse_header(header)
    with pytest.raises(vcore.FormatError):
        parse_header({**header, **change})
    for number in (-1, 2, True, "0", 1.0):
        variables = [header["variables"][0], {**header["variables"][1], "grid": number}]
        with pytest.raises(vcore.FormatError):
            parse_header({**header, "variables": variables})


def test_estimates_count_every_grid(run: Path) -> None:
    volume = read(run)
    whole = vcore.estimate(volume, psnr=40)
    part = vcore.estimate(volume.select(["T"]), psnr=40)
    assert whole.bytes > part.bytes
    assert vcore.estimate(volume, bytes=9000).bytes == 9000
