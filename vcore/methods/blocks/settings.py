"""Settings of the block autoencoders."""

from dataclasses import dataclass, field, replace
from typing import Self

from vcore.methods.base import Settings

BLOCK_SIDES = (2, 4, 8)


@dataclass(frozen=True)
class BlockSettings(Settings):
    """Settings of linear1, linear2, coordvarsvd, svd1 and svd2.

    The paper's parameters are ``k`` and ``s``; it does not state learning rate and batch size (see
    docs/methods.md for how they were chosen). Defaults are part of the file format: a header omits
    settings with default values.
    """

    preset: str = field(
        default="compact",
        metadata={
            "help": "compact: quantised, entropy coded, blocks blended; paper: the paper's sizes",
            "choices": ("compact", "paper"),
        },
    )
    k: int | None = field(
        default=None,
        metadata={
            "help": "block side in voxels (paper: k); auto: 8 if the budget allows for its decoder"
        },
    )
    s: int | None = field(
        default=None,
        metadata={
            "help": "latent values per block (paper: s); auto: as many as the budget can use"
        },
    )
    epochs: int = field(
        default=50,
        metadata={"help": "paper preset: passes over the volume (paper: 50, Table 3: 200)"},
    )
    steps: int = field(default=1500, metadata={"help": "compact preset: optimiser steps"})
    learning_rate: float | None = field(
        default=None,
        metadata={"help": "peak learning rate; auto: 1.0 (SGD, paper), 0.003 (Adam, compact)"},
    )
    batch: int | None = field(
        default=None,
        metadata={"help": "blocks (paper) or 4x4x4 groups of blocks (compact) per step"},
    )
    overlap: int | None = field(
        default=None,
        metadata={
            "help": "compact preset: voxels that neighbouring blocks share, blended; auto: 2"
        },
    )

    @classmethod
    def smallest(cls) -> Self:
        return cls(k=4, epochs=2, steps=20)

    def filled(self, **values: object) -> Self:
        """Return the settings with ``values`` substituted for automatic (None) ones."""
        missing = {name: value for name, value in values.items() if getattr(self, name) is None}
        return replace(self, **missing)  # type: ignore[arg-type]
