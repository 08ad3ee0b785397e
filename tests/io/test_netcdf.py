"""NetCDF."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read
from vcore.model.packing import Packing

VALUES = np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5)


def save(path: Path, kind: str = "NETCDF4", **packed: float) -> None:
    with netCDF4.Dataset(path, "w", format=kind) as file:
        for name, n in zip(("time", "depth", "lat", "lon"), VALUES.shape, strict=True):
            file.createDimension(name, n)
        coordinates = {
            "time": ([0.0, 6.0], "hours since 2000-01-01"),
            "depth": ([0.0, 10.0, 30.0], "m"),
            "lat": ([40.0, 30.0, 20.0, 10.0], "degrees_north"),
            "lon": ([1.0, 2.0, 3.0, 4.0, 5.0], "degrees_east"),
        }
        for name, (values, units) in coordinates.items():
            variable = file.createVariable(name, "f8", (name,))
            variable.units = units
            variable[:] = values
        salt = file.createVariable("salt", "i2", ("time", "depth", "lat", "lon"), fill_value=-99)
        salt.set_auto_maskandscale(False)
        salt.setncatts({"units": "psu", **packed})
        stored = VALUES.copy()
        stored[0, 0, 0, 0] = -99
        salt[:] = stored


@pytest.mark.parametrize("kind", ["NETCDF4", "NETCDF3_CLASSIC"])
def test_coordinates_become_the_grid(tmp_path: Path, kind: str) -> None:
    save(tmp_path / "a.nc", kind)

    volume = read(tmp_path / "a.nc")
    salt = volume["salt"]

    assert salt.axes == ("t", "z", "y", "x")
    assert (salt.unit, salt.fill_value, salt.dtype) == ("psu", -99, np.int16)
    assert volume.grid.coordinates is not None
    assert volume.grid.coordinates[0] == (0.0, 10.0, 30.0)
    # latitude runs from north to south, as in the file
    assert volume.grid.coordinates[1] == (40.0, 30.0, 20.0, 10.0)
    np.testing.assert_array_equal(salt.read()[1], VALUES[1])
    part = (slice(1, 2), slice(0, 2), slice(1, 3), slice(2, 5))
    np.testing.assert_array_equal(salt.read(part), VALUES[part])
    assert volume.grid.axis_names == ("depth", "lat", "lon")
    assert volume.grid.times == (0.0, 6.0)
    assert volume.grid.time_unit == "hour"
    assert volume.attributes["time_reference"] == "hours since 2000-01-01"
    assert volume.grid.unit == ""  # metres and degrees
    assert volume.attributes["axes"]["z"] == {"name": "depth", "units": "m"}


def test_packed_values_are_unpacked_with_nan(tmp_path: Path) -> None:
    save(tmp_path / "a.nc", scale_factor=0.5, add_offset=10.0)

    salt = read(tmp_path / "a.nc::salt")["salt"]

    assert salt.dtype == np.float64
    assert salt.fill_value is None
    assert salt.packing == Packing("i2", "f8", 0.5, 10.0)
    assert salt.attributes == {"_FillValue": -99}
    values = salt.read()
    assert np.isnan(values[0, 0, 0, 0])
    np.testing.assert_allclose(values[1], VALUES[1] * 0.5 + 10)


def test_evenly_spaced_coordinates_give_a_regular_grid(tmp_path: Path) -> None:
    with netCDF4.Dataset(tmp_path / "a.nc4", "w") as file:
        for name, n in zip("zyx", (2, 3, 4), strict=True):
            file.createDimension(name, n)
            axis = file.createVariable(name, "f4", (name,))
            axis.units = "um"
            axis[:] = 5 + 0.5 * np.arange(n)
        group = file.createGroup("fields")
        group.createVariable("p", "f4", ("z", "y", "x"))[:] = np.ones((2, 3, 4))

    volume = read(tmp_path / "a.nc4")

    assert [v.name for v in volume.variables] == ["fields/p"]
    assert volume.grid.coordinates is None
    assert volume.grid.spacing == (0.5, 0.5, 0.5)
    assert volume.grid.origin == (5.0, 5.0, 5.0)
    assert volume.grid.unit == "micrometer"
    assert volume["fields/p"].read().sum() == 24


def test_missing_variables_are_said(tmp_path: Path) -> None:
    save(tmp_path / "a.nc")
    with pytest.raises(InputError, match=r"Expected a variable 'heat' .* salt \(2, 3, 4, 5\)"):
        read(f"{tmp_path}/a.nc::heat")
