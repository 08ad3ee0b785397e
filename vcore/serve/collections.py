"""A served collection of images: its description, its pictures as PNG, and its Zarr arrays."""

import base64
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlencode

import numpy as np
from numpy.typing import NDArray

from vcore._version import __version__
from vcore.collections.header import KIND
from vcore.collections.keys import ImageStore
from vcore.collections.paths import over
from vcore.errors import InputError
from vcore.evaluate.thumbnail import encode_png, smaller
from vcore.serve.describe import SYMBOLS
from vcore.serve.image import Chunk, ServedImage

if TYPE_CHECKING:
    from vcore.collections.collection import Collection
    from vcore.collections.images import Channel, Index
    from vcore.container import Container
    from vcore.zarr.keys import DecodedKeys

SIDE = 320
"""Longest side of a cover, in pixels."""
LEVEL = 3
"""Level of zlib for pictures: half the time of level 6, for a tenth more bytes."""
UNITS = SYMBOLS | dict.fromkeys(("degree", "degrees", "deg"), "°")
"""Short forms of units."""
MOST = (1 << 16) - 2
"""Steps between the lowest and the highest code of a value; code 0 stands for a missing one."""
INDEX = re.compile(r"(?:[0-9]{1,9}(?:,[0-9]{1,9}){0,31})?")
"""Index of an image in a request."""


@dataclass(frozen=True)
class Constant:
    """Chunk whose bytes are known: the values of a parameter."""

    data: bytes

    @property
    def nbytes(self) -> int:
        return len(self.data)

    def encoded(self) -> bytes:
        return self.data


class CollectionTree:
    """The Zarr hierarchy of a collection, with its metadata apart from its values."""

    def __init__(self, keys: "DecodedKeys") -> None:
        self._keys = keys
        self.documents = {k: d for k, d in keys.documents.items() if k.endswith("zarr.json")}

    def chunk(self, key: str) -> Chunk | None:
        """Return the chunk with a v3 key, or None if there is none."""
        if key in self._keys.documents and key not in self.documents:
            return Constant(self._keys.documents[key])
        return self._keys.chunk(key)


@dataclass(frozen=True)
class Codes:
    """16-bit codes of the values of a channel: 1 stands for ``low``, each further one for a step
    more, 0 for a missing value. Whole numbers in a small range keep their value."""

    low: float
    high: float
    step: float
    most: int

    @classmethod
    def of(cls, dtype: np.dtype[Any], low: float, high: float) -> Self:
        """Return the codes of values of a type from ``low`` to ``high``."""
        if low == high:
            return cls(low, high, 0.0, 0)
        if dtype.kind in "iu" and high - low < MOST:
            return cls(low, high, 1.0, round(high - low))
        # divided first, as the difference may be beyond the largest number
        return cls(low, high, high / MOST - low / MOST, MOST)

    def encode(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """Return the codes of values."""
        there = np.isfinite(values)
        steps = np.zeros(values.shape)
        if self.step:
            known = np.where(there, values, self.low).astype(np.float64)
            with np.errstate(over="ignore"):
                steps = np.rint((known - self.low) / self.step).clip(0, self.most)
        return np.where(there, 1 + steps, 0).astype(np.uint16)


def packed_codes(codes: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return codes (y, x) as an image whose red and green are their higher and lower bytes."""
    return np.stack([codes >> 8, codes & 255, 0 * codes], -1).astype(np.uint8)


class ServedCollection:
    """A collection as pictures and as Zarr arrays.

    Parameters
    ----------
    collection
        The open file, without a cache of its own.
    codec
        Codec of the chunks of the Zarr arrays: "none" or "zstd".
    """

    def __init__(self, collection: "Collection", codec: str) -> None:
        self._collection = collection
        self.tag = f"{collection.identity[1]:08x}-{codec}-{__version__}"
        self.zarr = ServedImage(CollectionTree(ImageStore.keys_of(collection)), self.tag, codec)
        """The Zarr arrays."""
        self._codes = {
            channel.name: Codes.of(channel.dtype, *header["range"])
            for channel, header in zip(collection.channels, found_channels(collection), strict=True)
        }

    @property
    def serial(self) -> int:
        """Unique number of the collection."""
        return self.zarr.serial

    @cached_property
    def about(self) -> dict[str, Any]:
        """Description for the page, as JSON values; nothing is decoded for it."""
        found = self._collection
        title = found.attributes.get("title")
        camera = found.camera
        return {
            "title": title if isinstance(title, str) else "",
            "tag": self.tag,
            "images": len(found),
            "size": list(found.size),
            "parameters": [
                {
                    "name": p.name,
                    "unit": UNITS.get(p.unit, p.unit),
                    "values": list(p.values),
                    "period": p.period,
                    "label": p.is_label,
                }
                for p in found.parameters
            ],
            "channels": [self._channel(n, c) for n, c in enumerate(found.channels)],
            "present": None
            if found.present is None
            else base64.b64encode(np.packbits(found.present).tobytes()).decode(),
            "background": found.background,
            "angles": [camera.theta, camera.phi] if camera else ["theta", "phi"],
            "bytes": found.stored_bytes,
            "ratio": found.nbytes / max(found.stored_bytes, 1),
            "truncated": found.truncated,
        }

    def _channel(self, number: int, channel: "Channel") -> dict[str, Any]:
        header: Mapping[str, Any] = found_channels(self._collection)[number]
        achieved = header.get("achieved", {})
        codes = self._codes[channel.name]
        return {
            "name": channel.name,
            "colour": channel.is_colour,
            "unit": UNITS.get(channel.unit, channel.unit),
            "dtype": channel.dtype.name,
            "range": [codes.low, codes.high],
            "step": codes.step,
            "method": header["method"],
            "psnr": _finite(achieved.get("psnr")),
            "max_error": _finite(header.get("max_error")),
        }

    def index(self, text: str) -> "Index | None":
        """Return the index of an image in a request, such as "3,0,12".

        Returns
        -------
        Index or None
            None where there is no image.

        Raises
        ------
        ValueError
            The text is no index for as many parameters as the collection has.
        """
        match = INDEX.fullmatch(text)
        index = tuple(int(i) for i in text.split(",")) if match and text else ()
        shape = self._collection.shape
        if not match or len(index) != len(shape):
            raise ValueError(
                f"Expected {len(shape)} whole numbers from 0, separated by commas, as `at`."
            )
        inside = all(i < n for i, n in zip(index, shape, strict=True))
        return index if inside and self._collection.has(index) else None

    def channel(self, name: str | None) -> "Channel | None":
        """Return the channel called ``name``, the first by default; None if there is none."""
        known = {c.name: c for c in self._collection.channels}
        return known.get(name) if name is not None else self._collection.channels[0]

    def state(self, channel: str | None, values: Mapping[str, Any]) -> str:
        """Return the part of the page's address after #, with the nearest values; "" for none.

        Raises
        ------
        InputError
            There is no such channel, parameter or label.
        """
        parameters = self._collection.parameters
        known = [p.name for p in parameters]
        if unknown := [name for name in values if name not in known]:
            raise InputError(
                f"Expected values of {', '.join(known) or 'no parameter'}. Got "
                f"{', '.join(unknown)} instead."
            )
        parts = {
            f"at.{p.name}": p.values[p.nearest(values[p.name])]
            for p in parameters
            if p.name in values
        }
        if channel is not None:
            parts["channel"] = self._collection.channel(channel).name
        return f"#{urlencode(parts, quote_via=quote)}" if parts else ""

    def picture(self, index: "Index", channel: "Channel", *, packed: bool = False) -> bytes:
        """Return an image as PNG.

        Colours are exact. Values are grey over the range of the channel and transparent where they
        are missing; packed, red and green are the higher and the lower byte of 16-bit codes.

        Raises
        ------
        VcoreError
            The image cannot be decoded.
        """
        return encode_png(self._pixels(index, channel, packed=packed), LEVEL)

    def cover(self) -> bytes:
        """Return a small PNG of the image in the middle of the collection, over its background.

        Raises
        ------
        VcoreError
            The image cannot be decoded.
        """
        collection = self._collection
        middle = tuple(n // 2 for n in collection.shape)
        if not collection.has(middle):
            assert collection.present is not None
            there = np.argwhere(collection.present)
            nearest = np.abs(there - np.array(middle)).sum(1).argmin()
            middle = tuple(int(i) for i in there[nearest])
        pixels = self._pixels(middle, collection.channels[0], packed=False)
        small = smaller(pixels, SIDE)
        if collection.background is not None and collection.channels[0].is_colour:
            small = np.rint(over(small, collection.background)).astype(np.uint8)
        return encode_png(small, LEVEL)

    def _pixels(self, index: "Index", channel: "Channel", *, packed: bool) -> NDArray[np.uint8]:
        values = self._collection.read(index, channel.name)
        if channel.is_colour:
            return values
        codes = self._codes[channel.name]
        found = codes.encode(values)
        if packed:
            return packed_codes(found)
        grey = np.rint(np.maximum(found, 1) - 1.0) * (255 / max(codes.most, 1))
        return np.stack([grey, 255 * (found > 0)], -1).astype(np.uint8)


def is_collection(container: "Container") -> bool:
    """Return whether an open file is a collection of images."""
    return container.header.get("kind") == KIND


def found_channels(collection: "Collection") -> list[Mapping[str, Any]]:
    """Return the channels of a collection's header, which opening has verified."""
    channels: list[Mapping[str, Any]] = collection.header["channels"]
    return channels


def _finite(value: Any) -> float | None:
    good = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if good else None
