"""A method under test, and the small volumes that it encodes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vcore
from vcore import methods
from vcore.errors import BudgetError
from vcore.model.grid import Grid
from vcore.model.volume import Variable, Volume
from vcore.testing.volumes import blobs, frames, holes, in_dtype, ramp

SHAPE = (13, 17, 9)
AMPLE = vcore.Budget(bytes=60_000)
REACHED = (
    vcore.Budget(bytes=1500),
    vcore.Budget(bytes=2500),
    vcore.Budget(bytes=6000),
    vcore.Budget(ratio=1.5),
    vcore.Budget(ratio=4),
    vcore.Budget(bpv=2),
    vcore.Budget(bpv=12),
    vcore.Budget(psnr=12),
    vcore.Budget(psnr=25),
    vcore.Budget(psnr=60),
)
"""Sizes and qualities that every method reaches on float32 blobs of SHAPE, unless its case says
why not."""
FINE = (vcore.Budget(max_error=0), vcore.Budget(range_error=0.9e-4))
"""Bounds that every exact method reaches; others refuse them."""
LONG_NAMES = vcore.Budget(bytes=16_000)
"""Size that two variables with names and components of 1.4 kB reach."""


def label(budget: vcore.Budget) -> str:
    """Return a budget in short, such as ``psnr=25``."""
    return ", ".join(f"{name}={v:g}" for name, v in vars(budget).items() if v is not None)


@dataclass(frozen=True)
class Case:
    """A method with settings that encode a small volume in a fraction of a second.

    Parameters
    ----------
    method, settings
        As for ``vcore.compress``.
    training
        Settings with which its error is that of a fitted method.
    budget
        A budget that it meets on every volume of this suite.
    flat
        Whether it takes volumes of one voxel along an axis.
    level_error
        How many times the error of level 0 a coarse level may have; more than 1.5 for methods that
        code coarse levels for themselves and correct their errors in the finer ones.
    refuses
        Budgets out of REACHED, FINE and LONG_NAMES that it does not reach, each with the reason.
        All others must be reached. Exact methods must refuse those named here; others may reach
        them on another machine.
    """

    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    budget: vcore.Budget = AMPLE
    flat: bool = True
    level_error: float = 1.5
    refuses: Mapping[vcore.Budget, str] = field(default_factory=dict)

    def __str__(self) -> str:
        variant = [str(self.settings[key]) for key in ("preset", "effort") if key in self.settings]
        return "-".join([self.method, *variant])

    def __hash__(self) -> int:
        return hash((self.method, json.dumps(dict(self.settings)), self.budget))

    def compress(self, source: Any, path: Path | None = None, **options: Any) -> vcore.Report:
        """Compress with this method; ``options`` go before the case's own."""
        mine = {"method": self.method, "settings": self.settings, "budget": self.budget}
        return vcore.compress(source, path, **{**mine, **options})

    def within(self, source: Any, budget: vcore.Budget, path: Path | None = None) -> Any:
        """Compress within ``budget`` and return the report; None where the case refuses it.

        Raises
        ------
        AssertionError
            It is refused without a reason in ``refuses``, or reached in spite of one.
        """
        reason = self.refuses.get(budget)
        try:
            report = self.compress(source, path, budget=budget)
        except BudgetError as error:
            if not reason:
                pytest.fail(f"{self} must reach {label(budget)}, or say why not: {error}")
            if budget.psnr is not None and f"{budget.psnr:g} dB" not in str(error):
                pytest.fail(f"Expected {budget.psnr:g} dB in the sentence. Got: {error}")
            return None
        assert not (reason and self.exact), (
            f"{self} reaches {label(budget)}: take it out of `refuses`"
        )
        return report

    @property
    def keeps_bounds(self) -> bool:
        """Whether the method codes error bounds itself."""
        return methods.get(self.method).keeps_bounds

    @property
    def exact(self) -> bool:
        """Whether the decoder gives the same values everywhere."""
        return methods.get(self.method).exact


@lru_cache(64)
def encoded(case: Case, what: str) -> tuple[Volume, bytes]:
    """Return a volume and its file, compressed once a session."""
    volume = VOLUMES[what]()
    settings = {**case.settings, **(case.training if what not in UNTRAINED else {})}
    return volume, case.compress(volume, settings=settings).data


def frames_and_channels(axes: str) -> Volume:
    """Return blobs over ``axes``, out of ``tczyx``: other ones in each frame and channel."""
    values = frames((3, *SHAPE)) if "t" in axes else blobs(SHAPE)
    if "t" in axes:  # each frame at its own height, so that a wrong one is far off
        values += np.arange(3, dtype="f4").reshape(3, 1, 1, 1)
    if "c" in axes:
        values = np.stack([values, values + 4], axis=-4)
    times = (0.0, 0.25, 1.0) if "t" in axes else None
    grid = Grid(SHAPE, times=times, time_unit="second" if times else "")
    return Volume(grid, (Variable("v", values, tuple(axes)),))


def _several() -> Volume:
    velocity = frames_and_channels("czyx")["v"].data
    variables = (
        Variable("density", blobs(SHAPE)),
        Variable("count", in_dtype(blobs(SHAPE, seed=8), "u2", 3, 900), unit="1"),
        Variable("velocity", velocity, tuple("czyx"), "m/s", ("u", "v")),
    )
    return Volume(Grid(SHAPE), variables)


VOLUMES = {
    "blobs": lambda: Volume.from_array(blobs(SHAPE)),
    "bytes": lambda: Volume.from_array(in_dtype(blobs((20, 70, 66)), "u1", 0, 255)),
    "ramp": lambda: Volume(
        Grid((29, 34, 27), (2.0, 0.5, 0.25), (10.0, -5.0, 3.0)),
        (Variable("ramp", ramp((29, 34, 27))),),
    ),
    "holes": lambda: Volume.from_array(holes(blobs((9, 11, 10)))),
    "tzyx": lambda: frames_and_channels("tzyx"),
    "czyx": lambda: frames_and_channels("czyx"),
    "tczyx": lambda: frames_and_channels("tczyx"),
    "several": _several,
}


UNTRAINED = ("bytes", "holes")
"""Volumes on which nothing depends on how well the method was fitted."""
