"""Fit of a pyramid of grids: rounding from coarse to fine, and refinement with a rate term."""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from vcore.methods.grids.pyramid import Integers, Pyramid, Values, scaled, step_of
from vcore.methods.grids.whole import levels_of, narrow, widen
from vcore.methods.source import VariableSource
from vcore.model.context import Context
from vcore.model.pyramid import box_mean

LEAST = 0.5
"""Smallest value in steps that is not rounded to 0; 0.62, for cheaper zeros, is 0.2 dB worse after
the refinement, which has weighed them already."""
PRICE = 0.3
"""Weight of a coefficient's magnitude in the refinement, in steps of grid 0 and norms of its
function; measured: 0.2 to 0.45 differ by 0.2 dB."""
Grids = list[NDArray[np.float32]]
"""Values (node, component, z, y, x) of each grid, the finest first."""


def read_values(source: VariableSource, context: Context) -> NDArray[np.float32]:
    """Return all values (frame, component, z, y, x), the data range as 0 to 1."""
    lead, length = source.variable.axes[:-3], source.variable.length
    found = np.empty((length("t"), length("c"), *source.shape[-3:]), np.float32)
    regions = list(source.slabs())
    for number, region in enumerate(regions):
        context.report("reading", number / len(regions))
        values = source.read_normalised(region)
        parts = dict(zip(lead, region, strict=False))
        at = (parts.get("t", slice(0, 1)), parts.get("c", slice(0, 1)), *region[-3:])
        # slabs are of one frame and component
        found[at] = values.reshape(found[at].shape)
    return found


class Fit:
    """Grids fitted to a variable.

    Parameters
    ----------
    values
        (frame, component, z, y, x), the data range as 0 to 1.
    pyramid
        Sizes.
    context
        Progress and cancellation.

    Attributes
    ----------
    wanted
        Sums of each grid and all coarser ones, (node, component, z, y, x) each, that the rounded
        grids shall come close to.
    """

    def __init__(self, values: NDArray[np.float32], pyramid: Pyramid, context: Context) -> None:
        self._pyramid, self._context, self._shown = pyramid, context, 0.0
        self._values = values
        keys = self._values[pyramid.keys]
        means = [keys]
        while len(means) < len(pyramid.sizes):
            means.append(box_mean(means[-1], (2, 2, 2)))
        self.wanted: Grids = means
        if pyramid.nodes > 1:
            self.wanted = [_shared_and_own(each) for each in means]

    def rounded(self, step: float) -> list[Integers]:
        """Return integers (node, component, z, y, x) of each grid, whose sums are near ``wanted``.

        Each grid takes up what the rounding of the coarser ones left.
        """
        from vcore.methods.grids import pyramid_loops as loops

        pyramid, wanted = self._pyramid, self.wanted
        found = [np.empty(w.shape, np.int32) for w in wanted]
        for component in range(pyramid.components):
            shared: list[Values] = []
            for node in range(pyramid.nodes):
                self._context.report("rounding", 0.0)
                above: Values | None = None
                for grid in reversed(range(len(wanted))):
                    target = wanted[grid][node, component]
                    if node:
                        target = target + shared[grid]
                    left = target if above is None else target - above
                    out, size = found[grid][node, component], step_of(step, grid)
                    loops.rounded(left.reshape(-1), size, np.float32(LEAST), out.reshape(-1))
                    values = scaled(out, size)
                    reached = values if above is None else above + values
                    if not node and pyramid.nodes > 1:
                        shared.insert(0, wanted[grid][0, component] - reached)
                    if grid:
                        above = widen(reached, pyramid.sizes[grid - 1])
        return found

    def values_of(self, integers: Sequence[Integers], step: float) -> Grids:
        """Return the values of rounded grids."""
        return [scaled(part, step_of(step, grid)) for grid, part in enumerate(integers)]

    def error(self, grids: Grids) -> float:
        """Return the mean square error over all voxels, in shares of the range, not yet clipped or
        rounded."""
        total = 0.0
        pyramid = self._pyramid
        for frame, component in product(range(pyramid.frames), range(pyramid.components)):
            off = self._residual(grids, frame, component)
            total += float(np.square(off, dtype=np.float64).sum())
        return total / self._values.size

    def _residual(self, grids: Grids, frame: int, component: int) -> Values:
        mixed = [_mixed(grid[:, component], self._pyramid.weights(frame)) for grid in grids]
        found: Values = levels_of(mixed)[0] - self._values[frame, component]
        return found

    def refine(self, integers: Sequence[Integers], step: float, rounds: int, until: float) -> int:
        """Replace ``wanted`` by what accelerated proximal gradient steps from rounded grids reach.

        Minimises half the square error plus the sum of magnitudes, which stands for the bytes, by
        FISTA (Beck and Teboulle 2009), each grid with a step of its own.

        Parameters
        ----------
        step
            Quantiser step.
        rounds
            Number of rounds.
        until
            Time on the context's clock at which to stop.

        Returns
        -------
        Number of rounds taken.
        """
        from vcore.methods.grids import pyramid_loops as loops

        pyramid = self._pyramid
        found = self.values_of(integers, step)
        ahead = [grid.copy() for grid in found]
        sums, squares = self._weight_sums()
        momentum, taken = 1.0, 0
        while taken < rounds and self._context.clock() < until:
            self._shown = max(self._shown, taken / rounds)
            self._context.report("refining", self._shown)
            taken += 1
            after = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
            speed = np.float32((momentum - 1) / after)
            momentum = after
            for component in range(pyramid.components):
                moved = self._gradient(ahead, component)
                for node in range(pyramid.nodes):
                    slope = moved[node]
                    for grid in range(len(found)):
                        if grid:
                            slope = narrow(slope, pyramid.sizes[grid])
                        rate = 1 / (len(found) * 8.0**grid * sums[node])
                        price = PRICE * step * math.sqrt(8.0**grid * squares[node])
                        values, next_ = (g[grid][node, component] for g in (found, ahead))
                        loops.shrink(
                            values.reshape(-1), slope.reshape(-1), np.float32(rate),
                            np.float32(price * rate), speed, next_.reshape(-1),
                        )  # fmt: skip
        for node, component in product(range(pyramid.nodes), range(pyramid.components)):
            levels = levels_of([grid[node, component] for grid in found])
            for grid, values in enumerate(levels):
                self.wanted[grid][node, component] = values
        return taken

    def _weight_sums(self) -> tuple[list[float], list[float]]:
        """Return bounds on the curvature of each node in time, and the squares of its norm."""
        sums, squares = [0.0] * self._pyramid.nodes, [0.0] * self._pyramid.nodes
        for frame in range(self._pyramid.frames):
            weights = self._pyramid.weights(frame)
            total = sum(float(w) for _, w in weights)
            for node, weight in weights:
                sums[node] += float(weight) * total
                squares[node] += float(weight) ** 2
        return sums, squares

    def _gradient(self, grids: Grids, component: int) -> list[Values]:
        """Return the gradient with respect to grid 0 of each node in time."""
        found: list[Values] = [np.zeros(0, np.float32)] * self._pyramid.nodes
        for frame in range(self._pyramid.frames):
            off = self._residual(grids, frame, component)
            for node, weight in self._pyramid.weights(frame):
                part = off * weight if weight != 1 else off
                found[node] = found[node] + part if found[node].size else part
        return found


def _mixed(grid: NDArray[np.float32], weights: Sequence[tuple[int, np.float32]]) -> Values:
    """Return the weighted sum of the nodes in time of a grid (node, z, y, x)."""
    (first, weight), *rest = weights
    found: Values = grid[first] * weight if weight != 1 else grid[first]
    for node, weight in rest:
        found = found + grid[node] * weight
    return found


def _shared_and_own(keys: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of key frames, followed by their differences from it."""
    mean = keys.mean(0, keepdims=True)
    found: NDArray[np.float32] = np.concatenate([mean, keys - mean])
    return found
