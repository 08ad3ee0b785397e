"""Decoding of variables on voxels of any size."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.engine.levels import LevelsDecoder
from vcore.engine.sample import Array, Sampling, inside, present
from vcore.errors import InputError, MemoryLimitError
from vcore.model.fill import beside
from vcore.model.pyramid import CHUNK
from vcore.model.regions import blocks, whole
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
    if values is None:
        values = _interpolated(decoder, steps, shape)
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


def _interpolated(decoder: LevelsDecoder, steps: Array, shape: tuple[int, ...]) -> NDArray[Any]:
    """Return the values on voxels of ``steps``, interpolated between those of the coarsest level
    that is as fine; of labels, the nearest ones of level 0."""
    header = decoder.header
    level = 0
    if not header.is_label:
        fine = [k for k in decoder.available_levels if _is_as_fine(decoder, k, steps)]
        level = max(fine, default=0)
    grid = decoder.grids[level]
    places = [
        (((np.arange(n) + 0.5) * step / own) - 0.5).clip(0, m - 1)
        for n, step, own, m in zip(shape, steps, grid.spacing, grid.shape, strict=True)
    ]
    out = np.empty((*header.shape[:-3], *shape), decoder.dtype)
    for block in blocks(shape, (CHUNK,) * 3):
        target: tuple[Any, ...] = (..., *block)
        own = [place[s] for place, s in zip(places, block, strict=True)]
        low = [int(p[0]) for p in own]
        space = tuple(
            slice(a, min(int(p[-1]) + 2, n)) for a, p, n in zip(low, own, grid.shape, strict=True)
        )
        if header.is_label:
            values = decoder.decode(space)
            for axis, (place, first) in enumerate(zip(own, low, strict=True), start=-3):
                values = values.take(np.rint(place).astype(np.intp) - first, axis)
            out[target] = values
            continue
        index = np.stack(np.meshgrid(*own, indexing="ij"), axis=-1)
        for frame in range(header.shape[0] if "t" in header.axes else 1):
            box = present(decoder, frame, space, lambda r: decoder.decode(r, level), level)
            found = inside(box, space, grid, index.reshape(-1, 3), Sampling(level))
            here = (out[frame] if "t" in header.axes else out)[target]
            here[...] = _cast(decoder, found.values.T).reshape(here.shape)
    return out


def _is_as_fine(decoder: LevelsDecoder, level: int, steps: Array) -> bool:
    return bool((np.asarray(decoder.grids[level].spacing) <= steps * (1 + 1e-9)).all())


def _cast(decoder: LevelsDecoder, values: Array) -> NDArray[Any]:
    """Return values as those of the variable, with its fill value where they are missing."""
    header, dtype = decoder.header, decoder.dtype
    fill, missing = header.fill_value, np.isnan(values)
    if dtype.kind != "f":
        top = np.nextafter(float(np.iinfo(dtype).max) + 1, 0)
        values = np.rint(np.where(missing, 0, values)).clip(np.iinfo(dtype).min, top)
    found = values.astype(dtype)
    if fill is None:
        return found
    substitute = beside(fill, header.range, dtype, decoder.packing)
    if substitute is not None:
        found[found == fill] = substitute
    found[missing] = fill
    return found
