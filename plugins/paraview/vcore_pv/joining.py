"""Joining the pieces of all processes; missing voxels are an error and never filled in."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import InputError
from vcore.model.regions import meeting, shape_of, shifted

from vcore_pv.image import region_of
from vcore_pv.pieces import DUPLICATE, HIDDEN_CELL, HIDDEN_POINT, RECTILINEAR, Piece, Values


def whole_of(pieces: Iterable[Piece]) -> tuple[int, ...]:
    """Return the extent of all pieces, even if each process knows only its own."""
    return around([p.whole for p in pieces])


def around(extents: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """Return the bounding extent of several, ignoring empty ones."""
    found = [e for e in extents if all(a <= b for a, b in zip(e[::2], e[1::2], strict=True))]
    ends = zip(*(found or [(0, -1) * 3]), strict=True)
    return tuple(max(e) if k % 2 else min(e) for k, e in enumerate(ends))


def merged(pieces: Sequence[Piece], whole: Sequence[int]) -> Piece:
    """Merge the pieces of all processes into one.

    Raises
    ------
    InputError
        Same as ``joined``, or all pieces are empty.
    """
    found = [p for p in pieces if not p.empty and p.structured]
    if not found:
        raise InputError("Expected values in both inputs. One is empty: its message says why.")
    check_places(found)
    first = found[0]
    if first.kind == RECTILINEAR:
        first = replace(first, coordinates=tuple(axis_of(found, whole, k) for k in range(3)))
    return replace(
        first,
        extent=tuple(whole),
        points={name: _merged(found, whole, name, False) for name in first.points},
        cells={name: _merged(found, whole, name, True) for name in first.cells},
        ghosts=(None, None),
    )


def cropped(piece: Piece, extent: Sequence[int]) -> Piece:
    """Return the part of ``piece`` within ``extent``, a subset of its extent."""
    if piece.extent == tuple(extent):
        return piece
    starts = [
        slice(a - b, c - b + 1)
        for a, c, b in zip(extent[::2], extent[1::2], piece.extent[::2], strict=True)
    ]
    own = ((piece.points, False), (piece.cells, True))
    points, cells = (
        {n: replace(v, values=_part(v.values, piece, extent, c)) for n, v in values.items()}
        for values, c in own
    )
    ghosts = tuple(
        None if g is None else _part(g.reshape(-1, 1), piece, extent, c).ravel()
        for g, c in zip(piece.ghosts, (False, True), strict=True)
    )
    places = tuple(c[s] for c, s in zip(piece.coordinates, starts, strict=False))
    return replace(
        piece,
        extent=tuple(extent),
        coordinates=places,
        points=points,
        cells=cells,
        ghosts=ghosts,  # type: ignore[arg-type]
    )


def _part(values: NDArray[Any], piece: Piece, extent: Sequence[int], cells: bool) -> NDArray[Any]:
    inside, wanted = region_of(piece.extent, cells), region_of(extent, cells)
    block = values.reshape(*(s.stop - s.start for s in inside), -1)
    return np.ascontiguousarray(block[shifted(wanted, [s.start for s in inside])]).reshape(
        -1, values.shape[-1]
    )


def _merged(pieces: Sequence[Piece], whole: Sequence[int], name: str, cells: bool) -> Values:
    values = joined(pieces, whole, name, cells)
    known = (pieces[0].cells if cells else pieces[0].points)[name]
    return replace(known, values=values.reshape(-1, values.shape[-1]))


def joined(pieces: Sequence[Piece], whole: Sequence[int], name: str, cells: bool) -> NDArray[Any]:
    """Join an array of all pieces, (z, y, x, components).

    Where pieces overlap, non-ghost voxels take precedence.

    Raises
    ------
    InputError
        No piece has a voxel of ``whole``, or the arrays of the pieces differ in type.
    """
    region = region_of(whole, cells)
    shape = tuple(s.stop - s.start for s in region)
    out: NDArray[Any] | None = None
    covered = np.zeros(shape, bool)
    for own in (False, True):
        for piece in pieces:
            found = (piece.cells if cells else piece.points).get(name)
            ghosts = piece.ghosts[cells]
            if found is None or piece.empty or (own and ghosts is None):
                continue
            inside = region_of(piece.extent, cells)
            part = found.values.reshape(*(s.stop - s.start for s in inside), -1)
            if out is None:
                out = np.empty((*shape, part.shape[-1]), part.dtype)
            if (part.shape[-1], part.dtype) != (out.shape[-1], out.dtype):
                raise InputError(
                    f"Expected pieces of one type of the array {name!r}. Got {out.dtype.name} with "
                    f"{out.shape[-1]} components and {part.dtype.name} with {part.shape[-1]}: "
                    f"convert it with the Calculator filter."
                )
            to, of = _overlap(inside, region)
            if own:
                owned = (ghosts.reshape(part.shape[:-1])[of] & DUPLICATE) == 0  # type: ignore[union-attr]
                out[to][owned] = part[of][owned]
            else:
                out[to], covered[to] = part[of], True
    if out is None or not covered.all():
        raise InputError(_hole(name, covered, region, cells))
    return out


def hidden(pieces: Sequence[Piece], whole: Sequence[int], cells: bool) -> NDArray[np.bool_] | None:
    """Return the mask (z, y, x) of blanked voxels, or None if there are none."""
    region = region_of(whole, cells)
    mask = np.zeros(tuple(s.stop - s.start for s in region), bool)
    for piece in pieces:
        ghosts = piece.ghosts[cells]
        if ghosts is not None and not piece.empty:
            inside = region_of(piece.extent, cells)
            to, of = _overlap(inside, region)
            blank = (ghosts & (HIDDEN_CELL if cells else HIDDEN_POINT)) != 0
            mask[to] |= blank.reshape([s.stop - s.start for s in inside])[of]
    return mask if mask.any() else None


def check_places(pieces: Sequence[Piece]) -> None:
    """Check that all pieces of image data have the same origin, spacing and direction.

    Raises
    ------
    InputError
        They differ, as after some ParaView filters.
    """
    first = pieces[0]
    for piece in pieces[1:]:
        _check_same(first.spacing, piece.spacing)
        _check_same(first.direction, piece.direction)
        _check_same(first.origin, piece.origin, 1e-6 * min(map(abs, first.spacing)))


def _check_same(first: Any, second: Any, allowed: float = 0.0) -> None:
    if not np.allclose(first, second, rtol=1e-9, atol=allowed):
        raise InputError(
            "Expected pieces of one grid. Those of two processes lie in different places: apply "
            "Resample To Image first, or run one process."
        )


def axis_of(pieces: Sequence[Piece], whole: Sequence[int], axis: int) -> NDArray[np.float64]:
    """Return the point coordinates of a rectilinear grid along axis x, y or z.

    Raises
    ------
    InputError
        No piece has the coordinate of a point.
    """
    first, last = whole[2 * axis : 2 * axis + 2]
    places = np.full(last - first + 1, np.nan)
    for piece in pieces:
        if piece.empty or not piece.coordinates:
            continue
        own = places[piece.extent[2 * axis] - first :][: piece.coordinates[axis].size]
        known = np.isfinite(own)
        _check_same(own[known], piece.coordinates[axis][known])
        own[...] = piece.coordinates[axis]
    if not np.isfinite(places).all():
        raise InputError(
            f"Expected coordinates of all {places.size} points along {'xyz'[axis]}. Got "
            f"{int(np.isfinite(places).sum())} instead: apply Resample To Image first."
        )
    return places


def _overlap(inside: Any, region: Any) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return the overlap of a piece with the whole, in indices of the whole and of the piece."""
    return meeting(region, [s.start for s in inside], shape_of(inside))


def _hole(name: str, covered: NDArray[np.bool_], region: Any, cells: bool) -> str:
    missing = int(covered.size - covered.sum())
    z, y, x = (
        int(i) + r.start
        for i, r in zip(np.unravel_index(covered.argmin(), covered.shape), region, strict=True)
    )
    kind = "cells" if cells else "points"
    return (
        f"Expected pieces that make up all {covered.size} {kind} of the array {name!r}. Got none "
        f"that has {missing} of them, the first at x {x}, y {y}, z {z}, instead: apply Resample To "
        f"Image first, or run one process."
    )
