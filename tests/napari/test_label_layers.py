"""Labels layers: lossless, beside their image, from the writer and the Compress dock."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from cells import blobs
from napari.components import ViewerModel
from napari_vcore.layers import layers_of

import vcore
from vcore import hierarchy
from vcore.model.volume import Variable, Volume

PLUGIN = "vcore-volumes"


def objects(*shape: int) -> Any:
    """Return three boxes of labels 1, 2 and 70000."""
    found = np.zeros(shape, "i4")
    found[2:9, 3:9, 4:12], found[9:14, 9:14, 2:9], found[3:8, 10:16, 12:] = 1, 2, 70000
    return found


@pytest.mark.slow
def test_labels_are_saved_beside_their_image(viewer: Any, tmp_path: Path) -> None:
    place = {"scale": (2, 0.5, 0.5), "translate": (3, 0, 1)}
    viewer.add_image(blobs(16, 18, 20), name="cells", **place)
    viewer.add_labels(
        objects(16, 18, 20),
        name="nuclei",
        features={"index": [1, 2], "kind": ["round", "flat"]},
        colormap={0: "transparent", 1: "red", 2: "#00ff00", None: "gray"},
        **place,
    )
    viewer.layers.save(str(tmp_path / "both.vcore"), plugin=PLUGIN)
    viewer.layers.clear()
    image, labels = viewer.open(str(tmp_path / "both.vcore"), plugin=PLUGIN)
    assert (image.as_layer_data_tuple()[2], labels.as_layer_data_tuple()[2]) == ("image", "labels")
    np.testing.assert_array_equal(np.asarray(labels.data), objects(16, 18, 20))
    np.testing.assert_allclose(labels.scale, place["scale"])
    np.testing.assert_allclose(labels.translate, place["translate"])
    assert labels.name.endswith("nuclei")
    np.testing.assert_allclose(labels.get_color(1), (1, 0, 0, 1))
    np.testing.assert_allclose(labels.get_color(2), (0, 1, 0, 1))
    assert list(labels.features["kind"]) == ["round", "flat"]
    group = vcore.open(tmp_path / "both.vcore").group
    assert group["labels/nuclei"].attrs["ome"]["image-label"]["source"] == {"image": "../../"}


def test_several_channels_and_labels(viewer: Any, tmp_path: Path) -> None:
    for name in ("dapi", "gfp"):
        viewer.add_image(blobs(16, 18, 20), name=name)
    viewer.add_labels(objects(16, 18, 20), name="cells")
    viewer.layers.save(str(tmp_path / "all.vcore"), plugin=PLUGIN)
    ds = vcore.open(tmp_path / "all.vcore")
    assert ds.decoder().header.components == ("dapi", "gfp")
    np.testing.assert_array_equal(ds.decode(variable="labels/cells"), objects(16, 18, 20))


def test_the_opacity_of_labels_is_saved_and_saved_again(viewer: Any, tmp_path: Path) -> None:
    viewer.add_image(np.zeros((16, 18, 20), "u1"), name="cells")
    viewer.add_labels(objects(16, 18, 20), name="nuclei", opacity=0.5, blending="additive")
    viewer.layers.save(str(tmp_path / "both.vcore"), plugin=PLUGIN)
    viewer.layers.clear()
    _, labels = viewer.open(str(tmp_path / "both.vcore"), plugin=PLUGIN)
    assert (labels.opacity, labels.blending) == (0.5, "additive")
    viewer.layers.save(str(tmp_path / "same.vcore"), plugin=PLUGIN)
    before = (tmp_path / "both.vcore").read_bytes()
    assert (tmp_path / "same.vcore").read_bytes() == before
    labels.opacity = 0.25
    viewer.layers.save(str(tmp_path / "again.vcore"), plugin=PLUGIN)
    _, (_, found, kind) = layers_of(vcore.open(tmp_path / "again.vcore"))
    assert (kind, found["opacity"], found["blending"]) == ("labels", 0.25, "additive")
    told = vcore.open(tmp_path / "again.vcore").group["labels/nuclei"].attrs["ome"]
    assert told["image-label"]["source"] == {"image": "../../"}


@pytest.mark.parametrize("told", [7, [], {"opacity": 3, "blending": "?"}, {"opacity": "0.5x"}])
def test_odd_settings_of_labels_are_left_out(told: Any) -> None:
    variable = Variable("cells", objects(16, 18, 20), attributes={"image-label": {"napari": told}})
    volume = Volume(vcore.Grid((16, 18, 20)), (variable,))
    ((_, options, kind),) = layers_of(vcore.open(vcore.compress(volume, None, max_error=0).data))
    assert kind == "labels"
    assert not {"opacity", "blending"} & set(options)


@pytest.mark.slow
def test_labels_alone(viewer: Any, tmp_path: Path) -> None:
    viewer.add_labels(objects(16, 18, 20).astype("i8"), name="cells")
    viewer.layers.save(str(tmp_path / "cells.vcore"), plugin=PLUGIN)
    viewer.layers.clear()
    (layer,) = viewer.open(str(tmp_path / "cells.vcore"), plugin=PLUGIN)
    assert layer.as_layer_data_tuple()[2] == "labels"
    np.testing.assert_array_equal(np.asarray(layer.data), objects(16, 18, 20))


def test_labels_elsewhere_are_refused(viewer: Any, tmp_path: Path) -> None:
    viewer.add_image(blobs(16, 18, 20), name="cells")
    viewer.add_labels(objects(16, 18, 20), name="moved", translate=(1, 0, 0))
    with pytest.raises(vcore.VcoreError, match="same voxels"):
        viewer.layers.save(str(tmp_path / "no.vcore"), plugin=PLUGIN)
    assert not list(tmp_path.iterdir())


def test_the_dock_stores_labels_without_loss(viewer: Any, wait: Any) -> None:
    viewer.add_labels(objects(16, 18, 20), name="cells")
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, "Compress")
    dock.form.kind.value, dock.form.value.value = "bpv", "0.01"
    dock.preview_button.click()
    assert "without loss" in dock.status.value
    dock.compress_button.click()
    wait(lambda: not dock._watcher.busy)
    _, decoded = viewer.layers
    assert decoded.as_layer_data_tuple()[2] == "labels"
    np.testing.assert_array_equal(np.asarray(decoded.data), objects(16, 18, 20))


@pytest.mark.slow
def test_the_dock_takes_labels_beside_an_image(viewer: Any, wait: Any) -> None:
    image = viewer.add_image(blobs(16, 18, 20), name="cells", gamma=0.5, colormap="magenta")
    labels = viewer.add_labels(objects(16, 18, 20), name="nuclei")
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, "Compress")
    dock.form.layer.value = image
    viewer.layers.selection = {image, labels}
    kinds, _ = dock.form.budgets.fields["nuclei"]
    assert len(kinds.choices) == 1
    dock.compress_button.click()
    wait(lambda: not dock._watcher.busy)
    found = {layer.as_layer_data_tuple()[2]: layer for layer in list(viewer.layers)[2:4]}
    np.testing.assert_array_equal(np.asarray(found["labels"].data), labels.data)
    assert (found["image"].gamma, found["image"].colormap.name) == (0.5, "magenta")


def test_a_result_lies_where_its_turned_original_lies(viewer: Any, wait: Any) -> None:
    layer = viewer.add_image(
        blobs(16, 18, 20), name="cells", rotate=(0, 0, 30), scale=(2, 1, 1), translate=(5, 6, 7)
    )
    layer.contrast_limits, layer.gamma, layer.blending = (3, 50), 1.5, "additive"
    _, dock = viewer.window.add_plugin_dock_widget(PLUGIN, "Compress")
    dock.compress_button.click()
    wait(lambda: not dock._watcher.busy)
    decoded = viewer.layers[1]
    for place in ((0, 0, 0), (3, 9, 12)):
        np.testing.assert_allclose(decoded.data_to_world(place), layer.data_to_world(place))
    assert decoded.contrast_limits == [3, 50]
    assert (decoded.gamma, decoded.blending) == (1.5, "additive")


def test_labels_of_a_picture_without_z(tmp_path: Path) -> None:
    source = zarr.open_group(tmp_path / "plain.zarr", mode="w")
    picture = np.arange(2 * 30 * 40, dtype="u2").reshape(2, 30, 40)
    found = objects(3, 30, 40)[1]

    def written(group: Any, values: np.ndarray, axes: str) -> None:
        group.create_array("0", data=values)
        steps = [{"c": 1.0, "y": 0.5, "x": 0.25}[a] for a in axes]
        starts = [{"c": 0.0, "y": 3.0, "x": 4.0}[a] for a in axes]
        named = [
            {"name": a, "type": "channel"}
            if a == "c"
            else {"name": a, "type": "space", "unit": "micrometer"}
            for a in axes
        ]
        place = [
            {"type": "scale", "scale": steps},
            {"type": "translation", "translation": starts},
        ]
        datasets = [{"path": "0", "coordinateTransformations": place}]
        told = [{"axes": named, "datasets": datasets}]
        group.attrs["ome"] = {"version": "0.5", "multiscales": told}

    written(source, picture, "cyx")
    folder = source.create_group("labels")
    folder.attrs["ome"] = {"version": "0.5", "labels": ["nuclei"]}
    nuclei = folder.create_group("nuclei")
    written(nuclei, found, "yx")
    nuclei.attrs["ome"] = {**nuclei.attrs["ome"], "image-label": {}}
    lossless = vcore.Budget(max_error=0)
    hierarchy.compress(tmp_path / "plain.zarr", tmp_path / "a.zarr", budget=lossless)
    model = ViewerModel()
    for data, options, kind in layers_of(vcore.open(tmp_path / "a.zarr")):
        getattr(model, f"add_{kind}")(data, **options)
    assert [type(layer).__name__ for layer in model.layers] == ["Image", "Image", "Labels"]
    for layer in model.layers:
        np.testing.assert_allclose(layer.scale, (0.5, 0.25))
        np.testing.assert_allclose(layer.translate, (3.0, 4.0))
    np.testing.assert_array_equal(np.asarray(model.layers[2].data), found)
