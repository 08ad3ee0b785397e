"""The Explore dock in a real viewer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cells import blobs
from napari_vcore import boxes, comparing
from napari_vcore._qt.explore import ExploreDock
from napari_vcore.layers import link_of

import vcore
from vcore import io
from vcore.errors import InputError, MemoryLimitError
from vcore.model.context import Context

PLUGIN = "vcore-volumes"


@pytest.fixture
def dock(viewer: Any, compressed: Path) -> ExploreDock:
    """Return the dock with an opened file."""
    viewer.open(str(compressed / "cells.vcore"), plugin=PLUGIN)
    _, found = viewer.window.add_plugin_dock_widget(PLUGIN, "Explore")
    return found


def finish(dock: ExploreDock, wait: Any) -> None:
    wait(lambda: not dock._watcher.busy)


@pytest.mark.slow
def test_it_says_what_the_file_holds(dock: ExploreDock, viewer: Any) -> None:
    text = dock.info.text
    for part in ("cells.vcore", "gaussian", "uint8", "24 x 40 x 36", "PSNR"):
        assert part in text
    viewer.layers.clear()
    assert "Select a layer" in dock.info.text
    assert not dock.boxes.button.isEnabled()


def test_it_follows_the_selected_layer(dock: ExploreDock, viewer: Any, compressed: Path) -> None:
    layers = viewer.open(str(compressed / "two.vcore"), plugin=PLUGIN)
    viewer.layers.selection.active = layers[1]
    assert dock.layer.value is layers[1]
    viewer.layers.selection.active = viewer.layers["cells"]
    assert dock.layer.value is viewer.layers["cells"]


def test_a_box_of_a_shapes_layer_is_decoded_in_its_place(
    dock: ExploreDock, viewer: Any, wait: Any
) -> None:
    layer = viewer.layers["cells"]
    corners = np.array([[5, 8, 10], [5, 8, 29], [5, 19, 29], [5, 19, 10]], float)
    world = np.array([layer.data_to_world(c) for c in corners])
    viewer.add_shapes([world], shape_type="polygon", name="box")
    dock.boxes.box.value = viewer.layers["box"]
    dock.boxes.button.click()
    finish(dock, wait)
    found = viewer.layers["cells level 0"]
    expected = vcore.open(link_of(layer).dataset.info["file"]).decode()[:, 8:20, 10:30]
    np.testing.assert_array_equal(found.data, expected)
    np.testing.assert_allclose(found.data_to_world((0, 0, 0)), layer.data_to_world((0, 8, 10)))


@pytest.mark.slow
def test_the_view_is_decoded_at_a_level(viewer: Any, tmp_path: Path, wait: Any) -> None:
    options = {"method": "gaussian", "settings": {"steps": 5}, "budget": vcore.Budget(bytes=3000)}
    vcore.compress(blobs(70, 90, 80), tmp_path / "large.vcore", **options)
    viewer.open(str(tmp_path / "large.vcore"), plugin=PLUGIN)
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, "Explore")
    dock.boxes.level.value = 1
    dock.boxes.button.click()
    finish(dock, wait)
    found = viewer.layers["large level 1"]
    assert found.data.shape == (35, 45, 40)
    data = vcore.open(tmp_path / "large.vcore")
    np.testing.assert_array_equal(found.data, data.decode(level=1))
    np.testing.assert_allclose(found.scale, (2, 2, 2))
    np.testing.assert_allclose(found.translate, (0.5, 0.5, 0.5))


def test_one_channel_and_frame_of_a_series(viewer: Any, compressed: Path, wait: Any) -> None:
    layers = viewer.open(str(compressed / "two.vcore"), plugin=PLUGIN)
    viewer.dims.set_point(0, 60.0)
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, "Explore")
    dock.layer.value = layers[1]
    dock.boxes.button.click()
    finish(dock, wait)
    found = viewer.layers["two gfp level 0"]
    expected = vcore.open(compressed / "two.vcore").decode()[2:3, 1]
    np.testing.assert_array_equal(found.data, expected)
    np.testing.assert_allclose(found.translate, (60, 10, 0, -3))


def test_boxes_too_large_are_refused(
    dock: ExploreDock, viewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = link_of(viewer.layers["cells"])
    region = (slice(0, 24), slice(0, 40), slice(0, 36))
    boxes.check(link, region, 64)
    with pytest.raises(MemoryLimitError, match="at most 32 voxels"):
        boxes.check(link, region, 32)
    monkeypatch.setenv("VCORE_MEMORY_LIMIT", "20000")
    with pytest.raises(MemoryLimitError, match="fits into memory"):
        boxes.check(link, region, 64)
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.boxing.show_warning", told.append)
    dock.boxes.button.click()
    assert "fits into memory" in told[0]


def test_side_by_side_and_back(dock: ExploreDock, viewer: Any) -> None:
    other = viewer.add_image(blobs(24, 40, 36), name="original")
    third = viewer.add_image(blobs(24, 40, 36), name="third")
    dock.layer.value = viewer.layers["cells"]
    dock.comparison.other.value = other
    grid = getattr(viewer, "canvas", viewer).grid
    dock.comparison.side.click()
    assert grid.enabled
    assert not third.visible
    assert [layer.name for layer in viewer.layers if layer.visible] == ["original", "cells"]
    dock.comparison.side.click()
    assert not grid.enabled
    assert third.visible


def test_the_cache_is_resized(dock: ExploreDock, viewer: Any) -> None:
    data = link_of(viewer.layers["cells"]).dataset
    data.array[...]
    assert data.group.store.cache.weight > 0
    dock.file.cache.value = 0
    assert data.group.store.cache.max_weight == data.group.store.cache.weight == 0


@pytest.mark.parametrize("suffix", [".zarr", ".tif", ".nrrd", ".vti"])
def test_exports_decode(dock: ExploreDock, tmp_path: Path, wait: Any, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    dock.file.path.value = path
    dock.file.button.click()
    finish(dock, wait)
    expected = vcore.open(dock.link.dataset.info["file"])
    volume = io.read(path)
    np.testing.assert_array_equal(volume.variables[0].read(), expected.decode())
    assert volume.grid.spacing == pytest.approx((2.0, 0.5, 0.5))


def test_a_file_is_never_replaced_by_an_export(
    dock: ExploreDock, tmp_path: Path, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.docks.show_error", told.append)
    (tmp_path / "there.tif").write_text("mine")
    dock.file.path.value = tmp_path / "there.tif"
    dock.file.button.click()
    finish(dock, wait)
    assert "exists" in told[0]
    assert (tmp_path / "there.tif").read_text() == "mine"


# Gaussians


def test_gaussians_as_points_and_axes(dock: ExploreDock, viewer: Any, wait: Any) -> None:
    table = dock.link.dataset.primitives
    dock.mixture.points_button.click()
    finish(dock, wait)
    dock.mixture.axes_button.click()
    finish(dock, wait)
    points, axes = viewer.layers["cells Gaussians"], viewer.layers["cells axes"]
    np.testing.assert_allclose(points.data, table.centre)
    np.testing.assert_allclose(points.size, 2 * table.scale.mean(1), rtol=1e-5)
    assert {"intensity", "scale_major", "frame", "row"} <= set(points.features.columns)
    assert axes.data.shape == (3 * len(table), 2, 3)
    np.testing.assert_allclose(axes.data[:, 0] + axes.data[:, 1] / 2, np.repeat(table.centre, 3, 0))


@pytest.mark.slow
def test_removed_points_leave_the_decoded_layer(
    dock: ExploreDock, viewer: Any, wait: Any, tmp_path: Path
) -> None:
    layer = viewer.layers["cells"]
    before = np.asarray(layer.data[0]).astype(float)
    table = dock.link.dataset.primitives
    dock.mixture.points_button.click()
    finish(dock, wait)
    points = viewer.layers["cells Gaussians"]
    brightest = int(np.argmax(table.intensity[:, 0]))
    points.selected_data = {brightest}
    points.remove_selected()
    wait(lambda: "are left" in dock.status.value)
    assert len(link_of(layer).dataset.primitives) == len(table) - 1
    after = np.asarray(layer.data[0]).astype(float)
    place = np.unravel_index(np.argmax(before - after), before.shape)
    centre = layer.world_to_data(table.centre[brightest])
    assert np.abs(np.array(place) - centre).max() < 3
    # a second edit applies to the file as it was
    dock.mixture.least.value = float(np.median(np.abs(table.intensity)))
    shown = int(points.shown.sum())
    assert 0 < shown < len(points.data)
    dock.status.value = ""
    dock.mixture.remove_button.click()
    wait(lambda: "are left" in dock.status.value)
    assert len(points.data) == len(link_of(layer).dataset.primitives) == shown
    dock.file.path.value = tmp_path / "edited.vcore"
    dock.file.button.click()
    finish(dock, wait)
    assert len(vcore.open(tmp_path / "edited.vcore").primitives) == shown


def test_gaussians_of_a_series_lie_at_their_times(viewer: Any, compressed: Path, wait: Any) -> None:
    viewer.open(str(compressed / "two.vcore"), plugin=PLUGIN)
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, "Explore")
    dock.mixture.points_button.click()
    finish(dock, wait)
    points = next(layer for layer in viewer.layers if "Gaussians" in layer.name)
    assert points.ndim == 4
    assert set(np.unique(points.data[:, 0])) == {0.0, 30.0, 60.0}


def test_it_goes_to_the_worst_voxel(dock: ExploreDock, viewer: Any, wait: Any) -> None:
    layer = viewer.layers["cells"]
    values = np.asarray(layer.data[0]).astype("f4")
    values[17, 8, 30] += 500
    place = {"scale": layer.scale, "translate": layer.translate}
    dock.layer.value = layer
    dock.comparison.worst.click()  # without an original: told
    dock.comparison.other.value = viewer.add_image(values, name="original", **place)
    dock.comparison.worst.click()
    finish(dock, wait)
    assert "-500 at z 17, y 8, x 30" in dock.status.value
    assert viewer.dims.current_step[0] == 17
    camera = getattr(viewer, "scene", viewer).camera
    np.testing.assert_allclose(camera.center[1:], layer.data_to_world((17, 8, 30))[1:])


def test_layers_blink_with_one_contrast(dock: ExploreDock, viewer: Any, wait: Any) -> None:
    layer = viewer.layers["cells"]
    other = viewer.add_image(blobs(24, 40, 36), name="original", contrast_limits=(3, 44))
    dock.layer.value, dock.comparison.other.value = layer, other
    dock.comparison.blink.click()
    assert layer.visible != other.visible
    assert layer.contrast_limits == other.contrast_limits
    before = layer.visible
    wait(lambda: layer.visible != before)
    assert layer.visible != other.visible
    dock.comparison.blink.click()
    assert layer.visible
    assert other.visible


def test_missing_values_are_no_errors() -> None:
    original, decoded = np.zeros((3, 4, 5), "f4"), np.zeros((3, 4, 5), "f4")
    original[0, 0, 0], decoded[1, 2, 3] = np.nan, -2
    found = comparing.worst_voxel(original, decoded, Context())
    assert (found.index, found.decoded) == ((1, 2, 3), -2)
    with pytest.raises(InputError, match="one shape"):
        comparing.worst_voxel(original, decoded[:2], Context())
    with pytest.raises(InputError, match="only missing"):
        comparing.worst_voxel(np.full((3, 4, 5), np.nan), decoded, Context())
