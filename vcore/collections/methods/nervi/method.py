"""The ``nervi`` method: sizes for a budget, encoding, decoding."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from vcore.collections.methods.base import CodedImages, ImageMethod, ImageSource
from vcore.collections.methods.nervi.coding import FEWEST_BITS, packed_in_range, pruned
from vcore.collections.methods.nervi.decoder import SECTION, NerviDecoder
from vcore.collections.methods.nervi.settings import NerviSettings
from vcore.collections.methods.nervi.shapes import Shape
from vcore.collections.methods.nervi.subject import Subject, read_pictures
from vcore.container import SectionReader
from vcore.errors import BudgetError, FormatError
from vcore.methods.base import Achieved, Settings, Sink
from vcore.model.budget import Budget
from vcore.model.context import Context

MAX_WEIGHTS = 1 << 27
"""Most weights of a network, 0.5 GB: more than the paper's 202 million bytes."""
MAX_MAP_BYTES = 1 << 34
"""Most bytes of a map of an image: 8 channels of 23,000 x 23,000 pixels."""
INDEX_BYTES = 16
"""Bytes of the index of the section, at most."""
SAVED_BITS = 1.75
"""Bits of a weight that entropy coding saves of the paper's 9 (measured 1.5 to 1.9, the more the
longer the fit); where it saves less, weights get 8 bits."""
COMPACT_BITS = 5.0
"""Bits of a weight of ``compact``, which are chosen to fill the bytes."""


class Nervi(ImageMethod):
    """A network from the parameters of an image to the image.

    NeRVI: Gu, Chen, Wang, "NeRVI: Compressive neural representation of visualization images for
    communicating volume visualization results", Computers & Graphics 2023; and, as presets of the
    same file, the networks of its comparison.
    """

    name = "nervi"
    summary = "a network from parameters to images (NeRVI, NeRV, InSituNet, SIREN, NeRF)"
    needs_torch = True
    any_quality = False
    keeps_bounds = False
    Settings: ClassVar[type[Settings]] = NerviSettings

    def encode(
        self,
        source: ImageSource,
        budget: Budget,
        settings: NerviSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        from vcore.collections.methods.nervi import training, tuning

        settings.check()
        if budget.bytes is None:
            raise BudgetError(f"Expected bytes for {self.name}. Got {budget.text()} instead.")
        limit = int(budget.bytes) - INDEX_BYTES
        parameters = len(source.parameters)
        least = Shape(settings, parameters, 3, source.size, settings.width or 1)
        needed = least.weights * FEWEST_BITS // 8 + 16 * len(least.arrays)
        if limit < needed:
            raise BudgetError(
                f"Expected at least {needed + INDEX_BYTES} bytes for the smallest network. Got "
                f"{budget.bytes}.",
                needed + INDEX_BYTES,
            )
        pictures = read_pictures(source, settings.masked, context)
        subject = pictures.subject
        sizes = settings, parameters, subject.outputs, subject.size
        if settings.width is None:
            bits = COMPACT_BITS if settings.preset == "compact" else settings.bits - SAVED_BITS
            shape = Shape.widest(*sizes, int(8 * limit / bits))
        else:
            shape = Shape(*sizes, settings.width)
        if shape.weights > MAX_WEIGHTS or shape.map_bytes > MAX_MAP_BYTES:
            raise BudgetError(
                f"Expected a network of at most {MAX_WEIGHTS} weights, and maps of "
                f"{MAX_MAP_BYTES} bytes. Got {shape.weights} and {shape.map_bytes}: ask for fewer "
                f"bytes, or choose a smaller width."
            )
        problem = training.Problem.of(shape, source, pictures, context)
        checkpoint = training.checkpoint_of(problem)
        minutes = training.minutes_of(context, settings.minutes)
        if settings.preset == "compact":
            weights = training.fit(problem, (1 - tuning.SHARE) * minutes, checkpoint)
            data = tuning.tuned(problem, weights, tuning.SHARE * minutes, limit)
        else:
            weights = training.fit(problem, minutes, checkpoint)
            data = packed_in_range(pruned(weights, settings.prune), settings.bits, limit)
        sink.add(0, SECTION, [data])
        if checkpoint is not None:
            checkpoint.remove()
        stored = replace(settings, width=shape.width, stem=None, checkpoint=None)
        if settings.stem is not None:
            stored = replace(stored, stem=settings.stem)
        return Achieved(stored, subject.to_json())

    def open(
        self,
        coded: CodedImages,
        settings: NerviSettings,
        state: Mapping[str, Any],
        reader: SectionReader,
    ) -> NerviDecoder:
        if settings.width is None or not coded.channel.is_colour:
            raise FormatError("The header is damaged: it lacks the network's width or its colour.")
        subject = Subject.from_json(state, coded.size)
        shape = Shape(
            settings, len(coded.parameters), subject.outputs, subject.size, settings.width
        )
        if shape.weights > MAX_WEIGHTS or shape.map_bytes > MAX_MAP_BYTES:
            raise FormatError(
                f"The header is damaged: a network of {shape.weights} weights, and maps of "
                f"{shape.map_bytes} bytes."
            )
        return NerviDecoder(coded, shape, subject, reader)
