"""Small variables referenced by attributes: grid mappings, bounds, scalar coordinates."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vcore.io.cf_arrays import RELATED, Arrays, Labelled, in_scope, words_of
from vcore.io.cf_attributes import MAX_VALUES, kept, plain, text
from vcore.io.cf_axes import Axis

logger = logging.getLogger(__name__)


def related(
    path: str,
    names: Sequence[str],
    axes: Mapping[str, Axis],
    arrays: Arrays,
    attributes: Mapping[str, Any],
) -> dict[str, Any]:
    """Return volume attributes with the small variables that others reference.

    Parameters
    ----------
    path
        Path of the file, for the log.
    names
        Arrays being read.
    axes
        Axis letters of these arrays.
    arrays
        All arrays of the file.
    attributes
        Attributes of the file.

    Returns
    -------
    attributes
        ``auxiliary``: ``dims``, ``dtype``, ``values`` and ``attributes`` of each variable as
        stored; ``grid_mappings``: the attributes of each grid mapping.
    """
    auxiliary: dict[str, Any] = {}
    mappings: dict[str, Any] = {}
    left_out = {axis.name for axis in axes.values()}
    mentioned = [(name, arrays[name].attributes) for name in names]
    mentioned += [(names[0], axis.attributes) for axis in axes.values()]
    mentioned.append((names[0], attributes))
    while mentioned:
        name, attributes = mentioned.pop(0)
        for role, word, found in _named(name, attributes, arrays):
            if word in left_out or word in auxiliary or found in names:
                continue
            array = arrays[found]
            if array.size > MAX_VALUES:
                logger.info("%s: dropped %s, which is too large", path, found)
                continue
            auxiliary[word] = _stored(f"{path}: {found}", array)
            if role == "grid_mapping":
                mappings[word] = auxiliary[word]["attributes"]
            mentioned.append((found, array.attributes))
    parts = {"auxiliary": auxiliary, "grid_mappings": mappings}
    return {name: part for name, part in parts.items() if part}


def _named(
    name: str, attributes: Mapping[str, Any], arrays: Arrays
) -> Iterator[tuple[str, str, str]]:
    """Yield attribute name, reference and path of each referenced array."""
    for role in RELATED:
        for word in words_of(attributes, role):
            if found := in_scope(name, word, arrays):
                yield role, word, found


def _stored(where: str, array: Labelled) -> dict[str, Any]:
    numbers = np.asarray(array.data[...])
    return {
        "dims": list(array.dims),
        "dtype": numbers.dtype.str if numbers.dtype.kind in "iufS" else "str",
        "values": plain(numbers),
        "attributes": kept(where, array.attributes),
    }


def single_time(auxiliary: Mapping[str, Any]) -> dict[str, Any]:
    """Return time reference and date from a scalar time coordinate, for files without a t axis."""
    for said in auxiliary.values():
        units = text(said["attributes"], "units")
        values = np.ravel(said["values"])
        if " since " in units and values.size == 1 and values.dtype.kind in "iuf":
            if not np.isfinite(values).all():
                continue
            calendar = text(said["attributes"], "calendar")
            reference = {"time": float(values[0]), "time_reference": units}
            return reference | ({"calendar": calendar} if calendar else {})
    return {}
