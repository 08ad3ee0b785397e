"""Colour transforms between images (y, x, component) and planes (component, y, x) of integers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError

FRACTION = 4
"""Bits of the fraction of a plane's values."""
UNIT = 4096
"""Denominator of the matrix."""
COLOURS = 3
"""Components that are rotated; alpha is a plane of its own."""
REVERSIBLE, PLAIN = "ycocg", "none"
"""Transforms of lossless images, and of those with an error bound."""

Planes = NDArray[np.int16]
Transform = str | Sequence[int]
"""REVERSIBLE, PLAIN, or the nine entries of an orthonormal matrix in 1/UNIT, row by row."""


def checked(transform: Any) -> Transform:
    """Return the transform of a header.

    Raises
    ------
    FormatError
        It is none.
    """
    if transform in (REVERSIBLE, PLAIN):
        return str(transform)
    good = isinstance(transform, list) and len(transform) == COLOURS**2
    if not good or not all(type(v) is int and abs(v) <= UNIT for v in transform):
        raise FormatError(f"The header is damaged: its colours are {transform!r:.80}.")
    return tuple(transform)


def fraction(transform: Transform) -> int:
    """Return the bits of the fraction of the planes' values."""
    return 0 if isinstance(transform, str) else FRACTION


def fitted(images: Sequence[NDArray[np.uint8]]) -> Transform:
    """Return the rotation that decorrelates the differences of neighbouring pixels (the
    Karhunen-Loeve transform), largest variance first."""
    moments = np.eye(COLOURS)
    for image in images:
        values = image[..., :COLOURS].astype(np.float64)
        for step in (np.diff(values, axis=0), np.diff(values, axis=1)):
            flat = step.reshape(-1, COLOURS)
            moments += flat.T @ flat
    rows = np.linalg.eigh(moments)[1].T[::-1]
    rows = rows * np.where(rows.sum(axis=1, keepdims=True) < 0, -1, 1)
    return tuple(int(v) for v in np.rint(rows * UNIT).ravel())


def to_planes(image: NDArray[np.uint8], transform: Transform) -> Planes:
    """Return the planes of an image, int16 of shape (component, y, x)."""
    from vcore.collections.methods.views.colour_loops import rotate

    height, width, components = image.shape
    out = np.empty((components, height, width), np.int16)
    if isinstance(transform, str):
        r, g, b = np.moveaxis(image[..., :COLOURS], -1, 0).astype(np.int16)
        if transform == REVERSIBLE:
            co = r - b
            t = b + (co >> 1)
            cg = g - t
            out[:COLOURS] = t + (cg >> 1), co, cg
        else:
            out[:COLOURS] = g, b, r
    else:
        matrix = np.reshape(np.array(transform, np.int32), (COLOURS, COLOURS))
        rotate(np.ascontiguousarray(image), matrix, UNIT >> (FRACTION + 1), out)
    bits = fraction(transform)
    for c in range(COLOURS, components):
        out[c] = image[..., c].astype(np.int16) << bits
    return out


def to_image(planes: NDArray[np.int32], transform: Transform) -> NDArray[np.uint8]:
    """Return the image of planes (component, y, x), clipped to 0..255."""
    from vcore.collections.methods.views.colour_loops import rotate_back

    p = planes
    out = np.empty((*p.shape[1:], len(p)), np.uint8)
    if transform == REVERSIBLE:
        t = p[0] - (p[2] >> 1)
        b = t - (p[1] >> 1)
        for c, values in enumerate((b + p[1], p[2] + t, b)):
            out[..., c] = np.clip(values, 0, 255)
    elif transform == PLAIN:
        for c, values in enumerate((p[2], p[0], p[1])):
            out[..., c] = np.clip(values, 0, 255)
    else:
        matrix = np.reshape(np.array(transform, np.int32), (COLOURS, COLOURS))
        rotate_back(np.ascontiguousarray(p, np.int32), matrix, 12 + FRACTION, out)
    bits = fraction(transform)
    for c in range(COLOURS, len(p)):
        out[..., c] = np.clip((p[c] + ((1 << bits) >> 1)) >> bits, 0, 255)
    return out
