"""Curves of the rate-distortion benchmark, from the measured points."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bjontegaard import Curve, envelope, upper_curve
from benchmarks.report import Results

RATES = (0.05, 0.1, 0.22, 0.47, 1.0)
"""Limits of the files in bits per voxel."""
FIRST_RATES = (0.1, 0.47)
"""Limits that are measured first; those of the tables of SSIM."""
SPECTRUM_RATE = 0.22
"""Bits per voxel at which the spectra of the errors are compared."""
RATE_RANGE = (0.04, 1.1)
"""Range of bits per voxel of the points used: searches try more than the limits."""
RATE_TOLERANCE = 0.12
"""How far a curve is continued, in the natural logarithm of bits per voxel: streams fill 90 % of a
limit."""
SEPARATE_VOLUMES = ("neuron",)
"""3D volumes reported separately: nearly all of the neuron is 0, which makes PSNR uninformative."""
BANDS = ("lowest", "low", "high", "highest")
"""Quarters of the wavenumbers up to the Nyquist limit."""
Point = dict[str, Any]
Quantity = Callable[[Point], float | None]


def psnr(point: Point) -> float | None:
    """Return the PSNR of a point in dB."""
    return float(point["psnr"])


def ssim(point: Point) -> float | None:
    """Return the SSIM of a point; None if an earlier run did not measure it."""
    found = point.get("ssim")
    return None if found is None else float(found)


def band(number: int) -> Quantity:
    """Return the quantity of a band: its power of the error in -dB of squared data units."""

    def quantity(point: Point) -> float | None:
        power = point.get("error_power")
        if power is None:
            return None
        parts = [p for p in np.array_split(np.array(power, np.float64), len(BANDS))[number] if p]
        return -10 * float(np.log10(np.nanmean(parts))) if parts else None

    return quantity


def points_of(results: Results, case: str, codec: str) -> list[Point]:
    """Return the lossy points within ``RATE_RANGE``, empty if not measured."""
    key = f"{case} {codec}"
    points = results[key]["points"] if key in results else []
    low, high = RATE_RANGE
    return [p for p in points if low <= p["bpv"] <= high and not isinstance(p["psnr"], str)]


def curve_of(results: Results, case: str, codec: str, quantity: Quantity = psnr) -> Curve:
    """Return the best of the codec's variants at every rate, by increasing rate; empty if an
    earlier run did not measure the quantity."""
    variants: dict[str, list[tuple[float, float]]] = {}
    for p in points_of(results, case, codec):
        value = quantity(p)
        if value is not None:
            variants.setdefault(p.get("note", ""), []).append((p["bpv"], value))
    return envelope([upper_curve(points) for points in variants.values()])


def value_at(curve: Curve, rate: float) -> float | None:
    """Return a curve's value at a rate: linear in the logarithm of the rate, and continued by up
    to ``RATE_TOLERANCE``; None beyond."""
    if not len(curve):
        return None
    bpv, values = np.array(curve).T
    at, logs = float(np.log(rate)), np.log(bpv)
    if not logs[0] - RATE_TOLERANCE <= at <= logs[-1] + RATE_TOLERANCE:
        return None
    if len(logs) > 1 and not logs[0] <= at <= logs[-1]:
        near, far = (0, 1) if at < logs[0] else (-1, -2)
        slope = (values[near] - values[far]) / (logs[near] - logs[far])
        return float(values[near] + slope * (at - logs[near]))
    return float(np.interp(at, logs, values))


def group_of(results: Results, case: str, codec: str) -> str:
    """Return the group to whose median a volume contributes."""
    if len(results[f"{case} {codec}"]["shape"]) > 3:
        return "series"
    return "apart" if case in SEPARATE_VOLUMES else "3D"


def power_at(results: Results, case: str, codec: str, rate: float) -> NDArray[np.float64] | None:
    """Return the error's power by wavenumber, in squared data units, at a rate; None if the codec
    was not measured there."""
    points = [p for p in points_of(results, case, codec) if p.get("error_power")]
    if not points:
        return None
    columns = np.array([p["error_power"] for p in points], np.float64).T
    found = []
    for column in columns:
        pairs = zip(points, column, strict=True)
        curve = upper_curve((p["bpv"], -10 * np.log10(v)) for p, v in pairs if v > 0)
        value = value_at(curve, rate)
        found.append(np.nan if value is None else 10 ** (-value / 10))
    return None if np.isnan(found).all() else np.array(found)
