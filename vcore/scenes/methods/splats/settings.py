"""Settings of splats."""

from dataclasses import dataclass, field

from vcore.methods.base import Settings


@dataclass(frozen=True)
class SplatsSettings(Settings):
    """Settings of ``splats``."""

    block: int = field(
        default=16384, metadata={"help": "splats that are coded together, and decoded for one"}
    )

    @classmethod
    def smallest(cls) -> "SplatsSettings":
        return cls(block=256)
