"""The wavelet pyramid: shapes, splitting and joining."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.tables import CENTROIDS, ROW, SHIFTS, UNIT_TAPS
from vcore.model.regions import Region, shape_of
from vcore.runtime import precompile as ahead
from vcore.runtime.executor import run_all, threads

MARGIN = 6
"""Samples to either side that an odd sample depends on: 4 of the synthesis, 2 of the taps; an even
one depends on one fewer."""

NOT_ASKED = np.empty((0, 0, 0), np.uint8)
"""In place of classes that nobody asks for: one type for numba."""

Shape = tuple[int, int, int]


def pyramid_shapes(shape: Sequence[int]) -> list[Shape]:
    """Return the z y x shape of every level, down to one voxel: each halves, rounded up."""
    nz, ny, nx = shape
    shapes = [(nz, ny, nx)]
    while max(shapes[-1]) > 1:
        shapes.append(tuple(-(-n // 2) for n in shapes[-1]))  # type: ignore[arg-type]
    return shapes


def gain(shapes: Sequence[Shape], level: int) -> float:
    """Return what the low band of ``level`` has to be divided by for data units."""
    halvings = sum(n > 1 for shape in shapes[:level] for n in shape)
    return float(2.0 ** (halvings // 2)) * (math.sqrt(2.0) if halvings % 2 else 1.0)


def lift_axes(values: NDArray[Any], *, inverse: bool, parallel: bool = False) -> None:
    """Lift contiguous ``values`` in place along z, y and x, or back along x, y and z."""
    from vcore.methods.wavelet import synthesis

    for axis in (2, 1, 0) if inverse else (0, 1, 2):
        n = values.shape[axis]
        if n < 2:
            continue
        view = values.reshape(math.prod(values.shape[:axis]), n, -1)
        units = view.shape[0] * -(-view.shape[2] // synthesis.COLUMNS)
        parts = min(threads() * 4, units) if parallel else 1
        ends = [units * k // parts for k in range(parts + 1)]

        lift = synthesis.lift_rows if view.shape[2] == 1 else synthesis.lift

        def part(
            k: int, view: NDArray[Any] = view, ends: list[int] = ends, lift: Any = lift
        ) -> None:
            lift(view, inverse, ends[k], ends[k + 1])

        run_all(part, range(parts))


def analyse(
    values: NDArray[np.float32], array: Callable[[Shape, Any], NDArray[Any]] = np.empty
) -> tuple[list[NDArray[np.float32]], float]:
    """Return each level's coefficients, interleaved, and the last low value.

    Parameters
    ----------
    values
        z y x; becomes the first level.
    array
        Makes the arrays of the others from shape and dtype.
    """
    levels = []
    while max(values.shape) > 1:
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
    parallel: bool = False,
) -> NDArray[np.float64]:
    """Return the low band of the next finer level, of ``shape``, from weighted sums of quantised
    coefficients and a low band.

    Parameters
    ----------
    row
        Of the level, from ``reconstruction``.
    low_at
        Where in the low band of ``shape`` that part of it begins which is given; the rest is 0.
    """
    from vcore.methods.wavelet import synthesis

    ahead.wait("join_values")
    out: NDArray[np.float64] = np.zeros(shape, np.float64)

    def planes(some: tuple[int, int]) -> None:
        for weight, q in parts:
            synthesis.dequantise(q, weight, out, step, row, *some)

    count = min(threads() * 4, len(out)) if parallel else 1
    ends = [len(out) * k // count for k in range(count + 1)]
    run_all(planes, pairwise(ends))
    places = (slice(2 * a, 2 * (a + n), 2) for a, n in zip(low_at, low.shape, strict=True))
    out[tuple(places)] = low
    lift_axes(out, inverse=True, parallel=parallel)
    return out


def reconstruction(points: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return what ``join`` takes for each group of levels.

    Parameters
    ----------
    points
        For each group: how far the reconstruction points of magnitudes 1, 2 and above are shifted
        towards 0, in 1/CENTROIDS of a step; then nothing, or for bands 1 to 7 the share of a
        coefficient and of its neighbours in the band along z, y and x that is added to it, in
        1/UNIT_TAPS.
    """
    rows = np.zeros((len(points), ROW))
    for row, values in zip(rows, points, strict=True):
        row[: len(values)] = values
    rows[:, :SHIFTS] /= CENTROIDS
    rows[:, SHIFTS:] /= UNIT_TAPS
    return rows


def needed(start: int, stop: int, length: int) -> tuple[int, int]:
    """Return the interval of interleaved coefficients that samples ``start:stop`` depend on."""
    return max(start - MARGIN, 0) & ~1, min(stop + MARGIN - stop % 2, length)


def widened(region: Region, reach: int, shape: Sequence[int]) -> Region:
    """Return a region and what lies up to ``reach`` beside it, inside of ``shape``."""
    return tuple(
        slice(max(s.start - reach, 0), min(s.stop + reach, n))
        for s, n in zip(region, shape, strict=True)
    )


def filtered(
    values: NDArray[np.float64],
    limits: NDArray[np.float64],
    taps: NDArray[np.float64],
    there: Region,
    region: Region,
    found: NDArray[np.uint8] = NOT_ASKED,
) -> NDArray[np.float64]:
    """Return ``region`` of level 0, filtered; ``values`` are those ``there``, REACH wider.

    Parameters
    ----------
    found
        Takes the class of activity of each voxel of ``region``.
    """
    from vcore.methods.wavelet import adaptive

    ahead.wait("filter_values")
    out: NDArray[np.float64] = np.empty(shape_of(region))
    at = tuple(r.start - t.start for r, t in zip(region, there, strict=True))
    adaptive.filtered(values, limits, taps, out, at, found)
    return out


def needed_low(start: int, stop: int, length: int) -> tuple[int, int]:
    """Return the interval of the low band that samples ``start:stop`` depend on: even ones, which
    reach three samples, and have no taps."""
    return max((start - 2) // 2, 0), min((stop + 2) // 2 + 1, -(-length // 2))


def box_centres(count: int, factor: int, start: int, stop: int) -> NDArray[np.float64]:
    """Return the mean index of the voxels in boxes ``start:stop``, of ``count`` voxels."""
    first = np.arange(start, stop) * factor
    centres: NDArray[np.float64] = (first + np.minimum(first + factor, count) - 1) / 2.0
    return centres


def sampled(
    low: NDArray[np.float64], axis: int, places: NDArray[np.float64], origin: int, length: int
) -> NDArray[np.float64]:
    """Interpolate a low band (cubic Lagrange) at ``places``, in its samples, along one axis.

    Parameters
    ----------
    origin, length
        Of which sample ``low`` is the first, and how many there are.
    """
    base = np.floor(places).astype(np.int64)
    t = places - base
    weights = (
        -t * (t - 1) * (t - 2) / 6,
        (t + 1) * (t - 1) * (t - 2) / 2,
        -(t + 1) * t * (t - 2) / 2,
        (t + 1) * t * (t - 1) / 6,
    )
    shape = [1, 1, 1]
    shape[axis] = len(places)
    index = np.clip(base + np.arange(-1, 3)[:, None], 0, length - 1) - origin
    parts = [low.take(i, axis) * w.reshape(shape) for i, w in zip(index, weights, strict=True)]
    total: NDArray[np.float64] = ((parts[0] + parts[1]) + parts[2]) + parts[3]
    return total
