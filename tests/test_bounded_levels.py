"""Levels of method bounded: their values, their bytes, truncated, old and damaged files."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from counting import CountingSource
from headers import edited
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from volumes import blobs, holes

import vcore
from vcore.container import Container
from vcore.errors import FormatError
from vcore.methods.bounded.coding import EVERY_SECOND, decode_tile, encode_tile
from vcore.model.regions import whole

GOLDEN = Path(__file__).parent / "golden"
quick = settings(max_examples=40, deadline=None, derandomize=True)
shapes = st.tuples(st.integers(1, 4), *(st.integers(1, 9),) * 3)
magnitudes = st.one_of(st.integers(-2, 2), st.integers(-300, 300), st.integers(-(2**40), 2**40))


def noisy(*shape: int) -> np.ndarray:
    """Return smooth values with noise, float32."""
    rng = np.random.default_rng(4)
    return (blobs(shape[-3:]) * 200 + rng.normal(0, 4, shape)).astype("f4")


def at_box_centres(values: np.ndarray, level: int) -> np.ndarray:
    """Interpolate every 2**level-th voxel at the centres of the boxes of a level, float64."""
    values = values.astype("f8")
    for axis in (-3, -2, -1):
        values = np.moveaxis(values, axis, 0)
        n, side = len(values), 1 << level
        kept, rows = values[::side], []
        for i, low in enumerate(kept):
            middle = (min(side, n - i * side) - 1) / 2 / side
            rows.append(low + (kept[min(i + 1, len(kept) - 1)] - low) * middle)
        values = np.moveaxis(np.array(rows), 0, axis)
    return values


@given(hnp.arrays(np.int64, shapes, elements=magnitudes), st.sampled_from([1, 15, 4001]))
@quick
def test_fine_tiles_keep_within_half_a_step(values: np.ndarray, step: int) -> None:
    coarse_data, coarse = encode_tile(values[EVERY_SECOND], step, 3)
    data, found = encode_tile(values, step, 2, coarse)
    assert np.abs(found.values - values).max() <= step // 2
    again = decode_tile(coarse_data, coarse.values.shape, step, 3)
    again = decode_tile(data, values.shape, step, 2, again)
    np.testing.assert_array_equal(again.values, found.values)
    np.testing.assert_array_equal(again.errors, found.errors)
    np.testing.assert_array_equal(found.values[EVERY_SECOND], coarse.values)


@given(st.binary(min_size=1, max_size=300), st.integers(0, 2))
@quick
def test_damaged_fine_streams_end(data: bytes, level: int) -> None:
    _, coarse = encode_tile(np.arange(2 * 3 * 3 * 4).reshape(2, 3, 3, 4), 15, level + 1)
    with contextlib.suppress(FormatError):
        assert decode_tile(data, (2, 5, 6, 7), 15, level, coarse).values.shape == (2, 5, 6, 7)


@pytest.mark.parametrize(
    ("shape", "axes", "budget"),
    [
        ((9, 70, 131), "zyx", {"max_error": 0}),
        ((1, 33, 257), "zyx", {"range_error": 0.01}),
        ((3, 2, 4, 5, 130), "tczyx", {"max_error": 1}),
        ((5, 66, 67), "zyx", {"noise_sigma": 1, "gain": 1e-6, "read_noise": 80, "offset": 0}),
    ],
)
def test_levels_are_interpolated_between_voxels_of_level_0(
    shape: tuple[int, ...], axes: str, budget: dict
) -> None:
    original = np.rint(noisy(*shape) * 20).astype("i2")
    volume = vcore.Volume(vcore.Grid(shape[-3:]), (vcore.Variable("v", original, tuple(axes)),))
    data = vcore.compress(
        volume, None, method="bounded", budget=vcore.Budget(**budget), settings={"group": 2}
    ).data
    ds = vcore.open(data)
    decoder, levels = ds.decoder(), range(len(ds.grid_levels))
    assert len(levels) > 1
    assert decoder.stored_levels == tuple(levels)
    full = decoder.raw(whole(original.shape))  # not clipped to the range
    for level in levels[1:]:
        wanted = np.clip(at_box_centres(full, level), *decoder.header.range)
        # noise: interpolated as multiples of a share of it, and rounded and clipped to those
        noise = decoder.header.noise
        slack = 0.5 if noise is None else 80 * noise["unit"]
        assert np.abs(ds.decode(level=level) - wanted).max() <= slack


def test_floats_without_loss_have_levels() -> None:
    original = noisy(6, 40, 133)
    ds = vcore.open(vcore.compress(original, None, method="bounded", max_error=0).data)
    np.testing.assert_array_equal(ds.decode(), original)
    for level in (1, 2):
        wanted = at_box_centres(original, level).astype("f4")
        np.testing.assert_array_equal(ds.decode(level=level), wanted)


def test_missing_values_have_levels() -> None:
    original = holes(noisy(5, 20, 140))
    data = vcore.compress(original, None, method="bounded", range_error=1e-3).data
    ds = vcore.open(data)
    for level in range(1, 3):
        found = ds.decode(level=level)
        assert 0 < np.isfinite(found).sum() < found.size
        assert vcore.open(data[: _end(data, level)]).decoder().available_levels == tuple(
            range(level, 3)
        )


def test_a_level_reads_its_bytes_and_the_coarser_ones() -> None:
    original = noisy(33, 100, 260)
    data = vcore.compress(original, None, method="bounded", range_error=1e-3).data
    complete, ends = vcore.open(data), [_end(data, level) for level in range(4)]
    assert ends[0] == len(data)
    for level in (3, 2, 1):
        assert ends[level] < 0.3 * ends[level - 1]
        part = vcore.open(data[: ends[level]])
        assert part.decoder().available_levels == tuple(range(level, 4))
        np.testing.assert_array_equal(part.decode(level=level), complete.decode(level=level))
        source = CountingSource(data)
        vcore.open(source).decode(level=level)
        assert max(sum(read) for read in source.reads) <= max(ends[level], 1 << 16)


@pytest.mark.slow
def test_a_region_reads_its_tiles() -> None:
    original = noisy(64, 130, 130)
    data = vcore.compress(original, None, method="bounded", max_error=0).data
    source = CountingSource(data)
    ds = vcore.open(source)
    region = (slice(3, 60), slice(70, 90), slice(5, 64))
    np.testing.assert_array_equal(ds.decode(region), original[region])
    assert source.total < len(data) / 3  # the tile is a quarter of the voxels


def test_sections_with_a_gap_are_refused() -> None:
    data = vcore.compress(noisy(4, 20, 200), None, method="bounded", range_error=0.01).data

    def without_level_1(header: dict) -> None:
        header["sections"] = [s for s in header["sections"] if s[1] != 1]

    with pytest.raises(FormatError, match="levels"):
        vcore.open(edited(data, without_level_1)).decode(level=2)


def test_files_without_stored_levels_decode() -> None:
    """Written before levels were stored: those of two tiles are averaged."""
    ds = vcore.open(GOLDEN / "bounded_floats.vcore")
    assert len(ds.grid_levels) == 2
    for decoder in ds.variables.values():
        assert decoder.stored_levels == (0,)
        assert decoder.available_levels == (0, 1)


def _end(data: bytes, level: int) -> int:
    return max(s.end for s in Container(data).sections if s.level == level)


def test_uneven_coordinates_have_means_of_level_0() -> None:
    coordinates = [np.cumsum(np.linspace(1, 9, n)) for n in (3, 70, 5)]
    grid = vcore.Grid.from_coordinates(coordinates)
    values = np.broadcast_to(coordinates[1][None, :, None], grid.shape).astype("f4")
    volume = vcore.Volume(grid, (vcore.Variable("v", values),))
    ds = vcore.open(vcore.compress(volume, None, method="bounded", max_error=0).data)
    assert ds.decoder().stored_levels == (0,)
    coarse = ds.grid_levels[1].coordinates
    np.testing.assert_allclose(ds.decode(level=1)[0, :, 0], coarse[1], rtol=1e-6)
