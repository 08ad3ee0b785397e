"""Attributes of volumes and variables as JSON objects of limited size (docs/format.md, section 4).

Numbers, strings, lists and objects are kept; NumPy scalars and arrays are converted to them. NaN
and infinities, which JSON lacks, become ``{"$float": "nan"}``.
"""

import json
import logging
import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vcore.model.text import printable
from vcore.model.volume import Volume

logger = logging.getLogger(__name__)

MAX_TEXT = 1 << 20
"""Maximum number of JSON characters in the attributes of a volume, and in those of a variable."""
FLOAT_KEY = "$float"
"""The only key of an object that represents a non-finite number."""


def to_json(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``attributes`` as JSON values; drop any without a JSON form, with a warning."""
    values: dict[str, Any] = {}
    for name, value in attributes.items():
        try:
            values[printable(str(name))] = _plain(value)
        except (TypeError, ValueError, RecursionError):
            logger.warning(
                "dropped the attribute %s of the unsupported type %s", name, type(value).__name__
            )
    return values


def from_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes encoded by ``to_json``."""
    return {name: _number(value) for name, value in values.items()}


def limited(
    values: dict[str, Any], most: int, size_of: Callable[[Any], int]
) -> tuple[dict[str, Any], list[str]]:
    """Return ``values`` without the largest ones, to fit in ``most``, and the dropped names."""
    kept, left_out = dict(values), []
    while kept and size_of(kept) > most:
        largest = max(kept, key=lambda name: size_of(kept[name]))
        left_out.append(largest)
        del kept[largest]
    return kept, left_out


def text_size(value: Any) -> int:
    """Return the number of characters in the JSON form of a value."""
    return len(json.dumps(value))


def packed_size(value: Any) -> int:
    """Return the approximate size in bytes of a JSON value in a file header."""
    return len(zlib.compress(json.dumps(value).encode(), 9))


def with_storable_attributes(volume: Volume) -> Volume:
    """Return ``volume`` with only the attributes that a file can hold; log dropped ones."""

    def storable(attributes: Mapping[str, Any]) -> dict[str, Any]:
        kept, left_out = limited(to_json(attributes), MAX_TEXT, text_size)
        for name in left_out:
            logger.warning("dropped the attribute %s, which is too large", name)
        return kept

    return replace(
        volume,
        attributes=storable(volume.attributes),
        variables=tuple(replace(v, attributes=storable(v.attributes)) for v in volume.variables),
        carried=tuple(replace(a, attributes=storable(a.attributes)) for a in volume.carried),
        others=tuple(map(with_storable_attributes, volume.others)),
    )


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {FLOAT_KEY: repr(value)}
    if isinstance(value, bytes):
        return printable(value.decode("utf-8", "replace"))
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {printable(str(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    raise TypeError(type(value))


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(v) for v in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {FLOAT_KEY} and value[FLOAT_KEY] in ("nan", "inf", "-inf"):
        return float(value[FLOAT_KEY])
    return {k: _number(v) for k, v in value.items()}
