"""Image files of collections as other libraries write them: seen as these show them."""

from pathlib import Path
from typing import Any

import h5py
import imagecodecs
import numpy as np
import OpenEXR
import pytest
import tifffile
from PIL import Image

from vcore.errors import InputError
from vcore.io.image_files import layers_of, read_layer
from vcore.io.image_reading import read_images

RANDOM = np.random.default_rng(3)
RGBA = RANDOM.integers(0, 256, (9, 13, 4)).astype("u1")


def seen(path: Path) -> np.ndarray:
    """Return the values of the only layer, whose header must tell their shape and type."""
    (layer,) = layers_of(str(path))
    values = read_layer(str(path), layer.name)
    assert (values.shape, values.dtype) == (layer.shape, layer.dtype)
    return values


@pytest.mark.parametrize("orientation", range(1, 9))
def test_tiff_stands_upright_as_in_pillow(orientation: int, tmp_path: Path) -> None:
    tags = [(274, 3, 1, orientation, True)]
    tifffile.imwrite(tmp_path / "a.tif", RGBA[..., :3], extratags=tags)
    expected = np.asarray(Image.open(tmp_path / "a.tif").convert("RGB"))
    np.testing.assert_array_equal(seen(tmp_path / "a.tif"), expected)


def test_alpha_that_multiplies_the_colours_of_tiff_is_made_straight(tmp_path: Path) -> None:
    values = RGBA.copy()
    values[..., :3] = values[..., :3] * (values[..., 3:] / 255)
    values[0, 0] = 0
    for name in ("assocalpha", "unassalpha"):
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, values, photometric="rgb", extrasamples=[name])
        expected = np.asarray(Image.open(path).convert("RGBA")).astype(int)
        # Pillow rounds down
        assert np.abs(seen(path) - expected).max() <= (name == "assocalpha")
    assert seen(tmp_path / "assocalpha.tif")[..., :3].max() == 255


def test_colours_of_12_bits_are_as_bright_as_in_pillow(tmp_path: Path) -> None:
    deep = (RGBA[..., :3] * (4095 / 255)).astype("u2")
    options: dict[str, Any] = {"bitspersample": 12, "level": 0, "codecformat": "jp2"}
    (tmp_path / "a.jp2").write_bytes(imagecodecs.jpeg2k_encode(deep, **options))
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="rgb", bitspersample=12)
    for suffix in ("jp2", "tif"):
        found = seen(tmp_path / f"a.{suffix}")
        assert found.dtype == np.uint16
        np.testing.assert_array_equal(np.rint(found / 257), RGBA[..., :3])
    (tmp_path / "grey.jp2").write_bytes(imagecodecs.jpeg2k_encode(deep[..., 0], **options))
    np.testing.assert_array_equal(seen(tmp_path / "grey.jp2"), deep[..., 0])  # measured values


def written_exr(path: Path, data: tuple[int, ...], display: tuple[int, ...], **options: Any) -> str:
    """Write an image whose windows are x0 y0 x1 y1, numbered by rows and columns."""
    height, width = data[3] - data[1] + 1, data[2] - data[0] + 1
    values = 10 * np.arange(height)[:, None] + np.arange(width) + 1
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "dataWindow": (data[:2], data[2:]),
        "displayWindow": (display[:2], display[2:]),
    }
    channels = {
        "Z": values.astype("f4"),
        "beauty.R": values.astype("f2"),
        "id": values.astype("u4"),
    }
    OpenEXR.File(header, channels).write(str(path))
    return str(path)


def test_a_cropped_exr_lies_where_its_windows_tell(tmp_path: Path) -> None:
    path = written_exr(tmp_path / "a.exr", (3, 1, 6, 2), (0, 0, 7, 4))
    expected = np.full((5, 8), np.nan)
    expected[1:3, 3:7] = [[1, 2, 3, 4], [11, 12, 13, 14]]
    np.testing.assert_array_equal(read_layer(path, "Z"), expected)
    for name in ("beauty.R", "id"):
        np.testing.assert_array_equal(read_layer(path, name), np.nan_to_num(expected))
    assert {layer.shape for layer in layers_of(path)} == {(5, 8)}
    beyond = written_exr(tmp_path / "b.exr", (-1, -1, 4, 4), (0, 0, 2, 9))
    found = read_layer(beyond, "Z")
    np.testing.assert_array_equal(found[:5, 0], [12, 22, 32, 42, 52])
    assert found.shape == (10, 3)
    assert np.isnan(found[5:]).all()
    elsewhere = written_exr(tmp_path / "c.exr", (50, 50, 52, 52), (0, 0, 2, 9))
    assert np.isnan(read_layer(elsewhere, "Z")).all()


@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_arrays_that_are_no_images_are_told(suffix: str, tmp_path: Path) -> None:
    depth = np.linspace(1, 2, 9 * 13).reshape(9, 13)
    arrays = {"pose": np.eye(4), "depth": depth, "feature": np.zeros((9, 13, 16)), "x": depth}
    for k in range(2):
        if suffix == "npz":
            np.savez(tmp_path / f"{k}.npz", **arrays)
        else:
            with h5py.File(tmp_path / f"{k}.h5", "w") as file:
                for name, values in arrays.items():
                    file[f"channels/{name}"] = values
    table = f"time,FILE\n0,0.{suffix}\n1,1.{suffix}\n"
    (tmp_path / "data.csv").write_text(table)
    images = read_images(tmp_path)
    assert (images.size, [c.name for c in images.channels]) == ((9, 13), ["depth", "x_value"])
    np.testing.assert_array_equal(images.read((1,), "x_value"), depth)
    (note,) = images.notes
    assert "pose (4, 4)" in note
    assert "feature (9, 13, 16)" in note


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((9, 1), (9, 1)),
        ((9, 1, 3), (9, 1, 3)),
        ((1, 13), (1, 13)),
        ((1, 9, 13), (9, 13)),
        ((1, 9, 13, 1), (9, 13)),
        ((9, 13, 1), (9, 13)),
    ],
)
def test_axes_of_one_pixel_stay(
    shape: tuple[int, ...], expected: tuple[int, ...], tmp_path: Path
) -> None:
    values = RANDOM.integers(0, 256, shape).astype("u1")
    np.savez(tmp_path / "a.npz", values)
    np.save(tmp_path / "a.npy", values)
    for path in (tmp_path / "a.npz", tmp_path / "a.npy"):
        np.testing.assert_array_equal(seen(path), values.reshape(expected))


def test_what_is_no_image_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", spectrum=np.zeros((3, 9, 13)))
    with pytest.raises(InputError, match=r"spectrum of float64 \(3, 9, 13\)"):
        layers_of(str(tmp_path / "a.npz"))
