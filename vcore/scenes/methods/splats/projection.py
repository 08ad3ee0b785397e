"""Projection of splats onto an image: elliptical weighted averaging with a low-pass filter (Zwicker
et al., EWA Splatting, 2002; Kerbl et al. 2023, section 4)."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.scenes.cameras import Camera
from vcore.scenes.methods.splats.harmonics import colours
from vcore.scenes.methods.splats.model import MIN_ALPHA, Splats

Floats = NDArray[np.float32]

LOW_PASS = 0.3
"""Variance in squared pixels that is added to each projected splat."""
EDGE = 1.3
"""Angle beyond the image's edge, relative to it, at which the perspective is linearised at most."""
PART = 1 << 18
"""Splats that are projected together, which bounds the memory."""
MIN_NEAR = 1e-6
"""Smallest depth at which a splat is drawn."""


@dataclass(frozen=True)
class Projected:
    """Splats of an image, front to back.

    Parameters
    ----------
    which
        Number of each splat in the scene, int64 of (n,).
    centres
        x y in pixels, (n, 2); the centre of the first pixel is at 0.5.
    conics
        xx, xy, yy of the inverse covariances, (n, 3).
    boxes
        First and last pixel that a splat reaches, as x0 x1 y0 y1, x1 and y1 exclusive, int32 of
        (n, 4).
    depths
        Distances along the viewing axis, (n,).
    alphas
        Opacities, (n,).
    colours
        Red, green, blue, (n, 3).
    """

    which: NDArray[np.int64]
    centres: Floats
    conics: Floats
    boxes: NDArray[np.int32]
    depths: Floats
    alphas: Floats
    colours: Floats


def project(splats: Splats, camera: Camera) -> Projected:
    """Return the splats that ``camera`` sees, front to back: those whose centre is between its near
    and far planes, and whose opacity is not below MIN_ALPHA."""
    starts = range(0, max(len(splats), 1), PART)
    parts = [_project(splats, camera, slice(start, start + PART)) for start in starts]
    joined = {
        f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Projected)
    }
    order = np.argsort(joined["depths"], kind="stable")
    return Projected(**{name: values[order] for name, values in joined.items()})


def _project(splats: Splats, camera: Camera, part: slice) -> Projected:
    """Return the splats of a part that ``camera`` sees."""
    (height, width), focal = camera.size, camera.focal
    middle = np.array(camera.pixel_centre)
    turn = to_camera(camera)
    eye = camera.eye
    positions, alphas = splats.positions[part], splats.alphas[part]
    inside = (positions - eye) @ turn.T
    ahead = (inside[:, 2] > max(camera.near, MIN_NEAR)) & (inside[:, 2] < camera.far)
    which = np.flatnonzero(ahead & (alphas >= MIN_ALPHA))
    x, y, z = inside[which].T
    centres = np.stack([x, y], 1) * (focal / z)[:, None] + middle
    spread = turn @ splats.spread[part][which].astype(np.float64)
    a, b, c = projected(spread, inside[which], camera)
    determinant = a * c - b * b
    # beyond this distance, in standard deviations, the splat is fainter than MIN_ALPHA
    reach = np.sqrt(2 * np.log(np.maximum(alphas[which].astype(np.float64) / MIN_ALPHA, 1)))
    half = np.stack([reach * np.sqrt(a), reach * np.sqrt(c)], 1)
    low = np.clip(np.floor(centres - half), 0, [width, height])
    high = np.clip(np.ceil(centres + half), 0, [width, height])
    seen = (low < high).all(1) & (determinant > 0) & np.isfinite(half).all(1)
    keep = np.flatnonzero(seen)
    conics = np.stack([c, -b, a], 1)[keep] / determinant[keep, None]
    boxes = np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], 1)[keep]
    shown = which[keep]
    return Projected(
        shown + part.start,
        centres[keep].astype(np.float32),
        conics.astype(np.float32),
        boxes.astype(np.int32),
        z[keep].astype(np.float32),
        alphas[shown],
        colours(splats.sh[part][shown], positions[shown], eye),
    )


def projected(
    spread: NDArray[Any], inside: NDArray[Any], camera: Camera
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return xx, xy, yy of the covariances on the image, in squared pixels, with the low-pass
    filter.

    Parameters
    ----------
    spread
        Axes of the splats by standard deviation in camera coordinates (x right, y down, z ahead),
        (n, 3, 3).
    inside
        Centres in camera coordinates, (n, 3).
    """
    focal = camera.focal
    limit_x, limit_y = (EDGE * n / 2 / focal for n in reversed(camera.size))
    x, y, z = inside.T
    tx, ty = np.clip(x / z, -limit_x, limit_x), np.clip(y / z, -limit_y, limit_y)
    # rows of the Jacobian of the perspective, times the axes
    across = (spread[:, 0] - tx[:, None] * spread[:, 2]) * (focal / z)[:, None]
    down = (spread[:, 1] - ty[:, None] * spread[:, 2]) * (focal / z)[:, None]
    return (
        np.square(across).sum(1) + LOW_PASS,
        (across * down).sum(1),
        np.square(down).sum(1) + LOW_PASS,
    )


def to_camera(camera: Camera) -> NDArray[np.float64]:
    """Return the rotation from the world to camera coordinates: x right, y down, z ahead."""
    turned: NDArray[np.float64] = camera.pose[:3, :3].T * np.array([1.0, -1.0, -1.0])[:, None]
    return turned
