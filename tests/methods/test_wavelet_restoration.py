"""The restoration of level 0: what docs/format.md says, regions, symmetry, gain, nothing invented,
damage."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from headers import edited
from reference_restoration import restored as by_specification
from volumes import blobs

import vcore
from vcore.errors import FormatError
from vcore.methods.wavelet.restoration import CHECKSUMS, REACH, changed, restored, taps_of
from vcore.methods.wavelet.restoration_loops import MARGIN
from vcore.methods.wavelet.transform import widened
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume

LEVELS = [1, 2, 3, 2, 0, 2, 1]
STEP = 0.05


def textured(*shape: int, seed: int = 0) -> np.ndarray:
    """Return values with flat parts, edges, slopes and noise of several sizes."""
    rng = np.random.default_rng(seed)
    grid = np.indices(shape)
    values = np.zeros(shape)
    for _ in range(5):
        normal = rng.normal(size=3)
        side = np.tensordot(normal, grid, 1) > rng.uniform(-5, 25)
        values += rng.normal() * side * rng.choice([0.02, 0.1, 0.5])
    values += (grid[2] > shape[2] // 2) * rng.normal(size=shape) * 0.02
    return values


def whole(values: np.ndarray) -> tuple[slice, ...]:
    return tuple(slice(0, n) for n in values.shape)


def volume(values: np.ndarray) -> Volume:
    return Volume(Grid(values.shape), (Variable("values", values, ("z", "y", "x")),))


def coded(values: np.ndarray, step: float) -> bytes:
    settings = {"step": step, "restoration": True}
    return vcore.compress(volume(values), None, method="wavelet", settings=settings).data


def without(data: bytes) -> bytes:
    return edited(data, lambda h: h["variables"][0]["state"].pop("restoration"))


def decoded(data: bytes) -> Any:
    return np.asarray(vcore.open(data).array[...], np.float64)


@pytest.mark.parametrize("shape", [(12, 14, 16), (1, 20, 24), (17, 1, 3), (1, 1, 9), (2, 2, 2)])
def test_restored_values_are_those_of_the_specification(shape: tuple[int, int, int]) -> None:
    for seed in range(4):
        values = textured(*shape, seed=seed)
        found = restored(values, whole(values), whole(values), STEP, [seed + 1, *LEVELS])
        np.testing.assert_array_equal(found, by_specification(values, STEP, seed + 1, LEVELS))
        assert shape[0] * shape[1] < 100 or (found != values).mean() > 0.1


def test_a_part_is_restored_as_the_whole() -> None:
    assert MARGIN == REACH
    values = textured(15, 16, 17)
    full = restored(values, whole(values), whole(values), STEP, [1, *LEVELS])
    for lo, hi in (((0, 0, 0), (3, 16, 2)), ((4, 3, 2), (5, 6, 7)), ((13, 7, 16), (15, 9, 17))):
        region = tuple(map(slice, lo, hi))
        there = widened(region, REACH, values.shape)
        found = restored(values[there], there, region, STEP, [1, *LEVELS])
        np.testing.assert_array_equal(found, full[region])


def test_turned_and_mirrored_values_are_restored_alike() -> None:
    values = np.random.default_rng(1).normal(size=(9, 10, 11)) * 0.03
    own, _ = changed(values, whole(values), whole(values), STEP, taps_of(1), [1] * 7)
    assert own.any()
    for axes in permutations(range(3)):
        for mirrored in ((), (0,), (1, 2)):
            turned = np.ascontiguousarray(np.flip(values.transpose(axes), mirrored))
            found, _ = changed(turned, whole(turned), whole(turned), STEP, taps_of(1), [1] * 7)
            np.testing.assert_allclose(found, np.flip(own.transpose(axes), mirrored), atol=1e-8)


def test_a_file_is_nearer_to_the_original_and_regions_are_those_of_the_whole() -> None:
    values = textured(70, 60, 50, seed=4)
    data = coded(values, 0.05)
    found, bare = decoded(data), decoded(without(data))
    error, error_bare = (np.square(v - values).mean() for v in (found, bare))
    assert error < 0.97 * error_bare
    array = vcore.open(data).array
    for region in (np.s_[3:9, 10:11, :], np.s_[60:, 55:, 40:], np.s_[31:33, 0:5, 7:40]):
        np.testing.assert_array_equal(array[region], found[region].astype(array.dtype))


@pytest.mark.parametrize("number", CHECKSUMS)
def test_nothing_appears_where_nothing_is_and_nothing_that_was_kept_goes(number: int) -> None:
    """Flat fields stay flat beyond the reach of edges; faint structures keep their contrast."""
    z, y, x = np.indices((48, 48, 48))
    values = np.where(x < 16, 0.2, 0.8) + 0.0
    for k, contrast in enumerate((0.02, 0.05, 0.1, 0.2)):
        centre = (12, 8 + 10 * k, 34)
        radius = sum((g - c) ** 2 for g, c in zip((z, y, x), centre, strict=True))
        values = values - contrast * (radius < 9)
    step = 0.06
    data = coded(values, step)
    data = edited(data, lambda h: h["variables"][0]["state"].update(restoration=[number, *[2] * 7]))
    found, bare = decoded(data), decoded(without(data))
    flat = values[30:, :, 24:]
    assert np.abs(found[30:, :, 24:] - flat).max() <= np.abs(bare[30:, :, 24:] - flat).max() + 1e-9
    assert np.abs(found - bare).max() < step
    for k in range(4):
        place = np.s_[11:14, 7 + 10 * k : 10 + 10 * k, 33:36]
        kept = 0.8 - bare[place].mean()
        assert 0.8 - found[place].mean() > 0.8 * kept - 1e-3


@pytest.mark.parametrize(
    ("restoration", "message"),
    [
        ([99, *[2] * 7], "update vcore"),
        ([1, 2, 2], "restoration"),
        ([1, *[4] * 7], "restoration"),
        ([1, *[-1] * 7], "restoration"),
        ([1, *["2"] * 7], "restoration"),
        ("12222222", "restoration"),
    ],
)
def test_damaged_headers_are_refused(restoration: Any, message: str) -> None:
    values = blobs((20, 20, 20))
    data = coded(values, 0.05)
    broken = edited(data, lambda h: h["variables"][0]["state"].update(restoration=restoration))
    with pytest.raises(FormatError, match=message):
        vcore.open(broken).array[...]
