"""Decoders that make one frame after another."""

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from vcore.methods.base import Decoder
from vcore.model.grid import Grid
from vcore.model.pyramid import level_grids
from vcore.model.regions import Region, shape_of


class FrameDecoder(Decoder):
    """Base of the decoders; values are float32 shares of the data range.

    Parameters
    ----------
    axes
        Names of the variable's axes.
    limits
        Minimum and maximum of the data.
    grid
        Grid of level 0.
    """

    exact = True

    def __init__(self, axes: tuple[str, ...], limits: tuple[float, float], grid: Grid) -> None:
        self._axes, self.grids = axes, level_grids(grid)
        self._low, self._span = float(limits[0]), float(limits[1]) - float(limits[0])

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        """Return the values of ``region`` of a level in data units."""
        lead = dict(zip(self._axes[:-3], region, strict=False))
        frames, components = lead.get("t", slice(0, 1)), lead.get("c", slice(0, 1))
        window, counts = region[-3:], shape_of((frames, components))
        found = np.empty((*counts, *shape_of(window)), np.float32)
        for t in range(counts[0]):
            self._fill(found[t], frames.start + t, components, window, level)
        if self._axes[:2] == ("c", "t"):
            found = found.swapaxes(0, 1)
        return found.astype(np.float64).reshape(shape_of(region)) * self._span + self._low

    @abstractmethod
    def _fill(
        self,
        out: NDArray[np.float32],
        frame: int,
        components: slice,
        window: Region,
        level: int,
    ) -> None:
        """Fill ``out`` (component, z, y, x) with a window of a frame."""
