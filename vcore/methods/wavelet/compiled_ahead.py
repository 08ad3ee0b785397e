"""Compiled functions of the decoder, precompiled in a second process while the encoder's compile.

Calls the real functions on small arrays, so that numba infers the same types.
"""

import numpy as np

from vcore.methods.wavelet.fast import streams as fast
from vcore.methods.wavelet.fast.synthesis import Synthesis
from vcore.methods.wavelet.prediction import NEWEST, prediction_of
from vcore.methods.wavelet.restoration import ACTIVITIES, changed, taps_of
from vcore.methods.wavelet.stream import NO_PARENT, CoderState, decoded
from vcore.methods.wavelet.tables import CLASSES, FEATURES, ROW
from vcore.methods.wavelet.transform import filtered, join

SHAPE = (3, 3, 3)
ZEROS = b"\xfe" * 64
"""A stream that decodes to zeros."""


def join_values() -> None:
    """Compile the reconstruction of values from integers."""
    integers, low = np.ones(SHAPE, np.int32), np.zeros((2, 2, 2))
    join([(1.0, integers)], low, SHAPE, 0.5, np.zeros(ROW))


def predict_values() -> None:
    """Compile the prediction of details."""
    prediction_of(NEWEST).add(
        np.eye(8)[None] + np.zeros((2, 8, 8)), (0, 0, 0), 0, 0.01, np.zeros((3, 15, 15))
    )


def filter_values() -> None:
    """Compile the level 0 filter."""
    whole = (slice(0, 3),) * 3
    filtered(np.ones(SHAPE), np.ones(CLASSES), np.ones((CLASSES + 1, FEATURES)), whole, whole)


def restore_values() -> None:
    """Compile the restoration of level 0."""
    whole = (slice(0, 3),) * 3
    changed(np.ones(SHAPE), whole, whole, 0.5, taps_of(1), [1] * len(ACTIVITIES))


def synthesise_fast() -> None:
    """Compile the reconstruction of values of effort ``fast``."""
    integers = np.ones((7, 2, 2, 2), np.int16)
    synthesis = Synthesis([SHAPE, (2, 2, 2)], 0, 0.5, [[0, 0, 0]] * 2, lambda *_: integers)
    synthesis.coarsest(0, 0.0)


def decode_fast() -> None:
    """Compile the stream decoder of effort ``fast``."""
    fast.decoded(ZEROS, [SHAPE])


def decode_integers() -> None:
    """Compile the stream decoder."""
    decoded(ZEROS, [SHAPE], NO_PARENT, CoderState.initial())
