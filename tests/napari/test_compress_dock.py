"""The Compress dock in a real viewer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cells import blobs
from napari_vcore import runs
from napari_vcore._qt.compress import CompressDock
from napari_vcore._qt.results import GATE, PREVIEW
from napari_vcore.jobs import CANCELLED, RUNNING

import vcore


@pytest.fixture
def dock(viewer: Any) -> CompressDock:
    """Return the dock with a layer of cells and settings for a short run."""
    viewer.add_image(blobs(24, 40, 36), name="cells", scale=(2, 1, 1), translate=(4, 0, 0))
    _, found = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    found.form.method.value = "gaussian"
    found.form.kind.value = "bpv"
    found.form.value.value = "0.5"
    found.form.settings["steps"].value = "10"
    return found


def finish(dock: CompressDock, wait: Any) -> None:
    wait(lambda: not dock._watcher.busy and not dock._side.busy)


@pytest.mark.slow
def test_compress_shows_layer_error_figures_and_curve(
    viewer: Any, dock: CompressDock, wait: Any
) -> None:
    dock.compress_button.click()
    assert not dock.compress_button.isEnabled()
    assert dock.cancel_button.isEnabled()
    finish(dock, wait)
    original, decoded, error = viewer.layers
    assert dock.session.runs[0].figures["bpv"] <= 0.5
    np.testing.assert_allclose(decoded.scale, original.scale)
    np.testing.assert_allclose(decoded.translate, original.translate)
    expected = np.asarray(decoded.data[0]).astype("f4") - original.data
    np.testing.assert_array_equal(np.asarray(error.data), expected)
    low, high = error.contrast_limits
    assert -low == high == pytest.approx(6 * np.sqrt(np.mean(expected**2)), rel=1e-3)
    assert not error.visible
    assert dock.table.rowCount() == 1
    assert dock.table.item(0, 0).text() == "gaussian"
    assert len(dock.curve.figure.axes[0].lines) == 1
    dock.form.value.value = "1"
    dock.compress_button.click()
    finish(dock, wait)
    (line,) = dock.curve.figure.axes[0].lines
    assert len(line.get_xdata()) == dock.table.rowCount() == 2
    found = sorted(run.figures["robust_psnr"] for run in dock.session.runs)
    assert sorted(line.get_ydata()) == found


@pytest.mark.slow
def test_to_a_file_not_twice(
    viewer: Any, dock: CompressDock, wait: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.docks.show_error", told.append)
    dock.form.path.value = tmp_path / "cells"
    dock.compress_button.click()
    finish(dock, wait)
    before = (tmp_path / "cells.vcore").read_bytes()
    assert vcore.open(tmp_path / "cells.vcore").grid.spacing == (2, 1, 1)
    dock.compress_button.click()
    finish(dock, wait)
    assert "exists" in told[0]
    assert (tmp_path / "cells.vcore").read_bytes() == before
    dock.form.force.value = True
    dock.compress_button.click()
    finish(dock, wait)
    assert len(told) == 1
    assert len(dock.session.runs) == 2


@pytest.mark.slow
def test_cancel_leaves_nothing(dock: CompressDock, wait: Any, viewer: Any, tmp_path: Path) -> None:
    dock.form.settings["steps"].value = "100000"
    dock.form.path.value = tmp_path / "never.vcore"
    dock.compress_button.click()
    wait(lambda: "fitting" in dock.status.value)
    assert "Gaussians" in str(dock.session.job.status) or dock.session.job.status.share < 1
    dock.cancel_button.click()
    finish(dock, wait)
    assert "Cancelled" in dock.status.value
    assert list(tmp_path.iterdir()) == []
    assert len(viewer.layers) == 1
    assert dock.compress_button.isEnabled()


def test_failures_are_told(dock: CompressDock, wait: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.docks.show_error", told.append)
    dock.form.kind.value = "ratio"
    dock.form.value.value = "1000000"
    dock.compress_button.click()
    finish(dock, wait)
    assert told[0].startswith("Expected a budget")
    assert dock.compress_button.isEnabled()


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [("value", "lots", "Expected a number"), ("steps", "many", "Expected int for the setting")],
)
def test_impossible_fields_are_told(
    dock: CompressDock, field: str, text: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.compress.show_warning", told.append)
    if field == "value":
        dock.form.value.value = text
    else:
        dock.form.settings[field].value = text
    dock.compress_button.click()
    assert message in told[0]
    assert not dock._watcher.busy


def test_nothing_to_compress(viewer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.compress.show_warning", told.append)
    _, dock = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    dock.compress_button.click()
    assert "Expected a layer to compress" in told[0]


def test_an_image_is_previewed_and_compressed(viewer: Any, wait: Any) -> None:
    values = blobs(1, 70, 90)[0]
    viewer.add_image(values, name="flat", scale=(2, 3))
    _, dock = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    dock.form.method.value = "wavelet"
    dock.form.kind.value = "psnr"
    dock.form.value.value = "40"
    dock.preview_button.click()
    finish(dock, wait)
    preview = viewer.layers[PREVIEW]
    assert preview.data.shape == (64, 64)
    at = np.rint(np.array(preview.translate) / (2, 3)).astype(int)
    part = values[at[0] : at[0] + 64, at[1] : at[1] + 64].astype(float)
    assert np.abs(preview.data - part).mean() < 0.1 * np.ptp(values)
    dock.compress_button.click()
    finish(dock, wait)
    shown = viewer.layers.selection.active
    assert (shown.ndim, shown.data[0].shape) == (2, (70, 90))
    np.testing.assert_array_equal(shown.scale, (2, 3))


@pytest.mark.slow
def test_the_layer_may_go_while_it_is_compressed(
    viewer: Any, dock: CompressDock, wait: Any
) -> None:
    dock.form.settings["steps"].value = "60"
    dock.compress_button.click()
    viewer.layers.remove("cells")
    finish(dock, wait)
    (decoded,) = viewer.layers
    assert "gaussian" in decoded.name


@pytest.mark.slow
def test_the_dock_may_go_and_come_back(viewer: Any, dock: CompressDock, wait: Any) -> None:
    dock.form.settings["steps"].value = "300"
    dock.form.value.value = "0.7"
    dock.compress_button.click()
    viewer.window.remove_dock_widget(dock)
    assert dock.session.job.state == RUNNING
    _, again = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    assert again is not dock
    assert again.form.kind.value == "bpv"
    assert again.form.value.value == "0.7"
    assert again.form.settings["steps"].value == "300"
    assert again._watcher.busy
    finish(again, wait)
    assert again.table.rowCount() == 1
    assert len(viewer.layers) == 3


def test_closing_napari_cancels(make_napari_viewer: Any, wait: Any) -> None:
    viewer = make_napari_viewer(show=True)
    viewer.add_image(blobs(24, 40, 36))
    _, dock = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    wait(dock.isVisible)
    dock.form.method.value = "gaussian"
    dock.form.settings["steps"].value = "100000"
    dock.compress_button.click()
    job = dock.session.job
    wait(lambda: job.status.stage == "fitting")
    viewer.close()
    wait(lambda: job.state == CANCELLED)


def test_a_preview_lies_on_the_layer(viewer: Any, dock: CompressDock, wait: Any) -> None:
    dock.preview_button.click()
    finish(dock, wait)
    preview, layer = viewer.layers[PREVIEW], viewer.layers["cells"]
    assert preview.data.shape == (24, 40, 36)
    np.testing.assert_allclose(preview.translate, layer.translate)
    assert "bits per voxel" in dock.status.value
    assert not dock.session.runs
    assert "cells" in [layer.name for layer in dock.form.layer.choices]


@pytest.mark.slow
def test_the_gate_is_shown_on_the_data(viewer: Any, dock: CompressDock, wait: Any) -> None:
    dock.form.settings["gate"].value = "40"
    dock.gate.value = True
    dock.preview_button.click()
    finish(dock, wait)
    assert set(np.unique(viewer.layers[GATE].data)) == {0, 1}
    assert "gate 40" in dock.status.value
    dock.gate.value = False
    assert GATE not in viewer.layers


@pytest.mark.slow
def test_live_previews_follow_the_settings(viewer: Any, dock: CompressDock, wait: Any) -> None:
    dock.live.value = True
    wait(lambda: PREVIEW in viewer.layers)
    first = viewer.layers[PREVIEW]
    finish(dock, wait)
    dock.form.value.value = "2"
    wait(lambda: PREVIEW in viewer.layers and viewer.layers[PREVIEW] is not first)


def test_an_estimate_is_told(dock: CompressDock, wait: Any) -> None:
    dock.estimate_button.click()
    finish(dock, wait)
    assert dock.status.value.startswith("about ")
    assert "memory" in dock.status.value


def test_research_methods_are_folded_and_greyed(
    viewer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_vcore.choices.find_spec", lambda _name: None)
    viewer.add_image(blobs(8, 9, 10))
    _, dock = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    assert list(dock.form.method.choices) == ["wavelet", "bounded", "gaussian", "auto"]
    dock.form.research.value = True
    names = list(dock.form.method.choices)
    items = dock.form.method.native.model()
    assert items.item(names.index("gaussian")).isEnabled()
    assert not items.item(names.index("siren")).isEnabled()
    dock.form.method.value = "siren"
    assert "pip install torch==2.13.0" in dock.status.value
    assert not dock.compress_button.isEnabled()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_curve_follows_the_theme(viewer: Any, dock: CompressDock, theme: str) -> None:
    viewer.theme = theme
    red, *_ = dock.curve.figure.get_facecolor()
    assert (red < 0.5) == (theme == "dark")


def test_a_narrow_window_scrolls(viewer: Any, dock: CompressDock) -> None:
    assert dock.minimumWidth() <= 300
    assert dock.widgetResizable()


@pytest.mark.slow
def test_figures_agree_with_the_file(dock: CompressDock, wait: Any) -> None:
    dock.compress_button.click()
    finish(dock, wait)
    run: runs.Run = dock.session.runs[0]
    assert run.figures["psnr"] == pytest.approx(run.report.psnr)
    assert run.figures["bytes"] == run.report.bytes
