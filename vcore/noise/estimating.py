"""Estimation of a detector's noise parameters from its data.

Second differences suppress the signal and leave the noise. In small flat blocks, the variance of
the noise against the blocks' mean value is a straight line, which is fitted robustly (Foi et al.,
"Practical Poissonian-Gaussian noise modeling and fitting for single-image raw-data", IEEE Trans.
Image Processing 17(10), 2008).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError, InputError
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.regions import Region, blocks
from vcore.noise.detector import Detector

SIDE = 8
"""Block side in voxels."""
WINDOW = 16 * SIDE + 2
MAX_WINDOWS = 128
"""Maximum number of windows read, evenly spaced: about 2 million voxels per plane."""
MIN_BLOCKS = 24
"""Minimum number of blocks for an estimate, and per bin."""
BINS = 32
MAX_WEIGHT = 400
"""Maximum weight of a bin, in blocks: beyond it errors are systematic, not statistical."""
ROUNDS = 20
CLIPPED = 0.25
"""Share of voxels at the smallest or largest value from which a block is treated as clipped."""
PLANES = 4
"""Planes needed for second differences across planes at two neighbouring positions."""
MAX_CORRELATED = -0.3
"""Maximum correlation of neighbouring second differences that still counts as noise: -2/3 for white
noise, up to 1 for smooth values."""
ROUNDING = 0.12
"""Variance up to which noise is indistinguishable from rounding to integers (1/12)."""
FAR = 5.0
"""Distance of the median below the offset, in standard deviations, from which data are refused."""
MIN_GROWTH = 0.1
"""Minimum relative growth of the variance over the observed values; below it counts as constant."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Blocks:
    """Mean, noise deviation, slope and correlation of neighbouring second differences per block."""

    mean: Array
    deviation: Array
    slope: Array
    correlation: Array


def detector_of(
    source: VariableSource,
    context: Context,
    *,
    gain: float | None = None,
    offset: float | None = None,
    read_noise: float | None = None,
) -> Detector:
    """Return the detector, estimating the parameters that are None.

    If no offset is given, it is the value of the darkest flat blocks, and the read noise is all the
    noise found there.

    Raises
    ------
    InputError
        Too few blocks for an estimate, no measurable noise, or data outside the given parameters.
    """
    if gain is not None and offset is not None and read_noise is not None:
        detector = Detector(gain, offset, read_noise)
    else:
        detector = _estimated(source, context, gain, offset, read_noise)
    if source.range[1] <= detector.offset:
        raise InputError(
            f"Expected values above the detector's offset. Got an offset of {detector.offset:g} "
            f"and {source.range[1]:g} as the largest value: give the value without light."
        )
    if offset is not None and _median(source) < detector.offset - FAR * detector.floor:
        raise InputError(
            f"Expected counts, most of them above the detector's offset of {detector.offset:g}. "
            f"Got values far below it, possibly negative ones: give the value without "
            f"light, or an error bound."
        )
    return detector


def unmeasured(label: str, error: Exception) -> BudgetError:
    """Return the refusal of the quality below-noise for data whose noise cannot be estimated.

    Parameters
    ----------
    label
        Name of the data.
    error
        Why it cannot.
    """
    return BudgetError(
        f"Expected noise that can be measured, for the quality below-noise of {label}. {error} Or "
        f"ask for `Budget.range_error=1e-4`: errors within 0.01 % of the range."
    )


def _median(source: VariableSource) -> float:
    """Return the median value of the windows."""
    found = []
    for region in _windows(source.shape, None):
        values = source.variable.read(region)
        missing = source.variable.missing(values)
        present = values[~missing] if missing is not None else values.ravel()
        if present.size:
            found.append(float(np.median(present)))
    return float(np.median(found)) if found else math.inf


def _estimated(
    source: VariableSource,
    context: Context,
    gain: float | None,
    offset: float | None,
    read_noise: float | None,
) -> Detector:
    means, variances, weights = _curve(source, context)
    if gain is None:
        base, gain = _line(means, variances, weights)
    else:
        base = float(np.average(variances - gain * means, weights=weights))
    if offset is None:
        known = gain > 0 and read_noise is not None
        offset = float((read_noise**2 - base) / gain) if known else float(means[0])  # type: ignore[operator]
        offset = max(offset, float(source.range[0])) if known else offset
    if read_noise is None:
        min_variance = 0.0 if gain > 0 else float(variances[0])
        read_noise = math.sqrt(max(base + gain * offset, min_variance))
    return Detector(gain, offset, read_noise)


def _windows(shape: tuple[int, ...], axis: int | None) -> list[Region]:
    """Return windows of planes, evenly spaced over all frames; PLANES thick along ``axis``."""
    lead = [1] * (len(shape) - 2)
    found = list(blocks(shape, [*lead, WINDOW, WINDOW]))
    if len(found) > MAX_WINDOWS:
        found = [found[i] for i in np.linspace(0, len(found) - 1, MAX_WINDOWS).astype(int)]
    if axis is None:
        return found
    starts = (min(region[axis].start, shape[axis] - PLANES) for region in found)
    return [
        (*region[:axis], slice(start, start + PLANES), *region[axis + 1 :])
        for region, start in zip(found, starts, strict=True)
    ]


def _curve(source: VariableSource, context: Context) -> tuple[Array, Array, Array]:
    """Return the mean values of bins of flat blocks, the noise variances there, and weights.

    Differences are taken within planes first. If the values are smooth there, as after
    interpolation, they are taken across planes, then across frames.

    Raises
    ------
    InputError
        Too few blocks, or no measurable noise.
    """
    axes = source.variable.axes
    along = [axes.index(name) for name in "zt" if name in axes]
    most_blocks = 0
    for axis in (None, *(axis for axis in along if source.shape[axis] >= PLANES)):
        found = _all_blocks(source, axis, context)
        most_blocks = max(most_blocks, len(found.mean))
        rows, correlation = _bins(found)
        if rows and correlation <= MAX_CORRELATED:
            break
    else:
        if most_blocks < MIN_BLOCKS:
            raise InputError(
                f"Expected at least {MIN_BLOCKS} blocks of {SIDE} x {SIDE} voxels with noise to "
                f"estimate it from. Got {most_blocks}: give gain, dark offset and read noise."
            )
        raise InputError(
            "Expected noise that is independent between voxels, as in detector counts. Got "
            "values as smooth as those of a simulation or an interpolation: give gain, dark offset "
            "and read noise, or an error bound."
        )
    means, variances, weights = np.array(rows, np.float64).T
    dtype = source.variable.dtype
    rounding = ROUNDING
    if dtype.kind == "f":
        rounding = (np.finfo(dtype).eps * max(map(abs, source.range))) ** 2 / 12
    if variances.max() < rounding:
        what = dtype.name if dtype.kind == "f" else "integers"
        raise InputError(
            f"Expected noise larger than the rounding to {what}. Got a standard deviation of "
            f"{math.sqrt(variances.max()):.2g}: give gain, dark offset and read noise, or an "
            f"error bound."
        )
    return means, variances, weights


def _all_blocks(source: VariableSource, axis: int | None, context: Context) -> _Blocks:
    windows = _windows(source.shape, axis)
    parts = []
    for number, region in enumerate(windows):
        context.report("noise", number / len(windows))
        values = source.variable.read(region)
        missing = source.variable.missing(values)
        planes = values.astype(np.float64)
        if missing is not None:
            planes[missing] = np.nan
        planes = planes.reshape(-1, *planes.shape[-2:])
        parts.append(_measured(planes, source.range))
    return _Blocks(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in _Blocks.__annotations__)
    )


def _bins(every: _Blocks) -> tuple[list[tuple[float, float, int]], float]:
    """Return mean, variance and weight of bins of similar blocks, and the noise correlation."""
    if len(every.mean) < MIN_BLOCKS:
        return [], 0.0
    low, high = (float(v) for v in np.quantile(every.mean, [0.001, 0.999]))
    edges = np.linspace(low, high, BINS + 1)
    bins = np.clip(np.searchsorted(edges, every.mean) - 1, 0, BINS - 1)
    rows, correlation, total = [], 0.0, 0
    for number in range(BINS):
        here = np.flatnonzero(bins == number)
        if len(here) < MIN_BLOCKS:
            continue
        flat = here[np.argsort(every.slope[here], kind="stable")[: -(-len(here) // 2)]]
        mean, deviation = np.median(every.mean[flat]), np.median(every.deviation[flat])
        rows.append((float(mean), float(deviation) ** 2, min(len(flat), MAX_WEIGHT)))
        correlation += float(np.median(every.correlation[flat])) * len(flat)
        total += len(flat)
    return rows, correlation / max(total, 1)


def _measured(planes: Array, limits: tuple[float, float]) -> _Blocks:
    """Measure the blocks of a single plane, or of the second of four planes.

    Blocks with missing or clipped values are left out.
    """
    rows, columns = (max(n - 2, 0) // SIDE for n in planes.shape[-2:])
    if rows == 0 or columns == 0:
        return _Blocks(*(np.empty(0) for _ in range(4)))
    planes = planes[:, : rows * SIDE + 2, : columns * SIDE + 2]

    def tiled(values: Array) -> Array:
        parts = values.reshape(rows, SIDE, columns, SIDE).swapaxes(1, 2)
        return parts.reshape(-1, SIDE, SIDE)

    if len(planes) == 1:
        twice = np.diff(planes[0], 2, axis=0)
        noise = tiled(np.diff(twice, 2, axis=1)) / 6.0
        products = noise[:, :, 1:] * noise[:, :, :-1]
    else:
        twice = np.diff(planes[:, 1:-1, 1:-1], 2, axis=0)
        noise = tiled(twice[0]) / math.sqrt(6.0)
        products = noise * tiled(twice[1]) / math.sqrt(6.0)
    inner = tiled(planes[len(planes) // PLANES, 1:-1, 1:-1])
    half = SIDE // 2
    down = inner[:, half:].mean((1, 2)) - inner[:, :half].mean((1, 2))
    across = inner[:, :, half:].mean((1, 2)) - inner[:, :, :half].mean((1, 2))
    at_end = [(inner == limit).mean((1, 2)) for limit in limits]
    square = np.square(noise).mean((1, 2))
    good = np.isfinite(square) & (square > 0) & (np.maximum(*at_end) < CLIPPED)
    deviation = np.abs(noise).mean((1, 2)) * math.sqrt(math.pi / 2)
    return _Blocks(
        inner.mean((1, 2))[good],
        deviation[good],
        np.hypot(down, across)[good],
        products.mean((1, 2))[good] / square[good],
    )


def _line(means: Array, variances: Array, weights: Array) -> tuple[float, float]:
    """Return intercept and slope of variance over mean, by iteratively reweighted least squares, in
    which bins with structure (outliers) have little weight."""
    constant = float(np.average(variances, weights=weights)), 0.0
    if len(means) < 3:
        return constant
    fit, trust = np.full_like(variances, constant[0]), np.ones_like(variances)
    base = slope = 0.0
    for _ in range(ROUNDS):
        weight = weights * trust / np.square(np.maximum(fit, 1e-3 * variances.max()))
        mean = np.average(means, weights=weight)
        height = np.average(variances, weights=weight)
        away = means - mean
        slope = float((weight * away * (variances - height)).sum() / (weight * away**2).sum())
        base = float(height - slope * mean)
        fit = np.maximum(base + slope * means, 1e-3 * variances.max())
        off = (variances - fit) / fit
        spread = 2.5 * max(float(np.median(np.abs(off))), 0.01)
        trust = 1 / (1 + np.square(off / spread))
    if slope * (means[-1] - means[0]) < MIN_GROWTH * max(base + slope * means[0], 0.0):
        middle = float(np.median(np.repeat(variances, weights.astype(int))))
        return middle, 0.0
    return base, slope
