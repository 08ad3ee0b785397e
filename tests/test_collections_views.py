"""Views: order of prediction, use of the depth, alpha, holes, damaged streams."""

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from headers import edited
from made_images import ball, only

import vcore
from vcore.collections.camera import Turntable
from vcore.collections.collection import Collection
from vcore.collections.images import Channel, Images
from vcore.collections.methods.base import CodedImages
from vcore.collections.methods.views.blocks import code_blocks
from vcore.collections.methods.views.colour import REVERSIBLE, fitted, to_image, to_planes
from vcore.collections.methods.views.contexts import INTER_MODE
from vcore.collections.methods.views.deblocking import coded_squares, deblock
from vcore.collections.methods.views.decoder import Stream, number_of, pairs_of, parse_unit
from vcore.collections.methods.views.hierarchy import Hierarchy, places
from vcore.collections.methods.views.image import ImageCoder, Neighbours
from vcore.collections.methods.views.intra import MODES
from vcore.collections.methods.views.prior import initial_state
from vcore.collections.methods.views.rate_loops import LARGE, mode_bits, quantise
from vcore.collections.methods.views.rates import rates_of
from vcore.collections.methods.views.transform import (
    IDENTITY,
    LARGEST,
    MATRICES,
    SCAN,
    SIZES,
    TYPES,
    backward,
    forward,
)
from vcore.collections.parameters import Parameter
from vcore.container import SectionReader
from vcore.container.varint import pack_number
from vcore.errors import FormatError, InputError, VersionError
from vcore.runtime.jit import jit

WHITE = (255, 255, 255)


def compressed(images: Images, **options: Any) -> Collection:
    found = vcore.open(vcore.compress(images, None, method="views", **options).data)
    assert isinstance(found, Collection)
    return found


def psnr(images: Images, found: Collection) -> float:
    name = images.channels[0].name
    errors = [
        (found.read(i)[..., :3].astype(float) - images.read(i, name)[..., :3]) ** 2
        for i in images.indices()
    ]
    return float(10 * np.log10(255**2 / np.mean(errors)))


@pytest.mark.parametrize(
    ("count", "group"), [(1, 10), (2, 10), (9, 10), (24, 10), (41, 64), (7, 1)]
)
def test_every_position_follows_from_shallower_ones_of_its_group(count: int, group: int) -> None:
    found = places(count, group)
    keys = [i for i, place in enumerate(found) if not place.depth]
    assert len(keys) == -(-count // group)
    for i, place in enumerate(found):
        if place.depth:
            assert max(found[place.lower].depth, found[place.upper].depth) < place.depth
            assert place.lower == place.upper or place.lower < i < place.upper
            assert abs(i - place.lower) <= 4
            assert not any(min(i, place.lower) < k < max(i, place.lower) for k in keys)


def test_a_long_group_takes_fewer_bytes_and_a_short_one_fewer_images() -> None:
    images = only(ball(times=6), "rgb")
    long, short = (compressed(images, psnr=36, settings={"group": group}) for group in (10, 1))
    assert long.stored_bytes < 0.8 * short.stored_bytes
    most = max(long.touched(i)[0] for i in long.indices())
    assert max(short.touched(i)[0] for i in short.indices()) == 2 < most <= 12


def planet() -> Images:
    """Return a textured sphere seen from around, with its depth."""
    camera = Turntable((0, 0, 0), 4, 30)
    phis = (0.0, 15.0, 30.0, 45.0, 60.0)
    side = 64
    y, x = np.mgrid[:side, :side] + 0.5
    f = camera.focal_length(side)
    rays = np.stack([(x - side / 2) / f, (side / 2 - y) / f, np.full(x.shape, -1.0)], -1)

    def read(index: tuple[int, ...], channel: str) -> Any:
        pose = camera.pose({"phi": phis[index[0]]})
        centre = pose[:3, 3]  # of the sphere, in eye coordinates
        a, b = (rays * rays).sum(-1), rays @ centre
        root = b * b - a * (centre @ centre - 0.81)
        depth = np.where(root > 0, (b - np.sqrt(np.maximum(root, 0))) / a, np.nan)
        if channel == "depth":
            return depth.astype(np.float32)
        world = (rays * depth[..., None] - centre) @ pose[:3, :3]
        colour = 127 + 100 * np.sin(9 * world + 20 * np.roll(world, 1, -1) ** 2)
        return np.where(root[..., None] > 0, colour, 255).astype(np.uint8)

    parameters = (Parameter("phi", phis, "degree"),)
    channels = (Channel("rgb", np.dtype("u1")), Channel("depth", np.dtype("f4")))
    return Images(parameters, (side, side), channels, read, None, WHITE, camera)


def test_the_depth_saves_bytes_between_viewpoints() -> None:
    images = planet()
    with_depth, without = (
        compressed(images, settings={"step": 300, "depth": depth}) for depth in (True, False)
    )
    sizes = [c.info["channels"][0]["bytes"] for c in (with_depth, without)]
    assert sizes[0] < 0.8 * sizes[1]
    assert psnr(images, with_depth) > psnr(images, without)


def test_the_depth_is_used_if_asked_or_if_a_header_does_not_tell() -> None:
    assert compressed(planet(), settings={"step": 300}).info["channels"][0]["settings"] == {
        "depth": False,
        "step": 300,
    }
    data = vcore.compress(planet(), None, settings={"step": 300, "depth": True}).data
    without = edited(data, lambda h: h["channels"][0]["settings"].pop("depth"))
    for one, other in zip(vcore.open(data), vcore.open(without), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("depth", [True, False])
def test_bytes_of_one_image_are_those_read(monkeypatch: pytest.MonkeyPatch, depth: bool) -> None:
    """Of whole units, and of the depths that it is predicted by."""
    data = vcore.compress(planet(), None, settings={"step": 300, "depth": depth}).data
    read: dict[tuple[int, int], int] = {}
    original = SectionReader.read_units

    def counted(reader: SectionReader, level: int, name: str, wanted: Any) -> list[bytes]:
        numbers = list(wanted)
        units = original(reader, level, name, numbers)
        if reader._source.size == len(data):  # not within a group of depths
            (section,) = reader._sections.values()
            read.update(
                {(section.variable, n): len(u) for n, u in zip(numbers, units, strict=True)}
            )
        return units

    for index in planet().indices():
        told = vcore.open(data).touched(index)[1]
        monkeypatch.setattr(SectionReader, "read_units", counted)
        read.clear()
        vcore.open(data).read(index)
        monkeypatch.undo()
        assert sum(read.values()) == told


@pytest.mark.parametrize("alpha", [255, 120])
def test_a_constant_alpha_takes_no_bytes(alpha: int) -> None:
    images = only(ball(colour="rgba"), "rgba")

    def read(index: tuple[int, ...], channel: str) -> np.ndarray:
        image = images.read(index, channel).copy()
        image[..., 3] = alpha
        return image

    found = compressed(replace(images, read=read), settings={"step": 300})
    assert all((found.read(i)[..., 3] == alpha).all() for i in found.indices())


def test_alpha_is_near_the_original() -> None:
    images = only(ball(colour="rgba"), "rgba")
    found = compressed(images, psnr=38)
    for index in images.indices():
        before, after = (
            r.astype(float)[..., 3] for r in (images.read(index, "rgba"), found.read(index))
        )
        assert np.abs(before - after).mean() < 4


@pytest.mark.parametrize("bound", [0, 1, 5])
def test_a_bound_is_kept(bound: int) -> None:
    images = only(ball(times=2), "rgb")
    found = compressed(images, max_error=bound)
    worst = max(
        np.abs(found.read(i).astype(int) - images.read(i, "rgb")).max() for i in images.indices()
    )
    assert worst <= bound
    assert bound == 0 or worst > 0


def test_holes_are_no_neighbours() -> None:
    images = only(ball(times=6), "rgb")
    present = np.random.default_rng(2).random(images.shape) < 0.5
    present[0, 0] = True
    found = compressed(replace(images, present=present), max_error=0)
    assert len(found) == present.sum()
    for index in found.indices():
        np.testing.assert_array_equal(found.read(index), images.read(index, "rgb"))


def test_labels_are_not_predicted_along() -> None:
    images = only(ball(times=3, holes=False), "rgb")
    labels = Parameter("kind", ("a", "b", "c"))
    found = compressed(
        replace(images, parameters=(labels, *images.parameters[1:])), settings={"step": 400}
    )
    along = [found.touched((0, k))[0] for k in range(found.shape[1])]
    assert along == [found.touched((1, k))[0] - 1 for k in range(found.shape[1])]


def test_images_are_the_same_with_one_thread() -> None:
    images = only(ball(times=3), "rgb")
    data = vcore.compress(images, None, psnr=36, method="views").data
    code = (
        "import sys, vcore, zlib; c = vcore.open(sys.stdin.buffer.read());"
        "print(zlib.crc32(b''.join(i.tobytes() for i in c)))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=data,
            capture_output=True,
            check=True,
            env={**os.environ, "VCORE_THREADS": threads},
        ).stdout
        for threads in ("1", "3")
    }
    assert len(told) == 1


@pytest.mark.parametrize("between", [False, True])
def test_damaged_streams_are_refused_or_decode_to_something(between: bool) -> None:
    rng = np.random.default_rng(5)
    image = only(ball(), "rgb").read((0, 0), "rgb")
    coder = ImageCoder(image.shape[:2], 3, fitted([image]), WHITE, 200, False)
    before, after = coder.reference(image), coder.reference(image[::-1].copy())
    neighbours = [Neighbours(before, after, 1, 1)] if between else []
    good = coder.encode(image, neighbours, 1, initial_state()).data
    streams = [rng.bytes(int(length)) for length in rng.integers(0, 400, 30)]
    for place in rng.integers(0, len(good), 30):
        streams.append(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
    refused = 0
    for stream in streams:
        try:
            assert coder.decode(stream, neighbours, 1, initial_state()).shape == image.shape
        except FormatError:
            refused += 1
    assert 0 < refused < len(streams)


def test_a_unit_tells_the_parameters_of_every_image() -> None:
    streams = [
        Stream((), b"abc"),
        Stream((1,), b""),
        Stream((2, 0), b"d"),
        Stream((0, 1, 2), b"e" * 300),
    ]
    numbers = b"".join(pack_number(number_of(s, 3)) for s in streams)
    unit = numbers + b"".join(s.data for s in streams)
    assert parse_unit(unit, 4, 3) == streams
    for damaged in (unit[:-1], unit + b"x", numbers[:2]):
        with pytest.raises(FormatError):
            parse_unit(damaged, 4, 3)


def test_an_image_without_a_pair_along_a_parameter_is_refused() -> None:
    hierarchy = Hierarchy(ball_source(), 10)
    assert len(pairs_of(hierarchy, 0, (0, 1))) == 2
    root = hierarchy.root
    assert pairs_of(hierarchy, root, ()) == []
    for axes in ((0,), (1, 0)):
        with pytest.raises(FormatError, match="between two others"):
            pairs_of(hierarchy, root, axes)


def ball_source() -> CodedImages:
    images = only(ball(times=5, holes=False), "rgb")
    return CodedImages(images.parameters, images.size, images.channels[0], (0, 255))


def test_neighbours_that_save_nothing_are_not_decoded() -> None:
    """Along the second parameter images have nothing in common."""
    rng = np.random.default_rng(3)
    textures = rng.integers(0, 256, (4, 32, 32, 3)).astype(np.uint8)
    parameters = tuple(Parameter(name, tuple(map(float, range(4)))) for name in ("t", "kind"))
    channels = (Channel("rgb", np.dtype("u1")),)
    images = Images(parameters, (32, 32), channels, lambda index, _: textures[index[1]], None)
    found = compressed(images, settings={"step": 300})
    assert found.touched((2, 2))[0] < 9  # all of its neighbours, theirs, and so on


def test_edges_of_blocks_are_smoothed_where_both_sides_are_smooth() -> None:
    planes = np.zeros((1, 16, 16), np.int32)
    planes[:, :, 8:] = 40
    busy = planes.copy()
    busy[:, :, 8:] += np.random.default_rng(1).integers(0, 900, (16, 8), np.int32)
    sizes, modes = np.full((4, 4), 8, np.int32), np.full((4, 4), 63, np.int32)
    values, steps = np.zeros((1, 16, 16), np.int32), np.array([320], np.int64)
    for plane, changes in ((planes, True), (busy, False)):
        for coded in (False, True):
            values[0, 0, 0] = values[0, 8, 0] = coded
            out = plane.copy()
            deblock(out, sizes, coded_squares(sizes, modes, values), steps, 2)
            assert np.any(out != plane) == (changes and coded)
            assert (out[..., :5] == plane[..., :5]).all()
    values[:] = 1
    out = planes.copy()
    deblock(out, sizes, coded_squares(sizes, modes, values), steps, 2)
    assert 0 < np.abs(np.diff(out[0, 5])).max() < 20


@pytest.mark.parametrize("version", [None, 1, 3, "2"])
def test_images_of_another_version_of_the_coder_are_refused(version: Any) -> None:
    data = vcore.compress(only(ball(), "rgb"), None, method="views", settings={"step": 300}).data

    def change(header: dict[str, Any]) -> None:
        state = header["channels"][0]["state"]
        del state["version"]
        if version is not None:
            state["version"] = version

    with pytest.raises(VersionError, match="compress the images again"):
        vcore.open(edited(data, change)).read((0, 0))


@pytest.mark.parametrize(
    "settings", [{"group": 0}, {"group": 65}, {"step": 0}, {"step": 10**6}, {"depth": "perhaps"}]
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        vcore.compress(only(ball(), "rgb"), None, method="views", settings=settings)


@pytest.mark.parametrize("transform", [REVERSIBLE, "none"])
def test_whole_transforms_are_reversible(transform: str) -> None:
    image = np.random.default_rng(1).integers(0, 256, (7, 9, 4), np.uint8)
    planes = to_planes(image, transform).astype(np.int32)
    np.testing.assert_array_equal(to_image(planes, transform), image)


def test_a_fitted_transform_is_nearly_reversible() -> None:
    image = np.random.default_rng(1).integers(0, 256, (7, 9, 3), np.uint8)
    transform = fitted([image])
    back = to_image(to_planes(image, transform).astype(np.int32), transform)
    assert np.abs(back.astype(int) - image).max() <= 1


@pytest.mark.parametrize("k", range(4))
def test_matrices_are_orthonormal_and_coefficients_scanned_once(k: int) -> None:
    n = SIZES[k]
    for matrix in MATRICES[:, k, :n, :n] / 1024:
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(n), atol=0.004)
    assert sorted(SCAN[k, : n * n]) == list(range(n * n))


@jit
def transformed(values, n, kind):  # type: ignore[no-untyped-def]
    """Return the coefficients of a block, and what they go back to."""
    work = np.zeros((3, LARGEST, LARGEST), np.int32)
    forward(values, n, kind, work[0], work[1])
    backward(work[1], n, kind, work[0], work[2])
    return work[1, :n, :n], work[2, :n, :n]


@pytest.mark.parametrize("kind", range(TYPES))
@pytest.mark.parametrize("n", SIZES)
def test_transforms_go_back(kind: int, n: int) -> None:
    values = np.random.default_rng(n).integers(-4000, 4000, (n, n)).astype(np.int32)
    found, back = transformed(values, n, kind)
    assert np.abs(back - values).max() <= (0 if kind == IDENTITY else 50)
    assert (found == values).all() == (kind == IDENTITY)


def test_sines_suit_what_grows_from_an_edge() -> None:
    """As the error of a prediction from the pixels beside it does."""
    ramp = np.tile(np.arange(1, 9, dtype=np.int32) * 100, (8, 1))
    cosine, sine = (np.abs(transformed(ramp, 8, kind)[0]) for kind in (0, 1))
    assert sine[0, 0] / sine.sum() > cosine[0, 0] / cosine.sum() + 0.05
    assert np.abs(transformed(ramp, 8, 2)[0]).sum() > cosine.sum()  # along the other axis


def test_specks_are_coded_without_a_transform(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    image = np.full((64, 64, 3), 255, np.uint8)
    image[tuple(rng.integers(0, 64, (2, 40)))] = 0
    chosen = []

    def spied(*given: Any) -> Any:
        chosen.append(given[12].copy())
        return code_blocks(*given)

    monkeypatch.setattr("vcore.collections.methods.views.blocks.code_blocks", spied)
    coder = ImageCoder(image.shape[:2], 3, fitted([image]), WHITE, 400, False)
    coder.encode(image, [], 0, initial_state())
    assert (chosen[0] == IDENTITY).mean() > 0.1


def test_what_moves_far_is_predicted() -> None:
    """Over a third of the image, in one direction and then in another."""
    texture = np.random.default_rng(4).integers(0, 256, (48, 48, 3), np.uint8)
    places = ((20, 10), (40, 60), (90, 100))

    def read(index: tuple[int, ...], _: str) -> Any:
        y, x = places[index[0]]
        image = np.full((160, 160, 3), 255, np.uint8)
        image[y : y + 48, x : x + 48] = texture
        return image

    times = Parameter("time", (0.0, 1.0, 2.0))
    images = Images((times,), (160, 160), (Channel("rgb", np.dtype("u1")),), read, None, WHITE)
    found = compressed(images, settings={"step": 300})
    alone = compressed(images, settings={"step": 300, "group": 1})
    assert found.stored_bytes < 0.6 * alone.stored_bytes
    assert psnr(images, found) > psnr(images, alone) - 0.5


def test_rates_are_those_of_codes() -> None:
    """No code is shorter than Kraft's inequality allows."""
    rates = rates_of(initial_state())
    modes = [*range(MODES), INTER_MODE]
    for between in (False, True):
        for left, above in ((-1, -1), (4, -1), (4, 9), (INTER_MODE, 9)):
            bits = [
                mode_bits.py_func(rates.singles, m, left, above, between, 1)
                for m in modes[: None if between else MODES]
            ]
            assert 0.3 < sum(2.0**-b for b in bits) <= 1 + 1e-9
    signs = np.array([1] + [2] * (LARGE - 1))
    found = (signs * 2.0 ** -rates.magnitudes[..., :LARGE]).sum(-1)
    assert found.max() <= 1 + 1e-9
    assert (found > 0.5).mean() > 0.9
    assert (2.0 ** -rates.last[1, :, :, 1:65]).sum(-1).max() <= 1 + 1e-9


def test_coefficients_are_chosen_by_distortion_and_rate() -> None:
    n, k, step = 8, 1, 40
    rates = rates_of(initial_state())
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:n, :n]
    block = np.rint(rng.laplace(size=(n, n)) * 300 / (1 + y + x)).astype(np.int32)
    q, m, spent = np.zeros((n, n), np.int32), np.zeros((n + 2, n + 2)), np.zeros((3, n * n))

    def cost_of(weight: float) -> float:
        parts = rates.magnitudes[0], rates.last[k, 0, 1], rates.some[0]
        given = (block, n, k, step, SCAN[k], *parts, weight, q, m.astype(np.int64), spent, 0)
        return float(quantise.py_func(*given)[0])

    nearest = np.rint(block / step).astype(int)
    assert cost_of(0) == pytest.approx(((block / step - nearest) ** 2).sum())
    np.testing.assert_array_equal(q, nearest)
    few, some = [], []
    for weight in (0.05, 0.2, 1.0):
        cost = cost_of(weight)
        distortion = ((block / step - q) ** 2).sum()
        assert distortion < cost <= ((block / step) ** 2).sum() + weight * rates.some[0, 0]
        assert (np.abs(q) <= np.abs(nearest)).all()
        few.append(np.count_nonzero(q))
        some.append(distortion)
    assert few == sorted(few, reverse=True)
    assert few[0] > few[-1]
    assert some == sorted(some)
    assert cost_of(1e6) == pytest.approx(((block / step) ** 2).sum() + 1e6 * rates.some[0, 0])
    assert not q.any()
