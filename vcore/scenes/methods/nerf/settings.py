"""Settings of the method ``nerf``."""

from dataclasses import dataclass, field
from typing import Self

from vcore.errors import InputError
from vcore.methods._networks.shrinking.coding import MAX_VALUES
from vcore.methods.base import Settings
from vcore.scenes.methods.nerf.occupancy import MAX_CELLS

MAX_STEPS = 4096
MAX_ROUNDS = 100


@dataclass(frozen=True)
class NerfSettings(Settings):
    """Settings of ``nerf``."""

    cells: int = field(
        default=64,
        metadata={"help": "Cells of the grid of empty space along the longest side."},
    )
    steps: int = field(
        default=320, metadata={"help": "Samples along the longest side, for rendering."}
    )
    prune: float = field(
        default=0.0,
        metadata={"help": "Share of the weights to prune by magnitude, 0 to 1 (Isik 2021)."},
    )
    retrain: int = field(
        default=0,
        metadata={"help": "Iterations of retraining after pruning and rounding; needs torch."},
    )
    rounds: int = field(
        default=1,
        metadata={
            "help": "Rounds of pruning, each with its part of the retraining: more are iterative "
            "pruning (Han et al. 2015)."
        },
    )
    share: int = field(
        default=0,
        metadata={
            "help": "Values that the weights of a layer share at most (k-means, Han et al. 2015), "
            "instead of multiples of a step; 0 for none."
        },
    )

    def __post_init__(self) -> None:
        if not 1 <= self.cells <= MAX_CELLS or not 1 <= self.steps <= MAX_STEPS:
            raise InputError(
                f"Expected 1 to {MAX_CELLS} cells and 1 to {MAX_STEPS} steps. Got {self.cells} and "
                f"{self.steps} instead."
            )
        if not 0 <= self.prune < 1 or self.retrain < 0:
            raise InputError(
                f"Expected a share of 0 to 1 to prune, and iterations from 0. Got {self.prune:g} "
                f"and {self.retrain} instead."
            )
        if not 1 <= self.rounds <= MAX_ROUNDS or (
            self.rounds > 1 and not (self.prune and self.retrain >= self.rounds)
        ):
            raise InputError(
                f"Expected 1 to {MAX_ROUNDS} rounds, and in more than one something to prune and "
                f"an iteration of retraining for each. Got rounds={self.rounds}, "
                f"prune={self.prune:g} and retrain={self.retrain} instead."
            )
        if self.share and not 2 <= self.share <= MAX_VALUES:
            raise InputError(
                f"Expected 2 to {MAX_VALUES} shared values, or 0. Got {self.share} instead."
            )

    @classmethod
    def smallest(cls) -> Self:
        return cls(cells=16, steps=64)
