"""SplatField: a scene of splats, in memory or decoded block by block."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcore.errors import InputError
from vcore.model.context import Context
from vcore.scenes.cameras import Camera
from vcore.scenes.field import Bounds, Ellipsoids, Floats, RadianceField, Triple, View
from vcore.scenes.methods.splats.harmonics import C0
from vcore.scenes.methods.splats.model import MIN_ALPHA, Splats
from vcore.scenes.methods.splats.rendering import BLACK, render

REACH = 3.3287
"""Standard deviations at which an opaque splat falls below MIN_ALPHA."""
SAMPLED_REACH = 3.0
"""Standard deviations at which a splat's density ends."""
FINEST = 256
"""Smallest standard deviation of a sampled splat, as a fraction of the longest side of the bounds:
half a voxel of a volume of 128. Thinner ones would fall between samples."""
MAX_ALPHA = 0.99
QUANTILE, MAX_OUTLYING = 0.01, 2.0
"""Share of splats at either end, and how many times larger the box with them may be."""
MAX_CELLS = 32


class SplatField(RadianceField):
    """Gaussian splats.

    Parameters
    ----------
    splats
        The splats.
    background, cameras, name, attributes
        As in ``RadianceField``.
    bounds
        By default the box of all splats, or of nearly all if a few are far away.

    Raises
    ------
    InputError
        There is no splat that can be seen.
    """

    method: ClassVar[str] = "splats"
    measured: ClassVar[tuple[int, int]] = (8, 160)

    def __init__(
        self,
        splats: Splats,
        *,
        background: Triple = BLACK,
        cameras: tuple[Camera, ...] = (),
        bounds: Bounds | None = None,
        name: str = "scene",
        attributes: Mapping[str, Any] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self._splats = splats
        visible = splats.alphas >= MIN_ALPHA
        if not visible.any():
            raise InputError(
                f"Expected splats that can be seen. Got {len(splats)}, all of an opacity below "
                f"1/255: an empty scene."
            )
        self.background, self.cameras, self.name = background, cameras, name
        self.attributes = attributes or {}
        self.nbytes = splats.nbytes
        self.notes = notes
        self.bounds = bounds or _bounds(splats[visible])
        if bounds is None:
            low, high = self.bounds
            outside = ((splats.positions < low) | (splats.positions > high)).any(1) & visible
            if outside.any():
                self.notes += (
                    f"{int(outside.sum())} of {len(splats)} splats lie outside of the bounds: far "
                    f"from all others.",
                )

    def __len__(self) -> int:
        return len(self._splats)

    @property
    def degree(self) -> int:
        """Degree of the spherical harmonics, 0 to 3."""
        return self._splats.degree

    @property
    def splats(self) -> Splats:
        """All splats."""
        return self._splats

    def ellipsoids(self) -> Ellipsoids:
        """Return all splats, with the part of their colour that has no direction."""
        found = self.splats
        lengths = np.linalg.norm(found.rotations, axis=1, keepdims=True)
        rgb = np.clip(found.sh[:, 0] * np.float32(C0) + np.float32(0.5), 0, 1)
        return Ellipsoids(
            found.positions,
            found.sigmas,
            found.rotations / lengths,
            found.matrices(),
            found.alphas,
            rgb,
        )

    def region(self, box: tuple[ArrayLike, ArrayLike]) -> Splats:
        """Return the splats that reach into a box: whose extent up to 1/255 of an opacity of 1
        does.

        Parameters
        ----------
        box
            Lowest and highest corner x, y, z, in world units.

        Raises
        ------
        InputError
            It is no box.
        """
        try:
            low, high = (np.asarray(corner, np.float64) for corner in box)
        except (TypeError, ValueError):
            low = high = np.empty(0)
        if low.shape != (3,) or high.shape != (3,) or not (low <= high).all():
            raise InputError(
                f"Expected a box of two corners x y z, the lowest first. Got {box!r:.120} instead."
            )
        found = self._near(low, high)
        reach = found.reaches(REACH)
        inside = (found.positions + reach >= low) & (found.positions - reach <= high)
        return found[inside.all(1)]

    def _near(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> Splats:
        """Return at least the splats that reach into a box."""
        return self._splats

    def _ahead(self, camera: Camera) -> Splats:
        """Return at least the splats that ``camera`` may see."""
        return self._splats

    def render(self, camera: Camera, *, context: Context | None = None) -> View:
        return render(self._ahead(camera), camera, self.background, context)

    def sample(self, points: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return density and colour at points; see ``RadianceField.sample``.

        The density of a splat is what makes it as opaque along its shortest axis as when it is
        rendered. Splats thinner than a FINEST-th of the bounds are sampled as thick as that.
        """
        points = np.ascontiguousarray(points, np.float64).reshape(-1, 3)
        out = np.zeros((len(points), 4))
        if len(points):
            finest = float(self.bounds.extent.max()) / FINEST
            wider = SAMPLED_REACH * finest  # blocks' boxes hold the splats as thin as they are
            near = self._near(points.min(0) - wider, points.max(0) + wider)
            _add(near, finest, points, out)
            box = (points >= self.bounds.low) & (points <= self.bounds.high)
            out[~box.all(1)] = 0
        density = out[:, 0].astype(np.float32)
        rgb = out[:, 1:] / np.maximum(out[:, :1], 1e-30)
        return density, np.clip(rgb, 0, 1).astype(np.float32)


def _add(
    splats: Splats, finest: float, points: NDArray[np.float64], out: NDArray[np.float64]
) -> None:
    """Add the density, and the colour times it, at points."""
    from vcore.scenes.methods.splats.sampling import add

    low, high = points.min(0), points.max(0)
    side = max(float((high - low).max()) / MAX_CELLS, 1e-30)
    inside = np.minimum(((points - low) / side).astype(np.int64), MAX_CELLS - 1)
    counts = inside.max(0) + 1
    number = (inside[:, 2] * counts[1] + inside[:, 1]) * counts[0] + inside[:, 0]
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(int(counts.prod()) + 1))
    splats = splats[splats.alphas >= MIN_ALPHA]
    sigmas = np.maximum(splats.sigmas.astype(np.float64), finest)
    axes = splats.matrices().astype(np.float64)
    spread, inverse = axes * sigmas[:, None], axes / sigmas[:, None]
    reaches = SAMPLED_REACH * np.sqrt(np.square(spread).sum(2))
    precision = np.einsum("nij,nkj->nik", inverse, inverse)
    entries = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    alphas = np.minimum(splats.alphas.astype(np.float64), MAX_ALPHA)
    heights = -np.log1p(-alphas) / (np.sqrt(2 * np.pi) * sigmas.min(1))
    add(
        np.array([*low, 1 / side, *counts]),
        starts,
        order,
        points,
        splats.positions.astype(np.float64),
        np.stack([precision[:, i, j] for i, j in entries], 1),
        reaches,
        heights,
        np.maximum(splats.sh[:, 0].astype(np.float64) * C0 + 0.5, 0),
        SAMPLED_REACH**2,
        out,
    )


def _bounds(splats: Splats) -> Bounds:
    """Return the box of splats and their density, without a few that are far away."""
    reach = splats.reaches(SAMPLED_REACH)
    low, high = (splats.positions - reach).min(0), (splats.positions + reach).max(0)
    inner = np.quantile(splats.positions - reach, QUANTILE, axis=0)
    outer = np.quantile(splats.positions + reach, 1 - QUANTILE, axis=0)
    far = high - low > MAX_OUTLYING * (outer - inner)
    low, high = np.where(far, inner, low), np.where(far, outer, high)
    least = max(float((high - low).max()) * 1e-3, 1e-30)
    thin = high - low < least
    low, high = np.where(thin, low - least, low), np.where(thin, high + least, high)
    return Bounds(_triple(low), _triple(high))


def _triple(values: NDArray[Any]) -> Triple:
    x, y, z = (float(v) for v in values)
    return x, y, z
