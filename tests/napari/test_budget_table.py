"""Budgets of layers that are compressed together, in the dock Compress of a real viewer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cells import blobs
from napari_vcore._qt.compress import CompressDock
from napari_vcore.choices import LOSSLESS, budgets_of
from napari_vcore.volumes import variables_of

import vcore
from vcore import Budget, Budgets

SHAPE = (16, 20, 18)


@pytest.fixture
def dock(viewer: Any) -> CompressDock:
    """Return the dock beside T, p and q on the same voxels; q has missing values."""
    q = np.random.default_rng(2).random(SHAPE).astype("f4")
    q[0, 0, :3] = np.nan
    t, p = (blobs(*SHAPE, seed=seed).astype("f4") for seed in (0, 1))
    for name, data in {"T": 280 + t, "p": 1000 * p, "q": q}.items():
        viewer.add_image(data, name=name, scale=(2, 1, 1))
    _, found = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    found.form.layer.value = viewer.layers["T"]
    return found


def select(viewer: Any, *names: str) -> None:
    viewer.layers.selection = {viewer.layers[name] for name in names}


def rows(dock: CompressDock) -> list[tuple[str, str, str]]:
    table = dock.form.budgets
    names = [table.item(row, 0).text() for row in range(table.rowCount())]
    return [(name, *(field.value for field in table.fields[name])) for name in names]


@pytest.mark.slow
def test_the_table_lists_what_is_selected_together(viewer: Any, dock: CompressDock) -> None:
    select(viewer, "q")
    assert dock.form.budgets.isHidden()
    assert dock.form.kind.enabled
    select(viewer, "T", "q")
    assert not dock.form.budgets.isHidden()
    assert not dock.form.kind.enabled
    assert rows(dock) == [("T", LOSSLESS, ""), ("q", LOSSLESS, "")]
    kind, value = dock.form.budgets.fields["T"]
    assert not value.enabled
    kind.value = "PSNR (dB)"
    assert (value.value, value.enabled) == ("40", True)
    value.value = "45"
    select(viewer, "T", "p", "q")
    assert rows(dock) == [("T", "PSNR (dB)", "45"), ("p", LOSSLESS, ""), ("q", LOSSLESS, "")]
    assert dock.form.request().budget == Budgets({"T": Budget(psnr=45)})
    viewer.layers.remove("q")
    assert [row[0] for row in rows(dock)] == ["T", "p"]
    select(viewer, "T")
    assert dock.form.budgets.isHidden()
    assert [v.name for v in dock.form.request().volume.variables] == ["T"]


def test_each_layer_keeps_its_own(
    viewer: Any, dock: CompressDock, wait: Any, tmp_path: Path
) -> None:
    dock.form.method.value = "wavelet"
    dock.form.path.value = tmp_path / "three.vcore"
    original = {name: viewer.layers[name].data for name in "Tpq"}
    select(viewer, "T", "p", "q")
    for name, kind, value in (("T", "largest error", "0.1"), ("p", "PSNR (dB)", "50")):
        dock.form.budgets.fields[name][0].value = kind
        dock.form.budgets.fields[name][1].value = value
    dock.compress_button.click()
    wait(lambda: not dock._watcher.busy)
    lines = dock.status.value.splitlines()
    assert lines[0].startswith("T: max error 0.1; bounded, ")
    assert lines[1].startswith("p: PSNR 50 dB; wavelet, ")
    assert lines[2].startswith("q: lossless; bounded, ")
    dataset = vcore.open(tmp_path / "three.vcore")
    assert list(dataset.variables) == ["T", "p", "q"]
    assert dataset.grid.spacing == (2, 1, 1)
    assert dataset.decode(variable="q").tobytes() == original["q"].tobytes()
    off = np.abs(dataset.decode(variable="T").astype("f8") - original["T"]).max()
    assert 0.01 < off <= 0.1
    mse = np.mean(np.square(dataset.decode(variable="p").astype("f8") - original["p"]))
    assert 50 <= 20 * np.log10(np.ptp(original["p"])) - 10 * np.log10(mse) < 51
    shown = [layer for layer in viewer.layers if layer.name.startswith("variables")]
    assert [layer.name.split("bpv ")[-1] for layer in shown] == ["T", "p", "q", "T error"]


def test_a_preview_is_of_the_first(viewer: Any, dock: CompressDock, wait: Any) -> None:
    select(viewer, "T", "p")
    dock.form.budgets.fields["p"][0].value = "ratio"
    dock.preview_button.click()
    wait(lambda: not dock._side.busy)
    assert "PSNR lossless" in dock.status.value
    preview = np.asarray(viewer.layers["preview"].data)
    assert np.array_equal(preview, viewer.layers["T"].data)


def test_a_value_that_is_none_names_its_layer(
    viewer: Any, dock: CompressDock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.compress.show_warning", told.append)
    select(viewer, "T", "p")
    dock.form.budgets.fields["p"][0].value = "ratio"
    dock.form.budgets.fields["p"][1].value = "much"
    dock.compress_button.click()
    assert told == ["p: Expected a number for the budget (ratio). Got 'much' instead."]
    viewer.add_image(blobs(5, 6, 7), name="small")
    select(viewer, "T", "small")
    dock.compress_button.click()
    assert "'small' has another shape or place than 'T'" in told[1]


def test_budgets_come_back_with_the_dock(viewer: Any, dock: CompressDock) -> None:
    select(viewer, "T", "p")
    dock.form.budgets.fields["p"][0].value = "ratio"
    viewer.window.remove_dock_widget(dock)
    _, again = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    again.form.layer.value = viewer.layers["T"]
    assert rows(again) == [("T", LOSSLESS, ""), ("p", "ratio", "50")]


def test_rows_become_budgets() -> None:
    found = budgets_of({"a": (LOSSLESS, ""), "b": ("bits per voxel", "0,5")})
    assert found == Budgets({"b": Budget(bpv=0.5)})


def test_a_series_beside_a_still() -> None:
    series, still = blobs(3, 5, 6, 7), blobs(5, 6, 7)
    options = {"scale": (30, 1, 1, 1), "name": "moving"}
    volume = variables_of([(still, {"name": "still"}), (series, options)])
    assert [v.axes for v in volume.variables] == [tuple("zyx"), tuple("tzyx")]
    assert volume.grid.times == (0, 30, 60)
