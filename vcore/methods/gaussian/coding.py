"""Serialisation of quantised Gaussians (docs/format.md, section 15)."""

import math

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.rows import Bytes, pack_rows
from vcore.errors import FormatError
from vcore.methods.gaussian.quantise import (
    MAX_COARSE_SCALE,
    MAX_OCTAVES,
    Integers,
    Quantised,
    from_morton,
    max_refinement,
    morton,
    octaves,
    position_bits,
    scales_of,
)

MAX_GAUSSIANS, MAX_PER_BYTE = 1 << 24, 8
"""Maximum number of Gaussians in a group, and per byte of the group (one takes more than 20
bits)."""
MIN_SCALE_LIMIT, MAX_SCALE_LIMIT = 1e-9, 1e9
"""Limits of the scales, in voxels."""
GAP_BITS = 16
"""Number of low bits of the Morton distances that are coded separately."""


def pack(integers: Quantised) -> bytes:
    """Return the Gaussians of a frame as bytes; their number is stored elsewhere."""
    if not len(integers):
        return b""
    gaps = np.diff(morton(integers.cells), prepend=0)
    middle = np.rint(np.median(integers.scales, axis=0)).astype(np.int32)
    octave = integers.octave
    order = np.argsort(octave, kind="stable")  # gives neighbours in the stream similar magnitudes
    scales = scales_of(integers.scales, integers.refinements, octave)
    return b"".join(
        [
            pack_rows(np.stack([gaps >> GAP_BITS, gaps & (1 << GAP_BITS) - 1])),
            pack_rows(middle[None]),
            pack_rows((integers.scales - middle).T),
            pack_rows(integers.strengths.T),
            pack_rows(integers.refinements[order].T),
            pack_rows(integers.shears[order].T),
            _pack_positions(integers.positions, position_bits(scales, octave)),
        ]
    )


def unpack(data: Bytes, count: int, channels: int, max_octave: int = MAX_OCTAVES) -> Quantised:
    """Decode the output of ``pack`` for Gaussians of at most ``max_octave`` octaves.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    if not count:
        return Quantised.of(*np.zeros((5, 0, 3)), np.zeros((0, channels)), max_octave=max_octave)
    high, low = data.rows(2, count).astype(np.int64)
    gaps = (high << GAP_BITS) + low
    curve = np.cumsum(gaps)
    if (gaps < 0).any() or (curve < 0).any() or (count and curve[-1] >= 1 << 60):
        raise FormatError("The Gaussians are damaged: a cell outside of all volumes.")
    middle = data.rows(1, 3)[0]
    scales = data.rows(3, count).T.astype(np.int64) + middle
    strengths = data.rows(channels, count).T
    octave = octaves(strengths, max_octave)
    back = np.argsort(np.argsort(octave, kind="stable"))
    refinements = data.rows(3, count).T[back]
    shears = data.rows(3, count).T[back]
    bits = position_bits(_checked(scales, refinements, octave, max_octave), octave)
    positions = _unpack_positions(data, bits)
    cells = from_morton(curve)
    return Quantised.of(
        cells, positions, scales, refinements, shears, strengths, max_octave=max_octave
    )


def _checked(
    coarse: NDArray[np.integer],
    refinements: NDArray[np.integer],
    octave: NDArray[np.int64],
    max_octave: int,
) -> NDArray[np.float64]:
    """Return the validated scales.

    Raises
    ------
    FormatError
        A scale is out of range.
    """
    finer, coarser = np.abs(refinements).max(initial=0), np.abs(coarse).max(initial=0)
    if coarser <= MAX_COARSE_SCALE and finer <= max_refinement(max_octave):
        with np.errstate(over="ignore"):
            scales = scales_of(coarse, refinements, octave)
        if scales.min(initial=1) > MIN_SCALE_LIMIT and scales.max(initial=1) < MAX_SCALE_LIMIT:
            return scales
    raise FormatError("The Gaussians are damaged: an impossible scale.")


def _pack_positions(positions: Integers, bits: NDArray[np.int64]) -> bytes:
    """Return positions as plain bits, most significant first, as they are uniform within the
    cells."""
    flat, width = positions.ravel().astype(np.int64), bits.ravel()
    start = np.cumsum(width) - width
    stream = np.zeros(int(width.sum()), np.uint8)
    for k in range(int(width.max(initial=0))):
        has = width > k
        stream[start[has] + k] = (flat[has] >> (width[has] - 1 - k)) & 1
    return np.packbits(stream).tobytes()


def _unpack_positions(data: Bytes, bits: NDArray[np.int64]) -> Integers:
    width = bits.ravel()
    total = int(width.sum())
    stream = np.unpackbits(np.frombuffer(data.take(math.ceil(total / 8)), np.uint8))
    start = np.cumsum(width) - width
    flat = np.zeros(width.size, np.int64)
    for k in range(int(width.max(initial=0))):
        has = width > k
        flat[has] = flat[has] << 1 | stream[start[has] + k]
    return flat.reshape(bits.shape).astype(np.int32)


def pack_changes(before: Quantised, after: Quantised) -> bytes:
    """Return the changes from one frame of a group to the next as bytes."""
    if not len(before):
        return b""
    return pack_rows((_moving(after) - _moving(before)).T)


def unpack_changes(data: Bytes, before: Quantised, key: Quantised) -> Quantised:
    """Decode the frame after ``before``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    if not len(before):
        return before
    moving = _moving(before)
    moving = moving + data.rows(moving.shape[1], len(moving)).T.astype(np.int64)
    positions, refinements, shears, strengths = np.split(moving, (3, 6, 9), axis=1)
    if np.abs(moving).max(initial=0) >= 1 << 31:
        raise FormatError("The Gaussians are damaged: an impossible change.")
    _checked(before.scales, refinements, key.octave, key.max_octave)
    moved = positions, before.scales, refinements, shears, strengths
    return Quantised.of(before.cells, *moved, max_octave=key.max_octave)


def _moving(integers: Quantised) -> NDArray[np.int64]:
    parts = (integers.positions, integers.refinements, integers.shears, integers.strengths)
    return np.concatenate(parts, axis=1).astype(np.int64)
