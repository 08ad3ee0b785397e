"""Scenes of splats in `.vcore` files."""

import json
import pickle
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from made_splats import camera, shell

import vcore
from vcore.errors import BudgetError, Cancelled, FormatError, InputError
from vcore.io.splat_reading import write_splats
from vcore.metrics.errors import psnr
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.scenes.compress import compress_scene
from vcore.scenes.methods.splats.encoding import Encoding
from vcore.scenes.methods.splats.field import SplatField
from vcore.scenes.methods.splats.method import StoredSplats
from vcore.scenes.methods.splats.model import MIN_ALPHA, Splats, logit
from vcore.scenes.scene import Scene
from vcore.scenes.volume import block

BLOCK = {"block": 128}


@pytest.fixture(scope="module")
def field() -> SplatField:
    return SplatField(shell(900, 2), background=(0.1, 0.2, 0.3))


@pytest.fixture(scope="module")
def data(field: SplatField) -> bytes:
    return compress_scene(field, budget=Budget(psnr=45), settings=BLOCK, progress=False).data


def view_psnr(a: SplatField, b: SplatField) -> float:
    mse = np.mean([np.square(a.render(c).rgb - b.render(c).rgb).mean() for c in CAMERAS])
    return psnr(1.0, float(mse))


CAMERAS = [camera(60 + 10 * k, 50 * k) for k in range(5)]


def test_a_file_shows_what_the_scene_shows(field: SplatField, data: bytes) -> None:
    scene = vcore.open(data)
    assert isinstance(scene, Scene)
    assert scene.method == "splats"
    assert view_psnr(field, scene.field) > 40
    rgb, depth = scene.render(CAMERAS[0])
    assert rgb.dtype == np.uint8
    assert depth.shape == CAMERAS[0].size
    assert len(data) < field.nbytes / 8
    assert scene.nbytes == field.nbytes
    assert scene.check() > 3
    again = pickle.loads(pickle.dumps(scene))
    assert np.array_equal(again.render(CAMERAS[0])[0], rgb)


def test_chunks_of_a_volume_have_the_thin_splats_of_blocks_beside_them() -> None:
    rng = np.random.default_rng(1)
    n = 2000
    thin = Splats(
        rng.uniform([-1, -0.5, 0], [1, 0.7, 2.5], (n, 3)),
        rng.uniform(-11, -8, (n, 3)),
        rng.normal(size=(n, 4)),
        np.full(n, 3.0),
        rng.normal(size=(n, 1, 3)),
    )
    packed = compress_scene(SplatField(thin), budget=Budget(psnr=30), settings={"block": 64})
    scene = vcore.open(packed.data)
    found = scene.volume(96)

    whole = SplatField(scene.field.splats, bounds=scene.bounds)
    z, y, x = (slice(0, n) for n in found.grid.shape)
    np.testing.assert_array_equal(found.density[...], block(whole, found.grid, (z, y, x))[0])


@pytest.mark.parametrize("wanted", [30, 40, 55])
def test_a_psnr_of_views_is_kept_and_not_much_more(field: SplatField, wanted: float) -> None:
    report = compress_scene(field, budget=Budget(psnr=wanted), progress=False)
    assert wanted <= report.psnr < wanted + 2


def test_a_size_is_kept_and_filled(field: SplatField) -> None:
    sizes = [
        compress_scene(field, budget=Budget(bytes=n), progress=False).bytes for n in (8000, 12000)
    ]
    assert 0.88 * 8000 < sizes[0] <= 8000
    assert 0.9 * 12000 < sizes[1] <= 12000


def test_budgets_that_no_file_meets(field: SplatField) -> None:
    with pytest.raises(BudgetError, match="coarsest steps"):
        compress_scene(field, budget=Budget(bytes=2500), progress=False)
    with pytest.raises(BudgetError, match="finest steps"):
        compress_scene(field, budget=Budget(psnr=200), progress=False)
    with pytest.raises(BudgetError, match="bytes, a ratio or a PSNR"):
        compress_scene(field, budget=Budget(max_error=0.1), progress=False)
    with pytest.raises(InputError, match="blocks of 64"):
        compress_scene(field, settings={"block": 3}, progress=False)


def test_a_region_decodes_only_its_blocks(data: bytes) -> None:
    whole, part = vcore.open(data).field, vcore.open(data).field
    assert isinstance(part, StoredSplats)
    box = ([0.9, -0.5, 0.0], [1.6, 0.5, 0.8])
    found = part.region(box)
    assert 0 < part.decoded_blocks < part.blocks
    every = whole.splats
    reach = every.reaches(3.3287)
    inside = (every.positions + reach >= box[0]) & (every.positions - reach <= box[1])
    assert np.array_equal(found.positions, every.positions[inside.all(1)])
    assert len(found) > 10
    assert not len(part.region(([50, 50, 50], [60, 60, 60])))
    for wrong in (([1, 1, 1], [0, 0, 0]), "ab", 3):
        with pytest.raises(InputError, match="lowest first"):
            part.region(wrong)


def test_blocks_behind_the_camera_stay_as_they_are(data: bytes) -> None:
    field = vcore.open(data).field
    inside = replace(camera(90, 0, distance=0.2), near=0.01)
    view = field.render(inside)
    assert 0 < field.decoded_blocks < field.blocks
    every = SplatField(vcore.open(data).field.splats, background=field.background)
    assert np.array_equal(view.rgb, every.render(inside).rgb)


def test_splats_that_nothing_draws_are_dropped_and_told(field: SplatField) -> None:
    faint = np.random.default_rng(3).random(900) < 0.3
    logits = np.where(faint, logit(np.full(900, MIN_ALPHA * 0.99)), field.splats.opacities)
    some = SplatField(replace(field.splats, opacities=logits), background=field.background)
    kept = SplatField(some.splats[~(some.splats.alphas < MIN_ALPHA)], background=field.background)
    for seen in CAMERAS:
        assert np.array_equal(some.render(seen).rgb, kept.render(seen).rgb)
    scene = vcore.open(compress_scene(some, budget=Budget(psnr=40), progress=False).data)
    assert scene.info["state"]["dropped"] == int((some.splats.alphas < MIN_ALPHA).sum()) > 200
    assert len(scene.field) + scene.info["state"]["dropped"] == 900


def test_scenes_without_a_visible_splat_are_refused() -> None:
    with pytest.raises(InputError, match="empty scene"):
        SplatField(Splats.empty())
    with pytest.raises(InputError, match="empty scene"):
        SplatField(replace(shell(20), opacities=np.full(20, -9.0, np.float32)))


def test_far_splats_leave_the_bounds_and_are_told() -> None:
    splats = shell(900, 0)
    positions = splats.positions.copy()
    positions[5] = 1e4
    field = SplatField(replace(splats, positions=positions))
    assert field.bounds.extent.max() < 4
    assert "1 of 900" in field.notes[0]
    scene = vcore.open(compress_scene(field, budget=Budget(psnr=40), progress=False).data)
    assert np.abs(scene.field.splats.positions - 1e4).max(1).min() < 2
    assert view_psnr(field, scene.field) > 38


def test_density_and_colour_of_a_splat() -> None:
    one = Splats(
        np.array([[1.0, 2, 3]]),
        np.log([[0.3, 0.2, 0.1]]),
        np.array([[1.0, 0, 0, 0]]),
        logit(np.array([0.8])),
        np.full((1, 1, 3), 0.5),
    )
    field = SplatField(one)
    z = np.linspace(2.6, 3.4, 801)
    density, rgb = field.sample(np.stack([np.full(801, 1), np.full(801, 2), z], 1))
    assert 1 - np.exp(-density.sum() * 0.001) == pytest.approx(0.8, abs=2e-3)
    assert rgb[400] == pytest.approx(0.5 + 0.5 * 0.28209479, abs=1e-5)
    assert field.sample(np.array([[1.0, 2, 9]]))[0] == 0
    assert len(field.sample(np.zeros((0, 3)))[0]) == 0


def test_density_is_the_sum_over_all_splats(field: SplatField) -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(field.bounds.low, field.bounds.high, (500, 3))
    got, _ = field.sample(points)
    splats = field.splats[field.splats.alphas >= MIN_ALPHA]
    sigmas = np.maximum(splats.sigmas, field.bounds.extent.max() / 256)
    axes = splats.matrices()
    want = np.zeros(500)
    for i in range(len(splats)):
        local = (points - splats.positions[i]) @ axes[i] / sigmas[i]
        away = np.square(local).sum(1)
        height = -np.log(1 - min(splats.alphas[i], 0.99)) / np.sqrt(2 * np.pi) / sigmas[i].min()
        want += np.where(away < 9, height * np.exp(-away / 2), 0)
    assert np.allclose(got, want, rtol=2e-3, atol=1e-3)
    assert (got > 0).mean() > 0.1


def test_volumes_of_a_scene(data: bytes) -> None:
    scene = vcore.open(data)
    volume = scene.volume(24)
    density = volume.density[...]
    assert density.max() > 0
    assert 0.02 < (density > 0.1).mean() < 0.6


def test_the_same_bytes_every_time_and_for_any_threads(
    field: SplatField, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCORE_THREADS", "1")
    again = compress_scene(field, budget=Budget(psnr=45), settings=BLOCK, progress=False).data
    assert again == data


def test_cancelled_encodings_leave_no_file(field: SplatField, tmp_path: Path) -> None:
    cancelled = Event()

    def progress(stage: str, share: float) -> None:
        if stage == "searching":
            cancelled.set()

    context = Context(progress=progress, cancelled=cancelled)
    with pytest.raises(Cancelled):
        compress_scene(field, tmp_path / "a.vcore", context=context, progress=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "changed",
    [
        {"splats": 0},
        {"splats": 1 << 40},
        {"splats": 10_000},
        {"degree": 4},
        {"degree": True},
        {"cell": 10_000},
        {"first": [0, 0]},
        {"first": [0, 0, 1 << 60]},
        {"step": 0},
        {"footprint": "wide"},
    ],
)
def test_damaged_headers_are_refused(data: bytes, changed: dict) -> None:
    scene = vcore.open(data)
    state = {**scene.header["state"], **changed}
    method = vcore.scenes.methods.get("splats")
    reader = scene._readers[0]
    coded = type("Coded", (), {**vars(scene), "nbytes": 1})
    with pytest.raises(FormatError):
        method.open(coded, method.Settings(**BLOCK), json.loads(json.dumps(state)), reader)


def test_levels_follow_what_views_show() -> None:
    """A splat within an opaque ball has the level of one that is hardly seen."""
    outer = shell(2000, 0, size=0.15)
    outer = replace(outer, opacities=np.full(2000, 6.0, np.float32))
    hidden = outer[:1]
    hidden = replace(hidden, positions=np.array([[0.2, -0.1, 0.3]], np.float32))
    field = SplatField(Splats.joined([outer, hidden]))
    levels = Encoding(field, 1024, Context()).levels
    assert levels[-1] <= np.median(levels) - 1


def test_a_file_written_back_as_ply(data: bytes, tmp_path: Path) -> None:
    field = vcore.open(data).field
    write_splats(field.splats, tmp_path / "a.ply")
    assert (tmp_path / "a.ply").stat().st_size > len(data)
