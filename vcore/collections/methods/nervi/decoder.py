"""Decoder: evaluates the network of an image, without torch."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.base import Array, CodedImages, ImageDecoder
from vcore.collections.methods.nervi.coding import unpack
from vcore.collections.methods.nervi.engine import NumpyEngine, scales_of
from vcore.collections.methods.nervi.network import (
    encoded,
    images_of,
    pixel_places,
    pixels_of,
)
from vcore.collections.methods.nervi.shapes import Shape
from vcore.collections.methods.nervi.subject import Subject
from vcore.container import SectionReader
from vcore.errors import FormatError
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import once_cache

SECTION = "network"
PIXEL_UNITS = 1 << 18
"""Pixels times units evaluated at once, so that a layer's values stay in a core's cache."""


class NerviDecoder(ImageDecoder):
    """Decoder of all presets; every image needs the whole network.

    Parameters
    ----------
    coded
        Description of the channel.
    shape, subject
        Architecture, and what its outputs are.
    reader
        Reader of the section.
    """

    between = True

    def __init__(
        self, coded: CodedImages, shape: Shape, subject: Subject, reader: SectionReader
    ) -> None:
        if reader.units(0, SECTION) != 1:
            raise FormatError("The header is damaged: there is not one network.")
        self._coded, self._shape, self._subject, self._reader = coded, shape, subject, reader

        @once_cache(1)
        def engine() -> NumpyEngine:
            return NumpyEngine(unpack(reader.read(0, SECTION), shape), scales_of(shape))

        self._engine = engine

    def decode(self, flat: int) -> Array:
        return self._image(list(self._coded.values_of(flat).values()))

    def at(self, values: Mapping[str, Any]) -> Array:
        return self._image([values[p.name] for p in self._coded.parameters])

    def touched(self, flats: Collection[int]) -> tuple[int, int]:
        return len(flats), len(self._reader.read(0, SECTION))

    def _image(self, values: Sequence[Any]) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):  # weights of a damaged file
            outputs = self.outputs(values)
        return self._subject.picture(np.nan_to_num(outputs, copy=False), self._coded)

    def outputs(self, values: Sequence[Any]) -> NDArray[np.float32]:
        """Return the outputs (y, x, output) at values of the parameters."""
        engine, shape = self._engine(), self._shape
        x = encoded(shape, self._coded.parameters, [values])
        if not shape.settings.by_pixel:
            found: NDArray[np.float32] = images_of(engine, shape, x)
            return found
        count = math.prod(shape.size)
        out = np.empty((count, shape.outputs), np.float32)
        rows = max(PIXEL_UNITS // shape.width, 64)

        def block(start: int) -> None:
            stop = min(start + rows, count)
            inputs = np.empty((stop - start, shape.place_inputs + x.shape[1]), np.float32)
            inputs[:, : shape.place_inputs] = pixel_places(shape, start, stop)
            inputs[:, shape.place_inputs :] = x
            out[start:stop] = pixels_of(engine, shape, inputs)

        run_all(block, range(0, count, rows))
        return out.reshape(*shape.size, shape.outputs)
