"""Serialisation of network weights: uniform quantisation with one step per array, entropy coded."""

import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vcore.entropy import decode_lattice, encode_lattice
from vcore.errors import FormatError

Parameters = dict[str, NDArray[np.float32]]


def step_of(values: NDArray[np.float32], bits: int) -> float:
    """Return the step of an array: its root mean square / 2**bits."""
    rms = float(np.sqrt(np.mean(np.square(values, dtype=np.float64)))) or 1.0
    return float(np.float32(rms / 2**bits))


def quantise(parameters: Parameters, bits: int) -> tuple[dict[str, NDArray[np.int32]], list[float]]:
    """Return integers and steps; the step of an array is its root mean square / 2**bits."""
    steps = [step_of(values, bits) for values in parameters.values()]
    pairs = zip(parameters.items(), steps, strict=True)
    return {name: np.rint(values / step).astype(np.int32) for (name, values), step in pairs}, steps


def dequantise(integers: dict[str, NDArray[np.int32]], steps: list[float]) -> Parameters:
    """Invert ``quantise`` up to rounding; return float32 arrays."""
    return {
        name: values.astype(np.float32) * np.float32(step)
        for (name, values), step in zip(integers.items(), steps, strict=True)
    }


def choose_bits(
    parameters: Parameters, loss_of: Callable[[Parameters], float], tolerance: float
) -> int:
    """Return the fewest bits at which quantisation raises ``loss_of`` by at most the fraction
    ``tolerance``, 12 at most."""
    limit = loss_of(parameters) * (1 + tolerance)
    for bits in range(1, 12):
        if loss_of(dequantise(*quantise(parameters, bits))) <= limit:
            return bits
    return 12


def pack(integers: dict[str, NDArray[np.int32]], steps: list[float]) -> bytes:
    """Return the steps (float32) and the integers of all arrays, entropy coded as one stream."""
    flat = np.concatenate([v.ravel() for v in integers.values()])
    return struct.pack(f"<{len(steps)}f", *steps) + encode_lattice(flat.reshape(1, 1, 1, -1))


def unpack(data: bytes, shapes: dict[str, tuple[int, ...]]) -> Parameters:
    """Decode the output of ``pack`` to arrays of ``shapes``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    if len(data) < 4 * len(shapes):
        raise FormatError("The network is too short: the file is damaged.")
    steps = list(struct.unpack_from(f"<{len(shapes)}f", data))
    if not np.isfinite(steps).all():
        raise FormatError("The network's steps are not finite: the file is damaged.")
    sizes = [int(np.prod(s)) for s in shapes.values()]
    flat = decode_lattice(data[4 * len(shapes) :], (1, 1, 1, sum(sizes))).ravel()
    parts = np.split(flat, np.cumsum(sizes)[:-1])
    integers = {n: p.reshape(s) for (n, s), p in zip(shapes.items(), parts, strict=True)}
    with np.errstate(over="ignore"):
        found = dequantise(integers, steps)
    if not all(np.isfinite(v).all() for v in found.values()):
        raise FormatError("The network's weights are not finite: the file is damaged.")
    return found
