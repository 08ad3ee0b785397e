"""What a decoder makes of integers: their PSNR, and the filter that lessens their error most."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcore.executor import run_all
from vcore.methods.source import Source
from vcore.methods.wavelet.analysis import plane
from vcore.methods.wavelet.stream import TILE, Integers, coarser, small_level
from vcore.methods.wavelet.tables import (
    CLASSES,
    FEATURES,
    FILTER_UNIT,
    LARGEST_TAP,
    REACH,
    Tables,
    limits_of,
)
from vcore.methods.wavelet.temporal import Pyramid
from vcore.methods.wavelet.transform import (
    filtered,
    join,
    needed,
    pyramid_shapes,
    reconstruction,
    widened,
)
from vcore.regions import Region, shape_of, shifted

WORK_VOXELS = 1 << 20
"""Voxels that are reconstructed at once."""
SAMPLED_VOXELS = 1 << 21
"""From as many the filter is found: its taps are few."""
TAP_BITS, FILTER_BITS = 16, 800
"""What a tap takes in the header, as text that is deflated, and that there is a filter."""

Floats = NDArray[np.float64]
Part = tuple[float, int]
"""Weight and unit of a component in a frame."""


class Trial:
    """The values of integers.

    Parameters
    ----------
    frames
        Of which the integers are.
    groups
        For each unit, those of its group.
    integers
        Of the levels of each unit, finest first.
    """

    def __init__(
        self,
        source: Source,
        frames: Sequence[Pyramid],
        groups: Sequence[Sequence[int]],
        integers: Sequence[Sequence[Integers]],
        tables: Tables,
        step: float,
    ) -> None:
        self._source, self._frames, self._groups = source, frames, groups
        self._integers, self._step = integers, step
        self._shapes = pyramid_shapes(source.shape[-3:])
        self._small = small_level(self._shapes)
        self._rows = reconstruction(tables.points)
        self._taps, self._limits = tables.taps(), limits_of(step)

    def psnr(self) -> float:
        """Return the PSNR in dB of the file, over the present voxels."""
        variable, (lowest, highest) = self._source.variable, self._source.range

        def part(region: Region) -> tuple[float, int]:
            unit, space = self._unit(region), region[-3:]
            values, there = self._wide(unit, space)
            if self._taps is None:
                values = values[shifted(space, [s.start for s in there])]
            else:
                values = filtered(values, self._limits, self._taps, there, space)
            values += plane(self._frames[unit].slopes, space)
            values *= self._source.span
            values += lowest
            np.clip(values, lowest, highest, out=values)
            if variable.dtype.kind != "f":
                np.rint(values, out=values)
            original = variable.read(region).reshape(values.shape)
            missing = variable.missing(original) if self._source.has_missing else None
            values -= original if missing is None else np.where(missing, values, original)
            values /= self._source.span
            count = values.size - (0 if missing is None else int(missing.sum()))
            return float(np.square(values, out=values).sum()), count

        found = run_all(part, self._slabs())
        error, count = (sum(column) for column in zip(*found, strict=True))
        return -10 * math.log10(max(error / max(count, 1), 1e-300))

    def filter(self) -> list[list[int]]:
        """Return the taps of each class of activity that lessen the squared error most, from a
        sample of the voxels; none for a class that is not worth their bits."""
        from vcore.methods.wavelet import adaptive
        from vcore.methods.wavelet.quantiser import RATE_WEIGHT

        variable, slabs = self._source.variable, self._slabs()
        total = math.prod(self._source.shape)
        every = -(-total // SAMPLED_VOXELS)
        sampled = slabs[(len(slabs) - 1) % every // 2 :: every]

        def part(region: Region) -> Floats:
            unit, space = self._unit(region), region[-3:]
            values, there = self._wide(unit, space)
            at = tuple(r.start - t.start for r, t in zip(space, there, strict=True))
            original = variable.read(region).reshape(shape_of(space))
            errors = original.astype(np.float64)
            errors -= self._source.range[0]
            errors /= self._source.span
            errors -= plane(self._frames[unit].slopes, space)
            errors -= values[shifted(space, [s.start for s in there])]
            if self._source.has_missing:
                errors[variable.missing(original)] = math.nan
            found: Floats = adaptive.moments(values, errors, 1 / self._step, self._limits, at)
            return found

        sums = sum(run_all(part, sampled), np.zeros((CLASSES + 1, FEATURES, FEATURES + 1)))
        share = total / max(sum(math.prod(shape_of(region)) for region in sampled), 1)
        found: list[list[int]] = []
        saved = -RATE_WEIGHT * FILTER_BITS
        for of_class in sums[1:]:
            products, with_error = of_class[:, :FEATURES], of_class[:, FEATURES]
            ridge = np.diag(np.diag(products) * 1e-6 + 1e-9)
            taps = np.rint(np.linalg.solve(products + ridge, with_error) * FILTER_UNIT)
            taps = np.clip(taps, -LARGEST_TAP, LARGEST_TAP)
            w = taps / FILTER_UNIT
            gain = share * (2 * w @ with_error - w @ products @ w)
            gain -= RATE_WEIGHT * TAP_BITS * FEATURES
            found.append([int(v) for v in taps] if gain > 0 else [])
            saved += max(gain, 0)
        return found if saved > 0 else []

    def _slabs(self) -> list[Region]:
        return list(self._source.slabs(TILE // 2, WORK_VOXELS))

    def _unit(self, region: Region) -> int:
        index = [s.start for s in region[:-3]]
        return int(np.ravel_multi_index(index, self._source.frames)) if index else 0

    def _wide(self, unit: int, space: Region) -> tuple[Floats, Region]:
        """Return what filtering a region of a frame takes, and where that lies."""
        there = widened(space, REACH, self._shapes[0])
        return self._values(self._parts(unit), self._frames[unit].low, there, 0), there

    def _parts(self, unit: int) -> list[Part]:
        """Return weight and unit of each component that counts in a frame."""
        units = self._groups[unit]
        if self._frames[units[0]].weights is None:
            return [(1.0, unit)]
        at = units.index(unit)
        columns = [(self._frames[u].weights, u) for u in units]
        return [(float(w[at]), u) for w, u in columns if w is not None and w[at]]

    def _values(self, parts: list[Part], last: float, region: Region, level: int) -> Floats:
        """Return a region of a frame's low band at ``level``, as a decoder finds it."""
        if level == len(self._shapes) - 1:
            return np.full((1, 1, 1), float(np.float32(last)))
        shape = self._shapes[level]
        spans = [needed(s.start, s.stop, n) for s, n in zip(region, shape, strict=True)]
        wider = tuple(slice(a, b) for a, b in spans)
        low = self._values(parts, last, coarser(wider), level + 1)
        sums = [(w, np.ascontiguousarray(self._integers[u][level][wider])) for w, u in parts]
        row = self._rows[max(self._small - level, 0)]
        joined = join(sums, low, shape_of(wider), self._step, row)
        return joined[shifted(region, [s.start for s in wider])]
