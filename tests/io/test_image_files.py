"""Image files of collections as other libraries write them: seen as these show them."""

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from vcore.io.image_files import layers_of, read_layer

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
