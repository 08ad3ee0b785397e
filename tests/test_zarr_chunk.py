"""Chunk headers that no encoder writes."""

import numpy as np
import pytest

from vcore.container.layout import pack_json
from vcore.container.varint import pack_number
from vcore.errors import FormatError
from vcore.zarr.chunk import HAS_RANGE, IS_CUT, IS_SPELT, ChunkContext, unpack

SHARED = ChunkContext((16, 16, 16), tuple("zyx"), np.dtype("u1"), "wavelet")
SPELT = bytes([HAS_RANGE | IS_SPELT, 0, 9])


def spelt(value):
    """Return a header whose settings, state and sections are stored in full."""
    text = pack_json(value)
    return SPELT + pack_number(len(text)) + text


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (bytes([0x80]), "later one"),
        (bytes([IS_CUT]) + 3 * pack_number(16), "cut to nothing"),
        (bytes([IS_CUT]) + 3 * pack_number(1 << 60), "cut to nothing"),
        (bytes([IS_CUT]) + b"\xff" * 11, "more than 63 bits"),
        (bytes([0]), "no range"),
        (SPELT + b"\x03\x07\x07\x07", "is damaged"),
        (spelt([1, 2]), "head is invalid"),
        (spelt([{}, {}, [[0]]]), "head is invalid"),
        (spelt([{}, {}, [[99, "a", 1]]]), "sections are invalid"),
        (spelt([{}, {}, [[0, "a", 0]]]), "sections are invalid"),
        (spelt([{}, {}, [[0, "a", 1 << 25]]]), "end too early"),
    ],
)
def test_heads_that_make_no_sense(head, words):
    with pytest.raises(FormatError, match=words):
        unpack(head, SHARED)
