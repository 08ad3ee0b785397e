"""Scenes in a real viewer: layers, what they show, and saving."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_scene import Ball, scene_file
from napari_vcore.scenes import MAX_POINTS, PROBE, scene_layers
from napari_vcore.writing import write_one

import vcore
from vcore.scenes.field import Ellipsoids
from vcore.scenes.scene import Scene

PLUGIN = "vcore-volumes"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of splats with three cameras."""
    return scene_file(tmp_path_factory.mktemp("scenes") / "shell.vcore")


@pytest.fixture(scope="module")
def scene(file: Path) -> Scene:
    return vcore.open(file)


@pytest.fixture
def opened(viewer: Any, file: Path, wait: Any) -> Any:
    """Return a viewer that opened the file as by dropping it on the window."""
    viewer.open(str(file), plugin=PLUGIN)
    wait(lambda: viewer.dims.ndisplay == 3)
    return viewer


def by_name(scene: Any) -> dict[str, tuple[Any, dict[str, Any], str]]:
    return {layer[1]["name"].rpartition(" ")[2]: layer for layer in scene_layers(scene)}


def test_a_scene_opens_as_layers_in_3d(opened: Any, scene: Scene) -> None:
    names = ["shell colour", "shell density", "shell splats", "shell cameras"]
    assert [layer.name for layer in opened.layers] == names
    assert [layer.visible for layer in opened.layers] == [False, False, True, True]
    low, high = (np.array(corner[::-1]) for corner in scene.bounds)
    box = opened.layers["shell density"].extent.world
    step = opened.layers["shell density"].scale[0]
    np.testing.assert_allclose(box[0], low + step / 2, atol=step)
    np.testing.assert_allclose(box[1], high - step / 2, atol=step)
    np.testing.assert_allclose(opened.scene.camera.center, (low + high) / 2, atol=step)


def test_scenes_are_not_mirrored(opened: Any) -> None:
    camera = opened.scene.camera
    forward, up = (np.array(v)[::-1] for v in (camera.view_direction, camera.up_direction))
    assert str(camera.orientation[2]) == "right"
    np.testing.assert_allclose(np.cross(forward, up), [1, 0, 0], atol=1e-6)  # x is to the right


def test_slow_scenes_have_coarser_levels(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("napari_vcore.scenes.PATIENCE", 0.0)
    density, _, _ = by_name(scene)["density"]
    assert [max(level.shape) for level in density] == [128, 64, 32]


def test_density_and_colour_are_those_of_the_scene(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("napari_vcore.scenes.PATIENCE", 1e9)  # however busy the machine is
    layers = by_name(scene)
    density, options, _ = layers["density"]
    colour, _, _ = layers["colour"]
    assert [max(level.shape) for level in density] == [512, 256, 128]
    volume = scene.volume(128)
    region = (slice(40, 48), slice(None), slice(30, 90))
    expected = volume.density[region]
    assert expected.max() > 0
    np.testing.assert_array_equal(density[-1][region].compute(), expected)
    found = colour[-1][region].compute()
    np.testing.assert_array_equal(found[..., :3], volume.colour[region])
    alpha = 255 * (1 - np.exp(-expected * volume.grid.spacing[0]))
    np.testing.assert_allclose(found[..., 3], alpha, atol=0.51)
    assert (options["scale"], options["translate"]) == (
        tuple(scene.volume(512).grid.spacing),
        tuple(scene.volume(512).grid.origin),
    )


def test_opening_computes_no_more_than_a_probe(scene: Scene, monkeypatch: Any) -> None:
    asked: list[int] = []
    sample = type(scene.field).sample

    def counted(self: Any, points: Any) -> Any:
        asked.append(len(points))
        return sample(self, points)

    monkeypatch.setattr(type(scene.field), "sample", counted)
    scene_layers(scene)
    assert 0 < sum(asked) <= PROBE**3 + 1


def test_cameras_look_at_the_scene(scene: Scene) -> None:
    arrows, options, kind = by_name(scene)["cameras"]
    assert kind == "vectors"
    assert options["features"]["name"] == ["view 0", "view 1", "view 2"]
    centre = np.mean(scene.bounds, axis=0)[::-1]
    for (start, along), camera in zip(arrows, scene.cameras, strict=True):
        np.testing.assert_allclose(start, camera.eye[::-1])
        toward = (centre - start) / np.linalg.norm(centre - start)
        np.testing.assert_allclose(along / np.linalg.norm(along), toward, atol=1e-5)


def test_splats_are_points_of_their_colour_and_size(scene: Scene) -> None:
    points, options, kind = by_name(scene)["splats"]
    splats = scene.field.splats
    assert kind == "points"
    np.testing.assert_array_equal(points, splats.positions[:, ::-1])
    np.testing.assert_allclose(options["face_color"][:, 3], splats.alphas)
    rgb = np.clip(0.5 + 0.28209479 * splats.sh[:, 0], 0, 1)
    np.testing.assert_allclose(options["face_color"][:, :3], rgb, atol=1e-6)
    s = np.sort(splats.sigmas, 1)
    np.testing.assert_allclose(options["size"], 2 * np.sqrt(s[:, 1] * s[:, 2]), rtol=1e-5)


def test_of_many_splats_the_broad_and_opaque_are_shown(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr("napari_vcore.scenes.MAX_POINTS", 10)
    points, options, _ = next(layer for layer in scene_layers(scene) if layer[2] == "points")
    found = scene.field.ellipsoids()
    assert isinstance(found, Ellipsoids)
    assert len(points) == len(options["size"]) == len(options["face_color"]) == 10
    assert options["name"] == f"shell splats (10 of {len(found.positions)})"
    s = np.sort(found.sigmas, 1)
    weights = found.opacities * s[:, 1] * s[:, 2]
    np.testing.assert_array_equal(
        points, found.positions[weights >= np.sort(weights)[-10]][:, ::-1]
    )
    assert MAX_POINTS > 10


def pictured(viewer: Any, wait: Any, seen: Any) -> None:
    """Wait until a picture of the canvas is as it should be."""
    wait(lambda: seen(viewer.screenshot(flash=False)[..., :3].astype(int)), 30)


@pytest.mark.slow
def test_a_field_without_splats_and_cameras_shows_its_colour(
    make_napari_viewer: Any, scene: Scene, wait: Any, monkeypatch: Any
) -> None:
    viewer = make_napari_viewer(show=True)
    monkeypatch.setitem(vars(scene), "field", Ball())
    monkeypatch.setattr(scene, "bounds", Ball.bounds)
    monkeypatch.setattr(scene, "cameras", ())
    assert scene.to_napari(viewer) is viewer
    assert [layer.name for layer in viewer.layers] == ["shell colour", "shell density"]
    assert [layer.visible for layer in viewer.layers] == [True, False]
    assert viewer.layers["shell density"].contrast_limits == [0, 10]
    viewer.dims.ndisplay = 3

    def seen(picture: Any) -> bool:
        red, green, blue = np.moveaxis(picture, -1, 0)
        return bool(red.max() > 100 and (red >= green).all() and blue.max() < 30)

    pictured(viewer, wait, seen)


def test_the_picture_has_the_colours_of_the_splats(
    make_napari_viewer: Any, file: Path, wait: Any
) -> None:
    viewer = make_napari_viewer(show=True)
    viewer.open(str(file), plugin=PLUGIN)
    pictured(viewer, wait, lambda picture: (np.ptp(picture, axis=-1) > 60).mean() > 0.05)


def test_a_layer_is_saved_as_the_scene(opened: Any, file: Path, tmp_path: Path) -> None:
    data, options, _ = opened.layers["shell density"].as_layer_data_tuple()
    write_one(str(tmp_path / "again.vcore"), data, options)
    again = vcore.open(tmp_path / "again.vcore")
    np.testing.assert_array_equal(
        again.render(again.cameras[0])[0], vcore.open(file).render(again.cameras[0])[0]
    )


def test_a_damaged_scene_is_told(viewer: Any, file: Path, tmp_path: Path) -> None:
    data = bytearray(file.read_bytes())
    data[-200:] = bytes(200)
    (tmp_path / "damaged.vcore").write_bytes(data)
    with pytest.raises(vcore.FormatError):
        viewer.open(str(tmp_path / "damaged.vcore"), plugin=PLUGIN)
    assert not viewer.layers
