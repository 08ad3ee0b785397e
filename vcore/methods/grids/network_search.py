"""Fit of the presets with a network to a budget of bytes or a PSNR."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vcore.errors import BudgetError
from vcore.methods._networks.search import smallest_reaching
from vcore.methods.base import Sink
from vcore.methods.grids.network_decoder import FEATURES, NETWORK, NetworkDecoder
from vcore.methods.grids.pyramid import Integers, Pyramid
from vcore.methods.grids.settings import GridsSettings
from vcore.methods.grids.shapes import FEATURE_STEP, NETWORK_BITS, Array, Shape, shape_for
from vcore.methods.grids.stored import encode_tables, pack_network
from vcore.methods.grids.training import Fit, Fitted
from vcore.methods.psnr import psnr_of
from vcore.methods.source import VariableSource
from vcore.model.context import Context

TIME_SHARE = 0.85
SMALLEST = 1 << 10
"""Fewest bytes tried for a PSNR."""
MAX_INTEGER = 1 << 20
COARSER = 0.94
"""Factor on the features where their bytes do not fit."""
TRIES, NEAR = 8, 0.985
"""Factors tried, and the share of the bytes allowed from which no more are."""
UNIT_BYTES = 8
"""Bytes of a unit's row in the index, at most."""


@dataclass(frozen=True)
class Coded:
    """Sections of a fit, its architecture and the value of a feature's integer 1."""

    shape: Shape
    step: float
    network: bytes
    units: list[bytes]

    def used(self, settings: GridsSettings) -> GridsSettings:
        """Return the settings with those that were chosen."""
        boxes = self.shape.boxes if self.shape.movable else settings.boxes
        return replace(settings, width=self.shape.width, boxes=boxes)

    @property
    def state(self) -> dict[str, float]:
        """State of the header."""
        return {"size": self.shape.size, "step": self.step}


class Networks:
    """Fits of a preset to a variable.

    Parameters
    ----------
    values
        (frame, component, z, y, x) float32, the data range as 0 to 1.
    pyramid
        Key frames.
    settings, context
        How to fit.
    sink
        Takes the sections.
    """

    def __init__(
        self,
        values: Array,
        pyramid: Pyramid,
        settings: GridsSettings,
        context: Context,
        sink: Sink,
    ) -> None:
        self._values, self._pyramid, self._sink = values, pyramid, sink
        self._settings, self._context = settings, context

    def store(self, coded: Coded) -> int:
        """Store the sections of a fit; return their bytes, less those of the header's room that are
        left."""
        self._sink.clear()
        self._sink.add(0, NETWORK, [coded.network])
        self._sink.add(0, FEATURES, coded.units)
        left = self._sink.room_left(coded.used(self._settings), coded.state)
        return max(self._sink.bytes - left, 1)

    def within(self, limit: int, context: Context, time_share: float = TIME_SHARE) -> Coded:
        """Return a fit of at most ``limit`` bytes.

        Raises
        ------
        BudgetError
            The smallest network takes more.
        """
        pyramid, settings = self._pyramid, self._settings
        keys = pyramid.key_count
        shape = shape_for(settings.preset, pyramid.shape, pyramid.components, keys, limit, settings)
        weights = sum(math.prod(size) for size in shape.arrays.values())
        room = max(limit - weights * NETWORK_BITS / 8 - UNIT_BYTES * keys, 0.3 * limit)
        fit = Fit(self._values, shape, pyramid, settings, context, room)
        return self._coded(fit.run(time_share), shape, limit)

    def _coded(self, fitted: Fitted, shape: Shape, limit: int) -> Coded:
        """Return the fit with features as they were rounded while it ran, or coarser where the
        bytes do not fit; finer ones would be others than the network has been fitted to."""
        fine, coarse, factor = 1.0, 0.0, 1.0
        best: Coded | None = None
        best_size = tries = 0
        while best is None or (tries < TRIES and best_size < NEAR * limit and coarse < 1):
            coded = _scaled(fitted, shape, factor)
            size, tries = self.store(coded), tries + 1
            if size <= limit:
                best, coarse, best_size = coded, factor, size
            elif factor < 1e-3:
                raise BudgetError(
                    f"Expected at least {size} bytes for grids with the preset "
                    f"{shape.preset} and a width of {shape.width}. Got a budget of {limit}: allow "
                    f"more, or choose a smaller width or another preset.",
                    size,
                )
            else:
                fine, excess = factor, size / limit
                factor *= min(COARSER, excess**-1.5) if excess < 3 else 0.3
            if coarse:
                factor = math.sqrt(coarse * fine)
        return best


def _scaled(fitted: Fitted, shape: Shape, factor: float) -> Coded:
    """Return the sections with features in steps finer by ``factor``."""
    units = encode_tables(
        shape, [[_rounded(table, factor) for table in key] for key in fitted.features]
    )
    boxes = fitted.boxes if shape.movable else np.zeros((0, 12), np.float32)
    network = pack_network(fitted.weights, fitted.steps, boxes)
    return Coded(shape, float(f"{FEATURE_STEP / factor:.6g}"), network, units)


def _rounded(table: Array, factor: float) -> Integers:
    found = np.rint(table * np.float32(factor))
    clipped: Integers = np.clip(found, -MAX_INTEGER, MAX_INTEGER).astype(np.int32)
    return clipped


def reaching(
    networks: Networks,
    psnr: float,
    source: VariableSource,
    decoder_of: Callable[[Coded], NetworkDecoder],
    context: Context,
) -> Coded:
    """Return the smallest of a few fits that reaches a PSNR.

    Raises
    ------
    BudgetError
        None reaches it; the message tells the best PSNR.
    """
    most = max(source.variable.nbytes // 2, 1 << 15)
    sizes = [most >> k for k in range(12) if most >> k >= SMALLEST][::-1]

    def fitted(limit: int, part: Context, share: float) -> tuple[Coded, float]:
        coded = networks.within(limit, part, share)
        networks.store(coded)
        return coded, psnr_of(source, decoder_of(coded))

    refusal = (
        "Expected a PSNR that grids can reach on this volume. {psnr:g} dB is more than the "
        f"{{best:.2f}} dB of networks of up to {most} bytes: ask for less, set more steps, or "
        "choose the preset adaptive, or another method."
    )
    return smallest_reaching(psnr, sizes, fitted, context, TIME_SHARE, refusal)
