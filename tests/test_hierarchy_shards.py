"""Shards: many chunks in one file."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import zarr
from levels import files_of
from volumes import blobs, in_dtype

import vcore
from vcore.errors import InputError
from vcore.hierarchy import audit, compress, export, records
from vcore.hierarchy.dataset import HierarchyDataset
from vcore.hierarchy.shards import WAITING, shape_of_shards

SHAPE = (40, 48, 50)
CHUNKS = {"budget": vcore.Budget(psnr=40), "chunks": 16}
SHARDED = {**CHUNKS, "shards": 2}


@pytest.fixture
def source(tmp_path):
    path = str(tmp_path / "big.ome.zarr")
    root = zarr.create_group(path, zarr_format=3)
    scale = [{"type": "scale", "scale": [1.0] * 3}]
    level = {"path": "0", "coordinateTransformations": scale}
    axes = [{"name": n, "type": "space"} for n in "zyx"]
    image = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": [level]}]}
    root.attrs["ome"] = image
    values = np.maximum(in_dtype(blobs(SHAPE), "u1", 0, 200), 9)
    values[:32, :32, :32] = 0  # an empty shard
    root.create_array("0", shape=SHAPE, dtype="u1", chunks=(25,) * 3)[...] = values
    labels = root.create_group("labels")
    labels.attrs["ome"] = {"version": "0.5", "labels": ["cells"]}
    labels.create_group("cells").attrs["ome"] = image
    labels["cells"].create_array("0", shape=SHAPE, dtype="u2", chunks=(20,) * 3)[...] = values // 9
    return path


@pytest.fixture
def out(tmp_path):
    return str(tmp_path / "small.ome.zarr")


@pytest.mark.parametrize(
    ("shape", "side", "wanted"),
    [
        ((100, 100, 100), 1, None),
        ((100, 100, 100), None, None),
        ((10, 9, 8), 4, None),
        ((110, 100, 100), None, (80, 80, 80)),
        ((100, 100, 100), 4, (40, 40, 40)),
        ((25, 100, 100), 4, (30, 40, 40)),
        # a shard of few chunks in space has more in time, one of many does not
        ((70, 3, 25, 25, 25), 4, (1, 2, 30, 30, 30)),
        ((70, 3, 10, 10, 10), 4, (21, 3, 10, 10, 10)),
        ((70, 3, 100, 100, 100), 2, (1, 1, 20, 20, 20)),
    ],
)
def test_shapes(shape, side, wanted):
    chunks = (*[1] * (len(shape) - 3), 10, 10, 10)
    assert shape_of_shards(shape, chunks, side) == wanted


def test_the_same_chunks_in_fewer_files(source, out, tmp_path):
    plain = str(tmp_path / "plain.ome.zarr")
    compress(source, plain, **CHUNKS)
    result = compress(source, out, **SHARDED)
    for path in ("0", "labels/cells/0"):
        array, other = (zarr.open_array(p, path=path, mode="r") for p in (out, plain))
        assert array.shards == (32, 32, 32)
        assert array.chunks == other.chunks == (16, 16, 16)
        assert np.array_equal(array[...], other[...])
        assert records.read(out, path) == records.read(plain, path)
        files = [p for p in Path(out, path, "c").rglob("*") if p.is_file()]
        assert len(files) == 2 * 2 * 2 - 1
        assert result.arrays[path]["bytes"] == sum(p.stat().st_size for p in files)
        assert not Path(out, path, WAITING).exists()
    assert audit(out, source, sample=1.0).breaks == ()
    values = zarr.open_array(plain, path="0", mode="r")[10:20, 3:20, 30:50]
    dataset = HierarchyDataset(out)
    assert np.array_equal(dataset.decode((slice(10, 20), slice(3, 20), slice(30, 50))), values)


@pytest.mark.slow
def test_workers_and_parts_give_the_same_bytes(source, out, tmp_path):
    compress(source, out, **SHARDED)
    whole = files_of(out)
    other = str(tmp_path / "workers.zarr")
    compress(source, other, **SHARDED, workers=2)
    assert files_of(other) == whole
    parts = str(tmp_path / "parts.zarr")
    assert not compress(source, parts, **SHARDED, part="2/3").finished
    files = {n for n in files_of(parts) if "/c/" in n}
    assert files == {n for n in files if whole[n] == Path(parts, n).read_bytes()} != set()
    assert not compress(source, parts, **SHARDED, part="3/3").finished
    assert compress(source, parts, **SHARDED, part="1/3").finished
    assert files_of(parts) == whole


STOPPED = """
import os, sys
import vcore
from vcore.hierarchy import compress, shards
from vcore.hierarchy import transfer as transferring

source, out, where = sys.argv[1:]
add, rmtree = transferring.Journal.add, shards.shutil.rmtree

def after_ten_chunks(self, array, record, count=[0]):
    add(self, array, record)
    count[0] += 1
    if count[0] == 10:
        os._exit(9)

def while_it_clears_up(path, ignore_errors=False):
    if ignore_errors:
        return
    next(path.iterdir()).unlink()
    os._exit(9)

if where == "encoding":
    transferring.Journal.add = after_ten_chunks
if where == "clearing":
    shards.shutil.rmtree = while_it_clears_up
if where == "packing":
    shards.pack = lambda *arguments: os._exit(9)
compress(source, out, budget=vcore.Budget(psnr=40), chunks=16, shards=2)
"""


@pytest.mark.parametrize("where", ["encoding", "packing", "clearing"])
def test_a_stop_anywhere_costs_no_finished_chunk(source, out, tmp_path, where, monkeypatch):
    compress(source, out, **SHARDED)
    other = str(tmp_path / "stopped.zarr")
    found = subprocess.run([sys.executable, "-c", STOPPED, source, other, where], check=False)
    assert found.returncode == 9
    done = set(records.read(other, "0"))
    assert len(done) >= 8
    assert Path(other, "0", WAITING).exists()
    from vcore.hierarchy import chunk_job as jobs
    from vcore.hierarchy import transfer as transferring

    again = []

    def counted(job):
        again.append(job)
        return jobs.transfer(job)

    monkeypatch.setattr(transferring, "transfer", counted)
    assert compress(source, other, **SHARDED).finished
    assert not done & {job.chunk for job in again if job.array == "0"}
    assert files_of(other) == files_of(out)


def test_an_audit_finds_damage(source, out):
    compress(source, out, **SHARDED)
    path = Path(out, "0", "c", "1", "1", "1")
    good = path.read_bytes()
    for at, count in ((0, 1), (-1, 4)):
        bad = bytearray(good)
        bad[at] ^= 1
        path.write_bytes(bad)
        # the index counts all non-empty chunks of the shard: 1 x 1 x 2
        assert len(audit(out).breaks) == min(count, 2)
        assert "checksum" in audit(out).breaks[0]
    path.unlink()
    assert len(audit(out).breaks) == 2
    path.write_bytes(b"short")
    assert len(audit(out).breaks) == 2
    path.write_bytes(good)
    assert audit(out).breaks == ()


def test_an_export_is_without_shards(source, out, tmp_path):
    compress(source, out, **SHARDED)
    plain = str(tmp_path / "plain.zarr")
    export(out, plain, version="0.4")
    array = zarr.open_array(plain, path="0", mode="r")
    assert np.array_equal(array[...], zarr.open_array(out, path="0", mode="r")[...])
    assert len([p for p in Path(plain, "0").rglob("*") if p.is_file()]) > 20


def test_impossible_shards(source, out):
    with pytest.raises(InputError, match="one chunk a side"):
        compress(source, out, chunks=16, shards=0)
    assert not os.path.exists(out)
