"""Interface of the decoders of files and hierarchies: the levels of one variable."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container.header import VariableHeader
from vcore.errors import InputError, MemoryLimitError
from vcore.methods.mixins import Pointwise
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.primitives import Primitives
from vcore.model.regions import Region, normalise, shape_of
from vcore.runtime.memory import available_bytes


class LevelsDecoder(ABC):
    """Decoder of any region of any level of one variable, in its dtype, with missing values.

    Attributes
    ----------
    header
        Name, dtype, axes, range, method and guarantees of the variable.
    grid
        Grid of level 0.
    grids
        Grid of each level.
    chunks
        Shape of the natural decoding unit of each level, over all axes of the variable.
    """

    header: VariableHeader
    grid: Grid
    grids: tuple[Grid, ...]
    chunks: tuple[tuple[int, ...], ...]

    @property
    @abstractmethod
    def exact(self) -> bool:
        """Whether decoded values are identical on every machine."""

    @property
    @abstractmethod
    def available_levels(self) -> tuple[int, ...]:
        """Levels that can be decoded from the available bytes."""

    @property
    @abstractmethod
    def stored_levels(self) -> tuple[int, ...]:
        """Available levels with data of their own; the others are averaged from finer ones."""

    @abstractmethod
    def decode(self, region: Any = (), level: int = 0) -> NDArray[Any]:
        """Return the values of ``region`` of ``level``, decoded by chunk on the process's threads.

        Regions and values are along ``header.axes``, with a z axis of length 1 if the source has
        none; ``decode_source`` takes those of the source.

        Parameters
        ----------
        region
            Slices or integers (which keep their axis) in the level's indices; omitted leading axes
            are taken in full.
        level
            0 is full resolution.

        Raises
        ------
        InputError
            The region or level does not exist.
        TruncatedError
            The file ends before the required bytes.
        FormatError
            The file is damaged.
        MemoryLimitError
            The region does not fit into memory.
        """

    @abstractmethod
    def decode_chunk(self, region: Region, level: int) -> NDArray[Any]:
        """Return the values of a region, decoded on the calling thread."""

    @abstractmethod
    def filled(
        self, values: NDArray[Any], region: Region, level: int = 0
    ) -> NDArray[np.bool_] | None:
        """Return a mask of the missing voxels among the decoded ``values`` of ``region`` that hold
        the fill value; None if there are none.
        """

    @property
    def dtype(self) -> np.dtype[Any]:
        """Value type."""
        return np.dtype(self.header.dtype)

    @property
    def packing(self) -> Packing | None:
        """Packing of the source, if the variable is coded as its packed integers."""
        return None

    def shape(self, level: int = 0) -> tuple[int, ...]:
        """Return the array shape of ``level``."""
        return (*self.header.shape[:-3], *self.grids[level].shape)

    def source_shape(self, level: int = 0) -> tuple[int, ...]:
        """Return the shape of ``level`` along the axes of the source."""
        return self.header.axis_map.shape(self.shape(level))

    def source_chunks(self, level: int = 0) -> tuple[int, ...]:
        """Return the natural decoding unit of ``level`` along the axes of the source."""
        return self.header.axis_map.chunks(self.chunks[level])

    def decode_source(self, region: Region, level: int = 0) -> NDArray[Any]:
        """Return the values of a box along the axes of the source; see ``decode``."""
        return self.header.axis_map.take(region, lambda inside: self.decode(inside, level))

    def check_level(self, level: int) -> int:
        """Return ``level`` if it exists.

        Raises
        ------
        InputError
            The level does not exist.
        """
        if not 0 <= level < len(self.grids):
            raise InputError(f"Expected a level in 0..{len(self.grids) - 1}. Got {level} instead.")
        return level

    def check_region(self, region: Any, level: int) -> Region:
        """Return ``region`` of ``level`` as one slice per axis, if its values fit into memory.

        Raises
        ------
        InputError
            The region or level does not exist.
        MemoryLimitError
            The region does not fit into memory.
        """
        shape = self.shape(self.check_level(level))
        selected = normalise(region if isinstance(region, tuple) else (region,), shape)
        wanted = shape_of(selected)
        need = int(np.prod(wanted, dtype=object)) * self.dtype.itemsize
        if need > available_bytes():
            raise MemoryLimitError(
                f"Expected a region that fits into memory. Shape {wanted} takes "
                f"{need / 1e9:.1f} GB: decode a smaller region or a coarser level."
            )
        return selected

    @property
    def has_primitives(self) -> bool:
        """Whether the variable is made of primitives in data units."""
        return False

    def resampled(self, region: Region, spacing: tuple[float, float, float]) -> NDArray[Any] | None:
        """Return the values on voxels of any size from the method itself (``Continuous.sample``),
        or None if it decodes its levels only or there are missing values."""
        return None

    @property
    def pointwise(self) -> Pointwise | None:
        """The method's decoder if it evaluates itself at any point, and these are the values."""
        return None

    def primitives(self) -> Primitives:
        """Return the variable's primitives; see ``PrimitiveDecoder``.

        Raises
        ------
        InputError
            The variable is not made of primitives.
        """
        raise InputError("Expected a .vcore file of Gaussians. Got a hierarchy instead.")
