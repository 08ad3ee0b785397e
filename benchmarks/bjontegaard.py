"""Bjøntegaard rate difference: relative size of a codec's output at equal PSNR.

G. Bjontegaard, Calculation of average PSNR differences between RD-curves, VCEG-M33, 2001; with
monotone cubic interpolation as in JCT-VC's common test conditions.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Curve = list[tuple[float, float]]
"""Points of bits per voxel and PSNR in dB, both increasing."""
Array = NDArray[np.float64]
SAMPLES = 1000
"""Number of PSNR samples in the numerical integration."""
TOLERANCE = 0.1
"""Tolerance of ``envelope`` in dB."""


def upper_curve(points: Iterable[tuple[float, float]]) -> Curve:
    """Return the Pareto-optimal points of rate and PSNR, by increasing rate."""
    curve: Curve = []
    for bpv, psnr in sorted(points, key=lambda p: (p[0], -p[1])):
        if not curve or psnr > curve[-1][1]:
            curve.append((bpv, psnr))
    return curve


def envelope(curves: Sequence[Curve]) -> Curve:
    """Return the points of all curves that lie on their upper envelope, by increasing rate.

    Points up to ``TOLERANCE`` below are kept: each of two nearly equal curves may lie below the
    interpolation of the other.
    """
    kept = []
    for curve in curves:
        others = [other for other in curves if other is not curve]
        kept += [p for p in curve if all(p[1] >= _psnr(o, p[0]) - TOLERANCE for o in others)]
    return upper_curve(kept)


def _psnr(curve: Curve, bpv: float) -> float:
    """Return the PSNR of a curve at a rate: none below its first point, constant above its last."""
    if bpv < curve[0][0]:
        return -np.inf
    if bpv >= curve[-1][0]:
        return curve[-1][1]
    rates, psnr = np.array(curve).T
    return float(monotone(np.log(rates), psnr, np.log([bpv]))[0])


def rate_difference(curve: Curve, reference: Curve) -> float | None:
    """Return the mean rate difference at equal PSNR, in percent of the reference.

    Parameters
    ----------
    curve, reference
        Points of increasing rate and PSNR. Log rates are compared over the common range of PSNR.

    Returns
    -------
    difference
        Negative if ``curve`` needs fewer bits; None if the curves share no range of PSNR or one
        has fewer than two points.
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
    """Return the monotone piecewise cubic through ``(x, y)``, ``x`` increasing, at points ``at``.

    Slopes are the harmonic means of Fritsch and Butland (A method for constructing local monotone
    piecewise cubic interpolants, 1984); at the ends, the slopes of the outer chords.
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
