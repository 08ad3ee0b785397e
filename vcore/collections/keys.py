"""Zarr hierarchy of a collection: an array a channel, a chunk an image, coordinates beside."""

import json
import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vcore.collections.images import Channel, Index
from vcore.collections.parameters import Parameter
from vcore.zarr.keys import DecodedKeys, stored_bytes
from vcore.zarr.metadata import quoted
from vcore.zarr.store import DecodingStore


class DecodedImages(Protocol):
    """Images of an open file; members as in ``Collection``."""

    parameters: tuple[Parameter, ...]
    size: tuple[int, int]
    channels: tuple[Channel, ...]
    cache_bytes: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        ...

    def has(self, index: Index) -> bool:
        """Return whether there is an image at ``index``."""
        ...

    def read(self, index: Index, channel: str | None = None) -> NDArray[Any]:
        """Return the image at an index."""
        ...


@dataclass(frozen=True)
class ImageChunk:
    """One image of a channel."""

    collection: DecodedImages
    channel: Channel
    index: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        shape = self.channel.shape_of(self.collection.size)
        return math.prod(shape) * self.channel.dtype.itemsize

    def encoded(self) -> bytes:
        values = self.collection.read(self.index, self.channel.name)
        return stored_bytes(values, self.channel.dtype)


@dataclass(frozen=True)
class ImageArray:
    """Array of a channel, with a chunk an image."""

    collection: DecodedImages
    channel: Channel

    @property
    def counts(self) -> tuple[int, ...]:
        within = len(self.channel.shape_of(self.collection.size))
        return (*self.collection.shape, *(1,) * within)

    def chunk(self, index: tuple[int, ...]) -> ImageChunk | None:
        place = index[: len(self.collection.shape)]
        if not self.collection.has(place):
            return None
        return ImageChunk(self.collection, self.channel, place)


class ImageStore(DecodingStore):
    """Read-only Zarr store of a collection."""

    @staticmethod
    def keys_of(dataset: DecodedImages) -> DecodedKeys:
        """Return the keys and contents of a collection."""
        documents: dict[str, Any] = {
            "zarr.json": {"zarr_format": 3, "node_type": "group", "attributes": {}}
        }
        contents: dict[str, bytes] = {}
        names = [p.name for p in dataset.parameters]
        for channel in dataset.channels:
            within = channel.shape_of(dataset.size)
            dims = [*names, "y", "x", *(["component"] if channel.is_colour else [])]
            shape = (*dataset.shape, *within)
            chunks = (*(1,) * len(names), *within)
            documents[f"{quoted(channel.name)}/zarr.json"] = _array(
                shape, chunks, channel.dtype, dims, channel.unit
            )
        for parameter in dataset.parameters:
            if parameter.is_label:
                documents[f"{quoted(parameter.name)}/zarr.json"] = _labels(parameter)
                contents[f"{quoted(parameter.name)}/c/0"] = _texts(parameter)
                continue
            values = np.asarray(parameter.values, np.float64)
            documents[f"{quoted(parameter.name)}/zarr.json"] = _array(
                values.shape, values.shape, values.dtype, [parameter.name], parameter.unit
            )
            contents[f"{quoted(parameter.name)}/c/0"] = stored_bytes(values, values.dtype)
        packed = {key: json.dumps(value).encode() for key, value in documents.items()}
        arrays = {quoted(c.name): ImageArray(dataset, c) for c in dataset.channels}
        return DecodedKeys({**packed, **contents}, arrays)


def _labels(parameter: Parameter) -> dict[str, Any]:
    """Return the metadata of labels: the data type ``string`` with the codec ``vlen-utf8``.

    Source: https://github.com/zarr-developers/zarr-extensions, data-types/string.
    """
    shape = (len(parameter),)
    array = _array(shape, shape, np.dtype(np.uint8), [parameter.name], parameter.unit)
    text = {"data_type": "string", "fill_value": "", "codecs": [{"name": "vlen-utf8"}]}
    return {**array, **text}


def _texts(parameter: Parameter) -> bytes:
    """Return labels as ``vlen-utf8`` stores them: their number, then each behind its length, in
    bytes; numbers are little-endian, of 32 bits."""
    encoded = [str(v).encode("utf-8", "replace") for v in parameter.values]
    parts = (n for text in encoded for n in (len(text).to_bytes(4, "little"), text))
    return len(encoded).to_bytes(4, "little") + b"".join(parts)


def _array(
    shape: tuple[int, ...],
    chunks: tuple[int, ...],
    dtype: np.dtype[Any],
    dims: list[str],
    unit: str,
) -> dict[str, Any]:
    endian = {"configuration": {"endian": "little"}} if dtype.itemsize > 1 else {}
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": shape,
        "data_type": dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": "NaN" if dtype.kind == "f" else 0,
        "codecs": [{"name": "bytes", **endian}],
        "dimension_names": dims,
        "attributes": {"units": unit} if unit else {},
    }
