"""Coding of a level band by band: the arrays that ``loops.code_band`` takes.

Coefficients are stored interleaved: position (z, y, x) of the band with parities (pz, py, px), 1
for high, has index (2 z + pz, 2 y + py, 2 x + px); the low band's positions hold zeros. They are
coded in planes per band, padded so that no neighbour needs a check.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.rangecoder import Direction
from vcore.methods.wavelet import loops
from vcore.methods.wavelet.contexts import MAX_MAGNITUDE, offsets_of

Integers = NDArray[np.int32]
PAD = 2
"""Reach of the contexts, in coefficients of a band."""


def code_level(
    encoding: Direction,
    coder: NDArray[np.int64],
    data: NDArray[np.uint8],
    values: Integers,
    parent: Integers,
    before: Integers,
    learned: tuple[NDArray[Any], ...],
) -> bool:
    """Encode the coefficients of a level into ``data``, or decode them; see ``rangecoder.stream``.

    Parameters
    ----------
    values
        Integers of the level.
    parent
        Integers of the next coarser level over this one.
    before
        Magnitudes in the previously coded components of the group and the sums over their
        neighbours, (2, coefficients); (2, 0) without a group.
    learned
        What the coder has learned, which is changed: counters, weights and counters of signs.

    Returns
    -------
    False if ``data`` is too short (encoding) or holds an impossible value (decoding).
    """
    halves = [(n + 3) // 4 for n in values.shape]
    shape, over_shape = [2 * n + 2 * PAD for n in halves], [n + 2 for n in halves]
    plane = np.zeros(shape, np.int32)
    strides = shape[1] * shape[2], shape[2]
    over_strides = over_shape[1] * over_shape[2], over_shape[2]
    over, sums, spread = _parents(parent, over_shape)
    mags, done = np.zeros((2, *shape), np.int32)
    blocks, blocks_done = np.zeros((2, *over_shape), np.int32)
    marks = np.zeros((8, *shape), np.int8)
    slots, ways, work = np.empty(8, np.int64), np.empty(8, np.int64), np.empty(24, np.int64)
    levels = before.reshape(2, *values.shape) if before.size else None
    context = before
    flat = [a.reshape(-1) for a in (plane, mags, done, marks, blocks, blocks_done)]
    above = [a.reshape(-1) for a in (sums, spread)]
    over = over.reshape(8, -1)
    for b in range(1, 8):
        pz, py, px = b >> 2, (b >> 1) & 1, b & 1
        band = values[pz::2, py::2, px::2]
        nz, ny, nx = band.shape
        inside = plane[PAD : PAD + nz, PAD : PAD + ny, PAD : PAD + nx]
        if b > 1:
            done += mags
            blocks_done += blocks
            for array in (plane, mags, blocks):
                array[...] = 0
        if encoding is not None:
            inside[...] = band
        if levels is not None:
            padded = np.zeros((2, *shape), np.int32)
            padded[:, PAD : PAD + nz, PAD : PAD + ny, PAD : PAD + nx] = levels[
                :, pz::2, py::2, px::2
            ]
            context = padded.reshape(2, -1)
        offsets = offsets_of(b, plane.size, strides, over_strides)
        sizes = (nz, ny, nx, *strides, *over_strides)
        if not loops.code_band(
            encoding, coder, data, b, sizes, offsets, *flat,
            over[b], *above, context, *learned,
            slots, ways, work,
        ):  # fmt: skip
            return False
        if encoding is None:
            band[...] = inside
    return True


def _parents(parent: Integers, shape: list[int]) -> tuple[NDArray[Any], ...]:
    """Return the integers of the next coarser level by band, the sums of their capped magnitudes
    over bands, and the sums of these over 3 x 3 x 3 positions; padded by one on each side."""
    over = np.zeros((8, *shape), np.int32)
    for b in range(1, 8):
        band = parent[b >> 2 :: 2, (b >> 1) & 1 :: 2, b & 1 :: 2]
        nz, ny, nx = band.shape
        over[b, 1 : nz + 1, 1 : ny + 1, 1 : nx + 1] = band
    sums = np.minimum(np.abs(over), MAX_MAGNITUDE).sum(0, dtype=np.int32)
    spread = sums
    for axis in range(3):
        wider = np.zeros_like(spread)
        ahead, behind = [slice(None)] * 3, [slice(None)] * 3
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        wider[tuple(behind)] = spread[tuple(ahead)]
        wider[tuple(ahead)] += spread[tuple(behind)]
        wider += spread
        spread = wider
    return over, sums, spread
