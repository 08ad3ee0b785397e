"""Decoding of variables on voxels of any size."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vcore.engine.levels import LevelsDecoder
from vcore.errors import InputError, MemoryLimitError
from vcore.model.regions import whole
from vcore.model.volume import Variable, Volume
from vcore.runtime.memory import available_bytes


def resampled(decoder: LevelsDecoder, spacing: float | Sequence[float], name: str) -> Volume:
    """Return the variable decoded at ``spacing``; see ``Dataset.resample``."""
    grid, header = decoder.grid, decoder.header
    if grid.coordinates is not None:
        raise InputError("Expected a regular grid. This one is rectilinear: decode its levels.")
    steps = np.broadcast_to(np.asarray(spacing, float), 3)
    if not (np.isfinite(steps) & (steps > 0)).all():
        raise InputError(f"Expected a positive, finite spacing. Got {spacing} instead.")
    ratio = [float(s / g) for s, g in zip(steps, grid.spacing, strict=True)]
    # drop a last voxel that would extend beyond the grid by half or more
    shape = tuple(max(math.ceil(n / r - 0.5), 1) for n, r in zip(grid.shape, ratio, strict=True))
    lead = header.shape[:-3]
    need = math.prod((*lead, *shape)) * decoder.dtype.itemsize
    if need > available_bytes():
        raise MemoryLimitError(
            f"Expected a volume that fits into memory. Spacing {spacing} gives {shape} voxels, "
            f"{need / 1e9:.1f} GB: choose larger ones."
        )
    values = decoder.resampled(whole((*lead, *shape)), (ratio[0], ratio[1], ratio[2]))
    shift = np.asarray(grid.direction, float) @ [
        g * (r - 1) / 2 for g, r in zip(grid.spacing, ratio, strict=True)
    ]
    z, y, x = (float(o + d) for o, d in zip(grid.origin, shift, strict=True))
    placed = replace(
        grid,
        shape=(shape[0], shape[1], shape[2]),
        spacing=(float(steps[0]), float(steps[1]), float(steps[2])),
        origin=(z, y, x),
    )
    variable = Variable(
        name=header.name,
        data=values,
        axes=header.axes,
        unit=header.unit,
        components=header.components,
        association="cell" if header.association == "cell" else "point",
        fill_value=header.fill_value,
    )
    return Volume(placed, (variable,), name)
