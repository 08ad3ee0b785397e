"""Serialisation of the map from blocks to networks (docs/format.md, section 16).

Networks are numbered in order of first appearance, so a new network has one more than the highest
number so far; the others are mostly those of a neighbour in time or space.
"""

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError

Map = NDArray[np.int32]
"""Shape (t, c, z, y, x) in blocks: 0 for blocks that are not coded, else 1 + network number."""


def renumbered(labels: Map) -> tuple[Map, NDArray[np.int32]]:
    """Return the map with networks numbered by first appearance, and the old number of each."""
    flat = labels.ravel()
    used, first = np.unique(flat[flat > 0], return_index=True)
    order = used[np.argsort(first)]
    new = np.zeros(int(flat.max(initial=0)) + 1, np.int32)
    new[order] = np.arange(1, len(order) + 1)
    found: Map = new[flat].reshape(labels.shape)
    return found, order - 1


def pack(blocks: Map) -> bytes:
    """Return the map as bytes."""
    from vcore.entropy import rangecoder
    from vcore.methods.ecnr import maploops

    values = np.require(blocks, np.int32, ("C", "W"))
    capacity = 512 + 4 * values.size
    while True:
        out = np.empty(capacity, np.uint8)
        length = rangecoder.stream(maploops.code, rangecoder.ENCODE, out, values, 0, _contexts())
        if length >= 0:
            return out[1:length].tobytes().rstrip(b"\0")
        capacity *= 2


def unpack(data: bytes, shape: tuple[int, int, int, int, int], networks: int) -> Map:
    """Decode a map of ``shape``, which must use exactly ``networks`` networks.

    Raises
    ------
    FormatError
        The bytes are damaged.
    """
    from vcore.entropy import rangecoder
    from vcore.methods.ecnr import maploops

    values = np.zeros(shape, np.int32)
    coded = np.frombuffer(bytearray(data), np.uint8)
    if rangecoder.stream(maploops.code, rangecoder.DECODE, coded, values, networks, _contexts()):
        raise FormatError("The map of blocks is damaged: it refers to other networks.")
    return values


def _contexts() -> NDArray[np.int32]:
    from vcore.entropy import rangecoder
    from vcore.methods.ecnr import maploops

    return rangecoder.new_contexts(maploops.CONTEXTS)
