"""PNG, JPEG, JPEG 2000 and BMP: one image, and folders of slices."""

import io
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

import vcore
from vcore.errors import InputError
from vcore.io import image, read

RANDOM = np.random.default_rng(7)
GREY = RANDOM.integers(0, 256, (9, 13)).astype("u1")
RGB = RANDOM.integers(0, 256, (9, 13, 3)).astype("u1")
RGBA = RANDOM.integers(0, 256, (9, 13, 4)).astype("u1")
STACK = RANDOM.integers(0, 60000, (11, 20, 24)).astype("u2")


def saved(path: Path, picture: Image.Image, **options: object) -> Path:
    picture.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("suffix", ["png", "bmp", "jpg", "jp2"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_values_equal_those_of_pillow(tmp_path: Path, suffix: str, mode: str) -> None:
    picture = Image.fromarray(GREY if mode == "L" else RGB)
    path = saved(tmp_path / f"a.{suffix}", picture)
    expected = np.asarray(Image.open(path))
    (found,) = read(path).variables
    assert found.flat
    if mode == "L":
        assert ("".join(found.source_axes), found.components) == ("yx", ())
        np.testing.assert_array_equal(found.read()[0], expected)
    else:
        assert ("".join(found.source_axes), found.components) == ("cyx", ("R", "G", "B"))
        np.testing.assert_array_equal(found.read()[:, 0], np.moveaxis(expected, -1, 0))


def test_palettes_give_their_colours(tmp_path: Path) -> None:
    picture = Image.fromarray(RGB).quantize(8)
    for suffix in ("png", "bmp"):
        path = saved(tmp_path / f"p.{suffix}", picture)
        colours = np.moveaxis(np.asarray(picture.convert("RGB")), -1, 0)
        np.testing.assert_array_equal(read(path).variables[0].read()[:, 0], colours)
    path = saved(tmp_path / "t.png", picture, transparency=0)
    (found,) = read(path).variables
    assert found.components == ("R", "G", "B", "A")
    expected = np.moveaxis(np.asarray(Image.open(path).convert("RGBA")), -1, 0)
    np.testing.assert_array_equal(found.read()[:, 0], expected)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_spread_over_a_byte(tmp_path: Path, bits: int) -> None:
    levels = GREY >> (8 - bits)
    rows = np.unpackbits(levels[..., np.newaxis], axis=-1)[..., -bits:].reshape(9, -1)
    lines = b"".join(b"\0" + line.tobytes() for line in np.packbits(rows, axis=-1))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 13, 9, bits, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts
    )
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    values = read(tmp_path / "a.png").variables[0].read()[0]
    np.testing.assert_array_equal(values, levels * (255 // ((1 << bits) - 1)))


@pytest.mark.parametrize("codec", ["png", "jp2", "j2k"])
@pytest.mark.parametrize("samples", [(), (3,), (4,)])
def test_sixteen_bits_stay_whole(tmp_path: Path, codec: str, samples: tuple[int, ...]) -> None:
    values = RANDOM.integers(0, 65536, (9, 13, *samples)).astype("u2")
    encoded = (
        imagecodecs.png_encode(values)
        if codec == "png"
        else imagecodecs.jpeg2k_encode(values, level=0, reversible=True, codecformat=codec)
    )
    (tmp_path / f"a.{codec}").write_bytes(encoded)
    found = read(tmp_path / f"a.{codec}").variables[0]
    assert found.dtype == np.uint16
    expected = np.moveaxis(values, -1, 0) if samples else values
    np.testing.assert_array_equal(np.squeeze(found.read()), expected)


def test_a_signed_jpeg_2000(tmp_path: Path) -> None:
    values = (GREY.astype("i2") - 128) * 7
    encoded = imagecodecs.jpeg2k_encode(values, level=0, reversible=True, codecformat="jp2")
    (tmp_path / "a.jp2").write_bytes(encoded)
    np.testing.assert_array_equal(read(tmp_path / "a.jp2").variables[0].read()[0], values)


@pytest.mark.parametrize("suffix", [".png", ".jp2"])
@pytest.mark.parametrize("stack", [None, "z", "t"])
def test_a_folder_of_slices(tmp_path: Path, suffix: str, stack: str | None) -> None:
    for k, values in enumerate(STACK):
        encoded = (
            imagecodecs.png_encode(values)
            if suffix == ".png"
            else imagecodecs.jpeg2k_encode(values, level=0, reversible=True)
        )
        (tmp_path / f"s{k}{suffix}").write_bytes(encoded)
    (found,) = read(tmp_path, stack=stack, spacing=1).variables  # type: ignore[arg-type]
    assert (found.name, found.source_axes[0]) == ("s", stack or "z")
    np.testing.assert_array_equal(np.squeeze(found.read()), STACK)
    np.testing.assert_array_equal(
        np.squeeze(found.data[(slice(2, 9), *[slice(None)] * (found.data.ndim - 1))]), STACK[2:9]
    )


def test_one_slice_is_in_memory_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for k, values in enumerate(STACK):
        (tmp_path / f"s{k}.png").write_bytes(imagecodecs.png_encode(values))
    held: list[image._Image] = []
    construct = image._Image.__init__

    def noted(one: image._Image, *args: object) -> None:
        construct(one, *args)  # type: ignore[arg-type]
        held.append(one)

    monkeypatch.setattr(image._Image, "__init__", noted)
    variable = read(tmp_path, stack="z", spacing=1).variables[0]
    assert all(one._values is None for one in held)
    for z in (slice(0, 6), slice(3, 11)):
        assert np.array_equal(variable.data[z], STACK[z])
        assert sum(one._values is not None for one in held) == 1


def test_previews_beside_volumes_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for k in range(3):
        np.save(tmp_path / f"v{k}.npy", STACK[k : k + 2])
        saved(tmp_path / f"v{k}.png", Image.fromarray(GREY))
    np.testing.assert_array_equal(read(tmp_path).variables[0].read()[1], STACK[1:3])
    assert "left out 3 pictures (.png)" in caplog.text
    assert read(f"{tmp_path}/*.png", stack="z").variables[0].shape == (3, 9, 13)


def test_two_picture_formats_are_a_choice(tmp_path: Path) -> None:
    for suffix in ("png", "jpg"):
        saved(tmp_path / f"a.{suffix}", Image.fromarray(GREY))
    with pytest.raises(InputError, match="choose with a pattern"):
        read(tmp_path)


def test_a_bomb_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = io.BytesIO()
    Image.fromarray(RGB).save(good, "PNG")
    data = bytearray(good.getvalue())
    data[16:24] = struct.pack(">II", 1 << 30, 1 << 30)
    (tmp_path / "a.png").write_bytes(data)
    huge = imagecodecs.jpeg2k_encode(GREY, level=0, reversible=True, codecformat="j2k")
    huge = huge[:8] + struct.pack(">II", 1 << 31, 1 << 31) + huge[16:]
    (tmp_path / "a.jp2").write_bytes(huge)
    monkeypatch.setattr(image, "decoded", lambda *_: pytest.fail("decoded"))
    for name in ("a.png", "a.jp2"):
        with pytest.raises(InputError, match="Expected an image of at most"):
            read(tmp_path / name)


@pytest.mark.parametrize("suffix", ["png", "jpg", "jp2", "bmp"])
def test_a_damaged_image_is_refused(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(RGB))
    whole = path.read_bytes()
    for length in (5, 20, len(whole) // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"^Expected .* Got .* instead"):
            read(path).variables[0].read()


@pytest.mark.parametrize("progressive", [False, True])
def test_a_truncated_jpeg_is_refused(progressive: bool, tmp_path: Path) -> None:
    noise = RANDOM.integers(0, 256, (64, 80, 3)).astype("u1")
    path = saved(tmp_path / "a.jpg", Image.fromarray(noise), progressive=progressive)
    whole = path.read_bytes()
    for share in (0.5, 0.9, 0.99):  # libjpeg decodes all of these
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputError, match="damaged, incomplete"):
            read(path).variables[0].read()
    path.write_bytes(whole + bytes(64))  # cameras pad files
    assert read(path).variables[0].read().shape == (3, 1, 64, 80)


def test_print_colours_are_refused(tmp_path: Path) -> None:
    saved(tmp_path / "a.jpg", Image.fromarray(RGBA, "CMYK"))
    with pytest.raises(InputError, match="CMYK"):
        read(tmp_path / "a.jpg")


def test_a_slice_of_another_size_is_named(tmp_path: Path) -> None:
    for k in range(4):
        side = GREY if k < 3 else GREY[:5]
        saved(tmp_path / f"s{k}.png", Image.fromarray(side))
    with pytest.raises(InputError, match=r"s3\.png"):
        read(tmp_path)


def test_compress_takes_a_folder_of_slices(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for k, values in enumerate(STACK):
        (tmp_path / "run" / f"s{k}.png").write_bytes(imagecodecs.png_encode(values))
    vcore.compress(tmp_path / "run", tmp_path / "run.vcore", max_error=0)
    np.testing.assert_array_equal(vcore.open(tmp_path / "run.vcore").array[...], STACK)
