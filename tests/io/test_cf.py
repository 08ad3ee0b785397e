"""Readers decode as xarray does: missing, packed and unsigned values, coordinates.

The same data as NetCDF, as netCDF-4 under an HDF5 name, as Zarr v2 and v3.
"""

import warnings
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
import xarray as xr

from vcore.io import read, write
from vcore.io.cf_values import coding_of
from vcore.model.volume import Variable

SHAPE = (3, 4, 6)
DIMS = ("lev", "lat", "lon")
F4 = np.float32
INTEGERS = np.arange(-30, 42, dtype="i2").reshape(SHAPE)
BYTES = np.arange(-128, 128, 3.5).astype("i1")[:72].reshape(SHAPE)
REALS = (INTEGERS * 1.5).astype("f4")
REALS[0, 0, :4] = np.nan, 1e20, -9999, 9.96921e36

CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    "nothing": (INTEGERS, {}),
    "fill": (INTEGERS, {"_FillValue": np.int16(7)}),
    "missing": (INTEGERS, {"missing_value": np.int16(7)}),
    "several": (INTEGERS, {"missing_value": np.array([-1, -2, 7], "i2")}),
    "both": (INTEGERS, {"_FillValue": np.int16(-30), "missing_value": np.int16(7)}),
    "fill of real type": (INTEGERS, {"missing_value": np.float64(7)}),
    "reals": (REALS, {"_FillValue": F4(1e20)}),
    "reals, nan": (REALS, {"_FillValue": F4(np.nan)}),
    "reals, nan and another": (REALS, {"_FillValue": F4(np.nan), "missing_value": F4(-9999)}),
    "reals, several": (REALS, {"missing_value": np.array([1e20, -9999], "f4")}),
    "reals, both": (REALS, {"_FillValue": F4(9.96921e36), "missing_value": F4(1e20)}),
    "packed": (INTEGERS, {"scale_factor": 0.01, "add_offset": 273.15}),
    "packed, single": (INTEGERS, {"scale_factor": F4(0.01), "add_offset": F4(273.15)}),
    "packed, scale": (INTEGERS, {"scale_factor": F4(0.1), "_FillValue": np.int16(7)}),
    "packed, offset": (INTEGERS, {"add_offset": F4(3), "_FillValue": np.int16(7)}),
    "packed, falling": (INTEGERS, {"scale_factor": -0.5, "missing_value": np.int16(-30)}),
    "packed, several": (
        INTEGERS,
        {"scale_factor": 0.5, "_FillValue": np.int16(-30), "missing_value": np.int16(7)},
    ),
    "packed words": (
        INTEGERS.astype("i4") * 1_000_003,
        {"scale_factor": F4(0.1), "add_offset": F4(2), "_FillValue": np.int32(7_000_021)},
    ),
    "unsigned": (BYTES, {"_Unsigned": "true", "_FillValue": np.int8(-128)}),
    "unsigned, packed": (
        BYTES,
        {"_Unsigned": "true", "_FillValue": np.int8(-1), "scale_factor": 0.5},
    ),
    "signed": (BYTES.view("u1"), {"_Unsigned": "false", "_FillValue": np.uint8(255)}),
    "packed reals": (REALS, {"scale_factor": 0.1, "_FillValue": F4(1e20)}),
}


def expected(values: Any, attributes: dict[str, Any]) -> xr.DataArray:
    """Return the values decoded by xarray, without its warnings about several fill values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return xr.decode_cf(xr.Dataset({"v": (DIMS, values, attributes)}), decode_times=False)["v"]


def floats(variable: Variable) -> Any:
    """Return all values as float64, NaN where missing."""
    values = variable.read()
    absent = variable.missing(values)
    found = values.astype("f8")
    if absent is not None:
        found[absent] = np.nan
    return found


def save_netcdf(path: Path, values: Any, attributes: dict[str, Any]) -> None:
    with netCDF4.Dataset(path, "w") as file:
        for dim, n in zip(DIMS, SHAPE, strict=True):
            file.createDimension(dim, n)
        own = dict(attributes)
        fill = own.pop("_FillValue", None)
        variable = file.createVariable("v", values.dtype, DIMS, fill_value=fill)
        variable.set_auto_maskandscale(False)
        variable.setncatts(own)
        variable[:] = values


@pytest.mark.parametrize("suffix", [".nc", ".h5"])
@pytest.mark.parametrize("case", CASES)
def test_as_xarray_decodes(tmp_path: Path, case: str, suffix: str) -> None:
    values, attributes = CASES[case]
    save_netcdf(tmp_path / f"a{suffix}", values, attributes)
    truth = expected(values, attributes)
    variable = read(tmp_path / f"a{suffix}")["v"]
    np.testing.assert_array_equal(floats(variable), truth.values.astype("f8"))
    assert (variable.packing is not None) == ("packed" in case and case != "packed reals"), (
        "integers stay packed"
    )
    if variable.packing is not None:
        assert variable.dtype == truth.dtype
        assert not {"scale_factor", "add_offset"} & set(variable.attributes)


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("case", sorted(set(CASES) - {"signed"}))  # xarray fails on it in v3
def test_zarr_as_xarray_decodes(tmp_path: Path, case: str, zarr_format: Any) -> None:
    values, attributes = CASES[case]
    dataset = xr.Dataset({"v": (DIMS, values, attributes)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.to_zarr(tmp_path / "a.zarr", zarr_format=zarr_format, consolidated=False)
        truth = xr.open_zarr(tmp_path / "a.zarr", consolidated=False, decode_times=False)["v"]
    np.testing.assert_array_equal(floats(read(tmp_path / "a.zarr")["v"]), truth.values.astype("f8"))


@pytest.mark.parametrize(
    ("attributes", "absent"),
    [
        ({"valid_min": np.int16(0)}, INTEGERS < 0),
        ({"valid_max": np.int16(10)}, INTEGERS > 10),
        ({"valid_range": np.array([-5, 10], "i2")}, (INTEGERS < -5) | (INTEGERS > 10)),
        (
            {"valid_range": np.array([-5, 10], "i2"), "_FillValue": np.int16(3)},
            (INTEGERS < -5) | (INTEGERS > 10) | (INTEGERS == 3),
        ),
        (  # limits of packed numbers, as they have the same type
            {"valid_range": np.array([-5, 10], "i2"), "scale_factor": 0.5},
            (INTEGERS < -5) | (INTEGERS > 10),
        ),
        (  # limits of unpacked values, as they have the type of the scale
            {"valid_range": np.array([-5.0, 10.0]), "scale_factor": 0.5},
            (INTEGERS < -10) | (INTEGERS > 20),
        ),
    ],
)
def test_outside_of_the_valid_range(
    tmp_path: Path, attributes: dict[str, Any], absent: Any, caplog: pytest.LogCaptureFixture
) -> None:
    save_netcdf(tmp_path / "a.nc", INTEGERS, attributes)
    variable = read(tmp_path / "a.nc")["v"]
    assert not caplog.text
    found = floats(variable)
    assert caplog.text.count("outside the valid range") == 1
    np.testing.assert_array_equal(np.isnan(found), absent)
    truth = INTEGERS * attributes.get("scale_factor", 1)
    np.testing.assert_array_equal(found[~absent], truth[~absent])
    assert "valid_range" not in attributes or "valid_range" in variable.attributes


@pytest.mark.parametrize(
    "attributes",
    [
        {"_FillValue": "none"},
        {"_FillValue": np.nan},
        {"_FillValue": 70000},
        {"_FillValue": 0.5},
        {"missing_value": ["a", "b"]},
        {"missing_value": None, "_Unsigned": "perhaps"},
        {"scale_factor": 0.0},
        {"scale_factor": "big", "add_offset": [1, 2]},
        {"valid_range": [1, 2, 3], "valid_min": "x"},
        {"valid_range": [9, 1]},
    ],
)
def test_nonsense_is_a_warning(
    attributes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    coding = coding_of("file: v", INTEGERS.dtype, attributes)
    assert not coding.is_packed
    assert coding.fill_value is None
    np.testing.assert_array_equal(coding.values(INTEGERS), INTEGERS)
    assert "file: v: " in caplog.text


def test_numbers_in_text_are_numbers() -> None:
    assert coding_of("", np.dtype("f4"), {"missing_value": "-999"}).fill_value == -999


@pytest.mark.parametrize("suffix", [".nc", ".h5"])
def test_coordinates_are_decoded_and_keep_their_order(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    dataset = xr.Dataset(
        {"v": (DIMS, REALS)},
        {
            "lev": [1000.0, 500.0, 850.0],
            "lat": [3.0, 2.0, 1.0, 0.0],
            "lon": [350, 355, 0, 5, 10, 15],
        },
    )
    encoding = {"dtype": "i2", "scale_factor": 0.5, "add_offset": 1.0, "_FillValue": -1}
    dataset.to_netcdf(path, engine="netcdf4", encoding={"lat": encoding})
    volume = read(path)
    assert volume.grid.coordinates == tuple(tuple(dataset[d].values.tolist()) for d in DIMS)
    np.testing.assert_array_equal(volume["v"].read(), REALS)


def test_coordinates_that_fall_evenly_give_a_direction(tmp_path: Path) -> None:
    dataset = xr.Dataset({"v": (DIMS, INTEGERS)}, {"lat": [40.0, 30.0, 20.0, 10.0]})
    dataset.to_netcdf(tmp_path / "a.nc")
    grid = read(tmp_path / "a.nc").grid
    assert grid.coordinates is None
    assert np.diag(grid.direction).tolist() == [1, -1, 1]
    assert (grid.affine @ [0, 3, 0, 1])[1] == 10


@pytest.mark.parametrize(
    ("units", "unit", "spacing"),
    [
        (("m", "m", "m"), "meter", (1, 1, 1)),
        (("m", "km", "km"), "kilometer", (0.001, 1, 1)),
        (("mm", "um", "um"), "micrometer", (1000, 1, 1)),
        (("Pa", "degrees_north", "degrees_east"), "", (1, 1, 1)),
        (("m", "degrees_north", "degrees_east"), "", (1, 1, 1)),
        (("m", "", ""), "meter", (1, 1, 1)),
        (("", "km", "m"), "meter", (1, 1000, 1)),
    ],
)
def test_lengths_are_brought_to_one_unit(
    tmp_path: Path, units: tuple[str, ...], unit: str, spacing: tuple[float, ...]
) -> None:
    coordinates = {
        d: (d, np.arange(float(n)), {"units": u} if u else {})
        for d, n, u in zip(DIMS, SHAPE, units, strict=True)
    }
    xr.Dataset({"v": (DIMS, INTEGERS)}, coordinates).to_netcdf(tmp_path / "a.nc")
    volume = read(tmp_path / "a.nc")
    assert (volume.grid.unit, volume.grid.spacing) == (unit, spacing)
    assert [volume.attributes["axes"][a].get("units", "") for a in "zyx"] == list(units)


def test_axes_that_are_not_there_take_no_unit_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    coordinates = {
        "y": ("y", np.arange(4) * 0.5, {"units": "um"}),
        "x": ("x", np.arange(5) * 0.5, {"units": "mm"}),
    }
    dataset = xr.Dataset({"v": (("y", "x"), np.ones((4, 5), "f4"))}, coordinates)
    dataset.to_netcdf(tmp_path / "a.nc")
    volume = read(tmp_path / "a.nc")
    assert (volume.grid.unit, volume.grid.spacing[1:]) == ("millimeter", (0.0005, 0.5))
    assert "no unit" not in caplog.text
    write(volume, tmp_path / "copy.nc")
    with xr.open_dataset(tmp_path / "copy.nc") as copy:
        xr.testing.assert_identical(copy.load(), dataset)


def test_times_that_are_missing_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    times = ("t", [0.0, np.nan, 2.0], {"units": "hours since 1900-01-01"})
    dataset = xr.Dataset({"v": (("t", *DIMS), np.zeros((3, *SHAPE), "f4"))}, {"t": times})
    dataset.to_netcdf(tmp_path / "a.nc")
    volume = read(tmp_path / "a.nc")
    assert volume.grid.times is None
    assert volume["v"].length("t") == 3
    assert "some coordinates of t are missing" in caplog.text


def test_attributes_and_small_variables_are_kept(tmp_path: Path) -> None:
    dataset = xr.Dataset(
        {
            "v": (
                DIMS,
                REALS,
                {"units": "K", "standard_name": "air_temperature", "grid_mapping": "crs"},
            ),
            "crs": ((), np.int32(0), {"grid_mapping_name": "latitude_longitude"}),
            "lat_bnds": (("lat", "nv"), np.zeros((4, 2))),
        },
        {"lat": ("lat", [1.0, 2.0, 3.0, 4.0], {"bounds": "lat_bnds", "positive": "up"})},
        {"title": "A run", "levels": np.array([1, 2], "i4"), "axes": "of the file"},
    )
    dataset["lat"].attrs |= {"axis": "Y", "valid_range": [1.5, 3.0]}
    dataset.to_netcdf(tmp_path / "a.nc")
    volume = read(tmp_path / "a.nc")
    assert volume["v"].unit == "K"
    assert volume["v"].attributes["standard_name"] == "air_temperature"
    assert volume.attributes["title"] == "A run"
    assert volume.attributes["levels"] == [1, 2]
    assert volume.attributes["axes"]["y"]["bounds"] == "lat_bnds"
    assert volume.grid.origin == (0, 1, 0)  # a coordinate outside its range is valid
    carried = {a.name: a for a in volume.carried}
    assert carried["crs"].attributes == {"grid_mapping_name": "latitude_longitude"}
    assert carried["lat_bnds"].dims == ("lat", "nv")
    assert np.array_equal(carried["lat_bnds"].read(), np.zeros((4, 2)))
