"""Open Zarr and HDF5 arrays and groups as sources: as their files."""

import io
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import zarr

import vcore
from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

VALUES = np.arange(3 * 4 * 5, dtype="f4").reshape(3, 4, 5)
LAT = np.array([4.0, 3, 2, 1])


def same(found: Volume, expected: Volume) -> None:
    """Assert that two volumes are the same but for their source."""
    assert found.grid == expected.grid
    assert dict(found.attributes) == dict(expected.attributes)
    assert [v.name for v in found.variables] == [v.name for v in expected.variables]
    for one, other in zip(found.variables, expected.variables, strict=True):
        for field in ("axes", "unit", "fill_value", "packing", "components", "association"):
            assert getattr(one, field) == getattr(other, field)
        assert dict(one.attributes) == dict(other.attributes)
        np.testing.assert_array_equal(one.read(), other.read())


def filled(group: zarr.Group, zarr_format: int) -> zarr.Group:
    """Return a group with two packed or missing variables on latitudes that fall."""

    def add(name: str, values: Any, dims: tuple[str, ...], **attributes: Any) -> None:
        labels: dict[str, Any] = {"dimension_names": dims}
        if zarr_format == 2:
            labels, attributes = {}, {**attributes, "_ARRAY_DIMENSIONS": list(dims)}
        group.create_array(name, data=values, attributes=attributes, **labels)

    add("T", VALUES, ("z", "lat", "lon"), units="K", long_name="temperature")
    packed = {"scale_factor": 0.5, "add_offset": 1.0, "_FillValue": 7}
    add("U", VALUES.astype("i2"), ("z", "lat", "lon"), **packed)
    add("lat", LAT, ("lat",), units="degrees_north")
    group.attrs["title"] = "a group"
    return group


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_group_of_zarr(tmp_path: Path, zarr_format: int) -> None:
    path = tmp_path / "a.zarr"
    filled(zarr.create_group(path, zarr_format=zarr_format), zarr_format)
    expected = read(path)
    assert [v.name for v in expected.variables] == ["T", "U"]
    assert expected.grid.direction[1][1] == -1
    same(read(zarr.open_group(path, mode="r")), expected)
    assert read(zarr.open_group(path, mode="r")).source == str(path)
    same(read(zarr.open_array(path, path="U", mode="r")), read(f"{path}::U"))
    same(read(zarr.open_array(path / "U", mode="r")), read(path / "U"))
    # in memory, with the coordinates of the group around
    group = filled(zarr.create_group({}, zarr_format=zarr_format), zarr_format)
    same(read(group), expected)
    same(read(group["U"]), expected.select(["U"]))
    assert read(group).source == ""


def test_an_image_of_ome_zarr(tmp_path: Path) -> None:
    grid = Grid((3, 4, 5), (3.0, 2.0, 1.0), (1.0, 2.0, 3.0), unit="micrometer")
    write(Volume(grid, (Variable("density", VALUES),)), tmp_path / "a.zarr")
    found = read(zarr.open_group(tmp_path / "a.zarr", mode="r"))
    same(found, read(tmp_path / "a.zarr"))
    assert (found.grid.spacing, found.variables[0].name) == ((3.0, 2.0, 1.0), "density")


def test_an_array_without_a_name() -> None:
    (found,) = read(zarr.create_array({}, data=VALUES)).variables
    assert found.name == "values"
    assert np.array_equal(found.read(), VALUES)


def test_an_open_file_as_zarr() -> None:
    grid = Grid((3, 4, 5), (3.0, 2.0, 1.0))
    volume = Volume(grid, (Variable("a", VALUES), Variable("b", 2 * VALUES)))
    ds = vcore.open(vcore.compress(volume, None, max_error=0).data)
    found = read(ds.group)
    assert [v.name for v in found.variables] == ["a", "b"]
    assert found.grid.spacing == grid.spacing
    assert np.array_equal(found["b"].read(), 2 * VALUES)


def test_only_chunks_of_the_region_are_read() -> None:
    class Counted(zarr.storage.MemoryStore):
        asked: list[str] = []  # noqa: RUF012

        async def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
            self.asked.append(key)
            return await super().get(key, *args, **kwargs)

    array = zarr.create_array(Counted(), data=VALUES, chunks=(1, 2, 5))
    (found,) = read(array).variables
    Counted.asked.clear()
    assert np.array_equal(found.read((slice(1, 2), slice(2, 4), slice(0, 5))), VALUES[1:2, 2:])
    assert [key for key in Counted.asked if key.startswith("c/")] == ["c/1/1/0"]


def described(file: h5py.File) -> h5py.Dataset:
    """Return a dataset in a group, with a scale, spacings and attributes."""
    group = file.create_group("run")
    group.attrs["title"] = "a run"
    dataset = group.create_dataset("T", data=VALUES, chunks=(1, 4, 5))
    dataset.attrs.update({"units": "K", "_FillValue": np.float32(7), "spacing": [3.0, 2.0, 1.0]})
    group["lat"] = LAT
    group["lat"].make_scale("lat")
    dataset.dims[1].attach_scale(group["lat"])
    return dataset


def test_a_file_of_h5py(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        described(file)
    expected = read(path)
    assert expected.grid.spacing == (3.0, 2.0, 1.0)
    with h5py.File(path) as file:
        for item in (file, file["run"], file["run/T"]):
            same(read(item), expected)
            assert read(item).source == str(path)
        with pytest.raises(InputError, match="an output path other than the source"):
            vcore.compress(file["run/T"], path, force=True)


def test_a_file_of_h5py_that_is_written_or_in_memory(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as written, h5py.File(io.BytesIO(), "w") as memory:
        for file in (written, memory):
            found = read(described(file))
            assert found.attributes["title"] == "a run"
            assert found.variables[0].fill_value == 7
            assert np.array_equal(found.variables[0].read(), VALUES)


def test_datasets_to_choose_among() -> None:
    with h5py.File(io.BytesIO(), "w") as file:
        file["a"], file["b"], file["labels"] = VALUES, VALUES[1:], np.array(["x"], "S1")
        volume = read(file)
        assert [v.name for v in volume.variables] == ["a"]
        assert [a.name for a in volume.carried] == ["b", "labels"]
        assert [v.name for v in read(file, variables=["b"]).variables] == ["b"]
        with pytest.raises(InputError, match=r"Got \|S1 for 'labels' in the h5py\.Dataset"):
            read(file["labels"])


def test_a_closed_file() -> None:
    with h5py.File(io.BytesIO(), "w") as file:
        dataset = described(file)
        (found,) = read(dataset).variables
    for late in (found.read, lambda: read(dataset)):
        with pytest.raises(InputError, match=r"in the h5py\.Dataset.*whether it is still open"):
            late()


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["T"] = VALUES
    with h5py.File(tmp_path / "inside" / "a.h5", "w") as file:
        file["T"] = h5py.ExternalLink("../other.h5", "T")
        with pytest.raises(InputError, match="which lies outside"):
            read(file)
        (found,) = read(file, allow_outside=True).variables
        assert np.array_equal(found.read(), VALUES)
