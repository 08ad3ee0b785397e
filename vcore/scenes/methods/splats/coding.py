"""Serialisation of a block of quantised splats (docs/format.md, section 28)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container.varint import ByteReader, pack_number
from vcore.errors import FormatError
from vcore.methods.gaussian.quantise import from_morton, morton
from vcore.scenes.methods.splats.quantise import (
    CELL_BITS,
    Integers,
    Lattice,
    Quantised,
    inner_bits,
    widths_of,
)

MAX_BLOCK = 1 << 20
"""Most splats of a block."""
MAX_LEVEL = 40
MAX_INTEGER = 1 << 28
GAP_BITS = 24
"""Low bits of the distances along the Morton curve that are coded apart."""
MODELLED_TURNS = 3


def pack(integers: Quantised, lattice: Lattice) -> bytes:
    """Return the bytes of splats in the order of their cells; their number is stored elsewhere."""
    curve = morton(integers.cells.astype(np.int32))
    gaps = np.diff(curve, prepend=0)
    near = _nearest(integers.cells)
    levels = integers.levels
    coefficients = integers.colours.shape[1]
    flat = np.concatenate(
        [integers.alphas[:, None], integers.colours.reshape(len(levels), 3 * coefficients)], axis=1
    )
    widths = widths_of(integers.scales, levels, lattice)
    inner = inner_bits(integers.turns, widths, lattice)
    streams = [
        _columns(
            np.stack([gaps >> GAP_BITS, gaps & (1 << GAP_BITS) - 1], 1),
            np.zeros_like(levels),
            _previous(len(levels)),
            GAP_LAYOUT,
        ),
        _columns(levels[:, None], np.zeros_like(levels), near, LEVEL_LAYOUT),
        _columns(integers.scales, levels, near, SCALE_LAYOUT),
        _places(integers.turns, widths.turn_bits, near, MODELLED_TURNS),
        _places(integers.inner, inner, near, 0),
        _columns(flat, levels, near, _colour_layout(coefficients)),
    ]
    return b"".join(pack_number(len(s)) + s for s in streams)


def unpack(data: bytes, count: int, coefficients: int, lattice: Lattice) -> Quantised:
    """Decode the output of ``pack``.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    if not 0 <= count <= MAX_BLOCK:
        raise FormatError(f"The splats are damaged: a block of {count}.")
    reader = ByteReader(data, "A block of splats")

    def columns(levels: Integers, near: NDArray[np.int32], layout: NDArray[Any]) -> Integers:
        return _uncolumns(reader.take(reader.number()), levels, near, layout)

    none = np.zeros(count, np.int64)
    high, low = columns(none, _previous(count), GAP_LAYOUT).T
    gaps = (high << GAP_BITS) + low
    curve = np.cumsum(gaps)
    bad = (gaps < 0).any() or (low < 0).any()
    if bad or (count and not 0 <= curve[-1] < 1 << 3 * CELL_BITS):
        raise FormatError("The splats are damaged: a cell outside of the scene.")
    cells = from_morton(curve).astype(np.int64)
    near = _nearest(cells)
    levels = columns(none, near, LEVEL_LAYOUT)[:, 0]
    if (np.abs(levels) > MAX_LEVEL).any():
        raise FormatError("The splats are damaged: an impossible level.")
    scales = columns(levels, near, SCALE_LAYOUT)
    _check(scales)
    if (scales < 0).any() or (scales[:, 1] + scales[:, 2] > scales[:, 0]).any():
        raise FormatError("The splats are damaged: an impossible scale.")
    widths = widths_of(scales, levels, lattice)
    turns = _unplaces(reader.take(reader.number()), widths.turn_bits, near, MODELLED_TURNS)
    bits = inner_bits(turns, widths, lattice)
    inner = _unplaces(reader.take(reader.number()), bits, near, 0)
    flat = columns(levels, near, _colour_layout(coefficients))
    _check(flat)
    if (flat[:, 0] < 0).any() or reader.left:
        raise FormatError("The splats are damaged: an impossible value.")
    colours = flat[:, 1:].reshape(count, coefficients, 3)
    return Quantised(cells, levels, scales, turns, inner, flat[:, 0], colours)


def _check(values: Integers) -> None:
    if np.abs(values).max(initial=0) > MAX_INTEGER:
        raise FormatError("The splats are damaged: an impossible value.")


GAP_LAYOUT = np.array([[0, -1, 0, 0], [1, 0, 0, 0]], np.int64)
LEVEL_LAYOUT = np.array([[0, -1, 1, 0]], np.int64)
SCALE_LAYOUT = np.array([[0, -1, 1, 1], [1, 0, 1, 1], [1, 1, 1, 1]], np.int64)


def _colour_layout(coefficients: int) -> NDArray[np.int64]:
    """Return the layout of opacity and harmonics: families opacity, colour, each degree's others;
    differences go with the brightness."""
    rows = [(0, -1, 1, 1)]
    for k in range(coefficients):
        degree = int(np.sqrt(k))
        for channel in range(3):
            first = 1 + 3 * k
            family = 1 if k == 0 else 2 * degree + (channel > 0)
            rows.append((family, first if channel else 0, int(k == 0), 1))
    return np.array(rows, np.int64)


def _previous(count: int) -> NDArray[np.int32]:
    from vcore.scenes.methods.splats.symbols import NEAR

    before = np.arange(count)[:, None] - np.arange(1, NEAR + 1)
    found: NDArray[np.int32] = np.maximum(before, -1).astype(np.int32)
    return found


def _nearest(cells: Integers) -> NDArray[np.int32]:
    from vcore.scenes.methods.splats.symbols import NEAR, neighbours

    near = np.empty((len(cells), NEAR), np.int32)
    neighbours(cells, near)
    return near


def _columns(
    values: Integers, levels: Integers, near: NDArray[np.int32], layout: NDArray[np.int64]
) -> bytes:
    from vcore.scenes.methods.splats.symbols import code_columns

    values = np.ascontiguousarray(values, np.int64)
    low = _from_zero(levels)
    return _encoded(
        code_columns, values.size, lambda: (values, low, near, layout, *_column_models())
    )


def _uncolumns(
    data: bytes, levels: Integers, near: NDArray[np.int32], layout: NDArray[np.int64]
) -> Integers:
    from vcore.scenes.methods.splats.symbols import code_columns

    values = np.zeros((len(levels), len(layout)), np.int64)
    low = _from_zero(levels)
    _decoded(code_columns, data, values, low, near, layout, *_column_models())
    return values


def _places(values: Integers, bits: Integers, near: NDArray[np.int32], modelled: int) -> bytes:
    from vcore.scenes.methods.splats.symbols import code_places

    values = np.ascontiguousarray(values, np.int64)
    return _encoded(
        code_places, 3 * values.size, lambda: (values, bits, near, modelled, *_place_models())
    )


def _unplaces(data: bytes, bits: Integers, near: NDArray[np.int32], modelled: int) -> Integers:
    from vcore.scenes.methods.splats.symbols import code_places

    values = np.zeros(bits.shape, np.int64)
    _decoded(code_places, data, values, bits, near, modelled, *_place_models())
    return values


def _from_zero(levels: Integers) -> Integers:
    return levels - levels.min(initial=0) if len(levels) else levels


def _encoded(code: Callable[..., bool], size: int, arguments: Callable[[], Any]) -> bytes:
    from vcore.entropy import rangecoder

    return rangecoder.encoded(code, 1024 + size, arguments)


def _decoded(code: Callable[..., bool], data: bytes, *arguments: Any) -> None:
    from vcore.entropy import rangecoder

    coded = np.frombuffer(bytearray(data), np.uint8)
    if rangecoder.stream(code, rangecoder.DECODE, coded, *arguments):
        raise FormatError("The splats are damaged: an impossible value.")


def _column_models() -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    from vcore.entropy.mixing import new_counters, new_weights
    from vcore.scenes.methods.splats.symbols import BINS, FAMILIES, LEVELS, MAX_COLUMNS

    contexts = max(MAX_COLUMNS * LEVELS, FAMILIES * LEVELS * 16) * BINS
    return new_counters(contexts), new_weights(FAMILIES * LEVELS + MAX_COLUMNS)


def _place_models() -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    from vcore.entropy.mixing import new_counters, new_weights
    from vcore.scenes.methods.splats.symbols import NEAR, PLANES

    return new_counters((3 * NEAR * 40) << PLANES), new_weights(80)
