"""The plugin's model, without Qt: choices, jobs, sessions, volumes of layers."""

import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cells import blobs
from napari_vcore import runs
from napari_vcore.choices import BUDGETS, method_choices, parsed_settings, setting_choices
from napari_vcore.jobs import CANCELLED, DONE, FAILED, Job, duration
from napari_vcore.layers import error_layer, layers_of
from napari_vcore.session import session_of
from napari_vcore.volumes import volume_of

import vcore
from vcore.errors import BudgetError, InputError
from vcore.model.context import Context

# choices


def test_recommended_methods_come_first() -> None:
    listed = method_choices()
    flags = [c.recommended for c in listed]
    assert flags == sorted(flags, reverse=True)
    assert flags[0]
    assert listed[0].label == listed[0].name
    assert listed[-1].label.endswith("(research)")
    assert all(c.recommended for c in method_choices(research=False))


def test_without_torch_methods_that_need_it_say_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("napari_vcore.choices.find_spec", lambda _name: None)
    choices = {c.name: c for c in method_choices()}
    assert choices["gaussian"].usable
    assert not choices["siren"].usable
    assert "pip install torch==2.13.0 'vcore-volumes[train]'" in choices["siren"].tooltip


@pytest.mark.parametrize("kind", BUDGETS, ids=lambda k: k.field)
def test_every_kind_of_budget_is_one(kind: Any) -> None:
    budget = kind.budget(kind.text)
    assert getattr(budget, kind.field) == kind.value
    assert kind.tooltip
    if kind.words:
        with pytest.raises(BudgetError, match=r"below-noise, good, preview\. Got 'much'"):
            kind.budget("much")
        return
    with pytest.raises(BudgetError, match="Expected a number"):
        kind.budget("much")
    with pytest.raises(BudgetError, match="Expected a positive number"):
        kind.budget("-1")


@pytest.mark.parametrize("method", [c.name for c in method_choices()])
def test_every_setting_can_be_shown(method: str) -> None:
    for choice in setting_choices(method):
        assert choice.kind in (bool, int, float, str)
        assert choice.help, choice.name
        if not choice.automatic:
            assert choice.default is not None


def test_settings_are_parsed_and_refused() -> None:
    assert parsed_settings("gaussian", {"steps": "30", "gate": "auto"}) == {"steps": 30}
    with pytest.raises(InputError, match="Expected int for the setting steps"):
        parsed_settings("gaussian", {"steps": "many"})


# jobs


def test_a_job_reports_and_returns() -> None:
    go = threading.Event()

    def work(context: Context) -> str:
        context.report("fitting", 0.25)
        context.notice("Gaussians", 1200)
        go.wait(10)
        return "made"

    job = Job(work)
    while job.status.stage != "fitting" or not job.status.figures:
        assert not job.wait(0.01)
    assert str(job.status) == "fitting · 25 % · 1,200 Gaussians"
    go.set()
    assert job.wait(10)
    assert (job.state, job.result, job.error) == (DONE, "made", None)


def test_a_job_is_cancelled() -> None:
    def work(context: Context) -> None:
        while True:
            context.report("fitting", 0.5)

    job = Job(work)
    job.cancel()
    assert job.wait(10)
    assert job.state == CANCELLED


@pytest.mark.parametrize("error", [InputError("Expected more."), ZeroDivisionError("by zero")])
def test_a_job_that_fails_keeps_its_error(error: Exception) -> None:
    def work(_context: Context) -> None:
        raise error

    job = Job(work)
    assert job.wait(10)
    assert job.state == FAILED
    assert job.error is error


def test_times_are_for_people() -> None:
    assert [duration(s) for s in (3, 89, 120, 7200)] == ["3 s", "89 s", "2 min", "2.0 h"]


def test_a_session_belongs_to_its_viewer() -> None:
    class Viewer:
        pass

    one, two = Viewer(), Viewer()
    session_of(one).form["method"] = "gaussian"
    assert session_of(one).form == {"method": "gaussian"}
    assert session_of(two).form == {}
    cancelled = threading.Event()
    session_of(one).job = SimpleNamespace(cancel=cancelled.set)  # type: ignore[assignment]
    del one
    assert cancelled.is_set()


# layers as volumes


def test_a_layer_keeps_its_place() -> None:
    options = {
        "name": "cells",
        "scale": (2.0, 0.5, 0.25),
        "translate": (1.0, 2.0, 3.0),
        "units": ("micrometer",) * 3,
        "axis_labels": ("z", "y", "x"),
    }
    volume = volume_of([(blobs(5, 6, 7), options)])
    assert volume.variables[0].name == "cells"
    assert volume.grid.spacing == (2.0, 0.5, 0.25)
    assert volume.grid.origin == (1.0, 2.0, 3.0)
    assert volume.grid.unit == "micrometer"


def test_a_turned_layer_keeps_its_place() -> None:
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, 3] = 5, 6, 7
    options = {"scale": (2.0, 3.0, 4.0), "rotate": turn, "affine": affine}
    grid = volume_of([(blobs(5, 6, 7), options)]).grid
    expected = affine.copy()
    expected[:3, :3] = turn @ np.diag([2.0, 3, 4])
    np.testing.assert_allclose(grid.affine, expected)


def test_a_series_keeps_its_times() -> None:
    options = {
        "scale": (30.0, 1, 1, 1),
        "translate": (5.0, 0, 0, 0),
        "units": ("second", *["px"] * 3),
    }
    volume = volume_of([(blobs(3, 5, 6, 7), options)])
    assert volume.variables[0].axes == tuple("tzyx")
    assert volume.grid.times == (5.0, 35.0, 65.0)
    assert (volume.grid.time_unit, volume.grid.unit) == ("second", "")


def test_four_axes_of_which_one_is_called_channel() -> None:
    volume = volume_of([(blobs(2, 5, 6, 7), {"axis_labels": ("c", "z", "y", "x")})])
    assert volume.variables[0].axes == tuple("czyx")


def test_layers_become_channels_read_by_region() -> None:
    one, two = blobs(3, 5, 6, 7), blobs(3, 5, 6, 7, seed=1)
    volume = volume_of([(one, {"name": "dapi"}), (two, {"name": "gfp"})])
    variable = volume.variables[0]
    assert variable.axes == tuple("tczyx")
    assert variable.components == ("dapi", "gfp")
    np.testing.assert_array_equal(variable.read(), np.stack([one, two], axis=1))
    region = (slice(1, 2), slice(1, 2), slice(0, 3), slice(2, 4), slice(0, 7))
    np.testing.assert_array_equal(variable.read(region), two[1:2, None, 0:3, 2:4])


@pytest.mark.parametrize(
    ("shape", "labels", "axes"),
    [
        ((6, 7), (), "yx"),
        ((6, 7), ("lat", "lon"), "yx"),
        ((5, 6, 7), ("time", "y", "x"), "tyx"),
        ((2, 6, 7), ("c", "y", "x"), "cyx"),
    ],
)
def test_images_have_no_z_axis(shape: tuple, labels: tuple, axes: str) -> None:
    values = blobs(*(1,) * (3 - len(shape)), *shape).reshape(shape)
    n = len(shape)
    options = {
        "scale": (30.0, 2.0, 3.0)[-n:],
        "translate": (5.0, 7.0, 8.0)[-n:],
        "units": ("second", "um", "um")[-n:],
        "axis_labels": labels,
    }
    volume = volume_of([(values, options)])
    (variable,) = volume.variables
    assert "".join(variable.source_axes) == axes
    np.testing.assert_array_equal(variable.read()[..., 0, :, :], values)
    assert volume.grid.spacing == (1.0, 2.0, 3.0)
    assert volume.grid.origin == (0.0, 7.0, 8.0)
    assert volume.grid.times == ((5.0, 35.0, 65.0, 95.0, 125.0) if axes[0] == "t" else None)
    if labels[:1] == ("lat",):
        assert volume.grid.axis_names == ("z", "lat", "lon")
    ds = vcore.open(vcore.compress(volume, None, max_error=0).data)
    layers = layers_of(ds)
    assert len(layers) == (2 if axes[0] == "c" else 1)
    for channel, (levels, shown, _) in enumerate(layers):
        wanted = values[channel] if axes[0] == "c" else values
        np.testing.assert_array_equal(np.asarray(levels[0]), wanted)
        assert tuple(shown["scale"]) == options["scale"][-wanted.ndim :]
        assert tuple(shown["translate"]) == options["translate"][-wanted.ndim :]
        assert len(shown["axis_labels"]) == len(shown["units"]) == wanted.ndim


def test_images_become_channels() -> None:
    one, two = blobs(1, 6, 7)[0], blobs(1, 6, 7, seed=1)[0]
    (variable,) = volume_of([(one, {"name": "dapi"}), (two, {"name": "gfp"})]).variables
    assert variable.source_axes == tuple("cyx")
    np.testing.assert_array_equal(variable.read()[:, 0], np.stack([one, two]))


def test_layers_of_several_types_become_variables() -> None:
    one, two = blobs(5, 6, 7).astype("u1"), blobs(5, 6, 7).astype("f4")
    volume = volume_of([(one, {"name": "cells"}), (two, {"name": "filtered"})])
    assert [v.name for v in volume.variables] == ["cells", "filtered"]
    for variable, values in zip(volume.variables, (one, two), strict=True):
        assert variable.dtype == values.dtype
        np.testing.assert_array_equal(variable.read(), values)


def test_masks_become_bytes() -> None:
    mask = blobs(5, 6, 7) > 20
    variable = volume_of([(mask, {})]).variables[0]
    np.testing.assert_array_equal(variable.read(), mask.astype("u1"))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([(np.zeros(6), {"name": "line"})], "two to five axes .t, c, z, y, x.. 'line' has 1"),
        ([(np.zeros((5, 6, 3)), {"rgb": True})], "RGB"),
        ([(np.zeros((1,) * 6), {})], "two to five axes"),
        ([(np.zeros((2, 3, 4)), {}), (np.zeros((2, 3, 5)), {})], "of one shape"),
        ([(np.zeros((2, 3, 4)), {}), (np.zeros((2, 3, 4)), {"scale": (2, 1, 1)})], "in one place"),
        ([(np.zeros((2, 3, 4)), {"shear": (0.5, 0, 0)})], "sheared"),
        ([(np.zeros((2, 3, 4), "c8"), {})], "dtypes"),
    ],
)
def test_what_is_no_volume_is_refused(layers: list, message: str) -> None:
    with pytest.raises(InputError, match=message):
        volume_of(layers)


# runs


def request(**options: Any) -> runs.Request:
    fields = {"method": "gaussian", "budget": vcore.Budget(bytes=2500), "settings": {"steps": 10}}
    return runs.Request(vcore.Volume.from_array(blobs(24, 40, 36)), **{**fields, **options})


def test_a_run_has_all_figures() -> None:
    run = runs.compress(request(), Context())
    assert set(run.figures) == {name for name, _ in runs.HEAD[1:]}
    assert run.figures["bytes"] == len(run.report.data) <= 2500
    assert run.figures["foreground_psnr"] < run.figures["psnr"]
    assert 0 < run.figures["ssim"] < 1
    assert len(runs.row(run)) == len(runs.HEAD)
    assert run.dataset.shape == (24, 40, 36)


def test_figures_of_a_lossless_run() -> None:
    row = runs.row(runs.compress(request(budget=vcore.Budget(max_error=0)), Context()))
    assert "lossless" in row
    assert "0" in row


@pytest.mark.parametrize("at", [(0, 0, 0), (12, 20, 18), (500, -3, 40)])
def test_a_preview_is_inside(at: tuple) -> None:
    shape = (30, 100, 80)
    region = runs.preview_region(shape, at)
    for s, n in zip(region, shape, strict=True):
        assert 0 <= s.start < s.stop <= n
        assert s.stop - s.start == min(n, runs.PREVIEW_SIDE)


def test_a_preview_takes_its_share_of_the_bytes() -> None:
    region = runs.preview_region((24, 40, 36), (12, 20, 18))
    found = runs.preview(request(budget=vcore.Budget(bpv=0.5)), region, Context())
    assert found.original.shape == found.decoded.shape
    assert 0.2 < found.bpv <= 0.5
    assert "dB" in found.note


def test_a_preview_has_the_noise_of_the_whole_volume() -> None:
    rng = np.random.default_rng(3)
    cells = rng.poisson(20 + blobs(24, 96, 96)).astype("u2")
    volume = vcore.Volume.from_array(cells)
    asked = runs.Request(volume, "bounded", vcore.Budget(noise_sigma=1))
    region = (slice(0, 4), slice(0, 9), slice(0, 9))  # too small to show it
    found = runs.preview(asked, region, Context())
    off = 2 * (np.sqrt(found.decoded + 0.375) - np.sqrt(found.original + 0.375))
    assert 0.3 < np.abs(off).max() <= 1.15  # the gain is estimated
    run = runs.compress(asked, Context())
    assert "bias" in run.report.notes[1]


def test_a_preview_of_noise_that_does_not_grow() -> None:
    rng = np.random.default_rng(3)
    values = (rng.normal(0, 3, (24, 96, 96)) + blobs(24, 96, 96)).astype("f4")
    asked = runs.Request(vcore.Volume.from_array(values), "bounded", vcore.Budget(noise_sigma=1))
    found = runs.preview(asked, (slice(0, 4), slice(0, 9), slice(0, 9)), Context())
    assert 2 < np.abs(found.decoded - found.original).max() <= 3.2


def test_the_gate_is_shown_for_methods_that_have_one() -> None:
    region = runs.preview_region((24, 40, 36), (12, 20, 18))
    found = runs.occupancy(request(settings={"gate": 40.0}), region)
    assert found is not None
    assert found.threshold == 40
    assert found.mask.shape == (24, 40, 36)
    assert 0.01 < found.mask.mean() < 0.5
    wider = runs.occupancy(request(settings={"gate": 10.0}), region)
    assert wider is not None
    assert wider.mask.sum() > found.mask.sum()
    assert runs.occupancy(request(method="linear1", settings={}), region) is None


def test_an_estimate() -> None:
    found = runs.predict(request(), Context())
    assert found.bytes == 2500
    assert found.seconds > 0


# layers


def test_errors_are_signed_and_lazy() -> None:
    original, decoded = blobs(5, 6, 7), blobs(5, 6, 7, seed=1)
    values, options = error_layer(original, decoded, "x", 2, 50)
    expected = decoded.astype("f4") - original.astype("f4")
    assert expected.min() < 0 < expected.max()
    np.testing.assert_array_equal(values[2], expected[2])
    np.testing.assert_array_equal(values.compute(), expected)
    assert options["contrast_limits"] == (-12, 12)


def test_the_model_imports_no_qt() -> None:
    modules = "boxes choices gaussians jobs layers reading runs session volumes writing"
    code = (
        f"import sys\nfor m in {modules.split()}: __import__('napari_vcore.' + m)\n"
        "bad = {'qtpy', 'PySide6', 'PyQt6', 'napari', 'torch'} & set(sys.modules)\n"
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
