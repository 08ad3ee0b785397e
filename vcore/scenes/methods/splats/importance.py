"""Importance of splats: how much an error of each adds to that of a view."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcore.model.context import Context
from vcore.scenes.cameras import Camera, turntable
from vcore.scenes.field import Bounds
from vcore.scenes.methods.splats.model import Splats
from vcore.scenes.methods.splats.rendering import contributions

VIEWS, SIDE = 24, 200
"""Views that are rendered, and their longest side in pixels."""
VIEW_ANGLE = 40.0
HIDDEN, HIDDEN_UNKNOWN = 0.01, 0.04
"""Share of the energy that a splat would have if nothing hid it, which it has at least: views that
nobody rendered may show it, more so where the cameras are unknown."""
FAINTEST = 1e-4
"""Smallest energy, in pixels."""
MIN_LEVEL, MAX_LEVEL = -7, 16
GOLDEN_ANGLE = 137.50776405003785


def views(bounds: Bounds, cameras: Sequence[Camera]) -> tuple[Camera, ...]:
    """Return cameras from which the importance is measured: of ``cameras``, or all around the
    bounds if there are none."""
    if cameras:
        chosen = np.unique(np.linspace(0, len(cameras) - 1, VIEWS).astype(int))
        return tuple(_small(cameras[i]) for i in chosen)
    heights = 1 - 2 * (np.arange(VIEWS) + 0.5) / VIEWS
    angles = [(math.degrees(math.acos(h)), i * GOLDEN_ANGLE % 360) for i, h in enumerate(heights)]
    return turntable(bounds, angles, size=(SIDE, SIDE), view_angle=VIEW_ANGLE)


def levels_of(
    splats: Splats, bounds: Bounds, cameras: Sequence[Camera], context: Context
) -> tuple[NDArray[np.int64], float]:
    """Return the level of each splat, the binary logarithm of the root of its energy in pixels, and
    the side of a pixel on the splats that are seen, in world units."""
    energies = np.zeros(len(splats))
    shown = views(bounds, cameras)
    total, widths = 0.0, 0.0
    for done, camera in enumerate(shown):
        context.report("weighing", done / len(shown))
        squares, weights = contributions(splats, camera)
        energies += squares
        distances = np.linalg.norm(splats.positions - camera.eye, axis=1)
        total += float(weights.sum())
        widths += float((weights * distances).sum()) / camera.focal
    pixel = widths / total if total > 0 else float(bounds.extent.max()) / SIDE
    sigmas = np.sort(splats.sigmas.astype(np.float64), axis=1)[:, 1:] / pixel
    alone = np.square(splats.alphas) * np.pi / 2 * (np.square(sigmas) + 0.3).prod(1) ** 0.5
    hidden = HIDDEN if cameras else HIDDEN_UNKNOWN
    energies = np.maximum(energies / len(shown), np.minimum(alone, SIDE * SIDE) * hidden)
    levels = np.rint(np.log2(np.maximum(energies, FAINTEST)) / 2)
    return np.clip(levels, MIN_LEVEL, MAX_LEVEL).astype(np.int64), pixel


def _small(camera: Camera) -> Camera:
    factor = min(1.0, SIDE / max(camera.size))
    height, width = (max(1, round(n * factor)) for n in camera.size)
    return camera.resized((height, width))
