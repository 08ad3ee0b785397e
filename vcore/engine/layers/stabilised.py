"""Error bounds in standard deviations of the noise, by a variance-stabilising transform.

Values are mapped to integers n = round(stabilised value / unit), which a method codes with an error
of at most REACH (docs/format.md, section 20).
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
"""Allowed error in quantiser integers; rounding to integers costs 1/15 of the step."""
MAX_INTEGER = 1 << 30
"""Maximum magnitude of the integers, well within int32."""
TABLE = 1 << 22
"""Maximum range of integer data whose rounding is evaluated value by value."""


@dataclass(frozen=True)
class NoiseQuantiser(IntegerCode):
    """Mapping between values and integers of uniform noise.

    Parameters
    ----------
    detector
        Noise model of the detector.
    sigmas
        Maximum error, in standard deviations of the noise.
    unit
        Quantiser unit, in standard deviations of the noise.
    """

    detector: Detector
    sigmas: float
    unit: float

    def integers(self, values: NDArray[Any]) -> NDArray[np.float64]:
        return np.asarray(np.rint(self.detector.stabilise(values) / self.unit))

    def values(self, integers: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.detector.restore(integers * self.unit)

    def restored(self, header: VariableHeader, source: VariableSource) -> VariableHeader:
        """Return the header of ``source``, given that of its coded integers."""
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
        """Return the header's JSON object."""
        return {"sigmas": self.sigmas, "unit": self.unit, **self.detector.to_json()}

    @classmethod
    def from_json(cls, noise: Mapping[str, float], limits: tuple[float, float]) -> Self:
        """Parse a header's quantiser, for values within ``limits``.

        Raises
        ------
        FormatError
            The noise parameters are invalid.
        """
        names = ("gain", "offset", "read_noise")
        detector = Detector(*(noise[name] for name in names))
        lattice = cls(detector, noise["sigmas"], noise["unit"])
        positive = lattice.unit > 0 and min(detector.gain, detector.read_noise) >= 0
        with np.errstate(all="ignore"):
            ends = np.array(limits, np.float64)
            good = positive and detector.floor > 0
            good = good and bool((np.abs(lattice.integers(ends)) <= MAX_INTEGER).all())
        if not good or not np.isfinite(lattice.values(lattice.integers(ends))).all():
            raise FormatError("The header is damaged: its noise is impossible.")
        return lattice


def lattice_of(
    detector: Detector, sigmas: float, limits: tuple[float, float], dtype: np.dtype[Any]
) -> NoiseQuantiser:
    """Return the coarsest quantiser with errors of at most ``sigmas`` for values within ``limits``.

    Raises
    ------
    BudgetError
        The quantiser would be finer than the resolution of ``dtype``.
    """
    reach = _reach_of_integers if dtype.kind != "f" else _reach_of_floats
    unit = reach(detector, sigmas, limits, dtype) * (1 - 1e-9) / (REACH + 0.5)
    lattice = NoiseQuantiser(detector, sigmas, unit)
    if not unit > 0 or max(map(abs, detector.stabilise(np.array(limits)))) > MAX_INTEGER * unit:
        raise BudgetError(
            f"Expected a share of the noise that {dtype.name} can resolve at these values. "
            f"Got {sigmas:g} standard deviations of noise with {detector}: allow more."
        )
    return lattice


def _reach_of_floats(
    detector: Detector, sigmas: float, limits: tuple[float, float], dtype: np.dtype[Any]
) -> float:
    """Return the allowed error before casting, in standard deviations."""
    return sigmas - spacing(limits, dtype) / detector.floor


def _reach_of_integers(
    detector: Detector, sigmas: float, limits: tuple[float, float], dtype: np.dtype[Any]
) -> float:
    """Return the allowed error before rounding, in standard deviations.

    The farthest integers within ``sigmas`` of an integer may be reached, plus half a unit.
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
        steps -= over  # correct for rounding in restore
        beyond = detector.stabilise(x + way * (steps + 0.5))
        reached = min(reached, float(np.abs(beyond - stabilised).min()))
    return reached
