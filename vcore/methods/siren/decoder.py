"""Decoder: evaluates the network at the requested voxels, without torch."""

from collections.abc import Callable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.methods.base import Decoder
from vcore.methods.mixins import Differenced
from vcore.methods.siren.layout import Layout, inputs
from vcore.methods.siren.network import Parameters, Shape, forward
from vcore.methods.siren.stored import unpack
from vcore.model.grid import Grid
from vcore.model.pyramid import chunk_shape, level_grids
from vcore.model.regions import Region, shape_of
from vcore.runtime.single_flight import once_cache

SECTION = "decoder"
FORWARD_UNITS = 1 << 17
"""Samples times width evaluated at once, so that 0.5 MB per layer stay in the cache."""


class SirenDecoder(Differenced, Decoder):
    """Decoder of level 0; any voxel needs the whole network, and a region costs its voxels.

    Parameters
    ----------
    layout
        Axes of the variable.
    shape, omega
        Network architecture.
    limits
        Minimum and maximum of the data.
    grid
        Grid of level 0.
    network
        Loader of the weights, called on first use.
    """

    def __init__(
        self,
        layout: Layout,
        shape: Shape,
        omega: float,
        limits: Sequence[float],
        grid: Grid,
        network: Callable[[], Parameters],
    ) -> None:
        self._layout, self._omega, self._network = layout, omega, network
        self._low, self._span = float(limits[0]), float(limits[1]) - float(limits[0])
        self._last = len(shape.arrays) // 2 - 1
        self._residual = shape.residual
        self._rows = max(FORWARD_UNITS // shape.width, 1)
        self.grids = level_grids(grid)
        self.levels: tuple[int, ...] = (0,)
        self.chunks = tuple(chunk_shape(g, level, 0) for level, g in enumerate(self.grids))

    @classmethod
    def of_section(
        cls,
        layout: Layout,
        shape: Shape,
        omega: float,
        limits: Sequence[float],
        grid: Grid,
        reader: SectionReader,
    ) -> Self:
        """Return the decoder of a file's section.

        Raises
        ------
        FormatError
            The section is missing, or does not hold exactly one network.
        """
        if reader.units(0, SECTION) != 1:
            raise FormatError("Expected one network. The file has several units: it is damaged.")

        @once_cache(1)
        def network() -> Parameters:
            return unpack(reader.read(0, SECTION), shape)

        decoder = cls(layout, shape, omega, limits, grid, network)
        if not reader.is_available(0, SECTION):
            decoder.levels = ()
        return decoder

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        """Return the values of ``region`` of level 0 in data units."""
        axes = self._layout.coordinates(region)
        parameters = self._network_of(self._layout.components(region))
        count = int(np.prod([len(a) for a in axes]))
        rows = np.empty((count, parameters[f"b{self._last}"].size), np.float32)
        for start in range(0, count, self._rows):
            where = np.arange(start, min(start + self._rows, count))
            rows[start : start + len(where)] = forward(
                parameters, inputs(axes, where), self._omega, residual=self._residual
            )
        values = self._layout.array(rows, region)
        return values.astype(np.float64).reshape(shape_of(region)) * self._span + self._low

    @property
    def last(self) -> NDArray[np.int64]:
        return np.array(self.grids[0].shape) - 1

    def values_at(self, frame: int, points: NDArray[np.float64]) -> NDArray[np.float64]:
        lengths = self._layout.lengths
        places = [np.full(len(points), float(frame))] * (len(lengths) - 3) + list(points.T)
        columns = [2 * p / max(n - 1, 1) - (n > 1) for p, n in zip(places, lengths, strict=True)]
        x, parameters = np.stack(columns[::-1], axis=-1), self._network()
        rows = [
            forward(parameters, x[i : i + self._rows], self._omega, residual=self._residual)
            for i in range(0, len(x), self._rows)
        ]
        found: NDArray[np.float64] = np.concatenate(rows) * self._span + self._low
        return found

    def _network_of(self, components: slice) -> Parameters:
        """Return the network restricted to the outputs ``components``."""
        parameters = dict(self._network())
        for name in (f"w{self._last}", f"b{self._last}"):
            parameters[name] = parameters[name][..., components]
        return parameters
