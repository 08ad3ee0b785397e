"""Fit: a mixture grown, optimised and pruned on one frame."""

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
"""Newcomers of each round of growth, as shares of the wanted number: together 1.4 times that, as in
VolMicro (28,500 at the peak for 20,693 in the end); pruning takes the rest."""
DIVIDED = 0.1
"""Share of the newcomers that come from splits and clones once there are Gaussians; births where
the residual is largest make the others. More of them did not help (0.2: 0.01 dB less than none)."""
SPLIT_APART, SPLIT_SCALE = 0.8, 0.7
"""A split Gaussian's halves: their distance from its centre along its longest axis and their scale
there, in its scales; their sum keeps its first and nearly its second moment."""
LAST_BORN = 0.1
"""Quantile of what the Gaussians of one growth take away that counts as the worth of one more."""
OUTSIDE = 64
"""Voxels that a centre may lie outside of the volume."""
LOOK, SETTLED = 10, 1e-4
"""A round of growth ends early when so many steps took less than this share of the error away."""


class Fit:
    """A mixture that approaches its target.

    Parameters
    ----------
    target
        Float32 of shape (channels, z, y, x), background subtracted.
    worth
        What an error counts for births, by level (see ``gate.worth``); None: all alike.
    rate
        Learning rate in units of a Gaussian's own scale.
    sparsity
        See ``GaussianSettings``.
    cuda
        Sum on CUDA, by torch.
    """

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
        self.worth_of_one = 0.0
        """Squared error that one Gaussian more takes away: what its bits are worth."""
        self.restart(Mixture.empty(len(target)))

    def restart(self, mixture: Mixture) -> None:
        """Go on from ``mixture``."""
        # a copy: splits change it in place
        self.mixture = mixture[np.arange(len(mixture))]
        self._adam = Adam(mixture.weights.shape[1])
        self._adam.extend(len(mixture))

    def retarget(self, target: NDArray[np.float32]) -> None:
        """Go on with another target of the same shape."""
        self.renderer.target = target

    def evaluate(self) -> Gradient:
        """Render the mixture and return its gradient with removal costs and errors."""
        done = self.renderer.render(self.mixture, self.renderer.classes(self.mixture))
        return self.renderer.backward(self.mixture, done, full=True)

    def grow(self, count: int) -> None:
        """Add ``count`` Gaussians where the error is largest."""
        if count < 1:
            return
        gradient = self.evaluate()
        divided = self._divide(gradient, round(DIVIDED * count)) if len(self.mixture) else 0
        residual = np.ascontiguousarray(inner(self.renderer.residual))
        born, gains = births(residual, count - divided, self.worth)
        if len(gains):
            self.worth_of_one = float(np.quantile(gains, LAST_BORN))
        self.mixture = Mixture.joined(self.mixture, born)
        self._adam.extend(len(born))
        self.pace.count(len(self.mixture))

    def _divide(self, gradient: Gradient, count: int) -> int:
        """Split wide and clone narrow Gaussians where the error is largest; return how many."""
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
        # a clone steps down the gradient of its place, a split along the longest axis
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
        """Take optimiser steps, fewer where they help no more or no time is left.

        Parameters
        ----------
        falling
            Let the learning rate fall to zero as a cosine.
        free
            Which of the 9 + channels parameters may change; all by default.
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
            rendered = self.renderer.render(self.mixture, classes)
            gradient = self.renderer.backward(self.mixture, rendered)
            self._press(gradient)
            self.mixture = stepped(self.mixture, gradient, self._adam, rate, classes, free)
            far = np.array(self.renderer.target.shape[1:]) + OUTSIDE
            np.clip(self.mixture.centres, -OUTSIDE, far, out=self.mixture.centres)
            if step % LOOK == 0 and not falling:
                error = self.renderer.error()
                if error > (1 - SETTLED) * last:
                    return
                last = error

    def _press(self, gradient: Gradient) -> None:
        """Add to a gradient what strength costs.

        A Gaussian of e times the strength has its nine numbers quantised e times finer, which
        takes 13 bits more. Without this, Gaussians grow that cancel each other, strong ones, and
        their bits take a tenth of the others' place.
        """
        cost = self.sparsity * self.worth_of_one
        gradient.stretch[:, :3] += cost / 2
        largest = np.maximum(np.abs(self.mixture.weights), 1e-9)
        gradient.weights[:] += cost * np.sign(self.mixture.weights) / largest / largest.shape[1]

    def prune(self, count: int) -> Array:
        """Keep the ``count`` Gaussians whose removal would cost most; return their costs.

        Those whose removal would gain are pruned too.
        """
        cost = self.evaluate().removal
        kept = np.sort(np.argsort(-cost, kind="stable")[:count])
        kept = kept[cost[kept] > 0]
        self.mixture = self.mixture[kept]
        self._adam.keep(kept)
        self.pace.count(len(self.mixture))
        return cost[kept]


def _renderer(target: NDArray[np.float32], cuda: bool) -> "Renderer | TorchRenderer":
    if not cuda:
        return Renderer(target)
    from vcore.methods.gaussian.renderer_torch import TorchRenderer

    return TorchRenderer(target, "cuda")


def _unit(vectors: Array) -> Array:
    unit: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)
    return unit
