"""Frames of one quantity of a volume, compressed or not, at the level that fits the images."""

import glob
import logging
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError, MemoryLimitError
from vcore.model.grid import Grid
from vcore.model.pyramid import box_mean
from vcore.model.volume import Variable, Volume
from vcore.render.placement import Placement, placement
from vcore.runtime.memory import available_bytes, human_bytes

logger = logging.getLogger(__name__)
MAGNITUDE = "magnitude"
"""Name of the Euclidean norm over the components of a vector."""
STAMPED = 10_000
"""Maximum number of files whose times of change tell whether a source has changed."""
FAR = 64
"""Distance from 0 of the middle of values, in lengths of their range, beyond which it is
subtracted: float32 would leave them fewer than 18 bits."""
MEMORY_SHARE = 8
"""Bytes of memory that rendering takes per byte of a frame in float32: copies, gradients, mesh."""


@dataclass(frozen=True)
class Quantity:
    """What is shown of a volume.

    Parameters
    ----------
    variable
        Name of the variable.
    component
        Index of a channel or vector component; ``MAGNITUDE`` for the norm of all; None for
        variables without components.
    name, unit
        Name and unit of the values.
    """

    variable: str
    component: int | str | None
    name: str
    unit: str = ""


def quantity_of(volume: Volume, variable: str | None, channel: str | None) -> Quantity:
    """Return the quantity of a variable (default: the first) and channel, by name or index.

    Raises
    ------
    InputError
        There is no such variable or channel, or no channel was chosen of several.
    """
    found = volume[variable] if variable else volume.variables[0]
    count, names = found.length("c"), list(found.components)
    known = [*names, *(str(i) for i in range(count)), MAGNITUDE]
    if channel is None:
        if count > 1:
            raise InputError(
                f"Expected a channel of {found.name!r}, which has {count}: give `channel` as one "
                f"of {', '.join(known)}."
            )
        return Quantity(found.name, 0 if "c" in found.axes else None, found.name, found.unit)
    if "c" not in found.axes or channel not in known:
        raise InputError(
            f"Expected a channel out of {', '.join(known) if 'c' in found.axes else 'none'} of "
            f"{found.name!r}. Got {channel!r} instead."
        )
    if channel == MAGNITUDE:
        return Quantity(found.name, MAGNITUDE, MAGNITUDE, found.unit)
    index = names.index(channel) if channel in names else int(channel)
    return Quantity(found.name, index, names[index] if names else found.name, found.unit)


def value_quantity(volume: Volume, name: str, shown: Quantity) -> Quantity:
    """Return the quantity that ``name`` means: a variable, or a channel of the one shown.

    Raises
    ------
    InputError
        There is no such variable or channel.
    """
    if name in (v.name for v in volume.every):
        return quantity_of(volume, name, None)
    own = volume[shown.variable]
    if "c" in own.axes and name in (*own.components, MAGNITUDE):
        return quantity_of(volume, own.name, name)
    if name == MAGNITUDE:  # of a scalar: itself
        return replace(shown, name=MAGNITUDE)
    known = [*(v.name for v in volume.every), *own.components, MAGNITUDE]
    raise InputError(f"Expected values out of {', '.join(known)}. Got {name!r} instead.")


@dataclass(frozen=True)
class Source:
    """Where a volume comes from; can be sent to a worker process.

    Parameters
    ----------
    path
        Anything that ``vcore.open`` or ``vcore.io.read`` takes.
    reading
        Arguments for ``vcore.io.read``.
    """

    path: Any
    reading: Mapping[str, Any] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.reading)  # open files stay here

    @cached_property
    def _dataset(self) -> Any:
        """The open dataset, None if the source is not compressed."""
        from vcore.dataset import Dataset
        from vcore.opening import is_compressed, open_dataset

        if isinstance(self.path, Dataset):
            return self.path
        if isinstance(self.path, str | os.PathLike) and is_compressed(os.fspath(self.path)):
            outside = bool(self.reading.get("allow_outside", False))
            if given := sorted(self.reading.keys() - {"allow_outside"}):
                raise InputError(
                    f"Expected {', '.join(f'`{g}`' for g in given)} for uncompressed inputs only. "
                    f"Got {self.path}, which states its own metadata: leave them out."
                )
            return open_dataset(self.path, allow_outside=outside)
        return None

    @cached_property
    def volume(self) -> Volume:
        """The volume at full resolution."""
        if isinstance(self.path, Volume):
            return self.path
        if self._dataset is not None:
            found: Volume = self._dataset.volume()
            return found
        from vcore.io.reading import read

        return read(self.path, **self.reading)

    def levels(self, variable: str) -> tuple[Grid, ...]:
        """Return the grids of the stored levels of a variable."""
        if self._dataset is None:
            return (self.volume.select([variable]).grid,)
        grids: tuple[Grid, ...] = self._dataset.decoder(variable).grids
        return grids

    def level(self, variable: str, level: int) -> Volume:
        """Return a variable at a stored level, as a volume."""
        if level == 0:
            return self.volume.select([variable])
        found: Volume = self._dataset.volume(variable, level=level)
        return found

    @property
    def identity(self) -> list[Any]:
        """What changes with the content of the source, as JSON values."""
        if self._dataset is not None:
            return list(self._dataset.identity)
        paths = self.path if isinstance(self.path, list | tuple) else [self.path]
        said: list[Any] = []
        for path in paths:
            named = isinstance(path, str | os.PathLike)
            said += [os.fspath(path), *_stamps(os.fspath(path))] if named else [repr(type(path))]
        reading = {k: str(v) for k, v in self.reading.items()}
        return [*said, [list(v.shape) for v in self.volume.every], reading]


def _stamps(path: str) -> Iterator[list[Any]]:
    """Yield name, size and time of change of the first ``STAMPED`` files of a source."""
    if not os.path.exists(path):
        path = path.partition("::")[0]
    files: Iterable[str] = [path] if os.path.isfile(path) else sorted(glob.glob(path))
    if os.path.isdir(path):
        files = (os.path.join(d, n) for d, _, names in os.walk(path) for n in sorted(names))
    for name in islice(files, STAMPED):
        status = os.stat(name)
        yield [name, status.st_size, status.st_mtime_ns]


@dataclass(frozen=True)
class Frames:
    """Frames of one quantity, as rendered.

    Parameters
    ----------
    source, quantity
        What is read.
    level
        Stored level it is read from.
    factor
        Side of the boxes of voxels that are averaged on top of that.
    offset
        Value subtracted from all others, see ``centred``.
    """

    source: Source
    quantity: Quantity
    level: int = 0
    factor: int = 1
    offset: float = 0.0

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.source, self.quantity, self.level, self.factor, self.offset)

    @classmethod
    def fitting(cls, source: Source, quantity: Quantity, pixel: float | None) -> "Frames":
        """Return the coarsest frames whose voxels are no larger than ``pixel``, in world units,
        and which fit into memory; at full resolution without.

        Raises
        ------
        MemoryLimitError
            No level fits into memory.
        """
        grids = source.levels(quantity.variable)
        level, factor = 0, 1
        if pixel is not None:
            while level + 1 < len(grids) and max(grids[level + 1].spacing) <= pixel:
                level += 1
            while max(grids[level].spacing) * 2 * factor <= pixel:
                factor *= 2
        limit = available_bytes() // MEMORY_SHARE
        while _bytes(grids[level], factor) > limit and level + 1 < len(grids):
            level += 1
        while _bytes(grids[level], factor) > limit and factor < max(grids[level].shape):
            factor *= 2
        if _bytes(grids[level], factor) > limit:
            raise MemoryLimitError(
                f"Expected {human_bytes(_bytes(grids[level], factor) * MEMORY_SHARE)} of memory "
                f"for a frame. Got {human_bytes(available_bytes())}: free some."
            )
        return cls(source, quantity, level, factor)

    def centred(self, frame: int) -> "Frames":
        """Return the frames less the middle of the values of one of them, if that lies so far from
        0 that values would be the same in float32."""
        if np.can_cast(self._variable.dtype, np.float32):
            return self
        low, high = math.inf, -math.inf
        for region in self._slabs(frame):
            values = self._values(region)
            values = values[np.isfinite(values)]
            if values.size:
                low, high = min(low, float(values.min())), max(high, float(values.max()))
        middle = low + (high - low) / 2
        is_far = math.isfinite(middle) and abs(middle) > FAR * (high - low)
        return replace(self, offset=middle) if is_far else self

    @cached_property
    def _volume(self) -> Volume:
        return self.source.level(self.quantity.variable, self.level)

    @cached_property
    def _variable(self) -> Variable:
        return self._volume.variables[0]

    @cached_property
    def placement(self) -> Placement:
        """Placement of the samples of a frame in the world."""
        return placement(self._volume.grid.coarsened((self.factor,) * 3))

    @property
    def content(self) -> tuple[Any, ...]:
        """What the samples of a frame depend on, for one source."""
        of = self.quantity
        return of.variable, of.component, self.level, self.factor, self.offset

    @property
    def count(self) -> int:
        """Number of frames."""
        return self._variable.length("t")

    @property
    def text(self) -> str:
        """Description of the level."""
        shape = "x".join(map(str, self.placement.shape[::-1]))
        averaged = f", means of {self.factor}^3 voxels" if self.factor > 1 else ""
        return f"level {self.level}{averaged}: {shape} voxels"

    def read(self, frame: int) -> NDArray[np.generic]:
        """Return the samples of a frame less ``offset``, shape (z, y, x): integers of up to 16 bits
        as they are, others as float32, with NaN where missing."""
        parts = [self._slab(region) for region in self._slabs(frame)]
        return self.placement.arranged(np.concatenate(parts))

    def _slabs(self, frame: int) -> Iterator[tuple[slice, ...]]:
        """Yield the regions of whole boxes of averaged voxels, of about 64 MB in float32."""
        variable, component = self._variable, self.quantity.component
        lead: list[slice] = []
        if "t" in variable.axes:
            frame = min(frame, variable.length("t") - 1)
            lead.append(slice(frame, frame + 1))
        if "c" in variable.axes:
            every = component == MAGNITUDE
            lead.append(
                slice(None) if every else slice(int(component or 0), int(component or 0) + 1)
            )
        depth, side = variable.shape[-3], variable.shape[-2:]
        rows = max((1 << 24) // max(side[0] * side[1], 1) // self.factor, 1) * self.factor
        for z in range(0, depth, rows):
            region = (*lead, slice(z, min(z + rows, depth)), slice(None), slice(None))
            yield tuple(slice(*s.indices(n)) for s, n in zip(region, variable.shape, strict=True))

    def _values(self, region: tuple[slice, ...]) -> NDArray[Any]:
        """Return samples (z, y, x) in a type that holds them all, with NaN where missing."""
        variable = self._variable
        values = variable.read(region)
        missing = variable.missing(values)
        is_norm = self.quantity.component == MAGNITUDE
        integer = values.dtype.kind in "ui" and values.dtype.itemsize <= 2
        if missing is not None or not integer or is_norm:
            empty = ~np.isfinite(values) if missing is None else missing
            is_narrow = np.can_cast(values.dtype, np.float32) and not is_norm
            values = values.astype(np.float32 if is_narrow else np.float64)
            values[empty] = np.nan
        if is_norm:
            with np.errstate(over="ignore"):
                values = np.sqrt(np.square(values).sum(variable.axes.index("c"), keepdims=True))
        found: NDArray[Any] = values.reshape(values.shape[-3:])
        return found

    def _slab(self, region: tuple[slice, ...]) -> NDArray[np.generic]:
        values = self._values(region)
        if values.dtype.kind == "f" or self.factor > 1:
            with np.errstate(over="ignore"):
                values = (values - self.offset if self.offset else values).astype(np.float32)
            if np.isinf(values).any():
                raise InputError(
                    f"Expected values within {np.finfo(np.float32).max:.3g}, as images are "
                    f"rendered from float32. Got larger ones in {self._variable.name!r}: scale "
                    f"them."
                )
        return box_mean(values, (self.factor,) * 3) if self.factor > 1 else values


def _bytes(grid: Grid, factor: int) -> int:
    """Return the size of a frame in float32."""
    return 4 * int(np.prod([-(-n // factor) for n in grid.shape], dtype=object))
