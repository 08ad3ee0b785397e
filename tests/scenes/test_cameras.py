"""Cameras: rays, turntables, JSON, and what is refused."""

import numpy as np
import pytest

from vcore.collections.camera import Turntable
from vcore.errors import FormatError, InputError
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.header import cameras_from_json, cameras_to_json

ROUND = ((-1.0, -2.0, -3.0), (1.0, 2.0, 3.0))


def camera(**changed: object) -> Camera:
    values: dict = {"pose": np.eye(4), "size": (4, 6), "focal": 5.0, "near": 1.0, "far": 9.0}
    return Camera(**{**values, **changed})


def test_rays_go_through_the_centres_of_pixels() -> None:
    origins, directions = camera().rays()

    assert origins.shape == directions.shape == (4, 6, 3)
    assert origins.dtype == directions.dtype == np.float32
    np.testing.assert_allclose(directions[0, 0], [-2.5 / 5, 1.5 / 5, -1], rtol=1e-6)
    np.testing.assert_allclose(directions[3, 5], [2.5 / 5, -1.5 / 5, -1], rtol=1e-6)


def test_a_principal_point_shifts_rays() -> None:
    directions = camera(centre=(3.5, 2.0)).rays()[1]

    np.testing.assert_allclose(directions[0, 0], [-3 / 5, 1.5 / 5, -1], rtol=1e-6)


def test_a_turntable_is_that_of_collections() -> None:
    (found,) = turntable(ROUND, [(60.0, 30.0)], size=(50, 40), view_angle=35.0)

    distance = float(np.linalg.norm(found.eye))
    same = Turntable((0.0, 0.0, 0.0), distance, 35.0).pose({"theta": 60, "phi": 30})
    np.testing.assert_allclose(np.linalg.inv(found.pose), same, atol=1e-12)
    assert found.focal == pytest.approx(Turntable((0, 0, 0), 1, 35.0).focal_length(50))


@pytest.mark.parametrize("size", [(40, 80), (80, 40)])
def test_a_turntable_sees_all_of_the_box(size: tuple[int, int]) -> None:
    (found,) = turntable(ROUND, [(70.0, 10.0)], size=size)

    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-2, 2) for z in (-3, 3)], float)
    eye = (corners - found.eye) @ found.pose[:3, :3]
    depth = -eye[:, 2]
    assert (depth > found.near).all()
    assert (depth < found.far).all()
    assert (np.abs(found.focal * eye[:, 0] / depth) < size[1] / 2).all()
    assert (np.abs(found.focal * eye[:, 1] / depth) < size[0] / 2).all()


def test_resized_keeps_what_is_seen() -> None:
    large = camera(centre=(3.5, 2.0)).resized((8, 12))

    small, fine = camera(centre=(3.5, 2.0)).rays()[1], large.rays()[1]
    np.testing.assert_allclose(fine.reshape(4, 2, 6, 2, 3).mean((1, 3)), small, atol=1e-6)


def test_json_gives_the_same_camera() -> None:
    one = camera(name="a", centre=(1.5, 2.5))

    same = Camera.from_json(one.to_json())
    np.testing.assert_array_equal(same.pose, one.pose)
    assert same.to_json() == one.to_json()


def test_headers_keep_cameras_of_any_turn() -> None:
    rng = np.random.default_rng(0)
    poses = [np.eye(4), np.diag([1.0, -1, -1, 1]), np.diag([-1.0, -1, 1, 1])]
    for _ in range(20):
        q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        pose = np.eye(4)
        pose[:3, :3] = q * np.sign(np.linalg.det(q))
        pose[:3, 3] = rng.normal(size=3)
        poses.append(pose)
    every = [camera(pose=p, name=str(k)) for k, p in enumerate(poses)]
    every.append(camera(size=(5, 5), focal=2.0, centre=(1.0, 2.0)))

    found = cameras_from_json(cameras_to_json(every))
    assert [c.name for c in found] == [c.name for c in every]
    assert found[-1].size == (5, 5)
    assert found[-1].centre == (1.0, 2.0)
    for a, b in zip(every, found, strict=True):
        np.testing.assert_allclose(b.pose, a.pose, atol=1e-6)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"pose": np.full((4, 4), np.nan)}, "finite"),
        ({"pose": 2 * np.eye(4)}, "scales"),
        ({"pose": np.diag([1.0, 1, -1, 1])}, "mirrors"),
        ({"pose": np.eye(3)}, "4 x 4"),
        ({"near": 9.0}, "near < far"),
        ({"focal": 0.0}, "focal"),
        ({"focal": np.inf}, "focal"),
        ({"size": (0, 5)}, "pixels"),
        ({"size": (1 << 20, 5)}, "16384"),
    ],
)
def test_impossible_cameras_are_refused(changed: dict, told: str) -> None:
    with pytest.raises(InputError, match=told):
        camera(**changed)


@pytest.mark.parametrize("values", [{}, {"pose": 3}, {"pose": [[1, 2], [3]]}, {"size": ["a", 2]}])
def test_damaged_json_is_refused(values: dict) -> None:
    with pytest.raises(InputError, match="camera"):
        Camera.from_json({**camera().to_json(), **values} if values else values)


def test_absurd_headers_are_refused() -> None:
    from vcore.scenes.header import SceneHeader

    good = {"method": "nerf", "bounds": [[0, 0, 0], [1, 1, 1]], "background": [1, 1, 1]}
    good["nbytes"] = 8
    assert SceneHeader.from_json(good).to_json()["bounds"] == [[0, 0, 0], [1, 1, 1]]
    for changed in (
        {"bounds": [[0, 0, 0], [1, -1, 1]]},
        {"bounds": [[0, 0, 0], [1, 1e300, 1]]},
        {"background": [2, 0, 0]},
        {"nbytes": -1},
        {"cameras": [{"poses": "!"}]},
        {"cameras": [{"poses": "AAAA"}]},
        {"cameras": 3},
    ):
        with pytest.raises(FormatError, match="damaged"):
            SceneHeader.from_json({**good, **changed})
