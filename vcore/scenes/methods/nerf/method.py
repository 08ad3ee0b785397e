"""``nerf``: a trained network, quantised and entropy coded, with a grid of empty space."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from vcore.container import SectionReader
from vcore.errors import FormatError, VcoreError
from vcore.methods.base import Achieved, Settings, Sink
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.scenes.methods.base import CodedScene, SceneMethod
from vcore.scenes.methods.nerf import coding, sharing
from vcore.scenes.methods.nerf.encoding import Encoding
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.nerf.layouts import LAYOUTS
from vcore.scenes.methods.nerf.ndc import Ndc
from vcore.scenes.methods.nerf.network import Architecture
from vcore.scenes.methods.nerf.occupancy import Occupancy
from vcore.scenes.methods.nerf.settings import NerfSettings
from vcore.scenes.methods.nerf.sharing import SharedEncoding

NETWORK, OCCUPANCY = "network", "occupancy"
SECTION = 40
"""Header bytes of one more section."""
MAX_PARAMETERS = 1 << 24
"""Maximum number of weights and biases of a file's network."""


class Nerf(SceneMethod):
    """Neural radiance fields: the fine network alone, and the cells that it fills.

    The coarse network only says where to sample; the grid says it in fewer bytes, and in less time.
    """

    name = "nerf"
    summary = "networks of neural radiance fields, with a grid of empty space"
    field = NerfField
    Settings: ClassVar[type[Settings]] = NerfSettings

    def encode(
        self,
        source: NerfField,
        budget: Budget,
        settings: NerfSettings,
        context: Context,
        sink: Sink,
    ) -> Achieved:
        state: dict[str, Any] = {"architecture": source.network.architecture.to_json()}
        if source.layout != LAYOUTS[0]:
            state["layout"] = source.layout
        if source.ndc is not None:
            state["ndc"] = source.ndc.to_json()
        encoding = (SharedEncoding if settings.share else Encoding)(source, settings, context)
        sink.add(0, OCCUPANCY, [encoding.occupied])
        left = sink.room_left(settings, state) - SECTION
        if budget.bytes is not None and left < 0:  # coordinates, or many settings
            budget = Budget(bytes=max(budget.bytes + left, 1))
        network = encoding.within(budget)
        sink.add(0, NETWORK, [network])
        return Achieved(settings, state)

    def open(
        self,
        coded: CodedScene,
        settings: NerfSettings,
        state: Mapping[str, Any],
        reader: SectionReader,
    ) -> NerfField:
        architecture, layout, ndc = _described(state)
        coder = sharing if settings.share else coding
        network = coder.unpack(reader.read(0, NETWORK), architecture)
        box = coded.bounds if ndc is None else ndc.box
        occupancy = Occupancy.unpack(reader.read(0, OCCUPANCY), box, settings.cells)
        return NerfField(
            network,
            None,
            coded.bounds,
            coded.background,
            coded.cameras,
            layout=layout,
            occupancy=occupancy,
            step=float(np.max(box.extent)) / settings.steps,
            ndc=ndc,
            nbytes=coded.nbytes,
            name=coded.name,
            attributes=coded.attributes,
        )


def _described(state: Mapping[str, Any]) -> tuple[Architecture, str, Ndc | None]:
    """Return the shapes of the network, the names of its weights, and the space that it knows."""
    try:
        architecture = Architecture.from_json(state["architecture"])
        ndc = Ndc.from_json(state["ndc"]) if "ndc" in state else None
    except (KeyError, TypeError, ValueError, OverflowError, VcoreError) as error:
        raise FormatError(f"The header is damaged: its network is {error!r:.160}.") from error
    layout = state.get("layout", LAYOUTS[0])
    if layout not in LAYOUTS or architecture.parameters > MAX_PARAMETERS:
        raise FormatError(
            f"The header is damaged: a network of {architecture.parameters} parameters, named as "
            f"{layout!r:.40}."
        )
    return architecture, layout, ndc
