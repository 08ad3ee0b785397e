"""Power spectra of original, decoded values and error, averaged over blocks."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.model.grid import Grid
from vcore.model.regions import Region, blocks
from vcore.model.volume import Variable

SIDE = 64
"""Largest side of a block, in voxels."""
MAX_BLOCKS = 32
"""Maximum number of blocks, evenly spaced over the whole variable."""
BINS = 24
"""Number of bins of the wavenumber."""


def power_spectrum(original: Variable, decoded: Variable, grid: Grid) -> dict[str, Any] | None:
    """Return radial power spectra by Welch's method [1]_, None if every block has missing values.

    Blocks of at most 64 voxels a side have their mean removed and a Hann window applied along
    axes longer than one voxel. Powers are averaged in shells of the wavenumber up to the Nyquist
    limit of the coarsest axis.

    Parameters
    ----------
    original, decoded
        Variables of one shape, (..., z, y, x).
    grid
        Their grid. Axes without a common unit, or with uneven coordinates, are measured in voxels.

    Returns
    -------
    dict
        ``wavenumber`` (cycles per ``length``, a unit or "voxel"), ``original``,
        ``decoded``, ``error`` (power, in squared data units), ``coherence`` (0 to 1; the share of
        the decoded power that follows the original) and the number of ``blocks``. A list has None
        for a shell without any frequency.

    References
    ----------
    .. [1] P. Welch, "The use of fast Fourier transform for the estimation of power spectra", IEEE
       Trans. Audio and Electroacoustics 15(2), 1967.
    """
    shape = original.shape
    side = [1] * (len(shape) - 3) + [min(n, SIDE) for n in shape[-3:]]
    places = [r for r in blocks(shape, side) if _size(r) == side]
    chosen = {round(i) for i in np.linspace(0, len(places) - 1, min(len(places), MAX_BLOCKS))}
    even = bool(grid.unit) and grid.coordinates is None
    shells, limits = _shells(side[-3:], grid.spacing if even else (1.0, 1.0, 1.0))
    window = _window(side[-3:])
    sums, used = np.zeros((4, BINS)), 0
    for number in sorted(chosen):
        region = places[number]
        pair = [v.read(region).reshape(side[-3:]) for v in (original, decoded)]
        missing = original.missing(pair[0])
        if missing is not None or not np.isfinite(pair[1]).all():
            continue
        x, y = (_spectrum(values, window) for values in pair)
        powers = (np.abs(x) ** 2, np.abs(y) ** 2, np.abs(y - x) ** 2, (x * y.conj()).real)
        for row, power in enumerate(powers):
            sums[row] += np.bincount(shells, power.ravel(), BINS + 1)[:BINS]
        used += 1
    if not used:
        return None
    counts = np.bincount(shells, minlength=BINS + 1)[:BINS]
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y, e = sums[:3] / counts / used
        coherence = np.square(sums[3]) / (sums[0] * sums[1])
    middles = (limits[:-1] + limits[1:]) / 2
    return {
        "length": grid.unit if even else "voxel",
        "wavenumber": middles.tolist(),
        "original": _listed(x),
        "decoded": _listed(y),
        "error": _listed(e),
        "coherence": _listed(coherence),
        "blocks": used,
    }


def _size(region: Region) -> list[int]:
    return [s.stop - s.start for s in region]


def _window(shape: list[int]) -> NDArray[np.float64]:
    window = np.ones(shape)
    for axis, n in enumerate(shape):
        if n > 1:
            taps = np.sin(math.pi * (np.arange(n) + 0.5) / n) ** 2
            window *= taps.reshape([-1 if i == axis else 1 for i in range(3)])
    return np.asarray(window / math.sqrt(float(np.square(window).sum())))


def _spectrum(values: NDArray[Any], window: NDArray[np.float64]) -> NDArray[np.complex128]:
    exact = values.astype(np.float64)
    found: NDArray[np.complex128] = np.fft.fftn((exact - exact.mean()) * window)
    return found


def _shells(
    shape: list[int], spacing: tuple[float, ...]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the bin of each frequency (``BINS``: none), and the bins' limits."""
    squares = np.zeros(shape)
    nyquist = math.inf
    for axis, (n, step) in enumerate(zip(shape, spacing, strict=True)):
        if n > 1:
            waves = np.fft.fftfreq(n, step)
            squares += np.square(waves).reshape([-1 if i == axis else 1 for i in range(3)])
            nyquist = min(nyquist, 0.5 / step)
    limits = np.linspace(0, nyquist if math.isfinite(nyquist) else 1.0, BINS + 1)
    index = np.ceil(np.sqrt(squares) / limits[1]).astype(np.int64) - 1
    index[(squares == 0) | (index >= BINS)] = BINS
    return index.ravel(), limits


def _listed(values: NDArray[np.float64]) -> list[float | None]:
    return [float(v) if math.isfinite(v) else None for v in values]
