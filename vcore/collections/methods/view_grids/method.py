"""The ``view-grids`` method: encode and open."""

from collections.abc import Mapping
from typing import Any, ClassVar

from vcore.collections.methods.base import CodedImages, ImageMethod, ImageSource
from vcore.collections.methods.view_grids.decoder import LATENTS, NETWORK, ViewGridsDecoder
from vcore.collections.methods.view_grids.settings import ViewGridsSettings
from vcore.container import SectionReader
from vcore.errors import BudgetError, FormatError, InputError
from vcore.methods.base import Achieved, Settings, Sink
from vcore.model.budget import Budget
from vcore.model.context import Context


class ViewGrids(ImageMethod):
    """Grids of latents over the parameters and the image plane, and a small network.

    As in MV-MGINR (A multi-grid implicit neural representation for multi-view videos, 2025), grids
    over fewer and over all parameters are summed and upscaled by a network; as in NVRC-Lite
    (Ultra-lightweight neural video representation compression, 2025), they enter it at several
    scales, and are fitted with their bits as part of the loss.
    """

    name = "view-grids"
    summary = "grids of latents over parameters and image plane, upscaled by a small network"
    needs_torch = True
    any_quality = False
    keeps_bounds = False
    Settings: ClassVar[type[Settings]] = ViewGridsSettings

    def encode(
        self,
        source: ImageSource,
        budget: Budget,
        settings: ViewGridsSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        from vcore.collections.methods.view_grids.encoder import encode

        settings.check()
        _check_channel(source)
        if budget.bytes is None:
            raise BudgetError(f"Expected bytes for {self.name}. Got {budget.text()} instead.")
        found = encode(source, int(budget.bytes), settings, context)
        sink.add(0, NETWORK, [found.network])
        sink.add(0, LATENTS, found.units)
        return Achieved(found.settings, found.state)

    def open(
        self,
        coded: CodedImages,
        settings: ViewGridsSettings,
        state: Mapping[str, Any],
        reader: SectionReader,
    ) -> ViewGridsDecoder:
        try:
            _check_channel(coded)
        except InputError as error:
            raise FormatError(f"The header is damaged: {error}") from error
        return ViewGridsDecoder(coded, settings, state, reader)


def _check_channel(coded: CodedImages) -> None:
    """Raise InputError unless the channel is a colour."""
    if not coded.channel.is_colour:
        raise InputError(
            f"Expected a colour for the method view-grids. Got the channel {coded.channel.name}: "
            f"use stacked."
        )
