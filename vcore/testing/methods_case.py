"""A method under test, and the small volumes it encodes."""

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
from vcore.testing.volumes import blobs, frames, holes, in_dtype, noise, ramp

SHAPE = (13, 17, 9)
AMPLE = vcore.Budget(bytes=60_000)
REACHED = (
    vcore.Budget(bytes=1500),
    vcore.Budget(bytes=2500),
    vcore.Budget(bytes=6000),
    vcore.Budget(ratio=1.5),
    vcore.Budget(ratio=4),
    vcore.Budget(bpv=3),
    vcore.Budget(bpv=12),
    vcore.Budget(psnr=12),
    vcore.Budget(psnr=25),
    vcore.Budget(psnr=60),
)
"""Budgets that every method must reach on float32 blobs of SHAPE, unless its case gives a reason
in ``refuses``."""
FINE = (vcore.Budget(max_error=0), vcore.Budget(range_error=0.9e-4))
"""Bounds that exact methods must reach and all others must refuse."""
LONG_NAMES = vcore.Budget(bytes=16_000)
"""Size to be reached by two variables whose names and component names take 1.4 kB."""


def label(budget: vcore.Budget) -> str:
    """Return a short label of a budget, such as ``psnr=25``."""
    return ", ".join(f"{name}={v:g}" for name, v in vars(budget).items() if v is not None)


@dataclass(frozen=True)
class Case:
    """A method with settings that encode a small volume in a fraction of a second.

    Parameters
    ----------
    method, settings
        Same as for ``vcore.compress``.
    training
        Additional settings for tests that need a well-fitted method.
    budget
        A budget that the method meets on every volume of this suite.
    flat
        Whether the method accepts volumes with one voxel along an axis.
    level_error
        Maximum error of a coarse level relative to level 0; more than 1.5 for methods that code
        coarse levels independently and correct their errors in the finer ones.
    refuses
        Budgets out of REACHED, FINE and LONG_NAMES that the method cannot reach, each with a
        reason. All others must be reached. Exact methods must refuse the listed ones; others may
        reach them on some machines.
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
        """Compress with this method; ``options`` override those of the case."""
        mine = {"method": self.method, "settings": self.settings, "budget": self.budget}
        return vcore.compress(source, path, **{**mine, **options})

    def within(self, source: Any, budget: vcore.Budget, path: Path | None = None) -> Any:
        """Compress within ``budget`` and return the report, or None if the case refuses it.

        Raises
        ------
        AssertionError
            The budget is refused but not listed in ``refuses``, or reached although listed.
        """
        reason = self.refuses.get(budget)
        try:
            report = self.compress(source, path, budget=budget)
        except BudgetError as error:
            refusal = str(error)
        else:
            refusal = ""
        if refusal:
            if not reason:
                pytest.fail(
                    f"{self} must reach {label(budget)}, or name it in `refuses` with the reason. "
                    f"It raised BudgetError: {refusal}",
                    pytrace=False,
                )
            if budget.psnr is not None and f"{budget.psnr:g} dB" not in refusal:
                pytest.fail(
                    f"Expected a BudgetError that says '{budget.psnr:g} dB'. Got: {refusal}",
                    pytrace=False,
                )
            return None
        assert not (reason and self.exact), (
            f"{self} reaches {label(budget)}: take it out of `refuses`"
        )
        return report

    @property
    def keeps_bounds(self) -> bool:
        """Whether the method itself guarantees error bounds."""
        return methods.get(self.method).keeps_bounds

    @property
    def exact(self) -> bool:
        """Whether decoding is bit-identical on all machines."""
        return methods.get(self.method).exact


@lru_cache(64)
def encoded(case: Case, what: str) -> tuple[Volume, bytes]:
    """Return a volume and its file, compressed once per session."""
    volume = VOLUMES[what]()
    settings = {**case.settings, **(case.training if what not in UNTRAINED else {})}
    return volume, case.compress(volume, settings=settings).data


def frames_and_channels(axes: str) -> Volume:
    """Return blobs over ``axes`` (a subset of ``tczyx``), different in each frame and channel."""
    values = frames((3, *SHAPE)) if "t" in axes else blobs(SHAPE)
    if "t" in axes:  # offset each frame, so that a wrong frame has a large error
        values += np.arange(3, dtype="f4").reshape(3, 1, 1, 1)
    if "c" in axes:
        values = np.stack([values, values + 4], axis=-4)
    times = (0.0, 0.25, 1.0) if "t" in axes else None
    grid = Grid(SHAPE, times=times, time_unit="second" if times else "")
    return Volume(grid, (Variable("v", values, tuple(axes)),))


def _bytes() -> Volume:
    """Return two levels of integers, so noisy that AMPLE bytes cannot hold them without loss.

    The engine would otherwise replace a nearly lossless method by ``bounded``.
    """
    shape = (20, 70, 66)
    return Volume.from_array(in_dtype(blobs(shape) + 0.6 * noise(shape), "u1", 0, 255))


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
    "bytes": _bytes,
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
"""Volumes whose tests do not depend on how well the method is fitted."""
