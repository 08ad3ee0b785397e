"""Coarse levels missing from a decoder, averaged from finer ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError
from vcore.methods.base import Decoder
from vcore.model.pyramid import box_mean, finer
from vcore.model.regions import Region, blocks, shape_of

WORK_VOXELS = 1 << 21
"""Number of fine voxels averaged at a time."""


def native_level(decoder: Decoder, level: int, available: tuple[int, ...]) -> int | None:
    """Return the level from which ``level`` is averaged: the coarsest available one that is not
    coarser."""
    below = [n for n in available if n <= level]
    return max(below) if below else None


def decode_level(decoder: Decoder, region: Region, level: int, native: int) -> NDArray[Any]:
    """Return ``region`` of ``level``, averaged from level ``native``."""
    if native == level:
        return _decoded(decoder, region, level)
    factor = 1 << (level - native)
    side = max(round(WORK_VOXELS ** (1 / 3)) // factor, 1)
    out = np.empty(shape_of(region), np.float64)
    lead = len(region) - 3
    for part in blocks(out.shape, (1,) * lead + (side,) * 3):
        coarse = tuple(
            slice(p.start + s.start, p.stop + s.start) for p, s in zip(part, region, strict=True)
        )
        fine = finer(coarse, factor, decoder.grids[native].shape)
        out[part] = box_mean(_decoded(decoder, fine, native), (factor,) * 3)
    return out


def _decoded(decoder: Decoder, region: Region, level: int) -> NDArray[Any]:
    """Return decoded values, refusing a shape that NumPy would broadcast silently."""
    values = decoder.decode(region, level)
    if values.shape != shape_of(region):
        raise FormatError(
            f"Expected values of shape {shape_of(region)} from the method. Got {values.shape} "
            f"instead: one axis per slice of the region."
        )
    return values
