"""Decoder: evaluates the blocks that a region touches, scale by scale, in NumPy."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.errors import FormatError
from vcore.methods.base import Decoder
from vcore.methods.ecnr.geometry import (
    Array,
    Block,
    Scale,
    canonical,
    full_shape,
    halved,
)
from vcore.methods.ecnr.head import GROUP, EcnrHead
from vcore.methods.ecnr.interpolation import Taps, doubled_axes, frames_of, upsampled
from vcore.methods.ecnr.network import positions
from vcore.methods.ecnr.stored import unpack_group, unpack_head
from vcore.model.grid import Grid
from vcore.model.pyramid import chunk_shape, level_grids
from vcore.model.regions import Region, shape_of
from vcore.runtime.executor import threads
from vcore.runtime.single_flight import once_cache

SINGLE_THREAD_BATCH, MULTI_THREAD_BATCH = 1300, 5500
"""Positions evaluated at once, on one thread and on several. Layers of the smaller number stay in
the cache, and it is no power of two, so their rows don't compete for the same cache lines. But
threads hand over the GIL at every call, so several need longer calls (two threads at once: with
1,300 each takes 2.4 times as long, with 5,500 1.3 times)."""
CACHED_GROUPS = 64
FRAMES = 4
"""Frames decoded at once: a block's part in a single frame is too few voxels per call."""
SECTION = "blocks"
Layers = list[tuple[Array, Array]]
"""Weights and biases of the layers, of one network or of a stack."""


class ScaleBlocks:
    """Residual blocks of one scale, decoded on demand.

    Parameters
    ----------
    scale
        Returns the scale for given block sides.
    units
        Reader of a unit's bytes by index.
    omega
        Frequency of the sines.
    """

    def __init__(
        self,
        scale: Callable[[Block], Scale],
        units: Callable[[int], bytes],
        omega: float,
    ) -> None:
        @once_cache(1)
        def opened() -> tuple[EcnrHead, bytes, Scale, NDArray[np.int64], NDArray[np.int64]]:
            head, rest = unpack_head(units(0), scale)
            flat = head.blocks.ravel()
            order = np.argsort(flat, kind="stable")[np.count_nonzero(flat == 0) :]
            slots = np.full(flat.size, -1, np.int64)
            slots[order] = np.arange(len(order))
            counts = np.bincount(flat[order] - 1, minlength=head.shape.networks)
            ends = np.concatenate([[0], np.cumsum(counts)])
            return head, rest, scale(head.block), slots, ends

        @once_cache(CACHED_GROUPS)
        def group(number: int) -> tuple[Array, Layers]:
            head, rest = opened()[:2]
            found = unpack_group(head, number, rest if head.groups == 1 else units(1 + number))
            return found.codes, layers_of(found.parameters, omega)

        self._opened, self._group = opened, group

    @property
    def head(self) -> EcnrHead:
        """Head of the scale."""
        return self._opened()[0]

    def decode(self, region: Region) -> Array:
        """Return the residual of ``region`` (t c z y x of the scale), for values of 0 to 1."""
        head, _, scale, slots, ends = self._opened()
        out = np.full(shape_of(region), head.offset, np.float32)
        if not head.shape.networks:
            return out
        tasks: dict[Any, list[tuple[int, ...]]] = defaultdict(list)
        for block in scale.blocks_in(region):
            entry = (block[0], 0, *block[2:]) if head.variables.shape[1] else block
            network = int(head.blocks[entry]) - 1
            if network >= 0:
                inside = _inside(block, scale, region)
                tasks[network, inside, block[1] if head.variables.shape[1] else 0].append(block)
        counts = head.blocks.shape
        # most blocks share the same part of the region
        where = {
            inside: np.ascontiguousarray(positions(scale.block, inside).T)
            for inside in {i for _, i, _ in tasks}
        }
        work = workspace(head.shape.width)
        for (network, inside, component), blocks in tasks.items():
            number, position = divmod(network, GROUP)
            all_codes, layers = self._group(number)
            first = ends[number * GROUP]
            entries = [
                np.ravel_multi_index((b[0], min(b[1], counts[1] - 1), *b[2:]), counts)
                for b in blocks
            ]
            codes = all_codes[slots[entries] - first]
            if head.variables.shape[1]:
                own = np.broadcast_to(
                    head.variables[component], (len(blocks), head.variables.shape[1])
                )
                codes = np.concatenate([codes, own], axis=1)
            network_layers = [(w[position], b[position]) for w, b in layers]
            values = evaluate(network_layers, where[inside], codes, work)
            values *= np.float32(head.unit)
            for block, found in zip(blocks, values, strict=True):
                target = _target(block, scale, region)
                out[target] += found.reshape(out[target].shape)
        return out


def layers_of(parameters: dict[str, Array], omega: float) -> Layers:
    """Return the layers of a stack of networks as ``evaluate`` takes them.

    Parameters
    ----------
    parameters
        Arrays (m, rows, columns).
    """
    turns = np.float32(omega / (2 * np.pi))
    last = len(parameters) // 2 - 1
    return [
        (
            np.ascontiguousarray(parameters[f"w{i}"].swapaxes(1, 2)) * scale,
            parameters[f"b{i}"][:, 0] * scale,
        )
        for i in range(last + 1)
        for scale in [np.float32(1) if i == last else turns]
    ]


def workspace(width: int) -> Array:
    """Return memory for two layers of ``evaluate``."""
    return np.empty((2, 2 * _batch_size() * width), np.float32)


def _batch_size() -> int:
    return SINGLE_THREAD_BATCH if threads() == 1 else MULTI_THREAD_BATCH


def evaluate(layers: Layers, where: Array, codes: Array, work: Array) -> Array:
    """Evaluate k blocks of one network like ``forward``; return (k, n).

    Works in parts that fit the cache, with a compiled sine. Positions are the last axis, as it is
    the longest.

    Parameters
    ----------
    layers
        Weights (outputs, inputs) and biases of the network, with sine angles in turns.
    where
        Positions, shape (3, n) or (4, n).
    codes
        Latent codes, shape (k, length).
    work
        Output of ``workspace`` for the network's width.
    """
    from vcore.methods.ecnr.sines import sine

    (first, biases), *middle, (last, offset) = layers
    count, n = where.shape
    width, blocks = len(first), len(codes)
    shifts = codes @ first[:, count:].T + biases
    # even parts, as a short last one would cost as many calls as a long one
    batch = _batch_size()
    step, side = -(-n // max(round(n / batch), 1)), max(batch // n, 1)
    out = np.empty((blocks, n), np.float32)
    for j in range(0, n, step):
        rows = first[:, :count] @ where[:, j : j + step]
        for i in range(0, blocks, side):
            some = shifts[i : i + side]
            shape = width, len(some) * rows.shape[1]
            h, turned = (w[: width * shape[1]].reshape(shape) for w in work)
            sine(rows, some, h)
            for weights, shift in middle:
                np.matmul(weights, h, out=turned)
                sine(turned, shift[None], h)
            out[i : i + side, j : j + step] = (last[0] @ h).reshape(len(some), -1)
    out += offset
    return out


def _inside(block: Sequence[int], scale: Scale, region: Region) -> tuple[tuple[int, int], ...]:
    """Return the voxel range of a block in ``region``, relative to the block's first voxel."""
    return tuple(
        (max(s.start - i * b, 0), min(s.stop - i * b, b))
        for i, b, s in zip(
            (block[0], *block[2:]), scale.block, (region[0], *region[2:]), strict=True
        )
    )


def _target(block: Sequence[int], scale: Scale, region: Region) -> Region:
    """Return the slices of a block in the array of ``region``."""
    sides = (scale.block[0], 1, *scale.block[1:])
    return tuple(
        slice(max(i * b - s.start, 0), min((i + 1) * b, s.stop) - s.start)
        for i, b, s in zip(block, sides, region, strict=True)
    )


class Pyramid:
    """Available scales; decoding any of them needs all coarser ones.

    Parameters
    ----------
    scales
        Geometry, finest first; block sides are ignored here.
    blocks
        Residual blocks of each scale.
    """

    def __init__(self, scales: Sequence[Scale], blocks: Sequence[ScaleBlocks | None]) -> None:
        self.scales, self.blocks = tuple(scales), tuple(blocks)

    def decode(self, number: int, region: Region) -> Array:
        """Return ``region`` (t c z y x) of scale ``number``, values 0 to 1."""
        own = self.blocks[number]
        if own is None:
            raise FormatError("Expected the blocks of a scale. The file has none.")
        values = own.decode(region)
        if number + 1 < len(self.scales):
            values += self.prediction(number, region, own.head.taps)
        return values

    def prediction(self, number: int, region: Region, taps: Taps = ()) -> Array:
        """Return the prediction of ``region`` of scale ``number`` from the coarser scales.

        Raises
        ------
        FormatError
            The number of taps does not match the axes.
        """
        coarse, fine = self.scales[number + 1], self.scales[number]
        if len(taps) not in (0, len(doubled_axes(coarse, fine))):
            raise FormatError("The head of a scale is damaged: taps of other axes.")
        return upsampled(lambda r: self.decode(number + 1, r), coarse, fine, region, taps)


def scales_of(
    shape: Sequence[int], axes: Sequence[str], halvings: Sequence[tuple[int, int]]
) -> list[Scale]:
    """Return the scales of a variable, each as a single block, finest first."""
    t, c, *space = full_shape(shape, axes)
    found = []
    for number, (s, time) in enumerate(halvings):
        lengths = tuple(halved(n, s) for n in space)
        whole = (halved(t, time), c, *lengths)
        found.append(Scale(number, s, time, whole, (whole[0], *lengths)))  # type: ignore[arg-type]
    return found


def section_of(scale: Scale) -> str:
    """Return the section name of a scale; scales coarser in time alone share a level with
    others."""
    extra = scale.number - scale.space
    return f"{SECTION}{extra}" if extra else SECTION


class EcnrDecoder(Decoder):
    """Decoder of regions of the levels that are scales.

    Parameters
    ----------
    axes
        Axis names of the variable.
    limits
        Minimum and maximum of the data.
    grid
        Grid of level 0.
    pyramid
        Scales.
    refine
        Deblocking filter, called with a reader of the finest scale and a region; or None.
    """

    frames = FRAMES

    def __init__(
        self,
        axes: Sequence[str],
        limits: Sequence[float],
        grid: Grid,
        pyramid: Pyramid,
        available: Sequence[int],
        refine: Callable[[Callable[[Region], Array], Region], Array] | None = None,
    ) -> None:
        self._axes, self._pyramid, self._refine = axes, pyramid, refine
        self._low, self._span = float(limits[0]), float(limits[1]) - float(limits[0])
        self._frames = pyramid.scales[0].shape[0]
        levels = pyramid.scales[-1].space + 1
        self.grids = level_grids(grid, levels)
        self.levels = tuple(available)
        self.chunks = tuple(
            chunk_shape(g, level, min(level, levels - 1)) for level, g in enumerate(self.grids)
        )

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        """Return the values of ``region`` of a level in data units, for all frames of time."""
        where = canonical(region, self._axes)
        scale = next(s for s in self._pyramid.scales if s.space == level)

        def read(part: Region) -> Array:
            return self._pyramid.decode(scale.number, part)

        if level == 0 and self._refine is not None:
            refine = self._refine
            values = frames_of(lambda part: refine(read, part), scale, where, self._frames)
        else:
            values = frames_of(read, scale, where, self._frames)
        out = values.astype(np.float64).reshape(shape_of(region))
        out *= self._span
        out += self._low
        return out
