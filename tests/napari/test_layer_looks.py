"""Contrast limits, colours, gamma and names of layers: never black, and the same after saving."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cells import blobs
from napari_vcore.display import layer_options
from napari_vcore.layers import layers_of, sharp_levels
from napari_vcore.volumes import volume_of

import vcore
from vcore.engine.shown import Display, displays
from vcore.model.volume import Variable, Volume

EXACT = vcore.Budget(max_error=0)


def tailed(*shape: int) -> Any:
    """Return dim values with one voxel 100 times as bright."""
    values = np.random.default_rng(0).poisson(400, shape).astype("u2")
    values.flat[7] = 60000
    return values


def opened(volume: Volume) -> Any:
    return vcore.open(vcore.compress(volume, None, budget=EXACT).data)


def with_attributes(volume: Volume, **attributes: Any) -> Volume:
    return replace(volume, variables=(replace(volume.variables[0], attributes=attributes),))


def test_one_bright_voxel_does_not_make_a_layer_black() -> None:
    dataset = opened(Volume.from_array(tailed(16, 40, 40)))
    ((_, options, _),) = layers_of(dataset)
    low, high = options["contrast_limits"]
    assert 300 < low < 400 < high < 500
    (channel,) = dataset.group.attrs["ome"]["omero"]["channels"]
    window = channel["window"]
    assert (window["start"], window["end"], window["max"]) == (low, high, 60000)


def test_channels_have_limits_of_their_own() -> None:
    values = np.stack([tailed(12, 30, 30), 20 * tailed(12, 30, 30) // 40])
    volume = Volume.from_array(values[0])
    both = Variable("v", values, tuple("czyx"), components=("dim", "half"))
    limits = [
        o["contrast_limits"] for _, o, _ in layers_of(opened(replace(volume, variables=(both,))))
    ]
    assert limits[0][1] < 500
    assert limits[1][1] < 260


def test_without_figures_the_values_are_looked_at() -> None:
    dataset = opened(Volume.from_array(tailed(16, 40, 40)))
    decoder = dataset.decoder()
    header = replace(decoder.header, achieved={})
    (shown,) = displays(header)
    assert shown.limits == shown.data_range
    (shown,) = displays(header, decoder=decoder)
    assert shown.limits[1] < 500


def test_a_window_of_the_source_comes_first() -> None:
    window = {"start": 350, "end": 420, "min": 0, "max": 65535}
    omero = {"channels": [{"label": "dapi", "color": "00FF7F", "window": window}]}
    volume = with_attributes(Volume.from_array(tailed(16, 40, 40)), omero=omero)
    ((_, options, _),) = layers_of(opened(volume))
    assert options["contrast_limits"] == (350, 420)
    assert options["colormap"] == "#00ff7f"


@pytest.mark.parametrize(
    "told",
    [
        {"window": {"start": 0, "end": 65535}},
        {"window": {"start": 9, "end": 9}},
        {"window": {"start": "x", "end": None}},
        {"window": [], "napari": 3, "coefficient": "x", "color": 5, "label": {}},
        {"napari": {"opacity": 7, "blending": "?", "colormap": "?"}, "color": "000000"},
    ],
)
def test_settings_that_are_unusable_are_left_out(told: dict[str, Any]) -> None:
    volume = with_attributes(Volume.from_array(tailed(16, 40, 40)), omero={"channels": [told]})
    ((_, options, _),) = layers_of(opened(volume))
    assert 300 < options["contrast_limits"][0] < options["contrast_limits"][1] < 500
    assert options["colormap"] == "gray"
    assert not {"opacity", "blending", "gamma"} & set(options)


def test_the_look_of_a_layer_is_saved(viewer: Any, tmp_path: Path) -> None:
    layer = viewer.add_image(blobs(16, 18, 20), name="dapi at noon", colormap="inferno")
    layer.contrast_limits, layer.gamma, layer.opacity = (11, 77), 0.6, 0.75
    layer.blending = "additive"
    viewer.layers.save(str(tmp_path / "a.vcore"), plugin="vcore-volumes")
    (found,) = viewer.open(str(tmp_path / "a.vcore"), plugin="vcore-volumes")
    assert found.contrast_limits == [11, 77]
    assert (found.gamma, found.opacity, found.blending) == (0.6, 0.75, "additive")
    assert found.colormap.name == "inferno"
    assert found.name.startswith("dapi at noon")
    # other viewers get what they know of it
    ds = vcore.open(tmp_path / "a.vcore")
    (channel,) = ds.group.attrs["ome"]["omero"]["channels"]
    assert (channel["window"]["start"], channel["window"]["end"]) == (11, 77)
    assert (channel["family"], channel["coefficient"]) == ("polynomial", 0.6)


@pytest.mark.slow
def test_channels_keep_their_colours_and_names(viewer: Any, tmp_path: Path) -> None:
    for seed, (name, colour) in enumerate([("nuclei", "blue"), ("membrane", "#ff8000")]):
        viewer.add_image(blobs(16, 18, 20, seed=seed), name=name, colormap=colour)
    viewer.layers.save(str(tmp_path / "two.vcore"), plugin="vcore-volumes")
    viewer.layers.clear()
    found = viewer.open(str(tmp_path / "two.vcore"), plugin="vcore-volumes")
    assert [layer.name for layer in found] == ["nuclei", "membrane"]
    assert found[0].colormap.name == "blue"
    np.testing.assert_allclose(found[1].colormap.colors[-1], (1, 128 / 255, 0, 1), atol=1e-6)


def test_the_look_goes_through_ome_zarr(tmp_path: Path) -> None:
    options = {
        "name": "a", "contrast_limits": (2, 9), "gamma": 0.5,
        "colormap": {"name": "magenta", "colors": [[0, 0, 0, 1], [1, 0, 1, 1]]},
    }  # fmt: skip
    vcore.io.write(volume_of([(blobs(8, 9, 10), options)]), tmp_path / "a.zarr")
    again = vcore.io.read(tmp_path / "a.zarr")
    ((_, found, _),) = layers_of(opened(again))
    assert found["contrast_limits"] == (2, 9)
    assert (found["gamma"], found["colormap"]) == (0.5, "magenta")


def test_colours_of_channels_without_any_differ() -> None:
    found = [layer_options(Display((0, 1), (0, 1)), i, several=True) for i in range(2)]
    assert found[0]["colormap"] != found[1]["colormap"]
    assert {o["blending"] for o in found} == {"additive"}


class _Sizes:
    """Decoder with levels of given shapes."""

    dtype = np.dtype("u2")

    def __init__(self, *shapes: tuple[int, ...]) -> None:
        self._shapes, self.available_levels = shapes, range(len(shapes))

    def shape(self, level: int) -> tuple[int, ...]:
        return self._shapes[level]


@pytest.mark.parametrize(
    ("shapes", "shown"),
    [
        (((26, 1116, 627), (13, 558, 314), (7, 279, 157)), 1),  # 36 MB
        (((5, 300, 2048, 2048), (5, 150, 1024, 1024), (5, 75, 512, 512), (5, 38, 256, 256)), 3),
        (((1, 9000, 9000), (1, 4500, 4500), (1, 2250, 2250), (1, 1125, 1125)), 4),
        (((1024, 1024, 1024),), 1),
    ],
)
def test_no_level_is_too_coarse_for_3d(shapes: Any, shown: int) -> None:
    assert sharp_levels(_Sizes(*shapes)) == tuple(range(shown))  # type: ignore[arg-type]
