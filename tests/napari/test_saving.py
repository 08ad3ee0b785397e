"""File > Save: the question before a loss, and compressed files saved with another look."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cells import blobs
from napari_vcore import answers, consent, writing
from napari_vcore.layers import layers_of
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QMessageBox

import vcore
from vcore import io

PLUGIN = "vcore-volumes"


@pytest.fixture(autouse=True)
def nobody_has_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent, "_agreed", False)


def press(qtbot: Any, text: str, act: Any) -> str:
    """Run ``act`` in the event loop, press a button of the dialog; return what that says."""
    said: list[str] = []

    def answer() -> None:
        box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox))
        said.append(box.informativeText())
        next(b for b in box.buttons() if b.text().replace("&", "") == text).click()

    QTimer.singleShot(600, answer)
    QTimer.singleShot(0, act)
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    return said[0]


@pytest.mark.parametrize(("text", "lossless"), [("Save", False), ("Without loss", True)])
def test_the_first_save_asks(qtbot: Any, tmp_path: Path, text: str, lossless: bool) -> None:
    values, path = blobs(24, 40, 36), tmp_path / "cells.vcore"
    options = {"name": "cells", "contrast_limits": (0, 99)}
    written: list[list[str]] = []

    def save() -> None:
        written.append(writing.write_one(str(path), values, options))

    assert "42 dB" in press(qtbot, text, save)
    qtbot.waitUntil(lambda: bool(written), timeout=60_000)
    assert (vcore.open(path).decode() == values).all() == lossless
    if not lossless:  # asked once
        QTimer.singleShot(0, save)
        qtbot.waitUntil(lambda: len(written) == 2, timeout=60_000)


def test_a_cancelled_save_writes_nothing(qtbot: Any, tmp_path: Path) -> None:
    written: list[list[str]] = []
    path = str(tmp_path / "cells.vcore")
    options = {"name": "cells", "contrast_limits": (0, 99)}
    press(
        qtbot,
        "Cancel",
        lambda: written.append(writing.write_one(path, blobs(16, 20, 18), options)),
    )
    qtbot.waitUntil(lambda: bool(written), timeout=20_000)
    assert written == [[]]
    assert list(tmp_path.iterdir()) == []


def test_scripts_are_not_asked() -> None:
    assert consent.asked() == answers.SAVE  # no event loop runs
    assert not consent._agreed


def as_layers(path: Path) -> list[tuple[Any, dict[str, Any], str]]:
    """Return the layers of a file as napari hands them to a writer."""
    from napari.layers import Layer

    return [Layer.create(*each).as_layer_data_tuple() for each in layers_of(vcore.open(path))]


def test_a_changed_look_is_saved_without_another_loss(compressed: Path, tmp_path: Path) -> None:
    layers = as_layers(compressed / "two.vcore")
    writing.write_several(str(tmp_path / "same.vcore"), layers)
    same = (tmp_path / "same.vcore").read_bytes()
    assert same == (compressed / "two.vcore").read_bytes()
    layers[1][1].update(contrast_limits=[7, 33], gamma=0.5)
    writing.write_several(str(tmp_path / "copy.vcore"), layers)
    copy = vcore.open(tmp_path / "copy.vcore")
    np.testing.assert_array_equal(copy.decode(), vcore.open(compressed / "two.vcore").decode())
    first, second = as_layers(tmp_path / "copy.vcore")
    assert (second[1]["contrast_limits"], second[1]["gamma"]) == ([7, 33], 0.5)
    assert first[1]["contrast_limits"] == layers[0][1]["contrast_limits"]
    assert first[1]["colormap"]["name"] == layers[0][1]["colormap"]["name"]
    channels = copy.group.attrs["ome"]["omero"]["channels"]
    assert channels[1]["window"]["start"] == 7


def test_hidden_channels_stay_hidden(tmp_path: Path) -> None:
    channels = [
        {"color": "FF0000", "window": {"start": 2, "end": 60, "min": 0, "max": 255}, "active": on}
        for on in (True, False)
    ]
    values = np.stack([blobs(16, 20, 18), blobs(16, 20, 18, seed=1)])
    for told, visible in ((channels, [True, False]), (channels[1:] * 2, [True, True])):
        variable = vcore.Variable(
            "stain", values, (*"czyx",), attributes={"omero": {"channels": told}}
        )
        volume = vcore.Volume(vcore.Grid(values.shape[1:]), (variable,))
        data = vcore.open(vcore.compress(volume, None).data)
        assert [options.get("visible", True) for _, options, _ in layers_of(data)] == visible
        shown = data.group.attrs["ome"]["omero"]["channels"]
        assert [channel["active"] for channel in shown] == [c["active"] for c in told]


def test_single_channels_without_a_name_have_a_window_in_ome_zarr(tmp_path: Path) -> None:
    io.write(vcore.Volume.from_array(blobs(24, 40, 36)), tmp_path / "cells.ome.zarr")
    import zarr

    (channel,) = zarr.open_group(tmp_path / "cells.ome.zarr").attrs["ome"]["omero"]["channels"]
    values = blobs(24, 40, 36)
    assert (channel["window"]["min"], channel["window"]["max"]) == (values.min(), values.max())
    assert channel["color"] == "FFFFFF"
