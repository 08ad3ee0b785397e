"""The protocol `vcore://`: local files, chained protocols, minimal reads."""

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.array
import fsspec
import numpy as np
import pytest
import zarr
from made_scene import scene_file
from volumes import blobs, noise

import vcore
from benchmarks.ranged import Served, serving
from vcore.errors import FormatError, InputError, MissingExtraError
from vcore.integrations.fsspec import VcoreFileSystem

Files = Callable[[str], bytes]


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Bypass proxies; open each served file anew."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield
    VcoreFileSystem.clear_instance_cache()


@pytest.fixture
def served(compressed: Files) -> Iterator[Served]:
    """Serve the file of many chunks over HTTP."""
    with serving(compressed("many")) as found:
        yield found


def test_a_local_file(many_chunks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = vcore.open(many_chunks).decode()
    group = zarr.open(f"vcore://{many_chunks}")
    assert sorted(group.array_keys()) == ["0", "1", "2"]
    assert group.attrs["ome"]["version"] == "0.5"
    assert np.array_equal(group["0"][...], expected)
    monkeypatch.chdir(many_chunks.parent)
    array = zarr.open(f"vcore://{many_chunks.name}/0", mode="r")
    assert np.array_equal(array[60:, 120:, :7], expected[60:, 120:, :7])
    lazy = dask.array.from_zarr(f"vcore://{many_chunks.name}", component="1")
    assert lazy.shape == (35, 65, 35)


@pytest.fixture(scope="module")
def long() -> bytes:
    """Return a file of 1 x 1 x 12 chunks by the default method."""
    values = blobs((24, 24, 768), count=60) * 200 + noise((24, 24, 768)) * 20
    return vcore.compress(values.astype("u1"), None, budget=vcore.Budget(bpv=2)).data


def test_a_remote_region_fetches_only_its_bytes(long: bytes) -> None:
    ds = vcore.open(long)
    region = (slice(3, 20), slice(5, 24), slice(448, 512))
    expected = ds.decode(region)
    with serving(long) as served:
        array = zarr.open(f"vcore::{served.url}", mode="r")["0"]
        assert served.sent == [4096]
        assert np.array_equal(array[region], expected)
        # the chunk, two neighbours within reach of the filters, and the coarse levels below them
        assert 4096 < sum(served.sent) < 0.4 * len(long)
        once = list(served.sent)
        assert np.array_equal(array[region], expected)
        assert served.sent == once
        assert np.array_equal(array[...], ds.decode())
        assert sum(served.sent) < 1.1 * len(long)  # no block twice, except for the gaps


def test_the_coarsest_level_fetches_little(long: bytes) -> None:
    expected = vcore.open(long).decode(level=4)
    with serving(long) as served:
        array = zarr.open(f"vcore::{served.url}", mode="r")["4"]
        assert np.array_equal(array[...], expected)
        assert sum(served.sent) <= 2 * 4096
        assert sum(served.sent) < 0.1 * len(long)


def test_chains(compressed: Files, tmp_path: Path, served: Served) -> None:
    ds = vcore.open(compressed("many"))
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/v.vcore", compressed("many"))
    (tmp_path / "v.vcore").write_bytes(compressed("many"))
    urls = (
        "vcore::memory://bucket/v.vcore",
        f"vcore::file://{tmp_path}/v.vcore",
        f"vcore::simplecache::{served.url}",
    )
    for url in urls:
        array = zarr.open(url, mode="r")["0"]
        assert np.array_equal(array[:7, 100:, 3], ds.decode()[:7, 100:, 3]), url
    inside = zarr.open("vcore://1::memory://bucket/v.vcore", mode="r")
    assert inside.shape == (35, 65, 35)
    assert np.array_equal(vcore.open("memory://bucket/v.vcore").decode(), ds.decode())
    memory.rm("/bucket/v.vcore")


def test_options_reach_the_filesystem_of_the_file(served: Served) -> None:
    options = {"http": {"headers": {"Authorization": "Bearer x"}}}
    store = zarr.storage.FsspecStore.from_url(f"vcore::{served.url}", storage_options=options)
    assert store.fs.storage_options["target_options"] == options["http"]
    assert zarr.open_group(store, mode="r")["0"][0, 0, 0] == vcore.open(served.data)[0, 0, 0]


def test_listing(many_chunks: Path) -> None:
    fs, path = fsspec.url_to_fs(f"vcore://{many_chunks}")
    assert path == str(many_chunks)
    names = [Path(entry["name"]).name for entry in fs.ls(path)]
    assert names == ["0", "1", "2", "zarr.json"]
    found = fs.find(path)
    levels = vcore.open(many_chunks).levels
    assert len(found) == sum(array.nchunks for array in levels) + len(levels) + 1
    assert len(found) == len(set(found))
    for name in found:
        assert fs.info(name)["size"] == len(fs.cat_file(name))
    assert fs.isdir(f"{path}/0/c/1")
    assert fs.isfile(f"{path}/0/c/1/2/1")
    assert not fs.exists(f"{path}/0/c/9")
    assert fs.ls(f"{path}/zarr.json", detail=False) == [f"{path}/zarr.json"]
    with pytest.raises(FileNotFoundError):
        fs.ls(f"{path}/nothing")
    with fs.open(f"{path}/0/zarr.json") as file:
        assert file.read().startswith(b'{"zarr_format": 3')
    assert fs.cat_file(f"{path}/zarr.json", start=-5, end=-1) == fs.cat(f"{path}/zarr.json")[-5:-1]


def test_listing_of_a_chain(compressed: Files) -> None:
    fsspec.filesystem("memory").pipe("/v.vcore", compressed("many"))
    fs, path = fsspec.url_to_fs("vcore::memory://v.vcore")
    assert path == ""
    assert fs.ls("", detail=False) == ["0", "1", "2", "zarr.json"]
    assert fs.isfile("0/c/0/0/0")


def test_writing_is_refused(many_chunks: Path) -> None:
    array = zarr.open(f"vcore://{many_chunks}/0")
    with pytest.raises(InputError, match="read-only: decompress it"):
        array[0, 0, 0] = 1
    fs, path = fsspec.url_to_fs(f"vcore://{many_chunks}")
    for write in (
        lambda: fs.open(f"{path}/new", "wb"),
        lambda: fs.pipe(f"{path}/new", b"x"),
        lambda: fs.rm(f"{path}/zarr.json"),
        lambda: fs.mkdir(f"{path}/new"),
    ):
        with pytest.raises(InputError, match="read-only"):
            write()


def test_a_file_written_anew_is_read_anew(compressed: Files, tmp_path: Path) -> None:
    path = tmp_path / "v.vcore"
    path.write_bytes(compressed("compact"))
    url = f"vcore://{path}"
    assert zarr.open(url, mode="r")["0"].shape == (13, 17, 9)
    path.write_bytes(compressed("constant"))
    os.utime(path, ns=(1, 1))
    assert zarr.open(url, mode="r")["0"].shape == (6, 5, 4)


def test_pickling(served: Served) -> None:
    array = zarr.open(f"vcore::{served.url}", mode="r")["0"]
    copy = pickle.loads(pickle.dumps(array))
    assert np.array_equal(copy[60:, 120:, 60:], array[60:, 120:, 60:])


def test_what_is_not_there(tmp_path: Path, served: Served) -> None:
    with pytest.raises(FileNotFoundError, match=r"path of a \.vcore file"):
        fsspec.filesystem("vcore").cat_file("folder/other.zarr/zarr.json")
    with pytest.raises(InputError, match="Expected a readable file"):
        zarr.open(f"vcore://{tmp_path}/absent.vcore", mode="r")
    with pytest.raises(InputError, match="Expected a readable file"):
        zarr.open(f"vcore::{served.url}.other", mode="r")
    with pytest.raises(InputError, match="Expected a readable file"):
        vcore.open("memory://nothing.vcore")


def test_without_the_package_of_a_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    for url in ("s3://bucket/v.vcore", "vcore::s3://bucket/v.vcore"):
        with pytest.raises((MissingExtraError, ImportError), match="s3fs"):
            vcore.open(url) if "::" not in url else zarr.open(url, mode="r")
    missing: Any = None
    monkeypatch.setitem(sys.modules, "fsspec.core", missing)
    with pytest.raises(MissingExtraError, match=r"vcore-volumes\[remote\]"):
        vcore.open("s3://bucket/v.vcore")


def test_files_of_other_kinds_are_named(tmp_path: Path) -> None:
    scene_file(tmp_path / "ball.vcore", 40)
    with pytest.raises(FormatError, match="Got a scene: use"):
        fsspec.filesystem("vcore").ls(str(tmp_path / "ball.vcore"))
