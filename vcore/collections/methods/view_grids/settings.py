"""Settings of the grids of latents."""

import math
from dataclasses import dataclass, field
from typing import Self

from vcore.methods.base import Settings

MAX_GROUP, MAX_WIDTH = 1024, 256


@dataclass(frozen=True)
class ViewGridsSettings(Settings):
    """Settings of ``view-grids``.

    Defaults are part of the file format: a header omits settings with default values.
    """

    minutes: float = field(
        default=10.0, metadata={"help": "time limit of the fit; what was reached is then stored"}
    )
    epochs: int = field(default=400, metadata={"help": "passes over all images, at most"})
    group: int = field(
        default=16,
        metadata={"help": "nodes of a grid whose latents are coded, and decoded, together"},
    )
    width: int | None = field(
        default=None,
        metadata={"help": "channels of the network's coarsest features; auto: as the size allows"},
    )
    batch: int = field(default=4, metadata={"help": "images a step"})
    learning_rate: float = field(
        default=4e-3, metadata={"help": "peak learning rate of the network's weights"}
    )
    latent_rate: float = field(
        default=0.05, metadata={"help": "peak learning rate of the latents, in their steps"}
    )

    checkpoint: str | None = field(
        default=None,
        metadata={"help": "file that keeps the fit, to go on from if it is interrupted"},
    )

    @classmethod
    def smallest(cls) -> Self:
        return cls(epochs=4, group=4)

    def check(self) -> None:
        self.check_limits(
            {
                "minutes": (1e-3, math.inf),
                "epochs": (1, math.inf),
                "group": (1, MAX_GROUP),
                "width": (1, MAX_WIDTH),
                "batch": (1, math.inf),
                "learning_rate": (1e-9, 1),
                "latent_rate": (1e-9, 10),
            }
        )
