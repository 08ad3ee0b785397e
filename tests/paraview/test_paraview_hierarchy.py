"""Hierarchies of the chunk codec in a real pvpython, opened by their zarr.json."""

from dataclasses import replace

import numpy as np
import pytest
import zarr
from volumes import blobs, in_dtype

import vcore
from vcore.hierarchy import compress
from vcore.hierarchy.dataset import HierarchyDecoder

pytestmark = pytest.mark.slow


def hierarchy(folder, frames=0, shards=1, missing=None):
    """Return a compressed two-level hierarchy, with a time axis if ``frames``; ``missing`` marks
    missing values."""
    shape = (frames,) * bool(frames) + (20, 30, 40)
    values = in_dtype(np.broadcast_to(blobs((20, 30, 40)), shape), "u1", 0, 200)
    if missing is not None:
        values[..., :7, 4:9, ::3] = missing
    axes = [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"]
    axes = [{"name": "t", "type": "time"}] * bool(frames) + axes
    lead = [1.0] * bool(frames)
    datasets = [
        {
            "path": str(k),
            "coordinateTransformations": [{"type": "scale", "scale": [*lead, *[2.0**k] * 3]}],
        }
        for k in (0, 1)
    ]
    root = zarr.create_group(str(folder / "big.ome.zarr"), zarr_format=3)
    root.attrs["ome"] = {
        "version": "0.5",
        "multiscales": [{"name": "head", "axes": axes, "datasets": datasets}],
    }
    for k in (0, 1):
        level = values[..., :: 1 + k, :: 1 + k, :: 1 + k]
        array = root.create_array(str(k), shape=level.shape, dtype="u1", chunks=level.shape)
        array[...] = level
        if missing is not None:
            array.attrs["_FillValue"] = missing
    out = folder / "small.ome.zarr"
    budget = vcore.Budget(max_error=2)
    compress(str(folder / "big.ome.zarr"), str(out), budget=budget, chunks=16, shards=shards)
    return out


SCRIPT = """
    reader = OpenDataFile(arguments[0])
    reader.Level = arguments[2]
    times = list(reader.TimestepValues or [])
    reader.UpdatePipeline(times[-1] if times else 0)
    data = output(reader)
    name = data.GetPointData().GetArrayName(0)
    np.save(arguments[1], values(reader, name))
    found = [reader.GetXMLName(), data.GetExtent(), data.GetSpacing(), times, name]
"""


@pytest.mark.parametrize("level", [0, 1])
def test_a_level_opens_by_its_zarr_json(pvpython, tmp_path, level):
    out = hierarchy(tmp_path, shards=1 + level)
    found = pvpython(SCRIPT, out / "zarr.json", tmp_path / "v.npy", level).found
    expected = zarr.open_group(str(out), mode="r")[str(level)][...]
    assert found[0] == "VcoreReader"
    assert found[1][1::2] == [n - 1 for n in expected.shape[::-1]]
    assert found[2] == pytest.approx([2.0**level] * 3)
    assert np.array_equal(np.load(tmp_path / "v.npy"), expected.ravel())


def test_time_steps(pvpython, tmp_path):
    out = hierarchy(tmp_path, frames=3)
    found = pvpython(SCRIPT, out / "zarr.json", tmp_path / "v.npy", 0).found
    expected = zarr.open_group(str(out), mode="r")["0"][-1]
    assert len(found[3]) == 3
    assert np.array_equal(np.load(tmp_path / "v.npy"), expected.ravel())


def test_fill_values_are_known_where_they_are(tmp_path):
    found = vcore.open(str(hierarchy(tmp_path, missing=255))).decoder()
    decoder = HierarchyDecoder(replace(found.header, fill_value=255), found.grids, found.arrays)
    values = decoder.decode()
    assert np.array_equal(decoder.filled(values, ()), values == 255)
    assert (values == 255).sum() == 7 * 5 * 14
    assert found.header.fill_value == 255 or found.filled(values, ()) is None
