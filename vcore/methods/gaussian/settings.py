"""Settings of the Gaussian mixture."""

from dataclasses import dataclass, field
from typing import Self

from vcore.methods.base import Settings

MAX_FRAMES = 8
"""Frames of a group, unless the settings say otherwise."""


@dataclass(frozen=True)
class GaussianSettings(Settings):
    """Settings of ``gaussian``; names after VolMicro, Table 4, where it has them."""

    preset: str = field(
        default="compact",
        metadata={
            "help": "compact: quantised and entropy coded; paper: 22 bytes of float16 a Gaussian",
            "choices": ("compact", "paper"),
        },
    )
    gate: float | None = field(
        default=None,
        metadata={
            "help": "TOPS-Gate: Gaussians are born where the mean of 3x3x3 voxels is further than "
            "this from the background, in data units; auto: three standard deviations of the noise"
        },
    )
    edge_boost: float = field(
        default=3.0,
        metadata={"help": "how much more an error at the strongest edges counts for births"},
    )
    sparsity: float = field(
        default=0.3,
        metadata={
            "help": "sparsity weight: what an e-fold of a strength (its bits) counts, in shares of "
            "the squared error that one Gaussian more would take away"
        },
    )
    steps: int = field(default=200, metadata={"help": "optimiser steps of a frame (paper: 10,000)"})
    learning_rate: float = field(
        default=0.1, metadata={"help": "step of Adam in units of a Gaussian's own scale"}
    )
    background: int | None = field(
        default=None,
        metadata={
            "help": "order of the polynomial below the Gaussians, 0 to 2; auto: what pays",
            "choices": (None, 0, 1, 2),
        },
    )
    group: int | None = field(
        default=None,
        metadata={
            "help": "frames that are coded as differences from the first of them; auto: 8, or 1 "
            "where frames differ much"
        },
    )
    shared: bool | None = field(
        default=None,
        metadata={"help": "channels share places and shapes of Gaussians; auto: where that pays"},
    )

    @classmethod
    def smallest(cls) -> Self:
        return cls(steps=20)
