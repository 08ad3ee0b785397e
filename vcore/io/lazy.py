"""Arrays whose values are read on indexing."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore.model.axes import AxisMap
from vcore.model.indexing import Indexed
from vcore.model.packing import Packing
from vcore.model.regions import Region, shape_of
from vcore.model.volume import LazyArray


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
    """Drop what ``data`` holds in memory."""
    if isinstance(data, Lazy):
        data.release()


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


class Stacked(Lazy):
    """Arrays of equal shape stacked along a new first axis, read one at a time."""

    def __init__(self, frames: Sequence[LazyArray]) -> None:
        super().__init__((len(frames), *frames[0].shape), frames[0].dtype)
        self._frames = tuple(frames)
        self._last = 0

    def release(self) -> None:
        for frame in self._frames:
            release(frame)

    def _read(self, region: Region) -> NDArray[Any]:
        values = np.empty(shape_of(region), self.dtype.newbyteorder("="))
        for i, t in enumerate(range(region[0].start, region[0].stop)):
            # a frame from a compressed stream stays in memory until another one is read, as it
            # may be requested again
            if self._last != t:
                release(self._frames[self._last])
            self._last = t
            values[i] = self._frames[t][region[1:]]
        return values
