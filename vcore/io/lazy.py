"""Arrays whose values are read on indexing."""

import mmap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore.model.axes import AxisMap
from vcore.model.indexing import Indexed
from vcore.model.packing import Packing
from vcore.model.regions import Region, shape_of
from vcore.model.volume import LazyArray

DONTNEED: int | None = getattr(mmap, "MADV_DONTNEED", None)
"""Advice that pages of a mapped file may be dropped; None on systems without it."""


class Lazy(Indexed):
    """Base class of the arrays returned by readers."""

    def load(self) -> None:
        """Read data that can only be read whole into memory."""
        for inner in self._inner():
            load(inner)

    def release(self) -> None:
        """Drop data held in memory; indexing reads it again."""
        for inner in self._inner():
            release(inner)

    def _inner(self) -> Sequence[LazyArray]:
        return ()


def load(data: LazyArray) -> None:
    """Read those parts of ``data`` that can only be read whole (compressed streams)."""
    if isinstance(data, Lazy):
        data.load()


def release(data: LazyArray) -> None:
    """Drop what ``data`` holds in memory, and the pages of a file mapped for reading."""
    if isinstance(data, Lazy):
        data.release()
    elif isinstance(data, np.memmap) and data.mode == "r" and DONTNEED is not None:
        # else the resident memory grows by every file of a series that was read
        mapped: Any = data
        mapped._mmap.madvise(DONTNEED)


class CallbackArray(Lazy):
    """An array whose regions are read by a callback."""

    def __init__(
        self, shape: Sequence[int], dtype: DTypeLike, fetch: Callable[[Region], NDArray[Any]]
    ) -> None:
        super().__init__(shape, dtype)
        self._fetch = fetch

    def _read(self, region: Region) -> NDArray[Any]:
        if 0 in shape_of(region):
            return np.empty(shape_of(region), self.dtype)
        return np.asarray(self._fetch(region)).reshape(shape_of(region))


class Converted(Lazy):
    """An array converted element by element on reading."""

    def __init__(
        self, data: LazyArray, dtype: DTypeLike, convert: Callable[[NDArray[Any]], NDArray[Any]]
    ) -> None:
        super().__init__(data.shape, dtype)
        self._data, self._convert = data, convert

    def _inner(self) -> Sequence[LazyArray]:
        return (self._data,)

    def _read(self, region: Region) -> NDArray[Any]:
        return self._convert(np.asarray(self._data[region])).astype(self.dtype, copy=False)


def scaled(
    data: LazyArray,
    slope: float,
    intercept: float,
    missing: float | None = None,
    dtype: DTypeLike = np.float32,
) -> LazyArray:
    """Return ``slope * data + intercept`` as ``dtype``, computed in float64, with NaN where the
    stored value is ``missing``."""

    def convert(values: NDArray[Any]) -> NDArray[Any]:
        result = np.asarray(values * np.float64(slope) + np.float64(intercept), dtype)
        if missing is not None:
            result[values == missing] = np.nan
        return result

    return Converted(data, dtype, convert)


def unpacked(data: LazyArray, packing: Packing, missing: float | None = None) -> LazyArray:
    """Return the values of packed integers, with NaN where the integer is ``missing``."""

    def convert(values: NDArray[Any]) -> NDArray[Any]:
        result = packing.unpack(values)
        if missing is not None:
            result[values == missing] = np.nan
        return result

    return Converted(data, packing.values_dtype, convert)


class TransposedArray(Lazy):
    """An array with axes reordered, reversed, or dropped if of length 1.

    Parameters
    ----------
    data
        The stored array.
    stored, wanted
        Axis names before and after; axes missing from ``wanted`` have length 1.
    turned
        Names of the axes to reverse.
    """

    def __init__(self, data: LazyArray, stored: str, wanted: str, turned: str = "") -> None:
        lengths = dict(zip(stored, data.shape, strict=True))
        super().__init__([lengths[a] for a in wanted], data.dtype)
        self._data, self._stored, self._wanted, self._turned = data, stored, wanted, turned

    def _inner(self) -> Sequence[LazyArray]:
        return (self._data,)

    def _read(self, region: Region) -> NDArray[Any]:
        slices = dict(zip(self._wanted, region, strict=True))
        lengths = dict(zip(self._wanted, self.shape, strict=True))
        for axis in self._turned:
            n, s = lengths[axis], slices[axis]
            slices[axis] = slice(n - s.stop, n - s.start)
        values = np.asarray(self._data[tuple(slices.get(a, slice(0, 1)) for a in self._stored)])
        values = values[tuple(slice(None) if a in self._wanted else 0 for a in self._stored)]
        kept = [a for a in self._stored if a in self._wanted]
        values = values.transpose([kept.index(a) for a in self._wanted])
        return values[
            tuple(slice(None, None, -1 if a in self._turned else 1) for a in self._wanted)
        ]


class OneSlice(Lazy):
    """An array with a z axis of length 1 in front of y and x."""

    def __init__(self, data: LazyArray) -> None:
        super().__init__((*data.shape[:-2], 1, *data.shape[-2:]), data.dtype)
        self._data = data

    def _inner(self) -> Sequence[LazyArray]:
        return (self._data,)

    def _read(self, region: Region) -> NDArray[Any]:
        return np.asarray(self._data[(*region[:-3], *region[-2:])])[..., np.newaxis, :, :]


class FoldedArray(Lazy):
    """An array along other axes than it is stored along.

    Parameters
    ----------
    data
        The stored array.
    axes
        Map from its axes to those of this array.
    """

    def __init__(self, data: LazyArray, axes: AxisMap) -> None:
        lengths = dict[str, int]()
        for axis, n in zip(axes.outer, data.shape, strict=True):
            lengths[axis.inside] = lengths.get(axis.inside, 1) * int(n)
        super().__init__([lengths.get(a, 1) for a in axes.axes], data.dtype)
        self._data, self._axes = data, axes

    def _inner(self) -> Sequence[LazyArray]:
        return (self._data,)

    def _read(self, region: Region) -> NDArray[Any]:
        return self._axes.fold(region, lambda box: np.asarray(self._data[box]), self.dtype)


class _Parts(Lazy):
    """Arrays in several files, of which one is held in memory at a time.

    A part from a compressed stream stays in memory until another one is read, as it may be
    requested again.
    """

    def __init__(
        self, parts: Sequence[LazyArray], shape: Sequence[int], dtype: np.dtype[Any]
    ) -> None:
        super().__init__(shape, dtype)
        self._parts = tuple(parts)
        self._last = 0

    def release(self) -> None:
        for part in self._parts:
            release(part)

    def _part(self, number: int) -> LazyArray:
        if self._last != number:
            release(self._parts[self._last])
        self._last = number
        return self._parts[number]


class Stacked(_Parts):
    """Arrays of equal shape stacked along a new first axis, read one at a time."""

    def __init__(self, frames: Sequence[LazyArray]) -> None:
        super().__init__(frames, (len(frames), *frames[0].shape), frames[0].dtype)

    def _read(self, region: Region) -> NDArray[Any]:
        values = np.empty(shape_of(region), self.dtype.newbyteorder("="))
        for i, t in enumerate(range(region[0].start, region[0].stop)):
            values[i] = self._part(t)[region[1:]]
        return values


class Concatenated(_Parts):
    """Arrays that differ in the length of their first axis, along which they follow one another."""

    def __init__(self, parts: Sequence[LazyArray]) -> None:
        self._ends = np.cumsum([part.shape[0] for part in parts])
        super().__init__(parts, (int(self._ends[-1]), *parts[0].shape[1:]), parts[0].dtype)

    def _read(self, region: Region) -> NDArray[Any]:
        values = np.empty(shape_of(region), self.dtype.newbyteorder("="))
        start, stop = region[0].start, region[0].stop
        number = int(np.searchsorted(self._ends, start, side="right"))
        while start < stop:
            end = int(self._ends[number])
            first = end - self._parts[number].shape[0]
            last = min(stop, end)
            own = (slice(start - first, last - first), *region[1:])
            values[start - region[0].start : last - region[0].start] = self._part(number)[own]
            start, number = last, number + 1
        return values
