"""Settings of the grid networks."""

import math
from dataclasses import dataclass, field
from typing import Self

from vcore.methods.base import Settings

ADAPTIVE = "adaptive"
PRESETS = (ADAPTIVE, "mht", "fvsrn", "apmgsrn")
MAX_SPACING, MAX_WIDTH, MAX_LAYERS, MAX_BOXES = 1 << 16, 256, 16, 64


@dataclass(frozen=True)
class GridsSettings(Settings):
    """Settings of ``grids``.

    Defaults are part of the file format: a header omits settings with default values.
    """

    preset: str = field(
        default=ADAPTIVE,
        metadata={
            "help": "adaptive: a pyramid of grids, the fine ones sparse, summed; mht: hash tables "
            "of several resolutions and a small network (instant-ngp); fvsrn: one dense grid, "
            "Fourier features and a small network (fV-SRN); apmgsrn: movable grids and a small "
            "network (APMGSRN)",
            "choices": PRESETS,
        },
    )
    spacing: int | None = field(
        default=None,
        metadata={
            "help": "frames from one key frame to the next, between which grids are interpolated; "
            "auto: from how fast the data change"
        },
    )
    rounds: int = field(
        default=40,
        metadata={"help": "rounds of the refinement of preset adaptive; 0 for none"},
    )

    width: int | None = field(
        default=None,
        metadata={
            "help": "units of a hidden layer of the network (not with preset adaptive); auto: 4 to "
            "32, as the bytes allow"
        },
    )
    boxes: int | None = field(
        default=None,
        metadata={"help": "grids of preset apmgsrn; auto: 4 to 16, as the bytes allow"},
    )
    layers: int = field(default=2, metadata={"help": "hidden layers of the network"})
    steps: int = field(
        default=20_000, metadata={"help": "steps of the network's fit; a time limit shortens it"}
    )
    batch: int | None = field(
        default=None, metadata={"help": "voxels a step, drawn at random; auto: 4,096"}
    )
    learning_rate: float = field(
        default=5e-3, metadata={"help": "peak learning rate of Adam for the network's fit"}
    )

    @classmethod
    def smallest(cls) -> Self:
        return cls(rounds=2, layers=1, steps=80, batch=512, learning_rate=0.03)

    def check(self) -> None:
        self.check_limits(
            {
                "spacing": (1, MAX_SPACING),
                "rounds": (0, math.inf),
                "width": (1, MAX_WIDTH),
                "boxes": (1, MAX_BOXES),
                "layers": (1, MAX_LAYERS),
                "steps": (1, math.inf),
                "batch": (1, math.inf),
                "learning_rate": (1e-9, 1),
            }
        )
