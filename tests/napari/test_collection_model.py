"""Collections of images without a viewer: cache, playing, what is shown, the original."""

import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_images import ball, only
from napari_vcore.collections import collection_layers, tie_of
from napari_vcore.originals import Original, error_of, figures_of, open_original
from napari_vcore.pictures import Pictures
from napari_vcore.playing import (
    BOUNCE,
    LOOP,
    ONCE,
    advanced,
    last_position,
    position_of,
    told,
    turned,
    upcoming,
    value_at,
)
from napari_vcore.saving import coloured, save_picture
from napari_vcore.shown import DECODED, ERROR, ORIGINAL, Place, Shown, View, over

import vcore
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.errors import FormatError, InputError

PHI = Parameter("phi", (0.0, 90.0, 180.0, 270.0), "degree", 360)
TIME = Parameter("time", (0.0, 0.5, 2.0), "s")
LOOK = Parameter("look", ("bones", "skin"))
COLOUR, DEPTH = View(DECODED, "rgba"), View(DECODED, "depth")
NEVER = 10


class TestPictures:
    def read_counted(self, images: Images) -> tuple[Pictures, list[Any]]:
        found: list[Any] = []

        def read(index: Any, channel: str) -> Any:
            found.append((channel, index))
            return images.read(index, channel)

        return Pictures(replace(images, read=read)), found

    def test_an_image_is_read_once(self) -> None:
        images = ball()
        pictures, read = self.read_counted(images)
        for _ in range(2):
            np.testing.assert_array_equal(
                pictures.get("depth", (1, 1)), images.read((1, 1), "depth")
            )
        assert read == [("depth", (1, 1))]
        assert pictures.kept("depth", (1, 1)) is not None
        assert pictures.kept("depth", (1, 0)) is None
        pictures.close()

    def test_the_cache_is_bounded(self) -> None:
        pictures, _ = self.read_counted(ball())
        size = 40 * 52 * 3
        pictures.max_bytes = 3 * size
        for index in ball().indices():
            pictures.get("rgb", index)
        assert pictures.nbytes == 3 * size
        pictures.max_bytes = 0
        assert pictures.nbytes == size  # what is shown
        pictures.close()

    def test_images_are_decoded_ahead_in_order_and_forgotten(self) -> None:
        images, gate, read = ball(times=9), threading.Event(), []

        def slow(index: Any, channel: str) -> Any:
            read.append(index)
            assert gate.wait(NEVER)
            return images.read(index, channel)

        pictures = Pictures(replace(images, read=slow))
        pictures.prefetch(("rgb", (t, 0)) for t in range(9))
        while len(read) < 2:
            pass
        pictures.prefetch([("rgb", (8, 0)), ("rgb", (0, 0))])
        gate.set()
        while pictures.kept("rgb", (8, 0)) is None:
            pass
        pictures.close()
        assert set(read) == {(0, 0), (1, 0), (8, 0)}

    def test_half_of_the_cache_is_filled_ahead_at_most(self) -> None:
        images = ball(times=9)
        pictures, _ = self.read_counted(images)
        size = 40 * 52 * 3
        pictures.max_bytes = 6 * size
        pictures.get("rgb", (0, 3))
        pictures.prefetch(("rgb", (t, 0)) for t in range(9))
        while pictures.nbytes < 4 * size:
            pass
        pictures.close()
        pictures._ahead.shutdown(wait=True)
        assert pictures.nbytes == 4 * size
        assert pictures.kept("rgb", (3, 0)) is None

    def test_an_error_ahead_of_need_is_told_when_it_is_shown(self) -> None:
        def damaged(index: Any, channel: str) -> Any:
            raise FormatError("The file is damaged.")

        pictures = Pictures(replace(ball(), read=damaged))
        pictures.prefetch([("rgb", (0, 0))])
        pictures._ahead.shutdown(wait=True)
        for _ in range(2):
            with pytest.raises(FormatError, match="damaged"):
                pictures.get("rgb", (0, 0))
        pictures.close()


class TestPlaying:
    def test_values_lie_between_the_positions(self) -> None:
        assert [value_at(TIME, p) for p in (0, 0.5, 1, 1.5, 2)] == [0, 0.25, 0.5, 1.25, 2]
        assert [value_at(PHI, p) for p in (3, 3.5)] == [270, 315]
        assert value_at(LOOK, 1) == "skin"

    def test_positions_of_values(self) -> None:
        for p in (0.0, 0.25, 1.0, 1.75, 2.0):
            assert position_of(TIME, value_at(TIME, p), blend=True) == pytest.approx(p)
        assert position_of(TIME, 1.5, blend=False) == 2
        assert position_of(PHI, 315, blend=True) == 3.5
        assert position_of(LOOK, "skin", blend=False) == 1
        with pytest.raises(InputError, match="Expected a number for time"):
            position_of(TIME, "noon", blend=False)

    def test_the_last_position_of_a_turn(self) -> None:
        assert last_position(PHI, blend=False) == 3
        assert last_position(PHI, blend=True) == 4
        assert last_position(TIME, blend=True) == 2

    @pytest.mark.parametrize(
        ("mode", "positions"),
        [(ONCE, [1, 2, None]), (LOOP, [1, 2, 0, 1, 2, 0]), (BOUNCE, [1, 2, 1, 0, 1, 2])],
    )
    def test_the_way_of_playing(self, mode: str, positions: list[int | None]) -> None:
        place: tuple[float, int] | None = (0.0, 1)
        found = []
        for _ in positions:
            assert place is not None
            place = advanced(*place, 1.0, 2, mode)
            found.append(None if place is None else place[0])
        assert found == positions
        assert upcoming(0, 1, 2, mode, 6) == [p for p in positions if p is not None]

    def test_a_blended_loop_passes_over_the_end_of_a_turn(self) -> None:
        place = (3.75, 1)
        found = []
        for _ in range(3):
            place = advanced(*place, 0.25, 4, LOOP, wraps=True) or place
            found.append(place[0])
        assert found == [0, 0.25, 0.5]
        assert advanced(1.75, 1, 0.5, 2, ONCE) == (2, 1)

    def test_a_single_value_is_never_left(self) -> None:
        assert advanced(0, 1, 1, 0, LOOP) is None
        assert upcoming(0, 1, 0, BOUNCE, 5) == []

    def test_angles_turn_and_stop_at_their_ends(self) -> None:
        theta = Parameter("theta", (45.0, 60.0, 75.0), "degree")
        assert turned(PHI, 0, -90, blend=False) == 3
        assert turned(PHI, 3, 135, blend=True) == 0.5
        assert turned(theta, 1, 300, blend=True) == 2
        assert turned(theta, 1, -8, blend=False) == 0

    def test_values_are_told_with_units(self) -> None:
        assert [told(PHI, 90.0), told(TIME, 0.5), told(LOOK, "skin")] == ["90°", "0.5 s", "skin"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``lossy.vcore``, ``exact.vcore`` and a larger original."""
    found = tmp_path_factory.mktemp("balls")
    options: dict[str, Any] = {"method": "stacked", "progress": False}
    images = ball(colour="rgba")
    vcore.compress(images, found / "lossy.vcore", ratio=25, max_error={"depth": 0.2}, **options)
    vcore.compress(images, found / "exact.vcore", max_error=0, **options)
    vcore.compress(ball(colour="rgba", times=4), found / "more.vcore", max_error=0, **options)
    return found


@pytest.fixture
def shown(folder: Path) -> Iterator[Shown]:
    path = folder / "lossy.vcore"
    found = Shown(vcore.open(path), str(path))
    yield found
    found.close()


class TestShown:
    def test_the_picture_is_that_of_the_collection(self, shown: Shown) -> None:
        shown.backdrop = "transparent"
        c = shown.collection
        shown.positions = [2.0, 3.0]
        np.testing.assert_array_equal(shown.picture(COLOUR, shown.place()), c.read((2, 3)))
        np.testing.assert_array_equal(shown.picture(DEPTH, shown.place()), c.read((2, 3), "depth"))

    def test_blends_are_those_of_the_collection(self, shown: Shown) -> None:
        shown.backdrop = "transparent"
        shown.set_blend(True)
        shown.positions = [0.5, 3.25]
        assert shown.values == {"time": 0.25, "phi": 292.5}
        for view in (COLOUR, DEPTH):
            expected = shown.collection.image(shown.values, channel=view.channel, blend=True)
            np.testing.assert_array_equal(shown.picture(view, shown.place()), expected)
        assert shown.place().index == (0, 3)
        shown.set_blend(False)
        assert shown.positions == [0, 3]

    def test_holes_are_told(self, shown: Shown) -> None:
        shown.positions = [1.0, 2.0]
        place = shown.place()
        assert place.notes == (
            "The collection has a hole at these values: time = 0.0, phi = 180.0 is shown.",
        )
        assert shown.python_line("rgba", place).endswith("{'time': 0.0, 'phi': 180.0})")
        shown.set_blend(True)
        shown.positions = [1.0, 1.5]
        (note,) = shown.place().notes
        assert "only the images beside it are blended" in note

    def test_colours_lie_on_their_background(self, shown: Shown) -> None:
        raw = shown.collection.read((0, 0))
        white = shown.picture(COLOUR, shown.place())
        np.testing.assert_array_equal(white, over(raw, (255, 255, 255)))
        shown.backdrop = "black"
        black = shown.picture(COLOUR, shown.place())
        np.testing.assert_array_equal(black, over(raw, (0, 0, 0)))
        half = np.array([[[100, 50, 0, 51]]], np.uint8)
        assert list(over(half, (255, 255, 255))[0, 0]) == [224, 214, 204, 255]

    def test_a_pixel_is_told_of_all_decoded_channels(self, shown: Shown) -> None:
        place = shown.place()
        assert shown.pixel(place, 20, 26) == "y 20, x 26"
        colour, depth = (shown.pictures.get(n, (0, 0))[20, 26] for n in ("rgba", "depth"))
        text = shown.pixel(place, 20, 26)
        assert text == f"y 20, x 26\nrgba {' '.join(map(str, colour))}\ndepth {depth:.6g} mm"
        assert shown.pixel(place, 0, 0).endswith("depth no value")
        assert shown.pixel(place, 40, 0) == ""

    def test_the_python_line_returns_the_picture(self, shown: Shown) -> None:
        shown.positions = [2.0, 1.0]
        line = shown.python_line("depth", shown.place())
        found = eval(line, {"vcore": vcore})
        np.testing.assert_array_equal(found, shown.collection.read((2, 1), "depth"))
        shown.set_blend(True)
        shown.positions = [0.5, 1.25]
        found = eval(shown.python_line("rgba", shown.place()), {"vcore": vcore})
        np.testing.assert_array_equal(found, shown.collection.image(shown.values, blend=True))

    def test_the_file_is_described(self, shown: Shown) -> None:
        assert shown.described().startswith("11 images of 40 x 52")
        assert "1 holes" in shown.described()
        name = shown.file_name(DEPTH, shown.place())
        assert name == "lossy_depth_time0_phi0.png"

    def test_a_layer_of_the_first_image(self, folder: Path) -> None:
        path = folder / "lossy.vcore"
        ((data, options, kind),) = collection_layers(vcore.open(path), str(path))
        assert (kind, data.shape, options["rgb"], options["name"]) == (
            "image", (40, 52, 4), True, "lossy",
        )  # fmt: skip

    def test_other_layers_have_no_tie(self) -> None:
        assert tie_of(None) is None

    def test_scales_are_checked(self, shown: Shown) -> None:
        shown.set_scale("rgba", " 32 ")
        assert shown.error_limits("rgba") == (0, 32)
        shown.set_scale("depth", "0.5")
        assert shown.error_limits("depth") == (-0.5, 0.5)
        for text in ("0", "-1", "nan", "inf", "many"):
            with pytest.raises(InputError, match="Expected a number above 0"):
                shown.set_scale("rgba", text)
        assert shown.scales == {"rgba": 32, "depth": 0.5}


class TestOriginal:
    def test_the_difference_to_the_original(self, shown: Shown, folder: Path) -> None:
        shown.compare_with(Original(shown.collection, open_original(folder / "more.vcore")))
        original = ball(colour="rgba")
        shown.positions = [0.0, 1.0]
        place = shown.place()
        for view in (COLOUR, DEPTH):
            before = original.read((0, 1), view.channel)
            after = shown.collection.read((0, 1), view.channel)
            error = shown.values_at(View(ERROR, view.channel), place)
            difference = after.astype(float) - before
            expected = np.abs(difference).max(-1) if view is COLOUR else difference
            np.testing.assert_allclose(error, expected, rtol=1e-6)
            shown.backdrop = "transparent"
            np.testing.assert_array_equal(
                shown.picture(View(ORIGINAL, view.channel), place), before
            )
        text = shown.figures("rgba", place)
        largest = int(shown.values_at(View(ERROR, "rgba"), place).max())
        assert text.startswith("PSNR ")
        assert f"largest error {largest} of 255 at y " in text
        assert "error" in shown.pixel(place, 20, 20)

    def test_figures_of_a_colour(self) -> None:
        before = np.full((4, 5, 3), 255, np.uint8)
        before[1, 2] = 100
        after = before.copy()
        after[1, 2] = (110, 100, 100)
        found = figures_of(before, after, Channel("rgb", np.dtype("u1")), 255, (255, 255, 255))
        assert (found.largest, found.place) == (10, (1, 2))
        assert found.inner == pytest.approx(20 * math.log10(255) - 10 * math.log10(100 / 3))
        assert found.psnr == pytest.approx(found.inner + 10 * math.log10(20))
        same = figures_of(before, before, Channel("rgb", np.dtype("u1")), 255, None)
        assert same.text("") == "no error"

    def test_values_that_one_of_them_lacks(self) -> None:
        before = np.array([[1, 2, np.nan, np.nan]], np.float32)
        after = np.array([[1.5, np.nan, 3, np.nan]], np.float32)
        channel = Channel("depth", np.dtype("f4"), "mm")
        np.testing.assert_array_equal(error_of(before, after, channel, 7.0), [[0.5, -7, 7, np.nan]])
        text = figures_of(before, after, channel, 7.0, None).text("mm")
        assert "largest error 0.5 mm at y 0, x 0" in text
        assert "2 pixels have a value in only one of the two" in text

    def test_images_that_the_original_lacks(self, shown: Shown) -> None:
        fewer = replace(ball(colour="rgba", times=2), present=None)
        shown.compare_with(Original(shown.collection, fewer))
        shown.positions = [2.0, 0.0]
        place = shown.place()
        assert shown.figures("rgba", place) == "The original has no such image."
        assert np.isnan(shown.values_at(View(ERROR, "rgba"), place)).all()
        assert not shown.values_at(View(ORIGINAL, "rgba"), place).any()

    def test_values_are_matched_not_positions(self, shown: Shown) -> None:
        images = ball(colour="rgba", holes=False)
        turned = replace(
            images,
            parameters=(images.parameters[1], images.parameters[0]),
            read=lambda i, c: images.read((i[1], i[0]), c),
            present=None,
        )
        original = Original(shown.collection, turned)
        assert original.index_of((2, 3)) == (3, 2)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"size": (40, 51)}, "images of 40 x 52 pixels"),
            ({"channels": (Channel("value", np.dtype("f4")),)}, "one of the channels rgba, depth"),
            ({"parameters": (TIME, replace(PHI, name="psi"))}, "the parameters time, phi"),
        ],
    )
    def test_another_collection_is_refused(
        self, shown: Shown, change: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(InputError, match=message):
            Original(shown.collection, replace(ball(colour="rgba"), **change))

    def test_a_volume_is_no_original(self, tmp_path: Path) -> None:
        values = np.zeros((4, 5, 6), np.uint8)
        vcore.compress(values, tmp_path / "v.vcore", max_error=0, progress=False)
        with pytest.raises(InputError, match=r"v\.vcore is a volume"):
            open_original(tmp_path / "v.vcore")


class FakeLayer:
    """Looks of an image layer."""

    contrast_limits, gamma = (0.0, 4.0), 1.0

    def __init__(self) -> None:
        from napari.utils.colormaps import ensure_colormap

        self.colormap = ensure_colormap("gray")


class TestSaving:
    def test_values_in_the_colours_of_the_layer(self) -> None:
        values = np.array([[0, 2, 8, np.nan]], np.float32)
        found = coloured(values, FakeLayer())
        assert found[0].tolist() == [
            [0, 0, 0, 255], [128, 128, 128, 255], [255, 255, 255, 255], [0, 0, 0, 0],
        ]  # fmt: skip

    @pytest.mark.parametrize("suffix", ["png", "tif", "npy"])
    def test_files_hold_the_picture(self, tmp_path: Path, suffix: str) -> None:
        import imageio.v3 as iio

        path = tmp_path / f"a.{suffix}"
        image = ball().read((0, 0), "rgb")
        depth = only(ball(), "depth").read((0, 0), "depth")
        for values in (image, depth):
            save_picture(path, values, FakeLayer())
            found = np.load(path) if suffix == "npy" else iio.imread(path)
            expected = coloured(values, FakeLayer()) if suffix == "png" else values
            np.testing.assert_array_equal(found, expected)
        assert [p.name for p in tmp_path.iterdir()] == [f"a.{suffix}"]

    def test_other_files_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"a file \.png, \.tif or \.npy"):
            save_picture(tmp_path / "a.jpg", np.zeros((2, 2)), FakeLayer())


def test_a_place_has_a_nearest_image() -> None:
    assert Place((((0,), 0.5), ((1,), 0.5))).index == (0,)
