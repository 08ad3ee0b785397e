"""Comparison of a compressed layer with its original: swipe, errors, profile."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cells import blobs
from napari_vcore import comparing, errors, profiles, swiping
from napari_vcore._qt.explore import ExploreDock
from napari_vcore.layers import link_of

import vcore
from vcore.errors import InputError, MemoryLimitError
from vcore.model.context import Context

PLUGIN = "vcore-volumes"


@pytest.fixture
def dock(viewer: Any, compressed: Path) -> ExploreDock:
    """Return the dock with an opened file and its original."""
    (layer,) = viewer.open(str(compressed / "cells.vcore"), plugin=PLUGIN)
    place = {"scale": layer.scale, "translate": layer.translate, "units": layer.units}
    original = viewer.add_image(
        blobs(24, 40, 36), name="original", contrast_limits=(3, 44), gamma=0.7, **place
    )
    _, found = viewer.window.add_plugin_dock_widget(PLUGIN, "Explore")
    found.layer.value, found.comparison.other.value = layer, original
    return found


def finish(dock: ExploreDock, wait: Any) -> None:
    wait(lambda: not dock.busy)


def shown(layer: Any) -> np.ndarray:
    """Return the slice that napari shows of a layer."""
    return np.asarray(layer._slice.image.view)


@pytest.mark.slow
def test_both_halves_are_in_one_picture(dock: ExploreDock, viewer: Any) -> None:
    layer, original = viewer.layers["cells"], viewer.layers["original"]
    place = {"scale": layer.scale, "translate": layer.translate, "units": layer.units}
    third = viewer.add_image(blobs(24, 40, 36), name="third", **place)
    before = layer.contrast_limits
    viewer.dims.set_current_step(0, 11)
    dock.comparison.swipe.click()
    picture = viewer.layers["swipe"]
    decoded = np.asarray(layer.data[0])
    for share, cut in ((0.5, 18), (0.25, 9), (0.0, 0), (1.0, 36)):
        dock.comparison.cut.value = share
        expected = np.concatenate([original.data[..., :cut], decoded[..., cut:]], axis=-1)
        np.testing.assert_array_equal(shown(picture), expected[11])
        edge = np.array(viewer.layers["swipe, cut"].data[0])
        np.testing.assert_allclose(edge[:, 2], cut - 0.5)
    viewer.dims.set_current_step(0, 3)
    np.testing.assert_array_equal(shown(picture), original.data[3])
    assert (picture.contrast_limits, picture.gamma) == ([3, 44], 0.7)
    assert not any(x.visible for x in (layer, original, third))
    dock.comparison.swipe.click()
    assert layer.visible
    assert original.visible
    assert third.visible
    assert [x.name for x in viewer.layers] == ["cells", "original", "third"]
    assert before != [3, 44] == layer.contrast_limits  # stays comparable


@pytest.mark.slow
def test_volumes_are_cut_by_planes(dock: ExploreDock, viewer: Any) -> None:
    layer, original = viewer.layers["cells"], viewer.layers["original"]
    viewer.dims.ndisplay = 3
    dock.comparison.swipe.click()
    dock.comparison.cut.value = 0.25
    (kept,), (other,) = (x.experimental_clipping_planes for x in (original, layer))
    assert (kept.position, kept.normal) == ((0, 0, 8.5), (0, 0, -1))
    assert (other.position, other.normal) == ((0, 0, 8.5), (0, 0, 1))
    assert layer.visible
    assert original.visible
    original.contrast_limits = (5, 30)
    assert layer.contrast_limits == [5, 30]  # locked
    viewer.dims.ndisplay = 2  # one picture there
    assert "swipe" in viewer.layers
    assert len(layer.experimental_clipping_planes) == 0
    viewer.dims.ndisplay = 3
    assert len(layer.experimental_clipping_planes) == 1
    dock.comparison.swipe.click()
    assert len(original.experimental_clipping_planes) == 0
    original.contrast_limits = (6, 31)
    assert layer.contrast_limits == [5, 30]


@pytest.mark.slow
def test_one_way_of_comparing_at_a_time(dock: ExploreDock, viewer: Any) -> None:
    dock.comparison.swipe.click()
    dock.comparison.blink.click()
    assert "swipe" not in viewer.layers
    dock.comparison.swipe.click()
    assert not dock.comparison.blink.isChecked()
    viewer.layers.remove("original")
    assert not dock.comparison.swipe.isChecked()
    assert [x.name for x in viewer.layers] == ["cells"]


@pytest.mark.slow
def test_layers_of_other_shapes_are_not_swiped(
    dock: ExploreDock, viewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.comparison.show_warning", told.append)
    dock.comparison.other.value = viewer.add_image(blobs(23, 40, 36), name="other")
    dock.comparison.swipe.click()
    assert "one shape" in told[0]
    assert not dock.comparison.swipe.isChecked()
    assert viewer.layers["cells"].visible


def test_levels_in_common_are_swiped_by_tiles() -> None:
    fine, coarse = np.zeros((6, 8, 10), "u1"), np.zeros((3, 4, 5), "u1")
    other = [np.full(fine.shape, 7, "u1"), np.full(coarse.shape, 9, "u1"), np.zeros((2, 2, 3))]
    levels = swiping.halves([fine, coarse], other, 2, 0.5)
    assert [level.shape for level in levels] == [fine.shape, coarse.shape]
    tile = levels[0][:, 2:6, 3:9]  # as napari does, before it takes a slice
    np.testing.assert_array_equal(np.asarray(tile[4]), [[0, 0, 7, 7, 7, 7]] * 4)
    levels[1].share = 0.2
    np.testing.assert_array_equal(levels[1][0, 0], [0, 9, 9, 9, 9])


def counts(*shape: int) -> np.ndarray:
    """Return smooth values with the noise of a detector of gain 4 and offset 100."""
    rng = np.random.default_rng(5)
    light = 40 + 30 * np.sin(np.linspace(0, 3, shape[-1])) * np.ones(shape)
    return (100 + 4 * rng.poisson(light) + rng.normal(0, 3, shape)).astype("f4")


def test_errors_are_in_sigmas_of_the_noise(viewer: Any, wait: Any) -> None:
    values = counts(6, 96, 96)
    off = values + np.where(np.arange(96) < 48, 0, 30).astype("f4")
    report = vcore.compress(off, None, budget=vcore.Budget(max_error=0))
    layer = viewer.add_image(
        [vcore.open(report.data).decode()], multiscale=True, name="cells", metadata={}
    )
    found = errors.errors_of(
        vcore.Volume.from_array(values), values, np.asarray(layer.data[0]), Context()
    )
    assert found.detector.gain == pytest.approx(4, rel=0.15)
    at_40 = np.sqrt(4 * 4 * 60 + 9)  # deviation in the middle of the values
    image = np.asarray(found.values)
    assert np.abs(image[..., :48]).max() == 0
    assert image[..., 48:].mean() == pytest.approx(30 / at_40, rel=0.15)
    assert found.limit == 3
    assert found.largest == pytest.approx(image.max())
    assert found.rms == pytest.approx(np.sqrt(np.mean(image**2)), rel=1e-4)


def test_errors_without_noise_are_shares_of_the_range() -> None:
    values = np.add.outer(np.arange(40.0), np.arange(200.0))[None].repeat(8, 0)
    decoded = values.copy()
    decoded[2, 3, 4] -= 2.39
    values[0, 0, 0] = np.nan
    found = errors.errors_of(vcore.Volume.from_array(values), values, decoded, Context())
    assert found.detector is None
    assert "could not be estimated" in found.text
    assert found.largest == pytest.approx(1.0, rel=0.01)  # 2.39 of 238, in percent
    assert found.unit == "% of the range"
    with pytest.raises(InputError, match="one shape"):
        errors.errors_of(vcore.Volume.from_array(values), values, decoded[1:], Context())


def test_the_detector_of_the_file_is_used(tmp_path: Path) -> None:
    from napari_vcore.layers import layers_of

    budget = vcore.Budget(noise_sigma=1, gain=4.0, offset=100.0, read_noise=3.0)
    vcore.compress(counts(6, 64, 64), tmp_path / "counts.vcore", budget=budget)
    ((_, options, _),) = layers_of(vcore.open(tmp_path / "counts.vcore"))
    found = errors.known_detector(options["metadata"]["vcore"])
    assert (found.gain, found.offset, found.read_noise) == (4, 100, 3)


def test_errors_have_colours_with_a_bar(dock: ExploreDock, viewer: Any, wait: Any) -> None:
    assert errors.known_detector(link_of(viewer.layers["cells"])) is None
    dock.comparison.errors.click()
    finish(dock, wait)
    layer = next(x for x in viewer.layers if "error" in x.name)
    original, decoded = viewer.layers["original"], viewer.layers["cells"]
    difference = np.asarray(decoded.data[0]).astype("f4") - original.data
    np.testing.assert_array_equal(np.sign(np.asarray(layer.data)), np.sign(difference))
    assert layer.colorbar.visible
    assert layer.contrast_limits[0] == -layer.contrast_limits[1]
    assert not original.visible
    np.testing.assert_allclose(layer.scale, original.scale)
    assert dock.status.value.startswith("errors: RMS")


@pytest.mark.slow
def test_values_along_a_line(dock: ExploreDock, viewer: Any, wait: Any) -> None:
    layer, original = viewer.layers["cells"], viewer.layers["original"]
    viewer.dims.set_current_step(0, 7)
    dock.comparison.line.click()
    line = viewer.layers["profile"]
    line.data = [np.array([[7, 5, 4], [7, 5, 29]], float)]
    wait(lambda: len(dock.comparison.curve.figure.axes[0].lines[0].get_xdata()) == 26)
    axes = dock.comparison.curve.figure.axes[0]
    first, second = axes.lines
    np.testing.assert_allclose(first.get_xdata(), np.arange(26) * 0.5)
    np.testing.assert_array_equal(first.get_ydata(), original.data[7, 5, 4:30])
    np.testing.assert_array_equal(second.get_ydata(), np.asarray(layer.data[0])[7, 5, 4:30])
    assert "µm" in axes.get_xlabel()
    viewer.layers.remove("profile")
    assert dock.comparison.curve.isHidden()


def test_lines_that_cross_nothing_are_told(viewer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = viewer.add_image(np.arange(20.0).reshape(4, 5))
    found = profiles.profile(layer, layer, np.array([[1, -2], [1, 8]]))
    np.testing.assert_array_equal(found.original, [np.nan, np.nan, 5, 6, 7, 8, 9, *[np.nan] * 4])
    with pytest.raises(InputError, match="length"):
        profiles.profile(layer, layer, np.array([[1, 2], [1, 2]]))
    with pytest.raises(InputError, match="outside"):
        profiles.profile(layer, layer, np.array([[9, 2], [9, 4]]))
    monkeypatch.setattr(profiles, "MAX_BYTES", 50)
    with pytest.raises(MemoryLimitError, match="shorter"):
        profiles.profile(layer, layer, np.array([[0, 0], [3, 4]]))


def test_blocks_need_one_shape() -> None:
    assert len(comparing.blocks_of(np.empty((2, 65, 3)), np.empty((2, 65, 3)))) == 2
    with pytest.raises(InputError, match="one shape"):
        comparing.blocks_of(np.empty((2, 3)), np.empty((3, 2)))
