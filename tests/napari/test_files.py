"""Opening and saving in a real viewer: manifest, reader, writer, sample data."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from cells import blobs
from napari_vcore import reading
from napari_vcore.gaussians import positions
from napari_vcore.layers import layers_of, link_of
from napari_vcore.reading import get_reader
from qtpy.QtCore import QTimer

import vcore
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.runtime.compile_events import compiling

PLUGIN = "vcore-volumes"


@pytest.mark.slow
def test_the_manifest_is_valid() -> None:
    code = "from npe2 import PluginManifest; m = PluginManifest.from_distribution('vcore-volumes');"
    code += "m.validate_imports(); assert len(m.contributions.widgets) == 3"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_file_opens_where_it_lies(viewer: Any, compressed: Path) -> None:
    (layer,) = viewer.open(str(compressed / "cells.vcore"), plugin=PLUGIN)
    data = vcore.open(compressed / "cells.vcore")
    assert layer.name == "cells"
    assert layer.multiscale
    assert [level.shape for level in layer.data] == [data.shape]  # small: sharp in 3D
    np.testing.assert_allclose(layer.scale, (2, 0.5, 0.5))
    np.testing.assert_allclose(layer.translate, (10, 0, -3))
    assert [str(u) for u in layer.units] == ["micrometer"] * 3
    assert layer.axis_labels == ("z", "y", "x")
    assert list(layer.contrast_limits) == data.decoder().header.achieved["robust_range"]
    np.testing.assert_array_equal(np.asarray(layer.data[0]), data.decode())
    assert link_of(layer).dataset.shape == (24, 40, 36)


def test_channels_become_layers_and_time_a_slider(viewer: Any, compressed: Path) -> None:
    layers = viewer.open(str(compressed / "two.vcore"), plugin=PLUGIN)
    assert [layer.name for layer in layers] == ["two dapi", "two gfp"]
    assert layers[0].colormap.name != layers[1].colormap.name
    assert layers[0].blending == "additive"
    expected = vcore.open(compressed / "two.vcore").decode()
    for c, layer in enumerate(layers):
        assert layer.ndim == 4
        np.testing.assert_allclose(layer.scale, (30, 2, 0.5, 0.5))
        assert [str(u) for u in layer.units] == ["second", *["micrometer"] * 3]
        np.testing.assert_array_equal(np.asarray(layer.data[0][1]), expected[1, c])
    assert viewer.dims.nsteps[0] == 3


@pytest.mark.parametrize(("dtype", "fill"), [("f4", 1e20), ("u2", 65535)])
def test_fill_values_are_shown_as_nan(viewer: Any, tmp_path: Path, dtype: str, fill: float) -> None:
    values = np.arange(4 * 5 * 6).reshape(4, 5, 6).astype(dtype)
    values[1, 2:4] = fill
    volume = Volume(Grid(values.shape), (Variable("v", values, fill_value=fill),))
    vcore.compress(volume, tmp_path / "f.vcore", budget=vcore.Budget(max_error=0))
    (layer,) = viewer.open(str(tmp_path / "f.vcore"), plugin=PLUGIN)
    expected = np.where(values == values.dtype.type(fill), np.nan, values)
    np.testing.assert_array_equal(np.asarray(layer.data[0]), expected)
    assert layer.contrast_limits == pytest.approx((0, 119), abs=0.1)


@pytest.mark.slow
def test_opening_decodes_only_what_is_shown(viewer: Any, tmp_path: Path) -> None:
    vcore.compress(
        blobs(130, 130, 130), tmp_path / "large.vcore", method="gaussian",
        settings={"steps": 5}, budget=vcore.Budget(bytes=3000),
    )  # fmt: skip
    (layer,) = viewer.open(str(tmp_path / "large.vcore"), plugin=PLUGIN)
    store = link_of(layer).dataset.group.store
    chunks = np.prod([-(-n // 64) for n in (130, 130, 130)])
    assert chunks == 27
    # the slice that napari takes first, and the one that it then shows
    assert 0 < store.cache.computed <= 2 * 9


def test_several_files_and_folders_of_them(viewer: Any, compressed: Path) -> None:
    names = [str(compressed / "cells.vcore"), str(compressed / "two.vcore")]
    assert len(viewer.open(names, plugin=PLUGIN)) == 3
    assert len(viewer.open(str(compressed), plugin=PLUGIN)) == 3


def test_what_is_not_vcores_is_left_to_others(tmp_path: Path) -> None:
    assert get_reader(str(tmp_path / "image.tif")) is None
    assert get_reader(str(tmp_path)) is None
    assert get_reader([str(tmp_path / "a.vcore"), str(tmp_path / "b.tif")]) is not None


def test_a_damaged_file_says_so_and_spares_the_others(
    viewer: Any, compressed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = (compressed / "cells.vcore").read_bytes()
    (tmp_path / "bad.vcore").write_bytes(good[:5] + b"?" + good[6:])
    with pytest.raises(vcore.VcoreError, match="Expected"):
        viewer.open(str(tmp_path / "bad.vcore"), plugin=PLUGIN)
    (tmp_path / "good.vcore").write_bytes(good)
    told: list[str] = []
    monkeypatch.setattr("napari.utils.notifications.show_warning", told.append)
    assert len(viewer.open(str(tmp_path), plugin=PLUGIN)) == 1
    assert "bad.vcore" in told[0]


def _of_direction(folder: Path, *direction: tuple) -> vcore.Grid:
    grid = vcore.Grid((12, 14, 16), (2.0, 1.0, 1.0), (1.0, 2.0, 3.0), direction)
    volume = vcore.Volume(grid, (vcore.Variable("v", blobs(12, 14, 16)),))
    options = {"method": "gaussian", "settings": {"steps": 5}, "budget": vcore.Budget(bytes=1500)}
    vcore.compress(volume, folder / "turned.vcore", **options)
    return grid


def test_axes_that_run_backwards_do_so(viewer: Any, tmp_path: Path) -> None:
    grid = _of_direction(tmp_path, (1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0))
    (layer,) = viewer.open(str(tmp_path / "turned.vcore"), plugin=PLUGIN)
    np.testing.assert_allclose(layer.data_to_world((3, 4, 5)), grid.affine[:3] @ [3, 4, 5, 1])


def test_a_turned_grid_is_shown_along_its_axes(
    viewer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari.utils.notifications.show_warning", told.append)
    _of_direction(tmp_path, (0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    (layer,) = viewer.open(str(tmp_path / "turned.vcore"), plugin=PLUGIN)
    assert "has a rotated grid" in told[0]
    np.testing.assert_allclose(layer.scale, (2, 1, 1))
    data, table = link_of(layer).dataset, link_of(layer).dataset.primitives
    places = positions(table, link_of(layer))
    voxels, _ = table.to_voxels(data.grid)
    np.testing.assert_allclose([layer.world_to_data(p) for p in places], voxels, atol=1e-9)


def test_one_channel_is_read_by_region(compressed: Path) -> None:
    data = vcore.open(compressed / "two.vcore")
    whole = vcore.open(compressed / "two.vcore").decode()
    channel = layers_of(data)[1][0][0]
    assert channel.shape == (3, 12, 16, 14)
    np.testing.assert_array_equal(channel[2, 3:5], whole[2, 1, 3:5])
    assert data.group.store.cache.computed == 1  # of six


def test_a_file_still_downloading_opens_coarse(tmp_path: Path) -> None:
    values = blobs(70, 70, 70)
    report = vcore.compress(values, None, method="linear1", budget=vcore.Budget(bytes=9000),
                            settings={"k": 4, "s": 3, "steps": 5})  # fmt: skip
    for size in range(len(report.data) - 1, 0, -500):
        (tmp_path / "part.vcore").write_bytes(report.data[:size])
        data = vcore.open(tmp_path / "part.vcore")
        if 0 < len(data.decoder().available_levels) < len(data.grid_levels):
            break
    ((levels, options, _),) = layers_of(data)
    assert len(levels) == len(data.decoder().available_levels)
    np.testing.assert_allclose(options["scale"], data.grid_levels[-len(levels)].spacing)


# saving


def test_a_layer_is_saved_and_opens_in_its_place(viewer: Any, tmp_path: Path) -> None:
    values = blobs(24, 40, 36)
    viewer.add_image(values, name="cells", scale=(2, 1, 1), translate=(5, 0, 0))
    path = tmp_path / "out.vcore"
    assert viewer.layers.save(str(path), plugin=PLUGIN) == [str(path)]
    data = vcore.open(path)
    error = np.square(data.decode().astype("f8") - values).mean()
    assert 20 * np.log10(float(np.ptp(values))) - 10 * np.log10(error) >= 42  # quality good
    assert data.grid.spacing == (2, 1, 1)
    assert data.grid.origin == (5, 0, 0)


def test_a_compressed_layer_is_saved_as_it_is(
    viewer: Any, compressed: Path, tmp_path: Path
) -> None:
    viewer.open(str(compressed / "cells.vcore"), plugin=PLUGIN)
    path = tmp_path / "copy.vcore"
    viewer.layers[0].save(str(path), plugin=PLUGIN)
    copy, data = vcore.open(path), vcore.open(compressed / "cells.vcore")
    assert copy.info["variables"] == data.info["variables"]
    np.testing.assert_array_equal(copy.decode(), data.decode())


def test_layers_are_saved_as_channels(viewer: Any, tmp_path: Path) -> None:
    viewer.add_image(blobs(16, 18, 20), name="dapi")
    viewer.add_image(blobs(16, 18, 20, seed=1), name="gfp")
    viewer.layers.save(str(tmp_path / "both.vcore"), plugin=PLUGIN)
    header = vcore.open(tmp_path / "both.vcore").decoder().header
    assert (header.axes, header.components) == (tuple("czyx"), ("dapi", "gfp"))


@pytest.mark.slow
def test_an_image_of_two_axes_is_saved_and_opened(viewer: Any, tmp_path: Path) -> None:
    values = blobs(1, 80, 90)[0]
    viewer.add_image(values, name="flat", scale=(2, 3), translate=(5, 7))
    viewer.layers.save(str(tmp_path / "flat.vcore"), plugin=PLUGIN)
    ds = vcore.open(tmp_path / "flat.vcore")
    assert ds.shape == (80, 90)
    viewer.layers.clear()
    (layer,) = viewer.open(str(tmp_path / "flat.vcore"), plugin=PLUGIN)
    assert layer.ndim == 2
    np.testing.assert_array_equal(layer.scale, (2, 3))
    np.testing.assert_array_equal(layer.translate, (5, 7))
    np.testing.assert_array_equal(np.asarray(layer.data[0]), ds[...])
    assert viewer.dims.ndim == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "shape"), [("neuron", (119, 415, 409)), ("droplet", (21, 16, 30, 31))]
)
def test_samples_open(viewer: Any, key: str, shape: tuple) -> None:
    (layer,) = viewer.open_sample(PLUGIN, key)
    assert layer.data.shape == shape
    assert layer.contrast_limits[0] < layer.contrast_limits[1]


def test_the_window_lives_while_code_compiles(
    viewer: Any, compressed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari.utils.notifications.show_info", told.append)
    ended = threading.Event()

    def slow(*known: Any) -> Any:
        compiling()
        ended.wait(20)
        return layers_of(*known)

    monkeypatch.setattr(reading, "layers_of", slow)
    QTimer.singleShot(300, ended.set)  # only a living window gets there
    (layer,) = viewer.open(str(compressed / "cells.vcore"), plugin=PLUGIN)
    assert ended.is_set()
    assert "compiles" in told[0]
    assert layer.name == "cells"


class _Ranges(BaseHTTPRequestHandler):
    """Serve ranges of the files in a folder."""

    folder: ClassVar[Path]

    def do_GET(self) -> None:
        data = (self.folder / self.path.strip("/")).read_bytes()
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        body = data[int(first) : int(last) + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def test_a_url_opens(viewer: Any, compressed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(_Ranges, "folder", compressed, raising=False)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Ranges)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        (layer,) = viewer.open(f"http://127.0.0.1:{http.server_port}/cells.vcore", plugin=PLUGIN)
        (own,) = viewer.open(str(compressed / "cells.vcore"), plugin=None)
        np.testing.assert_array_equal(np.asarray(layer.data[0]), np.asarray(own.data[0]))
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
    assert layer.name.startswith("cells")
    assert get_reader("https://example.org/cells.tif") is None


def test_the_dialog_offers_to_save_without_loss(viewer: Any, tmp_path: Path) -> None:
    from napari.layers import Layer
    from npe2 import PluginManager

    layer: Layer = viewer.add_image(blobs(16, 18, 20), name="cells")
    writers = list(PluginManager.instance().iter_compatible_writers(["image"]))
    ours = [w for w in writers if w.command.startswith(PLUGIN)]
    assert [w.display_name for w in ours] == [
        "Compressed volume",
        "Compressed volume, without loss",
    ]
    path = str(tmp_path / "exact.vcore")
    viewer.layers.save(path, plugin=PLUGIN, _writer=ours[1])
    np.testing.assert_array_equal(vcore.open(path).decode(), layer.data)
