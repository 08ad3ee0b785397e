"""`vcore decompress` into slices, zipped hierarchies and versions of OME-Zarr."""

import os
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import imagecodecs
import numpy as np
import zarr

from vcore import io
from vcore.model.volume import Volume

VALUES = np.random.default_rng(3).integers(0, 900, (5, 12, 14)).astype("u2")


def test_slices(run: Any, tmp_path: Path) -> None:
    np.save("head.npy", VALUES)
    run("compress", "head.npy", "head.vcore", "--lossless").assert_done()
    run("decompress", "head.vcore", "head/", "--slices", "png").assert_done()
    assert sorted(os.listdir("head")) == [f"head_{i:04d}.png" for i in range(5)]
    assert np.array_equal(imagecodecs.imread("head/head_0003.png"), VALUES[3])
    run("decompress", "head.vcore", "head", "--slices", "png").assert_refused("exists", "--force")
    run("decompress", "head.vcore", "a.png").assert_refused("Got 5 of 'head'", "--slices")
    run("decompress", "head.vcore", "a.png", "--region", "2:3,:,:").assert_done()
    assert np.array_equal(imagecodecs.imread("a.png"), VALUES[2])


def test_versions(run: Any, tmp_path: Path) -> None:
    np.save("a.npy", VALUES)
    run("compress", "a.npy", "a.vcore", "--lossless").assert_done()
    run("decompress", "a.vcore", "a.ozx", "--ome-zarr", "0.6").assert_done()
    assert np.array_equal(io.read("a.ozx").variables[0].read(), VALUES)
    run("decompress", "a.vcore", "b.ozx", "--ome-zarr", "0.4").assert_refused("0.5 or later")
    run("decompress", "a.vcore", "b.zarr", "--ome-zarr", "0.3").assert_refused("--ome-zarr", "0.3")
    run("decompress", "a.vcore", "b.nrrd", "--ome-zarr", "0.6").assert_refused("--ome-zarr")


def test_hierarchies_become_one_file(run: Any, tmp_path: Path) -> None:
    io.write(Volume.from_array(VALUES), "plain.zarr")
    run("compress", "plain.zarr", "h.zarr", "--lossless").assert_done()
    for name, version in (("a.ozx", "0.6"), ("a.zarr.zip", "0.4")):
        run("decompress", "h.zarr", name, "--ome-zarr", version, "--json").assert_done()
        with ZipFile(name) as archive:
            assert archive.testzip() is None
        with zarr.storage.ZipStore(name, mode="r") as store:
            found: Any = zarr.open_group(store, mode="r")["0"]
            assert np.array_equal(found[...], VALUES)
    run("decompress", "h.zarr", "a.ozx").assert_refused("exists", "--force")
    run("decompress", "h.zarr", "b.ozx", "--part", "1/2").assert_refused("Expected the folder")
    assert sorted(os.listdir(tmp_path)) == ["a.ozx", "a.zarr.zip", "h.zarr", "plain.zarr"]
