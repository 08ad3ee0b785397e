"""Interpolation, rounding and coding of whole grids, for the encoder."""

from collections.abc import Sequence

import numpy as np

from vcore.methods.grids.lattice import State, encode_tile, first_state, next_state
from vcore.methods.grids.pyramid import (
    EMPTY,
    Integers,
    Key,
    Pyramid,
    Values,
    class_of,
    coarser,
    widened,
)
from vcore.model.regions import Region, shifted, whole
from vcore.runtime.executor import run_all

SLAB = 1 << 19
"""Fine nodes interpolated at once."""


def _slabs(shape: Sequence[int]) -> list[slice]:
    planes = max(SLAB // (shape[1] * shape[2]), 1)
    return [slice(z, min(z + planes, shape[0])) for z in range(0, shape[0], planes)]


def widen(values: Values, shape: tuple[int, int, int]) -> Values:
    """Return the interpolated nodes of the next finer grid, of ``shape``."""
    found = np.empty(shape, np.float32)

    def one(planes: slice) -> None:
        window = (planes, *whole(shape[1:]))
        given = coarser(window, values.shape)
        found[planes] = widened(values[given], given, values.shape, window)

    run_all(one, _slabs(shape))
    return found


def narrow(values: Values, size: tuple[int, int, int]) -> Values:
    """Return the adjoint of ``widen``: a gradient with respect to coarse nodes, of ``size``."""
    from vcore.methods.grids import pyramid_loops as loops

    (nz, ny, nx), (_, y, x) = values.shape, size
    rows = np.empty((nz, y, x), np.float32)

    def one(planes: slice) -> None:
        part = values[planes]
        columns = np.empty((len(part) * ny, x), np.float32)
        loops.narrow_columns(part.reshape(-1, nx), columns)
        loops.narrow_rows(columns.reshape(-1, ny, x), rows[planes])

    run_all(one, _slabs(values.shape))
    planes = np.empty((1, size[0], y * x), np.float32)
    loops.narrow_rows(rows.reshape(1, nz, y * x), planes)
    return planes.reshape(size)


def levels_of(grids: Sequence[Values]) -> list[Values]:
    """Return the sum of each grid and all coarser ones, (z, y, x) each, the finest first."""
    found = [grids[-1]]
    for grid in reversed(grids[:-1]):
        found.append(widen(found[-1], grid.shape) + grid)
    return found[::-1]


def padded(integers: Integers, tile: Region) -> Integers:
    """Return the coarse nodes above a tile of fine ones, and one more on each side."""
    found = np.zeros([(s.stop - s.start + 1) // 2 + 2 for s in tile], np.int32)
    starts = [s.start // 2 - 1 for s in tile]
    ends = [min(a + n, m) for a, n, m in zip(starts, found.shape, integers.shape, strict=True)]
    given = tuple(slice(max(a, 0), b) for a, b in zip(starts, ends, strict=True))
    found[shifted(given, starts)] = integers[given]
    return found


def encode_grids(pyramid: Pyramid, integers: Sequence[Integers]) -> dict[Key, bytes]:
    """Return the stream of every tile, empty for those of zeros.

    The first tile of a grid starts from the coder's state after that of the next coarser grid, the
    others from that after the first.

    Parameters
    ----------
    integers
        (node, component, z, y, x) of each grid.
    """
    tiles = [pyramid.tiles(grid) for grid in range(len(pyramid.sizes))]

    def encoded(key: Key, state: State) -> tuple[bytes, State]:
        grid, node, component, number = key
        tile = tiles[grid][number]
        values = integers[grid][node, component][tile]
        if not values.any():
            return b"", state
        coarse, other = EMPTY, pyramid.beside(key)
        if grid + 1 < len(pyramid.sizes):
            coarse = padded(integers[grid + 1][node, component], tile)
        beside = EMPTY if other is None else integers[grid][other[1], other[2]][tile]
        data, after = encode_tile(
            values, np.ascontiguousarray(beside), coarse, class_of(grid), next_state(state)
        )
        return data or b"\0", after

    found: dict[Key, bytes] = {}
    roots: dict[int, State] = {}
    state = first_state()
    for grid in reversed(range(len(pyramid.sizes))):
        found[grid, 0, 0, 0], state = encoded((grid, 0, 0, 0), state)
        roots[grid] = state
    every = [key for level in range(pyramid.levels) for key in pyramid.units(level)]
    rest = [key for key in every if key not in found]
    streams = run_all(lambda key: encoded(key, roots[key[0]])[0], rest)
    return found | dict(zip(rest, streams, strict=True))
