"""Rendering of splats on the CPU, by rows of tiles."""

import numpy as np
from numpy.typing import NDArray

from vcore.model.context import Context
from vcore.runtime.executor import run_all
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Triple, View
from vcore.scenes.methods.splats.model import Splats
from vcore.scenes.methods.splats.projection import Projected, project

BLACK = (0.0, 0.0, 0.0)


def render(
    splats: Splats, camera: Camera, background: Triple = BLACK, context: Context | None = None
) -> View:
    """Return what ``camera`` sees; the same for any number of threads.

    The depth is the mean of the splats' depths, weighted by what each adds to the pixel.

    Raises
    ------
    Cancelled
        The context was cancelled.
    """
    camera.check_memory()
    found = project(splats, camera)
    out = _blended(found, camera.size, None, context)
    light = out[..., 4]
    alpha = 1 - light
    rgb = out[..., :3] + light[..., None] * np.asarray(background, np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        depth = np.where(alpha > 0, out[..., 3] / alpha, np.nan).astype(np.float32)
    return View(np.clip(rgb, 0, 1).astype(np.float32), depth, alpha)


def contributions(
    splats: Splats, camera: Camera
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each splat's sums over the pixels of ``camera`` of its squared weight, and of its
    weight, (n,) each: how much an error of its colour adds to the squared error of the image."""
    found = project(splats, camera)
    sums = np.zeros((2, len(found.which)))
    _blended(found, camera.size, sums, None)
    spread = np.zeros((2, len(splats)))
    spread[:, found.which] = sums
    return spread[0], spread[1]


def _blended(
    found: Projected,
    size: tuple[int, int],
    sums: NDArray[np.float64] | None,
    context: Context | None,
) -> NDArray[np.float32]:
    from vcore.scenes.methods.splats.raster import TILE, blend

    out = np.zeros((*size, 5), np.float32)
    none = np.zeros((2, 0))

    def row(top: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if context is not None:
            context.report("rendering", top / size[0])
        order = np.flatnonzero((found.boxes[:, 2] < top + TILE) & (found.boxes[:, 3] > top))
        parts = none if sums is None else np.zeros((2, len(order)))
        blend(
            top,
            order,
            found.centres,
            found.conics,
            found.boxes,
            found.depths,
            found.alphas,
            found.colours,
            out,
            parts,
        )
        return order, parts

    for order, parts in run_all(row, range(0, size[0], TILE)):
        if sums is not None:
            sums[:, order] += parts
    return out
