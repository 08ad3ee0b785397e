"""Settings of splats."""

from dataclasses import dataclass, field

from vcore.methods.base import Settings


@dataclass(frozen=True)
class SplatsSettings(Settings):
    """Settings of ``splats``."""

    block: int = field(
        default=16384, metadata={"help": "splats that are coded together, and decoded for one"}
    )
    splats: int = field(
        default=5000, metadata={"help": "of a fit to images: number of splats, at most"}
    )
    degree: int = field(
        default=2,
        metadata={"help": "of a fit to images: degree of the harmonics", "choices": (0, 1, 2, 3)},
    )
    steps: int = field(
        default=3000, metadata={"help": "of a fit to images: steps of the optimiser, at most"}
    )

    @classmethod
    def smallest(cls) -> "SplatsSettings":
        return cls(block=256, splats=50, steps=20)
