"""Settings of the coordinate network."""

import math
from dataclasses import dataclass, field
from typing import Self

from vcore.errors import InputError
from vcore.methods.base import Settings

NARROWEST, WIDEST = 4, 4096
DEEPEST = 64
FASTEST = 1e4
"""Largest omega: float16 weights times this stay far inside float32."""


@dataclass(frozen=True)
class SirenSettings(Settings):
    """Settings of siren.

    Defaults are part of the file format: a header leaves out what has its default. They are COIN's
    (appendix A and the authors' code) but for the batch and the learning rate, which were measured
    (docs/methods.md).
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
        metadata={"help": "units of a sine layer; auto: as many as the budget can carry"},
    )
    omega: float = field(
        default=30.0,
        metadata={"help": "frequency of the sines, per unit of their input (SIREN: omega_0)"},
    )
    steps: int = field(
        default=50_000,
        metadata={"help": "most optimiser steps (COIN: 50,000); fewer where the loss stands still"},
    )
    batch: int | None = field(
        default=None,
        metadata={
            "help": "voxels a step, drawn at random, all where there are no more; "
            "auto: 4,096 on a CPU, 262,144 on CUDA, fewer where memory asks for it"
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
        """Sine layers, or residual blocks."""
        return self.layers if self.layers is not None else 5 if self.preset == "coin" else 7

    @property
    def residual(self) -> bool:
        """Whether the network is made of residual blocks."""
        return self.preset == "neurcomp"

    def check(self) -> None:
        """Refuse settings that make no network.

        Raises
        ------
        InputError
            Which, and what would do.
        """
        limits = {
            "layers": (1, DEEPEST),
            "width": (1, WIDEST),
            "steps": (1, math.inf),
            "batch": (1, math.inf),
            "omega": (1e-3, FASTEST),
        }
        for name, (least, most) in limits.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise InputError(f"Expected {name} in {least}..{most}. Got {value} instead.")
        if not self.learning_rate > 0:
            raise InputError(
                f"Expected a positive learning_rate. Got {self.learning_rate} instead."
            )
