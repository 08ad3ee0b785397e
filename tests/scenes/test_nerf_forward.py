"""Networks of forward-facing scenes, in normalised device coordinates."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_scenes import (
    FAR,
    FORWARD_SIZE,
    NEAR,
    cameras,
    forward,
    forward_field,
    forward_llff,
    weights,
)
from PIL import Image

import vcore
from vcore.errors import FormatError, InputError
from vcore.io.posed_reading import read_posed
from vcore.io.scene_reading import read_scene
from vcore.model.context import Context
from vcore.scenes.cameras import Camera
from vcore.scenes.measure import view_errors
from vcore.scenes.methods.nerf import torch_network
from vcore.scenes.methods.nerf.ndc import ALL, Ndc
from vcore.scenes.methods.nerf.network import Network
from vcore.scenes.methods.nerf.occupancy import Occupancy, occupancy_of
from vcore.scenes.methods.nerf.retraining import trainer_of

QUICK = {"cells": 24, "steps": 160}


def test_coordinates_are_those_of_the_paper() -> None:
    camera = Camera(np.eye(4), FORWARD_SIZE, 30.0, 1.0, FAR)
    ndc = Ndc(camera)
    points = np.array([[0.3, -0.2, -1.0], [2.0, 1.0, -4.0], [5.0, 5.0, 0.5]])

    found, units = ndc.points(points)
    # appendix C, equation 25: -f / (W / 2) x / z, -f / (H / 2) y / z, 1 + 2 n / z
    x, y, z = points[:2].T
    expected = np.stack([-30 / 16 * x / z, -30 / 12 * y / z, 1 + 2 / z], -1)
    np.testing.assert_allclose(found[:2], expected)
    assert np.isnan(found[2]).all()
    beyond = ndc.points(points[:2] - [0, 0, 1e-6])[0]
    np.testing.assert_allclose((found[:2, 2] - beyond[:, 2]) / -1e-6, units[:2], rtol=1e-4)


def test_rays_are_straight_in_both_spaces() -> None:
    camera = forward()[3]
    ndc = Ndc.of(forward())
    origins, directions = (a.reshape(-1, 3) for a in camera.rays())

    cast = ndc.rays(origins, directions)
    for s in (0.0, 0.3, 0.9):
        world = origins + cast.depths(np.full(len(origins), s))[:, None] * directions
        inside = cast.origins + s * cast.directions
        np.testing.assert_allclose(
            ndc.points(world - 1e-9 * camera.pose[:3, 2])[0], inside, atol=1e-5
        )
    assert cast.ahead.all()
    assert (np.abs(cast.origins[:, :2]) <= ndc.box.high[0] + 1e-6).all()
    back = ndc.rays(origins, -directions)
    assert not back.ahead.any()


def test_rays_are_those_of_the_papers_code() -> None:
    ndc = Ndc.of(forward())
    camera = forward()[3]
    scale = 1 / NEAR  # bd_factor: the near plane is at 1
    pose = np.linalg.inv(ndc.camera.pose) @ camera.pose  # recenter_poses
    o, d = camera.rays()
    own = d.reshape(-1, 3) @ camera.pose[:3, :3]
    o, d = np.broadcast_to(scale * pose[:3, 3], own.shape), own @ pose[:3, :3].T

    # ndc_rays(H, W, focal, 1.0, rays_o, rays_d)
    (height, width), focal = FORWARD_SIZE, camera.focal
    o = o - (1.0 + o[:, 2:]) / d[:, 2:] * d
    begin = np.stack(
        [
            -1 / (width / (2 * focal)) * o[:, 0] / o[:, 2],
            -1 / (height / (2 * focal)) * o[:, 1] / o[:, 2],
            1 + 2 / o[:, 2],
        ],
        -1,
    )
    along = np.stack(
        [
            -1 / (width / (2 * focal)) * (d[:, 0] / d[:, 2] - o[:, 0] / o[:, 2]),
            -1 / (height / (2 * focal)) * (d[:, 1] / d[:, 2] - o[:, 1] / o[:, 2]),
            -2 / o[:, 2],
        ],
        -1,
    )
    cast = ndc.rays(*(a.reshape(-1, 3) for a in camera.rays()))
    np.testing.assert_allclose(cast.origins, begin, atol=1e-5)
    np.testing.assert_allclose(cast.directions, along, atol=1e-5)
    np.testing.assert_allclose(cast.views, d, atol=1e-5)


def test_the_mean_camera_is_that_of_the_paper() -> None:
    found = Ndc.of(forward()).camera

    np.testing.assert_allclose(found.eye, [5, 0, 0.05], atol=1e-7)
    np.testing.assert_allclose(found.pose[:3, :3], forward()[0].pose[:3, :3], atol=1e-7)
    with pytest.raises(InputError, match="forward"):
        Ndc.of(cameras())
    with pytest.raises(InputError, match="near plane"):
        Ndc.of([replace(c, near=0.0) for c in forward()])


def test_skipping_renders_what_dense_sampling_does() -> None:
    field = forward_field()
    step = float(field.box.extent.max()) / 320
    occupancy = occupancy_of(field.network, field.box, 24, step, Context())

    for camera in (forward()[0], forward()[3]):
        dense, skipped = (
            field.render(camera),
            field.skipping(field.network, occupancy, step).render(camera),
        )
        assert view_errors([dense], [skipped])[0] > 30
        seen = (dense.alpha > 0.9) & (skipped.alpha > 0.9)
        assert 0.1 < seen.mean() < 0.9
        np.testing.assert_allclose(skipped.depth[seen], dense.depth[seen], rtol=0.05)
    behind = replace(forward()[0], pose=forward()[0].pose @ np.diag([-1.0, 1, -1, 1]))
    assert not field.render(behind).alpha.any()


def test_sampled_densities_absorb_what_rendering_does() -> None:
    field = forward_field()
    camera = replace(field.ndc.camera, size=(1, 1), focal=30.0, centre=None)
    view = field.render(camera)
    depths = np.linspace(NEAR, 30, 20000)
    points = camera.eye - depths[:, None] * camera.pose[:3, 2]

    density, rgb = field.sample(points)
    opacity = np.cumsum(density.astype(np.float64)) * (depths[1] - depths[0])
    half = float(depths[np.searchsorted(opacity, np.log(2))])
    assert view.alpha[0, 0] > 0.99
    assert view.depth[0, 0] == pytest.approx(half, rel=0.03)
    assert (rgb[density > 0] > 0).all()
    assert not field.sample(camera.eye + 1.0 * camera.pose[None, :3, 2])[0].any()


def test_a_file_keeps_the_coordinates(tmp_path: Path) -> None:
    field = forward_field()
    report = vcore.compress(field, tmp_path / "a.vcore", settings=QUICK)
    smaller = vcore.compress(field, None, settings=QUICK, bytes=report.bytes + 250)
    assert smaller.bytes <= report.bytes + 250
    with vcore.open(tmp_path / "a.vcore") as found:
        assert report.psnr > 36
        view = found.view(found.cameras[1])
        assert view_errors([field.render(field.cameras[1])], [view])[0] > 28
        assert found.bounds == field.bounds
        assert found.volume(40).density[...].max() > 0


def test_light_that_is_left_at_infinity_may_come_from_the_background() -> None:
    field = forward_field()
    weights = {name: np.zeros_like(w) for name, w in field.network.weights.items()}
    weights["density.bias"][:] = 0.1  # fog everywhere
    fog = Network(field.network.architecture, weights)
    everywhere = Occupancy(ALL, 0.1, np.ones((20, 20, 20), bool))
    field.ndc = replace(field.ndc, box=ALL)
    endless = field.skipping(fog, everywhere, 0.02)
    assert endless.render(field.cameras[1]).alpha.min() > 0.999
    field.ndc = replace(field.ndc, endless=False)
    ending = field.skipping(fog, everywhere, 0.02)
    assert 0.1 < ending.render(field.cameras[1]).alpha.max() < 0.3  # 1 - exp(-0.1 * 2)
    assert Ndc.from_json(ending.ndc.to_json()).endless is False


def test_hostile_coordinates_are_refused() -> None:
    from headers import edited

    data = vcore.compress(forward_field(), None, settings=QUICK).data
    good = vcore.open(data).info["state"]["ndc"]
    camera = good["camera"]
    for bad in (
        7,
        {**good, "box": [[-1, -1, -1], [1, 1, 1.5]]},
        {**good, "box": [[-1, -1, 1], [1, 1, -1]]},
        {**good, "box": [[-1, -1], [1, 1]]},
        {**good, "endless": 0},
        {**good, "camera": {**camera, "near": 0}},
        {**good, "camera": {**camera, "focal": -1}},
        {**good, "camera": {**camera, "poses": "AAAA"}},
        {**good, "camera": {**camera, "poses": 2 * camera["poses"]}},
    ):
        broken = edited(data, lambda header, bad=bad: header["state"].update(ndc=bad))
        with pytest.raises(FormatError):
            _ = vcore.open(broken).field


def test_weights_are_read_with_the_poses_of_forward_llff(tmp_path: Path) -> None:
    source = weights(tmp_path / "w.npz")
    folder = forward_llff(tmp_path / "fern")

    found = read_scene(source, poses=folder, ndc=True)
    assert found.ndc.camera.near == pytest.approx(NEAR)  # 0.75 of the smallest depth
    assert found.ndc.camera.far == pytest.approx(FAR)
    assert found.box.high[2] <= 1
    assert read_scene(source, poses=folder).ndc is None
    picture = np.asarray(Image.open(folder / "images" / "i2.png")) / 255
    view = found.render(found.cameras[2])
    dark = view.rgb - (1 - view.alpha)[..., None]  # the pictures are in front of black
    assert -10 * np.log10(np.mean((dark - picture) ** 2)) > 25
    with pytest.raises(InputError, match="ndc"):
        read_scene(source, poses=folder, ndc=True, bounds=(-1, -1, -1, 1, 1, 1))
    frames = [{"file_path": "images/i0.png", "transform_matrix": np.eye(4).tolist()}]
    poses = folder / "transforms.json"
    poses.write_text(json.dumps({"camera_angle_x": 0.7, "frames": frames}))
    with pytest.raises(InputError, match="near"):
        read_scene(source, poses=poses, ndc=True)


def test_the_loss_is_that_of_rendered_views() -> None:
    torch = pytest.importorskip("torch")
    field = forward_field()
    step = float(field.box.extent.max()) / 120
    occupancy = occupancy_of(field.network, field.box, 24, step, Context())
    trainer = trainer_of(field, occupancy, step, Context(device="cpu"))

    tensors = torch_network.tensors_of(field.network.weights, torch.device("cpu"))
    assert trainer.loss(tensors).item() < 2e-3
    tensors["rgb.bias"].data += 3.0
    assert trainer.loss(tensors).item() > 2e-2


@pytest.mark.slow
def test_a_network_is_fitted_in_these_coordinates(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from vcore.scenes.methods.nerf.fitting import fitted

    posed = read_posed(str(forward_llff(tmp_path)), plane=0.75)
    box = Ndc.of(posed.cameras)
    context = Context(device="cpu")
    found = fitted(posed, None, (0.0, 0.0, 0.0), 5.0, context, 300, 4096, ndc=box)

    assert found.attributes["psnr"] > 18
    assert found.ndc.camera is box.camera
    view = found.render(forward()[1])
    there = forward_field().render(forward()[1]).alpha > 0.5
    assert view.alpha[there].mean() > view.alpha[~there].mean() + 0.5  # no fog
