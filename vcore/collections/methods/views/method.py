"""The method: encode and open."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from vcore.collections.methods.base import CodedImages, ImageMethod, ImageSource
from vcore.collections.methods.views.decoder import ViewsDecoder
from vcore.collections.methods.views.encoder import Encoder
from vcore.collections.methods.views.settings import ViewsSettings
from vcore.container import SectionReader
from vcore.errors import FormatError, InputError
from vcore.methods.base import Achieved, Settings, Sink
from vcore.model.budget import Budget
from vcore.model.context import Context


class Views(ImageMethod):
    """Images predicted from decoded neighbours along the parameters."""

    name = "views"
    summary = "predicts images from neighbours along time and viewpoint; the default for colours"
    Settings: ClassVar[type[Settings]] = ViewsSettings

    def encode(
        self,
        source: ImageSource,
        budget: Budget,
        settings: ViewsSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        settings.check()
        _check_channel(source)
        # in a header, the absence means that it is used
        settings = replace(settings, depth=bool(settings.depth))
        state = Encoder(source, settings, context, sink).run(budget)
        return Achieved(settings, state)

    def open(
        self,
        coded: CodedImages,
        settings: ViewsSettings,
        state: Mapping[str, Any],
        reader: SectionReader,
    ) -> ViewsDecoder:
        try:
            settings.check()
            _check_channel(coded)
        except InputError as error:
            raise FormatError(f"The header is damaged: {error}") from error
        return ViewsDecoder(coded, settings, state, reader)


def _check_channel(coded: CodedImages) -> None:
    """Raise InputError unless the channel is a colour."""
    if not coded.channel.is_colour:
        raise InputError(
            f"Expected a colour for the method views. Got the channel {coded.channel.name}: use "
            f"stacked."
        )
