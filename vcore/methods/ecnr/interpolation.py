"""Prediction of a scale from the next coarser one, by interpolation with taps fitted to the
volume."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.entropy.rows import Bytes, pack_number
from vcore.errors import FormatError
from vcore.methods.ecnr.geometry import Array, Scale, downsampled, halved
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region, tiles_of, whole

LINEAR = np.array([0.25, 0.75, 0.0], np.float32)
"""Weights of the coarse voxels before, at and after a voxel for the first of its two fine voxels;
the second has mirrored weights. As in the paper (section 3.2)."""
AVERAGE = (np.array([-3, 22, 128, -22, 3]) / 128).astype(np.float32)
"""The same for the polynomial of degree 4 with the means of five coarse voxels (Donoho, "Smooth
wavelet decompositions with blocky coefficient kernels", 1993)."""
RADIUS, PRECISION = 2, 1 << 13
"""Radius of fitted taps, and their denominator."""
MAX_TAPS = 4
TILE, MAX_FITTED = 64, 48
"""Side of a tile, and maximum number of tiles for fitting taps; whether fitted taps are better is
measured on all tiles."""
RIDGE = 1e-6
"""Weight of the prior AVERAGE relative to the data; matters only where the data are
uninformative."""
Taps = Sequence[Array]
"""For each halved axis in the order of ``doubled_axes``, weights as in ``LINEAR``; empty for
LINEAR."""


def doubled_axes(coarse: Scale, fine: Scale) -> tuple[int, ...]:
    """Return the axes of t c z y x along which the finer scale is longer, in order of
    upsampling."""
    space = (4, 3, 2) if coarse.space > fine.space else ()
    return (*space, 0) if coarse.time > fine.time else space


def upsampled(
    read: Callable[[Region], Array],
    coarse: Scale,
    fine: Scale,
    region: Region,
    taps: Taps = (),
) -> Array:
    """Return ``region`` (t c z y x) of a finer scale, interpolated from the next coarser one.

    Interpolates between voxel centres along x, y, z and then t; values are constant beyond the
    outermost centres.

    Parameters
    ----------
    read
        Reader of a region of the coarse scale.
    """
    axes = doubled_axes(coarse, fine)
    taps = taps or [LINEAR] * len(axes)
    given = _needed(region, coarse, axes, max(map(len, taps), default=0) // 2)
    values = read(given)
    for axis, row in zip(axes, taps, strict=True):
        values = _doubled(values, axis, region[axis], given[axis], coarse.shape[axis], row)
    return values


def _needed(region: Region, coarse: Scale, axes: Sequence[int], radius: int) -> Region:
    """Return the region of the coarse scale needed to interpolate ``region``."""
    needed = list(region)
    for axis in axes:
        s, n = region[axis], coarse.shape[axis]
        low, high = s.start // 2 - radius, (s.stop - 1) // 2 + radius + 1
        needed[axis] = slice(min(max(low, 0), n - 1), min(high, n))
    return tuple(needed)


def _doubled(
    values: Array, axis: int, wanted: slice, given: slice, length: int, taps: Array
) -> Array:
    """Return the fine indices ``wanted`` along an axis, from the coarse ones ``given``."""
    first, last = wanted.start // 2, (wanted.stop - 1) // 2
    near = _neighbours(values, axis, first, last, given, length, len(taps) // 2)
    shape = list(near[0].shape)
    shape[axis : axis + 1] = [shape[axis], 2]
    out = np.empty(shape, np.float32)
    for odd, row in enumerate((taps, taps[::-1])):
        half = out[(slice(None),) * (axis + 1) + (odd,)]
        np.multiply(near[0], row[0], out=half)
        for part, tap in zip(near[1:], row[1:], strict=True):
            if tap:
                half += part * tap
    shape[axis : axis + 2] = [2 * shape[axis]]
    inside = slice(wanted.start - 2 * first, wanted.stop - 2 * first)
    return out.reshape(shape)[(slice(None),) * axis + (inside,)]


def _neighbours(
    values: Array, axis: int, first: int, last: int, given: slice, length: int, radius: int
) -> list[Array]:
    """Return the coarse voxels ``first`` to ``last`` along an axis, shifted by -radius to
    radius."""
    index = np.arange(first - radius, last + radius + 1).clip(0, length - 1) - given.start
    near = values.take(index, axis)
    lead = (slice(None),) * axis
    return [near[(*lead, slice(k, k + last - first + 1))] for k in range(2 * radius + 1)]


def fitted_taps(
    source: VariableSource,
    coarse: Scale,
    fine: Scale,
    read: Callable[[Region], Array],
    context: Context,
) -> list[Array]:
    """Return the taps with which a decoded scale best predicts the next finer one.

    Least squares over tiles, axis by axis in the order of application: the fit of an axis includes
    the remaining errors of the coarse scale after the previous axes. The taps of an axis sum to 1.

    Parameters
    ----------
    read
        Reader of a region of the coarse scale as decoded.
    """
    axes = doubled_axes(coarse, fine)
    tiles = [_even(tile, fine, axes) for tile in _tiles(fine, MAX_FITTED)]
    given = [_needed(tile, coarse, axes, RADIUS) for tile in tiles]
    values = []
    for done, region in enumerate(given):
        context.report("interpolating", done / len(given))
        values.append(read(region))
    found = []
    for number, axis in enumerate(axes):
        left = axes[number + 1 :]
        products, wanted = np.zeros((2 * RADIUS,) * 2), np.zeros(2 * RADIUS)
        for tile, have, coarse_values in zip(tiles, given, values, strict=True):
            add = _equations(
                _halved(downsampled(source, fine, tile), left), coarse_values, axis, tile, have,
                coarse.shape[axis], left,
            )  # fmt: skip
            products += add[0]
            wanted += add[1]
        found.append(_solved(products, wanted))
        values = [
            _doubled(v, axis, tile[axis], have[axis], coarse.shape[axis], found[-1])
            for v, tile, have in zip(values, tiles, given, strict=True)
        ]
    return found


def _equations(
    fine: Array, values: Array, axis: int, tile: Region, given: Region, length: int,
    left: Sequence[int],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:  # fmt: skip
    """Return the normal equations of an axis, for differences to the voxel itself.

    Parameters
    ----------
    fine
        Target: fine along the axes up to this one, coarse along the axes ``left``.
    """
    inner = [slice(None)] * 5
    for other in left:  # crop the margin that their own interpolation will need
        first = tile[other].start // 2 - given[other].start
        inner[other] = slice(first, first + fine.shape[other])
    pairs = fine.shape[axis] // 2  # an odd last fine voxel equals its coarse voxel
    first = tile[axis].start // 2
    near = _neighbours(
        values[tuple(inner)], axis, first, first + pairs - 1, given[axis], length, RADIUS
    )
    rows = np.stack([(n - near[RADIUS]).ravel() for n in near]).astype(np.float64)
    lead = (slice(None),) * axis
    products, wanted = np.zeros((2 * RADIUS,) * 2), np.zeros(2 * RADIUS)
    for odd, mirrored in enumerate((rows, rows[::-1])):
        target = (fine[(*lead, slice(odd, 2 * pairs, 2))] - near[RADIUS]).ravel()
        others = np.delete(mirrored, RADIUS, axis=0)
        products += others @ others.T
        wanted += others @ target
    return products, wanted


def _solved(products: NDArray[np.float64], wanted: NDArray[np.float64]) -> Array:
    """Solve for five taps, rounded as they are stored."""
    prior = np.delete(AVERAGE, RADIUS).astype(np.float64)
    ridge = (RIDGE * np.trace(products) or 1.0) * np.eye(len(prior))
    change = np.linalg.solve(products + ridge, wanted - products @ prior)
    return _whole(np.rint(np.clip((prior + change) * PRECISION, -(1 << 15), (1 << 15) - 1)))


def _whole(others: NDArray[np.float64]) -> Array:
    """Return the taps of an axis, adding the central one, from the others in units of
    1/PRECISION."""
    taps = np.insert(others, RADIUS, PRECISION - others.sum()) / PRECISION
    return taps.astype(np.float32)


def pack_taps(taps: Taps) -> bytes:
    """Return the taps as stored (docs/format.md, section 16)."""
    rows = [np.rint(np.delete(row, RADIUS).astype(np.float64) * PRECISION) for row in taps]
    return pack_number(len(rows)) + b"".join(row.astype("<i2").tobytes() for row in rows)


def unpack_taps(reader: Bytes) -> list[Array]:
    """Decode the taps.

    Raises
    ------
    FormatError
        There are more than axes.
    """
    count = reader.number()
    if count > MAX_TAPS:
        raise FormatError("The head of a scale is damaged: taps of too many axes.")
    rows = np.frombuffer(reader.take(4 * RADIUS * count), "<i2").reshape(count, 2 * RADIUS)
    return [_whole(row.astype(np.float64)) for row in rows]


def _halved(values: Array, axes: Sequence[int]) -> Array:
    """Return the means of pairs along axes; an odd last value is kept."""
    for axis in axes:
        starts = np.arange(0, values.shape[axis], 2)
        counts = np.minimum(values.shape[axis] - starts, 2).astype(np.float32)
        sums = np.add.reduceat(values, starts, axis)
        values = sums / counts.reshape(-1, *(1,) * (values.ndim - 1 - axis))
    return values


def _tiles(scale: Scale, count: int | None = None) -> list[Region]:
    """Return the tiles of a scale, each within a frame and component; if ``count`` is given, that
    many, evenly spaced."""
    sides = (1, 1, *(TILE,) * 3)
    tiles = list(product(*tiles_of(whole(scale.shape), sides)))
    chosen = np.arange(len(tiles))
    if count is not None:
        chosen = np.unique(np.linspace(0, len(tiles) - 1, count).astype(int))
    return [
        tuple(
            slice(i * n, min((i + 1) * n, length))
            for i, n, length in zip(tiles[k], sides, scale.shape, strict=True)
        )
        for k in chosen
    ]


def _even(tile: Region, scale: Scale, axes: Sequence[int]) -> Region:
    """Return the tile extended to whole pairs along the axes."""
    return tuple(
        slice(s.start // 2 * 2, min(-(-s.stop // 2) * 2, n)) if axis in axes else s
        for axis, (s, n) in enumerate(zip(tile, scale.shape, strict=True))
    )


def unexplained(
    source: VariableSource, scale: Scale, read: Callable[[Region], Array], context: Context
) -> float:
    """Return the mean squared error of a scale as decoded, over all of it.

    Parameters
    ----------
    read
        Reader of a region of the scale.
    """
    total, count = 0.0, 0
    tiles = _tiles(scale)
    for done, region in enumerate(tiles):
        context.report("interpolating", done / len(tiles))
        off = downsampled(source, scale, region) - read(region)
        total += float(np.square(off, dtype=np.float64).sum())
        count += off.size
    return total / count


def details(source: VariableSource, scales: Sequence[Scale], context: Context) -> list[float]:
    """Return the mean square of what each scale adds to the next coarser one.

    For the coarsest scale, the variance. Measured tile by tile on the whole volume.

    Parameters
    ----------
    scales
        Scales, finest first.
    """
    found = []
    for done, (scale, coarse) in enumerate(zip(scales, [*scales[1:], None], strict=True)):
        total, sums, count = 0.0, 0.0, 0
        tiles = _tiles(scale)
        for number, region in enumerate(tiles):
            context.report("measuring", (done + number / len(tiles)) / len(scales))
            values = downsampled(source, scale, region)
            if coarse is not None:
                read = partial(downsampled, source, coarse)
                values -= upsampled(read, coarse, scale, region)
            total += float(np.square(values, dtype=np.float64).sum())
            sums += float(values.sum(dtype=np.float64))
            count += values.size
        found.append(max(total / count - (0 if coarse else (sums / count) ** 2), 0.0))
    return found


def frames_of(read: Callable[[Region], Array], scale: Scale, region: Region, frames: int) -> Array:
    """Return ``region`` (t of the variable, c z y x of the scale) with all ``frames`` of time."""
    for time in range(scale.time - 1, -1, -1):
        shape = (halved(frames, time), *scale.shape[1:])
        finer = Scale(scale.number, scale.space, time, shape, scale.block)
        read, scale = _bound(read, scale, finer), finer
    return read(region)


def _bound(
    read: Callable[[Region], Array], coarse: Scale, fine: Scale
) -> Callable[[Region], Array]:
    return lambda region: upsampled(read, coarse, fine, region)
