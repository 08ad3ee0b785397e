"""Multiscale files as hierarchies: Imaris and BigDataViewer."""

import os

import numpy as np
import pytest
import zarr
from levels import affine, halved, write_bdv, write_imaris
from ome_zarr_models import open_ome_zarr
from volumes import blobs, in_dtype

import vcore
from vcore.errors import InputError
from vcore.hierarchy import audit, compress, export
from vcore.hierarchy.dataset import HierarchyDataset

BOUND = {"budget": vcore.Budget(max_error=3), "chunks": 16}
FACTORS = ((1, 1, 1), (1, 2, 2))


def values_of(lead):
    values = in_dtype(blobs((20, 33, 40)), "u2", 0, 4000)
    return np.stack([values // (i + 1) for i in range(np.prod(lead))]).reshape(*lead, 20, 33, 40)


@pytest.fixture
def out(tmp_path):
    return str(tmp_path / "small.ome.zarr")


@pytest.mark.slow
def test_imaris(tmp_path, out):
    values = values_of((2, 2))
    source = write_imaris(tmp_path / "cells.ims", values, FACTORS)
    assert compress(source, out, **BOUND).finished
    group = zarr.open_group(out, mode="r")
    for k, factor in enumerate(FACTORS):
        wanted = halved(values, factor).astype("f8")
        assert np.abs(group[str(k)][...] - wanted).max() <= 3
    image = open_ome_zarr(group)
    assert [c["label"] for c in image.attributes.ome.omero["channels"]] == ["stain 0", "stain 1"]
    first, second = (
        [t.model_dump() for t in d.coordinateTransformations]
        for d in image.attributes.ome.multiscales[0].datasets
    )
    assert first[0]["scale"] == [10.0, 1.0, 2.0, 0.25, 0.5]
    assert first[1]["translation"] == [0.0, 0.0, -3.0, 0.125, 10.25]
    assert second[0]["scale"][2:4] == pytest.approx([2.0, 0.25 * 33 / 17])
    assert audit(out, source, sample=1.0).breaks == ()
    dataset = HierarchyDataset(out)
    assert dataset.grid.unit == "micrometer"
    assert dataset.grid.spacing == (2.0, 0.25, 0.5)
    assert dataset.decoder().header.components == ("stain 0", "stain 1")


@pytest.mark.slow
def test_workers_read_imaris_too(tmp_path, out):
    source = write_imaris(tmp_path / "cells.ims", values_of((1, 1)), FACTORS)
    compress(source, out, budget=vcore.Budget(psnr=40), chunks=16)
    other = str(tmp_path / "other.zarr")
    compress(source, other, budget=vcore.Budget(psnr=40), chunks=16, workers=2)
    for k in "01":
        assert np.array_equal(zarr.open_array(out, path=k)[...], zarr.open_array(other, path=k))
    found = audit(out, source, sample=1.0)
    assert found.arrays["0"]["psnr"] >= 40
    assert found.breaks == ()


def test_a_source_that_changed_is_found(tmp_path, out):
    values = values_of((1, 1))
    source = write_imaris(tmp_path / "cells.ims", values, FACTORS)
    compress(source, out, **BOUND)
    write_imaris(source, values + 1, FACTORS)
    os.utime(source, (1, 1))  # even if the clock does not advance between two writes
    assert "differs from the compressed one" in audit(out, source, sample=1.0).breaks[0]


@pytest.mark.parametrize("suffix", ["xml", "h5"])
def test_places_of_bigdataviewer_are_a_collection(tmp_path, out, suffix):
    setups = [values_of((1,)) // (i + 1) for i in range(2)]
    moved = affine([[0.5, 0, 0, 10], [0, 0.25, 0, 0], [0, 0, 2, 0]])
    still = affine(np.diag([0.5, 0.25, 2, 1])[:3])
    write_bdv(tmp_path / "run", setups, FACTORS, registrations=[[still], [moved]])
    source = str(tmp_path / f"run.{suffix}")
    assert compress(source, out, **BOUND).finished
    group = zarr.open_group(out, mode="r")
    assert group.attrs["ome"]["bioformats2raw.layout"] == 3
    assert group["OME"].attrs["ome"]["series"] == ["0", "1"]
    for i, values in enumerate(setups):
        assert np.abs(group[f"{i}/1"][...] - halved(values[0], (1, 2, 2)).astype("f8")).max() <= 3
        steps = open_ome_zarr(group[str(i)]).attributes.ome.multiscales[0].datasets[0]
        assert steps.coordinateTransformations[1].translation == [0.0, 0.0, 10.0 * i]
        dataset = HierarchyDataset(f"{out}/{i}")
        assert dataset.grid.origin == (0.0, 0.0, 10.0 * i)
        assert np.abs(dataset[...].astype("f8") - values[0]).max() <= 3
    assert audit(out, source, sample=1.0).breaks == ()


def test_an_imaris_file_as_plain_zarr(tmp_path, out):
    values = values_of((1, 2))
    export(write_imaris(tmp_path / "cells.ims", values, FACTORS), out)
    assert np.array_equal(zarr.open_array(out, path="0", mode="r")[...], values[0])


def test_files_that_are_none(tmp_path, out):
    with pytest.raises(InputError, match="Got nothing by that name"):
        compress(str(tmp_path / "a.npy"), out)
    (tmp_path / "a.ims").write_bytes(b"no HDF5")
    with pytest.raises(InputError, match="readable Imaris file"):
        compress(str(tmp_path / "a.ims"), out)
    assert not os.path.exists(out)
