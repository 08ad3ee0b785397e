"""Decoder: decodes the images that one is predicted from, and keeps the last ones."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.base import CodedImages, ImageDecoder
from vcore.collections.methods.views.colour import COLOURS, checked
from vcore.collections.methods.views.hierarchy import Hierarchy, Pair
from vcore.collections.methods.views.image import (
    Image,
    ImageCoder,
    Neighbours,
)
from vcore.collections.methods.views.prior import State, initial_state, next_state
from vcore.collections.methods.views.settings import MAX_STEP, ViewsSettings, check_version
from vcore.collections.methods.views.warp import DEPTH, Viewpoints
from vcore.container import SectionReader
from vcore.container.varint import ByteReader
from vcore.errors import FormatError
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import once_cache

if TYPE_CHECKING:
    from vcore.collections.methods.views.motion import Reference

SECTION = "images"
CACHE_BYTES, REFERENCE_BYTES, UNIT_CACHE_BYTES = 1 << 28, 1 << 26, 1 << 26
"""Maximum size of the decoded images, of their planes extended for prediction, and of the read
units, that a decoder keeps."""


class Stream(NamedTuple):
    """Coded image: numbers of the parameters along which it is predicted, that of the first pair
    first, and its bytes."""

    axes: tuple[int, ...]
    data: bytes


class Decoded(NamedTuple):
    """Decoded image, components that are coded, and the coder's state behind it."""

    image: Image
    state: State

    @property
    def nbytes(self) -> int:
        """Size in memory."""
        return self.image.nbytes + sum(part.nbytes for part in self.state)


def _ways(axes: int) -> int:
    """Return in how many ways the pairs of an image can be chosen."""
    return 1 + (axes << max(axes - 1, 0))


def number_of(stream: Stream, axes: int) -> int:
    """Return the number that stands for the length and the parameters of a stream."""
    way = 0
    if stream.axes:
        first, *others = stream.axes
        bits = sum(1 << (axis - (axis > first)) for axis in others)
        way = 1 + (first << (axes - 1)) + bits
    return len(stream.data) * _ways(axes) + way


def parse_unit(data: bytes, count: int, axes: int) -> list[Stream]:
    """Return the streams of a unit of ``count`` images.

    Raises
    ------
    FormatError
        The unit is damaged.
    """
    reader = ByteReader(data)
    found = []
    for _ in range(count):
        length, way = divmod(reader.number(), _ways(axes))
        along: tuple[int, ...] = ()
        if way:
            first, bits = divmod(way - 1, 1 << (axes - 1))
            others = [axis for axis in range(axes) if axis != first]
            along = (first, *(axis for k, axis in enumerate(others) if bits >> k & 1))
        found.append((length, along))
    streams = [Stream(along, reader.take(length)) for length, along in found]
    if reader.left:
        raise FormatError("Expected the images of a group. The section is damaged.")
    return streams


def pairs_of(hierarchy: Hierarchy, flat: int, axes: Sequence[int]) -> list[Pair]:
    """Return the pairs that an image is predicted from, along the parameters ``axes``.

    Raises
    ------
    FormatError
        There is none along one of them.
    """
    pairs = hierarchy.pairs(flat) if axes else []
    found = [pair for axis in axes if (pair := pairs[axis]) is not None]
    if len(found) < len(axes):
        raise FormatError("Expected an image between two others. The section is damaged.")
    return found


def start_of(hierarchy: Hierarchy, flat: int, pairs: Sequence[Pair]) -> int | None:
    """Return the image whose coder state another one starts from: the deeper of its first pair;
    None for the first independent one."""
    if not pairs:
        return None if flat == hierarchy.root else hierarchy.root
    before, after = hierarchy.depth(pairs[0].before), hierarchy.depth(pairs[0].after)
    return pairs[0].before if before >= after else pairs[0].after


def sources_of(hierarchy: Hierarchy, flat: int, pairs: Sequence[Pair]) -> list[int]:
    """Return the images that have to be decoded before another one."""
    start = start_of(hierarchy, flat, pairs)
    needed = {n for pair in pairs for n in (pair.before, pair.after)}
    return sorted(needed or ({start} if start is not None else set()))


@dataclass(frozen=True)
class Scene:
    """What the images of a collection are coded with.

    Parameters
    ----------
    hierarchy
        Order of prediction.
    coder
        Coder of single images.
    viewpoints
        Geometry, if it is known and used.
    """

    hierarchy: Hierarchy
    coder: ImageCoder
    viewpoints: Viewpoints | None

    @classmethod
    def of(cls, coded: CodedImages, settings: ViewsSettings, state: Mapping[str, Any]) -> "Scene":
        """Return the scene of a header's settings and state; FormatError if they are damaged."""
        coder = coder_of(coded, state)
        viewpoints = None if settings.depth is False else Viewpoints.of(coded, coder.fill)
        return cls(Hierarchy(coded, settings.group), coder, viewpoints)

    def context(
        self, flat: int, pairs: Sequence[Pair], others: "DecodedImages"
    ) -> tuple[State, list[Neighbours]]:
        """Return the coder state that an image starts from, and its decoded neighbours: as seen
        from its own viewpoint where the geometry is known, the first pair also as it is."""
        needed = sources_of(self.hierarchy, flat, pairs)
        got = dict(zip(needed, run_all(others.image, needed), strict=True))
        start = start_of(self.hierarchy, flat, pairs)
        state = initial_state() if start is None else next_state(got[start].state)
        found = []
        for number, pair in enumerate(pairs):
            before, after = got[pair.before].image, got[pair.after].image
            far = (pair.to_before, pair.to_after)
            moved = self.viewpoints is not None and self.viewpoints.differ(flat, pair.before)
            if self.viewpoints is not None and moved:
                seen = self.viewpoints.warped(flat, (pair.before, before), (pair.after, after))
                first, second = map(self.coder.reference, seen)
                found.append(Neighbours(first, second, *far, number))
            if number == 0 or not moved:
                both = (others.reference(pair.before), others.reference(pair.after))
                found.append(Neighbours(*both, *far, number))
        return state, found

    def decoded(self, flat: int, stream: Stream, others: "DecodedImages") -> Decoded:
        """Return an image decoded from its stream and the images that it is predicted from.

        Raises
        ------
        FormatError
            The stream is damaged.
        """
        pairs = pairs_of(self.hierarchy, flat, stream.axes)
        state, neighbours = self.context(flat, pairs, others)
        image = self.coder.decode(stream.data, neighbours, self.hierarchy.grade(flat), state)
        return Decoded(image, state)


class DecodedImages:
    """Cache of decoded images, and of those last predicted from.

    Parameters
    ----------
    coder
        Coder of single images.
    decode
        Decodes an image that is not in the cache.
    """

    def __init__(self, coder: ImageCoder, decode: Callable[[int], Decoded]) -> None:
        self._coder = coder
        self.image = once_cache(CACHE_BYTES, bytes_of)(decode)
        self.reference = once_cache(REFERENCE_BYTES, bytes_of)(self._reference)

    def _reference(self, flat: int) -> "Reference":
        return self._coder.reference(self.image(flat).image)


class ViewsDecoder(ImageDecoder):
    """Decoder of ``views``.

    Raises
    ------
    FormatError
        State and sections do not match the collection.
    """

    exact = True

    def __init__(
        self,
        coded: CodedImages,
        settings: ViewsSettings,
        state: Mapping[str, Any],
        reader: SectionReader,
    ) -> None:
        self._coded, self._reader = coded, reader
        if sum(reader.section_bytes().values()) < len(coded.order):  # each has a byte or more
            raise FormatError("The header is damaged: groups and images do not match.")
        self._scene = Scene.of(coded, settings, state)
        hierarchy = self._scene.hierarchy
        self._groups = hierarchy.groups
        if reader.units(0, SECTION) != len(self._groups):
            raise FormatError("The header is damaged: groups and images do not match.")
        self._unit = np.full(hierarchy.present.size, -1, np.int64)
        for number, images in enumerate(self._groups):
            self._unit[images] = number
        alpha = state.get("alpha")
        self._alpha = None if alpha is None else np.uint8(alpha)
        self._images = DecodedImages(self._scene.coder, self._decode)
        self._streams = once_cache(UNIT_CACHE_BYTES, _bytes_of_streams)(self._read)

    def decode(self, flat: int) -> NDArray[np.uint8]:
        image = self._images.image(flat).image
        if self._alpha is None:
            return image.copy()
        full = np.full(self._coded.image_shape, self._alpha, np.uint8)
        full[..., : image.shape[-1]] = image
        return full

    def touched(self, flats: Collection[int]) -> tuple[int, int]:
        seen, wave = set(flats), set(flats)
        while wave:
            wave = {n for f in wave for n in self._sources(f)} - seen
            seen |= wave
        units = sorted({int(self._unit[f]) for f in seen})
        size = sum(map(len, self._reader.read_units(0, SECTION, units)))
        depths = set().union(*map(self._depths, seen))
        if depths:
            size += self._coded.others[DEPTH].touched(depths)[1]
        return len(seen), size

    def _decode(self, flat: int) -> Decoded:
        return self._scene.decoded(flat, self._stream(flat), self._images)

    def _sources(self, flat: int) -> list[int]:
        hierarchy = self._scene.hierarchy
        return sources_of(hierarchy, flat, pairs_of(hierarchy, flat, self._stream(flat).axes))

    def _depths(self, flat: int) -> set[int]:
        """Return the images whose depths are decoded for one, its sources apart."""
        pairs = pairs_of(self._scene.hierarchy, flat, self._stream(flat).axes)
        viewpoints = self._scene.viewpoints
        if viewpoints is None:
            return set()
        moved = [pair for pair in pairs if viewpoints.differ(flat, pair.before)]
        return {n for pair in moved for n in (flat, pair.before, pair.after)}

    def _stream(self, flat: int) -> Stream:
        return self._streams(int(self._unit[flat]))[flat]

    def _read(self, number: int) -> dict[int, Stream]:
        images = self._groups[number]
        data = self._reader.read_units(0, SECTION, [number])[0]
        streams = parse_unit(data, len(images), len(self._coded.parameters))
        return dict(zip(images, streams, strict=True))


def coder_of(coded: CodedImages, state: Mapping[str, Any]) -> ImageCoder:
    """Return the coder that a header's state describes.

    Raises
    ------
    VersionError
        It is of another version of the coder.
    FormatError
        The state is damaged.
    """
    check_version(state)
    step, fill, alpha = (state.get(name) for name in ("step", "fill", "alpha"))
    transform = checked(state.get("colour"))
    components = coded.channel.components - (alpha is not None)
    colours = [*fill, alpha or 0] if isinstance(fill, list) else []
    good = type(step) is int and 1 <= step <= MAX_STEP
    good = good and len(colours) == components + 1 > COLOURS
    if not good or not all(type(v) is int and 0 <= v < 256 for v in colours):
        raise FormatError(f"The header is damaged: its images have the state {state!r:.80}.")
    exact = isinstance(transform, str)
    return ImageCoder(coded.size, components, transform, tuple(colours[:-1]), int(step or 0), exact)


def bytes_of(found: Any) -> int:
    """Return the size of a decoded image in memory."""
    size: int = found.nbytes
    return size


def _bytes_of_streams(streams: dict[int, Stream]) -> int:
    return sum(len(s.data) + 64 for s in streams.values())
