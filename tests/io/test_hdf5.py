"""HDF5."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from vcore.errors import InputError
from vcore.io import read, write

VALUES = np.arange(2 * 3 * 4, dtype=">i2").reshape(2, 3, 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        density = file.create_dataset(
            "run/density", data=VALUES, chunks=(1, 3, 4), compression="gzip"
        )
        density.attrs["units"] = "kg"
        density.attrs["element_size_um"] = [0.5, 0.25, 0.1]
        density.attrs["_FillValue"] = np.array([7], np.int16)
        file["run/speed"] = -VALUES.astype("f4")
        file["scale"] = np.ones(3)
        file["name"] = "text"
    return tmp_path / "a.h5"


def test_all_datasets_of_one_shape(path: Path) -> None:
    volume = read(path)

    assert [v.name for v in volume.variables] == ["run/density", "run/speed"]
    np.testing.assert_array_equal(volume["run/density"].read(), VALUES)
    assert volume["run/density"].dtype == np.dtype("=i2")
    assert volume["run/density"].unit == "kg"
    assert volume["run/density"].fill_value == 7
    assert volume.grid.spacing == (0.5, 0.25, 0.1)
    assert volume.grid.unit == "micrometer"


@pytest.mark.parametrize("inside", ["run/speed", "/run/speed"])
def test_one_dataset(path: Path, inside: str) -> None:
    volume = read(f"{path}::{inside}")

    assert [v.name for v in volume.variables] == ["run/speed"]
    part = (slice(1, 2), slice(0, 2), slice(3, 4))
    np.testing.assert_array_equal(volume["run/speed"].read(part), -VALUES[part])


def test_a_group(path: Path) -> None:
    assert len(read(f"{path}::run").variables) == 2


def test_only_the_chunks_of_a_region_are_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    getitem = h5py.Dataset.__getitem__

    def counted(dataset: h5py.Dataset, key: object) -> object:
        asked.append(key)
        return getitem(dataset, key)

    monkeypatch.setattr(h5py.Dataset, "__getitem__", counted)
    variable = read(path)["run/density"]
    assert asked == []
    region = (slice(1, 2), slice(0, 3), slice(0, 4))
    variable.read(region)
    assert asked == [region]


def test_what_is_not_there_is_said(path: Path) -> None:
    with pytest.raises(InputError, match=r"Got the datasets .*run/density \(2, 3, 4\)"):
        read(f"{path}::run/pressure")
    with pytest.raises(InputError, match="at least two axes"):
        read(f"{path}::scale")
    with h5py.File(path, "w") as file:
        file["profile"] = np.zeros(2, "u1")
    with pytest.raises(InputError, match=r"at least two axes .* Got profile \(2,\)"):
        read(path)


def test_sizes_that_are_none_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["v"] = np.zeros((2, 3, 4), "u1")
        file["v"].attrs.update({"spacing": [0, 2, np.nan], "origin": [1, np.inf, 3]})
    grid = read(tmp_path / "a.h5").grid
    assert (grid.spacing, grid.origin) == ((1, 2, 1), (1, 0, 3))
    assert "a.h5: the voxel size along z is 0.0" in caplog.text
    assert read(tmp_path / "a.h5", spacing=(3, 2, 1)).grid.spacing == (3, 2, 1)


@pytest.mark.parametrize("size", [0.0, np.nan, -1.0])
def test_odd_sizes_are_said(path: Path, size: float, caplog: pytest.LogCaptureFixture) -> None:
    with h5py.File(path, "a") as file:
        file["run/density"].attrs["element_size_um"] = [size, 0.25, 0.1]
    grid = read(f"{path}::run/density").grid
    assert (grid.spacing, grid.unit) == ((1.0, 0.25, 0.1), "micrometer")
    assert "a.h5: the voxel size along z" in caplog.text


def test_axis_tags_of_ilastik(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((6, 7, 8, 2), np.float32)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("exported_data", data=values)
        dataset.attrs["axistags"] = json.dumps({"axes": [{"key": k} for k in "zyxc"]})
    variable = read(tmp_path / "a.h5")["exported_data"]
    assert "".join(variable.axes) == "czyx"
    np.testing.assert_array_equal(variable.read(), np.moveaxis(values, -1, 0))


def test_labels_and_scales_of_dimensions(tmp_path: Path) -> None:
    values = np.arange(2 * 3 * 4 * 5, dtype="i2").reshape(5, 4, 3, 2)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("v", data=values)
        for i, name in enumerate(("x", "y", "z", "channel")):
            dataset.dims[i].label = name
        file["places"] = 10 + 0.5 * np.arange(5)
        file["places"].make_scale("x")
        file["places"].attrs["units"] = "mm"
        dataset.dims[0].attach_scale(file["places"])
    volume = read(tmp_path / "a.h5", variables=["v"])
    assert "".join(volume["v"].axes) == "czyx"
    np.testing.assert_array_equal(volume["v"].read(), values.T)
    assert volume.grid.spacing == (1, 1, 0.5)
    assert volume.grid.origin == (0, 0, 10)


@pytest.mark.parametrize("old", [False, True])
def test_axes_of_nexus(tmp_path: Path, old: bool) -> None:
    values = np.arange(3 * 4 * 5, dtype="f4").reshape(4, 5, 3)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = file.create_group("entry/data")
        signal = group.create_dataset("counts", data=values)
        for name, n in (("y", 4), ("x", 5), ("z", 3)):
            group[name] = 2.0 * np.arange(n)
        if old:
            signal.attrs.update({"signal": 1, "axes": "y:x:z"})
        else:
            group.attrs.update({"signal": "counts", "axes": ["y", "x", "z"]})
    volume = read(tmp_path / "a.h5")
    assert volume.grid.spacing == (2, 2, 2)
    np.testing.assert_array_equal(volume["entry/data/counts"].read(), values.transpose(2, 0, 1))


def test_vectors_along_the_last_axis(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((6, 7, 8, 3), np.float32)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["velocity"] = values
        file["density"] = values[..., 0]
    volume = read(tmp_path / "a.h5")
    assert "".join(volume["velocity"].axes) == "czyx"
    np.testing.assert_array_equal(volume["velocity"].read(), np.moveaxis(values, -1, 0))
    assert volume["density"].shape == (6, 7, 8)


def test_soft_links_and_virtual_datasets(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file["v"] = VALUES
    layout = h5py.VirtualLayout(VALUES.shape, VALUES.dtype)
    layout[...] = h5py.VirtualSource("part.h5", "v", VALUES.shape)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("whole", layout)
        file["data/link"] = h5py.SoftLink("/whole")
    np.testing.assert_array_equal(read(f"{tmp_path}/a.h5::data/link")["data/link"].read(), VALUES)
    (tmp_path / "part.h5").unlink()
    with pytest.raises(InputError, match=r"Got no dataset 'v' in 'part.h5'"):
        read(tmp_path / "a.h5")


def test_sizes_that_make_no_sense_are_warnings(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["v"] = VALUES
        file["v"].attrs["element_size_um"] = [0.0, np.nan, 0.5]
    assert read(tmp_path / "a.h5").grid.spacing == (1, 1, 0.5)
    assert "a.h5" in caplog.text


def test_datasets_with_other_sizes_have_a_grid_of_their_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, size in (("Plain", None), ("a", [3, 2, 1]), ("b", [1, 1, 1]), ("c", [3, 2, 1])):
            file[name] = VALUES
            if size:
                file[name].attrs["element_size_um"] = size
    volume = read(tmp_path / "a.h5")
    found = {v.name: part.grid.spacing for part in volume.parts for v in part.variables}
    assert found == {"Plain": (3, 2, 1), "a": (3, 2, 1), "b": (1, 1, 1), "c": (3, 2, 1)}
    assert volume.variables[0].name == "Plain"
    with h5py.File(tmp_path / "units.h5", "w") as file:
        for name, unit in (("a", "mm"), ("b", "um")):
            file[name] = VALUES
            file[name].attrs.update(spacing=[3, 2, 1], unit=unit)
    parts = read(tmp_path / "units.h5").parts
    assert [part.grid.unit for part in parts] == ["millimeter", "micrometer"]
    assert "Plain: no size of voxels; took that of a" in caplog.text
    write(volume, tmp_path / "b.h5")
    copy = read(tmp_path / "b.h5")
    assert {v.name: p.grid.spacing for p in copy.parts for v in p.variables} == found


@pytest.mark.parametrize("name", ["DIMENSION_LABELS", "DIMENSION_LIST", "_Unsigned", "axistags"])
@pytest.mark.parametrize("value", [1.5, [], [1, 2, 3], [b"\xff", b"p", b"q"], np.void(b"abc")])
def test_odd_attributes_of_dimensions_block_nothing(tmp_path, name, value):
    path = tmp_path / "in.h5"
    values = np.arange(24, dtype="i2").reshape(2, 3, 4)
    with h5py.File(path, "w") as file:
        file.create_dataset("a", data=values).attrs[name] = value
    np.testing.assert_array_equal(read(str(path)).variables[0].read(), values)
