"""Compressed hierarchies in the viewers' readers: levels, time, channels, position."""

import numpy as np
import pytest
import zarr
from test_hierarchy import PSNR, make_04, make_05, values_of

import vcore
from vcore.errors import InputError
from vcore.hierarchy import compress
from vcore.hierarchy.dataset import HierarchyDataset


@pytest.fixture(params=[1, 2], ids=["chunks", "shards"])
def small(tmp_path, request):
    out = str(tmp_path / "small.ome.zarr")
    compress(make_05(str(tmp_path / "big.ome.zarr")), out, **PSNR, shards=request.param)
    return out


@pytest.fixture
def series(tmp_path):
    out = str(tmp_path / "series.ome.zarr")
    source = make_04(str(tmp_path / "old.ome.zarr"))
    compress(source, out, budget=vcore.Budget(max_error=1), chunks=16)
    return out


def test_a_hierarchy_opens_like_a_file(small):
    dataset = vcore.open(small)
    assert isinstance(dataset, HierarchyDataset)
    group = zarr.open_group(small, mode="r")
    assert dataset.shape == (40, 33, 50)
    assert np.array_equal(dataset[3:9, 4], group["0"][3:9, 4])
    part = dataset.decode((slice(2, 5),), level=1)  # along x: missing leading axes are whole
    assert np.array_equal(part, group["1"][..., 2:5])
    fine, coarse = dataset.grid_levels
    assert fine.spacing == (0.5,) * 3
    assert coarse.spacing == (1.0,) * 3
    assert coarse.origin == (0.25,) * 3  # centres of boxes of two voxels
    assert coarse.shape == (20, 17, 25)
    assert dataset.decoder().header.range == (0, 200)
    assert dataset.info["ratio"] > 5
    assert dataset.info["variables"][0]["achieved"]["psnr"] >= 40


def test_other_folders_are_refused(tmp_path):
    plain = make_05(str(tmp_path / "plain.ome.zarr"))
    with pytest.raises(InputError, match="that vcore compressed"):
        vcore.open(plain)


def test_axes_in_another_order_are_refused(tmp_path):
    source = zarr.create_group(str(tmp_path / "a.zarr"))
    source.create_array("0", data=np.arange(27, dtype="u1").reshape(3, 3, 3), chunks=(3, 3, 3))
    axes = [{"name": a, "type": "space"} for a in "xyz"]
    dataset = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 2, 3]}]}
    source.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": [dataset]}]}
    out = str(tmp_path / "o.zarr")
    compress(str(tmp_path / "a.zarr"), out, budget=vcore.Budget(max_error=0))
    with pytest.raises(InputError, match=r"axes z y x at .*o\.zarr\. Got x y z"):
        vcore.open(out)
    assert np.array_equal(vcore.io.read(out).variables[0].read().T, source["0"][...])


def coarsest(path):
    return vcore.open(path).levels[-1]


def test_napari_opens_the_folder(small):
    reading = pytest.importorskip("napari_vcore.reading")
    read = reading.get_reader(small)
    (data, options, kind), *labels = read(small)
    assert [kind, *(k for _, _, k in labels)] == ["image", "labels"]
    assert [level.shape for level in data] == [(40, 33, 50)]  # small: sharp in 3D
    assert data[0].chunks == (16, 16, 16)
    low, high = options["contrast_limits"]  # of the coarse level
    assert low == 0
    assert 100 < high <= np.max(coarsest(small)[...])
    assert tuple(options["scale"]) == (0.5,) * 3
    mse = np.square(np.asarray(data[0][10:20]).astype("f8") - values_of()[10:20]).mean()
    assert mse < 10


def test_napari_shows_time_and_channels(series):
    reading = pytest.importorskip("napari_vcore.reading")
    layers = reading.get_reader(series)(series)
    assert [options["name"] for _, options, _ in layers] == ["series c0", "series c1"]
    assert layers[0][0][0].shape == (2, 20, 33, 50)
    error = np.asarray(layers[1][0][0][0]).astype("f8") - values_of()[20:]
    assert np.abs(error).max() <= 1


def test_napari_leaves_other_folders_alone(tmp_path):
    reading = pytest.importorskip("napari_vcore.reading")
    assert reading.get_reader(make_05(str(tmp_path / "plain.ome.zarr"))) is None


@pytest.mark.parametrize(
    ("axes", "shape"),
    [("yx", (75, 141)), ("tyx", (5, 75, 141)), ("cyx", (3, 75, 141)), ("tcyx", (2, 3, 75, 141))],
)
def test_images_without_z_keep_their_axes(tmp_path, axes, shape):
    rng = np.random.default_rng(0)
    values = np.cumsum(rng.normal(size=shape), -1).astype("f4")
    source, out = str(tmp_path / "in.ome.zarr"), str(tmp_path / "out.ome.zarr")
    volume = vcore.read(values, axes=axes, spacing=(1, 2, 3))
    vcore.io.write(volume, source)
    compress(source, out, budget=vcore.Budget(max_error=0.01), chunks=32)
    ds = vcore.open(out)
    assert ds.shape == shape
    assert ds.info["variables"][0]["axes"] == axes
    given = zarr.open_group(source, mode="r")
    array = zarr.open_array(out, path="0", mode="r")
    assert array.metadata.dimension_names == given["0"].metadata.dimension_names
    for k, level in enumerate(ds.levels):
        assert np.abs(level[...] - given[str(k)][...]).max() <= 0.01
        assert ds.decoder().shape(k)[-3:] == ds.grid_levels[k].shape
    np.testing.assert_array_equal(ds[...], array[...])
    np.testing.assert_array_equal(ds[..., 3:60:7, -5], array[..., 3:60:7, -5])
    np.testing.assert_array_equal(ds.decode()[..., 0, :, :], array[...])
    assert ds.grid_levels[-1].spacing[1:] == (4.0, 6.0)
    found = ds.to_xarray()
    assert found.sizes == dict(zip(axes, shape, strict=True))
