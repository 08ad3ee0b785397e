"""Settings of the Gaussian mixture."""

from dataclasses import dataclass, field
from typing import Self

from vcore.methods.base import Settings

MAX_FRAMES = 8
"""Maximum number of frames per group chosen automatically."""


@dataclass(frozen=True)
class GaussianSettings(Settings):
    """Settings of ``gaussian``, named after VolMicro, Table 4, where possible."""

    preset: str = field(
        default="compact",
        metadata={
            "help": "compact: quantised and entropy coded; paper: 22 bytes of float16 per Gaussian",
            "choices": ("compact", "paper"),
        },
    )
    gate: float | None = field(
        default=None,
        metadata={
            "help": "TOPS-Gate: births where the mean of 3x3x3 voxels differs by more than this "
            "from the background, in data units; auto: three standard deviations of the noise"
        },
    )
    edge_boost: float = field(
        default=3.0,
        metadata={"help": "weight of errors at the strongest edges for births"},
    )
    sparsity: float = field(
        default=0.3,
        metadata={
            "help": "sparsity weight: cost of an e-fold of a strength (its bits), relative to "
            "the squared error that one more Gaussian would remove"
        },
    )
    steps: int = field(default=200, metadata={"help": "optimiser steps of a frame (paper: 10,000)"})
    learning_rate: float = field(
        default=0.1, metadata={"help": "step of Adam in units of a Gaussian's own scale"}
    )
    background: int | None = field(
        default=None,
        metadata={
            "help": "order of the background polynomial, 0 to 2; auto: as long as it pays off",
            "choices": (None, 0, 1, 2),
        },
    )
    group: int | None = field(
        default=None,
        metadata={
            "help": "frames coded as differences from the first of them; auto: 8, or 1 "
            "if frames differ much"
        },
    )
    shared: bool | None = field(
        default=None,
        metadata={"help": "channels share positions and shapes of Gaussians; auto: if it pays off"},
    )

    @classmethod
    def smallest(cls) -> Self:
        return cls(steps=20)
