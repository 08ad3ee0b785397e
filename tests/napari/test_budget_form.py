"""Budget fields of the Compress dock: words, the detector, the method that follows."""

from typing import Any

import numpy as np
import pytest
from napari_vcore import runs
from napari_vcore._qt.compress import CompressDock
from napari_vcore.card import card
from napari_vcore.choices import BUDGETS
from napari_vcore.layers import layers_of, link_of
from napari_vcore.runs import Request

import vcore
from vcore import Budget
from vcore.model.context import Context
from vcore.model.volume import Variable, Volume


@pytest.fixture
def dock(viewer: Any) -> CompressDock:
    """Return the dock with a layer of counts."""
    values = np.random.default_rng(1).poisson(200, (24, 40, 36)).astype("u2")
    viewer.add_image(values, name="cells")
    _, found = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    return found


def test_the_dock_leads_with_a_quality(dock: CompressDock) -> None:
    assert [kind.field for kind in BUDGETS[:2]] == ["quality", "robust_psnr"]
    assert dock.form.request().budget == Budget(quality="good")
    dock.form.asked.word.value = "preview"
    assert dock.form.request().budget == Budget(quality="preview")


def test_an_error_bound_chooses_bounded(dock: CompressDock) -> None:
    chosen = {}
    for kind in BUDGETS:
        dock.form.kind.value = kind.field
        chosen[kind.field] = dock.form.method.value
    bounds = {"max_error", "range_error", "noise_sigma"}
    assert {field for field, method in chosen.items() if method == "bounded"} == bounds
    dock.form.kind.value = "quality"
    dock.form.asked.word.value = "below-noise"
    assert dock.form.method.value == "bounded"
    dock.form.asked.word.value = "good"
    assert dock.form.method.value == "wavelet"
    dock.form.method.value = "gaussian"  # a choice of the user's stays, with a budget it can keep
    assert dock.form.kind.value == "ratio"
    dock.form.kind.value = "max_error"
    assert dock.form.method.value == "gaussian"


def test_the_detector_has_fields(dock: CompressDock) -> None:
    fields = dock.form.asked.detector
    assert not any(field.native.isVisibleTo(dock.form.asked) for field in fields.values())
    dock.form.asked.word.value = "below-noise"
    assert all(field.native.isVisibleTo(dock.form.asked) for field in fields.values())
    fields["gain"].value, fields["read_noise"].value = "2,2", "1.5"
    assert dock.form.request().budget == Budget(quality="below-noise", gain=2.2, read_noise=1.5)
    dock.form.kind.value = "noise_sigma"
    assert dock.form.request().budget == Budget(noise_sigma=1, gain=2.2, read_noise=1.5)
    dock.form.kind.value = "ratio"
    assert dock.form.request().budget == Budget(ratio=50)
    dock.form.kind.value = "noise_sigma"
    fields["gain"].value = "some"
    with pytest.raises(vcore.BudgetError, match="detector's gain"):
        dock.form.request()


def test_the_fields_come_back(viewer: Any, dock: CompressDock) -> None:
    dock.form.asked.word.value = "below-noise"
    dock.form.asked.detector["offset"].value = "100"
    viewer.window.remove_dock_widget(dock)
    _, again = viewer.window.add_plugin_dock_widget("vcore-volumes", "Compress")
    assert again.form.request().budget == Budget(quality="below-noise", offset=100)


def test_a_preview_has_the_range_of_the_whole() -> None:
    z, y, x = np.indices((20, 80, 80))
    values = (300 + 100 * np.cos(x / 5) * np.cos(y / 7) * np.cos(z / 6)).round().astype("u2")
    values[0, 0, 0] = 20000  # far from the preview
    region = runs.preview_region(values.shape, (10, 60, 60))
    volume = Volume.from_array(values)
    promised, kept = (
        runs.preview(Request(volume, "wavelet", budget), region, Context())
        for budget in (Budget(psnr=45), Budget(robust_psnr=45))
    )
    assert promised.bpv < 0.8 * kept.bpv
    assert promised.psnr >= 44.9
    assert promised.robust_psnr < 25
    assert 44.9 < kept.robust_psnr < 47
    assert "robust PSNR 4" in kept.note


def test_preview_quality_is_in_the_name() -> None:
    values = np.stack([np.indices((8, 20, 20))[k] * (k + 1.0) for k in range(2)]).astype("f4")
    grid = Volume.from_array(values[0]).grid
    volume = Volume(grid, (Variable("v", values, ("c", "z", "y", "x")),))
    dataset = vcore.open(vcore.compress(volume, None, quality="preview").data)
    layers = layers_of(dataset, "cells")
    assert [options["name"] for _, options, _ in layers] == [
        "cells (preview quality) 0",
        "cells (preview quality) 1",
    ]
    assert [options["contrast_limits"] for _, options, _ in layers] == [(0, 7), (0, 38)]

    class Layer:
        metadata = layers[0][1]["metadata"]

    assert ("quality", "preview") in card(link_of(Layer()))
