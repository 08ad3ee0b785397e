"""Upsampling of a volume by cubic interpolation, and its transpose.

During a fit, wide Gaussians are summed on coarse grids, where they cover few voxels, and upsampled
to the finest; their gradient takes the transposed path.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian import image_ops
from vcore.runtime.executor import run_all, threads

Volume = NDArray[np.float32]


def _ranges(n: int) -> list[tuple[int, int]]:
    edges = np.linspace(0, n, min(n, 4 * threads()) + 1).astype(int)
    return list(pairwise(edges))


def add_doubled(coarse: Volume, fine: Volume) -> None:
    """Add ``coarse`` (z, y, x), interpolated to twice its resolution, to ``fine``.

    Samples are at voxel centres; ``fine`` is twice as long along each axis, or one less.
    """
    run_all(lambda part: image_ops.up_planes(coarse, fine, *part), _ranges(fine.shape[0]))


def halved(fine: Volume) -> Volume:
    """Return the transpose of the upsampling, applied to ``fine``."""
    nz, ny, nx = (-(-n // 2) for n in fine.shape)
    quarter = np.empty((fine.shape[0], ny, nx), np.float32)
    run_all(lambda part: image_ops.down_planes(fine, quarter, *part), _ranges(fine.shape[0]))
    coarse = np.empty((nz, ny, nx), np.float32)
    run_all(lambda part: image_ops.down_rows(quarter, coarse, *part), _ranges(ny))
    return coarse
