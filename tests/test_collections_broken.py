"""Collections that are odd or hostile: cameras and depths beyond all measure, names that are paths,
headers that declare more than the file holds."""

import base64
import tracemalloc
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_images import ball, only

import vcore
from vcore.collections.camera import MAX_LENGTH, Turntable
from vcore.collections.collection import Collection
from vcore.collections.images import Channel, Images
from vcore.collections.lookup import blended
from vcore.collections.methods.base import CodedImages
from vcore.collections.methods.views.hierarchy import Hierarchy
from vcore.collections.methods.views.warp_loops import warp
from vcore.collections.parameters import Parameter
from vcore.container import Writer
from vcore.errors import FormatError, InputError

U1, F4 = np.dtype(np.uint8), np.dtype(np.float32)


def rewritten(collection: Collection, header: dict[str, Any]) -> bytes:
    """Return the file of a collection with its sections and another header."""
    found = collection._container
    with Writer(None) as writer:
        for s in found.sections:
            reader = found.sections_of(s.variable)
            units = reader.read_units(s.level, s.name, range(s.units))
            writer.add(s.variable, s.level, s.name, units)
        writer.commit({k: v for k, v in header.items() if k != "sections"})
        assert writer.data is not None
        return writer.data


@pytest.mark.parametrize(
    ("matrix", "focal", "depth"),
    [
        (np.eye(3, 4) * np.nan, 10.0, 1.0),
        (np.eye(3, 4), np.inf, 1.0),
        (np.ones((3, 4)), 1e-300, 1e300),
        (np.array([[1, 0, 1e308, -1e308], [0, 1, 0, 0], [0, 0, 1.0, 0]]), 1.0, 1e308),
    ],
)
@pytest.mark.parametrize("perspective", [False, True])
def test_a_warp_stays_within_the_image(
    matrix: np.ndarray, focal: float, depth: float, perspective: bool
) -> None:
    image = np.arange(9 * 7 * 3, dtype=np.uint8).reshape(9, 7, 3)
    depths = np.full((9, 7), depth)
    out, visible = np.empty_like(image), np.zeros((9, 7), np.uint8)
    fill = np.zeros(3, np.uint8)
    warp(image, depths, depths, matrix, focal, perspective, 1.0, fill, out, visible)
    assert set(out[..., 0].ravel()) <= set(range(image.max() + 1))
    assert visible.max() <= 1


@pytest.mark.parametrize(
    "values",
    [
        {"distance": 2 * MAX_LENGTH},
        {"distance": 1e-300},
        {"centre": (1e300, 0, 0)},
        {"view_angle": 1e-300},
        {"view_angle": 0, "parallel_scale": 1e-320},
        {"fixed_phi": float("nan")},
    ],
)
def test_cameras_beyond_all_measure_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="camera"):
        Turntable(**{"centre": (0, 0, 0), "distance": 10, "view_angle": 30, **values})


@pytest.mark.parametrize("distance", [MAX_LENGTH, 1 / MAX_LENGTH, 10])
@pytest.mark.parametrize("far", [1e-38, 1e38])
def test_wrong_cameras_and_depths_of_other_units_lose_nothing(distance: float, far: float) -> None:
    images = ball(size=(12, 16), times=1)
    camera = Turntable((0, 0, 0), distance, 30, phi="phi")

    def read(index: tuple[int, ...], channel: str) -> np.ndarray:
        values = images.read(index, channel)
        return values / 20 * np.float32(far) if channel == "depth" else values

    odd = replace(images, camera=camera, read=read)
    found = vcore.open(vcore.compress(odd, None, max_error=0).data)
    for index in odd.indices():
        np.testing.assert_array_equal(found.read(index), odd.read(index, "rgb"))
        np.testing.assert_array_equal(found.read(index, "depth"), odd.read(index, "depth"))


def test_angles_of_the_camera_are_numbers() -> None:
    images = ball()
    words = Parameter("phi", ("front", "left", "back", "right"))
    with pytest.raises(InputError, match="leave the camera out"):
        replace(images, parameters=(images.parameters[0], words))


@pytest.mark.parametrize("name", ["a/b", "/", ".", "..", "zarr.json", "Größe 时间", "a%2Fb"])
def test_any_name_is_the_name_of_an_array(name: str) -> None:
    def read(index: tuple[int, ...], channel: str) -> np.ndarray:
        shape = (4, 5, 3) if channel == "rgb" else (4, 5)
        return np.full(shape, 1 + index[0], U1 if channel == "rgb" else F4)

    channels = (Channel("rgb", U1), Channel(name, F4, "mm"))
    axes = (Parameter(f"{name} 2", (0.5, 2.0), "s"), Parameter("label", (name, "é")))
    images = Images(axes, (4, 5), channels, read)
    found = vcore.open(vcore.compress(images, None, max_error=0).data)
    assert (found.arrays[name][1, 0] == 2).all()
    dataset = found.to_xarray()
    assert set(dataset.data_vars) == {"rgb", name}
    assert dataset[name].dims == (f"{name} 2", "label", "y", "x")
    assert float(dataset[name].sel({f"{name} 2": 2.0, "label": name})[3, 4]) == 2
    assert dataset[f"{name} 2"].attrs == {"units": "s"}
    assert dataset[name].attrs["units"] == "mm"
    np.testing.assert_array_equal(found.image({f"{name} 2": 2, "label": "é"}, channel=name), 2)


def test_blended_colours_weigh_by_their_alpha() -> None:
    red, clear = np.zeros((2, 1, 1, 4), np.uint8)
    red[...] = 200, 0, 0, 255
    clear[...] = 0, 255, 255, 0
    white = np.full((1, 1, 4), 255, np.uint8)
    white[..., 3] = 0
    images = {(0,): red, (1,): clear, (2,): white}

    def mixed(corners: Sequence[tuple[tuple[int, ...], float]]) -> list[int]:
        found: list[int] = blended(corners, images.__getitem__, U1)[0, 0].tolist()
        return found

    assert mixed([((0,), 0.5), ((1,), 0.5)]) == [200, 0, 0, 128]
    assert mixed([((2,), 0.25), ((2,), 0.75)]) == [255, 255, 255, 0]
    assert mixed([((0,), 1.0)]) == [200, 0, 0, 255]


def test_the_order_of_a_large_collection_is_found_at_once() -> None:
    axes = (Parameter("a", tuple(range(300))), Parameter("b", tuple(range(300))))
    present = np.zeros((300, 300), bool)
    present[::3, 1::2] = True
    hierarchy = Hierarchy(CodedImages(axes, (1, 1), Channel("rgb", U1), (0, 255), present), 10)
    groups = hierarchy.groups
    every = [flat for images in groups for flat in images]
    assert sorted(every) == np.flatnonzero(present).tolist()
    for images in groups:
        keys = [(hierarchy.depth(flat), flat) for flat in images]
        assert keys == sorted(keys)
    assert hierarchy.root == min(every, key=lambda f: (hierarchy.depth(f), f))


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("channel", ["rgb", "depth"])
def test_more_images_than_bytes_are_refused_before_they_are_counted(
    channel: str, holes: bool
) -> None:
    images = only(ball(holes=False), channel)
    found = vcore.open(vcore.compress(images, None).data)
    many = [{"name": f"p{k}", "values": list(range(8192))} for k in range(2)]
    header = {**found.header, "size": [1, 1], "parameters": many}
    if holes:
        header["present"] = base64.b64encode(zlib.compress(bytes([254]) * (1 << 23))).decode()
    data = rewritten(found, header)
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="do not match"):
            vcore.open(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < (100 << 20 if holes else 10 << 20)


def test_a_group_of_any_size_is_refused() -> None:
    with pytest.raises(InputError, match="1 to 1024"):
        vcore.compress(ball(), None, method="stacked", settings={"group": 5000})


def test_a_unit_is_text() -> None:
    found = vcore.open(vcore.compress(only(ball(), "rgb"), None, psnr=30).data)
    channel = {**found.header["channels"][0], "unit": 5}
    with pytest.raises(FormatError, match="damaged"):
        vcore.open(rewritten(found, {**found.header, "channels": [channel]}))


def test_periods_and_attributes_survive_xarray() -> None:
    found = vcore.open(vcore.compress(ball(holes=False), None, max_error=0).data)
    again = vcore.read_images(found.to_xarray())
    assert again.parameters == found.parameters
    assert again.parameters[1].period == 360
    assert dict(again.attributes) == {"title": "a ball", "background": "guessed"}
    assert vcore.open(vcore.compress(again, None, max_error=0).data).attributes == again.attributes


@pytest.mark.parametrize("period", [90, "a", float("nan"), float("inf"), -1, None])
def test_periods_that_are_none_are_left_out(period: Any) -> None:
    xarray = pytest.importorskip("xarray")
    angles = xarray.DataArray([0.0, 90.0], dims="phi", attrs={"period": period})
    array = xarray.DataArray(
        np.zeros((2, 3, 4), np.float32), dims=("phi", "y", "x"), coords={"phi": angles}
    )
    assert vcore.read_images(array).parameters[0].period == 0
