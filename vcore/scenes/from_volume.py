"""Volumes of Gaussians as splats: with a transfer function, any viewer of splats shows them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.dataset import Dataset
from vcore.errors import InputError, MemoryLimitError
from vcore.methods.gaussian.mixture import CUTOFF, Mixture, factors_of
from vcore.methods.gaussian.renderer import add, inner, padded
from vcore.methods.gaussian.splat import moments
from vcore.model.context import Context
from vcore.model.grid import Grid
from vcore.model.primitives import Primitives
from vcore.render.placement import placement
from vcore.render.props import unit_distance
from vcore.render.statistics import TOP, otsu
from vcore.render.transfer import TransferFunction, default_function
from vcore.runtime.memory import available_bytes
from vcore.scenes.methods.splats.harmonics import C0
from vcore.scenes.methods.splats.model import MIN_ALPHA, Splats, logit, quaternions_of

ROUNDS = 60
"""Rounds of the fit of extinctions."""
TABLE = 4096
"""Number of tabulated opacities and colours."""
MAX_OPACITY = 0.999
"""Largest opacity per unit distance, whose extinction is finite."""
MAX_ALPHA = 0.99
"""Largest opacity of a splat: that of renderers."""
BYTES_PER_VOXEL = 32


def splats_of_dataset(
    dataset: Dataset,
    function: TransferFunction | None = None,
    *,
    variable: str | None = None,
    frame: int | None = None,
    level: int = 0,
    rescale: bool = False,
    context: Context | None = None,
) -> tuple[Splats, TransferFunction]:
    """Return splats of a volume that is made of Gaussians, and the transfer function as used.

    Parameters
    ----------
    function
        By default that of ``vcore render``: ParaView's colours, from the value that best separates
        the background on.
    variable, frame
        The first by default.
    level
        Level on whose voxels extinctions are fitted.
    rescale
        Map ``function`` to the range of the values.

    Raises
    ------
    InputError
        The variable has no Gaussians, or several channels; or as ``splats_of``.
    """
    try:
        table = dataset.primitives_of(variable)
    except InputError as error:
        raise InputError(f"{error} Only such volumes can be written as splats.") from error
    if table.intensity.shape[1] != 1:
        raise InputError(
            f"Expected a variable of one channel. Got {table.intensity.shape[1]}: a transfer "
            f"function is of one value."
        )
    part = dataset.volume(variable, level=level, frame=frame or 0).variables[0]
    grid = dataset.volume(variable, level=level, frame=frame or 0).grid
    values = np.asarray(part.data[...], np.float32).reshape(grid.shape)
    finite = values[np.isfinite(values)]
    if not finite.size:
        raise InputError("Expected finite values. Got none in this frame.")
    if function is None:
        bottom, top = (float(v) for v in np.percentile(finite, [100 - TOP, TOP]))
        function = default_function(otsu(finite.clip(bottom, top).astype(np.float64)), top)
    elif rescale:
        function = function.rescaled(float(finite.min()), float(finite.max()))
    chosen = table[table.frame == (frame or 0)]
    return splats_of(chosen, values, grid, function, context=context), function


def splats_of(
    primitives: Primitives,
    values: NDArray[Any],
    grid: Grid,
    function: TransferFunction,
    *,
    context: Context | None = None,
) -> Splats:
    """Return splats that look like a volume of Gaussians, rendered with a transfer function.

    Each Gaussian becomes a splat of its place and shape. The transfer function gives colour and
    extinction of every voxel; the Gaussians' extinctions, not negative, are fitted to it by
    multiplicative updates (Lee and Seung, 2001), and their colours are the means of the voxels
    under them, weighted by the light that reaches these from outside. An optically thick splat is
    widened so that it hides as much as the Gaussian would.

    Parameters
    ----------
    primitives
        Gaussians of one frame, z y x.
    values
        Decoded values, (z, y, x).
    grid
        Grid of ``values``.
    function
        Colour and opacity by value; opacity per unit distance as in ``vcore render``.

    Raises
    ------
    InputError
        Nothing is visible.
    MemoryLimitError
        The fit needs more memory than there is.
    """
    context = context or Context()
    needed = BYTES_PER_VOXEL * int(np.prod(grid.shape, dtype=object))
    if needed > available_bytes():
        raise MemoryLimitError(
            f"Expected a volume whose extinction fits into memory, {available_bytes()} bytes. It "
            f"needs {needed}: export it at a coarser level."
        )
    extinction, colours = _looked_up(np.asarray(values, np.float32), function, grid)
    centres, covariances = primitives.to_voxels(grid)
    mixture = Mixture(centres, factors_of(covariances), np.ones((len(centres), 1)))
    amplitudes = _fitted(mixture, extinction, context)
    visible = extinction * _visibility(extinction, grid)
    weighted = np.concatenate([visible[None], visible * colours])
    sums = _products(mixture, weighted)
    shades = sums[:, 1:] / np.maximum(sums[:, :1], 1e-30)
    sigmas = np.maximum(primitives.scale, float(np.min(grid.spacing)) * 1e-3)
    depths = amplitudes * math.sqrt(2 * math.pi) * np.exp(np.log(sigmas).mean(1))
    alphas = np.minimum(-np.expm1(-depths), MAX_ALPHA)
    seen = (alphas >= MIN_ALPHA) & (sums[:, 0] > 0)
    if not seen.any():
        raise InputError(
            "Expected a transfer function by which something is seen. Got one that is transparent "
            "wherever the volume has Gaussians: change its opacities, or rescale it to the range."
        )
    widened = np.sqrt(np.maximum(_blocked(depths) / np.maximum(alphas, 1e-30), 1))
    axes = primitives.axes / np.maximum(primitives.scale, 1e-30)[..., None]
    turned = axes[:, :, ::-1].transpose(0, 2, 1).copy()  # columns, x y z
    turned[:, :, 2] *= np.where(np.linalg.det(turned) < 0, -1, 1)[:, None]
    found = Splats(
        primitives.centre[:, ::-1].astype(np.float32),
        np.log(sigmas * widened[:, None]).astype(np.float32),
        quaternions_of(turned),
        logit(alphas),
        ((shades - 0.5) / C0).astype(np.float32)[:, None],
    )
    return found[seen]


def _looked_up(
    values: NDArray[np.float32], function: TransferFunction, grid: Grid
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return extinction per world unit (z, y, x), and colour (3, z, y, x), of every voxel."""
    low, high = function.range
    at = np.linspace(low, high, TABLE)
    opacities = np.minimum(function.opacity_table(TABLE), MAX_OPACITY)
    table = -np.log1p(-opacities) / unit_distance(placement(grid))
    extinction = np.interp(values, at, table).astype(np.float32)
    rgb = function.colours_of(at.tolist())
    colours = [np.interp(values, at, rgb[:, k]).astype(np.float32) for k in range(3)]
    return np.where(np.isfinite(values), extinction, 0), np.stack(colours)


def _visibility(extinction: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    """Return the share of light that every voxel gets from outside, the mean over the directions
    along the axes."""
    total = np.zeros_like(extinction)
    for axis, step in enumerate(grid.spacing):
        through = np.cumsum(extinction, axis=axis, dtype=np.float64) * step
        own = extinction * step / 2
        last = through.take([-1], axis=axis)
        total += np.exp(own - through) + np.exp(through - last - own)
    found: NDArray[np.float32] = total / np.float32(6)
    return found


def _fitted(
    mixture: Mixture, extinction: NDArray[np.float32], context: Context
) -> NDArray[np.float64]:
    """Return amplitudes, not negative, whose sum of Gaussians is close to the extinction."""
    wanted = _products(mixture, extinction[None])[:, 0]
    amplitudes = np.ones(len(mixture))
    for done in range(ROUNDS):
        context.report("exporting", done / ROUNDS)
        found = _products(mixture, _sum(mixture, amplitudes, extinction.shape))[:, 0]
        amplitudes *= wanted / np.maximum(found, 1e-30)
        amplitudes = np.minimum(amplitudes, 1e12)
    return amplitudes


def _sum(
    mixture: Mixture, amplitudes: NDArray[np.float64], shape: Sequence[int]
) -> NDArray[np.float32]:
    out = padded((1, *shape))
    weighted = Mixture(mixture.centres, mixture.factors, amplitudes[:, None])
    add(out, weighted.sampled())
    return inner(out)


def _products(mixture: Mixture, volumes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the sums over voxels of each Gaussian times each of ``volumes``, (n, volumes)."""
    residual = padded(volumes.shape)
    inner(residual)[:] = volumes
    count, channels = len(mixture), len(volumes)
    sampled = Mixture(mixture.centres, mixture.factors, np.ones((count, channels))).sampled()
    sums, products = np.empty((count, 10)), np.empty((count, channels))
    energies = np.empty((count, 2))
    moments(residual, *sampled.arrays, 0, count, CUTOFF, False, sums, products, energies)
    return products


def _blocked(depths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the light that a Gaussian of an optical depth hides, over 2 pi and its variance: the
    integral of (1 - exp(-t)) / t from 0 to ``depths``."""
    steps = (np.arange(256) + 0.5) / 256
    found: NDArray[np.float64] = np.empty_like(depths)
    for start in range(0, len(depths), 4096):
        t = depths[start : start + 4096, None] * steps
        parts = np.where(t > 1e-9, -np.expm1(-t) / np.maximum(t, 1e-9), 1.0)
        found[start : start + 4096] = parts.mean(1) * depths[start : start + 4096]
    return found
