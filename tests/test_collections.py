"""Collections of images: contract of every method, parameters, Zarr, hostile files."""

import json
import pickle
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
import xarray
import zarr
from made_images import WHITE, ball, only

import vcore
from vcore.collections import methods
from vcore.collections.camera import Turntable
from vcore.collections.collection import Collection
from vcore.collections.images import Channel, Images
from vcore.collections.parameters import Parameter
from vcore.container.layout import pack_header
from vcore.errors import BudgetError, Cancelled, FormatError, InputError, RegionError
from vcore.zarr.metadata import quoted


def compressed(images: Images, **options: Any) -> Collection:
    found = vcore.open(vcore.compress(images, None, **options).data)
    assert isinstance(found, Collection)
    return found


def smallest(method: str) -> dict[str, Any]:
    settings = methods.get(method).Settings.smallest().to_json()
    return {"method": method, "settings": settings}


def kept(method: str, psnr: float, size: int = 8000) -> dict[str, Any]:
    """Return a method's smallest settings with a PSNR, or with bytes if it promises none."""
    budget = {"psnr": psnr} if methods.get(method).any_quality else {"bytes": size}
    return {**budget, **smallest(method)}


def refuses(method: str, **budget: Any) -> bool:
    """Return whether a method cannot keep a budget, and check that it says so."""
    bound = "max_error" in budget
    found = methods.get(method)
    if found.keeps_bounds if bound else found.any_quality:
        return False
    with pytest.raises(BudgetError, match=f"size for {method}"):
        compressed(ball(), **budget, **smallest(method))
    return True


@pytest.fixture(scope="module")
def lossless() -> Collection:
    return compressed(ball(), max_error=0)


@pytest.mark.parametrize("method", methods.names())
class TestEveryMethod:
    @pytest.mark.parametrize("colour", ["rgb", "rgba"])
    def test_without_loss_every_image_is_the_original(self, method: str, colour: str) -> None:
        if refuses(method, max_error=0):
            return
        images = ball(colour=colour)
        found = compressed(images, max_error=0, **smallest(method))
        for index in images.indices():
            for channel in images.channels:
                np.testing.assert_array_equal(
                    found.read(index, channel.name), images.read(index, channel.name)
                )

    @pytest.mark.parametrize("size", [(1, 9), (17, 1), (33, 20)])
    def test_odd_sizes(self, method: str, size: tuple[int, int]) -> None:
        images = ball(size=size, times=2)
        if not methods.get(method).keeps_bounds:
            found = compressed(images, **kept(method, 30, 20_000))
            assert all(found.read(i).shape == (*size, 3) for i in images.indices())
            return
        found = compressed(images, max_error=0, **smallest(method))
        for index in images.indices():
            np.testing.assert_array_equal(found.read(index), images.read(index, "rgb"))

    def test_one_image(self, method: str) -> None:
        images = only(ball(), "rgb")
        single = Images((), images.size, images.channels, lambda _, c: images.read((0, 1), c))
        found = compressed(single, **kept(method, 35))
        assert len(found) == 1
        if not methods.get(method).any_quality:
            assert found.image().shape == (*images.size, 3)
            return
        assert np.abs(found.image().astype(float) - images.read((0, 1), "rgb")).mean() < 5

    @pytest.mark.parametrize("colour", ["rgb", "rgba"])
    def test_a_psnr_is_reached_as_measured_outside(self, method: str, colour: str) -> None:
        if refuses(method, psnr=36):
            return
        images = ball(colour=colour)
        found = compressed(images, psnr=36, **smallest(method))
        errors = [
            (found.read(i).astype(float) - images.read(i, colour))[..., :3] ** 2
            for i in images.indices()
        ]
        assert 10 * np.log10(255**2 / np.mean(errors)) >= 36
        assert found.info["channels"][0]["achieved"]["psnr"] == pytest.approx(
            10 * np.log10(255**2 / np.mean(errors)), abs=0.01
        )

    def test_bytes_are_kept(self, method: str) -> None:
        images = only(ball(times=4), "rgb")
        report = vcore.compress(images, None, bytes=4000, **smallest(method))
        assert len(report.data) == report.bytes <= 4000

    def test_too_few_bytes_are_refused_with_how_many_would_do(self, method: str) -> None:
        with pytest.raises(BudgetError, match="would do"):
            vcore.compress(only(ball(times=4), "rgb"), None, bytes=700, **smallest(method))

    def test_images_in_any_order_are_those_in_order(self, method: str) -> None:
        images = ball()
        data = vcore.compress(images, None, **kept(method, 38)).data
        forward = {i: vcore.open(data).read(i) for i in images.indices()}
        found = vcore.open(data)
        for index in reversed(list(images.indices())):
            np.testing.assert_array_equal(found.read(index), forward[index])

    def test_same_bytes_again(self, method: str) -> None:
        one, two = (vcore.compress(ball(), None, **kept(method, 38)) for _ in range(2))
        assert one.data == two.data

    def test_access_is_told(self, method: str) -> None:
        found = compressed(ball(), **kept(method, 38))
        for index in found.indices():
            images, size = found.touched(index)
            assert 1 <= images <= len(found)
            assert 0 < size <= found.stored_bytes

    def test_cancelled(self, method: str, tmp_path: Path) -> None:
        context = vcore.Context(cancelled=Event())
        context.cancelled.set()
        with pytest.raises(Cancelled):
            vcore.compress(ball(), tmp_path / "x.vcore", context=context, **kept(method, 38))
        assert not list(tmp_path.iterdir())

    def test_damage_in_any_part_is_told(self, method: str) -> None:
        data = vcore.compress(ball(), None, **kept(method, 38)).data
        rng = np.random.default_rng(3)
        for place in rng.integers(0, len(data), 40):
            broken = bytearray(data)
            broken[place] ^= 0x41
            with pytest.raises(FormatError):
                vcore.open(bytes(broken)).check()

    def test_cut_anywhere_is_told(self, method: str) -> None:
        data = vcore.compress(ball(), None, **kept(method, 38)).data
        for end in np.linspace(1, len(data) - 1, 23).astype(int):
            with pytest.raises(FormatError):
                vcore.open(data[:end]).check()

    def test_constant_images(self, method: str) -> None:
        images = only(ball(), "rgb")
        grey = replace(images, read=lambda *_: np.full((40, 52, 3), 77, np.uint8))
        found = compressed(grey, **kept(method, 40))
        if not methods.get(method).any_quality:
            assert np.abs(found.read((2, 1)).astype(float) - 77).mean() < 10
            return
        assert (found.read((2, 1)) == 77).all()

    def test_noise_images_without_loss(self, method: str) -> None:
        if refuses(method, max_error=0):
            return
        rng = np.random.default_rng(7)
        noise = rng.integers(0, 256, (3, 4, 40, 52, 3), np.uint8)
        images = replace(only(ball(), "rgb"), read=lambda i, _: noise[i])
        found = compressed(images, max_error=0, **smallest(method))
        np.testing.assert_array_equal(found.read((2, 2)), noise[2, 2])


def test_a_channel_beside_the_colour_keeps_its_bound_and_nan() -> None:
    images = ball()
    found = compressed(images, psnr=40, max_error={"depth": 0.05})
    for index in images.indices():
        before, after = images.read(index, "depth"), found.read(index, "depth")
        np.testing.assert_array_equal(np.isnan(before), np.isnan(after))
        assert np.nanmax(np.abs(before - after)) <= 0.05
    assert found.info["channels"][1]["max_error"] == 0.05


def test_channels_can_be_left_out() -> None:
    found = compressed(ball(), psnr=38, exclude=["depth"])
    assert [c.name for c in found.channels] == ["rgb"]
    with pytest.raises(InputError, match="rgb, depth"):
        compressed(ball(), exclude=["height"])
    with pytest.raises(InputError, match="channels"):
        compressed(ball(), exclude=["rgb", "depth"])


def test_a_collection_without_colour() -> None:
    images = only(ball(), "depth")
    found = compressed(images)
    span = 12 / 5
    assert np.nanmax(np.abs(found.read((2, 3)) - images.read((2, 3), "depth"))) <= 1e-3 * span


def test_float64_without_loss_keeps_every_bit() -> None:
    rng = np.random.default_rng(5)
    values = 1e9 + rng.random((3, 4, 7, 9)) * 1e-6
    values[rng.random(values.shape) < 0.2] = np.nan
    values[0, 1, 2, :3] = (-np.inf, -0.0, 5e-324)
    images = replace(
        ball(),
        size=(7, 9),
        channels=(Channel("field", np.dtype("f8")),),
        read=lambda i, _: values[i],
    )
    data = vcore.compress(images, None, max_error=0).data
    found = vcore.open(data)
    for index in images.indices():
        assert found.read(index).tobytes() == values[index].tobytes()
    channel = found.info["channels"][0]
    assert (channel["max_error"], channel["achieved"]["max_error"]) == (0, 0)
    assert channel["exact"]
    rng = np.random.default_rng(6)
    for place in rng.integers(len(data) // 3, len(data), 30):
        broken = bytearray(data)
        broken[place] ^= 0x41
        with pytest.raises(FormatError):
            vcore.open(bytes(broken)).check()


def test_a_size_that_the_depth_exceeds_is_refused_before_it_is_coded() -> None:
    images = ball(times=30)
    groups = []

    def progress(step: str, share: float) -> None:
        if step == "depth":
            groups.append(share)

    with pytest.raises(BudgetError, match="beside the colour take about") as error:
        vcore.compress(images, None, bytes=3000, context=vcore.Context(progress=progress))
    assert max(groups, default=0) < 0.5
    needed = error.value.needed
    whole = vcore.compress(images, None, exclude=["rgb"]).bytes
    assert whole / 3 < needed < 3 * whole  # by the groups that were coded so far
    assert vcore.compress(images, None, bytes=3 * whole).bytes <= 3 * whole


@pytest.mark.parametrize("budget", [{"psnr": 40}, {"bytes": 9000}, {"max_error": 1}])
def test_a_step_beside_a_budget_is_refused_before_anything_is_read(budget: dict[str, Any]) -> None:
    def read(*_: Any) -> Any:
        raise AssertionError("read")

    with pytest.raises(InputError, match="leave one out"):
        vcore.compress(replace(ball(), read=read), None, settings={"step": 40}, **budget)


def test_a_step_is_no_quality() -> None:
    found = compressed(only(ball(), "rgb"), settings={"step": 400})
    assert "quality" not in found.info["channels"][0]
    budget = {"rgb": {"quality": "good"}, "depth": {"max_error": 0.1}}
    found = compressed(ball(), settings={"step": 400}, budget=budget)
    assert found.info["channels"][1]["max_error"] == 0.1


def test_all_missing_channel() -> None:
    images = replace(only(ball(), "depth"), read=lambda *_: np.full((40, 52), np.nan, np.float32))
    assert np.isnan(compressed(images).read((0, 0))).all()


def test_the_default_is_a_good_foreground() -> None:
    found = compressed(ball())
    achieved = found.info["channels"][0]["achieved"]
    assert achieved["robust_psnr"] is None or achieved["robust_psnr"] >= 41.5
    assert found.info["channels"][0]["quality"] == "good"


def test_zarr_arrays_have_holes_and_coordinates(lossless: Collection) -> None:
    images, array = ball(), lossless.array
    assert isinstance(array, zarr.Array)
    assert (array.shape, array.chunks) == ((3, 4, 40, 52, 3), (1, 1, 40, 52, 3))
    np.testing.assert_array_equal(array[2, 1], images.read((2, 1), "rgb"))
    assert (array[1, 2] == 0).all()
    assert np.isnan(lossless.arrays["depth"][1, 2]).all()
    np.testing.assert_array_equal(lossless.group["time"][...], [0, 0.5, 2])


def test_xarray(lossless: Collection) -> None:
    found = lossless.to_xarray()
    picked = found["rgb"].sel(time=2.0, phi=90.0)
    np.testing.assert_array_equal(picked, ball().read((2, 1), "rgb"))
    assert found["time"].attrs["units"] == "s"
    assert found.attrs == {"title": "a ball"}
    assert isinstance(found, xarray.Dataset)


def test_labels_are_in_the_zarr_group() -> None:
    labels = ("ä b", "", "01", "long " * 9)
    images = replace(ball(), parameters=(ball().parameters[0], Parameter("a/b", labels)))
    images = replace(images, camera=None)
    found = compressed(images, max_error=0, exclude=["depth"])
    array = found.group[quoted("a/b")]
    assert array.metadata.dimension_names == ("a/b",)
    assert tuple(array[:].tolist()) == labels
    opened = xarray.open_zarr(found.group.store, consolidated=False)
    assert tuple(opened[quoted("a/b")].values.tolist()) == labels
    assert tuple(found.to_xarray()["a/b"].values.tolist()) == labels


def test_labels_are_coordinates_too() -> None:
    images = ball()
    named = (Parameter("map", ("viridis", "hot", "bone")), images.parameters[1])
    found = compressed(replace(images, parameters=named), max_error=0)
    picked = found.to_xarray()["rgb"].sel(map="bone", phi=270.0)
    np.testing.assert_array_equal(picked, images.read((2, 3), "rgb"))
    np.testing.assert_array_equal(found.image(map="bone", phi=270), picked)
    with pytest.raises(InputError, match="viridis, hot, bone"):
        found.image(map="jet", phi=0)


def test_any_value_is_answered(lossless: Collection) -> None:
    images = ball()
    np.testing.assert_array_equal(lossless.image(time=1.9, phi=80), images.read((2, 1), "rgb"))
    np.testing.assert_array_equal(lossless.image({"time": 0.1, "phi": 350}), lossless.read((0, 0)))
    with pytest.warns(UserWarning, match="outside of 0 to 2"):
        lossless.image(time=9, phi=0)
    with pytest.warns(UserWarning, match="hole"):
        lossless.image(time=0.5, phi=180)
    with pytest.raises(InputError, match="time, phi"):
        lossless.image(time=0)
    with pytest.raises(InputError, match="number for time"):
        lossless.image(time=float("nan"), phi=0)


def test_blending_weighs_the_neighbours(lossless: Collection) -> None:
    images = ball()
    first, second = (images.read((0, k), "rgb").astype(float) for k in (0, 1))
    found = lossless.image(time=0, phi=22.5, blend=True)
    np.testing.assert_array_equal(found, np.rint(0.75 * first + 0.25 * second).astype(np.uint8))
    depth = lossless.image(time=0, phi=22.5, blend=True, channel="depth")
    either = np.isfinite(images.read((0, 0), "depth")) | np.isfinite(images.read((0, 1), "depth"))
    np.testing.assert_array_equal(np.isfinite(depth), either)


def test_blending_over_the_seam_of_an_angle(lossless: Collection) -> None:
    images = ball()
    last, first = (images.read((0, k), "rgb").astype(float) for k in (3, 0))
    found = lossless.image(time=0, phi=315, blend=True)
    np.testing.assert_array_equal(found, np.rint((last + first) / 2).astype(np.uint8))


def test_a_period_that_the_values_do_not_go_around_has_ends() -> None:
    phi = Parameter("phi", (0.0, 10.0, 20.0, 30.0), "degree", 360.0)
    assert not phi.goes_around
    assert phi.neighbours(34) == (3, 3, 0.0)
    assert phi.neighbours(-4) == phi.neighbours(356) == phi.neighbours(716) == (0, 0, 0.0)
    assert phi.neighbours(375) == (1, 2, 0.5)
    for value, end in ((100, 3), (190, 3), (200, 0), (300, 0)):
        with pytest.warns(UserWarning, match="is outside of 0 to 30"):
            assert phi.neighbours(value) == (end, end, 0.0)
        assert phi.within(value) == phi.values[end]
    with pytest.warns(UserWarning, match="is outside of 90 to 90"):
        Parameter("phi", (90.0,), "degree", 360.0).neighbours(180)
    missing_one = Parameter("phi", (0.0, 90.0, 180.0), "degree", 360.0)
    assert missing_one.neighbours(270) == (2, 0, 0.5)
    assert missing_one.within(-90) == -90


def test_a_hole_beside_the_seam_shows_the_image_behind_it() -> None:
    images = ball(holes=False)
    present = np.ones(images.shape, bool)
    present[1, :3] = False
    present[:, 0] = False
    holes = replace(images, present=present)
    found = compressed(holes, max_error=0, exclude=["depth"])
    with pytest.warns(UserWarning, match=r"time = 0\.5, phi = 270\.0 is shown"):
        shown = found.image(time=0.5, phi=0)
    np.testing.assert_array_equal(shown, images.read((1, 3), "rgb"))
    # a sector of 0 to 30 of 360 degrees: the other end is no neighbour
    phi = replace(images.parameters[1], values=(0.0, 10.0, 20.0, 30.0))
    present = np.array([[False, False, True, True]] * 3)
    sector = replace(images, parameters=(images.parameters[0], phi), present=present)
    found = compressed(sector, max_error=0, exclude=["depth"])
    with pytest.warns(UserWarning, match=r"phi = 20\.0 is shown"):
        found.image(time=0.5, phi=0)


def test_pickled_saved_and_iterated(lossless: Collection, tmp_path: Path) -> None:
    again = pickle.loads(pickle.dumps(lossless))
    np.testing.assert_array_equal(again.read((2, 3)), lossless.read((2, 3)))
    lossless.save(tmp_path / "copy.vcore")
    copy = vcore.open(tmp_path / "copy.vcore")
    assert copy.header == lossless.header
    assert len(copy) == len(list(copy)) == 11


def test_a_decoded_image_is_the_caller_s_own(lossless: Collection) -> None:
    image = lossless.read((0, 0))
    image[...] = 0
    np.testing.assert_array_equal(lossless.read((0, 0)), ball().read((0, 0), "rgb"))


def test_an_image_that_is_not_there(lossless: Collection) -> None:
    for index in ((1, 2), (3, 0), (-1, 0), (0,)):
        with pytest.raises(RegionError, match="index of an image"):
            lossless.read(index)


def test_images_of_another_size_are_refused() -> None:
    images = replace(only(ball(), "rgb"), read=lambda *_: np.zeros((40, 51, 3), np.uint8))
    with pytest.raises(InputError, match=r"time = 0.* phi = 0"):
        vcore.compress(images, None)


def test_a_volume_is_asked_for(lossless: Collection) -> None:
    with pytest.raises(InputError, match="collection of images"):
        xarray.open_dataset(lossless._container.source, engine="vcore")


def test_the_reader_of_volumes_names_the_kind(lossless: Collection) -> None:
    with pytest.raises(FormatError, match="collection of images"):
        vcore.FileDataset(lossless._container.source)


def test_noise_is_no_budget_of_pictures() -> None:
    with pytest.raises(BudgetError, match="detector's noise"):
        vcore.compress(ball(), None, quality="below-noise")


@pytest.mark.parametrize(
    "values", [(), (0.0, 0.0), (1.0, 0.0), (0.0, float("nan")), ("a", "a"), ("a", 1.0)]
)
def test_parameters_that_are_none(values: Any) -> None:
    with pytest.raises(InputError):
        Parameter("p", values)


@pytest.mark.parametrize(
    ("values", "period"),
    [((0.0, 1.0), -5.0), ((0.0, 1.0), float("nan")), ((0.0, 1.0), float("inf")), (("a", "b"), 9.0)],
)
def test_periods_that_are_none(values: Any, period: float) -> None:
    with pytest.raises(InputError, match="period"):
        Parameter("p", values, period=period)


def test_texts_of_values_tell_them_apart() -> None:
    far = Parameter("isovalue", (0.1 + 0.2, 1e9 + 0.002, 1e9 + 0.005))
    assert [far.text(k, 4) for k in range(3)] == ["0.3", "1000000000.002", "1000000000.005"]
    assert Parameter("t", (1234.5678,)).text(0) == "1234.57"
    assert Parameter("run", ("01", "1")).text(0) == "01"


def test_names_that_collide_are_refused() -> None:
    images = ball()
    with pytest.raises(InputError, match="different names"):
        replace(images, channels=(Channel("time", np.dtype("f4")),))


def test_the_camera_looks_at_its_centre() -> None:
    camera = Turntable((1, 2, 3), 10, 30)
    for values in ({"theta": 0, "phi": 0}, {"theta": 90, "phi": 45}, {"theta": 180, "phi": 200}):
        pose = camera.pose(values)
        np.testing.assert_allclose(pose @ [1, 2, 3, 1], [0, 0, -10, 1], atol=1e-12)
        np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
    up = camera.pose({"theta": 90, "phi": 45})[:3, :3] @ [0, 0, 1]
    np.testing.assert_allclose(up, [0, 1, 0], atol=1e-12)


HOSTILE: list[dict[str, Any]] = [
    {"size": [0, 4]},
    {"size": [1 << 20, 1 << 20]},
    {"size": "big"},
    {"parameters": [{"name": "p", "values": []}]},
    {"parameters": [{"name": "p", "values": [2.0, 1.0]}]},
    {"parameters": [{"name": f"p{k}", "values": [0.0, 1.0]} for k in range(25)]},
    {"parameters": [{"name": f"p{k}", "values": list(range(9000))} for k in range(3)]},
    {"parameters": [{"name": "p", "values": ["a", "b"], "period": 3}]},
    {"parameters": [{"name": "p", "values": [0.0, 1.0], "period": -3}]},
    {"channels": []},
    {"channels": [{"name": "rgb", "dtype": "f4", "method": "stacked", "range": [0, 1]}]},
    {"channels": [{"name": "x", "dtype": "O", "method": "stacked", "range": [0, 1]}]},
    {"present": "AAAA"},
    {"present": "####"},
    {"background": [1, 2]},
    {"background": [1, 2, 300]},
    {"camera": {"kind": "turntable"}},
    {"camera": {"kind": "fisheye", "centre": [0, 0, 0], "distance": 1, "view_angle": 30}},
    {"attributes": []},
]


@pytest.mark.parametrize("members", HOSTILE, ids=lambda m: json.dumps(m)[:40])
def test_hostile_headers_are_refused(members: dict[str, Any], lossless: Collection) -> None:
    header = {**lossless.header, **members}
    with pytest.raises(FormatError):
        vcore.open(pack_header(header))


def test_an_unknown_method_is_refused(lossless: Collection) -> None:
    channel = {**lossless.header["channels"][0], "method": "later"}
    header = {**lossless.header, "channels": [channel, lossless.header["channels"][1]]}
    with pytest.raises(FormatError, match="install a newer"):
        vcore.open(pack_header(header)).read((0, 0))


def test_white_is_the_background() -> None:
    images = ball()
    mask = images.mask((0, 0))
    np.testing.assert_array_equal(mask, (images.read((0, 0), "rgb") != WHITE).any(-1))
    np.testing.assert_array_equal(ball(colour="rgba").mask((0, 0)), mask)
