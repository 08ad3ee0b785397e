"""Arrays of a file beside its volumes, carried as stored: bounds, grid mappings, surfaces."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vcore.io.cf_arrays import RELATED, Arrays, Labelled, in_scope, words_of
from vcore.io.cf_attributes import kept, text
from vcore.io.cf_axes import Axis
from vcore.io.request import ReadRequest
from vcore.model.axes import AXES
from vcore.model.volume import CarriedArray


def carried_arrays(
    source: ReadRequest,
    names: Sequence[str],
    axes: Collection[tuple[str, Axis]],
    arrays: Arrays,
    attributes: Mapping[str, Any],
) -> tuple[CarriedArray, ...]:
    """Return the arrays of a file beside the volumes that are read.

    All other arrays of the file or, if variables were requested by name, those that their
    attributes reference (CF conventions, chapters 5 and 7).

    Parameters
    ----------
    source
        The request.
    names
        The arrays that are read.
    axes
        Axes of the arrays that are read, each after its letter or name.
    arrays
        All arrays of the file.
    attributes
        Attributes of the file.
    """
    found = dict(_related(names, axes, arrays, attributes))
    if source.variables is None and not source.inside:
        known = {*found.values(), *names}
        found |= {name: name for name in arrays if name not in known and name not in found}
    placed = [axis for letter, axis in axes if letter in AXES and axis.is_placed]
    for _, axis in axes:  # coordinates that a grid does not hold
        if axis.source and axis.source not in found.values():
            found[axis.name] = axis.source
    left_out = {*names, *(axis.source for axis in placed)}
    return tuple(
        _carried(source.path, word, arrays[name])
        for word, name in found.items()
        if name not in left_out
    )


def _related(
    names: Sequence[str],
    axes: Collection[tuple[str, Axis]],
    arrays: Arrays,
    attributes: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    """Yield the name and the path of each array that attributes reference, recursively."""
    mentioned = [(name, arrays[name].attributes) for name in names]
    mentioned += [(names[0], axis.attributes) for _, axis in axes]
    mentioned.append((names[0], attributes))
    seen: set[str] = set()
    while mentioned:
        name, attributes = mentioned.pop(0)
        for role in RELATED:
            for word in words_of(attributes, role):
                found = in_scope(name, word, arrays)
                if found and word not in seen:
                    seen.add(word)
                    yield word, found
                    mentioned.append((found, arrays[found].attributes))


def _carried(path: str, name: str, array: Labelled) -> CarriedArray:
    dims = array.dims or ("",) * len(array.data.shape)
    return CarriedArray(name, array.data, dims, kept(f"{path}: {name}", array.attributes))


def single_time(carried: Sequence[CarriedArray]) -> dict[str, Any]:
    """Return the date of a file without a time axis, from a scalar time coordinate."""
    for array in carried:
        units = text(array.attributes, "units")
        if " since " in units and array.size == 1 and array.dtype.kind in "iuf":
            value = float(np.ravel(array.read())[0])
            if not np.isfinite(value):
                continue
            calendar = text(array.attributes, "calendar")
            reference = {"time": value, "time_reference": units}
            return reference | ({"calendar": calendar} if calendar else {})
    return {}
