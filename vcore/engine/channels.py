"""Channels coded apart: each has its own range, settings, layers and guarantees, so that a dim one
is as good as a bright one (docs/format.md, section 23)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.container import SectionReader
from vcore.container.header import CHANNELS, VariableHeader
from vcore.engine.decoder import CONSTANT, VariableDecoder
from vcore.engine.levels import LevelsDecoder
from vcore.errors import InputError
from vcore.io.lazy import CallbackArray
from vcore.model.grid import Grid
from vcore.model.packing import Packing
from vcore.model.primitives import Primitives
from vcore.model.regions import Region, normalise, shape_of
from vcore.model.volume import Variable


def prefix(channel: int) -> str:
    """Return the prefix of the names of a channel's sections."""
    return f"{channel}."


def channel_of(variable: Variable, channel: int) -> Variable:
    """Return one channel of a variable, without its axis."""
    at = variable.axes.index("c")

    def read(region: Region) -> NDArray[Any]:
        return variable.read((*region[:at], slice(channel, channel + 1), *region[at:]))

    shape = variable.shape[:at] + variable.shape[at + 1 :]
    axes = tuple(axis for axis in variable.axes if axis != "c")
    data = CallbackArray(shape, variable.dtype, read)
    outer = tuple(a for a in variable.outer if a.inside != "c")
    return replace(variable, data=data, axes=axes, components=(), outer=outer)


def joined(variable: Variable, parts: Sequence[VariableHeader]) -> VariableHeader:
    """Return the header of a variable, given those of its channels."""
    bounds = [part.bound["max_error"] for part in parts if part.bound is not None]
    ranges = [part.range for part in parts]
    return VariableHeader(
        name=variable.name,
        dtype=variable.dtype.str[1:],
        axes=variable.axes,
        shape=variable.shape,
        range=(min(low for low, _ in ranges), max(high for _, high in ranges)),
        method=CHANNELS,
        unit=variable.unit,
        components=variable.components,
        association=variable.association,
        fill_value=variable.usable_fill,
        missing=any(part.missing for part in parts),
        bound={"max_error": max(bounds)} if len(bounds) == len(parts) else None,
        attributes=variable.attributes,
        outer=variable.outer,
        channels=tuple(parts),
    )


def open_coded(
    header: VariableHeader, grid: Grid, reader: SectionReader
) -> "VariableDecoder | ChannelsDecoder":
    """Return the decoder of a variable whose frames are not slices."""
    kind = ChannelsDecoder if header.method == CHANNELS else VariableDecoder
    return kind(header, grid, reader)


class ChannelsDecoder(LevelsDecoder):
    """Decoder of a variable whose channels are coded apart.

    Attributes
    ----------
    channels
        Decoder of each channel, without its axis.
    """

    def __init__(self, header: VariableHeader, grid: Grid, reader: SectionReader) -> None:
        self.header, self.grid, self.reader = header, grid, reader
        self.channels = tuple(
            VariableDecoder(part, grid, reader.part(prefix(number)))
            for number, part in enumerate(header.channels)
        )
        # a constant channel has as many levels as there can be
        fewest = min(self.channels, key=lambda channel: len(channel.grids))
        self.grids = fewest.grids
        self._axis = header.axes.index("c")
        self.chunks = tuple(
            (*chunk[: self._axis], 1, *chunk[self._axis :]) for chunk in fewest.chunks
        )

    @property
    def exact(self) -> bool:
        return all(channel.exact for channel in self.channels)

    @property
    def available_levels(self) -> tuple[int, ...]:
        return self._common(lambda channel: channel.available_levels)

    @property
    def stored_levels(self) -> tuple[int, ...]:
        return self._common(lambda channel: channel.stored_levels)

    def _common(self, levels: Callable[[VariableDecoder], tuple[int, ...]]) -> tuple[int, ...]:
        found = [levels(channel) for channel in self.channels]
        return tuple(k for k in range(len(self.grids)) if all(k in some for some in found))

    @property
    def packing(self) -> Packing | None:
        found = {c.packing for c in self.channels if c.header.method != CONSTANT}
        return found.pop() if len(found) == 1 else None

    def decode(self, region: Any = (), level: int = 0) -> NDArray[Any]:
        selected = self.check_region(region, level)
        return self._joined(selected, lambda channel, part: channel.decode(part, level))

    def decode_chunk(self, region: Region, level: int) -> NDArray[Any]:
        return self._joined(region, lambda channel, part: channel.decode_chunk(part, level))

    def _joined(
        self, region: Region, decode: Callable[[VariableDecoder, Region], NDArray[Any]]
    ) -> NDArray[Any]:
        out = np.empty(shape_of(region), self.dtype)
        for number, channel in enumerate(self._channels(region)):
            out[self._at(number)] = decode(channel, self._without(region))
        return out

    def _channels(self, region: Region) -> tuple[VariableDecoder, ...]:
        return self.channels[region[self._axis]]

    def _without(self, region: Region) -> Region:
        return (*region[: self._axis], *region[self._axis + 1 :])

    def _at(self, number: int) -> tuple[Any, ...]:
        return (*(slice(None),) * self._axis, number)

    def filled(
        self, values: NDArray[Any], region: Region, level: int = 0
    ) -> NDArray[np.bool_] | None:
        mask = np.zeros(values.shape, np.bool_)
        box = normalise(region, self.shape(level))
        for number, channel in enumerate(self._channels(box)):
            found = channel.filled(values[self._at(number)], self._without(box), level)
            if found is not None:
                mask[self._at(number)] = found
        return mask if mask.any() else None

    def primitives(self) -> Primitives:
        raise InputError(
            "Expected a variable made of primitives. The channels of this one are not."
        )

    def __getstate__(self) -> tuple[Any, ...]:
        return self.header, self.grid, self.reader

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.__init__(*state)  # type: ignore[misc]
