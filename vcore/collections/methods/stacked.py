"""``stacked``: neighbouring images as the slices of small volumes, by a method for volumes."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from vcore.collections.methods.base import (
    Array,
    CodedImages,
    ImageDecoder,
    ImageMethod,
    ImageSource,
)
from vcore.container import SectionReader
from vcore.container.carried import CarriedHeader
from vcore.container.sources import BytesSource
from vcore.errors import BudgetError, FormatError, InputError
from vcore.methods.base import Achieved, Settings, Sink
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.runtime.executor import run_all
from vcore.runtime.single_flight import SingleFlight
from vcore.zarr.chunk import ChunkContext, open_chunk, unpack
from vcore.zarr.chunk_encoder import encode_chunk

SECTION = "images"
MAX_GROUP = 1024
"""Most images in a group."""
INDEX_BYTES = 12
"""Bytes of an index per unit, at most."""
CACHE_BYTES = 1 << 26
"""Maximum size of the decoded groups that a decoder keeps, in bytes."""
SPREAD = 8
"""Stride at which groups are coded where there may be no room for all."""
COUNTED = 3
"""Components of a colour whose errors count in a PSNR."""
LOSSY, LOSSLESS, PLAIN = "wavelet", "bounded", "plain"
"""Method for volumes without and with an error bound; float64 without loss is deflated instead."""


@dataclass(frozen=True)
class StackedSettings(Settings):
    """Settings of ``stacked``."""

    group: int = field(
        default=8, metadata={"help": "Images that are coded together, and decoded for one."}
    )

    @classmethod
    def smallest(cls) -> "StackedSettings":
        return cls(group=2)

    def check(self) -> None:
        """Validate the group; InputError if it is out of range."""
        if not 1 <= self.group <= MAX_GROUP:
            raise InputError(
                f"Expected groups of 1 to {MAX_GROUP} images. Got {self.group} instead."
            )


class Stacked(ImageMethod):
    """Groups of neighbouring images, coded as volumes of one image a slice."""

    name = "stacked"
    summary = "neighbouring images as slices of small volumes; keeps error bounds"
    Settings: ClassVar[type[Settings]] = StackedSettings

    def encode(
        self,
        source: ImageSource,
        budget: Budget,
        settings: StackedSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        settings.check()
        group = min(settings.group, len(source.order))
        starts = range(0, len(source.order), group)
        if budget.bytes is not None:
            share = (int(budget.bytes) - INDEX_BYTES * len(starts)) // len(starts)
            if share < 1:
                needed = (INDEX_BYTES + 64) * len(starts)
                raise BudgetError(
                    f"Expected bytes for {len(starts)} groups of images. {budget.bytes} are too "
                    f"few: {needed} may do.",
                    needed,
                )
            budget = Budget(bytes=share)
        if budget.psnr is not None:
            # over red, green and blue, while that of a chunk counts alpha, too, often without error
            alpha = 10 * math.log10(source.channel.components / COUNTED)
            budget = Budget(psnr=budget.psnr + max(alpha, 0.0))
        state = {"method": _method(source, budget), "budget": budget.to_json(), "group": group}
        shared = _context_of(source, state)
        done = size = 0

        def code(start: int) -> bytes:
            nonlocal done, size
            data = _encoded(_stack(source, start, group), shared)
            done, size = done + 1, size + len(data)
            if source.room is not None and size > source.room:
                needed = size * len(starts) // done
                raise BudgetError(
                    f"Expected room for {source.channel.name}. {source.room} bytes are too few: "
                    f"about {needed} would do.",
                    needed,
                )
            context.report("encoding", done / len(starts))
            return data

        order = list(starts)
        if source.room is not None:  # groups from all over tell early whether it will do
            order = [start for k in range(SPREAD) for start in starts[k::SPREAD]]
        units = dict(zip(order, run_all(code, order), strict=True))
        sink.add(0, SECTION, [units[start] for start in starts])
        return Achieved(settings, state)

    def open(
        self,
        coded: CodedImages,
        settings: StackedSettings,
        state: Mapping[str, Any],
        reader: SectionReader,
    ) -> "StackedDecoder":
        return StackedDecoder(coded, state, reader)


class StackedDecoder(ImageDecoder):
    """Decoder of ``stacked``."""

    def __init__(self, coded: CodedImages, state: Mapping[str, Any], reader: SectionReader) -> None:
        try:
            self._group = int(state["group"])
            self._shared = _context_of(coded, state)
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"The header is damaged: its groups are {error!r:.80}.") from error
        groups = -(-coded.count // self._group) if 0 < self._group <= MAX_GROUP else 0
        if not groups or reader.units(0, SECTION) != groups:
            raise FormatError("The header is damaged: groups and images do not match.")
        self.exact = state["method"] != LOSSY
        self._coded, self._reader = coded, reader
        self._position = np.full(math.prod(coded.shape), -1, np.int64)
        self._position[coded.order] = np.arange(len(coded.order))
        self._groups: SingleFlight[Array] = SingleFlight(CACHE_BYTES, lambda a: a.nbytes, 1)

    def decode(self, flat: int) -> Array:
        group, inside = divmod(int(self._position[flat]), self._group)
        image: Array = self._stack(group)[inside]
        return image.copy()

    def touched(self, flats: Collection[int]) -> tuple[int, int]:
        groups = sorted({int(self._position[flat]) // self._group for flat in flats})
        units = self._reader.read_units(0, SECTION, groups)
        return sum(map(self._images, groups)), sum(map(len, units))

    def _images(self, group: int) -> int:
        """Return the number of images of a group."""
        return min(self._group, self._coded.count - group * self._group)

    def _stack(self, group: int) -> Array:
        """Return the images of a group, (image, y, x) or (image, y, x, component)."""
        future, new = self._groups.claim(group)
        if new and self._groups.begin(future):
            try:
                self._groups.finish(group, future, self._decoded(group))
            except BaseException as error:
                self._groups.fail(group, future, error)
                raise
        return future.result()

    def _decoded(self, group: int) -> Array:
        data = self._reader.read_units(0, SECTION, [group])[0]
        if self._shared.method == PLAIN:
            shape = (self._images(group), *self._coded.size)
            return _deflated(self._coded.channel.dtype, shape).unpack(data, shape)
        values = open_chunk(BytesSource(data), unpack(data, self._shared)).decode()
        return np.moveaxis(values, 0, -1) if self._coded.channel.is_colour else values


def _method(source: ImageSource, budget: Budget) -> str:
    """Return the method that keeps the budget: no method for volumes codes float64 without loss."""
    if budget.max_error == 0 and source.channel.dtype == np.float64:
        return PLAIN
    return LOSSLESS if budget.is_bound else LOSSY


def _encoded(stack: Array, shared: ChunkContext) -> bytes:
    if shared.method == PLAIN:
        return _deflated(stack.dtype, stack.shape).pack(stack)
    return encode_chunk(stack, shared).data


def _deflated(dtype: np.dtype[Any], shape: tuple[int, ...]) -> CarriedHeader:
    """Return the layout of a group without loss, one chunk."""
    little = dtype.newbyteorder("<").str
    return CarriedHeader(SECTION, ("",) * len(shape), little, shape, shape)


def _stack(source: ImageSource, start: int, group: int) -> Array:
    images = np.stack([source.read(int(flat)) for flat in source.order[start : start + group]])
    return np.moveaxis(images, -1, 0) if source.channel.is_colour else images


def _context_of(coded: CodedImages, state: Mapping[str, Any]) -> ChunkContext:
    """Return what all groups have in common."""
    shape: tuple[int, ...] = (int(state["group"]), *coded.size)
    axes: tuple[str, ...] = ("z", "y", "x")
    if coded.channel.is_colour:
        shape, axes = (coded.channel.components, *shape), ("c", *axes)
    known = (LOSSY, LOSSLESS, *([PLAIN] if coded.channel.dtype == np.float64 else []))
    if state["method"] not in known:
        raise ValueError(f"{state['method']!r:.40} is no method of groups")
    return ChunkContext(
        shape,
        axes,
        coded.channel.dtype,
        state["method"],
        budget=Budget.from_json(state["budget"]),
        range=coded.range,
    )
