"""Axes of a source, and how they lie in an array of axes out of t c z y x."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from vcore.model.indexing import Indexed
from vcore.model.regions import Region, shape_of

AXES = "tczyx"
"""All possible axes of a variable in array order: time, component, z, y, x."""
LAYOUTS = ("zyx", "tzyx", "czyx", "tczyx")
"""Possible axes of an array, joined."""
PLACEHOLDERS = "0123456789"
"""Letters for the axes of a source whose names have more than one."""
Read = Callable[[Region], NDArray[Any]]


class SourceAxis(NamedTuple):
    """One axis of a source.

    Parameters
    ----------
    name
        A letter out of t c z y x, or another name.
    inside
        Letter of the axis of the array that holds it.
    length
        Its length where that axis of the array holds several, flattened in C order; otherwise 0:
        the axis of the array has it.
    """

    name: str
    inside: str
    length: int = 0


def axes_text(names: Sequence[str]) -> str:
    """Return axes as one word of letters, or as names with commas in between."""
    return ("" if all(len(name) == 1 for name in names) else ",").join(names)


def axes_of_text(text: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names of ``axes_text``."""
    if not isinstance(text, str):
        return tuple(str(name).strip() for name in text)
    if "," in text:
        return tuple(name.strip() for name in text.split(","))
    return tuple(text.replace(" ", "").lower())


def letters_of_names(names: Sequence[str]) -> str:
    """Return a letter per axis: those of one letter, a digit for each other name; "" if two are the
    same, one is empty, or there are too many."""
    others = [name for name in names if len(name) != 1]
    if not all(names) or len(set(names)) < len(names) or len(others) > len(PLACEHOLDERS):
        return ""
    digits = iter(PLACEHOLDERS)
    return "".join(name if len(name) == 1 else next(digits) for name in names)


def flat_axes(axes: Iterable[str]) -> tuple[SourceAxis, ...]:
    """Return the axes of a source without z, from those of its array."""
    return tuple(SourceAxis(a, a) for a in axes if a != "z")


def source_axes_fit(axes: Sequence[str], shape: Sequence[int], outer: Sequence[SourceAxis]) -> bool:
    """Return whether source axes make up an array: each of its axes holds one or, t and c,
    several; z may hold none and then has length 1."""
    names = [a.name for a in outer]
    if not all(names) or len(set(names)) < len(names) or {a.inside for a in outer} - {*axes}:
        return False
    for letter, n in zip(axes, shape, strict=True):
        lengths = [a.length for a in outer if a.inside == letter]
        if not lengths:
            good = letter == "z" and n == 1
        elif len(lengths) == 1:
            good = lengths == [0]
        else:
            good = letter in "tc" and min(lengths) > 0 and prod(lengths) == n
        if not good:
            return False
    return True


@dataclass(frozen=True)
class AxisMap:
    """Map between an array and the axes of its source.

    Parameters
    ----------
    axes
        Axes of the array.
    outer
        Axes of the source in their order.
    """

    axes: tuple[str, ...]
    outer: tuple[SourceAxis, ...]

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the source axes in each axis of the array."""
        return tuple(
            tuple(i for i, a in enumerate(self.outer) if a.inside == letter) for letter in self.axes
        )

    @property
    def order(self) -> list[int]:
        """Positions of the source axes in the order of the array."""
        return [i for group in self.groups for i in group]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the source axes."""
        return tuple(a.name for a in self.outer)

    @property
    def is_flat(self) -> bool:
        """Whether the source has no z axis."""
        return all(a.inside != "z" for a in self.outer)

    @property
    def is_ordered(self) -> bool:
        """Whether the source's values have the order of the array's."""
        return self.order == sorted(self.order)

    @property
    def ordered(self) -> "AxisMap":
        """The map to the same axes in the order of the array."""
        return AxisMap(self.axes, tuple(self.outer[i] for i in self.order))

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Return the shape along the source's axes of an array of ``shape``."""
        lengths = dict(zip(self.axes, shape, strict=True))
        return tuple(a.length or lengths[a.inside] for a in self.outer)

    def inward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Return the shape of the array for one along the source's axes, also of its chunks."""
        return tuple(prod(shape[i] for i in group) for group in self.groups)

    def frame(self, index: Sequence[int]) -> tuple[int, ...]:
        """Return the indices along the source's axes, in the order of the array, of a frame given
        by its indices along t and c."""
        found: list[int] = []
        for group, i in zip(self.groups, index, strict=False):
            lengths = [self.outer[k].length for k in group]
            found += map(int, np.unravel_index(i, lengths)) if len(group) > 1 else [i]
        return tuple(found)

    def chunks(self, chunks: Sequence[int]) -> tuple[int, ...]:
        """Return the shape along the source's axes of the chunks of an array."""
        found = [1] * len(self.outer)
        for group, n in zip(self.groups, chunks, strict=True):
            for i in reversed(group):
                found[i] = min(n, self.outer[i].length or n)
                n //= found[i]
        return tuple(found)

    def outward(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a whole array along the source's axes."""
        return self._outward(values, self.shape(values.shape))

    def _outward(self, values: NDArray[Any], lengths: Sequence[int]) -> NDArray[Any]:
        split = values.reshape([lengths[i] for i in self.order])
        return split.transpose(np.argsort(self.order))

    def take(self, region: Region, read: Read) -> NDArray[Any]:
        """Return a box along the source's axes, from boxes of the array."""
        runs = [self._runs(group, region) for group in self.groups]
        if all(len(found) == 1 for found in runs):
            values = read(tuple(found[0] for found in runs))
        else:
            values = _joined(runs, read)
        return self._outward(values, shape_of(region))

    def _runs(self, group: tuple[int, ...], region: Region) -> list[slice]:
        """Return the ranges of an axis of the array that a box touches, in order."""
        if not group:
            return [slice(0, 1)]
        *lead, last = group
        lengths = [self.outer[i].length for i in group]
        found: list[slice] = []
        for index in product(*(range(region[i].start, region[i].stop) for i in lead)):
            base = int(np.ravel_multi_index((*index, 0), lengths)) if lead else 0
            start, stop = base + region[last].start, base + region[last].stop
            if found and found[-1].stop == start:
                start = found.pop().start
            found.append(slice(start, stop))
        return found

    def fold(self, region: Region, read: Read, dtype: DTypeLike) -> NDArray[Any]:
        """Return a box of the array, from boxes along the source's axes."""
        out = np.empty(shape_of(region), dtype)
        rows = [list(self._rows(g, s)) for g, s in zip(self.groups, region, strict=True)]
        for found in product(*rows):
            box = dict(pair for _, slices in found for pair in slices)
            values = read(tuple(box[i] for i in range(len(self.outer)))).transpose(self.order)
            target = tuple(place for place, _ in found)
            out[target] = values.reshape(out[target].shape)
        return out

    def _rows(
        self, group: tuple[int, ...], wanted: slice
    ) -> Iterator[tuple[slice, list[tuple[int, slice]]]]:
        """Yield boxes of the source's axes that make up a range of an axis of the array: where in
        the range, and the slice of each."""
        if len(group) < 2:
            yield slice(0, wanted.stop - wanted.start), [(i, wanted) for i in group]
            return
        lengths = [self.outer[i].length for i in group]
        if (wanted.start, wanted.stop) == (0, prod(lengths)):
            whole = [(i, slice(0, n)) for i, n in zip(group, lengths, strict=True)]
            yield slice(0, wanted.stop), whole
            return
        n, at = lengths[-1], wanted.start
        while at < wanted.stop:
            row, first = divmod(at, n)
            end = min(wanted.stop, (row + 1) * n)
            index = [*np.unravel_index(row, lengths[:-1])]
            slices = [slice(int(k), int(k) + 1) for k in index]
            slices.append(slice(first, first + end - at))
            target = slice(at - wanted.start, end - wanted.start)
            yield target, list(zip(group, slices, strict=True))
            at = end


def axis_map(axes: Sequence[str], outer: Sequence[SourceAxis]) -> AxisMap:
    """Return the map of an array; without source axes, these are the array's."""
    return AxisMap(tuple(axes), tuple(outer) or tuple(SourceAxis(a, a) for a in axes))


class SourceArray(Indexed):
    """An array along the axes of its source.

    Parameters
    ----------
    data
        The array.
    axes
        The map of its axes.
    """

    def __init__(self, data: Any, axes: AxisMap) -> None:
        super().__init__(axes.shape(data.shape), data.dtype)
        self._data, self._axes = data, axes

    def _read(self, region: Region) -> NDArray[Any]:
        return self._axes.take(region, lambda inside: np.asarray(self._data[inside]))


def _joined(runs: Sequence[Sequence[slice]], read: Read) -> NDArray[Any]:
    """Return the boxes of all combinations of ranges as one array."""
    lengths = [sum(s.stop - s.start for s in found) for found in runs]
    out: NDArray[Any] | None = None
    starts = [np.cumsum([0, *(s.stop - s.start for s in found)]) for found in runs]
    for index in np.ndindex(*(len(found) for found in runs)):
        values = read(tuple(found[k] for found, k in zip(runs, index, strict=True)))
        if out is None:
            out = np.empty(lengths, values.dtype)
        out[
            tuple(
                slice(s[k], s[k] + n) for s, k, n in zip(starts, index, values.shape, strict=True)
            )
        ] = values
    assert out is not None
    return out
