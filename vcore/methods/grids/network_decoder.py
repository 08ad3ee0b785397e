"""Decoder of the presets with a network: evaluates it at the requested voxels."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.methods._networks.weights import Parameters
from vcore.methods.grids.frames import FrameDecoder
from vcore.methods.grids.lattice import State
from vcore.methods.grids.pyramid import Integers, Pyramid
from vcore.methods.grids.shapes import Array, Shape
from vcore.methods.grids.stored import decode_tables, unpack_network
from vcore.methods.mixins import Differenced
from vcore.model.grid import Grid
from vcore.model.pyramid import chunk_shape
from vcore.model.regions import Region, shape_of
from vcore.runtime.single_flight import once_cache

NETWORK, FEATURES = "weights", "features"
CACHED_BYTES = 128 << 20
"""Bytes of decoded features kept."""


@dataclass(frozen=True, eq=False)
class Evaluator:
    """Network and tables, in the form that the compiled loop takes.

    Parameters
    ----------
    shape
        Architecture.
    parameters, boxes
        Weights by name, and boxes (tables, 12).
    """

    shape: Shape
    parameters: Parameters
    boxes: Array

    def values(self, tables: list[Array]) -> Array:
        """Return features as one array: planes of zeros around those of movable tables."""
        if self.shape.movable:
            tables = [np.pad(t, ((0, 0), (1, 1), (1, 1), (1, 1))) for t in tables]
        return np.concatenate([t.ravel() for t in tables])

    @cached_property
    def _tables(self) -> tuple[Any, ...]:
        """Tables, and the way from voxels to their nodes."""
        shape, rows, start = self.shape, [], 0
        for table in shape.tables:
            nodes = [n + 2 * shape.movable for n in table.nodes]
            rows.append([start, table.features, *nodes, table.entries])
            stored = [n + 2 * shape.movable for n in table.plane]
            start += table.features * int(np.prod(stored))
        return np.array(rows, np.int64), shape.affine(self.boxes)

    @cached_property
    def _network(self) -> tuple[Any, ...]:
        """Fourier features, and the network behind them."""
        shape = self.shape
        scales = np.array([1 / max(n - 1, 1) for n in shape.shape], np.float32)
        flat = np.concatenate([self.parameters[name].ravel() for name in shape.arrays])
        return shape.octaves, scales, flat, np.array(shape.sizes, np.int64), shape.periodic

    def __call__(self, values: Array, window: Region) -> Array:
        """Return the values (z, y, x, outputs) of the voxels of a window, float32."""
        from vcore.methods.grids.network_loops import evaluate

        out = np.empty((*shape_of(window), self.shape.outputs), np.float32)
        corner = np.array([s.start for s in window], np.int64)
        evaluate(values, *self._tables, self.shape.movable, *self._network, corner, out)
        return out

    def at(self, values: Array, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values (n, outputs) at ``points`` (n, 3), voxels along z, y, x."""
        from vcore.methods.grids.network_loops import evaluate_at

        out = np.empty((len(points), self.shape.outputs))
        evaluate_at(values, *self._tables, *self._network, np.ascontiguousarray(points), out)
        return out


class NetworkDecoder(Differenced, FrameDecoder):
    """Decoder of level 0; a frame needs the network and the tables of a pair of key frames.

    Parameters
    ----------
    axes
        Names of the variable's axes.
    shape
        Architecture.
    pyramid
        Key frames.
    limits
        Minimum and maximum of the data.
    grid
        Grid of level 0.
    step
        Value of a feature's integer 1.
    network
        Returns weights and boxes.
    unit
        Returns the bytes of the tables of a key frame.
    """

    def __init__(
        self,
        axes: tuple[str, ...],
        shape: Shape,
        pyramid: Pyramid,
        limits: tuple[float, float],
        grid: Grid,
        step: float,
        network: Callable[[], tuple[Parameters, Array]],
        unit: Callable[[int], bytes],
    ) -> None:
        super().__init__(axes, limits, grid)
        self.levels: tuple[int, ...] = (0,)
        self.chunks = tuple(chunk_shape(g, level, 0) for level, g in enumerate(self.grids))

        @once_cache(1)
        def evaluator() -> Evaluator:
            return Evaluator(shape, *network())

        @once_cache(1)
        def first() -> tuple[list[Integers], State]:
            return decode_tables(unit(0), shape, None)

        @once_cache(CACHED_BYTES, lambda tables: sum(t.nbytes for t in tables))
        def key(number: int) -> list[Integers]:
            return decode_tables(unit(number), shape, first())[0] if number else first()[0]

        @once_cache(2)
        def values(frame: int) -> Array:
            pairs = pyramid.pair(frame)
            tables: list[Array] = []
            for number, table in enumerate(shape.tables):
                mixed = np.zeros((table.features, *table.plane), np.float32)
                for k, weight in pairs:
                    mixed += key(k)[number].astype(np.float32) * (weight * np.float32(step))
                tables.append(mixed)
            return evaluator().values(tables)

        self._evaluator, self._values = evaluator, values

    @classmethod
    def of_sections(
        cls,
        axes: tuple[str, ...],
        shape: Shape,
        pyramid: Pyramid,
        limits: tuple[float, float],
        grid: Grid,
        step: float,
        reader: SectionReader,
    ) -> Self:
        """Return the decoder of a file's sections.

        Raises
        ------
        FormatError
            A section is missing or has the wrong number of units.
        """
        if reader.units(0, NETWORK) != 1 or reader.units(0, FEATURES) != shape.keys:
            raise FormatError("Expected one network, and features of every key frame: damaged.")
        decoder = cls(
            axes, shape, pyramid, limits, grid, step,
            lambda: unpack_network(reader.read(0, NETWORK), shape),
            lambda number: reader.read_units(0, FEATURES, [number])[0],
        )  # fmt: skip
        if not (reader.is_available(0, NETWORK) and reader.is_available(0, FEATURES)):
            decoder.levels = ()
        return decoder

    def _fill(self, out: Array, frame: int, components: slice, window: Region, level: int) -> None:
        values = self._evaluator()(self._values(frame), window)
        out[...] = np.moveaxis(values[..., components], -1, 0)

    @property
    def last(self) -> NDArray[np.int64]:
        return np.array(self.grids[0].shape) - 1

    def values_at(self, frame: int, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._evaluator().at(self._values(frame), points) * self._span + self._low
