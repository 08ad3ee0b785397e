"""Arrays whose slices are read when their values are asked for. No Qt."""

from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore.model.axes import AxisMap

Place = int | range
"""Indices along an axis: one, which drops the axis, or several."""


class Sliced:
    """An array along the axes of a file's regions, of a Zarr array along the file's own axes.

    Integers and slices choose a part, which `numpy.asarray` reads. napari crops the visible tile
    out of all slices before it takes one, so an array that reads when it is first indexed would
    decode the whole stack. dask arrays wait, too, but read every chunk of a slice by a task of its
    own: a slice of 16 decoded chunks takes 11 times as long.

    Parameters
    ----------
    source
        Zarr array.
    axis_map
        Map from the axes of this array to those of ``source``.
    shape
        Shape along the axes of this array.
    fill_value
        Value that becomes NaN, as floats of at least 32 bits; None for none. Otherwise a declared
        fill value is shown as the brightest or darkest value.
    """

    def __init__(
        self,
        source: Any,
        axis_map: AxisMap,
        shape: Sequence[int],
        fill_value: float | None = None,
    ) -> None:
        self._source = source
        self._map = axis_map
        self._fill_value = fill_value
        self._places: tuple[Place, ...] = tuple(range(n) for n in shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis."""
        return tuple(len(p) for p in self._places if isinstance(p, range))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        stored: np.dtype[Any] = self._source.dtype
        return stored if self._fill_value is None else np.result_type(stored, np.float32)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of values."""
        return prod(self.shape)

    @property
    def chunks(self) -> tuple[int, ...]:
        """Side of the chunks that are decoded, along each axis."""
        chunks = self._map.inward_shape(self._source.chunks)
        return tuple(
            max(min(n, len(p)), 1)
            for n, p in zip(chunks, self._places, strict=True)
            if isinstance(p, range)
        )

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Self:
        """Return the part at integers, slices and an ellipsis.

        Raises
        ------
        IndexError
            An index is out of range, of another kind, or there are too many.
        """
        keys = key if isinstance(key, tuple) else (key,)
        if Ellipsis in keys:
            at = keys.index(Ellipsis)
            keys = keys[:at] + (slice(None),) * (self.ndim - len(keys) + 1) + keys[at + 1 :]
        if len(keys) > self.ndim:
            raise IndexError(f"Expected at most {self.ndim} indices. Got {len(keys)} instead.")
        left = chain(keys, [slice(None)] * (self.ndim - len(keys)))
        found = type(self).__new__(type(self))
        found.__dict__ |= self.__dict__
        found._places = tuple(
            p if isinstance(p, int) else _chosen(p, next(left)) for p in self._places
        )
        return found

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if not self.size:
            return np.empty(self.shape, dtype or self.dtype)
        values = self._read(self._places)
        if self._fill_value is not None:
            missing = values == self._fill_value
            values = values.astype(self.dtype)
            values[missing] = np.nan
        return np.asarray(values, dtype)

    def _read(self, places: tuple[Place, ...]) -> NDArray[Any]:
        """Read values along those axes that have several places."""
        for axis, (place, group) in enumerate(zip(places, self._map.groups, strict=True)):
            if isinstance(place, range) and len(group) > 1:  # several axes of the source in one
                parts = [self._read((*places[:axis], i, *places[axis + 1 :])) for i in place]
                before = sum(isinstance(p, range) for p in places[:axis])
                return np.stack(parts, before)
        chosen: list[int | slice] = [0] * len(self._source.shape)
        turned: list[slice] = []
        absent: list[int] = []  # the source has no such axis
        for place, group in zip(places, self._map.groups, strict=True):
            if isinstance(place, int):
                lengths = [self._source.shape[i] for i in group]
                for i, index in zip(group, np.unravel_index(place, lengths or [1]), strict=False):
                    chosen[i] = int(index)
                continue
            ahead = place if place.step > 0 else place[::-1]
            if group:
                chosen[group[0]] = slice(ahead.start, ahead.stop, ahead.step)
            else:
                absent.append(len(turned))
            turned.append(slice(None, None, 1 if place.step > 0 else -1))
        values = np.asarray(self._source[tuple(chosen)])
        kept = [i for i in self._map.order if isinstance(chosen[i], slice)]
        values = values.transpose(np.argsort(np.argsort(kept)).tolist())
        return np.expand_dims(values, absent)[tuple(turned)]


def _chosen(places: range, key: Any) -> Place:
    if isinstance(key, slice):
        return places[key]
    if isinstance(key, int | np.integer):
        return places[int(key)]
    raise IndexError(f"Expected integers and slices. Got {key!r} instead: read the part first.")
