"""A network that another program trained: it renders the pictures that it was trained for."""

from pathlib import Path

import numpy as np
import pytest

import vcore
from vcore.io.nerf_weights import read_npz
from vcore.io.scene_reading import is_scene, read_scene
from vcore.metrics.errors import psnr
from vcore.scenes.cameras import Camera
from vcore.scenes.methods.nerf.field import NerfField


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    found = shared_data / "nerf"
    if not (found / "nerf_mlp_lego_lowres.npz").is_file():
        pytest.skip(f"the trained network is not there: {found}")
    return found


@pytest.fixture(scope="module")
def lego(folder: Path) -> NerfField:
    images = folder / "lego_rgba_200x200_train100_test25.npz"
    return read_scene(folder / "nerf_mlp_lego_lowres.npz", poses=images, pixel_shift=0.25)


def seen(folder: Path, like: Camera) -> tuple[Camera, np.ndarray]:
    """Return the middle of a view that was not trained on, and of its picture on white."""
    arrays = read_npz(str(folder / "lego_rgba_200x200_train100_test25.npz"))
    image = arrays["images_test"][0] / 255.0
    white = image[..., :3] * image[..., 3:] + 1 - image[..., 3:]
    pose = arrays["poses_test"][0].astype(np.float64)
    x, y = like.pixel_centre
    camera = Camera(pose, (40, 60), like.focal, like.near, like.far, centre=(x - 70, y - 80))
    return camera, white[80:120, 70:130]


def test_the_network_is_read(folder: Path, lego: NerfField) -> None:
    assert is_scene(str(folder / "nerf_mlp_lego_lowres.npz"))
    assert lego.nbytes == 4 * 169_096
    assert lego.coarse is not None
    assert lego.network.architecture.trunk == (128, 128, 128)
    assert (np.asarray(lego.bounds.low) > -1.5).all()
    assert (np.asarray(lego.bounds.high) < 1.5).all()


def test_a_view_is_the_picture(folder: Path, lego: NerfField) -> None:
    camera, picture = seen(folder, lego.cameras[0])

    view = lego.render(camera)
    assert psnr(1.0, float(np.mean((view.rgb - picture) ** 2))) > 22


@pytest.mark.slow
def test_a_tenth_of_the_bytes_looks_the_same(folder: Path, lego: NerfField) -> None:
    camera, picture = seen(folder, lego.cameras[0])

    report = vcore.compress(lego, None, ratio=12)
    decoded = vcore.open(report.data).view(camera)
    assert report.bytes * 12 <= 4 * 169_096
    before = psnr(1.0, float(np.mean((lego.render(camera).rgb - picture) ** 2)))
    assert psnr(1.0, float(np.mean((decoded.rgb - picture) ** 2))) > before - 0.3
