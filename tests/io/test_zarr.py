"""Zarr and OME-Zarr, in folders and behind URLs."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import zarr
from ome_zarr_models.v05.image import Image

from vcore.errors import InputError
from vcore.io import read, write
from vcore.model.volume import Variable, Volume

VALUES = np.arange(2 * 3 * 4 * 5, dtype=np.uint16).reshape(2, 3, 4, 5)


def ome_image(path: Path, version: str) -> None:
    group = zarr.create_group(path, zarr_format=3 if version == "0.5" else 2)
    group.create_array("0", data=VALUES[:, None], chunks=(1, 1, 3, 4, 5))
    group.create_array("1", data=VALUES[:, None, :, ::2, ::2])
    multiscales = [
        {
            "version": version,
            "axes": [
                {"name": "t", "type": "time", "unit": "minute"},
                {"name": "c", "type": "channel"},
                *({"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"),
            ],
            "datasets": [
                {
                    "path": str(level),
                    "coordinateTransformations": [
                        {"type": "scale", "scale": [1, 1, 0.5, 0.1 * k, 0.1 * k]},
                        {"type": "translation", "translation": [0, 0, 1, 2, 3]},
                    ],
                }
                for level, k in ((0, 1), (1, 2))
            ],
            "coordinateTransformations": [{"type": "scale", "scale": [5, 1, 1, 1, 1]}],
        }
    ]
    omero = {"channels": [{"label": "GFP", "color": "00FF00"}]}
    known = {"multiscales": multiscales, "omero": omero}
    group.attrs.update({"ome": {"version": "0.5", **known}} if version == "0.5" else known)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_ome_zarr(tmp_path: Path, version: str) -> None:
    ome_image(tmp_path / "cells.zarr", version)

    volume = read(tmp_path / "cells.zarr")

    assert volume["cells"].axes == ("t", "c", "z", "y", "x")
    assert volume["cells"].components == ("GFP",)
    assert volume.grid.spacing == (0.5, 0.1, 0.1)
    assert volume.grid.origin == (1.0, 2.0, 3.0)
    assert (volume.grid.unit, volume.grid.time_unit) == ("micrometer", "minute")
    assert volume.grid.times == (0.0, 5.0)
    np.testing.assert_array_equal(volume["cells"].read()[:, 0], VALUES)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_plain_arrays_and_groups(tmp_path: Path, zarr_format: int) -> None:
    zarr.save_array(tmp_path / "a", VALUES.astype(">i4"), zarr_format=zarr_format)
    group = zarr.create_group(tmp_path / "g", zarr_format=zarr_format)
    group.create_array("p/q", data=VALUES[0])
    group.create_array("mask", data=VALUES[0] > 7)
    group.create_array("ids", data=np.arange(3))

    single, several = read(tmp_path / "a"), read(tmp_path / "g")

    np.testing.assert_array_equal(single["a"].read(), VALUES)
    assert sorted(v.name for v in several.variables) == ["mask", "p/q"]
    assert several["mask"].read().sum() == (VALUES[0] > 7).sum()
    assert read(f"{tmp_path}/g::p/q").grid.shape == (3, 4, 5)


def test_xarray_s_dimension_names_and_coordinates(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "x.zarr")
    group.create_array("heat", data=VALUES[0], dimension_names=("level", "lat", "lon"))
    for name, n in (("level", 3), ("lat", 4), ("lon", 5)):
        group.create_array(name, data=10.0 + 2 * np.arange(n), dimension_names=(name,))

    grid = read(tmp_path / "x.zarr").grid

    assert grid.axis_names == ("level", "lat", "lon")
    assert grid.spacing == (2.0, 2.0, 2.0)
    assert grid.origin == (10.0, 10.0, 10.0)


def test_a_region_reads_only_its_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ome_image(tmp_path / "a.zarr", "0.5")
    variable = read(tmp_path / "a.zarr")["a"]
    asked = []
    get = zarr.storage.LocalStore.get

    async def counted(
        store: zarr.storage.LocalStore, key: str, *more: object, **named: object
    ) -> object:
        asked.append(key)
        return await get(store, key, *more, **named)

    monkeypatch.setattr(zarr.storage.LocalStore, "get", counted)
    region = (slice(1, 2), slice(0, 1), slice(0, 2), slice(0, 4), slice(0, 1))
    np.testing.assert_array_equal(variable.read(region)[:, 0], VALUES[1:2, :2, :, :1])
    assert asked == ["0/c/1/0/0/0/0"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


def test_a_url(tmp_path: Path, server: str) -> None:
    ome_image(tmp_path / "a.zarr", "0.5")

    volume = read(f"{server}/a.zarr")

    np.testing.assert_array_equal(volume["a"].read()[:, 0], VALUES)
    with pytest.raises(InputError, match=r"Expected a readable Zarr hierarchy at http"):
        read(f"{server}/gone.zarr")


@pytest.mark.parametrize("url", ["s3://bucket/a.zarr", "http://example.org/a.nrrd"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"URL of a Zarr hierarchy"):
        read(url)


def test_what_was_written_is_valid_ome_zarr_with_coarser_levels(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((2, 9, 150, 20)).astype(np.float32)
    values[:, :, :2, :] = np.nan
    volume = Volume.from_array(values, "czyx", name="a", spacing=(2.0, 1.0, 1.0), unit="micrometer")
    write(volume, tmp_path / "a.zarr")

    group = zarr.open_group(tmp_path / "a.zarr", mode="r")
    image = Image.from_zarr(group)
    levels = image.attributes.ome.multiscales[0].datasets
    assert [d.path for d in levels] == ["0", "1"]
    scale, shift = levels[1].coordinateTransformations
    assert scale.scale == [1.0, 4.0, 2.0, 2.0]
    assert shift.translation == [0.0, 1.0, 0.5, 0.5]
    coarse = np.asarray(group["1"])
    assert coarse.shape == (2, 5, 75, 10)
    assert np.isnan(coarse[:, :, 0]).all()
    np.testing.assert_allclose(coarse[1, 4, 7, 3], values[1, 8:, 14:16, 6:8].mean(), rtol=1e-6)


def test_means_leave_missing_values_out(tmp_path: Path) -> None:
    values = np.full((2, 2, 200), 10, np.int16)
    values[:, :, 1] = 13
    values[0, :, 1] = -1  # missing
    values[:, :, 2:4] = -1
    variable = Variable("a", values, fill_value=-1)
    write(Volume(Volume.from_array(values).grid, (variable,)), tmp_path / "a.zarr")

    coarse = np.asarray(zarr.open_array(tmp_path / "a.zarr/1"))

    assert coarse.shape == (1, 1, 100)
    assert coarse[0, 0, :3].tolist() == [11, -1, 10]


def test_several_variables_are_a_collection_of_images(
    tmp_path: Path, make: Callable[..., Volume]
) -> None:
    write(make(names=("density", "speed/x")), tmp_path / "a.zarr")

    group = zarr.open_group(tmp_path / "a.zarr", mode="r")
    assert group["OME"].attrs["ome"]["series"] == ["0", "1"]
    Image.from_zarr(group["1"])
    assert [v.name for v in read(tmp_path / "a.zarr", variables=["speed/x"]).variables] == [
        "speed/x"
    ]


def test_damaged_hierarchies(tmp_path: Path) -> None:
    ome_image(tmp_path / "a.zarr", "0.5")
    (tmp_path / "a.zarr/0/c/0/0/0/0/0").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="readable Zarr hierarchy"):
        read(tmp_path / "a.zarr")["a"].read()
    (tmp_path / "a.zarr/zarr.json").write_text("{")
    with pytest.raises(InputError, match="readable Zarr hierarchy"):
        read(tmp_path / "a.zarr")
    zarr.create_group(tmp_path / "empty.zarr")
    with pytest.raises(InputError, match="Got a group without any"):
        read(tmp_path / "empty.zarr")
