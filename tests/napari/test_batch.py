"""Folders as a batch, channels at once, and hierarchies, from the Compress dock."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cells import blobs
from napari_vcore import batch
from napari_vcore._qt.compress import CompressDock
from napari_vcore.layers import link_of
from napari_vcore.runs import NOTHING, Request, with_suffix

import vcore
from vcore import Budget
from vcore.errors import Cancelled, InputError
from vcore.model.context import Context


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two volumes, a damaged one, and what is none."""
    found = tmp_path / "in"
    found.mkdir()
    np.save(found / "a.npy", blobs(16, 40, 36))
    np.save(found / "b.npy", blobs(16, 40, 36, seed=1))
    (found / "broken.tif").write_bytes(b"II*\0nonsense")
    (found / "notes.txt").write_text("not a volume")
    return found


@pytest.fixture
def dock(viewer: Any) -> CompressDock:
    """Return the dock, with a budget that any method reaches quickly."""
    _, found = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    found.form.kind.value, found.form.value.value = "ratio", "8"
    return found


ENDINGS = (".ome.tif", ".nii.gz", ".zarr", ".ome.zarr", ".TIFF", "")
REQUEST = Request(NOTHING, "", Budget(ratio=16))


def test_files_of_a_folder_by_name(folder: Path, tmp_path: Path) -> None:
    assert [p.name for p in batch.inputs_of(folder)] == ["a.npy", "b.npy", "broken.tif"]
    with pytest.raises(InputError, match="a folder of files"):
        batch.inputs_of(tmp_path / "none")
    with pytest.raises(InputError, match="none that can be read"):
        batch.inputs_of(tmp_path)
    for name, expected in {
        "x.ome.tif": "x.vcore",
        "y.nii.gz": "y.vcore",
        "z.zarr": "z.vcore",
    }.items():
        assert batch.output_of(Path(name), tmp_path, ".vcore").name == expected


def test_one_file_after_another(folder: Path, tmp_path: Path) -> None:
    told: list[batch.Outcome] = []
    stages: list[tuple[str, float]] = []
    context = Context(progress=lambda stage, share: stages.append((stage, share)))
    paths = batch.inputs_of(folder)
    found = batch.run(paths, tmp_path, ".vcore", REQUEST, context, told.append)
    assert found == told
    assert [(o.name, o.well) for o in told] == [
        *(("a.npy", True), ("b.npy", True), ("broken.tif", False))
    ]
    assert "robust PSNR" in told[0].text
    assert "Expected" in told[2].text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.vcore", "b.vcore", "in"]
    for number, name in ((1, "a.npy"), (2, "b.npy")):
        shares = [share for stage, share in stages if stage.startswith(f"{number} of 3, {name}: ")]
        assert (number - 1) / 3 <= min(shares) < max(shares) <= number / 3
    again = batch.run(paths[:1], tmp_path, ".vcore", REQUEST, Context(), told.append)
    assert "exists" in again[0].text  # never replaced unasked


def test_inputs_of_one_name_keep_their_endings(folder: Path, tmp_path: Path) -> None:
    paths = [folder / "a.npy", tmp_path / "a.nrrd"]
    vcore.write(vcore.Volume.from_array(blobs(16, 40, 36)), paths[1])
    batch.run(paths, tmp_path, ".vcore", REQUEST, Context(), lambda _: None)
    assert {p.name for p in tmp_path.glob("*.vcore")} == {"a.npy.vcore", "a.nrrd.vcore"}


def test_a_cancelled_batch_leaves_whole_files(folder: Path, tmp_path: Path) -> None:
    cancelled = threading.Event()
    context = Context(cancelled=cancelled)
    with pytest.raises(Cancelled):
        batch.run(
            batch.inputs_of(folder), tmp_path, ".vcore", REQUEST, context, lambda _: cancelled.set()
        )
    assert [p.name for p in tmp_path.glob("*.vcore")] == ["a.vcore"]
    assert vcore.open(tmp_path / "a.vcore").array.shape == (16, 40, 36)


@pytest.mark.parametrize("suffix", batch.SUFFIXES)
def test_a_folder_from_the_dock(
    dock: CompressDock, folder: Path, tmp_path: Path, wait: Any, suffix: str
) -> None:
    section = dock.batch
    section.source.value, section.target.value = folder, tmp_path / "out"
    section.suffix.value = suffix
    section.start_button.click()
    assert not section.start_button.isEnabled()
    wait(lambda: not section.busy)
    marks = [section.table.item(row, 0).text() for row in range(section.table.rowCount())]
    assert marks == ["✓ a.npy", "✓ b.npy", "✗ broken.tif"]
    assert section.status.value == "done: 2 of 3 files compressed"
    found = vcore.open(tmp_path / "out" / f"b{suffix}")
    values = np.asarray(found.array[...]).astype(float)
    assert np.abs(values - blobs(16, 40, 36, seed=1)).mean() < 3


def test_a_folder_must_be_chosen(dock: CompressDock, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.batch.show_warning", told.append)
    dock.batch.start_button.click()
    assert "Choose one" in told[0]


def test_selected_layers_become_channels(dock: CompressDock, viewer: Any, wait: Any) -> None:
    bright, dim = blobs(16, 24, 20).astype("u2") * 200, blobs(16, 24, 20, seed=1).astype("u2")
    place = {"scale": (2, 1, 1), "blending": "additive"}
    viewer.add_image(bright, name="dapi", colormap="blue", **place)
    viewer.add_image(dim, name="gfp", colormap="green", **place)
    dock.form.layer.value = viewer.layers["dapi"]
    viewer.layers.selection = {viewer.layers["dapi"], viewer.layers["gfp"]}
    assert not dock.form.budgets.isHidden()
    dock.form.channels.value = True
    assert dock.form.budgets.isHidden()
    assert dock.form.kind.enabled
    dock.form.kind.value, dock.form.value.value = "robust_psnr", "36"
    dock.compress_button.click()
    wait(lambda: not dock._watcher.busy)
    added = [x for x in viewer.layers if link_of(x) is not None]
    assert [x.colormap.name for x in added] == ["blue", "green"]
    assert [tuple(x.scale) for x in added] == [(2, 1, 1)] * 2
    header = link_of(added[0]).decoder.header
    assert header.components == ("dapi", "gfp")
    ranges = [part.range for part in header.channels]
    assert ranges[0][1] > 100 * ranges[1][1]  # each its own
    for layer, original in zip(added, (bright, dim), strict=True):
        error = np.asarray(layer.data[0]).astype(float) - original
        assert np.sqrt((error**2).mean()) < np.ptp(original) / 40


def test_the_result_can_be_a_hierarchy(
    dock: CompressDock, viewer: Any, wait: Any, tmp_path: Path
) -> None:
    layer = viewer.add_image(blobs(16, 24, 20), name="cells", scale=(2, 1, 1), colormap="magma")
    dock.form.layer.value = layer
    assert dock.form.workers.native.isHidden()
    dock.form.path.value = tmp_path / "cells.ome.zarr"
    assert not dock.form.workers.native.isHidden()
    dock.compress_button.click()
    wait(lambda: not dock._watcher.busy)
    (run,) = dock.session.runs
    assert run.figures["bytes"] > 0
    assert run.figures["robust_psnr"] > 20
    added = next(x for x in viewer.layers if link_of(x) is not None)
    assert added.colormap.name == "magma"
    np.testing.assert_allclose(added.scale, (2, 1, 1))
    assert with_suffix("x.OME.ZARR") == "x.OME.ZARR"
    assert with_suffix("x") == "x.vcore"
    assert with_suffix("") is None
