"""Values of a region from the integers of its tiles, level by level."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.fast.streams import TILE, Integers, halved
from vcore.methods.wavelet.tables import CENTROIDS, LIFT, SCALE
from vcore.methods.wavelet.transform import Shape, widened
from vcore.model.regions import Region, shape_of, tiles_of
from vcore.runtime import precompile as ahead

MARGIN = 4
"""Reach of the transform to either side, in places of a level."""
DOUBLE_BELOW = 2.0**-16
"""Step from which on downwards arithmetic is in double precision: there, rounding in single
precision is a fiftieth of the error of the quantiser."""

Floats = NDArray[Any]
TileOf = Callable[[int, int, Shape], Integers | None]
"""Integers of a tile, by frame, level and index; None for zeros."""


def scales(shape: Sequence[int]) -> list[float]:
    """Return the factor of each band's synthesis, 0 to 7: SCALE for each axis on which it is high,
    1 / SCALE for each on which it is low; axes of length 1 do not count."""
    found = []
    for b in range(8):
        factor = 1.0
        for bit, n in zip((4, 2, 1), shape, strict=True):
            if n > 1:
                factor = factor * SCALE if b & bit else factor / SCALE
        found.append(factor)
    return found


class Synthesis:
    """Synthesis of the frames of a variable.

    Parameters
    ----------
    shapes
        Shapes of all levels, down to one voxel.
    first
        Level of the coarsest grid.
    step
        Quantiser step, as a share of the data range.
    points
        Reconstruction points of each level (see ``Tables``), finest first.
    tile_of
        Integers of tiles; on level ``first`` and coarser ones, of whole levels.
    """

    def __init__(
        self,
        shapes: Sequence[Shape],
        first: int,
        step: float,
        points: Sequence[Sequence[int]],
        tile_of: TileOf,
    ) -> None:
        self.dtype = np.dtype(np.float64 if step < DOUBLE_BELOW else np.float32)
        self._shapes, self._first, self._tile_of = shapes, first, tile_of
        self._points = [(np.array(row) / CENTROIDS).astype(self.dtype) for row in points]
        self._factors = np.array([-factor for factor in LIFT[::-1]]).astype(self.dtype)
        self._scales = [scales(shape) for shape in shapes]
        self._steps = [
            np.array([step * s for s in found[1:]]).astype(self.dtype) for found in self._scales
        ]

    def coarsest(self, unit: int, low: float) -> Floats:
        """Return level ``first`` of a frame with the last low value ``low``."""
        values = np.full((1, 1, 1), low, self.dtype)
        for level in range(len(self._shapes) - 2, self._first - 1, -1):
            whole = tuple(slice(0, n) for n in self._shapes[level])
            values = self._joined(unit, whole, whole, level, values)
        return values

    def values(self, unit: int, region: Region, level: int, coarsest: Floats) -> Floats:
        """Return a region of the low band of ``level``, scaled by the pyramid's gain.

        Parameters
        ----------
        coarsest
            Output of ``coarsest``.
        """
        if level == self._first:
            return coarsest[region]
        wider = self.needed(region, level)
        low = self.values(unit, lower(wider), level + 1, coarsest)
        return self._joined(unit, region, wider, level, low)

    def needed(self, region: Region, level: int) -> Region:
        """Return the places of a level whose coefficients ``region`` needs."""
        wider = widened(region, MARGIN, self._shapes[level])
        return tuple(slice(s.start & ~1, s.stop) for s in wider)

    def _joined(self, unit: int, region: Region, wider: Region, level: int, low: Floats) -> Floats:
        from vcore.methods.wavelet.fast import lifting

        ahead.wait("synthesise_fast")
        bands = np.zeros((7, *halved(shape_of(wider))), self.dtype)
        positions = [(s.start // 2, -(-s.stop // 2)) for s in wider]
        side = TILE if level < self._first else max(self._shapes[level])
        for z, y, x in product(*tiles_of(wider, (side,) * 3)):
            q = self._tile_of(unit, level, (z, y, x))
            if q is None:
                continue
            target, source, extent = [], [], []
            for i, (a, b), n in zip((z, y, x), positions, q.shape[1:], strict=True):
                begin = i * side // 2
                start = max(a, begin)
                target.append(start - a)
                source.append(start - begin)
                extent.append(min(b, begin + n) - start)
            lifting.dequantise(
                q, self._points[level], self._steps[level], bands,
                tuple(target), tuple(source), tuple(extent),
            )  # fmt: skip
        out: Floats = np.empty(shape_of(region), self.dtype)
        offset = (r.start - w.start for r, w in zip(region, wider, strict=True))
        low = np.ascontiguousarray(low * self.dtype.type(self._scales[level][0]))
        work = lifting.work_of(shape_of(wider), out.shape[2], self.dtype)
        lifting.synthesise(low, bands, self._factors, out, (*offset, *shape_of(wider)), *work)
        return out


def lower(region: Region) -> Region:
    """Return the region of the next coarser level that lies under ``region``."""
    return tuple(slice(s.start // 2, (s.stop + 1) // 2) for s in region)
