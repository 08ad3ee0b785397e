"""Decoder of Gaussian mixtures: renders only those that reach into a region, at any resolution."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import VariableHeader
from vcore.errors import FormatError
from vcore.methods.base import Decoder
from vcore.methods.gaussian import at_points, background, paper, splat, stream
from vcore.methods.gaussian.mixture import CUTOFF, Mixture, Sampled
from vcore.methods.gaussian.quantise import EDITED_OCTAVES, MAX_OCTAVES
from vcore.methods.gaussian.settings import MAX_FRAMES, GaussianSettings
from vcore.methods.mixins import Continuous, Pointwise, PrimitiveDecoder
from vcore.model.grid import Grid
from vcore.model.primitives import Primitives
from vcore.model.pyramid import chunk_shape, level_grids
from vcore.model.regions import Region, shape_of
from vcore.runtime.single_flight import once_cache

GAUSSIANS, BACKGROUND = "gaussians", "background"
CACHED_GROUPS, CACHED_FRAMES = 8, 64
STEP_DIVISOR = 256
"""Divisor of a group's step for storing its later frames again; corresponds to the additional
octaves of EDITED_OCTAVES."""


def parts_of(shared: bool, channels: int) -> list[list[int]]:
    """Return the channels of each part; the channels of a part share positions and shapes."""
    return [list(range(channels))] if shared else [[c] for c in range(channels)]


class GaussianDecoder(Continuous, Pointwise, PrimitiveDecoder, Decoder):
    """Decoder of Gaussian mixtures; see ``Decoder``.

    Values are computed with IEEE operations in a fixed order, so they are bitwise reproducible.
    With ``VCORE_DEVICE=cuda`` in the environment, torch sums on CUDA, which agrees up to the last
    bits of float32; variables with an error bound are always decoded on the CPU.
    """

    def __init__(
        self, header: VariableHeader, grid: Grid, settings: GaussianSettings, reader: SectionReader
    ) -> None:
        self.grids = level_grids(grid)
        self.chunks = tuple(chunk_shape(g, 0, 0) for g in self.grids)
        self.settings, self._header, self._reader = settings, header, reader
        self.exact = os.environ.get("VCORE_DEVICE") != "cuda" or header.bound is not None
        self._size = 1 if settings.preset == "paper" else settings.group or MAX_FRAMES
        self.frames = header.shape[0] if "t" in header.axes else 1
        self.channels = header.shape[-4] if "c" in header.axes else 1
        self._stored = len(self.grids) - 1  # one section serves all levels
        whole = all(reader.is_available(self._stored, name) for name in (GAUSSIANS, BACKGROUND))
        self.levels = tuple(range(len(self.grids))) if whole else ()
        order = header.state.get("background", 0)
        if type(order) is not int or order not in range(background.MAX_ORDER + 1):
            raise FormatError("The header is damaged: an impossible order of the background.")
        self._terms = len(background.powers(order))
        # validate before trusting a hostile number of frames
        stored = reader.section_bytes().get(BACKGROUND)
        if whole and stored != 4 * self.frames * self.channels * self._terms:
            raise FormatError(f"Expected a background of {self.frames} frames. Got {stored} bytes.")
        shared = header.state.get("shared", True)
        if not isinstance(shared, bool):
            raise FormatError("The header is damaged: 'shared' is neither true nor false.")
        regrouped = header.state.get("regrouped", 1)
        if type(regrouped) is not int or regrouped < 1:
            raise FormatError("The header is damaged: an impossible group of frames.")
        self.group = regrouped if self._size == 1 else self._size
        """Number of frames per group as fitted; an edited file stores frames one by one."""
        self.parts = parts_of(shared, self.channels) if whole else []
        self._group = once_cache(CACHED_GROUPS)(self._read_group)
        self._sampled = once_cache(CACHED_FRAMES)(self._sample)
        self._grounds = once_cache(1)(self._read_grounds)

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        return self.sample(region, (2.0**level,) * 3)

    def sample(self, region: Region, spacing: tuple[float, float, float]) -> NDArray[np.float64]:
        lead = dict(zip(self._header.axes, region[:-3], strict=False))
        times = _indices(lead.get("t"))
        channels = _indices(lead.get("c"))
        space = region[-3:]
        low, span = self._header.range[0], self._header.span
        out = np.empty((len(times), len(channels), *shape_of(space)))
        for i, t in enumerate(times):
            for number, part in enumerate(self.parts):
                rows = [c for c in channels if c in part]
                if rows:
                    columns = tuple(part.index(c) for c in rows)
                    sums = self._sums(self._sampled(t, number, spacing), columns, space)
                    for c, values in zip(rows, sums, strict=True):
                        np.multiply(values, span, out=out[i, channels.index(c)], dtype=np.float64)
            for j, c in enumerate(channels):
                out[i, j] += self._ground(t, c, space, spacing) * span + low
        return out.reshape(shape_of(region))

    def at(
        self, frame: int, points: NDArray[np.float64], *, gradient: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        span = self._header.span
        values = np.empty((len(points), self.channels))
        slopes = np.empty((*values.shape, 3)) if gradient else None
        half = np.maximum(np.array(self.grids[0].shape) - 1, 1) / 2
        for number, part in enumerate(self.parts):
            mixture = self._sampled(frame, number, (1.0, 1.0, 1.0))
            found, rates = at_points.sums(mixture, points, gradient=gradient)
            for column, c in enumerate(part):
                ground, rise = background.at(self.grounds()[frame, c], points / half - 1)
                values[:, c] = (found[:, column] + ground) * span + self._header.range[0]
                if slopes is not None and rates is not None:
                    slopes[:, c] = (rates[:, column] + rise / half) * span
        return values, slopes

    def mixture(self, t: int, part: int) -> Mixture:
        """Return the Gaussians of a frame and a part of the channels."""
        return self._group(t // self._size, part)[t % self._size]

    def primitives(self) -> Primitives:
        tables = []
        for t in range(self.frames):
            for number, part in enumerate(self.parts):
                found = self.mixture(t, number)
                intensity = np.zeros((len(found), self.channels))
                intensity[:, part] = found.weights * self._header.span
                tables.append((found, intensity, np.full(len(found), t)))
        whole = Mixture.joined(*(Mixture(m.centres, m.factors, w) for m, w, _ in tables))
        frame = np.concatenate([f for _, _, f in tables])
        grid = self.grids[0]
        return Primitives.from_voxels(
            grid, whole.centres, whole.covariances(), whole.weights, frame
        )

    def lattice(self, t: int, part: int) -> tuple[float, NDArray[np.int64]]:
        """Return step and origin for quantising the Gaussians of a frame again.

        Those of a group's first frame keep their exact values. Later frames are quantised in steps
        that depend on the first frame's strengths, so they get a much finer step.
        """
        _, step, origin, _ = stream.unpack_head(self._unit(t // self._size, part))
        return step if t % self._size == 0 else step / STEP_DIVISOR, origin

    def octaves(self, t: int) -> int:
        """Return the limit of the octaves of a frame stored as a group of its own."""
        return MAX_OCTAVES if t % self.group == 0 else EDITED_OCTAVES

    def _unit(self, number: int, part: int) -> bytes:
        wanted = number * len(self.parts) + part
        units = -(-self.frames // self._size) * len(self.parts)
        if self._reader.units(self._stored, GAUSSIANS) != units:
            raise FormatError(f"The file is damaged: expected {units} groups of Gaussians.")
        return self._reader.read_units(self._stored, GAUSSIANS, [wanted])[0]

    def _read_group(self, number: int, part: int) -> list[Mixture]:
        data, channels = self._unit(number, part), len(self.parts[part])
        if self.settings.preset == "paper":
            return [paper.unpack(data, channels, self.grids[0].shape)]
        first = number * self._size
        frames = min(self._size, self.frames - first)
        return stream.unpack(data, frames, channels, self.octaves(first))

    def _sample(self, t: int, part: int, spacing: tuple[float, float, float]) -> Sampled:
        return self.mixture(t, part).sampled(spacing, footprint=True)

    def _sums(self, sampled: Sampled, columns: Sequence[int], space: Region) -> NDArray[Any]:
        if self.exact:
            return _rendered(sampled, columns, space)
        from vcore.methods.gaussian import renderer_torch

        return renderer_torch.sums(sampled, columns, space, "cuda")

    def grounds(self) -> NDArray[np.float32]:
        """Return the background coefficients, (frames, channels, terms)."""
        return self._grounds()

    def _read_grounds(self) -> NDArray[np.float32]:
        data = self._reader.read(self._stored, BACKGROUND)
        wanted = (self.frames, self.channels, self._terms)
        found = np.frombuffer(data, "<f4") if len(data) % 4 == 0 else np.zeros(0, np.float32)
        if found.size != np.prod(wanted) or not np.isfinite(found).all():
            raise FormatError("The background is damaged.")
        return found.reshape(wanted)

    def _ground(
        self, t: int, c: int, space: Region, spacing: Sequence[float]
    ) -> NDArray[np.float64]:
        positions = [
            (np.arange(s.start, s.stop) * h + (h - 1) / 2) / max(n - 1, 1) * 2 - 1
            for s, h, n in zip(space, spacing, self.grids[0].shape, strict=True)
        ]
        return background.evaluate(self.grounds()[t, c], positions)


def _indices(axis: slice | None) -> list[int]:
    return [0] if axis is None else list(range(axis.start, axis.stop))


def _rendered(sampled: Sampled, columns: Sequence[int], space: Region) -> NDArray[Any]:
    """Return the sums over a region, one for each of the ``columns`` of the weights."""
    shape = shape_of(space)
    out = np.zeros((len(columns), *shape[:2], shape[2] + splat.LANES), np.float32)
    with np.errstate(over="ignore"):  # huge weights in a damaged file
        touched = np.isfinite(sampled.weights.astype(np.float32)).all(1)
    for axis, s in enumerate(space):
        centre, reach = sampled.centres[:, axis], sampled.shapes[:, splat.REACH_Z + axis]
        touched &= (centre + reach >= s.start) & (centre - reach <= s.stop - 1)
        touched &= (np.abs(centre) < splat.FAR) & (reach < splat.FAR)
    which = np.nonzero(touched)[0]
    corner = tuple(s.start for s in space)
    weights = np.ascontiguousarray(sampled.weights[:, list(columns)])
    splat.add(out, corner, sampled.centres, sampled.shapes, weights, which, CUTOFF)
    return out[..., : shape[2]]
