"""Sections of the presets with a network: its weights, and the tables of each key frame."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcore.container.varint import ByteReader, pack_number
from vcore.errors import FormatError
from vcore.methods._networks.shrinking.coding import pack_steps, unpack_steps
from vcore.methods._networks.weights import Parameters
from vcore.methods.grids.lattice import State, decode_tile, encode_tile, first_state, next_state
from vcore.methods.grids.pyramid import EMPTY, Integers
from vcore.methods.grids.shapes import Array, Shape

CLASSES = 16


BOX_STEPS = np.repeat(np.array([1 / 16, 1 / 127], np.float32), (9, 3))
"""Steps of the numbers of a box: up to 8 times as fine as the volume, centres inside."""


def rounded_boxes(boxes: Array) -> Array:
    """Return boxes (tables, 12) as they are stored."""
    found: Array = np.rint(boxes / BOX_STEPS).clip(-127, 127).astype(np.float32)
    return found * BOX_STEPS


def pack_network(integers: dict[str, NDArray[np.int32]], steps: list[float], boxes: Array) -> bytes:
    """Return boxes (tables, 12), if there are any, and the rounded weights."""
    stored: bytes = np.rint(boxes / BOX_STEPS).astype("i1").tobytes()
    return stored + pack_steps(integers, steps)


def unpack_network(data: bytes, shape: Shape) -> tuple[Parameters, Array]:
    """Return weights by name, and the boxes of the tables (tables, 12).

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    boxes, length = shape.whole, 0
    if shape.movable:
        length = boxes.size
        if len(data) < length:
            raise FormatError("The network is too short: the file is damaged.")
        boxes = np.frombuffer(data[:length], "i1").reshape(boxes.shape) * BOX_STEPS
    return unpack_steps(data[length:], shape.arrays), boxes


def encode_tables(shape: Shape, keys: Sequence[Sequence[Integers]]) -> list[bytes]:
    """Return the unit of each key frame: a stream a feature, each after its length.

    Parameters
    ----------
    keys
        For each key frame the tables (feature, z, y, x).
    """
    units, root = [], first_state()
    for number, tables in enumerate(keys):
        state = next_state(root) if number else root
        out = bytearray()
        for place, (table, feature) in enumerate(_planes(shape)):
            values, data = tables[table][feature], b""
            if values.any():
                beside = _beside(tables, keys[0] if number else None, table, feature)
                data, state = encode_tile(values, beside, EMPTY, place % CLASSES, state)
                data = data or b"\0"
            out += pack_number(len(data)) + data
        root = state if number == 0 else root
        units.append(bytes(out))
    return units


def decode_tables(
    data: bytes, shape: Shape, first: tuple[Sequence[Integers], State] | None
) -> tuple[list[Integers], State]:
    """Return the tables of a key frame, and the coder's state after them.

    Parameters
    ----------
    first
        The same of the first key frame, None for that.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    reader = ByteReader(data, "A unit of features")
    state = next_state(first[1]) if first else first_state()
    tables = [np.zeros((t.features, *t.plane), np.int32) for t in shape.tables]
    for place, (table, feature) in enumerate(_planes(shape)):
        stream = reader.take(reader.number())
        if stream:
            beside = _beside(tables, first[0] if first else None, table, feature)
            tables[table][feature], state = decode_tile(
                stream, tables[table].shape[1:], beside, EMPTY, place % CLASSES, state
            )
    if reader.left:
        raise FormatError("A unit of features is too long: the file is damaged.")
    return tables, state


def _planes(shape: Shape) -> list[tuple[int, int]]:
    return [(n, f) for n, table in enumerate(shape.tables) for f in range(table.features)]


def _beside(
    tables: Sequence[Integers], first: Sequence[Integers] | None, table: int, feature: int
) -> Integers:
    """Return the plane of the first key frame, or else the feature before; they are contexts."""
    if first is None and feature == 0:
        return EMPTY
    found: Integers = tables[table][feature - 1] if first is None else first[table][feature]
    return found
