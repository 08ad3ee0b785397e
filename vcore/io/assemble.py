"""Build variables from stored arrays: axis order, supported dtypes, grid geometry."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.io.lazy import FoldedArray, OneSlice, TransposedArray
from vcore.io.request import ReadRequest
from vcore.model.axes import AXES, AxisMap, SourceAxis, flat_axes
from vcore.model.grid import IDENTITY, Triple
from vcore.model.packing import Packing
from vcore.model.volume import DTYPES, VARIABLE_DTYPES, LazyArray, Variable

DEFAULT_AXES = {2: "yx", 3: "zyx", 4: "tzyx", 5: "tczyx"}
"""Axes of an unlabelled array, by its number of dimensions."""
MAX_COMPONENTS = 4
"""Maximum length of a trailing axis that is read as vector components of floating-point data."""


def variable(
    source: ReadRequest,
    name: str,
    data: LazyArray,
    axes: str | None = None,
    *,
    names: Sequence[str] = (),
    keeps_order: bool = False,
    turned: str = "",
    unit: str = "",
    components: Sequence[str] = (),
    association: Literal["point", "cell"] = "point",
    fill_value: float | None = None,
    packing: Packing | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Variable:
    """Return a stored array as a variable, with its axes in the order t c z y x.

    Arrays without a z axis become one slice. Axes other than t c z y x are held by c, or by t if
    there is none; those of length 1 without a name are dropped.

    Parameters
    ----------
    source
        The file being read; ``source.axes`` takes precedence over ``axes``.
    name
        Name of the variable.
    data
        The array as stored.
    axes
        One letter per stored axis; None for unlabelled arrays, which are read by
        ``default_axes``.
    names
        Name of each axis, if others than the letters.
    keeps_order
        Whether readers are to see the axes in the order of the source.
    turned
        Axes stored in reverse.
    unit, components, association, fill_value, packing, attributes
        As in ``Variable``; components are ignored if their number does not match the c axis.

    Raises
    ------
    InputError
        The array has fewer than two axes, its axes do not fit, or its dtype is not supported.
    """
    data = _kept_dtype(data, name, source.path)
    ndim = len(data.shape)
    if ndim < 2:
        raise InputError(
            f"Expected an image or a volume, of at least two axes (y, x). Got {name!r} of shape "
            f"{tuple(data.shape)} in {source.path} instead: choose another variable, or give the "
            f"array another shape."
        )
    axes = source.axes or axes or default_axes(data.shape, data.dtype)
    titles = source.axis_names or names or axes or ""
    if axes is None or len(axes) != ndim:
        raise InputError(
            f"Expected {ndim} axes for {name!r} of shape {tuple(data.shape)} in {source.path}. "
            f"Got {axes!r} instead: name them, such as `axes={_example(ndim)!r}`."
        )
    lengths = dict(zip(axes, data.shape, strict=True))
    is_named = bool(keeps_order or source.axis_names)
    kept = "".join(a for a in axes if a in AXES or is_named or lengths[a] != 1)
    _check_axes(axes, kept, data.shape, name, source.path)
    wanted = "".join(a for a in AXES if a in kept)
    outer: tuple[SourceAxis, ...] = ()
    if set(kept) - {*AXES} or (keeps_order and kept != wanted):
        outer = _outer(kept, lengths, dict(zip(axes, titles, strict=True)))
        if kept != axes or turned:
            data = _rearranged(data, axes, kept, turned)
        inside = {a.inside for a in outer}
        data = FoldedArray(data, AxisMap(tuple(a for a in AXES if a in inside or a == "z"), outer))
    else:
        if axes != wanted or turned:
            data = _rearranged(data, axes, wanted, turned)
        if "z" not in wanted:
            # a view, so that memory maps stay memory maps
            data = data[..., np.newaxis, :, :] if isinstance(data, np.ndarray) else OneSlice(data)
            outer = flat_axes(wanted)
        inside = {*wanted}
    return Variable(
        name,
        data,
        tuple(a for a in AXES if a in inside or a == "z"),
        unit=unit,
        components=tuple(components) if len(components) == lengths.get("c") else (),
        association=association,
        fill_value=fill_value,
        packing=packing,
        attributes=dict(attributes or {}),
        outer=outer,
    )


def default_axes(shape: Sequence[int], dtype: Any) -> str | None:
    """Return the axes of an unlabelled array, or None if it has fewer than 2 or more than 5 axes.

    The order is t c z y x, except that a short last axis of floating-point data holds vector
    components.
    """
    usual = DEFAULT_AXES.get(len(shape))
    if len(shape) < 4 or np.dtype(dtype).kind != "f":
        return usual
    is_short = 2 <= shape[-1] <= MAX_COMPONENTS < min(shape[-4:-1])
    return {4: "zyxc", 5: "tzyxc"}.get(len(shape)) if is_short else usual


def choose(
    source: ReadRequest,
    shapes: Mapping[str, tuple[int, ...]],
    what: str = "dataset",
    *,
    carries: bool = False,
) -> list[str]:
    """Return the names of the arrays to read: the requested ones, or all that share a shape.

    Parameters
    ----------
    source
        The request.
    shapes
        Shape of each array. Those of two axes count where there are no others.
    what
        Name of an array in this format, for messages.
    carries
        Whether the reader carries arrays of other shapes; volumes of the shape with the most
        values are then read. Otherwise several shapes are refused.

    Raises
    ------
    InputError
        A requested name does not exist, there is no volume, or the volumes differ in shape.
    """
    source.found.update(source.exclude & shapes.keys())
    shapes = {name: shape for name, shape in shapes.items() if name not in source.exclude}
    one = f"{'an' if what[0] in 'ai' else 'a'} {what}"
    listing = "; ".join(f"{name} {shape}" for name, shape in list(shapes.items())[:20]) or "nothing"
    if source.variables is not None:
        for name in source.variables:
            if name not in shapes:
                raise InputError(
                    f"Expected {one} {name!r} in {source.path}. Got {listing} instead."
                )
        return list(source.variables)
    ranks = {name: min(len(shape), 3) for name, shape in shapes.items()}
    rank = max(ranks.values(), default=0)
    if rank < 2:
        raise InputError(
            f"Expected {one} of at least two axes in {source.path}. Got {listing} instead."
        )
    names = [name for name, own in ranks.items() if own == rank]
    if source.axes is not None:
        return names
    values: dict[tuple[int, ...], int] = {}
    for name in names:
        shape = shapes[name]
        values[shape[-3:]] = values.get(shape[-3:], 0) + int(np.prod(shape, dtype=object))
    if carries:
        largest = max(values, key=values.__getitem__)
        return [name for name in names if shapes[name][-3:] == largest]
    if len(values) > 1:
        raise InputError(
            f"Expected {what}s of one shape in {source.path}. Got {listing} instead: choose with "
            f"`variables`."
        )
    return names


def shape_text(shapes: Iterable[tuple[int, ...]]) -> str:
    """Return ``shapes`` without duplicates as a phrase for messages."""
    return " and ".join(dict.fromkeys("x".join(map(str, shape)) for shape in shapes))


def split_affine(
    affine: NDArray[np.float64],
) -> tuple[Triple, Triple, tuple[Triple, Triple, Triple], bool]:
    """Return spacing, origin and direction of a 4x4 matrix, and whether they reproduce it exactly.

    Rows and columns keep their order: an x y z matrix gives x y z triples. For a sheared matrix,
    return the nearest orthonormal direction. A column of length 0 or NaN is replaced by a unit
    vector orthogonal to the others.
    """
    affine = np.asarray(affine, float)
    columns = affine[:3, :3]
    lengths = np.linalg.norm(columns, axis=0)
    known = np.isfinite(lengths) & (lengths > 0)
    spacing = np.where(known, lengths, 1.0)
    origin = np.where(np.isfinite(affine[:3, 3]), affine[:3, 3], 0.0)
    direction = np.where(known, columns / spacing, 0.0)
    rotation = nearest_rotation(direction)
    # shear is about 1e-7 in float32 headers, slightly more for quaternions
    exact = bool(np.allclose(rotation, direction, atol=1e-4) and np.isfinite(affine[:3, 3]).all())
    return triple(spacing), triple(origin), matrix(direction if exact else rotation), exact


def nearest_rotation(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the orthonormal matrix nearest to the 3x3 matrix ``columns``.

    Columns of length 0 are replaced by vectors orthogonal to the others, close to their own axes.
    Parallel columns give the identity.
    """
    filled = np.array(columns, float)
    for j in np.flatnonzero(~filled.any(axis=0)):
        others = filled[:, filled.any(axis=0)]
        for axis in (np.eye(3)[j], *np.eye(3)):
            rest = axis - others @ np.linalg.lstsq(others, axis, rcond=None)[0]
            if np.linalg.norm(rest) > 0.5:
                filled[:, j] = rest / np.linalg.norm(rest)
                break
    if abs(np.linalg.det(filled)) < 1e-6 * np.linalg.norm(filled, axis=0).prod():
        return np.eye(3)
    u, _, v = np.linalg.svd(filled)
    return np.asarray(u @ v)


def positive(spacing: Iterable[Any], direction: Any = IDENTITY) -> tuple[list[Any], Any]:
    """Return absolute spacings, and the direction with columns negated where a spacing was < 0."""
    steps = list(spacing)
    turned = [isinstance(s, int | float) and s < 0 for s in steps]
    if not any(turned):
        return steps, direction
    signs = np.where(turned, -1.0, 1.0)
    return [-s if t else s for s, t in zip(steps, turned, strict=True)], direction * signs


def triple(values: Iterable[Any]) -> Triple:
    """Return three numbers as a tuple of floats."""
    a, b, c = (float(v) for v in values)
    return a, b, c


def matrix(rows: Any) -> tuple[Triple, Triple, Triple]:
    """Return a 3x3 matrix as tuples, with entries within 1e-12 of an integer rounded to it."""
    values = np.asarray(rows, float)
    tidy = np.where(np.abs(values - np.round(values)) < 1e-12, np.round(values), values) + 0.0
    a, b, c = (triple(row) for row in tidy)
    return a, b, c


def flipped(rows: Any) -> tuple[Triple, Triple, Triple]:
    """Return a 3x3 matrix with rows and columns reversed, to convert between x y z and z y x."""
    return matrix(np.asarray(rows, float)[::-1, ::-1])


def _outer(
    axes: str, lengths: Mapping[str, int], names: Mapping[str, str]
) -> tuple[SourceAxis, ...]:
    """Return the axes of a source in its order, given by letters and their names."""
    into = "c" if "t" in axes else "t"
    held = [a for a in axes if a == into or a not in AXES]
    return tuple(
        SourceAxis(
            a if a in AXES else names[a],
            into if a in held else a,
            lengths[a] if a in held and len(held) > 1 else 0,
        )
        for a in axes
    )


def _check_axes(axes: str, kept: str, shape: tuple[int, ...], name: str, path: str) -> None:
    if len(set(axes)) < len(axes) or not {*"yx"} <= set(kept) or "?" in kept:
        raise InputError(
            f"Expected axes out of t c z y x and others of their own names, with y and x among "
            f"them, for {name!r} in {path}. Got {' '.join(axes)} of shape {tuple(shape)} instead: "
            f"name its axes, such as `axes={_example(len(axes))!r}`."
        )


def _example(ndim: int) -> str:
    return AXES[-ndim:] if ndim <= len(AXES) else "member,t,c,z,y,x"


def _rearranged(data: LazyArray, axes: str, wanted: str, turned: str) -> LazyArray:
    if not isinstance(data, np.ndarray):
        return TransposedArray(data, axes, wanted, turned)
    # views, so that memory maps stay memory maps
    data = data[tuple(slice(None) if a in wanted else 0 for a in axes)]
    kept = [a for a in axes if a in wanted]
    data = data.transpose([kept.index(a) for a in wanted])
    return data[tuple(slice(None, None, -1 if a in turned else 1) for a in wanted)]


def _kept_dtype(data: LazyArray, name: str, path: str) -> LazyArray:
    dtype = np.dtype(data.dtype)
    if is_variable(dtype):
        return data
    if dtype.kind == "c":
        advice = "store the real and imaginary parts as two variables first"
    elif dtype.kind == "f":
        advice = "store them as float64 first"
    else:
        advice = "vcore compresses numbers only"
    known = ", ".join(np.dtype(d).name for d in VARIABLE_DTYPES)
    raise InputError(
        f"Expected values of type {known}. Got {dtype} for {name!r} in {path} instead: {advice}."
    )


def is_variable(dtype: Any) -> bool:
    """Return whether an array of ``dtype`` can be a variable."""
    found = np.dtype(dtype)  # NumPy's text of any length has no byte order
    return found.kind in "biuf" and found.newbyteorder("=").str[1:] in VARIABLE_DTYPES


def is_coded(dtype: Any) -> bool:
    """Return whether methods code values of ``dtype``, truth values as integers."""
    found = np.dtype(dtype)
    is_number = found.kind in "iuf"  # NumPy's text of any length has no byte order
    return found == np.bool_ or (is_number and found.newbyteorder("=").str[1:] in DTYPES)
