"""Settings of ecnr."""

from dataclasses import dataclass, field, replace
from typing import Any, Self

from vcore.errors import InputError
from vcore.methods.base import Settings

MAX_WIDTH, MAX_LAYERS, MAX_CODES = 256, 16, 64
MAX_OMEGA = 1e4
SPARSITY = 0.3
SCALES = 3
"""Default scales in space (section 4.1)."""
TARGET = 0.01
"""Default root mean square error at which preset miner stops, as a share of the data range: 40 dB,
or a mean squared error of 1e-4."""
WIDTH, CODES = 24, 6
"""Default units per layer (section 4.1) and default code length."""


def _setting(default: Any, text: str, **metadata: Any) -> Any:
    return field(default=default, metadata={"help": text, **metadata})


@dataclass(frozen=True)
class EcnrSettings(Settings):
    """Settings of ecnr.

    Defaults are part of the file format: a header omits settings with default values. Sections,
    tables and equations refer to Tang and Wang, ECNR (PacificVis 2024).
    """

    preset: str = _setting(
        "compact",
        "compact: blocks, codes and codebooks follow the budget; paper: the values of section 4.1; "
        "miner: one network per block, which stops when the block is as good as ``threshold``",
        choices=("compact", "paper", "miner"),
    )
    scales: int | None = _setting(None, "scales of the pyramid in space; auto: 3 (section 4.1)")
    scales_time: int | None = _setting(
        None,
        "scales in time, 1 does not halve it; auto: 1, or where blocks have one frame as many as "
        "in space (section 3.1)",
    )
    block: int | None = _setting(
        None, "approximate side of a block in voxels; auto: by the budget. Axes are cut evenly"
    )
    block_t: int | None = _setting(
        None, "frames of a block; auto: about 32, cut evenly (paper: 1, time only through codes)"
    )
    block_z: int | None = _setting(None, "side of a block along z, in voxels; auto: as block")
    block_y: int | None = _setting(None, "side of a block along y, in voxels; auto: as block")
    block_x: int | None = _setting(None, "side of a block along x, in voxels; auto: as block")
    sharing: int | None = _setting(
        None,
        "blocks per network at the coarsest scale, twice as many at each finer one; auto: by the "
        "budget (paper: 8, static 1); 0: one block per network everywhere (MINER)",
    )
    width: int | None = _setting(None, "units of a sine layer; auto: 24, fewer for few bytes")
    layers: int = _setting(3, "sine layers; a linear one follows (section 4.1: 3)")
    codes: int | None = _setting(None, "length of a block's latent code; auto: 6 (paper: 8)")
    omega: float = _setting(15.0, "frequency of the sines (section 4.1: 30)")
    threshold: float | None = _setting(
        None,
        "root mean square residual below which a block is left out, as a share of the data range "
        "(section 4.1: 1e-4); auto: also blocks below the expected error of the others. With "
        "preset miner also the error at which a network stops; auto: 0.01, or that of the PSNR",
    )
    epochs: int | None = _setting(
        None, "passes over all voxels of a scale; auto: as many as ``steps`` takes (paper: 500)"
    )
    steps: int = _setting(8000, "optimiser steps at the finest scale, where epochs is auto")
    batch: int | None = _setting(None, "voxels per block and step; auto: as suits the device")
    learning_rate: float = _setting(
        0.004, "of Adam; reduced in proportion above 24 units (section 4.1: 0.001)"
    )
    weight_decay: float = _setting(0.0, "of Adam (section 4.1: 2e-5)")
    sparsity: float | None = _setting(
        None,
        "final share of pruned parameters among the prunable; auto: 0.3 (section 4.1: 0.5)",
    )
    pruning: str = _setting(
        "guided", "guided: by equation 2; plain: by magnitude alone", choices=("guided", "plain")
    )
    guidance: float = _setting(0.1, "weight of the block loss in equation 2 (lambda_b)")
    bits: int | None = _setting(
        None, "bits of an index of shared values; auto: by the budget (section 4.1: 8); 0: float32"
    )
    quantisation: str = _setting(
        "global",
        "global: all networks of a scale share their values; local: each has its own",
        choices=("global", "local"),
    )
    latents: str = _setting(
        "coded",
        "coded: latent codes are quantised and entropy coded; float: float32, as in the paper",
        choices=("coded", "float"),
    )
    similarity: str = _setting(
        "euclidean",
        "of blocks: euclidean: of their voxels (section 3.3); shape: of their voxels over their "
        "norm; distribution: of their sorted values (Wasserstein-2, beyond the paper)",
        choices=("euclidean", "shape", "distribution"),
    )
    warm_start: bool = _setting(
        False, "start a scale's networks from those of the scale before, not at random"
    )
    components: str = _setting(
        "apart",
        "apart: the blocks of each component are blocks of their own; shared: components share "
        "networks and block codes, distinguished by a variable's code (section 5)",
        choices=("apart", "shared"),
    )
    cnn: int = _setting(0, "channels of the deblocking network (section 3.6: 32); 0: none")
    cnn_epochs: int = _setting(3, "passes of its fit over the volume (paper: 100)")
    cnn_rate: float = _setting(0.001, "its learning rate (section 4.1: 1e-5)")

    @classmethod
    def smallest(cls) -> Self:
        return cls(steps=40, batch=64, learning_rate=0.006, scales=2)

    def resolved(self, frames: int) -> Self:
        """Return the settings with preset values in place of those that do not depend on the
        budget."""
        if self.preset == "miner":
            miner: dict[str, Any] = {
                "scales": SCALES,
                "scales_time": 1,
                "sharing": 0,
                "codes": 0,
                "threshold": TARGET,
                "sparsity": 0.0,
            }
            return replace(self, **{n: v for n, v in miner.items() if getattr(self, n) is None})
        if self.preset != "paper":
            one = self.scales_time is None and self.block_t != 1
            return replace(
                self,
                sparsity=SPARSITY if self.sparsity is None else self.sparsity,
                scales_time=1 if one else self.scales_time,
            )
        static = frames == 1
        paper: dict[str, Any] = {
            "block_t": 1,
            "sharing": 1 if static else 8,
            "width": WIDTH,
            "codes": 8,
            "threshold": 1e-4,
            "epochs": 200 if static else 500,
            "omega": 30.0,
            "learning_rate": 0.001,
            "weight_decay": 2e-5,
            "sparsity": 0.3 if static else 0.5,
            "bits": 8,
            "latents": "float",
            "cnn_epochs": 100,
            "cnn_rate": 1e-5,
        }
        defaults = type(self)()
        return replace(
            self,
            **{n: v for n, v in paper.items() if getattr(self, n) == getattr(defaults, n)},
        )

    def check(self) -> None:
        self.check_limits(
            {
                "scales": (1, 12),
                "scales_time": (1, 12),
                "block": (1, 1 << 20),
                "block_t": (1, 1 << 20),
                "block_z": (1, 1 << 20),
                "block_y": (1, 1 << 20),
                "block_x": (1, 1 << 20),
                "sharing": (0, 1 << 20),
                "width": (2, MAX_WIDTH),
                "layers": (1, MAX_LAYERS),
                "codes": (1, MAX_CODES),
                "omega": (1e-3, MAX_OMEGA),
                "threshold": (0, 1),
                "epochs": (1, 1 << 30),
                "steps": (1, 1 << 30),
                "batch": (1, 1 << 30),
                "weight_decay": (0, 1),
                "sparsity": (0, 0.99),
                "guidance": (0, 1e3),
                "bits": (0, 16),
                "cnn": (0, 256),
                "cnn_epochs": (1, 1 << 20),
            }
        )
        if self.preset == "miner" and self.sparsity:
            raise InputError(
                f"Expected no sparsity with preset miner, whose networks stop one by one. Got "
                f"{self.sparsity} instead: leave it out."
            )
        for name in ("learning_rate", "cnn_rate"):
            if not getattr(self, name) > 0:
                raise InputError(f"Expected a positive {name}. Got {getattr(self, name)} instead.")


def codes_of(settings: EcnrSettings) -> int:
    """Return the length of a block's latent code."""
    return CODES if settings.codes is None else settings.codes
