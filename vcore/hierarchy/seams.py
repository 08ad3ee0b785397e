"""Discontinuities of the error at chunk faces, as chunks are coded independently."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vcore.hierarchy.chunk_job import ChunkJob, opened, region_of
from vcore.io.request import reading
from vcore.io.zarr_cf import coding

REACH = 8
"""Number of voxels on each side of a face whose errors are compared."""


@dataclass(frozen=True)
class Jumps:
    """Squared differences of the error between adjacent voxels, in squared data units.

    Parameters
    ----------
    across, faces
        Sum over pairs of voxels across a chunk face, and number of pairs.
    elsewhere, others
        Sum over pairs within a chunk, and number of pairs.
    """

    across: float = 0.0
    faces: int = 0
    elsewhere: float = 0.0
    others: int = 0

    def __add__(self, other: "Jumps") -> "Jumps":
        return Jumps(
            self.across + other.across,
            self.faces + other.faces,
            self.elsewhere + other.elsewhere,
            self.others + other.others,
        )

    def to_json(self) -> dict[str, float]:
        """Return the RMS jumps across faces and elsewhere; empty if there are no pairs."""
        if not self.faces or not self.elsewhere:
            return {}
        return {
            "seam_jump": math.sqrt(self.across / self.faces),
            "jump_elsewhere": math.sqrt(self.elsewhere / self.others),
        }


def jumps_of(jobs: Iterable[ChunkJob]) -> Jumps:
    """Return the jumps near the faces between the given chunks and the next along z, y, x."""
    total = Jumps()
    for job in jobs:
        for axis in range(max(len(job.chunk) - 3, 0), len(job.chunk)):
            total += _about(job, axis)
    return total


def _about(job: ChunkJob, axis: int) -> Jumps:
    array = opened(job.out, job.array)
    region = list(region_of(array, job.chunk))
    face = region[axis].stop
    if face == array.shape[axis]:
        return Jumps()
    region[axis] = slice(max(face - REACH, 0), min(face + REACH, array.shape[axis]))
    slab = tuple(region)
    with reading(job.source, "hierarchy"):
        original = np.asarray(opened(job.source, job.array)[slab])
    error = np.asarray(array[slab]).astype(np.float64) - original.astype(np.float64)
    error[coding(array).absent(original)] = np.nan
    squares = np.square(np.diff(np.moveaxis(error, axis, 0), axis=0))
    at = np.arange(len(squares)) == face - slab[axis].start - 1
    known = np.isfinite(squares)
    squares[~known] = 0
    return Jumps(
        float(squares[at].sum()),
        int(known[at].sum()),
        float(squares[~at].sum()),
        int(known[~at].sum()),
    )
