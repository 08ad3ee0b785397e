"""Bjontegaard rate difference: how many bytes more or less a codec needs for the same PSNR.

G. Bjontegaard, Calculation of average PSNR differences between RD-curves, VCEG-M33, 2001; with
monotone cubic interpolation, as in JCT-VC's common test conditions.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Curve = list[tuple[float, float]]
"""Bits per voxel and PSNR in dB, both rising."""
Array = NDArray[np.float64]
SAMPLES = 1000
TOLERANCE = 0.1
"""In dB."""


def upper_curve(points: Iterable[tuple[float, float]]) -> Curve:
    """Return the points with a PSNR that none of fewer bits has, by rising bits."""
    curve: Curve = []
    for bpv, psnr in sorted(points, key=lambda p: (p[0], -p[1])):
        if not curve or psnr > curve[-1][1]:
            curve.append((bpv, psnr))
    return curve


def envelope(curves: Sequence[Curve]) -> Curve:
    """Return the points of all curves that lie below none of the others, by rising rate.

    Points up to ``TOLERANCE`` below stay: of curves that are nearly the same, each lies below what
    is interpolated of the other.
    """
    kept = []
    for curve in curves:
        others = [other for other in curves if other is not curve]
        kept += [p for p in curve if all(p[1] >= _psnr(o, p[0]) - TOLERANCE for o in others)]
    return upper_curve(kept)


def _psnr(curve: Curve, bpv: float) -> float:
    """Return the PSNR of a curve at a rate: none below its first point, that of its last above."""
    if bpv < curve[0][0]:
        return -np.inf
    if bpv >= curve[-1][0]:
        return curve[-1][1]
    rates, psnr = np.array(curve).T
    return float(monotone(np.log(rates), psnr, np.log([bpv]))[0])


def rate_difference(curve: Curve, reference: Curve) -> float | None:
    """Return the mean difference of the rates at equal PSNR in percent of the reference's.

    Parameters
    ----------
    curve, reference
        Points of rising rate and PSNR. Logarithms of rates are compared over the range of PSNR that
        both have.

    Returns
    -------
    difference
        Negative where ``curve`` needs fewer bits; None where the curves have no range of PSNR in
        common, or one has less than two points.
    """
    if min(len(curve), len(reference)) < 2:
        return None
    low = max(curve[0][1], reference[0][1])
    high = min(curve[-1][1], reference[-1][1])
    if low >= high:
        return None
    at = low + (high - low) * (np.arange(SAMPLES) + 0.5) / SAMPLES
    own, other = (
        monotone(np.array([p for _, p in c]), np.log([r for r, _ in c]), at)
        for c in (curve, reference)
    )
    return float(100 * np.expm1(np.mean(own - other)))


def monotone(x: Array, y: Array, at: Array) -> Array:
    """Return the monotone piecewise cubic through ``(x, y)``, ``x`` rising, at places within.

    Slopes are Fritsch's and Butland's harmonic means (A method for constructing local monotone
    piecewise cubic interpolants, 1984), those of the ends of the outer chords.
    """
    steps = np.diff(x)
    chords = np.diff(y) / steps
    slopes = np.concatenate([chords[:1], np.zeros(len(x) - 2), chords[-1:]])
    left, right = chords[:-1], chords[1:]
    same = left * right > 0
    w1, w2 = 2 * steps[1:] + steps[:-1], steps[1:] + 2 * steps[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        means = (w1 + w2) / (w1 / left + w2 / right)
    slopes[1:-1] = np.where(same, means, 0.0)
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    t = (at - x[k]) / steps[k]
    value = y[k] * (1 + 2 * t) * (1 - t) ** 2 + y[k + 1] * t**2 * (3 - 2 * t)
    return np.asarray(
        value + steps[k] * (slopes[k] * t * (1 - t) ** 2 - slopes[k + 1] * t**2 * (1 - t))
    )
