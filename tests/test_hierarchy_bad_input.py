"""Hierarchies that are refused, found broken, or unusual but valid."""

import errno
import json
import pickle
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import zarr
from test_hierarchy import PSNR, make_05, multiscales
from volumes import blobs

import vcore
from vcore.container.layout import crc32c
from vcore.engine.plans import MIN_DEFAULT_BYTES
from vcore.errors import InputError, OutputError, OutputExistsError
from vcore.hierarchy import audit, compress, export, records, shards
from vcore.hierarchy import chunk_job as jobs
from vcore.hierarchy.dataset import HierarchyDataset

SHAPE = (20, 24, 28)
BOUND = {"budget": vcore.Budget(max_error=0.01), "chunks": 16}


@pytest.fixture
def source(tmp_path):
    return make_05(str(tmp_path / "big.ome.zarr"))


@pytest.fixture
def out(tmp_path):
    return str(tmp_path / "small.ome.zarr")


def array_at(path, values, **options):
    """Write a single array."""
    array = zarr.create_array(
        str(path), shape=values.shape, dtype=values.dtype, chunks=(16,) * values.ndim, **options
    )
    array[...] = values
    return str(path)


def with_records(out, change):
    """Rewrite the records of a single array, changing each."""
    table = Path(out, records.RECORDS)
    lines = [json.loads(line) for line in table.read_text().splitlines()]
    table.write_text("".join(json.dumps({**line, **change(line)}) + "\n" for line in lines))


@pytest.mark.parametrize("sample", [-0.1, 1.5])
def test_impossible_samples(source, out, sample):
    compress(source, out, **PSNR)
    with pytest.raises(InputError, match="between 0 and 100 %"):
        audit(out, source, sample=sample)


def test_a_record_beyond_the_bound(tmp_path, out):
    compress(array_at(tmp_path / "a.zarr", blobs(SHAPE).astype("f4")), out, **BOUND)
    assert audit(out).breaks == ()
    with_records(out, lambda _: {"max_error": 0.02})
    assert all("above 0.01" in text for text in audit(out).breaks)
    assert len(audit(out).breaks) == 8


def test_a_source_that_cannot_be_read(source, out):
    compress(source, out, **PSNR)
    for path in Path(source, "0", "c").rglob("*"):
        if path.is_file():
            path.write_bytes(b"damaged")
    found = audit(out, source, sample=1.0)
    assert any("cannot be compared: Expected a readable" in text for text in found.breaks)


def test_missing_values_are_compared(tmp_path, out, monkeypatch):
    values = blobs(SHAPE).astype("f4")
    values[:3] = np.nan
    values[5, 5, 5] = np.inf
    source = array_at(tmp_path / "a.zarr", values)
    compress(source, out, **BOUND)
    assert audit(out, source, sample=1.0).breaks == ()
    decoded = zarr.open_array(out, mode="r")[...]
    assert np.array_equal(np.isnan(decoded), np.isnan(values))
    assert decoded[5, 5, 5] == np.inf
    # a decoder that loses them
    opened = jobs.opened

    class Filled:
        def __init__(self, array):
            self._array = array

        def __getattr__(self, name):
            return getattr(self._array, name)

        def __getitem__(self, region):
            return np.nan_to_num(self._array[region], posinf=0)

    def lossy(root, path):
        return Filled(opened(root, path)) if root == out else opened(root, path)

    monkeypatch.setattr(sys.modules["vcore.hierarchy.audit"], "opened", lossy)
    breaks = audit(out, source, sample=1.0).breaks
    assert breaks
    assert all("in its missing values" in text for text in breaks)


def test_what_is_no_number_is_kept(tmp_path, out):
    values = blobs(SHAPE) > 0.5
    source = array_at(tmp_path / "a.zarr", values)
    compress(source, out, chunks=16)
    assert np.array_equal(zarr.open_array(out, mode="r")[...], values)
    assert audit(out, source, sample=1.0).breaks == ()
    array = zarr.open_array(out, mode="r+")
    array[...] = ~values

    def as_stored(record):
        data = shards.read_chunk(out, "", array, tuple(record["chunk"]))
        return {"bytes": len(data), "crc32c": crc32c(data) if data else 0}

    with_records(out, as_stored)
    assert any("is not preserved" in text for text in audit(out, source, sample=1.0).breaks)


def test_what_is_all_nan_is_not_stored(tmp_path, out):
    values = np.full(SHAPE, np.nan, "f4")
    values[:, :, 16:] = blobs((20, 24, 12))
    source = array_at(tmp_path / "a.zarr", values, fill_value=np.nan)
    compress(source, out, **BOUND)
    assert sorted(p.name for p in Path(out, "c").rglob("*") if p.is_file()) == ["1"] * 4
    assert np.isnan(zarr.open_array(out, mode="r")[..., :16]).all()
    assert audit(out, source, sample=1.0).breaks == ()


def test_without_a_budget_it_is_the_methods_own(tmp_path, out):
    values = blobs((48, 48, 48)).astype("f4")
    result = compress(array_at(tmp_path / "a.zarr", values), out, chunks=48)
    assert values.nbytes / 20 > MIN_DEFAULT_BYTES
    assert result.bytes <= values.nbytes / 20
    assert result.to_json()["arrays"][""]["ratio"] >= 20


def test_other_versions(source, out):
    with pytest.raises(InputError, match=r"OME-Zarr 0\.4, 0\.5, 0\.6"):
        export(source, out, version="0.3")


def test_a_group_without_arrays(tmp_path, out):
    zarr.create_group(str(tmp_path / "a.zarr"))
    with pytest.raises(InputError, match="with arrays"):
        compress(str(tmp_path / "a.zarr"), out)


def test_what_is_there_and_no_hierarchy_stays(source, out):
    Path(out).mkdir()
    Path(out, "mine").write_text("kept")
    with pytest.raises(OutputExistsError, match="not begun with these options"):
        compress(source, out, **PSNR)
    assert Path(out, "mine").read_text() == "kept"


@pytest.mark.parametrize("where", [f"/{shards.WAITING}/", "/c/"])
def test_a_full_disk(source, out, monkeypatch, where):
    replace = Path.replace

    def full(path, target):
        if where in str(target):
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(OutputError, match="No space left on device"):
            compress(source, out, **PSNR, shards=2)
    assert not list(Path(out).rglob(".*part"))
    assert not [p for p in Path(out, "0", "c").rglob("*") if p.is_file()]
    assert compress(source, out, **PSNR, shards=2).finished
    assert audit(out, source, sample=1.0).breaks == ()


def test_another_part_may_create_it_first(source, out, tmp_path, monkeypatch):
    first = str(tmp_path / "first.zarr")
    assert not compress(source, first, **PSNR, part="1/2").finished
    rename = Path.rename

    def late(path, target):
        shutil.copytree(first, target)
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", late)
        assert compress(source, out, **PSNR, part="2/2").finished
    assert audit(out, source, sample=1.0).breaks == ()
    assert not list(tmp_path.glob(".small*"))


def test_a_plain_array_opens_like_a_file(tmp_path, out):
    values = (1000 * blobs(SHAPE)).astype("u2")
    compress(
        array_at(tmp_path / "a.zarr", values), out, budget=vcore.Budget(max_error=3), chunks=16
    )
    dataset = HierarchyDataset(out)
    decoder = dataset.decoder()
    assert decoder.header.range == (0, 65535)
    assert np.abs(dataset.decode().astype("f8") - values).max() <= 3
    assert np.array_equal(pickle.loads(pickle.dumps(dataset)).decode(), dataset.decode())
    whole = tuple(slice(0, n) for n in SHAPE)
    assert np.array_equal(dataset.array[...], decoder.decode_chunk(whole, 0))
    assert dataset.sample([1, 2, 3]) == dataset.decode()[1, 2, 3]
    with pytest.raises(InputError, match="of Gaussians"):
        decoder.primitives()


def test_levels_without_scales_lie_by_their_shapes(tmp_path, out):
    path = str(tmp_path / "a.zarr")
    root = zarr.create_group(path, zarr_format=3)
    image = multiscales(2)
    for level in image[0]["datasets"]:
        level["coordinateTransformations"] = []
    root.attrs["ome"] = {"version": "0.5", "multiscales": image}
    for k, values in enumerate((blobs(SHAPE), blobs(SHAPE)[::2, ::2, ::4])):
        array_at(f"{path}/{k}", values.astype("f4"))
    compress(path, out, **BOUND)
    dataset = HierarchyDataset(out)
    assert dataset.decoder().header.range == (0.0, 1.0)
    assert dataset.grid_levels[1].spacing == (2.0, 2.0, 4.0)
    assert dataset.grid_levels[1].origin == (0.5, 0.5, 1.5)


def test_a_collection_is_no_one_image(tmp_path, out):
    path = str(tmp_path / "a.zarr")
    root = zarr.create_group(path, zarr_format=3)
    for name in "ab":
        array_at(f"{path}/{name}", blobs(SHAPE).astype("f4"))
    assert set(root.array_keys()) == {"a", "b"}
    compress(path, out, **BOUND)
    with pytest.raises(InputError, match="one image"):
        HierarchyDataset(out)


@pytest.mark.parametrize(
    "omero",
    [None, [], {"channels": None}, {"channels": [{"window": None}, {"window": {"start": "x"}}]}],
)
def test_odd_omero_is_left_out(tmp_path, omero):
    group = zarr.create_group(tmp_path / "a.zarr")
    values = np.arange(512, dtype="u2").reshape(8, 8, 8)
    group.create_array("0", data=values)
    axes = [{"name": n, "type": "space"} for n in "zyx"]
    image = {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": None}]}
    group.attrs["ome"] = {"version": "0.5", "multiscales": [image, None], "omero": omero}
    compress(str(tmp_path / "a.zarr"), str(tmp_path / "b.zarr"), budget=vcore.Budget(max_error=0))
    dataset = vcore.open(tmp_path / "b.zarr")
    np.testing.assert_array_equal(dataset[...], values)


@pytest.mark.parametrize("fill", ["no number", [255], None])
def test_odd_fill_values_of_version_2_block_nothing(tmp_path, out, fill):
    values = np.arange(360, dtype="u2").reshape(4, 9, 10)
    group = zarr.create_group(str(tmp_path / "in.zarr"), zarr_format=2)
    group.create_array("a", data=values).attrs["_FillValue"] = fill
    compress(str(tmp_path / "in.zarr"), out, budget=vcore.Budget(max_error=0))
    assert (zarr.open_group(out)["a"][...] == values).all()
