"""Wavelet pyramid: level shapes, analysis and synthesis."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.cosine import analyse_axes, synthesise_axes
from vcore.methods.wavelet.tables import CENTROIDS, ROW, SHIFTS, UNIT_TAPS
from vcore.model.regions import Region, shape_of
from vcore.runtime import precompile as ahead
from vcore.runtime.executor import run_all, threads

MARGIN = 6
"""Reach of an odd sample in coefficients to either side: 4 for the synthesis, 2 for the taps; one
less for an even sample."""

NO_CLASSES = np.empty((0, 0, 0), np.uint8)
"""Placeholder if no classes are requested; gives numba a single argument type."""

Shape = tuple[int, int, int]


def pyramid_shapes(shape: Sequence[int]) -> list[Shape]:
    """Return the z y x shape of every level, halved and rounded up, down to one voxel."""
    nz, ny, nx = shape
    shapes = [(nz, ny, nx)]
    while max(shapes[-1]) > 1:
        shapes.append(tuple(-(-n // 2) for n in shapes[-1]))  # type: ignore[arg-type]
    return shapes


def gain(shapes: Sequence[Shape], level: int) -> float:
    """Return the gain of the low band of ``level``: its divisor for data units."""
    halvings = sum(n > 1 for shape in shapes[:level] for n in shape)
    return float(2.0 ** (halvings // 2)) * (math.sqrt(2.0) if halvings % 2 else 1.0)


def lift_axes(values: NDArray[Any], *, inverse: bool, parallel: bool = False) -> None:
    """Lift contiguous ``values`` in place along z, y, x; the inverse along x, y, z."""
    if inverse:
        _lift_planes(values, inverse, parallel)
        _lift_z(values, inverse, parallel)
    else:
        _lift_z(values, inverse, parallel)
        _lift_planes(values, inverse, parallel)


def _lift_z(values: NDArray[Any], inverse: bool, parallel: bool) -> None:
    from vcore.methods.wavelet import synthesis

    if len(values) < 2:
        return
    view = values.reshape(len(values), -1)
    ends = _ends(-(-view.shape[1] // synthesis.COLUMNS), parallel)
    run_all(lambda part: synthesis.lift(view, inverse, *part), pairwise(ends))


def _lift_planes(values: NDArray[Any], inverse: bool, parallel: bool) -> None:
    from vcore.methods.wavelet import synthesis

    nx = values.shape[2]

    def part(some: tuple[int, int]) -> None:
        even, odd = np.zeros((nx + 1) // 2 + 1, values.dtype), np.zeros(nx // 2 + 2, values.dtype)
        synthesis.lift_planes(values, inverse, *some, even, odd)

    run_all(part, pairwise(_ends(len(values), parallel)))


def _ends(count: int, parallel: bool) -> list[int]:
    """Return the ends of parts of ``count`` units, one part after the other."""
    parts = min(threads() * 4, count) if parallel else 1
    return [count * k // parts for k in range(parts + 1)]


def analyse(
    values: NDArray[np.float32],
    array: Callable[[Shape, Any], NDArray[Any]] = np.empty,
    *,
    cosine: bool = False,
) -> tuple[list[NDArray[np.float32]], float]:
    """Return the interleaved coefficients of each level, finest first, and the last low value.

    Parameters
    ----------
    values
        z y x; overwritten by the coefficients of the first level.
    array
        Allocator of the other levels, called with shape and dtype.
    cosine
        Whether to take the cosine transform in place of the wavelet.
    """
    levels = []
    while max(values.shape) > 1:
        if cosine:
            analyse_axes(values)
        else:
            lift_axes(values, inverse=False, parallel=True)
        nz, ny, nx = (-(-n // 2) for n in values.shape)
        low = array((nz, ny, nx), np.float32)
        low[...] = values[::2, ::2, ::2]
        values[::2, ::2, ::2] = 0
        levels.append(values)
        values = low
    return levels, float(values[0, 0, 0])


def join(
    parts: Sequence[tuple[float, NDArray[np.int32]]],
    low: NDArray[np.float64],
    shape: Sequence[int],
    step: float,
    row: NDArray[np.float64],
    low_at: Sequence[int] = (0, 0, 0),
    *,
    predict: Callable[[NDArray[np.float64]], None] | None = None,
    parallel: bool = False,
    cosine: bool = False,
) -> NDArray[np.float64]:
    """Synthesise the low band of the next finer level from quantised coefficients and a low band.

    Parameters
    ----------
    parts
        Weights and integers of the components to sum.
    shape
        Shape of the result.
    row
        Row of ``reconstruction`` for the level.
    low_at
        Position of ``low`` in the low band belonging to ``shape``, which it may exceed; the rest of
        that band is 0.
    predict
        Adds the predicted coefficients.
    cosine
        Whether the coefficients are those of the cosine transform, of the whole level.
    """
    from vcore.methods.wavelet import synthesis

    ahead.wait("join_values")
    out: NDArray[np.float64] = np.zeros(shape, np.float64)

    def planes(some: tuple[int, int]) -> None:
        taps = np.empty((synthesis.TAPS, shape[2]))
        lines = np.empty((synthesis.LINES, shape[2] + 4))
        for weight, q in parts:
            synthesis.dequantise(q, weight, out, step, row, *some, taps, lines)

    run_all(planes, pairwise(_ends(len(out), parallel)))
    if predict is not None:
        predict(out)
    target, inside = [], []
    for a, n, size in zip(low_at, low.shape, shape, strict=True):
        first, last = max(a, 0), min(a + n, -(-size // 2))
        target.append(slice(2 * first, 2 * last, 2))
        inside.append(slice(first - a, last - a))
    out[tuple(target)] = low[tuple(inside)]
    if cosine:
        return synthesise_axes(out)
    lift_axes(out, inverse=True, parallel=parallel)
    return out


def reconstruction(points: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return the rows that ``join`` takes, one per group of levels.

    Parameters
    ----------
    points
        Per group: the shifts of the reconstruction points of magnitudes 1, 2 and above towards 0,
        in 1/CENTROIDS of a step; then, optionally, for bands 1 to 7 the taps on the coefficient
        itself and on its neighbours in the band along z, y and x, in 1/UNIT_TAPS.
    """
    rows = np.zeros((len(points), ROW))
    for row, values in zip(rows, points, strict=True):
        row[: len(values)] = values
    rows[:, :SHIFTS] /= CENTROIDS
    rows[:, SHIFTS:] /= UNIT_TAPS
    return rows


def needed(start: int, stop: int, length: int) -> tuple[int, int]:
    """Return the interval of interleaved coefficients needed for samples ``start:stop``."""
    return max(start - MARGIN, 0) & ~1, min(stop + MARGIN - stop % 2, length)


def widened(region: Region, reach: int, shape: Sequence[int]) -> Region:
    """Return ``region`` widened by ``reach`` on each side, clipped to ``shape``."""
    return tuple(
        slice(max(s.start - reach, 0), min(s.stop + reach, n))
        for s, n in zip(region, shape, strict=True)
    )


def filtered(
    values: NDArray[np.float64],
    limits: NDArray[np.float64],
    taps: NDArray[np.float64],
    source_region: Region,
    region: Region,
    found: NDArray[np.uint8] = NO_CLASSES,
) -> NDArray[np.float64]:
    """Return ``region`` of level 0 filtered; ``values`` cover ``source_region``, REACH wider.

    Parameters
    ----------
    found
        Receives the activity class of each voxel of ``region``.
    """
    from vcore.methods.wavelet import adaptive

    ahead.wait("filter_values")
    out: NDArray[np.float64] = np.empty(shape_of(region))
    at = tuple(r.start - t.start for r, t in zip(region, source_region, strict=True))
    adaptive.filtered(values, limits, taps, out, at, found)
    return out


def needed_low(start: int, stop: int, length: int) -> tuple[int, int]:
    """Return the interval of the low band needed for samples ``start:stop``: low samples reach
    three voxels and have no taps."""
    return max((start - 2) // 2, 0), min((stop + 2) // 2 + 1, -(-length // 2))


def sampled(
    low: NDArray[np.float64], axis: int, positions: NDArray[np.float64], origin: int, length: int
) -> NDArray[np.float64]:
    """Interpolate a low band along one axis with cubic Lagrange polynomials.

    Parameters
    ----------
    positions
        Positions, in samples of the whole band.
    origin, length
        Index of the first sample in ``low``, and number of samples of the whole band.
    """
    base = np.floor(positions).astype(np.int64)
    t = positions - base
    weights = (
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    )
    shape = [1, 1, 1]
    shape[axis] = len(positions)
    index = np.clip(base + np.arange(-1, 3)[:, None], 0, length - 1) - origin
    parts = [low.take(i, axis) * w.reshape(shape) for i, w in zip(index, weights, strict=True)]
    total: NDArray[np.float64] = ((parts[0] + parts[1]) + parts[2]) + parts[3]
    return total


def at_centres(
    values: NDArray[np.float64],
    origin: Sequence[int],
    shape: Shape,
    centres: Sequence[NDArray[np.float64]],
    level: int,
    whole: Shape | None = None,
) -> NDArray[np.float64]:
    """Interpolate a part of a low band at the centres of the boxes of its level.

    Parameters
    ----------
    origin, shape
        Index of the first sample of ``values``, and shape of the whole band.
    centres
        Output of ``box_centres`` along z, y, x.
    whole
        Shape of level 0 if the samples divide it evenly, as those of the cosine transform do;
        otherwise they lie at its voxels that are multiples of ``2**level``.
    """
    for axis, (positions, n) in enumerate(zip(centres, shape, strict=True)):
        if n > 1:  # a single sample is constant along the axis
            places = positions / (1 << level)
            if whole is not None:
                places = (positions + 0.5) * n / whole[axis] - 0.5
            values = sampled(values, axis, places, origin[axis], n)
    return values
