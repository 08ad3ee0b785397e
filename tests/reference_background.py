"""The background of the method ``wavelet``: section 18 of docs/format.md, without vcore."""

from itertools import product
from math import ceil, prod
from typing import Any

import numpy as np
from reference_reader import Array, RangeDecoder, expect
from reference_wavelet import Mixer, single

BEHIND = (
    (0, 0, -1), (0, 0, -2), (0, -1, -1), (0, -1, 0), (0, -1, 1), (-1, -1, 0), (-1, 0, -1),
    (-1, 0, 0), (-1, 0, 1), (-1, 1, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0),
)  # fmt: skip


def decode_mask(data: bytes, shape: tuple[int, ...]) -> Array:
    """Return whether each voxel of a frame is background."""
    counts = [ceil(n / 8) for n in shape]
    expect(prod(n + 2 for n in counts) <= 1 << 22, "a mask is too large")
    coder, mixer = RangeDecoder(data, 0), Mixer()
    classes, mask = np.zeros([n + 1 for n in counts], int), np.zeros(shape, bool)
    for z, y, x in product(*map(range, counts)):
        before = classes[z, y, x - 1], classes[z, y - 1, x], classes[z - 1, y, x]
        c = 9 * before[0] + 3 * before[1] + before[2]
        mixed = single(coder, mixer, c)
        classes[z, y, x] = 2 if mixed else single(coder, mixer, 27 + c)
        mask[box(z, y, x)] = classes[z, y, x] == 1
    for block in product(*map(range, counts)):
        if classes[block] != 2:
            continue
        for place in np.argwhere(mask[box(*block)] == 0) + 8 * np.array(block):
            c = 0
            for step in BEHIND:
                at = tuple(place + step)
                inside = all(0 <= i < n for i, n in zip(at, shape, strict=True))
                c = 2 * c + int(inside and mask[at])
            mask[tuple(place)] = single(coder, mixer, 54 + c)
    return mask


def box(z: int, y: int, x: int) -> Any:
    return np.s_[8 * z : 8 * z + 8, 8 * y : 8 * y + 8, 8 * x : 8 * x + 8]


def put_back(values: Array, value: float, mask: Array, level: int) -> Array:
    """Return the values of a level, (..., z, y, x), with the background in its place."""
    inside, size = mask.astype(int), np.ones(mask.shape, int)
    for axis in range(3):
        starts = np.arange(0, inside.shape[axis], 2**level)
        inside = np.add.reduceat(inside, starts, axis)
        size = np.add.reduceat(size, starts, axis)
    share = inside / size
    return np.where(share == 1, value, values + (value - values) * share)
