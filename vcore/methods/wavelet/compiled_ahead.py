"""What decoding compiles, called by a second process while the one that encodes compiles the rest.

Small calls of the real functions, so that numba infers the same types.
"""

import numpy as np

from vcore.methods.wavelet.stream import NO_PARENT, Learned, decoded
from vcore.methods.wavelet.tables import CLASSES, FEATURES, ROW
from vcore.methods.wavelet.transform import filtered, join

SHAPE = (3, 3, 3)
ZEROS = b"\xfe" * 64
"""A stream of zeros."""


def join_values() -> None:
    """Compile what makes values of integers."""
    integers, low = np.ones(SHAPE, np.int32), np.zeros((2, 2, 2))
    join([(1.0, integers)], low, SHAPE, 0.5, np.zeros(ROW))


def filter_values() -> None:
    """Compile the filter of level 0."""
    whole = (slice(0, 3),) * 3
    filtered(np.ones(SHAPE), np.ones(CLASSES), np.ones((CLASSES + 1, FEATURES)), whole, whole)


def decode_integers() -> None:
    """Compile the decoder."""
    decoded(ZEROS, [SHAPE], NO_PARENT, Learned.nothing())


def decode_integers_fast() -> None:
    """Compile the decoder of effort ``fast``."""
    decoded(ZEROS, [SHAPE], NO_PARENT, Learned.nothing(fast=True))
