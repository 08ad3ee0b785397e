"""Selection of parameters to prune: by magnitude, or by magnitude and block error.

Block-guided pruning is that of ECNR (Tang and Wang 2024), section 3.5; iterative pruning with
fine-tuning on a schedule goes back to Han et al. 2015, "Learning both weights and connections".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Parameters = Mapping[str, NDArray[Any]]
"""Arrays by name; when several networks are pruned together, their first axis is the network."""
Masks = dict[str, NDArray[np.bool_]]
"""Masks by name; True for remaining parameters."""


@dataclass(frozen=True)
class Schedule:
    """Schedule of pruning rounds during a fit.

    Parameters
    ----------
    rounds
        For each round, the progress of the fit (0 to 1) at which it happens, and the share of
        candidates pruned after it (including earlier rounds); both ascending.
    """

    rounds: tuple[tuple[float, float], ...] = ()

    @classmethod
    def series(cls, sparsity: float) -> Self:
        """Return ECNR's schedule for time-varying data (section 4.1).

        At 150, 225, 300 and 375 of 500 epochs, to 30, 40, 45 and 50 %; for another final
        ``sparsity`` (0 to 1) the rounds are scaled proportionally.
        """
        shares = zip((0.30, 0.45, 0.60, 0.75), (0.6, 0.8, 0.9, 1.0), strict=True)
        return cls(tuple((at, share * sparsity) for at, share in shares) if sparsity else ())

    @classmethod
    def static(cls, sparsity: float, epochs: int) -> Self:
        """Return ECNR's schedule for static data: at epochs 75 and 115, to 20 and 30 %."""
        pairs = ((75 / epochs, 2 / 3), (115 / epochs, 1.0))
        chosen = tuple((at, share * sparsity) for at, share in pairs if at < 1)
        return cls(chosen if sparsity else ())

    def due(self, before: float, now: float) -> float | None:
        """Return the sparsity of the round due between progress ``before`` and ``now``, or None."""
        found = [sparsity for at, sparsity in self.rounds if before < at <= now]
        return found[-1] if found else None


def magnitude_masks(
    parameters: Parameters, sparsity: float, alive: Masks | None = None, *, per_layer: bool = False
) -> Masks:
    """Return the masks that prune the parameters of smallest magnitude.

    Parameters
    ----------
    parameters
        Candidates for pruning.
    sparsity
        Share of the candidates to prune, 0 to 1, including those pruned in ``alive``.
    alive
        Masks of an earlier round; pruned parameters stay pruned.
    per_layer
        Whether to rank within each array instead of globally.
    """
    if per_layer:
        found: Masks = {}
        for name, values in parameters.items():
            one = {name: alive[name]} if alive else None
            found |= magnitude_masks({name: values}, sparsity, one)
        return found
    ranks = {n: np.abs(v).astype(np.float64) for n, v in parameters.items()}
    return _lowest_pruned(ranks, sparsity, alive)


def importance(
    parameters: Parameters, block_loss: NDArray[Any], weight: float
) -> dict[str, NDArray[np.float64]]:
    """Return the importance of every parameter, ECNR's equation 2.

    I(p) = N(abs(p)) + weight * N(L_b(p)), where N is min-max normalisation over all candidates and
    L_b(p) the mean loss of the blocks of the network to which p belongs.

    Parameters
    ----------
    parameters
        Candidates of all m networks, each array of shape (m, ...).
    block_loss
        Mean loss of each network's blocks, shape (m,), any unit.
    weight
        The paper's lambda_b (0.1).
    """
    magnitudes = {n: np.abs(v).astype(np.float64) for n, v in parameters.items()}
    low = min(float(v.min()) for v in magnitudes.values())
    high = max(float(v.max()) for v in magnitudes.values())
    loss = np.asarray(block_loss, np.float64)
    spread = float(np.ptp(loss))
    guide = weight * (loss - loss.min()) / (spread or 1.0)
    return {
        n: (v - low) / ((high - low) or 1.0) + guide.reshape(-1, *(1,) * (v.ndim - 1))
        for n, v in magnitudes.items()
    }


def guided_masks(
    parameters: Parameters,
    block_loss: NDArray[Any],
    weight: float,
    sparsity: float,
    alive: Masks | None = None,
) -> Masks:
    """Return the masks of block-guided pruning, which prunes networks of easy blocks more.

    The parameters are those of ``importance`` and ``magnitude_masks``.
    """
    return _lowest_pruned(importance(parameters, block_loss, weight), sparsity, alive)


def sparsity(masks: Masks) -> float:
    """Return the share of pruned parameters."""
    total = sum(m.size for m in masks.values())
    return 1 - sum(int(m.sum()) for m in masks.values()) / max(total, 1)


def _lowest_pruned(
    ranks: dict[str, NDArray[np.float64]], sparsity: float, alive: Masks | None
) -> Masks:
    """Return masks that prune the share ``sparsity`` of lowest rank, starting with those already
    pruned."""
    flat = np.concatenate([v.ravel() for v in ranks.values()])
    if alive is not None:
        remaining = np.concatenate([alive[n].ravel() for n in ranks])
        flat = np.where(remaining, flat, -np.inf)
    gone = round(sparsity * flat.size)
    if alive is not None:
        gone = max(gone, int(np.count_nonzero(~remaining)))
    mask = np.ones(flat.size, bool)
    mask[np.argsort(flat, kind="stable")[:gone]] = False
    ends = np.cumsum([v.size for v in ranks.values()])[:-1]
    parts = np.split(mask, ends)
    return {n: p.reshape(v.shape) for (n, v), p in zip(ranks.items(), parts, strict=True)}
