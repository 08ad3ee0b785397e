"""Entropy coding of integer lattices with contexts from already coded neighbours (docs/format.md,
section 6).

The single coder for all integers that vcore stores on a grid: latent codes, block means, masks,
residuals of an error bound and, as a lattice of one row, network weights.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError

MAX_VALUES = 1 << 28
"""Maximum number of values in one decoded lattice (1 GiB of int32)."""


def encode_lattice(values: NDArray[np.integer[Any]], *, gated: bool = False) -> bytes:
    """Return the coded bytes of ``values`` without trailing zero bytes.

    Parameters
    ----------
    values
        Integers of shape (channels, z, y, x), magnitudes below 2**31. Contexts are kept separately
        per channel.
    gated
        Code channels 1 and up only where channel 0 is nonzero; elsewhere they must be 0.
    """
    from vcore.entropy import lattice_loops as streams
    from vcore.entropy import rangecoder

    values = np.require(values, np.int32, ("C", "W"))
    capacity = 512 + values.size
    while True:
        out = np.empty(capacity, np.uint8)
        length = rangecoder.stream(
            streams.code, rangecoder.ENCODE, out, values, gated, _contexts(values.shape[0])
        )
        if length >= 0:
            return out[1:length].tobytes().rstrip(b"\0")
        capacity *= 2


def decode_lattice(
    data: bytes, shape: tuple[int, int, int, int], *, gated: bool = False
) -> NDArray[np.int32]:
    """Decode the output of ``encode_lattice`` into int32 of ``shape``.

    Raises
    ------
    FormatError
        The shape exceeds MAX_VALUES, or the stream is damaged.
    """
    if any(n < 0 for n in shape) or int(np.prod(shape, dtype=object)) > MAX_VALUES:
        raise FormatError(f"Expected a lattice of at most {MAX_VALUES} values. Got shape {shape}.")
    from vcore.entropy import lattice_loops as streams
    from vcore.entropy import rangecoder

    values = np.zeros(shape, np.int32)
    coded = np.frombuffer(bytearray(data), np.uint8)
    if rangecoder.stream(
        streams.code, rangecoder.DECODE, coded, values, gated, _contexts(shape[0])
    ):
        raise FormatError("A coded stream is damaged: it holds an impossible value.")
    return values


def _contexts(channels: int) -> NDArray[np.int32]:
    from vcore.entropy import lattice_loops as streams
    from vcore.entropy import rangecoder

    return rangecoder.new_contexts(channels * streams.CONTEXTS)


def predict(values: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the Lorenzo prediction errors: differences of ``values`` along its last three axes."""
    for axis in (-1, -2, -3):
        values = np.diff(values, axis=axis, prepend=np.int32(0))
    return values


def unpredict(errors: NDArray[np.int32]) -> NDArray[np.int32]:
    """Invert ``predict``: cumulative sums of ``errors`` along the last three axes, modulo 2**32."""
    for axis in (-3, -2, -1):
        errors = np.cumsum(errors, axis=axis, dtype=np.int32)
    return errors
