"""Transform of frames to wavelet pyramids: read slab by slab, transformed in place."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcore.methods.source import VariableSource
from vcore.methods.wavelet.background import Background
from vcore.methods.wavelet.scratch import Scratch
from vcore.methods.wavelet.temporal import Pyramid, to_components
from vcore.methods.wavelet.transform import Shape, analyse, gain, pyramid_shapes
from vcore.model.regions import Region, blocks, shape_of
from vcore.runtime.executor import run_all

TREND = 0.5
"""Share of the variance explained by a linear trend from which on the trend is subtracted. Mirrored
at the borders, a strong trend would cost bits and shift coarse levels; subtracting a weak one would
fill empty regions."""
SWEEPS = 4
"""Relaxations of infilled values at each resolution: without them, a blank margin costs three times
as much."""
SLAB = 1 << 20
"""Voxels read at a time; at least one plane."""

Floats = NDArray[np.float64]


@dataclass
class AnalysisFrame:
    """Frame normalised to the data range, with the plane sums along each axis.

    Parameters
    ----------
    values
        z y x, float32, 0 to 1.
    sums
        Per axis, the sums over the other two axes.
    squares
        Sum of the squared values.
    """

    values: NDArray[np.float32]
    sums: tuple[Floats, Floats, Floats] = field(init=False)
    squares: float = 0.0

    def __post_init__(self) -> None:
        nz, ny, nx = self.values.shape
        self.sums = np.zeros(nz), np.zeros(ny), np.zeros(nx)

    @property
    def mean(self) -> float:
        return float(self.sums[0].sum()) / self.values.size

    @property
    def variance(self) -> float:
        return max(self.squares / self.values.size - self.mean**2, 0.0)

    def slopes(self) -> tuple[Floats, float]:
        """Return the slopes along z, y, x of the least-squares plane through the values, rounded to
        float32, and the variance explained by it."""
        slopes, explained = np.zeros(3), 0.0
        for axis, sums in enumerate(self.sums):
            n = len(sums)
            if n > 1:
                index = np.arange(n) - (n - 1) / 2
                profile = sums * (n / self.values.size)
                slopes[axis] = (profile * index).mean() / np.square(index).mean()
                explained += slopes[axis] ** 2 * np.square(index).mean()
        return slopes.astype(np.float32).astype(np.float64), explained


def read_frame(
    source: VariableSource, lead: Region, scratch: Scratch, background: Background | None = None
) -> AnalysisFrame:
    """Read the frame at ``lead`` (its index in front of z y x) slab by slab.

    A frame with missing values or a background is read at once, as these are filled in from their
    surroundings.
    """
    shape = source.shape[-3:]
    planes = max(SLAB // (shape[1] * shape[2]), 1)
    at_once = source.has_missing or background is not None
    size = shape if at_once else (planes, *shape[1:])
    frame = AnalysisFrame(scratch.array(shape, np.float32))
    for slab in blocks(shape, size):
        hidden = None if background is None else background.mask(slab)
        values = source.read((*lead, *slab), hidden, SWEEPS).reshape(shape_of(slab))
        values -= source.range[0]
        values /= source.span
        frame.values[slab] = values
        frame.sums[0][slab[0]] = values.sum((1, 2))
        frame.sums[1][:] += values.sum((0, 2))
        frame.sums[2][:] += values.sum((0, 1))
        frame.squares += float(np.einsum("zyx,zyx->", values, values))
    return frame


def transformed(
    source: VariableSource,
    leads: Sequence[Region],
    scratch: Scratch,
    background: Background | None = None,
    *,
    cosine: bool = False,
) -> list[Pyramid]:
    """Return the pyramids of the frames of a group, at ``leads``, or of its components."""
    frames = [read_frame(source, lead, scratch, background) for lead in leads]
    found = pyramids(frames, pyramid_shapes(source.shape[-3:]), scratch, cosine=cosine)
    integer = source.variable.dtype.kind != "f"
    to_components(found, (1 / source.span) ** 2 / 12 if integer else 0.0)
    return found


def pyramids(
    frames: Sequence[AnalysisFrame],
    shapes: Sequence[Shape],
    scratch: Scratch,
    *,
    cosine: bool = False,
) -> list[Pyramid]:
    """Return the pyramids of a group of frames, by the cosine transform or the wavelet; their
    values are overwritten."""
    found = [frame.slopes() for frame in frames]
    explained = sum(share for _, share in found)
    steep = explained > 0 and explained >= TREND * sum(frame.variance for frame in frames)
    return [
        _pyramid(frame, slopes if steep else np.zeros(3), shapes, scratch, cosine)
        for frame, (slopes, _) in zip(frames, found, strict=True)
    ]


def _pyramid(
    frame: AnalysisFrame,
    slopes: Floats,
    shapes: Sequence[Shape],
    scratch: Scratch,
    cosine: bool,
) -> Pyramid:
    shape = frame.values.shape
    ends = [s * (n - 1) / 2 for s, n in zip(slopes, shape, strict=True)]
    # only the last low value depends on the mean; subtracting it first preserves float32 precision
    mean = frame.mean - sum(ends)
    z, y, x = (s * np.arange(n) for s, n in zip(slopes, shape, strict=True))

    def part(number: int) -> None:
        frame.values[number] -= (z[number] + y[:, None]) + (x + mean)

    run_all(part, range(shape[0]))
    levels, low = analyse(frame.values, scratch.array, cosine=cosine)
    return Pyramid(levels, low + mean * gain(shapes, len(shapes) - 1), slopes)


def plane(slopes: Floats, region: Region) -> Floats:
    """Return the plane with ``slopes`` through 0 at index 0, broadcastable to ``region``."""
    if not slopes.any():
        return np.zeros((1, 1, 1))
    z, y, x = (s * np.arange(r.start, r.stop) for s, r in zip(slopes, region, strict=True))
    result: Floats = (z[:, None, None] + y[:, None]) + x
    return result
