"""Settings of the grid networks."""

import math
from dataclasses import dataclass, field
from typing import Self

from vcore.errors import InputError
from vcore.methods.base import Settings

PRESETS = ("adaptive", "mht", "fvsrn", "apmgsrn")
MAX_SPACING = 1 << 16


@dataclass(frozen=True)
class GridsSettings(Settings):
    """Settings of ``grids``.

    Defaults are part of the file format: a header omits settings with default values.
    """

    preset: str = field(
        default="adaptive",
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
        default=30,
        metadata={"help": "rounds of the refinement of preset adaptive; 0 for none"},
    )

    @classmethod
    def smallest(cls) -> Self:
        return cls(rounds=2)

    def check(self) -> None:
        """Validate the settings.

        Raises
        ------
        InputError
            A setting is out of range.
        """
        limits = {"spacing": (1, MAX_SPACING), "rounds": (0, math.inf)}
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"Expected {name} in {low:g}..{high:g}. Got {value:g} instead.")
