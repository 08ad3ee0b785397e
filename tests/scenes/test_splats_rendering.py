"""Rendering of splats."""

from dataclasses import replace

import numpy as np
import pytest
from made_splats import camera, plain, shell

from vcore.errors import Cancelled
from vcore.model.context import Context
from vcore.scenes.methods.splats.harmonics import basis
from vcore.scenes.methods.splats.model import Splats, quaternions_of, rotation_matrices
from vcore.scenes.methods.splats.rendering import contributions, render


@pytest.mark.parametrize("degree", [0, 1, 2, 3])
def test_views_are_those_of_a_plain_renderer(degree: int) -> None:
    splats, seen = shell(400, degree), camera()
    want, got = plain(splats, seen, (1, 0.5, 0)), render(splats, seen, (1, 0.5, 0))
    assert np.abs(got.rgb - want[..., :3]).max() < 5e-3
    assert np.abs(got.rgb - want[..., :3]).mean() < 5e-5
    assert np.abs(got.alpha - want[..., 4]).max() < 5e-3
    both = np.isfinite(want[..., 3]) & np.isfinite(got.depth)
    assert 0.2 < both.mean() < 0.8
    assert (np.isfinite(want[..., 3]) == np.isfinite(got.depth)).mean() > 0.999
    assert np.abs(got.depth - want[..., 3])[both].max() < 0.02


def test_a_single_splat_has_its_colour_depth_and_width() -> None:
    seen = replace(camera(90, 0, (41, 41), 4), focal=40.0)
    one = Splats(
        [[0.2, -0.1, 0.3]], np.log([[0.2] * 3]), [[1, 0, 0, 0]], [20], np.full((1, 1, 3), 0.5)
    )
    view = render(one, seen)
    assert view.depth[20, 20] == pytest.approx(4, abs=1e-5)
    assert view.alpha[20, 20] == pytest.approx(0.99, abs=1e-6)
    assert view.rgb[20, 20] == pytest.approx(0.99 * (0.5 + 0.5 * 0.28209479), abs=1e-5)
    variance = (0.2 * 40 / 4) ** 2 + 0.3
    assert view.alpha[20, 23] == pytest.approx(np.exp(-9 / 2 / variance), abs=1e-4)
    assert np.isnan(view.depth[0, 0])


def test_views_do_not_depend_on_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    splats, seen = shell(500), camera()
    views = []
    for count in ("1", "2"):
        monkeypatch.setenv("VCORE_THREADS", count)
        views.append(render(splats, seen))
    for a, b in zip(*views, strict=True):
        assert np.array_equal(a, b, equal_nan=True)


def test_empty_scenes_and_views_show_the_background() -> None:
    for splats in (Splats.empty(2), replace(shell(50), positions=shell(50).positions + 100)):
        view = render(splats, camera(), (0.2, 0.4, 0.6))
        assert np.allclose(view.rgb, [0.2, 0.4, 0.6])
        assert np.isnan(view.depth).all()
        assert not view.alpha.any()


def test_contributions_are_the_derivatives_of_the_view() -> None:
    splats, seen = shell(60, 0), camera()
    squares, weights = contributions(splats, seen)
    brightest = int(np.argmax(weights))
    sh = splats.sh.copy()
    sh[brightest] += 0.01
    change = render(replace(splats, sh=sh), seen).rgb.astype(float) - render(splats, seen).rgb
    assert change.sum() / 3 == pytest.approx(weights[brightest] * 0.01 * 0.2820948, rel=0.02)
    expected = squares[brightest] * (0.01 * 0.2820948) ** 2
    assert np.square(change).sum() / 3 == pytest.approx(expected, rel=0.02)


def test_rendering_stops_when_cancelled() -> None:
    context = Context()
    context.cancelled.set()
    with pytest.raises(Cancelled):
        render(shell(10), camera(), context=context)


def test_the_basis_is_orthonormal() -> None:
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(200_000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    values = basis(directions, 3)
    assert np.allclose(4 * np.pi * values.T @ values / len(values), np.eye(16), atol=0.02)


def test_rotations_come_back_from_their_matrices() -> None:
    rng = np.random.default_rng(0)
    quaternions = rng.normal(size=(200, 4))
    quaternions[:4] = np.eye(4)
    matrices = rotation_matrices(quaternions)
    assert np.allclose(matrices @ matrices.transpose(0, 2, 1), np.eye(3), atol=1e-5)
    assert np.allclose(rotation_matrices(quaternions_of(matrices)), matrices, atol=1e-5)
