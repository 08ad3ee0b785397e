"""The Collection dock in a real viewer."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_images import ball
from napari_vcore._qt.collection import CollectionDock
from napari_vcore.collections import tie_of
from napari_vcore.shown import over
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QFileDialog

import vcore
from vcore.collections.collection import Collection
from vcore.collections.parameters import Parameter
from vcore.errors import FormatError

PLUGIN = "vcore-volumes"
WHITE = (255, 255, 255)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``ball.vcore``, its original, and one of labels."""
    found = tmp_path_factory.mktemp("balls")
    options: dict[str, Any] = {"method": "stacked", "progress": False}
    images = ball(colour="rgba")
    vcore.compress(images, found / "ball.vcore", ratio=25, max_error={"depth": 0.2}, **options)
    vcore.compress(images, found / "original.vcore", max_error=0, **options)
    looks = Parameter("look", ("bones", "skin", "veins"))
    labelled = replace(ball(), parameters=(looks, replace(images.parameters[1], period=0)))
    vcore.compress(labelled, found / "looks.vcore", max_error=0, **options)
    return found


@pytest.fixture
def opened(viewer: Any, folder: Path, wait: Any) -> Callable[[str], CollectionDock]:
    """Return a function that opens a file as by dropping it on the window, and returns the dock."""

    def open_one(name: str) -> CollectionDock:
        viewer.open(str(folder / name), plugin=PLUGIN)
        dock = dock_of(viewer, wait)
        wait(lambda: dock.shown is not None and dock.shown.stem == Path(name).stem)
        settled(dock, wait)
        return dock

    return open_one


def dock_of(viewer: Any, wait: Any) -> CollectionDock:
    """Return the dock that opens by itself."""
    docks = viewer.window._wrapped_dock_widgets
    wait(lambda: any("Collection" in name for name in docks))
    return next(d.inner_widget() for name, d in docks.items() if "Collection" in name)


@pytest.fixture
def dock(opened: Callable[[str], CollectionDock]) -> CollectionDock:
    return opened("ball.vcore")


def settled(dock: CollectionDock, wait: Any) -> None:
    """Wait until the picture is shown."""
    wait(lambda: not dock.player.is_loading and not dock.difference.watcher.busy)


def decoded(dock: CollectionDock, *index: int, channel: str = "rgba") -> Any:
    found = vcore.open(dock.shown.path).read(index, channel)
    return over(found, WHITE) if channel == "rgba" else found


def test_a_file_of_images_opens_with_its_dock(dock: CollectionDock, viewer: Any) -> None:
    (layer,) = viewer.layers
    assert (layer.name, layer.rgb, layer.data.shape) == ("ball", True, (40, 52, 4))
    np.testing.assert_array_equal(layer.data, decoded(dock, 0, 0))
    assert viewer.dims.ndim == 2  # no sliders of indices
    assert dock.info.text().startswith("11 images of 40 x 52")
    assert [row.name.text() for row in dock.rows.values()] == ["time", "phi"]
    assert dock.rows[1].field.text() == "0"


def test_sliders_show_values_and_pictures(dock: CollectionDock, viewer: Any, wait: Any) -> None:
    dock.rows[0].slider.setValue(2)
    dock.rows[1].slider.setValue(3)
    settled(dock, wait)
    np.testing.assert_array_equal(viewer.layers["ball"].data, decoded(dock, 2, 3))
    assert [row.field.text() for row in dock.rows.values()] == ["2", "270"]


def test_a_typed_value_shows_the_nearest_image(
    dock: CollectionDock, qtbot: Any, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.parameters.show_warning", told.append)

    def typed(axis: int, text: str) -> None:
        field = dock.rows[axis].field
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key_Return)
        settled(dock, wait)

    typed(0, "1.6")
    typed(1, "-10°")
    assert dock.shown.positions == [2, 0]
    assert [row.field.text() for row in dock.rows.values()] == ["2", "0"]
    assert not told
    typed(0, "99")
    assert "time = 99 is outside of 0 to 2" in told[0]
    typed(0, "noon")
    assert "Expected a number for time" in told[1]
    assert dock.rows[0].field.text() == "2"


def test_a_hole_is_told_and_the_nearest_image_shown(
    dock: CollectionDock, viewer: Any, wait: Any
) -> None:
    dock.rows[0].slider.setValue(1)
    dock.rows[1].slider.setValue(2)
    settled(dock, wait)
    assert "a hole at these values: time = 0.0, phi = 180.0 is shown" in dock.notes.text()
    np.testing.assert_array_equal(viewer.layers["ball"].data, decoded(dock, 0, 2))
    dock.rows[1].slider.setValue(1)
    settled(dock, wait)
    assert not dock.notes.text()


def test_blending_shows_what_lies_between(dock: CollectionDock, viewer: Any, wait: Any) -> None:
    dock.blend.value = True
    row = dock.rows[1]
    row.slider.setValue(row.slider.maximum() - 8)  # between 270 and 360 degrees
    settled(dock, wait)
    assert row.field.text() == "315"
    c = vcore.open(dock.shown.path)
    expected = over(c.image(time=0, phi=315, blend=True), WHITE)
    np.testing.assert_array_equal(viewer.layers["ball"].data, expected)
    dock.blend.value = False
    settled(dock, wait)
    assert row.slider.maximum() == 3
    assert dock.shown.positions[1] in (0, 3)


def test_labels_are_a_list(opened: Any, viewer: Any, wait: Any) -> None:
    dock = opened("looks.vcore")
    row = dock.rows[0]
    assert [row.labels.itemText(i) for i in range(3)] == ["bones", "skin", "veins"]
    row.labels.setCurrentText("veins")
    settled(dock, wait)
    np.testing.assert_array_equal(viewer.layers["looks"].data, ball().read((2, 0), "rgb"))
    assert not dock.picture.backdrop.enabled


@pytest.mark.parametrize("mode", ["loop", "bounce", "once"])
def test_it_plays(dock: CollectionDock, viewer: Any, wait: Any, mode: str) -> None:
    seen: list[int] = []
    dock.player.made.connect(lambda place, _pictures, _figures: seen.append(place.index[1]))
    dock.mode.value, dock.speed.value = mode, 60
    row = dock.rows[1]
    row.play.click()
    steps = {"loop": [1, 2, 3, 0, 1, 2], "bounce": [1, 2, 3, 2, 1, 0, 1], "once": [1, 2, 3]}[mode]
    wait(lambda: len(seen) >= len(steps))
    if mode == "once":
        wait(lambda: not dock.player.is_playing)
        assert not row.play.isChecked()
        assert seen == steps
    else:
        assert seen[: len(steps)] == steps
        assert "(" in dock.rate.text()
        row.play.click()
        assert not dock.player.is_playing
        assert dock.rate.text() == "images/s"


def test_blended_play_takes_small_steps(dock: CollectionDock, wait: Any) -> None:
    seen: list[float] = []
    dock.player.made.connect(lambda *_: seen.append(dock.shown.positions[1]))
    dock.blend.value = True
    settled(dock, wait)
    seen.clear()
    dock.speed.value = 15
    dock.rows[1].play.click()
    wait(lambda: len(seen) >= 10)
    np.testing.assert_allclose(seen[:10], [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 0, 0.5, 1])
    dock.player.stop()


def test_playing_decodes_ahead(dock: CollectionDock, wait: Any) -> None:
    dock.speed.value = 1
    dock.rows[1].play.click()
    pictures = dock.shown.pictures
    wait(lambda: all(pictures.kept("rgba", (0, phi)) is not None for phi in range(4)))
    dock.player.stop()


def test_dragging_turns(dock: CollectionDock, viewer: Any, opened: Any, wait: Any) -> None:
    camera = getattr(viewer, "scene", viewer).camera

    class Mouse:
        type, position = "mouse_press", (20.0, 40.0)
        modifiers = ()

    def dragged(to: float) -> None:
        mouse = Mouse()
        drags = [found for c in viewer.mouse_drag_callbacks if (found := c(viewer, mouse))]
        for drag in drags:
            next(drag, None)
        mouse.type, mouse.position = "mouse_move", (20.0, to)
        for drag in drags:
            next(drag, None)
        settled(dock, wait)

    dragged(14.0)
    assert dock.shown.positions == [0, 0]
    dock.turn.value = True
    assert not camera.mouse_pan
    dragged(14.0)  # half of the width: 90 degrees
    assert dock.shown.positions == [0, 1]
    np.testing.assert_array_equal(viewer.layers["ball"].data, decoded(dock, 0, 1))
    dragged(66.0)
    dragged(66.0)
    assert dock.shown.positions == [0, 3]
    viewer.window.remove_dock_widget(dock)
    assert camera.mouse_pan


def test_a_channel_of_values(dock: CollectionDock, viewer: Any, wait: Any) -> None:
    dock.picture.channel.value = "depth"
    settled(dock, wait)
    layer = viewer.layers["ball depth"]
    assert viewer.layers.selection.active is layer
    assert [x.name for x in viewer.layers if x.visible] == ["ball depth"]
    assert layer.colormap.name == "viridis"
    low, high = dock.shown.limits("depth")
    assert layer.contrast_limits == pytest.approx((low, high))
    layer.contrast_limits = (10, 11)
    dock.rows[0].slider.setValue(2)
    settled(dock, wait)
    np.testing.assert_array_equal(layer.data, decoded(dock, 2, 0, channel="depth"))
    assert layer.contrast_limits == [10, 11]
    # the hidden layer did not follow, and is brought up to date
    assert not np.array_equal(viewer.layers["ball"].data, decoded(dock, 2, 0))
    viewer.layers["ball"].visible = True
    settled(dock, wait)
    np.testing.assert_array_equal(viewer.layers["ball"].data, decoded(dock, 2, 0))


def test_without_its_dock_a_layer_is_brought_up_to_date(
    dock: CollectionDock, viewer: Any, wait: Any
) -> None:
    dock.picture.channel.value = "depth"
    dock.rows[0].slider.setValue(2)
    settled(dock, wait)
    expected = decoded(dock, 2, 0)
    shown = dock.shown
    viewer.window.remove_dock_widget(dock)
    assert shown.follower is None
    assert dock.picture.pointed not in viewer.mouse_move_callbacks
    viewer.layers["ball"].visible = True
    np.testing.assert_array_equal(viewer.layers["ball"].data, expected)
    # it opens again where it was
    _, again = viewer.window.add_plugin_dock_widget(PLUGIN, "Collection")
    settled(again, wait)
    assert again.shown is shown
    assert (again.rows[0].field.text(), again.picture.channel.value) == ("2", "depth")


def test_the_background_is_chosen(dock: CollectionDock, viewer: Any, wait: Any) -> None:
    raw = vcore.open(dock.shown.path).read((0, 0))
    dock.picture.backdrop.value = "transparent"
    settled(dock, wait)
    np.testing.assert_array_equal(viewer.layers["ball"].data, raw)
    dock.picture.backdrop.value = "grey"
    settled(dock, wait)
    np.testing.assert_array_equal(viewer.layers["ball"].data, over(raw, (128, 128, 128)))


@pytest.mark.slow
def test_the_difference_to_the_original(
    dock: CollectionDock, viewer: Any, wait: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = viewer.add_image(np.zeros((4, 4)), name="other")
    path = str(folder / "original.vcore")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    dock.difference.open_button.click()
    wait(lambda: dock.shown.original is not None)
    dock.rows[1].slider.setValue(1)
    settled(dock, wait)
    grid = getattr(viewer, "canvas", viewer).grid
    assert grid.enabled
    assert not other.visible
    names = ["ball", "ball original", "ball error"]
    assert [x.name for x in viewer.layers if x.visible] == names
    before = ball(colour="rgba").read((0, 1), "rgba")
    after = vcore.open(dock.shown.path).read((0, 1))
    np.testing.assert_array_equal(viewer.layers["ball original"].data, over(before, WHITE))
    error = viewer.layers["ball error"]
    expected = np.abs(after.astype(float) - before).max(-1)
    np.testing.assert_array_equal(error.data, expected)
    assert f"largest error {expected.max():.4g} of 255" in dock.difference.figures.text()
    assert error.contrast_limits == [0, 16]
    # the scale is fixed, and is set for all images
    dock.difference.scale.setText("40")
    dock.difference.scale.setModified(True)
    dock.difference.scale.editingFinished.emit()
    dock.rows[1].slider.setValue(3)
    settled(dock, wait)
    assert error.contrast_limits == [0, 40]
    dock.difference.show_as.value = "error"
    settled(dock, wait)
    assert [x.name for x in viewer.layers if x.visible] == ["other", "ball error"]
    assert not grid.enabled
    # other channels are compared too
    dock.picture.channel.value = "depth"
    settled(dock, wait)
    assert [x.name for x in viewer.layers if x.visible] == ["other", "ball depth error"]
    bound = np.nanmax(np.abs(viewer.layers["ball depth error"].data))
    assert 0 < bound <= 0.2 * (1 + 1e-6)
    dock.difference.end_button.click()
    settled(dock, wait)
    assert not [x for x in viewer.layers if "error" in x.name or "original" in x.name]
    assert [x.name for x in viewer.layers if x.visible] == ["other", "ball depth"]


def test_another_original_is_refused(
    dock: CollectionDock, viewer: Any, wait: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("napari_vcore._qt.docks.show_error", told.append)
    for path, message in (
        (folder / "looks.vcore", "Expected the parameters time, phi"),
        (folder / "none.csv", "Got nothing by that name"),
    ):
        dock.difference.compare_with(path)
        settled(dock, wait)
        assert message in told.pop()
        assert dock.shown.original is None
        assert dock.difference.open_button.isEnabled()
    assert [x.name for x in viewer.layers] == ["ball"]


def test_pixels_are_told_of_every_channel(dock: CollectionDock, viewer: Any, wait: Any) -> None:
    wait(lambda: dock.shown.pictures.kept("depth", (0, 0)) is not None)

    class Move:
        position = (20.2, 25.9)

    for callback in viewer.mouse_move_callbacks:
        callback(viewer, Move())
    depth = decoded(dock, 0, 0, channel="depth")[20, 26]
    assert dock.picture.pixel.text().startswith("y 20, x 26\nrgba ")
    assert dock.picture.pixel.text().endswith(f"depth {depth:.6g} mm")
    dock.rows[0].slider.setValue(2)
    settled(dock, wait)
    colour = vcore.open(dock.shown.path).read((2, 0))[20, 26]
    assert f"rgba {' '.join(map(str, colour))}" in dock.picture.pixel.text()


def test_the_picture_is_saved_and_its_line_copied(
    dock: CollectionDock, viewer: Any, wait: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import imageio.v3 as iio

    dock.rows[0].slider.setValue(2)
    settled(dock, wait)
    proposed: list[str] = []

    def ask(_parent: Any, _title: str, start: str, _filters: str) -> tuple[str, str]:
        proposed.append(Path(start).name)
        return str(tmp_path / "a.png"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    dock.picture.save_button.click()
    assert proposed == ["ball_time2_phi0.png"]
    np.testing.assert_array_equal(iio.imread(tmp_path / "a.png"), decoded(dock, 2, 0))
    dock.picture.copy_button.click()
    line = QApplication.clipboard().text()
    np.testing.assert_array_equal(
        eval(line, {"vcore": vcore}), vcore.open(dock.shown.path).read((2, 0))
    )


def test_saving_its_layers_keeps_the_collection(
    dock: CollectionDock, viewer: Any, wait: Any, tmp_path: Path
) -> None:
    dock.picture.channel.value = "depth"
    settled(dock, wait)
    viewer.layers["ball"].save(str(tmp_path / "one.vcore"), plugin=PLUGIN)
    viewer.layers.save(str(tmp_path / "both.vcore"), plugin=PLUGIN)
    for name in ("one", "both"):
        saved = vcore.open(tmp_path / f"{name}.vcore")
        assert saved.check() > 0
        np.testing.assert_array_equal(
            saved.read((2, 3), "depth"), decoded(dock, 2, 3, channel="depth")
        )


def test_a_damaged_image_is_told_and_stops_playing(
    dock: CollectionDock, wait: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Collection.read

    def damaged(self: Collection, index: Any, channel: Any = None) -> Any:
        if index == (2, 2):
            raise FormatError("The image is damaged.")
        return read(self, index, channel)

    monkeypatch.setattr(Collection, "read", damaged)
    dock.rows[0].slider.setValue(2)
    settled(dock, wait)
    dock.speed.value = 60
    dock.rows[1].play.click()
    wait(lambda: "The image is damaged." in dock.notes.text())
    assert not dock.player.is_playing
    dock.rows[1].slider.setValue(3)
    settled(dock, wait)
    assert not dock.notes.text()


@pytest.mark.slow
def test_two_collections_and_none(opened: Any, viewer: Any, wait: Any) -> None:
    dock = opened("ball.vcore")
    opened("looks.vcore")
    assert [dock.box.native.itemText(i) for i in range(2)] == ["ball", "looks"]
    assert list(dock.rows) == [0, 1]
    dock.box.value = tie_of(viewer.layers["ball"]).shown
    assert dock.rows[0].name.text() == "time"
    viewer.layers.remove("ball")
    assert dock.shown.stem == "looks"
    viewer.layers.clear()
    assert dock.shown is None
    assert not dock.rows
    assert "Open a .vcore file" in dock.info.text()
    assert not dock.picture.save_button.isEnabled()


def test_the_caches_are_resized(dock: CollectionDock, wait: Any, folder: Path) -> None:
    dock.cache.value = 3
    assert dock.shown.pictures.max_bytes == 3 << 20
    dock.difference.compare_with(folder / "original.vcore")
    settled(dock, wait)
    assert dock.shown.original.pictures.max_bytes == 3 << 20
    dock.cache.value = 5
    assert dock.shown.original.pictures.max_bytes == 5 << 20


@pytest.mark.slow
def test_a_layer_that_is_put_back_works(dock: CollectionDock, viewer: Any, wait: Any) -> None:
    layer = viewer.layers.pop(0)
    assert dock.shown is None
    viewer.layers.append(layer)
    dock.rows[1].slider.setValue(1)
    settled(dock, wait)
    np.testing.assert_array_equal(layer.data, decoded(dock, 0, 1))


def test_volumes_open_without_the_dock(viewer: Any, tmp_path: Path, qtbot: Any) -> None:
    values = np.zeros((4, 5, 6), np.uint8)
    vcore.compress(values, tmp_path / "v.vcore", max_error=0, progress=False)
    viewer.open(str(tmp_path / "v.vcore"), plugin=PLUGIN)
    qtbot.wait(50)
    assert not any("Collection" in name for name in viewer.window._wrapped_dock_widgets)
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, "Collection")
    assert dock.shown is None
