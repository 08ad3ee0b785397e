"""Settings of the wavelet method."""

import math
from dataclasses import dataclass, field

from vcore.errors import InputError
from vcore.methods.base import Settings

MIN_STEP, MAX_STEP = 2.0**-23, 4.0
"""Limits of the quantiser step, as a share of the data range: the smallest keeps magnitudes within
32 bits; beyond the largest all coefficients are 0."""

MAX_FRAMES = 64
"""Maximum number of frames per group."""
FAST, DEFAULT, MAX = "fast", "default", "max"
EFFORTS = (FAST, DEFAULT, MAX)
AUTO, WAVELET, COSINE = "auto", "wavelet", "cosine"
TRANSFORMS = (AUTO, WAVELET, COSINE)


@dataclass(frozen=True)
class WaveletSettings(Settings):
    """Settings of ``wavelet``."""

    step: float | None = field(
        default=None,
        metadata={
            "help": "quantiser step as a share of the data range; auto: follows from the budget"
        },
    )
    group: int | None = field(
        default=None,
        metadata={
            "help": "frames along t coded together, with an adaptive temporal basis; "
            "auto: 16, fewer where frames are large, up to 64 where they are small"
        },
    )

    effort: str = field(
        default=DEFAULT,
        metadata={
            "choices": EFFORTS,
            "help": "fast: decoded and encoded in about a fifth of the time, for some 10 % more "
            "bytes, each frame alone; max: encoded in some 10 times the "
            "time and decoded in up to three times, for some 9 % fewer",
        },
    )

    prediction: bool | None = field(
        default=None,
        metadata={
            "help": "predict details from coarser levels by a small network that all files share, "
            "and code what is left; auto: with effort max; never with effort fast"
        },
    )

    transform: str = field(
        default=AUTO,
        metadata={
            "choices": TRANSFORMS,
            "help": "cosine: along whole axes, of up to 128 voxels, for data without high "
            "frequencies, such as resampled simulations; auto: by an estimate",
        },
    )

    restoration: bool | None = field(
        default=None,
        metadata={
            "help": "move voxels towards what their neighbours say, by taps that all files share, "
            "where that brings them nearer to the original: fewer bytes at a quality, decoded in "
            "up to twice the time; auto: with effort max; never with effort fast"
        },
    )

    @property
    def predicts(self) -> bool:
        """Whether details are predicted where that pays off."""
        return self.effort != FAST and (
            self.effort == MAX if self.prediction is None else self.prediction
        )

    @property
    def restores(self) -> bool:
        """Whether level 0 is restored where that pays off."""
        return self.effort != FAST and (
            self.effort == MAX if self.restoration is None else self.restoration
        )

    def check(self) -> None:
        """Validate step, group and transform.

        Raises
        ------
        InputError
            A value is out of range.
        """
        if self.step is not None and not (
            math.isfinite(self.step) and MIN_STEP <= self.step <= MAX_STEP
        ):
            raise InputError(
                f"Expected a step between {MIN_STEP:.3g} and {MAX_STEP:g} of the data "
                f"range. Got {self.step} instead."
            )
        if self.group is not None and not 1 <= self.group <= MAX_FRAMES:
            raise InputError(
                f"Expected groups of 1 to {MAX_FRAMES} frames. Got {self.group} instead."
            )
        if self.transform == COSINE and self.effort == FAST:
            raise InputError(
                "Expected the wavelet with effort fast. Got the cosine transform: leave one of "
                "both to vcore."
            )
