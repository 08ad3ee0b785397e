"""The lattice coder: exact round trips, rate near the entropy, damaged streams."""

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vcore.entropy import decode_lattice, encode_lattice, predict, unpredict
from vcore.errors import FormatError
from vcore.methods._networks.weights import choose_bits, dequantise, pack, quantise, unpack

quick = settings(max_examples=150, deadline=None, derandomize=True)
LARGEST = 2**31 - 1
FROZEN = "fff7c28d02523567a85f62a5fa147b4f34a047bbe515fd1f1296addaed8f192d85947940fbd4d7496c42ecb0"

shapes = st.tuples(st.integers(0, 3), *(st.integers(0, 6),) * 3)
magnitudes = st.one_of(st.integers(-2, 2), st.integers(-300, 300), st.integers(-LARGEST, LARGEST))


@given(hnp.arrays(np.int32, shapes, elements=magnitudes))
@quick
def test_round_trip(values: np.ndarray) -> None:
    data = encode_lattice(values)
    decoded = decode_lattice(data, values.shape)
    assert decoded.dtype == np.int32
    assert np.array_equal(decoded, values)
    assert data[-1:] != b"\0"


@given(
    hnp.arrays(
        np.int32, st.tuples(st.integers(1, 4), *(st.integers(0, 6),) * 3), elements=magnitudes
    )
)
@quick
def test_gated_round_trip(values: np.ndarray) -> None:
    values[1:, values[0] == 0] = 0
    data = encode_lattice(values, gated=True)
    assert np.array_equal(decode_lattice(data, values.shape, gated=True), values)


@pytest.mark.parametrize("value", [0, 1, -1, 15, -16, LARGEST, -LARGEST, 2**30, -(2**30) + 1])
def test_extreme_values(value: int) -> None:
    values = np.full((1, 3, 4, 5), value, np.int32)
    assert np.array_equal(decode_lattice(encode_lattice(values), values.shape), values)


def test_zeros_cost_nothing() -> None:
    assert encode_lattice(np.zeros((1, 0, 5, 5), np.int32)) == b""
    assert len(encode_lattice(np.zeros((1, 64, 64, 64), np.int32))) < 100


def test_any_integer_type_is_taken() -> None:
    values = np.arange(24, dtype="u1").reshape(1, 2, 3, 4)
    assert np.array_equal(decode_lattice(encode_lattice(values), values.shape), values)
    fortran = np.asfortranarray(values.astype("i4"))
    assert encode_lattice(fortran) == encode_lattice(values)


def test_bytes_are_frozen() -> None:
    """Old files must decode permanently: these bytes belong to format version 1."""
    values = (np.arange(60).reshape(1, 3, 4, 5) * 7919 % 23 - 11).astype(np.int32)
    data = encode_lattice(values)
    assert data == encode_lattice(values)
    assert data.hex() == FROZEN


@pytest.mark.parametrize("scale", [0.3, 1.0, 4.0, 30.0])
def test_rate_of_independent_laplace_values_is_near_the_entropy(scale: float) -> None:
    rng = np.random.default_rng(0)
    values = np.rint(rng.laplace(0, scale, (1, 64, 64, 64))).astype(np.int32)
    counts = np.unique(values, return_counts=True)[1] / values.size
    entropy = -(counts * np.log2(counts)).sum()
    bits = 8 * len(encode_lattice(values)) / values.size
    assert entropy * 0.99 < bits < entropy * 1.03 + 0.005


def test_contexts_use_what_neighbours_tell() -> None:
    rng = np.random.default_rng(0)
    scale = np.where(np.arange(64) < 32, 0.05, 6.0)  # half of the lattice is nearly empty
    values = np.rint(rng.laplace(0, 1, (1, 64, 64, 64)) * scale[:, None, None]).astype(np.int32)
    counts = np.unique(values, return_counts=True)[1] / values.size
    entropy = -(counts * np.log2(counts)).sum()
    assert 8 * len(encode_lattice(values)) / values.size < 0.8 * entropy


@given(st.binary(max_size=200), shapes, st.booleans())
@quick
def test_any_bytes_decode_or_are_refused(
    data: bytes, shape: tuple[int, int, int, int], gated: bool
) -> None:
    try:
        values = decode_lattice(data, shape, gated=gated)
    except FormatError:
        return
    assert values.shape == shape
    assert np.abs(values.astype("i8")).max(initial=0) <= LARGEST


@given(st.data())
@quick
def test_damaged_streams_decode_or_are_refused(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 9)))
    values = np.rint(rng.laplace(0, 50, (2, 4, 5, 6))).astype(np.int32)
    stream = bytearray(encode_lattice(values))
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(stream) - 1))
        stream[position] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(FormatError):
        assert decode_lattice(bytes(stream), values.shape).shape == values.shape


@pytest.mark.parametrize("shape", [(1, 1 << 10, 1 << 10, 1 << 10), (1, -1, 2, 2), (1 << 60,) * 4])
def test_absurd_shapes_are_refused_before_allocation(shape: tuple[int, int, int, int]) -> None:
    with pytest.raises(FormatError, match="at most"):
        decode_lattice(b"abc", shape)


# prediction

ints = hnp.arrays(
    np.int32,
    hnp.array_shapes(min_dims=3, max_dims=5, max_side=5),
    elements=st.integers(-(2**31), 2**31 - 1),
)


@given(ints)
@quick
def test_prediction_wraps_and_returns(values: np.ndarray) -> None:
    errors = predict(values)
    assert errors.dtype == np.int32
    assert errors.shape == values.shape
    assert np.array_equal(unpredict(errors), values)


def test_prediction_of_a_ramp_is_zero_inside() -> None:
    z, y, x = np.mgrid[:4, :5, :6]
    errors = predict((3 * z - 2 * y + 5 * x).astype(np.int32))
    assert (errors[1:, 1:, :] == 0).all()
    assert np.count_nonzero(errors) == 3 + 4 + 5


# weights


def _parameters(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "w0": rng.normal(0, 0.3, (7, 5)).astype("f4"),
        "b0": np.zeros(5, "f4"),
        "a0": np.full(1, 0.25, "f4"),
        "w1": rng.normal(0, 20, (5, 3)).astype("f4"),
    }


@pytest.mark.parametrize("bits", [1, 4, 12])
def test_weights_round_trip(bits: int) -> None:
    parameters = _parameters()
    integers, steps = quantise(parameters, bits)
    data = pack(integers, steps)
    found = unpack(data, {n: v.shape for n, v in parameters.items()})
    expected = dequantise(integers, steps)
    assert list(found) == list(parameters)
    for name, values in parameters.items():
        assert found[name].dtype == np.float32
        assert np.array_equal(found[name], expected[name])
        rms = float(np.sqrt(np.mean(values**2))) or 1.0
        assert np.abs(found[name] - values).max() <= rms / 2**bits * 0.5001


def test_weights_take_about_the_bits_asked_for() -> None:
    values = {"w0": np.random.default_rng(1).normal(0, 1, (100, 100)).astype("f4")}
    for bits in (2, 5):
        integers, steps = quantise(values, bits)
        # a Gaussian in steps of sigma / 2**bits has log2(sqrt(2 pi e)) + bits bits
        expected = bits + 0.5 * math.log2(2 * math.pi * math.e)
        assert 8 * len(pack(integers, steps)) / 10_000 == pytest.approx(expected, rel=0.05)


def test_choose_bits_keeps_the_loss() -> None:
    parameters = _parameters()

    def loss_of(found: dict[str, np.ndarray]) -> float:
        return 1 + sum(float(np.square(found[n] - parameters[n]).sum()) for n in parameters)

    bits = choose_bits(parameters, loss_of, 0.01)
    assert loss_of(dequantise(*quantise(parameters, bits))) <= 1.01
    assert bits == 1 or loss_of(dequantise(*quantise(parameters, bits - 1))) > 1.01


@given(st.binary(max_size=80))
@quick
def test_any_bytes_are_weights_or_refused(data: bytes) -> None:
    shapes = {"w0": (3, 4), "b0": (4,)}
    try:
        found = unpack(data, shapes)
    except FormatError:
        return
    assert {n: v.shape for n, v in found.items()} == shapes
    assert all(np.isfinite(v).all() for v in found.values())


def test_weights_beyond_float32_are_refused() -> None:
    data = pack({"w0": np.full((2, 2), 1000, np.int32)}, [3.0e38])
    with pytest.raises(FormatError):
        unpack(data, {"w0": (2, 2)})
