"""Search of the steps at which a network meets a budget."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from vcore.errors import BudgetError
from vcore.model.budget import Budget
from vcore.model.context import Context
from vcore.scenes.field import View
from vcore.scenes.measure import measured_cameras, rendered, view_errors
from vcore.scenes.methods.nerf import coding, pruning, quantising, retraining
from vcore.scenes.methods.nerf.calibrating import samples_of
from vcore.scenes.methods.nerf.field import NerfField
from vcore.scenes.methods.nerf.network import Network
from vcore.scenes.methods.nerf.occupancy import Occupancy, cells_of, occupancy_of
from vcore.scenes.methods.nerf.settings import NerfSettings
from vcore.scenes.methods.nerf.training import Trainer

QUALITY = 40.0
"""PSNR in dB against the views of the exact network without a budget: about 0.1 dB of those of the
scene."""
RETRAINED = 30.0
"""The same before retraining, which gains the rest."""
FINER = 0.93
"""Factor on the steps that meet a size without retraining, which saves bits as well."""
COARSER = 2.0
"""Factor on the steps that meet a PSNR without retraining, for the first try with it."""
ATTEMPTS = 3
"""Maximum number of trainings for one budget."""
ROUNDS = 10
"""Halvings of the range of steps, of a factor of 256."""
RANGE = 16.0
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
        self.step = float(np.max(source.box.extent)) / settings.steps
        self.occupancy = _known(source, settings) or occupancy_of(
            source.network, source.box, settings.cells, self.step, context
        )
        self.occupied = self.occupancy.pack()
        self.cameras = measured_cameras(source)
        self.network = source.network
        self.exact = self._views(self.network)
        self.losses = quantising.sensitivities(self.network, self._loss, context.seed)
        self.alive = self._pruned()
        samples = samples_of(
            self.network,
            self.occupancy,
            source.cameras or self.cameras,
            self.step,
            context.seed,
            ndc=source.ndc,
        )
        self.products = quantising.products(self.network, *samples)

    @cached_property
    def trainer(self) -> Trainer:
        """What retrains the network."""
        return retraining.trainer_of(self.source, self.occupancy, self.step, self.context)

    def within(self, budget: Budget) -> bytes:
        """Return the bytes of the network within ``budget``.

        Raises
        ------
        BudgetError
            It cannot be met.
        """
        if budget.bytes is not None:
            room = int(budget.bytes) - len(self.occupied)
            scale = self._search(lambda data, _: len(data) <= room, room)
            if not self.settings.retrain:
                return self._coded(scale)[0]
            return self._retrained(FINER * scale, lambda data, _: len(data) <= room, 1.06)
        if budget.psnr is not None:
            wanted = budget.psnr
            reference = rendered(self.source, self.cameras, self.context, "rendering originals")
        else:
            wanted, reference = RETRAINED if self.settings.retrain else QUALITY, self.exact

        def good(_: bytes, network: Network) -> bool:
            return view_errors(reference, self._views(network))[0] >= wanted

        scale = self._search(good, None)
        if not self.settings.retrain:
            return self._coded(scale)[0]
        if budget.psnr is None:
            return self._retrained(scale, lambda *_: True, 1.0)
        return self._retrained(COARSER * scale, good, 1 / np.sqrt(COARSER))

    def _retrained(
        self, scale: float, good: Callable[[bytes, Network], bool], factor: float
    ) -> bytes:
        """Return the network retrained with steps of ``scale``, or of that times ``factor``, twice
        or three times, until it is ``good``."""
        iterations = self.settings.retrain // self.settings.rounds
        for attempt in range(ATTEMPTS):
            steps = self._steps(scale * factor**attempt)
            context = self.context.part(attempt / ATTEMPTS, 1 / ATTEMPTS)
            integers = retraining.rounded(
                self.network, steps, self.alive, self.trainer, iterations, context
            )
            data = coding.pack(integers, steps)
            if good(data, quantising.restored(self.network, integers, steps)):
                return data
        raise BudgetError(
            "Expected a budget that the retrained network can meet. It misses it: ask for more "
            "bytes or less PSNR, or leave out retraining."
        )

    def _pruned(self) -> pruning.Alive:
        """Return for each layer which parameters are not pruned; with rounds, the network is that
        of the last one but one."""
        settings = self.settings
        steps = quantising.steps_of(self.network, self.losses, 1.0)
        if settings.rounds == 1:
            return pruning.smallest_pruned(self.network, steps, settings.prune)
        self.network, alive = pruning.in_rounds(
            self.network,
            steps,
            settings.prune,
            settings.rounds,
            self.trainer,
            settings.retrain // settings.rounds,
            self.context,
        )
        return alive

    def _search(self, good: Callable[[bytes, Network], bool], room: int | None) -> float:
        """Return the scale of the best steps that are ``good``.

        With ``room``, larger steps are better kept; without, smaller ones.
        """
        counts = sum(r * (c + 1) for r, c in self.network.architecture.shapes.values())
        middle = float(np.sqrt(10 ** (-QUALITY / 10) / counts))
        low, high = np.log(middle / RANGE), np.log(middle * RANGE)
        found: float | None = None
        for done in range(ROUNDS):
            self.context.report("quantising", done / ROUNDS)
            at = float(low + high) / 2
            data, network = self._coded(float(np.exp(at)))
            if good(data, network):
                found = float(np.exp(at))
                low, high = (low, at) if room is not None else (at, high)
            else:
                low, high = (at, high) if room is not None else (low, at)
        if found is not None:
            return found
        if room is not None:
            least = len(self._coded(middle * RANGE)[0]) + len(self.occupied)
            raise BudgetError(
                f"Expected a budget that the network can meet. {room + len(self.occupied)} bytes "
                f"are too few: about {least} would do, or prune it (the setting prune).",
                least,
            )
        raise BudgetError(
            "Expected a PSNR that rendering with empty space skipped can reach. Got more: ask for "
            "less, for more samples (the setting steps), or prune less."
        )

    def _steps(self, scale: float) -> dict[str, float]:
        """Return steps of a scale, at which all integers are within the format's limits."""
        steps = quantising.steps_of(self.network, self.losses, scale)
        for layer, step in steps.items():
            largest = float(np.abs(quantising.joined(self.network, layer)).max())
            steps[layer] = float(np.float32(max(step, largest / (coding.MOST // 2), 1e-30)))
        return steps

    def _coded(self, scale: float) -> tuple[bytes, Network]:
        """Return the bytes and the network with steps of a scale."""
        steps = self._steps(scale)
        integers = {}
        for layer, step in steps.items():
            values = quantising.joined(self.network, layer)
            found = quantising.compensated(values, self.products[layer], step, self.alive[layer])
            integers[layer] = np.clip(found, -coding.MOST, coding.MOST)
        return coding.pack(integers, steps), quantising.restored(self.network, integers, steps)

    def _views(self, network: Network) -> list[View]:
        field = self.source.skipping(network, self.occupancy, self.step)
        quiet = replace(self.context, progress=lambda _stage, _share: None)
        return rendered(field, self.cameras, quiet)

    def _loss(self, network: Network) -> float:
        return view_errors(self.exact, self._views(network))[1]


def _known(source: NerfField, settings: NerfSettings) -> Occupancy | None:
    """Return the occupied cells of a source if they are those that a file would have."""
    known = source.occupancy
    if known is None or known.bounds != source.box:
        return None
    return known if known.occupied.shape == cells_of(source.box, settings.cells)[1] else None
