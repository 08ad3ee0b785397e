"""PNG images and folders of slices, compared with what Pillow and imagecodecs read."""

import os
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from vcore.errors import Cancelled, InputError, OutputExistsError
from vcore.io import read, write
from vcore.model.axes import flat_axes
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume


def volume(shape: tuple[int, ...], axes: str = "zyx", dtype: str = "u2", **more: object) -> Volume:
    values = np.random.default_rng(0).integers(0, 250, shape).astype(dtype) * (
        257 if dtype == "u2" else 1
    )
    found = Variable("values", values.astype(dtype), tuple(axes), **more)  # type: ignore[arg-type]
    return Volume(Grid(shape[-3:]), (found,))  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_stack_becomes_a_folder(tmp_path: Path, dtype: str) -> None:
    stack = volume((12, 5, 7), dtype=dtype)
    write(stack, tmp_path / "head", slices="png")
    assert sorted(os.listdir(tmp_path / "head")) == [f"head_{i:04d}.png" for i in range(12)]
    values = stack.variables[0].read()
    found = np.stack([np.array(Image.open(tmp_path / f"head/head_{i:04d}.png")) for i in range(12)])
    np.testing.assert_array_equal(found, values)
    again = read(tmp_path / "head")
    np.testing.assert_array_equal(again.variables[0].read().reshape(values.shape), values)


def test_frames_and_channels_are_in_the_names(tmp_path: Path) -> None:
    movie = volume((2, 3, 4, 5, 7), "tczyx", components=("a", "b", "c"))
    write(movie, tmp_path / "run", slices="png")
    names = sorted(os.listdir(tmp_path / "run"))
    assert len(names) == 24
    assert names[0] == "run_t0000_c0_z0000.png"
    plane = imagecodecs.png_decode((tmp_path / "run/run_t0001_c2_z0003.png").read_bytes())
    np.testing.assert_array_equal(plane, movie.variables[0].read()[1, 2, 3])


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("names", ["L A", "R G B", "R G B A", "Red Green Blue"])
def test_colours_are_one_image(tmp_path: Path, dtype: str, names: str) -> None:
    names_of = tuple(names.split())
    image = volume(
        (len(names_of), 1, 5, 7), "czyx", dtype, components=names_of, outer=flat_axes("czyx")
    )
    write(image, tmp_path / "photo.png")
    found = imagecodecs.png_decode((tmp_path / "photo.png").read_bytes())
    values = image.variables[0].read()[:, 0]
    np.testing.assert_array_equal(found, np.moveaxis(values, 0, -1))
    assert found.dtype == dtype
    again = read(tmp_path / "photo.png").variables[0]
    np.testing.assert_array_equal(again.read()[:, 0], values)
    stack = volume((len(names_of), 3, 5, 7), "czyx", dtype, components=names_of)
    write(stack, tmp_path / "photos", slices="png")
    found = imagecodecs.png_decode((tmp_path / "photos/photos_0002.png").read_bytes())
    np.testing.assert_array_equal(found, np.moveaxis(stack.variables[0].read()[:, 2], 0, -1))


@pytest.mark.parametrize("dtype", ["i1", "i2", "u4", "i4", "f2", "f4", "f8"])
def test_other_types_are_refused(tmp_path: Path, dtype: str) -> None:
    with pytest.raises(InputError, match=r"uint8 or uint16 for PNG\. Got .* write \.tif"):
        write(volume((1, 5, 7), dtype=dtype), tmp_path / "a.png")
    assert os.listdir(tmp_path) == []


def test_a_stack_is_no_single_image(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"one plane .* Got 12 of 'values'.* `slices=.png.`"):
        write(volume((12, 5, 7)), tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a folder for `slices`\. Got the file name a\.png"):
        write(volume((12, 5, 7)), tmp_path / "a.png", slices="png")
    with pytest.raises(InputError, match=r"png as the format of `slices`\. Got 'jpg'"):
        write(volume((12, 5, 7)), tmp_path / "a", slices="jpg")
    assert os.listdir(tmp_path) == []


def test_only_folders_of_slices_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write(volume((12, 5, 7)), tmp_path / "a", slices="png")
    with pytest.raises(OutputExistsError, match=r"`force=True`"):
        write(volume((3, 5, 7)), tmp_path / "a", slices="png")
    write(volume((3, 5, 7)), tmp_path / "a", slices="png", force=True)
    assert sorted(os.listdir(tmp_path / "a")) == [f"a_{i:04d}.png" for i in range(3)]
    (tmp_path / "a" / "notes.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match=r"has other files than \.png"):
        write(volume((3, 5, 7)), tmp_path / "a", slices="png", force=True)
    assert (tmp_path / "a" / "notes.txt").read_text() == "mine"


def test_a_cancelled_folder_leaves_the_old(tmp_path: Path) -> None:
    def cancel(done: int, total: int) -> None:
        raise Cancelled("enough")

    write(volume((3, 5, 7)), tmp_path / "a", slices="png")
    with pytest.raises(Cancelled):
        write(volume((9, 5, 7)), tmp_path / "a", slices="png", force=True, progress=cancel)
    assert os.listdir(tmp_path) == ["a"]
    assert len(os.listdir(tmp_path / "a")) == 3
