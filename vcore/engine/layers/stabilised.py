"""Bounds in standard deviations of the noise: values coded where the noise is the same everywhere.

Values become integers n = round(stabilised value / unit), which a method codes like any others,
each within REACH of its own (docs/format.md, section 20).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from vcore.container.header import VariableHeader
from vcore.engine.layers.bound import spacing
from vcore.engine.layers.integers import IntegerCode
from vcore.errors import BudgetError, FormatError
from vcore.methods.source import VariableSource
from vcore.noise.detector import Detector

REACH = 7
"""Integers by which a decoded one may be off: rounding to them is lost, a fifteenth of the step."""
MOST = 1 << 30
TABLE = 1 << 22
"""Integer values up to which rounding to them is followed value by value."""


@dataclass(frozen=True)
class NoiseQuantiser(IntegerCode):
    """How values become integers of equal noise, and back.

    Parameters
    ----------
    detector
        Its noise.
    sigmas
        Largest error, in standard deviations of the noise.
    unit
        What an integer of 1 stands for, in the same.
    """

    detector: Detector
    sigmas: float
    unit: float

    def integers(self, values: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(np.rint(self.detector.stabilise(values) / self.unit))

    def values(self, integers: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.detector.restore(integers * self.unit)

    def restored(self, header: VariableHeader, source: VariableSource) -> VariableHeader:
        """Return the header of ``source``, of that of its coded integers."""
        noise = self.to_json()
        if header.bound is not None and "step" in header.bound:
            noise["step"] = header.bound["step"]
        variable = source.variable
        return replace(
            header,
            dtype=variable.dtype.str[1:],
            range=source.range,
            fill_value=variable.usable_fill,
            bound=None,
            noise=noise,
        )

    def to_json(self) -> dict[str, float]:
        """Return what a header keeps of it."""
        return {"sigmas": self.sigmas, "unit": self.unit, **self.detector.to_json()}

    @classmethod
    def from_json(cls, noise: Mapping[str, float], limits: tuple[float, float]) -> Self:
        """Return the lattice that a header holds, for values within ``limits``.

        Raises
        ------
        FormatError
            It is none.
        """
        names = ("gain", "offset", "read_noise")
        detector = Detector(*(noise[name] for name in names))
        lattice = cls(detector, noise["sigmas"], noise["unit"])
        positive = lattice.unit > 0 and min(detector.gain, detector.read_noise) >= 0
        with np.errstate(all="ignore"):
            ends = np.array(limits, np.float64)
            good = positive and detector.floor > 0
            good = good and bool((np.abs(lattice.integers(ends)) <= MOST).all())
        if not good or not np.isfinite(lattice.values(lattice.integers(ends))).all():
            raise FormatError("The header is damaged: its noise is impossible.")
        return lattice


def lattice_of(
    detector: Detector, sigmas: float, limits: tuple[float, float], dtype: np.dtype[Any]
) -> NoiseQuantiser:
    """Return the coarsest lattice that keeps an error of ``sigmas`` for values within ``limits``.

    Raises
    ------
    BudgetError
        It is finer than values of ``dtype`` are.
    """
    reach = _reach_of_integers if dtype.kind != "f" else _reach_of_floats
    unit = reach(detector, sigmas, limits, dtype) * (1 - 1e-9) / (REACH + 0.5)
    lattice = NoiseQuantiser(detector, sigmas, unit)
    if not unit > 0 or max(map(abs, detector.stabilise(np.array(limits)))) > MOST * unit:
        raise BudgetError(
            f"Expected a share of the noise that {dtype.name} can resolve at these values. "
            f"Got {sigmas:g} standard deviations of noise with {detector}: allow more."
        )
    return lattice


def _reach_of_floats(
    detector: Detector, sigmas: float, limits: tuple[float, float], dtype: np.dtype[Any]
) -> float:
    """Return how far off values may be before they are cast, in standard deviations."""
    return sigmas - spacing(limits, dtype) / detector.floor


def _reach_of_integers(
    detector: Detector, sigmas: float, limits: tuple[float, float], dtype: np.dtype[Any]
) -> float:
    """Return how far off values may be before they are rounded, in standard deviations.

    From an integer the farthest ones within ``sigmas`` may be reached, and half a step beyond.
    """
    low, high = int(limits[0]), int(limits[1])
    if high - low > TABLE:
        return sigmas - 0.5 / detector.floor
    x = np.arange(low, high + 1, dtype=np.float64)
    stabilised = detector.stabilise(x)
    reached = math.inf
    for way in (-1.0, 1.0):
        steps = np.floor(np.abs(detector.restore(stabilised + way * sigmas) - x))
        over = np.abs(detector.stabilise(x + way * steps) - stabilised) > sigmas
        steps -= over  # restoring rounds
        beyond = detector.stabilise(x + way * (steps + 0.5))
        reached = min(reached, float(np.abs(beyond - stabilised).min()))
    return reached
