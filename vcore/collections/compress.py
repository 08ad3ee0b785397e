"""``compress_images``: write a collection of images to a `.vcore` file."""

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vcore._version import __version__
from vcore.collections import methods
from vcore.collections.header import ChannelHeader, ImagesHeader
from vcore.collections.images import Channel, Images
from vcore.collections.measure import compare_images
from vcore.collections.methods.base import Array, CodedImages, ImageDecoder, ImageSource
from vcore.container import Container, Writer
from vcore.container.checking import check_written
from vcore.container.layout import pack_header
from vcore.errors import BudgetError, InputError
from vcore.methods.base import HEADER_ROOM, Sink
from vcore.model.budget import BELOW_NOISE, GOOD, ROBUST_PSNR, Budget
from vcore.model.budgets import Asked, Budgets
from vcore.model.context import Context
from vcore.model.report import Report, short
from vcore.model.text import printable
from vcore.runtime.progress import shown

ERROR = 1e-3
"""Bound of the error of channels other than the colour without a budget of their own, as a share of
their range."""
SAMPLE = 64
"""Images whose share of foreground stands for all."""
DEFAULT = Budget(quality=GOOD)
"""Budget of the colour if none is given."""
STORED = (
    *("psnr", "robust_psnr", "mse", "foreground", "max_error"),
    *("alpha_psnr", "alpha_max_error"),
)


def compress_images(
    images: Images,
    path: Any = None,
    *,
    budget: Asked | None = None,
    method: str | None = None,
    settings: Mapping[str, Any] | None = None,
    context: Context | None = None,
    force: bool = False,
    progress: bool | None = None,
) -> Report:
    """Compress a collection of images into the `.vcore` file ``path``.

    Parameters
    ----------
    images
        Collection to compress; read image by image, so that it may be larger than memory.
    path
        Output path; with None, the file is returned in ``Report.data``.
    budget
        An error bound is kept by every channel; ``max_error=0`` is lossless. A size or a quality
        is the colour's, and the other channels keep errors of at most ERROR of their range:
        ``bytes`` and ``ratio`` are of the whole file, ``psnr`` of all pixels, ``robust_psnr`` of
        the foreground, with a peak of 255. ``Budgets`` give channels bounds by name. Default:
        quality "good", 42 dB over the foreground.
    method
        Method for the colour (``vcore.collections.methods.names()``).
    settings
        The method's settings, by name.
    context, force, progress
        As in ``vcore.compress``.

    Raises
    ------
    InputError, BudgetError, OutputError, OutputExistsError, Cancelled
        In each case, no file is written.
    """
    began = time.monotonic()
    with shown(context, progress) as context, Writer(path, force=force) as writer:
        asked = budget or DEFAULT
        report = _Compression(images, asked, method, settings, context, writer).run()
    return replace(report, seconds=time.monotonic() - began)


class _Compression:
    """One compression: the channels with a bound first, then the colour, which may use them."""

    def __init__(
        self,
        images: Images,
        budget: Asked,
        method: str | None,
        settings: Mapping[str, Any] | None,
        context: Context,
        writer: Writer,
    ) -> None:
        if isinstance(budget, Budgets):
            budget.check(c.name for c in images.channels)
        for budget_of_one in budget.by_name.values() if isinstance(budget, Budgets) else [budget]:
            if budget_of_one.quality == BELOW_NOISE or budget_of_one.noise_sigma is not None:
                raise BudgetError(
                    "Expected a size or a quality for images. Got a share of a detector's noise, "
                    "which pictures do not have: ask for the quality good or preview, or for a "
                    "PSNR."
                )
        self.images, self.asked, self.context, self.writer = images, budget, context, writer
        self.method = methods.get(method or methods.DEFAULT)
        self.settings = self.method.Settings.from_json(settings or {})
        self.is_fixed = self.method.is_fixed(self.settings)
        first = images.channels[0]
        if self.is_fixed and first.is_colour and self._budget_of(first) != DEFAULT:
            raise InputError(
                f"Expected a budget or the setting step. Got both, "
                f"{self._budget_of(first).text()} beside it: leave one out."
            )
        self.decoders: dict[str, ImageDecoder] = {}
        self.headers: dict[str, ChannelHeader] = {}

    def run(self) -> Report:
        colour = self.images.channels[0]
        if colour.is_colour and self._limit() is None:
            self.method.check_budget(self._budget_of(colour))
        for channel in self.images.channels:
            if not channel.is_colour:
                self._bounded(channel)
        for channel in self.images.channels:
            if channel.is_colour:
                self._colour(channel)
        figures = {c.name: self._measure(c) for c in self.images.channels}
        size = self.writer.commit(self._header(), check=self._check)
        first = figures[self.images.channels[0].name]
        return Report(
            path=str(self.writer.path) if self.writer.path else None,
            bytes=size,
            ratio=self.images.nbytes / size,
            bpv=8 * size / (math.prod(self.images.size) * len(self.images)),
            psnr=first["psnr"],
            mse=first["mse"],
            max_error=first["max_error"],
            robust_psnr=first["robust_psnr"],
            seconds=0.0,
            method=self.headers[self.images.channels[0].name].method,
            variables=figures,
            notes=self.images.notes,
            data=self.writer.data,
        )

    def _budget_of(self, channel: Channel) -> Budget:
        """Return the budget of a channel; of those other than the colour, a bound.

        Raises
        ------
        BudgetError
            It is named with a budget of another kind.
        """
        asked = self.asked
        budget = asked.of(channel.name) if isinstance(asked, Budgets) else asked
        if channel.is_colour or budget.is_bound:
            return budget
        if isinstance(asked, Budgets) and channel.name in asked.by_name:
            raise BudgetError(
                f"Expected an error bound for the channel {channel.name}, max_error or range_error."
                f" Got {budget.text()} instead."
            )
        return Budget(range_error=ERROR)

    def _bounded(self, channel: Channel) -> None:
        """Encode a channel within its error bound."""
        method = methods.get(methods.BOUNDED)
        low, high = self._range(channel)
        limit = self._budget_of(channel).bound(high - low) or 0.0
        whole = self._limit()
        room = None if whole is None else max(whole - self._spent(), 0)
        source = replace(self._source(channel, (low, high)), room=room)
        sink = Sink(self.writer, self._number(channel))
        settings = method.Settings()
        context = replace(
            self.context, progress=lambda _, done: self.context.progress(channel.name, done)
        )
        try:
            achieved = method.encode(source, Budget(max_error=limit), settings, context, sink)
        except BudgetError as error:
            if whole is None or error.needed is None:
                raise
            raise self._no_room(self._spent() + error.needed, whole) from error
        self._keep(
            source,
            sink,
            ChannelHeader(
                channel,
                method.name,
                (low, high),
                achieved.settings.to_json(),
                achieved.state,
                limit,
            ),
        )

    def _colour(self, channel: Channel) -> None:
        source = self._source(channel, (0, 255))
        sink = Sink(self.writer, self._number(channel))
        asked = self._budget_of(channel)
        budget = self._plain(asked)
        try:
            achieved = self.method.encode(source, budget, self.settings, self.context, sink)
        except BudgetError as error:
            if budget.bytes is None or error.needed is None:
                raise
            total = self._limit_bytes(asked) or 0
            would_do = total + error.needed - int(budget.bytes)
            raise BudgetError(
                f"Expected a budget that {self.method.name} can meet. {total} bytes are too few: "
                f"about {would_do} would do.",
                would_do,
            ) from error
        header = ChannelHeader(
            channel,
            self.method.name,
            (0, 255),
            achieved.settings.to_json(),
            achieved.state,
            budget.max_error,
            quality="" if self.is_fixed else asked.quality or "",
        )
        self._keep(source, sink, header)

    def _limit_bytes(self, budget: Budget) -> int | None:
        pixels = math.prod(self.images.size) * len(self.images)
        return budget.limit_bytes(self.images.nbytes, pixels)

    def _plain(self, budget: Budget) -> Budget:
        """Return the budget of the colour's sections alone, in the terms of a method."""
        limit = self._limit_bytes(budget)
        if limit is None:
            if budget.is_bound:
                return Budget(max_error=budget.bound(255))
            robust = ROBUST_PSNR.get(budget.quality or "", budget.robust_psnr)
            if robust is None:
                return budget
            return Budget(psnr=robust - 10 * math.log10(self._foreground()))
        spent = self._spent()
        if limit <= spent:
            raise self._no_room(spent, limit)
        return Budget(bytes=limit - spent)

    def _spent(self) -> int:
        """Return the bytes of the channels so far, and of the header."""
        header = HEADER_ROOM + len(pack_header(self._header()))
        return header + sum(self.writer.section_bytes(n) for n in range(len(self.images.channels)))

    def _limit(self) -> int | None:
        """Return the maximum size of the file, None if the budget of the colour is none."""
        first = self.images.channels[0]
        return self._limit_bytes(self._budget_of(first)) if first.is_colour else None

    def _no_room(self, spent: int, limit: int) -> BudgetError:
        return BudgetError(
            f"Expected a budget that a file can meet. The channels beside the colour take "
            f"about {spent} of {limit} bytes: allow them a larger error, or exclude them.",
            spent,
        )

    def _foreground(self) -> float:
        """Return the share of the pixels in the foreground, of images all over the collection."""
        places = list(self.images.indices())
        chosen = places[:: max(1, len(places) // SAMPLE)]
        share = float(np.mean([self.images.mask(index).mean() for index in chosen]))
        return share or 1.0

    def _range(self, channel: Channel) -> tuple[float, float]:
        """Return the smallest and largest finite value of a channel; (0, 0) if there is none."""
        low, high = math.inf, -math.inf
        for done, index in enumerate(self.images.indices()):
            self.context.report("scanning", done / len(self.images))
            values = self._read(index, channel)
            finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
            if finite.size:
                low, high = min(low, finite.min().item()), max(high, finite.max().item())
        return (low, high) if low <= high else (0, 0)

    def _read(self, index: tuple[int, ...], channel: Channel) -> Array:
        """Return an original image.

        Raises
        ------
        InputError
            It is of another shape or type than the collection says.
        """
        values = np.asarray(self.images.read(index, channel.name))
        shape = channel.shape_of(self.images.size)
        if values.shape != shape or values.dtype != channel.dtype:
            told = ", ".join(f"{n} = {v}" for n, v in self.images.values_of(index).items())
            raise InputError(
                f"Expected images of {channel.name} of shape {shape} and type {channel.dtype}. Got "
                f"{values.shape} of {values.dtype} at {told or 'the only image'}."
            )
        return values

    def _source(self, channel: Channel, limits: tuple[float, float]) -> ImageSource:
        def read(flat: int) -> Array:
            index = tuple(int(i) for i in np.unravel_index(flat, self.images.shape))
            return self._read(index, channel)

        return ImageSource(
            self.images.parameters,
            self.images.size,
            channel,
            limits,
            self.images.present,
            self.images.background,
            self.images.camera,
            dict(self.decoders),
            read=read,
        )

    def _number(self, channel: Channel) -> int:
        return self.images.channels.index(channel)

    def _keep(self, coded: CodedImages, sink: Sink, header: ChannelHeader) -> None:
        method = methods.get(header.method)
        settings = method.Settings.from_header(header.settings)
        self.headers[header.channel.name] = header
        self.decoders[header.channel.name] = method.open(
            coded, settings, header.state, sink.reader()
        )

    def _measure(self, channel: Channel) -> dict[str, Any]:
        """Return the figures of a channel, measured on the written bytes, and store them.

        Raises
        ------
        BudgetError
            They miss the bound or the PSNR.
        """
        header, decoder = self.headers[channel.name], self.decoders[channel.name]
        shape = self.images.shape

        def decode(index: tuple[int, ...]) -> Array:
            return decoder.decode(int(np.ravel_multi_index(index, shape)) if shape else 0)

        span = float(header.range[1]) - float(header.range[0])
        figures = compare_images(self.images, decode, channel.name, span, self.context)
        limit = header.max_error
        missed = limit is not None and figures["max_error"] > limit * (1 + 1e-9)
        if missed or (channel.is_colour and self._misses(figures)):
            raise BudgetError(
                f"Expected {header.method} to keep the budget. {channel.name} has errors up to "
                f"{figures['max_error']:g} and a PSNR of {figures['psnr']:.2f} dB."
            )
        stored = {k: short(figures[k]) for k in STORED if k in figures}
        self.headers[channel.name] = replace(header, achieved=stored)
        size = self.writer.section_bytes(self._number(channel))
        return {**figures, "method": header.method, "bytes": size, "unit": channel.unit}

    def _misses(self, figures: Mapping[str, Any]) -> bool:
        asked = self._budget_of(self.images.channels[0]).psnr
        return asked is not None and bool(figures["psnr"] < asked)

    def _header(self) -> dict[str, Any]:
        described = ImagesHeader.of(
            self.images,
            tuple(
                self.headers.get(c.name) or ChannelHeader(c, self.method.name, (0, 255))
                for c in self.images.channels
            ),
        )
        return {
            **described.to_json(),
            "encoder": __version__,
            "source": {"name": printable(self.images.name)},
        }

    def _check(self, file: Any) -> None:
        """Verify the checksums and the size of the written file before it gets its name."""
        container = Container(file)
        described = ImagesHeader.from_json(container.header)
        check_written(container, len(described.channels), self._limit())
