"""Writing PNG: an image, or a folder with a file for each plane."""

import os
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from vcore.errors import InputError
from vcore.io.request import need
from vcore.io.write_slabs import Tick, only_variable, planes
from vcore.model.volume import Variable, Volume

SUFFIX = ".png"
COLOURS = ("r g b", "r g b a", "red green blue", "red green blue alpha", "l a")
"""Component names, in lower case, of channels that are one image; L and A: grey and alpha."""
DIGITS = 4
"""Minimum number of digits of an index of time or depth."""


def write(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write the only plane of a volume."""
    variable = _checked(volume)
    names = list(plane_names(variable, ""))
    if len(names) > 1:
        raise InputError(
            f"Expected one plane for a .png file. Got {len(names)} of {variable.name!r} instead: "
            f"write a folder with `slices='png'`, or a part."
        )
    _write(variable, [path], tick)
    return [path]


def write_slices(volume: Volume, path: str, tick: Tick) -> list[str]:
    """Write a folder with a file for each plane, named by its indices."""
    variable = _checked(volume)
    os.mkdir(path)
    stem = os.path.basename(path)
    _write(variable, [os.path.join(path, n) for n in plane_names(variable, stem)], tick)
    return [path]


def plane_names(variable: Variable, stem: str) -> Iterator[str]:
    """Yield the file name of each plane in C order.

    ``stem_0000.png`` along one axis, ``stem_t0000_c0_z0000.png`` along several; axes of length 1
    are left out.
    """
    lead = [
        (axis, n)
        for axis, n in zip(variable.axes[:-2], variable.shape[:-2], strict=True)
        if n > 1 and not (axis == "c" and is_colour(variable))
    ]
    alone = len(lead) == 1
    for index in product(*(range(n) for _, n in lead)):
        parts = [
            f"{'' if alone and axis != 'c' else axis}{i:0{_digits(axis, n)}d}"
            for i, (axis, n) in zip(index, lead, strict=True)
        ]
        yield "_".join([stem, *parts]) + SUFFIX


def is_colour(variable: Variable) -> bool:
    """Return whether the channels are those of one image: its colours, possibly its opacity."""
    return " ".join(variable.components).lower() in COLOURS


def _digits(axis: str, count: int) -> int:
    needed = len(str(count - 1))
    return needed if axis == "c" else max(DIGITS, needed)


def _checked(volume: Volume) -> Variable:
    variable = only_variable(volume, "PNG")
    if variable.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"Expected uint8 or uint16 for PNG. Got {variable.dtype.name} for {variable.name!r} "
            f"instead: write .tif, .nrrd or .npy, which hold it."
        )
    return variable


def _write(variable: Variable, paths: Sequence[str], tick: Tick) -> None:
    encode = need("imagecodecs").png_encode
    if not is_colour(variable):
        for path, plane in zip(paths, planes(variable, tick), strict=True):
            _write_file(path, encode(plane))
        return
    channels, height, width = variable.length("c"), *variable.shape[-2:]
    for path, (t, z) in zip(
        paths, product(range(variable.length("t")), range(variable.shape[-3])), strict=True
    ):
        lead = [slice(t, t + 1)] if "t" in variable.axes else []
        inside = (slice(0, channels), slice(z, z + 1), slice(0, height), slice(0, width))
        values = variable.read((*lead, *inside)).reshape(channels, height, width)
        _write_file(path, encode(np.ascontiguousarray(np.moveaxis(values, 0, -1))))
        tick(values.size)


def _write_file(path: str, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)
