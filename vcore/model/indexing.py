"""NumPy indexing for arrays that read boxes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from operator import index
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore.errors import RegionError
from vcore.model.regions import Region


class Indexed(ABC):
    """Base class of arrays that read their values on indexing, with NumPy's semantics."""

    def __init__(self, shape: Sequence[int], dtype: DTypeLike) -> None:
        self.shape = tuple(int(n) for n in shape)
        self.dtype = np.dtype(dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> Any:
        return indexed(key, self.shape, self.dtype, self._read)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[...], dtype)

    @abstractmethod
    def _read(self, region: Region) -> NDArray[Any]: ...


def indexed(
    key: Any, shape: Sequence[int], dtype: DTypeLike, read: Callable[[Region], NDArray[Any]]
) -> Any:
    """Return ``array[key]`` for an array that reads boxes, reading the smallest box needed.

    Parameters
    ----------
    key
        Any NumPy index: slices of any step, integers, ``...``, ``None``, integer arrays, masks.
    shape, dtype
        Shape and dtype of the array.
    read
        Callback that returns the values of a non-empty box.

    Raises
    ------
    RegionError
        Where NumPy raises IndexError.
    """
    parts = [_part(p) for p in (key if isinstance(key, tuple) else (key,))]
    alike = np.broadcast_to(np.empty((), dtype), tuple(shape))
    try:
        wanted = np.shape(alike[tuple(parts)])
    except (IndexError, ValueError) as error:
        raise RegionError(
            f"Expected an index that NumPy accepts for an array of shape {tuple(shape)}. Got an "
            f"error instead: {str(error).rstrip('.')}."
        ) from None
    if 0 in wanted:
        return np.empty(wanted, dtype)
    box, inside = _box_of(parts, shape)
    return read(box)[inside]


def _part(part: Any) -> Any:
    """Return one element of a key as slice, integer, ``...``, ``None`` or array."""
    if part is None or part is Ellipsis or isinstance(part, slice):
        return part
    if not isinstance(part, bool | np.bool_):
        try:
            return index(part)
        except TypeError:
            pass
    array = np.asarray(part)
    if array.dtype == bool and array.ndim == 0:
        raise RegionError(
            f"Expected slices, integers, ..., None or arrays as an index. Got {part} instead: use "
            f"None for a new axis."
        )
    return array.astype(np.intp) if array.size == 0 and isinstance(part, list | tuple) else array


def _box_of(parts: Sequence[Any], shape: Sequence[int]) -> tuple[Region, tuple[Any, ...]]:
    """Return the bounding box of a key, and the key relative to the box.

    The key must select at least one element.
    """
    box: list[slice] = []
    inside: list[Any] = []
    left = len(shape) - sum(_axes(part) for part in parts)
    for part in parts if any(part is Ellipsis for part in parts) else (*parts, Ellipsis):
        if part is None:
            inside.append(None)
        elif part is Ellipsis:
            box += [slice(0, n) for n in shape[len(box) : len(box) + left]]
            inside.append(Ellipsis)
        elif isinstance(part, slice):
            places = range(*part.indices(shape[len(box)]))
            low, high = min(places[0], places[-1]), max(places[0], places[-1])
            box.append(slice(low, high + 1))
            inside.append(slice(places[0] - low, None, places.step))
        elif isinstance(part, int):
            place = part % shape[len(box)]
            box.append(slice(place, place + 1))
            inside.append(0)
        else:
            # a mask is equivalent to its indices along each axis
            for numbers in part.nonzero() if part.dtype == bool else (part.astype(np.intp),):
                positive = numbers % shape[len(box)]
                low = int(positive.min())
                box.append(slice(low, int(positive.max()) + 1))
                inside.append(positive - low)
    return tuple(box), tuple(inside)


def _axes(part: Any) -> int:
    """Return the number of axes that one element of a key consumes."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == bool else 1
