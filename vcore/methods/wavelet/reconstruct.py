"""Reconstruction of quantised integers in the encoder: PSNR, and fitting of the level 0 filter and
of its restoration."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.methods.source import VariableSource
from vcore.methods.wavelet.analysis import plane
from vcore.methods.wavelet.apart import Apart
from vcore.methods.wavelet.background import Background
from vcore.methods.wavelet.prediction import Prediction, prediction_of, surroundings
from vcore.methods.wavelet.restoration import (
    ACTIVITIES,
    CHECKSUMS,
    HALVES,
    activities,
    changed,
    taps_of,
)
from vcore.methods.wavelet.restoration import REACH as RESTORED_REACH
from vcore.methods.wavelet.stream import Integers, coarser
from vcore.methods.wavelet.tables import (
    CLASSES,
    FEATURES,
    FILTER_UNIT,
    MAX_TAP,
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
from vcore.model.fill import beside
from vcore.model.regions import Region, blocks, shape_of, shifted
from vcore.runtime.executor import run_all

WORK_VOXELS, LEAST = 1 << 20, 22
"""Voxels reconstructed at a time, and least side of their region along z and y."""
PRIOR = 1.0
"""Prior standard deviation of a tap, relative to the weight 1 of the voxel itself."""
TAP_BITS, FILTER_BITS = 16, 800
"""Bits of a tap in the header (deflated text), and of the filter entry itself."""

Floats = NDArray[np.float64]
Part = tuple[float, int]
"""Weight and unit of a component of a frame."""


class Measured(NamedTuple):
    """PSNR in dB of a reconstruction, and the taps of the filter and the restoration that reach
    it."""

    psnr: float
    filter: list[list[int]]
    restoration: list[int]


class Trial:
    """Reconstruction of a variable from its integers, as a decoder computes it.

    Parameters
    ----------
    frames
        Pyramids that were quantised.
    groups
        For each unit, the units of its group.
    integers
        Integers of the levels of each unit, finest first.
    background
        Background, decoded exactly whatever the integers.
    cosine
        Whether the pyramids are those of the cosine transform.
    apart
        Slices whose error does not count.
    """

    def __init__(
        self,
        source: VariableSource,
        frames: Sequence[Pyramid],
        groups: Sequence[Sequence[int]],
        integers: Sequence[Sequence[Integers]],
        tables: Tables,
        step: float,
        background: Background | None = None,
        *,
        cosine: bool = False,
        apart: Apart | None = None,
    ) -> None:
        self._background, self._cosine, self._apart = background, cosine, apart
        self._source, self._frames, self._groups = source, frames, groups
        self._integers, self._step = integers, step
        self._shapes = pyramid_shapes(source.shape[-3:])
        self._tables, self._rows = tables, reconstruction(tables.points)
        variable = source.variable
        self._beside_fill = beside(variable.usable_fill, source.range, variable.dtype)
        self._taps, self._limits = tables.taps(), limits_of(step)
        self._filter = tables.filter
        numbers = [n for n in CHECKSUMS if n in tables.restoration[:1]]
        self._numbers = numbers or [*CHECKSUMS]

    def measured(self) -> Measured:
        """Return the PSNR of the file, the taps of the classes in which the filter helps, and the
        restoration that helps most.

        Every voxel is compared as decoded, clipped and rounded. A class whose error is larger with
        its taps than without loses them.
        """
        found = run_all(self._squares, self._slabs())
        plain, tapped, restored, count = (sum(column) for column in zip(*found, strict=True))
        better = tapped < plain
        rows = [
            list(row) if good else [] for row, good in zip(self._filter, better[1:], strict=False)
        ]
        error, restoration = float(np.where(better, tapped, plain).sum()), []
        if self._tables.restoration:
            if rows != [list(row) for row in self._filter]:
                self._taps = replace(self._tables, filter=rows if any(rows) else []).taps()
                restored = np.sum(run_all(self._restored_squares, self._slabs()), axis=0)
            errors = restored.min(1).sum(1)
            best = int(errors.argmin())
            error, levels = float(errors[best]), restored[best].argmin(0)[1:].tolist()
            restoration = [self._numbers[best], *levels] if any(levels) else []
        psnr = -10 * math.log10(max(error / max(count, 1), 1e-300))
        return Measured(psnr, rows if any(rows) else [], restoration)

    def _squares(self, region: Region) -> tuple[Floats, Floats, Floats, int]:
        """Return the squared error per class of a slab's present voxels without and with the
        filter, relative to the data range; that of ``_restored_squares``; and the number of
        present voxels."""
        unit, space = self._unit(region), region[-3:]
        values, source_region = self._wide(unit, space)
        original, missing = self._original(region)
        count = original.size - (0 if missing is None else int(missing.sum()))
        classes = np.zeros(original.shape, np.uint8)

        def by_class(decoded: Floats) -> Floats:
            squares = self._errors(decoded, original, missing, unit, space)
            sums: Floats = np.bincount(classes.ravel(), squares, CLASSES + 1).astype(np.float64)
            return sums

        plain = values[shifted(space, [s.start for s in source_region])]
        tapped = plain
        if self._taps is not None:
            tapped = filtered(values, self._limits, self._taps, source_region, space, classes)
        found = by_class(plain)
        return (
            found,
            by_class(tapped) if self._taps is not None else found,
            self._restored_of(values, source_region, region),
            count,
        )

    def _restored_squares(self, region: Region) -> Floats:
        """Return the squared error of a slab's present voxels, relative to the data range, by the
        taps, the halves of the change that are applied and the class of activity, 0 for none."""
        values, source_region = self._wide(self._unit(region), region[-3:])
        return self._restored_of(values, source_region, region)

    def _restored_of(self, values: Floats, source_region: Region, region: Region) -> Floats:
        found = np.zeros((len(self._numbers), HALVES, len(ACTIVITIES) + 1))
        if not self._tables.restoration:
            return found
        unit, space = self._unit(region), region[-3:]
        original, missing = self._original(region)
        wider = widened(space, RESTORED_REACH, self._shapes[0])
        inside = values[shifted(wider, [s.start for s in source_region])]
        if self._taps is not None:
            inside = filtered(values, self._limits, self._taps, source_region, wider)
        before, used = inside[shifted(space, [s.start for s in wider])], [1] * len(ACTIVITIES)
        for number, sums in zip(self._numbers, found, strict=True):
            change, kinds = changed(inside, wider, space, self._step, taps_of(number), used)
            flat = activities()[kinds].ravel()
            for halves in range(HALVES):
                decoded = before + (0.5 * halves) * change
                squares = self._errors(decoded, original, missing, unit, space)
                sums[halves] = np.bincount(flat, squares, len(ACTIVITIES) + 1)
        return found

    def _original(self, region: Region) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Return the original values of a slab, and which are missing."""
        variable = self._source.variable
        original = variable.read(region).reshape(shape_of(region[-3:]))
        return original, variable.missing(original) if self._source.has_missing else None

    def _errors(
        self,
        decoded: Floats,
        original: NDArray[Any],
        missing: NDArray[np.bool_] | None,
        unit: int,
        space: Region,
    ) -> Floats:
        """Return the squared errors of a slab, flattened, relative to the data range; 0 where they
        do not count."""
        errors = self._decoded(decoded, unit, space)
        errors -= original if missing is None else np.where(missing, errors, original)
        if self._background is not None:
            errors[self._background.mask(space)] = 0
        if self._apart is not None:
            errors[self._apart.places(space)] = 0
        errors /= self._source.span
        return np.square(errors, out=errors).ravel()

    def _decoded(self, shares: Floats, unit: int, space: Region) -> Floats:
        """Return level 0 in data units as decoded, from normalised values without trend."""
        low, high = self._source.range
        values: Floats = shares + plane(self._frames[unit].slopes, space)
        values *= self._source.span
        values += low
        np.clip(values, low, high, out=values)
        dtype = self._source.variable.dtype
        if dtype.kind != "f":
            np.rint(values, out=values)
            if self._beside_fill is not None:
                values[values == self._source.variable.usable_fill] = self._beside_fill
        elif dtype.itemsize < values.itemsize:
            values[...] = values.astype(dtype)
        return values

    def filter(self) -> list[list[int]]:
        """Return the taps of each activity class that minimise the squared error over all voxels;
        empty for a class that is not worth their bits.

        Ridge regression (Hoerl and Kennard, 1970) keeps the taps near 0 in classes with few or
        badly predicted voxels.
        """
        from vcore.methods.wavelet.quantiser import RATE_WEIGHT

        nothing = np.zeros((CLASSES + 1, FEATURES + 1, FEATURES + 2))
        sums = sum(run_all(self._moments, self._slabs()), nothing)
        found: list[list[int]] = []
        saved = -RATE_WEIGHT * FILTER_BITS
        for of_class in sums[1:]:
            taps, gain = _taps_of(of_class)
            gain -= RATE_WEIGHT * TAP_BITS * FEATURES
            found.append(taps if gain > 0 else [])
            saved += max(gain, 0)
        return found if saved > 0 else []

    def _moments(self, region: Region) -> Floats:
        """Return the normal equations of a slab's errors; see ``adaptive.moments``."""
        from vcore.methods.wavelet import adaptive

        unit, space = self._unit(region), region[-3:]
        values, source_region = self._wide(unit, space)
        at = tuple(r.start - t.start for r, t in zip(space, source_region, strict=True))
        original, missing = self._original(region)
        wanted = original.astype(np.float64)
        wanted -= self._source.range[0]
        wanted /= self._source.span
        errors = wanted - plane(self._frames[unit].slopes, space)
        errors -= values[shifted(space, [s.start for s in source_region])]
        # an error that clipping removes does not count
        errors[((wanted <= 0) & (errors > 0)) | ((wanted >= 1) & (errors < 0))] = math.nan
        if missing is not None:
            errors[missing] = math.nan
        if self._background is not None:
            errors[self._background.mask(space)] = math.nan
        if self._apart is not None:
            errors[self._apart.places(space)] = math.nan
        found: Floats = adaptive.moments(values, errors, 1 / self._step, self._limits, at)
        return found

    def _slabs(self) -> list[Region]:
        """Return the regions reconstructed at a time: as long along z as along y where they can be,
        as each is widened by what its filters reach."""
        nz, ny, nx = self._source.shape[-3:]
        depth = _equal(nz, max(math.isqrt(WORK_VOXELS // nx), LEAST))
        rows = _equal(ny, max(WORK_VOXELS // (depth * nx), LEAST))
        size = (*(1 for _ in self._source.frames), depth, rows, nx)
        return list(blocks(self._source.shape, size))

    def _unit(self, region: Region) -> int:
        index = [s.start for s in region[:-3]]
        return int(np.ravel_multi_index(index, self._source.frames)) if index else 0

    def _wide(self, unit: int, space: Region) -> tuple[Floats, Region]:
        """Return the values needed to filter and restore a region of a frame, and their region."""
        reach = REACH + (RESTORED_REACH if self._tables.restoration else 0)
        source_region = widened(space, reach, self._shapes[0])
        return self._values(
            self._parts(unit), self._frames[unit].low, source_region, 0
        ), source_region

    def _parts(self, unit: int) -> list[Part]:
        """Return weight and unit of each component with nonzero weight in a frame."""
        units = self._groups[unit]
        if self._frames[units[0]].weights is None:
            return [(1.0, unit)]
        at = units.index(unit)
        columns = [(self._frames[u].weights, u) for u in units]
        return [(float(w[at]), u) for w, u in columns if w is not None and w[at]]

    def _values(self, parts: list[Part], last: float, region: Region, level: int) -> Floats:
        """Return a region of a frame's low band at ``level``, as a decoder reconstructs it."""
        if level == len(self._shapes) - 1:
            return np.full((1, 1, 1), float(np.float32(last)))
        shape = self._shapes[level]
        spans = [(0, n) for n in shape]
        if not self._cosine:
            spans = [needed(s.start, s.stop, n) for s, n in zip(region, shape, strict=True)]
        wider = tuple(slice(a, b) for a, b in spans)
        lower, predict = coarser(wider), None
        alone = len(parts) == 1 and self._frames[parts[0][1]].weights is None
        if alone and self._tables.predicts(level):
            lower = surroundings(wider, shape)
        low = self._values(parts, last, lower, level + 1)
        low_at = [a.start - b.start // 2 for a, b in zip(lower, wider, strict=True)]
        if alone and self._tables.predicts(level):
            network = prediction_of(self._tables.weights)
            predict = partial(network.add, low, low_at, level, self._step)
        sums = [(w, np.ascontiguousarray(self._integers[u][level][wider])) for w, u in parts]
        row = self._rows[self._tables.row(level)]
        joined = join(
            sums,
            low,
            shape_of(wider),
            self._step,
            row,
            low_at,
            predict=predict,
            cosine=self._cosine,
        )
        return joined[shifted(region, [s.start for s in wider])]

    def put_rests(
        self, unit: int, level: int, network: Prediction, out: NDArray[np.float32]
    ) -> None:
        """Put the coefficients of a level less their predictions into ``out``; the coarser levels
        are quantised."""
        shape = self._shapes[level]
        planes = max(WORK_VOXELS // (shape[1] * shape[2]) // 2, 1) * 2

        def slab(region: Region) -> None:
            lower = surroundings(region, shape)
            low = self._values([(1.0, unit)], self._frames[unit].low, lower, level + 1)
            low_at = [a.start - b.start // 2 for a, b in zip(lower, region, strict=True)]
            predicted = np.zeros(shape_of(region))
            network.add(low, low_at, level, self._step, predicted)
            out[region] = self._frames[unit].levels[level][region] - predicted

        run_all(slab, blocks(shape, (planes, *shape[1:])))


def _equal(length: int, most: int) -> int:
    """Return the length of the parts of an axis, equal ones of at most ``most``."""
    return -(-length // -(-length // most))


def _taps_of(sums: Floats) -> tuple[list[int], float]:
    """Solve for the taps of a class in 1/FILTER_UNIT from its moments; return them and the
    reduction of the squared error, in squared steps."""
    products, with_error = sums[:FEATURES, :FEATURES], sums[:FEATURES, FEATURES]
    power, count = sums[FEATURES, FEATURES:]
    ridge = power / max(count, 1) / PRIOR**2
    # without informative features (a volume of one plane) the matrix is singular
    ridge += 1e-9 * (1 + np.diag(products).max())
    taps = np.linalg.solve(products + ridge * np.eye(FEATURES), with_error)
    taps = np.clip(np.rint(taps * FILTER_UNIT), -MAX_TAP, MAX_TAP)
    w = taps / FILTER_UNIT
    return [int(v) for v in taps], float(2 * w @ with_error - w @ products @ w)
