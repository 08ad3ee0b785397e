"""Settings of the Gaussian mixture."""

from dataclasses import dataclass, field
from typing import Self

from vcore.methods.base import Settings

MAX_FRAMES = 8
"""Maximum number of frames per group chosen automatically."""


@dataclass(frozen=True)
class Training:
    """Numbers of a fit that depend on the preset.

    Parameters
    ----------
    steps
        Optimiser steps of a frame.
    rate
        Learning rate, in units of each Gaussian's own scale.
    sparsity
        Weight of the term for few and faint Gaussians; its meaning depends on the preset.
    """

    steps: int
    rate: float
    sparsity: float


TRAINING = {"compact": Training(200, 0.1, 0.3), "paper": Training(10_000, 0.01, 0.001)}
"""By preset; those of the paper are from VolMicro, Table 4."""


@dataclass(frozen=True)
class GaussianSettings(Settings):
    """Settings of ``gaussian``, named after VolMicro, Table 4, where possible."""

    preset: str = field(
        default="compact",
        metadata={
            "help": "compact: quantised and entropy coded; paper: trained as in VolMicro's "
            "Table 4, 22 bytes of float16 per Gaussian",
            "choices": ("compact", "paper"),
        },
    )
    gate: float | None = field(
        default=None,
        metadata={
            "help": "TOPS-Gate: births where the mean of 3x3x3 voxels differs by more than this "
            "from the background, in data units; auto: three standard deviations of the noise. "
            "Preset paper optimises those voxels only"
        },
    )
    edge_boost: float = field(
        default=3.0,
        metadata={
            "help": "weight of errors at the strongest edges for births; of preset paper in the "
            "objective, too"
        },
    )
    sparsity: float | None = field(
        default=None,
        metadata={
            "help": "sparsity weight: cost of an e-fold of a strength (its bits), relative to "
            "the squared error that one more Gaussian would remove; auto: 0.3. Of preset paper "
            "the weight of the mean strength in the objective; auto: 0.001"
        },
    )
    steps: int | None = field(
        default=None,
        metadata={"help": "optimiser steps of a frame; auto: 200, or 10,000 with preset paper"},
    )
    learning_rate: float | None = field(
        default=None,
        metadata={
            "help": "step of Adam in units of a Gaussian's own scale; auto: 0.1, or 0.01 with "
            "preset paper"
        },
    )
    neighbours: int = field(
        default=32,
        metadata={"help": "nearest Gaussians that a voxel sees while preset paper trains"},
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

    @property
    def training(self) -> Training:
        """Numbers of the fit, the preset's where a setting is None."""
        auto = TRAINING[self.preset]
        return Training(
            auto.steps if self.steps is None else self.steps,
            auto.rate if self.learning_rate is None else self.learning_rate,
            auto.sparsity if self.sparsity is None else self.sparsity,
        )
