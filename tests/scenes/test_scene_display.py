"""Scenes in notebooks: a table of figures with a rendered view."""

import base64
import io
import time
from pathlib import Path

import numpy as np
import pytest
from made_scene import scene_file, splat_field
from PIL import Image

import vcore
from vcore.scenes import picture
from vcore.scenes.orbit import Orbit, first_orbit
from vcore.scenes.picture import SHOWN_SIDE, quick_picture
from vcore.scenes.scene import Scene


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene_file(tmp_path_factory.mktemp("scenes") / "shell & <b>.vcore", 100)


@pytest.fixture
def scene(file: Path) -> Scene:
    return vcore.open(file)


def shown(scene: Scene) -> str:
    """Return the table once the picture is there."""
    deadline = time.monotonic() + 60
    while "being rendered" in (found := scene._repr_html_()):
        assert time.monotonic() < deadline
    return found


def test_a_notebook_shows_figures_and_a_view(scene: Scene, file: Path) -> None:
    found = shown(scene)
    assert "shell &amp; &lt;b&gt;.vcore" in found
    assert str(file.parent) not in found
    for text in ("Scene", "splats", ">3<", "dB"):
        assert text in found
    data = base64.b64decode(found.split("base64,")[1].split('"')[0])
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    assert max(pixels.shape) <= SHOWN_SIDE
    height, width = pixels.shape[:2]
    camera = first_orbit(scene.bounds, scene.cameras).camera((height, width), scene.bounds)
    np.testing.assert_array_equal(pixels, scene.render(camera)[0])


def test_the_picture_is_rendered_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shown(scene)
    monkeypatch.setattr(picture, "quick_picture", None)
    assert shown(scene) == first


def test_a_damaged_or_cut_file_has_a_table_without_a_view(file: Path) -> None:
    data = bytearray(file.read_bytes())
    cut = vcore.open(bytes(data[:-100]))
    assert "incomplete" in shown(cut)
    data[-100:] = bytes(100)
    found = shown(vcore.open(bytes(data)))
    assert "<img" not in found
    assert "splats" in found


def test_sizes_double_within_the_time_limit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, render = [], scene.render

    def timed(pose, *rest):
        sizes.append(pose.size)
        return render(pose, *rest)

    monkeypatch.setattr(scene, "render", timed)
    assert quick_picture(scene, 160, 1e9).shape == (120, 160, 3)
    assert sizes == [(20, 27), (20, 27), (40, 54), (80, 108), (120, 160)]
    sizes.clear()
    assert quick_picture(scene, 160, 0.0).shape == (20, 27, 3)
    assert sizes == [(20, 27), (20, 27)]


def test_a_view_without_cameras_shows_all() -> None:
    field = splat_field(100, cameras=False)

    class Plain:
        bounds, cameras = field.bounds, ()

        def render(self, camera):
            return field.render(camera).pixels(), None

    found = quick_picture(Plain(), 80, 1e9).astype(int)
    assert found.shape == (60, 80, 3)
    edges = np.concatenate([found[0], found[-1], found[:, 0], found[:, -1]])
    assert (edges > 250).all()  # the background
    assert (found < 200).any()
    expected = Orbit.around(field.bounds).camera((60, 80), field.bounds)
    np.testing.assert_array_equal(found, field.render(expected).pixels())
