"""Training of preset paper: nearest Gaussians, the gate, its schedule and its numbers."""

import logging

import numpy as np
import pytest
from gaussians import beads, compress, distances, mixture, spots, voxels

import vcore
from vcore.methods.gaussian import neighbours, paper_training
from vcore.methods.gaussian.fit import ROUNDS
from vcore.methods.gaussian.mixture import CUTOFF, LOWER, Mixture
from vcore.methods.gaussian.neighbours import NeighbourRenderer, open_lines
from vcore.methods.gaussian.paper_training import TRACE_STEPS, PaperEncoder
from vcore.methods.gaussian.renderer import inner
from vcore.methods.gaussian.schedule import FitSchedule
from vcore.methods.gaussian.settings import GaussianSettings, Training
from vcore.model.context import Context

SHAPE = (11, 14, 17)


def gate(shape=SHAPE, share=0.3, seed=3):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(1, 3, shape) * (rng.random(shape) < share)
    return weights.astype(np.float32)


def rendered(gaussians, target, worth, k):
    renderer = NeighbourRenderer(target.astype(np.float32), worth, k)
    return renderer, renderer.render(gaussians, renderer.classes(gaussians))


def squares(gaussians, shape=SHAPE):
    """Squared distances of all centres from all voxels, (n, z, y, x)."""
    places = voxels(shape)[None]
    return ((places - gaussians.centres[:, None, None, None]) ** 2).sum(-1)


@pytest.mark.parametrize(("count", "k", "margin"), [(90, 4, 4.0), (40, 32, 30.0), (7, 32, 4.0)])
def test_a_voxel_sees_its_nearest_gaussians(count: int, k: int, margin: float) -> None:
    gaussians, worth = mixture(count, SHAPE, margin=margin, scales=(1.0, 6.0)), gate()
    renderer, _ = rendered(gaussians, np.zeros((1, *SHAPE)), worth, k)
    away = squares(gaussians)
    seen = np.argsort(np.argsort(away, axis=0), axis=0) < k
    d = distances(gaussians, voxels(SHAPE))
    parts = np.where(seen & (d <= CUTOFF), np.exp(-d / 2), 0)
    expected = np.einsum("n,nzyx->zyx", gaussians.weights[:, 0], parts)
    found = inner(renderer.residual)[0]
    np.testing.assert_allclose(found[worth > 0], expected[worth > 0], atol=2e-5)
    assert not found[worth == 0].any()
    if k == 4:
        whole = np.einsum("n,nzyx->zyx", gaussians.weights[:, 0], np.exp(-d / 2) * (d <= CUTOFF))
        assert np.abs(whole - expected)[worth > 0].max() > 0.01


def test_the_nearest_are_searched_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "REFRESH", 2)
    worth, target = gate(share=1.0), np.zeros((1, *SHAPE))
    first = mixture(60, SHAPE, seed=1)
    moved = Mixture(first.centres[::-1] + 3.0, first.factors, first.weights)
    renderer, _ = rendered(first, target, worth, 5)
    fresh, _ = rendered(moved, target, worth, 5)
    renderer.render(moved, renderer.classes(moved))
    assert np.abs(renderer.residual - fresh.residual).max() > 0.01
    renderer.render(moved, renderer.classes(moved))
    np.testing.assert_array_equal(renderer.residual, fresh.residual)


def test_open_ranges_of_rows() -> None:
    worth = np.zeros((1, 3, 6), np.float32)
    worth[0, 1, 2:4] = worth[0, 2] = 1
    np.testing.assert_array_equal(open_lines(worth)[0], [[0, 0], [2, 4], [0, 6]])


@pytest.mark.parametrize("channels", [1, 2])
def test_the_gradient_is_that_of_the_weighted_error(channels: int) -> None:
    worth = gate()
    target = np.random.default_rng(5).normal(size=(channels, *SHAPE))
    gaussians = mixture(20, SHAPE, channels=channels, scales=(2.5, 4.0), margin=0)
    renderer, done = rendered(gaussians, target, worth, 6)
    gradient = renderer.backward(gaussians, done, full=True)
    start, before = renderer.error(), renderer.residual.copy()
    expected = (worth * inner(renderer.residual).astype(float) ** 2).sum()
    assert start == pytest.approx(expected, rel=1e-5)

    def changed(n: int, **columns: np.ndarray) -> float:
        """Return the change of the error if columns of Gaussian n change, the voxels it reaches and
        those that see it being the same."""
        arrays = {k: getattr(gaussians, k).copy() for k in ("centres", "factors", "weights")}
        for name, value in columns.items():
            arrays[name][n] = value
        away = ((voxels(SHAPE) - gaussians.centres[n]) ** 2).sum(-1)
        seen = (away <= renderer.near) & (
            distances(gaussians[n : n + 1], voxels(SHAPE))[0] <= CUTOFF
        )
        values = [
            np.exp(-distances(m[n : n + 1], voxels(SHAPE))[0] / 2)
            * seen
            * m.weights[n][:, None, None, None]
            for m in (gaussians, Mixture(**arrays))
        ]
        residual = inner(before).astype(float)
        return float((worth * ((residual + values[1] - values[0]) ** 2 - residual**2)).sum())

    step = 1e-4
    for n in (0, 7, 13):
        centre, factor, weights = gaussians.centres[n], gaussians.factors[n], gaussians.weights[n]
        for axis in range(3):
            slope = changed(n, centres=centre + step * factor[:, axis]) / step
            assert gradient.shift[n, axis] == pytest.approx(slope, abs=2e-4 * start)
        for k, (i, j) in enumerate([(0, 0), (1, 1), (2, 2), *LOWER]):
            stretch = np.eye(3)
            stretch[i, j] += step
            slope = changed(n, factors=factor @ stretch) / step
            assert gradient.stretch[n, k] == pytest.approx(slope, abs=2e-4 * start)
        slope = changed(n, weights=weights + step) / step
        assert gradient.weights[n].sum() == pytest.approx(slope, abs=2e-4 * start)
        assert gradient.removal[n] == pytest.approx(
            changed(n, weights=0 * weights), abs=1e-4 * start
        )


def test_what_is_outside_the_gate_is_not_optimised() -> None:
    shape = (16, 20, 24)
    inside = spots(shape, [(8, 8, 8), (8, 12, 14)], [2, 1.5], [1, 0.8])
    worth = [(inside > 0.05).astype(np.float32)]
    while max(worth[-1].shape) > 8:
        pairs = [-(-n // 2) for n in worth[-1].shape]
        worth.append(np.ones(pairs, np.float32))
    clutter = inside + np.where(worth[0] > 0, 0, np.float32(0.7)).astype(np.float32)

    def coded(values: np.ndarray) -> bytes:
        settings = GaussianSettings(preset="paper", steps=30)
        encoder = PaperEncoder([values[None]], worth, settings, FitSchedule(Context(), 60))
        return encoder._within_bytes(22 * 10).data

    assert coded(inside) == coded(clutter)
    worth[0][:] = 1
    assert coded(inside) != coded(clutter)


def test_numbers_of_a_fit_follow_the_preset() -> None:
    assert GaussianSettings().training == Training(200, 0.1, 0.3)
    assert GaussianSettings(preset="paper").training == Training(10_000, 0.01, 0.001)
    given = GaussianSettings(preset="paper", steps=200, learning_rate=0.1, sparsity=0.0)
    assert given.training == Training(200, 0.1, 0.0)
    assert GaussianSettings(preset="paper").neighbours == 32


class Trace(logging.Handler):
    """Steps, objectives, errors and counts of a training."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.rows: list[tuple[int, float, float, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.rows.append(record.args)  # type: ignore[arg-type]


@pytest.fixture
def trace():
    handler = Trace()
    paper_training.log.addHandler(handler)
    level = paper_training.log.level
    paper_training.log.setLevel(logging.DEBUG)
    yield handler
    paper_training.log.setLevel(level)
    paper_training.log.removeHandler(handler)


def test_the_number_rises_then_falls_then_stays(trace: Trace) -> None:
    report = compress(beads((20, 26, 30), 60), vcore.Budget(bytes=2000), preset="paper", steps=400)
    count = len(vcore.open(report.data).primitives)
    steps, objectives, errors, counts = (np.array(v) for v in zip(*trace.rows, strict=True))
    np.testing.assert_array_equal(steps, np.arange(0, 400, TRACE_STEPS))
    assert counts.max() == pytest.approx(sum(ROUNDS) * count, rel=0.1)
    assert counts.argmax() * TRACE_STEPS < 0.55 * 400
    assert (counts[steps > 0.62 * 400] == count).all()
    assert errors[-1] < errors[0] / 1.5
    assert objectives[-1] < objectives[0] / 1.5


def test_frames_share_the_time_that_there_is(trace: Trace) -> None:
    values = np.stack([beads((16, 18, 20), 20, seed=n) for n in (1, 2, 3)])
    volume = vcore.model.volume.Volume(
        vcore.model.grid.Grid(values.shape[1:]),
        (vcore.model.volume.Variable("v", values, tuple("tzyx")),),
    )
    settings = {"preset": "paper", "steps": 10_000_000}
    vcore.compress(
        volume, None, method="gaussian", settings=settings, budget=vcore.Budget(bytes=2000),
        context=Context(time_limit=3.0),
    )  # fmt: skip
    starts = [n for n, row in enumerate(trace.rows) if row[0] == 0]
    assert len(starts) == 3
    taken = np.diff([*starts, len(trace.rows)])
    assert taken.min() > 0.2 * taken.max()
