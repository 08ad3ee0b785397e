"""Settings of the wavelet method."""

import math
from dataclasses import dataclass, field

from vcore.errors import InputError
from vcore.methods.base import Settings

SMALLEST_STEP, LARGEST_STEP = 2.0**-23, 4.0
"""Magnitudes stay within 32 bits; coarser than the largest, nothing is left."""

MAX_FRAMES = 64
"""Of a group."""
FAST, DEFAULT, MAX = "fast", "default", "max"
EFFORTS = (FAST, DEFAULT, MAX)


@dataclass(frozen=True)
class WaveletSettings(Settings):
    """Settings of ``wavelet``."""

    step: float | None = field(
        default=None,
        metadata={
            "help": "quantiser step as a share of the data range; auto: what the budget asks for"
        },
    )
    group: int | None = field(
        default=None,
        metadata={
            "help": "frames along t that are coded together: their temporal basis is adaptive; "
            "auto: 16, fewer where frames are large"
        },
    )

    effort: str = field(
        default=DEFAULT,
        metadata={
            "choices": EFFORTS,
            "help": "fast: decoded and encoded in about half the time, for some 4 % more bytes; "
            "max: encoded in some 6 times the time, for up to 1 % fewer",
        },
    )

    def check(self) -> None:
        """Refuse an impossible step or group.

        Raises
        ------
        InputError
            What was expected.
        """
        if self.step is not None and not (
            math.isfinite(self.step) and SMALLEST_STEP <= self.step <= LARGEST_STEP
        ):
            raise InputError(
                f"Expected a step between {SMALLEST_STEP:.3g} and {LARGEST_STEP:g} of the data "
                f"range. Got {self.step} instead."
            )
        if self.group is not None and not 1 <= self.group <= MAX_FRAMES:
            raise InputError(
                f"Expected groups of 1 to {MAX_FRAMES} frames. Got {self.group} instead."
            )
