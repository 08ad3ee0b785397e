"""Decoder of preset `compact`: interpolated means plus blended windows from quantised codes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.entropy import decode_lattice
from vcore.errors import FormatError
from vcore.methods._networks.weights import unpack
from vcore.methods.blocks.base_layer import (
    NEIGHBOURS,
    SECTION,
    Means,
    interpolate,
    neighbours,
)
from vcore.methods.blocks.features import coordinates
from vcore.methods.blocks.layout import BlockLattice, Box, crop, join
from vcore.methods.blocks.network import Parameters, forward, layer_shapes, overlap_add
from vcore.model.regions import Region
from vcore.runtime.single_flight import once_cache

DECODER, CODES = "decoder", "codes"
FORWARD_BLOCKS = 1024
CACHED_TILES = 32

Tile = NDArray[np.int32]
"""Shape (1 + values, z, y, x) in blocks: channel 0 is 1 for coded blocks, the others hold the
quantised values."""


@dataclass(frozen=True)
class Compact:
    """Decoder parameters besides the network; stored as the header's ``state``.

    Parameters
    ----------
    unit
        Scale of windows and neighbours, as a share of the data range.
    mean_step, code_step
        Quantiser steps of means (share of the range) and of codes (units of the network's input).
    values
        Stored values per block.
    overlap
        Voxels by which a block's window extends into the next blocks.
    centre, spread
        Offset and scale of handcrafted features before quantisation.
    """

    unit: float
    mean_step: float
    code_step: float
    values: int
    overlap: int
    centre: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the header's state."""
        state: dict[str, Any] = {
            "unit": self.unit,
            "mean_step": self.mean_step,
            "code_step": self.code_step,
            "values": self.values,
            "overlap": self.overlap,
        }
        if self.centre:
            state |= {"centre": list(self.centre), "spread": list(self.spread)}
        return state

    @classmethod
    def from_json(cls, state: Any, k: int) -> Self:
        """Parse and validate a header's state.

        Raises
        ------
        FormatError
            A value is missing or invalid.
        """
        try:
            compact = cls(
                unit=float(state["unit"]),
                mean_step=float(state["mean_step"]),
                code_step=float(state["code_step"]),
                values=int(state["values"]),
                overlap=int(state["overlap"]),
                centre=tuple(float(v) for v in state.get("centre", ())),
                spread=tuple(float(v) for v in state.get("spread", ())),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise FormatError("The header is damaged: the method's state.") from error
        steps = (compact.unit, compact.mean_step, compact.code_step)
        good = all(math.isfinite(v) and v > 0 for v in steps)
        good &= 1 <= compact.values <= k**3 and 0 <= compact.overlap <= k // 2
        good &= len(compact.centre) == len(compact.spread)
        good &= len(compact.centre) in (0, compact.values)
        good &= bool(np.isfinite(compact.centre + compact.spread).all())
        if not good:
            raise FormatError("The header is damaged: the method's state.")
        return compact


def network_shapes(hidden: Sequence[int], k: int, values: int, overlap: int) -> dict[str, Any]:
    """Return the decoder's array shapes by name; inputs are codes and 26 neighbours, output a
    window."""
    sizes = [values + NEIGHBOURS, *hidden, (k + overlap) ** 3]
    shapes: dict[str, tuple[int, ...]] = {}
    for i, (inputs, outputs) in enumerate(layer_shapes(sizes)):
        shapes |= {f"w{i}": (inputs, outputs), f"b{i}": (outputs,)}
        if i < len(sizes) - 2:
            shapes[f"a{i}"] = (1,)
    return shapes


def six_digits(value: float) -> float:
    """Round ``value`` to six significant digits, its precision in the header's text."""
    return float(f"{value:.6g}")


class CompactDecoder:
    """Decoder of regions of one frame, normalised to 0..1, at level 0 and at the level of the block
    means.

    Parameters
    ----------
    lattice, compact
        Block lattice, and the header's state.
    positional
        Whether the block coordinates are network inputs too.
    means
        Block means.
    network
        Loader of the network, called on first use.
    tile_of
        Reader of the codes of a tile, by frame and z y x index.
    """

    def __init__(
        self,
        lattice: BlockLattice,
        compact: Compact,
        *,
        positional: bool,
        means: Means,
        network: Callable[[], Parameters],
        tile_of: Callable[[tuple[int, ...], tuple[int, ...]], Tile | None],
    ) -> None:
        self.lattice, self.compact = lattice, compact
        self._positional = positional
        self._means, self._network, self._tile_of = means, network, tile_of
        self.mean_level = int(math.log2(lattice.k))
        self.levels: tuple[int, ...] = (0, self.mean_level)

    @classmethod
    def of_sections(
        cls,
        lattice: BlockLattice,
        compact: Compact,
        reader: SectionReader,
        *,
        hidden: Sequence[int],
        positional: bool,
    ) -> Self:
        """Return the decoder of a file's sections."""
        level = int(math.log2(lattice.k))
        means = Means.of_section(reader, lattice, level, compact.mean_step)
        inputs = compact.values + 3 * positional
        shapes = network_shapes(hidden, lattice.k, inputs, compact.overlap)

        @once_cache(1)
        def network() -> Parameters:
            return unpack(reader.read(0, DECODER), shapes)

        @once_cache(CACHED_TILES)
        def tile_of(frame: tuple[int, ...], tile: tuple[int, ...]) -> Tile | None:
            unit = int(np.ravel_multi_index((*frame, *tile), lattice.tiles))
            (data,) = reader.read_units(0, CODES, [unit])
            if not data:
                return None
            counts = tuple(b - a for a, b in lattice.tile_box(tile))
            return decode_lattice(data, (1 + compact.values, *counts), gated=True)  # type: ignore[arg-type]

        decoder = cls(
            lattice, compact, positional=positional, means=means, network=network, tile_of=tile_of
        )
        if reader.has(0, CODES) and reader.units(0, CODES) != math.prod(lattice.tiles):
            raise FormatError(
                "The number of code units does not fit the shape: the file is damaged."
            )
        if not reader.is_available(0, CODES):
            decoder.levels = (level,) if reader.is_available(level, SECTION) else ()
        return decoder

    def decode(self, frame: tuple[int, ...], region: Region, level: int) -> NDArray[np.float32]:
        """Return a z y x ``region`` of one frame of ``level``."""
        if level == self.mean_level:
            return self._means.read(frame, region)
        k = self.lattice.k
        box = self.lattice.box_of(region)
        with_halo = tuple((a - 1, b) for a, b in box)
        means = self._means.around(frame, with_halo)
        values = interpolate(means[1:, 1:, 1:], k, 0)
        blocks = self._blended(frame, with_halo, means)
        if blocks is not None:
            values += join(blocks)
        return crop(values, box, k, region)

    def _blended(
        self, frame: tuple[int, ...], box: Box, means: NDArray[np.float32]
    ) -> NDArray[np.float32] | None:
        """Return the blocks of ``box`` without the first along each axis, summed from overlapping
        windows; None if no block is coded."""
        codes = self._codes(frame, box)
        active = codes[0] != 0
        where = np.argwhere(active)
        if not len(where):
            return None
        compact = self.compact
        side = self.lattice.k + compact.overlap
        inputs = [
            codes[1:, active].T * np.float32(compact.code_step),
            neighbours(means)[active] / np.float32(compact.unit),
        ]
        if self._positional:
            first = where + np.array([a for a, _ in box])
            inputs.insert(0, coordinates(first, self.lattice.blocks))
        x = np.concatenate(inputs, 1, dtype=np.float32)
        windows = np.zeros((*active.shape, side, side, side), np.float32)
        network, flat = self._network(), windows.reshape(-1, side**3)
        index = np.flatnonzero(active)
        for i in range(0, len(x), FORWARD_BLOCKS):
            part = slice(i, i + FORWARD_BLOCKS)
            flat[index[part]] = forward(network, x[part])
        blocks: NDArray[np.float32] = overlap_add(windows, self.lattice.k)
        return blocks * np.float32(compact.unit)

    def _codes(self, frame: tuple[int, ...], box: Box) -> Tile:
        """Return the codes of the blocks of ``box``, zeros for blocks outside the lattice."""
        inside = tuple((max(a, 0), b) for a, b in box)
        out = np.zeros((1 + self.compact.values, *(b - a for a, b in box)), np.int32)
        for tile in self.lattice.tiles_of(inside):
            values = self._tile_of(frame, tile)
            if values is None:
                continue
            stored = self.lattice.tile_box(tile)
            both = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(inside, stored, strict=True)]
            to = tuple(slice(a - o, b - o) for (a, b), (o, _) in zip(both, box, strict=True))
            of = tuple(slice(a - o, b - o) for (a, b), (o, _) in zip(both, stored, strict=True))
            out[(slice(None), *to)] = values[(slice(None), *of)]
        return out
