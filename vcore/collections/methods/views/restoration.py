"""Filter of decoded pixels, before an image is shown or predicted from: taps learned once for all
files, by classes of the pixel's surroundings (as the adaptive loop filter of ITU-T H.266, 8.8.5,
whose taps, too, act on clipped differences). Written by `python -m benchmarks.views_restoration`.
"""

import zlib
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.views.restoration_loops import (
    CLASSES,
    CLIPS,
    LANES,
    MARGIN,
    PAIRS,
    TURNED,
    classify,
    corrections,
)
from vcore.runtime.shipped import read_shipped

FILE, CHECKSUM = Path(__file__).with_name("restoration.bin"), 0x85EA0DD1


@cache
def taps() -> NDArray[np.float64]:
    """Return the taps: (first component or another, predicted or coded, class, orientation, limit,
    pair and zeros)."""
    shape = (2, 2, CLASSES, len(PAIRS), CLIPS)
    stored = np.frombuffer(zlib.decompress(read_shipped(FILE, CHECKSUM)), "<i2").reshape(shape)
    found = np.zeros((*shape[:3], len(TURNED), CLIPS, LANES))
    for number, order in enumerate(TURNED):
        found[..., number, :, : len(PAIRS)] = stored[..., list(order), :].swapaxes(-1, -2)
    return found


def extended(plane: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a plane extended by MARGIN of its edge."""
    return np.pad(plane, MARGIN, mode="edge")


def changes(
    planes: NDArray[np.int32], coded: NDArray[np.uint8], steps: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return what is to be added to the pixels of an image, (component, y, x), in 1/2**TAP_BITS.

    Parameters
    ----------
    planes
        Decoded planes, (component, y, x).
    coded
        Per component; see ``deblocking.coded_squares``.
    steps
        Quantiser step per component.
    """
    found = np.empty(planes.shape, np.int64)
    classes = np.empty(planes.shape[1:], np.int32)
    classify(extended(planes[0]), int(steps[0]), classes)
    for c, plane in enumerate(planes):
        filters = taps()[min(c, 1)]
        corrections(extended(plane), int(steps[c]), classes, coded[c], filters, found[c])
    return found
