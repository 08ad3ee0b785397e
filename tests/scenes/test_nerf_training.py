"""Training with torch: retraining of pruned and rounded networks, fits to images."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from made_scenes import BOUNDS, RADIUS, cameras, field, transforms

import vcore
from vcore.errors import Cancelled, InputError
from vcore.io.posed_reading import read_posed
from vcore.methods._networks.shrinking import magnitude_masks, sparsity
from vcore.model.context import Context
from vcore.scenes.field import Bounds
from vcore.scenes.measure import rendered, view_errors
from vcore.scenes.methods.nerf import quantising, retraining, torch_network
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.nerf.fitting import _Fit, fitted, shared_bounds, tight_box
from vcore.scenes.methods.nerf.network import Network
from vcore.scenes.methods.nerf.occupancy import Occupancy, occupancy_of
from vcore.scenes.methods.nerf.rays import RayPool

torch = pytest.importorskip("torch")
STEP = 2 / 160
CONTEXT = Context(device="cpu")


@pytest.fixture(scope="module")
def source() -> NerfField:
    return field(12, noise=0.02)


@pytest.fixture(scope="module")
def trainer(source: NerfField) -> retraining.Trainer:
    occupancy = occupancy_of(source.network, BOUNDS, 24, STEP, CONTEXT)
    return retraining.trainer_of(source, occupancy, STEP, CONTEXT)


def error(source: NerfField, network: Network, trainer: retraining.Trainer) -> float:
    """Return the mean squared error of views against those of ``source``."""

    def views(chosen: Network) -> list:
        shown = NerfField(
            chosen,
            None,
            BOUNDS,
            source.background,
            (),
            occupancy=trainer.occupancy,
            step=STEP,
        )
        return rendered(shown, cameras()[:3], CONTEXT)

    return view_errors(views(source.network), views(network))[1]


def test_torch_computes_the_same(source: NerfField) -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-1, 1, (40, 3)).astype(np.float32)
    directions = rng.normal(size=(40, 3)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    network = source.network
    tensors = torch_network.tensors_of(network.weights, torch.device("cpu"))

    raw, hidden = torch_network.trunk(network.architecture, tensors, torch.from_numpy(points))
    rgb = torch_network.colour(network.architecture, tensors, hidden, torch.from_numpy(directions))
    density, ours = network.trunk(points)
    np.testing.assert_allclose(raw.relu().detach().numpy(), density, atol=1e-4)
    mine = network.colour(ours, np.arange(40), network.directed(directions))
    np.testing.assert_allclose(rgb.detach().numpy(), mine, atol=1e-5)


def test_the_loss_is_that_of_rendered_views(source: NerfField, trainer: retraining.Trainer) -> None:
    tensors = torch_network.tensors_of(source.network.weights, torch.device("cpu"))
    exact = float(trainer.loss(tensors).detach())
    white = {k: v * 0 for k, v in tensors.items()}

    assert exact < 2e-3
    assert float(trainer.loss(white).detach()) > 20 * exact


def test_rays_are_those_of_cameras() -> None:
    size = cameras()[0].size
    places = np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1]), indexing="ij"), -1)
    images = np.zeros((6, *size, 3), np.float32)
    images[..., :2] = places
    images[..., 2] = np.arange(6)[:, None, None]

    rays = RayPool(cameras(), images).draw(50, np.random.default_rng(0))
    for origin, direction, _, (y, x, number) in zip(*rays, strict=True):
        eye, seen = cameras()[int(number)].rays()
        np.testing.assert_allclose(direction, seen[int(y), int(x)], atol=1e-5)
        np.testing.assert_allclose(origin, eye[int(y), int(x)], atol=1e-5)


def test_retraining_recovers_what_pruning_lost(
    source: NerfField, trainer: retraining.Trainer
) -> None:
    weights = {k: v for k, v in source.network.weights.items() if k.endswith(".weight")}
    masks = magnitude_masks(weights, 0.9)
    cut = {k: v * masks[k] if k in masks else v for k, v in source.network.weights.items()}
    before = Network(source.network.architecture, cut)
    after = retraining.pruned(source.network, masks, trainer, 60, CONTEXT)

    assert sparsity(masks) > 0.85
    for name, mask in masks.items():
        assert (after.weights[name][~mask] == 0).all()
    assert error(source, after, trainer) < 0.9 * error(source, before, trainer)


@pytest.mark.slow
def test_retraining_recovers_what_rounding_lost(
    source: NerfField, trainer: retraining.Trainer
) -> None:
    network = source.network
    steps = dict.fromkeys(network.architecture.shapes, 0.75)
    values = {k: quantising.joined(network, k) for k in steps}
    before = {k: np.rint(v / 0.75).astype(np.int64) for k, v in values.items()}
    alive = {k: np.abs(v) > 0.05 for k, v in values.items()}

    found = retraining.rounded(network, steps, alive, trainer, 150, CONTEXT)
    for name, mask in alive.items():
        assert (found[name][~mask] == 0).all()
    lost = error(source, quantising.restored(network, before, steps), trainer)
    kept = error(source, quantising.restored(network, found, steps), trainer)
    assert kept < 0.7 * lost


def test_a_file_after_retraining_keeps_its_bytes(source: NerfField) -> None:
    settings = {"cells": 24, "steps": 160, "retrain": 40}

    report = vcore.compress(source, None, settings=settings, bytes=1000, context=CONTEXT)
    assert report.bytes <= 1000
    assert vcore.open(report.data).info["settings"]["retrain"] == 40
    pruned = vcore.compress(
        source, None, settings={**settings, "retrain": 0, "prune": 0.5}, bytes=1000
    )
    network = vcore.open(pruned.data).field.network
    every = np.concatenate([v.ravel() for k, v in network.weights.items() if k.endswith("weight")])
    assert (every == 0).mean() >= 0.5


@pytest.mark.slow
def test_a_scene_is_fitted_to_images(tmp_path: Path) -> None:
    posed = read_posed(str(transforms(tmp_path, 12)))
    stages = []
    context = Context(device="cpu", progress=lambda stage, _: stages.append(stage))

    found = fitted(posed, None, (1.0, 1.0, 1.0), 2.0, context, steps=300, samples=8192)
    assert stages.count("fitting") >= 100
    assert found.attributes["psnr"] > 15
    assert found.cameras == posed.cameras
    density = found.sample(np.array([[0.0, 0.0, 0.1], [0.9, 0.9, 0.9]]))[0]
    assert density[0] > 5 * max(density[1], 0.1)


@pytest.mark.slow
def test_the_time_limit_and_cancelling_end_a_fit(tmp_path: Path) -> None:
    posed = read_posed(str(transforms(tmp_path, 4)))
    shares: list[float] = []
    context = Context(
        device="cpu",
        time_limit=0.5,
        progress=lambda stage, share: shares.append(share) if stage == "fitting" else None,
    )

    with suppress(InputError):  # nothing may be seen so early
        fitted(posed, BOUNDS, (1.0, 1.0, 1.0), 1e6, context, steps=10**9, samples=1024)
    assert shares == sorted(shares)
    assert shares[-1] >= 1
    context.cancelled.set()
    with pytest.raises(Cancelled):
        fitted(posed, BOUNDS, (1.0, 1.0, 1.0), 1e6, context, steps=10**9, samples=1024)


def test_smaller_cells_hold_the_same_scene(tmp_path: Path) -> None:
    posed = read_posed(str(transforms(tmp_path, 4)))
    wide = Bounds((-4.0, -4.0, -4.0), (4.0, 4.0, 4.0))
    inner = np.zeros((48, 48, 48), bool)
    inner[20:30, 21:26, 22:27] = True  # z, y, x
    tight = tight_box(Occupancy(wide, 8 / 48, inner))

    np.testing.assert_allclose(tight.low, -4 + np.array([21, 20, 19]) / 6)
    np.testing.assert_allclose(tight.high, -4 + np.array([28, 27, 31]) / 6)
    everywhere = tight_box(Occupancy(wide, 8 / 48, np.ones_like(inner)))
    np.testing.assert_allclose(everywhere, wide)
    seen: list[Occupancy] = []

    def look(fit: object, before: object = _Fit._look) -> None:
        before(fit)
        seen.append(fit.trainer.occupancy)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Fit, "_look", look)
        patch.setattr(_Fit, "network", lambda _: field().network)
        fitted(posed, wide, (1.0, 1.0, 1.0), 10.0, CONTEXT, steps=100, samples=1024)
    (found,) = seen
    assert found.bounds.extent.max() < 2.5  # of 8
    rng = np.random.default_rng(0)
    points = rng.uniform(-RADIUS, RADIUS, (500, 3))
    inside = np.abs(points).sum(-1) < 0.7 * RADIUS
    assert found.at(points[inside]).mean() > 0.95


def test_what_cannot_be_fitted_is_refused(tmp_path: Path) -> None:
    posed = read_posed(str(transforms(tmp_path, 3)))

    with pytest.raises(InputError, match="at least 4"):
        fitted(posed, None, (1.0, 1.0, 1.0), 1.0, CONTEXT)
    posed = read_posed(str(transforms(tmp_path, 4)))
    huge = Bounds((-200.0, -200.0, -200.0), (200.0, 200.0, 200.0))
    with pytest.raises(InputError, match=r"400: divide the positions .* by 100"):
        fitted(posed, huge, (1.0, 1.0, 1.0), 1.0, CONTEXT)


def test_bounds_are_what_half_of_the_cameras_see() -> None:
    found = shared_bounds(cameras(12))

    assert (np.asarray(found.low) < -0.6 * RADIUS).all()
    assert (np.asarray(found.high) > 0.6 * RADIUS).all()
    assert (found.extent < 4).all()
    turned = [type(c)(c.pose @ np.diag([1, -1, -1, 1]), c.size, c.focal, 1, 2) for c in cameras(4)]
    with pytest.raises(InputError, match="same place"):
        shared_bounds(turned)
