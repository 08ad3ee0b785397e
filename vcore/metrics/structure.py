"""Structural similarity in 3D, single-scale (SSIM) and multi-scale (MS-SSIM), block by block."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.metrics._extra import metrics_extra
from vcore.model.regions import Region, blocks, shape_of
from vcore.model.volume import LazyArray

SIGMA = 1.5
RADIUS = 5  # 11 taps, as in Wang et al. 2004
WINDOW = 2 * RADIUS + 1
K1, K2 = 0.01, 0.03
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. 2003, section 3.2
BLOCK = (64, 128, 128)
"""Voxels compared at a time, z y x: about 150 MB of float64 fields, a third of it halo."""

Field = NDArray[np.float64]


def ssim(
    original: LazyArray,
    decoded: LazyArray,
    data_range: float,
    missing_mask: LazyArray | None = None,
) -> float:
    """Return the mean structural similarity [1]_ of 3D windows, at most 1.

    Gaussian windows with a standard deviation of 1.5 and a side of 11 voxels, K1 = 0.01, K2 = 0.03,
    population covariance, only windows fully inside the volume. Along an axis shorter than
    11 voxels the window is the largest odd length that fits. Frames (t and c) are averaged.

    Parameters
    ----------
    original, decoded
        Arrays of the same shape, ``(..., z, y, x)``, of any real dtype, read by region.
    data_range
        Maximum minus minimum of the whole original, in data units.
    missing_mask
        True where the original is missing besides its non-finite values; same shape, or None.
        Missing voxels have no weight in a window, and windows centred on them are skipped.

    Returns
    -------
    float
        NaN if every voxel is missing, or if decoded values are non-finite where the original is
        finite. For a ``data_range`` of 0, 1 if the volumes are equal and NaN otherwise.

    Raises
    ------
    InputError
        Different shapes, fewer than three axes, or a negative or non-finite range.
    MissingExtraError
        SciPy is not installed.

    References
    ----------
    .. [1] Z. Wang et al., "Image quality assessment: from error visibility to structural
       similarity", IEEE Trans. Image Processing 13(4), 2004, equation 13.
    """

    def one_scale(frame: _Frame) -> float | None:
        means = _similarity(frame, data_range)
        return None if means is None else means[0]

    return _mean_over_frames(original, decoded, data_range, missing_mask, one_scale)


def ms_ssim(
    original: LazyArray,
    decoded: LazyArray,
    data_range: float,
    missing_mask: LazyArray | None = None,
) -> float:
    """Return the multi-scale structural similarity [1]_, between 0 and 1.

    Five scales, each half the previous one (means of 2x2x2 voxels; an odd voxel at the end of an
    axis is dropped), with the weights of section 3.2. Axes shorter than 11 voxels are not halved.
    If another axis would become shorter than 11 voxels, the remaining scales are omitted and the
    other weights normalised to sum to 1. A negative mean at a scale counts as 0.

    Parameters, NaN and errors are as for `ssim`.

    References
    ----------
    .. [1] Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multiscale structural similarity for image
       quality assessment", Asilomar Conference on Signals, Systems and Computers, 2003, equation 7.
    """

    def all_scales(frame: _Frame) -> float | None:
        product = 1.0
        weights = _scale_weights(frame.shape)
        for scale, weight in enumerate(weights):
            means = _similarity(frame, data_range)
            if means is None:
                return None
            last = scale == len(weights) - 1
            product *= float(np.maximum(means[0] if last else means[1], 0.0)) ** weight
            frame = frame if last else frame.halved()
        return product

    return _mean_over_frames(original, decoded, data_range, missing_mask, all_scales)


@dataclass(frozen=True)
class _Frame:
    """One z y x frame of original, decoded volume and mask, read by region."""

    original: LazyArray
    decoded: LazyArray
    missing: LazyArray | None = None
    lead: Region = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.original.shape[-3:])

    def read(self, region: Region) -> tuple[Field, Field, NDArray[np.bool_]]:
        """Return original, decoded and their missing mask; missing voxels are read as 0."""

        def values(array: LazyArray) -> NDArray[np.generic]:
            return np.asarray(array[self.lead + region]).reshape(shape_of(region))

        x, y = values(self.original).astype(np.float64), values(self.decoded).astype(np.float64)
        missing = ~np.isfinite(x)
        if self.missing is not None:
            missing |= values(self.missing).astype(bool)
        x[missing] = y[missing] = 0
        return x, y, missing

    def halved(self) -> "_Frame":
        """Return the frame at half resolution: box means over present voxels, NaN without any."""
        factor = [2 if n >= WINDOW else 1 for n in self.shape]
        shape = [n // f for n, f in zip(self.shape, factor, strict=True)]
        original, decoded = np.empty(shape), np.empty(shape)
        for region in blocks(shape, [n // 2 for n in BLOCK]):  # reads about BLOCK voxels
            pairs = list(zip(region, factor, strict=True))
            x, y, missing = self.read(tuple(slice(s.start * f, s.stop * f) for s, f in pairs))
            boxes = [n for s, f in pairs for n in (s.stop - s.start, f)]
            present = (~missing).reshape(boxes).sum((1, 3, 5))
            with np.errstate(invalid="ignore"):
                original[region] = x.reshape(boxes).sum((1, 3, 5)) / present
                decoded[region] = y.reshape(boxes).sum((1, 3, 5)) / present
        return _Frame(original, decoded)


def _mean_over_frames(
    original: LazyArray,
    decoded: LazyArray,
    data_range: float,
    missing: LazyArray | None,
    score: Callable[[_Frame], float | None],
) -> float:
    shapes = [tuple(a.shape) for a in (original, decoded, missing) if a is not None]
    if len(set(shapes)) > 1 or len(shapes[0]) < 3:
        raise InputError(f"Expected arrays of one shape (..., z, y, x). Got {shapes} instead.")
    if not (isfinite(data_range) and data_range >= 0):
        raise InputError(f"Expected a finite data range, 0 or more. Got {data_range} instead.")
    lead = shapes[0][:-3]
    frames = [_Frame(original, decoded, missing, r) for r in blocks(lead, [1] * len(lead))]
    if data_range == 0:
        return 1.0 if all(_equal(frame) for frame in frames) else nan
    scores = [value for frame in frames if (value := score(frame)) is not None]
    return float(np.mean(scores)) if scores else nan


def _equal(frame: _Frame) -> bool:
    pairs = (frame.read(region)[:2] for region in blocks(frame.shape, BLOCK))
    return all(np.array_equal(x, y) for x, y in pairs)


def _scale_weights(shape: Sequence[int]) -> NDArray[np.float64]:
    halved = [n for n in shape if n >= WINDOW]
    scales = 1
    while halved and scales < len(SCALE_WEIGHTS) and min(halved) >> scales >= WINDOW:
        scales += 1
    weights = np.asarray(SCALE_WEIGHTS[:scales])
    return np.asarray(weights / weights.sum())


def _similarity(frame: _Frame, data_range: float) -> tuple[float, float] | None:
    """Return the means of SSIM and its contrast-structure term; None if no window is present."""
    correlate = metrics_extra("scipy.ndimage", "structural similarity").correlate1d
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    radii = [min(RADIUS, (n - 1) // 2) for n in frame.shape]
    taps = [_gaussian(r) for r in radii]

    def smooth(values: Field) -> Field:
        # cropping after each axis reduces the work on the next one
        for axis, (radius, weights) in enumerate(zip(radii, taps, strict=True)):
            values = correlate(values, weights, axis=axis)
            values = values[_inside(axis, radius, values.shape[axis])]
        return values

    centres = [n - 2 * r for n, r in zip(frame.shape, radii, strict=True)]
    totals, count = np.zeros(2), 0
    for block in blocks(centres, BLOCK):
        region = tuple(slice(s.start, s.stop + 2 * r) for s, r in zip(block, radii, strict=True))
        x, y, missing = frame.read(region)
        present = ~missing[
            tuple(slice(r, n - r) for r, n in zip(radii, missing.shape, strict=True))
        ]
        if not present.any():
            continue
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            moments = [smooth(v) for v in (x, y, x * x, y * y, x * y)]
            if missing.any():
                weight = smooth((~missing).astype(np.float64))
                moments = [m / weight for m in moments]
            ux, uy, xx, yy, xy = moments
            structure = (2 * (xy - ux * uy) + c2) / (xx - ux * ux + yy - uy * uy + c2)
            luminance = (2 * ux * uy + c1) / (ux * ux + uy * uy + c1)
            totals += (luminance * structure)[present].sum(), structure[present].sum()
        count += int(np.count_nonzero(present))
    return (float(totals[0] / count), float(totals[1] / count)) if count else None


def _gaussian(radius: int) -> NDArray[np.float64]:
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / SIGMA) ** 2)
    return np.asarray(weights / weights.sum())


def _inside(axis: int, radius: int, length: int) -> tuple[slice, ...]:
    return (slice(None),) * axis + (slice(radius, length - radius),)
