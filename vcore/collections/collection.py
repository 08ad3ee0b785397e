"""Collection: an open file of kind ``images``, decoded image by image on demand."""

import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections import methods
from vcore.collections.header import ImagesHeader
from vcore.collections.images import Channel, Images, Index, channel_of
from vcore.collections.lookup import LINEAR, METHOD, around, blended, inside, way_of
from vcore.collections.methods.base import CodedImages, ImageDecoder
from vcore.container import Container
from vcore.container.open_file import OpenFile
from vcore.errors import FormatError, InputError, RegionError
from vcore.runtime.memory import human_bytes

if TYPE_CHECKING:
    import xarray
    import zarr

    from vcore.collections.camera import Turntable
    from vcore.collections.parameters import Parameter

CACHE_BYTES = 1 << 28
"""Default size of a collection's cache of decoded images, in bytes."""
MAX_PER_BYTE = 256
"""Maximum number of images of a channel per byte of it."""
ACCESS_SAMPLE = 64
"""Images for which ``info`` tells what is decoded for one of them."""


class Collection(OpenFile):
    """An open file of images over parameters, as returned by ``vcore.open``.

    Opening reads metadata only; images decode on access.

    Parameters
    ----------
    source
        Path, http(s) URL, bytes, binary stream, a container that is open, or anything with
        ``size``, ``name`` and ``read(offset, length)``.
    cache_bytes
        Maximum size of the cache of decoded images of the Zarr arrays, in bytes.

    Raises
    ------
    FormatError
        Not a file of images, damaged, or of an unknown version.

    Examples
    --------
    >>> c = vcore.open("tornado.vcore")
    >>> c.image(time=3.5, theta=45, phi=120)      # the nearest image, (y, x, component)
    >>> c.array[4, 2, ...]                        # a zarr.Array: only these images are decoded
    """

    def __init__(self, source: Any, *, cache_bytes: int = CACHE_BYTES) -> None:
        self._container = source if isinstance(source, Container) else Container(source)
        self.cache_bytes = cache_bytes
        described = ImagesHeader.from_json(self._container.header)
        if any(s.variable >= len(described.channels) for s in self._container.sections):
            raise FormatError("The section table is damaged: a section of no channel.")
        self._described = described
        self.parameters: tuple[Parameter, ...] = described.parameters
        self.size: tuple[int, int] = described.size
        self.channels: tuple[Channel, ...] = tuple(c.channel for c in described.channels)
        self.present: NDArray[np.bool_] | None = described.present
        self.background: tuple[int, int, int] | None = described.background
        self.camera: Turntable | None = described.camera
        self.attributes: Mapping[str, Any] = described.attributes
        self._readers = [
            self._container.sections_of(number) for number in range(len(self.channels))
        ]
        for reader in self._readers:  # before arrays of a value an image
            size = sum(reader.section_bytes().values())
            if len(self) > MAX_PER_BYTE * size:
                raise FormatError(
                    f"The header is damaged: {len(self)} images and {size} bytes do not match."
                )

    @cached_property
    def _decoders(self) -> dict[str, ImageDecoder]:
        """Decoders by channel: the colours last, as they may be predicted from the others."""
        found: dict[str, ImageDecoder] = {}
        headers = list(zip(self._described.channels, self._readers, strict=True))
        for header, reader in sorted(headers, key=lambda h: h[0].channel.is_colour):
            method = methods.get_for_file(header.method)
            coded = CodedImages(
                self.parameters,
                self.size,
                header.channel,
                header.range,
                self.present,
                self.background,
                self.camera,
                dict(found),
            )
            settings = method.Settings.from_header(header.settings)
            found[header.channel.name] = method.open(coded, settings, header.state, reader)
        return found

    # what is in it

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each parameter."""
        return self._described.shape

    def has(self, index: Index) -> bool:
        """Return whether there is an image at ``index``."""
        return self.present is None or bool(self.present[index])

    def __len__(self) -> int:
        """Number of images."""
        return math.prod(self.shape) if self.present is None else int(self.present.sum())

    def indices(self) -> Iterator[Index]:
        """Yield the index of every image, in C order."""
        return (index for index in np.ndindex(*self.shape) if self.has(index))

    def __iter__(self) -> Iterator[NDArray[Any]]:
        """Yield every image of the first channel, in C order of the parameters."""
        return (self.read(index) for index in self.indices())

    def channel(self, name: str | None = None) -> Channel:
        """Return the channel called ``name``, the first by default; InputError if there is none."""
        return channel_of(self.channels, name)

    def values_of(self, index: Index) -> dict[str, float | str]:
        """Return the value of each parameter at ``index``."""
        return {p.name: p.values[i] for p, i in zip(self.parameters, index, strict=True)}

    # decoding

    def read(self, index: Index, channel: str | None = None) -> NDArray[Any]:
        """Return the image at an index.

        Parameters
        ----------
        index
            Position along each parameter, from 0.
        channel
            Name of a channel, the first by default.

        Returns
        -------
        NDArray
            (y, x), or (y, x, component) for a colour, in the channel's dtype.

        Raises
        ------
        RegionError
            There is no image at ``index``.
        FormatError
            The file is damaged.
        """
        return self._decoders[self.channel(channel).name].decode(self._flat(index))

    def touched(self, index: Index, channel: str | None = None) -> tuple[int, int]:
        """Return how many images are decoded for the one at ``index`` alone, and how many bytes are
        read, those of other channels included."""
        return self._decoders[self.channel(channel).name].touched([self._flat(index)])

    def _flat(self, index: Index) -> int:
        inside = len(index) == len(self.shape) and all(
            0 <= i < n for i, n in zip(index, self.shape, strict=True)
        )
        if not inside or not self.has(tuple(index)):
            raise RegionError(
                f"Expected the index of an image, within {self.shape}. Got {tuple(index)} "
                f"instead{', where the collection has a hole' if inside else ''}."
            )
        return int(np.ravel_multi_index(tuple(index), self.shape)) if self.shape else 0

    def image(
        self,
        values: Mapping[str, Any] | None = None,
        /,
        *,
        channel: str | None = None,
        blend: bool | str = False,
        **named: Any,
    ) -> NDArray[Any]:
        """Return the image at values of the parameters: the nearest, a blend, or the method's own.

        Parameters
        ----------
        values, named
            Value of each parameter, by name; those with a single value may be left out.
        channel
            Name of a channel, the first by default.
        blend
            "nearest" (or False); "linear" (or True): blend the images around the values, by their
            distance, NaN counts as absent; "method": what the method itself answers there, as
            networks do (nervi, view-grids and their presets).

        Returns
        -------
        NDArray
            (y, x), or (y, x, component) for a colour, in the channel's dtype.

        Raises
        ------
        InputError
            A parameter is unknown or missing, or has no such label; or the method knows the images
            of the grid alone.
        """
        asked, way = {**(values or {}), **named}, way_of(blend)
        if way == METHOD:
            return self._between(asked, channel)
        corners = around(asked, self.parameters, self.present, blend=way == LINEAR)
        if way != LINEAR:
            return self.read(corners[0][0], channel)
        dtype = self.channel(channel).dtype
        return blended(corners, lambda index: self.read(index, channel), dtype)

    def _between(self, values: Mapping[str, Any], channel: str | None) -> NDArray[Any]:
        """Return the image that a channel's method answers at values of the parameters."""
        name = self.channel(channel).name
        if not self._decoders[name].between:
            told = next(c.method for c in self._described.channels if c.channel.name == name)
            raise InputError(
                f"Expected a method that knows images between the values of its grid, such as "
                f"nervi or view-grids. {name} has {told}, which does not: blend its images with "
                f"`blend=True`, or take the nearest ones."
            )
        return self._decoders[name].at(inside(values, self.parameters))

    # as arrays

    @cached_property
    def group(self) -> "zarr.Group":
        """The channels and the values of the parameters as a read-only Zarr group."""
        import zarr

        from vcore.collections.keys import ImageStore

        return zarr.open_group(ImageStore(self), mode="r")  # type: ignore[arg-type]

    @property
    def arrays(self) -> "dict[str, zarr.Array[Any]]":
        """A lazy Zarr array of each channel, by name; see ``array``."""
        from vcore.zarr.metadata import quoted

        return {c.name: self.group[quoted(c.name)] for c in self.channels}  # type: ignore[misc]

    @property
    def array(self) -> "zarr.Array[Any]":
        """The first channel as a lazy Zarr array: an axis a parameter, then y, x and, for colours,
        the component; a chunk an image. Holes read as 0, or NaN."""
        return self.arrays[self.channels[0].name]

    def to_xarray(self) -> "xarray.Dataset":
        """Return the channels as a lazy ``xarray.Dataset`` with the parameters as coordinates;
        those in a unit such as "hours since 2000-01-01" are dates."""
        import xarray

        from vcore.zarr.metadata import quoted

        found: xarray.Dataset = xarray.open_zarr(
            self.group.store, consolidated=False, chunks=None, decode_times=False
        )
        names = {quoted(c.name): c.name for c in self.channels}
        found = found[list(names)].rename({k: n for k, n in names.items() if k != n})
        coordinates = {p.name: _coordinate(p) for p in self.parameters}
        return found.assign_coords(coordinates).assign_attrs(dict(self.attributes))

    def images(self) -> Images:
        """Return the collection as uncompressed images that are decoded when they are read."""
        return Images(
            self.parameters,
            self.size,
            self.channels,
            self.read,
            self.present,
            self.background,
            self.camera,
            self.attributes,
            self.identity[0],
            between=self._between,
        )

    # the file

    @property
    def nbytes(self) -> int:
        """Uncompressed size of the images, in bytes."""
        return self.images().nbytes

    @property
    def info(self) -> dict[str, Any]:
        """Metadata and figures available without decoding, as JSON values."""
        return {
            "file": self.identity[0],
            "kind": "images",
            "bytes": self.stored_bytes,
            "ratio": self.nbytes / max(self.stored_bytes, 1),
            "truncated": self.truncated,
            "encoder": self.header.get("encoder"),
            "source": self.header.get("source"),
            "images": len(self),
            "holes": math.prod(self.shape) - len(self),
            "size": list(self.size),
            "parameters": [p.to_json() for p in self.parameters],
            "background": self.background,
            "camera": self.camera.to_json() if self.camera else None,
            "attributes": dict(self.attributes),
            "channels": [self._channel_info(number) for number in range(len(self.channels))],
        }

    def _channel_info(self, number: int) -> dict[str, Any]:
        header, reader = self._described.channels[number], self._readers[number]
        return {
            **header.to_json(),
            "dtype": header.channel.dtype.name,
            "components": header.channel.components,
            "unit": header.channel.unit,
            "bytes": sum(reader.section_bytes().values()),
            "exact": self._decoders[header.channel.name].exact,
            "access": self._access(header.channel.name),
        }

    def _access(self, channel: str) -> dict[str, Any]:
        """Return how many images and bytes are decoded for one: the median and the most, of images
        spread over the collection."""
        order = np.arange(len(self)) if self.present is None else np.flatnonzero(self.present)
        chosen = order[np.unique(np.linspace(0, len(order) - 1, ACCESS_SAMPLE).astype(np.int64))]
        found = [self._decoders[channel].touched([int(flat)]) for flat in chosen]
        images, sizes = zip(*found, strict=True)
        return {
            "images": [float(np.median(images)), max(images)],
            "bytes": [float(np.median(sizes)), max(sizes)],
        }

    def __repr__(self) -> str:
        size, ratio = human_bytes(self.stored_bytes), self.nbytes / max(self.stored_bytes, 1)
        lines = [f"<vcore.Collection {self.identity[0]!r}: {size}, {ratio:.1f} : 1>"]
        lines.append(f"  {len(self)} images of {self.size[0]} x {self.size[1]}")
        for p in self.parameters:
            ends = range(len(p)) if len(p) < 4 else (0, len(p) - 1)
            told = (", " if len(p) < 4 else ", …, ").join(map(p.text, ends))
            lines.append(f"  {p.name}: {len(p)} value{'s' if len(p) > 1 else ''}, {told} {p.unit}")
        for header in self._described.channels:
            channel = header.channel
            lines.append(f"  {channel.name}: {channel.dtype.name} {channel.unit}, {header.method}")
        return "\n".join(line.rstrip() for line in lines)

    def close(self) -> None:
        """Drop cached images; files are open only during reads."""
        vars(self).pop("group", None)
        vars(self).pop("_decoders", None)


def _coordinate(parameter: "Parameter") -> "xarray.Variable":
    """Return the values of a parameter, as dates if its unit tells from when."""
    import xarray

    told = {"units": parameter.unit, "period": parameter.period}
    found = xarray.Variable(
        parameter.name, list(parameter.values), {k: v for k, v in told.items() if v}
    )
    if parameter.is_label or " since " not in parameter.unit:
        return found
    try:
        dates: xarray.Variable = xarray.conventions.decode_cf_variable(parameter.name, found)
        return dates.load()
    except (ValueError, OverflowError):  # "days since the start", or beyond all calendars
        return found
