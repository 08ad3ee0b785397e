"""The chunk codec on chunks of any shape, dtype, missing values, method and budget."""

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.storage import MemoryStore

import vcore
from vcore import methods
from vcore.errors import BudgetError, InputError
from vcore.model.volume import DTYPES
from vcore.zarr import VcoreCodec
from vcore.zarr.chunk import ChunkContext
from vcore.zarr.chunk_encoder import encode_chunk

REPORT = "Please report this"
ABSENT = {"nan": [np.nan], "all kinds": [np.nan, np.inf, -np.inf], "none": []}
FAST = {
    "wavelet": {"effort": "fast"},
    "bounded": {},
    **{name: methods.get(name).Settings.smallest().to_json() for name in ("gaussian", "svd2")},
}


def values_of(shape, dtype, kind, absent, seed):
    """Return random values of a kind, some of them missing."""
    rng = np.random.default_rng(seed)
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        limits = np.iinfo(dtype)
        low, high = (0, 50) if kind == "few" else (limits.min, limits.max)
        if kind == "constant":
            return np.full(shape, limits.max, dtype)
        return rng.integers(low, high, shape, endpoint=True).astype(dtype)
    if kind == "constant":
        values = np.full(shape, -2.5, dtype)
    elif kind == "few":
        values = rng.choice(np.array([0.0, -0.0, 1, 3], dtype), shape)
    else:
        values = (100 * rng.normal(size=shape)).astype(dtype)
    holes = rng.random(shape) < rng.choice([0.1, 0.9, 1.0])
    if absent:
        values[holes] = rng.choice(np.array(absent, dtype), int(holes.sum()))
    return values


def declared(values, missing, seed):
    """Insert a declared missing value at random positions, if the dtype can represent it."""
    limits = np.iinfo(values.dtype) if values.dtype.kind != "f" else np.finfo(values.dtype)
    if missing is not None and float(limits.min) <= missing <= float(limits.max):
        values[np.random.default_rng(seed).random(values.shape) < 0.3] = missing
    return values


def present_in(values, missing):
    """Return a mask of values that are not missing."""
    present = np.isfinite(values)
    return present if missing is None else present & (values.astype("f8") != missing)


def check(values, present, read, budget, limits):
    """Compare missing values, and present ones within the budget."""
    assert read.dtype == values.dtype
    np.testing.assert_array_equal(read[~present], values[~present])
    error = np.abs(read[present].astype("f8") - values[present])
    bound = vcore.Budget(**budget).bound(float(limits[1]) - float(limits[0]))
    if bound is not None:
        assert error.max(initial=0) <= bound
    if bound == 0:
        np.testing.assert_array_equal(np.signbit(read), np.signbit(values))
    assert np.isfinite(read[present]).all()


sides = st.integers(1, 7)
long_sides = st.integers(65, 150)
shapes = st.one_of(
    st.tuples(sides, sides, sides),
    st.tuples(st.integers(1, 3), sides, sides, sides),
    st.tuples(long_sides, st.integers(1, 4), st.integers(1, 3)),
    st.tuples(st.integers(1, 3), st.integers(1, 3), long_sides),
    st.tuples(st.integers(1, 3), long_sides),
    st.tuples(long_sides),
)
budgets = st.sampled_from(
    [{}, {"max_error": 0}, {"max_error": 1}, {"range_error": 0.01}, {"psnr": 40}, {"bpv": 12}]
)


@pytest.mark.slow
@given(
    shapes,
    st.sampled_from([*DTYPES, ">f4", ">i2"]),
    st.sampled_from(["few", "constant", "wide"]),
    st.sampled_from(list(ABSENT)),
    st.sampled_from(["wavelet", "bounded"]),
    st.sampled_from([None, None, 0, 7, -9999, 1e20]),
    budgets,
    st.integers(1, 3),
    st.integers(0, 99),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_arrays_come_back(shape, dtype, kind, absent, method, missing, budget, cuts, seed):
    values = declared(values_of(shape, dtype, kind, ABSENT[absent], seed), missing, seed)
    present = present_in(values, missing)
    there = values[present]
    limits = (there.min(), there.max()) if there.size else (0, 1)
    chunks = (*shape[:-1], -(-shape[-1] // cuts))
    try:
        codec = VcoreCodec(
            method=method, budget=budget, settings=FAST[method], range=limits, missing=missing
        )
        array = zarr.create_array(
            MemoryStore(),
            data=values,
            chunks=chunks,
            serializer=codec,
            compressors=None,
            fill_value=np.nan if values.dtype.kind == "f" and seed % 2 else 0,
        )
    except (InputError, BudgetError) as error:
        if REPORT in str(error):
            raise
        return
    read = array[...]
    check(values, present, read, budget, limits)
    box = tuple(slice(n // 3, n // 3 + n // 2 + 1) for n in shape)
    np.testing.assert_array_equal(array[box], read[box])


@pytest.mark.parametrize(
    "shape", [(65, 3, 2), (2, 66, 3), (3, 3, 128), (2, 129, 70), (2, 3, 2, 97)]
)
@pytest.mark.parametrize("effort", ["fast", "good"])
@pytest.mark.parametrize("budget", [{"max_error": 1.0}, {"bpv": 8}])
def test_masks_of_wavelet_above_64_voxels_a_side(shape, effort, budget):
    values = values_of(shape, "f4", "wide", ABSENT["all kinds"], 1)
    shared = ChunkContext(
        shape,
        tuple("tczyx"[-3:] if len(shape) == 3 else "tzyx"),
        values.dtype,
        "wavelet",
        {"effort": effort} if effort == "fast" else {},
        vcore.Budget(**budget),
    )
    data = encode_chunk(values, shared).data  # checks its output
    if "bpv" in budget:
        assert len(data) <= values.size


@pytest.mark.parametrize("method", ["gaussian", "svd2"])
@pytest.mark.parametrize("shape", [(17, 9, 16), (66, 8, 8)])
def test_research_methods_keep_what_is_missing(method, shape):
    values = values_of(shape, "f4", "wide", ABSENT["nan"], 2)
    shared = ChunkContext(shape, tuple("zyx"), values.dtype, method, FAST[method])
    assert encode_chunk(values, shared).count == np.isfinite(values).sum()
