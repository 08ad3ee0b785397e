"""Decoder: decodes the images that one is predicted from, and keeps the last ones."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.base import CodedImages, ImageDecoder
from vcore.collections.methods.views.colour import COLOURS, checked
from vcore.collections.methods.views.hierarchy import Hierarchy, Pair
from vcore.collections.methods.views.image import (
    Image,
    ImageCoder,
    Neighbours,
    State,
    initial_state,
    next_state,
)
from vcore.collections.methods.views.settings import MAX_STEP
from vcore.container import SectionReader
from vcore.container.varint import ByteReader
from vcore.errors import FormatError
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import once_cache

SECTION = "images"
CACHE_BYTES, UNIT_CACHE_BYTES = 1 << 28, 1 << 26
"""Maximum size of the decoded images, and of the read units, that a decoder keeps."""


class Stream(NamedTuple):
    """Coded image: number of the parameter along which it is predicted plus 1, 0 for none, and its
    bytes."""

    axis: int
    data: bytes


class Decoded(NamedTuple):
    """Decoded image, components that are coded, and the coder's state behind it."""

    image: Image
    state: State

    @property
    def nbytes(self) -> int:
        """Size in memory."""
        return self.image.nbytes + sum(part.nbytes for part in self.state)


def parse_unit(data: bytes, count: int, axes: int) -> list[Stream]:
    """Return the streams of a unit of ``count`` images.

    Raises
    ------
    FormatError
        The unit is damaged.
    """
    reader = ByteReader(data)
    numbers = [divmod(reader.number(), axes + 1) for _ in range(count)]
    streams = [Stream(axis, reader.take(length)) for length, axis in numbers]
    if reader.left:
        raise FormatError("Expected the images of a group. The section is damaged.")
    return streams


def pair_of(hierarchy: Hierarchy, flat: int, axis: int) -> Pair | None:
    """Return the pair along a parameter (numbered from 1) of an image; None for 0.

    Raises
    ------
    FormatError
        There is none along it.
    """
    if axis == 0:
        return None
    pair = hierarchy.pairs(flat)[axis - 1]
    if pair is None:
        raise FormatError("Expected an image between two others. The section is damaged.")
    return pair


def start_of(hierarchy: Hierarchy, flat: int, pair: Pair | None) -> int | None:
    """Return the image whose coder state another one starts from: the deeper of its pair; None for
    the first independent one."""
    if pair is None:
        return None if flat == hierarchy.root else hierarchy.root
    before, after = hierarchy.depth(pair.before), hierarchy.depth(pair.after)
    return pair.before if before >= after else pair.after


def sources_of(hierarchy: Hierarchy, flat: int, pair: Pair | None) -> list[int]:
    """Return the images that have to be decoded before another one."""
    start = start_of(hierarchy, flat, pair)
    needed = {start} if pair is None else {pair.before, pair.after}
    return sorted(n for n in needed if n is not None)


class ViewsDecoder(ImageDecoder):
    """Decoder of ``views``.

    Raises
    ------
    FormatError
        State and sections do not match the collection.
    """

    exact = True

    def __init__(
        self, coded: CodedImages, group: int, state: Mapping[str, Any], reader: SectionReader
    ) -> None:
        self._coded, self._reader = coded, reader
        self.coder = coder_of(coded, state)
        self.hierarchy = Hierarchy(coded, group)
        self._groups = self.hierarchy.groups
        if reader.units(0, SECTION) != len(self._groups):
            raise FormatError("The header is damaged: groups and images do not match.")
        self._unit = np.full(self.hierarchy.present.size, -1, np.int64)
        for number, images in enumerate(self._groups):
            self._unit[images] = number
        alpha = state.get("alpha")
        self._alpha = None if alpha is None else np.uint8(alpha)
        self._image = once_cache(CACHE_BYTES, _bytes_of)(self._decode)
        self._streams = once_cache(UNIT_CACHE_BYTES, _bytes_of_streams)(self._read)

    def decode(self, flat: int) -> NDArray[np.uint8]:
        image = self._image(flat).image
        if self._alpha is None:
            return image.copy()
        full = np.full(self._coded.image_shape, self._alpha, np.uint8)
        full[..., : image.shape[-1]] = image
        return full

    def touched(self, flat: int) -> tuple[int, int]:
        seen, wave = {flat}, {flat}
        while wave:
            wave = {n for f in wave for n in sources_of(self.hierarchy, f, self._pair(f))} - seen
            seen |= wave
        return len(seen), sum(len(self._stream(f).data) for f in seen)

    def _decode(self, flat: int) -> Decoded:
        return decoded(self.coder, self.hierarchy, flat, self._stream(flat), self._image)

    def _pair(self, flat: int) -> Pair | None:
        return pair_of(self.hierarchy, flat, self._stream(flat).axis)

    def _stream(self, flat: int) -> Stream:
        return self._streams(int(self._unit[flat]))[flat]

    def _read(self, number: int) -> dict[int, Stream]:
        images = self._groups[number]
        data = self._reader.read_units(0, SECTION, [number])[0]
        streams = parse_unit(data, len(images), len(self._coded.parameters))
        return dict(zip(images, streams, strict=True))


def decoded(
    coder: ImageCoder,
    hierarchy: Hierarchy,
    flat: int,
    stream: Stream,
    image_of: Callable[[int], Decoded],
) -> Decoded:
    """Return an image decoded from its stream and the images that it is predicted from.

    Raises
    ------
    FormatError
        The stream is damaged.
    """
    pair = pair_of(hierarchy, flat, stream.axis)
    state, neighbours = context_of(hierarchy, flat, pair, image_of)
    image = coder.decode(stream.data, neighbours, hierarchy.depth(flat), state)
    return Decoded(image, state)


def context_of(
    hierarchy: Hierarchy, flat: int, pair: Pair | None, image_of: Callable[[int], Decoded]
) -> tuple[State, list[Neighbours]]:
    """Return the coder state that an image starts from, and its decoded neighbours."""
    needed = sources_of(hierarchy, flat, pair)
    got = dict(zip(needed, run_all(image_of, needed), strict=True))
    start = start_of(hierarchy, flat, pair)
    state = initial_state() if start is None else next_state(got[start].state)
    if pair is None:
        return state, []
    before, after = got[pair.before].image, got[pair.after].image
    return state, [Neighbours(before, after, pair.to_before, pair.to_after)]


def coder_of(coded: CodedImages, state: Mapping[str, Any]) -> ImageCoder:
    """Return the coder that a header's state describes.

    Raises
    ------
    FormatError
        The state is damaged.
    """
    step, fill, alpha = state.get("step"), state.get("fill"), state.get("alpha")
    components = coded.channel.components - (alpha is not None)
    good = type(step) is int and 1 <= step <= MAX_STEP and isinstance(fill, list)
    good = good and len(fill) == components and coded.channel.components - components in (0, 1)
    numbers = [*(fill if isinstance(fill, list) else ()), *([] if alpha is None else [alpha])]
    good = good and components >= COLOURS and all(type(v) is int and 0 <= v < 256 for v in numbers)
    if not good:
        raise FormatError(f"The header is damaged: its images have the state {state!r:.80}.")
    transform = checked(state.get("colour"))
    return ImageCoder(
        coded.size, components, transform, tuple(fill), step, isinstance(transform, str)
    )


def _bytes_of(found: Decoded) -> int:
    return found.nbytes


def _bytes_of_streams(streams: dict[int, Stream]) -> int:
    return sum(len(s.data) + 64 for s in streams.values())
