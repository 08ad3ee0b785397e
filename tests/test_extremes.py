"""Values at the limits of a dtype: subnormal ones, -0.0, full integer ranges."""

import numpy as np
import pytest
import reference_reader
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

import vcore
from vcore.engine.layers.bound import quantiser_step, spacing
from vcore.errors import BudgetError
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.volume import Variable, Volume
from vcore.zarr import VcoreCodec

EXACT = vcore.Budget(max_error=0)
SHAPE = (4, 6, 5)
INTEGERS = ("u1", "i1", "u2", "i2", "u4", "i4")


def round_trip(values, budget, method="bounded"):
    """Return decoded values, and the bytes of the file."""
    data = vcore.compress(values, None, method=method, budget=budget).data
    return vcore.open(data).decode(), data


def through_codec(values, **options):
    codec = VcoreCodec(**options)
    array = zarr.create_array(
        {}, data=values, chunks=values.shape, serializer=codec, compressors=None, fill_value=0
    )
    return array[...]


def same_bits(a, b):
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


def subnormal(dtype, factor=100):
    """Return multiples of the smallest number above 0."""
    steps = np.random.default_rng(38).integers(-factor, factor, SHAPE)
    return (steps * float(np.finfo(dtype).smallest_subnormal)).astype(dtype)


@pytest.mark.parametrize("dtype", ["f2", "f4"])
@pytest.mark.parametrize("factor", [100, 10000])
@pytest.mark.parametrize("range_error", [1e-9, 0.0001, 0.001, 0.01, 0.0399, 0.3])
def test_bounds_of_subnormal_values_are_kept(dtype, factor, range_error):
    values = subnormal(dtype, factor if dtype == "f4" else 100)
    found, _ = round_trip(values, vcore.Budget(range_error=range_error))
    span = float(values.max()) - float(values.min())
    assert np.abs(found.astype("f8") - values.astype("f8")).max() <= range_error * span


@given(st.sampled_from(["f2", "f4", "f8"]), st.floats(0, 20), st.sampled_from(["chunk", "file"]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_bounds_near_the_grid_of_the_dtype_are_kept_or_refused(dtype, steps, where):
    values = subnormal(dtype)
    if where == "file" and dtype == "f8":
        values = values + np.float64(1.0)  # a file refuses a range below 1e-150
        values.flat[0] = 1 + 1e-9
    bound = steps * float(np.spacing(np.abs(values)).max())
    try:
        if where == "file":
            found, _ = round_trip(values, vcore.Budget(max_error=bound))
        else:
            found = through_codec(values, method="bounded", budget={"max_error": bound})
    except BudgetError as error:
        if "above what float64 can resolve" not in str(error):
            raise
    else:
        assert np.abs(found.astype("f8") - values).max() <= bound


def test_methods_that_cannot_keep_a_bound_refuse_it_before_the_work():
    values = subnormal("f4")
    bound = 1.5 * float(np.finfo("f4").smallest_subnormal)
    found, _ = round_trip(values, vcore.Budget(max_error=2 * bound), "wavelet")
    assert np.abs(found.astype("f8") - values).max() <= 2 * bound
    with pytest.raises(BudgetError, match="float32 can resolve"):
        round_trip(values, vcore.Budget(max_error=0.5 * bound), "wavelet")
    with pytest.raises(BudgetError, match="float32 can resolve"):
        through_codec(values, method="wavelet", budget={"max_error": 0.5 * bound})


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_the_step_leaves_room_for_rounding_to_the_dtype(dtype):
    for largest in (0.0, 1e-7, 1.0, 1000.0):
        limits = (-largest, largest)
        room = spacing(limits, np.dtype(dtype))
        assert room >= np.spacing(np.array(largest, dtype))
        step = quantiser_step(3 * room, limits, np.dtype(dtype), exact=True)
        assert step / 2 + room / 2 <= 3 * room


def zeros(kind, dtype):
    """Return zeros of both signs."""
    values = np.zeros(SHAPE, dtype)
    if kind == "negative":
        return -values
    values[1, ::2] = -0.0
    if kind == "beside others":
        values[0] = 1.5
        values[2, 0, 1:3] = np.nan, -np.inf
    if kind == "above":
        values[3] = 2
    if kind == "below":
        values[3] = -2
    return values


@pytest.mark.parametrize("dtype", ["f2", "f4"])
@pytest.mark.parametrize("kind", ["negative", "mixed", "beside others", "above", "below"])
def test_signs_of_zeros_are_kept_where_nothing_is_lost(dtype, kind):
    values = zeros(kind, dtype)
    found, data = round_trip(values, EXACT)
    assert same_bits(found, values)
    (variable,) = reference_reader.File(data).variables.values()
    assert same_bits(variable.decode(), values)
    assert same_bits(vcore.open(data)[1:3, ::2], values[1:3, ::2])
    assert same_bits(through_codec(values, budget={"max_error": 0}), values)


def test_signs_of_zeros_of_constant_volumes_of_any_method():
    values = zeros("mixed", "f8")
    for method in ("wavelet", "bounded"):
        assert same_bits(round_trip(values, EXACT, method)[0], values)
        exact = {"method": method, "budget": {"max_error": 0}}
        assert same_bits(through_codec(values, **exact), values)


def test_equal_zeros_stay_what_they_are_without_masks():
    values = np.abs(zeros("above", "f4"))
    found, data = round_trip(values, EXACT)
    assert same_bits(found, values)
    assert not vcore.open(data).info["variables"][0]["missing"]


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("method", ["bounded", "wavelet"])
def test_integers_over_their_whole_range(dtype, method):
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(1)
    values = rng.integers(limits.min, limits.max, SHAPE, dtype, endpoint=True)
    values.flat[:2] = limits.min, limits.max
    span = int(limits.max) - int(limits.min)
    if method == "bounded" or span < 1 << 20:
        assert same_bits(round_trip(values, EXACT, method)[0], values)
    ends = np.where(rng.random(SHAPE) < 0.5, limits.min, limits.max).astype(dtype)
    for given_values in (values, ends):
        for budget in ({"range_error": 0.01}, {"max_error": span / 3}, {"psnr": 50}):
            found, _ = round_trip(given_values, vcore.Budget(**budget), method)
            error = np.abs(found.astype("f8") - given_values)
            asked = vcore.Budget(**budget)
            if asked.psnr is None:
                assert error.max() <= asked.bound(span)
            else:
                assert np.square(error / span).mean() <= 10**-4.999
            options = {"method": method, "budget": budget, "range": (limits.min, limits.max)}
            assert np.abs(through_codec(given_values, **options).astype("f8") - found).max() <= span
    counting = {"gain": 1.0, "offset": float(limits.min), "read_noise": 1.0}
    noisy, _ = round_trip(values, vcore.Budget(noise_sigma=2.0, **counting))
    assert noisy.dtype == values.dtype


def test_minus_zeros_are_present_in_coarse_levels():
    values = np.full((65, 2, 3), np.nan, "f4")
    values[10] = -0.0
    values[20, 0], values[30, 1, 1] = 3, np.inf
    report = vcore.compress(values, None, budget=vcore.Budget(max_error=0))
    coarse = vcore.open(report.data).decode(level=1)
    there = np.isfinite(coarse)
    assert np.argwhere(there).tolist() == [[5, 0, 0], [5, 0, 1], [10, 0, 0], [10, 0, 1]]
    assert coarse[there].tolist() == [0, 0, 3, 3]


@pytest.mark.parametrize("scale", [0.1, -0.1])
def test_the_zero_of_packed_values_has_the_sign_of_its_integer(scale):
    packing = Packing("i2", "f4", scale)
    values = packing.unpack((np.arange(-30, 30).reshape(3, 4, 5) // 7).astype("i2"))
    variable = Variable("v", values, packing=packing)
    volume = Volume(Grid(values.shape), (variable,))
    report = vcore.compress(volume, None, method="wavelet", budget=vcore.Budget(max_error=0))
    decoder = vcore.open(report.data).decoder()
    assert decoder.packing == packing
    np.testing.assert_array_equal(np.signbit(decoder.decode()), np.signbit(values))
