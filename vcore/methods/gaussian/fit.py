"""Fitting of a mixture to one frame: growth, optimisation, pruning."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vcore.methods.gaussian.births import births
from vcore.methods.gaussian.mixture import Array, Gradient, Mixture
from vcore.methods.gaussian.optimise import Adam, limit, stepped
from vcore.methods.gaussian.renderer import Renderer, inner
from vcore.methods.gaussian.schedule import FitSchedule

if TYPE_CHECKING:
    from vcore.methods.gaussian.renderer_torch import TorchRenderer

ROUNDS = (0.3, 0.25, 0.2, 0.2, 0.2, 0.15, 0.1)
"""New Gaussians in each round of growth, as shares of the final number: 1.4 times in total, as in
VolMicro (28,500 at the peak for 20,693 in the end); pruning removes the excess."""
DIVIDED_SHARE = 0.1
"""Share of new Gaussians from splits and clones, once there are Gaussians; the others are born
where the residual is largest. A larger share did not help (0.2: 0.01 dB less than none)."""
SPLIT_APART, SPLIT_SCALE = 0.8, 0.7
"""Halves of a split Gaussian, relative to its scale along its longest axis: their distance from its
centre, and their scale. Their sum preserves the first and nearly the second moment."""
GAIN_QUANTILE = 0.1
"""Quantile of the gains of the latest births that defines the gain of one more Gaussian."""
MAX_OUTSIDE = 64
"""Maximum distance of a centre from the volume, in voxels."""
CHECK_STEPS, MIN_IMPROVEMENT = 10, 1e-4
"""Steps between two checks of convergence; a round of growth ends early if the error fell by less
than the share MIN_IMPROVEMENT in between."""


class Fit:
    """Mixture being fitted to its target.

    Parameters
    ----------
    target
        Float32 of shape (channels, z, y, x), background subtracted.
    worth
        Weight of errors for births, by level (see ``gate.worth``); None for uniform weights.
    rate
        Learning rate in units of each Gaussian's own scale.
    sparsity
        See ``settings.Training``.
    cuda
        Whether to sum on CUDA, with torch.
    """

    divided_share = DIVIDED_SHARE

    def __init__(
        self,
        target: NDArray[np.float32],
        worth: list[NDArray[np.float32]] | None,
        rate: float,
        sparsity: float,
        pace: FitSchedule,
        *,
        cuda: bool = False,
    ) -> None:
        self.renderer = _renderer(target, cuda)
        self.worth, self.rate, self.sparsity, self.pace = worth, rate, sparsity, pace
        self.marginal_gain = 0.0
        """Reduction of the squared error by one more Gaussian, the value of its bits."""
        self.restart(Mixture.empty(len(target)))

    def restart(self, mixture: Mixture) -> None:
        """Continue from ``mixture``."""
        # copy, as splits modify it in place
        self.mixture = mixture[np.arange(len(mixture))]
        self._adam = Adam(mixture.weights.shape[1])
        self._adam.extend(len(mixture))

    def retarget(self, target: NDArray[np.float32]) -> None:
        """Continue with another target of the same shape."""
        self.renderer.target = target

    def evaluate(self) -> Gradient:
        """Render the mixture; return its gradient with removal costs and errors."""
        done = self.renderer.render(self.mixture, self.renderer.classes(self.mixture))
        return self.renderer.backward(self.mixture, done, full=True)

    def grow(self, count: int) -> None:
        """Add ``count`` Gaussians where the error is largest."""
        if count < 1:
            return
        gradient = self.evaluate()
        wanted = round(self.divided_share * count)
        divided = self._divide(gradient, wanted) if len(self.mixture) else 0
        if count > divided:
            residual = np.ascontiguousarray(inner(self.renderer.residual))
            born, gains = births(residual, count - divided, self.worth)
            if len(gains):
                self.marginal_gain = float(np.quantile(gains, GAIN_QUANTILE))
            self.mixture = Mixture.joined(self.mixture, born)
            self._adam.extend(len(born))
        self.pace.count(len(self.mixture))

    def _divide(self, gradient: Gradient, count: int) -> int:
        """Split wide and clone narrow Gaussians where the error is largest; return the number of
        new ones."""
        if count < 1:
            return 0
        mixture = self.mixture
        score = gradient.error.copy()
        if self.worth is not None:
            near = np.clip(np.rint(mixture.centres), 0, np.array(self.worth[0].shape) - 1)
            score *= self.worth[0][tuple(near.astype(int).T)]
        which = np.argsort(-score, kind="stable")[:count]
        chosen = mixture[which]
        scales, axes = np.linalg.eigh(chosen.covariances())
        longest = np.sqrt(scales[:, 2])
        wide = longest > np.median(longest)
        along = axes[:, :, 2] * longest[:, None]
        # clones move down the gradient of the centre, splits along the longest axis
        away = -np.einsum("nij,nj->ni", chosen.factors, _unit(gradient.shift[which]))
        offset = np.where(wide[:, None], SPLIT_APART * along, 0.5 * away)
        factors = chosen.factors.copy()
        narrow = chosen.covariances() - (1 - SPLIT_SCALE**2) * along[:, :, None] * along[:, None]
        factors[wide] = np.linalg.cholesky(narrow[wide])
        limit(factors, self.renderer.classes(chosen))
        twin = Mixture(chosen.centres + offset, factors, chosen.weights / 2)
        mixture.centres[which] -= np.where(wide[:, None], offset, 0)
        mixture.factors[which] = factors
        mixture.weights[which] = np.where(wide[:, None], 0.6, 0.5) * chosen.weights
        twin.weights[wide] = 0.6 * chosen.weights[wide]
        self.mixture = Mixture.joined(mixture, twin)
        self._adam.extend(len(twin))
        return len(twin)

    def train(
        self,
        steps: int,
        *,
        falling: bool = False,
        free: NDArray[np.bool_] | None = None,
    ) -> None:
        """Take up to ``steps`` optimiser steps; stop on convergence or at the time limit.

        Parameters
        ----------
        falling
            Whether the learning rate decays to zero as a cosine.
        free
            Mask of the 9 + channels parameters that may change; all by default.
        """
        if not len(self.mixture):
            return
        classes = self.renderer.classes(self.mixture)
        last, begun = np.inf, self.pace.elapsed
        for step in range(steps):
            self.pace.step()
            if self.pace.over:
                return
            done = max(step / steps, (self.pace.elapsed - begun) / (1 - begun))
            rate = self.rate * (0.5 * (1 + np.cos(np.pi * done)) if falling else 1.0)
            self._step(rate, classes, free)
            if step % CHECK_STEPS == 0 and not falling:
                error = self.renderer.error()
                if error > (1 - MIN_IMPROVEMENT) * last:
                    return
                last = error

    def _step(
        self, rate: float, classes: NDArray[np.intp], free: NDArray[np.bool_] | None = None
    ) -> None:
        rendered = self.renderer.render(self.mixture, classes)
        gradient = self.renderer.backward(self.mixture, rendered)
        self._add_rate(gradient)
        self.mixture = stepped(self.mixture, gradient, self._adam, rate, classes, free)
        far = np.array(self.renderer.target.shape[1:]) + MAX_OUTSIDE
        np.clip(self.mixture.centres, -MAX_OUTSIDE, far, out=self.mixture.centres)

    def _add_rate(self, gradient: Gradient) -> None:
        """Add the gradient of the rate of strong Gaussians.

        A Gaussian of e times the strength has its nine geometry parameters quantised e times finer,
        which takes 13 bits more. Without this term, strong Gaussians emerge that cancel each other,
        and their bits displace a tenth of the others.
        """
        cost = self.sparsity * self.marginal_gain
        gradient.stretch[:, :3] += cost / 2
        largest = np.maximum(np.abs(self.mixture.weights), 1e-9)
        gradient.weights[:] += cost * np.sign(self.mixture.weights) / largest / largest.shape[1]

    def prune(self, count: int) -> Array:
        """Keep the ``count`` Gaussians whose removal costs most; return their costs.

        Gaussians whose removal reduces the error are pruned too.
        """
        cost = self.evaluate().removal
        remaining = np.sort(np.argsort(-cost, kind="stable")[:count])
        remaining = remaining[cost[remaining] > 0]
        self.mixture = self.mixture[remaining]
        self._adam.keep(remaining)
        self.pace.count(len(self.mixture))
        return cost[remaining]


def _renderer(target: NDArray[np.float32], cuda: bool) -> "Renderer | TorchRenderer":
    if not cuda:
        return Renderer(target)
    from vcore.methods.gaussian.renderer_torch import TorchRenderer

    return TorchRenderer(target, "cuda")


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)
    return unit
