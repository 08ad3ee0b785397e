"""Settings of the coordinate network."""

import math
from dataclasses import dataclass, field
from typing import Self

from vcore.errors import InputError
from vcore.methods.base import Settings

MIN_WIDTH, MAX_WIDTH = 4, 4096
MAX_LAYERS = 64
MAX_OMEGA = 1e4
"""Largest omega, which keeps its product with float16 weights far inside the float32 range."""


@dataclass(frozen=True)
class SirenSettings(Settings):
    """Settings of siren.

    Defaults are part of the file format: a header omits settings with default values. They are
    COIN's (appendix A and the authors' code) except for batch and learning rate, which were
    measured (docs/methods.md).
    """

    preset: str = field(
        default="coin",
        metadata={
            "help": "coin: one sine network over the coordinates, weights as float16; neurcomp: "
            "residual sine blocks, weights shared by k-means",
            "choices": ("coin", "neurcomp"),
        },
    )
    layers: int | None = field(
        default=None,
        metadata={
            "help": "sine layers before the linear one, auto: 5 (COIN, appendix A: 5, 10 or 13); "
            "with neurcomp residual blocks of two sine layers each, auto: 7"
        },
    )
    width: int | None = field(
        default=None,
        metadata={"help": "units of a sine layer; auto: as many as the budget allows"},
    )
    omega: float = field(
        default=30.0,
        metadata={"help": "frequency of the sines, per unit of their input (SIREN: omega_0)"},
    )
    steps: int = field(
        default=50_000,
        metadata={"help": "maximum optimiser steps (COIN: 50,000); stops early on a plateau"},
    )
    batch: int | None = field(
        default=None,
        metadata={
            "help": "voxels per step, drawn at random, at most all; "
            "auto: 4,096 on a CPU, 262,144 on CUDA, fewer if memory is short"
        },
    )
    learning_rate: float = field(
        default=5e-4,
        metadata={"help": "peak learning rate of Adam (COIN: 2e-4, which 10 layers need)"},
    )

    @classmethod
    def smallest(cls) -> Self:
        return cls(layers=2, width=16, steps=150, batch=1024, learning_rate=0.005)

    @property
    def depth(self) -> int:
        """Number of sine layers, or of residual blocks."""
        return self.layers if self.layers is not None else 5 if self.preset == "coin" else 7

    @property
    def residual(self) -> bool:
        """Whether the network consists of residual blocks."""
        return self.preset == "neurcomp"

    def check(self) -> None:
        self.check_limits(
            {
                "layers": (1, MAX_LAYERS),
                "width": (1, MAX_WIDTH),
                "steps": (1, math.inf),
                "batch": (1, math.inf),
                "omega": (1e-3, MAX_OMEGA),
            }
        )
        if not self.learning_rate > 0:
            raise InputError(
                f"Expected a positive learning_rate. Got {self.learning_rate} instead."
            )
