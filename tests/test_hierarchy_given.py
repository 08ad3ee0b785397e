"""Volumes and dask arrays as sources of a hierarchy."""

from pathlib import Path

import dask
import dask.array as da
import numpy as np
import pytest
import zarr
from levels import files_of
from ome_zarr_models import open_ome_zarr
from volumes import blobs, in_dtype

import vcore
from vcore.errors import InputError
from vcore.hierarchy import audit, compress
from vcore.hierarchy.dataset import HierarchyDataset
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

SHAPE = (40, 33, 50)
VALUES = in_dtype(blobs(SHAPE), "u2", 0, 2000)
PSNR = {"budget": vcore.Budget(psnr=40), "chunks": 16}


@pytest.fixture
def out(tmp_path):
    return str(tmp_path / "small.ome.zarr")


def counted(values, chunks):
    """Return a dask array and a list of the indices of its computed blocks."""
    done = []

    def block(block_info=None):
        place = block_info[None]["array-location"]
        done.append(tuple(place))
        return values[tuple(slice(*ends) for ends in place)]

    chunks = da.core.normalize_chunks(chunks, values.shape)
    return da.map_blocks(block, chunks=chunks, dtype=values.dtype, meta=values[:0]), done


def test_a_dask_array_is_read_by_chunk(out):
    lazy, done = counted(VALUES, 16)
    with dask.config.set(scheduler="synchronous"):
        result = compress(lazy, out, budget=vcore.Budget(max_error=3), chunks=16)
    assert result.finished
    assert len(done) == len(set(done)) == 3 * 3 * 4
    decoded = zarr.open_array(out, path="0", mode="r")[...]
    assert np.abs(decoded.astype("f8") - VALUES).max() <= 3
    assert audit(out, lazy, sample=1.0).breaks == ()
    assert "differs from the compressed one" in audit(out, lazy + 1, sample=1.0).breaks[0]


def test_threads_and_a_stop_give_the_same_bytes(tmp_path, out):
    lazy = da.from_array(VALUES, chunks=20)
    compress(lazy, out, **PSNR)
    other = str(tmp_path / "other.zarr")

    def tell(stage, share):
        if stage == "compressing" and share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compress(lazy, other, **PSNR, workers=2, context=vcore.Context(progress=tell))
    assert compress(lazy, other, **PSNR, workers=2).finished
    assert files_of(other) == files_of(out)


def test_a_size_for_a_dask_array(out):
    lazy = da.from_array(VALUES, chunks=20)
    result = compress(lazy, out, budget=vcore.Budget(ratio=20), chunks=32)
    assert VALUES.nbytes / 40 < result.arrays["0"]["bytes"] <= VALUES.nbytes / 20
    back = da.from_zarr(out, component="0")
    assert back.chunksize == (32, 32, 32)
    assert np.square(back.astype("f8") - VALUES).mean().compute() < 2000


def test_a_volume_keeps_its_place(out):
    grid = Grid(shape=SHAPE, spacing=(2, 0.5, 0.5), origin=(1, 2, 3), unit="micrometer")
    names = {"density": VALUES.astype(">u2"), "speed": VALUES.astype("f4")}
    variables = tuple(Variable(name, values) for name, values in names.items())
    compress(Volume(grid, variables), out, budget=vcore.Budget(max_error=3), chunks=16)
    group = zarr.open_group(out, mode="r")
    assert group["OME"].attrs["ome"]["series"] == ["0", "1"]
    for i, values in enumerate(names.values()):
        image = open_ome_zarr(group[str(i)]).attributes.ome.multiscales[0]
        steps = image.datasets[0].coordinateTransformations
        assert steps[0].scale == [2.0, 0.5, 0.5]
        assert steps[1].translation == [1.0, 2.0, 3.0]
        assert image.axes[0].unit == "micrometer"
        assert np.abs(group[f"{i}/0"][...].astype("f8") - values).max() <= 3
    assert [v.name for v in vcore.io.read(out).variables] == ["density", "speed"]


def test_one_variable_opens_like_a_file(out):
    compress(Volume.from_array(VALUES, name="head", spacing=(1, 2, 3)), out, **PSNR)
    dataset = HierarchyDataset(out)
    assert dataset.grid.spacing == (1.0, 2.0, 3.0)
    assert list(dataset.variables) == ["head"]


def test_a_declared_fill_value_is_missing(out):
    values = VALUES.astype("i2")
    values[3:9, 4] = -999
    compress(Volume(Grid(shape=SHAPE), (Variable("v", values, fill_value=-999),)), out, **PSNR)
    array = zarr.open_array(out, path="0", mode="r")
    assert array.attrs["_FillValue"] == -999
    decoded, absent = array[...], values == -999
    assert np.array_equal(decoded == -999, absent)
    error = decoded[~absent].astype("f8") - values[~absent]
    assert 20 * np.log10(np.ptp(values[~absent]) / np.sqrt(np.square(error).mean())) >= 40
    assert vcore.io.read(out).variables[0].fill_value == -999
    assert HierarchyDataset(out).decoder().header.range[0] == values[~absent].min()


def test_what_is_refused(out):
    with pytest.raises(InputError, match=r"dask\.array\.to_zarr"):
        compress(da.from_array(VALUES), out, scheduler="tcp://127.0.0.1:9")
    with pytest.raises(InputError, match="two axes"):
        compress(da.zeros(5), out)
    assert not Path(out).exists()


def test_an_image_keeps_its_axes(out):
    image = np.random.default_rng(0).random((40, 30)).astype("f4")
    compress(da.from_array(image), out, budget=vcore.Budget(max_error=0))
    assert HierarchyDataset(out).shape == (40, 30)
    assert zarr.open_array(out, path="0", mode="r").shape == (40, 30)
    (found,) = vcore.io.read(out).variables
    assert found.source_shape == (40, 30)
    np.testing.assert_array_equal(found.read()[0], image)


def test_a_dask_array_into_one_file(tmp_path):
    lazy, done = counted(VALUES, (20, 33, 50))
    with dask.config.set(scheduler="synchronous"):
        report = vcore.compress(lazy, tmp_path / "a.vcore", budget=vcore.Budget(psnr=40))
    assert set(done) == {((z, z + 20), (0, 33), (0, 50)) for z in (0, 20)}
    vcore.compress(VALUES, tmp_path / "b.vcore", budget=vcore.Budget(psnr=40))
    assert report.psnr >= 40
    decoded = [vcore.open(tmp_path / f"{name}.vcore").decode() for name in "ab"]
    assert np.array_equal(*decoded)
