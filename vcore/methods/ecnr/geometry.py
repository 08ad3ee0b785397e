"""Scales of the space-time pyramid, their blocks, and how one scale becomes the next finer one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.context import Context
from vcore.methods.source import Source
from vcore.pyramid import box_mean
from vcore.regions import Region, shape_of, tiles_of, whole

Array = NDArray[np.float32]
LEAST_SIDE = 4
"""Axes are not halved below so many voxels or frames: there is nothing left to be similar."""
Block = tuple[int, int, int, int]
"""Voxels of a block along t z y x."""
MEASURED, MOST_MEASURED = 64, 48
"""Side and number of the tiles on which the energies of scales are measured."""
MOST_BLOCKS = 1 << 26
"""Blocks of a scale, over all frames and components."""


@dataclass(frozen=True)
class Scale:
    """One scale: a lattice of frames, components and voxels, cut into blocks.

    Parameters
    ----------
    number
        0 is the finest.
    space, time
        How often z y x and t were halved.
    shape
        (frames, components, z, y, x) of this scale.
    block
        Voxels of a block along t z y x; the last blocks of an axis may reach beyond its end.
    """

    number: int
    space: int
    time: int
    shape: tuple[int, int, int, int, int]
    block: Block

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """Blocks along each of t c z y x."""
        t, *space = (-(-n // b) for n, b in zip(self.lattice, self.block, strict=True))
        return (t, self.shape[1], *space)  # type: ignore[return-value]

    @property
    def lattice(self) -> tuple[int, int, int, int]:
        """Lengths of t z y x."""
        return (self.shape[0], *self.shape[2:])

    @property
    def voxels(self) -> int:
        """Voxels of a block."""
        return math.prod(self.block)

    def with_block(self, block: Block) -> "Scale":
        """Return the scale cut into other blocks."""
        return replace(self, block=block)

    def blocks_in(self, region: Region) -> list[tuple[int, ...]]:
        """Return the indices of the blocks that ``region`` (t c z y x) touches."""
        return list(product(*tiles_of(region, (self.block[0], 1, *self.block[1:]))))


def halvings(
    frames: int, space: Sequence[int], scales: int | None, scales_time: int | None
) -> list[tuple[int, int]]:
    """Return how often each scale halves space and time, the finest scale first.

    Both are halved together, as in the paper, until one of them has all its scales.

    Parameters
    ----------
    frames, space
        Lengths of t, and of z y x.
    scales, scales_time
        Number of scales in space and time; None: 3 (section 4.1), and in time as many as in space,
        fewer where an axis would get shorter than LEAST_SIDE.
    """
    longest = max(space)
    in_space = scales or min(3, max(1, 1 + int(math.log2(max(longest / LEAST_SIDE, 1)))))
    in_time = scales_time or min(in_space, 1 + int(math.log2(max(frames / LEAST_SIDE, 1))))
    return [(min(i, in_space - 1), min(i, in_time - 1)) for i in range(max(in_space, in_time))]


def block_of(shape: Sequence[int], sides: Sequence[int]) -> Block:
    """Return the block for which the axes are cut evenly into pieces of about ``sides``."""
    return tuple(  # type: ignore[return-value]
        -(-n // max(round(n / side), 1)) for n, side in zip(shape, sides, strict=True)
    )


def halved(n: int, times: int) -> int:
    """Return the length of an axis of ``n`` after it was halved so often."""
    return -(-n // (1 << times))


def canonical(region: Region, axes: Sequence[str]) -> Region:
    """Return ``region`` of a variable over t c z y x; absent axes have one index."""
    given = dict(zip(axes, region, strict=True))
    return tuple(given.get(name, slice(0, 1)) for name in "tczyx")


def full_shape(shape: Sequence[int], axes: Sequence[str]) -> tuple[int, int, int, int, int]:
    """Return the lengths of t c z y x; absent axes have length 1."""
    given = dict(zip(axes, shape, strict=True))
    return tuple(given.get(name, 1) for name in "tczyx")  # type: ignore[return-value]


def downsampled(source: Source, scale: Scale, region: Region) -> Array:
    """Return ``region`` (t c z y x) of a scale of the source, values 0 to 1.

    A voxel is the mean of a box of 2**space voxels a side over 2**time frames; boxes at the ends
    are cut. So coarse scales line up with vcore's levels.
    """
    axes = source.variable.axes
    lengths = full_shape(source.shape, axes)
    step = 1 << scale.space
    space = [
        slice(s.start * step, min(s.stop * step, n))
        for s, n in zip(region[2:], lengths[2:], strict=True)
    ]
    frames = []
    for t in range(region[0].start, region[0].stop):
        fine = range(t << scale.time, min((t + 1) << scale.time, lengths[0]))
        total = np.zeros(shape_of(region[1:]), np.float64)
        for f in fine:
            here = {"t": slice(f, f + 1), "c": region[1]}
            where = (*(here[a] for a in axes[:-3]), *space)
            values = source.read_normalised(where).reshape(-1, *shape_of(tuple(space)))
            total += box_mean(values, (step,) * 3)
        frames.append((total / len(fine)).astype(np.float32))
    return np.stack(frames)


def upsampled(read: Callable[[Region], Array], coarse: Scale, fine: Scale, region: Region) -> Array:
    """Return ``region`` (t c z y x) of a finer scale, interpolated from the next coarser one.

    Linear along z y x and then t (section 3.2), between the centres of the voxels; beyond the
    outermost centres values stay the same.

    Parameters
    ----------
    read
        Returns a region of the coarse scale.
    """
    factors = (
        1 << (coarse.time - fine.time), 1, *(1 << (coarse.space - fine.space),) * 3,
    )  # fmt: skip
    needed = []
    for s, f, n in zip(region, factors, coarse.shape, strict=True):
        if f == 1:
            needed.append(s)
        else:
            low = max((s.start - 1) // 2, 0)
            needed.append(slice(low, min(s.stop // 2, n - 1) + 1))
    values = read(tuple(needed))
    for axis in (4, 3, 2, 0):
        if factors[axis] > 1:
            values = _doubled(values, axis, region[axis], needed[axis], coarse.shape[axis])
    return values


def _doubled(values: Array, axis: int, wanted: slice, given: slice, length: int) -> Array:
    """Return the fine indices ``wanted`` along an axis from the coarse ones ``given``."""
    index = np.arange(wanted.start, wanted.stop)
    near = index // 2
    far = np.clip(near + np.where(index % 2, 1, -1), 0, length - 1)
    near = np.minimum(near, length - 1)
    near_values: Array = values.take(near - given.start, axis)
    far_values: Array = values.take(far - given.start, axis)
    near_values *= np.float32(0.75)
    far_values *= np.float32(0.25)
    near_values += far_values
    return near_values


def details(source: Source, scales: Sequence[Scale], context: Context) -> list[float]:
    """Return the mean square of what each scale adds to the next coarser one.

    Of the coarsest it is the variance. Measured on tiles spread evenly over the volume.

    Parameters
    ----------
    scales
        The finest first.
    """
    found = []
    for done, (scale, coarse) in enumerate(zip(scales, [*scales[1:], None], strict=True)):
        tiles = list(product(*tiles_of(whole(scale.shape), (1, 1, *(MEASURED,) * 3))))
        chosen = np.unique(np.linspace(0, len(tiles) - 1, MOST_MEASURED).astype(int))
        total, sums, count = 0.0, 0.0, 0
        for number, index in enumerate(chosen):
            context.report("measuring", (done + number / len(chosen)) / len(scales))
            region = tuple(
                slice(i * n, min((i + 1) * n, length))
                for i, n, length in zip(
                    tiles[index], (1, 1, *(MEASURED,) * 3), scale.shape, strict=True
                )
            )
            values = downsampled(source, scale, region)
            if coarse is not None:
                values -= upsampled(partial(downsampled, source, coarse), coarse, scale, region)
            total += float(np.square(values, dtype=np.float64).sum())
            sums += float(values.sum(dtype=np.float64))
            count += values.size
        found.append(max(total / count - (0 if coarse else (sums / count) ** 2), 0.0))
    return found


def frames_of(read: Callable[[Region], Array], scale: Scale, region: Region, frames: int) -> Array:
    """Return ``region`` (t of the variable, c z y x of the scale) with all ``frames`` of time."""
    for time in range(scale.time - 1, -1, -1):
        shape = (halved(frames, time), *scale.shape[1:])
        finer = Scale(scale.number, scale.space, time, shape, scale.block)
        read, scale = _bound(read, scale, finer), finer
    return read(region)


def _bound(
    read: Callable[[Region], Array], coarse: Scale, fine: Scale
) -> Callable[[Region], Array]:
    return lambda region: upsampled(read, coarse, fine, region)
