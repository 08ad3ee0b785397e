"""From frames to their pyramids: read by slab, transformed in place."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcore.methods.source import VariableSource
from vcore.methods.wavelet.scratch import Scratch
from vcore.methods.wavelet.temporal import Pyramid
from vcore.methods.wavelet.transform import Shape, analyse, gain
from vcore.model.regions import Region, blocks, shape_of
from vcore.runtime.executor import run_all

TREND = 0.5
"""A linear trend is taken away where it explains this share of the variance: mirrored at the
ends it would cost bits and shift coarse levels; elsewhere it would fill what is empty."""
SLAB = 1 << 20
"""Voxels that are read at once, whole planes at least."""

Floats = NDArray[np.float64]


@dataclass
class AnalysisFrame:
    """A frame as shares of the data range, and its sums over planes across each axis.

    Parameters
    ----------
    values
        z y x, float32.
    sums
        For each axis the sums over the others; of the squares, over all.
    """

    values: NDArray[np.float32]
    sums: tuple[Floats, Floats, Floats] = field(init=False)
    squares: float = 0.0

    def __post_init__(self) -> None:
        nz, ny, nx = self.values.shape
        self.sums = np.zeros(nz), np.zeros(ny), np.zeros(nx)

    @property
    def mean(self) -> float:
        """Mean value."""
        return float(self.sums[0].sum()) / self.values.size

    @property
    def variance(self) -> float:
        """Variance of the values."""
        return max(self.squares / self.values.size - self.mean**2, 0.0)

    def slopes(self) -> tuple[Floats, float]:
        """Return the slopes along z, y, x of the plane through the values, rounded to float32, and
        the variance that it explains."""
        slopes, explained = np.zeros(3), 0.0
        for axis, sums in enumerate(self.sums):
            n = len(sums)
            if n > 1:
                place = np.arange(n) - (n - 1) / 2
                profile = sums * (n / self.values.size)
                slopes[axis] = (profile * place).mean() / np.square(place).mean()
                explained += slopes[axis] ** 2 * np.square(place).mean()
        return slopes.astype(np.float32).astype(np.float64), explained


def read_frame(source: VariableSource, lead: Region, scratch: Scratch) -> AnalysisFrame:
    """Return the frame at ``lead`` (its index in front of z y x), read by slab.

    A frame with missing values is read at once: they are filled in from what is around them.
    """
    shape = source.shape[-3:]
    planes = max(SLAB // (shape[1] * shape[2]), 1)
    size = shape if source.has_missing else (planes, *shape[1:])
    frame = AnalysisFrame(scratch.array(shape, np.float32))
    for slab in blocks(shape, size):
        values = source.read((*lead, *slab)).reshape(shape_of(slab))
        values -= source.range[0]
        values /= source.span
        frame.values[slab] = values
        frame.sums[0][slab[0]] = values.sum((1, 2))
        frame.sums[1][:] += values.sum((0, 2))
        frame.sums[2][:] += values.sum((0, 1))
        frame.squares += float(np.einsum("zyx,zyx->", values, values))
    return frame


def pyramids(
    frames: Sequence[AnalysisFrame], shapes: Sequence[Shape], scratch: Scratch
) -> list[Pyramid]:
    """Return the pyramids of a group of frames, whose values are used up."""
    found = [frame.slopes() for frame in frames]
    explained = sum(share for _, share in found)
    steep = explained > 0 and explained >= TREND * sum(frame.variance for frame in frames)
    return [
        _pyramid(frame, slopes if steep else np.zeros(3), shapes, scratch)
        for frame, (slopes, _) in zip(frames, found, strict=True)
    ]


def _pyramid(
    frame: AnalysisFrame, slopes: Floats, shapes: Sequence[Shape], scratch: Scratch
) -> Pyramid:
    shape = frame.values.shape
    ends = [s * (n - 1) / 2 for s, n in zip(slopes, shape, strict=True)]
    # of the mean only the last low value is left; taken away first, it costs no precision
    mean = frame.mean - sum(ends)
    z, y, x = (s * np.arange(n) for s, n in zip(slopes, shape, strict=True))

    def part(number: int) -> None:
        frame.values[number] -= (z[number] + y[:, None]) + (x + mean)

    run_all(part, range(shape[0]))
    levels, low = analyse(frame.values, scratch.array)
    return Pyramid(levels, low + mean * gain(shapes, len(shapes) - 1), slopes)


def plane(slopes: Floats, region: Region) -> Floats:
    """Return the plane of ``slopes`` that is 0 at index 0."""
    if not slopes.any():
        return np.zeros((1, 1, 1))
    z, y, x = (s * np.arange(r.start, r.stop) for s, r in zip(slopes, region, strict=True))
    result: Floats = (z[:, None, None] + y[:, None]) + x
    return result
