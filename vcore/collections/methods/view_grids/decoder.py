"""Decoder: the latents around an image, and the network's image of them, without torch."""

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.base import Array, CodedImages, ImageDecoder
from vcore.collections.methods.nervi.subject import Subject
from vcore.collections.methods.view_grids.latents import (
    Latents,
    State,
    decode_latents,
    first_state,
    latents_of,
    next_state,
)
from vcore.collections.methods.view_grids.network import Network
from vcore.collections.methods.view_grids.settings import ViewGridsSettings
from vcore.collections.methods.view_grids.shapes import Shapes
from vcore.collections.methods.view_grids.stored import unpack_network
from vcore.collections.methods.view_grids.units import Units
from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import once_cache

NETWORK, LATENTS = "network", "latents"
"""Names of the sections."""
MAX_UNIT = 1 << 26
"""Most latents of a unit."""
CACHE_BYTES = 1 << 27
"""Maximum size of the decoded units that a decoder keeps, in bytes."""


class ViewGridsDecoder(ImageDecoder):
    """Decoder of ``view-grids``.

    Raises
    ------
    FormatError
        Settings, state and sections do not match.
    """

    between = True

    def __init__(
        self,
        coded: CodedImages,
        settings: ViewGridsSettings,
        state: Mapping[str, Any],
        reader: SectionReader,
    ) -> None:
        self._coded, self._reader = coded, reader
        self._subject = Subject.from_json(state, coded.size)
        shapes = self._shapes = Shapes.of(coded, self._subject, state)
        units = self._units = Units(shapes, settings.group, len(coded.order))
        sizes = [units.size(k, 0) * latents_of(shapes.scales(k)) for k in units.levels]
        largest = max(sizes, default=0)
        if largest > MAX_UNIT:
            raise FormatError(f"The header is damaged: a unit of {largest} latents.")
        if reader.units(0, NETWORK) != 1 or reader.units(0, LATENTS) != units.count:
            raise FormatError("The header is damaged: units and images do not match.")
        self._position = np.full(math.prod(coded.shape), -1, np.int64)
        self._position[coded.order] = np.arange(len(coded.order))

        @once_cache(1)
        def network() -> Network:
            return Network(shapes, unpack_network(reader.read(0, NETWORK), shapes))

        self._network = network
        self._state_after = once_cache(len(shapes.levels))(self._end_of)
        self._nodes = once_cache(CACHE_BYTES, _bytes_of)(self._decoded)

    def decode(self, flat: int) -> Array:
        return self._image(self._coded.index_of(flat))

    def at(self, values: Mapping[str, Any]) -> Array:
        place = []
        for parameter in self._coded.parameters:
            low, _, share = parameter.neighbours(values[parameter.name])
            place.append(low + share)
        return self._image(place)

    def _image(self, place: Sequence[float]) -> Array:
        """Return the image at a place: along each parameter, steps from its first value on."""
        network = self._network()
        with np.errstate(over="ignore", invalid="ignore"):  # weights of a damaged file
            outputs = network.outputs(self._latents(place, network))
        return self._subject.picture(np.nan_to_num(outputs, copy=False), self._coded)

    def touched(self, flats: Collection[int]) -> tuple[int, int]:
        needed = set()
        for level, flat in product(self._units.levels, flats):
            first = self._units.first_unit(level)
            needed.add(first)
            place = self._coded.index_of(flat)
            needed |= {first + unit for unit, _, _ in self._where(level, place)}
        units = self._reader.read_units(0, LATENTS, sorted(needed))
        return len(flats), len(self._reader.read(0, NETWORK)) + sum(map(len, units))

    def _where(self, level: int, place: Sequence[float]) -> list[tuple[int, int, float]]:
        """Return unit within the level, place in it and weight of the nodes around a place."""
        pairs = self._shapes.around(level, place)
        if level == 0:
            there = [(int(self._position[node]), weight) for node, weight in pairs]
            pairs = [(node, weight) for node, weight in there if node >= 0]
        return [(*divmod(node, self._units.group), weight) for node, weight in pairs]

    def _latents(self, place: Sequence[float], network: Network) -> list[NDArray[np.float32]]:
        """Return the latents (y, x, channel) of each scale, times gains."""
        shapes = self._shapes
        sums = [
            np.zeros((c, h, w), np.float32)
            for c, (h, w) in zip(shapes.inputs, shapes.sizes, strict=True)
        ]
        wanted = [(level, *at) for level in self._units.levels for at in self._where(level, place)]
        keys = sorted({(level, unit) for level, unit, _, _ in wanted})
        units = dict(zip(keys, run_all(self._nodes, keys), strict=True))
        for level, unit, inside, weight in wanted:
            values, start = units[level, unit][inside], 0
            for scale, channels in enumerate(shapes.channels[level]):
                if channels:
                    height, width = shapes.sizes[scale]
                    stop = start + channels * height * width
                    part = values[start:stop].reshape(channels, height, width)
                    factor = np.float32(weight) * network.gains[level, scale]
                    sums[scale] += part * factor
                    start = stop
        return [np.ascontiguousarray(values.transpose(1, 2, 0)) for values in sums]

    def _decoded(self, key: tuple[int, int]) -> Latents:
        """Return the latents of a unit of a level."""
        level, unit = key
        return self._state_after(level)[0] if unit == 0 else self._read(level, unit)[0]

    def _end_of(self, level: int) -> tuple[Latents, State]:
        """Return the latents of a level's first unit, and the state of the coder after it."""
        return self._read(level, 0)

    def _read(self, level: int, unit: int) -> tuple[Latents, State]:
        levels, units = self._units.levels, self._units
        if unit:
            start = next_state(self._state_after(level)[1])
        elif level == levels[0]:
            start = first_state()
        else:
            start = next_state(self._state_after(levels[levels.index(level) - 1])[1])
        data = self._reader.read_units(0, LATENTS, [units.first_unit(level) + unit])[0]
        return decode_latents(data, units.size(level, unit), self._shapes.scales(level), start)


def _bytes_of(nodes: Latents) -> int:
    return nodes.nbytes
