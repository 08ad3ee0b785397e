"""Settings of the wavelet method."""

import math
from dataclasses import dataclass, field

from vcore.errors import InputError
from vcore.methods.base import Settings

SMALLEST_STEP, LARGEST_STEP = 2.0**-23, 4.0
"""Magnitudes stay within 32 bits; coarser than the largest, nothing is left."""


@dataclass(frozen=True)
class WaveletSettings(Settings):
    """Settings of ``wavelet``."""

    step: float | None = field(
        default=None,
        metadata={
            "help": "quantiser step as a share of the data range; auto: what the budget asks for"
        },
    )

    def check(self) -> None:
        """Refuse an impossible step.

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
