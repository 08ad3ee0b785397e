"""Arrays that are read where they are indexed."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore.model.indexing import Indexed
from vcore.model.packing import Packing
from vcore.model.regions import Region, shape_of
from vcore.model.volume import LazyArray


class Lazy(Indexed):
    """Base of the arrays that readers give."""

    def load(self) -> None:
        """Read now what can only be read whole."""
        for inner in self._inner():
            load(inner)

    def release(self) -> None:
        """Forget what was read, to be read again when indexed."""
        for inner in self._inner():
            release(inner)

    def _inner(self) -> Sequence[LazyArray]:
        return ()


def load(data: LazyArray) -> None:
    """Read now what of ``data`` can only be read whole (compressed streams)."""
    if isinstance(data, Lazy):
        data.load()


def release(data: LazyArray) -> None:
    """Let ``data`` forget what it keeps in memory."""
    if isinstance(data, Lazy):
        data.release()


class CallbackArray(Lazy):
    """An array behind a function that reads one region."""

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
    """An array whose values are converted one by one when read."""

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
    """Return ``slope * data + intercept`` as ``dtype``, computed in float64; NaN where the stored
    value is ``missing``."""

    def convert(values: NDArray[Any]) -> NDArray[Any]:
        result = np.asarray(values * np.float64(slope) + np.float64(intercept), dtype)
        if missing is not None:
            result[values == missing] = np.nan
        return result

    return Converted(data, dtype, convert)


def unpacked(data: LazyArray, packing: Packing, missing: float | None = None) -> LazyArray:
    """Return the values of packed integers, NaN where the stored one is ``missing``."""

    def convert(values: NDArray[Any]) -> NDArray[Any]:
        result = packing.unpack(values)
        if missing is not None:
            result[values == missing] = np.nan
        return result

    return Converted(data, packing.values_dtype, convert)


class TransposedArray(Lazy):
    """An array with its axes in another order, some turned round, some of length 1 left out.

    Parameters
    ----------
    data
        The stored array.
    stored, wanted
        Names of its axes as stored and as wanted; every axis that is not wanted has length 1.
    turned
        Names of the axes that run backwards.
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


class Stacked(Lazy):
    """Arrays of one shape as the frames of a new first axis, read one at a time."""

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
            # a frame out of a compressed stream stays in memory: the last one, which may be asked
            # for again
            if self._last != t:
                release(self._frames[self._last])
            self._last = t
            values[i] = self._frames[t][region[1:]]
        return values
