"""Channels of the images that a table names: a colour, depth, values."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Channel
from vcore.errors import InputError, VcoreError
from vcore.io.collection_json import Description
from vcore.io.csv_tables import FILE_COLUMN
from vcore.io.image_files import (
    GENERIC,
    Layer,
    arrays_of,
    has_names,
    is_image_file,
    is_picture,
    layers_of,
)
from vcore.io.image_tables import RESERVED
from vcore.model.text import printable

VALUE = "value"
"""Name of a channel that nobody has named."""
BYTE = np.dtype(np.uint8)
STORED: Mapping[str, np.dtype[Any]] = {
    "b1": BYTE,
    "i8": np.dtype(np.int32),
    "u8": np.dtype(np.uint32),
}
"""Types of channels by those of files, if others; values must fit."""
COLOURS = ("rgb", "rgba", "image", "color", "colour")
"""Names behind FILE, in lower case, of columns of colours."""


@dataclass(frozen=True)
class Place:
    """Where the values of a channel lie.

    Parameters
    ----------
    column
        Column of files.
    layer
        Name of the layer in these.
    channel
        The channel.
    component
        Which of several components of the layer it is; None if it is the whole layer.
    """

    column: str
    layer: str
    channel: Channel
    component: int | None = None


def fits(values: NDArray[Any], dtype: np.dtype[Any]) -> bool:
    """Return whether a type holds all values: one as wide, or the integers as they are."""
    if np.can_cast(values.dtype, dtype):
        return True
    if values.dtype.kind not in "iu" or dtype.kind not in "iu" or not values.size:
        return False
    limits = np.iinfo(dtype)
    return bool(values.min() >= limits.min and values.max() <= limits.max)


def places_of(
    paths: Mapping[str, Sequence[str]],
    described: Description,
    taken: Sequence[str],
    notes: list[str],
    *,
    allow_outside: bool = False,
) -> tuple[tuple[int, int], list[Place]]:
    """Return the size of the images (y, x) and the places of the channels.

    They are told by the first file of each column, and by the headers of all others.

    Parameters
    ----------
    paths
        Paths of the images by column, "" where there is none.
    described
        Units of channels.
    taken
        Names that no channel may have.
    notes
        Takes what the user should know.

    Raises
    ------
    InputError
        Files are damaged, or of different sizes.
    """
    found: list[Place] = []
    size: tuple[int, int] | None = None
    for column, column_paths in paths.items():
        named = list(filter(None, column_paths))
        layers, others = arrays_of(named[0], allow_outside=allow_outside)
        layers = layers or layers_of(named[0], allow_outside=allow_outside)  # which tells why not
        if is_picture(named[0]):
            layers = (_widest(named, layers[0], allow_outside),)
        height, width = size = size or _main(layers)
        others = (*others, *(each for each in layers if each.shape[:2] != size))
        layers = tuple(each for each in layers if each.shape[:2] == size)
        if not layers:
            raise unequal(named[0], others[-1].shape, size)
        if others:
            told = ", ".join(f"{o.name} {o.shape}" for o in others)
            notes.append(
                f"left out arrays that are no images of {width} x {height} pixels, as in "
                f"{named[0]}: {printable(told):.200}"
            )
        notes += _late(named, {each.name for each in (*layers, *others)}, allow_outside)
        for layer in layers:
            found += _of_layer(column, layer, layers, found, described, taken, notes)
    if size is None:
        raise AssertionError("a column has layers")
    return size, found


def _main(layers: Sequence[Layer]) -> tuple[int, int]:
    """Return the size of the images: that of a colour, or the largest."""
    found = max(layers, key=lambda layer: (layer.is_colour, math.prod(layer.shape[:2])))
    height, width = found.shape[:2]
    return height, width


def _widest(paths: Sequence[str], first: Layer, allow_outside: bool) -> Layer:
    """Return the layer that holds all pictures: of most components, of one size.

    Raises
    ------
    InputError
        The pictures differ in size.
    """
    widest = first
    for path in paths:
        for layer in layers_of(path, allow_outside=allow_outside) if is_picture(path) else ():
            if layer.shape[:2] != first.shape[:2]:
                raise unequal(path, layer.shape[:2], first.shape[:2])
            if _opacity(layer) > _opacity(widest) or layer.shape[2:] > widest.shape[2:]:
                widest = layer
    return widest


def _late(paths: Sequence[str], known: Collection[str], allow_outside: bool) -> Iterator[str]:
    """Yield what is to be told of arrays that the first file lacks, none of which is a channel."""
    for path in paths[1:] if has_names(paths[0]) else ():
        try:
            found = arrays_of(path, allow_outside=allow_outside)
        except VcoreError:  # told when the image is read
            continue
        names = [each.name for some in found for each in some]
        if unknown := [name for name in names if name not in known]:
            yield (
                f"left out the arrays {printable(', '.join(unknown)):.200} of {path} and perhaps "
                f"of others: the first file, {paths[0]}, has none of these names"
            )
            return


def _opacity(layer: Layer) -> bool:
    return layer.shape[2:] in ((2,), (4,))


def unequal(path: str, size: Sequence[int], expected: Sequence[int]) -> InputError:
    """Return the error for an image of another size than the first."""
    return InputError(
        f"Expected images of one size, {expected[1]} x {expected[0]} pixels as the first. Got "
        f"{size[1]} x {size[0]} in {path} instead: leave it out, or scale it."
    )


def _of_layer(
    column: str,
    layer: Layer,
    layers: Sequence[Layer],
    before: Sequence[Place],
    described: Description,
    taken: Sequence[str],
    notes: list[str],
) -> list[Place]:
    """Return the channels of a layer: a colour, or values under the name of layer or column, one
    for each component."""
    tail = _tail(column)
    has_colour = any(p.channel.is_colour for p in before if p.column == column)
    alone = layer.name == "" and not tail
    is_grey = alone and layer.dtype == np.uint8 and len(layer.shape) == 2
    is_deep = alone and layer.dtype == np.uint16 and len(layer.shape) == 3
    is_colour = layer.is_colour and _is_first_colour(layer, layers)
    if not has_colour and (is_colour or is_grey or is_deep):
        if is_deep:
            notes.append(f"the colours of 16 bits in the column {column} are rounded to 8")
        return [Place(column, layer.name, Channel("rgba" if _opacity(layer) else "rgb", BYTE))]
    name = layer.name if layer.name not in ("", *GENERIC) else ""
    if column == f"{FILE_COLUMN}_{layer.name}":  # as vcore writes it
        name = layer.name
    elif tail and (len(layers) == 1 or not name):
        name = tail
    name = printable(name or VALUE)
    name = f"{name}_value" if name in RESERVED else name
    if name in {*taken, *(p.channel.name for p in before)}:
        name = f"{printable(tail or column)}_{name}"
    unit = printable(described.channels.get(name, ""))
    dtype = STORED.get(layer.dtype.str[1:], layer.dtype)
    if len(layer.shape) == 2:
        return [Place(column, layer.name, Channel(name, dtype, unit))]
    return [
        Place(column, layer.name, Channel(f"{name}_{k}", dtype, unit), k)
        for k in range(layer.shape[2])
    ]


def _is_first_colour(layer: Layer, layers: Sequence[Layer]) -> bool:
    """Return whether a colour is the one that is shown, of several in a file: rgba, rgb, or any."""
    colours = [each for each in layers if each.is_colour] or [layer]
    return min(colours, key=lambda e: e.name.lower() not in ("rgba", "rgb")) is layer


def _tail(column: str) -> str:
    """Return the name of a channel behind FILE; "" for numbers and suffixes: FILE_1, FILE_png."""
    if not column.startswith(FILE_COLUMN):
        return ""
    tail = column.removeprefix(FILE_COLUMN).strip("_ -.")
    of_format = tail.isdigit() or is_image_file(f"a.{tail}")
    return "" if of_format or tail.lower() in COLOURS else tail
