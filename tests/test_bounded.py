"""Method bounded: lossless coding, bounds, time series, damaged streams."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from volumes import blobs, frames, holes, in_dtype

import vcore
from vcore.errors import BudgetError, FormatError
from vcore.methods.bounded.coding import decode_tile, encode_tile, frame_order
from vcore.methods.bounded.scale import of_patterns, patterns

quick = settings(max_examples=60, deadline=None, derandomize=True)
shapes = st.tuples(st.integers(1, 4), *(st.integers(1, 9),) * 3)
magnitudes = st.one_of(st.integers(-2, 2), st.integers(-300, 300), st.integers(-(2**40), 2**40))
EXACT = vcore.Budget(max_error=0)
INTEGERS = ("u1", "i1", "u2", "i2", "u4", "i4")


def noisy(shape: tuple[int, ...], seed: int = 3) -> np.ndarray:
    """Return smooth values with noise, float64."""
    rng = np.random.default_rng(seed)
    return (blobs(shape) * 200 + rng.normal(0, 4, shape)).astype("f8")


@given(hnp.arrays(np.int64, shapes, elements=magnitudes), st.sampled_from([1, 3, 15, 4001]))
@quick
def test_tiles_keep_within_half_a_step(values: np.ndarray, step: int) -> None:
    data, found = encode_tile(values, step)
    assert np.abs(found.values - values).max() <= step // 2
    np.testing.assert_array_equal(decode_tile(data, values.shape, step).values, found.values)


@given(st.binary(min_size=1, max_size=300), st.sampled_from([1, 15, 2**33 + 1]))
@quick
def test_damaged_streams_end(data: bytes, step: int) -> None:
    shape = (2, 5, 6, 7)
    with contextlib.suppress(FormatError):
        assert decode_tile(data, shape, step).values.shape == shape


def test_too_large_integers_are_refused() -> None:
    with pytest.raises(BudgetError, match="larger bound"):
        encode_tile(np.full((1, 2, 2, 2), 1 << 48), 1)


def test_every_frame_is_coded_once_after_its_neighbours() -> None:
    for count in range(1, 20):
        order = frame_order(count)
        known = {-1}
        for frame, before, behind in order.tolist():
            assert {before, behind} <= known
            known.add(frame)
        assert sorted(known) == list(range(-1, count))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_lose_nothing(dtype: str) -> None:
    limits = np.iinfo(dtype)
    original = in_dtype(noisy((9, 14, 70)), dtype, limits.min, limits.max)
    data = vcore.compress(original, None, method="bounded", budget=EXACT).data
    ds = vcore.open(data)
    np.testing.assert_array_equal(ds.decode(), original)
    assert ds.info["variables"][0]["guarantee"] == {"max_error": 0}


@pytest.mark.parametrize(("dtype", "size"), [("f2", 6e4), ("f4", 1.0), ("f4", 1e-41), ("f4", 3e38)])
def test_floats_lose_nothing(dtype: str, size: float) -> None:
    values = noisy((6, 7, 8))
    original = (values / np.abs(values).max() * size).astype(dtype)
    original[0, 0, :3] = 0, -0.0, np.finfo(dtype).smallest_subnormal
    data = vcore.compress(original, None, method="bounded", budget=EXACT).data
    np.testing.assert_array_equal(vcore.open(data).decode(), original)


def test_float64_without_loss_is_stored_as_it_is() -> None:
    original = noisy((5, 6, 7))
    data = vcore.compress(original, None, method="bounded", budget=EXACT).data
    assert vcore.open(data).decode().tobytes() == original.tobytes()


@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_patterns_keep_the_order(dtype: str) -> None:
    values = np.array(
        [-np.finfo(dtype).max, -1.5, -1e-7, 0, 1e-7, 1, 3, np.finfo(dtype).max], dtype
    )
    found = patterns(values, values.dtype)
    assert (np.diff(found) > 0).all()
    np.testing.assert_array_equal(of_patterns(found, values.dtype).astype(dtype), values)


@pytest.mark.parametrize("share", [1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_bounds_of_any_range_hold(share: float, scale: float) -> None:
    for dtype in ("f4", "f8"):
        original = (noisy((6, 7, 70)) * scale).astype(dtype)
        budget = vcore.Budget(range_error=share)
        report = vcore.compress(original, None, method="bounded", budget=budget)
        error = np.abs(vcore.open(report.data).decode().astype("f8") - original.astype("f8"))
        assert error.max() <= share * (float(original.max()) - float(original.min()))


def test_missing_values_and_frames_lose_nothing() -> None:
    original = holes(frames((3, 9, 11, 10))).astype("f4")
    data = vcore.compress(original, None, method="bounded", budget=EXACT).data
    np.testing.assert_array_equal(vcore.open(data).decode(), original)


def test_frames_help_each_other() -> None:
    series = np.stack([noisy((8, 12, 30)).astype("i2")] * 4)
    sizes = [
        vcore.compress(
            series, None, method="bounded", budget=EXACT, settings={"group": group}
        ).bytes
        for group in (1, 4)
    ]
    assert sizes[1] < 0.5 * sizes[0]


def test_smaller_than_the_residual_of_another_method() -> None:
    original = in_dtype(noisy((20, 40, 40)), "u1", 0, 255)
    ours = vcore.compress(original, None, method="bounded", budget=EXACT).bytes
    entropy = np.bincount(np.diff(original.astype("i2"), axis=-1).ravel() + 255)
    share = entropy[entropy > 0] / entropy.sum()
    assert 8 * ours < -(share * np.log2(share)).sum() * original.size


def test_single_voxels_in_emptiness_take_few_bytes() -> None:
    values = np.zeros((1, 64, 64, 64), np.int64)
    values.ravel()[np.random.default_rng(5).choice(values.size, 30, replace=False)] = 200
    data, _ = encode_tile(values, 1)
    assert len(data) < 240
    np.testing.assert_array_equal(decode_tile(data, values.shape, 1).values, values)


def test_blurred_noise_takes_less_than_its_neighbours_leave() -> None:
    noise = np.random.default_rng(5).normal(size=(4, 60, 60))
    for axis in (1, 2, 1, 2, 1, 2):
        noise = noise + np.roll(noise, 1, axis)
    values = np.rint(noise * 300 / noise.std()).astype(np.int64)
    coded = [values[:, :-2, :-2], values[:, :-2, 1:-1], values[:, :-2, 2:], values[:, 1:-1, :-2]]
    neighbours = np.stack([v.ravel() for v in coded], axis=1).astype("f8")
    here = values[:, 1:-1, 1:-1].ravel().astype("f8")
    left = here - neighbours @ np.linalg.lstsq(neighbours, here, rcond=None)[0]
    entropy = np.log2(np.sqrt(2 * np.pi * np.e) * left.std())
    data, _ = encode_tile(values[None], 1)
    assert 8 * len(data) / values.size < entropy - 0.5


@pytest.mark.parametrize("group", [0, 65])
def test_impossible_groups_are_refused(group: int) -> None:
    with pytest.raises(BudgetError, match="1 to 64"):
        vcore.compress(
            noisy((4, 4, 4)).astype("i2"), None, method="bounded", settings={"group": group}
        )
