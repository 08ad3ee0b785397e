"""Search of the steps at which a network meets a budget."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from vcore.errors import BudgetError
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.scenes.field import View
from vcore.scenes.measure import measured_cameras, rendered, view_errors
from vcore.scenes.methods.nerf import coding, quantising
from vcore.scenes.methods.nerf.calibrating import samples_of
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.nerf.network import Network
from vcore.scenes.methods.nerf.occupancy import occupancy_of
from vcore.scenes.methods.nerf.settings import NerfSettings

QUALITY = 40.0
"""PSNR in dB against the views of the exact network without a budget: about 0.1 dB of those of the
scene."""
ROUNDS = 9
"""Halvings of the range of steps, of a factor of 64."""
RANGE = 8.0
"""Largest factor on the first guess of the steps, and its inverse."""


class Encoding:
    """One encoding: empty space first, then the network.

    Attributes
    ----------
    occupied
        Bytes of the occupied cells.
    """

    def __init__(self, source: NerfField, settings: NerfSettings, context: Context) -> None:
        self.source, self.settings, self.context = source, settings, context
        self.step = float(np.max(source.bounds.extent)) / settings.steps
        self.occupancy = source.occupancy or occupancy_of(
            source.network, source.bounds, settings.cells, self.step, context
        )
        self.occupied = self.occupancy.pack()
        self.cameras = measured_cameras(source)
        self.network = source.network
        self.exact = self._views(self.network)
        self.losses = quantising.sensitivities(self.network, self._loss, context.seed)
        samples = samples_of(
            self.network, self.occupancy, source.cameras or self.cameras, self.step, context.seed
        )
        self.products = quantising.products(self.network, *samples)

    def within(self, budget: Budget) -> bytes:
        """Return the bytes of the network within ``budget``.

        Raises
        ------
        BudgetError
            It cannot be met.
        """
        if budget.bytes is not None:
            room = int(budget.bytes) - len(self.occupied)
            return self._search(lambda data, _: len(data) <= room, room)
        if budget.psnr is not None:
            wanted = budget.psnr
            reference = rendered(self.source, self.cameras, self.context, "rendering originals")
        else:
            wanted, reference = QUALITY, self.exact
        return self._search(
            lambda _, network: view_errors(reference, self._views(network))[0] >= wanted, None
        )

    def _search(self, good: Callable[[bytes, Network], bool], room: int | None) -> bytes:
        """Return the network of the best steps that are ``good``.

        With ``room``, larger steps are better kept; without, smaller ones.
        """
        counts = sum(r * (c + 1) for r, c in self.network.architecture.shapes.values())
        middle = float(np.sqrt(10 ** (-QUALITY / 10) / counts))
        low, high = np.log(middle / RANGE), np.log(middle * RANGE)
        found: bytes | None = None
        for done in range(ROUNDS):
            self.context.report("quantising", done / ROUNDS)
            at = (low + high) / 2
            data, network = self._coded(float(np.exp(at)))
            if good(data, network):
                found = data
                low, high = (low, at) if room is not None else (at, high)
            else:
                low, high = (at, high) if room is not None else (low, at)
        if found is not None:
            return found
        if room is not None:
            least = len(self._coded(middle * RANGE)[0]) + len(self.occupied)
            raise BudgetError(
                f"Expected a budget that the network can meet. {room + len(self.occupied)} bytes "
                f"are too few: about {least} would do, or prune it with `prune=0.5`.",
                least,
            )
        raise BudgetError(
            "Expected a PSNR that rendering with empty space skipped can reach. Got more: ask for "
            "less, or for more steps, such as `steps=640`."
        )

    def _coded(self, scale: float) -> tuple[bytes, Network]:
        """Return the bytes and the network with steps of a scale."""
        steps = quantising.steps_of(self.network, self.losses, scale)
        integers = {}
        for layer in self.network.architecture.shapes:
            values = quantising.joined(self.network, layer)
            largest = float(np.abs(values).max())
            steps[layer] = max(steps[layer], largest / (coding.MOST - 1), 1e-30)
            found = quantising.compensated(values, self.products[layer], steps[layer])
            integers[layer] = np.clip(found, -coding.MOST, coding.MOST)
        return coding.pack(integers, steps), quantising.restored(self.network, integers, steps)

    def _views(self, network: Network) -> list[View]:
        source = self.source
        field = NerfField(
            network,
            None,
            source.bounds,
            source.background,
            source.cameras,
            occupancy=self.occupancy,
            step=self.step,
        )
        quiet = replace(self.context, progress=lambda _stage, _share: None)
        return rendered(field, self.cameras, quiet)

    def _loss(self, network: Network) -> float:
        return view_errors(self.exact, self._views(network))[1]
