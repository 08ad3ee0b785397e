"""Decoder that puts slices coded apart in their place."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.methods.base import Decoder
from vcore.methods.wavelet.apart import SECTION, Apart, Shape
from vcore.methods.wavelet.decoder import WaveletDecoder
from vcore.methods.wavelet.settings import MAX_FRAMES
from vcore.methods.wavelet.stream import coarse_levels, tile_side
from vcore.methods.wavelet.tables import Tables
from vcore.methods.wavelet.transform import pyramid_shapes
from vcore.model.grid import Grid
from vcore.model.regions import Region


class ApartDecoder(Decoder):
    """Decoder for a variable of one frame, some slices of which are coded apart.

    Parameters
    ----------
    content
        Decoder of the frame with a continuation of the content in place of these slices.
    apart
        The slices.
    limits
        Minimum and maximum of the data.
    grid
        Grid of level 0.
    step
        Quantiser step, as a share of the data range.
    reader
        Reader of the sections.

    Raises
    ------
    FormatError
        The section of the slices is missing, or has the wrong number of units.
    """

    exact = True

    def __init__(
        self,
        content: WaveletDecoder,
        apart: Apart,
        limits: tuple[float, float],
        grid: Grid,
        step: float,
        reader: SectionReader,
    ) -> None:
        self._content, self._apart = content, apart
        count, frame = len(apart.slices), apart.frame(grid.shape)
        sections = ApartSections(reader, count, frame)
        self._slices = WaveletDecoder(
            ("t",),
            (count,),
            MAX_FRAMES,
            limits,
            Grid(frame),
            step,
            Tables(apart.points),
            sections,
        )
        self.grids, self.chunks = content.grids, content.chunks
        self.frames, self.together = content.frames, content.together
        available = reader.is_available(0, SECTION)
        self.levels = tuple(k for k in content.levels if k > 0 or available)

    def decode(self, region: Region, level: int = 0) -> NDArray[np.float64]:
        """Return ``region`` of ``level`` in data units, float64."""
        out = self._content.decode(region, level)
        if level > 0:
            return out
        space, axis = region[-3:], self._apart.axis
        plane = tuple(s for k, s in enumerate(space) if k != axis)
        for number, at in self._apart.within(space) if out.size else ():
            wanted = (slice(number, number + 1), slice(0, 1), *plane)
            place: Any = (..., *(at if k == axis else slice(None) for k in range(3)))
            out[place] = self._slices.decode(wanted)[0, 0]
        return out

    def prepare(self, region: Region, level: int = 0) -> None:
        """Decode the tiles of ``region`` on the decode threads."""
        self._content.prepare(region, level)


class ApartSections(SectionReader):
    """Reader of the section of slices apart as the sections of a variable of its own.

    Raises
    ------
    FormatError
        The section has the wrong number of units.
    """

    def __init__(self, reader: SectionReader, count: int, frame: Shape) -> None:
        self._whole = reader
        shapes = pyramid_shapes(frame)
        self._starts, self._counts, total = {}, {}, 0
        first = coarse_levels(shapes)
        for level in range(first, -1, -1):
            tiles = 1
            if level < first:
                tiles = math.prod(-(-n // tile_side(shapes[level])) for n in shapes[level])
            self._starts[level], self._counts[level] = total, count * tiles
            total += count * tiles
        if reader.units(0, SECTION) != total:
            raise FormatError(
                f"Expected {total} units in section {SECTION!r}. Got {reader.units(0, SECTION)} "
                f"instead: the file is damaged."
            )

    def is_available(self, level: int, name: str) -> bool:
        return self._whole.is_available(0, SECTION)

    def units(self, level: int, name: str) -> int:
        return self._counts[level]

    def read_units(self, level: int, name: str, wanted: Iterable[int]) -> list[bytes]:
        start = self._starts[level]
        return self._whole.read_units(0, SECTION, [start + unit for unit in wanted])


def open_apart(
    content: WaveletDecoder,
    apart: Apart,
    lead: tuple[int, ...],
    limits: tuple[float, float],
    grid: Grid,
    step: float,
    reader: SectionReader,
) -> ApartDecoder:
    """Return the decoder of a variable with slices apart, whose other axes have the lengths
    ``lead``.

    Raises
    ------
    FormatError
        There is more than one frame.
    """
    if any(n > 1 for n in lead):
        raise FormatError("Expected slices apart in a single frame. The header is damaged.")
    return ApartDecoder(content, apart, limits, grid, step, reader)
