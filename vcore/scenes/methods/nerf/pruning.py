"""Pruning of a network: at once, or in rounds with retraining in between."""

import numpy as np
from numpy.typing import NDArray

from vcore.methods._networks.shrinking import magnitude_masks
from vcore.model.context import Context
from vcore.scenes.methods.nerf import retraining
from vcore.scenes.methods.nerf.network import Network
from vcore.scenes.methods.nerf.quantising import joined
from vcore.scenes.methods.nerf.training import Trainer

Alive = dict[str, NDArray[np.bool_]]
"""For each layer (outputs, inputs + 1): False where a weight is pruned; biases are not."""


def smallest_pruned(
    network: Network, steps: dict[str, float], share: float, alive: Alive | None = None
) -> Alive:
    """Return which parameters are left without a share of the weights: the smallest in steps of
    their layer.

    Parameters
    ----------
    share
        Share of all weights, 0 to 1, with those that are pruned in ``alive``.
    """
    values = {layer: joined(network, layer) for layer in steps}
    found = {layer: np.ones(v.shape, bool) for layer, v in values.items()}
    if share:
        sizes = {layer: v[:, :-1] / steps[layer] for layer, v in values.items()}
        before = None if alive is None else {layer: m[:, :-1] for layer, m in alive.items()}
        for layer, mask in magnitude_masks(sizes, share, before).items():
            found[layer][:, :-1] = mask
    return found


def in_rounds(
    network: Network,
    steps: dict[str, float],
    share: float,
    rounds: int,
    trainer: Trainer,
    iterations: int,
    context: Context,
) -> tuple[Network, Alive]:
    """Return a network pruned and retrained in all rounds but the last, and which parameters are
    left after that, which has no retraining yet.

    Iterative pruning: Han et al. 2015, "Learning both weights and connections". After a part t of
    the rounds, ``share * (1 - (1 - t)**3)`` is pruned: much at first, while much is redundant (Zhu
    and Gupta 2017, equation 1).

    Parameters
    ----------
    iterations
        Iterations of retraining after each round.
    """
    alive = None
    for done in range(1, rounds):
        pruned = share * (1 - (1 - done / rounds) ** 3)
        alive = smallest_pruned(network, steps, pruned, alive)
        masks = {f"{layer}.weight": mask[:, :-1] for layer, mask in alive.items()}
        part = context.part((done - 1) / rounds, 1 / rounds)
        network = retraining.pruned(network, masks, trainer, iterations, part)
    return network, smallest_pruned(network, steps, share, alive)
