"""The server: documents and chunks over HTTP, caching, ranges, refusals, starting and stopping."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np
import pytest
import zarr
from numcodecs import Zstd
from served import serving_files
from starlette.testclient import TestClient
from typer.testing import CliRunner

import vcore
from vcore import cli
from vcore.errors import InputError, MissingExtraError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.serve import app as app_module
from vcore.serve.app import application
from vcore.serve.catalogue import Catalogue
from vcore.serve.elsewhere import viewer_origins
from vcore.serve.image import ServedImage
from vcore.serve.page import index_page, listing
from vcore.zarr import VcoreCodec
from vcore.zarr.keys import DecodedKeys, LevelChunk

Files = Callable[[str], bytes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, compressed: Files) -> Path:
    """Return a folder of files, with a subfolder and a stored hierarchy."""
    path = tmp_path_factory.mktemp("served")
    (path / "many.vcore").write_bytes(compressed("many"))
    (path / "vectors.vcore").write_bytes(compressed("vectors"))
    (path / "runs" / "a b").mkdir(parents=True)
    (path / "runs" / "a b" / "säule#1.vcore").write_bytes(compressed("several"))
    (path / "secret.txt").write_text("not to be served")
    (path / ".hidden").mkdir()
    (path / ".hidden" / "x.vcore").write_bytes(compressed("constant"))
    stored(path / "stored.zarr")
    return path


def stored(path: Path) -> np.ndarray:
    """Write an OME-Zarr 0.4 image of zstd chunks; return its values."""
    values = np.arange(20 * 30 * 40, dtype="<u2").reshape(20, 30, 40)
    group = zarr.create_group(path, zarr_format=2)
    array = group.create_array("0", shape=values.shape, dtype="u2", chunks=(16, 16, 16))
    array[...] = values
    axes = [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"]
    transform = {"type": "scale", "scale": [2.0, 1.0, 1.0]}
    datasets = [{"path": "0", "coordinateTransformations": [transform]}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    group.attrs["kept"] = {"mine": 1}
    return values


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    """Return a client of a server of the folder."""
    with TestClient(application(Catalogue(folder))) as found:
        yield found


# documents and chunks


def test_chunks_are_those_of_the_dataset_in_both_versions(
    client: TestClient, many_chunks: Path
) -> None:
    values = vcore.open(many_chunks).decode()
    for index in ((0, 0, 0), (1, 2, 1), (0, 1, 1)):
        low = [64 * i for i in index]
        part = values[tuple(slice(a, a + 64) for a in low)]
        key = "/".join(map(str, index))
        for url in (f"/0.5/many.ome.zarr/0/c/{key}", f"/0.4/many.ome.zarr/0/{key}"):
            found = np.frombuffer(client.get(url).content, "u1").reshape(64, 64, 64)
            inside = tuple(slice(0, n) for n in part.shape)
            assert np.array_equal(found[inside], part)
            assert found.sum() == part.sum()  # the part outside is 0


def test_coarse_levels_have_large_chunks_too(client: TestClient) -> None:
    document = client.get("/0.5/many.ome.zarr/1/zarr.json").json()
    assert document["shape"] == [35, 65, 35]
    assert document["chunk_grid"]["configuration"]["chunk_shape"] == [35, 64, 35]


def test_documents_of_version_04(client: TestClient) -> None:
    start = "/0.4/vectors.ome.zarr"
    attributes = client.get(f"{start}/.zattrs").json()
    (multiscale,) = attributes["multiscales"]
    assert multiscale["version"] == "0.4"
    assert "ome" not in attributes
    assert [a["name"] for a in multiscale["axes"]] == list("tczyx")
    assert client.get(f"{start}/.zgroup").json() == {"zarr_format": 2}
    array = client.get(f"{start}/0/.zarray").json()
    assert array["dtype"] == "<f4"
    assert array["chunks"] == [1, 1, 12, 10, 14]
    assert array["dimension_separator"] == "/"
    assert array["compressor"] is None
    known = client.get(f"{start}/.zmetadata").json()["metadata"]
    assert known["0/.zarray"] == array
    assert client.get(f"{start}/zarr.json").status_code == 404
    assert client.get("/0.5/vectors.ome.zarr/.zattrs").status_code == 404


def test_documents_of_version_06(client: TestClient) -> None:
    old = client.get("/0.5/vectors.ome.zarr/zarr.json").json()["attributes"]["ome"]
    ome = client.get("/0.6/vectors.ome.zarr/zarr.json").json()["attributes"]["ome"]
    assert ome["version"] == "0.6"
    (before,), (image,) = old["multiscales"], ome["multiscales"]
    (system,) = image["coordinateSystems"]
    assert (system["name"], system["axes"]) == ("intrinsic", before["axes"])
    assert "axes" not in image
    for level, told in zip(image["datasets"], before["datasets"], strict=True):
        (step,) = level["coordinateTransformations"]
        assert step["input"] == {"path": level["path"]}
        assert step["output"] == {"name": "intrinsic"}
        scale, shift = told["coordinateTransformations"]
        steps = step.get("transformations", [step])
        assert steps[0]["scale"] == scale["scale"]
        assert steps[1:] == ([shift] if any(shift["translation"]) else [])
    assert ome["omero"] == old["omero"]
    # the same chunks
    chunk = "vectors.ome.zarr/0/c/0/0/0/0/0"
    assert client.get(f"/0.6/{chunk}").content == client.get(f"/0.5/{chunk}").content


def test_turned_axes_are_told_in_every_version(tmp_path: Path) -> None:
    cos, sin = np.cos(0.3), np.sin(0.3)
    grid = Grid(
        (70, 20, 10),
        spacing=(2.0, 0.5, 0.25),
        origin=(1.0, 2.0, 3.0),
        direction=((-1, 0, 0), (0, cos, -sin), (0, sin, cos)),
        unit="micrometer",
    )
    values = np.random.default_rng(0).normal(size=grid.shape).astype("f4")
    source = Volume(grid, (Variable("v", values),))
    vcore.compress(source, tmp_path / "v.vcore", psnr=40)
    coarse = vcore.open(tmp_path / "v.vcore").variables["v"].grids[1]
    with serving_files(tmp_path) as (url, _):
        for version in ("0.5", "0.6", "0.4"):
            found = vcore.read(f"{url}/{version}/v.ome.zarr").grid
            assert found.spacing == grid.spacing
            assert found.origin == grid.origin
            np.testing.assert_allclose(found.direction, grid.direction, atol=1e-14)
        told = httpx.get(f"{url}/0.5/v.ome.zarr/zarr.json", trust_env=False).json()
        level = told["attributes"]["ome"]["multiscales"][0]["datasets"][1]
    _, shift = level["coordinateTransformations"]
    along = np.array(shift["translation"]) - grid.origin
    turned = np.array(grid.direction) @ along + grid.origin
    np.testing.assert_allclose(turned, coarse.origin, atol=1e-12)


def test_absent_things(client: TestClient) -> None:
    for path in (
        "many.ome.zarr",
        "many.ome.zarr/",
        "many.ome.zarr/0",
        "many.ome.zarr/0/c",
        "many.ome.zarr/0/c/9/0/0",
        "many.ome.zarr/0/c/0/0",
        "many.ome.zarr/0/c/00/0/0",
        "many.ome.zarr/9/zarr.json",
        "many.vcore",
        "other.ome.zarr/zarr.json",
        ".hidden/x.ome.zarr/zarr.json",
        "",
    ):
        assert client.get(f"/0.5/{path}").status_code == 404, path
    for path in ("many.ome.zarr/0/0/0/9", "many.ome.zarr/0/0/0", "many.ome.zarr/0/c/0/0/0"):
        assert client.get(f"/0.4/{path}").status_code == 404, path
    assert client.get("/0.7/many.ome.zarr/zarr.json").status_code == 404


def test_names_that_need_escaping(client: TestClient, compressed: Files) -> None:
    urls = [entry["urls"]["0.5"] for entry in client.get("/index.json").json()]
    inside = [u for u in urls if "ule%231" in u]
    assert len(inside) == 3
    ds = vcore.open(compressed("several"))
    for url in inside:
        # for clients that escape a URL, and for those that decode it first
        for form in (url, url.replace("%252F", "%2F").replace("%25C3%25BC", "%C3%BC")):
            image = client.get(f"{form}/zarr.json")
            assert image.status_code == 200, form
            name = image.json()["attributes"]["ome"]["multiscales"][0]["name"]
            data = client.get(f"{form}/0/c/0/0/0").content
            expected = ds.decode(variable=name)
            assert data == expected.astype(expected.dtype.newbyteorder("<")).tobytes()


def test_a_stored_hierarchy(client: TestClient, tmp_path: Path) -> None:
    values = stored(tmp_path / "v.zarr")
    document = client.get("/0.5/stored.ome.zarr/zarr.json").json()
    ome = document["attributes"]["ome"]
    assert ome["version"] == "0.5"
    assert "version" not in ome["multiscales"][0]
    assert document["attributes"]["kept"] == {"mine": 1}
    assert client.get("/0.4/stored.ome.zarr/.zattrs").json()["multiscales"][0]["version"] == "0.4"
    answer = client.get("/0.5/stored.ome.zarr/0/c/1/1/2")
    found = np.frombuffer(answer.content, "<u2").reshape(16, 16, 16)
    assert np.array_equal(found[:4, :14, :8], values[16:, 16:, 32:])
    same = client.get(
        "/0.5/stored.ome.zarr/0/c/1/1/2", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert same.status_code == 304


def test_odd_metadata_of_a_stored_hierarchy(tmp_path: Path) -> None:
    group = zarr.create_group(tmp_path / "a.zarr")
    group.create_array("0", data=np.zeros((4, 4, 4), "u1"))
    image = {"axes": [{"name": n} for n in "zyx"], "datasets": [{"path": "0"}]}
    group.attrs["ome"] = {"multiscales": [image, None], "omero": None, "image-label": None}
    with TestClient(application(Catalogue(tmp_path))) as client:
        for version in ("0.5", "0.4"):
            name = "zarr.json" if version == "0.5" else ".zattrs"
            assert client.get(f"/{version}/a.ome.zarr/{name}").status_code == 200


@pytest.mark.parametrize("shards", [None, (64, 64, 64)])
def test_arrays_of_the_chunk_codec(tmp_path: Path, shards: tuple[int, ...] | None) -> None:
    values = np.add.outer(np.add.outer(np.arange(40), np.arange(40)), np.arange(40)).astype("u1")
    codec = VcoreCodec(method="bounded", budget=vcore.Budget(max_error=2))
    array = zarr.create_group(tmp_path / "v.zarr").create_array(
        "0",
        shape=values.shape,
        dtype="u1",
        chunks=(32, 32, 32),
        shards=shards,
        serializer=codec,
        compressors=None,
    )
    array[...] = values
    client = TestClient(application(Catalogue(tmp_path / "v.zarr")))
    document = client.get("/0.5/v.ome.zarr/0/zarr.json").json()
    assert document["codecs"] == [{"name": "bytes"}]
    for url in ("/0.5/v.ome.zarr/0/c/1/0/1", "/0.4/v.ome.zarr/0/1/0/1"):
        found = np.frombuffer(client.get(url).content, "u1").reshape(32, 32, 32)
        assert np.array_equal(found[:8, :, :8], array[32:, :32, 32:])
        assert np.abs(found[:8, :, :8].astype(int) - values[32:, :32, 32:]).max() <= 2


def test_chunks_travel_compressed(folder: Path) -> None:
    client = TestClient(application(Catalogue(folder, "zstd")))
    plain = TestClient(application(Catalogue(folder)))
    document = client.get("/0.5/many.ome.zarr/0/zarr.json").json()
    assert [c["name"] for c in document["codecs"]] == ["bytes", "zstd"]
    assert client.get("/0.4/many.ome.zarr/0/.zarray").json()["compressor"]["id"] == "zstd"
    sent = client.get("/0.4/many.ome.zarr/0/0/0/0")
    whole = plain.get("/0.4/many.ome.zarr/0/0/0/0")
    assert len(sent.content) < 0.6 * len(whole.content)
    assert Zstd().decode(sent.content) == whole.content
    head = client.head("/0.4/many.ome.zarr/0/0/0/0")
    assert int(head.headers["Content-Length"]) == len(sent.content)
    assert sent.headers["ETag"] != whole.headers["ETag"]


# HTTP


def test_head_decodes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LevelChunk, "encoded", lambda _: pytest.fail("decoded"))
    client = TestClient(application(Catalogue(folder)))
    answer = client.head("/0.5/many.ome.zarr/0/c/0/0/0")
    assert answer.headers["Content-Length"] == str(64**3)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.content == b""
    tag = answer.headers["ETag"]
    for sent in (tag, f'"other", W/{tag}', "*"):
        same = client.get("/0.5/many.ome.zarr/0/c/0/0/0", headers={"If-None-Match": sent})
        assert same.status_code == 304
        assert same.headers["ETag"] == tag
        assert same.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-0", 206, slice(0, 1)),
        ("bytes=100-199", 206, slice(100, 200)),
        ("bytes=262000-", 206, slice(262000, None)),
        ("bytes=262000-9999999", 206, slice(262000, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=-9999999", 206, slice(None)),
        ("bytes=262144-", 416, slice(0, 0)),
        ("bytes=5-4", 416, slice(0, 0)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("lines=0-1", 200, slice(None)),
    ],
)
def test_ranges(client: TestClient, asked: str, status: int, part: slice) -> None:
    url = "/0.5/many.ome.zarr/0/c/0/0/0"
    whole = client.get(url).content
    answer = client.get(url, headers={"Range": asked})
    assert answer.status_code == status
    assert answer.content == whole[part]
    if status == 206:
        first, last, size = map(
            int, re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", answer.headers["Content-Range"]).groups()
        )
        assert (last - first + 1, size) == (len(answer.content), len(whole))
        assert whole[first : last + 1] == answer.content


def test_a_range_of_what_has_changed_is_the_whole(client: TestClient) -> None:
    url = "/0.5/many.ome.zarr/zarr.json"
    headers = {"Range": "bytes=0-3", "If-Range": '"another"'}
    assert client.get(url, headers=headers).status_code == 200
    headers["If-Range"] = client.get(url).headers["ETag"]
    assert client.get(url, headers=headers).status_code == 206


PREFLIGHT = {
    "Access-Control-Request-Method": "GET",
    "Access-Control-Request-Headers": "range",
    "Access-Control-Request-Private-Network": "true",
}


def test_pages_of_other_origins_may_not_read_unless_told(client: TestClient, folder: Path) -> None:
    url = "/0.5/many.ome.zarr/zarr.json"
    question = {"Origin": "https://viewer.org", **PREFLIGHT}
    for answer in (client.get(url, headers=question), client.options(url, headers=question)):
        assert not [h for h in answer.headers if h.startswith("access-control")]
    one = TestClient(application(Catalogue(folder), ["https://mine.org"]))
    for answer in (one.get(url, headers=question), one.options(url, headers=question)):
        assert "Access-Control-Allow-Origin" not in answer.headers
    mine = {**question, "Origin": "https://mine.org"}
    answer = one.get(url, headers=mine)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://mine.org"
    assert "Content-Range" in answer.headers["Access-Control-Expose-Headers"]
    preflight = one.options(url, headers=mine)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Private-Network"] == "true"
    every = TestClient(application(Catalogue(folder), ["*"]))
    assert every.get(url, headers=question).headers["Access-Control-Allow-Origin"] == "*"


def test_the_page_links_to_viewers_that_may_read(client: TestClient, folder: Path) -> None:
    assert "appspot" not in client.get("/").text
    assert "--origin viewers" in client.get("/").text
    origins = viewer_origins()
    assert origins == [
        "https://neuroglancer-demo.appspot.com",
        "https://hms-dbmi.github.io",
        "https://kitware.github.io",
        "https://ome.github.io",
    ]
    local = TestClient(application(Catalogue(folder), origins), "http://127.0.0.1")
    text = local.get("/").text
    assert all(f'href="{origin}' in text for origin in origins)


def test_only_the_hosts_that_were_named(folder: Path) -> None:
    local = TestClient(application(Catalogue(folder), hosts=["localhost", "127.0.0.1", "[::1]"]))
    for host, status in {
        "localhost:8765": 200,
        "127.0.0.1:8765": 200,
        "[::1]:8765": 200,
        "evil.example:8765": 400,  # a name that its owner points to 127.0.0.1
        "localhost.evil.example": 400,
        "": 400,
    }.items():
        answer = local.get("/0.5/many.ome.zarr/zarr.json", headers={"Host": host})
        assert answer.status_code == status, host


def test_links_inside_a_hierarchy_do_not_leave_it(tmp_path: Path) -> None:
    stored(tmp_path / "v.zarr")
    secret, chunk = tmp_path / "secret", tmp_path / "v.zarr" / "0" / "0.0.0"
    chunk.rename(secret)
    chunk.symlink_to(secret)
    client = TestClient(application(Catalogue(tmp_path / "v.zarr")))
    answer = client.get("/0.5/v.ome.zarr/0/c/0/0/0")
    assert answer.status_code == 500
    assert "outside" in answer.text
    assert client.get("/0.5/v.ome.zarr/0/c/1/1/2").status_code == 200


def test_nothing_can_be_written(client: TestClient) -> None:
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        answer = client.request(method, "/0.5/many.ome.zarr/zarr.json", content=b"x")
        assert answer.status_code == 405


def test_no_path_leaves_the_folder(tmp_path: Path, compressed: Files) -> None:
    (tmp_path / "outside.vcore").write_bytes(compressed("constant"))
    (tmp_path / "out.zarr").mkdir()
    (tmp_path / "out.zarr" / "zarr.json").write_text('{"zarr_format":3,"node_type":"group"}')
    root = tmp_path / "root"
    root.mkdir()
    (root / "in.vcore").write_bytes(compressed("constant"))
    (root / "link.vcore").symlink_to(tmp_path / "outside.vcore")
    (root / "loop").symlink_to(tmp_path)
    (root / "linked.zarr").symlink_to(tmp_path / "out.zarr")
    (root / "inner.vcore").symlink_to(root / "in.vcore")
    assert sorted(Catalogue(root).names()) == ["in.ome.zarr", "inner.ome.zarr"]
    with serving_files(root) as (url, _):
        host, port = url.removeprefix("http://").split(":")
        for path in (
            "/0.5/../outside.ome.zarr/zarr.json",
            "/0.5/in.ome.zarr/../../outside.ome.zarr/zarr.json",
            "/0.5/%2e%2e/outside.ome.zarr/zarr.json",
            "/0.5/..%2foutside.ome.zarr/zarr.json",
            "/0.5//etc/passwd",
            "/0.5/in.ome.zarr/%2e%2e/%2e%2e/outside.vcore",
            "/0.5/in.ome.zarr/..%5c..%5coutside.vcore",
            "/0.5/link.ome.zarr/zarr.json",
            "/0.5/in.ome.zarr%00/zarr.json",
            "/../../../../etc/passwd",
            "/0.5/loop/outside.ome.zarr/zarr.json",
        ):
            with socket.create_connection((host, int(port))) as raw:  # clients normalise paths
                head = f"Host: {host}\r\nConnection: close"
                raw.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n\r\n".encode())
                answer = b"".join(iter(lambda: raw.recv(65536), b""))
            assert re.match(rb"HTTP/1.1 (404|400) ", answer), path
        assert httpx.get(f"{url}/0.5/in.ome.zarr/zarr.json", trust_env=False).status_code == 200


# listing


def test_the_list(client: TestClient, folder: Path) -> None:
    names = [entry["name"] for entry in client.get("/index.json").json()]
    assert names[:3] == ["stored.ome.zarr", "many.ome.zarr", "vectors.ome.zarr"]
    assert len(names) == 6
    text = client.get("/").text
    assert "70 x 130 x 70 uint8" in text
    assert "http://testserver/0.5/many.ome.zarr" in text
    assert "secret" not in text


def test_names_are_no_markup(tmp_path: Path, compressed: Files) -> None:
    (tmp_path / "<script>x&.vcore").write_bytes(compressed("constant"))
    text = index_page(listing(Catalogue(tmp_path), "http://h/"), "http://h/")
    assert "<script>" not in text
    assert "&lt;script&gt;x&amp;" in text


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "There is no .vcore file" in index_page(
        listing(Catalogue(tmp_path), "http://h/"), "http://h/"
    )


def test_damaged_files_are_told_of(tmp_path: Path, compressed: Files) -> None:
    (tmp_path / "bad.vcore").write_bytes(b"no volume")
    (tmp_path / "good.vcore").write_bytes(compressed("constant"))
    client = TestClient(application(Catalogue(tmp_path)))
    about = {e["name"]: e["about"] for e in client.get("/index.json").json()}
    assert "bad.vcore" in about["bad.ome.zarr"]
    assert about["good.ome.zarr"] == "6 x 5 x 4 uint16"
    assert client.get("/0.5/bad.ome.zarr/zarr.json").status_code == 500
    with pytest.raises(vcore.VcoreError, match=r"bad\.vcore"):
        Catalogue(tmp_path / "bad.vcore")


def test_a_damaged_chunk_is_an_error_and_no_hole(tmp_path: Path, compressed: Files) -> None:
    data = bytearray(compressed("compact"))
    data[-1] ^= 1
    (tmp_path / "v.vcore").write_bytes(data)
    client = TestClient(application(Catalogue(tmp_path / "v.vcore")))
    answer = client.get("/0.5/v.ome.zarr/0/c/0/0/0")
    assert answer.status_code == 500
    assert "checksum does not match" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_written_anew_is_served_anew(
    tmp_path: Path, compressed: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vcore.serve.catalogue.FRESH", 0.0)
    path = tmp_path / "v.vcore"
    path.write_bytes(compressed("compact"))
    client = TestClient(application(Catalogue(tmp_path)))
    url = "/0.5/v.ome.zarr/0/zarr.json"
    before = client.get(url)
    chunk = client.get("/0.5/v.ome.zarr/0/c/0/0/0").content
    path.write_bytes(compressed("constant"))
    os.utime(path, ns=(1, 1))
    after = client.get(url, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.json()["shape"] == [6, 5, 4]
    assert client.get("/0.5/v.ome.zarr/0/c/0/0/0").content != chunk
    shutil.copy(path, tmp_path / "new.vcore")
    assert client.get("/0.5/new.ome.zarr/zarr.json").status_code == 200
    path.unlink()
    assert client.get(url).status_code in (404, 500)


def test_names_that_collide(tmp_path: Path, compressed: Files) -> None:
    (tmp_path / "v.vcore").write_bytes(compressed("constant"))
    stored(tmp_path / "v.zarr")
    assert sorted(Catalogue(tmp_path).names()) == ["v.ome.zarr", "v.vcore.ome.zarr"]


# concurrent requests


async def test_one_decode_for_many_requests(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[LevelChunk] = []
    encoded = LevelChunk.encoded

    def counted(chunk: LevelChunk) -> bytes:
        decoded.append(chunk)
        return encoded(chunk)

    monkeypatch.setattr(LevelChunk, "encoded", counted)
    transport = httpx.ASGITransport(application(Catalogue(folder)))
    async with httpx.AsyncClient(transport=transport, base_url="http://h") as client:
        urls = [f"/0.5/many.ome.zarr/0/c/0/{i % 3}/0" for i in range(120)]
        answers = await asyncio.gather(*(client.get(u) for u in urls))
    assert {a.status_code for a in answers} == {200}
    assert len({a.content for a in answers}) == 3
    assert len(decoded) == 3


async def test_a_bounded_number_decodes_and_waits(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "MAX_WAITING", 4)
    monkeypatch.setattr(app_module, "threads", lambda: 1)
    going, release, most = threading.Semaphore(0), threading.Event(), [0, 0]
    lock = threading.Lock()

    def slow(chunk: LevelChunk) -> bytes:
        with lock:
            most[0] += 1
            most[1] = max(most)
        going.release()
        release.wait(20)
        with lock:
            most[0] -= 1
        return bytes(chunk.nbytes)

    monkeypatch.setattr(LevelChunk, "encoded", slow)
    transport = httpx.ASGITransport(application(Catalogue(folder)))
    async with httpx.AsyncClient(transport=transport, base_url="http://h", timeout=30) as client:
        urls = [f"/0.5/many.ome.zarr/0/c/{i % 2}/{i // 2 % 3}/{i // 6}" for i in range(10)]
        tasks = [asyncio.create_task(client.get(u)) for u in urls]
        await asyncio.to_thread(going.acquire)
        document = await client.get("/0.5/many.ome.zarr/zarr.json")
        assert document.status_code == 200  # does not wait for chunks
        while sum(task.done() for task in tasks) < 6:
            await asyncio.sleep(0.01)
        release.set()
        answers = await asyncio.gather(*tasks)
    codes = sorted(a.status_code for a in answers)
    assert codes == [200] * 4 + [503] * 6
    assert most[1] == 1
    assert next(a for a in answers if a.status_code == 503).headers["Retry-After"] == "1"


def test_the_cache_is_shared_and_bounded(folder: Path) -> None:
    app = application(Catalogue(folder), cache_bytes=2 * 64**3)
    client = TestClient(app)
    for i in range(3):
        assert client.get(f"/0.5/many.ome.zarr/0/c/0/{i}/0").status_code == 200
    node: Any = next(r for r in app.routes if r.path.startswith("/{version}"))
    cache = node.endpoint.__self__._cache
    assert cache.computed == 3
    assert len(cache) == 2


# command


def test_the_command_says_where_and_stops_cleanly(folder: Path) -> None:
    with serving_files(folder / "many.vcore") as (url, process):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        document = httpx.get(f"{url}/0.5/many.ome.zarr/zarr.json", trust_env=False).json()
        assert document["attributes"]["ome"]["version"] == "0.5"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        # not communicate(): it loses data received together with the first line
        with process:
            output, errors = process.stdout.read(), process.stderr.read()
        assert f"{url}/0.4/many.ome.zarr" in output
        assert "vizarr" not in output
        assert "--origin viewers" in output
        assert errors.strip() == "Stopped."


def test_the_command_lets_pages_read_when_told(folder: Path) -> None:
    options = ("--origin", "viewers", "--origin", "http://localhost:3000/")
    with serving_files(folder / "many.vcore", *options) as (url, process):
        for origin, allowed in {
            "https://hms-dbmi.github.io": True,
            "http://localhost:3000": True,
            "https://evil.example": False,
        }.items():
            answer = httpx.get(url, headers={"Origin": origin}, trust_env=False)
            assert ("Access-Control-Allow-Origin" in answer.headers) is allowed
        rebound = httpx.get(url, headers={"Host": "evil.example"}, trust_env=False)
        assert rebound.status_code == 400
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        with process:
            output, errors = process.stdout.read(), process.stderr.read()
    assert "vizarr" in output
    assert "note" not in errors


def test_what_the_command_refuses(folder: Path, tmp_path: Path) -> None:
    run = CliRunner()
    cli._register()
    with pytest.raises(InputError, match="nothing at"):
        run.invoke(cli.app, ["serve", str(tmp_path / "no")], catch_exceptions=False)
    with pytest.raises(InputError, match="--codec none or zstd"):
        run.invoke(cli.app, ["serve", str(folder), "--codec", "lz4"], catch_exceptions=False)
    for wrong in ("evil.example", "https://a/b", "viewer", ""):
        with pytest.raises(InputError, match="--origin as https://host"):
            run.invoke(cli.app, ["serve", str(folder), "--origin", wrong], catch_exceptions=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(InputError, match="choose another with `port`"):
            run.invoke(cli.app, ["serve", str(folder), "--port", port], catch_exceptions=False)


def test_without_the_packages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli._register()
    for name in [m for m in sys.modules if m.startswith("vcore.serve")]:
        monkeypatch.delitem(sys.modules, name)
    missing: Any = None
    monkeypatch.setitem(sys.modules, "starlette.applications", missing)
    with pytest.raises(MissingExtraError, match=r"vcore-volumes\[serve\]"):
        CliRunner().invoke(cli.app, ["serve", str(folder)], catch_exceptions=False)


def test_other_machines_are_warned_of(folder: Path) -> None:
    options = ("--host", "0.0.0.0", "--origin", "*")
    with serving_files(folder / "many.vcore", *options) as (url, process):
        port = url.rpartition(":")[2]
        answer = httpx.get(
            f"http://127.0.0.1:{port}/0.5/many.ome.zarr/0/zarr.json", trust_env=False
        )
        assert [c["name"] for c in json.loads(answer.text)["codecs"]] == ["bytes", "zstd"]
        process.send_signal(signal.SIGINT)
        notes = process.communicate(timeout=20)[1]
        assert "any machine" in notes
        assert "any web page" in notes


def test_an_image_of_no_group(compressed: Files) -> None:
    image = ServedImage(DecodedKeys.of(vcore.open(compressed("constant"))), "x", "none")
    assert image.groups == [""]
    described = image.describe("")
    assert (described.shape, described.dtype) == ((6, 5, 4), "uint16")
