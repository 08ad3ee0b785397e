"""VolMicro's training of a mixture (Table 4, sections 1.1 and 1.6), for preset ``paper``.

The objective is the squared error of the voxels inside the gate, edges weighted, plus the mean
strength. A voxel sees its k nearest Gaussians only. The number of Gaussians rises by splits and
clones to 1.4 times the final one, falls by pruning, and then stays for the rest of the steps. The
paper does not say where the first Gaussians are: here they are born as in preset ``compact``. Nor
does it say in which units the learning rate is: here in each Gaussian's own. For a PSNR, of which
the paper has nothing, the number grows as in preset ``compact``.
"""

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vcore.errors import BudgetError
from vcore.methods.gaussian import paper
from vcore.methods.gaussian.fit import ROUNDS, Fit
from vcore.methods.gaussian.group import Coded, GroupEncoder
from vcore.methods.gaussian.mixture import Gradient, Mixture
from vcore.methods.gaussian.neighbours import NeighbourRenderer
from vcore.methods.gaussian.schedule import FitSchedule
from vcore.methods.gaussian.settings import GaussianSettings, Training

Volume = NDArray[np.float32]

log = logging.getLogger(__name__)
TRACED = "step %d: objective %g, mean squared error %g of all voxels, %d Gaussians"
TRACE_STEPS = 10
"""Steps between two lines of the log at level DEBUG."""

GROWN = 0.5
"""Share of the steps after which the last Gaussians are added."""
PRUNED = ((1.25, 0.55), (1.1, 0.6), (1.0, 1.0))
"""Then Gaussians are pruned to these multiples of the final number, each until a share of the steps
has been taken. The paper's figure 1 gives the order and the peak, not these numbers."""


class PaperFit(Fit):
    """Mixture being fitted as in the paper: a fixed learning rate, no early end.

    Parameters
    ----------
    target, worth, pace
        See ``Fit``.
    training
        Numbers of the fit; the sparsity is the weight of the mean strength in the objective.
    neighbours
        Number of Gaussians that a voxel sees.
    """

    def __init__(
        self,
        target: Volume,
        worth: list[Volume],
        training: Training,
        neighbours: int,
        pace: FitSchedule,
    ) -> None:
        super().__init__(target, worth, training.rate, training.sparsity, pace)
        self.whole = self.renderer
        """Renderer of all voxels and Gaussians, for the quality that a decoder reaches."""
        self.inside = self.renderer = NeighbourRenderer(target, worth[0], neighbours)
        self.steps, self.taken = training.steps, 0

    def retarget(self, target: Volume) -> None:
        super().retarget(target)
        self.whole.target = target

    def whole_error(self) -> float:
        """Return the sum of the squared error of all voxels, rendered here."""
        self.whole.render(self.mixture, self.whole.classes(self.mixture))
        return self.whole.error()

    def objective(self) -> float:
        """Return the objective of the mixture that was rendered last."""
        strength = float(np.abs(self.mixture.weights).mean()) if len(self.mixture) else 0.0
        return self.inside.error() / self.inside.voxels + self.sparsity * strength

    def train(
        self, steps: int, *, falling: bool = False, free: NDArray[np.bool_] | None = None
    ) -> None:
        """Take ``steps`` steps, at the fixed rate also if ``falling``; stop at the time limit."""
        for _ in range(steps):
            if not len(self.mixture) or self.pace.over:
                return
            self._take(free)

    def train_until(self, share: float) -> None:
        """Train until ``share`` of the steps has been taken, or of the time has passed."""
        while len(self.mixture) and max(self.taken / self.steps, self.pace.elapsed) < share:
            self._take()

    def _take(self, free: NDArray[np.bool_] | None = None) -> None:
        self.pace.step()
        self._step(self.rate, self.renderer.classes(self.mixture), free)
        if self.taken % TRACE_STEPS == 0 and log.isEnabledFor(logging.DEBUG):
            mean = self.whole_error() / self.whole.target.size
            log.debug(TRACED, self.taken, self.objective(), mean, len(self.mixture))
        self.taken += 1

    def _add_rate(self, gradient: Gradient) -> None:
        cost = self.sparsity * self.inside.voxels / max(self.mixture.weights.size, 1)
        gradient.weights[:] += cost * np.sign(self.mixture.weights)


class PaperEncoder(GroupEncoder):
    """Encoder of preset ``paper``: trained and stored as in VolMicro, frames independent.

    Parameters
    ----------
    targets, worth, settings, pace, cuda
        See ``GroupEncoder``; sums are never on CUDA.
    """

    def __init__(
        self,
        targets: Sequence[Volume],
        worth: list[Volume],
        settings: GaussianSettings,
        pace: FitSchedule,
        *,
        cuda: bool = False,
    ) -> None:
        super().__init__(targets, worth, settings, pace)
        self.fit = self._own = PaperFit(
            targets[0], worth, settings.training, settings.neighbours, pace
        )

    @property
    def expected_bytes(self) -> float:
        return 2 * paper.numbers(self.channels)

    def _within_bytes(self, limit: int) -> Coded:
        count = min(int(limit / self.expected_bytes), self._max_count)
        if count < 1:
            needed = int(self.expected_bytes)
            raise BudgetError(
                f"Expected a budget of at least one Gaussian of {needed} bytes. {limit} are left "
                f"for it.",
                needed,
            )
        self.fit.divided_share = 1.0
        for number, share in enumerate(ROUNDS, 1):
            self.fit.grow(max(round(share * count), 1))
            self._own.train_until(GROWN * number / len(ROUNDS))
        for multiple, until in PRUNED:
            self.fit.prune(max(int(multiple * count), 1))
            self._own.train_until(until)
        return self._code(self.fit.mixture)

    def _reached(self) -> float:
        return self._own.whole_error()

    def _code(self, mixture: Mixture, coarser: float = 1.0, *, final: bool = True) -> Coded:
        shape = self.targets[0].shape[1:]
        data = paper.pack(mixture, shape)
        size = self.targets[0].size
        unquantised = self._error(mixture) / size
        error = self._error(paper.unpack(data, self.channels, shape)) / size
        return Coded(data, len(mixture), error, error, unquantised)

    def _error(self, mixture: Mixture) -> float:
        self.fit.restart(mixture)
        return self._own.whole_error()
