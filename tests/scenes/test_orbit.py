"""Orbits: views by angles about a point."""

import numpy as np
import pytest
from made_scene import splat_field

from vcore.errors import InputError
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.field import Bounds
from vcore.scenes.orbit import UPS, Orbit, first_orbit, up_of

BOUNDS = Bounds((-1.0, -2.0, 0.0), (3.0, 1.0, 2.0))


def any_camera(seed: int) -> Camera:
    """Return a camera in any pose."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn * np.linalg.det(turn), rng.normal(0, 5, 3)
    return Camera(pose, (30, 40), 50.0, 0.1, 20.0)


@pytest.mark.parametrize("up", UPS)
@pytest.mark.parametrize("seed", range(4))
def test_any_camera_is_on_an_orbit(up: str, seed: int) -> None:
    camera = any_camera(seed)
    found = Orbit.of(camera, BOUNDS, up).camera(camera.size, BOUNDS)
    np.testing.assert_allclose(found.pose, camera.pose, atol=1e-9)
    assert found.focal == pytest.approx(camera.focal)


@pytest.mark.parametrize("theta", [0.0, 40.0, 180.0])
def test_angles_are_those_of_a_turntable(theta: float) -> None:
    expected = Camera.turntable(
        (1, 2, 3), 5, theta=theta, phi=70, size=(20, 30), view_angle=35, near=1, far=9
    )
    found = Orbit(theta, 70.0, 5.0, (1.0, 2.0, 3.0), angle=35).camera((20, 30), BOUNDS)
    np.testing.assert_allclose(found.pose, expected.pose, atol=1e-12)
    assert found.focal == pytest.approx(expected.focal)


def test_the_axis_that_is_up_is_up() -> None:
    for up in UPS:
        orbit = Orbit(90.0, 25.0, 5.0, (0.0, 0.0, 0.0), up=up)
        upward = orbit.camera((8, 8), BOUNDS).pose[:3, 1]
        expected = np.zeros(3)
        expected["xyz".index(up[-1])] = -1 if up.startswith("-") else 1
        np.testing.assert_allclose(upward, expected, atol=1e-12)
        assert up_of([orbit.camera((8, 8), BOUNDS)]) == up


def test_all_of_a_scene_is_seen_and_within_the_depths() -> None:
    orbit = Orbit.around(BOUNDS)
    camera = orbit.camera((300, 400), BOUNDS)
    corners = np.stack(np.meshgrid(*zip(*BOUNDS, strict=True)), -1).reshape(-1, 3)
    eye = (corners - camera.eye) @ camera.pose[:3, :3]
    depth = -eye[:, 2]
    assert (np.abs(eye[:, 1]) / depth * camera.focal < 150).all()
    assert (np.abs(eye[:, 0]) / depth * camera.focal < 200).all()
    assert camera.near <= depth.min()
    assert camera.far >= depth.max()


def test_the_first_view_is_that_of_the_first_camera() -> None:
    field = splat_field(20)
    found = first_orbit(field.bounds, field.cameras).camera(field.cameras[0].size, field.bounds)
    np.testing.assert_allclose(found.pose, field.cameras[0].pose, atol=1e-6)
    assert up_of(field.cameras) == "z"
    assert first_orbit(field.bounds, ()) == Orbit.around(field.bounds)


def test_inside_of_a_scene_something_is_near() -> None:
    (camera,) = turntable(BOUNDS, [(60.0, 0.0)])
    inside = Orbit.of(camera, BOUNDS, "z").changed(distance=0.01).camera((8, 8), BOUNDS)
    assert 0 < inside.near < 0.01


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"theta": np.nan}, "finite angles"),
        ({"target": (0.0, np.inf, 0.0)}, "finite angles"),
        ({"distance": 0.0}, "positive distance"),
        ({"distance": -1.0}, "positive distance"),
        ({"angle": 0.0}, "angle of view"),
        ({"angle": 180.0}, "angle of view"),
        ({"up": "w"}, "Expected up"),
        ({"up": ""}, "Expected up"),
    ],
)
def test_impossible_views_are_refused(members: dict, told: str) -> None:
    with pytest.raises(InputError, match=told):
        Orbit.around(BOUNDS).changed(**members)
