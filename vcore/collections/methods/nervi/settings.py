"""Settings of the networks for images."""

import math
from dataclasses import dataclass, field
from typing import Self

from vcore.errors import InputError
from vcore.methods.base import Settings

PRESETS = ("nervi", "compact", "nerv", "insitunet", "siren", "nerf")
MAX_WIDTH, MAX_FREQUENCIES, MAX_OMEGA, MAX_BITS = 4096, 24, 1e4, 16
AUTO_RATE = {"siren": 1e-2}
"""By preset; 600 steps of 8,000 pixels with 64 units reach 11.0, 16.3 and 18.3 dB with 5e-4, 4e-3
and 1.5e-2."""
OMEGA, AUTO_OMEGA = 30.0, {"compact": 8.0}
"""By preset: with 8, images of neighbouring parameters have alike codes, which the convolutions can
share (docs/collections.md)."""
RATE = 4e-3
"""Peak learning rate of Adam. The paper's 2e-5 is for millions of steps. A weight moves by at most
the rate in a step, so that fits of some thousand steps need one at which steps times rate are
still several times the spread of the weights. Sine layers hold the weights times omega, for which
this rate is that divided by 30. Of 1e-3 to 1e-2, 5e-3 is best after 1,600 steps
(docs/collections.md)."""


@dataclass(frozen=True)
class NerviSettings(Settings):
    """Settings of nervi.

    Defaults are part of the file format: a header omits settings with default values.
    """

    preset: str = field(
        default="nervi",
        metadata={
            "help": "nervi: the paper's; compact: fewer redundant weights, rounded during the fit; "
            "nerv, insitunet, siren, nerf: the networks that the paper compares with",
            "choices": PRESETS,
        },
    )
    minutes: float = field(
        default=10.0, metadata={"help": "time limit of the fit; what was reached is then stored"}
    )
    epochs: int = field(
        default=400, metadata={"help": "passes over all images, at most (the paper: 200 to 3,000)"}
    )
    bits: int = field(
        default=9, metadata={"help": "bits of a stored weight at most (the paper: 9)"}
    )
    width: int | None = field(
        default=None,
        metadata={"help": "channels of the first block, or units; auto: as the size allows"},
    )
    stem: int | None = field(
        default=None,
        metadata={"help": "channels before the first block; auto: width / 8, at least 16"},
    )
    mask: bool | None = field(
        default=None, metadata={"help": "whether a mask is predicted; auto: with nervi, compact"}
    )
    mlp: str | None = field(
        default=None,
        metadata={
            "help": "first layers: sine (residual blocks, nervi, compact) or gelu (nerv)",
            "choices": (None, "sine", "gelu"),
        },
    )
    omega: float | None = field(
        default=None,
        metadata={"help": "frequency of the first sines, auto: 30 (the paper), with compact 8"},
    )
    frequencies: int = field(
        default=4, metadata={"help": "octaves of the encoding of each parameter (the paper: 4)"}
    )
    alpha: float = field(
        default=0.7, metadata={"help": "weight of the absolute errors; the rest is SSIM's"}
    )
    prune: float = field(
        default=0.0, metadata={"help": "share of the weights set to 0 after the fit"}
    )
    batch: int | None = field(
        default=None,
        metadata={"help": "images a step, auto: 2 on a CPU; pixels with siren and nerf: 32,000"},
    )
    learning_rate: float | None = field(
        default=None, metadata={"help": "peak learning rate of Adam; auto: by preset"}
    )
    checkpoint: str | None = field(
        default=None,
        metadata={"help": "file that keeps the fit, to go on from if it is interrupted"},
    )

    @classmethod
    def smallest(cls) -> Self:
        return cls(epochs=30)

    @property
    def masked(self) -> bool:
        """Whether the network predicts where there is something."""
        return self.preset in ("nervi", "compact") if self.mask is None else self.mask

    @property
    def sine(self) -> bool:
        """Whether the first layers are residual blocks of sines."""
        return self.mlp != "gelu" and (self.mlp == "sine" or self.preset != "nerv")

    @property
    def by_pixel(self) -> bool:
        """Whether the network maps the place of a pixel to its colour."""
        return self.preset in ("siren", "nerf")

    @property
    def frequency(self) -> float:
        """Omega of the first sines."""
        return self.omega or AUTO_OMEGA.get(self.preset, OMEGA)

    @property
    def rate(self) -> float:
        """Peak learning rate."""
        return self.learning_rate or AUTO_RATE.get(self.preset, RATE)

    def check(self) -> None:
        self.check_limits(
            {
                "minutes": (1e-3, math.inf),
                "epochs": (1, math.inf),
                "bits": (2, MAX_BITS),
                "width": (1, MAX_WIDTH),
                "stem": (1, MAX_WIDTH),
                "omega": (1e-3, MAX_OMEGA),
                "frequencies": (1, MAX_FREQUENCIES),
                "alpha": (0, 1),
                "prune": (0, 0.999),
                "batch": (1, math.inf),
                "learning_rate": (1e-9, 1),
            }
        )
        if self.prune and self.preset == "compact":
            raise InputError("Expected prune with another preset than compact, which rounds.")
