"""Values and gradients of a variable at points in space and time."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcore.engine.levels import LevelsDecoder
from vcore.errors import InputError, MemoryLimitError
from vcore.model.grid import Grid
from vcore.model.positions import centres, index_along, indices_at
from vcore.model.regions import Region
from vcore.runtime.executor import run_all
from vcore.runtime.memory import available_bytes, human_bytes

Array = NDArray[np.float64]
Read = Callable[[Region], NDArray[np.generic]]

POINTS = 1 << 14
"""Points that a method evaluates at once, on one thread."""
MAX_LABEL = 1 << 53
"""Labels above are not double precision numbers."""
EDGE = 0.5 + 1e-6
"""Reach of a grid beyond its outermost voxel centres, in voxels, with the rounding of points."""


@dataclass(frozen=True)
class Sampling:
    """How a variable is sampled; see ``Dataset.sample``."""

    level: int = 0
    frame: int | None = None
    nearest: bool = False
    gradient: bool = False


@dataclass
class Found:
    """Values (n, channels), and derivatives along the axes of the grid (n, channels, 3) per unit of
    length, or None; NaN where there are none."""

    values: Array
    slopes: Array | None

    @classmethod
    def nothing(cls, count: int, channels: int, *, gradient: bool) -> "Found":
        """Return NaN for ``count`` points."""
        values = np.full((count, channels), np.nan)
        return cls(values, np.full((count, channels, 3), np.nan) if gradient else None)

    def put(self, where: NDArray[np.intp], part: "Found") -> None:
        """Set the points ``where``."""
        self.values[where] = part.values
        if self.slopes is not None and part.slopes is not None:
            self.slopes[where] = part.slopes

    def mixed(self, other: "Found", share: Array) -> "Found":
        """Return ``share`` (n,) of ``other`` and the rest of this."""
        w = share[:, None]
        values = self.values + w * (other.values - self.values)
        if self.slopes is None or other.slopes is None:
            return Found(values, None)
        return Found(values, self.slopes + w[..., None] * (other.slopes - self.slopes))


def sampled(
    decoder: LevelsDecoder, points: ArrayLike, read: Read, how: Sampling
) -> tuple[Array, Array | None]:
    """Return values and gradients at ``points``; see ``Dataset.sample``.

    Parameters
    ----------
    read
        Function that decodes a region of the level over all axes.
    """
    header, grid = decoder.header, decoder.grids[decoder.check_level(how.level)]
    given = _checked(decoder, points, how)
    flat = given.reshape(-1, given.shape[-1])
    channels = header.shape[-4] if "c" in header.axes else 1
    need = 8 * len(flat) * (12 + 3 * channels * (4 if how.gradient else 1))
    if need > available_bytes():
        raise MemoryLimitError(
            f"Expected points whose values fit into memory. {len(flat)} points take "
            f"{human_bytes(need)}: sample fewer at a time."
        )
    last = np.array(grid.shape) - 1
    index = indices_at(grid, flat[:, -3:])
    frame, share = _frames(decoder, flat, how.frame)
    within = ((index >= -EDGE) & (index <= last + EDGE)).all(1) & (frame >= 0)
    index = index.clip(0, last)
    out = Found.nothing(len(flat), channels, gradient=how.gradient)
    for number in np.unique(frame[within]):
        own = np.nonzero(within & (frame == number))[0]
        part = _at_frame(decoder, int(number), index[own], read, how)
        between = share[own] > 0
        if between.any():
            later = _at_frame(decoder, int(number) + 1, index[own[between]], read, how)
            here = Found(
                part.values[between], None if part.slopes is None else part.slopes[between]
            )
            part.put(np.nonzero(between)[0], here.mixed(later, share[own[between]]))
        out.put(own, part)
    shape = (*given.shape[:-1], *((channels,) if "c" in header.axes else ()))
    if out.slopes is None:
        return out.values.reshape(shape), None
    gradient = out.slopes @ np.asarray(grid.direction, float).T
    return out.values.reshape(shape), gradient.reshape(*shape, 3)


def _checked(decoder: LevelsDecoder, points: ArrayLike, how: Sampling) -> Array:
    """Return the points as an array, if the variable can be sampled there as asked for."""
    header = decoder.header
    try:
        given = np.asarray(points, np.float64)
    except (TypeError, ValueError):
        raise InputError("Expected points as an array of numbers.") from None
    timed = given.ndim > 0 and given.shape[-1] == 4
    if given.ndim == 0 or given.shape[-1] not in (3, 4):
        raise InputError(
            f"Expected points z y x of shape (..., 3), or t z y x of shape (..., 4). Got shape "
            f"{given.shape} instead."
        )
    if not np.isfinite(given).all():
        raise InputError("Expected finite points. Got NaN or infinity among them: leave these out.")
    frames = header.shape[0] if "t" in header.axes else 1
    if timed and how.frame is not None:
        raise InputError("Expected points z y x with a frame. Got t z y x: give one time only.")
    if timed and (decoder.grid.times is None or "t" not in header.axes):
        raise InputError(
            f"Expected points z y x, as {header.name!r} has no times. Got t z y x instead: leave "
            f"out the first column{' and give a frame' if frames > 1 else ''}."
        )
    if not timed and how.frame is None and frames > 1:
        raise InputError(
            f"Expected points t z y x or a frame, as {header.name!r} has {frames} frames. Got "
            f"points z y x only."
        )
    if how.frame is not None and not 0 <= how.frame < frames:
        raise InputError(f"Expected a frame in 0..{frames - 1}. Got {how.frame} instead.")
    if how.nearest and how.gradient:
        raise InputError("Expected either nearest or gradient: nearest voxels have no gradient.")
    if header.is_label and not how.nearest:
        raise InputError(
            f"Expected nearest=True for the labels {header.name!r}: their numbers are names, "
            f"between which there is nothing."
        )
    return given


def _frames(
    decoder: LevelsDecoder, flat: Array, frame: int | None
) -> tuple[NDArray[np.intp], Array]:
    """Return the frame before each point, -1 outside the times, and the share of the next one."""
    if flat.shape[1] == 3:
        return np.full(len(flat), frame or 0, np.intp), np.zeros(len(flat))
    times = np.asarray(decoder.grid.times, float)
    steps = np.diff(times)
    if not ((steps > 0).all() or (steps < 0).all()):
        raise InputError(
            "Expected times that rise or fall from frame to frame. Those of this variable do "
            "neither: give points z y x and a frame."
        )
    index = index_along(times, flat[:, 0])
    inside = (index >= 0) & (index <= len(times) - 1)
    before = np.floor(index.clip(0, len(times) - 1)).astype(np.intp)
    return np.where(inside, before, -1), np.where(inside, index - before, 0)


def _at_frame(decoder: LevelsDecoder, frame: int, index: Array, read: Read, how: Sampling) -> Found:
    """Return what is found in a frame at fractional indices within the grid."""
    header, grid = decoder.header, decoder.grids[how.level]
    channels = header.shape[-4] if "c" in header.axes else 1
    out = Found.nothing(len(index), channels, gradient=how.gradient)
    itself = decoder.pointwise
    if itself is not None and how.level == 0 and not how.nearest and grid.coordinates is None:

        def evaluate(start: int) -> None:
            where = np.arange(start, min(start + POINTS, len(index)))
            values, slopes = itself.at(frame, index[where], gradient=how.gradient)
            part = Found(values, None if slopes is None else slopes / np.array(grid.spacing))
            out.put(where, _clipped(part, header.range))

        run_all(evaluate, range(0, len(index), POINTS))
        return out
    cells = np.floor(index).astype(np.intp)
    cells = np.minimum(cells, np.maximum(np.array(grid.shape) - 2, 0))
    margin = 1 if how.gradient else 0
    for own in _by_chunk(cells, decoder.chunks[how.level][-3:]):
        low = np.maximum(cells[own].min(0) - margin, 0)
        high = np.minimum(cells[own].max(0) + 2 + margin, grid.shape)
        space = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        box = present(decoder, frame, space, read, how.level)
        out.put(own, inside(box, space, grid, index[own], how))
    return out


def _by_chunk(cells: NDArray[np.intp], chunk: tuple[int, ...]) -> list[NDArray[np.intp]]:
    """Return the numbers of the cells in each chunk."""
    place = cells // np.array(chunk)
    counts = place.max(0, initial=0) + 1
    number = np.ravel_multi_index(tuple(place.T), tuple(counts))
    order = np.argsort(number, kind="stable")
    cuts = np.nonzero(np.diff(number[order]))[0] + 1
    return [part for part in np.split(order, cuts) if part.size]


def present(decoder: LevelsDecoder, frame: int, space: Region, read: Read, level: int) -> Array:
    """Return a box of a frame, (channels, z, y, x), with NaN for missing values."""
    header = decoder.header
    lead = [slice(0, n) for n in header.shape[:-3]]
    if "t" in header.axes:
        lead[0] = slice(frame, frame + 1)
    region = (*lead, *space)
    decoded = read(region)
    if header.is_label and decoded.max() > MAX_LABEL:
        raise InputError(
            f"Expected labels up to {MAX_LABEL}. Those of {header.name!r} go up to "
            f"{decoded.max()}, which is no float64: index the voxels instead (ds[...])."
        )
    values = decoded.astype(np.float64)
    values[~np.isfinite(values)] = np.nan
    missing = decoder.filled(decoded, region, level)
    if missing is not None:
        values[missing] = np.nan
    return values.reshape(-1, *values.shape[-3:])


def inside(box: Array, space: Region, grid: Grid, index: Array, how: Sampling) -> Found:
    """Return what is found at fractional indices whose neighbours all lie in a box."""
    local = index - [s.start for s in space]
    if how.nearest:
        z, y, x = np.rint(local).astype(np.intp).T
        return Found(box[:, z, y, x].T, None)
    cell = np.minimum(local.astype(np.intp), np.maximum(np.array(box.shape[1:]) - 2, 0))
    share = local - cell
    values = _linear(box, cell, share)
    if not how.gradient:
        return Found(values, None)
    slopes = np.zeros((*values.shape, 3))
    steps = _steps(grid, space)
    for axis, step in enumerate(steps):
        if box.shape[1 + axis] > 1:
            slopes[..., axis] = _linear(np.gradient(box, step, axis=1 + axis), cell, share)
    slopes[np.isnan(values)] = np.nan
    return Found(values, slopes)


def _steps(grid: Grid, space: Region) -> list[float | Array]:
    """Return the distance of the voxels along each axis, or their coordinates."""
    if grid.coordinates is None:
        return list(grid.spacing)
    return [axis[s] for axis, s in zip(centres(grid), space, strict=True)]


def _linear(box: Array, cell: NDArray[np.intp], share: Array) -> Array:
    """Return the trilinear interpolation of (channels, z, y, x), (n, channels); a neighbour of no
    weight does not count even where it is missing."""
    out = np.zeros((len(cell), len(box)))
    last = np.array(box.shape[1:]) - 1
    for corner in product((0, 1), repeat=3):
        weight = np.where(corner, share, 1 - share).prod(1)
        z, y, x = np.minimum(cell + corner, last).T
        out += np.where(weight[:, None] > 0, weight[:, None] * box[:, z, y, x].T, 0)
    return out


def _clipped(part: Found, limits: tuple[float, float]) -> Found:
    """Return values within the range of the data, as decoded ones are, and their slopes."""
    values = part.values.clip(*limits)
    if part.slopes is not None:
        part.slopes[values != part.values] = 0
    return Found(values, part.slopes)
