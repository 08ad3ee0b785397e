"""Clients of the server: zarr-python, OME models, tensorstore, zarrita, neuroglancer."""

import io
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import ome_zarr_models.v04.image
import ome_zarr_models.v05.image
import pytest
import tensorstore
import zarr
from chromium import absent, browser, visit
from served import PROXIES, serving_files
from volumes import blobs

import vcore
from vcore import io as volumes_io

Files = Callable[[str], bytes]
NAMES = ("many", "vectors", "bound", "constant")
"""3D uint8 of many chunks, 5D float32, 4D with missing values, uint16."""
VERSIONS = ("0.5", "0.4")


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bypass proxies."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, compressed: Files) -> Iterator[str]:
    """Serve four files and yield the address."""
    folder = tmp_path_factory.mktemp("served")
    for name in (*NAMES, "several"):
        (folder / f"{name}.vcore").write_bytes(compressed(name))
    with serving_files(folder) as (url, _):
        yield url


@pytest.fixture(scope="module")
def compressing_server(
    tmp_path_factory: pytest.TempPathFactory, compressed: Files
) -> Iterator[str]:
    """Serve a file in zstd-compressed chunks."""
    folder = tmp_path_factory.mktemp("zstd")
    (folder / "many.vcore").write_bytes(compressed("many"))
    with serving_files(folder, "--codec", "zstd") as (url, _):
        yield url


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_zarr_python(server: str, compressed: Files, name: str, version: str) -> None:
    ds = vcore.open(compressed(name))
    group = zarr.open_group(f"{server}/{version}/{name}.ome.zarr", mode="r")
    assert sorted(group.array_keys()) == [str(k) for k in range(len(ds.levels))]
    for level in range(len(ds.levels)):
        found = group[str(level)]
        expected = ds.decode(level=level)
        assert found.dtype == expected.dtype
        assert np.array_equal(found[...], expected, equal_nan=expected.dtype.kind == "f")


@pytest.mark.parametrize("name", NAMES)
def test_ome_models(server: str, compressed: Files, name: str) -> None:
    axes = vcore.open(compressed(name)).decoder().header.axes
    for version, model in (
        ("0.5", ome_zarr_models.v05.image.Image),
        ("0.4", ome_zarr_models.v04.image.Image),
    ):
        group = zarr.open_group(f"{server}/{version}/{name}.ome.zarr", mode="r")
        image = model.from_zarr(group)
        attributes = image.ome_attributes if version == "0.5" else image.attributes
        (multiscale,) = attributes.multiscales
        assert [a.name for a in multiscale.axes] == list(axes)
        omero = group.attrs["ome"]["omero"] if version == "0.5" else group.attrs["omero"]
        assert len(omero["channels"]) == (2 if "c" in axes else 1)


def test_several_variables_are_several_images(server: str, compressed: Files) -> None:
    root = zarr.open_group(f"{server}/0.5/several.ome.zarr", mode="r")
    ds = vcore.open(compressed("several"))
    names = set()
    for _, group in root.groups():
        image = ome_zarr_models.v05.image.Image.from_zarr(group)
        name = str(image.ome_attributes.multiscales[0].name)
        assert np.array_equal(group["0"][...], ds.decode(variable=name))
        names.add(name)
    assert names == set(ds.variables)


@pytest.mark.parametrize("version", VERSIONS)
def test_vcore_reads_what_it_serves(server: str, compressed: Files, version: str) -> None:
    ds = vcore.open(compressed("vectors"))
    volume = volumes_io.read(f"{server}/{version}/vectors.ome.zarr")
    (variable,) = volume.variables
    assert np.array_equal(variable.read(), ds.decode())
    assert volume.grid.spacing == ds.grid.spacing
    assert volume.grid.times == ds.grid.times
    assert variable.components == ("u", "v")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_tensorstore(server: str, compressed: Files, name: str, version: str) -> None:
    ds = vcore.open(compressed(name))
    for level in range(len(ds.levels)):
        found = _tensorstore(f"{server}/{version}/{name}.ome.zarr/{level}/", version)
        expected = ds.decode(level=level)
        assert found.shape == expected.shape
        assert found.dtype.numpy_dtype == expected.dtype
        values = found.read().result()
        assert np.array_equal(values, expected, equal_nan=expected.dtype.kind == "f")


@pytest.mark.parametrize("version", VERSIONS)
def test_compressed_chunks(compressing_server: str, compressed: Files, version: str) -> None:
    url = f"{compressing_server}/{version}/many.ome.zarr"
    expected = vcore.open(compressed("many")).decode()
    assert np.array_equal(zarr.open_group(url, mode="r")["0"][...], expected)
    assert np.array_equal(_tensorstore(f"{url}/0/", version).read().result(), expected)


def _tensorstore(url: str, version: str) -> Any:
    driver = "zarr3" if version == "0.5" else "zarr"
    base, _, path = url.removeprefix("http://").partition("/")
    kvstore = {"driver": "http", "base_url": f"http://{base}", "path": f"/{path}"}
    return tensorstore.open({"driver": driver, "kvstore": kvstore}, read=True).result()


@pytest.fixture(scope="module")
def zarrita(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the script that reads with zarrita; skip without Node or the package."""
    if not (shutil.which("node") and shutil.which("npm")):
        absent("Node is not installed (apt-get install nodejs npm)")
    folder = tmp_path_factory.mktemp("js")
    for file in (Path(__file__).parent / "js").iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        absent(f"npm did not install zarrita: {done.stderr[-300:]}")
    return folder / "read.mjs"


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_zarrita(
    server: str, compressing_server: str, compressed: Files, zarrita: Path, version: str
) -> None:
    for base, name in ((server, "vectors"), (server, "constant"), (compressing_server, "many")):
        done = subprocess.run(
            ["node", str(zarrita), f"{base}/{version}/{name}.ome.zarr"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        ds = vcore.open(compressed(name))
        assert found["axes"] == "".join(ds.decoder().header.axes)
        assert len(found["levels"]) == len(ds.levels)
        for level, array in enumerate(found["levels"]):
            values = np.array(array["data"], array["dtype"]).reshape(array["shape"])
            assert np.array_equal(values, ds.decode(level=level))


@pytest.mark.slow
def test_neuroglancer_in_a_browser(tmp_path: Path) -> None:
    """The viewer, in headless Chromium, draws a bright ball at the centre of a dark volume."""
    browser()
    neuroglancer = pytest.importorskip("neuroglancer")
    from PIL import Image as Picture

    away = np.linspace(-1, 1, 100)
    radius = np.sqrt(sum(a**2 for a in np.meshgrid(away, away, away, sparse=True)))
    values = np.where(radius < 0.6, 255, 0).astype("u1") | (blobs((100,) * 3) * 15).astype("u1")
    path = tmp_path / "ball.vcore"
    vcore.compress(values, path, budget=vcore.Budget(max_error=0))
    taken: list[bytes] = []
    ready = threading.Event()

    def take(reply: Any) -> None:
        taken.append(reply.screenshot.image)
        ready.set()

    neuroglancer.set_server_bind_address("127.0.0.1")
    viewer = neuroglancer.Viewer()
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(viewer.get_viewer_url()))
    with serving_files(path, "--origin", origin) as (url, _):
        with viewer.txn() as state:
            source = f"zarr://{url}/0.5/ball.ome.zarr"
            shader = "void main() { emitGrayscale(toNormalized(getDataValue())); }"
            state.layers["ball"] = neuroglancer.ImageLayer(source=source, shader=shader)
            state.layout = "xy"
            state.position = [50, 50, 50]
            state.cross_section_scale = 0.5
            state.show_axis_lines = state.show_scale_bar = state.show_default_annotations = False
        # its server answers when every chunk is drawn
        viewer.async_screenshot(take, include_depth=False)
        visiting = threading.Thread(
            target=visit, args=(viewer.get_viewer_url(), "false", 60.0, ready), daemon=True
        )
        visiting.start()
        assert ready.wait(60), "neuroglancer did not draw"
        visiting.join(30)
        neuroglancer.stop()
    picture = np.asarray(Picture.open(io.BytesIO(taken[0])).convert("L"))
    white = picture > 250
    assert white.sum() == pytest.approx(np.pi * (2 * 0.6 * 49.5) ** 2, rel=0.03)
    rows, columns = (np.flatnonzero(white.any(axis)) for axis in (1, 0))
    assert np.ptp(rows) == pytest.approx(2 * 2 * 0.6 * 49.5, abs=3)
    assert np.ptp(columns) == pytest.approx(np.ptp(rows), abs=3)
