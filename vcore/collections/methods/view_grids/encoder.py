"""Encoder: sizes for a budget, fit, and latents rounded so that the budget is kept."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vcore.collections.methods.base import ImageSource
from vcore.collections.methods.nervi.subject import read_pictures
from vcore.collections.methods.view_grids.settings import ViewGridsSettings
from vcore.collections.methods.view_grids.shapes import Axis, Shapes, axes_of, levels_of
from vcore.collections.methods.view_grids.stored import BITS, pack_network
from vcore.collections.methods.view_grids.units import Units
from vcore.errors import BudgetError
from vcore.model.context import Context

COARSEST = 12
"""Least side of the coarsest scale in pixels."""
MAX_SCALES = 5
CHANNELS = (8, 4, 2, 1, 1)
"""Latent channels of the scales, from the coarsest on."""
WIDTHS = (1.0, 0.8, 0.65, 0.5, 0.4)
"""Channels of the features of the scales, as shares of those of the coarsest."""
LEAST_WIDTH, MOST_WIDTH = 4, 48
NETWORK_SHARE = 0.3
"""Share of the bytes for the network, at most."""
NETWORK_MARGIN = 1.1
"""Bytes of a network over those expected, at which a budget is refused."""
LATENTS_A_BYTE = 128
"""Latents of a byte of the budget, at most: most of them are 0."""
MOST_LATENTS = 1 << 25
"""Most latents of a fit, which takes 16 bytes each."""
UNIT_BYTES = 8
"""Bytes of the index of a unit, at most."""
LARGEST = 1 << 20
"""Largest magnitude of a latent."""
ROUNDINGS = 12
"""Tries of a threshold below which latents become 0."""


def shapes_for(
    axes: tuple[Axis, ...], size: tuple[int, int], outputs: int, width: int | None, limit: int
) -> Shapes:
    """Return the shapes for a budget of ``limit`` bytes; ``width`` as in the settings."""
    widths = range(MOST_WIDTH, LEAST_WIDTH, -1) if width is None else ()
    for wide in widths:
        found = _shapes_of(axes, size, outputs, wide, limit)
        if network_bytes(found) <= NETWORK_SHARE * limit:
            return found
    return _shapes_of(axes, size, outputs, width or LEAST_WIDTH, limit)


def _shapes_of(
    axes: tuple[Axis, ...], size: tuple[int, int], outputs: int, width: int, limit: int
) -> Shapes:
    """Return the shapes of a network of ``width``, with the largest grids left out."""
    count = int(math.log2(max(min(size) / COARSEST, 2)))
    scales = min(max(count, 1), MAX_SCALES)
    widths = tuple(max(round(width * share), LEAST_WIDTH) for share in WIDTHS[:scales])
    channels = [list(CHANNELS[:scales]) for _ in levels_of(axes)]
    kept = len(channels) - 1, 0
    while True:
        found = Shapes(axes, size, outputs, tuple(map(tuple, channels)), widths)
        grids = {
            (i, j): found.nodes(i) * channels[i][j] * math.prod(found.sizes[j])
            for i in range(len(channels))
            for j in range(scales)
            if (i, j) != kept
        }
        largest = max(grids, key=lambda grid: (grids[grid], grid), default=kept)
        most = min(limit * LATENTS_A_BYTE, MOST_LATENTS)
        if found.latents <= most or not grids.get(largest):
            return found
        channels[largest[0]][largest[1]] = 0


def network_bytes(shapes: Shapes) -> int:
    """Return the bytes of the network, as expected."""
    weights = sum(math.prod(size) for size in shapes.arrays.values())
    return int(weights * BITS / 8) + 4 * len(shapes.arrays)


def _least(shapes: Shapes, group: int, images: int) -> int:
    """Return the bytes that a file takes at least: the network, and latents that are all 0."""
    index = UNIT_BYTES * Units(shapes, group, images).count
    return int(NETWORK_MARGIN * network_bytes(shapes)) + 2 * index


def rounded(latents: Sequence[NDArray[np.float32]], dead: float) -> list[NDArray[np.int32]]:
    """Return latents as integers, their magnitudes reduced by ``dead`` before, to 0 at least."""
    found = []
    for values in latents:
        sizes = np.floor(np.clip(np.abs(values) + (0.5 - dead), 0, LARGEST))
        found.append((np.sign(values) * sizes).astype(np.int32))
    return found


@dataclass(frozen=True)
class Encoded:
    """Result of an encoding: members of the header's state, the network, the units of latents."""

    settings: ViewGridsSettings
    state: dict[str, Any]
    network: bytes
    units: list[bytes]


def encode(
    source: ImageSource, limit: int, settings: ViewGridsSettings, context: Context
) -> Encoded:
    """Fit grids and network to images, within ``limit`` bytes for all sections.

    Raises
    ------
    BudgetError
        No network is that small.
    Cancelled
        The context was cancelled.
    """
    from vcore.collections.methods.nervi.training import checkpoint_at
    from vcore.collections.methods.view_grids.training import Fit

    pictures = read_pictures(source, True, context)
    subject, count = pictures.subject, len(source.order)
    sizes = axes_of(source), subject.size, subject.outputs
    shapes = shapes_for(*sizes, settings.width, limit)
    units = Units(shapes, settings.group, count)
    index, needed = UNIT_BYTES * units.count, limit
    while _least(shapes_for(*sizes, settings.width, needed), settings.group, count) > needed:
        needed = _least(shapes_for(*sizes, settings.width, needed), settings.group, count)
    if needed > limit:
        raise BudgetError(
            f"Expected at least {needed} bytes for grids and their network. Got {limit}: allow "
            f"more.",
            needed,
        )
    told = replace(settings, checkpoint=None, minutes=1.0).to_json()
    marks = [told, shapes.to_json(), limit]
    checkpoint = checkpoint_at(settings.checkpoint, marks, pictures, context.seed)

    def coded_bytes(latents: Sequence[NDArray[np.float32]]) -> int:
        return sum(map(len, units.encoded(rounded(latents, 0.0))))

    fit = Fit(source, pictures, shapes, settings, context, limit - index, coded_bytes, checkpoint)
    fitted = fit.run()
    nothing = sum(map(len, units.encoded(rounded(fitted.latents, math.inf))))
    steps = fitted.steps
    network = pack_network(fitted.parameters, steps)[0]
    while len(network) + nothing + index > limit:
        steps = {name: 2 * step for name, step in steps.items()}
        network = pack_network(fitted.parameters, steps)[0]
    streams = _within(units, fitted.latents, limit - index - len(network), context)
    state = {**subject.to_json(), **shapes.to_json()}
    if checkpoint is not None:
        checkpoint.remove()
    stored = replace(settings, width=shapes.widths[0], checkpoint=None)
    return Encoded(stored, state, network, streams)


def _within(
    units: Units, latents: Sequence[NDArray[np.float32]], limit: int, context: Context
) -> list[bytes]:
    """Return the units of at most ``limit`` bytes, enough for latents that are all 0, that keep
    most."""

    def coded(dead: float) -> list[bytes] | None:
        streams = list(units.encoded(rounded(latents, dead)))
        return streams if sum(map(len, streams)) <= limit else None

    best = coded(0.0)
    if best is not None:
        return best
    low, high = 0.0, 0.5 + max(float(np.abs(v).max(initial=0)) for v in latents)
    best = coded(high) or []
    for number in range(ROUNDINGS):
        context.report("coding", number / ROUNDINGS)
        dead = (low + min(high, 3 * low + 0.1)) / 2
        streams = coded(dead)
        if streams is None:
            low = dead
        else:
            best, high = streams, dead
    return best
