"""Effort ``fast`` of the wavelet method: its transform, its streams, regions, and damage."""

from typing import Any

import numpy as np
import pytest
from volumes import blobs, in_dtype

import vcore
from vcore.errors import FormatError, VersionError
from vcore.methods.wavelet.fast import lifting, quantiser
from vcore.methods.wavelet.fast.streams import decoded, encoded, halved, magnitudes, parent_tile
from vcore.methods.wavelet.fast.synthesis import Synthesis, scales
from vcore.methods.wavelet.fast.tables import check_version
from vcore.methods.wavelet.tables import LIFT
from vcore.methods.wavelet.transform import lift_axes, pyramid_shapes
from vcore.model.pyramid import box_mean
from vcore.model.regions import whole

FAST = {"effort": "fast"}


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape)


def compressed(values: np.ndarray, **given: Any) -> bytes:
    settings = {**FAST, **given.pop("settings", {})}
    return vcore.compress(values, None, method="wavelet", settings=settings, **given).data


@pytest.mark.parametrize("shape", [(7, 6, 5), (1, 8, 9), (2, 1, 5), (3, 1, 1), (16, 33, 21)])
def test_bands_are_those_of_lifting_along_each_axis(shape: tuple[int, int, int]) -> None:
    values = noise(*shape)
    low, bands = np.zeros(halved(shape)), np.zeros((7, *halved(shape)))
    lifting.analyse(values.copy(), np.array(LIFT), low, bands, (0, 0, 0, *shape))
    lift_axes(values, inverse=False)
    for b, scale in enumerate(scales(shape)):
        expected = values[b >> 2 :: 2, (b >> 1) & 1 :: 2, b & 1 :: 2]
        found = (bands[b - 1] if b else low)[tuple(map(slice, expected.shape))]
        assert np.allclose(found / scale, expected, atol=1e-12)


def integers(shape: tuple[int, ...], scale: float, *, seed: int = 1) -> np.ndarray:
    """Return integers by band, 0 beyond the bands' ends."""
    rng = np.random.default_rng(seed)
    q = np.zeros((7, *halved(shape)), np.int32)
    for b in range(1, 8):
        end = [(n + 1 - p) // 2 for n, p in zip(shape, (b >> 2, (b >> 1) & 1, b & 1), strict=True)]
        drawn = np.rint(rng.laplace(size=end) * scale * (rng.random(end) < 0.3))
        q[b - 1][tuple(map(slice, end))] = drawn.clip(-(2**31) + 1, 2**31 - 1)
    return q


@pytest.mark.parametrize("scale", [0.3, 4, 1000, 2**25, 2**30])
def test_integers_come_back(scale: float) -> None:
    shapes = [(3, 1, 5), (6, 2, 9), (12, 3, 18)]
    levels = [integers(shape, scale) for shape in shapes]
    data = encoded([level.copy() for level in levels], shapes)
    for found, level in zip(decoded(data, shapes), levels, strict=True):
        assert np.array_equal(found, level)


def test_a_parent_tells_of_its_children() -> None:
    """Coefficients under scattered ones of the coarser level only."""
    rng = np.random.default_rng(4)
    parent = np.where(rng.random((7, 16, 16, 16)) < 0.03, 3, 0).astype(np.int32)
    q = parent.repeat(2, 1).repeat(2, 2).repeat(2, 3)
    q = (q * (rng.random(q.shape) < 0.5)).astype(np.int32)
    with_parent, without = (len(encoded([q], [(64, 64, 64)], p)) for p in (parent, None))
    assert with_parent < 0.8 * without


def test_signs_that_follow_from_each_other_cost_little() -> None:
    q = np.zeros((7, 16, 16, 32), np.int32)
    q[0, :, :, ::2], q[0, :, :, 1::2] = 2, -2
    chance = np.where(np.random.default_rng(2).random(q.shape) < 0.5, q, -q)
    sizes = [len(encoded([v], [(32, 32, 64)])) for v in (q, chance)]
    assert sizes[1] - sizes[0] > 0.9 * np.count_nonzero(chance) / 8


@pytest.mark.parametrize("start", [(0, 64, 128), (64, 192, 0), (128, 64, 64)])
def test_parents_lie_over_their_children(start: tuple[int, int, int]) -> None:
    """Coefficients marked by their place in the level, and in the coarser one."""
    shape = (190, 200, 150)
    tile = tuple(slice(a, min(a + 64, n)) for a, n in zip(start, shape, strict=True))
    where = [a // 64 for a in start]
    over, part = parent_tile(where, tile, 64)
    positions = [s.start + 32 * i for s, i in zip(part, over, strict=True)]
    assert positions == [a // 4 for a in start]
    size = halved(halved([s.stop - s.start for s in tile]))
    assert tuple(s.stop - s.start for s in part) == size
    marked = np.arange(7 * 32**3).reshape(7, 32, 32, 32)
    found = magnitudes(marked, part)
    assert found.shape == (7, *size)
    assert found[3, 0, 0, 0] == min(marked[(3, *(s.start for s in part))], 16383)


@pytest.mark.parametrize("step", [0.1, 2.0**-20])
def test_a_region_is_synthesised_as_the_whole(step: float) -> None:
    shape = (150, 70, 66)
    shapes = pyramid_shapes(shape)
    tiles = {
        (level, where): integers(part, 3, seed=level + sum(where))
        for level in range(len(shapes) - 1)
        for where, part in _tiles(shapes[level])
    }
    synthesis = Synthesis(
        shapes, 3, step, [[3, 1, 0]] * len(shapes), lambda _, level, where: tiles[level, where]
    )
    coarsest = synthesis.coarsest(0, 0.25)
    assert coarsest.dtype == ("f4" if step == 0.1 else "f8")
    for level in range(2):
        everything = synthesis.values(0, whole(shapes[level]), level, coarsest)
        for lo, hi in (
            ((0, 0, 0), (9, 5, 4)),
            ((67, 9, 11), (70, 21, 20)),
            ((25, 3, 0), (75, 33, 27)),
        ):
            region = tuple(map(slice, lo, hi))
            found = synthesis.values(0, region, level, coarsest)
            assert np.array_equal(found, everything[region])


def _tiles(shape: tuple[int, ...]) -> Any:
    for where in np.ndindex(*(-(-n // 64) for n in shape)):
        yield where, tuple(min(64, n - 64 * i) for i, n in zip(where, shape, strict=True))


@pytest.mark.parametrize("shape", [(150, 70, 66), (1, 130, 75), (65, 1, 200), (3, 2, 1)])
def test_regions_are_parts_of_the_whole(shape: tuple[int, int, int]) -> None:
    values = in_dtype(blobs(shape) + 0.1 * noise(*shape), "u1", 0, 255)
    data = compressed(values, settings={"step": 0.02})
    everything = vcore.open(data).decode()
    assert np.abs(everything.astype(int) - values).max() < 25
    for share in (0, 0.4, 0.9):
        region = tuple(slice(int(share * n), int(share * n) + -(-n // 10)) for n in shape)
        assert np.array_equal(vcore.open(data).decode(region), everything[region])


@pytest.mark.parametrize(
    ("name", "value"), [("fast.encoder.READ_VOXELS", 1), ("scratch.SHARE", 0.0)]
)
def test_large_volumes_give_the_same_file(
    monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    """Read in rows of tiles, or with work arrays in temporary files."""
    values = in_dtype(blobs((70, 130, 66)), "u2", 0, 4000)
    expected = compressed(values, psnr=45)
    monkeypatch.setattr(f"vcore.methods.wavelet.{name}", value)
    assert compressed(values, psnr=45) == expected


def test_coarse_levels_lie_over_the_fine_one() -> None:
    z, y, x = np.meshgrid(*(np.arange(n) for n in (90, 75, 130)), indexing="ij", sparse=True)
    values = (np.sin(z / 15) + np.cos(y / 12) * np.sin(x / 18)).astype("f4")
    coarse = vcore.open(compressed(values, psnr=70)).decode(level=1)
    mean = box_mean(values.astype("f8"), (2, 2, 2))
    assert np.abs(coarse - mean)[2:-2, 2:-2, 2:-2].max() < 0.01


def test_a_psnr_is_hit_near_no_loss() -> None:
    values = (blobs((66, 30, 40)) + 0.01 * noise(66, 30, 40)).astype("f8")
    for psnr in (40, 110, 125):
        report = vcore.compress(values, None, method="wavelet", psnr=psnr, settings=FAST)
        assert psnr <= report.psnr < psnr + 0.06


def test_a_channel_of_two_neighbouring_floats_is_coded() -> None:
    """A sample of its tiles has no error, a PSNR of thousands of dB."""
    rng = np.random.default_rng(3042)
    values = (1e4 + rng.normal(size=(3, 3, 1, 28, 31))).astype("f2")
    report = vcore.compress(values, None, method="wavelet", psnr=40, settings=FAST)
    assert report.psnr >= 40


def test_quantising_weighs_bits() -> None:
    """Of two equal magnitudes the one among zeros is dropped, as it costs more bits."""
    values = np.zeros((7, 4, 4, 16), np.float32)
    values[2, :, :, 8:] = 1.4
    values[2, 2, 2, 3] = values[2, 2, 2, 12] = -0.9
    values[4, 1, 1, 5] = 5.45
    out = np.full(values.shape, 99, np.int32)
    sums = quantiser.quantise(values, np.float32(1), out)
    assert (out[2, 2, 2, 3], out[2, 2, 2, 12], out[4, 1, 1, 5]) == (0, -1, 5)
    assert np.array_equal(np.unique(out), [-1, 0, 1, 5])
    ones, excess = 4 * 4 * 8, 1 * 0.1 - (4 * 4 * 8 - 1) * 0.4
    assert sums == pytest.approx(np.array([[excess, ones], [0, 0], [5 - 5.45, 1]]), abs=1e-4)


def test_integers_stay_within_32_bits() -> None:
    values = np.full((7, 1, 1, 2), -1e6, np.float32)
    out = np.empty(values.shape, np.int32)
    quantiser.quantise(values, np.float32(2**23), out)
    assert (out == -2_000_000_000).all()


def test_what_is_empty_costs_nothing() -> None:
    values = np.zeros((192, 192, 192), "u1")
    values[20:30, 20:30, 20:30] = in_dtype(blobs((10, 10, 10)), "u1", 0, 255)
    reader = vcore.open(compressed(values, psnr=60)).decoder().reader
    lengths = [len(unit) for unit in reader.read_units(0, "details", range(27))]
    assert lengths[0] > 0
    assert not any(lengths[1:])


def test_any_stream_ends() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        data = rng.integers(0, 255, 50).astype("u1").tobytes()
        try:
            (found,) = decoded(data, [(20, 20, 20)])
        except FormatError:
            continue
        assert found.shape == (7, 10, 10, 10)


def test_an_impossible_stream_is_refused() -> None:
    with pytest.raises(FormatError, match="stream of wavelet coefficients"):
        decoded(b"\xff" * 40, [(4, 4, 4)])


@pytest.mark.parametrize("version", [None, 1, 3, "2", [2]])
def test_another_version_is_refused(version: Any) -> None:
    with pytest.raises(VersionError, match="version 2 of the effort 'fast'"):
        check_version({} if version is None else {"version": version})
