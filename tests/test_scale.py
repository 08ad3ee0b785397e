"""The benchmark of remote files and of the server: correct statistics."""

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest

import vcore
from benchmarks import scale, scale_remote, scale_serve
from benchmarks.ranged import serving
from vcore.errors import InputError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of 2 x 2 x 2 chunks."""
    values = np.random.default_rng(2).integers(0, 200, (70, 70, 70))
    path = tmp_path / "v.vcore"
    vcore.compress(values.astype("u1"), path, budget=vcore.Budget(bpv=1))
    return path


def test_what_is_fetched_is_counted(file: Path) -> None:
    data = file.read_bytes()
    found = scale_remote._fetched(data)
    assert found["size"] == len(data)
    assert found["opening"] == min(4096, len(data)) / len(data)
    assert found["opening"] <= found["coarsest"]
    assert found["opening"] <= found["direct"] <= 1.1
    assert found["requests"] >= 1


def test_the_served_file_is_what_it_was() -> None:
    with serving(b"0123456789") as served:
        from urllib.request import ProxyHandler, Request, build_opener

        opener = build_opener(ProxyHandler({}))
        request = Request(served.url, headers={"Range": "bytes=2-4"})
        assert opener.open(request).read() == b"234"
        assert opener.open(served.url).read() == b"0123456789"
        assert served.sent == [3, 10]


@pytest.mark.slow
def test_the_load_is_counted(file: Path, tmp_path: Path) -> None:
    keys = scale_serve._chunk_files(file, tmp_path / "chunks")
    assert len(keys) == 8
    command = [sys.executable, "-m", "vcore", "serve", str(file), "--port", "0"]
    with scale_serve.running(command) as (url, process):
        address = f"{url}/0.5/v.ome.zarr/"
        once = asyncio.run(scale_serve._load(address, keys, None, process))
        assert (once["count"], once["errors"]) == (8, 0)
        assert 0 < once["p50"] <= once["p99"]
        assert once["late"] > 10
        absent = asyncio.run(scale_serve._load(address, ["0/c/9/9/9"], None, process))
        assert (absent["count"], absent["errors"]) == (1, 1)


def test_parts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="remote"):
        scale.main(part="other", output=tmp_path)
