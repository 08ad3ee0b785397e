"""Pieces of a variable that are coded apart: its channels, or all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vcore.engine.channels import channel_of
from vcore.engine.measure import foregrounds_of
from vcore.engine.plans import Plan
from vcore.engine.scan import scan
from vcore.errors import InputError
from vcore.methods.base import Sink
from vcore.methods.source import VariableSource
from vcore.metrics.robust import Foreground, warning
from vcore.model.budget import GOOD, PREVIEW, Budget
from vcore.model.context import Context
from vcore.noise import Detector, detector_of
from vcore.noise.estimating import ROUNDING

MAX_CHANNELS = 64
"""Maximum number of channels that are coded apart: each takes some 150 bytes of the header."""
MIN_BYTES = 4096
"""Minimum bytes of a channel from which it is worth a header of its own."""


@dataclass(frozen=True)
class Piece:
    """A variable, or one of its channels, to encode.

    Parameters
    ----------
    source
        Its values and range.
    plan
        Method and budget of the variable.
    budget
        Budget in terms of the whole range and of the noise: ``Budget.plain``.
    sink
        Output of its sections.
    channel
        Its number; None for a whole variable.
    foregrounds
        The foreground of each channel in it.
    title
        Name of the channel, "" if it has none.
    """

    source: VariableSource
    plan: Plan
    budget: Budget
    sink: Sink
    channel: int | None
    foregrounds: Sequence[Foreground]
    title: str = ""

    @property
    def label(self) -> str:
        """Name for notes."""
        name = self.source.variable.name
        return name if self.channel is None else f"{name}, channel {self.title or self.channel}"

    def warning(self, reached: Mapping[str, Any]) -> str:
        """Return a note if a requested PSNR, as ``reached``, says little of the structure, or
        ""."""
        if self.plan.budget.psnr is None:
            return ""
        span = self.source.span
        worst = max(self.foregrounds, key=lambda foreground: foreground.advantage(span))
        return warning(self.label, reached, worst)


def piece_of(
    source: VariableSource,
    plan: Plan,
    sink: Sink,
    channel: int | None,
    names: Sequence[str] = (),
) -> Piece:
    """Return a piece with its foreground, which is measured, and its budget; ``names`` are those of
    all channels."""
    found = foregrounds_of(source.variable)
    title = "" if channel is None or not names else names[channel]
    advantage = max(foreground.advantage(source.span) for foreground in found)
    return Piece(source, plan, plan.budget.plain(advantage), sink, channel, found, title)


def is_split(source: VariableSource, plan: Plan, part: float) -> bool:
    """Return whether the channels of a variable are coded apart.

    They are if the budget is relative to them and the method says so, unless they are
    labels, there are very many, or a channel would get very few bytes.

    Parameters
    ----------
    part
        Share of the plan's bytes for the variable.
    """
    count = source.variable.length("c")
    if not 1 < count <= MAX_CHANNELS or not plan.method.channels_apart or source.span == 0:
        return False
    if source.variable.is_label:
        return False
    limit = plan.limit_bytes
    enough = limit is None or limit * part / count >= MIN_BYTES
    return plan.budget.is_relative and enough


def channels_of(source: VariableSource, context: Context) -> list[VariableSource]:
    """Return the channels of a variable, each with its own range."""
    variable = source.variable
    channels = [channel_of(variable, number) for number in range(variable.length("c"))]
    return [scan(channel, source.grid, context)[0] for channel in channels]


def _is_rounding(detector: Detector, dtype: np.dtype[Any]) -> bool:
    """Return whether noise is less than that of rounding to integers, at rest and per count."""
    is_quiet = detector.read_noise**2 < ROUNDING and detector.gain < ROUNDING
    return dtype.kind in "ui" and is_quiet


def detectors_of(pieces: Sequence[Piece], context: Context) -> list[Detector | None]:
    """Return the detector of each channel, to tell what a word for the quality means; None where
    its noise cannot be measured."""
    if pieces[0].plan.budget.quality not in (GOOD, PREVIEW):
        return []
    found: list[Detector | None] = []
    for piece in pieces:
        detector = None
        if piece.source.span and len(piece.foregrounds) == 1:
            try:
                detector = detector_of(piece.source, context)
            except InputError:
                detector = None
            if detector is not None and _is_rounding(detector, piece.source.variable.dtype):
                detector = None  # a simulation, rather than an image
        found += [detector] * len(piece.foregrounds)
    return found
