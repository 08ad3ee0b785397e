"""Restoration of level 0: each voxel is moved towards what its neighbours say, by taps that were
learned once for all files, by classes of the voxel's surroundings (as the adaptive loop filter of
ITU-T H.266, 8.8.5, whose taps, too, act on clipped differences; extended to 3D). Fitted by
`python -m benchmarks fit-restoration`.
"""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from vcore.methods.wavelet.shipped import read_numbered
from vcore.model.regions import Region, shape_of
from vcore.runtime import precompile as ahead

CHECKSUMS = {1: 0x2BF35FBC, 2: 0x11CF86FC, 3: 0x703D485F, 4: 0xA5401FDF}
"""CRC-32 of each file of taps, by number, for volumes of different kinds. They stay as they are, as
compressed files refer to them."""
ACTIVITIES = (1 / 64, 3 / 32, 5 / 16, 11 / 16, 1.5, 3.0, 6.0)
"""Least mean curvature of each class of activity, in steps."""
NEIGHBOURHOOD = 27
"""Voxels whose curvatures are summed."""
HALVES = 4
"""Number of the shares of a change that may be applied: 0, 1/2, 1 and 3/2."""
ANY = 0
"""Number that stands for any taps, in the encoder."""
WHOLE = (2,) * len(ACTIVITIES)
"""Halves that apply all changes."""
TAP_UNIT = 1024
"""Denominator of the taps."""
REACH = 2
"""Reach in voxels to either side."""

Floats = NDArray[np.float64]
Taps = NDArray[np.float32]


def curvature_limits(step: float) -> NDArray[np.float32]:
    """Return the least sums of curvatures of the classes of activity."""
    return (step * (NEIGHBOURHOOD * np.array(ACTIVITIES))).astype(np.float32)


@lru_cache
def taps_of(number: int) -> Taps:
    """Return the taps of that number, as ``restoration_loops.changes`` takes them.

    Raises
    ------
    FormatError
        There are no such taps: a newer version wrote the compressed file, or its header is damaged;
        or they are not those that were published.
    """
    data = read_numbered(("restoration", ".bin"), number, CHECKSUMS, "values restored")
    return oriented(np.frombuffer(zlib.decompress(data), "<i2") / TAP_UNIT)


def oriented(taps: Floats) -> Taps:
    """Return the taps (class, pair, limit), flattened, for all orientations: (class, orientation,
    limit, pair and zeros) float32."""
    from vcore.methods.wavelet.restoration_loops import CLIPS, DIRECTIONS, LANES, SHAPES

    known = taps.reshape(len(ACTIVITIES) * SHAPES, DIRECTIONS, CLIPS)
    found = np.zeros((len(known), len(orientations()), CLIPS, LANES), np.float32)
    for number, places in enumerate(orientations()):
        found[:, number, :, :DIRECTIONS] = known[:, places].swapaxes(1, 2)
    return found


@lru_cache
def orientations() -> NDArray[np.int64]:
    """Return which pair, as the taps know them, each pair of neighbours is, by orientation.

    The taps know the axes by falling curvature, and the second and the third mirrored so that the
    curvature along the diagonal with the first is not larger than that along the other one.

    Returns
    -------
    (orientations, pairs); orientations are 4 times the number of the order of the axes plus the
    bits of the mirrored ones.
    """
    from vcore.methods.wavelet.restoration_loops import FLIPS, PAIRS

    index = {}
    for k, pair in enumerate(PAIRS):
        index[pair] = index[tuple(-v for v in pair)] = k
    found = []
    for order in permutations(range(3)):
        for flips in range(FLIPS):
            places = np.zeros(len(PAIRS), np.int64)
            for k, pair in enumerate(PAIRS):
                offset = [0, 0, 0]
                for axis, v in enumerate(pair):
                    mirrored = axis > 0 and flips >> (axis - 1) & 1
                    offset[order[axis]] = -v if mirrored else v
                places[index[tuple(offset)]] = k
            found.append(places)
    return np.stack(found)


@lru_cache
def orders() -> NDArray[np.int64]:
    """Return the number of an order of the axes by three times the first plus the second."""
    found = np.zeros(9, np.int64)
    for number, order in enumerate(permutations(range(3))):
        found[3 * order[0] + order[1]] = number
    return found


def changed(
    values: Floats,
    source_region: Region,
    region: Region,
    step: float,
    taps: Taps,
    used: Sequence[int],
) -> tuple[Floats, NDArray[np.int16]]:
    """Return what is added to the voxels of ``region`` of level 0, and 1 plus the numbers of their
    classes and orientations, 0 for none; see ``activities``.

    Parameters
    ----------
    values
        Level 0, normalised to the data range, in ``source_region``: REACH wider, clipped to the
        volume.
    taps
        Those of ``taps_of``.
    used
        Per class of activity, 0 if it is not restored.
    """
    from vcore.methods.wavelet.restoration_loops import changes

    ahead.wait("restore_values")
    sides = [
        (REACH - (r.start - s.start), REACH - (s.stop - r.stop))
        for r, s in zip(region, source_region, strict=True)
    ]
    wide = np.pad(values, sides, mode="edge")
    out, kinds = np.empty(shape_of(region)), np.empty(shape_of(region), np.int16)
    chosen = np.array(used, np.int64) > 0
    rough = wide.astype(np.float32)
    changes(wide, rough, step, curvature_limits(step), chosen, taps, orders(), out, kinds)
    return out, kinds


@lru_cache
def activities() -> NDArray[np.intp]:
    """Return the class of activity, from 1 on, of each kind of ``changed``; 0 for none."""
    from vcore.methods.wavelet.restoration_loops import ORIENTATIONS, SHAPES

    numbers = np.repeat(np.arange(1, len(ACTIVITIES) + 1), SHAPES * ORIENTATIONS)
    return np.concatenate([[0], numbers])


def restored(
    values: Floats,
    source_region: Region,
    region: Region,
    step: float,
    restoration: Sequence[int],
) -> Floats:
    """Return ``region`` of level 0 restored; see ``changed``.

    Parameters
    ----------
    restoration
        Number of the taps, and per class of activity the halves of the change that are applied.
    """
    number, *levels = restoration
    change, kinds = changed(values, source_region, region, step, taps_of(number), levels)
    at = tuple(
        slice(r.start - s.start, r.stop - s.start)
        for r, s in zip(region, source_region, strict=True)
    )
    shares = 0.5 * np.array([0, *levels], np.float64)[activities()]
    found: Floats = values[at] + shares[kinds] * change
    return found
